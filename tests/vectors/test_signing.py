"""The signatures of the vectors against another implementation: the `cryptography` package."""

import base64
import hashlib
import json

import pytest
import vector_files as vectors
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
KEY_FILES = ("rsa", "ec", "okp")
# Reasons that are found before the signature is looked at, or that are the signature's own.
UNSIGNED = {
    "credential_missing",
    "credential_malformed",
    "token_too_large",
    "token_malformed",
    "header_invalid",
    "critical_header_unsupported",
    "algorithm_not_allowed",
    "type_not_allowed",
    "key_not_found",
    "signature_invalid",
    "request_malformed",
}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text):
    return int.from_bytes(decode(text), "big")


def load_jwk(jwk):
    if jwk["kty"] == "oct":
        return decode(jwk["k"])
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
    if jwk["kty"] == "EC":
        x, y = number(jwk["x"]), number(jwk["y"])
        return ec.EllipticCurvePublicNumbers(x, y, CURVES[jwk["crv"]]).public_key()
    return ed25519.Ed25519PublicKey.from_public_bytes(decode(jwk["x"]))


def load_pem(text):
    if "BEGIN CERTIFICATE" in text:
        return x509.load_pem_x509_certificate(text.encode()).public_key()
    return serialization.load_pem_public_key(text.encode())


def load_key(key):
    """A key of a policy, in any of its forms."""
    if "pem" in key:
        return load_pem(key["pem"])
    if "secret" in key:
        read = {"hex": bytes.fromhex, "base64url": decode, "utf8": str.encode}
        return read[key["encoding"]](key["secret"])
    return load_jwk(key)


def verifies(algorithm, key, message, signature):
    """Whether the other implementation takes the signature; sizes are checked here."""
    chosen = HASHES.get(algorithm[2:])
    family = algorithm[:2]
    try:
        if family == "HS":
            maker = hmac.HMAC(key, chosen)
            maker.update(message)
            maker.verify(signature)
        elif family == "RS":
            key.verify(signature, message, padding.PKCS1v15(), chosen)
        elif family == "PS":
            # The package takes a signature without its leading zero octets; RFC 8017 does not.
            if len(signature) != (key.key_size + 7) // 8:
                return False
            scheme = padding.PSS(padding.MGF1(chosen), chosen.digest_size)
            key.verify(signature, message, scheme, chosen)
        elif family == "ES":
            size = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * size:
                return False
            r, s = (int.from_bytes(signature[at : at + size], "big") for at in (0, size))
            key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(chosen))
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def fits(algorithm, key):
    family = algorithm[:2]
    if isinstance(key, bytes):
        return family == "HS"
    if isinstance(key, rsa.RSAPublicKey):
        return family in ("RS", "PS")
    if isinstance(key, ec.EllipticCurvePublicKey):
        return family == "ES" and key.curve.name == CURVES[CURVE_OF[algorithm]].name
    return algorithm in ("EdDSA", "Ed25519")


@pytest.mark.parametrize("theme", sorted(vectors.load("signatures")))
def test_raw_signatures_are_what_they_say(theme):
    cases = [case for case in vectors.signature_cases() if case["theme"] == theme]
    wrong = [
        case["id"]
        for case in cases
        if verifies(case["alg"], load_jwk(case["jwk"]), case["message"], case["signature"])
        is not case["valid"]
    ]
    assert wrong == []


def keys_for(case):
    """The keys of the policy, those of the token's issuer where the policy has several."""
    policy = case["policy_json"]
    entries = policy.get("issuers", [policy])
    if len(entries) > 1:
        claims = vectors.claims_of(vectors.bare_token(case))
        fitting = [
            entry
            for entry in entries
            if claims["iss"]
            in {
                entry["issuer"].replace("{tenantid}", tenant)
                for tenant in entry.get("tenants", ["{tenantid}"])
            }
        ]
        entries = fitting[:1]
    keys = entries[0]["keys"]
    return keys["keys"] if isinstance(keys, dict) else keys


def loadable(key):
    known = {"oct", "RSA", "EC", "OKP"}
    if "kty" not in key:
        return "pem" in key or "secret" in key
    needed = {"oct": "k", "RSA": "ne", "EC": "xy", "OKP": "x"}.get(key["kty"], "")
    curve = key.get("crv")
    return (
        key["kty"] in known
        and all(member in key for member in needed)
        and (key["kty"] != "EC" or curve in CURVES)
        and (key["kty"] != "OKP" or curve == "Ed25519")
    )


def test_tokens_beyond_the_signature_are_signed():
    """Every token that is let in, or stopped only after its signature, has a good one."""
    checked, wrong = set(), []
    for case in vectors.decision_cases():
        token = vectors.bare_token(case)
        reason = case["expect"]["reason"]
        if reason in UNSIGNED or token is None:
            continue
        if len(case["policy_json"].get("issuers", [])) > 1 and reason in (
            "issuer_mismatch",
            "claims_invalid",
            "claim_missing",
        ):
            continue  # the issuer is chosen before the signature
        signing_input, _, signature = token.rpartition(".")
        algorithm = json.loads(decode(signing_input.split(".")[0]))["alg"]
        keys = [load_key(key) for key in keys_for(case) if loadable(key)]
        if not any(
            verifies(algorithm, key, signing_input.encode(), decode(signature))
            for key in keys
            if fits(algorithm, key)
        ):
            wrong.append(case["id"])
        checked.add(algorithm)
    assert wrong == []
    assert len(checked) == 14


def test_refused_signatures_are_bad():
    """No key of the policy takes a signature that is told to be invalid, those of kid aside."""
    wrong = []
    for case in vectors.decision_cases():
        if case["expect"]["reason"] != "signature_invalid":
            continue
        signing_input, _, signature = vectors.bare_token(case).rpartition(".")
        header = json.loads(decode(signing_input.split(".")[0]))
        keys = keys_for(case)
        named = [key for key in keys if key.get("kid") == header.get("kid")] or keys
        for key in (load_key(key) for key in named if loadable(key)):
            if fits(header["alg"], key) and verifies(
                header["alg"], key, signing_input.encode(), decode(signature)
            ):
                wrong.append(case["id"])
    # The key's alg keeps the other key of this policy from being asked.
    assert wrong == ["key-choice-by-alg-swapped"]


@pytest.mark.parametrize("name", KEY_FILES)
def test_key_files_hold_one_key_in_each_form(name):
    for key in vectors.load("keys")[name]["keys"]:
        public = load_jwk(key["jwk"])
        forms = [
            load_pem(key[form]) for form in key if form.endswith("_pem") and form[:7] != "private"
        ]
        assert len(forms) == (3 if name == "rsa" else 2)
        assert all(form == public for form in forms), key["name"]
        certificate = x509.load_pem_x509_certificate(key["certificate_pem"].encode())
        certificate.verify_directly_issued_by(certificate)
        private = {n: v for n, v in key["private_jwk"].items() if key["jwk"].get(n) != v}
        assert set(private) >= {"d"}
        if key["name"] == "rsa-1024":
            continue  # too weak for the package to load
        loaded = serialization.load_pem_private_key(key["private_pem"].encode(), None)
        assert loaded.public_key() == public, key["name"]


def test_keys_that_policies_hold_are_marked_as_test_keys():
    for name in (*KEY_FILES, "hs256"):
        assert "Test-only" in vectors.load("keys")[name]["note"]


def test_signing_is_the_same_every_time():
    from recipe import parts

    made = [parts.token_with(algorithm) for algorithm in parts.ALGORITHMS]
    assert made == [parts.token_with(algorithm) for algorithm in parts.ALGORITHMS]
    digest = hashlib.sha256("\n".join(made).encode()).hexdigest()
    assert digest.startswith("b1c09a98d193")
