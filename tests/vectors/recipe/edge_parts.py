"""The parts that cases of the edge layer are made of: requests, themes."""

from .edge_model import Model
from .parts import ABSENT, EXPIRATION, NOW, claims, event_of, token

GOOD = token()
CLIENT = "203.0.113.178"

# Tokens that a rule of its own refuses.
EXPIRED = token(claims(exp=NOW - 1))
FORGED = GOOD[:-3] + ("AAA" if GOOD[-3:] != "AAA" else "BBB")


def grant(*scopes, **members):
    """A good token with these scopes."""
    return token(claims(scope=" ".join(scopes), **members))


def entries(key, values):
    """The entries of one header."""
    values = [values] if isinstance(values, str) else values
    return [{"key": key, "value": value} for value in values]


def header_key(name):
    return "-".join(part.capitalize() for part in name.split("-"))


def ask(uri="/data/1", *, bearer=None, method="GET", query="", client=CLIENT, **headers):
    """An event. Headers are named with `_` for `-`; a value, or a list of them, or (in `raw`) the
    members of `headers` as they stand."""
    raw = headers.pop("raw", {})
    made = {"host": entries("Host", "d111111abcdef8.cloudfront.net")}
    if bearer is not None:
        made["authorization"] = entries("Authorization", f"Bearer {bearer}")
    for name, values in headers.items():
        name = name.replace("_", "-")
        made[name] = entries(header_key(name), values)
    made.update(raw)
    request = {
        "clientIp": client,
        "headers": made,
        "method": method,
        "querystring": query,
        "uri": uri,
    }
    return event_of({name: value for name, value in request.items() if value is not ABSENT})


def changed(event, **members):
    """An event with members of its request replaced or (ABSENT) left out."""
    request = {**event["Records"][0]["cf"]["request"], **members}
    return event_of({name: value for name, value in request.items() if value is not ABSENT})


class EdgeTheme:
    """One file of edge cases. What is expected is written by hand as "<reason>", or as
    "challenge <reason>" for a redirect; everything else is the model's."""

    def __init__(self, name, title, spec, policies):
        self.name = name
        self.title = title
        self.spec = spec
        self.policies = policies
        self.cases = []

    def _add(self, slug, comment, policy, **members):
        self.cases.append(
            {"id": f"edge-{self.name}-{slug}", "comment": comment, "policy": policy, **members}
        )

    def _judge(self, model, event, now, wanted):
        made = model.judge(event, now)
        told = f"challenge {made['reason']}" if made["decision"] == "challenge" else made["reason"]
        assert told == wanted, f"{self.name}: {told}, not {wanted}: {event}"
        return made

    def case(self, slug, wanted, comment, event, *, policy, now=NOW):
        """One request; nothing before it matters."""
        document = self.policies[policy]
        assert "rate_limit" not in document, "a rate limit remembers: use steps"
        expect = self._judge(Model(document), event, now, wanted)
        later = [Model(document).judge(event, at) for at in (NOW, 1800000000, EXPIRATION - 1)]
        self._add(
            slug,
            comment,
            policy,
            now=now,
            any_now=all(one == expect for one in later),
            event=event,
            expect=expect,
        )

    def steps(self, slug, comment, steps, *, policy):
        """Requests that one verifier judges in order: (now, event, what is expected)."""
        model = Model(self.policies[policy])
        made = [
            {"now": now, "event": event, "expect": self._judge(model, event, now, wanted)}
            for now, event, wanted in steps
        ]
        self._add(slug, comment, policy, steps=made)
