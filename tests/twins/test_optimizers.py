"""Optimisers against NumPy in float64 over several steps, gradients down to 1e-12 and 0 included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose


def f32(value: float) -> float:
    return float(np.float32(value))


def adam(rate: float, beta_1: float, beta_2: float, epsilon: float = 1e-8) -> Callable[..., np.ndarray]:
    """Kingma & Ba 2015, Algorithm 1, line by line."""
    rate, beta_1, beta_2, epsilon = map(f32, (rate, beta_1, beta_2, epsilon))

    def path(start: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        w, m, v, found = start.copy(), np.zeros_like(start), np.zeros_like(start), []
        for t, g in enumerate(gradients, start=1):
            m = beta_1 * m + (1 - beta_1) * g
            v = beta_2 * v + (1 - beta_2) * g**2
            m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
            w = w - rate * m_hat / (np.sqrt(v_hat) + epsilon)
            found.append(w)
        return np.stack(found)

    return path


def keras_adam(rate: float, beta_1: float, beta_2: float, epsilon: float = 1e-8) -> Callable[..., np.ndarray]:
    """The form of Kingma & Ba's section 2 ("epsilon hat"), which Keras' class has: epsilon beside the raw root."""
    rate, beta_1, beta_2, epsilon = map(f32, (rate, beta_1, beta_2, epsilon))

    def path(start: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        w, m, v, found = start.copy(), np.zeros_like(start), np.zeros_like(start), []
        for t, g in enumerate(gradients, start=1):
            m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
            w = w - rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(v) + epsilon)
            found.append(w)
        return np.stack(found)

    return path


def rmsprop(rate: float, rho: float, inside: float, outside: float) -> Callable[..., np.ndarray]:
    """Hinton, lecture 6e, with epsilon inside or outside the root."""
    rate, rho, inside, outside = map(f32, (rate, rho, inside, outside))

    def path(start: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        w, v, found = start.copy(), np.zeros_like(start), []
        for g in gradients:
            v = rho * v + (1 - rho) * g**2
            w = w - rate * g / (np.sqrt(v + inside) + outside)
            found.append(w)
        return np.stack(found)

    return path


def sgd(rate: float) -> Callable[..., np.ndarray]:
    return lambda start, gradients: start - f32(rate) * np.cumsum(gradients, axis=0)


PUBLISHED = {
    "adam": adam(0.125, 0.5, 0.75),
    "adam-usual": adam(2e-4, 0.5, 0.999),
    "adam-without-momentum": adam(1e-4, 0.0, 0.9),
    "rmsprop": rmsprop(5e-5, 0.99, inside=0, outside=1e-8),
    "sgd": sgd(0.5),
}
STOCK = {
    ("torch", "adam-stock"): adam(2e-4, 0.5, 0.999),
    ("torch", "rmsprop-stock"): rmsprop(5e-5, 0.99, inside=0, outside=1e-8),
    ("keras", "adam-stock"): keras_adam(2e-4, 0.5, 0.999),
    ("keras", "rmsprop-stock"): rmsprop(5e-5, 0.99, inside=1e-8, outside=0),
}
PARTS = ("0", "1")


def test_the_first_step_by_hand(twin: Any) -> None:
    # m = g / 2 and v = g^2 / 4; without bias m_hat = g and v_hat = g^2: a step of 1/8 against the sign of g
    start, gradient = twin["optimizer/start/0"], twin["optimizer/gradients/0"][0]
    moved = start - twin["optimizer/adam/0"][0]
    assert_allclose(moved[:2], np.sign(gradient[:2]) / 8, rtol=1e-7)  # gradients far above epsilon
    assert_allclose(moved[4], 0.125 * gradient[4] / (abs(gradient[4]) + f32(1e-8)), rtol=1e-6)  # and far below it
    assert moved[5] == 0
    assert_allclose(start - twin["optimizer/sgd/0"][0], gradient / 2, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("optimizer", PUBLISHED)
def test_published_forms_agree_with_numpy_step_by_step(twin: Any, optimizer: str, part: str) -> None:
    start, gradients = twin[f"optimizer/start/{part}"], twin[f"optimizer/gradients/{part}"]
    expected = PUBLISHED[optimizer](start, gradients)
    found = twin[f"optimizer/{optimizer}/{part}"]
    # what was moved, not where it arrived: a small update must not hide behind a large weight
    scale = np.abs(expected - start).max()
    assert_allclose(found - start, expected - start, rtol=1e-6, atol=1e-14 + 1e-13 * scale)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_stock_forms_are_each_frameworks_own(twin: Any, optimizer: str, part: str) -> None:
    start, gradients = twin[f"optimizer/start/{part}"], twin[f"optimizer/gradients/{part}"]
    expected = STOCK[twin.engine.partition("-")[0], f"{optimizer}-stock"](start, gradients)
    # Keras' classes keep their constants in float32 and its powers with them
    assert_allclose(twin[f"optimizer/{optimizer}-stock/{part}"] - start, expected - start, rtol=1e-4, atol=1e-13)


@pytest.mark.parametrize(("optimizer", "usual"), [("adam-stock", "adam-usual"), ("rmsprop-stock", "rmsprop")])
def test_keras_stock_form_differs_where_gradients_are_small_and_torchs_does_not(
    measured: Any, optimizer: str, usual: str
) -> None:
    torch, keras = measured("torch"), measured("keras-torch")
    np.testing.assert_array_equal(torch[f"optimizer/{optimizer}/1"], torch[f"optimizer/{usual}/1"])
    start = keras["optimizer/start/1"]  # its gradients are about as large as epsilon
    stock, published = keras[f"optimizer/{optimizer}/1"] - start, keras[f"optimizer/{usual}/1"] - start
    assert np.abs(stock / published - 1).max() > 0.3
