"""What the soaks and the load ask: the vectors, each with its answer, as one file for every door.

Two lists of cases, because what is dear must not be all that is asked: `often` (HMAC, small) and
`seldom` (public keys, worst cases, verifiers with a memory). A case is the number of its policy, and steps;
a step is what is asked and what must be answered. A case with `fresh` wants a verifier of its own.
`tick` moves the time of a case forward with each round.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

import vector_files as vectors  # noqa: E402
from recipe.edge_parts import ask  # noqa: E402
from recipe.parts import MAIN, NOW, OTHER, b64, claims, policy, token  # noqa: E402

# Larger cases are about limits: microseconds each.
_SMALL = 2500
_CLIENTS = 16
_CROWD = 150
_TOKENS = 150
_CACHE = 64  # fewer than there are tokens, so that one pushes out another


class Workload:
    def __init__(self) -> None:
        self.policies: list[str] = []
        self.often: list[dict[str, Any]] = []
        self.seldom: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def number_of(self, policy: Any) -> int:
        text = json.dumps(policy)
        if text not in self._numbers:
            self._numbers[text] = len(self.policies)
            self.policies.append(text)
        return self._numbers[text]

    def add(self, case: dict[str, Any], policy: Any, often: bool) -> None:
        (self.often if often else self.seldom).append({"policy": self.number_of(policy), **case})

    def write(self, path: Path) -> Path:
        document = {"policies": self.policies, "often": self.often, "seldom": self.seldom}
        path.write_text(json.dumps(document), encoding="ascii")
        return path

    def reasons(self) -> set[str]:
        cases = [*self.often, *self.seldom]
        return {step["reason"] for case in cases for step in case["steps"]}


def step(event: Any, now: int, expect: dict[str, Any]) -> dict[str, Any]:
    names = ("reason", "status", "route")
    return {
        "event": event,
        "now": now,
        "kind": expect["decision"],
        **{name: expect.get(name) for name in names},
    }


def allow(event: Any, now: int, route: int | None = None) -> dict[str, Any]:
    return step(event, now, {"decision": "allow", "reason": "ok", "route": route})


def deny(event: Any, now: int, reason: str, status: int, route: int | None = None) -> dict[str, Any]:
    told = {"decision": "deny", "reason": reason, "status": status, "route": route}
    return step(event, now, told)


def _is_cheap(policy: dict[str, Any], event: Any) -> bool:
    algorithms = policy.get("algorithms", ["several issuers"])
    texts = json.dumps(policy), json.dumps(event)
    return all(name.startswith("HS") for name in algorithms) and max(map(len, texts)) < _SMALL


def build() -> Workload:
    made = Workload()
    for case in vectors.decision_cases():
        judged = case["policy_json"]
        steps = [step(case["event"], case["now"], case["expect"])]
        made.add({"id": case["id"], "steps": steps}, judged, _is_cheap(judged, case["event"]))
    for case in vectors.edge_cases():
        judged = case["policy_json"]
        steps = [step(one["event"], one["now"], one["expect"]) for one in case["steps"]]
        fresh = "now" not in case
        cheap = not fresh and _is_cheap(judged, case["event"])
        made.add({"id": case["id"], "steps": steps, "fresh": fresh}, judged, cheap)
    _add_memories(made)
    _add_keys(made)
    return made


def _add_memories(made: Workload) -> None:
    """Verifiers that remember, for the whole time: more tokens than the cache has room for, clients that
    come again as soon as they may, and once before."""
    cached = policy(token_cache={"entries": _CACHE}, log={"decisions": "all", "claims": ["sub"]})
    for at in range(_TOKENS):
        good = token(claims(sub=f"user-{at}", exp=NOW + 100 + at))
        event = ask(bearer=good)
        steps = [
            allow(event, NOW),
            allow(event, NOW + 99 + at),
            deny(event, NOW + 100 + at, "expired", 401),
        ]
        made.add({"id": f"cached-{at}", "steps": steps}, cached, often=True)
    # Of 65,536 pairs that meet in a set of four one shares a bucket: so few clients in so many sets do
    # not in ten thousand soaks.
    limited = policy(rate_limit={"address": {"requests": 1, "seconds": 5}, "entries": 65536})
    for at in range(_CLIENTS):
        event = ask(bearer=token(), client=f"203.0.113.{at}")
        steps = [allow(event, NOW), deny(event, NOW, "rate_limited", 429)]
        made.add({"id": f"limited-{at}", "steps": steps, "tick": 10}, limited, often=True)
    # More clients than are remembered, with a limit that none reaches.
    crowded = policy(rate_limit={"address": {"requests": 1000, "seconds": 1}, "entries": 64})
    for at in range(_CROWD):
        event = ask(bearer=token(), client=f"198.51.100.{at}")
        made.add({"id": f"crowd-{at}", "steps": [allow(event, NOW)], "tick": 10}, crowded, often=True)


def _add_keys(made: Workload) -> None:
    """The same tokens before and after a swap of keys."""
    for name, key in (("main", MAIN), ("other", OTHER)):
        one = {"kty": "oct", "kid": "main", "k": b64(key)}
        for signer, secret in (("main", MAIN), ("other", OTHER)):
            event = ask(bearer=token(key=secret))
            told = (
                allow(event, NOW)
                if secret == key
                else deny(event, NOW, "signature_invalid", 401)
            )
            made.add({"id": f"keys-{name}-{signer}", "steps": [told]}, policy(keys=[one]), often=True)
