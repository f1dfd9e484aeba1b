"""The harness: expands matrices to cells, trains each in its own process, times, scores, records and reports."""
