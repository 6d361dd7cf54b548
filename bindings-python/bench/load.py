"""From import to the first HS256 decision, and what that adds to memory, in a process for each sample:

    portcullis   the package as it is shipped, a policy, a token
    empty        a pybind11 module that does nothing (load_empty.cpp) and a call of it

load.py [--rounds N] [--json]. A round starts one process of each, in random order. The ratio is of first
deciles, since whatever else runs on the machine only adds; with the interval that 95 % of 2,000 bootstrap
samples of the rounds lie in.
"""

import sys
import time

NOW = 1_700_000_000


def ask_empty(policy, token):
    import portcullis_empty

    return portcullis_empty.answer()


def ask_portcullis(policy, token):
    import portcullis

    return portcullis.Verifier(policy).verify_token(token, NOW).allowed


SUBJECTS = {"portcullis": ask_portcullis, "empty": ask_empty}


def resident():
    """Of the whole process, exactly: /proc/self/status counts in batches."""
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            if line.startswith("Rss:"):
                return 1024 * int(line.split()[1])
    raise RuntimeError("no Rss in /proc/self/smaps_rollup")


def measure(name, folder, policy, token):
    """In the process that is measured: prints nanoseconds and bytes."""
    sys.path.insert(0, folder)
    for _ in range(20):
        resident()  # what it needs itself is there by now
    before = resident()
    begun = time.perf_counter_ns()
    right = SUBJECTS[name](policy, token)
    taken = time.perf_counter_ns() - begun
    added = resident() - before
    if not right:
        raise RuntimeError(f"{name}: not what was expected")
    print(taken, added)


def make_subject():
    import base64
    import hashlib
    import hmac
    import json
    import secrets

    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")

    def encode_json(value):
        return encode(json.dumps(value, separators=(",", ":")).encode())

    key = secrets.token_bytes(32)
    header = encode_json({"alg": "HS256", "typ": "JWT", "kid": "k1"})
    claims = {
        "iss": "https://tenant.example/",
        "sub": "auth0|64b5e3f2a1c9d80012345678",
        "aud": "https://api.example",
        "iat": NOW - 100,
        "exp": NOW + 3600,
        "permissions": ["view:data", "read:reports", "read:profile"],
    }
    signed = f"{header}.{encode_json(claims)}"
    policy = {
        "issuer": "https://tenant.example/",
        "audience": "https://api.example",
        "algorithms": ["HS256"],
        "require": {"permissions": {"all_of": ["view:data"]}},
        "keys": [{"kty": "oct", "kid": "k1", "alg": "HS256", "k": encode(key)}],
    }
    signature = encode(hmac.digest(key, signed.encode(), hashlib.sha256))
    return json.dumps(policy), f"{signed}.{signature}"


def quantile(values, share):
    return sorted(values)[round((len(values) - 1) * share)]


def ratio_of(ours, floor):
    import random

    drawn = []
    for _ in range(2000):
        rounds = random.choices(range(len(ours)), k=len(ours))
        drawn.append(quantile([ours[i] for i in rounds], 0.1) / quantile([floor[i] for i in rounds], 0.1))
    return {
        "ratio": quantile(ours, 0.1) / quantile(floor, 0.1),
        "low": quantile(drawn, 0.025),
        "high": quantile(drawn, 0.975),
    }


def main():
    import argparse
    import json
    import random
    import subprocess
    from pathlib import Path

    native = Path(__file__).resolve().parents[2] / "build" / "native"
    folders = {"portcullis": native / "python", "empty": native / "bindings-python" / "bench"}
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: expected a positive integer")

    subject = make_subject()
    microseconds = {name: [] for name in SUBJECTS}
    memory = {name: [] for name in SUBJECTS}
    for turn in range(-1, options.rounds):
        for name in random.sample(list(SUBJECTS), len(SUBJECTS)):
            told = subprocess.run(
                [sys.executable, "-I", "-S", __file__, "--measure", name, folders[name], *subject],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()
            if turn < 0:
                continue  # the first brings the files into memory, and the byte-code onto the disk
            microseconds[name].append(int(told[0]) / 1000)
            memory[name].append(int(told[1]))

    ratio = ratio_of(microseconds["portcullis"], microseconds["empty"])
    version = sys.version.split()[0]
    if options.json:
        told = {"unit": "us", "rounds": options.rounds, "python": version, **microseconds}
        print(json.dumps({**told, "memory": memory, "ratios": {"portcullis": ratio}}))
        return
    print(f"Python {version}, {options.rounds} rounds; first decile (median, third quartile)")
    for name, samples in microseconds.items():
        first, middle, third = (quantile(samples, share) for share in (0.1, 0.5, 0.75))
        line = f"{name:<12} {first:.0f} us ({middle:.0f}, {third:.0f})"
        print(f"{line:<40} +{quantile(memory[name], 0.5) / 1024:.0f} KB")
    print(f"{ratio['ratio']:.2f} x ({ratio['low']:.2f} to {ratio['high']:.2f})")


if sys.argv[1:2] == ["--measure"]:
    measure(*sys.argv[2:])
else:
    main()
