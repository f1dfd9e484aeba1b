"""Figures of Matplotlib as SVG that stands inside a page: the same bytes every time, text and lines in its colours."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# stands for the page's text colour, which Matplotlib cannot name
INK = "#010203"


@contextmanager
def style(name: str) -> Iterator[None]:
    """Within it figures are made and rendered; `name` keeps the ids of several figures on a page apart."""
    settings: Any = {
        "svg.hashsalt": name,
        "svg.fonttype": "none",
        "font.size": 10,
        "text.parse_math": False,  # a name may hold dollar signs
        **dict.fromkeys(
            ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color"), INK
        ),
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's own style changes no byte
        matplotlib.rcParams.update(settings)
        yield


def rendered(figure: Figure, description: str) -> str:
    """The figure as an <svg> element; `description` is what a screen reader says."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor").strip()
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)
