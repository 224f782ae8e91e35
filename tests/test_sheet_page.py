"""The annotation page in a real browser: labels by keys, kept in the browser and in a file, and hostile lines inert."""

import json
from pathlib import Path
from typing import Any

import pytest

from chromium import Browser, find_chromium, load, saved
from roleinstruct.emotions import Emotion
from roleinstruct.generate.sheets.answers import Answer
from roleinstruct.generate.sheets.page import sheet_page
from roleinstruct.generate.sheets.reading import read_sheet
from roleinstruct.generate.sheets.sheet import Sheet, blind
from roleinstruct.records import Dialogue, Place, Utterance
from teachers import script

HOSTILE = (
    "</script><script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 2'>",
    "<!--<script>",
    "两行\u2028之间\u2029有分隔符",
    '";window.harmed=3;//',
    "\\u003cb\\u003e @@DATA@@ @@POLICY@@",
    "😀 \u202etxt.exe",
)


def hostile() -> Dialogue:
    turns = tuple(Utterance(("<b>王芳</b>", "李")[n % 2], text, Emotion.ANGER) for n, text in enumerate(HOSTILE))
    return Dialogue("<i>'\"&", "<b>王芳</b>", "李", turns, Place("a", 1, 9))


def sheet(person: str = "anna", again: int = 1) -> Sheet:
    lines = [blind(dialogue) for dialogue in (*script(2, turns=4), hostile())]
    return Sheet(person, again, tuple(lines))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    find_chromium()
    folder = tmp_path_factory.mktemp("page")
    (folder / "anna.html").write_text(sheet_page(sheet()), encoding="utf-8")
    (folder / "ben.html").write_text(sheet_page(sheet("ben")), encoding="utf-8")
    only = blind(script(1, turns=4)[0], {"d1#2", "d1#4"})
    (folder / "again.html").write_text(sheet_page(Sheet("anna", 2, (only,))), encoding="utf-8")
    return folder


def chips(page: Browser) -> Any:  # noqa: ANN401 - a list from the page
    return page.run("[...document.querySelectorAll('#lines .chip')].map(chip => chip.textContent)")


def current(page: Browser) -> Any:  # noqa: ANN401 - a string from the page
    return page.run("document.querySelector('li.now').dataset.line")


def test_keys_label_and_go_on(page: Browser) -> None:
    assert chips(page) == ["未标"] * 4
    page.press("1", "0")
    assert chips(page) == ["1 愤怒 anger", "0 其他 other", "未标", "未标"]
    assert current(page) == "d1#3"
    page.press("ArrowUp", "8")
    assert chips(page)[1] == "8 沮丧 frustration"
    assert "已标 2 / 15 行" in page.text("count")
    assert page.run("document.getElementById('progress').value") == 2
    assert page.run("document.querySelectorAll('.choice').length") == 10


def test_undo_takes_back_one_step_after_the_other(page: Browser) -> None:
    page.press("1", "2", "u")
    assert chips(page)[:2] == ["1 愤怒 anger", "未标"]
    assert current(page) == "d1#2"
    page.press("u", "u")
    assert chips(page) == ["未标"] * 4
    assert "没有可以撤销的" in page.text("told")
    page.press("4", "ArrowUp", "Backspace")
    assert chips(page)[0] == "未标"


def test_the_unfinished_line_is_reached_at_a_key(page: Browser) -> None:
    page.press("1", "ArrowDown", "3", "4", "5")
    assert current(page) == "d2#2"
    page.press("ArrowRight", "f")
    page.press("1", "2", "3", "4", "5", "6", "7", "f")
    assert current(page) == "d1#2"
    page.press("1", "f", "1", "f", "1", "f", "1")
    assert "14 / 15" in page.text("count")
    page.press("f")
    assert current(page) == "<i>'\"&#1"
    page.press("1", "f")
    assert page.run("document.getElementById('done').hidden") is False
    assert "每行都标好了" in page.text("told")


def test_arrows_go_from_dialogue_to_dialogue(page: Browser) -> None:
    page.press("ArrowRight")
    assert current(page) == "d2#1"
    page.press("ArrowRight")
    assert current(page) == "<i>'\"&#1"
    page.press("ArrowRight", "ArrowLeft", "ArrowLeft")
    assert current(page) == "d1#1"
    page.press("Enter")
    assert current(page) == "d1#2"


def test_labels_survive_a_reload_and_belong_to_one_person(page: Browser, place: Path) -> None:
    page.press("6", "7")
    page.open(place / "ben.html")
    assert chips(page) == ["未标"] * 4
    page.open(place / "anna.html")
    assert chips(page)[:3] == ["6 惊讶 surprise", "7 中立 neutral", "未标"]
    assert current(page) == "d1#3"


def test_the_saved_file_is_what_the_reader_reads(page: Browser, tmp_path: Path) -> None:
    page.press("1", "n")
    page.wait("document.activeElement.tagName === 'TEXTAREA'")
    page.send("Input.insertText", text="反话？1 u </script>")
    page.press("Enter", "9", "ArrowRight", "ArrowRight", "5")
    answers = list(read_sheet(saved(page, tmp_path / "out", "anna.labels.json")))
    assert all(isinstance(answer, Answer) and answer.person == "anna" for answer in answers)
    found = [answer for answer in answers if isinstance(answer, Answer)]
    assert [answer.line for answer in found] == sheet().lines
    by_line = {answer.line.id: answer for answer in found}
    assert [by_line[f"d1#{n}"].emotion for n in (1, 2, 3)] == [Emotion.ANGER, Emotion.EXCITEMENT, None]
    assert by_line["d1#2"].note == "反话？1 u </script>"
    assert by_line["<i>'\"&#1"].emotion == Emotion.SADNESS


def test_a_saved_file_is_loaded_and_can_be_undone(page: Browser, place: Path, tmp_path: Path) -> None:
    page.press("1", "2")
    path = saved(page, tmp_path / "out", "anna.labels.json")
    page.run("localStorage.clear()")
    page.open(place / "anna.html")
    assert chips(page) == ["未标"] * 4
    assert "读入 2 行" in load(page, path)
    assert chips(page)[:2] == ["1 愤怒 anger", "2 厌恶 disgust"]
    page.press("u")
    assert chips(page) == ["未标"] * 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sheet": "ben"}, "ben"),
        ({"round": 2}, "第 2 轮"),
        ({"format": "other"}, "不是本页保存的文件"),
        ({"labels": [None, 3]}, "读入 0 行"),
    ],
)
def test_a_file_of_others_is_refused(page: Browser, tmp_path: Path, change: dict[str, object], told: str) -> None:
    path = saved(page, tmp_path / "out", "anna.labels.json")
    document = {**json.loads(path.read_text(encoding="utf-8")), **change}
    (tmp_path / "other.json").write_text(json.dumps(document), encoding="utf-8")
    assert told in load(page, tmp_path / "other.json")
    assert chips(page) == ["未标"] * 4


def test_hostile_lines_are_shown_and_do_nothing(page: Browser) -> None:
    page.press("ArrowRight", "ArrowRight")
    assert page.run("[...document.querySelectorAll('#lines .said')].map(said => said.textContent)") == list(HOSTILE)
    assert page.run("document.querySelector('#lines .who').textContent") == "<b>王芳</b>"
    assert page.run("typeof window.harmed") == "undefined"
    assert page.run("document.querySelectorAll('main img, main script, main b:not(.choice b)').length") == 0


def test_the_page_asks_nobody_and_may_run_nothing_else(page: Browser) -> None:
    page.press("1", "ArrowRight")
    assert {url.split(":")[0] for url in page.requests} <= {"file", "blob", "data"}
    page.run(
        "{ const added = document.createElement('script'); added.textContent = 'window.harmed = 4';"
        " document.body.append(added); }"
    )
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.harmed = 5\">')")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run("typeof window.harmed") == "undefined"


def test_lines_that_are_context_are_shown_and_passed_over(page: Browser, place: Path, tmp_path: Path) -> None:
    page.open(place / "again.html")
    page.run("localStorage.clear()")
    page.open(place / "again.html")
    assert chips(page) == ["上下文", "未标", "上下文", "未标"]
    page.press("1", "2")
    assert chips(page) == ["上下文", "1 愤怒 anger", "上下文", "2 厌恶 disgust"]
    assert page.run("document.getElementById('done').hidden") is False
    assert "第 2 轮" in page.text("title")
    answers = list(read_sheet(saved(page, tmp_path / "out", "anna.2.labels.json")))
    assert [(a.round, a.line.asked, a.emotion) for a in answers if isinstance(a, Answer)] == [
        (2, False, None),
        (2, True, Emotion.ANGER),
        (2, False, None),
        (2, True, Emotion.DISGUST),
    ]


def test_a_button_changes_the_language(page: Browser) -> None:
    page.run("document.getElementById('language').click()")
    assert page.run("document.documentElement.lang") == "en"
    assert chips(page) == ["open"] * 4
    assert "cross, accusing" in page.run("document.querySelector('.choice small').textContent")


def test_a_click_labels_too(page: Browser) -> None:
    page.run("document.querySelectorAll('.choice')[3].click()")
    assert chips(page)[0] == "4 快乐 happiness"
    page.run("document.querySelectorAll('#lines li')[3].click()")
    assert current(page) == "d1#4"
