import json
from pathlib import Path

import jwt
from cloudfront import answer, bearer_token, invalid_token

_policy = json.loads(Path(__file__).with_name("policy.json").read_bytes())
_key = _policy["keys"][0]
# A public key is parsed once, here.
_key = _key["secret"].encode() if "secret" in _key else jwt.PyJWK(_key).key
_required = _policy["require"]["permissions"]["all_of"]
_options = {"require": ["exp", "iss", "aud"]}


def lambda_handler(event, context):
    token = bearer_token(event)
    if not isinstance(token, str):
        return token
    try:
        claims = jwt.decode(
            token,
            _key,
            algorithms=_policy["algorithms"],
            issuer=_policy["issuer"],
            audience=_policy["audience"],
            options=_options,
        )
    except (jwt.PyJWTError, RecursionError):  # the library lets JSON that is nested too deep through
        return invalid_token()
    return answer(event, claims, _required)
