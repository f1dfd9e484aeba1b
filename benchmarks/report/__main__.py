"""`python -m benchmarks.report RUN`: builds the report in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.report.build import build_report
from common.errors import GanbenchError

if __name__ == "__main__":
    try:
        build_report(Path(sys.argv[1]))
    except GanbenchError as error:
        sys.exit(str(error))
