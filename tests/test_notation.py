"""Scripts that set their speakers off by other means than a colon."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.records import Boundary, Rejected, Utterance
from roleinstruct.sources import screenplay
from roleinstruct.sources.notation import learn_notation
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import lines, look

SAID = [("Anna", "Did you sleep?"), ("Tom", "Not a wink."), ("Anna", "Again?")]
SPOKEN = [("王芳", "你又把锅烧了！"), ("李强", "我出去了。"), ("王芳", "第三口锅。")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notations")


def head_of(folder: Path, text: str) -> Head:
    (folder / "script.txt").write_text(text, encoding="utf-8", newline="")
    return look(folder / "script.txt", "script.txt")


def speech_of(folder: Path, text: str) -> list[tuple[str, str]]:
    head = head_of(folder, text)
    assert screenplay.fits(head), text
    return [(e.speaker, e.text) for e in screenplay.read(head, ReadOptions()) if isinstance(e, Utterance)]


@pytest.mark.parametrize(
    "line",
    [
        "{0}. {1}",
        "{0}.\n{1}\n",
        "{0}\t{1}",
        "{0} — {1}",
        "{0}> {1}",
        "{0}  0:12\n{1}\n",
        "{0} (1:02:33)\n{1}",
        "[00:12] {0}\n{1}\n",
        "**{0}**\n*(smiling)*\n{1}\n",
        "- {0}: {1}",
        "12. {0}: {1}",
        "00:12 {0}: {1}",
    ],
)
def test_a_script_is_read_in_its_notation(folder: Path, line: str) -> None:
    text = "\n".join(line.format(name.upper(), said) for name, said in SAID) + "\n"
    assert speech_of(folder, text) == SAID


@pytest.mark.parametrize(
    "line",
    [
        "【{0}】{1}",
        "{0}　{1}",
        "{0}  {1}",
        "{0}\t{1}",
        "{0}「{1}」",
        "{0}﹕{1}",
        "\u200b{0}：{1}",
        "1、{0}：{1}",
        "（1）{0}：{1}",
        "{0} 00:12\n{1}",
        "001 {0}：{1}",
    ],
)
def test_a_chinese_script_is_read_in_its_notation(folder: Path, line: str) -> None:
    assert speech_of(folder, "\n".join(line.format(*row) for row in SPOKEN) + "\n") == SPOKEN


@pytest.mark.parametrize(
    "text",
    [
        "床前 明月光\n疑是 地上霜\n举头 望明月\n低头 思故乡\n",
        "1\tgood\n2\tbad\n1\tgood\n2\tbad\n",
        "— Where have you been?\n— Out.\n— In this rain?\n",
        "那天很冷：河都结了冰。\n汤姆说：“你迟到了。”\n“我知道，”安娜说。\n他想了想：没什么可说的。\n",
        "# Data\n\nWhat it is.\n\nLicense: MIT\nContact: a@b.c\n\nMore text.\n",
        "From: Anna\nTo: Tom\nSubject: Lunch\n\nHi Tom,\n\nlunch?\n\nBest,\nAnna\n",
    ],
)
def test_other_texts_are_no_script(folder: Path, text: str) -> None:
    assert screenplay.fits(head_of(folder, text)) is None


def test_an_answer_and_a_colon_live_in_one_script(folder: Path) -> None:
    text = "THE COURT: Sit.\nMR. SMITH: Thanks.\nQ. When?\nA. At 9:30.\nQ. Sure?\nA. Yes.\nMR. SMITH: Rest.\n"
    assert [name for name, _ in speech_of(folder, text)] == ["The Court", "Mr. Smith", "Q", "A", "Q", "A", "Mr. Smith"]


def test_a_heading_is_no_speaker(folder: Path) -> None:
    text = "SCENE I. Elsinore.\n\nBERNARDO. Who's there?\nFRANCISCO. Nay, answer me: stand!\nBERNARDO. Long live!\n"
    events = list(screenplay.read(head_of(folder, text), ReadOptions()))
    assert isinstance(events[0], Boundary)
    assert [e.text for e in events if isinstance(e, Utterance)][1] == "Nay, answer me: stand!"


def test_a_told_line_and_an_action_are_nobodys_speech(folder: Path) -> None:
    text = (
        "1-1 日 内 客厅\n王芳：走了。\n△王芳出门。\n李　强：好。\n王芳笑着说：“再见。”\n李强：再见。\n"
        "2．外景 公园 夜\n王芳：冷。\n"
    )
    events = list(screenplay.read(head_of(folder, text), ReadOptions()))
    said = [(e.speaker, e.text) for e in events if isinstance(e, Utterance)]
    assert said == [("王芳", "走了。"), ("李强", "好。"), ("李强", "再见。"), ("王芳", "冷。")]
    assert [e.title for e in events if isinstance(e, Boundary)] == ["1-1 日 内 客厅", "2．外景 公园 夜"]
    assert len([e for e in events if isinstance(e, Rejected)]) == 2


def test_a_name_is_known_whatever_its_capitals(folder: Path) -> None:
    text = "ANNA: Hi\nTom: Ho\nAnna: So\nTom: Well\nanna: ok\n"
    assert [name for name, _ in speech_of(folder, text)] == ["Anna", "Tom", "Anna", "Tom", "Anna"]


@pytest.mark.parametrize(
    "name",
    ["Dr. J. R. Watson, Jr.", "Guard #1", "The Man in the Yellow Hat", "Lt. Col. van der Berg", "C3PO", "问", "答"],
)
def test_a_name_with_titles_numbers_and_particles_speaks(folder: Path, name: str) -> None:
    assert speech_of(folder, f"Anna: Hi\n{name}: Ho\nAnna: So\n")[1] == (name, "Ho")


def test_a_time_is_no_name(folder: Path) -> None:
    text = "Anna: When?\nat 5:30\nTom: Speaker 1:30\nAnna: So\n"
    assert speech_of(folder, text) == [("Anna", "When? at 5:30"), ("Tom", "Speaker 1:30"), ("Anna", "So")]


def test_the_number_of_a_page_is_no_speech_but_a_number_said_is(folder: Path) -> None:
    text = "ANNA\nHow old?\n(CONTINUED)\n 12.\nCONTINUED:\n\nTOM\n42\n\nANNA\nMore?\nMore!\n\nTOM\nMore.\n"
    assert speech_of(folder, text) == [("Anna", "How old?"), ("Tom", "42"), ("Anna", "More? More!"), ("Tom", "More.")]


ROWS = st.sampled_from(
    [
        "ANNA. Hi",
        "TOM. Ho",
        "【王芳】好",
        "王芳　好",
        "ANNA\tHi",
        "ANNA — Hi",
        "Tom> ho",
        "Tom 0:12",
        "1. x",
        "[0:12] y",
        "",
        "*(a)*",
    ]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12), max_size=12))
def test_no_text_breaks_a_notation_and_no_line_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    text = "\n".join(["Anna: hi", "Tom: ho", *rows])
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text(text, encoding="utf-8")
    head = Head(path, "any.txt", "utf-8", text)
    notation = learn_notation(text)
    events = list(screenplay.read(head, ReadOptions()))
    covered = {n for e in events if e.place for n in range(e.place.first, e.place.last + 1)}
    assert {n for n, row in lines(head) if notation.plain(row).strip()} <= covered
