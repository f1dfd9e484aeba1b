"""Registries and plug-ins: found by file and by entry point, refused in one sentence where they cannot be used."""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from common import plugins
from common.errors import BadInput
from common.registry import Registry


@dataclass(frozen=True)
class Thing:
    name: str


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: ())
    plugins._module.cache_clear()


def things():
    return Registry("thing", "models", Thing, [Thing("cup")])


def plugin(folder: Path, text: str, name: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    return file


class Point:
    """An entry point as importlib.metadata gives it."""

    group, value, dist = "ganbench.models", "package:thing", None

    def __init__(self, name, load):
        self.name, self.load = name, load


def test_own_entries_without_plugins():
    found = things()
    assert list(found) == ["cup"]
    assert found.find("cup") == Thing("cup")
    assert found.origin("cup") == "ganbench"
    with pytest.raises(BadInput, match="Unknown thing 'cap': did you mean 'cup'"):
        found.find("cap")


def test_a_file_adds_entries_behind_our_own_and_passes_on_to_children(tmp_path):
    file = plugin(tmp_path, "from types import SimpleNamespace as N\nMODELS = (N(name='jug'),)\n", "thing_plugin_a")
    plugins.use_files([file])
    found = Registry("thing", "models", object, [Thing("cup")])
    assert list(found) == ["cup", "jug"]
    assert found.origin("jug") == str(file)
    assert plugins.os.environ[plugins.VARIABLE] == str(file)


def test_an_entry_point_adds_an_entry(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Point("jug", lambda: Thing("jug"))])
    assert list(things()) == ["cup", "jug"]
    assert things().origin("jug") == "package:thing"


def broken():
    raise OSError("no disk")


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point("jug", broken), "cannot be imported (OSError: no disk)"),
        (Point("jug", lambda: Thing("mug")), "announces 'jug' in ganbench.models, but gives 'mug'"),
        (Point("cup", lambda: Thing("cup")), "adds the thing 'cup', which ganbench has already"),
    ],
)
def test_a_bad_entry_point_is_one_sentence(monkeypatch, point, words):
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point])
    with pytest.raises(BadInput) as error:
        list(things())
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("thing_plugin_b", "1 / 0\n", "cannot be imported (ZeroDivisionError"),
        ("thing_plugin_c", "x = 1\n", "adds nothing"),
        ("json", "MODELS = ()\n", "has the name of another module"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, name, text, words):
    with pytest.raises(BadInput) as error:
        plugins.use_files([plugin(tmp_path, text, name)])
    assert words in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="There is no plug-in"):
        plugins.use_files([tmp_path / "none.py"])


def test_an_entry_of_another_kind_is_refused(tmp_path):
    plugins.use_files([plugin(tmp_path, "MODELS = (1,)\n", "thing_plugin_d")])
    with pytest.raises(BadInput, match="adds a int to models: a Thing is needed"):
        list(things())


def test_two_plugins_may_not_add_the_same_name(monkeypatch):
    points = [Point("jug", lambda: Thing("jug")), Point("jug", lambda: Thing("jug"))]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    with pytest.raises(BadInput, match="which package:thing has already"):
        list(things())
