import json
import re
from pathlib import Path

import jwt

_policy = json.loads(Path(__file__).with_name("policy.json").read_bytes())
_key = _policy["keys"][0]["secret"].encode()
_required = _policy["require"]["permissions"]["all_of"]
_options = {"require": ["exp", "iss", "aud"]}
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


def _invalid_token():
    return _response("401", "Unauthorized", "invalid_token", 'Bearer realm="portcullis", error="invalid_token"')


def _insufficient_scope():
    return _response("403", "Forbidden", "insufficient_scope", 'Bearer realm="portcullis", error="insufficient_scope"')


def _internal_server_error():
    return _response("500", "Internal Server Error", "internal_server_error")


def _granted(claim):
    if isinstance(claim, list):
        return claim
    return claim.split(" ") if isinstance(claim, str) else []


def lambda_handler(event, context):
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
        return _invalid_token()
    values = headers.get("authorization")
    if values is None or values == []:
        return _credential_missing()
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], dict):
        return _invalid_token()
    value = values[0].get("value")
    if not isinstance(value, str) or not value:
        return _invalid_token()
    credential = _credential.fullmatch(value)
    if credential is None:
        return _credential_missing()
    if not credential[1]:
        return _invalid_token()

    try:
        claims = jwt.decode(
            credential[1],
            _key,
            algorithms=["HS256"],
            issuer=_policy["issuer"],
            audience=_policy["audience"],
            options=_options,
        )
    except jwt.PyJWTError:
        return _invalid_token()
    granted = _granted(claims.get("permissions"))
    return request if all(permission in granted for permission in _required) else _insufficient_scope()
