"""What one test process measures for all of them."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def once(made: Path, make: Callable[[], None]) -> None:
    """Let `make` write the file `made`, unless another process has done so; meanwhile others wait.

    What failed is not tried again: it would take minutes for every test that asks.
    """
    failed = made.with_suffix(".failed")
    with FileLock(made.with_suffix(".lock")):
        assert not failed.exists(), failed.read_text(encoding="utf-8")
        if not made.exists():
            try:
                make()
            except Exception as error:
                failed.write_text(f"Failed before: {error}", encoding="utf-8")
                raise
