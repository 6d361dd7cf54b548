"""Cases of the edge layer: where a token stands, what goes on to the origin, which rule judges."""

from .edge_parts import EXPIRED, FORGED, GOOD, EdgeTheme, ask, changed, entries, grant
from .parts import (
    ABSENT,
    AUDIENCE,
    EXPIRATION,
    NOW,
    SECRETS,
    Raw,
    claims,
    header,
    jwk,
    policy,
    token,
    token_of_size,
)

EVENT = "Amazon CloudFront Developer Guide, Lambda@Edge event structure"


def sources_theme():
    theme = EdgeTheme(
        "sources",
        "Where a token stands in a request",
        ["docs/edge.md, Sources", "RFC 6750 section 2", "RFC 9113 section 8.2.3"],
        {
            "cookie": policy(sources=[{"cookie": "session"}]),
            "cookie-first": policy(sources=[{"cookie": "session", "repeated": "first"}]),
            "query": policy(sources=[{"query": "access_token"}]),
            "header": policy(sources=[{"header": "x-token"}]),
            "scheme": policy(sources=[{"header": "x-token", "scheme": "JWT"}]),
            "bare": policy(sources=[{"header": "authorization", "scheme": None}]),
            "three": policy(
                sources=[
                    {"header": "authorization"},
                    {"cookie": "session"},
                    {"query": "access_token"},
                ]
            ),
            "backwards": policy(
                sources=[
                    {"query": "access_token"},
                    {"cookie": "session"},
                    {"header": "authorization"},
                ]
            ),
            "strip": policy(
                sources=[
                    {"header": "authorization", "strip": True},
                    {"header": "x-token", "strip": True},
                    {"cookie": "session", "strip": True, "repeated": "first"},
                    {"cookie": "old", "strip": True},
                    {"query": "access_token", "strip": True},
                    {"query": "jwt", "strip": True},
                ]
            ),
            "strip-cookie": policy(
                sources=[{"cookie": "session", "strip": True}, {"header": "authorization"}]
            ),
            "strip-public": policy(
                sources=[
                    {"header": "authorization", "strip": True},
                    {"cookie": "session", "strip": True},
                    {"query": "access_token", "strip": True},
                ],
                routes=[{"path": "/open/**", "access": "public"}, {"path": "/**"}],
            ),
            "no-edge-member-but-mode": policy(mode="enforce"),
        },
    )

    def case(slug, wanted, comment, event, policy):
        theme.case(slug, wanted, comment, event, policy=policy)

    # Without sources: the Authorization header, scheme Bearer.
    plain = "no-edge-member-but-mode"
    case("default", "ok", "Without sources: Authorization, Bearer", ask(bearer=GOOD), plain)
    case("default-absent", "credential_missing", "No credential", ask(), plain)
    case(
        "default-cookie",
        "credential_missing",
        "Without sources no cookie and no query is read",
        ask(query=f"access_token={GOOD}", cookie=f"session={GOOD}"),
        plain,
    )
    case(
        "default-lower-case",
        "ok",
        "The scheme is compared without case",
        ask(authorization=f"bEARER {GOOD}"),
        plain,
    )

    # A header.
    case("header", "ok", "The value is the token", ask(x_token=GOOD), "header")
    case("header-absent", "credential_missing", "Not there", ask(), "header")
    case(
        "header-other",
        "credential_missing",
        "Authorization is no source of this policy",
        ask(bearer=GOOD),
        "header",
    )
    case("header-empty", "credential_malformed", "An empty value", ask(x_token=""), "header")
    case(
        "header-repeated",
        "credential_malformed",
        "Twice, though equal",
        ask(x_token=[GOOD, GOOD]),
        "header",
    )
    case(
        "header-bearer",
        "token_malformed",
        "A scheme where none is wanted belongs to the value",
        ask(x_token=f"Bearer {GOOD}"),
        "header",
    )
    case(
        "header-space-after",
        "token_malformed",
        "A space behind the token",
        ask(x_token=f"{GOOD} "),
        "header",
    )
    case("scheme", "ok", "A scheme of the policy", ask(x_token=f"JWT {GOOD}"), "scheme")
    case("scheme-lower", "ok", "without case", ask(x_token=f"jwt {GOOD}"), "scheme")
    case("scheme-spaces", "ok", "and several spaces", ask(x_token=f"JWT   {GOOD}"), "scheme")
    case(
        "scheme-other",
        "credential_missing",
        "Another scheme is nothing",
        ask(x_token=f"Bearer {GOOD}"),
        "scheme",
    )
    case("scheme-none", "credential_missing", "No scheme", ask(x_token=GOOD), "scheme")
    case("scheme-alone", "credential_malformed", "A scheme alone", ask(x_token="JWT"), "scheme")
    case("scheme-space", "credential_malformed", "and a space", ask(x_token="JWT "), "scheme")
    case(
        "scheme-longer",
        "credential_missing",
        "A scheme that begins with it",
        ask(x_token=f"JWTs {GOOD}"),
        "scheme",
    )
    case(
        "scheme-tab",
        "credential_missing",
        "A tab ends no scheme",
        ask(x_token=f"JWT\t{GOOD}"),
        "scheme",
    )
    case("bare", "ok", "scheme null: the value alone", ask(authorization=GOOD), "bare")
    case(
        "bare-bearer",
        "token_malformed",
        "scheme null: Bearer belongs to the value",
        ask(bearer=GOOD),
        "bare",
    )

    # A cookie.
    case("cookie", "ok", "One cookie", ask(cookie=f"session={GOOD}"), "cookie")
    case("cookie-absent", "credential_missing", "No Cookie header", ask(), "cookie")
    case(
        "cookie-others",
        "credential_missing",
        "Other cookies",
        ask(cookie="a=1; sessions=2; xsession=3"),
        "cookie",
    )
    case(
        "cookie-among-others",
        "ok",
        "Among others",
        ask(cookie=f"a=1; b=session=2; session={GOOD}; c=3"),
        "cookie",
    )
    case(
        "cookie-no-space",
        "ok",
        "Without spaces between",
        ask(cookie=f"a=1;session={GOOD};c=3"),
        "cookie",
    )
    case(
        "cookie-spaces-around",
        "ok",
        "Spaces around name and value",
        ask(cookie=f"a=1;  session = {GOOD} ; c=3"),
        "cookie",
    )
    case(
        "cookie-case",
        "credential_missing",
        "Names are compared with case",
        ask(cookie=f"Session={GOOD}"),
        "cookie",
    )
    case("cookie-empty", "credential_malformed", "Empty", ask(cookie="session="), "cookie")
    case("cookie-name", "credential_malformed", "A name alone", ask(cookie="session"), "cookie")
    case(
        "cookie-quoted",
        "token_malformed",
        "Quotation marks belong to the value",
        ask(cookie=f'session="{GOOD}"'),
        "cookie",
    )
    case(
        "cookie-equals",
        "token_malformed",
        "A second = belongs to the value",
        ask(cookie=f"session={GOOD}=1"),
        "cookie",
    )
    case(
        "cookie-two-headers",
        "ok",
        "Several Cookie headers are one list",
        ask(cookie=["a=1", f"session={GOOD}", "b=2"]),
        "cookie",
    )
    case(
        "cookie-two-headers-both",
        "credential_malformed",
        "The name in two of them",
        ask(cookie=[f"session={GOOD}", f"session={GOOD}"]),
        "cookie",
    )
    case(
        "cookie-twice",
        "credential_malformed",
        "The name twice",
        ask(cookie=f"session={GOOD}; session={GOOD}"),
        "cookie",
    )
    case(
        "cookie-twice-second-empty",
        "credential_malformed",
        "The name twice, once empty",
        ask(cookie=f"session={GOOD}; session="),
        "cookie",
    )
    case(
        "cookie-first",
        "ok",
        "repeated first: the first counts",
        ask(cookie=f"session={GOOD}; session=x"),
        "cookie-first",
    )
    case(
        "cookie-first-bad",
        "token_malformed",
        "repeated first: also when it is the bad one",
        ask(cookie=f"session=x; session={GOOD}"),
        "cookie-first",
    )
    case(
        "cookie-first-empty",
        "credential_malformed",
        "repeated first: also when it is empty",
        ask(cookie=f"session=; session={GOOD}"),
        "cookie-first",
    )
    case(
        "cookie-first-headers",
        "ok",
        "repeated first: over several headers",
        ask(cookie=["a=1", f"session={GOOD}", "session=x"]),
        "cookie-first",
    )
    case(
        "cookie-malformed-entry",
        "credential_malformed",
        "One entry of several is no text",
        ask(raw={"cookie": [{"key": "Cookie", "value": f"session={GOOD}"}, {"key": "Cookie"}]}),
        "cookie",
    )
    case(
        "cookie-list-empty",
        "credential_missing",
        "An empty list",
        ask(raw={"cookie": []}),
        "cookie",
    )
    case("cookie-forged", "signature_invalid", "Forged", ask(cookie=f"session={FORGED}"), "cookie")

    # The query.
    case("query", "ok", "One parameter", ask(query=f"access_token={GOOD}"), "query")
    case("query-absent", "credential_missing", "No query", ask(), "query")
    case("query-not-there", "credential_missing", "null", ask(query=None), "query")
    case("query-missing", "credential_missing", "No member", ask(query=ABSENT), "query")
    case("query-number", "credential_malformed", "A number", ask(query=5), "query")
    case(
        "query-among-others",
        "ok",
        "Among others",
        ask(query=f"a=access_token&access_token={GOOD}&b"),
        "query",
    )
    case(
        "query-twice",
        "credential_malformed",
        "Twice",
        ask(query=f"access_token={GOOD}&access_token={GOOD}"),
        "query",
    )
    case("query-empty", "credential_malformed", "Empty", ask(query="access_token="), "query")
    case("query-name", "credential_malformed", "A name alone", ask(query="access_token"), "query")
    case(
        "query-case",
        "credential_missing",
        "Names are compared with case",
        ask(query=f"Access_Token={GOOD}"),
        "query",
    )
    case(
        "query-encoded-name",
        "credential_missing",
        "Nothing is decoded: another name",
        ask(query=f"access%5Ftoken={GOOD}"),
        "query",
    )
    case(
        "query-encoded-value",
        "token_malformed",
        "Nothing is decoded: no token",
        ask(query=f"access_token={GOOD.replace('.', '%2E')}"),
        "query",
    )
    case(
        "query-semicolon",
        "token_malformed",
        "A semicolon parts nothing",
        ask(query=f"access_token={GOOD};a=1"),
        "query",
    )

    # Order: the first that carries anything decides.
    bad = "not.a.token"
    for slug, wanted, comment, event in (
        ("header", "ok", "The header", ask(bearer=GOOD)),
        ("cookie", "ok", "The cookie", ask(cookie=f"session={GOOD}")),
        ("query", "ok", "The query", ask(query=f"access_token={GOOD}")),
        ("none", "credential_missing", "Nothing anywhere", ask(query="a=1", cookie="b=2")),
        (
            "header-wins",
            "ok",
            "The header, whatever else is there",
            ask(bearer=GOOD, cookie=f"session={bad}", query=f"access_token={bad}"),
        ),
        (
            "header-decides",
            "signature_invalid",
            "A forged token in the header, a good one in the cookie",
            ask(bearer=FORGED, cookie=f"session={GOOD}"),
        ),
        (
            "header-malformed",
            "credential_malformed",
            "A scheme alone in the header, a good token in the cookie",
            ask(authorization="Bearer", cookie=f"session={GOOD}"),
        ),
        (
            "header-repeated",
            "credential_malformed",
            "Two headers, a good token in the cookie",
            ask(authorization=["Basic YTpi", f"Bearer {GOOD}"], cookie=f"session={GOOD}"),
        ),
        (
            "header-basic",
            "ok",
            "Another scheme is nothing there: the cookie",
            ask(authorization="Basic YTpi", cookie=f"session={GOOD}"),
        ),
        (
            "header-empty",
            "credential_malformed",
            "An empty header is one",
            ask(authorization="", cookie=f"session={GOOD}"),
        ),
        (
            "cookie-decides",
            "expired",
            "An expired token in the cookie, a good one in the query",
            ask(cookie=f"session={EXPIRED}", query=f"access_token={GOOD}"),
        ),
        (
            "cookie-empty",
            "credential_malformed",
            "An empty cookie, a good token in the query",
            ask(cookie="session=", query=f"access_token={GOOD}"),
        ),
    ):
        case(f"order-{slug}", wanted, comment, event, "three")
    case(
        "backwards-query",
        "ok",
        "The policy's order, not ours: the query first",
        ask(bearer=FORGED, cookie=f"session={bad}", query=f"access_token={GOOD}"),
        "backwards",
    )
    case(
        "backwards-cookie",
        "token_malformed",
        "then the cookie",
        ask(bearer=GOOD, cookie=f"session={bad}"),
        "backwards",
    )
    case("backwards-header", "ok", "then the header", ask(bearer=GOOD), "backwards")

    # Sizes.
    case(
        "cookie-token-16384",
        "ok",
        "A token of 16,384 bytes",
        ask(cookie=f"session={token_of_size(16384)}"),
        "cookie",
    )
    case(
        "cookie-token-16385",
        "token_too_large",
        "A token of 16,385 bytes",
        ask(cookie=f"session={'x' * 16385}"),
        "cookie",
    )
    case(
        "header-16449",
        "token_too_large",
        "A header of 16,449 bytes, whatever it holds",
        ask(authorization="Basic " + "x" * 16443),
        "three",
    )

    # Taken out before the request goes on.
    for slug, comment, event in (
        ("header", "The header", ask(bearer=GOOD, accept="*/*")),
        ("second-header", "The second header", ask(x_token=GOOD)),
        ("cookie-alone", "The only cookie: no header is left", ask(cookie=f"session={GOOD}")),
        (
            "cookie-first",
            "The first cookie",
            ask(cookie=f"session={GOOD}; a=1;b=2;  c=3"),
        ),
        ("cookie-middle", "In the middle", ask(cookie=f"a=1; session={GOOD}; b=2")),
        ("cookie-last", "The last", ask(cookie=f"a=1;session={GOOD}")),
        (
            "cookie-every",
            "Every one of the name",
            ask(cookie=f"session={GOOD}; a=1; session=x; session"),
        ),
        (
            "cookie-two-names",
            "Every source of the policy, whichever decided",
            ask(cookie=f"old={GOOD}; session={GOOD}; older=1"),
        ),
        (
            "cookie-headers",
            "Several headers become one",
            ask(cookie=["a=1", f"session={GOOD}", "b=2"]),
        ),
        ("cookie-empty-parts", "Empty parts go", ask(cookie=f";; a=1; ;session={GOOD};")),
        ("query-alone", "The only parameter", ask(query=f"access_token={GOOD}")),
        ("query-first", "The first", ask(query=f"access_token={GOOD}&a=1&b=%20")),
        ("query-last", "The last", ask(query=f"a=1&access_token={GOOD}")),
        ("query-middle", "In the middle", ask(query=f"a=1&access_token={GOOD}&a=1")),
        ("query-two-names", "Both names", ask(query=f"jwt=x&a=1&access_token={GOOD}")),
        (
            "everywhere",
            "In three places",
            ask(bearer=GOOD, cookie=f"session={GOOD}; a=1", query=f"access_token={GOOD}&b=2"),
        ),
        (
            "other-spelling",
            "The header in another spelling, which an origin may take for it",
            ask(bearer=GOOD, raw={"x_token": entries("X_Token", GOOD)}),
        ),
    ):
        case(f"strip-{slug}", "ok", comment, event, "strip")
    case(
        "strip-denied",
        "signature_invalid",
        "What does not pass is not changed",
        ask(bearer=FORGED),
        "strip",
    )
    case(
        "strip-cookie-only",
        "ok",
        "Only sources that say so: the header stays",
        ask(bearer=GOOD, cookie="a=1"),
        "strip-cookie",
    )
    case(
        "strip-untouched-cookies",
        "ok",
        "Without the cookie nothing is rewritten, several headers stay several",
        ask(bearer=GOOD, cookie=["a=1;b=2", ";c"], query="x=1&&y"),
        "strip-cookie",
    )
    case(
        "strip-public",
        "ok",
        "On a public path as well, though nobody looked at the token",
        ask(
            "/open/a",
            bearer=FORGED,
            cookie=f"session={GOOD}; a=1",
            query=f"b=1&access_token={GOOD}",
        ),
        "strip-public",
    )
    case(
        "strip-public-nothing",
        "ok",
        "Nothing to take out",
        ask("/open/a", cookie="a"),
        "strip-public",
    )
    return theme


def claim_headers_theme():
    mapped = {
        "x-user": "sub",
        "x-name": "name",
        "x-roles": "roles",
        "x-level": "level",
        "x-admin": "admin",
    }
    theme = EdgeTheme(
        "claim-headers",
        "Claims of a token that passed, as headers for the origin",
        ["docs/edge.md, Claims as headers", "RFC 9110 section 5.5"],
        {
            "mapped": policy(claim_headers=mapped),
            "routed": policy(
                claim_headers=mapped,
                routes=[{"path": "/open/**", "access": "public"}, {"path": "/**"}],
            ),
            "underscore": policy(
                claim_headers={"x_user": "sub"},
                routes=[{"path": "/open/**", "access": "public"}, {"path": "/**"}],
            ),
            "twice": policy(claim_headers={"x-user": "sub", "x-subject": "sub"}),
            "odd": policy(
                claim_headers={"x-odd": "https://claims.example/id", "x-empty-name": " "}
            ),
        },
    )

    def value(slug, comment, **members):
        theme.case(
            f"value-{slug}", "ok", comment, ask(bearer=token(claims(**members))), policy="mapped"
        )

    value("string", "Only sub is there")
    value("all", "All of them", name="A B", roles=["a", "b"], level=3, admin=True)
    value("no-sub", "None of them", sub=ABSENT)
    for slug, comment, made in (
        ("string-one", "One character", "x"),
        ("string-printable", "All of printable ASCII", "".join(map(chr, range(0x21, 0x7F)))),
        ("string-space-inside", "A space inside", "Ada Lovelace"),
        ("string-comma", "A comma in a string", "Lovelace, Ada"),
        ("string-quotes", "Quotation marks and backslashes", 'say "\\" twice'),
        ("string-empty", "Empty: not told", ""),
        ("string-space", "A space alone: not told", " "),
        ("string-space-before", "A space before: not told", " x"),
        ("string-space-after", "A space behind: not told", "x "),
        ("string-tab", "A tab: not told", "a\tb"),
        ("string-newline", "A line break: not told", "a\r\nx-admin: true"),
        ("string-nul", "A NUL: not told", "a\0b"),
        ("string-delete", "The last control character: not told", "a\x7f"),
        ("string-latin", "Beyond ASCII: not told", "Ren\u00e9"),
        ("string-emoji", "Beyond the plane: not told", "\U0001f512"),
        ("string-1024", "1,024 bytes", "x" * 1024),
        ("string-1025", "1,025 bytes: not told", "x" * 1025),
        ("number", "A number", 5),
        ("number-negative", "A negative number", -17),
        ("number-written", "A number as it is written", Raw("1.50e+3")),
        ("number-large", "A number beyond a double", Raw("9" * 400)),
        ("number-1025", "Too many digits: not told", Raw("9" * 1025)),
        ("true", "true", True),
        ("false", "false", False),
        ("null", "null: not told", None),
        ("object", "An object: not told", {"a": "b"}),
        ("list", "A list of strings", ["a", "b c", "d"]),
        ("list-one", "of one", ["a"]),
        ("list-empty", "An empty list: not told", []),
        ("list-empty-entry", "An empty entry between", ["a", "", "b"]),
        ("list-empty-alone", "Nothing but an empty entry: not told", [""]),
        ("list-comma", "A comma in an entry would make two: not told", ["a,b", "c"]),
        ("list-numbers", "Numbers: not told", [1, 2]),
        ("list-mixed", "One that is no string: not told", ["a", 1]),
        ("list-nested", "A list in a list: not told", [["a"]]),
        ("list-control", "A line break in an entry: not told", ["a", "b\nc"]),
        ("list-space", "A space at the end of the last entry: not told", ["a", "b "]),
        ("list-1024", "1,024 bytes with the comma", ["x" * 511, "y" * 512]),
        ("list-1025", "1,025 bytes with the comma: not told", ["x" * 512, "y" * 512]),
        ("escaped", "Escapes are decoded", Raw('"\\u0041\\/B"')),
        ("escaped-newline", "also a line break: not told", Raw('"a\\nb"')),
        ("list-escaped", "in a list as well", Raw('["\\u0061" , "b\\"c"]')),
        ("list-escaped-comma", "and a comma: not told", Raw('["a\\u002cb"]')),
    ):
        value(slug, comment, name=made)

    # What a client sends under these names goes, whether or not something takes its place.
    spoofed = {
        "plain": {"x-user": entries("X-User", "root")},
        "upper": {"X-User": entries("X-User", "root")},
        "shouted": {"X-USER": entries("X-USER", "root")},
        "underscore": {"x_user": entries("x_user", "root")},
        "underscore-upper": {"X_User": entries("X_User", "root")},
        "several": {"x-user": entries("X-User", ["root", "admin"])},
        "all": {
            "x-user": entries("X-User", "root"),
            "x_user": entries("X_User", "root"),
            "X-ADMIN": entries("X-ADMIN", "true"),
            "x_level": entries("x_level", "9"),
        },
    }
    for slug, raw in spoofed.items():
        for where, event, name in (
            ("token", ask(bearer=GOOD, raw=raw), "mapped"),
            ("no-sub", ask(bearer=token(claims(sub=ABSENT)), raw=raw), "mapped"),
            ("public", ask("/open/a", raw=raw), "routed"),
            ("public-token", ask("/open/a", bearer=GOOD, raw=raw), "routed"),
        ):
            comments = {
                "token": "replaced by the token's",
                "no-sub": "removed, though the token has none to take its place",
                "public": "removed on a public path",
                "public-token": "removed on a public path; the token there is not looked at",
            }
            theme.case(
                f"spoofed-{slug}-{where}",
                "ok",
                f"x-user of the client ({slug}): {comments[where]}",
                event,
                policy=name,
            )
    for slug, raw in (
        ("longer", {"x-username": entries("X-Username", "kept")}),
        ("shorter", {"x-use": entries("X-Use", "kept")}),
        ("joined", {"xuser": entries("XUser", "kept")}),
        ("dot", {"x.user": entries("X.User", "kept")}),
    ):
        theme.case(
            f"other-{slug}",
            "ok",
            "Another name stays",
            ask("/open/a", raw=raw),
            policy="routed",
        )
    for slug, raw in (
        ("as-written", {"x_user": entries("x_user", "root")}),
        ("hyphen", {"x-user": entries("X-User", "root")}),
        ("upper", {"X_USER": entries("X_USER", "root")}),
    ):
        for where, event in (
            ("public", ask("/open/a", raw=raw)),
            ("token", ask(bearer=GOOD, raw=raw)),
            ("no-sub", ask(bearer=token(claims(sub=ABSENT)), raw=raw)),
        ):
            theme.case(
                f"underscore-{slug}-{where}",
                "ok",
                "The policy itself writes the name with an underscore",
                event,
                policy="underscore",
            )
    theme.case(
        "denied",
        "credential_missing",
        "What does not pass is not changed",
        ask(x_user="root"),
        policy="mapped",
    )
    theme.case("same-claim", "ok", "One claim for two headers", ask(bearer=GOOD), policy="twice")
    theme.case(
        "odd-claims",
        "ok",
        "Claims of any name",
        ask(bearer=token(claims(**{"https://claims.example/id": "7", " ": "space"}))),
        policy="odd",
    )
    return theme


A, B = "https://a.example/", "https://b.example/"


def issued(issuer, **members):
    """A token of one of two issuers, each with its own key."""
    name = "other" if issuer == B else "main"
    return token(claims(iss=issuer, **members), header(kid=name), key=SECRETS[name])


def routes_theme():
    scope = {"scope": {"all_of": ["admin"]}}
    entry = {"algorithms": ["HS256"], "audience": AUDIENCE}
    theme = EdgeTheme(
        "routes",
        "Which rule judges a request",
        ["docs/edge.md, Routes", "RFC 9110 section 9.3.2"],
        {
            "site": policy(
                routes=[
                    {"path": "/**"},
                    {"path": "/", "access": "public"},
                    {"path": "/public/**", "access": "public"},
                    {"path": "/admin/**", "require": scope},
                    {"path": "/admin/internal/**", "access": "deny"},
                    {"path": "/users/*"},
                    {"path": "/users/me", "access": "public"},
                    {"path": "/users/*/avatar", "access": "public"},
                    {"path": "/*/status", "access": "public"},
                ]
            ),
            "methods": policy(
                routes=[
                    {"path": "/items", "methods": ["GET"], "access": "public"},
                    {"path": "/items", "methods": ["POST", "PUT"], "require": scope},
                    {"path": "/items", "methods": ["DELETE"], "access": "deny"},
                    {"path": "/left", "methods": ["GET"], "access": "public"},
                    {"path": "/left"},
                    {"path": "/only", "methods": ["POST"], "access": "public"},
                    {"path": "/head", "methods": ["HEAD"], "access": "public"},
                    {"path": "/**", "access": "public"},
                ]
            ),
            "closed": policy(routes=[{"path": "/a"}, {"path": "/b/*"}, {"path": "/c/**"}]),
            "slash": policy(
                routes=[
                    {"path": "/with/", "access": "public"},
                    {"path": "/without", "access": "public"},
                    {"path": "/rest/**", "access": "public"},
                    {"path": "/one/*", "access": "public"},
                ]
            ),
            "deep": policy(
                routes=[
                    {"path": "/*/*/*", "access": "public"},
                    {"path": "/a/**"},
                    {"path": "/a/*/c", "access": "deny"},
                    {"path": "/*/b/c", "access": "deny"},
                    {"path": "/a/b/**", "access": "public"},
                ]
            ),
            "issuers": {
                "issuers": [
                    {**entry, "issuer": A, "keys": [jwk("main", "main")]},
                    {
                        **entry,
                        "issuer": B,
                        "keys": [jwk("other", "other")],
                        "require": {"present": ["sub"]},
                    },
                ],
                "routes": [
                    {"path": "/any"},
                    {"path": "/a", "issuers": [A]},
                    {"path": "/b", "issuers": [B], "require": scope},
                    {"path": "/both", "issuers": [B, A]},
                ],
            },
            "require": policy(
                require={"scope": {"any_of": ["read", "admin"]}},
                routes=[
                    {"path": "/plain"},
                    {"path": "/admin", "require": scope},
                    {"path": "/claim", "require": {"claims": {"tier": "gold"}}},
                    {"path": "/present", "require": {"present": ["email"]}},
                    {"path": "/roles", "require": {"roles": {"any_of": ["x", "y"]}}},
                    {
                        "path": "/all",
                        "require": {**scope, "claims": {"tier": "gold"}, "present": ["email"]},
                    },
                    {"path": "/open", "access": "public"},
                ],
            ),
            "case-alone": policy(
                routes=[{"path": "/A", "access": "public"}, {"path": "/a"}, {"path": "/b"}]
            ),
        },
    )

    def case(slug, wanted, comment, event, policy):
        theme.case(slug, wanted, comment, event, policy=policy)

    def site(slug, wanted, comment, uri, bearer=None, policy="site", **members):
        case(slug, wanted, comment, ask(uri, bearer=bearer, **members), policy)

    admin = grant("admin")
    site("root", "ok", "The root alone is public", "/")
    site("rest", "credential_missing", "Everything else wants a token", "/x")
    site("rest-token", "ok", "and takes one", "/x", GOOD)
    site("rest-deep", "credential_missing", "at any depth", "/x/y/z")
    site("public", "ok", "Public", "/public/style.css")
    site("public-itself", "ok", "** also stands for nothing", "/public")
    site("public-deep", "ok", "and for many", "/public/a/b/c/d")
    site("public-bad-token", "ok", "Nobody looks at a token there", "/public/a", FORGED)
    site("public-near", "credential_missing", "A longer segment is another", "/publics/a")
    site("public-under", "credential_missing", "Only from the root", "/x/public/a")
    site("admin", "ok", "A route's own requirement", "/admin/x", admin)
    site("admin-lacking", "scope_insufficient", "not met", "/admin/x", GOOD)
    site("admin-none", "credential_missing", "no token", "/admin")
    site("admin-forged", "signature_invalid", "forged", "/admin/x", FORGED)
    site("deny", "route_denied", "Nobody passes", "/admin/internal/x", admin)
    site("deny-itself", "route_denied", "nor there", "/admin/internal")
    site("deny-near", "scope_insufficient", "The next segment over", "/admin/internals", GOOD)
    site("star", "credential_missing", "One segment", "/users/7")
    site("star-written", "ok", "A written segment before *", "/users/me")
    site("star-middle", "ok", "* in the middle", "/users/7/avatar")
    site("star-middle-me", "ok", "also where * ends a nearer rule", "/users/me/avatar")
    site("star-too-deep", "credential_missing", "One segment, not two", "/users/7/x")
    site("star-first", "ok", "* first", "/x/status")
    site(
        "star-first-users",
        "credential_missing",
        "A written segment wins left to right",
        "/users/status",
    )
    site("star-first-public", "ok", "** behind a written segment as well", "/public/status")
    site("star-itself", "credential_missing", "A path with a star in it is no pattern", "/users/*")
    site("star-word", "ok", "but any one segment", "/%2A/status")

    for slug, uri in (
        ("nothing", "/"),
        ("unknown", "/d"),
        ("prefix", "/aa"),
        ("below", "/a/x"),
        ("above", "/b"),
        ("two-deep", "/b/x/y"),
    ):
        site(
            f"closed-{slug}",
            "route_not_found",
            "What no route is for is denied",
            uri,
            GOOD,
            "closed",
        )
    site("closed-a", "ok", "A route for it", "/a", GOOD, "closed")
    site("closed-b", "ok", "A route for it", "/b/x", GOOD, "closed")
    site("closed-c", "ok", "A route for it", "/c/x/y", GOOD, "closed")

    for slug, uri in (
        ("with-with", "/with/"),
        ("with-without", "/with"),
        ("without-with", "/without/"),
        ("without-without", "/without"),
        ("rest-with", "/rest/"),
        ("rest-deep-with", "/rest/a/b/"),
        ("one-with", "/one/a/"),
    ):
        site(f"slash-{slug}", "ok", "A slash at the end never matters", uri, policy="slash")
    site("slash-one", "route_not_found", "It is no segment for *", "/one/", policy="slash")
    site("slash-two", "path_ambiguous", "Two of them are none", "/rest//", policy="slash")

    def method(slug, wanted, uri, name, bearer=None, comment=None):
        case(
            f"method-{slug}",
            wanted,
            comment or f"{name} {uri}",
            ask(uri, bearer=bearer, method=name),
            "methods",
        )

    method("get", "ok", "/items", "GET")
    method("head", "ok", "/items", "HEAD", comment="GET stands for HEAD")
    method("post", "credential_missing", "/items", "POST")
    method("post-token", "scope_insufficient", "/items", "POST", GOOD)
    method("post-admin", "ok", "/items", "POST", admin)
    method("put-admin", "ok", "/items", "PUT", admin)
    method("delete", "route_denied", "/items", "DELETE", admin)
    method("patch", "route_not_found", "/items", "PATCH", admin, "Nothing less specific is tried")
    method("options", "route_not_found", "/items", "OPTIONS", None, "OPTIONS is a method")
    method("lower", "route_not_found", "/items", "get", None, "Methods are compared with case")
    method("empty", "route_not_found", "/items", "", None, "An empty method")
    method("trace", "route_not_found", "/items", "TRACE")
    method("left-get", "ok", "/left", "GET")
    method("left-head", "ok", "/left", "HEAD")
    method("left-post", "credential_missing", "/left", "POST", None, "What those before leave")
    method("left-any", "ok", "/left", "MYMETHOD", GOOD, "any method at all")
    method("only-get", "route_not_found", "/only", "GET")
    method("only-head", "route_not_found", "/only", "HEAD")
    method("only-post", "ok", "/only", "POST")
    method("head-head", "ok", "/head", "HEAD")
    method("head-get", "route_not_found", "/head", "GET", None, "HEAD does not stand for GET")
    method("below", "ok", "/items/1", "PATCH", None, "Another path")

    site("deep-written", "ok", "/a/b/** before /a/*/c", "/a/b/c", policy="deep")
    site("deep-star", "route_denied", "/a/*/c before /a/**", "/a/x/c", policy="deep")
    site("deep-rest", "credential_missing", "/a/** before /*/*/*", "/a/x/y", policy="deep")
    site("deep-second", "route_denied", "/*/b/c before /*/*/*", "/x/b/c", policy="deep")
    site("deep-stars", "ok", "/*/*/* at last", "/x/y/z", policy="deep")
    site("deep-none", "route_not_found", "No other length", "/x/y", policy="deep")

    for slug, wanted, uri, issuer, members in (
        ("any-a", "ok", "/any", A, {}),
        ("any-b", "ok", "/any", B, {}),
        ("a-a", "ok", "/a", A, {}),
        ("a-b", "issuer_not_allowed", "/a", B, {}),
        ("b-a", "issuer_not_allowed", "/b", A, {"scope": "admin"}),
        ("b-b", "ok", "/b", B, {"scope": "admin"}),
        ("b-b-lacking", "scope_insufficient", "/b", B, {}),
        ("b-own-rule", "claim_missing", "/b", B, {"sub": ABSENT}),
        ("both-a", "ok", "/both", A, {}),
        ("both-b", "ok", "/both", B, {}),
        ("a-b-expired", "expired", "/a", B, {"exp": NOW - 1}),
        ("a-unknown", "issuer_mismatch", "/a", "https://c.example/", {}),
    ):
        case(
            f"issuer-{slug}",
            wanted,
            f"{uri} and a token of {issuer}",
            ask(uri, bearer=issued(issuer, **members)),
            "issuers",
        )
    case(
        "issuer-a-b-forged",
        "signature_invalid",
        "A token that only says that it is of the other issuer",
        ask("/a", bearer=issued(B)[:-4] + "AAAA"),
        "issuers",
    )

    gold = {"tier": "gold", "email": "a@b.example"}
    for slug, wanted, uri, bearer in (
        ("plain", "ok", "/plain", grant("read")),
        ("plain-lacking", "scope_insufficient", "/plain", grant("write")),
        ("both", "ok", "/admin", admin),
        ("route-only", "scope_insufficient", "/admin", grant("read")),
        ("issuer-first", "scope_insufficient", "/claim", grant("write", tier="tin")),
        ("claim", "ok", "/claim", grant("read", tier="gold")),
        ("claim-other", "claim_mismatch", "/claim", grant("read", tier="tin")),
        ("claim-missing", "claim_missing", "/claim", grant("read")),
        ("present", "ok", "/present", grant("read", email="x")),
        ("present-missing", "claim_missing", "/present", grant("read")),
        ("present-null", "claim_missing", "/present", grant("read", email=None)),
        ("roles", "ok", "/roles", grant("read", roles=["z", "y"])),
        ("roles-none", "scope_insufficient", "/roles", grant("read", roles=["z"])),
        ("all", "ok", "/all", grant("read", "admin", **gold)),
        ("all-but-scope", "scope_insufficient", "/all", grant("read", **gold)),
        ("all-but-claim", "claim_mismatch", "/all", grant("admin", **{**gold, "tier": "tin"})),
        ("open", "ok", "/open", grant("write")),
    ):
        case(
            f"require-{slug}",
            wanted,
            "The issuer's own requirements, and the route's beside them",
            ask(uri, bearer=bearer),
            "require",
        )

    site(
        "case-upper",
        "ok",
        "Patterns that differ in case alone: as written",
        "/A",
        None,
        "case-alone",
    )
    site("case-lower", "credential_missing", "and so is the other", "/a", None, "case-alone")
    site("case-other", "path_ambiguous", "A spelling of neither", "/B", None, "case-alone")
    site("expired", "expired", "A token that was good", "/x", EXPIRED)
    theme.case(
        "expired-later",
        "expired",
        "A token that is good no more",
        ask("/x", bearer=GOOD),
        policy="site",
        now=EXPIRATION,
    )
    return theme


def path_theme():
    routes = [
        {"path": "/admin/**", "access": "deny"},
        {"path": "/static/**", "access": "public"},
        {"path": "/exact", "access": "public"},
        {"path": "/caf\u00e9", "access": "public"},
        {"path": "/files/*/read", "access": "public"},
        {"path": "/Reports/**", "access": "public"},
        {"path": "/with%20space", "access": "public"},
        {"path": "/key/**", "access": "deny"},
    ]
    theme = EdgeTheme(
        "path-spellings",
        "A rule is not bypassed by another spelling of its path",
        ["docs/edge.md, Spellings", "RFC 3986 sections 3.3 and 6.2.2"],
        {
            "open": policy(routes=[*routes, {"path": "/**", "access": "public"}]),
            "closed": policy(routes=routes),
            "exact": policy(
                routes=[*routes, {"path": "/**", "access": "public"}], path_case="exact"
            ),
            "one": policy(routes=[{"path": "/**", "access": "public"}]),
            "none": policy(path_case="any"),
        },
    )

    def case(slug, wanted, comment, uri, policy="open"):
        theme.case(slug, wanted, comment, ask(uri), policy=policy)

    case("plain", "route_denied", "As it is written", "/admin/x")
    case("plain-open", "ok", "Another path", "/other/x")

    # More than one structure: refused, whatever the rules are.
    for slug, comment, uri in (
        ("empty", "Nothing", ""),
        ("no-slash", "No slash first", "admin/x"),
        ("star", "An asterisk, as OPTIONS has it", "*"),
        ("absolute", "A whole URL", "https://other.example/admin"),
        ("double-slash", "// at the beginning", "//admin/x"),
        ("double-slash-inside", "// inside", "/static//x"),
        ("double-slash-end", "// at the end", "/static/x//"),
        ("only-slashes", "// alone", "//"),
        ("dot", "A segment of one dot", "/./admin/x"),
        ("dot-end", "at the end", "/static/."),
        ("dots", "of two", "/static/../admin/x"),
        ("dots-end", "at the end", "/static/.."),
        ("dots-first", "first", "/../admin"),
        ("three-dots", "of three", "/.../admin"),
        ("encoded-dots", "encoded", "/static/%2e%2e/admin/x"),
        ("encoded-dots-upper", "with upper case digits", "/static/%2E%2E/admin/x"),
        ("half-encoded-dots", "half of it", "/static/.%2e/admin/x"),
        ("backslash", "A backslash", "/static\\..\\admin"),
        ("backslash-first", "as a browser reads //", "/\\admin"),
        ("encoded-backslash", "encoded", "/static/%5C..%5cadmin"),
        ("encoded-slash", "An encoded slash", "/static%2Fx"),
        ("encoded-slash-lower", "in lower case", "/static/..%2fadmin"),
        ("encoded-slash-first", "first", "%2Fadmin"),
        ("nul", "An encoded NUL", "/admin%00"),
        ("nul-inside", "inside", "/static/a%00b"),
        ("tab", "A tab", "/static/a\tb"),
        ("newline", "A line break", "/static/a\nb"),
        ("encoded-tab", "An encoded tab", "/%09admin"),
        ("encoded-newline", "An encoded line break", "/static/a%0Ab"),
        ("encoded-return", "An encoded CR", "/static/a%0D"),
        ("delete", "The last control character", "/static/%7F"),
        ("unit-separator", "The last of the first ones", "/static/%1F"),
        ("bare-percent", "A % alone", "/static/100%"),
        ("percent-one-digit", "with one digit", "/static/%4"),
        ("percent-letters", "with letters", "/static/%zz"),
        ("percent-u", "as JavaScript once wrote them", "/static/%u0061dmin"),
        ("percent-sign", "with a sign", "/static/%+1"),
        ("percent-space", "with a space", "/static/% 41"),
        ("twice", "Encoded twice", "/%2561dmin/x"),
        ("twice-slash", "a slash encoded twice", "/static/%252e%252e%252fadmin"),
        ("twice-upper", "the document's own", "/%2541"),
        ("thrice", "three times", "/%25252561dmin"),
        ("utf8-alone", "A continuation alone", "/static/%80"),
        ("utf8-cut", "A character that is cut", "/static/%C3"),
        ("utf8-overlong-slash", "A slash in two bytes", "/static/..%C0%AFadmin"),
        ("utf8-overlong-dot", "A dot in two bytes", "/static/%C0%AE%C0%AE/admin"),
        ("utf8-overlong-3", "A slash in three bytes", "/static/%E0%80%AF"),
        ("utf8-surrogate", "A surrogate", "/static/%ED%A0%80"),
        ("utf8-beyond", "Beyond the last", "/static/%F4%90%80%80"),
        ("utf8-latin", "Latin-1", "/caf%E9"),
        ("segments-257", "257 segments", "/a" * 257),
        ("bytes-8193", "8,193 bytes", "/static/" + "a" * 8185),
    ):
        case(f"structure-{slug}", "path_ambiguous", comment, uri)
        if slug in ("double-slash", "dots", "encoded-slash", "nul", "twice", "utf8-alone", "empty"):
            case(
                f"structure-{slug}-one",
                "path_ambiguous",
                f"{comment}, one rule for all",
                uri,
                "one",
            )
            case(f"structure-{slug}-exact", "path_ambiguous", f"{comment}, exact", uri, "exact")
    case("without-routes", "credential_missing", "Without routes no path is read", "//../%", "none")

    # One structure, more than one spelling.
    case("escaped", "route_denied", "Escapes are decoded", "/%61dmin/x")
    case("escaped-upper-digits", "ok", "Digits of either case", "/%73tatic/%6A%6a")
    case("escaped-all", "route_denied", "Every letter", "/%61%64%6d%69%6e")
    case("escaped-exact", "route_denied", "also where case decides", "/%61dmin", "exact")
    case("percent-kept", "ok", "A percent sign that begins nothing", "/static/100%25")
    case("percent-kept-more", "ok", "followed by what is no digit", "/static/100%25x")
    case("space", "ok", "A space inside", "/with%20space")
    case("plus", "ok", "A plus is a plus", "/static/a+b")
    case("unreserved", "ok", "Characters that need no escape", "/static/a-b_c~d.e")
    case("sub-delims", "ok", "and sub-delims", "/static/!$&'()*,=:@")
    case("dots-inside", "ok", "Dots inside a segment", "/static/a..b/.hidden")
    case("dots-before", "ok", "Dots before a name", "/static/..a/...b")
    case("segments-256", "ok", "256 segments", "/static" + "/a" * 255)
    case("bytes-8192", "ok", "8,192 bytes", "/static/" + "a" * 8184)
    case("not-ascii", "ok", "A letter beyond ASCII, encoded", "/caf%C3%A9")
    case("not-ascii-raw", "ok", "as it is", "/caf\u00e9")
    case("not-ascii-case", "ok", "Its case is not folded: another path", "/caf%C3%89")
    case("not-ascii-composed", "ok", "Nor are its forms", "/cafe%CC%81")
    case("not-ascii-closed", "route_not_found", "so it has no route", "/caf%C3%89", "closed")

    # The case of letters.
    case("case", "path_ambiguous", "An origin may fold case", "/ADMIN/x")
    case("case-one-letter", "path_ambiguous", "One letter", "/admiN/x")
    case("case-escaped", "path_ambiguous", "escaped", "/%41dmin/x")
    case("case-exact", "ok", "exact: it does not", "/ADMIN/x", "exact")
    case("case-exact-plain", "route_denied", "exact: as written", "/admin/x", "exact")
    case("case-below", "route_denied", "Below a ** it leads to the same rule", "/admin/X/Y")
    case("case-below-open", "ok", "and so it does elsewhere", "/Other/X")
    case("case-below-static", "ok", "in a public place", "/static/README.TXT")
    case("case-star", "ok", "for a *", "/files/ABC/read")
    case("case-star-around", "path_ambiguous", "but not around it", "/files/abc/Read")
    case("case-closed", "path_ambiguous", "A route in one reading alone", "/Exact", "closed")
    case("case-closed-none", "route_not_found", "A route in none", "/Nothing", "closed")
    case("case-pattern", "ok", "A pattern with capitals, as written", "/Reports/2026")
    case("case-pattern-lower", "path_ambiguous", "in lower case", "/reports/2026")
    case("case-pattern-lower-exact", "ok", "exact: another path", "/reports/2026", "exact")
    case("case-kelvin", "path_ambiguous", "The Kelvin sign folds to k", "/%E2%84%AAey/x")
    case(
        "case-dotless",
        "path_ambiguous",
        "A dotless i, which upper case makes an I",
        "/adm%C4%B1n/x",
    )
    case("case-long-s", "path_ambiguous", "A long s in static", "/%C5%BFtatic/x")
    case("case-long-s-below", "ok", "where it does not matter", "/static/%C5%BF")
    case("case-dotted", "path_ambiguous", "A capital I with a dot", "/adm%C4%B0n/x")
    case("case-greek", "ok", "Other letters stay", "/%CE%91dmin/x")

    # Parameters of a segment, an encoded query or fragment.
    case("parameter", "path_ambiguous", "Cut at ; it is another path", "/admin;x=1/y")
    case("parameter-encoded", "path_ambiguous", "encoded", "/admin%3Bx/y")
    case("parameter-alone", "path_ambiguous", "A segment that is lost", "/;x/admin")
    case("parameter-alone-end", "path_ambiguous", "at the end", "/static/;x")
    case("parameter-dots", "path_ambiguous", "Dots behind it come to light", "/static/..;/admin")
    case("parameter-below", "ok", "The same rule in all readings", "/static/a;v=1/b")
    case("parameter-below-deny", "route_denied", "to deny as well", "/admin/a;v=1/b")
    case("parameter-exact-path", "path_ambiguous", "A written path", "/exact;jsessionid=1")
    case("parameter-star", "path_ambiguous", "The whole path may end there", "/files/a;b/read")
    case("parameter-elsewhere", "ok", "Far from any rule", "/other/a;b")
    case("parameter-exact", "path_ambiguous", "also where case decides", "/admin;x", "exact")
    case("parameter-closed", "route_not_found", "no route in any reading", "/x;y", "closed")
    case("question", "path_ambiguous", "An encoded ?", "/admin%3Fx")
    case("question-raw", "path_ambiguous", "a plain one", "/admin?x")
    case("question-below", "ok", "where it does not matter", "/static/a%3Fb")
    case("question-deny", "route_denied", "or denies", "/admin/a%3Fb")
    case("question-then-slash", "path_ambiguous", "The rest is cut off", "/files/a%3Fb/read")
    case("question-first", "path_ambiguous", "A segment of it alone", "/static/x/%3F/../y")
    case("hash", "path_ambiguous", "An encoded #", "/admin%23x")
    case("hash-raw", "path_ambiguous", "a plain one", "/exact#x")
    case("hash-below", "ok", "where it does not matter", "/static/a%23b")
    case("hash-root", "route_not_found", "The root has no route either", "/%23admin", "closed")

    # Dots and spaces at the end of a segment.
    case("end-dot", "path_ambiguous", "A dot at the end", "/admin./x")
    case("end-dots", "path_ambiguous", "Several", "/admin.../x")
    case("end-space", "path_ambiguous", "A space at the end", "/admin%20/x")
    case("end-mixed", "path_ambiguous", "Both", "/admin.%20./x")
    case("end-last", "path_ambiguous", "At the end of the path", "/exact.")
    case("end-space-alone", "path_ambiguous", "A segment of spaces", "/static/%20/x")
    case("end-below", "ok", "where it does not matter", "/static/a./b%20")
    case("end-below-deny", "route_denied", "or denies", "/admin/a.")
    case("end-star", "ok", "for a *", "/files/a./read")
    case("end-star-around", "path_ambiguous", "but not around it", "/files./a/read")
    case("end-exact", "path_ambiguous", "also where case decides", "/admin.", "exact")
    case("end-case", "path_ambiguous", "together with case", "/ADMIN./x")
    case("end-parameter", "path_ambiguous", "and a parameter", "/ADMIN.;x/y")
    case("end-other-space", "ok", "A space beyond ASCII is a letter", "/static%C2%A0/x")
    case("end-other-closed", "route_not_found", "of another path", "/exact%C2%A0", "closed")
    case("begin-space", "ok", "A space at the beginning makes another path", "/%20admin")
    return theme


def malformed_theme():
    theme = EdgeTheme(
        "malformed-events",
        "Events that are none, or hold what no request has",
        ["docs/edge.md", EVENT],
        {
            "plain": policy(mode="enforce"),
            "every": policy(
                sources=[
                    {"header": "authorization", "strip": True},
                    {"cookie": "session"},
                    {"query": "access_token"},
                ],
                claim_headers={"x-user": "sub"},
            ),
            "routes": policy(routes=[{"path": "/open", "access": "public"}, {"path": "/**"}]),
            "cors": policy(
                cors={"origins": ["https://app.example"]},
                routes=[{"path": "/open", "access": "public"}, {"path": "/**"}],
            ),
        },
    )
    bad = "request_malformed"

    def case(slug, wanted, comment, event, policy="plain"):
        theme.case(slug, wanted, comment, event, policy=policy)

    good = ask(bearer=GOOD)
    case("good", "ok", "The event that others are changed from", good)
    for slug, made in (
        ("null", None),
        ("string", "event"),
        ("number", 5),
        ("array", [good]),
        ("empty", {}),
        ("records-null", {"Records": None}),
        ("records-empty", {"Records": []}),
        ("records-object", {"Records": {"0": good["Records"][0]}}),
        ("record-null", {"Records": [None]}),
        ("cf-missing", {"Records": [{}]}),
        ("cf-null", {"Records": [{"cf": None}]}),
        ("request-missing", {"Records": [{"cf": {}}]}),
        ("request-null", {"Records": [{"cf": {"request": None}}]}),
        ("request-array", {"Records": [{"cf": {"request": []}}]}),
        ("request-string", {"Records": [{"cf": {"request": "GET /"}}]}),
    ):
        for name in ("plain", "cors"):
            case(f"event-{slug}-{name}", bad, "No request of CloudFront", made, name)

    for member in ("method", "uri"):
        for slug, value in (
            ("missing", ABSENT),
            ("null", None),
            ("number", 5),
            ("array", ["GET"]),
            ("object", {"value": "/open"}),
            ("true", True),
        ):
            for name in ("plain", "routes"):
                made = changed(ask("/open", bearer=GOOD), **{member: value})
                case(f"{member}-{slug}-{name}", bad, f"{member} is {slug}", made, name)
    case("uri-empty-plain", "ok", "An empty path, which no rule reads", changed(good, uri=""))
    case(
        "uri-empty-routes", "path_ambiguous", "and which one does", changed(good, uri=""), "routes"
    )
    case(
        "method-empty-plain", "ok", "An empty method, which no rule reads", changed(good, method="")
    )

    for slug, value in (("missing", ABSENT), ("null", None)):
        case(f"querystring-{slug}", "ok", "No query", changed(good, querystring=value), "every")
        case(f"client-{slug}", "ok", "No address", changed(good, clientIp=value), "every")
        case(
            f"headers-{slug}",
            "credential_missing",
            "No headers",
            changed(good, headers=value),
            "plain",
        )
    for slug, value in (("number", 5), ("array", []), ("object", {}), ("true", True)):
        case(
            f"querystring-{slug}",
            "ok",
            "A source behind the one that decides is not asked",
            changed(good, querystring=value),
            "every",
        )
        case(
            f"querystring-{slug}-asked",
            "credential_malformed",
            "A source that carries something, but no text",
            changed(ask(), querystring=value),
            "every",
        )
        case(f"client-{slug}", "ok", "Who asks does not matter here", changed(good, clientIp=value))
    for slug, value in (("array", []), ("string", "x"), ("number", 5), ("true", True)):
        case(
            f"headers-{slug}",
            "credential_malformed",
            "Headers that are no object",
            changed(good, headers=value),
        )
        case(
            f"headers-{slug}-public",
            "ok",
            "On a public path nobody reads them",
            changed(ask("/open"), headers=value),
            "routes",
        )

    for slug, value in (
        ("object", {"key": "Authorization", "value": f"Bearer {GOOD}"}),
        ("string", f"Bearer {GOOD}"),
        ("entry-null", [None]),
        ("entry-string", [f"Bearer {GOOD}"]),
        ("entry-array", [["Authorization", f"Bearer {GOOD}"]]),
        ("value-missing", [{"key": "Authorization"}]),
        ("value-null", [{"key": "Authorization", "value": None}]),
        ("value-array", [{"key": "Authorization", "value": [f"Bearer {GOOD}"]}]),
        ("two", entries("Authorization", [f"Bearer {GOOD}", f"Bearer {GOOD}"])),
    ):
        case(
            f"authorization-{slug}",
            "credential_malformed",
            "A header that is not one text",
            ask(raw={"authorization": value}, cookie=f"session={GOOD}"),
            "every",
        )
    for slug, value in (
        ("object", {"value": f"session={GOOD}"}),
        ("entry-null", [None, {"value": f"session={GOOD}"}]),
        ("value-number", [{"value": f"session={GOOD}"}, {"value": 5}]),
    ):
        case(
            f"cookie-{slug}",
            "credential_malformed",
            "Cookies of which one is no text",
            ask(raw={"cookie": value}),
            "every",
        )
        case(
            f"cookie-{slug}-unread",
            "ok",
            "Nobody reads them",
            ask(bearer=GOOD, raw={"cookie": value}),
            "plain",
        )
    for slug, raw in (
        ("origin-two", {"origin": entries("Origin", ["https://app.example"] * 2)}),
        ("origin-number", {"origin": [{"key": "Origin", "value": 5}]}),
        (
            "asked-two",
            {
                "origin": entries("Origin", "https://app.example"),
                "access-control-request-method": entries(
                    "Access-Control-Request-Method", ["GET", "GET"]
                ),
            },
        ),
    ):
        event = ask(
            method="OPTIONS",
            raw={
                "access-control-request-method": entries("Access-Control-Request-Method", "GET"),
                **raw,
            },
        )
        case(f"preflight-{slug}", "credential_missing", "No preflight: routes judge", event, "cors")

    # No field of HTTP has a NUL, so a door need not carry one.
    for slug, event, name in (
        ("authorization", ask(authorization=f"Bearer {GOOD}\0"), "plain"),
        ("authorization-hides", ask(authorization=f"Bearer {GOOD}\0001Bearer {FORGED}"), "plain"),
        ("authorization-alone", ask(authorization="\0"), "plain"),
        ("method", ask("/open", method="GET\0"), "routes"),
        ("uri", ask("/open\0"), "routes"),
        ("uri-shift", ask("/open\0001a=1", query=""), "routes"),
        ("uri-many", ask("/open\0001\0001203.0.113.1\0001Bearer x"), "routes"),
        ("uri-unread", ask("/\0", bearer=GOOD), "plain"),
        ("querystring", ask("/open", query="a=\0"), "routes"),
        ("client", ask("/open", client="203.0.113.1\0"), "routes"),
        ("cookie", ask(bearer=GOOD, cookie="a=\0"), "every"),
        ("cookie-second", ask(bearer=GOOD, cookie=["a=1", "b\0"]), "every"),
    ):
        case(f"nul-{slug}", bad, "A NUL in a field that is read", event, name)
    case("nul-unread", "ok", "A NUL in one that is not", ask(bearer=GOOD, cookie="a=\0"), "plain")
    case("nul-encoded", "ok", "An encoded NUL in the query", ask("/open", query="a=%00"), "routes")

    # Sizes, counted over all that is read.
    room = 65536 - len("GET" + "/open" + "203.0.113.178")
    case("size-65536", "ok", "65,536 bytes", ask("/open", query="a" * room), "routes")
    case("size-65537", bad, "65,537 bytes", ask("/open", query="a" * (room + 1)), "routes")

    # Bytes that are no matter of ours.
    case(
        "odd-query",
        "ok",
        "Anything goes in a query that nobody reads",
        ask("/open", query='a="\\\x01\x7f\u00e9\U0001f512&=&&=%'),
        "routes",
    )
    case("odd-cookie", "ok", "and in cookies", ask("/open", cookie='"\\\x01;;=;\u00e9'), "routes")
    case(
        "odd-token",
        "token_malformed",
        "A token with a letter beyond ASCII",
        ask(bearer=GOOD[:-1] + "\u00e9"),
    )
    case(
        "odd-client", "ok", "A client that is no address", ask("/open", client="unknown"), "routes"
    )
    case(
        "prototype",
        "credential_missing",
        "Members that an object of a language may have by itself",
        ask(raw={"__proto__": {"authorization": entries("Authorization", f"Bearer {GOOD}")}}),
    )
    case(
        "capitals",
        "credential_missing",
        "Header names of the event are in lower case",
        ask(raw={"Authorization": entries("Authorization", f"Bearer {GOOD}")}),
    )
    return theme


def shadow_theme():
    routes = [
        {"path": "/open/**", "access": "public"},
        {"path": "/closed/**", "access": "deny"},
        {"path": "/admin/*", "require": {"scope": {"all_of": ["admin"]}}},
        {"path": "/api/**"},
    ]
    cors = {"origins": ["https://app.example"]}
    everything = {
        "claim_headers": {"x-user": "sub"},
        "sources": [
            {"header": "authorization", "strip": True},
            {"cookie": "session", "strip": True},
            {"query": "access_token", "strip": True},
        ],
    }
    theme = EdgeTheme(
        "shadow-and-log",
        "Shadow mode and log lines",
        ["docs/edge.md, Shadow mode", "docs/edge.md, Logs"],
        {
            "shadow": policy(mode="shadow", routes=routes, cors=cors),
            "shadow-edits": policy(mode="shadow", routes=routes, **everything),
            "shadow-all": policy(
                mode="shadow", routes=routes, log={"decisions": "all", "claims": ["sub"]}
            ),
            "shadow-none": policy(mode="shadow", routes=routes, log={"decisions": "none"}),
            "shadow-login": policy(
                mode="shadow", challenge={"login": {"url": "/login", "return_parameter": "to"}}
            ),
            "all": policy(
                routes=routes,
                cors=cors,
                log={"decisions": "all", "claims": ["sub", "name", "roles", "level"]},
            ),
            "all-no-claims": policy(routes=routes, log={"decisions": "all"}),
            "denied": policy(routes=routes, cors=cors, log={"decisions": "denied"}),
            "denied-login": policy(
                challenge={"login": {"url": "/login", "return_parameter": "to"}},
                log={"decisions": "denied"},
            ),
            "none": policy(routes=routes, log={"decisions": "none", "claims": ["sub"]}),
            "no-log": policy(routes=routes),
            "no-routes": policy(log={"decisions": "all", "claims": ["sub"]}),
            "no-kid": policy(keys=[jwk("main")], log={"decisions": "all"}),
            "odd": policy(
                routes=[{"path": "/caf\u00e9/**", "access": "deny"}, {"path": '/"quoted"'}],
                keys=[jwk("main", 'k"\\\u00e9\n')],
                log={"decisions": "all", "claims": ['say "\\"', "sub"]},
            ),
        },
    )

    preflight = ask(
        method="OPTIONS", origin="https://app.example", access_control_request_method="GET"
    )
    refused = ask(
        method="OPTIONS", origin="https://app.example", access_control_request_method="PUT"
    )
    requests = (
        ("public", "ok", ask("/open/x")),
        ("token", "ok", ask("/api/x", bearer=GOOD)),
        ("missing", "credential_missing", ask("/api/x")),
        ("expired", "expired", ask("/api/x", bearer=EXPIRED)),
        ("forged", "signature_invalid", ask("/api/x", bearer=FORGED)),
        ("scope", "scope_insufficient", ask("/admin/x", bearer=GOOD)),
        ("closed", "route_denied", ask("/closed/x", bearer=GOOD)),
        ("nowhere", "route_not_found", ask("/nowhere", bearer=GOOD)),
        ("ambiguous", "path_ambiguous", ask("/open/../api")),
    )
    for name in ("shadow", "all", "denied", "none", "no-log", "shadow-all", "shadow-none"):
        for slug, wanted, event in requests:
            theme.case(f"{name}-{slug}", wanted, f"{slug}, policy {name}", event, policy=name)
    for name in ("shadow", "all", "denied"):
        theme.case(
            f"{name}-preflight",
            "preflight_answered",
            "An answered preflight",
            preflight,
            policy=name,
        )
        theme.case(
            f"{name}-preflight-refused", "preflight_refused", "A refused one", refused, policy=name
        )

    # What a request is changed by on its way, though it would not have passed.
    for slug, wanted, event in (
        ("token", "ok", ask("/api/x", bearer=GOOD, x_user="root")),
        ("public", "ok", ask("/open/x", x_user="root")),
        ("missing", "credential_missing", ask("/api/x", x_user="root")),
        ("forged", "signature_invalid", ask("/api/x", bearer=FORGED, x_user="root")),
        (
            "closed",
            "route_denied",
            ask("/closed/x", bearer=GOOD, raw={"X_User": entries("X", "r")}),
        ),
        ("nowhere", "route_not_found", ask("/nowhere", bearer=GOOD)),
        ("cookie", "expired", ask("/api/x", cookie=f"a=1; session={EXPIRED}")),
        ("query", "token_malformed", ask("/api/x", query="a=1&access_token=x&b=2")),
        ("nothing", "credential_missing", ask("/api/x")),
    ):
        theme.case(
            f"edits-{slug}",
            wanted,
            "Claim headers and what is to be stripped go, and only a token that passes sets any",
            event,
            policy="shadow-edits",
        )
    for name in ("shadow-login", "denied-login"):
        theme.case(f"{name}-get", "challenge credential_missing", "A redirect", ask(), policy=name)
        theme.case(
            f"{name}-post", "credential_missing", "None for POST", ask(method="POST"), policy=name
        )
        theme.case(f"{name}-token", "ok", "A token", ask(bearer=GOOD), policy=name)

    # Claims that are logged: those that the policy names, as headers would have them.
    for slug, members in (
        ("all", {"name": "Ada", "roles": ["a", "b"], "level": 3, "email": "secret@b.example"}),
        ("some", {"roles": []}),
        ("none", {"sub": ABSENT}),
        ("control", {"name": "a\r\nb"}),
        ("not-ascii", {"name": "Ren\u00e9"}),
        ("quotes", {"name": 'say "\\"'}),
        ("number", {"level": Raw("1.50")}),
        ("true", {"level": True}),
        ("object", {"level": {"sub": "x"}}),
    ):
        theme.case(
            f"claims-{slug}",
            "ok",
            "Only what the policy names",
            ask("/api/x", bearer=token(claims(**members))),
            policy="all",
        )
    theme.case("claims-not-named", "ok", "None", ask("/api", bearer=GOOD), policy="all-no-claims")
    theme.case(
        "claims-public",
        "ok",
        "No token is looked at there",
        ask("/open/x", bearer=GOOD),
        policy="all",
    )
    theme.case(
        "no-routes", "ok", "Without routes none is named", ask(bearer=GOOD), policy="no-routes"
    )
    theme.case(
        "no-routes-denied", "credential_missing", "nor for a denial", ask(), policy="no-routes"
    )
    theme.case(
        "no-kid",
        "ok",
        "A key without kid",
        ask(bearer=token(jose_header=header(kid=ABSENT))),
        policy="no-kid",
    )
    odd = token(claims(**{'say "\\"': "x"}), header(kid='k"\\\u00e9\n'))
    theme.case(
        "odd", "ok", "Words of a policy, escaped", ask("/%22quoted%22", bearer=odd), policy="odd"
    )
    theme.case("odd-denied", "route_denied", "and of a route", ask("/caf%C3%A9/x"), policy="odd")
    theme.case(
        "secrets",
        "token_malformed",
        "No line has a token, a secret, a path or a query",
        ask("/api/secret", bearer="s.e.cret", query="secret=1", cookie="secret=2"),
        policy="denied",
    )
    return theme


THEMES = (
    sources_theme,
    claim_headers_theme,
    routes_theme,
    path_theme,
    malformed_theme,
    shadow_theme,
)
