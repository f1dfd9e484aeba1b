"""All that a machine with a GPU, lent for minutes, can tell about its engines: one command, one folder."""
