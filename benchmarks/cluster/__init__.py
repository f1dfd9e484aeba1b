"""Many machines: cells trained on a cluster, and how long a matrix takes on one."""
