"""Cases about algorithms, keys and signatures: one policy for each, tokens signed in recipe/."""

import base64
import hashlib
import json

from . import forgeries
from .der import certificate, certificate_pem, key_info, pkcs1, pkcs1_pem, spki_pem
from .parts import (
    ABSENT,
    ALGORITHMS,
    KEYS,
    SECRETS,
    USUAL_KEY,
    Theme,
    b64,
    claims,
    encode,
    header,
    jwk,
    policy,
    policy_with,
    sign_message,
    token_with,
)
from .signing import HASHES, octets_of, sign_ecdsa, sign_ed25519, sign_pkcs1, sign_pss

RSA_ALGORITHMS = ALGORITHMS[3:9]
# The jti of tokens whose RSA signatures begin with a zero octet, found by counting up.
ZERO_FRONT = {"RS256": "zero-59", "PS256": "zero-745"}
RFC_7518 = "RFC 7518 section 3"


def join(signing_input, signature):
    return f"{signing_input}.{b64(signature)}"


def input_of(algorithm, name, **members):
    return encode(header(**{"alg": algorithm, "kid": name, **members}))


def algorithms_theme():
    every = ("bytes-64", "rsa-2048", "p-256", "p-384", "p-521", "ed25519")
    theme = Theme(
        "algorithms",
        "alg, the policy's list and the key's type",
        [RFC_7518, "RFC 8037 section 3.1", "RFC 8725 sections 3.1 and 3.2", "RFC 9864"],
        {
            **{a.lower(): policy_with(a, USUAL_KEY[a]) for a in ALGORITHMS},
            "every": policy_with(ALGORITHMS, *every),
            "rsa": policy_with(RSA_ALGORITHMS, "rsa-2048"),
            "ec": policy_with(ALGORITHMS[9:12], "p-256", "p-384", "p-521"),
            "hmac": policy_with(ALGORITHMS[:3], "bytes-64"),
            "ed": policy_with(ALGORITHMS[12:], "ed25519"),
            **{
                f"pinned-{a.lower()}": policy(
                    algorithms=[x for x in ALGORITHMS if x[1:] in ("S256", "S384", "S512")],
                    keys=[jwk(USUAL_KEY[a], USUAL_KEY[a], alg=a)],
                )
                for a in ("HS256", "HS512", "RS256", "RS512", "PS256", "PS384")
            },
            "ed-key-eddsa": policy(
                algorithms=["EdDSA", "Ed25519"], keys=[jwk("ed25519", "ed25519", alg="EdDSA")]
            ),
            "ed-key-ed25519": policy(
                algorithms=["EdDSA", "Ed25519"], keys=[jwk("ed25519", "ed25519", alg="Ed25519")]
            ),
            "eddsa-key-ed25519": policy(
                algorithms=["EdDSA"], keys=[jwk("ed25519", "ed25519", alg="Ed25519")]
            ),
            "ed25519-key-eddsa": policy(
                algorithms=["Ed25519"], keys=[jwk("ed25519", "ed25519", alg="EdDSA")]
            ),
        },
    )

    def case(slug, reason, comment, made, policy):
        theme.case(slug, reason, comment, made, policy=policy)

    for a in ALGORITHMS:
        low = a.lower()
        case(f"{low}", "ok", f"{a} with its usual key", token_with(a), low)
        case(f"{low}-every", "ok", f"{a} among all algorithms", token_with(a), "every")
        case(
            f"{low}-no-kid", "ok", f"{a}, the only key without kid", token_with(a, kid=ABSENT), low
        )
        other = next(x for x in ALGORITHMS if x != a and USUAL_KEY[x] != USUAL_KEY[a])
        case(
            f"{low}-in-{other.lower()}-policy",
            "algorithm_not_allowed",
            f"{a} under a policy of {other}",
            token_with(a),
            other.lower(),
        )
        case(
            f"{low}-by-other-type",
            "key_not_found",
            f"kid names a key that does not serve {a}, though the policy allows both",
            token_with(a, kid=USUAL_KEY[other]),
            "every",
        )

    # One family: the hash and the padding are the header's, and the header's are the policy's.
    for a in ALGORITHMS[:12]:
        family, bits = a[:2], a[2:]
        for other_bits in HASHES:
            if other_bits == bits:
                continue
            other = family + other_bits
            case(
                f"{a.lower()}-hashed-{other_bits}",
                "signature_invalid",
                f"alg {a}, signed with SHA-{other_bits}",
                token_with(other, USUAL_KEY[a], alg=a)
                if family != "ES"
                else join(
                    input_of(a, USUAL_KEY[a]),
                    sign_ecdsa(
                        KEYS[USUAL_KEY[a]], HASHES[other_bits], input_of(a, USUAL_KEY[a]).encode()
                    ),
                ),
                a.lower(),
            )
            case(
                f"{other.lower()}-not-{a.lower()}",
                "algorithm_not_allowed",
                f"A true {other} where the policy has {a}",
                token_with(other),
                a.lower(),
            )
    for bits in HASHES:
        for a, other in (("RS" + bits, "PS" + bits), ("PS" + bits, "RS" + bits)):
            case(
                f"{a.lower()}-padded-{other.lower()}",
                "signature_invalid",
                f"alg {a}, signed as {other}; the key serves both",
                token_with(other, alg=a),
                "rsa",
            )
    for a in RSA_ALGORITHMS:
        case(
            f"{a.lower()}-one-key",
            "ok",
            "One RSA key without alg serves all six",
            token_with(a),
            "rsa",
        )
    for a in ALGORITHMS[:3]:
        case(
            f"{a.lower()}-one-key",
            "ok",
            "One secret of 64 bytes serves all three",
            token_with(a),
            "hmac",
        )
    for a in ALGORITHMS[9:12]:
        case(
            f"{a.lower()}-own-curve",
            "ok",
            "Each curve serves its own algorithm",
            token_with(a),
            "ec",
        )
        for name in ("p-256", "p-384", "p-521"):
            if name == USUAL_KEY[a]:
                continue
            case(
                f"{a.lower()}-with-{name}",
                "key_not_found",
                f"{a} with a key on {name.upper()}, signed all the same",
                token_with(a, name),
                "ec",
            )

    # A key with alg has one algorithm.
    for a in ("HS256", "HS512", "RS256", "RS512", "PS256", "PS384"):
        low = f"pinned-{a.lower()}"
        case(f"{low}", "ok", f"The key's own alg {a}", token_with(a), low)
        for other in ALGORITHMS[:9]:
            if USUAL_KEY[other] != USUAL_KEY[a] or other == a:
                continue
            case(
                f"{low}-{other.lower()}",
                "key_not_found",
                f"A true {other}, which the policy allows, with a key that has alg {a}",
                token_with(other),
                low,
            )
    case(
        "pinned-rs256-no-kid",
        "key_not_found",
        "Without kid too the key's alg counts",
        token_with("RS512", kid=ABSENT),
        "pinned-rs256",
    )

    # Two names of Ed25519.
    case(
        "eddsa-name",
        "algorithm_not_allowed",
        "EdDSA where the policy has Ed25519",
        token_with("EdDSA"),
        "ed25519",
    )
    case(
        "ed25519-name",
        "algorithm_not_allowed",
        "Ed25519 where the policy has EdDSA",
        token_with("Ed25519"),
        "eddsa",
    )
    for a in ("EdDSA", "Ed25519"):
        case(f"{a.lower()}-both", "ok", "The policy has both names", token_with(a), "ed")
        for low in ("eddsa", "ed25519"):
            case(
                f"{a.lower()}-key-{low}",
                "ok",
                "A JWK whose alg is either name serves both",
                token_with(a),
                f"ed-key-{low}",
            )
    case(
        "eddsa-by-key-ed25519",
        "ok",
        "Policy EdDSA, key alg Ed25519",
        token_with("EdDSA"),
        "eddsa-key-ed25519",
    )
    case(
        "ed25519-by-key-eddsa",
        "ok",
        "Policy Ed25519, key alg EdDSA",
        token_with("Ed25519"),
        "ed25519-key-eddsa",
    )

    # Names that are none of ours, under the policy that allows all of ours.
    for slug, value in (
        ("none", "none"),
        ("none-capital", "None"),
        ("none-upper", "NONE"),
        ("none-mixed", "nOnE"),
        ("none-space", "none "),
        ("empty", ""),
        ("rs1", "RS1"),
        ("hs1", "HS1"),
        ("es256k", "ES256K"),
        ("es255", "ES255"),
        ("ed448", "Ed448"),
        ("eddsa-upper", "EDDSA"),
        ("ed25519-lower", "ed25519"),
        ("rs256-lower", "rs256"),
        ("rs256-space", "RS256 "),
        ("rs256-nul", "RS256\0"),
        ("rsa-oaep", "RSA-OAEP"),
        ("dir", "dir"),
        ("ml-dsa", "ML-DSA-65"),
        ("oid", "1.2.840.113549.1.1.11"),
        ("long", "RS256" * 200),
    ):
        case(
            f"unknown-{slug}",
            "algorithm_not_allowed",
            f"alg is {value[:24]!a}, signed with RS256",
            token_with("RS256", alg=value),
            "every",
        )
        if slug.startswith("none"):
            for kid in ("bytes-64", "ed25519"):
                case(
                    f"unknown-{slug}-{kid}",
                    "algorithm_not_allowed",
                    f"alg is {value!r} and the signature anything, kid names {kid}",
                    join(encode(header(alg=value, kid=kid)), b"anything"),
                    "every",
                )
    case(
        "unknown-none-unsigned",
        "token_malformed",
        "alg none and nothing behind the second dot: an empty segment comes first",
        encode(header(alg="none", kid=ABSENT)) + ".",
        "every",
    )
    return theme


def confusion_theme():
    """The public key as an HMAC secret, in every spelling that a library once took for one."""
    public = KEYS["rsa-2048"]
    pem = spki_pem(public)
    theme = Theme(
        "confusion",
        "A public key is never an HMAC secret",
        ["RFC 8725 sections 2.1 and 3.1", "RFC 7518 section 3.2"],
        {
            "rs256": policy_with("RS256", "rsa-2048"),
            "both": policy_with(["RS256", "HS256"], "rsa-2048", "main"),
            "hmac-first": policy_with(["HS256", "RS256"], "main", "rsa-2048"),
            "pem": policy(
                algorithms=["RS256", "HS256"],
                keys=[{"pem": pem, "kid": "rsa-2048"}, jwk("main", "main")],
            ),
            "no-secret": policy_with(["RS256", "HS256"], "rsa-2048"),
            "ec": policy_with(["ES256", "HS256"], "p-256", "main"),
            "ed": policy_with(["EdDSA", "HS256"], "ed25519", "main"),
            "es256": policy_with("ES256", "p-256"),
            "eddsa": policy_with("EdDSA", "ed25519"),
            "secret": policy_with(["HS256", "RS256"], "main"),
        },
    )

    def hmac_token(secret, kid):
        signing_input = encode(header(alg="HS256", kid=kid))
        return join(signing_input, sign_message("HS256", secret, signing_input.encode()))

    own = jwk("rsa-2048", "rsa-2048")
    spellings = (
        ("n", "the octets of n", octets_of(public.n)),
        ("n-zero", "the octets of n after a zero", b"\0" + octets_of(public.n)),
        ("n-text", "n in base64url", own["n"].encode()),
        ("n-hex", "n in hexadecimal", octets_of(public.n).hex().encode()),
        ("n-decimal", "n in decimal", str(public.n).encode()),
        ("e", "the octets of e", b"\1\0\1"),
        ("spki", "the SubjectPublicKeyInfo", key_info(public)),
        ("pkcs1", "the RSAPublicKey", pkcs1(public)),
        ("pem", "the PEM text", pem.encode()),
        ("pem-stripped", "the PEM text without its last line break", pem.strip().encode()),
        ("pem-crlf", "the PEM text with CRLF", pem.replace("\n", "\r\n").encode()),
        ("pem-space", "a space and the PEM text (CVE-2026-34950)", (" " + pem).encode()),
        ("pem-newline", "a line break and the PEM text", ("\n" + pem).encode()),
        (
            "pem-junk",
            "a line of junk and the PEM text (GHSA-ww5h-9m49-7xx4)",
            ("Bag Attributes\n" + pem).encode(),
        ),
        ("pem-lower", "the PEM text in lower case", pem.lower().encode()),
        ("pem-body", "the body of the PEM text", "".join(pem.split("\n")[1:-2]).encode()),
        ("pem-pkcs1", "the PKCS #1 PEM text", pkcs1_pem(public).encode()),
        ("certificate", "a certificate in PEM", certificate_pem(public, "rsa-2048").encode()),
        (
            "jwk",
            "the JWK's text (GHSA-g3jj-5cmm-3hxx)",
            json.dumps(own, separators=(",", ":")).encode(),
        ),
        ("jwk-spaced", "the JWK's text with spaces", json.dumps(own).encode()),
        (
            "jwk-least",
            "the JWK's required members, as for a thumbprint (RFC 7638)",
            json.dumps(
                {name: own[name] for name in ("e", "kty", "n")}, separators=(",", ":")
            ).encode(),
        ),
        (
            "thumbprint",
            "the JWK's thumbprint (RFC 7638)",
            hashlib.sha256(
                json.dumps(
                    {name: own[name] for name in ("e", "kty", "n")}, separators=(",", ":")
                ).encode()
            ).digest(),
        ),
        ("kid", "the kid", b"rsa-2048"),
        ("empty", "nothing (CVE-2026-44699)", b""),
        ("zero", "32 zero bytes", bytes(32)),
        ("null", "the text null", b"null"),
        ("undefined", "the text undefined", b"undefined"),
        ("object", "a JavaScript object's text", b"[object Object]"),
    )
    for slug, comment, secret in spellings:
        for kid, policy_name, reason, where in (
            ("rsa-2048", "rs256", "algorithm_not_allowed", "the policy has RS256 alone"),
            ("rsa-2048", "both", "key_not_found", "kid names the RSA key"),
            (ABSENT, "both", "signature_invalid", "without kid the secret is asked"),
        ):
            theme.case(
                f"{slug}-{reason.split('_')[0]}",
                reason,
                f"HS256 keyed with {comment}; {where}",
                hmac_token(secret, kid),
                policy=policy_name,
            )
    for slug in ("n", "pem", "jwk", "empty"):
        comment, secret = next((c, s) for name, c, s in spellings if name == slug)
        for kid in ("rsa-2048", ABSENT):
            theme.case(
                f"{slug}-no-secret" + ("-no-kid" if kid is ABSENT else ""),
                "key_not_found",
                f"HS256 keyed with {comment}; the policy allows HS256 and has no secret",
                hmac_token(secret, kid),
                policy="no-secret",
            )
        theme.case(
            f"{slug}-hmac-first",
            "key_not_found",
            f"HS256 keyed with {comment}; the secret stands first",
            hmac_token(secret, "rsa-2048"),
            policy="hmac-first",
        )
    for slug, secret in (("as-given", pem.encode()), ("stripped", pem.strip().encode())):
        theme.case(
            f"pem-key-{slug}",
            "key_not_found",
            "HS256 keyed with the very PEM text of the policy",
            hmac_token(secret, "rsa-2048"),
            policy="pem",
        )
    for name, policy_name, alone in (("p-256", "ec", "es256"), ("ed25519", "ed", "eddsa")):
        own = jwk(name, name)
        for slug, comment, secret in (
            ("x", "x in base64url", own["x"].encode()),
            ("spki", "the SubjectPublicKeyInfo", key_info(KEYS[name])),
            ("pem", "the PEM text", spki_pem(KEYS[name]).encode()),
            ("jwk", "the JWK's text", json.dumps(own, separators=(",", ":")).encode()),
            ("empty", "nothing", b""),
        ):
            theme.case(
                f"{name}-{slug}-key",
                "key_not_found",
                f"HS256 keyed with {comment} of a {name} key; kid names it",
                hmac_token(secret, name),
                policy=policy_name,
            )
            theme.case(
                f"{name}-{slug}-algorithm",
                "algorithm_not_allowed",
                f"HS256 keyed with {comment} of a {name} key, the policy's only one",
                hmac_token(secret, name),
                policy=alone,
            )
    # The other way round.
    theme.case(
        "rs256-by-secret",
        "key_not_found",
        "RS256 and kid names the secret",
        token_with("RS256", kid="main"),
        policy="both",
    )
    theme.case(
        "rs256-without-rsa-key",
        "key_not_found",
        "RS256 is allowed and the only key is a secret",
        token_with("RS256", kid=ABSENT),
        policy="secret",
    )
    theme.case(
        "rs256-mac-as-signature",
        "signature_invalid",
        "RS256 and a MAC of the right secret as its signature",
        join(
            input_of("RS256", "rsa-2048"),
            sign_message("HS256", SECRETS["main"], input_of("RS256", "rsa-2048").encode()),
        ),
        policy="both",
    )
    theme.case(
        "hs256-signature-as-mac",
        "signature_invalid",
        "HS256 and an RSA signature as its MAC",
        join(
            input_of("HS256", "main"),
            sign_pkcs1(public, "sha256", input_of("HS256", "main").encode()),
        ),
        policy="both",
    )
    for kid, slug in (("main", "secret"), (ABSENT, "no-kid")):
        theme.case(
            f"honest-hs256-{slug}",
            "ok",
            "An honest HS256 token beside the RSA key",
            token_with("HS256", "main", kid=kid),
            policy="both",
        )
        theme.case(
            f"honest-rs256-{slug}",
            "ok",
            "An honest RS256 token beside the secret",
            token_with("RS256", kid="rsa-2048" if kid == "main" else ABSENT),
            policy="both",
        )
    theme.case(
        "honest-pem",
        "ok",
        "An honest RS256 token of the PEM key",
        token_with("RS256"),
        policy="pem",
    )
    return theme


def rsa_theme():
    sizes = ("rsa-2048-e3", "rsa-2049", "rsa-3072", "rsa-4096", "rsa-8192")
    theme = Theme(
        "rsa",
        "RSASSA-PKCS1-v1_5 and RSASSA-PSS",
        [
            "RFC 8017 sections 8.1.2, 8.2.2, 9.1 and 9.2",
            "RFC 7518 sections 3.3 and 3.5",
            "RFC 8725 section 3.4",
        ],
        {
            "rs256": policy_with("RS256", "rsa-2048"),
            "ps256": policy_with("PS256", "rsa-2048"),
            **{n: policy_with(RSA_ALGORITHMS, n) for n in sizes},
        },
    )
    key = KEYS["rsa-2048"]
    for a, sign, paddings in (
        ("RS256", sign_pkcs1, forgeries.pkcs1_paddings),
        ("PS256", sign_pss, forgeries.pss_paddings),
    ):
        low = a.lower()
        signing_input = input_of(a, "rsa-2048")
        message = signing_input.encode()
        good = sign(key, "sha256", message)
        theme.case(f"{low}-plain", "ok", "A right signature", join(signing_input, good), policy=low)
        theme.case(
            f"{low}-other-key",
            "signature_invalid",
            "Signed with another key of the same size",
            token_with(a, signer="rsa-2048-other"),
            policy=low,
        )
        for slug, comment, made in (
            *forgeries.rsa_sizes(key, good),
            *paddings(key, "sha256", message),
        ):
            theme.case(
                f"{low}-{slug}", "signature_invalid", comment, join(signing_input, made), policy=low
            )
        # One message in seven has a signature that leaves room for the modulus.
        for count in range(100):
            signing_input = encode(header(alg=a, kid="rsa-2048"), claims(jti=str(count)))
            good = sign(key, "sha256", signing_input.encode())
            if forgeries.fits_above(key, good):
                break
        theme.case(
            f"{low}-plus-modulus-not",
            "ok",
            "The signature of the next case, as it is",
            join(signing_input, good),
            policy=low,
        )
        theme.case(
            f"{low}-plus-modulus",
            "signature_invalid",
            "The signature and the modulus: the same number modulo n",
            join(signing_input, forgeries.plus_modulus(key, good)),
            policy=low,
        )
        # A signature that begins with a zero octet, which must be sent.
        signing_input = encode(header(alg=a, kid="rsa-2048"), claims(jti=ZERO_FRONT[a]))
        good = sign(key, "sha256", signing_input.encode())
        assert good[0] == 0
        theme.case(
            f"{low}-leading-zero",
            "ok",
            "A signature that begins with a zero octet",
            join(signing_input, good),
            policy=low,
        )
        theme.case(
            f"{low}-leading-zero-cut",
            "signature_invalid",
            "The same without the zero octet",
            join(signing_input, good[1:]),
            policy=low,
        )
    for name in sizes:
        for a in RSA_ALGORITHMS:
            if name == "rsa-8192" and a not in ("RS256", "PS512"):
                continue
            theme.case(
                f"{a.lower()}-{name}", "ok", f"{a} with {name}", token_with(a, name), policy=name
            )
        theme.case(
            f"{name}-first-bit",
            "signature_invalid",
            "The first bit flipped",
            join(
                input_of("RS256", name),
                forgeries.flip(
                    sign_pkcs1(KEYS[name], "sha256", input_of("RS256", name).encode()), 0, 0x10
                ),
            ),
            policy=name,
        )
    name = "rsa-2048-e3"
    signing_input = input_of("RS256", name)
    theme.case(
        "e3-cube-root",
        "signature_invalid",
        "Made without the private key: a cube root of the right beginning (CVE-2006-4339)",
        join(signing_input, forgeries.forge_cube(KEYS[name], "sha256", signing_input.encode())),
        policy=name,
    )
    for slug, comment, made in forgeries.pkcs1_paddings(
        KEYS[name], "sha256", signing_input.encode()
    ):
        if slug in ("garbage-after", "no-null", "garbage-in-parameters"):
            theme.case(
                f"e3-{slug}", "signature_invalid", comment, join(signing_input, made), policy=name
            )
    # A modulus of 2,049 bits: a PSS encoded message is one octet shorter than the signature.
    signing_input = input_of("PS256", "rsa-2049")
    for slug, comment, made in forgeries.pss_paddings(
        KEYS["rsa-2049"], "sha256", signing_input.encode()
    ):
        if slug in ("salt-0", "salt-longest", "top-byte", "trailer-cc", "hash-bit"):
            theme.case(
                f"2049-{slug}",
                "signature_invalid",
                comment,
                join(signing_input, made),
                policy="rsa-2049",
            )
    return theme


def ecdsa_theme():
    theme = Theme(
        "ecdsa",
        "ECDSA: two numbers side by side",
        ["RFC 7518 section 3.4", "FIPS 186-5 section 6.4.2", "RFC 8725 section 3.4"],
        {
            **{a.lower(): policy_with(a, USUAL_KEY[a]) for a in ALGORITHMS[9:12]},
            "zero-x": policy_with("ES256", "p-256-zero-x"),
            "zero-y": policy_with("ES256", "p-256-zero-y"),
        },
    )
    for a in ALGORITHMS[9:12]:
        low, name, hash_name = a.lower(), USUAL_KEY[a], HASHES[a[2:]]
        key = KEYS[name]
        signing_input = input_of(a, name)
        message = signing_input.encode()

        def case(slug, reason, comment, signature, text=signing_input, low=low):
            theme.case(f"{low}-{slug}", reason, comment, join(text, signature), policy=low)

        case("plain", "ok", "A right signature", sign_ecdsa(key, hash_name, message))
        case(
            "twin",
            "ok",
            "(r, n - s) is a signature as well: key a list of used tokens by jti",
            forgeries.ecdsa_twin(key, hash_name, message),
        )
        zero_r = forgeries.ecdsa_zero_r(key, hash_name, message)
        assert zero_r[0] == 0 and (zero_r[1] == 0 or a != "ES512")
        case("zero-r", "ok", "r begins with a zero octet", zero_r)
        case("zero-r-cut", "signature_invalid", "The same without the zero octet", zero_r[1:])
        case(
            "zero-r-moved",
            "signature_invalid",
            "The zero octet moved behind s",
            zero_r[1:] + b"\0",
        )
        text, zero_s = find_zero_s(a, name)
        half = key.curve.size
        case("zero-s", "ok", "s begins with a zero octet", zero_s, text)
        case(
            "zero-s-cut",
            "signature_invalid",
            "The same without the zero octet",
            zero_s[:half] + zero_s[half + 1 :],
            text,
        )
        case(
            "other-key",
            "signature_invalid",
            "Signed with another key on the curve",
            sign_ecdsa(KEYS[name + "-other"], hash_name, message),
        )
        for slug, comment, made in forgeries.ecdsa_forms(key, hash_name, message):
            case(slug, "signature_invalid", comment, made)
    for axis in ("x", "y"):
        theme.case(
            f"key-zero-{axis}",
            "ok",
            f"A key whose {axis} begins with a zero octet",
            token_with("ES256", f"p-256-zero-{axis}"),
            policy=f"zero-{axis}",
        )
    return theme


def find_zero_s(algorithm, name):
    """A signing input whose s begins with a zero octet under a small nonce."""
    key, hash_name = KEYS[name], HASHES[algorithm[2:]]
    size = key.curve.size
    for count in range(5000):
        text = encode(header(alg=algorithm, kid=name), claims(jti=f"zero-{count}"))
        made = sign_ecdsa(key, hash_name, text.encode(), 12345)
        if made[size] == 0 and (made[size + 1] == 0 or algorithm != "ES512"):
            return text, made
    raise AssertionError(algorithm)


def ed25519_theme():
    theme = Theme(
        "ed25519",
        "Ed25519 under both of its names",
        ["RFC 8032 section 5.1.7", "RFC 8037 section 3.1", "RFC 9864 section 2.2"],
        {a.lower(): policy_with(a, "ed25519") for a in ALGORITHMS[12:]},
    )
    key = KEYS["ed25519"]
    for a in ALGORITHMS[12:]:
        signing_input = input_of(a, "ed25519")
        theme.case(
            f"{a.lower()}-plain",
            "ok",
            "A right signature",
            join(signing_input, sign_ed25519(key, signing_input.encode())),
            policy=a.lower(),
        )
        theme.case(
            f"{a.lower()}-other-key",
            "signature_invalid",
            "Signed with another key",
            token_with(a, signer="ed25519-other"),
            policy=a.lower(),
        )
    signing_input = input_of("EdDSA", "ed25519")
    for slug, comment, made in forgeries.ed25519_forms(key, signing_input.encode()):
        theme.case(slug, "signature_invalid", comment, join(signing_input, made), policy="eddsa")
    other = input_of("Ed25519", "ed25519")
    theme.case(
        "other-name-signed",
        "signature_invalid",
        "The signature of the same token under the other name",
        join(other, sign_ed25519(key, signing_input.encode())),
        policy="ed25519",
    )
    return theme


def hmac_theme():
    lengths = {
        "HS256": ("main", "bytes-64", "bytes-65", "bytes-1024"),
        "HS384": ("bytes-48", "bytes-127", "bytes-128", "bytes-129", "bytes-1024"),
        "HS512": ("bytes-64", "bytes-127", "bytes-128", "bytes-129", "bytes-1024"),
    }
    theme = Theme(
        "hmac",
        "HMAC with SHA-256, SHA-384 and SHA-512",
        ["RFC 7518 section 3.2", "RFC 2104", "RFC 4868 section 2.1"],
        {
            f"{a.lower()}-{name}": policy_with(a, name)
            for a, names in lengths.items()
            for name in names
        },
    )
    for a, names in lengths.items():
        low = a.lower()
        for name in names:
            size = len(SECRETS[name])
            theme.case(
                f"{low}-key-{size}",
                "ok",
                f"A secret of {size} bytes",
                token_with(a, name),
                policy=f"{low}-{name}",
            )
        name = names[0]
        signing_input = input_of(a, name)
        for slug, comment, made in forgeries.hmac_forms(a, SECRETS[name], signing_input.encode()):
            theme.case(
                f"{low}-{slug}",
                "signature_invalid",
                comment,
                join(signing_input, made),
                policy=f"{low}-{name}",
            )
        theme.case(
            f"{low}-key-and-zero",
            "ok",
            "HMAC fills a short key with zeros, so a key and a zero is the same key (RFC 2104)",
            join(signing_input, sign_message(a, SECRETS[name] + b"\0", signing_input.encode())),
            policy=f"{low}-{name}",
        )
    long_key = SECRETS["bytes-129"]
    signing_input = input_of("HS512", "bytes-129")
    theme.case(
        "hs512-long-key-hashed",
        "ok",
        "A key longer than the block of 128 bytes is hashed first",
        join(
            signing_input,
            sign_message("HS512", hashlib.sha512(long_key).digest(), signing_input.encode()),
        ),
        policy="hs512-bytes-129",
    )
    theme.case(
        "hs512-long-key-cut",
        "signature_invalid",
        "and not cut",
        join(signing_input, sign_message("HS512", long_key[:128], signing_input.encode())),
        policy="hs512-bytes-129",
    )
    return theme


def key_choice_theme():
    """Finding the key among several types."""
    named = [jwk("rsa-2048", "a"), jwk("p-256", "b"), jwk("ed25519", "c"), jwk("bytes-64", "d")]
    nameless = [jwk("rsa-2048"), jwk("p-256"), jwk("ed25519"), jwk("bytes-64")]
    mixed = ["RS256", "RS512", "ES256", "EdDSA", "HS256"]
    encryption = jwk("rsa-2048-other", "enc", use="enc", alg="RSA-OAEP-256")
    own = b64(b"x" * 32)
    ignored = [
        encryption,
        {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-65", "pub": own},
        {"kid": "no-type"},
        {"kty": "OKP", "crv": "X25519", "kid": "dh", "x": own},
        {"kty": "EC", "crv": "secp256k1", "kid": "k1", "x": own, "y": own},
        jwk("p-384", "es384"),
        jwk("rsa-2048-other", "rs384", alg="RS384"),
        jwk("rsa-2048-other", "sign-only", key_ops=["sign"]),
        {"kty": "RSA", "kid": "no-e", "n": jwk("rsa-2048-other")["n"]},
        jwk("bytes-64", "hs", alg="HS256"),
    ]
    theme = Theme(
        "key-choice",
        "Finding the key among keys of several types, and JWK Sets",
        ["RFC 7515 section 4.1.4", "RFC 7517 sections 4 and 5", "RFC 8725 section 3.1"],
        {
            "named": policy(algorithms=mixed, keys=named),
            "nameless": policy(algorithms=mixed, keys=nameless),
            "two-rsa": policy(
                algorithms=["RS256", "ES256"],
                keys=[jwk("rsa-2048", "old"), jwk("rsa-2048-other", "new"), jwk("p-256", "ec")],
            ),
            "two-rsa-one-nameless": policy(
                algorithms=["RS256"], keys=[jwk("rsa-2048", "old"), jwk("rsa-2048-other")]
            ),
            "two-rsa-by-alg": policy(
                algorithms=["RS256", "PS256"],
                keys=[jwk("rsa-2048", alg="RS256"), jwk("rsa-2048-other", alg="PS256")],
            ),
            "named-and-nameless": policy(
                algorithms=["RS256", "ES256"], keys=[jwk("rsa-2048", "a"), jwk("p-256")]
            ),
            "set": policy(
                algorithms=["RS256", "ES256"],
                keys={"keys": [*ignored, jwk("rsa-2048", "good"), jwk("p-256", "ec")]},
            ),
            "set-of-one": policy(
                algorithms=["RS256"], keys={"keys": [*ignored, jwk("rsa-2048", "good")]}
            ),
            "set-same-kid": policy(
                algorithms=["RS256"],
                keys={"keys": [jwk("rsa-2048-other", "1", use="enc"), jwk("rsa-2048", "1")]},
            ),
            "set-nameless": policy(
                algorithms=["RS256"], keys={"keys": [*ignored, jwk("rsa-2048")]}
            ),
            "set-members": policy(
                algorithms=["RS256"],
                keys={"expires": 5, "keys": [jwk("rsa-2048", "good", x5t="x", nbf=5)]},
            ),
        },
    )

    def case(slug, reason, comment, made, policy):
        theme.case(slug, reason, comment, made, policy=policy)

    for algorithm, name, kid in (
        ("RS256", "rsa-2048", "a"),
        ("RS512", "rsa-2048", "a"),
        ("ES256", "p-256", "b"),
        ("EdDSA", "ed25519", "c"),
        ("HS256", "bytes-64", "d"),
    ):
        low = algorithm.lower()

        def made(kid, algorithm=algorithm, name=name):
            return token_with(algorithm, name, kid=kid)

        case(f"named-{low}", "ok", "kid names the key", made(kid), "named")
        case(
            f"named-{low}-no-kid",
            "ok",
            f"Without kid the only key for {algorithm}",
            made(ABSENT),
            "named",
        )
        case(
            f"named-{low}-other-kid",
            "key_not_found",
            "kid names no key, and all keys have one",
            made("z"),
            "named",
        )
        for other in "abcd":
            if other != kid:
                case(
                    f"named-{low}-kid-{other}",
                    "key_not_found",
                    "kid names a key of another type: the right one is not tried",
                    made(other),
                    "named",
                )
        case(
            f"nameless-{low}",
            "ok",
            f"A kid that no key has: the only key for {algorithm}, which has none",
            made("rotated"),
            "nameless",
        )
        case(f"nameless-{low}-no-kid", "ok", "Neither has a kid", made(ABSENT), "nameless")
    case("two-old", "ok", "The first of two", token_with("RS256", kid="old"), "two-rsa")
    case(
        "two-new",
        "ok",
        "The second of two",
        token_with("RS256", "rsa-2048-other", kid="new"),
        "two-rsa",
    )
    case(
        "two-swapped",
        "signature_invalid",
        "kid names one key, the other signed",
        token_with("RS256", "rsa-2048-other", kid="old"),
        "two-rsa",
    )
    case(
        "two-no-kid",
        "key_not_found",
        "Without kid two keys are ambiguous",
        token_with("RS256", kid=ABSENT),
        "two-rsa",
    )
    case(
        "two-no-kid-es256", "ok", "while ES256 has one", token_with("ES256", kid=ABSENT), "two-rsa"
    )
    case(
        "two-nameless-other",
        "key_not_found",
        "A key without kid stands beside another for the algorithm",
        token_with("RS256", "rsa-2048-other", kid="rotated"),
        "two-rsa-one-nameless",
    )
    case(
        "two-nameless-named",
        "ok",
        "The one with the kid",
        token_with("RS256", kid="old"),
        "two-rsa-one-nameless",
    )
    case(
        "by-alg-rs256",
        "ok",
        "alg of the keys tells them apart",
        token_with("RS256", kid=ABSENT),
        "two-rsa-by-alg",
    )
    case(
        "by-alg-ps256",
        "ok",
        "alg of the keys tells them apart",
        token_with("PS256", "rsa-2048-other", kid=ABSENT),
        "two-rsa-by-alg",
    )
    case(
        "by-alg-swapped",
        "signature_invalid",
        "and the other key is not tried",
        token_with("PS256", "rsa-2048", kid=ABSENT),
        "two-rsa-by-alg",
    )
    case(
        "named-and-nameless-rs256",
        "key_not_found",
        "The only key for RS256 has another kid",
        token_with("RS256", kid="rotated"),
        "named-and-nameless",
    )
    case(
        "named-and-nameless-es256",
        "ok",
        "The only key for ES256 has none",
        token_with("ES256", kid="rotated"),
        "named-and-nameless",
    )
    case(
        "named-and-nameless-crossed",
        "key_not_found",
        "kid names the RSA key; the nameless one is not tried",
        token_with("ES256", kid="a"),
        "named-and-nameless",
    )
    case("set-good", "ok", "The usable key of a set", token_with("RS256", kid="good"), "set")
    case("set-ec", "ok", "Another usable key of the set", token_with("ES256", kid="ec"), "set")
    case(
        "set-good-no-kid",
        "ok",
        "Entries that are ignored do not make it ambiguous",
        token_with("RS256", kid=ABSENT),
        "set-of-one",
    )
    for kid, signer in (
        ("enc", "rsa-2048-other"),
        ("rs384", "rsa-2048-other"),
        ("sign-only", "rsa-2048-other"),
        ("no-e", "rsa-2048-other"),
    ):
        case(
            f"set-ignored-{kid}",
            "key_not_found",
            f"The entry {kid} is ignored, though its key signed",
            token_with("RS256", signer, kid=kid),
            "set",
        )
    for kid in ("pq", "dh", "k1", "es384", "hs", "no-type"):
        case(
            f"set-ignored-{kid}",
            "key_not_found",
            f"The entry {kid} is ignored; the good key is not tried for it",
            token_with("RS256", kid=kid),
            "set",
        )
    case(
        "set-ignored-es384-signed",
        "algorithm_not_allowed",
        "A key in the set does not add its algorithm to the policy",
        token_with("ES384", "p-384", kid="es384"),
        "set",
    )
    case(
        "set-ignored-hs-signed",
        "algorithm_not_allowed",
        "A secret in the set does not add HS256 to the policy",
        token_with("HS256", "bytes-64", kid="hs"),
        "set",
    )
    case(
        "set-same-kid",
        "ok",
        "An ignored entry of the same kid is none",
        token_with("RS256", kid="1"),
        "set-same-kid",
    )
    case(
        "set-nameless",
        "ok",
        "The only usable key has no kid",
        token_with("RS256", kid="rotated"),
        "set-nameless",
    )
    case(
        "set-nameless-ignored-kid",
        "ok",
        "The kid of an ignored entry is a kid that no key has",
        token_with("RS256", kid="enc"),
        "set-nameless",
    )
    case(
        "set-members",
        "ok",
        "Other members of the set and of the key are ignored",
        token_with("RS256", kid="good"),
        "set-members",
    )
    return theme


def pem_theme():
    forms = {
        "spki-rsa-2048": ("RS256", "rsa-2048", spki_pem),
        "spki-rsa-4096": ("PS512", "rsa-4096", spki_pem),
        "spki-rsa-2049": ("PS256", "rsa-2049", spki_pem),
        "spki-rsa-2048-e3": ("RS256", "rsa-2048-e3", spki_pem),
        "spki-p-256": ("ES256", "p-256", spki_pem),
        "spki-p-256-zero-x": ("ES256", "p-256-zero-x", spki_pem),
        "spki-p-384": ("ES384", "p-384", spki_pem),
        "spki-p-521": ("ES512", "p-521", spki_pem),
        "spki-ed25519": ("EdDSA", "ed25519", spki_pem),
        "spki-ed25519-new": ("Ed25519", "ed25519", spki_pem),
        "pkcs1-rsa-2048": ("RS256", "rsa-2048", pkcs1_pem),
        "pkcs1-rsa-3072": ("PS384", "rsa-3072", pkcs1_pem),
        "pkcs1-rsa-8192": ("RS512", "rsa-8192", pkcs1_pem),
        "certificate-rsa-2048": ("RS384", "rsa-2048", certificate_pem),
        "certificate-p-256": ("ES256", "p-256", certificate_pem),
        "certificate-p-384": ("ES384", "p-384", certificate_pem),
        "certificate-p-521": ("ES512", "p-521", certificate_pem),
        "certificate-ed25519": ("EdDSA", "ed25519", certificate_pem),
        "crlf": ("RS256", "rsa-2048", lambda key: spki_pem(key).replace("\n", "\r\n")),
        "no-last-line-break": ("ES256", "p-256", lambda key: spki_pem(key).rstrip()),
    }

    def text(make, name):
        return make(KEYS[name], name) if make is certificate_pem else make(KEYS[name])

    theme = Theme(
        "pem",
        "Keys in PEM",
        ["RFC 7468", "RFC 5280 section 4.1", "RFC 8017 appendix A.1.1", "RFC 8410"],
        {
            **{
                form: policy(algorithms=[a], keys=[{"pem": text(make, name)}])
                for form, (a, name, make) in forms.items()
            },
            "named": policy(
                algorithms=["RS256", "RS512", "ES256"],
                keys=[
                    {"pem": spki_pem(KEYS["rsa-2048"]), "kid": "a", "alg": "RS256"},
                    {"pem": certificate_pem(KEYS["p-256"], "p-256"), "kid": "b"},
                    jwk("rsa-2048-other", "c"),
                ],
            ),
        },
    )
    for form, (a, name, _) in forms.items():
        theme.case(form, "ok", f"{a} with a {name} key", token_with(a, name), policy=form)
        signature = token_with(a, name).split(".")[2]
        other = encode(header(alg=a, kid=name), claims(sub="user-2"))
        theme.case(
            f"{form}-other-payload",
            "signature_invalid",
            "The same signature on another payload",
            f"{other}.{signature}",
            policy=form,
        )
    for slug, reason, comment, made in (
        ("named-a", "ok", "The PEM key by its kid", token_with("RS256", kid="a")),
        ("named-a-rs512", "key_not_found", "Its alg is RS256", token_with("RS512", kid="a")),
        ("named-b", "ok", "The certificate's key by its kid", token_with("ES256", kid="b")),
        ("named-c", "ok", "The JWK beside them", token_with("RS256", "rsa-2048-other", kid="c")),
        (
            "named-swapped",
            "signature_invalid",
            "kid names the PEM key, the JWK's key signed",
            token_with("RS256", "rsa-2048-other", kid="a"),
        ),
    ):
        theme.case(slug, reason, comment, made, policy="named")
    return theme


def embedded_theme():
    """Keys that the token brings along."""
    theme = Theme(
        "embedded",
        "Keys and addresses in the JOSE Header are not used",
        ["RFC 7515 sections 4.1.2 to 4.1.8", "RFC 8725 section 3.10"],
        {
            "rs256": policy_with("RS256", "rsa-2048"),
            "es256": policy_with("ES256", "p-256"),
            "eddsa": policy_with("EdDSA", "ed25519"),
            "nameless": policy(algorithms=["RS256"], keys=[jwk("rsa-2048")]),
            "two": policy_with("RS256", "rsa-2048", "rsa-3072"),
        },
    )
    for a, name in (("RS256", "rsa-2048"), ("ES256", "p-256"), ("EdDSA", "ed25519")):
        other = f"{name}-other"
        der = certificate(KEYS[other], other)
        chain = [base64.b64encode(der).decode()]  # x5c has the other alphabet, with padding
        low = a.lower()
        for slug, members in (
            ("jwk", {"jwk": jwk(other)}),
            ("jwk-same-kid", {"jwk": jwk(other, name)}),
            ("x5c", {"x5c": chain}),
            ("jku", {"jku": "https://attacker.example/jwks.json"}),
            ("x5u", {"x5u": "https://attacker.example/chain.pem"}),
            ("x5t", {"x5t": b64(hashlib.sha1(der).digest())}),
            ("x5t-256", {"x5t#S256": b64(hashlib.sha256(der).digest())}),
        ):
            theme.case(
                f"{low}-{slug}",
                "signature_invalid",
                f"Signed with the key that {slug} in the header names",
                token_with(a, name, signer=other, **members),
                policy=low,
            )
            theme.case(
                f"{low}-{slug}-ignored",
                "ok",
                f"{slug} in the header does no harm to an honest token",
                token_with(a, name, **members),
                policy=low,
            )
            theme.case(
                f"{low}-{slug}-new-kid",
                "key_not_found",
                f"{slug} does not make a new kid known",
                token_with(a, name, signer=other, **{**members, "kid": "attacker"}),
                policy=low,
            )
    for slug, members in (
        ("jwk", {"jwk": jwk("rsa-2048-other", "attacker")}),
        ("jku", {"jku": "https://issuer.example/.well-known/jwks.json"}),
    ):
        theme.case(
            f"nameless-{slug}",
            "signature_invalid",
            "The only key has no kid, so it is asked, and it did not sign",
            token_with("RS256", signer="rsa-2048-other", **{**members, "kid": "attacker"}),
            policy="nameless",
        )
        theme.case(
            f"two-{slug}-no-kid",
            "key_not_found",
            f"Without kid two keys are ambiguous, and {slug} does not choose",
            token_with("RS256", signer="rsa-2048-other", **{**members, "kid": ABSENT}),
            policy="two",
        )
    for slug, kid in (
        ("path", "../../../../../dev/null"),
        ("url", "https://attacker.example/key"),
        ("sql", "x' UNION SELECT 'key' --"),
        ("pem", spki_pem(KEYS["rsa-2048-other"])),
        ("jwk", json.dumps(jwk("rsa-2048-other"))),
        ("prototype", "__proto__"),
        ("constructor", "constructor"),
        ("command", "$(id)"),
    ):
        theme.case(
            f"kid-{slug}",
            "key_not_found",
            "A kid is compared and never interpreted",
            token_with("RS256", signer="rsa-2048-other", kid=kid),
            policy="rs256",
        )
    return theme


THEMES = (
    algorithms_theme,
    confusion_theme,
    rsa_theme,
    ecdsa_theme,
    ed25519_theme,
    hmac_theme,
    key_choice_theme,
    pem_theme,
    embedded_theme,
)
