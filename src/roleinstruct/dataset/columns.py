"""What every column of a data set folder holds, in words for its card and for Croissant."""

from collections.abc import Mapping

__all__ = ["COLUMNS", "TABLES"]

TABLES: Mapping[str, str] = {
    "dialogues": "the script, reduced to dialogues between a character and one partner, an emotion label a turn",
    "profiles": "who the characters are",
    "specific": "questions that only the character can answer, with answers",
    "general": "everyday instructions, answered as the character would",
    "chat": "rows to train on: system prompt, question and answer as messages",
    "benchmark": "questions of the test split with the answers that are right",
}
"""What each config is."""

_WHO = "the character whose row it is"
_FROM = "source places (`file:line`), dialogues and profile fields that the row rests on"
_BY = "`source`, `extractive` (taken from adjacent turns), or the model that wrote it"

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "dialogues": {
        "dialogue_id": "its name, which evidence in other tables points to",
        "character": _WHO,
        "partner": "the other speaker",
        "title": 'the heading of the scene in the source, or ""',
        "turns": (
            "in order, of each: `speaker`, `text`, `emotion` (one of ten, null where nobody labelled it), `annotator` "
            "(`source`, `extractive`, `fitted`, `human`, or a model), `confidence` (0 to 1, null where unknown), "
            "`source` (`file:line`) and `lines` (source lines that became this turn)"
        ),
        "source": "where it begins, `file:line`",
    },
    "profiles": {
        "character": _WHO,
        "language": "code of the language that the character speaks",
        "fields": "what is known, as pairs of `key` and `value`; `observed_` keys are what the script shows",
        "traits": "words for the personality",
        "text": "the profile as running text",
        "evidence": "for each field what it rests on",
    },
    "specific": {
        "id": "its name",
        "character": _WHO,
        "instruction": "the question",
        "response": "the answer in character",
        "emotion": "of the answer, null where nobody labelled it",
        "evidence": _FROM,
        "provenance": _BY,
    },
    "general": {
        "id": "its name",
        "character": _WHO,
        "instruction": "what is asked of everybody",
        "raw_response": 'a neutral answer, or ""',
        "responses": "answers in character",
        "evidence": _FROM,
        "provenance": "`source`, or the model that answered",
    },
    "chat": {
        "id": "its name",
        "character": _WHO,
        "kind": "`specific` or `general`",
        "prompt": "messages of `role` and `content`: the system prompt of the persona, and the question",
        "completion": "the answer as one message",
    },
    "benchmark": {
        "id": "its name",
        "character": _WHO,
        "task": "`raw` (neutral answer), `cus` (answer in character) or `spe` (the character's own knowledge)",
        "instruction": "the question",
        "references": "answers that are right",
    },
}
"""By config and column; of the same names and order as `features`."""
