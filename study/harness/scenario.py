"""The study's one scenario, under one of four algorithms: a policy, tokens under it, and the events that carry them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .signing import PublicKeySigner, compact, compact_json, hmac_with

FOLDER = Path(__file__).resolve().parent.parent / "scenarios" / "view-data"
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")

# Far from any wall clock, so that a case means the same on every day.
PAST = 1_600_000_000
LONG_AGO = 1_500_000_000
FAR_FUTURE = 4_102_444_800

_OTHER_SECRET = b"another secret of 32 bytes or more!!"

_EVENT: dict[str, Any] = {
    "Records": [
        {
            "cf": {
                "config": {
                    "distributionDomainName": "d111111abcdef8.cloudfront.net",
                    "distributionId": "EDFDVBD6EXAMPLE",
                    "eventType": "viewer-request",
                    "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
                },
                "request": {
                    "clientIp": "203.0.113.178",
                    "headers": {
                        "host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}],
                        "user-agent": [{"key": "User-Agent", "value": "Mozilla/5.0 (X11; Linux x86_64) example/1.0"}],
                        "accept": [{"key": "accept", "value": "application/json"}],
                        "accept-language": [{"key": "accept-language", "value": "en-GB,en;q=0.9"}],
                        "accept-encoding": [{"key": "accept-encoding", "value": "gzip, deflate, br"}],
                        "referer": [{"key": "referer", "value": "https://app.example.test/dashboard"}],
                    },
                    "method": "GET",
                    "querystring": "",
                    "uri": "/records/2026.json",
                },
            }
        }
    ]
}


def event_with(authorization: Any = None, **request_members: Any) -> dict[str, Any]:
    """A viewer-request event. `authorization` is the value of the one header, or the whole header list."""
    event = copy.deepcopy(_EVENT)
    request = event["Records"][0]["cf"]["request"]
    request.update(request_members)
    if isinstance(authorization, str):
        authorization = [{"key": "Authorization", "value": authorization}]
    if authorization is not None:
        request["headers"]["authorization"] = authorization
    return event


@dataclass(frozen=True)
class Scenario:
    algorithm: str
    policy: dict[str, Any]
    policy_bytes: bytes  # what the build puts beside a contender's sources as policy.json
    signing_jwk: dict[str, str] | None  # the private halves; none for HS256
    other_jwk: dict[str, str] | None

    @property
    def secret(self) -> str:
        """The shared secret of HS256; empty for a public-key algorithm, whose contenders have the policy's JWK."""
        return str(self.policy["keys"][0].get("secret", ""))

    @property
    def key(self) -> PublicKeySigner:
        if self.signing_jwk is None:
            raise ValueError("HS256 has a secret and no private JWK")
        return PublicKeySigner(self.algorithm, self.signing_jwk)

    @cached_property
    def sign(self) -> Callable[[bytes], bytes]:
        return self.key.signer() if self.signing_jwk else hmac_with(self.secret.encode())

    @cached_property
    def sign_with_other_key(self) -> Callable[[bytes], bytes]:
        """The same algorithm with a key that the policy does not have."""
        return PublicKeySigner(self.algorithm, self.other_jwk).signer() if self.other_jwk else hmac_with(_OTHER_SECRET)

    @property
    def header(self) -> dict[str, Any]:
        header: dict[str, Any] = {"alg": self.algorithm, "typ": "JWT"}
        kid = self.policy["keys"][0].get("kid")
        return {**header, "kid": kid} if kid else header

    def header_with(self, **changes: Any) -> dict[str, Any]:
        """The usual header with `changes`; a change to `...` takes the parameter out."""
        return {name: value for name, value in {**self.header, **changes}.items() if value is not ...}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Valid claims with `changes`; a change to `...` takes the claim out."""
        claims = {
            "iss": self.policy["issuer"],
            "sub": "auth0|64b5e3f2a1c9d80012345678",
            "aud": self.policy["audience"],
            "iat": PAST,
            "exp": FAR_FUTURE,
            "azp": "q3xv0mB7example",
            "permissions": ["view:data"],
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, header: dict[str, Any] | None = None, sign: Callable[[bytes], bytes] | None = None, **changes: Any) -> str:
        header = self.header if header is None else header
        return compact(compact_json(header), compact_json(self.claims(**changes)), sign or self.sign)


def load_scenario(algorithm: str = "HS256", folder: Path = FOLDER) -> Scenario:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"no scenario for {algorithm!r}, expected one of {', '.join(ALGORITHMS)}")
    policy_bytes = (folder / f"{algorithm}.json").read_bytes()
    keys = json.loads((folder / "keys.json").read_bytes())
    return Scenario(
        algorithm, json.loads(policy_bytes), policy_bytes, keys["signing"].get(algorithm), keys["other"].get(algorithm)
    )
