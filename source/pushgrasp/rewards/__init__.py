"""Rewards: what an action was worth, from the scene before and after it."""

from pushgrasp.rewards.fuzzy import FuzzyRewardCfg, LevelRules, fuzzy_reward, memberships, push_succeeded

__all__ = ["FuzzyRewardCfg", "LevelRules", "fuzzy_reward", "memberships", "push_succeeded"]
