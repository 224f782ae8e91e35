"""Messenger exports: headers of every messenger, notices, pauses."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Rejected, Utterance
from roleinstruct.sources import messenger
from roleinstruct.sources.message_headers import match_day
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import lines, look


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chats")


def head_of(folder: Path, text: str) -> Head:
    path = folder / "chat.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return look(path, "chat.txt")


def events_of(folder: Path, text: str, gap: float | None = None) -> list[Event]:
    return list(messenger.read(head_of(folder, text), ReadOptions(gap=gap)))


def said(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.speaker, event.text) for event in events if isinstance(event, Utterance)]


def pauses(events: list[Event]) -> list[int]:
    return [event.place.first for event in events if isinstance(event, Boundary)]


CHATS = {
    "date first": (
        "2024-03-05 21:14:08 苏小棠\n在吗\n\n2024-03-05 21:15:00 阿柚(12345678)\n在\n2024-03-06 09:00:00 苏小棠\n早\n"
    ),
    "name first": "苏小棠 2024/3/5 21:14\n在吗\n\n阿柚 2024/3/5 21:15\n在\n苏小棠 2024/3/6 9:00\n早\n",
    "chinese date": (
        "苏小棠 2024年3月5日 星期二 晚上9:14\n在吗\n阿柚 2024年3月5日 下午9:15\n在\n苏小棠 2024年3月6日 上午9:00\n早\n"
    ),
    "time alone": (
        "—————  2024-03-05  —————\n\n苏小棠(12345678) 21:14:08\n在吗\n\n【群主】阿柚(87654321) 21:15:00\n在\n\n"
        "日期: 2024-03-06\n苏小棠(12345678) 9:00:00\n早\n"
    ),
    "no dates": "苏小棠(12345678) 21:14:08\n在吗\n阿柚(87654321) 21:15:00\n在\n苏小棠(12345678) 9:00:00\n早\n",
    "bracketed": (
        "\u200e[05/03/2024, 21:14:08] 苏小棠: 在吗\n[05/03/2024, 21:15:08] ~\u202f阿柚: 在\n"
        "[06/03/2024, 09:00:08] 苏小棠: 早\n"
    ),
    "dashed": (
        "3/5/24, 9:14\u202fPM - 苏小棠: 在吗\n3/5/24, 9:15\u202fPM - 阿柚: 在\n3/6/24, 9:00\u202fAM - 苏小棠: 早\n"
    ),
    "line": "2024-03-05 21:14:08 苏小棠: 在吗\n2024-03-05 21:15:08 阿柚：在\n2024-03-06 9:15 苏小棠: 早\n",
    "iso": "2024-03-05T21:14:08Z 苏小棠: 在吗\n2024-03-05T21:15:08Z 阿柚: 在\n2024-03-06T09:15:08Z 苏小棠: 早\n",
    "discord": (
        "[05/03/2024 21:14] 苏小棠\n在吗\n\n[05/03/2024 21:15] 阿柚 (pinned)\n在\n"
        "{Attachments}\n\n[06/03/2024 9:15] 苏小棠\n早\n"
    ),
    "line app": ("2024/03/05(火)\n21:14\t苏小棠\t在吗\n21:15\t阿柚\t在\n\n2024.03.06 星期三\n09:15 苏小棠 早\n"),
    "irc": "[21:14] <@苏小棠> 在吗\n[21:15] <阿柚> 在\n[09:15] <苏小棠> 早\n",
    "telegram": "苏小棠, [05.03.24 21:14]\n在吗\n\n阿柚, [05.03.24 21:15]\n在\n\n苏小棠, [06.03.24 09:15]\n早\n",
}


@pytest.mark.parametrize("chat", CHATS.values(), ids=CHATS)
def test_every_messenger_is_read(folder: Path, chat: str) -> None:
    events = events_of(folder, chat)
    assert said(events) == [("苏小棠", "在吗"), ("阿柚", "在"), ("苏小棠", "早")]
    assert len(pauses(events)) == 1
    assert isinstance(events[2], Boundary)
    assert messenger.fits(head_of(folder, chat))


@pytest.mark.parametrize(
    "message",
    ["<Medien ausgeschlossen>", "<Mídia oculta>", "<省略多媒体文件>", "\u200e图像已忽略", "[ Photo ]", "[スタンプ]"],
)
def test_what_stands_for_a_picture_is_no_text_in_any_language(folder: Path, message: str) -> None:
    text = f"[05/03/2024, 21:14:08] Maggie: {message}\n[05/03/2024, 21:15:08] Tom: Nice \u200e<edited>\n"
    assert said(events_of(folder, text)) == [("Tom", "Nice")]


@pytest.mark.parametrize(
    "notice",
    [
        'Kofi changed the subject from "a" to "b: c"',
        'Kofi created group "Flat 4: us"',
        "小林将群组主题从“甲”更改为“乙：丙”",
    ],
)
def test_a_notice_with_a_colon_is_nobodys_message(folder: Path, notice: str) -> None:
    text = f"[05/03/2024, 21:14:08] Maggie: I left\n[05/03/2024, 21:14:09] {notice}\n[05/03/2024, 21:15:08] Kofi: Oh\n"
    events = events_of(folder, text)
    assert said(events) == [("Maggie", "I left"), ("Kofi", "Oh")]
    assert [event.payload for event in events if isinstance(event, Rejected)] == [{"speaker": "", "text": notice}]


def test_irc_notices_are_nobodys_message(folder: Path) -> None:
    text = "[21:14] <anna> hi\n[21:15] * tom waves\n[21:15] -!- bob has joined\n[21:16] <tom> hey\n"
    assert said(events_of(folder, text)) == [("anna", "hi"), ("tom", "hey")]


def test_a_message_has_all_its_lines_to_the_next_header(folder: Path) -> None:
    text = "2024-03-05 21:14:08 苏小棠\n加了\n还有: 火腿肠\n\n馒头\n\n2024-03-05 21:15:00 阿柚\n13/03 见\n"
    first = events_of(folder, text)[0]
    assert isinstance(first, Utterance)
    assert (first.text, str(first.place)) == ("加了\n还有: 火腿肠\n\n馒头", "chat.txt:1-5")


@pytest.mark.parametrize(
    "text",
    [
        "[图片]",
        "[语音 12秒]",
        '[语音] 12"',
        "[转账已收款]",
        "[转账] 请收款",
        "[链接] 怎样腌咸菜：三个步骤",
        "【动画表情】",
        "<Media omitted>",
        "image omitted",
        "IMG-1.jpg (file attached)",
        "[图片]\n[图片]",
        "你撤回了一条消息",
        "This message was deleted",
        "Missed voice call",
        "通话时长 03:21",
    ],
)
def test_a_message_that_is_a_placeholder_alone_is_rejected(folder: Path, text: str) -> None:
    events = events_of(folder, f"2024-03-05 21:14:08 苏小棠\n{text}\n2024-03-05 21:15:00 阿柚\n在\n")
    assert [(event.reason, event.payload) for event in events if isinstance(event, Rejected)] == [
        ("system_message", {"speaker": "苏小棠", "text": text})
    ]


@pytest.mark.parametrize(
    "text", ["[捂脸]", "看[图片]", "He left", "我拍了拍他", "[Shrug] image of you", "他撤回了消息"]
)
def test_words_that_only_look_like_a_notice_stay(folder: Path, text: str) -> None:
    events = events_of(folder, f"2024-03-05 21:14:08 苏小棠\n{text}\n2024-03-05 21:15:00 阿柚\n在\n")
    assert said(events)[0] == ("苏小棠", text)


def test_a_placeholder_is_left_out_of_a_message_that_says_more(folder: Path) -> None:
    events = events_of(folder, "2024-03-05 21:14:08 苏小棠\n[图片]\n好看不\n2024-03-05 21:15:00 阿柚\n在\n")
    assert said(events)[0] == ("苏小棠", "好看不")


def test_notices_and_what_stands_before_the_first_message_are_rejected(folder: Path) -> None:
    text = (
        '聊天记录导出：阿柚\n\n以上是打招呼的内容\n\n2024-03-05 21:14:08 苏小棠\n在吗\n\n"阿柚" 撤回了一条消息\n\n'
        "2024-03-05 21:15:00 阿柚\n在\n\n小孟加入了群聊\n\n2024-03-05 21:16:00 阿柚\n\n2024-03-05 21:16:09 阿柚\n好\n"
    )
    rejected = [event for event in events_of(folder, text) if isinstance(event, Rejected)]
    assert [(event.reason, event.place.first) for event in rejected] == [
        ("system_message", 1),
        ("system_message", 3),
        ("system_message", 8),
        ("system_message", 13),
        ("empty_text", 15),
    ]


def test_whatsapp_lines_without_a_name_are_notices(folder: Path) -> None:
    text = (
        "05/03/2024, 21:14 - Messages and calls are end-to-end encrypted.\n05/03/2024, 21:14 - Maggie: see http://x.y\n"
        "there: now\n05/03/2024, 21:15 - Des left\n"
    )
    events = events_of(folder, text)
    assert said(events) == [("Maggie", "see http://x.y\nthere: now")]
    assert [event.payload["text"] for event in events if isinstance(event, Rejected)] == [
        "Messages and calls are end-to-end encrypted.",
        "Des left",
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["05/03/24", "06/03/24", "14/03/24"], [2, 3]),
        (["3/5/24", "3/5/24", "3/6/24"], [3]),
        (["3/5/24", "3/5/24", "3/14/24"], [3]),
        (["24/3/5", "24/3/5", "24/3/6"], [3]),
        (["31/01/24", "31/01/24", "01/02/24"], [3]),
        (["5.3.2024", "5.3.2024", "99.3.2024"], []),
    ],
)
def test_the_order_of_day_and_month_is_the_one_that_makes_sense(
    folder: Path, days: list[str], expected: list[int]
) -> None:
    assert pauses(events_of(folder, "".join(f"[{day}, 12:00] A: x\n" for day in days))) == expected


def test_a_pause_is_as_long_as_the_user_says_and_counts_backwards_too(folder: Path) -> None:
    times = ["12:00:00", "14:59:00", "18:00:00", "13:00:00", "12:30:00"]
    text = "".join(f"2024-03-05 {time} A\nx\n" for time in times)
    assert pauses(events_of(folder, text)) == [5, 7]
    assert pauses(events_of(folder, text, gap=60)) == [3, 5, 7, 9]


def test_a_date_in_a_message_does_not_open_a_day(folder: Path) -> None:
    events = events_of(folder, "苏小棠(12345678) 21:14:08\n2024-03-09\n\n阿柚(87654321) 21:15:00\n2024-03-10\n")
    assert said(events) == [("苏小棠", "2024-03-09"), ("阿柚", "2024-03-10")]


def test_a_message_that_looks_like_a_rare_header_stays_text(folder: Path) -> None:
    chat = "".join(f"苏小棠 2024/3/5 21:{minute}\n嗯\n" for minute in range(10, 40))
    events = events_of(folder, chat + "2024-03-05 21:50 开会\n")
    assert said(events)[-1] == ("苏小棠", "嗯\n2024-03-05 21:50 开会")


@pytest.mark.parametrize("text", ["张三：你好\n李四：好\n", "2024-03-05\n", "At 12:30 we left.\n"])
def test_a_file_without_messages_says_so(folder: Path, text: str) -> None:
    assert messenger.fits(head_of(folder, text)) is None
    with pytest.raises(SourceError, match=r"chat\.txt holds no message"):
        events_of(folder, text)


PIECES = """2024-03-05 21:14:08 苏小棠
苏小棠 2024/3/5 21:14
阿柚(12345678) 21:15:00
[05/13/2024, 21:14:08] A: x
5/3/24, 9:14 PM - B: y
5/3/24, 9:15 PM - left
A, [99.99.24 21:14]
A, [05.03.24 25:61]
————— 2024-03-05 —————
2024-13-99
你好

[图片]
A 撤回了一条消息""".splitlines()


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25))
def test_every_line_of_any_chat_is_in_one_event_or_opens_a_day(folder: Path, rows: list[str]) -> None:
    path = folder / "any.txt"
    path.write_bytes("\n".join(rows).encode("utf-8", "replace"))
    try:
        head = look(path, "any.txt")
        events = list(messenger.read(head, ReadOptions()))
    except SourceError:
        return
    places = [event.place for event in events if not isinstance(event, Boundary)]
    covered = [number for place in places if place for number in range(place.first, place.last + 1)]
    assert len(covered) == len(set(covered))
    missed = {line for number, line in lines(head) if line.strip() and number not in covered}
    assert all(match_day(line, ruled=False) or not line.strip(" \u200e\u200f") for line in missed)


def test_only_a_word_of_the_users_is_a_tag(folder: Path) -> None:
    first, second = "2024-03-05 21:14:08 苏小棠\n", "2024-03-05 21:15:00 阿柚\n"
    head = head_of(folder, f"{first}(annoyed) 走\n{second}[愤怒]不\n{first}(annoyed)\n")
    events = list(messenger.read(head, ReadOptions(labels={"annoyed": "anger"})))
    assert [(e.emotion, e.text) for e in events if isinstance(e, Utterance)] == [
        (Emotion.ANGER, "走"),
        (None, "[愤怒]不"),
    ]
    assert [e.reason for e in events if isinstance(e, Rejected)] == ["empty_text"]
    assert said(list(messenger.read(head, ReadOptions())))[0] == ("苏小棠", "(annoyed) 走")
