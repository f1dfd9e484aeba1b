"""The second derivative of tf.nn.moments' variance is wrong: it takes the mean for a constant."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

x = tf.constant([1.0, 2.0, 4.0], tf.float64)
with tf.GradientTape() as second:
    second.watch(x)
    with tf.GradientTape() as first:
        first.watch(x)
        variance = tf.nn.moments(x, axes=[0])[1]
    slope = first.gradient(variance, x)
seen = second.jacobian(slope, x)
right = (tf.eye(3, dtype=tf.float64) - 1 / 3) * 2 / 3  # variance = x'(I - 1/n)x / n
print("tensorflow", tf.__version__)
print("seen: ", seen.numpy().round(4).tolist())
print("right:", right.numpy().round(4).tolist())
sys.exit(0 if tf.reduce_max(tf.abs(seen - right)) > 1e-6 else 3)
