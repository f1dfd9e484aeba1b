"""Requests to `ganbench serve`, names and files of plug-ins, weights and checkpoints, and the command line itself."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from safetensors.numpy import save

from benchmarks.cli.main import main
from benchmarks.drawing.request import find_trained
from benchmarks.perf.made_records import made_records
from benchmarks.pictures.cell import make_cell_pictures
from benchmarks.results.cell_folder import CellFolder
from benchmarks.site.on_demand import OnDemand
from benchmarks.site.serve import make_server
from benchmarks.training.checkpoints import latest_checkpoint
from common.errors import BadInput
from common.plugins import VARIABLE, use_files
from common.registry import Registry
from common.specs.datasets import dataset_spec, folder_of
from common.specs.models import MODELS, ModelSpec
from tests.fuzz.harness import STRANGE, broken, fuzz, keeps_the_promise, warped

GOOD = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server of one page, beside which lies a secret, and of a generator that cannot be exported."""
    folder = tmp_path_factory.mktemp("serve")
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<p>here")
    (folder / "site" / "round").symlink_to(folder / "site" / "round")
    (folder / "secret.txt").write_text("a secret")
    on_demand = OnDemand(lock_folder=folder)
    on_demand.offer({"generators/x.js": folder / "cell"})
    server = make_server(folder / "site", 0, on_demand=on_demand)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    on_demand.close()


def ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):  # it had heard enough
            return b""


PARTS = st.sampled_from(
    [
        "..",
        "%2e%2e",
        "%2E.",
        ".",
        "",
        "generators",
        "x.js",
        "secret.txt",
        "site",
        "round",
        "%00",
        "%ff",
        "%",
        "\\..",
        "a" * 300,
    ]
)
PATHS = st.lists(PARTS | st.text(max_size=10).map(lambda text: text.replace(" ", "_")), max_size=8).map("/".join)


@fuzz(PATHS.map(lambda path: GOOD.replace(b"index.html", path.encode("utf-8", "surrogatepass"))) | broken(GOOD))
def test_a_request(port: int, capfd: pytest.CaptureFixture[str], sent: bytes) -> None:
    answer = ask(port, sent)
    assert b"a secret" not in answer
    assert b"root:" not in answer
    assert ask(port, GOOD).endswith(b"<p>here")
    assert "Traceback" not in capfd.readouterr().err


@fuzz(st.sampled_from([each for each in STRANGE if isinstance(each, str) and "/" not in each]) | st.text(max_size=20))
def test_the_name_of_a_plug_in(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name.replace('/', '_')[:50]}.py"
    with contextlib.suppress(OSError, ValueError):  # no file can be called so
        file.write_text("MODELS = ()\n")
    before = os.environ.pop(VARIABLE, None)
    try:
        keeps_the_promise(lambda: use_files([file]), tmp_path)
    finally:
        os.environ.pop(VARIABLE, None)
        os.environ.update({VARIABLE: before} if before else {})
        sys.path[:] = [each for each in sys.path if each != str(tmp_path)]


def add(file: Path) -> None:
    """Import the plug-in and look for its models."""
    use_files([file])
    list(Registry("model", "models", ModelSpec, ()))


BAD_PLUG_INS = ("MODELS = 5", "MODELS = (1, None)", "MODELS = 'dcgan'", "1 / 0", "def", "\0", "x = 1")


@pytest.mark.parametrize("number", range(len(BAD_PLUG_INS)))
def test_a_plug_in_that_adds_nothing_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    file = tmp_path / f"addition_{number}.py"
    file.write_text(BAD_PLUG_INS[number])
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(BadInput, match="The plug-in"):
        add(file)


@fuzz(st.text(max_size=20) | st.sampled_from([each for each in STRANGE if isinstance(each, str)]))
def test_the_name_of_anything(tmp_path: Path, name: str) -> None:
    keeps_the_promise(lambda: MODELS.find(name), tmp_path)
    keeps_the_promise(lambda: folder_of(dataset_spec(f"folder:{name}")), tmp_path)
    keeps_the_promise(lambda: dataset_spec(name), tmp_path)


CELL = made_records(1)[0].cell
NOTES = {"cell": json.loads(CELL.model_dump_json()), "shape": {"image_size": 32, "channels": 1, "classes": 10}}
CHECKPOINT = {"cell": CELL.id, "epoch": 3, "notes": {"losses": {}}}


def tensors(notes: object) -> bytes:
    text = notes if isinstance(notes, str) else json.dumps(notes)
    return save({"a": np.zeros((2, 3), np.float32), "b": np.arange(3)}, metadata={"ganbench": text})


WEIGHTS = broken(tensors(NOTES)) | (warped(NOTES) | warped(CHECKPOINT)).map(lambda notes: tensors(json.dumps(notes)))


@fuzz(WEIGHTS | st.sampled_from(["[" * 50_000, "9" * 5000, "null", '"a"', "{}"]).map(tensors))
def test_weights_and_checkpoints(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "epoch_0003.safetensors"
    file.write_bytes(data)
    keeps_the_promise(lambda: find_trained(file), tmp_path)
    keeps_the_promise(lambda: latest_checkpoint(tmp_path, CELL.id), tmp_path)


@pytest.mark.parametrize(
    "head",
    [
        {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
        {"__metadata__": {"ganbench": 7}},
    ],
    ids=["huge", "negative", "bfloat16", "backwards", "a number"],
)
def test_tensors_that_could_do_harm(tmp_path: Path, head: dict) -> None:
    text = json.dumps(head).encode()
    (tmp_path / "epoch_0001.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"\0" * 4)
    assert keeps_the_promise(lambda: find_trained(tmp_path / "epoch_0001.safetensors"), tmp_path) is None
    assert keeps_the_promise(lambda: latest_checkpoint(tmp_path, CELL.id), tmp_path) is None


@pytest.mark.parametrize("name", ["epoch_0001.npy", "epoch_x.npy", "epoch_99999999999.npy", "epoch_\u0662.npy"])
def test_samples_with_strange_names(tmp_path: Path, name: str) -> None:
    folder = CellFolder(tmp_path)
    (tmp_path / "progress").mkdir(exist_ok=True)
    (tmp_path / "progress" / name).write_bytes(b"")
    keeps_the_promise(lambda: make_cell_pictures(folder, folder, CELL), tmp_path)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


SAMPLES = npy(np.zeros((4, 8, 8, 1), np.uint8))
SHAPES = ((0, 8, 8, 1), (5,), (4, 8, 8, 2), (4, 16, 8, 1), (4, 8, 8, 3))


@fuzz(broken(SAMPLES) | st.sampled_from(SHAPES).map(lambda shape: npy(np.zeros(shape, np.uint8))), share=0.5)
def test_samples(tmp_path: Path, data: bytes) -> None:
    folder = CellFolder(tmp_path)
    (tmp_path / "progress").mkdir(exist_ok=True)
    folder.progress_file(0).write_bytes(SAMPLES)
    folder.progress_file(1).write_bytes(data)
    keeps_the_promise(lambda: make_cell_pictures(folder, folder, CELL), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["status", "a" * 5000], (1, 2)),
        (["run", "a" * 5000 + ".toml"], (1, 2)),
        (["run", "\udcff.toml", "--dry-run"], (2,)),
        (["compare", "/proc/self/mem"], (1, 2)),
        (["report", "/dev/null"], (1, 2)),
        (["race", "quick", "--precision", "nan", "--dry-run"], (2,)),
        (["run", "quick", "--set", "training.epochs=" + "9" * 5000, "--dry-run"], (2,)),
        (["run", "quick", "--seeds", "9" * 5000, "--dry-run"], (2,)),
        (["score", "/dev/zero", "--against", "mnist-5k"], (2,)),
        (["export", "/proc/self/mem"], (1, 2)),
    ],
    ids=lambda value: " ".join(value)[:30].encode("ascii", "replace").decode() if isinstance(value, list) else "",
)
def test_a_command_line_ends_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: tuple[int, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ganbench", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    told = capsys.readouterr().err
    assert end.value.code in code, told
    assert told.startswith("ganbench: ")
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
