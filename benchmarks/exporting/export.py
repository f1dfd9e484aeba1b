"""`ganbench export`: trained generators as ONNX files, checked against the engine that trained them, or as weights."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from benchmarks.drawing.request import Trained, find_trained
from benchmarks.exporting.check import LARGEST_DIFFERENCE, engine_images, exported_images, largest_difference
from benchmarks.exporting.network import input_shapes
from benchmarks.exporting.process import Job
from benchmarks.exporting.storage import in_half_precision
from benchmarks.machine.child import run_child
from benchmarks.machine.python import python_command
from benchmarks.results.records import RecordPart
from benchmarks.scoring.extractors.onnx_export import OPSET
from common.errors import BadInput, GanbenchError
from common.files import atomic_write, write_text
from common.tensor_files import load_tensors, save_tensors

# results that are rounded to fewer digits than an ONNX file computes with cannot agree to a grey level
_EXACT = ("fp32", "fp64")


class Exported(RecordPart):
    """What an exported generator is.

    Attributes:
        cell: the id of the cell that trained it.
        inputs: shape of a row of each input; [] is a scalar.
        largest_difference: from the images of the engine that trained it, in grey levels, over `compared` images.
    """

    cell: str
    model: str
    dataset: str
    engine: str
    inputs: dict[str, tuple[int, ...]]
    image: tuple[int, int, int]
    opset: int = OPSET
    storage: Literal["float32", "float16"]
    compared: int
    largest_difference: int


def export_onnx(
    weights: Sequence[Path], outs: Sequence[Path], half: bool = False, cancelled: threading.Event | None = None
) -> list[Exported]:
    """Write each generator of `weights` (files, or folders of cells) to the file of `outs` at the same place.

    Args:
        half: store the weights in half precision wherever the images stay as close as they have to be.
        cancelled: another thread ends the exporting process by setting this.

    Raises:
        BadInput: no generator there, its model has no torch twin, or a package is missing.
        GanbenchError: the exported generator's images are more than a grey level from the engine's.
        CancelledError: another thread has ended it.
    """
    trained = [find_trained(each) for each in weights]
    with tempfile.TemporaryDirectory(prefix="ganbench-export-") as folder:
        files = [Path(folder) / f"{index}.onnx" for index in range(len(trained))]
        job = Path(folder) / "job.json"
        pairs = [(each.file.resolve(), file) for each, file in zip(trained, files, strict=True)]
        write_text(job, Job(files=pairs).model_dump_json())
        command = python_command("benchmarks.exporting.process", str(job))
        run_child(command, cancelled=cancelled).check("Exporting failed.")
        triples = zip(trained, files, outs, strict=True)
        return [_checked(each, file.read_bytes(), out, half) for each, file, out in triples]


def export_safetensors(weights: Path, out: Path) -> None:
    """Write the weights that images are drawn with (of the averaged generator, where there is one) under the names
    that every engine gives them, and which cell they are of.

    Raises:
        BadInput: no generator there.
    """
    trained = find_trained(weights)
    tensors, notes = load_tensors(trained.file)
    prefix = "generator_ema." if trained.cell.model.ema_decay is not None else "generator."
    drawn = {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    save_tensors(out, {name.replace(prefix, "generator.", 1): tensor for name, tensor in drawn.items()}, notes)


def read_exported(path: Path) -> Exported | None:
    """What an exported file says of itself, or None if there is no such file.

    Raises:
        BadInput: it was not written by `ganbench export`.
    """
    import onnx

    if not path.is_file():
        return None
    try:
        notes = {each.key: each.value for each in onnx.load(path, load_external_data=False).metadata_props}
        return Exported.model_validate_json(notes["ganbench"])
    except Exception as error:  # protobuf's and pydantic's exceptions share no base class
        raise BadInput(f"{path} was not written by this version of `ganbench export`: remove it.") from error


def _checked(trained: Trained, model: bytes, out: Path, half: bool) -> Exported:
    expected = engine_images(trained)

    def difference(of: bytes) -> int:
        return largest_difference(exported_images(of, trained, len(expected)), expected)

    found, storage = difference(model), "float32"
    if found > LARGEST_DIFFERENCE and trained.cell.precision in _EXACT:
        raise GanbenchError(
            f"The exported generator of {trained.file.parent.name} draws other images than {trained.cell.engine} did: "
            f"{found} grey levels apart at most, allowed is {LARGEST_DIFFERENCE}. Nothing was written."
        )
    if half:
        smaller = in_half_precision(model)
        if (rounded := difference(smaller)) <= max(found, LARGEST_DIFFERENCE):
            model, found, storage = smaller, rounded, "float16"
    cell, shape = trained.cell, trained.shape
    exported = Exported.model_validate({
        "cell": cell.id, "model": cell.model.name, "dataset": cell.dataset, "engine": cell.contender,
        "inputs": input_shapes(cell.model.network, shape),
        "image": (shape.image_size, shape.image_size, shape.channels),
        "storage": storage, "compared": len(expected), "largest_difference": found,
    })  # fmt: skip
    with atomic_write(out) as handle:
        handle.write(_with_note(model, exported))
    return exported


def _with_note(model: bytes, exported: Exported) -> bytes:
    import onnx

    noted: Any = onnx.load_from_string(model)
    onnx.helper.set_model_props(noted, {"ganbench": json.dumps(exported.model_dump(mode="json"), sort_keys=True)})
    return bytes(noted.SerializeToString(deterministic=True))
