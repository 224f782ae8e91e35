"""The safe mends of the linter, applied to a data set folder: every change written down, every row accounted for."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from roleinstruct.cleaning.lint.catalogue import find_rule
from roleinstruct.cleaning.lint.material import Asked, Corpus
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.cleaning.lint.rule import Rule, excerpt
from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row, general_row, instruction_of, specific_row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.pipeline.answering import ANSWERED
from roleinstruct.pipeline.build import finish_again
from roleinstruct.pipeline.imported import mend_schema
from roleinstruct.pipeline.ledger import Ledger, answers_in, open_ledger, place_of
from roleinstruct.pipeline.linting import open_corpus
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Dialogue, Instruction, Rejected, Utterance

__all__ = ["mend"]

_TABLES = {
    "cleaned/specific": "lint",
    "cleaned/general": "lint",
    "asked/specific": "lint-asked",
    ANSWERED: "lint-answered",
}
"""The tables that are mended, each with the stage whose accounts say what was left out of it."""


def mend(out: Path, rules: Sequence[Rule], drop: Collection[str], listener: Listener) -> dict[str, int]:
    """Apply the safe mends of some rules to a data set folder, then make its splits and its card again.

    Args:
        out: A folder that was built here; its working tables are what is mended.
        rules: Those without a safe mend do nothing.
        drop: Ids of rules: rows with the flaw are left out, and kept among the rejected ones.
        listener: Hears how far it is.

    Returns:
        Changes by the id of the rule, those that changed something. Each is a row of the working table `mended`.

    Raises:
        FolderError: The folder has no working tables, as one that was downloaded.
        ConfigError: A rule to drop by does not exist, or does not speak of single rows.
    """
    droppers = [_dropper(name) for name in drop]
    if not any(DataFolder(out).has(table) for table in _TABLES):
        raise FolderError(
            f"{out} has no working tables to mend, as a downloaded data set has none: build it from its source, or "
            "mend the rows that lint names by hand."
        )
    with draft(out, keep=True) as folder:
        with ExitStack() as stack:
            earlier = list(folder.rows("mended")) if folder.has("mended") else []
            log = stack.enter_context(folder.writer("mended", mend_schema()))
            for row in earlier:
                log.write(row)
            ledgers = {
                name: stack.enter_context(open_ledger(folder, name, go_on=True)) for name in set(_TABLES.values())
            }
            mender = _Mender(rules, log)
            corpus = stack.enter_context(open_corpus(out))
            cut = _Cut(corpus, _flaws(corpus, droppers))
            listener.say("mending …")
            if folder.has("dialogues"):
                _mend_dialogues(folder, mender)
            for table in _TABLES:
                if folder.has(table):
                    _mend_instructions(folder, table, mender, cut, ledgers[_TABLES[table]])
        finish_again(folder, out)
    return dict(mender.counts)


def _dropper(name: str) -> Rule:
    rule = find_rule(name)
    if not rule.drops:
        raise ConfigError(f"{name} does not speak of single rows that could be left out; see lint --rules.")
    return rule


@dataclass(frozen=True, slots=True)
class _Cut:
    """The folder as it is, and its rows that are to be left out."""

    corpus: Corpus
    flaws: Mapping[str, Rule]


class _Mender:
    """Applies text mends one after the other, and writes down what each has changed."""

    def __init__(self, rules: Sequence[Rule], log: TableWriter) -> None:
        self._rules = rules
        self._log = log
        self.counts: Counter[str] = Counter()

    def text(self, text: str, row: str) -> str:
        """A text, mended."""
        for rule in self._rules:
            if rule.mend_text and (mended := rule.mend_text(text)) != text and mended.strip():
                self.note(rule.id, row, text, mended)
                text = mended
        return text

    def turn(self, turn: Utterance, row: str) -> Utterance:
        """An utterance, mended."""
        for rule in self._rules:
            if rule.mend_turn and (mended := rule.mend_turn(turn)) != turn and mended.text.strip():
                self.note(rule.id, row, turn.text, mended.text)
                turn = mended
        return replace(turn, text=self.text(turn.text, row))

    def note(self, rule: str, row: str, before: str, after: str) -> None:
        """Write a change down."""
        self.counts[rule] += 1
        self._log.write({"rule": rule, "row": row, "before": before, "after": after})


def _mend_dialogues(folder: DataFolder, mender: _Mender) -> None:
    with folder.writer("mending", features("dialogues").arrow_schema) as writer:
        for dialogue in map(dialogue_of, folder.rows("dialogues")):
            writer.write(dialogue_row(_mended(dialogue, mender)))
    folder.replace("mending", "dialogues")


def _mended(dialogue: Dialogue, mender: _Mender) -> Dialogue:
    turns = (mender.turn(turn, f"dialogues/{dialogue.id}") for turn in dialogue.utterances)
    return replace(dialogue, utterances=tuple(turns))


def _mend_instructions(folder: DataFolder, table: str, mender: _Mender, cut: _Cut, ledger: Ledger) -> None:
    config = table.rpartition("/")[2]
    to_row = general_row if config == "general" else specific_row
    items = folder.by_character(table)
    with folder.writer("mending", features(config).arrow_schema) as writer:
        for name in items.names:
            for item in _kept(map(instruction_of, items.rows(name)), cut, mender, ledger):
                row = f"{item.kind}/{item.id}"
                writer.write(
                    to_row(
                        replace(
                            item,
                            instruction=mender.text(item.instruction, row),
                            responses=tuple(mender.text(answer, row) for answer in item.responses),
                            raw_response=mender.text(item.raw_response, row) if item.raw_response else None,
                        )
                    )
                )
    folder.replace("mending", table)


def _flaws(corpus: Corpus, droppers: Sequence[Rule]) -> dict[str, Rule]:
    """The rows to be left out, each with the first rule that says so."""
    flaws: dict[str, Rule] = {}
    for rule, finding in lint(corpus, droppers).results() if droppers else ():
        flaws.setdefault(finding.row, rule)
    return flaws


def _kept(items: Iterable[Instruction], cut: _Cut, mender: _Mender, ledger: Ledger) -> Iterator[Instruction]:
    """The items without those that a rule leaves out; of several answers only the flawed ones go."""
    for item in items:
        row = f"{item.kind}/{item.id}"
        if row not in cut.flaws:
            yield item
            continue
        rule = cut.flaws[row]
        sound = _sound(item, rule, cut.corpus)
        mender.note(rule.id, row, excerpt(item.instruction), "")
        _reject(item, tuple(answer for answer in item.responses if answer not in sound), rule, ledger)
        if sound:
            yield replace(item, responses=sound)


def _sound(item: Instruction, rule: Rule, corpus: Corpus) -> tuple[str, ...]:
    """The answers in which the rule finds nothing when it sees them alone; none if that is so of each."""
    if rule.person is None or len(item.responses) == 1:
        return ()
    person = corpus.person(item.character)
    alone = [replace(item, responses=(answer,), raw_response=None) for answer in item.responses]
    sound = tuple(one.responses[0] for one in alone if not any(rule.person(replace(person, asked=(Asked(one),)))))
    return () if len(sound) == len(alone) else sound


def _reject(item: Instruction, answers: tuple[str, ...], rule: Rule, ledger: Ledger) -> None:
    """Account for answers that are left out, and for the row if none is left."""
    payload = {"instruction": item.instruction, "responses": list(answers), "raw_response": item.raw_response}
    place = place_of(item.evidence)
    whole = len(answers) == len(item.responses)
    if item.kind == "general" and item.provenance != "source":
        lines = answers_in(item) if whole else len(answers)
        ledger.reject(Rejected("answer", rule.id, "lint", place, payload, lines, item.character))
    elif item.provenance != "source":
        ledger.reject(Rejected("question", rule.id, "lint", place, payload, character=item.character))
    elif item.kind == "specific":
        ledger.reject(Rejected("specific", rule.id, "lint", place, payload, character=item.character))
    elif whole:
        ledger.reject(Rejected("general", rule.id, "lint", place, payload, character=item.character))
        ledger.count_rejected("answer", rule.id, len(answers))
    else:
        ledger.reject(Rejected("answer", rule.id, "lint", place, payload, lines=len(answers), character=item.character))
