"""The blocks of a builder file that are about a language model: which it is, and what it is asked."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from roleinstruct.errors import RecordError
from roleinstruct.generate.room import WINDOW
from roleinstruct.llm.request import Request
from roleinstruct.pipeline.data_blocks import Count, Share

__all__ = ["AUTO", "BUNDLED", "HUB", "AnnotationConfig", "GeneralConfig", "ModelConfig", "QuestionsConfig"]

AUTO = Path("auto")
"""As a `cascade`: the data set folder's own labels."""

Kind = Literal["profile", "plot", "relations", "feelings", "everyday"]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

BUNDLED = "bundled"
"""As a `source`: the instructions that come with the package."""

HUB = "hub:"
"""What a `source` on the Hub begins with."""


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_local(encoder: str) -> str:
    if encoder != "ngrams" and encoder.partition(":")[0] not in ("flag", "m3", "sentence"):
        raise ValueError("no encoder of this machine; there are ngrams, flag:MODEL, m3:MODEL and sentence:MODEL")
    return encoder


class ModelConfig(_Block):
    """The language model that writes what the extractive stages only find; without a name there is none."""

    name: str = ""
    """As its server knows it, such as gpt-4o-mini."""
    base_url: str | None = None
    """An OpenAI-compatible server, such as http://localhost:8000/v1; None takes OPENAI_BASE_URL, or OpenAI."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 64
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    timeout: Annotated[float, Field(gt=0)] = 120.0
    """Seconds that one request may take."""
    price: str | None = None
    """Dollars per million tokens, "input,output" or "input,cached,output", where the package's table does not know."""
    max_cost: Annotated[float, Field(gt=0)] | None = None
    """Dollars after which a run stops."""
    context_tokens: Annotated[int, Field(ge=4096)] = WINDOW
    """Tokens of the model's context, request and reply together; profiles and questions are made in pieces that fit."""
    tokenizer: str = ""
    """What counts its tokens for an estimate: a tokenizer.json or a folder that holds one, relative to the builder
    file, or a model that tiktoken knows; "" goes by the name."""
    encoder: Annotated[str, AfterValidator(_is_local)] = "ngrams"
    """What finds the scenes that questions are made of, and the answers that are shown as examples: "ngrams", or a
    model on this machine: "flag:MODEL", "m3:MODEL" or "sentence:MODEL"; see docs/retrieval.md."""
    samples: Annotated[int, Field(ge=1, le=15)] = 1
    """Emotion labels asked for each line, of which the majority counts."""
    least_yield: Share = 0.5
    """The share of what was asked for that a step must bring; one that brings less fails. 0 lets everything pass."""
    batch: bool = False
    """Hand the requests in as batches, where the server takes them: cheaper, and done within a day."""
    parameters: dict[str, Any] = {}
    """What every request says besides, by the server's own names, such as reasoning_effort, seed or
    chat_template_kwargs; null leaves out one that a step would send. Keys and headers have no place here:
    ROLEINSTRUCT_HEADERS in the environment takes headers."""

    @field_validator("parameters")
    @classmethod
    def _are_parameters(cls, given: dict[str, Any]) -> dict[str, Any]:
        if fixed := sorted({"model", "messages", "stream", "n"} & set(given)):
            raise ValueError(f"{fixed[0]} is no parameter to choose, every step sets it itself")
        try:
            Request("", (), given).as_json()
        except RecordError as error:
            raise ValueError(str(error)) from error
        return given


class AnnotationConfig(_Block):
    """How a model is asked for emotions, and which lines a local classifier takes before it."""

    window: Annotated[int, Field(ge=1, le=400)] = 40
    """The most lines to ask for in one request: a long dialogue is cut, short ones share one."""
    context: Count = 6
    """Lines before each asked one that are shown with it."""
    reasons: bool = False
    """Have a reason written before each label; it stays in the journal, and costs several times as many tokens."""
    cascade: Path | None = None
    """"auto": a classifier fitted on the folder's own labels, or first on labels that the model gives a sample, takes
    the lines that it is sure of; or the labelled data set or source to fit it on, relative to the builder file."""
    agreement: Annotated[float, Field(ge=0, le=1)] = 0.95
    """With `cascade`: the least kappa of all labels in the end with those that the model alone would give."""
    sample: Annotated[int, Field(ge=100)] = 300
    """With `cascade: auto`: so many lines are to be labelled before a classifier is fitted; the model is asked for
    what is missing to that."""

    @property
    def labelled(self) -> Path | None:
        """What to fit the classifier of the cascade on; None for the folder's own labels, or without a cascade."""
        return None if self.cascade in (None, AUTO) else self.cascade


class QuestionsConfig(_Block):
    """Questions and answers taken from real adjacent turns."""

    when: Literal["missing", "always", "never"] = "missing"
    """"missing": only for characters whose source brings none."""
    per_character: Annotated[int, Field(ge=1)] = 200
    kinds: dict[Kind, Weight] = {"profile": 1.0, "plot": 1.0, "relations": 1.0, "feelings": 1.0, "everyday": 1.0}
    """With a model: shares of the questions, by kind."""
    confidence: Literal["low", "medium", "high"] = "medium"
    """With a model: answers that it is less sure of are left out."""
    rounds: Annotated[int, Field(ge=1, le=20)] = 4
    """With a model: how often it may be asked for what is missing, the first time included."""

    @field_validator("kinds")
    @classmethod
    def _ask_for_some(cls, kinds: dict[Kind, Weight]) -> dict[Kind, Weight]:
        if not sum(kinds.values()):
            raise ValueError("no kind has a share above 0")
        return kinds


class GeneralConfig(_Block):
    """General instructions, which a model answers in each character's voice."""

    when: Literal["missing", "always", "never"] = "missing"
    """"missing": only for characters whose source brings none with answers."""
    source: str = BUNDLED
    """"bundled", a file or folder (relative to the builder file), or "hub:ORG/NAME[@REVISION]", of the Hub."""
    columns: dict[Literal["instruction", "input", "response"], str] = {}
    """Which column holds what, where the names do not tell; a response is taken for the neutral answer."""
    subset: str | None = None
    """Of a data set of the Hub that has several."""
    split: str = "train"
    limit: Annotated[int, Field(ge=1)] | None = None
    """The most instructions for each character."""
    language: Literal["match", "any"] = "match"
    """"match": a character is asked in the own language alone."""
    samples: Annotated[int, Field(ge=1, le=20)] = 5
    """Answers in character to each (RoleCraft-GLM, section 3.3)."""
    neutral: bool = False
    """Whether an instruction that comes without a neutral answer is given one."""

    @property
    def path(self) -> Path | None:
        """The file or folder that holds the instructions, if one does."""
        return None if self.source == BUNDLED or self.source.startswith(HUB) else Path(self.source)
