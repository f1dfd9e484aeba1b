"""Merging: what several runs have trained in one folder, as if one of them had trained it all."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import load_record
from benchmarks.results.run_folder import RACE_RECORD, RACES, RunFolder
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

# the parts of a run, each a folder of folders, and the file by which one of those has a result
_PARTS = {"cells": "record.json", RACES: RACE_RECORD}
_RESULT, _FAILURE, _NOTHING = 2, 1, 0


def merge_runs(runs: Sequence[RunFolder], to: RunFolder) -> int:
    """Copy cells and races of `runs` to `to`, which may hold some already; returns how many were copied.

    A cell that several runs have is taken from the one that is furthest with it: a result counts more than a failure,
    and that more than none. Nothing is copied before it is clear that everything can be.

    Raises:
        BadInput: no run folder, one that is being worked on, two different results of one cell or race, or runs that
            are to decide different things.
        GanbenchError: something cannot be read or written.
    """
    for run in runs:
        if not any((run.path / part).is_dir() for part in _PARTS):
            raise BadInput(f"{run.path} is not a run folder: give folders that `ganbench run --out` wrote.")
    everywhere = [to, *runs]
    best: dict[Path, Path] = {}
    for run in everywhere:
        for folder in _folders(run):
            name = folder.relative_to(run.path)
            best[name] = _further(best[name], folder) if name in best else folder
    aims = _common_aims([run for run in everywhere if run.matrix_file.is_file()])
    to.open([cell for run in runs for cell in _cells(run)], aims)
    copies = {to.path / name: folder for name, folder in best.items() if folder != to.path / name}
    for target, folder in copies.items():
        _copy(folder, target)
    return len(copies)


def _folders(run: RunFolder) -> list[Path]:
    found = [folder for part in _PARTS for folder in sorted((run.path / part).glob("*")) if folder.is_dir()]
    for folder in found:
        if CellFolder(folder).is_busy():
            raise BadInput(f"{folder} is being worked on: merge when its run has ended.")
    return found


def _cells(run: RunFolder) -> list[Cell]:
    """Those that were asked for and those that only have a record."""
    recorded = [record.cell for _, record in run.recorded()]
    listed = run.cells() if run.matrix_file.is_file() else []
    return list({cell.id: cell for cell in [*recorded, *listed]}.values())


def _further(one: Path, other: Path) -> Path:
    """The one that got further, `one` if both are as far."""
    standing = _standing(one)
    if _standing(other) != standing:
        return max(one, other, key=_standing)
    if standing == _RESULT and _result_file(one).read_bytes() != _result_file(other).read_bytes():
        raise BadInput(
            f"{one} and {other} hold two different results of the same: leave one of the runs out, or delete one of "
            "these folders."
        )
    return one


def _standing(folder: Path) -> int:
    file = _result_file(folder)
    if not file.is_file():
        return _NOTHING
    if folder.parent.name == "cells" and not load_record(file).settled:
        return _FAILURE
    return _RESULT


def _result_file(folder: Path) -> Path:
    return folder / _PARTS[folder.parent.name]


def _common_aims(runs: Sequence[RunFolder]) -> Aims | None:
    """What all runs are to decide; None if none says anything."""
    first: tuple[RunFolder, Aims] | None = None
    for run in runs:
        aims = run.aims()
        if first is None:
            first = run, aims
        elif aims != first[1]:
            raise BadInput(
                f"{first[0].path} and {run.path} are to decide different things ([margins] or [judge.quality] of their "
                "matrices): merge runs of one matrix, or report them together by `ganbench report RUN... --to FOLDER`."
            )
    return first[1] if first else None


def _copy(folder: Path, target: Path) -> None:
    """Copy a folder so that a half-copied one never has the target's name."""
    part = target.parents[1] / ".merging"
    try:
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(folder, part, symlinks=True)
        if target.exists():
            shutil.rmtree(target)
        target.parent.mkdir(exist_ok=True)
        part.rename(target)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise GanbenchError(f"Cannot copy {folder} to {target} ({reason}): mend that and merge again.") from error
