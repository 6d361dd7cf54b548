"""The files of the report: what is in them, that nothing else can get in, and that the same folder gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
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
from harness.report.sections import answer, cost, ladder, load, reproduce, requests, rivals, size
from harness.report.text import significant
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "link", "br", "input", "img"}
SECTIONS = [
    "answer",
    "rivals",
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
    own = {claim["sentence"] for claim in (*data.analysis["claims"], *data.rivals)}
    told = [*answer.headline_claims(data), *answer.rival_claims(data)]
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
    every = (*data.analysis["claims"], *data.rivals)
    assert {id_: sentence for id_, (sentence, _) in found.items()} == {claim["id"]: claim["sentence"] for claim in every}


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
        for name in ("trials", "figures", "claims", "curves")
    }
    assert len(rows["figures"]) == len(analysis_["figures"])
    every = (*analysis_["claims"], *Data.of(run).rivals)
    assert [row["id"] for row in rows["claims"]] == [claim["id"] for claim in every]
    points = {(row["contender"], row["k"]) for row in rows["curves"]}
    assert ("js-tuned", "1") in points and ("js-tuned", "100") in points and all(row["until_ns"] for row in rows["curves"])
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
    assert "(n 6 paired processes, HS256, Node 24)</title>" in files["warm-napi.svg"]
    assert "one artefact, exact)</title>" in files["size-napi.svg"] and " cases; Node 24, " in files["parity.svg"]


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


def test_percentiles_of_few_requests_are_not_told(run: RunFolder) -> None:
    per = {"p50": 300_000, "p99": 950_000, "max": 1_100_000}
    one = {"target": "napi", "rate": 200, "achieved": 200.0, "errors": 0, "percentiles": per}
    ends = {"low": {key: value // 2 for key, value in per.items()}, "high": {key: value * 2 for key, value in per.items()}}
    rows = [
        one | {"requests": 999},
        one | {"requests": 1000},
        one | {"requests": 2997, "count": 2997, "passes": 3, "contended": 1} | ends,
        one | {"requests": 3000, "count": 3000, "passes": 3, "contended": 0} | ends,
    ]
    table = load._table(Data.of(run), rows)
    p99 = [column.title for column in table.columns].index("p99")
    assert [row.cells[p99].text for row in table.rows] == ["~", "950 µs", "~", "950 µs"]
    assert table.rows[1].cells[p99].detail == "one pass, no spread, n 1,000"
    assert table.rows[3].cells[p99].detail == "475 to 1,900, n 1,000"
    assert table.rows[3].cells[p99 + 1].text == "1.10 ms"


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


def test_costs_have_their_n_and_interval(run: RunFolder) -> None:
    data = Data.of(run)
    price = page.platforms.rows(page.platforms.prices(data))["lambda-edge"]
    usages = {one["name"]: one for one in cost.usage(data)}
    one = usages["js-tuned"]
    assert [k for k, _ in one["sums"]] == list(cost.LIVES) and one["n"] == 6
    assert one["low"]["ready_ms"] <= one["ready_ms"] <= one["high"]["ready_ms"]
    assert one["low"]["steady_ms"] <= one["steady_ms"] <= one["high"]["steady_ms"]
    (told,) = cost.bills([cost._asked(price, one)])
    steps = -(-cost.mean_of_life(one) // 1)
    assert told["duration"] == pytest.approx(1e6 * steps * price["per_gb_second"] * 128 / 1024 / 1000)
    table = next(block for block in cost.make(data).blocks if isinstance(block, Table))
    rows = {row.cells[0].text: row.cells for row in table.rows}
    assert rows["js-tuned"][-1].text == f"${significant(told['total'])}" and rows["js-tuned"][-1].detail.endswith(", n 6")
    assert " to $" in rows["js-tuned"][-1].detail


def test_workers_are_costed_by_their_warm_call_alone(run: RunFolder) -> None:
    data = Data.of(run)
    one = next(one for one in cost.usage(data) if one["name"] == "worker-js")
    assert one["sums"] == [] and one["ready_ms"] == 0 and "upper bound" in one["note"]
    warm = data.base("warm", "worker-js")
    assert warm and cost.mean_of_life(one) == pytest.approx(warm[1]["median"] / 1e6, rel=1e-3)


def test_the_mean_of_a_life() -> None:
    assert cost.mean_of_life({"sums": [[1, 10.0], [100, 110.0]], "steady_ms": 1.0}) == pytest.approx(1.05)
    assert cost.mean_of_life({"sums": [], "steady_ms": 0.03}) == pytest.approx(0.03)


def test_every_drawn_name_is_in_the_chart_s_table(run: RunFolder) -> None:
    made = page.sections(Data.of(run))
    for figure in page.figures(made):
        drawn = {name for panel in figure.panels for name in re.findall(r'data-c="([^"]+)"', panel.svg)} - {"other"}
        drawn |= {panel.tags.contender for panel in figure.panels} - {""}
        told = {row.tags.contender for row in figure.table.rows} | {row.cells[0].text for row in figure.table.rows}
        assert drawn <= told, figure.id
        assert figure.panels and figure.table.rows, figure.id


def test_tables_under_line_charts_tell_the_percentiles_and_n(run: RunFolder) -> None:
    figures = page.figures(page.sections(Data.of(run)))
    settling = next(figure for figure in figures if figure.id == "f-settling-HS256-node24")
    assert [c.title for c in settling.table.columns][1:10] == ["n", *(f"request {k}" for k in requests.TOLD)]
    cells = settling.table.rows[0].cells
    assert cells[1].text == "6" and all(" to " in cell.detail for cell in cells[2:10])
    assert "main figures" in settling.twin
    start = next(figure for figure in figures if figure.id == "f-ready-HS256-node24")
    assert start.table.columns[2].title == "quartiles" and all(" to " in row.cells[2].detail for row in start.table.rows)


def test_the_lifetime_chart_has_places_for_peers(run: RunFolder) -> None:
    data = Data.of(run)
    context = data.primary("hundred", "HS256", "node24")
    assert context
    entries = [entry for entry in data.analysis["curves"] if entry["context"] == context.id]
    names = [entry["contender"] for entry in requests._chosen(data, entries)]
    assert {"js-tuned", "noop", "js-article", "js-bare", "js-fast", "rust-article", "napi"} <= set(names)
    figure = next(f for f in page.figures(page.sections(data)) if f.id == "f-lifetime-HS256-node24")
    assert f"{len(names)} of {len(entries)} drawn" in figure.how and f"{len(names)} of {len(entries)} drawn" in figure.label
    assert all((f"{entry['contender']} " in figure.label) == (entry["contender"] in names) for entry in entries)


def test_times_of_builds_have_their_quartiles() -> None:
    time = {"n": 3, "median": 21e9, "q1": 20e9, "q3": 23e9}
    assert size._duration(time).detail == "20.0 to 23.0, n 3"
    assert size._duration(time | {"n": 1}).detail == "one build, no spread"
    assert size._duration(None, "no compiler").detail == "no compiler"


def test_lines_and_marks_can_be_told_apart_without_colours() -> None:
    dashes = [dash for styles in charts.LINES.values() for _, dash in styles]
    assert len(set(dashes)) == len(dashes)
    assert all(len(charts.LINES[role]) >= most for role, most in requests.LINES_OF.items())
    assert len(charts.LINES["peer"]) >= requests.LINES_OF["peer"] + len(requests.ALWAYS)
    assert set(charts.SHAPES) == set(charts.COLOURS) and len(set(charts.SHAPES.values())) == len(charts.SHAPES)
    paths = [charts.Path(name, "peer", ((1.0, 1.0), (100.0, 2.0))) for name in ("one", "two", "three")]
    text = drawing.svg(charts.line_chart(paths, "x", "y", str), "label")
    assert all(f">{path.name}</text>" in text for path in paths)


def test_a_ladder_compares_with_the_reference_alone(run: RunFolder) -> None:
    data = Data.of(run)
    figure = next(figure for figure in page.figures([ladder.make(data)]) if figure.id == "f-ladder-HS256-node24")
    rows = {row.cells[0].text: row.cells for row in figure.table.rows}
    assert list(rows)[:2] == ["js-article", "js-tuned"] and {"js-fast", "js-bare", "rust-article", "napi"} <= set(rows)
    assert rows["js-tuned"][4].text == "reference"
    assert all(cells[4].text in ("~", "reference") or ", n 6" in cells[4].detail for cells in rows.values())


def with_rivals(data: Data) -> Data:
    """The claims of wasm-host, as if they had been made about the pair of napi and js-bare."""
    words = {"subject": "napi", "reference": "js-bare", "sentence": "napi and js-bare; somewhere."}
    own = [claim | words for claim in data.analysis["claims"] if claim["subject"] == "wasm-host"]
    return replace(data, analysis=data.analysis | {"rivals": own})


def test_rivals_are_drawn_and_told_first(run: RunFolder) -> None:
    data = with_rivals(Data.of(run))
    section = rivals.make(data)
    (warm,) = [figure for figure in page.figures([section]) if figure.id == "f-rivals-warm-HS256-node24"]
    (row,) = warm.table.rows
    assert row.cells[0].text == "napi ÷ js-bare" and ", n 6" in row.cells[1].detail and row.cells[2].text
    assert "n 6" in warm.label
    assert {claim["metric"] for claim in answer.rival_claims(data)} == {"hundred", "warm"}
    none = rivals.make(replace(data, analysis=data.analysis | {"rivals": []}))
    assert page.figures([none]) == [] and len(none.blocks) == 2


def test_what_is_claimed_first_has_peers_too(run: RunFolder) -> None:
    data = Data.of(run)

    def told(verdict: str) -> set[str]:
        own = [claim | {"verdict": verdict} for claim in data.analysis["claims"]]
        claims = answer.headline_claims(replace(data, analysis=data.analysis | {"claims": own}))
        return {claim["subject"] for claim in claims if data.role(claim["subject"]) == "peer"}

    assert "js-bare" in told("faster") and told("slower") == set()


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
