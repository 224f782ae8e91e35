"""Questions and answers that are really there: a partner's question and the character's reply in the next turn."""

from collections.abc import Iterator
from itertools import pairwise

from rapidfuzz.fuzz import ratio

from roleinstruct.generate.inquiry import (
    answers,
    asks,
    is_about_life,
    is_addressed,
    is_meta,
    is_request,
    is_self_contained,
    knows,
    last_question,
    named,
    seems_to_ask,
    speaks_of_self,
    without_address,
)
from roleinstruct.generate.vocatives import calls_another
from roleinstruct.generate.wording import size
from roleinstruct.records import Dialogue, Instruction, Place, Rejected, Utterance

__all__ = ["extract_questions"]


def extract_questions(dialogue: Dialogue, names: frozenset[str] = frozenset()) -> Iterator[Instruction | Rejected]:
    """Make an instruction of each question of the partner that the character answers in the next turn.

    The question must make sense to somebody who has not read the dialogue, and the answer must say something; rules can
    see that only from outside, so they leave out much that is good. The question is put to the character by name.

    Args:
        dialogue: Turns of the two in order.
        names: Of all who speak in the script, see `vocatives.names_of`: a question that calls another is not put to
            the character.

    Yields:
        One outcome for every turn of the partner that the character's turn follows. A rejected one has the stage "ask"
        and one of the reasons "meta_talk", "not_a_question", "short_question", "too_long", "not_addressed" (not
        about the character, or put to another), "request", "not_self_contained", "not_about_life", "short_answer",
        "echo", "answer_is_question", "answer_not_self_contained", "no_answer", "answer_of_partner",
        "answer_does_not_fit". An instruction has the provenance "extractive", the place of both turns, and as evidence
        both places and "dialogue: " with its id.
    """
    for asked, answered in pairwise(dialogue.utterances):
        if asked.speaker != dialogue.partner or answered.speaker != dialogue.character:
            continue
        put = last_question(asked.text)
        question = without_address(put, dialogue.character)
        answer = answered.text.strip()
        reason = _fault(question, answer)
        if reason is None and calls_another(put, dialogue.character, names):
            reason = "not_addressed"
        if reason is None:
            yield _instruction(question, answer, asked, answered, dialogue)
        else:
            yield Rejected(
                unit="question",
                reason=reason,
                stage="ask",
                place=asked.place or dialogue.source,
                payload={"question": asked.text, "answer": answered.text, "dialogue": dialogue.id},
                character=dialogue.character,
            )


_QUESTION = (5, 60)
_ANSWER = (4, 200)
_ECHO = 80.0


def _fault(question: str, answer: str) -> str | None:
    """Why the pair is no good, or None."""
    faults = (
        ("meta_talk", is_meta(question) or is_meta(answer)),
        ("not_a_question", not asks(question)),
        ("short_question", size(question) < _QUESTION[0]),
        ("too_long", size(question) > _QUESTION[1] or size(answer) > _ANSWER[1]),
        ("not_addressed", not is_addressed(question)),
        ("request", is_request(question)),
        ("not_self_contained", not is_self_contained(question)),
        ("not_about_life", not is_about_life(question)),
        ("short_answer", size(answer) < _ANSWER[0]),
        ("echo", ratio(question, answer) >= _ECHO or answer in question),
        ("answer_is_question", seems_to_ask(answer)),
        ("answer_not_self_contained", not is_self_contained(answer, question)),
        ("no_answer", not knows(answer)),
        ("answer_of_partner", not speaks_of_self(answer)),
        ("answer_does_not_fit", not answers(question, answer)),
    )
    return next((reason for reason, found in faults if found), None)


def _instruction(question: str, answer: str, asked: Utterance, answered: Utterance, dialogue: Dialogue) -> Instruction:
    places = [place for place in (asked.place, answered.place) if place is not None]
    return Instruction(
        id="",
        character=dialogue.character,
        kind="specific",
        instruction=named(question, dialogue.character),
        responses=(answer,),
        emotion=answered.emotion,
        evidence=(*(str(place) for place in places), f"dialogue: {dialogue.id}"),
        provenance="extractive",
        place=_span(places),
    )


def _span(places: list[Place]) -> Place | None:
    return places[0].to(places[-1]) if places else None
