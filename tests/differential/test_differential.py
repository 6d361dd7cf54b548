"""All backends answer the same to random questions, and right where the answer is known."""

import random
from itertools import islice

import pytest
import settings
import signatures
import tokens
from backends import BACKENDS, compare

HMAC = (("HS256", 1), ("HS384", 1), ("HS512", 1))
PKCS1 = (("RS256", 1), ("RS384", 1), ("RS512", 1))
PSS = (("PS256", 1), ("PS384", 1), ("PS512", 1))
# P-384 and P-521 take several times as long as P-256 without a processor's own instructions.
ECDSA = (("ES256", 10), ("ES384", 3), ("ES512", 2))
EDDSA = (("EdDSA", 1), ("Ed25519", 1))
ALL = [name for name, _ in (*HMAC, *PKCS1, *PSS, *ECDSA, *EDDSA)]

ENOUGH = 1000  # so many questions show every kind of answer that a theme is there for
RAW = ("valid", "invalid", "alg")  # "alg" and a place in the key: why one cannot be used

# name -> (questions of a hundred, what makes them, answers that must be among those given).
THEMES = {
    "hmac": (8, lambda rng: signatures.signatures(rng, HMAC), RAW),
    "rsa-pkcs1": (6, lambda rng: signatures.signatures(rng, PKCS1), RAW),
    "rsa-pss": (6, lambda rng: signatures.signatures(rng, PSS), RAW),
    "rsa-8192": (1, signatures.large_keys, ("valid", "invalid")),
    "ecdsa": (6, lambda rng: signatures.signatures(rng, ECDSA), RAW),
    "ed25519": (7, lambda rng: signatures.signatures(rng, EDDSA), RAW),
    "keys": (
        9,
        lambda rng: signatures.keys(rng, ALL),
        ("valid", "$.n", "$.x", "$.k", "$.kty", "$"),
    ),
    "segments": (17, tokens.segments, ("ok", "header_invalid", "claims_invalid")),
    "compact-form": (11, tokens.compact_forms, ("ok", "token_malformed", "token_too_large")),
    "events": (5, tokens.events, ("ok", "request_malformed", "credential_missing")),
    "claims": (13, tokens.claim_sets, ("ok", "expired", "claim_mismatch", "scope_insufficient")),
    "known-tokens": (3, tokens.known_tokens, ("ok", "signature_invalid")),
    "policies": (8, tokens.policies, ("ok", "policy")),
}


def questions_of(theme):
    _, make, _ = THEMES[theme]
    return make(random.Random(f"{settings.SEED} {theme}"))


def test_nothing_is_left_out():
    assert {"cpp", "node", "wasm", "wasm-self-contained", "wasm-openssl"} <= {
        backend.name for backend in BACKENDS
    }
    assert sum(share for share, *_ in THEMES.values()) == 100
    assert settings.COUNT >= 100


@pytest.mark.parametrize("theme", THEMES)
def test_the_same_seed_gives_the_same_questions(theme):
    first, again = (list(islice(questions_of(theme), 50)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("theme", THEMES)
def test_no_disagreement(theme, tmp_path):
    share, _, among = THEMES[theme]
    count = settings.COUNT * share // 100
    outcome = compare(BACKENDS, questions_of(theme), count, tmp_path)
    if outcome.disagreements:
        pytest.fail(f"PORTCULLIS_SEED={settings.SEED}\n{outcome.render()}", pytrace=False)
    assert outcome.asked == count > 0
    if count >= ENOUGH:
        assert set(among) <= set(outcome.kinds), outcome.kinds
    for backend in BACKENDS:
        least = count if backend.every == 1 else count // backend.every - 1
        assert outcome.answers[backend.name] >= max(least, 1), backend.name
