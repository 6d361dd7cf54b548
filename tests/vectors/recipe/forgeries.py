"""Signatures that must not verify, by algorithm family, as (slug, comment, signature), and the odd
ones that must.

Used for tokens and for raw signatures alike. Most need the private key: they show what a verifier
takes for a signature, not what an attacker can do.
"""

import hashlib

from .der import NULL, ecdsa_value, oid, sequence, tlv
from .signing import (
    DIGEST_INFO,
    ED_BASE,
    SMALL_ORDER,
    L,
    Q,
    ecdsa_numbers,
    ed_challenge,
    ed_encode,
    ed_halves,
    ed_times,
    join,
    longest_salt,
    mask,
    number,
    octets_of,
    pad_pkcs1,
    pad_pss,
    sign_ecdsa,
    sign_ed25519,
    sign_message,
    sign_pkcs1,
    sign_pss,
)

HASH_OIDS = {
    "sha1": oid("1.3.14.3.2.26"),
    "sha256": oid("2.16.840.1.101.3.4.2.1"),
    "sha384": oid("2.16.840.1.101.3.4.2.2"),
    "sha512": oid("2.16.840.1.101.3.4.2.3"),
}
OTHER_HASH = {"sha256": "sha384", "sha384": "sha512", "sha512": "sha256"}


def flip(signature, at, bit=1):
    made = bytearray(signature)
    made[at] ^= bit
    return bytes(made)


def rsa_sizes(key, signature):
    """What holds for both paddings: the size of the number and its range."""
    size, value = key.size, number(signature)
    yield "short-front", "The first byte left out", signature[1:]
    yield "short-back", "The last byte left out", signature[:-1]
    yield "long-front", "A zero byte before it", b"\0" + signature
    yield "long-back", "A zero byte behind it", signature + b"\0"
    yield "twice", "The signature twice", signature * 2
    yield "one-byte", "One byte", b"\1"
    yield "zero", "The number 0", bytes(size)
    yield "one", "The number 1", octets_of(1, size)
    yield "ones", "All bits set: above the modulus", b"\xff" * size
    yield "modulus", "The modulus", octets_of(key.n, size)
    yield "modulus-less-1", "The modulus less 1", octets_of(key.n - 1, size)
    yield "negative", "The modulus less the signature", octets_of(key.n - value, size)
    yield "reversed", "The bytes in reverse", signature[::-1]
    yield "first-bit", "The first bit flipped", flip(signature, 0, 0x80)
    yield "last-bit", "The last bit flipped", flip(signature, -1)


def fits_above(key, signature):
    """Whether the signature and the modulus together have the modulus's size."""
    return number(signature) + key.n < 1 << 8 * key.size


def plus_modulus(key, signature):
    return octets_of(number(signature) + key.n, key.size)


def cube_root(value):
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= value else (low, middle - 1)
    return low


def forge_cube(key, name, message):
    """Without the private key, for an exponent of 3: the cube root of the right beginning."""
    head = b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO[name] + hashlib.new(name, message).digest()
    rest = 8 * (key.size - len(head))
    root = cube_root((number(head) + 1 << rest) - 1)
    assert octets_of(root**3, key.size).startswith(head)
    return octets_of(root, key.size)


def pkcs1_paddings(key, name, message):
    """Encoded messages that EMSA-PKCS1-v1_5 does not make (RFC 8017 section 9.2)."""
    digest = hashlib.new(name, message).digest()
    info = DIGEST_INFO[name]
    tail = info + digest
    size = key.size
    identifier = HASH_OIDS[name]

    def padded(*args, **parts):
        return key.sign_encoded(pad_pkcs1(size, *args, **parts))

    def exactly(encoded):
        return key.sign_encoded(encoded.ljust(size, b"\0")[:size])

    short = b"\0\1" + b"\xff" * 8 + b"\0" + tail
    yield (
        "no-null",
        "The algorithm of the DigestInfo without its NULL",
        padded(sequence(sequence(identifier), tlv(4, digest))),
    )
    yield "short-padding", "Eight bytes 0xff, then zeros after the hash", exactly(short)
    yield (
        "garbage-after",
        "Eight bytes 0xff, then other bytes after the hash",
        exactly(short + mask("sha256", b"garbage", size)),
    )
    yield "no-padding", "No byte 0xff at all", exactly(b"\0\1\0" + tail)
    yield (
        "garbage-in-parameters",
        "Bytes where the NULL belongs",
        padded(
            sequence(
                sequence(identifier, tlv(4, mask("sha256", b"garbage", size - 150))),
                tlv(4, digest),
            )
        ),
    )
    yield (
        "garbage-inside",
        "Bytes behind the digest, inside the DigestInfo",
        padded(sequence(sequence(identifier, NULL), tlv(4, digest), tlv(4, b"more"))),
    )
    yield (
        "trailing-nul",
        "The digest one byte early and a zero behind it",
        padded(tail + b"\0"),
    )
    inner = sequence(identifier, NULL) + tlv(4, digest)
    yield (
        "ber-long-length",
        "A length of the DigestInfo in more bytes than it needs",
        padded(b"\x30\x81" + bytes([len(inner)]) + inner),
    )
    yield (
        "ber-longer-length",
        "The same in three bytes",
        padded(b"\x30\x82\0" + bytes([len(inner)]) + inner),
    )
    yield (
        "ber-indefinite",
        "An indefinite length",
        padded(b"\x30\x80" + inner + b"\0\0"),
    )
    yield (
        "ber-digest-length",
        "A length of the digest in more bytes than it needs",
        padded(sequence(sequence(identifier, NULL), b"\4\x81" + bytes([len(digest)]) + digest)),
    )
    yield (
        "digest-as-null",
        "The NULL as an empty octet string",
        padded(sequence(sequence(identifier, tlv(4, b"")), tlv(4, digest))),
    )
    other = OTHER_HASH[name]
    yield (
        "other-hash",
        "Another hash, named rightly",
        padded(DIGEST_INFO[other] + hashlib.new(other, message).digest()),
    )
    yield (
        "other-name",
        "The right hash under another's name",
        padded(sequence(sequence(HASH_OIDS[other], NULL), tlv(4, digest))),
    )
    yield (
        "other-digest",
        "Another hash under the right name",
        padded(sequence(sequence(identifier, NULL), tlv(4, hashlib.new(other, message).digest()))),
    )
    yield (
        "sha1",
        "SHA-1",
        padded(DIGEST_INFO["sha1"] + hashlib.sha1(message).digest()),
    )
    yield "no-digest-info", "The digest without a DigestInfo", padded(digest)
    yield "empty-digest", "A DigestInfo without a digest", padded(info[:-1] + b"\0")
    yield (
        "short-digest",
        "The digest without its last byte",
        padded(sequence(sequence(identifier, NULL), tlv(4, digest[:-1]))),
    )
    yield "no-end-of-padding", "No zero byte before the DigestInfo", padded(tail, end=b"")
    yield "other-end", "0xfe instead of the zero byte", padded(tail, end=b"\xfe")
    yield "type-0", "Block type 0", padded(tail, first=b"\0\0", fill=b"\0")
    yield "type-2", "Block type 2, as for encryption", padded(tail, first=b"\0\2", fill=b"\xaa")
    yield "fill-fe", "A padding of bytes 0xfe", padded(tail, fill=b"\xfe")
    whole = bytearray(pad_pkcs1(size, tail))
    whole[10] = 0
    yield "zero-in-padding", "A zero byte inside the padding", key.sign_encoded(bytes(whole))
    whole = bytearray(pad_pkcs1(size, tail))
    whole[2] = 0xFE
    yield "first-fill", "The first byte of the padding wrong", key.sign_encoded(bytes(whole))
    yield "set", "A SET instead of a SEQUENCE", padded(b"\x31" + tail[1:])
    yield "digest-alone", "The digest as the whole number", octets_of(number(digest), size)
    yield "pss", "A right PSS signature of the same hash", sign_pss(key, name, message)


def pss_paddings(key, name, message):
    """Encoded messages that EMSA-PSS does not make as RFC 7518 section 3.5 has it."""
    bits, size = key.n.bit_length(), key.size
    length = hashlib.new(name).digest_size
    salt = hashlib.shake_256(b"portcullis test-only salt" + message).digest(1024)

    def signed(chosen=salt[:length], **parts):
        return sign_pss(key, name, message, chosen, **parts)

    yield "salt-0", "No salt", signed(b"")
    yield "salt-1", "A salt of one byte", signed(salt[:1])
    yield "salt-20", "A salt of 20 bytes, the default of RFC 8017", signed(salt[:20])
    yield "salt-less-1", "A salt one byte shorter than the hash", signed(salt[: length - 1])
    yield "salt-more-1", "A salt one byte longer than the hash", signed(salt[: length + 1])
    yield (
        "salt-longest",
        "The longest salt that the modulus has room for",
        signed(salt[: longest_salt(bits, name)]),
    )
    yield "trailer-cc", "Another trailer byte", signed(trailer=b"\xcc")
    yield "trailer-0", "A trailer byte 0", signed(trailer=b"\0")
    yield "mask-sha1", "MGF1 with SHA-1", signed(mask_name="sha1")
    yield "mask-other", "MGF1 with another hash", signed(mask_name=OTHER_HASH[name])
    yield "separator-2", "2 instead of 1 before the salt", signed(separator=b"\2")
    yield "separator-0", "0 instead of 1 before the salt", signed(separator=b"\0")
    encoded = pad_pss(bits, name, message, salt[:length])
    yield (
        "block",
        "A bit set in the zeros",
        key.sign_encoded(flip(encoded, 3, 0x10).rjust(size, b"\0")),
    )
    yield (
        "hash-bit",
        "A bit of the inner hash flipped",
        key.sign_encoded(flip(encoded, -2).rjust(size, b"\0")),
    )
    if bits % 8 == 0:  # otherwise the bits above belong to another byte
        for at in range(1024):
            made = pad_pss(bits, name, message, salt[at : at + length])
            top = bytes([made[0] | 0x80]) + made[1:]
            if number(top) < key.n:
                yield "top-bit", "The bit above the encoded message set", key.sign_encoded(top)
                break
    elif number(b"\1" + encoded) < key.n:
        yield (
            "top-byte",
            "The byte above the encoded message set",
            key.sign_encoded(b"\1" + encoded),
        )
    other = OTHER_HASH[name]
    yield "other-hash", "Another hash throughout", sign_pss(key, other, message)
    yield (
        "other-hash-salt",
        "Another hash throughout, with a salt of this one's length",
        sign_pss(key, other, message, salt[:length]),
    )
    yield "pkcs1", "A right PKCS #1 v1.5 signature of the same hash", sign_pkcs1(key, name, message)


def ecdsa_forms(key, name, message):
    """Numbers out of range and other encodings (RFC 7518 section 3.4)."""
    curve = key.curve
    n, size = curve.n, curve.size
    r, s = ecdsa_numbers(key, name, message)
    good = join(curve, r, s)
    yield "zero", "r = 0 and s = 0 (CVE-2022-21449)", bytes(2 * size)
    yield "r-0", "r = 0", join(curve, 0, s)
    yield "s-0", "s = 0", join(curve, r, 0)
    yield "r-n", "r = n", join(curve, n, s)
    yield "s-n", "s = n", join(curve, r, n)
    yield "both-n", "r = n and s = n", join(curve, n, n)
    yield "r-0-s-1", "r = 0 and s = 1", join(curve, 0, 1)
    yield "both-1", "r = 1 and s = 1", join(curve, 1, 1)
    yield "r-n-more-1", "r = n + 1", join(curve, n + 1, s)
    yield "s-n-more-1", "s = n + 1", join(curve, r, n + 1)
    yield "r-n-less-1", "r = n - 1", join(curve, n - 1, s)
    yield "r-p", "r = p, the field's prime", join(curve, curve.p, s)
    yield "ones", "All bits set", b"\xff" * (2 * size)
    yield "r-ones", "All bits of r set", b"\xff" * size + good[size:]
    if r + n < 1 << 8 * size:
        yield "r-plus-n", "r + n, the same number modulo n", join(curve, r + n, s)
        yield "s-plus-n", "s + n, the same number modulo n", join(curve, r, s + n)
    yield "r-negative", "n - r", join(curve, n - r, s)
    yield "swapped", "s and r", join(curve, s, r)
    yield "r-twice", "r and r", join(curve, r, r)
    yield "r-more-1", "r + 1", join(curve, r + 1, s)
    yield "s-more-1", "s + 1", join(curve, r, s + 1)
    yield "der", "The DER form that X.509 and TLS use", ecdsa_value(r, s)
    yield (
        "der-padded",
        "The DER form, cut or filled to the right size",
        ecdsa_value(r, s).ljust(2 * size, b"\0")[: 2 * size],
    )
    yield "short-front", "The first byte left out", good[1:]
    yield "short-back", "The last byte left out", good[:-1]
    yield "long-front", "A zero byte before it", b"\0" + good
    yield "long-back", "A zero byte behind it", good + b"\0"
    yield "long-both", "A zero byte before each number", join(curve, r, s, size + 1)
    yield "r-only", "r alone", good[:size]
    yield "two-bytes", "Two bytes", b"\1\1"
    yield "twice", "The signature twice", good * 2
    yield (
        "little-endian",
        "Both numbers in little-endian order",
        (good[:size][::-1] + good[size:][::-1]),
    )
    yield "first-bit", "The first bit flipped", flip(good, 0, 0x80)
    yield "last-bit", "The last bit flipped", flip(good, -1)
    yield "r-last-bit", "The last bit of r flipped", flip(good, size - 1)
    yield "other-hash", "Another hash", sign_ecdsa(key, OTHER_HASH[name], message)
    yield "sha1", "SHA-1", sign_ecdsa(key, "sha1", message)


def ecdsa_twin(key, name, message):
    """(r, n - s): as valid as (r, s), RFC 7518 asks for no smaller one of the two."""
    r, s = ecdsa_numbers(key, name, message)
    return join(key.curve, r, key.curve.n - s)


# Nonces whose r begins with a zero octet, found by counting up.
ZERO_R_NONCES = {"P-256": 379, "P-384": 197, "P-521": 273}


def ecdsa_zero_r(key, name, message):
    made = sign_ecdsa(key, name, message, ZERO_R_NONCES[key.curve.name])
    return made


def ed25519_forms(key, message):
    """RFC 8032 section 5.1.7."""
    r, s = ed_halves(key, message)

    def with_s(value):
        return r + value.to_bytes(32, "little")

    good = with_s(s)
    yield "zero", "64 zero bytes", bytes(64)
    yield "ones", "64 bytes 0xff", b"\xff" * 64
    for factor in (1, 2, 8, 14):
        yield (
            f"s-plus-{factor}l",
            f"S + {factor}L, the same number modulo L",
            with_s(s + factor * L),
        )
    yield "s-l", "S = L", with_s(L)
    yield "s-0", "S = 0", with_s(0)
    yield "s-negative", "L - S", with_s(L - s)
    yield "s-top-bit", "The highest bit of S set", flip(good, 63, 0x80)
    yield "s-last-bit", "The lowest bit of S flipped", flip(good, 32)
    yield "r-first-bit", "The lowest bit of R flipped", flip(good, 0)
    yield "r-sign", "The sign of R flipped", flip(good, 31, 0x80)
    yield "r-0", "R of zero bytes", bytes(32) + good[32:]
    for name in ("order-2", "order-4", "order-8", "order-8-other"):
        small = SMALL_ORDER[name]
        value = ed_challenge(small, key.public, message) * key.a % L
        yield (
            f"r-{name}",
            f"R of small order ({name}) and an S that fits once multiplied by 8",
            small + value.to_bytes(32, "little"),
        )
    for slug, encoded in (("p-plus-1", Q + 1), ("sign", 1 | 1 << 255)):
        small = encoded.to_bytes(32, "little")
        value = ed_challenge(small, key.public, message) * key.a % L
        yield (
            f"r-neutral-{slug}",
            "R is the neutral point in an encoding that is not canonical",
            small + value.to_bytes(32, "little"),
        )
    yield "swapped", "S and R", good[32:] + good[:32]
    yield "r-only", "R alone", good[:32]
    yield "length-63", "The last byte left out", good[:-1]
    yield "length-65", "A zero byte behind it", good + b"\0"
    yield "length-65-front", "A zero byte before it", b"\0" + good
    yield "twice", "The signature twice", good * 2
    yield "reversed", "The bytes in reverse", good[::-1]
    prehash = hashlib.sha512(message).digest()
    yield "prehashed", "Signed the SHA-512 of the message", sign_ed25519(key, prehash)
    domain = b"SigEd25519 no Ed25519 collisions"
    for slug, flag, body in (("ph", 1, prehash), ("ctx", 0, message)):
        context = domain + bytes([flag, 0])
        seed = hashlib.sha512(context + key.prefix + body).digest()
        nonce = int.from_bytes(seed, "little") % L
        point = ed_encode(ed_times(nonce, ED_BASE))
        digest = hashlib.sha512(context + point + key.public + body).digest()
        value = (nonce + int.from_bytes(digest, "little") % L * key.a) % L
        yield (
            f"ed25519{slug}",
            f"Ed25519{slug} instead of Ed25519 (RFC 8032 section 5.1)",
            point + value.to_bytes(32, "little"),
        )


def hmac_forms(algorithm, key, message):
    good = sign_message(algorithm, key, message)
    size = len(good)
    yield "zero", "Zero bytes", bytes(size)
    yield "one-byte", "One byte", good[:1]
    yield "half", "The first half: no truncated MAC", good[: size // 2]
    yield "length-16", "The first 16 bytes", good[:16]
    yield "short", "One byte short", good[:-1]
    yield "long", "A zero byte behind it", good + b"\0"
    yield "twice", "The MAC twice", good * 2
    yield "first-bit", "The first bit flipped", flip(good, 0, 0x80)
    yield "last-bit", "The last bit flipped", flip(good, -1)
    yield "middle-bit", "A bit in the middle flipped", flip(good, size // 2)
    for other in ("HS256", "HS384", "HS512"):
        if other == algorithm:
            continue
        made = sign_message(other, key, message)
        yield f"as-{other.lower()}", f"{other} under this name", made
        yield (
            f"as-{other.lower()}-sized",
            f"{other}, cut or filled to the right size",
            made[:size].ljust(size, b"\0"),
        )
    yield "empty-key", "Signed with an empty key", sign_message(algorithm, b"", message)
    yield (
        "zero-key",
        "Signed with a key of zero bytes",
        sign_message(algorithm, bytes(len(key)), message),
    )
    yield (
        "short-key",
        "Signed with the key less its last byte",
        sign_message(algorithm, key[:-1], message),
    )
    yield "hex", "The hexadecimal text of the right MAC", good.hex().encode()
