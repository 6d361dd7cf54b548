"""The Python door among threads: crowd.py SCENARIO WORKLOAD SECONDS. Prints how much was decided, and
nothing on standard error; a wrong decision ends the process with 1.

The scenarios are the functions below. Each ends the process in its own way.
"""

import atexit
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import portcullis  # noqa: E402
from portcullis.jwks import RefreshingVerifier  # noqa: E402

THREADS = 8
ISSUER = "https://issuer.example/"
NOW = 1_700_000_000


class Crowd:
    """Threads that judge until they are told to stop; the first wrong decision is kept."""

    def __init__(self, path):
        work = json.loads(Path(path).read_text())
        self.policies = work["policies"]
        self.cases = [
            (case["policy"], one["event"], one["now"], one["kind"], one["reason"])
            for case in work["often"]
            if not case.get("tick")
            for one in case["steps"]
        ]
        self.verifiers = [portcullis.Verifier(text) for text in self.policies]
        self.stop = False
        self.wrong = []
        self.counts = []
        self.threads = []

    def judge(self, seed, own=False):
        source, count = random.Random(seed), 0
        verifiers = self.verifiers
        if own:
            verifiers = [portcullis.Verifier(text) for text in self.policies]
        try:
            while not self.stop:
                for policy, event, now, kind, reason in source.sample(self.cases, 200):
                    decision = verifiers[policy].verify(event, now)
                    if (decision.kind, decision.reason) != (kind, reason):
                        raise AssertionError(f"{decision.kind} {decision.reason}, not {kind} {reason}: {event}")
                    if kind == "allow":
                        decision.claims, decision.edits
                    else:
                        decision.response
                    count += 1
                # A key swap for all who share: the verifier before is dropped, perhaps by another thread.
                policy = source.randrange(len(verifiers))
                verifiers[policy] = portcullis.Verifier(self.policies[policy])
        except BaseException as error:
            self.fail(error)
        self.counts.append(count)

    def fail(self, error):
        self.wrong.append(f"{type(error).__name__}: {error}")
        self.stop = True

    def start(self, target, *arguments, daemon=False):
        thread = threading.Thread(target=target, args=arguments, daemon=daemon)
        self.threads.append(thread)
        thread.start()

    def judges(self, count=THREADS, daemon=False):
        for seed in range(count):
            self.start(self.judge, seed, seed % 4 == 3, daemon=daemon)

    def wait(self, seconds, enough=lambda: True):
        end = time.monotonic() + seconds
        while not (time.monotonic() >= end and enough()) and not self.stop:
            time.sleep(0.02)

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join()
        if self.wrong:
            sys.exit(self.wrong[0])
        print(json.dumps({"decisions": sum(self.counts)}))


class Keys:
    """A refreshing verifier whose set changes with every fetch: `a` is always in it, `b` every other time.
    Another key calls itself `b` as well, and is never in it."""

    def __init__(self, crowd):
        import tokens

        secrets = {name: name.encode() * 32 for name in "abx"}
        names = {"a": "a", "b": "b", "x": "b"}

        def sign(name):
            header = tokens.base64url(json.dumps({"alg": "HS256", "kid": names[name]}).encode())
            claims = {"iss": ISSUER, "aud": "api", "exp": NOW * 2}
            text = f"{header}.{tokens.base64url(json.dumps(claims).encode())}"
            mac = tokens.hmac.digest(secrets[name], text.encode(), "sha256")
            return f"{text}.{tokens.base64url(mac)}"

        def jwk(name):
            return {"kty": "oct", "kid": names[name], "k": tokens.base64url(secrets[name])}

        sets = [json.dumps({"keys": [jwk(name) for name in chosen]}) for chosen in ("a", "ab")]
        self.tokens = {name: sign(name) for name in "abx"}
        self.crowd = crowd
        self.turn = itertools.count()
        policy = {"algorithms": ["HS256"], "issuer": ISSUER, "audience": "api", "keys": [jwk("a")]}
        self.verifier = RefreshingVerifier(
            {**policy, "routes": [{"path": "/**"}]},
            {ISSUER: "https://issuer.example/keys"},
            timeout=60,  # on a machine that does much else
            fetch=lambda url, timeout, max_bytes: sets[next(self.turn) % 2].encode(),
        )
        self.swaps = 0

    may_be = {"a": {"ok"}, "b": {"ok", "key_not_found"}, "x": {"signature_invalid", "key_not_found"}}

    def judge(self):
        count = 0
        try:
            while not self.crowd.stop:
                for name, token in self.tokens.items():
                    for ask in (self.verifier.verify_token, self.verifier.verify_token_fresh):
                        reason = ask(token, NOW).reason
                        if reason not in self.may_be[name]:
                            raise AssertionError(f"{name}: {reason}")
                        count += 1
        except BaseException as error:
            self.crowd.fail(error)
        self.crowd.counts.append(count)

    def swap(self):
        """The only one who fetches: after a refresh the set is known."""
        try:
            while not self.crowd.stop:
                turn = next(self.turn)
                self.turn = itertools.count(turn)
                if not self.verifier.refresh():
                    raise AssertionError(self.verifier.status())
                expected = "ok" if turn % 2 else "key_not_found"
                reason = self.verifier.verify_token(self.tokens["b"], NOW).reason
                if reason != expected:
                    raise AssertionError(f"after a swap: {reason}, not {expected}")
                self.swaps += 1
        except BaseException as error:
            self.crowd.fail(error)


# --- scenarios ----------------------------------------------------------------------------------


def swap(crowd, seconds):
    """Shared and own verifiers, and keys that are swapped."""
    sys.setswitchinterval(1e-5)
    keys = Keys(crowd)
    crowd.judges()
    crowd.start(keys.swap)
    for _ in range(3):
        crowd.start(keys.judge)
    crowd.wait(seconds, lambda: keys.swaps > 10)
    crowd.end()


_INTERPRETER = """
import json, portcullis
from pathlib import Path
work = json.loads(Path({path!r}).read_text())
count = 0
for case in work["often"][{first}::{step}]:
    if case.get("tick"):
        continue
    verifier = portcullis.Verifier(work["policies"][case["policy"]])
    for one in case["steps"]:
        decision = verifier.verify(one["event"], one["now"])
        assert (decision.kind, decision.reason) == (one["kind"], one["reason"]), one
        decision.claims, decision.response
        count += 1
assert count > 20
"""


def interpreters(crowd, seconds):
    """Threads with a sub-interpreter each, again and again, beside threads of the main one."""
    try:
        import _interpreters as api  # 3.13

        def make():
            return api.create("legacy")
    except ImportError:
        import _xxsubinterpreters as api

        def make():
            return api.create(isolated=False)

    def run(first):
        count = 0
        try:
            while not crowd.stop:
                code = _INTERPRETER.format(path=sys.argv[2], first=first + 40 * (count % 7), step=97)
                made = make()
                try:
                    failure = api.run_string(made, code)
                finally:
                    api.destroy(made)
                if failure:
                    raise AssertionError(failure.formatted)
                count += 1
        except BaseException as error:
            crowd.fail(error)
        crowd.counts.append(count * 20)

    # One at a time makes and destroys: what CPython does there is not for threads before 3.13.
    crowd.start(run, 0)
    crowd.judges(3)
    crowd.wait(seconds)
    crowd.end()


def fork(crowd, seconds):
    """A child of a process with threads decides and ends by itself."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of 3.12: it is what is tried here
    crowd.judges(4)
    end, children = time.monotonic() + seconds, 0
    while (time.monotonic() < end or children < 3) and not crowd.stop:
        child = os.fork()
        if child == 0:
            right = all(
                crowd.verifiers[policy].verify(event, now).reason == reason
                for policy, event, now, _, reason in crowd.cases[:300]
            )
            os._exit(0 if right else 1)
        if os.waitpid(child, 0)[1] != 0:
            crowd.fail(AssertionError("a child did not decide"))
        children += 1
    crowd.end()


def exit_with_threads(crowd, seconds):
    """The main thread ends while daemons are inside."""
    crowd.judges(daemon=True)
    crowd.wait(seconds)
    print(json.dumps({"decisions": 0}), flush=True)
    sys.exit()


def exit_inside(crowd, seconds):
    """CPython before 3.14 ends a daemon thread by pthread_exit where it next wants the GIL, which may be in
    Python code that one of our functions has called. That unwinds the stack, up to the first frame without
    unwind tables; a frame of ours with tables would call std::terminate (bindings-python/CMakeLists.txt)."""
    import tokens

    policy = tokens.policy(
        routes=[{"path": "/**"}],
        claim_headers={"x-user": "sub"},
        log={"decisions": "all", "claims": ["sub"]},
    )

    def busy(*_):
        return sum(range(2000))

    verifier = portcullis.Verifier(policy)
    plain = portcullis.create_handler(tokens.POLICY, on_decision=busy)
    edge = portcullis.create_handler(policy, log=busy, on_decision=busy)
    expired = tokens.bearer_event(exp=1)
    allowed = verifier.verify(tokens.bearer_event(exp=tokens.FAR_FUTURE))
    denied = verifier.verify(expired)
    answer = {"status": "200", "headers": {}}
    asks = (
        lambda: allowed.edits,
        lambda: denied.response,
        lambda: verifier.verify_token(tokens.sign(), tokens.NOW).claims,
        lambda: plain(expired, None),
        lambda: edge(expired, None),
        lambda: portcullis.check_response(answer, "viewer-request"),
    )

    def repeat(ask):
        while True:
            ask()

    for ask in asks:
        ask()
        crowd.start(repeat, ask, daemon=True)
    crowd.wait(seconds)
    # Finalizing takes longer than a thread waits for the GIL.
    sys.modules["much"] = [{str(at): [at]} for at in range(100_000)]
    print(json.dumps({"decisions": 0}), flush=True)


def exit_with_a_fetch(crowd, seconds):
    """A fetch is under way, and a handler answers from atexit on."""
    keys = Keys(crowd)
    keys.verifier._fetch = lambda url, timeout, max_bytes: time.sleep(60)
    keys.verifier.verify_token(keys.tokens["b"], NOW)
    atexit.register(lambda: keys.verifier.verify_token(keys.tokens["a"], NOW).allowed or os._exit(1))
    crowd.judges(daemon=True)
    crowd.wait(seconds)
    print(json.dumps({"decisions": 0}), flush=True)


def exit_in_a_listener(crowd, seconds):
    """sys.exit from inside a handler, where a listener was called."""
    policy = json.loads(crowd.policies[0])
    policy["log"] = {"decisions": "all"}

    def leave(line):
        raise SystemExit(3)

    handler = portcullis.create_handler(policy, log=leave)
    try:
        answer = handler({}, None)
    except SystemExit:
        answer = None
    assert answer is None or answer["status"] == "500"
    crowd.judges(2, daemon=True)
    crowd.wait(seconds)
    print(json.dumps({"decisions": 0}), flush=True)
    sys.exit()


def interrupted(crowd, seconds):
    """SIGINT, over and over, into a main thread that decides: never a decision that is wrong."""
    hits = 0
    deciding = False  # elsewhere a signal raises nothing, for it would end the scenario

    def bother():
        while not crowd.stop:
            time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

    def interrupt(number, frame):
        nonlocal hits, deciding
        if deciding:
            deciding = False
            hits += 1
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    crowd.start(bother)
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end or hits < 10:
        try:
            deciding = True
            for policy, event, now, kind, reason in crowd.cases:
                decision = crowd.verifiers[policy].verify(event, now)
                if (decision.kind, decision.reason) != (kind, reason):
                    crowd.wrong.append(decision.reason)
                decision.claims, decision.response
                count += 1
            deciding = False
        except KeyboardInterrupt:
            continue
    crowd.stop = True
    crowd.threads[0].join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crowd.counts.append(count)
    crowd.end()


def main():
    name, path, seconds = sys.argv[1:]
    globals()[name](Crowd(path), float(seconds))


main()
