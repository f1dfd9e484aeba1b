"""The Python that an engine's processes run in: this one, unless `--python ENGINE=PATH` or engines.toml names another.

Frameworks that spoil each other in one environment have one each. The file lies in the current folder:

    torch = "~/envs/torch/bin/python"
    keras-tf = "~/envs/keras/bin/python"
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from common.errors import BadInput

FILE = "engines.toml"
VARIABLE = "GANBENCH_INTERPRETERS"  # children of children find them there


def use_interpreters(pairs: Sequence[str], file: Path = Path(FILE)) -> None:
    """Let processes that this one starts for an engine run in the Python that `file` or, first of all, `pairs` name.

    Args:
        pairs: "ENGINE=PATH".
        file: TOML, a path by engine; it need not be there.

    Raises:
        BadInput: an engine that does not exist, or a Python that cannot be run.
    """
    chosen = _of_file(file) if file.is_file() else {}
    for pair in pairs:
        engine, equals, path = pair.partition("=")
        if not equals:
            raise BadInput(f"--python {pair}: write it as ENGINE=PATH, as in --python torch=~/envs/torch/bin/python.")
        chosen[engine] = path
    if chosen:
        os.environ[VARIABLE] = json.dumps({engine: _checked(engine, path) for engine, path in chosen.items()})


def interpreter_of(engine: str) -> str | None:
    """The Python of `engine`; None: the one that runs this."""
    known = json.loads(os.environ.get(VARIABLE, "{}"))
    return known.get(engine)


def _of_file(file: Path) -> dict[str, str]:
    from common.untrusted import parse_toml, read_text  # brings pydantic, as below

    try:
        data = parse_toml(read_text(file))
    except BadInput as error:
        raise BadInput(f'{file} is not TOML ({error}): write one line an engine, torch = "PATH".') from error
    for engine, path in data.items():
        if not isinstance(path, str):
            raise BadInput(f"{file}: {engine} is {path!r}: give the path of a Python, in quotes.")
    return data


def _checked(engine: str, path: str) -> str:
    from common.specs.engines import ENGINES  # brings pydantic, which commands without a choice need not wait for

    ENGINES.find(engine)
    try:
        found = shutil.which(Path(path).expanduser())
    except (RuntimeError, ValueError):  # the home of nobody; a path with a zero byte
        found = None
    if found is None:
        raise BadInput(f"The Python of engine '{engine}', {path}, cannot be run: give the path of an interpreter.")
    return str(Path(found).absolute())  # links are left alone: they are how a virtual environment is told
