"""Policies with an edge layer (docs/edge.md): the door's part of them, and the command line."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import portcullis
import pytest
import tokens

PACKAGE_PARENT = Path(portcullis.__file__).resolve().parents[1]
PAGE = {
    "url": "/captcha",
    "key": {"secret": "of challenges alone: thirty-two bytes", "encoding": "utf8"},
}
ROUTES = [
    {"path": "/public/**", "access": "public"},
    {"path": "/closed", "access": "deny"},
    {"path": "/orders/*", "methods": ["GET"]},
    {"path": "/account", "challenge": "login"},
    {"path": "/form", "challenge": "page", "access": "public"},
]
POLICY = tokens.policy(
    routes=ROUTES,
    challenge={"login": {"url": "https://login.example/", "return_parameter": "to"}, "page": PAGE},
    cors={"origins": ["https://app.example"]},
)
TOKEN = tokens.sign(exp=tokens.FAR_FUTURE)


def event_of(uri="/orders/7", token=TOKEN, **request):
    headers = request.pop("headers", {})
    if token is not None:
        entry = {"key": "Authorization", "value": f"Bearer {token}"}
        headers = {"authorization": [entry], **headers}
    made = tokens.event_of_headers(headers)
    made["Records"][0]["cf"]["config"]["requestId"] = "request-1"
    tokens.request_of(made).update({"uri": uri, "querystring": "", **request})
    return made


def values(*several):
    return [{"value": value} for value in several]


@pytest.fixture(scope="module")
def verifier():
    return portcullis.Verifier(POLICY)


# ---- decisions --------------------------------------------------------------------------------


def test_allow_by_a_route(verifier):
    decision = verifier.verify(event_of())
    assert (decision.kind, decision.allowed, decision.reason) == ("allow", True, "ok")
    assert (decision.status, decision.response, decision.route) == (None, None, 2)
    assert decision.claims == {**tokens.CLAIMS, "exp": tokens.FAR_FUTURE}
    assert decision.edits is None
    assert decision.shadow is False
    assert decision.log_line is None
    assert repr(decision) == "<portcullis.Decision allow>"


def test_allow_on_a_public_route_has_no_claims(verifier):
    decision = verifier.verify(event_of("/public/a"))
    assert (decision.kind, decision.route, decision.claims) == ("allow", 0, None)


@pytest.mark.parametrize(
    ("event", "reason", "status", "route"),
    [
        (event_of("/closed"), "route_denied", 403, 1),
        (event_of("/nowhere"), "route_not_found", 403, None),
        (event_of("/orders/7", method="DELETE"), "route_not_found", 403, None),
        (event_of("/orders//7"), "path_ambiguous", 400, None),
        (event_of(token=None), "credential_missing", 401, 2),
        (event_of(token=tokens.sign(exp=1)), "expired", 401, 2),
        (event_of(headers={"authorization": values("Bearer a", "Bearer b")}),
         "credential_malformed", 401, 2),
        (event_of(headers={"authorization": "Bearer a"}), "credential_malformed", 401, 2),
        (event_of(method=7), "request_malformed", 500, None),
        (event_of(method=None), "request_malformed", 500, None),
        (event_of(uri=None), "request_malformed", 500, None),
        (event_of(querystring="a\0b"), "request_malformed", 500, None),
        ({}, "request_malformed", 500, None),
        (None, "request_malformed", 500, None),
        ({"Records": [{"cf": {"request": []}}]}, "request_malformed", 500, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_deny(verifier, event, reason, status, route):
    decision = verifier.verify(event)
    assert (decision.kind, decision.reason) == ("deny", reason)
    assert (decision.status, decision.route) == (status, route)
    assert decision.claims is None
    assert decision.edits is None
    assert repr(decision) == f"<portcullis.Decision deny {reason} {status}>"
    assert decision.response["status"] == str(status)
    assert json.loads(decision.response["body"])["error"]
    assert portcullis.check_response(decision.response, "viewer-request") == []
    assert portcullis.create_handler(POLICY)(event) == decision.response


def test_challenge_leads_to_the_login_page(verifier):
    event = event_of("/account", token=None, querystring="a=1")
    decision = verifier.verify(event)
    assert (decision.kind, decision.reason, decision.status) == (
        "challenge", "credential_missing", 302,
    )  # fmt: skip
    assert repr(decision) == "<portcullis.Decision challenge credential_missing 302>"
    location = urlsplit(decision.response["headers"]["location"][0]["value"])
    assert location.netloc == "login.example"
    assert parse_qs(location.query) == {"to": ["/account?a=1"]}
    assert "body" not in decision.response
    assert portcullis.create_handler(POLICY)(event) == decision.response


def test_preflight_is_answered(verifier):
    headers = {
        "origin": values("https://app.example"),
        "access-control-request-method": values("GET"),
    }
    decision = verifier.verify(event_of(token=None, method="OPTIONS", headers=headers))
    assert (decision.kind, decision.allowed, decision.status) == ("answer", False, 204)
    response = decision.response
    assert response["headers"]["access-control-allow-origin"][0]["value"] == "https://app.example"
    assert "body" not in response


def test_responses_are_new_all_the_way_down(verifier):
    decision = verifier.verify(event_of("/closed"))
    expected = copy.deepcopy(decision.response)
    decision.response["headers"].clear()
    assert decision.response == expected


def test_a_decision_keeps_what_it_needs_and_no_request(verifier):
    event = event_of("/account", token=None)
    before = sys.getrefcount(tokens.request_of(event))
    decision = verifier.verify(event)
    after = sys.getrefcount(tokens.request_of(event))  # not in an assert: pytest would hold it
    assert after == before
    expected = decision.response
    tokens.request_of(event).clear()
    del event
    junk = ["/elsewhere".ljust(64 + i % 16) for i in range(4000)]
    assert decision.response == expected
    assert len(junk) == 4000


def test_every_reference_is_given_back():
    handler = portcullis.create_handler({**POLICY, "claim_headers": {"x-user": "sub"}})
    for event in (event_of(token=None), event_of("/account", token=None), event_of(method=7)):
        parts = [event, tokens.request_of(event), tokens.request_of(event)["headers"]]
        before = [sys.getrefcount(part) for part in parts]
        for _ in range(1000):
            handler(event)
        assert [sys.getrefcount(part) for part in parts] == before


# ---- where tokens stand -------------------------------------------------------------------------

COOKIE = tokens.policy(sources=[{"cookie": "session", "strip": True}, {"header": "x-token"}])


@pytest.mark.parametrize(
    ("cookies", "reason"),
    [
        (values(f"session={TOKEN}"), "ok"),
        (values(f"a=1; session={TOKEN}"), "ok"),
        (values("a=1", f"session={TOKEN}", "b=2"), "ok"),
        (values(f"session={TOKEN}", f"session={TOKEN}"), "credential_malformed"),
        (values("a=1"), "credential_missing"),
        ([], "credential_missing"),
        (None, "credential_missing"),
        ([{"value": "a=1"}, {"value": 7}], "credential_malformed"),
        ([{"value": "a=1"}, {}], "credential_malformed"),
        ([{"value": "a=1"}, None], "credential_malformed"),
        ([7], "credential_malformed"),
        ("a=1", "credential_malformed"),
    ],
)
def test_cookies(cookies, reason):
    event = event_of("/", token=None, headers={"cookie": cookies})
    assert portcullis.Verifier(COOKIE).verify(event).reason == reason


def test_headers_that_are_no_object():
    for headers, reason in ((None, "credential_missing"), ([], "credential_malformed")):
        event = event_of("/")
        tokens.request_of(event)["headers"] = headers
        assert portcullis.Verifier(COOKIE).verify(event).reason == reason


def test_a_lone_surrogate_is_refused_and_not_raised():
    for place in ("uri", "querystring", "clientIp"):
        event = event_of(**{"uri": "/orders/7", place: "/orders/\ud800"})
        assert portcullis.Verifier(POLICY).verify(event).reason in ("ok", "path_ambiguous")
    event = event_of("/", token=None, headers={"cookie": values("session=\ud800")})
    assert portcullis.Verifier(COOKIE).verify(event).reason == "token_malformed"


# ---- edits --------------------------------------------------------------------------------------

EDITING = tokens.policy(
    sources=[
        {"header": "authorization", "strip": True},
        {"cookie": "session", "strip": True},
        {"query": "token", "strip": True},
    ],
    claim_headers={"x-user": "sub", "x_rights": "permissions", "x-none": "absent"},
    routes=[{"path": "/public/**", "access": "public"}, {"path": "/**"}],
)
SPOOFED = {
    "x-user": values("root"),
    "x_user": values("root"),
    "X-User": values("root"),
    "x-rights": values("all"),
    "x_rights": values("all"),
    "x-none": values("all"),
    "x-users": values("kept"),
}


def test_edits_are_put_into_the_events_own_request():
    event = event_of("/orders/7", headers={**SPOOFED, "host": values("d.example")})
    request = tokens.request_of(event)
    headers = request["headers"]
    decision = portcullis.Verifier(EDITING).verify(event)
    assert decision.edits["set"] == {"x-user": "user|1", "x_rights": "read:orders,write:orders"}
    assert "authorization" in decision.edits["remove"]
    assert portcullis.create_handler(EDITING)(event) is request
    assert request["headers"] is headers
    assert headers == {
        "host": values("d.example"),
        "x-users": values("kept"),
        "x-user": [{"key": "x-user", "value": "user|1"}],
        "x_rights": [{"key": "x_rights", "value": "read:orders,write:orders"}],
    }


def test_a_public_path_gets_no_claim_header_of_the_clients():
    event = event_of("/public/a", headers=dict(SPOOFED))
    headers = tokens.request_of(event)["headers"]
    portcullis.create_handler(EDITING)(event)
    assert headers == {"x-users": values("kept")}


def test_cookie_and_query_without_the_token():
    handler = portcullis.create_handler(EDITING)
    event = event_of("/", token=None, headers={"cookie": values("a=1", f"session={TOKEN}", "b=é")})
    assert handler(event)["headers"]["cookie"] == [{"key": "Cookie", "value": "a=1; b=é"}]
    event = event_of("/", token=None, headers={"cookie": values(f"session={TOKEN}")})
    assert "cookie" not in handler(event)["headers"]
    event = event_of("/", token=None, querystring=f"a=1&token={TOKEN}&b=2")
    assert handler(event)["querystring"] == "a=1&b=2"


def test_headers_that_are_absent_are_made():
    event = event_of("/", token=None, querystring=f"token={TOKEN}")
    del tokens.request_of(event)["headers"]
    assert portcullis.create_handler(EDITING)(event)["headers"]["x-user"][0]["value"] == "user|1"


def test_what_cannot_be_edited_does_not_go_on():
    told = []
    handler = portcullis.create_handler(EDITING, on_decision=told.append)
    event = event_of("/public/a")
    tokens.request_of(event)["headers"] = []
    assert handler(event)["status"] == "500"
    assert (told[0]["kind"], told[0]["reason"]) == ("deny", "internal_error")
    handler = portcullis.create_handler({**EDITING, "mode": "shadow"}, log=lambda line: None)
    assert handler(event) is tokens.request_of(event)


# ---- shadow mode, logs, metrics -----------------------------------------------------------------


def test_shadow_mode_lets_everything_through():
    lines = []
    policy = {**EDITING, "mode": "shadow"}
    handler = portcullis.create_handler(policy, log=lines.append)
    event = event_of("/orders/7", token=tokens.sign(exp=1), headers=dict(SPOOFED))
    decision = portcullis.Verifier(policy).verify(event)
    assert (decision.kind, decision.reason, decision.shadow) == ("deny", "expired", True)
    assert "x-user" in decision.edits["remove"]
    assert "set" not in decision.edits
    assert json.loads(decision.log_line)["mode"] == "shadow"
    assert handler(event) is tokens.request_of(event)
    assert tokens.request_of(event)["headers"] == {"x-users": values("kept")}
    (line,) = map(json.loads, lines)
    assert (line["decision"], line["reason"], line["mode"]) == ("deny", "expired", "shadow")
    assert handler({})["status"] == "500", "there is no request to let through"


def logging(decisions, **more):
    return {**POLICY, "log": {"decisions": decisions, "claims": ["sub"]}, **more}


def test_log_lines():
    lines = []
    handler = portcullis.create_handler(logging("all"), log=lines.append)
    handler(event_of())
    handler(event_of("/closed"))
    first, second = map(json.loads, lines)
    assert re.fullmatch(r"<(0\.1|1|10|100)ms|>=100ms", first.pop("latency"))
    assert first == {
        "decision": "allow",
        "reason": "ok",
        "route": "/orders/*",
        "claims": {"sub": "user|1"},
        "requestId": "request-1",
    }
    assert (second["decision"], second["status"], second["route"]) == ("deny", 403, "/closed")
    assert list(second) == ["decision", "reason", "status", "route", "requestId", "latency"]
    assert not any(part in line for line in lines for part in TOKEN.split("."))


@pytest.mark.parametrize(
    ("request_id", "told"),
    [("a" * 128, True), ("a" * 129, False), (7, False), (None, False), ('"\n\ud800', True)],
)
def test_request_ids_in_log_lines(request_id, told):
    lines = []
    event = event_of()
    event["Records"][0]["cf"]["config"]["requestId"] = request_id
    portcullis.create_handler(logging("all"), log=lines.append)(event)
    line = json.loads(lines[0])
    assert line.get("requestId") == (request_id if told else None)


def test_only_denials_are_logged_when_the_policy_says_so(capsys):
    handler = portcullis.create_handler(logging("denied"))
    handler(event_of())
    assert capsys.readouterr().out == ""
    handler(event_of("/closed"))
    assert json.loads(capsys.readouterr().out)["reason"] == "route_denied"
    portcullis.create_handler(logging("none"))(event_of("/closed"))
    portcullis.create_handler(POLICY)(event_of("/closed"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("policy", [POLICY, tokens.POLICY], ids=["edge", "plain"])
def test_on_decision(policy):
    told = []
    handler = portcullis.create_handler(policy, on_decision=told.append)
    event = event_of()
    assert handler(event) is tokens.request_of(event)
    assert handler(event_of(token=None))["status"] == "401"
    route = 2 if policy is POLICY else None
    milliseconds = [info.pop("milliseconds") for info in told]
    assert all(isinstance(each, float) and 0 <= each < 10_000 for each in milliseconds)
    assert told == [
        {"kind": "allow", "reason": "ok", "status": None, "route": route},
        {"kind": "deny", "reason": "credential_missing", "status": 401, "route": route},
    ]


def test_what_listeners_raise_is_ignored():
    def fail(_):
        raise RuntimeError

    handler = portcullis.create_handler(logging("all"), log=fail, on_decision=fail)
    event = event_of()
    assert handler(event) is tokens.request_of(event)
    assert handler(event_of("/closed"))["status"] == "403"

    def stop(_):
        raise KeyboardInterrupt

    for listeners in ({"log": stop}, {"on_decision": stop}):
        with pytest.raises(KeyboardInterrupt):
            portcullis.create_handler(logging("all"), **listeners)(event)


def test_listeners_are_checked():
    for name in ("log", "on_decision"):
        with pytest.raises(TypeError, match=f"{name} must be a callable or None, not int"):
            portcullis.create_handler(POLICY, **{name: 7})
        portcullis.create_handler(POLICY, **{name: None})
    with pytest.raises(TypeError):
        portcullis.create_handler(POLICY, print)


# ---- challenges ---------------------------------------------------------------------------------


def test_a_proof_opens_the_page(verifier):
    event = event_of("/form", token=None, clientIp="192.0.2.1")
    decision = verifier.verify(event, tokens.NOW)
    assert (decision.kind, decision.reason) == ("challenge", "proof_missing")
    location = decision.response["headers"]["location"][0]["value"]
    (challenge,) = parse_qs(urlsplit(location).query)["challenge"]
    proof = verifier.answer_challenge(challenge, "192.0.2.1", tokens.NOW + 299)
    assert isinstance(proof, str)
    tokens.request_of(event)["headers"]["cookie"] = values(f"__Host-portcullis-proof={proof}")
    assert verifier.verify(event, tokens.NOW + 400).allowed
    tokens.request_of(event)["clientIp"] = "192.0.2.2"
    assert verifier.verify(event, tokens.NOW + 400).reason == "proof_missing"

    answer = verifier.answer_challenge
    assert answer(challenge, "192.0.2.2", tokens.NOW) is None
    assert answer(challenge, "192.0.2.1", tokens.NOW + 3000) is None
    assert answer(proof, "192.0.2.1", tokens.NOW) is None
    assert answer(client_ip="192.0.2.1", challenge="\ud800", now=tokens.NOW) is None
    for wrong in (None, 7, b"bytes", ""):
        assert answer(wrong, "192.0.2.1") is None
        assert answer(challenge, wrong) is None
    assert portcullis.Verifier(tokens.POLICY).answer_challenge(challenge, "192.0.2.1") is None
    for arguments in ((), ("a",), ("a", "b", 1.5), ("a", "b", 1, 2)):
        with pytest.raises(TypeError):
            answer(*arguments)
    blank = portcullis.Verifier.__new__(portcullis.Verifier)
    with pytest.raises(TypeError, match="__init__"):
        blank.answer_challenge("a", "b")


def test_rate_limits_are_kept_from_one_request_to_the_next():
    policy = tokens.policy(rate_limit={"address": {"requests": 2, "seconds": 60}})
    verifier = portcullis.Verifier(policy)
    reasons = [verifier.verify(event_of("/"), tokens.NOW).reason for _ in range(3)]
    assert reasons == ["ok", "ok", "rate_limited"]
    decision = verifier.verify(event_of("/"), tokens.NOW)
    assert (decision.status, decision.response["status"]) == (429, "429")
    assert decision.response["headers"]["retry-after"]


# ---- the response checker, and the command line -------------------------------------------------

FAULTY = {"status": 401, "headers": {"x-a": [{"value": "a\r\nb"}]}}


def test_check_response():
    assert portcullis.check_response({"status": "200"}, "viewer-request") == []
    for response in (FAULTY, json.dumps(FAULTY), json.dumps(FAULTY).encode()):
        findings = portcullis.check_response(response, "viewer-request")
        assert [finding["rule"] for finding in findings] == [
            "status_not_string",
            "header_value_invalid",
        ]
        assert findings[1]["path"] == '$.headers["x-a"][0].value'
        assert all(set(finding) == {"rule", "path", "sentence", "source"} for finding in findings)
        assert all(finding["sentence"] and finding["source"] for finding in findings)


def test_check_response_compares_with_the_original():
    original = {"status": "200", "headers": {"via": [{"value": "1.1 a"}]}}
    changed = {"status": "404", "headers": {"via": [{"value": "1.1 b"}]}}
    for before in (original, json.dumps(original)):
        rules = {
            finding["rule"]
            for finding in portcullis.check_response(changed, "viewer-response", before)
        }
        assert {"status_changed", "header_read_only"} <= rules


def test_check_response_of_what_is_no_response():
    for nothing in (None, 7, [], "", "{", b"\xff", {"status": object()}, {"a": float("nan")}):
        assert portcullis.check_response(nothing, "viewer-request")
    with pytest.raises(ValueError, match="viewer-request, origin-request"):
        portcullis.check_response({}, "viewer")
    with pytest.raises(TypeError):
        portcullis.check_response({}, None)


def run(*arguments, text=""):
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_PARENT)}
    return subprocess.run(
        [sys.executable, "-m", "portcullis", *arguments],
        capture_output=True,
        text=True,
        input=text,
        env=environment,
        timeout=60,
        check=False,
    )


def test_command_line_explains_findings(tmp_path):
    path = tmp_path / "response.json"
    path.write_text(json.dumps(FAULTY))
    result = run("check-response", str(path), "--event-type", "viewer-request")
    assert (result.returncode, result.stderr) == (1, "")
    assert "$.status: status_not_string" in result.stdout
    assert "source: " in result.stdout
    assert result.stdout.endswith("2 findings in a response to viewer-request\n")

    result = run("check-response", "-", "--event-type", "origin-request", text='{"status":"200"}')
    assert (result.returncode, result.stdout) == (
        0, "nothing found in a response to origin-request\n",
    )  # fmt: skip


def test_command_line_as_json_and_with_the_original(tmp_path):
    before = tmp_path / "before.json"
    before.write_text('{"status":"200"}')
    arguments = ["check-response", "-", "--event-type", "viewer-response", "--json"]
    result = run(*arguments, "--original", str(before), text='{"status":"404"}')
    assert result.returncode == 1
    assert [finding["rule"] for finding in json.loads(result.stdout)] == ["status_changed"]
    result = run(*arguments, text='{"status":"404"}')
    assert (result.returncode, json.loads(result.stdout)) == (0, [])


def test_command_line_checks_policies(tmp_path):
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY))
    result = run("check-policy", str(path))
    assert (result.returncode, result.stdout) == (0, "the policy can be used\n")
    result = run("check-policy", "-", text=json.dumps({**POLICY, "mode": "watch"}))
    assert result.returncode == 1
    assert result.stdout.startswith("policy: $.mode: expected ")


def test_command_line_wrong_use(tmp_path):
    for arguments in (
        [],
        ["check"],
        ["check-response", "-"],
        ["check-response", "-", "--event-type", "viewer"],
        ["check-response", str(tmp_path / "none"), "--event-type", "viewer-request"],
        ["check-response", "-", "--event-type", "viewer-response", "--original", "-"],
        ["check-policy"],
        ["check-policy", str(tmp_path)],
    ):
        result = run(*arguments)
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert "usage: portcullis" in result.stderr
    for arguments in (["--help"], ["check-response", "--help"], ["check-policy", "--help"]):
        assert run(*arguments).returncode == 0
    assert run("--version").stdout == f"portcullis {portcullis.__version__}\n"
