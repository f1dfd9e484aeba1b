import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scoring.mnistnet.train import CARD, main

ROOT = Path(__file__).parents[4]


def test_missing_data_is_one_sentence_and_torch_is_not_even_loaded(tmp_path, capsys):
    assert main(["--data-dir", str(tmp_path), "--out", str(tmp_path)]) == 2
    printed = capsys.readouterr().out
    assert "train-images-idx3-ubyte" in printed
    assert len(printed.strip().splitlines()) == 1
    assert "torch" not in sys.modules


CODE = """
import json, sys
import torch
from benchmarks.scoring.mnistnet.network import build_network, for_export
from benchmarks.scoring.mnistnet.train import augment, batches

network = build_network()
parameters = sum(parameter.numel() for parameter in network.parameters())
images = torch.zeros(300, 1, 32, 32)
images[:, 0, 16, 16] = 1
shifted = augment(images, torch.Generator().manual_seed(0))
rows = shifted.sum(dim=(1, 3)).argmax(dim=1)
sizes = [len(batch) for batch, _ in batches(images, torch.arange(300), torch.Generator().manual_seed(0))]
features, logits = for_export(network)(torch.zeros(3, 32, 32, 1))
print(json.dumps({
    "parameters": parameters, "shapes": [list(features.shape), list(logits.shape)], "sizes": sizes,
    "farthest": int((rows - 16).abs().max()), "moved": int((rows != 16).sum()),
    "repeats": bool((shifted == augment(images, torch.Generator().manual_seed(0))).all()),
}))
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_network_and_augmentation_in_a_process_of_their_own():
    result = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["parameters"] == json.loads(CARD.read_text(encoding="utf-8"))["parameters"]
    assert found["shapes"] == [[3, 128], [3, 10]]
    assert found["sizes"] == [128, 128]
    assert 1 <= found["farthest"] <= 3
    assert found["moved"] > 100
    assert found["repeats"]
