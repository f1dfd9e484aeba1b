"""Initial weights: a function of own name, shape and seed only; the spec's standard deviations; roles by name."""

from __future__ import annotations

import numpy as np
import pytest

from common.errors import BadInput
from common.initial_weights import initial_weights, is_statistic
from common.specs.networks import FixupInitialization, Initialization, StyleInitialization
from common.streams import generator

RULE = Initialization(kernel_std=0.02, scale_std=0.05)
SHAPES = {
    "generator.project.dense.kernel": (100, 512),
    "generator.body.up_8.conv.kernel": (4, 4, 64, 32),
    "generator.body.up_8.norm.scale": (4000,),
    "generator.body.up_8.norm.offset": (32,),
    "generator.body.up_8.norm.running_mean": (32,),
    "generator.body.up_8.norm.running_variance": (32,),
    "discriminator.score.bias": (1,),
}


def test_a_value_depends_on_its_own_name_shape_and_seed_only() -> None:
    whole = initial_weights(SHAPES, 3, RULE)
    for name, shape in SHAPES.items():
        np.testing.assert_array_equal(initial_weights({name: shape}, 3, RULE)[name], whole[name])
    backwards = initial_weights(dict(reversed(SHAPES.items())), 3, RULE)
    assert all(np.array_equal(backwards[name], whole[name]) for name in SHAPES)


def test_another_seed_or_name_gives_other_values() -> None:
    shape = (50, 40)
    one = initial_weights({"a.kernel": shape, "b.kernel": shape}, 0, RULE)
    other = initial_weights({"a.kernel": shape}, 1, RULE)
    assert not np.isin(one["a.kernel"], one["b.kernel"]).any()
    assert not np.isin(one["a.kernel"], other["a.kernel"]).any()


def test_shapes_and_dtype() -> None:
    for name, array in initial_weights(SHAPES, 0, RULE).items():
        assert array.shape == SHAPES[name]
        assert array.dtype == np.float32


def test_kernels_and_scales_are_normal_and_the_rest_constant() -> None:
    made = initial_weights(SHAPES, 0, RULE)
    for name, mean, std in (
        ("generator.project.dense.kernel", 0.0, RULE.kernel_std),
        ("generator.body.up_8.conv.kernel", 0.0, RULE.kernel_std),
        ("generator.body.up_8.norm.scale", 1.0, RULE.scale_std),
    ):
        values = made[name].astype(np.float64).ravel()
        standard = (values - mean) / std
        assert abs(standard.mean()) < 5 / np.sqrt(values.size)
        assert abs(standard.var() - 1) < 5 * np.sqrt(2 / values.size)
        assert abs((standard**4).mean() - 3) < 5 * np.sqrt(96 / values.size)
    for name, value in (("norm.offset", 0), ("norm.running_mean", 0), ("norm.running_variance", 1)):
        assert np.all(made[f"generator.body.up_8.{name}"] == value)
    assert made["discriminator.score.bias"].tolist() == [0.0]


def test_values_are_the_streams_normal_numbers_times_the_deviation() -> None:
    made = initial_weights({"x.kernel": (2, 3), "x.scale": (4,)}, 9, RULE)
    kernel = RULE.kernel_std * generator(9, "initial/x.kernel").standard_normal((2, 3))
    scale = 1.0 + RULE.scale_std * generator(9, "initial/x.scale").standard_normal(4)
    np.testing.assert_array_equal(made["x.kernel"], kernel.astype(np.float32))
    np.testing.assert_array_equal(made["x.scale"], scale.astype(np.float32))


def test_the_averaged_generator_starts_as_the_generator() -> None:
    names = ("body.up_8.conv.kernel", "body.up_8.norm.scale", "to_image.bias")
    made = initial_weights(
        {f"{net}.{name}": (30,) for net in ("generator", "generator_ema") for name in names}, 4, RULE
    )
    for name in names:
        np.testing.assert_array_equal(made[f"generator_ema.{name}"], made[f"generator.{name}"])


def test_scales_without_deviation_are_exactly_one() -> None:
    rule = Initialization(scale_std=0.0)
    assert initial_weights({"norm.scale": (5,)}, 0, rule)["norm.scale"].tolist() == [1.0] * 5


def test_a_direction_has_length_one_and_no_place_of_its_own() -> None:
    vector = initial_weights({"score.singular_vector": (4,)}, 0, RULE)["score.singular_vector"]
    assert vector.tolist() == [0.5] * 4


def test_residual_networks_begin_with_equal_variances_and_silent_branches() -> None:
    """Two blocks: gains of sqrt(2 / 1.04) / 2^(1/4) over the root of the inputs in a branch, of 1 elsewhere."""
    block = {"expand.kernel": (1, 1, 100, 200), "mix.kernel": (3, 3, 50, 200), "reduce.kernel": (1, 1, 200, 100)}
    shapes = {f"generator.stages.{size}.blocks.0.{name}": shape for size in (4, 8) for name, shape in block.items()}
    shapes |= {f"discriminator.stages.4.blocks.0.{name}": shape for name, shape in block.items()}
    shapes |= {"generator.bases.basis": (4, 4, 2000), "discriminator.score.kernel": (4, 4, 2000)}
    made = initial_weights(shapes, 0, FixupInitialization())
    gain = np.sqrt(2 / 1.04) / 2**0.25
    for name, std in (
        ("generator.stages.8.blocks.0.expand.kernel", gain / np.sqrt(100)),
        ("generator.stages.8.blocks.0.mix.kernel", gain / np.sqrt(450)),
        ("discriminator.stages.4.blocks.0.expand.kernel", np.sqrt(2 / 1.04) / np.sqrt(100)),
        ("generator.bases.basis", 1.0),
        ("discriminator.score.kernel", 0.25),
    ):
        assert made[name].std() == pytest.approx(std, rel=0.03), name
    assert all(np.all(made[name] == 0) for name in shapes if name.endswith("reduce.kernel"))


def test_a_mapping_network_that_learns_slowly_begins_with_larger_kernels() -> None:
    shapes = dict.fromkeys(("generator.stem.layers.0.kernel", "generator.blocks.4.layer_1.style.kernel"), (50, 60))
    made = initial_weights(shapes, 0, StyleInitialization(mapping_rate=0.01))
    assert [made[name].std() for name in shapes] == pytest.approx([100, 1], rel=0.03)


def test_unknown_role_is_an_error_that_names_it() -> None:
    with pytest.raises(BadInput, match=r"norm\.gamma has no known role: .*kernel, bias"):
        initial_weights({"norm.gamma": (3,)}, 0, RULE)


def test_statistics_are_told_from_parameters_by_their_role() -> None:
    names = ("x.kernel", "x.bias", "x.scale", "x.offset", "x.constant", "x.strength")
    assert not any(map(is_statistic, names))
    statistics = ("x.running_mean", "x.running_variance", "generator.stem.w_average", "x.singular_vector")
    assert all(map(is_statistic, statistics))
