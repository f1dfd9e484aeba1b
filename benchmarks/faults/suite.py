"""The suite: pass after pass, each a run from nothing that is killed twice in every cell, before them and after."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults.equality import differences
from benchmarks.faults.moments import Moment, phases_of
from benchmarks.faults.record import FaultRecord, Kill, Pass, load_faults, save_faults
from benchmarks.faults.victim import Victim, victims_in
from benchmarks.machine.environment import collect_environment
from benchmarks.results.run_folder import RunFolder
from common.errors import GanbenchError
from common.specs.cell import Cell

_LONGEST_DELAY = 0.15  # seconds into a phase; some are shorter, and the kill then counts for the next one


def run_suite(
    out: Path, chosen: tuple[str, ...], cells: list[Cell], kills: int, seed: int, say: Callable[[str], None]
) -> FaultRecord:
    """Kill until there were `kills` kills, and compare each run with one that nothing happened to.

    What is in `out` already counts: a suite that is ended goes on after its last whole pass.

    Args:
        out: the folder of the suite: reference/, a folder per pass that differs, and faults.json.
        chosen: what of `ganbench run` says which cells.
        cells: in the order in which a run takes them.
        kills: how many there are to be.
        seed: of the random choices; moments themselves are the machine's.
        say: told what happens.

    Raises:
        GanbenchError: a run does not get on, or nothing can be killed.
    """
    say("The run that nothing happens to")
    whole = Victim(out / "reference", chosen, cells)
    _end_well(whole)
    record = load_faults(out / "faults.json") or FaultRecord(environment=collect_environment())
    while len(record.kills) < kills:
        number = len(record.passes) + 1
        base = out / f"pass-{number}"
        shutil.rmtree(base, ignore_errors=True)
        victim, draws = Victim(base, chosen, cells), random.Random(f"{seed}/{number}")
        done = _pass(victim, whole.run, kills - len(record.kills), draws, say)
        record.passes.append(done)
        save_faults(out / "faults.json", record)
        if not done.differences:
            shutil.rmtree(base)
        if not done.kills:
            raise GanbenchError(f"Nothing could be killed in pass {number}: the run is over too soon.")
    return record


def _pass(victim: Victim, reference: RunFolder, most: int, draws: random.Random, say: Callable[[str], None]) -> Pass:
    kills: list[Kill] = []
    try:
        for moment in _targets(victim.cells, draws):
            if len(kills) == most:
                break
            if not victim.reaches(moment):
                continue
            time.sleep(draws.uniform(0.0, _LONGEST_DELAY))
            kill = victim.kill(draws.choice(victims_in(moment.phase)), moment)
            if kill is not None:
                kills.append(kill)
                say(f"Killed: {kill.victim} while {kill.phase} {kill.cell or ''}".rstrip())
        victim.finish()
    finally:
        victim.stop()
    records = victim.run.records()
    resumed = sum(bool(each.training and each.training.resumed_at_epochs) for each in records)
    found = differences(victim.run, reference)
    say(f"{len(kills)} kills, {victim.starts} starts, {resumed} trainings resumed: " + (" ".join(found) or "equal"))
    return Pass(kills=kills, cells=len(records), resumed=resumed, differences=found)


def _targets(cells: list[Cell], draws: random.Random) -> list[Moment]:
    """When to kill, in the order of the run: while preparing, in two phases of every cell, while reporting."""
    chosen = [(cell, set(draws.sample(phases_of(cell), 2))) for cell in cells]
    in_cells = [Moment(cell.id, phase) for cell, some in chosen for phase in phases_of(cell) if phase in some]
    return [Moment(None, "preparing"), *in_cells, Moment(None, "reporting")]


def _end_well(victim: Victim) -> None:
    try:
        victim.finish()
    finally:
        victim.stop()
