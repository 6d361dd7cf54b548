"""A verifier in front of a WSGI application (PEP 3333).

    from portcullis import Verifier
    from portcullis.wsgi import Middleware

    application = Middleware(application, Verifier(policy))

A request that may pass reaches the application with environ["portcullis.claims"]: the token's
claims, or None on a public path. Every other one is answered here. docs/adapters.md is the manual.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ._adapter import Judge, Log, OnDecision, fold_name, headers_of, make_event, tell
from ._core import Decision

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

__all__ = ["Middleware"]


def _client_of(environ: dict[str, Any]) -> str | None:
    address: str | None = environ.get("REMOTE_ADDR")
    return address


class Middleware:
    """client_ip: takes environ and gives the client's address; REMOTE_ADDR unless given.
    log: takes a line for each decision that the policy wants logged.
    on_decision: takes each Decision.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        verifier: Judge,
        *,
        client_ip: Callable[[dict[str, Any]], str | None] = _client_of,
        log: Log | None = print,
        on_decision: OnDecision | None = None,
    ) -> None:
        self._application = application
        self._verifier = verifier
        self._client_ip = client_ip
        self._log = log
        self._on_decision = on_decision

    def __call__(
        self, environ: dict[str, Any], start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """The application's answer, or the one of a request that may not pass (PEP 3333)."""
        # The path that the application sees, which the server has decoded: bytes, as latin-1.
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        event = make_event(
            environ["REQUEST_METHOD"],
            quote(path, safe="/!$&'()*+,;=:@", encoding="latin-1") or "/",
            environ.get("QUERY_STRING", ""),
            self._client_ip(environ),
            [
                (name[5:].replace("_", "-"), value)
                for name, value in environ.items()
                if name.startswith("HTTP_")
            ],
        )
        decision = self._verifier.verify(event)
        tell(decision, self._log, self._on_decision)
        if not decision.allowed and not decision.shadow:
            return _refuse(decision, environ["REQUEST_METHOD"], start_response)
        edits = decision.edits
        environ["portcullis.claims"] = decision.claims
        if edits is not None:
            _edit(environ, edits)
        return self._application(environ, start_response)


def _refuse(decision: Decision, method: str, start_response: "StartResponse") -> list[bytes]:
    response: Any = decision.response
    body = response.get("body", "").encode()
    headers = headers_of(response)
    if response["status"] != "204":  # RFC 9110 section 8.6
        headers.append(("Content-Length", str(len(body))))
    start_response(f"{response['status']} {response['statusDescription']}", headers)
    return [body] if body and method != "HEAD" else []


def _edit(environ: dict[str, Any], edits: Any) -> None:
    def key_of(name: str) -> str:
        return "HTTP_" + fold_name(name).replace("-", "_").upper()

    for name in edits["remove"]:
        environ.pop(key_of(name), None)
    for name, value in edits.get("set", {}).items():
        environ[key_of(name)] = value
    if edits.get("cookie"):
        environ["HTTP_COOKIE"] = edits["cookie"]
    elif "cookie" in edits:
        environ.pop("HTTP_COOKIE", None)
    if "querystring" in edits:
        query = environ["QUERY_STRING"] = edits["querystring"]
        # Where servers put the request's target as it came.
        for name in ("REQUEST_URI", "RAW_URI"):
            if name in environ:
                path = environ[name].partition("?")[0]
                environ[name] = f"{path}?{query}" if query else path
