"""How long work tells how far it is."""

from collections.abc import Callable

# called with (done, total)
OnProgress = Callable[[int, int], None]
