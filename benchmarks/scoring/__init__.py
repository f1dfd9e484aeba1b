"""Scoring images: where they come from, which extractor looks at them, and one pipeline for all of it."""
