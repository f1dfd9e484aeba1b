"""Tests that take minutes: left out, or tried with fewer models, unless GANBENCH_LONG_TESTS is set."""

import os

import pytest

from common.specs.models import MODELS

LONG = "GANBENCH_LONG_TESTS" in os.environ
only_long = pytest.mark.skipif(not LONG, reason="long: set GANBENCH_LONG_TESTS=1 to run it")
# the others have the network of one of these with fewer or more classes, or with another loss
EACH_KIND = tuple(name for name in MODELS if name not in ("lsgan", "cdcgan", "pggan", "sngan"))
MANY = tuple(MODELS) if LONG else EACH_KIND
# with classes, styles, blocks or phases: more than the two plain networks of the others
NOT_PLAIN = tuple(name for name in MANY if name not in ("dcgan", "lsgan", "wgan", "wgan-gp"))
# for whole runs of an engine: plain, with classes, growing, with styles, residual
FEW = tuple(MODELS) if LONG else ("dcgan", "cwgan", "cpggan", "stylegan", "r3gan")
