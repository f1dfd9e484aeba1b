"""What a run looks like while it runs: a live Rich view on a terminal, plain lines everywhere else."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from benchmarks.machine.events import Event
from benchmarks.results.best import best_scores, main_score
from benchmarks.results.records import Record
from benchmarks.results.wording import duration, title
from benchmarks.running.runner import Outcome
from common.metrics.score import display_name, qualifier_of
from common.specs.cell import Cell

# epochs a plain log of one cell shows at most, beside the last
_PLAIN_EPOCHS = 20


def losses_text(event: Event) -> str:
    """The event's losses: "discriminator 0.71, generator 1.93"."""
    return ", ".join(f"{name} {_number(value)}" for name, value in event.get("losses", {}).items())


def outcome_text(outcome: Outcome) -> str:
    """One line on how a cell ended."""
    record = outcome.record
    again = " (from an earlier run; delete its folder to train it again)" if outcome.skipped else ""
    if record.status != "finished":
        return f"{record.status}{again}: {record.reason}"
    scores = scores_text(record)
    if outcome.skipped:
        untimed = record.training is not None and record.training.clocks is None
        again = " already, without times" if untimed else " already"
    lacking = f"{'left out' if scores else 'without scores'}: {record.metrics_reason}" if record.metrics_reason else ""
    text = "; ".join(filter(None, (scores, lacking)))
    return f"finished{again}" + (f": {text}" if text else "")


def scores_text(record: Record) -> str:
    """The record's scores, the extractor's name once: "Inception Score 6.4, FID 8.37 (mnistnet)"; and where a training
    was scored on the way its best generator: "best after epoch 4: FID 7.9"."""
    groups: dict[str, list[str]] = {}
    for score in record.metrics.values():
        groups.setdefault(qualifier_of(score.extractor), []).append(f"{score.name} {score.value:.3g}")
    texts = [display_name(", ".join(scores), qualifier) for qualifier, scores in groups.items()]
    name = main_score(record.cell.judge, record.metrics)
    if name is not None and name in best_scores(record):
        texts.append(
            f"best after epoch {record.best_epoch}: {record.metrics[name].name} {best_scores(record)[name]:.3g}"
        )
    return "; ".join(texts)


class Pace:
    """How far the cell is and when it will be trained, from the events of its worker."""

    def __init__(self) -> None:
        self._begin: tuple[float, float] | None = None
        self.share = 0.0
        self.remaining: float | None = None

    def update(self, event: Event, now: float) -> None:
        """Take in a `progress` or `epoch` event that came at `now` (seconds)."""
        epochs = max(1, int(event["epochs"]))
        done = float(event["epoch"])
        if event["event"] == "progress":
            done += float(event["iteration"]) / max(1, int(event["iterations"])) - 1.0
        self.share = min(1.0, max(0.0, done / epochs))
        if self._begin is None:
            self._begin = (now, self.share)  # start-up and compilation lie before it
        elapsed, covered = now - self._begin[0], self.share - self._begin[1]
        self.remaining = elapsed / covered * (1.0 - self.share) if covered > 0 else None


class PlainView:
    """Plain lines: the start of a cell, its epochs (thinned out if they are many), its end.

    Several cells may be on their way, so every line begins with the number of its cell.
    """

    def __init__(self, cells: int, console: Console) -> None:
        self._cells = cells
        self._console = console
        self._paces: dict[int, Pace] = {}

    def __enter__(self) -> PlainView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def note(self, text: str) -> None:
        """Print one sentence."""
        self._print(text)

    def cell_begins(self, number: int, cell: Cell) -> None:
        """Print which cell begins."""
        self._paces[number] = Pace()
        self._of(number, title(cell))

    def event(self, number: int, event: Event) -> None:
        """Print an epoch's end, or a step after the training."""
        kind = event["event"]
        if kind in ("progress", "epoch"):
            self._paces[number].update(event, time.monotonic())
        if kind == "epoch":
            every = max(1, int(event["epochs"]) // _PLAIN_EPOCHS)
            if event["epoch"] % every == 0 or event["epoch"] == event["epochs"]:
                left = self._paces[number].remaining
                eta = f", {duration(left)} left" if left else ""
                speed = f"{event['seconds']:.1f} s, {_rate(event)}, " if "seconds" in event else ""
                self._of(number, f"  epoch {event['epoch']}/{event['epochs']}: {speed}{losses_text(event)}{eta}")
        elif kind in _STEPS:
            self._of(number, f"  {_STEPS[kind]}")

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        """Print how the cell ended."""
        self._of(number, f"{title(outcome.cell)}: {outcome_text(outcome)}")

    def _of(self, number: int, text: str) -> None:
        self._print(f"[{number}/{self._cells}] {text}")

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


_STEPS = {
    "crashed": "its process crashed: another one goes on from the last checkpoint",
    "sampling": "drawing samples",
    "scoring": "scoring",
}


class LiveView(PlainView):
    """The live view: a bar over all cells, and epoch, speed, losses and remaining time of those on their way."""

    def __init__(self, cells: int, console: Console) -> None:
        super().__init__(cells, console)
        self._run = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} cells"),
            TimeElapsedColumn(),
            console=console,
        )
        self._cell = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), console=console
        )
        self._numbers = Text("")
        self._done = 0
        self._run_task = self._run.add_task("run", total=cells)
        self._tasks: dict[int, TaskID] = {}
        group = Group(self._run, self._cell, self._numbers)
        self._live = Live(group, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def cell_begins(self, number: int, cell: Cell) -> None:
        """Show the cell's bar."""
        self._paces[number] = Pace()
        if number in self._tasks:  # it begins again, elsewhere
            self._cell.remove_task(self._tasks[number])
        self._tasks[number] = self._cell.add_task(title(cell), total=1.0, state="starting")

    def event(self, number: int, event: Event) -> None:
        """Move the bar and renew the numbers."""
        kind = event["event"]
        if kind in ("progress", "epoch"):
            pace = self._paces[number]
            pace.update(event, time.monotonic())
            left = pace.remaining
            eta = f", {duration(left)} left" if left else ""
            self._state(number, f"epoch {event['epoch']}/{event['epochs']}{eta}")
            self._numbers.plain = f"  {_rate(event)}    losses: {losses_text(event)}"
        elif kind in _STEPS:
            self._state(number, _STEPS[kind])

    def cell_ends(self, number: int, outcome: Outcome) -> None:
        """Leave one line about the cell above the live part."""
        if number in self._tasks:
            self._cell.remove_task(self._tasks.pop(number))
        if not self._tasks:
            self._numbers.plain = ""
        self._done += 1
        self._run.update(self._run_task, completed=self._done)
        super().cell_ends(number, outcome)

    def _state(self, number: int, state: str) -> None:
        self._cell.update(self._tasks[number], completed=self._paces[number].share, state=state)


def make_view(cells: int, *, to_stderr: bool = False) -> PlainView:
    """The view that suits where the output goes: live on a terminal, plain lines otherwise.

    Args:
        cells: how many cells the run has.
        to_stderr: keep standard output free for a result in JSON.
    """
    console = Console(stderr=to_stderr)
    return LiveView(cells, console) if console.is_terminal else PlainView(cells, console)


def _rate(event: Event) -> str:
    rate = event.get("images_per_second")  # None for an epoch that was all compilation
    return "- images/s" if rate is None else f"{rate:.0f} images/s"


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else str(value)
