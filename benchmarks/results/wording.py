"""Short texts that several outputs share: a cell's title, durations, and a failure in one line."""

from __future__ import annotations

from common.specs.cell import Cell


def title(cell: Cell) -> str:
    """The cell in the user's words: "dcgan on mnist-5k, torch (eager), seed 0"."""
    engine, _, how = cell.contender.partition(" ")
    return f"{cell.model.name} on {cell.dataset}, {engine} ({how}), seed {cell.seed}"


def duration(seconds: float) -> str:
    """Seconds as people read them: "42 s", "3 min 05 s", "2 h 07 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def brief(reason: str | None) -> str | None:
    """A failure in one line: its sentence, and of the quoted stderr only the last line, which names the error."""
    lines = [line.strip() for line in (reason or "").splitlines() if line.strip()]
    if len(lines) < 2:
        return lines[0] if lines else None
    return f"{lines[0].removesuffix(' Last lines of its stderr:')} {lines[-1]}"
