"""The Python door as a program: see replay_door.js beside this file."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "build" / "native" / "python"))

import portcullis  # noqa: E402 - where it is built, not where it may be installed

known = verifier = None


def verifier_of(policy):
    global known, verifier
    text = json.dumps(policy)
    # A rate limit counts.
    if text != known or "rate_limit" in policy:
        verifier = portcullis.Verifier(text)
        known = text
    return verifier


def answer(question):
    if "response" in question:
        findings = portcullis.check_response(question["response"], question["event_type"])
        told = [f"{found['rule']} {found['path']}" for found in findings]
        return {"reason": "findings", "findings": told}
    try:
        decision = verifier_of(question["policy"]).verify(question["event"], question["now"])
    except portcullis.PolicyError as error:
        return {"error": f"policy: {error.path}: {error.expected}"}
    line = decision.log_line
    names = ("kind", "reason", "status", "route", "response", "edits")
    return {**{name: getattr(decision, name) for name in names}, "log": line and json.loads(line)}


for text in sys.stdin:
    question = json.loads(text)
    print(json.dumps({"id": question["id"], **answer(question)}), flush=True)
