"""Tests that take minutes: left out, or tried with fewer models, unless GANBENCH_LONG_TESTS is set."""

import os

import pytest

from common.specs.models import MODELS

LONG = "GANBENCH_LONG_TESTS" in os.environ
only_long = pytest.mark.skipif(not LONG, reason="long: set GANBENCH_LONG_TESTS=1 to run it")
# one for each kind of network: plain, with classes, growing, with styles, residual
FEW = tuple(MODELS) if LONG else ("dcgan", "cwgan", "cpggan", "stylegan", "r3gan")
# with classes, styles, blocks or phases: more than the two plain networks of the others
NOT_PLAIN = tuple(name for name in FEW if name not in ("dcgan", "lsgan", "wgan", "wgan-gp"))
