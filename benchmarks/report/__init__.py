"""Reports: tables, figures and the text around them, made from a run's records alone."""
