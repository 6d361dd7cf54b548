import json
from pathlib import Path

from cloudfront import answer, bearer_token, invalid_token
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, import_key

_policy = json.loads(Path(__file__).with_name("policy.json").read_bytes())
_key = _policy["keys"][0]
# A key object is made once, here.
_key = OctKey.import_key(_key["secret"]) if "secret" in _key else import_key(_key)
_claims = jwt.JWTClaimsRegistry(
    exp={"essential": True},
    iss={"essential": True, "value": _policy["issuer"]},
    aud={"essential": True, "value": _policy["audience"]},
)
_required = _policy["require"]["permissions"]["all_of"]


def lambda_handler(event, context):
    token = bearer_token(event)
    if not isinstance(token, str):
        return token
    try:
        claims = jwt.decode(token, _key, algorithms=_policy["algorithms"]).claims
        _claims.validate(claims)
    except (JoseError, ValueError, RecursionError):  # the library lets some errors of its decoders through
        return invalid_token()
    return answer(event, claims, _required)
