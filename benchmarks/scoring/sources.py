"""Where the images to be scored come from: a folder or zip of pictures, an .npy or an .npz file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.array_files import map_array, read_arrays
from common.data.decode import PictureError, decode
from common.data.tree import FileTree, is_picture, open_tree
from common.errors import BadInput
from common.metrics.conditions import choose, disjoint
from common.metrics.extractors.base import check_images
from common.progress import OnProgress

# what is read into memory as a whole; an .npy file is not
_LARGEST = 4 << 30


@dataclass(frozen=True)
class Side:
    """One side of a comparison: uint8 images (N, H, W, 1 or 3), the class of each (N,) if known, and a name."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    name: str

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, count: int) -> Side:
        """`count` of the images, drawn by seed.

        Raises:
            BadInput: there are fewer, or none is wanted.
        """
        if not 1 <= count <= len(self):
            raise BadInput(
                f"{count} images are asked for, but {self.name} holds {len(self)}: choose n from 1 to {len(self)}."
            )
        if count == len(self):
            return self  # a memory-mapped array stays on disk
        return self._of(choose(len(self), count))

    def disjoint(self, count: int, most: int) -> list[Side]:
        """Up to `most` sets of `count` images without an image in common; the first is what `draw` gives."""
        return [self._of(chosen) for chosen in disjoint(len(self), count, most)]

    def _of(self, chosen: NDArray[np.int64]) -> Side:
        return Side(self.images[chosen], None if self.labels is None else self.labels[chosen], self.name)


def read_source(path: Path, progress: OnProgress | None = None) -> Side:
    """The images of a folder or zip (searched with its sub-folders, in natural order) or of an .npy / .npz file.

    An .npz holds `images` (or a single array) and may hold `labels`. Grey pictures stay grey if all of them are.
    `progress` is called with (pictures read, pictures in all) for a folder.

    Raises:
        BadInput: nothing there, no pictures, pictures of different sizes, one that cannot be used (named), or an
            array that is not uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3).
    """
    if path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip"):
        return Side(_read_pictures(open_tree(path), progress), None, path.name)
    if path.suffix not in (".npy", ".npz"):
        what = "is neither a folder, a zip, an .npy nor an .npz file" if path.exists() else "does not exist"
        raise BadInput(f"{path} {what}: name a folder of pictures, an .npy or an .npz file.")
    images, labels = _read_arrays(path)
    images = images[..., None] if images.ndim == 3 else images
    return Side(check_images(images, f"images in {path}"), labels, path.name)


def _read_arrays(path: Path) -> tuple[NDArray, NDArray[np.int64] | None]:
    if not path.exists():
        raise BadInput(f"{path} does not exist: name a folder of pictures, an .npy or an .npz file.")
    if path.suffix == ".npy":
        return map_array(path), None
    arrays = read_arrays(path, _LARGEST)
    names = [name for name in arrays if name != "labels"]
    if "images" not in names and len(names) != 1:
        raise BadInput(f"{path} holds the arrays {', '.join(arrays)}: name the one to score 'images'.")
    images = arrays["images" if "images" in names else names[0]]
    labels = arrays.get("labels")
    if labels is not None and (labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]):
        raise BadInput(f"{path} holds labels {labels.dtype} {labels.shape}: one whole number an image is needed.")
    return images, None if labels is None else labels.astype(np.int64)


def _read_pictures(tree: FileTree, progress: OnProgress | None) -> NDArray[np.uint8]:
    names = sorted(filter(is_picture, tree.names()), key=_natural)
    if not names:
        raise BadInput(f"{tree.origin} holds no pictures (.png, .jpg, ...): name the folder that does.")
    pictures: list[NDArray[np.uint8]] = []
    for done, name in enumerate(names, start=1):
        picture = _read_picture(tree, name)
        if pictures and picture.shape[:2] != pictures[0].shape[:2]:
            raise BadInput(
                f"{name} in {tree.origin} is {_size(picture)} but {names[0]} is {_size(pictures[0])}: resize all "
                "pictures to one size first, and say how you did when you quote the score."
            )
        if picture.nbytes * len(names) > _LARGEST:
            raise BadInput(
                f"{len(names)} pictures of {_size(picture)} in {tree.origin} do not fit: put them into an .npy."
            )
        pictures.append(picture)
        if progress is not None:
            progress(done, len(names))
    channels = max(picture.shape[2] for picture in pictures)
    result = np.empty((len(pictures), *pictures[0].shape[:2], channels), np.uint8)
    for row, picture in zip(result, pictures, strict=True):
        row[...] = picture
    return result


def _read_picture(tree: FileTree, name: str) -> NDArray[np.uint8]:
    try:
        array = np.asarray(decode(tree.read(name), channels=None))
    except PictureError as error:
        raise BadInput(f"{name} in {tree.origin} cannot be used ({error}): replace or remove it.") from error
    return array[..., None] if array.ndim == 2 else array


def _natural(name: str) -> list[tuple[int, str]]:
    """A sorting key in which 10.png comes after 9.png."""
    return [
        (len(number := part.lstrip("0")), number) if part.isdecimal() else (-1, part)
        for part in re.split(r"(\d+)", name)
    ]


def _size(picture: NDArray) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
