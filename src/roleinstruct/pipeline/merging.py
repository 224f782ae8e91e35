"""People's majority put into a data set folder, and every label that it takes the place of accounted for."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row
from roleinstruct.generate.sheets.consensus import Verdict
from roleinstruct.generate.sheets.sheet import Line
from roleinstruct.pipeline.agreeing import BEFORE, Outcome
from roleinstruct.pipeline.build import finish_again
from roleinstruct.pipeline.ledger import NO_MODEL, PEOPLE, Ledger, open_ledger
from roleinstruct.pipeline.remembering import remembered
from roleinstruct.records import Dialogue, Rejected, Utterance

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["merge"]


def merge(outcome: Outcome, data: Path) -> int:
    """Write people's labels into the dialogues, and how well people and labels agree into the reports and the card.

    A model's label that people confirm counts as merged; one that they overrule is a rejected row, and so is one of the
    source. Ties leave a line as it was. The report bears numbers for names. A folder that has no card yet gets one when
    it is finished.

    Args:
        outcome: Measured against this very folder.
        data: The folder; it must have been built here.

    Returns:
        Lines that now have a label by people.

    Raises:
        FolderError: The folder was not built here, or another process works on it.
    """
    remembered(data)
    verdicts = {verdict.line.id: verdict for verdict in outcome.verdicts if verdict.emotion is not None}
    with draft(data, keep=True) as folder:
        before = {row["line"]: row for row in folder.rows(BEFORE)} if folder.has(BEFORE) else {}
        merged = 0
        with (
            open_ledger(folder, "annotate", go_on=True) as ledger,
            folder.writer("annotated", features("dialogues").arrow_schema) as writer,
        ):
            for dialogue in map(dialogue_of, folder.rows("dialogues")):
                turns = []
                for number, turn in enumerate(dialogue.utterances, 1):
                    name = Line(dialogue.id, number, "", "").id
                    verdict = verdicts.get(name)
                    if verdict is not None:
                        _account(turn, verdict, dialogue, ledger)
                        if turn.annotator != PEOPLE:
                            before[name] = {"line": name, "emotion": turn.emotion, "annotator": turn.annotator}
                        merged += 1
                    turns.append(_labelled(turn, verdict))
                writer.write(dialogue_row(replace(dialogue, utterances=tuple(turns))))
        folder.replace("annotated", "dialogues")
        _write_before(folder, before)
        folder.write_json("reports/agreement.json", {**outcome.nameless().as_json(), "merged": merged})
        if (folder.root / "README.md").is_file():
            finish_again(folder, data)
    return merged


def _labelled(turn: Utterance, verdict: Verdict | None) -> Utterance:
    if verdict is None:
        return turn
    share = verdict.share if len(verdict.votes) > 1 else None
    return replace(turn, emotion=verdict.emotion, annotator=PEOPLE, confidence=share, tag="")


def _account(turn: Utterance, verdict: Verdict, dialogue: Dialogue, ledger: Ledger) -> None:
    """What becomes of the label that a turn had: those of a model are counted, those of the source if they go."""
    by_model = turn.annotator not in NO_MODEL
    if by_model and turn.emotion == verdict.emotion:
        ledger.merged("label")
    elif by_model or (turn.annotator == "source" and turn.emotion != verdict.emotion):
        ledger.read("label", 0 if by_model else 1)
        payload = {
            "speaker": turn.speaker,
            "text": turn.text,
            "emotion": turn.emotion,
            "annotator": turn.annotator,
            "by_people": verdict.emotion,
        }
        place = turn.place or dialogue.source
        ledger.reject(
            Rejected("label", "overruled_by_people", "annotate", place, payload, character=dialogue.character)
        )


def _write_before(folder: DataFolder, before: Mapping[str, Mapping[str, Any]]) -> None:
    with folder.writer(BEFORE, _schema()) as writer:
        for row in before.values():
            writer.write(dict(row))


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("line", "emotion", "annotator")])
