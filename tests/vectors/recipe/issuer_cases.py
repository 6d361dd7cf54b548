"""Cases about who signed for whom: several issuers, tenants, and what standards publish."""

from . import published
from .forgeries import flip
from .parts import (
    ABSENT,
    AUDIENCE,
    ISSUED,
    Raw,
    Theme,
    b64,
    claims,
    decode,
    jwk,
    octets,
    policy,
    token_with,
)

A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
UNREAD = b"not json"


def entry(issuer, algorithms, *keys, **members):
    """An entry of `issuers`; keys are names of test keys, each its own kid, or JWKs."""
    made = {
        "algorithms": [algorithms] if isinstance(algorithms, str) else algorithms,
        "issuer": issuer,
        "audience": AUDIENCE,
        "keys": [jwk(key, key) if isinstance(key, str) else key for key in keys],
        **members,
    }
    return {name: value for name, value in made.items() if value is not ABSENT}


def issuers_theme():
    theme = Theme(
        "issuers",
        "Several issuers: the entry that judges is chosen by iss",
        ["RFC 8725 sections 3.1 and 3.8", "RFC 7519 section 4.1.1", "docs/policy.md, issuers"],
        {
            "two": {"issuers": [entry(A, "RS256", "rsa-2048"), entry(B, "ES256", "p-256")]},
            "one": {"issuers": [entry(A, "RS256", "rsa-2048")]},
            "same-kid": {
                "issuers": [
                    entry(A, "RS256", jwk("rsa-2048", "1")),
                    entry(B, "RS256", jwk("rsa-2048-other", "1")),
                ]
            },
            "nameless": {
                "issuers": [
                    entry(A, "RS256", jwk("rsa-2048")),
                    entry(B, "RS256", jwk("rsa-2048-other")),
                ]
            },
            "same-key": {
                "issuers": [
                    entry(A, "RS256", "rsa-2048"),
                    entry(B, "RS256", "rsa-2048", audience="https://b-api.example"),
                ]
            },
            "differing": {
                "clock_tolerance": 30,
                "realm": "Data gate (v2), read-only",
                "issuers": [
                    entry(
                        A,
                        "RS256",
                        "rsa-2048",
                        typ=["at+jwt"],
                        require={"scope": {"all_of": ["api"]}},
                    ),
                    entry(
                        B,
                        "HS256",
                        "main",
                        expiration="optional",
                        audience=None,
                        token_use="access",
                    ),
                    entry(C, ["RS256", "HS256"], "other", max_token_age=600),
                ],
            },
            "nested-names": {
                "issuers": [
                    entry("https://a.example", "RS256", "rsa-2048"),
                    entry("https://a.example/", "ES256", "p-256"),
                    entry("https://a.example/b", "EdDSA", "ed25519"),
                ]
            },
            "overlap": {
                "issuers": [
                    entry("https://login.example/{tenantid}/", "RS256", "rsa-2048", tenants=["x"]),
                    entry("https://login.example/x/", "RS256", jwk("rsa-2048-other", "o")),
                    entry("https://login.example/y/", "RS256", jwk("rsa-2048-other", "o")),
                ]
            },
            "many": {
                "issuers": [
                    entry(f"https://{n}.example/", "HS256", jwk("main", "k")) for n in range(63)
                ]
                + [entry(A, "ES256", "p-256")]
            },
            "unicode": {
                "issuers": [
                    entry("https://b\u00fccher.example/", "ES256", "p-256"),
                    entry("https://bu\u0308cher.example/", "EdDSA", "ed25519"),
                ]
            },
        },
    )

    def case(slug, reason, comment, made, policy="two"):
        theme.case(slug, reason, comment, made, policy=policy)

    def from_a(claims_set=None, **members):
        return token_with("RS256", claims_set=claims_set or claims(iss=A), **members)

    def from_b(claims_set=None, **members):
        return token_with("ES256", claims_set=claims_set or claims(iss=B), **members)

    case("first", "ok", "The first issuer", from_a())
    case("second", "ok", "The second issuer", from_b())
    case("first-no-kid", "ok", "Its only key, without kid", from_a(kid=ABSENT))
    case("second-no-kid", "ok", "Its only key, without kid", from_b(kid=ABSENT))
    case("unknown", "issuer_mismatch", "An issuer that no entry has", from_a(claims(iss=C)))
    case("absent", "claim_missing", "No iss to choose by", from_a(claims(iss=ABSENT)))
    case("empty", "issuer_mismatch", "An empty iss fits no entry", from_a(claims(iss="")))
    for slug, value in (
        ("null", None),
        ("number", 5),
        ("true", True),
        ("array", [A]),
        ("array-both", [A, B]),
        ("object", {"iss": A}),
    ):
        case(f"type-{slug}", "claims_invalid", f"iss is {slug}", from_a(claims(iss=value)))
    for slug, comment, payload in (
        ("not-json", "Plain text", UNREAD),
        ("array", "An array", b"[" + octets(claims(iss=A)) + b"]"),
        ("string", "A string", b'"https://a.example/"'),
        ("cut", "The last byte is missing", octets(claims(iss=A))[:-1]),
        ("garbage", "A letter after the object", octets(claims(iss=A)) + b"x"),
        ("bom", "A byte order mark", b"\xef\xbb\xbf" + octets(claims(iss=A))),
        ("utf8", "Invalid UTF-8 in another member", octets(claims(iss=A))[:-1] + b',"x":"\xff"}'),
        ("surrogate", "A lone surrogate", octets(claims(iss=A))[:-1] + b',"x":"\\ud800"}'),
        (
            "duplicate",
            "iss twice, A first",
            octets(claims(iss=A))[:-1] + b',"iss":"https://b.example/"}',
        ),
        (
            "duplicate-escaped",
            "iss twice, once with an escape",
            octets(claims(iss=A))[:-1] + b',"\\u0069ss":"https://b.example/"}',
        ),
        ("duplicate-other", "Another claim twice", octets(claims(iss=A))[:-1] + b',"x":1,"x":1}'),
        ("depth", "Depth 33", octets(claims(iss=A))[:-1] + b',"x":' + b"[" * 32 + b"]" * 32 + b"}"),
    ):
        case(
            f"payload-{slug}",
            "claims_invalid",
            f"{comment}; nothing is signed yet",
            from_a(payload),
        )
        if slug in ("not-json", "duplicate"):
            case(
                f"one-payload-{slug}",
                "claims_invalid",
                f"{comment}, signed rightly",
                from_a(payload),
                "one",
            )
            case(
                f"one-payload-{slug}-forged",
                "signature_invalid",
                "With one issuer the payload is not read before the signature",
                from_a(payload, signer="rsa-2048-other"),
                "one",
            )
    case("one", "ok", "A list of one issuer", from_a(), "one")
    case(
        "one-other",
        "issuer_mismatch",
        "Another issuer, rightly signed",
        from_a(claims(iss=B)),
        "one",
    )
    case(
        "one-other-forged",
        "signature_invalid",
        "With one issuer the signature comes first",
        from_a(claims(iss=B), signer="rsa-2048-other"),
        "one",
    )
    case(
        "unknown-forged",
        "issuer_mismatch",
        "With two, iss comes first",
        from_a(claims(iss=C), signer="rsa-2048-other"),
    )
    for slug, iss in (
        ("no-slash", "https://a.example"),
        ("prefix", "https://a.example/x"),
        ("upper", "https://A.example/"),
        ("space", "https://a.example/ "),
        ("nul", "https://a.example/\0"),
        ("port", "https://a.example:443/"),
        ("http", "http://a.example/"),
        ("both", f"{A} {B}"),
        ("suffix", "x" + A),
        ("dot", "https://axexample/"),
    ):
        case(
            f"near-{slug}",
            "issuer_mismatch",
            "iss is compared byte by byte, and no part of it",
            from_a(claims(iss=iss)),
        )
    case(
        "escaped",
        "ok",
        "Escapes in iss are decoded",
        from_a(claims(iss=Raw('"https:\\/\\/\\u0061.example\\/"'))),
    )
    case(
        "escaped-name",
        "ok",
        "and in the name iss",
        from_a(octets(claims(iss=ABSENT))[:-1] + b',"\\u0069ss":"https://a.example/"}'),
    )
    case(
        "nested",
        "claim_missing",
        "A member iss of a nested object is not the claim",
        from_a(claims(iss=ABSENT, inner={"iss": A})),
    )

    # Keys belong to their issuer.
    case(
        "b-signs-for-a",
        "algorithm_not_allowed",
        "B's key signs a token that names A; A has RS256 alone",
        from_b(claims(iss=A)),
    )
    case(
        "b-signs-for-a-renamed",
        "key_not_found",
        "alg RS256 and B's kid: A has no such key",
        from_b(claims(iss=A), alg="RS256"),
    )
    case(
        "b-signs-for-a-both-renamed",
        "signature_invalid",
        "alg RS256, A's kid, B's signature",
        from_b(claims(iss=A), alg="RS256", kid="rsa-2048"),
    )
    for first, second, slug in ((A, "rsa-2048-other", "a"), (B, "rsa-2048", "b")):
        case(
            f"same-kid-{slug}-forged",
            "signature_invalid",
            "Both issuers have a kid 1; the other's key signed",
            from_a(claims(iss=first), kid="1", signer=second),
            "same-kid",
        )
        case(
            f"nameless-{slug}-forged",
            "signature_invalid",
            "Neither key has a kid; the other's key signed",
            from_a(claims(iss=first), kid=ABSENT, signer=second),
            "nameless",
        )
    for iss, signer, slug in ((A, "rsa-2048", "a"), (B, "rsa-2048-other", "b")):
        case(
            f"same-kid-{slug}",
            "ok",
            "Both issuers have a kid 1: iss tells them apart",
            from_a(claims(iss=iss), kid="1", signer=signer),
            "same-kid",
        )
        case(
            f"nameless-{slug}",
            "ok",
            "Without kid iss tells them apart",
            from_a(claims(iss=iss), kid=ABSENT, signer=signer),
            "nameless",
        )
        case(
            f"nameless-{slug}-kid",
            "ok",
            "A kid that the issuer's only key lacks",
            from_a(claims(iss=iss), kid="rotated", signer=signer),
            "nameless",
        )
    case(
        "same-kid-other-sub",
        "signature_invalid",
        "The signature of A's good token on B's claims",
        swap_payload(from_a(claims(iss=A), kid="1"), claims(iss=B)),
        "same-kid",
    )
    case(
        "same-key-a",
        "ok",
        "Two issuers with one key: A's audience",
        from_a(),
        "same-key",
    )
    case(
        "same-key-b",
        "audience_mismatch",
        "Two issuers with one key: A's audience is not B's",
        from_a(claims(iss=B)),
        "same-key",
    )
    case(
        "same-key-b-own",
        "ok",
        "Two issuers with one key: B's audience",
        from_a(claims(iss=B, aud="https://b-api.example")),
        "same-key",
    )

    # Each entry has its own rules.
    def at_a(**members):
        return token_with(
            "RS256", claims_set=claims(iss=A, **{"scope": "api", **members}), typ="at+jwt"
        )

    def at_b(kid="main", **members):
        return token_with(
            "HS256", "main", claims(**{"iss": B, "token_use": "access", **members}), kid=kid
        )

    case("own-a", "ok", "A: at+jwt and scope", at_a(), "differing")
    case(
        "own-a-scope", "scope_insufficient", "A asks for a scope", at_a(scope="other"), "differing"
    )
    case("own-a-exp", "claim_missing", "A asks for exp", at_a(exp=ABSENT), "differing")
    case(
        "own-a-typ",
        "type_not_allowed",
        "A has at+jwt alone",
        token_with("RS256", claims_set=claims(iss=A, scope="api")),
        "differing",
    )
    case("own-b", "ok", "B: token_use, and no scope", at_b(), "differing")
    case("own-b-no-exp", "ok", "B lets exp be absent", at_b(exp=ABSENT), "differing")
    case("own-b-aud", "ok", "B takes any audience", at_b(aud="https://other.example"), "differing")
    case("own-b-use", "claim_mismatch", "B asks for token_use", at_b(token_use="id"), "differing")
    case(
        "own-b-rs256",
        "algorithm_not_allowed",
        "A's algorithm is not B's",
        token_with("RS256", claims_set=claims(iss=B, token_use="access")),
        "differing",
    )
    case(
        "own-b-kid",
        "key_not_found",
        "A's kid is none of B's",
        at_b(kid="rsa-2048"),
        "differing",
    )
    case(
        "own-c-age",
        "token_too_old",
        "C bounds the age",
        token_with("HS256", "other", claims(iss=C, iat=ISSUED - 30)),
        "differing",
    )
    case(
        "own-c-confusion",
        "key_not_found",
        "C allows RS256 and has no key for it; A's does not help",
        token_with("RS256", claims_set=claims(iss=C)),
        "differing",
    )
    case(
        "own-c-secret-of-b",
        "signature_invalid",
        "Signed with B's secret for C",
        token_with("HS256", "other", claims(iss=C), signer="main"),
        "differing",
    )

    for iss, algorithm, slug in (
        ("https://a.example", "RS256", "bare"),
        ("https://a.example/", "ES256", "slash"),
        ("https://a.example/b", "EdDSA", "path"),
    ):
        case(
            f"names-{slug}",
            "ok",
            "One issuer's name begins another's",
            token_with(algorithm, claims_set=claims(iss=iss)),
            "nested-names",
        )
    case(
        "names-crossed",
        "algorithm_not_allowed",
        "The longer name's key does not sign for the shorter",
        token_with("EdDSA", claims_set=claims(iss="https://a.example")),
        "nested-names",
    )
    case(
        "unicode-composed",
        "ok",
        "U+00FC",
        token_with("ES256", claims_set=claims(iss="https://b\u00fccher.example/")),
        "unicode",
    )
    case(
        "unicode-decomposed",
        "ok",
        "u and U+0308 is another issuer",
        token_with("EdDSA", claims_set=claims(iss="https://bu\u0308cher.example/")),
        "unicode",
    )
    case(
        "unicode-crossed",
        "algorithm_not_allowed",
        "and no key of one signs for the other",
        token_with("EdDSA", claims_set=claims(iss="https://b\u00fccher.example/")),
        "unicode",
    )
    case(
        "many-first",
        "ok",
        "The first of 64",
        token_with("HS256", "main", claims(iss="https://0.example/"), kid="k"),
        "many",
    )
    case(
        "many-63",
        "ok",
        "The sixty-third",
        token_with("HS256", "main", claims(iss="https://62.example/"), kid="k"),
        "many",
    )
    case("many-last", "ok", "The last of 64", from_b(claims(iss=A)), "many")
    case(
        "many-none",
        "issuer_mismatch",
        "None of 64",
        token_with("HS256", "main", claims(iss="https://63.example/"), kid="k"),
        "many",
    )

    x = {"iss": "https://login.example/x/"}
    case(
        "overlap-first",
        "ok",
        "Two entries fit: the first is taken",
        from_a(claims(**x, tid="x")),
        "overlap",
    )
    case(
        "overlap-second-key",
        "key_not_found",
        "Two entries fit: the second's key is not tried",
        from_a(claims(**x, tid="x"), kid="o", signer="rsa-2048-other"),
        "overlap",
    )
    case(
        "overlap-no-tid",
        "claim_missing",
        "Two entries fit: the first's rules count",
        from_a(claims(**x)),
        "overlap",
    )
    case(
        "overlap-other",
        "ok",
        "A tenant that the first does not list is left to the others",
        from_a(claims(iss="https://login.example/y/"), kid="o", signer="rsa-2048-other"),
        "overlap",
    )

    # Order: header, iss, alg, typ, key, signature, claims.
    case(
        "order-header",
        "header_invalid",
        "A bad header before an unreadable payload",
        from_a(UNREAD, typ=5),
    )
    case(
        "order-crit",
        "critical_header_unsupported",
        "crit before an unreadable payload",
        from_a(UNREAD, crit=["exp"]),
    )
    case(
        "order-algorithm",
        "issuer_mismatch",
        "An unknown issuer before alg none",
        from_a(claims(iss=C), alg="none"),
    )
    case(
        "order-payload-algorithm",
        "claims_invalid",
        "An unreadable payload before alg none",
        from_a(UNREAD, alg="none"),
    )
    case(
        "order-type",
        "issuer_mismatch",
        "An unknown issuer before typ",
        from_a(claims(iss=C), typ="x"),
    )
    case(
        "order-key",
        "issuer_mismatch",
        "An unknown issuer before an unknown kid",
        from_a(claims(iss=C), kid="x"),
    )
    case(
        "order-algorithm-type",
        "algorithm_not_allowed",
        "alg before typ",
        from_a(alg="none", typ="x"),
    )
    case(
        "order-type-key", "type_not_allowed", "typ before an unknown kid", from_a(typ="x", kid="x")
    )
    case(
        "order-signature",
        "signature_invalid",
        "The signature before an old exp",
        from_a(claims(iss=A, exp=ISSUED), signer="rsa-2048-other"),
    )
    case(
        "order-types",
        "signature_invalid",
        "The signature before a wrong type that is not iss",
        from_a(claims(iss=A, aud=5), signer="rsa-2048-other"),
    )
    case(
        "order-expiration",
        "expired",
        "An old exp of a known issuer",
        from_a(claims(iss=A, exp=ISSUED)),
    )
    case(
        "order-unknown-expired",
        "issuer_mismatch",
        "An unknown issuer before an old exp",
        from_a(claims(iss=C, exp=ISSUED)),
    )
    return theme


def swap_payload(made, claims_set):
    head, _, signature = made.split(".")
    return f"{head}.{b64(octets(claims_set))}.{signature}"


def tenants_theme():
    x = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    y = "9188040d-6c67-4c5b-b112-36a304b66dad"
    form = "https://login.microsoftonline.com/{tenantid}/v2.0"
    middle = "https://{tenantid}.b2clogin.example/tfp"
    theme = Theme(
        "tenants",
        "Issuers with a tenant in their name",
        ["docs/policy.md, tenants", "OpenID Connect Discovery of Microsoft Entra ID"],
        {
            "two": policy(issuer=form, tenants=[x, y]),
            "one": policy(issuer=form, tenants=[x]),
            "host": policy(issuer=middle, tenants=["contoso"]),
            "only": policy(issuer="{tenantid}", tenants=["a", "b.c"]),
            "list": {
                "issuers": [
                    entry(form, "HS256", jwk("main", "main"), tenants=[x]),
                    entry(form.replace("v2.0", "v1.0"), "HS256", jwk("other", "main"), tenants=[y]),
                    entry(
                        "https://sts.windows.net/{tenantid}/",
                        "HS256",
                        jwk("other", "o"),
                        tenants=[x, y],
                    ),
                ]
            },
        },
    )

    def case(slug, reason, comment, policy="two", key="main", kid="main", **members):
        made = token_with("HS256", key, claims(**members), kid=kid)
        theme.case(slug, reason, comment, made, policy=policy)

    def of(tenant):
        return form.replace("{tenantid}", tenant)

    case("first", "ok", "The first tenant", iss=of(x), tid=x)
    case("second", "ok", "The second tenant", iss=of(y), tid=y)
    case("crossed", "issuer_mismatch", "iss of one tenant, tid of the other", iss=of(x), tid=y)
    case("crossed-back", "issuer_mismatch", "The same the other way round", iss=of(y), tid=x)
    case(
        "unlisted",
        "issuer_mismatch",
        "A tenant that the policy does not list",
        "one",
        iss=of(y),
        tid=y,
    )
    case(
        "unlisted-tid", "issuer_mismatch", "A listed iss with another tid", "one", iss=of(x), tid=y
    )
    case(
        "unlisted-iss", "issuer_mismatch", "A listed tid with another iss", "one", iss=of(y), tid=x
    )
    case(
        "template",
        "issuer_mismatch",
        "The policy's own text is no issuer",
        iss=form,
        tid="{tenantid}",
    )
    case("template-tid", "issuer_mismatch", "nor with a listed tid", iss=form, tid=x)
    case("no-tid", "claim_missing", "tid is required", iss=of(x))
    for slug, value in (
        ("null", None),
        ("number", 5),
        ("array", [x]),
        ("object", {"tid": x}),
        ("true", True),
    ):
        case(f"tid-{slug}", "claims_invalid", f"tid is {slug}", iss=of(x), tid=value)
    case("tid-empty", "issuer_mismatch", "An empty tid", iss=of(x), tid="")
    case("tid-upper", "issuer_mismatch", "tid in capitals", iss=of(x), tid=x.upper())
    case("tid-space", "issuer_mismatch", "tid with a space", iss=of(x), tid=x + " ")
    case("tid-nul", "issuer_mismatch", "Text does not end at a NUL", iss=of(x), tid=x + "\0")
    case("tid-prefix", "issuer_mismatch", "The beginning of the tenant", iss=of(x), tid=x[:-1])
    case(
        "tid-escaped",
        "ok",
        "An escape in tid is decoded",
        iss=of(x),
        tid=Raw(f'"\\u00{ord(x[0]):02x}{x[1:]}"'),
    )
    case(
        "iss-escaped",
        "ok",
        "An escape in iss is decoded",
        iss=Raw('"' + of(x).replace("/", "\\/") + '"'),
        tid=x,
    )
    case("iss-upper", "issuer_mismatch", "The tenant in capitals", iss=of(x.upper()), tid=x)
    case("iss-empty-tenant", "issuer_mismatch", "No tenant", iss=of(""), tid=x)
    case(
        "iss-slashes",
        "issuer_mismatch",
        "More path where the tenant belongs",
        iss=of(x + "/" + y),
        tid=x,
    )
    case("iss-both", "issuer_mismatch", "Both tenants run together", iss=of(x + y), tid=x)
    case("iss-common", "issuer_mismatch", "common is no tenant here", iss=of("common"), tid=x)
    case("iss-no-end", "issuer_mismatch", "Without what follows the tenant", iss=of(x)[:-5], tid=x)
    case("iss-longer", "issuer_mismatch", "Text after the issuer", iss=of(x) + "/", tid=x)
    case(
        "iss-other-host",
        "issuer_mismatch",
        "Another host",
        iss=of(x).replace("login", "1ogin"),
        tid=x,
    )
    case("iss-prefix", "issuer_mismatch", "Text before the issuer", iss="x" + of(x), tid=x)
    case("iss-absent", "claim_missing", "iss is required", iss=ABSENT, tid=x)
    case("iss-number", "claims_invalid", "iss is a number", iss=5, tid=x)
    case(
        "host",
        "ok",
        "A tenant in the host",
        "host",
        iss="https://contoso.b2clogin.example/tfp",
        tid="contoso",
    )
    case(
        "host-dot",
        "issuer_mismatch",
        "A dot more is another host",
        "host",
        iss="https://evil.contoso.b2clogin.example/tfp",
        tid="contoso",
    )
    case("only", "ok", "An issuer that is a tenant and nothing else", "only", iss="b.c", tid="b.c")
    case(
        "only-dot",
        "issuer_mismatch",
        "A dot is a letter, not any letter",
        "only",
        iss="bxc",
        tid="bxc",
    )
    case("order-aud", "claim_missing", "A missing tid before another aud", iss=of(x), aud="x")
    case(
        "order-aud-other",
        "issuer_mismatch",
        "Another tid before another aud",
        iss=of(x),
        tid=y,
        aud="x",
    )
    case("order-exp", "expired", "An old exp before a missing tid", iss=of(x), exp=ISSUED)
    case("order-iss", "issuer_mismatch", "Another iss before a tid of a wrong type", iss=A, tid=5)
    case("list-first", "ok", "In a list of issuers: the first entry", "list", iss=of(x), tid=x)
    case(
        "list-unlisted",
        "issuer_mismatch",
        "Each entry has its own tenants",
        "list",
        iss=of(y),
        tid=y,
    )
    case(
        "list-second",
        "ok",
        "The second entry",
        "list",
        key="other",
        iss=of(y).replace("v2.0", "v1.0"),
        tid=y,
    )
    case(
        "list-second-first-key",
        "signature_invalid",
        "The second entry, signed with the first's key",
        "list",
        iss=of(y).replace("v2.0", "v1.0"),
        tid=y,
    )
    case(
        "list-third",
        "ok",
        "The third entry",
        "list",
        key="other",
        kid="o",
        iss=f"https://sts.windows.net/{y}/",
        tid=y,
    )
    case(
        "list-third-tid",
        "issuer_mismatch",
        "The third entry with another tid",
        "list",
        key="other",
        kid="o",
        iss=f"https://sts.windows.net/{y}/",
        tid=x,
    )
    case("list-no-tid", "claim_missing", "The first entry without tid", "list", iss=of(x))
    return theme


def standards_theme():
    def named(slug):
        _, algorithm, key, _ = published.TOKENS[slug]
        issuer = "joe" if slug in ("7515-a1", "7515-a2", "7515-a3") else None
        return policy(algorithms=[algorithm], issuer=issuer, audience=None, keys=[key])

    theme = Theme(
        "standards",
        "Tokens that standards publish",
        ["RFC 7515 appendix A", "RFC 7520 section 4", "RFC 8037 appendix A.4"],
        {slug: named(slug) for slug in published.TOKENS},
    )
    for slug, (where, algorithm, _, made) in published.TOKENS.items():
        head, payload, signature = made.split(".")
        if slug in ("7515-a1", "7515-a2", "7515-a3"):
            theme.case(
                slug,
                "ok",
                f"{where}: {algorithm}, one second before exp",
                made,
                policy=slug,
                now=1300819379,
                any_now=False,
            )
            theme.case(
                f"{slug}-expired",
                "expired",
                f"{where}: today it is long expired",
                made,
                policy=slug,
            )
        else:
            theme.case(
                slug,
                "claims_invalid",
                f"{where}: {algorithm}; the signature is right and the payload no claims set",
                made,
                policy=slug,
            )
        octets_ = bytearray(decode(signature))
        octets_[len(octets_) // 2] ^= 1
        theme.case(
            f"{slug}-signature",
            "signature_invalid",
            "A bit of the signature flipped",
            f"{head}.{payload}.{b64(bytes(octets_))}",
            policy=slug,
        )
        theme.case(
            f"{slug}-payload",
            "signature_invalid",
            "A bit of the payload flipped",
            f"{head}.{b64(flip(decode(payload), 0))}.{signature}",
            policy=slug,
        )
    return theme


THEMES = (issuers_theme, tenants_theme, standards_theme)
