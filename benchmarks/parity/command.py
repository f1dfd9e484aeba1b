"""What `ganbench parity` does: climbs the ladder for each model and engine and shows every rung's largest error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.parity.ladder import Row, climb
from benchmarks.parity.report import parity_page
from benchmarks.tables import show
from common.errors import BadInput
from common.files import write_text
from common.specs.cell import ENGINES, check_engine
from common.specs.models import MODELS, model_spec

# what is held against eager torch by default; --engines torch holds compiled torch against it
TWINS = tuple(engine for engine in ENGINES if engine != "torch")


def check_parity(
    models: Sequence[str],
    engines: Sequence[str] | None = None,
    executions: Sequence[str] | None = None,
    mutations: bool = True,
    as_json: bool = False,
    out: Path | None = None,
) -> int:
    """Climb the ladder for `models` between torch and each of `engines`, print the rows, and return the exit code.

    With `out` the rows and the known differences are written there as a Markdown page.

    Raises:
        BadInput: nothing to check, or an unknown model, engine or execution.
    """
    if not models:
        raise BadInput(f"Which model? Name one or more ({', '.join(MODELS)}), or give --all.")
    for name in models:
        model_spec(name)
    for engine in engines or TWINS:
        check_engine(engine)
        for execution in executions or ():
            check_engine(engine, execution)
    rows: list[Row] = []
    for name in models:
        for engine in engines or TWINS:
            print(f"{name}: torch against {engine} ...", file=sys.stderr, flush=True)
            rows += climb(name, engine, executions, mutations)
    if as_json:
        show([row.model_dump() for row in rows], as_json=True)
    else:
        show([_readable(row) for row in rows], as_json=False)
    if out is not None:
        write_text(out, parity_page(rows))
        print(f"Written: {out}", file=sys.stderr)
    failed = [row for row in rows if not row.passed]
    print(f"{len(rows) - len(failed)} of {len(rows)} rungs hold.", file=sys.stderr)
    return 1 if failed else 0


def _readable(row: Row) -> dict[str, object]:
    name = f"{row.name} ({row.noticed_by})" if row.noticed_by else row.name
    bound = f"> {row.tolerance:g}" if row.rung == 7 else f"<= {row.tolerance:.0e}"
    return {
        "model": row.model,
        "engine": row.engine,
        "execution": row.execution,
        "precision": row.precision,
        "phase": row.phase,
        "rung": row.rung,
        "what": name,
        "error": f"{row.error:.1e}",
        "bound": bound,
        "holds": "yes" if row.passed else "NO",
    }
