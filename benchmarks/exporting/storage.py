"""Half the bytes: weights of an ONNX file stored in half precision and widened again before anything is computed."""

from __future__ import annotations

from typing import Any

# smaller tensors (biases, statistics) are not worth their rounding
_LEAST_NUMBERS = 1024


def in_half_precision(model: bytes) -> bytes:
    """The same model with every large float32 weight stored as float16, behind a cast to float32."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    halved = onnx.load_from_string(model)
    casts: list[Any] = []
    for tensor in halved.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _LEAST_NUMBERS:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    return bytes(halved.SerializeToString(deterministic=True))
