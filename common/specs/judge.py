"""How samples are judged, as far as the user may choose; None leaves the choice to the data set or the metric."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from common.specs.base import Spec

ALL = "all"


def _split(names: Any) -> Any:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names


Names = Annotated[tuple[str, ...], Field(min_length=1)]


class JudgeSpec(Spec):
    """What scores are wanted, and under which conditions; it changes no training.

    Whether the names exist is checked where they come from the user (`common.metrics.judge.check_judge`), because a
    record stays readable where the plug-in that its metric came from is not installed.

    Attributes:
        metrics: scores or families by name, "fid,kid" being short for ["fid", "kid"]; "all" is every metric that the
            labels and the extractor at hand allow; None is the data set's own choice.
        extractor: the network that looks at the images; None is the data set's own.
        k: neighbours of all metrics that have them; None is each metric's own.
        n: images on each side; None is as many as both sides have.
        every: once the training has ended, the generators of every so many epochs are scored, too
            (`Cell.judged_epochs`); None is the final one alone.
        main: the score that says which of these generators is the best; None is FID, or the first that there is.
    """

    metrics: Annotated[Names | None, BeforeValidator(_split)] = None
    extractor: str | None = None
    k: int | None = Field(None, ge=1)
    n: int | None = Field(None, ge=1)
    every: int | None = Field(None, ge=1)
    main: str | None = None
