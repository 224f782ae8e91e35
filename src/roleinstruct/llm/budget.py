"""What calls to a model cost, and a meter that stops before a limit is passed.

Prices are data: `prices.yaml` beside this module, a file of the user's in the same form, or two numbers.
"""

import datetime
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from roleinstruct.errors import BudgetError, ConfigError
from roleinstruct.llm.request import Request, Usage
from roleinstruct.llm.tokens import Tokenizer

__all__ = ["Meter", "Price", "Prices", "worst_case"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in US dollars per million tokens.

    Attributes:
        input: Tokens sent.
        cached: Tokens sent that the server had in its cache.
        output: Tokens received.
        batch: Factor on input and output in the provider's batch interface, 1 where there is no discount.
    """

    input: float
    cached: float
    output: float
    batch: float = 1.0


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of models by name.

    Attributes:
        listed: Price by model.
        otherwise: The price of a model that is not listed; None where nobody knows it.
    """

    listed: Mapping[str, Price]
    otherwise: Price | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> "Prices":
        """Read the prices that come with the package, and those of a file that go before them.

        Raises:
            ConfigError: The file cannot be read, or does not hold prices.
        """
        prices = _parse(files("roleinstruct.llm").joinpath("prices.yaml").read_text(encoding="utf-8"), "prices.yaml")
        if path is not None:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"the price file {path} cannot be read: {error}.") from error
            prices |= _parse(text, str(path))
        return cls(prices)

    @classmethod
    def flat(cls, text: str) -> "Prices":
        """One price for every model, as the command line takes it.

        Args:
            text: "input,output" or "input,cached,output", dollars per million tokens: "0.15,0.60".

        Raises:
            ConfigError: It is not that.
        """
        try:
            numbers = [float(part) for part in text.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) not in (2, 3) or not all(0 <= number < float("inf") for number in numbers):
            raise ConfigError(f"the price is {text!r}, expected dollars per million tokens as in 0.15,0.60.")
        return cls({}, Price(numbers[0], numbers[-2], numbers[-1]))

    def at(self, base_url: str | None) -> "Prices":
        """The prices on a server: on one of one's own, a model that is not listed costs nothing.

        A listed one keeps its price, since a server at home may pass it on to one that is paid.
        """
        free = self.otherwise is None and base_url is not None and _is_local(base_url)
        return replace(self, otherwise=Price(0.0, 0.0, 0.0)) if free else self

    def of(self, model: str) -> Price | None:
        """The price of a model by its name, or by its name without a date at the end; None if nobody knows it."""
        return self.listed.get(model) or self.listed.get(_DATED.sub("", model)) or self.otherwise

    def cost(self, model: str, usage: Usage, batch: bool = False) -> float | None:
        """US dollars for some tokens; None if the price is not known.

        In a batch, a discount for cached tokens is not counted: providers do not promise both.
        """
        price = self.of(model)
        if price is None:
            return None
        if batch and price.batch < 1:
            return (usage.prompt_tokens * price.input + usage.completion_tokens * price.output) * price.batch / 1e6
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        sent = (usage.prompt_tokens - cached) * price.input + cached * price.cached
        return (sent + usage.completion_tokens * price.output) / 1e6


def worst_case(request: Request, output: int = 4096, tokenizer: Tokenizer | None = None) -> Usage:
    """The most tokens that a request may use: nothing cached, the reply as long as it may be.

    Args:
        request: The request; its "max_tokens" or "max_completion_tokens" limits the reply.
        output: Tokens of a reply that nothing limits.
        tokenizer: Counts; None goes by the model's name.
    """
    count = (tokenizer or Tokenizer(request.model)).count_request(request, with_schema=True)
    limits = (request.parameters.get(name) for name in ("max_completion_tokens", "max_tokens"))
    limit = next((limit for limit in limits if isinstance(limit, int)), output)
    return Usage(count.tokens if count.exact else round(count.tokens * _MARGIN), limit)


@dataclass(slots=True)
class Meter:
    """Adds up tokens and dollars by stage, and holds back what calls under way may still cost.

    Attributes:
        prices: What the models cost.
        max_cost: US dollars that may be spent, or None.
        usage: Tokens by stage.
        cost: US dollars by stage, of the calls whose price is known.
        unpriced: Models that were called and whose price is not known.
        held: US dollars set aside for calls under way.
    """

    prices: Prices
    max_cost: float | None = None
    usage: dict[str, Usage] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    unpriced: set[str] = field(default_factory=set)
    held: float = 0.0

    @property
    def spent(self) -> float:
        """US dollars in all."""
        return sum(self.cost.values())

    def can_afford(self, model: str, worst: Usage, batch: bool = False) -> bool:
        """Whether a call that uses so much at worst keeps within the limit, with all that are under way.

        Raises:
            BudgetError: There is a limit, and nobody knows the model's price.
        """
        cost = self._worst(model, worst, batch)
        return self.max_cost is None or self.spent + self.held + cost <= self.max_cost

    def hold(self, model: str, worst: Usage, batch: bool = False) -> float:
        """Set aside what a call may cost, before it is made.

        Returns:
            The dollars, to be given to `add` or `release` when the call has ended.

        Raises:
            BudgetError: It could pass the limit, or nobody knows the model's price.
        """
        cost = self._worst(model, worst, batch)
        if not self.can_afford(model, worst, batch):
            aside = f" and {self.held:.4f} set aside for what is under way" if self.held > _SMALLEST else ""
            raise BudgetError(
                f"the next call to {model} may cost {cost:.4f} USD, which could pass the limit of {self.max_cost:g}: "
                f"{self.spent:.4f} are spent{aside}; what is done is kept: run again, which counts from 0, "
                "or with a higher --max-cost."
            )
        self.held += cost
        return cost

    def add(self, stage: str, model: str, usage: Usage, held: float = 0.0, batch: bool = False) -> None:
        """Count a call that was made, and let go of what was set aside for it."""
        self.release(held)
        self.usage[stage] = self.usage.get(stage, Usage()) + usage
        cost = self.prices.cost(model, usage, batch)
        if cost is None:
            self.unpriced.add(model)
        else:
            self.cost[stage] = self.cost.get(stage, 0.0) + cost

    def release(self, held: float) -> None:
        """Let go of what was set aside for a call that came to nothing."""
        self.held = max(0.0, self.held - held)

    def _worst(self, model: str, worst: Usage, batch: bool) -> float:
        cost = self.prices.cost(model, replace(worst, cached_tokens=0), batch)
        if cost is None and self.max_cost is not None:
            raise BudgetError(
                f"nobody knows what {model} costs, so that no limit can be kept: give --price input,output."
            )
        return cost or 0.0


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    input: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    output: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    cached: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider: str = ""
    source: str = ""
    date: datetime.date | None = None
    batch: Annotated[float, Field(gt=0, le=1)] = 1.0
    models: dict[str, _Listed]


def _parse(text: str, name: str) -> dict[str, Price]:
    try:
        blocks = TypeAdapter(list[_Block]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"{name} is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ConfigError(f"{name} is no price file: {where}: {first['msg']}; expected it like prices.yaml.") from error
    return {
        model: Price(at.input, at.input if at.cached is None else at.cached, at.output, block.batch)
        for block in blocks
        for model, at in block.models.items()
    }


def _is_local(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", "host.docker.internal") or host.endswith((".local", ".localhost"))
    return address.is_private or address.is_unspecified


_SMALLEST = 1e-9  # dollars; less is what sums of fractions leave behind
_MARGIN = 1.2  # an estimate of tokens was never more than 16 % too low
_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{6}|\d{4})$")
