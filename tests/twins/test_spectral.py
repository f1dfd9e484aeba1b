"""Spectral normalisation (Miyato et al. 2018): layers against NumPy and against each library's own, and its state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.twins.conftest import ENGINES

KINDS = ("conv", "dense")


def as_matrix(kernel: np.ndarray) -> np.ndarray:
    """(n, out), the transpose of the paper's W."""
    return kernel.reshape(-1, kernel.shape[-1])


def step(kernel: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Algorithm 1, step 1: v <- W^T u / |W^T u|, u <- W v / |W v|."""
    matrix = as_matrix(kernel)
    v = matrix @ vector
    u = matrix.T @ (v / np.linalg.norm(v))
    return u / np.linalg.norm(u)


def rows(inputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What the kernel as a matrix is multiplied with: inputs, or of maps the window at every place."""
    if kernel.ndim == 2:
        return inputs
    padded = np.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)))
    _, height, width, _ = inputs.shape
    windows = [[padded[:, y : y + 3, x : x + 3].reshape(len(inputs), -1) for x in range(width)] for y in range(height)]
    return np.array(windows).transpose(2, 0, 1, 3).reshape(-1, as_matrix(kernel).shape[0])


@pytest.mark.parametrize("kind", KINDS)
class TestLayers:
    def test_output_is_that_of_the_kernel_over_its_norm_along_the_vector(self, twin: Any, kind: str) -> None:
        given, found = twin.below(f"spectral/{kind}/given/"), twin.below(f"spectral/{kind}/found/")
        matrix = as_matrix(given["kernel"])
        sigma = np.linalg.norm(matrix @ given["vector"])
        expected = rows(given["inputs"], given["kernel"]) @ matrix / sigma
        assert_allclose(found["outputs"], expected.reshape(given["weights"].shape), rtol=1e-12, atol=1e-13)

    def test_gradient_is_the_papers_with_a_vector_that_is_held(self, twin: Any, kind: str) -> None:
        """Equations 9 to 12: the gradient at the normalised kernel, less its share along u v^T, over sigma."""
        given, found = twin.below(f"spectral/{kind}/given/"), twin.below(f"spectral/{kind}/found/")
        matrix, u = as_matrix(given["kernel"]), given["vector"]
        sigma = np.linalg.norm(matrix @ u)
        v = matrix @ u / sigma
        at_normalized = rows(given["inputs"], given["kernel"]).T @ given["weights"].reshape(-1, 5)
        expected = (at_normalized - (at_normalized * matrix / sigma).sum() * np.outer(v, u)) / sigma
        assert_allclose(as_matrix(found["gradient"]), expected, rtol=1e-11, atol=1e-12)

    def test_step_is_that_of_power_iteration_and_many_find_the_largest_singular_value(
        self, twin: Any, kind: str
    ) -> None:
        given, steps = twin.below(f"spectral/{kind}/given/"), twin[f"spectral/{kind}/steps"]
        expected = given["vector"]
        for found in steps[:5]:
            expected = step(given["kernel"], expected)
            assert_allclose(found, expected, rtol=1e-12)
        matrix = as_matrix(given["kernel"])
        _, values, right = np.linalg.svd(matrix)
        assert_allclose(np.linalg.norm(matrix @ steps[-1]), values[0], rtol=1e-9)
        assert_allclose(np.abs(steps[-1] @ right[0]), 1.0, rtol=1e-9)


def test_torchs_parametrization_does_the_same(measured: Any) -> None:
    given, library = measured("torch").below("spectral/dense/given/"), measured("torch").below("spectral/library/")
    found = measured("torch").below("spectral/dense/found/")
    after = step(given["kernel"], given["vector"])
    assert_allclose(library["vector"], after, rtol=1e-12)
    # in inference mode, where it leaves its vectors alone, with the vector that ours was given
    assert_allclose(library["outputs"], found["outputs"], rtol=1e-12, atol=1e-13)
    assert_allclose(library["gradient"], found["gradient"], rtol=1e-11, atol=1e-12)
    # in training mode it takes a step in every pass
    sigma = np.linalg.norm(given["kernel"] @ after)
    assert_allclose(library["trained"], given["inputs"] @ given["kernel"] / sigma, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_keras_own_layer_takes_the_same_step_and_writes_the_kernel_over(measured: Any, engine: str) -> None:
    given, library = measured(engine).below("spectral/dense/given/"), measured(engine).below("spectral/library/")
    kernel, after = given["kernel"], step(given["kernel"], given["vector"])
    assert_allclose(library["vector"].ravel(), after, rtol=1e-12)
    v = kernel @ given["vector"]
    sigma = v / np.linalg.norm(v) @ kernel @ after  # half a step behind |W^T u|
    assert sigma <= np.linalg.norm(kernel @ after)
    assert_allclose(library["trained"], given["inputs"] @ kernel / sigma, rtol=1e-12, atol=1e-13)
    # what it differentiates afterwards is a layer without a norm: no share along u v^T is taken away
    assert_allclose(library["kernel"], kernel / sigma, rtol=1e-12)
    assert_allclose(library["gradient"], given["inputs"].T @ given["weights"], rtol=1e-11)


# --- in a critic ----------------------------------------------------------------------------------------------------


def vectors(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in arrays.items() if name.endswith("singular_vector")}


def test_every_kernel_of_the_critic_has_a_vector_and_none_of_the_generator(twin: Any) -> None:
    before = twin.below("spectral/critic/before/")
    kernels = {name.rpartition(".")[0] for name in before if name.endswith("kernel")}
    assert {name.rpartition(".")[0] for name in vectors(before)} == {
        name for name in kernels if name.startswith("discriminator.")
    }
    assert len(vectors(before)) == 3


def test_vectors_move_one_step_for_each_update_of_the_critic_and_not_for_the_generators(twin: Any) -> None:
    before, after = twin.below("spectral/critic/before/"), twin.below("spectral/critic/after/")
    for name, vector in vectors(before).items():
        kernel = before[name.replace("singular_vector", "kernel")]
        assert_array_equal(kernel, after[name.replace("singular_vector", "kernel")])
        for _ in range(3):
            vector = step(kernel, vector)
        assert_allclose(after[name], vector, rtol=1e-11, err_msg=name)


def test_sampling_and_passes_in_either_mode_leave_vectors_alone(twin: Any) -> None:
    after, used = vectors(twin.below("spectral/critic/after/")), vectors(twin.below("spectral/critic/used/"))
    for name in after:
        assert_array_equal(after[name], used[name], err_msg=name)
    training, inference = (twin[f"spectral/critic/forward/{mode}/real_logits"] for mode in (True, False))
    assert_allclose(training, inference, rtol=1e-12)  # it has no other statistics


def test_logits_have_a_slope_of_at_most_one_once_vectors_have_settled(twin: Any) -> None:
    """But for what a convolution of stride 2 and kernel 4 allows: it sees each pixel four times, which is twice it."""
    images = twin["spectral/critic/images"] / 127.5 - 1.0
    logits = twin["spectral/critic/forward/False/real_logits"]
    weights = twin.below("spectral/critic/used/")
    slack = 1.0
    for name, vector in vectors(weights).items():
        matrix = as_matrix(weights[name.replace("singular_vector", "kernel")])
        slack *= np.linalg.svd(matrix, compute_uv=False)[0] / np.linalg.norm(matrix @ vector)
    for one in range(len(images)):
        for other in range(one):
            distance = np.linalg.norm(images[one] - images[other])
            assert abs(logits[one] - logits[other]) <= 2 * 2 * slack * distance
