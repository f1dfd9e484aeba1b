"""Zip archives: never unpacked, never trusted."""

import io
import struct
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from common.data.folder import open_folder
from common.data.tree import MAX_MEMBER_BYTES, open_tree
from common.errors import BadInput


def archive_of(files: dict[str, bytes], compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((16, 16), 50).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def encrypted(data: bytes) -> bytes:
    """The archive with its first member's flag of encryption set, in both places that hold it."""
    changed = bytearray(data)
    changed[6] |= 1
    changed[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def bomb() -> bytes:
    """An archive whose directory announces a member of 3 GB."""
    data = bytearray(archive_of({"a.png": b"\0" * 1000}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 3_000_000_000)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<!DOCTYPE html><html>Google Drive - Quota exceeded</html>", "web page, not a zip file.*quota"),
        (b"", "not a whole zip file"),
        (archive_of({"a.png": picture()})[:-30], "not a whole zip file.*half-way"),
        (archive_of({"../../evil.png": picture()}), "leads outside"),
        (archive_of({"/etc/evil.png": picture()}), "leads outside"),
        (archive_of({"..\\evil.png": picture()}), "leads outside"),
        (encrypted(archive_of({"a.png": picture()})), "encrypted"),
        (bomb(), "announces 2861 MB"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path, data, sentence):
    path = tmp_path / "faces.zip"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=sentence) as caught:
        open_folder(path, "train")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_member_never_yields_more_than_it_announces(tmp_path):
    data = bytearray(archive_of({"a.png": b"\0" * 100_000}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)  # announces 10 bytes
    (tmp_path / "a.zip").write_bytes(data)
    tree = open_tree(tmp_path / "a.zip")
    with pytest.raises(BadInput, match=r"a\.png in .*"):
        tree.read("a.png")


def test_a_huge_file_in_a_folder_is_not_read(tmp_path):
    with open(tmp_path / "a.png", "wb") as handle:
        handle.truncate(MAX_MEMBER_BYTES + 1)  # sparse: takes no space
    with pytest.raises(BadInput, match="larger than 256 MB"):
        open_tree(tmp_path).read("a.png")


def test_fingerprint_follows_content(tmp_path):
    for index, data in enumerate((b"1", b"2")):
        (tmp_path / f"{index}.zip").write_bytes(archive_of({"a.png": data}))
    first, second = (open_tree(tmp_path / f"{index}.zip") for index in range(2))
    assert first.fingerprint(["a.png"]) != second.fingerprint(["a.png"])


_WHOLE = archive_of({"x/1.jpg": picture(), "y/2.jpg": picture(), "labels.csv": b"file,label\nx/1.jpg,x\ny/2.jpg,y\n"})
_NAME = _WHOLE.rindex(b"x/1.jpg")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.one_of(st.none(), st.integers(0, 10_000)),
)
@example(flips=[(_NAME, 0)], cut=None)  # a name that begins with the end of names
def test_flipped_and_cut_archives_never_cause_another_error(tmp_path_factory, flips, cut):
    damaged = bytearray(_WHOLE)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "pictures.zip"
    path.write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    try:
        split = open_folder(path, "train")
        for index in range(len(split)):
            split.picture(index)
    except BadInput:
        pass
    assert [each.name for each in folder.iterdir()] == ["pictures.zip"]  # nothing was unpacked
