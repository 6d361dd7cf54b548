"""Events and tokens that no honest caller sends: always a decision, never an exception."""

import collections
import types

import portcullis
import pytest
import tokens

GOOD = f"Bearer {tokens.sign(exp=tokens.FAR_FUTURE)}"
RESPONSE_KEYS = {"status", "statusDescription", "headers", "body"}


@pytest.fixture(scope="module")
def verifier():
    return portcullis.Verifier(tokens.POLICY)


@pytest.fixture(scope="module")
def handler():
    return portcullis.create_handler(tokens.POLICY)


@pytest.fixture
def judge(verifier, handler):
    """The reason for an event, after the handler was seen to agree with it."""

    def judge(event):
        decision = verifier.verify(event)
        answer = handler(event, None)
        if decision.allowed:
            assert answer is tokens.request_of(event)
        else:
            assert answer == decision.response
            check_response(answer)
        return decision.reason

    return judge


def check_response(response):
    assert set(response) == RESPONSE_KEYS
    assert response["status"] in ("401", "403", "500")
    texts = [response["status"], response["statusDescription"], response["body"]]
    for name, entries in response["headers"].items():
        assert type(entries) is list
        assert len(entries) == 1
        assert set(entries[0]) == {"key", "value"}
        assert name == entries[0]["key"].lower()
        texts += [name, entries[0]["key"], entries[0]["value"]]
    assert all(type(text) is str and text and text.isprintable() for text in texts)


class Raising:
    """Raises from everything that can be overridden."""

    def _raise(self, *_):
        raise RuntimeError("hostile")

    __getattr__ = __getitem__ = __eq__ = __len__ = __iter__ = __bool__ = __str__ = _raise
    __repr__ = __index__ = __int__ = __contains__ = __bytes__ = __fspath__ = __buffer__ = _raise
    __hash__ = object.__hash__


WRONG = {
    "none": None,
    "true": True,
    "int": 7,
    "huge int": 1 << 100_000,
    "float": float("nan"),
    "str": "text",
    "bytes": b"text",
    "tuple": ({},),
    "set": {1},
    "list": [],
    "list of none": [None],
    "dict": {},
    "class": dict,
    "function": len,
    "raising": Raising(),
    "raising class": Raising,
    "mapping, not a dict": collections.UserDict(tokens.bearer_event()),
    "mapping proxy": types.MappingProxyType(tokens.bearer_event()),
    "memoryview": memoryview(b"Bearer"),
}


def set_level(level, value):
    """A good event with one level replaced."""
    event = tokens.event_of(GOOD)
    record = event["Records"][0]
    request = record["cf"]["request"]
    headers = request["headers"]
    match level:
        case "event":
            return value
        case "records":
            event["Records"] = value
        case "record":
            event["Records"][0] = value
        case "cf":
            record["cf"] = value
        case "request":
            record["cf"]["request"] = value
        case "headers":
            request["headers"] = value
        case "authorization":
            headers["authorization"] = value
        case "entry":
            headers["authorization"][0] = value
        case "value":
            headers["authorization"][0]["value"] = value
    return event


def expected_reason(level, name):
    if level in ("event", "records", "record", "cf"):
        return "request_malformed"
    if level == "request":
        return "credential_missing" if name == "dict" else "request_malformed"
    if level == "headers":
        return "credential_missing" if name in ("none", "dict") else "credential_malformed"
    if level == "authorization":
        return "credential_missing" if name in ("none", "list") else "credential_malformed"
    if level == "value" and name == "str":
        return "credential_missing"  # another scheme
    return "credential_malformed"


LEVELS = [
    "event",
    "records",
    "record",
    "cf",
    "request",
    "headers",
    "authorization",
    "entry",
    "value",
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", WRONG)
def test_wrong_type_at_every_level(judge, level, name):
    assert judge(set_level(level, WRONG[name])) == expected_reason(level, name)


@pytest.mark.parametrize("path", ["Records", "cf", "request", "headers", "authorization", "value"])
def test_member_left_out(judge, path):
    def prune(node):
        if isinstance(node, dict):
            return {key: prune(value) for key, value in node.items() if key != path}
        return [prune(item) for item in node] if isinstance(node, list) else node

    reasons = {
        "headers": "credential_missing",
        "authorization": "credential_missing",
        "value": "credential_malformed",
    }
    assert judge(prune(tokens.event_of(GOOD))) == reasons.get(path, "request_malformed")


def test_several_authorization_values(judge):
    entry = {"key": "Authorization", "value": GOOD}
    assert (
        judge(tokens.event_of_headers({"authorization": [entry, entry]})) == "credential_malformed"
    )
    assert (
        judge(tokens.event_of_headers({"authorization": [entry, None]})) == "credential_malformed"
    )
    assert (
        judge(tokens.event_of_headers({"authorization": [entry] * 100_000}))
        == "credential_malformed"
    )


def test_other_records_are_not_read(judge):
    event = tokens.event_of(GOOD)
    event["Records"].append(Raising())
    assert judge(event) == "ok"


class Trap(dict):
    """A dict whose every hook raises; what it holds is read past them."""

    def _raise(self, *_):
        raise RuntimeError("hostile")

    __getitem__ = __missing__ = __contains__ = __iter__ = __len__ = __eq__ = __getattribute__ = (
        _raise
    )
    __hash__ = None


class ListTrap(list):
    def _raise(self, *_):
        raise RuntimeError("hostile")

    __getitem__ = __iter__ = __len__ = __eq__ = __getattribute__ = _raise


class Text(str):
    def _raise(self, *_):
        raise RuntimeError("hostile")

    __str__ = __eq__ = __len__ = __getitem__ = encode = _raise
    __hash__ = str.__hash__


def test_subclasses_are_read_past_their_hooks(handler):
    request = Trap(headers=Trap(authorization=ListTrap([Trap(value=Text(GOOD))])))
    event = Trap(Records=ListTrap([Trap(cf=Trap(request=request))]))
    assert handler(event, None) is request


class HostileKey:
    """Collides with a member name and runs code when the two are compared."""

    def __init__(self, name, action):
        self.hash = hash(name)
        self.action = action

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        return self.action()


@pytest.mark.parametrize(
    "exception", [RuntimeError, KeyError, MemoryError, KeyboardInterrupt, SystemExit]
)
@pytest.mark.parametrize("level", ["Records", "cf", "request", "headers", "authorization", "value"])
def test_key_that_raises_when_compared(judge, level, exception):
    def fail():
        raise exception

    event = tokens.event_of(GOOD)
    record = event["Records"][0]
    request = record["cf"]["request"]
    owner = {
        "Records": event,
        "cf": record,
        "request": record["cf"],
        "headers": request,
        "authorization": request["headers"],
        "value": request["headers"]["authorization"][0],
    }[level]
    good = dict(owner)
    owner.clear()
    owner[HostileKey(level, fail)] = 1
    reasons = {
        "headers": "credential_missing",
        "authorization": "credential_missing",
        "value": "credential_malformed",
    }
    assert judge(event) == reasons.get(level, "request_malformed")
    assert good  # the honest members were there, and one bad key hid them


@pytest.mark.parametrize("usual", [False, True], ids=["looked up", "in its usual place"])
def test_event_taken_apart_while_it_is_read(handler, usual):
    """A key's __eq__ drops the last reference to all that was walked through so far. It is not asked
    where the value stands where CloudFront writes it."""
    event = {}
    dismantled = 0

    def dismantle():
        nonlocal dismantled
        dismantled += 1
        event.clear()
        return False

    # Built so that nothing but the event holds any part of it.
    def fill():
        entry = {
            HostileKey("value", dismantle): 1,
            **({} if usual else {"key": "Authorization"}),
            "value": "Bearer " + tokens.sign(exp=tokens.FAR_FUTURE),
        }
        event.clear()
        event.update(tokens.event_of_headers({"authorization": [entry]}))

    for _ in range(200):
        fill()
        dismantled = 0
        request = handler(event, None)
        # By its hash's lower bits a look-up may come to the same entry more than once.
        assert (dismantled > 0) is not usual
        assert (event == {}) is not usual
        assert set(request) == {"clientIp", "headers", "method", "uri"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (GOOD + "\ud800", "token_malformed"),
        (GOOD[:-1] + "\udfff", "token_malformed"),
        ("Bearer \ud800", "token_malformed"),
        ("Bearer \ud83d\ude00", "token_malformed"),
        ("Bear\udc80er x.y.z", "credential_missing"),
        ("\ud800", "credential_missing"),
        (GOOD + "\x00", "token_malformed"),
        (GOOD.replace("e", "\u0165"), "credential_missing"),
        ("Bearer " + GOOD[7:].replace("e", "\u0165"), "token_malformed"),  # low byte is 'e'
        ("Bearer " + GOOD[7:].replace("e", "\U00010065"), "token_malformed"),
        ("Bearer " + "\u00e9" * 10, "token_malformed"),
        ("Bearer " + "é" * 8193, "token_too_large"),  # two bytes each
        ("Bearer " + "\ud800" * 5462, "token_too_large"),  # three, as U+FFFD has
        ("Bearer " + "a" * 16384, "token_malformed"),
        ("Bearer " + "a" * 16385, "token_too_large"),
        ("Bearer " + "a" * 50_000_000, "token_too_large"),
        ("Bearer" + " " * 50_000_000, "token_too_large"),
        ("Basic " + "a" * 10_000, "credential_missing"),
        ("", "credential_malformed"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_text(judge, value, reason):
    assert judge(tokens.event_of(value)) == reason


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (None, "credential_missing"),
        (1, "credential_malformed"),
        (True, "credential_malformed"),
        ([GOOD], "credential_malformed"),
        ({}, "credential_malformed"),
        (bytearray(GOOD.encode()), "credential_malformed"),
        (memoryview(GOOD.encode()), "credential_malformed"),
        (Raising(), "credential_malformed"),
        ("", "token_malformed"),
        (b"", "token_malformed"),
        (b"\xff\xfe\x00", "token_malformed"),
        (GOOD[7:] + "\ud800", "token_malformed"),
        (GOOD[7:].encode() + b"\n", "token_malformed"),
        (GOOD[7:].encode("utf-16"), "token_malformed"),
        ("a" * 16385, "token_too_large"),
        (b"a" * 16385, "token_too_large"),
        ("\ud800" * 5462, "token_too_large"),
        (b"a" * 50_000_000, "token_too_large"),
        (Text(GOOD[7:]), "ok"),
        (GOOD[7:].encode(), "ok"),
    ],
    ids=lambda value: value if type(value) is str and value.isidentifier() else "",
)
def test_token(verifier, token, reason):
    decision = verifier.verify_token(token)
    assert decision.reason == reason
    assert (decision.claims is None) == (reason != "ok")
    assert (decision.response is None) == (reason == "ok")


def test_context_is_not_read(handler):
    event = tokens.event_of(GOOD)
    for context in WRONG.values():
        assert handler(event, context) is tokens.request_of(event)
