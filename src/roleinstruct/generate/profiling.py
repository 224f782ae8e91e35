"""A profile by a model: what each piece of the script shows of the character, then all of it made one.

The paper gives a model the template and the emotion-annotated dialogues (RoleCraft-GLM, section 3.1). Here every
statement also says which dialogues it rests on, and a script of any length is read piece by piece.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from roleinstruct.generate.chunks import Chunk, check_room, chunks_of
from roleinstruct.generate.completing import completed
from roleinstruct.generate.describing import known, spoken
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.room import MARGIN, WINDOW, room_beside
from roleinstruct.generate.statements import (
    Findings,
    Statement,
    complaint,
    most_supported,
    numbered,
    packed,
    read,
    united,
)
from roleinstruct.generate.teaching import TEACHER, reply_of
from roleinstruct.generate.vocabulary import listed
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.clipping import clipped
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Request
from roleinstruct.llm.shapes import first_request, limited, messages
from roleinstruct.prompting import Prompt
from roleinstruct.records import CharacterProfile, Dialogue, Place, Rejected

__all__ = ["ProfileOptions", "Profiled", "profile_by_model", "requests_of"]


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """How a profile is written.

    Attributes:
        context: Tokens of script, or of statements, that one request shows.
        known: Tokens of what is known already that it shows.
        parameters: Of the server.
    """

    context: int = 6000
    known: int = 800
    parameters: Mapping[str, object] = field(default_factory=lambda: TEACHER)

    def __post_init__(self) -> None:
        check_room(self.context)

    @classmethod
    def within(cls, window: int = WINDOW) -> "ProfileOptions":
        """The options with sizes by which every request and its reply fit into a context of so many tokens.

        Raises:
            ConfigError: The context is too small.
        """
        usual = cls()
        every = [_prompt(name, language) for name in ("profile", "profile_merge") for language in ("zh", "en")]
        left = room_beside(every, Findings, window) - 2 * (usual.longest - 2 * usual.reply)
        share = min(1.0, left / (MARGIN * (usual.context + usual.known) + 4 * usual.reply))
        return cls(int(share * usual.context), int(share * usual.known))

    @property
    def reply(self) -> int:
        """Tokens of the statements in one answer: four answers fit in one request, so that merging comes to an end."""
        return self.context // 4

    @property
    def longest(self) -> int:
        """Tokens that a reply may have: the statements as JSON, by another tokenizer."""
        return 2 * self.reply + 256


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile that was written.

    Attributes:
        profile: With what the model found; as it came where it found nothing.
        failed: Pieces of the script that could not be read, and statements that could not be merged.
        keys: The requests in the journal that it is made of.
    """

    profile: CharacterProfile
    failed: tuple[Rejected, ...] = ()
    keys: tuple[str, ...] = ()


async def profile_by_model(
    profile: CharacterProfile, dialogues: Sequence[Dialogue], asker: Asker, options: ProfileOptions | None = None
) -> Profiled:
    """Complete a profile from the dialogues.

    Fields and traits that the profile has stay as they are. A statement that no dialogue shows becomes the field
    "inferred_" and its name, and never a trait; of the others the profile's evidence says "age: id, id".

    Args:
        profile: What is known, its text already read by `generate.profiles.parse_profile`.
        dialogues: With emotions, in order; those of other characters are passed over.
        asker: Asks the model.
        options: How.

    Returns:
        The profile; a text is written where it has none. A rejected one has the unit and stage "profile" and the
        reason of `Failed`: "unreadable_reply", "refused_by_model", "refused_by_server", "no_reply".

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """
    task = _Task.of(profile, dialogues, options or ProfileOptions())
    answers = [one async for one in _all(task.pieces(), asker, profile.character)]
    found = _joined(answers)
    while len(answers) > 1:
        merges = task.merges(united(found.statements))
        answers = [one async for one in _all(merges, asker, profile.character)]
        found = _joined([replace(found, statements=()), *answers])
    return Profiled(completed(profile, task.ordered(found.statements), task.language), found.failed, found.keys)


def requests_of(
    profile: CharacterProfile, dialogues: Sequence[Dialogue], model: str, options: ProfileOptions | None = None
) -> list[Request]:
    """The first requests of `profile_by_model`, and then as many stand-ins as it may take to merge their answers.

    Args:
        profile: As there.
        dialogues: As there.
        model: The model's name.
        options: As there.

    Returns:
        One request for each piece of the script, then requests of the greatest size; answers that have to be asked for
        twice come on top.
    """
    task = _Task.of(profile, dialogues, options or ProfileOptions())
    pieces = [one.question for one in task.pieces()]
    return [first_request(question, model) for question in (*pieces, *task.stand_ins(len(pieces)))]


@dataclass(frozen=True, slots=True)
class _Outcome:
    statements: tuple[Statement, ...] = ()
    failed: tuple[Rejected, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """A question, what stands behind the numbers that it shows, and what is left if it comes to nothing."""

    question: Question[Findings]
    shown: tuple[tuple[str, ...], ...]
    place: Place
    payload: Mapping[str, object]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    profile: CharacterProfile
    language: str
    known: str
    chunks: list[Chunk]
    options: ProfileOptions

    @classmethod
    def of(cls, profile: CharacterProfile, dialogues: Sequence[Dialogue], options: ProfileOptions) -> "_Task":
        mine = [dialogue for dialogue in dialogues if dialogue.character == profile.character]
        language = spoken(profile, mine)
        about = clipped(known(profile, language), options.known)
        return cls(profile, language, about, chunks_of(mine, options.context, language), options)

    def pieces(self) -> Iterator[_Step]:
        """One question for each piece of the script."""
        for chunk in self.chunks:
            question = self._question("profile", len(chunk.ids), script=chunk.text)
            payload = {"dialogues": list(chunk.ids)}
            yield _Step(question, tuple((id_,) for id_ in chunk.ids), chunk.dialogues[0].source, payload)

    def merges(self, statements: Sequence[Statement]) -> Iterator[_Step]:
        """Questions that make less of the statements, those of one field together as far as they fit."""
        for group in packed(statements, self.options.context):
            text = numbered(group)
            question = self._question("profile_merge", len(group), statements=text)
            shown = tuple(one.dialogues for one in group)
            place = self.chunks[0].dialogues[0].source
            kept = tuple(most_supported(group, self.options.reply))
            yield _Step(question, shown, place, {"statements": text.splitlines()}, kept)

    def ordered(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements by field, the dialogues of each in the order of the script."""
        place = {id_: number for number, id_ in enumerate(id_ for chunk in self.chunks for id_ in chunk.ids)}
        return [
            replace(one, dialogues=tuple(sorted(one.dialogues, key=place.__getitem__))) for one in united(statements)
        ]

    def stand_ins(self, pieces: int) -> Iterator[Question[Findings]]:
        """The most merges that may follow.

        An answer takes at most a quarter of a request, and so does a statement, so that each request but the last is
        more than three quarters full and makes one answer of three or more.
        """
        text = "一" * (self.options.context * 6 // 5)  # at 0.85 tokens each, as is estimated
        while pieces > 1:
            pieces = -(-pieces // 3)
            yield from [self._question("profile_merge", 1, statements=text)] * pieces

    def _question(self, name: str, shown: int, **values: str) -> Question[Findings]:
        merged, room = name == "profile_merge", self.options.reply
        return Question(
            messages(_prompt(name, self.language), character=self.profile.character, known=self.known, **values),
            Findings,
            "profile",
            lambda findings: complaint(findings, shown, room, merged=merged),
            limited(self.options.parameters, self.options.longest),
        )


def _prompt(name: str, language: str) -> Prompt:
    found = prompt(name, language)
    return replace(found, system=found.system.replace("{{traits}}", listed(language)))


def _all(steps: Iterator[_Step], asker: Asker, character: str) -> AsyncIterator[_Outcome]:
    async def take(step: _Step) -> _Outcome:
        found = await asker.ask(step.question)
        if isinstance(found, Answered):
            return _Outcome(tuple(read(found.value, step.shown)), (), found.keys)
        payload = {**step.payload, **reply_of(found)}
        rejected = Rejected("profile", found.reason, "profile", step.place, payload, character=character)
        return _Outcome(step.otherwise, (rejected,))

    return in_order(steps, take, asker.engine.limits.concurrency)


def _joined(outcomes: Sequence[_Outcome]) -> _Outcome:
    return _Outcome(
        tuple(chain.from_iterable(one.statements for one in outcomes)),
        tuple(chain.from_iterable(one.failed for one in outcomes)),
        tuple(dict.fromkeys(chain.from_iterable(one.keys for one in outcomes))),
    )
