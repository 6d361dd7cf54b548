"""The handler looks where CloudFront writes an event's members before it looks them up by name, as verify
does: wherever they are, both answer the same."""

import itertools

import portcullis
import pytest
import tokens

GOOD = tokens.bearer_event(exp=tokens.FAR_FUTURE)
VALUE = tokens.request_of(GOOD)["headers"]["authorization"][0]["value"]
FORGED = tokens.bearer_event(secret=b"x" * 32, exp=tokens.FAR_FUTURE)
FORGED_VALUE = tokens.request_of(FORGED)["headers"]["authorization"][0]["value"]
OTHER = [{"key": "Accept", "value": "*/*"}]


@pytest.fixture(scope="module")
def verifier():
    return portcullis.Verifier(tokens.POLICY)


@pytest.fixture(scope="module")
def handler():
    return portcullis.create_handler(tokens.POLICY)


@pytest.fixture
def judge(verifier, handler):
    def judge(event):
        decision = verifier.verify(event)
        answer = handler(event, None)
        if decision.allowed:
            assert answer is tokens.request_of(event)
        else:
            assert answer == decision.response
        return decision.reason

    return judge


def orders(members):
    return [dict(order) for order in itertools.permutations(members.items())]


def wrap(request):
    return {"Records": [{"cf": {"config": {}, "request": request}}]}


@pytest.mark.parametrize(("value", "reason"), [(VALUE, "ok"), (FORGED_VALUE, "signature_invalid")])
def test_every_order_of_every_dict(judge, value, reason):
    entry = {"key": "Authorization", "value": value}
    for entry_order in orders(entry):
        headers = {"authorization": [entry_order]}
        assert judge(tokens.event_of_headers(headers)) == reason
    request = {"clientIp": "192.0.2.1", "headers": {"authorization": [entry]}, "method": "GET"}
    for request_order in orders(request):
        for cf in orders({"config": {}, "request": request_order, "response": {}}):
            for record in orders({"cf": cf, "eventSource": "x"}):
                for event in orders({"Records": [record], "version": "1"}):
                    assert judge(event) == reason


def test_every_place_among_the_headers(judge):
    names = [f"x-{number}" for number in range(40)]
    for place in [*range(40), *reversed(range(40)), 0, 39, 0, 39]:
        headers = {name: OTHER for name in names[:place]}
        headers["authorization"] = [{"key": "Authorization", "value": VALUE}]
        headers |= {name: OTHER for name in names[place:]}
        for _ in range(3):
            assert judge(tokens.event_of_headers(headers)) == "ok"
        del headers["authorization"]
        assert judge(tokens.event_of_headers(headers)) == "credential_missing"


def test_places_that_have_become_free(judge):
    """A dict keeps the places of members that were taken out."""
    for removed in range(5):
        headers = {f"x-{number}": OTHER for number in range(8)}
        headers["authorization"] = [{"key": "Authorization", "value": VALUE}]
        for number in range(removed):
            del headers[f"x-{number}"]
        for _ in range(20):
            assert judge(tokens.event_of_headers(headers)) == "ok"
    event = tokens.event_of_headers({"authorization": [{"key": "Authorization", "value": VALUE}]})
    tokens.request_of(event)["headers"] = tokens.request_of(event).pop("headers")
    assert judge(event) == "ok"


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: {"value": entry["value"]},
        lambda entry: {"key": "Authorization", "valu": entry["value"]},
        lambda entry: {"key": "Authorization", "valuE": entry["value"]},
        lambda entry: {"key": "Authorization", "value\0": entry["value"]},
        lambda entry: {"key": "Authorization", "v\u00e4lue": entry["value"]},
        lambda entry: {"key": "Authorization", b"value": entry["value"]},
        lambda entry: {"key": "Authorization", 7: 7, "value": entry["value"]},
    ],
)
def test_names_that_are_nearly_right(judge, change):
    entry = change({"value": VALUE})
    reason = "ok" if "value" in entry else "credential_malformed"
    assert judge(tokens.event_of_headers({"authorization": [entry]})) == reason


def test_a_name_that_is_nearly_authorization(judge):
    entries = [{"key": "Authorization", "value": VALUE}]
    for name in ("Authorization", "authorizatiom", "authorizatio", "authorization ", b"authorization"):
        assert judge(tokens.event_of_headers({name: entries})) == "credential_missing"


def test_values_of_other_kinds_in_the_usual_places(judge):
    class Text(str):
        pass

    class Members(dict):
        pass

    assert judge(tokens.event_of(Text(VALUE))) == "ok"
    assert judge(tokens.event_of(VALUE + "\u00e9")) == "token_malformed"
    assert judge(tokens.event_of(VALUE + "\ud800")) == "token_malformed"
    assert judge(tokens.event_of(VALUE.encode())) == "credential_malformed"
    good = {"key": "Authorization", "value": VALUE}
    assert judge(tokens.event_of_headers({"authorization": [Members(good)]})) == "ok"
    assert judge(tokens.event_of_headers(Members({"authorization": [good]}))) == "ok"
    assert judge(tokens.event_of_headers({"authorization": (good,)})) == "credential_malformed"
    assert judge(tokens.event_of_headers({"authorization": [good, good]})) == "credential_malformed"
    assert judge(tokens.event_of_headers({"authorization": []})) == "credential_missing"
    assert judge(wrap({"clientIp": "", "headers": None})) == "credential_missing"
    assert judge(wrap({"clientIp": "", "headers": 7})) == "credential_malformed"
    records = [*GOOD["Records"], {}]
    assert judge({"Records": records}) == "ok"


def test_an_event_that_changes_while_it_is_read(handler):
    """A key that compares takes away what is being looked into: some answer, and no crash."""
    event = {}
    spoiled = 0

    class Spoiler(str):
        def __hash__(self):
            return hash("authorization")

        def __eq__(self, other):
            nonlocal spoiled
            if "Records" in event:
                tokens.request_of(event).clear()
                event.clear()
                spoiled += 1
            return False

    for _ in range(50):
        headers = {f"x-{number}": OTHER for number in range(20)}  # so that it is looked up
        headers |= {Spoiler("x"): OTHER, "authorization": [{"key": "k", "value": VALUE}]}
        event = tokens.event_of_headers(headers)
        del headers
        answer = handler(event, None)
        assert answer == {} or answer["status"] in ("401", "500")
    assert spoiled == 50
