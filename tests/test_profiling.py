"""Profiles by a model: what it states rests on dialogues that it was shown, and what fails is accounted for."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, bad_request, faulty, say
from openai_replies import Request as Heard
from roleinstruct.errors import ConfigError
from roleinstruct.generate.chunks import chunks_of
from roleinstruct.generate.completing import completed
from roleinstruct.generate.profiling import Profiled, ProfileOptions, profile_by_model, requests_of
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.statements import Finding, Findings, Statement, complaint, most_supported, read, united
from roleinstruct.generate.vocabulary import VOCABULARY, preferred
from roleinstruct.llm.budget import worst_case
from roleinstruct.llm.clipping import clipped, tokens_of
from roleinstruct.records import CharacterProfile, Dialogue, Place, Utterance
from teachers import NAMES, firsts, is_repair, numbers, say_json, script, sent, teach, told

SMALL = ProfileOptions(context=800)


def stated(*statements: tuple[str, str, list[int]]) -> Reply:
    return say_json({"statements": [{"field": f, "value": v, "evidence": e} for f, v, e in statements]})


def is_merge(heard: Heard) -> bool:
    return "\n条目：\n" in told(heard) or "\nStatements:\n" in told(heard)


def reader(heard: Heard) -> Reply:
    """Reads a piece into three statements, and merges by naming everything."""
    shown = numbers(heard)
    if is_merge(heard):
        return stated(("hobbies", "钓鱼", shown), ("traits", "乐观", shown[:1]))
    return stated(
        ("爱好", "钓鱼", shown), ("性格特点", "乐观", shown[:1]), ("dream", f"有一条船{told(heard)[-9:]}", [])
    )


def profile(
    answer: object,
    path: Path,
    dialogues: list[Dialogue],
    known: CharacterProfile | None = None,
    options: ProfileOptions | None = None,
    timeout: float = 20.0,
) -> tuple[Profiled, list[Heard]]:
    known = known or CharacterProfile(dialogues[0].character)
    assert callable(answer)
    return teach(answer, lambda asker: profile_by_model(known, dialogues, asker, options), path, timeout)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "姓名：于小强；年龄：28；性格特点：乐观、节俭；爱好：钓鱼；穿衣风格：朴素；梦想：买条船（推测）"),
        (
            "en",
            "Name: Maggie Doyle; Age: 28; Traits: optimistic, thrifty; Hobbies: 钓鱼; 穿衣风格: 朴素; "
            "Dream: 买条船 (inferred)",
        ),
    ],
)
def test_what_dialogues_show_becomes_fields_with_evidence(language: str, text: str, tmp_path: Path) -> None:
    told_so = stated(
        ("Hobbies", "钓鱼", [2, 1]),
        ("traits", "乐观", [1]),
        ("性格", "节俭", [3]),
        ("traits", "胆小", []),
        ("穿衣风格", "朴素", [3]),
        ("dream", "买条船", []),
    )
    known = CharacterProfile(NAMES[language][0], fields={"age": "28"})
    found, calls = profile(lambda _: told_so, tmp_path, script(3, language), known)
    assert len(calls) == 1
    made = found.profile
    traits = ("乐观", "节俭") if language == "zh" else ("optimistic", "thrifty")
    assert dict(made.fields) == {
        "age": "28",
        "hobbies": "钓鱼",
        "traits": "、".join(traits) if language == "zh" else ", ".join(traits),
        "穿衣风格": "朴素",
        "inferred_dream": "买条船",
    }
    assert made.traits == traits
    assert made.evidence == (f"traits {traits[0]}: d1", f"traits {traits[1]}: d3", "hobbies: d1, d2", "穿衣风格: d3")
    assert (made.language, made.text) == (language, text)
    assert not found.failed
    assert len(found.keys) == 1


def test_what_the_source_says_is_never_overwritten(tmp_path: Path) -> None:
    known = CharacterProfile("于小强", "zh", {"hobbies": "下棋"}, ("倔强",), "于小强爱下棋。", ("a.txt:1",))
    answer = stated(("hobbies", "钓鱼", [1]), ("traits", "乐观", [1]), ("family", "有个弟弟", [2]))
    made = profile(lambda _: answer, tmp_path, script(2), known)[0].profile
    assert dict(made.fields) == {"hobbies": "下棋", "family": "有个弟弟"}
    assert (made.traits, made.text) == (("倔强",), "于小强爱下棋。")
    assert made.evidence == ("a.txt:1", "family: d2")


def test_the_model_is_shown_dialogues_with_numbers_and_emotions_and_what_is_known(tmp_path: Path) -> None:
    known = CharacterProfile("于小强", fields={"age": "28", "observed_phrases": "哎呀"})
    _, calls = profile(reader, tmp_path, [*script(2), replace(script(1)[0], character="李梅", partner="于小强")], known)
    assert re.findall(r"^\[.*", told(calls[0]), re.MULTILINE) == ["[1] 1", "[2] 2"]
    assert "于小强（沮丧）：我真不是故意的" in told(calls[0])
    assert "已知：姓名：于小强；年龄：28\n" in told(calls[0])
    assert calls[0].body["temperature"] == 0.7
    assert calls[0].body["top_p"] == 0.95


def test_evidence_that_was_not_shown_is_sent_back(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return stated(("hobbies", "钓鱼", [1] if is_repair(heard) else [1, 7]))

    found, calls = profile(answer, tmp_path, script(2))
    assert "evidence names 7, but only [1] to [2] were shown." in calls[1].prompt
    assert found.profile.evidence == ("hobbies: d1",)
    assert len(found.keys) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (stated(("hobbies", "钓鱼", [3])), "unreadable_reply"),
        (say("他爱钓鱼。"), "unreadable_reply"),
        (say("", refusal="I'd rather not."), "refused_by_model"),
        (bad_request("This model's maximum context length is 8192 tokens."), "refused_by_server"),
    ],
)
def test_a_model_that_will_not_leaves_the_profile_as_it_was(answer: Reply, reason: str, tmp_path: Path) -> None:
    known = CharacterProfile("于小强", "zh", {"age": "28"})
    found, _ = profile(lambda _: answer, tmp_path, script(2), known)
    assert found.profile == known
    assert [(one.unit, one.stage, one.reason) for one in found.failed] == [("profile", "profile", reason)]
    assert found.failed[0].payload["dialogues"] == ["d1", "d2"]
    assert (found.failed[0].character, str(found.failed[0].place)) == ("于小强", "剧本.txt:10-19")
    assert found.keys == ()


def test_a_character_without_dialogue_costs_nothing(tmp_path: Path) -> None:
    known = CharacterProfile("陈大爷")
    found, calls = profile(reader, tmp_path, script(3), known)
    assert found == Profiled(known)
    assert calls == []
    assert requests_of(known, script(3), "tester") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_long_script_is_read_in_pieces_and_made_one(language: str, tmp_path: Path) -> None:
    dialogues = script(60, language)
    known = CharacterProfile(NAMES[language][0])
    pieces = chunks_of(dialogues, SMALL.context, language)
    assert len(pieces) > 2
    found, calls = profile(reader, tmp_path, dialogues, known, SMALL)
    first = [call for call in calls if not is_merge(call)]
    assert len(first) == len(pieces)
    assert sum(is_merge(call) for call in calls) >= 1
    assert set(found.profile.fields) == {"hobbies", "traits"}
    assert any(line == "hobbies: d1, d2, d3, d4, d5" for line in found.profile.evidence)
    expected = sent(requests_of(known, dialogues, "tester", SMALL)[: len(pieces)])
    assert firsts(first) == expected


def test_the_estimate_is_never_less_than_what_is_asked(tmp_path: Path) -> None:
    def wordy(heard: Heard) -> Reply:
        """As much as may be said, and nothing that could be put together."""
        seed = random.Random(told(heard))
        return stated(*((f"field_{seed.randrange(10**6)}", "有" * 12, numbers(heard)[:1]) for _ in range(6)))

    dialogues = script(120)
    estimate = requests_of(CharacterProfile("于小强"), dialogues, "tester", SMALL)
    found, calls = profile(wordy, tmp_path, dialogues, None, SMALL)
    assert not found.failed
    merges = [call for call in calls if is_merge(call)]
    assert 4 < len(calls) <= len(estimate)
    room = tokens_of(estimate[-1].messages[1].content)
    assert len(merges) > 2
    assert all(tokens_of(told(call)) <= room for call in merges)
    assert worst_case(estimate[-1]).completion_tokens == 2 * SMALL.reply + 256


def test_statements_that_cannot_be_merged_are_chosen_by_their_support(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        if is_merge(heard):
            return say("不会")
        shown = numbers(heard)
        much = len(shown) > 8
        return stated(("hobbies", "钓鱼" if much else "下棋", shown), ("traits", "乐观", shown[:1]))

    found, _ = profile(answer, tmp_path, script(30), None, SMALL)
    assert found.profile.fields["hobbies"] == "钓鱼"
    assert found.profile.traits == ("乐观",)
    assert [one.reason for one in found.failed] == ["unreadable_reply"]
    assert any("下棋" in str(line) for line in found.failed[0].payload["statements"])  # type: ignore[attr-defined]


def test_a_piece_that_fails_costs_that_piece_alone(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        is_first = told(heard) == sent_first
        return say("", refusal="no") if is_first else reader(heard)

    dialogues = script(40)
    sent_first = requests_of(CharacterProfile("于小强"), dialogues, "tester", SMALL)[0].messages[1].content
    found, _ = profile(answer, tmp_path, dialogues, None, SMALL)
    assert [one.reason for one in found.failed] == ["refused_by_model"]
    lost = found.failed[0].payload["dialogues"]
    assert isinstance(lost, list)
    assert lost[0] == "d1"
    assert found.profile.fields["hobbies"] == "钓鱼"
    assert not {"d1", "d2"} & set(found.profile.evidence[0].split(": ")[1].split(", "))


def test_thirty_percent_faults_and_late_replies_change_nothing(tmp_path: Path) -> None:
    def late(heard: Heard) -> Reply:
        return replace(reader(heard), delay=random.Random(told(heard)).random() / 20)

    dialogues = script(50)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    calm, _ = profile(reader, tmp_path / "a", dialogues, None, SMALL)
    rough, _ = profile(faulty(late), tmp_path / "b", dialogues, None, SMALL, timeout=0.5)
    assert rough == calm
    again, calls = profile(reader, tmp_path / "b", dialogues, None, SMALL)
    assert (again, calls) == (calm, [])


WORDS = st.text(max_size=12) | st.sampled_from(["age", "性格", "traits", "observed_x", "钓鱼", "乐观、坚韧"])
FINDINGS = st.builds(
    Findings,
    statements=st.lists(
        st.builds(Finding, field=WORDS, value=WORDS, evidence=st.lists(st.integers(-1, 5), max_size=4)), max_size=5
    ),
)


@given(FINDINGS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_is_stated_is_refused_or_rests_on_what_was_shown(findings: Findings, merged: bool) -> None:
    shown = [("d1",), ("d2", "d3"), ()]
    if complaint(findings, len(shown), 200, merged=merged):
        return
    statements = united(read(findings, shown))
    assert {id_ for one in statements for id_ in one.dialogues} <= {"d1", "d2", "d3"}
    known = CharacterProfile("于小强", "zh", {"age": "28"}, (), "", ())
    made = completed(known, statements, "zh")
    assert made.fields["age"] == "28"
    assert len(most_supported(statements, 200)) <= len(statements)
    supported = {one.value for one in statements if one.dialogues}
    assert set(made.traits) <= supported


@pytest.mark.parametrize(
    ("said", "merged", "why"),
    [
        ([("age", "28", [1]), ("年龄", "30", [1])], False, "age is there more than once"),
        ([("age", " ", [1])], False, "age is no field with a value"),
        ([("inferred_age", "28", [])], False, "inferred_age is no field"),
        ([("traits", "他总是在下雨的时候想起小时候的事情。", [1])], False, "is no trait"),
        ([("age", "28", [])], True, "age has no evidence"),
        ([("background", "有" * 400, [1])], False, "it is too long: say it in"),
        ([("age", "28", [0])], False, "evidence names 0"),
    ],
)
def test_what_is_wrong_is_said_in_words(said: list[tuple[str, str, list[int]]], merged: bool, why: str) -> None:
    findings = Findings(statements=[Finding(field=f, value=v, evidence=e) for f, v, e in said])
    assert why in complaint(findings, 2, 200, merged=merged)


def test_the_same_said_twice_is_one_statement_with_the_evidence_of_both() -> None:
    said = [Statement("hobbies", "Chess", ("d2",)), Statement("age", "28", ()), Statement("hobbies", "chess", ("d1",))]
    assert united(said) == [Statement("age", "28", ()), Statement("hobbies", "Chess", ("d2", "d1"))]


TURNS = st.lists(st.text("好的 ok，\n…🙂", max_size=60) | st.integers(1, 900).map("长".__mul__), max_size=30)


@given(st.lists(TURNS, max_size=4), st.sampled_from(["zh", "en"]))
@settings(max_examples=60, deadline=None)
def test_pieces_fit_and_hold_every_dialogue(texts: list[list[str]], language: str) -> None:
    dialogues = [
        Dialogue(f"d{n}", "甲", "乙", tuple(Utterance("甲", text) for text in said), Place("a", n, n))
        for n, said in enumerate(texts, 1)
    ]
    chunks = chunks_of(dialogues, 800, language)
    assert all(tokens_of(chunk.text) <= 800 for chunk in chunks)
    assert {id_ for chunk in chunks for id_ in chunk.ids} == {one.id for one in dialogues if one.utterances}
    assert sum(chunk.text.count("甲") for chunk in chunks) == sum(len(said) for said in texts)
    shown = "".join(chunk.text for chunk in chunks)
    assert all(" ".join(text.split()) in shown for said in texts for text in said if len(text) < 600)


@given(st.text(max_size=400), st.integers(1, 50))
@settings(deadline=None)
def test_a_clipped_text_fits(text: str, room: int) -> None:
    found = clipped(text, room)
    assert tokens_of(found) <= max(room, tokens_of("…"))
    assert found == text or text.startswith(found.removesuffix("…"))


def test_too_small_a_context_is_said() -> None:
    with pytest.raises(ConfigError, match="expected 500 or more"):
        ProfileOptions(context=100)


@pytest.mark.parametrize("name", ["profile", "profile_merge"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_a_prompt_is_an_answer(name: str, language: str) -> None:
    system = prompt(name, language).system
    answer = Findings.model_validate(json.loads(system.splitlines()[-1]))
    assert complaint(answer, 9, 400, merged=name == "profile_merge") == ""


def test_there_are_45_traits_in_each_language_and_the_prompt_shows_them() -> None:
    assert len(VOCABULARY) == len({zh for zh, _ in VOCABULARY}) == len({en for _, en in VOCABULARY}) == 45
    for language, number in (("zh", 0), ("en", 1)):
        [request] = requests_of(CharacterProfile(NAMES[language][0]), script(1, language), "tester")
        assert all(pair[number] in request.messages[0].content for pair in VOCABULARY)
        assert "{{" not in request.messages[0].content


@pytest.mark.parametrize(
    ("trait", "language", "word"),
    [
        ("乐观", "zh", "乐观"),
        ("乐观的", "zh", "乐观"),
        ("Hard working", "en", "hard-working"),
        ("kind", "zh", "善良"),
        ("话里带刺", "zh", "话里带刺"),
        ("quick to forgive", "en", "quick to forgive"),
    ],
)
def test_a_known_trait_has_one_name_and_a_free_one_keeps_its_own(trait: str, language: str, word: str) -> None:
    assert preferred(trait, language) == word


def test_the_same_trait_in_two_words_is_one_with_the_evidence_of_both() -> None:
    said = [Statement("traits", "kind", ("d1",)), Statement("traits", "善良", ("d2",))]
    made = completed(CharacterProfile("于小强"), said, "zh")
    assert made.traits == ("善良",)
    assert made.evidence == ("traits 善良: d1, d2",)
