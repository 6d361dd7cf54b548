"""What is asked while the clock runs: tokens of six outcomes and three sizes in events of three sizes.

A cell is `<outcome>/<token>/<event>`, such as `allow/0.3/typical`. The token's number is a class in KB, not a length: the
claims of a class are the same under every algorithm, and the signature (43 characters for HS256, 86 for ES256 and EdDSA,
342 for RS256) and the header's kid come on top. `lengths` states the real ones: with HS256 about 344, 1,020 and 4,100
characters, with RS256 665, 1,340 and 4,420.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from .scenario import FOLDER, LONG_AGO, PAST, Scenario, load_scenario
from .signing import base64url, compact, compact_json

OUTCOMES = ("allow", "expired", "bad-signature", "wrong-scope", "malformed", "absent")
EXPECTED = {"allow": "allow", "expired": "401", "bad-signature": "401", "wrong-scope": "403", "malformed": "401", "absent": "401"}
TOKENS = ("0.3", "1", "4")
EVENTS = ("small", "typical", "large")
HEADERS = {"small": 3, "typical": 12, "large": 40}  # the Authorization header is one of them
PER_CELL = 256  # distinct tokens that rotate, so that no cache of one answers

BASE_CELL = "allow/0.3/typical"
# Without a header there is no token, so that its size has one value only.
ALL_CELLS = tuple(
    f"{outcome}/{token}/{event}"
    for outcome in OUTCOMES
    for token in (TOKENS if outcome != "absent" else TOKENS[:1])
    for event in EVENTS
)
# The base cell and every cell that differs from it in one thing.
STAR_CELLS = (
    BASE_CELL,
    *(f"{outcome}/0.3/typical" for outcome in OUTCOMES[1:]),
    *(f"allow/{token}/typical" for token in TOKENS[1:]),
    *(f"allow/0.3/{event}" for event in EVENTS if event != "typical"),
)

# In an event template's text: the places of what differs from event to event.
AUTHORIZATION_MARK = "@AUTHORIZATION@"
REQUEST_MARK = "@REQUEST@"

_CACHE = Path(__file__).resolve().parents[2] / "build" / "study-cache" / "tokens"
_SOURCES = (Path(__file__), Path(__file__).with_name("signing.py"), Path(__file__).with_name("scenario.py"))

_VERBS = ("read", "list", "create", "update", "delete", "export", "approve", "archive")
_NOUNS = ("invoices", "orders", "customers", "reports", "projects", "members", "exports", "webhooks", "audit-log", "settings")
_ROLES = ("editor", "analyst", "billing", "support", "auditor", "operator")
_CITIES = ("Utrecht", "Lyon", "Bergen", "Porto", "Graz", "Tartu")


def split_cell(cell: str) -> tuple[str, str, str]:
    """Outcome, token and event of a cell's name."""
    if cell not in ALL_CELLS:
        raise ValueError(f"no cell is called {cell!r}")
    outcome, token, event = cell.split("/")
    return outcome, token, event


# Tokens.


def _more_claims(source: random.Random, size: str) -> dict[str, Any]:
    """What providers add: custom claims under a name of their own, and a list of permissions that grows."""
    if size == "0.3":
        return {"permissions": []}
    count, groups = (16, 0) if size == "1" else (68, 39)
    every = [f"{verb}:{noun}" for verb in _VERBS for noun in _NOUNS]
    name = f"user-{source.getrandbits(32):08x}"
    claims: dict[str, Any] = {
        "permissions": source.sample(every, count),
        "https://claims.example.test/roles": source.sample(_ROLES, 3),
        "https://claims.example.test/profile": {
            "email": f"{name}@example.test",
            "email_verified": True,
            "locale": "en-GB",
            "city": source.choice(_CITIES),
            "tenant": f"{source.getrandbits(64):016x}",
        },
    }
    if groups:
        claims["https://claims.example.test/groups"] = [f"{source.getrandbits(128):032x}" for _ in range(groups)]
    return claims


def _claims(scenario: Scenario, source: random.Random, size: str, outcome: str) -> dict[str, Any]:
    more = _more_claims(source, size)
    permissions: list[str] = more["permissions"]
    # The right one stands somewhere among the others; without it there are as many.
    right = "read:other" if outcome == "wrong-scope" else "view:data"
    permissions.insert(source.randint(0, len(permissions)), right)
    times = {"iat": LONG_AGO, "exp": PAST} if outcome == "expired" else {}
    return scenario.claims(sub=f"auth0|{source.getrandbits(96):024x}", **times, **more)


def _cut_signature(token: str, source: random.Random) -> str:
    return token[: source.randint(token.rindex(".") + 2, len(token) - 4)]


def _no_signature(token: str, _: random.Random) -> str:
    return token.rpartition(".")[0]


def _not_base64url(token: str, source: random.Random) -> str:
    """As if it had been escaped for a URL once too often."""
    place = source.randint(token.index(".") + 1, token.rindex(".") - 1)
    return f"{token[:place]}%2B{token[place + 3 :]}"


def _empty(_: str, __: random.Random) -> str:
    return ""


def _random_text(token: str, source: random.Random) -> str:
    """Something else that is not a token, such as the id of a session."""
    return f"{source.getrandbits(8 * (len(token) // 2)):x}"


def _broken_claims(token: str, source: random.Random) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{base64url(compact_json({'sub': f'{source.getrandbits(96):024x}'})[:-2])}.{signature}"


def _broken_header(token: str, source: random.Random) -> str:
    _, claims, signature = token.split(".")
    return f"{base64url(b'{alg:none' + str(source.getrandbits(32)).encode())}.{claims}.{signature}"


def _scheme_twice(token: str, _: random.Random) -> str:
    return f"Bearer {token}"


MALFORMED: tuple[Callable[[str, random.Random], str], ...] = (
    _cut_signature,
    _no_signature,
    _not_base64url,
    _empty,
    _random_text,
    _broken_claims,
    _broken_header,
    _scheme_twice,
)


def _make(scenario: Scenario, seed: int, outcome: str, size: str) -> list[str]:
    source = random.Random(f"{seed} {outcome} {size}")
    if outcome == "absent":
        return [""] * PER_CELL
    sign = scenario.sign_with_other_key if outcome == "bad-signature" else scenario.sign
    header = compact_json(scenario.header)
    made = [compact(header, compact_json(_claims(scenario, source, size, outcome)), sign) for _ in range(PER_CELL)]
    if outcome == "malformed":
        made = [MALFORMED[index % len(MALFORMED)](token, source) for index, token in enumerate(made)]
    return made


def _cache_folder(algorithm: str, seed: int) -> Path:
    """Named by everything that the tokens are made of."""
    content = [f"{algorithm} {seed}".encode(), *((FOLDER / name).read_bytes() for name in (f"{algorithm}.json", "keys.json"))]
    content += [path.read_bytes() for path in _SOURCES]
    return _CACHE / hashlib.sha256(b"\0".join(content)).hexdigest()[:24]


def token_file(algorithm: str, seed: int, outcome: str, size: str) -> Path:
    """One token a line, made once and kept: what a runner reads, so that it holds no more than it needs."""
    if outcome not in OUTCOMES or size not in TOKENS:
        raise ValueError(f"no tokens are called {outcome}/{size}")
    folder = _cache_folder(algorithm, seed)
    if not folder.exists():
        _fill(folder, load_scenario(algorithm), seed)
    return folder / f"{outcome}-{size}.txt"


def _fill(folder: Path, scenario: Scenario, seed: int) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=folder.parent))
    try:
        for outcome in OUTCOMES:
            for size in TOKENS:
                text = "".join(f"{token}\n" for token in _make(scenario, seed, outcome, size))
                (partial / f"{outcome}-{size}.txt").write_text(text, encoding="ascii")
        os.rename(partial, folder)
    except OSError:
        # Another process was faster: its files hold the same bytes.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@cache
def tokens(algorithm: str, seed: int) -> dict[str, dict[str, list[str]]]:
    """Outcome -> size -> 256 tokens, distinct but for `absent` and the empty ones among `malformed`.

    What stands after `Bearer `; for `absent` an empty string that nothing may be sent for (see `authorization`).
    """
    return {
        outcome: {size: token_file(algorithm, seed, outcome, size).read_text("ascii").split("\n")[:-1] for size in TOKENS}
        for outcome in OUTCOMES
    }


def lengths(algorithm: str, seed: int) -> dict[str, dict[str, int]]:
    """Outcome -> size -> median length in characters: the real numbers behind the classes."""
    return {
        outcome: {size: round(statistics.median(map(len, made))) for size, made in sizes.items()}
        for outcome, sizes in tokens(algorithm, seed).items()
    }


# Events.

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
# In the order in which an event grows: small takes the first, typical and large go on.
_HEADER_LINES: tuple[tuple[str, str], ...] = (
    ("Host", "d111111abcdef8.cloudfront.net"),
    ("User-Agent", _BROWSER),
    ("Authorization", f"Bearer {AUTHORIZATION_MARK}"),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Language", "en-GB,en;q=0.9,nl;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Referer", "https://app.example.test/dashboard/reports?period=2026-Q3"),
    ("Origin", "https://app.example.test"),
    ("Cookie", "session-hint=a1b2c3d4; theme=dark; consent=necessary.analytics"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Dest", "empty"),
    ("Sec-CH-UA", '"Chromium";v="140", "Not=A?Brand";v="24"'),
    ("Sec-CH-UA-Mobile", "?0"),
    ("Sec-CH-UA-Platform", '"Linux"'),
    ("Cache-Control", "no-cache"),
    ("Pragma", "no-cache"),
    ("Priority", "u=1, i"),
    ("DNT", "1"),
    ("If-None-Match", 'W/"5f1e-9a8b7c6d5e4f3a2b1c0d"'),
    ("If-Modified-Since", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("X-Client-Version", "web/8.41.2+20261103"),
    ("X-Correlation-Id", "0d1f6b1e-55f2-4c1b-9a57-3f1f0f6f8b11"),
    ("X-Device-Id", "c0ffee00-1234-4abc-8def-0123456789ab"),
    ("X-Tenant", "acme-nl"),
    ("X-Feature-Flags", "new-table,fast-export,beta-filters,inline-help"),
    ("X-Timezone", "Europe/Amsterdam"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("tracestate", "vendor=t61rcWkgMzE,other=00f067aa0ba902b7"),
    ("baggage", "userTier=gold,region=eu-west"),
    ("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"),
    ("X-App-Build", "f7bc32d"),
    ("X-Experiment", "checkout=b;search=a;table=c"),
    ("Save-Data", "on"),
    ("Downlink", "9.85"),
    ("ECT", "4g"),
    ("RTT", "50"),
    ("Viewport-Width", "1728"),
)


def event(event_size: str) -> dict[str, Any]:
    """A viewer-request event of CloudFront without its Authorization header."""
    return _event(event_size, None, "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==")


def _event(event_size: str, authorization: str | None, request_id: str) -> dict[str, Any]:
    lines = [
        (name, authorization if name == "Authorization" else value)
        for name, value in _HEADER_LINES[: HEADERS[event_size]]
        if name != "Authorization" or authorization is not None
    ]
    request = {
        "clientIp": "203.0.113.178",
        "headers": {name.lower(): [{"key": name, "value": value}] for name, value in lines},
        "method": "GET",
        "querystring": "page=2&sort=-created",
        "uri": "/records/2026.json",
    }
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": request_id,
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def event_text(event_size: str, with_authorization: bool) -> str:
    """The event as JSON text, with marks where a runner puts the token and the request's number before it parses it."""
    authorization = f"Bearer {AUTHORIZATION_MARK}" if with_authorization else None
    return json.dumps(_event(event_size, authorization, REQUEST_MARK), separators=(",", ":"))


def request_id(number: int) -> str:
    return f"study-request-{number:06d}-HUDdBzoBZnwfnvQc1oF26ClkoUSEQ=="


def cell_event(cell: str, algorithm: str, seed: int, number: int) -> dict[str, Any]:
    """The event that a runner makes for this number of this cell."""
    outcome, size, event_size = split_cell(cell)
    made = tokens(algorithm, seed)[outcome][size]
    authorization = None if outcome == "absent" else f"Bearer {made[number % len(made)]}"
    return _event(event_size, authorization, request_id(number % len(made)))


def cell_task(cell: str, algorithm: str, seed: int) -> dict[str, Any]:
    """What a runner needs to make the events of a cell."""
    outcome, size, event_size = split_cell(cell)
    return {
        "cell": cell,
        "tokens": str(token_file(algorithm, seed, outcome, size)),
        "event": event_text(event_size, outcome != "absent"),
        "expected": EXPECTED[outcome],
    }
