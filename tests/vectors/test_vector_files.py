"""The vector files themselves: schemas, ids, what they cover, and how they were made."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import referencing
import vector_files as vectors

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "docs" / "rules.md"

SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((vectors.ROOT / "schema").glob("*.json"))
}
FILES = [
    (folder, name)
    for folder in ("decisions", "edge/cases", "policies", "signatures", "responses")
    for name in vectors.load(folder)
]
# Folders whose schema has another name than they.
SCHEMA_OF = {"edge/cases": "edge"}


def reason_rows(text):
    rows = re.findall(r"^PORTCULLIS_REASON\((\w+), (\d+),", text, re.MULTILINE)
    return {name: int(status) for name, status in rows}


def reason_tables():
    text = (ROOT / "core/include/portcullis/reasons.def").read_text(encoding="utf-8")
    own, mark, edge = text.partition("#if PORTCULLIS_EDGE")
    assert mark
    return reason_rows(own), reason_rows(edge)


def reasons():
    """name -> HTTP status, from the core's own table: those of every build."""
    return reason_tables()[0]


def edge_reasons():
    """The same, of the edge layer alone."""
    return reason_tables()[1]


def edge_steps():
    """(case, step) of every edge case."""
    return [(case, step) for case in vectors.edge_cases() for step in case["steps"]]


def ids():
    cases = (
        *vectors.decision_cases(),
        *vectors.edge_cases(),
        *vectors.policy_cases(),
        *vectors.signature_cases(),
    )
    return [case["id"] for case in cases]


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(("folder", "name"), FILES, ids=["/".join(file) for file in FILES])
def test_file_fits_its_schema(folder, name):
    registry = referencing.Registry().with_resources(
        (schema_name, referencing.jsonschema.DRAFT202012.create_resource(schema))
        for schema_name, schema in SCHEMAS.items()
    )
    document = vectors.load(folder)[name]
    schema = f"{SCHEMA_OF.get(folder, folder)}.schema.json"
    assert (vectors.ROOT / folder / document["schema"]).resolve() == (
        vectors.ROOT / "schema" / schema
    )
    jsonschema.Draft202012Validator(SCHEMAS[schema], registry=registry).validate(document)


@pytest.mark.parametrize(("folder", "name"), FILES, ids=["/".join(file) for file in FILES])
def test_file_is_readable_by_every_json_library(folder, name):
    path = vectors.ROOT / folder / f"{name}.json"
    assert path.read_bytes().isascii()
    # A lone surrogate cannot be encoded.
    assert json.dumps(vectors.load(folder)[name], ensure_ascii=False).encode()


def test_there_are_enough_cases():
    assert len(vectors.decision_cases()) >= vectors.FEWEST_DECISIONS
    assert len(vectors.edge_cases()) >= vectors.FEWEST_EDGE
    assert len(vectors.policy_cases()) >= vectors.FEWEST_POLICIES
    assert len(vectors.signature_cases()) >= vectors.FEWEST_SIGNATURES


def test_ids_are_unique_and_begin_with_their_file():
    assert [name for name, count in Counter(ids()).items() if count > 1] == []
    for case in vectors.decision_cases():
        assert case["id"].startswith(case["theme"] + "-")
    for case in vectors.edge_cases():
        assert case["id"].startswith(f"edge-{case['theme']}-")
    for case in vectors.policy_cases():
        assert case["id"].startswith(f"policy-{case['theme']}-")
    for case in vectors.signature_cases():
        assert case["id"].startswith(f"raw-{case['theme']}-")


def test_policies_are_named_and_used():
    for folder in ("decisions", "edge/cases"):
        for theme, document in vectors.load(folder).items():
            used = {case["policy"] for case in document["cases"]}
            assert used == set(document["policies"]), theme


def test_every_algorithm_has_good_and_bad_signatures():
    algorithms = SCHEMAS["signatures.schema.json"]["$defs"]["case"]["properties"]["alg"]["enum"]
    counts = Counter((case["alg"], case["valid"]) for case in vectors.signature_cases())
    assert [a for a in algorithms if min(counts[a, True], counts[a, False]) < 5] == []


def test_signature_keys_are_public():
    private = {"d", "p", "q", "dp", "dq", "qi", "oth"}
    for case in vectors.signature_cases():
        assert not private & set(case["jwk"]), case["id"]


def test_reasons_and_statuses_are_those_of_the_core():
    table = reasons()
    for case in vectors.decision_cases():
        expect = case["expect"]
        assert expect.get("status", 0) == table[expect["reason"]], case["id"]
    named = set(SCHEMAS["decisions.schema.json"]["$defs"]["denial"]["enum"])
    assert named == set(table) - {"ok"}


def test_reasons_and_statuses_of_the_edge_layer_are_those_of_the_core():
    table = reasons() | edge_reasons()
    for case, step in edge_steps():
        expect = step["expect"]
        challenge = expect["decision"] == "challenge"
        status = 302 if challenge else table[expect["reason"]]
        assert expect.get("status", 0) == status, case["id"]
        assert not challenge or table[expect["reason"]] in (401, 429), case["id"]
        if "response" in expect:
            assert expect["response"]["status"] == str(status), case["id"]
    named = set(SCHEMAS["edge.schema.json"]["$defs"]["edge_reason"]["enum"])
    assert named == set(edge_reasons())


def test_every_reason_of_the_edge_layer_is_reached():
    reached = {step["expect"]["reason"] for _, step in edge_steps()}
    assert set(edge_reasons()) <= reached
    any_now = {
        step["expect"]["reason"] for case, step in edge_steps() if case.get("any_now", False)
    }
    # A limit needs more than one request.
    assert set(edge_reasons()) - any_now == {"rate_limited"}


def test_what_remembers_has_steps():
    """Other cases may share a verifier."""
    for case in vectors.edge_cases():
        assert "any_now" not in case or "rate_limit" not in case["policy_json"], case["id"]


def test_every_reason_is_reached():
    reached = {case["expect"]["reason"] for case in vectors.decision_cases()}
    # internal_error is the core's own fault: no input leads there.
    assert reached == set(reasons()) - {"internal_error"}


def test_every_denial_has_a_response_row():
    table = reasons()
    realms = {case["policy_json"].get("realm", "portcullis") for case in vectors.decision_cases()}
    rows = vectors.responses()
    assert set(rows) == {(realm, reason) for realm in realms for reason in table if reason != "ok"}
    for (_, reason), response in rows.items():
        assert response["status"] == str(table[reason])


def test_reading_the_clock_is_safe_where_the_file_says_so():
    """Cases for handlers reach every reason that needs no clock of its own."""
    reached = {case["expect"]["reason"] for case in vectors.decision_cases() if case["any_now"]}
    assert reached == set(reasons()) - {"internal_error"}


def test_rules_name_cases_that_exist():
    known = set(ids())
    files = {f"{folder}/{name}.json" for folder, name in FILES}
    text = RULES.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) > 50
    named = []
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if cells[0] in ("Rule", "Class", "Section") or set(cells[0]) <= {"-"}:
            continue
        cited = re.findall(r"`([^`]+)`", cells[-1])
        assert cited, f"no vector for: {cells[0]}"
        named += cited
    assert [name for name in named if name not in known and name not in files] == []
    # Every file is cited as a whole or by one of its cases. Rules of the edge layer are in
    # docs/edge.md, whose sections its files name.
    files = {name for name in files if not name.startswith(("edge/", "policies/edge-"))}
    themes = {case["id"]: f"decisions/{case['theme']}.json" for case in vectors.decision_cases()}
    themes |= {case["id"]: f"policies/{case['theme']}.json" for case in vectors.policy_cases()}
    themes |= {case["id"]: f"signatures/{case['theme']}.json" for case in vectors.signature_cases()}
    cited_files = {themes.get(name, name) for name in named}
    assert {f for f in files if not f.startswith("responses/")} <= cited_files


def test_rules_name_every_reason():
    text = RULES.read_text(encoding="utf-8")
    assert [name for name in reasons() if f"`{name}`" not in text] == []


def test_files_are_what_the_recipe_writes():
    script = vectors.ROOT / "make_vectors.py"
    run = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr


def test_a_changed_file_is_noticed(tmp_path):
    copy = tmp_path / "vectors"
    for path in [vectors.ROOT / "make_vectors.py", *(vectors.ROOT / "recipe").glob("*.py")]:
        target = copy / path.relative_to(vectors.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    command = [sys.executable, str(copy / "make_vectors.py")]
    assert subprocess.run([*command, "--check"], capture_output=True, timeout=120).returncode == 1
    assert subprocess.run(command, capture_output=True, timeout=120).returncode == 0
    assert subprocess.run([*command, "--check"], capture_output=True, timeout=120).returncode == 0
    changed = copy / "decisions" / "issuer.json"
    changed.write_text(changed.read_text().replace("issuer_mismatch", "ok", 1))
    left_over = copy / "policies" / "old.json"
    left_over.write_text("{}")
    run = subprocess.run([*command, "--check"], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert "differs: decisions/issuer.json" in run.stderr
    assert "left over: policies/old.json" in run.stderr
