"""Event files: what was recorded, read back by TensorFlow and by TensorBoard; the same bytes again."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.machine.python import python_environment
from benchmarks.pictures.cell import enlargement, sample_grid
from benchmarks.report.build import build_report
from benchmarks.report.events import Point, points_of
from benchmarks.report.events_process import write_events
from benchmarks.report.folder import ReportFolder
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import JudgedEpoch, Record
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.images import to_pillow
from tests.long import only_long

SIDE = Path(__file__).with_name("events_side.py")
READERS = [
    pytest.param("tensorflow", marks=only_long),
    pytest.param(
        "tensorboard",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("tensorboard") is None, reason="the package tensorboard is not installed"
        ),
    ),
]


@pytest.fixture
def record(make_record: Callable[..., Record]) -> Record:
    """Three epochs of 10 iterations that took 2.1, 1.1 and 4.1 s with waiting for data; scored after 1 and 3."""
    losses = {"generator": [float(value) for value in np.linspace(2.0, 1.0, 30)], "discriminator": [float("nan")] * 30}
    history = [JudgedEpoch(epoch=1, scores={"fid": 40.0}), JudgedEpoch(epoch=3, scores={"fid": 12.5})]
    return make_record(scores={"fid": 12.5}, losses=losses, history=history)


@pytest.fixture
def run(tmp_path: Path, record: Record, save_run: Callable[..., None]) -> RunFolder:
    save_run(tmp_path / "run", [record])
    return RunFolder(tmp_path / "run")


def read(reader: str, file: Path) -> dict[str, list[tuple]]:
    command = [sys.executable, str(SIDE), reader, str(file)]
    done = subprocess.run(command, env=python_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[tuple]] = {}
    for step, seconds, tag, value in json.loads(done.stdout):
        found.setdefault(tag, []).append((step, seconds, value))
    return found


@pytest.mark.parametrize("reader", READERS)
def test_what_was_recorded_is_read_back(run: RunFolder, record: Record, reader: str) -> None:
    build_report([run], event_files=True)
    found = read(reader, ReportFolder(run.path).event_file(record.cell))
    assert found.keys() == {
        "losses/generator", "losses/discriminator", "speed/images per second", "scores/FID (mnistnet)", "samples",
    }  # fmt: skip
    losses = found["losses/generator"]
    assert [step for step, *_ in losses] == list(range(1, 31))
    np.testing.assert_allclose([value for *_, value in losses], np.linspace(2.0, 1.0, 30), rtol=1e-6)
    assert [losses[i][1] for i in (4, 9, 19, 29)] == pytest.approx([1.05, 2.1, 3.2, 7.3])
    assert all(np.isnan(value) for *_, value in found["losses/discriminator"])
    np.testing.assert_allclose(found["scores/FID (mnistnet)"], [(10, 2.1, 40.0), (30, 7.3, 12.5)])
    np.testing.assert_allclose(found["speed/images per second"], [(10, 2.1, 80), (20, 3.2, 160), (30, 7.3, 40)])
    assert [step for step, *_ in found["samples"]] == [0, 10, 20, 30]
    samples = np.load(run.of(record.cell).progress_file(2))
    picture = to_pillow(sample_grid(samples, 8), enlargement(samples, 8)).convert("RGB")
    assert found["samples"][2][2] == [*picture.size, hashlib.sha256(picture.tobytes()).hexdigest()]


@only_long
def test_the_same_run_gives_the_same_bytes_and_none_unless_asked_for(
    run: RunFolder, record: Record, tmp_path: Path
) -> None:
    files = []
    for name in ("one", "two"):
        build_report([run], tmp_path / name, event_files=True)
        files.append(ReportFolder(tmp_path / name).event_file(record.cell).read_bytes())
    assert files[0] == files[1]
    build_report([run], tmp_path / "three")
    assert not ReportFolder(tmp_path / "three").tensorboard.exists()


def test_untimed_and_failed_trainings_tell_what_they_have(
    tmp_path: Path, make_record: Callable[..., Record], save_run: Callable[..., None]
) -> None:
    untimed = make_record(clocks=None)
    points = points_of(untimed, CellFolder(tmp_path))
    assert {point.tag for point in points} == {"losses/discriminator", "losses/generator"}
    assert {point.seconds for point in points} == {0.0}
    assert points_of(make_record(status="failed", reason="It broke.", training=None), CellFolder(tmp_path)) == []


def test_without_tensorflow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(BadInput, match=r"ganbench\[keras\]"):
        write_events(tmp_path / "events", [Point(1, 0.5, "losses/generator", 1.0)])
