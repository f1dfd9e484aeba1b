"""What `ganbench parity` does: climbs the ladder for each model and engine and shows every rung's largest error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cli.tables import show
from benchmarks.machine.environment import usable_cores
from benchmarks.parity.ladder import Reference, Row, climb
from benchmarks.parity.record import Climb, Protocol, current_protocol, read_climbs, write_climbs
from benchmarks.parity.report import parity_page
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.specs.cell import ENGINES, check_engine
from common.specs.models import MODELS, model_spec

# what is held against eager torch by default; engine torch itself holds its compiled execution against it
TWINS = tuple(engine for engine in ENGINES if engine != "torch")
MOST_WORKERS = 4  # each may need a gigabyte or two


@dataclass(frozen=True)
class Task:
    """What is to be climbed."""

    models: Sequence[str]
    engines: Sequence[str] = TWINS
    executions: Sequence[str] | None = None
    mutations: bool = True

    def check(self) -> None:
        """Raise BadInput if there is nothing to check, or an unknown model, engine or execution."""
        if not self.models:
            raise BadInput(f"Which model? Name one or more ({', '.join(MODELS)}), or give --all.")
        for name in self.models:
            model_spec(name)
        for engine in self.engines:
            check_engine(engine)
            for execution in self.executions or ():
                check_engine(engine, execution)


@dataclass
class Book:
    """The climbs so far, by model and engine; with a path, written there after every one."""

    protocol: Protocol
    path: Path | None = None
    climbs: dict[tuple[str, str], Climb] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, made: Climb) -> None:
        """Take a climb in, in place of an older one."""
        with self._lock:
            self.climbs[made.model, made.engine] = made
            if self.path is not None:
                write_climbs(self.path, self.ordered())

    def ordered(self) -> list[Climb]:
        """All climbs: by model, then engine, in the order of the registries."""
        return sorted(self.climbs.values(), key=lambda c: (list(MODELS).index(c.model), ENGINES.index(c.engine)))

    def has(self, model: str, engine: str) -> bool:
        """Whether this climb was made with the same protocol, of sources that have not changed since."""
        known = self.climbs.get((model, engine))
        same = known is not None and known.failure is None and known.protocol == self.protocol
        return same and self.protocol.environment.git_dirty is False


def check_parity(task: Task, as_json: bool = False, out: Path | None = None, resume: bool = False) -> int:
    """Climb the ladder, print the rows, and return the exit code: 0 if every rung was measured and holds.

    With `out` the rows and the known differences are written there as a Markdown page, from a record beside it (the
    same name, .json) that keeps the climbs of earlier calls too; `resume` does not repeat those it has already.

    Raises:
        BadInput: see `Task.check`; or the record is damaged.
    """
    task.check()
    book = Book(current_protocol(task.executions, task.mutations), None if out is None else out.with_suffix(".json"))
    if book.path is not None:
        book.climbs = {(each.model, each.engine): each for each in read_climbs(book.path)}
    wanted = {
        model: [engine for engine in task.engines if not (resume and book.has(model, engine))] for model in task.models
    }
    _climb_all(task, {model: engines for model, engines in wanted.items() if engines}, book)
    asked = [each for each in book.ordered() if each.model in task.models and each.engine in task.engines]
    rows = [row for each in asked for row in each.rows]
    show([row.model_dump() if as_json else _readable(row) for row in rows], as_json)
    if out is not None:
        write_text(out, parity_page(book.ordered()))
        print(f"Written: {out}", file=sys.stderr)
    for each in asked:
        if each.failure is not None:
            print(f"{each.model}, {each.engine}: {each.failure}", file=sys.stderr)
    print(f"{sum(row.passed for row in rows)} of {len(rows)} rungs hold.", file=sys.stderr)
    return 0 if all(each.passed for each in asked) else 1


def _climb_all(task: Task, wanted: dict[str, list[str]], book: Book) -> None:
    """Climb `wanted` (model -> engines), several models at a time: each worker has one thread."""
    stopped = threading.Event()
    with ThreadPoolExecutor(min(usable_cores(), MOST_WORKERS)) as pool:
        futures = [pool.submit(_climb_model, model, engines, task, book, stopped) for model, engines in wanted.items()]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stopped.set()  # Ctrl-C ends the workers too; what they would do next is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _climb_model(model: str, engines: Sequence[str], task: Task, book: Book, stopped: threading.Event) -> None:
    """Have torch compute once, then climb with each engine; a worker that crashes costs its own climb only."""
    reference: list[Reference] = []

    def compute(engine: str) -> list[Row]:
        if not reference:
            reference.append(Reference.of(model, task.mutations))
        return climb(reference[0], engine, task.executions, task.mutations)

    for engine in engines:
        if stopped.is_set():
            return
        # one call, so that lines of two threads do not mix
        sys.stderr.write(f"{model}: torch against {'compiled torch' if engine == 'torch' else engine} ...\n")
        try:
            made = Climb(model=model, engine=engine, protocol=book.protocol, rows=compute(engine))
        except GanbenchError as error:
            made = Climb(model=model, engine=engine, protocol=book.protocol, failure=str(error))
        if not stopped.is_set():
            book.add(made)


def _readable(row: Row) -> dict[str, object]:
    name = f"{row.name} ({row.noticed_by})" if row.noticed_by else row.name
    bound = f"> {row.tolerance:g}" if row.rung == 7 else f"<= {row.tolerance:.0e}"
    return {
        "model": row.model,
        "engine": row.engine,
        "execution": row.execution,
        "precision": row.precision,
        "phase": row.phase,
        "rung": row.rung,
        "what": name,
        "error": f"{row.error:.1e}",
        "bound": bound,
        "holds": "yes" if row.passed else "NO",
    }
