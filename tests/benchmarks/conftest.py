"""Records and cells made by hand, for everything that reads them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.machine.gpu import GpuState
from benchmarks.machine.python import python_environment
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.racing.record import EnergyWindow, Entry, Host, RaceRecord, Rules, Start, Window
from benchmarks.results.records import Clocks, Environment, Epoch, Hardware, Proof, Record, Training
from benchmarks.results.run_folder import RunFolder
from common.metrics.score import Score
from common.specs.cell import Cell
from tests.once import once

MATRIX = """
models = ["dcgan"]
engines = ["torch", "keras-tf"]
datasets = ["mnist-5k"]
seeds = [0]
device = "cpu"

[training]
epochs = 2
batch_size = 16
max_images = 64
sample_count = 20

[overrides.dcgan]
network.width = 4
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepared data sets go to a folder of the test run's own."""
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def generators(shared: Path) -> Path:
    """Cells' folders with untrained generators of two frameworks and what they draw; copy what a test writes to."""
    made, side = shared / "generators", Path(__file__).parent / "exporting" / "export_side.py"

    def make() -> None:
        part = made.with_suffix(".part")
        for engine, *models in (("torch", "dcgan", "cdcgan", "stylegan", "cpggan"), ("keras-tf", "cdcgan", "stylegan")):
            command = [sys.executable, str(side), str(part), engine, *models]
            done = subprocess.run(command, env=python_environment(), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        part.rename(made)

    once(made, make)
    return made


@pytest.fixture
def matrix_text() -> str:
    return MATRIX


@pytest.fixture
def cells() -> list[Cell]:
    """A torch and a keras-tf cell of a tiny DCGAN."""
    return expand(parse_matrix(MATRIX))


@pytest.fixture
def make_record() -> Callable[..., Record]:
    def make(
        engine: str = "torch",
        seed: int = 0,
        seconds: list[float] | None = None,
        scores: dict[str, float] | None = None,
        **changes: Any,
    ) -> Record:
        """A finished record of 10 iterations of 16 images an epoch, whose epochs took `seconds`.

        `changes` are fields of the record or of its training.
        """
        text = MATRIX.replace("seeds = [0]", f"seeds = [{seed}]").replace('["torch", "keras-tf"]', f'["{engine}"]')
        cell = expand(parse_matrix(text))[0]
        epochs = [
            Epoch(epoch=i, timed_iterations=10, train_seconds=value, data_wait_seconds=0.1, sampling_seconds=0.2,
                  checkpoint_seconds=0.3)
            for i, value in enumerate(seconds if seconds is not None else [2.0, 1.0, 4.0], start=1)
        ]  # fmt: skip
        hardware = Hardware(
            device="cpu", used="cpu:0", threads=2, processor="Test CPU", cores=2, memory_bytes=8 * 2**30,
            peak_process_bytes=500 * 2**20,
        )  # fmt: skip
        clocks = Clocks(startup_seconds=3.0, compile_seconds=1.5, final_sampling_seconds=0.5, epochs=epochs)
        training = Training(
            clocks=clocks, hardware=hardware, iterations_per_epoch=10, images_per_iteration=16, parameters={},
            losses={"discriminator": [0.7, 0.6], "generator": [1.0, 1.2]},
        )  # fmt: skip
        fields: dict[str, Any] = {
            "id": cell.id, "cell": cell, "status": "finished", "finished_at": "2026-01-01T00:00:00+00:00",
            "environment": Environment(python="3.12.0", platform="Linux", versions={"torch": "2.14.1"},
                                       git_commit="0123456789abcdef", git_dirty=False),
            "training": training,
            "metrics": {name: score(name, value) for name, value in (scores or {}).items()},
        }  # fmt: skip
        measured = {name: changes.pop(name) for name in list(changes) if name in Training.model_fields}
        if measured:
            fields["training"] = training.model_copy(update=measured)
        return Record(**{**fields, **changes})

    return make


@pytest.fixture
def make_proof() -> Callable[..., Proof]:
    def make(error: float | None = 4e-15, held: bool = True, **changes: Any) -> Proof:
        """The proof of a cell of a Keras engine."""
        fields: dict[str, Any] = {
            "rungs": 10, "iterations": 3, "device": "cpu", "against": ("torch eager",),
            "environment": Environment(python="3", platform="none", versions={}, git_commit=None, git_dirty=False),
        }  # fmt: skip
        return Proof(error=error, held=held, **{**fields, **changes})

    return make


@pytest.fixture
def save_run() -> Callable[..., None]:
    def save(run: Path, records: list[Record], epochs: int = 3, size: int = 8, missing: tuple[Cell, ...] = ()) -> None:
        """Write `records` and random grey progress samples of epochs 0..`epochs` below `run`, as the runner leaves
        them; `missing` are cells that were asked for and have neither."""
        RunFolder(run).open([*(record.cell for record in records), *missing])
        draws = np.random.default_rng(0)
        for record in records:
            folder = RunFolder(run).of(record.cell)
            folder.create(record.cell)
            folder.save_record(record)
            (folder.path / "progress").mkdir()
            for epoch in range(epochs + 1):
                samples = draws.integers(0, 256, (64, size, size, 1), dtype=np.uint8)
                np.save(folder.progress_file(epoch), samples)

    return save


@pytest.fixture
def make_race(cells: list[Cell]) -> Callable[..., RaceRecord]:
    def make(ratio: float = 1.2, model: str = "dcgan", watts: float | None = None) -> RaceRecord:
        """A race of six incarnations in which keras-tf takes `ratio` times torch's time, nearly; 10 iterations of 64
        images took torch 2 s, in which one core was busy for 1 s; a GPU drew `watts`."""
        named = [cell.model_copy(update={"model": cell.model.model_copy(update={"name": model})}) for cell in cells]
        entries = [Entry(name=cell.contender, cell=cell) for cell in named]
        names, gpu = [entry.name for entry in entries], None if watts is None else GpuState(power_watts=watts)
        windows = [
            Window(contender=name, incarnation=number, round=1, position=0, iterations=10, cpu_seconds=1.0, gpu=gpu,
                   seconds=2.0 * (1.0 if name == names[0] else ratio * (1.0 + 0.002 * number)))
            for number in range(1, 7) for name in names
        ]  # fmt: skip
        starts = [
            Start(contender=name, incarnation=number, startup_seconds=3.0, compile_seconds=1.5, device="cpu",
                  images_per_iteration=64, used="cpu", threads=2, peak_process_bytes=2**20)
            for number in range(1, 7) for name in names
        ]  # fmt: skip
        return RaceRecord(
            label=f"{model}-mnist-5k-0", entries=entries, reference=names[0], rules=Rules(), started_at="2026",
            host=Host(processor="Test CPU", cores=2, memory_bytes=1), state="precise", incarnations=6,
            environment=Environment(python="3", platform="none", versions={}, git_commit=None, git_dirty=None),
            starts=starts, windows=windows, energy_reason="there is no counter",
            energy=[] if watts is None else [
                EnergyWindow(contender=name, incarnation=1, iterations=20, seconds=4.0, joules=4.0 * watts,
                             source="NVML")
                for name in names
            ],
        )  # fmt: skip

    return make


def score(name: str, value: float) -> Score:
    shown = {"fid": "FID", "inception_score": "Inception Score", "precision": "Precision", "recall": "Recall"}[name]
    protocol = {
        "extractor": "mnistnet", "extractor_sha256": "a" * 64, "samples": 20, "reference": "mnist-5k",
        "reference_split": "train", "reference_samples": 20, "reference_sha256": "b" * 64,
    }  # fmt: skip
    own = {"k": 3} if name in ("precision", "recall") else {}
    return Score(
        name=shown,
        extractor="mnistnet",
        value=value,
        higher_is_better=name != "fid",
        protocol={**protocol, **own},
        floor={"fid": 0.5, "inception_score": 9.9, "precision": 0.9, "recall": 0.8}[name],
    )
