"""Numbers that both twins could get wrong alike, where they would still agree: each is computed here in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.twins.conftest import ENGINES

EPSILON = 1e-8
SLOPE = float(np.float32(0.2))
EMA_DECAY, STYLE_DECAY, STYLE_RATE = (float(np.float32(value)) for value in (0.9, 0.8, 0.1))
STATISTICS = ("running_mean", "running_variance", "w_average")


# --- the deviation of groups ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "members"), [(2, [(0, 3), (1, 4), (2, 5)]), (3, [(0, 2, 4), (1, 3, 5)])])
def test_deviation_is_of_samples_that_lie_a_number_of_groups_apart(twin: Any, group: int, members: Any) -> None:
    """As in Karras' code, which reshapes to (group, n / group, ...): three groups of two are 0 3, 1 4, 2 5."""
    maps, found = twin["deviation/maps"], twin[f"deviation/{group}"]
    assert_array_equal(found[..., :2], maps)
    for indices in members:
        of_group = np.stack([maps[index] for index in indices])
        # of every place and channel over the group's samples, then the mean over places and channels
        expected = np.sqrt(of_group.var(axis=0) + EPSILON).mean()
        for index in indices:
            assert_allclose(found[index, :, :, 2], expected, rtol=1e-13)


def test_deviation_of_equal_samples_is_the_root_of_epsilon(twin: Any) -> None:
    assert_allclose(twin["deviation/2"][[0, 3], :, :, 2], 1e-4, rtol=1e-12)


# --- running means and averages -------------------------------------------------------------------------------------


def styles(weights: dict[str, np.ndarray], latents: np.ndarray) -> np.ndarray:
    """Karras et al. 2019, section 2: normalised z through three dense layers of an equalised, lower learning rate."""
    w = latents.astype(np.float64)
    w = w / np.sqrt((w**2).mean(axis=1, keepdims=True) + EPSILON)
    for layer in range(3):
        kernel, bias = (weights[f"generator.stem.layers.{layer}.{role}"] * STYLE_RATE for role in ("kernel", "bias"))
        w = w @ kernel * np.sqrt(2 / len(kernel)) + bias
        w = np.where(w > 0, w, SLOPE * w)
    return w


def test_mean_style_keeps_its_share_and_takes_the_rest_from_the_batch(twin: Any) -> None:
    before, after = twin.below("once/stylegan/before/"), twin.below("once/stylegan/after/")
    w = styles(before, twin["once/stylegan/latents"][:, :5])  # behind the five there is the pixels' noise
    expected = STYLE_DECAY * before["generator.stem.w_average"] + (1 - STYLE_DECAY) * w.mean(axis=0)
    assert_allclose(after["generator.stem.w_average"], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("model", ["dcgan", "stylegan"])
def test_averaged_generator_averages_parameters_and_copies_statistics(twin: Any, model: str) -> None:
    before, after = twin.below(f"once/{model}/before/"), twin.below(f"once/{model}/after/")
    averaged = [name for name in after if name.startswith("generator_ema.")]
    statistics = [name for name in averaged if name.endswith(STATISTICS)]
    assert statistics
    for name in averaged:
        trained = after[name.replace("generator_ema.", "generator.", 1)]
        if name in statistics:
            assert_array_equal(after[name], trained, err_msg=name)
            continue
        expected = EMA_DECAY * before[name] + (1 - EMA_DECAY) * trained
        assert_allclose(after[name], expected, rtol=1e-12, atol=1e-14, err_msg=name)


# --- parts of objectives on an objective that usually has none ------------------------------------------------------

PART_MODELS = ("dcgan", "lsgan", "pairs")
PENALTIES = ("penalty", "r1", "r2")
DRIFT, CLIP = float(np.float32(0.001)), float(np.float32(0.05))


@pytest.mark.parametrize("model", PART_MODELS)
def test_every_part_is_a_term_with_a_name(twin: Any, model: str) -> None:
    terms, forward = twin.below(f"parts/{model}/term/"), twin.below(f"parts/{model}/forward/")
    real, fake = forward["real_logits"], forward["fake_logits"]
    adversarial = {"pairs"} if model == "pairs" else {"real", "fake"}
    assert terms.keys() == {*adversarial, "drift", *PENALTIES, "generator"}
    assert_allclose(terms["drift"], DRIFT * (real**2).mean(), rtol=1e-12)
    assert all(terms[name] > 0.001 for name in PENALTIES)
    if model == "pairs":
        assert_allclose(terms["pairs"], np.logaddexp(0, fake - real).mean(), rtol=1e-12)
        assert_allclose(terms["generator"], np.logaddexp(0, real - fake).mean(), rtol=1e-12)
    if model == "dcgan":
        assert_allclose(terms["real"], np.logaddexp(0, -real).mean(), rtol=1e-12)
        assert_allclose(terms["fake"], np.logaddexp(0, fake).mean(), rtol=1e-12)
    # what is added to every logit has no part in a slope: its gradient is that of the logits' own terms
    lag = 1 / (1 + np.exp(real - fake))
    slopes = {
        "dcgan": (-1 / (1 + np.exp(real)), 1 / (1 + np.exp(-fake))),
        "lsgan": (real - 1, fake),
        "pairs": (-lag, lag),
    }[model]
    expected = (slopes[0] + 2 * DRIFT * real).mean() + slopes[1].mean()
    assert_allclose(twin[f"parts/{model}/gradient/discriminator.score.bias"], [expected], rtol=1e-11)


@pytest.mark.parametrize("model", PART_MODELS)
def test_loss_is_the_sum_of_all_parts(twin: Any, model: str) -> None:
    terms, losses = twin.below(f"parts/{model}/term/"), twin.below(f"parts/{model}/loss/")
    assert losses.keys() == {"discriminator", "generator", *PENALTIES}
    assert_allclose(losses["discriminator"][0], sum(terms.values()) - terms["generator"], rtol=1e-12)
    for name in PENALTIES:
        assert_allclose(losses[name][0], terms[name], rtol=1e-12)


@pytest.mark.parametrize("model", PART_MODELS)
def test_clipping_follows_the_update_and_is_all_that_it_changes(twin: Any, model: str) -> None:
    free, clipped = twin.below(f"parts/{model}/free/"), twin.below(f"parts/{model}/clipped/")
    parameters = [name for name in free if name.startswith("discriminator.")]
    assert any(np.abs(free[name]).max() > 2 * CLIP for name in parameters)
    assert any(np.abs(free[name]).min() < CLIP for name in parameters)
    for name in parameters:
        assert_allclose(clipped[name], np.clip(free[name], -CLIP, CLIP), rtol=1e-14, err_msg=name)


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("model", PART_MODELS)
def test_twins_agree_with_all_parts_together(measured: Any, model: str, engine: str) -> None:
    torch, keras = measured("torch"), measured(engine)
    for kind in ("term", "gradient", "loss", "weight"):
        ours, theirs = torch.below(f"parts/{model}/{kind}/"), keras.below(f"parts/{model}/{kind}/")
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            if not name.endswith("running_variance"):  # torch averages the unbiased one
                assert_allclose(theirs[name], array, rtol=1e-10, atol=1e-10, err_msg=f"{kind} {name}")
