"""Exported generators draw what the engine that trained them draws, and say what they are."""

import shutil

import numpy as np
import onnxruntime
import pytest

from benchmarks.drawing.request import Request, find_trained, inputs
from benchmarks.exporting import export as exporting
from benchmarks.exporting.check import exported_images, largest_difference
from benchmarks.exporting.export import export_onnx, export_safetensors, read_exported
from common.errors import BadInput, GanbenchError
from common.tensor_files import load_tensors
from tests.long import LONG, only_long

# plain, with classes in a growing network, with styles in both frameworks
CELLS = ("dcgan-torch", "cpggan-torch", "stylegan-torch", "stylegan-keras-tf")
CELLS += ("cdcgan-torch", "cdcgan-keras-tf") if LONG else ()


@pytest.fixture(scope="module")
def folder(generators, tmp_path_factory):
    return shutil.copytree(generators, tmp_path_factory.mktemp("export") / "cells")


@pytest.fixture(scope="module")
def exported(folder):
    """Every cell's generator in single precision, from one process."""
    made = export_onnx([folder / name for name in CELLS], [folder / name / "generator.onnx" for name in CELLS])
    return dict(zip(CELLS, made, strict=True))


def run(folder, name, **given):
    session = onnxruntime.InferenceSession(folder / name / "generator.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, given)[0]


def asked(folder, name):
    return inputs(Request(weights=folder / name, count=20), find_trained(folder / name))


@pytest.mark.parametrize("name", CELLS)
def test_images_are_the_engines(folder, exported, name):
    expected = np.load(folder / name / "samples.npy")
    assert expected.std() > 20  # lively images, or equality would say nothing
    found = exported_images((folder / name / "generator.onnx").read_bytes(), find_trained(folder / name), 20)
    assert largest_difference(found, expected) <= 1
    assert exported[name].largest_difference <= 1
    assert exported[name].compared == 20
    assert read_exported(folder / name / "generator.onnx") == exported[name]


@only_long
@pytest.mark.parametrize("name", ["stylegan-keras-tf", "cdcgan-keras-tf"])
def test_one_with_the_graph_of_its_twin_is_as_if_exported_alone(folder, exported, tmp_path, name):
    """Exported behind torch's of the same network, whose weights are others."""
    export_onnx([folder / name], [tmp_path / "alone.onnx"])
    twin = folder / name.replace("keras-tf", "torch") / "generator.onnx"
    assert (folder / name / "generator.onnx").read_bytes() == (tmp_path / "alone.onnx").read_bytes()
    assert (folder / name / "generator.onnx").read_bytes() != twin.read_bytes()


@pytest.mark.parametrize("name", ["stylegan-torch", "stylegan-keras-tf"])
def test_truncation_and_mixing_are_inputs(folder, exported, name):
    latents, _, _ = asked(folder, name)
    mixed = np.ascontiguousarray(latents[::-1, : exported[name].inputs["mix_latents"][0]])
    given = {"latents": latents, "mix_latents": mixed, "truncation": np.float32(0.6), "mix_from": np.int32(8)}
    found = run(folder, name, **{key: np.asarray(value) for key, value in given.items()})
    assert largest_difference(found, np.load(folder / name / "styled.npy")) <= 1
    assert largest_difference(found, np.load(folder / name / "samples.npy")) > 20


@pytest.mark.parametrize("name", [name for name in CELLS if name.startswith("c")])
def test_classes_can_be_blended(folder, exported, name):
    latents, labels, _ = asked(folder, name)
    found = run(folder, name, latents=latents, labels=(0.3 * labels + 0.7 * labels[::-1]).astype(np.float32))
    assert largest_difference(found, np.load(folder / name / "blended.npy")) <= 1


def test_any_number_of_images_can_be_asked_for(folder, exported):
    latents, _, _ = asked(folder, "dcgan-torch")
    assert run(folder, "dcgan-torch", latents=latents[:1]).shape == (1, 16, 16, 1)


def test_half_precision_is_kept_where_images_stay_near(folder, exported, tmp_path, monkeypatch):
    cell, half = folder / "dcgan-torch", tmp_path / "half.onnx"
    whole = cell / "generator.onnx"
    # a rule that any rounding passes: then the file is smaller, and still an ONNX file that draws
    monkeypatch.setattr(exporting, "LARGEST_DIFFERENCE", 255)
    [loose] = export_onnx([cell], [half], half=True)
    assert loose.storage == "float16"
    assert half.stat().st_size < 0.6 * whole.stat().st_size


@only_long
def test_half_precision_that_changes_images_is_not_kept(folder, exported, tmp_path, monkeypatch):
    cell, half = folder / "dcgan-torch", tmp_path / "half.onnx"
    # a rule that nothing passes but bit-equal images
    monkeypatch.setattr(exporting, "LARGEST_DIFFERENCE", 0)
    [strict] = export_onnx([cell], [half], half=True)
    assert strict.storage == "float32" or strict.largest_difference == 0


def test_a_generator_that_draws_something_else_is_not_written(folder, tmp_path):
    cell = tmp_path / "cell"
    cell.mkdir()
    (cell / "generator.safetensors").write_bytes((folder / "dcgan-torch" / "generator.safetensors").read_bytes())
    np.save(cell / "samples.npy", 255 - np.load(folder / "dcgan-torch" / "samples.npy"))
    with pytest.raises(GanbenchError, match="draws other images than torch did"):
        export_onnx([cell], [tmp_path / "out.onnx"])
    assert not (tmp_path / "out.onnx").exists()


def test_weights_alone_are_those_that_draw(folder, tmp_path):
    export_safetensors(folder / "stylegan-torch", tmp_path / "drawing.safetensors")
    drawn, notes = load_tensors(tmp_path / "drawing.safetensors")
    every, _ = load_tensors(folder / "stylegan-torch" / "generator.safetensors")
    averaged = {name for name in every if name.startswith("generator_ema.")}
    assert {name.replace("generator.", "generator_ema.", 1) for name in drawn} == averaged
    assert notes["cell"]["model"]["name"] == "stylegan"


def test_what_is_no_generator_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="no generator"):
        export_onnx([tmp_path], [tmp_path / "out.onnx"])
    (tmp_path / "foreign.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="was not written by"):
        read_exported(tmp_path / "foreign.onnx")
    assert read_exported(tmp_path / "none.onnx") is None
