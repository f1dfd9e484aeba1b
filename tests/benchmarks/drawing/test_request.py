"""What can be asked of a trained generator: inputs by request, and refusals that name the option."""

import numpy as np
import pytest

from benchmarks.drawing.request import Request, check_request, find_trained, inputs
from common.errors import BadInput
from common.specs.cell import Cell, TrainingSpec
from common.specs.models import model_spec
from common.specs.networks import NetworkShape
from common.tensor_files import save_tensors


def save_generator(folder, model, image_size=16):
    cell = Cell(
        model=model_spec(model),
        engine="torch",
        dataset="mnist-5k",
        execution="eager",
        training=TrainingSpec(image_size=image_size),
    )
    shape = NetworkShape(image_size=image_size, channels=1, classes=10)
    notes = {"cell": cell.model_dump(mode="json"), "shape": shape.model_dump(mode="json")}
    save_tensors(folder / "generator.safetensors", {"generator.x": np.zeros(1, np.float32)}, notes)
    return folder


@pytest.fixture
def conditional(tmp_path):
    return save_generator(tmp_path, "cdcgan")


def test_a_folder_and_its_file_are_the_same_generator(conditional):
    assert find_trained(conditional) == find_trained(conditional / "generator.safetensors")


def test_classes_come_in_turn_or_as_asked(conditional):
    trained = find_trained(conditional)
    _, labels, _ = inputs(Request(weights=conditional, count=12), trained)
    np.testing.assert_array_equal(labels.argmax(axis=1), np.arange(12) % 10)
    _, labels, _ = inputs(Request(weights=conditional, count=3, label=7), trained)
    np.testing.assert_array_equal(labels, np.eye(10, dtype=np.float32)[[7, 7, 7]])


def test_a_path_of_classes_blends_one_hot_rows_at_fixed_noise(conditional):
    request = Request(weights=conditional, steps=5, labels=(1, 8))
    latents, labels, _ = inputs(request, find_trained(conditional))
    assert np.ptp(latents, axis=0).max() == 0
    np.testing.assert_allclose(labels[:, 1], [1.0, 0.75, 0.5, 0.25, 0.0])
    np.testing.assert_allclose(labels.sum(axis=1), 1.0)


def test_a_path_of_noise_keeps_the_class(conditional):
    request = Request(weights=conditional, steps=4, label=3, points=2, method="spherical")
    latents, labels, _ = inputs(request, find_trained(conditional))
    assert (labels.argmax(axis=1) == 3).all()
    assert len(np.unique(latents, axis=0)) == 4


def test_every_noise_is_drawn_in_each_class(conditional):
    trained = find_trained(conditional)
    latents, labels, _ = inputs(Request(weights=conditional, count=3, each_class=True), trained)
    np.testing.assert_array_equal(labels.argmax(axis=1), np.arange(30) % 10)
    noises = inputs(Request(weights=conditional, count=3), trained)[0]
    np.testing.assert_array_equal(latents, np.repeat(noises, 10, axis=0))


def test_a_walk_goes_through_every_class_in_order_and_a_loop_comes_back(conditional):
    trained = find_trained(conditional)
    _, labels, _ = inputs(Request(weights=conditional, steps=10, labels=tuple(range(10))), trained)
    assert len(labels) == 9 * 9 + 1
    np.testing.assert_array_equal(labels[::9], np.eye(10))
    latents, labels, _ = inputs(Request(weights=conditional, steps=5, points=3, loop=True), trained)
    assert len(latents) == 3 * 4
    ends = inputs(Request(weights=conditional, count=3), trained)[0]
    np.testing.assert_allclose(latents[::4], ends, rtol=1e-6)
    assert (labels.argmax(axis=1) == 0).all()


def test_pairs_are_walks_between_each_two(conditional):
    request = Request(weights=conditional, steps=3, labels=(4, 0, 7), pairs=True)
    _, labels, _ = inputs(request, find_trained(conditional))
    np.testing.assert_array_equal(labels[::3].argmax(axis=1), [4, 4, 0])
    np.testing.assert_array_equal(labels[2::3].argmax(axis=1), [0, 7, 7])


def test_equal_seeds_give_equal_noise_whatever_the_count(conditional):
    trained = find_trained(conditional)
    few = inputs(Request(weights=conditional, count=3, seed=5), trained)[0]
    many = inputs(Request(weights=conditional, count=9, seed=5), trained)[0]
    np.testing.assert_array_equal(few, many[:3])


def test_style_mixing_takes_other_noise_of_the_latent_size(tmp_path):
    folder = save_generator(tmp_path, "stylegan")
    trained = find_trained(folder)
    latents, _, mixed = inputs(Request(weights=folder, count=2, mix_from=8), trained)
    network = trained.cell.model.network
    assert latents.shape == (2, network.noise_size(16))
    assert mixed.shape == (2, network.latent_size)
    assert not np.allclose(latents[:, : network.latent_size], mixed)


@pytest.mark.parametrize(
    ("model", "request_", "named"),
    [
        ("cdcgan", {"label": 10}, "class 10 is out of range"),
        ("cdcgan", {"labels": (1, 11)}, "class 11 is out of range"),
        ("cdcgan", {"labels": (1, -1)}, "class -1 is out of range"),
        ("dcgan", {"label": 1}, "not conditional"),
        ("cdcgan", {"labels": (1, 2), "label": 1}, "leave --label out"),
        ("cdcgan", {"each_class": True, "label": 1}, "give one of them"),
        ("dcgan", {"each_class": True}, "not conditional"),
        ("cdcgan", {"labels": (1,)}, "at least 2 points"),
        ("dcgan", {"labels": (1, 2)}, "not conditional"),
        ("dcgan", {"points": 1}, "at least 2 points"),
        ("dcgan", {"points": 2, "pairs": True}, "--grid"),
        ("dcgan", {"truncation": 0.7}, "style-based"),
        ("dcgan", {"method": "sferical", "points": 2}, "did you mean 'spherical'"),
        ("dcgan", {"engine": "torhc"}, "did you mean 'torch'"),
        ("dcgan", {"steps": 1, "points": 2}, "at least 2 steps"),
    ],
)
def test_what_a_generator_cannot_draw_is_refused(tmp_path, model, request_, named):
    folder = save_generator(tmp_path, model)
    with pytest.raises(BadInput, match=named):
        check_request(Request(weights=folder, **request_), find_trained(folder))


def test_a_missing_generator_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="There is no generator at"):
        find_trained(tmp_path)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    save_tensors(tmp_path / "generator.safetensors", {"x": np.zeros(1, np.float32)}, {})
    with pytest.raises(BadInput, match="was not written by a training"):
        find_trained(tmp_path)
