"""Measurements behind the claims about speed; each script prints its own protocol and interleaved ratios."""
