"""Raw signatures: an algorithm, a public JWK (or a secret), a message, a signature, yes or no."""

from . import forgeries, published
from .parts import ALGORITHMS, KEYS, SECRETS, USUAL_KEY, SignatureTheme, b64, decode
from .signing import HASHES, sign_ecdsa, sign_ed25519, sign_message, sign_pkcs1, sign_pss

MESSAGE = b"eyJhbGciOiJub25lIn0.portcullis raw signature"
MESSAGES = (
    ("empty", b""),
    ("one-zero", b"\0"),
    ("text", MESSAGE),
    ("bytes", bytes(range(256))),
    ("long", b"0123456789" * 410),
)


def hmac_theme():
    theme = SignatureTheme(
        "hmac", "HS256, HS384, HS512", ["RFC 7518 section 3.2", "RFC 2104", "RFC 4231"]
    )
    for a in ALGORITHMS[:3]:
        low, key = a.lower(), SECRETS["bytes-64"]
        for slug, message in MESSAGES:
            theme.case(
                f"{low}-message-{slug}",
                True,
                f"A message: {slug}",
                a,
                "bytes-64",
                message,
                sign_message(a, key, message),
            )
        for name in ("bytes-127", "bytes-128", "bytes-129", "bytes-1024"):
            made = sign_message(a, SECRETS[name], MESSAGE)
            theme.case(f"{low}-{name}", True, f"A key of {name[6:]} bytes", a, name, MESSAGE, made)
        theme.case(f"{low}-no-signature", False, "No bytes at all", a, "bytes-64", MESSAGE, b"")
        theme.case(
            f"{low}-other-message",
            False,
            "Another message",
            a,
            "bytes-64",
            MESSAGE + b"\0",
            sign_message(a, key, MESSAGE),
        )
        for slug, comment, made in forgeries.hmac_forms(a, key, MESSAGE):
            theme.case(f"{low}-form-{slug}", False, comment, a, "bytes-64", MESSAGE, made)
    for number, (key, message, *macs) in published.HMAC.items():
        for a, mac in zip(ALGORITHMS[:3], macs, strict=True):
            low, made = a.lower(), bytes.fromhex(mac)
            own = {"kty": "oct", "k": b64(bytes.fromhex(key))}
            where = f"RFC 4231 test case {number}"
            theme.case(f"{low}-rfc4231-{number}", True, where, a, own, bytes.fromhex(message), made)
            theme.case(
                f"{low}-rfc4231-{number}-last-bit",
                False,
                f"{where}, the last bit flipped",
                a,
                own,
                bytes.fromhex(message),
                forgeries.flip(made, -1),
            )
    return theme


def rsa_theme(prefix, title, spec, sign, paddings):
    theme = SignatureTheme({"RS": "rsa-pkcs1", "PS": "rsa-pss"}[prefix], title, spec)
    for bits, hash_name in HASHES.items():
        a = prefix + bits
        low, key = a.lower(), KEYS["rsa-2048"]
        for slug, message in MESSAGES:
            theme.case(
                f"{low}-message-{slug}",
                True,
                f"A message: {slug}",
                a,
                "rsa-2048",
                message,
                sign(key, hash_name, message),
            )
        for name in ("rsa-2048-e3", "rsa-2049", "rsa-3072", "rsa-4096"):
            made = sign(KEYS[name], hash_name, MESSAGE)
            theme.case(f"{low}-{name}", True, f"A key: {name}", a, name, MESSAGE, made)
        good = sign(key, hash_name, MESSAGE)
        theme.case(f"{low}-no-signature", False, "No bytes at all", a, "rsa-2048", MESSAGE, b"")
        theme.case(
            f"{low}-other-message", False, "Another message", a, "rsa-2048", MESSAGE + b"\0", good
        )
        theme.case(f"{low}-other-key", False, "Another key", a, "rsa-2048-other", MESSAGE, good)
        forms = list(paddings(key, hash_name, MESSAGE))
        if bits == "256":
            forms += forgeries.rsa_sizes(key, good)
        for slug, comment, made in forms:
            theme.case(f"{low}-form-{slug}", False, comment, a, "rsa-2048", MESSAGE, made)
    name = "rsa-8192"
    a = f"{prefix}512"
    theme.case(
        f"{a.lower()}-{name}",
        True,
        f"A key: {name}",
        a,
        name,
        MESSAGE,
        sign(KEYS[name], "sha512", MESSAGE),
    )
    return theme


def rsa_pkcs1_theme():
    theme = rsa_theme(
        "RS",
        "RS256, RS384, RS512",
        ["RFC 7518 section 3.3", "RFC 8017 section 8.2.2"],
        sign_pkcs1,
        forgeries.pkcs1_paddings,
    )
    for bits, hash_name in (("256", "sha256"), ("384", "sha384")):  # too long for SHA-512
        theme.case(
            f"rs{bits}-cube-root",
            False,
            "A cube root of the right beginning (CVE-2006-4339)",
            f"RS{bits}",
            "rsa-2048-e3",
            MESSAGE,
            forgeries.forge_cube(KEYS["rsa-2048-e3"], hash_name, MESSAGE),
        )
    return theme


def rsa_pss_theme():
    theme = rsa_theme(
        "PS",
        "PS256, PS384, PS512",
        ["RFC 7518 section 3.5", "RFC 8017 section 8.1.2"],
        sign_pss,
        forgeries.pss_paddings,
    )
    for bits, hash_name in HASHES.items():
        for slug, comment, made in forgeries.pss_paddings(KEYS["rsa-2049"], hash_name, MESSAGE):
            if slug in ("salt-0", "salt-longest", "top-byte", "block", "hash-bit"):
                theme.case(
                    f"ps{bits}-2049-{slug}", False, comment, f"PS{bits}", "rsa-2049", MESSAGE, made
                )
    return theme


def ecdsa_theme():
    theme = SignatureTheme(
        "ecdsa", "ES256, ES384, ES512", ["RFC 7518 section 3.4", "FIPS 186-5", "RFC 6979"]
    )
    for a in ALGORITHMS[9:12]:
        low, name, hash_name = a.lower(), USUAL_KEY[a], HASHES[a[2:]]
        key = KEYS[name]
        for slug, message in MESSAGES:
            theme.case(
                f"{low}-message-{slug}",
                True,
                f"A message: {slug}",
                a,
                name,
                message,
                sign_ecdsa(key, hash_name, message),
            )
        theme.case(
            f"{low}-twin",
            True,
            "(r, n - s)",
            a,
            name,
            MESSAGE,
            forgeries.ecdsa_twin(key, hash_name, MESSAGE),
        )
        theme.case(
            f"{low}-zero-r",
            True,
            "r begins with a zero octet",
            a,
            name,
            MESSAGE,
            forgeries.ecdsa_zero_r(key, hash_name, MESSAGE),
        )
        for nonce, slug in ((1, "1"), (2, "2"), (key.curve.n - 1, "n-less-1")):
            theme.case(
                f"{low}-nonce-{slug}",
                True,
                f"The nonce {slug}: r of a small multiple of the base point",
                a,
                name,
                MESSAGE,
                sign_ecdsa(key, hash_name, MESSAGE, nonce),
            )
        size = key.curve.size
        for count in range(3000):
            message = b"zero s %d" % count
            made = sign_ecdsa(key, hash_name, message, 12345)
            if made[size] == 0 and (made[size + 1] == 0 or a != "ES512"):
                break
        theme.case(f"{low}-zero-s", True, "s begins with a zero octet", a, name, message, made)
        good = sign_ecdsa(key, hash_name, MESSAGE)
        theme.case(f"{low}-no-signature", False, "No bytes at all", a, name, MESSAGE, b"")
        theme.case(f"{low}-other-message", False, "Another message", a, name, MESSAGE + b"\0", good)
        theme.case(f"{low}-other-key", False, "Another key", a, f"{name}-other", MESSAGE, good)
        for slug, comment, made in forgeries.ecdsa_forms(key, hash_name, MESSAGE):
            theme.case(f"{low}-form-{slug}", False, comment, a, name, MESSAGE, made)
    for axis in ("x", "y"):
        name = f"p-256-zero-{axis}"
        theme.case(
            f"es256-key-zero-{axis}",
            True,
            f"{axis} of the key begins with a zero octet",
            "ES256",
            name,
            MESSAGE,
            sign_ecdsa(KEYS[name], "sha256", MESSAGE),
        )
    for a, (curve, x, y, samples) in published.ECDSA.items():
        own = {"kty": "EC", "crv": curve, "x": b64(bytes.fromhex(x)), "y": b64(bytes.fromhex(y))}
        for text, made in samples.items():
            theme.case(
                f"{a.lower()}-rfc6979-{text}",
                True,
                "RFC 6979 appendix A.2",
                a,
                own,
                text.encode(),
                bytes.fromhex(made),
            )
            theme.case(
                f"{a.lower()}-rfc6979-{text}-last-bit",
                False,
                "RFC 6979 appendix A.2, the last bit flipped",
                a,
                own,
                text.encode(),
                forgeries.flip(bytes.fromhex(made), -1),
            )
    return theme


def ed25519_theme():
    theme = SignatureTheme(
        "ed25519", "EdDSA and Ed25519", ["RFC 8032 section 5.1.7", "RFC 8037", "RFC 9864"]
    )
    key = KEYS["ed25519"]
    for a in ALGORITHMS[12:]:
        low = a.lower()
        for slug, message in MESSAGES:
            theme.case(
                f"{low}-message-{slug}",
                True,
                f"A message: {slug}",
                a,
                "ed25519",
                message,
                sign_ed25519(key, message),
            )
        for number, (public, message, made) in published.ED25519.items():
            own = {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes.fromhex(public))}
            where = f"RFC 8032 section 7.1, test {number}"
            sent, signature = bytes.fromhex(message), bytes.fromhex(made)
            theme.case(f"{low}-rfc8032-{number}", True, where, a, own, sent, signature)
            theme.case(
                f"{low}-rfc8032-{number}-first-bit",
                False,
                f"{where}, the first bit flipped",
                a,
                own,
                sent,
                forgeries.flip(signature, 0),
            )
        good = sign_ed25519(key, MESSAGE)
        theme.case(f"{low}-no-signature", False, "No bytes at all", a, "ed25519", MESSAGE, b"")
        theme.case(
            f"{low}-other-message", False, "Another message", a, "ed25519", MESSAGE + b"\0", good
        )
        theme.case(f"{low}-other-key", False, "Another key", a, "ed25519-other", MESSAGE, good)
    for slug, comment, made in forgeries.ed25519_forms(key, MESSAGE):
        theme.case(f"eddsa-form-{slug}", False, comment, "EdDSA", "ed25519", MESSAGE, made)
    return theme


def standards_theme():
    theme = SignatureTheme(
        "standards",
        "JWS Signing Inputs that standards publish",
        ["RFC 7515 appendix A", "RFC 7520 section 4", "RFC 8037 appendix A.4"],
    )
    for slug, (where, a, key, made) in published.TOKENS.items():
        signing_input, _, signature = made.rpartition(".")
        sent, octets = signing_input.encode(), decode(signature)
        theme.case(slug, True, where, a, key, sent, octets)
        theme.case(
            f"{slug}-message",
            False,
            "A bit of the message flipped",
            a,
            key,
            forgeries.flip(sent, -1),
            octets,
        )
        theme.case(
            f"{slug}-signature",
            False,
            "A bit of the signature flipped",
            a,
            key,
            sent,
            forgeries.flip(octets, -1),
        )
    return theme


THEMES = (hmac_theme, rsa_pkcs1_theme, rsa_pss_theme, ecdsa_theme, ed25519_theme, standards_theme)
