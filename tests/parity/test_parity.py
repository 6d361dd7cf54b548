"""Every door gives the same answer to every vector, byte for byte."""

import json

import doors as all_of_them
import pytest
import vector_files as vectors
from as_javascript import plain

DECISION_THEMES = sorted(vectors.load("decisions"))
POLICY_THEMES = sorted(vectors.load("policies"))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


# --- comparing ----------------------------------------------------------------------------------


def canonical(answer):
    """The one spelling of an answer."""
    if "claims_text" in answer:
        text = answer["claims_text"]
        answer = {name: value for name, value in answer.items() if name != "claims_text"}
        answer["claims"] = None if text is None else json.loads(text)
    return json.dumps(plain(answer), sort_keys=True, separators=(",", ":"))


def find_disagreements(asked, answers):
    """(id, {door: answer}) for each question that two doors answer differently.

    `asked` is [(id, question, expected part of the answer)], `answers` is {door: [answer]}.
    """
    assert asked, "no question was asked"
    for door, told in answers.items():
        assert len(told) == len(asked), f"{door} answered {len(told)} of {len(asked)} questions"
    found = []
    for at, (name, _, expected) in enumerate(asked):
        told = {door: rows[at] for door, rows in answers.items()}
        alike = len({canonical(answer) for answer in told.values()}) == 1
        right = all(
            answer.get(member) == value
            for answer in told.values()
            for member, value in expected.items()
        )
        if not (alike and right) or any("failure" in answer for answer in told.values()):
            found.append((name, {"expected": expected, **told}))
    return found


def render_table(found, width=60):
    """Disagreements as rows: the case, then what each door said, cut to a readable width."""

    def short(answer):
        text = canonical(answer)
        if "reason" in answer and "kind" in answer:
            text = f"{answer['kind']} {answer['reason']} {text}"
        return text if len(text) <= width else text[: width - 3] + "..."

    lines = [f"{len(found)} disagreements"]
    for name, told in found[:40]:
        lines.append(f"  {name}")
        lines += [f"    {door:<9}| {short(answer)}" for door, answer in told.items()]
    if len(found) > 40:
        lines.append(f"  and {len(found) - 40} more")
    return "\n".join(lines)


def agree(asked, doors):
    answers = {door.name: door.ask([question for _, question, _ in asked]) for door in doors}
    found = find_disagreements(asked, answers)
    if found:
        pytest.fail(render_table(found), pytrace=False)


# --- questions ----------------------------------------------------------------------------------


def policy_hex(policy):
    return json.dumps(policy, ensure_ascii=False).encode().hex()


def expected_decision(case):
    expect = case["expect"]
    return {
        "kind": expect["decision"],
        "reason": expect["reason"],
        "status": expect.get("status"),
        "response": vectors.expected_response(case),
    }


def cases_of(theme, cases):
    return [case for case in cases if case["theme"] == theme]


def a_good_case():
    return next(case for case in vectors.decision_cases() if case["id"] == "signature-plain")


@pytest.fixture(scope="module")
def doors():
    return all_of_them.all_doors()


@pytest.fixture(scope="module")
def host_doors(doors):
    """Those with an event and a handler of their own language."""
    return [door for door in doors if door.name != "core"]


# --- tests --------------------------------------------------------------------------------------


def test_each_door_is_the_one_it_is_called(host_doors):
    told = {door.name: door.ask([{"kind": "implementation"}]) for door in host_doors}
    assert told == {
        "python": [{"implementation": "python"}],
        "addon": [{"implementation": "native"}],
        "wasm": [{"implementation": "wasm"}],
        "wasm-self-contained": [{"implementation": "wasm"}],
    }


def test_there_are_enough_questions():
    assert len(vectors.decision_cases()) >= vectors.FEWEST_DECISIONS
    assert len(vectors.policy_cases()) >= vectors.FEWEST_POLICIES


@pytest.mark.parametrize("theme", DECISION_THEMES)
def test_decisions(theme, doors):
    asked = [
        (
            case["id"],
            {
                "kind": "decision",
                "policy_hex": policy_hex(case["policy_json"]),
                "event": case["event"],
                "now": case["now"],
            },
            expected_decision(case),
        )
        for case in cases_of(theme, vectors.decision_cases())
    ]
    agree(asked, doors)


@pytest.mark.parametrize("theme", POLICY_THEMES)
def test_policies(theme, doors):
    asked = [
        (
            case["id"],
            {"kind": "policy", "policy_hex": vectors.policy_bytes(case).hex()},
            case["expect"],
        )
        for case in cases_of(theme, vectors.policy_cases())
    ]
    agree(asked, doors)


def test_tokens(doors):
    asked = [
        (
            case["id"],
            {
                "kind": "token",
                "policy_hex": policy_hex(case["policy_json"]),
                "token": vectors.bare_token(case),
                "now": case["now"],
            },
            expected_decision(case),
        )
        for case in vectors.decision_cases()
        if vectors.bare_token(case) is not None
    ]
    assert len(asked) >= vectors.FEWEST_DECISIONS
    agree(asked, doors)


def test_handlers(host_doors):
    asked = []
    for case in vectors.decision_cases():
        if not case["any_now"]:
            continue
        response = vectors.expected_response(case)
        asked.append(
            (
                case["id"],
                {
                    "kind": "handler",
                    "policy_hex": policy_hex(case["policy_json"]),
                    "event": case["event"],
                },
                {"passes": True} if response is None else {"response": response},
            )
        )
    assert len(asked) >= vectors.FEWEST_DECISIONS
    agree(asked, host_doors)


def test_every_change_of_one_character(doors):
    """No token that differs in one character passes, and all doors say why in the same word."""
    case = a_good_case()
    good = vectors.bare_token(case)

    def question(token):
        return {
            "kind": "token",
            "policy_hex": policy_hex(case["policy_json"]),
            "token": token,
            "now": case["now"],
        }

    asked = []
    for at, letter in enumerate(good):
        next_letter = ALPHABET[(ALPHABET.find(letter) + 1) % 64]
        for how, token in (
            ("replaced", good[:at] + next_letter + good[at + 1 :]),
            ("removed", good[:at] + good[at + 1 :]),
            ("doubled", good[:at] + letter + good[at:]),
            ("before a dot", good[:at] + "." + good[at:]),
            ("cut off", good[:at]),
        ):
            asked.append((f"{how} at {at}", question(token), {"kind": "deny"}))
    agree(asked, doors)


# JSON texts with a lone surrogate are not read by every JSON library, so these are no vectors.
SURROGATES = {
    "alone": ("\ud800", "credential_missing"),
    "scheme": ("Bearer\udfff a.b.c", "credential_missing"),
    "token": ("Bearer \ud800", "token_malformed"),
    "reversed pair": ("Bearer a.b.\udc00\ud800", "token_malformed"),
    "16384 bytes": ("Bearer " + "A" * 16381 + "\ud800", "token_malformed"),
    "16385 bytes": ("Bearer " + "A" * 16382 + "\udbff", "token_too_large"),
}


@pytest.mark.parametrize("name", SURROGATES)
def test_lone_surrogates(name, host_doors):
    value, reason = SURROGATES[name]
    case = a_good_case()
    entry = {"key": "Authorization", "value": value}
    event = {"Records": [{"cf": {"request": {"headers": {"authorization": [entry]}}}}]}
    question = {
        "kind": "decision",
        "policy_hex": policy_hex(case["policy_json"]),
        "event": event,
        "now": case["now"],
    }
    agree([(name, question, {"kind": "deny", "reason": reason})], host_doors)


def test_a_surrogate_in_a_good_token(host_doors):
    case = a_good_case()
    good = vectors.bare_token(case)
    asked = [
        (
            f"surrogate at {at}",
            {
                "kind": "token",
                "policy_hex": policy_hex(case["policy_json"]),
                # The low byte is the letter that was there.
                "token": good[:at] + chr(0xDC00 + ord(good[at])) + good[at + 1 :],
                "now": case["now"],
            },
            {"kind": "deny", "reason": "token_malformed"},
        )
        for at in range(len(good))
    ]
    agree(asked, host_doors)


NO_STRINGS = {
    "null": (None, "credential_missing"),
    "number": (5, "credential_malformed"),
    "true": (True, "credential_malformed"),
    "list": (["a.b.c"], "credential_malformed"),
    "object": ({"token": "a.b.c"}, "credential_malformed"),
    "empty string": ("", "token_malformed"),
}


@pytest.mark.parametrize("name", NO_STRINGS)
def test_tokens_that_are_no_string(name, host_doors):
    token, reason = NO_STRINGS[name]
    case = a_good_case()
    question = {
        "kind": "token",
        "policy_hex": policy_hex(case["policy_json"]),
        "token": token,
        "now": case["now"],
    }
    agree([(name, question, {"kind": "deny", "reason": reason})], host_doors)


# --- the comparison itself ----------------------------------------------------------------------


def test_a_disagreement_is_found_and_told():
    asked = [("same", {}, {"kind": "deny"}), ("other", {}, {"kind": "deny"})]
    deny = {"kind": "deny", "reason": "expired", "response": {"status": "401"}}
    answers = {
        "a": [deny, deny],
        "b": [deny, {**deny, "response": {"status": "403"}}],
    }
    found = find_disagreements(asked, answers)
    assert [name for name, _ in found] == ["other"]
    table = render_table(found)
    assert "1 disagreements" in table and "other" in table and "deny expired" in table


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"a": [{"x": 1}], "b": [{"x": 1}]}, False),
        ({"a": [{"x": 1}], "b": [{"x": 1.0}]}, False),
        ({"a": [{"x": 1}], "b": [{"x": True}]}, True),
        ({"a": [{"x": 1}], "b": [{"x": 1, "y": None}]}, True),
        ({"a": [{"x": 2}], "b": [{"x": 2}]}, True),
        ({"a": [{"x": 1, "failure": ""}], "b": [{"x": 1, "failure": ""}]}, True),
        ({"a": [{"x": 1, "s": "\u00e9"}], "b": [{"x": 1, "s": "e\u0301"}]}, True),
    ],
)
def test_the_comparison(answers, wrong):
    assert bool(find_disagreements([("q", {}, {"x": 1})], answers)) is wrong


def test_silence_is_no_agreement():
    with pytest.raises(AssertionError, match="no question"):
        find_disagreements([], {"a": [], "b": []})
    with pytest.raises(AssertionError, match="answered 0 of 1"):
        find_disagreements([("q", {}, {})], {"a": [], "b": [{}]})
