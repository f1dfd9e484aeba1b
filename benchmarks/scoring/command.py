"""`ganbench score` as a function: images in a folder or file, scored against a data set or against other images.

judgement = score_images(Path("samples"), "mnist", JudgeSpec(), data_dir=Path("data"))
print(as_text(judgement))
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.scoring.pipeline import Reference, dataset_reference, judge_images
from benchmarks.scoring.sources import read_source
from common.data.resize import SIZES
from common.errors import BadInput
from common.metrics.judge import Judgement, JudgeProgress
from common.metrics.score import Score
from common.specs.judge import JudgeSpec


def score_images(
    samples: Path,
    against: str,
    judge: JudgeSpec,
    *,
    split: str = "train",
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    threads: int | None = None,
    batch_size: int = 128,
    progress: JudgeProgress | None = None,
) -> Judgement:
    """Score the images at `samples` (folder, .npy, .npz) against a data set or other images.

    Args:
        samples: see `sources.read_source`.
        against: a data set's name, or the path of a folder, .npy or .npz with real images.
        judge: which scores, how.
        split: of the data set. data_dir, cache_dir: see `load_dataset`.
        threads, batch_size, progress: see `common.metrics.judge.score`; `progress` is also called with
            ("reading", pictures, pictures in all).

    Raises:
        BadInput: anything of the above that does not exist, does not fit, or is too little for any score.
    """
    reading = None if progress is None else lambda done, total: progress("reading", done, total)
    own = read_source(samples, reading)
    path = Path(against)
    if path.exists() or path.suffix in (".npy", ".npz"):
        reference = Reference(read_source(path, reading), "all")
    else:
        height, width = own.images.shape[1:3]
        size = height if height == width and height in SIZES else None
        places = {"data_dir": data_dir, "cache_dir": cache_dir}
        reference = dataset_reference(against, split, reading, image_size=size, **places)
    judgement = judge_images(
        own, reference, judge, cache_dir=cache_dir, threads=threads, batch_size=batch_size, progress=progress
    )
    if not judgement.scores:
        raise BadInput(f"Nothing was scored. {' '.join(judgement.left_out)}")
    return judgement


def as_json(judgement: Judgement) -> dict[str, dict[str, Any]]:
    """The scores in plain types: name -> value, display_name, higher_is_better, protocol, extra, and floors."""
    return {name: _entry(score) for name, score in judgement.scores.items()}


def as_text(judgement: Judgement) -> str:
    """The scores as lines of plain text: name, value, direction, floor; then the protocol and what to beware of."""
    scores = judgement.scores.values()
    width = max(len(score.display_name) for score in scores)
    lines = []
    for score in scores:
        arrow = "higher is better" if score.higher_is_better else "lower is better"
        real = "" if score.floor is None else f"   real data {score.floor:.4g}"
        real += "" if score.floor_spread is None else f" (+- {score.floor_spread.deviation:.2g})"
        lines.append(f"{score.display_name:<{width}}  {score.value:>10.4g}   {arrow}{real}")
    protocol = next(iter(scores)).protocol
    reference = f"{protocol['reference']} {protocol['reference_split']}"
    images = f"{protocol['reference_samples']} images of {reference} (SHA-256 {protocol['reference_sha256'][:12]})"
    eyes = f"extractor {protocol['extractor']} (SHA-256 {protocol['extractor_sha256'][:12]})"
    lines += ["", f"{protocol['samples']} samples against {images}, {eyes}: {protocol['preparation']}."]
    return "\n".join([*lines, *notes(judgement)])


def notes(judgement: Judgement) -> list[str]:
    """Sentences that a reader of these scores should know."""
    scores, result = judgement.scores, []
    if (inception := scores.get("inception_score")) and inception.protocol.get("splits") == 1:
        result.append("Inception Score: one split, because fewer than 5,000 samples; published scores use 10 splits.")
    if (fid := scores.get("fid")) and fid.extra.get("rank_deficient"):
        result.append("FID: fewer samples than features (or constant features), so its bias is large; see KID.")
    if all(score.floor is None for score in scores.values()):
        result.append("No floor: the reference has no test images, or not enough of them.")
    return result + [f"Left out: {reason}" for reason in judgement.left_out]


def _entry(score: Score) -> dict[str, Any]:
    entry = {"value": score.value, "display_name": score.display_name, "higher_is_better": score.higher_is_better}
    entry |= {"protocol": score.protocol, "extra": score.extra}
    if score.floor is not None:
        entry["floor"] = score.floor
    if score.floor_spread is not None:
        entry["floor_spread"] = score.floor_spread.model_dump()
    return entry
