"""Character cards of versions 1 to 3: read, given back, and refused where they are broken or hostile."""

import json
import re
import struct
import tracemalloc
import zipfile
import zlib
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roleinstruct.dataset.persona import persona
from roleinstruct.dataset.rows import profile_of, profile_row
from roleinstruct.errors import ConfigError, SourceError
from roleinstruct.generate.describing import describe
from roleinstruct.pipeline.lore import memory_of
from roleinstruct.records import Boundary, CharacterProfile, Event, Notice, Place, Rejected, Utterance
from roleinstruct.sources.character_card.card import FIELDS_OF_1, TEXT_LISTS, TEXTS, Card, Version, as_json, printable
from roleinstruct.sources.character_card.fields import card_of, profile_of_card
from roleinstruct.sources.character_card.limits import LARGEST_CARD, LARGEST_FILE, MOST_PARTS
from roleinstruct.sources.character_card.painting import plain_picture
from roleinstruct.sources.character_card.parsing import parse_card
from roleinstruct.sources.character_card.reading import read_card
from roleinstruct.sources.character_card.writing import card_bytes
from roleinstruct.sources.corpus import find_material
from roleinstruct.sources.detect import detect
from roleinstruct.sources.reading import ReadOptions
from roleinstruct.sources.text import look

EXAMPLES = """<START>
{{user}}: 早上好，梅姐。
{{char}}: *抬头招手* 早啊，{{user}}！
豆浆给你留着呢。
<start>
{{User}}：今天豆腐怎么卖？
林梅：三块一斤，**刚出锅**的。
*她把刀放下*"""
MEI: dict[str, Any] = {
    "name": "林梅",
    "description": "{{char}}四十五岁，在菜市场卖豆腐，是{{user}}楼上的邻居。",
    "personality": "热心、爱唠叨",
    "scenario": "清早的菜市场。",
    "first_mes": "哟，来啦！",
    "mes_example": EXAMPLES,
    "creator_notes": "写给楼里的邻居们。",
    "system_prompt": "",
    "post_history_instructions": "",
    "alternate_greetings": ["又是你？"],
    "tags": ["邻居", "日常"],
    "creator": "阿青",
    "character_version": "1.1",
    "extensions": {"talkativeness": "0.5", "depth_prompt": {"depth": 4, "prompt": ""}},
    "character_book": {
        "name": "楼里的事",
        "extensions": {},
        "entries": [
            {
                "keys": ["豆腐"],
                "content": "{{char}}每天三点起床磨豆子。",
                "extensions": {"probability": 100},
                "enabled": True,
                "insertion_order": 1,
            }
        ],
    },
    "a_field_of_tomorrow": {"kept": [1, 2.5, None]},
}
V2 = {"spec": "chara_card_v2", "spec_version": "2.0", "data": MEI}


def write(path: Path, content: bytes | str | dict[str, Any]) -> Path:
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def events(path: Path) -> list[Event]:
    head = look(path, path.name)
    found = detect(head)
    assert found.format == "character_card"
    return list(found.reader.read(head, ReadOptions()))


@pytest.mark.parametrize("kind", [".json", ".png", ".charx"])
def test_a_card_is_a_source_of_a_profile_and_of_dialogues(tmp_path: Path, kind: str) -> None:
    path = write(
        tmp_path / f"梅{kind}", card_bytes(parse_card(json.dumps(V2), "mei"), kind, 3 if kind == ".charx" else 2)
    )
    profile, *talk = events(path)
    assert isinstance(profile, CharacterProfile)
    assert (
        profile.text == "林梅四十五岁，在菜市场卖豆腐，是用户楼上的邻居。\n性格特点：热心、爱唠叨\n场景：清早的菜市场。"
    )
    assert profile.fields["card.creator_notes"] == "写给楼里的邻居们。"
    said = [(e.speaker, e.text) if isinstance(e, Utterance) else type(e).__name__ for e in talk]
    assert said == [
        "Boundary", ("user", "早上好，梅姐。"), ("林梅", "早啊，你！\n豆浆给你留着呢。"),
        "Boundary", ("user", "今天豆腐怎么卖？"), ("林梅", "三块一斤，刚出锅的。"),
    ]  # fmt: skip
    assert [(e.place.first, e.place.last) for e in talk if isinstance(e, Utterance) and e.place] == [
        (2, 2), (3, 4), (6, 6), (7, 8),
    ]  # fmt: skip


def test_what_nobody_says_and_narration_alone_are_rejected(tmp_path: Path) -> None:
    text = "A quiet street.\n<START>\n{{user}}: Is the post here?\n{{char}}: *shrugs*\nBen: It is!\nBen: Two parcels."
    path = write(tmp_path / "nora.json", {"name": "Nora Field", "first_mes": "Morning!", "mes_example": text})
    _, *talk = events(path)
    reasons = {e.payload["text"]: e.reason for e in talk if isinstance(e, Rejected)}
    assert reasons == {"A quiet street.": "missing_speaker", "*shrugs*": "narration"}
    assert [e.speaker for e in talk if isinstance(e, Utterance)] == ["user", "Ben", "Ben"]


def test_the_second_person_is_in_the_language_of_the_line() -> None:
    text = "{{char}} likes {{user}}'s garden. <USER> has roses. <BOT> waters them."
    profile = profile_of_card(Card(1, {"name": "Nora  Field", "description": text}, {}), Place("a", 1, 1))
    assert profile.character == "Nora Field"
    assert profile.text == "Nora Field likes the user's garden. the user has roses. Nora Field waters them."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Calm. {{// a note: {{char}} lies}}{{comment: hm}}", "Calm."),
        ("Knows{{hidden_key:the moon}} all.", "Knows all."),
        ("{{RANDOM:tea}} or {{pick:: milk }}", "tea or milk"),
        ("{{random:one\\, two}}", "one, two"),
        ("{{pick::a, b::a, b}}", "a, b"),
        ("{{roll:1}}, {{roll:d1}}, {{roll:six}}", "1, 1, {{roll:six}}"),
        ("{{reverse:edis rehto}}", "other side"),
        ("{{random:{{char}},{{reverse:yeM}}}}", "Mey"),
        ("{{time}} {{{char}}}", "{{time}} {Mey}"),
    ],
)
def test_macros_are_replaced_as_version_3_wants_it(text: str, told: str) -> None:
    card = Card(3, {"name": "Mey", "description": text}, {})
    assert profile_of_card(card, Place("a", 1, 1)).text == told


def test_what_is_drawn_is_the_same_in_every_run() -> None:
    text = "{{random:tea,coffee,milk}} at {{roll:d600}} past {{pick:one,two,three}}."
    card = Card(3, {"name": "Mey", "description": text}, {})
    (told,) = {profile_of_card(card, Place("a", 1, 1)).text for _ in range(9)}
    found = re.fullmatch(r"(tea|coffee|milk) at (\d+) past (one|two|three)\.", told)
    assert found
    assert 1 <= int(found[2]) <= 600
    others = {
        profile_of_card(Card(3, {"name": "Mey", "description": f"{n}{text}"}, {}), Place("a", 1, 1)).text[len(str(n)) :]
        for n in range(9)
    }
    assert len(others) > 3


def test_a_field_that_is_all_notes_has_no_label() -> None:
    card = Card(3, {"name": "Mey", "description": "Calm.", "personality": "{{// to be written}}"}, {})
    assert profile_of_card(card, Place("a", 1, 1)).text == "Calm."


def test_an_example_may_name_the_character_by_its_nickname(tmp_path: Path) -> None:
    text = "<START>\n{{user}}: Hello? {{// softly}}\nnimble: Here, says {{char}}.\nNora Field: And here."
    data = {"name": "Nora Field", "nickname": "nimble", "first_mes": "Morning!", "mes_example": text}
    path = write(tmp_path / "nora.json", {"spec": "chara_card_v3", "spec_version": "3.0", "data": data})
    assert [(e.speaker, e.text) for e in events(path) if isinstance(e, Utterance)] == [
        ("user", "Hello?"), ("Nora Field", "Here, says nimble."), ("Nora Field", "And here."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "passage"),
    [
        ("@@depth 4\n@@role user\n@@@is_greeting 1\n\n{{char}}'s home is far. {{// secret}}", "Mey's home is far."),
        ("@@depth 4\r\n\r\nOne.\r\nTwo.", "One.\r\nTwo."),
        ("The shop.\n@@ is how she writes at.", "The shop.\n@@ is how she writes at."),
        ("@@dont_activate\nNever.", None),
        ("@@dont_activate\n@@activate\nAlways.", "Always."),
        ("@@depth 4\n@@@of_tomorrow\n@@@dont_activate\nNever.", None),
        ("@@activate\n@@@dont_activate\nAlways.", "Always."),
        ("@@depth 4", None),
        ("{{// only a note}}", None),
        (None, None),
        (5, "5"),
    ],
)  # fmt: skip
def test_a_passage_of_a_lorebook_is_what_its_entry_says(content: object, passage: str | None) -> None:
    entry = {"keys": ["moon"], "content": content}
    card = parse_card(json.dumps({"data": {"name": "Mey", "character_book": {"entries": [entry]}}}), "x")
    assert [one.text for one in memory_of(card)] == ([] if passage is None else [passage])


def test_no_prompt_says_what_only_the_card_keeps() -> None:
    profile = profile_of_card(parse_card(json.dumps(V2), "mei"), Place("mei", 1, 1))
    for bare in (profile, replace(profile, text="")):
        assert "写给楼里" not in persona(bare) + persona(bare, fits=lambda prompt: len(prompt) < 60) + describe(
            bare, "zh"
        )


def test_version_3_goes_before_the_copy_for_older_programs(tmp_path: Path) -> None:
    card = parse_card(json.dumps({**V2, "spec": "chara_card_v3", "spec_version": "3.0"}), "mei")
    path = write(tmp_path / "mei.png", card_bytes(card, ".png", 3))
    assert read_card(path, "mei.png").data["creator_notes"] == MEI["creator_notes"]
    whole = path.read_bytes()
    start = whole.index(b"tEXtccv3\0") - 4
    length = 12 + int.from_bytes(whole[start : start + 4])
    older = read_card(write(tmp_path / "older.png", whole[:start] + whole[start + length :]), "older.png")
    assert older.version == 2
    assert str(older.data["creator_notes"]).startswith(f"{MEI['creator_notes']}\nThis is a Character Card V3")


def test_the_copy_for_older_programs_has_no_decorators(tmp_path: Path) -> None:
    entries = [
        {"keys": ["a"], "content": "@@depth 4\nThe moon."},
        {"keys": ["b"], "content": "@@dont_activate\nNever."},
    ]
    card = parse_card(
        json.dumps({"spec": "chara_card_v3", "data": {"name": "Mey", "character_book": {"entries": entries}}}), "mey"
    )
    whole = card_bytes(card, ".png", 3)
    older = json.loads(b64decode(whole.split(b"tEXtchara\0")[1].split(b"tEXtccv3\0")[0][:-8]))
    assert [(e["content"], e["enabled"]) for e in older["data"]["character_book"]["entries"]] == [
        ("The moon.", True), ("Never.", False),
    ]  # fmt: skip
    book: Any = read_card(write(tmp_path / "mey.png", whole), "mey").data["character_book"]
    assert [entry["content"] for entry in book["entries"]] == [entry["content"] for entry in entries]


@pytest.mark.parametrize("version", [2, 3])
def test_a_lorebook_is_written_with_every_field_that_must_be_there(version: Version) -> None:
    book = {"entries": [{"keys": "moon", "content": None, "position": None}, {"keys": [], "insertion_order": 9}]}
    card = parse_card(json.dumps({"data": {"name": "Mey", "character_book": book}}), "x")
    written: Any = as_json(card, version)["data"]
    more = {"use_regex": False} if version == 3 else {}
    must = {"content": "", "extensions": {}, "enabled": True}
    assert written["character_book"] == {
        "extensions": {},
        "entries": [
            {"keys": ["moon"], "insertion_order": 1, **must, **more},
            {"keys": [], "insertion_order": 9, **must, **more},
        ],
    }


def test_what_a_document_says_that_it_is_counts_in_any_case() -> None:
    for spec, version in (("CHARA_CARD_V2", 2), ("Chara_Card_v3", 3), (None, 2), ("chara_card_v7", 3)):
        card = parse_card(json.dumps({"spec": spec, "data": {"name": "Mey"}}), "x")
        assert (card.version, card.spec_version) == (version, "7.0" if spec == "chara_card_v7" else "")
    with pytest.raises(SourceError, match=r"x says that its spec is 'lorebook_v3', and chara_card_v2 or"):
        parse_card('{"spec": "lorebook_v3", "data": {"name": "Hives", "entries": []}}', "x")


def test_a_newer_version_is_read_with_a_notice(tmp_path: Path) -> None:
    path = write(tmp_path / "new.json", {"spec": "chara_card_v4", "spec_version": "4.1", "data": MEI})
    notice = next(e for e in events(path) if isinstance(e, Notice))
    assert "version '4.1', newer than is known" in notice.message
    assert as_json(read_card(path, "new"), 3)["spec_version"] == "4.1"


def test_a_picture_is_put_around_a_card_and_the_old_card_goes(tmp_path: Path) -> None:
    old = write(tmp_path / "old.png", card_bytes(Card(2, {"name": "Old Ben"}, {}), ".png", 2))
    new = write(tmp_path / "new.png", card_bytes(Card(2, {"name": "Nora"}, {}), ".png", 2, old))
    assert read_card(new, "new").name == "Nora"
    assert new.read_bytes().count(b"tEXtchara") == 1
    charx = write(tmp_path / "nora.charx", card_bytes(Card(3, {"name": "Nora"}, {}), ".charx", 3, old))
    assert zipfile.ZipFile(charx).read("assets/icon/images/main.png") == plain_picture("Old Ben")
    assert read_card(charx, "nora").data["assets"] == [
        {"type": "icon", "uri": "embeded://assets/icon/images/main.png", "name": "main", "ext": "png"}
    ]
    with pytest.raises(ConfigError, match="holds no picture"):
        card_bytes(Card(2, {"name": "Nora"}, {}), ".json", 2, old)
    with pytest.raises(ConfigError, match="take --spec v3"):
        card_bytes(Card(2, {"name": "Nora"}, {}), ".charx", 2)


def test_loose_cards_are_read_as_they_are_meant() -> None:
    loose = {**MEI, "tags": "邻居", "character_version": 2, "creator": None, "alternate_greetings": [None, 7]}
    card = parse_card(json.dumps({"data": loose}), "mei")
    assert (card.version, card.data["tags"], card.data["character_version"]) == (2, ["邻居"], "2")
    assert card.data["alternate_greetings"] == ["7"]
    assert "creator" not in card.data
    assert parse_card('{"name": "a\\ud800", "first_mes": "\\ud83d\\ude00"}', "x").data == {
        "name": "a\ufffd", "first_mes": "😀",
    }  # fmt: skip


# What a card may hold.

TEXT = st.text(max_size=8)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
OBJECT = st.dictionaries(TEXT, VALUE, max_size=1)
NAME = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(printable)
ENTRY = st.fixed_dictionaries(
    {
        "keys": st.lists(TEXT, max_size=2), "content": TEXT, "extensions": OBJECT, "enabled": st.booleans(),
        "insertion_order": st.integers(0, 999), "use_regex": st.booleans(),
    },
    optional={
        "name": TEXT, "priority": st.integers(0, 9), "id": st.integers(0, 9) | TEXT, "comment": TEXT,
        "selective": st.booleans(),
        "secondary_keys": st.lists(TEXT, max_size=2), "constant": st.booleans(), "case_sensitive": st.booleans(),
        "position": st.sampled_from(["before_char", "after_char"]),
    },
)  # fmt: skip
BOOK = st.fixed_dictionaries(
    {"extensions": OBJECT, "entries": st.lists(ENTRY, max_size=1)},
    optional={
        "name": TEXT, "description": TEXT, "scan_depth": st.integers(0, 99), "token_budget": st.integers(0, 9999),
        "recursive_scanning": st.booleans(),
    },
)  # fmt: skip
UNKNOWN, BESIDE = (
    st.dictionaries(TEXT.map(f"{mark}-{{}}".format), VALUE.filter(lambda value: value is not None), max_size=1)
    for mark in ("in", "beside")
)


def cards(version: int) -> st.SearchStrategy[Card]:
    """Cards that hold what a version lets them, all that must be there and some of the rest."""
    must: dict[str, Any] = dict.fromkeys(FIELDS_OF_1 if version == 1 else TEXTS[:-1], TEXT)
    may: dict[str, Any] = {}
    if version > 1:
        must |= {**dict.fromkeys(TEXT_LISTS[:2], st.lists(TEXT, max_size=2)), "extensions": OBJECT}
        may |= {"character_book": BOOK}
    if version > 2:
        asset = st.fixed_dictionaries(dict.fromkeys(("type", "uri", "name", "ext"), TEXT))
        must |= {"group_only_greetings": st.lists(TEXT, max_size=2)}
        may |= {
            "assets": st.lists(asset, max_size=2), "nickname": TEXT, "source": st.lists(TEXT, max_size=2),
            "creator_notes_multilingual": st.dictionaries(st.sampled_from(["en", "zh", "de"]), TEXT),
            "creation_date": st.integers(0, 2**40), "modification_date": st.integers(0, 2**40),
        }  # fmt: skip
    known = st.fixed_dictionaries({**must, "name": NAME}, optional=may)
    data = known if version == 1 else st.builds(lambda one, two: {**two, **one}, known, UNKNOWN)
    number = "" if version == 1 else f"{version}.0"
    return st.builds(lambda d, o: Card(version, d, o, number), data, BESIDE)  # type: ignore[arg-type]


QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_file_gives_back_the_card_that_was_written(tmp_path: Path, version: int) -> None:
    @given(cards(version))
    @QUICK
    def check(card: Card) -> None:
        for kind in (".json", ".png", *((".charx",) if version == 3 else ())):
            path = write(tmp_path / f"card{kind}", card_bytes(card, kind, card.version))
            assert read_card(path, path.name) == card

    check()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_profile_gives_back_the_card_that_it_was_made_of(version: int) -> None:
    @given(cards(version))
    @QUICK
    def check(card: Card) -> None:
        row = profile_row(profile_of_card(card, Place("card.png", 1, 1)))
        back = card_of(profile_of(json.loads(json.dumps(row))).fields, "a folder")
        assert back == card

    check()


@given(cards(2))
@QUICK
def test_a_card_of_version_2_is_one_of_version_3_with_what_that_needs(card: Card) -> None:
    raised = parse_card(json.dumps(as_json(card, 3)), "x")
    assert {key: raised.data[key] for key in card.data} == card.data
    assert raised.data.keys() - card.data.keys() == {"group_only_greetings"}


# What a card may not hold.


def chunk(kind: bytes, content: bytes, crc: int | None = None) -> bytes:
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


PICTURE = plain_picture("x")
BEGIN, IEND = PICTURE[:-12], PICTURE[-12:]
GOOD = b64encode(json.dumps(V2).encode())
CHARA = chunk(b"tEXt", b"chara\0" + GOOD)
BOMB = zlib.compress(bytes(64 * 2**20), 9)


def text_chunk(document: bytes) -> bytes:
    return BEGIN + chunk(b"tEXt", b"chara\0" + b64encode(document)) + IEND


def archive(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


PNGS = {
    "no card": (BEGIN + IEND, "without a character card"),
    "zTXt": (BEGIN + chunk(b"zTXt", b"chara\0\0" + BOMB) + IEND, "zTXt chunk, which may be a bomb"),
    "iTXt": (BEGIN + chunk(b"iTXt", b"ccv3\0\1\0\0\0" + BOMB) + IEND, "iTXt chunk, which may be a bomb"),
    "crc": (BEGIN + chunk(b"tEXt", b"chara\0" + GOOD, crc=7) + IEND, "checksum"),
    "text after IEND": (BEGIN + IEND + CHARA, "behind the end"),
    "more after IEND": (BEGIN + CHARA + IEND + b"PK", "2 bytes behind the end"),
    "truncated": ((BEGIN + CHARA)[:-40], "ends within a chunk"),
    "without an end": (BEGIN + CHARA, "ends within a chunk"),
    "overflow": (BEGIN + struct.pack(">I", 2**32 - 1) + b"tEXtchara\0" + GOOD, "ends within a chunk"),
    "no kind": (BEGIN + chunk(b"t\0\0t", b"") + CHARA + IEND, "no chunk of a PNG"),
    "two cards": (BEGIN + CHARA + CHARA + IEND, "two cards"),
    "no base64": (BEGIN + chunk(b"tEXt", b"chara\0!!not base64!!") + IEND, "no base64"),
    "nothing": (BEGIN + chunk(b"tEXt", b"chara") + IEND, "no JSON"),
    "no UTF-8": (text_chunk(b"\xff\xfe{}"), "not UTF-8"),
    "no JSON": (text_chunk(b'{"name": "a'), "no JSON"),
    "another JSON": (text_chunk(b'{"name": "a", "age": 3}'), "no field of a character card"),
    "a list": (text_chunk(b"[]"), "a JSON list"),
    "nesting": (text_chunk(b'{"first_mes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "brackets within"),
    "depth": (text_chunk(b'{"name": "a", "first_mes": "", "x": ' + b"[" * 70 + b"]" * 70 + b"}"), "levels of brackets"),
    "values": (text_chunk(b'{"name": "a", "x": [' + b"0," * (MOST_PARTS + 9) + b"0]}"), "values"),
    "size": (text_chunk(b'{"name": "' + b"a" * LARGEST_CARD + b'"}'), "more than 4 MiB"),
    "NaN": (text_chunk(b'{"name": "a", "first_mes": "", "x": NaN}'), "no number"),
    "infinite": (text_chunk(b'{"name": "a", "first_mes": "", "x": 1e999}'), "no number"),
    "endless number": (text_chunk(b'{"name": "a", "first_mes": "", "x": ' + b"9" * 5000 + b"}"), "no JSON"),
    "nobody": (text_chunk(b'{"name": " ", "first_mes": ""}'), "names nobody"),
    "wrong type": (text_chunk(b'{"name": "a", "first_mes": ["x"]}'), "first_mes .* is a list, and a text was"),
    "no data": (text_chunk(b'{"spec": "chara_card_v2", "data": 3}'), 'no object "data"'),
    "wrong book": (text_chunk(b'{"data": {"name": "a", "character_book": {"entries": {}}}}'), "character_book.entries"),
    "wrong list": (text_chunk(b'{"data": {"name": "a", "tags": [{}]}}'), "a list of texts"),
    "wrong object": (text_chunk(b'{"data": {"name": "a", "extensions": 3}}'), "an object was expected"),
}  # fmt: skip


@pytest.mark.parametrize("case", PNGS)
def test_a_broken_or_hostile_picture_gets_one_sentence_and_little_memory(tmp_path: Path, case: str) -> None:
    content, message = PNGS[case]
    path = write(tmp_path / "a.png", content)
    expect_refusal(path, message)
    with pytest.raises(SourceError):  # as a source too
        look(path, "a.png") and events(path)


def expect_refusal(path: Path, message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match=message) as refused:
            read_card(path, path.name)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert path.name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("document", "pieces"),
    [(b'{"name": "a", "first_mes": "\xf0\x9f\x98\x80', b"a"), (b'{"name": "a", "first_mes": "", "x": [', b"[],")],
    ids=["one wide character", "empty lists"],
)
def test_the_largest_card_fits_in_64_mib(tmp_path: Path, document: bytes, pieces: bytes) -> None:
    many = (LARGEST_CARD - 100) if len(pieces) == 1 else MOST_PARTS // 2 - 9
    path = write(tmp_path / "a.png", text_chunk(document + pieces * many + (b'"}' if len(pieces) == 1 else b"0]}")))
    tracemalloc.start()
    try:
        assert read_card(path, "a.png").name == "a"
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_a_picture_of_many_megabytes_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.write(BEGIN)
        file.truncate(LARGEST_FILE + 1)
    expect_refusal(path, "more than 256 MiB")
    path = write(tmp_path / "b.png", BEGIN + CHARA + chunk(b"zTXt", b"note\0\0" + BOMB) + chunk(b"tEXt", b"x\0") + IEND)
    assert read_card(path, "b.png").name == "林梅"


CARD_JSON = json.dumps(V2).encode()
ZIPS: dict[str, tuple[dict[str, bytes], str]] = {
    "no card": ({"other.json": CARD_JSON}, "without a card.json"),
    "path upwards": ({"card.json": CARD_JSON, "../../evil.sh": b"x"}, "leads out"),
    "path from the root": ({"card.json": CARD_JSON, "/etc/x": b"x"}, "leads out"),
    "path of Windows": ({"card.json": CARD_JSON, "C:\\x": b"x"}, "leads out"),
    "path upwards in Windows": ({"card.json": CARD_JSON, "a\\..\\..\\x": b"x"}, "leads out"),
    "bomb": ({"card.json": b'{"name": "' + b"a" * 2**27 + b'"}'}, "more than 4 MiB unpacked"),
    "many files": ({f"{n}{'x' * 60}": b"" for n in range(12_000)}, "list of more files"),
}


@pytest.mark.parametrize("case", ZIPS)
def test_a_broken_or_hostile_charx_gets_one_sentence_and_little_memory(tmp_path: Path, case: str) -> None:
    parts, message = ZIPS[case]
    expect_refusal(archive(tmp_path / "a.charx", parts), message)


def test_other_damage_of_a_charx_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.charx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("card.json", CARD_JSON)
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("card.json", b"{}")
    expect_refusal(path, "'card.json' twice")
    good = archive(path, {"card.json": CARD_JSON}).read_bytes()
    expect_refusal(write(path, good[:-9]), "does not end as a zip does")
    expect_refusal(write(path, good.replace(b"PK\1\2", b"PK\1\3")), "damaged zip")
    at = good.index(b"PK\1\2")
    flagged = good[: at + 8] + bytes([good[at + 8] | 1]) + good[at + 9 :]
    expect_refusal(write(path, flagged), "encrypted")
    expect_refusal(archive(path, {"card.json": CARD_JSON}, zipfile.ZIP_LZMA), "unusual way")
    lying = bytearray(archive(path, {"card.json": b'{"name": "' + b"a" * 2**25 + b'"}'}).read_bytes())
    lying[lying.index(b"PK\1\2") + 24 : lying.index(b"PK\1\2") + 28] = struct.pack("<I", 1000)
    expect_refusal(write(path, bytes(lying)), "damaged zip")
    bombs = {"card.json": CARD_JSON, **{f"assets/{n}": b"" for n in range(5)}}
    huge = bytearray(archive(path, bombs).read_bytes())
    for n in range(5):
        at = huge.rindex(b"PK\1\2", 0, huge.rindex(f"assets/{n}".encode()))
        huge[at + 24 : at + 28] = struct.pack("<I", 2**30)
    expect_refusal(write(path, bytes(huge)), "more than 1 GiB unpacked")


WHOLE = BEGIN + CHARA + IEND


@pytest.mark.parametrize("kind", [".png", ".charx", ".json"])
def test_whatever_a_file_holds_it_is_a_card_or_refused(tmp_path: Path, kind: str) -> None:
    good = card_bytes(parse_card(json.dumps(V2), "mei"), kind, 3)
    path = tmp_path / f"a{kind}"

    @given(st.lists(st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=4)), max_size=4), st.integers(0, 40))
    @settings(max_examples=150, deadline=None)
    def check(changes: list[tuple[int, bytes]], cut: int) -> None:
        content = bytearray(good)
        for at, new in changes:
            content[at : at + len(new)] = new
        write(path, bytes(content[: len(content) - cut]))
        with suppress(SourceError):
            assert read_card(path, path.name).name.strip()

    check()


@given(VALUE | st.fixed_dictionaries({}, optional={key: VALUE for key in ("spec", "data", *TEXTS, *TEXT_LISTS)}))
@settings(max_examples=60, deadline=None)
def test_whatever_json_says_it_is_a_card_or_refused(value: object) -> None:
    for document in (value, {"data": value}):
        with suppress(SourceError):
            card = parse_card(json.dumps(document), "x")
            assert parse_card(json.dumps(as_json(card, 3)), "x").name == card.name


def test_pictures_without_a_card_are_left_out_of_a_folder_of_scripts(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "甲：早。\n乙：早啊。\n甲：吃了吗？\n乙：吃了。\n")
    write(tmp_path / "b.png", BEGIN + IEND)
    write(tmp_path / "c.png", WHOLE)
    write(tmp_path / "d.charx", b"PK\x03\x04" + bytes(100))
    (material,) = find_material(tmp_path)
    assert [(file.head.name, file.detected.format) for file in material.files] == [
        ("a.txt", "screenplay"), ("c.png", "character_card"), ("d.charx", "character_card"),
    ]  # fmt: skip
    assert "b.png is a binary file, a PNG picture without a character card" in material.notices[0].message


def test_rows_that_speak_of_cards_are_no_card(tmp_path: Path) -> None:
    rows = [{"role": "user", "content": 'What is "first_mes": for?'}, {"role": "assistant", "content": "A greeting."}]
    head = look(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))), "a.jsonl")
    assert detect(head).format == "chats"


def test_a_long_description_does_not_hide_what_a_file_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", {"name": "Nora", "description": "She walks. " * 9000, "first_mes": "Morning!"})
    boundary_free = events(path)
    assert len(boundary_free) == 1
    assert not any(isinstance(event, Boundary) for event in boundary_free)
