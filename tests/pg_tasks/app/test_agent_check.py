"""Settings of an agent with which no training could begin, refused with the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pg_tasks.app import session
from pg_tasks.app.arguments import make_parser, parse
from pushgrasp.program import UserError

COUNT = "a whole number of at least 1 is needed"


def resolve(*words: str) -> tuple:
    return session.resolve(*parse(make_parser(""), ["physics=mujoco", *words]))


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("agent.num_steps_per_env=0", f"agent.num_steps_per_env=0: {COUNT}"),
        ("agent.max_iterations=-3", f"agent.max_iterations=-3: {COUNT}"),
        ("agent.save_interval=0", f"agent.save_interval=0: {COUNT}"),
        ("agent.keep_checkpoints=0", f"agent.keep_checkpoints=0: {COUNT}"),
        ("agent.grasp_iterations=-1", "agent.grasp_iterations=-1: a whole number of at least 0 is needed"),
        ("agent.algorithm.num_mini_batches=0", f"agent.algorithm.num_mini_batches=0: {COUNT}"),
        ("agent.algorithm.num_learning_epochs=0", f"agent.algorithm.num_learning_epochs=0: {COUNT}"),
        ("agent.algorithm.learning_rate=-1", "agent.algorithm.learning_rate=-1: a finite number above 0 is needed"),
        ("agent.algorithm.learning_rate=1e999", "agent.algorithm.learning_rate=inf: a finite number above 0 is needed"),
        ("agent.algorithm.learning_rate=null", "agent.algorithm.learning_rate=None: a finite number above 0 is needed"),
        (
            "agent.algorithm.gamma=1.5",
            "agent.algorithm.gamma=1.5: a finite number of at least 0 and of at most 1 is needed",
        ),
        (
            "agent.algorithm.gamma=2",
            "agent.algorithm.gamma=2: a finite number of at least 0 and of at most 1 is needed",
        ),
        (
            "agent.algorithm.lam=-0.1",
            "agent.algorithm.lam=-0.1: a finite number of at least 0 and of at most 1 is needed",
        ),
        ("agent.algorithm.schedule=linear", "agent.algorithm.schedule='linear': one of fixed, adaptive is needed"),
        ("agent.actor.play=best", "agent.actor.play='best': one of likeliest, sample, sharpened is needed"),
        ("agent.imitation.batch=0", f"agent.imitation.batch=0: {COUNT}"),
        ("agent.imitation.learning_rate=0", "agent.imitation.learning_rate=0: a finite number above 0 is needed"),
        (
            "agent.imitation.weight_decay=-1.0",
            "agent.imitation.weight_decay=-1.0: a finite number of at least 0 is needed",
        ),
        (
            "agent.imitation.push_worth=0",
            "agent.imitation.push_worth=0: a finite number above 0 and of at most 1 is needed",
        ),
    ],
)
def test_values_without_a_meaning_are_refused(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        resolve(word)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("agent.head=paper", "agent.head=paper: heads are chosen with agent=spatial or agent=paper"),
        ("agent.device=gpu", "agent.device=gpu: no device of PyTorch, such as cpu or cuda:0"),
        ("agent.backbone.encoder=vgg", "agent.backbone.encoder=vgg: encoders are resnet50, .*"),
        ("agent.algorithm.class_name=SAC", r"agent.algorithm.class_name=SAC: no such class \(.*"),
        ("agent.critic.network_cfg.class_name=a:B", r"agent.critic.network_cfg.class_name=a:B: no such class \(.*"),
    ],
)
def test_names_of_nothing_are_refused(word: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        resolve(word)


def test_standard_deviations_of_the_published_head() -> None:
    for word in ("init_std=0.0", "std_range=[8.0,1.0]"):
        with pytest.raises(ValueError, match=r"agent\.actor\.distribution_cfg\.std_(range|init)|init_std=0.0"):
            resolve("agent=paper", f"agent.actor.distribution_cfg.{word}")


def test_weights_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"agent.backbone.weights=.*weights.safetensors: no such file"):
        resolve(f"agent.backbone.weights={tmp_path / 'weights.safetensors'}")
    (tmp_path / "text.safetensors").write_text("no tensors")
    with pytest.raises(ValueError, match=r"text.safetensors is no readable safetensors file"):
        resolve(f"agent.backbone.weights={tmp_path / 'text.safetensors'}")


def test_settings_of_the_tasks_pass() -> None:
    assert resolve("agent.keep_checkpoints=null", "agent.algorithm.gamma=1")[1].keep_checkpoints is None
    resolve("agent=paper", "--task", "SingleArmPushGrasp")
