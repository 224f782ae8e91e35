"""The commands of the benchmark: have a system answer it, score answers, and hand it to the LM evaluation harness."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from roleinstruct.cli.model import ModelOptions, expect_model, show_estimate, with_model_options
from roleinstruct.cli.options import Answered, Benchmark, Cache, Encoder, Folder, Json, Uncontaminated
from roleinstruct.cli.table_2 import contamination_table, systems_tables
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.harness import write_harness
from roleinstruct.evaluation.items import Questions
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.responding import Asked, estimate_responses, respond_by_endpoint, respond_locally
from roleinstruct.pipeline.scoring import ScoreOptions, score_files

__all__ = ["register"]

Tasks = Annotated[str, typer.Option("--tasks", metavar="raw,cus,spe", help="Only these tasks.")]
Characters = Annotated[str | None, typer.Option("--characters", metavar="NAME,…", help="Only the items of these.")]

_ALL = ",".join(TASKS)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("respond")(_respond)
    app.command("score")(_score)
    app.command("harness")(_harness)


@with_model_options
def _respond(
    data: Benchmark,
    answers: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file of answers, JSON Lines.")],
    asking: ModelOptions,
    adapter: Annotated[str, typer.Option("--adapter", metavar="DIR", help="Ask this LoRA adapter.")] = "",
    base: Annotated[
        str,
        typer.Option("--base", metavar="DIR|NAME", help="Ask this model of transformers, or put the adapter on it."),
    ] = "",
    system: Annotated[str | None, typer.Option("--system", help="Its name in tables; by default the model's.")] = None,
    tasks: Tasks = _ALL,
    characters: Characters = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Of each character and task.")] = None,
    temperature: Annotated[float, typer.Option("--temperature")] = 0.95,
    top_p: Annotated[float, typer.Option("--top-p")] = 0.7,
    seed: Annotated[int, typer.Option("--seed", help="Another one gives other answers.")] = 0,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="The most of an answer.")] = 256,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Of a local model: questions at once.")] = 8,
    neutral: Annotated[
        bool, typer.Option("--neutral", help="Ask RAW without a persona, for roleinstruct forgetting.")
    ] = False,
    personas: Annotated[
        Path | None,
        typer.Option("--personas", metavar="FILE", help="Ask with these: personas.json of an adapter's folder."),
    ] = None,
    questions: Annotated[
        str, typer.Option("--questions", metavar="PART", help="benchmark; or train or validation, for prefer.")
    ] = "benchmark",
) -> None:
    """Have a model answer the benchmark in character: of an endpoint, or on this machine."""
    if questions not in get_args(Questions):
        raise ConfigError(f"--questions is {questions!r}, expected one of {', '.join(get_args(Questions))}.")
    if bool(asking.model) is bool(adapter or base):
        raise ConfigError(
            "say who is to answer: --model NAME of an endpoint, or --adapter DIR or --base DIR, not both."
        )
    name = system or Path(asking.model or adapter or base).name
    sampling = Sampling(temperature, top_p, seed, max_tokens)
    chosen = _names(characters) if characters else None
    part = cast(Questions, questions)
    asked = Asked(data, answers, name, sampling, _names(tasks), chosen, limit, neutral, personas, part)
    known = asking.applied(BuildConfig())
    if asking.estimate:
        show_estimate(known, {"respond": estimate_responses(asked, expect_model(known).model)})
        return
    with listening() as listener:
        if asking.model:
            respond_by_endpoint(asked, known.model, listener=listener, replay=asking.replay)
        else:
            respond_locally(asked, base=base, adapter=adapter, batch_size=batch_size, listener=listener)


def _score(
    answers: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of answers, one a system.")],
    data: Benchmark,
    metric: Annotated[str, typer.Option("--metric", help="rouge_l or rpcs.")] = "rouge_l",
    encoder: Encoder = None,
    cache: Cache = None,
    tokenizer: Annotated[str | None, typer.Option("--tokenizer", help="Of Rouge-L; by default char.")] = None,
    compat: Annotated[str | None, typer.Option("--compat", help="Score as another program does.")] = None,
    tasks: Tasks = _ALL,
    characters: Characters = None,
    exclude_contaminated: Uncontaminated = False,
    list_contaminated: Annotated[
        bool, typer.Option("--list-contaminated", help="Show these items, and where they stand.")
    ] = False,
    only_answered: Answered = False,
    by: Annotated[str | None, typer.Option("--by", help="Show character or emotion too.")] = None,
    as_json: Json = False,
) -> None:
    """Score answers as the paper's Table 2 does, with intervals, floors, and who beats whom."""
    if by not in (None, "character", "emotion"):
        raise ConfigError(f"--by is {by!r}, expected character or emotion.")
    options = ScoreOptions(
        metric, encoder, cache, tokenizer, compat, _names(tasks), _names(characters) if characters else None,
        exclude_contaminated, only_answered,
    )  # fmt: skip
    found = score_files(answers, DataFolder(data), options)
    for warning in found.warnings:
        say(f"warning: {warning}")
    if as_json:
        print_json(found.as_json())
        return
    for table in systems_tables(found, by):
        out().print(table)
    if list_contaminated:
        out().print(contamination_table(found))


def _harness(
    data: Folder,
    target: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="A new folder for the task.")],
) -> None:
    """Write the benchmark as a task of the LM evaluation harness."""
    count = write_harness(DataFolder(data), target)
    say(
        f"{count:,} items; run it with\n  lm_eval --model hf --model_args pretrained=MODEL --tasks roleinstruct "
        f"--include_path {target} --apply_chat_template"
    )


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(",") if name.strip())
