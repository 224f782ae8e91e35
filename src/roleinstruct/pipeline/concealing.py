"""Rows of a data set folder without the words of its script."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from roleinstruct.cleaning.privacy.names import People
from roleinstruct.dataset.overlay import Line, Parts, literals, parts_of, unquoted
from roleinstruct.dataset.quoting import LEAST, Quotes, fold
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import ConfigError
from roleinstruct.grams import weight
from roleinstruct.pipeline.script_lines import Script, Whereabouts
from roleinstruct.records import Place

__all__ = ["CONCEALED", "Concealer"]

CONCEALED = "$parts"
"""The key that stands for a text in a payload."""


class Concealer:
    """Makes parts of texts.

    A line in which a name was replaced and that says hardly more than the name is *open*: its few words stand as they
    are, with the pseudonym, and nothing leads to it. Else whoever tries all names would find out whose pseudonym it is.

    Args:
        script: The source that the folder was made of, its files named as the folder names them.
        people: Whose names were replaced; None where nobody's was.
        replaced: What was put in the place of private data.

    Attributes:
        open_lines: The lines that are open, by number, as the folder has them.
        quotes: What the script can be recognised by.
    """

    def __init__(self, script: Script, people: People | None, replaced: Collection[str]) -> None:
        self._lines: Sequence[Line] = script.lines
        self._replaced = sorted(filter(None, replaced), key=len, reverse=True)
        self._masks = re.compile("|".join(map(re.escape, self._replaced))) if self._replaced else None
        self.open_lines = _open_lines(script.lines, people) if people else {}
        self._where = Whereabouts(line for line in script.lines if line.number not in self.open_lines)
        self._where_open = Whereabouts(line for line in script.lines if line.number in self.open_lines)
        self._headings: dict[str, list[int]] = {}
        for line in script.lines:
            if line.number not in self.open_lines:
                self._headings.setdefault(line.text.strip(), []).append(line.number)
        self.quotes = Quotes([fold(line.text) for line in script.lines])

    def dialogue(self, row: Row) -> Row:
        """A row of `dialogues`.

        Raises:
            ConfigError: It holds what the script does not say.
        """
        turns = [
            {**turn, "text": self._of_source(turn["text"], [turn["source"] or row["source"]])} for turn in row["turns"]
        ]
        return {**row, "title": self._title(row["title"], self._at(row["source"])), "turns": turns}

    def profile(self, row: Row) -> Row:
        """A row of `profiles`."""
        near = self._where.named(row["evidence"])
        return {
            **row,
            "fields": [
                {"key": self._of_any(field["key"], ()), "value": self._of_any(field["value"], near)}
                for field in row["fields"]
            ],
            "traits": [self._of_any(trait, near) for trait in row["traits"]],
            "text": self._of_any(row["text"], near),
            "evidence": [self._of_any(text, ()) for text in row["evidence"]],
        }

    def instruction(self, row: Row, number: int) -> Row:
        """A row of `specific` or `general`.

        Args:
            row: The row.
            number: Where it stands among all of both tables and all splits.

        Raises:
            ConfigError: It came out of the script, and the script does not say so.
        """
        near = self._where.named(row["evidence"])

        def conceal(text: str) -> Parts:
            if row["provenance"] == "source":
                return self._of_source(text, row["evidence"])
            return self._of_any(text, near if row["provenance"] == "extractive" else ())

        hidden: Row = {"instruction": conceal(row["instruction"]), "number": number}
        if "responses" in row:
            hidden["responses"] = [conceal(answer) for answer in row["responses"]]
            neutral = row["raw_response"]
            hidden["raw_response"] = None if neutral is None else self._of_any(neutral, near)
        else:
            hidden["response"] = conceal(row["response"])
        return {**row, **hidden, "evidence": [self._of_any(text, ()) for text in row["evidence"]]}

    def left_out(self, row: Row) -> Row:
        """A row of `rejected`."""
        near = self._at(row["source"])
        payload = self._each(json.loads(row["payload"]), near)
        return {**row, "payload": json.dumps(payload, ensure_ascii=False)}

    def _each(self, value: Any, near: Sequence[Line]) -> Any:  # noqa: ANN401 - JSON values
        if isinstance(value, str):
            parts = self._of_any(value, near)
            return value if literals(parts) == [value] or not value else {CONCEALED: parts}
        if isinstance(value, list):
            return [self._each(one, near) for one in value]
        if isinstance(value, Mapping):
            return {key: self._each(one, near) for key, one in value.items()}
        return value

    def _at(self, place: str) -> Sequence[Line]:
        return self._where.of(Place.parse(place)) if place else ()

    def _title(self, title: str, near: Sequence[Line]) -> Parts:
        """A heading is a line that stands before the dialogue, mostly the last of its kind."""
        here = near[0].number if near else 0
        same = self._headings.get(title.strip(), [])
        number = max((n for n in same if n <= here), default=same[0] if same else -1)
        return self._of_any(title, () if number < 0 else [self._lines[number]])

    def _of_source(self, text: str, evidence: Sequence[str]) -> Parts:
        """A text of which every word was taken from the script, or put in the place of private data."""
        parts = parts_of(text, self._where.named(evidence), self._masks, whole=True)
        strange = "".join(literals(parts))
        for line in self._where_open.named(evidence):
            strange = strange.replace(self.open_lines[line.number], " ")
        if self._masks:
            strange = self._masks.sub(" ", strange)
        if weight(fold(strange)) >= LEAST:
            raise ConfigError(
                f"{evidence[0]} holds words that the script does not have there ({fold(strange)[:20]}…), so that an "
                "overlay would tell them: the script has changed since the build, or lint --fix has rewritten the "
                "line; build again, and mend the script itself."
            )
        return unquoted(parts, self.quotes, self._lines)

    def _of_any(self, text: str, near: Sequence[Line]) -> Parts:
        return unquoted(parts_of(text, near, self._masks), self.quotes, self._lines)


def _open_lines(lines: Sequence[Line], people: People) -> dict[int, str]:
    found = {}
    for line in lines:
        names = people.find(line.text)
        if names:
            rest, said = line.text, line.text
            for name in reversed(names):
                rest = rest[: name.start] + rest[name.end :]
                said = said[: name.start] + name.replacement + said[name.end :]
            if weight(fold(rest)) < LEAST:
                found[line.number] = said.strip()
    return found
