"""What stands behind one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import synthetic_run

from harness import analysis
from harness.explain import UnknownClaim, choose, explain
from harness.folder import RunFolder

ID = "warm:napi:js-tuned:HS256:node24:free:-:allow/0.3/typical"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    names = ["js-tuned", "napi", "wasm-host", "py-pyjwt", "pybind11"]
    return RunFolder(synthetic_run.make(tmp_path_factory.mktemp("runs") / "run", rounds=8, names=names, contended=0.1))


def test_it_tells_sentence_rule_family_samples_sentinel_seed_and_code(folder: RunFolder) -> None:
    text = explain(folder, ID)
    claim = next(one for one in analysis.make(folder)["claims"] if one["id"] == ID)
    assert claim["sentence"] in text
    assert text.count("\n  ") > 8
    for words in ("verdict: faster", "Holm", "step ", "Sentinel", "Pairs (block by block)"):
        assert words in text, words
    for words in ("Seed 1", "10,000 resamples", "verdicts.py", "0" * 40):
        assert words in text, words
    samples = text.split("Pairs")[1].splitlines()[2:10]
    assert [line.split()[0] for line in samples] == [str(round_) for round_ in range(8)]
    for line in samples:
        cells = line.split()
        subject, reference = (float(cells[column].replace(",", "")) for column in (2, 3))
        assert float(cells[4]) == pytest.approx(subject / reference, rel=1e-2)


def test_contended_pairs_are_marked(folder: RunFolder) -> None:
    claims = analysis.make(folder)["claims"]
    marked = next(one["id"] for one in claims if one["contended"] > 0)
    assert "contended\n" in explain(folder, marked)


def test_runtimes_are_paired_by_round(folder: RunFolder) -> None:
    text = explain(folder, "warm:pybind11:js-tuned:HS256:python3.11:free:-:allow")
    assert "no block in common" in text and "js-tuned in Node 24.21.0" in text


def test_a_rival_has_its_own_family(folder: RunFolder) -> None:
    rival = next(one for one in analysis.make(folder)["rivals"] if one["metric"] == "warm")
    text = explain(folder, rival["id"])
    assert rival["sentence"] in text and f"Family {rival['family']}" in text and rival["family"].startswith("rivals|warm|")


def test_a_size_has_its_bytes(folder: RunFolder) -> None:
    text = explain(folder, "zip:napi:js-tuned:HS256")
    assert "napi: 40,000" in text and "SHA-256" in text and "sizes are exact" in text


def test_prefixes_and_near_matches() -> None:
    ids = ["warm:a:r:HS256", "warm:b:r:HS256", "warm:b:r:RS256", "warm:b:r:RS256:more"]
    assert choose("warm:a", ids) == "warm:a:r:HS256"
    assert choose("warm:b:r:RS256", ids) == "warm:b:r:RS256"
    with pytest.raises(UnknownClaim, match="3 claims begin with 'warm:b'.*\n  warm:b:r:HS256"):
        choose("warm:b", ids)
    with pytest.raises(UnknownClaim, match="near ones:\n  warm:a:r:HS256"):
        choose("a:r:HS256", ids)
    with pytest.raises(UnknownClaim, match="no claim 'zzzzzz'"):
        choose("zzzzzz", ids)


def test_nothing_is_written(folder: RunFolder) -> None:
    before = sorted(path.name for path in Path(folder.path).iterdir())
    explain(folder, ID)
    assert sorted(path.name for path in Path(folder.path).iterdir()) == before
