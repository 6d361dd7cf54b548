"""The files of keys/: every test key in every form that a policy takes, and its private part."""

from .der import certificate_pem, pkcs1_pem, private_pem, spki_pem
from .parts import KEYS, SECRETS, b64, jwk, private_members
from .signing import Ec, Ed, Rsa


def listed(kind):
    keys = []
    for name, key in KEYS.items():
        if not isinstance(key, kind):
            continue
        made = {
            "name": name,
            "jwk": jwk(name, name),
            "private_jwk": {**jwk(name, name), **private_members(name)},
            "spki_pem": spki_pem(key),
        }
        if kind is Rsa:
            made["pkcs1_pem"] = pkcs1_pem(key)
        made["certificate_pem"] = certificate_pem(key, name)
        made["private_pem"] = private_pem(key)
        keys.append(made)
    return keys


SECRET_KEYS = [{"kty": "oct", "kid": name, "k": b64(secret)} for name, secret in SECRETS.items()]

FILES = (
    ("hs256", SECRET_KEYS),
    ("rsa", listed(Rsa)),
    ("ec", listed(Ec)),
    ("okp", listed(Ed)),
)
