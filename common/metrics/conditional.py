"""Scores of class-conditional models: does a sample look like the class it was asked for, and is each class good?

Label agreement is the accuracy of a frozen classifier on the requested labels (the Classification Accuracy Score's
little sister, cf. Ravuri and Vinyals 2019). Intra-class FID (Miyato and Koyama 2018, arXiv 1802.05637, section 4) is
the mean over classes of the FID of that class alone, which a model that ignores its label cannot hide behind the
whole; the per-class precision and recall are Kynkaanniemi's, class by class.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import BadInput
from common.metrics.checks import TooFewSamples, check_rows
from common.metrics.fid import fid
from common.metrics.precision_recall import K, precision_recall

Labels = NDArray[np.integer]


class PerClass(NamedTuple):
    """The mean over classes, and the value of every class by its label."""

    value: float
    classes: dict[int, float]


def label_agreement(logits: ArrayLike, labels: ArrayLike) -> PerClass:
    """Share of samples whose most likely class (of logits (N, classes)) is the label they were made for (N,).

    `value` is over all samples; `classes` has the share within every requested label.

    Raises:
        BadInput: labels that are not one integer per sample or lie outside the classifier's classes.
        NonFiniteValues: with counts.
    """
    rows = check_rows(logits, "logits", "Label agreement", at_least=1)
    wanted = _labels(labels, len(rows))
    if wanted.max() >= rows.shape[1]:
        raise BadInput(f"Label {wanted.max()} is not among the classifier's {rows.shape[1]} classes.")
    right = rows.argmax(axis=1) == wanted
    return PerClass(float(right.mean()), {int(c): float(right[wanted == c].mean()) for c in np.unique(wanted)})


def intra_class_fid(generated: ArrayLike, labels: ArrayLike, real: ArrayLike, real_labels: ArrayLike) -> PerClass:
    """FID of every class against the real images of that class, and their mean.

    Args: features (N, D) and (M, D), labels (N,) and (M,).

    Raises:
        TooFewSamples: a class has fewer than two samples on a side; the message names it. And as `fid`.
    """
    values = {
        c: fid(own, theirs).value
        for c, own, theirs in _by_class(generated, labels, real, real_labels, "Intra-class FID", 2)
    }
    return PerClass(float(np.mean(list(values.values()))), values)


def intra_class_precision_recall(
    generated: ArrayLike, labels: ArrayLike, real: ArrayLike, real_labels: ArrayLike, k: int = K
) -> tuple[PerClass, PerClass]:
    """Precision and recall of every class against the real images of that class, and their means.

    Raises:
        TooFewSamples: a class has fewer than k + 1 samples on a side; the message names it.
    """
    both = {
        c: precision_recall(theirs, own, k)
        for c, own, theirs in _by_class(generated, labels, real, real_labels, "Per-class precision", k + 1)
    }
    precision = {c: scores.precision for c, scores in both.items()}
    recall = {c: scores.recall for c, scores in both.items()}
    return (
        PerClass(float(np.mean(list(precision.values()))), precision),
        PerClass(float(np.mean(list(recall.values()))), recall),
    )


def _labels(labels: ArrayLike, count: int) -> Labels:
    array = np.asarray(labels)
    if array.shape != (count,) or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise BadInput(
            f"Labels must be one non-negative integer per image, but there are {count} images and labels of shape "
            f"{array.shape} and type {array.dtype}."
        )
    return array


def _by_class(
    generated: ArrayLike, labels: ArrayLike, real: ArrayLike, real_labels: ArrayLike, metric: str, at_least: int
) -> list[tuple[int, NDArray, NDArray]]:
    own = check_rows(generated, "generated features", metric)
    theirs = check_rows(real, "real features", metric)
    own_labels, their_labels = _labels(labels, len(own)), _labels(real_labels, len(theirs))
    result = []
    for c in np.union1d(own_labels, their_labels):
        pair = own[own_labels == c], theirs[their_labels == c]
        if min(map(len, pair)) < at_least:
            raise TooFewSamples(f"{metric} of class {c}", at_least, min(map(len, pair)))
        result.append((int(c), *pair))
    return result
