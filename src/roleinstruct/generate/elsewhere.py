"""Scenes from elsewhere in a script that bear on the one that is looked at, found by retrieval."""

from collections.abc import Sequence

from roleinstruct.encoders.encoder import Encoder
from roleinstruct.generate.chunks import Chunk, Part, chunk_of, parts_of
from roleinstruct.records import Dialogue
from roleinstruct.retrieval import Index, Passage

__all__ = ["Elsewhere"]


class Elsewhere:
    """The dialogues of one character, to be searched.

    Args:
        dialogues: In the order of the script.
        encoder: Says what is near to what.
        language: "zh" or "en": that of the labels.
    """

    def __init__(self, dialogues: Sequence[Dialogue], encoder: Encoder, language: str) -> None:
        self._parts = {str(number): part for number, part in enumerate(parts_of(dialogues, _PART, language))}
        self._index = Index(encoder)
        self._index.add(Passage(name, "\n".join(part.said)) for name, part in self._parts.items())

    def near(self, chunk: Chunk, topic: str, room: int) -> Chunk:
        """The nearest scenes, in the order of the script, numbered on from those of the chunk.

        Args:
            chunk: What is looked at; its dialogues are not found again.
            topic: What else to look for, such as a statement of the profile, or "".
            room: Tokens that may be shown; a scene that does not fit is left out.
        """
        seen = set(chunk.ids)
        chosen: dict[str, Part] = {}
        for name in self._ranked([*_queries(chunk), *([topic] if topic.strip() else [])], len(seen)):
            part = self._parts[name]
            if part.dialogue.id not in seen and part.tokens <= room and len(chosen) < _MOST:
                seen.add(part.dialogue.id)
                chosen[name] = part
                room -= part.tokens
        return chunk_of([chosen[name] for name in sorted(chosen, key=int)], len(chunk.dialogues) + 1)

    def _ranked(self, queries: Sequence[str], own: int) -> list[str]:
        """What is found by any of the queries, the best first.

        A scene counts by how far it stands out from the middle one that its query finds: small talk is like all other
        small talk, and would else crowd out the one scene that takes up what was said.
        """
        best: dict[str, float] = {}
        for hits in self._index.search_all(queries, _PARTS_EACH * own + 2 * _MOST):
            for hit in hits[: len(hits) // 2]:
                apart = round(hit.score - hits[len(hits) // 2].score, 6)
                best[hit.passage.id] = max(apart, best.get(hit.passage.id, 0.0))
        return sorted((name for name in best if best[name]), key=lambda name: (-best[name], int(name)))


_PART = 260
"""Tokens of a scene: as much as encoders of sentences read."""

_MOST = 3
_QUERIES = 12
_PARTS_EACH = 4


def _queries(chunk: Chunk) -> list[str]:
    """What is said in a chunk, in a few stretches, each from another place of it."""
    parts = chunk.parts
    count = min(_QUERIES, len(parts))
    starts = [number * len(parts) // count for number in range(count)]
    return ["\n".join(parts[start].said) for start in starts]
