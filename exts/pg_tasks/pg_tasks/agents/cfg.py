"""Settings of any training."""

from __future__ import annotations

from .epg_cfg import EpgCfg
from .q_cfg import QCfg
from .rsl_rl_ppo_cfg import PushGraspPPORunnerCfg

AgentCfg = PushGraspPPORunnerCfg | EpgCfg | QCfg
"""What ``agent=`` chooses."""
