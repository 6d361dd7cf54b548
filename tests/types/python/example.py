"""Checked by mypy --strict; every line is one a user may write."""

from typing import Any, assert_type

import portcullis
from portcullis.lambda_edge import create_handler
from portcullis.typing import Handler, Policy, Response

policy: Policy = {
    "$schema": "https://example.com/policy.schema.json",
    "algorithms": ["HS256"],
    "issuer": None,
    "audience": ["https://api.example/", "https://other.example/"],
    "keys": [
        {"kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "kid": "1"},
        {"secret": "0123456789abcdef0123456789abcdef", "encoding": "utf8", "kid": "2"},
    ],
    "clock_tolerance": 5,
    "expiration": "required",
    "typ": None,
    "require": {"permissions": {"all_of": ["read"]}, "scope": {"any_of": ["a", "b"]}},
    "realm": "orders",
}

several: Policy = {
    "issuers": [
        {
            "issuer": "https://login.example/{tenantid}/v2.0",
            "tenants": ["1f0c9c3e-5f0a-4b0e-9d0e-2f0c9c3e5f0a"],
            "algorithms": ["RS256", "EdDSA"],
            "audience": "https://api.example/",
            "keys": {"keys": [{"kty": "RSA", "n": "", "e": "AQAB"}]},
            "max_token_age": 3600,
            "token_use": "access",
            "require": {
                "present": ["sub"],
                "claims": {"email_verified": True, "tier": {"any_of": ["gold"]}},
                "groups": {"none_of": ["blocked"]},
            },
        },
        {
            "issuer": "https://other.example/",
            "algorithms": ["ES256"],
            "audience": None,
            "keys": [
                {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
                {"pem": "-----BEGIN PUBLIC KEY-----", "kid": "1"},
            ],
        },
    ],
    "clock_tolerance": 5,
}

verifier = portcullis.Verifier(policy)
verifier = portcullis.Verifier(several)
verifier = portcullis.Verifier("{}")
verifier = portcullis.Verifier(b"{}")

decision = verifier.verify_token("token")
decision = verifier.verify_token(b"token", 1_700_000_000)
decision = verifier.verify_token(None, now=None)
decision = verifier.verify({"Records": []}, now=1_700_000_000)

assert_type(decision, portcullis.Decision)
assert_type(decision.allowed, bool)
assert_type(decision.reason, str)
assert_type(decision.response, Response | None)
assert_type(decision.claims, dict[str, Any] | None)
if decision.status is not None:
    status: int = decision.status
if decision.kind == "allow" and decision.claims is not None:
    subject = decision.claims["sub"]
if not decision:
    sentence: str = portcullis.REASONS[decision.reason]

handler: Handler = create_handler(policy)
answer = handler({"Records": []}, None)
answer = handler({"Records": []})


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any] | Response:
    return handler(event, context)


try:
    portcullis.Verifier("")
except portcullis.PolicyError as error:
    where: str = error.path
    what: str = error.expected
valid: bool = portcullis.verify_signature("HS256", {"kty": "oct", "k": ""}, b"message", b"mac")
version: str = portcullis.__version__
