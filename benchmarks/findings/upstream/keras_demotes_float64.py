"""On torch, keras.ops.matmul of float64 tensors is computed in float32, whatever keras.config.floatx() says."""

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

keras.config.set_floatx("float64")
third = np.full((1, 1), 1 / 3)
product = keras.ops.matmul(third, np.ones((1, 1)))
layer = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False, dtype="float64")
print("keras", keras.__version__, "torch", torch.__version__)
for what, found in {"matmul": product, "Dense": layer(third)}.items():
    print(f"seen:  {what}: {found.dtype}, {keras.ops.convert_to_numpy(found)[0, 0]:.17f}")
print(f"right: torch.float64, {third[0, 0]:.17f}")
sys.exit(0 if product.dtype != torch.float64 else 3)
