"""Inception Score: exp of the mean KL divergence from each image's class distribution to their mean.

Salimans et al. 2016 (arXiv 1606.03498, section 4). Computed from logits by a float64 log-softmax, so no probability
underflows to log 0. Published scores average 10 splits; on few samples a split sees too little of the class
distribution and the score falls (1,000 samples of 1,000 classes: 21 with 10 splits, 30 with 1), so below 5,000
samples one split is used.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, logsumexp

from common.errors import BadInput
from common.metrics.checks import Float64, TooFewSamples, check_rows

SHUFFLE_SEED = 2020
SMALL_SET = 5000


class InceptionScore(NamedTuple):
    """Mean and standard deviation over the splits (0 for one split), and how many splits there were."""

    value: float
    std: float
    splits: int


def default_splits(count: int) -> int:
    """The number of splits for `count` samples: 10, or 1 below 5,000 samples."""
    return 10 if count >= SMALL_SET else 1


def inception_score(
    logits: ArrayLike | None = None,
    *,
    probabilities: ArrayLike | None = None,
    splits: int | None = None,
    seed: int = SHUFFLE_SEED,
) -> InceptionScore:
    """Inception Score of one set, from logits (N, classes) or probabilities (N, classes); between 1 and classes.

    With more than one split the rows are first shuffled by `numpy.random.RandomState(seed)` (2020, as torch-fidelity
    does), because samples often come sorted by class. With one split the order of the rows does not matter.

    Raises:
        BadInput: neither or both inputs given, probabilities that are negative or do not sum to 1, splits < 1.
        TooFewSamples: fewer rows than splits. NonFiniteValues: with counts.
    """
    log_p = _log_probabilities(logits, probabilities)
    count = len(log_p)
    splits = default_splits(count) if splits is None else splits
    if splits < 1:
        raise BadInput(f"Inception Score cannot use {splits} splits: use 1 or more.")
    if count < splits:
        raise TooFewSamples(f"Inception Score with {splits} splits", splits, count)
    if splits > 1:
        log_p = log_p[np.random.RandomState(seed).permutation(count)]
    bounds = [index * count // splits for index in range(splits + 1)]
    scores = [_one_split(log_p[start:stop]) for start, stop in itertools.pairwise(bounds)]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)), splits)


def _one_split(log_p: Float64) -> float:
    log_mean = logsumexp(log_p, axis=0) - np.log(len(log_p))
    p = np.exp(log_p)
    with np.errstate(invalid="ignore"):
        terms = np.where(p > 0, p * (log_p - log_mean), 0.0)
    return float(np.exp(terms.sum(axis=1).mean()))


def _log_probabilities(logits: ArrayLike | None, probabilities: ArrayLike | None) -> Float64:
    if (logits is None) == (probabilities is None):
        raise BadInput("Inception Score needs either logits or probabilities.")
    if probabilities is None:
        assert logits is not None
        return log_softmax(check_rows(logits, "logits", "Inception Score").astype(np.float64), axis=1)
    p = check_rows(probabilities, "probabilities", "Inception Score").astype(np.float64)
    if (p < 0).any() or not np.allclose(p.sum(axis=1), 1.0, atol=1e-3):
        raise BadInput(
            "Inception Score: the probabilities are negative or do not sum to 1 per row; pass logits instead."
        )
    with np.errstate(divide="ignore"):
        return np.log(p)
