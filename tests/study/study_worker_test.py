"""Contenders in workerd: what is answered, what is timed, and what is refused. No test looks at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import worker
from harness.gate import answers_digest
from harness.life import Parity
from harness.task import TaskError
from harness.tools import Tools
from harness.worker import Cell
from harness.workload import BASE_CELL, cell_event

TOOLS = Tools()
EVENTS = [cell_event(BASE_CELL, "HS256", 1, number) for number in range(16)]
CELLS = [Cell(BASE_CELL, EVENTS, "allow"), Cell("allow/0.3/small", [cell_event("allow/0.3/small", "HS256", 1, 0)], "allow")]
RIGHT = "export function handler(event) { return event.Records[0].cf.request; }\n"
# (module (func (export "f") (result i32) i32.const 42))
WASM = bytes.fromhex("0061736d01000000010501600001 7f0302010007050101660000 0a06010400412a0b".replace(" ", ""))

pytestmark = pytest.mark.skipif(not TOOLS.workerd.exists(), reason="workerd is not installed: ./dev setup")


@pytest.fixture
def plant(tmp_path: Path) -> Any:
    def plant(text: str, **files: bytes) -> Path:
        folder = tmp_path / "artefact"
        folder.mkdir(exist_ok=True)
        (folder / "worker.js").write_text(text, encoding="utf-8")
        for name, content in files.items():
            (folder / name.replace("_", ".")).write_bytes(content)
        return folder

    return plant


def test_the_gate_s_answers_have_the_runners_form(plant: Any) -> None:
    folder = plant("export const handler = async (event) => event.Records[0].cf.request ?? { status: '500' };\n")
    cases = [("allowed", EVENTS[0]), ("null", None), ("absent", {"Records": [{"cf": {}}]})]
    assert worker.ask(TOOLS, folder, cases) == {
        "allowed": {"outcome": "allow", "response": None},
        "null": {"outcome": "throws", "response": "TypeError: Cannot read properties of null (reading 'Records')"},
        "absent": {"outcome": "500", "response": {"status": "500"}},
    }


def test_an_event_that_is_changed_is_seen(plant: Any) -> None:
    text = "export function handler(event) { const { request } = event.Records[0].cf; request.uri = '/'; return request; }\n"
    folder = plant(text)
    assert worker.ask(TOOLS, folder, [("a", EVENTS[0])])["a"]["outcome"] == "event changed"


@pytest.mark.parametrize("handler", [RIGHT, RIGHT.replace("function", "async function")])
def test_a_trial_has_every_field(plant: Any, handler: str) -> None:
    cases = [("allowed", EVENTS[0])]
    parity = Parity(cases, answers_digest, answers_digest({"allowed": {"outcome": "allow"}}))
    fields = worker.run(TOOLS, plant(handler), CELLS, 0.1, parity=parity, environment_padding=99, path_padding=300)
    assert fields.get("void") is None
    assert fields["start"]["ready"] > 0
    assert [cell["cell"] for cell in fields["cells"]] == [cell.name for cell in CELLS]
    for cell in fields["cells"]:
        assert all(calls > 0 and elapsed > 0 for calls, elapsed in cell["points"])
        assert len({calls for calls, _ in cell["points"]}) >= 2
    assert fields["parity"] == parity.expected
    assert min(fields[name] for name in ("wall_ns", "cpu_ns", "peak_memory", "minor_faults")) > 0


def test_a_wasm_file_beside_it_is_imported_as_a_module(plant: Any) -> None:
    text = "import module from './x.wasm';\nconst { f } = new WebAssembly.Instance(module).exports;\n"
    text += "export function handler(event) { return f() === 42 ? event.Records[0].cf.request : {}; }\n"
    fields = worker.run(TOOLS, plant(text, x_wasm=WASM), CELLS[:1], 0.1, with_isolate=True)
    assert fields.get("void") is None
    assert isinstance(fields["isolate_ns"], int)


def test_wasm_from_bytes_is_refused_in_a_call(plant: Any) -> None:
    text = f"export const handler = () => new WebAssembly.Module(new Uint8Array({list(WASM)}));\n"
    (answer,) = worker.ask(TOOLS, plant(text), [("a", EVENTS[0])]).values()
    assert answer["outcome"] == "throws"
    assert answer["response"].startswith("CompileError")


def test_a_wrong_first_answer_is_void(plant: Any) -> None:
    fields = worker.run(TOOLS, plant("export const handler = () => ({ status: '401' });\n"), CELLS, 0.1)
    assert fields["void"] == "answered 401 to the first request, expected allow"


def test_a_wrong_answer_while_timed_is_void(plant: Any) -> None:
    text = "let n = 0;\nexport const handler = (event) => (++n > 20 ? { status: '401' } : event.Records[0].cf.request);\n"
    fields = worker.run(TOOLS, plant(text), CELLS, 0.1)
    assert fields["void"].startswith(f"{BASE_CELL}: ")
    assert "answers were wrong while timed" in fields["void"]


def test_another_decision_than_the_gate_s_is_void(plant: Any) -> None:
    fields = worker.run(TOOLS, plant(RIGHT), CELLS[:1], 0.1, parity=Parity([("a", EVENTS[0])], answers_digest, "another"))
    assert fields["void"] == "the process that was timed does not decide as the gate recorded"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("this is no module", "SyntaxError"),
        ("import x from './missing.js';\n" + RIGHT, "missing.js"),
        ("throw new Error('no key');\n" + RIGHT, "no key"),
    ],
)
def test_a_module_that_does_not_load_says_why(plant: Any, text: str, reason: str) -> None:
    assert reason in worker.run(TOOLS, plant(text), CELLS, 0.1)["void"]
    with pytest.raises(TaskError, match=reason):
        worker.ask(TOOLS, plant(text), [("a", EVENTS[0])])


def test_a_folder_without_a_worker_is_refused(tmp_path: Path) -> None:
    assert worker.run(TOOLS, tmp_path, CELLS, 0.1)["void"] == "the artefact holds no worker.js"
    with pytest.raises(TaskError, match="no worker.js"):
        worker.ask(TOOLS, tmp_path, [])
