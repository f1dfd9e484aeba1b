"""The page about speed: races first, since only they are evidence; what trainings took beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.report.gathered import Gathered
from benchmarks.report.races import rows_of
from benchmarks.results.comparison_page import label
from benchmarks.results.quantities import EPOCH_TIME, time_margin
from benchmarks.results.rows import Row
from benchmarks.site.forest import Ratio, forest_plot

FROM_RACES = "From races: contenders side by side on one machine, every incarnation a replicate."
FROM_TRAININGS = (
    "From the clocks of trainings: one process after the other, every seed a replicate. A race is better evidence: "
    "ganbench race."
)
# a longer label leaves a plot no room; the table below has all of it
_LONGEST = 60


@dataclass(frozen=True)
class Forest:
    """The figure and what it rests on."""

    svg: str
    evidence: str


def forest(gathered: Gathered, compared: Sequence[Row]) -> Forest:
    """Ratios of all races; where there are none, those of the trainings."""
    if gathered.races:
        found = [row for row in rows_of(gathered.races) if row["ratio"] is not None and not row["control"]]
        ratios = [_ratio(row, row["contender"]) for row in found if row["verdict"] != "reference"]
        references = dict.fromkeys(race.reference for race in gathered.races)
        margin = gathered.races[0].rules.margin
        return Forest(forest_plot("forest", ratios, margin, " or ".join(references)), FROM_RACES)
    times = [row for row in compared if row["quantity"] == EPOCH_TIME and row["value"] is not None]
    ratios = [_ratio({**row, "ratio": row["value"]}, label(row)) for row in times]
    against = times[0]["against"] if times else ""
    return Forest(forest_plot("forest", ratios, time_margin(gathered.aims)[0], against), FROM_TRAININGS)


def _ratio(row: Row, contender: str) -> Ratio:
    several = "" if row["dataset"] == "all" else f", {row['dataset']}"
    label = f"{row['model']}{several}, {contender}"
    if len(label) > _LONGEST:
        label = f"{label[: _LONGEST - 1]}…"
    return Ratio(label, row["ratio"], row["low"], row["high"], row["verdict"])
