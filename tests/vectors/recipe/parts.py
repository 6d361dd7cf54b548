"""The parts that cases are made of: test keys, tokens, events, themes.

Standard library only. Nothing here computes an expected answer.
"""

import base64
import hashlib
import hmac
import json

from .fixed_keys import KEYS
from .signing import Ec, Rsa, octets_of, sign_message

ISSUER = "https://issuer.example/"
AUDIENCE = "https://api.example"

# The default token is valid from ISSUED until EXPIRATION, the first second of the year 2100.
# Cases that say nothing else are judged at NOW.
ISSUED = 1700000000
NOW = 1700000600
EXPIRATION = 4102444800

ABSENT = object()  # leaves a member out

# HTTP status of each denial; a case names only its reason.
STATUS = {
    "credential_missing": 401,
    "credential_malformed": 401,
    "token_too_large": 401,
    "token_malformed": 401,
    "header_invalid": 401,
    "critical_header_unsupported": 401,
    "algorithm_not_allowed": 401,
    "type_not_allowed": 401,
    "key_not_found": 401,
    "signature_invalid": 401,
    "claims_invalid": 401,
    "claim_missing": 401,
    "expired": 401,
    "not_yet_valid": 401,
    "issued_in_future": 401,
    "issuer_mismatch": 401,
    "audience_mismatch": 401,
    "scope_insufficient": 403,
    "request_malformed": 500,
    "claim_mismatch": 401,
    "token_too_old": 401,
}

ALGORITHMS = (
    *("HS256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    *("EdDSA", "Ed25519"),
)
# The test key that signs with an algorithm where a case asks for no other.
USUAL_KEY = {
    **dict.fromkeys(ALGORITHMS[:3], "bytes-64"),
    **dict.fromkeys(ALGORITHMS[3:9], "rsa-2048"),
    **dict(zip(ALGORITHMS[9:12], ("p-256", "p-384", "p-521"), strict=True)),
    **dict.fromkeys(ALGORITHMS[12:], "ed25519"),
}


class Raw(str):
    """JSON text that is written into a token as it stands."""


# --- keys ---------------------------------------------------------------------------------------


def derive_secret(label, length):
    """A public, reproducible secret: SHAKE-256 of its label."""
    return hashlib.shake_256(f"portcullis test-only key {label}".encode()).digest(length)


SECRETS = {
    "main": derive_secret("main", 32),
    "other": derive_secret("other", 32),
    "bytes-63": derive_secret("bytes-63", 63),
    "bytes-64": derive_secret("bytes-64", 64),
    "bytes-65": derive_secret("bytes-65", 65),
    "bytes-1024": derive_secret("bytes-1024", 1024),
    "bytes-48": derive_secret("bytes-48", 48),
    "bytes-127": derive_secret("bytes-127", 127),
    "bytes-128": derive_secret("bytes-128", 128),
    "bytes-129": derive_secret("bytes-129", 129),
}
MAIN = SECRETS["main"]
OTHER = SECRETS["other"]


def b64(data):
    """base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    """The octets of a segment."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(name):
    """The named test key, to sign with."""
    return SECRETS[name] if name in SECRETS else KEYS[name]


def numbers_of(key):
    """The members of a public JWK that make the key (RFC 7518 section 6, RFC 8037 section 2)."""
    if isinstance(key, bytes):
        return {"kty": "oct", "k": b64(key)}
    if isinstance(key, Rsa):
        return {"kty": "RSA", "n": b64(octets_of(key.n)), "e": b64(octets_of(key.e))}
    if isinstance(key, Ec):
        x, y = (b64(octets_of(value, key.curve.size)) for value in (key.x, key.y))
        return {"kty": "EC", "crv": key.curve.name, "x": x, "y": y}
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public)}


def jwk(name, kid=ABSENT, **members):
    """The named test key as a JWK (RFC 7517), public unless it is a secret."""
    numbers = numbers_of(key_of(name))
    made = {"kty": numbers.pop("kty"), "kid": kid, **numbers, **members}
    return {name: value for name, value in made.items() if value is not ABSENT}


def private_members(name):
    """What a private JWK has and a public one must not."""
    key = KEYS[name]
    if isinstance(key, Rsa):
        values = {
            "d": key.d,
            "p": key.p,
            "q": key.q,
            "dp": key.d % (key.p - 1),
            "dq": key.d % (key.q - 1),
            "qi": pow(key.q, -1, key.p),
        }
        return {member: b64(octets_of(value)) for member, value in values.items()}
    if isinstance(key, Ec):
        return {"d": b64(octets_of(key.d, key.curve.size))}
    return {"d": b64(key.seed)}


def policy(**members):
    """The plain policy with members replaced, added or (ABSENT) left out."""
    made = {
        "algorithms": ["HS256"],
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "keys": [jwk("main", "main")],
    }
    made.update(members)
    return {name: value for name, value in made.items() if value is not ABSENT}


# --- tokens -------------------------------------------------------------------------------------


def render(value):
    """Compact JSON text; a Raw keeps its spelling."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(n, ensure_ascii=False)}:{render(v)}" for n, v in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def octets(text):
    """Bytes of a segment: bytes as they are, members rendered."""
    return text if isinstance(text, bytes) else render(text).encode()


def header(**members):
    """The default JOSE header with members replaced, added or left out."""
    made = {"alg": "HS256", "typ": "JWT", "kid": "main"}
    made.update(members)
    return {name: value for name, value in made.items() if value is not ABSENT}


def claims(**members):
    """The default claims set with members replaced, added or left out."""
    made = {"iss": ISSUER, "sub": "user-1", "aud": AUDIENCE, "iat": ISSUED, "exp": EXPIRATION}
    made.update(members)
    return {name: value for name, value in made.items() if value is not ABSENT}


def mac(signing_input, key=MAIN, algorithm="sha256"):
    return hmac.new(key, signing_input.encode(), algorithm).digest()


def sign(header_part, payload_part, key=MAIN):
    """Joins two segments that are already encoded and signs them, whatever they are."""
    signing_input = f"{header_part}.{payload_part}"
    return f"{signing_input}.{b64(mac(signing_input, key))}"


def token(claims_set=None, jose_header=None, key=MAIN):
    """A signed token: claims and header are members or the bytes of the segment."""
    header_part = b64(octets(header() if jose_header is None else jose_header))
    payload_part = b64(octets(claims() if claims_set is None else claims_set))
    return sign(header_part, payload_part, key)


def encode(jose_header, claims_set=None):
    """The JWS Signing Input of a header and a claims set, each members or bytes."""
    payload = claims() if claims_set is None else claims_set
    return f"{b64(octets(jose_header))}.{b64(octets(payload))}"


def token_with(algorithm, name=None, claims_set=None, *, alg=None, signer=None, **members):
    """A token of a JWS algorithm. `name` is the key and its kid; `alg` is written in the header
    instead of the algorithm, and `signer` signs instead of the key."""
    name = name or USUAL_KEY[algorithm]
    head = header(**{"alg": algorithm if alg is None else alg, "kid": name, **members})
    signing_input = encode(head, claims_set)
    signature = sign_message(algorithm, key_of(signer or name), signing_input.encode())
    return f"{signing_input}.{b64(signature)}"


def policy_with(algorithms, *names, **members):
    """A policy of these algorithms and these test keys; each kid is the key's name."""
    algorithms = [algorithms] if isinstance(algorithms, str) else list(algorithms)
    return policy(algorithms=algorithms, keys=[jwk(name, name) for name in names], **members)


def token_of_size(size):
    """A valid token of exactly `size` characters, padded in a claim of its own."""
    for space in range(4):  # white space in the header reaches the lengths that padding cannot
        head = b64(octets(header()) + b" " * space)
        room = size - len(head) - 2 - 43
        if room % 4 == 1:
            continue
        bytes_needed = room * 3 // 4
        bare = len(octets(claims(pad="")))
        made = token(claims(pad="x" * (bytes_needed - bare)), octets(header()) + b" " * space)
        assert len(made) == size, (len(made), size)
        return made
    raise AssertionError(size)


# --- events -------------------------------------------------------------------------------------


def bearer(text):
    return f"Bearer {text}"


def request(headers):
    made = {
        "clientIp": "203.0.113.178",
        "headers": headers,
        "method": "GET",
        "querystring": "",
        "uri": "/data/1",
    }
    return {name: value for name, value in made.items() if value is not ABSENT}


def event_of(request_member, event_type="viewer-request"):
    cf = {
        "config": {
            "distributionDomainName": "d111111abcdef8.cloudfront.net",
            "distributionId": "EDFDVBD6EXAMPLE",
            "eventType": event_type,
            "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
        },
        "request": request_member,
    }
    return {"Records": [{"cf": {n: v for n, v in cf.items() if v is not ABSENT}}]}


def headers_with(authorization):
    """The headers of a viewer request; `authorization` is the member as it stands, or ABSENT."""
    made = {
        "host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}],
        "user-agent": [{"key": "User-Agent", "value": "curl/8.5.0"}],
        "authorization": authorization,
    }
    return {name: value for name, value in made.items() if value is not ABSENT}


def event(value):
    """A viewer request with one Authorization header of this value."""
    return event_of(request(headers_with([{"key": "Authorization", "value": value}])))


# --- themes -------------------------------------------------------------------------------------


class Theme:
    """One file of decision cases."""

    def __init__(self, name, title, spec, policies=None, any_now=True):
        self.name = name
        self.title = title
        self.spec = spec
        self.policies = {"plain": policy()} if policies is None else policies
        self.any_now = any_now
        self.cases = []

    def case(
        self,
        slug,
        reason,
        comment,
        made=None,
        *,
        value=None,
        event_=None,
        policy="plain",
        now=NOW,
        any_now=None,
    ):
        """Adds a case from a token (`made`), an Authorization value or a whole event."""
        if made is not None:
            value = bearer(made)
        if value is not None:
            event_ = event(value)
        assert policy in self.policies, policy
        expect = {"decision": "allow" if reason == "ok" else "deny", "reason": reason}
        if reason != "ok":
            expect["status"] = STATUS[reason]
        self.cases.append(
            {
                "id": f"{self.name}-{slug}",
                "comment": comment,
                "policy": policy,
                "now": now,
                "any_now": self.any_now if any_now is None else any_now,
                "event": event_,
                "expect": expect,
            }
        )


class PolicyTheme:
    """One file of policy cases."""

    def __init__(self, name, title, spec):
        self.name = name
        self.title = title
        self.spec = spec
        self.cases = []

    def _add(self, slug, comment, source, path):
        expect = {"valid": True} if path is None else {"valid": False, "path": path}
        case = {"id": f"policy-{self.name}-{slug}", "comment": comment}
        self.cases.append({**case, **source, "expect": expect})

    def valid(self, slug, comment, made):
        self._add(slug, comment, {"policy": made}, None)

    def invalid(self, slug, path, comment, made):
        self._add(slug, comment, {"policy": made}, path)

    def text(self, slug, path, comment, made):
        """A policy as text, for spellings that a parsed object loses; `path` None = valid."""
        self._add(slug, comment, {"policy_text": made}, path)

    def octets(self, slug, path, comment, made):
        """A policy as bytes, for what is not UTF-8."""
        encoded = base64.b64encode(made).decode()
        self._add(slug, comment, {"policy_base64": encoded}, path)


class SignatureTheme:
    """One file of raw signature cases: algorithm, key, message and signature."""

    def __init__(self, name, title, spec):
        self.name = name
        self.title = title
        self.spec = spec
        self.cases = []

    def case(self, slug, valid, comment, alg, key, message, signature):
        """`key` is the name of a test key or a JWK."""
        self.cases.append(
            {
                "id": f"raw-{self.name}-{slug}",
                "comment": comment,
                "alg": alg,
                "jwk": jwk(key) if isinstance(key, str) else key,
                "message_hex": message.hex(),
                "signature_hex": signature.hex(),
                "valid": valid,
            }
        )
