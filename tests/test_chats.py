"""Conversations of chat tools."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Rejected, Utterance
from roleinstruct.sources import chats
from roleinstruct.sources.personas import persona_of
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look

_USER, _ASSISTANT = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}
_SHAREGPT = {"id": "c1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]}
_CHATML = {"messages": [_USER, _ASSISTANT], "user_name": "Bo", "assistant_name": "Ada"}
_TAVERN = [
    {"user_name": "Bo", "character_name": "Ada", "create_date": "today"},
    {"name": "Ada", "is_user": False, "mes": "*smiles* Hello, **dear**! *waves*", "swipes": ["x", "y"]},
    {"name": "Bo", "is_user": True, "mes": "*nods*"},
    {"is_user": True, "mes": "2 * 3 = 6"},
    {"name": "System", "is_system": True, "mes": "You have been kicked."},
]


def _head(tmp_path: Path, *rows: object) -> Head:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return look(path, "a.jsonl")


def _read(tmp_path: Path, *rows: object) -> list[Event]:
    return list(chats.read(_head(tmp_path, *rows), ReadOptions()))


def _short(events: list[Event]) -> list[object]:
    """An utterance as (speaker, text), a boundary as its title, a rejection as its reason in a list."""
    return [
        (e.speaker, e.text) if isinstance(e, Utterance) else e.title if isinstance(e, Boundary) else [e.reason]  # type: ignore[union-attr]
        for e in events
    ]


def test_sharegpt_gives_its_parties_and_id(tmp_path: Path) -> None:
    assert _short(_read(tmp_path, _SHAREGPT, _SHAREGPT | {"id": 7})) == [
        "c1", ("user", "Hi"), ("assistant", "Hello."), "7", ("user", "Hi"), ("assistant", "Hello."), "",
    ]  # fmt: skip


def test_chatml_gives_the_names_that_the_conversation_gives(tmp_path: Path) -> None:
    assert _short(_read(tmp_path, _CHATML)) == ["", ("Bo", "Hi"), ("Ada", "Hello."), ""]


def test_a_value_longer_than_the_head_is_recognised(tmp_path: Path) -> None:
    messages = [{"from": "Bo", "text": "word " * 20} for _ in range(1000)]
    for text in (json.dumps({"name": "Bo", "messages": messages}, indent=1), json.dumps({"conversations": messages})):
        assert chats.fits(_head(tmp_path, text)) == "conversations"


def test_a_telegram_export_is_a_conversation(tmp_path: Path) -> None:
    text = ["Look ", {"type": "link", "text": "https://x.y"}, " now"]
    messages = [{"id": 1, "actor": "Bo"}, {"from": "Bo", "text": "Up?"}, {"from": "Ada", "text": text}]
    head = _head(tmp_path, {"name": "Bo", "type": "personal_chat", "id": 7, "messages": messages})
    assert chats.fits(head) == "conversations"
    said = _short(list(chats.read(head, ReadOptions())))
    assert said == ["7", ["unknown_shape"], ("Bo", "Up?"), ("Ada", "Look https://x.y now"), ""]


@pytest.mark.parametrize("key", ["data", "conversations"])
def test_a_wrapper_is_opened(tmp_path: Path, key: str) -> None:
    head = _head(tmp_path, {key: [_CHATML, _CHATML]})
    assert chats.fits(head) == "conversations"
    assert len(list(chats.read(head, ReadOptions()))) == 7


def test_messages_alone_are_parted_by_blank_lines(tmp_path: Path) -> None:
    events = _read(tmp_path, _USER, _ASSISTANT, "", _USER, _ASSISTANT)
    assert [e.kind for e in events if isinstance(e, Boundary)] == ["blank", "id"]
    assert isinstance(events[2], Boundary)


def test_an_array_a_line_is_a_conversation_a_line(tmp_path: Path) -> None:
    events = _read(tmp_path, [_USER, _ASSISTANT], [_USER, _ASSISTANT])
    assert [type(e) for e in events] == [Utterance, Utterance, Boundary, Utterance, Utterance, Boundary]


def test_sillytavern_loses_its_actions_and_keeps_its_speech(tmp_path: Path) -> None:
    assert _short(_read(tmp_path, *_TAVERN)) == [
        "", ("Ada", "Hello, dear!"), ["narration"], ("Bo", "2 * 3 = 6"), ["system_message"], "",
    ]  # fmt: skip


def test_other_messages_are_rejected_with_their_reasons(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "You are Ada."},
        {"role": "tool", "content": "3"},
        {"role": "user", "content": None},
        {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image_url"}]},
        {"role": "user", "content": 3},
        {"role": "", "content": "x"},
        {"role": "Carl", "content": "(angry) No", "name": ""},
        {"foo": 1},
        "x",
    ]
    events = _read(tmp_path, {"messages": messages}, '{"messages": [', {"a": 1}, {"messages": []})
    assert _short(events) == [
        "", ["system_message"], ["tool_message"], ["empty_text"], ("user", "Look"), ["wrong_type"], ["missing_role"],
        ("Carl", "No"), ["unknown_shape"], ["wrong_type"], ["broken_json"], ["unknown_shape"],
        "", ["empty_conversation"], "",
    ]  # fmt: skip


def test_an_emotion_beside_the_message_is_read(tmp_path: Path) -> None:
    event = _read(tmp_path, _USER | {"emotion": "happy"})[0]
    assert isinstance(event, Utterance)
    assert event.emotion == Emotion.HAPPINESS


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([_SHAREGPT], "conversations"),
        ([_CHATML], "conversations"),
        ([_USER, _ASSISTANT], "messages of user and assistant"),
        (_TAVERN, "SillyTavern messages"),
        (["[", json.dumps(_CHATML, indent=2), "]"], "conversations"),
        ([{"role": "李娜", "content": "好"}, {"role": "其他", "content": "好"}], None),
        ([{"instruction": "a", "generated": "b"}], None),
        ([{"speaker": "a", "text": "b"}], None),
        (["user: hi", "assistant: hello"], None),
    ],
)
def test_the_kinds_are_told_by_what_they_hold(tmp_path: Path, rows: list[object], why: str | None) -> None:
    assert chats.fits(_head(tmp_path, *rows)) == why


def test_a_file_without_any_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither conversations nor messages"):
        _read(tmp_path, {"a": 1})


_ANY = (
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["user", "system", "*a*"])
)
_MESSAGE = st.dictionaries(
    st.sampled_from(["role", "content", "from", "value", "mes", "name", "is_user", "is_system"]), _ANY
)


_PROPER = st.fixed_dictionaries({"role": _ANY, "content": _ANY})


@settings(max_examples=150, deadline=None)
@given(st.lists(_MESSAGE | st.builds(lambda m: {"messages": m}, st.lists(_PROPER, max_size=3)), max_size=4))
def test_every_message_becomes_one_utterance_or_one_rejection(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    try:
        events = _read(tmp_path_factory.getbasetemp(), *rows or [{}])
    except SourceError:
        return
    messages = sum(max(1, len(row["messages"])) if "messages" in row else 1 for row in rows)  # type: ignore[arg-type]
    assert sum(isinstance(event, Utterance | Rejected | CharacterProfile) for event in events) == messages


@pytest.mark.parametrize(
    "row", [_USER | {"content": "(annoyed) No"}, {"name": "Bo", "is_user": True, "mes": "(annoyed) No"}]
)
def test_a_word_of_the_users_is_a_tag(tmp_path: Path, row: object) -> None:
    event = next(chats.read(_head(tmp_path, row), ReadOptions(labels={"annoyed": "anger"})))
    assert isinstance(event, Utterance)
    assert (event.emotion, event.text) == (Emotion.ANGER, "No")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("You are Nadia, a patient agent.", "Nadia"),
        ("You are Dr. Okafor. Be brief.", "Dr. Okafor"),
        ("You are a customer agent named Nadia Khan.", "Nadia Khan"),
        ("你是老杨头，一个修鞋匠。", "老杨头"),
        ("你是一名叫王芳的护士。", "王芳"),
        ("请你扮演李医生。", "李医生"),
        ("You are a helpful assistant.", ""),
        ("You are Senior Python Developer.", ""),
        ("You are an AI.", ""),
        ("You are nice to all.", ""),
        ("你是一个修鞋匠。", ""),
        ("你是心理医生，请耐心。", ""),
        ("你是智能客服。", ""),
    ],
)
def test_a_system_text_names_somebody_only_where_it_says_so_plainly(text: str, name: str) -> None:
    persona = persona_of(text)
    assert (persona.name if persona else "") == name


def test_a_persona_is_the_assistants_name_and_profile(tmp_path: Path) -> None:
    told = {"role": "system", "content": "You are Nadia, a patient agent."}
    other = {"role": "system", "content": "Be brief."}
    talks = [[told, _USER, _ASSISTANT], [_USER, _ASSISTANT], [told, _USER, _ASSISTANT], [other, _USER, _ASSISTANT]]
    events = _read(tmp_path, *({"messages": talk} for talk in talks))
    (profile,) = [e for e in events if isinstance(e, CharacterProfile)]
    assert (profile.character, profile.text) == ("Nadia", "a patient agent.")
    speakers = [e.speaker for e in events if isinstance(e, Utterance) and e.speaker != "user"]
    assert speakers == ["Nadia", "Nadia", "Nadia", "assistant"]
    assert [e.reason for e in events if isinstance(e, Rejected)] == ["system_message"] * 2
