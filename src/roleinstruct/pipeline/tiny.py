"""The tiny GLM of a data set folder: made of its training part and of the package's own neutral answers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from roleinstruct.dataset.candidates import bundled_neutral
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.leaks import held_of
from roleinstruct.dataset.pool import items_of
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.dataset.splits import plain
from roleinstruct.errors import FolderError
from roleinstruct.files import whole
from roleinstruct.language import language_of
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Dialogue, Instruction
from roleinstruct.training.blocks import Pair
from roleinstruct.training.models import RECORD, Size, make_tiny_glm
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.started import expect_apart

__all__ = ["TINY_GLM", "Material", "ensure_tiny_glm", "material_of"]

TINY_GLM = "tiny-glm"
"""The name that a recipe gives for it, in the place of a folder or a name on the Hub."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a tiny GLM is made of.

    Attributes:
        texts: Profiles and dialogues of the training part.
        pairs: General questions with neutral answers, of the training part and of the package.
    """

    texts: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return hashlib.sha256(json.dumps([self.texts, self.pairs]).encode()).hexdigest()


def ensure_tiny_glm(
    data: Path,
    out: Path,
    *,
    size: Size = Size(),  # noqa: B008 - frozen
    how: Pretraining = Pretraining(),  # noqa: B008 - frozen
    listener: Listener | None = None,
) -> Path:
    """Make a tiny GLM of a data set folder, unless the same one lies there already.

    Args:
        data: The data set folder, which is only read.
        out: The model's folder.
        size: How large.
        how: How long it is trained, and how.
        listener: Hears how far it is.

    Returns:
        `out`, which transformers opens.

    Raises:
        ConfigError: `out` lies in `data`, or the other way round.
        FolderError: `data` is no finished data set folder, or `out` holds something else.
        MissingExtraError: torch or transformers is not installed.
    """
    expect_apart(out, [data])
    material = material_of(DataFolder(data))
    wanted = {"size": asdict(size), "pretraining": asdict(how), "material": material.digest}
    record = out / RECORD
    if record.is_file():
        known = json.loads(record.read_text(encoding="utf-8"))
        if wanted.items() <= known.items():
            return out
    elif out.exists() and any(out.iterdir()):
        raise FolderError(f"{out} holds something else than a tiny GLM: name a new folder for it.")
    heard = listener or Listener()
    heard.say(
        f"making a tiny GLM of {len(material.texts):,} texts and {len(material.pairs):,} neutral answers in {out}"
    )
    make_tiny_glm(
        material.texts,
        material.pairs,
        out,
        size=size,
        how=how,
        heard=lambda step, steps, loss: heard.progress("pre-training", step, steps),
    )
    known = {**json.loads(record.read_text(encoding="utf-8")), **wanted}
    with whole(record) as file:
        file.write(json.dumps(known, indent=2).encode() + b"\n")
    return out


def material_of(folder: DataFolder) -> Material:
    """The material of the training part alone: nothing of the splits validation, test and unseen.

    Held-out characters give neither profile nor dialogue. Which dialogues are left out besides says `Held.why`: those
    that a held-out question was taken from, or in which a held-out question or answer is said. A neutral answer is left
    out where its question, or itself, is held out.

    Raises:
        FolderError: It is no finished data set folder.
    """
    if not folder.has("dialogues"):
        folder.expect_there()
        raise FolderError(f"{folder.root} is no finished data set folder: run roleinstruct build first.")
    items = list(items_of(folder))
    held = held_of(folder, items)
    profiles = [row["text"] for row in folder.rows("profiles") if row["character"] not in held.characters]
    dialogues = [dialogue_of(row) for row in folder.rows("dialogues")]
    texts = [text for text in profiles if text and not held.is_said(text)]
    texts += [_told(dialogue) for dialogue in dialogues if dialogue.utterances and not held.why(dialogue)]
    return Material(tuple(texts), tuple(_pairs(items).items()))


def _pairs(items: Sequence[tuple[Instruction, str]]) -> dict[str, str]:
    """Neutral answers by their questions: the package's own and the training part's, but for what is held out."""
    held = [item for item, split in items if split != "train"]
    asked = {plain(item.instruction) for item in held}
    told = {plain(item.raw_response) for item in held if item.raw_response}
    own = [item for item, split in items if split == "train"]
    return {
        item.instruction: item.raw_response
        for item in (*bundled_neutral(), *own)
        if item.raw_response and plain(item.instruction) not in asked and plain(item.raw_response) not in told
    }


def _told(dialogue: Dialogue) -> str:
    """A dialogue as plain text, a line for each turn."""
    colon = "：" if language_of(dialogue.utterances[0].text) == "zh" else ": "
    return "\n".join(f"{turn.speaker}{colon}{turn.text}" for turn in dialogue.utterances)
