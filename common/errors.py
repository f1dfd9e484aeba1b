"""The errors a user meets: one clear sentence that says what is wrong, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# a sentence that names every field of a spec is long, but not this long
_LONGEST = 4000


def printable(text: str) -> str:
    """`text` with what could steer a terminal or cannot be printed spelled out; of a very long text its ends.

    Texts out of damaged files may hold escape sequences. Ends of lines stay.
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} [...] {text[-_LONGEST // 4 :]}"
    if text.isprintable():
        return text
    spelled = (ascii(each)[1:-1] if not each.isprintable() and each != "\n" else each for each in text)
    return "".join(spelled)


class GanbenchError(Exception):
    """Any error whose message is meant for the user; the command line prints it without a traceback (exit 1)."""

    exit_code = 1

    def __str__(self) -> str:
        return printable(super().__str__())


class BadInput(GanbenchError):
    """The user's input (name, file, option) cannot be used; nothing was computed or lost (exit 2)."""

    exit_code = 2


def unknown_name(kind: str, name: str, known: Iterable[str]) -> BadInput:
    """The error for a name that is not in a registry, with the nearest match if there is one.

    Args:
        kind: what the name should have named, in the user's words ("model", "engine", ...).
        name: what the user wrote.
        known: the names that exist.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return BadInput(f"Unknown {kind} '{name}': {hint}Known: {', '.join(names)}.")
