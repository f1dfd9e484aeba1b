"""Images to be scored, from wherever users keep them; what cannot be used is named in one sentence."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.scoring.sources import read_source
from common.errors import BadInput


def save_folder(folder: Path, images: list[np.ndarray]) -> Path:
    folder.mkdir()
    for index, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{index}.png")
    return folder


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    return save_folder(tmp_path / "grey", [np.full((4, 4), value, np.uint8) for value in range(12)])


def bomb() -> bytes:
    """A PNG that announces 60,000 x 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def test_natural_order_and_colour(greys: Path) -> None:
    assert read_source(greys).images[:, 0, 0, 0].tolist() == list(range(12))
    Image.fromarray(np.full((4, 4, 3), 200, np.uint8)).save(greys / "12.png")
    images = read_source(greys).images
    assert images.shape == (13, 4, 4, 3)
    assert (images[5] == 5).all()


def test_a_zip_holds_the_same_pictures_as_its_folder(greys: Path) -> None:
    archive = greys.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as handle:
        for file in greys.iterdir():
            handle.write(file, file.name)
    np.testing.assert_array_equal(read_source(archive).images, read_source(greys).images)


def test_pictures_are_decoded_by_the_rules_of_the_data_sets(tmp_path: Path) -> None:
    folder = tmp_path / "kinds"
    folder.mkdir()
    Image.fromarray(np.full((2, 2), 65535, np.uint16)).save(folder / "1.png")  # 16 bits: scaled, not cut
    clear = np.zeros((2, 2, 2), np.uint8)
    Image.fromarray(clear).save(folder / "2.png")  # transparent: lies on white, not on black
    images = read_source(folder).images
    assert images.shape == (2, 2, 2, 1)
    assert images.reshape(2, -1).tolist() == [[255] * 4, [255] * 4]
    Image.fromarray(np.zeros((2, 2, 4), np.uint8)).save(folder / "3.png")
    assert (read_source(folder).images[2] == 255).all()


def whole() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(), "pixels"),
        (whole()[:120], "damaged or cut off"),
        (b"<!DOCTYPE html><html>Please log in</html>", "it is a web page"),
        (b"", "the file is empty"),
    ],
    ids=["bomb", "cut", "web page", "empty"],
)
def test_a_picture_that_cannot_be_used_is_named_with_the_reason(greys: Path, data: bytes, words: str) -> None:
    (greys / "5.png").write_bytes(data)
    with pytest.raises(BadInput, match=rf"5\.png in .* cannot be used \(.*{words}"):
        read_source(greys)


def test_bad_folders_are_told_in_one_sentence(tmp_path: Path, greys: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, words in (
        (empty, "holds no pictures"),
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "nowhere.npy", "does not exist"),
        (greys / "1.png", "neither a folder"),
    ):
        with pytest.raises(BadInput, match=words):
            read_source(path)
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(greys / "7.png")
    with pytest.raises(BadInput, match=r"7\.png in .* is 9x8 but 0\.png is 4x4"):
        read_source(greys)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((5, 8, 8, 3), np.float32), "float32, not uint8"),
        (np.zeros((5, 3, 8, 8), np.uint8), "NHWC"),
        (np.zeros((0, 8, 8, 3), np.uint8), "no images"),
    ],
)
def test_bad_arrays_are_told_in_one_sentence(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(BadInput, match=words):
        read_source(tmp_path / "bad.npy")


def test_files_that_hold_no_or_several_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", np.zeros((5, 8, 8, 3), np.uint8))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:200])
    with pytest.raises(BadInput, match=r"cut\.npy cannot be read"):
        read_source(tmp_path / "cut.npy")
    np.savez(tmp_path / "two.npz", a=np.zeros(3), b=np.zeros(3))
    with pytest.raises(BadInput, match="a, b"):
        read_source(tmp_path / "two.npz")
