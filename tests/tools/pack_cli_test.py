"""./dev pack on the command line: its help, and words that are missing or wrong."""

from __future__ import annotations

import pytest
from conftest import Run
from dev.pack_variants import TARGETS, VARIANTS

WORDS = ("--variant", "napi", "--policy", "policy.json", "-o", "out.zip")


def test_help_names_every_option_variant_and_target(dev: Run) -> None:
    done = dev("pack", "--help")
    assert done.returncode == 0
    options = ("--variant", "--target", "--policy", "--jwks", "--handler", "--output", "--report")
    for word in (*options, "--write-anyway", *VARIANTS, *TARGETS, "docs/deploy.md"):
        assert word in done.stdout


@pytest.mark.parametrize("missing", ["--variant", "--policy", "-o"])
def test_what_is_required_is_asked_for(dev: Run, missing: str) -> None:
    at = WORDS.index(missing)
    done = dev("pack", *WORDS[:at], *WORDS[at + 2 :])
    assert done.returncode == 2
    wanted = f"{missing}: --variant napi needs one" if missing == "--policy" else f"required: {missing}"
    assert wanted in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--variant", "nonsense"),
        ("--target", "nonsense"),
        ("nonsense",),
        ("--nonsense",),
        ("--jwks", "nonsense"),
    ],
)
def test_wrong_words_are_refused(dev: Run, words: tuple[str, ...], tmp_path: object) -> None:
    policy = f"{tmp_path}/policy.json"
    with open(policy, "w") as file:
        file.write("{}")
    done = dev("pack", *WORDS[:3], policy, "-o", f"{tmp_path}/out.zip", *words)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr
