"""A Lambda authorizer for Amazon API Gateway.

    from portcullis import Verifier
    from portcullis.authorizer import create_authorizer

    handler = create_authorizer(Verifier(policy))

For REST and WebSocket APIs (TOKEN and REQUEST) and for HTTP APIs (payload formats 1.0 and 2.0). An
authorizer can let a request through or not and do nothing else: docs/adapters.md says what that
means for caches, claim headers and challenges.
"""

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlencode

from ._adapter import Judge, Log, OnDecision, make_event, tell

__all__ = ["Unauthorized", "create_authorizer"]


class Unauthorized(Exception):
    """What a REST API makes a 401 of: it looks at the message alone."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def create_authorizer(
    verifier: Judge,
    *,
    simple: bool = False,
    unauthorized: Literal["deny", "raise"] = "deny",
    log: Log | None = print,
    on_decision: OnDecision | None = None,
) -> Callable[..., dict[str, Any]]:
    """simple: answer with isAuthorized, as an HTTP API with payload format 2.0 may be told to want,
    and not with an IAM policy. unauthorized: "raise" makes a REST API answer 401 where the token is
    at fault, and not 403. log, on_decision: as for the other adapters.
    """

    def authorize(event: Any, context: object = None, /) -> dict[str, Any]:
        try:
            asked, resource = _read(event)
        except (AttributeError, IndexError, KeyError, TypeError):
            asked, resource = {}, "*"  # denied as request_malformed
        decision = verifier.verify(asked)
        tell(decision, log, on_decision)
        passes = (decision.allowed or decision.shadow) and (simple or _names_one(resource))
        if not passes and unauthorized == "raise" and decision.status in (302, 401):
            raise Unauthorized
        edits: Any = decision.edits or {}
        told = {"reason": decision.reason, **edits.get("set", {})}
        if simple:
            return {"isAuthorized": passes, "context": told}
        statement = {
            "Action": "execute-api:Invoke",
            "Effect": "Allow" if passes else "Deny",
            "Resource": resource,
        }
        return {
            "principalId": str((decision.claims or {}).get("sub", "unknown")),
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": told,
        }

    return authorize


def _names_one(resource: str) -> bool:
    """A resource is a pattern: a path that is one would allow more than it was asked for."""
    return not any(mark in _path_of(resource) for mark in ("*", "?", "${"))


def _path_of(resource: str) -> str:
    """The path of "arn:aws:execute-api:region:account:api/stage/METHOD/path"."""
    parts = resource.split("/", 3)
    if len(parts) < 3:
        return "*"  # no such ARN
    return "/" + "".join(parts[3:])


def _read(event: Any) -> tuple[dict[str, Any], str]:
    """The request as a verifier reads it, and the ARN of what is asked for."""
    if event.get("version") == "2.0":
        return _read_http_api(event), str(event.get("routeArn"))
    resource = str(event["methodArn"])
    if event.get("type") == "TOKEN":
        headers = [("authorization", event["authorizationToken"])]
        return make_event(resource.split("/")[2], _path_of(resource), "", None, headers), resource
    lists = event.get("multiValueHeaders")
    if lists is None:
        lists = {name: [value] for name, value in (event.get("headers") or {}).items()}
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    request = make_event(
        event["httpMethod"],
        event["path"],
        urlencode(query, doseq=True),
        event["requestContext"].get("identity", {}).get("sourceIp"),
        [(name, value) for name, values in lists.items() for value in values],
    )
    return request, resource


def _read_http_api(event: Any) -> dict[str, Any]:
    context = event["requestContext"]
    path = event["rawPath"]
    stage = "/" + context["stage"]
    if path == stage or path.startswith(stage + "/"):
        path = path[len(stage) :] or "/"
    cookies = event.get("cookies") or []
    headers = [
        (name, value)
        for name, value in (event.get("headers") or {}).items()
        if not cookies or name.lower() != "cookie"
    ]
    return make_event(
        context["http"]["method"],
        path,
        event.get("rawQueryString", ""),
        context["http"].get("sourceIp"),
        headers + [("cookie", cookie) for cookie in cookies],
    )
