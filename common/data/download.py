"""Published files over the network: several mirrors, resumed downloads, and nothing believed before its checksum fits.

What fails is told with everything needed to do it by hand: which file, from where, its size and checksum, and where to
put it.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from filelock import FileLock

from common.data.decode import looks_like_html
from common.errors import BadInput, GanbenchError
from common.progress import OnProgress
from common.specs.dataset_spec import DatasetSpec, Download

TIMEOUT_SECONDS = 30
_BLOCK = 1 << 16


class _RefusedError(Exception):
    """One mirror's failure, in a few words."""


def download_all(spec: DatasetSpec, folder: Path, progress: OnProgress | None = None) -> Path:
    """Fetch the data set's published files into `folder`, those that are not there yet; returns `folder`.

    Args:
        spec: the data set.
        folder: where to; created.
        progress: called with (bytes done, bytes in all) of the file under way.

    Raises:
        BadInput: the data set may not be fetched by a program; the message says how to do it by hand.
        GanbenchError: no mirror delivered a file whole.
    """
    if not spec.downloads or not all(file.mirrors for file in spec.downloads):
        raise BadInput(f"{spec.name} cannot be downloaded by ganbench: {_by_hand(spec, folder)}")
    for file in spec.downloads:
        download(file, folder, progress)
    return folder


def download(file: Download, folder: Path, progress: OnProgress | None = None) -> Path:
    """Fetch one published file into `folder`, unless it is there and whole; returns its path.

    Raises:
        GanbenchError: no mirror delivered it whole, or the disk cannot be written.
    """
    path = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{file.name}.lock"):
            return _download(file, path, progress)
    except OSError as error:
        raise GanbenchError(f"Cannot write {path}: {error.strerror or error}.") from error


def _download(file: Download, path: Path, progress: OnProgress | None) -> Path:
    if path.is_file() and not _fault(path, file):
        return path
    part = path.with_name(path.name + ".part")
    reasons = []
    for url in file.mirrors:
        try:
            _fetch(url, part, file, progress)
            if fault := _fault(part, file):
                if part.stat().st_size >= file.size:
                    part.unlink()  # whole but wrong; a short one is kept, to go on from
                raise _RefusedError(fault)
        except _RefusedError as error:
            reasons.append(f"{url}: {error}")
            continue
        part.replace(path)
        return path
    raise GanbenchError(
        f"Could not download {file.name} ({'; '.join(reasons)}): get it by hand ({file.size:,} bytes, {_sum(file)}) "
        f"and put it into {path.parent}."
    )


def _fetch(url: str, part: Path, file: Download, progress: OnProgress | None) -> None:
    """Write `url` to `part`, going on where an earlier attempt stopped if the server can."""
    have = part.stat().st_size if part.is_file() else 0
    if have >= file.size:
        part.unlink()
        have = 0
    request = urllib.request.Request(url, headers={"User-Agent": "ganbench"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            if answer.headers.get_content_type() == "text/html":
                raise _RefusedError("the server sent a web page instead of the file (a quota or login page)")
            resumed = answer.status == 206
            _copy(answer, part, have if resumed else 0, file, progress)
    except urllib.error.HTTPError as error:
        raise _RefusedError(f"the server answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _RefusedError(str(getattr(error, "reason", "") or error or type(error).__name__)) from error


def _copy(answer: http.client.HTTPResponse, part: Path, done: int, file: Download, progress: OnProgress | None) -> None:
    with open(part, "ab" if done else "wb") as handle:
        while block := answer.read(_BLOCK):
            if not done and looks_like_html(block):
                raise _RefusedError("the server sent a web page instead of the file (a quota or login page)")
            handle.write(block)
            done += len(block)
            if done > file.size:
                raise _RefusedError(f"more than the {file.size:,} bytes of the published file")
            if progress is not None:
                progress(done, file.size)


def _fault(path: Path, file: Download) -> str:
    """Why the file is not the published one; empty if it is."""
    size = path.stat().st_size
    if size != file.size:
        return f"{size:,} of {file.size:,} bytes came"
    with open(path, "rb") as handle:
        found = hashlib.file_digest(handle, "sha256" if file.sha256 else "md5").hexdigest()
    return "" if found == (file.sha256 or file.md5) else f"its checksum is {found}, not the published one"


def _by_hand(spec: DatasetSpec, folder: Path) -> str:
    files = [f"{file.name} ({file.size:,} bytes, {_sum(file)})" for file in spec.downloads]
    listed = f" The files are {' and '.join(files)}." if files else ""
    return f"{spec.how_to_get} (or into {folder}).{listed}"


def _sum(file: Download) -> str:
    return f"sha256 {file.sha256}" if file.sha256 else f"md5 {file.md5}"
