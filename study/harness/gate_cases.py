"""Cases under the study's policy of one algorithm, put to the shipped handlers themselves.

Every token is signed with the policy's own key unless the case says otherwise. Times are far from today, so the wall
clock decides nothing. `decision` cases are what real traffic brings: a contender that answers one of them otherwise
decides differently. To the public-key algorithms also belong the known ways to forge without the private key.
`strictness` cases are crafted: most need the key, and what they show is whether something is accepted that a strict
verifier refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .scenario import ALGORITHMS, FAR_FUTURE, LONG_AGO, PAST, Scenario, event_with, load_scenario
from .signing import P256_ORDER, base64url, compact, compact_json, hmac_with, raw_ecdsa

_MISSING = ("401", "unauthorized")
_INVALID = ("401", "invalid_token")
_SCOPE = ("403", "insufficient_scope")
_FAULT = ("500", "internal_server_error")
_ALLOW = ("allow", None)
_DESCRIPTIONS = {"401": "Unauthorized", "403": "Forbidden", "500": "Internal Server Error"}


@dataclass(frozen=True)
class Case:
    id: str
    kind: str  # decision | strictness
    what: str
    event: Any
    expected: str  # allow | 401 | 403 | 500
    response: dict[str, Any] | None


def response(status: str, word: str) -> dict[str, Any]:
    """The response that the policy's rules give."""
    headers = {
        "content-type": [{"key": "Content-Type", "value": "application/json"}],
        "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
    }
    if status != "500":
        error = "" if word == "unauthorized" else f', error="{word}"'
        headers["www-authenticate"] = [{"key": "WWW-Authenticate", "value": f'Bearer realm="portcullis"{error}'}]
    return {
        "status": status,
        "statusDescription": _DESCRIPTIONS[status],
        "headers": headers,
        "body": f'{{"error":"{word}"}}',
    }


def _stray_bits(token: str) -> str:
    """The same signature bytes, spelled with an unused bit of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


class _List:
    """The cases so far; one method for each kind of case."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def add(self, kind: str, id_: str, what: str, event: Any, answer: tuple[str, str | None]) -> None:
        status, word = answer
        if any(case.id == id_ for case in self.cases):
            raise ValueError(f"gate: two cases are named {id_}")
        self.cases.append(Case(id_, kind, what, event, status, response(status, word) if word else None))

    def decision(self, id_: str, what: str, event: Any, answer: tuple[str, str | None]) -> None:
        self.add("decision", id_, what, event, answer)

    def token(self, id_: str, what: str, value: str, answer: tuple[str, str | None]) -> None:
        self.decision(id_, what, event_with(f"Bearer {value}"), answer)

    def strict(self, id_: str, what: str, value: str) -> None:
        self.add("strictness", id_, what, event_with(f"Bearer {value}"), _INVALID)


def gate_cases(scenario: Scenario | str) -> list[Case]:
    """Every case of the scenario's algorithm, or of the algorithm named. The same call gives the same bytes."""
    if isinstance(scenario, str):
        scenario = load_scenario(scenario)
    found = _List()
    _add_valid(found, scenario)
    _add_permissions(found, scenario)
    _add_claims(found, scenario)
    _add_signatures(found, scenario)
    {"HS256": _add_hmac, "RS256": _add_rsa, "ES256": _add_ecdsa, "EdDSA": _add_eddsa}[scenario.algorithm](found, scenario)
    _add_forms(found, scenario)
    _add_credentials(found, scenario)
    _add_events(found)
    _add_strictness(found, scenario)
    return found.cases


@cache
def all_ids() -> frozenset[str]:
    """The ids of the cases of every algorithm: what a descriptor may name."""
    return frozenset(case.id for algorithm in ALGORITHMS for case in gate_cases(algorithm))


def _add_valid(found: _List, s: Scenario) -> None:
    good = s.token()
    found.token("valid", "all claims as the policy asks", good, _ALLOW)
    found.token("valid-no-typ", "no typ", s.token(s.header_with(typ=...)), _ALLOW)
    found.token("valid-at-jwt", "typ at+jwt", s.token(s.header_with(typ="at+jwt")), _ALLOW)
    audiences = ["https://other.example.test", s.policy["audience"]]
    found.token("valid-audience-list", "audience in a list", s.token(aud=audiences), _ALLOW)
    found.token("valid-fraction-exp", "exp with a fraction", s.token(exp=FAR_FUTURE + 0.5), _ALLOW)
    found.token("valid-nbf-past", "nbf in the past", s.token(nbf=PAST), _ALLOW)
    found.token("valid-no-iat", "no iat", s.token(iat=...), _ALLOW)
    found.token("valid-unicode-sub", "sub outside ASCII", s.token(sub="пользователь-😀"), _ALLOW)
    found.decision("valid-scheme-lower", "scheme in lower case", event_with(f"bearer {good}"), _ALLOW)
    found.decision("valid-scheme-upper", "scheme in upper case", event_with(f"BEARER {good}"), _ALLOW)
    found.decision("valid-two-spaces", "two spaces after the scheme", event_with(f"Bearer  {good}"), _ALLOW)


def _add_permissions(found: _List, s: Scenario) -> None:
    more = ["view:data", "edit:data"]
    found.token("permissions-more", "the required permission and another one", s.token(permissions=more), _ALLOW)
    found.token("permissions-string", "one space-delimited string", s.token(permissions="read:other view:data"), _ALLOW)
    found.token("permissions-empty", "an empty list", s.token(permissions=[]), _SCOPE)
    found.token("permissions-other", "another permission only", s.token(permissions=["edit:data"]), _SCOPE)
    found.token("permissions-absent", "no permissions claim", s.token(permissions=...), _SCOPE)
    longer = ["view:data:all"]
    found.token("permissions-prefix", "a longer name that begins with the required one", s.token(permissions=longer), _SCOPE)
    longer_word = s.token(permissions="preview:data")
    found.token("permissions-string-substring", "a string that contains the name inside a longer word", longer_word, _SCOPE)
    found.token("permissions-string-empty", "an empty string", s.token(permissions=""), _SCOPE)


def _add_claims(found: _List, s: Scenario) -> None:
    found.token("expired", "exp in the past", s.token(iat=LONG_AGO, exp=PAST), _INVALID)
    found.token("expired-zero", "exp 0", s.token(exp=0), _INVALID)
    found.token("expired-negative", "exp below 0", s.token(exp=-1), _INVALID)
    found.token("exp-absent", "no exp", s.token(exp=...), _INVALID)
    found.token("exp-null", "exp null", s.token(exp=None), _INVALID)
    found.token("not-yet", "nbf in the far future", s.token(nbf=FAR_FUTURE), _INVALID)
    found.token("issuer-other", "another issuer", s.token(iss="https://evil.example.test/"), _INVALID)
    found.token("issuer-no-slash", "issuer without its last slash", s.token(iss=s.policy["issuer"].rstrip("/")), _INVALID)
    found.token("issuer-absent", "no issuer", s.token(iss=...), _INVALID)
    found.token("audience-other", "another audience", s.token(aud="https://other.example.test"), _INVALID)
    found.token("audience-list-other", "a list of other audiences", s.token(aud=["https://other.example.test", ""]), _INVALID)
    found.token("audience-empty-list", "an empty audience list", s.token(aud=[]), _INVALID)
    found.token("audience-absent", "no audience", s.token(aud=...), _INVALID)


def _add_signatures(found: _List, s: Scenario) -> None:
    good = s.token()
    signing_input, _, signature = good.rpartition(".")
    segments = good.split(".")
    other_claims = base64url(compact_json(s.claims(sub="root")))
    found.token("signature-other-key", "signed with another key", s.token(sign=s.sign_with_other_key), _INVALID)
    changed = f"{signing_input}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    found.token("signature-changed", "first signature character changed", changed, _INVALID)
    found.token("signature-short", "signature four characters short", good[:-4], _INVALID)
    found.token("signature-empty", "empty signature", f"{signing_input}.", _INVALID)
    moved = f"{segments[0]}.{other_claims}.{signature}"
    found.token("claims-changed", "claims of another token under this signature", moved, _INVALID)
    unsigned = f"{base64url(compact_json({'alg': 'none'}))}.{segments[1]}."
    found.token("alg-none", "alg none, no signature", unsigned, _INVALID)
    found.token("alg-none-signed", f"alg none with the policy's {s.algorithm} signature", s.token({"alg": "none"}), _INVALID)
    lower = s.token(s.header_with(alg=s.algorithm.lower()))
    found.token("alg-lower", "alg in lower case", lower, _INVALID)
    found.token("alg-absent", "no alg", s.token(s.header_with(alg=...)), _INVALID)


def _add_hmac(found: _List, s: Scenario) -> None:
    secret = s.secret.encode()
    with_kid = s.token(s.header_with(kid="a"))
    found.token("valid-kid", "a kid, and the policy's only key has none", with_kid, _ALLOW)
    hs512 = s.token(s.header_with(alg="HS512"), hmac_with(secret, "sha512"))
    found.token("alg-hs512", "HS512 with the right secret", hs512, _INVALID)
    renamed = s.token(s.header_with(alg="RS256"))
    found.token("alg-rs256", "RS256 named over an HS256 signature", renamed, _INVALID)


def _add_public_key(found: _List, s: Scenario, renamed: str) -> None:
    """What is known to be tried against a verifier that has a public key."""
    pem, jwk = s.key.public_pem(), s.policy["keys"][0]
    public = {name: value for name, value in jwk.items() if name not in ("kid", "alg", "use")}
    secrets = {
        "pem": (pem, "the public key's PEM text"),
        "pem-trimmed": (pem.strip(), "the public key's PEM text without its last line break"),
        "jwk": (compact_json(jwk), "the public JWK's bytes"),
        "jwk-bare": (compact_json(public), "the bytes of the public JWK's required members"),
        "empty": (b"", "an empty secret"),
    }
    for name, (secret, what) in secrets.items():
        forged = s.token(s.header_with(alg="HS256"), hmac_with(secret))
        found.token(f"alg-hs256-{name}", f"HS256 with {what} as its secret", forged, _INVALID)
    found.token("alg-renamed", f"{renamed} named over the signature", s.token(s.header_with(alg=renamed)), _INVALID)
    if s.other_jwk is None:
        raise ValueError(f"the study has no other key for {s.algorithm}")
    theirs = {name: s.other_jwk[name] for name in public}
    embedded = s.token(s.header_with(jwk=theirs), s.sign_with_other_key)
    found.token("key-embedded", "signed with another key, which the header brings along as jwk", embedded, _INVALID)
    embedded = s.token(s.header_with(jwk=theirs, kid=...), s.sign_with_other_key)
    found.token("key-embedded-no-kid", "the same without a kid", embedded, _INVALID)
    unknown = s.token(s.header_with(kid="study-2"), s.sign_with_other_key)
    found.token("kid-unknown-other-key", "another key, and a kid that the policy does not have", unknown, _INVALID)
    unknown = s.token(s.header_with(kid="study-2"))
    found.strict("strict-kid-unknown", "a kid that the policy does not have, over a valid signature", unknown)
    _add_signature(found, s, "signature-zero", "a signature of zeros", lambda signature: bytes(len(signature)))
    _add_signature(found, s, "signature-long", "one byte after the signature", lambda signature: signature + b"\0")


def _add_signature(found: _List, s: Scenario, id_: str, what: str, change: Callable[[bytes], bytes]) -> None:
    found.token(id_, what, s.token(sign=lambda data: change(s.sign(data))), _INVALID)


def _add_rsa(found: _List, s: Scenario) -> None:
    _add_public_key(found, s, "ES256")
    rs512 = s.key.rsa_with(hashes.SHA512())
    found.token("alg-rs512", "a valid RS512 signature of the policy's key", s.token(s.header_with(alg="RS512"), rs512), _INVALID)
    ps256 = s.token(s.header_with(alg="PS256"), s.key.rsa_pss)
    found.token("alg-ps256", "a valid PS256 signature of the policy's key", ps256, _INVALID)
    found.token("signature-sha512", "SHA-512 in the signature, RS256 in the header", s.token(sign=rs512), _INVALID)
    found.token("signature-pss", "PSS padding in the signature, RS256 in the header", s.token(sign=s.key.rsa_pss), _INVALID)
    _add_signature(found, s, "signature-one", "the number 1 as signature", lambda signature: bytes(len(signature) - 1) + b"\1")
    _add_signature(found, s, "signature-leading-zero", "a zero byte before the signature", lambda signature: b"\0" + signature)


def _add_ecdsa(found: _List, s: Scenario) -> None:
    _add_public_key(found, s, "ES384")
    der = s.key.ecdsa_der()

    def numbers(data: bytes) -> tuple[int, int]:
        return decode_dss_signature(der(data))

    def other_s(data: bytes) -> bytes:
        r, s_ = numbers(data)
        return raw_ecdsa(r, P256_ORDER - s_)

    # Both are valid signatures of the same bytes; RFC 7518 asks for neither.
    found.token("valid-other-s", "the signature's other valid s", s.token(sign=other_s), _ALLOW)
    found.token("signature-der", "the signature as DER", s.token(sign=der), _INVALID)
    sha384 = s.key.ecdsa_der(hashes.SHA384())
    hashed = s.token(sign=lambda data: raw_ecdsa(*decode_dss_signature(sha384(data))))
    found.token("signature-sha384", "SHA-384 in the signature, ES256 in the header", hashed, _INVALID)
    _add_signature(found, s, "signature-r-zero", "r is 0", lambda signature: bytes(32) + signature[32:])
    _add_signature(found, s, "signature-s-zero", "s is 0", lambda signature: signature[:32] + bytes(32))
    order = P256_ORDER.to_bytes(32, "big")
    _add_signature(found, s, "signature-order", "r and s are the group's order", lambda signature: order + order)
    _add_signature(found, s, "signature-swapped", "s before r", lambda signature: signature[32:] + signature[:32])
    _add_signature(found, s, "signature-half", "r alone", lambda signature: signature[:32])


def _add_eddsa(found: _List, s: Scenario) -> None:
    _add_public_key(found, s, "ES256")
    order = 2**252 + 27742317777372353535851937790883648493

    def unreduced(data: bytes) -> bytes:
        signature = s.sign(data)
        return signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")

    found.token("signature-unreduced", "s plus the group's order (RFC 8032 section 5.1.7)", s.token(sign=unreduced), _INVALID)
    _add_signature(found, s, "signature-swapped", "s before R", lambda signature: signature[32:] + signature[:32])
    _add_signature(found, s, "signature-half", "R alone", lambda signature: signature[:32])
    renamed = s.token(s.header_with(alg="Ed25519"))
    found.strict("strict-alg-ed25519", "Ed25519 named, which the policy does not list, over a valid signature", renamed)

def _add_forms(found: _List, s: Scenario) -> None:
    header, claims, good = compact_json(s.header), compact_json(s.claims()), s.token()
    signing_input, _, signature = good.rpartition(".")
    found.token("form-word", "a word", "nonsense", _INVALID)
    found.token("form-two-segments", "two segments", signing_input, _INVALID)
    found.token("form-four-segments", "four segments", f"{good}.{signature}", _INVALID)
    found.token("form-dots", "two dots", "..", _INVALID)
    found.token("form-header-not-json", "header is not JSON", compact(b"not json", claims, s.sign), _INVALID)
    found.token("form-claims-not-json", "claims are not JSON", compact(header, b"not json", s.sign), _INVALID)
    found.token("form-claims-array", "claims are a JSON array", compact(header, b"[]", s.sign), _INVALID)


def _add_credentials(found: _List, s: Scenario) -> None:
    good = s.token()
    found.decision("credential-absent", "no Authorization header", event_with(), _MISSING)
    found.decision("credential-basic", "another scheme", event_with("Basic dXNlcjpwYXNz"), _MISSING)
    found.decision("credential-no-scheme", "a valid token without a scheme", event_with(good), _MISSING)
    found.decision("credential-glued", "no space after the scheme", event_with(f"Bearer{good}"), _MISSING)
    found.decision("credential-scheme-only", "the scheme alone", event_with("Bearer"), _INVALID)
    found.decision("credential-empty", "an empty value", event_with(""), _INVALID)
    found.decision("credential-empty-list", "an empty header list", event_with([]), _MISSING)
    found.decision(
        "credential-two-values",
        "two Authorization values, the first one valid",
        event_with([{"key": "Authorization", "value": f"Bearer {good}"}, {"key": "Authorization", "value": "Bearer x"}]),
        _INVALID,
    )
    found.decision("credential-number", "a value that is a number", event_with([{"key": "Authorization", "value": 7}]), _INVALID)
    found.decision("credential-no-value", "a header entry without a value", event_with([{"key": "Authorization"}]), _INVALID)


def _add_events(found: _List) -> None:
    found.decision("event-no-headers", "headers are null", event_with(headers=None), _MISSING)
    found.decision("event-empty", "an empty object", {}, _FAULT)
    found.decision("event-no-records", "an empty list of records", {"Records": []}, _FAULT)
    found.decision("event-no-request", "cf without a request", {"Records": [{"cf": {}}]}, _FAULT)


def _add_strictness(found: _List, s: Scenario) -> None:
    header, claims, good = compact_json(s.header), compact_json(s.claims()), s.token()
    signature = good.rpartition(".")[2]
    found.strict("strict-stray-bits", "unused bits set in the last signature character", _stray_bits(good))
    found.strict("strict-padding", "signature with base64 padding", good + "=" * (-len(signature) % 4))
    found.strict("strict-alphabet", "a character outside the alphabet inside the signature", f"{good[:-5]}!{good[-5:]}")
    found.strict("strict-duplicate-header", "alg twice in the header", compact(b'{"alg":"none",' + header[1:], claims, s.sign))
    found.strict("strict-duplicate-claim", "permissions twice", compact(header, b'{"permissions":[],' + claims[1:], s.sign))
    critical = s.header_with(typ=..., crit=["exp-x"], **{"exp-x": 1})
    found.strict("strict-crit", "a critical header nobody understands", s.token(critical))
    found.strict("strict-typ", "typ of another kind of token", s.token(s.header_with(typ="dpop+jwt")))
    found.strict("strict-iat-future", "issued in the far future", s.token(iat=FAR_FUTURE - 1))
    found.strict("strict-exp-string", "exp as a string", s.token(exp=str(FAR_FUTURE)))
    found.strict("strict-nbf-string", "nbf as a string", s.token(nbf=str(PAST)))
    found.strict("strict-sub-number", "sub as a number", s.token(sub=7))
    found.strict("strict-kid-number", "kid as a number", s.token(s.header_with(kid=7)))
    found.strict("strict-audience-number", "a number in the audience list", s.token(aud=[s.policy["audience"], 7]))
    found.strict("strict-utf8", "a byte that is not UTF-8 in a claim", compact(header, claims[:-1] + b',"x":"\xff"}', s.sign))
    surrogate = compact(header, claims[:-1] + b',"x":"\\ud800"}', s.sign)
    found.strict("strict-surrogate", "half a surrogate pair in a claim", surrogate)
    deep = claims[:-1] + b',"x":' + b"[" * 40 + b"]" * 40 + b"}"
    found.strict("strict-deep", "claims nested 40 deep", compact(header, deep, s.sign))
    found.strict("strict-large", "a token over 16 KiB", s.token(x="x" * 16384))
    found.strict("strict-permissions-number", "permissions is a number", s.token(permissions=7))
    found.strict("strict-permissions-mixed", "a number in the permissions list", s.token(permissions=["view:data", 7]))
