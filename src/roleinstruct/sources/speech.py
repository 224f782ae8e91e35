"""A speech that is read line by line, until it is complete and becomes an utterance."""

from dataclasses import dataclass, field

from roleinstruct.records import Place, Rejected, Utterance
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.phrases import join_lines, strip_directions
from roleinstruct.sources.tags import split_tag

__all__ = ["Speech"]


@dataclass(slots=True)
class Speech:
    """What one speaker says, as far as it was read.

    Attributes:
        speaker: The name.
        aside: Brackets that stood at the name, such as "（笑）", or "".
        place: The lines that hold it so far.
        parts: What is said, line by line.
        lines: Source rows that it was made of.
    """

    speaker: str
    aside: str
    place: Place
    parts: list[str] = field(default_factory=list)
    lines: int = 1

    def add(self, text: str, place: Place) -> None:
        """Append a line."""
        self.parts.append(text)
        self.place = self.place.to(place)

    def finish(self, labels: Labels, *, bare: bool) -> Utterance | Rejected:
        """The utterance: lines joined, the emotion taken off, directions left out; rejected if nothing is said.

        Args:
            labels: What the emotion words mean.
            bare: Whether emotions without brackets count, see `split_tag`.
        """
        said = join_lines(self.parts)
        emotion, text = split_tag(said, labels, bare=bare)
        tag = said.removesuffix(text).strip()
        if emotion is None:
            emotion, rest = split_tag(self.aside, labels, bare=False)
            tag = self.aside.removesuffix(rest).strip()
        if text := strip_directions(text):
            return Utterance(self.speaker, text, emotion, self.place, self.lines, tag=tag)
        payload = {"speaker": self.speaker, "text": said}
        return Rejected("utterance", "empty_text", "import", self.place, payload, self.lines)
