"""Look at a task: scenes, actions and what the policy sees, in a browser or a window.

python scripts/view.py --task DualArmPushGrasp                                    # in a browser, no GPU needed
python scripts/view.py --task DualArmPushGrasp --viz newton_gl --checkpoint latest
"""

from __future__ import annotations

from pg_tasks.app.viewer.command import main

if __name__ == "__main__":
    main(__doc__ or "")
