"""Policies with members of the edge layer, valid and invalid, with the place of the mistake."""

from .edge_model import as_secret
from .parts import AUDIENCE, PolicyTheme, derive_secret, jwk, policy, private_members
from .policy_cases import text, wrong_types

EDGE = ["docs/edge.md"]
PAGE_KEY = as_secret(derive_secret("challenge page", 32))
LONG = "x" * 1024


def good_and_bad(theme, member, path, goods, bads, make):
    """`goods` and `bads`: (slug, comment, value) of a member; `path`: the place, after `member`."""
    for slug, comment, value in goods:
        theme.valid(f"{member}-{slug}", comment, make(value))
    for slug, comment, value in bads:
        theme.invalid(f"{member}-{slug}", path, comment, make(value))


def sources_theme():
    theme = PolicyTheme("edge-sources", "sources", EDGE)

    def one(**members):
        return policy(sources=[members])

    for slug, made in (
        ("header", {"header": "authorization"}),
        ("other-header", {"header": "x-token"}),
        ("header-symbols", {"header": "x_!#$%&'*+-.^`|~09"}),
        ("header-64", {"header": "x" * 64}),
        ("cookie", {"cookie": "session"}),
        ("cookie-capitals", {"cookie": "__Host-Session"}),
        ("query", {"query": "access_token"}),
        ("query-64", {"query": "X" * 64}),
        ("scheme", {"header": "x-token", "scheme": "JWT"}),
        ("scheme-null", {"header": "authorization", "scheme": None}),
        ("scheme-first", {"scheme": "JWT", "header": "x-token"}),
        ("repeated-refuse", {"cookie": "session", "repeated": "refuse"}),
        ("repeated-first", {"cookie": "session", "repeated": "first"}),
        ("repeated-before", {"repeated": "first", "cookie": "session"}),
        ("strip", {"query": "access_token", "strip": True}),
        ("strip-false", {"header": "authorization", "strip": False}),
    ):
        theme.valid(slug, "A source", one(**made))
    eight = [{"cookie": f"c{number}"} for number in range(8)]
    theme.valid("eight", "Eight of them", policy(sources=eight))
    theme.valid(
        "same-name",
        "One name in three places",
        policy(sources=[{"header": "token"}, {"cookie": "token"}, {"query": "token"}]),
    )
    theme.valid(
        "case", "Cookies that differ in case", policy(sources=[{"cookie": "a"}, {"cookie": "A"}])
    )

    wrong_types(theme, "sources", "$.sources", lambda value: policy(sources=value), ("array",))
    theme.invalid("empty", "$.sources", "No source", policy(sources=[]))
    theme.invalid("nine", "$.sources", "Nine", policy(sources=[*eight, {"query": "q"}]))
    wrong_types(theme, "source", "$.sources[0]", lambda value: policy(sources=[value]), ("object",))
    theme.invalid("source-empty", "$.sources[0]", "An empty object", one())
    theme.invalid("none", "$.sources[0]", "None of the three", one(strip=True))
    for first, second in (("header", "cookie"), ("header", "query"), ("cookie", "query")):
        theme.invalid(
            f"both-{first}-{second}",
            "$.sources[0]",
            "Two of the three",
            one(**{first: "a", second: "b"}),
        )
    theme.invalid("unknown", "$.sources[0].body", "Another kind", one(body="token"))
    theme.invalid("unknown-case", "$.sources[0].Header", "Another case", one(Header="x"))
    for kind in ("header", "cookie", "query"):
        wrong_types(
            theme,
            kind,
            f"$.sources[0].{kind}",
            lambda value, kind=kind: one(**{kind: value}),
            ("string",),
        )
        for slug, comment, value in (
            ("empty", "An empty name", ""),
            ("space", "A space", "a b"),
            ("equals", "An equals sign", "a=b"),
            ("semicolon", "A semicolon", "a;b"),
            ("comma", "A comma", "a,b"),
            ("colon", "A colon", "a:b"),
            ("quote", "A quotation mark", 'a"b'),
            ("not-ascii", "A letter beyond ASCII", "\u00e9"),
            ("nul", "A NUL", "a\0"),
            ("newline", "A line break", "a\n"),
            ("65", "65 characters", "x" * 65),
        ):
            theme.invalid(f"{kind}-{slug}", f"$.sources[0].{kind}", comment, one(**{kind: value}))
    theme.invalid("header-upper", "$.sources[0].header", "Capitals", one(header="Authorization"))

    wrong_types(
        theme,
        "scheme",
        "$.sources[0].scheme",
        lambda value: one(header="x-token", scheme=value),
        ("string", "null"),
    )
    for slug, comment, value in (
        ("empty", "An empty scheme", ""),
        ("space", "A space behind it", "Bearer "),
        ("colon", "A colon", "Bearer:"),
        ("65", "65 characters", "x" * 65),
    ):
        made = one(header="x-token", scheme=value)
        theme.invalid(f"scheme-{slug}", "$.sources[0].scheme", comment, made)
    for kind in ("cookie", "query"):
        made = one(**{kind: "a", "scheme": "Bearer"})
        theme.invalid(f"scheme-of-{kind}", "$.sources[0].scheme", "Only of a header", made)
    for kind in ("header", "query"):
        made = one(**{kind: "a", "repeated": "first"})
        theme.invalid(f"repeated-of-{kind}", "$.sources[0].repeated", "Only of a cookie", made)
    wrong_types(
        theme, "repeated", "$.sources[0].repeated", lambda value: one(cookie="a", repeated=value)
    )
    theme.invalid(
        "repeated-last", "$.sources[0].repeated", "Another word", one(cookie="a", repeated="last")
    )
    wrong_types(
        theme, "strip", "$.sources[0].strip", lambda value: one(cookie="a", strip=value), ("true",)
    )
    for kind in ("header", "cookie", "query"):
        theme.invalid(
            f"twice-{kind}",
            "$.sources[1]",
            "The same source twice",
            policy(sources=[{kind: "a"}, {kind: "a", "strip": True}]),
        )
    theme.invalid(
        "second-wrong",
        "$.sources[1].query",
        "The second is wrong",
        policy(sources=[{"header": "a"}, {"query": ""}]),
    )
    return theme


def claim_headers_theme():
    theme = PolicyTheme("edge-claim-headers", "claim_headers", EDGE)

    def one(name, claim="sub", **members):
        return policy(claim_headers={name: claim}, **members)

    for slug, name in (
        ("usual", "x-user"),
        ("underscore", "x_user"),
        ("symbols", "x-!#$%&'*+.^`|~09"),
        ("64", "x" * 64),
        ("amz-other", "x-amz-meta-user"),
        ("forwarded", "x-forwarded-user"),
        ("user-agent", "user-agent"),
    ):
        theme.valid(f"name-{slug}", "A header", one(name))
    for slug, claim in (
        ("one", "s"),
        ("url", "https://claims.example/id"),
        ("not-ascii", "caf\u00e9"),
        ("space", " "),
        ("1024", LONG),
    ):
        theme.valid(f"claim-{slug}", "A claim", one("x-user", claim))
    sixteen = {f"x-{number}": "sub" for number in range(16)}
    theme.valid("sixteen", "Sixteen of them", policy(claim_headers=sixteen))
    theme.valid(
        "authorization",
        "Authorization, which is no source of this policy",
        one("authorization", sources=[{"cookie": "session"}]),
    )

    wrong_types(
        theme,
        "claim_headers",
        "$.claim_headers",
        lambda value: policy(claim_headers=value),
        ("object",),
    )
    theme.invalid("empty", "$.claim_headers", "No header", policy(claim_headers={}))
    theme.invalid(
        "seventeen", "$.claim_headers", "Seventeen", policy(claim_headers={**sixteen, "y": "sub"})
    )
    for slug, name, path in (
        ("empty", "", '[""]'),
        ("upper", "X-User", '["X-User"]'),
        ("upper-word", "User", ".User"),
        ("space", "x user", '["x user"]'),
        ("colon", "x:user", '["x:user"]'),
        ("quote", 'x"user', '["x\\"user"]'),
        ("newline", "x\nuser", '["x\\u000auser"]'),
        ("not-ascii", "caf\u00e9", '["caf\u00e9"]'),
        ("65", "x" * 65, '["' + "x" * 64 + '..."]'),
    ):
        theme.invalid(f"name-{slug}", f"$.claim_headers{path}", "No header name", one(name))
    for name in (
        *("host", "via", "connection", "expect", "keep-alive", "proxy-authenticate", "upgrade"),
        *("proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding"),
        *("content-length", "accept-encoding", "if-modified-since", "if-none-match", "if-range"),
        *("if-unmodified-since", "cdn-loop", "warning", "x-cache", "x-forwarded-proto"),
        *("x-real-ip", "x-accel-redirect", "x-amz-cf-id", "x-amz-cf-x", "x-amzn-trace-id"),
        *("x-edge-location", "cloudfront-viewer-country", "cloudfront-x"),
    ):
        path = f".{name}" if name.isalpha() else f'["{name}"]'
        theme.invalid(
            f"kept-{name}", f"$.claim_headers{path}", "CloudFront keeps it to itself", one(name)
        )
    for slug, name, sources in (
        ("header", "x-token", [{"header": "x-token"}]),
        ("authorization", "authorization", [{"header": "authorization"}]),
        ("cookie", "cookie", [{"query": "q"}, {"cookie": "session"}]),
    ):
        path = f".{name}" if name.isalpha() else f'["{name}"]'
        theme.invalid(
            f"source-{slug}", f"$.claim_headers{path}", "A token source", one(name, sources=sources)
        )
    theme.invalid(
        "source-default",
        "$.claim_headers.authorization",
        "The source of a policy that names none",
        one("authorization"),
    )
    wrong_types(
        theme,
        "claim",
        '$.claim_headers["x-user"]',
        lambda value: one("x-user", value),
        ("string",),
    )
    theme.invalid("claim-empty", '$.claim_headers["x-user"]', "An empty name", one("x-user", ""))
    theme.invalid(
        "claim-1025", '$.claim_headers["x-user"]', "1,025 bytes", one("x-user", LONG + "x")
    )
    made = text(one("x-user")).replace('{"x-user":"sub"}', '{"x-user":"sub","x-user":"sub"}')
    theme.text("twice", '$.claim_headers["x-user"]', "The same header twice", made)
    return theme


def routes_theme():
    theme = PolicyTheme("edge-routes", "routes and path_case", EDGE)
    login = {"login": {"url": "/login"}}
    page = {"page": {"url": "/prove", "key": PAGE_KEY}}

    def routes(*made, **members):
        return policy(routes=list(made), **members)

    def one(**members):
        return routes({"path": "/a", **members})

    for slug, path in (
        ("root", "/"),
        ("rest", "/**"),
        ("star", "/*"),
        ("stars", "/*/b/*/**"),
        ("slash-end", "/a/"),
        ("escape", "/%61%20b"),
        ("not-ascii", "/caf\u00e9"),
        ("not-ascii-escaped", "/caf%C3%A9"),
        ("capitals", "/Reports"),
        ("dots-inside", "/.well-known/a..b"),
        ("sub-delims", "/a!$&'(),=:@+b"),
        ("1024", "/" + "a" * 1023),
        ("256-segments", "/a" * 256),
    ):
        theme.valid(f"path-{slug}", "A path", routes({"path": path}))
    for slug, path in (
        ("empty", ""),
        ("no-slash", "a"),
        ("star-alone", "*"),
        ("double-slash", "//a"),
        ("double-slash-inside", "/a//b"),
        ("double-slash-end", "/a//"),
        ("dot", "/./a"),
        ("dots", "/a/.."),
        ("escaped-dots", "/%2e%2e/a"),
        ("backslash", "/a\\b"),
        ("escaped-slash", "/a%2Fb"),
        ("escaped-backslash", "/a%5cb"),
        ("escaped-nul", "/a%00"),
        ("control", "/a\tb"),
        ("bare-percent", "/a%"),
        ("percent-letters", "/a%zz"),
        ("escaped-twice", "/%2541"),
        ("not-utf8", "/%C3"),
        ("parameter", "/a;b"),
        ("question", "/a?b"),
        ("escaped-question", "/a%3Fb"),
        ("hash", "/a#b"),
        ("dot-end", "/a."),
        ("dot-end-inside", "/a./b"),
        ("space-end", "/a /b"),
        ("escaped-space-end", "/a%20"),
        ("url", "https://a.example/b"),
        ("1025", "/" + "a" * 1024),
        ("257-segments", "/a" * 257),
        ("star-inside", "/a*"),
        ("star-extension", "/*.css"),
        ("rest-first", "/**/a"),
        ("rest-twice", "/**/**"),
        ("three-stars", "/a/***"),
        ("rest-inside", "/a**"),
        ("escaped-star", "/%2A"),
        ("escaped-rest", "/a/%2a*"),
    ):
        theme.invalid(
            f"path-{slug}", "$.routes[0].path", "No path that is one", routes({"path": path})
        )
    wrong_types(
        theme, "path", "$.routes[0].path", lambda value: routes({"path": value}), ("string",)
    )
    theme.invalid("path-missing", "$.routes[0].path", "No path", routes({"access": "public"}))
    theme.invalid("route-empty", "$.routes[0].path", "An empty object", routes({}))

    wrong_types(theme, "routes", "$.routes", lambda value: policy(routes=value), ("array",))
    wrong_types(theme, "route", "$.routes[0]", routes, ("object",))
    theme.invalid("empty", "$.routes", "No route", routes())
    thousand = [{"path": f"/{number}"} for number in range(1000)]
    theme.valid("thousand", "1,000 routes", routes(*thousand))
    theme.invalid("thousand-and-one", "$.routes", "1,001", routes(*thousand, {"path": "/x"}))
    stars = [{"path": f"/*/{number}"} for number in range(64)]
    theme.valid("stars-64", "64 with * for a segment", routes(*stars, {"path": "/**"}))
    theme.invalid("stars-65", "$.routes[64].path", "65", routes(*stars, {"path": "/x/*"}))
    theme.valid(
        "stars-methods",
        "The same pattern again is no other",
        routes(
            *[{**one, "methods": ["GET"]} for one in stars],
            *[{**one, "methods": ["POST"]} for one in stars],
        ),
    )

    # Rules of one pattern.
    def pair(first, second, path="/a", other=None):
        return routes({"path": path, **first}, {"path": other or path, **second})

    get, post = {"methods": ["GET"]}, {"methods": ["POST"]}
    theme.valid("pair-methods", "Told apart by their methods", pair(get, post))
    theme.valid("pair-rest", "The second takes what is left", pair(get, {}))
    theme.valid("pair-case", "Patterns that differ in case", pair({}, {}, "/a", "/A"))
    theme.valid("pair-star", "A pattern and a wider one", pair({}, {}, "/a", "/*"))
    theme.valid(
        "pair-method-case", "Methods are told apart by case", pair(get, {"methods": ["get"]})
    )
    theme.valid(
        "three",
        "Three rules",
        routes({"path": "/a", **get}, {"path": "/a/", **post}, {"path": "/%61"}),
    )
    for slug, first, second, other in (
        ("twice", {}, {}, None),
        ("any-first", {}, get, None),
        ("same-method", get, get, None),
        ("one-of-two", {"methods": ["GET", "POST"]}, {"methods": ["PUT", "POST"]}, None),
        ("slash", {}, {}, "/a/"),
        ("escape", {}, {}, "/%61"),
        ("access", {"access": "public"}, {"access": "deny"}, None),
    ):
        theme.invalid(
            f"pair-{slug}",
            "$.routes[1].path",
            "A path and method that a route before has",
            pair(first, second, other=other),
        )
    theme.invalid(
        "third-again",
        "$.routes[2].path",
        "The third is like the first",
        routes({"path": "/a", **get}, {"path": "/b"}, {"path": "/a", **get}),
    )

    # Methods.
    sixteen = [f"M{number}" for number in range(16)]
    good_and_bad(
        theme,
        "methods",
        "$.routes[0].methods",
        (
            ("one", "One", ["GET"]),
            ("own", "A method of one's own", ["x-Y_z"]),
            ("16", "Sixteen", sixteen),
        ),
        (
            ("empty", "None", []),
            ("17", "Seventeen", [*sixteen, "GET"]),
            ("word", "No list", "GET"),
            ("null", "null", None),
            ("object", "An object", {"GET": True}),
        ),
        lambda value: one(methods=value),
    )
    for slug, value in (
        ("empty", ""),
        ("space", "G T"),
        ("comma", "GET,POST"),
        ("number", 5),
        ("null", None),
        ("65", "M" * 65),
    ):
        theme.invalid(
            f"method-{slug}", "$.routes[0].methods[1]", "No method", one(methods=["GET", value])
        )
    theme.invalid("method-twice", "$.routes[0].methods[1]", "Twice", one(methods=["GET", "GET"]))

    # Access, and what only goes with a token.
    for word in ("token", "public", "deny"):
        theme.valid(f"access-{word}", "A word of the table", one(access=word))
    wrong_types(theme, "access", "$.routes[0].access", lambda value: one(access=value))
    theme.invalid("access-upper", "$.routes[0].access", "Another case", one(access="Public"))
    require = {"scope": {"all_of": ["admin"]}}
    theme.valid("require", "Requirements", one(require=require))
    theme.valid("require-token", "with access token", one(require=require, access="token"))
    for access in ("public", "deny"):
        for member, value in (("require", require), ("issuers", [policy()["issuer"]])):
            theme.invalid(
                f"{member}-{access}",
                f"$.routes[0].{member}",
                "Only with a token",
                one(access=access, **{member: value}),
            )
        theme.invalid(
            f"login-{access}",
            "$.routes[0].challenge",
            "Only with a token",
            policy(
                routes=[{"path": "/a", "access": access, "challenge": "login"}], challenge=login
            ),
        )
    wrong_types(
        theme, "require", "$.routes[0].require", lambda value: one(require=value), ("object",)
    )
    for slug, path, value in (
        ("empty", "", {}),
        ("unknown", ".audience", {"audience": "x"}),
        ("scope-string", ".scope", {"scope": "admin"}),
        ("scope-empty", ".scope", {"scope": {}}),
        ("all-of-empty", ".scope.all_of", {"scope": {"all_of": []}}),
        ("present-string", ".present", {"present": "sub"}),
        ("claims-null", ".claims.a", {"claims": {"a": None}}),
    ):
        theme.invalid(
            f"require-{slug}", f"$.routes[0].require{path}", "As in a policy", one(require=value)
        )

    # Issuers.
    issuer = policy()["issuer"]
    theme.valid("issuers", "The policy's only issuer", one(issuers=[issuer]))
    entry = {"algorithms": ["HS256"], "audience": AUDIENCE, "keys": [jwk("main", "main")]}
    two = [{**entry, "issuer": "https://a.example/"}, {**entry, "issuer": "https://b.example/"}]

    def of_two(*issuers):
        return {"issuers": two, "routes": [{"path": "/a", "issuers": list(issuers)}]}

    theme.valid("issuers-second", "One of two", of_two("https://b.example/"))
    theme.valid("issuers-both", "Both", of_two("https://b.example/", "https://a.example/"))
    theme.invalid(
        "issuers-unknown",
        "$.routes[0].issuers[1]",
        "Another issuer",
        of_two("https://a.example/", "https://c.example/"),
    )
    theme.invalid(
        "issuers-slash", "$.routes[0].issuers[0]", "Without the slash", of_two("https://a.example")
    )
    theme.invalid("issuers-empty", "$.routes[0].issuers", "None", of_two())
    theme.invalid("issuers-string", "$.routes[0].issuers", "No list", one(issuers=issuer))
    theme.invalid("issuers-number", "$.routes[0].issuers[0]", "A number", of_two(5))
    theme.invalid(
        "issuers-any",
        "$.routes[0].issuers[0]",
        "A policy for any issuer has none to name",
        policy(issuer=None, routes=[{"path": "/a", "issuers": [issuer]}]),
    )

    # Challenges.
    theme.valid("challenge-none", "none needs nothing", one(challenge="none"))
    for word, configured in (("login", login), ("page", page)):
        made = [{"path": "/a", "challenge": word}]
        theme.valid(f"challenge-{word}", "Configured", policy(routes=made, challenge=configured))
        other = page if word == "login" else login
        theme.invalid(
            f"challenge-{word}-missing",
            "$.routes[0].challenge",
            "Not configured",
            policy(routes=made),
        )
        theme.invalid(
            f"challenge-{word}-other",
            "$.routes[0].challenge",
            "The other one is",
            policy(routes=made, challenge=other),
        )
    theme.valid(
        "challenge-page-public",
        "A proof and no token",
        policy(routes=[{"path": "/a", "access": "public", "challenge": "page"}], challenge=page),
    )
    wrong_types(theme, "challenge", "$.routes[0].challenge", lambda value: one(challenge=value))
    theme.invalid("unknown", "$.routes[0].auth", "Another member", one(auth=True))
    theme.invalid(
        "unknown-first",
        "$.routes[0].auth",
        "An unknown member is told before a missing one",
        routes({"auth": True}),
    )

    # path_case.
    for word in ("any", "exact"):
        theme.valid(f"path_case-{word}", "A word of the table", policy(path_case=word))
    wrong_types(theme, "path_case", "$.path_case", lambda value: policy(path_case=value))
    theme.invalid("path_case-lower", "$.path_case", "Another word", policy(path_case="lower"))

    # Beside issuers, and not in one.
    theme.valid("beside-issuers", "Beside issuers", {"issuers": two, "routes": [{"path": "/a"}]})
    theme.invalid(
        "in-issuer",
        "$.issuers[0].routes",
        "In an entry of issuers",
        {"issuers": [{**two[0], "routes": [{"path": "/a"}]}, two[1]]},
    )
    theme.invalid(
        "policy-first",
        "$.audience",
        "The members of every policy are read first",
        policy(audience=5, routes=[]),
    )
    return theme


ORIGIN_MISTAKES = (
    ("empty", ""),
    ("host", "app.example"),
    ("scheme-alone", "https://"),
    ("slash", "https://app.example/"),
    ("path", "https://app.example/a"),
    ("query", "https://app.example?a"),
    ("fragment", "https://app.example#a"),
    ("user", "https://user@app.example"),
    ("upper", "https://App.example"),
    ("upper-scheme", "HTTPS://app.example"),
    ("space", "https://app.example "),
    ("newline", "https://app.example\n"),
    ("not-ascii", "https://caf\u00e9.example"),
    ("null-word", "null"),
    ("star", "*"),
    ("long", "https://" + "a" * 1017),
)


def cors_theme():
    theme = PolicyTheme("edge-cors", "cors", EDGE)
    app = "https://app.example"

    def cors(**members):
        return policy(cors={"origins": [app], **members})

    theme.valid("least", "Origins alone", cors())
    theme.valid(
        "every-member",
        "Every member",
        cors(
            methods=["GET", "PUT"],
            headers=["authorization"],
            expose=["etag"],
            credentials=True,
            max_age=600,
        ),
    )
    theme.valid("any", "Any origin", policy(cors={"origins": "*"}))
    theme.valid("any-false", "and no cookies", policy(cors={"origins": "*", "credentials": False}))
    for slug, origin in (
        ("port", "https://app.example:8443"),
        ("http", "http://localhost:3000"),
        ("ipv6", "https://[2001:db8::1]:8443"),
        ("app", "app://localhost"),
        ("punycode", "https://xn--caf-dma.example"),
        ("1024", "https://" + "a" * 1016),
    ):
        theme.valid(f"origin-{slug}", "An origin", policy(cors={"origins": [origin]}))
    many = [f"https://{number}.example" for number in range(64)]
    theme.valid("origins-64", "64 origins", policy(cors={"origins": many}))
    theme.invalid("origins-65", "$.cors.origins", "65", policy(cors={"origins": [*many, app]}))

    wrong_types(theme, "cors", "$.cors", lambda value: policy(cors=value), ("object",))
    theme.invalid("empty", "$.cors", "An empty object", policy(cors={}))
    theme.invalid("unknown", "$.cors.origin", "Another member", policy(cors={"origin": app}))
    theme.invalid("origins-missing", "$.cors.origins", "No origins", policy(cors={"max_age": 1}))
    wrong_types(
        theme,
        "origins",
        "$.cors.origins",
        lambda value: policy(cors={"origins": value}),
        ("array",),
    )
    theme.invalid("origins-empty", "$.cors.origins", "None", policy(cors={"origins": []}))
    theme.invalid(
        "origins-bare", "$.cors.origins", "An origin without a list", policy(cors={"origins": app})
    )
    for slug, origin in ORIGIN_MISTAKES:
        theme.invalid(
            f"origin-{slug}",
            "$.cors.origins[1]",
            "No origin",
            policy(cors={"origins": [app, origin]}),
        )
    for slug, origin in (("null", None), ("number", 5), ("list", [app])):
        theme.invalid(
            f"origin-{slug}", "$.cors.origins[0]", "No text", policy(cors={"origins": [origin]})
        )
    theme.invalid(
        "origin-twice", "$.cors.origins[1]", "Twice", policy(cors={"origins": [app, app]})
    )

    for member, good, bads in (
        ("methods", ["GET", "x-own"], ("", "G T", "GET,POST", 5, None)),
        ("headers", ["authorization", "x_y"], ("", "X-Trace", "a b", "a,b", "*:", 5, None)),
        ("expose", ["etag", "x-id"], ("", "ETag", "a b", "a:b", 5, None)),
    ):
        theme.valid(f"{member}-good", "A list", cors(**{member: good}))
        wrong_types(
            theme,
            member,
            f"$.cors.{member}",
            lambda value, member=member: cors(**{member: value}),
            ("array",),
        )
        theme.invalid(f"{member}-empty", f"$.cors.{member}", "None", cors(**{member: []}))
        theme.invalid(
            f"{member}-twice",
            f"$.cors.{member}[1]",
            "Twice",
            cors(**{member: [good[0], good[0]]}),
        )
        for at, bad in enumerate(bads):
            theme.invalid(
                f"{member}-wrong-{at + 1}",
                f"$.cors.{member}[1]",
                "An entry that is none",
                cors(**{member: [good[0], bad]}),
            )
    theme.invalid(
        "methods-17", "$.cors.methods", "Seventeen", cors(methods=[f"M{n}" for n in range(17)])
    )
    theme.invalid(
        "headers-257", "$.cors.headers", "257", cors(headers=[f"x-{n}" for n in range(257)])
    )

    wrong_types(
        theme, "credentials", "$.cors.credentials", lambda value: cors(credentials=value), ("true",)
    )
    theme.invalid(
        "credentials-any",
        "$.cors.credentials",
        "Not for any origin",
        policy(cors={"origins": "*", "credentials": True}),
    )
    theme.invalid(
        "credentials-any-before",
        "$.cors.credentials",
        "in either order",
        policy(cors={"credentials": True, "origins": "*"}),
    )
    good_and_bad(
        theme,
        "max_age",
        "$.cors.max_age",
        (("0", "0", 0), ("1", "1", 1), ("86400", "A day", 86400)),
        (
            ("86401", "A second more", 86401),
            ("negative", "Negative", -1),
            ("fraction", "A fraction", 1.5),
            ("text", "Text", "600"),
            ("null", "null", None),
        ),
        lambda value: cors(max_age=value),
    )
    return theme


def challenge_theme():
    theme = PolicyTheme("edge-challenge", "challenge", EDGE)

    def login(**members):
        return policy(challenge={"login": {"url": "/login", **members}})

    def page(**members):
        made = {"url": "/prove", "key": PAGE_KEY, **members}
        return policy(
            challenge={
                "page": {name: value for name, value in made.items() if value != "leave out"}
            }
        )

    theme.valid("login", "A login page", login())
    theme.valid("page", "A page", page())
    theme.valid(
        "both",
        "Both, with every member",
        policy(
            challenge={
                "login": {
                    "url": "https://login.example/",
                    "return_parameter": "to",
                    "return_base": "https://www.example:8443",
                },
                "page": {
                    "url": "/prove?site=1",
                    "key": {**PAGE_KEY, "kid": "page", "alg": "HS256"},
                    "parameter": "c",
                    "return_parameter": "to",
                    "cookie": "proof",
                    "lifetime": 1,
                    "proof_lifetime": 86400,
                },
            }
        ),
    )
    wrong_types(
        theme, "challenge", "$.challenge", lambda value: policy(challenge=value), ("object",)
    )
    theme.invalid("empty", "$.challenge", "Neither", policy(challenge={}))
    theme.invalid("unknown", "$.challenge.captcha", "Another", policy(challenge={"captcha": {}}))
    for kind, path, make in (
        ("login", "$.challenge.login", login),
        ("page", "$.challenge.page", page),
    ):
        wrong_types(
            theme, kind, path, lambda value, kind=kind: policy(challenge={kind: value}), ("object",)
        )
        theme.invalid(f"{kind}-empty", path, "An empty object", policy(challenge={kind: {}}))
        theme.invalid(f"{kind}-unknown", f"{path}.realm", "Another member", make(realm="x"))
        missing = {"return_parameter": "to"}
        theme.invalid(
            f"{kind}-url-missing", f"{path}.url", "No URL", policy(challenge={kind: missing})
        )
        good_and_bad(
            theme,
            f"{kind}-url",
            f"{path}.url",
            (
                ("root", "The root", "/"),
                ("path", "A path with a query", "/a/b?c=d&e=%20"),
                ("https", "An https URL", "https://login.example"),
                ("https-all", "with everything", "https://u@login.example:8443/a?b=c"),
                ("ipv6", "with an address", "https://[2001:db8::1]/"),
                ("1024", "1,024 bytes", "/" + "a" * 1023),
            ),
            (
                ("empty", "Nothing", ""),
                ("http", "Not https", "http://login.example/"),
                ("upper", "Another case", "HTTPS://login.example/"),
                ("relative", "No slash", "login"),
                ("other-host", "Another host for a browser", "//login.example/"),
                ("backslash", "as well", "/\\login.example/"),
                ("no-host", "No host", "https://"),
                ("no-host-path", "No host but a path", "https:///login"),
                ("one-slash", "One slash", "https:/login.example"),
                ("script", "A script", "javascript:alert(1)"),
                ("fragment", "A fragment", "/login#a"),
                ("space", "A space", "/log in"),
                ("newline", "A line break", "/login\r\nSet-Cookie: a=b"),
                ("quote", "A quotation mark", '/login"'),
                ("not-ascii", "Beyond ASCII", "/caf\u00e9"),
                ("1025", "1,025 bytes", "/" + "a" * 1024),
                ("number", "A number", 5),
                ("null", "null", None),
            ),
            lambda value, make=make: make(url=value),
        )
        names = ["return_parameter", *(("parameter", "cookie") if kind == "page" else ())]
        for name in names:
            good_and_bad(
                theme,
                f"{kind}-{name}",
                f"{path}.{name}",
                (("one", "One character", "r"), ("64", "64 of them", "r" * 64)),
                (
                    ("empty", "Nothing", ""),
                    ("space", "A space", "a b"),
                    ("equals", "An equals sign", "a=b"),
                    ("ampersand-and-more", "A semicolon", "a;b"),
                    ("bracket", "A bracket", "a[]"),
                    ("not-ascii", "Beyond ASCII", "\u00e9"),
                    ("65", "65 characters", "r" * 65),
                    ("number", "A number", 5),
                    ("null", "null", None),
                ),
                lambda value, make=make, name=name: make(**{name: value}),
            )
    good_and_bad(
        theme,
        "login-return_base",
        "$.challenge.login.return_base",
        (
            ("plain", "An origin", "https://www.example"),
            ("port", "with a port", "https://www.example:8443"),
        ),
        (
            *((slug, "No origin", value) for slug, value in ORIGIN_MISTAKES),
            ("http", "Not https", "http://www.example"),
            ("number", "A number", 5),
            ("null", "null", None),
        ),
        lambda value: login(return_base=value),
    )
    theme.invalid(
        "page-return_base",
        "$.challenge.page.return_base",
        "Of login alone",
        page(return_base="https://www.example"),
    )
    for name in ("lifetime", "proof_lifetime"):
        good_and_bad(
            theme,
            f"page-{name}",
            f"$.challenge.page.{name}",
            (("1", "A second", 1), ("86400", "A day", 86400)),
            (
                ("0", "None", 0),
                ("86401", "A second more", 86401),
                ("negative", "Negative", -1),
                ("fraction", "A fraction", 1.5),
                ("text", "Text", "300"),
                ("null", "null", None),
            ),
            lambda value, name=name: page(**{name: value}),
        )

    # The key: a raw secret for HS256.
    path = "$.challenge.page.key"
    phrase = "a pass phrase of exactly 32 oct."
    for slug, key in (
        ("utf8", {"secret": phrase, "encoding": "utf8"}),
        ("hex", {"secret": derive_secret("x", 32).hex(), "encoding": "hex"}),
        ("1024", as_secret(derive_secret("x", 1024))),
        ("kid", {**PAGE_KEY, "kid": "1"}),
        ("alg", {**PAGE_KEY, "alg": "HS256"}),
    ):
        theme.valid(f"key-{slug}", "A raw secret", page(key=key))
    theme.invalid("key-missing", path, "No key", page(key="leave out"))
    wrong_types(theme, "key", path, lambda value: page(key=value), ("object",))
    for slug, place, key in (
        ("short", ".secret", as_secret(derive_secret("x", 31))),
        ("long", ".secret", as_secret(derive_secret("x", 1025))),
        ("not-base64url", ".secret", {**PAGE_KEY, "secret": "+" * 43}),
        ("not-hex", ".secret", {"secret": "x" * 64, "encoding": "hex"}),
        ("secret-number", ".secret", {**PAGE_KEY, "secret": 5}),
        ("encoding-missing", ".encoding", {"secret": phrase}),
        ("encoding-other", ".encoding", {"secret": phrase, "encoding": "base64"}),
        ("alg-other", ".alg", {**PAGE_KEY, "alg": "HS512"}),
        ("alg-public", ".alg", {**PAGE_KEY, "alg": "RS256"}),
        ("unknown", ".use", {**PAGE_KEY, "use": "sig"}),
        ("kid-empty", ".kid", {**PAGE_KEY, "kid": ""}),
        ("rsa", "", jwk("rsa-2048")),
        ("ec", "", jwk("p-256")),
        ("private", ".d", {**jwk("ed25519"), **private_members("ed25519")}),
    ):
        theme.invalid(f"key-{slug}", path + place, "No secret for it", page(key=key))
    return theme


def rate_theme():
    theme = PolicyTheme("edge-rate-limit", "rate_limit", EDGE)
    rate = {"requests": 10, "seconds": 60}

    def limit(**members):
        return policy(rate_limit={"address": rate, **members})

    theme.valid("address", "By address", limit())
    theme.valid("subject", "By subject", policy(rate_limit={"subject": rate}))
    theme.valid("both", "By both", limit(subject={**rate, "burst": 1}))
    theme.valid(
        "every-member",
        "Every member",
        limit(entries=64, ipv6_prefix=48, over="deny", subject=rate),
    )
    wrong_types(
        theme, "rate_limit", "$.rate_limit", lambda value: policy(rate_limit=value), ("object",)
    )
    theme.invalid("empty", "$.rate_limit", "An empty object", policy(rate_limit={}))
    theme.invalid("unknown", "$.rate_limit.country", "Another member", limit(country=rate))
    for kind in ("address", "subject"):
        path = f"$.rate_limit.{kind}"

        def of(value, kind=kind):
            return policy(rate_limit={kind: value})

        wrong_types(theme, kind, path, of, ("object",))
        theme.invalid(f"{kind}-empty", path, "An empty object", of({}))
        theme.invalid(f"{kind}-unknown", f"{path}.minutes", "Another", of({**rate, "minutes": 1}))
        for name in ("requests", "seconds"):
            other = {member: value for member, value in rate.items() if member != name}
            theme.invalid(f"{kind}-{name}-missing", f"{path}.{name}", "Missing", of(other))
        for name, most in (("requests", 1000000), ("seconds", 86400), ("burst", 1000000)):
            good_and_bad(
                theme,
                f"{kind}-{name}",
                f"{path}.{name}",
                (("1", "1", 1), ("most", "The most", most)),
                (
                    ("0", "0", 0),
                    ("negative", "Negative", -1),
                    ("more", "One more", most + 1),
                    ("fraction", "A fraction", 0.5),
                    ("text", "Text", "10"),
                    ("null", "null", None),
                ),
                lambda value, name=name, of=of: of({**rate, name: value}),
            )
    good_and_bad(
        theme,
        "entries",
        "$.rate_limit.entries",
        (("64", "The least", 64), ("65536", "The most", 65536)),
        (
            ("32", "Too few", 32),
            ("131072", "Too many", 131072),
            ("100", "No power of two", 100),
            ("4095", "One less", 4095),
            ("0", "None", 0),
            ("negative", "Negative", -64),
            ("fraction", "A fraction", 64.5),
            ("text", "Text", "64"),
        ),
        lambda value: limit(entries=value),
    )
    good_and_bad(
        theme,
        "ipv6_prefix",
        "$.rate_limit.ipv6_prefix",
        (("1", "1", 1), ("128", "128", 128)),
        (
            ("0", "0", 0),
            ("129", "129", 129),
            ("slash", "Text", "/64"),
            ("null", "null", None),
        ),
        lambda value: limit(ipv6_prefix=value),
    )
    wrong_types(theme, "over", "$.rate_limit.over", lambda value: limit(over=value))
    theme.invalid("over-page", "$.rate_limit.over", "Without a page", limit(over="challenge"))
    theme.invalid(
        "over-login",
        "$.rate_limit.over",
        "A login page is none",
        policy(
            rate_limit={"address": rate, "over": "challenge"},
            challenge={"login": {"url": "/login"}},
        ),
    )
    theme.valid(
        "over-challenge",
        "With a page",
        policy(
            rate_limit={"address": rate, "over": "challenge"},
            challenge={"page": {"url": "/prove", "key": PAGE_KEY}},
        ),
    )
    return theme


def rest_theme():
    theme = PolicyTheme("edge-cache-mode-log", "token_cache, mode and log", EDGE)
    wrong_types(
        theme, "token_cache", "$.token_cache", lambda value: policy(token_cache=value), ("object",)
    )
    theme.invalid("token_cache-empty", "$.token_cache", "Empty", policy(token_cache={}))
    theme.invalid(
        "token_cache-unknown", "$.token_cache.size", "Another", policy(token_cache={"size": 16})
    )
    good_and_bad(
        theme,
        "entries",
        "$.token_cache.entries",
        (("16", "The least", 16), ("256", "256", 256), ("4096", "The most", 4096)),
        (
            ("8", "Too few", 8),
            ("8192", "Too many", 8192),
            ("100", "No power of two", 100),
            ("0", "None", 0),
            ("fraction", "A fraction", 16.5),
            ("text", "Text", "16"),
            ("null", "null", None),
        ),
        lambda value: policy(token_cache={"entries": value}),
    )

    for word in ("enforce", "shadow"):
        theme.valid(f"mode-{word}", "A word of the table", policy(mode=word))
    wrong_types(theme, "mode", "$.mode", lambda value: policy(mode=value))
    theme.invalid("mode-upper", "$.mode", "Another case", policy(mode="Shadow"))

    for word in ("all", "denied", "none"):
        theme.valid(f"decisions-{word}", "A word of the table", policy(log={"decisions": word}))
    wrong_types(theme, "log", "$.log", lambda value: policy(log=value), ("object",))
    theme.invalid("log-empty", "$.log", "Empty", policy(log={}))
    theme.invalid("log-unknown", "$.log.level", "Another", policy(log={"level": "info"}))
    wrong_types(
        theme, "decisions", "$.log.decisions", lambda value: policy(log={"decisions": value})
    )
    theme.invalid(
        "decisions-missing", "$.log.decisions", "Missing", policy(log={"claims": ["sub"]})
    )

    def logged(value):
        return policy(log={"decisions": "all", "claims": value})

    theme.valid("claims", "Claims", logged(["sub", "https://claims.example/id", "sub"]))
    theme.valid("claims-16", "Sixteen of them", logged([f"c{number}" for number in range(16)]))
    wrong_types(theme, "claims", "$.log.claims", logged, ("array",))
    theme.invalid("claims-empty", "$.log.claims", "None", logged([]))
    theme.invalid(
        "claims-17", "$.log.claims", "17", logged([f"c{number}" for number in range(17)])
    )
    theme.invalid("claim-empty", "$.log.claims[1]", "An empty name", logged(["sub", ""]))
    theme.invalid("claim-number", "$.log.claims[0]", "A number", logged([5]))
    theme.invalid("claim-1025", "$.log.claims[0]", "1,025 bytes", logged([LONG + "x"]))
    theme.invalid("unknown", "$.edge", "No such member", policy(edge={}))
    return theme


THEMES = (
    sources_theme,
    claim_headers_theme,
    routes_theme,
    cors_theme,
    challenge_theme,
    rate_theme,
    rest_theme,
)
