"""The judge: scores of generated images from features, in plain NumPy and SciPy, and the extractors that make features.

Every metric is a pure function of arrays (float features or logits, one row per image) and can be used alone;
`judge.score` runs extractor and metrics together and says under which protocol each number was measured.
"""
