"""Files by relative name, alike in a folder and in a zip archive; an archive is read in place, never unpacked."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from common.data.decode import looks_like_html
from common.errors import BadInput

MAX_MEMBER_BYTES = 256 << 20
PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".pbm", ".tif", ".tiff", ".jfif")
)


class FileTree(Protocol):
    """A read-only set of files with names such as `cats/1.jpg`; `origin` is what to call it to the user."""

    origin: str

    def names(self) -> list[str]:
        """All file names, sorted; hidden files and archive litter left out."""

    def read(self, name: str) -> bytes:
        """A file's bytes; BadInput if they cannot be read."""

    def fingerprint(self, names: list[str]) -> str:
        """A hash that changes when one of the named files is added, removed or rewritten."""


def open_tree(path: Path) -> FileTree:
    """The files in a folder or a zip archive.

    Raises:
        BadInput: the path does not exist, or is neither.
    """
    if path.is_dir():
        return FolderTree(path)
    if path.is_file():
        return ZipTree(path)
    raise BadInput(f"There is no folder or file {path}: check the path.")


def is_picture(name: str) -> bool:
    """Whether a file name ends like a picture's."""
    return PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES


class FolderTree:
    """The files below a folder; symbolic links to folders are not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.origin = str(root)

    def names(self) -> list[str]:
        """All file names below the folder, sorted."""
        return sorted(_walk(self.root))

    def read(self, name: str) -> bytes:
        """A file's bytes."""
        try:
            path = self.root / name
            if path.stat().st_size > MAX_MEMBER_BYTES:
                raise BadInput(f"{path} is larger than {MAX_MEMBER_BYTES >> 20} MB: that is no picture for training.")
            return path.read_bytes()
        except OSError as error:
            raise BadInput(f"Cannot read {self.root / name}: {error.strerror or error}.") from error

    def fingerprint(self, names: list[str]) -> str:
        """From each file's name, size and modification time."""
        digest = hashlib.sha256()
        for name in names:
            try:
                stat = (self.root / name).stat()
            except OSError as error:
                raise BadInput(f"Cannot read {self.root / name}: {error.strerror or error}.") from error
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()


class ZipTree:
    """The files in a zip archive, read where they lie; several threads may read at once."""

    def __init__(self, path: Path) -> None:
        self.origin = str(path)
        self._archive = _open_zip(path)
        entries = self._archive.infolist()
        if not all(info.filename for info in entries):  # zipfile asks such an entry for the last letter of its name
            raise BadInput(f"{path} holds a file without a name: it is damaged, get it again.")
        self._members = {info.filename: info for info in entries if not info.is_dir()}
        for info in self._members.values():
            _check_member(info, path)

    def names(self) -> list[str]:
        """All member names, sorted."""
        return sorted(name for name in self._members if not _is_litter(name))

    def read(self, name: str) -> bytes:
        """A member's bytes; never more than its entry announces."""
        info = self._members[name]
        if info.file_size > MAX_MEMBER_BYTES:
            raise BadInput(f"{name} in {self.origin} announces {info.file_size >> 20} MB: do not trust this file.")
        try:
            with self._archive.open(info) as handle:
                data = handle.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ) as error:
            raise BadInput(f"{name} in {self.origin} cannot be unpacked ({error}): get the archive again.") from error
        if len(data) != info.file_size:
            raise BadInput(f"{name} in {self.origin} has another length than announced: get the archive again.")
        return data

    def fingerprint(self, names: list[str]) -> str:
        """From each member's name, size and CRC-32."""
        digest = hashlib.sha256()
        for name in names:
            digest.update(f"{name}\0{self._members[name].file_size}\0{self._members[name].CRC}\n".encode())
        return digest.hexdigest()


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        with open(path, "rb") as handle:
            start = handle.read(512)
        if looks_like_html(start):
            raise BadInput(
                f"{path} is a web page, not a zip file: the server refused the download (Google Drive does so when its "
                "quota is used up), fetch it with a browser and put it there."
            )
        return zipfile.ZipFile(path)
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, IndexError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} is not a whole zip file ({error}): the download stopped half-way, get it again."
        ) from error


def _check_member(info: zipfile.ZipInfo, path: Path) -> None:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or "\0" in info.filename:
        raise BadInput(
            f"{path} holds the path {info.filename!r}, which leads outside the archive: do not trust this file."
        )
    if info.flag_bits & 0x1:
        raise BadInput(f"{path} is encrypted ({info.filename}): unpack it with its password and give the folder.")
    if info.file_size > MAX_MEMBER_BYTES and is_picture(info.filename):
        raise BadInput(
            f"{path} announces {info.file_size >> 20} MB for {info.filename}: no picture for training is that large, "
            "do not trust this file."
        )


def _walk(root: Path) -> Iterator[str]:
    """The names of all files below `root`, however deep."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        folder = root / prefix
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = prefix + entry.name
                    if _is_litter(name):
                        continue
                    if not name.isprintable() and _not_text(name):
                        raise BadInput(
                            f"{folder} holds the file name {os.fsencode(entry.name)!r}, which is not UTF-8: rename it."
                        )
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(name + "/")
                    elif entry.is_file():
                        yield name
        except OSError as error:
            raise BadInput(f"Cannot list {folder}: {error.strerror or error}.") from error


def _not_text(name: str) -> bool:
    """Whether a name holds bytes that are not UTF-8 (kept by Python as lone surrogates)."""
    return any("\ud800" <= letter <= "\udfff" for letter in name)


def _is_litter(name: str) -> bool:
    parts = name.split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or parts[-1].lower() == "thumbs.db"
