"""The four events that CloudFront sends to a Lambda@Edge function, and what a function may answer.

From the Amazon CloudFront Developer Guide, "Lambda@Edge event structure". The same fields as
core/src/edge/cloudfront_fields.def, which a test compares. Only types: import them for annotations.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class HeaderValue(TypedDict):
    """One value of a header; `key` is the name as it was sent."""

    key: NotRequired[str]
    value: str


# By the name in lower case.
Headers = dict[str, list[HeaderValue]]

EventType = Literal["viewer-request", "origin-request", "origin-response", "viewer-response"]


class Config(TypedDict):
    """requestId is x-edge-request-id in the access log."""

    distributionDomainName: str
    distributionId: str
    eventType: EventType
    requestId: str


class Body(TypedDict):
    """There when "include body" is chosen. CloudFront cuts it at 40 KB (viewer) or 1 MB (origin)."""

    inputTruncated: bool
    action: Literal["read-only", "replace"]
    encoding: Literal["base64", "text"]
    data: str


class CustomOrigin(TypedDict):
    """Timeouts are seconds; path begins with a slash, or is empty."""

    customHeaders: Headers
    domainName: str
    keepaliveTimeout: int
    path: str
    port: int
    protocol: Literal["http", "https"]
    readTimeout: int
    sslProtocols: list[Literal["TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3"]]


class S3Origin(TypedDict):
    """region is needed with an origin access identity."""

    authMethod: Literal["origin-access-identity", "none"]
    customHeaders: Headers
    domainName: str
    path: str
    region: NotRequired[str]


class Origin(TypedDict, total=False):
    """One of the two."""

    custom: CustomOrigin
    s3: S3Origin


class Request(TypedDict):
    """querystring has no question mark, and is empty when there is none."""

    clientIp: str
    method: str
    uri: str
    querystring: str
    headers: Headers
    body: NotRequired[Body]


class OriginRequest(Request):
    """A request on its way to the origin, or back."""

    origin: NotRequired[Origin]


class Response(TypedDict):
    """The response that a response event brings."""

    status: str
    statusDescription: NotRequired[str]
    headers: Headers


class ReplacedResponse(Response):
    """As an origin-response function may return it: with a body in place of the origin's."""

    body: NotRequired[str]
    bodyEncoding: NotRequired[Literal["text", "base64"]]


class GeneratedResponse(TypedDict):
    """What a request function returns in place of the request."""

    status: str
    statusDescription: NotRequired[str]
    headers: NotRequired[Headers]
    body: NotRequired[str]
    bodyEncoding: NotRequired[Literal["text", "base64"]]


class ViewerRequest(TypedDict):
    """`cf` of a viewer-request event."""

    config: Config
    request: Request


class OriginRequestContent(TypedDict):
    """`cf` of an origin-request event."""

    config: Config
    request: OriginRequest


class OriginResponse(TypedDict):
    """`cf` of an origin-response event."""

    config: Config
    request: OriginRequest
    response: Response


class ViewerResponse(TypedDict):
    """`cf` of a viewer-response event."""

    config: Config
    request: Request
    response: Response


class ViewerRequestRecord(TypedDict):
    cf: ViewerRequest


class OriginRequestRecord(TypedDict):
    cf: OriginRequestContent


class OriginResponseRecord(TypedDict):
    cf: OriginResponse


class ViewerResponseRecord(TypedDict):
    cf: ViewerResponse


class ViewerRequestEvent(TypedDict):
    """Records has one entry."""

    Records: list[ViewerRequestRecord]


class OriginRequestEvent(TypedDict):
    """Records has one entry."""

    Records: list[OriginRequestRecord]


class OriginResponseEvent(TypedDict):
    """Records has one entry."""

    Records: list[OriginResponseRecord]


class ViewerResponseEvent(TypedDict):
    """Records has one entry."""

    Records: list[ViewerResponseRecord]


CloudFrontEvent = ViewerRequestEvent | OriginRequestEvent | OriginResponseEvent | ViewerResponseEvent
