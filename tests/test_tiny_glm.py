"""The model that is made on the spot: of what, how well, and twice the same."""

import hashlib
import signal
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from little_benchmark import little_benchmark
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_row
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.local_model import LocalModel
from roleinstruct.evaluation.responses import Query
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.tiny import Material, ensure_tiny_glm, material_of
from roleinstruct.records import Dialogue, Message, Place, Utterance
from roleinstruct.training.blocks import blocks
from roleinstruct.training.models import Size, make_tiny_glm
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.tokenizers import SPECIAL, train_tokenizer

TEXTS = ("老方：门轴又响了。\n小芹：上点儿油就好。", "Sam: Is the gate mended?\nNora: It will be by noon, love.")
PAIRS = (("茶凉了怎么办？", "再添些热水就好。"), ("How warm is it?", "It is warm enough."))
LITTLE = Size(vocabulary=400, hidden=32, layers=2, heads=2, key_value_heads=1, intermediate=64, context=512)
SHORT = Pretraining(tokens=19200, block=64, batch=2, talk=0.9)


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def losses() -> list[float]:
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, losses: list[float]) -> Path:
    out = tmp_path_factory.mktemp("tiny") / "glm"
    return make_tiny_glm(TEXTS, PAIRS, out, size=LITTLE, how=SHORT, heard=lambda step, steps, loss: losses.append(loss))


def test_the_same_texts_and_seed_give_the_same_weights_and_another_seed_others(made: Path, tmp_path: Path) -> None:
    brief = Pretraining(tokens=400, block=96, batch=2)
    found = [
        digest(make_tiny_glm(TEXTS, PAIRS, tmp_path / f"{number}", size=LITTLE, how=how))
        for number, how in enumerate((brief, brief, Pretraining(tokens=400, block=96, batch=2, seed=1)))
    ]
    assert found[0] == found[1] != found[2]


def test_it_learns_and_its_answers_come_to_an_end(made: Path, losses: list[float]) -> None:
    assert len(losses) == SHORT.steps
    assert fmean(losses[-5:]) < 0.5 * fmean(losses[:5])
    asked = [
        Query(("a",), "", (Message("system", before), Message("user", pair[0])), "")
        for before, pair in zip(TEXTS, PAIRS, strict=True)
    ]
    told = LocalModel(str(made)).answer(asked, Sampling(0, max_tokens=40))
    assert [one.text for one in told] == [answer for _, answer in PAIRS]
    assert not any(one.is_cut for one in told)


def test_transformers_opens_it_as_a_glm_that_stops_where_glm_4_does(made: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer

    config: Any = AutoConfig.from_pretrained(made)
    tokenizer: Any = AutoTokenizer.from_pretrained(made)
    assert (config.model_type, config.tie_word_embeddings) == ("glm", True)
    assert tokenizer.convert_ids_to_tokens(config.eos_token_id) == ["<|endoftext|>", "<|user|>", "<|observation|>"]
    talk = [{"role": "system", "content": "你是老方。"}, {"role": "user", "content": "哪天开门？"}]
    opened = tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)
    assert opened == "[gMASK]<sop><|system|>\n你是老方。<|user|>\n哪天开门？<|assistant|>\n"
    whole = tokenizer.apply_chat_template([*talk, {"role": "assistant", "content": "初三。"}], tokenize=False)
    assert whole == f"{opened}初三。"


@pytest.mark.parametrize("text", ["门轴又响了，上点儿油。", "  two  blanks\n\n", "龘 🦆 naïve", ""])
def test_no_text_is_unknown_to_the_tokenizer(text: str) -> None:
    tokenizer = train_tokenizer(TEXTS, 400)
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    assert tokenizer.convert_ids_to_tokens(range(len(SPECIAL))) == list(SPECIAL)


def test_answers_are_learnt_and_questions_are_only_read() -> None:
    tokenizer = train_tokenizer([*TEXTS, *(text for pair in PAIRS for text in pair)], 400)
    supply = blocks(tokenizer, TEXTS, PAIRS, size=160, talk=1.0, seed=0)
    for _ in range(20):
        tokens, learnt = next(supply)
        assert len(tokens) == len(learnt) == 160
        said = tokenizer.decode([token for token, is_learnt in zip(tokens, learnt, strict=True) if is_learnt])
        parts = [part for part in said.split("<|user|>") if part]
        assert parts
        assert set(parts) <= {answer for _, answer in PAIRS}
        assert said.endswith("<|user|>")


def test_nothing_to_train_on_and_no_model_at_all_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither a text nor a question"):
        make_tiny_glm((), (), tmp_path / "x", size=LITTLE, how=SHORT)
    with pytest.raises(ConfigError, match="multiple of four times the heads"):
        Size(hidden=30, heads=4)
    with pytest.raises(ConfigError, match="263 or more"):
        train_tokenizer(TEXTS, 200)
    with pytest.raises(ConfigError, match="cannot be trained"):
        Pretraining(talk=1.5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The little benchmark with four dialogues: two that hold something of the test part, and two that do not."""
    path = little_benchmark(tmp_path_factory.mktemp("data"))
    said = (
        ("老方", "小芹", ("这把椅子还修得好吗？", "村口祠堂那把太师椅，比我爷爷岁数还大，我都修好了。")),
        ("老方", "小芹", ("凿子又钝了吧？", "钝了就磨，磨刀不误砍柴工。")),
        ("Nora", "Sam", ("Who taught you to bake?", "Never you mind, just stir.")),
        ("Nora", "Sam", ("Is the oven hot?", "Hot enough to singe your brows.")),
    )
    with DataFolder(path).writer("dialogues") as writer:
        for number, (character, partner, turns) in enumerate(said):
            speakers = (partner, character)
            lines = tuple(Utterance(who, text) for who, text in zip(speakers, turns, strict=True))
            place = Place("script.txt", 2 * number + 1, 2 * number + 2)
            writer.write(dialogue_row(Dialogue(f"d{number}", character, partner, lines, place)), "train")
    return path


def test_nothing_that_is_held_out_is_in_what_a_model_is_made_of(data: Path) -> None:
    material = material_of(DataFolder(data))
    whole = "\n".join([*material.texts, *(text for pair in material.pairs for text in pair)])
    folder = DataFolder(data)
    for row in folder.rows("benchmark"):
        assert row["instruction"] not in whole
        assert not any(text in whole for text in row["references"])
    assert "磨刀不误砍柴工" in whole
    assert "singe your brows" in whole
    assert dict(material.pairs)["怎么保存面包？"] == "放入密封袋，置于阴凉处，或者冷冻。"
    assert len(material.pairs) > 80


def test_a_model_that_is_there_is_kept_and_one_of_other_texts_or_settings_made_anew(data: Path, tmp_path: Path) -> None:
    brief, said = Pretraining(tokens=100, block=48, batch=1), list[str]()
    for how in (brief, brief, Pretraining(tokens=100, block=48, batch=1, seed=5)):
        ensure_tiny_glm(data, tmp_path / "glm", size=LITTLE, how=how, listener=Listener(say=said.append))
    assert len(said) == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(FolderError, match="holds something else"):
        ensure_tiny_glm(data, tmp_path / "other", size=LITTLE, how=brief)
    with pytest.raises(FolderError, match="is no data set folder"):
        ensure_tiny_glm(tmp_path / "other", tmp_path / "new", size=LITTLE, how=brief)


def test_the_digest_tells_other_material() -> None:
    assert Material(TEXTS, PAIRS).digest != Material(TEXTS, PAIRS[:1]).digest


def test_ctrl_c_while_it_is_made_leaves_nothing(data: Path, tmp_path: Path) -> None:
    pressing = Listener(progress=lambda _work, _done, _total: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        ensure_tiny_glm(data, tmp_path / "adapter" / "base", how=Pretraining(tokens=2000), listener=pressing)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="lie in one another"):
        ensure_tiny_glm(data, data / "base")
