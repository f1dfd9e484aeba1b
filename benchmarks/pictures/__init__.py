"""Pictures of trainings: grids, animations and figures in one style, from records and samples alone."""
