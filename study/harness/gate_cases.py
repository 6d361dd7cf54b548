"""Cases under the study's policy, put to the shipped handlers themselves.

Times are far from today, so the wall clock decides nothing. `decision` cases are what real traffic brings: a
contender that answers one of them otherwise decides differently. `strictness` cases are crafted: most need the key,
and what they show is whether something is accepted that a strict verifier refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .scenario import FAR_FUTURE, LONG_AGO, PAST, Scenario, base64url, compact_json, event_with, sign

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
    """The same 32 signature bytes, spelled with the two unused bits of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


def gate_cases(s: Scenario) -> list[Case]:
    header = compact_json({"alg": "HS256", "typ": "JWT"})
    claims = compact_json(s.claims())
    secret = s.secret.encode()
    good = s.token()
    signing_input, _, signature = good.rpartition(".")
    segments = good.split(".")
    cases: list[Case] = []

    def add(kind: str, id_: str, what: str, event: Any, answer: tuple[str, str | None]) -> None:
        status, word = answer
        cases.append(Case(id_, kind, what, event, status, response(status, word) if word else None))

    def decision(id_: str, what: str, event: Any, answer: tuple[str, str | None]) -> None:
        add("decision", id_, what, event, answer)

    def token(id_: str, what: str, value: str, answer: tuple[str, str | None]) -> None:
        decision(id_, what, event_with(f"Bearer {value}"), answer)

    def strict(id_: str, what: str, value: str, answer: tuple[str, str | None] = _INVALID) -> None:
        add("strictness", id_, what, event_with(f"Bearer {value}"), answer)

    # Valid requests.
    token("valid", "all claims as the policy asks", good, _ALLOW)
    token("valid-kid", "a kid, and the policy's only key has none", s.token({"alg": "HS256", "typ": "JWT", "kid": "a"}), _ALLOW)
    token("valid-no-typ", "no typ", s.token({"alg": "HS256"}), _ALLOW)
    token("valid-at-jwt", "typ at+jwt", s.token({"alg": "HS256", "typ": "at+jwt"}), _ALLOW)
    token("valid-audience-list", "audience in a list", s.token(aud=["https://other.example.test", s.policy["audience"]]), _ALLOW)
    token("valid-fraction-exp", "exp with a fraction", s.token(exp=FAR_FUTURE + 0.5), _ALLOW)
    token("valid-nbf-past", "nbf in the past", s.token(nbf=PAST), _ALLOW)
    token("valid-no-iat", "no iat", s.token(iat=...), _ALLOW)
    token("valid-unicode-sub", "sub outside ASCII", s.token(sub="пользователь-😀"), _ALLOW)
    decision("valid-scheme-lower", "scheme in lower case", event_with(f"bearer {good}"), _ALLOW)
    decision("valid-scheme-upper", "scheme in upper case", event_with(f"BEARER {good}"), _ALLOW)
    decision("valid-two-spaces", "two spaces after the scheme", event_with(f"Bearer  {good}"), _ALLOW)

    # Permissions.
    token("permissions-more", "the required permission and another one", s.token(permissions=["view:data", "edit:data"]), _ALLOW)
    token("permissions-string", "one space-delimited string", s.token(permissions="read:other view:data"), _ALLOW)
    token("permissions-empty", "an empty list", s.token(permissions=[]), _SCOPE)
    token("permissions-other", "another permission only", s.token(permissions=["edit:data"]), _SCOPE)
    token("permissions-absent", "no permissions claim", s.token(permissions=...), _SCOPE)
    token("permissions-prefix", "a longer name that begins with the required one", s.token(permissions=["view:data:all"]), _SCOPE)
    token("permissions-string-substring", "a string that contains the name inside a longer word", s.token(permissions="preview:data"), _SCOPE)
    token("permissions-string-empty", "an empty string", s.token(permissions=""), _SCOPE)

    # Registered claims.
    token("expired", "exp in the past", s.token(iat=LONG_AGO, exp=PAST), _INVALID)
    token("expired-zero", "exp 0", s.token(exp=0), _INVALID)
    token("expired-negative", "exp below 0", s.token(exp=-1), _INVALID)
    token("exp-absent", "no exp", s.token(exp=...), _INVALID)
    token("exp-null", "exp null", s.token(exp=None), _INVALID)
    token("not-yet", "nbf in the far future", s.token(nbf=FAR_FUTURE), _INVALID)
    token("issuer-other", "another issuer", s.token(iss="https://evil.example.test/"), _INVALID)
    token("issuer-no-slash", "issuer without its last slash", s.token(iss=s.policy["issuer"].rstrip("/")), _INVALID)
    token("issuer-absent", "no issuer", s.token(iss=...), _INVALID)
    token("audience-other", "another audience", s.token(aud="https://other.example.test"), _INVALID)
    token("audience-list-other", "a list of other audiences", s.token(aud=["https://other.example.test", ""]), _INVALID)
    token("audience-empty-list", "an empty audience list", s.token(aud=[]), _INVALID)
    token("audience-absent", "no audience", s.token(aud=...), _INVALID)

    # Signature and algorithm.
    token("signature-other-key", "signed with another key", s.token(secret=b"another secret of 32 bytes or more!!"), _INVALID)
    token("signature-changed", "first signature character changed", f"{signing_input}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}", _INVALID)
    token("signature-short", "signature four characters short", good[:-4], _INVALID)
    token("signature-empty", "empty signature", f"{signing_input}.", _INVALID)
    token("claims-changed", "claims of another token under this signature", f"{segments[0]}.{base64url(compact_json(s.claims(sub='root')))}.{signature}", _INVALID)
    token("alg-none", "alg none, no signature", f"{base64url(compact_json({'alg': 'none'}))}.{segments[1]}.", _INVALID)
    token("alg-none-signed", "alg none with an HS256 signature", s.token({"alg": "none"}), _INVALID)
    token("alg-hs512", "HS512 with the right secret", sign(compact_json({"alg": "HS512", "typ": "JWT"}), claims, secret, "sha512"), _INVALID)
    token("alg-lower", "alg in lower case", s.token({"alg": "hs256", "typ": "JWT"}), _INVALID)
    token("alg-rs256", "RS256 named over an HS256 signature", s.token({"alg": "RS256", "typ": "JWT"}), _INVALID)
    token("alg-absent", "no alg", s.token({"typ": "JWT"}), _INVALID)

    # Token form.
    token("form-word", "a word", "nonsense", _INVALID)
    token("form-two-segments", "two segments", signing_input, _INVALID)
    token("form-four-segments", "four segments", f"{good}.{signature}", _INVALID)
    token("form-dots", "two dots", "..", _INVALID)
    token("form-header-not-json", "header is not JSON", sign(b"not json", claims, secret), _INVALID)
    token("form-claims-not-json", "claims are not JSON", sign(header, b"not json", secret), _INVALID)
    token("form-claims-array", "claims are a JSON array", sign(header, b"[]", secret), _INVALID)

    # Credential.
    decision("credential-absent", "no Authorization header", event_with(), _MISSING)
    decision("credential-basic", "another scheme", event_with("Basic dXNlcjpwYXNz"), _MISSING)
    decision("credential-no-scheme", "a valid token without a scheme", event_with(good), _MISSING)
    decision("credential-glued", "no space after the scheme", event_with(f"Bearer{good}"), _MISSING)
    decision("credential-scheme-only", "the scheme alone", event_with("Bearer"), _INVALID)
    decision("credential-empty", "an empty value", event_with(""), _INVALID)
    decision("credential-empty-list", "an empty header list", event_with([]), _MISSING)
    decision(
        "credential-two-values",
        "two Authorization values, the first one valid",
        event_with([{"key": "Authorization", "value": f"Bearer {good}"}, {"key": "Authorization", "value": "Bearer x"}]),
        _INVALID,
    )
    decision("credential-number", "a value that is a number", event_with([{"key": "Authorization", "value": 7}]), _INVALID)
    decision("credential-no-value", "a header entry without a value", event_with([{"key": "Authorization"}]), _INVALID)

    # Event form.
    decision("event-no-headers", "headers are null", event_with(headers=None), _MISSING)
    decision("event-empty", "an empty object", {}, _FAULT)
    decision("event-no-records", "an empty list of records", {"Records": []}, _FAULT)
    decision("event-no-request", "cf without a request", {"Records": [{"cf": {}}]}, _FAULT)

    # Strictness.
    strict("strict-stray-bits", "unused bits set in the last signature character", _stray_bits(good))
    strict("strict-padding", "signature with base64 padding", good + "=")
    strict("strict-alphabet", "a character outside the alphabet inside the signature", f"{good[:-5]}!{good[-5:]}")
    strict("strict-duplicate-header", "alg twice in the header", sign(b'{"alg":"none","alg":"HS256"}', claims, secret))
    strict("strict-duplicate-claim", "permissions twice", sign(header, b'{"permissions":[],' + claims[1:], secret))
    strict("strict-crit", "a critical header nobody understands", s.token({"alg": "HS256", "crit": ["exp-x"], "exp-x": 1}))
    strict("strict-typ", "typ of another kind of token", s.token({"alg": "HS256", "typ": "dpop+jwt"}))
    strict("strict-iat-future", "issued in the far future", s.token(iat=FAR_FUTURE - 1))
    strict("strict-exp-string", "exp as a string", s.token(exp=str(FAR_FUTURE)))
    strict("strict-nbf-string", "nbf as a string", s.token(nbf=str(PAST)))
    strict("strict-sub-number", "sub as a number", s.token(sub=7))
    strict("strict-kid-number", "kid as a number", s.token({"alg": "HS256", "kid": 7}))
    strict("strict-audience-number", "a number in the audience list", s.token(aud=[s.policy["audience"], 7]))
    strict("strict-utf8", "a byte that is not UTF-8 in a claim", sign(header, claims[:-1] + b',"x":"\xff"}', secret))
    strict("strict-surrogate", "half a surrogate pair in a claim", sign(header, claims[:-1] + b',"x":"\\ud800"}', secret))
    strict("strict-deep", "claims nested 40 deep", sign(header, claims[:-1] + b',"x":' + b"[" * 40 + b"]" * 40 + b"}", secret))
    strict("strict-large", "a token over 16 KiB", s.token(x="x" * 16384))
    strict("strict-permissions-number", "permissions is a number", s.token(permissions=7))
    strict("strict-permissions-mixed", "a number in the permissions list", s.token(permissions=["view:data", 7]))

    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise ValueError("gate: two cases share an id")
    return cases
