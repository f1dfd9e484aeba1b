"""`ganbench run` for real, on a DCGAN so small that it trains in seconds, with a device lock of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.machine.python import python_environment

_MATRIX = """
models = ["dcgan"]
engines = {engines}
datasets = ["mnist-5k"]
seeds = {seeds}
device = "cpu"

[training]
epochs = {epochs}
batch_size = 16
max_images = {images}
sample_count = 12

[overrides.dcgan]
network.width = 4
network.latent_size = 8
"""


def tiny_matrix(
    engines: tuple[str, ...] = ("torch", "keras-tf"), seeds: tuple[int, ...] = (0, 1), epochs: int = 12,
    images: int = 128,
) -> str:  # fmt: skip
    """A matrix, as a file says it; an epoch has `images` / 16 iterations."""
    names = ", ".join(f'"{engine}"' for engine in engines)
    return _MATRIX.format(engines=f"[{names}]", seeds=list(seeds), epochs=epochs, images=images)


def start_run(
    base: Path, matrix: str, out: str, *options: str, variables: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """`ganbench run` of `matrix` into the folder `out` below `base`, with locks in `base` unless `variables` say."""
    file = base / "tiny.toml"
    if not file.exists():  # runs that share a folder read it while others start
        file.write_text(matrix)
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.cli.main", "run", str(file), "--out", str(base / out), *options],
        env=python_environment({"TMPDIR": str(base), **(variables or {})}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
