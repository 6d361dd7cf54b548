"""portcullis.jwks without a network: when it fetches, what it takes, how long keys serve."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import portcullis
import pytest
import tokens
from jwks_support import (
    AUDIENCE,
    ISSUER,
    NOW,
    URL,
    Key,
    Setting,
    event_of,
    jwk_changed,
    make_set,
    make_token,
)
from portcullis.jwks import Answer, FetchError, RefreshingVerifier

RSA, EC, OCT = Key("RS256", "rsa"), Key("ES256", "ec"), Key("HS256", "oct")
NEXT = Key("ES256", "next")
EC_TOKEN, NEXT_TOKEN = make_token(EC), make_token(NEXT)
NO = OSError("no")


def test_keys_of_every_kind_are_loaded_then_decide():
    setting = Setting(make_set(RSA, EC, OCT))
    assert setting.calls == [], "nothing is fetched before it is asked for"
    assert setting.verifier.ready() is True
    for key in (RSA, EC, OCT):
        assert setting.reason(make_token(key)) == "ok"
        assert setting.verifier.verify(event_of(make_token(key)), NOW).claims["sub"] == "u"
    assert setting.reason(make_token(EC, sign=RSA.sign)) == "signature_invalid"
    assert setting.calls == [(URL, 3.0, 262_144)]
    assert setting.status == {
        "issuer": ISSUER,
        "origin": "fetched",
        "keys": 3,
        "loaded_at": NOW,
        "age": 0,
        "serves": True,
        "refreshing": False,
        "failures": 0,
        "last_error": None,
    }


def test_before_there_are_keys_everything_is_denied():
    setting = Setting(NO)
    closed = Key("HS256", "closed")
    secret = b"no token is allowed by this secret"
    forged = make_token(closed, sign=lambda data: hmac.digest(secret, data, hashlib.sha256))
    for _ in range(2):
        for token in (EC_TOKEN, make_token(RSA), make_token(OCT), forged):
            decision = setting.verifier.verify_token(token, NOW)
            assert (decision.reason, decision.status) == ("key_not_found", 401)
            assert decision.claims is None
            [header] = decision.response["headers"]["www-authenticate"]
            assert header["value"].endswith('error="invalid_token"')
            assert setting.verifier.verify(event_of(token), NOW).reason == "key_not_found"
        # What needs no key to be known.
        assert setting.reason(None) == "credential_missing"
        assert setting.reason("x") == "token_malformed"
        assert setting.verifier.verify({}, NOW).reason == "request_malformed"
        with pytest.raises(TypeError):
            setting.verifier.verify_token(EC_TOKEN, 1.5)
        setting.settle()


def test_the_realm_of_the_policy_is_told_before_there_are_keys():
    policy = {"algorithms": ["ES256"], "issuer": ISSUER, "audience": None, "realm": "files"}
    response = Setting(NO, policy=policy).verifier.verify_token(EC_TOKEN).response
    [header] = response["headers"]["www-authenticate"]
    assert header["value"].startswith('Bearer realm="files"')


def test_verify_does_not_wait_verify_fresh_does():
    gate = threading.Event()
    setting = Setting(lambda url: gate.wait(5) and make_set(EC))
    assert setting.reason(EC_TOKEN) == "key_not_found"
    # Keys would not change this.
    assert setting.fresh_reason("x") == "token_malformed"
    found = []
    asks = [
        lambda: setting.fresh_reason(EC_TOKEN),
        lambda: setting.verifier.verify_fresh(event_of(EC_TOKEN), NOW).reason,
        lambda: setting.verifier.ready(),
    ]
    threads = [threading.Thread(target=lambda ask=ask: found.append(ask())) for ask in asks]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(5)
    assert sorted(map(str, found)) == ["True", "ok", "ok"]
    assert len(setting.calls) == 1, "one fetch for all of them"


def test_the_handler():
    handler = Setting(make_set(EC)).verifier.handler
    event = event_of(EC_TOKEN)
    assert handler(event, None) is tokens.request_of(event)
    assert handler(event) is tokens.request_of(event)
    assert handler(event_of("x"), None)["status"] == "401"
    for wrong in ({}, None, [], {"Records": []}):
        assert handler(wrong, None)["status"] == "500"


def test_baked_keys_serve_until_a_fetch_has_succeeded():
    gate = threading.Event()
    setting = Setting([NO, lambda url: gate.wait(5) and make_set(NEXT)], keys=[EC.jwk])
    assert setting.status["origin"] == "baked"
    assert setting.reason(EC_TOKEN) == "ok"
    setting.settle()
    assert len(setting.calls) == 1, "the first request asks for newer ones"
    setting.now += 1_000_000
    assert setting.reason(EC_TOKEN) == "ok", "they know no age"
    gate.set()
    setting.settle()
    assert len(setting.calls) == 2
    assert setting.reason(EC_TOKEN) == "key_not_found"
    assert setting.reason(NEXT_TOKEN) == "ok"
    assert setting.status["origin"] == "fetched"


def test_baked_keys_as_a_jwk_set():
    setting = Setting(NO, keys=json.loads(make_set(EC, RSA)))
    assert setting.status["keys"] == 2
    assert setting.fresh_reason(EC_TOKEN) == "ok"
    assert setting.verifier.ready() is True, "there are keys, though none was fetched"


def test_keys_are_fetched_again_after_the_lifetime_beside_the_request():
    gate = threading.Event()
    setting = Setting([make_set(EC), lambda url: gate.wait(5) and make_set(NEXT)])
    setting.verifier.ready()
    setting.now += 599
    assert setting.reason(EC_TOKEN) == "ok"
    setting.settle()
    assert len(setting.calls) == 1
    setting.now += 1
    assert setting.fresh_reason(EC_TOKEN) == "ok", "by the keys that are there"
    gate.set()
    setting.settle()
    assert len(setting.calls) == 2
    assert setting.reason(NEXT_TOKEN) == "ok"
    assert setting.reason(EC_TOKEN) == "key_not_found", "a key taken out is gone"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=120", 120),
        ("public, max-age=300, must-revalidate", 300),
        ('MAX-AGE = "90"', 90),
        ("max-age=0", 60),
        ("max-age=1", 60),
        ("max-age=99999999", 600),
        ("max-age=99999999999999999999", 600),
        ("max-age=-1", 600),
        ("max-age=1e3", 600),
        ("max-age=\u0663\u0663", 600),
        ("s-maxage=100", 600),
        ("no-store", 600),
        ("", 600),
    ],
)
def test_max_age_is_honoured_between_a_minute_and_the_lifetime(header, seconds):
    setting = Setting(Answer(make_set(EC), header))
    setting.verifier.ready()
    setting.now += seconds - 1
    setting.reason(EC_TOKEN)
    setting.settle()
    assert len(setting.calls) == 1
    setting.now += 1
    setting.reason(EC_TOKEN)
    setting.settle()
    assert len(setting.calls) == 2


def test_stale_keys_serve_until_the_grace_is_over():
    setting = Setting([make_set(EC), NO])
    setting.verifier.ready()
    setting.now += 86_399
    assert setting.reason(EC_TOKEN) == "ok"
    setting.settle()
    assert setting.status["failures"] == 1
    setting.now += 1
    decision = setting.verifier.verify_token(EC_TOKEN, NOW)
    assert (decision.reason, decision.status) == ("key_not_found", 401)
    assert (setting.status["origin"], setting.status["serves"]) == ("none", False)
    assert [event["type"] for event in setting.events].count("expired") == 1


def test_the_grace_ends_even_when_nothing_is_fetched_any_more():
    setting = Setting(make_set(EC))
    setting.verifier.ready()
    setting.verifier.close()
    setting.now += 86_399
    assert setting.reason(EC_TOKEN) == "ok"
    setting.now += 1
    assert setting.reason(EC_TOKEN) == "key_not_found"


def test_keys_come_back_after_the_grace():
    setting = Setting([make_set(EC), NO, make_set(EC)])
    setting.verifier.ready()
    setting.now += 86_400
    assert setting.fresh_reason(EC_TOKEN) == "key_not_found"
    setting.settle()
    setting.now += 30
    assert setting.fresh_reason(EC_TOKEN) == "ok"


def test_unknown_kids_one_fetch_in_a_cooldown_whatever_arrives():
    setting = Setting(make_set(EC))
    setting.verifier.ready()
    unknown = [make_token(EC, kid=f"kid-{number}") for number in range(100)]
    assert {setting.fresh_reason(token) for token in unknown} == {"key_not_found"}
    assert len(setting.calls) == 1, "the cooldown runs from the first load"
    for count in range(2, 5):
        setting.now += 30
        assert {setting.reason(token) for token in unknown} == {"key_not_found"}
        setting.settle()
        assert {setting.fresh_reason(token) for token in unknown} == {"key_not_found"}
        assert len(setting.calls) == count
    assert {url for url, _, _ in setting.calls} == {URL}
    causes = [event.get("cause") for event in setting.events]
    assert causes.count("unknown_key") == 3


def test_a_new_key_is_found_by_the_waiting_form_at_once():
    setting = Setting([make_set(EC), make_set(EC, NEXT)])
    setting.verifier.ready()
    setting.now += 30
    assert setting.fresh_reason(NEXT_TOKEN) == "ok"
    assert setting.reason(EC_TOKEN) == "ok"


def test_other_denials_start_nothing():
    setting = Setting(make_set(EC))
    setting.verifier.ready()
    setting.now += 300
    for token in (None, "x", make_token(EC, exp=1), make_token(EC, sign=RSA.sign)):
        assert setting.fresh_reason(token) not in ("ok", "key_not_found")
    assert len(setting.calls) == 1


def test_failures_back_off_up_to_the_lifetime():
    setting = Setting([make_set(EC), NO])
    setting.verifier.ready()
    setting.now += 600
    for wait in (30, 60, 120, 240, 480, 600, 600):
        before = len(setting.calls)
        assert setting.reason(EC_TOKEN) == "ok"
        setting.settle()
        assert len(setting.calls) == before + 1
        setting.now += wait - 1
        setting.reason(EC_TOKEN)
        setting.reason(NEXT_TOKEN)
        setting.settle()
        assert len(setting.calls) == before + 1, f"again before {wait} s"
        setting.now += 1
    assert setting.status["failures"] == 7


def test_without_keys_each_cooldown_allows_an_attempt():
    setting = Setting(NO)
    for attempt in range(1, 6):
        assert setting.verifier.ready() is False
        assert setting.verifier.ready() is False
        assert len(setting.calls) == attempt
        setting.now += 30


def as_set(*jwks):
    return json.dumps({"keys": jwks}).encode()


REFUSED = {
    "not_json": [
        b"",
        b"{",
        b"no",
        b"<html>keys</html>",
        b'{"keys":[]}x',
        b'\xef\xbb\xbf{"keys":[]}',
        b'{"keys":[],}',
        b'{"\xff":[]}',
        b"[" * 100_000,
    ],
    "not_key_set": [
        b"[]",
        b"null",
        b"7",
        b'"keys"',
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"jwks":[]}',
        json.dumps([EC.jwk]).encode(),
    ],
    "refused": [
        b'{"keys":[]}',
        b'{"keys":[null]}',
        b'{"keys":["key"]}',
        b'{"keys":[NaN]}',
        b'{"keys":[{"kty":"unknown"}]}',
        as_set(NEXT.jwk, NEXT.jwk),
        as_set(jwk_changed(NEXT, x=NEXT.jwk["y"])),
        as_set(jwk_changed(NEXT, d="c2VjcmV0")),
        as_set(jwk_changed(NEXT, use="enc")),
        as_set({"kty": "RSA", "n": "c2VjcmV0", "e": "AQAB"}),
        as_set({"kty": "oct", "k": "c2VjcmV0"}),
        # A parser keeps one of the two; the core sees both.
        f'{{"keys":[{json.dumps(EC.jwk)}],"keys":[{json.dumps(NEXT.jwk)}]}}'.encode(),
        f'{{"keys":[{{"kid":"a",{json.dumps(NEXT.jwk)[1:]}]}}'.encode(),
    ],
}


@pytest.mark.parametrize(
    ("code", "body"), [(code, body) for code, bodies in REFUSED.items() for body in bodies]
)
def test_a_set_that_is_refused_leaves_the_old_one_in_place(code, body):
    setting = Setting([make_set(EC), body])
    setting.verifier.ready()
    assert setting.verifier.refresh() is False
    assert len(setting.calls) == 2
    assert setting.reason(EC_TOKEN) == "ok"
    told, message, at = setting.error
    assert (told, at) == (code, NOW), message
    status = setting.status
    kept = [status[name] for name in ("failures", "keys", "loaded_at", "origin")]
    assert kept == [1, 1, NOW, "fetched"]
    assert setting.events[-1] == {
        "type": "failed",
        "issuer": ISSUER,
        "code": code,
        "message": message,
        "failures": 1,
    }
    # Nothing of the body is told.
    for secret in ("c2VjcmV0", NEXT.jwk["x"], "<html>"):
        assert secret not in message


def test_a_set_that_the_core_refuses_is_told_with_its_place():
    setting = Setting(make_set(NEXT, NEXT))
    setting.verifier.ready()
    assert setting.error[1].startswith("refused: policy: $.keys.keys[1].kid: expected ")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("network", OSError("c2VjcmV0")),
        ("network", ValueError("c2VjcmV0")),
        ("status", FetchError("status", "expected 200, not 500")),
        ("too_large", b" " * 262_145),
        ("network", None),
        ("network", 7),
    ],
)
def test_a_fetch_of_your_own_that_fails(code, answer):
    setting = Setting(answer)
    assert setting.verifier.ready() is False
    assert setting.error[0] == code
    assert "c2VjcmV0" not in setting.error[1]


def test_waiting_ends_at_the_timeout_whatever_the_fetch_does():
    gate = threading.Event()
    setting = Setting(lambda url: gate.wait(5) and make_set(EC), timeout=0.1)
    start = time.monotonic()
    assert setting.fresh_reason(EC_TOKEN) == "key_not_found"
    assert setting.verifier.ready() is False
    assert time.monotonic() - start < 2
    gate.set()
    setting.settle()
    assert setting.reason(EC_TOKEN) == "ok"


@pytest.mark.parametrize("late", [make_set(NEXT), b"no"])
def test_a_fetch_that_a_freeze_has_cut_is_given_up(late):
    gate = threading.Event()
    setting = Setting([make_set(EC), lambda url: gate.wait(5) and late, make_set(EC, RSA)])
    setting.verifier.ready()
    setting.now += 600
    setting.reason(EC_TOKEN)
    assert setting.status["refreshing"] is True
    [cut] = setting.verifier._flights()
    setting.now += 3600
    setting.reason(EC_TOKEN)
    setting.settle()
    assert len(setting.calls) == 3
    assert cut.done.is_set()
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "portcullis-jwks":
            thread.join(5)
    assert setting.status["keys"] == 2, "what comes late is not taken"
    assert setting.status["failures"] == 0
    assert setting.reason(NEXT_TOKEN) == "key_not_found"


def test_the_waiting_form_waits_for_keys_that_are_older_than_two_lifetimes():
    setting = Setting([make_set(EC), lambda url: time.sleep(0.1) or make_set(NEXT)])
    setting.verifier.ready()
    setting.now += 1200
    assert setting.fresh_reason(EC_TOKEN) == "key_not_found"


def test_one_fetch_at_a_time():
    gate, asked = threading.Event(), threading.Event()
    setting = Setting(lambda url: asked.set() or (gate.wait(5) and make_set(EC)))
    found = []
    asks = [setting.verifier.refresh, setting.verifier.refresh, setting.verifier.ready]
    threads = [threading.Thread(target=lambda ask=ask: found.append(ask())) for ask in asks]
    for thread in threads:
        thread.start()
    for _ in range(50):
        setting.reason(EC_TOKEN)
    assert asked.wait(5)
    assert len(setting.calls) == 1
    gate.set()
    for thread in threads:
        thread.join(5)
    # A refresh that began after the load fetches again: it knows no cooldown.
    assert found == [True, True, True]
    before = len(setting.calls)
    assert setting.verifier.refresh() is True
    assert len(setting.calls) == before + 1


def test_the_same_set_again_makes_no_new_verifier():
    setting = Setting(make_set(EC))
    setting.verifier.ready()
    before = setting.verifier._verifier
    setting.now += 100
    assert setting.verifier.refresh() is True
    assert setting.verifier._verifier is before
    assert setting.status["loaded_at"] == NOW + 100
    loaded = [event["changed"] for event in setting.events if event["type"] == "loaded"]
    assert loaded == [True, False]


def test_an_engine_that_fails_leaves_the_old_keys_in_place(monkeypatch):
    setting = Setting([make_set(EC), make_set(NEXT)])
    setting.verifier.ready()

    def fail(policy):
        raise MemoryError("c2VjcmV0")

    monkeypatch.setattr("portcullis.jwks.Verifier", fail)
    assert setting.verifier.refresh() is False
    assert setting.error[1] == "refused: the verifier cannot be made"
    assert setting.reason(EC_TOKEN) == "ok"


def test_no_thread_to_be_had_is_a_failure_of_the_refresh_alone(monkeypatch):
    setting = Setting(make_set(EC), keys=[EC.jwk])

    def fail(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        assert setting.fresh_reason(EC_TOKEN) == "ok"
        assert setting.verifier.refresh() is False
    assert setting.error[0] == "network"
    assert setting.verifier.refresh() is True


def test_a_clock_that_goes_back_makes_nothing_last_longer():
    setting = Setting([make_set(EC), NO])
    setting.verifier.ready()
    setting.now -= 1_000_000
    assert setting.reason(EC_TOKEN) == "ok"
    setting.now += 600
    assert setting.reason(EC_TOKEN) == "ok"
    setting.settle()
    assert len(setting.calls) == 2
    setting.now += 86_400
    assert setting.reason(EC_TOKEN) == "key_not_found"


def test_events_tell_what_happens_and_hold_no_key_token_or_url():
    setting = Setting([make_set(EC), make_set(EC, NEXT), NO])
    setting.verifier.ready()
    setting.now += 30
    setting.fresh_reason(NEXT_TOKEN)
    setting.verifier.refresh()
    failed = {"code": "network", "message": "network: cannot fetch (OSError)", "failures": 1}
    expected = [
        {"type": "refresh", "cause": "age"},
        {"type": "loaded", "keys": 1, "changed": True},
        {"type": "refresh", "cause": "unknown_key"},
        {"type": "loaded", "keys": 2, "changed": True},
        {"type": "refresh", "cause": "call"},
        {"type": "failed", **failed},
    ]
    assert setting.events == [{**event, "issuer": ISSUER} for event in expected]
    text = json.dumps([setting.events, setting.verifier.status()])
    for hidden in (URL, EC.jwk["x"], NEXT.jwk["x"], EC_TOKEN):
        assert hidden not in text


def test_a_listener_can_do_no_harm():
    holder = []

    def fail(event):
        raise ValueError("no")

    def ask(event):
        holder[-1].reason(EC_TOKEN)
        holder[-1].verifier.status()

    for listener in (fail, ask):
        holder.append(Setting(make_set(EC), on_event=listener))
        assert holder[-1].verifier.ready() is True
        holder[-1].now += 86_400
        holder[-1].reason(EC_TOKEN)
        holder[-1].settle()
        assert holder[-1].reason(EC_TOKEN) == "ok"


def test_close_drops_what_is_under_way_and_starts_nothing_more():
    gate = threading.Event()
    setting = Setting([make_set(EC), lambda url: gate.wait(5) and make_set(NEXT)])
    with setting.verifier as verifier:
        verifier.ready()
        setting.now += 600
        setting.reason(EC_TOKEN)
        assert setting.status["refreshing"] is True
    assert setting.error[0] == "closed"
    gate.set()
    setting.now += 5000
    assert setting.fresh_reason(NEXT_TOKEN) == "key_not_found"
    assert setting.fresh_reason(EC_TOKEN) == "ok"
    assert setting.verifier.refresh() is False
    assert len(setting.calls) == 2


def test_many_threads_while_keys_change():
    sets = [make_set(EC, RSA), make_set(EC, OCT), make_set(EC)]
    setting = Setting(lambda url: sets[len(setting.calls) % 3])
    setting.verifier.ready()
    wrong = []
    stop = threading.Event()

    def judge():
        while not stop.is_set():
            if setting.reason(EC_TOKEN) != "ok" or setting.reason(make_token(NEXT)) == "ok":
                wrong.append(1)

    threads = [threading.Thread(target=judge) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for _ in range(50):
            setting.now += 600
            setting.verifier.refresh()
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)
        sys.setswitchinterval(interval)
    assert wrong == []
    assert len(setting.calls) >= 51


def test_a_process_ends_while_a_fetch_hangs():
    code = f"""
import threading
from portcullis.jwks import RefreshingVerifier
verifier = RefreshingVerifier(
    {{"algorithms": ["ES256"], "issuer": "i", "audience": "a"}}, {{"i": {URL!r}}},
    fetch=lambda url, **limits: threading.Event().wait(),
)
print(verifier.verify_token({EC_TOKEN!r}).reason)
"""
    root = Path(portcullis.__file__).resolve().parents[1]
    search = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(root))}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        env=search,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "key_not_found\n", "")


def test_the_policy_is_read_once_in_every_form():
    policy = {"algorithms": ["ES256"], "issuer": ISSUER, "audience": AUDIENCE}
    text = json.dumps(policy)
    settings = [Setting(make_set(EC), policy=form) for form in (policy, text, text.encode())]
    policy["audience"] = "https://other.example"
    for setting in settings:
        setting.verifier.ready()
        assert setting.reason(EC_TOKEN) == "ok"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("$.audience", {"audience": 7}),
        ("$.algorithms[0]", {"algorithms": ["none"]}),
        ("$.leeway", {"leeway": 5}),
        ("$.keys", {"keys": []}),
        ("$.keys[0].kty", {"keys": [{"kty": "none"}]}),
        ("$.clock_tolerance", {"clock_tolerance": -1}),
    ],
)
def test_a_mistake_of_the_policy_shows_at_once(path, changes):
    good = {"algorithms": ["ES256"], "issuer": ISSUER, "audience": None}
    with pytest.raises(portcullis.PolicyError) as caught:
        Setting(policy={**good, **changes})
    assert caught.value.path == path


@pytest.mark.parametrize("text", ["{", "[]", "", '{"issuer":"a","issuer":"b"}', b"\xff"])
def test_text_that_is_no_policy(text):
    with pytest.raises(portcullis.PolicyError):
        Setting(policy=text)


@pytest.mark.parametrize(
    "algorithm",
    [*(f"{family}{size}" for family in ("HS", "RS", "PS", "ES") for size in (256, 384, 512))]
    + ["EdDSA", "Ed25519"],
)
def test_every_algorithm_can_wait_for_its_keys(algorithm):
    Setting(policy={"algorithms": [algorithm], "issuer": ISSUER, "audience": None})


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("jwks: ", {"jwks": None}),
        ("jwks: ", {"jwks": {}}),
        ("jwks: ", {"jwks": [URL]}),
        (
            'jwks["https://other.example/"]: expected an issuer of the policy',
            {"jwks": {"https://other.example/": URL}},
        ),
        ("expected an absolute URL", {"jwks": {ISSUER: "/keys"}}),
        ("expected an absolute URL", {"jwks": {ISSUER: 7}}),
        ("expected an absolute URL", {"jwks": {ISSUER: "https://issuer.example/a b"}}),
        ("expected an absolute URL", {"jwks": {ISSUER: "https://issuer.example:99999/"}}),
        ("expected an absolute URL", {"jwks": {ISSUER: "https://issuer.example/\r\nX: y"}}),
        ("expected https", {"jwks": {ISSUER: "http://issuer.example/keys"}}),
        ("expected https", {"jwks": {ISSUER: "http://localhost/keys"}}),
        ("expected https", {"jwks": {ISSUER: "http://issuer.example/"}, "allow_http": True}),
        ("expected https", {"jwks": {ISSUER: "http://127.0.0.1.example/"}, "allow_http": True}),
        ("expected https", {"jwks": {ISSUER: "ftp://localhost/"}, "allow_http": True}),
        ("expected a URL without user", {"jwks": {ISSUER: "https://u:p@issuer.example/"}}),
        ("expected a URL without user", {"jwks": {ISSUER: f"{URL}#a"}}),
        ("allow_http: ", {"allow_http": "yes"}),
        ("fetch: ", {"fetch": 7}),
        ("clock: ", {"clock": None}),
        ("on_event: ", {"on_event": 7}),
        ("timeout: ", {"timeout": "3"}),
        ("timeout: ", {"timeout": True}),
        ("timeout: expected seconds from 0.05 to 60, not 3000", {"timeout": 3000}),
        ("timeout: ", {"timeout": 0}),
        ("timeout: ", {"timeout": float("nan")}),
        ("max_bytes: ", {"max_bytes": 1024.5}),
        ("max_bytes: ", {"max_bytes": 1 << 20}),
        ("lifetime: ", {"lifetime": 59}),
        ("grace: expected no less than lifetime", {"grace": 599}),
        ("cooldown: ", {"cooldown": 0}),
    ],
)
def test_options_that_cannot_be_used_are_told_by_name(message, options):
    with pytest.raises((TypeError, ValueError)) as caught:
        Setting(**options)
    assert message in str(caught.value)
    name = next(iter(options))
    assert str(caught.value).startswith(name)


def test_http_of_this_machine_is_taken_when_it_is_asked_for():
    for host in ("localhost", "127.0.0.1:8080", "[::1]"):
        Setting(jwks={ISSUER: f"http://{host}/"}, allow_http=True)


def test_options_are_named():
    with pytest.raises(TypeError):
        RefreshingVerifier({}, {}, 3.0)
