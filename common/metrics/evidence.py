"""What the judge looks at: one set of images with its features and logits, extracted once and used by every metric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.metrics.checks import NonFiniteValues
from common.metrics.extractors.base import Extractor, Progress, check_images


@dataclass(frozen=True)
class ImageSet:
    """Images uint8 (N, H, W, C), their float32 features (N, D) and logits (N, classes), and labels (N,) if known."""

    images: NDArray[np.uint8]
    features: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.images)


def look_at(
    images: NDArray[np.uint8],
    extractor: Extractor,
    labels: NDArray[np.int64] | None = None,
    *,
    what: str = "images",
    batch_size: int = 128,
    progress: Progress | None = None,
) -> ImageSet:
    """Run `extractor` over uint8 images (N, H, W, 1 or 3).

    Raises:
        BadInput: not uint8 NHWC, or none; the message calls them `what`.
        NonFiniteValues: the network gave NaN or infinity for some images, with counts.
    """
    check_images(images, what)
    features, logits = extractor.extract(images, batch_size, progress)
    finite = int(np.isfinite(np.concatenate([features, logits], axis=1)).all(axis=1).sum())
    if finite < len(images):
        raise NonFiniteValues(f"feature rows of the {what}", len(images) - finite, len(images))
    return ImageSet(images, features, logits, None if labels is None else np.asarray(labels))
