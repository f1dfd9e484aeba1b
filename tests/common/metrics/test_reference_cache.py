import subprocess
import sys
import threading

import numpy as np
import pytest

from common.metrics.conditions import hash_of_images
from common.metrics.extractors.base import Extracted
from common.metrics.judge import score
from common.metrics.reference_cache import cache_file, look_at_reference


class Counting:
    """Features that need no network; counts how often it is asked."""

    name, feature_dimension, preparation, classes = "counting", 2, "none", ()

    def __init__(self, sha256="0" * 64):
        self.sha256, self.calls = sha256, 0

    def extract(self, images, batch_size=128, progress=None):
        self.calls += 1
        x = images.reshape(len(images), -1).astype(np.float32)
        return Extracted(np.stack([x.mean(axis=1), x.std(axis=1)], axis=1), x[:, :3])


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), np.uint8)


def test_the_second_look_reads_the_file_and_sees_the_same(images, tmp_path):
    extractor = Counting()
    first = look_at_reference(images, extractor, tmp_path)
    second = look_at_reference(images, extractor, tmp_path)
    assert extractor.calls == 1
    np.testing.assert_array_equal(first.features, second.features)
    np.testing.assert_array_equal(first.logits, second.logits)
    np.testing.assert_array_equal(first.gaussian.covariance, second.gaussian.covariance)


def test_scores_are_the_same_with_and_without_the_cache(images, tmp_path):
    where = {"reference": "noise", "reference_split": "train"}
    plain = score(images[:20], images[20:], Counting(), ["fid", "manifold"], **where)
    assert len(plain.scores) == 5
    for _ in range(2):
        assert score(images[:20], images[20:], Counting(), ["fid", "manifold"], cache_dir=tmp_path, **where) == plain


def test_anything_that_changes_the_features_changes_the_key(images, tmp_path):
    digest, extractor = hash_of_images(images), Counting()
    other = Counting()
    other.preparation = "resized"
    files = {
        cache_file(tmp_path, digest, extractor),
        cache_file(tmp_path, hash_of_images(images[:39]), extractor),
        cache_file(tmp_path, digest, Counting("1" * 64)),
        cache_file(tmp_path, digest, other),
    }
    assert len(files) == 4


@pytest.mark.parametrize("damage", [b"", b"not a zip", None])
def test_a_damaged_file_is_computed_again(images, tmp_path, damage):
    extractor = Counting()
    look_at_reference(images, extractor, tmp_path)
    file = cache_file(tmp_path, hash_of_images(images), extractor)
    file.write_bytes(file.read_bytes()[:-200] if damage is None else damage)
    look_at_reference(images, extractor, tmp_path)
    assert extractor.calls == 2
    look_at_reference(images, extractor, tmp_path)
    assert extractor.calls == 2


def test_two_writers_at_once_leave_one_whole_file(images, tmp_path):
    barrier, seen, extractor = threading.Barrier(2), [], Counting()

    class Slow(Counting):
        def extract(self, images, batch_size=128, progress=None):
            barrier.wait(timeout=10)
            return super().extract(images)

    threads = [
        threading.Thread(target=lambda: seen.append(look_at_reference(images, Slow(), tmp_path))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 2
    look_at_reference(images, extractor, tmp_path)
    assert extractor.calls == 0
    assert [path.suffix for path in (tmp_path / "features").iterdir()] == [".npz"]


def test_the_judge_needs_no_framework_and_no_runtime_until_it_extracts():
    code = (
        "import sys, common.metrics.judge, common.metrics.extractors.available;"
        "loaded = {'torch', 'tensorflow', 'keras', 'jax', 'onnxruntime'} & set(sys.modules);"
        "sys.exit(', '.join(loaded) or None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
