"""The parity page: every rung's measured error, the mistakes noticed, and what cannot be equal, as Markdown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.environment import collect_environment, processor_name
from benchmarks.parity.ladder import Row
from benchmarks.processes import python_environment
from common.errors import GanbenchError

FINDINGS = ("second_derivative", "keras_epsilon", "running_variance", "fused_adam_layout", "softplus_threshold")


def parity_page(rows: Sequence[Row]) -> str:
    """The page for the rows of one or more climbs; runs the scripts of the known differences.

    Raises:
        GanbenchError: a finding's script failed.
    """
    software = collect_environment()
    packages = ("torch", "keras", "tensorflow", "jax", "numpy")
    versions = ", ".join(f"{name} {software.versions[name]}" for name in packages if name in software.versions)
    return "\n".join(
        [
            "# Parity of the twins",
            "",
            "Written by `ganbench parity --all --out reports/parity.md`. Each model is trained small (16x16, width 16, "
            "batches of 16 real digits) by torch and by the engine named, from the same weights, batches and noise, "
            "on the CPU; a cell is the largest error found on a rung, **bold** where it exceeds its tolerance. Growing "
            "models are compared in a fading and in a stable phase.",
            "",
            f"Protocol: {versions}; Python {software.python}; {processor_name()}; commit {software.git_commit}.",
            "",
            *_rung_tables(rows),
            *_mistakes(rows),
            *_known_differences(),
        ]
    )


def _rung_tables(rows: Sequence[Row]) -> list[str]:
    lines = []
    for precision in ("fp64", "fp32"):
        chosen = [row for row in rows if row.rung < 7 and row.precision == precision]
        names = list(dict.fromkeys((row.rung, row.name, row.tolerance) for row in chosen))
        if not chosen:
            continue
        lines += [f"## {'float64' if precision == 'fp64' else 'float32'}", ""]
        header = [f"{rung} {name} (<= {tolerance:g})" for rung, name, tolerance in names]
        lines += _table(["model", "engine", "execution", *header], _merged(chosen, names))
    return lines


def _merged(rows: Sequence[Row], names: list[tuple[int, str, float]]) -> list[list[str]]:
    """One line per model, engine and execution: the largest error over its phases, rung by rung."""
    table = []
    for key in dict.fromkeys((row.model, row.engine, row.execution) for row in rows):
        cells = []
        for _, name, tolerance in names:
            errors = [r.error for r in rows if (r.model, r.engine, r.execution) == key and r.name == name]
            text = f"{max(errors):.1e}" if errors else "-"
            cells.append(f"**{text}**" if errors and max(errors) > tolerance else text)
        table.append([*key, *cells])
    return table


def _mistakes(rows: Sequence[Row]) -> list[str]:
    chosen = [row for row in rows if row.rung == 7]
    if not chosen:
        return []
    lines = [
        "## Planted mistakes",
        "",
        "How many times over its tolerance each mistake drives the rung that notices it.",
        "",
    ]
    table = [
        [
            row.model,
            row.engine,
            row.name.removeprefix("notices "),
            f"{row.error:.0e}",
            row.noticed_by or "**not noticed**",
        ]
        for row in chosen
    ]
    return lines + _table(["model", "engine", "mistake", "times over", "noticed by"], table)


def _known_differences() -> list[str]:
    lines = [
        "## Known differences",
        "",
        "What differs between the frameworks by their own design, measured by `python -m benchmarks.findings.<name>`, "
        "and what is done about it here.",
        "",
    ]
    table = []
    for name in FINDINGS:
        found = _run_finding(name)
        numbers = "<br>".join(f"{what}: {value:.6g}" for what, value in found["measured"].items())
        table.append([f"`{name}`", found["what"], numbers, found["remedy"]])
    return lines + _table(["script", "what", "measured", "here"], table)


def _run_finding(name: str) -> dict:
    command = [sys.executable, "-m", f"benchmarks.findings.{name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=python_environment())
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-4:])
        raise GanbenchError(f"The script of the known difference {name} failed:\n{last}")
    found: dict = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
