"""Rows: results as plain values by column, which a terminal shows as a table and `--json` prints as they are."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
