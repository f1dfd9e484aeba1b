"""Small, faithful data files made on the spot, and a cache folder of the test's own."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from common.specs import datasets
from common.specs.dataset_spec import DatasetSpec, KnownFile


def idx_bytes(array: np.ndarray) -> bytes:
    """The IDX file of a uint8 array, built here independently of the reader."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", side) for side in array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Every test has its own empty cache."""
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tiny_mnist(tmp_path, monkeypatch):
    """A folder of four IDX files (30 train images, 10 test), registered as `tiny-mnist` with their checksums."""
    folder = tmp_path / "idx files"
    folder.mkdir()
    rng = np.random.default_rng(7)
    files, arrays = {}, {}
    for split, prefix, count in (("train", "train", 30), ("test", "t10k", 10)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        arrays[split] = images, labels
        known = []
        for name, array in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
            data = idx_bytes(array)
            known.append(KnownFile(name=name, md5=hashlib.md5(data).hexdigest()))
            if split == "train":
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)
        files[split] = tuple(known)
    spec = DatasetSpec(
        name="tiny-mnist",
        title="thirty digits of noise",
        image_size=32,
        channels=1,
        classes=datasets.DIGITS,
        splits={"train": 30, "test": 10},
        licence="none",
        how_to_get="made by the test",
        readers=("idx",),
        resize="pad",
        border=2,
        files=files,
    )
    monkeypatch.setitem(datasets.DATASETS._own, "tiny-mnist", spec)
    return folder, arrays
