"""From windows to ratios: one robust log ratio per incarnation and contender, and Student's t over the incarnations.

A window's pace is the median of its undisturbed splits: those during which nobody else used the cores. So a load that
comes and goes costs some splits, and no window. Where a contender has not one window with such a split, the load is
always there, and all splits of the incarnation count for everybody.

Within an incarnation the logarithms of the paces are taken apart into a level of the contender, a level of the round
and a rest, by median polish (Tukey 1977): a machine that drifts moves the rounds' levels and leaves the contenders',
and windows that something disturbed do not matter as long as they are the minority.

A contender whose windows in one incarnation agree with each other far less than they usually do has no level there.

What is left from incarnation to incarnation (where memory landed, what the compiler chose) is a property of a process,
which no number of windows averages out. So incarnations are the replicates, and the interval counts them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.racing.record import RaceRecord, Window
from benchmarks.results.verdicts import Verdict, judge_ratios

# A race looks at its intervals after every incarnation and stops when they are narrow, so it stops too early more often
# than too late. Intervals computed at 97.5 % make up for it: they cover in 95 % of such races or more (simulated).
LOOK_ALPHA = 0.025
_SWEEPS = 30
_SETTLED = 1e-6
_OUTLIER_DEVIATIONS = 6.0
_OUTLIER_LEAST = 0.1
_UNSTABLE_TIMES = 6.0
_UNSTABLE_LEAST = 0.1


def polish(
    values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median polish of `values`, (n,), that belong to `rows` and `columns`, numbered from 0.

    Returns:
        The rows' levels, (rows,), and the rest of every value, (n,). Several values may share a place, and places may
        be empty; every row has a value.
    """
    rest, levels = values.copy(), np.zeros(rows.max() + 1)
    by_column = [np.flatnonzero(columns == column) for column in np.unique(columns)]
    by_row = [np.flatnonzero(rows == row) for row in range(len(levels))]
    for _ in range(_SWEEPS):
        _take_middle(rest, by_column)
        moved = _take_middle(rest, by_row)
        levels += moved
        if np.abs(moved).max() < _SETTLED:
            break
    return levels, rest


def _take_middle(rest: NDArray[np.float64], places: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Subtract from each group of `rest` its median; returns the medians."""
    medians = np.array([_median(rest[place]) for place in places])
    for place, median in zip(places, medians, strict=True):
        rest[place] -= median
    return medians


def _median(values: NDArray[np.float64]) -> float:
    """np.median of a few values, without its overhead."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2.0)


def paces(windows: list[Window]) -> list[float | None]:
    """Of the windows of one incarnation: seconds per iteration, None for one whose every split was disturbed.

    If any contender would be left without a window, disturbed splits count for everybody.
    """
    found = [_pace(window, skip_disturbed=True) for window in windows]
    kept = {window.contender for window, pace in zip(windows, found, strict=True) if pace is not None}
    if all(window.contender in kept for window in windows):
        return found
    return [_pace(window, skip_disturbed=False) for window in windows]


def _pace(window: Window, *, skip_disturbed: bool) -> float | None:
    if not window.splits:
        return window.seconds / window.iterations
    counted = [split.seconds / split.iterations for split in window.splits if not (skip_disturbed and split.disturbed)]
    return _median(np.array(counted)) if counted else None


def levels_of(windows: list[Window]) -> tuple[dict[str, float], list[float]]:
    """Of one incarnation: each contender's log seconds per iteration, and what remains of each window beside it.

    What remains is nan for a window without an undisturbed split.
    """
    taken = paces(windows)
    logs = np.log([np.nan if pace is None else pace for pace in taken])
    counted = np.flatnonzero(~np.isnan(logs))
    levels, rest = _taken_apart([windows[index] for index in counted], logs[counted])
    logs[counted] = rest
    return levels, [float(each) for each in logs]


def _taken_apart(windows: list[Window], logs: NDArray[np.float64]) -> tuple[dict[str, float], NDArray[np.float64]]:
    if not windows:
        return {}, logs
    names = list(dict.fromkeys(window.contender for window in windows))
    rows = np.array([names.index(window.contender) for window in windows])
    columns = np.unique([window.round for window in windows], return_inverse=True)[1]
    levels, rest = polish(logs, rows, columns)
    # the split between contenders and rounds is only fixed up to a constant: the typical round is the one that counts
    common = float(np.median([np.median((logs - levels[rows])[columns == each]) for each in np.unique(columns)]))
    return {name: float(levels[index]) + common for index, name in enumerate(names)}, rest


def outliers(windows: list[Window]) -> list[bool]:
    """Which windows of one incarnation took far longer or shorter than their contender and round let expect.

    That is more than 10 %, and more than 6 times the usual deviation (median of the absolute rests, as of a normal).
    """
    rest = np.abs(levels_of(windows)[1])
    if not len(rest):
        return []
    limit = max(_OUTLIER_LEAST, _OUTLIER_DEVIATIONS * 1.4826 * float(np.nanmedian(rest)))
    return [bool(each > limit) for each in rest]


def incarnation_levels(record: RaceRecord) -> list[dict[str, float]]:
    """Per incarnation, in order: log seconds per iteration of every contender that came through it whole.

    A contender is left out where its windows disagree: the median of their absolute rests is over 10 % and over six
    times what it usually is.
    """
    found: list[dict[str, float]] = []
    spreads: list[dict[str, float]] = []
    every: dict[int, list[Window]] = {}
    for window in record.windows:
        every.setdefault(window.incarnation, []).append(window)
    for number in range(1, record.incarnations + 1):
        failed = {failure.contender for failure in record.failures if failure.incarnation == number}
        timed = [window for window in every.get(number, []) if window.round > 0 and window.contender not in failed]
        levels, rest = levels_of(timed)
        found.append(levels)
        spreads.append({name: _spread(name, timed, rest) for name in levels})
    usual = {
        name: _median(np.array([each[name] for each in spreads if name in each])) for each in spreads for name in each
    }
    return [
        {name: level for name, level in levels.items() if not _unstable(spread[name], usual[name])}
        for levels, spread in zip(found, spreads, strict=True)
    ]


def _spread(name: str, windows: list[Window], rest: list[float]) -> float:
    """The median of the absolute rests of a contender's windows."""
    own = [abs(each) for window, each in zip(windows, rest, strict=True) if window.contender == name]
    return float(np.nanmedian(own))


def _unstable(spread: float, usual: float) -> bool:
    return spread > max(_UNSTABLE_LEAST, _UNSTABLE_TIMES * usual)


def ratios(record: RaceRecord) -> dict[str, list[float]]:
    """By contender: seconds over the reference's, one number per incarnation that both came through."""
    found: dict[str, list[float]] = {entry.name: [] for entry in record.entries if entry.name != record.reference}
    for levels in incarnation_levels(record):
        if record.reference in levels:
            for name in found.keys() & levels.keys():
                found[name].append(math.exp(levels[name] - levels[record.reference]))
    return found


def verdicts(record: RaceRecord) -> dict[str, Verdict]:
    """By contender: ratio to the reference with its interval, and the verdict; those without any ratio are missing."""
    return {name: judge_ratios(each, record.rules.margin, LOOK_ALPHA) for name, each in ratios(record).items() if each}


def half_width(verdict: Verdict) -> float:
    """Half the width of a ratio's interval, relative: 0.01 is +- 1 %; infinite without an interval."""
    summary = verdict.summary
    if summary.low is None or summary.high is None:
        return math.inf
    return math.sqrt(summary.high / summary.low) - 1.0
