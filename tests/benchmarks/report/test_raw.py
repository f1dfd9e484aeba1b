"""The raw table: plain numbers that a program can read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from benchmarks.report.raw import rows_csv, table_rows
from benchmarks.results.records import Proof, Record


def test_csv_reads_back_with_all_numbers(make_record: Callable[..., Record]) -> None:
    records = [
        make_record(scores={"fid": 12.5}),
        make_record("keras-tf", status="failed", reason="a, b\nc", training=None),
    ]
    rows = list(csv.DictReader(io.StringIO(rows_csv(table_rows(records)))))
    assert [row["engine"] for row in rows] == ["torch", "keras-tf"]
    first, second = rows
    assert (float(first["fid"]), float(first["fid_floor"]), first["extractor"]) == (12.5, 0.5, "mnistnet")
    assert (float(first["epoch_seconds"]), float(first["epoch_seconds_q1"])) == (2.0, 1.5)
    assert (float(first["startup_seconds"]), float(first["compile_seconds"])) == (3.0, 1.5)
    assert int(first["peak_memory_bytes"]) == 500 * 2**20
    assert (second["status"], second["reason"], second["fid"], second["epoch_seconds"]) == ("failed", "a, b\nc", "", "")


def test_csv_is_the_same_where_the_last_digit_of_a_logarithm_is_another() -> None:
    here, there = 0.8345439339495242, 0.8345439339495243
    assert rows_csv([{"ratio": here}]) == rows_csv([{"ratio": there}]) == "ratio\n0.83454393395\n"
    assert rows_csv([{"a": 3, "b": 0.1, "c": None, "d": True, "e": 1e-12}]) == "a,b,c,d,e\n3,0.1,,True,1e-12\n"


def test_rows_all_have_the_same_keys(make_record: Callable[..., Record]) -> None:
    rows = table_rows([make_record(), make_record("keras-tf", scores={"fid": 1.0, "recall": 0.5})])
    assert list(rows[0]) == list(rows[1])
    assert rows[0]["recall"] is None


def test_proofs_are_told_only_where_there_are_any(
    make_record: Callable[..., Record], make_proof: Callable[..., Proof]
) -> None:
    plain, proven = make_record(), make_record("keras-tf", proof=make_proof(4e-15))
    assert "twins_equal_to" not in table_rows([plain])[0]
    rows = table_rows([plain, proven])
    assert [(row["twins_equal_to"], row["proof_held"]) for row in rows] == [(None, None), (4e-15, True)]
