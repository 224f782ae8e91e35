"""Characters of a data set as cards: what is on them, that it is given back, and that other programs read it."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_row, profile_row, specific_row
from roleinstruct.emotions import Emotion
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import ConfigError, FolderError, SourceError
from roleinstruct.pipeline.card_dialogues import EXAMPLE_TOKENS, MOST_EXAMPLES, examples, greetings
from roleinstruct.pipeline.character_card import export_card, import_card
from roleinstruct.pipeline.expressions import EXPRESSION_OF, EXPRESSIONS
from roleinstruct.pipeline.lore import memory_of
from roleinstruct.pipeline.lore_keys import MOST_KEYS, Keys
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Utterance
from roleinstruct.retrieval import Index
from roleinstruct.sources.character_card.card import Card
from roleinstruct.sources.character_card.limits import LARGEST_ASSETS
from roleinstruct.sources.character_card.painting import plain_picture
from roleinstruct.sources.character_card.reading import read_card
from roleinstruct.sources.character_card.writing import card_bytes

NORA = (
    "Up before the gulls again, are you? The kettle is on and the sorting is done.|happiness~Is there a parcel?|"
    "There is, from your sister in Bergen. It rattles, so mind how you open it.|surprise~Thank you, Nora."
    "|Off you go.|neutral",
    "Did the dog on Mill Lane bite you?|He took my left glove and half the gas bill. I am still cross about it.|anger~"
    "Will you go back?|I go back every day. That is what a round is.|neutral",
    "I cannot find the key of the chapel.|Look under the blue pot, where Mr Hale has left it since the flood.|neutral",
)
MEI = (
    "今天的豆腐怎么比昨天老？|昨天那锅石膏少放了半勺，今天补回来了，你尝尝这块。|happiness~那给我来两块。|好嘞，两块，拿稳了。|neutral",
    "听说你要把摊子让给小川？|他还差得远呢，磨豆子都嫌早，再跟我三年吧。|frustration",
)


def dialogue(character: str, number: int, partner: str, lines: str) -> Dialogue:
    """Turns of a dialogue: rounds parted by "~", of each what the partner says, the answer and its emotion by "|"."""
    turns: list[Utterance] = []
    for part in lines.split("~"):
        *said, emotion = part.split("|")
        speakers = (partner, character) if len(said) == 2 else (character,)
        for speaker, text in zip(speakers, said, strict=True):
            mood = Emotion(emotion) if speaker == character else Emotion.NEUTRAL
            turns.append(
                Utterance(
                    speaker, text, mood, Place(f"{character}.txt", 10 * number + len(turns), 10 * number + len(turns))
                )
            )
    return Dialogue(
        f"{character}-{number:05d}", character, partner, tuple(turns), Place(f"{character}.txt", number, number)
    )


DIALOGUES = [
    dialogue("Nora Field", 1, "Ida", NORA[0]),
    dialogue("Nora Field", 2, "Mr Hale", NORA[1]),
    dialogue("Nora Field", 3, "Ida", NORA[2]),
    dialogue("林梅", 1, "阿青", MEI[0]),
    dialogue("林梅", 2, "阿青", MEI[1]),
]
PROFILES = [
    CharacterProfile(
        "Nora Field", "en", {"age": "51", "observed_partners": "Ida"}, ("dry", "loyal"), "A postwoman of 51."
    ),
    CharacterProfile("林梅", "zh", {"age": "45岁", "traits": "热心、爱唠叨"}, ("热心", "爱唠叨")),
]


def asked(number: int, character: str, question: str, answer: str, *evidence: str) -> Instruction:
    return Instruction(
        f"{character}-specific-{number:05d}", character, "specific", question, (answer,), evidence=evidence
    )


TRAIN = [
    asked(1, "Nora Field", "Where does the parcel from Bergen come from?", "My sister sent it to Ida.",
          "Nora Field.txt:12", "dialogue: Nora Field-00001"),
    asked(2, "Nora Field", "What do you think of the ferry to Bergen?", "Too many stairs.", "Nora Field.txt:90"),
    asked(3, "林梅", "小川什么时候能接豆腐摊？", "再跟我三年吧。", "林梅.txt:21", "dialogue: 林梅-00002"),
]  # fmt: skip
TEST = [
    asked(
        9,
        "Nora Field",
        "Where is the chapel key?",
        "Under the blue pot.",
        "Nora Field.txt:31",
        "dialogue: Nora Field-00003",
    )
]
README = "---\nlicense: cc-by-4.0\n---\n# A village\n"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set folder of two people, with what an export reads."""
    return folder_of(tmp_path_factory.mktemp("sets") / "village", {"train": TRAIN, "test": TEST})


def folder_of(root: Path, questions: dict[str, list[Instruction]]) -> Path:
    folder = DataFolder(root)
    with folder.writer("profiles") as profiles, folder.writer("dialogues") as dialogues:
        for profile in PROFILES:
            profiles.write(profile_row(profile))
        for one in DIALOGUES:
            dialogues.write(dialogue_row(one))
    with folder.writer("specific") as specific:
        for split, items in questions.items():
            for item in items:
                specific.write(specific_row(item), split)
    (root / "README.md").write_text(README, encoding="utf-8")
    return root


def exported(village: Path, out: Path, character: str, **how: Any) -> Card:  # noqa: ANN401 - the keywords of export_card
    export_card(village, out, character=character, **how)
    return read_card(out, out.name)


def test_a_character_becomes_a_card_of_what_it_really_said(village: Path, tmp_path: Path) -> None:
    card = exported(village, tmp_path / "nora.png", "Nora Field")
    assert card.version == 3
    assert {key: card.data[key] for key in ("name", "description", "personality", "tags", "source")} == {
        "name": "Nora Field",
        "description": "A postwoman of 51.",
        "personality": "dry, loyal",
        "tags": ["roleinstruct", "English", "dry", "loyal"],
        "source": ["roleinstruct:village/Nora Field"],
    }
    assert card.data["first_mes"] == NORA[0].partition("|")[0]
    assert card.data["alternate_greetings"] == [
        "He took my left glove and half the gas bill. I am still cross about it."
    ]
    assert card.data["mes_example"] == (
        "<START>\n{{user}}: Did the dog on Mill Lane bite you?\n{{char}}: He took my left glove and half the gas bill. "
        "I am still cross about it.\n{{user}}: Will you go back?\n{{char}}: I go back every day. That is what a round "
        "is.\n<START>\n{{user}}: Is there a parcel?\n{{char}}: There is, from your sister in Bergen. It rattles, so "
        "mind how you open it.\n{{user}}: Thank you, Nora.\n{{char}}: Off you go."
    )
    notes = str(card.data["creator_notes"])
    assert "data set village" in notes
    assert notes.endswith("Licence of the data set: cc-by-4.0.")


def test_what_the_test_part_asks_is_on_no_card(village: Path, tmp_path: Path) -> None:
    export_card(village, tmp_path / "nora.json", character="Nora Field")
    assert "blue pot" not in (tmp_path / "nora.json").read_text("utf-8")


def test_a_card_answers_none_of_the_questions_of_a_held_out_character(tmp_path: Path) -> None:
    village = folder_of(tmp_path / "village", {"train": TRAIN[2:], "unseen": TRAIN[:2]})
    done = export_card(village, tmp_path / "nora.json", character="Nora Field")
    assert "character_book" not in done.card.data
    assert "sister in Bergen" not in (tmp_path / "nora.json").read_text("utf-8")
    assert done.card.data["mes_example"]
    assert "; 2 questions that are not for training, and what they rest on, are left out (build with" in done.told
    assert "left out" not in export_card(village, tmp_path / "mei.json", character="林梅").told


def test_an_answer_of_the_test_part_is_on_no_card_wherever_it_is_said(tmp_path: Path) -> None:
    answer = "I go back every day. That is what a round is."
    train = [*TRAIN, asked(5, "Nora Field", "Once more, will you go back to Mill Lane?", f"Oh, {answer}")]
    test = [asked(4, "Nora Field", "Do you go back there?", answer, "Nora Field/asked.jsonl:1")]
    village = folder_of(tmp_path / "village", {"train": train, "test": test})
    export_card(village, tmp_path / "nora.json", character="Nora Field")
    assert "go back every day" not in (tmp_path / "nora.json").read_text("utf-8")
    assert "the dog on Mill Lane" not in (tmp_path / "nora.json").read_text("utf-8")


def test_a_lorebook_has_the_passages_and_the_words_that_call_them_up(village: Path, tmp_path: Path) -> None:
    book: Any = exported(village, tmp_path / "nora.json", "Nora Field").data["character_book"]
    first, second = book["entries"]
    assert first["content"].splitlines() == [
        "{{user}}: Is there a parcel?",
        "{{char}}: There is, from your sister in Bergen. It rattles, so mind how you open it.",
        "{{user}}: Thank you, Nora.",
    ]
    assert first["keys"] == ["Bergen", "parcel"]
    assert first["extensions"]["roleinstruct"]["evidence"] == ["Nora Field.txt:12", "dialogue: Nora Field-00001"]
    assert second["content"] == "{{user}}: What do you think of the ferry to Bergen?\n{{char}}: Too many stairs."
    chinese: Any = exported(village, tmp_path / "mei.json", "林梅").data["character_book"]
    assert "豆腐摊" in "".join(chinese["entries"][0]["keys"])


def test_the_lorebook_is_a_memory_to_search(village: Path, tmp_path: Path) -> None:
    memory = memory_of(exported(village, tmp_path / "nora.json", "Nora Field"))
    index = Index(NgramEncoder())
    index.add(memory)
    (hit,) = index.search("Tell me about the ferry.", 1, "Nora Field")
    assert hit.passage.text == "the user: What do you think of the ferry to Bergen?\nNora Field: Too many stairs."


def test_every_emotion_has_one_of_the_common_expressions(village: Path, tmp_path: Path) -> None:
    assert len(set(EXPRESSIONS)) == 28
    assert set(EXPRESSION_OF) == set(Emotion)
    assert set(EXPRESSION_OF.values()) <= set(EXPRESSIONS)
    facts: Any = exported(village, tmp_path / "mei.json", "林梅").data["extensions"]
    assert facts["roleinstruct"]["expressions"] == {emotion.value: name for emotion, name in EXPRESSION_OF.items()}
    assert facts["roleinstruct"]["emotions"] == {"happiness": 0.3333, "neutral": 0.3333, "frustration": 0.3333}


def test_a_profile_without_text_is_described_by_its_fields(village: Path, tmp_path: Path) -> None:
    card = exported(village, tmp_path / "mei.json", "林梅")
    assert card.data["description"] == "姓名：林梅；年龄：45岁；性格特点：热心、爱唠叨"
    assert card.data["personality"] == "热心、爱唠叨"
    assert str(card.data["creator_notes"]).endswith("数据集许可：cc-by-4.0。")


def test_examples_show_each_mood_before_one_twice_within_their_tokens() -> None:
    moods = ["neutral"] * 30 + ["anger"] * 9 + ["fear"] * 2
    many = [
        dialogue("Nora Field", n, "Ida", f"What now, at {n} o'clock?|{'Well, as I told you before. ' * 12}{n}.|{mood}")
        for n, mood in enumerate(moods)
    ]
    chosen = examples(many)
    assert [scene.turns[-1].emotion for scene in chosen[:3]] == [Emotion.NEUTRAL, Emotion.ANGER, Emotion.FEAR]
    assert len({scene.dialogue for scene in chosen}) == len(chosen) <= MOST_EXAMPLES
    assert sum(len(t.text) for s in chosen for t in s.turns) / 4.5 < EXAMPLE_TOKENS
    assert examples([]) == greetings([]) == []
    assert examples(many) == chosen


def test_keys_are_few_and_never_the_name_that_stands_everywhere() -> None:
    passages = [f"林梅，第{n}锅豆腐卖给谁了？\n卖给楼上的阿青了。" for n in range(20)]
    keys = Keys("林梅", {"阿青", "小川"}, [*passages, "林梅，石膏放多少？\n半勺。"])
    assert keys.of("林梅，石膏放多少？", "半勺。") == ["石膏"]
    assert keys.of(*passages[0].split("\n"))[:1] == ["阿青"]
    english = Keys("Nora Field", {"Mr Hale"}, ["Nora, who keeps Gull Cottage for Mr Hale?\nI do."])
    found = english.of("Nora, who keeps Gull Cottage for Mr Hale, the miller and the chapel and the harbour?", "I do.")
    assert found[0] == "Mr Hale"
    assert len(found) <= MOST_KEYS
    assert not {"nora", "field", "nora field"} & {key.casefold() for key in found}


@pytest.mark.parametrize("name", ["nora.json", "nora.png", "nora.charx"])
def test_an_exported_character_comes_back_whole(village: Path, tmp_path: Path, name: str) -> None:
    card = exported(village, tmp_path / name, "Nora Field")
    import_card(tmp_path / name, tmp_path / "again")
    assert exported(tmp_path / "again", tmp_path / f"2-{name}", "Nora Field") == card
    assert (tmp_path / f"2-{name}").read_bytes() == (tmp_path / name).read_bytes()
    dialogues = list(DataFolder(tmp_path / "again").rows("dialogues"))
    assert [turn["text"] for turn in dialogues[0]["turns"]][:1] == ["Did the dog on Mill Lane bite you?"]
    assert {row["partner"] for row in dialogues} == {"user"}


def test_the_pictures_of_an_imported_card_come_back(tmp_path: Path) -> None:
    face = tmp_path / "face.png"
    face.write_bytes(plain_picture("a face"))
    (tmp_path / "ben.png").write_bytes(card_bytes(Card(2, PLAIN, {}), ".png", 2, face))
    import_card(tmp_path / "ben.png", tmp_path / "a")
    assert exported(tmp_path / "a", tmp_path / "again.png", "Ben Okoro").data["name"] == "Ben Okoro"
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "ben.png").read_bytes()
    charx = tmp_path / "ben.charx"
    charx.write_bytes(card_bytes(Card(3, PLAIN, {}), ".charx", 3, face))
    with zipfile.ZipFile(charx, "a") as file:
        file.writestr("assets/emotion/images/joy.png", b"any picture")
    import_card(charx, tmp_path / "b")
    export_card(tmp_path / "b", tmp_path / "again.charx")
    with zipfile.ZipFile(charx) as was, zipfile.ZipFile(tmp_path / "again.charx") as now:
        assert [(name, now.read(name)) for name in now.namelist()] == [(n, was.read(n)) for n in was.namelist()]
    with zipfile.ZipFile(charx, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("assets/other/huge.bin", bytes(LARGEST_ASSETS))
    with pytest.raises(SourceError, match="more than 64 MiB of pictures"):
        export_card(tmp_path / "b", tmp_path / "none.charx", avatar=charx)


PLAIN = {
    "name": "Ben Okoro", "description": "Keeps bees; call 0171 946 0000.", "personality": "Age: thirty",
    "scenario": "{{user}} has come for honey.", "first_mes": "Mind the hives!",
    "mes_example": "<START>\n{{char}}: Hello?",
}  # fmt: skip
MORE = {
    "creator_notes": "Mail ben@example.org.", "system_prompt": "", "post_history_instructions": "",
    "alternate_greetings": ["Smoke?"], "tags": ["bees"], "creator": "Ann", "character_version": "2",
    "extensions": {"fav": True}, "mine": {"a": [1.5]},
    "character_book": {
        "name": "Hives", "description": "What {{char}} knows.", "scan_depth": 5, "token_budget": 500,
        "recursive_scanning": True, "extensions": {"mine": 1},
        "entries": [
            {
                "keys": ["swarm"], "secondary_keys": ["June"], "selective": True, "constant": False, "use_regex": True,
                "content": "@@depth 4\n@@@is_greeting 1\n\n{{char}} waits. {{// really?}} {{random:a,b}}",
                "extensions": {"probability": 100, "group": None}, "enabled": True, "insertion_order": 7,
                "case_sensitive": True, "position": "before_char", "name": "Swarms", "priority": 3, "id": "s1",
                "comment": "from last year",
            }
        ],
    },
}  # fmt: skip
NEWEST = {
    "nickname": "Benny", "source": ["https://example.org/ben"], "group_only_greetings": ["All of you?"],
    "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}], "creation_date": 1700000000,
    "modification_date": 1700000001, "creator_notes_multilingual": {"en": "Mail Ben.", "zh": "写信给本。"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "version"),
    [
        ({**PLAIN, "avatar": "none"}, 1),
        ({"spec": "chara_card_v2", "spec_version": "2.0", "data": {**PLAIN, **MORE}, "chat": "today"}, 2),
        ({"spec": "chara_card_v3", "spec_version": "3.0", "data": {**PLAIN, **MORE, **NEWEST}}, 3),
    ],
    ids=["v1", "v2", "v3"],
)
def test_an_imported_card_is_given_back_with_every_field(
    tmp_path: Path, document: dict[str, Any], version: int
) -> None:
    (tmp_path / "ben.json").write_text(json.dumps(document), encoding="utf-8")
    was = import_card(tmp_path / "ben.json", tmp_path / "ben")
    assert export_card(tmp_path / "ben", tmp_path / "usual.json").version == max(version, 2)
    usual = read_card(tmp_path / "usual.json", "usual")
    assert {key: usual.data[key] for key in was.data} == was.data
    assert usual.outer == was.outer
    again = exported(
        tmp_path / "ben", tmp_path / f"ben{'.charx' if version == 3 else '.png'}", "Ben Okoro", spec=f"v{version}"
    )
    assert again == was


def test_files_that_a_card_names_and_that_stay_behind_are_said(tmp_path: Path) -> None:
    joy = {"type": "emotion", "uri": "embeded://assets/emotion/images/joy.png", "name": "joy", "ext": "png"}
    charx = tmp_path / "ben.charx"
    charx.write_bytes(card_bytes(Card(3, {**PLAIN, "assets": [joy]}, {}), ".charx", 3))
    with zipfile.ZipFile(charx, "a") as file:
        file.writestr("assets/emotion/images/joy.png", b"any picture")
    import_card(charx, tmp_path / "ben")
    assert export_card(tmp_path / "ben", tmp_path / "ben.json").told.endswith(
        "but not the files that 1 of its assets name, which only a .charx made of a .charx holds"
    )
    assert "but not" not in export_card(tmp_path / "ben", tmp_path / "again.charx").told


def test_what_cannot_be_exported_is_said(village: Path, tmp_path: Path) -> None:
    for out, how, message in (
        ("a.gif", {}, "ends in .gif"),
        ("a.png", {"spec": "v9"}, "expected one of v1, v2, v3"),
        ("a.charx", {"spec": "v2"}, "take --spec v3"),
        ("a.png", {"character": "Ben"}, "Ben is not among the characters .* of Nora Field, 林梅"),
        ("a.png", {"character": None}, "not said whose card"),
        ("a.png", {"avatar": tmp_path / "none.png"}, "is no file"),
    ):
        with pytest.raises(ConfigError, match=message):
            export_card(village, tmp_path / out, **{"character": "Nora Field", **how})  # type: ignore[arg-type]
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(SourceError, match="does not begin as a PNG"):
        export_card(village, tmp_path / "a.png", character="Nora Field", avatar=tmp_path / "no.png")
    with pytest.raises(FolderError, match="is no data set folder"):
        export_card(tmp_path, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capfd.readouterr()
    return int(stop.value.code or 0), out, err


def test_cards_travel_by_the_command_line(
    village: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card, picture = tmp_path / "mei.png", tmp_path / "face.png"
    picture.write_bytes(plain_picture("somebody"))
    code, out, err = run(
        capfd, monkeypatch, "card", "export", village, "--character", "林梅", "--out", card, "--avatar", picture
    )
    assert (code, out) == (0, "")
    assert "林梅 as a card of version 3; 2 greetings and 2 example dialogues are real turns, and 1 entries" in err
    assert card.read_bytes().startswith(picture.read_bytes()[:-12])
    code, _, err = run(capfd, monkeypatch, "card", "import", card, "--out", tmp_path / "mei")
    assert code == 0, err
    assert "profiles 1, utterances 6" in err
    card.write_bytes(card.read_bytes()[:-30])
    code, _, err = run(capfd, monkeypatch, "card", "import", card, "--out", tmp_path / "none")
    assert (code, err.count("\n")) == (1, 1)
    assert "ends within a chunk" in err
    assert not (tmp_path / "none").exists()


READERS = {"@lenml/char-card-reader": "1.1.1", "character-card-utils": "2.0.3", "png-chunks-extract": "1.0.0"}
"""Packages that others wrote by the specifications: a reader of pictures, a validator of version 2, one of chunks."""

SCRIPT = """
const fs = require("fs");
const { CharacterCard } = require("@lenml/char-card-reader");
const { parseToV2 } = require("character-card-utils");
const extract = require("png-chunks-extract");
(async () => {
  const file = fs.readFileSync(process.argv[2]);
  const texts = {};
  for (const chunk of extract(new Uint8Array(file)).filter((one) => one.name === "tEXt")) {
    const [word, text] = Buffer.from(chunk.data).toString("latin1").split("\\0");
    texts[word] = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  }
  const card = await CharacterCard.from_file(file);
  console.log(JSON.stringify({ v3: card.toSpecV3(), checked: parseToV2(texts.chara), words: Object.keys(texts) }));
})();
"""


@pytest.mark.slow
@pytest.mark.parametrize("character", ["Nora Field", "林梅"])
def test_others_read_what_was_exported(village: Path, tmp_path: Path, character: str) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("npm and node are not installed, which run the independent readers")
    wanted = [f"{name}@{version}" for name, version in READERS.items()]
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(tmp_path), *wanted]
    installed = subprocess.run(install, capture_output=True, text=True, timeout=180, check=False)
    if installed.returncode:
        pytest.skip(f"npm has no packages for us: {installed.stderr.strip()[-200:]}")
    card = exported(village, tmp_path / "card.png", character)
    (tmp_path / "read.js").write_text(SCRIPT, encoding="utf-8")
    ran = subprocess.run(
        [node, tmp_path / "read.js", tmp_path / "card.png"], capture_output=True, text=True, timeout=60, check=True
    )
    found = json.loads(ran.stdout)
    assert found["words"] == ["chara", "ccv3"]
    known = {key: value for key, value in found["v3"]["data"].items() if value is not None}
    assert {key: card.data[key] for key in known} == known
    assert {"name", "description", "first_mes", "mes_example", "character_book", "alternate_greetings"} <= known.keys()
    assert found["checked"]["data"]["name"] == character
    assert len(found["checked"]["data"]["character_book"]["entries"]) == len(known["character_book"]["entries"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xd8\xff\xe0" + b"\0" * 99, "is a JPEG, and a card's picture is a PNG"),
        (b"RIFF\0\0\0\0WEBP", "is a WebP"),
        (b"\x89PNG\r\n\x1a\n", r"portrait\.png .*PNG|portrait\.png .*cut"),
        (b"", "is empty"),
    ],
)
def test_a_picture_that_is_no_card_is_called_what_it_is(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "portrait.png").write_bytes(content)
    with pytest.raises(SourceError, match=sentence):
        import_card(tmp_path / "portrait.png", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_card_takes_the_place_of_another(tmp_path: Path) -> None:
    for name in ("Ada", "Bea"):
        words = {"name": name, "description": f"{name} mends nets.", "first_mes": "Morning."}
        (tmp_path / f"{name}.json").write_text(json.dumps(words), encoding="utf-8")
    import_card(tmp_path / "Ada.json", tmp_path / "set")
    import_card(tmp_path / "Ada.json", tmp_path / "set")
    with pytest.raises(FolderError, match=r"set holds Ada, and would lose them"):
        import_card(tmp_path / "Bea.json", tmp_path / "set")
    export_card(tmp_path / "set", tmp_path / "ada.png")
    with pytest.raises(ConfigError, match=r"ada\.png exists already"):
        export_card(tmp_path / "set", tmp_path / "ada.png")
