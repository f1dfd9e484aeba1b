"""Contenders of a speed script in processes of their own: what one sets for its process, no other has."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


def apart(make: Callable[..., Callable[[], None]], *given: Any) -> Callable[[], None]:
    """What `make(*given)` returns, made and called in another process, which ends with this one.

    Args:
        make: a function of a module, since the other process imports it.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, make, given), daemon=True)
    process.start()
    there.close()

    def call() -> None:
        here.send(None)
        here.recv()  # raises EOFError if the other process is gone

    return call


def _serve(pipe: Connection, make: Callable[..., Callable[[], None]], given: tuple[Any, ...]) -> None:
    work = make(*given)
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        work()
        pipe.send(None)
