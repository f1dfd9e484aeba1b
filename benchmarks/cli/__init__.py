"""The command line: every command, what a run looks like while it runs, and tables on the terminal."""
