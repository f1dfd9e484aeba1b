"""The folder of a site: everything is written through it, so that the same site is the same bytes and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from common.errors import BadInput
from common.files import atomic_write

# names every file of the site with its SHA-256; marks the folder as ours
MANIFEST = "site.json"


class SiteFolder:
    """Collects the files of a site and brings `path` to hold exactly them.

    Files that are there already with the same bytes are left alone; files of an earlier build that are not wanted any
    more are removed. A folder that holds anything else is refused.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadInput if `path` holds something that is no site."""
        self.path = path
        self._wanted: dict[str, str] = {}
        self._before = self._manifest()

    def write(self, name: str, content: str | bytes) -> str:
        """Put `content` at `name`, relative to the site; returns the name."""
        data = content.encode() if isinstance(content, str) else content
        digest = hashlib.sha256(data).hexdigest()
        target = self.path / name
        self._wanted[name] = digest
        if not (target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == digest):
            with atomic_write(target) as handle:
                handle.write(data)
        return name

    def copy(self, name: str, source: Path) -> str:
        """Put the bytes of `source` at `name`; returns the name."""
        return self.write(name, source.read_bytes())

    def close(self) -> None:
        """Remove what an earlier build left and this one did not write, and write the list of files."""
        for name in self._before - set(self._wanted):
            old = self.path / name
            old.unlink(missing_ok=True)
            if old.parent != self.path and old.parent.is_dir() and not any(old.parent.iterdir()):
                old.parent.rmdir()
        with atomic_write(self.path / MANIFEST) as handle:
            handle.write((json.dumps(dict(sorted(self._wanted.items())), indent=1) + "\n").encode())

    def _manifest(self) -> set[str]:
        """The files of the earlier build."""
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return set()
        try:
            listed = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
            return {name for name in listed if (self.path / name).resolve().is_relative_to(self.path.resolve())}
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(
                f"{self.path} exists and is not a site: choose another folder with --out, or remove it."
            ) from error
