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
# a longer label leaves a plot no room, and more lines nobody reads; the tables have all of it
_LONGEST, _MOST = 60, 40


@dataclass(frozen=True)
class Forest:
    """The figure and what it rests on."""

    svg: str
    evidence: str


def forest(gathered: Gathered, compared: Sequence[Row]) -> Forest:
    """Ratios of all races; where there are none, those of the trainings."""
    if not gathered.races:
        return forest_of_trainings(compared, time_margin(gathered.aims)[0])
    found = [row for row in rows_of(gathered.races) if row["ratio"] is not None and not row["control"]]
    rows = [{**row, "name": row["contender"]} for row in found if row["verdict"] != "reference"]
    references = dict.fromkeys(race.reference for race in gathered.races)
    return _forest(rows, gathered.races[0].rules.margin, " or ".join(references), FROM_RACES)


def forest_of_trainings(compared: Sequence[Row], margin: float) -> Forest:
    """The ratios of epoch times in rows of a comparison."""
    times = [row for row in compared if row["quantity"] == EPOCH_TIME and row["value"] is not None]
    rows = [{**row, "ratio": row["value"], "name": label(row)} for row in times]
    return _forest(rows, margin, times[0]["against"] if times else "", FROM_TRAININGS)


def _forest(rows: list[Row], margin: float, against: str, evidence: str) -> Forest:
    """As many rows as a plot holds, the means over models before all others."""
    means = [row for row in rows if row["dataset"] == "all"][:_MOST]
    shown = [*[row for row in rows if row["dataset"] != "all"][: _MOST - len(means)], *means]
    left_out = f" {len(shown)} of {len(rows)} ratios; the table has all." if len(shown) < len(rows) else ""
    return Forest(forest_plot("forest", [_ratio(row) for row in shown], margin, against), evidence + left_out)


def _ratio(row: Row) -> Ratio:
    several = "" if row["dataset"] == "all" else f", {row['dataset']}"
    label = f"{row['model']}{several}, {row['name']}"
    if len(label) > _LONGEST:
        label = f"{label[: _LONGEST - 1]}…"
    return Ratio(label, row["ratio"], row["low"], row["high"], row["verdict"])
