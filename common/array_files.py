"""NumPy's files of unknown origin: mapped, or read within bounds, and never unpickled."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput

Images = NDArray[np.uint8]
# what NumPy and zipfile raise on damaged headers and archives
_DAMAGE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, SyntaxError, RuntimeError, OverflowError,
    NotImplementedError, zipfile.BadZipFile, zlib.error, tokenize.TokenError,
    MemoryError,  # of the parser, by brackets
)  # fmt: skip


def map_array(path: Path) -> NDArray[Any]:
    """The array of an .npy file, mapped: read from disk where it is used.

    Raises:
        BadInput: there is none, or it is no array of plain numbers.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except _DAMAGE as error:
        raise BadInput(f"{path} cannot be read as an array of NumPy ({error}): write it with numpy.save.") from None


def map_images(path: Path) -> Images:
    """The images of an .npy file, mapped: uint8 (n, height, width, 1 or 3), at least one.

    Raises:
        BadInput: as `map_array`, or it holds something else.
    """
    images = map_array(path)
    if images.dtype != np.uint8 or images.ndim != 4 or not images.size or images.shape[3] not in (1, 3):
        raise BadInput(f"{path} holds {images.dtype} {images.shape}, not images (n, height, width, 1 or 3) of uint8.")
    return images


def read_arrays(path: Path, largest: int) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file, by name.

    Args:
        path: the file.
        largest: how many bytes all of its arrays may have.

    Raises:
        BadInput: there is none, it is damaged, or it announces more than `largest` bytes.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            if (size := sum(info.file_size for info in archive.infolist())) > largest:
                raise BadInput(
                    f"{path} unpacks to {size >> 20} MB, and {largest >> 20} MB is the most: use .npy files."
                )
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except _DAMAGE as error:
        raise BadInput(f"{path} cannot be read as arrays of NumPy ({error}): write it with numpy.savez.") from None
    if strange := [name for name, array in found.items() if not isinstance(array, np.ndarray)]:
        raise BadInput(f"{path} holds {strange[0]}, which is no array: write it again.")
    return found
