"""What the fuzz targets begin with: the inputs of the vectors, each in the form of its target.

    python tests/fuzz/make_seeds.py FOLDER
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
# Larger ones are about limits, and slow a fuzzer down.
MOST_BYTES = 4096


def main(folder: Path) -> None:
    for target, seed in seeds():
        if not 0 < len(seed) <= MOST_BYTES:
            continue
        place = folder / target / hashlib.sha256(seed).hexdigest()[:16]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(seed)


def seeds() -> Iterator[tuple[str, bytes]]:
    """Pairs of a target's name and an input for it."""
    for kind in ("decisions", "edge/cases", "policies"):
        for document in documents(kind):
            for policy in document.get("policies", {}).values():
                yield from of_policy(policy)
            for case in document["cases"]:
                if "policy" in case and not isinstance(case["policy"], str):
                    yield from of_policy(case["policy"])
                for text in texts(case):
                    yield from of_text(text)
                for event in events(case):
                    yield "event", compact(event)
                yield from of_routes(document, case)
    for document in documents("responses"):
        for row in document["rows"]:
            yield "response", compact(row["response"])
    for document in documents("signatures"):
        for key in keys(document):
            yield "key", compact(key)


def documents(kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((VECTORS / kind).glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def of_policy(policy: Any) -> Iterator[tuple[str, bytes]]:
    text = compact(policy) if not isinstance(policy, str) else policy.encode()
    yield "policy", text
    yield "json_document", text
    for key in keys(policy):
        yield "key", compact(key)
        if isinstance(key.get("pem"), str):
            yield "key", key["pem"].encode()


def of_text(text: str) -> Iterator[tuple[str, bytes]]:
    """A token or an Authorization value, and what is in it."""
    yield "bytes", text.encode(errors="surrogatepass")
    segments = text.rpartition(" ")[2].split(".")
    if len(segments) != 3:
        return
    yield "base64url", segments[1].encode(errors="surrogatepass")
    try:
        header, claims = (base64.urlsafe_b64decode(part + "==") for part in segments[:2])
        both = b'{"header":' + header + b',"claims":' + claims + b"}"
        json.loads(both)
    except (ValueError, RecursionError):
        return
    yield "claims", claims
    yield "json_document", claims
    yield "token", both


def of_routes(document: dict[str, Any], case: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    policy = document.get("policies", {}).get(case.get("policy")) if isinstance(case.get("policy"), str) else None
    patterns = [each["path"] for each in (policy or {}).get("routes", []) if isinstance(each, dict) and "path" in each]
    for event in events(case):
        try:
            uri = event["Records"][0]["cf"]["request"]["uri"]
        except (KeyError, IndexError, TypeError):
            continue
        if patterns and isinstance(uri, str):
            yield "route", "\n".join([*map(str, patterns), uri]).encode(errors="surrogatepass")


def texts(value: Any) -> Iterator[str]:
    """Whatever looks like a token, at any depth."""
    if isinstance(value, str) and value.count(".") >= 2 and len(value) > 20:
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def events(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Records" in value:
            yield value
        for each in value.values():
            yield from events(each)
    elif isinstance(value, list):
        for each in value:
            yield from events(each)


def keys(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "kty" in value or "secret" in value or "pem" in value:
            yield value
        for each in value.values():
            yield from keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from keys(each)


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
