"""The options that name a language model and what to keep to: one group for every command that can use one."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from roleinstruct.cli.talk import out, say
from roleinstruct.errors import ConfigError
from roleinstruct.llm.budget import Prices
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import Estimate
from roleinstruct.pipeline.settings import with_settings

__all__ = ["ModelOptions", "expect_model", "show_estimate", "with_model_options"]


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What a command line says of the model; what it does not say stays as the builder file has it."""

    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="Ask this language model.")] = None
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="Its server; by default OPENAI_BASE_URL, or OpenAI.")
    ] = None
    max_cost: Annotated[float | None, typer.Option("--max-cost", metavar="USD", help="Stop before this is passed.")] = (
        None
    )
    price: Annotated[
        str | None, typer.Option("--price", metavar="IN,OUT", help="USD per million tokens, where it is not known.")
    ] = None
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", min=1, max=1024, help="The most calls at once.")
    ] = None
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", help="What one request may take.")
    ] = None
    batch: Annotated[bool, typer.Option("--batch", help="Hand the requests in as batches: cheaper, in a day.")] = False
    estimate: Annotated[bool, typer.Option("--estimate", help="Say what it would cost, and send nothing.")] = False
    replay: Annotated[
        bool, typer.Option("--replay", help="Take the model's replies from the journal, and call nobody.")
    ] = False
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of the builder file, as model.samples=3; repeatable."),
    ] = None

    def applied(self, config: BuildConfig) -> BuildConfig:
        """The build as the options want it; an option of its own goes before `--set`.

        Raises:
            ConfigError: A key or value has no meaning.
        """
        said = {"name": self.model, "batch": self.batch or None}
        said |= {key: getattr(self, key) for key in ("base_url", "max_cost", "price", "concurrency", "timeout")}
        changes = {key: value for key, value in said.items() if value is not None}
        config = with_settings(config, self.settings) if self.settings else config
        return config.with_model(**changes) if changes else config

    def settled(self, config: BuildConfig) -> BuildConfig:
        """The build as the options want it, for a command that can do without a model.

        Raises:
            ConfigError: A key or value has no meaning.
            BadParameter: An option is about a model, and there is none.
        """
        chosen = self.applied(config)
        names = ("base_url", "max_cost", "price", "concurrency", "timeout", "batch", "estimate", "replay")
        said = [f"--{name.replace('_', '-')}" for name in names if getattr(self, name) not in (None, False)]
        if said and not chosen.model.name:
            raise typer.BadParameter(f"{said[0]} is about a language model, and there is none: say which with --model.")
        return chosen


def with_model_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a typer command all options of `ModelOptions`, in place of its one parameter `asking`.

    Usage::

        @with_model_options
        def _answer(folder: Folder, asking: ModelOptions, config: Config = None) -> None:
            known = asking.settled(remembered(folder))  # asking.estimate and asking.replay are the command's to heed
    """
    hints = get_type_hints(ModelOptions, include_extras=True)
    options = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(ModelOptions)
    ]
    own = inspect.signature(command, eval_str=True)
    kept = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        if name != "asking"
    ]

    @wraps(command)
    def called(**given: Any) -> None:  # noqa: ANN401 - whatever typer has read
        asking = ModelOptions(**{option.name: given.pop(option.name, option.default) for option in options})
        command(**given, asking=asking)

    vars(called)["__signature__"] = own.replace(parameters=[*kept, *options])
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in (*kept, *options)}
    return called


def expect_model(config: BuildConfig) -> BuildConfig:
    """The same build.

    Raises:
        ConfigError: It names no model.
    """
    if not config.model.name:
        raise ConfigError("without a model nothing costs anything: say which with --model.")
    return config


def show_estimate(config: BuildConfig, estimates: Mapping[str, Estimate]) -> None:
    """Print what the steps of a run would cost: what is likely, and the most that the replies may cost."""
    model, found = config.model, list(estimates.values())
    prices = Prices.flat(model.price) if model.price else Prices.load().at(model.base_url)
    counted = found[0].counted if found else "counted"
    title = f"{model.name}, nothing was sent; tokens {counted}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    is_known = any(one.known for one in found)
    table.add_column("step", no_wrap=True)
    for name in (*["journal"][:is_known], "requests", "sent", "received", "at most", "USD", "at most"):
        table.add_column(name, justify="right", overflow="fold")
    for step, one in {**estimates, "in all": sum(found[1:], found[0])}.items() if found else ():
        costs = [prices.cost(model.name, tokens, batch=model.batch) for tokens in (one.usage, one.most)]
        numbers = (*[one.known][:is_known], one.requests, one.usage.prompt_tokens, one.usage.completion_tokens)
        table.add_row(
            step,
            *(f"{number:,}" for number in (*numbers, one.most.completion_tokens)),
            *("?" if cost is None else f"{cost:.4f}" for cost in costs),
        )
    out().print(table)
    if prices.of(model.name) is None:
        say(f"nobody knows what {model.name} costs: give --price input,output, in dollars per million tokens.")
