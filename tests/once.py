"""What one test process measures for all of them."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def once(made: Path, make: Callable[[], None]) -> None:
    """Let `make` write the file `made`, unless another process has done so; meanwhile others wait."""
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            make()
