"""A trained generator as one ONNX graph: noise, classes and style in, uint8 images out.

Twins are equal weight for weight, so the weights of any engine are exported through the torch twin; what comes out is
compared with the images of the engine that trained it (benchmarks/exporting/check.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.drawing.process import ready_engine
from benchmarks.drawing.request import Request, Trained
from benchmarks.scoring.extractors.onnx_export import to_onnx
from common.errors import BadInput
from common.specs.networks import NetworkShape, NetworkSpec

# inputs that all images of a call share
SHARED = ("truncation", "mix_from")
OUTPUT = "images"


def input_shapes(network: NetworkSpec, shape: NetworkShape) -> dict[str, tuple[int, ...]]:
    """The generator's inputs in order, with the shape of one row; () is a scalar that all rows share.

    `latents` is noise (of a style-based generator also that of its layers), `labels` are class weights, `truncation` is
    psi (1: none); from resolution `mix_from` on, int32, styles come from `mix_latents`.
    """
    shapes: dict[str, tuple[int, ...]] = {"latents": (network.noise_size(shape.image_size),)}
    if network.conditional:
        shapes["labels"] = (shape.classes,)
    if network.has_styles:
        shapes |= {"truncation": (), "mix_latents": (network.latent_size,), "mix_from": ()}
    return shapes


def onnx_model(trained: Trained, twin: Any = None) -> Any:
    """The ONNX model of a trained generator, in single precision; imports torch.

    Args:
        twin: the ONNX model of another generator with an equal network. Its graph is taken, which is what takes long to
            make; it is left with the weights of this one.

    Raises:
        BadInput: the model has no torch twin, or torch or the exporter is not installed.
    """
    try:
        import onnxscript  # noqa: F401  torch's exporter needs it, and would say so in a trace
    except ModuleNotFoundError as error:
        raise BadInput(f"Exporting to ONNX needs the package '{error.name}': pip install 'ganbench[site]'.") from error
    import torch

    cell = trained.cell.model_copy(update={"precision": "fp32"})
    engine: Any = ready_engine(Request(weights=trained.file, engine="torch"), trained.model_copy(update={"cell": cell}))
    network, shapes = cell.model.network, input_shapes(cell.model.network, trained.shape)
    generator = engine.averaged if engine.averaged is not None else engine.generator
    drawing = _drawing(generator.eval(), network.grows)
    if twin is not None:
        return _with_weights(twin, drawing.state_dict())
    inputs = {name: torch.zeros((2, *row) if row else ()) for name, row in shapes.items()}
    if "mix_from" in inputs:
        inputs["mix_from"] = torch.tensor(4, dtype=torch.int32)
    # onnxscript's optimiser (0.7.2) breaks style-based generators: their images were up to 255 grey levels off. ONNX
    # Runtime optimises the graph when it loads it, and does not.
    return to_onnx(drawing, inputs, (OUTPUT,), SHARED, optimize=False)


def _with_weights(model: Any, tensors: Mapping[str, Any]) -> Any:
    for each in model.graph.initializer:
        if each.name in tensors:
            each.raw_data = tensors[each.name].numpy().tobytes()
    return model


def _drawing(generator: Any, grows: bool) -> Any:
    """`generator` with inputs by name, and images as common.images.quantize makes them."""
    import torch
    from torch import Tensor, nn

    class Drawing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.generator = generator

        def forward(
            self,
            latents: Tensor,
            labels: Tensor | None = None,
            truncation: Tensor | None = None,
            mix_latents: Tensor | None = None,
            mix_from: Tensor | None = None,
        ) -> Tensor:
            given = {"labels": labels, "truncation": truncation, "mix_latents": mix_latents, "mix_from": mix_from}
            given = {name: value for name, value in given.items() if value is not None}
            if grows:
                given["alpha"] = torch.ones(())
            images = self.generator(latents, **given).permute(0, 2, 3, 1)
            return ((images + 1.0) * 127.5).round().clamp(0.0, 255.0).to(torch.uint8)

    return Drawing().eval()
