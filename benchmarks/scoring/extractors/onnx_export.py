"""Torch module in, clean ONNX file out: the one place where the judge's networks are exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.files import atomic_write


def export(network: Any, size: int, channels: int, path: Path) -> None:
    """Write a module that maps float32 (N, size, size, channels) to (features, logits) as ONNX, atomically.

    Opset 18, weights inside, batch norm folded into the convolutions, any batch size.
    """
    import torch

    batch = torch.export.Dim("batch", min=1)
    program = torch.onnx.export(
        network,
        (torch.zeros(2, size, size, channels),),
        dynamo=True,
        opset_version=18,
        optimize=True,
        verbose=False,
        input_names=["images"],
        output_names=["features", "logits"],
        dynamic_shapes={"images": {0: batch}},
    )
    model = program.model_proto
    strip_notes(model)
    with atomic_write(path) as handle:
        handle.write(model.SerializeToString(deterministic=True))


def strip_notes(model: Any) -> None:
    """Remove what the exporter notes for debugging: the user's file paths would be in the file and in its hash."""
    for part in (model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
