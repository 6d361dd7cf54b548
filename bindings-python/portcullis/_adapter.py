"""What the adapters share: an HTTP request as the event that a verifier reads, and listeners."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ._core import Decision

__all__ = ["Judge", "Log", "OnDecision", "fold_name", "headers_of", "make_event", "tell"]

Log = Callable[[str], object]
OnDecision = Callable[[Decision], object]


class Judge(Protocol):
    """A Verifier, or a RefreshingVerifier of portcullis.jwks."""

    def verify(self, event: object, now: int | None = None) -> Decision: ...


def make_event(
    method: object,
    uri: object,
    querystring: object,
    client: object,
    headers: Iterable[tuple[str, object]],
) -> dict[str, Any]:
    """As CloudFront writes it: names in lower case, an entry for each value."""
    lists: dict[str, list[dict[str, object]]] = {}
    for name, value in headers:
        lists.setdefault(name.lower(), []).append({"value": value})
    request = {
        "clientIp": client,
        "method": method,
        "uri": uri,
        "querystring": querystring,
        "headers": lists,
    }
    return {"Records": [{"cf": {"request": request}}]}


def fold_name(name: str) -> str:
    """One spelling for all that a server may take for the same header."""
    return name.lower().replace("_", "-")


def headers_of(response: Any) -> list[tuple[str, str]]:
    """Of a response as CloudFront reads it."""
    lists = response["headers"].values()
    return [(entry["key"], entry["value"]) for entries in lists for entry in entries]


def tell(decision: Decision, log: Log | None, on_decision: OnDecision | None) -> None:
    """What a listener raises does not change a decision."""
    line = decision.log_line if log is not None else None
    try:
        if log is not None and line is not None:
            log(line)
    except Exception:
        pass
    try:
        if on_decision is not None:
            on_decision(decision)
    except Exception:
        pass
