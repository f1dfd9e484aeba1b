"""Pages from templates, each with the navigation and with paths that work from a folder as from a server."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.site.documents import Document
from benchmarks.site.folder import SiteFolder
from benchmarks.site.tables import model_page
from benchmarks.site.verdicts import Against

_HERE = Path(__file__).parent
_TOP = (
    ("index.html", "Results"),
    ("playground.html", "Playground"),
    ("speed.html", "Speed"),
    ("datasets.html", "Data sets"),
    ("environment.html", "Environment"),
    ("data.html", "Raw data"),
)


@functools.cache
def _templates() -> Environment:
    """The templates; a process that builds several sites compiles each once."""
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["asdict"] = dataclasses.asdict
    templates.policies["json.dumps_kwargs"] = {}  # keys stay in their order, torch first
    return templates


class Pages:
    """Writes pages of one site; with `libraries` they load those that lie in static/vendor."""

    def __init__(
        self,
        site: SiteFolder,
        verdicts: Sequence[Against],
        models: Sequence[str],
        documents: Sequence[Document],
        libraries: bool = False,
    ) -> None:
        self.site = site
        self._libraries = libraries
        self._navigation = {
            "top": list(_TOP),
            "verdicts": [(each.page, each.reference) for each in verdicts],
            "models": [(model_page(name), name) for name in models],
            "documents": [(f"documents/{each.name}.html", each.title) for each in documents],
        }

    def write(self, name: str, template: str, title: str, **context: Any) -> None:
        """Render `template` with `context` as the page `name`."""
        root = "../" * name.count("/")
        shared: dict[str, Any] = {"root": root, "here": name, "title": title, "navigation": self._navigation}
        shared["libraries"] = self._libraries
        self.site.write(name, _templates().get_template(template).render(**shared, **context))

    def assets(self) -> None:
        """Style and scripts."""
        for path in sorted((_HERE / "static").iterdir()):
            self.site.copy(f"static/{path.name}", path)
