"""The floor and its spread, on images and metrics whose scores are known beforehand."""

import numpy as np
import pytest

from common.errors import BadInput
from common.metrics import catalogue
from common.metrics.conditions import choose, disjoint
from common.metrics.extractors.base import Extracted
from common.metrics.floor import floor, floor_spread, with_floor
from common.metrics.judge import score
from common.metrics.metric import Measured, Metric
from common.metrics.score import FloorSpread

OPTIONS = {"reference": "noise", "reference_split": "train"}


class Means:
    """An extractor that needs no network, and counts how often it looks."""

    name, sha256, feature_dimension, preparation = "means", "0" * 64, 2, "none"
    classes = ()
    looks = 0

    def extract(self, images, batch_size=128, progress=None):
        self.looks += 1
        x = images.reshape(len(images), -1).astype(np.float32)
        features = np.stack([x.mean(axis=1), x.std(axis=1)], axis=1)
        return Extracted(features, features)


def shades(*levels, count=10):
    """Sets of `count` images of one grey level each, without classes."""
    return [(np.full((count, 4, 4, 1), level, np.uint8), None) for level in levels]


@pytest.fixture
def brightness(monkeypatch):
    """A metric whose score is the mean grey level, and another that dark images cannot have."""

    def compute(generated, real, settings):
        level = float(generated.images.mean())
        return {"brightness": Measured(level), "glow": Measured(level if level > 15 else float("nan"))}

    metric = Metric("brightness", {"brightness": "Brightness", "glow": "Glow"}, True, "a mean", compute)
    monkeypatch.setitem(catalogue.METRICS._own, "brightness", metric)
    return ["brightness"]


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8)


def test_the_spread_is_the_deviation_of_the_scores_of_the_sets(brightness, images):
    """Levels 10, 20 and 60: mean 30, squares 400 + 100 + 900, over 2: 700."""
    spread = floor_spread(shades(10, 20, 60), images[:10], Means(), brightness, split="test", **OPTIONS)
    assert set(spread) == {"brightness"}
    assert spread["brightness"].deviation == pytest.approx(700**0.5)
    assert spread["brightness"].model_dump(exclude={"deviation"}) == {"sets": 3, "images": 10, "split": "test"}


def test_fewer_than_three_sets_have_no_spread(brightness, images):
    assert floor_spread(shades(10, 20), images[:10], Means(), brightness, split="test", **OPTIONS) == {}


def test_real_images_are_looked_at_once(brightness, images, tmp_path):
    sets, eyes = shades(10, 20, 60), Means()
    kept = {**OPTIONS, "split": "test", "cache_dir": tmp_path}
    first = floor_spread(sets, images[:10], eyes, brightness, **kept)
    assert eyes.looks == 4
    assert floor_spread(sets, images[:10], eyes, brightness, **kept) == first
    assert eyes.looks == 4
    assert floor_spread(sets, images[:10], eyes, brightness, split="test", **OPTIONS) == first


def test_floor_is_real_against_real_at_the_same_count(images):
    floors = floor(images[:150], images[150:], Means(), ["fid"], count=100, **OPTIONS).scores
    assert floors["fid"].protocol["samples"] == 100
    scores = score(images[:100] // 4, images[150:], Means(), ["fid"], **OPTIONS).scores
    spread = FloorSpread(deviation=0.5, sets=3, images=100, split="test")
    both = with_floor(scores, floors, {"fid": spread})
    assert both["fid"].floor == floors["fid"].value < both["fid"].value
    assert both["fid"].floor_spread == spread
    assert (scores["fid"].floor, scores["fid"].floor_spread) == (None, None)
    with pytest.raises(BadInput, match="holds 150"):
        floor(images[:150], images[150:], Means(), ["fid"], count=151, **OPTIONS)


@pytest.mark.parametrize(
    ("total", "count", "sets"), [(100, 30, 3), (100, 50, 2), (90, 30, 3), (20, 30, 0), (900, 30, 8)]
)
def test_disjoint_sets_share_no_image_and_begin_with_the_usual_draw(total, count, sets):
    drawn = disjoint(total, count, most=8)
    assert [len(each) for each in drawn] == [count] * sets
    assert len(set(np.concatenate([*drawn, []]))) == count * sets
    if drawn:
        np.testing.assert_array_equal(drawn[0], choose(total, count))
