"""Raw signatures: good ones of every algorithm, changed ones, and keys of every kind.

Good signatures are made with the recipe of the vectors, a limited number of each algorithm (RSA and
ECDSA take milliseconds in Python), and changed many times.
"""

import base64
import functools
import json
from dataclasses import dataclass, replace

from mutations import (
    ODD_VALUES,
    change_text,
    change_tree,
    flip_bit,
    odd_value,
    random_name,
    random_text,
)
from questions import INVALID, VALID, Question
from recipe import forgeries
from recipe.fixed_keys import KEYS
from recipe.parts import b64, jwk, numbers_of, private_members
from recipe.signing import HASHES, Ec, Ed, L, Q, Rsa, octets_of, sign_message, sign_pss

RSA_KEYS = ("rsa-2048", "rsa-2048-other", "rsa-2048-e3", "rsa-2049", "rsa-3072", "rsa-4096")
EC_KEYS = {
    "ES256": ("p-256", "p-256-other", "p-256-zero-x", "p-256-zero-y"),
    "ES384": ("p-384", "p-384-other"),
    "ES512": ("p-521", "p-521-other"),
}
ED_KEYS = ("ed25519", "ed25519-other")
SECRET_SIZES = (32, 33, 47, 48, 49, 63, 64, 65, 100, 127, 128, 129, 255, 1023, 1024)
# Around the blocks and the padding of SHA-256 and SHA-512.
MESSAGE_SIZES = (
    *(0, 1, 2, 31, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129),
    *(200, 300, 1000, 4000),
)
ODD_ALGORITHMS = (
    *("", "none", "None", "hs256", "HS256 ", " HS256", "HS256\0", "HS256\n", "HS255", "HS2566"),
    *("HS", "RS1", "RS", "ES", "ES256K", "PS256,", "EDDSA", "ed25519", "Ed448", "dir", "A128KW"),
    "\u212as256",
)
# Good signatures of an algorithm, and those that all the forms of the recipe are made of.
MOST_BASES = 50
MOST_FORMED = 3


def more_rsa_keys():
    """The same moduli with other exponents, as far as there are such keys."""
    for name in ("rsa-2048", "rsa-3072", "rsa-4096"):
        for exponent in (3, 5, 17, 257, (1 << 32) + 15, (1 << 63) + 29):
            try:
                yield Rsa(exponent, KEYS[name].p, KEYS[name].q)
            except ValueError:
                continue  # not coprime


@functools.cache
def rsa_keys():
    return (*(KEYS[name] for name in RSA_KEYS), *more_rsa_keys())


def random_rsa_key(random):
    """Mostly a small one: those of 4096 bits take eight times as long to sign."""
    key = random.choice(rsa_keys())
    return key if key.size < 300 or random.random() < 0.3 else random_rsa_key(random)


@dataclass(frozen=True)
class Base:
    """A good signature."""

    alg: str
    key: object
    message: bytes
    signature: bytes

    def ask(self, expected, note, **changes):
        made = replace(self, **{n: v for n, v in changes.items() if n != "jwk"})
        key = changes.get("jwk")
        line = {
            "op": "verify_raw",
            "alg": made.alg,
            "jwk": numbers_of(made.key) if key is None else key,
            "message_hex": made.message.hex(),
            "signature_hex": made.signature.hex(),
        }
        return Question(line, expected, f"{self.alg} {note}")


def random_secret(random, alg):
    least = int(alg[2:]) // 8
    size = random.choice([size for size in SECRET_SIZES if size >= least])
    # HMAC fills a key up with zeros, so that one that ends in them has shorter twins.
    return random.randbytes(size - 1) + bytes([random.randrange(1, 256)])


def other_key(random, base):
    """Another key that could serve the algorithm."""
    if isinstance(base.key, bytes):
        return random_secret(random, base.alg)
    if isinstance(base.key, Rsa):
        return random.choice([key for key in rsa_keys() if key.n != base.key.n])
    names = EC_KEYS[base.alg] if isinstance(base.key, Ec) else ED_KEYS
    return random.choice([KEYS[name] for name in names if KEYS[name] is not base.key])


class Bases:
    """The good signatures, made when they are first asked for."""

    def __init__(self, random):
        self.random = random
        self.made = {}
        self.formed = {}

    def random_key(self, alg):
        if alg[1] == "S" and alg[0] in "RP":
            return random_rsa_key(self.random)
        return KEYS[self.random.choice(EC_KEYS.get(alg, ED_KEYS))]

    def take(self, alg):
        random = self.random
        if alg.startswith("HS"):
            return self.make(alg, random_secret(random, alg))
        pool = self.made.setdefault(alg, [])
        if len(pool) < MOST_BASES and random.random() < 0.5:
            pool.append(self.make(alg, self.random_key(alg)))
        elif not pool:
            return self.take(alg)
        return random.choice(pool)

    def make(self, alg, key):
        random = self.random
        message = random.randbytes(random.choice(MESSAGE_SIZES))
        if alg.startswith("PS"):
            salt = random.randbytes(int(alg[2:]) // 8)
            return Base(alg, key, message, sign_pss(key, HASHES[alg[2:]], message, salt))
        return Base(alg, key, message, sign_message(alg, key, message))

    def forms(self, alg):
        """A base and one signature of the recipe's forms that must not verify."""
        if alg.startswith("HS"):
            base = self.take(alg)
            return base, self.random.choice(list(forgeries.hmac_forms(alg, base.key, base.message)))
        pool = self.formed.setdefault(alg, [])
        if len(pool) < MOST_FORMED:
            base = self.take(alg)
            pool.append((base, tuple(forms_of(base))))
        base, made = self.random.choice(pool)
        return base, self.random.choice(made)


def forms_of(base):
    key, message = base.key, base.message
    if isinstance(key, Rsa):
        paddings = forgeries.pkcs1_paddings if base.alg[0] == "R" else forgeries.pss_paddings
        yield from paddings(key, HASHES[base.alg[2:]], message)
        yield from forgeries.rsa_sizes(key, base.signature)
        if forgeries.fits_above(key, base.signature):
            above = forgeries.plus_modulus(key, base.signature)
            yield "plus-modulus", "the signature and the modulus", above
    elif isinstance(key, Ec):
        yield from forgeries.ecdsa_forms(key, HASHES[base.alg[2:]], message)
    else:
        yield from forgeries.ed25519_forms(key, message)


# --- changes --------------------------------------------------------------------------------------


def good(_random, base):
    return base.ask(VALID, "good")


def twin(_random, base):
    if not isinstance(base.key, Ec):
        return base.ask(VALID, "good")
    size, n = base.key.curve.size, base.key.curve.n
    s = n - int.from_bytes(base.signature[size:], "big")
    return base.ask(VALID, "(r, n - s)", signature=base.signature[:size] + octets_of(s, size))


def signature_bit(random, base):
    return base.ask(INVALID, "bit of the signature", signature=flip_bit(random, base.signature))


def signature_bytes(random, base):
    made = bytearray(base.signature)
    for _ in range(random.randrange(1, 5)):
        made[random.randrange(len(made))] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
    made = bytes(made)
    return base.ask(VALID if made == base.signature else INVALID, "bytes of it", signature=made)


def signature_length(random, base):
    signature = base.signature
    made = random.choice(
        (
            signature[:-1],
            signature[1:],
            signature + b"\0",
            b"\0" + signature,
            signature + random.randbytes(1),
            signature * 2,
            signature[: random.randrange(len(signature))],
            b"",
        )
    )
    return base.ask(INVALID, "length of the signature", signature=made)


def signature_noise(random, base):
    size = len(base.signature)
    made = random.choice((random.randbytes(size), bytes(size), b"\xff" * size))
    return base.ask(INVALID, "no signature", signature=made)


def signature_numbers(random, base):
    """Numbers at the edges of what the algorithm takes."""
    key, size = base.key, len(base.signature)
    if isinstance(key, Rsa):
        edge = random.choice((0, 1, 2, key.n - 1, key.n, key.n + 1, 1 << key.n.bit_length() - 1))
        value = edge + random.choice((0, 0, 1, 3))
        return base.ask(INVALID, "an edge", signature=octets_of(value % (1 << 8 * size), size))
    if isinstance(key, Ec):
        half, n, p = size // 2, key.curve.n, key.curve.p
        r, s = (
            int.from_bytes(part, "big") for part in (base.signature[:half], base.signature[half:])
        )
        top = (1 << 8 * half) - 1

        def edge(number):
            return random.choice(
                (
                    0,
                    1,
                    2,
                    n - 1,
                    n,
                    n + 1,
                    n // 2,
                    p - 1,
                    p,
                    p + 1,
                    top,
                    number + n,
                    n - number,
                    number,
                )
            )

        made = (edge(r) & top, edge(s) & top)
        valid = made in ((r, s), (r, n - s))
        numbers = octets_of(made[0], half) + octets_of(made[1], half)
        return base.ask(VALID if valid else INVALID, "edges", signature=numbers)
    if isinstance(key, Ed):
        s = int.from_bytes(base.signature[32:], "little")
        top = (1 << 256) - 1
        s_made = random.choice(
            (0, 1, L - 1, L, L + 1, 1 << 252, 1 << 255, s + L, s + 7 * L, L - s, s)
        )
        r_made = random.choice(
            (0, 1, 2, Q - 1, Q, Q + 1, 1 << 255, top, int.from_bytes(base.signature[:32], "little"))
        )
        made = r_made.to_bytes(32, "little") + (s_made & top).to_bytes(32, "little")
        return base.ask(VALID if made == base.signature else INVALID, "edges", signature=made)
    return signature_noise(random, base)


def message_bit(random, base):
    if not base.message:
        return base.ask(INVALID, "a message at all", message=b"\0")
    return base.ask(INVALID, "bit of the message", message=flip_bit(random, base.message))


def message_length(random, base):
    message = base.message
    made = random.choice((message[:-1], message + b"\0", b"\0" + message, message * 2 + b"x"))
    return base.ask(VALID if made == message else INVALID, "length of the message", message=made)


def key_other(random, base):
    return base.ask(INVALID, "another key", key=other_key(random, base))


def key_bit(random, base):
    """Never the same key: a bit of a number flipped."""
    numbers = numbers_of(base.key)
    member = random.choice([name for name in numbers if name not in ("kty", "crv")])
    data = bytes_of(numbers[member])
    return base.ask(
        INVALID, f"bit of {member}", jwk={**numbers, member: b64(flip_bit(random, data))}
    )


def algorithm_other(random, base):
    """The same signature under another name."""
    alg = random.choice(
        [*(f"{f}S{h}" for f in "HRPE" for h in HASHES), "EdDSA", "Ed25519", *ODD_ALGORITHMS]
    )
    same = alg == base.alg or {alg, base.alg} == {"EdDSA", "Ed25519"}
    return base.ask(VALID if same else INVALID, "another algorithm", alg=alg)


def signature_other(random, base):
    """A good signature of another hash by the same key, or of another message."""
    message = base.message + b"?"
    if isinstance(base.key, (Rsa, bytes)):
        alg = base.alg[:2] + random.choice([h for h in HASHES if h != base.alg[2:]])
        made = sign_message(alg, base.key, base.message)
        return base.ask(INVALID, f"signature of {alg}", signature=made)
    made = sign_message(base.alg, base.key, message)
    return base.ask(INVALID, "signature of another message", signature=made)


def bytes_of(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


CHANGES = (
    (good, 14),
    (twin, 4),
    (signature_bit, 18),
    (signature_bytes, 6),
    (signature_length, 8),
    (signature_noise, 5),
    (signature_numbers, 12),
    (message_bit, 8),
    (message_length, 4),
    (key_other, 6),
    (key_bit, 5),
    (algorithm_other, 6),
)
# Signs anew each time.
SIGNING = ((signature_other, 0.3),)


def signatures(random, algorithms):
    """Questions about algorithms, [(name, weight)], without end."""
    bases = Bases(random)
    names, weights = zip(*algorithms, strict=True)
    changes, change_weights = zip(*CHANGES, *SIGNING, ("form", 18), strict=True)
    while True:
        [alg] = random.choices(names, weights)
        [change] = random.choices(changes, change_weights)
        if change == "form":
            base, (slug, _, made) = bases.forms(alg)
            yield base.ask(INVALID, f"form {slug}", signature=made)
        else:
            yield change(random, bases.take(alg))


# --- keys -----------------------------------------------------------------------------------------


def odd_number(random, data):
    """A number of a key, spelled or sized in a way that is not the usual one."""
    text = b64(data)
    return random.choice(
        (
            b64(b"\0" + data),
            b64(data + b"\0"),
            b64(data[1:]),
            b64(data[:-1]),
            b64(data * 2),
            b64(data[::-1]),
            b64(bytes(len(data))),
            b64(b"\xff" * len(data)),
            b64(data[:-1] + bytes([data[-1] ^ 1])),
            b64(bytes([data[0] ^ 0x80]) + data[1:]),
            b64(b"\1"),
            b64(b"\2"),
            b64(b"\1\0\0\0\0\0\0\0\1"),
            b64(b"\xff" * 1100),
            b64(random.randbytes(random.choice((1, 31, 32, 48, 66, 255, 256, 257, 1024, 1025)))),
            text + "=",
            text + "==",
            text + "A",
            text[:-1],
            text[:-1] + random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0189-_+/"),
            text.replace("-", "+").replace("_", "/"),
            " " + text,
            text + "\n",
            text[:9] + "." + text[10:],
            text[:5] + "\u00e9",
            "",
            data.hex(),
        )
    )


def odd_coordinate(random, key, member):
    p = key.curve.p
    value = getattr(key, member)
    size = key.curve.size
    made = random.choice(
        (0, 1, p - 1, p, p + 1, p - value, value + p, value + 1, (1 << 8 * size) - 1)
    )
    return b64(octets_of(made % (1 << 8 * size), size))


def odd_ed_key(random, key):
    encodings = [*forgeries.SMALL_ORDER.values(), key.public]
    y = random.choice((0, 1, 2, Q - 2, Q - 1, Q, Q + 1, Q + 18, (1 << 255) - 1))
    encodings.append((y | random.getrandbits(1) << 255).to_bytes(32, "little"))
    encodings.append(random.randbytes(32))
    return b64(random.choice(encodings))


def change_key(random, name, key):
    """A JWK as an object or as text."""
    numbers = numbers_of(key)
    members = [member for member in numbers if member not in ("kty", "crv")]
    kind = random.randrange(10)
    made = {**numbers, **random.choice(({}, {"kid": "a"}, {"use": "sig"}, {"key_ops": ["verify"]}))}
    if kind < 3:
        member = random.choice(members)
        made[member] = odd_number(random, bytes_of(numbers[member]))
    elif kind == 3 and isinstance(key, Ec):
        member = random.choice("xy")
        made[member] = odd_coordinate(random, key, member)
    elif kind == 3 and isinstance(key, Ed):
        made["x"] = odd_ed_key(random, key)
    elif kind == 4:
        member = random.choice(("kty", "crv", "alg", "use", "key_ops", "kid", *members))
        made[member] = random.choice(
            (*ODD_VALUES, "oct", "OKP", "P-256", "P-384", "P-521", "secp256k1", "Ed25519", "X25519")
        )
    elif kind == 5:
        made["alg"] = random.choice(
            ("HS256", "RS256", "PS512", "ES256", "ES384", "EdDSA", "Ed25519", "RSA-OAEP")
        )
    elif kind == 6:
        private = private_members(name) if name in KEYS else {"d": "AA"}
        member = random.choice(list(private))
        made[member] = random.choice((private[member], *ODD_VALUES))
    elif kind == 7:
        made[random_name(random)] = odd_value(random)
        made["key_ops"] = random.choice((["sign"], ["sign", "verify"], [], ["verify", 1], "verify"))
    elif kind == 8:
        return change_text(random, json.dumps(made, ensure_ascii=random.random() < 0.5))
    else:
        change_tree(random, made)
    if random.random() < 0.1:
        del made[random.choice(list(made))]
    return json.dumps(made) if random.random() < 0.3 else made


def keys(random, algorithms):
    """Questions whose key is not as it should be, without end. No truth is known but agreement."""
    bases = Bases(random)
    pool = [bases.take(alg) for alg in algorithms for _ in range(4)]
    named = {id(key): name for name, key in KEYS.items()}
    while True:
        base = random.choice(pool)
        kind = random.randrange(20)
        if kind == 0:
            yield base.ask(INVALID, "random JSON", jwk=change_text(random, random_text(random)))
        elif kind == 1:
            name = random.choice(
                [*RSA_KEYS, "rsa-1024", "rsa-2047", "rsa-8192", *ED_KEYS, *EC_KEYS["ES256"]]
            )
            yield base.ask({}, f"key {name}", jwk=jwk(name, name))
        else:
            made = change_key(random, named.get(id(base.key)), base.key)
            yield base.ask({}, "odd key", jwk=made)


def large_keys(random):
    """RSA of 8192 bits: a few of each algorithm, because they are slow to make."""
    bases = Bases(random)
    algs = [f"{family}S{bits}" for family in "RP" for bits in HASHES]
    pool = [bases.make(alg, KEYS["rsa-8192"]) for alg in algs]
    while True:
        base = random.choice(pool)
        yield random.choice((good, signature_bit, message_bit, signature_length, key_bit))(
            random, base
        )
