"""Memory of a process that computes: what was freed is kept for the next tensor; and how to tell that it ran out."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

# of malloc.h; glibc's own adjustment ends at 32 MiB as well
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _MAPPED = 2**30, 32 * 2**20
_VMSTAT = Path("/proc/vmstat")
# torch: OutOfMemoryError, or a RuntimeError of its CPU allocator or of CUDA's libraries; TensorFlow:
# ResourceExhaustedError; XLA and JAX: RESOURCE_EXHAUSTED. None of them can be imported here.
_SIGNS = re.compile(
    r"out of ?memory|(can't|not enough|cannot) (allocate )?memory|resource_?exhausted|oom when allocating|alloc_failed|"
    r"bad_alloc",
    re.IGNORECASE,
)


def keep_freed_memory() -> bool:
    """Have malloc keep up to 1 GiB that was freed, where it would give it back and fetch it anew in every step.

    Each fetched page costs a page fault, which is the system's time and not the framework's.

    Returns:
        whether it does: only glibc can be asked to.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT) and mallopt(_MMAP_THRESHOLD, _MAPPED))


def ran_out(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, the host's or a device's, in the words of any framework."""
    return isinstance(error, MemoryError) or bool(_SIGNS.search(f"{type(error).__name__}: {error}"))


def oom_kills() -> int | None:
    """How many processes the system has killed for want of memory since it started; None where it does not tell.

    They end by SIGKILL, without a word.
    """
    try:
        lines = _VMSTAT.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    counts = [int(line.split()[1]) for line in lines if line.startswith("oom_kill ")]
    return counts[0] if counts else None
