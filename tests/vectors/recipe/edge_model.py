"""What docs/edge.md says, in Python that is written to be read: no table, no buffer, no cleverness.

Cases name their decision and reason by hand; everything else that a door must give follows from the
document and is computed here. Nothing of the core is used, so that core and model check each other.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import re
from fractions import Fraction
from itertools import product

from .parts import b64, decode

# Reason -> status and, where RFC 6750 has one, its error word.
REASONS = {
    "credential_missing": (401, None),
    "credential_malformed": (401, "invalid_token"),
    "token_too_large": (401, "invalid_token"),
    "token_malformed": (401, "invalid_token"),
    "algorithm_not_allowed": (401, "invalid_token"),
    "key_not_found": (401, "invalid_token"),
    "signature_invalid": (401, "invalid_token"),
    "claim_missing": (401, "invalid_token"),
    "expired": (401, "invalid_token"),
    "not_yet_valid": (401, "invalid_token"),
    "issued_in_future": (401, "invalid_token"),
    "issuer_mismatch": (401, "invalid_token"),
    "audience_mismatch": (401, "invalid_token"),
    "scope_insufficient": (403, "insufficient_scope"),
    "request_malformed": (500, None),
    "claim_mismatch": (401, "invalid_token"),
    "token_too_old": (401, "invalid_token"),
    "path_ambiguous": (400, None),
    "route_not_found": (403, None),
    "route_denied": (403, None),
    "issuer_not_allowed": (403, "insufficient_scope"),
    "rate_limited": (429, None),
    "proof_missing": (401, None),
    "preflight_refused": (403, None),
    "preflight_answered": (204, None),
}
DESCRIPTIONS = {
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    429: "Too Many Requests",
    500: "Internal Server Error",
}

LONGEST_AUTHORIZATION = 16448
LONGEST_TOKEN = 16384
LARGEST_REQUEST = 65536
LONGEST_PATH = 8192
MOST_SEGMENTS = 256
LONGEST_VALUE = 1024  # of a claim as a header
CLOCK_GAP = 60  # seconds between the clocks of edge and page
LONGEST_TARGET = 2047  # path and query that a redirect tells


class Denied(Exception):
    """Why a request does not pass."""


# --- the event ----------------------------------------------------------------------------------


def request_of(event):
    """`Records[0].cf.request`, or None."""
    records = event.get("Records") if isinstance(event, dict) else None
    record = records[0] if isinstance(records, list) and records else None
    cf = record.get("cf") if isinstance(record, dict) else None
    request = cf.get("request") if isinstance(cf, dict) else None
    return request if isinstance(request, dict) else None


ABSENT_FIELD = ("absent", "")
MALFORMED_FIELD = ("malformed", "")


def read_text(request, name):
    """A member that is a string or is not there, as (shape, value)."""
    value = request.get(name)
    if value is None:
        return ABSENT_FIELD
    return ("single", value) if isinstance(value, str) else MALFORMED_FIELD


def read_header(request, name):
    """The header of this name. Several Cookie headers are one list of cookies."""
    headers = request.get("headers")
    if headers is None:
        return ABSENT_FIELD
    if not isinstance(headers, dict):
        return MALFORMED_FIELD
    entries = headers.get(name)
    if entries is None or entries == []:
        return ABSENT_FIELD
    if not isinstance(entries, list):
        return MALFORMED_FIELD
    if len(entries) > 1 and name != "cookie":
        return ("repeated", "")
    values = [entry.get("value") if isinstance(entry, dict) else None for entry in entries]
    if not all(isinstance(value, str) for value in values):
        return MALFORMED_FIELD
    return ("single", "; ".join(values))


# --- tokens -------------------------------------------------------------------------------------


class Number(str):
    """A JSON number as it is written."""


def from_json(octets):
    return json.loads(octets, parse_int=Number, parse_float=Number)


def judge_token(policy, route, token, now):
    """The claims and the key's id of a token that passes. HS256 alone."""
    if len(token.encode()) > LONGEST_TOKEN:
        raise Denied("token_too_large")
    segments = token.split(".")
    try:
        header, payload, signature = (decode(part) for part in segments)
    except (ValueError, binascii.Error):
        raise Denied("token_malformed") from None
    if not all(part and b64(decode(part)) == part for part in segments):
        raise Denied("token_malformed")
    header, claims = json.loads(header), from_json(payload)

    entry = policy
    if "issuers" in policy:
        fitting = [one for one in policy["issuers"] if one["issuer"] == claims["iss"]]
        if not fitting:
            raise Denied("issuer_mismatch")
        entry = fitting[0]
    if header["alg"] not in entry["algorithms"]:
        raise Denied("algorithm_not_allowed")
    keys = [key for key in entry["keys"] if key.get("kid") == header.get("kid")]
    if not keys:
        raise Denied("key_not_found")
    secret = decode(keys[0]["k"])
    signed = hmac.new(secret, token.rpartition(".")[0].encode(), hashlib.sha256).digest()
    if signature != signed:
        raise Denied("signature_invalid")

    check_claims(entry, claims, now, policy.get("clock_tolerance", 0))
    if route is not None:
        allowed = route.get("issuers")
        if allowed is not None and claims["iss"] not in allowed:
            raise Denied("issuer_not_allowed")
        check_requirements(route.get("require", {}), claims)
    return claims, keys[0].get("kid")


def check_claims(entry, claims, now, tolerance):
    if "exp" not in claims:
        raise Denied("claim_missing")
    if now - tolerance >= int(claims["exp"]):
        raise Denied("expired")
    if "nbf" in claims and now + tolerance < int(claims["nbf"]):
        raise Denied("not_yet_valid")
    if "iat" in claims:
        if now + tolerance < int(claims["iat"]):
            raise Denied("issued_in_future")
        oldest = entry.get("max_token_age")
        if oldest is not None and now - tolerance - int(claims["iat"]) >= oldest:
            raise Denied("token_too_old")
    if claims["iss"] != entry["issuer"]:
        raise Denied("issuer_mismatch")
    if claims["aud"] != entry["audience"]:
        raise Denied("audience_mismatch")
    check_requirements(entry.get("require", {}), claims)


def check_requirements(require, claims):
    """Those that the cases use: present, claims with a string, scope, permissions, roles."""
    for name in require.get("present", []):
        if claims.get(name) is None:
            raise Denied("claim_missing")
    for name, wanted in require.get("claims", {}).items():
        if name not in claims:
            raise Denied("claim_missing")
        if claims[name] != wanted:
            raise Denied("claim_mismatch")
    for name in ("permissions", "scope", "roles"):
        if name not in require:
            continue
        granted = claims.get(name, [])
        granted = granted.split(" ") if isinstance(granted, str) else granted
        asked = require[name]
        every = all(word in granted for word in asked.get("all_of", []))
        some = "any_of" not in asked or any(word in granted for word in asked["any_of"])
        none = not any(word in granted for word in asked.get("none_of", []))
        if not (every and some and none):
            raise Denied("scope_insufficient")


def header_value(value):
    """A claim as a line of printable ASCII, or None."""
    if isinstance(value, Number):
        line = str(value)
    elif isinstance(value, str):
        line = value
    elif isinstance(value, bool):
        line = "true" if value else "false"
    elif isinstance(value, list) and all(type(entry) is str for entry in value):
        # A comma inside an entry would make two of it.
        line = None if any("," in entry for entry in value) else ",".join(value)
    else:
        return None
    # A recipient trims a value: what is left would be another one.
    good = line and len(line) <= LONGEST_VALUE and line == line.strip(" ")
    return line if good and all(" " <= c <= "~" for c in line) else None


# --- sources ------------------------------------------------------------------------------------

DEFAULT_SOURCES = [{"header": "authorization"}]


def split_parts(text, separator):
    """(name, value, part) of each cookie or parameter; a part without "=" is a name alone."""
    found = []
    for part in text.split(separator):
        name, _, value = part.partition("=")
        found.append((name.strip(" \t"), value.strip(" \t"), part))
    return found


def take_credential(source, request):
    """What stands at a source: None for nothing."""
    if "header" in source:
        shape, value = read_header(request, source["header"])
    elif "cookie" in source:
        shape, value = read_header(request, "cookie")
    else:
        shape, value = read_text(request, "querystring")
    if shape == "absent":
        return None
    if shape != "single":
        raise Denied("credential_malformed")

    if "header" in source:
        if len(value.encode()) > LONGEST_AUTHORIZATION:
            raise Denied("token_too_large")
        if value == "":
            raise Denied("credential_malformed")
        default = "Bearer" if source["header"] == "authorization" else None
        scheme = source.get("scheme", default)
        if scheme is not None:
            given, _, value = value.partition(" ")
            if given.lower() != scheme.lower():
                return None
            value = value.lstrip(" ")
    else:
        kind, separator = ("cookie", ";") if "cookie" in source else ("query", "&")
        values = [v for name, v, _ in split_parts(value, separator) if name == source[kind]]
        if not values:
            return None
        if len(values) > 1 and source.get("repeated", "refuse") != "first":
            raise Denied("credential_malformed")
        value = values[0]
    if value == "":
        raise Denied("credential_malformed")
    return value


def find_token(policy, request):
    for source in policy.get("sources", DEFAULT_SOURCES):
        token = take_credential(source, request)
        if token is not None:
            return token
    raise Denied("credential_missing")


# --- paths --------------------------------------------------------------------------------------

# What Unicode turns into a letter of ASCII when it changes its case.
FOLDED = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}


def fold(text):
    """The case of ASCII letters folded."""
    return "".join(FOLDED.get(ord(c), c.lower() if c.isascii() else c) for c in text)


def parse_path(uri):
    """The path decoded once, without a slash at its end; refused if it has no single structure."""
    raw = uri.encode()
    if not raw.startswith(b"/") or len(raw) > LONGEST_PATH:
        raise Denied("path_ambiguous")
    if re.search(rb"%(?![0-9A-Fa-f]{2})|%2[fF]", raw):
        raise Denied("path_ambiguous")
    octets = re.sub(rb"%(..)", lambda escape: bytes.fromhex(escape[1].decode()), raw, flags=re.S)
    try:
        path = octets.decode()
    except UnicodeDecodeError:
        raise Denied("path_ambiguous") from None
    if re.search(r"[\x00-\x1f\x7f\\]|%[0-9A-Fa-f]{2}", path):
        raise Denied("path_ambiguous")
    if path == "/":
        return path
    path = path.removesuffix("/")
    segments = path.split("/")[1:]
    if len(segments) > MOST_SEGMENTS or any(not segment.strip(".") for segment in segments):
        raise Denied("path_ambiguous")
    return path


def readings(path, exact):
    """Every way in which an origin may take the path: (folded, segments), None if one is lost."""
    for mark, parameters, ends, folded in product(
        (None, ";", "?", "#"), (False, True), (False, True), (False,) if exact else (False, True)
    ):
        text = fold(path) if folded else path
        if mark is not None:
            text = text.partition(mark)[0]
        segments = text.removesuffix("/").split("/")[1:]
        if parameters:
            segments = [segment.partition(";")[0] for segment in segments]
        if ends:
            segments = [segment.rstrip(". ") for segment in segments]
        yield folded, segments if all(segments) else None


def fit(pattern, segments):
    """How specific a pattern is that the segments fit, least first; None if they do not."""
    parts = pattern.split("/")[1:] if pattern != "/" else []
    if parts[-1:] == ["**"]:
        head, rest = parts[:-1], (2,)
        if len(segments) < len(head):
            return None
    else:
        head, rest = parts, ()
        if len(segments) != len(head):
            return None
    for part, segment in zip(head, segments, strict=False):
        if part not in ("*", segment):
            return None
    return (*(1 if part == "*" else 0 for part in head), *rest)


def find_pattern(routes, path, exact):
    """The pattern that judges a path."""
    patterns = dict.fromkeys(parse_path(route["path"]) for route in routes)
    chosen = set()
    spelled = None
    for folded, segments in readings(path, exact):
        if segments is None:
            raise Denied("path_ambiguous")
        best = None
        for pattern in patterns:
            written = fold(pattern) if folded else pattern
            rank = fit(written, segments)
            if rank is not None and (best is None or rank < best[0]):
                best = (rank, pattern)
        if not folded and spelled is None:
            spelled = best and best[1]
        # Patterns that differ in case alone are one thing to an origin that folds it.
        chosen.add(best and (best[1] if exact else fold(best[1])))
    if len(chosen) > 1:
        raise Denied("path_ambiguous")
    if spelled is None:
        raise Denied("route_not_found")
    return spelled


def takes_method(route, method):
    methods = route.get("methods")
    return methods is None or method in methods or (method == "HEAD" and "GET" in methods)


def find_route(policy, request):
    """The number of the route that judges."""
    routes = policy["routes"]
    path = parse_path(request["uri"])
    pattern = find_pattern(routes, path, policy.get("path_case") == "exact")
    for number, route in enumerate(routes):
        if parse_path(route["path"]) == pattern and takes_method(route, request["method"]):
            return number
    raise Denied("route_not_found")


# --- clients, limits, proofs --------------------------------------------------------------------


def client_key(text, prefix):
    """The bytes that stand for a client: an address, a network, or the text that is neither."""
    try:
        address = ipaddress.ip_address(text if "%" not in text else "")
    except ValueError:
        return text.encode()
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.version == 6:
        network = ipaddress.ip_network((address, prefix), strict=False)
        return network.network_address.packed
    return address.packed


class Bucket:
    """A token bucket, counted exactly."""

    def __init__(self, rate):
        self.speed = Fraction(rate["requests"], rate["seconds"])
        self.size = rate.get("burst", rate["requests"])
        self.level = Fraction(self.size)
        self.seen = None

    def admit(self, now):
        if self.seen is not None:
            self.level = min(Fraction(self.size), self.level + (now - self.seen) * self.speed)
        self.seen = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def sign_challenge(kind, secret, client, expiration):
    """A challenge ("c") or proof ("p") as core/src/edge/challenge.hpp defines it."""
    parts = (b"portcullis challenge 1", kind.encode(), str(expiration).encode(), client)
    signed = hmac.new(secret, b"\0".join(parts), hashlib.sha256).digest()
    return f"{kind}{expiration}.{b64(signed)}"


def secret_of(key):
    if key["encoding"] == "hex":
        return bytes.fromhex(key["secret"])
    return key["secret"].encode() if key["encoding"] == "utf8" else decode(key["secret"])


# --- responses ----------------------------------------------------------------------------------


def header_rows(pairs):
    return {key.lower(): [{"key": key, "value": value}] for key, value in pairs}


def rows_of_cors(policy, request, preflight):
    cors = policy.get("cors")
    if cors is None:
        return []
    rows = []
    origin = allowed_origin(cors, request)
    if origin is not None:
        rows.append(("Access-Control-Allow-Origin", origin))
        if cors.get("credentials"):
            rows.append(("Access-Control-Allow-Credentials", "true"))
        if preflight:
            methods = cors.get("methods", ["GET", "HEAD", "POST"])
            rows.append(("Access-Control-Allow-Methods", ", ".join(methods)))
            headers = cors.get("headers", ["authorization"])
            rows.append(("Access-Control-Allow-Headers", ", ".join(headers)))
            if cors.get("max_age"):
                rows.append(("Access-Control-Max-Age", str(cors["max_age"])))
        else:
            exposed = ["www-authenticate", "retry-after", *cors.get("expose", [])]
            rows.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    if cors["origins"] != "*":
        rows.append(("Vary", "Origin"))
    return rows


def allowed_origin(cors, request):
    shape, origin = read_header(request, "origin")
    if shape != "single":
        return None
    if cors["origins"] == "*":
        return "*"
    return origin if origin in cors["origins"] else None


def is_preflight(policy, request):
    asked = ("origin", "access-control-request-method")
    return (
        "cors" in policy
        and request["method"] == "OPTIONS"
        and all(read_header(request, name)[0] == "single" for name in asked)
    )


def check_preflight(cors, request):
    method = read_header(request, "access-control-request-method")[1]
    shape, names = read_header(request, "access-control-request-headers")
    asked = [name.strip(" \t").lower() for name in names.split(",")]
    allowed = cors.get("headers", ["authorization"])
    return (
        allowed_origin(cors, request) is not None
        and method in cors.get("methods", ["GET", "HEAD", "POST"])
        and shape in ("single", "absent")
        and all(name in allowed for name in asked if name)
        and sum(1 for name in asked if name) <= len(allowed)
    )


def denial(policy, request, reason, retry_after=None):
    """The response to a denial, or to a preflight."""
    status, word = REASONS[reason]
    rows = []
    if status == 401 or word is not None:
        challenge = f'Bearer realm="{policy.get("realm", "portcullis")}"'
        rows.append(
            ("WWW-Authenticate", challenge if word is None else f'{challenge}, error="{word}"')
        )
    if reason == "rate_limited":
        rows.append(("Retry-After", str(retry_after)))
    preflight = reason == "preflight_answered"
    rows += rows_of_cors(policy, request, preflight)
    if not preflight:
        rows.append(("Content-Type", "application/json"))
    rows.append(("Cache-Control", "no-store"))
    made = {
        "status": str(status),
        "statusDescription": DESCRIPTIONS[status],
        "headers": header_rows(rows),
    }
    if not preflight:
        told = word or DESCRIPTIONS[status].lower().replace(" ", "_")
        made["body"] = '{"error":"' + told + '"}'
    return made


def redirect(policy, request):
    """A redirect without its Location, which `expect.location` has in parts."""
    rows = [*rows_of_cors(policy, request, False), ("Cache-Control", "no-store")]
    return {"status": "302", "statusDescription": "Found", "headers": header_rows(rows)}


def target_of(policy, request):
    """Where the client wanted to go: path and query, without a token. None if that is not told."""
    uri, query = request["uri"], read_text(request, "querystring")[1]
    try:
        parse_path(uri)
    except Denied:
        return None
    if len(uri.encode()) + len(query.encode()) > LONGEST_TARGET:
        return None
    names = [source["query"] for source in policy.get("sources", []) if "query" in source]
    kept = [part for name, _, part in split_parts(query, "&") if name not in names]
    query = "&".join(kept)
    return f"{uri}?{query}" if query else uri


def location(url, parameters, **more):
    """A Location: its URL up to the query, and the decoded parameters."""
    url, _, query = url.partition("?")
    own = dict(part.split("=") for part in query.split("&")) if query else {}
    assert not own.keys() & parameters.keys()
    return {"url": url, "parameters": {**own, **parameters}, **more}


# --- the order of the steps ---------------------------------------------------------------------


class Model:
    """One verifier. Judges events in order; keeps what a rate limit remembers."""

    def __init__(self, policy):
        self.policy = policy
        self.buckets = {}

    def judge(self, event, now):
        """The `expect` of a case."""
        self.route = self.claims = self.kid = None
        self.retry_after = None
        request = request_of(event)
        reason = "ok"
        try:
            kind = self.decide(request, now)
        except Denied as why:
            kind, reason = "deny", str(why)
        if kind not in ("allow", "deny"):
            kind, reason = kind
        return self.tell(kind, reason, request, now)

    def decide(self, request, now):
        policy = self.policy
        self.check_request(request)
        if is_preflight(policy, request):
            if check_preflight(policy["cors"], request):
                return "answer", "preflight_answered"
            raise Denied("preflight_refused")

        route = None
        if "routes" in policy:
            self.route = find_route(policy, request)
            route = policy["routes"][self.route]
            if route.get("access") == "deny":
                raise Denied("route_denied")

        limits = policy.get("rate_limit", {})
        by_page = limits.get("over") == "challenge"
        proven = self.has_proof(request, now)
        if route is not None and route.get("challenge") == "page" and not proven:
            return self.challenge(request, "proof_missing")
        if route is not None and route.get("access") == "public":
            return "allow"

        # Who has a proof is not limited where the limit asks for one.
        limited = not (by_page and proven)
        client = self.client(request)
        if limited and not self.admit("address", client, now):
            return self.over(request, by_page)
        try:
            token = find_token(policy, request)
            self.claims, self.kid = judge_token(policy, route, token, now)
        except Denied as why:
            self.claims = None
            asks = "login" in policy.get("challenge", {}) and (
                route is None or route.get("challenge") == "login"
            )
            if asks and REASONS[str(why)][0] == 401:
                return self.challenge(request, str(why))
            raise
        if limited and "sub" in self.claims:
            subject = (self.claims["iss"], self.claims["sub"])
            if not self.admit("subject", subject, now):
                self.claims = None
                return self.over(request, by_page)
        return "allow"

    def check_request(self, request):
        """That it is one: with a method and a path, and nothing that no field can have."""
        if request is None:
            raise Denied("request_malformed")
        own = [read_text(request, name) for name in ("method", "uri", "querystring", "clientIp")]
        values = [
            value
            for shape, value in (*own, *(read_header(request, name) for name in self.read_names()))
            if shape == "single"
        ]
        size = sum(len(value.encode()) for value in values)
        if own[0][0] != "single" or own[1][0] != "single" or size > LARGEST_REQUEST:
            raise Denied("request_malformed")
        if any("\0" in value for value in values):
            raise Denied("request_malformed")

    def read_names(self):
        """The headers that a policy reads."""
        sources = self.policy.get("sources", DEFAULT_SOURCES)
        names = {source["header"] for source in sources if "header" in source}
        if any("cookie" in source for source in sources) or "page" in self.policy.get(
            "challenge", {}
        ):
            names.add("cookie")
        if "cors" in self.policy:
            names |= {
                "origin",
                "access-control-request-method",
                "access-control-request-headers",
            }
        return names

    def client(self, request):
        shape, address = read_text(request, "clientIp")
        prefix = self.policy.get("rate_limit", {}).get("ipv6_prefix", 64)
        return client_key(address if shape == "single" else "", prefix)

    def has_proof(self, request, now):
        page = self.policy.get("challenge", {}).get("page")
        if page is None:
            return False
        shape, cookies = read_header(request, "cookie")
        if shape != "single":
            return False
        name = page.get("cookie", "__Host-portcullis-proof")
        proofs = [value for given, value, _ in split_parts(cookies, ";") if given == name]
        found = len(proofs) == 1 and re.fullmatch(r"p(0|[1-9][0-9]{0,18})\.[\w-]{43}", proofs[0])
        if not found:
            return False
        end = int(found[1])
        made = sign_challenge("p", secret_of(page["key"]), self.client(request), end)
        return proofs[0] == made and 0 < end - now <= page.get("proof_lifetime", 3600) + CLOCK_GAP

    def admit(self, what, key, now):
        rate = self.policy.get("rate_limit", {}).get(what)
        if rate is None:
            return True
        # One clock for all clients; when it goes back a little it stands still.
        clock = f"clock of {what}"
        now = max(now, self.buckets.get(clock, now))
        self.buckets[clock] = now
        bucket = self.buckets.setdefault((what, key), Bucket(rate))
        if bucket.admit(now):
            return True
        self.retry_after = -(-rate["seconds"] // rate["requests"])
        return False

    def over(self, request, by_page):
        if by_page:
            return self.challenge(request, "rate_limited")
        raise Denied("rate_limited")

    def challenge(self, request, reason):
        """A redirect is an answer to who asks for a page, not to who sends something."""
        if request["method"] not in ("GET", "HEAD"):
            raise Denied(reason)
        return "challenge", reason

    def tell(self, kind, reason, request, now):
        policy = self.policy
        made = {"decision": kind, "reason": reason}
        status = 302 if kind == "challenge" else None if kind == "allow" else REASONS[reason][0]
        if status is not None:
            made["status"] = status
        if self.route is not None:
            made["route"] = self.route
        if kind == "challenge":
            made["response"] = redirect(policy, request)
            made["location"] = self.location(reason, request, now)
        elif kind != "allow":
            made["response"] = denial(policy, request or {}, reason, self.retry_after)
        if kind == "allow" or policy.get("mode") == "shadow":
            edited = self.edited(request, kind == "allow")
            if edited != request:
                made["request"] = edited
        log = self.log_line(kind, reason, status)
        if log is not None:
            made["log"] = log
        return made

    def location(self, reason, request, now):
        to_page = reason in ("proof_missing", "rate_limited")
        place = self.policy["challenge"]["page" if to_page else "login"]
        parameters = {}
        target = target_of(self.policy, request)
        if "return_parameter" in place and target is not None:
            parameters[place["return_parameter"]] = place.get("return_base", "") + target
        if not to_page:
            return location(place["url"], parameters)
        end = now + place.get("lifetime", 300)
        name = place.get("parameter", "challenge")
        return location(place["url"], parameters, signed=name, expires=end)

    def edited(self, request, passed):
        """The request as it goes on."""
        policy = self.policy
        made = json.loads(json.dumps(request))
        headers = made.get("headers")
        headers = headers if isinstance(headers, dict) else None
        claim_headers = policy.get("claim_headers", {})
        sources = [one for one in policy.get("sources", []) if one.get("strip")]
        removed = [*claim_headers, *(one["header"] for one in sources if "header" in one)]
        spellings = {alike(name) for name in removed}
        if headers is not None:
            for name in [name for name in headers if alike(name) in spellings]:
                del headers[name]
        if passed and self.claims is not None:
            for name, claim in claim_headers.items():
                value = header_value(self.claims.get(claim))
                if value is not None:
                    made.setdefault("headers", {})[name] = [{"key": name, "value": value}]

        for kind, separator in (("cookie", ";"), ("query", "&")):
            names = {one[kind] for one in sources if kind in one}
            shape, text = (
                read_header(request, "cookie")
                if kind == "cookie"
                else read_text(request, "querystring")
            )
            parts = split_parts(text, separator)
            if shape != "single" or not any(name in names for name, _, _ in parts):
                continue
            kept = [part for name, _, part in parts if name not in names]
            if kind == "query":
                made["querystring"] = "&".join(part for part in kept if part)
                continue
            kept = [part.strip(" \t") for part in kept]
            value = "; ".join(part for part in kept if part)
            del headers["cookie"]
            if value:
                headers["cookie"] = [{"key": "Cookie", "value": value}]
        return made

    def log_line(self, kind, reason, status):
        """The members of the log line but requestId and latency; None where none is written."""
        policy = self.policy
        shadow = policy.get("mode") == "shadow"
        wanted = policy.get("log", {}).get("decisions", "denied" if shadow else "none")
        # An answered preflight is no denial.
        if wanted == "none" or (wanted == "denied" and kind in ("allow", "answer")):
            return None
        made = {"decision": kind, "reason": reason}
        if status is not None:
            made["status"] = status
        if self.route is not None:
            made["route"] = policy["routes"][self.route]["path"]
        if shadow:
            made["mode"] = "shadow"
        if kind != "allow" or self.claims is None:
            return made
        if self.kid is not None:
            made["kid"] = self.kid
        names = policy.get("log", {}).get("claims")
        if names is not None:
            values = {name: header_value(self.claims.get(name)) for name in names}
            made["claims"] = {name: value for name, value in values.items() if value is not None}
        return made


def alike(name):
    """What an origin may take for the same header."""
    return name.lower().replace("_", "-")


def as_secret(octets):
    """A raw secret of a policy."""
    return {
        "secret": base64.urlsafe_b64encode(octets).rstrip(b"=").decode(),
        "encoding": "base64url",
    }
