"""What differs between Keras' backends, behind one set of functions; the active backend's module is `backend`."""

import importlib
from typing import TYPE_CHECKING, cast

import keras

from keras_impl.backends.protocol import Backend, Pullback, Tensor

__all__ = ["Backend", "Pullback", "Tensor", "backend"]

if TYPE_CHECKING:
    from keras_impl.backends import jax, tensorflow, torch

    _: tuple[Backend, ...] = (jax, tensorflow, torch)  # each of them fulfils the protocol

backend = cast(Backend, importlib.import_module(f"keras_impl.backends.{keras.backend.backend()}"))
