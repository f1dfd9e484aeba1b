"""Matrices: expansion, order, overrides, and every way to write one wrongly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.matrix.expand import (
    Selection,
    expand,
    flatten,
    parse_settings,
)
from benchmarks.matrix.file import load_matrix, parse_matrix, shipped_matrices
from common.errors import BadInput
from common.specs.judge import JudgeSpec


def test_engine_order_alternates_from_group_to_group(matrix_text: str) -> None:
    cells = expand(parse_matrix(matrix_text.replace("seeds = [0]", "seeds = [0, 1, 2, 3]")))
    assert [(cell.seed, cell.engine) for cell in cells] == [
        (0, "torch"), (0, "keras-tf"), (1, "keras-tf"), (1, "torch"),
        (2, "torch"), (2, "keras-tf"), (3, "keras-tf"), (3, "torch"),
    ]  # fmt: skip


def test_fields_come_from_data_set_matrix_and_command_line_in_that_order(matrix_text: str) -> None:
    cell = expand(parse_matrix(matrix_text))[0]
    assert (cell.training.image_size, cell.training.batch_size, cell.model.network.width) == (32, 16, 4)
    settings = parse_settings(["training.batch_size=8", "network.width=6", "dcgan:optimizer.learning_rate=0.001"])
    changed = expand(parse_matrix(matrix_text), Selection(settings=settings))[0]
    assert (changed.training.batch_size, changed.model.network.width) == (8, 6)
    assert changed.model.optimizer.learning_rate == pytest.approx(0.001)
    assert changed.id != cell.id


def test_overrides_of_one_model_reach_its_training(matrix_text: str) -> None:
    cell = expand(parse_matrix(matrix_text + "training.epochs = 7\n"))[0]
    assert cell.training.epochs == 7


def test_engine_may_name_its_execution(matrix_text: str) -> None:
    text = matrix_text.replace('["torch", "keras-tf"]', '["keras-tf:compiled", "keras-tf", "torch:compiled"]')
    cells = expand(parse_matrix(text))
    assert [cell.execution for cell in cells] == ["compiled", "graph", "compiled"]


def test_engine_may_name_its_precision_or_a_tier(matrix_text: str) -> None:
    engines = '["torch", "torch:bf16", "torch:plain", "keras-tf:compiled:bf16", "keras-tf:tuned"]'
    text = matrix_text.replace('["torch", "keras-tf"]', engines)
    cells = expand(parse_matrix('precision = "tf32"\n' + text))
    assert [cell.contender for cell in cells] == [
        "torch eager tf32", "torch eager bf16", "torch eager stock", "keras-tf compiled bf16", "keras-tf compiled bf16",
    ]  # fmt: skip
    assert len({cell.id for cell in cells}) == 4  # a tier is a short name


def test_selection_keeps_only_what_is_asked_for(matrix_text: str) -> None:
    cells = expand(parse_matrix(matrix_text), Selection(engines=("keras-tf",), seeds=(5, 6)))
    assert [(cell.engine, cell.seed) for cell in cells] == [("keras-tf", 5), ("keras-tf", 6)]


def test_the_judge_is_the_same_for_all_cells_and_changes_no_identity(matrix_text: str) -> None:
    plain = expand(parse_matrix(matrix_text))
    text = matrix_text + '[judge]\nmetrics = ["fid", "all"]\nextractor = "inception"\nn = 20\n'
    cells = expand(parse_matrix(text), Selection(settings=parse_settings(["judge.k=4"])))
    assert {cell.judge for cell in cells} == {JudgeSpec(metrics=("fid", "all"), extractor="inception", k=4, n=20)}
    assert [cell.id for cell in cells] == [cell.id for cell in plain]
    (named,) = {cell.judge for cell in expand(parse_matrix(matrix_text + '[judge]\nmetrics = "fid,kid"\n'))}
    assert named.metrics == ("fid", "kid")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('metrics = ["fid", "kidd"]', "Unknown metric 'kidd': did you mean 'kid'"),
        ('extractor = "mnistne"', "Unknown extractor 'mnistne': did you mean 'mnistnet'"),
        ("k = 0", "judge.k"),
        ("every = 0", "judge.every"),
        ('main = "fids"', "Unknown main score 'fids': did you mean 'fid'?"),
        ("metrics = []", "judge.metrics"),
        ("neighbours = 3", "judge.neighbours"),
        ("n = 21", "judge.n asks for 21 samples, but training.sample_count draws 20"),
    ],
)
def test_wrong_judge_is_bad_input_before_anything_is_trained(matrix_text: str, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=re.escape(message)):
        expand(parse_matrix(f"{matrix_text}[judge]\n{text}\n"))


@pytest.mark.parametrize("name", shipped_matrices())
def test_shipped_matrices_expand_to_a_pair_of_engines(name: str) -> None:
    cells = expand(load_matrix(name), Selection(device="cpu"))
    assert {cell.engine for cell in cells} >= {"torch", "keras-tf"}
    assert len({cell.id for cell in cells}) == len(cells)


def test_quick_and_mnist_are_shipped() -> None:
    assert {"quick", "mnist"} <= set(shipped_matrices())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["dcgan"]', '["dcgam"]', "Unknown model 'dcgam': did you mean 'dcgan'"),
        ('"torch"', '"toch"', "Unknown engine 'toch': did you mean 'torch'"),
        ('"torch"', '"torch:graf"', "Unknown execution or precision 'graf': did you mean 'graph'"),
        ('"torch"', '"torch:graph"', "Engine 'torch' has no execution 'graph'"),
        ('"mnist-5k"', '"mnist-5"', "Unknown data set 'mnist-5': did you mean 'mnist-5k'"),
        ("engines", "engins", "Unknown matrix field 'engins': did you mean 'engines'"),
        ("batch_size = 16", "batch_sice = 16", "Unknown field 'batch_sice': did you mean 'batch_size'"),
        ("network.width", "network.widht", "Unknown field 'network.widht': did you mean 'network.width'"),
        ("[overrides.dcgan]", "[overrides.wgam]", "Unknown model 'wgam'"),
        ("batch_size = 16", "batch_size = 65", "takes 65 images (batch_size 65), but mnist-5k has 64"),
        ("batch_size = 16", "image_size = 48", "image_size 48 is not 4 times a power of two"),
        ("epochs = 2", "epochs = 0", "epochs"),
        ("seeds = [0]", "seeds = [-1]", "seed"),
        ("seeds = [0]", "seeds = [0, 0]", "seeds names '0' 2 times"),
        ("seeds = [0]", "seeds = []", "seeds"),
        ('device = "cpu"', 'device = "gpu"', "Unknown device 'gpu'"),
        ('device = "cpu"', 'precision = "fp8"', "precision"),
    ],
)  # fmt: skip
def test_wrong_matrix_is_bad_input_that_says_what(matrix_text: str, old: str, new: str, message: str) -> None:
    assert old in matrix_text
    with pytest.raises(BadInput, match=re.escape(message)):
        expand(parse_matrix(matrix_text.replace(old, new)))


def test_batch_larger_than_the_whole_data_set() -> None:
    text = 'models = ["dcgan"]\nengines = ["torch"]\ndatasets = ["mnist-5k"]\n[training]\nbatch_size = 4001\n'
    with pytest.raises(BadInput, match=r"4001 images .* but mnist-5k has 4000"):
        expand(parse_matrix(text))


@pytest.mark.parametrize(
    ("text", "line"), [("models = [\n'dcgan',\n\nseeds = 1\n", 4), ("models = 'a\n", 1), ("a = 1\nb = [1,\n2", 3)]
)
def test_malformed_toml_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=f"broken.toml: malformed TOML: .*line {line}"):
        load_matrix(str(path))


def test_missing_matrix_names_what_is_shipped(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Unknown matrix 'quik': did you mean 'quick'"):
        load_matrix("quik")
    with pytest.raises(BadInput, match=r"no matrix file .*nowhere\.toml"):
        load_matrix(str(tmp_path / "nowhere.toml"))


def test_matrix_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(BadInput, match="not UTF-8"):
        load_matrix(str(path))


def test_settings_are_toml_values_or_text() -> None:
    given = ["a=1", "b=0.5", "c=true", "d=text", "e = 'quoted'", "f=x=y"]
    assert parse_settings(given) == {"a": 1, "b": 0.5, "c": True, "d": "text", "e": "quoted", "f": "x=y"}
    with pytest.raises(BadInput, match="key=value"):
        parse_settings(["training.epochs"])


def test_flatten_joins_keys_with_dots() -> None:
    assert flatten({"a": {"b": {"c": 1}, "d": 2}, "e": 3}) == {"a.b.c": 1, "a.d": 2, "e": 3}
