"""Climbing for every model and engine that is asked for, several at a time, with a record of what was measured."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine.environment import usable_cores
from benchmarks.parity.jobs import DATASET, Route, small_route
from benchmarks.parity.ladder import Reference, RungResult, climb
from benchmarks.parity.record import Climb, Provenance, current_provenance, read_climbs, write_climbs
from benchmarks.parity.report import parity_page
from common.errors import BadInput, GanbenchError
from common.files import write_text
from common.specs.datasets import dataset_spec
from common.specs.engines import ENGINES, check_engine
from common.specs.models import MODELS, model_spec

MOST_WORKERS = 4  # each may need a gigabyte or two


@dataclass(frozen=True)
class Task:
    """What is to be climbed, against eager torch; engine torch holds its own compiled execution against it.

    `routes` are other trainings than the small ones, by name; the names stand in `models`.
    """

    models: Sequence[str]
    engines: Sequence[str]
    executions: Sequence[str] | None = None
    mutations: bool = True
    device: str = "cpu"
    dataset: str = DATASET
    routes: dict[str, Route] = field(default_factory=dict)

    def route(self, name: str) -> Route:
        """The training on which `name` is climbed."""
        return self.routes.get(name) or small_route(model_spec(name), self.device, self.dataset)

    def engines_of(self, name: str) -> list[str]:
        """Those of `engines` that are asked for there: all, or those of the matrix."""
        own = self.routes[name].executions if name in self.routes else self.engines
        return [engine for engine in self.engines if engine in own]

    def check(self) -> None:
        """Raise BadInput if there is nothing to check, or an unknown model, data set, engine or execution."""
        if not self.models:
            raise BadInput(f"Which model? Name one or more ({', '.join(MODELS)}), or give --all.")
        dataset_spec(self.dataset)
        for name in self.models:
            self.route(name)
        for engine in self.engines:
            check_engine(engine)
            for execution in self.executions or ():
                check_engine(engine, execution)


@dataclass
class Book:
    """The climbs so far, by model and engine; with a path, written there after every one."""

    provenance: Provenance
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
        models, engines = list(MODELS), list(ENGINES)

        def place(climb: Climb) -> tuple[int, str, int]:
            """Behind the others where it is a matrix' own training, or a plug-in that brought it is no longer there."""
            return (
                models.index(climb.model) if climb.model in models else len(models),
                climb.model,
                engines.index(climb.engine) if climb.engine in engines else len(engines),
            )

        return sorted(self.climbs.values(), key=place)

    def has(self, model: str, engine: str, route: Route) -> bool:
        """Whether this climb was made on `route` with the same provenance, of sources that have not changed since."""
        known = self.climbs.get((model, engine))
        if known is None or known.failure is not None or known.training != route.training:
            return False
        wanted = set(route.executions.get(engine, ()))
        same = known.provenance == self.provenance and wanted <= {row.execution for row in known.rows}
        return same and self.provenance.environment.git_dirty is False


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text} ...\n")  # one call, so that lines of two threads do not mix


def climb_task(
    task: Task, out: Path | None = None, resume: bool = False, say: Callable[[str], None] = _to_stderr
) -> list[Climb]:
    """Climb the ladder for all that `task` asks for.

    With `out` the rows and the known differences are written there as a Markdown page, from a record beside it (the
    same name, .json) that keeps the climbs of earlier calls too; `resume` does not repeat those it has already. If
    `out` is itself a .json, the record is all that is written. `say` is told what begins, from several threads.

    Returns:
        the climbs that were asked for, by model, then engine; one that could not be made says why.

    Raises:
        BadInput: see `Task.check`; or the record is damaged.
    """
    task.check()
    record = None if out is None else out.with_suffix(".json")
    book = Book(current_provenance(task.executions, task.mutations), record)
    if book.path is not None:
        book.climbs = {(each.model, each.engine): each for each in read_climbs(book.path)}
    wanted = {
        model: [each for each in task.engines_of(model) if not (resume and book.has(model, each, task.route(model)))]
        for model in task.models
    }
    _climb_all(task, {model: engines for model, engines in wanted.items() if engines}, book, say)
    if out is not None and out != record:
        write_text(out, parity_page(book.ordered()))
    return [each for each in book.ordered() if each.model in wanted and each.engine in task.engines_of(each.model)]


def _climb_all(task: Task, wanted: dict[str, list[str]], book: Book, say: Callable[[str], None]) -> None:
    """Climb `wanted` (model -> engines), several models at a time: each worker has one thread."""
    stopped = threading.Event()
    with ThreadPoolExecutor(min(usable_cores(), MOST_WORKERS)) as pool:
        futures = [
            pool.submit(_climb_model, model, engines, task, book, say, stopped) for model, engines in wanted.items()
        ]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stopped.set()  # Ctrl-C ends the workers too; what they would do next is not begun
            pool.shutdown(cancel_futures=True)
            raise


def _climb_model(
    model: str,
    engines: Sequence[str],
    task: Task,
    book: Book,
    say: Callable[[str], None],
    stopped: threading.Event,
) -> None:
    """Have torch compute once, then climb with each engine; a worker that crashes costs its own climb only."""
    route, reference = task.route(model), list[Reference]()

    def compute(engine: str) -> list[RungResult]:
        if not reference:
            reference.append(Reference.of(route, task.mutations, stopped))
        rows = climb(reference[0], engine, task.executions, task.mutations, stopped)
        return [row.model_copy(update={"model": model}) for row in rows]

    for engine in engines:
        if stopped.is_set():
            return
        say(f"{model}: torch against {'compiled torch' if engine == 'torch' else engine}")
        made = Climb(model=model, engine=engine, provenance=book.provenance, training=route.training)
        try:
            made = made.model_copy(update={"rows": compute(engine)})
        except GanbenchError as error:
            made = made.model_copy(update={"failure": str(error)})
        if not stopped.is_set():
            book.add(made)
