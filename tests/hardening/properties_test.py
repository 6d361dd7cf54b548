"""Properties of any policy, token and request that hypothesis makes. An example that fails is made as small
as it can be and printed with the line that brings it back (@reproduce_failure, or the seed).

All doors are asked, each in its own process; the core's answers are those of tests/parity.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import portcullis
import pytest
import strategies as make
from conftest import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from recipe.parts import NOW, decode, policy
from strategies import ALGORITHMS, AUDIENCE, HMAC, ISSUER, USUAL_KEY, flip, good_token, sign

sys.path.insert(0, str(ROOT / "tests" / "parity"))

import doors as parity  # noqa: E402
from as_javascript import plain  # noqa: E402

LONG = os.environ.get("PORTCULLIS_LENGTH") == "long"
ASKED: Counter[str] = Counter()
SEEN: Counter[str] = Counter()

settings.register_profile(
    "campaign",
    deadline=None,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
settings.load_profile("campaign")


def examples(short: int) -> settings:
    return settings(max_examples=short * 25 if LONG else short)


# --- the doors ----------------------------------------------------------------------------------


class Child:
    """A door of tests/parity that answers one question at a time."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def receive(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self.name} has ended"
        return json.loads(line)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(30) == 0


class Doors:
    def __init__(self) -> None:
        self.python = parity.PythonDoor()
        script = str(ROOT / "tests" / "parity" / "node_door.js")
        modules = ["portcullis/native", "portcullis/wasm", "portcullis/wasm-self-contained"]
        modules.append(str(ROOT / "wasm" / "openssl.js"))
        self.children = [
            Child("core", [parity.find_native_door()]),
            *(Child(Path(name).stem, [parity.find_node(), script, name]) for name in modules),
        ]

    def ask(self, question: dict[str, Any], least: int = 6) -> dict[str, Any]:
        """The answer of all doors."""
        line = json.dumps(question) + "\n"
        for child in self.children:
            child.send(line)
        # As it came through JSON: a claim of 1.0 is 1 in a JavaScript door.
        answers = {"python": self.python.ask([json.loads(line)])[0]}
        answers |= {child.name: child.receive() for child in self.children}
        found = {name: canonical(answer) for name, answer in answers.items()}
        assert len(found) >= least
        assert len(set(found.values())) == 1, f"doors disagree on {line}{json.dumps(found, indent=1)}"
        ASKED[question["kind"]] += 1
        told: dict[str, Any] = answers["python"]
        SEEN[str(told.get("reason", told.get("path")))] += 1
        return told

    def decide(self, made: dict[str, Any], event: Any, now: int = NOW) -> dict[str, Any]:
        more = {} if make.bare(made) else {"edge": True}
        return self.ask({"kind": "decision", "policy_hex": hex_of(made), "event": event, "now": now, **more})

    def judge(self, made: dict[str, Any], token: str, now: int = NOW) -> dict[str, Any]:
        return self.ask({"kind": "token", "policy_hex": hex_of(made), "token": token, "now": now})


def hex_of(made: dict[str, Any]) -> str:
    return json.dumps(made, ensure_ascii=False).encode().hex()


def canonical(answer: dict[str, Any]) -> str:
    answer = dict(answer)
    if "claims_text" in answer:
        text = answer.pop("claims_text")
        answer["claims"] = None if text is None else json.loads(text)
    if "edits" in answer:
        answer["edits"] = {name: value for name, value in answer["edits"].items() if value != []}
    if answer.get("log") is not None:
        answer["log"] = json.loads(answer["log"])
    assert "failure" not in answer, answer
    return json.dumps(plain(answer), sort_keys=True)


@pytest.fixture(scope="module")
def doors(facts: dict[str, Any]) -> Iterator[Doors]:
    made = Doors()
    yield made
    for child in made.children:
        child.end()
    facts["doors"] = 1 + len(made.children)
    facts |= {f"questions to all doors: {kind}": count for kind, count in ASKED.items()}
    facts["different answers (reason, or place in a policy)"] = len(SEEN)
    facts["allowed"] = SEEN["ok"]


# --- all doors agree ----------------------------------------------------------------------------


@given(st.data())
@examples(150)
def test_any_policy_and_any_request(doors: Doors, data: st.DataObject) -> None:
    made = data.draw(make.policies())
    now = data.draw(st.sampled_from([NOW, NOW - 300, NOW + 450, NOW + 600]))
    told = doors.decide(made, data.draw(make.events(make.of_hmac(made))), now)
    if told["response"] is not None:
        # What is generated passes the checker of CloudFront's rules.
        assert portcullis.check_response(told["response"], "viewer-request") == []


@given(st.data())
@examples(150)
def test_any_policy_and_any_token(doors: Doors, data: st.DataObject) -> None:
    made = data.draw(make.policies(edge=False))
    doors.judge(made, data.draw(make.tokens(make.of_hmac(made))))


@given(make.broken_policies())
@examples(100)
def test_a_broken_policy(doors: Doors, broken: tuple[dict[str, Any], str]) -> None:
    """The same words in every door, and the place is in the member that is wrong."""
    made, name = broken
    told = doors.ask({"kind": "policy", "policy_hex": hex_of(made)})
    if told["valid"]:
        return
    assert told["message"] == f"policy: {told['path']}: {told['expected']}"
    assert told["path"].startswith("$"), told
    # What else a member has to fit.
    others = {"algorithms": ["keys"], "issuer": ["tenants"], "issuers": ["routes"]}
    allowed = [name, *others.get(name, [])]
    member = told["path"].removeprefix("$").removeprefix(".").split(".")[0].split("[")[0]
    assert member in (*allowed, ""), (told, name)


# --- signed parts -------------------------------------------------------------------------------


def policy_of(algorithm: str) -> dict[str, Any]:
    name = USUAL_KEY[algorithm]
    made: dict[str, Any] = policy(algorithms=[algorithm], keys=[make.jwk(name, name)])
    return made


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_single_bit(doors: Doors, algorithm: str, facts: dict[str, Any]) -> None:
    """Of the header, the payload and the signature, decoded. In the short form, every so many bits."""
    token, judged = good_token(algorithm), policy_of(algorithm)
    assert doors.judge(judged, token)["allowed"]
    bits = [
        (segment, bit)
        for segment, text in enumerate(token.split("."))
        for bit in range(len(decode(text)) * 8)
    ]
    step = 1 if LONG else (37 if algorithm in HMAC else 131)
    asked = bits[hash(algorithm) % step :: step]
    for segment, bit in asked:
        told = doors.judge(judged, flip(token, segment, bit))
        assert told["kind"] == "deny", (algorithm, segment, bit)
        if segment == 2:
            assert told["reason"] == "signature_invalid", (algorithm, bit, told)
    facts["single bits"] = int(facts.get("single bits", 0)) + len(asked)


@given(st.sampled_from(ALGORITHMS), st.data())
@examples(60)
def test_any_bit_of_the_text(doors: Doors, algorithm: str, data: st.DataObject) -> None:
    text = bytearray(good_token(algorithm).encode())
    bit = data.draw(st.integers(0, len(text) * 7 - 1))
    text[bit // 7] ^= 1 << bit % 7  # the eighth would leave ASCII, and a str of JSON with it
    assert doors.judge(policy_of(algorithm), text.decode())["kind"] == "deny"


# --- an independent model -----------------------------------------------------------------------

Time = st.one_of(
    st.integers(NOW - 20, NOW + 20), st.integers(NOW - 80, NOW + 80).map(lambda quarter: NOW + (quarter - NOW) / 4)
)


def is_within(claims: dict[str, Any], now: int, tolerance: int, oldest: int | None) -> bool:
    """RFC 7519, in fractions: what a token's times say of now."""
    exp, nbf, iat = (
        None if claims.get(name) is None else Fraction(claims[name]) for name in ("exp", "nbf", "iat")
    )
    if exp is None or now - tolerance >= exp:
        return False
    if any(time is not None and now + tolerance < time for time in (nbf, iat)):
        return False
    return oldest is None or (iat is not None and now - tolerance - iat < oldest)


@given(
    st.fixed_dictionaries({}, optional={"exp": Time, "nbf": Time, "iat": Time}),
    st.integers(0, 10),
    st.one_of(st.none(), st.integers(1, 20)),
    st.integers(NOW - 30, NOW + 30),
)
@examples(100)
def test_times_by_a_model(
    doors: Doors, times: dict[str, Any], tolerance: int, oldest: int | None, now: int
) -> None:
    judged = policy(clock_tolerance=tolerance, **({} if oldest is None else {"max_token_age": oldest}))
    claims = {"iss": ISSUER, "aud": AUDIENCE, **times}
    told = doors.judge(judged, sign_main(claims), now)
    assert told["allowed"] == is_within(claims, now, tolerance, oldest), told


def sign_main(claims: dict[str, Any]) -> str:
    made: str = make.sign_with("main", claims)
    return made


@given(
    st.fixed_dictionaries({"exp": Time}, optional={"nbf": Time, "iat": Time}),
    st.lists(st.integers(NOW - 30, NOW + 30), min_size=2, max_size=8),
)
@examples(30)
def test_allowed_at_one_stretch_of_time(doors: Doors, times: dict[str, Any], nows: list[int]) -> None:
    token = sign_main({"iss": ISSUER, "aud": AUDIENCE, **times})
    allowed = [doors.judge(policy(), token, now)["allowed"] for now in sorted(nows)]
    # False, then true, then false: never twice true with a false between.
    assert "TFT" not in "".join("FT"[each] for each in allowed).replace("TT", "T").replace("FF", "F")


@given(make.policies(edge=False), make.claims_sets(), make.ODD)
@examples(60)
def test_an_unknown_claim_changes_nothing(
    doors: Doors, made: dict[str, Any], claims: dict[str, Any], value: Any
) -> None:
    algorithm = next((each for each in made["algorithms"] if each in HMAC), None)
    if algorithm is None:
        return
    without = doors.judge(made, sign(algorithm, claims))
    told = doors.judge(made, sign(algorithm, {**claims, "unheard_of": value}))
    assert told["reason"] == without["reason"]


# --- the edge layer -----------------------------------------------------------------------------


@given(st.data())
@examples(60)
def test_the_order_of_routes_means_nothing(doors: Doors, data: st.DataObject) -> None:
    made = data.draw(make.policies(edge=True))
    order = data.draw(st.permutations(range(len(made["routes"]))))
    event = data.draw(make.events(make.of_hmac(made)))
    told = doors.decide(made, event)
    other = doors.decide({**made, "routes": [made["routes"][at] for at in order]}, event)
    if other["route"] is not None:
        other["route"] = order[other["route"]]
    assert other == told


@given(st.data())
@examples(60)
def test_edits_made_twice_are_made_once(doors: Doors, data: st.DataObject) -> None:
    made = data.draw(make.policies(edge=True))
    event = data.draw(make.events(make.of_hmac(made)))
    doors.decide(made, event)
    decision = portcullis.Verifier(json.dumps(made)).verify(event, NOW)
    if not (decision.allowed or decision.shadow):
        return
    once = copy.deepcopy(event["Records"][0]["cf"]["request"])
    decision.apply_edits(once)
    twice = copy.deepcopy(once)
    decision.apply_edits(twice)
    assert twice == once
    # No client can hand a claim on by itself.
    for name, claim in made.get("claim_headers", {}).items():
        given = once["headers"].get(name)
        assert given is None or (decision.claims or {}).get(claim) is not None


@given(st.data())
@examples(40)
def test_a_cache_changes_no_decision(doors: Doors, data: st.DataObject) -> None:
    made = data.draw(make.policies(edge=True))
    event = data.draw(make.events(make.of_hmac(made)))
    without = {name: value for name, value in made.items() if name != "token_cache"}
    first = doors.decide(without, event)
    for now in (NOW, NOW, NOW + 600):
        again = doors.decide({**without, "token_cache": {"entries": 16}}, event, now)
        assert again == (first if now == NOW else doors.decide(without, event, now))


# --- what the properties notice -----------------------------------------------------------------


def test_enough_was_different(doors: Doors) -> None:
    """After all the others: they have met what they are about."""
    reasons = {"ok", "expired", "not_yet_valid", "signature_invalid", "claims_invalid", "token_malformed"}
    if LONG:
        reasons |= {"audience_mismatch", "issuer_mismatch", "path_ambiguous", "route_denied"}
        reasons |= {"key_not_found", "scope_insufficient", "claim_mismatch", "preflight_answered"}
    assert reasons <= set(SEEN), reasons - set(SEEN)
    assert SEEN["ok"] > 100


def test_a_planted_disagreement_is_found(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that lets a token live a second longer: found, and made small."""
    honest = parity.PythonDoor.token

    def lenient(self: Any, question: dict[str, Any]) -> Any:
        told = honest(self, question)
        return honest(self, {**question, "now": question["now"] - 1}) if told["reason"] == "expired" else told

    monkeypatch.setattr(parity.PythonDoor, "token", lenient)

    @given(st.integers(NOW - 20, NOW + 20))
    @settings(max_examples=200)
    def times(exp: int) -> None:
        doors.judge(policy(), sign_main({"iss": ISSUER, "aud": AUDIENCE, "exp": exp}))

    with pytest.raises(AssertionError, match="doors disagree") as found:
        times()
    assert any("reproduce_failure" in note for note in found.value.__notes__), found.value.__notes__


# --- the JavaScript doors, on what JSON cannot say ----------------------------------------------


def javascript(*more: str) -> subprocess.CompletedProcess[str]:
    runs = "20000" if LONG else "300"
    argv = [parity.find_node(), str(Path(__file__).with_name("properties.js")), runs, *more]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)


def test_values_of_javascript(facts: dict[str, Any]) -> None:
    done = javascript()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr[-4000:]
    facts["runs of fast-check"] = int(json.loads(done.stdout)["runs"])


def test_fast_check_finds_a_planted_disagreement() -> None:
    done = javascript("planted")
    assert done.returncode == 1
    assert "seed" in done.stderr and "Counterexample" in done.stderr
