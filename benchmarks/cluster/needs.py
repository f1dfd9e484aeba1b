"""What a cell needs of a machine, as the user says it: "cpus=4,memory=8,gpu=H100"."""

from __future__ import annotations

from pydantic import Field

from common.errors import BadInput
from common.specs.base import Spec
from common.specs.cell import validated


class Needs(Spec):
    """What a cell has for itself.

    Attributes:
        cpus: cores; None: one if it takes no times, else all of a machine, or a GPU's share of them.
        memory: GB of the machine's memory.
        gpu: the kind of GPU, by Ray's name of it ("H100", "A100"); None: any.
    """

    cpus: int | None = Field(None, ge=1)
    memory: float | None = Field(None, gt=0)
    gpu: str | None = None


def parse_needs(text: str | None) -> Needs:
    """Needs as people write them.

    Raises:
        BadInput: an unknown name or a value that cannot be.
    """
    given: dict[str, str] = {}
    for pair in (text or "").split(","):
        name, equals, value = (word.strip() for word in pair.partition("="))
        if pair.strip() and (not equals or name not in Needs.model_fields):
            raise BadInput(f"--needs {text}: write it as cpus=4,memory=8,gpu=H100, or some of these.")
        if pair.strip():
            given[name] = value
    return validated(Needs, given)
