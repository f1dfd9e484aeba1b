"""The exporting process: writes trained generators as ONNX files, through torch.

Usage: python -m benchmarks.exporting.process JOB.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.drawing.request import find_trained
from benchmarks.exporting.network import onnx_model
from benchmarks.machine.events import Emitter, report
from benchmarks.results.records import RecordPart
from common.files import atomic_write


class Job(RecordPart):
    """Generators to export, as pairs of what `find_trained` takes and the file to write."""

    files: list[tuple[Path, Path]]


def run(emit: Emitter) -> int:
    """Export what the job on the command line names, one by one; equal networks share the graph of the first."""
    job = Job.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    graphs: dict[str, Any] = {}
    for weights, out in job.files:
        trained = find_trained(weights)
        key = trained.cell.model.network.model_dump_json() + trained.shape.model_dump_json()
        model = graphs[key] = onnx_model(trained, graphs.get(key))
        with atomic_write(out) as handle:
            handle.write(model.SerializeToString(deterministic=True))
        emit({"event": "exported", "file": str(out)})
    emit({"event": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(report(run))
