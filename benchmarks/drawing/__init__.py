"""Drawing from trained generators: what to draw, and the process that draws it."""
