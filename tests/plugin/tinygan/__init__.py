"""A model, a data set and a metric for ganbench."""
