"""The parity page: every rung's measured error, the mistakes noticed, and what cannot be equal, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from benchmarks.parity.compare import LADDER, Rung
from benchmarks.parity.ladder import ROUNDING, RungResult
from benchmarks.parity.record import Climb, Provenance
from benchmarks.results.markdown import markdown_table

PACKAGES = ("torch", "keras", "tensorflow", "jax", "numpy")
FINDINGS = (
    "second_derivative",
    "keras_epsilon",
    "keras_float64",
    "channels_last_float64",
    "running_variance",
    "fused_adam_layout",
    "softplus_threshold",
)


def parity_page(climbs: Sequence[Climb]) -> str:
    """The page for the climbs of one or more calls; runs the scripts of the known differences.

    Raises:
        GanbenchError: a finding's script failed.
    """
    rows = [row for climb in climbs for row in climb.rows]
    held = sum(row.passed for row in rows)
    return "\n".join(
        [
            "# Parity of the twins",
            "",
            "Written by `ganbench parity --all --out reports/parity.md`. Each model is trained small (16x16, width 16, "
            "batches of 16 real digits) by eager torch and by the engine named, from the same weights, batches and "
            "noise, on the CPU; a cell is the largest error found on a rung, **bold** where it exceeds its tolerance. "
            "Growing models are compared in a fading and in a stable phase. Engine torch is its compiled execution.",
            "",
            f"{held} of {len(rows)} rungs hold.",
            "",
            *_failures(climbs),
            *_provenances(climbs),
            *_rung_tables(rows),
            *_mistakes(rows),
            *_known_differences(),
        ]
    )


def _failures(climbs: Sequence[Climb]) -> list[str]:
    lines = [f"- {climb.model}, {climb.engine}: {climb.failure}" for climb in climbs if climb.failure is not None]
    return ["**Not measured:**", "", *lines, ""] if lines else []


def _provenances(climbs: Sequence[Climb]) -> list[str]:
    """One line a provenance, with the climbs made by it where there are several."""
    known: list[Provenance] = []
    for climb in climbs:
        if climb.provenance not in known:
            known.append(climb.provenance)
    lines = []
    for each in known:
        whose = f" For: {_names([c for c in climbs if c.provenance == each], climbs)}." if len(known) > 1 else ""
        lines += [_provenance_line(each) + whose, ""]
    return lines


def _names(some: Sequence[Climb], climbs: Sequence[Climb]) -> str:
    """Engines with the models that were climbed with them, as "keras-tf (all models), torch (dcgan, wgan)"."""
    models = {climb.model for climb in climbs}
    named = []
    for engine in dict.fromkeys(climb.engine for climb in some):
        own = [climb.model for climb in some if climb.engine == engine]
        named.append(f"{engine} ({'all models' if set(own) == models else ', '.join(own)})")
    return ", ".join(named)


def _provenance_line(provenance: Provenance) -> str:
    software = provenance.environment
    versions = ", ".join(f"{name} {software.versions[name]}" for name in PACKAGES if name in software.versions)
    changed = " with changes" if software.git_dirty else ""
    machine = f"Python {software.python}; {provenance.processor}"
    return f"Protocol: {versions}; {machine}; commit {software.git_commit}{changed}."


def _rung_tables(rows: Sequence[RungResult]) -> list[str]:
    lines = []
    for precision in ("fp64", "fp32"):
        chosen = [row for row in rows if row.rung < 7 and row.precision == precision]
        if not chosen:
            continue
        lines += [f"## {'float64' if precision == 'fp64' else 'float32'}", ""]
        rungs = [rung for rung in LADDER if precision in rung.tolerance]
        header = [f"{rung.number} {rung.name} (<= {rung.tolerance[precision]:g})" for rung in rungs]
        lines += [markdown_table(["model", "engine", "execution", *header], _merged(chosen, rungs)), ""]
        if any(rung.follows_rounding for rung in rungs) and precision == "fp32":
            lines += [
                f"A float32 gradient may exceed its tolerance up to {ROUNDING:g} times the distance of torch's own "
                "float32 from torch's float64, which is then given beside it.",
                "",
            ]
    return lines


def _merged(rows: Sequence[RungResult], rungs: Sequence[Rung]) -> list[list[str]]:
    """One line per model, engine and execution: the largest error over its phases, rung by rung."""
    table = []
    for key in dict.fromkeys((row.model, row.engine, row.execution) for row in rows):
        mine = [row for row in rows if (row.model, row.engine, row.execution) == key]
        table.append([*key, *(_cell([row for row in mine if row.name == rung.name], rung) for rung in rungs)])
    return table


def _cell(rows: Sequence[RungResult], rung: Rung) -> str:
    if not rows:
        return "-"
    worst = max(rows, key=lambda row: row.error)
    text = f"{worst.error:.1e}"
    if worst.error > rung.tolerance[worst.precision] and worst.tolerance > rung.tolerance[worst.precision]:
        text += f" (torch's rounding {worst.tolerance / ROUNDING:.1e})"
    return text if all(row.passed for row in rows) else f"**{text}**"


def _mistakes(rows: Sequence[RungResult]) -> list[str]:
    chosen = [row for row in rows if row.rung == 7]
    if not chosen:
        return []
    lines = [
        "## Planted mistakes",
        "",
        "How many times over its tolerance each mistake drives the rung that notices it.",
        "",
    ]
    engines = list(dict.fromkeys(row.engine for row in chosen))
    table = []
    for model, name in dict.fromkeys((row.model, row.name) for row in chosen):
        found = {row.engine: row for row in chosen if (row.model, row.name) == (model, name)}
        cells = [_mistake_cell(found[engine]) if engine in found else "-" for engine in engines]
        noticed = dict.fromkeys(row.noticed_by for row in found.values() if row.noticed_by)
        table.append([model, name.removeprefix("notices "), *cells, "; ".join(noticed)])
    return [*lines, markdown_table(["model", "mistake", *engines, "noticed by"], table), ""]


def _mistake_cell(row: RungResult) -> str:
    return f"{row.error:.0e}" if row.passed else f"**{row.error:.0e}: not noticed**"


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
    return [*lines, markdown_table(["script", "what", "measured", "here"], table), ""]


def _run_finding(name: str) -> dict:
    end = run_child(python_command(f"benchmarks.findings.{name}"))
    found: dict = json.loads(end.check(f"The script of the known difference {name} failed.").printed[-1])
    return found
