"""Tests that take minutes: left out unless GANBENCH_LONG_TESTS is set."""

import os

import pytest

LONG = "GANBENCH_LONG_TESTS" in os.environ
only_long = pytest.mark.skipif(not LONG, reason="long: set GANBENCH_LONG_TESTS=1 to run it")
