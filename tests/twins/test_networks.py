"""DCGAN's forward pass, written once more in NumPy from the paper's description, against both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

EPSILON, MOMENTUM, SLOPE = (float(np.float32(value)) for value in (1e-5, 0.9, 0.2))
NORMS = ("batch", "group", "none")


class Network:
    """Layers by neutral name; batch statistics are noted on the way."""

    def __init__(self, weights: dict[str, np.ndarray], training: bool) -> None:
        self.weights, self.training = {name: array.astype(np.float64) for name, array in weights.items()}, training
        self.statistics: dict[str, list[tuple[np.ndarray, np.ndarray, int]]] = {}

    def down(self, name: str, maps: np.ndarray) -> np.ndarray:
        """Convolution 4x4, stride 2, one pixel of zeros around: each output sees the 4x4 window at its place."""
        kernel = self.weights[f"{name}.kernel"]
        padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
        side = maps.shape[1] // 2
        made = np.zeros((len(maps), side, side, kernel.shape[3]))
        for y in range(side):
            for x in range(side):
                made[:, y, x] = np.tensordot(padded[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4], kernel, 3)
        return made + self.weights.get(f"{name}.bias", 0.0)

    def up(self, name: str, maps: np.ndarray) -> np.ndarray:
        """Its transpose: each input is stamped, times the kernel (h, w, out, in), and one pixel around is cut off."""
        kernel = self.weights[f"{name}.kernel"]
        side = maps.shape[1]
        made = np.zeros((len(maps), 2 * side + 2, 2 * side + 2, kernel.shape[2]))
        for y in range(side):
            for x in range(side):
                made[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4] += np.tensordot(maps[:, y, x], kernel, (1, 3))
        return made[:, 1:-1, 1:-1] + self.weights.get(f"{name}.bias", 0.0)

    def norm(self, name: str, kind: str, maps: np.ndarray) -> np.ndarray:
        if kind == "none":
            return maps
        mean, variance = maps.mean((1, 2, 3), keepdims=True), maps.var((1, 2, 3), keepdims=True)
        if kind == "batch":
            mean, variance = maps.mean((0, 1, 2)), maps.var((0, 1, 2))
            count = maps.size // maps.shape[-1]
            self.statistics.setdefault(name, []).append((mean, variance, count))
            if not self.training:
                mean, variance = self.weights[f"{name}.running_mean"], self.weights[f"{name}.running_variance"]
        scaled = (maps - mean) / np.sqrt(variance + EPSILON)
        return scaled * self.weights[f"{name}.scale"] + self.weights[f"{name}.offset"]

    def generate(self, latents: np.ndarray) -> np.ndarray:
        dense = latents.astype(np.float64) @ self.weights["generator.project.dense.kernel"]
        maps = dense.reshape(len(latents), 4, 4, -1)
        maps = np.maximum(self.norm("generator.project.norm", "batch", maps), 0)
        maps = self.up("generator.body.up_8.conv", maps)
        maps = np.maximum(self.norm("generator.body.up_8.norm", "batch", maps), 0)
        return np.tanh(self.up("generator.to_image", maps))

    def judge(self, images: np.ndarray, norm: str) -> np.ndarray:
        maps = self.down("discriminator.from_image.conv", images)
        maps = np.where(maps > 0, maps, SLOPE * maps)
        maps = self.norm("discriminator.body.down_4.norm", norm, self.down("discriminator.body.down_4.conv", maps))
        maps = np.where(maps > 0, maps, SLOPE * maps)
        logits = maps.reshape(len(maps), -1) @ self.weights["discriminator.score.kernel"]
        return (logits + self.weights["discriminator.score.bias"])[:, 0]


@pytest.mark.parametrize("norm", NORMS)
def test_images_are_those_of_an_independent_generator(twin: Any, norm: str) -> None:
    made = Network(twin.below(f"network/{norm}/"), training=False).generate(twin["sample/latents"])
    expected, found = np.rint((made + 1) * 127.5), twin[f"sample/{norm}"]
    assert found.dtype == np.uint8
    assert found.shape == (9, 16, 16, 1)
    assert found.std() > 20  # not all one grey
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("norm", NORMS)
def test_losses_of_the_first_iteration_are_those_of_independent_networks(twin: Any, norm: str) -> None:
    network = Network(twin.below(f"network/{norm}/"), training=True)
    real = twin["batch/images"][0] / 127.5 - 1.0
    of_real = network.judge(real, norm)
    of_fake = network.judge(
        network.generate(twin["batch/latents"][0]), norm
    )  # fakes are judged as a batch of their own
    found = twin.below(f"first/{norm}/")
    expected = ((of_real - 1) ** 2).mean() / 2 + (of_fake**2).mean() / 2
    assert_allclose(found["discriminator"], [expected], rtol=1e-11)
    assert_allclose(found["generator"], [((of_fake - 1) ** 2).mean() / 2], rtol=1e-11)


def test_running_statistics_after_one_iteration(twin: Any) -> None:
    """The generator runs once; the discriminator on reals, on fakes, and on the fakes again for the generator."""
    before, after = twin.below("network/batch/"), twin.below("after/batch/")
    network = Network(before, training=True)
    fake = network.generate(twin["batch/latents"][0])
    for images in (twin["batch/images"][0] / 127.5 - 1.0, fake, fake):
        network.judge(images, "batch")
    assert {name: len(seen) for name, seen in network.statistics.items()} == {
        "generator.project.norm": 1,
        "generator.body.up_8.norm": 1,
        "discriminator.body.down_4.norm": 3,
    }
    for name, seen in network.statistics.items():
        mean, variance = before[f"{name}.running_mean"], before[f"{name}.running_variance"]
        for batch_mean, batch_variance, count in seen:
            # the one difference that is known: torch averages the unbiased variance
            unbiased = count / (count - 1) if twin.engine == "torch" else 1.0
            mean = MOMENTUM * mean + (1 - MOMENTUM) * batch_mean
            variance = MOMENTUM * variance + (1 - MOMENTUM) * batch_variance * unbiased
        assert_allclose(after[f"{name}.running_mean"], mean, rtol=1e-12, atol=1e-13, err_msg=name)
        assert_allclose(after[f"{name}.running_variance"], variance, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("norm", NORMS)
def test_a_learning_rate_of_nothing_leaves_every_parameter_alone(twin: Any, norm: str) -> None:
    before, after = twin.below(f"network/{norm}/"), twin.below(f"after/{norm}/")
    for name in before:
        if "running" not in name:
            np.testing.assert_array_equal(before[name], after[name], err_msg=name)


@pytest.mark.parametrize("model", ["dcgan", "lsgan", "wgan", "wgan-gp"])
def test_every_gradient_is_the_central_difference_of_the_loss(twin: Any, model: str) -> None:
    """One or two entries of every parameter, through batch and group norm and the penalty's second derivative."""
    steps, differences = twin.below(f"step/{model}/"), twin.below(f"difference/{model}/")
    checked = set()
    largest = dict.fromkeys(("generator", "discriminator"), 0.0)
    for key, expected in differences.items():
        name, _, index = key.rpartition("/")
        checked.add(name)
        found = steps[name].ravel()[int(index)]
        largest[name.partition(".")[0]] = max(largest[name.partition(".")[0]], abs(expected))
        assert found == pytest.approx(float(expected), rel=2e-4, abs=2e-6), key
    assert checked == set(steps)
    assert min(largest.values()) > 1e-3  # differences of nothing would prove nothing
