"""The lines that people do not agree on: a table of them, and sheets that ask again where there is no majority."""

from collections.abc import Sequence

from roleinstruct.generate.sheets.consensus import Returned, Verdict
from roleinstruct.generate.sheets.sheet import Line, Sheet, deal
from roleinstruct.spreadsheets import table_csv

__all__ = ["disputed", "disputes_csv", "sheets_again"]


def disputed(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The lines that were labelled in more than one way, ties first, then the narrower majorities."""
    found = [verdict for verdict in verdicts if len(set(verdict.votes.values())) > 1]
    return sorted(found, key=lambda verdict: (verdict.emotion is not None, verdict.share))


def disputes_csv(returned: Returned, verdicts: Sequence[Verdict]) -> bytes:
    """Who gave which label, with the text, the majority and the notes; for those who lead, not for annotators."""
    people = returned.people
    rows = (
        [
            verdict.line.id,
            verdict.line.speaker,
            verdict.line.text,
            verdict.emotion or "tie",
            *(verdict.votes.get(person, "") for person in people),
            "; ".join(returned.notes.get(verdict.line.id, ())),
        ]
        for verdict in disputed(verdicts)
    )
    return table_csv(["line", "speaker", "text", "majority", *people, "notes"], rows)


def sheets_again(returned: Returned, ties: Sequence[Verdict], seed: int = 0) -> list[Sheet]:
    """Sheets of the next round: the ties, in the dialogues that they stand in, and nobody's labels.

    Args:
        returned: What came back; it holds the dialogues.
        ties: What is to be asked again.
        seed: Of the order of the dialogues.

    Returns:
        One for everybody; none where nothing is tied.
    """
    if not ties:
        return []
    asked = {verdict.line.id for verdict in ties}
    wanted = {verdict.line.dialogue for verdict in ties}
    dialogues: dict[str, list[Line]] = {}
    for line in returned.lines.values():
        if line.dialogue in wanted:
            shown = Line(line.dialogue, line.turn, line.speaker, line.text, line.id in asked)
            dialogues.setdefault(line.dialogue, []).append(shown)
    ordered = [sorted(lines, key=lambda line: line.turn) for lines in dialogues.values()]
    return deal(ordered, returned.people, seed=seed, round=1 + max(verdict.round for verdict in ties))
