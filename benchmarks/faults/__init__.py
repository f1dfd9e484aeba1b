"""Faults on purpose: runs that are killed again and again, and have to end like one that nothing happened to."""
