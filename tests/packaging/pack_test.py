"""./dev pack: equal bytes, functions that decide, keys put in, and what is refused."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from elf_file import read_elf as read_elf_by_hand

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dev import pack_checks  # noqa: E402
from dev.console import Failure  # noqa: E402
from dev.pack_binary import read_elf, read_wasm  # noqa: E402
from dev.pack_bundle import Loaded  # noqa: E402
from dev.pack_policy import EDGE_MEMBERS  # noqa: E402
from dev.pack_variants import (  # noqa: E402
    AMAZON_LINUX_2,
    NODE,
    PACKABLE,
    TARGETS,
    VARIANTS,
    WORKER_DATE,
    Runtime,
    require_built,
    runtimes_of,
)
from dev.paths import NODE_MODULES, VENV_PYTHON  # noqa: E402

ISSUER = "https://issuer.example/"
AUDIENCE = "https://api.example"
SECRET = "a secret of the tests that is no secret"
POLICY: dict[str, Any] = {
    "$schema": "policy.schema.json",
    "algorithms": ["HS256"],
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "keys": [{"secret": SECRET, "encoding": "utf8", "kid": "shared"}],
    "clock_tolerance": 30,
    "require": {"permissions": {"all_of": ["view:data"]}},
}
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "exp": 4102444799, "permissions": ["view:data"]}
FILES = {
    "napi": ["index.js", "policy.json", "portcullis.node"],
    "wasm": ["index.js", "policy.json", "portcullis.wasm"],
    "wasm-handler": ["index.js", "policy.json", "portcullis.wasm"],
    "wasm-inline": ["index.js", "policy.json"],
    "wasm-self-contained": ["index.js", "policy.json", "portcullis-self-contained.wasm"],
}
EDGE_FILES = {
    "napi": ["index.js", "policy.json", "portcullis-edge.node"],
    "wasm": ["index.js", "policy.json", "portcullis-edge.wasm"],
    "wasm-handler": ["index.js", "policy.json", "portcullis-edge.wasm"],
    "wasm-inline": ["index.js", "policy.json"],
    "wasm-self-contained": ["index.js", "policy.json", "portcullis-self-contained-edge.wasm"],
}
EDGE_POLICY: dict[str, Any] = {
    **POLICY,
    "sources": [{"header": "authorization", "strip": True}],
    "routes": [{"path": "/data"}, {"path": "/", "access": "public"}],
    "cors": {"origins": ["https://app.example"]},
}
# What only edge_layer.js and edge_instance.js say.
EDGE_TEXTS = ("eventType: expected one of", "expected a module with the edge layer")
JUDGING = {name: each for name, each in PACKABLE.items() if each.judges}

variants = pytest.mark.parametrize("variant", JUDGING)


def misfits(variant: str, public_keys: bool = False) -> list[str]:
    """Why Lambda would not load it. Its Python 3.11 runs on Amazon Linux 2: an older glibc, no libcrypto.so.3."""
    if variant != "pybind11":
        return []
    (system,) = {runtime.system for runtime in runtimes_of(VARIANTS[variant])}
    found = ["library opened for all but HS256"] if public_keys and not system.has_libcrypto_3 else []
    for module in sorted(VARIANTS[variant].artefact.glob("_core.*.so")):
        for version in filter(None, read_elf_by_hand(module).imported.values()):
            family, _, number = version.partition("_")
            if tuple(map(int, number.split("."))) > system.versions[family]:
                found.append(f"{family} needed")
    return sorted(set(found))


def failures(report: dict[str, Any]) -> list[str]:
    return sorted({check["name"] for check in report["checks"] if check["verdict"] == "failed"})


@dataclasses.dataclass
class Packed:
    zip: Path
    report: dict[str, Any]
    output: str
    complaints: str
    code: int

    @property
    def names(self) -> list[str]:
        with zipfile.ZipFile(self.zip) as archive:
            return archive.namelist()

    def policy(self) -> Any:
        with zipfile.ZipFile(self.zip) as archive:
            return json.loads(archive.read("policy.json"))

    def unpack(self, folder: Path) -> Path:
        with zipfile.ZipFile(self.zip) as archive:
            archive.extractall(folder)
        return folder


def dev(
    *arguments: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "dev", "pack", *arguments],
        cwd=cwd or ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def pack(
    folder: Path, variant: str, policy: Any = POLICY, *more: str | Path, name: str = "out"
) -> Packed:
    """Packs and writes anyway: what does not load on Lambda can be tried here."""
    source = folder / "policy.json"
    source.write_text(json.dumps(policy, indent=2), encoding="utf-8")
    zip_file, report = folder / f"{name}.zip", folder / f"{name}.report.json"
    done = dev(
        *("--variant", variant, "--policy", source, "-o", zip_file, "--report", report),
        *("--write-anyway", *more),
    )
    assert zip_file.exists(), done.stderr
    return Packed(
        zip_file, json.loads(report.read_bytes()), done.stdout, done.stderr, done.returncode
    )


def event_with(authorization: str | None) -> dict[str, Any]:
    """A viewer-request event with every member of CloudFront's documentation."""
    headers: dict[str, Any] = {"host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}]}
    if authorization is not None:
        headers["authorization"] = [{"key": "Authorization", "value": authorization}]
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    request = {
        "clientIp": "203.0.113.178",
        "headers": headers,
        "method": "GET",
        "querystring": "",
        "uri": "/data",
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


_RUN_NODE = """
const { handler } = require('./index.js');
const events = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
Promise.all(events.map(async (event) => {
  const answer = await handler(event, {});
  return { same: answer === event.Records[0].cf.request, status: answer.status };
})).then((answers) => console.log(JSON.stringify(answers)));
"""
_RUN_PYTHON = """
import json, sys
sys.path.insert(0, "")
from lambda_function import lambda_handler
answers = []
for event in json.load(sys.stdin):
    answer = lambda_handler(event, None)
    same = answer is event["Records"][0]["cf"]["request"]
    answers.append({"same": same, "status": answer.get("status")})
print(json.dumps(answers))
"""


def decide(folder: Path, variant: str, *authorizations: str | None) -> list[str]:
    """Asks an unpacked function in a fresh process without environment variables."""
    if PACKABLE[variant].language == "node":
        argv = [str(NODE), "-e", _RUN_NODE]
    else:
        argv = [str(VENV_PYTHON), "-I", "-c", _RUN_PYTHON]
    done = subprocess.run(
        argv,
        cwd=folder,
        env={},
        input=json.dumps([event_with(value) for value in authorizations]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return ["allow" if a["same"] else a["status"] for a in json.loads(done.stdout.splitlines()[-1])]


def bearer(key: Any, algorithm: str = "HS256", kid: str | None = None, **claims: Any) -> str:
    headers = {"kid": kid} if kid else {}
    return "Bearer " + jwt.encode({**CLAIMS, **claims}, key, algorithm, headers)


# --- keys for sets ---


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, **members: Any) -> dict[str, Any]:
    """Public, with members on top that an issuer may send and nobody needs."""

    def text(number: int, size: int | None = None) -> str:
        data = number.to_bytes(size or (number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    made: dict[str, Any]
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        made = {"kty": "RSA", "n": text(numbers.n), "e": text(numbers.e)}
    else:
        point = key.public_key().public_numbers()
        made = {"kty": "EC", "crv": "P-256", "x": text(point.x, 32), "y": text(point.y, 32)}
    return {**made, **members, "x5t": "thumbprint", "x5c": ["certificate"], "vendor": 1.50}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    entries = [
        jwk(rsa_key(), kid="new", use="sig", alg="RS256"),
        jwk(ec_key(), kid="other-algorithm", alg="ES384"),
        jwk(rsa_key(), kid="encryption", use="enc"),
        {"kty": "future", "kid": "unknown-type"},
        {"kty": "EC", "crv": "secp256k1", "kid": "unknown-curve", "x": "AA", "y": "AA"},
        jwk(ec_key(), kid="old", key_ops=["verify"]),
        {"kty": "RSA", "kid": "unfinished", "n": "AQAB"},
    ]
    return write(tmp_path / "jwks.json", {"keys": entries, "vendor": True})


PUBLIC_POLICY = {**POLICY, "algorithms": ["RS256", "ES256"], "keys": []}


# --- the zip ---


BUNDLES = [
    (name, target)
    for name, each in PACKABLE.items()
    for target in TARGETS
    if target != "workers" or each.runs_in_workers
]


@pytest.mark.parametrize(("variant", "target"), BUNDLES)
def test_two_runs_give_equal_bytes(variant: str, target: str, tmp_path: Path) -> None:
    """From another folder, by another person's settings, of a policy with another date."""
    surroundings = ({"TZ": "UTC", "LANG": "C"}, {"TZ": "Asia/Tokyo", "LANG": "C.UTF-8"})
    digests = set()
    for number, around in enumerate(surroundings):
        folder = tmp_path / f"run{number}"
        folder.mkdir(mode=0o700)
        words = ["--variant", variant, "--target", target, "-o", "out.zip", "--report", "out.json"]
        if PACKABLE[variant].judges:
            policy = write(folder / "policy.json", json.dumps(POLICY, indent=2))
            os.utime(policy, (0, number * 100_000_000))
            words += ["--policy", "policy.json"]
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / "dev", "pack", *words, "--write-anyway"],
            cwd=folder,
            env={**os.environ, **around},
            umask=(0o022, 0o077)[number],
            capture_output=True,
            text=True,
            timeout=120,
        )
        digest = hashlib.sha256((folder / "out.zip").read_bytes()).hexdigest()
        assert digest in done.stdout
        assert json.loads((folder / "out.json").read_bytes())["zip"]["sha256"] == digest
        digests.add(digest)
    assert len(digests) == 1


@variants
def test_zip_holds_the_function_and_nothing_of_this_machine(variant: str, tmp_path: Path) -> None:
    packed = pack(tmp_path, variant)
    if variant in FILES:
        assert packed.names == FILES[variant]
    else:
        kinds = [name for name in packed.names if "__pycache__" not in name]
        assert [name.split(".")[0] for name in kinds] == [
            "lambda_function",
            "policy",
            "portcullis/__init__",
            "portcullis/_core",
        ]
    assert packed.names == sorted(packed.names)
    with zipfile.ZipFile(packed.zip) as archive:
        for entry in archive.infolist():
            compiled = entry.filename.endswith((".node", ".so"))
            assert entry.external_attr >> 16 == (0o100755 if compiled else 0o100644)
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            content = archive.read(entry)
            for place in (ROOT, tmp_path, Path.home(), "portcullis-pack-"):
                assert len(str(place)) == 1 or str(place).encode() not in content, entry.filename


@variants
def test_a_policy_with_an_edge_layer_gets_the_artefact_that_has_it(
    variant: str, tmp_path: Path
) -> None:
    packed = pack(tmp_path, variant, EDGE_POLICY)
    assert failures(packed.report) == misfits(variant), packed.complaints
    if variant in FILES:
        assert packed.names == EDGE_FILES[variant]
    else:
        modules = [name.split(".")[0] for name in packed.names if name.endswith(".so")]
        assert modules == ["portcullis/_core", "portcullis/_core_edge"]
    told = {check["name"]: check["found"] for check in packed.report["checks"]}
    assert told["response"] == "none: it goes on"
    folder = packed.unpack(tmp_path / "function")
    asked = [bearer(SECRET, kid="shared"), None, bearer(SECRET, kid="shared", permissions=[])]
    assert decide(folder, variant, *asked) == ["allow", "401", "403"]


# No addon runs in a worker.
@pytest.mark.parametrize(
    ("variant", "target"),
    [
        (variant, target)
        for variant in FILES
        for target in ("lambda-edge", "workers")
        if target != "workers" or PACKABLE[variant].runs_in_workers
    ],
)
def test_the_edge_layer_is_in_bundles_that_need_it(
    variant: str, target: str, tmp_path: Path
) -> None:
    bundles = []
    for name, policy in (("plain", POLICY), ("edge", EDGE_POLICY)):
        packed = pack(tmp_path, variant, policy, "--target", target, name=name)
        with zipfile.ZipFile(packed.zip) as archive:
            bundles.append(archive.read("index.js").decode())
    for text in EDGE_TEXTS[: 2 if PACKABLE[variant].is_wasm else 1]:
        assert [text in bundle for bundle in bundles] == [False, True], text


def test_the_edge_members_are_those_of_the_manual() -> None:
    manual = (ROOT / "docs" / "edge.md").read_text(encoding="utf-8")
    members = manual.partition("## Members")[2].partition("## Sources")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", members, re.M)) == EDGE_MEMBERS


@variants
def test_the_function_decides(variant: str, tmp_path: Path) -> None:
    packed = pack(tmp_path, variant)
    folder = packed.unpack(tmp_path / "function")
    asked = [
        bearer(SECRET, kid="shared"),
        None,
        bearer(SECRET, kid="shared", exp=1),
        bearer(SECRET, kid="shared", permissions=[]),
        bearer("another secret that is long enough too", kid="shared"),
    ]
    assert decide(folder, variant, *asked) == ["allow", "401", "401", "403", "401"]


@variants
@pytest.mark.parametrize("public_keys", [False, True])
def test_the_verdict_is_that_of_lambda(
    variant: str, public_keys: bool, tmp_path: Path, jwks: Path
) -> None:
    words = ("--jwks", f"{ISSUER}={jwks}") if public_keys else ()
    packed = pack(tmp_path, variant, PUBLIC_POLICY if public_keys else POLICY, *words)
    expected = misfits(variant, public_keys)
    assert failures(packed.report) == expected
    assert packed.code == (1 if expected else 0), packed.complaints
    assert packed.report["deployable"] is (not expected)
    for name in expected:
        assert name in packed.complaints and "Amazon Linux 2: python3.11" in packed.complaints


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "RS256"])
def test_python_needs_a_libcrypto_for_all_but_hs256(algorithm: str, tmp_path: Path) -> None:
    keys = [jwk(rsa_key())] if algorithm == "RS256" else [{"secret": "x" * 64, "encoding": "utf8"}]
    packed = pack(tmp_path, "pybind11", {**POLICY, "algorithms": [algorithm], "keys": keys})
    checks = {check["name"]: check for check in packed.report["checks"]}
    told = checks.get("library opened for all but HS256")
    if algorithm == "HS256":
        assert told is None
        return
    # Lambda runs Python 3.11 on Amazon Linux 2, which has OpenSSL 1.1.
    there = sys.version_info >= (3, 12)
    assert told["verdict"] == ("ok" if there else "failed")
    assert packed.code == (0 if there else 1)


# --- the policy ---


def test_the_baked_policy_is_small_and_the_same(tmp_path: Path) -> None:
    packed = pack(tmp_path, "napi", {**POLICY, "realm": "größe"[:2]})
    with zipfile.ZipFile(packed.zip) as archive:
        text = archive.read("policy.json").decode()
    expected = {name: value for name, value in {**POLICY, "realm": "gr"}.items() if name[0] != "$"}
    assert text == json.dumps(expected, separators=(",", ":"))


@variants
def test_keys_come_from_a_jwk_set(variant: str, tmp_path: Path, jwks: Path) -> None:
    packed = pack(tmp_path, variant, PUBLIC_POLICY, "--jwks", f"{ISSUER}={jwks}")
    kept = [
        {"kty": "RSA", "kid": "new", "alg": "RS256", "use": "sig"},
        {"kty": "EC", "kid": "old", "key_ops": ["verify"], "crv": "P-256"},
    ]
    keys = packed.policy()["keys"]["keys"]
    values = ("n", "e", "x", "y")
    assert [{k: v for k, v in key.items() if k not in values} for key in keys] == kept
    assert [[k for k in values if k in key] for key in keys] == [["n", "e"], ["x", "y"]]
    assert packed.report["keys"] == [
        {"issuer": ISSUER, "kid": "new", "type": "RSA", "bits": 2048},
        {"issuer": ISSUER, "kid": "old", "type": "EC P-256", "bits": 256},
    ]
    left_out = {entry["kid"] for entry in packed.report["left_out"]}
    assert left_out == {
        *("other-algorithm", "encryption", "unknown-type", "unknown-curve", "unfinished")
    }
    folder = packed.unpack(tmp_path / "function")
    stranger = ec.generate_private_key(ec.SECP256R1())
    asked = [
        bearer(rsa_key(), "RS256", "new"),
        bearer(ec_key(), "ES256", "old"),
        bearer(stranger, "ES256", "old"),
        bearer(rsa_key(), "RS256", "encryption"),
        bearer(SECRET, "HS256", "shared"),
    ]
    assert decide(folder, variant, *asked) == ["allow", "allow", "401", "401", "401"]
    assert "warning" not in packed.complaints


def test_each_issuer_has_its_own_set(tmp_path: Path, jwks: Path) -> None:
    entry = {name: PUBLIC_POLICY[name] for name in ("algorithms", "issuer", "audience", "keys")}
    other = {**entry, "issuer": "https://other.example/?a=b", "algorithms": ["ES256"]}
    second = write(tmp_path / "second.json", {"keys": [jwk(ec_key(), kid="only")]})
    words = ("--jwks", f"{ISSUER}={jwks}", "--jwks", f"{other['issuer']}={second}")
    packed = pack(tmp_path, "napi", {"issuers": [entry, other]}, *words)
    entries = packed.policy()["issuers"]
    kids = [[key["kid"] for key in each["keys"]["keys"]] for each in entries]
    assert kids == [["new", "old"], ["only"]]
    folder = packed.unpack(tmp_path / "function")
    asked = [
        bearer(rsa_key(), "RS256", "new"),
        bearer(ec_key(), "ES256", "only", iss=other["issuer"]),
        bearer(ec_key(), "ES256", "only"),
    ]
    assert decide(folder, "napi", *asked) == ["allow", "allow", "401"]


def test_pem_keys_are_told_by_type_and_size(tmp_path: Path) -> None:
    made = [rsa_key(), ec_key(), ed25519.Ed25519PrivateKey.generate()]
    pems = [
        key.public_key()
        .public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        .decode()
        for key in made
    ]
    policy = {
        **POLICY,
        "algorithms": ["RS256", "ES256", "EdDSA"],
        "keys": [{"pem": pem, "kid": str(number)} for number, pem in enumerate(pems)],
    }
    packed = pack(tmp_path, "wasm", policy)
    told = [(key["kid"], key["type"], key["bits"]) for key in packed.report["keys"]]
    assert told == [("0", "RSA", 2048), ("1", "EC P-256", 256), ("2", "OKP Ed25519", 256)]
    assert packed.policy()["keys"] == policy["keys"]


def test_a_set_of_a_thousand_keys_is_packed(tmp_path: Path) -> None:
    entries = [jwk(ec_key(), kid=str(number)) for number in range(1000)]
    jwks = write(tmp_path / "many.json", {"keys": entries})
    packed = pack(tmp_path, "wasm", PUBLIC_POLICY, "--jwks", f"{ISSUER}={jwks}")
    assert len(packed.report["keys"]) == 1000


def test_a_secret_gives_a_warning_and_is_never_told(tmp_path: Path) -> None:
    hidden = base64.urlsafe_b64encode(bytes(range(40))).rstrip(b"=").decode()
    keys = [*POLICY["keys"], {"kty": "oct", "kid": "jwk", "k": hidden}]
    packed = pack(tmp_path, "napi", {**POLICY, "keys": keys})
    assert "HMAC secret (shared, jwk)" in packed.complaints
    told = packed.output + packed.complaints + json.dumps(packed.report)
    assert SECRET not in told and hidden not in told
    bits = [(key["kid"], key["type"], key["bits"]) for key in packed.report["keys"]]
    assert bits == [("shared", "oct", 8 * len(SECRET)), ("jwk", "oct", 320)]


def test_the_secret_of_challenges_gives_a_warning(tmp_path: Path) -> None:
    page = {
        "url": "https://site.example/challenge",
        "key": {"secret": "a secret of challenges that is no secret", "encoding": "utf8"},
    }
    packed = pack(tmp_path, "napi", {**EDGE_POLICY, "challenge": {"page": page}})
    assert "the secret of challenge.page.key" in packed.complaints
    told = packed.output + packed.complaints + json.dumps(packed.report)
    assert page["key"]["secret"] not in told


def test_public_keys_are_told_without_their_material(tmp_path: Path, jwks: Path) -> None:
    packed = pack(tmp_path, "napi", PUBLIC_POLICY, "--jwks", f"{ISSUER}={jwks}")
    told = packed.output + packed.complaints + json.dumps(packed.report)
    assert jwk(rsa_key())["n"] not in told and jwk(ec_key())["x"] not in told


# --- what is refused ---

Refusal = tuple[Callable[[Path], list[str | Path]], int, str]


def with_policy(policy: Any) -> Callable[[Path], list[str | Path]]:
    return lambda folder: ["--policy", write(folder / "bad.json", policy)]


def with_jwks(content: Any, issuer: str = ISSUER) -> Callable[[Path], list[str | Path]]:
    def arguments(folder: Path) -> list[str | Path]:
        policy = write(folder / "public.json", PUBLIC_POLICY)
        jwks = write(folder / "keys.json", content)
        return ["--policy", policy, "--jwks", f"{issuer}={jwks}"]

    return arguments


REFUSALS: dict[str, Refusal] = {
    "policy is absent": (lambda _: ["--policy", "absent.json"], 1, "absent.json: No such file"),
    "policy is no JSON": (with_policy("{"), 1, "policy: $: expected JSON"),
    "policy is a list": (with_policy([]), 1, "policy: $: expected a JSON object"),
    "policy has a member twice": (
        with_policy('{"issuer": "a", "issuer": "b"}'),
        1,
        "policy: $.issuer: expected each member name once",
    ),
    "policy has an unknown member": (
        with_policy({**POLICY, "leeway": 1}),
        1,
        "policy: $.leeway: expected no such member",
    ),
    "policy has 30.0": (
        with_policy({**POLICY, "clock_tolerance": 30.0}),
        1,
        "policy: $.clock_tolerance: expected a whole number of seconds",
    ),
    "policy has no keys": (with_policy(PUBLIC_POLICY), 1, "policy: $.keys: expected"),
    "JWK Set is absent": (
        lambda _: ["--jwks", f"{ISSUER}=absent.json"],
        1,
        "absent.json: No such file",
    ),
    "JWK Set is a page": (with_jwks("<html>"), 1, "keys.json: not JSON"),
    "JWK Set is a list": (with_jwks([]), 1, "keys.json: expected a JWK Set"),
    "JWK Set is the configuration": (
        with_jwks({"issuer": ISSUER, "jwks_uri": "https://issuer.example/jwks"}),
        1,
        "get the JWK Set that its jwks_uri names",
    ),
    "JWK Set has nothing usable": (
        with_jwks({"keys": [{"kty": "future"}]}),
        1,
        "policy: $.keys: expected at least one key that fits algorithms",
    ),
    "JWK Set has a private key": (
        lambda folder: with_jwks({"keys": [jwk(rsa_key(), d="AQAB")]})(folder),
        1,
        "policy: $.keys.keys[0].d: expected a public key",
    ),
    "issuer is unknown": (
        with_jwks({"keys": []}, "https://unknown.example/"),
        1,
        f"no issuer https://unknown.example/; it has:\n  {ISSUER}",
    ),
    "no issuer is given": (lambda _: ["--jwks", "jwks.json"], 2, "expected ISSUER=FILE"),
    "issuer is given twice": (
        lambda folder: [*with_jwks({"keys": []})(folder), "--jwks", f"{ISSUER}={folder}/keys.json"],
        2,
        "is given twice",
    ),
    "handler is absent": (lambda _: ["--handler", "absent.js"], 1, "absent.js: No such file"),
    "folder is absent": (
        lambda folder: ["-o", folder / "absent" / "out.zip"],
        1,
        "no such folder",
    ),
    "a policy for what judges nothing": (
        lambda _: ["--variant", "wasm-passthrough"],
        2,
        "--policy: --variant wasm-passthrough judges nothing and takes none",
    ),
    "a handler for a whole function": (
        lambda folder: ["--variant", "wasm-handler", "--handler", own(folder, _OWN)],
        2,
        "--handler: --variant wasm-handler is a whole function by itself",
    ),
    "a whole function on workers": (
        lambda _: ["--variant", "wasm-handler", "--target", "workers"],
        2,
        "only --variant wasm or wasm-self-contained runs there",
    ),
    "an addon on workers": (
        lambda _: ["--target", "workers"],
        2,
        "only --variant wasm or wasm-self-contained runs there",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal(case: str, tmp_path: Path) -> None:
    arguments, code, text = REFUSALS[case]
    policy = write(tmp_path / "policy.json", POLICY)
    out = tmp_path / "out.zip"
    done = dev("--variant", "napi", "--policy", policy, "-o", out, *arguments(tmp_path))
    assert text in done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".zip"] == []


def test_a_variant_that_is_not_built_tells_the_command(tmp_path: Path) -> None:
    for variant in PACKABLE.values():
        absent = dataclasses.replace(variant, artefact=tmp_path / "absent")
        with pytest.raises(Failure, match=rf"not built.*run \./dev build {variant.target}"):
            require_built(absent)


def test_a_variant_that_judges_needs_a_policy(tmp_path: Path) -> None:
    done = dev("--variant", "napi", "-o", tmp_path / "out.zip")
    assert done.returncode == 2
    assert "--policy: --variant napi needs one" in done.stderr


# --- functions of the package ---


def test_the_pass_through_gives_requests_and_responses_back(tmp_path: Path) -> None:
    for name in ("first", "second"):
        done = dev(
            *("--variant", "wasm-passthrough", "-o", tmp_path / f"{name}.zip"),
            *("--report", tmp_path / f"{name}.json"),
        )
        assert done.returncode == 0, done.stderr
    first, second = (
        json.loads((tmp_path / f"{name}.json").read_bytes()) for name in ("first", "second")
    )
    assert first["zip"] == second["zip"] and first["deployable"]
    assert list(first["files"]) == ["index.js", "portcullis-passthrough.wasm"]
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        archive.extractall(tmp_path / "function")
    events = [event_with(None), event_with("Bearer what it says does not matter")]
    answered = event_with(None)
    answered["Records"][0]["cf"]["config"]["eventType"] = "viewer-response"
    answered["Records"][0]["cf"]["response"] = {"status": "200", "headers": {}}
    program = """
const { handler } = require('./index.js');
const events = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
Promise.all(events.map(handler)).then((answers) => console.log(JSON.stringify(answers)));
"""
    ran = subprocess.run(
        [str(NODE), "-e", program],
        cwd=tmp_path / "function",
        env={},
        input=json.dumps([*events, answered]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    *lines, last = (json.loads(line) for line in ran.stdout.splitlines())
    assert [line["event"] for line in lines] == ["start", "call", "call", "call"]
    assert last == [
        *(event["Records"][0]["cf"]["request"] for event in events),
        answered["Records"][0]["cf"]["response"],
    ]


def test_the_function_of_the_package_looks_for_its_policy(tmp_path: Path) -> None:
    """As an unbundled function has it: the package under node_modules, the policy in the task's folder."""
    entry = ROOT / "wasm" / "lambda_edge.js"
    ask = "console.log(require(process.argv[1]).handler.length)"

    def load(**variables: str) -> subprocess.CompletedProcess[str]:
        argv = [str(NODE), "-e", ask, str(entry)]
        return subprocess.run(
            argv, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60
        )

    missing = load(LAMBDA_TASK_ROOT=str(tmp_path))
    assert missing.returncode == 1
    assert f"policy.json: expected in {entry.parent} or {tmp_path}" in missing.stderr
    write(tmp_path / "policy.json", {**POLICY, "algorithms": []})
    assert "PolicyError: policy: $.algorithms" in load().stderr
    write(tmp_path / "policy.json", POLICY)
    assert load().stdout == "1\n"
    assert load(LAMBDA_TASK_ROOT=str(tmp_path)).stdout == "1\n"


# --- a handler of one's own ---

_OWN = """
const { Verifier } = require('portcullis');
const { ALLOWED } = require('./lib/answers.js');
const verifier = new Verifier(require('./policy.json'));
exports.handler = async (event) => {
  const { request } = event.Records[0].cf;
  return verifier.verify(event).allowed ? ALLOWED(request) : { status: '404' };
};
"""


def own(tmp_path: Path, text: str, name: str = "own.js") -> Path:
    folder = tmp_path / "source"
    (folder / "lib").mkdir(parents=True)
    write(folder / "lib" / "answers.js", "exports.ALLOWED = (request) => request;\n")
    # Not the baked one: taking this one would deny everything.
    write(folder / "policy.json", {**POLICY, "issuer": "https://wrong.example/"})
    return write(folder / name, text)


@pytest.mark.parametrize("variant", ["napi", "wasm", "wasm-self-contained"])
def test_a_handler_of_ones_own(variant: str, tmp_path: Path) -> None:
    packed = pack(tmp_path, variant, POLICY, "--handler", own(tmp_path, _OWN))
    assert packed.code == 0, packed.complaints
    folder = packed.unpack(tmp_path / "function")
    assert decide(folder, variant, bearer(SECRET, kid="shared"), None) == ["allow", "404"]


def test_a_python_handler_of_ones_own(tmp_path: Path) -> None:
    text = """
from pathlib import Path
import portcullis
from portcullis.typing import Response
_verifier = portcullis.Verifier(Path(__file__).with_name("policy.json").read_bytes())
def lambda_handler(event: dict, context: object) -> dict | Response:
    if _verifier.verify(event):
        return event["Records"][0]["cf"]["request"]
    return {"status": "404"}
"""
    packed = pack(tmp_path, "pybind11", POLICY, "--handler", own(tmp_path, text, "own.py"))
    folder = packed.unpack(tmp_path / "function")
    assert decide(folder, "pybind11", bearer(SECRET, kid="shared"), None) == ["allow", "404"]


def test_a_python_handler_cannot_be_async(tmp_path: Path) -> None:
    text = "async def lambda_handler(event, context):\n    return {}\n"
    packed = pack(tmp_path, "pybind11", POLICY, "--handler", own(tmp_path, text, "own.py"))
    assert packed.code == 1 and "handler style: async function" in packed.complaints


def test_a_worker_of_ones_own(tmp_path: Path) -> None:
    text = """
import { Verifier } from 'portcullis';
import policy from './policy.json';
const verifier = new Verifier(policy);
export default { fetch: async () => new Response(verifier.verifyToken('x').reason) };
"""
    words = ("--target", "workers", "--handler", own(tmp_path, text))
    packed = pack(tmp_path, "wasm", POLICY, *words)
    assert packed.code == 0, packed.complaints
    with zipfile.ZipFile(packed.zip) as archive:
        bundle = archive.read("index.js").decode()
    assert ISSUER in bundle and "wrong.example" not in bundle


BAD_HANDLERS = {
    "callback": ("exports.handler = (event, context, callback) => {};", "at most 2 parameters"),
    "throws": ("throw new Error('not today');", "not today"),
    "exports nothing": ("exports.other = 1;", "exports no function `handler`"),
    "another door": ("require('portcullis/wasm');", "another door"),
    "no such module": ("require('./absent.js');", "own.js:1: Could not resolve"),
}


@pytest.mark.parametrize("case", BAD_HANDLERS)
def test_a_bad_handler_is_refused(case: str, tmp_path: Path) -> None:
    text, told = BAD_HANDLERS[case]
    policy = write(tmp_path / "policy.json", POLICY)
    done = dev(
        *("--variant", "napi", "--policy", policy, "--handler", own(tmp_path, text)),
        *("-o", tmp_path / "out.zip"),
    )
    assert done.returncode == 1
    assert told in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out.zip").exists()


def test_variables_that_a_handler_looks_for_are_told(tmp_path: Path) -> None:
    text = "const t = process.env.TABLE; exports.handler = async () => t;"
    packed = pack(tmp_path, "napi", POLICY, "--handler", own(tmp_path, text))
    told = {check["name"]: check["found"] for check in packed.report["checks"]}
    assert told["environment variables looked for"] == "TABLE"


# --- quotas and rules ---

MEMORY = "memory once loaded, viewer events (as measured here)"


def checks_of(tmp_path: Path, packed: str = "napi", **changes: Any) -> dict[str, Any]:
    """The checks of a bundle that was never packed."""
    loaded = changes.pop("loaded", {})
    facts = {
        "entry": "index.handler",
        "style": "async function",
        "parameters": 1,
        "variables": [],
        "memory": 2**25,
        "response": {"status": "401", "headers": {}, "body": ""},
    }
    folder = tmp_path / "bundle"
    folder.mkdir(exist_ok=True)
    artefact = VARIANTS[packed].artefact
    (folder / artefact.name).write_bytes(artefact.read_bytes())
    bundle = pack_checks.Bundle(
        **{
            "variant": VARIANTS[packed],
            "target": "lambda-edge",
            "folder": folder,
            "zip_size": 1000,
            "keys": [],
            "loaded": Loaded(**{**facts, **loaded}),
            **changes,
        }
    )
    return {check.name: check for check in pack_checks.check(bundle)}


def failed(checks: dict[str, Any]) -> list[str]:
    return [name for name, check in checks.items() if check.ok is False]


def test_a_good_bundle_fails_nothing(tmp_path: Path) -> None:
    assert failed(checks_of(tmp_path)) == []
    assert failed(checks_of(tmp_path, "wasm")) == []
    assert failed(checks_of(tmp_path, "wasm", target="workers")) == []


def response(**changes: Any) -> dict[str, Any]:
    return {"response": {"status": "401", "headers": {}, "body": "", **changes}}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"zip_size": 50 * 2**20}, []),
        ({"zip_size": 50 * 2**20 + 1}, ["zip"]),
        ({"zip_size": 10 * 2**20 + 1, "target": "lambda"}, []),
        ({"loaded": {"memory": 2**27 + 1}}, [MEMORY]),
        ({"loaded": {"memory": 2**27 + 1}, "target": "lambda"}, []),
        ({"loaded": {"parameters": 3}}, ["handler style"]),
        ({"loaded": response(body="x" * 41_000)}, ["response, viewer events"]),
        ({"loaded": response(status=401)}, ["response, rules of CloudFront"]),
        ({"loaded": response(body=None)}, ["response, rules of CloudFront"]),
        (
            {"loaded": response(headers={"via": [{"value": "x"}]})},
            ["response, rules of CloudFront"],
        ),
        (
            {"loaded": response(headers={"location": [{"value": "/\r\nx: y"}]})},
            ["response, rules of CloudFront"],
        ),
    ],
)
def test_quota_and_rule(changes: dict[str, Any], names: list[str], tmp_path: Path) -> None:
    assert failed(checks_of(tmp_path, **changes)) == names


def test_size_unpacked_is_a_quota(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with open(tmp_path / "bundle" / "large", "wb") as file:
        file.truncate(250 * 2**20)  # no blocks on disk
    assert failed(checks_of(tmp_path)) == ["unzipped"]


def test_worker_quotas(tmp_path: Path) -> None:
    checks = checks_of(tmp_path, "wasm", target="workers", zip_size=4 * 2**20)
    assert checks["size, compressed (free plan)"].found == "too large"
    assert failed(checks) == []
    checks = checks_of(tmp_path, "wasm", target="workers", zip_size=10 * 2**20 + 1)
    assert failed(checks) == ["size, compressed (paid plan)"]


def test_libraries_of_an_older_system_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_on(glibc: tuple[int, ...]) -> bool:
        system = dataclasses.replace(AMAZON_LINUX_2, versions={"GLIBC": glibc})
        monkeypatch.setattr(pack_checks, "runtimes_of", lambda _: (Runtime("nodejs", system),))
        return "GLIBC needed" in failed(checks_of(tmp_path))

    assert fails_on((2, 13))
    assert not fails_on((2, 14))


def test_an_import_that_nobody_reviewed_fails(tmp_path: Path) -> None:
    foreign = dataclasses.replace(VARIANTS["wasm"], host_functions=())
    assert failed(checks_of(tmp_path, "wasm", variant=foreign)) == ["WASM imports"]


def test_a_failed_check_keeps_the_zip_back(tmp_path: Path) -> None:
    policy = write(tmp_path / "policy.json", POLICY)
    handler = own(tmp_path, BAD_HANDLERS["callback"][0])
    words = ("--variant", "napi", "--policy", policy, "--handler", handler)
    out, report = tmp_path / "out.zip", tmp_path / "report.json"
    done = dev(*words, "-o", out, "--report", report)
    assert done.returncode == 1 and not out.exists()
    assert "handler style: function of 3 parameters" in done.stderr
    told = json.loads(report.read_bytes())
    assert told["deployable"] is False and told["zip"]["written"] is False
    done = dev(*words, "-o", out, "--write-anyway")
    assert done.returncode == 1 and out.exists()


def test_the_report_has_every_check(tmp_path: Path) -> None:
    packed = pack(tmp_path, "napi")
    assert packed.report["variant"] == "napi" and packed.report["target"] == "lambda-edge"
    for check in packed.report["checks"]:
        assert check["name"] in packed.output
        assert check["verdict"] in ("ok", "note")
    assert sum(packed.report["files"].values()) > packed.report["zip"]["bytes"]
    assert packed.report["zip"]["bytes"] == packed.zip.stat().st_size


NEEDS: dict[tuple[str, str], dict[str, str]] = {
    ("napi", "lambda-edge"): {
        "entry point": "index.handler",
        "runtime": "nodejs22.x or nodejs24.x",
        "architecture": "x86_64",
        "region": "us-east-1",
        "memory": "128 MB",
        "environment variables": "none",
        "system": "GLIBC 2.14",
        "libraries": "libc.so.6",
    },
    ("wasm", "lambda"): {
        "entry point": "index.handler",
        "runtime": "nodejs22.x or nodejs24.x",
        "architecture": "any",
        "environment variables": "none",
        "imports of the module": "portcullis.host_crypto",
    },
    ("wasm-self-contained", "workers"): {
        "entry point": "index.js default.fetch",
        "runtime": f"workerd, compatibility date {WORKER_DATE} or later",
        "compatibility flags": "none",
        "environment variables": "none",
        "imports of the module": "none",
    },
}


@pytest.mark.parametrize(("variant", "target"), NEEDS)
def test_the_report_says_what_the_artefact_needs(
    variant: str, target: str, tmp_path: Path
) -> None:
    packed = pack(tmp_path, variant, POLICY, "--target", target)
    assert packed.report["needs"] == NEEDS[variant, target]
    told = packed.output.partition("\nneeds of its host\n")[2]
    for name, value in packed.report["needs"].items():
        assert re.search(rf"^{name} +{re.escape(value)}\s*$", told, re.M), name


def test_the_python_module_s_needs_are_told(tmp_path: Path, jwks: Path) -> None:
    packed = pack(tmp_path, "pybind11", PUBLIC_POLICY, "--jwks", f"{ISSUER}={jwks}")
    needs = packed.report["needs"]
    assert needs["runtime"] == f"python3.{sys.version_info.minor}"
    assert "libcrypto.so.3" in needs["libraries"].split()
    assert re.fullmatch(r"(\w+ [\d.]+, )*GLIBC [\d.]+(, \w+ [\d.]+)*", needs["system"])


# --- the manual ---

MANUAL = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \./dev pack (.+)$", MANUAL, re.M)


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_command_of_the_manual(command: str, tmp_path: Path, jwks: Path) -> None:
    assert jwks == tmp_path / "jwks.json"
    write(tmp_path / "policy.json", {**POLICY, "algorithms": ["HS256", "RS256"]})
    (block,) = re.findall(r"^```js\n(.*?)^```$", MANUAL, re.M | re.S)
    write(tmp_path / "handler.js", block)
    words = command.split()
    done = dev(*words, cwd=tmp_path)
    variant = words[words.index("--variant") + 1]
    assert done.returncode == (1 if misfits(variant, "--jwks" in words) else 0), done.stderr
    if "--handler" in words:
        packed = Packed(tmp_path / "function.zip", {}, "", "", 0)
        folder = packed.unpack(tmp_path / "function")
        assert decide(folder, variant, bearer(SECRET, kid="shared"), None) == ["allow", "401"]


def test_the_manual_has_every_check_and_option(tmp_path: Path) -> None:
    table = re.sub(r" and machine|, GLIBCXX, CXXABI, GCC", "", MANUAL)
    names = {check for packed in ("napi", "wasm") for check in checks_of(tmp_path, packed)}
    names |= set(checks_of(tmp_path, "wasm", target="workers"))
    joined = {"ELF machine", "GLIBCXX needed", "CXXABI needed", "GCC needed"}
    rows = ("entry point", "runtimes")  # told, without a rule
    for name in names - joined - set(rows):
        name = re.sub(r" \(.*\)$", "", name)
        assert f"| {name} |" in table, name


# --- the readers ---


def test_elf_reader_agrees_with_the_other() -> None:
    for variant in ("napi", "pybind11"):
        artefact = VARIANTS[variant].artefact
        module = artefact if artefact.is_file() else next(artefact.glob("_core.*.so"))
        mine, other = read_elf(module), read_elf_by_hand(module)
        assert list(mine.needed) == other.needed
        highest: dict[str, tuple[int, ...]] = {}
        for version in filter(None, other.imported.values()):
            family, _, number = version.partition("_")
            parts = tuple(int(part) for part in number.split("."))
            highest[family] = max(highest.get(family, ()), parts)
        assert highest and all(mine.versions[family] >= highest[family] for family in highest)


@pytest.mark.parametrize("variant", ["wasm", "wasm-self-contained"])
def test_wasm_reader_agrees_with_node(variant: str) -> None:
    path = VARIANTS[variant].artefact
    script = """
const module = new WebAssembly.Module(require('node:fs').readFileSync(process.argv[1]));
const imports = WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`);
const exports = WebAssembly.Module.exports(module).map((each) => each.name);
console.log(JSON.stringify({ imports, exports }));
"""
    told = subprocess.run([NODE, "-e", script, path], check=True, capture_output=True, text=True)
    mine = read_wasm(path)
    assert json.loads(told.stdout) == {
        "imports": list(mine.imports),
        "exports": list(mine.exports),
    }
    assert mine.memory_pages > 0


# --- Workers ---

WORKERD = NODE_MODULES / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"
_CONFIG = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "origin", worker = .origin)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "MODULE", wasm = embed "MODULE"),
  ],
  compatibilityDate = "2025-09-01",
  compatibilityFlags = [FLAGS],
  globalOutbound = "origin",
);
const origin :Workerd.Worker = (
  modules = [(name = "origin.js", esModule = embed "origin.js")],
  compatibilityDate = "2025-09-01",
);
"""
_ORIGIN = """export default {
  fetch: ({ headers }) => new Response(`from the origin${headers.get('x-user') ?? ''}`),
};"""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path, str], int]]:
    """Starts workerd on an unpacked worker, gives the port."""
    processes: list[subprocess.Popen[str]] = []

    def start(folder: Path, flags: str) -> int:
        (module,) = (path.name for path in folder.glob("*.wasm"))
        config = _CONFIG.replace("MODULE", module).replace("FLAGS", flags)
        write(folder / "origin.js", _ORIGIN)
        write(folder / "config.capnp", config)
        process = subprocess.Popen(
            [WORKERD, "serve", "--control-fd=1", "config.capnp"],
            cwd=folder,
            env={},
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout
        return int(json.loads(process.stdout.readline())["port"])

    yield start
    for process in processes:
        process.kill()
        process.wait()


def fetch(
    port: int, authorization: str | None, path: str = "/data", method: str = "GET", **more: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {} if authorization is None else {"Authorization": authorization}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize(
    ("variant", "flags"), [("wasm", '"nodejs_compat"'), ("wasm-self-contained", "")]
)
def test_a_worker_decides(
    variant: str, flags: str, tmp_path: Path, jwks: Path, serve: Callable[[Path, str], int]
) -> None:
    words = ("--target", "workers", "--jwks", f"{ISSUER}={jwks}")
    packed = pack(tmp_path, variant, PUBLIC_POLICY, *words)
    assert packed.code == 0, packed.complaints
    assert packed.names == ["index.js", VARIANTS[variant].artefact.name]
    port = serve(packed.unpack(tmp_path / "worker"), flags)
    for good in (bearer(rsa_key(), "RS256", "new"), bearer(ec_key(), "ES256", "old")):
        assert fetch(port, good)[::2] == (200, "from the origin")
    status, headers, body = fetch(port, None)
    assert status == 401
    assert headers["www-authenticate"].startswith("Bearer")
    assert headers["cache-control"] == "no-store"
    assert json.loads(body)
    assert fetch(port, bearer(rsa_key(), "RS256", "new", exp=1))[0] == 401
    assert fetch(port, bearer(rsa_key(), "RS256", "new", permissions=[]))[0] == 403


@pytest.mark.parametrize(
    ("variant", "flags"), [("wasm", '"nodejs_compat"'), ("wasm-self-contained", "")]
)
def test_a_worker_with_an_edge_layer_decides(
    variant: str, flags: str, tmp_path: Path, jwks: Path, serve: Callable[[Path, str], int]
) -> None:
    policy = {
        **PUBLIC_POLICY,
        "routes": [
            {"path": "/data"},
            {"path": "/open/**", "access": "public"},
            {"path": "/closed", "access": "deny"},
        ],
        "claim_headers": {"x-user": "sub"},
        "cors": {"origins": ["https://app.example"]},
    }
    words = ("--target", "workers", "--jwks", f"{ISSUER}={jwks}")
    packed = pack(tmp_path, variant, policy, *words)
    assert packed.code == 0, packed.complaints
    assert packed.names == ["index.js", EDGE_FILES[variant][-1]]
    port = serve(packed.unpack(tmp_path / "worker"), flags)
    assert fetch(port, bearer(rsa_key(), "RS256", "new", sub=", ada"))[::2] == (
        *(200, "from the origin, ada"),
    )
    assert fetch(port, None, "/open/page", x_user=", mallory")[::2] == (200, "from the origin")
    for path, status in (("/closed", 403), ("/nowhere", 403), ("/open/%2e%2e/data", 401)):
        assert fetch(port, None, path)[0] == status, path
    origin = "https://app.example"
    preflight = fetch(port, None, "/data", "OPTIONS", origin=origin, access_control_request_method="GET")
    assert preflight[0] == 204
    assert preflight[1]["access-control-allow-origin"] == origin
    assert fetch(port, None, origin=origin)[1]["access-control-allow-origin"] == origin
    status, headers, _ = fetch(port, None)
    assert status == 401
    assert headers["cache-control"] == "no-store"
