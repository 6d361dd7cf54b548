"""What the fuzz targets begin with: the inputs of the vectors, each in the form of its target, what
earlier runs have found (corpus/), and a dictionary of the words in them.

    python tests/fuzz/make_seeds.py FOLDER     writes vectors/<target>/*, kept/<target>/* and dictionaries/<target>.dict there
    python tests/fuzz/make_seeds.py --keep TARGET FOLDER     makes corpus/<target>.jsonl of the files there
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
SIGNED = ("alg", "jwk", "message_hex", "signature_hex")
ALGORITHMS = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
GOOD_CLAIMS = {
    **{"iss": "https://issuer.example/", "aud": "https://api.example/", "exp": 1700003600},
    "permissions": ["view:data"],
}
# Larger ones are about limits, and slow a fuzzer down.
MOST_BYTES = 4096
# Many vectors differ in what a fuzzer does not see; what it does, corpus/ has.
MOST_SEEDS = 500


CORPUS = Path(__file__).resolve().parent / "corpus"
DICTIONARIES = Path(__file__).resolve().parent / "dictionaries"
MOST_WORDS = 300
NAMED = re.compile(rb'"((?:[^"\\\x00-\x1f]){1,40})"')


def main(folder: Path) -> None:
    all_of: dict[str, set[bytes]] = {}
    for target, seed in seeds():
        if 0 < len(seed) <= MOST_BYTES:
            all_of.setdefault(target, set()).add(seed)
    for target, each in all_of.items():
        words: Counter[bytes] = Counter()
        for seed in each:
            words.update(set(NAMED.findall(seed)))
        for seed in sorted(each, key=lambda seed: hashlib.sha256(seed).digest())[:MOST_SEEDS]:
            write(folder / "vectors" / target, seed)
        for found in kept(target):
            write(folder / "kept" / target, found)
        common = [word for word, count in words.most_common(MOST_WORDS) if count > 1]
        own = DICTIONARIES / f"{target}.dict"
        text = own.read_text(encoding="ascii") if own.is_file() else ""
        place = folder / "dictionaries" / own.name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text + "".join(f'"{escape(word)}"\n' for word in common))


def write(folder: Path, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def escape(word: bytes) -> str:
    return "".join(chr(c) if 32 < c < 127 and c not in b'"\\' else f"\\x{c:02x}" for c in word)


# ---- what earlier runs have found, a file for each target: an input a line, its bytes as the first 256
# characters of Unicode in a JSON string


def kept(target: str) -> list[bytes]:
    path = CORPUS / f"{target}.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line).encode("latin-1") for line in path.read_text(encoding="ascii").splitlines()]


def keep(target: str, inputs: Iterable[bytes]) -> None:
    CORPUS.mkdir(exist_ok=True)
    lines = sorted({json.dumps(data.decode("latin-1")) for data in inputs}, key=lambda line: (len(line), line))
    (CORPUS / f"{target}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


# ---- seeds


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
                if kind == "edge/cases":
                    yield from of_edge(document, case)
    for document in documents("responses"):
        for row in document["rows"]:
            yield "response", compact(row["response"])
    for document in documents("edge/responses"):
        for case in document["cases"]:
            if "response" in case:
                yield "response", compact(case["response"])
    for event in documents("edge/events"):
        yield "event", compact(event)
    for document in documents("signatures"):
        for key in keys(document):
            yield "key", compact(key)
        for case in document["cases"]:
            yield "signature", compact({name: case[name] for name in SIGNED})
    for algorithm in ALGORITHMS:
        yield "token", compact({"header": {"alg": algorithm}, "claims": GOOD_CLAIMS})


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


def of_edge(document: dict[str, Any], case: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    policy = document["policies"][case["policy"]]
    for step in case.get("steps", [case]):
        yield "request", compact({"policy": policy, "event": step["event"], "now": step["now"]})


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
    if sys.argv[1] == "--keep":
        keep(sys.argv[2], [path.read_bytes() for path in Path(sys.argv[3]).iterdir()])
    else:
        main(Path(sys.argv[1]))
