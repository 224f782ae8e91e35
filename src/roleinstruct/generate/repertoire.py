"""A character's own questions and answers, of which an instruction is shown the ones that are nearest to it."""

from collections.abc import Iterable

from roleinstruct.encoders.encoder import Encoder
from roleinstruct.generate.examples import EXAMPLES, Example
from roleinstruct.generate.inquiry import is_meta
from roleinstruct.generate.wording import size
from roleinstruct.machine import speaks_as_machine
from roleinstruct.records import Instruction
from roleinstruct.retrieval import Index, Passage

__all__ = ["Repertoire"]


class Repertoire:
    """Questions with answers, to be found by likeness.

    Args:
        encoder: Tells what is near.
        items: One character's, each with an id; what speaks of being a machine is passed over, and so is what is too
            long to be an example.
    """

    def __init__(self, encoder: Encoder, items: Iterable[Instruction]) -> None:
        fit = {item.id: item for item in items if _is_fit(item)}
        self._examples = {
            id_: Example(_line(item.instruction), _line(item.responses[0]), item.emotion, id_)
            for id_, item in fit.items()
        }
        self._index = Index(encoder)
        self._index.add(Passage(id_, f"{one.said}\n{one.answer}") for id_, one in self._examples.items())

    def nearest(self, instruction: str) -> tuple[Example, ...]:
        """The `EXAMPLES` nearest to an instruction, best first, or as many as there are."""
        found = self._index.search(instruction, EXAMPLES + _SPARE)
        different: dict[str, Example] = {}
        for hit in found:
            one = self._examples[hit.passage.id]
            different.setdefault(one.answer, one)
        return tuple(different.values())[:EXAMPLES]


_LONGEST = 120
"""Of a question and of an answer, as `wording.size` counts."""

_SPARE = 3
"""More to look at, for those that answer word for word as another does."""


def _is_fit(item: Instruction) -> bool:
    question, answer = item.instruction.strip(), item.responses[0].strip()
    if not question or not answer or max(size(question), size(answer)) > _LONGEST:
        return False
    return not (is_meta(answer) or speaks_as_machine(answer, question))


def _line(text: str) -> str:
    return " ".join(text.split())
