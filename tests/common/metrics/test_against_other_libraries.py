"""Same features, same numbers as torch-fidelity, prdc and clean-fid, which run in a process of their own (torch)."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from common.metrics.fid import fid
from common.metrics.inception_score import inception_score
from common.metrics.kid import kid
from common.metrics.manifold import manifold_scores
from common.metrics.precision_recall import precision_recall

CODE = """
import contextlib, io, json, sys
import numpy as np, torch
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
a, b = (np.load(sys.argv[1])[name] for name in ("generated", "real"))
x, y = torch.from_numpy(a), torch.from_numpy(b)
result = {}
result |= fid_statistics_to_metric(*(fid_features_to_statistics(s) for s in (x, y)), False)
result |= isc_features_to_metric(x[:, :20])
result |= kid_features_to_metric(x.double(), y.double(), kid_subsets=10, kid_subset_size=200, verbose=False)
result["kid_float32"] = kid_features_to_metric(x, y, kid_subsets=10, kid_subset_size=200, verbose=False)[
    "kernel_inception_distance_mean"]
result |= prc_features_to_metric(x, y, verbose=False)
with contextlib.redirect_stdout(io.StringIO()):
    prdc = compute_prdc(b.astype(np.float64), a.astype(np.float64), 5)
result["prdc"] = [float(prdc[name]) for name in ("precision", "recall", "density", "coverage")]
from cleanfid.fid import frechet_distance, kernel_distance
moments = [part for s in (a.astype(np.float64), b.astype(np.float64)) for part in (s.mean(0), np.cov(s, rowvar=False))]
with contextlib.suppress(TypeError):  # clean-fid asks SciPy's sqrtm for an option that SciPy 1.18 no longer has
    result["clean_fid"] = float(frechet_distance(*moments))
result["clean_kid"] = kernel_distance(b[:500].astype(np.float64), a[:500].astype(np.float64), num_subsets=2)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    for package in ("torch", "torch_fidelity", "prdc", "cleanfid"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(48, 48)) / 7
    arrays = {
        "generated": np.maximum(rng.normal(size=(600, 48)) @ mixing * 1.1 + 0.3, 0).astype(np.float32),
        "real": np.maximum(rng.normal(size=(500, 48)) @ mixing + 0.2, 0).astype(np.float32),
    }
    file = tmp_path_factory.mktemp("features") / "features.npz"
    np.savez(file, **arrays)
    output = subprocess.run([sys.executable, "-c", CODE, str(file)], capture_output=True, text=True, check=False)
    assert output.returncode == 0, output.stderr
    return arrays["generated"], arrays["real"], json.loads(output.stdout.splitlines()[-1])


def test_fid(features):
    generated, real, theirs = features
    # torch-fidelity averages float32 features in float32, which alone costs it some 1e-7
    assert fid(generated, real).value == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)


def test_clean_fid(features):
    generated, real, theirs = features
    if "clean_fid" in theirs:
        assert fid(generated, real).value == pytest.approx(theirs["clean_fid"], rel=1e-6)
    assert kid(generated[:500], real[:500]).value == pytest.approx(theirs["clean_kid"], rel=1e-9)


def test_inception_score_with_its_splits_and_shuffle(features):
    generated, _, theirs = features
    ours = inception_score(generated[:, :20], splits=10)
    assert ours.value == pytest.approx(theirs["inception_score_mean"], rel=1e-9)
    assert ours.std == pytest.approx(theirs["inception_score_std"], rel=1e-6)


def test_kid_draws_the_same_subsets(features):
    generated, real, theirs = features
    ours = kid(generated, real, 10, 200)
    assert ours.value == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-9)
    assert ours.std == pytest.approx(theirs["kernel_inception_distance_std"], rel=1e-9)
    # its default, float32 kernel sums, is the less exact of the two
    assert ours.value == pytest.approx(theirs["kid_float32"], rel=1e-2)


def test_precision_and_recall(features):
    generated, real, theirs = features
    assert precision_recall(real, generated) == pytest.approx((theirs["precision"], theirs["recall"]), rel=1e-6)


def test_prdc_exactly(features):
    generated, real, theirs = features
    assert list(manifold_scores(real, generated, 5, 5)) == theirs["prdc"]
