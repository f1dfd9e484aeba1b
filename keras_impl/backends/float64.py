"""float64 on JAX and torch, where Keras' type promotion otherwise returns float32 for it: for parity proofs only."""

from keras.src.backend.common import dtypes


def keep_float64(keep: bool) -> None:
    """Let Keras' operations keep float64 (or demote it to float32 again, as Keras does).

    Keras has no public switch for it: JAX by default knows no float64, and Keras copied that to torch.
    """
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64" if keep else "float32"
