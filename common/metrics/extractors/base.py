"""What an extractor is, and the one that runs an ONNX file.

An extractor takes uint8 NHWC images of any size and does everything between a pixel and a feature itself: channels,
size, scaling. It is named and hashed, so that a number can say exactly which eyes looked at the images.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.files import sha256_of
from common.progress import OnProgress

Images = NDArray[np.uint8]


class Extracted(NamedTuple):
    """float32 features (N, D) and class logits (N, classes), in the order of the images."""

    features: NDArray[np.float32]
    logits: NDArray[np.float32]


class Extractor(Protocol):
    """The interface that the judge needs.

    Attributes:
        name: short, stable name ("mnistnet").
        sha256: hash of the network file; different weights or scaling have a different hash.
        feature_dimension: D.
        preparation: one line on channels and resizing, for the protocol printed beside every score.
        classes: names of the logits' classes where they are the labels of a data set that is judged, else empty.
    """

    name: str
    sha256: str
    feature_dimension: int
    preparation: str
    classes: tuple[str, ...]

    def extract(self, images: Images, batch_size: int = 128, progress: OnProgress | None = None) -> Extracted:
        """Features and logits of uint8 images (N, H, W, C)."""
        ...


def check_images(images: NDArray, what: str = "images") -> Images:
    """`images` if it is a non-empty uint8 array (N, H, W, 1 or 3).

    Raises:
        BadInput: another dtype (0..1 floats are the classic mistake), shape, or no images at all.
    """
    if images.dtype != np.uint8:
        raise BadInput(
            f"The {what} are {images.dtype}, not uint8: quantise them to 0..255 first (common.images.quantize)."
        )
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise BadInput(
            f"The {what} have shape {images.shape}, not (N, height, width, 1 or 3): reorder the axes to NHWC."
        )
    if 0 in images.shape:
        raise BadInput(f"There are no {what}: the array is {images.shape}.")
    return images


class OnnxExtractor:
    """Runs an ONNX file with one input, float32 images (N, h, w, c) in 0..255, and outputs `features` and `logits`.

    Args:
        name: the extractor's name.
        path: the ONNX file; its SHA-256 becomes the extractor's.
        preparation: see `Extractor`.
        prepare: turns uint8 images (n, H, W, C) into the float32 batch that the network reads.
        threads: CPU threads of ONNX Runtime; None takes all cores the process may use.
        sha256: the identity where it is not that of the ONNX file but of the published weights inside it.
        classes: see `Extractor`.

    Raises:
        BadInput: there is no such file, or ONNX Runtime cannot load it.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        preparation: str,
        prepare: Callable[[Images], NDArray[np.float32]],
        threads: int | None = None,
        sha256: str | None = None,
        classes: tuple[str, ...] = (),
    ) -> None:
        if not path.is_file():
            raise BadInput(f"The network file of extractor '{name}' is missing: expected {path}.")
        self.name, self.preparation, self._prepare = name, preparation, prepare
        self.sha256, self.classes = sha256 or sha256_of(path), classes
        self._session = _open_session(name, path, threads)
        self.feature_dimension = int(self._session.get_outputs()[0].shape[1])

    def extract(self, images: Images, batch_size: int = 128, progress: OnProgress | None = None) -> Extracted:
        """float32 features (N, D) and logits (N, classes) of uint8 images (N, H, W, 1 or 3), `batch_size` at a time.

        `progress` is called with (images done, images in all) after every batch. Batching changes results by float32
        rounding at most.

        Raises:
            BadInput: images that are not uint8 NHWC, or none at all.
        """
        check_images(images)
        input_name = self._session.get_inputs()[0].name
        parts = []
        for start in range(0, len(images), batch_size):
            batch = self._prepare(images[start : start + batch_size])
            parts.append(self._session.run(["features", "logits"], {input_name: np.ascontiguousarray(batch)}))
            if progress is not None:
                progress(min(start + batch_size, len(images)), len(images))
        return Extracted(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _open_session(name: str, path: Path, threads: int | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exception types share no public base class
        raise BadInput(
            f"The network file of extractor '{name}' cannot be read: {path} is not a whole ONNX file."
        ) from error


def grey(images: Images) -> NDArray[np.float32]:
    """float32 luma (N, H, W, 1), 0..255, of grey or RGB images: 0.299 R + 0.587 G + 0.114 B (as Pillow's "L")."""
    if images.shape[3] == 1:
        return images.astype(np.float32)
    return images.astype(np.float32) @ np.array([[0.299], [0.587], [0.114]], np.float32)


def rgb(images: NDArray) -> NDArray:
    """Images (N, H, W, 3); grey images repeat their channel."""
    return np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images
