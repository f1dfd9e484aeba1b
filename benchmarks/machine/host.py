"""The machine as records name it."""

from __future__ import annotations

import psutil

from benchmarks.machine.environment import processor_name, usable_cores
from benchmarks.results.records import RecordPart


class Host(RecordPart):
    """A machine: processor, usable cores, memory."""

    processor: str
    cores: int
    memory_bytes: int


def this_host() -> Host:
    """The machine this runs on."""
    return Host(processor=processor_name(), cores=usable_cores(), memory_bytes=int(psutil.virtual_memory().total))
