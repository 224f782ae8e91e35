"""What a run was started with, so that it is gone on with by the same recipe and the same data, or not at all."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from roleinstruct.errors import ConfigError
from roleinstruct.files import whole
from roleinstruct.records import Example
from roleinstruct.training.adapter import RECORD
from roleinstruct.training.checkpoints import last_whole
from roleinstruct.training.processes import is_first
from roleinstruct.training.recipe import Recipe

__all__ = [
    "CHECKPOINTS",
    "Stage",
    "alone",
    "examples_digest",
    "expect_apart",
    "expect_beginning",
    "expect_same",
    "has_begun",
    "started_with",
    "tokens_digest",
    "write_start",
]

CHECKPOINTS = "checkpoints"
"""The folder of what is needed to go on, and is never published."""

Stage = Literal["sft", "preference"]
"""What a run does, by the recipe's block."""


def started_with(recipe: Recipe, data: Mapping[str, str], rows_a_step: int, stage: Stage = "sft") -> dict[str, Any]:
    """What decides a run's weights, by dotted names.

    Args:
        recipe: As it is run.
        data: Digests by name, such as "training rows".
        rows_a_step: Over all processes and accumulation.
        stage: The block that is run; the other one's does not count.
    """
    words = recipe.model_dump(mode="json", exclude={"sft", "preference"} - {stage})
    words[stage] = {key: value for key, value in words[stage].items() if key not in _HARMLESS}
    return {**dict(_flat(words)), **data, "rows a step": rows_a_step}


def examples_digest(examples: Iterable[Example]) -> str:
    """What examples are known by, in their order, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for one in examples:
        said = [[message.role, message.content] for message in (*one.prompt, one.completion)]
        digest.update(json.dumps([one.id, said], ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def tokens_digest(rows: Iterable[Sequence[int]]) -> str:
    """What rows are known by as tokens, in their order, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(list(row)).encode())
    return digest.hexdigest()[:16]


def expect_apart(out: Path, sources: Iterable[Path]) -> None:
    """Check that nothing is written into what is read.

    Args:
        out: The folder to be.
        sources: Folders that are read and have to stay as they are.

    Raises:
        ConfigError: It lies inside a folder that is read, or the other way round.
    """
    place = out.resolve()
    for source in (source.resolve() for source in sources if source.is_dir()):
        if place.is_relative_to(source) or source.is_relative_to(place):
            raise ConfigError(f"{out} and {source}, which is read, lie in one another: give an --out beside it.")


def expect_beginning(out: Path, *, resume: bool) -> None:
    """Check that a run may begin in a folder, or be gone on with.

    Raises:
        ConfigError: The folder is none or lies in a file, it holds something else, an adapter in it is finished, or
            another run was begun in it.
    """
    if out.is_file():
        raise ConfigError(f"{out} is a file, and a folder for the adapter was expected: choose another name.")
    above = next(parent for parent in out.absolute().parents if parent.exists())
    if not above.is_dir():
        raise ConfigError(f"{above} is a file, so that {out} cannot be a folder for the adapter: choose another name.")
    if (out / RECORD).is_file():
        raise ConfigError(f"{out} holds a finished adapter: choose another folder, or move it away first.")
    found = {path.name for path in out.iterdir() if path.name[0] != "."} if out.is_dir() else set[str]()
    if found and not found & _OURS:
        raise ConfigError(f"{out} holds {min(found)}, and a new folder for the adapter was expected: choose another.")
    if has_begun(out) and not resume:
        raise ConfigError(f"{out} holds a run that was begun: go on with --resume, or choose another folder.")


def expect_same(out: Path, now: Mapping[str, Any]) -> str:
    """Check that a run is gone on with as it was begun.

    Returns:
        What its rows were known by as tokens.

    Raises:
        ConfigError: Its recipe or its data differ; the message says in what.
    """
    before: dict[str, Any] = json.loads((out / CHECKPOINTS / _FILE).read_text(encoding="utf-8"))
    tokens = str(before.pop(_TOKENS))
    now = json.loads(json.dumps(now))
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if names:
        said = "; ".join(f"{name} was {_short(before.get(name))} and is {_short(now.get(name))}" for name in names[:3])
        more = f"; and {len(names) - 3} more" if len(names) > 3 else ""
        raise ConfigError(
            f"{out} was begun otherwise: {said}{more}; go on with the recipe and the data it was begun with, or begin "
            "anew in another folder."
        )
    return tokens


def has_begun(out: Path) -> bool:
    """Whether there is a run in a folder that can be gone on with; one without a checkpoint may be begun anew."""
    return (out / CHECKPOINTS / _FILE).is_file() and last_whole(out / CHECKPOINTS) is not None


def write_start(out: Path, words: Mapping[str, Any], tokens: str) -> None:
    """Keep what a run is begun with."""
    with whole(out / CHECKPOINTS / _FILE) as file:
        file.write(json.dumps({**words, _TOKENS: tokens}, ensure_ascii=False, indent=1).encode())


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keep others out of the folder of a run; of several processes of one run the first alone asks.

    Raises:
        ConfigError: Another run is under way in it.
    """
    if not is_first():
        yield
        return
    try:
        with FileLock(out / CHECKPOINTS / "lock", timeout=0):
            yield
    except Timeout as error:
        raise ConfigError(
            f"another run is under way in {out}: wait until it ends, or choose another folder; several processes train "
            "together where torchrun or accelerate starts them (srun alone starts as many runs)."
        ) from error


def _flat(words: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif value is not None:
            yield f"{before}{key}", value


def _short(value: object) -> str:
    return "not said" if value is None else str(value)[:80]


_FILE = "started.json"
_TOKENS = "training tokens"

_OURS = frozenset({"base", CHECKPOINTS})
"""One of them is in the folder of a run, however it was stopped: the base that is made for it, or what it needs."""

_HARMLESS = frozenset(
    {
        "activation_checkpointing",
        "activation_checkpointing_kwargs",
        "auto_find_batch_size",
        "dataloader_num_workers",
        "dataloader_persistent_workers",
        "dataloader_pin_memory",
        "dataloader_prefetch_factor",
        "dataset_num_proc",
        "ddp_timeout",
        "gradient_accumulation_steps",  # rows a step are compared instead
        "gradient_checkpointing",
        "gradient_checkpointing_kwargs",
        "logging_first_step",
        "logging_steps",
        "logging_strategy",
        "per_device_train_batch_size",
        "run_name",
        "save_total_limit",
        "torch_empty_cache_steps",
    }
)
"""Keys of the block that change how fast a run is and what it tells, and its weights by no more than rounding."""
