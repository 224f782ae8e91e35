"""What the steps that a language model does would send and receive."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, instruction_of
from roleinstruct.generate.annotating import AnnotateOptions
from roleinstruct.generate.annotating import requests_of as label_requests
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.profiling import requests_of as profile_requests
from roleinstruct.generate.questioning import requests_of as question_requests
from roleinstruct.llm.budget import worst_case
from roleinstruct.llm.request import Request, Usage
from roleinstruct.llm.tokens import count_request, count_tokens
from roleinstruct.pipeline.config import BuildConfig, ModelConfig
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.labelling import dialogues_of
from roleinstruct.pipeline.ledger import GUESSES
from roleinstruct.pipeline.writing import question_options
from roleinstruct.records import CharacterProfile

__all__ = ["Estimate", "estimate_labels", "estimate_writing"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step would send and receive, if no reply had to be repaired and nothing were in the journal.

    Attributes:
        requests: Calls.
        usage: Tokens; those received are what the replies will have for labels, and the most that they may have else.
        exact: Whether the model's own tokenizer counted.
    """

    requests: int
    usage: Usage
    exact: bool


def estimate_labels(folder: DataFolder, config: ModelConfig) -> Estimate:
    """Count what the step "annotate" would ask."""
    options = AnnotateOptions(samples=config.samples)
    found = _Sums()
    for dialogue in dialogues_of(folder):
        requests = label_requests(dialogue, config.name, options)
        asked = sum(turn.emotion is None or turn.annotator in GUESSES for turn in dialogue.utterances)
        found.add(requests, _received(len(requests), asked * options.samples, config.name))
    return found.estimate()


def estimate_writing(folder: DataFolder, config: BuildConfig) -> dict[str, Estimate]:
    """Count what the steps "profile" and "ask" would ask; the folder need only be cleaned."""
    texts, dialogues = imported_profiles(folder), folder.by_character("dialogues")
    specific, model = folder.by_character("cleaned/specific"), config.model.name
    sums = {"profile": _Sums(), "ask": _Sums()}
    for name in everyone(folder):
        profile = parse_profile(texts.get(name, CharacterProfile(name)))
        script = list(map(dialogue_of, dialogues.rows(name)))
        _add_limits(sums["profile"], profile_requests(profile, script, model))
        if is_wanted(config.questions, [instruction_of(row) for row in specific.rows(name)]):
            _add_limits(sums["ask"], question_requests(profile, script, model, question_options(config.questions)))
    return {step: found.estimate() for step, found in sums.items()}


@dataclass(slots=True)
class _Sums:
    requests: int = 0
    usage: Usage = field(default_factory=Usage)
    exact: bool = True

    def add(self, requests: Sequence[Request], received: int) -> None:
        """Count requests, and the tokens of all their replies."""
        for request in requests:
            sent = count_request(request)
            self.exact = self.exact and sent.exact
            self.usage += Usage(prompt_tokens=sent.tokens)
        self.usage += Usage(completion_tokens=received)
        self.requests += len(requests)

    def estimate(self) -> Estimate:
        """The sums."""
        return Estimate(self.requests, self.usage, self.exact)


def _add_limits(sums: _Sums, requests: Sequence[Request]) -> None:
    sums.add(requests, sum(worst_case(request).completion_tokens for request in requests))


def _received(requests: int, lines: int, model: str) -> int:
    """Tokens of the replies: a frame for each, and a label for each line."""
    frame, line = (count_tokens(text, model).tokens for text in ('{"labels": []}', '"12 neutral", '))
    return requests * frame + lines * line
