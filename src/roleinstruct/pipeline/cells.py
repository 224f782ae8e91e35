"""Trainings of several settings and seeds: each trained and asked in a folder of its own, and never twice.

OUT/base/                  the tiny GLM, where the recipe has one made: once, for all
OUT/base-seed0/            answers.jsonl of the untrained model
OUT/hybrid-seed0/          cell.json, adapter/, answers.jsonl, neutral.jsonl where neutral questions are asked too
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS
from roleinstruct.errors import ConfigError, MissingExtraError, RoleInstructError, StoppedError
from roleinstruct.evaluation.ablation import BASE, Cell, Setting, cells_of
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.local_model import weights_of
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.files import whole
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.recipes import mixture_config, with_base
from roleinstruct.pipeline.responding import Asked, respond_locally
from roleinstruct.pipeline.training import train
from roleinstruct.training.adapter import RECORD as ADAPTER_RECORD
from roleinstruct.training.adapter import base_of
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.started import expect_apart

__all__ = ["Plan", "Ran", "run_cells"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run.

    Attributes:
        recipe: The recipe that all cells begin from: a path, or the name of one that comes with the package.
        data: The data set folder, which is only read.
        out: The folder of the cells.
        settings: What is trained; the untrained base is asked beside them.
        seeds: How often each.
        words: Settings of all cells, each such as "sft.max_steps=200".
        sampling: How answers are sampled; the seed is the cell's.
        limit: At most so many items of each character and task are asked.
        batch_size: Questions side by side.
        neutral: Ask RAW without a persona too.
    """

    recipe: str
    data: Path
    out: Path
    settings: Sequence[Setting]
    seeds: int = 3
    words: Sequence[str] = ()
    sampling: Sampling = Sampling()  # noqa: RUF009 - frozen
    limit: int | None = None
    batch_size: int = 8
    neutral: bool = False

    @property
    def cells(self) -> list[Cell]:
        """All of them, the base's after the others: it is asked with the system prompts that they were trained with."""
        return cells_of([*self.settings, Setting(BASE)], self.seeds)

    def recipe_of(self, cell: Cell, *words: str) -> Recipe:
        """The recipe of a cell, some further keys being set."""
        return Recipe.load(self.recipe, [*self.words, *cell.words, *words])

    def asked(self, cell: Cell) -> list[Asked]:
        """What a cell is asked, and where its answers go: in character, then without a persona if that is wanted."""
        folder, sampling = self.out.resolve() / cell.name, replace(self.sampling, seed=cell.seed)
        personas = self._personas() if cell.setting.name == BASE else None  # adapters have their own
        asked = Asked(self.data, folder / "answers.jsonl", cell.name, sampling, limit=self.limit, personas=personas)
        neutral = replace(asked, out=folder / "neutral.jsonl", neutral=True)
        return [asked, neutral] if self.neutral else [asked]

    def _personas(self) -> Path | None:
        """The system prompts of the first training that has any."""
        adapters = (self.out.resolve() / cell.name / "adapter" for cell in self.cells if cell.setting.name != BASE)
        return next((adapter / PERSONAS for adapter in adapters if (adapter / PERSONAS).is_file()), None)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it.

    Attributes:
        cells: Those that are trained and asked.
        failed: By the name of a cell why it is not.
    """

    cells: tuple[Cell, ...]
    failed: Mapping[str, str]

    def seeds(self, names: Sequence[str]) -> list[int]:
        """The seeds with which all of these settings were run, so that they can be held against each other."""
        found = [{cell.seed for cell in self.cells if cell.setting.name == name} for name in names]
        return sorted(set.intersection(*found)) if found else []


def run_cells(plan: Plan, *, listener: Listener | None = None) -> Ran:
    """Train and ask every cell that is not done; what is begun goes on where it was stopped.

    A cell that fails is told of, and the others go on; the same command tries it again.

    Args:
        plan: What.
        listener: Hears how far it is.

    Raises:
        ConfigError: A setting has no meaning, or the folder lies in the data set's or holds cells of another recipe or
            data set.
        FolderError: There is no such data set folder, or it has no benchmark.
        MissingExtraError: The libraries are not installed.
        StoppedError: The user has stopped a training; what is done is kept.
        KeyboardInterrupt: Likewise.
    """
    heard = listener or Listener()
    expect_apart(plan.out, [plan.data])
    for asked in plan.asked(plan.cells[0]):  # what cannot be asked is said before anything is trained
        asked.queries()
    base, folders = _prepared(plan, heard)
    failed: dict[str, str] = {}
    took: list[float] = []
    for number, cell in enumerate(plan.cells):
        heard.say(f"{cell.name}, {number + 1} of {len(plan.cells)}{_left(took, len(plan.cells) - number)}")
        begun = time.monotonic()
        try:
            _run(plan, cell, folders[cell.name], base, heard)
        except (StoppedError, MissingExtraError):
            raise
        except RoleInstructError as error:
            failed[cell.name] = str(error)
            heard.say(f"{cell.name} failed, and the others go on: {error}")
        took.append(time.monotonic() - begun)
    return Ran(tuple(cell for cell in plan.cells if cell.name not in failed), failed)


class _CellFolder:
    """Where a cell lies, and what it was trained with.

    Raises:
        ConfigError: It is another training than is asked for.
    """

    def __init__(self, folder: Path, made_of: Mapping[str, str]) -> None:
        self.adapter = folder / "adapter"
        self._path, self._made_of = folder / "cell.json", made_of
        known: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8")) if self._path.is_file() else {}
        if other := [name for name in known if known[name] != made_of.get(name)]:
            raise ConfigError(
                f"{folder} was trained with another {' and '.join(other)} than is asked for now (see {self._path}): "
                "give another --out, or remove that folder."
            )

    @property
    def is_trained(self) -> bool:
        return (self.adapter / ADAPTER_RECORD).is_file()

    def begin(self) -> None:
        if self._path.is_file():
            return
        with whole(self._path) as file:
            file.write((json.dumps(self._made_of, ensure_ascii=False, indent=2) + "\n").encode())


def _prepared(plan: Plan, listener: Listener) -> tuple[str, dict[str, _CellFolder]]:
    """The base of all cells, and their folders; whatever is wrong with one of them is said before any is trained."""
    trained = {cell.name: plan.recipe_of(cell) for cell in plan.cells if cell.setting.name != BASE}
    for recipe in trained.values():
        mixture_config(recipe)
    out = plan.out.resolve()
    base = base_of(with_base(Recipe.load(plan.recipe, plan.words), plan.data, out / BASE, listener), None)
    known = {"data": _digest(DataFolder(plan.data)), "base": base.digest or base.name}
    recipes = {name: {"recipe": recipe.text()} for name, recipe in trained.items()}
    return base.name, {
        cell.name: _CellFolder(out / cell.name, known | recipes.get(cell.name, {})) for cell in plan.cells
    }


def _run(plan: Plan, cell: Cell, folder: _CellFolder, base: str, listener: Listener) -> None:
    is_base = cell.setting.name == BASE
    folder.begin()
    if not is_base and not folder.is_trained:
        recipe = plan.recipe_of(cell, f"model.name_or_path={json.dumps(base)}")  # quoted, whatever is in a path
        train(recipe, plan.data, folder.adapter, resume=True, report_to=(), probe=0, listener=listener)
    adapter = "" if is_base else str(folder.adapter)
    for asked in plan.asked(cell):
        if not _is_answered(asked, adapter):
            respond_locally(asked, base=base, adapter=adapter, batch_size=plan.batch_size, listener=listener)


def _is_answered(asked: Asked, adapter: str) -> bool:
    """Whether a file holds all answers, so that the model need not be loaded."""
    if not asked.out.is_file():
        return False
    queries, digest = asked.queries()
    found = read_answers(asked.out)
    weights = {"adapter": adapter, "weights": weights_of(adapter)} if adapter else {}
    is_same = found.items == digest and asked.settings(**weights).items() <= found.settings.items()
    return is_same and all(item in found.texts for query in queries for item in query.items)


def _digest(folder: DataFolder) -> str:
    """SHA-256 of the published tables."""
    files = [file for config in PUBLISHED for file in sorted(folder.table(config).glob("*.parquet"))]
    parts = [f"{file.relative_to(folder.root)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _left(took: Sequence[float], cells: int) -> str:
    """How long the rest may take, by the cells that this run has worked on."""
    worked = [seconds for seconds in took if seconds > 5]
    return f", about {fmean(worked) * cells / 60:,.0f} minutes left" if worked else ""
