"""Train the mnistnet digit classifier on MNIST, export it to ONNX and write its card: about ten minutes on two cores.

    python -m benchmarks.scoring.mnistnet.train --data-dir DIR [--epochs 15] [--seed 0] [--out FOLDER]

DIR holds the four IDX files (gz or not). The recipe is fixed (AdamW, one-cycle schedule, shifts, rotations and
scalings) and the test split is looked at once, after the last epoch, so the accuracy on the card is not selected.
Torch is imported only when training starts.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scoring.extractors.onnx_export import export
from benchmarks.scoring.mnistnet.network import FEATURES, build_network, for_export
from common.data.idx import open_idx
from common.errors import GanbenchError
from common.files import sha256_of, write_text
from common.specs.datasets import dataset_spec

SHIPPED = Path(__file__).resolve().parents[3] / "common" / "metrics" / "extractors" / "mnistnet.onnx"
CARD = Path(__file__).resolve().parent / "card.json"
BATCH = 128


def load_split(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """One MNIST split ("train", "test") as uint8 (N, 32, 32, 1), zero-padded from 28, and int64 labels (N,).

    Raises:
        BadInput: a file is missing, broken or not the published one.
    """
    found = open_idx(dataset_spec("mnist"), split, folder)
    assert found.labels is not None
    return np.pad(found.images, ((0, 0), (2, 2), (2, 2)))[..., None], found.labels


def augment(images: Any, generator: Any) -> Any:
    """Random affine maps of float32 (B, 1, 32, 32): +-10 degrees, scale 0.9-1.1, shift +-2 pixels, bilinear."""
    import torch

    count = len(images)
    angle, scale, shift_x, shift_y = torch.rand(4, count, generator=generator) * 2 - 1
    angle, scale = angle * (np.pi / 18), 1 + 0.1 * scale
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    rows = [torch.stack([cos, -sin, shift_x / 8], 1), torch.stack([sin, cos, shift_y / 8], 1)]
    grid = torch.nn.functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return torch.nn.functional.grid_sample(images, grid, align_corners=False)


def batches(images: Any, labels: Any, generator: Any) -> Iterator[tuple[Any, Any]]:
    """One epoch of shuffled, augmented batches; the remainder of under a batch is dropped."""
    import torch

    order = torch.randperm(len(images), generator=generator)
    for chosen in order[: len(order) // BATCH * BATCH].split(BATCH):
        yield augment(images[chosen], generator), labels[chosen]


def train(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> Any:
    """The trained torch module; prints one line per epoch.

    Raises:
        GanbenchError: the loss is no longer finite.
    """
    import torch

    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = build_network().to(memory_format=torch.channels_last)
    x = torch.from_numpy(images.astype(np.float32) / 255).permute(0, 3, 1, 2)
    y = torch.from_numpy(labels)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    steps = epochs * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps)
    for epoch in range(1, epochs + 1):
        losses, started = [], time.monotonic()
        network.train()
        for batch, target in batches(x, y, generator):
            loss = torch.nn.functional.cross_entropy(network(batch)[1], target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
        mean = float(torch.stack(losses).mean())
        if not np.isfinite(mean):
            raise GanbenchError(f"The loss is {mean} in epoch {epoch}: training diverged; try another --seed.")
        print(f"epoch {epoch}/{epochs}  loss {mean:.4f}  {time.monotonic() - started:.0f} s", flush=True)
    return network


def measure(path: Path, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean cross-entropy of the exported file, run by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    parts = [
        session.run(["logits"], {"images": images[i : i + 500].astype(np.float32)})[0]
        for i in range(0, len(images), 500)
    ]
    logits = np.concatenate([np.asarray(part) for part in parts]).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    accuracy = float((logits.argmax(axis=1) == labels).mean())
    return accuracy, float(-log_probabilities[np.arange(len(labels)), labels].mean())


def main(arguments: list[str] | None = None) -> int:
    """Run the script; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scoring.mnistnet.train", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with the four MNIST IDX files")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="CPU threads; results repeat only at the same number")
    parser.add_argument("--out", type=Path, help="folder for mnistnet.onnx and card.json (default: the shipped files)")
    options = parser.parse_args(arguments)
    model = options.out / "mnistnet.onnx" if options.out else SHIPPED
    card = options.out / "card.json" if options.out else CARD
    try:
        write_text(card, json.dumps(run(options, model), indent=2) + "\n")
    except GanbenchError as error:
        print(error)
        return error.exit_code
    print(card.read_text(encoding="utf-8"))
    return 0


def run(options: argparse.Namespace, model: Path) -> dict[str, Any]:
    """Train, export to `model`, measure the exported file on the test split; the card."""
    images, labels = load_split(options.data_dir, "train")
    test_images, test_labels = load_split(options.data_dir, "test")

    import onnxruntime
    import torch

    torch.set_num_threads(options.threads)
    started = time.monotonic()
    network = train(images, labels, options.epochs, options.seed)
    seconds = time.monotonic() - started
    export(for_export(network.to(memory_format=torch.contiguous_format)), 32, 1, model)
    accuracy, cross_entropy = measure(model, test_images, test_labels)
    return {
        "name": "mnistnet",
        "sha256": sha256_of(model),
        "bytes": model.stat().st_size,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "feature_dimension": FEATURES,
        "input": "float32 (N, 32, 32, 1), 0..255, digits zero-padded from 28",
        "trained_on": f"MNIST train, {len(images)} images, shifts, rotations and scalings",
        "epochs": options.epochs,
        "seed": options.seed,
        "threads": options.threads,
        "test_images": len(test_images),
        "test_accuracy": accuracy,
        "test_cross_entropy": cross_entropy,
        "train_seconds": round(seconds, 1),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    }


if __name__ == "__main__":
    raise SystemExit(main())
