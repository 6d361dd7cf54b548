"""What a comparison of secrets tells by its time, and by its way through the program."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from conftest import ROOT, Facts
from dev.paths import NATIVE

PROGRAMS = NATIVE / "tests" / "hardening"
CORE = ROOT / "core"
OBJECTS = PROGRAMS / "CMakeFiles" / "portcullis_compared.dir"

# dudect's bound for what leaks.
LEAKS_FROM = 10.0
# A machine that is busy otherwise may show a difference that is none, but not each time the same one.
TRIES = 4
MEASUREMENTS = {"short": 50_000, "long": 2_000_000}


def measured(measurements: int) -> dict[str, float]:
    done = subprocess.run(
        [PROGRAMS / "portcullis_timing", str(measurements)], capture_output=True, text=True, check=True
    )
    return {name: float(t) for name, t in (line.split("\t") for line in done.stdout.splitlines())}


def test_no_time_tells_where_secrets_differ(facts: Facts, length: str) -> None:
    least: dict[str, float] = {}
    for _ in range(TRIES):
        told = measured(MEASUREMENTS[length])
        planted = {name: t for name, t in told.items() if name.startswith("planted")}
        compared = {name: t for name, t in told.items() if name not in planted}
        assert len(planted) == 2 and len(compared) == 6
        # Not found in the same run, nothing follows from the others.
        assert min(planted.values()) > LEAKS_FROM, planted
        least = {name: min(t, least.get(name, t)) for name, t in compared.items()}
        if max(least.values()) < LEAKS_FROM:
            break
    facts["measurements of each"] = MEASUREMENTS[length]
    facts.update({f"|t| of {name}": t for name, t in {**least, **planted}.items()})
    assert max(least.values()) < LEAKS_FROM, least


# What may depend on a secret in each case: the kind of report, the function, and at how many places in it at most.
# Nothing else may: not one jump.
Allowed = Mapping[tuple[str, str], int]
JUMP = "Conditional jump or move depends on uninitialised value(s)"
INDEX = "Use of uninitialised value of size 8"
# Valid, invalid, or a fault of the library: what is told to everybody. The functions are one where they are inlined.
VERDICT: Allowed = {(JUMP, "judge_token"): 4, (JUMP, "verify_signature"): 4}
CASES: Mapping[str, Allowed] = {
    **{f"mac HS{bits}": {} for bits in (256, 384, 512)},
    **{f"token HS{bits}": VERDICT for bits in (256, 384, 512)},
    # The MAC of a challenge, written in base64url by a table: it is sent to the client.
    "challenge": {(INDEX, "make_challenge"): 2, (INDEX, "encode_base64url"): 2},
    # Whether all the words are equal.
    "cache": {(JUMP, "find"): 1},
}


def test_no_jump_depends_on_a_secret(facts: Facts) -> None:
    done = subprocess.run(
        ["valgrind", "--error-limit=no", PROGRAMS / "portcullis_secrets"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-8000:]
    cases = dict(re.findall(r"^\*\*\d+\*\* case ([^\n]+)\n(.*?)(?=^\*\*\d+\*\* case )", done.stderr, re.M | re.S))
    report = re.compile(r"^==\d+== (\S[^\n]*)\n==\d+==    at (0x[0-9A-F]+): (?:[\w ()]+::)*(\w+)\(", re.M)
    found = {name: set(report.findall(text)) for name, text in cases.items()}
    assert {kind for kind, _, _ in found.pop("planted")} == {JUMP}, done.stderr[-8000:]
    assert set(found) == set(CASES)
    for name, allowed in CASES.items():
        places: dict[tuple[str, str], int] = {}
        for kind, _, function in found[name]:
            places[kind, function] = places.get((kind, function), 0) + 1
        for place, count in places.items():
            assert count <= allowed.get(place, 0), (name, place, cases[name])
    facts["cases of secrets followed"] = len(CASES)


# What compares two texts and stops where they differ, or may.
EARLY_EXIT = re.compile(
    r"\b(?:memcmp|bcmp|strn?cmp|strcasecmp|(?:std|ranges)::(?:equal|mismatch|lexicographical_compare)|equal_bytes)\s*\("
)
# Where that is used, and what is compared there. A file that is not named here may not.
NOT_SECRET = {
    "src/encoding/equal_bytes.hpp": "the function itself",
    "src/encoding/json_text.hpp": "a name or a word of a policy or a token, with one that is written in the source",
    "src/encoding/name_table.hpp": "the name of a member",
    "src/encoding/slice.hpp": "a part of a path or a pattern",
    "src/edge/client_address.cpp": "an address",
    "src/jose/header_cache.hpp": "a JOSE header, which every token of an issuer begins with",
    "src/jose/public_key_rules.cpp": "a point of a public key",
    "src/jwt/claim_value.cpp": "a claim of a verified token, with what a policy wants",
    "src/jwt/plain_claims.cpp": "a claims set, with the words of JSON",
    "src/crypto/openssl/public_key.cpp": "what a public key has opened",
    "src/crypto/openssl_parts/rsa.c": "what a public key has opened",
}


def sources() -> list[Path]:
    return sorted(path for suffix in ("hpp", "cpp", "c") for path in CORE.rglob(f"*.{suffix}") if "bench" not in path.parts)


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def test_what_stops_at_a_difference_sees_no_secret() -> None:
    using = {
        str(path.relative_to(CORE)) for path in sources() if EARLY_EXIT.search(without_comments(path.read_text()))
    }
    assert using == set(NOT_SECRET)


# What the compiler makes of a loop may be a call: the objects in which secrets are compared have none that could stop.
COMPARED = {"challenge", "early_exit", "hmac", "signature", "token_cache"}
STOPS = {"memcmp", "bcmp", "strcmp", "strncmp", "__memcmpeq"}


def called_by(path: Path) -> set[str]:
    done = subprocess.run(["nm", "--undefined-only", path], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in done.stdout.splitlines()}


def test_the_compiler_calls_nothing_that_stops() -> None:
    calls = {name: called_by(path) for name in COMPARED for path in OBJECTS.rglob(f"{name}.cpp.o")}
    assert calls.pop("early_exit") & STOPS
    assert set(calls) == COMPARED - {"early_exit"} and all(calls.values())
    assert {name: called & STOPS for name, called in calls.items() if called & STOPS} == {}
