"""TRL's trainers, held to what this library promises: whole checkpoints, no word sent out, an end at any step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerState
from trl.trainer.sft_trainer import SFTTrainer

from roleinstruct.errors import TrainingError
from roleinstruct.training.answer_head import add_answer_head
from roleinstruct.training.checkpoints import drop, last_whole, rotate, seal, step_of
from roleinstruct.training.collating import FoldingCollator
from roleinstruct.training.course import Course
from roleinstruct.training.failures import disk_told
from roleinstruct.training.sampler import EpochOrder
from roleinstruct.training.watching import Watcher

__all__ = ["CourseTrainer", "Coursed"]


class Coursed(Trainer):
    """What holds for every stage; to be put in front of a trainer of TRL's.

    Args:
        course: What the run has beside its model.
        given: As that trainer takes it.
    """

    stage = "sft"
    """The recipe's block that the run is of."""

    families: Sequence[int] | None = None
    """Of the rows, where they are folded; see `order.to_fold`."""

    def __init__(self, course: Course, **given: Any) -> None:  # noqa: ANN401
        self.course = course
        self._is_broken = torch.tensor(False)
        super().__init__(**given)
        self.remove_callback(PrinterCallback)
        self.add_callback(Watcher(course, self.agreed, self.expect_numbers))

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401
        """As TRL's, and take note of a loss that is no number."""
        parent: Any = super()
        loss: torch.Tensor = parent.training_step(*args, **kwargs)
        self._is_broken = self._is_broken.to(loss.device) | ~torch.isfinite(loss).all()
        return loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:  # noqa: ANN401
        """As TRL's, and ask the questions of the probe."""
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        if self.course.probe is not None:
            said = self.course.probe.ask(self.tuned)
            self.course.keep_answers(self.course.probe, said, self.state.global_step)
            self.log({"eval_rouge_l": said.rouge_l})
            metrics["eval_rouge_l"] = said.rouge_l
        if self.agreed()[0]:
            self.course.is_ending = self.control.should_save = True
        return metrics

    def agreed(self) -> tuple[bool, bool]:
        """Whether any process was asked to end, and whether any has met a loss that is no number."""
        flags = torch.stack([torch.tensor(self.course.stop.is_wanted).to(self._is_broken.device), self._is_broken])
        if self.args.world_size > 1:
            flags = self.accelerator.reduce(flags.to(self.args.device, torch.float32), "sum") > 0
        wanted, broken = flags.tolist()
        return bool(wanted), bool(broken)

    def expect_numbers(self, *, broken: bool) -> None:
        """Check that the weights may be kept.

        Raises:
            TrainingError: The loss was no number, or some of the weights are none.
        """
        sharded = self.is_fsdp_enabled or self.is_deepspeed_enabled
        tuned = [] if sharded or broken else [p for p in self.tuned.parameters() if p.requires_grad]
        if broken or not all(bool(torch.isfinite(weights).all()) for weights in tuned):
            raise TrainingError(
                f"step {self.state.global_step + 1:,} met a loss that is no number, so that nothing more is learnt: "
                "look at the rows with roleinstruct inspect, and begin anew with a lower "
                f"{self.stage}.learning_rate (it was {self.args.learning_rate:g}) or more {self.stage}.warmup_steps; "
                f"what was learnt until then is in {last_whole(self.course.folder) or 'no checkpoint'}."
            )

    @property
    def tuned(self) -> Any:  # noqa: ANN401 - PEFT's model, or FSDP's of it
        """The model with its adapter."""
        return self.model

    @property
    def kept_step(self) -> int:
        """The step whose weights the model has at the end: the best one's, or the last."""
        best = self.state.best_model_checkpoint if self.args.load_best_model_at_end else None
        return step_of(Path(best)) if best else self.state.global_step

    def take(self, checkpoint: Path) -> None:
        """Take the weights that a run came to whose last checkpoint this is: the best, or these."""
        self.state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
        self._load_from_checkpoint(str(checkpoint.with_name(f"checkpoint-{self.kept_step}")))

    def lengths(self, rows: Any) -> list[int]:  # noqa: ANN401 - of datasets
        """Tokens of each row, by which those of like length come together."""
        return [len(tokens) for tokens in rows["input_ids"]]

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Write none: cards are made when an adapter is published."""

    def _send_telemetry(self) -> None:
        """Tell nobody; TRL would count its uses."""

    def _get_train_sampler(self, train_dataset: Any = None) -> EpochOrder:  # noqa: ANN401
        rows: Any = self.train_dataset if train_dataset is None else train_dataset
        args = self.args
        return EpochOrder(
            self.lengths(rows),
            batch=args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size,
            seed=args.seed if args.data_seed is None else args.data_seed,
            epoch=lambda: int(self.state.epoch or 0),
            by_length=args.train_sampling_strategy == "group_by_length",
            families=self.families,
        )

    def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ANN401
        """Write it, seal it, and only then let older ones go."""
        folder = self.course.folder
        checkpoint = folder / f"checkpoint-{self.state.global_step}"
        self.expect_numbers(broken=False)
        try:
            with disk_told(checkpoint, folder):
                parent: Any = super()
                parent._save_checkpoint(model, trial)
                self.accelerator.wait_for_everyone()
                if self.args.should_save:
                    seal(checkpoint)
        except TrainingError:
            drop(checkpoint)
            raise
        if self.args.should_save:
            rotate(folder, self.course.keep, self.state.best_model_checkpoint)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """As transformers', but without the pickled settings, which hold tokens and are of no use here."""
        super()._save(output_dir, state_dict)
        (Path(output_dir or self.course.folder) / "training_args.bin").unlink(missing_ok=True)


class CourseTrainer(Coursed, SFTTrainer):
    """The trainer of supervised fine-tuning.

    Args:
        course: What the run has beside its model.
        families: Of the rows, where they are folded; see `order.to_fold`.
        given: As `SFTTrainer` takes it.
    """

    def __init__(self, course: Course, *, families: Sequence[int] | None = None, **given: Any) -> None:  # noqa: ANN401
        super().__init__(course, **given)
        add_answer_head(self.tuned.get_base_model())
        self.families = families
        if families is not None:
            collator: Any = self.data_collator
            self.data_collator = FoldingCollator(collator, collator.pad_token_id)
