"""The options that name a language model, for every command that can use one."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from roleinstruct.cli.talk import out
from roleinstruct.errors import ConfigError
from roleinstruct.llm.budget import Prices
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import Estimate

__all__ = [
    "BaseUrl",
    "Concurrency",
    "MaxCost",
    "Model",
    "Price",
    "Replay",
    "WantsEstimate",
    "expect_model",
    "show_estimate",
    "with_model",
]

Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Ask this language model.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Its server; by default OPENAI_BASE_URL, or OpenAI.")
]
MaxCost = Annotated[float | None, typer.Option("--max-cost", metavar="USD", help="Stop before this is passed.")]
Price = Annotated[
    str | None, typer.Option("--price", metavar="IN,OUT", help="USD per million tokens, where it is not known.")
]
Concurrency = Annotated[int | None, typer.Option("--concurrency", min=1, max=1024, help="The most calls at once.")]
WantsEstimate = Annotated[bool, typer.Option("--estimate", help="Say what it would cost, and send nothing.")]
Replay = Annotated[bool, typer.Option("--replay", help="Take the model's replies from the journal, and call nobody.")]


def expect_model(config: BuildConfig) -> BuildConfig:
    """The same build.

    Raises:
        ConfigError: It names no model.
    """
    if not config.model.name:
        raise ConfigError("without a model nothing costs anything: say which with --model.")
    return config


def with_model(
    config: BuildConfig,
    *,
    model: str | None,
    base_url: str | None,
    max_cost: float | None,
    price: str | None = None,
    concurrency: int | None = None,
) -> BuildConfig:
    """The build with the model that the options name; what they do not say stays as it is."""
    said = {"name": model, "base_url": base_url, "max_cost": max_cost, "price": price, "concurrency": concurrency}
    changes = {key: value for key, value in said.items() if value is not None}
    return config.with_model(**changes) if changes else config


def show_estimate(config: BuildConfig, estimates: Mapping[str, Estimate]) -> None:
    """Print what the steps of a run would cost."""
    model = config.model
    prices = Prices.flat(model.price) if model.price else Prices.load().at(model.base_url)
    table = Table(title=f"{model.name}, nothing was sent", title_justify="left")
    table.add_column("step")
    for name in ("requests", "tokens sent", "received", "USD"):
        table.add_column(name, justify="right")
    for step, found in estimates.items():
        about, limit = "" if found.exact else "about ", "about" if step == "annotate" else "at most"
        cost = prices.cost(model.name, found.usage)
        table.add_row(
            step,
            f"{found.requests:,}",
            f"{about}{found.usage.prompt_tokens:,}",
            f"{limit} {found.usage.completion_tokens:,}",
            "unknown: say --price" if cost is None else f"{limit} {cost:.4f}",
        )
    out().print(table)
