"""Serving: the folder and nothing else, to this computer only, with the headers for threads; and following a run."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading

import pytest

from benchmarks.results.run_folder import RunFolder
from benchmarks.site.serve import make_server, serve
from common.errors import BadInput


@pytest.fixture
def ask(tmp_path):
    """Asks a server of a folder with one page, beside which lies a secret."""
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "index.html").write_text("<p>first")
    (tmp_path / "secret.txt").write_text("secret")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    server = make_server(site, 0, refresh=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]

    def get(path, host=f"127.0.0.1:{port}"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers

    yield get
    server.shutdown()
    server.server_close()


def test_pages_come_with_the_headers_that_threads_need(ask):
    status, text, headers = ask("/")
    assert (status, text) == (200, "<p>first")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Refresh"] == "15"
    assert ask("/playground.html")[2]["Refresh"] is None


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/sub/../../secret.txt", "//etc/passwd", "/link.txt", "/sub/"]
)
def test_nothing_outside_of_the_folder_is_served_and_nothing_listed(ask, path):
    status, text, _ = ask(path)
    assert status == 404
    assert "secret" not in text.replace("secret.txt", "")


def test_other_names_than_localhost_are_refused(ask):
    assert ask("/", host="evil.example")[0] == 403
    assert ask("/", host="localhost:8000")[0] == 200


def test_a_taken_port_is_one_sentence(tmp_path):
    server = make_server(tmp_path, 0)
    with pytest.raises(BadInput, match="choose another with --port"):
        make_server(tmp_path, server.server_address[1])
    server.server_close()


def test_what_is_neither_run_nor_site_is_one_sentence(tmp_path):
    (tmp_path / "site.json").write_text("{}")
    with pytest.raises(BadInput, match="which does not change"):
        serve(tmp_path, 0, True, print)
    with pytest.raises(BadInput, match="No records"):
        serve(tmp_path / "nothing", 0, False, print)


def test_a_run_that_goes_on_is_followed(tmp_path, make_record, save_run):
    """The page is there, and shows a second training soon after its record is."""
    save_run(tmp_path / "run", [make_record("torch", 0)])
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "benchmarks.cli.main", "serve", str(tmp_path / "run"), "--port", "0", "--watch"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(re.search(r":(\d+)/", next(line for line in process.stdout if "http://" in line)).group(1))

            def page():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/index.html")
                return connection.getresponse().read().decode()

            wait_for(lambda: "torch eager" in page())
            later = make_record("keras-tf", 0)
            folder = RunFolder(tmp_path / "run").of(later.cell)
            folder.create(later.cell)
            folder.save_record(later)
            wait_for(lambda: "keras-tf graph" in page())
        finally:
            process.terminate()


def wait_for(holds, seconds=120.0):
    import time

    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.5)
