"""Generators on demand: exported once, at the first request, with a sentence meanwhile and where it cannot be."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import re
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from benchmarks.machine.locks import device_lock
from benchmarks.site import on_demand
from benchmarks.site.on_demand import OnDemand
from benchmarks.site.serve import make_server
from common.errors import GanbenchError

NAME = "generators/dcgan.js"


class Exporter:
    """Takes the place of the exporter: writes when it is let, or fails, and counts."""

    def __init__(self) -> None:
        self.calls, self.trouble = 0, ""
        self.may_end = threading.Event()

    def __call__(self, weights, outs, half, cancelled):
        self.calls += 1
        while not self.may_end.wait(0.01):
            if cancelled.is_set():
                raise CancelledError
        if self.trouble:
            raise GanbenchError(self.trouble)
        for out in outs:
            out.write_bytes(b"a generator")


@pytest.fixture
def exporter(monkeypatch):
    made = Exporter()
    monkeypatch.setattr(on_demand, "export_onnx", made)
    return made


@pytest.fixture
def cell(tmp_path):
    (tmp_path / "cell").mkdir()
    (tmp_path / "cell" / "generator.safetensors").write_bytes(b"weights")
    return tmp_path / "cell"


@pytest.fixture
def offered(tmp_path, cell, exporter):
    found = OnDemand(lock_folder=tmp_path)
    found.offer({NAME: cell})
    yield found
    found.close()


def ended(offered):
    """The first answer for NAME that does not ask to wait."""
    end = time.monotonic() + 30
    while (answer := offered.answer(NAME)).status == 202:
        assert time.monotonic() < end
        time.sleep(0.01)
    return answer


def delivered(script):
    name, text = re.fullmatch(r'ganbench\.deliver\("(.*)", "(.*)"\);\n', script).groups()
    assert name == NAME
    return gzip.decompress(base64.b64decode(text))


def said(script, function):
    """The sentence that `script` has `function` say."""
    name, sentence = json.loads(f"[{re.fullmatch(rf'ganbench[.]{function}[(](.*)[)];', script.strip()).group(1)}]")
    assert name == NAME
    return sentence


def test_the_first_request_exports_and_the_others_wait_for_it(offered, exporter, cell):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: offered.answer(NAME), range(64)))
    assert {answer.status for answer in answers} == {202}
    assert "half a minute" in said(answers[0].script, "postpone")
    exporter.may_end.set()
    assert delivered(ended(offered).script) == b"a generator"
    assert delivered(offered.answer(NAME).script) == b"a generator"
    assert exporter.calls == 1
    assert (cell / "generator.onnx").read_bytes() == b"a generator"


def test_a_generator_that_was_trained_again_is_exported_again(offered, exporter, cell):
    exporter.may_end.set()
    ended(offered)
    later = time.time() + 10
    os.utime(cell / "generator.safetensors", (later, later))
    exporter.may_end.clear()
    assert offered.answer(NAME).status == 202


def test_what_cannot_be_exported_is_one_sentence_and_tried_again(offered, exporter):
    exporter.trouble = 'Exporting needs "onnx".'
    exporter.may_end.set()
    assert said(ended(offered).script, "refuse") == exporter.trouble
    exporter.trouble = ""
    assert delivered(ended(offered).script) == b"a generator"


def test_nothing_is_exported_beside_what_is_timed(offered, exporter, tmp_path):
    exporter.may_end.set()
    with device_lock("cpu", lambda: None, tmp_path):
        assert "when it has ended" in said(ended(offered).script, "refuse")
        assert exporter.calls == 0
    assert delivered(ended(offered).script) == b"a generator"


def test_closing_ends_what_is_being_exported(offered, exporter):
    assert offered.answer(NAME).status == 202
    offered.close()  # would wait for ever, had it not ended


def test_the_server_answers_for_what_is_offered_and_for_nothing_else(offered, exporter, tmp_path, cell):
    (tmp_path / "site").mkdir()
    server = make_server(tmp_path / "site", 0, on_demand=offered)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def get(path, host="localhost"):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers

    try:
        for path in ("/generators/other.js", "/cell/generator.safetensors", f"/../{NAME}", "/generators/../cell"):
            assert get(path)[0] == 404
        assert get(f"/{NAME}", host="evil.example")[0] == 403
        assert exporter.calls == 0
        status, text, headers = get(f"/{NAME}?again")
        assert (status, headers["Content-Type"]) == (202, "text/javascript; charset=utf-8")
        assert said(text, "postpone")
        exporter.may_end.set()
        ended(offered)
        status, text, headers = get(f"/{NAME}")
        assert (status, delivered(text)) == (200, b"a generator")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    finally:
        server.shutdown()
        server.server_close()
    assert list((tmp_path / "site").iterdir()) == []
