"""The Python door as a program for outside conformance suites: one JSON line in, one JSON line out.

README.md beside this file tells the members; the other doors' programs answer the same.
"""

import json
import os
import re
import sys
from json.decoder import scanstring
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "build" / "native" / "python"))

import portcullis  # noqa: E402 - where it is built, not where it may be installed

LONGEST_LINE = 4194304
DEEPEST_LINE = 128
FARTHEST_NOW = 9007199254740991
MOST_VERIFIERS = 64

NOT_AN_OBJECT = "line: expected a JSON object in UTF-8, at most 128 levels deep"
TOO_LONG = "line: expected at most 4194304 bytes"


class BadLine(Exception):
    """What is wrong with a line: the whole answer but for the id."""


# --- the line -----------------------------------------------------------------------------------

SPACE = re.compile(r"[ \t\n\r]*")
MARKS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
SIMPLE_ESCAPE = re.compile(r"\\[^u]")
SURROGATE_PAIR = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def refuse_constant(_name):
    raise ValueError("NaN and Infinity are not JSON")


def finite(text):
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("not a double")
    return number


def integer(text):
    # More digits than int() takes at once are read as a double, as the other doors read them.
    return int(text) if len(text) < 20 else finite(text)


scan_value = json.JSONDecoder(
    parse_constant=refuse_constant, parse_float=finite, parse_int=integer
).scan_once


def is_too_deep(text):
    if text.count("[") + text.count("{") <= DEEPEST_LINE:
        return False
    depth, in_string = 0, False
    for found in MARKS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_string = not in_string
        elif not in_string and mark in "[{":
            depth += 1
            if depth > DEEPEST_LINE:
                return True
        elif not in_string and mark in "]}":
            depth -= 1
    return False


def has_lone_surrogate(text):
    """In text that is JSON."""
    if "\\u" not in text:
        return False
    return bool(SURROGATE.search(SURROGATE_PAIR.sub(" ", SIMPLE_ESCAPE.sub(" ", text))))


def read_members(line):
    """Name -> (value, the text of it), so that a policy, a key and an id stay what they are."""

    def skip(at):
        return SPACE.match(text, at).end()

    def take(at, mark):
        if text[at : at + 1] != mark:
            raise ValueError(f"no {mark}")
        return skip(at + 1)

    try:
        text = line.decode()
        if is_too_deep(text):
            raise ValueError("too deep")
        members = {}
        at = take(skip(0), "{")
        while text[at : at + 1] != "}" or members:
            if text[at : at + 1] != '"':
                raise ValueError("no name")
            name, at = scanstring(text, at + 1, True)
            begin = take(skip(at), ":")
            value, at = scan_value(text, begin)
            members[name] = (value, text[begin:at])
            at = skip(at)
            if text[at : at + 1] != ",":
                break
            at = take(at, ",")
        if take(at, "}") != len(text) or has_lone_surrogate(text):
            raise ValueError("no end")
    except (ValueError, StopIteration):
        raise BadLine(NOT_AN_OBJECT) from None
    return members


def read_string(members, name, expected):
    value, _ = members.get(name, (None, None))
    if not isinstance(value, str):
        raise BadLine(f"{name}: {expected}")
    return value


def read_hex(members, name):
    expected = "expected a string of two hexadecimal digits for each byte"
    text = read_string(members, name, expected)
    if len(text) % 2 or re.search(r"[^0-9a-fA-F]", text):  # fromhex() would skip spaces
        raise BadLine(f"{name}: {expected}")
    return bytes.fromhex(text)


def read_document(members, name):
    """JSON text: what a string holds, or any other value as it stands."""
    if name not in members:
        raise BadLine(f"{name}: expected an object or JSON text")
    value, raw = members[name]
    return value if isinstance(value, str) else raw


def read_now(members):
    value, _ = members.get("now", (None, None))
    if type(value) is not int or abs(value) > FARTHEST_NOW:
        raise BadLine("now: expected an integer from -9007199254740991 to 9007199254740991")
    return value


def read_flag(members, name):
    value, _ = members.get(name, (False, None))
    if not isinstance(value, bool):
        raise BadLine(f"{name}: expected true or false")
    return value


# --- the answer: what follows the id ------------------------------------------------------------

verifiers = {}


def find_verifier(policy):
    made = verifiers.get(policy)
    if made is None:
        try:
            made = portcullis.Verifier(policy)
        except portcullis.PolicyError as error:
            raise BadLine(str(error)) from None
        if len(verifiers) == MOST_VERIFIERS:
            verifiers.clear()
        verifiers[policy] = made
    return made


def without_infinity(value):
    """A number that no double holds is null, as in JavaScript's JSON."""
    if isinstance(value, dict):
        return {name: without_infinity(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_infinity(item) for item in value]
    infinite = isinstance(value, float) and value in (float("inf"), float("-inf"))
    return None if infinite else value


def verify(members):
    now = read_now(members)
    policy = read_document(members, "policy")
    with_claims = read_flag(members, "claims")
    if "event" in members:
        if "token" in members:
            raise BadLine("event: expected no token beside it")
        decision = find_verifier(policy).verify(members["event"][0], now)
    else:
        token = read_string(members, "token", "expected a string, or an event instead")
        decision = find_verifier(policy).verify_token(token, now)
    answer = {"decision": decision.kind, "reason": decision.reason}
    if with_claims and decision.allowed:
        answer["claims"] = without_infinity(decision.claims)
    return answer


def verify_raw(members):
    name = read_string(members, "alg", "expected a string")
    jwk = read_document(members, "jwk")
    message = read_hex(members, "message_hex")
    signature = read_hex(members, "signature_hex")
    try:
        return {"valid": portcullis.verify_signature(name, jwk, message, signature)}
    except portcullis.PolicyError as error:
        return {"valid": False, "error": f"{error.path}: {error.expected}"}
    except RuntimeError:
        raise BadLine("verify_raw: the library failed") from None


def answer(line):
    raw_id = "null"
    try:
        if len(line) > LONGEST_LINE:
            raise BadLine(TOO_LONG)
        members = read_members(line)
        _, raw_id = members.get("id", (None, "null"))
        op, _ = members.get("op", ("verify", None))
        if op == "verify":
            told = verify(members)
        elif op == "verify_raw":
            told = verify_raw(members)
        else:
            raise BadLine('op: expected "verify" or "verify_raw"')
    except BadLine as error:
        told = {"error": str(error)}
    rest = json.dumps(told, separators=(",", ":"))
    return f'{{"id":{raw_id},{rest[1:]}\n'.encode()


# --- the pipe -----------------------------------------------------------------------------------


def write_all(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def run():
    """Answers are held back only while there is input at hand."""
    line = bytearray()
    while chunk := os.read(0, 65536):
        out = []
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            # One byte more than fits shows that a line is too long; what follows it is skipped.
            line += part[: LONGEST_LINE + 1 - len(line)]
            out.append(answer(bytes(line)))
            line.clear()
        line += rest[: LONGEST_LINE + 1 - len(line)]
        write_all(b"".join(out))
    if line:
        write_all(answer(bytes(line)))


if __name__ == "__main__":
    try:
        run()
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
