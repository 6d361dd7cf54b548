"""Keys, tokens, a clock and a fetch for the tests of portcullis.jwks."""

import base64
import hashlib
import hmac
import json
import os
import threading

import tokens
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from portcullis.jwks import RefreshingVerifier

ISSUER = "https://issuer.example/"
AUDIENCE = "https://api.example"
URL = "https://issuer.example/keys"
NOW = 1_800_000_000


def encode_number(value, size):
    return tokens.base64url(value.to_bytes(size, "big"))


class Key:
    """A key to sign with: `jwk` is what the issuer publishes of it."""

    def __init__(self, alg, kid):
        self.alg = alg
        if alg == "HS256":
            secret = os.urandom(32)
            self.jwk = {"kty": "oct", "k": tokens.base64url(secret)}
            self.sign = lambda data: hmac.digest(secret, data, hashlib.sha256)
        elif alg == "ES256":
            private = ec.generate_private_key(ec.SECP256R1())
            point = private.public_key().public_numbers()
            x, y = (encode_number(value, 32) for value in (point.x, point.y))
            self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

            def sign(data):
                r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")

            self.sign = sign
        else:
            private = rsa.generate_private_key(65537, 2048)
            n = encode_number(private.public_key().public_numbers().n, 256)
            self.jwk = {"kty": "RSA", "n": n, "e": "AQAB"}
            self.sign = lambda data: private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        self.jwk |= {"kid": kid, "alg": alg, "use": "sig"}


def make_token(key, *, kid=None, sign=None, header=None, **claims):
    head = {"alg": key.alg, "kid": kid or key.jwk["kid"], **(header or {})}
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u", "exp": 4_000_000_000, **claims}
    text = ".".join(tokens.base64url(json.dumps(part).encode()) for part in (head, body))
    return f"{text}.{tokens.base64url((sign or key.sign)(text.encode()))}"


def make_set(*keys):
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()


def event_of(token):
    return tokens.event_of(f"Bearer {token}")


class Setting:
    """A verifier with a clock that the test sets, a fetch that the test answers, and the events.

    `answers` is a list or one for all; an answer is a body, an Answer, an exception, a function."""

    def __init__(self, answers=b"", *, keys=None, **options):
        self.now = NOW
        self.calls = []
        self.events = []
        self._answers = answers
        self._lock = threading.Lock()
        policy = {"algorithms": ["RS256", "ES256", "HS256"], "issuer": ISSUER, "audience": AUDIENCE}
        if keys is not None:
            policy["keys"] = keys
        given = {"clock": lambda: self.now, "on_event": self.events.append, "fetch": self._fetch}
        given = {**given, **options}
        self.verifier = RefreshingVerifier(
            given.pop("policy", policy), given.pop("jwks", {ISSUER: URL}), **given
        )

    def _fetch(self, url, *, timeout, max_bytes):
        with self._lock:
            self.calls.append((url, timeout, max_bytes))
            count = len(self.calls)
        answer = self._answers
        if isinstance(answer, list):
            answer = answer[min(count, len(answer)) - 1]
        if callable(answer):
            answer = answer(url)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def settle(self):
        """Waits for what is under way."""
        for flight in self.verifier._flights():
            assert flight.done.wait(5)

    def reason(self, token):
        return self.verifier.verify_token(token, NOW).reason

    def fresh_reason(self, token):
        return self.verifier.verify_token_fresh(token, NOW).reason

    @property
    def status(self):
        return self.verifier.status()[0]

    @property
    def error(self):
        return self.status["last_error"]


def jwk_changed(key, **changes):
    return {**key.jwk, **changes}


def decode(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
