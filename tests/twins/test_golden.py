"""The golden cells: three iterations of three tiny models in float64 give the numbers that they gave before.

Whatever changes a result without saying so is noticed here: a constant, a formula, an order, a stream of random
numbers, how images are resized, how weights begin. Where it was meant, renew the numbers with

    python tests/twins/test_golden.py

which prints SHARED and OWN as they have to stand below (`ruff format` breaks the lines), and write a line into
CHANGELOG.md under *Changed results*: results of before and after are not comparable then.
"""

from __future__ import annotations

import json
import os
import pprint
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from benchmarks.machine.python import python_environment

ENGINES = ("torch", "keras-tf")
TOLERANCE = 1e-9  # relative: another order of summation is below, another epsilon above
# what both engines have to find, to all digits: losses by iteration, numbers of weights, pixels in inference mode
SHARED: dict[str, dict[str, list[float]]] = {
    "dcgan": {
        "loss discriminator": [1.403041065632339, 1.38881470291824, 1.3811335173543258],
        "loss generator": [0.6872412984396985, 0.6919497174630123, 0.6941296714177094],
        "generator.body.up_8.conv.kernel": [0.004819173568787513, 0.012005330861738769],
        "generator.body.up_8.norm.running_mean": [0.007990139805645034, 0.004677167239939505],
        "discriminator.body.down_4.conv.kernel": [-0.0028790912077118775, 0.04409701198381304],
        "discriminator.body.down_4.norm.scale": [0.994382840000281, 0.9765662667878713],
    },
    "wgan-gp": {
        "loss discriminator": [5.1699037231299165, 5.801477727652912, 5.663055618233029],
        "loss penalty": [5.105253793757197, 5.784714166451593, 5.687196987127445],
        "loss generator": [-0.01393979682851548, -0.008392588617627615, -0.014204581389960162],
        "generator.project.dense.kernel": [-0.0076279730057748265, 0.021142361562334074],
        "discriminator.from_image.conv.kernel": [-0.016971538167233572, 0.012548294985300319],
        "discriminator.body.down_4.norm.offset": [-0.0005633935688549839, -0.0003755491486062577],
    },
    "stylegan": {
        "loss discriminator": [7.5968745324988936, 7.330325200145321, 7.550058690041644],
        "loss penalty": [7.802096845392428, 7.45372010228377, 7.66826635964919],
        "loss generator": [0.06393250796868509, 0.048058906061153914, -0.028875722190483184],
        "generator.stem.w_average": [0.030374205546896516, 0.00278107097345881],
        "generator.blocks.8.conv_1.kernel": [0.5896006157080896, -2.226973649638384],
        "generator.blocks.16.layer_1.strength": [-0.0009831936465243786, 0.0020436454586542107],
        "generator_ema.blocks.16.conv_2.kernel": [0.023388015577186255, -1.1986372379361767],
        "discriminator.output.conv.kernel": [-0.16648262184006662, -0.7089423705836305],
        "pixels": [-0.5204480809570908, -0.5200417367054283, -0.5198015395000054, -0.5192771229405079],
    },
}
# what each engine has of its own: torch averages the unbiased variance, and inference normalises by it
OWN: dict[str, dict[str, dict[str, list[float]]]] = {
    "torch": {
        "dcgan": {
            "generator.body.up_8.norm.running_variance": [0.7305482977835688, 0.7300446175610692],
            "pixels": [0.00046361595736417417, 0.0008427912839275131, -0.00022326928438566156, 0.0027202770269876115],
        },
        "wgan-gp": {
            "generator.body.up_8.norm.running_variance": [0.3911452092985792, 0.389877444406039],
            "pixels": [0.0009677829588354172, 0.0008000255297841623, -0.0002451222138770731, 0.004719232028173916],
        },
    },
    "keras-tf": {
        "dcgan": {
            "generator.body.up_8.norm.running_variance": [0.7305422495190403, 0.7300405367974097],
            "pixels": [0.00046368003447803594, 0.000842925591169891, -0.0002232493609903981, 0.0027207426991421174],
        },
        "wgan-gp": {
            "generator.body.up_8.norm.running_variance": [0.39113065924909945, 0.3898678465631708],
            "pixels": [0.0009682734948486528, 0.000800446568717499, -0.000244938919315727, 0.004722846802985813],
        },
    },
}


def golden(engine: str, cache: Path) -> dict[str, dict[str, list[float]]]:
    """All numbers of all models with `engine`: model -> what -> values."""
    command = [sys.executable, str(Path(__file__).with_name("golden_side.py")), engine]
    environment = python_environment({"GANBENCH_CACHE": str(cache), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    found: dict[str, dict[str, list[float]]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_three_iterations_give_the_numbers_that_they_gave_before(engine: str, tmp_path: Path) -> None:
    found = golden(engine, tmp_path)
    assert found.keys() == SHARED.keys()
    for model, numbers in SHARED.items():
        for name, values in {**numbers, **OWN[engine].get(model, {})}.items():
            assert_allclose(found[model][name], values, rtol=TOLERANCE, err_msg=f"{engine} {model}: {name}")


def renew() -> None:
    """Print SHARED and OWN with the numbers of today."""
    with tempfile.TemporaryDirectory() as cache:
        found = {engine: golden(engine, Path(cache)) for engine in ENGINES}
    shared = {model: {name: found["torch"][model][name] for name in names} for model, names in SHARED.items()}
    own = {
        engine: {model: {name: found[engine][model][name] for name in names} for model, names in models.items()}
        for engine, models in OWN.items()
    }
    for name, numbers in (("SHARED", shared), ("OWN", own)):
        sys.stdout.write(f"{name} = {pprint.pformat(numbers, sort_dicts=False)}{os.linesep}")


if __name__ == "__main__":
    renew()
