"""Passages found by likeness: the cosine of their vectors with that of a query, exactly."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from roleinstruct.encoders.encoder import Encoder, Vectors
from roleinstruct.encoders.nearest import nearest
from roleinstruct.encoders.reranker import Reranker
from roleinstruct.errors import ConfigError, FolderError, RecordError
from roleinstruct.files import whole

__all__ = ["Hit", "Index", "Passage", "rerank"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text that can be found.

    Attributes:
        id: Its name, of which there is one in an index.
        text: What it is found by.
        character: Whose it is; "" for nobody's.
    """

    id: str
    text: str
    character: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        passage: The passage.
        score: The cosine of its vector with the query's, -1 to 1, and 0 if either has no content; behind `rerank`,
            what the model says, 0 to 1.
    """

    passage: Passage
    score: float


class Index:
    """Passages and their vectors.

    Args:
        encoder: Makes the vectors of what is added and of what is asked.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._passages: list[Passage] = []
        self._places: dict[str, int] = {}
        self._blocks: list[Vectors] = []

    def __len__(self) -> int:
        return len(self._passages)

    def add(self, passages: Iterable[Passage]) -> None:
        """Take in passages; one that is in already is passed over.

        Raises:
            RecordError: Two passages of one id differ; then none of these is taken in.
        """
        added: dict[str, Passage] = {}
        for passage in passages:
            place = self._places.get(passage.id)
            known = added.get(passage.id) if place is None else self._passages[place]
            if known is None:
                added[passage.id] = passage
            elif known != passage:
                raise RecordError(
                    f"two passages have the id {passage.id!r}, {known.text[:30]!r} and {passage.text[:30]!r}: give "
                    "every passage an id of its own."
                )
        if added:
            self._append(list(added.values()), self.encoder.encode([passage.text for passage in added.values()]))

    def search(self, query: str, k: int, character: str | None = None) -> list[Hit]:
        """The passages nearest to a query, best first, those that are equally near in the order of adding.

        Args:
            query: What is sought.
            k: How many, at least 1; fewer where there are no more.
            character: Only this character's passages; None for all.

        Raises:
            ConfigError: `k` is less than 1.
        """
        return self.search_all([query], k, character)[0]

    def search_all(self, queries: Sequence[str], k: int, character: str | None = None) -> list[list[Hit]]:
        """As `search`, for many queries at once, which is many times as fast."""
        if k < 1:
            raise ConfigError(f"{k} passages were asked for, and at least 1 was expected.")
        passages, vectors = self._of(character)
        if not passages or not queries:
            return [[] for _ in queries]
        return [
            [Hit(passages[place], score) for place, score in zip(places.tolist(), scores.tolist(), strict=True)]
            for places, scores in nearest(vectors, self.encoder.encode(queries, query=True), k)
        ]

    def save(self, folder: Path) -> None:
        """Write the index into a folder as `index.npz`, which is there whole or not at all."""
        lines = "".join(json.dumps(asdict(passage)) + "\n" for passage in self._passages)
        about = json.dumps({"version": 1, "encoder": self.encoder.name})
        with whole(folder / _FILE) as file:
            np.savez(file, about=_pack(about), passages=_pack(lines), vectors=self._vectors())

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> "Index":
        """Read what `save` wrote.

        Args:
            folder: Where it was saved.
            encoder: The one that made it.

        Raises:
            FolderError: There is no index, or it is damaged.
            ConfigError: Another encoder made it, or a newer version of this package.
        """
        path = folder / _FILE
        if not path.is_file():
            raise FolderError(f"there is no index in {folder}: save one there first.")
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
                about: dict[str, Any] = json.loads(_unpack(parts["about"]))
                passages = [Passage(**json.loads(line)) for line in _unpack(parts["passages"]).splitlines()]
                vectors = np.asarray(parts["vectors"], dtype=np.float32).reshape(len(passages), -1 if passages else 0)
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise FolderError(f"the index {path} is damaged ({error}): make it again.") from error
        if about.get("version") != 1:
            raise ConfigError(f"the index {path} has version {about.get('version')}, expected 1: make it again.")
        if about["encoder"] != encoder.name:
            raise ConfigError(
                f"the index {path} was made by the encoder {about['encoder']} and cannot be searched by "
                f"{encoder.name}: name that encoder, or make the index again."
            )
        index = cls(encoder)
        if passages:
            index._append(passages, vectors)
        return index

    def _append(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._places |= {passage.id: place for place, passage in enumerate(passages, len(self._passages))}
        self._passages += passages
        self._blocks.append(vectors)

    def _of(self, character: str | None) -> tuple[Sequence[Passage], Vectors]:
        if character is None:
            return self._passages, self._vectors()
        places = [place for place, passage in enumerate(self._passages) if passage.character == character]
        return [self._passages[place] for place in places], self._vectors()[places]

    def _vectors(self) -> Vectors:
        if len(self._blocks) != 1:
            self._blocks = [np.concatenate(self._blocks) if self._blocks else np.zeros((0, 0), np.float32)]
        return self._blocks[0]


def rerank(reranker: Reranker, query: str, hits: Sequence[Hit], k: int) -> list[Hit]:
    """The best of what was found, by a model that reads the query and each passage together.

    Args:
        reranker: The model.
        query: What was sought.
        hits: What was found, some times `k` of it.
        k: How many to keep.

    Returns:
        Hits with the model's scores, best first, equal ones in the order in which they were found.
    """
    scores = reranker.score(query, [hit.passage.text for hit in hits])
    scored = [Hit(hit.passage, score) for hit, score in zip(hits, scores, strict=True)]
    return sorted(scored, key=lambda hit: -hit.score)[:k]


_FILE = "index.npz"


def _pack(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _unpack(data: NDArray[np.uint8]) -> str:
    return data.tobytes().decode()
