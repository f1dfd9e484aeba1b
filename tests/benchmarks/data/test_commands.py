"""list, prepare and verify: rows, sources, contact sheets, and the frameworks' own loaders in their own processes."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from benchmarks.cli.tables import show
from benchmarks.data.commands import SOURCES, list_datasets, prepare_dataset, presence, verify_dataset
from benchmarks.data.sources import run_source
from benchmarks.data.sources.tfds_source import _write_arrays
from common.data.export import open_export
from common.data.idx import open_idx
from common.errors import BadInput, GanbenchError
from common.specs import datasets
from common.specs.dataset_spec import KnownFile

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """MNIST cut down to 30 + 10 noisy digits, laid out as torchvision lays it out; registered under its own name."""
    raw = tmp_path / "torch" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(9)
    files = {}
    for split, prefix, count in (("train", "train", 30), ("test", "t10k", 10)):
        known = []
        arrays = {"images-idx3": rng.integers(0, 256, (count, 28, 28)), "labels-idx1": np.arange(count) % 10}
        for kind, array in arrays.items():
            sides = b"".join(side.to_bytes(4, "big") for side in array.shape)
            data = bytes([0, 0, 8, array.ndim]) + sides + array.astype(np.uint8).tobytes()
            name = f"{prefix}-{kind}-ubyte"
            (raw / name).write_bytes(data)
            (raw / f"{name}.gz").write_bytes(gzip.compress(data))
            known.append(KnownFile(name=name, md5=hashlib.md5(data).hexdigest()))
        files[split] = tuple(known)
    spec = datasets.dataset_spec("mnist").model_copy(update={"splits": {"train": 30, "test": 10}, "files": files})
    monkeypatch.setitem(datasets.DATASETS._own, "mnist", spec)
    return tmp_path / "torch"


def picture(folder: Path, name: str, value: int) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (value, 0, 0)).save(path)


def test_list_tells_what_is_present_and_how_to_get_the_rest(small_mnist):
    rows = {row["name"]: row for row in list_datasets(data_dir=small_mnist)}
    assert set(rows) == set(datasets.DATASETS)
    assert rows["mnist-5k"]["present"] == rows["toy-shapes"]["present"] == "built in"
    assert rows["mnist"]["present"] == f"in {small_mnist}"
    assert rows["cifar10"]["present"] == "no"
    assert rows["cifar10"]["how_to_get"] == "ganbench data prepare cifar10 (downloads 170 MB)"
    assert "by hand" in rows["celeba"]["how_to_get"]
    prepare_dataset("mnist", place=small_mnist)
    assert {row["name"]: row["present"] for row in list_datasets()}["mnist"] == "prepared"
    json.dumps(list_datasets())


def test_presence_counts_images_and_bytes_before_anything_is_prepared(small_mnist, tmp_path):
    assert presence("mnist") == {"dataset": "mnist", "size": 32, "present": "no", "images": 30, "bytes": 30 * 32 * 32}
    at_64 = presence("mnist", image_size=64, data_dir=small_mnist)
    assert (at_64["present"], at_64["bytes"]) == (f"in {small_mnist}", 30 * 64 * 64)
    assert presence("celeba")["bytes"] == 162770 * 64 * 64 * 3
    assert presence("toy-shapes")["present"] == "built in"
    assert presence("lego-faces", data_dir=tmp_path)["images"] is None
    picture(tmp_path / "mine", "1.png", 1)
    name = f"folder:{tmp_path / 'mine'}"
    assert (presence(name)["present"], presence(name)["images"]) == ("there", 1)
    prepare_dataset("mnist", place=small_mnist)
    assert presence("mnist")["present"] == "prepared"
    assert presence("mnist", image_size=64)["present"] == "no"


def test_prepare_gives_a_row_per_split_and_leaves_what_is_there(small_mnist, own_cache):
    rows = prepare_dataset("mnist", place=small_mnist)
    assert [(row["split"], row["images"], row["size"]) for row in rows] == [("train", 30, 32), ("test", 10, 32)]
    times = {path: path.stat().st_mtime_ns for path in own_cache.rglob("images.npy")}
    assert prepare_dataset("mnist", place=small_mnist) == rows
    assert {path: path.stat().st_mtime_ns for path in own_cache.rglob("images.npy")} == times


def test_torchvision_and_idx_give_the_same_pixels(small_mnist, tmp_path):
    through_idx = prepare_dataset("mnist", source="idx", place=small_mnist, splits=("train",))
    through_torchvision = prepare_dataset(
        "mnist",
        source="torchvision",
        place=small_mnist,
        splits=("train",),
        download=False,
        cache_dir=tmp_path / "second cache",
    )
    assert [row["sha256"] for row in through_torchvision] == [row["sha256"] for row in through_idx]
    assert through_torchvision[0]["source"] == "torchvision"
    assert not list((tmp_path / "second cache" / "exports").iterdir())  # the arrays in between are gone


def test_tfds_gives_the_published_shapes_and_order(tmp_path):
    code = """
import sys
from pathlib import Path
import tensorflow_datasets as tfds
from benchmarks.data.sources.tfds_source import export
out = Path(sys.argv[1])
with tfds.testing.mock_data(num_examples=5):
    for name in ("mnist", "fashion-mnist", "cifar10"):
        (out / name).mkdir()
        export(name, "train", out / name, out, False)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment, capture_output=True)
    for name, shape, order in (
        ("mnist", (28, 28, 1), "own"),
        ("fashion-mnist", (28, 28, 1), "own"),
        ("cifar10", (32, 32, 3), "published"),
    ):
        note = json.loads((tmp_path / name / "export.json").read_text())
        assert (note["count"], note["order"], note["source"]) == (5, order, "tfds")
        raw = open_export(datasets.dataset_spec(name), "train", tmp_path / name)
        assert raw.picture(0).shape == shape
        assert raw.picture(0).dtype == np.uint8
        assert raw.labels.dtype == np.int64
        assert raw.variant == ("" if order == "published" else "tfds-order")


def test_tfds_shuffling_is_undone_and_believed_only_if_the_checksums_fit(small_mnist, tmp_path):
    """Shuffled here as tensorflow_datasets.core.hashing documents it: by the MD5 of the split's name and the key."""
    spec = datasets.dataset_spec("mnist")
    raw = open_idx(spec, "train", small_mnist)
    shuffled = sorted(range(30), key=lambda number: int(hashlib.md5(b"train" + str(number).encode()).hexdigest(), 16))
    rows = [{"image": raw.images[number][..., None], "label": int(raw.labels[number])} for number in shuffled]
    order, labels = _write_arrays(rows, tmp_path, spec, "train")
    assert order == "published"
    assert labels == raw.labels.tolist()
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy")[..., 0], raw.images)
    order, labels = _write_arrays(rows[::-1], tmp_path, spec, "train")
    assert order == "own"
    assert labels == [row["label"] for row in rows[::-1]]


def test_a_framework_that_lacks_the_files_or_is_not_there_is_told(tmp_path):
    with pytest.raises(GanbenchError, match=r"torchvision could not give cifar10 train \(.*not found.*--from"):
        run_source("torchvision", "cifar10", "train", tmp_path / "out", tmp_path, download=False, python=None)
    with pytest.raises(GanbenchError, match="torchvision has no toy-shapes"):
        run_source("torchvision", "toy-shapes", "train", tmp_path / "out", tmp_path, download=False, python=None)
    with pytest.raises(BadInput, match="Cannot run /no/python"):
        run_source("tfds", "mnist", "train", tmp_path, tmp_path, download=False, python=Path("/no/python"))
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')  # an interpreter without any package
    bare.chmod(0o755)
    with pytest.raises(BadInput, match=r"has no numpy: install ganbench with its extra \[torch\] there"):
        run_source("torchvision", "mnist", "train", tmp_path, tmp_path, download=False, python=bare)


def test_unknown_sources_and_wrong_ones_are_told(small_mnist):
    with pytest.raises(BadInput, match="did you mean 'torchvision'"):
        prepare_dataset("mnist", source="torchvison")
    with pytest.raises(BadInput, match="cannot be read as 'celeba'"):
        prepare_dataset("mnist", source="celeba", place=small_mnist)
    with pytest.raises(BadInput, match="not in the cache yet: put the four IDX files"):
        prepare_dataset("mnist", download=False)
    assert {"auto", "torchvision", "tfds", "idx", "folder"} <= set(SOURCES)


def test_a_folder_prepares_the_splits_it_has(tmp_path):
    for split, count in (("train", 3), ("test", 1)):
        for number in range(count):
            picture(tmp_path / "mine", f"{split}/x/{number}.png", 10 * number)
    rows = prepare_dataset(f"folder:{tmp_path / 'mine'}", image_size=8)
    assert [(row["split"], row["images"], row["classes"]) for row in rows] == [("train", 3, 1), ("test", 1, 1)]
    with pytest.raises(BadInput, match="no valid pictures"):
        prepare_dataset(f"folder:{tmp_path / 'mine'}", image_size=8, splits=("valid",))


def test_bad_pictures_are_counted_with_skip_bad(tmp_path):
    picture(tmp_path / "mine", "1.png", 1)
    (tmp_path / "mine" / "2.png").write_bytes(b"<html>")
    with pytest.raises(BadInput, match=r"2\.png in .*web page.*--skip-bad"):
        prepare_dataset(f"folder:{tmp_path / 'mine'}", image_size=8)
    (row,) = prepare_dataset(f"folder:{tmp_path / 'mine'}", image_size=8, skip_bad=True)
    assert (row["images"], row["skipped"]) == (1, 1)


def test_verify_counts_classes_and_duplicates_and_draws_a_sheet(tmp_path, capsys):
    for name, value in (("a/1.png", 10), ("a/2.png", 20), ("b/1.png", 10)):
        picture(tmp_path / "mine", name, value)
    name = f"folder:{tmp_path / 'mine'}"
    with pytest.raises(BadInput, match="is not prepared at this size"):
        verify_dataset(name, image_size=8, sheet=tmp_path)
    prepare_dataset(name, image_size=8)
    (row,) = verify_dataset(name, image_size=8, sheet=tmp_path)
    assert (row["images"], row["per_class"], row["duplicates"]) == (3, {"a": 2, "b": 1}, 1)
    show([{"per_class": row["per_class"]}], as_json=False)
    assert "a 2, b 1" in capsys.readouterr().out
    sheet = np.asarray(Image.open(row["sheet"]))
    assert sheet.shape == (2 * 10 - 2, 10 * 10 - 2, 3)  # two classes, ten columns, 8 pixels and a gap of 2
    assert {tuple(sheet[4, 4]), tuple(sheet[4, 14])} == {(10, 0, 0), (20, 0, 0)}
    assert tuple(sheet[14, 4]) == (10, 0, 0)
    assert tuple(sheet[14, 14]) == (255, 255, 255)


def test_contact_sheets_lie_in_the_cache_unless_told_otherwise(small_mnist, own_cache, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    prepare_dataset("mnist", place=small_mnist)
    rows = verify_dataset("mnist")
    assert {Path(row["sheet"]).parent for row in rows} == {tmp_path / "cache" / "sheets"}
    assert all(Path(row["sheet"]).is_file() for row in rows)
    assert list((tmp_path / "here").iterdir()) == []


def test_verify_finds_a_flipped_byte(small_mnist, own_cache, tmp_path):
    prepare_dataset("mnist", place=small_mnist)
    path = next(own_cache.rglob("images.npy"))
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a disk fault would leave it
    with pytest.raises(GanbenchError, match="checksum it was prepared with: delete the folder"):
        verify_dataset("mnist", sheet=tmp_path)


def test_a_terminal_sees_a_progress_bar_and_a_pipe_does_not(small_mnist, tmp_path):
    terminal, pipe = io.StringIO(), io.StringIO()
    prepare_dataset("mnist", place=small_mnist, console=Console(file=terminal, force_terminal=True, width=100))
    prepare_dataset("mnist", place=small_mnist, image_size=64, console=Console(file=pipe))
    assert "mnist train" in terminal.getvalue()
    assert "30/30" in terminal.getvalue()
    assert pipe.getvalue() == ""
