"""The Keras twins: networks, objectives, optimisers and the engine. Sibling files of torch_impl have the same names.

Only `keras.layers` and `keras.ops` are used; what differs between backends is in `keras_impl.backends`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# what Keras and TensorFlow import wherever they find it, for what nobody here uses: a third of all they import
_UNUSED = ("jax", "matplotlib", "pandas", "sklearn")


@contextmanager
def _without(*packages: str) -> Iterator[None]:
    """Within it those `packages` that nobody has imported yet seem not to be installed."""
    modules: dict[str, Any] = sys.modules
    hidden = [package for package in packages if package not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for package in hidden:
            del modules[package]


with _without(*(package for package in _UNUSED if package != os.environ.get("KERAS_BACKEND"))):
    import keras  # noqa: F401
