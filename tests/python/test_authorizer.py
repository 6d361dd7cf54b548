"""The API Gateway authorizer: each kind of event as Amazon's guide gives it."""

import json

import portcullis
import pytest
import tokens
from portcullis.authorizer import create_authorizer

POLICY = tokens.policy(
    sources=[{"header": "authorization"}, {"cookie": "session"}, {"query": "token"}],
    claim_headers={"x-user": "sub"},
    routes=[
        {"path": "/public/*", "access": "public"},
        {"path": "/*", "access": "public"},
        {"path": "/orders/**", "methods": ["GET"]},
        {"path": "/account/me", "challenge": "login"},
    ],
    challenge={"login": {"url": "/login"}},
)
TOKEN = tokens.sign(exp=tokens.FAR_FUTURE)
ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/"


def token_event(path="orders/7", token=f"Bearer {TOKEN}", method="GET"):
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": f"{ARN}test/{method}/{path}"}


def request_event(path="orders/7", method="GET", headers=None, query=None):
    """Of a REST API, and of an HTTP API with payload format 1.0."""
    headers = {"Authorization": [f"Bearer {TOKEN}"]} if headers is None else headers
    return {
        "type": "REQUEST",
        "methodArn": f"{ARN}test/{method}/{path}",
        "resource": "/{proxy+}",
        "path": "/" + path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": query and {name: values[-1] for name, values in query.items()},
        "multiValueQueryStringParameters": query,
        "requestContext": {"stage": "test", "identity": {"sourceIp": "192.0.2.1"}},
    }


def http_event(
    path="/orders/7", method="GET", headers=None, cookies=None, query="", stage="$default"
):
    """Of an HTTP API with payload format 2.0."""
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{ARN}{stage}/{method}{path}",
        "routeKey": "$default",
        "rawPath": path if stage == "$default" else f"/{stage}{path}",
        "rawQueryString": query,
        **({} if cookies is None else {"cookies": cookies}),
        "headers": {"authorization": f"Bearer {TOKEN}"} if headers is None else headers,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "stage": stage,
        },
    }


@pytest.fixture(scope="module")
def verifier():
    return portcullis.Verifier(POLICY)


@pytest.fixture(scope="module")
def authorize(verifier):
    return create_authorizer(verifier)


def effect_of(answer):
    (statement,) = answer["policyDocument"]["Statement"]
    assert answer["policyDocument"]["Version"] == "2012-10-17"
    assert statement["Action"] == "execute-api:Invoke"
    return statement["Effect"], statement["Resource"]


@pytest.mark.parametrize("event", [token_event(), request_event(), http_event()])
def test_allow(authorize, event):
    answer = authorize(event, None)
    assert effect_of(answer) == ("Allow", event.get("methodArn", event.get("routeArn")))
    assert answer["principalId"] == "user|1"
    assert answer["context"] == {"reason": "ok", "x-user": "user|1"}
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (token_event(token=""), "credential_malformed"),
        (token_event(token=f"Bearer {tokens.sign(exp=1)}"), "expired"),
        (token_event(method="DELETE"), "route_not_found"),
        (token_event(path="orders//7"), "path_ambiguous"),
        (request_event(headers={}), "credential_missing"),
        (
            request_event(headers={"authorization": ["Bearer a", "Bearer b"]}),
            "credential_malformed",
        ),
        (http_event(headers={}), "credential_missing"),
        (http_event("/account/me", headers={}), "credential_missing"),
        (http_event(method="POST"), "route_not_found"),
    ],
)
def test_deny(authorize, event, reason):
    answer = authorize(event)
    assert effect_of(answer) == ("Deny", event.get("methodArn", event.get("routeArn")))
    assert answer["principalId"] == "unknown"
    assert answer["context"] == {"reason": reason}


def test_public_paths_have_no_principal(authorize):
    answer = authorize(http_event("/public/a", headers={}))
    assert effect_of(answer)[0] == "Allow"
    assert (answer["principalId"], answer["context"]) == ("unknown", {"reason": "ok"})


def test_a_path_that_is_a_pattern_is_not_allowed(authorize):
    """Cached, "GET/*" would open every path to the token."""
    for path in ("*", "public/*", "public/a?", "public/${x}", "a*"):
        for event in (token_event(path), request_event(path), http_event("/" + path)):
            assert effect_of(authorize(event))[0] == "Deny", path
    assert effect_of(authorize(http_event("/$metadata")))[0] == "Allow"


def test_cookies_and_queries(authorize):
    session = f"session={TOKEN}"
    for event in (
        request_event(headers={"Cookie": ["a=1; " + session]}),
        request_event(headers={}, query={"a": ["1", "2"], "token": [TOKEN]}),
        http_event(headers={}, cookies=["a=1", session]),
        http_event(headers={"cookie": f"a=1; {session}"}, cookies=["a=1", session]),
        http_event(headers={"cookie": session}),
        http_event(headers={}, query=f"token={TOKEN}"),
    ):
        assert effect_of(authorize(event))[0] == "Allow"
    twice = request_event(headers={}, query={"token": [TOKEN, TOKEN]})
    assert authorize(twice)["context"]["reason"] == "credential_malformed"


def test_single_values_alone(authorize):
    event = request_event()
    del event["multiValueHeaders"], event["multiValueQueryStringParameters"]
    assert effect_of(authorize(event))[0] == "Allow"


def test_the_stage_is_no_part_of_the_path(authorize):
    assert effect_of(authorize(http_event(stage="test")))[0] == "Allow"
    event = http_event(stage="orders", path="/test")
    assert authorize(event)["context"]["reason"] == "ok"
    event = http_event("/", stage="test", headers={})
    event["rawPath"] = "/test"
    assert authorize(event)["context"]["reason"] == "route_not_found"


def test_simple_answers(verifier):
    authorize = create_authorizer(verifier, simple=True)
    assert authorize(http_event()) == {
        "isAuthorized": True,
        "context": {"reason": "ok", "x-user": "user|1"},
    }
    assert authorize(http_event(headers={})) == {
        "isAuthorized": False,
        "context": {"reason": "credential_missing"},
    }


def test_unauthorized_can_be_raised(verifier):
    authorize = create_authorizer(verifier, unauthorized="raise")
    for event in (
        request_event(headers={}),
        token_event(token="Bearer x"),
        request_event("account/me", headers={}),
    ):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            authorize(event)
    assert effect_of(authorize(request_event("orders/7", "DELETE")))[0] == "Deny"
    assert effect_of(authorize(request_event()))[0] == "Allow"


@pytest.mark.parametrize(
    "event",
    [None, {}, [], 7, "x", {"type": "TOKEN"}, {"version": "2.0"}, {"methodArn": 7, "type": "TOKEN"},
     {"type": "REQUEST", "methodArn": ARN}, {**http_event(), "rawPath": None},
     {**http_event(), "requestContext": None}],
)  # fmt: skip
def test_what_is_no_event_is_denied(verifier, event):
    for simple in (False, True):
        answer = create_authorizer(verifier, simple=simple)(event)
        assert answer["context"]["reason"] == "request_malformed"
        assert answer.get("isAuthorized", False) is False
        if not simple:
            assert effect_of(answer)[0] == "Deny"


def test_shadow_mode_and_listeners():
    lines, decisions = [], []
    verifier = portcullis.Verifier({**POLICY, "mode": "shadow"})
    authorize = create_authorizer(verifier, log=lines.append, on_decision=decisions.append)
    assert effect_of(authorize(http_event(headers={})))[0] == "Allow"
    assert json.loads(lines[0])["reason"] == "credential_missing"
    assert [decision.kind for decision in decisions] == ["deny"]
