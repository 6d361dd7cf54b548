"""DER and PEM of public keys and certificates, right ones and wrong ones. Standard library only."""

import base64

from .signing import Ec, Rsa, octets_of, sign_message


def tlv(tag, contents):
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = octets_of(size)
    return bytes([tag, 0x80 | len(length)]) + length + contents


def sequence(*parts):
    return tlv(0x30, b"".join(parts))


def integer(value):
    return tlv(2, octets_of(value, value.bit_length() // 8 + 1))


def bit_string(contents, unused=0):
    return tlv(3, bytes([unused]) + contents)


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    made = bytes([first * 40 + second])
    for part in rest:
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(part & 0x7F | 0x80)
        made += bytes(reversed(groups))
    return tlv(6, made)


NULL = tlv(5, b"")
RSA_ENCRYPTION = sequence(oid("1.2.840.113549.1.1.1"), NULL)
EC_PUBLIC_KEY = oid("1.2.840.10045.2.1")
CURVES = {
    "P-256": oid("1.2.840.10045.3.1.7"),
    "P-384": oid("1.3.132.0.34"),
    "P-521": oid("1.3.132.0.35"),
    "secp256k1": oid("1.3.132.0.10"),
}
ED25519 = sequence(oid("1.3.101.112"))


def pkcs1(key):
    return sequence(integer(key.n), integer(key.e))


def point(key):
    return b"\4" + octets_of(key.x, key.curve.size) + octets_of(key.y, key.curve.size)


def compressed_point(key):
    return bytes([2 + key.y % 2]) + octets_of(key.x, key.curve.size)


def key_info(key):
    """SubjectPublicKeyInfo, RFC 5280 section 4.1."""
    if isinstance(key, Rsa):
        return sequence(RSA_ENCRYPTION, bit_string(pkcs1(key)))
    if isinstance(key, Ec):
        return sequence(sequence(EC_PUBLIC_KEY, CURVES[key.curve.name]), bit_string(point(key)))
    return sequence(ED25519, bit_string(key.public))


def explicit_key_info(key):
    """The same curve, written out instead of named: RFC 3279 section 2.3.5, specifiedCurve."""
    curve = key.curve
    generator = b"\4" + octets_of(curve.g[0], curve.size) + octets_of(curve.g[1], curve.size)
    parameters = sequence(
        integer(1),
        sequence(oid("1.2.840.10045.1.1"), integer(curve.p)),
        sequence(
            tlv(4, octets_of(curve.p - 3, curve.size)), tlv(4, octets_of(curve.b, curve.size))
        ),
        tlv(4, generator),
        integer(curve.n),
        integer(1),
    )
    return sequence(sequence(EC_PUBLIC_KEY, parameters), bit_string(point(key)))


def certificate(key, name):
    """A self-signed certificate of version 3 without extensions, RFC 5280 section 4.1."""
    if isinstance(key, Rsa):
        algorithm = sequence(oid("1.2.840.113549.1.1.11"), NULL)
        signed = "RS256"
    elif isinstance(key, Ec):
        arcs = {"P-256": "2", "P-384": "3", "P-521": "4"}
        algorithm = sequence(oid("1.2.840.10045.4.3." + arcs[key.curve.name]))
        signed = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.curve.name]
    else:
        algorithm = ED25519
        signed = "EdDSA"
    named = sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0C, name.encode()))))
    body = sequence(
        tlv(0xA0, integer(2)),
        integer(1),
        algorithm,
        named,
        sequence(tlv(0x17, b"200101000000Z"), tlv(0x18, b"21000101000000Z")),
        named,
        key_info(key),
    )
    signature = sign_message(signed, key, body)
    if isinstance(key, Ec):
        half = len(signature) // 2
        signature = ecdsa_value(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
    return sequence(body, algorithm, bit_string(signature))


def ecdsa_value(r, s):
    """ECDSA-Sig-Value, RFC 3279 section 2.2.3: what JWS does not use."""
    return sequence(integer(r), integer(s))


def pem(label, der, end=None, width=64):
    text = base64.b64encode(der).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {end or label}-----", ""])


def spki_pem(key):
    return pem("PUBLIC KEY", key_info(key))


def pkcs1_pem(key):
    return pem("RSA PUBLIC KEY", pkcs1(key))


def certificate_pem(key, name):
    return pem("CERTIFICATE", certificate(key, name))


def private_pem(key):
    """PKCS #8, RFC 5958: what a policy must not hold."""
    if isinstance(key, Rsa):
        inner = sequence(
            *map(integer, (0, key.n, key.e, key.d, key.p, key.q)),
            integer(key.d % (key.p - 1)),
            integer(key.d % (key.q - 1)),
            integer(pow(key.q, -1, key.p)),
        )
        return pem("PRIVATE KEY", sequence(integer(0), RSA_ENCRYPTION, tlv(4, inner)))
    if isinstance(key, Ec):
        secret = tlv(4, octets_of(key.d, key.curve.size))
        inner = sequence(integer(1), secret, tlv(0xA1, bit_string(point(key))))
        algorithm = sequence(EC_PUBLIC_KEY, CURVES[key.curve.name])
        return pem("PRIVATE KEY", sequence(integer(0), algorithm, tlv(4, inner)))
    return pem("PRIVATE KEY", sequence(integer(0), ED25519, tlv(4, tlv(4, key.seed))))
