"""Cases of the edge layer: browsers on other sites, redirects, what is kept between requests."""

from .edge_model import as_secret, client_key, sign_challenge
from .edge_parts import CLIENT, EXPIRED, FORGED, GOOD, EdgeTheme, ask, grant
from .parts import ABSENT, NOW, claims, derive_secret, header, policy, token, token_of_size

FETCH = "Fetch Standard, CORS protocol"
APP = "https://app.example"
PAGE_SECRET = derive_secret("challenge page", 32)
COOKIE = "__Host-portcullis-proof"


def cors_theme():
    routes = [
        {"path": "/open", "access": "public"},
        {"path": "/closed", "access": "deny"},
        {"path": "/admin", "require": {"scope": {"all_of": ["admin"]}}},
        {"path": "/api/**"},
    ]
    theme = EdgeTheme(
        "cors",
        "What a browser on another site may ask, and what it gets to see",
        ["docs/edge.md, CORS", FETCH],
        {
            "list": policy(
                cors={"origins": [APP, "https://admin.example:8443", "http://localhost:3000"]}
            ),
            "any": policy(cors={"origins": "*"}),
            "full": policy(
                cors={
                    "origins": [APP],
                    "methods": ["GET", "PUT", "DELETE", "QUERY"],
                    "headers": ["authorization", "content-type", "x-trace"],
                    "expose": ["x-request-id", "etag"],
                    "credentials": True,
                    "max_age": 600,
                }
            ),
            "any-full": policy(
                cors={
                    "origins": "*",
                    "methods": ["PATCH"],
                    "headers": ["x-trace"],
                    "expose": ["etag"],
                    "max_age": 86400,
                }
            ),
            "routes": policy(cors={"origins": [APP]}, routes=routes),
            "realm": policy(cors={"origins": [APP]}, realm="Data gate"),
            "login": policy(
                cors={"origins": [APP], "credentials": True},
                challenge={"login": {"url": "/login"}},
            ),
            "limited": policy(
                cors={"origins": [APP]},
                rate_limit={"address": {"requests": 1, "seconds": 60}},
            ),
            "none": policy(path_case="any"),
        },
    )

    def preflight(
        slug, wanted, comment, policy="list", *, origin=APP, asked="GET", names=None, **more
    ):
        headers = {
            "origin": origin,
            "access_control_request_method": asked,
            "access_control_request_headers": names,
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        method = more.pop("method", "OPTIONS")
        theme.case(
            f"preflight-{slug}",
            wanted,
            comment,
            ask(more.pop("uri", "/api/x"), method=method, **headers, **more),
            policy=policy,
        )

    yes, no = "preflight_answered", "preflight_refused"
    preflight("get", yes, "An allowed origin and method")
    preflight("head", yes, "HEAD without methods in the policy", asked="HEAD")
    preflight("post", yes, "and POST", asked="POST")
    preflight("put", no, "but not PUT", asked="PUT")
    preflight("get-lower", no, "Methods are compared with case", asked="get")
    preflight("empty-method", no, "An empty method", asked="")
    preflight(
        "second-origin", yes, "Another origin of the list", origin="https://admin.example:8443"
    )
    preflight("local", yes, "with http", origin="http://localhost:3000")
    for slug, comment, origin in (
        ("other", "An origin that is not in the list", "https://evil.example"),
        ("null", "null, as a sandbox sends it", "null"),
        ("empty", "Empty", ""),
        ("upper", "Another case", "https://APP.example"),
        ("slash", "A slash behind it", f"{APP}/"),
        ("http", "Another scheme", "http://app.example"),
        ("port", "Another port", f"{APP}:444"),
        ("default-port", "The port that is meant anyway", f"{APP}:443"),
        ("subdomain", "A host below it", "https://x.app.example"),
        ("suffix", "It is the end of another", "https://notapp.example"),
        ("prefix", "It is the beginning of another", f"{APP}.evil.example"),
        ("space", "A space behind it", f"{APP} "),
        ("two", "Two in one header", f"{APP} https://evil.example"),
        ("star", "An asterisk", "*"),
    ):
        preflight(f"origin-{slug}", no, comment, origin=origin)
    preflight("header", yes, "authorization without headers in the policy", names="authorization")
    preflight("header-case", yes, "Names are compared without case", names="Authorization")
    preflight("header-space", yes, "with spaces around", names=" \tauthorization ")
    preflight("header-empty", yes, "An empty list", names="")
    preflight("header-commas", yes, "Commas alone", names=" , ,authorization,")
    preflight("header-other", no, "Another name", names="x-trace")
    preflight("header-one-of-two", no, "One of two", names="authorization, x-trace")
    preflight("header-star", no, "An asterisk", names="*")
    preflight("header-twice", no, "One name twice", names="authorization,authorization")
    preflight("header-repeated", no, "Two headers", names=["authorization", "authorization"])
    preflight("full", yes, "All members", "full", asked="PUT", names="X-Trace,Content-Type")
    preflight("full-own-method", yes, "A method of our own", "full", asked="QUERY")
    preflight("full-post", no, "A method that others allow", "full", asked="POST")
    preflight("full-header", no, "A header that is not there", "full", names="x-other")
    preflight("full-origin", no, "Another origin", "full", origin="https://evil.example")
    preflight("any", yes, "Any origin", "any", origin="https://whoever.example")
    preflight("any-null", yes, "null is one of any", "any", origin="null")
    preflight("any-method", no, "though not any method", "any", asked="DELETE")
    preflight(
        "any-full", yes, "Any origin and the rest", "any-full", asked="PATCH", names="x-trace"
    )
    preflight(
        "any-full-header",
        no,
        "no authorization here",
        "any-full",
        asked="PATCH",
        names="authorization",
    )
    preflight("any-path", yes, "Before any route", "routes", uri="/closed")
    preflight("no-route", yes, "also where there is none", "routes", uri="/nowhere")
    preflight("ambiguous-path", yes, "and whatever the path is", "routes", uri="/a/../b//%00")
    preflight("with-token", yes, "A token is not looked at", "routes", bearer=FORGED)
    preflight("no-origin", "credential_missing", "Without Origin it is none", origin=None)
    preflight("no-method", "credential_missing", "Without the method it is none", asked=None)
    preflight("by-get", "credential_missing", "Only OPTIONS", method="GET")
    preflight("by-lower", "credential_missing", "in capitals", method="options")
    preflight("no-cors", "credential_missing", "A policy without CORS", "none")
    preflight("two-origins", "credential_missing", "Two Origin headers: none", origin=[APP, APP])
    preflight("two-methods", "credential_missing", "Two methods: none", asked=["GET", "GET"])

    # Every other response of ours names the origin.
    evil = "https://evil.example"
    for name in ("list", "any", "full", "any-full"):
        for slug, origin in (("allowed", APP), ("other", evil), ("null", "null"), ("none", None)):
            more = {} if origin is None else {"origin": origin}
            for kind, wanted, bearer in (
                ("missing", "credential_missing", None),
                ("expired", "expired", EXPIRED),
            ):
                theme.case(
                    f"denied-{name}-{slug}-{kind}",
                    wanted,
                    f"401 for origin {slug}, policy {name}",
                    ask(bearer=bearer, **more),
                    policy=name,
                )
    for slug, wanted, uri, bearer in (
        ("scope", "scope_insufficient", "/admin", GOOD),
        ("closed", "route_denied", "/closed", GOOD),
        ("nowhere", "route_not_found", "/nowhere", GOOD),
        ("ambiguous", "path_ambiguous", "/a//b", GOOD),
        ("missing", "credential_missing", "/api", None),
    ):
        for where, origin in (("app", APP), ("evil", evil)):
            theme.case(
                f"routes-{slug}-{where}",
                wanted,
                "Denials of routes as well",
                ask(uri, bearer=bearer, origin=origin),
                policy="routes",
            )
    theme.case(
        "two-origins",
        "credential_missing",
        "Two Origin headers are none that is allowed",
        ask(origin=[APP, APP]),
        policy="list",
    )
    theme.case(
        "allowed", "ok", "What passes is not changed", ask(bearer=GOOD, origin=APP), policy="full"
    )
    theme.case(
        "allowed-other",
        "ok",
        "Another origin is not denied: what the origin answers is its business",
        ask(bearer=GOOD, origin=evil),
        policy="full",
    )
    theme.case("public", "ok", "Nor on a public path", ask("/open", origin=evil), policy="routes")
    theme.case("realm", "expired", "The realm", ask(bearer=EXPIRED, origin=APP), policy="realm")
    theme.case(
        "login", "challenge credential_missing", "A redirect", ask(origin=APP), policy="login"
    )
    theme.case(
        "login-other",
        "challenge credential_missing",
        "A redirect for another origin",
        ask(origin=evil),
        policy="login",
    )
    theme.steps(
        "limited",
        "429, and a preflight that is not counted",
        [
            (NOW, ask(bearer=GOOD, origin=APP), "ok"),
            (NOW, ask(bearer=GOOD, origin=APP), "rate_limited"),
            (
                NOW,
                ask(method="OPTIONS", origin=APP, access_control_request_method="GET"),
                "preflight_answered",
            ),
            (NOW, ask(bearer=GOOD, origin=evil), "rate_limited"),
        ],
        policy="limited",
    )
    return theme


def login_theme():
    returning = {"url": "/login", "return_parameter": "return_to"}
    theme = EdgeTheme(
        "challenge-login",
        "A login page for whoever has no token that passes",
        ["docs/edge.md, Challenges", "RFC 9110 section 15.4.3", "RFC 3986 section 3.4"],
        {
            "plain": policy(challenge={"login": {"url": "/login"}}),
            "return": policy(challenge={"login": returning}),
            "base": policy(
                challenge={
                    "login": {
                        "url": "https://login.example/start?app=7&lang=en",
                        "return_parameter": "to",
                        "return_base": "https://www.example",
                    }
                }
            ),
            "sources": policy(
                sources=[
                    {"header": "authorization"},
                    {"cookie": "session"},
                    {"query": "access_token", "strip": True},
                    {"query": "jwt"},
                ],
                challenge={"login": returning},
            ),
            "routes": policy(
                challenge={"login": returning},
                routes=[
                    {"path": "/app/**", "challenge": "login"},
                    {
                        "path": "/app/admin",
                        "challenge": "login",
                        "require": {"scope": {"all_of": ["admin"]}},
                    },
                    {"path": "/api/**"},
                    {"path": "/quiet", "challenge": "none"},
                    {"path": "/login", "access": "public"},
                    {"path": "/closed", "access": "deny"},
                ],
            ),
        },
    )
    missing = "challenge credential_missing"

    def case(slug, wanted, comment, event, policy):
        theme.case(slug, wanted, comment, event, policy=policy)

    # When.
    for name in ("plain", "return", "base"):
        case(f"{name}-get", missing, "GET", ask("/data/1"), name)
        case(f"{name}-head", missing, "HEAD", ask("/data/1", method="HEAD"), name)
        case(f"{name}-query", missing, "A query", ask("/data/1", query="a=1&b=%20"), name)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "get", ""):
            case(
                f"{name}-{'lower-' * method.islower()}{method.lower() or 'empty'}",
                "credential_missing",
                f"{method!r} sends something, or might",
                ask("/data/1", method=method),
                name,
            )
        case(f"{name}-token", "ok", "A token that passes", ask(bearer=GOOD), name)
    for slug, wanted, event in (
        ("expired", "expired", ask(bearer=EXPIRED)),
        ("forged", "signature_invalid", ask(bearer=FORGED)),
        ("malformed", "token_malformed", ask(bearer="x")),
        ("scheme", "credential_missing", ask(authorization="Basic YTpi")),
        ("scheme-alone", "credential_malformed", ask(authorization="Bearer")),
        ("repeated", "credential_malformed", ask(authorization=["Bearer x", "Bearer y"])),
        ("too-large", "token_too_large", ask(bearer="x" * 16385)),
        ("future", "not_yet_valid", ask(bearer=token(claims(nbf=NOW + 9)))),
        ("audience", "audience_mismatch", ask(bearer=token(claims(aud="x")))),
        ("key", "key_not_found", ask(bearer=token(jose_header=header(kid="x")))),
    ):
        case(f"why-{slug}", f"challenge {wanted}", "Whatever 401 it would be", event, "return")
        posted = ask(method="POST", raw=event["Records"][0]["cf"]["request"]["headers"])
        case(f"why-{slug}-post", wanted, "and 401 for POST", posted, "return")

    case("routes-app", missing, "A route that says so", ask("/app/x"), "routes")
    case(
        "routes-app-expired", "challenge expired", "expired", ask("/app", bearer=EXPIRED), "routes"
    )
    case("routes-app-post", "credential_missing", "POST", ask("/app/x", method="POST"), "routes")
    case(
        "routes-scope",
        "scope_insufficient",
        "403 stays 403",
        ask("/app/admin", bearer=GOOD),
        "routes",
    )
    case("routes-scope-ok", "ok", "who may", ask("/app/admin", bearer=grant("admin")), "routes")
    case("routes-api", "credential_missing", "A route that says nothing", ask("/api/x"), "routes")
    case("routes-quiet", "credential_missing", "A route that says none", ask("/quiet"), "routes")
    case(
        "routes-login", "ok", "The login page itself", ask("/login", query="return_to=/"), "routes"
    )
    case("routes-closed", "route_denied", "Nobody passes", ask("/closed"), "routes")
    case("routes-nowhere", "route_not_found", "No route", ask("/nowhere"), "routes")
    case("routes-ambiguous", "path_ambiguous", "An ambiguous path", ask("/app/../x"), "routes")
    case("routes-case", "path_ambiguous", "another spelling", ask("/APP/x"), "routes")

    # Where to: without the token.
    for slug, query in (
        ("alone", f"access_token={EXPIRED}"),
        ("first", f"access_token={EXPIRED}&a=1"),
        ("last", f"a=1&access_token={EXPIRED}"),
        ("middle", f"a=1&access_token={EXPIRED}&b=2"),
        ("second-source", f"a=1&jwt={EXPIRED}"),
    ):
        case(
            f"token-{slug}",
            "challenge expired",
            "A token in the query is not told",
            ask("/data/1", query=query),
            "sources",
        )
    case(
        "token-both",
        "challenge expired",
        "of none of the sources",
        ask(query=f"jwt={FORGED}&a=1&access_token={EXPIRED}"),
        "sources",
    )
    case(
        "token-twice",
        "challenge credential_malformed",
        "nor when it is there twice",
        ask(query=f"access_token={GOOD}&access_token={GOOD}&a=1"),
        "sources",
    )
    case(
        "token-empty",
        "challenge credential_malformed",
        "An empty one goes as well",
        ask(query="access_token=&a=1"),
        "sources",
    )
    case(
        "token-cookie",
        "challenge expired",
        "A token in a cookie, and one in the query that nobody looked at",
        ask(cookie=f"session={EXPIRED}", query=f"a=1&access_token={GOOD}"),
        "sources",
    )
    case("token-none", missing, "No token", ask(query="a=1"), "sources")
    case(
        "token-other-policy",
        missing,
        "A parameter that is no source is told",
        ask(query="access_token=x"),
        "return",
    )

    # Paths and queries that a browser could take for something else.
    for name in ("return", "base"):
        for slug, comment, uri in (
            ("root", "The root", "/"),
            ("encoded", "An escape stays one", "/a%20b/%C3%A9"),
            ("not-ascii", "A letter beyond ASCII", "/caf\u00e9"),
            ("ampersand", "Characters that would end the parameter", "/a&b=c+d;e"),
            ("quotes", "Quotation marks and the like", "/a\"b'c<d>e`f"),
            ("percent", "A percent sign", "/100%25"),
            ("question", "An encoded question mark", "/a%3Fb%23c"),
            ("at", "What looks like user information", "/@evil.example"),
            ("colon", "What looks like a scheme", "/https:evil"),
            ("emoji", "Beyond the plane", "/\U0001f512"),
            ("slash-end", "A slash at the end", "/a/b/"),
        ):
            case(f"{name}-path-{slug}", missing, comment, ask(uri), name)
        for slug, comment, uri in (
            ("double-slash", "Another host for a browser", "//evil.example"),
            ("double-slash-inside", "Two slashes", "/a//b"),
            ("triple-slash", "Three", "///evil.example"),
            ("backslash", "as well", "/\\evil.example"),
            ("backslash-first", "No slash first", "\\\\evil.example"),
            ("tab", "A browser drops the tab", "/\t/evil.example"),
            ("newline", "and the line break", "/\n/evil.example"),
            ("return", "and the other", "/\r\nSet-Cookie: a=b"),
            ("encoded-slash", "Encoded", "/%2Fevil.example"),
            ("encoded-backslash", "Encoded", "/%5Cevil.example"),
            ("encoded-newline", "Encoded", "/%0D%0ASet-Cookie:a=b"),
            ("dots", "Dots", "/..//evil.example"),
            ("absolute", "No path", "https://evil.example/"),
            ("script", "No path", "javascript:alert(1)"),
            ("empty", "Nothing", ""),
            ("bare-percent", "No escape", "/%"),
        ):
            case(f"{name}-hostile-{slug}", missing, f"{comment}: no target is told", ask(uri), name)
        for slug, comment, query in (
            ("url", "A URL in the query", "next=https://evil.example/"),
            ("newline", "A line break", "a=\r\nSet-Cookie: b=c"),
            ("quotes", "Quotation marks", 'a="b"&c=<d>'),
            ("not-ascii", "Beyond ASCII", "q=\u00e9\U0001f512"),
            ("percent", "Bytes that are no text", "a=%FF%"),
            ("own", "The parameter's own name", "return_to=/x&to=/y"),
            ("question", "Question marks", "?a=1?b=2"),
            ("hash", "A fragment's mark", "a=1#b"),
        ):
            case(f"{name}-query-{slug}", missing, comment, ask("/a", query=query), name)
    for slug, size in (("longest", 2047), ("too-long", 2048)):
        case(
            f"target-{slug}",
            missing,
            f"A path and query of {size} bytes",
            ask("/a", query="x" * (size - 2)),
            "return",
        )
    case("target-too-long-path", missing, "A path of 8,000 bytes", ask("/" + "a" * 7999), "return")
    for slug, value in (("missing", ABSENT), ("null", None), ("number", 5)):
        case(f"target-query-{slug}", missing, "No query", ask("/a", query=value), "return")
    return theme


def proof(end, *, client=CLIENT, secret=PAGE_SECRET, kind="p", prefix=64):
    return sign_challenge(kind, secret, client_key(client, prefix), end)


def page_theme():
    key = as_secret(PAGE_SECRET)
    page = {"url": "/prove", "key": key}
    routes = [
        {"path": "/free", "access": "public"},
        {"path": "/gate", "access": "public", "challenge": "page"},
        {"path": "/both", "challenge": "page"},
        {"path": "/token"},
    ]
    theme = EdgeTheme(
        "challenge-page",
        "A page that hands out proofs",
        ["docs/edge.md, Challenges", "core/src/edge/challenge.hpp"],
        {
            "plain": policy(challenge={"page": page}, routes=routes),
            "full": policy(
                challenge={
                    "page": {
                        "url": "https://captcha.example/solve?site=7",
                        "key": {
                            "secret": PAGE_SECRET.hex(),
                            "encoding": "hex",
                        },
                        "parameter": "c",
                        "return_parameter": "to",
                        "cookie": "proof",
                        "lifetime": 60,
                        "proof_lifetime": 86400,
                    }
                },
                routes=routes,
            ),
            "query": policy(
                sources=[{"query": "access_token"}, {"header": "authorization"}],
                challenge={"page": {**page, "return_parameter": "to"}},
                routes=routes,
            ),
            "both": policy(
                challenge={"page": page, "login": {"url": "/login"}},
                routes=[
                    {"path": "/gate", "challenge": "page"},
                    {"path": "/app", "challenge": "login"},
                ],
            ),
            "no-routes": policy(challenge={"page": page}),
        },
    )
    missing = "challenge proof_missing"

    def case(slug, wanted, comment, event, policy="plain", now=NOW):
        theme.case(slug, wanted, comment, event, policy=policy, now=now)

    def proven(text, uri="/gate", name=COOKIE, **more):
        return ask(uri, cookie=f"{name}={text}", **more)

    good = proof(NOW + 3600)
    for name in ("plain", "full", "query"):
        case(f"{name}-get", missing, "No proof", ask("/gate"), name)
        case(f"{name}-head", missing, "HEAD", ask("/gate", method="HEAD"), name)
        case(f"{name}-query", missing, "A query", ask("/gate", query="a=1&b=%26"), name)
        case(f"{name}-post", "proof_missing", "POST", ask("/gate", method="POST"), name)
        case(f"{name}-token-first", missing, "Before the token", ask("/both", bearer=GOOD), name)
        case(f"{name}-token-bad", missing, "whatever it is", ask("/both", bearer=FORGED), name)
        case(f"{name}-free", "ok", "A route that asks for nothing", ask("/free"), name)
        case(f"{name}-token", "ok", "for a token alone", ask("/token", bearer=GOOD), name)
        case(f"{name}-token-missing", "credential_missing", "401", ask("/token"), name)
    case(
        "query-parameter",
        missing,
        "A token in the query is not told",
        ask("/both", query=f"a=1&access_token={GOOD}"),
        "query",
    )
    case("other-client", missing, "Another client", ask("/gate", client="198.51.100.7"))
    case("later", missing, "Another time", ask("/gate"), now=NOW + 1000)
    case("no-client", missing, "A client without address", ask("/gate", client=ABSENT))
    case("ipv6", missing, "IPv6", ask("/gate", client="2001:db8::1"))

    case("proof", "ok", "A proof", proven(good))
    case("proof-post", "ok", "for any method", proven(good, method="POST"))
    case("proof-both", "ok", "and a token", proven(good, "/both", bearer=GOOD))
    case("proof-no-token", "credential_missing", "but no token", proven(good, "/both"))
    case(
        "proof-bad-token",
        "signature_invalid",
        "but a forged one",
        proven(good, "/both", bearer=FORGED),
    )
    case("proof-full", "ok", "Its own cookie", proven(proof(NOW + 86400), name="proof"), "full")
    case("proof-full-name", missing, "not another", proven(good), "full")
    case(
        "proof-among-cookies",
        "ok",
        "Among other cookies",
        ask("/gate", cookie=["a=1", f"b=2; {COOKIE}={good}; c=3"]),
    )

    # Times.
    for slug, wanted, end in (
        ("last-second", "ok", NOW + 1),
        ("end", missing, NOW),
        ("past", missing, NOW - 1),
        ("long-past", missing, 0),
        ("longest", "ok", NOW + 3600),
        ("clock-behind", "ok", NOW + 3660),  # a minute between the clocks of edge and page
        ("too-long", missing, NOW + 3661),
        ("far", missing, 2**62),
    ):
        case(f"time-{slug}", wanted, "Within its lifetime", proven(proof(end)))
    case("time-later", missing, "A proof that was good", proven(good), now=NOW + 3600)
    case("time-not-later", "ok", "A second before", proven(good), now=NOW + 3599)

    # Clients.
    for slug, wanted, mine, theirs in (
        ("other", missing, "198.51.100.7", CLIENT),
        ("next", missing, "203.0.113.179", CLIENT),
        ("mapped", "ok", "203.0.113.178", "::ffff:203.0.113.178"),
        ("ipv6", "ok", "2001:db8::1", "2001:db8::1"),
        ("ipv6-spelling", "ok", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1"),
        ("ipv6-network", "ok", "2001:db8::1", "2001:db8::ffff:1"),
        ("ipv6-other-network", missing, "2001:db8::1", "2001:db8:0:1::1"),
        ("ipv6-ipv4", missing, "::203.0.113.178", CLIENT),
        ("text", "ok", "unknown", "unknown"),
        ("text-other", missing, "unknown", "Unknown"),
        ("leading-zero", missing, "203.0.113.178", "203.0.113.0178"),
    ):
        case(
            f"client-{slug}",
            wanted,
            f"A proof of {mine}, sent from {theirs}",
            proven(proof(NOW + 60, client=mine), client=theirs),
        )

    # Forgeries.
    body = good[:-43]
    flipped = good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]
    # The last character has two unused bits.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = good[:-1] + alphabet[alphabet.index(good[-1]) + 1]
    for slug, comment, text in (
        ("empty", "Empty", ""),
        ("flipped", "A bit of the MAC", flipped),
        ("stray-bits", "Unused bits of the base64url", stray),
        ("padding", "Padding", f"{good}="),
        ("cut", "Cut short", good[:-1]),
        ("longer", "A character more", f"{good}A"),
        ("mac-alone", "The MAC alone", good[-43:]),
        ("no-mac", "No MAC", body),
        ("no-kind", "No kind", good[1:]),
        ("challenge", "A challenge is no proof", proof(NOW + 60, kind="c")),
        ("challenge-as-proof", "called one", "p" + proof(NOW + 60, kind="c")[1:]),
        ("upper-kind", "P", "P" + good[1:]),
        ("later", "Another end", f"p{NOW + 3599}.{good[-43:]}"),
        ("plus", "A sign", f"p+{good[1:]}"),
        ("minus", "A negative end", f"p-{good[1:]}"),
        ("leading-zero", "A leading zero", f"p0{good[1:]}"),
        ("leading-space", "A space", f"p {good[1:]}"),
        ("twenty-digits", "Twenty digits", f"p{10**19}.{good[-43:]}"),
        ("other-key", "Another key", proof(NOW + 60, secret=derive_secret("main", 32))),
        ("quoted", "Quotation marks", f'"{good}"'),
        ("encoded", "Escapes", good.replace(".", "%2E")),
        ("token", "A token", GOOD),
    ):
        case(f"forged-{slug}", missing, comment, proven(text))
    case(
        "twice",
        missing,
        "Twice, though equal",
        ask("/gate", cookie=f"{COOKIE}={good}; {COOKIE}={good}"),
    )
    case("name-case", missing, "The name in another case", proven(good, name=COOKIE.lower()))
    case("malformed", missing, "A malformed Cookie header", ask("/gate", raw={"cookie": [None]}))
    case("not-authorization", missing, "In another place", ask("/gate", bearer=good))
    case("not-query", missing, "In the query", ask("/gate", query=f"{COOKIE}={good}"))

    case("both-page", missing, "Login and page in one policy", ask("/gate"), "both")
    case("both-login", "challenge credential_missing", "the other route", ask("/app"), "both")
    case("both-page-token", "credential_missing", "401 behind the page", proven(good), "both")
    case("no-routes", "credential_missing", "Without routes nobody is asked", ask(), "no-routes")
    case("no-routes-token", "ok", "for a proof", ask(bearer=GOOD), "no-routes")
    return theme


def limit_theme():
    per_minute = {"requests": 2, "seconds": 60}
    page = {"url": "/prove", "key": as_secret(PAGE_SECRET), "return_parameter": "to"}
    theme = EdgeTheme(
        "rate-limit",
        "So many requests of a client in so many seconds",
        ["docs/edge.md, Rate limit", "RFC 6585 section 4", "RFC 9110 section 10.2.3"],
        {
            "address": policy(rate_limit={"address": per_minute}),
            "burst": policy(rate_limit={"address": {**per_minute, "burst": 5}}),
            "burst-one": policy(
                rate_limit={"address": {"requests": 60, "seconds": 60, "burst": 1}}
            ),
            "odd": policy(rate_limit={"address": {"requests": 3, "seconds": 10}}),
            "fast": policy(rate_limit={"address": {"requests": 3, "seconds": 1}}),
            "once": policy(
                rate_limit={"address": {"requests": 1, "seconds": 86400}, "entries": 64}
            ),
            "subject": policy(rate_limit={"subject": per_minute}),
            "both": policy(
                rate_limit={
                    "address": {"requests": 3, "seconds": 60},
                    "subject": {"requests": 2, "seconds": 40},
                }
            ),
            "prefix-48": policy(rate_limit={"address": per_minute, "ipv6_prefix": 48}),
            "prefix-128": policy(rate_limit={"address": per_minute, "ipv6_prefix": 128}),
            "prefix-61": policy(rate_limit={"address": per_minute, "ipv6_prefix": 61}),
            "routes": policy(
                rate_limit={"address": per_minute},
                routes=[
                    {"path": "/open", "access": "public"},
                    {"path": "/closed", "access": "deny"},
                    {"path": "/a"},
                    {"path": "/b"},
                ],
            ),
            "challenge": policy(
                rate_limit={"address": per_minute, "over": "challenge"}, challenge={"page": page}
            ),
            "challenge-subject": policy(
                rate_limit={"subject": per_minute, "over": "challenge"}, challenge={"page": page}
            ),
            "deny-page": policy(
                rate_limit={"address": per_minute, "over": "deny"},
                challenge={"page": page},
                routes=[{"path": "/gate", "challenge": "page"}, {"path": "/**"}],
            ),
            "login": policy(
                rate_limit={"address": per_minute}, challenge={"login": {"url": "/login"}}
            ),
            "shadow": policy(rate_limit={"address": per_minute}, mode="shadow"),
            "logged": policy(
                rate_limit={"address": per_minute, "subject": per_minute},
                log={"decisions": "all", "claims": ["sub"]},
            ),
            "cached": policy(
                rate_limit={"address": {"requests": 9, "seconds": 60}, "subject": per_minute},
                token_cache={"entries": 16},
            ),
            "tenants": {
                "issuers": [
                    policy(issuer="https://a.example/"),
                    policy(issuer="https://b.example/"),
                ],
                "rate_limit": {"subject": per_minute},
            },
        },
    )
    over, ok = "rate_limited", "ok"

    def steps(slug, comment, made, policy):
        theme.steps(slug, comment, made, policy=policy)

    def times(*pairs):
        return [(NOW + at, ask(bearer=GOOD), wanted) for at, wanted in pairs]

    steps(
        "burst",
        "As many at once as in the time, then no more",
        times((0, ok), (0, ok), (0, over), (0, over)),
        "address",
    )
    steps(
        "refill",
        "One every thirty seconds after that",
        times((0, ok), (0, ok), (29, over), (30, ok), (30, over), (59, over), (60, ok)),
        "address",
    )
    steps(
        "refill-full",
        "Never more than the burst, however long it was quiet",
        times((0, ok), (0, ok), (86400, ok), (86400, ok), (86400, over)),
        "address",
    )
    steps(
        "denied-costs-nothing",
        "What is denied does not put off the next",
        times((0, ok), (0, ok), *[(at, over) for at in range(1, 30)], (30, ok)),
        "address",
    )
    steps(
        "steady",
        "At the rate itself nobody is denied",
        times(*[(30 * at, ok) for at in range(12)]),
        "address",
    )
    steps(
        "burst-five",
        "A burst of its own",
        times(
            *[(0, ok)] * 5,
            (0, over),
            (30, ok),
            (30, over),
            (90, ok),
            (90, ok),
            (90, over),
            (240, ok),
            (240, ok),
            (240, ok),
            (240, ok),
            (240, ok),
            (240, over),
        ),
        "burst",
    )
    steps(
        "burst-one",
        "A burst of one",
        times((0, ok), (0, over), (1, ok), (1, over), (5, ok), (5, over)),
        "burst-one",
    )
    steps(
        "thirds",
        "Three in ten seconds: every 3 1/3 seconds, counted exactly",
        times(
            *[(0, ok)] * 3,
            (3, over),
            (4, ok),
            (6, over),
            (7, ok),
            (9, over),
            (10, ok),
            (10, over),
            (13, over),
            (14, ok),
        ),
        "odd",
    )
    steps(
        "thirds-long",
        "the same after a hundred of them",
        times(*[(0, ok)] * 3, *[(10 * at // 3 + (10 * at % 3 != 0), ok) for at in range(1, 60)]),
        "odd",
    )
    steps(
        "per-second",
        "Three in one second",
        times(*[(0, ok)] * 3, (0, over), *[(1, ok)] * 3, (1, over), (2, ok)),
        "fast",
    )
    steps(
        "per-day",
        "One a day",
        times((0, ok), (1, over), (86399, over), (86400, ok), (86400, over)),
        "once",
    )
    steps(
        "clock-back",
        "A clock that goes back a little refills nothing and takes nothing away",
        times((0, ok), (30, ok), (10, ok), (10, over), (59, over), (60, ok)),
        "address",
    )

    other = ask(bearer=GOOD, client="198.51.100.7")
    steps(
        "clients",
        "Every client for itself",
        [
            *times((0, ok), (0, ok), (0, over)),
            (NOW, other, ok),
            (NOW, other, ok),
            (NOW, other, over),
            (NOW, ask(bearer=GOOD, client="198.51.100.8"), ok),
        ],
        "address",
    )
    steps(
        "before-the-token",
        "Counted before anything is computed, whatever the token is",
        [
            (NOW, ask(), "credential_missing"),
            (NOW, ask(bearer=FORGED), "signature_invalid"),
            (NOW, ask(bearer=GOOD), over),
            (NOW, ask(), over),
        ],
        "address",
    )
    steps(
        "methods",
        "Any method counts",
        [
            (NOW, ask(bearer=GOOD, method="POST"), ok),
            (NOW, ask(bearer=GOOD, method="HEAD"), ok),
            (NOW, ask(bearer=GOOD, method="PUT"), over),
        ],
        "address",
    )
    for name, clients, wanted in (
        ("address", ("203.0.113.5", "::ffff:203.0.113.5", "0:0:0:0:0:FFFF:203.0.113.5"), over),
        ("address", ("203.0.113.5", "203.0.113.05", "203.0.113.005"), ok),
        ("address", ("2001:db8::1", "2001:DB8:0:0::2", "2001:db8::ffff:0:3"), over),
        ("address", ("2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"), ok),
        ("address", ("2001:db8::1", "2001:db8::", "2001:db8:0:0:ffff:ffff:ffff:ffff"), over),
        ("prefix-48", ("2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:ffff::1"), over),
        ("prefix-48", ("2001:db8::1", "2001:db8:1::1", "2001:db8:2::1"), ok),
        ("prefix-128", ("2001:db8::1", "2001:db8::2", "2001:db8::3"), ok),
        ("prefix-128", ("2001:db8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8::0001"), over),
        ("prefix-61", ("2001:db8::1", "2001:db8:0:7::1", "2001:db8:0:1::1"), over),
        ("prefix-61", ("2001:db8::1", "2001:db8:0:8::1", "2001:db8:0:10::1"), ok),
        ("address", ("unknown", "unknown", "unknown"), over),
        ("address", ("unknown", "Unknown", "unknown "), ok),
        ("address", ("::203.0.113.5", "203.0.113.5", "64:ff9b::203.0.113.5"), ok),
        ("address", ("fe80::1%eth0", "fe80::1", "fe80::1%eth1"), ok),
        ("address", ("", None, ABSENT), over),
    ):
        number = sum(case["id"].startswith("edge-rate-limit-network-") for case in theme.cases)
        told = ", ".join("none" if c is ABSENT or c is None else c or "nothing" for c in clients)
        steps(
            f"network-{number + 1}",
            f"{'One client' if wanted == over else 'Several clients'}: {told}",
            [
                (NOW, ask(bearer=GOOD, client=client), ok if at < 2 else wanted)
                for at, client in enumerate(clients)
            ],
            name,
        )

    second = token(claims(sub="user-2"))
    steps(
        "subject",
        "By sub, from any address",
        [
            (NOW, ask(bearer=GOOD, client="203.0.113.1"), ok),
            (NOW, ask(bearer=GOOD, client="203.0.113.2"), ok),
            (NOW, ask(bearer=GOOD, client="203.0.113.3"), over),
            (NOW, ask(bearer=second, client="203.0.113.3"), ok),
            (NOW + 30, ask(bearer=GOOD, client="203.0.113.4"), ok),
        ],
        "subject",
    )
    steps(
        "subject-other-token",
        "Another token of the same subject",
        [
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=token(claims(jti="2"))), ok),
            (NOW, ask(bearer=token(claims(jti="3"))), over),
        ],
        "subject",
    )
    steps(
        "subject-bad-token",
        "A token that does not pass counts for nobody",
        [
            *[(NOW, ask(bearer=FORGED), "signature_invalid")] * 3,
            *[(NOW, ask(bearer=EXPIRED), "expired")] * 3,
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=GOOD), over),
        ],
        "subject",
    )
    steps(
        "subject-none",
        "Without sub nobody is counted",
        [(NOW, ask(bearer=token(claims(sub=ABSENT))), ok)] * 4,
        "subject",
    )
    steps(
        "subject-empty",
        "An empty sub is one",
        [(NOW, ask(bearer=token(claims(sub=""))), wanted) for wanted in (ok, ok, over)],
        "subject",
    )
    a, b = (token(claims(iss=f"https://{name}.example/")) for name in "ab")
    steps(
        "subject-issuers",
        "A subject is one of its issuer",
        [
            (NOW, ask(bearer=a), ok),
            (NOW, ask(bearer=a), ok),
            (NOW, ask(bearer=b), ok),
            (NOW, ask(bearer=b), ok),
            (NOW, ask(bearer=a), over),
            (NOW, ask(bearer=b), over),
        ],
        "tenants",
    )
    steps(
        "both",
        "The address first, then the subject",
        [
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=second), ok),
            (NOW, ask(bearer=second), over),
            (NOW, ask(), over),
            (NOW, ask(bearer=second, client="198.51.100.7"), ok),
            (NOW, ask(bearer=GOOD, client="198.51.100.7"), over),
            (NOW, ask(bearer=second, client="198.51.100.7"), over),
        ],
        "both",
    )
    steps(
        "public",
        "Public paths, those that nobody passes and those without a route do not count",
        [
            *[(NOW, ask("/open"), ok)] * 4,
            *[(NOW, ask("/closed", bearer=GOOD), "route_denied")] * 4,
            *[(NOW, ask("/nowhere", bearer=GOOD), "route_not_found")] * 4,
            *[(NOW, ask("//", bearer=GOOD), "path_ambiguous")] * 4,
            (NOW, ask("/a", bearer=GOOD), ok),
            (NOW, ask("/b", bearer=GOOD), ok),
            (NOW, ask("/a", bearer=GOOD), over),
            (NOW, ask("/open"), ok),
        ],
        "routes",
    )
    steps(
        "malformed",
        "Nor does what is no request",
        [
            *[(NOW, {"Records": []}, "request_malformed")] * 4,
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=GOOD), over),
        ],
        "address",
    )
    steps(
        "cached",
        "A token from the cache counts as well",
        [(NOW, ask(bearer=GOOD), wanted) for wanted in (ok, ok, over, over)],
        "cached",
    )
    steps(
        "login",
        "429 and no redirect to a login page",
        [
            (NOW, ask(), "challenge credential_missing"),
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(), over),
            (NOW, ask(bearer=GOOD), over),
        ],
        "login",
    )
    steps(
        "shadow",
        "Shadow mode counts",
        [
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(), "credential_missing"),
            (NOW, ask(bearer=GOOD), over),
        ],
        "shadow",
    )
    steps(
        "logged",
        "No claim of a token is logged that a limit stops",
        [
            (NOW, ask(bearer=GOOD, client=f"203.0.113.{at // 2}"), (ok, ok, over)[at])
            for at in range(3)
        ],
        "logged",
    )

    good = proof(NOW + 3600)
    past = proof(NOW)
    page_over = "challenge rate_limited"
    for name in ("challenge", "challenge-subject"):
        steps(
            name,
            "The page, for GET and HEAD; who comes back with a proof is not limited",
            [
                (NOW, ask(bearer=GOOD), ok),
                (NOW, ask(bearer=GOOD, method="POST"), ok),
                (NOW, ask(bearer=GOOD, query="a=1"), page_over),
                (NOW, ask(bearer=GOOD, method="HEAD"), page_over),
                (NOW, ask(bearer=GOOD, method="POST"), over),
                *[(NOW, ask(bearer=GOOD, cookie=f"{COOKIE}={good}"), ok)] * 4,
                (NOW, ask(bearer=FORGED, cookie=f"{COOKIE}={good}"), "signature_invalid"),
                (NOW, ask(bearer=GOOD, cookie=f"{COOKIE}={past}"), page_over),
                (NOW, ask(bearer=GOOD), page_over),
                (NOW + 3600, ask(bearer=GOOD, cookie=f"{COOKIE}={good}"), ok),
                (NOW + 3600, ask(bearer=GOOD, cookie=f"{COOKIE}={good}"), ok),
                (NOW + 3600, ask(bearer=GOOD, cookie=f"{COOKIE}={good}"), page_over),
            ],
            name,
        )
    steps(
        "challenge-other-client",
        "A proof of another client",
        [
            (NOW, ask(bearer=GOOD, client="198.51.100.7", cookie=f"{COOKIE}={good}"), wanted)
            for wanted in (ok, ok, page_over)
        ],
        "challenge",
    )
    steps(
        "deny-page",
        "over deny: a proof opens the gate, the limit holds all the same",
        [
            (NOW, ask("/gate"), "challenge proof_missing"),
            (NOW, ask("/gate"), "challenge proof_missing"),
            (NOW, ask("/gate"), "challenge proof_missing"),
            (NOW, ask("/gate", bearer=GOOD, cookie=f"{COOKIE}={good}"), ok),
            (NOW, ask("/x", bearer=GOOD, cookie=f"{COOKIE}={good}"), ok),
            (NOW, ask("/x", bearer=GOOD, cookie=f"{COOKIE}={good}"), over),
            (NOW, ask("/gate", bearer=GOOD, cookie=f"{COOKIE}={good}"), over),
        ],
        "deny-page",
    )
    return theme


def cache_theme():
    routes = [
        {"path": "/plain"},
        {"path": "/admin", "require": {"scope": {"all_of": ["admin"]}}},
        {"path": "/a", "issuers": ["https://a.example/"]},
        {"path": "/b", "issuers": ["https://b.example/"]},
        {"path": "/open", "access": "public"},
    ]
    theme = EdgeTheme(
        "token-cache",
        "A token that passed is remembered, and nothing else about it is",
        ["docs/edge.md, Token cache", "SECURITY.md, The token cache"],
        {
            "plain": policy(token_cache={"entries": 16}),
            "large": policy(token_cache={"entries": 4096}),
            "routes": {
                "issuers": [
                    policy(issuer="https://a.example/"),
                    policy(issuer="https://b.example/"),
                ],
                "routes": routes,
                "token_cache": {"entries": 64},
            },
            "age": policy(max_token_age=1000, token_cache={"entries": 16}),
            "tolerance": policy(clock_tolerance=30, token_cache={"entries": 16}),
            "edits": policy(
                claim_headers={"x-user": "sub"},
                sources=[{"header": "authorization", "strip": True}, {"cookie": "session"}],
                token_cache={"entries": 16},
                log={"decisions": "all", "claims": ["sub"]},
            ),
        },
    )
    ok = "ok"

    def steps(slug, comment, made, policy="plain"):
        theme.steps(slug, comment, made, policy=policy)

    for name in ("plain", "large"):
        steps(f"hit-{name}", "The same token again", [(NOW, ask(bearer=GOOD), ok)] * 4, name)
    steps(
        "not-remembered",
        "A denial is not remembered",
        [
            (NOW, ask(bearer=FORGED), "signature_invalid"),
            (NOW, ask(bearer=FORGED), "signature_invalid"),
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=FORGED), "signature_invalid"),
        ],
    )

    short = token(claims(exp=NOW + 100))
    steps(
        "expires",
        "exp is judged on each hit",
        [
            (NOW, ask(bearer=short), ok),
            (NOW + 99, ask(bearer=short), ok),
            (NOW + 100, ask(bearer=short), "expired"),
            (NOW + 101, ask(bearer=short), "expired"),
            (NOW + 99, ask(bearer=short), ok),
        ],
    )
    begins = token(claims(nbf=NOW + 10))
    steps(
        "not-before",
        "nbf too, when the clock goes back",
        [
            (NOW + 9, ask(bearer=begins), "not_yet_valid"),
            (NOW + 10, ask(bearer=begins), ok),
            (NOW + 9, ask(bearer=begins), "not_yet_valid"),
            (NOW + 11, ask(bearer=begins), ok),
        ],
    )
    fresh = token(claims(iat=NOW))
    steps(
        "issued-at",
        "and iat",
        [
            (NOW - 1, ask(bearer=fresh), "issued_in_future"),
            (NOW, ask(bearer=fresh), ok),
            (NOW - 1, ask(bearer=fresh), "issued_in_future"),
            (NOW, ask(bearer=fresh), ok),
        ],
    )
    steps(
        "age",
        "and the age",
        [
            (NOW, ask(bearer=fresh), ok),
            (NOW + 999, ask(bearer=fresh), ok),
            (NOW + 1000, ask(bearer=fresh), "token_too_old"),
            (NOW + 999, ask(bearer=fresh), ok),
        ],
        "age",
    )
    steps(
        "tolerance",
        "with the tolerance",
        [
            (NOW - 30, ask(bearer=token(claims(iat=NOW, nbf=NOW, exp=NOW + 100))), ok),
            (NOW + 129, ask(bearer=token(claims(iat=NOW, nbf=NOW, exp=NOW + 100))), ok),
            (NOW + 130, ask(bearer=token(claims(iat=NOW, nbf=NOW, exp=NOW + 100))), "expired"),
            (NOW - 31, ask(bearer=token(claims(iat=NOW, nbf=NOW, exp=NOW + 100))), "not_yet_valid"),
        ],
        "tolerance",
    )

    # By their exact bytes.
    last = GOOD[:-2] + ("A" if GOOD[-2] != "A" else "B") + GOOD[-1]
    for slug, other, wanted in (
        ("last", last, "signature_invalid"),
        ("cut", GOOD[:-1], "token_malformed"),
        ("longer", f"{GOOD}A", "signature_invalid"),
        ("padding", f"{GOOD}=", "token_malformed"),
    ):
        steps(
            f"bytes-{slug}",
            "Another token that is almost the same",
            [
                (NOW, ask(bearer=GOOD), ok),
                (NOW, ask(bearer=other), wanted),
                (NOW, ask(bearer=GOOD), ok),
            ],
        )
    head, payload, signature = GOOD.split(".")
    middle = token(claims(sub="user-2")).split(".")[1]
    steps(
        "bytes-payload",
        "Another payload under the same signature",
        [
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(bearer=f"{head}.{middle}.{signature}"), "signature_invalid"),
            (NOW, ask(bearer=f"{head}.{payload}.{signature}"), ok),
        ],
    )

    a, b = (token(claims(iss=f"https://{name}.example/")) for name in "ab")
    brief = token(claims(iss="https://a.example/", exp=NOW + 5))
    admin = token(claims(iss="https://a.example/", scope="admin"))
    steps(
        "other-route",
        "What passed on one route has not passed on another",
        [
            (NOW, ask("/plain", bearer=a), ok),
            (NOW, ask("/admin", bearer=a), "scope_insufficient"),
            (NOW, ask("/plain", bearer=a), ok),
            (NOW, ask("/admin", bearer=a), "scope_insufficient"),
            (NOW, ask("/admin", bearer=admin), ok),
            (NOW, ask("/admin", bearer=admin), ok),
            (NOW, ask("/plain", bearer=admin), ok),
        ],
        "routes",
    )
    steps(
        "other-issuer",
        "nor where another issuer is wanted",
        [
            (NOW, ask("/a", bearer=a), ok),
            (NOW, ask("/b", bearer=a), "issuer_not_allowed"),
            (NOW, ask("/b", bearer=b), ok),
            (NOW, ask("/a", bearer=b), "issuer_not_allowed"),
            (NOW, ask("/a", bearer=a), ok),
            (NOW, ask("/plain", bearer=b), ok),
        ],
        "routes",
    )
    steps(
        "spellings",
        "One route, however its path is spelled",
        [
            (NOW, ask("/plain", bearer=a), ok),
            (NOW, ask("/plain/", bearer=a), ok),
            (NOW, ask("/pl%61in", bearer=a, method="POST"), ok),
            (NOW, ask("/PLAIN", bearer=a), "path_ambiguous"),
        ],
        "routes",
    )
    steps(
        "other-clients",
        "One token from several clients",
        [(NOW, ask(bearer=GOOD, client=f"203.0.113.{number}"), ok) for number in range(3)],
    )
    steps(
        "expires-other-route",
        "exp is judged on a hit of each route",
        [
            (NOW, ask("/plain", bearer=brief), ok),
            (NOW, ask("/a", bearer=brief), ok),
            (NOW + 5, ask("/plain", bearer=brief), "expired"),
            (NOW + 5, ask("/a", bearer=brief), "expired"),
        ],
        "routes",
    )
    steps(
        "public",
        "A public path remembers nothing",
        [
            (NOW, ask("/open", bearer=FORGED), ok),
            (NOW, ask("/plain", bearer=FORGED), "issuer_mismatch"),
        ],
        "routes",
    )
    steps(
        "other-place",
        "The same token from another source",
        [
            (NOW, ask(bearer=GOOD), ok),
            (NOW, ask(cookie=f"session={GOOD}"), ok),
            (NOW, ask(cookie=f"session={FORGED}"), "signature_invalid"),
        ],
        "edits",
    )
    steps(
        "edits",
        "Headers and log lines of a hit are those of the first time",
        [
            (NOW, ask(bearer=GOOD, x_user="root"), ok),
            (NOW, ask(bearer=GOOD, x_user="root"), ok),
            (NOW, ask(bearer=EXPIRED, x_user="root"), "expired"),
        ],
        "edits",
    )
    many = [token(claims(jti=str(number))) for number in range(40)]
    steps(
        "more-than-room",
        "More tokens than there is room for",
        [(NOW, ask(bearer=one), ok) for one in (*many, *reversed(many))],
    )
    for size in (2048, 2049, 16384):
        large = token_of_size(size)
        broken = large[:-2] + ("A" if large[-2] != "A" else "B") + large[-1]
        steps(
            f"size-{size}",
            f"A token of {size} bytes",
            [
                (NOW, ask(bearer=large), ok),
                (NOW, ask(bearer=large), ok),
                (NOW, ask(bearer=broken), "signature_invalid"),
            ],
        )
    return theme


THEMES = (cors_theme, login_theme, page_theme, limit_theme, cache_theme)
