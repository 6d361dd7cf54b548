"""Requests for the load test: valid, hostile, and such as are no HTTP. Each with what must be answered."""

from __future__ import annotations

import json
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

import vector_files as vectors  # noqa: E402
from recipe.parts import NOW, claims, policy, token  # noqa: E402

POLICY = policy(
    routes=[
        {"path": "/**"},
        {"path": "/public/**", "access": "public"},
        {"path": "/closed/**", "access": "deny"},
        {"path": "/admin/**", "require": {"scope": {"all_of": ["admin"]}}},
    ]
)
_PATH = "/data/1"
_AGENT = "User-Agent: load\r\nAccept: */*\r\n"


@dataclass(frozen=True)
class Asked:
    name: str
    data: bytes
    status: int
    body: bytes | None  # None: the origin's page


def request(target: str, lines: list[str], method: str = "GET") -> bytes:
    head = "".join(f"{line}\r\n" for line in lines)
    return f"{method} {target} HTTP/1.1\r\nHost: edge.example\r\n{_AGENT}{head}\r\n".encode("latin-1")


def _bearer(made: str) -> list[str]:
    return [f"Authorization: Bearer {made}"]


def _response(reason: str) -> tuple[int, bytes]:
    found: dict[str, Any] = vectors.responses()["portcullis", reason]
    return int(found["status"]), found["body"].encode()


# What a header of HTTP can carry as it stands.
_PLAIN = re.compile(r"[!-~\u00a1-\u00ff](?:[ -~\u00a1-\u00ff]*[!-~\u00a1-\u00ff])?")


def _of_vectors() -> list[Asked]:
    made = []
    for case in vectors.decision_cases():
        value = vectors.authorization(case)
        if case["policy_json"] != policy() or not case["any_now"] or value is None:
            continue
        if not _PLAIN.fullmatch(value):
            continue
        allowed = case["expect"]["decision"] == "allow"
        status, body = (200, None) if allowed else _response(case["expect"]["reason"])
        made.append(Asked(case["id"], request(_PATH, [f"Authorization: {value}"]), status, body))
    return made


def _of_routes() -> list[Asked]:
    good, admin = token(), token(claims(scope="read admin"))
    missing, short = _response("credential_missing"), _response("scope_insufficient")
    closed, ambiguous = (403, b'{"error":"forbidden"}'), (400, b'{"error":"bad_request"}')
    rows: list[tuple[str, str, list[str], tuple[int, bytes | None]]] = [
        ("public", "/public/a", [], (200, None)),
        ("public, forged", "/public/a", _bearer(good + "A"), (200, None)),
        ("closed", "/closed/a", _bearer(admin), closed),
        ("admin", "/admin/a", _bearer(admin), (200, None)),
        ("not admin", "/admin/a", _bearer(good), short),
        ("admin, without", "/admin/a", [], missing),
        ("two tokens", _PATH, [*_bearer(good), *_bearer(good)], _response("credential_malformed")),
        ("dots", "/public/../admin/a", [], ambiguous),
        ("escaped dots", "/public/%2e%2e/admin/a", _bearer(admin), ambiguous),
        ("slashes", "/public//a", [], ambiguous),
        ("backslash", "/public\\a", [], ambiguous),
        ("many headers", _PATH, [*_bearer(good), *(f"X-{at}: a" for at in range(500))], (200, None)),
        ("long header", _PATH, [*_bearer(good), "X-Long: " + "a" * 30_000], (200, None)),
        ("long cookie", _PATH, ["Cookie: " + "a=b; " * 6000], missing),
        ("long query", _PATH + "?" + "a=b&" * 2000, _bearer(good), (200, None)),
    ]
    return [Asked(name, request(target, lines), *told) for name, target, lines, told in rows]


def asked() -> list[Asked]:
    """A third of them are about paths and what a request may have beside its token."""
    return [*_of_routes() * 20, *_of_vectors()]


def hostile(source: random.Random) -> tuple[str, list[bytes]]:
    """What a client does that will not be answered as others are: pieces with a pause between them, after
    which it hangs up. Nothing of it may get the page."""
    forged = request(_PATH, _bearer(token()[:-4] + "AAAA"))
    whole = request(_PATH, _bearer(token(claims(exp=NOW))))
    at = source.randrange(1, len(whole))
    rows: dict[str, list[bytes]] = {
        "garbage": [source.randbytes(source.randrange(1, 2000)) + b"\r\n\r\n"],
        "no method": [b"\r\n\r\n"],
        "too long": [b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000],
        "one word": [b"GET\r\n\r\n"],
        "slow": [whole[:at], whole[at:]],
        "cut off": [whole[:at]],
        "aborted": [whole],
        "pipelined": [forged * 8],
        "no length": [forged[:-2] + b"Content-Length: many\r\n\r\n"],
        "negative": [forged[:-2] + b"Content-Length: -5\r\n\r\n" + forged],
        "body that never comes": [forged[:-2] + b"Content-Length: 1000000\r\n\r\nabc"],
        "chunks": [forged[:-2] + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"],
        "nul": [forged[:-2] + b"X-\0: \0\r\n\r\n"],
        "bare line feeds": [forged.replace(b"\r\n", b"\n")],
        "tls": [bytes.fromhex("16030100c8010000c40303") + source.randbytes(190)],
    }
    name = source.choice(sorted(rows))
    return name, rows[name]


def policy_text() -> str:
    return json.dumps(POLICY)
