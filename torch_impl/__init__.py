"""The PyTorch twins: networks, objectives, optimisers, engine. Sibling files of keras_impl have the same names."""
