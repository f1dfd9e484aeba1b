"""The ladder's arithmetic on made-up results: equal ones pass, a little too much of anything on any tensor does not."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.parity.compare import (
    LADDER,
    Rung,
    absolute_error,
    grey_level_error,
    relative_norm_error,
    running_variance_error,
    select,
    shape_error,
)
from benchmarks.parity.jobs import ITERATIONS

Arrays = dict[str, np.ndarray]
COUNTS = {"generator.a.running_variance": 64, "discriminator.b.running_variance": 1024}
KEPT = {"generator": 0.9, "discriminator": 0.73}


def results() -> tuple[Arrays, Arrays]:
    """What two engines that agree leave: all is equal but running variances, which torch averages unbiased."""
    rng = np.random.default_rng(0)
    torch: Arrays = {}
    for prefix in ("forward/train/", "forward/eval/", "term/", "gradient/", "loss/"):
        for name in ("a", "b", "c"):
            torch[prefix + name] = rng.standard_normal((4, 5))
    keras = dict(torch)
    for iteration in (1, ITERATIONS):
        for name in ("a.kernel", "b.kernel", "c.running_mean"):
            torch[f"weight/{iteration}/{name}"] = keras[f"weight/{iteration}/{name}"] = rng.standard_normal((3, 2))
        for network, kept in KEPT.items():
            torch[f"kept/{iteration}/{network}"] = keras[f"kept/{iteration}/{network}"] = np.array(kept**iteration)
        for name, count in COUNTS.items():
            kept = KEPT[name.partition(".")[0]] ** iteration
            biased = rng.uniform(0.1, 2.0, 6)
            keras[f"weight/{iteration}/{name}"] = kept + biased
            torch[f"weight/{iteration}/{name}"] = kept + biased * count / (count - 1)
    for name in ("x.kernel", "y.bias"):
        torch[f"shape/{name}"] = keras[f"shape/{name}"] = np.array([4, 4, 1, 2])
    torch["images"] = keras["images"] = rng.integers(1, 250, (5, 4, 4, 1), dtype=np.uint8)
    return torch, keras


def of(name: str) -> Rung:
    return next(rung for rung in LADDER if rung.name == name)


def ids(rung: Rung) -> str:
    return rung.name


@pytest.mark.parametrize("rung", LADDER, ids=ids)
def test_engines_that_agree_pass_every_rung(rung: Rung) -> None:
    assert rung.error(*results()) <= min(min(rung.tolerance.values()), 1e-12)


# rung -> tensors that it has to watch
WATCHED = [
    ("forward, training mode", "forward/train/a"),
    ("forward, training mode", "forward/train/c"),
    ("forward, inference mode", "forward/eval/b"),
    ("loss terms", "term/c"),
    ("gradients", "gradient/b"),
    ("weights after 1 iteration", "weight/1/b.kernel"),
    ("weights after 1 iteration", "weight/1/c.running_mean"),
    ("running variances after 1 iteration", "weight/1/generator.a.running_variance"),
    ("running variances after 1 iteration", "weight/1/discriminator.b.running_variance"),
    (f"losses of {ITERATIONS} iterations", "loss/c"),
    (f"weights after {ITERATIONS} iterations", f"weight/{ITERATIONS}/a.kernel"),
    (f"running variances after {ITERATIONS} iterations", f"weight/{ITERATIONS}/generator.a.running_variance"),
]


@pytest.mark.parametrize("side", [0, 1], ids=["torch", "keras"])
@pytest.mark.parametrize(("rung", "tensor"), WATCHED)
def test_one_element_that_is_off_fails_its_rung_and_a_hair_does_not(rung: str, tensor: str, side: int) -> None:
    tolerance = of(rung).tolerance["fp64"]
    for factor, passes in ((100.0, False), (0.01, True)):
        pair = results()
        off = pair[side][tensor] = pair[side][tensor].copy()
        off.flat[-1] += factor * tolerance * max(1.0, float(np.abs(off).max()))
        assert (of(rung).error(*pair) <= tolerance) == passes


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers_that_are_not_finite_pass_no_rung_on_whatever_side_and_tensor() -> None:
    passed = []
    for rung, tensor in WATCHED:
        for value in (np.nan, np.inf):
            for sides in ((0,), (1,), (0, 1)):
                pair = results()
                for side in sides:
                    off = pair[side][tensor] = pair[side][tensor].copy()
                    off.flat[-1] = value
                if of(rung).error(*pair) <= of(rung).tolerance["fp64"]:
                    passed.append((rung, tensor, value, sides))
    assert passed == []


COMPARED = [rung for rung in LADDER if "names" not in rung.name and "variances" not in rung.name and rung.number != 6]


@pytest.mark.parametrize("rung", COMPARED, ids=ids)
def test_what_one_side_lacks_cannot_be_compared(rung: Rung) -> None:
    torch, keras = results()
    prefix = {
        "forward, training mode": "forward/train/",
        "forward, inference mode": "forward/eval/",
        "loss terms": "term/",
        "gradients": "gradient/",
        "weights after 1 iteration": "weight/1/",
        f"losses of {ITERATIONS} iterations": "loss/",
        f"weights after {ITERATIONS} iterations": f"weight/{ITERATIONS}/",
    }[rung.name]
    lacking = {name: array for name, array in keras.items() if name != next(n for n in keras if n.startswith(prefix))}
    with pytest.raises(ValueError, match="other names"):
        rung.error(torch, lacking)
    nothing = {name: array for name, array in torch.items() if not name.startswith(prefix)}
    with pytest.raises(ValueError, match="nothing to compare"):
        rung.error(nothing, nothing)


# --- each measure by hand -------------------------------------------------------------------------------------------


def test_select_cuts_the_prefix() -> None:
    assert select({"a/x": np.array(1), "ab/y": np.array(2), "a/b/z": np.array(3)}, "a/").keys() == {"x", "b/z"}


def test_absolute_error_is_relative_above_one() -> None:
    error = absolute_error("t/")
    assert error({"t/a": np.array([0.5])}, {"t/a": np.array([0.75])}) == 0.25
    assert error({"t/a": np.array([100.0, 0.0])}, {"t/a": np.array([101.0, 0.001])}) == 0.01
    assert error({"t/a": np.zeros(3), "t/b": np.zeros(2)}, {"t/a": np.zeros(3), "t/b": np.array([0, 0.5])}) == 0.5


def test_relative_norm_error_is_that_of_the_worst_tensor() -> None:
    error = relative_norm_error("g/")
    a = {"g/a": np.array([3.0, 4.0]), "g/b": np.array([1.0])}
    assert error(a, {"g/a": np.array([3.0, 4.5]), "g/b": np.array([1.0])}) == pytest.approx(0.1)
    assert error(a, {"g/a": np.array([3.0, 4.5]), "g/b": np.array([1.25])}) == pytest.approx(0.25)


def test_a_gradient_that_is_nothing_but_rounding_is_measured_against_the_largest() -> None:
    error = relative_norm_error("g/")
    a, b = {"g/a": np.array([1.0]), "g/zero": np.array([1e-17])}, {"g/a": np.array([1.0]), "g/zero": np.array([-1e-17])}
    assert error(a, b) == pytest.approx(2e-14)


def test_running_variances_are_the_business_of_their_own_rung() -> None:
    pair = results()
    pair[1]["weight/1/generator.a.running_variance"] = np.full(6, 99.0)
    assert of("weights after 1 iteration").error(*pair) == 0


def test_running_variance_allows_the_unbiased_estimate_and_no_other_factor() -> None:
    error = running_variance_error(1)

    def pair(factor: float | np.ndarray) -> tuple[Arrays, Arrays]:
        excess = np.array([0.5, 1.0, 2.0, 0.1])
        keras = {"weight/1/g.running_variance": 0.9 + excess, "kept/1/g": np.array(0.9)}
        return {"weight/1/g.running_variance": 0.9 + excess * factor}, keras

    assert error(*pair(64 / 63)) < 1e-14
    assert error(*pair(2.0)) < 1e-14  # two values per channel
    for factor in (63 / 64, 1 + 1 / 70.5, 3.5, np.array([64 / 63, 64 / 63, 64 / 63, 1.0])):
        assert error(*pair(factor)) > 1e-6


def test_running_variance_notices_a_wrong_momentum() -> None:
    torch, keras = results()
    name = "weight/1/generator.a.running_variance"
    torch[name] = torch[name] + (KEPT["generator"] - 0.95)
    assert running_variance_error(1)(torch, keras) > 1e-3


def test_shape_error_counts_weights_that_differ() -> None:
    torch, keras = results()
    assert shape_error(torch, keras) == 0
    keras["shape/y.bias"] = np.array([1, 4, 4, 2])
    assert shape_error(torch, keras) == 1
    keras["shape/new"], torch["shape/old"] = np.array([1]), np.array([2])
    assert shape_error(torch, keras) == 3


@pytest.mark.parametrize(("a", "b", "levels"), [(10, 10, 0), (10, 11, 1), (0, 255, 255), (255, 0, 255)])
def test_grey_levels_do_not_wrap_around(a: int, b: int, levels: int) -> None:
    images = [{"images": np.full((2, 3, 3, 1), 7, np.uint8)} for _ in range(2)]
    images[0]["images"][1, 2, 0, 0], images[1]["images"][1, 2, 0, 0] = a, b
    assert grey_level_error(*images) == levels


def test_tolerances_are_those_of_the_design() -> None:
    by_number: dict[int, set[float]] = {}
    for rung in LADDER:
        by_number.setdefault(rung.number, set()).add(rung.tolerance.get("fp64", rung.tolerance.get("fp32", -1)))
    assert by_number == {1: {0.0}, 2: {1e-12}, 3: {1e-12}, 4: {1e-10}, 5: {1e-10}, 6: {1.0}}
