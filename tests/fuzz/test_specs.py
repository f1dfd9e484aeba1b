"""Matrices and engines.toml: whatever stands in them, a plan or a sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import strategies as st

from benchmarks.machine.interpreters import VARIABLE, use_interpreters
from benchmarks.matrix.expand import Selection, chosen_aims, expand, parse_settings
from benchmarks.matrix.file import SHIPPED, load_matrix
from benchmarks.matrix.plan import plan_rows
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.engines import contender
from tests.fuzz.harness import STRANGE, as_toml, broken, fuzz, keeps_the_promise, warped

MATRICES = sorted(SHIPPED.glob("*.toml"))
ENGINES = b'torch = "/usr/bin/env"\n"keras-tf" = "~/bin/python"\n'


def plan(file: Path, folder: Path) -> None:
    """As `ganbench run --dry-run` does it."""
    matrix, selection = load_matrix(str(file)), Selection(device="cpu")
    chosen_aims(matrix, selection)
    cells = expand(matrix, selection)
    plan_rows(cells[:20], RunFolder(folder / "runs" / matrix.name), None, folder / "cache")


@pytest.fixture(autouse=True)
def _no_choice_of_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, "{}")
    monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path / "cache"))


@fuzz(st.sampled_from(MATRICES).flatmap(lambda path: broken(path.read_bytes())))
def test_a_matrix_of_broken_bytes(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "matrix.toml"
    file.write_bytes(data)
    keeps_the_promise(lambda: plan(file, tmp_path), tmp_path)


@fuzz(st.sampled_from(MATRICES).flatmap(lambda path: warped(tomllib.loads(path.read_text()))))
def test_a_matrix_of_strange_values(tmp_path: Path, tree: dict) -> None:
    file = tmp_path / "matrix.toml"
    file.write_text(as_toml(tree), encoding="utf-8", errors="surrogatepass")
    keeps_the_promise(lambda: plan(file, tmp_path), tmp_path)


@fuzz(broken(ENGINES) | warped(tomllib.loads(ENGINES.decode())))
def test_interpreters(tmp_path: Path, content: bytes | dict) -> None:
    file = tmp_path / "engines.toml"
    text = as_toml(content).encode("utf-8", "surrogatepass") if isinstance(content, dict) else content
    file.write_bytes(text)
    keeps_the_promise(lambda: use_interpreters([], file), tmp_path)


NAMES = st.text(max_size=30) | st.sampled_from([each for each in STRANGE if isinstance(each, str)])


@fuzz(
    st.lists(st.sampled_from(["torch", "keras-tf", "eager", "compiled", "bf16", "tuned", "stock"]) | NAMES, max_size=5)
)
def test_contenders(tmp_path: Path, parts: list[str]) -> None:
    keeps_the_promise(lambda: contender(":".join(parts)), tmp_path)


@fuzz(st.tuples(st.sampled_from(["training.epochs", "network.width", "dcgan:n_critic", "judge.k", ""]) | NAMES, NAMES))
def test_settings(tmp_path: Path, pair: tuple[str, str]) -> None:
    def read() -> None:
        settings = parse_settings(["=".join(pair)])
        expand(load_matrix("quick"), Selection(device="cpu", settings=settings))

    keeps_the_promise(read, tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "../../evil"', "name: .*plain name"),
        (f"seeds = {list(range(100_000))}", "cells, and one has at most 100,000"),
        ("sweep = {" + ", ".join(f'"a{i}" = [1, 2, 3, 4, 5]' for i in range(40)) + "}", "cells, and one has at most"),
        ("training = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("training = {epochs = " + "9" * 5000 + "}", "malformed TOML|epochs"),
        ('models = ["dcgan", "\\u001b[2J"]', r"\\x1b\[2J"),
    ],
    ids=["a path as a name", "seeds", "a sweep", "depth", "digits", "an escape sequence"],
)
def test_what_could_do_harm_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    usual = {"models": ["dcgan"], "engines": ["torch", "keras-tf"], "datasets": ["mnist-5k"]}
    file = tmp_path / "matrix.toml"
    file.write_text(as_toml({k: v for k, v in usual.items() if not text.startswith(k)}) + text)
    with pytest.raises(BadInput, match=sentence):
        plan(file, tmp_path)
