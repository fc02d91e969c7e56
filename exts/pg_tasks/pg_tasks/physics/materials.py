"""Contact materials. Values at which grasps in clutter held: see docs/physics.md."""

from __future__ import annotations

import isaaclab.sim as sim_utils

TABLE_CONTACT = sim_utils.RigidBodyMaterialCfg(static_friction=0.8, dynamic_friction=0.8, restitution=0.0)
"""Table and ground."""
