"""Folders and zips of the user's: layouts, labels, splits, order, and every way to be unclear."""

import contextlib
import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from common.data import load_dataset
from common.data.folder import open_folder
from common.data.raw import NotThere
from common.errors import BadInput


def picture(value: int, size=(8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (value, value, value)).save(buffer, "PNG")
    return buffer.getvalue()


def fill(folder, files: dict[str, bytes | str]):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def as_zip(path, files: dict[str, bytes | str]):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def held(split) -> dict[int, str | None]:
    """Grey level -> class name of every picture of a split."""
    result = {}
    for index in range(len(split)):
        level = int(np.asarray(Image.open(io.BytesIO(split.picture(index))))[0, 0, 0])
        result[level] = None if split.labels is None else split.classes[split.labels[index]]
    return result


LAYOUTS = {
    "flat": ({"1.png": picture(1), "2.PNG": picture(2), "notes.txt": "x"}, {1: None, 2: None}),
    "classes": ({"cat/1.png": picture(1), "dog/2.png": picture(2)}, {1: "cat", 2: "dog"}),
    "one folder around": ({"all/cat/1.png": picture(1), "all/dog/2.png": picture(2)}, {1: "cat", 2: "dog"}),
    "deeper": (
        {"cat/a/1.png": picture(1), "cat/b/1.png": picture(2), "dog/c/3.png": picture(3)},
        {1: "cat", 2: "cat", 3: "dog"},
    ),
    "litter": ({"1.png": picture(1), ".DS_Store": "x", "__MACOSX/._1.png": "x", "Thumbs.db": "x"}, {1: None}),
    "table": (
        {"labels.csv": "file,label\na.png,x\nsub/b.png,y\n", "a.png": picture(1), "sub/b.png": picture(2)},
        {1: "x", 2: "y"},
    ),
    "table with prefix": ({"index.csv": "path,class_id\na.png,7\n", "images/a.png": picture(1)}, {1: "7"}),
    "table without labels": ({"labels.csv": "filename\na.png\n", "a.png": picture(1), "b.png": picture(2)}, {1: None}),
    "table with windows slashes": ({"labels.csv": "﻿File,Label\r\nc\\a.png,x\r\n", "c/a.png": picture(1)}, {1: "x"}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_read_alike_from_folder_and_zip(tmp_path, name):
    files, expected = LAYOUTS[name]
    assert held(open_folder(fill(tmp_path / "folder", files), "train")) == expected
    assert held(open_folder(as_zip(tmp_path / "pictures.zip", files), "train")) == expected


def test_splits_by_folder_and_by_column(tmp_path):
    by_folder = fill(
        tmp_path / "a", {"train/x/1.png": picture(1), "train/y/2.png": picture(2), "val/x/3.png": picture(3)}
    )
    assert held(open_folder(by_folder, "train")) == {1: "x", 2: "y"}
    valid = open_folder(by_folder, "valid")
    assert valid.classes == ("x", "y")  # the same numbers in every split
    assert held(valid) == {3: "x"}
    table = "file,label,split\n1.png,x,train\n2.png,y,test\n"
    by_column = fill(tmp_path / "b", {"labels.csv": table, "1.png": picture(1), "2.png": picture(2)})
    assert held(open_folder(by_column, "test")) == {2: "y"}
    with pytest.raises(NotThere, match="no valid pictures, only test, train"):
        open_folder(by_column, "valid")


def test_numbered_classes_sort_by_number(tmp_path):
    files = {f"{number}/1.png": picture(number) for number in (10, 9, 1)}
    assert open_folder(fill(tmp_path, files), "train").classes == ("1", "9", "10")


def test_the_order_is_shuffled_once_for_ever(tmp_path):
    files = {f"{label}/{number:02}.png": picture(number + 40 * label) for label in range(4) for number in range(30)}
    fill(tmp_path, files)
    first, second = open_folder(tmp_path, "train"), open_folder(tmp_path, "train")
    np.testing.assert_array_equal(first.labels, second.labels)
    assert first.fingerprint == second.fingerprint
    assert len(set(first.labels[:20].tolist())) == 4  # not class after class


def test_a_rewritten_picture_changes_the_fingerprint_and_the_cache(tmp_path):
    folder = fill(tmp_path / "mine", {"1.png": picture(1), "2.png": picture(2)})
    before = load_dataset(f"folder:{folder}", image_size=8)
    assert load_dataset(f"folder:{folder}", image_size=8).sha256 == before.sha256
    fill(folder, {"2.png": picture(250)})
    after = load_dataset(f"folder:{folder}", image_size=8)
    assert after.sha256 != before.sha256
    assert after.images.max() == 250


def test_a_folder_that_is_gone_leaves_its_cache(tmp_path):
    folder = fill(tmp_path / "mine", {"1.png": picture(1)})
    before = load_dataset(f"folder:{folder}", image_size=8)
    (folder / "1.png").unlink()
    folder.rmdir()
    assert load_dataset(f"folder:{folder}", image_size=8).sha256 == before.sha256


def test_folders_of_the_same_name_do_not_meet_in_the_cache(tmp_path):
    sums = {
        load_dataset(f"folder:{fill(tmp_path / p / 'x', {'1.png': picture(v)})}", image_size=8).sha256
        for p, v in (("a", 1), ("b", 2))
    }
    assert len(sums) == 2


def test_loaded_spec_knows_the_classes(tmp_path):
    folder = fill(tmp_path / "lego-faces", {"happy/1.png": picture(1), "sad/2.png": picture(2)})
    for place in (folder, tmp_path):  # the folder itself, or the one around it
        data = load_dataset("lego-faces", data_dir=place, image_size=8)
        assert data.spec.classes == ("happy", "sad")
        assert data.spec.n_classes == 2


def test_mixed_sizes_are_cropped_to_one(tmp_path):
    folder = fill(tmp_path / "mine", {"1.png": picture(9, (30, 10)), "2.png": picture(9, (5, 80))})
    data = load_dataset(f"folder:{folder}", image_size=16)
    assert data.images.shape == (2, 16, 16, 3)
    assert (data.images == 9).all()


def test_a_folder_of_several_data_sets_is_not_one_of_them(tmp_path):
    fill(tmp_path, {"lego-minifigures/1.png": picture(1)})
    with pytest.raises(NotThere, match="holds lego-minifigures, but no lego-faces"):
        load_dataset("lego-faces", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"readme.txt": "x"}, "holds no pictures"),
        ({"1.png": picture(1), "cat/2.png": picture(2)}, "both in class sub-folders and beside"),
        (
            {"labels.csv": "file,label\na.png,x\nb.png,y\n", "a.png": picture(1)},
            "lists 1 of 2 pictures that are not there.*'b.png'",
        ),
        ({"labels.csv": "name,label\na.png,x\n", "a.png": picture(1)}, "needs a first line with a column 'file'"),
        ({"labels.csv": "", "a.png": picture(1)}, "needs a first line"),
        ({"labels.csv": "file,label\na.png,\n", "a.png": picture(1)}, "no label for 'a.png'"),
        ({"labels.csv": "file,label\na.png,x\na.png,y\n", "a.png": picture(1)}, "'a.png' twice"),
        ({"labels.csv": "file,split\na.png,training set\n", "a.png": picture(1)}, "names the split 'training set'"),
        ({"labels.csv": b"file\n\xff\xfe\n", "a.png": picture(1)}, "not a CSV file in UTF-8"),
        ({"one.csv": "file\na.png\n", "two.csv": "file\na.png\n", "a.png": picture(1)}, "several CSV files"),
        ({"train/x/1.png": picture(1), "test/2.png": picture(2)}, "class sub-folders in one split only"),
    ],
)
def test_unclear_folders_are_told_in_one_sentence(tmp_path, files, sentence):
    with pytest.raises(BadInput, match=sentence) as caught:
        open_folder(fill(tmp_path / "mine", files), "train")
    assert "\n" not in str(caught.value)


_CSV = b"file,label,split\n1.png,x,train\n2.png,y,test\n"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.binary(max_size=3)), max_size=4))
def test_damaged_tables_never_cause_another_error(tmp_path_factory, edits):
    data = _CSV
    for place, change in edits:
        data = data[: place % len(data)] + change + data[place % len(data) + 1 :] or b"\n"
    folder = fill(tmp_path_factory.mktemp("fuzz"), {"labels.csv": data, "1.png": picture(1), "2.png": picture(2)})
    with contextlib.suppress(BadInput):
        open_folder(folder, "train")


def test_a_file_name_that_is_no_text_is_told(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(picture(1))
    with pytest.raises(BadInput, match=r"the file name b'caf\\xe9\.png', which is not UTF-8: rename it"):
        open_folder(tmp_path, "train")


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="There is no folder or file"):
        load_dataset(f"folder:{tmp_path / 'nothing'}")
    with pytest.raises(BadInput, match="lacks its path"):
        load_dataset("folder:")
