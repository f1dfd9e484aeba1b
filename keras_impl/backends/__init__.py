"""What differs between Keras' backends, behind one set of functions; the active backend's module is `backend`."""

import importlib

import keras

backend = importlib.import_module(f"keras_impl.backends.{keras.backend.backend()}")
