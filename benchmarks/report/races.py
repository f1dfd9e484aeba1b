"""Races in tables: who is faster, by how much, and what each contender used."""

from __future__ import annotations

from benchmarks.racing.record import RaceRecord, Window
from benchmarks.racing.rows import race_rows
from benchmarks.racing.switches import switch_rows
from benchmarks.report.table import NONE, Column, Content, Table, Value, fixed
from benchmarks.results.rows import Row
from benchmarks.results.statistics import median

_ACROSS = "all"


def race_table(rows: list[Row], notes: list[str]) -> Table:
    """Ratios with their intervals, speed and verdict; controls stand in the table behind."""
    shown = [row for row in rows if not row["control"]]
    columns = [
        *(Column("model"), Column("dataset"), Column("variant"), Column("contender")),
        *(Column("time / reference's", ("time ratio",)), Column("images/s", ("images per second",))),
        Column("verdict"),
    ]
    cells: list[list[Content]] = [
        [
            *(_text(row[key]) for key in ("model", "dataset", "variant", "contender")),
            (Value(row["ratio"], row["low"], row["high"], fixed(3)),),
            (Value(row["images_per_second"], form=fixed(0)),),
            row["verdict"],
        ]
        for row in shown
    ]
    return Table("races", "Races", columns, cells, notes).without_empty(keep=2)


def switch_table(races: list[RaceRecord], notes: list[str]) -> Table:
    """What compiling, a precision or another engine changes alone, over the races that tell of it."""
    columns = [
        *(Column("changed"), Column("without"), Column("with")),
        *(Column("time with / without", ("time ratio",)), Column("verdict"), Column("races", ("races",))),
        *(Column("faster in", ("faster in",)), Column("slower in", ("slower in",))),
        *(Column("least", ("least ratio",)), Column("least in")),
        *(Column("most", ("greatest ratio",)), Column("most in")),
    ]
    cells: list[list[Content]] = [
        [
            *(str(row[key]) for key in ("changed", "without", "with")),
            (Value(row["ratio"], row["low"], row["high"], fixed(3)),),
            row["verdict"],
            *((Value(row[key], form=fixed(0)),) for key in ("races", "faster", "slower")),
            *((Value(row["least"], form=fixed(3)),), row["least_in"]),
            *((Value(row["most"], form=fixed(3)),), row["most_in"]),
        ]
        for row in switch_rows(*races)
    ]
    own = (
        "Contenders that differ in one thing alone: the geometric mean over races of the time with it over the time "
        "without, in brackets its 95 % interval over races; the races that prove it faster or slower; and the least "
        "and the greatest ratio. Verdicts are corrected together (Holm)."
    )
    return Table("switches", "What one choice changes", columns, cells, [own, *notes[1:]] if cells else [])


def more_race_table(rows: list[Row], races: list[RaceRecord], notes: list[str]) -> Table:
    """What contenders used and how they were timed, controls included."""
    columns = [
        *(Column("model"), Column("dataset"), Column("variant"), Column("contender"), Column("control")),
        *(Column("cores busy", ("cores busy",)), Column("GPU watts", ("GPU watts",))),
        *(Column("J / image", ("joules per image",)), Column("above idle", ("joules per image above idle",))),
        *(Column("peak MB", ("peak memory MB",)), Column("GFLOP/s", ("GFLOP per second",))),
        *(Column("% of peak", ("percent of peak",)), Column("start-up s", ("start-up seconds",))),
        Column("compile s", ("compile seconds",)),
        *(Column("incarnations", ("incarnations",)), Column("windows", ("windows",)), Column("marked", ("marked",))),
        Column("outcome"),
    ]
    by_label, notes = {race.label: race for race in races}, [*notes, *blank_notes(rows)]
    cells = [_used(row, by_label[row["race"]]) for row in rows if row["race"] != _ACROSS]
    return Table("more-races", "What races used", columns, cells, notes).without_empty(keep=2)


def race_notes(races: list[RaceRecord]) -> list[str]:
    """The protocol of the races."""
    hosts = dict.fromkeys(
        ", ".join([r.host.processor, f"{r.host.cores} cores", *([r.gpu.name] if r.gpu else [])]) for r in races
    )
    rules = dict.fromkeys(
        f"windows of {r.rules.window_seconds:g} s, {r.rules.rounds} rounds an incarnation, equal within "
        f"{100 * r.rules.margin:g} %"
        for r in races
    )
    return [
        "Contenders side by side, warm, one working at a time; the ratio is their time over the reference's, the "
        "geometric mean over incarnations (all started afresh), in brackets its interval, which covers at least 95 %. "
        "Below 1 is faster. Verdicts are corrected together (Holm).",
        f"Rules: {'; '.join(rules)}.",
        f"Raced on: {'; '.join(hosts)}.",
    ]


def blank_notes(rows: list[Row]) -> list[str]:
    """Why rows have no share of a peak or no energy, a sentence for each reason."""
    found = []
    for key, what in (("peak_reason", "% of peak"), ("energy_reason", "energy")):
        reasons = dict.fromkeys(row[key] for row in rows if row[key])
        for reason in reasons:
            whose = dict.fromkeys(row["contender"] for row in rows if row[key] == reason)
            everybody = len(whose) == len({row["contender"] for row in rows})
            found.append(f"No {what}{'' if everybody else ' of ' + ', '.join(whose)}: {reason}.")
    return found


def rows_of(races: list[RaceRecord]) -> list[Row]:
    """One row per contender, and the means over races; none without races."""
    return race_rows(*races) if races else []


def _used(row: Row, race: RaceRecord) -> list[Content]:
    windows = [each for each in race.windows if each.contender == row["contender"] and each.round > 0]
    watts = _median([each.gpu.power_watts for each in windows if each.gpu])
    numbers = [
        Value(_median([_cores(each) for each in windows]), form=fixed(2)),
        Value(watts, form=fixed(0)),
        Value(row["joules_per_image"]),
        Value(row["joules_above_idle"]),
        Value(row["peak_memory_mb"], form=fixed(0)),
        Value(row["gflops_per_second"], form=fixed(0)),
        Value(None if row["peak_share"] is None else 100.0 * row["peak_share"], form=fixed(1)),
        Value(row["startup_seconds"], form=fixed(1)),
        Value(row["compile_seconds"], form=fixed(1)),
        *(Value(row[key], form=fixed(0)) for key in ("incarnations", "windows", "marked")),
    ]
    names = [_text(row[key]) for key in ("model", "dataset", "variant", "contender", "control")]
    return [*names, *((value,) for value in numbers), row["verdict"]]


def _cores(window: Window) -> float | None:
    return window.cpu_seconds / window.seconds if window.seconds else None


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _text(value: object) -> str:
    return str(value) if value else NONE
