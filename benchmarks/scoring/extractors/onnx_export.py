"""Torch module in, clean ONNX file out: the one place where networks are exported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from common.errors import BadInput
from common.files import atomic_write

OPSET = 18


def export(network: Any, size: int, channels: int, path: Path) -> None:
    """Write a module that maps float32 `images` (N, size, size, channels) to (features, logits) as ONNX, atomically.

    Weights inside, batch norm folded into the convolutions, any batch size.
    """
    import torch

    model = to_onnx(network, {"images": torch.zeros(2, size, size, channels)}, ("features", "logits"))
    with atomic_write(path) as handle:
        handle.write(model.SerializeToString(deterministic=True))


def to_onnx(
    network: Any, inputs: Mapping[str, Any], outputs: Sequence[str], shared: Collection[str] = (), optimize: bool = True
) -> Any:
    """The ONNX model of a torch module, as a protocol buffer of opset 18 without notes.

    Args:
        network: called with `inputs` by name.
        inputs: example tensors of two rows; any number of rows works afterwards.
        outputs: the names of what it returns.
        shared: names of inputs that all rows share: their shapes stay as they are.
        optimize: let onnxscript fold and rewrite the graph.

    Raises:
        BadInput: the network fixes the number of rows, as by `len(tensor)` or a Python branch on it.
    """
    import torch

    batch = torch.export.Dim("batch", min=1)
    program = torch.onnx.export(
        network,
        (),
        kwargs=dict(inputs),
        dynamo=True,
        opset_version=OPSET,
        optimize=optimize,
        verbose=False,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes={name: None if name in shared else {0: batch} for name in inputs},
    )
    model = program.model_proto
    # torch's exporter falls back to the example's number of rows without a word
    fixed = [each.name for each in model.graph.input if each.name not in shared and not _first(each).dim_param]
    if fixed:
        raise BadInput(f"The network fixes how many rows {fixed[0]} has, so it cannot be exported.")
    strip_notes(model)
    return model


def _first(graph_input: Any) -> Any:
    """The dimension of an input's rows."""
    return graph_input.type.tensor_type.shape.dim[0]


def strip_notes(model: Any) -> None:
    """Remove what the exporter notes for debugging: the user's file paths would be in the file and in its hash."""
    for part in (model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
