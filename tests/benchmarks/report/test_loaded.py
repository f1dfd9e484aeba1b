"""Runs from Python; the examples of docs/python.md are executed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import benchmarks
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput

DOCUMENT = Path(__file__).parents[3] / "docs" / "python.md"


@pytest.fixture
def run(tmp_path, make_record, save_run):
    """Three seeds of torch and Keras, the latter 1.5 times as slow; only torch, seed 0, and Keras, seed 0, drew."""
    records = []
    for seed in range(3):
        records.append(make_record("torch", seed, [2.0, 2.0], {"fid": 10.0 + seed}))
        records.append(make_record("keras-tf", seed, [3.0, 3.0], {"fid": 11.0 + seed}))
    path = tmp_path / "runs" / "mine"
    save_run(path, records)
    for record, level in zip(records[:2], (100, 103), strict=True):
        np.save(RunFolder(path).of(record.cell).samples_file, np.full((5, 8, 8, 1), level, np.uint8))
    return path


def test_the_examples_of_the_documentation_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 5
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), names)
    assert names["largest"] == 3
    assert len(names["table"]) == 6
    assert list(names["curves"].columns) == [
        (engine, loss) for engine in ("keras-tf", "torch") for loss in ("discriminator", "generator")
    ]


def test_the_frames_hold_what_was_measured(run):
    loaded = benchmarks.load_run(run)
    table, compared, losses = loaded.table(), loaded.compare(), loaded.losses()
    assert table.fid.tolist() == [10.0, 11.0, 12.0, 11.0, 12.0, 13.0]
    times = compared[compared.quantity == "epoch_time"].iloc[0]
    assert times.value == pytest.approx(1.5)
    assert times.verdict == "slower"
    turned = loaded.compare("keras-tf graph").iloc[0]
    assert (turned.engine, turned.verdict) == ("torch eager", "faster")
    own = losses[(losses.id == table.id[0]) & (losses.loss == "generator")]
    assert own.value.tolist() == [1.0, 1.2]
    assert own.iteration.tolist() == [1, 2]
    assert own.epoch.tolist() == pytest.approx([0.1, 0.2])


def test_a_cell_that_is_not_there_or_drew_nothing_is_one_sentence(run):
    loaded = benchmarks.load_run(run)
    with pytest.raises(BadInput, match="cell"):
        loaded.samples("0123")
    with pytest.raises(BadInput, match="left no samples"):
        loaded.samples(loaded.table().id[1])
    with pytest.raises(BadInput, match="No records"):
        benchmarks.load_run(run / "cells")


def test_loading_imports_no_framework(run):
    import subprocess
    import sys

    code = (
        f"import sys, benchmarks; benchmarks.load_run({str(run)!r}).table();"
        "assert not {'torch', 'keras', 'tensorflow', 'jax'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
