"""Descriptors: the shipped ones load, and a bad one says what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import contender
from harness.contender import DescriptorError, load_contender, load_contenders

OURS = [
    *("noop", "js-article", "js-tuned", "napi", "wasm", "wasm-openssl", "wasm-self-contained"),
    *("py-noop", "py-pyjwt", "pybind11"),
]


def test_our_contenders_load_in_the_report_s_order() -> None:
    assert [c.name for c in load_contenders([contender.FOLDER])] == OURS


def test_each_runtime_has_a_floor_and_a_reference() -> None:
    loaded = load_contenders([contender.FOLDER])
    for runtime in contender.RUNTIMES:
        roles = [c.role for c in loaded if c.runtime == runtime]
        assert roles.count("baseline") == roles.count("reference") == 1


def test_a_stranger_s_folder_is_found(planted: Callable[..., Path]) -> None:
    folder = planted("stranger")
    assert "stranger" in [c.name for c in load_contenders([contender.FOLDER, folder.parent])]


BAD = [
    ("name = 7", "name: expected lower-case letters"),
    ('name = "other"', "name: expected the folder's name, 'bad'"),
    ('runtime = "deno"', "runtime: expected one of node, python"),
    ('entry = "index"', "entry: expected a Lambda handler such as index.handler"),
    ('role = "winner"', "role: expected one of baseline,"),
    ('title = ""', "title: expected a non-empty string"),
    ('responses = "mine"', "responses: expected one of policy, own"),
    ('notes = "one"', "notes: expected a list of non-empty strings"),
    ("speed = 1", "speed: expected no such member"),
    ('role = "door"', "door.vectors: expected the module that replays the vectors"),
    ("[build]\ncovers = 'copy'", "build.commands: expected at least one command or copy"),
    ("[build]\ncovers = 'copy'\ncommands = ['esbuild index.js']", "build.commands: expected a list of commands, each a list"),
    ("[build]\ncovers = 'copy'\ncopy = [['a']]", "build.copy: expected a list of [from, to] pairs"),
    ("[build]\ncopy = [['a', 'b']]", "build.covers: expected a non-empty string"),
    ("build = 3", "build: expected a table"),
    ("[known.disagreements]\nvalid = 'maybe'", "known.disagreements: expected a table from gate case to outcome"),
    ("[known.disagreements]\nvalid = '401'", "known.disagreements: expected none: only role historical"),
    ("[known]\nbugs = 1", "known.bugs: expected no such member"),
    ("[door]\ntarget = 'all'", "door.target: expected configure and target together"),
    ("= = =", "expected TOML"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_descriptor_says_where_and_what(planted: Callable[..., Path], change: str, message: str) -> None:
    folder = planted("bad")
    file = folder / "contender.toml"
    text = file.read_text(encoding="utf-8")
    head = re.match(r"\[([\w.]+)\]", change)
    key = re.match(r"\w+", change)
    if head and head[1] == "build":
        text = text[: text.index("[build]")] + change
    elif head:
        text = f"{text}\n{change}"
    elif key and key[0] == "build":
        text = change + "\n" + text[: text.index("[build]")]
    else:
        lines = [line for line in text.splitlines() if not (key and line.startswith(f"{key[0]} ="))]
        text = "\n".join([change, *lines])
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DescriptorError) as error:
        load_contender(folder)
    assert str(file) in str(error.value)
    assert message in str(error.value)


def test_a_folder_without_a_descriptor_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="contender.toml: expected a descriptor"):
        load_contender(tmp_path)


def test_no_contender_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="no contender below"):
        load_contenders([tmp_path])


def test_two_of_a_name_are_an_error(planted: Callable[..., Path]) -> None:
    with pytest.raises(DescriptorError, match="two contenders are named 'noop'"):
        load_contenders([contender.FOLDER, planted("noop").parent])


def test_a_second_reference_is_an_error(planted: Callable[..., Path]) -> None:
    with pytest.raises(DescriptorError, match="more than one reference for node"):
        load_contenders([contender.FOLDER, planted("rival", role="reference").parent])
