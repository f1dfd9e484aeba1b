"""The Keras twins: networks, objectives, optimisers and the engine. Sibling files of torch_impl have the same names.

Only `keras.layers` and `keras.ops` are used; what differs between backends is in `keras_impl.backends`.
"""
