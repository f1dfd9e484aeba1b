import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.checks import TooFewSamples
from common.metrics.conditional import intra_class_fid, intra_class_precision_recall, label_agreement
from common.metrics.fid import fid


@pytest.fixture
def classes():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 200)
    return (
        rng.normal(size=(600, 3)) + 10 * np.eye(3)[labels],
        rng.normal(size=(600, 3)) + 10 * np.eye(3)[labels],
        labels,
    )


def test_label_agreement_counts_by_class():
    logits = np.eye(3)[[0, 1, 1, 2]]
    result = label_agreement(logits, [0, 1, 2, 2])
    assert result.value == 0.75
    assert result.classes == {0: 1.0, 1: 1.0, 2: 0.5}


def test_a_model_that_ignores_its_label_is_found_out(classes):
    real, generated, labels = classes
    swapped = np.roll(labels, 200)
    assert fid(generated, real).value < 1
    assert intra_class_fid(generated, labels, real, labels).value < 1
    assert intra_class_fid(generated, swapped, real, labels).value > 100
    precision, recall = intra_class_precision_recall(generated, swapped, real, labels)
    assert (precision.value, recall.value) == (0.0, 0.0)


def test_values_are_those_of_the_classes(classes):
    real, generated, labels = classes
    result = intra_class_fid(generated, labels, real, labels)
    one = fid(generated[labels == 1], real[labels == 1]).value
    assert result.classes[1] == pytest.approx(one, rel=1e-12)
    assert result.value == pytest.approx(np.mean(list(result.classes.values())), rel=1e-12)
    order = np.random.default_rng(1).permutation(600)
    again = intra_class_fid(generated[order], labels[order], real, labels)
    assert again.value == pytest.approx(result.value, rel=1e-9)


def test_bad_labels(classes):
    real, generated, labels = classes
    with pytest.raises(BadInput, match="one non-negative integer per image"):
        label_agreement(np.zeros((3, 2)), [0, 1])
    with pytest.raises(BadInput, match="float64"):
        label_agreement(np.zeros((2, 2)), [0.0, 1.0])
    with pytest.raises(BadInput, match="2 classes"):
        label_agreement(np.zeros((2, 2)), [0, 2])
    with pytest.raises(TooFewSamples, match="of class 2"):
        intra_class_fid(generated[:401], labels[:401], real, labels)
