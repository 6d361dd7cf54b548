"""Signs the study's tokens with its public study keys. The same key and bytes give the same signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

# Order of the group of P-256: a signature is two numbers below it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def compact(header: bytes, claims: bytes, sign: Callable[[bytes], bytes]) -> str:
    """JWS Compact Serialization of any bytes, with the signature that `sign` makes of the signing input."""
    signing_input = f"{base64url(header)}.{base64url(claims)}"
    return f"{signing_input}.{base64url(sign(signing_input.encode()))}"


def hmac_with(secret: bytes, digest: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda data: hmac.digest(secret, data, digest)


@dataclass(frozen=True)
class PublicKeySigner:
    """A private JWK of one of the study's three public-key algorithms."""

    algorithm: str
    jwk: dict[str, str]

    def _number(self, member: str) -> int:
        return int.from_bytes(from_base64url(self.jwk[member]), "big")

    @property
    def rsa(self) -> rsa.RSAPrivateKey:
        public = rsa.RSAPublicNumbers(self._number("e"), self._number("n"))
        p, q, d, dp, dq, qi = (self._number(member) for member in ("p", "q", "d", "dp", "dq", "qi"))
        # The file is ours: a full check of the primes would cost more than the signatures.
        return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key(unsafe_skip_rsa_key_validation=True)

    @property
    def ec(self) -> ec.EllipticCurvePrivateKey:
        public = ec.EllipticCurvePublicNumbers(self._number("x"), self._number("y"), ec.SECP256R1())
        return ec.EllipticCurvePrivateNumbers(self._number("d"), public).private_key()

    @property
    def ed25519(self) -> ed25519.Ed25519PrivateKey:
        return ed25519.Ed25519PrivateKey.from_private_bytes(from_base64url(self.jwk["d"]))

    def public_pem(self) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        if self.algorithm == "RS256":
            return self.rsa.public_key().public_bytes(serialization.Encoding.PEM, kind)
        if self.algorithm == "ES256":
            return self.ec.public_key().public_bytes(serialization.Encoding.PEM, kind)
        return self.ed25519.public_key().public_bytes(serialization.Encoding.PEM, kind)

    def signer(self) -> Callable[[bytes], bytes]:
        """The function that signs; the key is imported once."""
        if self.algorithm == "RS256":
            return self.rsa_with(hashes.SHA256())
        if self.algorithm == "ES256":
            der = self.ecdsa_der()
            return lambda data: raw_ecdsa(*decode_dss_signature(der(data)))
        return self.ed25519.sign

    def rsa_with(self, digest: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
        key = self.rsa
        return lambda data: key.sign(data, padding.PKCS1v15(), digest)

    def ecdsa_der(self, digest: hashes.HashAlgorithm | None = None) -> Callable[[bytes], bytes]:
        key, algorithm = self.ec, ec.ECDSA(digest or hashes.SHA256(), deterministic_signing=True)
        return lambda data: key.sign(data, algorithm)

    def rsa_pss(self, data: bytes) -> bytes:
        """RSASSA-PSS of RFC 8017 with SHA-256 and a salt of zeros, as a random salt would not repeat."""
        modulus, salt = self._number("n"), bytes(32)
        size = (modulus.bit_length() + 7) // 8
        digest = hashlib.sha256(bytes(8) + hashlib.sha256(data).digest() + salt).digest()
        block = bytes(size - 2 * 32 - 2) + b"\x01" + salt
        blocks = range((len(block) + 31) // 32)
        mask = b"".join(hashlib.sha256(digest + counter.to_bytes(4, "big")).digest() for counter in blocks)[: len(block)]
        masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
        message = bytes([masked[0] & 0x7F]) + masked[1:] + digest + b"\xbc"
        return pow(int.from_bytes(message, "big"), self._number("d"), modulus).to_bytes(size, "big")


def raw_ecdsa(r: int, s: int) -> bytes:
    """The 64 bytes of RFC 7518 section 3.4."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
