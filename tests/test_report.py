"""One report of three systems: the same figures in page, Markdown and JSON, and inert whatever others wrote."""

import asyncio
import json
import re
import sys
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError, RecordError, RoleInstructError, SourceError
from roleinstruct.evaluation.answers import Answers, read_answers
from roleinstruct.evaluation.items import read_items
from roleinstruct.evaluation.judge_report import report_of
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.evaluation.report.document import Cell, Chart, Grid, Report, Section
from roleinstruct.evaluation.report.drawing import Drawing, cut
from roleinstruct.evaluation.report.hub import file_name
from roleinstruct.evaluation.report.markdown import markdown
from roleinstruct.evaluation.report.page import page
from roleinstruct.evaluation.report.rated import collected_of
from roleinstruct.evaluation.verdicts import read_verdicts, write_verdicts
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.pipeline.reporting import Made, ReportOptions, make_report, write_report
from roleinstruct.pipeline.scoring import score_files
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.records import Message
from three_systems import HOSTILE, Files, three_systems, write_answers


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return three_systems(tmp_path_factory.mktemp("three"))


@pytest.fixture(scope="module")
def made(files: Files) -> Made:
    options = ReportOptions(files.answers, [files.verdicts], [files.ratings], encoder="ngrams")
    return make_report(DataFolder(files.data), options)


@pytest.fixture(scope="module")
def out(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_report(made, folder, name="people", dataset="somebody/people")
    return folder


@pytest.fixture(scope="module")
def document(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return found


class Tables(HTMLParser):
    """The tables of a page, and all its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append(plain("".join(self._cell)))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def plain(text: str) -> str:
    return " ".join(text.split())


def tables_of_markdown(text: str) -> list[list[list[str]]]:
    """Of lines that begin with a bar; the line of dashes is left out."""
    found: list[list[list[str]]] = [[]]
    for line in text.split("\n"):
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            if not re.fullmatch(r"[| :-]+", line):
                found[-1].append([re.sub(r"\\(.)", r"\1", cell.strip()) for cell in cells])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def tables_of_json(document: dict[str, Any]) -> list[list[list[str]]]:
    return [
        [[plain(name) for name in table["head"]], *([plain(cell["text"]) for cell in row] for row in table["rows"])]
        for section in document["sections"]
        for table in section["tables"]
    ]


def table(document: dict[str, Any], section: str, title: str) -> dict[str, Any]:
    (found,) = [one for one in document["sections"] if one["name"] == section]
    (grid,) = [one for one in found["tables"] if one["title"] == title]
    chosen: dict[str, Any] = grid
    return chosen


def row(grid: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (found,) = [one for one in grid["rows"] if one[0]["text"] == name]
    cells: list[dict[str, Any]] = found[1:]
    return cells


def test_page_markdown_and_json_tell_the_same_figures(out: Path, document: dict[str, Any]) -> None:
    expected = tables_of_json(document)
    assert len(expected) > 20
    assert Tables((out / "report.html").read_text(encoding="utf-8")).tables == expected
    assert tables_of_markdown((out / "report.md").read_text(encoding="utf-8")) == expected


def test_what_is_shown_is_what_was_measured(document: dict[str, Any]) -> None:
    for section in document["sections"]:
        for grid in section["tables"]:
            for cell in (cell for line in grid["rows"] for cell in line if "value" in cell):
                shown = re.findall(r"[-+]?[\d,]*\.?\d+%?", cell["text"])
                wanted = [cell["value"], *cell.get("interval", [])]
                assert len(shown) == len(wanted)
                for text, value in zip(shown, wanted, strict=True):
                    unit = 100 if text.endswith("%") else 1
                    digits = len(text.rstrip("%").partition(".")[2])
                    number = float(text.replace(",", "").rstrip("%")) / unit
                    assert number == pytest.approx(value, abs=0.5001 * 10**-digits / unit)


def test_table_2_is_that_of_score(files: Files, document: dict[str, Any]) -> None:
    scored = score_files(files.answers, DataFolder(files.data)).as_json()
    grid = table(document, "table-2", "The shape of the paper's Table 2")
    for system in scored["systems"]:
        cells = row(grid, system["system"])
        assert [cell["value"] for cell in cells] == [
            system["average"],
            *(system["tasks"][task]["value"] for task in ("raw", "cus", "spe")),
        ]
        assert cells[0]["interval"] == system["interval"]
        assert [cell["n"] for cell in cells] == [scored["items"], *(s["n"] for s in system["tasks"].values())]
        floors = row(grid, f"floor of {system['system']}")
        assert floors[0]["value"] == system["floor"]
    assert document["scores"]["duels"] == scored["duels"]
    near = row(table(document, "table-2", "Who beats whom"), "near – generic")
    assert near[0]["text"].startswith("+")
    assert "*" in near[0]["text"]


def test_table_3_is_that_of_the_judge(files: Files, document: dict[str, Any]) -> None:
    (judged,) = report_of([read_verdicts(files.verdicts)]).judges
    grid = table(document, "judge-1", "The shape of the paper's Table 3")
    assert [line[0]["text"] for line in grid["rows"]] == [place.system for place in judged.places]
    for place in judged.places:
        rank = row(grid, place.system)[0]
        assert (rank["value"], rank["interval"]) == (place.rank.value, [place.rank.low, place.rank.high])
        assert rank["n"] == 55
    health = table(document, "judge-1", "Can strict be trusted?")
    assert judged.bias.flipped is not None
    assert row(health, "flip rate: the winner turns with the order")[0]["value"] == judged.bias.flipped.value
    assert row(health, "not scored: unreadable_reply")[0]["value"] == judged.unscored["unreadable_reply"]
    assert row(health, "alpha with itself, style")[0]["value"] == judged.self_alpha["style"]
    asked = table(document, "judge-1", "How strict was asked")
    assert row(asked, "prompt (SHA-256)")[0]["text"] == judged.judge.prompt_sha256
    assert row(asked, "parameters")[0]["text"] == '{"temperature": 0}'
    agreement = table(document, "judges", "Agreement")
    assert row(agreement, "strict – people")[1]["value"] > 0.3


def test_table_4_is_that_of_the_ratings_and_names_who_guesses(files: Files, document: dict[str, Any]) -> None:
    given = [one.score for one in read_ratings(files.ratings) if one.system == "near"]
    grid = table(document, "people", "The shape of the paper's Table 4")
    assert row(grid, "near")[0]["value"] == pytest.approx(sum(given) / len(given), abs=1e-6)
    assert row(grid, "near")[-1]["value"] == len(given)
    raters = [line[0]["text"] for line in table(document, "people", "Each rater beside the others")["rows"]]
    assert raters == ["anna", "ben", "cho", "赌徒 (!)"]


@pytest.mark.parametrize(("section", "figures"), [("table-2", 11), ("judge-1", 5), ("people", 11)])
def test_the_papers_own_figures_are_marked(document: dict[str, Any], section: str, figures: int) -> None:
    (found,) = [one for one in document["sections"] if one["name"] == section]
    (paper,) = [grid for grid in found["tables"] if "paper's own" in grid["title"]]
    assert paper["title"].startswith("* Not comparable")
    assert len(paper["rows"]) == figures
    assert all(line[0]["text"].startswith("* ") for line in paper["rows"])


def test_every_file_has_its_digest(files: Files, document: dict[str, Any]) -> None:
    found = document["digests"]
    assert found["items"] == document["scores"]["digest"]
    paths = dict(zip(("answers of near", "answers of 小声", "answers of generic"), files.answers, strict=True))
    for name, path in {**paths, "verdicts of strict": files.verdicts, "ratings 1": files.ratings}.items():
        assert found[name] == sha256(path.read_bytes()).hexdigest()


def test_samples_are_of_four_kinds_and_carry_every_score(document: dict[str, Any]) -> None:
    (found,) = [one for one in document["sections"] if one["name"] == "samples"]
    kinds = [grid["title"].partition(":")[0] for grid in found["tables"]]
    assert kinds == ["Best"] * 2 + ["Furthest apart"] * 2 + ["Middling"] * 2 + ["Worst"] * 2
    best, worst = (found["tables"][n]["rows"][1] for n in (0, -1))
    assert sum(cell["value"] for cell in best[1:]) > sum(cell["value"] for cell in worst[1:])
    names = {line[0]["text"] for grid in found["tables"] for line in grid["rows"]}
    assert {"answer", "Rouge-L", "rank by strict"} <= names


def test_what_is_absent_is_said_with_what_would_add_it(files: Files) -> None:
    made = make_report(DataFolder(files.data), ReportOptions(files.answers[:1]))
    leads = {section.name: section.lead for section in made.report.sections if not section.blocks}
    assert {"rpcs", "judge", "people", "cost"} <= leads.keys()
    for name, option in (("rpcs", "--encoder"), ("judge", "--verdicts"), ("people", "--ratings")):
        assert option in leads[name]
    assert made.report.title == "How well near plays 4 characters"


def test_costs_come_from_journals_and_verdicts(files: Files, tmp_path: Path) -> None:
    answers = tmp_path / "near.jsonl"
    answers.write_bytes(files.answers[0].read_bytes())
    asked = Request("nobody-knows", (Message("user", "你好"),))

    async def ask() -> None:
        await journal.put(asked, Reply("好。", "stop", Usage(120, 7, 0), "m"), "respond")
        await journal.put(replace(asked, sample=1), Reply("好。", "stop", Usage(80, 3, 0), "m"), "respond")
        await journal.put(replace(asked, sample=2), Reply("{}", "stop", Usage(1, 1, 0), "m"), "judge")

    with Journal(tmp_path / JOURNAL) as journal:
        asyncio.run(ask())
    made = make_report(DataFolder(files.data), ReportOptions([answers], [files.verdicts]))
    (grid,) = next(one for one in made.report.as_json()["sections"] if one["name"] == "cost")["tables"]
    assert [[cell["text"] for cell in line] for line in grid["rows"]] == [
        ["judge", "strict (judge-large)", "220", "81,000", "9,500", "0.1234"],
        ["respond", "nobody-knows", "2", "200", "10", "–"],
    ]


def test_the_same_files_give_the_same_bytes_and_tell_no_path(files: Files, out: Path, tmp_path: Path) -> None:
    options = ReportOptions(files.answers, [files.verdicts], [files.ratings], encoder="ngrams")
    made = make_report(DataFolder(files.data), options)
    for path in write_report(made, tmp_path, name="people", dataset="somebody/people"):
        content = path.read_bytes()
        assert content == (out / path.relative_to(tmp_path)).read_bytes()
        assert str(files.data.parent).encode() not in content


def test_the_hub_reads_the_figures(out: Path, document: dict[str, Any]) -> None:
    from huggingface_hub import ModelCard, parse_eval_result_entries

    (near,) = [one for one in document["scores"]["systems"] if one["system"] == "near"]
    block = (out / "results/near.model-index.yaml").read_text(encoding="utf-8")
    card: Any = ModelCard(f"---\n{block}---\n# near\n")
    assert card.data.model_name == "near"
    found = {(one.metric_name, one.metric_args["n"]): one for one in card.data.eval_results}
    spe = found["Rouge-L, SPE", near["tasks"]["spe"]["n"]]
    assert spe.metric_value == round(near["tasks"]["spe"]["value"], 6)
    assert spe.metric_args["signature"] == document["scores"]["signature"]
    assert {one.metric_type for one in card.data.eval_results} >= {"rouge", "rpcs", "mean_rank", "consistency"}
    entries = parse_eval_result_entries(yaml.safe_load((out / "results/near.eval_results.yaml").read_text("utf-8")))
    assert [(entry.dataset_id, entry.task_id) for entry in entries] == [
        ("somebody/people", task) for task in ("avg", "raw", "cus", "spe")
    ]
    assert entries[0].value == round(near["average"], 6)
    assert near["system"] in {path.name.partition(".")[0] for path in (out / "results").iterdir()}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "...", "x" * 300, "a b", HOSTILE, "\ud800"])
def test_no_name_of_a_system_leads_elsewhere(name: str) -> None:
    found = file_name(name)
    assert re.fullmatch(r"\w[\w.-]{0,120}", found)
    assert found != file_name(name + "?")


def test_a_plain_name_stays() -> None:
    assert [file_name(name) for name in ("glm4-hao", "小声", "v1.5")] == ["glm4-hao", "小声", "v1.5"]


def test_what_others_wrote_is_inert(files: Files, tmp_path: Path) -> None:
    items = read_items(DataFolder(files.data))
    write_answers(tmp_path / "bad.jsonl", HOSTILE, items, lambda item: HOSTILE)
    made = make_report(DataFolder(files.data), ReportOptions([files.answers[0], tmp_path / "bad.jsonl"]))
    write_report(made, tmp_path / "out", name="people")
    found = Tables((tmp_path / "out/report.html").read_text(encoding="utf-8"))
    assert not {tag for tag, _ in found.elements} & {"script", "img", "a:x", "iframe", "object"}
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert {attributes["href"] for tag, attributes in found.elements if tag == "a"} == {
        f"#{section.name}" for section in made.report.sections
    }
    text = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert plain(HOSTILE) in {cell for grid in tables_of_markdown(text) for line in grid for cell in line}
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(|^# @@", text, re.MULTILINE)


def test_the_answers_of_another_data_set_are_named(files: Files, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "spe-x", "answer": "好"}\n', encoding="utf-8")
    with pytest.raises(RecordError, match="has not answered 110 of 110 items"):
        make_report(DataFolder(files.data), ReportOptions([other]))
    with pytest.raises(RecordError, match="are the files of this data set"):
        make_report(DataFolder(files.data), ReportOptions([other], only_answered=True))


@pytest.mark.parametrize(
    ("name", "text", "error", "message"),
    [
        ("verdicts", "", SourceError, "is empty; expected a file of verdicts"),
        ("verdicts", None, SourceError, "cannot be read"),
        ("ratings", "", SourceError, "holds no rating"),
        ("ratings", None, SourceError, "cannot be read"),
        (
            "ratings",
            '{"item": "spe-x", "system": "near", "dimension": "consistency", "rater": "anna", "score": 4}',
            RecordError,
            "no item of .* is in the benchmark",
        ),
    ],
)
def test_a_file_that_is_none_costs_a_sentence(
    files: Files, tmp_path: Path, name: str, text: str | None, error: type[RoleInstructError], message: str
) -> None:
    path = tmp_path / f"{name}.jsonl"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    verdicts, ratings = ([path] if name == one else [] for one in ("verdicts", "ratings"))
    options = ReportOptions(files.answers, verdicts, ratings)
    with pytest.raises(error, match=message) as raised:
        make_report(DataFolder(files.data), options)
    assert "\n" not in str(raised.value)


def test_a_folder_without_a_benchmark_is_named(tmp_path: Path, files: Files) -> None:
    with pytest.raises(FolderError):
        make_report(DataFolder(tmp_path), ReportOptions(files.answers))


def test_a_report_takes_no_place_of_a_file(made: Made, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is a file, and a folder for the report was expected"):
        write_report(made, tmp_path / "taken", name="people")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def rating(**changes: Any) -> Rating:  # noqa: ANN401 - as `Rating` has them
    return Rating(**{"item": "i", "system": "a", "dimension": "consistency", "rater": "anna", "score": 4, **changes})


def test_the_same_words_of_two_systems_are_rated_once() -> None:
    systems = [Answers("a", {"i": "好。"}), Answers("b", {"i": " 好。"}), Answers("c", {"i": "不。"})]
    found = collected_of([rating(system=name) for name in "abc"], systems)
    assert [(one.systems, one.score) for one in found.ratings] == [(("a", "b"), 4), (("c",), 4)]
    assert (found.answers, found.missing["anna"]) == (2, 4)


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([rating(dimension="charm")], "rated i for 'charm'"),
        ([rating(score=4.5)], "a 4.5 for consistency"),
        ([rating(score=6)], "expected 1, 2, 3, 4 or 5"),
        ([rating(), rating(score=2)], "a 4 and a 2 for consistency: keep one"),
    ],
)
def test_ratings_that_no_sheet_gives_are_refused(ratings: list[Rating], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        collected_of(ratings, [Answers("a", {"i": "好。"})])


def test_the_command_takes_lists_of_files(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", str(files.data), "--answers", *map(str, files.answers), "--verdicts", str(files.verdicts)]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *words, "--out", str(tmp_path / "r"), "--json"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    heard = capsys.readouterr()
    assert json.loads(heard.out) == json.loads((tmp_path / "r/report.json").read_text(encoding="utf-8"))
    assert "report.html" in heard.err
    assert sorted(path.name for path in (tmp_path / "r/results").iterdir()) == [
        "generic.model-index.yaml", "near.model-index.yaml", "小声.model-index.yaml",
    ]  # fmt: skip


def test_verdicts_on_other_systems_are_remarked_on(files: Files) -> None:
    made = make_report(DataFolder(files.data), ReportOptions(files.answers[:2], [files.verdicts], [files.ratings]))
    assert made.report.remarks == [
        "strict has judged generic too, whose answers are not here.",
        "People have rated generic too, whose answers are not here.",
    ]
    assert read_answers(files.answers[2]).system not in made.results


def test_two_judges_stand_side_by_side(files: Files, tmp_path: Path) -> None:
    first = read_verdicts(files.verdicts)
    other = tmp_path / "other.jsonl"
    write_verdicts(other, replace(first.judge, judge="judge-long"), first.rows)
    found = make_report(DataFolder(files.data), ReportOptions(files.answers, [files.verdicts, other])).report
    assert "log odds of winning for being shown earlier, (judge-long)" in markdown(found).replace("\\", "")


def test_an_id_that_no_hub_has_is_refused(
    files: Files, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["report", str(files.data), "--answers", *map(str, files.answers), "--out", str(tmp_path / "r")]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *asked, "--dataset", "bad id"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    assert "expected OWNER/NAME" in capfd.readouterr().err
    assert not (tmp_path / "r").exists()


def test_a_drawing_escapes_what_it_writes_and_cuts_what_is_long() -> None:
    drawing = Drawing('<b>"', 10, 10)
    drawing.text(1, 2, "<i>&")
    drawing.bar(0, 0, 1, 1, "heat", depth=0.5, tip="<u>")
    assert not re.search("<[biu]>", drawing.done())
    assert [cut("一二三四五", 3), cut("abc", 3), cut("a\nb", 9)] == ["一二三…", "abc", "a b"]


def test_a_report_of_nothing_is_a_page_all_the_same() -> None:
    grid = Grid("t", ("a", "b"), [[Cell("x"), Cell("1.0", 1.0)], [Cell("y"), Cell("–")]], "a note")
    report = Report("Title", "Lead", ["mind"], [Section("s", "S", "", [grid, Chart("c", "<svg></svg>")])])
    assert Tables(page(report)).tables == [[["a", "b"], ["x", "1.0"], ["y", "–"]]]
    assert "| --- | ---: |" in markdown(report)
    assert "font-face" not in page(report)
