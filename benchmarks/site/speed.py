"""The forest plot of a page: of races where there are any, since only they are evidence, else of trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pictures.forest import MOST_RATIOS
from benchmarks.results.comparison_page import label
from benchmarks.results.quantities import EPOCH_TIME
from benchmarks.results.rows import Row
from benchmarks.results.variants import without_sections
from benchmarks.site.forest import Ratio, forest_plot
from benchmarks.site.verdicts import RACED

FROM_RACES = "From races: contenders side by side on one machine, every incarnation a replicate."
FROM_TRAININGS = (
    "From the clocks of trainings: one process after the other, every seed a replicate. A race is better evidence: "
    "ganbench race."
)
# a longer label leaves a plot no room; the table has all of it
_LONGEST = 68


@dataclass(frozen=True)
class Forest:
    """The figure and what it rests on."""

    svg: str
    evidence: str


def forest(compared: Sequence[Row]) -> Forest:
    """Ratios of races from rows of a comparison; where there are none, those of epochs of trainings."""
    known = [row for row in compared if row["value"] is not None]
    raced = [row for row in known if row["quantity"] == RACED]
    rows = raced or [row for row in known if row["quantity"] == EPOCH_TIME]
    if not rows:
        return Forest("", "")
    means = [row for row in rows if row["dataset"] == "all"][:MOST_RATIOS]
    shown = [*[row for row in rows if row["dataset"] != "all"][: MOST_RATIOS - len(means)], *means]
    left_out = f" {len(shown)} of {len(rows)} ratios; the table has all." if len(shown) < len(rows) else ""
    svg = forest_plot("forest", [_ratio(row) for row in shown], rows[0]["margin"], rows[0]["against"])
    return Forest(svg, (FROM_RACES if raced else FROM_TRAININGS) + left_out)


def _ratio(row: Row) -> Ratio:
    several = f" {row['replicate']}s" if row["dataset"] == "all" else f", {row['dataset']}"
    text = f"{row['model']}{several}, {without_sections(label(row))}"
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return Ratio(text, row["value"], row["low"], row["high"], row["verdict"])
