"""Every term of every objective against numbers worked out by hand and against NumPy, and the logits' gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

LN2, LN3 = np.log(2.0), np.log(3.0)

# logits: real 0 and ln 3, fake 0 and -ln 3; the sigmoid of ln 3 is 3/4
BY_HAND = {
    # -ln(1/2) and -ln(3/4), averaged, on both sides; the generator is asked for 1: -ln(1/2) and -ln(1/4)
    "cross-entropy": {
        "real": (LN2 + np.log(4 / 3)) / 2,
        "fake": (LN2 + np.log(4 / 3)) / 2,
        "generator": (LN2 + np.log(4)) / 2,
    },
    # targets 3/4, 1/8 and 7/8: weighted sums of the two logarithms
    "smoothed": {
        "real": (LN2 + 0.75 * np.log(4 / 3) + 0.25 * np.log(4)) / 2,
        "fake": (LN2 + 0.875 * np.log(4 / 3) + 0.125 * np.log(4)) / 2,
        "generator": (LN2 + 0.875 * np.log(4) + 0.125 * np.log(4 / 3)) / 2,
    },
    # half of the mean of the squared distances to 1, 0 and 1
    "squares": {"real": (1 + (LN3 - 1) ** 2) / 4, "fake": LN3**2 / 4, "generator": (1 + (LN3 + 1) ** 2) / 4},
    # ... to 2, -1 and 1/2
    "squares-moved": {
        "real": (4 + (LN3 - 2) ** 2) / 4,
        "fake": (1 + (1 - LN3) ** 2) / 4,
        "generator": (0.25 + (LN3 + 0.5) ** 2) / 4,
    },
    "wasserstein": {"real": -LN3 / 2, "fake": -LN3 / 2, "generator": LN3 / 2},
    # drift 1/2 times the mean of the squared logits of real images
    "drift": {"real": -LN3 / 2, "fake": -LN3 / 2, "generator": LN3 / 2, "drift": LN3**2 / 4},
    # ln 3 is beyond the margin of 1, 0 is not: one of two costs 1; the generator knows no margin
    "hinge": {"real": 1 / 2, "fake": 1 / 2, "generator": LN3 / 2},
    # within a margin of 4 are both
    "hinge-wide": {"real": 4 - LN3 / 2, "fake": 4 - LN3 / 2, "generator": LN3 / 2},
    # reals lead by 0 and by 2 ln 3 = ln 9: ln(1 + 1) and ln(1 + 1/9); the generator would have it the other way round
    "relativistic": {"pairs": (LN2 + np.log(10 / 9)) / 2, "generator": (LN2 + np.log(10)) / 2},
}


@pytest.mark.parametrize("objective", BY_HAND)
def test_terms_are_the_numbers_worked_out_by_hand(twin: Any, objective: str) -> None:
    found = twin.below(f"term/{objective}/few/")
    assert found.keys() == BY_HAND[objective].keys()
    for term, value in BY_HAND[objective].items():
        assert_allclose(found[term], value, rtol=1e-14, err_msg=term)


def cross_entropy(logits: np.ndarray, target: float) -> tuple[float, np.ndarray]:
    """-t ln s(x) - (1 - t) ln(1 - s(x)), averaged, with -ln s(x) = ln(1 + exp(-x)); and its gradient."""
    value = target * np.logaddexp(0, -logits) + (1 - target) * np.logaddexp(0, logits)
    sigmoid = 0.5 * (1 + np.tanh(logits / 2))
    return float(value.mean()), (sigmoid - target) / logits.size


def squares(logits: np.ndarray, target: float) -> tuple[float, np.ndarray]:
    return float(((logits - target) ** 2).mean() / 2), (logits - target) / logits.size


def mean(logits: np.ndarray, sign: float) -> tuple[float, np.ndarray]:
    return float(sign * logits.mean()), np.full(logits.size, sign / logits.size)


def hinge(logits: np.ndarray, side: float) -> tuple[float, np.ndarray]:
    """The mean distance to the margin |side| on the side's own side, of those that have not reached it."""
    short = np.abs(side) - np.sign(side) * logits
    return float(np.where(short > 0, short, 0).mean()), np.where(short > 0, -np.sign(side), 0) / logits.size


Part = Callable[[np.ndarray, float], tuple[float, np.ndarray]]
# objective -> formulas of the critic's sides and of the generator, constants for real, fake and generator, drift
FORMULAS: dict[str, tuple[Part, Part, tuple[float, float, float], float]] = {
    "cross-entropy": (cross_entropy, cross_entropy, (1, 0, 1), 0),
    "smoothed": (cross_entropy, cross_entropy, (0.75, 0.125, 0.875), 0),
    "squares": (squares, squares, (1, 0, 1), 0),
    "squares-moved": (squares, squares, (2, -1, 0.5), 0),
    "wasserstein": (mean, mean, (-1, 1, -1), 0),
    "drift": (mean, mean, (-1, 1, -1), 0.5),
    "hinge": (hinge, mean, (1, -1, -1), 0),
    "hinge-wide": (hinge, mean, (4, -4, -1), 0),
}


@pytest.mark.parametrize("logits", ["few", "many", "far"])
@pytest.mark.parametrize("objective", FORMULAS)
def test_terms_and_gradients_agree_with_numpy(twin: Any, objective: str, logits: str) -> None:
    critics, generators, constants, drift = FORMULAS[objective]
    real, fake = twin[f"logits/{logits}/real"], twin[f"logits/{logits}/fake"]
    terms, slopes = twin.below(f"term/{objective}/{logits}/"), twin.below(f"slope/{objective}/{logits}/")
    for name, array, constant in zip(("real", "fake", "generator"), (real, fake, fake), constants, strict=True):
        value, slope = (generators if name == "generator" else critics)(array, constant)
        if name == "real":
            slope = slope + 2 * drift * real / real.size
        assert_allclose(terms[name], value, rtol=1e-13, atol=1e-14, err_msg=name)
        assert_allclose(slopes[name], slope, rtol=1e-12, atol=1e-14, err_msg=f"gradient of {name}")
    assert ("drift" in terms) == bool(drift)


@pytest.mark.parametrize("logits", ["few", "many", "far"])
def test_pairs_are_cross_entropies_of_differences(twin: Any, logits: str) -> None:
    real, fake = twin[f"logits/{logits}/real"], twin[f"logits/{logits}/fake"]
    terms, slopes = twin.below(f"term/relativistic/{logits}/"), twin.below(f"slope/relativistic/{logits}/")
    for name, lead, signs in (("pairs", real - fake, {"real": 1, "fake": -1}), ("generator", fake - real, {})):
        value, slope = cross_entropy(lead, 1.0)
        assert_allclose(terms[name], value, rtol=1e-13, atol=1e-14, err_msg=name)
        for side, sign in (signs or {"generator": 1}).items():
            assert_allclose(slopes[side], sign * slope, rtol=1e-12, atol=1e-14, err_msg=f"gradient of {name} at {side}")


@pytest.mark.parametrize("objective", ["cross-entropy", "smoothed", "squares"])
def test_gradient_at_a_logit_of_exactly_zero(twin: Any, objective: str) -> None:
    part, _, (of_real, _, of_generator), _ = FORMULAS[objective]
    zero = np.zeros(2)
    assert_allclose(twin[f"slope/{objective}/few/real"][0], part(zero, of_real)[1][0], rtol=1e-12)
    assert_allclose(twin[f"slope/{objective}/few/generator"][0], part(zero, of_generator)[1][0], rtol=1e-12)


def test_logits_far_out_give_their_distance_and_nothing_infinite(twin: Any) -> None:
    # ln(1 + e^1000) is 1000; of -1000, 1000 and 25 as real only the first costs anything to speak of
    assert_allclose(twin["term/cross-entropy/far/real"], 1000 / 3, rtol=1e-12)
    assert_allclose(twin["term/cross-entropy/far/fake"], 1000 / 3, rtol=1e-12)
    assert_allclose(twin["slope/cross-entropy/far/real"], np.array([-1.0, 0.0, 0.0]) / 3, atol=1e-11)


def test_a_logit_at_the_margin_has_no_slope_in_any_engine(twin: Any) -> None:
    assert_allclose(twin["hinge at the margin/real"], [-0.5, 0.0])
    assert_allclose(twin["hinge at the margin/fake"], [0.0, 0.5])


# --- penalties of the slope ------------------------------------------------------------------------------------------


def inputs(twin: Any) -> tuple[np.ndarray, ...]:
    return tuple(twin[f"penalty/{name}"] for name in ("weights", "real", "fake", "mixing"))


def test_penalty_of_a_linear_critic_is_the_norm_of_its_weights(twin: Any) -> None:
    weights, *_ = inputs(twin)
    norm = np.sqrt((weights**2).sum())
    assert_allclose(twin["penalty/linear/value"], 10 * (norm - 1) ** 2, rtol=1e-12)
    assert_allclose(twin["penalty/light/value"], 0.5 * (norm - 1) ** 2, rtol=1e-12)
    assert_allclose(twin["penalty/linear/slope"], 20 * (norm - 1) * weights / norm, rtol=1e-11)


def test_penalty_is_taken_where_each_pairs_own_weight_puts_it(twin: Any) -> None:
    weights, real, fake, mixing = inputs(twin)
    # the critic sum(w x^2) / 2 has the slope w x at x = m * real + (1 - m) * fake
    mixed = np.stack([m * r + (1 - m) * f for m, r, f in zip(mixing, real, fake, strict=True)])
    norms = np.sqrt(((weights * mixed) ** 2).sum((1, 2, 3)))
    assert_allclose(twin["penalty/square/value"], 10 * ((norms - 1) ** 2).mean(), rtol=1e-12)
    # d norm / d w = w x^2 / norm: the second derivative that a critic learns from
    by_pair = [20 * (n - 1) / n * weights * x**2 for n, x in zip(norms, mixed, strict=True)]
    assert_allclose(twin["penalty/square/slope"], np.mean(by_pair, axis=0), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("part", "weight", "side"), [("r1", 0.75, 1), ("r2", 3.0, 2)])
def test_zero_centred_penalties_are_half_the_mean_squared_slope_at_their_own_images(
    twin: Any, part: str, weight: float, side: int
) -> None:
    weights, images = inputs(twin)[0], inputs(twin)[side]
    # slopes w and w x, so weight / 2 * sum(w^2) and weight / 2 * sum((w x)^2), derived for w
    assert_allclose(twin[f"penalty/{part}/value"], weight / 2 * (weights**2).sum(), rtol=1e-13)
    assert_allclose(twin[f"penalty/{part}/slope"], weight * weights, rtol=1e-13)
    expected = weight / 2 * ((weights * images) ** 2).sum((1, 2, 3)).mean()
    assert_allclose(twin[f"penalty/{part}-square/value"], expected, rtol=1e-13)
    assert_allclose(twin[f"penalty/{part}-square/slope"], weight * (weights * images**2).mean(0), rtol=1e-12)


@pytest.mark.parametrize("kind", ["value", "slope"])
def test_an_objective_carries_all_three_penalties_at_once(twin: Any, kind: str) -> None:
    parts = [twin[f"penalty/{name}/{kind}"] for name in ("square", "r1-square", "r2-square")]
    assert_allclose(twin[f"penalty/all-square/{kind}"], sum(parts), rtol=1e-12)


def test_penalty_of_a_flat_critic_is_finite_and_so_is_its_gradient(twin: Any) -> None:
    # the norm of nothing is sqrt(1e-12), a millionth below which no slope is told from another
    assert_allclose(twin["penalty/flat/value"], 10 * (1 - 1e-6) ** 2, rtol=1e-13)
    assert np.all(twin["penalty/flat/slope"] == 0)
