#!/bin/sh
# Find a Python that the pinned packages support and prepare .venv with it (environment.py beside this file).
# PYTHON=... names one; otherwise the usual names are tried. Says in one sentence if there is none.
set -eu

here=$(dirname "$0")
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3 python3.13 python3.12 python3.11 python
fi

for python in "$@"; do
    if "$python" -c "$fits" >/dev/null 2>&1; then
        exec "$python" "$here/environment.py"
    fi
done

found=$("$1" --version 2>/dev/null || true)
echo "ganbench: Python 3.11, 3.12 or 3.13 is needed, but $1 is ${found:-not there or does not run}:" \
    "install one of them, or say where it is, as in: make quick PYTHON=/usr/bin/python3.12" >&2
exit 2
