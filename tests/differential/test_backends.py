"""The comparison itself: what it must notice."""

import os
import random
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest
import signatures
import tokens
from backends import AHEAD, CHUNK, Backend, backend_of, compare
from questions import Question

COUNT = CHUNK + 7
LIAR = Path(__file__).with_name("liar.py")
HONEST = backend_of("cpp")


@pytest.fixture(autouse=True)
def liar_finds_programs(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))


def liar(what, at, every=1):
    return Backend("liar", (sys.executable, str(LIAR), "cpp", what, str(at)), every)


def questions(count=COUNT):
    made = signatures.signatures(random.Random("questions"), [("HS256", 1)])
    return list(islice(made, count))


def test_equal_answers_are_no_disagreement(tmp_path):
    outcome = compare([HONEST, backend_of("node")], iter(questions()), COUNT, tmp_path)
    assert outcome.disagreements == []
    assert outcome.asked == outcome.known == COUNT
    assert outcome.answers == {"cpp": COUNT, "node": COUNT}


@pytest.mark.parametrize("at", [0, 3, CHUNK - 1, CHUNK, COUNT - 1])
def test_a_planted_disagreement_is_found(at, tmp_path):
    outcome = compare([HONEST, liar("flip", at)], iter(questions()), COUNT, tmp_path)
    [found] = outcome.disagreements
    assert f'"id": {at},' in found["input"]
    assert found["answers"]["cpp"] != found["answers"]["liar"]
    text = outcome.render()
    assert text.startswith(f"1 disagreements in {COUNT} questions")
    assert found["input"] in text


def test_a_planted_reason_is_found(tmp_path):
    asked = tokens.known_tokens(random.Random("tokens"))
    outcome = compare([HONEST, liar("flip", 5)], asked, 50, tmp_path)
    assert len(outcome.disagreements) == 1


def test_agreement_on_a_wrong_answer_is_found(tmp_path):
    backends = [liar("flip", 5), Backend("other", liar("flip", 5).command)]
    outcome = compare(backends, iter(questions()), COUNT, tmp_path)
    [found] = outcome.disagreements
    assert found["answers"]["liar"] == found["answers"]["other"]


def test_another_spelling_is_the_same_answer(tmp_path):
    outcome = compare([HONEST, liar("spell", 5)], iter(questions()), COUNT, tmp_path)
    assert outcome.disagreements == []


@pytest.mark.parametrize("what", ["end", "late"])
def test_answers_too_few_or_too_many_fail(what, tmp_path):
    with pytest.raises(AssertionError, match="liar"):
        compare([HONEST, liar(what, 5)], iter(questions()), COUNT, tmp_path)


def test_a_backend_that_is_not_there_fails(tmp_path):
    missing = Backend("missing", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(AssertionError, match="missing: ended after 0 answers"):
        compare([HONEST, missing], iter(questions()), COUNT, tmp_path)


def test_a_part_of_the_questions_is_counted(tmp_path):
    count = 10 * CHUNK
    assert count > AHEAD * CHUNK
    asked = cycle([Question({"token": "", "now": 0, "policy": "{}"})])
    outcome = compare([HONEST, liar("flip", 1, every=4)], asked, count, tmp_path)
    assert outcome.answers == {"cpp": count, "liar": 3 * CHUNK}
    assert len(outcome.disagreements) == 1
