"""Registries: what can be asked for by name, ganbench's own entries first, then those of plug-ins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from common.errors import BadInput, unknown_name
from common.plugins import contributions


class Named(Protocol):
    """What a registry can hold."""

    @property
    def name(self) -> str:
        """What it is asked for by."""
        ...


E = TypeVar("E", bound=Named)


class Registry(Mapping[str, E]):
    """Entries by name; plug-ins are looked for when the registry is first used, not when it is imported.

    Args:
        kind: what an entry is, in the user's words ("model").
        group: the name under which plug-ins add entries ("models").
        type_: what an entry must be an instance of.
        own: ganbench's own entries, in the order of listing.
    """

    def __init__(self, kind: str, group: str, type_: type[E], own: Iterable[E]) -> None:
        self._kind, self._group, self._type = kind, group, type_
        self._own = {entry.name: entry for entry in own}
        self._added: dict[str, E] | None = None
        self._origins: dict[str, str] = {}

    def find(self, name: str) -> E:
        """The entry called `name`.

        Raises:
            BadInput: there is none, with the nearest name; or a plug-in cannot be used.
        """
        if name not in self:
            raise unknown_name(self._kind, name, self)
        return self[name]

    def origin(self, name: str) -> str:
        """Who added the entry: "ganbench", or the plug-in's package or file."""
        if name in self._own:
            return "ganbench"
        self._plugged()
        return self._origins[name]

    def __getitem__(self, name: str) -> E:
        return self._own[name] if name in self._own else self._plugged()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._plugged()

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._plugged()

    def __len__(self) -> int:
        return len(self._own) + len(self._plugged())

    def _plugged(self) -> dict[str, E]:
        if self._added is None:
            added: dict[str, E] = {}
            for origin, entry in contributions(self._group):
                self._check(origin, entry, added)
                added[entry.name] = entry
                self._origins[entry.name] = origin
            self._added = added
        return self._added

    def _check(self, origin: str, entry: Any, added: Mapping[str, E]) -> None:
        if not isinstance(entry, self._type):
            what = f"a {type(entry).__name__} to {self._group}: a {self._type.__name__} is needed"
            raise BadInput(f"The plug-in {origin} adds {what}.")
        if entry.name in self._own or entry.name in added:
            other = "ganbench" if entry.name in self._own else self._origins[entry.name]
            raise BadInput(
                f"The plug-in {origin} adds the {self._kind} '{entry.name}', which {other} has already: rename it."
            )
