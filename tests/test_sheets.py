"""Annotation sheets: what is drawn, what is written, and what is read back, however it was saved."""

import csv
import io
import json
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, RoleInstructError, SourceError
from roleinstruct.generate.sheets.answers import Answer, Misread, label_in
from roleinstruct.generate.sheets.argilla import argilla_records, argilla_settings
from roleinstruct.generate.sheets.consensus import collect, settle
from roleinstruct.generate.sheets.disputes import disputes_csv, sheets_again
from roleinstruct.generate.sheets.guide import KEYS, guidelines, meanings
from roleinstruct.generate.sheets.label_studio import label_studio_config, label_studio_tasks
from roleinstruct.generate.sheets.measuring import among_people, with_labels
from roleinstruct.generate.sheets.page import sheet_page
from roleinstruct.generate.sheets.reading import PAGE_FORMAT, read_sheet
from roleinstruct.generate.sheets.sampling import Candidate, candidate, composition, draw
from roleinstruct.generate.sheets.sheet import Line, Sheet, blind, deal, people_of
from roleinstruct.generate.sheets.tables import sheet_csv, sheet_rows
from roleinstruct.generate.sheets.writing import write_sheets
from roleinstruct.records import Dialogue, Place, Utterance
from roleinstruct.spreadsheets import disarmed, rearmed
from teachers import script

NASTY = (
    "=1+1",
    "-好的",
    "+86 上网",
    "@你",
    "\t缩进",
    "'=已有撇号",
    "'只有撇号",
    '他说："行"',
    "两\n行；a,b",
    "＝全角",
    "—",
)


def dialogues(number: int = 6) -> list[Dialogue]:
    return script(number, turns=6)


def sheet(number: int = 3, person: str = "anna") -> Sheet:
    return Sheet(person, 1, tuple(blind(dialogue) for dialogue in dialogues(number)))


def nasty() -> Sheet:
    turns = tuple(
        Utterance(("王芳", "=李强")[n % 2], text, Emotion.ANGER, annotator="m") for n, text in enumerate(NASTY)
    )
    return Sheet("anna", 1, (blind(Dialogue("王芳-1", "王芳", "=李强", turns, Place("a", 1, 9))),))


def filled(sheet: Sheet, words: Sequence[str], change: Callable[[list[list[str]]], None] | None = None) -> str:
    """The CSV of a sheet with words in the column of labels."""
    rows = list(csv.reader(io.StringIO(sheet_csv(sheet).decode("utf-8-sig"), newline="")))
    for row, word in zip(rows[1:], words, strict=False):
        row[5] = word
    if change:
        change(rows)
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def read(path: Path, data: bytes | str) -> tuple[list[Answer], list[Misread]]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8-sig"))
    items = list(read_sheet(path))
    return [i for i in items if isinstance(i, Answer)], [i for i in items if isinstance(i, Misread)]


def labels(answers: Sequence[Answer]) -> list[str | None]:
    return [answer.emotion.value if answer.emotion else None for answer in answers]


def test_every_label_has_a_meaning_in_both_languages_and_a_key() -> None:
    assert list(meanings()) == list(Emotion)
    assert all(meaning.zh and meaning.en for meaning in meanings().values())
    assert "".join(KEYS.values()) == "1234567890"
    assert all(f"**{emotion.zh} {emotion.value}**" in guidelines() for emotion in Emotion)


def test_no_format_shows_who_labelled_a_line_and_how() -> None:
    turns = (Utterance("甲", "早。", Emotion.DISGUST, annotator="secret-model", tag="(厌恶", confidence=0.87),)
    one = Sheet("anna", 1, (blind(Dialogue("d", "甲", "乙", turns, Place("a", 1, 1))),))
    assert "disgust" not in sheet_csv(one).decode()
    for written in (json.dumps(label_studio_tasks(one)), json.dumps(argilla_records(one))):
        assert "disgust" not in written
        assert "predictions" not in written
    for written in (sheet_csv(one).decode(), json.dumps(label_studio_tasks(one)), sheet_page(one)):
        assert "secret-model" not in written
        assert "0.87" not in written
    (record,) = argilla_records(one)
    assert record["suggestions"] == record["responses"] == {}


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.lists(st.sampled_from(list(Emotion)[:5]), min_size=1, max_size=4)),
                min_size=1, max_size=40), st.integers(1, 45), st.integers(0, 5))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_sample_is_as_large_as_asked_for_and_leaves_no_character_out(
    made: list[tuple[str, list[Emotion]]], number: int, seed: int
) -> None:
    candidates = [
        Candidate(f"{name}-{n}", Counter((name, emotion.value, "m") for emotion in found))
        for n, (name, found) in enumerate(made)
    ]
    drawn = draw(candidates, number, seed)
    assert len(drawn) == len(set(drawn)) == min(number, len(candidates))
    assert set(draw(candidates[::-1], number, seed)) == set(drawn)
    characters = {name for name, _ in made}
    cells = {cell for one in candidates for cell in one.cells}
    assert len({name.split("-")[0] for name in drawn}) == min(len(characters), len(drawn))
    if number >= len(cells) + len(characters) + 5:
        assert {cell for one in candidates if one.id in drawn for cell in one.cells} == cells


def test_strata_are_drawn_from_in_proportion_and_the_composition_says_so() -> None:
    candidates = [
        candidate(
            Dialogue(f"{name}-{n}", name, "乙", (Utterance(name, "好", emotion, annotator="m"),), Place("a", 1, 1))
        )
        for name, count in (("甲", 60), ("丙", 30))
        for n in range(count)
        for emotion in [Emotion.NEUTRAL if n % 3 else Emotion.ANGER]
    ]
    found = composition(candidates, draw(candidates, 30))
    assert [(c["character"], c["emotion"], c["turns"], c["of_turns"]) for c in found] == [
        ("丙", "anger", 3, 10),
        ("丙", "neutral", 7, 20),
        ("甲", "anger", 7, 20),
        ("甲", "neutral", 13, 40),
    ]
    assert draw(candidates, 30, seed=1) != draw(candidates, 30, seed=2)


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="sample of 0 dialogues"):
        draw([], 0)


@pytest.mark.parametrize(
    ("said", "names"),
    [("3", ("person1", "person2", "person3")), ("anna, ben", ("anna", "ben")), ("安娜，小明", ("安娜", "小明"))],
)
def test_annotators_are_named_or_counted(said: str, names: tuple[str, ...]) -> None:
    assert people_of(said) == names


@pytest.mark.parametrize("said", ["", "0", "101", "anna,Anna", "../x", "a/b", "x\\y", ".", "con."])
def test_names_that_are_no_file_names_are_refused(said: str) -> None:
    with pytest.raises(ConfigError):
        people_of(said)


def test_everybody_gets_the_common_dialogues_and_each_other_one_goes_to_one() -> None:
    lines = [blind(dialogue) for dialogue in dialogues(10)]
    mine = [
        [one[0].dialogue for one in sheet.dialogues]
        for sheet in deal(lines, ("a", "b", "c"), common={"d1", "d2", "d3"})
    ]
    assert all({"d1", "d2", "d3"} <= set(ids) for ids in mine)
    counts = Counter(name for ids in mine for name in ids)
    assert sorted(counts.values()) == [1] * 7 + [3] * 3
    assert sorted(map(len, mine)) == [5, 5, 6]


def test_each_gets_an_order_of_their_own_that_comes_again() -> None:
    lines = [blind(dialogue) for dialogue in dialogues(10)]
    first, second = deal(lines, ("a", "b"), seed=4)
    assert first.dialogues != second.dialogues
    assert set(first.dialogues) == set(second.dialogues) == set(lines)
    assert deal(lines[::-1], ("a", "b"), seed=4) == [first, second]


def test_a_csv_comes_back_as_it_was(tmp_path: Path) -> None:
    one = nasty()
    written = sheet_csv(one)
    assert written.startswith(b"\xef\xbb\xbf")
    answers, misread = read(tmp_path / "anna.csv", written)
    assert misread == []
    assert [answer.line for answer in answers] == one.lines
    assert labels(answers) == [None] * len(NASTY)


def test_no_cell_can_be_taken_for_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(sheet_csv(nasty()).decode("utf-8-sig"), newline="")))
    assert not [cell for row in rows[1:] for cell in row if cell[:1] in tuple("=+-@\t\r＝＋－＠") and cell]
    assert rows[1][4] == "'=1+1"


@given(st.text())
def test_disarming_can_be_undone(text: str) -> None:
    assert rearmed(disarmed(text)) == text
    assert disarmed(text)[:1] not in tuple("=+-@\t\r\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_however_a_spreadsheet_program_saved_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = list(csv.reader(io.StringIO(filled(nasty(), ["愤怒", "Fear"]), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    answers, misread = read(tmp_path / "anna.csv", out.getvalue().encode(encoding))
    assert misread == []
    assert labels(answers)[:3] == ["anger", "fear", None]
    assert [answer.line.text for answer in answers] == list(NASTY)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("愤怒", "anger"),
        ("ANGER", "anger"),
        ("愤怒 anger", "anger"),
        ("anger/愤怒", "anger"),
        ("憤怒", "anger"),
        (" ", None),
    ],
)
def test_a_label_is_read_as_people_write_it(word: str, label: str | None) -> None:
    assert label_in(word) == label


@pytest.mark.parametrize("word", ["愤怒 fear", "7", "joyous-ish", "?", "anger, fear"])
def test_what_is_no_single_label_is_refused(word: str) -> None:
    with pytest.raises(RoleInstructError):
        label_in(word)


def test_a_wrong_label_and_a_broken_row_cost_themselves_alone(tmp_path: Path) -> None:
    text = filled(sheet(), ["愤怒", "hopping mad", "恐惧"])
    lines = text.split("\r\n")
    lines.insert(3, 'd1#2,"an open quote,x')
    lines.insert(5, "only,three,cells")
    lines.insert(6, "no-line,d,1,a,b,anger,,anna,1")
    answers, misread = read(tmp_path / "anna.csv", "\r\n".join(lines))
    assert [str(m.place) for m in misread] == ["anna.csv:3", "anna.csv:4", "anna.csv:6", "anna.csv:7"]
    assert "'hopping mad' is no label; expected one of anger 愤怒" in misread[0].reason
    assert (misread[0].person, misread[0].line) == ("anna", sheet().lines[1].id)
    assert "quotes are broken" in misread[1].reason
    assert "3 cells, and 9 were expected" in misread[2].reason
    assert "'no-line' is no line" in misread[3].reason
    assert labels(answers)[:2] == ["anger", "fear"]
    assert len(answers) == len(sheet().lines) - 1


def test_a_sheet_without_a_name_in_it_is_that_of_the_file(tmp_path: Path) -> None:
    answers, _ = read(tmp_path / "小明.csv", "line,emotion\nd1#1,怒\n")
    assert [(a.person, a.round, a.emotion) for a in answers] == [("小明", 1, Emotion.ANGER)]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.csv", b"PK\x03\x04rest", "is a workbook"),
        ("a.csv", b"a,b\n1,2\n", "no header of a sheet"),
        ("a.csv", b"\xff\x00\xfe\x81", "no header|no text"),
        ("a.json", b"[1, 2", "no whole JSON document"),
        ("a.json", b'[{"text": "x", "emotion": "anger"}]', "not JSON-MIN"),
        ("a.json", b'{"some": "thing"}', "is no sheet"),
        ("a.json", json.dumps({"format": PAGE_FORMAT, "labels": 3}).encode(), "no list of labels"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_reason(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=why):
        list(read_sheet(tmp_path / name))
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_sheet(tmp_path / "none.csv"))


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_whatever_bytes_come_after_a_row_each_row_is_whole_or_says_what_is_wrong(data: bytes) -> None:
    try:
        rows = list(sheet_rows(b"line,emotion\nd1#1,anger\n" + data, "a.csv"))
    except SourceError as error:
        assert "is no text in UTF-8, UTF-16 or GB18030" in str(error)  # noqa: PT017 - either is right, by the bytes
        return
    assert rows[0] == (2, {"line": "d1#1", "emotion": "anger"})
    places = [place for place, _ in rows]
    assert places == sorted(set(places))
    assert places[-1] <= 3 + data.count(b"\n")
    for _, row in rows:
        assert row.keys() == {"line", "emotion"} and any(row.values()) if isinstance(row, dict) else row


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from("data annotations result value choices completed_by fields metadata responses emotion line "
                        "labels format sheet round emotion.responses user_id type".split()), inner, max_size=5),
    max_leaves=15,
)  # fmt: skip


@given(st.lists(JSON, max_size=4), st.sampled_from(["annotations", "fields", "page"]))
@settings(max_examples=150, deadline=None)
def test_no_document_breaks_the_readers(tmp_path_factory: pytest.TempPathFactory, items: list[Any], kind: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"{uuid.uuid4()}.json"
    whole: Any = {"format": PAGE_FORMAT, "labels": items} if kind == "page" else [*items, {kind: None}]
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert all(isinstance(item, Answer | Misread) for item in read_sheet(path))
    path.unlink()


def exported(task: dict[str, Any], *given: tuple[object, str]) -> dict[str, Any]:
    """A task as Label Studio exports it."""
    return {
        "id": 1,
        **task,
        "predictions": [],
        "annotations": [
            {
                "completed_by": by,
                "was_cancelled": False,
                "result": [
                    {"from_name": "emotion", "to_name": "text", "type": "choices", "value": {"choices": [word]}},
                    {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["反话？"]}},
                ],
            }
            for by, word in given
        ],
    }


def test_an_export_of_label_studio_is_read(tmp_path: Path) -> None:
    tasks = label_studio_tasks(nasty())
    export = [exported(tasks[0], (1, "anger")), exported(tasks[1], (1, "恐惧 fear")), exported(tasks[2])]
    export += [exported(tasks[3], (1, "bliss")), {"id": 9, "annotations": []}]
    export[2]["annotations"] = [{"completed_by": 1, "was_cancelled": True, "result": []}]
    answers, misread = read(tmp_path / "anna.json", json.dumps(export))
    assert labels(answers) == ["anger", "fear", None]
    assert {answer.person for answer in answers} == {"anna"}
    assert [answer.line for answer in answers] == nasty().lines[:3]
    assert answers[0].note == "反话？"
    assert [str(m.place) for m in misread] == ["anna.json:4", "anna.json:5"]


def test_several_people_in_one_export_are_told_apart(tmp_path: Path) -> None:
    (task, *_) = label_studio_tasks(sheet())
    export = [exported(task, ({"id": 1, "email": "a@x.org"}, "anger"), ({"id": 2, "email": "b@x.org"}, "fear"))]
    answers, _ = read(tmp_path / "all.json", json.dumps(export))
    assert [(a.person, a.emotion) for a in answers] == [("a@x.org", "anger"), ("b@x.org", "fear")]
    records = argilla_records(sheet())[:1]
    records[0]["responses"] = {"emotion": [{"value": "anger", "user_id": "u1"}, {"value": "fear", "user_id": "u2"}]}
    answers, _ = read(tmp_path / "all2.json", json.dumps(records))
    assert [(a.person, a.emotion) for a in answers] == [("u1", "anger"), ("u2", "fear")]


def test_label_studios_interface_names_the_fields_of_the_tasks() -> None:
    view = ElementTree.fromstring(label_studio_config())
    (task, *_) = label_studio_tasks(sheet())
    used = {value[1:] for element in view.iter() for value in element.attrib.values() if value.startswith("$")}
    assert used <= set(task["data"])
    choices = [element.attrib for element in view.iter("Choice")]
    assert [choice["alias"] for choice in choices] == list(Emotion)
    assert [choice["hotkey"] for choice in choices] == list(KEYS.values())
    assert task["data"]["context"][0]["speaker"].startswith("▶")


def test_an_export_of_argilla_is_read_nested_and_flat(tmp_path: Path) -> None:
    nested = argilla_records(nasty())[:3]
    nested[0]["responses"] = {
        "emotion": [{"value": "anger", "user_id": "u"}],
        "note": [{"value": "吵架", "user_id": "u"}],
    }
    nested[2]["responses"] = {"emotion": [{"value": "bliss", "user_id": "u"}]}
    answers, misread = read(tmp_path / "a.json", json.dumps(nested))
    assert labels(answers) == ["anger", None]
    assert (answers[0].person, answers[0].note, answers[0].line) == ("anna", "吵架", nasty().lines[0])
    assert [str(m.place) for m in misread] == ["a.json:3"]
    flat = [
        {"id": r["id"], **r["fields"], **r["metadata"], "emotion.responses": None} for r in argilla_records(nasty())
    ]
    flat[1] |= {
        "emotion.responses": ["fear", "anger"],
        "emotion.responses.users": ["u", "u2"],
        "emotion.responses.status": ["submitted", "draft"],
    }
    answers, _ = read(tmp_path / "b.json", json.dumps(flat[:2]))
    assert labels(answers) == [None, "fear"]


def test_argillas_settings_ask_for_the_ten_labels_and_show_what_the_records_have() -> None:
    found = argilla_settings()
    assert [option["value"] for option in found["questions"][0]["settings"]["options"]] == list(Emotion)
    assert {field["name"] for field in found["fields"]} == set(argilla_records(sheet())[0]["fields"])


def test_sheets_are_written_whole_and_never_over_others(tmp_path: Path) -> None:
    paths = write_sheets([sheet(), sheet(person="小明")], tmp_path)
    assert sorted(path.name for path in paths) == sorted(path.name for path in tmp_path.iterdir())
    assert {"anna.csv", "anna.html", "anna.label-studio.json", "小明.argilla.json"} <= {path.name for path in paths}
    with pytest.raises(ConfigError, match=r"anna\.html is there already"):
        write_sheets([sheet()], tmp_path)


def votes(tmp_path: Path, **said: Sequence[str]) -> Any:  # noqa: ANN401 - Returned
    """What comes of sheets that people have filled with these words."""
    items: list[Answer | Misread] = []
    for person, words in said.items():
        answers, misread = read(tmp_path / f"{person}.csv", filled(sheet(person=person), words))
        items += [*answers, *misread]
    return collect(items)


def test_verdicts_by_hand(tmp_path: Path) -> None:
    found = votes(
        tmp_path,
        anna=["anger", "fear", "anger", "", "fear"],
        ben=["anger", "fear", "fear", "", ""],
        cho=["fear", "fear", "other", "", ""],
    )
    verdicts = settle(found)
    assert [v.emotion for v in verdicts] == [Emotion.ANGER, Emotion.FEAR, None, Emotion.FEAR]
    assert [round(v.share, 2) for v in verdicts] == [0.67, 1.0, 0.33, 1.0]
    total = len(sheet().lines)
    assert found.open == {"anna": total - 4, "ben": total - 3, "cho": total - 3}
    assert found.people == ["anna", "ben", "cho"]


def test_two_of_four_are_no_majority(tmp_path: Path) -> None:
    found = votes(tmp_path, a=["anger"], b=["anger"], c=["fear"], d=["other"])
    assert [v.emotion for v in settle(found)] == [None]


def test_a_second_different_label_of_one_person_is_refused(tmp_path: Path) -> None:
    one, _ = read(tmp_path / "anna.csv", filled(sheet(), ["anger", "fear"]))
    other, _ = read(tmp_path / "anna2.csv", filled(sheet(), ["anger", "other"]))
    found = collect([*one, *other])
    assert [v.emotion for v in settle(found)] == [Emotion.ANGER, Emotion.FEAR]
    assert [str(m) for m in found.misread] == [
        f"anna2.csv:3: anna has labelled {sheet().lines[1].id} as fear before, and as other here"
    ]


def test_a_line_that_reads_otherwise_in_another_sheet_is_refused(tmp_path: Path) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[1][4] = "别的话"

    one, _ = read(tmp_path / "anna.csv", filled(sheet(), ["anger"]))
    other, _ = read(tmp_path / "ben.csv", filled(sheet(person="ben"), ["fear"], change))
    found = collect([*one, *other])
    assert [v.emotion for v in settle(found)] == [Emotion.ANGER]
    assert "reads otherwise in an earlier sheet" in str(found.misread[0])


def test_ties_are_asked_again_blind_and_the_later_round_decides(tmp_path: Path) -> None:
    found = votes(tmp_path, anna=["anger", "fear"], ben=["anger", "other"])
    verdicts = settle(found)
    again = sheets_again(found, [v for v in verdicts if v.emotion is None])
    assert [(s.person, s.round, len(s.dialogues)) for s in again] == [("anna", 2, 1), ("ben", 2, 1)]
    assert [line.id for line in again[0].lines if line.asked] == [sheet().lines[1].id]
    assert [line.text for line in again[0].lines] == [line.text for line in sheet().dialogues[0]]
    second = []
    for one in again:
        text = sheet_csv(one).decode("utf-8-sig")
        assert text.count("—") == len(one.lines) - 1
        at = next(n for n, line in enumerate(one.lines) if line.asked)
        lines = text.split("\r\n")
        cells = next(csv.reader([lines[at + 1]]))
        cells[5] = "fear"
        lines[at + 1] = ",".join(cells)
        answers, misread = read(tmp_path / f"{one.person}-2.csv", "\r\n".join(lines))
        assert misread == []
        second += answers
    first = [a for p in ("anna", "ben") for a in read_sheet(tmp_path / f"{p}.csv")]
    both = collect([*first, *second])
    assert [(v.emotion, v.round) for v in settle(both)] == [(Emotion.ANGER, 1), (Emotion.FEAR, 2)]
    concord = among_people(both)
    assert concord is not None
    assert (concord.lines, concord.percent.value) == (2, 0.5)


def test_disputes_are_a_table_with_texts_votes_and_notes(tmp_path: Path) -> None:
    def note(rows: list[list[str]]) -> None:
        rows[1][6] = "=反话？"

    one, _ = read(tmp_path / "anna.csv", filled(sheet(), ["anger", "fear"], note))
    other, _ = read(tmp_path / "ben.csv", filled(sheet(person="ben"), ["other", "fear"]))
    found = collect([*one, *other])
    rows = list(csv.DictReader(io.StringIO(disputes_csv(found, settle(found)).decode("utf-8-sig"))))
    line = sheet().lines[0]
    assert rows == [
        {"line": line.id, "speaker": line.speaker, "text": line.text, "majority": "tie", "anna": "anger",
         "ben": "other", "notes": "anna: =反话？"}
    ]  # fmt: skip


def test_the_figures_of_people_and_labels_by_hand(tmp_path: Path) -> None:
    found = votes(tmp_path, anna=["anger", "anger", "fear", "fear"], ben=["anger", "fear", "fear", "fear"])
    concord = among_people(found)
    assert concord is not None
    assert concord.fleiss is not None
    assert (concord.lines, concord.unanimous, concord.percent.value) == (4, 3, 0.75)
    (pair,) = concord.pairs
    assert pair.kappa.value == pytest.approx(0.5)
    assert concord.alpha.value == pytest.approx(1 - (7 * 1 * 2) / (2 * 3 * 5), abs=1e-9)
    assert sum(concord.confusion.values()) == 8
    lines = sheet().lines
    known = {line.id: (Emotion.FEAR, "m" if n else "source") for n, line in enumerate(lines[:4])}
    compared = with_labels(settle(found), known)
    assert list(compared) == ["m", "source"]
    assert (compared["m"].percent.value, compared["m"].percent.n) == (1.0, 2)
    assert compared["source"].by_label[Emotion.ANGER].recall == 0
    assert json.loads(json.dumps(compared["m"].as_json()))["cohen_kappa"]["value"] == 1.0


def test_one_person_alone_shows_no_agreement(tmp_path: Path) -> None:
    assert among_people(votes(tmp_path, anna=["anger"])) is None


def test_a_line_says_where_it_stands_and_nothing_else() -> None:
    assert Line("王芳-00001", 3, "王芳", "好").id == "王芳-00001#3"
