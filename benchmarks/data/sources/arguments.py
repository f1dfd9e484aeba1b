"""What every exporting process does: parse NAME SPLIT OUT --root FOLDER [--download], export, say what went wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine.events import Emitter, report
from common.errors import GanbenchError

# name, split, folder to write to, the library's own folder, whether it may download
Export = Callable[[str, str, Path, Path, bool], None]


def run_export(export: Export, source: str) -> int:
    """Parse the command line and export; returns the exit code.

    Args:
        export: writes one split.
        source: the loader's name, for messages.
    """
    parser = argparse.ArgumentParser(description=f"Export a split of a data set through {source}.")
    parser.add_argument("name")
    parser.add_argument("split")
    parser.add_argument("out", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--download", action="store_true")
    options = parser.parse_args()

    def work(emit: Emitter) -> int:
        try:
            export(options.name, options.split, options.out, options.root, options.download)
        except (GanbenchError, ModuleNotFoundError):
            raise
        except Exception as error:  # whatever the library raises
            said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise GanbenchError(
                f"{source} could not give {options.name} {options.split} ({said}): check --from {options.root}, or get "
                "the files by hand and use --source auto."
            ) from error
        return 0

    return report(work)
