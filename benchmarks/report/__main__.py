"""`python -m benchmarks.report RUN`: builds the report in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.machine.events import Emitter, report
from benchmarks.report.build import build_report
from benchmarks.results.run_folder import RunFolder


def _build(emit: Emitter) -> int:
    build_report([RunFolder(Path(sys.argv[1]))])
    return 0


if __name__ == "__main__":
    sys.exit(report(_build))
