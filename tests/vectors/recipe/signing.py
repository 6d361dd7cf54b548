"""Signatures of every JWS algorithm, for tests alone: slow, not constant in time, and able to make
signatures that no honest library makes.

Standard library only. The same input gives the same bytes: PSS salts come from the caller, ECDSA
nonces from RFC 6979.
"""

import functools
import hashlib
import hmac

HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


def number(octets):
    return int.from_bytes(octets, "big")


def octets_of(value, size=None):
    """Big-endian octets: as few as possible, or exactly `size`."""
    return value.to_bytes(size or (value.bit_length() + 7) // 8, "big")


# --- RSA, RFC 8017 ------------------------------------------------------------------------------


class Rsa:
    def __init__(self, e, p, q):
        self.e, self.p, self.q = e, p, q
        self.n = p * q
        self.d = pow(e, -1, (p - 1) * (q - 1))
        self.size = (self.n.bit_length() + 7) // 8
        self._dp, self._dq, self._qi = self.d % (p - 1), self.d % (q - 1), pow(q, -1, p)

    @functools.cache  # noqa: B019 - the keys live as long as the program
    def power(self, message):
        """message ** d mod n."""
        mp, mq = pow(message, self._dp, self.p), pow(message, self._dq, self.q)
        return mq + self.q * (self._qi * (mp - mq) % self.p)

    def sign_encoded(self, encoded):
        """The signature whose encoded message is this, whatever it is."""
        assert len(encoded) == self.size and number(encoded) < self.n
        return octets_of(self.power(number(encoded)), self.size)


# DigestInfo, RFC 8017 section 9.2 note 1: everything before the digest.
DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def pad_pkcs1(size, tail, first=b"\0\1", fill=b"\xff", end=b"\0"):
    """EMSA-PKCS1-v1_5 around a tail; each part can be another than the standard's."""
    return first + fill * (size - len(first) - len(end) - len(tail)) + end + tail


def sign_pkcs1(key, name, message):
    tail = DIGEST_INFO[name] + hashlib.new(name, message).digest()
    return key.sign_encoded(pad_pkcs1(key.size, tail))


def mask(name, seed, length):
    """MGF1."""
    made = b""
    for counter in range(-(-length // hashlib.new(name).digest_size)):
        made += hashlib.new(name, seed + counter.to_bytes(4, "big")).digest()
    return made[:length]


def pad_pss(bits, name, message, salt, mask_name=None, trailer=b"\xbc", separator=b"\1"):
    """EMSA-PSS for a modulus of `bits`; each part can be another than the standard's."""
    size = (bits - 1 + 7) // 8
    digest = hashlib.new(name, message).digest()
    hashed = hashlib.new(name, bytes(8) + digest + salt).digest()
    room = size - len(hashed) - 1
    block = bytes(room - len(salt) - 1) + separator + salt
    masked = bytearray(
        a ^ b for a, b in zip(block, mask(mask_name or name, hashed, room), strict=True)
    )
    masked[0] &= 0xFF >> (8 * size - (bits - 1))
    return bytes(masked) + hashed + trailer


def longest_salt(bits, name):
    return (bits - 1 + 7) // 8 - hashlib.new(name).digest_size - 2


def sign_pss(key, name, message, salt=None, **parts):
    if salt is None:
        length = hashlib.new(name).digest_size
        salt = hashlib.shake_256(b"portcullis test-only salt" + message).digest(length)
    encoded = pad_pss(key.n.bit_length(), name, message, salt, **parts)
    return key.sign_encoded(encoded.rjust(key.size, b"\0"))


# --- ECDSA, FIPS 186-4 section 6.4, RFC 6979 ----------------------------------------------------


class Curve:
    """y^2 = x^3 - 3x + b over a prime field; Jacobian coordinates."""

    def __init__(self, name, p, n, b, gx, gy):
        self.name, self.p, self.n, self.b, self.g = name, p, n, b, (gx, gy)
        self.size = (p.bit_length() + 7) // 8

    def holds(self, x, y):
        return (y * y - (x * x * x - 3 * x + self.b)) % self.p == 0

    def _double(self, point):
        p = self.p
        x, y, z = point
        if not z:
            return point
        delta, gamma = z * z % p, y * y % p
        beta = x * gamma % p
        alpha = 3 * (x - delta) * (x + delta) % p
        x3 = (alpha * alpha - 8 * beta) % p
        z3 = ((y + z) * (y + z) - gamma - delta) % p
        return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % p, z3

    def _add(self, left, right):
        p = self.p
        if not left[2] or not right[2]:
            return left if left[2] else right
        (x1, y1, z1), (x2, y2, z2) = left, right
        a, b = z1 * z1 % p, z2 * z2 % p
        u1, u2 = x1 * b % p, x2 * a % p
        s1, s2 = y1 * z2 * b % p, y2 * z1 * a % p
        h, r = (u2 - u1) % p, (s2 - s1) % p
        if not h:
            return (0, 1, 0) if r else self._double(left)
        i = h * h % p
        j = h * i % p
        v = u1 * i % p
        x3 = (r * r - j - 2 * v) % p
        return x3, (r * (v - x3) - s1 * j) % p, h * z1 * z2 % p

    def times(self, factor, point=None):
        """factor * point (default: the base point), affine; None at infinity."""
        base = (*(point or self.g), 1)
        table = [(0, 1, 0)]
        for _ in range(15):
            table.append(self._add(table[-1], base))
        total = (0, 1, 0)
        for shift in range((factor.bit_length() + 3) // 4 * 4, -1, -4):
            for _ in range(4):
                total = self._double(total)
            total = self._add(total, table[factor >> shift & 15])
        x, y, z = total
        if not z:
            return None
        inverse = pow(z, -1, self.p)
        return x * inverse**2 % self.p, y * inverse**3 % self.p


P256 = Curve(
    "P-256",
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P384 = Curve(
    "P-384",
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196a"
        "ccc52973",
        16,
    ),
    int(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8ed"
        "d3ec2aef",
        16,
    ),
    int(
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e38"
        "72760ab7",
        16,
    ),
    int(
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c"
        "90ea0e5f",
        16,
    ),
)
P521 = Curve(
    "P-521",
    2**521 - 1,
    int(
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7f"
        "cc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        16,
    ),
    int(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652"
        "c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        16,
    ),
    int(
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1d"
        "c127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        16,
    ),
    int(
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550"
        "b9013fad0761353c7086a272c24088be94769fd16650",
        16,
    ),
)


class Ec:
    def __init__(self, curve, d):
        self.curve, self.d = curve, d
        self.x, self.y = curve.times(d)


def truncate(curve, digest):
    value = number(digest)
    return value >> max(0, len(digest) * 8 - curve.n.bit_length())


def nonces(curve, d, name, digest):
    """RFC 6979 section 3.2."""
    size = (curve.n.bit_length() + 7) // 8

    def keyed(key, data):
        return hmac.new(key, data, name).digest()

    length = hashlib.new(name).digest_size
    v, k = b"\1" * length, bytes(length)
    seed = octets_of(d, size) + octets_of(truncate(curve, digest) % curve.n, size)
    for mark in (b"\0", b"\1"):
        k = keyed(k, v + mark + seed)
        v = keyed(k, v)
    while True:
        made = b""
        while len(made) < size:
            v = keyed(k, v)
            made += v
        k_made = truncate(curve, made[:size])
        if 0 < k_made < curve.n:
            yield k_made
        k = keyed(k, v + b"\0")
        v = keyed(k, v)


@functools.cache
def base_times(curve, factor):
    return curve.times(factor)


@functools.cache
def ecdsa_numbers(key, name, message, nonce=None):
    """(r, s); a nonce of the caller's makes r what the caller wants."""
    curve = key.curve
    digest = hashlib.new(name, message).digest()
    for k in [nonce] if nonce else nonces(curve, key.d, name, digest):
        r = base_times(curve, k)[0] % curve.n
        s = pow(k, -1, curve.n) * (truncate(curve, digest) + r * key.d) % curve.n
        if r and s:
            return r, s
    raise AssertionError("no signature")


def join(curve, r, s, size=None):
    size = size or curve.size
    return octets_of(r, size) + octets_of(s, size)


def sign_ecdsa(key, name, message, nonce=None):
    return join(key.curve, *ecdsa_numbers(key, name, message, nonce))


# --- Ed25519, RFC 8032 section 5.1 --------------------------------------------------------------

Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
ROOT = pow(2, (Q - 1) // 4, Q)  # of -1


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * ROOT % Q
    if (x * x - square) % Q:
        return None
    return Q - x if x % 2 != sign else x


def _ed_add(left, right):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = left, right
    a, b = (y1 - x1) * (y2 - x2) % Q, (y1 + x1) * (y2 + x2) % Q
    c, d = 2 * t1 * t2 * D % Q, 2 * z1 * z2 % Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % Q, g * h % Q, f * g % Q, e * h % Q


def ed_point(x, y):
    return x, y, 1, x * y % Q


_ED_Y = 4 * pow(5, -1, Q) % Q
ED_BASE = ed_point(recover_x(_ED_Y, 0), _ED_Y)
ED_ZERO = ed_point(0, 1)


def ed_times(factor, point=ED_BASE):
    total = ED_ZERO
    while factor:
        if factor & 1:
            total = _ed_add(total, point)
        point = _ed_add(point, point)
        factor >>= 1
    return total


def ed_encode(point):
    x, y, z, _ = point
    inverse = pow(z, -1, Q)
    return (y * inverse % Q | (x * inverse % Q & 1) << 255).to_bytes(32, "little")


class Ed:
    def __init__(self, seed):
        self.seed = seed
        digest = hashlib.sha512(seed).digest()
        self.a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
        self.prefix = digest[32:]
        self.public = ed_encode(ed_times(self.a))


def ed_challenge(r, public, message):
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L


@functools.cache
def ed_halves(key, message):
    """(R, S)."""
    nonce = int.from_bytes(hashlib.sha512(key.prefix + message).digest(), "little") % L
    r = ed_encode(ed_times(nonce))
    return r, (nonce + ed_challenge(r, key.public, message) * key.a) % L


def sign_ed25519(key, message):
    r, s = ed_halves(key, message)
    return r + s.to_bytes(32, "little")


# The points of small order, canonical: RFC 8032 encodings of order 1, 2, 4, 4, 8, 8, 8, 8.
_EIGHT = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
_OTHER_EIGHT = ((Q - int.from_bytes(_EIGHT, "little")) % Q).to_bytes(32, "little")


def _with_sign(encoded):
    return encoded[:31] + bytes([encoded[31] | 0x80])


SMALL_ORDER = {
    "order-1": b"\1" + bytes(31),
    "order-2": (Q - 1).to_bytes(32, "little"),
    "order-4": bytes(32),
    "order-4-sign": _with_sign(bytes(32)),
    "order-8": _EIGHT,
    "order-8-sign": _with_sign(_EIGHT),
    "order-8-other": _OTHER_EIGHT,
    "order-8-other-sign": _with_sign(_OTHER_EIGHT),
}


# --- all of them --------------------------------------------------------------------------------


def sign_message(algorithm, key, message):
    """The signature of a JWS algorithm; `key` is bytes, Rsa, Ec or Ed."""
    family, name = algorithm[:2], HASHES.get(algorithm[2:])
    if family == "HS":
        return hmac.new(key, message, name).digest()
    if family == "RS":
        return sign_pkcs1(key, name, message)
    if family == "PS":
        return sign_pss(key, name, message)
    if family == "ES":
        return sign_ecdsa(key, name, message)
    assert algorithm in ("EdDSA", "Ed25519")
    return sign_ed25519(key, message)
