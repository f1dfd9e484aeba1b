"""The one way from images to scores, for the samples of a trained cell and for images from anywhere.

Both sides get the same number of images, drawn by seed. Where the reference has a test split of that size, every score
comes with its floor: real test images, with their classes, in place of the samples, through the same metrics. Where
there are three or more such sets of real images, it comes with the floor's spread over them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.scoring.extractors.ready import ready_extractor
from benchmarks.scoring.sources import Side
from common.data.cache import cache_root
from common.data.loading import Dataset, load_dataset
from common.data.raw import NotThere
from common.metrics.catalogue import METRICS
from common.metrics.extractors.base import Extractor
from common.metrics.floor import LEAST_SETS, MOST_SETS, floor, floor_spread, with_floor
from common.metrics.judge import Judgement, JudgeProgress, check_judge, score
from common.metrics.metric import Settings
from common.metrics.score import FloorSpread, Score
from common.progress import OnProgress
from common.specs.dataset_spec import USUAL_EXTRACTOR, USUAL_METRICS
from common.specs.datasets import dataset_spec
from common.specs.judge import ALL, JudgeSpec


class _Floors(NamedTuple):
    """Floors and their spreads by score, and why others are left out."""

    scores: dict[str, Score]
    spreads: dict[str, FloorSpread]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """The real side: its images, their split, real test images for the floor, and how it wants to be judged
    where nobody says otherwise. `floors` are those that were computed already: they are the same for all samples."""

    images: Side
    split: str
    test: Side | None = None
    extractor: str = USUAL_EXTRACTOR
    metrics: Sequence[str] = USUAL_METRICS
    floors: dict[tuple[Any, ...], _Floors] = field(default_factory=dict, compare=False, repr=False)


def dataset_reference(name: str, split: str = "train", progress: OnProgress | None = None, **options: Any) -> Reference:
    """A data set as the real side; against its training images, its test images give the floor.

    Args:
        name: the data set. split: which of its images the samples meet.
        progress: as in `load_dataset`. options: image_size, resize, data_dir and cache_dir of `load_dataset`.

    Raises:
        BadInput: the data set or its split is not there or cannot be used; a test split need not be.
    """
    spec = dataset_spec(name)
    real, test = load_dataset(name, split=split, progress=progress, **options), None
    if split == "train" and "test" in spec.splits:
        try:
            test = _side(load_dataset(name, split="test", progress=progress, **options))
        except NotThere:  # a folder of pictures need not have any; scores then have no floor
            test = None
    return Reference(_side(real), split, test, spec.extractor, spec.metrics)


def judge_images(
    samples: Side,
    reference: Reference,
    judge: JudgeSpec,
    *,
    cache_dir: Path | None = None,
    threads: int | None = None,
    batch_size: int = 128,
    progress: JudgeProgress | None = None,
    with_floors: bool = True,
) -> Judgement:
    """Scores of `samples` against `reference`, with floors, as `judge` wants them.

    Args:
        samples, reference: the two sides; the larger is cut to the size of the smaller, or both to `judge.n`.
        judge: see `JudgeSpec`. cache_dir: see `cache_root`.
        threads, batch_size, progress: see `common.metrics.judge.score`.
        with_floors: whether the scores come with floors.

    Returns:
        the scores; and why others that were asked for, or floors, are left out.

    Raises:
        BadInput: an unknown metric or extractor, one that cannot be had, or fewer images than `judge.n`.
    """
    check_judge(judge)
    count = judge.n or min(len(samples), len(reference.images))
    own, real = samples.draw(count), reference.images.draw(count)
    eyes = ready_extractor(judge.extractor or reference.extractor, threads, cache_dir)
    metrics = judge.metrics or reference.metrics
    options: dict[str, Any] = {
        "reference": real.name,
        "reference_split": reference.split,
        "reference_labels": real.labels,
        "settings": Settings(k=judge.k),
        "where_possible": judge.metrics is None or ALL in metrics,
        "cache_dir": cache_root(cache_dir),
        "batch_size": batch_size,
        "progress": progress,
    }
    wanted = tuple(METRICS) if ALL in metrics else metrics
    scores, left_out = score(own.images, real.images, eyes, wanted, labels=own.labels, **options)
    if scores and with_floors:
        found = _floors(reference, real, eyes, tuple(scores), options)  # a metric that the samples lack needs none
        scores = with_floor(scores, found.scores, found.spreads)
        left_out += tuple(f"No floor: {reason}" for reason in found.left_out if reason not in left_out)
    return Judgement(scores, left_out)


def _floors(
    reference: Reference, real: Side, eyes: Extractor, metrics: tuple[str, ...], options: dict[str, Any]
) -> _Floors:
    """What other real images score against `real`, the images drawn of `reference`; computed once."""
    key = (len(real), eyes.name, eyes.sha256, metrics, options["settings"])
    if key not in reference.floors:
        test, count = reference.test, len(real)
        scores, lacking = Judgement({}, ())
        if test is not None and len(test) >= count:
            scores, lacking = floor(
                test.images, real.images, eyes, metrics, count=count, real_labels=test.labels, **options
            )
        split, sets = _other_sets(reference, count)
        spreads = floor_spread(
            [(each.images, each.labels) for each in sets], real.images, eyes, metrics, split=split, **options
        )
        reference.floors[key] = _Floors(scores, spreads, lacking)
    return reference.floors[key]


def _other_sets(reference: Reference, count: int) -> tuple[str, list[Side]]:
    """Disjoint sets of `count` real images that are not in the reference's draw, and the split they are all of: the
    test images if they make up three sets, else what the draw left of the reference's own split."""
    if reference.test is not None and len(reference.test) >= LEAST_SETS * count:
        return "test", reference.test.disjoint(count, MOST_SETS)
    return reference.split, reference.images.disjoint(count, MOST_SETS + 1)[1:]


def _side(data: Dataset) -> Side:
    return Side(data.images, data.labels, data.spec.name)
