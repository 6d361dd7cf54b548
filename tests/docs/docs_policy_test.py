"""docs/policy.md and docs/policy.schema.json against the verifier and the vectors."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import portcullis
import pytest
import vector_files as vectors
from conftest import POLICY_MANUAL, README, ROOT, blocks_of, read

SCHEMA = json.loads(read(ROOT / "docs" / "policy.schema.json"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
POLICIES = [
    (f"{path.stem} {number}", block.text)
    for path in (README, POLICY_MANUAL)
    for number, block in enumerate(blocks_of(read(path)))
    if block.language == "json"
]
CASES = vectors.policy_cases()

# Invalid policies that the schema takes, and why it has to.
NOT_EXPRESSIBLE = {
    "a parser keeps the last of two members": [
        "policy-document-duplicate",
        "policy-document-duplicate-null",
        "policy-document-duplicate-escaped",
        "policy-document-duplicate-in-key",
        "policy-document-duplicate-in-require",
    ],
    "a property of the text, not of the value": [
        "policy-document-lone-surrogate",
        "policy-document-size-65537",
        "policy-document-size-bytes-not-characters",
        "policy-document-size-65537-space",
        "policy-document-depth-33",
        "policy-document-members-513",
        "policy-member-clock-tolerance-1e1",
        "policy-member-clock-tolerance-30-0",
    ],
    "a schema counts characters, not bytes": [
        "policy-keys-kid-258-accents",
        "policy-keys-secret-utf8-accents-30",
        "policy-member-issuer-1026-accents",
    ],
    "a schema cannot compare one member of several entries": [
        "policy-keys-duplicate-kid",
        "policy-keys-duplicate-kid-third",
        "policy-keys-duplicate-kid-forms",
        "policy-keys-duplicate-kid-escaped",
    ],
}


def test_there_are_policies() -> None:
    assert len(POLICIES) >= 7
    assert len(CASES) >= vectors.FEWEST_POLICIES


@pytest.mark.parametrize("text", [text for _, text in POLICIES], ids=[name for name, _ in POLICIES])
def test_policies_on_the_pages_are_good(text: str) -> None:
    portcullis.Verifier(text)
    VALIDATOR.validate(json.loads(text))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def fits_schema(case: dict[str, Any]) -> bool:
    """Whether an editor that knows the schema would be content."""
    try:
        text = vectors.policy_bytes(case).decode("utf-8")
        document = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return False  # no JSON: every editor says so
    return bool(VALIDATOR.is_valid(document))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_schema_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    listed = any(case["id"] in ids for ids in NOT_EXPRESSIBLE.values())
    assert fits_schema(case) == (case["expect"]["valid"] or listed)
    assert not (listed and case["expect"]["valid"])


def test_what_the_schema_cannot_say_are_vectors() -> None:
    listed = [name for names in NOT_EXPRESSIBLE.values() for name in names]
    assert len(listed) == len(set(listed))
    assert set(listed) <= {case["id"] for case in CASES}


def message_of(case: dict[str, Any]) -> str:
    with pytest.raises(portcullis.PolicyError) as error:
        portcullis.Verifier(vectors.policy_bytes(case))
    return str(error.value)


def test_the_errors_on_the_page_are_what_the_verifier_says() -> None:
    shown = re.findall(r"^    (policy: .+)$", read(POLICY_MANUAL), re.M)
    said = {message_of(case) for case in CASES if not case["expect"]["valid"]}
    assert len(shown) > 15
    assert [message for message in shown if message not in said] == []


def member_rows() -> list[str]:
    section = read(POLICY_MANUAL).split("\n## Members\n")[1].split("\n### ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.M)


def test_the_members_on_the_page_are_those_of_the_core_in_its_order() -> None:
    source = read(ROOT / "core" / "src" / "jwt" / "policy.cpp")
    (rows,) = re.findall(r"policy_rows\[\] = \{\n(.*?)\n\};", source, re.S)
    assert member_rows() == re.findall(r'^ *\{"([^"]+)",', rows, re.M)
    assert member_rows() == list(SCHEMA["properties"])


def test_the_defaults_of_the_schema_are_on_the_page() -> None:
    text = read(POLICY_MANUAL)
    shown = dict(re.findall(r"^\| `(\w+)` \|.*\| `([^`]+)` \|$", text.split("\n### ")[0], re.M))
    defaults = {k: v["default"] for k, v in SCHEMA["properties"].items() if "default" in v}
    assert {name: json.loads(value) for name, value in shown.items()} == defaults


def limits_of_the_core() -> dict[str, int]:
    text = re.sub(r"//.*", "", read(ROOT / "core" / "src" / "limits.hpp"))
    found: dict[str, int] = {}
    for name, value in re.findall(r"inline constexpr [\w:]+ (\w+) = ([^;]+);", text):
        arithmetic = re.sub(r"std::\w+\{(\d+)\}", r"\1", value).replace("/", "//")
        assert re.fullmatch(r"[\w\s+*/<()-]+", arithmetic), value
        found[name] = eval(arithmetic, {"__builtins__": {}}, dict(found))
    return found


def test_the_limits_on_the_page_are_those_of_the_core() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", read(POLICY_MANUAL), re.M)
    limits = limits_of_the_core()
    assert len(limits) > 15
    assert {name: int(value) for name, value in rows} == limits
