"""Rows of an overlay with the words of somebody's own script: what has all its lines stands, the rest is left out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roleinstruct.dataset.overlay import Line, text_of
from roleinstruct.dataset.rows import Row, dialogue_of, dialogue_row, instruction_of
from roleinstruct.errors import RecordError
from roleinstruct.pipeline.concealing import CONCEALED
from roleinstruct.pipeline.ledger import NO_MODEL, answers_in
from roleinstruct.pipeline.script_lines import Whereabouts
from roleinstruct.records import Instruction, Place, Rejected

__all__ = ["ALONE", "MISSING", "Restorer"]

MISSING = "not_in_your_source"
"""The reason of what one of the lines is missing for that it says."""

ALONE = "beside_not_in_your_source"
"""The reason of what has all its lines, and rests on what has not."""


class Restorer:
    """Puts words back.

    Args:
        lines: The lines of the overlay, without texts.
        found: Those that the script has: number, and the line there.

    Attributes:
        rejected: What was left out.
        dropped: The ids of dialogues that were left out whole.
    """

    def __init__(self, lines: Iterable[Line], found: Mapping[int, Line]) -> None:
        every = list(lines)
        self._where = Whereabouts(every)
        self._places = {line.number: line.place for line in every}
        self._texts = {number: line.text for number, line in found.items()}
        self._moved = {line.number: (line.place, found[line.number].place) for line in every if line.number in found}
        self.rejected: list[Rejected] = []
        self.dropped: set[str] = set()

    def dialogue(self, row: Row) -> Row | None:
        """A row of `dialogues` without the turns that lack a line; None where no conversation is left."""
        turns, lost = [], []
        for number, turn in enumerate(row["turns"], 1):
            text = text_of(turn["text"], self._texts)
            if text is None:
                lost.append((number, turn))
            else:
                turns.append({**turn, "text": text, "source": self._place(turn["source"])})
        if lost and len({turn["speaker"] for turn in turns}) < 2:
            self.dropped.add(row["dialogue_id"])
            lost = list(enumerate(row["turns"], 1))
        for number, turn in lost:
            self._reject_turn(row, number, turn)
        if row["dialogue_id"] in self.dropped:
            return None
        title = text_of(row["title"], self._texts) or ""
        whole = {**row, "title": title, "turns": turns, "source": self._place(row["source"])}
        return dialogue_row(dialogue_of(whole))

    def profile(self, row: Row) -> Row:
        """A row of `profiles`, without what lacks a line."""
        fields = [{key: text_of(field[key], self._texts) for key in ("key", "value")} for field in row["fields"]]
        text = text_of(row["text"], self._texts)
        return {
            **row,
            "fields": [field for field in fields if None not in field.values()],
            "traits": self._known(row["traits"]),
            "text": self._some(row["text"]) if text is None else text,
            "evidence": [self._place(text) for text in self._known(row["evidence"])],
        }

    def instruction(self, row: Row) -> Instruction | None:
        """A row of `specific` or `general`, without the answers that lack a line; None where nothing is left."""
        asked = text_of(row["instruction"], self._texts)
        evidence = self._known(row["evidence"])
        is_general = "responses" in row
        answers = self._known(row["responses"] if is_general else [row["response"]])
        neutral = text_of(row["raw_response"], self._texts) if is_general and row["raw_response"] is not None else None
        whole = {**row, "instruction": asked or "", "evidence": [self._place(text) for text in evidence]}
        whole |= {"responses": answers, "raw_response": neutral} if is_general else {"response": "".join(answers[:1])}
        item = instruction_of(whole)
        stated = len(row["responses"]) if is_general else 1
        reason = self._why_not(item, row, asked is None or not answers)
        if reason:
            self._reject_item(item, evidence, reason, stated)
            return None
        if len(answers) < stated:
            self._reject_answers(item, stated - len(answers))
        return item

    def left_out(self, row: Row) -> Row:
        """A row of `rejected`; texts of its payload that lack a line are null."""
        payload = json.dumps(self._each(json.loads(row["payload"])), ensure_ascii=False)
        return {**row, "source": self._place(row["source"]), "payload": payload}

    def _why_not(self, item: Instruction, row: Row, is_missing: bool) -> str:
        if is_missing:
            return MISSING
        if item.provenance in ("source", "extractive"):
            return ""  # its own lines are all that it rests on
        named = self._where.named(text for text in map(self._whole, row["evidence"]) if text)
        on = {text.removeprefix("dialogue: ") for text in item.evidence if text.startswith("dialogue: ")}
        return ALONE if on & self.dropped or any(line.number not in self._texts for line in named) else ""

    def _whole(self, parts: Iterable[Row]) -> str | None:
        return text_of(parts, self._texts)

    def _known(self, cells: Iterable[Iterable[Row]]) -> list[str]:
        return [text for text in map(self._whole, cells) if text is not None]

    def _some(self, parts: Iterable[Row]) -> str:
        """What is there of a text that lacks lines, without empty lines in their place."""
        text = "".join(self._whole([part]) or "" for part in parts)
        return "\n".join(line for line in text.split("\n") if line.strip())

    def _place(self, text: str) -> str:
        """A place, or evidence that names one, in the user's script; other text as it is."""
        head = "source: " if text.startswith("source: ") else ""
        try:
            place = Place.parse(text.removeprefix(head))
        except (RecordError, AttributeError):
            return text
        moved = [self._moved[line.number] for line in self._where.of(place) if line.number in self._moved]
        if not moved:
            return text
        first = place.first + moved[0][1].first - moved[0][0].first
        last = place.last + moved[-1][1].last - moved[-1][0].last
        return f"{head}{Place(place.file, max(1, min(first, last)), max(1, first, last))}"

    def _reject_turn(self, row: Row, number: int, turn: Row) -> None:
        """Its missing lines by themselves, and then the others of the turn, which are there and alone.

        What was said may run over several lines of a script, and counts once: no more are missing than were said.
        """
        place = Place.parse(turn["source"] or row["source"])
        gone = self._missing(turn["text"])
        missing = min(len(gone), turn["lines"])
        payload = {"dialogue": row["dialogue_id"], "turn": number, "speaker": turn["speaker"]}
        for reason, lines, more in ((MISSING, missing, {"missing": gone}), (ALONE, turn["lines"] - missing, {})):
            if lines > 0:
                told = {**payload, **more}
                self.rejected.append(Rejected("utterance", reason, "import", place, told, lines, row["character"]))
        if turn["annotator"] not in NO_MODEL:
            reason = MISSING if gone else ALONE
            self.rejected.append(Rejected("label", reason, "import", place, payload, character=row["character"]))

    def _missing(self, parts: Iterable[Row]) -> list[str]:
        """Where the lines stand in the maker's script that are not in the user's."""
        gone = {part["line"] for part in parts if part["line"] is not None and part["line"] not in self._texts}
        return [str(self._places[number]) for number in sorted(gone)]

    def _reject_item(self, item: Instruction, evidence: list[str], reason: str, answers: int) -> None:
        unit = item.kind if item.provenance == "source" else "question"
        place = next(iter(_places(evidence)), Place("", 0, 0))
        payload = {"id": item.id, "evidence": list(evidence)}
        if item.kind == "specific" or item.provenance == "source":
            self.rejected.append(Rejected(unit, reason, "import", place, payload, character=item.character))
        if item.kind == "general":
            count = answers + answers_in(item) - len(item.responses)
            self.rejected.append(Rejected("answer", reason, "import", place, payload, count, item.character))

    def _reject_answers(self, item: Instruction, count: int) -> None:
        place = next(iter(_places(item.evidence)), Place("", 0, 0))
        payload = {"id": item.id}
        self.rejected.append(Rejected("answer", MISSING, "import", place, payload, count, item.character))

    def _each(self, value: Any) -> Any:  # noqa: ANN401 - JSON values
        if isinstance(value, dict):
            if CONCEALED in value:
                return text_of(value[CONCEALED], self._texts)
            return {key: self._each(one) for key, one in value.items()}
        return [self._each(one) for one in value] if isinstance(value, list) else value


def _places(evidence: Iterable[str]) -> Iterator[Place]:
    for text in evidence:
        try:
            yield Place.parse(text)
        except RecordError:  # evidence may be anything, such as "profile"
            continue
