"""The metric: how far the mean grey level of the samples is from that of real images."""

from __future__ import annotations

from collections.abc import Mapping

from common.metrics.evidence import ImageSet
from common.metrics.metric import Measured, Metric, Settings
from common.specs.base import Spec


class Levels(Spec):
    """What only this metric has in its protocol: the number of grey levels."""

    levels: int


def brightness(generated: ImageSet, real: ImageSet, settings: Settings) -> Mapping[str, Measured]:
    """The absolute difference of the mean grey levels, 0 to 255."""
    difference = abs(float(generated.images.mean()) - float(real.images.mean()))
    return {"brightness": Measured(difference, Levels(levels=256))}


BRIGHTNESS = Metric(
    "brightness", {"brightness": "Brightness error"}, False, "nobody, nowhere", brightness, through_extractor=False
)
