"""Proofs in tables: how equal the twins are at their own training, where a run was asked to prove it."""

from __future__ import annotations

from benchmarks.report.table import NONE, Column, Content, Value
from benchmarks.results.records import Record
from benchmarks.results.rows import Row

PROOF = Column("twins equal to", ("twins equal to",), "twins\nequal to")


def has_proofs(records: list[Record]) -> bool:
    """Whether any record has one: tables without have no column."""
    return any(record.proof is not None for record in records)


def proof_cell(records: list[Record]) -> Content:
    """The largest error of a row's proofs: "4e-15"; in words where one does not hold."""
    proofs = [record.proof for record in records if record.proof is not None]
    errors = [proof.error for proof in proofs if proof.error is not None]
    worst = Value(max(errors, default=None), form=_error)
    if all(proof.held for proof in proofs):
        return (worst,)
    return "not proven" if len(errors) < len(proofs) else f"not equal ({worst.text()})"


def proof_row(record: Record) -> Row:
    """The proof as plain values, for programs."""
    proof = record.proof
    return {"twins_equal_to": proof.error if proof else None, "proof_held": proof.held if proof else None}


def proof_notes(records: list[Record]) -> list[str]:
    """What the column means: one line per way of proving."""
    found: dict[tuple[int, str], None] = {}
    for record in records:
        if record.proof is not None:
            where = {"cpu": "the CPU", "cuda": "the GPU"}[record.proof.device]
            found[record.proof.iterations, where] = None
    return [
        "Twins equal to: the largest error between torch eager and the row's contender, in torch eager's own row "
        "between it and any of its twins that are equal to it, over forward passes, losses, gradients and weights; in "
        f"float64 on {where}, at the very training of the row, but for {iterations} iterations (`ganbench run "
        "--prove`). Seeds and precisions share a proof."
        for iterations, where in found
    ]


def _error(value: float | None) -> str:
    return NONE if value is None else f"{value:.0e}" if value else "0"
