#!/usr/bin/env python3
"""Writes the vector files from recipe/. Standard library only; the same bytes every time.

make_vectors.py           write keys/, decisions/, edge/cases/, policies/, signatures/, responses/
make_vectors.py --check   write nothing; fail if a file on disk differs, is missing or is left over
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from recipe import (  # noqa: E402
    algorithm_cases,
    claims_cases,
    demand_cases,
    edge_browser_cases,
    edge_cases,
    edge_policy_cases,
    issuer_cases,
    key_files,
    policy_cases,
    public_key_policies,
    request_cases,
    response_rows,
    signature_cases,
    token_cases,
)

DECISIONS = (
    request_cases,
    token_cases,
    algorithm_cases,
    claims_cases,
    issuer_cases,
    demand_cases,
)
EDGE = (edge_cases, edge_browser_cases)
POLICIES = (policy_cases, public_key_policies, edge_policy_cases)
FOLDERS = ("decisions", "edge/cases", "policies", "signatures", "responses", "keys")


def line(value):
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def steps(made):
    """A list whose entries stand on a line each."""
    rows = ",\n".join(f"        {line(step)}" for step in made)
    return "[\n" + rows + "\n      ]"


def document(head, list_name, items):
    """JSON with the head readable and each item's members on a line of their own."""
    out = ["{"]
    out += [f"  {line(name)}: {value}," for name, value in head]
    out.append(f"  {line(list_name)}: [")
    for at, item in enumerate(items):
        out.append("    {")
        members = list(item.items())
        out += [
            f"      {line(name)}: {steps(value) if name == 'steps' else line(value)}"
            + ("," if n + 1 < len(members) else "")
            for n, (name, value) in enumerate(members)
        ]
        out.append("    }" + ("," if at + 1 < len(items) else ""))
    out += ["  ]", "}", ""]
    return "\n".join(out)


def block(members):
    """An object whose members stand on a line each."""
    rows = ",\n".join(f"    {line(name)}: {line(value)}" for name, value in members.items())
    return "{\n" + rows + "\n  }"


def files():
    """Path below this folder -> text."""
    made = {}
    for folder, schema, modules in (
        ("decisions", "../schema/decisions.schema.json", DECISIONS),
        ("edge/cases", "../../schema/edge.schema.json", EDGE),
    ):
        for theme in (make() for module in modules for make in module.THEMES):
            head = [
                ("schema", line(schema)),
                ("title", line(theme.title)),
                ("spec", line(theme.spec)),
                ("policies", block(theme.policies)),
            ]
            made[f"{folder}/{theme.name}.json"] = document(head, "cases", theme.cases)
    for folder, modules in (("policies", POLICIES), ("signatures", (signature_cases,))):
        for theme in (make() for module in modules for make in module.THEMES):
            head = [
                ("schema", line(f"../schema/{folder}.schema.json")),
                ("title", line(theme.title)),
                ("spec", line(theme.spec)),
            ]
            made[f"{folder}/{theme.name}.json"] = document(head, "cases", theme.cases)
    head = [
        ("schema", line("../schema/responses.schema.json")),
        ("title", line("The CloudFront response to each denial")),
        ("spec", line(["RFC 6750 section 3", "RFC 9110 section 11.6.1"])),
    ]
    made["responses/responses.json"] = document(head, "rows", response_rows.ROWS)
    head = [("note", line("Test-only keys. They are public: never use them for anything else."))]
    for name, keys in key_files.FILES:
        made[f"keys/{name}.json"] = document(head, "keys", keys)
    return made


def stale(made):
    """What on disk is not what would be written."""
    found = []
    for name, text in made.items():
        path = HERE / name
        if not path.exists():
            found.append(f"missing: {name}")
        elif path.read_bytes() != text.encode("ascii"):
            found.append(f"differs: {name}")
    for folder in FOLDERS:
        for path in sorted((HERE / folder).glob("*")):
            if f"{folder}/{path.name}" not in made:
                found.append(f"left over: {folder}/{path.name}")
    return found


def main():
    parser = argparse.ArgumentParser(description="Writes the vector files.")
    parser.add_argument("--check", action="store_true", help="compare only; fail on a difference")
    check = parser.parse_args().check
    made = files()
    if check:
        found = stale(made)
        for message in found:
            print(message, file=sys.stderr)
        if found:
            print("run tests/vectors/make_vectors.py and look at the difference", file=sys.stderr)
        return 1 if found else 0
    for name, text in made.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Readers beside us see the old file or the new one.
        half = path.with_name(f".{path.name}.new")
        half.write_bytes(text.encode("ascii"))
        half.replace(path)
    counts = {
        folder: sum(
            text.count('\n      "id": ')
            for name, text in made.items()
            if name.startswith(f"{folder}/")
        )
        for folder in ("decisions", "edge/cases", "policies", "signatures")
    }
    print(", ".join(f"{count} in {folder}" for folder, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
