"""Memory of a process that computes: what was freed is kept for the next tensor."""

from __future__ import annotations

import ctypes

# of malloc.h; glibc's own adjustment ends at 32 MiB as well
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _MAPPED = 2**30, 32 * 2**20


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
