"""The comparison for people: one line per contender, each cell a number with its interval above a verdict in words, and
below it what counted as equal."""

from __future__ import annotations

import math

from benchmarks.results.quantities import EPOCH_TIME
from benchmarks.results.rows import Row


def comparison_page(rows: list[Row]) -> list[Row]:
    """One line per model, data set and contender, with times and main scores as text; a column that says the same
    everywhere is left out."""
    lines: dict[tuple[str, ...], Row] = {}
    columns = list(dict.fromkeys(row["quantity"] for row in rows if row["main"]))
    for row in rows:
        who = {"model": row["model"], "dataset": row["dataset"], "engine": label(row)}
        line = lines.setdefault(tuple(who.values()), {**who, **dict.fromkeys(columns)})
        if row["main"]:
            line[row["quantity"]] = verdict_text(row)
    one_set = len({line["dataset"] for line in lines.values()} - {"all"}) == 1
    heads = {name: _head(name) for name in columns}
    return [
        {heads.get(name, name): text for name, text in line.items() if not (one_set and name == "dataset")}
        for line in lines.values()
    ]


def label(row: Row) -> str:
    """The contender, with its variant of a sweep: "keras-tf graph (network.width=32)"."""
    return f"{row['engine']} ({row['variant']})" if row["variant"] else row["engine"]


def page_notes(rows: list[Row]) -> list[str]:
    """What a reader of the page has to know: what the numbers are, at which level, and what counted as equal."""
    shown = [row for row in rows if row["main"]]
    known = [row for row in shown if row["value"] is not None]
    if not shown:
        return []
    levels = " or ".join(f"{100 * level:g} %" for level in dict.fromkeys(row["level"] for row in known))
    datasets = " and ".join(dict.fromkeys(row["dataset"] for row in shown if row["dataset"] != "all"))
    notes = [
        f"On {datasets}, against {' or '.join(dict.fromkeys(row['against'] for row in shown))} of the same model, seed "
        "by seed: times are ratios (below 1: faster), scores are differences; their intervals at "
        f"{levels} are each row's own, over {_counts(known)}. Verdicts on one quantity are corrected together (Holm)."
    ]
    notes += _margin_notes(known)
    for row in shown:
        if row["process_noise"] is not None:
            notes.append(f"{row['model']}, {row['engine']}: {_noise_text(row)}")
    return notes


def verdict_text(row: Row) -> str:
    """Number and interval above the verdict: "1.12 [1.08, 1.16]", "slower"."""
    if row["value"] is None:
        return "-\n" + row["verdict"].replace(", ", ",\n")
    return f"{_number(row)}\n{_words(row)}"


def _counts(rows: list[Row]) -> str:
    """The numbers of replicates that there are: "3 seeds", or "2 or 3 seeds, and 4 models"."""
    texts = []
    for unit in dict.fromkeys(row["replicate"] for row in rows):
        found = sorted({row["replicates"] for row in rows if row["replicate"] == unit})
        plural = "" if found == [1] else "es" if unit.endswith("s") else "s"
        texts.append(f"{' or '.join(map(str, found))} {unit}{plural}")
    return ", and ".join(texts)


def _margin_notes(rows: list[Row]) -> list[str]:
    """One line per quantity: what counted as equal; quantities of which the same is said share it."""
    said: dict[str, list[str]] = {}
    for name in dict.fromkeys(row["quantity"] for row in rows):
        margins = {(row["margin"], row["margin_from"]): row["form"] for row in rows if row["quantity"] == name}
        texts = dict.fromkeys(_margin_text(margin, source, form) for (margin, source), form in margins.items())
        said.setdefault(" or ".join(texts), []).append(_title(name))
    return [f"{', '.join(names)}: {text}" for text, names in said.items()]


def _title(quantity: str) -> str:
    return "epoch time" if quantity == EPOCH_TIME else quantity


def _head(quantity: str) -> str:
    """Over two lines where there is something in brackets: "FID", "mnistnet"."""
    return _title(quantity).replace(" (", "\n(", 1)


def _number(row: Row) -> str:
    """Value and interval: "0.86 [0.57, 1.30]" of ratios, "-0.31 ± 0.24" of differences."""
    value, low, high = row["value"], row["low"], row["high"]
    if row["form"] == "ratio":
        return f"{value:.3g}" if low is None else f"{value:.3g} [{low:.3g}, {high:.3g}]"
    half = None if low is None else (high - low) / 2
    size = max((abs(each) for each in (half, row["margin"]) if each), default=abs(value))
    places = _places(size)
    return _rounded(value, places) if half is None else f"{_rounded(value, places)} ± {half:.{places}f}"


def _places(size: float) -> int:
    """Decimals that show two digits of something as large as `size`."""
    return 0 if size <= 0.0 else max(0, 1 - math.floor(math.log10(size)))


def _rounded(value: float, places: int) -> str:
    text = f"{value:+.{places}f}"
    return text[1:] if float(text) == 0.0 else text


def _words(row: Row) -> str:
    """The verdict in brief: how large the margin is stands below the table."""
    verdict: str = row["verdict"]
    if verdict.startswith("not decided"):
        return (
            verdict.replace("about ", "~").replace(" would)", ")").replace("more than ", "> ").replace(" needed)", ")")
        )
    return verdict.partition(" within")[0]


def _margin_text(margin: float | None, source: str | None, form: str) -> str:
    if margin is None:
        return "no margin, so none are called equivalent"
    size = f"{100 * margin:g} %" if form == "ratio" else f"{margin:.3g}"
    return f"equal within {size} ({source})"


def _noise_text(row: Row) -> str:
    seeds = "" if row["seed_noise"] is None else f", from seed to seed {100 * row['seed_noise']:.2g} % beyond that"
    return f"the time ratio varies by {100 * row['process_noise']:.2g} % between processes of one seed{seeds}"
