"""Reads the vector files for the Python tests. Standard library only."""

import base64
import copy
import functools
import json
import re
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent

# A runner that saw fewer cases than these has not run the vectors.
FEWEST_DECISIONS = 1000
FEWEST_POLICIES = 1000
FEWEST_SIGNATURES = 500
FEWEST_EDGE = 1000
# The bytes of an Authorization value that the core looks at (core/src/limits.hpp).
LONGEST_AUTHORIZATION = 16448


@functools.cache
def load(folder):
    """File stem -> document of every file in a folder."""
    paths = sorted((ROOT / folder).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


@functools.cache
def decision_cases():
    """Every decision case, with `theme` (its file) and `policy_json` (its policy) added."""
    return tuple(
        {**case, "theme": theme, "policy_json": document["policies"][case["policy"]]}
        for theme, document in load("decisions").items()
        for case in document["cases"]
    )


@functools.cache
def edge_cases():
    """Every edge case, with `theme` and `policy_json` added, and `steps` also where it is one."""
    return tuple(
        {
            **case,
            "theme": theme,
            "policy_json": document["policies"][case["policy"]],
            "steps": case.get("steps")
            or [{name: case[name] for name in ("now", "event", "expect")}],
        }
        for theme, document in load("edge/cases").items()
        for case in document["cases"]
    )


@functools.cache
def policy_cases():
    """Every policy case, with `theme` added."""
    return tuple(
        {**case, "theme": theme}
        for theme, document in load("policies").items()
        for case in document["cases"]
    )


@functools.cache
def signature_cases():
    """Every raw signature case, with `theme`, `message` and `signature` (bytes) added."""
    return tuple(
        {
            **case,
            "theme": theme,
            "message": bytes.fromhex(case["message_hex"]),
            "signature": bytes.fromhex(case["signature_hex"]),
        }
        for theme, document in load("signatures").items()
        for case in document["cases"]
    )


@functools.cache
def responses():
    """(realm, reason) -> CloudFront response."""
    rows = load("responses")["responses"]["rows"]
    return {(row["realm"], row["reason"]): row["response"] for row in rows}


def expected_response(case):
    """What a handler answers in a decision case; None when it lets the request pass."""
    if case["expect"]["decision"] == "allow":
        return None
    realm = case["policy_json"].get("realm", "portcullis")
    return responses()[realm, case["expect"]["reason"]]


def request_of(event):
    """The request of an event of an edge case that has one, else None."""
    try:
        request = event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError, IndexError):
        return None
    return request if isinstance(request, dict) else None


def apply_edits(request, edits):
    """The request that goes on (docs/edge.md, "Edits"): a copy where anything is changed."""

    def alike(name):
        return name.lower().replace("_", "-")

    made = copy.deepcopy(request)
    headers = made.get("headers") or {}
    if isinstance(headers, dict):
        removed = {alike(name) for name in edits.get("remove", [])}
        for name in [name for name in headers if alike(name) in removed]:
            del headers[name]
    for name, value in edits.get("set", {}).items():
        headers[name] = [{"key": name, "value": value}]
    if "cookie" in edits:
        headers.pop("cookie", None)
        if edits["cookie"]:
            headers["cookie"] = [{"key": "Cookie", "value": edits["cookie"]}]
    if "querystring" in edits:
        made["querystring"] = edits["querystring"]
    return made


def split_location(response, expected):
    """The response without its Location, and what `location` of a case says of that."""
    rest = {**response, "headers": dict(response["headers"])}
    [entry] = rest["headers"].pop("location")
    assert entry["key"] == "Location"
    url, _, query = entry["value"].partition("?")
    pairs = [part.split("=") for part in query.split("&")] if query else []
    told = {name: urllib.parse.unquote(value, errors="strict") for name, value in pairs}
    assert len(told) == len(pairs), entry
    made = {"url": url, "parameters": told}
    if "signed" in expected:
        signed = re.fullmatch(r"c([0-9]+)\.[A-Za-z0-9_-]{43}", told.pop(expected["signed"]))
        made |= {"signed": expected["signed"], "expires": int(signed[1])}
    return rest, made


def policy_bytes(case):
    """The policy of a policy case as the bytes to be read."""
    if "policy" in case:
        return json.dumps(case["policy"], ensure_ascii=False).encode()
    if "policy_text" in case:
        return case["policy_text"].encode()
    return base64.b64decode(case["policy_base64"])


def authorization(case):
    """The only Authorization value of a case's event, or None."""
    try:
        [entry] = case["event"]["Records"][0]["cf"]["request"]["headers"]["authorization"]
        value = entry["value"]
    except (TypeError, KeyError, ValueError, IndexError):
        return None
    return value if isinstance(value, str) else None


def bare_token(case):
    """The token of a value that is "Bearer", spaces and anything, not longer than what is read."""
    value = authorization(case)
    if value is None or len(value.encode()) > LONGEST_AUTHORIZATION:
        return None
    found = re.fullmatch(r"bearer +([^ ].*)", value, re.IGNORECASE | re.DOTALL | re.ASCII)
    return found and found[1]


def claims_of(token):
    """The claims set of a good token, decoded without any check."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
