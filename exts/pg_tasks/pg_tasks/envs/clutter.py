"""The object slots of all worlds: placing scenes, colouring them, reading where things are."""

from __future__ import annotations

import torch
from isaaclab.assets import RigidObjectCollection, VisualMaterial

from pushgrasp.scenes.colours import PALETTE, TARGET_COLOUR
from pushgrasp.scenes.slots import SlotPoses


class ObjectSlots:
    """Blocks of N worlds, S slots each; positions are in the worlds' own frames."""

    def __init__(self, collection: RigidObjectCollection, colours: list[VisualMaterial], origins: torch.Tensor) -> None:
        """Wrap the collection.

        Args:
            collection: The slots.
            colours: One writable material per slot.
            origins: World origins [m], shape (N, 3).
        """
        self._collection, self._colours, self._origins = collection, colours, origins
        worlds, slots = collection.num_instances, collection.num_bodies
        self.active = torch.zeros(worlds, slots, dtype=torch.bool, device=origins.device)
        self.target = torch.zeros(worlds, dtype=torch.long, device=origins.device)

    @property
    def position(self) -> torch.Tensor:
        """Body frames [m], shape (N, S, 3)."""
        return self._collection.data.body_link_pose_w.torch[..., :3] - self._origins[:, None]

    @property
    def quaternion(self) -> torch.Tensor:
        """Orientations (x, y, z, w), shape (N, S, 4)."""
        return self._collection.data.body_link_pose_w.torch[..., 3:7]

    @property
    def speed(self) -> torch.Tensor:
        """Linear speed [m/s] of each slot, 0 for parked ones, shape (N, S)."""
        speed = self._collection.data.body_com_vel_w.torch[..., :3].norm(dim=-1)
        return torch.where(self.active, speed, 0.0)

    def place(self, worlds: torch.Tensor, poses: SlotPoses, generator: torch.Generator) -> None:
        """Put scenes into the worlds with indices ``worlds``, at rest; the target green, others in random colours."""
        device = self._origins.device
        self.active[worlds], self.target[worlds] = poses.active.to(device), poses.target.to(device)
        position = poses.position.to(device) + self._origins[worlds][:, None]
        state = torch.cat((position, poses.quaternion.to(position)), dim=-1)
        env_ids = worlds.to(torch.int32)
        self._collection.write_body_link_pose_to_sim_index(body_poses=state, env_ids=env_ids)
        still = torch.zeros(*state.shape[:2], 6, device=device)
        self._collection.write_body_com_velocity_to_sim_index(body_velocities=still, env_ids=env_ids)
        self._paint(env_ids, poses, generator)

    def _paint(self, env_ids: torch.Tensor, poses: SlotPoses, generator: torch.Generator) -> None:
        drawn = torch.randint(len(PALETTE), poses.active.shape, generator=generator)
        colours = torch.where(poses.colour.isnan(), torch.tensor(PALETTE)[drawn], poses.colour)
        colours[torch.arange(len(colours)), poses.target] = torch.tensor(TARGET_COLOUR)
        channels = {"color": colours.transpose(0, 1).contiguous()}
        VisualMaterial.write_channels(self._colours, channels, env_ids)
