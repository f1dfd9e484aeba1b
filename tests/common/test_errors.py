"""Errors meant for the user: exit codes, and names that are nearly right."""

from __future__ import annotations

import pytest

from common.errors import BadInput, GanbenchError, unknown_name


def test_exit_codes_tell_bad_input_from_failure() -> None:
    assert GanbenchError("x").exit_code == 1
    assert BadInput("x").exit_code == 2
    assert isinstance(BadInput("x"), GanbenchError)


@pytest.mark.parametrize(("name", "near"), [("wgan_gp", "wgan-gp"), ("dcagn", "dcgan"), ("lsgann", "lsgan")])
def test_near_match_is_suggested(name: str, near: str) -> None:
    error = unknown_name("model", name, ["wgan-gp", "lsgan", "dcgan"])
    assert isinstance(error, BadInput)
    assert str(error) == f"Unknown model '{name}': did you mean '{near}'? Known: dcgan, lsgan, wgan-gp."


def test_nothing_is_suggested_for_a_name_like_no_other() -> None:
    assert str(unknown_name("engine", "xyz", ["torch", "keras-tf"])) == "Unknown engine 'xyz': Known: keras-tf, torch."


def test_names_may_come_from_any_iterable_once() -> None:
    assert "did you mean 'b1'" in str(unknown_name("kind", "b2", iter(["b1", "zz"])))
