"""What a run is to decide, fixed in its matrix beforehand: margins within which things are equal, and thresholds.

Neither changes a training or a score, so both belong to the run and not to its cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from benchmarks.results.records import Positive, RecordPart
from common.errors import BadInput, unknown_name

TIME = "time"


class Aims(RecordPart):
    """`margins`: differences of scores, by name, that do not matter, in the score's unit; of "time" a share (0.05).
    `quality`: the value of a score, by name, at which it is good enough."""

    margins: dict[str, Positive] = Field(default_factory=dict)
    quality: dict[str, Positive] = Field(default_factory=dict)


def read_aims(margins: Mapping[str, Any], quality: Mapping[str, Any]) -> Aims:
    """The aims as a matrix says them: `margins` {"time": "5%", "fid": 2.0}, `quality` {"fid": 30}.

    Raises:
        BadInput: a name that is no score's (nor "time", of margins), or a value that is no number above 0.
    """
    read = {TIME: as_share(margins[TIME])} if TIME in margins else {}
    if TIME in read and read[TIME] is None:
        raise BadInput(f'margins.time: a share between 0 and 1, as in time = "5%" or 0.05 (got {margins[TIME]!r}).')
    scores = {key: value for key, value in margins.items() if key != TIME}
    return Aims(margins={**read, **_numbers("margins", scores, (TIME,))}, quality=_numbers("judge.quality", quality))


def as_share(value: Any) -> float | None:
    """A share as people write it, "5%", "5 %" or 0.05; None if it is none between 0 and 1."""
    text = str(value).strip()
    number, percent = text.removesuffix("%").strip(), text.endswith("%")
    try:
        share = float(number) / (100.0 if percent else 1.0)
    except ValueError:
        return None
    return share if 0.0 < share < 1.0 else None


def _numbers(table: str, values: Mapping[str, Any], besides: tuple[str, ...] = ()) -> dict[str, float]:
    if not values:
        return {}
    from common.metrics.catalogue import score_names  # brings SciPy, which most matrices need not wait for

    for name, value in values.items():
        if name not in score_names():
            raise unknown_name(f"score in [{table}]", name, [*besides, *score_names()])
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1e30:
            raise BadInput(f"{table}.{name}: a number above 0 is needed (got {value!r}).")
    return {name: float(value) for name, value in values.items()}
