"""Pictures in a folder or zip of the user's: flat, in class sub-folders, or listed with labels in a CSV file.

Layouts, the first that fits:
  1. a CSV file (labels.csv, index.csv, or the only .csv) whose header names a file column (file, filename, path,
     image), and perhaps a label column (label, class, class_id, category) and a `split` column (train, valid, test);
  2. top folders train/ and test/ (valid/), each as in 3;
  3. one sub-folder per class, or all pictures flat (no labels).
One folder around everything, as archives have it, is looked through. The pictures come in an order that is shuffled
once and for ever, so that the first n are a fair sample of all.
"""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from common.data.raw import Labels, NotThere
from common.data.tree import FileTree, is_picture, open_tree
from common.errors import BadInput

_SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "test": "test",
}
_FILE_COLUMNS = ("file", "filename", "file_name", "path", "image", "image_path")
_LABEL_COLUMNS = ("label", "class", "class_name", "class_id", "category", "target")
_ORDER_SEED = 20_000


@dataclass(frozen=True)
class Item:
    """One picture: its name in the tree, its class (None: no labels) and its split."""

    name: str
    label: str | None
    split: str


class FolderSplit:
    """One split of a folder or zip of pictures; see the module's text."""

    variant = ""

    def __init__(self, tree: FileTree, items: list[Item], split: str) -> None:
        items = sorted((item for item in items), key=lambda item: item.name)
        labels = {item.label for item in items if item.label is not None}
        if labels and any(item.label is None for item in items):
            raise BadInput(
                f"{tree.origin} has class sub-folders in one split only: sort all splits into classes, or none."
            )
        self.classes = tuple(sorted(labels, key=_natural)) if labels else ()
        mine = [item for item in items if item.split == split]
        order = np.random.Generator(np.random.Philox(_ORDER_SEED)).permutation(len(mine))
        self._items = [mine[index] for index in order]
        self._tree = tree
        numbers = {label: number for number, label in enumerate(self.classes)}
        self.labels: Labels | None = None
        if labels:
            self.labels = np.array([numbers[item.label or ""] for item in self._items], np.int64)
        self.fingerprint = tree.fingerprint([item.name for item in self._items]) + ":" + "|".join(self.classes)
        self.origin = tree.origin

    def __len__(self) -> int:
        return len(self._items)

    def picture(self, index: int) -> bytes:
        """The encoded picture."""
        return self._tree.read(self._items[index].name)

    def name(self, index: int) -> str:
        """`cats/1.jpg in /my/folder`."""
        return f"{self._items[index].name} in {self.origin}"


def open_folder(path: Path, split: str) -> FolderSplit:
    """One split of the pictures in a folder or zip.

    Raises:
        NotThere: no pictures of that split.
        BadInput: no pictures at all, an unclear layout, or a CSV that does not fit the files.
    """
    tree = open_tree(path)
    names = tree.names()
    pictures = [name for name in names if is_picture(name)]
    if not pictures:
        raise BadInput(f"{path} holds no pictures (.jpg, .png, ...): point at the folder or zip that has them.")
    table = _table_name(names, path)
    items = _from_table(tree, table, pictures) if table else _from_layout(pictures, path)
    found = {item.split for item in items}
    if split not in found:
        raise NotThere(
            f"{path} has no {split} pictures, only {', '.join(sorted(found))}: put them into a folder '{split}', or "
            "name the split in a column 'split' of labels.csv."
        )
    return FolderSplit(tree, items, split)


def _natural(text: str) -> tuple[int, int, str]:
    """Sort key: whole numbers by value, before words."""
    return (0, int(text), text) if text.isascii() and text.isdigit() and len(text) < 20 else (1, 0, text)


def _table_name(names: list[str], path: Path) -> str | None:
    tables = [name for name in names if name.lower().endswith(".csv")]
    for wanted in ("labels.csv", "index.csv"):
        for name in sorted(tables, key=lambda each: each.count("/")):
            if PurePosixPath(name).name.lower() == wanted:
                return name
    if len(tables) > 1:
        raise BadInput(
            f"{path} holds several CSV files ({', '.join(tables[:3])}): call the one with the labels labels.csv."
        )
    return tables[0] if tables else None


def _from_table(tree: FileTree, table: str, pictures: list[str]) -> list[Item]:
    where = f"{table} in {tree.origin}"
    try:
        lines = csv.reader(io.StringIO(tree.read(table).decode("utf-8-sig")), strict=True)
        header, *rows = [line for line in lines if line] or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{where} is not a CSV file in UTF-8 ({error}): save it again as one.") from error
    columns = {name.strip().lower(): number for number, name in enumerate(header)}
    file_column = next((columns[name] for name in _FILE_COLUMNS if name in columns), None)
    if file_column is None:
        raise BadInput(
            f"{where} needs a first line with a column '{_FILE_COLUMNS[0]}', and 'label' if there are labels."
        )
    label_column = next((columns[name] for name in _LABEL_COLUMNS if name in columns), None)
    listed = [_entry(row, file_column).strip().replace("\\", "/") for row in rows]
    prefix = _common_prefix(listed, pictures)
    known = set(pictures)
    missing = [name for name in listed if prefix + name not in known]
    if missing:
        raise BadInput(
            f"{where} lists {len(missing)} of {len(listed)} pictures that are not there, the first is '{missing[0]}': "
            "correct the list or add the files."
        )
    items: dict[str, Item] = {}
    for name, row in zip(listed, rows, strict=True):
        label = None if label_column is None else _entry(row, label_column).strip()
        if label == "":
            raise BadInput(f"{where} gives no label for '{name}': fill it in.")
        item = Item(prefix + name, label, _split_word(_entry(row, columns.get("split")), where))
        if items.setdefault(item.name, item) != item:
            raise BadInput(f"{where} lists '{name}' twice with different labels: remove one line.")
    return list(items.values())


def _entry(row: list[str], column: int | None) -> str:
    """What stands in a column; nothing where there is no such column, or the row is too short for it."""
    return row[column] if column is not None and column < len(row) else ""


def _common_prefix(listed: list[str], pictures: list[str]) -> str:
    """What stands before the listed names in the tree ('images/'), found by the first one that is there."""
    known = set(pictures)
    if any(name in known for name in listed[:100]):
        return ""
    for name in listed[:100]:
        for picture in pictures:
            if name and picture.endswith("/" + name):
                return picture.removesuffix(name)
    return ""


def _split_word(text: str, where: str) -> str:
    word = (text or "train").strip().lower()
    if word not in _SPLIT_WORDS:
        raise BadInput(f"{where} names the split '{text}': write train, valid or test.")
    return _SPLIT_WORDS[word]


def _from_layout(pictures: list[str], path: Path) -> list[Item]:
    root = _shared_root(pictures)
    tops = {name.removeprefix(root).split("/")[0] for name in pictures}
    if tops <= set(_SPLIT_WORDS):
        return [
            Item(item.name, item.label, _SPLIT_WORDS[top])
            for top in sorted(tops)
            for item in _classes([name for name in pictures if name.startswith(f"{root}{top}/")], f"{root}{top}/", path)
        ]
    return _classes(pictures, root, path)


def _classes(pictures: list[str], root: str, path: Path) -> list[Item]:
    flat = [name for name in pictures if "/" not in name.removeprefix(root)]
    if len(flat) == len(pictures):
        return [Item(name, None, "train") for name in pictures]
    if flat:
        raise BadInput(
            f"{path} holds pictures both in class sub-folders and beside them (such as {flat[0]}): move those into a "
            "class, or everything into one folder."
        )
    return [Item(name, name.removeprefix(root).split("/")[0], "train") for name in pictures]


def _shared_root(pictures: list[str]) -> str:
    """The folders around everything, as `archive/images/`; train, valid and test are not such folders."""
    parts = pictures[0].split("/")[:-1]
    for picture in pictures:
        own = picture.split("/", len(parts))[:-1]
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(parts, own, strict=False))
        parts = [part for part, _ in same]
    parts = list(itertools.takewhile(lambda part: part not in _SPLIT_WORDS, parts))
    return "".join(f"{part}/" for part in parts)
