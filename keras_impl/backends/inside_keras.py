"""Replacing what Keras keeps to itself, of which it promises nothing: tested on Keras 3.15.1.

Every replacement rests on a script in benchmarks/findings, which measures what happens without it.
"""

import importlib
from collections.abc import Callable
from typing import Any

import keras

from common.errors import BadInput

TESTED = "3.15.1"
_originals: dict[tuple[str, str], Any] = {}


def replace_in_keras(module: str, name: str, replacement: Callable[[Any], Any] | None) -> None:
    """Put `replacement(original)` in the place of `keras.src.<module>.<name>`; None puts the original back.

    Raises:
        BadInput: this Keras has nothing of that name to be replaced.
    """
    key = (module, name)
    if replacement is None:
        if key in _originals:
            setattr(importlib.import_module(f"keras.src.{module}"), name, _originals.pop(key))
        return
    try:
        holder = importlib.import_module(f"keras.src.{module}")
        original = _originals.setdefault(key, getattr(holder, name))
    except (ModuleNotFoundError, AttributeError) as error:
        raise BadInput(
            f"float64 needs keras.src.{module}.{name}, which Keras {keras.__version__} does not have: install Keras "
            f"{TESTED}, which this was tested on, or train in float32."
        ) from error
    setattr(holder, name, replacement(original))
