"""What hypothesis makes: policies by docs/policy.md and docs/edge.md, tokens and requests for them."""

from __future__ import annotations

import copy
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

from recipe.edge_parts import ask  # noqa: E402
from recipe.parts import (  # noqa: E402
    ALGORITHMS,
    AUDIENCE,
    ISSUER,
    NOW,
    USUAL_KEY,
    b64,
    decode,
    encode,
    header,
    jwk,
    key_of,
    token_with,
)
from recipe.signing import sign_message  # noqa: E402

HMAC = ALGORITHMS[:3]
WORDS = st.sampled_from(["read", "write", "admin", "a", "", "é", "read write"])
NAMES = st.sampled_from(["read", "write", "admin", "a", "é"])
TIMES = st.one_of(
    st.integers(NOW - 400, NOW + 400),
    st.floats(NOW - 3, NOW + 3, allow_nan=False),
    st.sampled_from([0, -1, 2**53, 1e300, NOW + 0.5]),
)
# What a claim or a member may be that is none of what it should be.
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abkx_$.é", max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


# --- policies -----------------------------------------------------------------------------------

SOME_NAMES = st.lists(NAMES, min_size=1, max_size=3, unique=True)
REQUIREMENT = st.fixed_dictionaries(
    {}, optional={"all_of": SOME_NAMES, "any_of": SOME_NAMES, "none_of": SOME_NAMES}
).filter(bool)
REQUIRE = st.fixed_dictionaries(
    {},
    optional={
        "present": st.lists(st.sampled_from(["sub", "jti", "x", "nbf"]), min_size=1, unique=True),
        "claims": st.dictionaries(
            st.sampled_from(["x", "y", "email_verified"]),
            st.one_of(NAMES, st.integers(-5, 5), st.booleans(), REQUIREMENT),
            min_size=1,
        ),
        "permissions": REQUIREMENT,
        "scope": REQUIREMENT,
        "roles": REQUIREMENT,
        "groups": REQUIREMENT,
    },
).filter(bool)


@cache
def _key(algorithm: str, kid: bool) -> str:
    name = USUAL_KEY[algorithm]
    return json.dumps(jwk(name, name) if kid else jwk(name))


@st.composite
def issuers(draw: st.DrawFn) -> dict[str, Any]:
    """The members that are demanded of an issuer's tokens."""
    algorithms = draw(st.lists(st.sampled_from(ALGORITHMS), min_size=1, max_size=4, unique=True))
    if draw(st.integers(0, 2)):
        algorithms[0] = draw(st.sampled_from(HMAC))
        algorithms = list(dict.fromkeys(algorithms))
    named = draw(st.booleans())
    keys = [json.loads(text) for text in dict.fromkeys(_key(each, named) for each in algorithms)]
    made: dict[str, Any] = {
        "algorithms": algorithms,
        "issuer": draw(st.sampled_from([ISSUER, ISSUER, None, "https://other.example/"])),
        "audience": draw(st.sampled_from([AUDIENCE, [AUDIENCE, "b"], ["b"], None])),
        "keys": draw(st.sampled_from([keys, {"keys": keys}])),
    }
    optional = {
        "clock_tolerance": st.integers(0, 300),
        "expiration": st.sampled_from(["required", "optional"]),
        "max_token_age": st.integers(1, 1000),
        "typ": st.sampled_from([["JWT"], ["at+jwt"], None]),
        "azp": st.one_of(NAMES, SOME_NAMES),
        "require": REQUIRE,
        "realm": st.sampled_from(["files", "a b", "x" * 64]),
    }
    # Half of them with nothing beyond, so that tokens pass.
    return made | draw(st.one_of(st.just({}), st.fixed_dictionaries({}, optional=optional)))


PATTERNS = ["/", "/**", "/data/**", "/data/*", "/data/1", "/admin/**", "/*/1", "/é"]


@st.composite
def routes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Each pattern once: of one pattern the order counts."""
    made = []
    for path in draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=6, unique=True)):
        optional = {
            "methods": st.lists(st.sampled_from(["GET", "POST", "PUT"]), min_size=1, unique=True),
            "access": st.sampled_from(["token", "public", "deny"]),
        }
        route = {"path": path, **draw(st.fixed_dictionaries({}, optional=optional))}
        if route.get("access", "token") == "token" and draw(st.booleans()):
            route["require"] = draw(REQUIRE)
        made.append(route)
    return made


EDGE = st.fixed_dictionaries(
    {},
    optional={
        "routes": routes(),
        "path_case": st.sampled_from(["any", "exact"]),
        "claim_headers": st.dictionaries(
            st.sampled_from(["x-user", "x-scope", "x-a_b"]), st.sampled_from(["sub", "scope", "x"]), min_size=1
        ),
        "sources": st.lists(
            st.sampled_from(
                [
                    {"header": "authorization"},
                    {"header": "authorization", "strip": True},
                    {"header": "x-token"},
                    {"cookie": "t", "strip": True},
                    {"cookie": "u", "repeated": "first"},
                    {"query": "token", "strip": True},
                ]
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda one: tuple(one.items())[0],
        ),
        "cors": st.sampled_from(
            [{"origins": "*"}, {"origins": ["https://a.example"], "credentials": True, "max_age": 5}]
        ),
        "mode": st.sampled_from(["enforce", "shadow"]),
        "log": st.sampled_from([{"decisions": "all", "claims": ["sub", "x"]}, {"decisions": "denied"}]),
        "token_cache": st.just({"entries": 16}),
    },
)


@st.composite
def policies(draw: st.DrawFn, edge: bool | None = None) -> dict[str, Any]:
    made = draw(issuers())
    if edge or (edge is None and draw(st.booleans())):
        made |= draw(EDGE)
        if edge:
            made.setdefault("routes", [{"path": "/**"}])
    return made


@st.composite
def broken_policies(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A policy one member of which is something else, or is gone or new; and that member's name."""
    made = copy.deepcopy(draw(policies()))
    name = draw(st.sampled_from([*made, "unknown"]))
    place: Any = made
    path: list[Any] = [name]
    while name != "unknown" and isinstance(place[path[-1]], (dict, list)) and place[path[-1]] and draw(st.booleans()):
        place = place[path[-1]]
        path.append(draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place)))))
    if draw(st.integers(0, 4)) == 0 and path[-1] != "unknown":
        del place[path[-1]]
    else:
        place[path[-1]] = draw(ODD)
    return made, name


# --- tokens -------------------------------------------------------------------------------------

CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.one_of(st.just(ISSUER), st.sampled_from(["https://other.example/", ""]), ODD),
        "aud": st.one_of(st.sampled_from([AUDIENCE, "b", [AUDIENCE], ["c", "b"], []]), ODD),
        "exp": st.one_of(TIMES, TIMES, ODD),
        "nbf": st.one_of(TIMES, TIMES, ODD),
        "iat": st.one_of(TIMES, TIMES, ODD),
        "sub": st.one_of(NAMES, ODD),
        "scope": st.one_of(WORDS, SOME_NAMES, ODD),
        "permissions": st.one_of(SOME_NAMES, ODD),
        "roles": st.one_of(SOME_NAMES, ODD),
        "groups": st.one_of(SOME_NAMES, ODD),
        "azp": st.one_of(NAMES, ODD),
        "x": st.one_of(NAMES, ODD),
        "y": ODD,
        "email_verified": st.booleans(),
    },
)
GOOD_CLAIMS = {"iss": ISSUER, "aud": [AUDIENCE, "b"], "exp": NOW + 500, "sub": "a", "azp": "a"}


@st.composite
def claims_sets(draw: st.DrawFn) -> dict[str, Any]:
    """Most of them good but for a claim or two."""
    drawn: dict[str, Any] = draw(CLAIMS)
    most = draw(st.sampled_from([0, 1, 1, 2, 16]))
    return drawn if most > 2 else {**GOOD_CLAIMS, **dict(list(drawn.items())[:most])}


def sign(algorithm: str, claims: dict[str, Any], **members: Any) -> str:
    """By the usual key of HMAC: those of the others take too long to sign with."""
    name = USUAL_KEY[algorithm]
    text = encode(header(**{"alg": algorithm, "kid": name, **members}), claims)
    return f"{text}.{b64(sign_message(algorithm, key_of(name), text.encode()))}"


def sign_with(name: str, claims: dict[str, Any]) -> str:
    """HS256 by the key of that name."""
    text = encode(header(kid=name), claims)
    return f"{text}.{b64(sign_message('HS256', key_of(name), text.encode()))}"


@cache
def good_token(algorithm: str) -> str:
    made: str = token_with(algorithm, claims_set=GOOD_CLAIMS)
    return made


def of_hmac(made: dict[str, Any]) -> tuple[str, ...]:
    """The algorithms of a policy that tokens are signed with here; any, where it has none."""
    return tuple(name for name in made["algorithms"] if name in HMAC) or HMAC


@st.composite
def tokens(draw: st.DrawFn, among: tuple[str, ...] = HMAC) -> str:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return good_token(draw(st.sampled_from(ALGORITHMS)))
    members = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "typ": st.sampled_from(["JWT", "at+jwt", "x", "application/jwt", 5]),
                "kid": st.sampled_from(["main", "bytes-64", "", None]),
                "crit": st.just(["exp"]),
                "x": ODD,
            },
        )
        if kind > 6
        else st.just({})
    )
    made = sign(draw(st.sampled_from(among)), draw(claims_sets()), **members)
    if kind == 1:
        made = flip(made, draw(st.integers(0, 2)), draw(st.integers(0, 1 << 12)))
    if kind == 2:
        at = draw(st.integers(0, len(made)))
        made = made[:at] + draw(st.text(max_size=3)) + made[at + draw(st.integers(0, 3)) :]
        made = made.encode(errors="replace").decode()
    return made


def flip(token: str, segment: int, bit: int) -> str:
    """The token with one bit of a decoded segment changed, counted round."""
    parts = token.split(".")
    octets = bytearray(decode(parts[segment]))
    bit %= len(octets) * 8
    octets[bit // 8] ^= 1 << bit % 8
    parts[segment] = b64(bytes(octets))
    return ".".join(parts)


# --- requests -----------------------------------------------------------------------------------

PATHS = st.one_of(
    st.sampled_from(["/", "/data/1", "/data/2", "/admin/a", "/DATA/1", "/x/1", "/data/1/", "/%C3%A9"]),
    st.lists(st.sampled_from(["data", "admin", "1", "..", "%2e", "%2F", "a;b", "é", "\\", ""]), max_size=4).map(
        lambda parts: "/" + "/".join(parts)
    ),
)


@st.composite
def events(draw: st.DrawFn, among: tuple[str, ...] = HMAC) -> dict[str, Any]:
    made = draw(tokens(among))
    places = draw(st.lists(st.sampled_from(["header", "x-token", "cookie", "query", "none"]), min_size=1, max_size=2))
    headers: dict[str, Any] = {}
    query = draw(st.sampled_from(["", "a=b", "page=2&x-user=1"]))
    if "x-token" in places:
        headers["x_token"] = made
    if "cookie" in places:
        headers["cookie"] = draw(st.sampled_from(["t={0}", "a=b; t={0}; c=d", "u={0}; u=x"])).format(made)
    if "query" in places:
        query += f"&token={made}"
    if draw(st.integers(0, 3)) == 0:
        headers["x_user"] = "somebody"
    method = draw(st.sampled_from(["GET", "GET", "POST", "HEAD", "OPTIONS"]))
    if draw(st.integers(0, 4)) == 0:
        headers["origin"] = draw(st.sampled_from(["https://a.example", "https://b.example", "null"]))
        if draw(st.booleans()):
            method = "OPTIONS"
            headers["access_control_request_method"] = draw(st.sampled_from(["GET", "PUT"]))
            names = draw(st.sampled_from([None, "authorization", "authorization,authorization", "x-other"]))
            if names is not None:
                headers["access_control_request_headers"] = names
    event: dict[str, Any] = ask(
        draw(PATHS),
        bearer=made if "header" in places else None,
        method=method,
        query=query,
        **headers,
    )
    return event


def bare(made: dict[str, Any]) -> bool:
    """Whether a policy has no edge layer."""
    layer = ("routes", "path_case", "claim_headers", "sources", "cors", "mode", "log", "token_cache")
    return not any(name in made for name in layer)
