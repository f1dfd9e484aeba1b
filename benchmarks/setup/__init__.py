"""How `make` prepares the environment: `setup.sh` finds a Python that fits, `environment.py` fills `.venv` with it."""
