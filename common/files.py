"""Atomic file writing: a reader, or the next process after a crash, sees the old file or the whole new one."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from common.errors import GanbenchError


@contextmanager
def atomic_write(path: Path | str, mode: str = "wb") -> Iterator[IO]:
    """Open a temporary file beside `path` that replaces it when the block ends without an error.

    The data is flushed to disk before the rename, so a killed process or a power cut never leaves half a file under the
    final name, and the rename is flushed at the end, so that what is done later is not there without it. On any error
    the temporary file is removed and `path` is left as it was.

    Raises:
        GanbenchError: the disk is full or the folder cannot be written, in one sentence.
    """
    path = Path(path)
    encoding = None if "b" in mode else "utf-8"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _sentence(error, path) from error
    try:
        with os.fdopen(descriptor, mode, encoding=encoding) as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        Path(temporary).chmod(0o666 & ~_umask())  # mkstemp lets nobody else read
        Path(temporary).replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _sentence(error, path) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: Path | str, text: str) -> None:
    """Write `text` (UTF-8) to `path` atomically."""
    with atomic_write(path, "w") as handle:
        handle.write(text)


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of `source` to `target` atomically.

    Raises:
        GanbenchError: as `atomic_write`, or `source` cannot be read.
    """
    try:
        handle = source.open("rb")
    except OSError as error:
        raise GanbenchError(f"Cannot read {source}: {error.strerror or error}.") from error
    with handle, atomic_write(target) as copy:
        shutil.copyfileobj(handle, copy)


def sha256_of(path: Path | str) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    """Have the system write down which files are in `folder`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o077)  # it cannot be read without being set: for a moment, to the strictest
    os.umask(mask)
    return mask


def _sentence(error: OSError, path: Path) -> GanbenchError:
    if error.errno == errno.ENOSPC:
        return GanbenchError(f"No space left on the disk while writing {path}: free some and run the command again.")
    return GanbenchError(f"Cannot write {path}: {error.strerror or error}. Choose a folder you may write to.")
