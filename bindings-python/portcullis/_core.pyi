# The extension module; docstrings are in its source, src/module.cpp.
from collections.abc import Callable, Mapping
from typing import Any, Literal, final

from .typing import DecisionInfo, DecisionKind, Edits, EventType, Finding, Handler, Policy, Response

__version__: str
"""The project's version."""

REASONS: Mapping[str, str]
"""Reason name to a sentence for logs, in the order of the core's table."""

class PolicyError(ValueError):
    path: str
    expected: str

@final
class Decision:
    @property
    def kind(self) -> DecisionKind: ...
    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def status(self) -> Literal[204, 302, 400, 401, 403, 429, 500] | None: ...
    @property
    def route(self) -> int | None: ...
    @property
    def response(self) -> Response | None: ...
    @property
    def claims(self) -> dict[str, Any] | None: ...
    @property
    def edits(self) -> Edits | None: ...
    def apply_edits(self, request: dict[str, Any]) -> None: ...
    @property
    def shadow(self) -> bool: ...
    @property
    def log_line(self) -> str | None: ...
    def __bool__(self) -> bool: ...

@final
class Verifier:
    def __init__(self, policy: Policy | str | bytes) -> None: ...
    # `token` is what the client sent, or None: any other type is denied, not refused.
    def verify_token(self, token: str | bytes | None, now: int | None = None) -> Decision: ...
    def verify(self, event: object, now: int | None = None) -> Decision: ...
    # A client may have sent anything: what is no string is no challenge.
    def answer_challenge(
        self, challenge: object, client_ip: object, now: int | None = None
    ) -> str | None: ...

def create_handler(
    policy: Policy | str | bytes,
    *,
    log: Callable[[str], object] | None = None,
    on_decision: Callable[[DecisionInfo], object] | None = None,
) -> Handler: ...
def check_response(
    response: Mapping[str, Any] | str | bytes,
    event_type: EventType,
    original: Mapping[str, Any] | str | bytes | None = None,
) -> list[Finding]: ...
def verify_signature(
    algorithm: str, jwk: Mapping[str, Any] | str | bytes, message: bytes, signature: bytes
) -> bool: ...
