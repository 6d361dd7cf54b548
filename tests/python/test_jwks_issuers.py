"""portcullis.jwks with a policy of several issuers: each has its URL, its keys and its troubles."""

import json
import threading

import portcullis
import pytest
from jwks_support import AUDIENCE, NOW, Key, Setting, make_set, make_token

A, B, C = NAMES = ["https://a.example/", "https://b.example/", "https://c.example/"]
KEYS = [Key("ES256", f"key-{number}") for number in range(3)]
NEXT = Key("ES256", "next")
NO = OSError("no")


def token(index, key=None, **claims):
    return make_token(key or KEYS[index], iss=NAMES[index], **claims)


def entry(issuer, **more):
    return {"algorithms": ["ES256"], "issuer": issuer, "audience": AUDIENCE, **more}


class Several(Setting):
    """`sets` has an answer for each issuer; the third has its keys in the policy and no URL."""

    def __init__(self, sets, *, issuers=None, urls=(A, B), **top):
        self.sets = sets
        self.asked = []
        issuers = issuers or [entry(A), entry(B), entry(C, keys=[KEYS[2].jwk])]
        super().__init__(
            self.answer,
            policy={"issuers": issuers, **top},
            jwks={name: f"{name}keys" for name in urls},
        )

    def answer(self, url):
        name = url.removesuffix("keys")
        self.asked.append(name)
        found = self.sets[name]
        if isinstance(found, Exception):
            raise found
        return found() if callable(found) else found

    def reasons(self):
        return [self.reason(token(index)) for index in range(3)]


def both():
    return {A: make_set(KEYS[0]), B: make_set(KEYS[1])}


def test_each_issuer_has_keys_of_its_own():
    setting = Several(both())
    assert setting.verifier.ready() is True
    assert sorted(setting.asked) == [A, B]
    assert setting.reasons() == ["ok", "ok", "ok"]
    told = [(status["issuer"], status["origin"]) for status in setting.verifier.status()]
    assert told == [(A, "fetched"), (B, "fetched")]
    # The key of one issuer says nothing about another.
    assert setting.reason(token(0, KEYS[1])) == "key_not_found"
    assert setting.reason(make_token(KEYS[0], iss="https://d.example/")) == "issuer_mismatch"


def test_an_issuer_that_cannot_be_loaded_does_not_take_the_others_along():
    setting = Several({**both(), A: NO})
    assert setting.verifier.ready() is False
    assert [reason == "ok" for reason in setting.reasons()] == [False, True, True]
    assert [status["serves"] for status in setting.verifier.status()] == [False, True]
    setting.sets[A] = make_set(KEYS[0])
    setting.now += 30
    assert setting.fresh_reason(token(0)) == "ok"
    assert setting.reasons() == ["ok", "ok", "ok"]


def test_with_one_issuer_left_a_token_of_another_is_denied_all_the_same():
    setting = Several({**both(), B: NO}, issuers=[entry(A), entry(B)])
    setting.verifier.ready()
    assert setting.reason(token(0)) == "ok"
    for key in (*KEYS, NEXT):
        assert setting.fresh_reason(token(1, key)) != "ok"


def test_the_waiting_form_waits_for_an_issuer_that_has_no_keys_yet():
    gate = threading.Event()
    setting = Several({**both(), A: lambda: gate.wait(5) and make_set(KEYS[0])})
    assert setting.reason(token(0)) != "ok"
    for flight in setting.verifier._flights(lambda source: source.issuer == B):
        assert flight.done.wait(5)
    assert setting.fresh_reason(token(1)) == "ok", "others do not wait"
    found = []
    waiting = threading.Thread(target=lambda: found.append(setting.fresh_reason(token(0))))
    waiting.start()
    gate.set()
    waiting.join(5)
    assert found == ["ok"]


def test_the_grace_ends_for_one_issuer_alone():
    setting = Several(both())
    setting.verifier.ready()
    setting.sets[A] = NO
    setting.now += 86_399
    setting.verifier.refresh()
    setting.now += 1
    assert setting.reason(token(0)) != "ok"
    assert setting.reasons()[1:] == ["ok", "ok"]


def test_an_unknown_kid_asks_each_issuer_at_most_once_in_a_cooldown():
    setting = Several(both())
    setting.verifier.ready()
    setting.now += 30
    for number in range(50):
        assert setting.fresh_reason(token(number % 3, NEXT)) == "key_not_found"
    setting.settle()
    assert sorted(setting.asked) == [A, A, B, B]


def test_a_set_that_one_issuer_may_not_have_leaves_all_as_it_was():
    setting = Several(both())
    setting.verifier.ready()
    setting.sets[B] = make_set(NEXT, NEXT)
    assert setting.verifier.refresh() is False
    first, second = setting.verifier.status()
    assert second["last_error"][1].startswith("refused: policy: $.keys.keys[1].kid: ")
    assert first["last_error"] is None
    assert setting.reasons() == ["ok", "ok", "ok"]


def test_sets_that_are_too_large_together_are_refused_one_by_one():
    sets = {
        name: json.dumps({**json.loads(make_set(key)), "filling": "x" * 250_000}).encode()
        for name, key in zip(NAMES, KEYS, strict=True)
    }
    setting = Several(sets, issuers=[entry(name) for name in NAMES], urls=NAMES)
    assert setting.verifier.ready() is False
    assert [status["serves"] for status in setting.verifier.status()].count(True) == 2
    assert setting.reasons().count("ok") == 2


def test_top_level_members_hold_for_all():
    setting = Several(both(), issuers=[entry(A), entry(B)], realm="all", clock_tolerance=10)
    setting.verifier.ready()
    assert setting.reason(token(0, exp=NOW - 9)) == "ok"
    response = setting.verifier.verify_token(token(1, exp=NOW - 10), NOW).response
    assert response["headers"]["www-authenticate"][0]["value"].startswith('Bearer realm="all"')


def test_tenants_the_issuer_is_mapped_as_it_is_written():
    issuer = "https://login.example/{tenantid}/v2.0"
    entries = [entry(issuer, tenants=["t1", "t2"]), entry(C, keys=[KEYS[2].jwk])]
    setting = Setting(
        make_set(KEYS[0]), policy={"issuers": entries}, jwks={issuer: "https://login.example/keys"}
    )
    assert setting.verifier.ready() is True

    def of(tenant, tid):
        claims = {"iss": f"https://login.example/{tenant}/v2.0", "tid": tid}
        return setting.reason(make_token(KEYS[0], **claims))

    assert [of("t1", "t1"), of("t2", "t2")] == ["ok", "ok"]
    assert [of("t3", "t3"), of("t1", "t2")] == ["issuer_mismatch", "issuer_mismatch"]


def test_an_entry_without_keys_leaves_its_tokens_to_no_later_entry():
    wide, strict = "https://login.example/{tenantid}", "https://login.example/t1"
    entries = [
        entry(strict, require={"scope": {"all_of": ["admin"]}}),
        entry(wide, tenants=["t1", "t2"], keys=[KEYS[1].jwk]),
        entry(C, keys=[KEYS[2].jwk]),
    ]
    setting = Setting(
        [NO, make_set(KEYS[1])],
        policy={"issuers": entries},
        jwks={strict: "https://login.example/keys"},
    )
    assert setting.verifier.ready() is False
    first = make_token(KEYS[1], iss=strict, tid="t1")
    assert setting.reason(first) not in ("ok", "scope_insufficient")
    assert setting.reason(token(2)) == "ok"
    setting.now += 30
    assert setting.verifier.ready() is True
    assert setting.reason(first) == "scope_insufficient"
    assert setting.reason(make_token(KEYS[1], iss="https://login.example/t2", tid="t2")) == "ok"


@pytest.mark.parametrize(
    ("path", "issuers"),
    [
        ("$.issuers[1].audience", [entry(A), {"algorithms": ["ES256"], "issuer": B}]),
        ("$.issuers[2].keys", [entry(A), entry(B), entry(C)]),
        ("$.issuers[2].issuer", [entry(A), entry(B), entry(A)]),
        ("$.issuers[2]", [entry(A), entry(B), None]),
    ],
)
def test_a_mistake_of_the_policy_shows_at_once_with_its_place(path, issuers):
    with pytest.raises(portcullis.PolicyError) as caught:
        Several({}, issuers=issuers)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("name", "value"), [("algorithms", ["ES256"]), ("keys", [KEYS[2].jwk]), ("issuer", C)]
)
def test_members_beside_issuers_are_told(name, value):
    with pytest.raises(portcullis.PolicyError) as caught:
        Several({}, **{name: value})
    assert caught.value.path == f"$.{name}"
