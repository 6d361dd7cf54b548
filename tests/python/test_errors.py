"""PolicyError: which policies are refused, where, and in which words."""

import json
import pickle
import re

import portcullis
import pytest
import tokens


def refuse(policy):
    with pytest.raises(portcullis.PolicyError) as raised:
        portcullis.Verifier(policy)
    with pytest.raises(portcullis.PolicyError) as raised_again:
        portcullis.create_handler(policy)
    assert str(raised_again.value) == str(raised.value)
    return raised.value


def test_message_path_and_expected():
    error = refuse(tokens.policy(keys=[{"kty": "oct", "k": "c2hvcnQ"}]))
    assert isinstance(error, ValueError)
    assert error.path == "$.keys[0].k"
    assert re.fullmatch(r"expected unpadded base64url\b.*\b32\b.*\bHS256\b.*", error.expected)
    assert str(error) == f"policy: $.keys[0].k: {error.expected}"


def without(name):
    return {key: value for key, value in tokens.POLICY.items() if key != name}


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ("", "$"),
        (b"", "$"),
        ("[]", "$"),
        ("{", "$"),
        (b"\xff", "$"),
        ({}, "$.algorithms"),
        (without("algorithms"), "$.algorithms"),
        (without("issuer"), "$.issuer"),
        (without("audience"), "$.audience"),
        (without("keys"), "$.keys"),
        (tokens.policy(algorithms=["none"]), "$.algorithms[0]"),
        (tokens.policy(algorithms=[]), "$.algorithms"),
        (tokens.policy(issuer=7), "$.issuer"),
        (tokens.policy(audience=[]), "$.audience"),
        (tokens.policy(keys=[]), "$.keys"),
        (tokens.policy(keys={}), "$.keys"),
        (tokens.policy(keys=["secret"]), "$.keys[0]"),
        (tokens.policy(clock_tolerance=301), "$.clock_tolerance"),
        (tokens.policy(clock_tolerance=-1), "$.clock_tolerance"),
        (tokens.policy(clock_tolerance=1.5), "$.clock_tolerance"),
        (tokens.policy(clock_tolerance=True), "$.clock_tolerance"),
        (tokens.policy(expiration=False), "$.expiration"),
        (tokens.policy(require={"permissions": {"all_of": []}}), "$.require.permissions.all_of"),
        (tokens.policy(realm='"'), "$.realm"),
        (tokens.policy(leeway=5), "$.leeway"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_by_the_core(policy, path):
    error = refuse(policy)
    assert error.path == path
    assert str(error) == f"policy: {path}: {error.expected}"


def circular():
    policy = {}
    policy["require"] = policy
    return policy


@pytest.mark.parametrize(
    ("policy", "path", "expected"),
    [
        ({1: 2}, "$", "member names of type str, not int"),
        (tokens.policy(require={None: 1}), "$.require", "member names of type str, not NoneType"),
        (tokens.policy(realm=b"bytes"), "$.realm", "a JSON value, not bytes"),
        (tokens.policy(audience={"set"}), "$.audience", "a JSON value, not set"),
        (tokens.policy(keys=[{}, {"k": object()}]), "$.keys[1].k", "a JSON value, not object"),
        (tokens.policy(clock_tolerance=float("nan")), "$.clock_tolerance", "a finite number"),
        (tokens.policy(clock_tolerance=float("-inf")), "$.clock_tolerance", "a finite number"),
        (
            tokens.policy(clock_tolerance=10**5000),
            "$.clock_tolerance",
            "an integer of at most 64 bits",
        ),
        (tokens.policy(issuer="\ud800"), "$.issuer", "a string without lone surrogates"),
        (tokens.policy(**{"\udfff": 1}), "$", "a string without lone surrogates"),
        ("\ud800", "$", "JSON text without lone surrogates"),
        (circular(), "$" + ".require" * 32, "at most 32 levels of nesting"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_before_the_core(policy, path, expected):
    error = refuse(policy)
    assert (error.path, error.expected) == (path, f"expected {expected}")


@pytest.mark.parametrize(
    "policy", [None, 1, [], (), bytearray(b"{}"), memoryview(b"{}"), object(), open]
)
def test_other_types(policy):
    for make in (portcullis.Verifier, portcullis.create_handler):
        with pytest.raises(
            TypeError, match=f"policy must be a dict, str or bytes, not {type(policy).__name__}"
        ):
            make(policy)


def test_wrong_calls():
    for make in (portcullis.Verifier, portcullis.create_handler):
        for arguments, keywords in (((), {}), (("{}", "{}"), {}), ((), {"rules": "{}"})):
            with pytest.raises(TypeError):
                make(*arguments, **keywords)


@pytest.mark.parametrize(
    "key",
    [
        {"secret": "hunter2-hunter2", "encoding": "utf8"},
        {"secret": "hunter2-hunter2-hunter2-hunter2-hunter2", "encoding": "hex"},
        {"secret": "hunter2 hunter2 hunter2 hunter2 hunter2", "encoding": "base64url"},
        {"secret": "hunter2-hunter2-hunter2-hunter2-hunter2", "encoding": "rot13"},
        {"secret": "hunter2-hunter2-hunter2-hunter2-hunter2\ud800", "encoding": "utf8"},
        {"secret": b"hunter2-hunter2-hunter2-hunter2-hunter2", "encoding": "utf8"},
        {"kty": "oct", "k": "hunter2="},
    ],
)
def test_no_secret_in_the_error(key):
    error = refuse(tokens.policy(keys=[key]))
    for text in (str(error), repr(error), error.path, error.expected, repr(error.args)):
        assert "hunter2" not in text
    assert error.path.startswith("$.keys[0]")


def test_failed_text_is_not_shown():
    assert "hunter2" not in str(refuse('{"keys":[{"secret":"hunter2"'))
    assert "hunter2" not in str(refuse(json.dumps(tokens.policy())[:-1] + '"hunter2"'))


@pytest.mark.parametrize(
    "name", ["é" * 1000, "a" + "é" * 1000, "😀" * 999, "a😀" * 999, "a" * 60_000]
)
@pytest.mark.parametrize("form", [dict, json.dumps], ids=["dict", "json"])
def test_long_member_names_are_cut(name, form):
    """At a bound in bytes, which may lie inside a character."""
    for policy in (tokens.policy(**{name: 1}), tokens.policy(require={name: float("nan")})):
        error = refuse(form(policy))
        assert error.path.startswith("$")
        assert len(str(error)) < 2000


def test_error_survives_pickling():
    error = refuse("[]")
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is portcullis.PolicyError
    assert (str(copied), copied.path, copied.expected) == (str(error), error.path, error.expected)


def test_failed_verifier_stays_unusable():
    verifier = portcullis.Verifier.__new__(portcullis.Verifier)
    with pytest.raises(portcullis.PolicyError):
        verifier.__init__("[]")
    with pytest.raises(TypeError, match="__init__"):
        verifier.verify_token("")
    verifier.__init__(tokens.POLICY)
    assert verifier.verify_token(tokens.sign(), tokens.NOW).allowed
    verifier.__init__(tokens.policy(issuer="other"))  # a second time changes nothing
    assert verifier.verify_token(tokens.sign(), tokens.NOW).allowed
