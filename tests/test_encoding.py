import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel

from chat_tokenizers import ENDS, GLM_4, SHAPES, make_tokenizer
from little_models import make_folder, write_recipe
from roleinstruct.errors import ConfigError
from roleinstruct.records import Example, Message
from roleinstruct.training.encoding import MASKED, Encoded, Unfit, columns, encode, encode_all, prompt_ids
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.rendering import render
from roleinstruct.training.templates import load_config, load_tokenizer, read_format, stop_ids

PERSONA = "You keep the night ferry. You are slow to speak. You never hurry."
TALK = (
    Message("system", PERSONA),
    Message("user", "What wind today?"),
    Message("assistant", "North."),
    Message("user", "And the boat?"),
)
ANSWER = "The boat stays in."

TOKENIZERS = {shape: make_tokenizer(shape) for shape in SHAPES}


def example(answer: str = ANSWER, prompt: tuple[Message, ...] = TALK, name: str = "ferry-1") -> Example:
    return Example(name, "Ada", "specific", prompt, Message("assistant", answer))


def end_for(shape: str) -> str | None:
    return ENDS[shape] if shape == "glm-4" else None


def encoded(shape: str, one: Example | None = None, max_length: int | None = None) -> Encoded:
    row = encode(one or example(), TOKENIZERS[shape], max_length=max_length, end=end_for(shape))
    assert isinstance(row, Encoded)
    return row


def text_of(shape: str, ids: tuple[int, ...]) -> str:
    return str(TOKENIZERS[shape].decode(list(ids)))


@pytest.mark.parametrize(
    ("shape", "trained"),
    [
        ("glm-4", "\nThe boat stays in.<|user|>"),
        ("chatml", "The boat stays in.<|im_end|>"),
        ("thinking", "The boat stays in.<|im_end|>"),
        ("llama-3", "The boat stays in.<|eot_id|>"),
        ("mistral", " The boat stays in.</s>"),
    ],
)
def test_what_is_trained_is_the_answer_and_the_end_of_its_turn(shape: str, trained: str) -> None:
    row = encoded(shape)
    assert text_of(shape, row.input_ids[row.start :]) == trained
    assert row.cut == 0
    assert row.labels == (MASKED,) * row.start + row.input_ids[row.start :]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_model_is_asked_with_the_very_tokens_that_it_was_trained_behind(shape: str) -> None:
    row = encoded(shape)
    assert prompt_ids(TALK, TOKENIZERS[shape]) == row.input_ids[: row.start]


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "mistral"])
def test_the_prompt_is_what_the_tokenizer_itself_makes_of_the_conversation(shape: str) -> None:
    told = [{"role": message.role, "content": message.content} for message in TALK]
    # It answers with a BatchEncoding, whose length is the number of its keys.
    own = TOKENIZERS[shape].apply_chat_template(told, add_generation_prompt=True, enable_thinking=False)
    row = encoded(shape)
    assert list(row.input_ids[: row.start]) == own["input_ids"]
    assert row.start == len(own["input_ids"]) > len(own)


@pytest.mark.parametrize("shape", ["llama-3", "mistral"])
def test_a_beginning_of_text_comes_once_though_the_tokenizer_would_put_another(shape: str) -> None:
    tokenizer = TOKENIZERS[shape]
    rendered = render(TALK, ANSWER, tokenizer, end=None)
    assert tokenizer(rendered.prompt)["input_ids"].count(tokenizer.bos_token_id) == 2
    assert encoded(shape).input_ids.count(tokenizer.bos_token_id) == 1


def test_a_thinking_model_is_told_not_to_think_and_is_not_trained_on_empty_thoughts() -> None:
    row = encoded("thinking")
    assert text_of("thinking", row.input_ids[: row.start]).endswith("<think>\n\n</think>\n\n")
    assert "<think>" not in text_of("thinking", row.input_ids[row.start :])


def test_a_template_without_a_system_role_has_the_persona_once_in_the_first_user_turn() -> None:
    row = encoded("mistral")
    text = text_of("mistral", row.input_ids)
    assert text.startswith(f"<s>[INST] {PERSONA}\n\nWhat wind today? [/INST] North.</s>")
    assert text.count(PERSONA) == 1


def test_a_template_that_passes_over_the_system_role_gets_it_in_the_user_turn_too() -> None:
    silent = "{% for turn in messages if turn.role != 'system' %}<|{{ turn.role }}|>\n{{ turn.content }}{% endfor %}"
    tokenizer = make_tokenizer("glm-4", template=silent + "{% if add_generation_prompt %}<|assistant|>{% endif %}")
    row = encode(example(), tokenizer, max_length=None, end="<|user|>")
    assert isinstance(row, Encoded)
    assert tokenizer.decode(list(row.input_ids)).count(PERSONA) == 1


def test_a_conversation_that_the_character_opens_keeps_its_turns_in_order() -> None:
    opened = (Message("system", PERSONA), Message("assistant", "Who is there?"), Message("user", "Me."))
    row = encoded("mistral", example(prompt=opened))
    assert text_of("mistral", row.input_ids[: row.start]).startswith(f"<s>[INST] {PERSONA} [/INST] Who is there?</s>")


def test_a_template_without_an_end_of_turn_is_refused_unless_the_stop_token_is_known() -> None:
    with pytest.raises(ConfigError, match=r"writes no end of turn .* would never stop; set model\.end_of_turn"):
        encode(example(), TOKENIZERS["glm-4"], max_length=None, end=None)


def test_the_templates_own_end_of_turn_is_kept_and_none_is_put_behind_it() -> None:
    plain = encode(example(), TOKENIZERS["chatml"], max_length=None, end=None)
    assert encode(example(), TOKENIZERS["chatml"], max_length=None, end="<|endoftext|>") == plain


def test_a_prompt_that_is_no_beginning_of_the_whole_is_refused_as_text() -> None:
    other = GLM_4.replace("%}<|assistant|>{%", "%}<|assistant|>(speak){%")
    with pytest.raises(ConfigError, match=r"goes on with '\(speak\)' where an answered one has '\\nTHE-ANSWER"):
        encode(example(), make_tokenizer("glm-4", template=other), max_length=None, end="<|user|>")


def test_a_prompt_that_is_no_beginning_of_the_whole_is_refused_as_tokens() -> None:
    # Two line breaks are one token at the end of a text, and two before a letter, where words are cut as in GPT-2.
    tokenizer = make_tokenizer("llama-3", like_gpt_2=True)
    with pytest.raises(ConfigError, match=r"^example ferry-1: the tokens of the prompt are not how those of the whole"):
        encode(example(), tokenizer, max_length=None, end=None)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for turn in messages %}{{ turn.content", "line 1 of the chat template is no Jinja"),
        ("{{ raise_exception('not today') }}", "refuses a conversation of user, user: not today|refuses .*: not today"),
        ("{% for turn in messages if turn.role == 'user' %}{{ turn.content }}{% endfor %}", "leaves out or changes"),
        (GLM_4.replace("{{ turn.content }}", "{{ turn.content | replace('boat', 'ship') }}"), "changes the answer"),
        (None, "no chat template"),
    ],
)
def test_a_template_that_does_not_do_is_refused_in_a_sentence(template: str | None, message: str) -> None:
    tokenizer = make_tokenizer("glm-4")
    tokenizer.chat_template = template
    with pytest.raises(ConfigError, match=message):
        encode(example(), tokenizer, max_length=None, end="<|user|>")


def test_older_turns_go_first_then_the_end_of_the_persona_and_never_the_answer() -> None:
    whole = encoded("chatml")
    full = len(whole.input_ids)
    shorter = encoded("chatml", max_length=full - 1)
    assert "North." not in text_of("chatml", shorter.input_ids)
    assert PERSONA in text_of("chatml", shorter.input_ids)
    least = encoded("chatml", max_length=len(shorter.input_ids) - 20)
    assert "You keep the night ferry.<|im_end|>" in text_of("chatml", least.input_ids)
    for row in (shorter, least):
        assert row.input_ids[row.start :] == whole.input_ids[whole.start :]
        assert row.cut == whole.start - row.start > 0
        assert text_of("chatml", row.input_ids[: row.start]).endswith(
            "And the boat?<|im_end|>\n<|im_start|>assistant\n"
        )


def test_an_example_whose_answer_does_not_fit_is_named_with_what_it_takes() -> None:
    one = encode(example(), TOKENIZERS["chatml"], max_length=20, end=None)
    assert isinstance(one, Unfit)
    assert one.reason == "too_long"
    assert len(encoded("chatml", max_length=one.tokens).input_ids) == one.tokens
    assert isinstance(encode(example(), TOKENIZERS["chatml"], max_length=one.tokens - 1, end=None), Unfit)


def test_an_example_without_an_answer_is_left_out_with_the_reason() -> None:
    rows, unfit = encode_all([example(" \n"), example()], TOKENIZERS["chatml"], max_length=None, end=None)
    assert [row.id for row in rows] == ["ferry-1"]
    assert unfit == (Unfit("ferry-1", "empty"),)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda t: bool(t.strip())
)


@settings(max_examples=40, deadline=None)
@given(shape=st.sampled_from(sorted(SHAPES)), persona=WORDS, asked=WORDS, said=WORDS, limit=st.integers(10, 200))
def test_whatever_is_said_a_row_fits_ends_its_turn_and_trains_the_whole_answer(
    shape: str, persona: str, asked: str, said: str, limit: int
) -> None:
    prompt = (Message("system", persona), *TALK[1:3], Message("user", asked))
    one = example(said, prompt)
    row = encode(one, TOKENIZERS[shape], max_length=limit, end=end_for(shape))
    if isinstance(row, Unfit):
        assert row.tokens > limit
        return
    assert len(row.input_ids) <= limit
    assert 0 < row.start < len(row.input_ids)
    assert text_of(shape, row.input_ids[row.start :]).strip() == said.strip() + ENDS[shape]


# What TRL makes of our rows.


@pytest.fixture(scope="module")
def rows() -> tuple[Encoded, ...]:
    answers = (ANSWER, "No.", "Ask me again when the wind has turned, and bring the rope.", "Sit down and wait.")
    examples = [example(answer, TALK[: 1 + 2 * (n % 2)] + TALK[-1:], f"ferry-{n}") for n, answer in enumerate(answers)]
    made, unfit = encode_all(examples, TOKENIZERS["chatml"], max_length=128, end=None)
    assert not unfit
    return made


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=512,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        pad_token_id=0,
        eos_token_id=2,
    )
    made: PreTrainedModel = Qwen2ForCausalLM(config)
    return made


def batches(
    model: PreTrainedModel, data: list[dict[str, Any]], out: Path, **settings: object
) -> Iterator[tuple[list[int], list[int]]]:
    """What TRL's own trainer hands the model: the tokens and labels of each row, padding left out."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    said = {"completion_only_loss": True, "max_length": 128, **settings}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        arguments = SFTConfig(
            str(out), use_cpu=True, bf16=False, report_to=[], dataloader_pin_memory=False, disable_tqdm=True, **said
        )
        trainer = SFTTrainer(
            model=model, args=arguments, train_dataset=Dataset.from_list(data), processing_class=TOKENIZERS["chatml"]
        )
    for batch in trainer.get_train_dataloader():
        masks = batch.get("attention_mask", [[1] * batch["input_ids"].shape[1]] * batch["input_ids"].shape[0])
        for ids, labels, mask in zip(batch["input_ids"], batch["labels"], masks, strict=True):
            kept = [place for place, there in enumerate(mask) if int(there)]
            yield [int(ids[place]) for place in kept], [int(labels[place]) for place in kept]


def test_trl_trains_on_exactly_our_labels(rows: tuple[Encoded, ...], model: PreTrainedModel, tmp_path: Path) -> None:
    seen = list(batches(model, [columns(row) for row in rows], tmp_path))
    assert sorted(seen) == sorted((list(row.input_ids), list(row.labels)) for row in rows)


def test_trl_trains_on_exactly_our_labels_when_it_packs(
    rows: tuple[Encoded, ...], model: PreTrainedModel, tmp_path: Path
) -> None:
    seen = list(batches(model, [columns(row) for row in rows], tmp_path, packing=True))
    ids, labels = [n for row, _ in seen for n in row], [n for _, row in seen for n in row]
    assert len(seen) < len(rows)
    assert sum(label != MASKED for label in labels) == sum(len(row.input_ids) - row.start for row in rows)
    for row in rows:
        size = len(row.input_ids)
        at = next(n for n in range(len(ids)) if tuple(ids[n : n + size]) == row.input_ids)
        assert tuple(labels[at : at + size]) == row.labels


def test_without_labels_the_mask_alone_gives_the_same_as_older_trl_needs_it(
    rows: tuple[Encoded, ...], model: PreTrainedModel, tmp_path: Path
) -> None:
    bare = [{key: value for key, value in columns(row).items() if key != "labels"} for row in rows]
    seen = list(batches(model, bare, tmp_path))
    assert sorted(seen) == sorted((list(row.input_ids), list(row.labels)) for row in rows)


def test_messages_would_have_been_trained_whole_whatever_is_said_of_completions(
    rows: tuple[Encoded, ...], model: PreTrainedModel, tmp_path: Path
) -> None:
    said = [{"role": m.role, "content": m.content} for m in (*TALK, Message("assistant", ANSWER))]
    (seen,) = batches(model, [{"messages": said}], tmp_path)
    assert MASKED not in seen[1]
    assert rows[0].labels.count(MASKED) > len(rows[0].labels) // 2


# What is found out of a template before training.


@pytest.mark.parametrize("shape", SHAPES)
def test_the_format_of_each_family_is_found_out(shape: str, tmp_path: Path) -> None:
    recipe = Recipe.load(str(write_recipe(tmp_path / "r.yaml", make_folder(tmp_path / "m", shape))))
    tokenizer = load_tokenizer(recipe)
    style = read_format(recipe, load_config(recipe), tokenizer)
    assert style.end == ENDS[shape]
    assert style.added_end == end_for(shape)
    assert style.takes_system == (shape != "mistral")
    assert style.stops[0] == tokenizer.convert_tokens_to_ids(ENDS[shape])
    assert len(style.notices) == (shape in ("glm-4", "mistral"))


def test_an_end_that_the_model_does_not_stop_at_is_refused_until_the_recipe_says_so(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m", "chatml", ends=("<|endoftext|>",))
    path = write_recipe(tmp_path / "r.yaml", folder)
    recipe = Recipe.load(str(path))
    config, tokenizer = load_config(recipe), load_tokenizer(recipe)
    assert stop_ids(config, tokenizer) == (0,)
    with pytest.raises(ConfigError, match=r"answers end with <\|im_end\|> .* stops at <\|endoftext\|>"):
        read_format(recipe, config, tokenizer)
    said = Recipe.load(str(path), ["model.end_of_turn=<|im_end|>"])
    assert read_format(said, config, tokenizer).stops == (tokenizer.convert_tokens_to_ids("<|im_end|>"), 0)


@pytest.mark.parametrize(
    ("end", "message"),
    [("<|endoftext|>", "the chat template ends an answer with"), ("The end.", "is not one token of")],
)
def test_an_end_of_turn_that_contradicts_the_template_is_refused(end: str, message: str, tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "r.yaml", make_folder(tmp_path / "m", "chatml"))
    recipe = Recipe.load(str(path), [f"model.end_of_turn={end}"])
    with pytest.raises(ConfigError, match=message):
        read_format(recipe, load_config(recipe), load_tokenizer(recipe))


def test_a_recipes_own_template_takes_the_place_of_the_models(tmp_path: Path) -> None:
    (tmp_path / "own.jinja").write_text(SHAPES["chatml"].replace("<|im_end|>", "<|endoftext|>"), encoding="utf-8")
    path = write_recipe(tmp_path / "r.yaml", make_folder(tmp_path / "m", "chatml"))
    recipe = Recipe.load(str(path), ["model.chat_template=own.jinja"])
    assert read_format(recipe, load_config(recipe), load_tokenizer(recipe)).end == "<|endoftext|>"


def test_a_model_that_cannot_be_had_is_told_in_one_sentence(tmp_path: Path) -> None:
    recipe = Recipe.load(str(write_recipe(tmp_path / "r.yaml", "nobody/no-such-model")))
    for load in (load_tokenizer, load_config):
        with pytest.raises(ConfigError, match=r"of nobody/no-such-model cannot be had \(.+\): .* fetched before\.$"):
            load(recipe)
