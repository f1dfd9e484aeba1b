"""Doctor, proofs and races on a GPU that is lent for minutes, with whatever engines are installed.

    python -m benchmarks.perf.gpu [--out gpu] [--minutes 9] [--device cuda] [--small]

Everything is saved as soon as it is measured: report.md, and the records it is made from. docs/gpu.md explains it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.machine.devices import resolve_device
from benchmarks.perf.gpu.page import FAILURES, RACES, write_page
from benchmarks.perf.gpu.plan import DATASET, SMALL, Plan, present
from benchmarks.perf.gpu.races import Stable, open_stable, short_race
from benchmarks.perf.gpu.steps import ask_doctor, climb
from benchmarks.racing.entries import groups
from benchmarks.racing.record import Entry
from common.data.loading import load_dataset
from common.errors import GanbenchError
from common.files import write_text

_LAST_SECONDS = 8.0  # to write the page in


class TimeIsUp(BaseException):
    """The minutes are over, or somebody ends the program; no handler of errors may catch it."""


class Visit:
    """One visit to a machine: what is done there, and the folder that it is written to.

    Args:
        plan: how much is done.
        out: the folder.
        device: "cpu" or "cuda:<index>".
        stable: where contenders come from.
        ends: when the time is over, on the monotonic clock.
    """

    def __init__(self, plan: Plan, out: Path, device: str, stable: Stable, ends: float) -> None:
        self.plan, self.out, self.device, self.stable, self.ends = plan, out, device, stable, ends
        self.engines: list[str] = []

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """What is done, in order: the most valuable first."""
        plan = self.plan
        halves = [half for half in (plan.rest[:4], plan.rest[4:]) if half]
        return [
            ("doctor", self.doctor),
            ("data", self.data),
            ("proofs", partial(self.prove, plan.first)),
            *[(f"race of {model}", partial(self.race, model, whole=True)) for model in plan.first],
            *[(f"races of {', '.join(half)}", partial(self.rest, half)) for half in halves],
            *[(f"proof of {model}", partial(self.prove, (model,))) for model in plan.rest if plan.prove_rest],
        ]

    def doctor(self) -> None:
        """Which engines start here."""
        self.engines = present(ask_doctor(self.out))
        if "torch" not in self.engines:
            raise GanbenchError("torch does not start here, and everything is compared with it.")

    def data(self) -> None:
        """Have the images drawn before anybody waits for them."""
        load_dataset(DATASET, image_size=self.plan.size)

    def prove(self, models: Sequence[str]) -> None:
        """Climb the ladder in float64 and float32 on the device."""
        others = [name for name in self.engines if name != "torch"]
        if others:
            climb(self.out, models, others, self.device, self.ends - time.monotonic())

    def race(self, model: str, *, whole: bool) -> None:
        """One race; `whole`: in all precisions and several incarnations."""
        precisions = self.plan.precisions if whole else (self.plan.rest_precision,)
        label, entries = self.entries(model, precisions)
        rules = self.plan.rules(self.plan.incarnations if whole else 1)
        short_race(label, entries, rules, self.stable, self.out / RACES / f"{label}.json", say)

    def rest(self, models: Sequence[str]) -> None:
        """Races of one incarnation; what is compiled is compiled beforehand, for all at once."""
        found = [self.entries(model, (self.plan.rest_precision,)) for model in models]
        compiled = [
            entry.model_copy(update={"name": f"{entry.cell.model.name} {entry.name}"})
            for _, entries in found
            for entry in entries
            if entry.cell.region != "nothing"
        ]
        self.stable.warm("warm", compiled)
        say(f"compiled: {len(compiled)} contenders of {', '.join(models)}")
        for model in models:
            self.race(model, whole=False)
            self.page()

    def entries(self, model: str, precisions: Sequence[str]) -> tuple[str, list[Entry]]:
        """The label and the contenders of a race."""
        ((label, entries),) = groups(self.plan.cells(model, self.engines, precisions, self.device)).items()
        return label, entries

    def page(self) -> None:
        """Write the page of what there is."""
        write_page(self.out)


def visit(plan: Plan, out: Path, device: str, minutes: float, threads: int | None = None) -> int:
    """Do all steps that time allows; returns the exit code: 0, or 1 if a step failed."""
    out.mkdir(parents=True, exist_ok=True)
    ends, failed = time.monotonic() + 60.0 * minutes - _LAST_SECONDS, 0
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, max(1.0, ends - time.monotonic()))
    with suppress(TimeIsUp), open_stable(device, threads) as stable:
        there = Visit(plan, out, device, stable, ends)
        for name, step in there.steps():
            say(f"{name} ...")
            started = time.monotonic()
            try:
                step()
            except GanbenchError as error:
                failed = 1
                say(f"{name} failed: {error}")
                _note(out / FAILURES, f"{name}: {error}")
            say(f"{name}: {time.monotonic() - started:.0f} s")
            there.page()
        signal.setitimer(signal.ITIMER_REAL, 0)
    write_page(out)
    return failed


def _note(path: Path, text: str) -> None:
    """One more line in `path`."""
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    write_text(path, f"{known}{' '.join(text.split())}\n")


def _time_is_up(number: int, frame: object) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    say("the time is over: what was measured is kept")
    raise TimeIsUp


def say(text: str) -> None:
    """One sentence about what happens, and when."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.perf.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("gpu"), help="the folder to write to")
    parser.add_argument("--minutes", type=float, default=9.0, help="when to end, whatever is still to be done")
    parser.add_argument("--device", default="cuda", help="auto, cpu, cuda or cuda:INDEX")
    parser.add_argument("--threads", type=int, help="CPU threads of the frameworks; their own choice by default")
    parser.add_argument("--small", action="store_true", help="a trial of everything, small: its times mean nothing")
    options = parser.parse_args()
    try:
        device = resolve_device(options.device)
        return visit(SMALL if options.small else Plan(), options.out, device, options.minutes, options.threads)
    except GanbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
