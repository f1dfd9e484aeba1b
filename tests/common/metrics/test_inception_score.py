import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues, TooFewSamples
from common.metrics.inception_score import default_splits, inception_score


def confident(labels, classes=10, logit=200.0):
    return np.eye(classes)[labels] * logit


def test_confident_and_balanced_is_the_number_of_classes():
    assert inception_score(confident(np.arange(1000) % 10)).value == pytest.approx(10.0, rel=1e-9)


def test_one_class_or_no_opinion_scores_one():
    assert inception_score(confident(np.zeros(100, int))).value == pytest.approx(1.0, abs=1e-12)
    assert inception_score(np.zeros((100, 10))).value == pytest.approx(1.0, abs=1e-12)


def test_hand_computed_value():
    # two images: (0.75, 0.25) and (0.25, 0.75); the mean is (0.5, 0.5)
    p = np.array([[0.75, 0.25], [0.25, 0.75]])
    expected = np.exp(0.75 * np.log(1.5) + 0.25 * np.log(0.5))
    assert inception_score(probabilities=p).value == pytest.approx(expected, rel=1e-12)
    assert inception_score(np.log(p)).value == pytest.approx(expected, rel=1e-12)


def test_logits_that_underflow_float32_probabilities_do_not_break_it():
    logits = np.array([[0.0, -1e4], [-1e4, 0.0]], np.float32)
    assert inception_score(logits).value == pytest.approx(2.0, rel=1e-12)


def test_one_split_ignores_order_and_added_constants():
    logits = np.random.default_rng(0).normal(size=(400, 7)) * 3
    reference = inception_score(logits).value
    assert inception_score(logits[::-1] + 50).value == pytest.approx(reference, rel=1e-12)


def test_splits_are_one_below_five_thousand_samples_and_are_reported():
    assert (default_splits(4999), default_splits(5000)) == (1, 10)
    logits = np.random.default_rng(0).normal(size=(5000, 5))
    small, large = inception_score(logits[:4999]), inception_score(logits)
    assert (small.splits, small.std) == (1, 0.0)
    assert large.splits == 10
    assert large.std > 0
    assert inception_score(logits, seed=1).value != large.value


@pytest.mark.parametrize(("count", "splits"), [(5, 2), (7, 3), (10, 4)])
def test_splits_of_unequal_size_lose_no_sample(count, splits):
    """Each sample has a class of its own, so a split scores its number of samples: their mean is count / splits."""
    result = inception_score(confident(np.arange(count), count), splits=splits)
    assert result.value == pytest.approx(count / splits, rel=1e-9)


def test_sorted_classes_do_not_fall_into_one_split_each():
    assert inception_score(confident(np.sort(np.arange(6000) % 10))).value > 9.8


def test_bad_input():
    with pytest.raises(TooFewSamples):
        inception_score(np.zeros((5, 3)), splits=6)
    with pytest.raises(BadInput, match="splits"):
        inception_score(np.zeros((5, 3)), splits=0)
    with pytest.raises(NonFiniteValues, match="1 of 2"):
        inception_score(np.array([[0.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(BadInput, match="sum to 1"):
        inception_score(probabilities=np.array([[0.9, 0.9]]))
    with pytest.raises(BadInput, match="either"):
        inception_score()
