"""The batch feed: right bytes, right order, errors delivered, never a hang."""

import threading
import time

import numpy as np
import pytest

from common.data.batches import Prefetcher, gather


def test_gather_copies_the_named_rows_contiguously(tmp_path):
    images = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    batch = gather(mapped, np.array([4, 0, 4], np.int64))
    assert batch.flags.c_contiguous
    assert batch.flags.owndata
    assert batch.dtype == np.uint8
    assert type(batch) is np.ndarray
    np.testing.assert_array_equal(batch, np.stack([images[4], images[0], images[4]]))
    with pytest.raises(IndexError):
        gather(mapped, np.array([5]))


def test_a_cache_larger_than_memory_is_only_read_where_it_is_asked(tmp_path):
    path, rows = tmp_path / "images.npy", 10_000_000  # 123 GB, but a sparse file: only what is written takes space
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (rows, 64, 64, 3))
    images[-1] = 7
    images.flush()
    del images
    batch = gather(np.load(path, mmap_mode="r"), np.array([rows - 1, 0, rows // 2]))
    assert batch.reshape(3, -1).max(axis=1).tolist() == [7, 0, 0]
    path.unlink()


def test_items_come_in_order_and_the_thread_ends():
    with Prefetcher(range(100), depth=3) as feed:
        assert list(feed) == list(range(100))
        with pytest.raises(StopIteration):
            next(feed)
    assert not feed._thread.is_alive()


def test_at_most_depth_items_are_made_ahead():
    made = []

    def items():
        for index in range(50):
            made.append(index)
            yield index

    with Prefetcher(items(), depth=4) as feed:
        assert next(feed) == 0
        deadline = time.monotonic() + 5
        while len(made) < 5 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.05)
        assert made == list(range(5))  # one taken, four waiting


def test_an_error_is_raised_after_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise KeyError("third")

    with Prefetcher(items()) as feed:
        assert [next(feed), next(feed)] == [1, 2]
        with pytest.raises(KeyError, match="third"):
            next(feed)


def test_an_iterable_that_cannot_start_raises_in_the_consumer():
    with pytest.raises(TypeError), Prefetcher(7) as feed:  # type: ignore[arg-type]
        next(feed)


def test_leaving_early_stops_a_full_feed_and_closes_the_generator():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    with Prefetcher(endless(), depth=2) as feed:
        next(feed)
    assert closed.is_set()
    assert not feed._thread.is_alive()


def test_an_error_in_the_loop_body_does_not_hang():
    def consume(feed):
        with feed:
            return [1 / item for item in feed]

    feed = Prefetcher(iter(int, 1), depth=1)
    with pytest.raises(ZeroDivisionError):
        consume(feed)
    assert not feed._thread.is_alive()


def test_an_error_while_closing_reaches_nobody_but_ends_the_thread():
    def items():
        try:
            while True:
                yield 0
        finally:
            raise OSError("cannot close")

    with Prefetcher(items(), depth=1) as feed:
        next(feed)
    assert not feed._thread.is_alive()


def test_wait_seconds_measures_the_consumers_waiting():
    def slow():
        for _ in range(3):
            time.sleep(0.05)
            yield 0

    with Prefetcher(slow()) as feed:
        list(feed)
    assert 0.1 < feed.wait_seconds < 1.0

    with Prefetcher(range(3)) as feed:
        time.sleep(0.1)  # the feed fills up meanwhile: the consumer's own time is not waiting
        list(feed)
    assert feed.wait_seconds < 0.05


def test_depth_and_use_outside_the_block_are_checked():
    with pytest.raises(ValueError, match="depth"):
        Prefetcher([], depth=0)
    with pytest.raises(RuntimeError, match="with"):
        next(Prefetcher([1]))
