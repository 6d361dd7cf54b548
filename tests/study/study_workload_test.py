"""The workload: the same bytes for the same seed, and every token what its name says, as a reference verifier sees it."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from harness import workload
from harness.scenario import ALGORITHMS, FOLDER, load_scenario
from harness.signing import from_base64url
from harness.workload import (
    ALL_CELLS,
    BASE_CELL,
    EVENTS,
    EXPECTED,
    HEADERS,
    OUTCOMES,
    PER_CELL,
    STAR_CELLS,
    TOKENS,
    cell_event,
    cell_task,
    event,
    lengths,
    request_id,
    tokens,
)

SEED = 20261121
SIGNATURE_BYTES = {"HS256": 32, "RS256": 256, "ES256": 64, "EdDSA": 64}


def verifies(jwk: dict[str, str], algorithm: str, token: str) -> bool:
    """A reference verification from the JWK's members, beside the code that signs."""
    signing_input, _, text = token.rpartition(".")
    data = signing_input.encode()
    number = {name: int.from_bytes(from_base64url(jwk[name]), "big") for name in ("n", "e", "x", "y") if name in jwk}
    try:
        signature = from_base64url(text)
        if algorithm == "HS256":
            return hmac.compare_digest(hmac.new(jwk["secret"].encode(), data, hashlib.sha256).digest(), signature)
        if algorithm == "RS256":
            public_rsa = rsa.RSAPublicNumbers(number["e"], number["n"]).public_key()
            public_rsa.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif algorithm == "ES256":
            der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            public = ec.EllipticCurvePublicNumbers(number["x"], number["y"], ec.SECP256R1()).public_key()
            public.verify(der, data, ec.ECDSA(hashes.SHA256()))
        else:
            ed25519.Ed25519PublicKey.from_public_bytes(from_base64url(jwk["x"])).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(from_base64url(header)), json.loads(from_base64url(claims))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_signed_tokens_verify_and_say_what_their_outcome_needs(algorithm: str) -> None:
    scenario = load_scenario(algorithm)
    key = scenario.policy["keys"][0]
    for outcome in ("allow", "expired", "bad-signature", "wrong-scope"):
        for size in TOKENS:
            for token in tokens(algorithm, SEED)[outcome][size]:
                header, claims = decoded(token)
                assert verifies(key, algorithm, token) is (outcome != "bad-signature")
                assert header == scenario.header
                assert (claims["iss"], claims["aud"]) == (scenario.policy["issuer"], scenario.policy["audience"])
                assert (claims["exp"] < 1_700_000_000) is (outcome == "expired")
                assert ("view:data" in claims["permissions"]) is (outcome != "wrong-scope")
                assert len(from_base64url(token.rpartition(".")[2])) == SIGNATURE_BYTES[algorithm]


@pytest.mark.parametrize("algorithm", ALGORITHMS[1:])
def test_a_bad_signature_is_a_real_one_of_another_key(algorithm: str) -> None:
    other = json.loads((FOLDER / "keys.json").read_bytes())["other"][algorithm]
    assert all(verifies(other, algorithm, token) for token in tokens(algorithm, SEED)["bad-signature"]["0.3"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_malformed_token_is_no_valid_token(algorithm: str) -> None:
    key = load_scenario(algorithm).policy["keys"][0]
    for size in TOKENS:
        made = tokens(algorithm, SEED)["malformed"][size]
        assert not any(verifies(key, algorithm, token) for token in made)
        assert made.count("") == PER_CELL // len(workload.MALFORMED)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_tokens_are_256_and_distinct(algorithm: str) -> None:
    made = tokens(algorithm, SEED)
    assert tuple(made) == OUTCOMES == tuple(EXPECTED)
    for outcome in OUTCOMES:
        assert tuple(made[outcome]) == TOKENS
        for size in TOKENS:
            assert len(made[outcome][size]) == PER_CELL == 256
            filled = [token for token in made[outcome][size] if token]
            assert len(set(filled)) == len(filled) == {"absent": 0, "malformed": 224}.get(outcome, 256)


def test_a_class_holds_what_its_name_says() -> None:
    for size, low, high in (("0.3", 300, 400), ("1", 950, 1100), ("4", 3900, 4200)):
        for outcome in ("allow", "expired", "bad-signature", "wrong-scope"):
            assert low < lengths("HS256", SEED)[outcome][size] < high
    # A class has the same claims under every algorithm: only header and signature differ.
    one, other = (decoded(tokens(algorithm, SEED)["allow"]["4"][7])[1] for algorithm in ("HS256", "RS256"))
    assert one == other


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_seed_gives_the_same_bytes(algorithm: str) -> None:
    scenario = load_scenario(algorithm)
    for outcome in ("allow", "malformed"):
        made = workload._make(scenario, SEED, outcome, "0.3")
        assert made == tokens(algorithm, SEED)[outcome]["0.3"]
        assert made != workload._make(scenario, SEED + 1, outcome, "0.3")


def test_the_cache_is_named_by_all_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {workload._cache_folder(algorithm, seed) for algorithm in ALGORITHMS for seed in (1, 2)}
    monkeypatch.setattr(workload, "_SOURCES", ())
    assert len(folders | {workload._cache_folder("HS256", 1)}) == 9


@pytest.mark.parametrize("kind", workload.MALFORMED, ids=lambda kind: kind.__name__)
def test_malformed_tokens_have_no_byte_that_a_line_or_a_json_string_would_change(kind: Callable[..., str]) -> None:
    token = kind(tokens("HS256", SEED)["allow"]["0.3"][0], random.Random(1))
    assert token.isascii()
    assert json.dumps(token) == f'"{token}"'


def test_the_cells() -> None:
    assert len(set(ALL_CELLS)) == len(ALL_CELLS) == 5 * 3 * 3 + 3
    assert BASE_CELL == STAR_CELLS[0] == "allow/0.3/typical"
    assert set(STAR_CELLS) <= set(ALL_CELLS)
    assert len(set(STAR_CELLS)) == len(STAR_CELLS) == 1 + 5 + 2 + 2
    base = BASE_CELL.split("/")
    for cell in STAR_CELLS[1:]:
        assert sum(one != other for one, other in zip(cell.split("/"), base, strict=True)) == 1
    with pytest.raises(ValueError, match="no cell is called"):
        workload.split_cell("allow/2/typical")


@pytest.mark.parametrize("size", EVENTS)
def test_an_event_has_its_headers_in_cloudfronts_shape(size: str) -> None:
    headers = cell_event(f"allow/0.3/{size}", "HS256", SEED, 0)["Records"][0]["cf"]["request"]["headers"]
    assert len(headers) == HEADERS[size]
    assert all(name == name.lower() == lines[0]["key"].lower() for name, lines in headers.items())
    assert "authorization" not in event(size)["Records"][0]["cf"]["request"]["headers"]
    absent = cell_event(f"absent/0.3/{size}", "HS256", SEED, 0)
    assert absent["Records"][0]["cf"]["request"]["headers"].keys() == headers.keys() - {"authorization"}


@pytest.mark.parametrize("cell", ["allow/4/large", "malformed/0.3/small", "absent/0.3/typical"])
def test_a_runner_makes_the_event_that_the_harness_names(cell: str) -> None:
    task = cell_task(cell, "ES256", SEED)
    with open(task["tokens"], encoding="ascii") as file:
        lines = file.read().split("\n")[:-1]
    for number in (0, 3, 255):
        text = task["event"].replace(workload.AUTHORIZATION_MARK, lines[number])
        text = text.replace(workload.REQUEST_MARK, request_id(number))
        assert json.loads(text) == cell_event(cell, "ES256", SEED, number)
    assert task["expected"] == EXPECTED[cell.partition("/")[0]]
