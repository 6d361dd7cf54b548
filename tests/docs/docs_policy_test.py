"""docs/policy.md and docs/policy.schema.json against the verifier and the vectors."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import portcullis
import pytest
import vector_files as vectors
from conftest import EDGE_MANUAL, POLICY_MANUAL, README, ROOT, blocks_of, read

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
        "policy-edge-claim-headers-twice",
    ],
    "a property of the text, not of the value": [
        "policy-demands-age-1e3",
        "policy-demands-age-60-0",
        "policy-demands-claims-value-1-0",
        "policy-demands-claims-value-1e3",
        "policy-demands-values-17000",
        "policy-document-lone-surrogate",
        "policy-document-size-524289-bytes",
        "policy-document-depth-33",
        "policy-document-members-513",
        "policy-member-clock-tolerance-1e1",
        "policy-member-clock-tolerance-30-0",
    ],
    "a schema counts characters, not bytes": [
        "policy-member-issuer-1026-accents",
    ],
    "a schema cannot compare one member of several entries": [
        "policy-issuers-duplicate",
        "policy-issuers-duplicate-third",
        "policy-issuers-duplicate-escaped",
        "policy-issuers-duplicate-tenants",
        "policy-edge-sources-twice-header",
        "policy-edge-sources-twice-cookie",
        "policy-edge-sources-twice-query",
        "policy-edge-routes-pair-twice",
        "policy-edge-routes-pair-any-first",
        "policy-edge-routes-pair-same-method",
        "policy-edge-routes-pair-one-of-two",
        "policy-edge-routes-pair-slash",
        "policy-edge-routes-pair-escape",
        "policy-edge-routes-pair-access",
        "policy-edge-routes-third-again",
        "policy-edge-routes-stars-65",
    ],
    "a schema cannot look a name up elsewhere in the document": [
        "policy-edge-claim-headers-source-header",
        "policy-edge-claim-headers-source-authorization",
        "policy-edge-claim-headers-source-cookie",
        "policy-edge-claim-headers-source-default",
        "policy-edge-routes-issuers-unknown",
        "policy-edge-routes-issuers-slash",
        "policy-edge-routes-issuers-any",
    ],
    "a pattern sees characters, not the bytes that escapes stand for": [
        "policy-edge-routes-path-not-utf8",
    ],
}

# What a key is worth takes mathematics, and whether it serves the policy a look at other members.
IN_A_KEY = re.compile(r"\$(\.issuers\[\d+\])?\.keys(\.keys)?(\[\d+\](\..+)?)?")

# Mistakes that the page shows, for those that no vector makes with the same words.
PLAIN: dict[str, Any] = {
    "algorithms": ["HS256"],
    "issuer": "https://issuer.example/",
    "audience": "https://api.example",
    "keys": [{"kty": "oct", "k": "Ajq5VSR67aA6pokug5gNC6l1Rq2QhYZNlozFvW_O2E8"}],
}
SHORT_RSA = {"kty": "RSA", "n": "A" * 10, "e": "AQAB"}
OFF_CURVE = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
MISTAKES: list[dict[str, Any]] = [
    {"issuers": []},
    {"issuers": [PLAIN, PLAIN]},
    {"issuers": [PLAIN], "audience": "x"},
    PLAIN | {"algorithms": ["none"]},
    PLAIN | {"issuer": "https://login.example/{tenantid}/"},
    PLAIN | {"tenants": ["a"]},
    PLAIN | {"issuer": "https://login.example/{tenantid}/", "tenants": ["a b"]},
    PLAIN | {"max_token_age": 0},
    PLAIN | {"token_use": None},
    PLAIN | {"keys": []},
    PLAIN | {"keys": [{"kty": "oct", "k": "AA"}]},
    PLAIN | {"keys": [{"secret": "00", "encoding": "hex"}]},
    PLAIN | {"keys": [{"kty": "rsa"}]},
    PLAIN | {"keys": [{"kty": "EC", "crv": "secp256k1"}]},
    PLAIN | {"keys": [SHORT_RSA], "algorithms": ["RS256"]},
    PLAIN | {"keys": [OFF_CURVE], "algorithms": ["ES256"]},
    PLAIN | {"keys": [OFF_CURVE | {"d": "A" * 43}], "algorithms": ["ES256"]},
    PLAIN | {"keys": [{"pem": "-----BEGIN PRIVATE KEY-----"}]},
    PLAIN | {"keys": [PLAIN["keys"][0] | {"alg": "HS512"}]},
    PLAIN | {"keys": [PLAIN["keys"][0] | {"use": "enc"}]},
    PLAIN | {"keys": {"keys": [SHORT_RSA]}},
    PLAIN | {"require": {}},
    PLAIN | {"require": {"permissions": {}}},
    PLAIN | {"require": {"present": []}},
    PLAIN | {"require": {"claims": {}}},
    PLAIN | {"require": {"claims": {"plan": None}}},
    PLAIN | {"sources": [{"query": "token"}, {"strip": True}]},
]


def test_there_are_policies() -> None:
    assert len(POLICIES) >= 15
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


def is_in_a_key(case: dict[str, Any]) -> bool:
    return not case["expect"]["valid"] and bool(IN_A_KEY.fullmatch(case["expect"]["path"]))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_schema_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    listed = any(case["id"] in ids for ids in NOT_EXPRESSIBLE.values())
    if not is_in_a_key(case):
        assert fits_schema(case) == (case["expect"]["valid"] or listed)
    assert not (listed and case["expect"]["valid"])


def test_the_schema_sees_the_shape_of_keys() -> None:
    broken = [case for case in CASES if is_in_a_key(case)]
    assert len(broken) > 300
    assert sum(not fits_schema(case) for case in broken) > len(broken) / 3


def test_what_the_schema_cannot_say_are_vectors() -> None:
    listed = [name for names in NOT_EXPRESSIBLE.values() for name in names]
    assert len(listed) == len(set(listed))
    assert set(listed) <= {case["id"] for case in CASES}


def message_of(policy: bytes | str) -> str:
    with pytest.raises(portcullis.PolicyError) as error:
        portcullis.Verifier(policy)
    return str(error.value)


def test_the_errors_on_the_page_are_what_the_verifier_says() -> None:
    pages = read(POLICY_MANUAL) + read(EDGE_MANUAL)
    shown = re.findall(r"^    (policy: .+)$", pages, re.M)
    said = {message_of(vectors.policy_bytes(case)) for case in CASES if not case["expect"]["valid"]}
    said |= {message_of(json.dumps(policy)) for policy in MISTAKES}
    assert len(shown) > 30
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
