"""How fast the judge is, beside what it replaces: one table, measured in alternating order on an idle machine.

    python -m benchmarks.perf.metrics [--rounds 3] [--large] [--scale 1.0] [--out FILE.json]

Every measurement is a fresh process (`judge_cases`). The two sides of a pair alternate A B B A, so that a drift of
the machine hits both; medians and all raw values are kept. `--large` adds 50,000 x 50,000 (minutes).
`--scale 0.1` shrinks the data for a trial run, whose numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from benchmarks.results.markdown import markdown_table
from common.errors import GanbenchError
from common.files import write_text

PAIRS = (
    ("trace_ours", "trace_sqrtm", "FID trace term, D = 2048, against scipy.linalg.sqrtm"),
    ("manifold_ours", "manifold_prdc", "precision, recall, density, coverage, 10,000 x 10,000 x 1280, against prdc"),
    ("extract_onnx", "extract_torch", "EfficientNet-Lite0, 256 images, against torch eager"),
)
SINGLES = (
    ("fid_1000", "FID of 1,000 against 1,000, D = 2048"),
    ("kid_ours", "KID, 100 subsets of 1,000, D = 2048"),
)
LARGE = ("manifold_50k", "precision, recall, density, coverage, 50,000 x 50,000 x 1280")


def run_case(case: str, scale: float) -> dict[str, Any]:
    """One measurement in a process of its own.

    Raises:
        GanbenchError: the case failed; the message ends with its last line.
    """
    end = run_child(python_command("benchmarks.perf.judge_cases", case, str(scale)))
    return json.loads(end.check(f"The measurement {case} failed.").printed[-1])


def run_all(rounds: int, scale: float, large: bool) -> list[dict[str, Any]]:
    """All measurements: one row per line of the table."""
    rows = []
    for ours, theirs, title in PAIRS:
        raw: dict[str, list[dict[str, Any]]] = {ours: [], theirs: []}
        for index in range(rounds):
            for case in (ours, theirs) if index % 2 == 0 else (theirs, ours):
                raw[case].append(run_case(case, scale))
        rows.append({"title": title, "ours": _summary(raw[ours]), "theirs": _summary(raw[theirs])})
    for case, title in (*SINGLES, *([LARGE] if large else [])):
        repeats = 1 if case == LARGE[0] else rounds
        rows.append({"title": title, "ours": _summary([run_case(case, scale) for _ in range(repeats)])})
    return rows


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """The table: medians, peak memory, ratio."""
    lines = []
    for row in rows:
        ours, theirs = row["ours"], row.get("theirs")
        other = [f"{theirs['seconds']:.2f}", f"{theirs['peak_mib']:.0f}"] if theirs else ["", ""]
        ratio = f"{theirs['seconds'] / ours['seconds']:.1f}x" if theirs else ""
        lines.append([row["title"], f"{ours['seconds']:.2f}", f"{ours['peak_mib']:.0f}", *other, ratio])
    headers = ["what", "seconds", "peak MiB", "alternative: seconds", "peak MiB", "ratio"]
    return markdown_table(headers, lines, numeric=range(1, len(headers)))


def _summary(raw: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "seconds": statistics.median(entry["seconds"] for entry in raw),
        "peak_mib": max(entry["peak_mib"] for entry in raw),
        "all_seconds": [entry["seconds"] for entry in raw],
    }


def main() -> int:
    """Run the script; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.perf.metrics", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--out", type=Path, help="also write all raw values as JSON")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The machine is not idle (load {load:.1f}): these timings will not count.", file=sys.stderr)
    try:
        rows = run_all(options.rounds, options.scale, options.large)
        if options.out:
            write_text(options.out, json.dumps({"load_before": load, "rows": rows}, indent=1) + "\n")
    except GanbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(as_markdown(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
