"""The table people read: one row per model, data set and engine, in the form of the thesis the project started from.

Several seeds of one configuration are one row: scores are means over the seeds, with their interval from three seeds
on, and ratios geometric means; times are medians over all timed epochs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.results.markdown import markdown_table
from benchmarks.results.pairing import baselines, ratio_to_baseline, seed_key
from benchmarks.results.records import Clocks, Record
from benchmarks.results.speed import epoch_seconds, images_per_second, peak_memory
from benchmarks.results.statistics import median, summarize, summarize_ratios
from common.metrics.score import Score, display_name, qualifier_of
from common.specs.base import flatten

NONE = "-"
# the thesis' order; metrics this list does not know come after it
_ORDER = ("inception_score", "fid", "precision", "recall")


@dataclass(frozen=True)
class Table:
    """Text in columns, with the columns that hold numbers."""

    headers: list[str]
    rows: list[list[str]]
    numeric: frozenset[int]

    def markdown(self) -> str:
        """The table as GitHub Markdown."""
        return markdown_table(self.headers, self.rows, self.numeric)


def summary_table(records: list[Record], compact: bool = False) -> Table:
    """The summary of `records`, with one row of the scores' floors (real against real) per data set.

    `compact` is for terminals: only the thesis' scores, short headers in two lines, no start-up column.
    """
    records = ordered(records)
    groups = _groups(records)
    names = [name for name in _metric_names(records) if not compact or name in _ORDER]
    several = len({record.cell.seed for record in records}) > 1
    costs = _COMPACT_COSTS if compact else _COSTS
    headers = ["model", "dataset", "engine", *(["seeds"] if several else [])]
    headers += [*_score_columns(names, records, compact), *costs.values(), "status"]
    known, rows = baselines(records), []
    for dataset in dict.fromkeys(record.cell.dataset for record in records):
        own = {label: group for label, group in groups.items() if group[0].cell.dataset == dataset}
        for label, group in own.items():
            count = [str(len(group))] if several else []
            numbers = [text for key, text in _cost_cells(group, known).items() if key in costs]
            scores = _score_cells(group, names)
            rows.append([group[0].cell.model.name, dataset, label[1], *count, *scores, *numbers, _status_text(group)])
        floor = _floor_cells([record for group in own.values() for record in group], names)
        if any(cell != NONE for cell in floor):
            count = [NONE] if several else []
            rows.append(["real data", dataset, "(floor)", *count, *floor, *[NONE] * (len(costs) + 1)])
    status = len(headers) - 1
    if all(row[status] in ("finished", NONE) for row in rows):
        headers, rows = headers[:status], [row[:status] for row in rows]
    return Table(headers, rows, frozenset(range(3, status)))


def ordered(records: list[Record]) -> list[Record]:
    """By model, data set, engine (torch first), contender and seed, so that what is compared stands together."""

    def key(record: Record) -> tuple[str, str, bool, str, str, int]:
        cell = record.cell
        return cell.model.name, cell.dataset, cell.engine != "torch", cell.engine, cell.contender, cell.seed

    return sorted(records, key=key)


_COSTS = {
    "epoch": "epoch s (median)",
    "rate": "images/s",
    "ratio": "epoch time / torch's",
    "memory": "peak memory MB",
    "start": "start-up + compile s",
}
_COMPACT_COSTS = {"epoch": "epoch\ns", "rate": "images\n/s", "ratio": "time /\ntorch's", "memory": "peak\nMB"}


def _groups(records: list[Record]) -> dict[tuple[str, str, str], list[Record]]:
    """Records that differ in nothing but the seed, by (configuration, label of the engine, model)."""
    variants = _variants(records)
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        cell = record.cell
        key = seed_key(record)
        label = cell.contender + variants.get(key, "")
        groups.setdefault((key, label, cell.model.name), []).append(record)
    return groups


def _variants(records: list[Record]) -> dict[str, str]:
    """What tells configurations of the same model, data set and engine apart: " (network.width=32)"."""
    alike: dict[tuple[str, ...], dict[str, dict[str, object]]] = {}
    for record in records:
        cell, key = record.cell, seed_key(record)
        name = (cell.model.name, cell.dataset, cell.contender)
        alike.setdefault(name, {})[key] = flatten(json.loads(key))
    texts = {}
    for fields in alike.values():
        every = {key for flat in fields.values() for key in flat}
        differing = sorted(key for key in every if len({str(flat.get(key)) for flat in fields.values()}) > 1)
        for key, flat in fields.items():
            told = ", ".join(f"{field.removeprefix('model.')}={flat.get(field)}" for field in differing)
            texts[key] = f" ({told})" if told else ""
    return texts


def _metric_names(records: list[Record]) -> list[str]:
    found = list(dict.fromkeys(name for record in records for name in record.metrics))
    return sorted(found, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))


def _paired(names: list[str]) -> list[tuple[str, ...]]:
    """The metric of each column; precision and recall share one."""
    pairs: list[tuple[str, ...]] = []
    for name in names:
        if name == "recall" and ("precision",) in pairs:
            pairs[pairs.index(("precision",))] = ("precision", "recall")
        else:
            pairs.append((name,))
    return pairs


def _score_columns(names: list[str], records: list[Record], compact: bool) -> list[str]:
    """Headers of the score columns, with an arrow to the better end; compact ones in lines below each other."""
    columns = []
    for pair in _paired(names):
        found = [[record.metrics[name] for record in records if name in record.metrics] for name in pair]
        arrow = "↑" if found[0][0].higher_is_better else "↓"
        if compact:
            short = " /\n".join(scores[0].name.replace("Inception Score", "IS") for scores in found)
            qualifiers = dict.fromkeys(qualifier_of(score.extractor) for scores in found for score in scores)
            columns.append(f"{short} {arrow}\n{' or '.join(filter(None, qualifiers))}")
        else:
            columns.append(f"{_heading(found)} {arrow}")
    return columns


def _heading(found: list[list[Score]]) -> str:
    """As "Precision / Recall (mnistnet)": an extractor that all scores of a column share is written once."""
    extractors = {score.extractor for scores in found for score in scores}
    if len(extractors) == 1:
        return display_name(" / ".join(scores[0].name for scores in found), extractors.pop())
    return " / ".join(" or ".join(dict.fromkeys(score.display_name for score in scores)) for scores in found)


def _score_cells(group: list[Record], names: list[str]) -> list[str]:
    return [_joined([_mean_text(group, name) for name in pair]) for pair in _paired(names)]


def _joined(parts: list[str]) -> str:
    return NONE if all(part == NONE for part in parts) else " / ".join(parts)


def _mean_text(group: list[Record], name: str) -> str:
    values = [record.metrics[name].value for record in group if name in record.metrics]
    if not values:
        return NONE
    summary = summarize(values)
    text = number(summary.mean)
    return text if summary.low is None else f"{text} [{number(summary.low)}, {number(summary.high)}]"


def _floor_cells(records: list[Record], names: list[str]) -> list[str]:
    cells = []
    for pair in _paired(names):
        parts = []
        for name in pair:
            floors = {floor for r in records if name in r.metrics and (floor := r.metrics[name].floor) is not None}
            parts.append(" or ".join(number(floor) for floor in sorted(floors)) or NONE)
        cells.append(_joined(parts))
    return cells


def _cost_cells(group: list[Record], known: dict[str, Record]) -> dict[str, str]:
    seconds = [value for record in group for value in epoch_seconds(record)]
    rates = [rate for record in group if (rate := images_per_second(record)) is not None]
    memory = [value for record in group if (value := peak_memory(record))]
    ratios = [ratio for record in group if (ratio := ratio_to_baseline(record, known)) is not None]
    return {
        "epoch": number(median(seconds)) if seconds else NONE,
        "rate": f"{median(rates):.0f}" if rates else NONE,
        "ratio": _ratio_text(ratios),
        "memory": f"{max(memory) / 2**20:.0f}" if memory else NONE,
        "start": _start_text([record.training.clocks for record in group if record.training]),
    }


def _start_text(clocks: list[Clocks]) -> str:
    if not clocks:
        return NONE
    startup, compilation = (
        median([getattr(each, f"{name}_seconds") for each in clocks]) for name in ("startup", "compile")
    )
    return f"{startup:.1f} + {compilation:.1f}"


def _ratio_text(ratios: list[float]) -> str:
    if not ratios:
        return NONE
    summary = summarize_ratios(ratios)
    interval = "" if summary.low is None else f" [{summary.low:.2f}, {summary.high:.2f}]"
    return f"{summary.mean:.2f}{interval}"


def _status_text(group: list[Record]) -> str:
    texts = []
    for record in group:
        text: str = record.status
        if record.diverged_in_epoch is not None:
            text += f" in epoch {record.diverged_in_epoch}"
        elif record.scoring_failed:
            text = "not scored"
        texts.append(text)
    counts = {text: texts.count(text) for text in dict.fromkeys(texts)}
    return ", ".join(
        text if len(group) == 1 or count == len(group) else f"{count} {text}" for text, count in counts.items()
    )


def number(value: float | None) -> str:
    """Three significant digits: 0.0512, 1.93, 48.2, 1234; an exponent only below 0.0001."""
    if value is None:
        return NONE
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) < 1e-4:
        return f"{value:.2e}"
    return f"{value:.{max(0, 2 - int(f'{value:e}'.partition('e')[2]))}f}"
