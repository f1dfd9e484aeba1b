"""Many machines: how long a matrix takes on them."""
