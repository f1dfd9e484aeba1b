"""A cell's pictures: right size, right number of frames, nothing drawn twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pictures.cell import enlargement, make_cell_films, make_cell_pictures, spread
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]) -> CellFolder:
    record = make_record()
    save_run(tmp_path, [record])
    found = RunFolder(tmp_path).of(record.cell)
    make_cell_pictures(found, found, record.cell)
    return found


def test_each_epoch_has_a_grid_of_all_its_samples(folder: CellFolder) -> None:
    assert [path.name for path in sorted(folder.path.glob("grid_*.png"))] == [
        f"grid_epoch_{i:04d}.png" for i in range(4)
    ]
    samples = np.load(folder.progress_files()[2])
    factor = enlargement(samples, 8)
    picture = np.asarray(Image.open(folder.path / "grid_epoch_0002.png"))
    assert picture.shape == (factor * (8 * 10 - 2), factor * (8 * 10 - 2))
    np.testing.assert_array_equal(picture[::factor, ::factor][10:18, 20:28], samples[8 + 2, :, :, 0])


def test_animation_has_a_frame_per_epoch_and_never_ends(folder: CellFolder) -> None:
    with Image.open(folder.path / "training.gif") as animation:
        assert animation.n_frames == 4
        assert animation.info["loop"] == 0
        animation.seek(3)
        assert animation.info["duration"] > 1000


def test_up_to_date_pictures_are_kept_and_stale_ones_renewed(
    folder: CellFolder, make_record: Callable[..., Record]
) -> None:
    grid, other = folder.path / "grid_epoch_0001.png", folder.path / "grid_epoch_0002.png"
    grid.write_bytes(b"kept")
    other.write_bytes(b"stale")
    os.utime(other, (0, 0))
    make_cell_pictures(folder, folder, make_record().cell)
    assert grid.read_bytes() == b"kept"
    assert other.read_bytes().startswith(b"\x89PNG")


def test_samples_that_grow_still_make_one_animation(folder: CellFolder, make_record: Callable[..., Record]) -> None:
    np.save(folder.path / "progress" / "epoch_0004.npy", np.zeros((64, 16, 16, 1), np.uint8))
    make_cell_pictures(folder, folder, make_record().cell)
    with Image.open(folder.path / "training.gif") as animation:
        assert animation.n_frames == 5


def test_spread_keeps_both_ends() -> None:
    assert spread(3, 6) == [0, 1, 2]
    assert spread(31, 6) == [0, 6, 12, 18, 24, 30]
    assert spread(1, 6) == [0]
    assert len(spread(1000, 100)) == 100


def test_a_growing_model_is_shown_at_the_last_size_and_at_its_own(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    folder, cell = CellFolder(tmp_path), make_record().cell
    (tmp_path / "progress").mkdir()
    for epoch, size in enumerate((4, 8, 16)):
        np.save(folder.progress_file(epoch), np.full((64, size, size, 1), 248, np.uint8))
    make_cell_pictures(folder, folder, cell)
    shares = {}
    for path in (folder.animation_file, folder.true_size_file):
        with Image.open(path) as animation:
            assert animation.n_frames == 3
            assert animation.size == (4 * (8 * 18 - 2), 4 * (4 * 18 - 2) + 26)
            animation.seek(0)
            tile = np.asarray(animation.convert("L"))[26 : 26 + 64, :64]
            shares[path.name] = float((tile > 128).mean())
    assert shares == {"training.gif": 1.0, "true-size.gif": 4 * 4 / 16**2}
    still = tmp_path / "still"
    (still / "progress").mkdir(parents=True)
    np.save(CellFolder(still).progress_file(0), np.zeros((64, 8, 8, 1), np.uint8))
    make_cell_pictures(CellFolder(still), CellFolder(still), cell)
    assert not CellFolder(still).true_size_file.exists()


def test_another_folder_gets_copies_of_what_is_up_to_date(
    folder: CellFolder, tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    folder.nearest_file.write_bytes(b"nearest")
    target = CellFolder(tmp_path / "elsewhere")
    make_cell_pictures(folder, target, make_record().cell)
    assert sorted(path.name for path in target.path.iterdir()) == ["nearest.png", "training.gif"]
    assert target.animation_file.read_bytes() == folder.animation_file.read_bytes()


def test_films_show_the_frames_of_the_animations_for_as_long(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    folder, cell = CellFolder(tmp_path), make_record().cell
    (tmp_path / "progress").mkdir()
    for epoch, size in enumerate((4, 8, 16)):
        np.save(folder.progress_file(epoch), np.full((64, size, size, 1), 248, np.uint8))
    make_cell_films(folder, folder, cell)
    width, height = 4 * (8 * 18 - 2), 4 * (4 * 18 - 2) + 26
    for path, share in ((folder.film_file, 1.0), (folder.true_size_film_file, 4 * 4 / 16**2)):
        reader = ffmpeg.read_frames(path)
        facts = next(reader)
        assert (facts["size"], facts["fps"]) == ((width, height), 2.0)
        frames = [np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader]
        assert len(frames) == 2 + 5  # half a second each, and the last one two and a half
        assert float((frames[0][26 : 26 + 64, :64] > 128).mean()) == pytest.approx(share, abs=0.03)
    folder.film_file.write_bytes(b"kept")
    make_cell_films(folder, folder, cell)
    assert folder.film_file.read_bytes() == b"kept"


def test_films_without_their_package_are_one_sentence(
    folder: CellFolder, make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(BadInput, match=r"ganbench\[video\]"):
        make_cell_films(folder, folder, make_record().cell)


def test_the_animations_last_frame_stays_and_the_others_half_a_second(folder: CellFolder) -> None:
    with Image.open(folder.animation_file) as animation:
        durations = []
        for index in range(animation.n_frames):
            animation.seek(index)
            durations.append(animation.info["duration"])
        assert durations == [500, 500, 500, 2500]
        assert animation.size == (7 * (8 * 10 - 2), 7 * (4 * 10 - 2) + 26)
