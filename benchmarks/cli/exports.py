"""What `ganbench export` does: writes one trained generator for other programs, and says what it wrote."""

from __future__ import annotations

from pathlib import Path

from benchmarks.drawing.request import find_trained
from benchmarks.exporting.export import export_onnx, export_safetensors
from common.errors import unknown_name

KINDS = ("onnx", "safetensors")


def export_generator(weights: Path, to: str, out: Path | None, half: bool) -> None:
    """Write the generator in `weights` to `out`, or beside it, and print where it is and what was checked.

    Raises:
        BadInput: an unknown kind, no generator, or a package is missing.
        GanbenchError: the exported generator does not draw what the engine drew.
    """
    if to not in KINDS:
        raise unknown_name("kind of file", to, KINDS)
    target = out or find_trained(weights).file.with_name("generator.onnx" if to == "onnx" else "drawing.safetensors")
    if to == "safetensors":
        export_safetensors(weights, target)
        print(f"weights: {target}")
        return
    [made] = export_onnx([weights], [target], half)
    inputs = ", ".join(
        f"{name} ({', '.join(['n', *map(str, row)] if row else [])})" for name, row in made.inputs.items()
    )
    print(f"generator: {target} (opset {made.opset}, weights in {made.storage})")
    print(f"inputs:    {inputs}")
    print(f"output:    images, uint8 (n, {', '.join(map(str, made.image))})")
    print(
        f"checked:   {made.compared} images of {made.engine}, largest difference {made.largest_difference} grey levels"
    )
