"""Made records: as many as one likes, as long as those of `quick`, whose numbers mean nothing."""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import Matrix
from benchmarks.results.records import Clocks, DataUsed, Environment, Epoch, Hardware, Record, Training
from common.metrics.score import Score
from common.specs.cell import Cell

MODELS = ("dcgan", "lsgan", "wgan", "wgan-gp", "cgan", "cdcgan", "cwgan", "pggan", "cpggan", "stylegan")
ENGINES = ("torch:eager", "torch:compiled", "keras-tf:graph", "keras-tf:compiled")
_EPOCHS, _ITERATIONS = 5, 62
_SCORES = {"inception_score": ("Inception Score", True), "fid": ("FID", False)} | {
    name: (name.capitalize(), True) for name in ("precision", "recall", "density", "coverage")
}


def made_records(count: int) -> list[Record]:
    """`count` finished records of 10 models on 4 contenders, seed by seed; equal calls give equal records."""
    per_seed = len(MODELS) * len(ENGINES)
    matrix = Matrix(
        name="made", models=MODELS, engines=ENGINES, datasets=("mnist-5k",), device="cpu",
        seeds=tuple(range(-(-count // per_seed))), training={"epochs": _EPOCHS},
    )  # fmt: skip
    by_seed = sorted(expand(matrix), key=lambda cell: cell.seed)
    draws = np.random.default_rng(0)
    return [_record(cell, draws) for cell in itertools.islice(by_seed, count)]


def _record(cell: Cell, draws: np.random.Generator) -> Record:
    return Record(
        id=cell.id,
        cell=cell,
        status="finished",
        finished_at="2026-01-01T00:00:00+00:00",
        environment=Environment(
            python="3.12.0", platform="Linux", git_commit="0" * 40, git_dirty=False,
            versions=dict.fromkeys(("ganbench", "torch", "keras", "tensorflow", "numpy", "scipy"), "1.2.3"),
        ),
        data=DataUsed(name=cell.dataset, split="train", images=4000, sha256="a" * 64),
        training=_training(cell, draws),
        metrics={name: _score(name, draws) for name in _SCORES},
    )  # fmt: skip


def _training(cell: Cell, draws: np.random.Generator) -> Training:
    names, length = ("discriminator", "generator"), _EPOCHS * _ITERATIONS
    return Training(
        clocks=Clocks(
            startup_seconds=2.5, compile_seconds=1.5, final_sampling_seconds=0.5,
            epochs=[_epoch(number, draws) for number in range(1, _EPOCHS + 1)],
        ),
        losses={name: _losses(draws, length) for name in names},
        hardware=Hardware(
            device="cpu", used="cpu:0", threads=2, processor="Made CPU", cores=2, memory_bytes=8 << 30,
            peak_process_bytes=600 << 20,
        ),
        iterations_per_epoch=_ITERATIONS,
        images_per_iteration=cell.training.batch_size,
        parameters={"generator": 1_000_000, "discriminator": 1_000_000},
    )  # fmt: skip


def _losses(draws: np.random.Generator, length: int) -> list[float]:
    """In float32, as those of engines are."""
    losses: list[float] = (1.0 + 0.1 * draws.standard_normal(length).cumsum()).astype(np.float32).tolist()
    return losses


def _epoch(number: int, draws: np.random.Generator) -> Epoch:
    return Epoch(
        epoch=number, iterations=_ITERATIONS, timed_iterations=_ITERATIONS - (number == 1),
        train_seconds=float(draws.uniform(1.0, 1.2)), data_wait_seconds=0.01, sampling_seconds=0.2,
        checkpoint_seconds=0.1, foreign_share=0.01,
    )  # fmt: skip


def _score(name: str, draws: np.random.Generator) -> Score:
    shown, higher = _SCORES[name]
    protocol = {
        "extractor": "mnistnet", "extractor_sha256": "b" * 64, "samples": 1000, "reference": "mnist-5k",
        "reference_split": "train", "reference_samples": 1000, "reference_sha256": "c" * 64,
        "preparation": "as they are",
    }  # fmt: skip
    value = float(draws.uniform(0.4, 0.6))
    return Score(name=shown, extractor="mnistnet", value=value, higher_is_better=higher, protocol=protocol, floor=0.7)
