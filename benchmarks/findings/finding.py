"""The form of a finding: a sentence, measured numbers, and what ganbench does about it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """One known difference.

    Attributes:
        name: the script's name.
        what: what differs, in one sentence.
        measured: numbers by name; what each is stands in its name.
        remedy: what ganbench does about it.
    """

    name: str
    what: str
    measured: dict[str, float]
    remedy: str

    def print(self) -> None:
        """As one line of JSON."""
        print(json.dumps(asdict(self)))
