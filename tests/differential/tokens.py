"""Tokens and policies: those of the vectors, changed in every part, and signed anew where a change
would otherwise be hidden behind a signature that does not fit."""

import base64
import binascii
import hmac
import json

import vector_files as vectors
from mutations import (
    change_bytes,
    change_text,
    change_tree,
    escape_some,
    flip_bit,
    odd_value,
    random_name,
    random_text,
    random_value,
    render,
)
from questions import ALLOWED, Question, denied
from recipe.parts import (
    AUDIENCE,
    EXPIRATION,
    ISSUED,
    ISSUER,
    MAIN,
    NOW,
    SECRETS,
    b64,
    key_of,
    policy,
    token,
)
from recipe.signing import sign_message

# Policies of the vectors that are longer than this (a thousand keys) are asked seldom.
USUAL_POLICY = 6000
# Verifiers that are in use at one time; the programs keep 64.
AT_HAND = 30


def unb64(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


class Seed:
    """A token of the vectors with its policy, and the key that can sign it again."""

    def __init__(self, case):
        self.policy = json.dumps(case["policy_json"], ensure_ascii=False)
        self.now = case["now"]
        self.token = vectors.bare_token(case)
        self.event = case["event"]
        parts = (self.token or "").split(".")
        self.header, self.payload = (unb64(part) for part in (parts + ["", ""])[:2])
        try:
            members = json.loads(self.header)
            self.alg, kid = members["alg"], members["kid"]
            self.key = key_of(kid)
            sign_message(self.alg, self.key, b"")
        except Exception:
            self.alg, self.key = "HS256", MAIN

    @property
    def quick(self):
        return isinstance(self.key, bytes)

    def sign(self, signing_input):
        if self.quick:
            digest = hmac.new(
                self.key, signing_input.encode(errors="replace"), f"sha{self.alg[2:]}"
            ).digest()
            return f"{signing_input}.{b64(digest)}"
        return f"{signing_input}.{b64(sign_message(self.alg, self.key, signing_input.encode()))}"


def find_seeds():
    made = [Seed(case) for case in vectors.decision_cases()]
    assert len(made) >= vectors.FEWEST_DECISIONS
    return made


def some_seeds(random, wanted):
    """Seeds without end, a handful of policies at a time, so that verifiers are used again."""
    usual = [seed for seed in find_seeds() if wanted(seed) and len(seed.policy) <= USUAL_POLICY]
    large = [seed for seed in find_seeds() if wanted(seed) and len(seed.policy) > USUAL_POLICY]
    while True:
        at_hand = random.sample(usual, min(AT_HAND, len(usual)))
        for _ in range(1000):
            seed = random.choice(at_hand)
            yield random.choice(large) if large and random.random() < 0.002 else seed


def ask(seed, made, expected=None, note="", **members):
    line = {"token": made, "now": seed.now, "policy": seed.policy, **members}
    return Question(line, expected or {}, note)


def quick_with_token(seed):
    return seed.quick and seed.token is not None


# --- header and claims as text --------------------------------------------------------------------


def change_segment(random, data):
    kind = random.randrange(6)
    if kind < 3:
        return change_bytes(random, data)
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return change_bytes(random, data)
    if kind == 3:
        return render(random, change_tree(random, tree)).encode(errors="surrogatepass")
    if kind == 4:
        return escape_some(random, render(random, tree)).encode(errors="surrogatepass")
    if isinstance(tree, dict):
        tree[random_name(random)] = random_value(random, 3)
    return render(random, tree).encode(errors="surrogatepass")


def segments(random):
    """JSON of headers and claims sets changed, then signed."""
    for seed in some_seeds(random, quick_with_token):
        header, payload = seed.header, seed.payload
        which = random.randrange(8)
        if which < 3:
            header = change_segment(random, header)
        elif which < 6:
            payload = change_segment(random, payload)
        elif which == 6:
            payload = random_text(random).encode(errors="surrogatepass")
        else:
            header, payload = change_segment(random, header), change_segment(random, payload)
        made = seed.sign(f"{b64(header)}.{b64(payload)}")
        yield ask(seed, made, note="segments", claims=True)


# --- compact form ---------------------------------------------------------------------------------


def change_part(random, text):
    kind = random.randrange(8)
    at = random.randrange(len(text) + 1)
    if kind == 0:
        return text + random.choice(("=", "==", "A", "AA", "AAA", "\n", " ", "+"))
    if kind == 1:
        return text[:-1]
    if kind == 2 and text:  # the bits that stand for nothing
        return text[:-1] + random.choice(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        )
    if kind == 3:
        return (
            text[:at]
            + random.choice(("+", "/", "=", ".", " ", "\0", "\u00e9", "\U0001f600", "~", "\x7f"))
            + text[at + 1 :]
        )
    if kind == 4:
        return text.replace("-", "+").replace("_", "/")
    if kind == 5:
        return text[:at]
    if kind == 6:
        return text[:at] + random.choice("AQgw-_") + text[at:]
    return random.choice(
        ("", "A", "AA", "e30", "bnVsbA", "W10", "x" * random.choice((8192, 10923, 16384, 16385)))
    )


def compact_forms(random):
    """The three parts as text changed, and signed over whatever they are, or not."""
    for seed in some_seeds(random, quick_with_token):
        header, payload = b64(seed.header), b64(seed.payload)
        kind = random.randrange(10)
        if kind < 3:
            made = seed.sign(f"{change_part(random, header)}.{payload}")
        elif kind < 6:
            made = seed.sign(f"{header}.{change_part(random, payload)}")
        elif kind == 6:
            head, _, signature = seed.sign(f"{header}.{payload}").rpartition(".")
            made = f"{head}.{change_part(random, signature)}"
        elif kind == 7:
            made = change_text(random, seed.token)
        elif kind == 8:
            parts = [header, payload, b64(random.randbytes(32)), "", "A", "e30"]
            made = ".".join(random.choice(parts) for _ in range(random.randrange(7)))
        else:
            made = seed.sign(f"{header}.{payload}") + random.choice(
                (".", "\n", " ", "\0", ".A", ",")
            )
        if random.random() < 0.2:
            scheme = random.choice(
                ("Bearer ", "bearer  ", "BEARER ", "Bearer", "Bearer\t", "Basic ", "")
            )
            value = [{"key": "Authorization", "value": scheme + made}]
            yield event_question(seed, value)
        else:
            yield ask(seed, made, note="compact form")


def event_question(seed, authorization):
    request = {"headers": {"authorization": authorization}, "method": "GET", "uri": "/"}
    line = {
        "event": {"Records": [{"cf": {"request": request}}]},
        "now": seed.now,
        "policy": seed.policy,
    }
    return Question(line, {}, "event")


def events(random):
    """Events of the vectors with a tree changed."""
    for seed in some_seeds(random, lambda seed: isinstance(seed.event, dict)):
        event = json.loads(json.dumps(seed.event))
        for _ in range(random.randrange(3)):
            change_tree(random, event)
        yield Question({"event": event, "now": seed.now, "policy": seed.policy}, {}, "event")


# --- claims ---------------------------------------------------------------------------------------


def odd_times(now):
    near = [
        now + delta
        for delta in (-301, -300, -61, -60, -31, -30, -1, 0, 1, 30, 31, 60, 61, 300, 301)
    ]
    return (
        *near,
        now + 0.5,
        now - 0.5,
        0,
        -1,
        1e10,
        1e308,
        -1e308,
        2**53,
        2**63,
        10**20,
        str(now),
        None,
        True,
    )


WORDS = (
    "read",
    "write",
    "read write",
    "admin",
    "a",
    "a b",
    " read",
    "read ",
    "",
    "READ",
    "read:items",
)


def words(random):
    some = [random.choice(WORDS) for _ in range(random.randrange(4))]
    return random.choice((some, " ".join(some), random.choice(WORDS), odd_value(random)))


def strings_of(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, one in value.items() for text in (name, *strings_of(one))]
    return [text for one in value for text in strings_of(one)] if isinstance(value, list) else []


def change_claims(random, claims, texts, now):
    """Claims as policies ask for them, right and wrong; `texts` are the words of the policy."""
    name = random.choice(
        (
            "exp",
            "nbf",
            "iat",
            "iss",
            "aud",
            "scope",
            "scp",
            "scopes",
            "permissions",
            "roles",
            "groups",
            "cognito:groups",
            "token_use",
            "client_id",
            "azp",
            "tid",
            random.choice(texts)[:100],
        )
    )
    if random.random() < 0.15:
        claims.pop(name, None)
    elif name in ("exp", "nbf", "iat") and random.random() < 0.9:
        claims[name] = random.choice(odd_times(now))
    elif random.random() < 0.5:
        some = [random.choice(texts) for _ in range(random.randrange(1, 4))]
        claims[name] = random.choice((some[0], some, " ".join(some)))
    else:
        claims[name] = words(random)


def claim_sets(random):
    """Good JSON, any values: what policies decide on."""
    texts = {}
    for seed in some_seeds(random, lambda seed: seed.token is not None):
        if not seed.quick and random.random() < 0.97:
            continue  # slow to sign
        try:
            claims = json.loads(seed.payload)
        except (ValueError, RecursionError):
            continue
        if not isinstance(claims, dict):
            continue
        if seed.policy not in texts:
            texts[seed.policy] = strings_of(json.loads(seed.policy))
        for _ in range(random.randrange(1, 5)):
            change_claims(random, claims, texts[seed.policy], seed.now)
        made = seed.sign(
            f"{b64(seed.header)}.{b64(render(random, claims).encode(errors='surrogatepass'))}"
        )
        yield ask(seed, made, note="claims", claims=random.random() < 0.2)


PLAIN = json.dumps(policy())
FAULTS = (
    ("expired", {"exp": NOW}),
    ("not_yet_valid", {"nbf": NOW + 1}),
    ("issued_in_future", {"iat": NOW + 1}),
    ("issuer_mismatch", {"iss": ISSUER[:-1]}),
    ("audience_mismatch", {"aud": AUDIENCE + "/"}),
    ("claim_missing", {"exp": ...}),
    ("claim_missing", {"iss": ...}),
    ("claims_invalid", {"exp": "4102444800"}),
    ("claims_invalid", {"aud": 1}),
)


def known_tokens(random):
    """Fresh tokens whose answer is known."""
    while True:
        claims = {
            "iss": ISSUER,
            "sub": "u",
            "aud": random.choice((AUDIENCE, [AUDIENCE], ["x", AUDIENCE])),
            "iat": random.randrange(ISSUED, NOW + 1),
            "exp": random.randrange(NOW + 1, EXPIRATION),
        }
        for _ in range(random.randrange(4)):
            claims[f"x-{random_name(random)}"] = random_value(random, 3)
        kind = random.randrange(5)
        line = {"now": NOW, "policy": PLAIN}
        if kind < 2:
            yield Question({**line, "token": token(claims), "claims": True}, ALLOWED, "fresh")
        elif kind == 2:
            head, _, signature = token(claims).rpartition(".")
            made = f"{head}.{b64(flip_bit(random, unb64(signature)))}"
            yield Question({**line, "token": made}, denied("signature_invalid"), "signature bit")
        elif kind == 3:
            reason, members = random.choice(FAULTS)
            claims.update(members)
            claims = {name: value for name, value in claims.items() if value is not ...}
            yield Question({**line, "token": token(claims)}, denied(reason), reason)
        else:
            other = token(claims, key=SECRETS["other"])
            yield Question({**line, "token": other}, denied("signature_invalid"), "another key")


# --- policies -------------------------------------------------------------------------------------


def shuffle_members(random, tree):
    """The same policy but for the order of its members."""
    if isinstance(tree, dict):
        members = [(name, shuffle_members(random, one)) for name, one in tree.items()]
        random.shuffle(members)
        return dict(members)
    return [shuffle_members(random, one) for one in tree] if isinstance(tree, list) else tree


def policies_with_tokens():
    """Every policy of the vectors as text, good and bad, with a token to judge by it."""
    found = {}
    for case in vectors.decision_cases():
        if vectors.bare_token(case) is not None:
            text = json.dumps(case["policy_json"], ensure_ascii=False)
            better = case["expect"]["decision"] == "allow"
            if text not in found or better:
                found[text] = (vectors.bare_token(case), case["now"])
    for case in vectors.policy_cases():
        try:
            found.setdefault(vectors.policy_bytes(case).decode(), (token(), NOW))
        except UnicodeDecodeError:
            continue  # a line cannot carry it
    return [(text, *found[text]) for text in sorted(found) if len(text) <= USUAL_POLICY]


def change_policy(random, text):
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return change_text(random, text)
    kind = random.randrange(10)
    if kind < 4:
        return change_text(random, text)
    if kind < 7:
        for _ in range(random.choice((1, 1, 2))):
            tree = change_tree(random, tree)
        return render(random, tree)
    made = render(random, shuffle_members(random, tree))
    return escape_some(random, made) if kind == 7 else made


def policies(random):
    """Policies changed as trees and as texts: the error, or what becomes of a token."""
    seeds = policies_with_tokens()
    while True:
        text, made, now = random.choice(seeds)
        changed = change_policy(random, text).encode(errors="replace").decode()
        yield Question({"token": made, "now": now, "policy": changed}, {}, "policy")
