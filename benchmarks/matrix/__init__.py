"""Matrices: TOML files that expand to the cells of a run, and what a run would do."""
