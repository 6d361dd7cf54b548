"""Descriptors: the shipped ones load, and a bad one says what is wrong where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import contender
from harness.contender import DescriptorError, load_contender, load_contenders

OURS = [
    *("noop", "passthrough-js", "rust-passthrough", "js-article", "js-tuned"),
    *("js-aws", "js-bare", "js-fast", "js-fast-cache", "js-noders", "rust-article", "rust-lean"),
    *("wasm-handler", "wasm-passthrough"),
    *("napi", "wasm-asset", "wasm-host", "wasm-inline", "wasm-openssl", "wasm-scalar", "wasm-simd"),
    *("py-noop", "py-pyjwt", "py-joserfc", "py-stdlib", "pybind11"),
    *("worker-noop", "worker-js", "worker-wasm"),
]
QUICK = {
    *("noop", "js-article", "js-tuned", "js-bare", "js-fast", "rust-article", "napi", "wasm-asset", "wasm-host"),
    *("py-noop", "py-pyjwt", "pybind11", "worker-noop", "worker-js", "worker-wasm"),
}


def test_our_contenders_load_in_the_report_s_order() -> None:
    loaded = [c.name for c in load_contenders([contender.FOLDER])]
    assert set(loaded) >= set(OURS) - {"wasm-scalar"}
    runtimes = [load_contender(contender.FOLDER / name).runtime for name in loaded]
    assert runtimes == sorted(runtimes, key=contender.RUNTIMES.index)


def test_each_runtime_has_a_floor_and_a_reference() -> None:
    loaded = load_contenders([contender.FOLDER])
    for runtime in contender.RUNTIMES:
        roles = [c.role for c in loaded if c.runtime == runtime]
        assert roles.count("reference") == 1
        assert "baseline" in roles
    references = {c.name for c in loaded if c.role == "reference"}
    assert references == {"js-tuned", "py-pyjwt", "worker-js"}


def test_a_quick_run_takes_the_ones_that_decide_something() -> None:
    assert {c.name for c in load_contenders([contender.FOLDER]) if c.quick} == QUICK


def test_every_shipped_contender_says_how_complex_it_is() -> None:
    for folder in sorted(contender.FOLDER.iterdir()):
        document = tomllib.loads((folder / "contender.toml").read_text(encoding="utf-8"))
        assert document.get("complexity") in contender.COMPLEXITY, folder.name


def test_a_stranger_s_folder_is_found(planted: Callable[..., Path]) -> None:
    folder = planted("stranger")
    assert "stranger" in [c.name for c in load_contenders([contender.FOLDER, folder.parent])]


BAD = [
    ("name = 7", "name: expected lower-case letters"),
    ('name = "other"', "name: expected the folder's name, 'bad'"),
    ('runtime = "deno"', "runtime: expected one of node, python, workerd"),
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
    ('algorithms = ["HS512"]', "algorithms: expected a list of HS256, RS256, ES256, EdDSA"),
    ("algorithms = []", "algorithms: expected a list of HS256"),
    ('algorithms = ["HS256", "HS256"]', "algorithms: expected a list of HS256"),
    ("quick = 1", "quick: expected true or false"),
    ("complexity = 5", "complexity: expected one of 0 (the runtime alone), 1 ("),
    ("complexity = true", "complexity: expected one of 0"),
    ('accepts = ["anything"]', "accepts: expected a list of native-binary, toolchain, own-code"),
    ('targets = ["moon"]', "targets: expected a list of lambda-edge, lambda, workers, server"),
    ("caveats = 'none'", "caveats: expected a list of non-empty strings"),
    ("[prepare]\ncommand = ['true']", "prepare.provides: expected the files that the command leaves"),
    ("[prepare]\nprovides = ['x']", "prepare.command: expected a non-empty list of strings"),
    ("[prepare]\ncommand = ['true']\nprovides = ['x']\nminutes = -1", "prepare.minutes: expected a number, not below 0"),
    ("[prepare]\ncommand = ['true']\nprovides = ['x']\nspeed = 1", "prepare.speed: expected no such member"),
    ("[known.RS256.strictness]\nvalid = 'allow'", "known.RS256: expected an algorithm of this contender's algorithms"),
    ("[known.HS256.strictness]\nvalid = 'maybe'", "known.HS256.strictness: expected a table from gate case to outcome"),
    ("[known.HS256.disagreements]\nvalid = '401'", "known.disagreements: expected none: only role historical"),
    ("[known.HS256]\nbugs = 1", "known.HS256.bugs: expected no such member"),
    ("[known.strictness]\nvalid = 'policy'", "known.strictness: expected a table from gate case to outcome"),
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


def test_what_is_left_out_has_its_default(planted: Callable[..., Path]) -> None:
    plain = load_contender(planted("plain"))
    assert plain.algorithms == ["HS256"]
    assert plain.quick is True
    assert plain.targets == ["lambda-edge", "lambda", "server"]
    assert plain.accepts == plain.caveats == []
    assert plain.prepare is None


def test_algorithms_and_targets_stand_in_one_order(planted: Callable[..., Path]) -> None:
    folder = planted("orderly")
    file = folder / "contender.toml"
    more = 'algorithms = ["EdDSA", "HS256"]\ntargets = ["server", "lambda"]\n'
    file.write_text(more + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_contender(folder).algorithms == ["HS256", "EdDSA"]
    assert load_contender(folder).targets == ["lambda", "server"]


def test_a_table_of_one_algorithm_replaces_single_entries(planted: Callable[..., Path]) -> None:
    more = """
[known.strictness]
strict-crit = "allow"
strict-typ = "allow"
[known.HS256.strictness]
strict-crit = "policy"
strict-typ = "throws"
strict-kid-number = "allow"
"""
    found = load_contender(planted("changing", more=more))
    assert found.strictness_for("HS256") == {"strict-typ": "throws", "strict-kid-number": "allow"}
    assert found.strictness_for("RS256") == {"strict-crit": "allow", "strict-typ": "allow"}
