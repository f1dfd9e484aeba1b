"""What a data set is, apart from its pixels: name, size, channels, classes, splits, licence, and how to get it.

A spec never touches the disk. `common.data` turns a spec and a source of pictures into arrays. The registered data sets
stand in `common/specs/datasets.py`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from common.specs.base import Spec

OWN_READERS = ("embedded", "toy-shapes", "idx", "cifar-python", "cifar-binary", "jpegscan", "celeba", "folder")
# what is scored where nobody says otherwise: the scores of the thesis, and those by class where labels are known
USUAL_METRICS = ("inception_score", "fid", "manifold", "label_agreement", "intra_class_fid", "class_manifold")
USUAL_EXTRACTOR = "efficientnet-lite0"


def _check_reader(reader: str) -> str:
    if reader not in OWN_READERS and not re.fullmatch(r"\w+(\.\w+)*:\w+", reader):
        raise ValueError(f"'{reader}' is neither one of {', '.join(OWN_READERS)} nor package.module:function")
    return reader


Reader = Annotated[str, AfterValidator(_check_reader)]


class KnownFile(Spec):
    """A file of a data set: its name, and the MD5 of its *unzipped* bytes (empty: not known)."""

    name: str
    md5: str = ""


class Download(Spec):
    """A published file to fetch: its name on disk, size in bytes, SHA-256 or MD5 of the bytes, and its mirrors in the
    order to try them; no mirrors means that it has to be fetched by hand."""

    name: str
    size: int
    sha256: str = ""
    md5: str = ""
    mirrors: tuple[str, ...] = ()


class DatasetSpec(Spec):
    """One data set.

    `image_size` is the default side in pixels, `border` the zero pixels added on each side by the `pad` policy
    (28 -> 32 for digits), `splits` maps a split to its number of images (None: what the user's folder holds), `readers`
    are the local layouts to look for, in that order: names of ganbench's own, or "package.module:function" with
    (spec, split, folder) -> `common.data.raw.RawSplit`. `needs_files` is False for a set that is read without a folder
    of the user's: it counts as built in. `files` names the files of each split in the order images, labels; `downloads`
    the published files. `classes` is empty for sets without labels and for folders of the user's, whose classes are
    known once they are read (`Dataset.spec`). `extractor` and `metrics` are how samples are judged where nobody says
    otherwise; of the metrics, those that the labels and the extractor at hand allow.
    """

    name: str
    title: str
    image_size: int
    channels: Literal[1, 3]
    classes: tuple[str, ...] = ()
    splits: dict[str, int | None]
    licence: str
    how_to_get: str
    readers: tuple[Reader, ...] = ("folder",)
    resize: str = "crop"
    border: int = Field(default=0, ge=0)
    needs_files: bool = True
    files: dict[str, tuple[KnownFile, ...]] = Field(default_factory=dict)
    downloads: tuple[Download, ...] = ()
    extractor: str = USUAL_EXTRACTOR
    metrics: tuple[str, ...] = USUAL_METRICS

    @property
    def n_classes(self) -> int:
        """Number of classes, 0 if the data set has no labels."""
        return len(self.classes)

    @property
    def is_local_folder(self) -> bool:
        """Whether the pictures are whatever a folder of the user's holds."""
        return self.readers == ("folder",)
