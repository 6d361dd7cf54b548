"""The commands of docs/deploy.md in their order, in one folder: all that a machine without an account, an
issuer and another Python can run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import jwt
import pytest
from conftest import ROOT, blocks_of, read, without_fences
from cryptography.hazmat.primitives.asymmetric import rsa
from docs_readme_test import NODE_BIN, make_event, run

PAGE = read(ROOT / "docs" / "deploy.md")
LINES = [line.strip() for line in re.findall(r"^    (\S.*)$", without_fences(PAGE), re.M)]
RUN = ("./dev pack ", "python3 ")
ISSUER, AUDIENCE = "https://issuer.example/", "https://api.example"
KEY = rsa.generate_private_key(65537, 2048)
JWK = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "first"}
POLICY = {"algorithms": ["RS256"], "issuer": ISSUER, "audience": AUDIENCE, "keys": [JWK]}
ASK = """
const { handler } = require('./index.js');
const [good, bad, open] = JSON.parse(require('node:fs').readFileSync(0));
Promise.all([good, bad, open].map(handler)).then((answers) => console.log('ANSWERS ' + JSON.stringify([
  answers[0] === good.Records[0].cf.request, answers[1].status, answers[2] === open.Records[0].cf.request])));
"""


def token(**changes: object) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    return jwt.encode(claims | changes, KEY, "RS256", {"kid": "first"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("deploy")
    (made / "policy.json").write_text(json.dumps(POLICY))
    (made / "jwks.json").write_text(json.dumps({"keys": [JWK]}))
    for block in blocks_of(PAGE):
        if block.language == "js":
            (made / block.file_name).write_text(block.text)
    return made


def test_the_commands_in_their_order(folder: Path) -> None:
    commands = [line for line in LINES if line.startswith(RUN) and "--variant pybind11" not in line]
    assert len(commands) >= 6
    for line in commands:
        words = shlex.split(line)
        words[0] = {"./dev": str(ROOT / "dev"), "python3": sys.executable}[words[0]]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        if "sha256" in line:
            assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)
    assert (folder / "worker" / "index.js").is_file()

    # The last zip for Node is that of the function on the page.
    (handler,) = [line for line in commands if "--handler" in line]
    assert commands.index(handler) == len(commands) - 1
    with zipfile.ZipFile(folder / "function.zip") as archive:
        archive.extractall(folder / "function")
    open_path = make_event()
    open_path["Records"][0]["cf"]["request"]["uri"] = "/health"
    events = [make_event(f"Bearer {token()}"), make_event(f"Bearer {token(exp=1)}"), open_path]
    (folder / "function" / "ask.js").write_text(ASK)
    said = run([NODE_BIN / "node", "ask.js"], folder / "function", json.dumps(events))
    assert json.loads(said.rpartition("ANSWERS ")[2]) == [True, "401", True]


def test_the_error_on_the_page(folder: Path) -> None:
    weak = rsa.generate_private_key(65537, 1024).public_key()
    short = jwt.algorithms.RSAAlgorithm.to_jwk(weak, as_dict=True)
    policy = {**POLICY, "keys": {"keys": [short]}}
    (folder / "weak.json").write_text(json.dumps(policy))
    done = subprocess.run(
        [ROOT / "dev", "pack", "--variant", "napi", "--policy", "weak.json", "-o", "weak.zip"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    (shown,) = [line for line in LINES if line.startswith("dev: policy: ")]
    assert done.returncode == 1 and shown in done.stderr
