"""`python -m benchmarks.faults --kills 50`: kill runs at random moments; they have to end as if nothing had been.

Small trainings of dcgan, cwgan, pggan and stylegan on torch and Keras: their workers, the scorer, the report, the run
itself or everything at once are killed with -9 while it prepares data, starts, trains, grows, fades, samples, scores
and reports. The same command again must complete each run with the weights, samples, losses and scores, bit for bit, of
a run that nothing happened to, and leave no process behind. Exit code 1 if not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.cli.options import split_names
from benchmarks.cli.tables import show
from benchmarks.faults.record import FaultRecord
from benchmarks.faults.suite import run_suite
from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import load_matrix
from benchmarks.results.rows import Row
from common.errors import GanbenchError

_MATRIX = Path(__file__).with_name("matrix.toml")


def rows_of(record: FaultRecord) -> list[Row]:
    """One row per phase: how many kills of whom."""
    kills = record.kills
    victims = sorted({kill.victim for kill in kills})
    return [
        {
            "phase": phase,
            "kills": sum(kill.phase == phase for kill in kills),
            **{name: sum((kill.phase, kill.victim) == (phase, name) for kill in kills) for name in victims},
        }
        for phase in dict.fromkeys(kill.phase for kill in kills)
    ]


def main() -> int:
    """Run the suite; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description="Kills runs at random moments.")
    parser.add_argument("--kills", type=int, default=50, help="how many in all; those of an earlier call count")
    parser.add_argument("--seed", type=int, default=0, help="of the random choices")
    parser.add_argument("--out", type=Path, default=Path("runs/faults"), help="the suite's folder")
    parser.add_argument("--models", action="append", help="only these, separated by commas")
    parser.add_argument("--engines", action="append", help="only these, separated by commas")
    arguments = parser.parse_args()
    options = (("--models", arguments.models), ("--engines", arguments.engines))
    chosen = (str(_MATRIX), *(word for option, names in options for name in names or () for word in (option, name)))
    try:
        selection = Selection(models=split_names(arguments.models), engines=split_names(arguments.engines))
        cells, out = expand(load_matrix(str(_MATRIX)), selection), arguments.out.absolute()
        record = run_suite(out, chosen, cells, arguments.kills, arguments.seed, lambda text: print(text, flush=True))
    except GanbenchError as error:
        print(f"benchmarks.faults: {error}", file=sys.stderr)
        return error.exit_code
    show(rows_of(record), as_json=False)
    trainings = sum(each.cells for each in record.passes)
    resumed = sum(each.resumed for each in record.passes)
    orphans = sum(kill.orphans for kill in record.kills)
    print(
        f"{len(record.kills)} kills in {len(record.passes)} runs of {trainings} trainings, {resumed} of them resumed."
    )
    print(f"Processes left behind: {orphans}. " + ("All runs ended equal." if record.good else "NOT ALL IS WELL."))
    return 0 if record.good else 1


if __name__ == "__main__":
    sys.exit(main())
