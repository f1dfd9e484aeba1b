"""The judge: images in, named scores with their protocol out.

    extractor = load_extractor("mnistnet")
    judgement = score(samples, reference, extractor, ["fid"], reference="mnist", reference_split="train")
    fid = judgement.scores["fid"]
    fid.value, fid.display_name                                  # 7.3, "FID (mnistnet)"

Both sets should have the same number of images, because FID, precision and recall drift with it; the `floor` (real
against real at the same N, `common.metrics.floor`) says how good a perfect model would look under the same protocol.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput, unknown_name
from common.metrics.catalogue import metrics_for, score_names
from common.metrics.checks import TooFewSamples
from common.metrics.conditions import Conditions, hash_of_images
from common.metrics.evidence import ImageSet, look_at
from common.metrics.extractors.available import EXTRACTORS
from common.metrics.extractors.base import Extractor, check_images
from common.metrics.metric import Measured, Metric, Settings
from common.metrics.reference_cache import look_at_reference
from common.metrics.score import Score
from common.progress import OnProgress
from common.specs.base import Spec
from common.specs.judge import ALL, JudgeSpec

Labels = NDArray[np.int64]
# called with ("samples" or "reference", images done, images in all)
JudgeProgress = Callable[[str, int, int], None]
USUAL_SETTINGS = Settings()


class Judgement(NamedTuple):
    """Scores by name, in the order of the catalogue, and one sentence for each that could not be computed."""

    scores: dict[str, Score]
    left_out: tuple[str, ...]


def check_judge(judge: JudgeSpec) -> None:
    """Raises BadInput if the metrics, the main score or the extractor that `judge` names do not exist, with the nearest
    name."""
    metrics_for([name for name in judge.metrics or () if name != ALL])
    if judge.main is not None and judge.main not in score_names():
        raise unknown_name("main score", judge.main, score_names())
    if judge.extractor is not None:
        EXTRACTORS.find(judge.extractor)


def score(
    samples: NDArray[np.uint8],
    reference_images: NDArray[np.uint8],
    extractor: Extractor,
    metrics: Sequence[str],
    *,
    reference: str,
    reference_split: str,
    settings: Settings = USUAL_SETTINGS,
    labels: Labels | None = None,
    reference_labels: Labels | None = None,
    where_possible: bool = False,
    cache_dir: Path | None = None,
    keep_samples: bool = False,
    batch_size: int = 128,
    progress: JudgeProgress | None = None,
) -> Judgement:
    """Score generated images (N, H, W, C) against real ones (M, H, W, C), both uint8.

    Args:
        samples, reference_images: the two sets; sizes may differ, each is prepared by the extractor.
        extractor: see `common.metrics.extractors.available.load_extractor`.
        metrics: names of scores or families, see `catalogue.METRICS`.
        reference, reference_split: what the real images are, for the protocol ("mnist", "train").
        settings: k and seed.
        labels, reference_labels: class of each image (N,), (M,), for conditional models.
        where_possible: nothing is said of metrics that need labels or an extractor other than these.
        cache_dir: where features of reference sets are kept between calls; None keeps none.
        keep_samples: keep those of `samples` there, too: they are real images that will be seen again.
        batch_size: images per run of the network; changes nothing but memory.
        progress: see `JudgeProgress`.

    Returns:
        the scores. A score that these images cannot have, because there are too few, or too few of a class, or no
        labels, is left out with its reason, and costs no other.

    Raises:
        BadInput: unknown metric, images that are not uint8 NHWC, no images; or a plug-in's metric gives a protocol
            or scores that another has already.
        NonFiniteValues: the network gave NaN or infinity, with counts.
    """
    families = metrics_for(metrics)
    reference_sha256 = hash_of_images(check_images(reference_images, "reference images"))
    usual: dict[str, Any] = {"batch_size": batch_size}
    own = {**usual, "what": "samples", "progress": _labelled(progress, "samples")}
    theirs = {**usual, "what": "reference images", "progress": _labelled(progress, "reference")}
    if cache_dir is None or not keep_samples:
        generated = look_at(samples, extractor, labels, **own)
    else:
        generated = look_at_reference(samples, extractor, cache_dir, labels, **own)
    if cache_dir is None:
        real = look_at(reference_images, extractor, reference_labels, **theirs)
    else:
        theirs["images_sha256"] = reference_sha256
        real = look_at_reference(reference_images, extractor, cache_dir, reference_labels, **theirs)
    conditions = Conditions(
        extractor=extractor.name,
        extractor_sha256=extractor.sha256,
        preparation=extractor.preparation,
        samples=len(samples),
        reference=reference,
        reference_split=reference_split,
        reference_samples=len(reference_images),
        reference_sha256=reference_sha256,
    )
    return _computed(families, generated, real, settings, conditions, where_possible)


def _computed(
    families: Sequence[Metric],
    generated: ImageSet,
    real: ImageSet,
    settings: Settings,
    conditions: Conditions,
    where_possible: bool,
) -> Judgement:
    scores: dict[str, Score] = {}
    left_out: list[str] = []
    for metric in families:
        if lack := metric.lacks(generated, real):
            left_out += [] if where_possible else [lack]
            continue
        try:
            found = metric.compute(generated, real, settings)
        except TooFewSamples as error:
            left_out.append(str(error))
            continue
        if twice := scores.keys() & found.keys():
            raise BadInput(f"The metric {metric.name} gives {', '.join(sorted(twice))}, which another has: rename it.")
        for name, measured in found.items():
            if math.isfinite(measured.value):
                scores[name] = _score(metric, name, measured, conditions)
            else:
                left_out.append(f"{metric.scores[name]} came out as {measured.value}.")
    return Judgement(scores, tuple(left_out))


def _score(metric: Metric, name: str, measured: Measured, conditions: Conditions) -> Score:
    return Score(
        name=metric.scores[name],
        extractor=conditions.extractor if metric.through_extractor else None,
        value=measured.value,
        higher_is_better=metric.higher_is_better,
        protocol=joined(conditions, measured.protocol, metric.name),
        extra=dict(measured.extra),
    )


def joined(conditions: Conditions, own: Spec, metric: str) -> dict[str, Any]:
    """The whole protocol of a score as one flat table; what does not apply (None) is left out.

    Raises:
        BadInput: the metric's own conditions have a name that the judge's have.
    """
    if clash := type(conditions).model_fields.keys() & type(own).model_fields.keys():
        raise BadInput(
            f"The protocol of the metric {metric} has {', '.join(sorted(clash))}, which the judge's own conditions "
            "have already: rename it."
        )
    return {**conditions.model_dump(exclude_none=True), **own.model_dump(mode="json", exclude_none=True)}


def _labelled(progress: JudgeProgress | None, which: str) -> OnProgress | None:
    if progress is None:
        return None
    return lambda done, total: progress(which, done, total)
