"""On the CPU TensorFlow computes a grouped convolution in float64, but not its gradient."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

tf.config.set_visible_devices([], "GPU")
print("tensorflow", tf.__version__)
refused = []
for dtype in (tf.float32, tf.float64):
    maps, kernel = tf.ones((2, 8, 8, 4), dtype), tf.ones((3, 3, 2, 6), dtype)  # two groups of two channels
    with tf.GradientTape() as tape:
        tape.watch(maps)
        total = tf.reduce_sum(tf.nn.conv2d(maps, kernel, strides=1, padding="SAME"))
    try:
        print(f"seen:  {dtype.name}: a gradient of shape {tape.gradient(total, maps).shape}")
    except tf.errors.InvalidArgumentError as error:
        refused.append(dtype)
        print(f"seen:  {dtype.name}: {str(error).split('}} ')[-1].split('.')[0]}.")
print("right: a gradient of shape (2, 8, 8, 4) in both")
sys.exit(0 if refused else 3)
