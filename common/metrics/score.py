"""One score as it stands in a record: the number, how to print it, and the protocol it was measured under."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from common.specs.base import Spec

# a number that statistics can be made of, whoever wrote it
Finite = Annotated[float, Field(gt=-1e30, lt=1e30)]


class FloorSpread(Spec):
    """How far the floor moves with the draw of its images.

    Attributes:
        deviation: standard deviation of the score over `sets` disjoint sets of `images` real images each, none of
            them in the reference; everything else is as in the score's protocol.
        split: the split of the data set that they are of.
    """

    deviation: Finite
    sets: int
    images: int
    split: str


class Score(Spec):
    """One number and what a reader needs to believe it.

    Attributes:
        name: "FID". extractor: "mnistnet", or None where the number does not depend on one.
        value: the number. floor: what real images score in place of the samples, under the same protocol.
        floor_spread: how much of a difference between two such floors is chance.
        protocol: the conditions of the judge and what the metric adds to them (k, splits), flat.
        extra: what else is worth knowing.
    """

    name: str
    extractor: str | None
    value: Finite
    higher_is_better: bool
    protocol: dict[str, Any]
    floor: Finite | None = None
    floor_spread: FloorSpread | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def display_name(self) -> str:
        """The name to print: "FID (mnistnet)"."""
        return display_name(self.name, self.extractor)


def display_name(name: str, extractor: str | None) -> str:
    """What a score is called: only the Inception network gives "FID" unqualified, others "FID (mnistnet)"."""
    qualifier = qualifier_of(extractor)
    return f"{name} ({qualifier})" if qualifier else name


def qualifier_of(extractor: str | None) -> str:
    """What has to be printed beside the name of a score through this extractor; empty if nothing."""
    return "" if extractor in (None, "inception") else str(extractor)
