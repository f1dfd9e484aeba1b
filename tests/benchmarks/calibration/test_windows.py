"""Windows of a device with a clock of its own, that works behind the caller's back and has bad moments."""

from __future__ import annotations

import pytest

from benchmarks.calibration.windows import LEAST_WINDOWS, time_windows
from benchmarks.results.statistics import median


class Device:
    """Computes a product in `seconds`, when it is waited for; the first takes a second more, and some are disturbed."""

    def __init__(self, seconds: float, disturbed: int = 0) -> None:
        self.now, self.done, self._seconds, self._queue, self._disturbed = 0.0, 0, seconds, 0, disturbed

    def work(self) -> None:
        self._queue += 1

    def synchronize(self) -> None:
        self.now += self._queue * self._seconds + (1.0 if self._queue and not self.done else 0.0)
        self.done, waits = self.done + self._queue, self._queue > 0
        if waits and self._disturbed and self.done % self._disturbed == 0:
            self.now += 0.5
        self._queue = 0


@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.3])
def test_the_rate_is_that_of_the_device_at_any_speed(seconds: float) -> None:
    device = Device(seconds)
    rates = time_windows(device.work, device.synchronize, 2.0, lambda: device.now)
    assert len(rates) >= LEAST_WINDOWS
    assert median(rates) == pytest.approx(1.0 / seconds)
    assert device.now < 1.0 + 2.0 + 8 * max(0.3, seconds)


def test_disturbed_windows_do_not_move_the_median() -> None:
    device = Device(0.1, disturbed=5)
    rates = time_windows(device.work, device.synchronize, 4.0, lambda: device.now)
    assert min(rates) < 5.0
    assert median(rates) == pytest.approx(10.0)


def test_a_size_that_takes_far_too_long_is_given_up() -> None:
    device = Device(50.0)
    assert len(time_windows(device.work, device.synchronize, 1.0, lambda: device.now)) == 2
