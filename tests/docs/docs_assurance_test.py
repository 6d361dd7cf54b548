"""docs/assurance.md and the nightly workflow know every campaign of tests/hardening, and no other."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT, read

from dev.campaign import CAMPAIGNS

PAGE = read(ROOT / "docs" / "assurance.md")
SECTIONS = dict(re.findall(r"^## ([a-z]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


def test_every_campaign_has_its_section() -> None:
    assert list(SECTIONS) == sorted(SECTIONS) and set(SECTIONS) == set(CAMPAIGNS) and len(CAMPAIGNS) > 8


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_section_has_command_length_and_finds(name: str) -> None:
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", SECTIONS[name], re.M)
    told = dict(rows)
    assert [word for word, _ in rows] == ["tries", "command", "length", "found"]
    assert f"`./dev campaign {name} --long`" in told["command"] or "`./dev fuzz" in told["command"]
    assert re.search(r"\d", told["length"])
    assert len(told["found"]) > 3


def test_the_nightly_workflow_runs_each() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "campaigns.yml")
    (listed,) = re.findall(r"^ *campaign: \[([\w, ]+)\]$", workflow, re.M)
    assert tuple(listed.split(", ")) == CAMPAIGNS
