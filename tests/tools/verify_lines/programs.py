"""The programs of this folder for the tests: how they are started and asked."""

import json
import subprocess
from pathlib import Path

WRAPPER = Path(__file__).with_name("verify_lines")
DOORS = ("cpp", "python", "node", "wasm", "wasm-self-contained", "wasm-openssl")


def start(door):
    pipe = subprocess.PIPE
    return subprocess.Popen([WRAPPER, door], stdin=pipe, stdout=pipe, stderr=pipe)


def ask_bytes(door, data):
    """What a program answers to these bytes, line by line."""
    run = subprocess.run([WRAPPER, door], input=data, capture_output=True, timeout=300)
    assert run.returncode == 0, f"{door}: exit {run.returncode}\n{run.stderr.decode()}"
    assert run.stderr == b"", f"{door}: {run.stderr.decode()}"
    assert run.stdout.endswith(b"\n") or not run.stdout
    return [json.loads(line) for line in run.stdout.split(b"\n")[:-1]]


def ask(door, questions):
    data = "".join(json.dumps(question) + "\n" for question in questions).encode()
    answers = ask_bytes(door, data)
    assert len(answers) == len(questions), f"{door}: {len(answers)} of {len(questions)} answers"
    return answers
