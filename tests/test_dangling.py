"""Questions that nothing explains are found, and hardly any other."""

import json
from pathlib import Path

import pytest

from roleinstruct.generate.dangling import dangles

ZH, EN = "于小强", "Maggie Doyle"


@pytest.mark.parametrize(
    "question",
    [
        "你为什么跟他吵架？",
        "于小强，你觉得她会不会回来？",
        "小强，他们为什么不来？",
        "你还记得那天吗？",
        "那次你为什么哭？",
        "你觉得这件事该怎么办？",
        "那个人是谁，你认识吗？",
    ],
)
def test_a_chinese_question_without_an_antecedent_dangles(question: str) -> None:
    assert dangles(question, ZH)


@pytest.mark.parametrize(
    "question",
    [
        "你弟弟考上大学，他自己高兴吗？",
        "你跟李梅吵架以后，是怎么跟她和好的？",
        "你妈妈住院那天，你在哪儿？",
        "那天你在河边捡到一个钱包，为什么没有留下？",
        "你会弹吉他吗？",
        "你除了钓鱼还有什么其他爱好？",
        "你平时怎么帮助他人？",
        "你那时候上学，离家远不远？",
        "你对涨房租这件事怎么看？",
        "你最怕什么？",
        "",
    ],
)
def test_a_chinese_question_that_explains_itself_does_not(question: str) -> None:
    assert not dangles(question, ZH)


@pytest.mark.parametrize(
    "question",
    [
        "Why did he leave?",
        "Maggie, do you think she was right?",
        "What did you say to him, Maggie?",
        "Maggie Doyle, what does Maggie think of him?",
        "How did you feel that day?",
        "Why were you so cross at that moment?",
        "What do you make of this matter?",
    ],
)
def test_an_english_question_without_an_antecedent_dangles(question: str) -> None:
    assert dangles(question, EN)


@pytest.mark.parametrize(
    "question",
    [
        "What did Tom say when he left?",
        "Your brother is off to college. Do you miss him?",
        "Do you forgive the landlord for what he said?",
        "When the boat sank, how did you feel that day?",
        "How did you feel that day when the boat sank?",
        "What do you like about that man who sells bait?",
        "When a child is rude to her mother, what do you do?",
        "What is it that you like about fishing?",
        "Why do you like this?",
        "",
    ],
)
def test_an_english_question_that_explains_itself_does_not(question: str) -> None:
    assert not dangles(question, EN)


def test_hardly_any_question_of_the_release_dangles(release: Path) -> None:
    asked = [
        (file.parent.name, line)
        for file in sorted(release.glob("*/*QA*"))
        for line in instructions(file.read_text(encoding="utf-8"))
    ]
    found = [question for name, question in asked if dangles(question, name)]
    assert len(asked) > 5000
    assert 5 <= len(found) < 0.003 * len(asked)


def instructions(text: str) -> list[str]:
    """The questions of a file that is an array or JSON Lines; a broken line is passed over."""
    try:
        rows = json.loads(text)
    except ValueError:
        rows = []
        for line in text.splitlines():
            if line.startswith("{") and line.rstrip().endswith("}"):
                rows.append(json.loads(line))
    return [row["instruction"] for row in rows if isinstance(row, dict) and isinstance(row.get("instruction"), str)]
