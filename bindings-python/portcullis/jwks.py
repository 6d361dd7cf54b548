"""Keys that change while a function runs.

    from portcullis.jwks import RefreshingVerifier

    jwks = {"https://issuer.example/": "https://issuer.example/keys"}
    verifier = RefreshingVerifier(policy, jwks)
    handler = verifier.handler             # a whole Lambda@Edge function
    decision = verifier.verify(event)      # or judge by yourself

JWK Sets are fetched beside the requests, in daemon threads, from the URLs that the operator named.
Each set that the core accepts makes a new verifier, which takes the place of the last one; a
verifier itself never changes and never fetches. docs/keys.md is the manual. Needs the standard
library alone.
"""

import io
import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypedDict, cast

from ._adapter import tell
from ._core import Decision, PolicyError, Verifier
from .typing import Response

__all__ = ["Answer", "FetchError", "IssuerStatus", "RefreshingVerifier"]

# The least and the most that each may be: seconds, but for max_bytes.
_RANGES = {
    "timeout": (0.05, 60),
    "max_bytes": (1024, 524_288),
    "lifetime": (60, 604_800),
    "grace": (60, 2_592_000),
    "cooldown": (1, 3600),
}

# A max-age below this would make each function ask all the time.
_LEAST_MAX_AGE = 60

# What the headers of an answer may have beside its body.
_MAX_HEADER_BYTES = 65_536

# One key of each kind, to check a policy before there are keys. They are public, base points of the
# curves and the like: no token is ever shown to a verifier that has them.
_ANY_KEYS = json.dumps(
    {
        "keys": [
            {"kty": "oct", "k": "A" * 86},
            {"kty": "RSA", "n": "_" * 341 + "w", "e": "AQAB"},
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
                "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
            },
            {
                "kty": "EC",
                "crv": "P-384",
                "x": "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
                "y": "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
            },
            {
                "kty": "EC",
                "crv": "P-521",
                "x": "AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51ko_h3BJ6L_qN4z"
                "SLPBhWpCm_l-fjHC5b1m",
                "y": "ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT-tB2E1"
                "PHCGonLCQIi-lHaf0WZQ",
            },
            {"kty": "OKP", "crv": "Ed25519", "x": "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"},
        ]
    }
)

# What is said of a request before a key is looked for, and so without any key.
_BEFORE_KEYS = frozenset(
    {
        "credential_missing",
        "credential_malformed",
        "token_too_large",
        "token_malformed",
        "header_invalid",
        "critical_header_unsupported",
        "request_malformed",
        "internal_error",
        # By an edge layer.
        "path_ambiguous",
        "route_not_found",
        "route_denied",
        "rate_limited",
        "proof_missing",
        "preflight_refused",
    }
)

# What an edge layer says of requests (docs/edge.md), but for what tokens are remembered.
_EDGE_MEMBERS = (
    "sources",
    "claim_headers",
    "routes",
    "path_case",
    "cors",
    "challenge",
    "rate_limit",
    "mode",
    "log",
)

# What the other issuers' rules may say of a token whose own issuer has no keys.
_WITHOUT_ITS_ISSUER = frozenset(
    {
        "key_not_found",
        "issuer_mismatch",
        "algorithm_not_allowed",
        "type_not_allowed",
        "signature_invalid",
    }
)

# {"alg":"HS256","kid":"none"}.{}.: the closed verifier has no such key.
_UNKNOWN_KEY_TOKEN = "eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vbmUifQ.e30.AAAA"

_CODES = (
    "timeout",
    "network",
    "redirect",
    "status",
    "too_large",
    "not_json",
    "not_key_set",
    "refused",
    "closed",
)
_Judge = Callable[[Verifier], Decision]


class FetchError(Exception):
    """Why a fetch failed. The message never holds anything of what was fetched."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Answer(NamedTuple):
    """What a fetch gives: the body of a 200, and its Cache-Control."""

    body: bytes
    cache_control: str = ""


class IssuerStatus(TypedDict):
    """The keys of one issuer. Times are seconds since the epoch, ages are seconds."""

    issuer: str
    # Where the keys in use are from.
    origin: Literal["none", "baked", "fetched"]
    # How many the set has, those that the core ignores included.
    keys: int
    loaded_at: float | None
    age: float | None
    serves: bool
    refreshing: bool
    # Since the last success.
    failures: int
    # Code, message, and when.
    last_error: tuple[str, str, float] | None


class _Deadline(io.RawIOBase):
    """What http.client uses of a socket. Every operation ends at one deadline, and no more than a
    limit is read, so that a peer that sends byte after byte holds nobody."""

    def __init__(self, connection: socket.socket, deadline: float, limit: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left = limit

    def _arm(self) -> None:
        self._connection.settimeout(_left_until(self._deadline))

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def sendall(self, data: bytes) -> None:
        self._arm()
        self._connection.sendall(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._arm()
        size = self._connection.recv_into(buffer)
        self._left -= size
        if self._left < 0:
            raise FetchError("too_large", "expected fewer bytes")
        return size

    def close(self) -> None:
        """http.client closes before it has read; who made the connection closes it."""


def _left_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(host: str, port: int, deadline: float) -> socket.socket:
    failure: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_left_until(deadline))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure or OSError("no address")


def fetch(url: str, *, timeout: float, max_bytes: int) -> Answer:
    """One GET: certificates are verified, redirects and proxies are not followed, no credentials
    are sent. `timeout` holds from the connection to the last byte."""
    # Here, because their import takes longer than that of all the rest.
    import http.client
    import ssl
    from urllib.parse import urlsplit

    deadline = time.monotonic() + timeout
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection: socket.socket | None = None
    try:
        connection = _connect(host, port, deadline)
        if parts.scheme == "https":
            connection.settimeout(_left_until(deadline))
            context = ssl.create_default_context()
            connection = context.wrap_socket(connection, server_hostname=host)
        client = http.client.HTTPConnection(parts.netloc)
        client.sock = _Deadline(connection, deadline, max_bytes + _MAX_HEADER_BYTES)
        headers = {
            "Accept": "application/jwk-set+json, application/json",
            "Connection": "close",
            "User-Agent": "portcullis",
        }
        client.request("GET", target, headers=headers)
        response = client.getresponse()
        if 300 <= response.status < 400:
            raise FetchError("redirect", "expected no redirect")
        if response.status != 200:
            raise FetchError("status", f"expected 200, not {response.status}")
        announced = response.length or 0
        body = b"" if announced > max_bytes else response.read(max_bytes + 1)
        if max(announced, len(body)) > max_bytes:
            raise FetchError("too_large", f"expected at most {max_bytes} bytes")
        if response.length:
            raise FetchError("network", "the connection ended before the answer")
        return Answer(body, response.headers.get("Cache-Control", ""))
    except TimeoutError:
        raise FetchError("timeout", f"no complete answer within {timeout} s") from None
    except (OSError, http.client.HTTPException) as error:
        # A message could hold anything.
        raise FetchError("network", f"cannot fetch ({_name_of(error)})") from None
    finally:
        if connection is not None:
            connection.close()


def _name_of(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    told = reason if isinstance(reason, str) and re.fullmatch(r"\w{1,64}", reason) else ""
    return told or type(error).__name__


def _check_number(name: str, value: object) -> None:
    least, most = _RANGES[name]
    what = "a whole number of bytes" if name == "max_bytes" else "seconds"
    kinds = (int,) if name == "max_bytes" else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise TypeError(f"{name}: expected {what} as a number")
    if not least <= value <= most:
        raise ValueError(f"{name}: expected {what} from {least} to {most}, not {value}")


def _check_url(name: str, url: object, allow_http: bool) -> str:
    from urllib.parse import urlsplit

    parts = None
    if isinstance(url, str) and re.fullmatch(r"[!-~]+", url):
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts = None
    # The URL is not told: it may hold a password.
    if parts is None or not parts.scheme or not parts.hostname or port == 0:
        raise ValueError(f"{name}: expected an absolute URL as a string of ASCII")
    if "@" in parts.netloc or "#" in str(url):
        raise ValueError(f"{name}: expected a URL without user, password and fragment")
    loopback = re.fullmatch(r"localhost|127(\.\d{1,3}){3}|::1", parts.hostname)
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http" and loopback):
        raise ValueError(
            f"{name}: expected https, or with allow_http http to localhost, 127.0.0.1 or [::1]"
        )
    return str(url)


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _copy_policy(policy: Any) -> dict[str, Any]:
    """The policy's own data, which nobody else can change."""
    try:
        text = policy if isinstance(policy, str | bytes) else json.dumps(policy)
        copy = json.loads(text, object_pairs_hook=_members_once)
    except (TypeError, ValueError, RecursionError):
        copy = None
    if isinstance(copy, dict):
        return copy
    # The core tells what is wrong, and where.
    Verifier(policy)
    raise ValueError("policy: expected a dict, or a JSON object as str or bytes")


def _text_of(members: Any, keys: str | None) -> str:
    """A policy, or an entry of `issuers`, with these keys. The text of the keys goes in as it is,
    so that the core reads what came: json.loads would hide a member that is there twice."""
    if not isinstance(members, dict):
        # Not ours to tell: the core names the place.
        return json.dumps(members)
    parts = [
        f"{json.dumps(name)}:{json.dumps(value)}"
        for name, value in members.items()
        if name != "keys"
    ]
    if keys is not None:
        parts.append(f'"keys":{keys}')
    return "{" + ",".join(parts) + "}"


def _names_of(members: Mapping[str, Any]) -> set[str]:
    """The issuers that an entry stands for."""
    issuer, tenants = members.get("issuer"), members.get("tenants")
    if not isinstance(issuer, str):
        return set()
    if "{tenantid}" not in issuer or not isinstance(tenants, list):
        return {issuer}
    return {issuer.replace("{tenantid}", str(tenant)) for tenant in tenants}


def _route_for(route: Any, names: set[Any]) -> Any:
    """A route while some issuers have no keys: its tokens are those of the others, `names`. Where
    no issuer is left nobody passes."""
    if "issuers" not in route:
        return route
    issuers = [name for name in route["issuers"] if name in names]
    if issuers:
        return {**route, "issuers": issuers}
    place = {name: value for name, value in route.items() if name in ("path", "methods")}
    return {**place, "access": "deny"}


def _max_age_of(cache_control: str) -> float | None:
    found = re.search(r'(?:^|[\s,])max-age\s*=\s*"?([0-9]{1,10})"?\s*(?:,|$)', cache_control, re.I)
    return float(found[1]) if found else None


def _read_key_set(body: bytes) -> tuple[str, int]:
    """The text of a JWK Set, as far as it can be known without the core, and its number of keys."""
    try:
        text = body.decode("utf-8")
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise FetchError("not_json", "expected JSON in UTF-8") from None
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise FetchError("not_key_set", "expected a JSON object with an array keys")
    return text, len(document["keys"])


class _Flight:
    """A fetch under way."""

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.ends_at = 0.0
        self.done = threading.Event()
        self.loaded = False


class _Source:
    """The keys of one issuer that has a URL: what is in use, and when to ask for more."""

    def __init__(self, issuer: str, url: str, members: Mapping[str, Any]) -> None:
        self.issuer = issuer
        self.url = url
        baked = members.get("keys")
        self.origin: Literal["none", "baked", "fetched"] = "baked" if "keys" in members else "none"
        self.text = json.dumps(baked) if "keys" in members else None
        listed = baked.get("keys") if isinstance(baked, dict) else baked
        self.count = len(listed) if isinstance(listed, list) else 0
        self.loaded_at: float | None = None
        # The first look turns this into its own time.
        self.fresh_until = float("inf")
        self.stale_until = float("inf")
        self.next_attempt = float("-inf")
        self.failures = 0
        self.last_error: tuple[str, str, float] | None = None
        self.flight: _Flight | None = None


class _Entry:
    """What the policy says of one issuer."""

    def __init__(self, members: Any, source: _Source | None) -> None:
        self.members = members
        self.source = source
        there = isinstance(members, dict) and "keys" in members
        self._baked = json.dumps(members["keys"]) if there else None
        # Earlier entries that stand for an issuer of this one, too.
        self.after: list[int] = []

    @property
    def keys(self) -> str | None:
        return self._baked if self.source is None else self.source.text


class RefreshingVerifier:
    """A verifier of the newest keys. Fetches nothing before the first call of a method.

    policy      as for Verifier, but `keys` may be left out where `jwks` has a URL for the issuer;
                keys that are there serve until the first fetch has succeeded
    jwks        from an issuer, as the policy writes it, to the URL of its JWK Set
    timeout     seconds for one fetch, from the connection to the last byte
    max_bytes   of one JWK Set
    lifetime    keys older than this many seconds are fetched again
    grace       keys older than this many seconds serve no more
    cooldown    seconds from one fetch of an issuer to the next, whatever arrives
    allow_http  take http URLs of this machine (localhost, 127.0.0.1, [::1]), for tests
    on_event    called with a dict, for metrics: never a URL, a key or a token in it
    clock       seconds since the epoch, for the age of keys
    fetch       in place of this module's, when the way out needs a proxy or a certificate
                authority: called with (url, timeout=, max_bytes=), answers with bytes or an Answer

    Raises PolicyError when the policy cannot be used; ValueError or TypeError, with the name of the
    option, when an option cannot.
    """

    def __init__(
        self,
        policy: Mapping[str, Any] | str | bytes,
        jwks: Mapping[str, str],
        *,
        timeout: float = 3.0,
        max_bytes: int = 262_144,
        lifetime: float = 600,
        grace: float = 86_400,
        cooldown: float = 30,
        allow_http: bool = False,
        on_event: Callable[[dict[str, Any]], object] | None = None,
        clock: Callable[[], float] = time.time,
        fetch: Callable[..., bytes | Answer] | None = None,
    ) -> None:
        _check_number("timeout", timeout)
        _check_number("max_bytes", max_bytes)
        _check_number("lifetime", lifetime)
        _check_number("grace", grace)
        _check_number("cooldown", cooldown)
        if grace < lifetime:
            raise ValueError("grace: expected no less than lifetime")
        if not isinstance(allow_http, bool):
            raise TypeError("allow_http: expected True or False")
        for name, function in (("on_event", on_event), ("clock", clock), ("fetch", fetch)):
            if not (callable(function) or (function is None and name != "clock")):
                raise TypeError(f"{name}: expected a function")
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._lifetime = lifetime
        self._grace = grace
        self._cooldown = cooldown
        self._on_event = on_event
        self._clock = clock
        self._fetch = fetch or _fetch
        # Guards all that follows but for reading _verifier, _looked_at and _next_look: each of them
        # is right by itself.
        self._lock = threading.Lock()
        # Told when the lock is free again: a listener may call the verifier.
        self._events: deque[dict[str, Any]] = deque()
        self._closed = False
        self._policy = _copy_policy(policy)
        self._several = isinstance(self._policy.get("issuers"), list)
        self._entries, self._sources = self._read_entries(jwks, allow_http)
        self._shut = self._check_policy()
        # Of the entries that have keys; None when none has.
        self._verifier: Verifier | None = None
        # Whether an entry has no keys.
        self._missing = True
        # No look is needed from one time up to the other.
        self._looked_at = float("inf")
        self._next_look = float("-inf")
        self._build()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def verify(self, event: object, now: int | None = None) -> Decision:
        """As Verifier.verify. Starts a refresh when one is due, and does not wait for it."""
        return self._judge(lambda verifier: verifier.verify(event, now))

    def verify_token(self, token: str | bytes | None, now: int | None = None) -> Decision:
        """As Verifier.verify_token. Starts a refresh when one is due, and does not wait for it."""
        return self._judge(lambda verifier: verifier.verify_token(token, now))

    def verify_fresh(self, event: object, now: int | None = None) -> Decision:
        """As verify, but where the key is missing and a refresh is under way it waits for that, at
        most the timeout, and judges once more. For functions that are frozen between requests."""
        return self._judge_fresh(lambda verifier: verifier.verify(event, now))

    def verify_token_fresh(self, token: str | bytes | None, now: int | None = None) -> Decision:
        """As verify_fresh, for a token."""
        return self._judge_fresh(lambda verifier: verifier.verify_token(token, now))

    def handler(self, event: Any, context: object = None, /) -> dict[str, Any] | Response:
        """A whole Lambda@Edge function over verify_fresh: gives the event's own request dict,
        changed as an edge layer wants it, or a response that denies. Raises for no event."""
        decision = self.verify_fresh(event)
        request: dict[str, Any] | None = None
        try:
            if decision.allowed or decision.shadow:
                request = event["Records"][0]["cf"]["request"]
                decision.apply_edits(request)
        except Exception:
            # Where the policy only watches, a request goes on whatever happens.
            if not (decision.shadow and isinstance(request, dict)):
                request = None
            decision = self._shut.verify(None, 0)
        tell(decision, print, None)
        return cast(Response, decision.response) if request is None else request

    def ready(self) -> bool:
        """Fetches what is due, waits for it at most the timeout, and tells whether every issuer has
        keys then."""
        with self._lock:
            self._look(self._clock())
        self._tell_events()
        self._wait(self._flights())
        return not self._missing

    def refresh(self) -> bool:
        """Fetches every set now, whatever the cooldown says, and tells whether all were loaded. Not
        for requests: nothing limits it."""
        with self._lock:
            moment = self._clock()
            self._look(moment)
            for source in self._sources:
                if source.flight is None:
                    self._start(source, moment, "call")
            flights = [source.flight for source in self._sources if source.flight is not None]
        self._tell_events()
        self._wait(flights)
        return len(flights) == len(self._sources) and all(flight.loaded for flight in flights)

    def status(self) -> list[IssuerStatus]:
        """One entry for each issuer that has a URL, in the policy's order."""
        moment = self._clock()
        with self._lock:
            return [
                {
                    "issuer": source.issuer,
                    "origin": source.origin,
                    "keys": source.count,
                    "loaded_at": source.loaded_at,
                    "age": (
                        None if source.loaded_at is None else max(0.0, moment - source.loaded_at)
                    ),
                    "serves": source.text is not None and moment < source.stale_until,
                    "refreshing": source.flight is not None,
                    "failures": source.failures,
                    "last_error": source.last_error,
                }
                for source in self._sources
            ]

    def close(self) -> None:
        """Starts no more fetches and drops what is under way. Decisions go on with the keys that
        are there."""
        with self._lock:
            self._closed = True
            for source in self._sources:
                if source.flight is not None:
                    self._give_up(source, source.flight, FetchError("closed", "it was closed"))
        self._tell_events()

    def _read_entries(
        self, jwks: Mapping[str, str], allow_http: bool
    ) -> tuple[list[_Entry], list[_Source]]:
        if not isinstance(jwks, Mapping):
            raise TypeError("jwks: expected a dict of issuers and URLs")
        urls = {
            issuer: _check_url(f"jwks[{json.dumps(issuer)}]", url, allow_http)
            for issuer, url in jwks.items()
        }
        if not urls:
            raise ValueError("jwks: expected at least one issuer")
        entries: list[_Entry] = []
        sources: list[_Source] = []
        for members in self._policy["issuers"] if self._several else [self._policy]:
            issuer = members.get("issuer") if isinstance(members, dict) else None
            source = None
            if isinstance(issuer, str) and issuer in urls:
                source = _Source(issuer, urls[issuer], members)
                sources.append(source)
            entries.append(_Entry(members, source))
        for issuer in urls:
            if not any(source.issuer == issuer for source in sources):
                raise ValueError(f"jwks[{json.dumps(issuer)}]: expected an issuer of the policy")
        return entries, sources

    def _check_policy(self) -> Verifier:
        """A mistake of the policy shows when the function starts, whether or not there are keys
        yet. Gives what judges the rest of a request; nothing that it allows is allowed."""
        Verifier(
            self._policy_text(
                self._entries,
                lambda entry: entry.keys or (None if entry.source is None else _ANY_KEYS),
            )
        )
        # An entry without keys must not leave its tokens to a later one that stands for its issuer,
        # too.
        names = [_names_of(entry.members) for entry in self._entries]
        for index, entry in enumerate(self._entries):
            entry.after = [
                earlier for earlier in range(index) if not names[index].isdisjoint(names[earlier])
            ]
        secret = "no token is allowed by this secret"
        shut: dict[str, Any] = {
            "algorithms": ["HS256"],
            "issuer": None,
            "audience": None,
            "keys": [{"secret": secret, "encoding": "utf8", "kid": "closed"}],
            # Nor by anything else: an edge layer lets public paths through.
            "require": {"roles": {"all_of": ["closed"], "none_of": ["closed"]}},
            **self._members_without_keys(),
        }
        return Verifier(json.dumps(shut))

    def _members_without_keys(self) -> dict[str, Any]:
        """What of the policy can be judged by without keys."""
        members = {
            name: self._policy[name] for name in ("realm", *_EDGE_MEMBERS) if name in self._policy
        }
        if "routes" in members:
            members["routes"] = [
                {
                    name: value
                    for name, value in route.items()
                    if name not in ("issuers", "require")
                }
                for route in members["routes"]
            ]
        return members

    def _policy_text(
        self, entries: Sequence[_Entry], keys_of: Callable[[_Entry], str | None]
    ) -> str:
        if not self._several:
            return _text_of(self._policy, keys_of(self._entries[0]))
        top = {name: value for name, value in self._policy.items() if name != "issuers"}
        if len(entries) < len(self._entries) and "routes" in top:
            names = {entry.members["issuer"] for entry in entries}
            top["routes"] = [_route_for(route, names) for route in top["routes"]]
        parts = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in top.items()]
        issuers = ",".join(_text_of(entry.members, keys_of(entry)) for entry in entries)
        return "{" + ",".join([*parts, f'"issuers":[{issuers}]']) + "}"

    def _build(self) -> None:
        """A verifier of the keys that are there. When it raises PolicyError nothing has changed."""
        serves: list[bool] = []
        for entry in self._entries:
            serves.append(
                entry.keys is not None and all(serves[earlier] for earlier in entry.after)
            )
        entries = [entry for entry, there in zip(self._entries, serves, strict=True) if there]
        verifier = None
        if entries:
            verifier = Verifier(self._policy_text(entries, lambda entry: entry.keys))
        self._verifier = verifier
        self._missing = len(entries) < len(self._entries)

    def _judge(self, ask: _Judge) -> Decision:
        moment = self._clock()
        if not self._looked_at <= moment < self._next_look:
            with self._lock:
                self._look(moment)
            self._tell_events()
        verifier = self._verifier
        if verifier is None:
            decision = ask(self._shut)
            # Allowed is a public path.
            if decision.allowed or decision.shadow or decision.kind == "answer":
                return decision
            if decision.reason in _BEFORE_KEYS:
                return decision
            return self._shut.verify_token(_UNKNOWN_KEY_TOKEN, 0)
        decision = ask(verifier)
        if decision.reason == "key_not_found":
            with self._lock:
                for source in self._sources:
                    if source.flight is None and moment >= source.next_attempt:
                        self._start(source, moment, "unknown_key")
            self._tell_events()
        return decision

    def _judge_fresh(self, ask: _Judge) -> Decision:
        before = self._verifier
        decision = self._judge(ask)
        moment = self._clock()
        reason, allowed = decision.reason, decision.allowed
        flights = self._flights(
            lambda source: (
                reason == "key_not_found"
                or (source.text is None and reason in _WITHOUT_ITS_ISSUER)
                # What a process that is frozen between requests could not finish beside them.
                or (
                    allowed
                    and source.text is not None
                    and moment >= source.fresh_until + self._lifetime
                )
            )
        )
        # A fetch may have ended already, so that there is nothing to wait for.
        if not flights and self._verifier is before:
            return decision
        self._wait(flights)
        return self._judge(ask)

    def _flights(self, wanted: Callable[[_Source], bool] = lambda source: True) -> list[_Flight]:
        with self._lock:
            return [
                source.flight
                for source in self._sources
                if source.flight is not None and wanted(source)
            ]

    def _wait(self, flights: list[_Flight]) -> None:
        for flight in flights:
            # Its own end, not a new timeout each: the looking up of a name knows no timeout.
            flight.done.wait(max(0.0, flight.ends_at - time.monotonic()))

    def _look(self, moment: float) -> None:
        """Acts on the age of the keys: which have become too old, which are to be fetched again."""
        for source in self._sources:
            if source.fresh_until == float("inf"):
                source.fresh_until = moment
            # Where the clock went back, nothing lasts longer than it would from now on.
            source.fresh_until = min(source.fresh_until, moment + self._lifetime)
            source.next_attempt = min(
                source.next_attempt, moment + max(self._lifetime, self._cooldown)
            )
            if source.origin == "fetched":
                source.stale_until = min(source.stale_until, moment + self._grace)
        self._expire(
            [
                source
                for source in self._sources
                if source.origin == "fetched" and moment >= source.stale_until
            ]
        )
        for source in self._sources:
            flight = source.flight
            # The process was frozen or forked: the connection will not have lived on.
            if flight is not None and moment >= flight.started_at + 2 * self._timeout:
                late = f"no complete answer within {self._timeout} s"
                self._give_up(source, flight, FetchError("timeout", late))
            if (
                source.flight is None
                and moment >= source.fresh_until
                and moment >= source.next_attempt
            ):
                self._start(source, moment, "age")
        self._schedule(moment)

    def _expire(self, sources: list[_Source]) -> None:
        if not sources:
            return
        for source in sources:
            source.origin, source.text, source.count = "none", None, 0
        try:
            self._build()
        except Exception:
            self._verifier, self._missing = None, True
        for source in sources:
            self._events.append({"type": "expired", "issuer": source.issuer})

    def _schedule(self, moment: float) -> None:
        following = float("inf")
        for source in self._sources:
            if not self._closed:
                following = min(
                    following,
                    source.flight.started_at + 2 * self._timeout
                    if source.flight is not None
                    else max(source.fresh_until, source.next_attempt),
                )
            if source.origin == "fetched":
                following = min(following, source.stale_until)
        self._looked_at, self._next_look = moment, following

    def _start(self, source: _Source, moment: float, cause: str) -> None:
        if self._closed:
            return
        flight = _Flight(moment)
        flight.ends_at = time.monotonic() + self._timeout
        source.flight = flight
        source.next_attempt = moment + self._cooldown
        self._schedule(moment)
        self._events.append({"type": "refresh", "issuer": source.issuer, "cause": cause})
        thread = threading.Thread(
            target=self._load, args=(source, flight), name="portcullis-jwks", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            self._give_up(source, flight, FetchError("network", "no thread can be started"))

    def _load(self, source: _Source, flight: _Flight) -> None:
        failure: FetchError
        try:
            try:
                answer = self._fetch(
                    source.url, timeout=self._timeout, max_bytes=self._max_bytes
                )
                body, cache_control = answer if isinstance(answer, Answer) else (answer, "")
                if len(body) > self._max_bytes:
                    raise FetchError("too_large", f"expected at most {self._max_bytes} bytes")
                text, count = _read_key_set(body)
                max_age = _max_age_of(cache_control)
                with self._lock:
                    # Otherwise it was given up meanwhile.
                    if source.flight is flight:
                        self._adopt(source, flight, text, count, max_age)
                return
            except FetchError as error:
                failure = error
            except Exception as error:  # of a fetch that is not ours
                failure = FetchError("network", f"cannot fetch ({_name_of(error)})")
            with self._lock:
                if source.flight is flight:
                    self._fail(source, flight, failure)
        finally:
            self._tell_events()
            flight.done.set()

    def _adopt(
        self, source: _Source, flight: _Flight, text: str, count: int, max_age: float | None
    ) -> None:
        before = source.text
        changed = text != before
        if changed:
            source.text = text
            try:
                if self._several:
                    # Alone first, so that the error's path does not depend on the other issuers.
                    (entry,) = [entry for entry in self._entries if entry.source is source]
                    Verifier(_text_of(entry.members, text))
                self._build()
            except Exception as error:
                source.text = before
                known = isinstance(error, PolicyError)
                told = str(error) if known else "the verifier cannot be made"
                raise FetchError("refused", told) from None
        # From the start of the fetch: what came may be as old as that.
        moment = flight.started_at
        lasts = self._lifetime if max_age is None else max(_LEAST_MAX_AGE, max_age)
        source.origin = "fetched"
        source.count = count
        source.loaded_at = moment
        source.fresh_until = moment + min(self._lifetime, lasts)
        source.stale_until = moment + self._grace
        source.failures = 0
        source.last_error = None
        source.flight = None
        flight.loaded = True
        self._schedule(self._clock())
        self._events.append(
            {"type": "loaded", "issuer": source.issuer, "keys": count, "changed": changed}
        )

    def _give_up(self, source: _Source, flight: _Flight, error: FetchError) -> None:
        """What the fetch still brings is not taken."""
        self._fail(source, flight, error)
        flight.done.set()

    def _fail(self, source: _Source, flight: _Flight, error: FetchError) -> None:
        source.failures += 1
        # While there are no keys to go on with, there is no reason to wait longer each time.
        doublings = 0 if source.text is None else min(source.failures - 1, 20)
        wait = max(self._cooldown, min(self._cooldown * 2**doublings, self._lifetime))
        source.next_attempt = flight.started_at + wait
        moment = self._clock()
        source.last_error = (error.code, str(error), moment)
        source.flight = None
        self._schedule(moment)
        self._events.append(
            {
                "type": "failed",
                "issuer": source.issuer,
                "code": error.code,
                "message": str(error),
                "failures": source.failures,
            }
        )

    def _tell_events(self) -> None:
        """Whatever a listener does, decisions go on."""
        while self._events:
            try:
                event = self._events.popleft()
                if self._on_event is not None:
                    self._on_event(event)
            except Exception:
                pass


# The option of the constructor has the function's name.
_fetch = fetch
