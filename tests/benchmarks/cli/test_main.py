"""The command line: one sentence and exit 2 for bad input, quick help, JSON where it is asked for."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cli import main as cli
from benchmarks.machine.python import python_environment
from benchmarks.matrix.file import shipped_matrices
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder
from common.data.loading import load_dataset


@pytest.fixture
def ganbench(monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of `ganbench arguments`."""
        monkeypatch.setattr(sys, "argv", ["ganbench", *arguments])
        with pytest.raises(SystemExit) as error:
            cli.main()
        out, err = capsys.readouterr()
        return int(error.value.code or 0), out, err

    return call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "quik"), "did you mean 'quick'"),
        (("run", "quick", "--engines", "toch"), "did you mean 'torch'"),
        (("run", "quick", "--models", "dcgam"), "did you mean 'dcgan'"),
        (("run", "quick", "--datasets", "mnist-5"), "did you mean 'mnist-5k'"),
        (("run", "quick", "--seeds", "one"), "seeds are whole numbers"),
        (("run", "quick", "--engines", ","), "separate them by commas"),
        (("run", "quick", "--set", "training.batch_size=4001"), "has 4000 to train on"),
        (("run", "quick", "--set", "training.image_size=33"), "not 4 times a power of two"),
        (("run", "quick", "--device", "tpu"), "Unknown device 'tpu'"),
        (("run", "quick", "--out", "/dev/null/run"), "run folder cannot be used"),
        (("report", "/nowhere"), "No records"),
        (("compare", "/nowhere"), "No records"),
        (("status", "/nowhere"), "not a run folder"),
    ],
)
def test_bad_input_is_one_sentence_on_stderr_and_exit_2(ganbench, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = ganbench(*arguments)
    assert code == 2
    assert words in err
    assert out == ""
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [("run",), ("run", "quick", "--eninges", "torch"), ("rum", "quick")])
def test_wrong_options_exit_2(ganbench, arguments: tuple[str, ...]) -> None:
    assert ganbench(*arguments)[0] == 2


def test_dry_run_lists_cells_and_trains_nothing(ganbench, tmp_path: Path) -> None:
    code, out, _ = ganbench(
        "run", "quick", "--models", "dcgan", "--dry-run", "--json", "--out", str(tmp_path / "run"), "--seeds", "0,1"
    )
    assert code == 0
    assert [(row["engine"], row["seed"], row["status"]) for row in json.loads(out)] == [
        ("torch", 0, "to do"), ("keras-tf", 0, "to do"), ("keras-tf", 1, "to do"), ("torch", 1, "to do"),
    ]  # fmt: skip
    assert not (tmp_path / "run").exists()


def test_status_report_and_compare_of_a_run(ganbench, make_record: Callable[..., Record], tmp_path: Path) -> None:
    records = [make_record(scores={"fid": 12.5}), make_record("keras-tf", seconds=[3.0], scores={"fid": 13.0})]
    RunFolder(tmp_path).open([record.cell for record in records])
    for record in records:
        folder = RunFolder(tmp_path).of(record.cell)
        folder.create(record.cell)
        folder.save_record(record)
    rows = json.loads(ganbench("status", str(tmp_path), "--json")[1])
    assert [(row["engine"], row["status"], row["epoch"]) for row in rows] == [
        ("torch", "finished", 2), ("keras-tf", "finished", 2),
    ]  # fmt: skip
    rows = json.loads(ganbench("report", str(tmp_path), "--json")[1])
    assert [(row["engine"], row["fid"], row["ratio_to_torch"]) for row in rows] == [
        ("torch", 12.5, 1.0), ("keras-tf", 13.0, 1.5),
    ]  # fmt: skip
    out = ganbench("report", str(tmp_path))[1]
    assert "12.5" in out
    assert "report.md" in out
    rows = json.loads(ganbench("compare", str(tmp_path), "--json")[1])
    assert [(row["quantity"], row["value"]) for row in rows] == [("epoch_time", 1.5), ("FID (mnistnet)", 0.5)]


def test_score_of_a_file_of_images(ganbench, tmp_path: Path) -> None:
    np.save(tmp_path / "samples.npy", load_dataset("mnist-5k", split="test").images[:100])
    command = ("score", str(tmp_path / "samples.npy"), "--against", "mnist-5k", "--metrics", "fid,precision")
    code, out, _ = ganbench(*command, "--json")
    assert code == 0
    scores = json.loads(out)
    assert scores["fid"]["protocol"]["samples"] == 100
    assert scores["precision"]["value"] > 0.7
    assert "FID (mnistnet)" in ganbench(*command)[1]
    assert ganbench("score", str(tmp_path / "none.npy"), "--against", "mnist-5k")[0] == 2


@pytest.mark.parametrize(
    "arguments", [("--plugin", "FILE", "list", "models"), ("list", "models", "--plugin", "FILE")], ids=str
)
def test_a_plugin_may_be_named_anywhere(ganbench, tmp_path: Path, monkeypatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.setenv("GANBENCH_PLUGINS", "")
    code, _, err = ganbench(*(word.replace("FILE", str(tmp_path / "none.py")) for word in arguments))
    assert code == 2
    assert "There is no plug-in" in err


@pytest.mark.parametrize("what", ["models", "datasets", "metrics", "engines"])
def test_everything_there_is_can_be_listed(ganbench, what: str) -> None:
    rows = json.loads(ganbench("list", what, "--json")[1])
    assert len(rows) >= 4
    assert {row["from"] for row in rows} == {"ganbench"}
    assert rows[0]["name"] in ganbench("list", what)[1]


def test_help_of_run_names_every_shipped_matrix(ganbench) -> None:
    out = " ".join(ganbench("run", "--help")[1].split())
    for name in shipped_matrices():
        assert name in out


def test_help_imports_neither_framework_nor_numpy_and_answers_at_once() -> None:
    program = (
        "import sys\nsys.argv = ['ganbench', '--help']\nfrom benchmarks.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'tensorflow', 'keras', 'onnxruntime', 'matplotlib', 'scipy', 'numpy', 'pydantic'}\n"
        "sys.exit(f'imported {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", program], env=python_environment(), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout
    # processor time, so that a busy machine does not fail the test
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_plan_of_gpus_that_are_not_here(ganbench, tmp_path: Path) -> None:
    code, out, err = ganbench("plan", "quick", "--nodes", "1", "--gpus", "8", "--from", str(tmp_path), "--json")
    assert (code, out) == (2, "")
    assert "Nothing was timed in" in err
    code, out, err = ganbench("plan", "quick", "--gpus", "8")
    assert code == 2
    assert "--peak-share" in err
