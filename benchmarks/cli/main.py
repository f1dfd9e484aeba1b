"""The `ganbench` command. Every command imports what it needs when it runs: `ganbench --help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cli import checks, images, races, runs
from benchmarks.cli.data import data_app
from common.errors import GanbenchError, printable

app = typer.Typer(
    name="ganbench",
    help="Compares PyTorch and Keras on generative adversarial networks: matching twins, one loop, one judge.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_COMMANDS: tuple[Callable[..., None], ...] = (
    *(runs.run, runs.plan, runs.status, runs.clean, runs.merge, runs.report, runs.compare),
    *(runs.publish, runs.site, runs.serve),
    *(races.race, races.calibrate),
    *(images.sample, images.interpolate, images.export, images.score, checks.parity, checks.doctor),
)
for command in _COMMANDS:
    app.command()(command)
app.command("list")(checks.list_)
app.add_typer(data_app, name="data")

_PLUGIN, _PYTHON = "--plugin", "--python"


@app.callback()
def everywhere(
    plugin: Annotated[
        list[Path] | None,
        typer.Option(_PLUGIN, metavar="FILE.py", help="Use the models, data sets, metrics and engines of a file."),
    ] = None,
    python: Annotated[
        list[str] | None,
        typer.Option(
            _PYTHON, metavar="ENGINE=PATH", help="The interpreter of an engine [default: engines.toml, else this one]."
        ),
    ] = None,
) -> None:
    """Make plug-ins and interpreters known before any command runs."""
    from benchmarks.machine.interpreters import use_interpreters
    from common.plugins import use_files

    use_files(plugin or [])
    use_interpreters(python or [])


def main() -> None:
    """Run a command: errors meant for the user are one sentence on stderr; the exit code says their kind."""
    try:
        app(_general_first(sys.argv[1:]))
    except GanbenchError as error:
        print(f"ganbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # what the system refuses: a folder that may not be read, a name that is too long
        print(printable(f"ganbench: {error.strerror or error}: {error.filename or 'no file'}"), file=sys.stderr)
        sys.exit(1)


def _general_first(arguments: list[str]) -> list[str]:
    """The arguments with `--plugin FILE` and `--python ENGINE=PATH` in front of the command, wherever they stood."""
    found, rest, waiting = [], [], False
    for argument in arguments:
        if waiting or argument.partition("=")[0] in (_PLUGIN, _PYTHON):
            found.append(argument)
            waiting = argument in (_PLUGIN, _PYTHON)
        else:
            rest.append(argument)
    return found + rest


if __name__ == "__main__":
    main()
