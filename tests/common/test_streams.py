"""Random streams: golden values, an independent Philox, independence of purpose, seed and step, no need to replay."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.streams import Streams, generator

SEEDS = st.integers(0, 2**63 - 1)
STEPS = st.integers(0, 2**64 - 1)


def philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> list[int]:
    """Philox4x64-10 (Salmon et al. 2011, section 3.3) in plain integers: one block of four words."""
    mask = 2**64 - 1
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (second >> 64) ^ c1 ^ k0, second & mask, (first >> 64) ^ c3 ^ k1, first & mask
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return [c0, c1, c2, c3]


@given(SEEDS, st.text(max_size=20), STEPS)
def test_words_are_those_of_philox_keyed_by_seed_and_purpose_at_the_steps_counter(
    seed: int, purpose: str, step: int
) -> None:
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
    # NumPy counts before it draws: the first block is the one after the counter it was given
    expected = philox((seed, word), (1, 0, step, 0)) + philox((seed, word), (2, 0, step, 0))
    assert generator(seed, purpose, step).bit_generator.random_raw(8).tolist() == expected


def test_golden_values_so_that_no_release_of_numpy_changes_a_training_unnoticed() -> None:
    streams = Streams(42)
    assert streams.latents(7, 1, 3).tolist() == [[-0.8491467237472534, -2.114283323287964, 0.8021019101142883]]
    assert streams.mixing(7, 3).tolist() == [0.8900976777076721, 0.658276379108429, 0.006278634071350098]
    assert streams.mixing(7, 3, "normal").tolist() == [-2.801928758621216, -1.0602933168411255, 0.006498640403151512]
    assert streams.labels(7, 12, 10).tolist() == [6, 2, 5, 9, 8, 1, 2, 4, 0, 5, 2, 3]
    assert streams.flips(7, 12).astype(int).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0]
    assert streams.permutation(3, 10).tolist() == [2, 3, 5, 7, 9, 4, 8, 6, 0, 1]
    assert streams.progress_latents(1, 3).tolist() == [[-0.2791624963283539, -2.3438897132873535, 0.013038606382906437]]
    assert streams.evaluation_latents(5, 1, 3).tolist() == [
        [0.7646485567092896, -0.9478283524513245, 1.6429561376571655]
    ]
    assert generator(42, "initial/x").standard_normal(2).tolist() == [-0.7863329523691872, -1.5314915965764146]


def test_dtypes_and_shapes() -> None:
    streams = Streams(1)
    drawn = {
        "latents": (streams.latents(0, 4, 5), np.float32, (4, 5)),
        "mixing": (streams.mixing(0, 4), np.float32, (4,)),
        "normal": (streams.mixing(0, 4, "normal"), np.float32, (4,)),
        "labels": (streams.labels(0, 4, 3), np.int64, (4,)),
        "flips": (streams.flips(0, 4), np.bool_, (4,)),
        "order": (streams.permutation(0, 4), np.int64, (4,)),
        "progress": (streams.progress_latents(4, 5), np.float32, (4, 5)),
        "evaluation": (streams.evaluation_latents(9, 4, 5), np.float32, (4, 5)),
    }
    for name, (array, dtype, shape) in drawn.items():
        assert (name, array.dtype, array.shape) == (name, np.dtype(dtype), shape)


@given(SEEDS, STEPS)
def test_any_step_is_reached_without_the_ones_before_it_and_nothing_is_remembered(seed: int, step: int) -> None:
    used, fresh = Streams(seed), Streams(seed)
    for earlier in range(3):
        used.latents(earlier, 2, 2), used.mixing(earlier, 2), used.labels(earlier, 2, 3), used.flips(earlier, 2)
    np.testing.assert_array_equal(used.latents(step, 2, 3), fresh.latents(step, 2, 3))
    np.testing.assert_array_equal(used.mixing(step, 5), fresh.mixing(step, 5))
    np.testing.assert_array_equal(used.labels(step, 5, 10), fresh.labels(step, 5, 10))
    np.testing.assert_array_equal(used.flips(step, 5), fresh.flips(step, 5))
    np.testing.assert_array_equal(used.permutation(step, 5), fresh.permutation(step, 5))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize(
    "others",
    [
        [("latents", 1, 0), ("latents", 2, 0), ("latents", 2**40, 0)],  # seeds
        [("mixing", 0, 0), ("evaluation", 0, 0), ("latent", 0, 0)],  # purposes
        [("latents", 0, 1), ("latents", 0, 2), ("latents", 0, 2**63)],  # steps
    ],
    ids=["seed", "purpose", "step"],
)
def test_streams_of_another_seed_purpose_or_step_are_independent(others: list[tuple[str, int, int]]) -> None:
    count = 100_000
    base = generator(0, "latents", 0).standard_normal(count)
    for purpose, seed, step in others:
        other = generator(seed, purpose, step).standard_normal(count)
        assert not np.isin(base, other).any()
        # 1 / sqrt(n) is the standard deviation of the correlation of independent draws
        assert abs(correlation(base, other)) < 5 / np.sqrt(count)
        assert abs(correlation(base**2, other**2)) < 5 / np.sqrt(count)


def test_distributions() -> None:
    streams, count = Streams(3), 200_000
    noise = streams.latents(0, count, 1).ravel()
    assert abs(noise.mean()) < 5 / np.sqrt(count)
    assert abs(noise.var() - 1) < 5 * np.sqrt(2 / count)
    assert abs((noise**4).mean() - 3) < 5 * np.sqrt(96 / count)
    mixing = streams.mixing(0, count)
    assert mixing.min() >= 0
    assert mixing.max() < 1
    assert abs(mixing.mean() - 0.5) < 5 * np.sqrt(1 / 12 / count)
    assert abs(mixing.var() - 1 / 12) < 1e-3
    normal = streams.mixing(0, count, "normal")
    assert normal.min() < -3
    assert normal.max() > 3
    counts = np.bincount(streams.labels(0, count, 10), minlength=10)
    assert len(counts) == 10
    assert np.abs(counts - count / 10).max() < 5 * np.sqrt(count * 0.09)
    assert abs(streams.flips(0, count).mean() - 0.5) < 5 * np.sqrt(0.25 / count)


@given(SEEDS, STEPS, st.integers(0, 300))
def test_order_is_a_permutation(seed: int, epoch: int, count: int) -> None:
    assert sorted(Streams(seed).permutation(epoch, count).tolist()) == list(range(count))


def test_order_differs_from_epoch_to_epoch() -> None:
    orders = {tuple(Streams(0).permutation(epoch, 50).tolist()) for epoch in range(20)}
    assert len(orders) == 20


@given(st.integers(0, 10_000), st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_evaluation_noise_does_not_depend_on_how_it_is_cut_into_batches(start: int, sizes: list[int]) -> None:
    streams = Streams(5)
    whole = streams.evaluation_latents(start, sum(sizes), 4)
    starts = start + np.cumsum([0, *sizes[:-1]])
    pieces = [streams.evaluation_latents(int(each), size, 4) for each, size in zip(starts, sizes, strict=True)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_progress_evaluation_and_training_noise_have_nothing_in_common() -> None:
    streams = Streams(0)
    rows = [streams.progress_latents(8, 16), streams.evaluation_latents(0, 8, 16), streams.latents(0, 8, 16)]
    assert len(np.unique(np.concatenate(rows).ravel())) == 3 * 8 * 16
