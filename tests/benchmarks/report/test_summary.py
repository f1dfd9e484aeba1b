"""The summary tables: rows, numbers, intervals and what is said where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.report.best import best_notes
from benchmarks.report.gathered import Gathered, ordered
from benchmarks.report.groups import groups
from benchmarks.report.summary import compact_table, more_scores_table, more_speed_table, scores_table, speed_table
from benchmarks.report.table import Table, number
from benchmarks.results.aims import Aims
from benchmarks.results.cell_folder import CellFolder
from benchmarks.results.records import JudgedEpoch, Proof, Record
from common.specs.cell import Cell

SCORES = {"recall": 0.7, "precision": 0.6, "fid": 12.5, "inception_score": 6.0}


def gathered(records: list[Record], missing: tuple[Cell, ...] = ()) -> Gathered:
    cells = ordered([*(record.cell for record in records), *missing])
    folders = {cell.id: CellFolder(Path("nowhere")) for cell in cells}
    return Gathered(cells, {record.cell.id: record for record in records}, folders, [], Aims())


def made(make: Callable[..., Table], records: list[Record], missing: tuple[Cell, ...] = ()) -> Table:
    return make(groups(gathered(records, missing)))


def column(table: Table, name: str) -> list[str]:
    return [row[table.headers.index(name)] for row in table.texts]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.05123, "0.0512"), (1.926, "1.93"), (48.24, "48.2"), (1234.5, "1234"), (-3.14159, "-3.14"),
        (0.000123, "0.000123"), (0.00000123, "1.23e-06"), (None, "-"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_best_generators_stand_beside_final_ones(make_record: Callable[..., Record]) -> None:
    records = []
    for seed, fids in enumerate(({2: 9.0, 4: 12.5}, {2: 19.0, 4: 11.0})):
        history = [JudgedEpoch(epoch=epoch, scores={"fid": fid}) for epoch, fid in fids.items()]
        scores = {"fid": fids[4], "precision": 0.6}
        records.append(make_record(seed=seed, scores=scores, history=history, best_epoch=(2, 4)[seed]))
    table = made(scores_table, [*records, make_record("keras-tf", scores=SCORES)])
    assert column(table, "FID (mnistnet) ↓") == ["11.8", "12.5", "0.500"]
    assert column(table, "best FID (mnistnet) ↓") == ["10.0", "-", "-"]
    assert column(table, "best after epoch") == ["2, 4", "-", "-"]
    (note,) = best_notes(records)
    assert note.startswith("The best generator is the earliest with the best FID (mnistnet) of those after epoch 2, 4:")


def test_one_seed_each_in_the_form_of_the_thesis(make_record: Callable[..., Record]) -> None:
    records = [make_record("keras-tf", seconds=[1.5], scores=SCORES), make_record(scores=SCORES)]
    table = made(scores_table, records)
    assert table.headers == [
        "model", "dataset", "engine", "Inception Score (mnistnet) ↑", "FID (mnistnet) ↓",
        "Precision / Recall (mnistnet) ↑",
    ]  # fmt: skip
    assert table.texts == [
        ["dcgan", "mnist-5k", "torch eager", "6.00", "12.5", "0.600 / 0.700"],
        ["dcgan", "mnist-5k", "keras-tf graph", "6.00", "12.5", "0.600 / 0.700"],
        ["real data", "mnist-5k", "(floor)", "9.90", "0.500", "0.900 / 0.800"],
    ]
    speed = made(speed_table, records)
    assert speed.headers[3:] == ["epoch s", "images/s", "time / torch's", "peak MB"]
    assert [row[2:] for row in speed.texts] == [
        ["torch eager", "2.00", "80", "1.00", "500"],
        ["keras-tf graph", "1.50", "107", "0.75", "500"],
    ]


@pytest.mark.parametrize(("floor", "told"), [(0.5 + 1e-9, "0.500"), (0.6, "0.500 or 0.600")])
def test_floors_that_print_alike_are_one(floor: float, told: str, make_record: Callable[..., Record]) -> None:
    other = make_record("keras-tf", scores=SCORES)
    other.metrics["fid"] = other.metrics["fid"].model_copy(update={"floor": floor})
    table = made(scores_table, [make_record(scores=SCORES), other])
    assert column(table, "FID (mnistnet) ↓")[-1] == told


def test_few_columns_stand_first_and_the_rest_behind(make_record: Callable[..., Record]) -> None:
    record = make_record(scores=SCORES)
    changed = {"name": "Distance", "extractor": None}
    record.metrics["distance"] = record.metrics["fid"].model_copy(update=changed)
    tables = [made(make, [record]) for make in (scores_table, speed_table, more_scores_table, more_speed_table)]
    assert all(len(table.columns) <= 8 for table in tables)
    assert tables[2].headers[3:] == ["Distance ↓"]
    assert column(tables[3], "start-up s") == ["3.0"]


def test_compact_table_fits_a_terminal(make_record: Callable[..., Record]) -> None:
    table = made(compact_table, [make_record(scores=SCORES), make_record("keras-tf", scores=SCORES)])
    headers = [each.short or each.header for each in table.columns]
    assert headers == [
        "model", "dataset", "engine", "IS ↑\nmnistnet", "FID ↓\nmnistnet", "Precision /\nRecall ↑\nmnistnet",
        "epoch\ns", "images\n/s", "time /\ntorch's", "peak\nMB",
    ]  # fmt: skip
    columns = zip(headers, *table.texts, strict=True)
    widths = [max(len(line) for text in column for line in text.splitlines()) for column in columns]
    assert sum(widths) + 2 * len(widths) <= 110
    assert table.texts[0][3:] == ["6.00", "12.5", "0.600 / 0.700", "2.00", "80", "1.00", "500"]


def test_proofs_are_a_column_where_there_are_any(
    make_record: Callable[..., Record], make_proof: Callable[..., Proof]
) -> None:
    plain = [make_record(seed=seed, scores=SCORES) for seed in (0, 1)]
    keras = [make_record("keras-tf", seed=seed, scores=SCORES, proof=make_proof(error)) for seed, error in
             ((0, 4.2e-15), (1, 3e-15))]  # fmt: skip
    for make in (scores_table, speed_table, compact_table):
        assert "twins equal to" not in made(make, plain).headers
        table = made(make, [*plain, *keras])
        assert column(table, "twins equal to")[:2] == ["-", "4e-15"]
        assert len(table.texts) == (2 if make is speed_table else 3)
    headers = [each.short for each in made(compact_table, keras).columns]
    assert headers[-1] == "twins\nequal to"


@pytest.mark.parametrize(
    ("error", "held", "text"),
    [(0.0, True, "0"), (3e-4, False, "not equal (3e-04)"), (None, False, "not proven"), (5e-15, True, "5e-15")],
    ids=str,
)
def test_a_proof_that_does_not_hold_is_told_in_words(
    error: float | None, held: bool, text: str, make_record: Callable[..., Record], make_proof: Callable[..., Proof]
) -> None:
    record = make_record("keras-tf", status="failed", training=None, proof=make_proof(error, held))
    assert column(made(speed_table, [record]), "twins equal to") == [text]


def test_seeds_are_one_row_with_an_interval_from_three_on(make_record: Callable[..., Record]) -> None:
    records = [make_record(seed=seed, scores={"fid": float(seed + 10)}) for seed in range(3)]
    records.append(make_record("keras-tf", seed=0, scores={"fid": 9.0}))
    table = made(scores_table, records)
    assert column(table, "seeds") == ["3", "1", "-"]
    assert column(table, "FID (mnistnet) ↓")[0].startswith("11.0 [8.52, 13.5]")
    assert column(table, "FID (mnistnet) ↓")[1] == "9.00"
    assert column(made(speed_table, records), "time / torch's")[0] == "1.00 [1.00, 1.00]"


def test_diverged_and_failed_cells_are_rows_with_their_status(make_record: Callable[..., Record]) -> None:
    nothing = {"training": None}
    records = [
        make_record(scores=SCORES),
        make_record("keras-tf", status="diverged", diverged_in_epoch=3, reason="nan", **nothing),
        make_record("keras-tf:compiled", status="failed", reason="It broke.", **nothing),
        make_record("torch:compiled", scoring_failed=True),
    ]
    table = made(scores_table, records)
    status = dict(zip(column(table, "engine"), column(table, "status"), strict=True))
    assert status == {
        "torch eager": "finished", "torch compiled": "not scored", "keras-tf compiled": "failed",
        "keras-tf graph": "diverged in epoch 3", "(floor)": "-",
    }  # fmt: skip
    assert [row[3:-1] for row in table.texts if row[2] == "keras-tf graph"] == [["-"] * 3]


def test_mixed_seeds_count_each_status(make_record: Callable[..., Record]) -> None:
    records = [make_record(), make_record(seed=1), make_record(seed=2, status="failed")]
    assert column(made(scores_table, records), "status") == ["2 finished, 1 failed"]


def test_cells_without_a_record_are_rows_too(make_record: Callable[..., Record]) -> None:
    absent = (make_record(seed=1).cell, make_record("keras-tf").cell, make_record("keras-tf", seed=1).cell)
    table = made(scores_table, [make_record(scores=SCORES)], absent)
    assert column(table, "status") == ["1 finished, 1 missing", "missing", "-"]
    assert column(table, "FID (mnistnet) ↓") == ["12.5", "-", "0.500"]


def test_configurations_of_one_engine_are_told_apart(make_record: Callable[..., Record]) -> None:
    plain = make_record()
    network = plain.cell.model.network.model_copy(update={"width": 8})
    cell = plain.cell.model_copy(update={"model": plain.cell.model.model_copy(update={"network": network})})
    table = made(scores_table, [plain, make_record(cell=cell, id=cell.id)])
    assert sorted(column(table, "engine")) == ["torch eager (network.width=4)", "torch eager (network.width=8)"]


def test_scores_of_several_extractors_are_named(make_record: Callable[..., Record]) -> None:
    record = make_record("keras-tf", scores={"fid": 1.0})
    record.metrics["fid"] = record.metrics["fid"].model_copy(update={"extractor": "inception"})
    records = [make_record(scores={"fid": 2.0}), record]
    assert "FID (mnistnet) or FID ↓" in made(scores_table, records).headers
    record.metrics["fid"] = record.metrics["fid"].model_copy(update={"extractor": "other (mine)"})
    assert "FID ↓\nmnistnet or other (mine)" in [each.short for each in made(compact_table, records).columns]


def test_torch_stands_first(make_record: Callable[..., Record]) -> None:
    records = [make_record("keras-tf", 1), make_record("torch:compiled"), make_record("keras-tf"), make_record()]
    assert [(cell.engine, cell.execution, cell.seed) for cell in ordered(record.cell for record in records)] == [
        ("torch", "eager", 0), ("torch", "compiled", 0), ("keras-tf", "graph", 0), ("keras-tf", "graph", 1),
    ]  # fmt: skip


def test_names_with_brackets_are_printed_whole(make_record: Callable[..., Record]) -> None:
    """Names are composed, never parsed back: whatever a plug-in calls its score or its extractor."""
    record = make_record(scores={"fid": 2.0})
    changed = {"name": "Distance (squared)", "extractor": None}
    record.metrics["distance"] = record.metrics["fid"].model_copy(update=changed)
    assert "Distance (squared) ↓" in made(more_scores_table, [record]).headers
