"""Cases about what a policy demands of the claims beyond the registered ones, and what peers got
wrong."""

from .parts import (
    ABSENT,
    AUDIENCE,
    EXPIRATION,
    ISSUED,
    ISSUER,
    OTHER,
    Raw,
    Theme,
    b64,
    claims,
    header,
    jwk,
    octets,
    policy,
    token,
    token_with,
)

T = 1700000000
MISMATCH = "claim_mismatch"


def with_claims(**members):
    return token(claims(**members))


def token_age_theme():
    theme = Theme(
        "token-age",
        "max_token_age: how old a token may be",
        ["docs/policy.md, max_token_age", "RFC 7519 section 4.1.6"],
        {
            "plain": policy(max_token_age=3600),
            "one": policy(max_token_age=1),
            "longest": policy(max_token_age=315360000),
            "tolerance-30": policy(max_token_age=3600, clock_tolerance=30),
            "tolerance-300": policy(max_token_age=60, clock_tolerance=300),
            "optional": policy(max_token_age=3600, expiration="optional"),
            "strict": policy(max_token_age=3600, require={"scope": {"all_of": ["api"]}}),
            "any-issuer": policy(max_token_age=3600, issuer=None, audience=None),
        },
        any_now=False,
    )

    def at(slug, reason, comment, iat, now, policy="plain", **members):
        theme.case(slug, reason, comment, with_claims(iat=iat, **members), now=now, policy=policy)

    def always(slug, reason, comment, policy="plain", **members):
        theme.case(slug, reason, comment, with_claims(**members), policy=policy, any_now=True)

    at("before", "ok", "The last good second", T, T + 3599)
    at("at", "token_too_old", "iat and 3,600 seconds", T, T + 3600)
    at("after", "token_too_old", "One second later", T, T + 3601)
    at("fresh", "ok", "In the second of issue", T, T)
    at("one-at", "ok", "An age of one second: in the second of issue", T, T, "one")
    at("one-after", "token_too_old", "and no longer", T, T + 1, "one")
    at("longest-before", "ok", "315,360,000 seconds, the longest", T, T + 315359999, "longest")
    at("longest-at", "token_too_old", "and one second more", T, T + 315360000, "longest")
    at(
        "tolerance-30-at-age",
        "ok",
        "The tolerance is added to the age",
        T,
        T + 3600,
        "tolerance-30",
    )
    at(
        "tolerance-30-before",
        "ok",
        "The last good second with 30 tolerated",
        T,
        T + 3629,
        "tolerance-30",
    )
    at("tolerance-30-at", "token_too_old", "The age and 30 seconds", T, T + 3630, "tolerance-30")
    at("tolerance-300-before", "ok", "A tolerance longer than the age", T, T + 359, "tolerance-300")
    at(
        "tolerance-300-at",
        "token_too_old",
        "A tolerance longer than the age",
        T,
        T + 360,
        "tolerance-300",
    )
    at("tolerance-300-future", "ok", "iat in the tolerated future", T, T - 300, "tolerance-300")
    half = Raw("1700000000.5")
    at("half-before", "ok", "iat T+0.5 at T+3600", half, T + 3600)
    at("half-after", "token_too_old", "iat T+0.5 at T+3601", half, T + 3601)
    at(
        "half-tolerance-before",
        "ok",
        "iat T+0.5 at T+3630, 30 tolerated",
        half,
        T + 3630,
        "tolerance-30",
    )
    at(
        "half-tolerance-after",
        "token_too_old",
        "iat T+0.5 at T+3631",
        half,
        T + 3631,
        "tolerance-30",
    )
    tiny = Raw("1700000000.0000000000000001")
    at("tiny-fraction", "ok", "A fraction that a double would lose still counts", tiny, T + 3600)
    nines = Raw("1699999999." + "9" * 30)
    at("nines", "ok", "A fraction of nines is above T-1", nines, T + 3599)
    at("nines-at", "token_too_old", "and below T", nines, T + 3600)
    at("exponent", "ok", "1.7e9 is T", Raw("1.7e9"), T + 3599)
    at("exponent-at", "token_too_old", "1.7e9 is T", Raw("1.7e9"), T + 3600)
    at("zero-fraction", "token_too_old", "T.000 is T", Raw("1700000000.000"), T + 3600)
    at("epoch", "ok", "iat 0 at second 3,599", 0, 3599)
    at("epoch-at", "token_too_old", "iat 0 at second 3,600", 0, 3600)
    at("minus-zero", "token_too_old", "-0 is 0", Raw("-0"), 3600)
    at("before-1970", "ok", "iat -3,600 at second -1", -3600, -1)
    at("before-1970-at", "token_too_old", "iat -3,600 at second 0", -3600, 0)
    at("future", "issued_in_future", "A future iat is not young", T + 1, T)
    always("absent", "claim_missing", "iat is required", iat=ABSENT)
    always(
        "absent-optional", "claim_missing", "though exp is not", "optional", iat=ABSENT, exp=ABSENT
    )
    always("null", "claims_invalid", "null is not absent", iat=None)
    always("string", "claims_invalid", "iat is a string", iat=str(T))
    always("1e309", "claims_invalid", "1e309 is beyond every double", iat=Raw("1e309"))
    always("far-past", "token_too_old", "-1e308 is long ago: no overflow", iat=Raw("-1e308"))
    always("far-past-2-63", "token_too_old", "-2^63-1 is long ago", iat=Raw("-9223372036854775809"))
    always("far-future", "issued_in_future", "1e308 is far in the future", iat=Raw("1e308"))
    always("zero", "token_too_old", "iat 0", iat=0)
    always("old", "token_too_old", "Issued long ago, exp far away", iat=T - 3600)
    always("order-expired", "expired", "An old exp before the age", iat=T - 7200, exp=T - 3600)
    always(
        "order-expired-absent",
        "expired",
        "An old exp before a missing iat",
        iat=ABSENT,
        exp=T - 3600,
    )
    always(
        "order-not-before",
        "not_yet_valid",
        "A future nbf before the age",
        iat=T - 7200,
        nbf=EXPIRATION,
    )
    always("order-issuer", "token_too_old", "The age before another iss", iat=T - 7200, iss="x")
    always(
        "order-issuer-absent",
        "claim_missing",
        "A missing iat before another iss",
        iat=ABSENT,
        iss="x",
    )
    always("order-audience", "token_too_old", "The age before another aud", iat=T - 7200, aud="x")
    always("order-scope", "token_too_old", "The age before a missing scope", "strict", iat=T - 7200)
    always("any-issuer", "token_too_old", "Where nothing else is asked", "any-issuer", iat=T - 7200)
    return theme


def fixed_claim_theme(theme_name, claim, one, two, title, spec):
    """token_use, client_id and azp: a string that is one of the policy's."""
    theme = Theme(
        theme_name,
        title,
        spec,
        {
            "one": policy(**{claim: one}),
            "two": policy(**{claim: [one, two]}),
            "long": policy(**{claim: "c" * 1024}),
            "strict": policy(
                **{claim: one},
                require={"present": ["email"], "permissions": {"all_of": ["read:data"]}},
            ),
            "plain": policy(),
        },
    )

    def case(slug, reason, comment, value, policy="one", **members):
        theme.case(slug, reason, comment, with_claims(**{claim: value}, **members), policy=policy)

    case("equal", "ok", "The policy's value", one)
    case("first", "ok", "The first of two", one, "two")
    case("second", "ok", "The second of two", two, "two")
    case("other", MISMATCH, "Another value", two)
    case("neither", MISMATCH, "Neither of two", "other", "two")
    case("joined", MISMATCH, "Both in one string", f"{one} {two}", "two")
    case("absent", "claim_missing", "The claim is required", ABSENT)
    case("absent-two", "claim_missing", "The claim is required", ABSENT, "two")
    case("empty", MISMATCH, "An empty string is present", "")
    case("prefix", MISMATCH, "The beginning of the value", one[:-1])
    case("longer", MISMATCH, "The value is only the beginning", one + "x")
    case("case", MISMATCH, "Compared with case", one.upper())
    case("space", MISMATCH, "No white space is taken off", one + " ")
    case("nul", MISMATCH, "Text does not end at a NUL", one + "\0")
    for slug, value in (
        ("null", None),
        ("number", 5),
        ("true", True),
        ("array", [one]),
        ("object", {one: True}),
    ):
        case(slug, "claims_invalid", f"{claim} is {slug}", value)
    case("escaped", "ok", "Escapes are decoded", Raw(f'"\\u00{ord(one[0]):02x}{one[1:]}"'))
    case("long", "ok", "A value of 1,024 bytes", "c" * 1024, "long")
    case("long-more", MISMATCH, "A value of 1,025 bytes", "c" * 1025, "long")
    case("not-asked", "ok", "Where the policy does not ask, any type will do", 5, "plain")
    case("order-audience", "audience_mismatch", "Another aud first", "other", aud="x")
    case("order-audience-type", "audience_mismatch", "Another aud before a wrong type", 5, aud="x")
    case("order-present", MISMATCH, "before a missing claim of require", "other", "strict")
    case(
        "order-permissions",
        MISMATCH,
        "before missing permissions",
        "other",
        "strict",
        email="a@b.example",
    )
    case(
        "strict",
        "ok",
        "Everything that is asked",
        one,
        "strict",
        email="a",
        permissions="read:data",
    )
    return theme


def token_use_theme():
    theme = fixed_claim_theme(
        "token-use", "token_use", "access", "id", "token_use", ["docs/policy.md, token_use"]
    )
    theme.policies["all"] = policy(token_use="access", client_id="web", azp="app")

    def case(slug, reason, comment, **members):
        theme.case(slug, reason, comment, with_claims(**members), policy="all")

    case("all", "ok", "All three", token_use="access", client_id="web", azp="app")
    case(
        "order-client",
        "claim_missing",
        "A missing token_use before another client_id",
        client_id="x",
        azp="app",
    )
    case(
        "order-client-mismatch",
        MISMATCH,
        "Another token_use before a missing client_id",
        token_use="id",
    )
    case(
        "order-client-type",
        "claims_invalid",
        "client_id of a wrong type before a missing azp",
        token_use="access",
        client_id=5,
    )
    case(
        "order-azp",
        "claim_missing",
        "A missing client_id before azp of a wrong type",
        token_use="access",
        azp=5,
    )
    case(
        "azp-last",
        MISMATCH,
        "Another azp at the end",
        token_use="access",
        client_id="web",
        azp="web",
    )
    case(
        "swapped",
        MISMATCH,
        "Values in each other's claims",
        token_use="access",
        client_id="app",
        azp="web",
    )
    return theme


def client_id_theme():
    return fixed_claim_theme(
        "client-id",
        "client_id",
        "web-client",
        "mobile-client",
        "client_id",
        ["RFC 9068 section 2.2", "RFC 8693 section 4.3"],
    )


def authorized_party_theme():
    return fixed_claim_theme(
        "authorized-party",
        "azp",
        "app-1",
        "app-2",
        "azp",
        ["OpenID Connect Core 1.0 section 2, ID Token"],
    )


def present_theme():
    theme = Theme(
        "present",
        "require.present: claims that must be there",
        ["docs/policy.md, require"],
        {
            "one": policy(require={"present": ["sub"]}),
            "three": policy(require={"present": ["email", "https://x.example/role", "jti"]}),
            "registered": policy(require={"present": ["iss", "aud", "exp", "iat", "nbf"]}),
            "odd": policy(require={"present": ["a b", "\u00e9", "__proto__"]}),
            "optional-exp": policy(expiration="optional", require={"present": ["exp"]}),
            "with-scope": policy(require={"present": ["sid"], "scope": {"all_of": ["api"]}}),
        },
    )

    def case(slug, reason, comment, policy="one", **members):
        theme.case(slug, reason, comment, with_claims(**members), policy=policy)

    full = {"email": "a@b.example", "https://x.example/role": "r", "jti": "1"}
    case("one", "ok", "sub is there")
    case("one-absent", "claim_missing", "sub is not there", sub=ABSENT)
    case("one-null", "claims_invalid", "null is a wrong type of sub, a registered claim", sub=None)
    case("three", "ok", "All three", "three", **full)
    for name, slug in (("email", "first"), ("https://x.example/role", "second"), ("jti", "third")):
        case(
            f"three-without-{slug}",
            "claim_missing",
            f"Without {name}",
            "three",
            **{**full, name: ABSENT},
        )
    case("null", "claim_missing", "null counts as absent", "three", **{**full, "email": None})
    for slug, value in (
        ("false", False),
        ("zero", 0),
        ("empty-string", ""),
        ("empty-array", []),
        ("empty-object", {}),
    ):
        case(slug, "ok", f"{slug.replace('-', ' ')} is there", "three", **{**full, "email": value})
    case(
        "other-case",
        "claim_missing",
        "Email is not email",
        "three",
        **{**full, "email": ABSENT, "Email": "x"},
    )
    case(
        "nested",
        "claim_missing",
        "A member of a nested object is not the claim",
        "three",
        **{**full, "email": ABSENT, "user": {"email": "x"}},
    )
    theme.case(
        "escaped-name",
        "ok",
        "An escaped name is the claim",
        token(octets(claims(sub=ABSENT))[:-1] + b',"s\\u0075b":"x"}'),
        policy="one",
    )
    case("registered", "ok", "Registered claims", "registered", nbf=ISSUED)
    case("registered-nbf", "claim_missing", "nbf is asked for", "registered")
    case("odd", "ok", "Names of any characters", "odd", **{"a b": 1, "\u00e9": 1, "__proto__": 1})
    case(
        "odd-decomposed",
        "claim_missing",
        "No Unicode normalisation",
        "odd",
        **{"a b": 1, "e\u0301": 1, "__proto__": 1},
    )
    case(
        "odd-prototype",
        "claim_missing",
        "__proto__ is a name like any other",
        "odd",
        **{"a b": 1, "\u00e9": 1},
    )
    case(
        "optional-exp",
        "claim_missing",
        "exp is optional and yet asked for",
        "optional-exp",
        exp=ABSENT,
    )
    case("order-scope", "claim_missing", "before scope", "with-scope")
    case("order-scope-after", "scope_insufficient", "and then scope", "with-scope", sid="1")
    case(
        "order-audience",
        "audience_mismatch",
        "Another aud before a missing claim",
        "with-scope",
        aud="x",
    )
    return theme


def claim_values_theme():
    def one(value):
        return policy(require={"claims": {"plan": value}})

    theme = Theme(
        "claim-values",
        "require.claims: values that claims must have",
        ["docs/policy.md, require", "RFC 8259"],
        {
            "string": one("gold"),
            "integer": one(5),
            "zero": one(0),
            "negative": one(-1),
            "largest": one(9007199254740991),
            "true": one(True),
            "false": one(False),
            "digits": one("5"),
            "true-text": one("true"),
            "all-of": one({"all_of": ["gold", "beta"]}),
            "any-of": one({"any_of": ["gold", "silver"]}),
            "none-of": one({"none_of": ["banned", "trial"]}),
            "all-and-none": one({"all_of": ["gold"], "none_of": ["banned"]}),
            "all-any-none": one({"all_of": ["a"], "any_of": ["b", "c"], "none_of": ["d"]}),
            "uri": policy(require={"claims": {"https://x.example/level": 3}}),
            "unicode": one("\u00e9t\u00e9 \U0001f512"),
            "first-second": policy(require={"claims": {"first": "x", "second": "y"}}),
            "second-first": policy(require={"claims": {"second": "y", "first": "x"}}),
            "email": policy(require={"claims": {"email_verified": True, "hd": "x.example"}}),
            "registered": policy(require={"claims": {"sub": {"none_of": ["user-2"]}, "jti": "1"}}),
            "with-others": policy(
                require={
                    "present": ["sid"],
                    "claims": {"plan": "gold"},
                    "permissions": {"all_of": ["read:data"]},
                }
            ),
        },
    )

    def case(slug, reason, comment, value, policy="string", **members):
        theme.case(slug, reason, comment, with_claims(plan=value, **members), policy=policy)

    case("string", "ok", "The policy's string", "gold")
    case("string-other", MISMATCH, "Another string", "silver")
    case("string-empty", MISMATCH, "An empty string", "")
    case("string-longer", MISMATCH, "A longer string", "golden")
    case("string-case", MISMATCH, "Compared with case", "Gold")
    case("string-space", MISMATCH, "No white space is taken off", " gold")
    case("string-nul", MISMATCH, "Text does not end at a NUL", "gold\0")
    case("string-words", MISMATCH, "A string is never split", "gold beta")
    case("string-list", MISMATCH, "A list is another type", ["gold"])
    case("string-null", MISMATCH, "null is another type, and present", None)
    case("string-number", MISMATCH, "A number is another type", 5)
    case("string-object", MISMATCH, "An object is another type", {"gold": True})
    case("string-absent", "claim_missing", "The claim is absent", ABSENT)
    case("string-escaped", "ok", "Escapes are decoded", Raw('"g\\u006fld"'))
    case("integer", "ok", "The policy's integer", 5, "integer")
    case("integer-other", MISMATCH, "Another integer", 6, "integer")
    case("integer-minus", MISMATCH, "The negative", -5, "integer")
    for slug, text in (
        ("fraction", "5.0"),
        ("exponent", "5e0"),
        ("exponent-10", "0.5e1"),
        ("half", "5.5"),
        ("more-digits", "50"),
    ):
        case(f"integer-{slug}", MISMATCH, f"{text} is not the integer 5", Raw(text), "integer")
    case("integer-string", MISMATCH, 'The string "5" is another type', "5", "integer")
    case("integer-true", MISMATCH, "true is another type", True, "integer")
    case("integer-list", MISMATCH, "A list is another type", [5], "integer")
    case("integer-null", MISMATCH, "null is another type", None, "integer")
    case("integer-absent", "claim_missing", "The claim is absent", ABSENT, "integer")
    case("zero", "ok", "0", 0, "zero")
    case("zero-false", MISMATCH, "false is not 0", False, "zero")
    case("zero-empty", MISMATCH, "An empty string is not 0", "", "zero")
    case("zero-fraction", MISMATCH, "0.0 has a fraction", Raw("0.0"), "zero")
    case("zero-huge-exponent", MISMATCH, "0e999 has an exponent", Raw("0e999"), "zero")
    case("negative", "ok", "-1", -1, "negative")
    case("negative-positive", MISMATCH, "1 is not -1", 1, "negative")
    case("largest", "ok", "2^53-1", 9007199254740991, "largest")
    case("largest-more-1", MISMATCH, "2^53", Raw("9007199254740992"), "largest")
    case("largest-wrapped", MISMATCH, "2^64 and 2^53-1", Raw(str(2**64 + 2**53 - 1)), "largest")
    case("integer-wrapped", MISMATCH, "2^64 and 5", Raw(str(2**64 + 5)), "integer")
    case("integer-40-digits", MISMATCH, "A number of 40 digits", Raw("5" * 40), "integer")
    case("integer-1e999", MISMATCH, "1e999 is JSON", Raw("1e999"), "integer")
    case("true", "ok", "true", True, "true")
    case("true-false", MISMATCH, "false is not true", False, "true")
    case("true-text", MISMATCH, 'The string "true" is another type', "true", "true")
    case("true-1", MISMATCH, "1 is another type", 1, "true")
    case("true-absent", "claim_missing", "The claim is absent", ABSENT, "true")
    case("false", "ok", "false", False, "false")
    case("false-true", MISMATCH, "true is not false", True, "false")
    case("false-null", MISMATCH, "null is not false", None, "false")
    case("false-0", MISMATCH, "0 is not false", 0, "false")
    case("false-absent", "claim_missing", "An absent claim is not false", ABSENT, "false")
    case("digits", "ok", 'The string "5"', "5", "digits")
    case("digits-number", MISMATCH, "The number 5 is another type", 5, "digits")
    case("text", "ok", 'The string "true"', "true", "true-text")
    case("text-true", MISMATCH, "true is another type", True, "true-text")
    case("unicode", "ok", "Not only ASCII", "\u00e9t\u00e9 \U0001f512", "unicode")
    case(
        "unicode-escaped",
        "ok",
        "Not only ASCII, escaped",
        Raw('"\\u00E9t\\u00e9 \\ud83d\\udd12"'),
        "unicode",
    )
    case(
        "unicode-decomposed",
        MISMATCH,
        "No Unicode normalisation",
        "e\u0301te\u0301 \U0001f512",
        "unicode",
    )

    case("all-of", "ok", "A list with both", ["beta", "x", "gold"], "all-of")
    case("all-of-one", MISMATCH, "A list with one", ["gold"], "all-of")
    case("all-of-string", MISMATCH, "A string is one value and never split", "gold beta", "all-of")
    case("all-of-entry-words", MISMATCH, "Nor is an entry", ["gold beta"], "all-of")
    case("all-of-empty", MISMATCH, "An empty list", [], "all-of")
    case("all-of-absent", "claim_missing", "The claim is absent", ABSENT, "all-of")
    case("any-of-string", "ok", "A string that is one of them", "silver", "any-of")
    case("any-of-list", "ok", "A list with one of them", ["x", "gold"], "any-of")
    case("any-of-none", MISMATCH, "None of them", ["x"], "any-of")
    case("any-of-prefix", MISMATCH, "A longer string", "silvery", "any-of")
    case("any-of-empty-string", MISMATCH, "An empty string", "", "any-of")
    case("any-of-absent", "claim_missing", "The claim is absent", ABSENT, "any-of")
    case("none-of", "ok", "A list without them", ["gold"], "none-of")
    case("none-of-string", "ok", "A string that is neither", "gold", "none-of")
    case("none-of-absent", "ok", "An absent claim has no forbidden value", ABSENT, "none-of")
    case("none-of-empty", "ok", "Nor has an empty list", [], "none-of")
    case("none-of-hit", MISMATCH, "A list with one of them", ["gold", "banned"], "none-of")
    case("none-of-hit-string", MISMATCH, "A string that is one of them", "trial", "none-of")
    case("none-of-words", "ok", "A string is never split", "banned trial", "none-of")
    case("none-of-case", "ok", "Compared with case", "Banned", "none-of")
    case("all-and-none", "ok", "Granted and not forbidden", ["gold"], "all-and-none")
    case("all-and-none-hit", MISMATCH, "Granted and forbidden", ["gold", "banned"], "all-and-none")
    case(
        "all-and-none-absent", "claim_missing", "all_of asks for the claim", ABSENT, "all-and-none"
    )
    case("all-any-none", "ok", "All three lists", ["a", "c"], "all-any-none")
    case("all-any-none-any", MISMATCH, "None of any_of", ["a"], "all-any-none")
    case("all-any-none-all", MISMATCH, "Not all_of", ["b", "c"], "all-any-none")
    case("all-any-none-none", MISMATCH, "One of none_of", ["a", "b", "d"], "all-any-none")
    for name in ("all-of", "any-of", "none-of"):
        for slug, value in (
            ("null", None),
            ("number", 5),
            ("true", True),
            ("object", {"gold": 1}),
            ("number-entry", ["gold", "beta", 5]),
            ("null-entry", [None]),
            ("nested", [["gold"]]),
        ):
            case(
                f"{name}-{slug}", "claims_invalid", f"{name} of a claim that is {slug}", value, name
            )
    uri = "https://x.example/level"
    case("uri", "ok", "A claim whose name is a URI", ABSENT, "uri", **{uri: 3})
    case("uri-other", MISMATCH, "A claim whose name is a URI", ABSENT, "uri", **{uri: 4})
    case("uri-absent", "claim_missing", "A path is no claim", ABSENT, "uri", level=3)
    case(
        "nested",
        "claim_missing",
        "A member of a nested object is not the claim",
        ABSENT,
        user={"plan": "gold"},
    )
    theme.case(
        "escaped-name",
        "ok",
        "An escaped name is the claim",
        token(octets(claims())[:-1] + b',"pl\\u0061n":"gold"}'),
        policy="string",
    )
    theme.case(
        "duplicate",
        "claims_invalid",
        "The claim twice, once with an escape",
        token(octets(claims(plan="gold"))[:-1] + b',"pl\\u0061n":"silver"}'),
        policy="string",
    )
    for order in ("first-second", "second-first"):
        for wrong, reason in (
            (order.split("-")[0], MISMATCH),
            (order.split("-")[1], "claim_missing"),
        ):
            absent = "second" if wrong == "first" else "first"
            case(
                f"order-{order}-wrong-{wrong}",
                reason,
                f"{wrong} has another value and {absent} is absent: the policy's order decides",
                ABSENT,
                order,
                **{wrong: "z"},
            )
    case("email", "ok", "Two claims", ABSENT, "email", email_verified=True, hd="x.example")
    case(
        "email-text",
        MISMATCH,
        "A verified e-mail address in words",
        ABSENT,
        "email",
        email_verified="true",
        hd="x.example",
    )
    case("registered", "ok", "Registered claims have values too", ABSENT, "registered", jti="1")
    case("registered-sub", MISMATCH, "A forbidden sub", ABSENT, "registered", jti="1", sub="user-2")
    case(
        "registered-type",
        "claims_invalid",
        "Their own types come first",
        ABSENT,
        "registered",
        jti=5,
    )
    case(
        "others",
        "ok",
        "present, claims and permissions",
        "gold",
        "with-others",
        sid="1",
        permissions="read:data",
    )
    case("order-present", "claim_missing", "present before claims", "silver", "with-others")
    case(
        "order-permissions", MISMATCH, "claims before permissions", "silver", "with-others", sid="1"
    )
    case(
        "order-permissions-after",
        "scope_insufficient",
        "and then permissions",
        "gold",
        "with-others",
        sid="1",
    )
    case("order-audience", "audience_mismatch", "Another aud before claims", "silver", aud="x")
    return theme


def whole_grants_theme(name, claim, title):
    """roles and groups: lists of strings, where a string is one entry."""

    def demands(**modes):
        return policy(require={name: modes})

    theme = Theme(
        name,
        title,
        ["docs/policy.md, require"],
        {
            "all-of": demands(all_of=["admin", "editor"]),
            "any-of": demands(any_of=["admin", "site editor"]),
            "none-of": demands(none_of=["guest", "banned"]),
            "all-and-none": demands(all_of=["admin"], none_of=["guest"]),
            "plain": policy(),
        },
    )

    def case(slug, reason, comment, value, policy="any-of", **members):
        theme.case(slug, reason, comment, with_claims(**{claim: value}, **members), policy=policy)

    no = "scope_insufficient"
    case("list", "ok", "A list with one of them", ["x", "admin"])
    case("list-space", "ok", "An entry with a space", ["site editor"])
    case("string", "ok", "A string is one entry", "admin")
    case("string-space", "ok", "An entry with a space as a string", "site editor")
    case("string-words", no, "A string is never split", "admin editor")
    case("entry-words", no, "Nor is an entry", ["x admin y"])
    case("absent", no, "Absent grants nothing", ABSENT)
    case("empty", no, "An empty list grants nothing", [])
    case("empty-string", no, "An empty string is not asked for", "")
    case("case", no, "Compared with case", ["Admin"])
    case("prefix", no, "A longer entry", ["administrator"])
    case("shorter", no, "A shorter entry", ["adm"])
    case("nul", no, "Text does not end at a NUL", ["admin\0"])
    case("escaped", "ok", "Escapes are decoded", Raw('["\\u0061dmin"]'))
    case("all-of", "ok", "Both, in another order", ["editor", "x", "admin"], "all-of")
    case("all-of-one", no, "One of both", ["editor"], "all-of")
    case("all-of-string", no, "Both in one string", "admin editor", "all-of")
    case("none-of", "ok", "Neither of the forbidden", ["admin"], "none-of")
    case("none-of-absent", "ok", "Absent has none of them", ABSENT, "none-of")
    case("none-of-empty", "ok", "Nor has an empty list", [], "none-of")
    case("none-of-hit", no, "One of the forbidden", ["admin", "guest"], "none-of")
    case("none-of-string", no, "One of the forbidden as a string", "banned", "none-of")
    case("none-of-words", "ok", "A string is never split", "guest banned", "none-of")
    case("all-and-none", "ok", "Granted and not forbidden", ["admin"], "all-and-none")
    case("all-and-none-hit", no, "Granted and forbidden", ["admin", "guest"], "all-and-none")
    case("all-and-none-absent", no, "Absent grants nothing", ABSENT, "all-and-none")
    for slug, value in (
        ("null", None),
        ("number", 5),
        ("true", True),
        ("object", {"admin": True}),
        ("number-entry", ["admin", 5]),
        ("nested", [["admin"]]),
    ):
        case(slug, "claims_invalid", f"{claim} is {slug}", value)
        case(f"none-of-{slug}", "claims_invalid", f"{claim} is {slug}", value, "none-of")
    case("not-asked", "ok", "Where the policy does not ask, any type will do", 5, "plain")
    return theme


def roles_theme():
    theme = whole_grants_theme("roles", "roles", "require.roles")
    theme.case(
        "other-claim",
        "scope_insufficient",
        "groups do not stand in for roles",
        with_claims(groups=["admin"], role="admin", scope="admin"),
        policy="any-of",
    )
    return theme


def groups_theme():
    theme = whole_grants_theme("groups", "groups", "require.groups: groups or cognito:groups")
    theme.policies["ordered"] = policy(
        require={
            "permissions": {"all_of": ["p"]},
            "scope": {"all_of": ["s"]},
            "roles": {"all_of": ["r"]},
            "groups": {"all_of": ["g"]},
        }
    )
    no = "scope_insufficient"
    for slug, reason, comment, members in (
        ("cognito", "ok", "cognito:groups", {"cognito:groups": ["admin"]}),
        ("cognito-string", "ok", "cognito:groups as a string", {"cognito:groups": "admin"}),
        (
            "cognito-number",
            "claims_invalid",
            "cognito:groups of a wrong type",
            {"cognito:groups": 5},
        ),
        (
            "first",
            no,
            "groups is first: cognito:groups is not read",
            {"cognito:groups": ["admin"], "groups": ["x"]},
        ),
        (
            "first-empty",
            no,
            "An empty groups is present",
            {"cognito:groups": ["admin"], "groups": []},
        ),
        (
            "first-null",
            "claims_invalid",
            "A null groups is present",
            {"groups": None, "cognito:groups": ["admin"]},
        ),
        (
            "first-granting",
            "ok",
            "cognito:groups is not read",
            {"cognito:groups": 5, "groups": ["admin"]},
        ),
        (
            "other-claim",
            no,
            "roles do not stand in for groups",
            {"roles": ["admin"], "cognito:roles": ["admin"]},
        ),
    ):
        theme.case(slug, reason, comment, with_claims(**members), policy="any-of")
    theme.case(
        "cognito-forbidden",
        no,
        "A forbidden entry of cognito:groups",
        with_claims(**{"cognito:groups": ["guest"]}),
        policy="none-of",
    )
    full = {"permissions": "p", "scope": "s", "roles": "r", "groups": "g"}
    theme.case("ordered", "ok", "All four", with_claims(**full), policy="ordered")
    for first, second in (("permissions", "scope"), ("scope", "roles"), ("roles", "groups")):
        theme.case(
            f"order-{first}-{second}",
            no,
            f"Missing {first} before {second} of a wrong type",
            with_claims(**{**full, first: ABSENT, second: 5}),
            policy="ordered",
        )
        theme.case(
            f"order-{first}-type-{second}",
            "claims_invalid",
            f"{first} of a wrong type before missing {second}",
            with_claims(**{**full, first: 5, second: ABSENT}),
            policy="ordered",
        )
    return theme


def forbidden_theme():
    """none_of for permissions and scope, whose strings are split."""
    theme = Theme(
        "forbidden",
        "none_of of permissions and scope",
        ["docs/policy.md, require"],
        {
            "permissions": policy(require={"permissions": {"none_of": ["delete:data", "admin"]}}),
            "scope": policy(require={"scope": {"none_of": ["delete:data", "admin"]}}),
            "permissions-all": policy(
                require={"permissions": {"all_of": ["read:data"], "none_of": ["admin"]}}
            ),
            "scope-any": policy(
                require={"scope": {"any_of": ["read:data", "write:data"], "none_of": ["admin"]}}
            ),
        },
    )
    no = "scope_insufficient"
    for name in ("permissions", "scope"):
        for slug, reason, comment, value in (
            ("list", "ok", "A list without them", ["read:data"]),
            ("list-hit", no, "A list with one of them", ["read:data", "admin"]),
            ("string", "ok", "A string without them", "read:data write:data"),
            ("string-hit", no, "A word of a string", "read:data admin write:data"),
            ("string-only", no, "The only word", "delete:data"),
            ("string-spaces", no, "Several spaces part words", "  admin  "),
            ("entry-words", "ok", "Entries of a list are not split", ["read:data admin"]),
            ("comma", "ok", "Commas do not part words", "read:data,admin"),
            ("longer", "ok", "A longer word", "administrator"),
            ("case", "ok", "Compared with case", "Admin"),
            ("absent", "ok", "Absent has none of them", ABSENT),
            ("empty", "ok", "An empty string has none of them", ""),
            ("empty-list", "ok", "An empty list has none of them", []),
            ("escaped", no, "Escapes are decoded", Raw('"\\u0061dmin"')),
            ("null", "claims_invalid", "null is a wrong type", None),
            ("number", "claims_invalid", "A number is a wrong type", 5),
            ("number-entry", "claims_invalid", "A number in the list", ["read:data", 5]),
        ):
            theme.case(f"{name}-{slug}", reason, comment, with_claims(**{name: value}), policy=name)
    for slug, reason, comment, policy_name, members in (
        (
            "all-and-none",
            "ok",
            "Granted and not forbidden",
            "permissions-all",
            {"permissions": "read:data"},
        ),
        (
            "all-and-none-hit",
            no,
            "Granted and forbidden",
            "permissions-all",
            {"permissions": "read:data admin"},
        ),
        ("all-and-none-absent", no, "Absent grants nothing", "permissions-all", {}),
        ("any-and-none", "ok", "Granted and not forbidden", "scope-any", {"scope": "write:data"}),
        (
            "any-and-none-hit",
            no,
            "Granted and forbidden",
            "scope-any",
            {"scope": "write:data admin"},
        ),
        ("scp-hit", no, "Forbidden in scp", "scope", {"scp": ["admin"]}),
        (
            "scope-first",
            "ok",
            "scope is first: scp is not read",
            "scope",
            {"scope": "x", "scp": ["admin"]},
        ),
        ("scopes-hit", no, "Forbidden in scopes", "scope", {"scopes": "admin"}),
    ):
        theme.case(slug, reason, comment, with_claims(**members), policy=policy_name)
    return theme


def peers_theme():
    """What other verifiers got wrong and no file above shows already."""
    theme = Theme(
        "peers",
        "Mistakes of other verifiers",
        ["docs/rules.md, mistakes of others", "RFC 8725"],
        {
            "plain": policy(),
            "pattern": policy(
                issuer="https://.*\\.example/", audience=["^https://", "(a+)+$", ".*"]
            ),
            "substring": policy(issuer="acb", audience="api.example"),
            "secret-text": policy(
                keys=[{"secret": "0123456789abcdef0123456789abcdef", "encoding": "utf8"}]
            ),
            "rsa": policy(algorithms=["RS256"], keys=[jwk("rsa-2048", "main")]),
            "two": {
                "issuers": [
                    {
                        "algorithms": ["HS256"],
                        "issuer": iss,
                        "audience": AUDIENCE,
                        "keys": [jwk(name, "main")],
                    }
                    for iss, name in ((ISSUER, "main"), ("https://other.example/", "other"))
                ]
            },
        },
    )

    def case(slug, reason, comment, made, policy="plain"):
        theme.case(slug, reason, comment, made, policy=policy)

    case(
        "pattern-issuer",
        "issuer_mismatch",
        "An issuer is no pattern (CVE-2026-35041)",
        with_claims(),
        "pattern",
    )
    case(
        "pattern-issuer-text",
        "audience_mismatch",
        "The text of the pattern is the issuer; audiences are no patterns either",
        with_claims(iss="https://.*\\.example/"),
        "pattern",
    )
    case(
        "pattern-slow",
        "audience_mismatch",
        "A value that a pattern would take years over (CVE-2026-35041)",
        with_claims(iss="https://.*\\.example/", aud="a" * 9000 + "!"),
        "pattern",
    )
    case(
        "pattern-audience-text",
        "ok",
        "The text of a pattern is an audience",
        with_claims(iss="https://.*\\.example/", aud="(a+)+$"),
        "pattern",
    )
    for slug, iss in (("b", "b"), ("ab", "ac"), ("empty", ""), ("longer", "acbd")):
        case(
            f"substring-issuer-{slug}",
            "issuer_mismatch",
            "A part of the issuer is another issuer (CVE-2024-53861)",
            with_claims(iss=iss, aud="api.example"),
            "substring",
        )
    for slug, aud in (("part", "api"), ("letters", ["a", "p", "i"]), ("longer", "api.example.com")):
        case(
            f"substring-audience-{slug}",
            "audience_mismatch",
            "A part of the audience is another audience",
            with_claims(iss="acb", aud=aud),
            "substring",
        )
    case(
        "issuer-list",
        "claims_invalid",
        "A list with the issuer in it (CVE-2025-30144)",
        with_claims(iss=["https://attacker.example/", ISSUER]),
    )
    for slug, value in (("string", "Infinity"), ("text-number", "9" * 12), ("nan", "NaN")):
        case(
            f"exp-{slug}", "claims_invalid", "exp as text (CVE-2026-44459)", with_claims(exp=value)
        )
    for slug, text in (("nan", "NaN"), ("infinity", "Infinity"), ("minus-infinity", "-Infinity")):
        case(
            f"exp-bare-{slug}",
            "claims_invalid",
            f"exp is the bare word {text}",
            with_claims(exp=Raw(text)),
        )
    case(
        "nbf-malformed",
        "claims_invalid",
        "A malformed nbf is not an absent one (CVE-2026-25537)",
        with_claims(nbf="later"),
    )
    for slug, key in (
        ("empty", b""),
        ("zero", b"\0"),
        ("text-null", b"null"),
        ("text-none", b"None"),
        ("text-undefined", b"undefined"),
    ):
        case(
            f"secret-{slug}",
            "signature_invalid",
            "A secret that a missing key once became",
            token(key=key),
        )
    case(
        "secret-hex-guess",
        "signature_invalid",
        "A text that looks like hexadecimal is not decoded",
        token(key=bytes.fromhex("0123456789abcdef0123456789abcdef")),
        "secret-text",
    )
    case(
        "secret-as-text",
        "ok",
        "It is the secret as it stands",
        token(key=b"0123456789abcdef0123456789abcdef"),
        "secret-text",
    )
    good = token()
    head, payload, signature = good.split(".")
    other_payload = b64(octets(claims(sub="admin")))
    case("cache-first", "ok", "A good token", good)
    case(
        "cache-same-signature",
        "signature_invalid",
        "The same header and signature with other claims (CVE-2026-35039)",
        f"{head}.{other_payload}.{signature}",
    )
    case(
        "cache-same-claims",
        "signature_invalid",
        "The same claims with another signature",
        f"{head}.{payload}.{b64(bytes(32))}",
    )
    case(
        "cache-other-issuer",
        "signature_invalid",
        "The same header, the other issuer's claims, the first issuer's key",
        token(claims(iss="https://other.example/")),
        "two",
    )
    case(
        "cache-own-issuer",
        "ok",
        "The same header and the issuer's own key",
        token(claims(iss="https://other.example/"), key=OTHER),
        "two",
    )
    for n in range(4):
        case(
            f"unknown-kid-{n}",
            "key_not_found",
            "A flood of unknown kids fetches nothing (CVE-2026-48524)",
            token(jose_header=header(kid=f"flood-{n}")),
        )
    case(
        "crit-unknown",
        "critical_header_unsupported",
        "An unknown extension (CVE-2026-32597)",
        token(jose_header=header(crit=["x"], x=1)),
    )
    case(
        "crit-known-name",
        "critical_header_unsupported",
        "crit that names what every JWT has (CVE-2025-59420)",
        token(jose_header=header(crit=["alg"])),
    )
    case(
        "b64-text-payload",
        "critical_header_unsupported",
        "An unencoded payload (RFC 7797), signed as such",
        token(jose_header=header(b64=False, crit=["b64"])),
    )
    case(
        "zip",
        "header_invalid",
        "A compressed payload (CVE-2024-28180)",
        token(jose_header=header(zip="DEF")),
    )
    case(
        "pbes2",
        "header_invalid",
        "PBES2 with a million rounds (CVE-2023-52428)",
        token(jose_header=header(alg="PBES2-HS256+A128KW", enc="A128GCM", p2c=1000000)),
    )
    case(
        "nested-jwt",
        "claims_invalid",
        "A JWT as the payload, signed rightly",
        token(good.encode(), header(cty="JWT")),
    )
    case(
        "payload-list",
        "claims_invalid",
        "A list as the payload",
        token(b"[" + octets(claims()) + b"]"),
    )
    case("payload-string", "claims_invalid", "A string as the payload", token(b'"admin"'))
    case(
        "prototype",
        "ok",
        "Claims named __proto__ and constructor are claims",
        with_claims(**{"__proto__": {"sub": "x"}, "constructor": 5, "toString": None}),
    )
    case("dots", "token_malformed", "Many dots (CVE-2025-30204)", good + "." * 9000)
    case(
        "modulus-top-bit",
        "ok",
        "A modulus whose first bit is set",
        token_with("RS256", kid="main"),
        "rsa",
    )
    return theme


THEMES = (
    token_age_theme,
    token_use_theme,
    client_id_theme,
    authorized_party_theme,
    present_theme,
    claim_values_theme,
    roles_theme,
    groups_theme,
    forbidden_theme,
    peers_theme,
)
