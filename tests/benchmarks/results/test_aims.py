"""Margins and thresholds: as people write them, and refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.matrix.expand import Selection, chosen_aims, expand, parse_settings
from benchmarks.matrix.file import parse_matrix
from benchmarks.results.aims import Aims, as_share
from benchmarks.results.run_folder import RunFolder
from common.errors import BadInput
from common.specs.judge import JudgeSpec


def test_a_share_is_written_in_three_ways() -> None:
    assert as_share("5%") == as_share("5 %") == as_share(0.05) == as_share("0.05") == 0.05
    assert [as_share(text) for text in ("5", "0", "x%", "-1%", "100%", True)] == [None] * 6


def test_a_matrix_states_margins_and_they_are_no_part_of_its_cells(matrix_text: str) -> None:
    matrix = parse_matrix(matrix_text + '[margins]\ntime = "3%"\nfid = 2\n')
    assert matrix.aims() == Aims(margins={"time": 0.03, "fid": 2.0})
    assert expand(matrix) == expand(parse_matrix(matrix_text))


def test_thresholds_stand_with_the_judge_and_change_no_cell(matrix_text: str) -> None:
    text = matrix_text + "[judge]\nevery = 1\n"
    matrix = parse_matrix(text + "[judge.quality]\nfid = 30\n")
    assert matrix.aims() == Aims(quality={"fid": 30.0})
    assert expand(matrix) == expand(parse_matrix(text))
    settings = parse_settings(["judge.quality.fid=20", "judge.quality.recall=0.5", "judge.main=recall"])
    selection = Selection(settings=settings)
    assert chosen_aims(matrix, selection) == Aims(quality={"fid": 20.0, "recall": 0.5})
    assert {cell.judge for cell in expand(matrix, selection)} == {JudgeSpec(every=1, main="recall")}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[margins]\nfidd = 2", "Unknown score in [margins] 'fidd': did you mean 'fid'?"),
        ("[margins]\ntimes = 2", "did you mean 'time'?"),
        ('[margins]\ntime = "5"', 'margins.time: a share between 0 and 1, as in time = "5%"'),
        ("[margins]\nfid = 0", "margins.fid: a number above 0 is needed (got 0)"),
        ('[margins]\nfid = "2%"', "margins.fid: a number above 0 is needed"),
        (
            "[judge]\nevery = 1\n[judge.quality]\nfidd = 2",
            "Unknown score in [judge.quality] 'fidd': did you mean 'fid'?",
        ),
        ("[judge]\nevery = 1\n[judge.quality]\nfid = -1", "judge.quality.fid: a number above 0 is needed (got -1)"),
        ("[judge.quality]\nfid = 2", "only the end of a training is scored: say in [judge] how many epochs apart"),
    ],
)
def test_a_wrong_aim_is_one_sentence(matrix_text: str, table: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_matrix(matrix_text + table)
    assert words in str(caught.value)


def test_the_run_folder_remembers_them(matrix_text: str, tmp_path: Path) -> None:
    run, cells = RunFolder(tmp_path), expand(parse_matrix(matrix_text))
    assert run.aims() == Aims()
    run.open(cells, Aims(margins={"fid": 2.0}))
    run.open(cells)
    assert run.aims() == Aims(margins={"fid": 2.0})
    run.open(cells, Aims())
    assert (run.aims(), run.cells()) == (Aims(), cells)
