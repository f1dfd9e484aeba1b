"""The figures of the report on the site, where the site has none of its own that move or follow the theme."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report.figures import save_figures
from benchmarks.report.gathered import Gathered
from benchmarks.report.tables import Tables
from benchmarks.results.run_folder import file_name
from benchmarks.site.folder import SiteFolder

# the site draws these itself: ratios in the page's colours, and losses to point at
_OWN = frozenset({"forest", "losses"})


@dataclass(frozen=True)
class StillFigure:
    """A figure on the site and what it shows, in words."""

    file: str
    text: str

    def shows(self, model: str, datasets: list[str]) -> bool:
        """Whether it is of `model` on any of `datasets`."""
        name = Path(self.file).name
        return any(name.startswith(file_name(f"{model}-{dataset}")) for dataset in datasets)


def copy_figures(site: SiteFolder, gathered: Gathered, tables: Tables) -> list[StillFigure]:
    """Draw the report's figures and put them on the site, in its order."""
    made = []
    with tempfile.TemporaryDirectory(prefix="ganbench-site-") as folder:
        comparison, races = tables.raw.get("comparison", []), tables.raw.get("races", [])
        for figure in save_figures(Path(folder), gathered, comparison, races, but=_OWN):
            name = figure.stem.name
            drawn = figure.stem.with_name(f"{name}.svg")
            made.append(StillFigure(site.copy(f"figures/{name}.svg", drawn), figure.text))
    return made
