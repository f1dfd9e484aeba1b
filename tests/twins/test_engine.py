"""The engine protocol as both engines fulfil it: weights, state, losses, samples, clipping, the penalty's effect."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

CLIP = np.float32(0.01)


def test_weights_come_back_as_they_were_loaded(twin: Any) -> None:
    loaded, read = twin.below("loaded/"), twin.below("read/")
    assert loaded.keys() == read.keys()
    for name in loaded:
        np.testing.assert_array_equal(read[name], loaded[name], err_msg=name)
    assert twin.notes["weights are copies"]
    assert twin.notes["dtypes"] == ["float32"]
    assert twin.notes["dtypes fp64"] == ["float64"]


def test_engines_name_and_shape_their_weights_and_their_state_alike(measured: Any) -> None:
    torch, keras = measured("torch"), measured("keras-torch")
    shapes = [{name: each.shape for name, each in side.below("loaded/").items()} for side in (torch, keras)]
    assert shapes[0] == shapes[1]
    assert torch.notes["state names"] == keras.notes["state names"]
    assert shapes[0]["generator.body.up_8.conv.kernel"] == (4, 4, 2, 4)  # height, width, out, in
    assert shapes[0]["discriminator.from_image.conv.kernel"] == (4, 4, 1, 2)  # height, width, in, out
    assert shapes[0]["generator.project.dense.kernel"] == (5, 4 * 4 * 4)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", ("another architecture", "generator.body.up_8.conv.kernel is not in the file")),
        ("unknown", ("another architecture", "generator.extra.kernel is unknown to this model")),
        ("shape", ("generator.body.up_8.conv.kernel has shape (4, 4, 1, 1), not (4, 4, 2, 4)",)),
    ],
)
def test_weights_of_another_architecture_are_refused_by_the_first_tensor_that_differs(
    twin: Any, kind: str, words: tuple[str, ...]
) -> None:
    for each in words:
        assert each in twin.notes[f"refuses {kind}"]


def test_torch_compile_without_a_compiler_is_refused_in_one_sentence(measured: Any) -> None:
    assert "needs a C++ compiler and there is no 'no-such-compiler'" in measured("torch").notes["refuses no compiler"]


def test_state_without_an_optimisers_slot_is_refused(twin: Any) -> None:
    assert f"{twin.notes['slot']} is not in the file" in twin.notes["refuses state"]


@pytest.mark.parametrize("model", ["dcgan", "wgan", "wgan-gp"])
def test_an_engine_that_is_given_a_state_goes_on_bit_for_bit(twin: Any, model: str) -> None:
    before, on, resumed = (twin.below(f"{kind}/{model}/") for kind in ("at", "on", "resumed"))
    assert on.keys() == resumed.keys()
    for name in on:
        np.testing.assert_array_equal(on[name], resumed[name], err_msg=name)
    still = {name for name in before if np.array_equal(before[name], on[name])}
    # what is added to every logit has no gradient in the Wasserstein loss, and a clipped weight may rest at the bound
    assert not {name for name in still if "bias" not in name and "offset" not in name}
    assert all(name.startswith(("discriminator", "optimizer")) for name in still)
    assert twin.notes[f"state is a copy {model}"]


def test_losses_of_several_critic_updates_are_those_of_the_last(twin: Any) -> None:
    """Nothing moves here, so a loss depends on the images and noise of its own update only."""
    logs = {key: twin.below(f"log/{key}/") for key in ("0 1", "1 1", "1 0", "0 1 last 0", "three")}
    assert set(logs["0 1"]) == {"discriminator", "penalty", "generator"}
    for name in ("discriminator", "penalty"):
        assert logs["0 1"][name] == pytest.approx(logs["1 1"][name], rel=1e-9)
        assert abs(logs["0 1"][name] - logs["1 0"][name]) > 1e-4
    # the generator's loss is of its own noise, the last, and of nothing else
    assert logs["0 1"]["generator"] == pytest.approx(logs["1 0"]["generator"], rel=1e-9)
    assert abs(logs["0 1"]["generator"] - logs["0 1 last 0"]["generator"]) > 1e-4


def test_a_generator_is_compared_with_the_reals_of_the_last_critic_update(twin: Any) -> None:
    of_last_1, of_1, of_last_0 = (twin[f"log/{key} pairs/generator"] for key in ("0 1", "1 1", "1 0"))
    assert of_last_1 == pytest.approx(of_1, rel=1e-9)
    assert abs(of_last_1 - of_last_0) > 1e-4


def test_losses_are_one_value_per_iteration_and_are_handed_out_once(twin: Any) -> None:
    three = twin.below("log/three/")
    assert {name: (array.shape, array.dtype) for name, array in three.items()} == {
        name: ((3,), np.dtype(np.float64)) for name in ("discriminator", "penalty", "generator")
    }
    assert not any(twin.notes["losses after losses"].values())
    np.testing.assert_allclose(three["discriminator"], three["discriminator"][0], rtol=1e-9)


def test_samples_do_not_depend_on_how_the_noise_is_cut(twin: Any) -> None:
    whole, pieces, again = (twin[f"generate/{name}"] for name in ("whole", "pieces", "again"))
    assert whole.shape == (300, 16, 16, 1)
    assert whole.dtype == np.uint8
    np.testing.assert_array_equal(whole, again)
    np.testing.assert_array_equal(whole, pieces)
    assert len(np.unique(whole.reshape(300, -1), axis=0)) == 300
    assert twin.notes["sampling changes nothing"]


@pytest.mark.parametrize(("way", "error"), [("not finite", "NonFiniteImagesError"), ("other noise", "the framework's")])
def test_training_goes_on_after_a_failure_to_sample_as_if_nobody_had_sampled(twin: Any, way: str, error: str) -> None:
    """Sampling infers: networks that were left in inference mode would train with running statistics from then on."""
    assert twin.notes[f"sampling fails, {way}"] == error
    expected, found = twin.below("sampled/none/"), twin.below(f"sampled/{way}/")
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_device_report_names_the_processor_and_the_versions(twin: Any) -> None:
    device, used, threads, peak, versions = twin.notes["device"]
    assert device == "cpu"
    assert "cpu" in used.lower()
    assert threads == 1
    assert peak is None
    expected = {"torch": {"torch"}, "keras-tf": {"keras", "tensorflow"}, "keras-torch": {"keras", "torch"}}
    assert expected[twin.engine] <= versions.keys()


def test_clipping_holds_every_parameter_of_the_critic_and_none_of_the_generator(twin: Any) -> None:
    before, after = twin.below("clip/before/"), twin.below("clip/after/")
    for name, array in after.items():
        if name.startswith("discriminator.") and "running" not in name:
            assert np.abs(before[name]).max() > CLIP
            assert np.abs(array).max() <= CLIP, name
    assert np.abs(after["generator.to_image.kernel"]).max() > CLIP


def test_the_penalty_changes_what_the_critic_learns(twin: Any) -> None:
    without, with_penalty = twin.below("penalized/0.0/"), twin.below("penalized/10.0/")
    assert "loss penalty" in with_penalty
    assert "loss penalty" not in without
    for name, array in without.items():
        # an offset after the last slope-changing layer and the score's bias have no part in the slope
        if name.startswith("discriminator.") and name.endswith("kernel"):
            assert np.abs(array - with_penalty[name]).max() > 1e-4, name


def test_updates_do_not_depend_on_how_a_gradient_lies_in_memory(measured: Any) -> None:
    """After a second derivative torch's gradients may lie otherwise than their parameters; fused Adam walks memory."""
    torch = measured("torch")
    assert torch.notes["unlike"] > 0
    one, other = torch.below("layout/0/"), torch.below("layout/1/")
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
