"""Preparing: the same pixels however often it is killed, bad pictures named or counted, and no half-made entry."""

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.data import journal, load_dataset, prepare
from common.data.cache import Entry
from common.data.raw import ArraySplit
from common.errors import BadInput, GanbenchError
from common.specs.datasets import dataset_spec

COUNT = 200


@pytest.fixture
def pictures(tmp_path):
    """A folder of 200 JPEG files of noise in two classes."""
    rng = np.random.default_rng(5)
    for number in range(COUNT):
        path = tmp_path / "pictures" / f"class {number % 2}" / f"{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 24, 3), dtype=np.uint8)).save(path)
    return tmp_path / "pictures"


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 32 pictures, so that 200 pictures are seven blocks."""
    monkeypatch.setattr(prepare, "_BLOCK_BYTES", 1)


DRIVER = """
import os, signal, sys
from common.data import load_dataset, prepare
prepare._BLOCK_BYTES = 1
deadly = int(sys.argv[2])
def progress(done, total):
    print(done, flush=True)
    if done >= deadly:
        os.kill(os.getpid(), signal.SIGKILL)
print(load_dataset("folder:" + sys.argv[1], image_size=16, progress=progress).sha256)
"""


def drive(pictures: Path, deadly: int) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(pictures), str(deadly)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.split()


def test_a_killed_preparation_goes_on_and_gives_the_same_checksum(pictures, tmp_path, own_cache):
    expected = load_dataset(f"folder:{pictures}", image_size=16, cache_dir=tmp_path / "undisturbed").sha256
    starts = []
    for deadly in (32, 100, 128, 199):
        code, lines = drive(pictures, deadly)
        assert code == -signal.SIGKILL
        assert not list(own_cache.rglob("manifest.json"))  # nothing half-made counts
        starts.append(int(lines[0]))
    assert starts == sorted(starts)
    assert starts[-1] > 96  # the later ones went on from the journal
    code, lines = drive(pictures, 10_000)
    assert code == 0
    assert lines[-1] == expected
    assert int(lines[0]) > 160
    assert not [path for path in own_cache.rglob("*") if path.name.endswith(".part") or path.name == "journal.json"]


def test_a_block_that_the_disk_lost_is_made_again(pictures, tmp_path, own_cache):
    expected = load_dataset(f"folder:{pictures}", image_size=16, cache_dir=tmp_path / "undisturbed").sha256
    drive(pictures, 150)
    (part,) = own_cache.rglob("images.npy.part")
    data = bytearray(part.read_bytes())
    data[128 + 40 * 16 * 16 * 3] ^= 255  # in the second block
    part.write_bytes(data)
    code, lines = drive(pictures, 10_000)
    assert code == 0
    assert lines[-1] == expected
    assert int(lines[0]) == 64  # the first block was kept, the second made again


def test_a_changed_folder_starts_afresh(pictures, own_cache):
    drive(pictures, 150)
    Image.new("RGB", (20, 20)).save(pictures / "class 0" / "000.jpg")
    _, lines = drive(pictures, 10_000)
    assert int(lines[0]) == 32


def test_blocks_do_not_change_the_pixels(pictures, tmp_path, small_blocks):
    small = load_dataset(f"folder:{pictures}", image_size=16).sha256
    prepare._BLOCK_BYTES = 1 << 20
    assert load_dataset(f"folder:{pictures}", image_size=16, cache_dir=tmp_path / "large").sha256 == small


def test_parallel_preparing_equals_one_by_one(pictures):
    data = load_dataset(f"folder:{pictures}", image_size=16)
    from common.data.folder import open_folder

    raw = open_folder(pictures, "train")
    for index in range(0, COUNT, 17):
        image = Image.open(io.BytesIO(raw.picture(index)))
        expected = image.resize((16, 16), Image.Resampling.BICUBIC, box=(2, 0, 22, 20))
        np.testing.assert_array_equal(data.images[index], np.asarray(expected))


def test_a_corrupt_picture_is_named(pictures):
    path = pictures / "class 1" / "077.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BadInput, match=r"class 1/077\.jpg in .* cannot be used \(damaged or cut off.*--skip-bad"):
        load_dataset(f"folder:{pictures}", image_size=16)


def test_skip_bad_leaves_them_out_and_counts_them(pictures, small_blocks):
    whole = load_dataset(f"folder:{pictures}", image_size=16)
    kept_images, kept_labels = np.array(whole.images), np.array(whole.labels)
    from common.data.folder import open_folder

    names = [open_folder(pictures, "train").name(index).split(" in ")[0] for index in range(COUNT)]
    bad = sorted([3, 64, 199])
    for index in bad:
        (pictures / names[index]).write_bytes(b"<html>404</html>")
    data = load_dataset(f"folder:{pictures}", image_size=16, skip_bad=True)
    np.testing.assert_array_equal(data.images, np.delete(kept_images, bad, axis=0))
    np.testing.assert_array_equal(data.labels, np.delete(kept_labels, bad))
    assert [line.split(" in ")[0] for line in data.manifest.skipped] == [names[index] for index in bad]
    assert all("web page" in line for line in data.manifest.skipped)


def test_all_bad_is_an_error(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "1.png").write_bytes(b"no")
    with pytest.raises(BadInput, match="None of the 1 pictures"):
        load_dataset(f"folder:{tmp_path / 'x'}", skip_bad=True)


def test_too_little_disk_space_is_told_before_the_work(pictures, monkeypatch):
    free = prepare.shutil._ntuple_diskusage(100, 90, 10)
    monkeypatch.setattr(prepare.shutil, "disk_usage", lambda folder: free)
    with pytest.raises(GanbenchError, match=r"needs 0 MB in .* only 0 MB are free.*--cache-dir"):
        load_dataset(f"folder:{pictures}", image_size=16)


class _FullDisk(io.FileIO):
    def write(self, data):
        if self.tell() > 60_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_disk_that_fills_up_keeps_what_is_done(pictures, small_blocks, monkeypatch):
    real_open = Path.open

    def open_on_a_full_disk(path, mode="r", *rest, **named):
        if path.name == "images.npy.part" and "+" in mode:
            return _FullDisk(path, mode.replace("b", ""))
        return real_open(path, mode, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(journal.Path, "open", open_on_a_full_disk)
        with pytest.raises(
            GanbenchError, match=r"No space left on device\): free some space .* goes on where it stopped"
        ):
            load_dataset(f"folder:{pictures}", image_size=16)
    seen = []
    load_dataset(f"folder:{pictures}", image_size=16, progress=lambda done, total: seen.append(done))
    assert seen[0] > 64


def test_decoded_arrays_of_any_depth_are_fitted(tmp_path):
    entry = Entry(tmp_path, "mnist", "train", 8, "crop")
    images = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8)
    manifest = prepare.prepare_entry(entry, dataset_spec("mnist"), ArraySplit(images, None, (), "f", "a test"))
    assert manifest.labels is None
    np.testing.assert_array_equal(np.load(entry.images_path)[..., 0], images)
