"""What may stand in one comparison: one machine, one device, comparable versions of ganbench, one protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from benchmarks.results.quantities import Pairs
from benchmarks.results.records import Environment, Record
from common.errors import BadInput


def check_alike(records: Sequence[Record], pairs: Pairs = ()) -> None:
    """Refuse to compare what differs in more than the comparison is about.

    Raises:
        BadInput: `differences` finds some; the message names them.
    """
    if found := differences(records, pairs):
        raise BadInput(
            f"These records differ in their {'; '.join(found)}, so what they say about engines would be about that as "
            "well: compare runs that agree, or give --across."
        )


def differences(records: Sequence[Record], pairs: Pairs = ()) -> list[str]:
    """What the records do not have in common but should: machine, device, Major.Minor version; and each of `pairs` its
    images, its threads if it is one contender, and of scores protocol and epochs. Each as "device (a / b)"."""
    texts = []
    for what, fact in _FACTS.items():
        found = sorted({known for record in records if (known := fact(record)) is not None})
        if len(found) > 1:
            texts.append(f"{what} ({' / '.join(found)})")
    return [*texts, *dict.fromkeys(text for pair in pairs for text in (*_conditions(*pair), *_protocols(*pair)))]


def other_versions(pairs: Iterable[tuple[Environment, Environment]]) -> list[str]:
    """The packages of which the two of any pair have different versions: "torch 2.13.0 / 2.14.1", in its order."""
    texts: dict[str, None] = {}
    for earlier, later in pairs:
        then, now = earlier.versions, later.versions
        for package in sorted(now.keys() & then.keys()):
            if now[package] != then[package]:
                texts[f"{package} {then[package]} / {now[package]}"] = None
    return list(texts)


def _conditions(mine: Record, base: Record) -> list[str]:
    """What only a pair has to have in common: its images, and where one contender's times are compared, threads."""
    texts = []
    if mine.data and base.data and mine.data.sha256 != base.data.sha256:
        texts.append(f"images of {mine.data.name} ({base.data.sha256[:8]} / {mine.data.sha256[:8]})")
    timed = all(each.training and each.training.clocks for each in (mine, base))
    if timed and mine.cell.contender == base.cell.contender:
        threads = [each.training.hardware.threads for each in (base, mine) if each.training]
        if threads[0] != threads[1]:
            texts.append(f"threads of {mine.cell.contender} ({threads[0]} / {threads[1]})")
    return texts


def _protocols(mine: Record, base: Record) -> list[str]:
    """What two records' scores of one name were measured differently in: "samples of FID (500 / 1000)"."""
    texts = []
    looks = [", ".join(str(look.epoch) for look in each.history) for each in (base, mine)]
    if all(looks) and looks[0] != looks[1]:  # who is looked at more often has the luckier best
        texts.append(f"scored epochs ({' / '.join(looks)})")
    for name in mine.metrics.keys() & base.metrics.keys():
        one, other = mine.metrics[name], base.metrics[name]
        if one.protocol == other.protocol:
            continue
        for key in sorted(one.protocol.keys() | other.protocol.keys()):
            values = sorted({str(each.protocol.get(key)) for each in (one, other)})
            if len(values) > 1:
                texts.append(f"{key} of {one.name} ({' / '.join(values)})")
    return sorted(texts)


class Machine(Protocol):
    """What a record says about the machine it was measured on."""

    processor: str
    cores: int
    memory_bytes: int


def machine_text(machine: Machine) -> str:
    """In words: "AMD EPYC, 2 cores, 24 GB memory"."""
    return f"{machine.processor}, {machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GB memory"


def _machine(record: Record) -> str | None:
    return None if record.training is None else machine_text(record.training.hardware)


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
