"""clang-tidy and cppcheck over the sources of the core and the doors: they find nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, Facts
from dev.lint import Unit, clang_tidy, cppcheck, sources, units

# The short form asks clang-tidy about what reads a stranger's bytes: these folders without the files that read
# the operator's policy and keys; in one form and without the analyzer. cppcheck it asks about everything. The
# long form asks both about everything in all forms, with the analyzer.
READERS = tuple(ROOT / "core" / "src" / layer for layer in ("encoding", "jose", "jwt", "edge"))
OPERATORS = re.compile(
    r"json_document\w*|pem|der|jwk|jwk_set|pem_key|key_forms|key_material|public_key_rules|\w*policy\w*|requirements"
)

# A mistake of each kind that is counted on: what is to find it, its name there, and the mistake.
MISTAKES = {
    "moved": (
        "clang-tidy",
        "bugprone-use-after-move",
        """
#include <string>
#include <utility>
std::size_t both(std::string text) {
  const std::string taken = std::move(text);
  return taken.size() + text.size();
}
""",
    ),
    "narrowed": (
        "clang-tidy",
        "clang-diagnostic-implicit-int-conversion",
        "short cut(int number) { return number; }\n",
    ),
    "recursive": (
        "clang-tidy",
        "misc-no-recursion",
        "int depth(const char* at) { return *at == '[' ? 1 + depth(at + 1) : 0; }\n",
    ),
    "uninitialised": (
        "analyzer",
        "clang-analyzer-core.UndefinedBinaryOperatorResult",
        """
int sum(const int* numbers, int count) {
  int total;
  for (int i = 0; i != count; ++i) total = numbers[i];
  return total + 1;
}
""",
    ),
    "null": (
        "analyzer",
        "clang-analyzer-core.NullDereference",
        """
int first(const int* number) {
  if (number == nullptr) return *number;
  return 0;
}
""",
    ),
    "freed": (
        "analyzer",
        "clang-analyzer-cplusplus.NewDelete",
        """
int after() {
  int* number = new int(1);
  delete number;
  return *number;
}
""",
    ),
    "overread": (
        "cppcheck",
        "arrayIndexOutOfBounds",
        """
int last() {
  const int numbers[3] = {1, 2, 3};
  return numbers[3];
}
""",
    ),
    "mismatched": (
        "cppcheck",
        "mismatchAllocDealloc",
        """
void once() {
  int* const numbers = new int[3]();
  delete numbers;
}
""",
    ),
}


def findings_of(tool: str, file: Path) -> list[str]:
    if tool == "cppcheck":
        return cppcheck([file])
    return clang_tidy([Unit(file, ("-std=c++20", "-Wconversion"))], analyzer=tool == "analyzer")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(tmp_path: Path, name: str) -> None:
    tool, finding, text = MISTAKES[name]
    file = tmp_path / f"{name}.cpp"
    file.write_text(text)
    assert any(finding in line for line in findings_of(tool, file))


@pytest.mark.parametrize("tool", ["analyzer", "cppcheck"])
def test_what_is_right_is_let_pass(tmp_path: Path, tool: str) -> None:
    file = tmp_path / "right.cpp"
    file.write_text("int twice(int number) { return 2 * number; }\n")
    assert findings_of(tool, file) == []


def test_clang_tidy_finds_nothing(length: str, facts: Facts) -> None:
    every = length == "long"
    files = [file for file in sources() if every or (file.parent in READERS and not OPERATORS.fullmatch(file.stem))]
    chosen = units(files, all_forms=every)
    assert len(files) > 30
    found = clang_tidy(chosen, analyzer=every)
    facts["clang-tidy: files"] = len(files)
    facts["clang-tidy: files in a form"] = len(chosen)
    facts["clang-tidy: findings"] = len(found)
    assert found == []


def test_cppcheck_finds_nothing(facts: Facts) -> None:
    files = sources()
    assert len(files) > 60
    found = cppcheck(files)
    facts["cppcheck: files"] = len(files)
    facts["cppcheck: findings"] = len(found)
    assert found == []


def test_what_is_silenced_has_a_reason() -> None:
    folders = ("core", "bindings-python", "bindings-node", "wasm")
    files = [file for folder in folders for kind in ("*.[ch]pp", "*.h") for file in (ROOT / folder).rglob(kind)]
    lines = [f"{file.relative_to(ROOT)}: {line.strip()}" for file in files for line in file.read_text().splitlines()]
    marks = [line for line in lines if re.search(r"NOLINT(?!END)|cppcheck-suppress", line)]
    assert marks
    reasoned = re.compile(r"// (NOLINT\w*\([a-z][\w,.-]*\): |cppcheck-suppress \w+ ; )\w")
    assert [line for line in marks if not reasoned.search(line)] == []
