"""What every fuzz test needs: seeded cases, broken copies of good files, and the promise that they are held to.

The promise (SECURITY.md): whatever the file says, a reader gives a result or one sentence. It does not raise anything
else, hang, fill the memory, write outside of its folder, start a program, open a connection or unpickle.

GANBENCH_FUZZ_CASES is the number of cases of each test, GANBENCH_FUZZ_SEED chooses others.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from common.errors import GanbenchError

# Arrow takes gigabytes of addresses at once, which the limit below would refuse
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
CASES = int(os.environ.get("GANBENCH_FUZZ_CASES", "15"))
SEED = int(os.environ.get("GANBENCH_FUZZ_SEED", "0"))
# without explaining failures, for which every line of a case is traced
_PHASES = (Phase.generate, Phase.shrink)
_SECONDS = 20.0
_MORE_MEMORY = 2 << 30
_LONGEST_SENTENCE = 5000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.symlink", "os.link", "os.truncate", "os.chmod")
# of these the last argument is the folder that the path is relative to, or -1
_RELATIVE = ("os.mkdir", "os.remove", "os.rmdir", "os.chmod")
_NEVER = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class")


class _HangError(BaseException):
    """A case takes too long."""


def fuzz(*arguments: Any, share: float = 1.0, **named: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test on CASES cases (`share` of them, where one is slow), the same in every run of a seed."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        drawn = given(*arguments, **named)(test)
        cases = max(2, round(CASES * share))
        how = settings(
            max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=_PHASES
        )
        return seed(SEED)(how(drawn))

    return decorate


def broken(data: bytes) -> st.SearchStrategy[bytes]:
    """Copies of `data` with bytes changed, cut out, doubled or put in, or the end cut off."""
    place, length = st.integers(0, len(data)), st.integers(1, 64)
    edit = st.tuples(st.sampled_from(("set", "cut", "double", "insert", "end")), place, length, st.binary(max_size=8))
    return st.lists(edit, min_size=1, max_size=6).map(partial(_edited, data))


def _edited(data: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    for kind, place, length, more in edits:
        before, part, after = data[:place], data[place : place + length], data[place + length :]
        match kind:
            case "set":
                data = before + more + data[place + len(more) :]
            case "cut":
                data = before + after
            case "double":
                data = before + part * 3 + after
            case "insert":
                data = before + more + part + after
            case "end" if place > len(data) // 2:
                data = before
    return data


_DEEP = "deep nesting stands here"
STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**30, 10**400),
    *(0.0, -0.5, 0.5, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *("", " ", "a" * 5000, "\x1b[2Jgone", "\ud800", "../../evil", "/etc/passwd", "a\0b", "$\\frac{$"),
    *(
        "{{ 7 * 7 }}",
        "torch",
        "dcgan",
        "fid",
        "folder:/nowhere",
        "1e999",
        "2026-01-01",
        "|",
        "%s%n",
        "\n\n# x",
        "_" * 50,
    ),
    *([], {}, [[]], [1, "a"], {"a": 1}, _DEEP, [None] * 3),
)


def warped(tree: Any) -> st.SearchStrategy[Any]:
    """Copies of a JSON-like tree with values replaced by strange ones, left out, doubled, exchanged, or added."""
    change = st.tuples(
        st.sampled_from(("replace", "replace", "replace", "drop", "add", "double", "exchange")),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.sampled_from(STRANGE) | st.integers() | st.floats() | st.text(max_size=20),
    )
    return st.lists(change, min_size=1, max_size=3).map(partial(_changed, json.dumps(tree)))


def _changed(text: str, changes: list[tuple[str, int, int, Any]]) -> Any:
    tree = json.loads(text)
    for kind, place, other, value in changes:
        spots = list(_spots(tree))
        if not spots:
            return tree
        (parent, key), (from_parent, from_key) = spots[place % len(spots)], spots[other % len(spots)]
        # copies: a tree that held one of its own branches would have no end
        fresh, twin = copy.deepcopy(value), copy.deepcopy(parent[key])
        if kind == "replace":
            parent[key] = fresh
        elif kind == "drop":
            del parent[key]
        elif kind == "exchange":
            parent[key] = copy.deepcopy(from_parent[from_key])
        elif isinstance(parent, dict):
            parent[str(value)[:50]] = twin if kind == "double" else fresh
        else:
            parent.insert(key, twin if kind == "double" else fresh)
    return tree


def _spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from _spots(value)


def as_json(tree: Any) -> bytes:
    """The tree as JSON that Python's own writer makes: with NaN, lone surrogates and numbers of any length."""
    return json.dumps(tree).replace(json.dumps(_DEEP), "[" * 50_000 + "]" * 50_000).encode("utf-8", "surrogatepass")


def as_toml(tree: dict[str, Any]) -> str:
    """The tree as TOML, one line a key; what TOML has not (null, lone surrogates) is spelled as in JSON."""
    text = "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in tree.items())
    return text.replace(json.dumps(_DEEP), "[" * 5_000 + "]" * 5_000)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


def keeps_the_promise(read: Callable[[], Any], folder: Path) -> Any:
    """What `read` returns, or None if it says in a sentence why it cannot; a broken promise fails the test.

    Args:
        read: opens the hostile input.
        folder: the only place where it may write.
    """
    with _watched(folder), _limited():
        try:
            return read()
        except GanbenchError as error:
            _check_sentence(error)
            return None


def _check_sentence(error: GanbenchError) -> None:
    text = str(error)
    assert len(text) < _LONGEST_SENTENCE
    assert text.replace("\n", "").isprintable()
    assert "Traceback" not in text
    cause: BaseException | None = error
    while cause is not None:
        assert not isinstance(cause, MemoryError), f"it wanted more memory than there is: {text}"
        cause = cause.__cause__


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """No more than two gigabytes beyond what the process has, and twenty seconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MORE_MEMORY, hard))
    before = signal.signal(signal.SIGALRM, _hang)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _hang(*_: Any) -> None:
    raise _HangError


_allowed: list[Path] = []
_broken: list[str] = []


@contextlib.contextmanager
def _watched(folder: Path) -> Iterator[None]:
    """Nothing is written outside of `folder`, and none of `_NEVER` happens."""
    _broken.clear()
    _allowed.append(folder.resolve())
    before, tempfile.tempdir = tempfile.tempdir, str(folder)  # what is temporary goes there as well
    try:
        yield
    finally:
        tempfile.tempdir = before
        _allowed.clear()
        assert not _broken, _broken


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _allowed:
        return
    if event in _NEVER:
        _broken.append(f"{event} {arguments!r:.200}")
    elif (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES) or event in _CHANGES:
        place = Path(os.fsdecode(arguments[0])) if isinstance(arguments[0], str | bytes | os.PathLike) else None
        if place is not None and event in _RELATIVE and arguments[-1] >= 0:  # relative to an open folder
            place = Path(f"/proc/self/fd/{arguments[-1]}").readlink() / place
        if place is not None and not _may_write(place):
            _broken.append(f"{event} {place}")


def _may_write(place: Path) -> bool:
    if place == Path(os.devnull) or "__pycache__" in place.parts or "matplotlib" in str(place):
        return True
    return Path(os.path.normpath(Path.cwd() / place)).is_relative_to(_allowed[0])


sys.addaudithook(_audit)
