"""Isaac Lab tasks for target-oriented push-grasping. Importing the package registers them with gymnasium."""

import os

import gymnasium
from gymnasium.envs.registration import EnvSpec

from pushgrasp.policies.registry import METHODS

# PyTorch's CPU threads wait busily for work by default and then take the cores from the physics threads: up to twenty
# times slower where cores are few. Takes effect where this package is imported before torch, as the scripts do.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a machine without git is no error

TASKS = ("DualArmPushGrasp", "SingleArmPushGrasp")
"""Task ids; each has an alias with the suffix ``-v0``."""

_CLASSES = {word: where for method in METHODS.values() for word, where in method.agents.items()}
_DEFAULT = next(iter(_CLASSES))

AGENTS = {word: f"pushgrasp_{'' if word == _DEFAULT else f'{word}_'}cfg_entry_point" for word in _CLASSES}
"""Keys in gymnasium's registry by the words that ``agent=`` takes, the default first."""

for _task in TASKS:
    _entries = {
        "env_cfg_entry_point": f"pg_tasks.tasks.push_grasp:{_task}Cfg",
        # For this project's scripts, and for Isaac Lab's own, which build plain rsl-rl runners.
        **{AGENTS[word]: where.format(task=_task) for word, where in _CLASSES.items()},
        "rsl_rl_cfg_entry_point": f"pg_tasks.agents.plain_ppo_cfg:{_task}PlainPPORunnerCfg",
        "default_agent": "rsl_rl",
    }
    # gymnasium.register() does not take a name with and without a version; the registry itself does.
    for _id in (_task, f"{_task}-v0"):
        gymnasium.registry[_id] = EnvSpec(
            id=_id,
            entry_point="pg_tasks.envs.push_grasp_env:PushGraspEnv",
            disable_env_checker=True,
            kwargs=_entries,
        )
