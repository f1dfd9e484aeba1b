"""The judge: images in, named scores with their protocol out.

    extractor = load_extractor("mnistnet")
    scores = score(samples, reference, extractor, reference="mnist", reference_split="train")
    scores["fid"]["value"], scores["fid"]["display_name"]        # 7.3, "FID (mnistnet)"

Both sets should have the same number of images, because FID, precision and recall drift with it; the `floor` (real
against real at the same N) says how good a perfect model would look under the same protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.metrics.catalogue import Metric, Settings, metrics_for
from common.metrics.checks import TooFewSamples
from common.metrics.evidence import ImageSet, look_at
from common.metrics.extractors.base import Extractor, check_images
from common.metrics.protocol import Protocol, choose, display_name, hash_of_images
from common.metrics.reference_cache import look_at_reference

Scores = dict[str, dict[str, Any]]
JudgeProgress = Callable[[str, int, int], None]
DEFAULT_SETTINGS = Settings()
DEFAULT_METRICS = ("inception_score", "fid", "manifold")


def score(
    samples: NDArray[np.uint8],
    reference_images: NDArray[np.uint8],
    extractor: Extractor,
    *,
    reference: str,
    reference_split: str,
    metrics: Sequence[str] = DEFAULT_METRICS,
    settings: Settings = DEFAULT_SETTINGS,
    labels: NDArray[np.int64] | None = None,
    reference_labels: NDArray[np.int64] | None = None,
    cache_dir: Path | None = None,
    batch_size: int = 128,
    progress: JudgeProgress | None = None,
    left_out: list[str] | None = None,
) -> Scores:
    """Score generated images (N, H, W, C) against real ones (M, H, W, C), both uint8.

    Args:
        samples, reference_images: the two sets; sizes may differ, each is prepared by the extractor.
        extractor: see `common.metrics.extractors.catalogue.load_extractor`.
        reference, reference_split: what the real images are, for the protocol ("mnist", "train").
        metrics: names of scores or families, see `catalogue.METRICS`.
        settings: k, splits, seed.
        labels, reference_labels: class of each image (N,), (M,), for conditional models.
        cache_dir: where features of reference sets are kept between calls; None keeps none.
        batch_size: images per run of the network; changes nothing but memory.
        progress: called with ("samples" or "reference", images done, images in all).
        left_out: if given, a score for which there are too few images, or too few of a class, is left out and the
            reason appended here; without it that is an error.

    Returns:
        score name -> {"value", "display_name", "higher_is_better", "protocol", "extra"}; plain types, ready for JSON.

    Raises:
        BadInput: unknown metric, images that are not uint8 NHWC, no images, too few for k (TooFewSamples).
        NonFiniteValues: the network gave NaN or infinity, with counts.
    """
    families = metrics_for(list(metrics))
    generated = look_at(
        samples, extractor, labels, what="samples", batch_size=batch_size, progress=_labelled(progress, "samples")
    )
    check_images(reference_images, "reference images")
    reference_sha256 = hash_of_images(reference_images)
    known: dict[str, Any] = {"batch_size": batch_size, "progress": _labelled(progress, "reference")}
    if cache_dir is None:
        real = look_at(reference_images, extractor, reference_labels, what="reference images", **known)
    else:
        known["images_sha256"] = reference_sha256
        real = look_at_reference(reference_images, extractor, cache_dir, reference_labels, **known)
    protocol = Protocol(
        extractor=extractor.name,
        extractor_sha256=extractor.sha256,
        preparation=extractor.preparation,
        samples=len(samples),
        reference=reference,
        reference_split=reference_split,
        reference_samples=len(reference_images),
        reference_sha256=reference_sha256,
    )
    result: Scores = {}
    for family in families:
        try:
            computed = family.compute(generated, real, settings)
        except TooFewSamples as error:
            if left_out is None:
                raise
            left_out.append(str(error))
            continue
        for name, entry in computed.items():
            result[name] = {
                "value": entry.value,
                "display_name": _printed(family, name, extractor),
                "higher_is_better": family.higher_is_better,
                "protocol": protocol.model_copy(update=dict(entry.protocol)).model_dump(exclude_none=True),
                "extra": dict(entry.extra),
            }
    return result


def floor(
    real_images: NDArray[np.uint8],
    reference_images: NDArray[np.uint8],
    extractor: Extractor,
    *,
    reference: str,
    reference_split: str,
    count: int,
    real_labels: NDArray[np.int64] | None = None,
    **options: Any,
) -> Scores:
    """What real images would score: `count` images of another real split, drawn by seed, in place of samples.

    Pass the test split as `real_images`, the reference that the samples meet as `reference_images`, and the number
    of samples as `count`, so that both rows of a table stand under one protocol. `real_labels` are the classes of
    `real_images`, for the scores of conditional models.

    Raises:
        BadInput: the other split holds fewer than `count` images; use fewer samples. And as `score`.
    """
    if count > len(real_images):
        raise BadInput(
            f"The real-against-real floor needs {count} images, but the other split holds {len(real_images)}: "
            "score fewer samples, or go without the floor."
        )
    chosen = choose(len(real_images), count, options.get("settings", DEFAULT_SETTINGS).seed)
    return score(
        real_images[chosen],
        reference_images,
        extractor,
        reference=reference,
        reference_split=reference_split,
        labels=None if real_labels is None else real_labels[chosen],
        **options,
    )


def with_floor(scores: Scores, floors: Mapping[str, Mapping[str, Any]]) -> Scores:
    """`scores` with the value of the same score in `floors` added to each entry as "floor"."""
    return {
        name: {**entry, "floor": floors[name]["value"]} if name in floors else dict(entry)
        for name, entry in scores.items()
    }


def _printed(family: Metric, name: str, extractor: Extractor) -> str:
    return display_name(family.scores[name], extractor.name) if family.through_extractor else family.scores[name]


def _labelled(progress: JudgeProgress | None, which: str) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(which, done, total)


__all__ = ["DEFAULT_METRICS", "ImageSet", "Scores", "Settings", "floor", "score", "with_floor"]
