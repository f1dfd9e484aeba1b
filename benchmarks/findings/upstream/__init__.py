"""Defects of the frameworks, each reproduced by a script of its own that imports nothing of ganbench.

`python benchmarks/findings/upstream/<name>.py` prints what is seen and what would be right. Its exit code is 0 where
the defect is there and 3 where it is gone; any other means that the script itself failed. `docs/upstream/<name>.md` is
the text to be sent to the framework's authors.
"""
