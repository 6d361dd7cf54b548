"""The npm packages, made once and installed as a person installs them: offline, with no compiler on PATH."""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "study")]

from dev.dist_node import PLATFORM as PLATFORM  # noqa: E402
from dev.dist_node import make as make  # noqa: E402
from dev.paths import NODE_BIN as NODE_BIN  # noqa: E402
from dev.paths import NODE_MODULES as NODE_MODULES  # noqa: E402

SCRIPTS = Path(__file__).resolve().parent / "npm"
NODE = NODE_BIN / "node"
VERSION: str = json.loads((ROOT / "package.json").read_text())["version"]
COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "make", "cmake", "ninja", "python3", "node-gyp", "emcc")


@cache
def workplace() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portcullis-npm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def tarballs() -> tuple[Path, Path]:
    """The package's and the platform package's."""
    main, platform = make(workplace() / "dist")
    return main, platform


@cache
def bare_path() -> str:
    """npm and the Node that it belongs to, and nothing else."""
    folder = workplace() / "bin"
    folder.mkdir()
    # Debian's npm does not run on the pinned Node, which ./dev puts first.
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != str(NODE_BIN))
    for name in ("npm", "node"):
        program = shutil.which(name, path=path)
        assert program, f"{name} is missing; ./dev setup installs it"
        (folder / name).symlink_to(Path(program).resolve())
    assert [name for name in COMPILERS if shutil.which(name, path=str(folder))] == []
    return str(folder)


def npm(folder: Path, *words: str | Path) -> str:
    environment = {
        "PATH": bare_path(),
        "HOME": str(workplace()),
        "npm_config_cache": str(workplace() / "cache"),  # empty, so that nothing comes from elsewhere
        "npm_config_offline": "true",
        "npm_config_update_notifier": "false",
    }
    done = subprocess.run(["npm", *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def install(name: str, *packed: Path) -> Path:
    folder = workplace() / name
    folder.mkdir()
    npm(folder, "install", "--audit=false", "--fund=false", *packed)
    return folder


@cache
def installed() -> Path:
    return install("installed", *tarballs())


@cache
def installed_without_platform() -> Path:
    return install("alone", tarballs()[0])


def run(argv: Sequence[str | Path], folder: Path, given: str = "", env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=folder,
        env={"PATH": bare_path()} if env is None else dict(env),
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{argv} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


Told = dict[str, dict[str, dict[str, Any]]]


def ask(
    folder: Path,
    *modules: str,
    node: Sequence[str | Path] = (NODE,),
    env: Mapping[str, str] | None = None,
    cases: Mapping[str, Any] | None = None,
    script: str = "ask.js",
) -> Told:
    """What npm/ask.js tells of each module, by require and by import."""
    if not (folder / "ask.js").exists():
        shutil.copyfile(SCRIPTS / "ask.js", folder / "ask.js")
    told: Told = json.loads(run([*node, script, *modules], folder, json.dumps(cases or CASES), env))
    assert list(told) == list(modules)
    return told


# What is asked. A policy, an event, and what becomes of it: "same" is the event's own request.

CLAIMS = {"iss": "https://issuer.example/", "aud": "https://api.example", "exp": 4102444799}
SECRET = b"a secret of the tests that is no secret, and long enough for SHA-512"


def make_event(token: str, uri: str = "/data") -> dict[str, Any]:
    headers = {"authorization": [{"key": "Authorization", "value": f"Bearer {token}"}]}
    request = {"clientIp": "192.0.2.1", "method": "GET", "uri": uri, "querystring": "", "headers": headers}
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}


def _policy(algorithm: str, jwk: dict[str, Any]) -> dict[str, Any]:
    return {"algorithms": [algorithm], "issuer": CLAIMS["iss"], "audience": CLAIMS["aud"], "keys": [jwk]}


def _public(algorithm: str, key: Any) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(get_default_algorithms()[algorithm].to_jwk(key.public_key()))
    return jwk


def _tampered(token: str) -> str:
    """Another signature of the same length."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _cases() -> tuple[dict[str, Any], dict[str, str]]:
    rsa_key = rsa.generate_private_key(65537, 2048)
    keys: dict[str, Any] = {
        "HS256": SECRET,
        "HS512": SECRET,
        "RS256": rsa_key,
        "PS256": rsa_key,
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).rstrip(b"=").decode()}
    cases: dict[str, Any] = {}
    answers = {}

    def add(name: str, policy: dict[str, Any], event: dict[str, Any], answer: str) -> None:
        cases[name] = {"policy": policy, "event": event}
        answers[name] = answer

    for algorithm, key in keys.items():
        policy = _policy(algorithm, secret if isinstance(key, bytes) else _public(algorithm, key))
        token = jwt.encode(CLAIMS, key, algorithm=algorithm)
        add(f"{algorithm} good", policy, make_event(token), "same")
        add(f"{algorithm} tampered", policy, make_event(_tampered(token)), "401")
        expired = jwt.encode({**CLAIMS, "exp": 1}, key, algorithm=algorithm)
        add(f"{algorithm} expired", policy, make_event(expired), "401")
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    routes = {**_policy("HS256", secret), "routes": [{"path": "/data"}]}
    add("edge good", routes, make_event(token), "same")
    add("edge no route", routes, make_event(token, "/other"), "403")
    wrong = {**_policy("HS256", secret), "algorithms": ["none"]}
    add("wrong policy", wrong, make_event(token), "PolicyError $.algorithms[0]")
    return cases, answers


CASES, ANSWERS = _cases()
NAMES = [
    *("PolicyError", "Verifier", "checkResponse", "createHandler"),
    *("implementation", "verifySignature", "version"),
]
