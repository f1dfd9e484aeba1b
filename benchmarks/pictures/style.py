"""The one style of all figures: readable in print, in grey and by the colour-blind, and equal byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from benchmarks.pictures.small import drawing_png
from common.files import atomic_write

# of the palette of Okabe and Ito, which colour-blind readers can tell apart; in ratios blue is faster, vermilion slower
BLUE, VERMILION = "#0072B2", "#D55E00"
# the same palette; engines differ in their markers as well, and how they train in their lines
_ENGINES = {
    "torch": (VERMILION, "o"),
    "keras-tf": (BLUE, "s"),
    "keras-jax": ("#009E73", "^"),
    "keras-torch": ("#CC79A7", "D"),
}
_OTHERS = (("#E69F00", "v"), ("#56B4E9", "P"), ("#000000", "X"))
_LINES = {"compiled": (0, (5, 2)), "bf16": (0, (1, 1.2)), "both": (0, (4, 1.5, 1, 1.5))}
_SETTINGS: Any = {
    "svg.hashsalt": "ganbench",  # identifiers that do not change from call to call
    "svg.fonttype": "none",
    "font.size": 9.0,
    "text.parse_math": False,  # a name may hold dollar signs
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "savefig.dpi": 150,
}
INK = "#222222"
# the first curve is drawn wide, so that it still shows where an equal one lies on it
WIDE, NARROW = 3.4, 1.4


def styled() -> Any:
    """The context in which figures are made and saved."""
    return matplotlib.rc_context(_SETTINGS)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches; to be called, like all drawing, within `styled`."""
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, stem: Path) -> list[Path]:
    """Write `stem`.svg and `stem`.png (256 colours), atomically and without dates or versions; returns both paths."""
    paths = [stem.with_name(f"{stem.name}.{form}") for form in ("svg", "png")]
    figure.dpi = matplotlib.rcParams["savefig.dpi"]
    # not by figure.savefig, which draws everything once more, unseen, to find the places before it draws them; the PNG
    # first: fitted to pixels its letters are the wider ones, for which there has to be room
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    with atomic_write(paths[1]) as handle:
        handle.write(drawing_png(Image.fromarray(np.asarray(canvas.buffer_rgba())), figure.dpi))
    figure.set_layout_engine("none")  # the places are found; to look for them again takes as long as drawing
    canvas = FigureCanvasSVG(figure)
    with atomic_write(paths[0]) as handle:
        canvas.print_svg(handle, metadata={"Date": None, "Creator": None})
    return paths


def look(contender: str, others: list[str]) -> dict[str, Any]:
    """Colour, marker and line style of a contender ("keras-tf compiled bf16"), the same in every figure.

    Args:
        contender: whom to draw.
        others: all engines of the figure; those of plug-ins take the remaining colours in their order.
    """
    engine, *how = contender.split(" ")
    unknown = [name for name in dict.fromkeys(each.split(" ")[0] for each in others) if name not in _ENGINES]
    color, marker = _ENGINES.get(engine) or _OTHERS[unknown.index(engine) % len(_OTHERS) if engine in unknown else 0]
    compiled, half = "compiled" in how, any(each in how for each in ("bf16", "tf32"))
    line = _LINES["both"] if compiled and half else _LINES["compiled"] if compiled else _LINES["bf16"] if half else "-"
    return {"color": color, "marker": marker, "linestyle": line}
