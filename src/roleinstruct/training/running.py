"""A run of a trainer, whatever it teaches: begun or gone on with, and ended at any time."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from roleinstruct.errors import ConfigError, MissingExtraError, StoppedError
from roleinstruct.training.checkpoints import is_complete, last_whole, rotate, step_of
from roleinstruct.training.course import Course
from roleinstruct.training.failures import disk_told, what_is_kept
from roleinstruct.training.history import HISTORY, History
from roleinstruct.training.processes import is_first
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.reporting import board
from roleinstruct.training.started import CHECKPOINTS, Stage, alone, expect_same, has_begun, started_with, write_start
from roleinstruct.training.stopping import Stop, hearing_signals

if TYPE_CHECKING:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

    from roleinstruct.training.trainer import Coursed

__all__ = ["begin", "course_of", "made", "run"]

_Trainer = TypeVar("_Trainer")


def begin(
    recipe: Recipe,
    args: "SFTConfig | DPOConfig",
    data: Mapping[str, str],
    tokens: str,
    out: Path,
    *,
    resume: bool,
    say: Callable[[str], None],
    stage: Stage = "sft",
) -> Path | None:
    """The checkpoint to go on from, None for the beginning; what a new run is begun with is written down.

    Args:
        recipe: As it is run.
        args: The trainer's configuration.
        data: Digests by name, of all that the run learns from.
        tokens: What its rows are known by as tokens.
        out: The adapter folder.
        resume: Go on where there is something to go on with.
        say: Hears what is worth knowing.
        stage: The recipe's block that is run.

    Raises:
        ConfigError: The run in the folder was begun otherwise.
        TrainingError: The disk is full.
    """
    if args.n_gpu > 1:  # transformers would share each batch among them by torch's DataParallel, and make it larger
        say(f"{args.n_gpu} GPUs are here, and one is used: for all of them start roleinstruct by torchrun.")
        args._n_gpu = 1
    folder = out / CHECKPOINTS
    batch = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    words = started_with(recipe, data, batch, stage)
    begun = last_whole(folder) if resume else None
    if has_begun(out):
        if expect_same(out, words) != tokens:
            say(
                "the rows are no longer the tokens that the run was begun with, so that its weights will not be those "
                "of a run without a break: the chat template writes the date, or the tokenizer is another version."
            )
    elif args.process_index == 0:
        with disk_told(folder, folder):
            write_start(out, words, tokens)
    if args.process_index == 0:
        rotate(folder, None, None)  # what was being written when it was killed
    return begun


def course_of(
    block: Mapping[str, Any],
    out: Path,
    begun: Path | None,
    progress: Callable[[str, int, int | None], None],
    report_to: Sequence[str],
) -> Course:
    """What a run has beside its model, without a probe.

    Args:
        block: The recipe's, that is run.
        out: The adapter folder.
        begun: The checkpoint that is gone on from.
        progress: Hears how far it is.
        report_to: Where the log goes; see `reporting.reports`.
    """
    folder, step = out / CHECKPOINTS, step_of(begun) if begun else None
    history = History() if step is None else History.until(folder / HISTORY, step)
    keep = block.get("save_total_limit", 2)
    shown = board(out / "runs", step) if "tensorboard" in report_to and is_first() else None
    return Course(folder, history, Stop(), None, 0, keep, progress, shown, earlier=history.seconds)


def made(
    kind: type[_Trainer],
    recipe: Recipe,
    course: Course,
    rows: Sequence[Mapping[str, Any]],
    validation: Sequence[Mapping[str, Any]],
    **words: Any,  # noqa: ANN401 - as the class has them
) -> _Trainer:
    """A trainer of its rows, whose log goes where the course says.

    Args:
        kind: Its class.
        recipe: As it is run.
        course: What it has beside its model.
        rows: To train on, by column.
        validation: To evaluate on; there may be none.
        words: What else the class takes.

    Raises:
        ConfigError: Keys of the recipe do not go together, as PEFT and TRL see it.
    """
    from datasets import Dataset
    from transformers.integrations.integration_utils import TensorBoardCallback

    called: Any = TensorBoardCallback  # brings no types
    make: Any = kind
    try:
        trainer: _Trainer = make(
            course,
            train_dataset=Dataset.from_list(list(rows)),
            eval_dataset=Dataset.from_list(list(validation)) if validation else None,
            callbacks=[called(course.board)] if course.board is not None else None,
            **words,
        )
    except (ImportError, NotImplementedError, ValueError) as error:
        said = " ".join(str(error).split()).removesuffix(".")
        raise ConfigError(f"{recipe.path} cannot be trained: {said}.") from error
    return trainer


def run(trainer: "Coursed", begun: Path | None) -> None:
    """Train to the end, or until somebody wants it to stop.

    Raises:
        MissingExtraError: What the recipe asks for, such as an optimizer of bitsandbytes, is not installed.
        StoppedError: Ctrl-C was pressed, or the process was asked to end.
        TrainingError: The disk is full, or the loss is no number.
    """
    folder = trainer.course.folder
    try:
        signals = hearing_signals(trainer.course.stop, echoes=trainer.args.world_size > 1)
        with disk_told(folder, folder), alone(folder.parent), signals:
            if begun is not None and is_complete(begun):
                trainer.take(begun)  # it was ended between its last step and the adapter's writing
            else:
                trainer.train(resume_from_checkpoint=str(begun) if begun else None)
    except ImportError as error:
        said = " ".join(str(error).split()).removesuffix(".")
        raise MissingExtraError(f"the {trainer.stage} block needs what is not installed: {said}.") from error
    except KeyboardInterrupt as error:
        raise StoppedError(f"ended at once; {what_is_kept(folder)}.") from error
    finally:
        if trainer.course.board is not None:
            trainer.course.board.close()
