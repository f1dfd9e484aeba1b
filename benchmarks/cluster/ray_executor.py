"""The executor on a Ray cluster: an actor per place, which supervises workers on its machine and streams what they say.

No file system has to be shared: prepared data go out through Ray's object store, and results come back as bytes. Where
a machine sees the run's folder, workers leave everything there. A place whose machine is gone is replaced by another;
anything else that ends a worker is for its record.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.cluster.needs import Needs
from benchmarks.cluster.parcels import Inbox, Piece, data_entry, pack_data
from benchmarks.cluster.supervisor import Item, Order, Supervisor
from benchmarks.machine import interpreters
from benchmarks.machine.child import ChildEnd
from benchmarks.results.run_folder import RunFolder
from benchmarks.running.commands import RunOptions
from benchmarks.running.executor import Job, PlaceLostError
from benchmarks.running.recording import OUT_OF_MEMORY_CODE
from common import plugins
from common.data.cache import Entry
from common.errors import BadInput, GanbenchError
from common.specs.cell import Cell

_LOOK_SECONDS = 0.5  # between two looks whether anybody still wants what a machine does
_PATIENCE_SECONDS = 10.0
_WIDTH = 256
_GIGABYTE = 10**9
# Ray sets the first for every process it starts; the others say where an engine's Python and plug-ins are
_VARIABLES = ("OMP_NUM_THREADS", interpreters.VARIABLE, plugins.VARIABLE)


def connect(address: str | None) -> Any:
    """Join the cluster at `address`, or make one of this machine; returns the package `ray`.

    Raises:
        BadInput: Ray is not installed, or there is no cluster at `address`.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise BadInput(
            "--executor ray needs the package 'ray': install it with pip install 'ganbench[ray]'."
        ) from error
    try:
        _reach(address)
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BadInput(f"There is no Ray cluster at {address or 'this machine'} ({error}).") from error
    return ray


def _reach(address: str | None) -> None:
    """Notice within seconds that nobody listens at HOST:PORT, which Ray tries for minutes.

    Raises:
        ConnectionError: nobody does.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), _PATIENCE_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise ConnectionError(str(error)) from error


@dataclass(frozen=True)
class Room:
    """What Ray gives to one place."""

    cpus: int
    gpus: int
    memory_bytes: int | None = None
    gpu_kind: str | None = None

    def options(self) -> dict[str, Any]:
        """As an actor's options."""
        found = {"num_cpus": self.cpus, "num_gpus": self.gpus, "memory": self.memory_bytes}
        return {**found, "accelerator_type": self.gpu_kind} if self.gpu_kind else found


def room_of(nodes: list[dict[str, Any]], kind: str, needs: Needs, untimed: bool, threads: int | None) -> Room:
    """What one place is to have.

    Args:
        nodes: of the cluster, as `ray.nodes()` tells them.
        kind: "cpu" or "cuda".
        needs: what the user says.
        untimed: whether workers take no times. Those that do have a whole machine or a GPU's share of one, so that
            nobody else computes on their cores.
        threads: of each worker, if the user says so.
    """
    gpus = 1 if kind == "cuda" else 0
    there = [node["Resources"] for node in nodes if node["Alive"]]
    shares = [int(each.get("CPU", 0) // max(1, each.get("GPU", 0))) for each in there if each.get("GPU", 0) >= gpus]
    shares = [share for share in shares if share >= 1]
    alone = 1 if untimed and not gpus else min(shares, default=1)
    memory = None if needs.memory is None else int(needs.memory * _GIGABYTE)
    return Room(needs.cpus or threads or alone, gpus, memory, needs.gpu)


class RayPlace:
    """An actor on some machine of the cluster, and what it was given.

    Args:
        ray: the package.
        actor: a `Supervisor` there.
        order: makes an order of a job.
        parcel: a data set as an object in Ray's store, from its entry in this machine's cache.
        options: of workers.
    """

    def __init__(
        self, ray: Any, actor: Any, order: Callable[[Job], Order], parcel: Callable[[Entry], Any], options: RunOptions
    ) -> None:
        self._ray, self._actor, self._order, self._parcel, self._options = ray, actor, order, parcel, options

    def run(self, job: Job) -> ChildEnd:
        """Run the worker there to its end; its events and files arrive here."""
        order = self._order(job)
        try:
            self._bring_data(job.cell)
            return self._follow(job, order)
        except self._ray.exceptions.RayTaskError as error:
            reason = f"Its supervisor failed: {str(error).strip().splitlines()[-1]}"
            return ChildEnd(GanbenchError.exit_code, {"event": "failed", "reason": reason})
        except self._ray.exceptions.RayError as error:
            if "running low on memory" in str(error):  # Ray ended it before the system would have
                return ChildEnd(OUT_OF_MEMORY_CODE, {"event": "out of memory", "reason": "its machine had none left"})
            raise PlaceLostError(f"The machine that trained it is lost ({type(error).__name__}).") from error

    def _bring_data(self, cell: Cell) -> None:
        """Have the data in the machine's cache: sent by this one, unless they are there."""
        entry = data_entry(cell, self._options.data_dir, self._options.cache_dir)
        if not self._ray.get(self._actor.has_data.remote(entry, self._options.cache_dir)):
            self._ray.get(self._actor.take_data.remote(self._parcel(entry), self._options.cache_dir))

    def _follow(self, job: Job, order: Order) -> ChildEnd:
        stream = self._actor.run.remote(order)
        if order.shared:  # the other machine writes, and holds the lock that says so
            return self._take_all(stream, job, lambda line: None)
        with job.folder.events_file.open("a", encoding="utf-8") as events:
            fcntl.flock(events, fcntl.LOCK_EX)  # tells `ganbench status` that the cell is being worked on

            def write(line: str) -> None:
                events.write(line)
                events.flush()

            return self._take_all(stream, job, write)

    def _take_all(self, stream: Any, job: Job, write_event: Callable[[str], None]) -> ChildEnd:
        inbox = Inbox(job.folder)
        try:
            for item in self._items(stream, job.cancelled):
                if isinstance(item, ChildEnd):
                    return item
                if isinstance(item, Piece):
                    inbox.take(item)
                else:
                    write_event(json.dumps(item) + "\n")
                    job.on_event(item)
        finally:
            inbox.close()
        raise PlaceLostError("The machine that trained it fell silent.")

    def _items(self, stream: Any, cancelled: threading.Event) -> Iterator[Item]:
        while True:
            ready, _ = self._ray.wait([stream], timeout=_LOOK_SECONDS)
            if cancelled.is_set():
                self._actor.stop.remote()
                raise CancelledError
            if ready:
                try:
                    yield self._ray.get(next(stream))
                except StopIteration:
                    return


class RayExecutor:
    """Places of a Ray cluster.

    Args:
        ray: the package, connected.
        run: the run's folder.
        options: of workers; without threads, each has as many as its place has cores.
        kind: "cpu" or "cuda".
        needs: what a cell needs of a machine.
        share: whether to leave results in the run's folder where a machine sees it.
    """

    def __init__(
        self, ray: Any, run: RunFolder, options: RunOptions, kind: str, needs: Needs, share: bool = True
    ) -> None:
        self._ray, self._run, self._kind, self._share = ray, run, kind, share
        self.timed, self.width = not options.untimed, _WIDTH
        self._room = room_of(ray.nodes(), kind, needs, options.untimed, options.threads)
        # Ray sets the number of threads for processes that it starts, so workers are told theirs
        self._options = replace(options, threads=options.threads or self._room.cpus)
        self.scores_beside = options.untimed or not self._computes_here()
        self._parcels: dict[Entry, Any] = {}
        self._packing = threading.Lock()
        self._token = run.path / f".seen-{uuid.uuid4().hex}"

    @contextmanager
    def held(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Ray keeps places apart; a file tells other machines whether they see the run's folder."""
        self._token.touch()
        try:
            yield
        finally:
            self._token.unlink(missing_ok=True)

    @contextmanager
    def place(self, cancelled: threading.Event) -> Iterator[RayPlace]:
        """An actor of its own for each, where there is room for it; waits until there is."""
        variables = {name: os.environ.get(name) for name in _VARIABLES}
        kind = self._ray.remote(Supervisor)
        actor = kind.options(
            max_concurrency=4, max_restarts=0, scheduling_strategy="SPREAD", **self._room.options()
        ).remote(variables)
        try:
            self._wait(actor.host.remote(), cancelled)
            shared = self._share and self._wait(actor.sees.remote(self._token), cancelled)
            yield RayPlace(self._ray, actor, lambda job: self._order(job, shared), self._parcel, self._options)
        finally:
            self._dismiss(actor)

    def _order(self, job: Job, shared: bool) -> Order:
        device = "cpu" if self._kind == "cpu" else "cuda:0"
        folder = job.folder.path.relative_to(self._run.path)
        return Order(job.cell, self._run.path, folder, shared, self._options, device, job.timeout)

    def _wait(self, answer: Any, cancelled: threading.Event) -> Any:
        while not self._ray.wait([answer], timeout=_LOOK_SECONDS)[0]:
            if cancelled.is_set():
                raise CancelledError
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            raise PlaceLostError(f"The machine that was to train it is lost ({type(error).__name__}).") from error

    def _dismiss(self, actor: Any) -> None:
        """End an actor: its worker first, which would otherwise notice only when its supervisor is gone."""
        with suppress(self._ray.exceptions.RayError):
            self._ray.get(actor.stop.remote(), timeout=_PATIENCE_SECONDS)
        self._ray.kill(actor)

    def _parcel(self, entry: Entry) -> Any:
        """The data set as an object of Ray's store, put there once."""
        with self._packing:
            if entry not in self._parcels:
                self._parcels[entry] = self._ray.put(pack_data(entry))
            return self._parcels[entry]

    def _computes_here(self) -> bool:
        """Whether cells may be trained on this machine, where they are scored."""
        here = self._ray.get_runtime_context().get_node_id()
        return any(node["Resources"].get("CPU", 0) for node in self._ray.nodes() if node["NodeID"] == here)
