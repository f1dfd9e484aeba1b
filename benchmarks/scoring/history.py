"""Scores of the generators that a training left on its way, and the best of them, whose weights are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.results.best import best_epoch, main_score
from benchmarks.results.cell_folder import CellFolder, Scores
from benchmarks.results.records import JudgedEpoch
from common.errors import BadInput
from common.files import copy_file
from common.metrics.judge import Judgement
from common.specs.cell import Cell
from common.tensor_files import load_notes


def with_history(scores: Scores, folder: CellFolder, cell: Cell, judge: Callable[[Path], Judgement]) -> Scores:
    """`scores` of the final generator with those of the epochs before that the cell's judge wants to see.

    Args:
        judge: scores the samples in a file.

    Returns:
        The same, with history and best epoch; its reason names the epochs that have no samples, and a main score
        that was not computed.
    """
    *before, last = cell.judged_epochs() or [0]
    if last == 0 or not scores.metrics:
        return scores
    there = [epoch for epoch in before if folder.judged_samples_file(epoch).is_file()]
    history = [JudgedEpoch(epoch=epoch, scores=_values(judge(folder.judged_samples_file(epoch)))) for epoch in there]
    history.append(JudgedEpoch(epoch=last, scores={name: score.value for name, score in scores.metrics.items()}))
    name, reasons = main_score(cell.judge, scores.metrics), [scores.reason]
    best = None if name is None else best_epoch(history, name, scores.metrics[name].higher_is_better)
    if best is None:
        reasons.append(f"There is no best generator: its main score, {cell.judge.main}, was not computed.")
    if missing := sorted(set(before) - set(there)):
        reasons.append(
            f"After epoch {', '.join(map(str, missing))} no samples were kept, since judge.every was another then: "
            "delete the cell's folder to train it again."
        )
    reason = " ".join(filter(None, reasons)) or None
    return scores.model_copy(update={"history": history, "best_epoch": best, "reason": reason})


def keep_best(folder: CellFolder, scores: Scores) -> None:
    """Leave the weights of the best generator, and of no other but the last, which is kept anyhow.

    Samples stay: another judge can score them. If its best is one whose weights are gone, there is no best.safetensors.
    """
    if not scores.history:
        return
    target, best = folder.best_generator_file, scores.best_epoch
    if best is None:
        target.unlink(missing_ok=True)
        return
    source = folder.judged_generator_file(best)
    if best == scores.history[-1].epoch:
        source = folder.generator_file
    if source.is_file():
        copy_file(source, target)
    elif _epoch_of(target) != best:
        target.unlink(missing_ok=True)
    for each in folder.judged_generator_file(0).parent.glob("*.safetensors"):
        each.unlink()


def _values(judgement: Judgement) -> dict[str, float]:
    return {name: score.value for name, score in judgement.scores.items()}


def _epoch_of(weights: Path) -> int | None:
    try:
        epoch = load_notes(weights).get("epoch")
    except BadInput:
        return None
    return epoch if isinstance(epoch, int) else None
