"""The comparison for people: one line per contender, and below it what counted as equal."""

from __future__ import annotations

from benchmarks.results.quantities import EPOCH_TIME
from benchmarks.results.rows import Row

# what the page shows: times, and the thesis' scores
_MAIN = (EPOCH_TIME, "Inception Score", "FID (", "Precision", "Recall")


def comparison_page(rows: list[Row]) -> list[Row]:
    """One line per model, data set and engine, with times and the thesis' scores as text."""
    lines: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = row["model"], row["dataset"], row["engine"]
        line = lines.setdefault(key, {"model": key[0], "dataset": key[1], "engine": key[2], "against": row["against"]})
        line[row["quantity"]] = _text(row)
    columns = [name for name in dict.fromkeys(row["quantity"] for row in rows) if is_main(name)]
    first = ("model", "dataset", "engine", "against")
    return [{name: line.get(name) for name in (*first, *columns)} for line in lines.values()]


def page_notes(rows: list[Row]) -> list[str]:
    """What a reader of the page has to know: what the numbers are, at which level, and what counted as equal."""
    shown = [row for row in rows if is_main(row["quantity"])]
    if not shown:
        return []
    levels = " or ".join(f"{100 * level:g} %" for level in dict.fromkeys(row["level"] for row in shown))
    notes = [
        "Times are ratios (below 1: faster), scores differences, paired by seed; in brackets their intervals at "
        f"{levels}, each row's own. Verdicts on one quantity are corrected together (Holm)."
    ]
    for name in dict.fromkeys(row["quantity"] for row in shown):
        margins = {(row["margin"], row["margin_from"]): row["form"] for row in shown if row["quantity"] == name}
        texts = [_margin_text(margin, source, form) for (margin, source), form in margins.items()]
        notes.append(f"{name}: {', or '.join(texts)}")
    for row in shown:
        if row["process_noise"] is not None:
            notes.append(f"{row['model']}, {row['engine']}: {_noise_text(row)}")
    return notes


def is_main(quantity: str) -> bool:
    """Whether pages for people show the quantity: times, and the thesis' scores."""
    return quantity.startswith(_MAIN) or quantity in ("FID", "Inception Score")


def _text(row: Row) -> str:
    mean, interval = f"{row['value']:.3g}", ""
    if row["low"] is not None:
        interval = f" [{row['low']:.3g}, {row['high']:.3g}]"
    return f"{mean}{interval}: {row['verdict']}"


def _margin_text(margin: float | None, source: str | None, form: str) -> str:
    if margin is None:
        return "no margin, so none are called equivalent"
    size = f"{100 * margin:g} %" if form == "ratio" else f"{margin:.3g}"
    return f"equal within {size} ({source})"


def _noise_text(row: Row) -> str:
    seeds = "" if row["seed_noise"] is None else f", from seed to seed {100 * row['seed_noise']:.2g} % beyond that"
    return f"the time ratio varies by {100 * row['process_noise']:.2g} % between processes of one seed{seeds}"
