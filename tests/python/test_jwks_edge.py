"""portcullis.jwks with a policy that has an edge layer (docs/edge.md)."""

import json
import re
from pathlib import Path

import pytest
from jwks_support import AUDIENCE, ISSUER, NOW, Key, Setting, make_set, make_token
from portcullis import jwks

KEY = Key("ES256", "one")
POLICY = {
    "algorithms": ["ES256"],
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "sources": [{"header": "authorization", "strip": True}],
    "claim_headers": {"x-user": "sub"},
    "routes": [
        {"path": "/public", "access": "public"},
        {"path": "/"},
        {"path": "/closed", "access": "deny"},
    ],
}


def event_of(uri, **headers):
    lists = {name: [{"key": name, "value": value}] for name, value in headers.items()}
    return {"Records": [{"cf": {"request": {"method": "GET", "uri": uri, "headers": lists}}}]}


def bearer(token):
    return event_of("/", authorization=f"Bearer {token}")


def request_of(event):
    return event["Records"][0]["cf"]["request"]


def without_keys(**more):
    setting = Setting(OSError("no"), policy={**POLICY, **more})
    assert setting.verifier.ready() is False
    return setting


def test_before_there_are_keys_public_paths_are_open_and_the_rest_is_closed():
    verifier = without_keys().verifier
    events = [event_of(uri) for uri in ("/public", "/", "/closed", "/nowhere")]
    reasons = [verifier.verify(event, NOW).reason for event in [*events, bearer(make_token(KEY))]]
    assert reasons == [
        "ok",
        "credential_missing",
        "route_denied",
        "route_not_found",
        "key_not_found",
    ]


@pytest.mark.parametrize("roles", [[], ["closed"], ["open"]])
def test_nothing_that_the_source_of_this_package_tells_opens_a_path(roles):
    import hashlib
    import hmac

    class Closed:
        alg = "HS256"
        jwk = {"kid": "closed"}

        @staticmethod
        def sign(data):
            return hmac.digest(b"no token is allowed by this secret", data, hashlib.sha256)

    event = bearer(make_token(Closed, sub="made up", roles=roles))
    decision = without_keys().verifier.verify(event, NOW)
    assert decision.reason == "key_not_found"
    assert decision.edits is None


def test_the_handler_edits_what_goes_on():
    setting = Setting(make_set(KEY), policy=POLICY)
    assert setting.verifier.ready() is True
    event = bearer(make_token(KEY))
    request_of(event)["headers"]["X_User"] = [{"key": "X_User", "value": "made up"}]
    assert setting.verifier.handler(event) is request_of(event)
    assert request_of(event)["headers"] == {"x-user": [{"key": "x-user", "value": "u"}]}
    public = event_of("/public", X_User="made up")
    assert setting.verifier.handler(public) is request_of(public)
    assert request_of(public)["headers"] == {}
    assert setting.verifier.handler(event_of("/"))["status"] == "401"


def test_a_request_that_cannot_be_edited_does_not_go_on():
    verifier = Setting(make_set(KEY), policy=POLICY).verifier
    event = event_of("/public")
    request_of(event)["headers"] = ["X-User"]
    assert verifier.handler(event)["status"] == "500"
    assert verifier.handler(None)["status"] == "500"


def test_what_only_watches_lets_it_go_on_all_the_same_and_logs_the_failure(capsys):
    verifier = Setting(make_set(KEY), policy={**POLICY, "mode": "shadow"}).verifier
    event = event_of("/public")
    request_of(event)["headers"] = ["X-User"]
    assert verifier.handler(event) is request_of(event)
    assert verifier.handler({"Records": [{"cf": {"request": "none"}}]})["status"] == "500"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["reason"] for line in lines] == ["request_malformed", "request_malformed"]


def test_what_needs_no_keys_is_all_of_the_edge_layer_but_the_cache():
    manual = (Path(__file__).parents[2] / "docs" / "edge.md").read_text(encoding="utf-8")
    members = manual.partition("## Members")[2].partition("## Sources")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", members, re.M))
    assert set(jwks._EDGE_MEMBERS) == named - {"token_cache"}


def test_edits_want_a_request():
    verifier = Setting(make_set(KEY), policy=POLICY).verifier
    decision = verifier.verify(event_of("/public", x_user="made up"), NOW)
    with pytest.raises(TypeError):
        decision.apply_edits(None)
    with pytest.raises(RuntimeError):
        decision.apply_edits({"headers": []})
    request = {}
    decision.apply_edits(request)
    assert request == {}


@pytest.mark.parametrize("answer", [make_set(KEY), OSError("no")])
def test_the_handler_only_watches_in_shadow_mode(capsys, answer):
    verifier = Setting(answer, policy={**POLICY, "mode": "shadow"}).verifier
    verifier.ready()
    event = event_of("/", x_user="made up")
    assert verifier.handler(event) is request_of(event)
    assert request_of(event)["headers"] == {}
    line = json.loads(capsys.readouterr().out)
    assert (line["reason"], line["mode"]) == ("credential_missing", "shadow")


def test_a_preflight_is_answered_without_keys():
    cors = {"origins": ["https://app.example"], "methods": ["GET"]}
    event = event_of(
        "/", origin="https://app.example", **{"access-control-request-method": "GET"}
    )
    request_of(event)["method"] = "OPTIONS"
    assert without_keys(cors=cors).verifier.handler(event)["status"] == "204"


def test_a_route_of_an_issuer_that_has_no_keys_is_closed_and_opens_with_them():
    other = Key("ES256", "two")
    second = "https://second.example/"
    entry = {"algorithms": ["ES256"], "audience": AUDIENCE}
    sets = {f"{ISSUER}keys": make_set(KEY), f"{second}keys": OSError("no")}

    def answer(url):
        if isinstance(sets[url], Exception):
            raise sets[url]
        return sets[url]

    setting = Setting(
        answer,
        policy={
            "issuers": [{**entry, "issuer": ISSUER}, {**entry, "issuer": second}],
            "routes": [
                {"path": "/first", "issuers": [ISSUER]},
                {"path": "/second", "issuers": [second]},
                {"path": "/"},
            ],
        },
        jwks={ISSUER: f"{ISSUER}keys", second: f"{second}keys"},
    )

    def reason(uri, token):
        event = bearer(token)
        request_of(event)["uri"] = uri
        return setting.verifier.verify(event, NOW).reason

    first, later = make_token(KEY), make_token(other, iss=second)
    assert setting.verifier.ready() is False
    assert reason("/first", first) == "ok"
    assert reason("/", first) == "ok"
    assert reason("/second", first) == "route_denied"
    assert reason("/second", later) == "route_denied"
    sets[f"{second}keys"] = make_set(other)
    setting.now += 60
    assert setting.verifier.refresh() is True
    assert reason("/second", later) == "ok"
    assert reason("/second", first) == "issuer_not_allowed"
