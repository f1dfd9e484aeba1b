"""Results of runs: the files of a run, its records, and what is computed from them."""
