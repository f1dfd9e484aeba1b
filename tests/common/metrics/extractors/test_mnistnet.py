import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from common.errors import BadInput
from common.metrics.extractors import mnistnet
from common.metrics.extractors.available import load_extractor
from common.metrics.extractors.base import OnnxExtractor

CARD = Path(__file__).parents[4] / "benchmarks" / "scoring" / "mnistnet" / "card.json"


@pytest.fixture(scope="module")
def extractor():
    return load_extractor("mnistnet", threads=1)


def test_the_shipped_file_is_the_one_on_the_card(extractor):
    card = json.loads(CARD.read_text(encoding="utf-8"))
    data = mnistnet.MODEL.read_bytes()
    assert len(data) == card["bytes"] < 1_000_000
    assert hashlib.sha256(data).hexdigest() == card["sha256"] == extractor.sha256
    assert card["test_accuracy"] >= 0.992
    assert b".py" not in data


def test_shapes_types_and_dimension(extractor):
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 1), np.uint8)
    features, logits = extractor.extract(images)
    assert features.shape == (5, extractor.feature_dimension) == (5, 128)
    assert logits.shape == (5, 10)
    assert features.dtype == logits.dtype == np.float32


def test_batching_and_threads_do_not_matter(extractor):
    images = np.random.default_rng(1).integers(0, 256, (23, 32, 32, 1), np.uint8)
    reference = extractor.extract(images)
    for size in (1, 7, 23):
        np.testing.assert_allclose(extractor.extract(images, size).features, reference.features, rtol=1e-4, atol=1e-5)
    two_threads = load_extractor("mnistnet", threads=2).extract(images)
    np.testing.assert_allclose(two_threads.logits, reference.logits, rtol=1e-4, atol=1e-4)


def test_progress_counts_images(extractor):
    seen = []
    extractor.extract(np.zeros((5, 32, 32, 1), np.uint8), 2, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_preparation():
    small = np.full((1, 28, 28, 1), 255, np.uint8)
    padded = mnistnet.prepare(small)
    assert padded.shape == (1, 32, 32, 1)
    assert padded.sum() == 255 * 28 * 28
    assert padded[0, 2, 2, 0] == 255
    assert padded[0, 1, 1, 0] == 0
    native = np.random.default_rng(2).integers(0, 256, (2, 32, 32, 1), np.uint8)
    np.testing.assert_array_equal(mnistnet.prepare(native), native)
    np.testing.assert_allclose(mnistnet.prepare(np.repeat(native, 3, axis=3)), native, atol=1e-3)
    assert mnistnet.prepare(np.zeros((1, 64, 48, 3), np.uint8)).shape == (1, 32, 32, 1)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 32, 32, 1), np.float32), "not uint8"),
        (np.zeros((2, 32, 32), np.uint8), "NHWC"),
        (np.zeros((2, 1, 32, 32), np.uint8), "NHWC"),
        (np.zeros((0, 32, 32, 1), np.uint8), "no images"),
    ],
)
def test_wrong_images_are_refused(extractor, images, message):
    with pytest.raises(BadInput, match=message):
        extractor.extract(images)


def test_missing_and_broken_files_and_unknown_names(tmp_path):
    with pytest.raises(BadInput, match="missing"):
        OnnxExtractor("mnistnet", tmp_path / "no.onnx", "", mnistnet.prepare)
    broken = tmp_path / "cut.onnx"
    broken.write_bytes(mnistnet.MODEL.read_bytes()[:1000])
    with pytest.raises(BadInput, match=r"cut\.onnx"):
        OnnxExtractor("mnistnet", broken, "", mnistnet.prepare)
    with pytest.raises(BadInput, match="did you mean 'mnistnet'"):
        load_extractor("mnistnt")
