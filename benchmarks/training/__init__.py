"""Training one cell: the loop, its epochs, what it is fed, its clocks and checkpoints."""
