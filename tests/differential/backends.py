"""The programs side by side: the same lines to each, answers compared as they come."""

import collections
import fcntl
import itertools
import json
import queue
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import programs
from as_javascript import plain

CHUNK = 500  # questions that are on their way together
AHEAD = 4  # chunks that may wait for a slow program
PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class Backend:
    name: str
    command: tuple
    every: int = 1  # of so many chunks one


def backend_of(door, every=1):
    return Backend(door, (str(programs.WRAPPER), door), every)


# The addon and the Python module share the library of "cpp", and differ in how they convert: a part
# of the questions is enough there.
BACKENDS = (
    backend_of("cpp"),
    backend_of("wasm"),
    backend_of("wasm-self-contained"),
    backend_of("wasm-openssl"),
    backend_of("node", every=5),
    backend_of("python", every=10),
)


class Program:
    """A backend that runs; a thread of its own feeds it, so that it never waits for the others."""

    def __init__(self, backend, errors):
        self.backend = backend
        self.answers = 0
        self._errors = errors.open("wb")
        self._child = subprocess.Popen(
            backend.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        for pipe in (self._child.stdin, self._child.stdout):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._lines = queue.Queue()
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def _feed(self):
        try:
            while (data := self._lines.get()) is not None:
                self._child.stdin.write(data)
                self._child.stdin.flush()
            self._child.stdin.close()
        except OSError:
            pass  # it has ended: the missing answers tell

    def ask(self, data):
        self._lines.put(data)

    def read(self, count):
        lines = [self._child.stdout.readline() for _ in range(count)]
        answered = sum(1 for line in lines if line.endswith(b"\n"))
        self.answers += answered
        if answered != count:
            self.stop()
            raise AssertionError(
                f"{self.backend.name}: ended after {self.answers} answers\n{self._complaint()}"
            )
        return lines

    def _complaint(self):
        return Path(self._errors.name).read_text(errors="replace")[-2000:]

    def finish(self):
        self._lines.put(None)
        more = self._child.stdout.read()
        code = self._child.wait()
        self._errors.close()
        assert more == b"", f"{self.backend.name}: answers that nobody asked for"
        assert code == 0, f"{self.backend.name}: exit {code}\n{self._complaint()}"

    def stop(self):
        self._child.kill()
        self._child.wait()


@dataclass
class Outcome:
    asked: int = 0
    known: int = 0  # questions whose answer, or a part of it, was known beforehand
    answers: dict = field(default_factory=dict)  # how many, by backend
    kinds: collections.Counter = field(default_factory=collections.Counter)  # what they said
    disagreements: list = field(default_factory=list)

    def render(self, most=10):
        lines = [f"{len(self.disagreements)} disagreements in {self.asked} questions"]
        for told in self.disagreements[:most]:
            lines.append(f"  {told['note']}, known: {json.dumps(told['expected'])}")
            lines += [f"    {name:<20}| {text}" for name, text in told["answers"].items()]
            lines.append(f"    input: {told['input']}")
        return "\n".join(lines)


def read_answer(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


def same(answers):
    """Whether answers are equal as JSON, whatever their spelling."""
    if all(answer == answers[0] for answer in answers):
        return read_answer(answers[0]) is not None
    read = [plain(read_answer(answer)) for answer in answers]
    return read[0] is not None and all(answer == read[0] for answer in read)


def kind_of(answer):
    """What an answer says: a reason, valid or not, or what could not be used."""
    if "reason" in answer:
        return answer["reason"]
    if "error" in answer:
        return answer["error"].split(": ")[0]
    return "valid" if answer["valid"] else "invalid"


def compare(backends, questions, count, folder):
    """Asks `count` questions of every backend; `folder` takes what they write to standard error."""
    outcome = Outcome()
    running = [Program(one, folder / f"{one.name}.stderr") for one in backends]
    waiting = []
    questions = itertools.islice(questions, count)

    def settle():
        number, chunk, lines = waiting.pop(0)
        told = {
            program.backend.name: program.read(len(chunk))
            for program in running
            if number % program.backend.every == 0
        }
        judge(outcome, chunk, lines, told)

    try:
        for number in itertools.count():
            chunk = list(itertools.islice(questions, CHUNK))
            if not chunk:
                break
            lines = [
                json.dumps(
                    {"id": outcome.asked + len(waiting) * CHUNK + at, **question.line}
                ).encode()
                for at, question in enumerate(chunk)
            ]
            data = b"\n".join(lines) + b"\n"
            for program in running:
                if number % program.backend.every == 0:
                    program.ask(data)
            waiting.append((number, chunk, lines))
            if len(waiting) == AHEAD:
                settle()
        while waiting:
            settle()
        for program in running:
            program.finish()
    except BaseException:
        for program in running:
            program.stop()
        raise
    outcome.answers = {program.backend.name: program.answers for program in running}
    return outcome


def judge(outcome, chunk, lines, told):
    outcome.asked += len(chunk)
    for at, question in enumerate(chunk):
        answers = [rows[at] for rows in told.values()]
        outcome.known += bool(question.expected)
        if same(answers):
            answer = read_answer(answers[0])
            outcome.kinds[kind_of(answer)] += 1
            if question.expected.items() <= answer.items():
                continue
        outcome.disagreements.append(
            {
                "note": question.note,
                "expected": question.expected,
                "answers": {
                    name: rows[at].decode(errors="replace").rstrip("\n")
                    for name, rows in told.items()
                },
                "input": lines[at].decode(),
            }
        )
