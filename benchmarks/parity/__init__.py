"""The parity ladder: proof, rung by rung, that the twins of a model compute the same numbers."""
