"""Downloads against a real server on this machine that behaves as badly as real ones do."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common.data.download import download, download_all
from common.errors import BadInput, GanbenchError
from common.specs.dataset_spec import Download
from common.specs.datasets import dataset_spec

CONTENT = bytes(range(256)) * 2000
SUM = hashlib.sha256(CONTENT).hexdigest()


class Server(BaseHTTPRequestHandler):
    """/good and /norange are whole (with, without ranges), /cut stops half-way, the others are what they say."""

    requests: list[tuple[str, str | None]] = []  # noqa: RUF012 (shared by all requests on purpose)

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.requests.append((self.path, wanted))
        if self.path == "/html":
            return self._answer(b"<html>Quota exceeded</html>", "text/html; charset=utf-8")
        if self.path == "/sneaky":
            return self._answer(b"<!DOCTYPE html><html>Virus scan warning</html>", "application/octet-stream")
        if self.path == "/wrong":
            return self._answer(CONTENT[::-1], "application/octet-stream")
        if self.path == "/cut":
            return self._answer(CONTENT[:200_000], "application/octet-stream", length=len(CONTENT))
        if self.path == "/endless":
            return self._answer(CONTENT + b"x", "application/octet-stream")
        if self.path not in ("/good", "/norange"):
            return self.send_error(503)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.path == "/good" else 0
        return self._answer(CONTENT[start:], "application/octet-stream", status=206 if start else 200)

    def _answer(self, body: bytes, kind: str, status: int = 200, length: int | None = None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Server.requests.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def published(*mirrors: str) -> Download:
    return Download(name="data.bin", size=len(CONTENT), sha256=SUM, mirrors=mirrors)


def test_a_whole_file_is_kept_and_not_fetched_again(address, tmp_path):
    seen = []
    path = download(published(f"{address}/good"), tmp_path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    download(published(f"{address}/good"), tmp_path)
    assert len(Server.requests) == 1
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("first", ["html", "sneaky", "wrong", "missing", "endless"])
def test_a_bad_mirror_is_passed_over(address, tmp_path, first):
    path = download(published(f"{address}/{first}", f"{address}/good"), tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_half_download_goes_on_where_it_stopped(address, tmp_path):
    with pytest.raises(GanbenchError):
        download(published(f"{address}/cut"), tmp_path)
    assert not (tmp_path / "data.bin").exists()
    assert download(published(f"{address}/good"), tmp_path).read_bytes() == CONTENT
    assert Server.requests[-1] == ("/good", "bytes=200000-")


def test_a_server_without_ranges_starts_again(address, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:200_000])
    assert download(published(f"{address}/norange"), tmp_path).read_bytes() == CONTENT


def test_a_damaged_file_in_place_is_fetched_again(address, tmp_path):
    (tmp_path / "data.bin").write_bytes(CONTENT[:-1] + b"?")
    assert download(published(f"{address}/good"), tmp_path).read_bytes() == CONTENT


def test_when_nothing_works_the_sentence_tells_how_to_do_it_by_hand(address, tmp_path):
    mirrors = (f"{address}/html", f"{address}/missing", f"{address}/wrong", "http://127.0.0.1:9/down")
    with pytest.raises(GanbenchError) as caught:
        download(published(*mirrors), tmp_path)
    sentence = str(caught.value)
    for part in ("web page", "503", "checksum", "Connection refused", "512,000 bytes", SUM, str(tmp_path), "by hand"):
        assert part in sentence
    assert "\n" not in sentence
    assert not (tmp_path / "data.bin").exists()


def test_celeba_is_told_with_files_sizes_and_checksums(tmp_path):
    with pytest.raises(BadInput) as caught:
        download_all(dataset_spec("celeba"), tmp_path)
    for part in (
        "img_align_celeba.zip (1,443,490,838 bytes, sha256 46fb8944",
        "mmlab",
        "list_eval_partition.txt",
        str(tmp_path),
    ):
        assert part in str(caught.value)
