"""IDX files: read exactly, and every way to be broken told in one sentence."""

import gzip
import hashlib
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.idx import _read, open_idx
from common.data.loading import load_dataset
from common.errors import BadInput
from common.specs.dataset_spec import KnownFile
from common.specs.datasets import DATASETS, dataset_spec

IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"
HEADER = b"\0\0\x08\x03" + (2).to_bytes(4, "big") + (3).to_bytes(4, "big") + (3).to_bytes(4, "big")


def test_reads_zipped_and_plain_files(tiny_mnist):
    folder, arrays = tiny_mnist
    for split in ("train", "test"):
        raw = open_idx(dataset_spec("tiny-mnist"), split, folder)
        np.testing.assert_array_equal(raw.images, arrays[split][0])
        np.testing.assert_array_equal(raw.labels, arrays[split][1])
        assert raw.labels.dtype == np.int64


def test_zipped_is_recognised_by_content_not_by_name(tmp_path):
    path = tmp_path / "digits"
    path.write_bytes(gzip.compress(HEADER + bytes(range(18))))
    np.testing.assert_array_equal(_read(path, 3)[0].reshape(-1), np.arange(18))


@pytest.mark.parametrize("layout", ["mnist", "raw", "tiny-mnist/raw"])
def test_finds_the_usual_sub_folders(tiny_mnist, tmp_path, layout):
    folder, _ = tiny_mnist
    name = "tiny-mnist" if layout == "mnist" else layout
    shutil.copytree(folder, tmp_path / "data" / name)
    assert len(open_idx(dataset_spec("tiny-mnist"), "test", tmp_path / "data")) == 10


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cut off"),
        (b"\0\0", "cut off"),
        (HEADER[:9], "cut off inside its header"),
        (HEADER + bytes(17), "ends after 17 of the 18"),
        (HEADER + bytes(19), "goes on after 18"),
        (b"\0\0\x08\x01" + (18).to_bytes(4, "big") + bytes(18), "0x00000801.*another kind"),
        (b"\0\0\x0d\x03" + HEADER[4:] + bytes(72), "another kind"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "claims to hold"),
        (b"<!DOCTYPE html><html>Quota exceeded</html>", "web page"),
        (b"\n  <html><body>403</body></html>", "web page"),
        # without a time stamp: parallel test processes must agree on the names of the tests
        (gzip.compress(b"<html>zipped by the server</html>", mtime=0), "web page"),
        (gzip.compress(HEADER + bytes(18), mtime=0)[:-9], "half-downloaded"),
        (gzip.compress(HEADER + bytes(18), mtime=0)[:-8] + b"\xff" * 8, "half-downloaded"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path, content, sentence):
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"(?s){path}.*{sentence}") as caught:
        _read(path, 3)
    assert "\n" not in str(caught.value)


def test_missing_file_names_folder_and_file(tiny_mnist):
    folder, _ = tiny_mnist
    (folder / LABELS).unlink()
    with pytest.raises(BadInput, match=r"No file train-labels-idx1-ubyte or .*idx files"):
        load_dataset("tiny-mnist", data_dir=folder)


def test_a_flipped_byte_is_not_the_published_file(tiny_mnist):
    folder, _ = tiny_mnist
    data = bytearray(gzip.decompress((folder / IMAGES).read_bytes()))
    data[100] ^= 1
    (folder / IMAGES).write_bytes(gzip.compress(bytes(data)))
    with pytest.raises(BadInput, match="not the published tiny-mnist file"):
        load_dataset("tiny-mnist", data_dir=folder)


def test_the_file_of_another_data_set_is_named(tmp_path, monkeypatch):
    images = HEADER + bytes(18)
    known = KnownFile(name="train-images-idx3-ubyte", md5=hashlib.md5(images).hexdigest())
    mnist = dataset_spec("mnist").model_copy(update={"files": {"train": (known,)}})
    monkeypatch.setitem(DATASETS._own, "mnist", mnist)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(images)
    with pytest.raises(BadInput, match="is the file of mnist, not of fashion-mnist"):
        load_dataset("fashion-mnist", data_dir=tmp_path)


def test_a_part_of_the_data_set_is_not_the_data_set(tmp_path):
    images, labels = (bytes([0, 0, 8, rank]) + (2).to_bytes(4, "big") for rank in (3, 1))
    (tmp_path / "train-images-idx3-ubyte").write_bytes(images + (28).to_bytes(4, "big") * 2 + bytes(2 * 784))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels + bytes(2))
    with pytest.raises(BadInput, match="holds 2 train pictures, but fashion-mnist has 60000"):
        load_dataset("fashion-mnist", data_dir=tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=64), st.integers(0, 40), st.booleans())
def test_no_bytes_whatever_cause_another_error(tmp_path_factory, noise, cut, zipped):
    content = (HEADER + bytes(18))[:cut] + noise
    path = tmp_path_factory.mktemp("fuzz") / "file"
    path.write_bytes(gzip.compress(content)[: cut + len(noise)] if zipped else content)
    try:
        array, _ = _read(path, 3)
    except BadInput:
        return
    assert array.ndim == 3
    assert array.dtype == np.uint8
