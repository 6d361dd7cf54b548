"""What the generators make: a question, and as much of the answer as is known beforehand."""

from dataclasses import dataclass, field

VALID = {"valid": True}
INVALID = {"valid": False}
ALLOWED = {"decision": "allow", "reason": "ok"}


def denied(reason):
    return {"decision": "deny", "reason": reason}


@dataclass(frozen=True)
class Question:
    line: dict
    expected: dict = field(default_factory=dict)  # members of the answer; empty: only agreement
    note: str = ""
