"""Does the judge put damaged photographs in the order that a person would? Real CIFAR-10 images, damaged step by step.

    python -m benchmarks.perf.corruptions --data-dir DIR [--n 1000] [--extractor efficientnet-lite0]

The test split, untouched and damaged, is scored against the train split at the same N.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results.markdown import markdown_table
from benchmarks.scoring.extractors.ready import ready_extractor
from common.data.cache import cache_root
from common.data.loading import load_dataset
from common.errors import GanbenchError
from common.metrics.conditions import choose
from common.metrics.judge import score

Images = NDArray[np.uint8]
METRICS = ("fid", "kid", "precision", "recall", "density", "coverage")


def noise(strength: float) -> Callable[[Images], Images]:
    """Adds seeded normal noise with that many grey levels of standard deviation."""

    def damage(images: Images) -> Images:
        added = images + np.random.default_rng(0).normal(0, strength, images.shape)
        return np.clip(np.rint(added), 0, 255).astype(np.uint8)

    return damage


def half_resolution(images: Images) -> Images:
    """Means of 2x2 pixels, repeated: the same size, half the detail."""
    count, height, width, channels = images.shape
    blocks = images.reshape(count, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))
    return np.rint(blocks).astype(np.uint8).repeat(2, axis=1).repeat(2, axis=2)


DAMAGES: dict[str, Callable[[Images], Images]] = {
    "test split": lambda images: images,
    "light noise (5 levels)": noise(5),
    "half resolution": half_resolution,
    "strong noise (40 levels)": noise(40),
}


def main() -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.perf.corruptions", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="where CIFAR-10's own files lie")
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--extractor", default="efficientnet-lite0")
    parser.add_argument("--n", type=int, default=1000)
    options = parser.parse_args()
    try:
        places = {"data_dir": options.data_dir, "cache_dir": options.cache_dir}
        train, test = (load_dataset("cifar10", split=split, **places).images for split in ("train", "test"))
        extractor = ready_extractor(options.extractor, cache_dir=options.cache_dir)
        reference, images = train[choose(len(train), options.n)], np.asarray(test[choose(len(test), options.n)])
        where: dict[str, Any] = {"reference": "cifar10", "reference_split": "train"}
        rows = []
        for name, damage in DAMAGES.items():
            scores, _ = score(
                damage(images), reference, extractor, METRICS, cache_dir=cache_root(options.cache_dir), **where
            )
            rows.append([name, *(f"{scores[metric].value:.4g}" for metric in METRICS)])
        print(markdown_table(["images", *METRICS], rows, numeric=range(1, len(METRICS) + 1)))
    except GanbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
