"""Ratings by people: blind sheets, every way back, and figures that find the truth that was planted."""

import csv
import io
import json
import stat
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from raters import NAMES, PROFILES, answers_of, items_of, page_file, simulated, study_of
from roleinstruct.cli.main import app
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import profile_row
from roleinstruct.errors import ConfigError, RecordError, SourceError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.human.agreeing import agree, check_raters
from roleinstruct.evaluation.human.collecting import Collected, collect, ratings_of
from roleinstruct.evaluation.human.guide import Language, fields_for_people
from roleinstruct.evaluation.human.key import Key, read_key, write_key
from roleinstruct.evaluation.human.reading import score_in
from roleinstruct.evaluation.human.sheets import write_sheets
from roleinstruct.evaluation.human.standings import AVERAGE, stand
from roleinstruct.evaluation.human.study import deal, draw
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.records import CharacterProfile

PLANTED = {
    "alpha-7b": dict(zip(NAMES, (3.6, 4.0, 2.5), strict=True)),
    "beta-6b": dict(zip(NAMES, (3.0, 3.2, 2.4), strict=True)),
}
RATERS = ("anna", "ben", "cho", "dan", "eva", "fei")


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Key]:
    study = study_of(list(PLANTED), 6)
    write_sheets(study, ["anna", "ben"], tmp_path / "sheets")
    return tmp_path / "sheets", read_key(tmp_path / "sheets" / "key.json")


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def filled(path: Path, score: str = "4") -> list[dict[str, str]]:
    return [{**row, **dict.fromkeys(NAMES, score)} for row in rows_of(path)]


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_no_sheet_tells_whose_answer_is_whose(written: tuple[Path, Key]) -> None:
    folder, key = written
    assert sorted(path.name for path in folder.iterdir()) == [
        "anna.csv", "anna.html", "ben.csv", "ben.html", "guide.md", "key.json",
    ]  # fmt: skip
    for path in folder.iterdir():
        if path.name != "key.json":
            assert not any(system in path.read_text(encoding="utf-8") for system in PLANTED), path
    assert stat.S_IMODE((folder / "key.json").stat().st_mode) == 0o600
    assert key.systems == list(PLANTED)
    assert len(key.answers) == 12


def test_the_names_of_systems_change_nothing_of_the_sheets(tmp_path: Path) -> None:
    items = items_of(6)
    texts = [answers.texts for answers in answers_of("ab", items)]
    for folder, names in (("one", "ab"), ("other", "ba")):
        study = draw(items, [Answers(name, said) for name, said in zip(names, texts, strict=True)], PROFILES)
        write_sheets(study, ["anna"], tmp_path / folder)
    for name in ("anna.csv", "anna.html", "guide.md"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    turned = draw(items, [Answers(n, said) for n, said in zip("ba", reversed(texts), strict=True)], PROFILES)
    write_sheets(turned, ["anna"], tmp_path / "turned")
    assert (tmp_path / "one" / "anna.csv").read_bytes() == (tmp_path / "turned" / "anna.csv").read_bytes()


def test_everybody_gets_everything_in_an_order_of_their_own() -> None:
    study = study_of(list(PLANTED), 12)
    one, other = deal(study, ["anna", "ben"])
    assert one.questions != other.questions
    assert sorted(q.item for q in one.questions) == sorted(q.item for q in other.questions)
    first = [study.systems[question.answers[0].id][0] for question in one.questions]
    assert len(set(first)) == 2  # neither system always stands first
    assert deal(study, ["anna"]) == [one]
    assert deal(study, ["anna"], seed=1) != [one]


def test_items_are_drawn_evenly_and_only_those_that_all_have_answered() -> None:
    items = [
        *items_of(40),
        *(i for i in items_of(90) if i.character == "何素云" and i.id not in {j.id for j in items_of(40)}),
    ]
    both = answers_of("ab", items)
    part = Answers("b", {name: text for name, text in both[1].texts.items() if name != items[0].id})
    study = draw(items, [both[0], part], PROFILES, number=16)
    kinds = [(question.character, question.item[:3]) for question in study.questions]
    assert {kind: kinds.count(kind) for kind in kinds} == {kind: 4 for kind in set(kinds)}
    assert len(set(kinds)) == 4
    assert study.passed == 1
    assert draw(items, both, PROFILES, number=16) == draw(items, both, PROFILES, number=16)
    with pytest.raises(RecordError, match="no item of the benchmark"):
        draw(items, [both[0], Answers("b", {"x": "y"})], PROFILES)
    with pytest.raises(ConfigError, match="each of another name"):
        draw(items, [both[0], both[0]], PROFILES)


def test_two_systems_that_say_the_same_are_rated_once_and_both_get_it(tmp_path: Path) -> None:
    items = items_of(2)
    same = Answers("twin", {item.id: "嗯。" for item in items})
    study = draw(items, [same, Answers("other", {item.id: " 嗯。\n" for item in items})], PROFILES)
    assert [len(question.answers) for question in study.questions] == [1, 1]
    write_key(study, ("anna",), tmp_path / "key.json")
    path = page_file(study, "anna", {name: dict.fromkeys(NAMES, 3) for name in study.systems}, tmp_path)
    found = ratings_of(collect([path], read_key(tmp_path / "key.json")))
    assert len(found) == 2 * 3 * 2
    assert found[:2] == [Rating("cus-0", system, NAMES[0], "anna", 3) for system in ("twin", "other")]


def test_sheets_that_may_have_been_filled_are_not_overwritten(written: tuple[Path, Key]) -> None:
    with pytest.raises(ConfigError, match="may have been filled"):
        write_sheets(study_of(list(PLANTED), 6), ["zoe"], written[0])


@pytest.mark.parametrize(
    ("language", "words", "absent"),
    [("zh", ["沟通效果", "人物资料"], "Profiles"), ("en", ["Consistency", "Profiles"], "沟通效果")],
)
def test_the_guide_is_in_the_language_that_was_asked_for(
    tmp_path: Path, language: Language, words: list[str], absent: str
) -> None:
    write_sheets(study_of(["a"], 4), ["anna"], tmp_path, language=language)
    guide = (tmp_path / "guide.md").read_text(encoding="utf-8")
    assert all(word in guide for word in (*words, *NAMES, "修船铺", "Drives the night bus"))
    assert absent not in guide


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8-sig", ","), ("gb18030", ","), ("gb18030", ";"), ("utf-16", "\t"), ("utf-8", ";")],
)
def test_a_csv_comes_back_however_it_was_saved(written: tuple[Path, Key], encoding: str, delimiter: str) -> None:
    folder, key = written
    back = folder / "back.csv"
    back.write_bytes(as_csv(filled(folder / "anna.csv"), delimiter).encode(encoding))
    found = collect([back], key)
    assert not found.problems
    assert found.raters == ("anna",)
    assert len(found.ratings) == 12 * 3
    assert found.absent == ("ben",)


def test_texts_that_excel_would_run_or_lose_come_back_as_theirs(tmp_path: Path) -> None:
    items = items_of(3)
    said = ["=1+1", '好😀啊，\n第二行，"引号"', "-5 度也出门"]
    study = draw(items, [Answers("a", {i.id: text for i, text in zip(items, said, strict=True)})], PROFILES)
    write_sheets(study, ["anna"], tmp_path)
    assert "\n=1+1" not in (tmp_path / "anna.csv").read_text(encoding="utf-8-sig").replace(",", "\n")
    lossy = as_csv(filled(tmp_path / "anna.csv")).encode("gbk", "replace")
    (tmp_path / "back.csv").write_bytes(lossy)
    found = collect([tmp_path / "back.csv"], read_key(tmp_path / "key.json"))
    assert not found.problems
    assert len(found.ratings) == 9


@pytest.mark.parametrize(
    ("said", "score"), [("4", 4), (" ４ ", 4), ("4.0", 4), (5, 5), ("", None), (None, None), ("\u3000", None)]
)
def test_a_score_is_read_as_people_write_it(said: object, score: int | None) -> None:
    assert score_in(said) == score


@pytest.mark.parametrize("said", ["6", "0", "3.5", "good", "44", "-1", True, [4]])
def test_what_is_no_score_is_refused(said: object) -> None:
    with pytest.raises(RecordError, match="expected a whole number from 1 to 5"):
        score_in(said)


def test_what_is_broken_is_named_by_row_and_costs_only_itself(written: tuple[Path, Key]) -> None:
    folder, key = written
    rows = filled(folder / "anna.csv")
    rows[0][NAMES[1]] = "6"
    rows[1]["answer"] = "afoo"
    rows[2]["text"], rows[3]["text"] = rows[3]["text"], rows[2]["text"]
    rows[4][NAMES[0]] = ""
    text = as_csv(rows).rstrip("\r\n") + "\r\nonly,three,cells\r\n"
    text += as_csv([{**rows[5], NAMES[2]: "1"}]).split("\r\n")[1] + "\r\n"
    (folder / "anna back.csv").write_text(text, encoding="utf-8-sig", newline="")
    found = collect([folder / "anna back.csv"], key)
    assert [str(problem).split(":")[:2] for problem in found.problems] == [
        ["anna back.csv", "2"], ["anna back.csv", "3"], ["anna back.csv", "4"], ["anna back.csv", "5"],
        ["anna back.csv", "14"], ["anna back.csv", "15"],
    ]  # fmt: skip
    reasons = [problem.reason for problem in found.problems]
    assert "consistency: '6' is no score; expected a whole number from 1 to 5" in reasons[0]
    assert "'afoo' is no answer of this study" in reasons[1]
    assert "was one column sorted alone" in reasons[2]
    assert "it has 3 cells" in reasons[4]
    assert "has given" in reasons[5]
    assert "the first one stays" in reasons[5]
    assert len(found.ratings) == 36 - 1 - 3 - 6 - 1
    assert found.missing == {"anna": 11}


def test_the_file_of_the_page_is_read_and_strange_ones_are_refused(tmp_path: Path) -> None:
    study = study_of(list(PLANTED), 3)
    write_key(study, ("anna",), tmp_path / "key.json")
    key = read_key(tmp_path / "key.json")
    scores: dict[str, dict[str, int | None]] = {name: dict.fromkeys(NAMES, 2) for name in study.systems}
    scores[next(iter(scores))][NAMES[0]] = None
    found = collect([page_file(study, "anna", scores, tmp_path)], key)
    assert (len(found.ratings), found.missing, found.problems) == (17, {"anna": 1}, ())
    for content, said in (("{", "no whole JSON"), ("[1]", "no rating sheet"), ("a,b\n1,2\n", "no header of a sheet")):
        (tmp_path / "strange").write_text(content, encoding="utf-8")
        with pytest.raises(SourceError, match=said):
            collect([tmp_path / "strange"], key)
    with pytest.raises(SourceError, match="cannot be read"):
        collect([tmp_path / "absent.csv"], key)
    empty = {name: dict.fromkeys(NAMES, None) for name in study.systems}
    with pytest.raises(RecordError, match="there is no score"):
        collect([page_file(study, "ben", empty, tmp_path)], key)
    with pytest.raises(SourceError, match="no key of rating sheets"):
        (tmp_path / "other.json").write_text("{}", encoding="utf-8")
        read_key(tmp_path / "other.json")
    (tmp_path / "other.json").write_text('{"format": "roleinstruct rating key 1"}', encoding="utf-8")
    with pytest.raises(SourceError, match="damaged"):
        read_key(tmp_path / "other.json")


def gathered(tmp_path: Path, planted: Mapping[str, Mapping[str, float]], seed: int) -> tuple[Collected, Collected]:
    """What comes back of six people, one of whom has read the scale the wrong way round, a fifth being missing."""
    study = study_of(list(planted), 60)
    write_key(study, RATERS, tmp_path / "key.json")
    scores = simulated(study, planted, RATERS, seed, missing=0.2)
    scores["dan"] = {
        name: {dimension: None if score is None else 6 - score for dimension, score in given.items()}
        for name, given in scores["dan"].items()
    }
    paths = [page_file(study, rater, given, tmp_path) for rater, given in scores.items()]
    key = read_key(tmp_path / "key.json")
    return collect(paths, key), collect(paths, key, without=["dan"])


def test_the_planted_means_lie_in_the_intervals_and_the_reversed_rater_alone_is_flagged(tmp_path: Path) -> None:
    inside: dict[str, list[bool]] = {"all": [], "without": []}
    for seed in range(20):
        found, kept = gathered(tmp_path, PLANTED, seed)
        assert [check.rater for check in check_raters(found) if check.flagged] == ["dan"]
        assert not any(check.flagged for check in check_raters(kept))
        for name, collected in (("all", found), ("without", kept)):
            means = stand(collected, resamples=300).means
            for system, by_dimension in PLANTED.items():
                truth = {AVERAGE: float(np.mean(list(by_dimension.values()))), **by_dimension}
                inside[name] += [means[system][c].low <= value <= means[system][c].high for c, value in truth.items()]
    assert np.mean(inside["without"]) >= 0.92
    assert np.mean(inside["all"]) >= 0.85  # one in six pulls all means towards 3


def test_the_figures_of_the_reversed_rater_say_what_is_wrong(tmp_path: Path) -> None:
    found, kept = gathered(tmp_path, PLANTED, 2)
    dan = next(check for check in check_raters(found) if check.rater == "dan")
    assert dan.correlation is not None
    assert dan.correlation.high < 0
    assert dan.missing == pytest.approx(0.2 * 360, abs=30)
    assert dan.missing + dan.ratings == 360
    before, after = agree(found), agree(kept)
    for name in NAMES:
        first, second = before[name].alpha, after[name].alpha
        assert first is not None
        assert second is not None
        assert second.value > first.value + 0.1
        assert dan.alpha_without[name] == pytest.approx(second.value)
    assert 0 < after[NAMES[0]].complete < after[NAMES[0]].shared <= 120


def test_agreement_of_complete_ratings_has_every_measure(tmp_path: Path) -> None:
    study = study_of(list(PLANTED), 30)
    write_key(study, RATERS, tmp_path / "key.json")
    scores = simulated(study, PLANTED, RATERS, 7)
    paths = [page_file(study, rater, given, tmp_path) for rater, given in scores.items()]
    for concord in agree(collect(paths, read_key(tmp_path / "key.json"))).values():
        assert concord.complete == concord.shared == 60
        assert concord.alpha is not None
        assert concord.icc is not None
        assert concord.icc_mean is not None
        assert concord.fleiss is not None
        assert concord.alpha.value == pytest.approx(concord.icc.value, abs=0.1)
        assert concord.icc_mean.value > concord.icc.value > concord.fleiss.value > 0
        assert concord.icc.low < concord.icc.value < concord.icc.high


def test_a_better_system_is_ahead_and_an_equal_one_is_not(tmp_path: Path) -> None:
    planted = {**PLANTED, "twin-7b": PLANTED["alpha-7b"]}
    _, kept = gathered(tmp_path, planted, 5)
    standings = stand(kept)
    ahead = {frozenset((one.first, one.second)): one for one in standings.differences if one.column == AVERAGE}
    won = ahead[frozenset(("alpha-7b", "beta-6b"))]
    assert (won.first, won.low > 0) == ("alpha-7b", True)
    assert ahead[frozenset(("alpha-7b", "twin-7b"))].low < 0
    assert standings.drawn == ("items", "raters")
    assert stand(kept) == standings


def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(tmp_path: Path) -> None:
    """Raters differ in kindness, which drawing items alone would not see."""
    study = study_of(["alpha-7b"], 30)
    write_key(study, RATERS, tmp_path / "key.json")
    key = read_key(tmp_path / "key.json")
    held = 0
    for seed in range(40):
        scores = simulated(study, PLANTED, RATERS, seed)
        paths = [page_file(study, rater, given, tmp_path) for rater, given in scores.items()]
        mean = stand(collect(paths, key), resamples=300).means["alpha-7b"][NAMES[0]]
        held += mean.low <= 3.6 <= mean.high
    assert held >= 34


def test_one_rater_alone_gives_means_and_no_agreement(tmp_path: Path) -> None:
    study = study_of(["a"], 5)
    write_key(study, ("anna",), tmp_path / "key.json")
    scores = simulated(study, {"a": PLANTED["beta-6b"]}, ["anna"], 0)
    found = collect([page_file(study, "anna", scores["anna"], tmp_path)], read_key(tmp_path / "key.json"))
    standings = stand(found)
    assert standings.drawn == ("items",)
    assert set(standings.means["a"]) == {AVERAGE, *NAMES}
    assert agree(found)[NAMES[0]].alpha is None
    [check] = check_raters(found)
    assert (check.correlation, check.flagged) == (None, False)


def test_a_rater_who_gives_the_same_to_everything_is_named_and_not_flagged(tmp_path: Path) -> None:
    study = study_of(list(PLANTED), 40)
    write_key(study, RATERS, tmp_path / "key.json")
    scores = simulated(study, PLANTED, RATERS, 4)
    scores["eva"] = {name: dict.fromkeys(NAMES, 3) for name in scores["eva"]}
    paths = [page_file(study, rater, given, tmp_path) for rater, given in scores.items()]
    found = collect(paths, read_key(tmp_path / "key.json"))
    checks = {check.rater: check for check in check_raters(found)}
    assert not any(check.flagged for check in checks.values())
    assert checks["eva"].correlation is None
    assert {rater: check.same for rater, check in checks.items() if check.same} == {"eva": tuple(NAMES)}


def test_a_profile_is_shown_by_its_text_or_else_by_what_people_can_read() -> None:
    fields = {"favourite_colour": "blue", "observed_partners": "Ben: 4", "age": ""}
    assert fields_for_people(CharacterProfile("a", "en", fields)) == [("favourite colour", "blue")]
    assert fields_for_people(CharacterProfile("a", "en", fields, (), "Likes blue.")) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set folder with a benchmark and profiles."""
    made = DataFolder(tmp_path / "set")
    with made.writer("benchmark") as writer:
        for item in items_of(8):
            number = features("benchmark")["task"].str2int(item.task)
            row = {"id": item.id, "character": item.character, "task": number}
            writer.write({**row, "instruction": item.instruction, "references": list(item.references)}, "test")
    with made.writer("profiles") as writer:
        for profile in PROFILES.values():
            writer.write(profile_row(profile))
    for answers in answers_of(list(PLANTED), items_of(8)):
        lines = [{"system": answers.system}, *({"id": name, "answer": text} for name, text in answers.texts.items())]
        text = "\n".join(json.dumps(line) for line in lines) + "\n"
        (tmp_path / f"{answers.system}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_commands_go_from_answers_to_ratings(folder: Path) -> None:
    systems = [str(folder / f"{name}.jsonl") for name in PLANTED]
    sheets, run = folder / "sheets", CliRunner()
    ran = run.invoke(
        app, ["humans", "sheet", *systems, "--data", str(folder / "set"), "--out", str(sheets), "--raters", "anna,ben"]
    )
    assert ran.exit_code == 0, ran.output
    assert "8 questions with 16 answers" in ran.stderr
    assert "修船铺" in (sheets / "anna.html").read_text(encoding="utf-8")
    for name, score in (("anna", "4"), ("ben", "5")):
        rows = filled(sheets / f"{name}.csv", score)
        rows[0][NAMES[0]] = "7" if name == "ben" else "3"
        rows[1]["note"] = "像客服" if name == "ben" else ""
        (sheets / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8-sig")
    back = [str(sheets / "anna.csv"), str(sheets / "ben.csv")]
    ran = run.invoke(app, ["humans", "collect", *back, "--json", "--out", str(folder / "ratings.jsonl")])
    assert ran.exit_code == 0, ran.output
    assert "left out: ben.csv:2: communication_effectiveness: '7' is no score" in ran.stderr
    assert "scores that are missing: 1;" in ran.stderr
    document = json.loads(ran.stdout)
    assert [row["system"] for row in document["systems"]] == list(PLANTED)
    assert document["systems"][0]["consistency"]["value"] == 4.5
    assert document["paper_table_4"]["comparable"] is False
    assert len(read_ratings(folder / "ratings.jsonl")) == 16 * 3 * 2 - 1
    assert [(note["rater"], note["note"]) for note in document["notes"]] == [("ben", "像客服")]
    assert set(document["notes"][0]["systems"]) < set(PLANTED)
    ran = run.invoke(app, ["humans", "collect", *back])
    assert ran.exit_code == 0, ran.output
    assert "* RoleCraft-GLM" in ran.stdout
    assert "not to be compared" in " ".join(ran.stdout.split())
    ran = run.invoke(app, ["humans", "collect", *back, "--without", "zoe"])
    assert "there is no rater 'zoe'" in str(ran.exception)
    ran = run.invoke(app, ["humans", "collect", back[0], "--key", str(folder / "nowhere.json")])
    assert "nowhere.json cannot be read" in str(ran.exception)
    ran = run.invoke(app, ["humans", "collect", back[0], "--without", "anna"])
    assert "hold scores of anna alone, who are left out" in str(ran.exception)
    ran = run.invoke(app, ["humans", "collect", *back, "--without", "ben,ben"])
    assert "call every rater by a name of their own" in str(ran.exception)


def test_ratings_are_never_written_over_somebody_s_work(folder: Path) -> None:
    systems = [str(folder / f"{name}.jsonl") for name in PLANTED]
    sheets, run = folder / "sheets", CliRunner()
    run.invoke(app, ["humans", "sheet", *systems, "--data", str(folder / "set"), "--out", str(sheets)])
    back, key, other = sheets / "person1.csv", sheets / "key.json", sheets / "person2.csv"
    back.write_text(as_csv(filled(back)), encoding="utf-8-sig")
    for target, said in ((back, "is read here"), (key, "is read here"), (other, "is no file of ratings")):
        before = target.read_bytes()
        ran = run.invoke(app, ["humans", "collect", str(back), "--out", str(target)])
        assert isinstance(ran.exception, ConfigError)
        assert said in str(ran.exception)
        assert target.read_bytes() == before
    for _ in range(2):  # ratings may be written again
        ran = run.invoke(app, ["humans", "collect", str(back), "--out", str(folder / "ratings.jsonl")])
        assert ran.exit_code == 0, ran.output


def test_few_items_and_one_score_for_everything_are_told_without_a_reproach(folder: Path) -> None:
    first = folder / "alpha-7b.jsonl"
    first.write_text(first.read_text(encoding="utf-8").replace("}", ', "items": "0123456789"}', 1), encoding="utf-8")
    words = ["--data", str(folder / "set"), "--out", str(folder / "few"), "--raters", "anna,ben", "--items", "4"]
    run = CliRunner()
    ran = run.invoke(app, ["humans", "sheet", str(first), *words])
    assert "was asked other items than the 8 of this data set (digest 01234567, here" in ran.stderr
    back = [folder / "few" / f"{name}.csv" for name in ("anna", "ben")]
    for number, path in enumerate(back):
        rows = filled(path)
        for row in rows[:2]:
            row[NAMES[0]] = "4" if number else "2"
        path.write_text(as_csv(rows), encoding="utf-8-sig")
    ran = run.invoke(app, ["humans", "collect", *map(str, back)])
    assert ran.exit_code == 0, ran.output
    told = " ".join(ran.stderr.split())
    assert "over 4 questions, which is too few" in told
    assert "anna gave the same score to everything in Cons., ED" in told
    assert "ben gave the same score to everything in CE, Cons., ED" in told
    assert "agrees with nobody" not in told
