"""How many floating point operations a model needs, counted from its spec: equal for every engine."""
