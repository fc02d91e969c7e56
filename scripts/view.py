"""Look at a task: scenes, actions and what the policy sees, in a browser or a window.

python scripts/view.py --task DualArmPushGrasp                                    # in a browser, no GPU needed
python scripts/view.py --task DualArmPushGrasp --viz newton_gl --checkpoint latest
"""

from __future__ import annotations

from pushgrasp.program import readable_errors

if __name__ == "__main__":
    with readable_errors():
        from pg_tasks.app.viewer.command import main

        main(__doc__ or "")
