"""The journal of a preparation that may be killed at any moment: which blocks of pictures are safely on disk.

A block counts only after its pixels were flushed to disk and its line stands in the journal; on resuming, every block
that counts is hashed again, so a block that the disk lost in a power cut is simply made anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.data.raw import Pixels
from common.errors import GanbenchError
from common.files import atomic_write


class Block(BaseModel):
    """One block on disk: SHA-256 of its pixels, and the numbers of unusable pictures with the reasons."""

    model_config = ConfigDict(extra="forbid")
    sha256: str
    bad: dict[int, str] = Field(default_factory=dict)


class Journal(BaseModel):
    """`key` identifies what is being prepared (source, size, policy, block length); another key starts afresh."""

    model_config = ConfigDict(extra="forbid")
    key: str
    blocks: list[Block] = Field(default_factory=list)


class PartFile:
    """Pixels under way: a .npy file that grows block by block, beside its journal, in the entry's folder.

    `header` is the finished file's .npy header, `total_bytes` the size of all its pixels.
    """

    def __init__(self, folder: Path, key: str, header: bytes, block_bytes: int, total_bytes: int) -> None:
        self.pixels_path = folder / "images.npy.part"
        self._journal_path = folder / "journal.json"
        self._header = header
        self._block_bytes = block_bytes
        self.journal = self._resumed(key)
        try:
            self._handle: IO[bytes] = self.pixels_path.open("r+b" if self.journal.blocks else "w+b")
            self._handle.write(header)
            self._handle.truncate(len(header) + min(len(self.journal.blocks) * block_bytes, total_bytes))
            self._handle.seek(0, os.SEEK_END)
        except OSError as error:
            raise GanbenchError(f"Cannot write {self.pixels_path}: {error.strerror or error}.") from error

    def append(self, pixels: Pixels, bad: dict[int, str]) -> None:
        """Write one block and, once it is on disk, its journal line.

        Raises:
            GanbenchError: the disk is full or cannot be written; what was written before stays for the next call.
        """
        try:
            self._handle.write(pixels.data)
            self._handle.flush()
            os.fsync(self._handle.fileno())
        except OSError as error:
            raise GanbenchError(
                f"Cannot go on writing {self.pixels_path} ({error.strerror or error}): free some space and run the "
                "command again, it goes on where it stopped."
            ) from error
        self.journal.blocks.append(Block(sha256=hashlib.sha256(pixels.data).hexdigest(), bad=bad))
        with atomic_write(self._journal_path, "w") as handle:
            handle.write(self.journal.model_dump_json())

    def blocks(self) -> Iterator[Pixels]:
        """The pixels on disk, one flat uint8 array per block."""
        with open(self.pixels_path, "rb") as handle:
            handle.seek(len(self._header))
            for _ in self.journal.blocks:
                yield np.frombuffer(handle.read(self._block_bytes), np.uint8)

    def close(self) -> None:
        """Close the pixels' file."""
        self._handle.close()

    def remove(self) -> None:
        """Delete journal and pixels: the entry is finished."""
        self._handle.close()
        self._journal_path.unlink(missing_ok=True)
        self.pixels_path.unlink(missing_ok=True)

    def _resumed(self, key: str) -> Journal:
        """The journal to go on with: the blocks that are really on disk, or none."""
        try:
            journal = Journal.model_validate_json(self._journal_path.read_bytes())
            if journal.key != key:
                return Journal(key=key)
            good = 0
            with open(self.pixels_path, "rb") as handle:
                if handle.read(len(self._header)) != self._header:
                    return Journal(key=key)
                while good < len(journal.blocks) and self._is_whole(handle, journal.blocks[good]):
                    good += 1
        except (OSError, ValidationError):
            return Journal(key=key)
        return Journal(key=key, blocks=journal.blocks[:good])

    def _is_whole(self, handle: IO[bytes], block: Block) -> bool:
        data = np.frombuffer(handle.read(self._block_bytes), np.uint8)
        return hashlib.sha256(data.data).hexdigest() == block.sha256
