"""What a framework's loader leaves: believed only when it is finished and of the right data set."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from common.data import load_dataset
from common.data.export import ExportNote, open_export, write_note
from common.errors import BadInput
from common.specs.datasets import dataset_spec

NOTE = {"dataset": "celeba", "split": "train", "source": "tfds", "form": "zip", "count": 3, "order": "own"}


@pytest.fixture
def export(tmp_path):
    """Three grey JPEGs in a zip, with labels and the note."""
    folder = tmp_path / "export"
    folder.mkdir()
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for number in (0, 1, 2):
            buffer = io.BytesIO()
            Image.new("RGB", (178, 218), (50 * number,) * 3).save(buffer, "JPEG")
            archive.writestr(f"{number:08d}.jpg", buffer.getvalue())
    np.save(folder / "labels.npy", np.array([1, 0, 1]))
    write_note(folder, ExportNote.model_validate(NOTE))
    return folder


def test_encoded_pictures_come_in_their_order_and_are_kept_apart(export):
    data = load_dataset("celeba", source="export", data_dir=export)
    assert data.images[:, 32, 32, 0].tolist() == [0, 50, 100]
    assert data.labels.tolist() == [1, 0, 1]
    assert data.manifest.variant == "tfds-order"
    assert data.manifest.origin == "tfds"


def test_arrays_in_the_published_order_have_no_variant(tmp_path):
    np.save(tmp_path / "images.npy", np.full((2, 28, 28), 7, np.uint8))
    np.save(tmp_path / "labels.npy", np.array([3, 4]))
    fields = NOTE | {"dataset": "mnist", "form": "arrays", "count": 2, "order": "published"}
    write_note(tmp_path, ExportNote.model_validate(fields))
    raw = open_export(dataset_spec("mnist"), "train", tmp_path)
    assert raw.variant == ""
    assert raw.picture(1).tolist() == np.full((28, 28), 7).tolist()
    with pytest.raises(BadInput, match="holds 2 train pictures, but mnist has 60000"):
        load_dataset("mnist", source="export", data_dir=tmp_path)


def test_unfinished_and_foreign_exports_are_refused(export):
    with pytest.raises(BadInput, match="holds celeba train, not celeba test"):
        open_export(dataset_spec("celeba"), "test", export)
    write_note(export, ExportNote.model_validate(NOTE | {"count": 4}))
    with pytest.raises(BadInput, match="does not hold the 4 pictures"):
        open_export(dataset_spec("celeba"), "train", export)
    (export / "export.json").unlink()
    with pytest.raises(BadInput, match="no finished export of celeba"):
        open_export(dataset_spec("celeba"), "train", export)
