"""The figures of a data set: what is counted, what is drawn, and that every machine can show it."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct import Emotion
from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.figures.chinese import chinese_pairs
from roleinstruct.dataset.figures.emotions import draw_emotions
from roleinstruct.dataset.figures.english import english_pair
from roleinstruct.dataset.figures.facts import FigureFacts, as_json, facts_of
from roleinstruct.dataset.figures.flow import draw_flow, interval
from roleinstruct.dataset.figures.fonts import font_for, width_of
from roleinstruct.dataset.figures.heatmap import draw_heatmap
from roleinstruct.dataset.figures.lengths import draw_lengths
from roleinstruct.dataset.figures.page import page
from roleinstruct.dataset.figures.palette import FILLS, HATCHES, ORDER, PAPER, STEPS, TINTS, WORDS, contrast, ink_on
from roleinstruct.dataset.figures.sheet import Sheet
from roleinstruct.dataset.figures.sunburst import draw_sunburst
from roleinstruct.dataset.figures.traits import draw_traits
from roleinstruct.dataset.figures.verbs import Verb, top_verbs
from roleinstruct.dataset.figures.write import Drawn, write_figures
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_row, general_row, profile_row, specific_row
from roleinstruct.errors import FolderError, MissingExtraError
from roleinstruct.publish.ours import is_ours
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Utterance

PLACE = Place("a.txt", 1, 9)
NOBODYS = "\U00020001"
"""A character so rare that no font of a usual machine has it; the tests below use it as one that cannot be drawn."""

QUESTIONS = ("Write a short poem.", "Describe your street.", "Give me three ideas.", "Who are you?")


VERBS = [("describe", 1, (("street", 1),)), ("give", 1, (("idea", 1),)), ("write", 1, (("poem", 1),))]


def said(speaker: str, *emotions: Emotion | None) -> tuple[Utterance, ...]:
    return tuple(Utterance(speaker, "今天的天气真好", emotion, annotator="source") for emotion in emotions)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Two characters with a dialogue of 1, 3 and 4 turns, traits, and instructions."""
    anger, joy, none = Emotion.ANGER, Emotion.HAPPINESS, None
    root = tmp_path_factory.mktemp("set")
    with draft(root, keep=False) as data:
        with data.writer("dialogues") as writer:
            writer.write(dialogue_row(Dialogue("1", "林晓", "客", said("林晓", anger, joy, none), PLACE)))
            writer.write(dialogue_row(Dialogue("2", "林晓", "客", said("客", anger), PLACE)))
            writer.write(dialogue_row(Dialogue("3", "周远", "客", said("周远", joy, joy, joy, anger), PLACE)))
        with data.writer("profiles") as writer:
            writer.write(profile_row(CharacterProfile("林晓", "zh", traits=("乐观", "细心"))))
            writer.write(profile_row(CharacterProfile("周远", "zh", traits=("乐观",))))
        with data.writer("specific") as writer:
            for n, text in enumerate(QUESTIONS):
                writer.write(specific_row(Instruction(str(n), "林晓", "specific", text, ("好。",))))
        with data.writer("general") as writer:
            writer.write(general_row(Instruction("g", "林晓", "general", QUESTIONS[0], ("好。",))))
    return DataFolder(root)


@pytest.fixture(scope="module")
def facts(folder: DataFolder) -> FigureFacts:
    return facts_of(folder)


def test_the_facts_count_every_table_once(facts: FigureFacts) -> None:
    assert facts.languages == {"zh": 3}
    assert {name: sum(counts) for name, counts in facts.emotions.items()} == {"周远": 4, "林晓": 3}
    assert dict(zip(Emotion, facts.overall, strict=True))[Emotion.ANGER] == 3
    assert facts.unlabelled == 1
    assert facts.turns == {1: 1, 3: 1, 4: 1}
    assert facts.traits == {"乐观": ("周远", "林晓"), "细心": ("林晓",)}
    assert facts.instructions == {"rows": 5, "distinct": 4, "tagged": 4}
    assert facts.verbs == {"en": tuple(Verb(*v) for v in VERBS)}
    assert facts.paper[0] == 9.3


def test_a_turn_stands_at_its_place_between_the_first_and_the_last(facts: FigureFacts) -> None:
    """Of three turns the second is half way (5 of 9), of four the second is at 3; a lone turn has no place."""
    assert [sum(position) for position in facts.flow] == [2, 0, 0, 1, 0, 1, 1, 0, 0, 1]


def test_the_facts_are_json_that_names_the_emotions(facts: FigureFacts) -> None:
    document = json.loads(json.dumps(as_json(facts)))
    assert document["labels"][0] == {"en": "anger", "zh": "愤怒"}
    assert document["turns"] == {"1": 1, "3": 1, "4": 1}
    assert document["verbs"]["en"][0] == {"word": "describe", "count": 1, "objects": [["street", 1]]}


CHINESE: list[tuple[str, tuple[str, str] | None]] = [
    ("请生成一个有趣的幽默笑话。", ("生成", "笑话")),
    ("林晓，你是如何处理工作中的压力的？", ("处理", "压力")),
    ("周远，你喜欢什么颜色？", ("喜欢", "颜色")),
    ("你的任务是找出下面句子的反义词。输入：高兴", ("找出", "反义词")),
    ("根据给定的文本创建一个句子。", ("创建", "句子")),
    ("完成以下句子，使其连贯。", ("完成", "句子")),
    ("你是谁？", None),
    ("为什么？", None),
    ("你的成长环境怎么样？", None),
    ("例如：生成一个标题", None),
    ("……好", None),
]


def test_a_chinese_instruction_has_its_verb_and_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """And jieba is silent, and leaves no cache among the temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert list(chinese_pairs([text for text, _ in CHINESE])) == [pair for _, pair in CHINESE]
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


ENGLISH = [
    ("Describe a quiet street in one paragraph.", ("describe", "street")),
    ("Nora, could you suggest three good names for a bakery?", ("suggest", "name")),
    ("Please give me two short stories about rain.", ("give", "story")),
    ("How do I turn down an unreasonable request from a friend?", ("turn", "request")),
    ("How did the neighbours start a garden?", ("start", "garden")),
    ("I have a cold. What helps? Make a list for me.", ("make", "list")),
    ("Don’t explain it, just write a poem.", ("write", "poem")),
    ("What is inflation?", None),
    ("The start of the show was late.", None),
    ("Why do people get vaccinated?", None),
    ("Did you see Walter?", None),
    ("Explain: write a poem", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "pair"), ENGLISH)
def test_an_english_instruction_has_its_verb_and_object(text: str, pair: tuple[str, str] | None) -> None:
    assert english_pair(text) == pair


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_is_read_without_a_word(text: str) -> None:
    pair = english_pair(text)
    assert pair is None or all(word == word.lower() and word for word in pair)


def test_the_most_frequent_verbs_come_first_and_ties_by_alphabet() -> None:
    texts = ["Write a poem.", "Write a song.", "Write a song.", "Draw a cat.", "Cook an egg.", "Tell a joke."]
    found = top_verbs(texts, verbs=3, objects=1)["en"]
    assert found == (
        Verb("write", 3, (("song", 2),)),
        Verb("cook", 1, (("egg", 1),)),
        Verb("draw", 1, (("cat", 1),)),
    )


def test_without_jieba_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roleinstruct.errors.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"roleinstruct\[figures\]"):
        top_verbs(["请写一首诗歌。"])


@pytest.mark.parametrize("text", ["愤怒 anger", "張麗華", "樊胜美", "Zoë’s café", "“好”——×3，95 %", "ありがとう"])
def test_our_font_writes_chinese_of_both_kinds_and_latin(text: str) -> None:
    font = font_for(text)
    assert font is not None
    assert "NotoSansSC" in str(font.get_file())
    assert 0 < width_of(text, 10) < 12 * len(text)


def test_another_font_of_the_system_is_taken_where_ours_has_no_glyph() -> None:
    font = font_for("ሰላም" if font_for("ሰላም") else "ⴰ∀")
    assert font is not None
    assert "NotoSansSC" not in str(font.get_file())


def test_a_text_that_no_font_can_write_is_left_out_without_a_box() -> None:
    """The box that matplotlib draws for it would come with a warning, which is an error here."""
    assert font_for(NOBODYS) is None
    assert width_of(NOBODYS, 10) == 0
    sheet = Sheet(("Title", "标题"), 400, 200, chinese=True)
    assert not sheet.text((10, 150), f"好{NOBODYS}", 20)
    assert sheet.text((10, 150), "$x^2$ \\frac{ 好\n吗", 20), "no formula, no second line"
    assert sheet.left_out == [f"好{NOBODYS}"]


def test_a_long_name_is_cut_to_its_room() -> None:
    sheet = Sheet(("Title", "标题"), 400, 200, chinese=False)
    cut = sheet.fitted("a name that goes on and on", 20, 100)
    assert cut.startswith("a name")
    assert cut.endswith("…")
    assert width_of(cut, 20) <= 100
    assert sheet.fitted("short", 20, 100) == "short"


def test_figures_read_in_words_alone() -> None:
    """Type has the contrast that WCAG asks for, and neighbours in a stack differ in hatch or lightness."""
    for fill in (*FILLS.values(), *STEPS, *(tint for pair in TINTS for tint in pair)):
        assert contrast(ink_on(fill), fill) >= 4.5, fill
    for word in WORDS:
        assert contrast(word, PAPER) >= 5
    assert sorted(ORDER) == sorted(Emotion)
    for one, other in pairwise(ORDER):
        assert HATCHES[one] != HATCHES[other]
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
@settings(max_examples=60)
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    count, total = pair
    low, high = interval(count, total)
    assert 0 <= low <= 100 * count / total + 1e-9
    assert 100 * count / total - 1e-9 <= high <= 100


DRAWERS: list[Callable[[FigureFacts], tuple[Sheet, str] | None]] = [
    draw_emotions,
    draw_traits,
    draw_lengths,
    draw_flow,
    draw_heatmap,
    lambda facts: draw_sunburst(facts, "zh"),
]


def many(names: int) -> FigureFacts:
    """Facts as large as they come: long lists, long words, words that cannot be drawn."""
    people = {f"{'很长的名字' * 4}{n}": (n, 0, 1, 2, 3, 4, 50, 6, 7, 8) for n in range(names)}
    objects = (("宾语", 3), (NOBODYS, 2), ("a very long object that does not fit", 1))
    return FigureFacts(
        languages={"zh": 1, "en": 1},
        emotions={NOBODYS: (0,) * 9 + (1,), **people},
        unlabelled=0,
        paper=(10.0,) * 10,
        turns={1: 1, 2: 400, 9000: 2},
        flow=((1,) * 10, *[(0,) * 10] * 8, (0, 3, 0, 0, 0, 0, 0, 0, 0, 0)),
        traits={NOBODYS: ("甲",), "$": ("乙",), **{f"特征{n}" * 3: ("甲",) * (n % 7 + 1) for n in range(names * 4)}},
        verbs={"zh": tuple(Verb("动词" * (n + 1), 40 - n, objects) for n in range(20))},
        instructions={"rows": 9, "distinct": 9, "tagged": 9},
    )


@pytest.mark.parametrize(("draw", "names"), [*((draw, 32) for draw in DRAWERS), (draw_heatmap, 0), (draw_traits, 0)])
def test_small_and_large_sets_are_drawn_without_a_warning(
    draw: Callable[[FigureFacts], tuple[Sheet, str] | None], names: int, tmp_path: Path
) -> None:
    figure = draw(many(names))
    assert figure is not None
    sheet, caption = figure
    assert caption.endswith(".")
    sheet.save(tmp_path / "figure", caption)
    assert (tmp_path / "figure.png").stat().st_size < 300_000
    assert (tmp_path / "figure.svg").stat().st_size < 600_000


@pytest.mark.parametrize("draw", DRAWERS)
def test_nothing_to_show_is_no_figure(draw: Callable[[FigureFacts], tuple[Sheet, str] | None]) -> None:
    assert draw(FigureFacts({}, {}, 3, (10.0,) * 10, {}, (), {}, {}, {})) is None


@pytest.fixture(scope="module")
def written(folder: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Drawn]]:
    target = tmp_path_factory.mktemp("figures")
    return target, write_figures(folder, target, no_talk)


def no_talk(sentence: str) -> None:
    raise AssertionError(sentence)


def test_every_figure_is_written_with_a_caption(written: tuple[Path, list[Drawn]]) -> None:
    target, drawn = written
    assert [figure.name for figure in drawn] == ["verbs-en", "emotions", "traits", "lengths", "flow", "heatmap"]
    assert all(figure.title and figure.caption.endswith(".") for figure in drawn)
    files = {f"{figure.name}{ending}" for figure in drawn for ending in (".png", ".svg")}
    assert {path.name for path in target.iterdir()} == {*files, "index.html", "facts.json"}
    assert all(is_ours(f"figures/{name}") for name in {*files, "index.html"})


def test_the_same_data_gives_the_same_bytes_whatever_the_user_has_set(
    folder: DataFolder, written: tuple[Path, list[Drawn]], tmp_path: Path
) -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "savefig.bbox": "tight", "text.color": "red"}):
        write_figures(folder, tmp_path, no_talk)
        assert matplotlib.rcParams["text.color"] == "red"
    for path in written[0].iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name
    assert "matplotlib.pyplot" not in sys.modules


def test_pictures_need_no_font_of_their_reader(written: tuple[Path, list[Drawn]]) -> None:
    from PIL import Image

    target, drawn = written
    for figure in drawn:
        svg = (target / f"{figure.name}.svg").read_text(encoding="utf-8")
        assert "<text" not in svg
        assert "font-family" not in svg
        assert "<dc:date>" not in svg
        assert "<dc:description>" in svg
        with Image.open(target / f"{figure.name}.png") as picture:
            assert picture.width <= 1600


def test_a_folder_of_one_table_gives_the_figures_of_that_table(tmp_path: Path) -> None:
    with draft(tmp_path / "set", keep=False) as data:
        with data.writer("profiles") as writer:
            writer.write(profile_row(CharacterProfile("Nora", "en", traits=("kind", f"odd{NOBODYS}"))))
    heard: list[str] = []
    (figure,) = write_figures(DataFolder(tmp_path / "set"), tmp_path / "out", heard.append)
    assert figure.name == "traits"
    assert "Words left out" in figure.caption
    assert len(heard) == 1
    assert NOBODYS in heard[0]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="run roleinstruct build first"):
        write_figures(DataFolder(tmp_path), tmp_path / "figures", no_talk)
    assert not (tmp_path / "figures").exists()


def test_the_page_holds_its_data_where_no_name_can_leave_it(facts: FigureFacts) -> None:
    nasty = "</script><script>alert('x')</script><!-- \u2028 &amp; @@LANG@@"
    html = page(replace(facts, emotions={nasty: (1,) * 10}, traits={nasty: (nasty,)}))
    assert len(re.findall(r"<script\b", html)) == 2
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    assert nasty in json.loads(found[1])["emotions"]
    assert "\u2028" not in html


def test_the_page_asks_for_nothing_from_outside(facts: FigureFacts) -> None:
    html = page(facts)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    outside = [url for url in re.findall(r"""https?://[^"'\s<)]+""", html) if url != "http://www.w3.org/2000/svg"]
    assert outside == []
    assert not re.search(r"@@[A-Z]+@@|<link(?! rel=\"icon\" href=\"data:)|\bfetch\(|XMLHttp|innerHTML|\son\w+=", html)


@pytest.mark.parametrize(("languages", "expected"), [({"zh": 3, "en": 2}, "zh"), ({"en": 4}, "en"), ({}, "en")])
def test_the_page_speaks_the_language_of_the_data(facts: FigureFacts, languages: dict[str, int], expected: str) -> None:
    html = page(replace(facts, languages=languages))
    assert f'<html lang="{expected}">' in html
    assert ("@font-face" in html) == ("zh" in languages), "Chinese glyphs travel with a page that needs them"


def test_an_english_set_has_english_labels_alone() -> None:
    assert Sheet(("Title", "标题"), 400, 200, chinese=False).emotion(Emotion.ANGER) == "anger"
    assert Sheet(("Title", "标题"), 400, 200, chinese=True).emotion(Emotion.ANGER) == "愤怒 anger"


def test_the_instructions_of_the_release_are_read(release: Path) -> None:
    lines = sorted(release.rglob("*general_rp1*"))[0].read_text(encoding="utf-8").splitlines()[:300]
    texts = [json.loads(line)["instruction"] for line in lines if line.startswith("{") and line.endswith("}")]
    found = top_verbs(texts)["zh"]
    assert len(found) == 20
    assert found[0].count >= 5
