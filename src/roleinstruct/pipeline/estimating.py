"""What the steps that a language model does would send and receive."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.dataset.rows import dialogue_of, instruction_of, profile_of
from roleinstruct.encoders.load import load_encoder
from roleinstruct.generate.answering import requests_of as answer_requests
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.profiling import requests_of as profile_requests
from roleinstruct.generate.questioning import requests_of as question_requests
from roleinstruct.generate.statements import Findings, numbered, read
from roleinstruct.generate.voting import questions_of
from roleinstruct.generate.windows import Task, pack
from roleinstruct.llm.budget import worst_case
from roleinstruct.llm.clipping import tokens_of
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Request, Usage
from roleinstruct.llm.shapes import first_request
from roleinstruct.llm.tokens import Tokenizer
from roleinstruct.pipeline.answering import answer_jobs, answer_options
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.expecting import answer_reply, findings_reply, labels_reply, pairs_reply
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.labelling import dialogues_of, label_options
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.paid import has_same_script, paid_requests
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.pipeline.writing import profile_options, question_options
from roleinstruct.records import CharacterProfile, Message

__all__ = ["Estimate", "RequestSum", "estimate_step"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step would send and receive, if no reply had to be asked for again.

    Attributes:
        requests: Calls that are to be paid for.
        usage: Tokens that they are likely to take, nothing being in the server's cache.
        most: Tokens that they can take at most: replies of full length, and the schema with every request.
        known: Further requests whose replies are in the journal and cost nothing.
        counted: By what the tokens were counted, in a few words.
    """

    requests: int
    usage: Usage
    most: Usage
    known: int
    counted: str

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            self.requests + other.requests,
            self.usage + other.usage,
            self.most + other.most,
            self.known + other.known,
            self.counted,
        )


def estimate_step(
    step: str, folder: DataFolder, config: BuildConfig, listener: Listener | None = None, home: Path | None = None
) -> Estimate:
    """Count what a step would ask.

    Args:
        step: One that a model can do: "annotate", "profile", "ask" or "answer".
        folder: A data set folder as the step would find it. What has not been written yet is not shown to the model,
            and so not counted.
        config: The build, which names a model.
        listener: Hears of general instructions that cannot be read.
        home: The folder whose journal may hold replies; None for the same. Where it was built of the same script by
            the same configuration, what its step rests on is paid for, and would be taken from the journal again.

    Raises:
        ConfigError: The tokenizer that the build names is none.
    """
    name = config.model.tokenizer
    tokenizer = Tokenizer.of(name) if name else Tokenizer(config.model.name)
    own = DataFolder(home or folder.root)
    paid = paid_requests(step, own, config)
    if paid is not None and home is not None and has_same_script(folder, own):
        return Estimate(0, Usage(), Usage(), paid, tokenizer.says)
    path = own.root / JOURNAL
    with Journal(path, read_only=True) if path.is_file() else nullcontext() as journal:
        found = RequestSum(tokenizer, journal, config.model.parameters, is_done=paid is not None)
        if step == "annotate":
            _add_labels(folder, config, found)
        elif step == "profile":
            _add_profiles(folder, config, found)
        elif step == "ask":
            _add_questions(folder, config, found)
        else:
            _add_answers(folder, config, listener or Listener(), found)
        return found.estimate()


@dataclass(slots=True)
class RequestSum:
    """Adds up; a request that was there before, or whose reply is in the journal, costs nothing."""

    tokenizer: Tokenizer
    journal: Journal | None
    parameters: Mapping[str, object] = field(default_factory=dict)
    is_done: bool = False
    requests: int = 0
    known: int = 0
    usage: Usage = field(default_factory=Usage)
    most: Usage = field(default_factory=Usage)
    _seen: set[bytes] = field(default_factory=set)

    def add(self, request: Request, reply: str) -> None:
        """Count a request, and the reply that it is likely to get."""
        told = {**request.parameters, **self.parameters}
        request = replace(request, parameters={name: value for name, value in told.items() if value is not None})
        key = request.key
        digest = bytes.fromhex(key)[:16]
        if digest in self._seen:
            return
        self._seen.add(digest)
        if self.journal is not None and self.journal.get(key) is not None:
            self.known += 1
            return
        self.add_likely(request, reply)
        self.add_most(request)

    def add_likely(self, request: Request, reply: str) -> None:
        """Count a request that may be another one, or none, when it comes to it."""
        sent = self.tokenizer.count_request(request, with_schema=self.tokenizer.shows_schemas)
        received = min(self.tokenizer.count(reply).tokens, worst_case(request).completion_tokens)
        self.usage += Usage(sent.tokens, received)
        self.requests += 1

    def add_most(self, request: Request) -> None:
        """Count what a request can take at most."""
        self.most += worst_case(request, tokenizer=self.tokenizer)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be paid for up to here in a step that was done: what follows is in the journal too."""
        return self.is_done and not self.requests

    def estimate(self) -> Estimate:
        """The sums."""
        return Estimate(self.requests, self.usage, self.most, self.known, self.tokenizer.says)


def _add_labels(folder: DataFolder, config: BuildConfig, found: RequestSum) -> None:
    """All by the model: what a cascade would take is not known yet."""
    options = label_options(config)
    for packed in pack(map(Task.of, dialogues_of(folder)), options.window, options.context):
        for question in questions_of(packed, options) if packed.lines else ():
            request = first_request(question, config.model.name)
            found.add(request, labels_reply(packed.lines, request if options.reasons else None))


def _add_profiles(folder: DataFolder, config: BuildConfig, found: RequestSum) -> None:
    """Every piece of the script, and the requests that make one profile of their answers."""
    texts, dialogues, options = imported_profiles(folder), folder.by_character("dialogues"), profile_options(config)
    for name in everyone(folder):
        profile = parse_profile(texts.get(name, CharacterProfile(name)))
        asked = profile_requests(profile, list(map(dialogue_of, dialogues.rows(name))), config.model.name, options)
        pieces = [request for request in asked if request.messages[0] == asked[0].messages[0]]
        for request in pieces:
            found.add(request, findings_reply(request))
        if found.is_settled:
            continue
        for request in _likely_merges(pieces, asked[len(pieces) :], options.context):
            found.add_likely(request, findings_reply(request))
        for request in asked[len(pieces) :]:
            found.add_most(request)


def _likely_merges(pieces: Sequence[Request], stand_ins: Sequence[Request], room: int) -> Iterator[Request]:
    """The requests that follow where every piece yields as many statements as is usual, and so does every merge.

    A stand-in has one sign again and again where a request shows statements.
    """
    texts = [_statements(request) for request in pieces] if stand_ins else []
    while len(texts) > 1:
        count = min(-(-sum(map(tokens_of, texts)) // room), len(texts) - 1)
        groups = [texts[number::count] for number in range(count)]
        texts = []
        for group in groups:
            system, user = stand_ins[0].messages
            shown = _FILLING.sub(lambda _: "\n".join(group), user.content)  # noqa: B023 - used at once
            yield (merge := replace(stand_ins[0], messages=(system, Message(user.role, shown))))
            texts.append(_statements(merge))


def _statements(request: Request) -> str:
    """What the reply to a request states, as it is shown to be merged."""
    found = Findings.model_validate_json(findings_reply(request))
    return numbered(read(found, [()] * max(number for one in found.statements for number in one.evidence)))


def _add_questions(folder: DataFolder, config: BuildConfig, found: RequestSum) -> None:
    """Every pair being fit; pieces of the script are looked at again only where there are too few of them."""
    dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
    options, profiles = question_options(config), _profiles(folder)
    encoder = load_encoder(config.model.encoder, cache=folder.root / PRIVATE)
    for name in everyone(folder):
        if not is_wanted(config.questions, [instruction_of(row) for row in specific.rows(name)]):
            continue
        script = list(map(dialogue_of, dialogues.rows(name)))
        asked = question_requests(profiles[name], script, config.model.name, options, encoder)
        rounds = [replace(request, sample=number) for number in range(options.rounds) for request in asked]
        left = options.wanted or options.pairs * len(asked)
        for request in rounds[: -(-left // options.pairs)]:
            if request.sample and found.is_settled:
                break
            found.add(request, pairs_reply(request, min(left, options.pairs)))
            left -= options.pairs


def _add_answers(folder: DataFolder, config: BuildConfig, listener: Listener, found: RequestSum) -> None:
    """With the examples of now; a neutral answer is asked for once for all characters."""
    options, model = answer_options(config.general), config.model.name
    for job in answer_jobs(folder, config, listener):
        for request in answer_requests(job.instruction, job.role, model, options):
            found.add(request, answer_reply(request))


def _profiles(folder: DataFolder) -> dict[str, CharacterProfile]:
    """By character: as they were written, or before that as the source has them."""
    if folder.has("profiles"):
        return {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    texts = imported_profiles(folder)
    return {name: parse_profile(texts.get(name, CharacterProfile(name))) for name in everyone(folder)}


_FILLING = re.compile(r"(.)\1{499,}")
