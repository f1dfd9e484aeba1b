"""Pictures, archives, tables of labels and the files of data sets: pixels or a sentence."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from benchmarks.scoring.sources import read_source
from common.data import cifar, jpegscan, tree
from common.data import idx as idx_files
from common.data.celeba import open_celeba
from common.data.cifar import open_cifar_binary, open_cifar_python
from common.data.decode import PictureError, decode
from common.data.folder import open_folder
from common.data.idx import open_idx
from common.data.jpegscan import open_jpegscan
from common.data.loading import load_dataset
from common.errors import BadInput, GanbenchError
from common.specs.dataset_spec import DatasetSpec, KnownFile
from common.specs.datasets import dataset_spec
from tests.fuzz.harness import STRANGE, broken, fuzz, keeps_the_promise

DRAWS = np.random.default_rng(0)

ROTATED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"


def encoded(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(DRAWS.integers(0, 256, (12, 10, 3), dtype=np.uint8)).convert(mode)
    options = (
        {"exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"} if kind == "JPEG" else {}
    )
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def arrays(**content: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **content)
    return buffer.getvalue()


def array(content: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, content)
    return buffer.getvalue()


PICTURES = [
    *(encoded(kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")),
    *(encoded("PNG", mode) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")),
    *(encoded("TIFF", mode) for mode in ("CMYK", "I;16")),
]


def picture(data: bytes) -> None:
    try:
        image = decode(data, 3)
    except PictureError as error:
        raise BadInput(f"It cannot be used: {error}.") from error
    assert image.mode == "RGB"


@pytest.mark.parametrize("number", range(len(PICTURES)))
def test_the_good_pictures_are_read(number: int) -> None:
    assert sorted(decode(PICTURES[number], 3).size) == [10, 12]


@fuzz(st.sampled_from(PICTURES).flatmap(broken) | st.binary(max_size=200))
def test_a_picture(tmp_path: Path, data: bytes) -> None:
    keeps_the_promise(lambda: picture(data), tmp_path)


def png_of(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    inner = b"".join(chunk(*each) for each in (*chunks, (b"IDAT", zlib.compress(b"\0" * 1000))))
    return b"\x89PNG\r\n\x1a\n" + header + inner + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        png_of(31_623, 31_623),
        png_of(2**31 - 1, 2**31 - 1),
        png_of(4, 4, (b"zTXt", b"comment\0\0" + zlib.compress(b"\0" * (8 << 20)))),
        png_of(4, 4, (b"iCCP", b"profile\0\0" + zlib.compress(b"\0" * (8 << 20)))),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(evil) (w) file\n%%EOF\n",
        b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\0;",
    ],
    ids=["a billion pixels", "the most pixels", "a text that unpacks", "a profile that unpacks", "a program", "a GIF"],
)
def test_a_picture_that_could_do_harm(tmp_path: Path, data: bytes) -> None:
    assert keeps_the_promise(lambda: picture(data), tmp_path) is None


CSV = b"file,label,split\na.png,cat,train\nb.png,dog,train\nc.png,cat,test\n"
FOLDERS = [
    zipped({"labels.csv": CSV, "a.png": PICTURES[0], "b.png": PICTURES[1], "c.png": PICTURES[2]}),
    zipped({"x/train/cat/1.png": PICTURES[0], "x/train/dog/2.png": PICTURES[0], "x/test/cat/3.png": PICTURES[0]}),
    zipped({"1.png": PICTURES[0], "10.png": PICTURES[0], "2.jpg": PICTURES[1]}),
]


def pixels_of(path: Path) -> None:
    """Every picture of the folder, prepared and read back."""
    load_dataset(f"folder:{path}", image_size=8, cache_dir=path.parent / "cache", skip_bad=True)


@fuzz(st.sampled_from(FOLDERS).flatmap(broken), share=0.5)
def test_a_zip_of_pictures(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "pictures.zip"
    file.write_bytes(data)
    keeps_the_promise(lambda: pixels_of(file), tmp_path)
    keeps_the_promise(lambda: read_source(file), tmp_path)


NAMES = st.sampled_from([each for each in STRANGE if isinstance(each, str) and "\ud800" not in each and each])
PARTS = NAMES | st.sampled_from(["train", "test", "cat", "a", "..", ".", "labels.csv", "9" * 5000, "__MACOSX"])


@fuzz(st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), min_size=1, max_size=5), broken(CSV), share=0.5)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_strange_names(tmp_path: Path, names: list[str], table: bytes) -> None:
    file = tmp_path / "pictures.zip"
    file.write_bytes(zipped({name if "csv" in name else f"{name}.png": PICTURES[0] for name in names}))
    keeps_the_promise(lambda: pixels_of(file), tmp_path)
    file.write_bytes(zipped({"labels.csv": table, "a.png": PICTURES[0], "b.png": PICTURES[1], "c.png": PICTURES[2]}))
    keeps_the_promise(lambda: pixels_of(file), tmp_path)


def test_tables_and_paths_without_end(tmp_path: Path) -> None:
    """A table of a million columns with a million rows, and paths with thousands of folders."""
    file = tmp_path / "pictures.zip"
    wide = b"file" + b"," * 300_000 + b"\n" + b"a.png\n" * 300_000
    deep = {f"{'a/' * 5000}{number}.png": PICTURES[0] for number in range(300)}
    for content in ({"labels.csv": wide, "a.png": PICTURES[0]}, deep):
        file.write_bytes(zipped(content))
        keeps_the_promise(lambda: open_folder(file, "train"), tmp_path)


def test_a_folder_deeper_than_python_recurses(tmp_path: Path) -> None:
    """As deep as the system lets it be."""
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=place)
        inner = os.open("a", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    keeps_the_promise(lambda: open_folder(tmp_path, "train"), tmp_path)
    subprocess.run(["rm", "-rf", tmp_path / "a"], check=True)  # shutil would recurse


def spec(name: str, channels: int, *files: str) -> DatasetSpec:
    return DatasetSpec(
        name=name, title="made", image_size=32, channels=channels, classes=tuple("0123456789"), splits={"test": None},
        licence="none", how_to_get="made by the test", files={"test": tuple(KnownFile(name=each) for each in files)},
    )  # fmt: skip


PLANES = DRAWS.integers(0, 256, (2, 3072), dtype=np.uint8)
BATCH = pickle.dumps({b"data": PLANES, b"labels": [1, 2]}, protocol=2)
BINARY = np.hstack([np.array([[1], [2]], np.uint8), PLANES]).tobytes()
SCANS = arrays(
    header=np.zeros(5, np.uint8), test_scan=np.zeros(9, np.uint8), test_length=np.array([4, 5], np.uint16),
    test_label=np.zeros(2, np.uint8),
)  # fmt: skip
DIGITS = DRAWS.integers(0, 256, (3, 28, 28), dtype=np.uint8)
CIFAR, MADE = spec("fuzzed", 3, "test_batch"), spec("digits", 1, "images", "labels")
python, binary = (partial(read, CIFAR, "test") for read in (open_cifar_python, open_cifar_binary))
READERS: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "test_batch": (BATCH, python),
    "cifar-10-python.tar.gz": (
        tarred({"b/test_batch": BATCH}),
        lambda folder: open_cifar_python(CIFAR, "test", folder),
    ),
    "test_batch.bin": (BINARY, binary),
    "cifar-10-binary.tar.gz": (
        tarred({"test_batch.bin": BINARY}),
        lambda folder: open_cifar_binary(CIFAR, "test", folder),
    ),
    "fuzzed_jpegscan.npz": (SCANS, lambda folder: open_jpegscan(CIFAR, "test", folder)),
    "images": (idx(DIGITS), lambda folder: open_idx(MADE, "test", folder)),
    "images.gz": (gzip.compress(idx(DIGITS)), lambda folder: open_idx(MADE, "test", folder)),
}


@pytest.mark.parametrize("name", READERS)
def test_the_good_files_are_read(tmp_path: Path, name: str) -> None:
    data, read = READERS[name]
    (tmp_path / name).write_bytes(data)
    (tmp_path / "labels").write_bytes(idx(np.arange(3, dtype=np.uint8)))
    assert read(tmp_path) is not None


@fuzz(st.sampled_from(sorted(READERS)).flatmap(lambda name: st.tuples(st.just(name), broken(READERS[name][0]))))
def test_a_file_of_a_data_set(tmp_path: Path, case: tuple[str, bytes]) -> None:
    name, data = case
    for other in tmp_path.iterdir():
        other.unlink()
    (tmp_path / name).write_bytes(data)
    (tmp_path / "labels").write_bytes(idx(np.arange(3, dtype=np.uint8)))
    keeps_the_promise(lambda: READERS[name][1](tmp_path), tmp_path)


LISTS = {
    "list_eval_partition.txt": b"000001.jpg 0\n000002.jpg 1\n000003.jpg 0\n",
    "list_attr_celeba.txt": b"3\nBald Smiling\n000001.jpg 1 -1\n000002.jpg -1 1\n000003.jpg -1 1\n",
}


@fuzz(st.sampled_from(sorted(LISTS)).flatmap(lambda name: st.tuples(st.just(name), broken(LISTS[name]))))
def test_a_list_of_celeba(tmp_path: Path, case: tuple[str, bytes]) -> None:
    folder = tmp_path / "img_align_celeba"
    folder.mkdir(exist_ok=True)
    for number in (1, 2, 3):
        (folder / f"{number:06}.jpg").write_bytes(PICTURES[1])
    for name, data in {**LISTS, case[0]: case[1]}.items():
        (tmp_path / name).write_bytes(data)
    keeps_the_promise(lambda: open_celeba(dataset_spec("celeba"), "train", tmp_path), tmp_path)


def gzip_bomb(size: int, start: bytes = b"") -> bytes:
    return gzip.compress(start + b"\0" * size, compresslevel=9)


def tar_header(name: bytes, size: int, kind: bytes) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[124:136] = f"{size:011o}\0".encode()
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


BOMBS = {
    "a gzip that unpacks": ("images.gz", gzip_bomb(30 << 20, idx(np.zeros((0, 28, 28), np.uint8)))),
    "an array as large as it says": ("images.gz", gzip_bomb(1 << 20, struct.pack(">4I", 0x803, 2**31, 28, 28))),
    "a long name in a tar": ("cifar-10-python.tar.gz", gzip_bomb(64 << 20, tar_header(b"x", 7 << 30, b"L"))),
    "a long header in a tar": ("cifar-10-python.tar.gz", gzip_bomb(64 << 20, tar_header(b"x", 7 << 30, b"x"))),
    "a large member of a tar": ("cifar-10-python.tar.gz", gzip_bomb(64 << 20, tar_header(b"x", 7 << 30, b"0"))),
    "a memo of a pickle": ("test_batch", b"\x80\x02}r\xff\xff\xff\x7f."),
    "a call in a pickle": ("test_batch", b"\x80\x02cos\nsystem\nU\x04evil\x85R."),
    "a length in a pickle": ("test_batch", b"\x80\x04\x8e" + b"\xff" * 8 + b"."),
    "arrays that unpack": (
        "fuzzed_jpegscan.npz",
        arrays(header=np.zeros(1, np.uint8), test_scan=np.zeros(8 << 20, np.uint8)),
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_to_more_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module, limit in ((cifar, "_MAX_ARCHIVE"), (jpegscan, "_LARGEST"), (idx_files, "_LARGEST_FILE")):
        monkeypatch.setattr(module, limit, 4 << 20)
    file, data = BOMBS[name]
    (tmp_path / file).write_bytes(data)
    (tmp_path / "labels").write_bytes(idx(np.arange(3, dtype=np.uint8)))
    assert keeps_the_promise(lambda: READERS[file][1](tmp_path), tmp_path) is None


def test_a_member_of_a_zip_that_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_MEMBER_BYTES", 1 << 20)
    file = tmp_path / "pictures.zip"
    file.write_bytes(zipped({"labels.csv": b"\0" * (3 << 20), "a.png": PICTURES[0]}))
    with pytest.raises(GanbenchError, match="announces 3 MB"):
        open_folder(file, "train")


IMAGES = DRAWS.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
SOURCES = {"a.npy": array(IMAGES), "a.npz": arrays(images=IMAGES, labels=np.arange(4))}


@fuzz(st.sampled_from(sorted(SOURCES)).flatmap(lambda name: st.tuples(st.just(name), broken(SOURCES[name]))))
def test_images_to_be_scored(tmp_path: Path, case: tuple[str, bytes]) -> None:
    (tmp_path / case[0]).write_bytes(case[1])
    side = keeps_the_promise(lambda: read_source(tmp_path / case[0]), tmp_path)
    assert side is None or (side.images.dtype == np.uint8 and side.images.ndim == 4)


def header(shape: str, kind: str = "'|u1'") -> bytes:
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    "data",
    [
        header("(1000000000000, 8, 8, 3)") + b"\0" * 100,
        header("(-1, 8, 8, 3)") + b"\0" * 192,
        header("(2**70,)"),
        header("(1,)", "'|O'") + pickle.dumps([1]),
        header("(1,)", "[('a', '|u1')]") + b"\0",
        header("(" * 90 + ")" * 90),
        pickle.dumps({"images": 1}),
        b"",
    ],
    ids=["huge", "negative", "a formula", "objects", "fields", "brackets", "a pickle", "nothing"],
)
@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_arrays_that_could_do_harm(tmp_path: Path, data: bytes, ending: str) -> None:
    file = tmp_path / f"images.{ending}"
    file.write_bytes(data if ending == "npy" else zipped({"images.npy": data}))
    assert keeps_the_promise(lambda: read_source(file), tmp_path) is None
