"""The policy as it is baked into a bundle: keys put in at deploy time, and nothing that the core
does not need. What is right is the core's to say; here members are moved and left out."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from .console import Failure
from .pack_door import Door, describe_pems

# All that the core reads of a JSON Web Key. Private members are not among them.
_JWK_MEMBERS = ("kty", "kid", "alg", "use", "key_ops", "crv", "n", "e", "x", "y", "k")
# A policy with one of these has an edge layer (docs/edge.md). One that is missing here shows when the
# packed function is started: the small module refuses it.
EDGE_MEMBERS = frozenset(
    (
        *("sources", "claim_headers", "routes", "path_case", "cors", "challenge", "rate_limit"),
        *("token_cache", "mode", "log"),
    )
)
_CURVE_BITS = {"P-256": 256, "P-384": 384, "P-521": 521, "Ed25519": 256}
ANY_ISSUER = "null"


class _Number(str):
    """A number as it was written: 30.0 has to stay 30.0, because the core tells it from 30."""


@dataclass(frozen=True)
class Key:
    """What may be told of a key."""

    issuer: str
    kid: str | None
    type: str
    bits: int

    @property
    def is_secret(self) -> bool:
        return self.type == "oct"


@dataclass
class Baked:
    text: bytes
    keys: list[Key] = field(default_factory=list)
    dropped: list[tuple[str, str | None, str]] = field(default_factory=list)  # issuer, kid, type
    at_edge: bool = False  # the policy has an edge layer


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None


def bake(policy: bytes, jwks: Sequence[str], door: Door) -> Baked:
    """The policy for the bundle. `jwks` holds words like https://issuer.example/=jwks.json."""
    document = _parse_policy(policy, door)
    if jwks:
        _put_keys(document, jwks)
        door.accept(_text_of(document))
    else:
        door.accept(policy)  # the very bytes, with whatever a parser might pass over
    document.pop("$schema", None)
    baked = Baked(b"", at_edge=not EDGE_MEMBERS.isdisjoint(document))
    for entry in _entries_of(document):
        entry.pop("$schema", None)
        _reduce(entry, door, baked)
    baked.text = _text_of(document)
    door.accept(baked.text)
    return baked


def _parse(text: bytes) -> Any:
    """Strict: a doubled member, a constant like NaN or a byte order mark is a ValueError."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError("a member name occurs twice")
        return made

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(
        text.decode("utf-8"),
        object_pairs_hook=members,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=refuse,
    )


def _parse_policy(policy: bytes, door: Door) -> dict[str, Any]:
    reason = "expected a JSON object"
    try:
        document = _parse(policy)
        if isinstance(document, dict):
            return document
    except (ValueError, RecursionError) as error:
        reason = str(error)
    door.accept(policy)  # says it in the core's words
    raise Failure(f"policy: $: {reason}")


def _parse_jwks(path: Path) -> dict[str, Any]:
    try:
        document = _parse(read_file(path))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{path}: not JSON: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("keys"), list):
        return {"keys": document["keys"]}
    if isinstance(document, dict) and "jwks_uri" in document:
        raise Failure(
            f"{path}: this is the issuer's configuration; get the JWK Set that its jwks_uri names"
        )
    raise Failure(f"{path}: expected a JWK Set, an object with a list `keys`")


def _entries_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What has an issuer and its keys: the whole policy, or the entries of `issuers`."""
    issuers = document.get("issuers")
    if isinstance(issuers, list):
        return [entry for entry in issuers if isinstance(entry, dict)]
    return [document]


def _issuer_of(entry: Mapping[str, Any]) -> str:
    issuer = entry.get("issuer")
    return issuer if isinstance(issuer, str) else ANY_ISSUER


def _put_keys(document: dict[str, Any], jwks: Sequence[str]) -> None:
    entries = {_issuer_of(entry): entry for entry in _entries_of(document)}
    done = set()
    for word in jwks:
        # An issuer may hold a `=` itself, hence the known ones first.
        issuer = next((name for name in entries if word.startswith(f"{name}=")), None)
        if issuer is None:
            told, separator, _ = word.partition("=")
            if not separator:
                raise Failure(f"--jwks {word}: expected ISSUER=FILE", 2)
            known = "".join(f"\n  {name}" for name in entries)
            raise Failure(f"--jwks: the policy has no issuer {told}; it has:{known}")
        if issuer in done:
            raise Failure(f"--jwks: issuer {issuer} is given twice", 2)
        done.add(issuer)
        entries[issuer]["keys"] = _parse_jwks(Path(word[len(issuer) + 1 :]))


def _reduce(entry: dict[str, Any], door: Door, baked: Baked) -> None:
    issuer, keys = _issuer_of(entry), entry["keys"]
    if isinstance(keys, dict):
        used = _used(entry["algorithms"], keys["keys"], door)
        for key in (key for key, is_used in zip(keys["keys"], used) if not is_used):
            baked.dropped.append((issuer, _string(key, "kid"), _type_of(key)))
        kept = [_reduce_key(key) for key, is_used in zip(keys["keys"], used) if is_used]
        entry["keys"] = {"keys": kept}
    else:
        kept = entry["keys"] = [_reduce_key(key) for key in keys]
    baked.keys += _describe(issuer, kept)


def _used(algorithms: list[str], keys: list[Any], door: Door) -> list[bool]:
    """Whether the core uses an entry of a JWK Set: each is asked about in a policy of its own. The
    set was taken as a whole, so the one mistake that is left is that nothing usable remains."""
    alone = {"algorithms": algorithms, "issuer": None, "audience": None}
    mistakes = door.judge([_text_of({**alone, "keys": {"keys": [key]}}) for key in keys])
    for mistake in mistakes:
        if mistake and mistake.path != "$.keys":
            raise Failure(mistake.message)
    return [mistake is None for mistake in mistakes]


def _reduce_key(key: dict[str, Any]) -> dict[str, Any]:
    if "secret" in key or "pem" in key:
        return key
    return {name: key[name] for name in _JWK_MEMBERS if name in key}


def _text_of(value: Any) -> bytes:
    """Minified, in the order of the document."""

    def write(value: Any) -> str:
        if isinstance(value, _Number):
            return str(value)
        if isinstance(value, dict):
            return "{" + ",".join(f"{write(k)}:{write(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(write, value)) + "]"
        return json.dumps(value, ensure_ascii=False)

    # A lone surrogate cannot be encoded; as an escape it reaches the core, which refuses it.
    return write(value).encode("utf-8", errors="backslashreplace")


def _string(key: Mapping[str, Any], name: str) -> str | None:
    value = key.get(name)
    return str(value) if isinstance(value, str) and not isinstance(value, _Number) else None


def _type_of(key: Mapping[str, Any]) -> str:
    words = (_string(key, "kty") or "no kty", _string(key, "crv"))
    return " ".join(word for word in words if word)


def _describe(issuer: str, keys: Sequence[Mapping[str, Any]]) -> list[Key]:
    pems = [key["pem"] for key in keys if "pem" in key]
    described = iter(describe_pems(pems))
    made = []
    for key in keys:
        kind, bits = next(described) if "pem" in key else (_type_of(key), _bits_of(key))
        made.append(Key(issuer, _string(key, "kid"), "oct" if "secret" in key else kind, bits))
    return made


def _bits_of(key: Mapping[str, Any]) -> int:
    if "secret" in key:
        secret: str = key["secret"]
        if key["encoding"] == "hex":
            return len(secret) * 4
        octets = _decode(secret) if key["encoding"] == "base64url" else secret.encode("utf-8")
        return len(octets) * 8
    if key["kty"] == "oct":
        return len(_decode(key["k"])) * 8
    if key["kty"] == "RSA":
        return int.from_bytes(_decode(key["n"]), "big").bit_length()
    return _CURVE_BITS[key["crv"]]


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
