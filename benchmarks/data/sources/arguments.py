"""The command line that every exporting process has: NAME SPLIT OUT --root FOLDER [--download]."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

# name, split, folder to write to, the library's own folder, whether it may download
Export = Callable[[str, str, Path, Path, bool], None]


def run_export(export: Export, description: str | None) -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("name")
    parser.add_argument("split")
    parser.add_argument("out", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--download", action="store_true")
    options = parser.parse_args()
    export(options.name, options.split, options.out, options.root, options.download)
