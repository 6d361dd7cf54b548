"""A verifier in front of an ASGI application (ASGI 3).

    from portcullis import Verifier
    from portcullis.asgi import Middleware

    application = Middleware(application, Verifier(policy))

HTTP requests and WebSocket handshakes that may pass reach the application with
scope["portcullis.claims"]: the token's claims, or None on a public path. Every other one is
answered here. docs/adapters.md is the manual.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from ._adapter import Judge, Log, OnDecision, fold_name, headers_of, make_event, tell

__all__ = ["Middleware"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def _client_of(scope: Scope) -> str | None:
    client = scope.get("client")
    address: str | None = client[0] if client else None
    return address


class Middleware:
    """client_ip: takes a scope and gives the client's address; scope["client"] has it unless given.
    log: takes a line for each decision that the policy wants logged.
    on_decision: takes each Decision.
    """

    def __init__(
        self,
        application: Application,
        verifier: Judge,
        *,
        client_ip: Callable[[Scope], str | None] = _client_of,
        log: Log | None = print,
        on_decision: OnDecision | None = None,
    ) -> None:
        self._application = application
        self._verifier = verifier
        self._client_ip = client_ip
        self._log = log
        self._on_decision = on_decision

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises ValueError for a scope that is neither HTTP, a WebSocket nor lifespan."""
        if scope["type"] == "lifespan":  # no request
            await self._application(scope, receive, send)
            return
        if scope["type"] not in ("http", "websocket"):
            raise ValueError(f"portcullis: cannot judge a scope of type {scope['type']!r}")
        event = make_event(
            scope.get("method", "GET"),  # of a handshake (RFC 6455 section 4.1)
            # The path that the application sees, which the server has decoded.
            quote(scope["path"], safe="/!$&'()*+,;=:@", errors="surrogatepass") or "/",
            scope.get("query_string", b"").decode("latin-1"),
            self._client_ip(scope),
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in scope["headers"]
            ],
        )
        decision = self._verifier.verify(event)
        tell(decision, self._log, self._on_decision)
        if not decision.allowed and not decision.shadow:
            await _refuse(decision.response, scope, receive, send)
            return
        edits = decision.edits
        scope = {**scope, "portcullis.claims": decision.claims}
        if edits is not None:
            _edit(scope, edits)
        await self._application(scope, receive, send)


async def _refuse(response: Any, scope: Scope, receive: Receive, send: Send) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close"})  # the server answers 403
            return
        kind = "websocket.http.response"
    body = response.get("body", "").encode()
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers_of(response)
    ]
    if response["status"] != "204":  # RFC 9110 section 8.6
        headers.append((b"content-length", str(len(body)).encode()))
    if scope.get("method") == "HEAD":
        body = b""
    await send({"type": f"{kind}.start", "status": int(response["status"]), "headers": headers})
    await send({"type": f"{kind}.body", "body": body})


def _edit(scope: Scope, edits: Any) -> None:
    removed = {fold_name(name) for name in edits["remove"]}
    set_headers = dict(edits.get("set", {}))
    if "cookie" in edits:
        removed.add("cookie")
        if edits["cookie"]:
            set_headers["cookie"] = edits["cookie"]
    scope["headers"] = [
        (name, value)
        for name, value in scope["headers"]
        if fold_name(name.decode("latin-1")) not in removed
    ] + [(name.encode("latin-1"), value.encode("latin-1")) for name, value in set_headers.items()]
    if "querystring" in edits:
        scope["query_string"] = edits["querystring"].encode("latin-1")
