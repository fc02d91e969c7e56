"""The panel on a GUI that only remembers, and the keyboard on a terminal without a person."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from viewer_fakes import Constant, FakeEnv

from pg_tasks.app.viewer.controller import ViewerController
from pg_tasks.app.viewer.keyboard import Keyboard, commands
from pg_tasks.app.viewer.layers import Layers
from pg_tasks.app.viewer.panel import Panel
from pushgrasp.interface.action import Kind


class Control:
    """A control of the fake GUI; setting ``value`` calls back without a client, as with viser."""

    def __init__(self, value: object = None, **attributes: object) -> None:
        self.__dict__.update(attributes, _value=value)
        self.callback: Callable[[Any], object] = lambda event: None
        self.on_update = self.on_click = lambda callback: setattr(self, "callback", callback)

    @property
    def value(self) -> Any:
        return self._value

    @value.setter
    def value(self, value: object) -> None:
        changed, self._value = value != self._value, value
        if changed:
            self.callback(SimpleNamespace(client=None, target=self))

    def use(self, value: object = None) -> None:
        """Do as a person in a browser does."""
        self._value = value
        self.callback(SimpleNamespace(client="a browser", target=self))


class FakeGui:
    """Remembers its controls by their labels."""

    def __init__(self) -> None:
        self.controls: dict[str, Control] = {}
        self.images: list[Control] = []

    def _add(self, label: str, value: object = None, **attributes: object) -> Control:
        return self.controls.setdefault(label, Control(value, label=label, **attributes))

    def add_markdown(self, content: str) -> Control:
        return self._add("status", content=content)

    def add_button(self, label: str, **_: object) -> Control:
        return self._add(label)

    def add_dropdown(self, label: str, options: tuple[str, ...], initial_value: str) -> Control:
        return self._add(label, initial_value, options=options)

    def add_slider(self, label: str, low: float, high: float, step: float, value: float, **_: object) -> Control:
        return self._add(label, value, limits=(low, high))

    def add_number(self, label: str, value: float, **_: object) -> Control:
        return self._add(label, value)

    def add_checkbox(self, label: str, value: bool) -> Control:
        return self._add(label, value)

    def add_image(self, image: np.ndarray) -> Control:
        self.images.append(Control(image=image))
        return self.images[-1]

    def add_folder(self, label: str) -> Any:
        return nullcontext()

    def add_tab_group(self) -> Any:
        return SimpleNamespace(add_tab=self.add_folder)


class Desk:
    """Controller, overlays and panel around the fake environment, after the first scene has begun."""

    def __init__(self) -> None:
        self.env, self.gui = FakeEnv(), FakeGui()
        policies = {
            "random": Constant(False),
            "zero": Constant(True),
        }
        self.controller = ViewerController(self.env, policies, seed=7)
        self.layers = Layers(self.env, self.controller, None)
        self.panel = Panel(self.gui, self.controller, self.layers, num_worlds=2)
        self.controller.on_change = self.panel.update
        self.work(1)

    def work(self, turns: int = 2) -> None:
        """Let the controller do what there is to do."""
        self.env.tick_callback = self.controller._tick
        self.controller.set_speed(1000.0)
        for _ in range(turns):
            self.controller._advance()

    def use(self, label: str, value: object = None) -> None:
        self.gui.controls[label].use(value)
        self.work()


def test_panel_shows_the_state() -> None:
    desk = Desk()
    assert desk.gui.controls["status"].content == "Seed 7, trial 0, action 0, paused\n\nLast action: none yet"
    assert desk.gui.controls["Policy"].options == ("random", "zero")
    assert desk.gui.controls["Seed"].value == 8
    masks, heights = (image.image for image in desk.gui.images)
    assert masks.shape == heights.shape == (4, 4, 3)
    assert masks[1, 1].argmax() == 1  # the target is green
    assert heights[0, 0].tolist() == [68, 1, 84]  # the table is violet


def test_step_button_does_one_action() -> None:
    desk = Desk()
    desk.use("Step")
    assert len(desk.env.actions) == 1
    assert "Last action: push succeeded" in desk.gui.controls["status"].content


def test_play_button_turns_into_pause_and_back() -> None:
    desk = Desk()
    desk.use("Play")
    assert desk.gui.controls["Play"].label == "Pause"
    assert len(desk.env.actions) == 2
    desk.use("Play")
    assert desk.gui.controls["Play"].label == "Play"
    assert not desk.controller.playing


def test_new_scene_button_takes_the_seed_of_the_field() -> None:
    desk = Desk()
    desk.use("Seed", 42)
    assert desk.env.scenes.seeds == [7]
    desk.use("New scene")
    assert desk.env.scenes.seeds == [7, 42]
    assert desk.gui.controls["Seed"].value == 43


def test_policy_speed_and_world_reach_the_controller() -> None:
    desk = Desk()
    desk.use("Policy", "zero")
    desk.use("World", 1)
    desk.use("Step")
    assert desk.env.actions[0].does(Kind.GRASP).all()  # which "zero" does here
    assert "1 objects lost" in desk.gui.controls["status"].content
    desk.gui.controls["Speed"].use(2.5)
    desk.controller._take_commands()
    assert desk.controller.speed == 2.5


def test_switches_turn_overlays_on_and_off() -> None:
    desk = Desk()
    desk.use("Heightmap", True)
    desk.use("Grasp", False)
    assert desk.layers.shown["heightmap"]
    assert not desk.layers.shown["grasp"]
    with pytest.raises(ValueError, match="unknown overlay 'x'; overlays: heightmap, "):
        desk.layers.switch("x", True)


def test_keys_of_others_show_in_the_panel() -> None:
    desk = Desk()
    commands(desk.controller, desk.layers)["p"]()
    commands(desk.controller, desk.layers)["1"]()
    assert desk.gui.controls["Policy"].value == "zero"
    assert desk.gui.controls["Heightmap"].value is True
    commands(desk.controller, desk.layers)["p"]()
    assert desk.controller.policy == "random"


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Yield both ends of a terminal: the person's and the program's."""
    person, program = pty.openpty()
    try:
        yield person, program
    finally:
        os.close(person)
        os.close(program)


def test_keys_act_without_the_return_key_and_others_do_nothing() -> None:
    pressed = []
    keys = {key: (lambda key=key: pressed.append(key)) for key in "s "}
    with terminal() as (person, program), Keyboard(keys, program) as keyboard:
        assert keyboard.active
        keyboard.poll()
        os.write(person, b"sx s")
        keyboard.poll()
    assert pressed == ["s", " ", "s"]


def test_terminal_is_left_as_it_was() -> None:
    import termios

    with terminal() as (_, program):
        before = termios.tcgetattr(program)
        with Keyboard({}, program):
            assert termios.tcgetattr(program) != before
        assert termios.tcgetattr(program) == before


def test_without_a_terminal_no_keys_are_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"q")
    with Keyboard({"q": pytest.fail}, reading) as keyboard:
        assert not keyboard.active
        keyboard.poll()


def test_input_that_is_no_file_is_no_terminal() -> None:
    with Keyboard({"q": pytest.fail}) as keyboard:  # pytest replaces standard input
        assert not keyboard.active
