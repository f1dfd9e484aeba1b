"""The floor: what real images score in place of samples, and how much that depends on which real images they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.metrics.conditions import choose
from common.metrics.extractors.base import Extractor
from common.metrics.judge import USUAL_SETTINGS, Judgement, Labels, score
from common.metrics.score import FloorSpread, Score

# a standard deviation of fewer numbers says next to nothing
LEAST_SETS = 3
MOST_SETS = 8


def floor(
    real_images: NDArray[np.uint8],
    reference_images: NDArray[np.uint8],
    extractor: Extractor,
    metrics: Sequence[str],
    *,
    count: int,
    real_labels: Labels | None = None,
    **options: Any,
) -> Judgement:
    """What real images would score: `count` images of another real split, drawn by seed, in place of samples.

    Pass the test split as `real_images`, the reference that the samples meet as `reference_images`, and the number
    of samples as `count`, so that both rows of a table stand under one protocol. `real_labels` are the classes of
    `real_images`, for the scores of conditional models; `options` are those of `score`. With a `cache_dir` among
    them, features are kept there.

    Raises:
        BadInput: the other split holds fewer than `count` images; use fewer samples. And as `score`.
    """
    if count > len(real_images):
        raise BadInput(
            f"The real-against-real floor needs {count} images, but the other split holds {len(real_images)}: "
            "score fewer samples, or go without the floor."
        )
    chosen = choose(len(real_images), count, options.get("settings", USUAL_SETTINGS).seed)
    labels = None if real_labels is None else real_labels[chosen]
    options |= {"labels": labels, "keep_samples": True}
    return score(real_images[chosen], reference_images, extractor, metrics, **options)


def floor_spread(
    sets: Sequence[tuple[NDArray[np.uint8], Labels | None]],
    reference_images: NDArray[np.uint8],
    extractor: Extractor,
    metrics: Sequence[str],
    *,
    split: str,
    **options: Any,
) -> dict[str, FloorSpread]:
    """How far the floor moves with the draw: the standard deviation of the scores of disjoint sets of real images.

    Every set meets the same reference under the same protocol, so what differs is only which images were drawn, as
    it does between two sets of samples of one perfect generator. Two scores that are closer than this cannot be told
    apart by the judge.

    Args:
        sets: images and their classes (or None), all of one size, disjoint from each other and from the reference;
            as many as the samples are. `conditions.disjoint` draws them.
        split: which split they are of, for the record. options: as in `score`.

    Returns:
        by name; a score that not all sets have is left out, as are all with fewer than three sets.
    """
    if len(sets) < LEAST_SETS:
        return {}
    found = [
        score(images, reference_images, extractor, metrics, labels=labels, keep_samples=True, **options).scores
        for images, labels in sets
    ]
    values = {name: [each[name].value for each in found if name in each] for name in found[0]}
    count = len(sets[0][0])
    return {
        name: FloorSpread(deviation=float(np.std(each, ddof=1)), sets=len(each), images=count, split=split)
        for name, each in values.items()
        if len(each) == len(sets)
    }


def with_floor(
    scores: Mapping[str, Score], floors: Mapping[str, Score], spreads: Mapping[str, FloorSpread] | None = None
) -> dict[str, Score]:
    """`scores`, each with the value of the same score in `floors` as its floor and its spread, where they are there."""
    return {
        name: each.model_copy(
            update={
                "floor": floors[name].value if name in floors else each.floor,
                "floor_spread": (spreads or {}).get(name, each.floor_spread),
            }
        )
        for name, each in scores.items()
    }
