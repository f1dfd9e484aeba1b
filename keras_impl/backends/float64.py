"""float64 on JAX and torch, where Keras' type promotion otherwise returns float32 for it: for parity proofs only."""

from keras_impl.backends.inside_keras import replace_in_keras


def keep_float64(keep: bool) -> None:
    """Let Keras' operations keep float64 (or demote it to float32 again, as Keras does).

    Keras has no public switch for it: JAX by default knows no float64, and Keras copied that to torch. What it costs
    is measured by benchmarks/findings/keras_float64.py.

    Raises:
        BadInput: this Keras promotes types in another way.
    """
    replacement = (lambda demoted: {**demoted, "float64": "float64"}) if keep else None
    replace_in_keras("backend.common.dtypes", "BIT64_TO_BIT32_DTYPE", replacement)
