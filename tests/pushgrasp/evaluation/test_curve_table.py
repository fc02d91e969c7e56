"""Table of learning curves, by hand."""

import numpy as np
import pytest

from pushgrasp.evaluation.curve_table import COMPLETION, actions_to_share, curve_table
from pushgrasp.evaluation.curves import PANELS, Curve

REWARD, MOVES = next(iter(PANELS)), "Action/move_share"


def curve(*values: float) -> Curve:
    return Curve(100.0 * np.arange(1, len(values) + 1), np.array(values))


def test_first_time_at_nine_tenths_of_the_end() -> None:
    assert actions_to_share(curve(0.1, 0.5, 0.91, 0.8, 1.0), window=1) == 300.0
    # Running means of three: 0.3, 0.5, 0.74, 0.9, 0.9; the end is 0.9 and nine tenths of it 0.81.
    assert actions_to_share(curve(0.1, 0.5, 0.91, 0.8, 1.0), window=3) == 400.0


def test_rows_are_means_over_the_end_and_the_seeds() -> None:
    runs = [{REWARD: curve(0.0, 0.4, 0.6), COMPLETION: curve(0.0, 1.0, 1.0)}, {REWARD: curve(0.0, 0.6, 0.8)}]
    heads, _, row = curve_table({"spatial": runs}, window=1).splitlines()
    cells = dict(zip(heads.strip("| ").split(" | "), row.strip("| ").split(" | "), strict=True))
    assert (cells["agent"], cells["seeds"], cells["actions"]) == ("spatial", "2", "300 ± 0")
    assert cells["reward per action"] == "0.70 ± 0.14"  # 0.6 and 0.8
    assert cells["completion"] == "1.00" and cells["actions to 90% of the completion"] == "200"


def test_nothing_stands_where_nothing_was_logged() -> None:
    heads, _, paper, other = curve_table({"paper": [{REWARD: curve(0.5)}], "a": [{MOVES: curve(0.2)}]}).splitlines()
    assert heads.split(" | ")[3:5] == ["reward per action", "share of moves"] and "pushes" not in heads
    assert paper == "| paper | 1 | 100 | 0.50 |  |  |" and other == "| a | 1 | 100 |  | 0.20 |  |"


def test_windows_are_odd() -> None:
    with pytest.raises(ValueError, match="window is 4"):
        curve_table({"a": [{COMPLETION: curve(0.5, 0.6)}]}, window=4)


def test_names_of_groups_stay_names() -> None:
    row = curve_table({"a|b *c*": [{REWARD: curve(0.5)}]}).splitlines()[2]
    assert row.startswith(r"| a\|b \*c\* | 1 |")
