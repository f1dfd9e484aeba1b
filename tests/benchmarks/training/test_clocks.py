"""Accounts of the monotonic clock, and the ticker, on a clock of the test's own."""

from __future__ import annotations

import time

import pytest

from benchmarks.training.clocks import Accounts, Ticker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def test_accounts_grow_by_what_is_charged_to_them_and_by_nothing_else(clock: Clock) -> None:
    accounts = Accounts()
    for seconds in (1.0, 2.5):
        with accounts.charge("train"):
            clock.now += seconds
        clock.now += 50
    with accounts.charge("sample"):
        clock.now += 0.25
    assert dict(accounts.seconds) == {"train": 3.5, "sample": 0.25}


def test_taking_empties_an_account(clock: Clock) -> None:
    accounts = Accounts()
    with accounts.charge("train"):
        clock.now += 2
    assert accounts.take("train") == 2
    assert accounts.take("train") == 0
    assert accounts.take("never charged") == 0


def test_a_block_that_fails_is_charged_and_its_error_passes(clock: Clock) -> None:
    accounts = Accounts()

    def fail() -> None:
        with accounts.charge("train"):
            clock.now += 3
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert accounts.take("train") == 3


def test_ticker_is_due_once_per_interval(clock: Clock) -> None:
    ticker = Ticker(2.0)
    due = []
    for _ in range(12):
        clock.now += 0.5
        due.append(ticker.due())
    assert due == [False, False, False, True] * 3


def test_ticker_does_not_catch_up_after_a_long_pause(clock: Clock) -> None:
    ticker = Ticker(2.0)
    clock.now += 20
    assert ticker.due()
    assert not ticker.due()
    clock.now += 1.9
    assert not ticker.due()
