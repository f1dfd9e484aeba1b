"""`ganbench compare`: contenders against one of them, or a run against an earlier one, seed by seed: verdicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results.aims import Aims
from benchmarks.results.pairing import REFERENCE, references, seed_key, successors, twins
from benchmarks.results.quantities import EPOCH_TIME, Pairs, Quantity, quantities
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.statistics import LEAST_FOR_INTERVAL
from benchmarks.results.variants import variants
from benchmarks.results.verdicts import Verdict, judge_means, judged_together
from common.errors import BadInput, unknown_name

_NO_AIMS = Aims()


@dataclass(frozen=True)
class _Comparison:
    """One quantity of one engine on one model and data set, or over all of them, against `against`; `variant` tells
    apart what a sweep made of one model."""

    model: str
    dataset: str
    engine: str
    variant: str
    against: str
    quantity: Quantity


def pairs_of(records: list[Record], earlier: list[Record] | None = None, reference: str = REFERENCE) -> Pairs:
    """What is compared with what: (record, its twin of contender `reference`); or, of two runs, (record, the same
    cell's earlier one).

    Raises:
        BadInput: the two runs have no finished cell in common, or nothing of `reference` is finished.
    """
    if earlier is None:
        known = references(records)
        if reference != REFERENCE and reference not in known:
            raise unknown_name("contender", reference, known)
        return twins(records, reference)
    pairs = successors(records, earlier)
    if not pairs:
        raise BadInput("The two runs have no finished cell in common: compare runs of the same matrix.")
    return pairs


def comparison_rows(
    records: list[Record],
    earlier: list[Record] | None = None,
    aims: Aims = _NO_AIMS,
    reference: str = REFERENCE,
) -> list[Row]:
    """One row per model, data set, engine and quantity: the mean over seeds of the paired ratio or difference.

    `epoch_time` is a ratio (engine / reference; neutral value 1; geometric mean), scores are differences (engine -
    reference; neutral value 0). An engine that ran on three models or more has last rows with the means over them, of
    times and of the scores of the page. The verdicts on one quantity are corrected together, by Holm, those over models
    apart; `value` and interval are each row's own.

    Args:
        records: of a run.
        earlier: of another run; then each cell is compared with itself there, instead of engines with the reference.
        aims: the margins.
        reference: the contender that the others are compared with.

    Raises:
        BadInput: the two runs have no finished cell in common, or nothing of the reference is finished.
    """
    against = reference if earlier is None else "the earlier run"
    single = list(_comparisons(pairs_of(records, earlier, reference), against, aims))
    return [_row(each) for each in [*_corrected(single), *_corrected(list(_across_models(single)))]]


def _comparisons(pairs: Pairs, against: str, aims: Aims) -> Iterator[_Comparison]:
    groups: dict[tuple[str, ...], list[tuple[Record, Record]]] = {}
    for record, base in pairs:
        cell = record.cell
        group = (cell.model.name, cell.dataset, cell.contender, seed_key(record))
        groups.setdefault(group, []).append((record, base))
    told = variants(record.cell for record, _ in pairs)
    for (model, dataset, engine, key), members in groups.items():
        for quantity in quantities(members, aims):
            yield _Comparison(model, dataset, engine, told[key], against, quantity)


def _corrected(comparisons: list[_Comparison]) -> list[_Comparison]:
    """The same with the verdicts on each quantity judged together: a table invites to look for the largest."""
    found: dict[int, Verdict] = {}
    for name in dict.fromkeys(each.quantity.name for each in comparisons):
        verdicts = {
            index: each.quantity.verdict
            for index, each in enumerate(comparisons)
            if each.quantity.name == name and each.quantity.verdict is not None
        }
        found |= dict(zip(verdicts, judged_together(list(verdicts.values())), strict=True))
    return [
        dataclasses.replace(each, quantity=dataclasses.replace(each.quantity, verdict=found.get(index)))
        for index, each in enumerate(comparisons)
    ]


def _across_models(comparisons: list[_Comparison]) -> Iterator[_Comparison]:
    """Per engine and quantity of the page the mean over models: of times the geometric one of the ratios, of scores
    that of the differences. Each model counts once, whatever its seeds, data sets and variants."""
    groups: dict[tuple[str, str], tuple[_Comparison, dict[str, list[Verdict]]]] = {}
    for each in comparisons:
        name, verdict = each.quantity.name, each.quantity.verdict
        if verdict and (name == EPOCH_TIME or (each.quantity.main and verdict.form == "difference")):
            _, models = groups.setdefault((name, each.engine), (each, {}))
            models.setdefault(each.model, []).append(verdict)
    for first, models in groups.values():
        if len(models) >= LEAST_FOR_INTERVAL:
            verdict = judge_means(list(models.values()))
            quantity = dataclasses.replace(first.quantity, verdict=verdict, noise=None, unit="model")
            yield dataclasses.replace(first, model=f"all {len(models)}", dataset="all", variant="", quantity=quantity)


def _row(each: _Comparison) -> Row:
    quantity, verdict = each.quantity, each.quantity.verdict
    noise, summary = quantity.noise, verdict and verdict.summary
    return {
        "model": each.model, "dataset": each.dataset, "engine": each.engine, "variant": each.variant,
        "against": each.against, "quantity": quantity.name, "main": quantity.main, "form": verdict and verdict.form,
        "value": summary and summary.mean, "low": summary and summary.low, "high": summary and summary.high,
        "level": summary and summary.level, "replicates": summary and summary.count, "replicate": quantity.unit,
        "margin": verdict and verdict.margin, "margin_from": quantity.margin_from,
        "verdict": quantity.words(),
        "process_noise": noise and noise.process, "seed_noise": noise and noise.seed,
    }  # fmt: skip
