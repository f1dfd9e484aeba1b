"""Batches: every image once per epoch, noise that is never used twice, flips, classes, fading, data that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.training.feed import Feed
from common.engine import Batch
from common.errors import BadInput
from common.specs.cell import Cell, TrainingSpec
from common.specs.models import ModelSpec
from common.specs.networks import DcganSpec, GrowingSpec
from common.specs.objectives import Relativistic, Wasserstein
from common.specs.optimizers import AdamSpec
from common.specs.phases import Stage
from common.streams import Streams


def cell(n_critic: int = 1, network: Any = None, seed: int = 0, training: Any = None, **model: Any) -> Cell:
    spec = ModelSpec(
        name="test",
        network=network or DcganSpec(latent_size=3),
        objective=model.pop("objective", Wasserstein()),
        optimizer=AdamSpec(),
        n_critic=n_critic,
        source="none",
        **model,
    )
    fields = {"epochs": 3, "batch_size": 4, "image_size": 16, **(training or {})}
    return Cell(
        model=spec, engine="torch", dataset="test", seed=seed, execution="eager", training=TrainingSpec(**fields)
    )


def numbered(count: int) -> np.ndarray:
    """Images that say which they are: pixel (0, 0) is the number, (0, 1) is 255 minus it."""
    images = np.zeros((count, 2, 3, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 2, 0] = np.arange(count), 255 - np.arange(count)
    return images


def numbers(batch: Batch) -> list[list[int]]:
    return batch.images[:, :, 0, 0, 0].tolist()


def assert_same(one: Batch, other: Batch) -> None:
    for name in ("images", "latents", "mixing", "alpha", "labels"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 200), st.integers(2, 9), st.integers(1, 5))
def test_an_epoch_shows_every_image_at_most_once_and_drops_the_remainder(
    count: int, batch_size: int, n_critic: int
) -> None:
    if count < batch_size * n_critic:
        return
    feed = Feed(cell(n_critic, training={"batch_size": batch_size}), numbered(count))
    for epoch in range(2):
        seen = [number for batch in feed.epoch(epoch) for update in numbers(batch) for number in update]
        assert len(seen) == count - count % (batch_size * n_critic)
        assert len(set(seen)) == len(seen)
        assert all(batch.images.shape == (n_critic, batch_size, 2, 3, 1) for batch in feed.epoch(epoch))


def test_whole_batches_show_every_image_and_epochs_differ_in_order() -> None:
    feed = Feed(cell(), numbered(40))
    orders = [[n for batch in feed.epoch(epoch) for n in numbers(batch)[0]] for epoch in range(3)]
    assert all(sorted(order) == list(range(40)) for order in orders)
    assert orders[0] != orders[1] != orders[2]


def test_any_epoch_is_reached_alone_and_batches_are_the_same_every_time() -> None:
    made = cell(2, training={"flip": True})
    walked = Feed(made, numbered(30))
    epochs = [list(walked.epoch(epoch)) for epoch in range(3)]
    for one, other in zip(Feed(made, numbered(30)).epoch(2), epochs[2], strict=True):
        assert_same(one, other)
    flat = [batch for epoch in epochs for batch in epoch]
    for one, other in zip(walked.first(7), flat[:7], strict=True):
        assert_same(one, other)


def test_noise_is_the_streams_numbered_by_iteration_across_epochs() -> None:
    made = cell(seed=5)
    batches = Feed(made, numbered(11)).first(5)  # two iterations an epoch
    streams = Streams(5)
    for iteration, batch in enumerate(batches):
        np.testing.assert_array_equal(batch.latents, streams.latents(iteration, 4, 3)[np.newaxis])
        np.testing.assert_array_equal(batch.mixing, streams.mixing(iteration, 4)[np.newaxis])
    everything = np.concatenate([batch.latents.ravel() for batch in batches])
    assert len(np.unique(everything)) == everything.size


def test_another_seed_has_another_order_and_other_noise() -> None:
    one, other = (next(Feed(cell(seed=seed), numbered(100)).epoch(0)) for seed in (0, 1))
    assert numbers(one) != numbers(other)
    assert not np.isin(one.latents, other.latents).any()


@pytest.mark.parametrize(("n_critic", "draws"), [(1, 1), (2, 3), (5, 6)])
def test_noise_for_every_critic_update_and_for_the_generator_unless_it_reuses_the_fakes(
    n_critic: int, draws: int
) -> None:
    batch = next(Feed(cell(n_critic), numbered(60)).epoch(0))
    assert (batch.latents.shape, batch.latents.dtype) == ((draws, 4, 3), np.float32)
    assert (batch.mixing.shape, batch.mixing.dtype) == ((n_critic, 4), np.float32)
    assert len(np.unique(batch.latents)) == batch.latents.size


def test_critic_updates_have_fresh_images_or_share_one_batch() -> None:
    fresh = Feed(cell(3), numbered(24))
    assert len(list(fresh.epoch(0))) == 2
    assert len({n for update in numbers(next(fresh.epoch(0))) for n in update}) == 12
    shared = Feed(cell(3, reuse_real_batch=True), numbered(24))
    batches = list(shared.epoch(0))
    assert len(batches) == 6
    for batch in batches:
        assert batch.images.shape[:2] == (3, 4)
        assert len({tuple(update) for update in numbers(batch)}) == 1
    assert sorted(n for batch in batches for n in numbers(batch)[0]) == list(range(24))


def test_mixing_weights_may_be_drawn_wrongly_on_purpose() -> None:
    network = DcganSpec(latent_size=3, critic_norm="none")
    feed = Feed(cell(network=network, objective=Wasserstein(gradient_penalty=1.0, mixing="normal")), numbered(200))
    drawn = np.concatenate([batch.mixing.ravel() for batch in feed.epoch(0)])
    assert drawn.min() < 0


def test_flips_mirror_half_of_the_images_left_to_right_and_leave_the_data_alone() -> None:
    images = numbered(200)
    kept = images.copy()
    images.flags.writeable = False  # as a memory-mapped data set is
    shown = np.concatenate([batch.images[0] for batch in Feed(cell(training={"flip": True}), images).epoch(0)])
    plain = np.concatenate([batch.images[0] for batch in Feed(cell(), images).epoch(0)])
    mirrored = (shown != plain).any((1, 2, 3))
    np.testing.assert_array_equal(shown[mirrored], plain[mirrored][:, :, ::-1])
    assert 60 < mirrored.sum() < 140  # 100 +- 5.7 standard deviations
    np.testing.assert_array_equal(images, kept)


@pytest.mark.parametrize(("n_critic", "reuse", "needed"), [(1, False, 4), (5, False, 20), (5, True, 4)])
def test_a_batch_larger_than_the_data_set_is_refused(n_critic: int, reuse: bool, needed: int) -> None:
    made = cell(n_critic, reuse_real_batch=reuse)
    with pytest.raises(BadInput, match=rf"batch_size 4 .* needs {needed} images, but 'test' has {needed - 1} here"):
        Feed(made, numbered(needed - 1))
    assert len(list(Feed(made, numbered(needed)).epoch(0))) == 1


# --- classes --------------------------------------------------------------------------------------------------------

CONDITIONAL = DcganSpec(latent_size=3, conditional=True)


@pytest.mark.parametrize("n_critic", [1, 3])
def test_fakes_have_the_classes_of_the_real_images_beside_them(n_critic: int) -> None:
    images, labels = numbered(60), np.arange(60) % 7
    feed = Feed(cell(n_critic, CONDITIONAL), images, labels, 7)
    drawn = []
    for batch in feed.epoch(0):
        assert batch.labels is not None
        assert batch.labels.shape == (1 if n_critic == 1 else n_critic + 1, 4)
        np.testing.assert_array_equal(batch.labels[:n_critic], np.array(numbers(batch)) % 7)
        drawn.append(batch.labels[-1])
    if n_critic > 1:  # the generator's own update asks for classes of its own
        assert set(np.concatenate(drawn).tolist()) <= set(range(7))
        assert len({tuple(each) for each in drawn}) > 1


def test_fakes_that_are_compared_with_reals_have_their_classes() -> None:
    feed = Feed(cell(3, CONDITIONAL, objective=Relativistic()), numbered(60), np.arange(60) % 7, 7)
    for batch in feed.epoch(0):
        assert batch.labels is not None
        np.testing.assert_array_equal(batch.labels[-1], batch.labels[-2])


def test_unconditional_models_get_no_classes() -> None:
    assert next(Feed(cell(), numbered(8), np.zeros(8, np.int64), 2).epoch(0)).labels is None


@pytest.mark.parametrize(("labels", "classes"), [(None, 0), (None, 10), (np.zeros(8, np.int64), 1)])
def test_a_conditional_model_on_data_without_classes_is_refused(labels: Any, classes: int) -> None:
    with pytest.raises(BadInput, match=r"'test' is conditional, but data set 'test' has no labels"):
        Feed(cell(network=CONDITIONAL), numbered(8), labels, classes)


# --- growing --------------------------------------------------------------------------------------------------------


def growing(*stages: Stage) -> GrowingSpec:
    return GrowingSpec(width=4, latent_size=3, deviation_group=2, stages=stages)


def test_growth_fades_in_over_the_whole_phase_and_ends_at_one() -> None:
    network = growing(Stage(resolution=8, fade=2.0), Stage(resolution=16, fade=1.0, stable=2.0))
    feed = Feed(cell(network=network, training={"epochs": 1}), numbered(13))  # three iterations an epoch
    seen = [(plan.phase.resolution, [round(float(b.alpha), 6) for b in feed.epoch(e)])
            for e, plan in enumerate(feed.plans)]  # fmt: skip
    sixths, thirds, one = [round(k / 6, 6) for k in range(1, 7)], [round(k / 3, 6) for k in range(1, 4)], [1.0] * 3
    assert seen == [
        (4, one),
        (8, sixths[:3]),
        (8, sixths[3:]),
        (8, one),
        (16, thirds),
        (16, one),
        (16, one),
    ]
    assert all(batch.alpha.dtype == np.float32 and batch.alpha.shape == () for batch in feed.first(5))


def test_phases_have_their_own_batch_sizes_and_iterations_are_numbered_through() -> None:
    network = growing(Stage(resolution=4, batch_size=8), Stage(resolution=16, batch_size=2))
    feed = Feed(cell(network=network, training={"epochs": 1}), numbered(16))
    assert [(p.phase.resolution, p.phase.fading, p.first, p.iterations) for p in feed.plans] == [
        (4, False, 0, 2),
        (8, True, 2, 4),
        (8, False, 6, 4),
        (16, True, 10, 8),
        (16, False, 18, 8),
    ]
    streams = Streams(0)
    np.testing.assert_array_equal(next(feed.epoch(3)).latents[0], streams.latents(10, 2, 3))
    assert [len(next(feed.epoch(epoch)).images[0]) for epoch in range(5)] == [8, 4, 4, 2, 2]


def test_a_phases_batch_larger_than_the_data_set_is_refused() -> None:
    with pytest.raises(BadInput, match=r"batch_size 32 with 1 batch\(es\) per iteration needs 32 images"):
        Feed(cell(network=growing(Stage(resolution=8, batch_size=32))), numbered(20))
