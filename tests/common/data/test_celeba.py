"""CelebA in its own layout, made small: folder, zip, Kaggle's copy, and half of it."""

import io
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from common.data import load_dataset
from common.data.celeba import open_celeba
from common.errors import BadInput
from common.specs.datasets import dataset_spec

COUNT = 10
PARTITION = "".join(
    f"{number:06d}.jpg {0 if number <= 6 else 1 if number <= 8 else 2}\n" for number in range(1, COUNT + 1)
)
SMILES = [number % 3 == 0 for number in range(1, COUNT + 1)]
ATTRIBUTES = f"{COUNT}\n5_o_Clock_Shadow Smiling Young \n" + "".join(
    f"{number:06d}.jpg -1 {' 1' if SMILES[number - 1] else '-1'}  1\n" for number in range(1, COUNT + 1)
)


def face(number: int) -> bytes:
    """178 x 218, as the real ones: a grey level per picture, and a bright band that a centre crop cuts away."""
    pixels = np.full((218, 178, 3), 10 * number, np.uint8)
    pixels[:16] = 255
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    """celeba/ with img_align_celeba/*.jpg and the two lists."""
    root = tmp_path / "data" / "celeba"
    (root / "img_align_celeba").mkdir(parents=True)
    for number in range(1, COUNT + 1):
        (root / "img_align_celeba" / f"{number:06d}.jpg").write_bytes(face(number))
    (root / "list_eval_partition.txt").write_text(PARTITION)
    (root / "list_attr_celeba.txt").write_text(ATTRIBUTES)
    return root


def zipped(folder, path, lists: bool = False):
    """The pictures (and perhaps Kaggle's csv lists) in one zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for picture in sorted((folder / "img_align_celeba").iterdir()):
            archive.write(picture, f"img_align_celeba/{'img_align_celeba/' if lists else ''}{picture.name}")
        if lists:
            archive.writestr("list_eval_partition.csv", "image_id,partition\n" + PARTITION.replace(" ", ","))
            rows = "".join(f"{n:06d}.jpg,-1,{1 if SMILES[n - 1] else -1},1\n" for n in range(1, COUNT + 1))
            archive.writestr("list_attr_celeba.csv", "image_id,5_o_Clock_Shadow,Smiling,Young\n" + rows)
    return path


def test_splits_labels_and_pixels(folder):
    for split, numbers in (("train", range(1, 7)), ("valid", (7, 8)), ("test", (9, 10))):
        data = load_dataset("celeba", data_dir=folder, split=split)
        assert data.images.shape == (len(numbers), 64, 64, 3)
        levels = data.images.reshape(len(data), -1).mean(axis=1)
        assert np.abs(levels - [10 * number for number in numbers]).max() < 2  # in order, the band cut away
        assert data.labels.tolist() == [int(SMILES[number - 1]) for number in numbers]
        assert data.spec.classes == ("not smiling", "smiling")
        assert data.manifest.variant == "10-pictures"  # never taken for the whole of CelebA


def test_folder_zip_and_kaggle_copy_give_the_same(folder, tmp_path):
    expected = load_dataset("celeba", data_dir=folder.parent).sha256
    beside = tmp_path / "beside"
    beside.mkdir()
    zipped(folder, beside / "img_align_celeba.zip")
    for name in ("list_eval_partition.txt", "list_attr_celeba.txt"):
        shutil.copy(folder / name, beside)
    kaggle = zipped(folder, tmp_path / "archive.zip", lists=True)
    for number, place in enumerate((beside, kaggle, folder / "img_align_celeba")):
        data = load_dataset("celeba", data_dir=place, cache_dir=tmp_path / f"cache {number}")
        assert data.sha256 == expected


def test_without_attributes_there_are_no_labels(folder):
    (folder / "list_attr_celeba.txt").unlink()
    data = load_dataset("celeba", data_dir=folder)
    assert data.labels is None
    assert data.spec.n_classes == 0


def test_squash_keeps_the_whole_picture(folder):
    data = load_dataset("celeba", data_dir=folder, resize="squash")
    assert data.images[0, 0].min() > 200  # the band of the top is still there


def test_half_unpacked_is_refused(folder):
    (folder / "img_align_celeba" / "000009.jpg").unlink()
    with pytest.raises(BadInput, match=r"lacks 1 of the 10 pictures .* the first is 000009\.jpg"):
        load_dataset("celeba", data_dir=folder)


def test_without_partition_all_must_be_there(folder):
    (folder / "list_eval_partition.txt").unlink()
    with pytest.raises(BadInput, match="holds 10 of CelebA's 202599 pictures"):
        load_dataset("celeba", data_dir=folder)


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("list_eval_partition.txt", "000001.jpg 7\n", "has the line '000001.jpg 7'"),
        ("list_eval_partition.txt", "<html>Quota exceeded</html>", "lacks 0 of the 0"),
        ("list_attr_celeba.txt", "10\nYoung\n000001.jpg 1\n", "no column Smiling"),
        ("list_attr_celeba.txt", "10\nSmiling\n000001.jpg 1\n", "no value of Smiling for 000002.jpg"),
        ("list_attr_celeba.txt", b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_damaged_lists_have_their_sentence(folder, file, text, sentence):
    (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput, match=sentence):
        open_celeba(dataset_spec("celeba"), "train", folder)


def test_a_web_page_saved_as_the_zip(tmp_path):
    (tmp_path / "img_align_celeba.zip").write_bytes(b"<!DOCTYPE html><title>Google Drive - Quota exceeded</title>")
    with pytest.raises(BadInput, match=r"img_align_celeba\.zip is a web page, not a zip file.*quota"):
        load_dataset("celeba", data_dir=tmp_path)


def test_an_empty_folder_says_what_to_get(tmp_path):
    with pytest.raises(BadInput, match=r"Neither img_align_celeba\.zip nor a folder"):
        load_dataset("celeba", data_dir=tmp_path)
