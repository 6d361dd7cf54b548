"""The files of the report: what is in them, that nothing else can get in, and that the same folder gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair
import pytest
import report_run
import synthetic_run
from harness import analysis, report
from harness.folder import FolderError, RunFolder, write_json
from harness.report import charts, drawing, page
from harness.report.blocks import Bullets, Cell, Column, Row, Section, Table
from harness.report.data import Data
from harness.report.render import inline, markdown, script_json
from harness.report.sections import answer, cost, reproduce, requests
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "link", "br", "input", "img"}
SECTIONS = [
    "answer",
    "cold",
    "requests",
    "warm",
    "size",
    "memory",
    "cost",
    "ladder",
    "articles",
    "load",
    "parity",
    "method",
    "data",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return report_run.shared(tmp_path_factory)


def everything(folder: RunFolder) -> dict[str, bytes]:
    written = ["report.html", "report.md", "comment.md"]
    written += [
        str(path.relative_to(folder.path)) for place in ("badges", "export") for path in sorted(folder.file(place).iterdir())
    ]
    return {name: folder.file(name).read_bytes() for name in written}


class Structure(HTMLParser):
    """What is open, what is where, and whether it closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.figures: list[set[str]] = []
        self.handlers: list[str] = []
        self.tables = 0
        self.tables_without_heads = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.handlers += [name for name in found if name.startswith("on")]
        if "id" in found:
            self.ids.append(found["id"])
        if found.get("href", "").startswith("#"):
            self.links.append(found["href"][1:])
        else:
            self.addresses += [found[name] for name in ("href", "src", "data", "action") if found.get(name)]
        if tag == "figure":
            self.figures.append(set())
        elif self.figures and "figure" in self.open:
            self.figures[-1].add(tag)
        if tag == "th" and "scope" not in found:
            self.tables_without_heads += 1
        self.tables += tag == "table"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


def test_the_page_is_well_formed_and_whole(run: RunFolder) -> None:
    text = run.file("report.html").read_text(encoding="utf-8")
    found = Structure(text)
    assert not found.open
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= set(found.ids)
    assert [name for name in found.ids if name in SECTIONS] == SECTIONS
    assert found.figures and all({"svg", "figcaption", "details", "table"} <= figure for figure in found.figures)
    assert found.tables > 20 and found.tables_without_heads == 0


def test_the_page_needs_no_network_and_is_small(run: RunFolder) -> None:
    data = run.file("report.html").read_bytes()
    assert len(data) < 1_500_000
    assert Structure(data.decode()).addresses == ["data:,"]
    assert b"default-src 'none'" in data
    assert not re.search(rb"@import|url\((?!#)", data)


def test_a_page_that_would_be_too_large_leaves_the_claims_to_the_files(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    data = Data.of(run)
    made = page.sections(data)
    assert 'id="claims-data"' in page.html(data, made)
    monkeypatch.setattr(page, "MOST_BYTES", 1000)
    assert 'id="claims-data"' not in page.html(data, made)


def test_words_of_a_contender_never_become_markup(run: RunFolder) -> None:
    text = run.file("report.html").read_text(encoding="utf-8")
    assert Structure(text).handlers == []
    assert "<script>globalThis.injected" not in text and "<img" not in text
    assert "javascript:alert" not in re.sub(r">[^<]*<", "><", text.split("<script type=")[0])
    for name in ("report.md", "comment.md"):
        assert "<script>globalThis" not in run.file(name).read_text(encoding="utf-8")
    assert "globalThis.injected" in text  # it is told, as text


def test_the_text_twin_has_the_same_sections_and_tables(run: RunFolder) -> None:
    text = run.file("report.md").read_text(encoding="utf-8")
    assert re.findall(r'^## <a id="(\w+)"></a>', text, re.MULTILINE) == SECTIONS
    html = run.file("report.html").read_text(encoding="utf-8")
    assert text.count("\n|---") == Structure(html).tables
    for line in text.splitlines():
        if line.startswith("|---"):
            columns = line.count("|") - 1
    assert columns > 1


def test_every_row_of_a_markdown_table_has_its_columns(run: RunFolder) -> None:
    for name in ("report.md", "comment.md"):
        columns = 0
        for line in run.file(name).read_text(encoding="utf-8").splitlines():
            bars = len(re.findall(r"(?<!\\)\|", line))
            if not line.startswith("|"):
                columns = 0
            elif columns:
                assert bars == columns, line
            else:
                columns = bars


def test_every_sentence_of_the_answer_is_the_analysis_s_own(run: RunFolder) -> None:
    data = Data.of(run)
    own = {claim["sentence"] for claim in data.analysis["claims"]}
    told = answer.headline_claims(data)
    assert told and {claim["sentence"] for claim in told} <= own
    assert "Exploratory" in run.file("report.html").read_text(encoding="utf-8")


def test_the_packed_claims_unpack_to_every_claim(run: RunFolder) -> None:
    data = Data.of(run)
    packed = reproduce.packed(data)
    found = {}
    for group in packed["groups"]:
        for subject, reference, text, verdict, *own in group["claims"]:
            for number, phrase in enumerate(packed["phrases"]):
                text = text.replace(chr(packed["first"] + number), phrase)
            names = packed["names"][subject], packed["names"][reference]
            text = text.replace("\ue000", names[0]).replace("\ue001", names[1])
            id_ = own[0] if own else ":".join([group["metric"], *names, group["tail"]])
            found[id_] = (text + group["end"], packed["verdicts"][verdict])
    assert {id_: sentence for id_, (sentence, _) in found.items()} == {c["id"]: c["sentence"] for c in data.analysis["claims"]}


def test_nothing_undecided_has_a_number_in_the_summary(run: RunFolder) -> None:
    data = Data.of(run)
    table = next(block for block in answer.make(data).blocks if isinstance(block, Table) and block.id == "t-summary")
    undecided = [cell for row in table.rows for cell in row.cells if cell.text == "~"]
    assert undecided and not any(re.search(r"\d", cell.detail) for cell in undecided)


def test_the_same_folder_gives_the_same_bytes(run: RunFolder, tmp_path: Path) -> None:
    first = everything(run)
    copy = RunFolder(Path(shutil.copytree(run.path, tmp_path / "elsewhere")))
    copy.file("export/old.vl.json").write_text("{}", encoding="utf-8")
    report.write(copy)
    assert everything(copy) == first


def test_no_machine_path_and_no_clock_in_any_file(run: RunFolder) -> None:
    for name, data in everything(run).items():
        assert str(ROOT).encode() not in data and str(run.path.parent).encode() not in data, name


def test_the_charts_are_valid_vega_lite(run: RunFolder) -> None:
    files = sorted(run.file("export").glob("*.vl.json"))
    assert len(files) > 10
    for path in files[:3] + files[-3:]:
        spec = json.loads(path.read_text(encoding="utf-8"))
        # Altair's schema has no null for the background, Vega-Lite has.
        assert spec.pop("background") is None and spec["config"].pop("view") == {"stroke": None}
        altair.Chart.from_dict(spec, validate=True)


def test_exports(run: RunFolder) -> None:
    analysis_ = run.read("analysis.json")
    rows = {
        name: list(csv.DictReader(io.StringIO(run.file(f"export/{name}.csv").read_text())))
        for name in ("trials", "figures", "claims")
    }
    assert len(rows["figures"]) == len(analysis_["figures"])
    assert [row["id"] for row in rows["claims"]] == [claim["id"] for claim in analysis_["claims"]]
    assert len({row["trial"] for row in rows["trials"]}) == len(run.trials())
    bmf = json.loads(run.file("export/bmf.json").read_text())
    assert all(isinstance(v["value"], int | float) for measures in bmf.values() for v in measures.values())
    gab = json.loads(run.file("export/gab.json").read_text())
    assert len(gab) == len({entry["name"] for entry in gab}) and all(entry["unit"] for entry in gab)


def test_a_cell_cannot_become_a_formula() -> None:
    from harness.report.exports import _csv

    assert _csv(["a"], [["=1+1"], ["@x"], [-1.5]]) == "a\n'=1+1\n'@x\n-1.5\n"


def test_the_comment_is_short_and_has_one_table(run: RunFolder) -> None:
    text = run.file("comment.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert len(re.findall(r"^\|---", text, re.MULTILINE)) == 1 and text.count("<details>") == text.count("</details>") == 1


def test_badges_are_svg_and_say_no_bare_number(run: RunFolder) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in run.file("badges").iterdir()}
    assert {"parity.svg", "size-napi.svg", "warm-napi.svg"} <= set(files)
    assert all(
        text.startswith("<svg ") and "http" not in text.replace("http://www.w3.org/2000/svg", "") for text in files.values()
    )
    assert "js-tuned" in files["warm-napi.svg"] and "exploratory" in files["warm-napi.svg"]


def test_readme_table(run: RunFolder) -> None:
    table = report.readme_table(run)
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) == len(run.read("analysis.json")["contenders"])
    assert "| `noop` |" in table and "does not decide" in table
    assert "js-jose` | 17.0 KB | no number: refused" in table
    assert "Modelled Lambda" in table and run.path.name in table and "Exploratory" in table
    text = report.between_markers(f"a\n{report.BEGIN}\nold\n{report.END}\nb", table)
    assert text == f"a\n{report.BEGIN}\n{table}\n{report.END}\nb"
    with pytest.raises(report.MarkerError):
        report.between_markers("no markers", table)


@pytest.mark.parametrize("width", [80, 140])
def test_terminal_table(run: RunFolder, width: int) -> None:
    out = io.StringIO()
    report.print_table(run.read("analysis.json"), Console(file=out, width=width, no_color=True))
    text = out.getvalue()
    assert "napi" in text and "js-jose: refused" in text and "exploratory" in text
    assert all(len(line) <= width for line in text.splitlines() if "│" in line)


def test_the_load_test_and_the_parity_matrix(run: RunFolder) -> None:
    text = run.file("report.md").read_text(encoding="utf-8")
    assert "no trigger" in text and "300 µs" in text and "**napi**: not built" in text
    html = run.file("report.html").read_text(encoding="utf-8")
    assert "✗ allow" in html and "contenders as the policy" in html


# --- what may be missing ------------------------------------------------------------------------


def bare(tmp_path: Path, **options: Any) -> RunFolder:
    folder = RunFolder(synthetic_run.make(tmp_path / "run", **({"rounds": 2, "algorithms": ["HS256"]} | options)))
    write_json(folder.file("analysis.json"), analysis.make(folder))
    return folder


def written(folder: RunFolder) -> str:
    report.write(folder)
    assert report.readme_table(folder)
    report.print_table(folder.read("analysis.json"), Console(file=io.StringIO()))
    text = folder.file("report.html").read_text(encoding="utf-8")
    assert not Structure(text).open
    return text


def test_a_run_without_choice_articles_and_load_says_so(tmp_path: Path) -> None:
    text = written(bare(tmp_path, names=["noop", "js-tuned", "js-bare"]))
    for words in ("has no choice.json", "has no articles.json", "has no load test", "no calibration rows"):
        assert words in text


def test_a_run_of_python_alone(tmp_path: Path) -> None:
    text = written(bare(tmp_path, names=["py-noop", "py-pyjwt", "pybind11"]))
    assert "No headline reference" in text and "The ladder needs" in text


def test_an_interrupted_run_of_one_round(tmp_path: Path) -> None:
    folder = bare(tmp_path, names=["noop", "js-tuned", "napi"], rounds=1)
    report_run.change(folder.path, "manifest.json", lambda manifest: manifest.update(interrupted=True, ended=None))
    assert "stopped after 1 round" in written(folder)


def test_a_contender_that_was_not_built(tmp_path: Path) -> None:
    reasons = {"rust-article": "no wasm32 target here"}
    text = written(bare(tmp_path, names=["noop", "js-tuned", "rust-article"], not_built=reasons))
    assert "not built" in text and "no wasm32 target here" in text


def test_a_run_in_which_nothing_was_measured(tmp_path: Path) -> None:
    text = written(bare(tmp_path, names=["noop", "js-tuned"], kinds=()))
    assert "No start was measured" in text and "makes no claim" in text


def test_a_broken_sentinel_is_told_first(tmp_path: Path) -> None:
    text = written(bare(tmp_path, names=["noop", "js-tuned", "napi"], rounds=6, sentinel=1.4))
    assert re.search(r"\d+ sentinels? failed", text)


def test_a_folder_without_an_analysis_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(synthetic_run.make(tmp_path / "run", rounds=1, names=["noop", "js-tuned"]))
    with pytest.raises(FolderError, match="analysis.json"):
        report.write(folder)


# --- parts --------------------------------------------------------------------------------------


def test_inline_marks() -> None:
    assert inline("**a** `b` [c](#d) <e>") == '<b>a</b> <code>b</code> <a href="#d">c</a> &lt;e&gt;'
    assert "<a" not in inline("[x](javascript:alert)") and "<a" not in inline("[x](https://elsewhere.test)")
    assert markdown("a <b> & c\nd") == "a &lt;b> &amp; c d"
    assert "</script" not in script_json({"a": "</script>", "b": "<!--"}) and "<!--" not in script_json("<!--")


def test_ticks_are_few_and_inside() -> None:
    for low, high in ((1, 9), (0.02, 8), (3e5, 4e7), (60, 80), (1e2, 6e7)):
        found = charts.ticks(low, high, True)
        assert 2 <= len(found) <= 8 and low <= min(found) and max(found) <= high
    assert charts.ticks(0, 130, False) == [0, 50, 100]


def test_labels_keep_their_distance() -> None:
    places = charts._spread([10, 11, 12, 290, 299], 15, 300)
    ordered = sorted(places)
    assert all(b - a >= 15 for a, b in zip(ordered, ordered[1:], strict=False)) and max(places) <= 300


def test_drawings_keep_names_colours_and_numbers() -> None:
    lines = [charts.Line("napi", "door", "0.125 (0.120 to 0.130)", (charts.Mark(0.125, 0.12, 0.13),), (0.12, 0.13))]
    lines.append(charts.Line("<b>", "peer", "~ undecided", (charts.Mark(1.0),)))
    spec = charts.row_chart(lines, charts.Axis("ratio", lambda value: f"{value:g}", one=1.0, band=(0.95, 1.05)))
    text = drawing.svg(spec, 'a "label" <here>')
    assert 'fill="var(--door)"' in text and 'data-c="napi"' in text and 'data-c="other"' in text
    assert "0.125 (0.120 to 0.130)" in text and "&lt;b&gt;" in text and "var(--band)" in text
    assert 'aria-label="a &quot;label&quot; &lt;here&gt;"' in text and 'role="img"' in text
    assert text == drawing.svg(spec, 'a "label" <here>')
    assert text.count('class="dots"') == 1


def test_the_cost_table_counts_as_the_explorer_does(run: RunFolder) -> None:
    script = (
        "const {cost}=require(process.argv[1]);const "
        "a=JSON.parse(process.argv[2]);console.log(JSON.stringify(a.map(([p,u])=>cost(p,u))))"
    )
    prices = page.platforms.rows(page.platforms.prices(Data.of(run)))
    asked = []
    for name in ("lambda-edge", "lambda", "workers"):
        for duration, init, life in ((0.4, 60.0, 1), (1.0, 80.5, 200), (2.0001, 0.0, 10_000)):
            asked.append((prices[name], duration, init, life))
    usages = [
        [price, {"requests": 1e6, "duration_ms": duration, "init_ms": init, "requests_per_sandbox": life, "memory_mb": 128}]
        for price, duration, init, life in asked
    ]
    argv = ["node", "-e", script, str(ROOT / "study" / "chooser" / "cost.js"), json.dumps(usages)]
    told = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout)
    for (price, duration, init, life), theirs in zip(asked, told, strict=True):
        assert cost.bill(price, 1e6, duration, init, life, 128) == pytest.approx(theirs)


def test_the_mean_of_a_life() -> None:
    one = {"sums": [[1, 10.0], [2, 12.0], [100, 110.0]], "steady_ms": 1.0}
    assert [cost.mean_duration(one, life) for life in (1, 2, 51, 100, 200)] == pytest.approx([10, 6, 61 / 51, 1.1, 1.05])


def test_a_table_is_the_same_in_both_forms() -> None:
    table = Table(
        "t-x",
        "caption",
        (Column("a"), Column("b", "note", words=True)),
        (Row((Cell("1|2", detail="d"), Cell("<i>", badges=("w",)))),),
    )
    made = [Section("x", "X", "x", (table, Bullets(("**one**",))))]
    context = {"facts": [], "sections": made, "claims": []}
    from harness.report.render import render

    text = render("report.md.j2", context)
    assert "| 1\\|2 (d) | &lt;i> _w_ |" in text and "- **one**" in text


def test_kept_requests_reach_the_last() -> None:
    assert requests.KEPT[0] == 1 and requests.KEPT[-1] == 100 and list(requests.KEPT) == sorted(requests.KEPT)
