"""Policy and value nets: size, gradients, invariance to the heatmap's scale, and export."""

import pytest
import torch
from torch import nn

from pushgrasp.policies.pg4da.nets import PolicyNet, Trunk, ValueNet


@pytest.fixture
def avh():
    return torch.randn(2, 360, 56, 56, generator=torch.Generator().manual_seed(5))


@pytest.fixture(params=[PolicyNet, ValueNet])
def small_net(request):
    torch.manual_seed(0)
    return request.param(hidden=(32, 16))


def test_output_shapes(avh):
    assert PolicyNet()(avh).shape == (2, 3496)
    assert ValueNet()(avh).shape == (2, 1)
    assert PolicyNet(num_outputs=7, hidden=(8, 8))(avh).shape == (2, 7)


def test_trunk_has_the_layers_of_the_paper(avh):
    shapes = []
    features = avh
    for layer in Trunk():
        features = layer(features)
        if isinstance(layer, nn.Conv2d):
            shapes.append((tuple(features.shape[1:]), layer.groups))
    # Convolution to 180, depthwise, pointwise, convolution back to 360; 56 -> 28 -> 14 -> 7.
    assert shapes == [((180, 28, 28), 1), ((180, 14, 14), 180), ((180, 14, 14), 1), ((360, 7, 7), 1)]
    assert features.shape == (2, 360 * 7 * 7)


def test_parameter_count():
    def count(net: nn.Module) -> int:
        return sum(parameter.numel() for parameter in net.parameters())

    policy = PolicyNet()
    # 17640 * 1024 + 1024, 1024 * 1024 + 1024, 1024 * 3496 + 3496: within the 30 million allowed.
    assert count(policy.layers) == 18_064_384 + 1_049_600 + 3_583_400
    assert count(policy.layers) < 30_000_000
    # 360 * 180 * 9 + 180, 180 * 9 + 180, 180 * 180 + 180, 180 * 360 * 9 + 360.
    assert count(policy.trunk) == 583_380 + 1_800 + 32_580 + 583_560
    # 17640 * 256 + 256, 256 * 64 + 64, 64 + 1.
    assert count(ValueNet().layers) == 4_516_096 + 16_448 + 65


def test_every_parameter_gets_a_gradient(small_net, avh):
    small_net(avh).square().sum().backward()
    for name, parameter in small_net.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


def test_gradient_reaches_a_fine_tuned_backbone(small_net, avh):
    avh.requires_grad_()
    small_net(avh)[0].sum().backward()
    assert avh.grad[0].abs().sum() > 0
    assert avh.grad[1].abs().sum() == 0  # worlds do not mix


def test_scale_and_offset_of_the_heatmap_do_not_matter(small_net, avh):
    torch.testing.assert_close(small_net(50 * avh - 300), small_net(avh), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(small_net(0.1 * avh + 2), small_net(avh), rtol=1e-2, atol=1e-4)


def test_constant_heatmap_stays_finite(small_net):
    assert small_net(torch.full((1, 360, 56, 56), 4.0)).isfinite().all()


def test_signal_keeps_its_size_and_depends_on_the_heatmap(avh):
    torch.manual_seed(0)
    net = PolicyNet()
    features = net.layers[:-1](net.trunk(avh))
    assert 0.2 < features.std() < 3.0
    assert (features[0] - features[1]).std() > 0.1
    # A small last layer: first actions near 0, but not dead.
    action = net(avh)
    assert 1e-4 < action.std() < 0.1


def test_hidden_rows_are_orthogonal():
    weight = PolicyNet(hidden=(32, 16)).layers[2].weight
    # Gain sqrt(2): rows of squared length 2, orthogonal to each other.
    torch.testing.assert_close(weight @ weight.T, 2 * torch.eye(16), atol=1e-5, rtol=0)


def test_value_net_can_learn_to_tell_heatmaps_apart(avh):
    torch.manual_seed(0)
    net = ValueNet(hidden=(32, 16))
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    target = torch.tensor([[1.0], [-1.0]])
    for _ in range(20):
        optimiser.zero_grad()
        (net(avh) - target).square().mean().backward()
        optimiser.step()
    assert (net(avh) - target).abs().max() < 0.3


def test_torchscript_parity(small_net, avh):
    scripted = torch.jit.script(small_net)
    torch.testing.assert_close(scripted(avh), small_net(avh))
    with pytest.raises(torch.jit.Error, match="avh has shape"):
        scripted(avh[:, :10])


def test_onnx_parity(small_net, avh, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    runtime = pytest.importorskip("onnxruntime")
    path = tmp_path / "net.onnx"
    batch = torch.export.Dim("batch", min=1, max=64)
    torch.onnx.export(
        small_net.eval(), (avh,), path, input_names=["avh"], dynamic_shapes=({0: batch},), dynamo=True, verbose=False
    )
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for heatmaps in (avh, torch.cat((avh, avh.flip(0), avh[:1]))):
        out = torch.from_numpy(session.run(None, {"avh": heatmaps.numpy()})[0])
        torch.testing.assert_close(out, small_net(heatmaps).detach(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("shape", [(360, 56, 56), (1, 359, 56, 56), (1, 360, 28, 56), (1, 360, 56, 28)])
def test_wrong_shapes_are_refused(small_net, shape):
    with pytest.raises(ValueError, match="avh has shape"):
        small_net(torch.zeros(shape))


@pytest.mark.parametrize("hidden", [(), (32,), (32, 32, 32), (32, 0)])
def test_wrong_hidden_widths_are_refused(hidden):
    with pytest.raises(ValueError, match="hidden"):
        PolicyNet(hidden=hidden)
