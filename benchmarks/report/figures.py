"""The figures of a report: which there are, and what of the records goes into each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.pictures.differences import differences, save_differences
from benchmarks.pictures.forest import MOST_RATIOS, Ratio, save_forest
from benchmarks.pictures.heat import save_heat
from benchmarks.pictures.losses import save_losses
from benchmarks.pictures.progress import save_progress
from benchmarks.pictures.scores import Point, save_agreement, save_precision_recall
from benchmarks.pictures.sweep import save_sweeps
from benchmarks.report.gathered import Gathered
from benchmarks.report.groups import Group, groups
from benchmarks.results.best import main_score
from benchmarks.results.quantities import EPOCH_TIME, time_margin
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.run_folder import file_name
from benchmarks.results.statistics import summarize
from benchmarks.results.variants import without_sections
from benchmarks.results.verdicts import RATIO_MARGIN
from common.specs.cell import CONTENDER

_AGREEMENT = "label_agreement"


@dataclass(frozen=True)
class Figure:
    """A figure as two files, .svg and .png, and what it shows, in words for those who cannot see it."""

    stem: Path
    text: str


def save_figures(
    folder: Path, gathered: Gathered, comparison: list[Row], races: list[Row], but: frozenset[str] = frozenset()
) -> list[Figure]:
    """Write every figure that there is something for below `folder`; returns them in the order of a report.

    Args:
        but: kinds that are not wanted: "forest", "losses".
    """
    made = groups(gathered)
    return [
        *(_forests(folder, gathered, comparison, races) if "forest" not in but else []),
        *_sweeps(folder, gathered, races),
        *_precision_recall(folder, made),
        *(figure for twins in _twins(made) for figure in _of_twins(folder, twins, gathered, but)),
    ]


def _twins(made: list[Group]) -> Iterator[list[Group]]:
    """Groups that differ in nothing but their contender."""
    found: dict[str, list[Group]] = {}
    for group in made:
        found.setdefault(group.cells[0].identity(*CONTENDER, "seed"), []).append(group)
    yield from found.values()


def _of_twins(folder: Path, twins: list[Group], gathered: Gathered, but: frozenset[str]) -> Iterator[Figure]:
    cell = twins[0].cells[0]
    name, title = f"{cell.model.name}-{cell.dataset}", f"{cell.model.name} on {cell.dataset}"
    if "(" in twins[0].engine:  # a variant, told in brackets
        variant = twins[0].engine.partition("(")[2].rstrip(")")
        name, title = f"{name}-{variant}", f"{title}, {variant}"
    contenders = {group.cells[0].contender: group.records for group in twins}
    drawn: list[tuple[str, str, Callable[[Path], object] | None]] = [
        ("losses", "losses of every contender, iteration by iteration", _losses(contenders, title)),
        ("progress", "scores against epochs and seconds of training", _progress(contenders, title)),
        *_drifts(contenders, title, gathered),
        ("classes", "how often samples show the class that was asked for", _agreement(contenders, title)),
    ]
    for kind, text, draw in drawn:
        if draw is not None and kind not in but:
            stem = folder / f"{file_name(name)}-{kind}"
            draw(stem)
            yield Figure(stem, f"{title}: {text}")


def _losses(contenders: dict[str, list[Record]], title: str) -> Callable[[Path], object] | None:
    known = {
        name: [record.training for record in records if record.training and any(record.training.losses.values())]
        for name, records in contenders.items()
    }
    known = {name: trainings for name, trainings in known.items() if trainings}
    return (lambda stem: save_losses(stem, known, title)) if known else None


def _progress(contenders: dict[str, list[Record]], title: str) -> Callable[[Path], object] | None:
    known = {name: [each for each in records if len(each.history) > 1] for name, records in contenders.items()}
    known = {name: records for name, records in known.items() if records}
    first = next((record for records in known.values() for record in records), None)
    score = main_score(first.cell.judge, first.metrics) if first else None
    return (lambda stem: save_progress(stem, known, score, title)) if score else None


def _drifts(
    contenders: dict[str, list[Record]], title: str, gathered: Gathered
) -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    """How the first contender and each other drift apart, in the first seed that both have samples of."""
    (first, base), *others = contenders.items()
    for name, records in others:
        by_seed = {each.cell.seed: each for each in reversed(records)}
        for one in base:
            other = by_seed.get(one.cell.seed)
            found = [] if other is None else differences(*((r, gathered.folders[r.cell.id]) for r in (one, other)))
            if found:
                head = f"{title}, seed {one.cell.seed}: {first} against {name}, difference"
                text = f"difference of {first} and {name} from the same noise, early in the training"
                kind = f"{file_name(name)}-difference"
                yield kind, text, partial(save_differences, rows=found, title=head)
                break


def _agreement(contenders: dict[str, list[Record]], title: str) -> Callable[[Path], object] | None:
    known = {name: [classes for r in records if (classes := _classes(r))] for name, records in contenders.items()}
    known = {name: seeds for name, seeds in known.items() if seeds}
    return (lambda stem: save_agreement(stem, known, title)) if known else None


def _classes(record: Record) -> dict[str, float] | None:
    """By class, the share of samples that are read as the class that was asked for; None if the record has no such."""
    found = record.metrics[_AGREEMENT].extra.get("classes") if _AGREEMENT in record.metrics else None
    known = isinstance(found, dict) and all(isinstance(share, int | float) for share in found.values())
    return found if known else None


def _forests(folder: Path, gathered: Gathered, comparison: list[Row], races: list[Row]) -> Iterator[Figure]:
    raced = [_ratio(row, row["contender"], row["ratio"]) for row in races if not row["control"] and row["low"]]
    if raced:
        stem, many = folder / "speed-races", len(raced) > MOST_RATIOS
        means = [ratio for ratio in raced if ratio.mean] if many else []  # the others stand in the map
        shown = _means_first(means or raced)
        margin = _race_margin(gathered)
        save_forest(stem, shown, margin, "Speed in races", "time over the reference's (below 1: faster)")
        yield Figure(stem, f"time of each contender over the reference's in races, with intervals{_of(shown, raced)}")
        if many:
            stem = folder / "speed-map"
            save_heat(stem, raced, "Speed in races", "time over the reference's (below 1, blue: faster)")
            yield Figure(stem, "time of each contender over the reference's, a row for each race")
    timed = [_ratio(row, row["engine"], row["value"]) for row in comparison if row["quantity"] == EPOCH_TIME]
    if timed:
        margin, _ = time_margin(gathered.aims)
        stem = folder / "speed-trainings"
        against = timed and next(row["against"] for row in comparison)
        axis = f"time of an epoch over that of {against} (below 1: faster)"
        shown = _means_first(timed)
        save_forest(stem, shown, margin, "Speed of the trainings", axis)
        what = f"time of an epoch over that of {against}, with intervals from three seeds on"
        yield Figure(stem, what + _of(shown, timed))


def _sweeps(folder: Path, gathered: Gathered, races: list[Row]) -> Iterator[Figure]:
    if not any(row["low"] for row in races if not row["control"]):
        return
    for stem in save_sweeps(folder, races, _race_margin(gathered)):
        yield Figure(stem, "ratios in races over batch size or width: where a framework's overhead stops to matter")


def _race_margin(gathered: Gathered) -> float:
    return gathered.races[0].rules.margin if gathered.races else RATIO_MARGIN


def _ratio(row: Row, contender: str, value: float) -> Ratio:
    variant = f" ({without_sections(row['variant'])})" if row.get("variant") else ""
    mean = row["dataset"] == "all"
    several = "races" if "race" in row else "models"
    label = f"{row['model']} {several}" if mean else f"{row['model']} on {row['dataset']}{variant}"
    decided = row["verdict"].startswith(("slower", "faster", "equivalent"))
    return Ratio(label, contender, value, row["low"], row["high"], decided, mean)


def _means_first(ratios: list[Ratio]) -> list[Ratio]:
    """As many as a plot holds."""
    return sorted(ratios, key=lambda ratio: not ratio.mean)[:MOST_RATIOS]


def _of(shown: list[Ratio], every: list[Ratio]) -> str:
    return f"; {len(shown)} of {len(every)}, the tables have all" if len(shown) < len(every) else ""


def _precision_recall(folder: Path, made: list[Group]) -> Iterator[Figure]:
    for dataset in dict.fromkeys(group.dataset for group in made):
        points, floor = [], None
        for group in made:
            known = [r for r in group.records if {"precision", "recall"} <= r.metrics.keys()]
            if group.dataset != dataset or not known:
                continue
            means = [summarize([r.metrics[name].value for r in known]).mean for name in ("precision", "recall")]
            points.append(Point(group.model, group.cells[0].contender, means[0], means[1]))
            floors = [known[0].metrics[name].floor for name in ("precision", "recall")]
            if floors[0] is not None and floors[1] is not None:
                floor = (floors[0], floors[1])
        if points:
            stem = folder / f"{file_name(dataset)}-precision-recall"
            save_precision_recall(stem, points, floor, dataset)
            yield Figure(stem, f"recall against precision of every model on {dataset}")
