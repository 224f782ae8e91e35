"""What a training has logged and said so far, kept beside its checkpoints and at last in training.json."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from roleinstruct.files import whole

__all__ = ["HISTORY", "History", "TrainReport"]

HISTORY = "history.json"
"""Its file, beside the checkpoints."""


@dataclass(slots=True)
class History:
    """The log.

    Attributes:
        log: One entry each time: "step", "epoch", and "loss", "grad_norm", "learning_rate" in training or "eval_loss",
            "eval_rouge_l" in evaluation.
        samples: One entry an evaluation and question: "step", "character", "question", "answer", "reference".
        seconds: That training took, over all its sessions.
    """

    log: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        """Write it as it is now, whole or not at all."""
        with whole(path) as out:
            out.write(json.dumps(asdict(self), ensure_ascii=False, indent=1).encode())

    @classmethod
    def until(cls, path: Path, step: int) -> "History":
        """What was written by a run that is taken up after a step; empty where nothing was."""
        if not path.is_file():
            return cls()
        words = json.loads(path.read_text(encoding="utf-8"))
        kept = {name: [entry for entry in words[name] if entry["step"] <= step] for name in ("log", "samples")}
        return cls(kept["log"], kept["samples"], float(words["seconds"]))

    def add(self, entry: Mapping[str, Any], step: int) -> None:
        """Take an entry of the trainer's log into it."""
        self.log.append({"step": step, **{key: _rounded(value) for key, value in entry.items()}})

    def last(self, key: str) -> float | None:
        """The last value of a key, None where it was never logged."""
        return next((entry[key] for entry in reversed(self.log) if key in entry), None)


@dataclass(frozen=True, slots=True)
class TrainReport:
    """How a training went.

    Attributes:
        out: The adapter folder.
        steps: In all.
        epochs: How often each row was seen, on average; below 1 not all were.
        rows: That were trained on, once an epoch.
        unfit: Examples that made no row, by reason.
        loss: The last that was logged in training; None where none was.
        eval_loss: Of the weights that are kept, None where nothing was evaluated.
        rouge_l: Likewise, F by character over a small part of the validation rows.
        kept_step: The step whose weights are kept.
        seconds: Over all sessions.
        tokens_per_second: Of the last session, evaluation and saving left out; None where it made no step.
        resumed_from: The step that the last session went on from; None where it began.
        samples: What those weights answered; see `History`.
    """

    out: Path
    steps: int
    epochs: float
    rows: int
    unfit: dict[str, int]
    loss: float | None
    eval_loss: float | None
    rouge_l: float | None
    kept_step: int
    seconds: float
    tokens_per_second: float | None
    resumed_from: int | None
    samples: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"out": str(self.out)}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever a trainer logs
    return float(f"{value:.6g}") if isinstance(value, float) else value
