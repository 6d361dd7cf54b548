"""What the Python peers share: where a viewer request carries its bearer token, what its permissions have to be,
and the responses of the policy. Everything between the token and its claims is the peer's own.
"""

import re

_credential = re.compile(r"Bearer(?: +(.*))?", re.IGNORECASE | re.DOTALL)


def _response(status, description, error, challenge=None):
    headers = {
        "content-type": [{"key": "Content-Type", "value": "application/json"}],
        "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
    }
    if challenge:
        headers["www-authenticate"] = [{"key": "WWW-Authenticate", "value": challenge}]
    return {"status": status, "statusDescription": description, "headers": headers, "body": f'{{"error":"{error}"}}'}


def _credential_missing():
    return _response("401", "Unauthorized", "unauthorized", 'Bearer realm="portcullis"')


def invalid_token():
    return _response("401", "Unauthorized", "invalid_token", 'Bearer realm="portcullis", error="invalid_token"')


def _insufficient_scope():
    return _response("403", "Forbidden", "insufficient_scope", 'Bearer realm="portcullis", error="insufficient_scope"')


def _internal_server_error():
    return _response("500", "Internal Server Error", "internal_server_error")


def bearer_token(event):
    """The bearer token of the event's request, or the response that says why there is none."""
    try:
        request = event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError, IndexError):
        return _internal_server_error()
    if not isinstance(request, dict):
        return _internal_server_error()

    headers = request.get("headers")
    if headers is None:
        return _credential_missing()
    if not isinstance(headers, dict):
        return invalid_token()
    values = headers.get("authorization")
    if values is None or values == []:
        return _credential_missing()
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], dict):
        return invalid_token()
    value = values[0].get("value")
    if not isinstance(value, str) or not value:
        return invalid_token()
    credential = _credential.fullmatch(value)
    if credential is None:
        return _credential_missing()
    return credential[1] or invalid_token()


def answer(event, claims, required):
    """The event's own request when the permissions claim of a verified token holds all of `required`, else a response."""
    granted = claims.get("permissions", [])
    if isinstance(granted, str):
        granted = granted.split(" ")
    if not isinstance(granted, list) or not all(isinstance(entry, str) for entry in granted):
        return invalid_token()
    for permission in required:
        if permission not in granted:
            return _insufficient_scope()
    return event["Records"][0]["cf"]["request"]
