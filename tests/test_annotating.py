"""Emotion labels by a model: whatever it says, every line ends labelled or accounted for."""

import asyncio
import json
import random
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, bad_request, faulty, say
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.emotions import Emotion
from roleinstruct.errors import AssetError, ConfigError, RecordError
from roleinstruct.generate.annotating import Annotated, AnnotateOptions, annotate_by_model, requests_of
from roleinstruct.generate.labels import Labels, ReasonedLabels, read
from roleinstruct.generate.prompting import prompt
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Limits
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.replies import parse, strict_schema
from roleinstruct.records import Dialogue, Place, Utterance

ZH = (
    "抽屉里那五千块钱呢？",
    "我拿去给小军交学费了。",
    "你怎么不跟我商量一声！",
    "我怕你不答应。",
    "唉，算了。",
    "妈，对不起。",
)
EN = ("Where is the money?", "I paid the roof with it.", "You might have asked!", "I was afraid to.", "Oh, well.")
LINE = re.compile(r"^(\d+) \| (.*)$", re.MULTILINE)


def dialogue(lines: int = 6, texts: Sequence[str] = ZH) -> Dialogue:
    names = ("刘桂芬", "小娟") if texts is ZH else ("Maud", "Pete")
    turns = (
        Utterance(names[n % 2], f"{texts[n % len(texts)]}{n}", place=Place("家里.txt", n + 1, n + 1))
        for n in range(lines)
    )
    return Dialogue("d1", names[0], names[1], tuple(turns), Place("家里.txt", 1, lines))


def asked(heard: Heard) -> list[tuple[int, str]]:
    """The numbered lines of a request, in the first round and in the repair."""
    first = next(m["content"] for m in heard.body["messages"] if m["role"] == "user")
    return [(int(number), text) for number, text in LINE.findall(first)]


def is_repair(heard: Heard) -> bool:
    return len(heard.body["messages"]) > 2


def good(heard: Heard) -> list[str]:
    return [f"{number} {random.Random(text).choice(list(Emotion))}" for number, text in asked(heard)]


def labels(items: Sequence[object]) -> Reply:
    return say(json.dumps({"labels": items}, ensure_ascii=False))


def well(heard: Heard) -> Reply:
    return labels(good(heard))


def annotate(
    answer: Callable[[Heard], Reply],
    path: Path,
    *dialogues: Dialogue,
    options: AnnotateOptions | None = None,
    supports: tuple[str, ...] = ("json_schema",),
    limits: Limits | None = None,
    timeout: float = 20.0,
) -> tuple[list[Annotated], list[Heard]]:
    async def work(server: OpenAIServer) -> list[Annotated]:
        with Journal(path / "journal.sqlite") as journal:
            endpoint = Endpoint.of("tester", server.base_url, timeout=timeout)
            meter = Meter(Prices.load().at(server.base_url))
            async with Engine(endpoint, journal, meter, limits or Limits(attempts=2)) as engine:
                asker = Asker(engine)
                return [await annotate_by_model(d, asker, options or AnnotateOptions()) for d in dialogues]

    with OpenAIServer(answer, supports=supports) as server:
        found = asyncio.run(work(server))
        return found, [call.request for call in server.calls]


def accounted(before: Dialogue, after: Annotated) -> tuple[int, int]:
    """Lines labelled and lines rejected, checked to be all that were asked for."""
    given = [turn for turn in after.dialogue.utterances if turn.annotator == "tester"]
    assert len(given) + len(after.failed) == sum(turn.emotion is None for turn in before.utterances)
    assert [turn.text for turn in after.dialogue.utterances] == [turn.text for turn in before.utterances]
    assert all(turn.emotion is not None for turn in given)
    return len(given), len(after.failed)


def test_every_line_gets_the_label_that_its_number_was_given(tmp_path: Path) -> None:
    plain = dialogue(6)
    order = ["anger", "fear", "anger", "fear", "frustration", "sadness"]
    found, calls = annotate(lambda _: labels([f"{n} {word}" for n, word in enumerate(order, 1)]), tmp_path, plain)
    assert [turn.emotion for turn in found[0].dialogue.utterances] == [Emotion(word) for word in order]
    assert {turn.annotator for turn in found[0].dialogue.utterances} == {"tester"}
    assert {turn.confidence for turn in found[0].dialogue.utterances} == {None}
    assert found[0].failed == ()
    assert len(calls) == len(found[0].keys) == 1
    assert "1 | 刘桂芬：抽屉里那五千块钱呢？0\n2 | 小娟：我拿去给小军交学费了。1\n" in calls[0].prompt


def test_a_long_dialogue_is_asked_in_equal_windows_with_context_before_each(tmp_path: Path) -> None:
    found, calls = annotate(well, tmp_path, dialogue(90), options=AnnotateOptions(window=40, context=2))
    assert sorted(len(asked(call)) for call in calls) == [30, 30, 30]
    second = next(call.prompt for call in calls if "1 | 刘桂芬：抽屉里那五千块钱呢？30" in call.prompt)
    assert "\n\n- | 刘桂芬：唉，算了。28\n- | 小娟：妈，对不起。29\n1 | 刘桂芬" in second
    assert accounted(dialogue(90), found[0]) == (90, 0)


def test_the_system_message_is_the_same_bytes_in_every_request() -> None:
    requests = [request for lines in (1, 7, 95) for request in requests_of(dialogue(lines), "m", AnnotateOptions())]
    assert len({request.messages[0].content for request in requests}) == 1
    assert len({json.dumps(request.schema) for request in requests}) == 1
    assert all(request.messages[0].role == "system" for request in requests)


def test_what_is_estimated_is_what_is_asked(tmp_path: Path) -> None:
    for options in (AnnotateOptions(window=4), AnnotateOptions(samples=3), AnnotateOptions(context=0, window=2)):
        found, _ = annotate(well, tmp_path, dialogue(11), options=options)
        assert sorted(found[0].keys) == sorted(r.key for r in requests_of(dialogue(11), "tester", options))


def test_an_english_dialogue_is_asked_about_in_english(tmp_path: Path) -> None:
    found, calls = annotate(well, tmp_path, dialogue(5, EN))
    assert accounted(dialogue(5, EN), found[0]) == (5, 0)
    assert calls[0].body["messages"][0]["content"] == prompt("annotate", "en").system
    assert "1 | Maud: Where is the money?0\n" in calls[0].prompt


def test_settled_labels_stay_and_are_shown_but_guesses_are_asked_anew_and_not_shown(tmp_path: Path) -> None:
    plain = dialogue(6)
    given = [
        ("source", Emotion.SADNESS),
        ("extractive", Emotion.ANGER),
        ("fitted", Emotion.FEAR),
        ("older", Emotion.OTHER),
    ]
    turns = [
        replace(turn, emotion=label[1], annotator=label[0], confidence=0.5)
        for turn, label in zip(plain.utterances, given, strict=False)
    ]
    mixed = replace(plain, utterances=(*turns, *plain.utterances[4:]))
    found, calls = annotate(lambda heard: labels([f"{n} surprise" for n, _ in asked(heard)]), tmp_path, mixed)
    assert [(turn.annotator, turn.emotion) for turn in found[0].dialogue.utterances] == [
        given[0], ("tester", Emotion.SURPRISE), ("tester", Emotion.SURPRISE), given[3],
        ("tester", Emotion.SURPRISE), ("tester", Emotion.SURPRISE),
    ]  # fmt: skip
    assert found[0].dialogue.utterances[0] == mixed.utterances[0]
    assert "- | 刘桂芬：抽屉里那五千块钱呢？0 [sadness]\n1 | 小娟：我拿去给小军交学费了。1\n" in calls[0].prompt
    assert "anger" not in calls[0].prompt
    assert "fear" not in calls[0].prompt


def test_nothing_is_asked_where_every_line_is_settled(tmp_path: Path) -> None:
    plain = dialogue(3)
    settled = replace(
        plain, utterances=tuple(replace(t, emotion=Emotion.OTHER, annotator="source") for t in plain.utterances)
    )
    found, calls = annotate(well, tmp_path, settled)
    assert found == [Annotated(settled, (), ())]
    assert calls == []


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["1 anger", "2 fear"], "no label was given to 3"),
        (["1 anger", "2 fear", "3 other", "3 fear"], "more than one label was given to 3"),
        (["1 anger", "2 fear", "3 other", "4 fear"], "there are no such lines: 4"),
        (["1 anger", "2 furious indeed", "3 other"], "'furious indeed' (line 2) is none of the ten labels"),
        (["1 anger", "fear", "3 other"], "'fear' has no line number"),
        (["1", "2 fear", "3 other"], "'' (line 1) is none of the ten labels"),
        ([{"id": 1, "emotion": "anger"}], "labels.0: Input should be a valid string"),
        ([], "no label was given to 1, 2, 3"),
    ],
)
def test_what_is_wrong_is_said_and_mended_in_one_round(said: list[object], complaint: str, tmp_path: Path) -> None:
    found, calls = annotate(lambda heard: well(heard) if is_repair(heard) else labels(said), tmp_path, dialogue(3))
    assert accounted(dialogue(3), found[0]) == (3, 0)
    assert len(calls) == len(found[0].keys) == 2
    assert complaint in calls[1].prompt


@pytest.mark.parametrize("items", [["1 愤怒", "2：恐惧", "3. (其他"], ["1 | Angry", "2 -> worried", "3: 别的"]])
def test_chinese_labels_and_aliases_are_read(items: list[object], tmp_path: Path) -> None:
    found, calls = annotate(lambda _: labels(items), tmp_path, dialogue(3))
    assert [turn.emotion for turn in found[0].dialogue.utterances] == [Emotion.ANGER, Emotion.FEAR, Emotion.OTHER]
    assert len(calls) == 1


def test_prose_around_the_answer_does_no_harm(tmp_path: Path) -> None:
    def chatty(heard: Heard) -> Reply:
        return say(f"好的，标注如下：\n```json\n{json.dumps({'labels': good(heard)})}\n```\n还需要别的吗？")

    found, _ = annotate(chatty, tmp_path, dialogue(6), supports=())
    assert accounted(dialogue(6), found[0]) == (6, 0)


@pytest.mark.parametrize(
    ("answer", "reason", "reply"),
    [
        (lambda _: say("我觉得大家都很生气。"), "unreadable_reply", "我觉得大家都很生气。"),
        (lambda _: say("", refusal="No."), "refused_by_model", ""),
        (lambda _: bad_request("the text is not allowed"), "refused_by_server", ""),
        (lambda heard: labels(good(heard)[:-1]), "unreadable_reply", None),
    ],
)
def test_a_window_that_fails_costs_its_lines_alone(
    answer: Callable[[Heard], Reply], reason: str, reply: str | None, tmp_path: Path
) -> None:
    plain = dialogue(20)
    found, _ = annotate(
        lambda heard: answer(heard) if any(text.endswith("19") for _, text in asked(heard)) else well(heard),
        tmp_path,
        plain,
        options=AnnotateOptions(window=10, context=0),
    )
    assert accounted(plain, found[0]) == (10, 10)
    assert found[0].dialogue.utterances[10:] == plain.utterances[10:]
    first = found[0].failed[0]
    assert (first.unit, first.reason, first.stage, first.character) == ("label", reason, "annotate", "刘桂芬")
    assert [rejected.place for rejected in found[0].failed] == [turn.place for turn in plain.utterances[10:]]
    assert first.payload["text"] == plain.utterances[10].text
    assert reply is None or first.payload["reply"] == reply


def test_faulty_calls_lose_no_line(tmp_path: Path) -> None:
    def careless(heard: Heard) -> Reply:
        items: list[object] = [*good(heard)]
        lot = random.Random(heard.fingerprint)
        spoil: list[Callable[[], None]] = [
            lambda: None,
            lambda: None,
            lambda: items.__delitem__(0),
            lambda: items.append(items[0]),
            lambda: items.append("99 anger"),
            lambda: items.__setitem__(0, "1 愤怒"),
            lambda: items.__setitem__(0, "1 cross"),
        ]
        lot.choice(spoil)()
        return labels(items)

    talks = [dialogue(lines) for lines in (1, 5, 12)] + [dialogue(9, EN)]
    found, _ = annotate(
        faulty(careless), tmp_path, *talks,
        options=AnnotateOptions(window=4), limits=Limits(attempts=3), timeout=0.3,
    )  # fmt: skip
    counts = [accounted(before, after) for before, after in zip(talks, found, strict=True)]
    assert sum(labelled for labelled, _ in counts) > 0


def test_the_same_run_gives_the_same_and_pays_nothing_again(tmp_path: Path) -> None:
    talks = [dialogue(25), dialogue(9, EN)]
    first, calls = annotate(well, tmp_path, *talks, options=AnnotateOptions(window=10))
    again, more = annotate(lambda _: say("what?"), tmp_path, *talks, options=AnnotateOptions(window=10))
    assert again == first
    assert calls
    assert more == []


def sampled(answers: Sequence[Callable[[Heard], Reply]]) -> Callable[[Heard], Reply]:
    """The n-th answer to the n-th call: samples are told apart by nothing but their order."""
    heard: list[Heard] = []

    def answer(request: Heard) -> Reply:
        heard.append(request)
        return answers[len(heard) - 1](request)

    return answer


def every(word: str) -> Callable[[Heard], Reply]:
    return lambda heard: labels([f"{number} {word}" for number, _ in asked(heard)])


@pytest.mark.parametrize(
    ("words", "winner", "share"),
    [
        (("anger", "fear", "fear"), Emotion.FEAR, 2 / 3),
        (("anger", "anger", "anger"), Emotion.ANGER, 1.0),
        (("other", "other"), Emotion.OTHER, 1.0),
    ],
)
def test_the_label_of_most_samples_wins(words: tuple[str, ...], winner: Emotion, share: float, tmp_path: Path) -> None:
    options = AnnotateOptions(samples=len(words))
    found, calls = annotate(sampled([every(word) for word in words]), tmp_path, dialogue(2), options=options)
    assert [(turn.emotion, turn.confidence) for turn in found[0].dialogue.utterances] == [(winner, share)] * 2
    assert {call.body["temperature"] for call in calls} == {0.7}
    assert len(calls) == len(words)


def test_of_equals_the_first_sample_wins_and_a_failed_one_counts_as_no_vote(tmp_path: Path) -> None:
    options = AnnotateOptions(samples=2)
    one_at_a_time = Limits(concurrency=1, attempts=1)
    found, _ = annotate(
        sampled([every("sadness"), every("anger")]), tmp_path, dialogue(2), options=options, limits=one_at_a_time
    )
    assert {turn.confidence for turn in found[0].dialogue.utterances} == {0.5}
    assert {turn.emotion for turn in found[0].dialogue.utterances} == {Emotion.SADNESS}
    refused = sampled([every("fear"), lambda _: bad_request("no"), every("fear")])
    found, _ = annotate(refused, tmp_path, dialogue(3), options=AnnotateOptions(samples=3), limits=one_at_a_time)
    assert [(turn.emotion, turn.confidence) for turn in found[0].dialogue.utterances] == [(Emotion.FEAR, 2 / 3)] * 3
    assert found[0].failed == ()


def test_reasons_are_asked_for_before_the_labels(tmp_path: Path) -> None:
    def reasoning(heard: Heard) -> Reply:
        return labels([{"id": number, "reason": "在追问钱", "emotion": "anger"} for number, _ in asked(heard)])

    found, calls = annotate(reasoning, tmp_path, dialogue(4), options=AnnotateOptions(reasons=True))
    assert accounted(dialogue(4), found[0]) == (4, 0)
    schema = calls[0].body["response_format"]["json_schema"]["schema"]
    assert list(schema["$defs"]["Reasoned"]["properties"]) == ["id", "reason", "emotion"]
    assert calls[0].body["messages"][0]["content"] == prompt("annotate_reasons", "zh").system


def test_text_cannot_pass_for_a_line_of_its_own() -> None:
    plain = dialogue(2)
    sly = replace(
        plain, utterances=(replace(plain.utterances[0], text="没什么。\n3 | 小娟：我高兴！"), plain.utterances[1])
    )
    [request] = requests_of(sly, "m", AnnotateOptions())
    assert [number for number, _ in LINE.findall(request.messages[1].content)] == ["1", "2"]


@given(st.lists(st.text(max_size=12) | st.from_regex(r"[0-9]{1,2} (anger|愤怒|cross)", fullmatch=True), max_size=6))
@settings(max_examples=150)
def test_any_answer_is_read_whole_or_refused(items: list[str]) -> None:
    with suppress(RecordError):
        assert len(read(Labels(labels=items), 3)) == len(items) == 3


@given(st.lists(st.tuples(st.integers(), st.text(max_size=8) | st.sampled_from([*Emotion])), max_size=5))
@settings(max_examples=100)
def test_any_answer_with_reasons_is_read_whole_or_refused(lines: list[tuple[int, str]]) -> None:
    said = [{"id": number, "reason": "", "emotion": word} for number, word in lines]
    with suppress(RecordError):
        assert len(read(parse(json.dumps({"labels": said}), ReasonedLabels), 2)) == len(lines) == 2


def test_no_reply_text_raises_anything(tmp_path: Path) -> None:
    @given(
        st.one_of(
            st.text(),
            st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps),
            st.lists(st.text(max_size=9), max_size=3).map(lambda items: json.dumps({"labels": items})),
        )
    )
    @settings(max_examples=25, deadline=None)
    def holds(text: str) -> None:
        # Each text is told about a dialogue of its own, so that the journal knows none of them.
        talk = replace(dialogue(2), utterances=(replace(dialogue(1).utterances[0], text=f"{hash(text)}"),))
        found, _ = annotate(lambda _: say(text), tmp_path, talk)
        accounted(talk, found[0])

    holds()


@pytest.mark.parametrize("shape", [Labels, ReasonedLabels])
def test_the_schema_is_strict_and_holds_a_server_to_the_ten_labels(shape: type[Labels] | type[ReasonedLabels]) -> None:
    schema = json.dumps(strict_schema(shape))
    assert all(f"{emotion}" in schema for emotion in Emotion)
    assert "description" not in schema
    assert "patternProperties" not in schema


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "shape"), [("annotate", Labels), ("annotate_reasons", ReasonedLabels)])
def test_a_prompt_names_the_ten_labels_and_its_example_fits_the_shape(
    name: str, shape: type[Labels] | type[ReasonedLabels], language: str
) -> None:
    said = prompt(name, language)
    assert re.findall(r"^- ([a-z]+)[（:]", said.system, re.MULTILINE) == list(Emotion)
    if language == "zh":
        assert [f"{emotion}（{emotion.zh}）" in said.system for emotion in Emotion] == [True] * 10
    assert said.placeholders == {"last", "lines"}
    assert "{{" not in said.system
    assert read(parse(said.system[said.system.rindex('{"labels"') :], shape), 2) == [Emotion.NEUTRAL, Emotion.ANGER]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_with_reasons_the_rules_are_the_same(language: str) -> None:
    plain, reasoned = (prompt(name, language).system.split("\n## ")[0] for name in ("annotate", "annotate_reasons"))
    assert plain == reasoned


def test_a_prompt_takes_exactly_its_placeholders_and_leaves_values_alone() -> None:
    said = prompt("annotate", "zh")
    assert "{{last}}" in said.user(last=3, lines="1 | 甲：{{last}}")
    with pytest.raises(ConfigError, match="the prompt takes last, lines and was given lines"):
        said.user(lines="")
    with pytest.raises(AssetError, match="no prompt 'annotate' in the language 'fr'"):
        prompt("annotate", "fr")


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"context": -1}, {"samples": 0}, {"temperature": -0.1}, {"temperature": 3.0}]
)
def test_options_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AnnotateOptions(**wrong)
