"""The extractor for grey digits: a small CNN trained on MNIST that ships with the package.

Its ten logits are the digit classes and its 128 features are the pooled last convolution. Scores through it compare
only with scores through the same file; see `benchmarks/mnistnet` for the training script and the measured accuracy.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.metrics.extractors.base import Images, OnnxExtractor, grey
from common.metrics.extractors.resize import resize

MODEL = Path(__file__).with_name("mnistnet.onnx")
SIZE = 32
PREPARATION = "grey by luma; 32x32 as is, 28x28 zero-padded to 32, other sizes antialiased bilinear to 32 in float"


def prepare(images: Images) -> NDArray[np.float32]:
    """uint8 (N, H, W, 1 or 3) to float32 (N, 32, 32, 1) in 0..255.

    28x28 images get the border of two zero pixels that ganbench's MNIST has; every other size is resized.
    """
    single = grey(images)
    if images.shape[1:3] == (28, 28):
        return np.pad(single, ((0, 0), (2, 2), (2, 2), (0, 0)))
    return resize(single, SIZE, SIZE)


def load(threads: int | None = None) -> OnnxExtractor:
    """The mnistnet extractor; `threads` as in OnnxExtractor."""
    return OnnxExtractor("mnistnet", MODEL, PREPARATION, prepare, threads, classes=tuple("0123456789"))
