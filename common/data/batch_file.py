"""The published Python batches of CIFAR-10, which are pickles, read without unpickling them.

A pickle is a program that builds objects, and may call whatever it names. Here its instructions are listed by
`pickletools`, which runs none, and the few that build dicts, lists, numbers, bytes and arrays are followed; any other
is refused. The memory it takes is that of the file.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np

from common.data.raw import Pixels

_MARK = object()
_ARRAY_NAMES = {
    *(f"{module} _reconstruct" for module in ("numpy.core.multiarray", "numpy._core.multiarray")),
    *(f"numpy {name}" for name in ("ndarray", "dtype")),
}
_VALUES = ("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES")
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


class ArrayState:
    """What a pickle says about an array; NumPy itself must not be handed a state from a file of unknown bytes."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def pixels(self) -> Pixels:
        """The array, if it is a C-ordered uint8 one: state is (version, shape, dtype, is_fortran, bytes)."""
        _, shape, _, is_fortran, data = self.state
        if is_fortran or not isinstance(data, bytes):
            raise ValueError("the array is not in C order")
        return np.frombuffer(data, np.uint8).reshape(shape)


def read_batch(data: bytes) -> Any:
    """What the pickle in `data` builds, texts of Python 2 as bytes and arrays as `ArrayState`.

    Raises:
        Exception: nearly any, on unknown bytes; its text says what is wrong with them.
    """
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for instruction, argument, _ in pickletools.genops(data):
        name = instruction.name
        if name == "STOP":
            return stack.pop()
        if name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        else:
            _follow(name, argument, stack)
    raise ValueError("it has no end")


def _follow(name: str, argument: Any, stack: list[Any]) -> None:
    """Do to `stack` what the instruction `name` says."""
    match name:
        case "PROTO" | "FRAME":
            pass
        case "MARK":
            stack.append(_MARK)
        case "BINSTRING" | "SHORT_BINSTRING":
            stack.append(argument.encode("latin1"))
        case _ if name in _VALUES:
            stack.append(argument)
        case _ if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        case _ if name in _EMPTY:
            stack.append(_EMPTY[name]())
        case "GLOBAL" | "STACK_GLOBAL":
            stack.append(_known(argument or " ".join(reversed([stack.pop(), stack.pop()]))))
        case "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append(function(*arguments) if function in (ArrayState, _encode) else _refuse("a call"))
        case "BUILD":
            state = stack.pop()
            stack[-1].state = state
        case _:
            _collect(name, stack)


def _collect(name: str, stack: list[Any]) -> None:
    """Tuples, and what lists and dicts are filled with."""
    match name:
        case "TUPLE":
            stack.append(tuple(_since_mark(stack)))
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            stack[-int(name[-1]) :] = [tuple(stack[-int(name[-1]) :])]
        case "APPEND" | "APPENDS":
            items = [stack.pop()] if name == "APPEND" else _since_mark(stack)
            stack[-1].extend(items)
        case "SETITEM" | "SETITEMS":
            items = list(reversed([stack.pop(), stack.pop()])) if name == "SETITEM" else _since_mark(stack)
            stack[-1].update(zip(items[::2], items[1::2], strict=True))
        case _:
            _refuse(name)


def _since_mark(stack: list[Any]) -> list[Any]:
    place = len(stack) - 1 - stack[::-1].index(_MARK)
    items = stack[place + 1 :]
    del stack[place:]
    return items


def _known(name: str) -> Any:
    if name == "_codecs encode":
        return _encode
    return ArrayState if name in _ARRAY_NAMES else _refuse(name.replace(" ", "."))


def _refuse(what: str) -> Any:
    raise ValueError(f"it asks for {what}")


def _encode(text: Any, encoding: Any) -> bytes:
    """How pickles of protocol 2 spell bytes: text in Latin-1."""
    if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
        raise ValueError("it encodes something else than Latin-1 text")
    return text.encode("latin1")
