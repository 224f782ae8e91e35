"""The rating page in a real browser: scores by keys, kept in the browser and in a file, and hostile answers inert."""

import json
from pathlib import Path
from typing import Any

import pytest

from chromium import Browser, find_chromium, load, saved
from raters import NAMES, PROFILES
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.human.collecting import collect
from roleinstruct.evaluation.human.key import read_key, write_key
from roleinstruct.evaluation.human.page import rating_page
from roleinstruct.evaluation.human.study import Study, deal, draw
from roleinstruct.evaluation.items import Item
from roleinstruct.records import CharacterProfile

HOSTILE = (
    "</script><script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 2'>",
    "两行\u2028之间\u2029有分隔符",
    "\\u003cb\\u003e @@DATA@@ @@POLICY@@",
    "😀 \u202etxt.exe",
)
"""Answers of the second system; those of the first are harmless."""


def study() -> Study:
    who = ["何素云", "Tom Reeve", "__proto__", "constructor", "何素云"]
    items = [Item(f"spe-{n}", name, "spe", f"<b>第{n}问</b>？", ("好。",)) for n, name in enumerate(who)]
    plain = Answers("plain", {item.id: f"修好了，第{n}号。" for n, item in enumerate(items)})
    harm = Answers("harm", {item.id: text for item, text in zip(items, HOSTILE, strict=True)})
    profiles = {
        **PROFILES,
        "__proto__": CharacterProfile("__proto__", "en", {"<i>": "</dl>"}, (), "<script>1</script>"),
    }
    return draw(items, [plain, harm], profiles)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    find_chromium()
    folder = tmp_path_factory.mktemp("page")
    anna, ben = deal(study(), ["anna", "ben"])
    (folder / "anna.html").write_text(rating_page(anna), encoding="utf-8")
    (folder / "ben.html").write_text(rating_page(ben, "en"), encoding="utf-8")
    write_key(study(), ("anna", "ben"), folder / "key.json")
    return folder


def scores(page: Browser) -> Any:  # noqa: ANN401 - a list from the page
    """Of the question that is shown, cell by cell; "" for none."""
    return page.run(
        "[...document.querySelectorAll('.row')].map(row => (row.querySelector('.on') || {textContent: ''}).textContent)"
    )


def current(page: Browser) -> Any:  # noqa: ANN401 - a number from the page
    """Which cell of the question is the current one."""
    return page.run("[...document.querySelectorAll('.row')].findIndex(row => row.getAttribute('aria-current'))")


def test_keys_score_and_go_on(page: Browser) -> None:
    assert scores(page) == [""] * 6
    page.press("1", "5")
    assert scores(page) == ["1", "5", "", "", "", ""]
    assert current(page) == 2
    page.press("ArrowUp", "3", "6", "0")
    assert scores(page) == ["1", "3", "", "", "", ""]
    assert page.text("count") == "已打 2 / 30 项"
    assert page.run("document.getElementById('progress').value") == 2
    page.press("4", "2", "2", "2", "2")
    assert page.text("where") == "第 2 题，共 5 题"
    assert scores(page)[0] == "2"


def test_a_step_is_taken_back_and_a_score_is_cleared(page: Browser) -> None:
    page.press("1", "2", "u")
    assert (scores(page)[:2], current(page)) == (["1", ""], 1)
    page.press("u", "u")
    assert scores(page) == [""] * 6
    assert "没有可以撤销的" in page.text("told")
    page.press("4", "ArrowUp", "Backspace")
    assert (scores(page)[0], current(page)) == ("", 0)


def test_what_is_unfinished_is_reached_at_a_key(page: Browser) -> None:
    page.press("ArrowDown", *"23451" * 5, *"2345")
    assert page.text("count") == "已打 29 / 30 项"
    page.press("f")
    assert (page.text("where"), current(page)) == ("第 1 题，共 5 题", 0)
    assert page.run("document.getElementById('done').hidden") is True
    page.press("1", "f")
    assert page.run("document.getElementById('done').hidden") is False
    assert "全部打完了" in page.text("told")


def test_arrows_and_buttons_go_from_question_to_question_and_stop_at_the_ends(page: Browser) -> None:
    page.press("ArrowLeft", "ArrowRight", "ArrowRight")
    assert page.text("where") == "第 3 题，共 5 题"
    page.run("document.getElementById('before').click()")
    assert page.text("where") == "第 2 题，共 5 题"
    page.press(*["ArrowRight"] * 9)
    assert page.text("where") == "第 5 题，共 5 题"


def test_a_click_scores_and_a_second_one_clears(page: Browser) -> None:
    page.run("document.querySelectorAll('.row')[4].querySelectorAll('button')[2].click()")
    assert scores(page) == ["", "", "", "", "3", ""]
    assert current(page) == 5
    page.run("document.querySelectorAll('.row')[4].querySelectorAll('button')[2].click()")
    assert scores(page)[4] == ""
    assert page.run("document.querySelectorAll('[aria-pressed=true]').length") == 0


def test_scores_notes_and_the_folded_profile_outlive_the_page(page: Browser, place: Path) -> None:
    page.press("4", "n")
    page.wait("document.activeElement.tagName === 'TEXTAREA'")
    page.send("Input.insertText", text="像是背书 <b>")
    page.press("Enter", "p")
    assert "像是背书 <b>" in page.text("answers")
    page.open(place / "anna.html")
    assert scores(page)[:2] == ["4", ""]
    assert "像是背书 <b>" in page.text("answers")
    assert page.run("document.getElementById('profile').open") is False
    assert "(2)" in page.text("save")


def test_a_saved_file_comes_back_on_another_machine_and_is_read_by_collect(
    page: Browser, place: Path, tmp_path: Path
) -> None:
    page.press("4", "5", "2", "1")
    path = saved(page, tmp_path / "out", "anna.ratings.json")
    page.wait("!document.getElementById('save').textContent.includes('(')")
    found = collect([path], read_key(place / "key.json"))
    assert sorted(rating.score for rating in found.ratings) == [1, 2, 4, 5]
    assert (found.raters, found.problems, found.missing) == (("anna",), (), {"anna": 26})
    page.run("localStorage.clear()")
    page.open(place / "anna.html")
    assert scores(page) == [""] * 6
    assert "读入 2 个回答" in load(page, path)
    assert scores(page)[:4] == ["4", "5", "2", "1"]
    document = json.loads(path.read_text(encoding="utf-8"))
    (tmp_path / "ben.json").write_text(json.dumps({**document, "sheet": "ben"}), encoding="utf-8")
    assert "那是 ben 的打分" in load(page, tmp_path / "ben.json")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert "这不是本页保存的文件" in load(page, tmp_path / "other.json")


def test_hostile_texts_are_shown_as_they_are_and_nothing_is_asked_of_the_network(page: Browser) -> None:
    page.requests.clear()
    shown = ""
    for _ in range(5):
        shown += page.text("answers") + page.text("question") + page.text("life")
        page.press("ArrowRight")
    assert all(said in shown for said in (*HOSTILE, "<b>第0问</b>？", "<script>1</script>", "没有资料"))
    assert page.run("window.harmed") is None
    assert page.run("document.querySelectorAll('main img, main script, main b + b, main i').length") == 0
    assert page.requests == []


def test_the_page_names_no_system_and_reaches_for_nothing(place: Path) -> None:
    content = (place / "anna.html").read_text(encoding="utf-8")
    assert "plain" not in content
    assert "http" not in content.replace("http-equiv", "")
    assert "spe-" not in content
    assert "default-src 'none'" in content


def test_a_button_changes_the_language_unless_one_was_asked_for(page: Browser, place: Path) -> None:
    assert "沟通效果" in page.text("meanings")
    page.run("document.getElementById('language').click()")
    assert page.run("document.documentElement.lang") == "en"
    assert "Communication effectiveness" in page.text("meanings")
    page.open(place / "ben.html")
    assert page.run("document.getElementById('language').hidden") is True
    assert "沟通效果" not in (place / "ben.html").read_text(encoding="utf-8")
    assert all(name in (place / "ben.html").read_text(encoding="utf-8") for name in NAMES)
