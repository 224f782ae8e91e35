"""What a question and an answer look like from outside, in Chinese and in English.

Precision before recall: what these rules let through should be good, what they stop need not be bad.
"""

import re

from roleinstruct.generate.vocatives import parts_of_name
from roleinstruct.generate.wording import common, wording
from roleinstruct.language import language_of

__all__ = [
    "answers",
    "asks",
    "is_about_life",
    "is_addressed",
    "is_meta",
    "is_request",
    "is_self_contained",
    "knows",
    "last_question",
    "named",
    "seems_to_ask",
    "speaks_of_self",
    "without_address",
]


def asks(text: str) -> bool:
    """Whether a text is a real question: not rhetoric, not an indefinite "什么都没有"; in English with its mark."""
    known = wording(text)
    marked = language_of(text) == "zh" or text.endswith("?")
    return marked and known.shows("asks", text) and not known.shows("rhetoric", text)


def seems_to_ask(text: str) -> bool:
    """Whether a text ends like any question: a question back is no answer."""
    last = re.split(r"[，,。！!]", text.rstrip("。！!. "))[-1]
    return bool(re.search(r"[?？]\W*$", text) or common().expressions["ends_asking"].search(last))


def last_question(turn: str) -> str:
    """The last question of a turn, else its last sentence, without "then", "but", "by the way" before it."""
    ends = r"(?<=[。！!?？\n])(?![。！!?？\n])" if language_of(turn) == "zh" else r"(?<=[.!?])\s+"
    sentences = [found.strip() for found in re.split(ends, turn) if found.strip()]
    bare = [_without_openers(sentence) for sentence in reversed(sentences)]
    return next(filter(asks, bare), bare[0] if bare else "")


def _without_openers(sentence: str) -> str:
    while (shorter := common().without("openers", sentence)) != sentence:
        sentence = shorter
    return sentence.strip(" ，,…")


def without_address(question: str, character: str) -> str:
    """The question without a name called out: the character's, which comes back in full, or another before "you"."""
    names = "|".join(re.escape(part) for part in sorted(parts_of_name(character), key=lambda part: (-len(part), part)))
    if names:
        question = re.sub(rf"^(?:{names})[，,!！\s]+", "", question)
        question = re.sub(rf"[，,\s]+(?:(?:Mr|Mrs|Ms|Miss|Dr)\.?\s)?(?:{names})(?=[?？]?$)", "", question)
    return common().without("after", common().without("before", question))


def named(question: str, character: str) -> str:
    """The question put to the character by name: "于小强，你…？", "Maggie Doyle, what …?"."""
    question = question.rstrip("。，,.；; ")
    if language_of(question) == "zh":
        marked = question if question.endswith(("?", "？", "!", "！")) else f"{question}？"
        return marked if character in question else f"{character}，{marked}"
    if character in question:
        return question
    if common().expressions["opens"].match(question):
        question = question[0].lower() + question[1:]
    return f"{character}, {question}"


def is_addressed(question: str) -> bool:
    """Whether the question is about the one who is asked."""
    return wording(question).shows("addressed", question)


def is_about_life(question: str) -> bool:
    """Whether the question is about somebody's life, tastes, opinions, habits, work or family."""
    return wording(question).shows("life", question)


def is_request(question: str) -> bool:
    """Whether a question asks for a deed, or offers something, here and now: "Can you help?", "Some tea?"."""
    return wording(question).shows("request", question)


def is_self_contained(text: str, question: str = "") -> bool:
    """Whether a text can be understood alone, as far as its pronouns show.

    Third persons and demonstratives need somebody before them in the same text, or in the question. A question may not
    speak of the one who asks, because that is lost, nor of what only the situation explains.

    Args:
        text: The question, or with `question` the answer.
        question: The question that the text answers.
    """
    known = wording(text)
    if not question and known.shows("situation", text):
        return False
    pronoun = known.expressions["pronoun"].search(text)
    if pronoun is None:
        return True
    before = f"{question} {text[: pronoun.start()]}"
    return known.shows("person", before) and not known.shows("thing", text)


def knows(answer: str) -> bool:
    """Whether the one who answers knows: not "no idea", "let me think"."""
    return not common().expressions["knows_not"].match(answer)


def speaks_of_self(answer: str) -> bool:
    """Whether an answer is about the one who answers, or at least not about the one who asked."""
    known = wording(answer)
    return known.shows("me", answer) or not known.shows("you", answer)


def answers(question: str, answer: str) -> bool:
    """Whether an answer is of the kind that the question asks for: a reason, a place, a number, yes or no."""
    for asked, given in wording(question).kinds:
        if asked.search(question):
            return bool(given.search(answer)) or _share(question, answer)
    return True


def is_meta(text: str) -> bool:
    """Whether a text speaks of being a model, or of the prompt."""
    return bool(common().expressions["meta"].search(text))


def _share(question: str, answer: str) -> bool:
    """Whether two texts share a word that says something (in Chinese, two characters)."""
    empty = wording(question).empty
    if language_of(question) == "zh":
        pairs = (question[start : start + 2] for start in range(len(question) - 1))
        return any(pair in answer for pair in pairs if pair.isalnum() and empty.isdisjoint(pair))
    words = {word for word in re.findall(r"[a-z']{4,}", question.casefold()) if word not in empty}
    return any(word in answer.casefold() for word in words)
