"""One verifier under many threads."""

import sys
import threading

import portcullis
import tokens

THREADS = 16
ROUNDS = 400


def test_one_verifier_many_threads():
    verifier = portcullis.Verifier(tokens.POLICY)
    handler = portcullis.create_handler(tokens.POLICY)
    cases = [
        (tokens.bearer_event(exp=tokens.FAR_FUTURE, sub=f"user|{i}"), "ok", f"user|{i}")
        for i in range(8)
    ] + [
        (tokens.bearer_event(exp=1), "expired", None),
        (tokens.bearer_event(secret=b"x" * 32), "signature_invalid", None),
        (tokens.event_of_headers({}), "credential_missing", None),
        ({}, "request_malformed", None),
    ]
    barrier = threading.Barrier(THREADS)
    failures = []
    done = []

    def run(offset):
        try:
            barrier.wait()
            for i in range(ROUNDS):
                event, reason, subject = cases[(i + offset) % len(cases)]
                decision = verifier.verify(event)
                assert decision.reason == reason
                answer = handler(event, None)
                if subject is None:
                    assert answer == decision.response
                else:
                    assert answer is tokens.request_of(event)
                    assert decision.claims["sub"] == subject
                done.append(1)
        except BaseException as failure:
            failures.append(failure)
            barrier.abort()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(offset,)) for offset in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failures == []
    assert len(done) == THREADS * ROUNDS


def test_verifiers_made_and_dropped_in_threads():
    token = tokens.sign()
    wrong = []

    def run():
        for _ in range(100):
            decision = portcullis.Verifier(tokens.POLICY).verify_token(token, tokens.NOW)
            if decision.claims != tokens.CLAIMS:
                wrong.append(decision)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
