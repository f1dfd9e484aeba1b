"""Running cells: each trained and scored in a process of its own, with the engine that it names."""
