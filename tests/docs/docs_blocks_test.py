"""Every block of code of every page is run or read by a test, or stands here with the reason why not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT, blocks_of, files_of_the_tree, read, without_fences

# Page and language of fenced blocks, how many there are, and the test that runs or reads them.
TESTED = {
    ("README.md", "json"): (1, "tests/docs/docs_readme_test.py"),
    ("README.md", "js"): (3, "tests/docs/docs_readme_test.py"),
    ("README.md", "sh"): (4, "tests/docs/docs_readme_test.py"),
    ("README.md", "cmake"): (1, "tests/packaging/cpp_test.py"),
    ("README.md", "cpp"): (1, "tests/packaging/cpp_test.py"),
    ("README.md", "python"): (2, "tests/docs/docs_readme_test.py"),
    ("bindings-node/README.md", "js"): (1, "tests/docs/docs_doors_test.py"),
    ("docs/adapters.md", "js"): (3, "tests/docs/docs_doors_test.py"),
    ("docs/adapters.md", "python"): (2, "tests/docs/docs_doors_test.py"),
    ("docs/deploy.md", "js"): (1, "tests/docs/docs_deploy_test.py"),
    ("docs/keys.md", "js"): (3, "tests/node/jwks_docs.test.js"),
    ("docs/keys.md", "python"): (2, "tests/python/test_jwks_docs.py"),
    ("docs/policy.md", "json"): (15, "tests/docs/docs_policy_test.py"),
    ("docs/tutorial.md", "console"): (5, "tests/packaging/tutorial_test.py"),
    ("docs/tutorial.md", "json"): (3, "tests/packaging/tutorial_test.py"),
    ("docs/tutorial.md", "sh"): (7, "tests/packaging/tutorial_test.py"),
    ("wasm/README.md", "js"): (2, "tests/docs/docs_doors_test.py"),
    # Commands: ./dev and its words exist.
    ("study/README.md", ""): (1, "tests/docs/docs_links_test.py"),
}
NOT_RUN = {
    ("docs/architecture.md", ""): (3, "drawings"),
    ("docs/edge.md", "json"): (1, "a line of a log, with … for what differs; tests/vectors/edge has whole ones"),
    ("docs/keys.md", "sh"): (1, "fetches an issuer's keys"),
    ("tests/tools/verify_lines/README.md", "json"): (
        4,
        "lines of a protocol, cut short; tests/tools/verify_lines_test.py sends and gets whole ones",
    ),
    ("study/README.md", "toml"): (1, "a contender that there is not; tests/study/study_contender_test.py reads those that there are"),
}
# Pages of generated references: their blocks are signatures, which docs_api_test.py compares.
GENERATED = "docs/api/"

# Lines of indented blocks that are neither ./dev commands (docs_links_test.py) nor errors of policies
# (docs_policy_test.py): how they begin, and who runs or reads them, or why not.
LINES = {
    "portcullis check-": "tests/python/test_edge_layer.py",
    'node -p "require(': "tests/packaging/npm_test.py",
    "PORTCULLIS_SEED=": "./dev test: tests/docs/docs_links_test.py",
    "node bindings-node/bench/load.js": "./dev bench: tests/tools/bench_test.py",
    "python bindings-python/bench/load.py": "./dev bench: tests/tools/bench_test.py",
    "curl --fail --": "fetches an issuer's keys",
    "dev: policy: ": "tests/docs/docs_deploy_test.py",
    "tests/tools/verify_lines/verify_lines DOOR": "tests/tools/verify_lines_test.py",
    "GLIBC needed": "a line of the report: tests/packaging/pack_test.py",
    **dict.fromkeys(
        ("needs of its host", "entry point  ", "runtime  ", "system  ", "libraries  "),
        "lines of the report: tests/packaging/pack_test.py",
    ),
    "python3 -c 'import json": "tests/docs/docs_deploy_test.py",
    "python3 -m zipfile -e worker.zip": "tests/docs/docs_deploy_test.py",
    "cd worker": "tests/docs/docs_deploy_test.py",
    "npx wrangler deploy": "needs an account",
    "aws lambda update-function-code": "needs an account",
}
PAGES = [path for path in files_of_the_tree("*.md") if not str(path.relative_to(ROOT)).startswith(("study/results/", GENERATED))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_fenced_block_is_tested_or_told_why_not() -> None:
    found = Counter((name(page), block.language) for page in PAGES for block in blocks_of(read(page)))
    assert found == {place: count for place, (count, _) in (TESTED | NOT_RUN).items()}
    assert not TESTED.keys() & NOT_RUN.keys()


@pytest.mark.parametrize("place", TESTED, ids=" ".join)
def test_the_test_reads_the_page(place: tuple[str, str]) -> None:
    page, _ = place
    test = read(ROOT / TESTED[place][1])
    if page != "README.md" and "PAGES" not in test:
        assert Path(page).stem in test or Path(page).parent.name in test, TESTED[place]


def lines_of(page: Path) -> list[str]:
    blocks = re.findall(r"(?:^|\n\n)((?:    [^\n]*\n)+)", without_fences(read(page)))
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_indented_line_is_tested_or_told_why_not(page: Path) -> None:
    known = ("./dev ", "policy: ", *LINES)
    assert [line for line in lines_of(page) if not line.startswith(known)] == []


def test_no_row_is_left_over() -> None:
    lines = [line for page in PAGES for line in lines_of(page)]
    assert len(lines) > 40
    assert [start for start in LINES if not any(line.startswith(start) for line in lines)] == []
    named = [word for text in LINES.values() for word in re.findall(r"tests/[\w/.]+", text)]
    assert [word for word in named if not (ROOT / word).is_file()] == []
