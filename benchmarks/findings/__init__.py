"""Differences between the frameworks that no setting removes, each reproduced and measured by one small script.

`python -m benchmarks.findings.<name>` prints one JSON object: what differs, how large it is, what ganbench does.
What of this and more is a framework's defect is reproduced in `upstream`.
"""
