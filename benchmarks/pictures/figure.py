"""Writing figures: the same file for the same data, as vectors and as pixels."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from common.files import atomic_write


def save_figure(figure: Figure, stem: Path) -> list[Path]:
    """Write `stem`.svg and `stem`.png; returns both."""
    # without a salt of its own every SVG has other names inside, and without "no date" it has today's
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png")]
    with rc_context({"svg.hashsalt": "ganbench", "svg.fonttype": "path"}), atomic_write(paths[0]) as handle:
        figure.savefig(handle, format="svg", metadata={"Date": None})
    with atomic_write(paths[1]) as handle:
        figure.savefig(handle, format="png", dpi=130)
    return paths
