"""What the tests of packed zips share: an issuer with a key, its tokens, the documented event, a zip unpacked."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "study")]

from dev.pack_variants import PACKABLE  # noqa: E402
from dev.report import ABSENT  # noqa: E402

__all__ = ["ABSENT", "PACKABLE", "ROOT"]

ISSUER = "https://issuer.example/"
AUDIENCE = "https://api.example"
# The viewer request of CloudFront's manual, "Lambda@Edge event structure", as it stands there.
_EVENT = Path(__file__).with_name("viewer_request.json")


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(kid: str = "1", **members: Any) -> dict[str, Any]:
    """The public half, as issuers publish it."""
    numbers = key().public_key().public_numbers()

    def text(number: int) -> str:
        octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

    made = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid}
    return {**made, "n": text(numbers.n), "e": text(numbers.e), **members}


POLICY = {
    "algorithms": ["RS256"],
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "keys": [],
    "require": {"permissions": {"all_of": ["view:data"]}},
}
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "permissions": ["view:data"]}


def token(claims: dict[str, Any], kid: str = "1", typ: str = "JWT") -> str:
    """Really signed, with RS256; good for an hour unless the claims say otherwise."""
    now = int(time.time())
    headers = {"kid": kid, "typ": typ}
    return jwt.encode({"iat": now, "exp": now + 3600, **claims}, key(), "RS256", headers)


def event_with(token: str | None) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(_EVENT.read_bytes())
    if token is not None:
        entry = [{"key": "Authorization", "value": f"Bearer {token}"}]
        event["Records"][0]["cf"]["request"]["headers"]["authorization"] = entry
    return event


# Token and what becomes of it.
QUESTIONS: list[tuple[str, str | None, str]] = [
    ("allowed", token(CLAIMS), "allow"),
    ("no token", None, "401"),
    ("expired", token({**CLAIMS, "exp": 1}), "401"),
    ("wrong audience", token({**CLAIMS, "aud": "https://other.example"}), "401"),
    ("another key", token(CLAIMS, kid="2"), "401"),
    ("without the permission", token({**CLAIMS, "permissions": ["edit:data"]}), "403"),
]


def pack(variant: str, folder: Path, *more: str | Path) -> Path:
    """The zip of a variant, unpacked. Written whatever the report says: this machine is not Lambda's."""
    words: list[str | Path] = ["--variant", variant, "-o", folder / "out.zip", "--write-anyway", *more]
    if PACKABLE[variant].judges:
        (folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
        (folder / "jwks.json").write_text(json.dumps({"keys": [jwk()]}), encoding="utf-8")
        words += ["--policy", folder / "policy.json", "--jwks", f"{ISSUER}={folder / 'jwks.json'}"]
    argv = [sys.executable, ROOT / "tools" / "dev", "pack", *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert (folder / "out.zip").exists(), done.stderr
    with zipfile.ZipFile(folder / "out.zip") as archive:
        archive.extractall(folder / "function")
    return folder / "function"
