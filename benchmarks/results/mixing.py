"""What may stand in one comparison: records of one machine, one device and comparable versions of ganbench."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.results.records import Record
from common.errors import BadInput


def check_alike(records: Sequence[Record]) -> None:
    """Refuse to compare what differs in more than the comparison is about.

    Raises:
        BadInput: the records come from several machines, devices, or Major.Minor versions; the message names them.
    """
    for what, fact in _FACTS.items():
        found = sorted({known for record in records if (known := fact(record)) is not None})
        if len(found) > 1:
            raise BadInput(
                f"These records differ in their {what} ({' / '.join(found)}), so what they say about engines would be "
                "about that as well: compare runs that agree, or give --across."
            )


def _machine(record: Record) -> str | None:
    if record.training is None:
        return None
    hardware = record.training.hardware
    return f"{hardware.processor}, {hardware.cores} cores"


def _device(record: Record) -> str | None:
    return None if record.training is None else record.training.hardware.device


def _version(record: Record) -> str | None:
    version = record.environment.versions.get("ganbench")
    return None if version is None else ".".join(version.split(".")[:2])


_FACTS: dict[str, Callable[[Record], str | None]] = {
    "machine": _machine,
    "device": _device,
    "version of ganbench": _version,
}
