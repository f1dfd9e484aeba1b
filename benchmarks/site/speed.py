"""The page about speed: races first, since only they are evidence; what trainings took beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.racing.record import RaceRecord
from benchmarks.racing.rows import race_rows
from benchmarks.report.gathered import Gathered
from benchmarks.report.table import NONE, number
from benchmarks.results.quantities import EPOCH_TIME, time_margin
from benchmarks.results.rows import Row
from benchmarks.site.forest import Ratio, forest_plot
from benchmarks.site.tables import SiteTable, Value, value
from benchmarks.site.words import tone

FROM_RACES = "From races: contenders side by side on one machine, every incarnation a replicate."
FROM_TRAININGS = (
    "From the clocks of trainings: one process after the other, every seed a replicate. A race is better evidence: "
    "ganbench race."
)


@dataclass(frozen=True)
class Forest:
    """The figure and what it rests on."""

    svg: str
    evidence: str


def forest(gathered: Gathered, compared: Sequence[Row]) -> Forest:
    """Ratios of all races; where there are none, those of the trainings."""
    if gathered.races:
        found = [row for row in race_rows(*gathered.races) if row["ratio"] is not None and not row["control"]]
        ratios = [_ratio(row, row["contender"]) for row in found if row["verdict"] != "reference"]
        references = dict.fromkeys(race.reference for race in gathered.races)
        margin = gathered.races[0].rules.margin
        return Forest(forest_plot("forest", ratios, margin, " or ".join(references)), FROM_RACES)
    times = [row for row in compared if row["quantity"] == EPOCH_TIME]
    ratios = [_ratio({**row, "ratio": row["value"]}, row["engine"]) for row in times]
    against = times[0]["against"] if times else ""
    return Forest(forest_plot("forest", ratios, time_margin(gathered.aims)[0], against), FROM_TRAININGS)


def race_table(races: Sequence[RaceRecord]) -> SiteTable:
    """One line per contender of every race."""
    headers = ("model", "data set", "contender", "verdict", "time ratio", "interval", "images/s", "start-up s",
               "compile s", "peak MB", "incarnations", "windows", "marked")  # fmt: skip
    return SiteTable(
        "races", "Races: contenders in turn on one machine", headers, [_raced(r) for r in race_rows(*races)]
    )


def _ratio(row: Row, contender: str) -> Ratio:
    several = "" if row["dataset"] == "all" else f", {row['dataset']}"
    return Ratio(f"{row['model']}{several}, {contender}", row["ratio"], row["low"], row["high"], row["verdict"])


def _raced(row: Row) -> list[Value]:
    interval = NONE if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
    model = row["model"] + (f" ({row['variant']})" if row["variant"] else "")
    ends = [value(row[key], ".0f") for key in ("incarnations", "windows", "marked")]
    return [
        value(model), value(row["dataset"]), value(row["contender"]), Value(row["verdict"], tone=tone(row["verdict"])),
        value(row["ratio"]), Value(interval), value(row["images_per_second"], ".0f"),
        value(row["startup_seconds"], ".1f"), value(row["compile_seconds"], ".1f"), value(row["peak_memory_mb"], ".0f"),
        *ends,
    ]  # fmt: skip
