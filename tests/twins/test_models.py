"""Classes, growing and averaged generators in both engines: what they do, and that a state goes on bit for bit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from common.specs.models import model_spec
from tests.long import NOT_PLAIN as MODELS

CONDITIONAL = tuple(name for name in MODELS if model_spec(name).network.conditional)
PHASES = ("4-stable", "8-fade", "8-stable", "16-fade", "16-stable")


@pytest.mark.parametrize("model", MODELS)
def test_an_engine_that_is_given_a_state_goes_on_bit_for_bit(twin: Any, model: str) -> None:
    on, resumed = twin.below(f"on/{model}/"), twin.below(f"resumed/{model}/")
    assert on.keys() == resumed.keys()
    for name in on:
        assert_array_equal(on[name], resumed[name], err_msg=name)
    assert all(np.isfinite(array).all() for array in on.values())


@pytest.mark.parametrize("model", MODELS)
def test_states_have_equal_names_and_shapes_in_both_engines(measured: Any, model: str) -> None:
    torch, keras = (measured(engine).below(f"on/{model}/") for engine in ("torch", "keras-torch"))
    assert {name: array.shape for name, array in torch.items()} == {name: array.shape for name, array in keras.items()}


@pytest.mark.parametrize("model", MODELS)
def test_samples_do_not_depend_on_how_noise_and_classes_are_cut(twin: Any, model: str) -> None:
    assert_array_equal(twin[f"cut/{model}/whole"], twin[f"cut/{model}/pieces"])


@pytest.mark.parametrize("model", CONDITIONAL)
def test_equal_noise_and_another_class_is_another_image(twin: Any, model: str) -> None:
    images = [twin[f"sample/{model}/{index}"].astype(int) for index in range(3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        differences = np.abs(images[one] - images[other]).reshape(7, -1).max(1)
        assert (differences > 0).all()
    # classes in turn are the rows of the three
    expected = np.stack([images[index % 3][index] for index in range(7)])
    assert_array_equal(twin[f"cut/{model}/whole"], expected)


@pytest.mark.parametrize("model", CONDITIONAL)
def test_a_blend_of_two_classes_is_neither(twin: Any, model: str) -> None:
    blend = twin[f"blend/{model}"].astype(int)
    for index in (0, 1):
        assert np.abs(blend - twin[f"sample/{model}/{index}"]).max() > 0


# --- growing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
def test_images_have_the_phases_resolution(twin: Any, phase: str) -> None:
    side = int(phase.partition("-")[0])
    assert twin[f"phase/{phase}/image/1.0"].shape == (3, side, side, 1)


@pytest.mark.parametrize("phase", ["8-fade", "16-fade"])
def test_fading_mixes_the_doubled_image_below_with_the_new_one(twin: Any, phase: str) -> None:
    old, quarter, new = (twin[f"phase/{phase}/image/{alpha}"].astype(float) for alpha in ("0.0", "0.25", "1.0"))
    assert np.abs(old - new).max() > 5
    # at 0 there is only the old image, every pixel of it doubled
    assert_array_equal(old[:, ::2, ::2], old[:, 1::2, 1::2])
    assert_array_equal(old[:, ::2, ::2], old[:, ::2, 1::2])
    inside = (old > 0) & (old < 255) & (new > 0) & (new < 255)  # images are not squashed, levels are
    assert inside.mean() > 0.3
    assert np.abs(quarter - (0.75 * old + 0.25 * new))[inside].max() <= 1.0


@pytest.mark.parametrize("phase", ["8-stable", "16-stable"])
def test_a_stable_phase_knows_no_alpha(twin: Any, phase: str) -> None:
    assert_array_equal(twin[f"phase/{phase}/image/0.0"], twin[f"phase/{phase}/image/1.0"])


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_begins_with_fresh_optimisers_for_the_weights_in_use(twin: Any, phase: str) -> None:
    before, after = twin.below(f"phase/{phase}/state/"), twin.below(f"phase/{phase}/after/")
    slots = {name: array for name, array in before.items() if name.startswith("optimizer/")}
    assert slots
    assert not any(np.any(array) for array in slots.values())
    used = {name.split("/", 2)[2] for name in slots}
    moved = {
        name
        for name in before
        if not name.startswith(("optimizer/", "generator_ema.")) and not np.array_equal(before[name], after[name])
    }
    assert moved <= used
    assert len(moved) > 0.8 * len(used)  # a bias that every logit shares has no gradient
    assert {name.partition(".")[0] for name in moved} == {"generator", "discriminator"}


def test_higher_levels_come_into_use_phase_by_phase(twin: Any) -> None:
    counts = [sum(name.startswith("optimizer/step/") for name in twin.below(f"phase/{p}/state/")) for p in PHASES]
    assert counts[0] < counts[1]
    assert counts[2] < counts[3]
    assert counts[1] > counts[2]  # a stable phase has left the old way to and from the image behind
    assert counts[3] > counts[4]


def test_beginning_a_phase_leaves_every_weight_alone(twin: Any) -> None:
    for earlier, later in itertools.pairwise(PHASES):
        if later == "16-fade":
            continue  # iterations on made-up images came in between
        after, before = twin.below(f"phase/{earlier}/after/"), twin.below(f"phase/{later}/state/")
        for name in after:
            if not name.startswith("optimizer/"):
                assert_array_equal(after[name], before[name], err_msg=name)


def test_real_images_are_reduced_by_the_mean_of_each_block(twin: Any) -> None:
    small, large = twin.below("reduced/small/"), twin.below("reduced/large/")
    for name in small:
        assert_allclose(large[name], small[name], rtol=1e-11, err_msg=name)


# --- the averaged generator -----------------------------------------------------------------------------------------


def test_the_average_moves_by_its_share_towards_the_trained_generator(twin: Any) -> None:
    before, after = twin.below("average/before/"), twin.below("average/after/")
    averaged = [name for name in after if name.startswith("generator_ema.")]
    assert len(averaged) == len([name for name in after if name.startswith("generator.")])
    for name in averaged:
        trained = after[name.replace("generator_ema.", "generator.", 1)]
        assert_allclose(after[name], 0.75 * before[name] + 0.25 * trained, rtol=1e-12, atol=1e-14, err_msg=name)


def test_samples_come_from_the_average(twin: Any) -> None:
    images, of_trained = twin["average/images"].astype(int), twin["average/images of the trained"].astype(int)
    assert np.abs(images - of_trained).max() > 5
