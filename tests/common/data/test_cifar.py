"""CIFAR-10's published forms give the same pixels, and a pickle may not run code."""

import contextlib
import gzip
import hashlib
import io
import os
import pickle
import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from common.data import load_dataset
from common.data.cifar import open_cifar_binary, open_cifar_python
from common.data.jpegscan import open_jpegscan
from common.errors import BadInput
from common.specs import datasets
from common.specs.dataset_spec import DatasetSpec, KnownFile

BATCHES = ("data_batch_1", "data_batch_2", "test_batch")
PER_BATCH = 6


@pytest.fixture
def tiny_cifar(tmp_path, monkeypatch):
    """Pixels and labels, and a function that writes them in one of the published forms; registered as `tiny-cifar`."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (len(BATCHES) * PER_BATCH, 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(0, 10, len(pixels))
    planes = pixels.transpose(0, 3, 1, 2).reshape(len(pixels), 3072)
    python, binary = {}, {}
    for number, name in enumerate(BATCHES):
        rows = slice(number * PER_BATCH, (number + 1) * PER_BATCH)
        python[name] = pickle.dumps({b"data": planes[rows], b"labels": labels[rows].tolist()}, protocol=2)
        binary[name + ".bin"] = np.hstack([labels[rows, None].astype(np.uint8), planes[rows]]).tobytes()
    known = {name: KnownFile(name=name, md5=hashlib.md5(python[name]).hexdigest()) for name in BATCHES}
    spec = DatasetSpec(
        name="tiny-cifar",
        title="eighteen noisy squares",
        image_size=32,
        channels=3,
        classes=datasets.CIFAR10_CLASSES,
        splits={"train": 2 * PER_BATCH, "test": PER_BATCH},
        licence="none",
        how_to_get="made by the test",
        readers=("cifar-python", "cifar-binary", "jpegscan"),
        files={"train": (known["data_batch_1"], known["data_batch_2"]), "test": (known["test_batch"],)},
    )
    monkeypatch.setitem(datasets.DATASETS._own, spec.name, spec)

    def write(form: str):
        folder = tmp_path / form
        folder.mkdir()
        files = python if form.startswith("python") else binary
        if form.endswith("folder"):
            for name, data in files.items():
                (folder / name).write_bytes(data)
        else:
            archive_name = f"cifar-10-{'python' if form.startswith('python') else 'binary'}.tar.gz"
            with tarfile.open(folder / archive_name, "w:gz") as archive:
                for name, data in files.items():
                    member = tarfile.TarInfo(f"cifar-10-batches/{name}")
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
        return folder

    return spec, pixels, labels, write


@pytest.mark.parametrize("form", ["python-folder", "python-archive", "binary-folder", "binary-archive"])
def test_every_published_form_gives_the_same_pixels(tiny_cifar, form):
    _, pixels, labels, write = tiny_cifar
    folder = write(form)
    train = load_dataset("tiny-cifar", data_dir=folder)
    np.testing.assert_array_equal(train.images, pixels[:12])
    np.testing.assert_array_equal(train.labels, labels[:12])
    test = load_dataset("tiny-cifar", data_dir=folder, split="test")
    np.testing.assert_array_equal(test.images, pixels[12:])


def test_jpeg_scans_are_kept_apart_from_the_published_pixels(tiny_cifar, tmp_path):
    _, pixels, labels, write = tiny_cifar
    parts = []
    for image in pixels:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=75)
        parts.append(buffer.getvalue())
    start = parts[0].index(b"\xff\xda") + 14  # marker, length 12: the scan follows
    header = parts[0][:start]
    assert all(part.startswith(header) for part in parts)
    arrays = {"header": np.frombuffer(header, np.uint8)}
    for split, rows in (("train", slice(0, 12)), ("test", slice(12, 18))):
        scans = [part[start:-2] for part in parts[rows]]
        arrays[f"{split}_scan"] = np.frombuffer(b"".join(scans), np.uint8)
        arrays[f"{split}_length"] = np.array([len(scan) for scan in scans], np.uint16)
        arrays[f"{split}_label"] = labels[rows].astype(np.uint8)
    np.savez(tmp_path / "tiny-cifar_jpegscan.npz", **arrays)
    scanned = load_dataset("tiny-cifar", data_dir=tmp_path)
    assert scanned.manifest.variant == "jpegscan"
    expected = [np.asarray(Image.open(io.BytesIO(part))) for part in parts[:12]]
    np.testing.assert_array_equal(scanned.images, expected)
    np.testing.assert_array_equal(scanned.labels, labels[:12])
    published = load_dataset("tiny-cifar", data_dir=write("python-folder"), source="cifar-python")
    assert published.manifest.variant == ""
    assert load_dataset("tiny-cifar").sha256 == published.sha256 != scanned.sha256  # the published ones come first

    arrays["train_length"] = arrays["train_length"] + np.uint16(1)
    np.savez(tmp_path / "tiny-cifar_jpegscan.npz", **arrays)
    with pytest.raises(BadInput, match="do not fit together"):
        load_dataset("tiny-cifar", data_dir=tmp_path, source="jpegscan")


class _Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


def test_a_pickle_that_runs_code_is_refused(tiny_cifar, monkeypatch, tmp_path):
    spec, _, _, write = tiny_cifar
    folder = write("python-folder")
    (folder / "test_batch").write_bytes(pickle.dumps({b"data": _Evil(), b"labels": []}))
    loose = spec.model_copy(update={"files": {"test": (KnownFile(name="test_batch"),)}})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"not a CIFAR-10 Python batch \(it asks for .*system\)"):
        open_cifar_python(loose, "test", folder)
    assert not (tmp_path / "evil").exists()


def test_faults_have_their_sentences(tiny_cifar):
    spec, _, _, write = tiny_cifar
    folder = write("python-folder")
    (folder / "data_batch_2").unlink()
    with pytest.raises(BadInput, match="data_batch_2 is missing beside"):
        open_cifar_python(spec, "train", folder)
    (folder / "test_batch").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(BadInput, match=r"test_batch in .* is not the published batch"):
        open_cifar_python(spec, "test", folder)

    binary = write("binary-folder")
    (binary / "test_batch.bin").write_bytes(bytes(3000))
    with pytest.raises(BadInput, match="not a multiple of 3073"):
        open_cifar_binary(spec, "test", binary)
    (binary / "test_batch.bin").write_bytes(bytes([10]) + bytes(3072))
    with pytest.raises(BadInput, match="beyond the 10 classes"):
        open_cifar_binary(spec, "test", binary)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "damaged or half-downloaded"),
        (lambda data: b"<html>Not found</html>", "web page"),
        (lambda data: gzip.compress(b"\0" * 10240), "lacks data_batch_1"),
    ],
)
def test_a_damaged_archive_has_its_sentence(tiny_cifar, damage, sentence):
    spec, _, _, write = tiny_cifar
    path = write("python-archive") / "cifar-10-python.tar.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadInput, match=sentence):
        open_cifar_python(spec, "train", path.parent)


def test_what_is_not_there_is_told_with_how_to_get_it(tiny_cifar, tmp_path):
    with pytest.raises(BadInput, match=r"tiny-cifar is not in .*: made by the test"):
        load_dataset("tiny-cifar", data_dir=tmp_path)


def _written(tmp_path_factory, name: str, data: bytes):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / name).write_bytes(data)
    return folder


def _damage(data: bytes, flips: list[tuple[int, int]], cut: int | None) -> bytes:
    damaged = bytearray(data)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    return bytes(damaged if cut is None else damaged[: cut % len(damaged)])


_FLIPS = st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=6)
_CUT = st.one_of(st.none(), st.integers(0, 1_000_000))
_BATCH = pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1, 2]}, protocol=2)
_ONE_BATCH = DatasetSpec(
    name="fuzzed",
    title="one batch",
    image_size=32,
    channels=3,
    classes=datasets.CIFAR10_CLASSES,
    splits={"test": 2},
    licence="none",
    how_to_get="made by the test",
    files={"test": (KnownFile(name="test_batch"),)},
)


def _archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
        member.size = len(_BATCH)
        archive.addfile(member, io.BytesIO(_BATCH))
    return buffer.getvalue()


def _scans() -> bytes:
    buffer = io.BytesIO()
    arrays = {"test_scan": np.zeros(9, np.uint8), "test_length": np.array([4, 5], np.uint16)}
    np.savez_compressed(buffer, header=np.zeros(5, np.uint8), test_label=np.zeros(2, np.uint8), **arrays)
    return buffer.getvalue()


_FORMS = {
    "test_batch": (_BATCH, open_cifar_python),
    "cifar-10-python.tar.gz": (_archive(), open_cifar_python),
    "fuzzed_jpegscan.npz": (_scans(), open_jpegscan),
}


@pytest.mark.parametrize("name", _FORMS)
def test_the_fuzzed_forms_are_whole_before_they_are_damaged(tmp_path_factory, name):
    data, reader = _FORMS[name]
    assert len(reader(_ONE_BATCH, "test", _written(tmp_path_factory, name, data))) == 2


@pytest.mark.parametrize("name", _FORMS)
@settings(max_examples=200, deadline=None)
@given(flips=_FLIPS, cut=_CUT)
def test_damaged_batches_archives_and_scans_never_cause_another_error(tmp_path_factory, name, flips, cut):
    data, reader = _FORMS[name]
    folder = _written(tmp_path_factory, name, _damage(data, flips, cut))
    with contextlib.suppress(BadInput):
        reader(_ONE_BATCH, "test", folder)
    assert [path.name for path in folder.iterdir()] == [name]


def _python2_batch(planes: np.ndarray, labels: list[int]) -> bytes:
    """A batch as Python 2 pickled it (protocol 2, byte strings): the form of the published files, opcode by opcode."""
    array = b"cnumpy.core.multiarray\n_reconstruct\n" + b"cnumpy\nndarray\n" + b"K\x00\x85" + b"U\x01b" + b"\x87R"
    kind = b"cnumpy\ndtype\n" + b"U\x02u1K\x00K\x01\x87R" + b"(K\x03U\x01|NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
    shape = b"K" + bytes([len(planes)]) + b"M" + (3072).to_bytes(2, "little") + b"\x86"
    state = b"(K\x01" + shape + kind + b"\x89" + b"T" + planes.size.to_bytes(4, "little") + planes.tobytes() + b"t"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + b"U\x04data" + array + state + b"b" + b"U\x06labels" + listed + b"u."


def test_a_batch_pickled_by_python_2_is_read_as_numpy_reads_it(tmp_path):
    planes = np.random.default_rng(4).integers(0, 256, (3, 3072), dtype=np.uint8)
    data = _python2_batch(planes, [7, 0, 9])
    stock = pickle.loads(data, encoding="bytes")  # our own bytes: NumPy's reading is the reference
    np.testing.assert_array_equal(stock[b"data"], planes)
    (tmp_path / "test_batch").write_bytes(data)
    split = open_cifar_python(_ONE_BATCH, "test", tmp_path)
    np.testing.assert_array_equal(split.images, stock[b"data"].reshape(3, 3, 32, 32).transpose(0, 2, 3, 1))
    assert split.labels.tolist() == stock[b"labels"] == [7, 0, 9]
