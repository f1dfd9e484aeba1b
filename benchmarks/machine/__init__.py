"""This machine: its devices and their locks, what it is and runs, and child processes on it."""
