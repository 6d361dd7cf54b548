"""Types for annotations. The package itself never imports this module.

from portcullis.typing import Policy

policy: Policy = {...}
"""

from typing import Any, Literal, NotRequired, Protocol, TypedDict

__all__ = [
    "Algorithm",
    "EcJsonWebKey",
    "Handler",
    "HeaderEntry",
    "IssuerPolicy",
    "JsonWebKey",
    "JsonWebKeySet",
    "OkpJsonWebKey",
    "PemKey",
    "Policy",
    "Requirement",
    "Requirements",
    "Response",
    "RsaJsonWebKey",
    "SecretKey",
    "SeveralIssuersPolicy",
    "SingleIssuerPolicy",
    "SymmetricJsonWebKey",
]

# RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2.
Algorithm = Literal[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]


class _JsonWebKeyMembers(TypedDict, total=False):
    """What every JWK may have (RFC 7517 section 4)."""

    kid: str
    alg: Algorithm
    use: Literal["sig"]
    key_ops: list[str]


class SymmetricJsonWebKey(_JsonWebKeyMembers):
    """A secret (RFC 7518 section 6.4): base64url, at least as long as the algorithm's hash."""

    kty: Literal["oct"]
    k: str


class RsaJsonWebKey(_JsonWebKeyMembers):
    """An RSA public key (RFC 7518 section 6.3) of 2048 to 8192 bits."""

    kty: Literal["RSA"]
    n: str
    e: str


class EcJsonWebKey(_JsonWebKeyMembers):
    """An elliptic-curve public key (RFC 7518 section 6.2)."""

    kty: Literal["EC"]
    crv: Literal["P-256", "P-384", "P-521"]
    x: str
    y: str


class OkpJsonWebKey(_JsonWebKeyMembers):
    """An Ed25519 public key (RFC 8037 section 2)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


JsonWebKey = SymmetricJsonWebKey | RsaJsonWebKey | EcJsonWebKey | OkpJsonWebKey


class JsonWebKeySet(TypedDict):
    """A JWK Set as its issuer publishes it (RFC 7517 section 5)."""

    keys: list[dict[str, Any]]


class SecretKey(TypedDict):
    """A shared secret, once decoded at least as long as the algorithm's hash."""

    secret: str
    encoding: Literal["utf8", "base64url", "hex"]
    kid: NotRequired[str]
    alg: NotRequired[Algorithm]


class PemKey(TypedDict):
    """One PEM block: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE (RFC 7468)."""

    pem: str
    kid: NotRequired[str]
    alg: NotRequired[Algorithm]


class Requirement(TypedDict, total=False):
    """All of `all_of`, at least one of `any_of`, none of `none_of`, as far as they are given."""

    all_of: list[str]
    any_of: list[str]
    none_of: list[str]


class Requirements(TypedDict, total=False):
    """What the claims must be beyond what every token must be.

    present: claims that must be there. claims: the value that a claim must have, or lists for its
    strings. scope: the first present of scope, scp, scopes; groups: of groups, cognito:groups.
    """

    present: list[str]
    claims: dict[str, str | int | bool | Requirement]
    permissions: Requirement
    scope: Requirement
    roles: Requirement
    groups: Requirement


class _IssuerRules(TypedDict):
    algorithms: list[Algorithm]
    audience: str | list[str] | None
    keys: list[JsonWebKey | SecretKey | PemKey] | JsonWebKeySet
    tenants: NotRequired[list[str]]
    expiration: NotRequired[Literal["required", "optional"]]
    max_token_age: NotRequired[int]
    typ: NotRequired[list[str] | None]
    token_use: NotRequired[str | list[str]]
    client_id: NotRequired[str | list[str]]
    azp: NotRequired[str | list[str]]
    require: NotRequired[Requirements]


class IssuerPolicy(_IssuerRules):
    """One of several issuers, with keys and rules of its own."""

    issuer: str


# The functional form, because no class body can spell "$schema".
_Schema = TypedDict("_Schema", {"$schema": str}, total=False)


class _CommonRules(_Schema, total=False):
    """clock_tolerance is in whole seconds, 0 to 300."""

    clock_tolerance: int
    realm: str


class SingleIssuerPolicy(_CommonRules, _IssuerRules):
    """What a token must satisfy. `None` for issuer or audience says in writing: not checked."""

    issuer: str | None


class SeveralIssuersPolicy(_CommonRules):
    """The same for several issuers: a token's `iss` chooses among them."""

    issuers: list[IssuerPolicy]


Policy = SingleIssuerPolicy | SeveralIssuersPolicy


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
