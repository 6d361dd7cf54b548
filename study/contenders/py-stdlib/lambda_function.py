import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from math import isfinite
from pathlib import Path
from time import time

from cloudfront import answer, bearer_token, invalid_token

_policy = json.loads(Path(__file__).with_name("policy.json").read_bytes())
_secret = _policy["keys"][0]["secret"].encode()
_issuer, _audience = _policy["issuer"], _policy["audience"]
_required = _policy["require"]["permissions"]["all_of"]
_token = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
_type = re.compile(r"(application/)?(at\+)?jwt", re.IGNORECASE)


def _decoded(segment):
    return json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode())


def _is_number(value):
    # Python's json reads NaN and Infinity, which are no JSON.
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and isfinite(value))


def _is_text_or_absent(table, name):
    return name not in table or isinstance(table[name], str)


def _is_past_or_absent(claims, name, now):
    return name not in claims or (_is_number(claims[name]) and claims[name] <= now)


@lru_cache(maxsize=4)  # issuers send one header over and over: its text need not be parsed again
def _header_allowed(segment):
    header = _decoded(segment)
    if not isinstance(header, dict) or header.get("alg") != "HS256" or "crit" in header:
        return False
    return _is_text_or_absent(header, "kid") and ("typ" not in header or _type.fullmatch(header["typ"]) is not None)


def _claims_allowed(claims):
    if not isinstance(claims, dict) or claims.get("iss") != _issuer or not _is_text_or_absent(claims, "sub"):
        return False
    now, expiration, audience = time(), claims.get("exp"), claims.get("aud")
    if not _is_number(expiration) or expiration <= now:
        return False
    if not _is_past_or_absent(claims, "nbf", now) or not _is_past_or_absent(claims, "iat", now):
        return False
    if isinstance(audience, list):
        return _audience in audience and all(isinstance(entry, str) for entry in audience)
    return audience == _audience


def _verified_claims(token):
    segments = _token.fullmatch(token)
    if segments is None or len(token) > 16384:
        return None
    header, payload, signature = segments.groups()
    if not _header_allowed(header):
        return None
    # The one spelling of the bytes is compared, so base64url needs no strict decoder here.
    expected = urlsafe_b64encode(hmac.digest(_secret, f"{header}.{payload}".encode(), "sha256")).rstrip(b"=")
    if not hmac.compare_digest(expected, signature.encode()):
        return None
    claims = _decoded(payload)
    return claims if _claims_allowed(claims) else None


def lambda_handler(event, context):
    token = bearer_token(event)
    if not isinstance(token, str):
        return token
    try:
        claims = _verified_claims(token)
    except (ValueError, TypeError, RecursionError):  # not base64, not UTF-8, not JSON
        return invalid_token()
    return invalid_token() if claims is None else answer(event, claims, _required)
