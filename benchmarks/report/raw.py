"""The raw table: one flat row per cell with plain numbers, as written to cells.csv and printed by `--json`."""

from __future__ import annotations

import csv
import io

from benchmarks.report.proofs import has_proofs, proof_row
from benchmarks.results.best import best_scores
from benchmarks.results.pairing import baselines, ratio_to_baseline
from benchmarks.results.records import Record
from benchmarks.results.rows import Row
from benchmarks.results.speed import epoch_seconds, images_per_second, peak_memory
from benchmarks.results.statistics import median, quartiles

_DIGITS = 12


def table_rows(records: list[Record]) -> list[Row]:
    """One row per record, in their order; missing numbers are None. All rows have the same keys, of a proof only if any
    record has one."""
    known = baselines(records)
    names = list(dict.fromkeys(name for record in records for name in record.metrics))
    proven = has_proofs(records)
    return [
        {
            **_identity(record),
            **_scores(record, names),
            **_costs(record, known),
            **(proof_row(record) if proven else {}),
        }
        for record in records
    ]


def rows_csv(rows: list[Row]) -> str:
    """Rows with the same keys in the same order as CSV with a header line, numbers with twelve significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0] if rows else [])
    writer.writerows(map(_portable, row.values()) for row in rows)
    return text.getvalue()


def _portable(value: object) -> object:
    """Without the last digits of a computed number, which depend on the processor: NumPy has other code for AVX-512."""
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _identity(record: Record) -> Row:
    cell, training = record.cell, record.training
    return {
        "model": cell.model.name, "dataset": cell.dataset, "engine": cell.engine, "execution": cell.execution,
        "arithmetic": cell.precision, "stock": cell.stock,  # "precision" is a score
        "device": training.hardware.device if training else cell.device,
        "seed": cell.seed, "epochs": sum(phase.epochs for phase in cell.phases()),
        "batch_size": cell.training.batch_size, "image_size": cell.training.image_size,
        "id": record.id, "status": record.status, "reason": record.reason,
    }  # fmt: skip


def _scores(record: Record, names: list[str]) -> Row:
    row: Row = {}
    for name in names:
        score = record.metrics.get(name)
        row[name] = score.value if score else None
        row[f"{name}_floor"] = score.floor if score else None
        row[f"{name}_best"] = best_scores(record).get(name)
    extractors = {score.extractor for score in record.metrics.values() if score.extractor is not None}
    return {**row, "best_epoch": record.best_epoch, "extractor": " ".join(sorted(extractors)) or None}


def _costs(record: Record, known: dict[str, Record]) -> Row:
    seconds = epoch_seconds(record)
    low, high = quartiles(seconds) if seconds else (None, None)
    clocks = record.training.clocks if record.training else None
    hardware = record.training.hardware if record.training else None
    return {
        "epoch_seconds": median(seconds) if seconds else None,
        "epoch_seconds_q1": low,
        "epoch_seconds_q3": high,
        "images_per_second": images_per_second(record),
        "ratio_to_torch": ratio_to_baseline(record, known),
        "peak_memory_bytes": peak_memory(record),
        "peak_process_bytes": hardware.peak_process_bytes if hardware else None,
        "peak_device_bytes": hardware.peak_device_bytes if hardware else None,
        "startup_seconds": clocks.startup_seconds if clocks else None,
        "compile_seconds": clocks.compile_seconds if clocks else None,
    }
