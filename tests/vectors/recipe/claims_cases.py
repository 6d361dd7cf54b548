"""Cases about the JWT Claims Set: types, times, issuer, audience, permissions, scope, order."""

from .parts import (
    ABSENT,
    AUDIENCE,
    EXPIRATION,
    ISSUED,
    ISSUER,
    NOW,
    OTHER,
    Raw,
    Theme,
    b64,
    claims,
    event_of,
    header,
    headers_with,
    octets,
    policy,
    request,
    token,
)


def with_claims(**members):
    return token(claims(**members))


def spelled(text):
    """A number as written in the token."""
    return Raw(text)


T = 1700000000  # the second around which the time cases are set


def wrong_dates(theme, name):
    """Spellings of a NumericDate that are no finite JSON number; the answer needs no clock."""
    for slug, value in (
        ("string", str(EXPIRATION)),
        ("empty-string", ""),
        ("null", None),
        ("true", True),
        ("false", False),
        ("array", [EXPIRATION]),
        ("object", {"seconds": EXPIRATION}),
    ):
        theme.case(
            f"{slug}",
            "claims_invalid",
            f"{name} is {slug}",
            with_claims(**{name: value}),
            any_now=True,
        )
    for slug, text, comment in (
        ("1e309", "1e309", "1e309 is beyond the largest double"),
        ("1e400", "1e400", "1e400 is beyond the largest double"),
        ("minus-1e309", "-1e309", "-1e309 is beyond the smallest double"),
        ("10e308", "10e308", "10e308 is 1e309"),
        ("exponent-20-digits", "1e99999999999999999999", "An exponent of twenty digits"),
        ("310-digits", "1" + "0" * 309, "310 digits are 1e309"),
    ):
        theme.case(
            slug, "claims_invalid", comment, with_claims(**{name: spelled(text)}), any_now=True
        )


def expiration_theme():
    theme = Theme(
        "expiration",
        "exp",
        ["RFC 7519 section 4.1.4", "RFC 7519 section 2, NumericDate"],
        {
            "plain": policy(),
            "tolerance-0": policy(clock_tolerance=0),
            "tolerance-30": policy(clock_tolerance=30),
            "tolerance-300": policy(clock_tolerance=300),
            "optional": policy(expiration="optional"),
            "optional-30": policy(expiration="optional", clock_tolerance=30),
        },
        any_now=False,
    )

    def at(slug, reason, comment, exp, now, policy="plain"):
        theme.case(
            slug, reason, comment, token(claims(iat=ABSENT, exp=exp)), now=now, policy=policy
        )

    for name in ("plain", "tolerance-0"):
        at(f"{name}-before", "ok", "The last good second", T, T - 1, name)
        at(f"{name}-at", "expired", "exp is the first second that is too late", T, T, name)
        at(f"{name}-after", "expired", "One second later", T, T + 1, name)
    for tolerance in (30, 300):
        name = f"tolerance-{tolerance}"
        at(f"{name}-at-exp", "ok", f"exp itself, {tolerance} seconds tolerated", T, T, name)
        at(
            f"{name}-before",
            "ok",
            f"The last good second with {tolerance} tolerated",
            T,
            T + tolerance - 1,
            name,
        )
        at(f"{name}-at", "expired", f"exp and {tolerance} seconds", T, T + tolerance, name)
        at(
            f"{name}-after",
            "expired",
            f"exp and {tolerance + 1} seconds",
            T,
            T + tolerance + 1,
            name,
        )

    half = spelled("1700000000.5")
    at("half-same-second", "ok", "exp T+0.5 at T", half, T)
    at("half-next-second", "expired", "exp T+0.5 at T+1", half, T + 1)
    at(
        "half-tolerance-30-before",
        "ok",
        "exp T+0.5 at T+30, 30 tolerated",
        half,
        T + 30,
        "tolerance-30",
    )
    at(
        "half-tolerance-30-after",
        "expired",
        "exp T+0.5 at T+31, 30 tolerated",
        half,
        T + 31,
        "tolerance-30",
    )
    at("zero-fraction", "expired", "T.000 is T", spelled("1700000000.000"), T)
    at(
        "tiny-fraction",
        "ok",
        "A fraction that a double would lose still counts",
        spelled("1700000000.0000000000000001"),
        T,
    )
    at(
        "nines",
        "ok",
        "T-1 and a fraction of nines is above T-1",
        spelled("1699999999." + "9" * 30),
        T - 1,
    )
    at("nines-at", "expired", "The same at T", spelled("1699999999." + "9" * 30), T)
    for slug, text in (
        ("exponent", "1.7e9"),
        ("exponent-plus", "1.7E+9"),
        ("exponent-of-fraction", "0.17e10"),
        ("exponent-down", "17000000000e-1"),
        ("exponent-down-zeros", "1700000000000000000000e-12"),
        ("leading-zeros", "0.00000000017e19"),
    ):
        at(f"{slug}-before", "ok", f"{text} is T, at T-1", spelled(text), T - 1)
        at(f"{slug}-at", "expired", f"{text} is T, at T", spelled(text), T)
    at("exponent-fraction", "ok", "17000000005e-1 is T+0.5, at T", spelled("17000000005e-1"), T)

    at("zero", "expired", "exp 0", 0, NOW)
    at("zero-at-zero", "expired", "exp 0 at second 0", 0, 0)
    at("minus-zero-at-zero", "expired", "-0 is 0", spelled("-0"), 0)
    at("minus-zero-float", "expired", "-0.0e5 is 0", spelled("-0.0e5"), 0)
    at("zero-huge-exponent", "expired", "0e999 is 0, a finite number", spelled("0e999"), NOW)
    at("negative", "expired", "exp -1", -1, 0)
    at("one-at-zero", "ok", "exp 1 at second 0", 1, 0)
    at("tiny-at-zero", "ok", "1e-400 is above 0", spelled("1e-400"), 0)
    at("tiny-at-one", "expired", "1e-400 is below 1", spelled("1e-400"), 1)
    at(
        "tiny-exponent-20-digits",
        "ok",
        "An exponent of minus twenty digits is above 0",
        spelled("1e-99999999999999999999"),
        0,
    )
    for slug, text, comment in (
        ("2-31", "2147483648", "2^31: no 32-bit time"),
        ("2-32", "4294967296", "2^32"),
        ("year-9999", "253402300799", "The end of the year 9999"),
        ("2-53", "9007199254740992", "2^53"),
        ("2-63-less-1", "9223372036854775807", "2^63-1"),
        ("2-63", "9223372036854775808", "2^63"),
        ("2-64", "18446744073709551616", "2^64"),
        ("2-64-plus-1", "18446744073709551617", "2^64+1"),
        ("1e30", "1e30", "1e30"),
        ("1e308", "1e308", "1e308"),
        ("beyond-double", "1.8e308", "1.8e308 has the order of magnitude 308"),
        ("0-1e309", "0.1e309", "0.1e309 is 1e308"),
        ("309-digits", "9" * 309, "309 digits are below 1e309"),
        ("zeros-1e400", "0." + "0" * 399 + "1e700", "400 places down, 700 up: 1e300"),
    ):
        theme.case(
            f"far-{slug}",
            "ok",
            f"{comment} is far in the future",
            with_claims(exp=spelled(text)),
            any_now=slug != "2-31",
        )
    for slug, text in (
        ("1e308", "-1e308"),
        ("2-63", "-9223372036854775808"),
        ("2-63-less-1", "-9223372036854775809"),
        ("fraction", "-0.5"),
    ):
        theme.case(
            f"far-minus-{slug}",
            "expired",
            f"{text} is in the past",
            with_claims(exp=spelled(text)),
            any_now=True,
        )
    wrong_dates(theme, "exp")
    theme.case("absent", "claim_missing", "exp is required", with_claims(exp=ABSENT), any_now=True)
    theme.case(
        "other-case",
        "claim_missing",
        "EXP is not exp",
        with_claims(exp=ABSENT, EXP=EXPIRATION),
        any_now=True,
    )
    theme.case(
        "optional-absent",
        "ok",
        "The policy lets exp be absent",
        with_claims(exp=ABSENT),
        policy="optional",
        any_now=True,
    )
    at("optional-before", "ok", "A present exp counts all the same", T, T - 1, "optional")
    at("optional-at", "expired", "A present exp counts all the same", T, T, "optional")
    at("optional-30-at", "expired", "and so does the tolerance", T, T + 30, "optional-30")
    at("optional-30-before", "ok", "and so does the tolerance", T, T + 29, "optional-30")
    theme.case(
        "optional-null",
        "claims_invalid",
        "null is not absent",
        with_claims(exp=None),
        policy="optional",
        any_now=True,
    )
    theme.case(
        "optional-string",
        "claims_invalid",
        "A wrong type is not absent",
        with_claims(exp=str(EXPIRATION)),
        policy="optional",
        any_now=True,
    )
    at(
        "now-2-53",
        "ok",
        "The largest now that every door takes, one second before exp",
        spelled("9007199254740992"),
        9007199254740991,
    )
    at(
        "now-2-53-at",
        "expired",
        "The largest now that every door takes, at exp",
        spelled("9007199254740991"),
        9007199254740991,
    )
    at("now-negative", "ok", "A time before 1970", -T, -T - 1)
    at("now-negative-at", "expired", "A time before 1970", -T, -T)
    at("now-negative-fraction", "ok", "-T+0.5 at -T", spelled("-1699999999.5"), -T)
    at("now-negative-fraction-after", "expired", "-T+0.5 at -T+1", spelled("-1699999999.5"), -T + 1)
    return theme


def begin_theme(theme_name, claim, late, title, spec):
    """nbf and iat: one rule, two reasons."""
    theme = Theme(
        theme_name,
        title,
        spec,
        {
            "plain": policy(),
            "tolerance-30": policy(clock_tolerance=30),
            "tolerance-300": policy(clock_tolerance=300),
        },
        any_now=False,
    )

    def at(slug, reason, comment, value, now, policy="plain"):
        theme.case(
            slug,
            reason,
            comment,
            token(claims(**{"iat": ABSENT, claim: value})),
            now=now,
            policy=policy,
        )

    at("before", late, f"One second before {claim}", T, T - 1)
    at("at", "ok", f"{claim} is the first good second", T, T)
    at("after", "ok", "One second later", T, T + 1)
    for tolerance in (30, 300):
        name = f"tolerance-{tolerance}"
        at(
            f"{name}-before",
            late,
            f"{tolerance + 1} seconds before {claim}, {tolerance} tolerated",
            T,
            T - tolerance - 1,
            name,
        )
        at(
            f"{name}-at",
            "ok",
            f"{tolerance} seconds before {claim}, {tolerance} tolerated",
            T,
            T - tolerance,
            name,
        )
        at(
            f"{name}-after",
            "ok",
            f"{tolerance - 1} seconds before {claim}",
            T,
            T - tolerance + 1,
            name,
        )
    half = spelled("1700000000.5")
    at("half-same-second", late, "T+0.5 at T", half, T)
    at("half-next-second", "ok", "T+0.5 at T+1", half, T + 1)
    at(
        "half-tolerance-30-before",
        late,
        "T+0.5 at T-30, 30 tolerated",
        half,
        T - 30,
        "tolerance-30",
    )
    at("half-tolerance-30-at", "ok", "T+0.5 at T-29, 30 tolerated", half, T - 29, "tolerance-30")
    at(
        "tiny-fraction",
        late,
        "A fraction that a double would lose still counts",
        spelled("1700000000.0000000000000001"),
        T,
    )
    at("exponent", "ok", "1.7e9 at T", spelled("1.7e9"), T)
    at("exponent-before", late, "1.7e9 at T-1", spelled("1.7e9"), T - 1)
    for slug, text in (("2-63", "9223372036854775808"), ("1e30", "1e30"), ("1e308", "1e308")):
        theme.case(
            f"far-{slug}",
            late,
            f"{text} is far in the future: no overflow",
            with_claims(**{claim: spelled(text)}),
            any_now=True,
        )
    for slug, text in (
        ("zero", "0"),
        ("minus-zero", "-0"),
        ("1e308", "-1e308"),
        ("2-63-less-1", "-9223372036854775809"),
    ):
        theme.case(
            f"past-{slug}",
            "ok",
            f"{text} is in the past",
            with_claims(**{claim: spelled(text)}),
            any_now=True,
        )
    theme.case("absent", "ok", f"{claim} may be absent", with_claims(iat=ABSENT), any_now=True)
    wrong_dates(theme, claim)
    return theme


def not_before_theme():
    return begin_theme(
        "not-before",
        "nbf",
        "not_yet_valid",
        "nbf",
        ["RFC 7519 section 4.1.5", "RFC 7519 section 2, NumericDate"],
    )


def issued_at_theme():
    return begin_theme(
        "issued-at",
        "iat",
        "issued_in_future",
        "iat",
        ["RFC 7519 section 4.1.6", "RFC 7519 section 2, NumericDate"],
    )


def claim_types_theme():
    theme = Theme(
        "claim-types",
        "Types of the registered claims",
        [
            "RFC 7519 section 4.1",
            "RFC 7519 section 2, StringOrURI",
        ],
        {
            "plain": policy(),
            "no-issuer-no-audience": policy(issuer=None, audience=None),
        },
    )
    wrong = (
        ("null", None),
        ("number", 5),
        ("true", True),
        ("array", ["text"]),
        ("object", {"value": "text"}),
    )
    for name in ("iss", "sub", "jti"):
        for slug, value in wrong:
            theme.case(
                f"{name}-{slug}",
                "claims_invalid",
                f"{name} is {slug}",
                with_claims(**{name: value}),
            )
    for slug, value in (
        *((s, v) for s, v in wrong if s != "array"),
        ("array-number", [AUDIENCE, 5]),
        ("array-null", [None, AUDIENCE]),
        ("array-nested", [[AUDIENCE]]),
        ("array-object", [AUDIENCE, {}]),
    ):
        theme.case(f"aud-{slug}", "claims_invalid", f"aud is {slug}", with_claims(aud=value))
    for name in ("iss", "aud"):
        theme.case(
            f"unchecked-{name}-number",
            "claims_invalid",
            f"The type of {name} counts even when the policy checks no value",
            with_claims(**{name: 5}),
            policy="no-issuer-no-audience",
        )
    theme.case(
        "unchecked-aud-mixed",
        "claims_invalid",
        "So do the types of the entries of aud",
        with_claims(aud=[AUDIENCE, 5]),
        policy="no-issuer-no-audience",
    )
    theme.case("sub-absent", "ok", "sub may be absent", with_claims(sub=ABSENT))
    theme.case("sub-empty", "ok", "An empty sub is a string", with_claims(sub=""))
    theme.case("jti-string", "ok", "jti is a string", with_claims(jti="b6f1"))
    theme.case(
        "private-claims",
        "ok",
        "Other claims may have any type",
        with_claims(azp=5, roles={"a": [None, True]}, Iss=5, **{"https://x.example/y": 1.5}),
    )
    return theme


def issuer_theme():
    unicode_issuer = "https://b\u00fccher.example/\U0001f512"
    theme = Theme(
        "issuer",
        "iss",
        ["RFC 7519 section 4.1.1", "RFC 8725 section 3.8"],
        {
            "plain": policy(),
            "any": policy(issuer=None),
            "unicode": policy(issuer=unicode_issuer),
            "long": policy(issuer="https://" + "i" * 1016),
        },
    )

    def case(slug, reason, comment, iss, policy="plain"):
        theme.case(slug, reason, comment, with_claims(iss=iss), policy=policy)

    case("equal", "ok", "The policy's issuer", ISSUER)
    case("absent", "claim_missing", "iss is required when the policy names an issuer", ABSENT)
    case("other", "issuer_mismatch", "Another issuer", "https://attacker.example/")
    case("empty", "issuer_mismatch", "An empty issuer", "")
    case("no-trailing-slash", "issuer_mismatch", "Without the trailing slash", ISSUER[:-1])
    case("two-slashes", "issuer_mismatch", "With a slash more", ISSUER + "/")
    case(
        "prefix",
        "issuer_mismatch",
        "The policy's issuer is only the beginning",
        ISSUER + "realms/other",
    )
    case("shorter", "issuer_mismatch", "The beginning of the policy's issuer", "https://issuer")
    case("one-letter", "issuer_mismatch", "A letter that occurs in the policy's issuer", "h")
    case(
        "upper-case",
        "issuer_mismatch",
        "URIs are compared as strings, with case",
        "https://ISSUER.example/",
    )
    case("http", "issuer_mismatch", "Another URI scheme", "http://issuer.example/")
    case(
        "user-info",
        "issuer_mismatch",
        "The issuer as user info of another host",
        "https://issuer.example@attacker.example/",
    )
    case("leading-space", "issuer_mismatch", "White space counts", " " + ISSUER)
    case("nul", "issuer_mismatch", "Text does not end at a NUL", ISSUER + "\0")
    case(
        "escaped",
        "ok",
        "Escapes are decoded before the comparison",
        Raw('"https:\\/\\/\\u0069ssuer.example\\/"'),
    )
    case("any-other", "ok", "The policy takes any issuer", "https://attacker.example/", "any")
    case("any-absent", "ok", "The policy takes tokens without issuer", ABSENT, "any")
    case("unicode", "ok", "Raw UTF-8", unicode_issuer, "unicode")
    case(
        "unicode-escaped",
        "ok",
        "The same string in escapes, with a surrogate pair",
        Raw('"https://b\\u00FCcher.example/\\uD83D\\udd12"'),
        "unicode",
    )
    case(
        "unicode-decomposed",
        "issuer_mismatch",
        "No Unicode normalisation",
        "https://bu\u0308cher.example/\U0001f512",
        "unicode",
    )
    case(
        "unicode-punycode",
        "issuer_mismatch",
        "No IDNA mapping",
        "https://xn--bcher-kva.example/\U0001f512",
        "unicode",
    )
    case("long", "ok", "An issuer of 1,024 bytes", "https://" + "i" * 1016, "long")
    case("long-less", "issuer_mismatch", "One byte less", "https://" + "i" * 1015, "long")
    case("long-more", "issuer_mismatch", "One byte more", "https://" + "i" * 1017, "long")
    case(
        "long-escaped",
        "ok",
        "1,024 bytes, each escaped",
        Raw('"https://' + "\\u0069" * 1016 + '"'),
        "long",
    )
    return theme


def audience_theme():
    theme = Theme(
        "audience",
        "aud",
        ["RFC 7519 section 4.1.3", "RFC 8725 section 3.9"],
        {
            "plain": policy(),
            "list": policy(audience=["https://one.example", "https://two.example"]),
            "any": policy(audience=None),
        },
    )

    def case(slug, reason, comment, aud, policy="plain"):
        theme.case(slug, reason, comment, with_claims(aud=aud), policy=policy)

    case("string", "ok", "A string equal to the policy's", AUDIENCE)
    case("list-of-one", "ok", "A list of it", [AUDIENCE])
    case("list-first", "ok", "First of two", [AUDIENCE, "https://other.example"])
    case("list-last", "ok", "Last of three", ["https://a.example", "", AUDIENCE])
    case("list-twice", "ok", "Twice in the list", [AUDIENCE, AUDIENCE])
    case(
        "list-escaped",
        "ok",
        "Escaped in the list",
        Raw('["a\\"]","\\u0068ttps:\\/\\/api.example"]'),
    )
    case(
        "list-white-space",
        "ok",
        "A list with white space",
        Raw('[ "x" ,\n\t"https://api.example" ]'),
    )
    case("absent", "claim_missing", "aud is required when the policy names an audience", ABSENT)
    case("empty-list", "audience_mismatch", "An empty list is for nobody", [])
    case("empty-string", "audience_mismatch", "An empty string", "")
    case("other", "audience_mismatch", "Another audience", "https://other.example")
    case(
        "list-of-others",
        "audience_mismatch",
        "A list of others",
        ["https://a.example", "https://b.example"],
    )
    case(
        "prefix",
        "audience_mismatch",
        "The policy's audience is only the beginning",
        AUDIENCE + ".attacker.example",
    )
    case("shorter", "audience_mismatch", "The beginning of the policy's audience", "https://api")
    case(
        "list-of-parts",
        "audience_mismatch",
        "Parts in a list are not joined",
        ["https://", "api.example"],
    )
    case("letters", "audience_mismatch", "The letters one by one are no audience", list(AUDIENCE))
    case("trailing-slash", "audience_mismatch", "With a trailing slash", AUDIENCE + "/")
    case("upper-case", "audience_mismatch", "Compared with case", AUDIENCE.upper())
    case(
        "space-separated",
        "audience_mismatch",
        "aud is never split at spaces",
        AUDIENCE + " https://other.example",
    )
    case(
        "comma-separated",
        "audience_mismatch",
        "aud is never split at commas",
        AUDIENCE + ",https://other.example",
    )
    case(
        "quoted-in-list",
        "audience_mismatch",
        "A quoted audience inside a string is no entry",
        ['x","' + AUDIENCE + '","y'],
    )
    case("star", "audience_mismatch", "No wildcard in the token", "*")
    case(
        "of-list-first", "ok", "The first of the policy's audiences", "https://one.example", "list"
    )
    case(
        "of-list-second",
        "ok",
        "The second of the policy's audiences",
        ["https://x.example", "https://two.example"],
        "list",
    )
    case(
        "of-list-none",
        "audience_mismatch",
        "None of the policy's audiences",
        ["https://three.example"],
        "list",
    )
    case(
        "of-list-joined",
        "audience_mismatch",
        "Both in one string",
        "https://one.example https://two.example",
        "list",
    )
    case("any-other", "ok", "The policy takes any audience", "https://other.example", "any")
    case("any-absent", "ok", "The policy takes tokens without audience", ABSENT, "any")
    case("any-empty-list", "ok", "and an empty list", [], "any")
    return theme


def grants_theme(name, claim, title, spec):
    """The rule of granted strings, for the permissions claim and for scope."""

    def demands(**lists):
        return policy(require={name: lists})

    theme = Theme(
        name,
        title,
        spec,
        {
            "plain": policy(),
            "all-of-one": demands(all_of=["read:data"]),
            "all-of-two": demands(all_of=["read:data", "write:data"]),
            "any-of-two": demands(any_of=["read:data", "write:data"]),
            "both": demands(all_of=["read:data"], any_of=["admin", "write:data"]),
            "repeated": demands(all_of=["read:data", "read:data"]),
            "unicode": demands(all_of=["l\u00e9sen"]),
        },
    )

    def case(slug, reason, comment, value, policy="all-of-one"):
        theme.case(slug, reason, comment, with_claims(**{claim: value}), policy=policy)

    no = "scope_insufficient"
    case("array", "ok", "An array that holds it", ["read:data"])
    case(
        "array-extra",
        "ok",
        "More grants than required",
        ["delete:data", "read:data", "unknown:thing"],
    )
    case("array-twice", "ok", "Granted twice", ["read:data", "read:data"])
    case("string", "ok", "A string of one", "read:data")
    case("string-first", "ok", "A string of three, first", "read:data b c")
    case("string-last", "ok", "A string of three, last", "a b read:data")
    case("string-two-spaces", "ok", "Several spaces part words", "a   read:data  b")
    case("string-outer-spaces", "ok", "Spaces at both ends", " read:data ")
    case("array-escaped", "ok", "Escapes are decoded first", Raw('["x\\"","\\u0072ead:data"]'))
    case(
        "string-escaped", "ok", "An escaped space parts words too", Raw('"a\\u0020r\\u0065ad:data"')
    )
    case("absent", no, "The claim is absent", ABSENT)
    case("empty-array", no, "An empty list must not pass", [])
    case("empty-string", no, "An empty string must not pass", "")
    case("space-string", no, "A string of spaces", "   ")
    case("array-of-empty", no, "A list of an empty string", [""])
    case("other", no, "Only others", ["write:data", "read:other"])
    case("prefix", no, "A longer grant", ["read:data2"])
    case("shorter", no, "A shorter grant", ["read:dat"])
    case("string-prefix", no, "A longer word", "read:data2 xread:data")
    case("string-parts", no, "Parts of it as words", "read: data")
    case("case", no, "Compared with case", ["Read:Data"])
    case("wildcard", no, "A star is a letter", ["read:*", "*"])
    case("comma-string", no, "Commas do not part words", "a,read:data")
    case("tab-string", no, "A tab does not part words", "a\tread:data")
    case("newline-string", no, "A line break does not part words", "a\nread:data")
    case("array-of-words", no, "Entries of an array are not split", ["a read:data b"])
    case("nul", no, "Text does not end at a NUL", ["read:data\0"])
    for slug, value in (
        ("null", None),
        ("number", 1),
        ("true", True),
        ("object", {"read:data": True}),
    ):
        case(slug, "claims_invalid", f"The required claim is {slug}", value)
    for slug, value in (
        ("number-in-array", ["read:data", 5]),
        ("null-in-array", [None, "read:data"]),
        ("nested-array", [["read:data"]]),
        ("object-in-array", ["read:data", {}]),
    ):
        case(slug, "claims_invalid", "Every entry of the required claim is a string", value)
    case(
        "not-required-null",
        "ok",
        "A claim that the policy does not require may have any type",
        None,
        "plain",
    )
    case("not-required-number", "ok", "The same for a number in the list", ["a", 5], "plain")

    case(
        "all-of-both",
        "ok",
        "all_of: both, in another order",
        ["write:data", "read:data"],
        "all-of-two",
    )
    case(
        "all-of-both-string", "ok", "all_of: both in a string", "write:data read:data", "all-of-two"
    )
    case("all-of-first", no, "all_of: only the first", ["read:data"], "all-of-two")
    case("all-of-second", no, "all_of: only the second", ["write:data"], "all-of-two")
    case("all-of-none", no, "all_of: neither", [], "all-of-two")
    case("any-of-both", "ok", "any_of: both", ["write:data", "read:data"], "any-of-two")
    case("any-of-first", "ok", "any_of: only the first", ["read:data"], "any-of-two")
    case("any-of-second", "ok", "any_of: only the second", "write:data", "any-of-two")
    case("any-of-none", no, "any_of: neither", ["delete:data"], "any-of-two")
    case("any-of-empty", no, "any_of: an empty list", [], "any-of-two")
    case("any-of-absent", no, "any_of: absent", ABSENT, "any-of-two")
    case("both-satisfied", "ok", "all_of and one of any_of", ["read:data", "admin"], "both")
    case("both-any-only", no, "any_of without all_of", ["admin", "write:data"], "both")
    case("both-all-only", no, "all_of without any_of", ["read:data"], "both")
    case("repeated", "ok", "A requirement written twice is one", ["read:data"], "repeated")
    case("unicode", "ok", "Not only ASCII", ["l\u00e9sen"], "unicode")
    case(
        "unicode-string-escaped",
        "ok",
        "Not only ASCII, escaped in a string",
        Raw('"a l\\u00E9sen"'),
        "unicode",
    )
    case("unicode-decomposed", no, "No Unicode normalisation", "le\u0301sen", "unicode")
    case(
        "long-list", "ok", "The last of 1,000 grants", [f"p{n}" for n in range(999)] + ["read:data"]
    )
    return theme


def permissions_theme():
    theme = grants_theme(
        "permissions", "permissions", "Required permissions", ["docs/policy.md, require"]
    )
    theme.case(
        "other-claim",
        "scope_insufficient",
        "scope does not stand in for permissions",
        with_claims(scope="read:data"),
        policy="all-of-one",
    )
    return theme


def scope_theme():
    theme = grants_theme(
        "scope",
        "scope",
        "Required scope, as scope, scp or scopes",
        ["RFC 8693 section 4.2", "RFC 6749 section 3.3", "docs/policy.md, require"],
    )
    theme.policies["with-permissions"] = policy(
        require={"permissions": {"all_of": ["read:data"]}, "scope": {"all_of": ["api"]}}
    )

    def case(slug, reason, comment, policy="all-of-one", **members):
        theme.case(slug, reason, comment, with_claims(**members), policy=policy)

    no = "scope_insufficient"
    case("scp-array", "ok", "scp as an array", scp=["read:data"])
    case("scp-string", "ok", "scp as a string", scp="a read:data")
    case("scopes-array", "ok", "scopes as an array", scopes=["read:data"])
    case("scopes-string", "ok", "scopes as a string", scopes="read:data a")
    case("scp-number", "claims_invalid", "scp of a wrong type", scp=5)
    case("scopes-number", "claims_invalid", "scopes of a wrong type", scopes={})
    case(
        "first-scope",
        no,
        "scope is first: scp is not read",
        scope="other",
        scp=["read:data"],
        scopes=["read:data"],
    )
    case("first-scope-empty", no, "An empty scope is present", scope="", scp="read:data")
    case(
        "first-scope-null", "claims_invalid", "A null scope is present", scope=None, scp="read:data"
    )
    case(
        "first-scope-any-place",
        "ok",
        "First by name, not by place in the token",
        scp="other",
        scopes=5,
        scope="read:data",
    )
    case("first-scp", no, "scp comes before scopes", scopes=["read:data"], scp=["other"])
    case(
        "first-scp-granting",
        "ok",
        "scp comes before scopes, which is not read",
        scopes=5,
        scp=["read:data"],
    )
    case("roles", no, "Other claims are not scope", roles=["read:data"], permissions=["read:data"])
    theme.case(
        "escaped-name",
        "scope_insufficient",
        "An escaped name is the same claim, and first",
        token(octets(claims(scp="read:data"))[:-1] + b',"sc\\u006fpe":"other"}'),
        policy="all-of-one",
    )
    case(
        "with-permissions-both",
        "ok",
        "Permissions and scope are both granted",
        "with-permissions",
        permissions=["read:data"],
        scope="api",
    )
    case(
        "with-permissions-only",
        no,
        "Permissions without scope",
        "with-permissions",
        permissions=["read:data"],
    )
    case(
        "with-permissions-scope-only",
        no,
        "Scope without permissions",
        "with-permissions",
        scope="api read:data",
    )
    case(
        "with-permissions-swapped",
        no,
        "Each grant in the other's claim",
        "with-permissions",
        permissions=["api"],
        scope="read:data",
    )
    case(
        "with-permissions-order",
        no,
        "permissions are checked before the type of scope",
        "with-permissions",
        permissions=[],
        scope=5,
    )
    return theme


def order_theme():
    strict = policy(require={"permissions": {"all_of": ["read:data"]}})
    theme = Theme(
        "order",
        "Which reason is told when several apply",
        [
            "docs/rules.md, order of the steps",
        ],
        {
            "plain": policy(),
            "strict": strict,
            "tolerance-300": policy(clock_tolerance=300),
        },
    )

    def case(slug, reason, comment, made, policy="plain"):
        theme.case(slug, reason, comment, made, policy=policy)

    past, future = ISSUED - 1000, EXPIRATION
    case(
        "segments-before-header",
        "token_malformed",
        "A bad signature segment is found before a bad header",
        f"{b64(b'[]')}.{b64(octets(claims()))}.!",
    )
    case(
        "header-before-key",
        "header_invalid",
        "A wrong typ type before an unknown kid",
        token(jose_header=header(typ=5, kid="other")),
    )
    case(
        "algorithm-before-type",
        "algorithm_not_allowed",
        "alg before typ",
        token(jose_header=header(alg="RS256", typ="JOSE")),
    )
    case(
        "type-before-key",
        "type_not_allowed",
        "typ before kid",
        token(jose_header=header(typ="JOSE", kid="other")),
    )
    case(
        "key-before-signature",
        "key_not_found",
        "kid before the signature",
        token(jose_header=header(kid="other"), key=OTHER),
    )
    case(
        "signature-before-claims",
        "signature_invalid",
        "The signature before broken claims",
        token(b"{", key=OTHER),
    )
    case(
        "signature-before-expiration",
        "signature_invalid",
        "The signature before an old exp",
        token(claims(exp=past), key=OTHER),
    )
    case(
        "types-before-expiration",
        "claims_invalid",
        "A wrong type before an old exp",
        with_claims(exp=past, aud=5),
    )
    case(
        "types-before-missing",
        "claims_invalid",
        "A wrong type before a missing exp",
        with_claims(exp=ABSENT, iat="now"),
    )
    case(
        "json-before-types",
        "claims_invalid",
        "Text after the claims set",
        token(octets(claims(exp=past)) + b"x"),
    )
    case(
        "missing-before-not-before",
        "claim_missing",
        "A missing exp before a future nbf",
        with_claims(exp=ABSENT, nbf=future),
    )
    case(
        "expiration-before-not-before",
        "expired",
        "An old exp before a future nbf",
        with_claims(exp=past, nbf=future),
    )
    case(
        "not-before-before-issued-at",
        "not_yet_valid",
        "A future nbf before a future iat",
        with_claims(nbf=future, iat=future),
    )
    case(
        "issued-at-before-issuer",
        "issued_in_future",
        "A future iat before another iss",
        with_claims(iat=future, iss="https://attacker.example/"),
    )
    case(
        "expiration-before-issuer",
        "expired",
        "An old exp before a missing iss",
        with_claims(exp=past, iss=ABSENT),
    )
    case(
        "issuer-before-audience",
        "issuer_mismatch",
        "Another iss before another aud",
        with_claims(iss="x", aud="x"),
    )
    case(
        "issuer-missing-before-audience",
        "claim_missing",
        "A missing iss before another aud",
        with_claims(iss=ABSENT, aud="x"),
    )
    case(
        "audience-before-permissions",
        "audience_mismatch",
        "Another aud before no permissions",
        with_claims(aud="x"),
        "strict",
    )
    case(
        "audience-before-permission-type",
        "audience_mismatch",
        "Another aud before permissions of a wrong type",
        with_claims(aud="x", permissions=5),
        "strict",
    )
    case(
        "expiration-before-permission-type",
        "expired",
        "An old exp before permissions of a wrong type",
        with_claims(exp=past, permissions=5),
        "strict",
    )
    case(
        "permission-type",
        "claims_invalid",
        "Permissions of a wrong type, all else right",
        with_claims(permissions=5),
        "strict",
    )
    theme.case(
        "window-closed",
        "expired",
        "exp and nbf leave no second between them",
        with_claims(iat=ABSENT, exp=T, nbf=T),
        now=T,
        any_now=False,
    )
    theme.case(
        "window-closed-before",
        "not_yet_valid",
        "One second earlier, nbf decides",
        with_claims(iat=ABSENT, exp=T, nbf=T),
        now=T - 1,
        any_now=False,
    )
    theme.case(
        "window-tolerance",
        "ok",
        "The tolerance opens the window on both sides",
        with_claims(iat=ABSENT, exp=T, nbf=T),
        now=T,
        policy="tolerance-300",
        any_now=False,
    )
    return theme


def response_theme():
    named = {"realm": "Data gate (v2), read-only", "require": {"scope": {"any_of": ["api"]}}}
    theme = Theme(
        "response",
        "The realm of the policy in the response",
        [
            "RFC 6750 section 3",
            "RFC 9110 sections 11.5 and 11.6.1",
        ],
        {"named": policy(**named)},
    )

    def case(slug, reason, comment, **how):
        theme.case(slug, reason, comment, policy="named", **how)

    case("allow", "ok", "Nothing to answer", made=with_claims(scope="api"))
    case(
        "missing",
        "credential_missing",
        "401 with the realm and no error word",
        event_=event_of(request(headers_with(ABSENT))),
    )
    case(
        "malformed", "credential_malformed", "401 with the realm and invalid_token", value="Bearer"
    )
    case(
        "expired",
        "expired",
        "401 with the realm and invalid_token",
        made=with_claims(exp=ISSUED - 1000),
    )
    case(
        "forbidden",
        "scope_insufficient",
        "403 with the realm and insufficient_scope",
        made=with_claims(scope="other"),
    )
    case("no-event", "request_malformed", "500 without a challenge", event_={"Records": []})
    return theme


THEMES = (
    claim_types_theme,
    expiration_theme,
    not_before_theme,
    issued_at_theme,
    issuer_theme,
    audience_theme,
    permissions_theme,
    scope_theme,
    order_theme,
    response_theme,
)
