"""What stands below a table: how the scores were measured, on which machine, with which software."""

from __future__ import annotations

from typing import Any

from benchmarks.report.best import best_notes
from benchmarks.report.proofs import proof_notes
from benchmarks.results.records import Record
from benchmarks.results.statistics import LEAST_FOR_INTERVAL, median
from benchmarks.results.wording import brief, title
from common.specs.cell import Cell

# the system's own work takes a few percent of the cores; more than this is somebody else
_BUSY = 0.1
# missing cells that are named one by one
_MOST_NAMED = 20


def score_notes(records: list[Record]) -> list[str]:
    """The footer of a table of scores, one Markdown line per statement; facts that differ between records are all
    named."""
    return [
        *_scores(records), *best_notes(records), *proof_notes(records), *_seeds(records), *_software(records)
    ]  # fmt: skip


def time_notes(records: list[Record]) -> list[str]:
    """The footer of a table of times."""
    return [
        *_seeds(records),
        *_hardware(records),
        "Epoch seconds: median over all timed epochs, training only; start-up, compilation (the first iteration), "
        "sampling and checkpoints are separate accounts in the records. "
        "The ratio compares each cell with torch (eager) of the same model, data set and seed; below 1 is faster.",
        *_regions(records),
        *proof_notes(records),
        *_software(records),
        *_load(records),
    ]


def _scores(records: list[Record]) -> list[str]:
    """One line per data set and protocol; what only one metric has (k, splits) stands behind its name."""
    groups: dict[tuple[str, str], list[str]] = {}
    different: dict[str, Record] = {}
    for record in records:  # thousands say the same
        said = [(score.display_name, score.protocol) for score in record.metrics.values()]
        different.setdefault(f"{record.cell.dataset} {said}", record)
    for record in different.values():
        shared = _shared_facts([score.protocol for score in record.metrics.values()])
        text = _protocol(shared)
        for score in record.metrics.values():
            own = [f"{key} {value}" for key, value in score.protocol.items() if key not in shared and value is not None]
            name = score.display_name + (f" with {', '.join(own)}" if own else "")
            names = groups.setdefault((record.cell.dataset, text), [])
            if name not in names:
                names.append(name)
    notes = [f"Scores on {dataset}: {', '.join(names)}. {text}." for (dataset, text), names in groups.items()]
    if any(score.floor is not None for record in records for score in record.metrics.values()):
        notes.append(
            'The row "real data" is the floor: what held-out real images score under the same protocol, '
            "so what a perfect generator could reach."
        )
    return notes


def _shared_facts(protocols: list[dict[str, Any]]) -> dict[str, Any]:
    """What all of `protocols` agree on."""
    first = protocols[0] if protocols else {}
    return {key: value for key, value in first.items() if all(each.get(key) == value for each in protocols)}


def _protocol(facts: dict[str, Any]) -> str:
    rest, parts = dict(facts), []
    if "samples" in rest:
        parts.append(f"N = {rest.pop('samples')} generated images")
    if "reference" in rest:
        split, count = rest.pop("reference_split", "?"), rest.pop("reference_samples", "?")
        digest = str(rest.pop("reference_sha256", ""))[:12]
        parts.append(f"{count} reference images of {rest.pop('reference')} {split} (sha256 {digest})")
    if "extractor" in rest:
        digest = str(rest.pop("extractor_sha256", ""))[:12]
        parts.append(f"extractor {rest.pop('extractor')} (sha256 {digest})")
    parts += [f"{key.replace('_', ' ')}: {value}" for key, value in rest.items() if value is not None]
    return ", ".join(parts)


def _seeds(records: list[Record]) -> list[str]:
    if not records:
        return []
    seeds = sorted({record.cell.seed for record in records})
    if len(seeds) < LEAST_FOR_INTERVAL:
        count = "1 seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
        return [
            f"Seeds: {', '.join(map(str, seeds))}. With {count} there is no interval: small differences mean nothing."
        ]
    return [
        f"Seeds: {', '.join(map(str, seeds))}. Scores are means over seeds, ratios of times geometric means; in "
        "brackets their 95 % interval by Student's t (of ratios on the log scale), where a row has at least 3."
    ]


def _hardware(records: list[Record]) -> list[str]:
    lines = []
    for record in records:
        if record.training is None:
            continue
        hardware = record.training.hardware
        kind = "CPU only" if hardware.device == "cpu" else f"GPU {hardware.device}"
        line = (
            f"Hardware ({kind}): {hardware.processor}, {hardware.cores} cores, "
            f"{hardware.memory_bytes / 2**30:.0f} GB memory; precision {record.cell.precision}."
        )
        lines.append(line)
    memory = (
        ["Peak memory is that of the whole process on the CPU, of the device's allocator on a GPU."] if lines else []
    )
    threads = sorted({f"{r.cell.engine} {r.training.hardware.threads}" for r in records if r.training})
    return [*dict.fromkeys(lines), *memory, *([f"CPU threads: {', '.join(threads)}."] if threads else [])]


def _regions(records: list[Record]) -> list[str]:
    """What is compiled, by contender: a compiler is worth what it is given."""
    found = {f"{record.cell.engine} {record.cell.execution}": record.cell.region for record in records}
    listed = "; ".join(f"{contender}: {region}" for contender, region in sorted(found.items()) if region != "nothing")
    return [f"Compiled as one: {listed}."] if listed else []


def _software(records: list[Record]) -> list[str]:
    versions: dict[str, set[str]] = {}
    for named in {(*record.environment.versions.items(), ("Python", record.environment.python)) for record in records}:
        for name, version in named:
            versions.setdefault(name, set()).add(version)
    listed = ", ".join(f"{name} {' / '.join(sorted(found))}" for name, found in sorted(versions.items()))
    commits = {
        f"{record.environment.git_commit[:12]}{' with local changes' if record.environment.git_dirty else ''}"
        for record in records
        if record.environment.git_commit
    }
    plugins = sorted(
        {f"{name} {version}" for record in records for name, version in record.environment.plugins.items()}
    )
    added = [f"Plug-ins: {', '.join(plugins)}."] if plugins else []
    return [f"Software: {listed}.", *added, *([f"Commit: {', '.join(sorted(commits))}."] if commits else [])]


def _load(records: list[Record]) -> list[str]:
    """Says so if something else kept the cores busy while epochs were timed."""
    shares = [share for record in records if (share := _foreign_share(record)) is not None]
    busy = [share for share in shares if share > _BUSY]
    if not busy:
        return []
    return [
        f"While {len(busy)} of {len(records)} cells were timed, other processes used up to {max(busy):.0%} of the "
        "cores: their times may be too long."
    ]


def _foreign_share(record: Record) -> float | None:
    """What others had of the cores in the median epoch."""
    clocks = record.training.clocks if record.training else None
    epochs = clocks.epochs if clocks else []
    shares = [epoch.foreign_share for epoch in epochs if epoch.foreign_share is not None and epoch.timed_iterations]
    return median(shares) if shares else None


def gap_notes(records: list[Record], missing: list[Cell], doubles: int = 0) -> list[str]:
    """What the tables lack, and why: cells that failed, diverged, were not scored or are missing; what was resumed."""
    lines = [f"{title(cell)}: missing. It has not been trained to its end." for cell in missing[:_MOST_NAMED]]
    if len(missing) > _MOST_NAMED:
        lines.append(f"{len(missing) - _MOST_NAMED} more are missing.")
    if doubles:
        lines.append(f"{doubles} cells have a record in several runs: a finished one counts, of two the later.")
    for record in records:
        reason = record.reason if record.status != "finished" else record.metrics_reason
        if reason:
            lines.append(f"{title(record.cell)}: {record.status}. {brief(reason)}")
        if record.crashes:
            lines.append(f"{title(record.cell)}: crashed on the way, and another process went on. {record.crashes[-1]}")
        if record.training and record.training.resumed_at_epochs:
            epochs = ", ".join(map(str, record.training.resumed_at_epochs))
            lines.append(f"{title(record.cell)}: resumed after epoch {epochs}.")
    return lines
