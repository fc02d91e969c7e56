"""Compiled ways to run the net: the same heatmap as PyTorch gives, for any number of pictures; frozen nets only."""

import pytest
import torch

from pushgrasp.learning.parity import relative_error
from pushgrasp.policies.pg4da.backbone.avn import build_backbone
from pushgrasp.policies.pg4da.backbone.inference import fast_inference, with_backend


@pytest.fixture(scope="module")
def net():
    return build_backbone(None, seed=0, frozen=True, encoder="resnet18")


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(count))


def test_cpu_runtime_gives_the_nets_heatmap_for_any_batch(net):
    encode = fast_inference(net, "cpu")
    for count in (1, 3):
        heatmap = encode(pictures(count))
        assert heatmap.shape == (count, 360, 16, 16)
        assert relative_error(net(pictures(count)), heatmap) < 1e-3
        assert not heatmap.requires_grad


@pytest.mark.parametrize("backend", ["eager", "channels_last"])
def test_pytorch_backends_give_the_nets_heatmap(net, backend):
    assert relative_error(net(pictures(2)), with_backend(net, backend)(pictures(2))) < 1e-3


def test_other_devices_run_the_net_itself(net):
    assert fast_inference(net, "cuda:0") is net


def test_net_in_training_is_refused():
    net = build_backbone(None, seed=0, frozen=False, encoder="resnet18")
    with pytest.raises(ValueError, match=r"trainable weights.*freeze\(\)"):
        fast_inference(net, "cpu")


def test_unknown_backend_is_refused(net):
    with pytest.raises(ValueError, match="backend 'tensorrt'; backends: eager, channels_last, compiled, onnx"):
        with_backend(net, "tensorrt")
