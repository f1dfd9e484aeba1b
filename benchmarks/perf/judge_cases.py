"""The single measurements behind `benchmarks.perf.metrics`; each runs in a process of its own and prints one JSON line.

    python -m benchmarks.perf.judge_cases CASE [SCALE]

A case is timed after a warm-up on small data, so that imports and thread pools are not counted. Peak memory is the
process' own high-water mark, data included. Rival libraries are imported only in their own cases.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Work = Callable[[], object]


def features(count: int, width: int, seed: int) -> NDArray[np.float32]:
    """Non-negative correlated float32 features (count, width), as a pooled ReLU layer gives."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(7).normal(size=(width, width)).astype(np.float32) / np.float32(np.sqrt(width))
    return np.maximum(rng.standard_normal((count, width), np.float32) @ mixing + np.float32(0.2), 0)


def covariances(width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two full-rank float64 covariances (width, width)."""
    return tuple(np.cov(features(4 * width, width, seed), rowvar=False, dtype=np.float64) for seed in (0, 1))  # type: ignore[return-value]


def trace_ours(scale: float) -> Work:
    """Trace term of FID at D = 2048: Cholesky factor and symmetric eigenvalues."""
    from common.metrics.fid import Gaussian, trace_of_root

    gaussians = [Gaussian(np.zeros(len(s)), float(np.trace(s)), s, None) for s in covariances(int(2048 * scale))]
    return lambda: trace_of_root(*gaussians)


def trace_sqrtm(scale: float) -> Work:
    """The same by scipy.linalg.sqrtm of the product, as pytorch-fid and clean-fid do."""
    import scipy.linalg

    one, other = covariances(int(2048 * scale))
    return lambda: np.trace(scipy.linalg.sqrtm(one @ other)).real


def fid_1000(scale: float) -> Work:
    """FID of 1,000 against 1,000 features, D = 2048."""
    from common.metrics.fid import fid

    one, other = (features(int(1000 * scale), int(2048 * scale), seed) for seed in (0, 1))
    return lambda: fid(one, other)


def manifold_ours(scale: float, count: int = 10_000) -> Work:
    """Precision, recall, density and coverage, count x count, D = 1280, k = 5."""
    from common.metrics.manifold import manifold_scores

    one, other = (features(int(count * scale), 1280, seed) for seed in (0, 1))
    return lambda: manifold_scores(one, other, 5, 5)


def manifold_50k(scale: float) -> Work:
    """The same at 50,000 x 50,000."""
    return manifold_ours(scale, 50_000)


def manifold_prdc(scale: float) -> Work:
    """The same at 10,000 x 10,000 by the prdc package."""
    from prdc import compute_prdc  # type: ignore

    one, other = (features(int(10_000 * scale), 1280, seed) for seed in (0, 1))

    def work() -> object:
        with contextlib.redirect_stdout(io.StringIO()):
            return compute_prdc(one, other, 5)

    return work


def kid_ours(scale: float) -> Work:
    """KID, 100 subsets of 1,000, D = 2048, float64."""
    from common.metrics.kid import kid

    one, other = (features(int(5000 * scale), 2048, seed) for seed in (0, 1))
    return lambda: kid(one, other, subset_size=int(1000 * scale))


def extract_onnx(scale: float) -> Work:
    """EfficientNet-Lite0 features of 256 32x32 images by ONNX Runtime, resize included."""
    from benchmarks.scoring.extractors.ready import ready_extractor

    extractor = ready_extractor("efficientnet-lite0")
    images = np.random.default_rng(0).integers(0, 256, (int(256 * scale), 32, 32, 3), np.uint8)
    extractor.extract(images[:8])
    return lambda: extractor.extract(images, 64)


def extract_torch(scale: float) -> Work:
    """The same network and resize with torch eager, channels_last, inference mode."""
    import torch

    from benchmarks.scoring.extractors import efficientnet_lite0
    from common.metrics.extractors.converted import prepare_efficientnet

    network = efficientnet_lite0.build(efficientnet_lite0.published_weights()).to(memory_format=torch.channels_last)
    images = np.random.default_rng(0).integers(0, 256, (int(256 * scale), 32, 32, 3), np.uint8)

    def work(some: NDArray[np.uint8] = images) -> object:
        with torch.inference_mode():
            return [network(torch.from_numpy(prepare_efficientnet(some[i : i + 64]))) for i in range(0, len(some), 64)]

    work(images[:8])
    return work


CASES: dict[str, Callable[[float], Work]] = {
    "trace_ours": trace_ours,
    "trace_sqrtm": trace_sqrtm,
    "fid_1000": fid_1000,
    "manifold_ours": manifold_ours,
    "manifold_prdc": manifold_prdc,
    "manifold_50k": manifold_50k,
    "kid_ours": kid_ours,
    "extract_onnx": extract_onnx,
    "extract_torch": extract_torch,
}


def measure(case: str, scale: float = 1.0) -> dict[str, Any]:
    """Seconds of one run of the case and the process' peak memory in MiB, data included."""
    if not case.startswith("extract"):
        CASES[case](min(scale, 0.02))()
    work = CASES[case](scale)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"case": case, "seconds": seconds, "peak_mib": peak}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)))
