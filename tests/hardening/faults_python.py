"""What faults_test.py runs in a process of its own, with failing_memory.c preloaded and PYTHONMALLOC=malloc: every
allocation of a call of the Python door fails in turn, the module's own, the interpreter's and libcrypto's.

    faults_python.py SCENARIO once|on STEP     the last line is JSON
    faults_python.py clock                     the system's clock and its random source fail
"""

from __future__ import annotations

import base64
import copy
import ctypes
import faulthandler
import gc
import hashlib
import hmac
import json
import sys
from collections.abc import Callable
from typing import Any

import portcullis
import portcullis._core_edge  # noqa: F401  (not while memory fails: an import is the interpreter's business)

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = 1_700_000_000
FAR = 1 << 40

faulthandler.enable()
memory = ctypes.PyDLL(None)
memory.fault_call.argtypes = [ctypes.py_object, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long)]
memory.fault_call.restype = ctypes.py_object
memory.fault_blocks.restype = ctypes.c_long
memory.fault_clock.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(secret: bytes = SECRET, **changes: Any) -> str:
    claims = {"iss": "https://issuer.example/", "aud": "api", "sub": "ann", "exp": FAR, "big": 10**30, **changes}
    text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), hashlib.sha256))}"


POLICY = {
    "algorithms": ["HS256"],
    "issuer": "https://issuer.example/",
    "audience": "api",
    "keys": [{"secret": SECRET.decode(), "encoding": "utf8"}],
    "require": {"claims": {"sub": "ann"}},
}
EDGE = {
    **POLICY,
    "sources": [{"header": "authorization"}, {"cookie": "session", "strip": True}, {"query": "token"}],
    "claim_headers": {"x-user": "sub"},
    "routes": [
        {"path": "/open/**", "access": "public"},
        {"path": "/page", "access": "public", "challenge": "page"},
        {"path": "/caf%C3%A9/Menu"},
        {"path": "/a/*/x", "require": {"present": ["sub"]}},
    ],
    "cors": {"origins": ["https://app.example"]},
    "challenge": {"page": {"url": "/check", "key": {"secret": "x" * 32, "encoding": "utf8"}}},
    "rate_limit": {"address": {"requests": 1000000, "seconds": 1}, "subject": {"requests": 1000000, "seconds": 1}},
    "token_cache": {"entries": 16},
    "log": {"decisions": "all", "claims": ["sub"]},
}
EC = {
    **POLICY,
    "algorithms": ["HS256", "ES256", "EdDSA"],
    "keys": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            },
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            {"kty": "oct", "k": base64url(SECRET)},
        ]
    },
}


def event(authorization: str | None, uri: str = "/a/b/x", cookies: list[str] | None = None, **more: Any) -> dict[str, Any]:
    headers: dict[str, Any] = {"x-user": [{"key": "X-User", "value": "forged"}], "x_user": [{"value": "forged"}]}
    if authorization is not None:
        headers["authorization"] = [{"key": "Authorization", "value": authorization}]
    if cookies:
        headers["cookie"] = [{"key": "Cookie", "value": value} for value in cookies]
    request = {"clientIp": "192.0.2.1", "headers": headers, "method": "GET", "uri": uri, "querystring": "", **more}
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request", "requestId": "r"}, "request": request}}]}


GOOD = "Bearer " + sign()
FORGED = "Bearer " + sign(secret=b"f" * 32)
POOR = "Bearer " + sign(sub="bob")
SURROGATE = "Bearer \ud800"

CONSTRUCTION = (MemoryError, portcullis.PolicyError)


def request_of(given: dict[str, Any]) -> dict[str, Any]:
    return given["Records"][0]["cf"]["request"]


def is_edited(given: dict[str, Any]) -> bool:
    """Whether what goes on is what the policy wants to go on: no header of a stranger's."""
    headers = request_of(given)["headers"]
    return "x_user" not in headers and headers.get("x-user") in (None, [{"key": "x-user", "value": "ann"}])


class Scenario:
    """A call, made anew each time, and whether what it gave is right, beside MemoryError, when memory fails."""

    def __init__(
        self,
        make: Callable[[], Callable[[], Any]],
        right: Callable[[Any], bool],
        faulted: Callable[[Any], bool] | None = None,
        raises: tuple[type[BaseException], ...] = (MemoryError,),
    ) -> None:
        self.make, self.right, self.raises = make, right, raises
        self.faulted = faulted or (lambda told: False)


def constructs(policy: Any) -> Scenario:
    gate_is_right = lambda gate: not gate.verify_token(FORGED.removeprefix("Bearer ")).allowed  # noqa: E731
    return Scenario(lambda: lambda: portcullis.Verifier(policy), gate_is_right, raises=CONSTRUCTION)


def judges(policy: Any, given: Callable[[], dict[str, Any]], reason: str) -> Scenario:
    gate = portcullis.Verifier(policy)

    def make() -> Callable[[], Any]:
        asked = given()
        return lambda: gate.verify(asked, NOW)

    return Scenario(make, lambda told: told.reason == reason, lambda told: told.reason == "internal_error" and not told.allowed)


def reads(policy: Any, given: dict[str, Any], read: Callable[[Any], Any], right: Callable[[Any], bool], *raises: type) -> Scenario:
    told = portcullis.Verifier(policy).verify(given, NOW)
    # A response may be that of internal_error, which lets nothing pass either.
    faulted = lambda got: isinstance(got, dict) and got.get("status") == "500"  # noqa: E731
    return Scenario(lambda: lambda: read(told), right, faulted, (MemoryError, *raises))


def handles(policy: Any, given: Callable[[], dict[str, Any]], passes: bool, **options: Any) -> Scenario:
    handler = portcullis.create_handler(policy, **options)
    asked: list[dict[str, Any]] = []

    def make() -> Callable[[], Any]:
        asked[:] = [given()]
        event = asked[0]
        return lambda: handler(event, None)

    def right(told: Any) -> bool:
        if not passes:
            return told is not request_of(asked[0]) and told["status"] != "200"
        return told is request_of(asked[0]) and ("claim_headers" not in policy or is_edited(asked[0]))

    return Scenario(make, right, lambda told: told is not request_of(asked[0]) and told["status"] == "500")


def edits() -> Scenario:
    gate = portcullis.Verifier(EDGE)
    asked: list[dict[str, Any]] = []

    def make() -> Callable[[], Any]:
        asked[:] = [event(GOOD)]
        told = gate.verify(asked[0], NOW)
        request = request_of(asked[0])
        return lambda: told.apply_edits(request)

    return Scenario(make, lambda told: is_edited(asked[0]), raises=(MemoryError, RuntimeError))


def answers_challenge() -> Scenario:
    gate = portcullis.Verifier(EDGE)
    location = gate.verify(event(None, "/page"), NOW).response["headers"]["location"][0]["value"]
    challenge = location.split("challenge=")[1].split("&")[0]
    expected = gate.answer_challenge(challenge, "192.0.2.1", NOW)
    assert expected is not None
    return Scenario(
        lambda: lambda: gate.answer_challenge(challenge, "192.0.2.1", NOW), lambda told: told == expected, lambda told: told is None
    )


def swaps() -> Scenario:
    """New keys, while the old verifier serves."""
    gate = portcullis.Verifier(POLICY)

    def swap() -> bool:
        try:
            portcullis.Verifier(EC)
        except CONSTRUCTION:
            return gate.verify_token(GOOD[7:], NOW).allowed and not gate.verify_token(FORGED[7:], NOW).allowed
        return True

    return Scenario(lambda: swap, lambda told: told is True, lambda told: told is True)


def check_response() -> Scenario:
    return Scenario(
        lambda: lambda: portcullis.check_response({"status": "999", "body": 3}, "viewer-request"),
        lambda told: len(told) > 0,
    )


JWK = {"kty": "oct", "k": base64url(SECRET)}
MAC = hmac.digest(SECRET, b"m", hashlib.sha256)

SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "construct": lambda: constructs(POLICY),
    "construct-text": lambda: constructs(json.dumps(POLICY)),
    "construct-keys": lambda: constructs(EC),
    "construct-edge": lambda: constructs(EDGE),
    "construct-refused": lambda: Scenario(
        lambda: lambda: refused({**POLICY, "audience": []}), lambda told: told == "$.audience", lambda told: told == "$", raises=CONSTRUCTION
    ),
    "handler-made": lambda: Scenario(
        lambda: lambda: portcullis.create_handler(EDGE, log=print, on_decision=print), callable, raises=CONSTRUCTION
    ),
    "judge-good": lambda: judges(POLICY, lambda: event(GOOD), "ok"),
    "judge-forged": lambda: judges(POLICY, lambda: event(FORGED), "signature_invalid"),
    "judge-surrogate": lambda: judges(POLICY, lambda: event(SURROGATE), "token_malformed"),
    "judge-wide": lambda: judges(POLICY, lambda: event("".join(["Bearer ", "\u00e9"])), "token_malformed"),
    "judge-edge-good": lambda: judges(EDGE, lambda: event(GOOD), "ok"),
    "judge-edge-poor": lambda: judges(EDGE, lambda: event(POOR), "claim_mismatch"),
    "judge-edge-cookies": lambda: judges(EDGE, lambda: event(None, cookies=["a=b", "session=" + GOOD[7:]]), "ok"),
    "judge-edge-cookies-forged": lambda: judges(
        EDGE, lambda: event(None, cookies=["\u00e9=b", "session=" + FORGED[7:]]), "signature_invalid"
    ),
    "judge-edge-wide": lambda: judges(EDGE, lambda: event(GOOD, "".join(["/op\u00e9n", "/x"])), "route_not_found"),
    "claims": lambda: reads(POLICY, event(GOOD), lambda told: told.claims, lambda claims: claims["sub"] == "ann"),
    "response": lambda: reads(POLICY, event(FORGED), lambda told: told.response, lambda told: told["status"] == "401"),
    "response-edge": lambda: reads(EDGE, event(FORGED), lambda told: told.response, lambda told: told["status"] == "401"),
    "response-challenge": lambda: reads(EDGE, event(None, "/page"), lambda told: told.response, lambda told: told["status"] == "302"),
    "edits-read": lambda: reads(
        EDGE, event(GOOD), lambda told: told.edits, lambda told: told["set"] == {"x-user": "ann"}, RuntimeError
    ),
    "log-line": lambda: reads(EDGE, event(GOOD), lambda told: told.log_line, lambda told: '"ok"' in told or "allow" in told),
    "words": lambda: reads(
        POLICY,
        event(POOR),
        lambda told: (told.reason, told.kind, told.status, repr(told), bool(told)),
        lambda told: told[:3] == ("claim_mismatch", "deny", 401) and not told[4],
    ),
    "edit": edits,
    "challenge": answers_challenge,
    "swap": swaps,
    "check-response": check_response,
    "signature": lambda: Scenario(
        lambda: lambda: portcullis.verify_signature("HS256", JWK, b"m", MAC), lambda told: told is True, raises=CONSTRUCTION
    ),
    "signature-forged": lambda: Scenario(
        lambda: lambda: portcullis.verify_signature("HS256", JWK, b"n", MAC), lambda told: told is False, raises=CONSTRUCTION
    ),
    "handle-good": lambda: handles(POLICY, lambda: event(GOOD), True),
    "handle-forged": lambda: handles(POLICY, lambda: event(FORGED), False),
    "handle-told": lambda: handles(POLICY, lambda: event(FORGED), False, on_decision=lambda told: None),
    "handle-edge-good": lambda: handles(EDGE, lambda: event(GOOD), True, log=lambda line: None, on_decision=lambda told: None),
    "handle-edge-public": lambda: handles(EDGE, lambda: event(None, "/open/x"), True, log=lambda line: None),
    "handle-edge-forged": lambda: handles(EDGE, lambda: event(FORGED), False, log=lambda line: None),
    "handle-edge-none": lambda: handles(EDGE, lambda: {}, False, log=lambda line: None),
}
# An event of nothing has no request that could be let through.
SCENARIOS["handle-edge-none"] = lambda: Scenario(
    lambda: (lambda handler: lambda: handler({}, None))(portcullis.create_handler(EDGE, log=lambda line: None)),
    lambda told: told["status"] == "500",
)


def refused(policy: Any) -> str:
    try:
        portcullis.Verifier(policy)
    except portcullis.PolicyError as error:
        return error.path
    return ""


def call(function: Callable[[], Any], which: int, onwards: bool) -> tuple[Any, BaseException | None, int]:
    counted = ctypes.c_long()
    try:
        told, raised = memory.fault_call(function, which, onwards, ctypes.byref(counted)), None
    except BaseException as error:  # noqa: BLE001
        told, raised = None, error
    return told, raised, counted.value


def run(name: str, onwards: bool, step: int) -> dict[str, Any]:
    scenario = SCENARIOS[name]()
    for _ in range(3):  # what is made once is there
        told, raised, calls = call(scenario.make(), 0, False)
        assert raised is None and scenario.right(told), (name, told, raised)
    tally = {"scenario": name, "calls": 0, "runs": 0, "raised": 0, "denied": 0, "unharmed": 0, "left": 0}
    which = 1
    while True:
        lost = []
        for attempt in range(4):
            sys._clear_type_cache(), gc.collect()
            before = memory.fault_blocks()
            told, raised, calls = call(scenario.make(), which, onwards)
            if raised is not None:
                assert isinstance(raised, scenario.raises), f"{name}, {which}: {raised!r}"
                kind = "raised"
            elif scenario.right(told):
                kind = "unharmed"
            else:
                assert scenario.faulted(told), f"{name}, {which}: {told!r}"
                kind = "denied"
            raised = told = None
            sys._clear_type_cache(), gc.collect()
            lost.append(memory.fault_blocks() - before)
        tally[kind] += 1
        tally["runs"] += 1
        tally["calls"] = max(tally["calls"], calls)
        # The second time and each later one nothing more is left behind.
        if min(lost[1:]) > 0:
            tally["left"] += 1
            print(f"{name}, {which}: blocks left {lost}", file=sys.stderr)
        if which % 16 == 1:
            told, raised, _ = call(scenario.make(), 0, False)
            assert raised is None and scenario.right(told), f"{name}: wrong after {which}"
        if calls < which:
            break
        which += step
    return tally


def clocks() -> dict[str, Any]:
    """The clock fails, or shows what cannot be; nobody gets in by it."""
    expired = event("Bearer " + sign(exp=NOW))
    lasting = event(GOOD)
    cases = 0
    for policy in (POLICY, EDGE):
        gate, handler = portcullis.Verifier(policy), portcullis.create_handler(policy, log=lambda line: None)
        for fault in ((-1, 0, 0), (0, 1, 1 << 60), (0, 1, -(1 << 60))):
            for given in (expired, lasting):
                asked = copy.deepcopy(given)
                memory.fault_clock(*fault)
                told, answer = gate.verify(asked), handler(asked, None)
                memory.fault_clock(0, 0, 0)
                assert told.reason == "internal_error" and not told.allowed, (fault, told)
                assert answer is not request_of(asked) and answer["status"] == "500", (fault, answer)
                cases += 1
        assert handler(copy.deepcopy(lasting), None).get("status") is None, "right again"
    for failing in (1, 2):
        memory.fault_random(failing)
        try:
            portcullis.Verifier(EDGE)
        except OSError:
            cases += 1
        else:
            raise AssertionError("a verifier without a random key")
        finally:
            memory.fault_random(0)
    assert portcullis.Verifier(EDGE).verify(event(GOOD), NOW).allowed
    return {"scenario": "clock", "calls": cases}


if __name__ == "__main__":
    if sys.argv[1:] == ["list"]:
        print(json.dumps(list(SCENARIOS)))
    elif sys.argv[1:] == ["clock"]:
        print(json.dumps(clocks()))
    else:
        for wanted in sys.argv[1].split(","):
            print(json.dumps(run(wanted, sys.argv[2] == "on", int(sys.argv[3]))), flush=True)
