"""The grasp benchmark: wrong settings are named before the simulator starts."""

import pytest

from pg_tasks.app.errors import UserError
from pg_tasks.benchmarks import avn_grasps


def test_unknown_setting_is_refused():
    with pytest.raises(UserError, match="--setting heap: settings are light clutter, leaning or walled"):
        avn_grasps.run(setting="heap")
