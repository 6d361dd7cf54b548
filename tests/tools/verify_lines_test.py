"""The verify_lines programs: one protocol, the same answers, and no line that stops them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "vectors"), str(TESTS / "tools" / "verify_lines")]

import programs  # noqa: E402 - of the folder just named
import vector_files as vectors  # noqa: E402 - of the folder just named
from as_javascript import plain  # noqa: E402 - of the folder just named

DOORS = programs.DOORS
LONGEST_LINE = 4194304
NOT_AN_OBJECT = "line: expected a JSON object in UTF-8, at most 128 levels deep"
NOT_HEX = "expected a string of two hexadecimal digits for each byte"
BAD_NOW = "now: expected an integer from -9007199254740991 to 9007199254740991"


def a_case():
    return next(case for case in vectors.decision_cases() if case["id"] == "signature-plain")


def question(**members):
    case = a_case()
    plain = {"token": vectors.bare_token(case), "now": case["now"], "policy": case["policy_json"]}
    return {name: value for name, value in {**plain, **members}.items() if value is not ...}


# --- what the vectors say -------------------------------------------------------------------------


def disagreements(door, asked, expected):
    answers = programs.ask(door, asked)
    rows = zip(asked, expected, answers, strict=True)
    return [
        (line["id"], want, got) for line, want, got in rows if {"id": line["id"], **want} != got
    ]


def expected_decision(case):
    return {"decision": case["expect"]["decision"], "reason": case["expect"]["reason"]}


@pytest.mark.parametrize("door", DOORS)
def test_events_of_the_vectors(door):
    cases = vectors.decision_cases()
    assert len(cases) >= vectors.FEWEST_DECISIONS
    asked = [
        {
            "id": case["id"],
            "event": case["event"],
            "now": case["now"],
            "policy": case["policy_json"],
        }
        for case in cases
    ]
    assert disagreements(door, asked, [expected_decision(case) for case in cases]) == []


@pytest.mark.parametrize("door", DOORS)
def test_tokens_of_the_vectors(door):
    cases = [case for case in vectors.decision_cases() if vectors.bare_token(case) is not None]
    assert len(cases) >= vectors.FEWEST_DECISIONS
    asked = [
        {
            "id": case["id"],
            "op": "verify",
            "token": vectors.bare_token(case),
            "now": case["now"],
            "policy": json.dumps(case["policy_json"]),
        }
        for case in cases
    ]
    assert disagreements(door, asked, [expected_decision(case) for case in cases]) == []


def policy_of(case):
    """What a line can carry: no bytes that are not UTF-8."""
    try:
        return case["policy"] if "policy" in case else vectors.policy_bytes(case).decode()
    except UnicodeDecodeError:
        return None


def test_policies_of_the_vectors():
    cases = [case for case in vectors.policy_cases() if policy_of(case) is not None]
    assert len(cases) >= vectors.FEWEST_POLICIES
    asked = [{"id": case["id"], "policy": policy_of(case), "token": "", "now": 0} for case in cases]
    answers = {door: programs.ask(door, asked) for door in DOORS}
    for case, *told in zip(cases, *answers.values(), strict=True):
        assert all(answer == told[0] for answer in told), (case["id"], told)
        if case["expect"]["valid"]:
            assert told[0].get("decision") == "deny", (case["id"], told[0])
        else:
            start = f"policy: {case['expect']['path']}: "
            assert told[0].get("error", "").startswith(start), (case["id"], told[0])


@pytest.mark.parametrize("door", DOORS)
def test_signatures_of_the_vectors(door):
    cases = vectors.signature_cases()
    assert cases
    asked = [
        {
            "id": case["id"],
            "op": "verify_raw",
            **{name: case[name] for name in ("alg", "jwk", "message_hex", "signature_hex")},
        }
        for case in cases
    ]
    assert disagreements(door, asked, [{"valid": case["valid"]} for case in cases]) == []


def test_claims_of_the_vectors():
    asked = [
        {
            "id": case["id"],
            "event": case["event"],
            "now": case["now"],
            "policy": case["policy_json"],
            "claims": True,
        }
        for case in vectors.decision_cases()
    ]
    answers = {door: plain(programs.ask(door, asked)) for door in DOORS}
    for case, *told in zip(vectors.decision_cases(), *answers.values(), strict=True):
        assert all(answer == told[0] for answer in told), (case["id"], told)
        assert ("claims" in told[0]) == (case["expect"]["decision"] == "allow"), case["id"]


# --- the protocol ---------------------------------------------------------------------------------

ALLOW = {"decision": "allow", "reason": "ok"}
# HMAC-SHA-256 of the empty message with 32 zero bytes as the key.
ZERO_KEY = {"kty": "oct", "k": "A" * 43}
ZERO_MAC = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"


def raw(**members):
    made = {
        "op": "verify_raw",
        "alg": "HS256",
        "jwk": ZERO_KEY,
        "message_hex": "",
        "signature_hex": ZERO_MAC,
        **members,
    }
    return {name: value for name, value in made.items() if value is not ...}


def with_policy(**members):
    return {**a_case()["policy_json"], **members}


QUESTIONS = {
    "plain": (question(), ALLOW),
    "named op": (question(op="verify"), ALLOW),
    "policy as text": (question(policy=json.dumps(with_policy())), ALLOW),
    "unknown member": (question(comment=[1, {"deep": None}]), ALLOW),
    "claims not asked for": (question(claims=False), ALLOW),
    "clock far ahead": (question(now=2**53 - 1), {"decision": "deny", "reason": "expired"}),
    "clock far behind": (
        question(now=-(2**53 - 1)),
        {"decision": "deny", "reason": "issued_in_future"},
    ),
    "empty token": (question(token=""), {"decision": "deny", "reason": "token_malformed"}),
    "NUL in a token": (question(token="a\0b"), {"decision": "deny", "reason": "token_malformed"}),
    "no event": (
        question(token=..., event=None),
        {"decision": "deny", "reason": "request_malformed"},
    ),
    "unknown member of the policy": (
        question(policy=with_policy(nonsense=1)),
        {"error": "policy: $.nonsense: expected no such member"},
    ),
    "number in a policy as it is written": (
        question(policy=json.dumps(with_policy(clock_tolerance=30.0))),
        {"error": "policy: $.clock_tolerance: expected a whole number of seconds from 0 to 300"},
    ),
    "the same in an object": (
        question(policy=with_policy(clock_tolerance=30.0)),
        {"error": "policy: $.clock_tolerance: expected a whole number of seconds from 0 to 300"},
    ),
    "no policy": (question(policy=...), {"error": "policy: expected an object or JSON text"}),
    "no token": (question(token=...), {"error": "token: expected a string, or an event instead"}),
    "a number as token": (
        question(token=1),
        {"error": "token: expected a string, or an event instead"},
    ),
    "null as token": (
        question(token=None),
        {"error": "token: expected a string, or an event instead"},
    ),
    "token and event": (question(event={}), {"error": "event: expected no token beside it"}),
    "no now": (question(now=...), {"error": BAD_NOW}),
    "fraction as now": (question(now=1.5), {"error": BAD_NOW}),
    "whole fraction as now": (question(now=1700000600.0), {"error": BAD_NOW}),
    "null as now": (question(now=None), {"error": BAD_NOW}),
    "string as now": (question(now="1700000600"), {"error": BAD_NOW}),
    "true as now": (question(now=True), {"error": BAD_NOW}),
    "now too far": (question(now=2**53), {"error": BAD_NOW}),
    "now of many digits": (question(now=10**200), {"error": BAD_NOW}),
    "claims of another type": (question(claims=1), {"error": "claims: expected true or false"}),
    "unknown op": (question(op="judge"), {"error": 'op: expected "verify" or "verify_raw"'}),
    "op of another type": (
        question(op=["verify"]),
        {"error": 'op: expected "verify" or "verify_raw"'},
    ),
    "raw": (raw(), {"valid": True}),
    "raw, upper case": (raw(signature_hex=ZERO_MAC.upper()), {"valid": True}),
    "raw, key as text": (raw(jwk=json.dumps(ZERO_KEY)), {"valid": True}),
    "raw, another message": (raw(message_hex="00"), {"valid": False}),
    "raw, no signature": (raw(signature_hex=""), {"valid": False}),
    "raw, unknown algorithm": (
        raw(alg="none"),
        {"valid": False, "error": "alg: expected a JWS algorithm"},
    ),
    "raw, key that is none": (
        raw(jwk="{"),
        {"valid": False, "error": "$: expected JSON; reading stopped at byte 1"},
    ),
    "raw, short secret": (
        raw(jwk={"kty": "oct", "k": "AAAA"}),
        {"valid": False, "error": "$.k: expected unpadded base64url of 32 to 1024 bytes for HS256"},
    ),
    "raw, no algorithm": (raw(alg=...), {"error": "alg: expected a string"}),
    "raw, no key": (raw(jwk=...), {"error": "jwk: expected an object or JSON text"}),
    "raw, no message": (raw(message_hex=...), {"error": f"message_hex: {NOT_HEX}"}),
    "raw, odd hex": (raw(message_hex="000"), {"error": f"message_hex: {NOT_HEX}"}),
    "raw, spaces in hex": (raw(signature_hex="00 00"), {"error": f"signature_hex: {NOT_HEX}"}),
    "raw, other digits": (raw(signature_hex="0g"), {"error": f"signature_hex: {NOT_HEX}"}),
    "raw, a sign": (raw(signature_hex="-1"), {"error": f"signature_hex: {NOT_HEX}"}),
    "raw, wide digits": (raw(signature_hex="\uff10\uff10"), {"error": f"signature_hex: {NOT_HEX}"}),
    "raw, list as message": (raw(message_hex=["00"]), {"error": f"message_hex: {NOT_HEX}"}),
}


@pytest.mark.parametrize("door", DOORS)
def test_members(door):
    asked = [{"id": name, **line} for name, (line, _) in QUESTIONS.items()]
    assert disagreements(door, asked, [answer for _, answer in QUESTIONS.values()]) == []


IDS = ["", 'a"\\\u20ac\U0001f600\0', 0, -1, 1.5, 2**53 - 1, None, True, [], {}, [1, {"id": [2]}]]


@pytest.mark.parametrize("door", DOORS)
def test_an_id_is_echoed(door):
    answers = programs.ask(door, [question(id=one) for one in IDS])
    assert [answer["id"] for answer in answers] == IDS
    answers = programs.ask(door, [{"id": one} for one in IDS])
    assert answers == [{"id": one, "error": BAD_NOW} for one in IDS]


@pytest.mark.parametrize("door", DOORS)
def test_an_id_keeps_its_spelling(door):
    numbers = b"123456789012345678901234567890", b"1.0", b"1E2", b"[1.50, -0]", b'"\\u0061"'
    run = subprocess.run(
        [programs.WRAPPER, door],
        input=b"".join(b'{ "id" : ' + number + b' , "op":0}\n' for number in numbers),
        capture_output=True,
    )
    error = b',"error":"op: expected \\"verify\\" or \\"verify_raw\\""}\n'
    assert run.stdout == b"".join(b'{"id":' + number + error for number in numbers)


# --- hostile lines --------------------------------------------------------------------------------

SECRET = "c0ffee-not-to-be-told"


def nested(depth, opening=b"[", closing=b"]"):
    return opening * depth + closing * depth


def line_of(size):
    head = b'{"id":7,"token":"'
    return head + b"x" * (size - len(head) - 2) + b'"}'


NOT_LINES = {
    "empty": b"",
    "space": b" \t\r",
    "null": b"null",
    "number": b"1",
    "string": b'"id"',
    "list": b"[]",
    "half": b'{"id":1',
    "two": b'{"id":1}{"id":2}',
    "trailing comma": b'{"id":1,}',
    "leading comma": b'{,"id":1}',
    "no colon": b'{"id" 1}',
    "no name": b"{1:1}",
    "single quotes": b"{'id':1}",
    "comment": b'{"id":1}//',
    "byte order mark": b'\xef\xbb\xbf{"id":1}',
    "UTF-16": '{"id":1}'.encode("utf-16-le"),
    "NUL": b"\0",
    "NUL behind": b'{"id":1}\0',
    "NUL and more behind": b'{"id":1}\0{',
    "NUL in a string": b'{"id":"\0"}',
    "control character in a string": b'{"id":"\t"}',
    "invalid UTF-8": b'{"id":"\xff"}',
    "overlong UTF-8": b'{"id":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"id":"\xed\xa0\x80"}',
    "cut UTF-8": b'{"id":"\xe2\x82"}',
    "lone high surrogate": b'{"id":"\\ud800"}',
    "lone low surrogate": b'{"id":"\\udc00"}',
    "swapped surrogates": b'{"id":"\\udc00\\ud800"}',
    "surrogates apart": b'{"id":"\\ud800\\n\\udc00"}',
    "lone surrogate in a name": b'{"\\ud800":1}',
    "lone surrogate in a token": b'{"token":"\\ud800","now":1,"policy":"{}"}',
    "escaped backslash before": b'{"id":"\\\\\\ud800"}',
    "bad escape": b'{"id":"\\x"}',
    "bad number": b'{"id":01}',
    "plus": b'{"id":+1}',
    "NaN": b'{"id":NaN}',
    "Infinity": b'{"id":-Infinity}',
    "beyond double": b'{"id":1e999}',
    "beyond double, digits": b'{"id":1' + b"0" * 400 + b"}",
    "very many digits": b'{"id":' + b"9" * 100000 + b"}",
    "deep": b'{"id":' + nested(128) + b"}",
    "deep objects": b'{"id":' + nested(128, b'{"a":', b"}").replace(b":}", b":1}") + b"}",
    "very deep": nested(1_000_000),
    "very deep, open": b"[" * 2_000_000,
    "very deep objects, open": b'{"a":' * 500_000,
    "open string": b'{"id":"' + b"a" * 1_000_000,
    "backslashes": b'{"id":"' + b"\\" * 1_000_001 + b'"}',
}


def bad_lines():
    """(name, line, answer), every answer known."""
    told = {"id": None, "error": NOT_AN_OBJECT}
    yield from ((name, line, told) for name, line in NOT_LINES.items())
    long = {"id": None, "error": "line: expected at most 4194304 bytes"}
    yield "long", line_of(LONGEST_LINE + 1), long
    yield "very long", line_of(3 * LONGEST_LINE), long
    yield "long and nothing", b"\0" * (LONGEST_LINE + 70000), long
    yield "longest", line_of(LONGEST_LINE), {"id": 7, "error": BAD_NOW}
    depth = b'{"id":' + nested(127) + b"}"
    yield "deepest", depth, {"id": json.loads(depth)["id"], "error": BAD_NOW}
    yield (
        "quoted brackets",
        b'{"id":"' + b"[{" * 5000 + b'"}',
        {"id": "[{" * 5000, "error": BAD_NOW},
    )
    yield "pair of surrogates", b'{"id":"\\ud83d\\uDE00"}', {"id": "\U0001f600", "error": BAD_NOW}
    yield "no surrogate", b'{"id":"\\\\ud800"}', {"id": "\\ud800", "error": BAD_NOW}
    yield "escaped name", b'{"\\u0069d":1}', {"id": 1, "error": BAD_NOW}
    yield "name twice", b'{"id":1,"id":2}', {"id": 2, "error": BAD_NOW}
    yield "__proto__", b'{"__proto__":{"now":1},"id":1}', {"id": 1, "error": BAD_NOW}
    yield (
        "toString",
        b'{"toString":1,"op":"constructor","id":1}',
        {
            "id": 1,
            "error": 'op: expected "verify" or "verify_raw"',
        },
    )
    yield "return", b'{"id":1}\r', {"id": 1, "error": BAD_NOW}
    yield "no member", b"{}", {"id": None, "error": BAD_NOW}


@pytest.mark.parametrize("door", DOORS)
def test_no_line_stops_a_program(door):
    good = json.dumps({"id": "good", **question()}).encode()
    rows = list(bad_lines())
    data = b"".join(line + b"\n" + good + b"\n" for _, line, _ in rows)
    answers = programs.ask_bytes(door, data)
    assert len(answers) == 2 * len(rows)
    wrong = [
        (name, told)
        for (name, _, expected), told in zip(rows, answers[::2], strict=True)
        if told != expected
    ]
    assert wrong == []
    assert all(answer == {"id": "good", **ALLOW} for answer in answers[1::2])


@pytest.mark.parametrize("door", DOORS)
def test_nothing_of_a_token_or_a_key_is_told(door):
    secret = {"secret": SECRET, "encoding": "utf8"}
    asked = [
        question(token=SECRET),
        question(token={SECRET: SECRET}),
        question(policy=with_policy(keys=[secret])),
        question(policy=SECRET),
        raw(jwk=SECRET),
        raw(jwk={"kty": "oct", "k": SECRET}),
        raw(alg=SECRET),
        raw(message_hex=SECRET),
        raw(signature_hex=SECRET),
    ]
    answers = programs.ask(door, asked)
    assert SECRET not in json.dumps(answers)


@pytest.mark.parametrize("door", DOORS)
def test_bytes_of_any_kind(door):
    # Reproducible noise, cut into lines wherever it has a newline.
    noise = b"".join(bytes([x * x * y + 7 * x + y & 255 for x in range(256)]) for y in range(256))
    answers = programs.ask_bytes(door, noise + b'\n{"id":"end"}\n')
    assert len(answers) == noise.count(b"\n") + 2
    assert all(answer == {"id": None, "error": NOT_AN_OBJECT} for answer in answers[:-1])
    assert answers[-1] == {"id": "end", "error": BAD_NOW}


# --- the pipe -------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_comes_before_the_next_question(door):
    with programs.start(door) as program:
        for number in range(3):
            program.stdin.write(json.dumps({"id": number, **question()}).encode() + b"\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline()) == {"id": number, **ALLOW}
        program.stdin.write(b'{"id":3}')  # a last line without its end
        program.stdin.close()
        assert json.loads(program.stdout.readline()) == {"id": 3, "error": BAD_NOW}
        assert program.stdout.read() == b""
        assert program.wait() == 0


@pytest.mark.parametrize("door", DOORS)
def test_no_input_gives_no_answer(door):
    assert programs.ask_bytes(door, b"") == []


@pytest.mark.parametrize("door", DOORS)
def test_more_policies_than_are_kept(door):
    asked = [
        question(id=number, policy=with_policy(realm=f"realm-{number % 100}"))
        for number in range(300)
    ]
    answers = programs.ask(door, asked)
    assert answers == [{"id": number, **ALLOW} for number in range(300)]


@pytest.mark.parametrize("arguments", [(), ("nonsense",)])
def test_an_unknown_door_is_told(arguments):
    run = subprocess.run([programs.WRAPPER, *arguments], capture_output=True, text=True)
    assert run.returncode == 2
    assert run.stderr.startswith("usage: verify_lines cpp|python|node|wasm")
