"""An estimate is held against the tokens that are then used: a real server and tokenizer, replies of real lengths."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path

import pytest
from tokenizers import Tokenizer as FileTokenizer
from tokenizers import decoders, models, pre_tokenizers, trainers

from openai_replies import Reply, Request, say
from openai_server import OpenAIServer
from roleinstruct import assets
from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, MissingExtraError
from roleinstruct.generate.variety import KINDS
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Request as Asked
from roleinstruct.llm.request import Usage
from roleinstruct.llm.tokens import TokenCount, Tokenizer
from roleinstruct.pipeline.build import build, estimate
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import estimate_step
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.records import Message

SOURCE = Path(__file__).parents[1] / "src" / "roleinstruct" / "generate" / "prompts"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level BPE of the sample's and the prompts' words, in the form in which models bring theirs."""
    files = [*assets.find("sample.yaml", "builders").parent.glob("sample/raw/**/*"), *SOURCE.glob("*.md")]
    texts = [path.read_bytes().decode("utf-8", "ignore") for path in files if path.is_file()]
    made = FileTokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(vocab_size=6000, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    folder = tmp_path_factory.mktemp("model")
    made.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """What really stands in the sample: questions with answers, profiles, answers to general instructions."""
    out = tmp_path_factory.mktemp("bank") / "set"
    build(BuildConfig.load("sample"), out)
    return DataFolder(out)


def asked(heard: Request) -> str:
    """The user message of the first round."""
    return str(heard.body["messages"][1]["content"])


def questions(name: str) -> list[str]:
    """Forty that nobody has asked yet."""
    if name.isascii():
        return [f"{name}, do you {verb} {when}?" for when in WHEN["en"] for verb in VERBS["en"]]
    return [f"{name}，你{when}会{verb}吗？" for when in WHEN["zh"] for verb in VERBS["zh"]]


VERBS = {
    "zh": ("去河边钓鱼", "跟老同学打牌", "把旧照片翻出来看", "给家里写信",
           "自己下厨炖汤", "骑车去郊外", "听收音机", "修桌椅板凳"),
    "en": ("go fishing by the river", "play cards with old friends", "look at the family photographs", "write letters",
           "cook a stew", "cycle out of town", "listen to the wireless", "mend the chairs"),
}  # fmt: skip
WHEN = {
    "zh": ("下雨天", "逢年过节", "睡不着的晚上", "发工钱那天", "跟人吵了架以后"),
    "en": ("when it rains", "at Christmas", "on nights without sleep", "on pay day", "after a quarrel"),
}


class Teacher:
    """Answers with what the sample holds, and charges for every token as a ChatML server does."""

    def __init__(self, tokenizer: Path, bank: DataFolder) -> None:
        self._tokenizer = FileTokenizer.from_file(str(tokenizer / "tokenizer.json"))
        pairs, general = defaultdict(list), defaultdict(list)
        for row in bank.rows("general"):
            general[row["character"]].append(row["responses"][0])
        for row in bank.rows("specific"):  # the answers stand in the script, from where they may not be taken
            name = row["character"]
            words = " ".join(general[name][len(pairs[name]) % len(general[name]) :])
            pairs[name].append((questions(name)[len(pairs[name])], words[: len(row["response"])]))
        self._pairs = {name: cycle(found) for name, found in pairs.items()}
        self._general = {name: cycle(found[::-1]) for name, found in general.items()}  # of other questions
        self._profiles = {row["character"]: row for row in bank.rows("profiles")}
        self.used: dict[str, Usage] = defaultdict(Usage)
        self.calls: Counter[str] = Counter()
        self.repairs: list[str] = []
        self._say = {
            "Labels": self._labels, "Findings": self._findings, "Pairs": self._asked, "Spoken": self._answered
        }  # fmt: skip

    def __call__(self, heard: Request) -> Reply:
        shape = heard.body["response_format"]["json_schema"]["name"]
        step, text = self._say[shape](heard)
        rendered = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in heard.body["messages"])
        sent, received = self._count(rendered + "<|im_start|>assistant\n"), self._count(text)
        self.used[step] += Usage(sent, received)
        self.repairs += [message["content"] for message in heard.body["messages"][3:]]
        self.calls[step] += 1
        return say(text, prompt_tokens=sent, completion_tokens=received)

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def _whom(self, heard: Request) -> str:
        return next(name for name in self._profiles if name in asked(heard))

    def _labels(self, heard: Request) -> tuple[str, str]:
        said = re.findall(r"^(\d+) \| (.*)$", asked(heard), re.MULTILINE)
        labels = [(number, hashlib.sha256(text.encode()).digest()) for number, text in said]
        others = [emotion for emotion in Emotion if emotion is not Emotion.NEUTRAL]
        told = [f"{number} {'neutral' if mark[0] % 2 else others[mark[1] % 9]}" for number, mark in labels]
        return "annotate", json.dumps({"labels": told})

    def _findings(self, heard: Request) -> tuple[str, str]:
        shown = len(re.findall(r"^\[\d+\]", asked(heard), re.MULTILINE))
        profile = self._profiles[self._whom(heard)]
        stated = [(one["key"], one["value"]) for one in profile["fields"][6:18] if one["key"] != "traits"]
        stated += [("traits", trait) for trait in profile["traits"]]
        told = [
            {"field": key, "value": value, "evidence": [1 + place % shown]} for place, (key, value) in enumerate(stated)
        ]
        return "profile", json.dumps({"statements": told}, ensure_ascii=False)

    def _asked(self, heard: Request) -> tuple[str, str]:
        bank = self._pairs[self._whom(heard)]
        last = asked(heard).split("\n")[-1]
        wanted = Counter({kind: int(number) for kind, number in re.findall(f"({'|'.join(KINDS)}) (\\d+)", last)})
        told = [
            {
                "kind": kind, "evidence": [1], "reason": "[1]里是这么说的，前后都对得上", "question": question,
                "answer": answer, "emotion": "neutral", "confidence": "high",
            }
            for kind in wanted.elements()
            for question, answer in [next(bank)]
        ]  # fmt: skip
        return "ask", json.dumps({"pairs": told}, ensure_ascii=False)

    def _answered(self, heard: Request) -> tuple[str, str]:
        return "answer", json.dumps({"answer": next(self._general[self._whom(heard)])}, ensure_ascii=False)


def config(base_url: str, tokenizer: Path) -> BuildConfig:
    chosen = BuildConfig.load("sample").with_general(when="always", limit=3)
    chosen = chosen.model_copy(update={"questions": chosen.questions.model_copy(update={"per_character": 30})})
    return chosen.with_model(name="m", base_url=base_url, tokenizer=str(tokenizer), concurrency=1)


def test_the_tokens_that_are_used_are_those_of_the_estimate(tokenizer: Path, bank: DataFolder, tmp_path: Path) -> None:
    teacher, out = Teacher(tokenizer, bank), tmp_path / "set"
    with OpenAIServer(teacher) as server:
        wanted = config(server.base_url, tokenizer)
        found = estimate(wanted, home=out)
        assert len(server.calls) == 0
        build(wanted, out)
    with Journal(out / JOURNAL, read_only=True) as journal:
        assert dict(journal.total()) == teacher.used
    assert teacher.repairs == []
    assert {step: one.requests for step, one in found.items()} == dict(teacher.calls)
    assert found["annotate"].usage.prompt_tokens == teacher.used["annotate"].prompt_tokens
    for step, one in found.items():
        real = teacher.used[step]
        assert one.usage.prompt_tokens == pytest.approx(real.prompt_tokens, rel=0.05), step
        assert one.usage.completion_tokens == pytest.approx(real.completion_tokens, rel=0.25), step
        assert one.most.prompt_tokens > real.prompt_tokens
        assert one.most.completion_tokens > real.completion_tokens
    assert whole(one.usage for one in found.values()) == pytest.approx(whole(teacher.used.values()), rel=0.1)
    again = estimate_step("annotate", bank, wanted, home=out)
    assert (again.requests, again.usage, again.known) == (0, Usage(), teacher.calls["annotate"])
    assert estimate_step("answer", DataFolder(out), wanted).known == teacher.calls["answer"]
    for paid in (estimate(wanted, home=out), estimate(wanted.with_model(price="1,2"), home=out)):
        assert {step: (one.requests, one.known) for step, one in paid.items()} == {
            step: (0, calls) for step, calls in teacher.calls.items()
        }
    for step in ("profile", "ask"):
        alone = estimate_step(step, DataFolder(out), wanted)
        assert (alone.requests, alone.known > 0) == (0, True), step
    assert estimate(wanted, limit=5, home=out)["profile"].requests > 0
    assert estimate_step("answer", bank, wanted.with_model(parameters={"seed": 1}), home=out).known == 0


def whole(usages: Iterable[Usage]) -> int:
    return sum(usage.prompt_tokens + usage.completion_tokens for usage in usages)


def test_a_models_own_tokenizer_counts_what_it_counts(tokenizer: Path) -> None:
    own = FileTokenizer.from_file(str(tokenizer / "tokenizer.json"))
    text = "郝师傅，今天修什么？ The bike again. 😀"
    for name in (tokenizer, tokenizer / "tokenizer.json"):
        assert Tokenizer.of(str(name)).count(text) == TokenCount(len(own.encode(text).ids), True)
    request = Asked("m", (Message("system", "甲"), Message("user", "乙")), schema={"type": "object"})
    bare = Tokenizer.of(str(tokenizer)).count_request(request, with_schema=False)
    rendered = "<|im_start|>system\n甲<|im_end|>\n<|im_start|>user\n乙<|im_end|>\n<|im_start|>assistant\n"
    assert bare == TokenCount(len(own.encode(rendered).ids), True)
    shown = Tokenizer.of(str(tokenizer)).count_request(request, with_schema=True)
    assert shown == TokenCount(bare.tokens + len(own.encode('{"type": "object"}').ids), False)


def test_a_model_at_home_is_not_shown_the_schema_and_one_of_openais_is(tokenizer: Path) -> None:
    assert not Tokenizer.of(str(tokenizer)).shows_schemas
    assert not Tokenizer("qwen-plus").shows_schemas
    assert Tokenizer.of("gpt-4o").shows_schemas


@pytest.mark.parametrize(("content", "words"), [(None, "is no file, no folder"), ("{}", "is no tokenizer")])
def test_what_is_no_tokenizer_is_said_to_be_none(content: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        Tokenizer.of(str(path))


def test_without_the_library_that_reads_tokenizers_a_command_installs_it(
    tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roleinstruct.errors.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'roleinstruct\[tokenizers\]'"):
        Tokenizer.of(str(tokenizer))


def test_a_tokenizer_stands_beside_the_builder_file(tokenizer: Path, tmp_path: Path) -> None:
    (tmp_path / "model").symlink_to(tokenizer)
    (tmp_path / "mine.yaml").write_text("model: {name: m, tokenizer: model}", encoding="utf-8")
    assert BuildConfig.load(str(tmp_path / "mine.yaml")).model.tokenizer == str(tmp_path / "model")
    (tmp_path / "mine.yaml").write_text("model: {name: m, tokenizer: gpt-4o}", encoding="utf-8")
    assert BuildConfig.load(str(tmp_path / "mine.yaml")).model.tokenizer == "gpt-4o"


def test_the_table_says_what_is_likely_and_what_is_the_most(
    tokenizer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw" / "郝师傅"
    raw.mkdir(parents=True)
    said = "\n".join(f"{('客人', '郝师傅')[n % 2]}：这是第{n}句，车子修到第{n}天了。" for n in range(24))
    (raw / "script.txt").write_text(said, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("{source: {path: raw}, general: {when: never}}", encoding="utf-8")
    options = ["--model", "m", "--set", f"model.tokenizer={tokenizer}", "--price", "1,2", "--estimate"]
    words = ["roleinstruct", "build", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "set"), *options]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    said = capsys.readouterr().out
    assert "nothing was sent; tokens counted by" in " ".join(said.split())
    rows = {cells[0]: cells[1:] for cells in map(str.split, said.replace("│", " ").splitlines()) if cells}
    assert {"annotate", "profile", "ask"} <= rows.keys()
    requests, sent, received, most, cost, worst = (float(cell.replace(",", "")) for cell in rows["annotate"])
    assert (requests, cost) == (1, pytest.approx((sent + 2 * received) / 1e6, abs=1e-4))
    assert received < most
    assert cost < worst
    assert not (tmp_path / "set").exists()
