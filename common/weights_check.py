"""Whether weights from a file fit a model, before any is copied."""

from __future__ import annotations

from collections.abc import Mapping

from common.engine import Weights
from common.errors import BadInput


def check_weights(wanted: Mapping[str, tuple[int, ...]], values: Weights) -> None:
    """Compare names and shapes, neutral name by neutral name.

    Args:
        wanted: name -> neutral shape of every weight of the model.
        values: name -> array, as found.

    Raises:
        BadInput: a name is missing on either side or a shape differs; the first such tensor is named.
    """
    for name in [*wanted, *values]:
        if name not in values or name not in wanted:
            side = "not in the file" if name not in values else "unknown to this model"
            raise BadInput(f"These weights belong to another architecture: {name} is {side}.")
        if (shape := values[name].shape) != wanted[name]:
            raise BadInput(
                f"These weights belong to another architecture: {name} has shape {shape}, not {wanted[name]}."
            )
