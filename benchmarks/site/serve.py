"""`ganbench serve`: a site on this computer's own address, nothing outside of its folder, for readers and for runs that
go on."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks.results.run_folder import RunFolder
from benchmarks.site.build import build_site
from benchmarks.site.folder import MANIFEST
from benchmarks.site.on_demand import Answer, OnDemand
from common.errors import BadInput, GanbenchError

HOST = "127.0.0.1"
# what lets a page use threads and exact clocks (cross-origin isolation)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_OWN_NAMES = ("127.0.0.1", "localhost")
# how often a page of a run that goes on loads itself again, and how often the run is looked at
REFRESH_SECONDS, _LOOK_SECONDS = 15, 3.0


class _Handler(SimpleHTTPRequestHandler):
    """Files of the folder and generators that are exported on demand, and only those: no listings, no links out of the
    folder, no requests under another host's name."""

    timeout = 30.0  # seconds: who opens a connection and says nothing is not waited for longer

    def __init__(self, *args: Any, refresh: bool, on_demand: OnDemand | None, **more: Any) -> None:
        self._refresh, self._on_demand = refresh, on_demand
        super().__init__(*args, **more)

    def send_head(self) -> Any:
        if self.headers.get("Host", "").partition(":")[0] not in _OWN_NAMES:
            self.send_error(HTTPStatus.FORBIDDEN, "This server answers to localhost only")
            return None
        name = unquote(self.path.partition("?")[0]).removeprefix("/")
        if self._on_demand is not None and (answer := self._on_demand.answer(name)) is not None:
            return self._begin(answer)
        if not self._is_inside():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _begin(self, answer: Answer) -> io.BytesIO:
        """Send the head of a script, and return its bytes."""
        data = answer.script.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/javascript; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return io.BytesIO(data)

    def _is_inside(self) -> bool:
        try:
            return Path(self.translate_path(self.path)).resolve().is_relative_to(Path(self.directory).resolve())
        except (OSError, ValueError, RuntimeError):  # names that no file can have, links that go round
            return False

    def end_headers(self) -> None:
        for name, content in _HEADERS.items():
            self.send_header(name, content)
        # who plays is not interrupted
        if self._refresh and self.path.partition("?")[0].endswith(("/", ".html")) and "playground" not in self.path:
            self.send_header("Refresh", str(REFRESH_SECONDS))
        super().end_headers()

    def list_directory(self, path: Any) -> Any:
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not of interest."""


def make_server(
    folder: Path, port: int, refresh: bool = False, on_demand: OnDemand | None = None
) -> ThreadingHTTPServer:
    """A server of the files in `folder`, and of what `on_demand` offers, on localhost, listening already; port 0 is any
    that is free.

    Raises:
        BadInput: the port cannot be had.
    """
    handler = partial(_Handler, directory=str(folder), refresh=refresh, on_demand=on_demand)
    try:
        return ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise BadInput(f"Port {port} cannot be used ({error.strerror}): choose another with --port.") from error


def serve(path: Path, port: int, watch: bool, say: Callable[[str], None]) -> None:
    """Serve the site of a run, built first, or a site that is built, until interrupted. Generators that the run has not
    exported yet are exported when the playground first asks for them.

    Raises:
        BadInput: `path` is neither; or the port cannot be had.
    """
    folder = path if (path / MANIFEST).is_file() else path / "site"
    run = None if folder == path else RunFolder(path)
    if run is None and watch:
        raise BadInput(f"{path} is a site, which does not change: give the folder of a run to --watch.")
    on_demand = OnDemand()
    if run is not None and not watch:
        _build(path, folder, on_demand, say)
    elif run is not None:
        run.cells()  # refuses what is no run, before anything is waited for
        folder.mkdir(parents=True, exist_ok=True)
    server = make_server(folder, port, refresh=watch, on_demand=on_demand)
    stop = threading.Event()
    if watch:
        threading.Thread(target=_watch, args=(path, folder, on_demand, stop, say), daemon=True).start()
    say(f"http://{HOST}:{server.server_address[1]}/ shows {folder}; Ctrl-C ends it.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        on_demand.close()
        server.server_close()


def _build(path: Path, folder: Path, on_demand: OnDemand, say: Callable[[str], None]) -> None:
    built = build_site([path], folder, export=False)
    on_demand.offer(built.later)
    for text in built.lacks:
        say(text)


def _watch(path: Path, folder: Path, on_demand: OnDemand, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Build the site again whenever a record or a race of the run has changed."""
    seen: tuple[object, ...] | None = None
    while not stop.is_set():
        now = _state(path)
        if now != seen:
            seen = now
            try:
                _build(path, folder, on_demand, say)
            except GanbenchError as error:
                say(str(error))  # nothing to show yet, or a file that is being written
        stop.wait(_LOOK_SECONDS)


def _state(path: Path) -> tuple[object, ...]:
    run = RunFolder(path)
    files = [run.matrix_file, *run.record_files(), *run.race_files()]
    return tuple(sorted((str(file), file.stat().st_mtime_ns) for file in files if file.is_file()))
