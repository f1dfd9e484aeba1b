"""Features of a reference set, kept on disk: they are the same for every model that is scored against it.

One .npz per (images, extractor, preparation), named by a hash of all that could change its content: the bytes and
shape of the images (and with them split, number, size and quantisation), the network's hash, the preparation, and the
version of ONNX Runtime. The file is written whole or not at all, so two processes may fill the cache at once: both
write the same content and the last one stays. A file that cannot be read is computed again.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.files import atomic_write
from common.metrics.conditions import hash_of_images
from common.metrics.evidence import ImageSet, as_image_set, look_at
from common.metrics.extractors.base import Extracted, Extractor
from common.metrics.fid import Gaussian, from_moments
from common.metrics.moments import Moments
from common.progress import OnProgress

FORMAT = 1


def cache_file(folder: Path, images_sha256: str, extractor: Extractor) -> Path:
    """Where the features of the images with this hash, seen by this extractor, are kept below `folder`."""
    identity = {
        "format": FORMAT,
        "images": images_sha256,
        "extractor": extractor.sha256,
        "preparation": extractor.preparation,
        "onnxruntime": version("onnxruntime"),
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return folder / "features" / f"{extractor.name}-{key[:32]}.npz"


def look_at_reference(
    images: NDArray[np.uint8],
    extractor: Extractor,
    folder: Path,
    labels: NDArray[np.int64] | None = None,
    *,
    images_sha256: str | None = None,
    what: str = "reference images",
    batch_size: int = 128,
    progress: OnProgress | None = None,
) -> ImageSet:
    """As `evidence.look_at`, but from the cache below `folder` where these images have been seen before.

    The mean and covariance are kept too, where there are more images than features. `images_sha256` saves hashing the
    images where the caller knows `hash_of_images(images)` already.

    Raises:
        BadInput, NonFiniteValues: as `look_at`. GanbenchError: the cache cannot be written.
    """
    file = cache_file(folder, images_sha256 or hash_of_images(images), extractor)
    found = _read(file, len(images), extractor.feature_dimension)
    if found is not None:
        extracted, gaussian = found
        if progress is not None:
            progress(len(images), len(images))
        return as_image_set(images, extracted, extractor, labels, what=what, gaussian=gaussian)
    seen = look_at(images, extractor, labels, what=what, batch_size=batch_size, progress=progress)
    arrays: dict[str, NDArray] = {"features": seen.features, "logits": seen.logits}
    gaussian = None
    if len(images) > seen.features.shape[1]:
        moments = Moments.of(seen.features)
        arrays |= {"mean": moments.mean, "scatter": moments.scatter}
        gaussian = from_moments(moments)
    with atomic_write(file) as handle:
        np.savez(handle, allow_pickle=False, **arrays)
    return as_image_set(images, Extracted(seen.features, seen.logits), extractor, labels, what=what, gaussian=gaussian)


def _read(file: Path, count: int, width: int) -> tuple[Extracted, Gaussian | None] | None:
    """Features and Gaussian from the file, or None if it is absent, broken or not of this shape."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            extracted = Extracted(arrays["features"], arrays["logits"])
            moments = Moments(count, arrays["mean"], arrays["scatter"]) if "mean" in arrays else None
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error):
        return None
    if extracted.features.shape != (count, width) or len(extracted.logits) != count:
        return None
    return extracted, None if moments is None else from_moments(moments)
