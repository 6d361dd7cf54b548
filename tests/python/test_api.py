"""The door's surface: what goes in, what comes out, and of which type."""

import copy
import inspect
import json
import re
import time
from pathlib import Path

import portcullis
import portcullis.lambda_edge
import pytest
import tokens

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def verifier():
    return portcullis.Verifier(tokens.POLICY)


@pytest.fixture(scope="module")
def handler():
    return portcullis.create_handler(tokens.POLICY)


@pytest.mark.parametrize(
    "policy",
    [tokens.POLICY, json.dumps(tokens.POLICY), json.dumps(tokens.POLICY).encode()],
    ids=["dict", "str", "bytes"],
)
def test_policy_forms(policy):
    assert portcullis.Verifier(policy).verify_token(tokens.sign(), tokens.NOW).allowed
    assert portcullis.Verifier(policy=policy).verify_token(tokens.sign(), tokens.NOW).allowed


@pytest.mark.parametrize(
    "secret", ['quote " backslash \\ 0123456789abcdef', "Ä\x00\x1f\n\t€😀 0123456789abcdefgh"]
)
def test_policy_strings_reach_the_core_unchanged(secret):
    verifier = portcullis.Verifier(tokens.policy(keys=[{"secret": secret, "encoding": "utf8"}]))
    assert verifier.verify_token(tokens.sign(secret=secret.encode()), tokens.NOW).allowed


def test_policy_values_of_every_json_type():
    policy = tokens.policy(
        issuer=None,
        audience=(tokens.AUDIENCE, "other"),
        clock_tolerance=5,
        keys=[
            {
                "kty": "oct",
                "k": tokens.base64url(tokens.SECRET),
                "x-vendor": [True, False, None, 1.5, -7, {}, [], ()],
            }
        ],
    )
    verifier = portcullis.Verifier(policy)
    assert verifier.verify_token(tokens.sign(iss="anyone"), tokens.NOW + 64).allowed
    assert verifier.verify_token(tokens.sign(iss="anyone"), tokens.NOW + 65).reason == "expired"


def test_policy_is_not_kept():
    policy = tokens.policy()
    verifier = portcullis.Verifier(policy)
    policy["keys"][0]["secret"] = "x" * 32
    assert verifier.verify_token(tokens.sign(), tokens.NOW).allowed


def test_allow(verifier):
    decision = verifier.verify_token(tokens.sign(), tokens.NOW)
    assert (decision.kind, decision.allowed, decision.reason) == ("allow", True, "ok")
    assert decision.status is None
    assert decision.response is None
    assert decision.claims == tokens.CLAIMS
    assert bool(decision) is True
    assert repr(decision) == "<portcullis.Decision allow>"


def test_deny(verifier):
    decision = verifier.verify_token(tokens.sign(), tokens.CLAIMS["exp"])
    assert (decision.kind, decision.allowed, decision.reason) == ("deny", False, "expired")
    assert decision.status == 401
    assert decision.claims is None
    assert bool(decision) is False
    assert repr(decision) == "<portcullis.Decision deny expired 401>"
    assert decision.response == {
        "status": "401",
        "statusDescription": "Unauthorized",
        "headers": {
            "www-authenticate": [
                {
                    "key": "WWW-Authenticate",
                    "value": 'Bearer realm="portcullis", error="invalid_token"',
                }
            ],
            "content-type": [{"key": "Content-Type", "value": "application/json"}],
            "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
        },
        "body": '{"error":"invalid_token"}',
    }


def test_realm_of_the_policy_is_in_the_response():
    verifier = portcullis.Verifier(tokens.policy(realm="orders"))
    headers = verifier.verify_token(None).response["headers"]
    assert headers["www-authenticate"][0]["value"] == 'Bearer realm="orders"'


@pytest.mark.parametrize("token", [tokens.sign(), tokens.sign().encode()], ids=["str", "bytes"])
def test_token_forms(verifier, token):
    assert verifier.verify_token(token, tokens.NOW).claims == tokens.CLAIMS
    assert verifier.verify_token(token=token, now=tokens.NOW).allowed


def test_decision_outlives_what_it_was_made_from():
    def judge():
        verifier = portcullis.Verifier(tokens.POLICY)
        return [
            verifier.verify_token(tokens.sign(), tokens.NOW),
            verifier.verify_token(tokens.sign().encode(), tokens.NOW),
            verifier.verify(tokens.bearer_event(), tokens.NOW),
            verifier.verify({}, tokens.NOW),
        ]

    decisions = judge()
    # Strings of a token's size, and some around it, land where a freed token was.
    length = len(tokens.sign())
    junk = [str(i).ljust(length + i % 16) for i in range(4000)] + [
        bytes(length + i % 16) for i in range(4000)
    ]
    assert [decision.claims for decision in decisions] == [tokens.CLAIMS] * 3 + [None]
    assert decisions[3].response["status"] == "500"
    assert len(junk) == 8000


def test_claims_are_new_on_each_access(verifier):
    decision = verifier.verify_token(tokens.sign(), tokens.NOW)
    decision.claims.clear()
    assert decision.claims == tokens.CLAIMS


def test_claims_with_an_integer_longer_than_int_takes(verifier):
    digits = "9" * 5000  # int() stops at 4300
    text = json.dumps(tokens.CLAIMS)[:-1] + f', "n": {digits}, "m": 3}}'
    claims = verifier.verify_token(tokens.sign_text(text), tokens.NOW).claims
    assert claims["n"] == float("inf")
    assert claims["m"] == 3
    assert claims["sub"] == tokens.CLAIMS["sub"]


def test_claims_beyond_ascii(verifier):
    text = json.dumps({**tokens.CLAIMS, "name": "Zoë 😀"}, ensure_ascii=False)
    assert verifier.verify_token(tokens.sign_text(text), tokens.NOW).claims["name"] == "Zoë 😀"


def test_verify_event(verifier):
    decision = verifier.verify(tokens.bearer_event(), tokens.NOW)
    assert decision.claims == tokens.CLAIMS
    assert verifier.verify(event=tokens.bearer_event(), now=tokens.NOW).allowed
    assert verifier.verify(tokens.bearer_event(), now=tokens.CLAIMS["exp"]).reason == "expired"


def test_handler_allows_with_the_callers_request(handler):
    event = tokens.bearer_event(exp=tokens.FAR_FUTURE)
    request = tokens.request_of(event)
    before = json.dumps(event)
    assert handler(event, None) is request
    assert handler(event) is request
    assert json.dumps(event) == before


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (tokens.event_of_headers({}), "credential_missing"),
        (tokens.event_of("Bearer"), "credential_malformed"),
        (tokens.bearer_event(exp=1), "expired"),
        (tokens.bearer_event(secret=b"x" * 32, exp=tokens.FAR_FUTURE), "signature_invalid"),
        (tokens.bearer_event(permissions=[], exp=tokens.FAR_FUTURE), "scope_insufficient"),
        ({}, "request_malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_handler_denies_with_the_decisions_response(verifier, handler, event, reason):
    decision = verifier.verify(event)
    assert decision.reason == reason
    response = handler(event, None)
    assert response == decision.response
    assert response["status"] == str(decision.status)


def test_every_response_is_new_all_the_way_down(verifier, handler):
    event = tokens.event_of_headers({})
    decision = verifier.verify(event)
    expected = copy.deepcopy(decision.response)

    def spoil(response):
        for entries in response["headers"].values():
            entries[0]["value"] = "spoiled"
            entries.append(None)
        response["headers"].clear()
        response.clear()

    spoil(handler(event, None))
    spoil(decision.response)
    assert handler(event, None) == expected
    assert decision.response == expected


def test_clock_is_the_default(verifier):
    now = int(time.time())
    assert verifier.verify_token(tokens.sign(exp=now + 3600, iat=now - 10)).allowed
    assert verifier.verify_token(tokens.sign(exp=now + 3600, iat=now - 10), None).allowed
    assert verifier.verify_token(tokens.sign(exp=now - 1, iat=now - 10)).reason == "expired"
    assert (
        verifier.verify_token(tokens.sign(exp=now + 3600, iat=now + 60)).reason
        == "issued_in_future"
    )


@pytest.mark.parametrize("ask", ["verify", "verify_token"])
@pytest.mark.parametrize("now", [True, False, 1.0, "1", b"1", [], object(), 1j], ids=repr)
def test_now_of_another_type(verifier, ask, now):
    with pytest.raises(TypeError, match=r"now must be an int .*not " + type(now).__name__):
        getattr(verifier, ask)("", now)


@pytest.mark.parametrize("ask", ["verify", "verify_token"])
@pytest.mark.parametrize("now", [2**53 + 1, -(2**53) - 1, 2**63, -(2**63) - 1, 10**400])
def test_now_out_of_range(verifier, ask, now):
    with pytest.raises(OverflowError, match=re.escape("2**53")):
        getattr(verifier, ask)("", now=now)


@pytest.mark.parametrize(("now", "reason"), [(2**53, "expired"), (-(2**53), "issued_in_future")])
def test_now_at_the_ends_of_its_range(verifier, now, reason):
    assert verifier.verify_token(tokens.sign(), now).reason == reason


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((), {}),
        ((), {"now": 1}),
        (("t", 1, 2), {}),
        (("t", 1), {"now": 1}),
        (("t",), {"token": "t", "event": "t"}),
        (("t",), {"when": 1}),
    ],
)
def test_wrong_calls(verifier, handler, arguments, keywords):
    for ask in (verifier.verify, verifier.verify_token):
        with pytest.raises(TypeError, match=ask.__name__):
            ask(*arguments, **keywords)
    for arguments in ((), (1, 2, 3)):
        with pytest.raises(TypeError, match="handler"):
            handler(*arguments)


def test_verifier_that_was_not_initialised():
    blank = portcullis.Verifier.__new__(portcullis.Verifier)
    for ask in (blank.verify, blank.verify_token):
        with pytest.raises(TypeError, match="__init__"):
            ask(tokens.sign(), tokens.NOW)


def test_methods_check_their_self(verifier):
    for stranger in (None, object(), verifier.verify_token("")):
        with pytest.raises(TypeError):
            portcullis.Verifier.verify_token(stranger, tokens.sign())


def test_classes_are_closed():
    with pytest.raises(TypeError):
        portcullis.Decision()
    for base in (portcullis.Decision, portcullis.Verifier):
        with pytest.raises(TypeError):
            type("Derived", (base,), {})


def test_decision_is_read_only(verifier):
    decision = verifier.verify_token("")
    for name in ("kind", "allowed", "reason", "status", "response", "claims", "new"):
        with pytest.raises(AttributeError):
            setattr(decision, name, True)


def test_nothing_shows_the_token_or_the_secret(verifier, handler):
    token = tokens.sign()
    for subject in (
        verifier,
        verifier.verify_token(token, tokens.NOW),
        verifier.verify_token(token, 0),
        handler,
    ):
        for text in (repr(subject), str(subject)):
            assert tokens.SECRET.decode() not in text
            assert not any(segment in text for segment in token.split("."))


def test_names():
    assert sorted(portcullis.__all__) == sorted(
        [
            "REASONS",
            "Decision",
            "PolicyError",
            "Verifier",
            "__version__",
            "check_response",
            "create_handler",
            "verify_signature",
        ]
    )
    assert portcullis.lambda_edge.create_handler is portcullis.create_handler
    for kind in (portcullis.Verifier, portcullis.Decision, portcullis.PolicyError):
        assert kind.__module__ == "portcullis"


def test_version_is_the_projects():
    line = re.search(
        r"^project\(portcullis VERSION ([0-9.]+)",
        (ROOT / "CMakeLists.txt").read_text(),
        re.MULTILINE,
    )
    assert portcullis.__version__ == line.group(1)


def test_help_says_what_is_needed(verifier, handler):
    assert str(inspect.signature(verifier.verify)) == "(event, now=None)"
    assert str(inspect.signature(verifier.verify_token)) == "(token, now=None)"
    assert str(inspect.signature(handler)) == "(event, context=None, /)"
    for documented in (
        portcullis,
        portcullis.lambda_edge,
        portcullis.PolicyError,
        portcullis.Decision,
        portcullis.Decision.response,
        portcullis.Verifier,
        portcullis.Verifier.verify,
        portcullis.Verifier.verify_token,
        portcullis.create_handler,
        handler,
    ):
        assert len(inspect.getdoc(documented)) > 40


JWK = {
    "kty": "oct",
    "k": "AyM1CysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
MAC = bytes(32)


def test_verify_signature_tells_errors_from_answers():
    assert portcullis.verify_signature("HS256", JWK, b"message", MAC) is False
    assert portcullis.verify_signature("HS256", json.dumps(JWK), b"message", b"") is False
    with pytest.raises(portcullis.PolicyError) as raised:
        portcullis.verify_signature("none", JWK, b"message", MAC)
    assert raised.value.path == "alg"
    with pytest.raises(portcullis.PolicyError) as raised:
        portcullis.verify_signature("RS256", JWK, b"message", MAC)
    assert raised.value.path == "$"
    with pytest.raises(portcullis.PolicyError) as raised:
        portcullis.verify_signature("HS256", {**JWK, "k": "AA"}, b"message", MAC)
    assert raised.value.path == "$.k"
    for wrong in ("text", None, 7):
        with pytest.raises(TypeError):
            portcullis.verify_signature("HS256", JWK, wrong, MAC)
        with pytest.raises(TypeError):
            portcullis.verify_signature("HS256", JWK, b"message", wrong)
