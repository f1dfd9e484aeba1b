"""The PyTorch twins: networks, objectives, optimisers and the engine.

Sibling files of keras_impl have the same names.
"""
