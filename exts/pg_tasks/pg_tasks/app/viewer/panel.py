"""The panel of the viewer in the browser: buttons, sliders, switches and pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .controller import ViewerController
from .layers import Layers
from .pictures import height_colours, mask_picture, to_bytes

SLOWEST, FASTEST = 0.1, 10.0
"""Range of the speed slider, simulated over real time."""


class Panel:
    """Controls on a viser server. What the user does comes in viser's threads and is handed to the controller's."""

    def __init__(self, gui: Any, controller: ViewerController, layers: Layers, num_worlds: int) -> None:  # noqa: ANN401
        """Build the controls in ``gui`` (``viser.GuiApi``)."""
        self._gui, self._controller, self._layers = gui, controller, layers
        self._status = gui.add_markdown("")
        self._add_buttons()
        self._policy = gui.add_dropdown("Policy", controller.policies, initial_value=controller.policy)
        self._on_update(self._policy, controller.choose)
        speed = gui.add_slider("Speed", SLOWEST, FASTEST, 0.1, controller.speed, hint="simulated over real time")
        self._on_update(speed, controller.set_speed)
        if num_worlds > 1:
            world = gui.add_slider("World", 0, num_worlds - 1, 1, controller.world)
            self._on_update(world, lambda value: controller.show_world(int(value)))
        self._add_overlays()
        self._add_pictures()

    def update(self) -> None:
        """Show the state of the controller."""
        controller = self._controller
        self._status.content = f"{controller.status}\n\n{controller.result}"
        self._play.label = "Pause" if controller.playing else "Play"
        self._policy.value = controller.policy
        for name, box in self._boxes.items():
            box.value = self._layers.shown[name]
        if self._begun != controller.seed:
            self._begun, self._seed.value = controller.seed, controller.seed + 1
        self._show_pictures()

    def _add_buttons(self) -> None:
        gui, controller = self._gui, self._controller
        self._on_click(gui.add_button("Step", hint="one action"), controller.step)
        self._play = gui.add_button("Play", color="green", hint="act until paused; pausing freezes the scene at once")
        self._on_click(self._play, controller.toggle)
        new_scene = gui.add_button("New scene", color="gray", hint="reset to the scene of the seed below")
        self._begun, self._seed = controller.seed, gui.add_number("Seed", controller.seed + 1, min=0, step=1)
        self._on_click(new_scene, lambda: controller.new_scene(int(self._seed.value)))

    def _add_overlays(self) -> None:
        self._boxes = {}
        with self._gui.add_folder("Overlays"):
            for name, shown in self._layers.shown.items():
                box = self._gui.add_checkbox(name.capitalize(), shown)
                self._on_update(box, lambda value, name=name: self._layers.switch(name, value))
                self._boxes[name] = box

    def _add_pictures(self) -> None:
        self._shown = None
        blank = torch.zeros(1, 1, 3, dtype=torch.uint8).numpy()
        tabs, self._images = self._gui.add_tab_group(), []
        for label in ("Masks", "Heightmap"):
            with tabs.add_tab(f"{label} picture"):
                self._images.append(self._gui.add_image(blank))

    def _show_pictures(self) -> None:
        view = self._layers.view()
        shown = (view.heightmaps, view.world)
        if self._shown is not None and shown[0] is self._shown[0] and shown[1] == self._shown[1]:
            return
        height = height_colours(view.heightmaps.height[view.world])
        tinted = mask_picture(view.heightmaps, view.target_id, view.world)
        for image, picture in zip(self._images, (tinted, height), strict=True):
            image.image = to_bytes(picture).numpy()
        self._shown = shown

    def _on_click(self, button: Any, command: Callable[[], object]) -> None:  # noqa: ANN401
        button.on_click(lambda _event: self._controller.submit(command))

    def _on_update(self, control: Any, command: Callable[[Any], object]) -> None:  # noqa: ANN401
        """Hand on values that a user sets; those that :meth:`update` sets come without a client."""

        def hand_on(event: Any) -> None:  # noqa: ANN401
            if event.client is not None:
                value = event.target.value
                self._controller.submit(lambda: command(value))

        control.on_update(hand_on)
