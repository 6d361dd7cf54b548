"""Policy documents with public keys, several issuers, and demands beyond permissions and scope."""

from itertools import pairwise

from .der import (
    CURVES,
    EC_PUBLIC_KEY,
    RSA_ENCRYPTION,
    bit_string,
    certificate,
    certificate_pem,
    compressed_point,
    explicit_key_info,
    integer,
    key_info,
    oid,
    pem,
    pkcs1,
    pkcs1_pem,
    point,
    private_pem,
    sequence,
    spki_pem,
    tlv,
)
from .issuer_cases import entry
from .parts import (
    ABSENT,
    ALGORITHMS,
    AUDIENCE,
    ISSUER,
    KEYS,
    MAIN,
    USUAL_KEY,
    PolicyTheme,
    b64,
    derive_secret,
    jwk,
    policy,
    private_members,
)
from .policy_cases import WRONG, text, wrong_types
from .signing import P256, SMALL_ORDER, Q, octets_of

ALGORITHMS_OF = {
    "oct": ALGORITHMS[:3],
    "RSA": ALGORITHMS[3:9],
    "P-256": ALGORITHMS[9:10],
    "P-384": ALGORITHMS[10:11],
    "P-521": ALGORITHMS[11:12],
    "Ed25519": ALGORITHMS[12:],
}
STRAY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def without(members):
    return {name: value for name, value in members.items() if value is not ABSENT}


def forms_of_text(good):
    """base64url that is not canonical."""
    stray = STRAY[STRAY.index(good[-1]) + 1]
    yield "padding", "Padding", good + "=" * (-len(good) % 4 or 2)
    if len(good) % 4:
        yield "stray-bits", "Unused bits in the last character", good[:-1] + stray
    yield "plus", "The other alphabet's +", "+" + good[1:]
    yield "space", "A space inside", good[:5] + " " + good[5:]
    yield "newline", "A line break at the end", good + "\n"


def rsa_theme():
    theme = PolicyTheme(
        "rsa",
        "RSA keys as JWK",
        ["RFC 7518 section 6.3", "RFC 8725 section 3.4", "RFC 7517 section 4"],
    )
    n_path, e_path = "$.keys[0].n", "$.keys[0].e"
    good = KEYS["rsa-2048"].n

    def key(algorithms=("RS256",), name="rsa-2048", **members):
        made = without({**jwk(name), **members})
        return policy(algorithms=list(algorithms), keys=[made])

    def modulus(value):
        return key(n=b64(octets_of(value)))

    for a in ALGORITHMS_OF["RSA"]:
        theme.valid(f"{a.lower()}", f"A key for {a}", key([a]))
        theme.valid(f"{a.lower()}-alg", f"alg {a}", key(ALGORITHMS, alg=a))
    for name in ("rsa-2048-e3", "rsa-2049", "rsa-3072", "rsa-4096", "rsa-8192"):
        theme.valid(f"{name}", f"A key: {name}", key(name=name))
    for name in ("rsa-1024", "rsa-2047"):
        theme.invalid(f"{name}", n_path, f"A key: {name}", key(name=name))
    theme.invalid("n-512", n_path, "512 bits", modulus((good >> 1536) | 1))
    theme.invalid("n-1", n_path, "The number 1", modulus(1))
    theme.invalid("n-8193", n_path, "8,193 bits", modulus((1 << 8192) + 1))
    theme.invalid("n-16384", n_path, "16,384 bits", modulus((1 << 16383) + 1))
    theme.invalid("n-even", n_path, "An even number", modulus(good - 1))
    theme.invalid(
        "n-zero-octet", n_path, "A leading zero octet", key(n=b64(b"\0" + octets_of(good)))
    )
    theme.invalid("n-zero", n_path, "256 zero octets", key(n=b64(bytes(256))))
    theme.invalid("n-empty", n_path, "No octets", key(n=""))
    theme.invalid("n-absent", n_path, "n is required", key(n=ABSENT))
    theme.invalid(
        "n-hex",
        n_path,
        "Hexadecimal of an odd length of base64url",
        key(n=octets_of(good).hex() + "a"),
    )
    for slug, value in (("null", None), ("number", good % 2**53), ("list", [b64(octets_of(good))])):
        theme.invalid(f"n-{slug}", n_path, f"n is {slug}", key(n=value))
    for slug, comment, value in forms_of_text(jwk("rsa-2048")["n"]):
        theme.invalid(f"n-{slug}", n_path, comment, key(n=value))

    for slug, value in (
        ("3", 3),
        ("17", 17),
        ("65539", 65539),
        ("2-32-more-1", 2**32 + 1),
        ("8-octets", 2**64 - 1),
    ):
        theme.valid(f"e-{slug}", f"The exponent {value}", key(e=b64(octets_of(value))))
    for slug, value in (
        ("1", 1),
        ("2", 2),
        ("even", 65536),
        ("9-octets", 2**64 + 1),
        ("as-n", good),
    ):
        theme.invalid(f"e-{slug}", e_path, f"The exponent: {slug}", key(e=b64(octets_of(value))))
    theme.invalid("e-0", e_path, "The exponent 0", key(e="AA"))
    theme.invalid("e-zero-octet", e_path, "A leading zero octet", key(e="AAEAAQ"))
    theme.invalid("e-empty", e_path, "No octets", key(e=""))
    theme.invalid("e-absent", e_path, "e is required", key(e=ABSENT))
    theme.invalid("e-padding", e_path, "Padding", key(e="Aw=="))
    for slug, value in (("null", None), ("number", 65537), ("list", ["AQAB"])):
        theme.invalid(f"e-{slug}", e_path, f"e is {slug}", key(e=value))
    for member, value in {**private_members("rsa-2048"), "oth": []}.items():
        theme.invalid(
            f"private-{member}", f"$.keys[0].{member}", "A private member", key(**{member: value})
        )
    theme.invalid(
        "private-null", "$.keys[0].d", "A private member, whatever its value", key(d=None)
    )
    theme.valid(
        "ignored",
        "Other members are ignored",
        key(k="x", x5c=["MIIB"], x5t=5, crv="P-256", iat=1, nbf=None),
    )
    theme.valid(
        "every",
        "Every member that is read",
        key(kid="a", alg="RS256", use="sig", key_ops=["verify"]),
    )
    theme.invalid("use-enc", "$.keys[0].use", "A key for encryption", key(use="enc"))
    theme.invalid("use-null", "$.keys[0].use", "use is null", key(use=None))
    theme.invalid(
        "key-ops-encrypt",
        "$.keys[0].key_ops",
        "A key for encryption",
        key(key_ops=["encrypt", "wrapKey"]),
    )
    theme.invalid(
        "key-ops-string", "$.keys[0].key_ops", "key_ops is a string", key(key_ops="verify")
    )
    for slug, value in (
        ("hs256", "HS256"),
        ("es256", "ES256"),
        ("rs512", "RS512"),
        ("none", "none"),
        ("oaep", "RSA-OAEP"),
        ("case", "rs256"),
        ("null", None),
        ("list", ["RS256"]),
    ):
        theme.invalid(
            f"alg-{slug}",
            "$.keys[0].alg",
            f"alg is {slug}, which the policy or the key has not",
            key(["RS256", "ES256", "HS256"], alg=value),
        )
    theme.invalid(
        "alg-not-in-policy",
        "$.keys[0].alg",
        "alg is an RSA algorithm that the policy has not",
        key(["PS256"], alg="RS256"),
    )
    theme.invalid(
        "serves-nothing", "$.keys[0]", "The policy has no RSA algorithm", key(["ES256", "HS256"])
    )
    theme.invalid("kid-number", "$.keys[0].kid", "kid is a number", key(kid=5))
    theme.invalid(
        "second",
        "$.keys[1].n",
        "The second key is weak",
        policy(algorithms=["RS256"], keys=[jwk("rsa-2048", "a"), jwk("rsa-1024", "b")]),
    )
    return theme


def curves_theme():
    theme = PolicyTheme(
        "curves",
        "EC and OKP keys as JWK",
        [
            "RFC 7518 section 6.2",
            "RFC 8037 section 2",
            "RFC 8032 section 5.1.3",
            "RFC 8725 section 3.4",
        ],
    )
    x_path, y_path = "$.keys[0].x", "$.keys[0].y"

    def key(name, **members):
        crv = jwk(name)["crv"]
        made = without({**jwk(name), **members})
        return policy(algorithms=list(ALGORITHMS_OF[crv]), keys=[made])

    for name in ("p-256", "p-384", "p-521"):
        ec = KEYS[name]
        size = ec.curve.size
        x, y = octets_of(ec.x, size), octets_of(ec.y, size)
        a = ALGORITHMS_OF[ec.curve.name][0]
        theme.valid(f"{name}", f"A key on {ec.curve.name}", key(name))
        theme.valid(
            f"{name}-alg", f"alg {a}", key(name, alg=a, use="sig", key_ops=["verify"], kid="a")
        )
        for axis, path, value in (("x", x_path, x), ("y", y_path, y)):
            theme.invalid(
                f"{name}-{axis}-short", path, "One octet short", key(name, **{axis: b64(value[1:])})
            )
            theme.invalid(
                f"{name}-{axis}-long",
                path,
                "One octet more",
                key(name, **{axis: b64(b"\0" + value)}),
            )
            theme.invalid(f"{name}-{axis}-empty", path, "No octets", key(name, **{axis: ""}))
            theme.invalid(f"{name}-{axis}-absent", path, "Required", key(name, **{axis: ABSENT}))
            theme.invalid(f"{name}-{axis}-null", path, "null", key(name, **{axis: None}))
        theme.invalid(
            f"{name}-off-curve",
            x_path,
            "y + 1: a point off the curve",
            key(name, y=b64(octets_of(ec.y ^ 1, size))),
        )
        theme.invalid(
            f"{name}-swapped",
            x_path,
            "y and x: a point off the curve",
            key(name, x=b64(y), y=b64(x)),
        )
        theme.invalid(
            f"{name}-zero",
            x_path,
            "x and y are 0",
            key(name, x=b64(bytes(size)), y=b64(bytes(size))),
        )
        theme.invalid(
            f"{name}-p",
            x_path,
            "x is the field's prime",
            key(name, x=b64(octets_of(ec.curve.p, size))),
        )
        theme.invalid(
            f"{name}-ones", x_path, "x has all bits set", key(name, x=b64(b"\xff" * size))
        )
        theme.valid(
            f"{name}-negative",
            "The point with -y is a key too",
            key(name, y=b64(octets_of(ec.curve.p - ec.y, size))),
        )
        theme.invalid(
            f"{name}-private", "$.keys[0].d", "A private member", key(name, **private_members(name))
        )
        for other in ("P-256", "P-384", "P-521"):
            if other != ec.curve.name:
                theme.invalid(
                    f"{name}-as-{other.lower()}",
                    x_path,
                    f"The coordinates of a key on {ec.curve.name} as {other}",
                    policy(algorithms=list(ALGORITHMS), keys=[{**jwk(name), "crv": other}]),
                )
        for slug, value in (
            ("es256k", "ES256K"),
            ("rs256", "RS256"),
            ("eddsa", "EdDSA"),
            ("null", None),
        ):
            theme.invalid(
                f"{name}-alg-{slug}",
                "$.keys[0].alg",
                f"alg is {slug}",
                policy(algorithms=list(ALGORITHMS), keys=[jwk(name, alg=value)]),
            )
        theme.invalid(
            f"{name}-serves-nothing",
            "$.keys[0]",
            "The policy has another curve's algorithm",
            policy(
                algorithms=[ALGORITHMS[10] if name == "p-256" else ALGORITHMS[9]], keys=[jwk(name)]
            ),
        )
    # A small x on the curve, and the same number with the prime added.
    small = next(
        v
        for v in range(1, 99)
        if pow((v**3 - 3 * v + P256.b) % P256.p, (P256.p - 1) // 2, P256.p) == 1
    )
    root = pow((small**3 - 3 * small + P256.b) % P256.p, (P256.p + 1) // 4, P256.p)
    assert P256.holds(small, root)
    theme.valid(
        "p-256-small-x",
        f"A point with x = {small}",
        key("p-256", x=b64(octets_of(small, 32)), y=b64(octets_of(root, 32))),
    )
    theme.invalid(
        "p-256-x-plus-p",
        x_path,
        f"The same point with x = {small} + p",
        key("p-256", x=b64(octets_of(small + P256.p, 32)), y=b64(octets_of(root, 32))),
    )
    for axis, path in (("x", x_path), ("y", y_path)):
        name = f"p-256-zero-{axis}"
        theme.valid(name, f"A key whose {axis} begins with a zero octet", key(name))
        value = octets_of(getattr(KEYS[name], axis), 32)
        theme.invalid(
            f"{name}-cut",
            path,
            "The same without the zero octet",
            key(name, **{axis: b64(value[1:])}),
        )
    for slug, comment, value in forms_of_text(jwk("p-256")["x"]):
        theme.invalid(f"p-256-x-{slug}", x_path, comment, key("p-256", x=value))
    for slug, value in (
        ("absent", ABSENT),
        ("null", None),
        ("p-256k", "secp256k1"),
        ("case", "p-256"),
        ("p-224", "P-224"),
        ("ed25519", "Ed25519"),
        ("number", 256),
    ):
        theme.invalid(
            f"crv-{slug}",
            "$.keys[0].crv",
            f"crv is {slug}",
            policy(algorithms=list(ALGORITHMS), keys=[without({**jwk("p-256"), "crv": value})]),
        )

    theme.valid("ed25519", "An Ed25519 key", key("ed25519"))
    for a in ALGORITHMS[12:]:
        for b in ALGORITHMS[12:]:
            theme.valid(
                f"ed25519-alg-{a.lower()}-policy-{b.lower()}",
                f"alg {a} in a policy of {b}: two names of one algorithm",
                policy(algorithms=[b], keys=[jwk("ed25519", alg=a)]),
            )
    public = KEYS["ed25519"].public
    theme.invalid("ed25519-short", x_path, "31 octets", key("ed25519", x=b64(public[1:])))
    theme.invalid("ed25519-long", x_path, "33 octets", key("ed25519", x=b64(public + b"\0")))
    theme.invalid("ed25519-empty", x_path, "No octets", key("ed25519", x=""))
    theme.invalid("ed25519-absent", x_path, "Required", key("ed25519", x=ABSENT))
    theme.invalid("ed25519-null", x_path, "null", key("ed25519", x=None))
    theme.invalid(
        "ed25519-private",
        "$.keys[0].d",
        "A private member",
        key("ed25519", **private_members("ed25519")),
    )
    for slug, comment, value in forms_of_text(jwk("ed25519")["x"]):
        theme.invalid(f"ed25519-x-{slug}", x_path, comment, key("ed25519", x=value))
    for slug, encoded in SMALL_ORDER.items():
        theme.invalid(
            f"ed25519-{slug}",
            x_path,
            f"A point of small order: {slug}",
            key("ed25519", x=b64(encoded)),
        )
    for slug, value in (
        ("p", Q),
        ("p-more-1", Q + 1),
        ("p-more-3", Q + 3),
        ("p-more-18", Q + 18),
        ("p-sign", Q | 1 << 255),
        ("ones", 2**256 - 1),
        ("neutral-sign", 1 | 1 << 255),
        ("order-2-sign", Q - 1 | 1 << 255),
    ):
        theme.invalid(
            f"ed25519-not-canonical-{slug}",
            x_path,
            f"An encoding that is not canonical: {slug}",
            key("ed25519", x=b64(value.to_bytes(32, "little"))),
        )
    for slug, value in (
        ("x25519", "X25519"),
        ("ed448", "Ed448"),
        ("case", "ed25519"),
        ("absent", ABSENT),
        ("p-256", "P-256"),
    ):
        theme.invalid(
            f"okp-crv-{slug}",
            "$.keys[0].crv",
            f"crv is {slug}",
            policy(algorithms=list(ALGORITHMS), keys=[without({**jwk("ed25519"), "crv": value})]),
        )
    theme.invalid(
        "ed25519-alg-es256",
        "$.keys[0].alg",
        "alg is another type's",
        policy(algorithms=list(ALGORITHMS), keys=[jwk("ed25519", alg="ES256")]),
    )
    theme.invalid(
        "ed25519-serves-nothing",
        "$.keys[0]",
        "The policy has another type's algorithm",
        policy(algorithms=["ES256"], keys=[jwk("ed25519")]),
    )
    return theme


def secrets_theme():
    """HMAC secrets under HS384 and HS512, and in the mixed company of public keys."""
    theme = PolicyTheme("secrets", "Secrets for HS256, HS384 and HS512", ["RFC 7518 section 3.2"])
    k = "$.keys[0].k"

    def key(size, algorithms, **members):
        return policy(
            algorithms=algorithms,
            keys=[{"kty": "oct", "k": b64(derive_secret("s", size)), **members}],
        )

    for a, least in (("HS256", 32), ("HS384", 48), ("HS512", 64)):
        low = a.lower()
        theme.invalid(f"{low}-{least - 1}", k, f"{least - 1} bytes for {a}", key(least - 1, [a]))
        theme.valid(f"{low}-{least}", f"{least} bytes for {a}", key(least, [a]))
        theme.valid(f"{low}-1024", f"1,024 bytes for {a}", key(1024, [a]))
        theme.invalid(f"{low}-1025", k, f"1,025 bytes for {a}", key(1025, [a]))
        for encoding in ("utf8", "hex", "base64url"):
            for size in (least - 1, least):
                secret = derive_secret("r", size)
                written = {"utf8": "s" * size, "hex": secret.hex(), "base64url": b64(secret)}[
                    encoding
                ]
                made = policy(algorithms=[a], keys=[{"secret": written, "encoding": encoding}])
                slug = f"{low}-{encoding}-{size}"
                if size == least:
                    theme.valid(slug, f"{size} bytes for {a}", made)
                else:
                    theme.invalid(slug, "$.keys[0].secret", f"{size} bytes for {a}", made)
    theme.invalid(
        "hs256-hs512-63", k, "63 bytes that serve HS512 as well", key(63, ["HS256", "HS512"])
    )
    theme.valid("hs256-hs512-64", "64 bytes that serve both", key(64, ["HS256", "HS512"]))
    theme.valid("hs256-hs512-alg", "32 bytes, alg HS256", key(32, ["HS256", "HS512"], alg="HS256"))
    theme.invalid(
        "hs256-hs512-alg-512", k, "32 bytes, alg HS512", key(32, ["HS256", "HS512"], alg="HS512")
    )
    theme.invalid(
        "hs384-47-of-three", k, "47 bytes among three algorithms", key(47, ["HS512", "HS384"])
    )
    theme.valid(
        "other-types", "32 bytes: RS512 is no algorithm of a secret", key(32, ["HS256", "RS512"])
    )
    theme.invalid(
        "serves-nothing", "$.keys[0]", "The policy has no HMAC algorithm", key(64, ["RS256"])
    )
    theme.invalid(
        "raw-serves-nothing",
        "$.keys[0]",
        "The policy has no HMAC algorithm",
        policy(algorithms=["RS256"], keys=[{"secret": MAIN.hex(), "encoding": "hex"}]),
    )
    theme.invalid(
        "alg-rs256",
        "$.keys[0].alg",
        "alg is another type's",
        key(64, ["HS256", "RS256"], alg="RS256"),
    )
    theme.invalid(
        "raw-alg-rs256",
        "$.keys[0].alg",
        "alg is another type's",
        policy(
            algorithms=["HS256", "RS256"],
            keys=[{"secret": MAIN.hex(), "encoding": "hex", "alg": "RS256"}],
        ),
    )
    theme.valid("oct-with-d", "d in a secret is no private part", key(32, ["HS256"], d="x"))
    # What a PEM text or a JWK is as a secret: a key of another form, or unknown members.
    theme.invalid(
        "kty-rsa-k",
        "$.keys[0].n",
        "kty RSA with k alone",
        policy(algorithms=["RS256"], keys=[{"kty": "RSA", "e": "AQAB", "k": b64(MAIN)}]),
    )
    theme.valid(
        "mixed",
        "Keys of every type",
        policy(
            algorithms=list(ALGORITHMS),
            keys=[jwk(name, name) for name in dict.fromkeys(USUAL_KEY.values())],
        ),
    )
    theme.invalid(
        "mixed-duplicate-kid",
        "$.keys[1].kid",
        "One kid for two types",
        policy(algorithms=["RS256", "HS256"], keys=[jwk("rsa-2048", "1"), jwk("main", "1")]),
    )
    return theme


def sets_theme():
    theme = PolicyTheme("sets", "keys as a JWK Set", ["RFC 7517 section 5"])
    path = "$.keys.keys"
    good = jwk("rsa-2048", "good")

    def jwks(*keys, algorithms=("RS256", "ES256"), **members):
        return policy(algorithms=list(algorithms), keys={"keys": list(keys), **members})

    theme.valid("one", "A set of one", jwks(good))
    theme.valid("members", "Other members of the set are ignored", jwks(good, expires=5, url=None))
    theme.valid("two", "Two types", jwks(good, jwk("p-256", "ec")))
    theme.valid("nameless", "Without kid", jwks(jwk("rsa-2048"), jwk("rsa-2048-other")))
    theme.invalid("empty", "$.keys", "No entry", jwks())
    theme.invalid(
        "keys-absent", "$.keys", "An object without keys", policy(keys={"key": [jwk("main")]})
    )
    for slug, value in WRONG:
        if slug != "array":
            theme.invalid(
                f"keys-{slug}", path, f"keys of the set is {slug}", policy(keys={"keys": value})
            )
    for slug, value in WRONG:
        if slug != "object":
            theme.invalid(
                f"entry-{slug}", f"{path}[1]", f"An entry that is {slug}", jwks(good, value)
            )
    theme.invalid(
        "in-list",
        "$.keys[0].kty",
        "A set in a list is a key without kty",
        policy(keys=[{"keys": [jwk("main")]}]),
    )

    ignored = (
        ("kty-unknown", "kty is unknown", {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"}),
        ("kty-absent", "kty is absent", {"n": good["n"], "e": "AQAB"}),
        ("empty", "No members", {}),
        (
            "crv-unknown",
            "crv is unknown",
            {"kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA"},
        ),
        ("crv-absent", "crv is absent", {"kty": "EC", "x": "AAAA", "y": "AAAA"}),
        ("okp-unknown", "crv X25519", {"kty": "OKP", "crv": "X25519", "x": b64(MAIN)}),
        ("okp-ed448", "crv Ed448", {"kty": "OKP", "crv": "Ed448", "x": b64(bytes(57))}),
        ("alg-unknown", "alg is unknown", jwk("rsa-2048-other", "x", alg="RSA-OAEP-256")),
        ("alg-none", "alg is none", jwk("rsa-2048-other", "x", alg="none")),
        ("alg-not-in-policy", "alg is not in the policy", jwk("rsa-2048-other", "x", alg="RS512")),
        ("use-enc", "use is enc", jwk("rsa-2048-other", "x", use="enc")),
        ("use-other", "use is unknown", jwk("rsa-2048-other", "x", use="tls")),
        ("key-ops", "key_ops without verify", jwk("rsa-2048-other", "x", key_ops=["encrypt"])),
        ("key-ops-empty", "key_ops is empty", jwk("rsa-2048-other", "x", key_ops=[])),
        ("n-absent", "n is absent", {"kty": "RSA", "e": "AQAB"}),
        ("e-absent", "e is absent", {"kty": "RSA", "n": good["n"]}),
        ("x-absent", "x is absent", {"kty": "EC", "crv": "P-256", "y": jwk("p-256")["y"]}),
        ("y-absent", "y is absent", {"kty": "EC", "crv": "P-256", "x": jwk("p-256")["x"]}),
        ("other-curve", "Its type serves none of the algorithms", jwk("p-384", "x")),
        ("okp", "Its type serves none of the algorithms", jwk("ed25519", "x")),
        ("oct", "Its type serves none of the algorithms", jwk("main", "x")),
        (
            "weak-other-use",
            "A weak key that is ignored all the same",
            jwk("rsa-1024", "x", use="enc"),
        ),
        (
            "weak-other-alg",
            "A weak key that is ignored all the same",
            jwk("rsa-1024", "x", alg="RS512"),
        ),
        ("pem", "A PEM key is no JWK", {"pem": spki_pem(KEYS["rsa-2048-other"]), "kid": "x"}),
        ("secret", "A raw secret is no JWK", {"secret": MAIN.hex(), "encoding": "hex"}),
    )
    for slug, comment, key in ignored:
        theme.valid(f"ignored-{slug}", f"{comment}: ignored beside a good key", jwks(key, good))
        theme.invalid(f"alone-{slug}", "$.keys", f"{comment}: no key remains", jwks(key))
    theme.valid(
        "oct-k-absent",
        "k is absent: ignored",
        jwks({"kty": "oct"}, jwk("main"), algorithms=["HS256"]),
    )
    theme.invalid(
        "oct-k-absent-alone",
        "$.keys",
        "k is absent: no key remains",
        jwks({"kty": "oct"}, algorithms=["HS256"]),
    )
    theme.valid(
        "all-ignored-but-one",
        "One good key among all of these",
        jwks(*(key for _, _, key in ignored), good),
    )
    theme.valid(
        "same-kid-ignored",
        "The kid of an ignored entry is free",
        jwks(jwk("rsa-2048-other", "good", use="enc"), good),
    )
    theme.valid(
        "ignored-kid-wrong",
        "kid of an ignored entry is not read",
        jwks({**jwk("p-384"), "kid": 5}, good),
    )
    theme.invalid(
        "duplicate-kid",
        f"{path}[1].kid",
        "Two keys of one kid",
        jwks(good, jwk("rsa-2048-other", "good")),
    )
    theme.invalid(
        "duplicate-kid-later",
        f"{path}[2].kid",
        "Two keys of one kid with an ignored entry between",
        jwks(good, jwk("p-384", "good"), jwk("p-256", "good")),
    )
    for slug, member, comment, key in (
        ("weak", "n", "A weak key", jwk("rsa-1024", "x")),
        ("even-e", "e", "An even exponent", jwk("rsa-2048-other", "x", e="Ag")),
        ("n-number", "n", "n is a number", {**jwk("rsa-2048-other"), "n": 5}),
        ("n-null", "n", "n is null: there, and wrong", {**jwk("rsa-2048-other"), "n": None}),
        (
            "off-curve",
            "x",
            "A point off the curve",
            {**jwk("p-256", "x"), "y": jwk("p-256-other")["y"]},
        ),
        ("alg-number", "alg", "alg is a number", jwk("rsa-2048-other", "x", alg=5)),
        ("alg-null", "alg", "alg is null", jwk("rsa-2048-other", "x", alg=None)),
        (
            "alg-other-type",
            "alg",
            "alg is in the policy and another type's",
            jwk("rsa-2048-other", "x", alg="ES256"),
        ),
        ("use-number", "use", "use is a number", jwk("rsa-2048-other", "x", use=5)),
        ("use-null", "use", "use is null", jwk("rsa-2048-other", "x", use=None)),
        (
            "key-ops-string",
            "key_ops",
            "key_ops is a string",
            jwk("rsa-2048-other", "x", key_ops="verify"),
        ),
        (
            "key-ops-number",
            "key_ops",
            "key_ops holds a number",
            jwk("rsa-2048-other", "x", key_ops=["verify", 5]),
        ),
        ("kid-empty", "kid", "An empty kid", jwk("rsa-2048-other", "")),
        ("kid-null", "kid", "kid is null", jwk("rsa-2048-other", None)),
        ("private", "d", "A private member", {**jwk("rsa-2048-other", "x"), "d": "AAAA"}),
        (
            "private-ignored-rsa",
            "d",
            "A private member in an entry that is ignored",
            jwk("rsa-2048-other", "x", use="enc", d="AAAA"),
        ),
        (
            "private-ignored-ec",
            "d",
            "A private member in an entry that is ignored",
            {**jwk("p-384", "x"), **private_members("p-384")},
        ),
        (
            "private-ignored-okp",
            "d",
            "A private member in an entry that is ignored",
            {**jwk("ed25519", "x"), **private_members("ed25519")},
        ),
    ):
        theme.invalid(
            slug, f"{path}[1].{member}", f"{comment}: a mistake in a set too", jwks(good, key)
        )
    tiny = {"kty": "x"}
    theme.valid("1000", "1,000 entries, all but one ignored", jwks(*[tiny] * 999, good))
    theme.invalid("1001", path, "1,001 entries", jwks(*[tiny] * 1000, good))
    theme.text(
        "duplicate-member",
        f"{path}[0].n",
        "n twice in an entry",
        text(jwks(good)).replace('"e":"AQAB"', '"e":"AQAB","n":"AAAA"'),
    )
    theme.invalid(
        "in-issuers",
        "$.issuers[1].keys.keys[0].n",
        "A weak key in a set of the second issuer",
        {
            "issuers": [
                entry("a", "RS256", good),
                {**entry("b", "RS256"), "keys": {"keys": [jwk("rsa-1024")]}},
            ]
        },
    )
    return theme


def pem_theme():
    theme = PolicyTheme(
        "pem",
        "Keys in PEM",
        ["RFC 7468", "RFC 5280 section 4.1", "RFC 8017 appendix A.1.1", "RFC 5480", "RFC 8410"],
    )
    at = "$.keys[0].pem"
    rsa, ec, ed = KEYS["rsa-2048"], KEYS["p-256"], KEYS["ed25519"]

    def key(written, algorithms=("RS256", "ES256", "ES384", "ES512", "EdDSA"), **members):
        return policy(algorithms=list(algorithms), keys=[{"pem": written, **members}])

    for name in (
        "rsa-2048",
        "rsa-2048-e3",
        "rsa-2049",
        "rsa-4096",
        "rsa-8192",
        "p-256",
        "p-256-zero-x",
        "p-384",
        "p-521",
        "ed25519",
    ):
        theme.valid(f"spki-{name}", "PUBLIC KEY", key(spki_pem(KEYS[name])))
        theme.valid(f"certificate-{name}", "CERTIFICATE", key(certificate_pem(KEYS[name], name)))
        if name.startswith("rsa"):
            theme.valid(f"pkcs1-{name}", "RSA PUBLIC KEY", key(pkcs1_pem(KEYS[name])))
    good = spki_pem(rsa)
    lines = good.split("\n")
    theme.valid("every-member", "kid and alg", key(good, kid="a", alg="RS256"))
    theme.valid("crlf", "Lines that end in CRLF", key(good.replace("\n", "\r\n")))
    theme.valid("no-last-line-break", "No line break at the end", key(good.rstrip()))
    theme.valid("line-break-before", "White space around the block", key("\n" + good + "\n"))
    theme.valid(
        "two-keys",
        "A PEM key beside a JWK",
        policy(algorithms=["RS256", "ES256"], keys=[{"pem": good, "kid": "a"}, jwk("p-256", "b")]),
    )

    for slug, value in (*((s, v) for s, v in WRONG if s != "string"), ("empty", "")):
        theme.invalid(f"pem-{slug}", at, f"pem is {slug}", key(value))
    body = "".join(lines[1:-2])
    for slug, comment, written in (
        ("text", "No block at all", "a public key"),
        ("body-only", "The body without its marks", body),
        ("junk-before", "Text before the block", "junk\n" + good),
        ("junk-after", "Text after the block", good + "junk\n"),
        ("junk-same-line", "Text on the line of the mark", "x" + good),
        ("junk-after-mark", "Text behind the last mark", good.rstrip() + "x"),
        (
            "bag-attributes",
            "Attributes as OpenSSL prints them",
            "Bag Attributes\n    friendlyName: x\n" + good,
        ),
        ("two-blocks", "Two blocks", good + good),
        ("two-labels", "A certificate and a key", certificate_pem(rsa, "x") + good),
        (
            "header-lines",
            "Header lines inside the block",
            "\n".join([lines[0], "Proc-Type: 4,ENCRYPTED", "", *lines[1:]]),
        ),
        ("no-begin", "No first mark", "\n".join(lines[1:])),
        ("no-end", "No last mark", "\n".join(lines[:-2])),
        ("cut", "Cut in the middle", good[: len(good) // 2]),
        (
            "other-end",
            "The last mark has another label",
            pem("PUBLIC KEY", key_info(rsa), "CERTIFICATE"),
        ),
        (
            "lower-case",
            "Marks in lower case",
            good.replace("BEGIN PUBLIC KEY", "begin public key").replace(
                "END PUBLIC KEY", "end public key"
            ),
        ),
        ("four-dashes", "A dash too few", good.replace("-----BEGIN", "----BEGIN")),
        ("no-body", "No body", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
        (
            "bad-character",
            "A character outside base64",
            "\n".join([lines[0], "!" + lines[1][1:], *lines[2:]]),
        ),
        ("base64url", "The other alphabet", good.replace("+", "-").replace("/", "_")),
        ("no-padding", "Without padding", spki_pem_padded().replace("=", "")),
        (
            "more-padding",
            "More padding than needed",
            spki_pem_padded().replace("\n-----END", "=\n-----END"),
        ),
        (
            "padding-inside",
            "Padding inside the body",
            "\n".join([lines[0], lines[1][:-4] + "AA==", *lines[2:]]),
        ),
        ("nul", "A NUL in the body", "\n".join([lines[0], "\0" + lines[1], *lines[2:]])),
        ("nul-after", "A NUL after the block", good + "\0"),
        (
            "accent",
            "A letter outside ASCII",
            "\n".join([lines[0], "\u00e9" + lines[1][1:], *lines[2:]]),
        ),
    ):
        theme.invalid(slug, at, comment, key(written))

    traditional = sequence(
        *map(integer, (0, rsa.n, rsa.e, rsa.d, rsa.p, rsa.q)),
        *map(integer, (rsa.d % (rsa.p - 1), rsa.d % (rsa.q - 1), pow(rsa.q, -1, rsa.p))),
    )
    ec_private = sequence(
        integer(1),
        tlv(4, octets_of(ec.d, 32)),
        tlv(0xA0, CURVES["P-256"]),
        tlv(0xA1, bit_string(point(ec))),
    )
    for slug, comment, written in (
        ("private-rsa", "PRIVATE KEY", private_pem(rsa)),
        ("private-ec", "PRIVATE KEY", private_pem(ec)),
        ("private-ed25519", "PRIVATE KEY", private_pem(ed)),
        ("private-rsa-old", "RSA PRIVATE KEY", pem("RSA PRIVATE KEY", traditional)),
        ("private-ec-old", "EC PRIVATE KEY", pem("EC PRIVATE KEY", ec_private)),
        ("private-encrypted", "ENCRYPTED PRIVATE KEY", pem("ENCRYPTED PRIVATE KEY", key_info(rsa))),
        ("private-and-public", "A private key and its public key", private_pem(ec) + spki_pem(ec)),
        (
            "private-as-public",
            "A private key under the label of a public one",
            pem("PUBLIC KEY", traditional),
        ),
        ("label-ec", "EC PUBLIC KEY is no label of ours", pem("EC PUBLIC KEY", key_info(ec))),
        ("label-request", "CERTIFICATE REQUEST", pem("CERTIFICATE REQUEST", certificate(rsa, "x"))),
        ("label-trusted", "TRUSTED CERTIFICATE", pem("TRUSTED CERTIFICATE", certificate(rsa, "x"))),
        ("label-x509", "X509 CERTIFICATE", pem("X509 CERTIFICATE", certificate(rsa, "x"))),
        ("label-pkcs7", "PKCS7", pem("PKCS7", certificate(rsa, "x"))),
        ("label-parameters", "EC PARAMETERS", pem("EC PARAMETERS", CURVES["P-256"])),
        ("label-empty", "An empty label", pem("", key_info(rsa))),
        ("pkcs1-as-spki", "PKCS #1 under the label of SPKI", pem("PUBLIC KEY", pkcs1(rsa))),
        ("spki-as-pkcs1", "SPKI under the label of PKCS #1", pem("RSA PUBLIC KEY", key_info(rsa))),
        (
            "spki-as-certificate",
            "SPKI under the label of a certificate",
            pem("CERTIFICATE", key_info(rsa)),
        ),
        (
            "certificate-as-spki",
            "A certificate under the label of SPKI",
            pem("PUBLIC KEY", certificate(rsa, "x")),
        ),
    ):
        theme.invalid(slug, at, comment, key(written))

    info = key_info(rsa)
    ed_info = key_info(ed)

    def ec_info(contents, curve="P-256", unused=0):
        return sequence(sequence(EC_PUBLIC_KEY, CURVES[curve]), bit_string(contents, unused))

    def rsa_info(n=rsa.n, e=rsa.e):
        return sequence(RSA_ENCRYPTION, bit_string(sequence(integer(n), integer(e))))

    point_ = point(ec)
    off = point_[:-1] + bytes([point_[-1] ^ 1])
    negative = tlv(2, octets_of(rsa.n))  # the top bit is set, so this is a negative number
    for slug, comment, der in (
        ("der-cut", "The last byte left out", info[:-1]),
        ("der-half", "Half of it", info[: len(info) // 2]),
        ("der-trailing", "A byte behind it", info + b"\0"),
        (
            "der-trailing-inside",
            "A NULL behind the key, inside",
            sequence(RSA_ENCRYPTION, bit_string(pkcs1(rsa)), tlv(5, b"")),
        ),
        ("der-twice", "The key twice", info + info),
        ("der-indefinite", "An indefinite length", b"\x30\x80" + info[4:] + b"\0\0"),
        ("der-long-length", "A length in more bytes than it needs", b"\x30\x83\0" + info[2:]),
        ("der-huge-length", "A length of 2^32-1", b"\x30\x84\xff\xff\xff\xff" + info[4:]),
        ("der-set", "A SET instead of a SEQUENCE", b"\x31" + info[1:]),
        ("der-empty-sequence", "An empty SEQUENCE", sequence()),
        (
            "der-octet-string",
            "An OCTET STRING instead of the BIT STRING",
            sequence(RSA_ENCRYPTION, tlv(4, pkcs1(rsa))),
        ),
        (
            "der-unused-bits",
            "Unused bits in the BIT STRING",
            sequence(RSA_ENCRYPTION, bit_string(pkcs1(rsa), 1)),
        ),
        ("der-no-key", "An empty BIT STRING", sequence(RSA_ENCRYPTION, tlv(3, b""))),
        (
            "der-key-trailing",
            "A byte behind the RSA key",
            sequence(RSA_ENCRYPTION, bit_string(pkcs1(rsa) + b"\0")),
        ),
        (
            "oid-unknown",
            "An unknown algorithm",
            sequence(sequence(oid("1.2.3.4"), tlv(5, b"")), bit_string(pkcs1(rsa))),
        ),
        ("oid-dsa", "DSA", sequence(sequence(oid("1.2.840.10040.4.1")), bit_string(pkcs1(rsa)))),
        ("oid-x25519", "X25519", sequence(sequence(oid("1.3.101.110")), bit_string(ed.public))),
        (
            "oid-ed448",
            "Ed448",
            sequence(sequence(oid("1.3.101.113")), bit_string(bytes(range(57)))),
        ),
        (
            "rsa-no-null",
            "rsaEncryption without its NULL",
            sequence(sequence(oid("1.2.840.113549.1.1.1")), bit_string(pkcs1(rsa))),
        ),
        ("rsa-1024", "A weak key", key_info(KEYS["rsa-1024"])),
        ("rsa-2047", "A key one bit too short", key_info(KEYS["rsa-2047"])),
        ("rsa-8193", "8,193 bits", rsa_info((1 << 8192) + 1)),
        ("rsa-even", "An even modulus", rsa_info(rsa.n - 1)),
        ("rsa-e-1", "The exponent 1", rsa_info(e=1)),
        ("rsa-e-even", "An even exponent", rsa_info(e=65536)),
        ("rsa-e-9-octets", "An exponent of nine octets", rsa_info(e=2**64 + 1)),
        (
            "rsa-negative",
            "A negative modulus",
            sequence(RSA_ENCRYPTION, bit_string(sequence(negative, integer(rsa.e)))),
        ),
        (
            "rsa-zero-octets",
            "A modulus with a zero octet too many",
            sequence(
                RSA_ENCRYPTION,
                bit_string(sequence(tlv(2, b"\0\0" + octets_of(rsa.n)), integer(rsa.e))),
            ),
        ),
        ("rsa-no-e", "No exponent", sequence(RSA_ENCRYPTION, bit_string(sequence(integer(rsa.n))))),
        (
            "rsa-three",
            "A third number",
            sequence(
                RSA_ENCRYPTION, bit_string(sequence(integer(rsa.n), integer(rsa.e), integer(5)))
            ),
        ),
        ("ec-compressed", "A compressed point", ec_info(compressed_point(ec))),
        ("ec-hybrid", "A hybrid point", ec_info(bytes([6 + ec.y % 2]) + point_[1:])),
        ("ec-infinity", "The point at infinity", ec_info(b"\0")),
        ("ec-off-curve", "A point off the curve", ec_info(off)),
        ("ec-short", "A point one byte short", ec_info(point_[:-1])),
        ("ec-long", "A point one byte long", ec_info(point_ + b"\0")),
        ("ec-p", "x is the field's prime", ec_info(b"\4" + octets_of(P256.p, 32) + point_[33:])),
        ("ec-other-size", "A point of P-256 under P-384", ec_info(point_, "P-384")),
        ("ec-secp256k1", "An unknown curve", ec_info(point_, "secp256k1")),
        ("ec-explicit", "The curve's parameters instead of its name", explicit_key_info(ec)),
        ("ec-no-curve", "No curve", sequence(sequence(EC_PUBLIC_KEY), bit_string(point_))),
        (
            "ec-null-curve",
            "NULL instead of a curve",
            sequence(sequence(EC_PUBLIC_KEY, tlv(5, b"")), bit_string(point_)),
        ),
        (
            "ed25519-null",
            "id-Ed25519 with a NULL",
            sequence(sequence(oid("1.3.101.112"), tlv(5, b"")), bit_string(ed.public)),
        ),
        (
            "ed25519-short",
            "31 bytes",
            sequence(sequence(oid("1.3.101.112")), bit_string(ed.public[1:])),
        ),
        (
            "ed25519-long",
            "33 bytes",
            sequence(sequence(oid("1.3.101.112")), bit_string(ed.public + b"\0")),
        ),
        ("ed25519-order-8", "A point of small order", ed_info[:-32] + SMALL_ORDER["order-8"]),
        (
            "ed25519-not-canonical",
            "An encoding that is not canonical",
            ed_info[:-32] + (Q + 3).to_bytes(32, "little"),
        ),
    ):
        theme.invalid(slug, at, comment, key(pem("PUBLIC KEY", der)))
    for slug, comment, label, der in (
        ("pkcs1-weak", "A weak key", "RSA PUBLIC KEY", pkcs1(KEYS["rsa-1024"])),
        ("pkcs1-trailing", "A byte behind it", "RSA PUBLIC KEY", pkcs1(rsa) + b"\0"),
        ("pkcs1-cut", "The last byte left out", "RSA PUBLIC KEY", pkcs1(rsa)[:-1]),
        ("certificate-weak", "A weak key", "CERTIFICATE", certificate(KEYS["rsa-1024"], "weak")),
        ("certificate-cut", "The last byte left out", "CERTIFICATE", certificate(rsa, "x")[:-1]),
        ("certificate-trailing", "A byte behind it", "CERTIFICATE", certificate(rsa, "x") + b"\0"),
        (
            "certificate-two",
            "Two certificates in one block",
            "CERTIFICATE",
            certificate(rsa, "x") * 2,
        ),
    ):
        theme.invalid(slug, at, comment, key(pem(label, der)))
    theme.valid(
        "certificate-signature",
        "A certificate's own signature is not checked: only its key is used",
        key(pem("CERTIFICATE", certificate(rsa, "x")[:-1] + b"\0")),
    )

    theme.invalid(
        "unknown-member", "$.keys[0].use", "A JWK member beside pem", key(good, use="sig")
    )
    theme.invalid("and-kty", "$.keys[0].kty", "A key of both forms", key(good, kty="RSA"))
    theme.invalid(
        "and-secret",
        "$.keys[0].pem",
        "A raw secret has no pem",
        key(good, secret=MAIN.hex(), encoding="hex"),
    )
    theme.invalid(
        "and-encoding", "$.keys[0].encoding", "A member of a raw secret", key(good, encoding="utf8")
    )
    theme.invalid("kid-empty", "$.keys[0].kid", "An empty kid", key(good, kid=""))
    theme.invalid(
        "alg-other-type", "$.keys[0].alg", "alg is another type's", key(good, alg="ES256")
    )
    theme.invalid(
        "alg-not-in-policy", "$.keys[0].alg", "alg is not in the policy", key(good, alg="PS256")
    )
    theme.invalid(
        "alg-hs256",
        "$.keys[0].alg",
        "alg HS256: a PEM text is no secret",
        key(good, ["RS256", "HS256"], alg="HS256"),
    )
    theme.invalid(
        "serves-nothing",
        "$.keys[0]",
        "The policy has no algorithm of the key's type",
        key(good, ["ES256", "HS256"]),
    )
    theme.invalid(
        "serves-nothing-curve",
        "$.keys[0]",
        "The policy has another curve's algorithm",
        key(spki_pem(KEYS["p-384"]), ["ES256"]),
    )
    theme.invalid(
        "duplicate-kid",
        "$.keys[1].kid",
        "One kid in two forms",
        policy(algorithms=["RS256"], keys=[jwk("rsa-2048", "a"), {"pem": good, "kid": "a"}]),
    )
    theme.invalid(
        "as-secret",
        "$.keys[0].encoding",
        "A PEM text as a secret still needs an encoding",
        policy(keys=[{"secret": good}]),
    )
    return theme


def spki_pem_padded():
    """An SPKI whose base64 needs padding."""
    return next(
        p
        for p in (spki_pem(KEYS[name]) for name in ("p-256", "p-384", "p-521", "ed25519"))
        if "=" in p
    )


def issuers_theme():
    theme = PolicyTheme(
        "issuers",
        "Several issuers, and tenants",
        ["docs/policy.md, issuers", "RFC 8725 section 3.8"],
    )

    def of(*entries, **members):
        return {"issuers": list(entries), **members}

    a, b = (
        entry("https://a.example/", "RS256", "rsa-2048"),
        entry("https://b.example/", "ES256", "p-256"),
    )
    theme.valid("one", "A list of one", of(a))
    theme.valid("two", "Two issuers", of(a, b))
    theme.valid(
        "every-top",
        "What may stand beside issuers",
        of(a, b, **{"$schema": "x", "clock_tolerance": 30, "realm": "gate"}),
    )
    theme.valid(
        "every-member",
        "Every member of an entry",
        of(
            entry(
                "https://{tenantid}.example/",
                ["RS256", "PS256"],
                "rsa-2048",
                tenants=["a"],
                audience=["x", "y"],
                expiration="optional",
                max_token_age=60,
                typ=None,
                token_use=["access", "id"],
                client_id="x",
                azp="y",
                require={"present": ["sub"]},
            ),
            b,
        ),
    )
    theme.valid("audience-null", "An entry may take any audience", of({**a, "audience": None}, b))
    theme.valid(
        "same-kid",
        "A kid may occur in two entries",
        of(a, entry("b", "RS256", jwk("rsa-2048-other", "rsa-2048"))),
    )
    theme.valid("same-key", "So may a key", of(a, {**a, "issuer": "b"}))
    theme.valid("set", "An entry with a JWK Set", of({**a, "keys": {"keys": a["keys"]}}, b))
    theme.valid(
        "case", "Issuers that differ in case are two", of(a, {**a, "issuer": "HTTPS://a.example/"})
    )
    wrong_types(theme, "issuers", "$.issuers", lambda v: {"issuers": v}, but=("array",))
    theme.invalid("empty", "$.issuers", "An empty list", of())
    for slug, value in WRONG:
        if slug != "object":
            theme.invalid(f"entry-{slug}", "$.issuers[1]", f"An entry that is {slug}", of(a, value))
    many = [
        {**a, "issuer": f"https://{n}.example/", "keys": [jwk("p-256")], "algorithms": ["ES256"]}
        for n in range(65)
    ]
    theme.valid("64", "64 issuers", of(*many[:64]))
    theme.invalid("65", "$.issuers", "65 issuers", of(*many))
    theme.invalid(
        "duplicate",
        "$.issuers[1].issuer",
        "The same issuer twice",
        of(a, {**b, "issuer": a["issuer"]}),
    )
    theme.invalid(
        "duplicate-third",
        "$.issuers[2].issuer",
        "The third repeats the first",
        of(a, b, {**b, "issuer": a["issuer"]}),
    )
    theme.text(
        "duplicate-escaped",
        "$.issuers[1].issuer",
        "The same issuer, once with an escape",
        text(of(a, b)).replace("https://b.example/", "https:\\/\\/\\u0061.example/"),
    )
    theme.invalid(
        "duplicate-tenants",
        "$.issuers[1].issuer",
        "The same text with other tenants",
        of(*(entry("{tenantid}", "RS256", "rsa-2048", tenants=[t]) for t in "xy")),
    )
    beside = {
        "algorithms": ["HS256"],
        "issuer": ISSUER,
        "tenants": ["a"],
        "audience": AUDIENCE,
        "keys": [jwk("main")],
        "expiration": "optional",
        "max_token_age": 60,
        "typ": ["JWT"],
        "token_use": "access",
        "client_id": "x",
        "azp": "x",
        "require": {"present": ["sub"]},
    }
    for name, value in beside.items():
        theme.invalid(
            f"beside-{name.replace('_', '-')}",
            f"$.{name}",
            f"{name} beside issuers",
            of(a, b, **{name: value}),
        )
    theme.invalid("beside-null", "$.issuer", "null beside issuers", of(a, issuer=None))
    theme.invalid("beside-unknown", "$.leeway", "An unknown member beside issuers", of(a, leeway=5))
    theme.invalid(
        "beside-tolerance",
        "$.clock_tolerance",
        "clock_tolerance is checked all the same",
        of(a, clock_tolerance=301),
    )
    theme.invalid("beside-realm", "$.realm", "realm is checked all the same", of(a, realm=""))
    for name in ("algorithms", "issuer", "audience", "keys"):
        theme.invalid(
            f"without-{name}",
            f"$.issuers[1].{name}",
            f"{name} is required",
            of(a, without({**b, name: ABSENT})),
        )
    theme.invalid(
        "issuer-null", "$.issuers[1].issuer", "An entry has a name", of(a, {**b, "issuer": None})
    )
    theme.invalid(
        "issuer-null-alone", "$.issuers[0].issuer", "Even the only one", of({**b, "issuer": None})
    )
    theme.invalid("issuer-empty", "$.issuers[0].issuer", "An empty name", of({**a, "issuer": ""}))
    theme.invalid(
        "issuer-1025", "$.issuers[0].issuer", "1,025 bytes", of({**a, "issuer": "i" * 1025})
    )
    for name, value in (
        ("realm", "x"),
        ("clock_tolerance", 5),
        ("$schema", "x"),
        ("issuers", []),
        ("leeway", 5),
    ):
        slug = name.strip("$").replace("_", "-")
        theme.invalid(
            f"entry-member-{slug}",
            f"$.issuers[0].{name}",
            f"An entry has no {name}",
            of({**a, name: value}),
        )
    theme.invalid(
        "entry-unknown-first",
        "$.issuers[0].x",
        "An unknown member before a missing one",
        of(without({**a, "issuer": ABSENT, "x": 1})),
    )
    for slug, member, value in (
        ("algorithms", "algorithms", ["none"]),
        ("audience", "audience", []),
        ("keys", "keys", []),
        ("expiration", "expiration", "never"),
        ("max-token-age", "max_token_age", 0),
        ("typ", "typ", []),
        ("token-use", "token_use", ""),
        ("client-id", "client_id", 5),
        ("azp", "azp", []),
        ("require", "require", {}),
    ):
        path = f"$.issuers[1].{member}" + ("[0]" if slug == "algorithms" else "")
        theme.invalid(
            f"wrong-{slug}", path, f"{member} of the second entry", of(a, {**b, member: value})
        )
    theme.invalid(
        "wrong-key",
        "$.issuers[1].keys[0].n",
        "A weak key of the second entry",
        of(a, entry("b", "RS256", jwk("rsa-1024"))),
    )
    theme.invalid(
        "algorithms-apart",
        "$.issuers[1].keys[0]",
        "The first entry's algorithms are not the second's",
        of(a, {**b, "keys": [jwk("rsa-2048")]}),
    )
    theme.invalid(
        "duplicate-kid",
        "$.issuers[0].keys[1].kid",
        "One kid twice in an entry",
        of(entry("a", "RS256", jwk("rsa-2048", "1"), jwk("rsa-2048-other", "1"))),
    )
    theme.invalid(
        "first-of-wrong",
        "$.issuers[0].audience",
        "The first entry's mistake is told first",
        of({**a, "audience": 5}, {**b, "algorithms": 5}),
    )

    # Tenants.
    form = "https://login.example/{tenantid}/v2.0"

    def tenants(value=ABSENT, issuer=form):
        return policy(issuer=issuer, tenants=value)

    theme.valid("tenants", "One tenant", tenants(["72f988bf-86f1-41af-91ab-2d7cd011db47"]))
    theme.valid("tenants-characters", "All characters there are", tenants(["azAZ09.-"]))
    theme.valid("tenants-64", "64 characters", tenants(["t" * 64]))
    theme.invalid("tenants-65", "$.tenants[0]", "65 characters", tenants(["t" * 65]))
    theme.valid("tenants-256", "256 tenants", tenants([f"t{n}" for n in range(256)]))
    theme.invalid("tenants-257", "$.tenants", "257 tenants", tenants([f"t{n}" for n in range(257)]))
    theme.valid("tenants-only", "An issuer that is the tenant", tenants(["a"], "{tenantid}"))
    theme.invalid("tenants-absent", "$.tenants", "{tenantid} asks for tenants", tenants())
    theme.invalid("tenants-empty", "$.tenants", "An empty list", tenants([]))
    for slug, value in WRONG:
        if slug != "array":
            theme.invalid(f"tenants-{slug}", "$.tenants", f"tenants is {slug}", tenants(value))
    for slug, value in (
        ("empty", ""),
        ("null", None),
        ("number", 5),
        ("slash", "a/b"),
        ("underscore", "a_b"),
        ("space", "a b"),
        ("accent", "\u00e9"),
        ("star", "*"),
        ("brace", "{tenantid}"),
        ("percent", "%2f"),
        ("nul", "a\0"),
        ("newline", "a\n"),
    ):
        theme.invalid(
            f"tenants-entry-{slug}", "$.tenants[1]", f"A tenant with: {slug}", tenants(["a", value])
        )
    theme.invalid(
        "tenants-without-form", "$.tenants", "tenants without {tenantid}", tenants(["a"], ISSUER)
    )
    theme.invalid(
        "tenants-null-issuer", "$.tenants", "tenants without an issuer", tenants(["a"], None)
    )
    theme.invalid(
        "tenants-form-case",
        "$.tenants",
        "{TenantId} is not the form",
        tenants(["a"], "https://x/{TenantId}"),
    )
    theme.invalid(
        "tenants-form-twice",
        "$.issuer",
        "{tenantid} twice",
        tenants(["a"], "https://{tenantid}/{tenantid}"),
    )
    theme.valid(
        "tenants-other-braces", "Other braces are letters", tenants(ABSENT, "https://x/{tenant}/")
    )
    theme.invalid(
        "tenants-in-entry",
        "$.issuers[0].tenants",
        "The same in an entry",
        of({**a, "issuer": form}),
    )
    theme.invalid(
        "tenants-in-entry-without-form",
        "$.issuers[0].tenants",
        "The same in an entry",
        of({**a, "tenants": ["a"]}),
    )
    return theme


def demands_theme():
    theme = PolicyTheme(
        "demands",
        "max_token_age, token_use, client_id, azp, require.present and require.claims",
        ["docs/policy.md"],
    )
    # max_token_age
    age = "$.max_token_age"
    for value in (1, 3600, 315360000):
        theme.valid(f"age-{value}", f"{value} seconds", policy(max_token_age=value))
    for slug, value in (
        ("0", 0),
        ("minus-1", -1),
        ("315360001", 315360001),
        ("half", 1.5),
        ("digits", "3600"),
    ):
        theme.invalid(f"age-{slug}", age, f"{value!r}", policy(max_token_age=value))
    wrong_types(theme, "age", age, lambda v: policy(max_token_age=v), but=("number",))
    plain = text(policy(max_token_age=7))
    for slug, written in (
        ("1e3", "1e3"),
        ("60-0", "60.0"),
        ("2-64", str(2**64 + 60)),
        ("1e999", "1e999"),
        ("minus-0", "-0"),
    ):
        theme.text(
            f"age-{slug}",
            age,
            f"{written}",
            plain.replace('"max_token_age":7', f'"max_token_age":{written}'),
        )

    # token_use, client_id, azp
    for name in ("token_use", "client_id", "azp"):
        slug, path = name.replace("_", "-"), f"$.{name}"

        def with_value(value, name=name):
            return policy(**{name: value})

        theme.valid(f"{slug}-string", "A string", with_value("access"))
        theme.valid(f"{slug}-list", "A list", with_value(["access", "id"]))
        theme.valid(f"{slug}-1024", "1,024 bytes", with_value("c" * 1024))
        theme.invalid(f"{slug}-1025", path, "1,025 bytes", with_value("c" * 1025))
        theme.invalid(f"{slug}-empty", path, "An empty string", with_value(""))
        theme.invalid(f"{slug}-empty-list", path, "An empty list", with_value([]))
        theme.valid(f"{slug}-256-entries", "256 entries", with_value([f"c{n}" for n in range(256)]))
        theme.invalid(
            f"{slug}-257-entries", path, "257 entries", with_value([f"c{n}" for n in range(257)])
        )
        wrong_types(theme, slug, path, with_value, but=("string", "array"))
        for kind, value in (
            ("empty", ""),
            ("null", None),
            ("number", 5),
            ("list", ["a"]),
            ("1025", "c" * 1025),
        ):
            theme.invalid(
                f"{slug}-entry-{kind}", f"{path}[1]", f"An entry: {kind}", with_value(["a", value])
            )

    # require.present
    def present(value):
        return policy(require={"present": value})

    path = "$.require.present"
    theme.valid("present", "A list of one", present(["sub"]))
    theme.valid("present-32", "32 names", present([f"c{n}" for n in range(32)]))
    theme.invalid("present-33", path, "33 names", present([f"c{n}" for n in range(33)]))
    theme.invalid("present-empty", path, "An empty list", present([]))
    wrong_types(theme, "present", path, present, but=("array",))
    for kind, value in (("empty", ""), ("null", None), ("number", 5), ("1025", "c" * 1025)):
        theme.invalid(
            f"present-entry-{kind}", f"{path}[1]", f"An entry: {kind}", present(["sub", value])
        )
    theme.valid("present-1024", "A name of 1,024 bytes", present(["c" * 1024]))

    # require.claims
    def claims(value):
        return policy(require={"claims": value})

    path = "$.require.claims"
    theme.valid("claims-value-string", "A string", claims({"plan": "gold"}))
    for slug, value in (
        ("integer", 5),
        ("zero", 0),
        ("negative", -1),
        ("2-53-less-1", 2**53 - 1),
        ("true", True),
        ("false", False),
    ):
        theme.valid(f"claims-value-{slug}", f"{value!r}", claims({"plan": value}))
    theme.valid("claims-uri", "A name that is a URI", claims({"https://x.example/level": 3}))
    theme.valid(
        "claims-lists",
        "All three lists",
        claims({"plan": {"all_of": ["a"], "any_of": ["b"], "none_of": ["c"]}}),
    )
    theme.valid("claims-32", "32 names", claims({f"c{n}": n for n in range(32)}))
    theme.invalid("claims-33", path, "33 names", claims({f"c{n}": n for n in range(33)}))
    theme.invalid("claims-empty", path, "An empty object", claims({}))
    wrong_types(theme, "claims", path, claims, but=("object",))
    for slug, value in (("null", None), ("half", 1.5), ("list", ["gold"]), ("empty-object", {})):
        theme.invalid(
            f"claims-value-{slug}", f"{path}.plan", f"A value: {slug}", claims({"plan": value})
        )
    theme.text(
        "claims-value-1-0",
        f"{path}.plan",
        "1.0 has a fraction",
        text(claims({"plan": 7})).replace('"plan":7', '"plan":1.0'),
    )
    theme.text(
        "claims-value-1e3",
        f"{path}.plan",
        "1e3 has an exponent",
        text(claims({"plan": 7})).replace('"plan":7', '"plan":1e3'),
    )
    theme.valid("claims-value-1024", "1,024 bytes", claims({"plan": "g" * 1024}))
    theme.invalid("claims-value-1025", f"{path}.plan", "1,025 bytes", claims({"plan": "g" * 1025}))
    theme.invalid(
        "claims-value-uri",
        f'{path}["https://x.example/level"]',
        "The path of a name that is no plain word",
        claims({"https://x.example/level": None}),
    )
    theme.invalid(
        "claims-unknown-mode",
        f"{path}.plan.one_of",
        "An unknown mode",
        claims({"plan": {"one_of": ["a"]}}),
    )
    theme.invalid(
        "claims-second",
        f"{path}.level",
        "The second claim",
        claims({"plan": "gold", "level": None}),
    )
    for mode in ("all_of", "any_of", "none_of"):
        slug, at = mode.replace("_", "-"), f"{path}.plan.{mode}"

        def listed(value, mode=mode):
            return claims({"plan": {mode: value}})

        theme.valid(f"claims-{slug}", "A list of one", listed(["a"]))
        theme.valid(f"claims-{slug}-256", "256 strings", listed([f"s{n}" for n in range(256)]))
        theme.invalid(
            f"claims-{slug}-257", at, "257 strings", listed([f"s{n}" for n in range(257)])
        )
        theme.invalid(f"claims-{slug}-empty", at, "An empty list", listed([]))
        theme.invalid(f"claims-{slug}-bare", at, "A bare string", listed("a"))
        theme.invalid(f"claims-{slug}-null", at, "null", listed(None))
        theme.invalid(f"claims-{slug}-entry-empty", f"{at}[0]", "An empty string", listed([""]))
        theme.invalid(f"claims-{slug}-entry-number", f"{at}[1]", "A number", listed(["a", 5]))
        theme.invalid(f"claims-{slug}-entry-1025", f"{at}[0]", "1,025 bytes", listed(["s" * 1025]))

    # roles and groups
    for name in ("roles", "groups"):
        wrong_types(
            theme,
            name,
            f"$.require.{name}",
            lambda v, name=name: policy(require={name: v}),
            but=("object",),
        )
        theme.invalid(
            f"{name}-empty", f"$.require.{name}", "An empty requirement", policy(require={name: {}})
        )
        theme.valid(
            f"{name}",
            "All three lists",
            policy(require={name: {"all_of": ["a"], "any_of": ["b"], "none_of": ["c"]}}),
        )
    theme.valid(
        "every-requirement",
        "Everything that can be required",
        policy(
            require={
                "groups": {"none_of": ["x"]},
                "roles": {"any_of": ["x"]},
                "scope": {"all_of": ["x"]},
                "permissions": {"all_of": ["x"]},
                "claims": {"a": 1},
                "present": ["b"],
            }
        ),
    )

    # The order in which mistakes are told.
    order = ("algorithms", "issuer", "tenants", "audience", "keys", "clock_tolerance", "expiration")
    order += ("max_token_age", "typ", "token_use", "client_id", "azp", "require", "realm")
    for first, second in pairwise(order):
        theme.invalid(
            f"order-{first.replace('_', '-')}",
            f"$.{first}",
            f"{first} is told before {second}",
            policy(**{second: {"x": 1}, first: 5 if first == "require" else {"x": 1}}),
        )
    for first, second in (
        ("present", "claims"),
        ("claims", "permissions"),
        ("permissions", "scope"),
        ("scope", "roles"),
        ("roles", "groups"),
    ):
        theme.invalid(
            f"order-require-{first}",
            f"$.require.{first}",
            f"{first} is told before {second}",
            policy(require={second: 5, first: 5}),
        )
    noted = PLAIN_WITH_NOTE
    theme.text(
        "values-16000",
        None,
        "16,000 numbers in a member that nobody reads",
        noted.replace("[]", "[" + ",".join("0" * 16000) + "]"),
    )
    theme.text(
        "values-17000",
        "$",
        "17,000 numbers",
        noted.replace("[]", "[" + ",".join("0" * 17000) + "]"),
    )
    return theme


PLAIN_WITH_NOTE = text(policy(keys=[jwk("main", "main", note=[])]))

THEMES = (
    rsa_theme,
    curves_theme,
    secrets_theme,
    sets_theme,
    pem_theme,
    issuers_theme,
    demands_theme,
)
