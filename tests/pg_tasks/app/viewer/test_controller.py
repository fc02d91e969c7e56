"""The viewer's controller on an environment without a simulator."""

from __future__ import annotations

import threading
import time

import pytest
from viewer_fakes import TICKS, Constant, FakeEnv

from pg_tasks.app.trials import trial_generator
from pg_tasks.app.viewer.controller import ViewerController
from pushgrasp.interface.action import Kind

FAST = 1000.0


class Script:
    """Gives a controller one command each time that it waits, and closes it after the last one."""

    def __init__(self, *commands: str | tuple, speed: float = FAST) -> None:
        self.env, self.policies = FakeEnv(), {"one": Constant(False), "two": Constant(True)}
        self.controller = ViewerController(self.env, self.policies, seed=7)
        self.controller.set_speed(speed)
        self.controller.on_wait = self.wait
        self.commands = [(words,) if isinstance(words, str) else words for words in commands]
        self.states: list[tuple[int, str, str]] = []

    def wait(self) -> None:
        self.states.append((self.env.ticks, self.controller.status, self.controller.result))
        name, *arguments = self.commands.pop(0) if self.commands else ("close",)
        getattr(self.controller, name)(*arguments)

    def run(self) -> Script:
        self.controller.run()
        return self


def test_first_scene_waits_for_the_user() -> None:
    script = Script().run()
    assert script.env.scenes.seeds == [7]
    assert script.states == [(0, "Seed 7, trial 0, action 0, paused", "Last action: none yet")]
    assert script.env.tick_callback is None
    assert script.env.scenes.ended


def test_step_is_one_whole_action() -> None:
    script = Script("step", "step").run()
    assert [ticks for ticks, _, _ in script.states] == [0, TICKS, 2 * TICKS]
    assert script.states[1][1:] == ("Seed 7, trial 0, action 1, paused", "Last action: push succeeded, reward 0.25")


def test_actions_come_from_the_chosen_policy() -> None:
    script = Script("step", ("choose", "two"), "step").run()
    assert [action.does(Kind.GRASP).tolist() for action in script.env.actions] == [[False, False], [True, True]]
    assert [policy.heard for policy in script.policies.values()] == [1, 1]


def test_policies_are_told_of_new_scenes() -> None:
    script = Script("step", "step", "step", ("new_scene", 9)).run()  # the third action ends both episodes
    seeds = [trial_generator(seed, number).initial_seed() for seed in (7, 7, 9) for number in (0, 1)]
    for policy in script.policies.values():
        assert policy.begun == list(zip((0, 1) * 3, seeds, strict=True))


def test_playing_at_once_shows_nothing_before_the_first_scene() -> None:
    script = Script()
    shown = []
    script.controller.on_change = lambda: shown.append(script.env.resets)
    script.controller.on_tick = script.controller.close
    script.controller.play()
    assert shown == []
    script.run()
    assert shown[0] == 1


def test_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown policy 'four'; policies: one, two"):
        Script().controller.choose("four")


def test_new_scene_takes_the_next_seed_or_the_given_one() -> None:
    script = Script("new_scene", "step", "new_scene", ("new_scene", 3)).run()
    assert script.env.scenes.seeds == [7, 8, 9, 3]
    assert script.env.resets == 4
    assert script.controller.action is None
    assert script.states[-1][1:] == ("Seed 3, trial 0, action 0, paused", "Last action: none yet")


def test_pause_freezes_an_action_and_step_finishes_it() -> None:
    script = Script("play", "step")
    script.controller.on_tick = lambda: script.controller.pause() if script.env.ticks == 2 else None
    script.run()
    assert [ticks for ticks, _, _ in script.states] == [0, 2, TICKS]
    assert script.states[1][1] == "Seed 7, trial 0, action 1: push, paused"


def test_new_scene_gives_up_the_action_in_flight_and_keeps_playing() -> None:
    script = Script("play")
    done = []

    def tick() -> None:
        if script.env.ticks == 2 and not done:
            done.append(script.controller.new_scene())
        elif script.env.ticks == 2 + 2 * TICKS:
            script.controller.close()

    script.controller.on_tick = tick
    script.run()
    assert script.env.scenes.seeds == [7, 8]
    assert script.controller.playing
    assert script.env.ticks == 2 + 2 * TICKS


def test_play_goes_on_through_the_end_of_an_episode() -> None:
    script = Script("play")
    results = []
    script.controller.on_change = lambda: results.append((script.controller.result, script.controller.action))
    script.controller.on_tick = lambda: script.controller.close() if script.env.ticks == 3 * TICKS else None
    script.run()
    assert ("Last action: push succeeded, reward 0.25, episode over", None) in results


def test_action_is_shown_while_it_is_carried_out() -> None:
    script = Script("step")
    seen = []
    script.controller.on_tick = lambda: seen.append(script.controller.action is script.env.action)
    script.run()
    assert seen == [True] * TICKS


def test_world_decides_what_is_told() -> None:
    script = Script("step")
    script.controller.show_world(1)
    script.run()
    assert script.controller.result == "Last action: push succeeded, 1 objects lost, reward 0.50"
    with pytest.raises(ValueError, match="world 2: worlds are 0 to 1"):
        script.controller.show_world(2)


def test_speed_is_simulated_over_real_time() -> None:
    begin = time.monotonic()
    Script("step", speed=0.5).run()
    assert 0.9 * TICKS * 0.02 / 0.5 < time.monotonic() - begin < 2.0
    with pytest.raises(ValueError, match=r"speed is 0.0; a number above 0 is needed"):
        Script().controller.set_speed(0.0)


def test_commands_of_other_threads_run_in_the_thread_of_the_environment() -> None:
    script = Script()
    threads = []
    script.controller.on_wait = lambda: time.sleep(0.01)
    script.controller.on_change = lambda: threads.append(threading.current_thread())
    worker = threading.Thread(target=script.controller.run)
    worker.start()
    script.controller.submit(script.controller.play)
    script.controller.submit(script.controller.close)
    worker.join(timeout=10.0)
    assert not worker.is_alive()
    assert set(threads) == {worker}
