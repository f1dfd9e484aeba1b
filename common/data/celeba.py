"""CelebA in its own layout: img_align_celeba (folder or zip) with list_eval_partition and list_attr, read in place.

The lists may be the published .txt or the .csv of the Kaggle copy, beside the pictures, beside the zip, or inside it.
Without a partition list all 202,599 pictures must be there, and the published ranges apply (Liu et al. 2015): 1-162770
train, 162771-182637 valid, the rest test. The label is the attribute Smiling, if the attribute list is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np

from common.data.places import folders
from common.data.raw import Labels, NotThere
from common.data.tree import FileTree, FolderTree, ZipTree, open_tree
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec
from common.untrusted import read_bytes

ATTRIBUTE = "Smiling"
_LARGEST_LIST = 64 << 20  # the published list of attributes has 26 MB
_FIRST_VALID, _FIRST_TEST, _COUNT = 162_771, 182_638, 202_599
_PARTITION = ("list_eval_partition.txt", "list_eval_partition.csv")
_ATTRIBUTES = ("list_attr_celeba.txt", "list_attr_celeba.csv")
_PICTURE = re.compile(r"(?:^|/)(\d{6})\.(?:jpg|png)$")
_SPLITS = {"0": "train", "1": "valid", "2": "test"}


class CelebaSplit:
    """One split of CelebA, read picture by picture from the folder or the zip."""

    def __init__(
        self, tree: FileTree, names: list[str], labels: Labels | None, spec: DatasetSpec, variant: str
    ) -> None:
        self._tree, self._names = tree, names
        self.labels = labels
        self.classes = spec.classes if labels is not None else ()
        self.variant = variant
        self.fingerprint = tree.fingerprint(names)
        self.origin = tree.origin

    def __len__(self) -> int:
        return len(self._names)

    def picture(self, index: int) -> bytes:
        """The JPEG file."""
        return self._tree.read(self._names[index])

    def name(self, index: int) -> str:
        """`000001.jpg in /my/folder`."""
        return f"{self._names[index]} in {self.origin}"


def open_celeba(spec: DatasetSpec, split: str, data_dir: Path) -> CelebaSplit:
    """One split of CelebA from `data_dir`, which may also be the zip itself.

    Raises:
        NotThere: no aligned pictures there.
        BadInput: pictures that the partition list names are missing, or a list is damaged.
    """
    tree, pictures = _pictures(spec, data_dir)
    partition = _partition(_table(tree, spec, data_dir, _PARTITION), pictures, tree.origin)
    attributes = _table(tree, spec, data_dir, _ATTRIBUTES)
    numbers = [number for number, where in partition.items() if where == split]
    if not numbers:
        raise BadInput(f"{tree.origin} has no {split} pictures by its partition list: get the list again.")
    labels = None if attributes is None else _labels(attributes, numbers)
    variant = "" if len(partition) == _COUNT else f"{len(partition)}-pictures"
    return CelebaSplit(tree, [pictures[number] for number in numbers], labels, spec, variant)


def _pictures(spec: DatasetSpec, data_dir: Path) -> tuple[FileTree, dict[str, str]]:
    """The tree that holds the aligned pictures, and their names in it by six-digit number, in order."""
    for tree in _candidates(spec, data_dir):
        found = {match.group(1): name for name in tree.names() if (match := _PICTURE.search(name))}
        if found:
            return tree, dict(sorted(found.items()))
    raise NotThere(f"Neither img_align_celeba.zip nor a folder img_align_celeba with pictures is in {data_dir}.")


def _candidates(spec: DatasetSpec, data_dir: Path) -> Iterable[FileTree]:
    if data_dir.is_file():
        yield ZipTree(data_dir)
        return
    for folder in folders(data_dir, spec):
        for name in ("img_align_celeba", "img_align_celeba.zip", "archive.zip", "celeba.zip"):
            if (folder / name).exists():
                yield open_tree(folder / name)
    if data_dir.name == "img_align_celeba":
        yield FolderTree(data_dir)


def _table(
    tree: FileTree, spec: DatasetSpec, data_dir: Path, names: tuple[str, ...]
) -> tuple[str, list[list[str]]] | None:
    """A list's name and its rows split at blanks or commas; None if it is nowhere."""
    inside = [name for name in tree.names() if PurePosixPath(name).name in names] if isinstance(tree, ZipTree) else []
    beside = data_dir.parent if data_dir.is_file() or data_dir.name == "img_align_celeba" else data_dir
    for folder in folders(beside, spec):
        for name in names:
            if (folder / name).is_file():
                return str(folder / name), _rows(read_bytes(folder / name, _LARGEST_LIST), str(folder / name))
    return (f"{inside[0]} in {tree.origin}", _rows(tree.read(inside[0]), inside[0])) if inside else None


def _rows(data: bytes, where: str) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where} is not a text file: get it again.") from error
    return [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]


def _partition(table: tuple[str, list[list[str]]] | None, pictures: dict[str, str], origin: str) -> dict[str, str]:
    """Six-digit number -> split, for every listed picture, in order."""
    if table is None:
        if len(pictures) != _COUNT:
            raise BadInput(
                f"{origin} holds {len(pictures)} of CelebA's {_COUNT} pictures and there is no {_PARTITION[0]}: it is "
                "half unpacked or half downloaded; get the rest, or put the list beside it."
            )
        return {number: _published_split(int(number)) for number in pictures}
    where, rows = table
    result: dict[str, str] = {}
    for row in rows:
        match = _PICTURE.search(row[0])
        if match and (len(row) != 2 or row[1] not in _SPLITS):
            raise BadInput(f"{where} has the line '{' '.join(row)}', not 'NUMBER.jpg 0|1|2': get the list again.")
        if match:
            result[match.group(1)] = _SPLITS[row[1]]
    missing = [number for number in result if number not in pictures]
    if missing or not result:
        first = f", the first is {missing[0]}.jpg" if missing else ""
        raise BadInput(
            f"{origin} lacks {len(missing)} of the {len(result)} pictures that {where} lists{first}: it is half "
            "unpacked or half downloaded; get the rest."
        )
    return dict(sorted(result.items()))


def _published_split(number: int) -> str:
    return "train" if number < _FIRST_VALID else "valid" if number < _FIRST_TEST else "test"


def _labels(table: tuple[str, list[list[str]]], numbers: list[str]) -> Labels:
    """0 or 1 per picture: whether it has the attribute."""
    where, rows = table
    header = next((row for row in rows[:2] if ATTRIBUTE in row), None)
    if header is None:
        raise BadInput(f"{where} has no column {ATTRIBUTE}: get the list again.")
    column = header.index(ATTRIBUTE) + (0 if header[0] in ("image_id", "file", "filename") else 1)
    values = {match.group(1): row[column] for row in rows if (match := _PICTURE.search(row[0])) and len(row) > column}
    missing = [number for number in numbers if values.get(number) not in ("1", "-1", "0")]
    if missing:
        raise BadInput(f"{where} has no value of {ATTRIBUTE} for {missing[0]}.jpg: get the list again.")
    return np.array([values[number] == "1" for number in numbers], np.int64)
