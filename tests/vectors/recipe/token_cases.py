"""Cases about the token itself: JOSE header, type, key, signature, strict JSON."""

import hashlib
import hmac

from .parts import (
    ABSENT,
    AUDIENCE,
    EXPIRATION,
    MAIN,
    OTHER,
    SECRETS,
    Raw,
    Theme,
    b64,
    claims,
    header,
    jwk,
    mac,
    octets,
    policy,
    token,
)

GOOD = token()


def with_header(key=MAIN, **members):
    return token(jose_header=header(**members), key=key)


def header_theme():
    theme = Theme(
        "header",
        "The JOSE Header",
        [
            "RFC 7515 sections 4 and 5.2",
            "RFC 7519 section 5",
            "RFC 7797 section 6",
            "RFC 8725 sections 3.1, 3.3, 3.10",
        ],
    )

    def case(slug, reason, comment, made):
        theme.case(slug, reason, comment, made)

    case("plain", "ok", "alg, typ and kid", GOOD)
    case("alg-only", "ok", "alg alone is enough", token(jose_header=b'{"alg":"HS256"}'))
    case(
        "white-space",
        "ok",
        "White space around every part",
        token(jose_header=b' {\r\n\t"alg" : "HS256" ,\n "kid" : "main"\t}\n '),
    )
    case(
        "alg-escaped",
        "ok",
        "An escape in alg means the same string",
        token(jose_header=b'{"alg":"\\u0048S256","kid":"main"}'),
    )
    case(
        "name-escaped",
        "ok",
        "An escape in a member name means the same name",
        token(jose_header=b'{"\\u0061lg":"HS256","kid":"main"}'),
    )
    case(
        "unknown-members",
        "ok",
        "Unknown parameters are ignored (RFC 7515 section 4)",
        with_header(cty="JWT", **{"https://example.com/x": [1, {"y": None}], "Alg": "none", "": 0}),
    )

    case("alg-absent", "header_invalid", "alg is required", with_header(alg=ABSENT))
    case(
        "alg-upper-case-name",
        "header_invalid",
        "ALG is not alg",
        token(jose_header=b'{"ALG":"HS256","kid":"main"}'),
    )
    for slug, value in (
        ("null", None),
        ("number", 256),
        ("array", ["HS256"]),
        ("object", {"name": "HS256"}),
        ("true", True),
    ):
        case(f"alg-{slug}", "header_invalid", f"alg is {slug}", with_header(alg=value))

    for slug, value in (
        ("none", "none"),
        ("none-capital", "None"),
        ("none-mixed", "nOnE"),
        ("none-upper", "NONE"),
        ("hs384", "HS384"),
        ("hs512", "HS512"),
        ("rs256", "RS256"),
        ("es256", "ES256"),
        ("eddsa", "EdDSA"),
        ("lower-case", "hs256"),
        ("trailing-space", "HS256 "),
        ("leading-space", " HS256"),
        ("prefix", "HS2"),
        ("longer", "HS2560"),
        ("empty", ""),
        ("nul", "HS256\0"),
        ("look-alike", "\uff28S256"),
    ):
        case(
            f"alg-{slug}",
            "algorithm_not_allowed",
            f"alg is {value!a}, signed with HMAC SHA-256 all the same",
            with_header(alg=value),
        )
    case(
        "alg-hs384-signed",
        "algorithm_not_allowed",
        "alg HS384 with a true HMAC SHA-384",
        (lambda text: f"{text}.{b64(mac(text, MAIN, 'sha384'))}")(
            f"{b64(octets(header(alg='HS384')))}.{b64(octets(claims()))}"
        ),
    )

    for name, value in (
        ("crit", ["exp"]),
        ("crit", []),
        ("crit", None),
        ("crit", "exp"),
        ("crit", ["b64"]),
        ("b64", False),
        ("b64", True),
        ("b64", None),
    ):
        slug = {
            "[]": "empty",
            "None": "null",
            "False": "false",
            "True": "true",
            "exp": "string",
            "['exp']": "list",
            "['b64']": "b64",
        }[str(value)]
        case(
            f"{name}-{slug}",
            "critical_header_unsupported",
            f"{name} is present, whatever its value",
            with_header(**{name: value}),
        )
    case(
        "crit-escaped-name",
        "critical_header_unsupported",
        "crit spelled with an escape",
        token(jose_header=b'{"alg":"HS256","kid":"main","cri\\u0074":["exp"]}'),
    )
    case(
        "crit-and-b64",
        "critical_header_unsupported",
        "Unencoded payload as RFC 7797 announces it",
        with_header(b64=False, crit=["b64"]),
    )

    for name, value in (("enc", "A256GCM"), ("enc", None), ("zip", "DEF"), ("zip", None)):
        slug = "null" if value is None else "string"
        case(
            f"{name}-{slug}",
            "header_invalid",
            f"{name} is present: not a plain JWS",
            with_header(**{name: value}),
        )
    case(
        "enc-before-crit",
        "header_invalid",
        "enc is found before crit",
        with_header(crit=["exp"], enc="A256GCM"),
    )
    case(
        "crit-before-alg",
        "critical_header_unsupported",
        "crit is found before alg none",
        with_header(alg="none", crit=["exp"]),
    )
    case(
        "alg-type-before-crit",
        "header_invalid",
        "alg of a wrong type is found before crit",
        with_header(alg=None, crit=["exp"]),
    )

    own_key = {"kty": "oct", "k": b64(OTHER)}
    case("jwk-ignored", "ok", "A key in the header is not read", with_header(jwk=own_key))
    case(
        "jwk-not-used",
        "signature_invalid",
        "Signed with the key that the header brings along",
        with_header(OTHER, jwk=own_key),
    )
    case(
        "jku-ignored",
        "ok",
        "A key set address is not read",
        with_header(jku="https://attacker.example/jwks.json"),
    )
    case(
        "jku-not-used",
        "signature_invalid",
        "Signed with a key of the key set in the header",
        with_header(OTHER, jku="https://attacker.example/jwks.json"),
    )
    case(
        "x5u-ignored",
        "ok",
        "A certificate address is not read",
        with_header(x5u="file:///etc/passwd"),
    )
    case("x5c-ignored", "ok", "A certificate chain is not read", with_header(x5c=["MIIB", 5]))
    case("x5t-ignored", "ok", "A certificate thumbprint is not read", with_header(x5t=None))
    return theme


def type_theme():
    theme = Theme(
        "type",
        "typ",
        [
            "RFC 7515 section 4.1.9",
            "RFC 8725 section 3.11",
            "RFC 9068 section 2.1",
        ],
        {
            "plain": policy(),
            "any": policy(typ=None),
            "access-token": policy(typ=["application/at+jwt"]),
            "custom": policy(typ=["gate+jwt", "JOSE"]),
            "long": policy(typ=["t" * 1024]),
            "slash": policy(typ=["text/jwt"]),
        },
    )

    def case(slug, reason, comment, typ, policy="plain"):
        theme.case(slug, reason, comment, with_header(typ=typ), policy=policy)

    case("absent", "ok", "typ may be absent", ABSENT)
    case("jwt", "ok", "JWT is a default type", "JWT")
    case("jwt-lower", "ok", "Media types are compared without case", "jwt")
    case("at-jwt", "ok", "at+jwt is a default type", "at+jwt")
    case("at-jwt-upper", "ok", "Media types are compared without case", "AT+JWT")
    case("application-jwt", "ok", "A leading application/ means the same", "application/jwt")
    case(
        "application-at-jwt",
        "ok",
        "A leading application/ means the same, without case",
        "APPLICATION/AT+JWT",
    )
    case("other", "type_not_allowed", "A type that the policy does not name", "JOSE")
    case("empty", "type_not_allowed", "An empty type is present and not allowed", "")
    case("application-only", "type_not_allowed", "Nothing after application/", "application/")
    case(
        "application-twice",
        "type_not_allowed",
        "Only one application/ is taken off",
        "application/application/jwt",
    )
    case("other-tree", "type_not_allowed", "Another top-level type", "text/jwt")
    case("longer", "type_not_allowed", "An allowed type is only the beginning", "JWTX")
    case("shorter", "type_not_allowed", "The beginning of an allowed type", "JW")
    case("trailing-space", "type_not_allowed", "No white space is taken off", "JWT ")
    case(
        "parameter",
        "type_not_allowed",
        "Media type parameters are not taken off",
        "application/jwt; charset=utf-8",
    )
    case("logout", "type_not_allowed", "Another kind of JWT of the same issuer", "logout+jwt")
    case("null", "header_invalid", "typ is null", None)
    case("number", "header_invalid", "typ is a number", 5)
    case("array", "header_invalid", "typ is an array", ["JWT"])
    case("any-string", "ok", "The policy takes any type", "whatever", "any")
    case("any-absent", "ok", "The policy takes any type", ABSENT, "any")
    case("any-number", "header_invalid", "Even then typ is a string", 5, "any")
    case(
        "access-token-short",
        "ok",
        "The policy's own application/ means the same",
        "at+jwt",
        "access-token",
    )
    case("access-token-jwt", "type_not_allowed", "JWT is not in this policy", "JWT", "access-token")
    case(
        "access-token-absent", "ok", "typ may be absent under every policy", ABSENT, "access-token"
    )
    case("custom-second", "ok", "The second type of the policy", "jose", "custom")
    case("slash", "ok", "A type of another tree, named by the policy", "TEXT/jwt", "slash")
    case(
        "slash-application",
        "type_not_allowed",
        "application/ before a type that has a tree",
        "application/text/jwt",
        "slash",
    )
    case("escaped", "ok", "An escape means the same string", Raw('"\\u004aWT"'))
    case(
        "escaped-solidus",
        "ok",
        "An escaped solidus means the same string",
        Raw('"application\\/at+jwt"'),
    )
    case("long", "ok", "A type of 1,024 bytes", "t" * 1024, "long")
    case(
        "long-escaped",
        "ok",
        "A type of 1,024 bytes, one escaped",
        Raw('"' + "t" * 1023 + '\\u0074"'),
        "long",
    )
    case(
        "long-application",
        "ok",
        "application/ and a type of 1,024 bytes",
        "application/" + "t" * 1024,
        "long",
    )
    case(
        "long-application-escaped",
        "ok",
        "The same string with an escape",
        Raw('"application\\/' + "t" * 1024 + '"'),
        "long",
    )
    case("long-more", "type_not_allowed", "A type of 1,025 bytes", "t" * 1025, "long")
    return theme


def key_theme():
    two = [jwk("main", "main"), jwk("other", "other")]
    theme = Theme(
        "key",
        "Finding the key by kid",
        [
            "RFC 7515 section 4.1.4",
            "RFC 7517 section 4.5",
            "RFC 8725 section 3.10",
        ],
        {
            "plain": policy(),
            "nameless": policy(keys=[jwk("main")]),
            "two": policy(keys=two),
            "two-one-nameless": policy(keys=[jwk("main", "main"), jwk("other")]),
            "odd-names": policy(keys=[jwk("main", '\u00e9 "1"/\\'), jwk("other", "MAIN")]),
            "long-name": policy(keys=[jwk("main", "k" * 256), jwk("other", "k" * 255)]),
        },
    )

    def case(slug, reason, comment, kid, key=MAIN, policy="plain"):
        theme.case(slug, reason, comment, with_header(key, kid=kid), policy=policy)

    case("match", "ok", "kid names the only key", "main")
    case("absent", "ok", "Without kid the only key is used, though it has a kid", ABSENT)
    case("unknown", "key_not_found", "kid names no key; the only key is not tried", "other")
    case("case", "key_not_found", "kid is compared exactly", "Main")
    case("prefix", "key_not_found", "The beginning of a kid", "mai")
    case("longer", "key_not_found", "A kid is only the beginning", "main2")
    case("empty", "key_not_found", "An empty kid names no key", "")
    case("nul", "key_not_found", "Text does not end at a NUL", "main\0")
    case("space", "key_not_found", "No white space is taken off", "main ")
    case("path", "key_not_found", "A kid is never a path", "../../../../dev/null")
    case("sql", "key_not_found", "A kid is never part of a query", "main' UNION SELECT 'secret' --")
    case("number", "header_invalid", "kid is a number", 0)
    case("null", "header_invalid", "kid is null", None)
    case("array", "header_invalid", "kid is an array", ["main"])
    case("object", "header_invalid", "kid is an object", {"main": 1})
    case("escaped", "ok", "An escape in kid means the same string", Raw('"\\u006dain"'))
    case(
        "nameless-absent",
        "ok",
        "One key without kid, a token without kid",
        ABSENT,
        policy="nameless",
    )
    case(
        "nameless-any",
        "ok",
        "One key without kid answers every kid",
        "rotated-2026",
        policy="nameless",
    )
    case("nameless-empty", "ok", "One key without kid answers the empty kid", "", policy="nameless")
    case("two-first", "ok", "The first of two keys", "main", policy="two")
    case("two-second", "ok", "The second of two keys", "other", OTHER, "two")
    case(
        "two-swapped",
        "signature_invalid",
        "kid names one key, the other one signed",
        "other",
        MAIN,
        "two",
    )
    case("two-absent", "key_not_found", "Without kid two keys are ambiguous", ABSENT, policy="two")
    case("two-unknown", "key_not_found", "kid names neither", "third", policy="two")
    case(
        "two-one-nameless-named",
        "ok",
        "The named one of two keys",
        "main",
        policy="two-one-nameless",
    )
    case(
        "two-one-nameless-unknown",
        "key_not_found",
        "A key without kid answers only when it is the only one",
        "third",
        OTHER,
        "two-one-nameless",
    )
    case(
        "two-one-nameless-absent",
        "key_not_found",
        "Without kid two keys are ambiguous",
        ABSENT,
        OTHER,
        "two-one-nameless",
    )
    case(
        "odd-name",
        "ok",
        "A kid with quotation marks, a backslash and an accent",
        '\u00e9 "1"/\\',
        policy="odd-names",
    )
    case(
        "odd-name-escaped",
        "ok",
        "The same kid, escaped in another way",
        Raw('"\\u00E9 \\u00221\\"\\/\\u005c"'),
        policy="odd-names",
    )
    case(
        "odd-name-decomposed",
        "key_not_found",
        "e + U+0301 is another kid than U+00E9",
        'e\u0301 "1"/\\',
        policy="odd-names",
    )
    case("other-case", "ok", "MAIN and main are two names", "MAIN", OTHER, "odd-names")
    case("long-name-256", "ok", "A kid of 256 bytes", "k" * 256, policy="long-name")
    case("long-name-255", "ok", "A kid of 255 bytes", "k" * 255, OTHER, "long-name")
    case(
        "long-name-257",
        "key_not_found",
        "A kid of 257 bytes, longer than any key's",
        "k" * 257,
        policy="long-name",
    )
    case("long-name-4000", "key_not_found", "A kid of 4,000 bytes", "k" * 4000, policy="long-name")
    return theme


def signature_theme():
    secret_forms = {
        "utf8": ("a pass phrase of exactly 32 oct.", b"a pass phrase of exactly 32 oct."),
        "utf8-accents": ("\u00e9" * 16, ("\u00e9" * 16).encode()),
        "base64url": (b64(MAIN), MAIN),
        "hex": (MAIN.hex(), MAIN),
        "hex-upper": (MAIN.hex().upper(), MAIN),
    }

    def secret_policy(form):
        encoding = form.split("-")[0]
        return policy(keys=[{"secret": secret_forms[form][0], "encoding": encoding}])

    theme = Theme(
        "signature",
        "HMAC SHA-256 over the JWS Signing Input",
        [
            "RFC 7515 sections 5.2 and A.1",
            "RFC 7518 section 3.2",
            "RFC 2104",
            "RFC 8725 section 3.2",
        ],
        {
            "plain": policy(),
            **{
                f"key-{n.removeprefix('bytes-')}": policy(keys=[jwk(n, "main")])
                for n in ("bytes-63", "bytes-64", "bytes-65", "bytes-1024")
            },
            **{f"secret-{form}": secret_policy(form) for form in secret_forms},
        },
    )
    head, payload, signature = GOOD.split(".")
    signing_input = f"{head}.{payload}"
    good_mac = mac(signing_input)

    def case(slug, reason, comment, made, policy="plain"):
        theme.case(slug, reason, comment, made, policy=policy)

    def forged(slug, comment, signature_bytes):
        case(slug, "signature_invalid", comment, f"{signing_input}.{b64(signature_bytes)}")

    case("plain", "ok", "A right signature", GOOD)
    forged("zero", "32 zero bytes", bytes(32))
    forged("ones", "32 bytes 0xff", b"\xff" * 32)
    forged("first-bit", "The first bit flipped", bytes([good_mac[0] ^ 0x80]) + good_mac[1:])
    forged("last-bit", "The last bit flipped", good_mac[:-1] + bytes([good_mac[-1] ^ 1]))
    forged(
        "middle-bit",
        "A bit in the middle flipped",
        good_mac[:16] + bytes([good_mac[16] ^ 0x10]) + good_mac[17:],
    )
    forged("reversed", "The bytes in reverse", good_mac[::-1])
    forged("length-1", "The first byte alone", good_mac[:1])
    forged("length-16", "The first half: no truncated MAC", good_mac[:16])
    forged("length-31", "One byte short", good_mac[:31])
    forged("length-33", "One byte more", good_mac + b"\0")
    forged("length-64", "The signature twice", good_mac * 2)
    forged("length-9000", "The signature and 9,000 bytes", good_mac + bytes(9000))
    forged("sha384", "HMAC SHA-384 under alg HS256", mac(signing_input, MAIN, "sha384"))
    forged("sha512-half", "The first half of HMAC SHA-512", mac(signing_input, MAIN, "sha512")[:32])
    forged("other-key", "Signed with another key", mac(signing_input, OTHER))
    forged("empty-key", "Signed with an empty key", mac(signing_input, b""))
    forged("zero-key", "Signed with 32 zero bytes", mac(signing_input, bytes(32)))
    forged(
        "key-text",
        "Signed with the base64url text of the key",
        mac(signing_input, b64(MAIN).encode()),
    )
    forged(
        "key-hex",
        "Signed with the hexadecimal text of the key",
        mac(signing_input, MAIN.hex().encode()),
    )
    forged(
        "key-jwk", "Signed with the JWK's own text", mac(signing_input, octets(jwk("main", "main")))
    )
    forged("key-prefix", "Signed with the first 31 bytes of the key", mac(signing_input, MAIN[:31]))
    forged(
        "plain-hash",
        "SHA-256 of key and input instead of HMAC",
        hashlib.sha256(MAIN + signing_input.encode()).digest(),
    )
    forged("no-key-hash", "SHA-256 of the input", hashlib.sha256(signing_input.encode()).digest())
    forged("hex-text", "The hexadecimal text of the right MAC", good_mac.hex().encode())
    forged(
        "decoded-input",
        "MAC over the decoded segments",
        hmac.new(MAIN, octets(header()) + b"." + octets(claims()), "sha256").digest(),
    )
    forged("payload-only", "MAC over the payload alone", mac(payload))
    forged("without-dot", "MAC over the segments without the dot", mac(head + payload))
    other = token(claims(sub="user-2"))
    case(
        "other-payload",
        "signature_invalid",
        "The payload of another good token",
        f"{head}.{other.split('.')[1]}.{signature}",
    )
    case(
        "other-header",
        "signature_invalid",
        "The header of another good token",
        f"{b64(octets(header(typ='at+jwt')))}.{payload}.{signature}",
    )
    case(
        "other-signature",
        "signature_invalid",
        "The signature of another good token",
        f"{signing_input}.{other.split('.')[2]}",
    )
    case(
        "swapped-segments",
        "signature_invalid",
        "The first two segments swapped places and both are valid headers",
        f"{b64(octets(header()))}.{b64(octets(header(x=1)))}."
        f"{b64(mac(b64(octets(header(x=1))) + '.' + b64(octets(header()))))}",
    )
    case(
        "payload-not-json",
        "signature_invalid",
        "Nothing is read from an unsigned payload",
        f"{head}.{b64(b'not json')}.{signature}",
    )

    case(
        "key-63-bytes",
        "ok",
        "A key one byte shorter than SHA-256's block",
        token(key=SECRETS["bytes-63"]),
        "key-63",
    )
    case(
        "key-64-bytes",
        "ok",
        "A key as long as SHA-256's block",
        token(key=SECRETS["bytes-64"]),
        "key-64",
    )
    case(
        "key-65-bytes",
        "ok",
        "A key longer than the block is hashed first",
        token(key=SECRETS["bytes-65"]),
        "key-65",
    )
    case(
        "key-65-cut",
        "signature_invalid",
        "A long key is hashed, not cut to the block",
        token(key=SECRETS["bytes-65"][:64]),
        "key-65",
    )
    case("key-1024-bytes", "ok", "The longest key", token(key=SECRETS["bytes-1024"]), "key-1024")
    case(
        "key-hashed",
        "ok",
        "HMAC takes the hash of a long key for the key itself (RFC 2104)",
        token(key=hashlib.sha256(SECRETS["bytes-65"]).digest()),
        "key-65",
    )
    for form, (_, key) in secret_forms.items():
        case(
            f"secret-{form}",
            "ok",
            f"A secret given as {form.replace('-', ', ')}",
            token(jose_header=header(kid=ABSENT), key=key),
            f"secret-{form}",
        )
    case(
        "secret-hex-as-text",
        "signature_invalid",
        "A hexadecimal secret is not its text",
        token(key=MAIN.hex().encode()),
        "secret-hex",
    )

    # Every length of the last SHA-256 block that changes its padding. The inner hash has read one
    # block of key before the signing input.
    bare = octets(header())
    for tail in (0, 1, 54, 55, 56, 57, 63):
        made = next(
            candidate
            for space in range(4)
            for pad in range(96)
            for candidate in [token(claims(pad="x" * pad), bare + b" " * space)]
            if len(candidate.rsplit(".", 1)[0]) % 64 == tail
        )
        case(f"block-{tail}", "ok", f"A signing input of {tail} bytes modulo 64", made)
    return theme


def json_theme():
    theme = Theme(
        "json",
        "Strict JSON in header and claims",
        [
            "RFC 8259",
            "RFC 3629",
            "RFC 7515 sections 4 and 5.2",
            "RFC 7519 sections 4 and 7.2",
        ],
    )

    def in_claims(slug, comment, payload, reason="claims_invalid"):
        theme.case(f"claims-{slug}", reason, comment, token(payload))

    def in_header(slug, comment, text, reason="header_invalid"):
        theme.case(f"header-{slug}", reason, comment, token(jose_header=text))

    good_claims = octets(claims())
    good_header = octets(header())

    for slug, comment, text in (
        ("array", "An array", b"[]"),
        ("array-of-object", "An array that holds the object", None),
        ("string", "A string", b'"text"'),
        ("number", "A number", b"1700000000"),
        ("null", "null", b"null"),
        ("true", "true", b"true"),
        ("not-json", "Plain text", b"iss=portcullis"),
        ("white-space", "Only white space", b"  "),
        ("nul", "One NUL byte", b"\0"),
        ("open", "An object that does not end", b"{"),
    ):
        in_claims(slug, f"{comment} instead of an object", text or b"[" + good_claims + b"]")
        in_header(slug, f"{comment} instead of an object", text or b"[" + good_header + b"]")
    in_claims("empty-object", "An empty object has no exp", b"{}", "claim_missing")
    in_header("empty-object", "An empty object has no alg", b"{}")

    def both(slug, comment, inserted, reasons=("header_invalid", "claims_invalid")):
        """Inserts text before the closing brace of a good header and of a good claims set."""
        in_header(slug, comment, good_header[:-1] + inserted + b"}", reasons[0])
        in_claims(slug, comment, good_claims[:-1] + inserted + b"}", reasons[1])

    fine = ("ok", "ok")
    both("trailing-comma", "A comma after the last member", b",")
    both("comment", "A comment", b" /* note */ ")
    both("single-quotes", "A name in single quotation marks", b",'x':1")
    both("bare-name", "A name without quotation marks", b",x:1")
    both("missing-colon", "A name without a value", b',"x"')
    both("missing-comma", "No comma between members", b' "x":1')
    both("two-commas", "Two commas", b',,"x":1')
    both("number-name", "A name that is a number", b",1:1")
    both("unclosed-array", "An array that an object's brace closes", b',"x":[1')
    both("array-comma", "A comma after the last element", b',"x":[1,]')
    for slug, comment, number in (
        ("leading-zero", "A leading zero", b"01"),
        ("plus", "A plus sign", b"+1"),
        ("bare-fraction", "No digit before the point", b".5"),
        ("bare-point", "No digit after the point", b"1."),
        ("bare-exponent", "No digit in the exponent", b"1e"),
        ("minus", "A lone minus", b"-"),
        ("hex-number", "A hexadecimal number", b"0x10"),
        ("nan", "NaN", b"NaN"),
        ("infinity", "Infinity", b"-Infinity"),
        ("capital-true", "True", b"True"),
        ("undefined", "undefined", b"undefined"),
    ):
        both(f"value-{slug}", f"{comment} as a value", b',"x":' + number)
    both(
        "huge-number", "A number beyond every double, in a member nobody reads", b',"x":1e999', fine
    )
    both(
        "long-number",
        "A number of 400 digits in a member nobody reads",
        b',"x":' + b"9" * 400,
        fine,
    )
    both(
        "number-forms",
        "Every form of a JSON number",
        b',"x":[0,-0,0.0,-1.5,1e2,1E+2,1e-2,12.50e+01]',
        fine,
    )
    both(
        "escapes",
        "Every escape of a JSON string",
        b',"x":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u00E9\\uFFFF\\ud83d\\udd12"',
        fine,
    )
    both("noncharacter", "U+FFFF and U+FDD0 are valid UTF-8", ',"x":"\uffff\ufdd0"'.encode(), fine)
    both(
        "utf8-widths",
        "Characters of one to four bytes, each width's first and last",
        ',"x":" \x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"'.encode("utf-8"),
        fine,
    )
    both("bad-escape", "An unknown escape", b',"x":"\\x41"')
    both("short-escape", "A \\u escape of three digits", b',"x":"\\u041"')
    both("bad-hex-escape", "A \\u escape with a letter beyond f", b',"x":"\\u00g1"')
    both("unclosed-string", "A string whose end is escaped", b',"x":"\\"')
    both("control-newline", "A raw line break in a string", b',"x":"a\nb"')
    both("control-tab", "A raw tab in a string", b',"x":"a\tb"')
    both("control-nul", "A raw NUL in a string", b',"x":"a\0b"')
    both("control-1f", "A raw U+001F in a string", b',"x":"a\x1fb"')
    both("control-in-name", "A raw control character in a name", b',"x\x01":1')
    both("form-feed", "A form feed is not white space", b"\f")
    both("no-break-space", "U+00A0 is not white space", "\u00a0".encode())
    for slug, comment, text in (
        ("lone-high", "A high surrogate alone", b"\\ud83d"),
        ("lone-low", "A low surrogate alone", b"\\udd12"),
        ("reversed", "A low surrogate before a high one", b"\\udd12\\ud83d"),
        ("high-high", "Two high surrogates", b"\\ud83d\\ud83d"),
        ("high-letter", "A high surrogate and a letter", b"\\ud83dA"),
        ("high-escape", "A high surrogate and another escape", b"\\ud83d\\n"),
        ("high-short", "A high surrogate and half an escape", b"\\ud83d\\udd"),
    ):
        both(f"surrogate-{slug}", comment, b',"x":"' + text + b'"')
    both("surrogate-in-name", "A lone surrogate in a name", b',"\\udc00":1')
    for slug, comment, text in (
        ("overlong-2", "An overlong / of two bytes", b"\xc0\xaf"),
        ("overlong-2-last", "An overlong U+007F", b"\xc1\xbf"),
        ("overlong-3", "An overlong form of three bytes", b"\xe0\x9f\xbf"),
        ("overlong-4", "An overlong form of four bytes", b"\xf0\x8f\xbf\xbf"),
        ("surrogate", "A surrogate encoded as UTF-8", b"\xed\xa0\x80"),
        (
            "surrogate-pair",
            "A surrogate pair encoded as two times three bytes (CESU-8)",
            b"\xed\xa0\xbd\xed\xb4\x92",
        ),
        ("beyond", "A code point above U+10FFFF", b"\xf4\x90\x80\x80"),
        ("f5", "A byte that never occurs", b"\xf5\x80\x80\x80"),
        ("ff", "A byte that never occurs", b"\xff"),
        ("continuation", "A continuation byte alone", b"\x80"),
        ("latin-1", "An accented letter in ISO 8859-1", b"caf\xe9"),
        ("truncated-3", "A sequence of three bytes that ends after two", b"\xe2\x82"),
        ("truncated-4", "A sequence of four bytes that ends after three", b"\xf0\x9f\x94"),
    ):
        both(f"utf8-{slug}", comment, b',"x":"' + text + b'"')
    both("utf8-in-name", "Invalid UTF-8 in a name", b',"x\xff":1')
    in_claims(
        "utf8-at-the-end",
        "The text ends inside a UTF-8 sequence",
        good_claims[:-1] + b',"x":"\xf0\x9f',
    )
    for slug, comment, before, after in (
        ("bom", "A byte order mark before the object", b"\xef\xbb\xbf", b""),
        ("utf16", "A UTF-16 byte order mark before the object", b"\xff\xfe", b""),
        ("garbage-before", "A letter before the object", b"x", b""),
        ("garbage-after", "A letter after the object", b"", b"x"),
        ("brace-after", "A second closing brace", b"", b"}"),
        ("second-object", "A second object", b"", b"{}"),
        ("comma-after", "A comma after the object", b"", b","),
        ("nul-after", "A NUL after the object", b"", b"\0"),
    ):
        in_header(slug, comment, before + good_header + after)
        in_claims(slug, comment, before + good_claims + after)
    in_claims("utf16-text", "The claims set in UTF-16", good_claims.decode().encode("utf-16-le"))
    in_claims("cut-short", "The last byte is missing", good_claims[:-1])
    in_header("cut-short", "The last byte is missing", good_header[:-1])
    in_claims(
        "space-around", "White space around the object", b"\r\n\t " + good_claims + b" \t\n\r", "ok"
    )

    # Duplicate names, after escapes are decoded.
    in_header("duplicate-alg", "alg twice, equal", good_header[:-1] + b',"alg":"HS256"}')
    in_header("duplicate-alg-none", "alg twice, none first", b'{"alg":"none",' + good_header[1:])
    in_header(
        "duplicate-alg-escaped",
        "alg twice, once with an escape",
        good_header[:-1] + b',"\\u0061lg":"none"}',
    )
    in_header(
        "duplicate-unknown", "An unknown parameter twice", good_header[:-1] + b',"x":1,"x":1}'
    )
    in_header(
        "duplicate-nested",
        "A name twice in a nested object",
        good_header[:-1] + b',"jwk":{"kty":"oct","kty":"RSA"}}',
    )
    in_claims("duplicate-exp", "exp twice, equal", good_claims[:-1] + b',"exp":4102444800}')
    in_claims(
        "duplicate-exp-later", "exp twice, the first long past", b'{"exp":1,' + good_claims[1:]
    )
    in_claims(
        "duplicate-exp-escaped",
        "exp twice, once with an escape",
        good_claims[:-1] + b',"\\u0065xp":4102444801}',
    )
    in_claims(
        "duplicate-both-escaped",
        "A name twice, escaped in two ways",
        good_claims[:-1] + b',"\\u0078":1,"\\u0078":2}',
    )
    in_claims(
        "duplicate-solidus", "a/b and a\\/b are one name", good_claims[:-1] + b',"a/b":1,"a\\/b":2}'
    )
    in_claims(
        "duplicate-pair",
        "A raw character and its surrogate pair are one name",
        good_claims[:-1] + ',"\U0001f512":1,"\\ud83d\\udd12":2}'.encode(),
    )
    in_claims("duplicate-empty", "The empty name twice", good_claims[:-1] + b',"":1,"":2}')
    in_claims("duplicate-unknown", "An unknown claim twice", good_claims[:-1] + b',"x":1,"x":1}')
    in_claims(
        "duplicate-nested",
        "A name twice in an object in an array",
        good_claims[:-1] + b',"x":[{"y":1},{"y":1,"y":2}]}',
    )
    in_claims(
        "duplicate-after-nested",
        "A name again after an object that repeats it",
        good_claims[:-1] + b',"x":{"x":{"x":1}},"x":2}',
    )
    in_claims(
        "same-name-nested",
        "The same name in different objects is no duplicate",
        good_claims[:-1] + b',"x":{"x":{"x":1,"exp":2}},"y":[{"x":1},{"x":2}]}',
        "ok",
    )
    in_claims(
        "different-case",
        "Names that differ in case are different",
        good_claims[:-1] + b',"EXP":1,"Exp":"x"}',
        "ok",
    )
    in_claims(
        "different-nul",
        "Names that differ after a NUL are different",
        good_claims[:-1] + b',"exp\\u0000":1,"exp\\u00001":"x"}',
        "ok",
    )
    in_claims(
        "nested-exp",
        "A member of a nested object is not the claim",
        octets(claims(exp=ABSENT, inner={"exp": EXPIRATION})),
        "claim_missing",
    )
    in_claims(
        "escaped-name",
        "An escaped name is the claim",
        octets(claims(exp=ABSENT))[:-1] + b',"\\u0065\\u0078\\u0070":4102444800}',
        "ok",
    )
    in_claims(
        "escaped-value",
        "An escaped value is the same value",
        octets(
            {
                "iss": Raw('"https:\\/\\/issuer\\u002eexample\\/"'),
                "aud": AUDIENCE,
                "exp": EXPIRATION,
            }
        ),
        "ok",
    )
    return theme


THEMES = (header_theme, type_theme, key_theme, signature_theme, json_theme)
