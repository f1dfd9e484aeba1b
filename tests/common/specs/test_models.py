"""Models and network shapes: constants of the papers, names, sizes that can be built."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import BadInput
from common.specs.base import to_float32
from common.specs.cell import override, validated
from common.specs.models import MODELS, model_spec
from common.specs.networks import NetworkShape, ResnetSpec, resolutions

ADAM_DCGAN = {"kind": "adam", "learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999}
ADAM_GP = {"kind": "adam", "learning_rate": 1e-4, "beta_1": 0.0, "beta_2": 0.9}
ADAM_SN = {**ADAM_GP, "learning_rate": 2e-4}
RMSPROP = {"kind": "rmsprop", "learning_rate": 5e-5, "rho": 0.99}
PENALTY = {"kind": "wasserstein", "gradient_penalty": 10.0, "weight_clip": None, "drift": 0.0, "mixing": "uniform"}
CLIP = {**PENALTY, "gradient_penalty": 0.0, "weight_clip": 0.01}
HINGE = {**PENALTY, "kind": "hinge", "margin": 1.0, "gradient_penalty": 0.0}
CROSS_ENTROPY = {"kind": "bce", "real_target": 1.0, "fake_target": 0.0, "generator_target": 1.0}
SQUARES = {**CROSS_ENTROPY, "kind": "least_squares"}


@pytest.mark.parametrize(
    ("name", "objective", "optimizer", "n_critic", "critic_norm"),
    [
        ("dcgan", CROSS_ENTROPY, ADAM_DCGAN, 1, "batch"),
        ("lsgan", SQUARES, ADAM_DCGAN, 1, "batch"),
        ("wgan", CLIP, RMSPROP, 5, "batch"),
        ("wgan-gp", PENALTY, ADAM_GP, 5, "group"),
        ("sngan", HINGE, ADAM_SN, 5, "spectral"),
        ("cond-sngan", HINGE, ADAM_SN, 5, "spectral"),
    ],
)
def test_constants_are_the_papers(
    name: str, objective: dict[str, Any], optimizer: dict[str, Any], n_critic: int, critic_norm: str
) -> None:
    spec = model_spec(name)
    expected = {
        **{f"objective.{key}": value for key, value in objective.items()},
        **{f"optimizer.{key}": value for key, value in optimizer.items()},
    }
    for path, value in expected.items():
        part, field = path.split(".")
        found = getattr(getattr(spec, part), field)
        assert found == (to_float32(value) if isinstance(value, float) else value), path
    assert (spec.n_critic, spec.network.critic_norm) == (n_critic, critic_norm)  # type: ignore[union-attr]
    assert spec.optimizer.form == "published"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_model_is_found_by_its_name_and_says_where_it_is_from(name: str) -> None:
    assert model_spec(name).name == name
    assert model_spec(name).source.strip()


@pytest.mark.parametrize(("name", "near"), [("wgan_gp", "wgan-gp"), ("DCGAN", None), ("dcgann", "dcgan")])
def test_unknown_model_names_the_nearest(name: str, near: str | None) -> None:
    with pytest.raises(BadInput, match=f"Unknown model '{name}'") as caught:
        model_spec(name)
    assert "dcgan" in str(caught.value)
    if near:
        assert f"did you mean '{near}'?" in str(caught.value)


@pytest.mark.parametrize("name", ["dcgan", "lsgan", "cdcgan"])
def test_a_penalty_through_batch_norm_is_refused_and_says_what_to_set(name: str) -> None:
    """Its gradient would be off by percents in Keras on TensorFlow, without a word."""
    words = rf"objective\.gradient_penalty: .*'{name}' has batch norm.* network\.critic_norm"
    with pytest.raises(BadInput, match=words):
        override(model_spec(name), {"objective.gradient_penalty": 10.0})
    for norm in ("group", "none"):
        mended = override(model_spec(name), {"objective.gradient_penalty": 10.0, "network.critic_norm": norm})
        assert mended.objective.penalties == ["gradient_penalty"]
    for part in ("r1", "r2"):
        with pytest.raises(BadInput, match=rf"objective\.{part}: .*'{name}' has batch norm.* network\.critic_norm"):
            override(model_spec(name), {f"objective.{part}": 0.5})
    with pytest.raises(BadInput, match=r"set network\.critic_norm"):
        override(model_spec("wgan-gp"), {"network.critic_norm": "batch"})


def test_residual_critic_halves_as_the_papers_does_at_32_pixels() -> None:
    sizes = {size: ResnetSpec().critic_sizes(size) for size in (8, 16, 32, 64)}
    assert sizes == {8: [4, 2, 2, 2], 16: [8, 4, 4, 4], 32: [16, 8, 8, 8], 64: [32, 16, 8, 8, 8]}
    assert (ResnetSpec().width, ResnetSpec().critic_width, ResnetSpec().latent_size) == (256, 128, 128)


def test_resolutions_double_from_four() -> None:
    assert resolutions(8) == [4, 8]
    assert resolutions(32) == [4, 8, 16, 32]
    assert resolutions(1024) == [4, 8, 16, 32, 64, 128, 256, 512, 1024]


@pytest.mark.parametrize(("size", "near"), [(28, 32), (20, 16), (4, 8), (0, 8), (-32, 8), (100, 128), (2048, 1024)])
def test_size_that_cannot_be_built_is_refused_with_the_nearest_that_can(size: int, near: int) -> None:
    words = rf"image_size {size} is not 4 times a power of two between 8 and 1024: try {near}\."
    with pytest.raises(BadInput, match=words):
        resolutions(size)
    with pytest.raises(BadInput, match=words):
        NetworkShape(image_size=size, channels=1)


@pytest.mark.parametrize(("field", "value"), [("channels", 2), ("channels", 0), ("classes", -1), ("image_size", 32.5)])
def test_shape_names_the_field_it_refuses(field: str, value: float) -> None:
    with pytest.raises(BadInput, match=f"^{field}: "):
        validated(NetworkShape, {"image_size": 32, "channels": 1, field: value})
