"""What the judge looks at: one set of images with its features and logits, extracted once and used by every metric."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.metrics.checks import NonFiniteValues
from common.metrics.extractors.base import Extracted, Extractor, check_images
from common.metrics.fid import Gaussian, fit
from common.progress import OnProgress


@dataclass(frozen=True)
class ImageSet:
    """Images with what an extractor saw in them.

    Attributes:
        images: uint8 (N, H, W, C). features: float32 (N, D). logits: float32 (N, classes).
        labels: the class of each image (N,), if known.
        logits_are_labels: the extractor's classes are those of the labels.
        cached_gaussian: the fitted Gaussian, where it was computed before.
    """

    images: NDArray[np.uint8]
    features: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    logits_are_labels: bool = False
    cached_gaussian: Gaussian | None = None

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def gaussian(self) -> Gaussian:
        """The Gaussian fitted to the features, computed at first use.

        Raises:
            TooFewSamples: fewer than two images.
        """
        return fit(self.features) if self.cached_gaussian is None else self.cached_gaussian


def look_at(
    images: NDArray[np.uint8],
    extractor: Extractor,
    labels: NDArray[np.int64] | None = None,
    *,
    what: str = "images",
    batch_size: int = 128,
    progress: OnProgress | None = None,
) -> ImageSet:
    """Run `extractor` over uint8 images (N, H, W, 1 or 3).

    Raises:
        BadInput: not uint8 NHWC, none at all, or not one label per image; the message calls them `what`.
        NonFiniteValues: the network gave NaN or infinity for some images, with counts.
    """
    check_images(images, what)
    return as_image_set(images, extractor.extract(images, batch_size, progress), extractor, labels, what=what)


def as_image_set(
    images: NDArray[np.uint8],
    extracted: Extracted,
    extractor: Extractor,
    labels: NDArray[np.int64] | None = None,
    *,
    what: str = "images",
    gaussian: Gaussian | None = None,
) -> ImageSet:
    """Images with features that `extractor` gave for them; errors as `look_at`."""
    features, logits = extracted
    finite = int(np.isfinite(np.concatenate([features, logits], axis=1)).all(axis=1).sum())
    if finite < len(images):
        raise NonFiniteValues(f"feature rows of the {what}", len(images) - finite, len(images))
    if labels is not None and np.shape(labels) != (len(images),):
        raise BadInput(
            f"There are {len(images)} {what} but labels of shape {np.shape(labels)}: pass one label per image."
        )
    known = bool(getattr(extractor, "classes", ()))
    return ImageSet(images, features, logits, None if labels is None else np.asarray(labels), known, gaussian)
