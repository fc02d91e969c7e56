"""The angle-view net: shapes, a living random start, freezing, and errors on what it cannot take."""

import copy

import pytest
import torch
from torch import nn

from pushgrasp.policies.pg4da.backbone.avn import AngleViewNet, DenseUpsampling, build_backbone
from pushgrasp.policies.pg4da.backbone.weights import save_weights


@pytest.fixture(scope="module")
def frozen():
    return build_backbone(None, seed=1, frozen=True)


def blocks(count: int = 2) -> torch.Tensor:
    """Bright coloured blocks in fixed places on a dark table; unlike the pictures used to calibrate the net."""
    pictures = torch.full((count, 3, 224, 224), 0.2)
    for n in range(count):
        for k, colour in enumerate(((0.9, 0.2, 0.1), (0.1, 0.8, 0.2), (0.2, 0.3, 0.9), (0.9, 0.8, 0.1))):
            row, col = 20 + 45 * k, (30 + 60 * n + 50 * k) % 180
            pictures[n, :, row : row + 30, col : col + 20] = torch.tensor(colour).view(3, 1, 1)
    return pictures


def test_heatmap_has_a_class_score_per_cell(frozen):
    heatmap = frozen(blocks(2))
    assert heatmap.shape == (2, 360, 56, 56)
    assert heatmap.dtype == torch.float32
    assert heatmap.isfinite().all()


def test_layers_follow_the_paper(frozen):
    features = frozen.encoder(blocks(1))
    assert features.shape == (1, 2048, 7, 7)
    shapes = []
    for layer in frozen.decoder:
        features = layer(features)
        shapes.append(tuple(features.shape[1:]))
    assert shapes == [(512, 14, 14), (256, 28, 28), (128, 56, 56)]
    # ResNet-50 without classifier 23,508,032 (25,557,032 published, less 2048 * 1000 + 1000); DUC blocks
    # 512 * 1024 * 9 + 2 * 1024 and 256 * 512 * 9 + 2 * 512; head 128 * 360 * 9 + 360.
    expected = 23_508_032 + 4_718_592 + 2_048 + 1_179_648 + 1_024 + 414_720 + 360
    assert sum(p.numel() for p in frozen.parameters()) == expected


def test_dense_upsampling_places_channels_like_a_pixel_shuffle():
    block = DenseUpsampling(1, 1).eval()
    # Kernel k passes (k + 1) times the centre pixel; untrained batch normalisation in evaluation mode is the identity
    # but for its epsilon (1e-5). Output cell (2r + i, 2c + j) comes from channel 2i + j.
    nn.init.zeros_(block[0].weight)
    with torch.no_grad():
        block[0].weight[:, 0, 1, 1] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    out = block(torch.tensor([[[[1.0, 10.0]]]]))
    expected = torch.tensor([[[[1.0, 2.0, 10.0, 20.0], [3.0, 4.0, 30.0, 40.0]]]])
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=0)


def test_random_start_gives_a_living_heatmap(frozen):
    heatmap = frozen(blocks(2))
    spatial = heatmap.std(dim=(2, 3))
    # Order 1 in every class, on pictures that were not used for the calibration.
    assert 0.3 < spatial.mean() < 3.0
    assert spatial.min() > 0.05
    assert heatmap.abs().max() < 30.0


def picture_share(net: nn.Module) -> float:
    """Spread of the heatmap between pictures at one cell, as a share of its spread over pictures and cells."""
    with torch.no_grad():
        heatmap = net(blocks(4))
    return float(heatmap.std(dim=0).mean() / heatmap.std(dim=(0, 2, 3)).mean())


def test_random_start_depends_on_the_picture(frozen):
    # PyTorch's own start also has a heatmap of order 1, but most of it is one fixed pattern over the cells.
    torch.manual_seed(0)
    assert picture_share(frozen) > 1.5 * picture_share(AngleViewNet().eval())


def test_seed_decides_the_random_start(frozen):
    state = torch.random.get_rng_state()
    again, other = (build_backbone(None, seed=seed, frozen=True) for seed in (1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, tensor in frozen.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor)
    assert not torch.equal(other.head.weight, frozen.head.weight)


def test_frozen_means_frozen(frozen):
    net = copy.deepcopy(frozen)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net.train()
    assert not any(module.training for module in net.modules())
    heatmap = net(blocks(2))
    assert not heatmap.requires_grad
    assert not any(parameter.requires_grad for parameter in net.parameters())
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_frozen_inside_a_policy_stays_frozen(frozen):
    policy = nn.Sequential(copy.deepcopy(frozen), nn.Conv2d(360, 1, 1)).train()
    policy(blocks(1)).sum().backward()
    assert policy[1].weight.grad is not None
    assert all(parameter.grad is None for parameter in policy[0].parameters())
    assert not policy[0].training


def test_memory_layout_does_not_change_the_heatmap(frozen):
    plain = copy.deepcopy(frozen).to(memory_format=torch.contiguous_format)
    torch.testing.assert_close(frozen(blocks(2)), plain(blocks(2)), rtol=1e-3, atol=1e-3)


def test_fine_tuned_backbone_has_gradients_but_fixed_statistics():
    net = build_backbone(None, seed=0, frozen=False).train()
    before = {name: tensor.clone() for name, tensor in net.named_buffers()}
    net(blocks(1)).square().mean().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name
    for name, tensor in net.named_buffers():
        assert torch.equal(tensor, before[name]), name


def test_pretraining_uses_batch_statistics():
    net = AngleViewNet().train()
    before = net.encoder[1].running_mean.clone()
    net(blocks(2)[:, :, :64, :64])
    assert not torch.equal(net.encoder[1].running_mean, before)


def test_imagenet_normalisation_is_inside(frozen):
    seen = []
    hook = frozen.encoder.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    frozen(torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).expand(1, 3, 32, 32))
    frozen(torch.ones(1, 3, 32, 32))
    hook.remove()
    assert seen[0].abs().max() < 1e-6
    # (1 - mean) / std: 0.515 / 0.229 = 2.2489, 0.544 / 0.224 = 2.4286, 0.594 / 0.225 = 2.64.
    torch.testing.assert_close(seen[1][0, :, 0, 0], torch.tensor([2.2489, 2.4286, 2.6400]), atol=1e-4, rtol=0)


def test_weights_file_gives_the_same_heatmap(frozen, tmp_path):
    save_weights(frozen, tmp_path / "avn.safetensors")
    loaded = build_backbone(tmp_path / "avn.safetensors", seed=99, frozen=True)
    assert torch.equal(loaded(blocks(1)), frozen(blocks(1)))
    assert not loaded.training


def test_missing_weights_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.safetensors"):
        build_backbone(tmp_path / "absent.safetensors", seed=0, frozen=True)


def test_torchscript_gives_the_same_heatmap(frozen):
    scripted = torch.jit.script(frozen)
    torch.testing.assert_close(scripted(blocks(1)), frozen(blocks(1)))


@pytest.mark.parametrize("shape", [(3, 224, 224), (1, 4, 224, 224), (1, 3, 220, 224), (1, 3, 224, 100)])
def test_wrong_shapes_are_refused(frozen, shape):
    with pytest.raises(ValueError, match="shape"):
        frozen(torch.zeros(shape))


def test_bytes_are_refused(frozen):
    with pytest.raises(ValueError, match="uint8"):
        frozen(torch.zeros(1, 3, 224, 224, dtype=torch.uint8))


def test_logits_of_some_cells_are_those_of_the_heatmap(frozen):
    cells = torch.zeros(2, 56, 56, dtype=torch.bool)
    cells[0, 0, 0] = cells[0, 55, 55] = cells[1, 30, 7] = cells[1, 0, 20] = True  # corners and edges, too
    logits = frozen.logits_at(frozen.features(blocks(2)), cells)
    expected = frozen(blocks(2)).permute(0, 2, 3, 1)[cells]
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("encoder", ["resnet18", "resnet18_stride16", "resnet18_lateral"])
def test_small_encoders_have_the_same_heatmap_shape_and_a_living_start(encoder):
    net = build_backbone(None, seed=1, frozen=True, encoder=encoder)
    heatmap = net(blocks(2))
    assert heatmap.shape == (2, 360, 56, 56)
    assert 0.3 < heatmap.std(dim=(2, 3)).mean() < 3.0
    assert sum(p.numel() for p in net.parameters()) < 15e6


def test_lateral_connections_add_stages_of_the_same_size():
    net = AngleViewNet("resnet18_lateral").eval()
    for lateral in net.laterals:
        nn.init.zeros_(lateral.convolution.weight)
    picture = (blocks(1) - net.mean) / net.std
    without = net.features(blocks(1))
    torch.testing.assert_close(without, net.decoder(net.encoder(picture)))
    with torch.no_grad():
        net.laterals[1].convolution.weight[5, 3] = 2.0  # channel 3 of the stage with 56 x 56 cells to channel 5
    stage = net.encoder[:5](picture)
    assert stage.shape == (1, 64, 56, 56)
    added = net.features(blocks(1)) - without
    # Untrained batch normalisation divides by sqrt(1 + 1e-5); a stage's values are not negative.
    torch.testing.assert_close(added[:, 5], 2.0 * stage[:, 3] / 1.00001**0.5, rtol=1e-4, atol=1e-5)
    assert not added[:, :5].any()


def test_torchscript_takes_lateral_connections():
    net = build_backbone(None, seed=1, frozen=True, encoder="resnet18_lateral")
    torch.testing.assert_close(torch.jit.script(net)(blocks(1)), net(blocks(1)))


def test_weights_file_decides_the_encoder(tmp_path):
    net = build_backbone(None, seed=1, frozen=True, encoder="resnet18")
    save_weights(net, tmp_path / "small.safetensors", half=True)
    loaded = build_backbone(tmp_path / "small.safetensors", seed=0, frozen=True)
    assert loaded.encoder_name == "resnet18"
    assert loaded.head.weight.dtype == torch.float32
    torch.testing.assert_close(loaded(blocks(1)), net(blocks(1)), rtol=0.02, atol=0.02)
    with pytest.raises(ValueError, match="has encoder 'resnet18'; expected 'resnet50'"):
        build_backbone(tmp_path / "small.safetensors", seed=0, frozen=True, encoder="resnet50")


def test_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match=r"unknown encoder 'vgg16'; encoders: resnet50, .*, resnet18_lateral"):
        AngleViewNet("vgg16")
