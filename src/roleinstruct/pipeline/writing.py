"""The profiles and questions that a model writes, many characters at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.dataset.rows import dialogue_of, instruction_of, profile_of
from roleinstruct.encoders.load import load_encoder
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.profiling import Profiled, ProfileOptions, profile_by_model
from roleinstruct.generate.questioning import Questions, questions_by_model
from roleinstruct.generate.rounds import QuestionOptions
from roleinstruct.generate.variety import KINDS
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.ordered import in_order
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.ledger import open_ledger
from roleinstruct.pipeline.repeats import distinct
from roleinstruct.pipeline.session import Session
from roleinstruct.records import CharacterProfile, Instruction, Rejected

__all__ = ["AskedFor", "make_profiles", "make_questions", "profile_options", "question_options"]


@dataclass(slots=True)
class AskedFor:
    """The questions that a model made.

    Attributes:
        outcomes: By character, pairs that are fit and then those that are not.
        keys: The requests whose answers were used.
        kinds: By character and kind, how many pairs were asked for, and how many fit ones came.
        rounds: By character.
    """

    outcomes: dict[str, Sequence[Instruction | Rejected]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    kinds: dict[str, dict[str, Mapping[str, int]]] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, found: Questions) -> None:
        """Take in what was made of a character."""
        self.outcomes[name] = [*found.items, *found.failed]
        self.keys.extend(found.keys)
        self.kinds[name] = {k: {"asked": found.asked.get(k, 0), "came": found.kinds[k]} for k in KINDS}
        self.rounds[name] = found.rounds


def profile_options(config: BuildConfig) -> ProfileOptions:
    """How to have profiles written, so that every request fits into the model's context."""
    return ProfileOptions.within(config.model.context_tokens)


def question_options(config: BuildConfig) -> QuestionOptions:
    """How to ask for the questions that are wanted, so that every request fits into the model's context."""
    wanted = config.questions
    return QuestionOptions.within(
        config.model.context_tokens,
        wanted=wanted.per_character,
        kinds={str(kind): share for kind, share in wanted.kinds.items()},
        confidence=wanted.confidence,
        rounds=wanted.rounds,
    )


def make_profiles(
    folder: DataFolder, session: Session, config: BuildConfig
) -> tuple[dict[str, CharacterProfile], list[str]]:
    """Have a model write a profile of each character, from the source's own text and the dialogues.

    What no profile could be made of is rejected; what the source says of a character stays as it is.

    Returns:
        Profiles by character, and the requests whose answers were used. `run_generated` says what is raised.
    """
    texts, dialogues = imported_profiles(folder), folder.by_character("dialogues")
    options = profile_options(config)
    made: dict[str, CharacterProfile] = {}
    keys: list[str] = []

    async def write(name: str, asker: Asker) -> Profiled:
        known = parse_profile(texts.get(name, CharacterProfile(name)))
        return await profile_by_model(known, list(map(dialogue_of, dialogues.rows(name))), asker, options)

    with open_ledger(folder, "profile") as ledger:

        async def write_all() -> None:
            async with session.asker("writing profiles", None) as asker:
                async for found in in_order(everyone(folder), lambda name: write(name, asker), _AT_ONCE):
                    made[found.profile.character] = found.profile
                    keys.extend(found.keys)
                    for rejected in found.failed:
                        ledger.read(rejected.unit, rejected.lines)
                        ledger.reject(rejected)

        session.run(write_all())
    return made, keys


def make_questions(folder: DataFolder, session: Session, config: BuildConfig) -> AskedFor:
    """Have a model make questions with answers for each character that wants some.

    `run_generated` says what is raised.
    """
    dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    options, likeness = question_options(config), config.cleaning.instruction_similarity
    encoder = load_encoder(config.model.encoder, cache=session.out / PRIVATE)
    made = AskedFor()

    async def ask(name: str, asker: Asker) -> tuple[str, Questions | None]:
        known = [instruction_of(row) for row in specific.rows(name)]
        if not is_wanted(config.questions, known):
            return name, None
        script = list(map(dialogue_of, dialogues.rows(name)))
        new = distinct(known, likeness)
        return name, await questions_by_model(profiles[name], script, asker, options, new, encoder)

    async def ask_all() -> None:
        async with session.asker("making questions", None) as asker:
            async for name, found in in_order(everyone(folder), lambda name: ask(name, asker), _AT_ONCE):
                if found is not None:
                    made.add(name, found)

    session.run(ask_all())
    return made


_AT_ONCE = 32
"""Characters that are worked on at once, whose scripts are in memory: one alone has too few requests to keep a server
busy, and as batches each would wait for its own."""
