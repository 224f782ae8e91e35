"""The profiles and questions that a model writes, character by character."""

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, instruction_of, profile_of
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.profiling import profile_by_model
from roleinstruct.generate.questioning import QuestionOptions, questions_by_model
from roleinstruct.pipeline.config import QuestionsConfig
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.ledger import open_ledger
from roleinstruct.pipeline.session import Session
from roleinstruct.records import CharacterProfile, Instruction, Rejected

__all__ = ["make_profiles", "make_questions", "question_options"]


def question_options(config: QuestionsConfig) -> QuestionOptions:
    """How to ask for the questions that are wanted: enough pieces of the script."""
    return QuestionOptions(pieces=-(-config.per_character // _PAIRS), pairs=_PAIRS)


def make_profiles(folder: DataFolder, session: Session) -> tuple[dict[str, CharacterProfile], list[str]]:
    """Have a model write a profile of each character, from the source's own text and the dialogues.

    What no profile could be made of is rejected; what the source says of a character stays as it is.

    Returns:
        Profiles by character, and the requests whose answers were used. `run_generated` says what is raised.
    """
    texts, dialogues = imported_profiles(folder), folder.by_character("dialogues")
    made: dict[str, CharacterProfile] = {}
    keys: list[str] = []
    with open_ledger(folder, "profile") as ledger:

        async def write_all() -> None:
            async with session.asker("writing profiles", None) as asker:
                for name in everyone(folder):
                    known = parse_profile(texts.get(name, CharacterProfile(name)))
                    found = await profile_by_model(known, list(map(dialogue_of, dialogues.rows(name))), asker)
                    made[name] = found.profile
                    keys.extend(found.keys)
                    for rejected in found.failed:
                        ledger.read(rejected.unit, rejected.lines)
                        ledger.reject(rejected)

        session.run(write_all())
    return made, keys


def make_questions(
    folder: DataFolder, session: Session, config: QuestionsConfig
) -> tuple[dict[str, list[Instruction | Rejected]], list[str]]:
    """Have a model make questions with answers for each character that wants some.

    Returns:
        Outcomes by character, and the requests whose answers were used. `run_generated` says what is raised.
    """
    dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    options = question_options(config)
    made: dict[str, list[Instruction | Rejected]] = {}
    keys: list[str] = []

    async def make_all() -> None:
        async with session.asker("making questions", None) as asker:
            for name in everyone(folder):
                known = [instruction_of(row) for row in specific.rows(name)]
                if not is_wanted(config, known):
                    continue
                script = list(map(dialogue_of, dialogues.rows(name)))
                found = await questions_by_model(profiles[name], script, asker, options)
                made[name] = [*found.items, *found.failed]
                keys.extend(found.keys)

    session.run(make_all())
    return made, keys


_PAIRS = 10
