"""Does a model repeat itself, or its training set? FID and precision reward both.

Distinct samples are counted by their exact bytes. The nearest-neighbour ratio compares how far samples lie from their
nearest training image with how far training images lie from each other: about 1 for fresh images of the same kind,
towards 0 for copies (the idea behind the authenticity score of Alaa et al. 2022, arXiv 2102.08921, section 2).
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import BadInput
from common.metrics.checks import Float64
from common.metrics.neighbours import nearest_rows, pair_of_sets, squared_radii


class NearestTraining(NamedTuple):
    """How samples sit among the training images.

    Attributes:
        value: median distance of a sample to its nearest training image, over the median distance of a training
            image to its nearest other one.
        nearest: for every sample (N,) its nearest training image, for a strip of pictures. distance: and how far it is.
        copies: number of samples whose features equal a training image's exactly.
    """

    value: float
    nearest: NDArray[np.int64]
    distance: Float64
    copies: int


def distinct(images: NDArray[np.uint8]) -> int:
    """The number of different images among (N, ...) uint8 images, compared byte by byte (through SHA-256)."""
    return len({hashlib.sha256(image.tobytes()).digest() for image in images})


def nearest_training(generated: ArrayLike, training: ArrayLike) -> NearestTraining:
    """Distances of generated features (N, D) to their nearest neighbours among training features (M, D), M >= 2.

    Raises:
        TooFewSamples: no sample or fewer than two training images.
        NonFiniteValues: NaN or infinite features, with counts.
        BadInput: different widths, or training images that are mostly identical, so that there is no scale.
    """
    metric = "The nearest-neighbour ratio"
    theirs, own = pair_of_sets(training, generated, metric, 1, 0)
    nearest, distance = nearest_rows(own, theirs)
    scale = float(np.median(np.sqrt(squared_radii(theirs, 1))))
    if scale == 0:
        raise BadInput(
            f"{metric} needs training images that differ, but most have an identical twin: remove duplicates."
        )
    return NearestTraining(float(np.median(distance)) / scale, nearest, distance, int((distance == 0).sum()))
