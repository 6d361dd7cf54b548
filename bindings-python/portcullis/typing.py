"""Types for annotations. The package itself never imports this module.

from portcullis.typing import Policy

policy: Policy = {...}
"""

from typing import Any, Literal, NotRequired, Protocol, TypedDict

__all__ = [
    "Handler",
    "HeaderEntry",
    "JsonWebKey",
    "Policy",
    "Requirement",
    "Requirements",
    "Response",
    "SecretKey",
]


class JsonWebKey(TypedDict):
    """A symmetric JWK (RFC 7517, RFC 7518 section 6.4); `k` is base64url of 32 bytes or more."""

    kty: Literal["oct"]
    k: str
    kid: NotRequired[str]
    alg: NotRequired[Literal["HS256"]]
    use: NotRequired[Literal["sig"]]
    key_ops: NotRequired[list[str]]


class SecretKey(TypedDict):
    """A shared secret of at least 32 bytes once decoded."""

    secret: str
    encoding: Literal["utf8", "base64url", "hex"]
    kid: NotRequired[str]
    alg: NotRequired[Literal["HS256"]]


class Requirement(TypedDict, total=False):
    """All of `all_of` and, if given, at least one of `any_of`."""

    all_of: list[str]
    any_of: list[str]


class Requirements(TypedDict, total=False):
    """By claim: `permissions`, or `scope` (the first present of scope, scp, scopes)."""

    permissions: Requirement
    scope: Requirement


# The functional form, because no class body can spell "$schema".
_Schema = TypedDict("_Schema", {"$schema": str}, total=False)


class Policy(_Schema):
    """What a token must satisfy. `None` for issuer or audience says in writing: not checked.

    clock_tolerance is in whole seconds, 0 to 300.
    """

    algorithms: list[Literal["HS256"]]
    issuer: str | None
    audience: str | list[str] | None
    keys: list[JsonWebKey | SecretKey]
    clock_tolerance: NotRequired[int]
    expiration: NotRequired[Literal["required", "optional"]]
    typ: NotRequired[list[str] | None]
    require: NotRequired[Requirements]
    realm: NotRequired[str]


class HeaderEntry(TypedDict):
    """One value of a header, as CloudFront lists it."""

    key: str
    value: str


class Response(TypedDict):
    """A response that a viewer-request or origin-request function returns to the viewer."""

    status: str
    statusDescription: str
    headers: dict[str, list[HeaderEntry]]
    body: str


class Handler(Protocol):
    """What create_handler returns: the event's own request dict, or a Response."""

    def __call__(self, event: object, context: object = None, /) -> dict[str, Any] | Response: ...
