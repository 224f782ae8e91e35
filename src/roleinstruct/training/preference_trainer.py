"""TRL's DPOTrainer, held to what this library promises."""

import shutil
from pathlib import Path
from typing import Any

from torch.utils.data import SequentialSampler
from trl.trainer.dpo_trainer import DPOTrainer

from roleinstruct.errors import TrainingError
from roleinstruct.training.course import Course
from roleinstruct.training.trainer import Coursed

__all__ = ["PreferenceTrainer"]

_REFERENCE = "ref"
"""The name that TRL gives to the frozen copy of the adapter."""


class PreferenceTrainer(Coursed, DPOTrainer):
    """The trainer of the preference stage.

    What it starts from is also what it is held to: TRL puts a frozen copy beside an adapter that lies on the model
    under the name "default", and takes the copy for the reference. Were there no copy, the reference would silently be
    the base without its adapter, as it is where the adapter is made by the trainer (`peft_config`): a model that has
    never played anybody.

    Args:
        course: What the run has beside its model.
        given: As `DPOTrainer` takes it: a PEFT model, and rows as `PreferenceRow.columns` makes them.

    Raises:
        TrainingError: There is no such copy.
    """

    stage = "preference"

    def __init__(self, course: Course, **given: Any) -> None:  # noqa: ANN401
        super().__init__(course, **given)
        if _REFERENCE not in self.tuned.peft_config:
            raise TrainingError(
                "this TRL keeps no frozen copy of the adapter, so that it would be held to the base alone: update "
                "trl and peft (pip install -U trl peft)."
            )

    def lengths(self, rows: Any) -> list[int]:  # noqa: ANN401 - of datasets
        """Tokens of each pair's longer row."""
        columns = (rows[name] for name in ("prompt_ids", "chosen_ids", "rejected_ids"))
        return [len(prompt) + max(len(a), len(b)) for prompt, a, b in zip(*columns, strict=True)]

    def _get_eval_sampler(self, eval_dataset: Any) -> SequentialSampler:  # noqa: ANN401
        """In their order: transformers looks for `input_ids` where rows are grouped by length."""
        return SequentialSampler(eval_dataset)

    def _prepare_dataset(self, dataset: Any, *_args: Any, **_kwargs: Any) -> Any:  # noqa: ANN401
        """Leave the rows as they are: they are tokens already."""
        return dataset

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """As every stage's, without the reference, which is the adapter that was started from."""
        super()._save(output_dir, state_dict)
        shutil.rmtree(Path(output_dir or self.course.folder) / _REFERENCE, ignore_errors=True)
