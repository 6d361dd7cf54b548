"""Types for annotations. The package itself never imports this module.

from portcullis.typing import Policy

policy: Policy = {...}
"""

from typing import Any, Literal, NotRequired, Protocol, TypedDict

from .cloudfront import EventType

__all__ = [
    "Algorithm",
    "Challenges",
    "Cors",
    "CustomOrigin",
    "DecisionInfo",
    "DecisionKind",
    "EcJsonWebKey",
    "Edits",
    "Event",
    "EventBody",
    "EventConfig",
    "EventRecord",
    "EventRequest",
    "EventResponse",
    "EventType",
    "Finding",
    "Handler",
    "HeaderEntry",
    "IssuerPolicy",
    "JsonWebKey",
    "JsonWebKeySet",
    "Log",
    "LoginPage",
    "OkpJsonWebKey",
    "Origin",
    "PemKey",
    "Policy",
    "ProofPage",
    "Rate",
    "RateLimit",
    "Requirement",
    "Requirements",
    "Response",
    "Route",
    "RsaJsonWebKey",
    "S3Origin",
    "SecretKey",
    "SeveralIssuersPolicy",
    "SingleIssuerPolicy",
    "Source",
    "SymmetricJsonWebKey",
    "TokenCache",
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


class Source(TypedDict, total=False):
    """Where a token may stand: exactly one of header, cookie and query."""

    header: str
    cookie: str
    query: str
    # Of a header.
    scheme: str | None
    # Of a cookie.
    repeated: Literal["refuse", "first"]
    strip: bool


class Route(TypedDict):
    """Who may pass where. Paths that no route is for are denied."""

    path: str
    methods: NotRequired[list[str]]
    access: NotRequired[Literal["token", "public", "deny"]]
    require: NotRequired[Requirements]
    issuers: NotRequired[list[str]]
    challenge: NotRequired[Literal["none", "login", "page"]]


class Cors(TypedDict):
    """What a browser on another site may ask."""

    origins: Literal["*"] | list[str]
    methods: NotRequired[list[str]]
    headers: NotRequired[list[str]]
    expose: NotRequired[list[str]]
    credentials: NotRequired[bool]
    max_age: NotRequired[int]


class LoginPage(TypedDict):
    """Where to send whoever has no token that passes."""

    url: str
    return_parameter: NotRequired[str]
    return_base: NotRequired[str]


class ProofPage(TypedDict):
    """A page that hands out proofs: a captcha, an interstitial."""

    url: str
    key: SymmetricJsonWebKey | SecretKey
    parameter: NotRequired[str]
    return_parameter: NotRequired[str]
    cookie: NotRequired[str]
    lifetime: NotRequired[int]
    proof_lifetime: NotRequired[int]


class Challenges(TypedDict, total=False):
    """Where to send whoever has no token that passes, or no proof."""

    login: LoginPage
    page: ProofPage


class Rate(TypedDict):
    """So many requests in so many seconds, at most `burst` at once."""

    requests: int
    seconds: int
    burst: NotRequired[int]


class RateLimit(TypedDict, total=False):
    """Best effort on Lambda@Edge, where every instance counts for itself."""

    address: Rate
    subject: Rate
    entries: int
    ipv6_prefix: int
    over: Literal["deny", "challenge"]


class TokenCache(TypedDict):
    """For how many verified tokens there is room (docs/edge.md, "Token cache")."""

    entries: int


class Log(TypedDict):
    """Which decisions have a line, and which claims it has of tokens that passed."""

    decisions: Literal["all", "denied", "none"]
    claims: NotRequired[list[str]]


# The functional form, because no class body can spell "$schema".
_Schema = TypedDict("_Schema", {"$schema": str}, total=False)


class _CommonRules(_Schema, total=False):
    """clock_tolerance is in whole seconds, 0 to 300. From `sources` on: the edge layer."""

    clock_tolerance: int
    realm: str
    sources: list[Source]
    claim_headers: dict[str, str]
    routes: list[Route]
    path_case: Literal["any", "exact"]
    cors: Cors
    challenge: Challenges
    rate_limit: RateLimit
    token_cache: TokenCache
    mode: Literal["enforce", "shadow"]
    log: Log


class SingleIssuerPolicy(_CommonRules, _IssuerRules):
    """What a token must satisfy. `None` for issuer or audience says in writing: not checked."""

    issuer: str | None


class SeveralIssuersPolicy(_CommonRules):
    """The same for several issuers: a token's `iss` chooses among them."""

    issuers: list[IssuerPolicy]


Policy = SingleIssuerPolicy | SeveralIssuersPolicy


class HeaderEntry(TypedDict):
    """One value of a header, as CloudFront lists it."""

    value: str
    # As it was on the wire. CloudFront fills it in where a function leaves it out.
    key: NotRequired[str]


class EventConfig(TypedDict, total=False):
    """Which distribution called, and when."""

    distributionDomainName: str
    distributionId: str
    eventType: EventType
    requestId: str


class EventBody(TypedDict, total=False):
    """A request's body, there when "include body" is chosen."""

    inputTruncated: bool
    action: Literal["read-only", "replace"]
    encoding: Literal["base64", "text"]
    data: str


class CustomOrigin(TypedDict, total=False):
    """An origin that is a server with a name; timeouts are in seconds."""

    customHeaders: dict[str, list[HeaderEntry]]
    domainName: str
    keepaliveTimeout: int
    path: str
    port: int
    protocol: Literal["http", "https"]
    readTimeout: int
    sslProtocols: list[str]


class S3Origin(TypedDict, total=False):
    """An Amazon S3 bucket; region is needed with an origin access identity."""

    authMethod: Literal["origin-access-identity", "none"]
    customHeaders: dict[str, list[HeaderEntry]]
    domainName: str
    path: str
    region: str


class Origin(TypedDict, total=False):
    """Exactly one of the two, in origin events."""

    custom: CustomOrigin
    s3: S3Origin


class EventRequest(TypedDict, total=False):
    """A request; headers by their names in lower case."""

    clientIp: str
    method: str
    uri: str
    querystring: str
    headers: dict[str, list[HeaderEntry]]
    body: EventBody
    origin: Origin


class EventResponse(TypedDict, total=False):
    """The response of a response event; body and bodyEncoding may be given in origin-response."""

    status: str
    statusDescription: str
    headers: dict[str, list[HeaderEntry]]
    body: str
    bodyEncoding: Literal["text", "base64"]


class _Cf(TypedDict, total=False):
    config: EventConfig
    request: EventRequest
    response: EventResponse


class EventRecord(TypedDict):
    """The one record of an event."""

    cf: _Cf


class Event(TypedDict):
    """A CloudFront event of any of the four types (Amazon CloudFront Developer Guide, "Lambda@Edge
    event structure"). Test events have less."""

    Records: list[EventRecord]


class Response(TypedDict):
    """A response that a viewer-request or origin-request function returns to the viewer."""

    status: str
    statusDescription: str
    headers: dict[str, list[HeaderEntry]]
    # JSON; redirects and answers to preflights have none.
    body: NotRequired[str]


class Edits(TypedDict):
    """What is changed of a request that goes on (docs/edge.md, "Edits")."""

    remove: list[str]
    set: NotRequired[dict[str, str]]
    cookie: NotRequired[str]
    querystring: NotRequired[str]


DecisionKind = Literal["allow", "deny", "challenge", "answer"]


class DecisionInfo(TypedDict):
    """What a handler's on_decision is told."""

    kind: DecisionKind
    reason: str
    status: int | None
    # The number of the policy's route, from 0.
    route: int | None
    milliseconds: float


class Finding(TypedDict):
    """What CloudFront would not take of a response."""

    rule: str
    # Where: "$.headers.location[0].value".
    path: str
    # What to do.
    sentence: str
    # Which page says so.
    source: str


class Handler(Protocol):
    """What create_handler returns: the event's own request dict, or a Response."""

    def __call__(self, event: object, context: object = None, /) -> dict[str, Any] | Response: ...
