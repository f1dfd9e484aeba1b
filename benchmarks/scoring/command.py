"""`ganbench score` as a function: images in a folder or file, scored against a data set or against other images.

    result = score_images(Path("samples"), "mnist", data_dir=Path("data"))
    print(as_text(result))

Both sides get the same number of images, drawn by seed; where the data set has a test split of that size, every score
comes with its floor, real test images scored in place of the samples.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoring.sources import read_source
from common.data.cache import cache_root
from common.data.loading import Dataset, load_dataset
from common.data.resize import SIZES
from common.errors import BadInput
from common.metrics.catalogue import CONDITIONAL, METRICS, Settings, score_names
from common.metrics.extractors import converted
from common.metrics.extractors.base import Extractor
from common.metrics.extractors.catalogue import load_extractor
from common.metrics.judge import JudgeProgress, Scores, floor, score, with_floor
from common.metrics.protocol import choose

DEFAULT_METRICS = ("inception_score", "fid", "kid", "manifold", "distinct")


@dataclass(frozen=True)
class Reference:
    """The real side: images (M, H, W, C), labels if known, words for the protocol, and a test split for the floor."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    name: str
    split: str
    test: Dataset | None = None


def score_images(
    samples: Path,
    against: str,
    *,
    extractor: str | None = None,
    metrics: Sequence[str] = DEFAULT_METRICS,
    n: int | None = None,
    split: str = "train",
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    settings: Settings = Settings(),  # noqa: B008 - frozen
    threads: int | None = None,
    batch_size: int = 128,
    progress: JudgeProgress | None = None,
) -> Scores:
    """Score the images at `samples` (folder, .npy, .npz) against a data set or other images.

    Args:
        samples: see `score_sources.read_source`.
        against: a data set's name, or the path of a folder, .npy or .npz with real images.
        extractor: its name; None is `mnistnet` against MNIST and `efficientnet-lite0` otherwise. One that is not
            converted yet is converted now, in a process of its own.
        metrics: names of scores or families; "all" is everything that the labels at hand allow.
        n: number of samples to use, drawn by seed; None is all, or as many as there are real images.
        split: of the data set. data_dir, cache_dir: see `load_dataset`.
        settings, threads, batch_size, progress: see `common.metrics.judge.score`; `progress` is also called with
            ("reading", pictures, pictures in all).

    Returns:
        score name -> {"value", "display_name", "higher_is_better", "protocol", "extra"[, "floor"]}.

    Raises:
        BadInput: anything of the above that does not exist, does not fit, or is too little.
    """
    source = read_source(samples, _reading(progress))
    reference = _reference(against, split, source.images, data_dir, cache_dir, _reading(progress))
    count = min(len(source.images), len(reference.images)) if n is None else n
    for images, whose in ((source.images, str(samples)), (reference.images, f"{reference.name} {reference.split}")):
        if not 1 <= count <= len(images):
            raise BadInput(f"{count} images are asked for, but {whose} holds {len(images)}: choose --n from 1 to that.")
    name = extractor or ("mnistnet" if reference.name.startswith("mnist") else "efficientnet-lite0")
    eyes = ready_extractor(name, threads, cache_dir)
    own, theirs = choose(len(source.images), count), choose(len(reference.images), count)
    options: dict[str, Any] = {
        "reference": reference.name,
        "reference_split": reference.split,
        "settings": settings,
        "cache_dir": cache_root(cache_dir),
        "batch_size": batch_size,
        "progress": progress,
        "reference_labels": None if reference.labels is None else reference.labels[theirs],
    }
    real = reference.images[theirs]
    labels = None if source.labels is None else source.labels[own]
    wanted = _wanted(metrics, labels, options["reference_labels"], eyes)
    scores = score(source.images[own], real, eyes, metrics=wanted, labels=labels, **options)
    test = reference.test
    if test is None or len(test) < count:
        return scores
    return with_floor(
        scores, floor(test.images, real, eyes, count=count, real_labels=test.labels, metrics=wanted, **options)
    )


def ready_extractor(name: str, threads: int | None = None, cache_dir: Path | None = None) -> Extractor:
    """The extractor, converted first (in a process of its own, which needs torch) if that has not been done yet.

    Raises:
        BadInput: no such extractor, or the conversion failed; the sentence is the conversion's own.
    """
    folder = cache_root(cache_dir)
    if name in converted.PUBLISHED and not converted.note_file(folder, name).is_file():
        command = [sys.executable, "-m", "benchmarks.scoring.extractors.convert", name, "--cache-dir", str(folder)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            last = (result.stderr.strip().splitlines() or ["no message"])[-1]
            raise BadInput(f"The extractor '{name}' could not be prepared: {last}")
    return load_extractor(name, threads, cache_dir)


def as_text(scores: Scores) -> str:
    """The scores as lines of plain text: name, value, direction, floor; then the protocol and what to beware of."""
    width = max(len(entry["display_name"]) for entry in scores.values())
    lines = []
    for entry in scores.values():
        arrow = "higher is better" if entry["higher_is_better"] else "lower is better"
        real = f"   real data {entry['floor']:.4g}" if "floor" in entry else ""
        lines.append(f"{entry['display_name']:<{width}}  {entry['value']:>10.4g}   {arrow}{real}")
    protocol = next(iter(scores.values()))["protocol"]
    reference = f"{protocol['reference']} {protocol['reference_split']}"
    images = f"{protocol['reference_samples']} images of {reference} (SHA-256 {protocol['reference_sha256'][:12]})"
    eyes = f"extractor {protocol['extractor']} (SHA-256 {protocol['extractor_sha256'][:12]})"
    lines += ["", f"{protocol['samples']} samples against {images}, {eyes}: {protocol['preparation']}."]
    return "\n".join([*lines, *notes(scores)])


def notes(scores: Scores) -> list[str]:
    """Sentences that a reader of these scores should know."""
    result = []
    inception = scores.get("inception_score")
    if inception and inception["protocol"].get("splits") == 1:
        result.append("Inception Score: one split, because fewer than 5,000 samples; published scores use 10 splits.")
    if scores.get("fid", {}).get("extra", {}).get("rank_deficient"):
        result.append("FID: fewer samples than features (or constant features), so its bias is large; see KID.")
    if all("floor" not in entry for entry in scores.values()):
        result.append("No floor: the reference has no test images, or not enough of them.")
    return result


def _wanted(
    metrics: Sequence[str], labels: NDArray | None, reference_labels: NDArray | None, extractor: Extractor
) -> list[str]:
    if list(metrics) != ["all"]:
        return list(metrics)
    skipped = set() if labels is not None and reference_labels is not None else set(CONDITIONAL)
    if not extractor.classes:
        skipped.add("label_agreement")
    return [name for name in METRICS if name not in skipped]


def _reference(
    against: str,
    split: str,
    samples: NDArray[np.uint8],
    data_dir: Path | None,
    cache_dir: Path | None,
    progress: Any,
) -> Reference:
    path = Path(against)
    if path.exists() or path.suffix in (".npy", ".npz"):
        source = read_source(path, progress)
        return Reference(source.images, source.labels, source.name, "all")
    height, width = samples.shape[1:3]
    size = height if height == width and height in SIZES else None

    def load(which: str) -> Dataset:
        return load_dataset(against, image_size=size, split=which, data_dir=data_dir, cache_dir=cache_dir)

    real = load(split)
    test = load("test") if split == "train" and "test" in real.spec.splits else None
    return Reference(real.images, real.labels, real.spec.name, split, test)


def _reading(progress: JudgeProgress | None) -> Any:
    return None if progress is None else lambda done, total: progress("reading", done, total)


__all__ = ["DEFAULT_METRICS", "as_text", "notes", "ready_extractor", "score_images", "score_names"]
