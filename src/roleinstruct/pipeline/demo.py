"""The demo behind the build: a base and an adapter are made, answer the benchmark, and get their scores and card."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.responding import Asked, respond_locally
from roleinstruct.pipeline.scoring import Scored, ScoreOptions, score_files
from roleinstruct.pipeline.tiny import TINY_GLM, ensure_tiny_glm
from roleinstruct.pipeline.training import train
from roleinstruct.publish.adapter_card import write_adapter_card
from roleinstruct.publish.adapter_results import gather_results
from roleinstruct.training.adapter import RECORD
from roleinstruct.training.models import Size
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.recipe import Recipe

__all__ = ["ADAPTER", "BASE", "Demo", "tune_and_score"]

BASE = "base"
"""What the tiny GLM is called in tables, and the end of its folder's name."""

ADAPTER = "adapter"
"""Likewise the adapter."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made of a data set folder.

    Attributes:
        base: The tiny GLM's folder.
        adapter: The adapter's.
        answers: The folder of both systems' answers.
        scored: The two on the benchmark.
    """

    base: Path
    adapter: Path
    answers: Path
    scored: Scored


def tune_and_score(
    data: Path,
    *,
    seed: int = 0,
    size: Size = Size(),  # noqa: B008 - frozen
    how: Pretraining | None = None,
    settings: tuple[str, ...] = (),
    longest: int = 128,
    listener: Listener | None = None,
) -> Demo:
    """Make a tiny GLM, tune it by the recipe `tiny-glm`, have both answer the benchmark, and score them.

    All lies beside the data set folder, under its name with -base, -adapter and -answers behind it. A base that is
    there already is kept if it is the same; a tuning that was stopped is gone on with, one that was finished is made
    again. Both systems are asked with the system prompts that the adapter was trained with.

    Args:
        data: The data set folder.
        seed: Of the base, of the tuning and of the answers.
        size: Of the base.
        how: The base's pre-training; None for the usual one with that seed.
        settings: Keys of the recipe to set anew; see `Recipe.load`.
        longest: The most tokens of an answer; those of the sample have fewer, and a base does not always find an end.
        listener: Hears how far it is.

    Raises:
        MissingExtraError: The libraries of training are not installed.
        ConfigError: What lies there was begun otherwise.
    """
    heard = listener or Listener()
    named = data.resolve() if data.name in ("", "..") else data
    base, adapter, answers = (named.with_name(f"{named.name}-{end}") for end in (BASE, ADAPTER, "answers"))
    ensure_tiny_glm(data, base, size=size, how=how or Pretraining(seed=seed), listener=heard)
    chosen = (f"model.name_or_path={base.resolve()}", f"sft.seed={seed}", *settings)
    if (adapter / RECORD).is_file():
        for finished in (adapter, answers):
            shutil.rmtree(finished, ignore_errors=True)
    train(Recipe.load(TINY_GLM, chosen), data, adapter, resume=True, probe=2, listener=heard)
    sampling = Sampling(seed=seed, max_tokens=longest)
    files = []
    for name, models in ((BASE, {"base": str(base)}), (ADAPTER, {"adapter": str(adapter)})):
        asked = Asked(data, answers / f"{name}.jsonl", name, sampling, personas=adapter / PERSONAS)
        respond_locally(asked, **models, batch_size=_BATCH, listener=heard)
        files.append(asked.out)
    scored = score_files(files, DataFolder(data), ScoreOptions())
    results = gather_results(adapter, answers=files, data=data, system=ADAPTER)
    write_adapter_card(adapter, results=results, license=_LICENSE)
    return Demo(base, adapter, answers, scored)


_BATCH = 16

_LICENSE = "apache-2.0"
"""Of the sample corpus and this package, of which all of it is made."""
