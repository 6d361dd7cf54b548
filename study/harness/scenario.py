"""The study's one scenario: a policy, tokens under it, and the CloudFront events that carry them."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "scenarios" / "view-data"
OUTCOMES = ("allow", "expired", "bad-signature", "missing-header", "forbidden")
EXPECTED = {"allow": "allow", "expired": "401", "bad-signature": "401", "missing-header": "401", "forbidden": "403"}
TOKENS_PER_OUTCOME = 64

# Far from any wall clock, so that a case means the same on every day.
PAST = 1_600_000_000
LONG_AGO = 1_500_000_000
FAR_FUTURE = 4_102_444_800

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


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def sign(header: bytes, claims: bytes, secret: bytes, digest: str = "sha256") -> str:
    signing_input = f"{base64url(header)}.{base64url(claims)}"
    return f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), digest))}"


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
    policy: dict[str, Any]
    policy_bytes: bytes

    @property
    def secret(self) -> str:
        return str(self.policy["keys"][0]["secret"])

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

    def token(self, header: dict[str, Any] | None = None, secret: bytes | None = None, **changes: Any) -> str:
        header = {"alg": "HS256", "typ": "JWT"} if header is None else header
        return sign(compact_json(header), compact_json(self.claims(**changes)), secret or self.secret.encode())


def load_scenario(folder: Path = FOLDER) -> Scenario:
    policy_bytes = (folder / "policy.json").read_bytes()
    return Scenario(json.loads(policy_bytes), policy_bytes)


def workload(scenario: Scenario, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Per outcome, events that carry distinct tokens; the same seed gives the same bytes."""
    source = random.Random(seed)
    events: dict[str, list[dict[str, Any]]] = {outcome: [] for outcome in OUTCOMES}
    for _ in range(TOKENS_PER_OUTCOME):
        subject = f"auth0|{source.getrandbits(96):024x}"
        allow = scenario.token(sub=subject)
        other = scenario.token(sub=subject, secret=hashlib.sha256(subject.encode()).digest())
        tokens = {
            "allow": allow,
            "expired": scenario.token(sub=subject, iat=LONG_AGO, exp=PAST),
            "bad-signature": other,
            "forbidden": scenario.token(sub=subject, permissions=["read:other"]),
        }
        for outcome in OUTCOMES:
            token = tokens.get(outcome)
            event = event_with(f"Bearer {token}" if token else None)
            event["Records"][0]["cf"]["request"]["headers"]["x-request-id"] = [{"key": "x-request-id", "value": subject}]
            events[outcome].append(event)
    return events
