"""torch.onnx.export fixes a dimension that it was told to leave open, without a word."""

import sys
import warnings

import torch


class Network(torch.nn.Module):
    """One that asks for the number of its rows as a Python number."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, 3) to the same."""
        return x / len(x)


print("torch", torch.__version__)
told = {"x": {0: torch.export.Dim("rows", min=1)}}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    program = torch.onnx.export(
        Network().eval(), (), kwargs={"x": torch.zeros(2, 3)}, dynamo=True, verbose=False, dynamic_shapes=told
    )
shape = program.model_proto.graph.input[0].type.tensor_type.shape.dim
print(f"seen:  rows = {shape[0].dim_param or shape[0].dim_value}, warnings: {[str(each.message) for each in caught]}")
print("right: rows open, or an error: torch.export.export raises one")
sys.exit(0 if not shape[0].dim_param else 3)
