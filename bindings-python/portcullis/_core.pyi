# The extension module; docstrings are in its source, src/module.cpp.
from collections.abc import Mapping
from typing import Any, Literal, final

from .typing import Handler, Policy, Response

__version__: str

# Reason name to a sentence for logs, in the order of the core's table.
REASONS: Mapping[str, str]

class PolicyError(ValueError):
    path: str
    expected: str

@final
class Decision:
    @property
    def kind(self) -> Literal["allow", "deny"]: ...
    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def status(self) -> Literal[401, 403, 500] | None: ...
    @property
    def response(self) -> Response | None: ...
    @property
    def claims(self) -> dict[str, Any] | None: ...
    def __bool__(self) -> bool: ...

@final
class Verifier:
    def __init__(self, policy: Policy | str | bytes) -> None: ...
    # `token` is what the client sent, or None: any other type is denied, not refused.
    def verify_token(self, token: str | bytes | None, now: int | None = None) -> Decision: ...
    def verify(self, event: object, now: int | None = None) -> Decision: ...

def create_handler(policy: Policy | str | bytes) -> Handler: ...
def verify_signature(
    algorithm: str, jwk: Mapping[str, Any] | str | bytes, message: bytes, signature: bytes
) -> bool: ...
