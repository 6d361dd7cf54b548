"""Tokens, policies and events for the tests of this folder, from the standard library alone."""

import base64
import copy
import hashlib
import hmac
import json

SECRET = b"0123456789abcdef0123456789abcdef"
ISSUER = "https://issuer.example/"
AUDIENCE = "https://api.example/"
NOW = 1_700_000_000

POLICY = {
    "algorithms": ["HS256"],
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "keys": [{"secret": SECRET.decode(), "encoding": "utf8"}],
    "require": {"permissions": {"all_of": ["read:orders"]}},
}
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "user|1",
    "iat": NOW - 60,
    "exp": NOW + 60,
    "permissions": ["read:orders", "write:orders"],
}
# For the handler, which reads the clock.
FAR_FUTURE = 1 << 40


def policy(**changes):
    return {**copy.deepcopy(POLICY), **changes}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_text(claims: str, *, secret: bytes = SECRET) -> str:
    """A token whose claims set is exactly this text."""
    header = base64url(b'{"alg":"HS256","typ":"JWT"}')
    signing_input = f"{header}.{base64url(claims.encode())}"
    mac = hmac.digest(secret, signing_input.encode(), hashlib.sha256)
    return f"{signing_input}.{base64url(mac)}"


def sign(*, secret: bytes = SECRET, **changes) -> str:
    """A token with the claims of CLAIMS, changed; None leaves a claim out."""
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return sign_text(json.dumps(claims), secret=secret)


def event_of_headers(headers):
    request = {"clientIp": "192.0.2.1", "headers": headers, "method": "GET", "uri": "/"}
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}


def event_of(authorization):
    return event_of_headers({"authorization": [{"key": "Authorization", "value": authorization}]})


def bearer_event(**changes):
    return event_of(f"Bearer {sign(**changes)}")


def request_of(event):
    return event["Records"][0]["cf"]["request"]
