"""Policy documents, valid and invalid, with the place of the mistake."""

import json

from .parts import (
    ABSENT,
    ALGORITHMS,
    AUDIENCE,
    ISSUER,
    MAIN,
    PolicyTheme,
    b64,
    derive_secret,
    jwk,
    policy,
)

WRONG = (
    ("null", None),
    ("number", 5),
    ("true", True),
    ("string", "text"),
    ("array", ["text"]),
    ("object", {"x": 1}),
)


def text(made):
    return json.dumps(made, separators=(",", ":"))


PLAIN = text(policy())


def with_member(member):
    """The plain policy as text with one member written at its end."""
    return PLAIN[:-1] + "," + member + "}"


def wrong_types(theme, name, path, make, but=()):
    for slug, value in WRONG:
        if slug not in but:
            theme.invalid(f"{name}-{slug}", path, f"{name} is {slug}", make(value))


def document_theme():
    theme = PolicyTheme("document", "The policy as a JSON text", ["RFC 8259", "docs/policy.md"])
    theme.valid("plain", "The required members alone", policy())
    theme.valid(
        "every-member",
        "Every member there is",
        {
            "$schema": "https://portcullis.example/policy.schema.json",
            "algorithms": ["HS256"],
            "issuer": ISSUER,
            "audience": [AUDIENCE, "https://other.example"],
            "keys": [
                jwk("main", "main", alg="HS256", use="sig", key_ops=["verify"]),
                {
                    "secret": "a pass phrase of exactly 32 oct.",
                    "encoding": "utf8",
                    "kid": "phrase",
                    "alg": "HS256",
                },
            ],
            "clock_tolerance": 30,
            "expiration": "optional",
            "typ": ["JWT"],
            "require": {
                "permissions": {"all_of": ["read:data"]},
                "scope": {"any_of": ["api", "admin"], "all_of": ["openid"]},
            },
            "realm": "gate",
        },
    )
    theme.text(
        "white-space",
        None,
        "White space around every part",
        "\r\n\t " + json.dumps(policy(), indent=2) + "\n",
    )
    theme.text(
        "escaped-names",
        None,
        "Escapes in names are decoded",
        PLAIN.replace('"issuer"', '"\\u0069ssuer"').replace('"kty"', '"k\\u0074y"'),
    )

    theme.text("empty", "$", "No text at all", "")
    theme.text("only-space", "$", "Only white space", " \n")
    for slug, made in (
        ("null", "null"),
        ("true", "true"),
        ("number", "5"),
        ("string", '"policy"'),
        ("array", "[]"),
        ("array-of-policy", f"[{PLAIN}]"),
    ):
        theme.text(f"top-{slug}", "$", f"The document is {slug}", made)
    theme.text("not-json", "$", "YAML", "algorithms: [HS256]\nissuer: null\n")
    theme.text("cut-short", "$", "The last byte is missing", PLAIN[:-1])
    theme.text("trailing-comma", "$", "A comma after the last member", PLAIN[:-1] + ",}")
    theme.text("comment", "$", "A comment", "/* policy */" + PLAIN)
    theme.text("line-comment", "$", "A comment at the end", PLAIN + "// end")
    theme.text("garbage-after", "$", "A letter after the document", PLAIN + "x")
    theme.text("second-document", "$", "A second document", PLAIN + PLAIN)
    theme.text("nul-after", "$", "A NUL after the document", PLAIN + "\0")
    theme.text("nul-and-garbage-after", "$", "Text does not end at a NUL", PLAIN + "\0garbage")
    theme.text("nul-before", "$", "A NUL before the document", "\0" + PLAIN)
    theme.text("bom", "$", "A byte order mark", "\ufeff" + PLAIN)
    theme.text("single-quotes", "$", "Single quotation marks", PLAIN.replace('"', "'"))
    theme.text(
        "control-character",
        "$",
        "A raw tab in a string",
        PLAIN.replace("issuer.example", "issuer\t.example"),
    )
    theme.text(
        "lone-surrogate",
        "$",
        "A lone surrogate in a string",
        PLAIN.replace("issuer.example", "issuer\\ud800.example"),
    )
    theme.text(
        "leading-zero", "$", "A number with a leading zero", with_member('"clock_tolerance":030')
    )
    theme.text("nan", "$", "NaN", with_member('"clock_tolerance":NaN'))
    theme.octets(
        "utf8-invalid",
        "$",
        "Invalid UTF-8 in a string",
        PLAIN.replace("issuer.example", "issuer\x00.example").encode().replace(b"\x00", b"\xff"),
    )
    theme.octets(
        "utf8-overlong",
        "$",
        "An overlong / in a string",
        PLAIN.replace("issuer.example", "issuer\x00.example")
        .encode()
        .replace(b"\x00", b"\xc0\xaf"),
    )
    theme.octets(
        "utf8-surrogate",
        "$",
        "A surrogate encoded as UTF-8",
        PLAIN.replace("issuer.example", "issuer\x00.example")
        .encode()
        .replace(b"\x00", b"\xed\xa0\x80"),
    )
    theme.octets("utf16", "$", "The policy in UTF-16", PLAIN.encode("utf-16"))
    theme.octets("plain-bytes", None, "The plain policy as bytes", PLAIN.encode())

    # Unknown members, also in a member that is known.
    theme.invalid("unknown", "$.audiences", "An unknown member", policy(audiences=[ISSUER]))
    theme.invalid(
        "unknown-case", "$.Issuer", "A known member in another case", policy(Issuer=ISSUER)
    )
    theme.invalid(
        "unknown-leeway",
        "$.leeway",
        "Another library's word for clock_tolerance",
        policy(leeway=30),
    )
    theme.invalid("unknown-empty-name", '$[""]', "The empty name", policy(**{"": 1}))
    theme.invalid(
        "unknown-quoted-name",
        '$["x y"]',
        "A name that is not a plain word is quoted",
        policy(**{"x y": 1}),
    )
    theme.invalid(
        "unknown-64", "$." + "n" * 64, "A plain word of 64 bytes", policy(**{"n" * 64: 1})
    )
    theme.invalid(
        "unknown-65", '$["' + "n" * 64 + '..."]', "A longer name is cut", policy(**{"n" * 65: 1})
    )
    theme.invalid(
        "unknown-cut-character",
        '$["' + "n" * 63 + '..."]',
        "A name is cut between characters",
        policy(**{"n" * 63 + "\u00e9": 1}),
    )
    theme.invalid(
        "unknown-digit", '$["0"]', "A plain word does not begin with a digit", policy(**{"0": 1})
    )
    theme.invalid("unknown-accent", '$["\u00e9"]', "A plain word is ASCII", policy(**{"\u00e9": 1}))
    theme.invalid(
        "unknown-escaped",
        '$["\\"\\\\\\u000a\\u007f"]',
        "Quotation marks, backslashes and control characters of a name are escaped",
        policy(**{'"\\\n\x7f': 1}),
    )
    theme.invalid(
        "unknown-before-missing",
        "$.x",
        "An unknown member is told before a missing one",
        policy(issuer=ABSENT, x=1),
    )
    theme.invalid(
        "first-of-unknown", "$.x", "Of two unknown members the first is told", policy(x=1, a=2)
    )
    theme.invalid(
        "missing-before-wrong",
        "$.algorithms",
        "algorithms is told before issuer",
        policy(algorithms=ABSENT, issuer=5),
    )
    theme.invalid(
        "wrong-before-missing",
        "$.algorithms",
        "algorithms is told before issuer",
        policy(algorithms=5, issuer=ABSENT),
    )
    theme.invalid(
        "inner-before-later",
        "$.keys[0].k",
        "keys is told with all it holds before realm",
        policy(realm="", keys=[{"kty": "oct"}]),
    )
    theme.text(
        "duplicate-before-unknown",
        "$.issuer",
        "A duplicate is told before what is in front of it",
        '{"x":1,' + with_member('"issuer":null')[1:],
    )
    theme.invalid(
        "schema-number", "$.$schema", "$schema is ignored but is a string", policy(**{"$schema": 5})
    )
    theme.invalid(
        "empty-object", "$.algorithms", "Without members, the first required one is told", {}
    )

    # Duplicate members are told by their place.
    theme.text(
        "duplicate",
        "$.issuer",
        "issuer twice, equal",
        with_member(f'"issuer":{json.dumps(ISSUER)}'),
    )
    theme.text(
        "duplicate-null", "$.issuer", "issuer twice, the second null", with_member('"issuer":null')
    )
    theme.text(
        "duplicate-escaped",
        "$.issuer",
        "issuer twice, once with an escape",
        with_member('"\\u0069ssuer":null'),
    )
    theme.text("duplicate-keys", "$.keys", "keys twice", with_member('"keys":[]'))
    theme.text(
        "duplicate-in-key",
        "$.keys[0].k",
        "k twice in a key",
        PLAIN.replace('"kty":"oct"', '"k":"","kty":"oct"'),
    )
    theme.text(
        "duplicate-in-require",
        "$.require.scope.all_of",
        "all_of twice",
        with_member('"require":{"scope":{"all_of":["a"],"all_of":["b"]}}'),
    )
    theme.text(
        "duplicate-unknown",
        "$.x",
        "An unknown member twice is a duplicate first",
        with_member('"x":1,"x":2'),
    )

    # Size: 524,288 bytes, reached with an ignored member of a JWK.
    def sized(size):
        bare = text(policy(keys=[jwk("main", "main", note="")]))
        return text(policy(keys=[jwk("main", "main", note="x" * (size - len(bare)))]))

    theme.text("size-524288", None, "A text of 524,288 bytes", sized(524288))
    accented = PLAIN.replace("issuer.example", "issu\u00e9r.example")
    theme.text(
        "size-524289-bytes",
        "$",
        "524,288 characters, one of two bytes, most of them white space: 524,289 bytes",
        accented + " " * (524288 - len(accented)),
    )

    # Depth 32: the document is 1, keys 2, the key 3.
    def nested(levels):
        value = "[" * levels + "]" * levels
        return PLAIN.replace('"kty"', f'"note":{value},"kty"')

    theme.text("depth-32", None, "29 arrays inside a key: depth 32", nested(29))
    theme.text("depth-33", "$", "30 arrays inside a key: depth 33", nested(30))
    theme.text("depth-30000", "$", "30,000 open brackets", "[" * 30000)

    # 512 member names of the objects that are open at one place: 4 of the document, the rest of the
    # key, which is the document's last member.
    def populous(count):
        key = jwk("main", "main", **{f"n{n}": n for n in range(count)})
        return policy(keys=[key])

    theme.valid("members-512", "508 names in a key, 4 around it", populous(505))
    theme.invalid("members-513", "$", "509 names in a key, 4 around it", populous(506))

    # Numbers nobody reads.
    def noted(number):
        return PLAIN.replace('"kty"', f'"note":{number},"kty"')

    theme.text("number-1e308", None, "A large number in an ignored member", noted("1e308"))
    theme.text(
        "number-beyond-double",
        None,
        "Magnitude 308, yet beyond the largest double",
        noted("1.8e308"),
    )
    theme.text("number-2-64", None, "2^64 in an ignored member", noted("18446744073709551616"))
    theme.text("number-tiny", None, "1e-400 in an ignored member", noted("1e-400"))
    theme.text("number-1e309", None, "1e309 is JSON, and nobody reads it", noted("1e309"))
    theme.text("number-1e999999", None, "So is an exponent of six digits", noted("-1e999999"))
    theme.text("number-400-digits", None, "and a number of 400 digits", noted("9" * 400))
    return theme


def members_theme():
    theme = PolicyTheme("member", "The members beside keys", ["docs/policy.md"])

    def wrong(name, but=(), path=None):
        wrong_types(theme, name, path or f"$.{name}", lambda v: policy(**{name: v}), but)

    # algorithms
    theme.invalid("algorithms-absent", "$.algorithms", "Required", policy(algorithms=ABSENT))
    wrong("algorithms", but=("array",))
    theme.invalid("algorithms-empty", "$.algorithms", "An empty list", policy(algorithms=[]))
    theme.invalid(
        "algorithms-bare", "$.algorithms", "A bare string is not a list", policy(algorithms="HS256")
    )
    for slug, value in (
        ("none", "none"),
        ("hs1", "HS1"),
        ("es256k", "ES256K"),
        ("ed448", "Ed448"),
        ("rsa-oaep", "RSA-OAEP"),
        ("case", "hs256"),
        ("eddsa-case", "EDDSA"),
        ("space", "HS256 "),
        ("empty-string", ""),
        ("null-entry", None),
        ("number-entry", 256),
        ("list-entry", ["HS256"]),
    ):
        theme.invalid(
            f"algorithms-{slug}",
            "$.algorithms[0]",
            f"An entry that is {value!r}",
            policy(algorithms=[value]),
        )
    theme.invalid(
        "algorithms-second",
        "$.algorithms[1]",
        "The second entry is not known",
        policy(algorithms=["HS256", "RS1"]),
    )
    theme.valid(
        "algorithms-without-key",
        "An algorithm that no key serves: it is allowed and finds no key",
        policy(algorithms=["HS256", "RS256"]),
    )
    theme.valid(
        "algorithms-every",
        "All there are",
        policy(algorithms=list(ALGORITHMS), keys=[jwk("bytes-64", "main")]),
    )
    theme.invalid(
        "algorithms-twice",
        "$.algorithms[1]",
        "An algorithm named twice",
        policy(algorithms=["HS256", "HS256"]),
    )

    # issuer
    theme.invalid(
        "issuer-absent", "$.issuer", "Required; the opt-out is null", policy(issuer=ABSENT)
    )
    theme.valid("issuer-null", "The opt-out", policy(issuer=None))
    wrong("issuer", but=("null", "string"))
    theme.invalid("issuer-empty", "$.issuer", "An empty issuer", policy(issuer=""))
    theme.valid("issuer-1", "One byte", policy(issuer="i"))
    theme.valid("issuer-1024", "1,024 bytes", policy(issuer="i" * 1024))
    theme.invalid("issuer-1025", "$.issuer", "1,025 bytes", policy(issuer="i" * 1025))
    theme.valid("issuer-1024-accents", "512 characters of two bytes", policy(issuer="\u00e9" * 512))
    theme.invalid(
        "issuer-1026-accents",
        "$.issuer",
        "513 characters of two bytes",
        policy(issuer="\u00e9" * 513),
    )

    # audience
    theme.invalid(
        "audience-absent", "$.audience", "Required; the opt-out is null", policy(audience=ABSENT)
    )
    theme.valid("audience-null", "The opt-out", policy(audience=None))
    wrong("audience", but=("null", "string", "array"))
    theme.invalid("audience-empty", "$.audience", "An empty audience", policy(audience=""))
    theme.invalid("audience-empty-list", "$.audience", "An empty list", policy(audience=[]))
    theme.valid("audience-list", "A list", policy(audience=["a", "b"]))
    theme.valid("audience-list-repeated", "The same audience twice", policy(audience=["a", "a"]))
    for slug, value in (("empty", ""), ("null", None), ("number", 5), ("list", ["a"])):
        theme.invalid(
            f"audience-entry-{slug}",
            "$.audience[1]",
            f"An entry that is {value!r}",
            policy(audience=["a", value]),
        )
    theme.valid("audience-1024", "1,024 bytes", policy(audience="a" * 1024))
    theme.invalid("audience-1025", "$.audience", "1,025 bytes", policy(audience="a" * 1025))
    theme.invalid(
        "audience-entry-1025",
        "$.audience[0]",
        "An entry of 1,025 bytes",
        policy(audience=["a" * 1025]),
    )
    theme.valid(
        "audience-256-entries", "256 entries", policy(audience=[f"a{n}" for n in range(256)])
    )
    theme.invalid(
        "audience-257-entries",
        "$.audience",
        "257 entries",
        policy(audience=[f"a{n}" for n in range(257)]),
    )

    # clock_tolerance
    for value in (0, 1, 299, 300):
        theme.valid(f"clock-tolerance-{value}", f"{value} seconds", policy(clock_tolerance=value))
    wrong("clock_tolerance", but=("number",))
    for slug, value in (("minus-1", -1), ("301", 301), ("one-and-a-half", 1.5), ("digits", "30")):
        theme.invalid(
            f"clock-tolerance-{slug}",
            "$.clock_tolerance",
            f"{value!r}",
            policy(clock_tolerance=value),
        )
    for slug, spelled, path in (
        ("1e1", "1e1", "$.clock_tolerance"),
        ("30-0", "30.0", "$.clock_tolerance"),
        ("minus-0", "-0", None),
        ("1e300", "1e300", "$.clock_tolerance"),
        ("2-32", "4294967296", "$.clock_tolerance"),
        ("2-64", "18446744073709551616", "$.clock_tolerance"),
        ("2-64-plus-30", "18446744073709551646", "$.clock_tolerance"),
        ("1e400", "1e400", "$.clock_tolerance"),
    ):
        theme.text(
            f"clock-tolerance-{slug}",
            path,
            f"Written as {spelled}",
            with_member(f'"clock_tolerance":{spelled}'),
        )

    # expiration
    theme.valid("expiration-required", "The default, written", policy(expiration="required"))
    theme.valid("expiration-optional", "The opt-out", policy(expiration="optional"))
    wrong("expiration")
    theme.invalid("expiration-empty", "$.expiration", "An empty string", policy(expiration=""))
    theme.invalid("expiration-case", "$.expiration", "Another case", policy(expiration="Optional"))
    theme.invalid("expiration-false", "$.expiration", "false", policy(expiration=False))

    # typ
    theme.valid("typ-null", "Any type", policy(typ=None))
    theme.valid("typ-list", "A list", policy(typ=["JWT", "application/x+jwt"]))
    theme.valid("typ-repeated", "The same type twice", policy(typ=["JWT", "jwt"]))
    wrong("typ", but=("null", "array"))
    theme.invalid("typ-empty-list", "$.typ", "An empty list", policy(typ=[]))
    theme.invalid("typ-entry-empty", "$.typ[0]", "An empty type", policy(typ=[""]))
    theme.invalid("typ-entry-null", "$.typ[1]", "An entry that is null", policy(typ=["JWT", None]))
    theme.valid("typ-1024", "1,024 bytes", policy(typ=["t" * 1024]))
    theme.invalid("typ-1025", "$.typ[0]", "1,025 bytes", policy(typ=["t" * 1025]))
    theme.valid("typ-256-entries", "256 entries", policy(typ=[f"t{n}" for n in range(256)]))
    theme.invalid(
        "typ-257-entries", "$.typ", "257 entries", policy(typ=[f"t{n}" for n in range(257)])
    )

    # realm
    theme.valid("realm-one", "One character", policy(realm="x"))
    theme.valid("realm-64", "64 characters", policy(realm="r" * 64))
    theme.invalid("realm-65", "$.realm", "65 characters", policy(realm="r" * 65))
    theme.invalid("realm-empty", "$.realm", "Empty", policy(realm=""))
    theme.valid(
        "realm-printable", "The first and last printable characters", policy(realm=" !#[]~")
    )
    for slug, value in (
        ("quotation-mark", 'a"b'),
        ("backslash", "a\\b"),
        ("line-break", "a\r\nb"),
        ("tab", "a\tb"),
        ("nul", "a\0b"),
        ("delete", "a\x7fb"),
        ("accent", "Gr\u00e4fin"),
        ("emoji", "\U0001f512"),
    ):
        theme.invalid(
            f"realm-{slug}",
            "$.realm",
            f"A realm with a {slug.replace('-', ' ')}",
            policy(realm=value),
        )
    wrong("realm", but=("string",))
    return theme


def require_theme():
    theme = PolicyTheme("require", "require", ["docs/policy.md, require"])
    for name in ("permissions", "scope", "roles", "groups"):
        for mode in ("all_of", "any_of", "none_of"):

            def demand(value, name=name, mode=mode):
                return policy(require={name: {mode: value}})

            path = f"$.require.{name}.{mode}"
            slug = f"{name}-{mode.replace('_', '-')}"
            theme.valid(f"{slug}", "A list of one", demand(["read:data"]))
            theme.invalid(
                f"{slug}-empty-list", path, "An empty list would ask for nothing", demand([])
            )
            theme.invalid(f"{slug}-bare", path, "A bare string is not a list", demand("read:data"))
            theme.invalid(f"{slug}-null", path, "null", demand(None))
            theme.invalid(f"{slug}-empty-entry", f"{path}[0]", "An empty string", demand([""]))
            theme.invalid(f"{slug}-number-entry", f"{path}[1]", "A number", demand(["a", 5]))
    theme.valid(
        "repeated",
        "The same string twice",
        policy(require={"scope": {"all_of": ["a", "a"], "any_of": ["a"]}}),
    )
    theme.valid(
        "1024", "A string of 1,024 bytes", policy(require={"scope": {"all_of": ["s" * 1024]}})
    )
    theme.invalid(
        "1025",
        "$.require.scope.all_of[0]",
        "A string of 1,025 bytes",
        policy(require={"scope": {"all_of": ["s" * 1025]}}),
    )
    theme.valid(
        "256-entries",
        "256 strings",
        policy(require={"scope": {"any_of": [f"s{n}" for n in range(256)]}}),
    )
    theme.invalid(
        "257-entries",
        "$.require.scope.any_of",
        "257 strings",
        policy(require={"scope": {"any_of": [f"s{n}" for n in range(257)]}}),
    )
    wrong_types(theme, "require", "$.require", lambda v: policy(require=v), but=("object",))
    theme.invalid("empty", "$.require", "An empty requirement is a mistake", policy(require={}))
    theme.invalid(
        "unknown",
        "$.require.role",
        "An unknown member",
        policy(require={"role": {"all_of": ["a"]}}),
    )
    wrong_types(
        theme,
        "permissions",
        "$.require.permissions",
        lambda v: policy(require={"permissions": v}),
        but=("object",),
    )
    theme.invalid(
        "permissions-empty",
        "$.require.permissions",
        "An empty requirement is a mistake",
        policy(require={"permissions": {}}),
    )
    theme.invalid(
        "scope-empty",
        "$.require.scope",
        "An empty requirement beside a full one",
        policy(require={"permissions": {"all_of": ["a"]}, "scope": {}}),
    )
    theme.invalid(
        "unknown-mode",
        "$.require.scope.one_of",
        "An unknown mode",
        policy(require={"scope": {"all_of": ["a"], "one_of": ["b"]}}),
    )
    return theme


def keys_theme():
    theme = PolicyTheme(
        "keys",
        "keys: JSON Web Keys and raw secrets",
        [
            "RFC 7517 section 4",
            "RFC 7518 sections 3.2 and 6.4",
            "RFC 8725 section 3.5",
        ],
    )
    theme.invalid("absent", "$.keys", "Required", policy(keys=ABSENT))
    wrong_types(theme, "keys", "$.keys", lambda v: policy(keys=v), but=("array",))
    theme.invalid("empty", "$.keys", "No key", policy(keys=[]))
    theme.valid("key-set-object", "A JWK Set", policy(keys={"keys": [jwk("main")]}))
    wrong_types(theme, "key", "$.keys[0]", lambda v: policy(keys=[v]), but=("object",))
    theme.invalid(
        "key-second",
        "$.keys[1]",
        "The second key is null",
        policy(keys=[jwk("main", "main"), None]),
    )
    theme.invalid("key-empty", "$.keys[0].kty", "A key without members", policy(keys=[{}]))

    def key(**members):
        made = {**jwk("main"), **members}
        return policy(keys=[{n: v for n, v in made.items() if v is not ABSENT}])

    k = "$.keys[0]."
    theme.valid("jwk-least", "kty and k", key())
    theme.valid(
        "jwk-every",
        "Every member that is read",
        key(kid="a", alg="HS256", use="sig", key_ops=["sign", "verify"]),
    )
    theme.valid(
        "jwk-ignored",
        "Other members are ignored (RFC 7517 section 4)",
        key(d="AAAA", n=5, x5c=None, ext=True, oth=[{"r": 1}], exp=1),
    )
    for slug, value in (
        ("absent", ABSENT),
        ("unknown", "AKP"),
        ("empty", ""),
        ("case", "OCT"),
        ("null", None),
        ("number", 5),
    ):
        theme.invalid(f"kty-{slug}", k + "kty", f"kty is {slug}", key(kty=value))
    for slug, value in (
        ("rs256", "RS256"),
        ("hs384", "HS384"),
        ("none", "none"),
        ("case", "hs256"),
        ("empty", ""),
        ("null", None),
        ("list", ["HS256"]),
    ):
        theme.invalid(f"alg-{slug}", k + "alg", f"alg is {slug}", key(alg=value))
    for slug, value in (("enc", "enc"), ("empty", ""), ("null", None), ("list", ["sig"])):
        theme.invalid(f"use-{slug}", k + "use", f"use is {slug}", key(use=value))
    theme.valid("key-ops-verify", "Only verify", key(key_ops=["verify"]))
    for slug, value in (
        ("sign", ["sign"]),
        ("empty", []),
        ("string", "verify"),
        ("null", None),
        ("number-entry", ["verify", 5]),
        ("object", {"verify": True}),
    ):
        theme.invalid(f"key-ops-{slug}", k + "key_ops", f"key_ops is {slug}", key(key_ops=value))
    for slug, value in (
        ("empty", ""),
        ("null", None),
        ("number", 5),
        ("list", ["a"]),
        ("257", "k" * 257),
        ("258-accents", "\u00e9" * 129),
    ):
        theme.invalid(f"kid-{slug}", k + "kid", f"kid is {slug}", key(kid=value))
    theme.valid("kid-256", "A kid of 256 bytes", key(kid="k" * 256))
    theme.valid("kid-256-accents", "A kid of 128 characters of two bytes", key(kid="\u00e9" * 128))
    theme.valid("kid-odd", "Any character", key(kid="\0 \"'\\/\u00e9\U0001f512"))

    secret = derive_secret
    theme.invalid("k-absent", k + "k", "k is required", key(k=ABSENT))
    for slug, value in (("null", None), ("number", 5), ("list", [b64(MAIN)]), ("empty", "")):
        theme.invalid(f"k-{slug}", k + "k", f"k is {slug}", key(k=value))
    theme.invalid("k-31", k + "k", "31 bytes", key(k=b64(secret("k", 31))))
    theme.valid("k-32", "32 bytes", key(k=b64(secret("k", 32))))
    theme.valid("k-33", "33 bytes", key(k=b64(secret("k", 33))))
    theme.valid("k-1024", "1,024 bytes", key(k=b64(secret("k", 1024))))
    theme.invalid("k-1025", k + "k", "1,025 bytes", key(k=b64(secret("k", 1025))))
    good = b64(MAIN)
    stray = (
        good[:-1]
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(good[-1]) + 1
        ]
    )
    for slug, comment, value in (
        ("padding", "Padding", good + "="),
        ("stray-bits", "Unused bits in the last character", stray),
        ("length", "A length of 1 modulo 4", good + "AA"),
        ("space", "A space inside", good[:20] + " " + good[20:]),
        ("newline", "A line break at the end", good + "\n"),
        ("plus", "The other alphabet's +", "+" + good[1:]),
        ("slash", "The other alphabet's /", "/" + good[1:]),
        ("accent", "A letter outside ASCII", "\u00e9" + good[1:]),
        ("dot", "A dot", good[:-1] + "."),
    ):
        theme.invalid(f"k-{slug}", k + "k", comment, key(k=value))

    def raw(**members):
        made = {"secret": MAIN.hex(), "encoding": "hex", **members}
        return policy(keys=[{n: v for n, v in made.items() if v is not ABSENT}])

    theme.valid("secret-hex", "64 hexadecimal digits", raw())
    theme.valid("secret-hex-upper", "In capitals", raw(secret=MAIN.hex().upper()))
    theme.valid("secret-every", "Every member", raw(kid="a", alg="HS256"))
    theme.invalid("secret-hex-31", k + "secret", "31 bytes", raw(secret=secret("h", 31).hex()))
    theme.invalid(
        "secret-hex-odd", k + "secret", "An odd number of digits", raw(secret=MAIN.hex() + "0")
    )
    theme.invalid(
        "secret-hex-letter", k + "secret", "A letter beyond f", raw(secret="g" + MAIN.hex()[1:])
    )
    theme.invalid("secret-hex-prefix", k + "secret", "A prefix 0x", raw(secret="0x" + MAIN.hex()))
    theme.invalid(
        "secret-hex-space", k + "secret", "Spaces between bytes", raw(secret=MAIN.hex(" "))
    )
    theme.valid("secret-hex-1024", "1,024 bytes", raw(secret=secret("h", 1024).hex()))
    theme.invalid(
        "secret-hex-1025", k + "secret", "1,025 bytes", raw(secret=secret("h", 1025).hex())
    )
    theme.valid("secret-base64url-32", "32 bytes", raw(secret=good, encoding="base64url"))
    theme.invalid(
        "secret-base64url-31",
        k + "secret",
        "31 bytes",
        raw(secret=b64(secret("b", 31)), encoding="base64url"),
    )
    theme.invalid(
        "secret-base64url-padding",
        k + "secret",
        "Padding",
        raw(secret=good + "=", encoding="base64url"),
    )
    theme.invalid(
        "secret-base64url-stray-bits",
        k + "secret",
        "Unused bits in the last character",
        raw(secret=stray, encoding="base64url"),
    )
    theme.valid("secret-utf8-32", "32 letters", raw(secret="s" * 32, encoding="utf8"))
    theme.invalid(
        "secret-utf8-31", k + "secret", "31 letters", raw(secret="s" * 31, encoding="utf8")
    )
    theme.valid(
        "secret-utf8-accents", "16 letters of two bytes", raw(secret="\u00e9" * 16, encoding="utf8")
    )
    theme.invalid(
        "secret-utf8-accents-30",
        k + "secret",
        "15 letters of two bytes",
        raw(secret="\u00e9" * 15, encoding="utf8"),
    )
    theme.valid(
        "secret-utf8-nul",
        "A NUL is a byte like any other",
        raw(secret="\0" * 31 + "s", encoding="utf8"),
    )
    theme.valid("secret-utf8-1024", "1,024 letters", raw(secret="s" * 1024, encoding="utf8"))
    theme.invalid(
        "secret-utf8-1025", k + "secret", "1,025 letters", raw(secret="s" * 1025, encoding="utf8")
    )
    for slug, value in (("null", None), ("number", 5), ("list", ["s" * 32]), ("empty", "")):
        theme.invalid(f"secret-{slug}", k + "secret", f"secret is {slug}", raw(secret=value))
    for slug, value in (
        ("absent", ABSENT),
        ("base64", "base64"),
        ("case", "HEX"),
        ("null", None),
        ("number", 8),
        ("empty", ""),
    ):
        theme.invalid(
            f"encoding-{slug}", k + "encoding", f"encoding is {slug}", raw(encoding=value)
        )
    theme.invalid("secret-alg", k + "alg", "Another algorithm", raw(alg="HS512"))
    theme.invalid("secret-kid", k + "kid", "An empty kid", raw(kid=""))
    theme.invalid("secret-unknown", k + "use", "A JWK member beside secret", raw(use="sig"))
    theme.invalid(
        "secret-and-kty",
        k + "kty",
        "A key of both forms is a raw secret with an unknown member",
        raw(kty="oct"),
    )
    theme.invalid(
        "encoding-in-jwk",
        k + "kty",
        "encoding without secret is a JWK without kty",
        raw(secret=ABSENT),
    )

    theme.invalid(
        "duplicate-kid",
        "$.keys[1].kid",
        "Two keys of one kid",
        policy(keys=[jwk("main", "a"), jwk("other", "a")]),
    )
    theme.invalid(
        "duplicate-kid-third",
        "$.keys[2].kid",
        "The third key repeats the first's kid",
        policy(keys=[jwk("main", "a"), jwk("other", "b"), jwk("other", "a")]),
    )
    theme.invalid(
        "duplicate-kid-forms",
        "$.keys[1].kid",
        "The same kid in both forms",
        policy(keys=[jwk("main", "a"), {"secret": MAIN.hex(), "encoding": "hex", "kid": "a"}]),
    )
    theme.text(
        "duplicate-kid-escaped",
        "$.keys[1].kid",
        "The same kid, once with an escape",
        text(policy(keys=[jwk("main", "a"), jwk("other", "b")])).replace('"b"', '"\\u0061"'),
    )
    theme.valid(
        "kid-case", "a and A are two names", policy(keys=[jwk("main", "a"), jwk("other", "A")])
    )
    theme.valid(
        "same-secret",
        "One secret under two names",
        policy(keys=[jwk("main", "a"), jwk("main", "b")]),
    )
    theme.valid(
        "two-nameless",
        "Keys without kid beside each other: none answers a token",
        policy(keys=[jwk("main"), jwk("other")]),
    )
    many = [{"kty": "oct", "k": b64(MAIN), "kid": f"k{n}"} for n in range(1001)]
    theme.valid("many-1000", "1,000 keys", policy(keys=many[:1000]))
    theme.invalid("many-1001", "$.keys", "1,001 keys", policy(keys=many))
    return theme


THEMES = (document_theme, members_theme, require_theme, keys_theme)
