"""The gradient of tf.norm is NaN at zero, where torch has the subgradient 0 and a gradient penalty can arrive."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

x = tf.zeros(3)
with tf.GradientTape() as tape:
    tape.watch(x)
    norm = tf.norm(x)
seen = tape.gradient(norm, x)
print("tensorflow", tf.__version__)
print("seen: ", seen.numpy().tolist())
print("right:", [0.0, 0.0, 0.0])
sys.exit(0 if tf.reduce_any(tf.math.is_nan(seen)) else 3)
