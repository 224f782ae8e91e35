"""Folded rows: each question sees the persona and itself alone, as if it stood by itself."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.training.encoding import Encoded, columns
from roleinstruct.training.folding import Folded, families, fold, fold_all
from roleinstruct.training.order import family_order, to_fold

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

PERSONA = [2, 3, 5, 8, 13, 21, 34, 55, 60, 61]
ROWS = [
    Encoded("a", (*PERSONA, 7, 9, 1, 40, 41, 42), 13),
    Encoded("b", (*PERSONA, 7, 9, 1, 43), 13),
    Encoded("c", (*PERSONA, 11, 12, 14, 15, 1, 44, 45), 15),
]
OTHER = Encoded("d", (50, 51, 52, 53, 1, 46), 5)

SMALL: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": None,
    "initializer_range": 0.3,
}


def little_model(kind: str) -> Any:  # noqa: ANN401 - of transformers, whose classes bring no types
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **SMALL)
    return transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")


def pairs(rows: list[Encoded]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(row.input_ids, row.labels) for row in rows]


def test_rows_of_one_persona_become_one_row() -> None:
    assert fold(pairs([ROWS[0], ROWS[2]])) == Folded(
        input_ids=[*PERSONA, 7, 9, 1, 40, 41, 42, 11, 12, 14, 15, 1, 44, 45],
        labels=[-100] * 13 + [40, 41, 42] + [-100] * 5 + [44, 45],
        position_ids=[*range(16), *range(10, 17)],
        segments=[0] * 10 + [1] * 6 + [2] * 7,
        rows=[2] * 10 + [1] * 13,
    )


def test_the_token_that_foretells_an_answer_is_never_shared() -> None:
    folded = fold(pairs([ROWS[0], ROWS[1]]))
    assert folded.segments == [0] * 12 + [1] * 4 + [2] * 2
    assert folded.input_ids[-2:] == [1, 43]


def test_rows_without_kin_are_not_folded() -> None:
    assert families([row.input_ids for row in (*ROWS, OTHER)]) == [0, 0, 0, 1]
    assert fold_all([columns(ROWS[0]), columns(OTHER)]) is None
    together = fold_all([columns(row) for row in (ROWS[0], OTHER, ROWS[1])])
    assert together is not None
    assert [len(one.input_ids) for one in together] == [18, 6]


@pytest.mark.parametrize("kind", ["glm", "glm4", "llama", "qwen2", "qwen3"])
def test_folded_rows_give_the_logits_of_separate_ones(kind: str) -> None:
    from roleinstruct.training.answer_head import sees

    model = little_model(kind).eval()
    folded = fold(pairs(ROWS))
    ids, places, segments = (torch.tensor([x]) for x in (folded.input_ids, folded.position_ids, folded.segments))
    with torch.no_grad():
        logits = model(input_ids=ids, position_ids=places, attention_mask=sees(segments), use_cache=False).logits[0]
        for number, row in enumerate(ROWS, start=1):
            alone = model(input_ids=torch.tensor([row.input_ids]), use_cache=False).logits[0]
            mine = logits[(segments[0] == 0) | (segments[0] == number)]
            assert torch.allclose(mine, alone, rtol=0, atol=1e-5)
            assert alone.abs().max() > 1  # else the tolerance would say nothing


def test_loss_and_gradient_of_a_folded_batch_are_those_of_the_padded_one() -> None:
    pytest.importorskip("trl", minversion="1.16")
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling
    from trl.trainer.utils import add_fused_lm_head

    from roleinstruct.training.answer_head import add_answer_head
    from roleinstruct.training.collating import FoldingCollator

    plain = DataCollatorForLanguageModeling(pad_token_id=0)
    some: list[dict[str, Any]] = [{**columns(row)} for row in (*ROWS, OTHER)]

    def learnt(batch: dict[str, Any], *, is_ours: bool) -> tuple[Any, ...]:
        model = little_model("glm").train()
        add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
        if is_ours:
            add_answer_head(model)
        said = model(**batch, fused_lm_head=True)
        (-said.log_probs.sum()).backward()
        gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
        sums = [float(one.sum().detach()) for one in (said.log_probs, said.entropy, said.is_top1, said.label_mask)]
        return sums, gradient

    batch = FoldingCollator(plain, 0)(some)
    assert batch["input_ids"].shape == (2, 27)
    assert int(batch["attention_mask"].sum()) == sum(len(row["input_ids"]) for row in some)
    told, gradient = learnt(plain(some), is_ours=False)
    for given_batch in (plain(some), batch):
        ours, our_gradient = learnt(given_batch, is_ours=True)
        assert ours == pytest.approx(told, rel=1e-5)
        assert torch.allclose(our_gradient, gradient, rtol=0, atol=1e-5 * float(gradient.abs().max()))


@given(
    of=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    batch=st.sampled_from([1, 2, 4, 6, 8, 16]),
    seed=st.integers(0, 3),
)
@settings(max_examples=50)
def test_every_row_is_seen_and_every_step_is_full(of: list[int], batch: int, seed: int) -> None:
    order = family_order(of, batch=batch, seed=seed, epoch=1)
    assert len(order) == -(-len(of) // batch) * batch
    assert Counter(order[: len(of)]) == Counter(range(len(of)))
    assert order == family_order(of, batch=batch, seed=seed, epoch=1)


def test_kin_come_together_and_otherwise_in_each_epoch() -> None:
    of = [number % 3 for number in range(48)]
    orders = [family_order(of, batch=8, seed=0, epoch=epoch) for epoch in range(6)]
    assert len(set(map(tuple, orders))) == 6
    for order in orders:
        assert all(len({of[row] for row in order[at : at + 4]}) == 1 for at in range(0, 48, 4))


@pytest.mark.parametrize(
    ("sft", "kind", "attention", "folds"),
    [
        ({}, "glm", "sdpa", True),
        ({}, "glm", "flash_attention_2", False),
        ({}, "bloom", "sdpa", False),
        ({"packing": True}, "glm", "sdpa", False),
        ({"train_sampling_strategy": "random"}, "glm", "sdpa", False),
    ],
)
def test_rows_are_folded_where_that_is_known_to_be_right(
    sft: dict[str, Any], kind: str, attention: str, folds: bool
) -> None:
    config = transformers.AutoConfig.for_model(kind)
    config._attn_implementation = attention
    found = to_fold(sft, [(*PERSONA, number) for number in range(20)], config)
    assert found == ([0] * 20 if folds else None)


def test_rows_without_a_common_persona_are_not_folded() -> None:
    config = transformers.AutoConfig.for_model("glm")
    config._attn_implementation = "sdpa"
    assert to_fold({}, [(number, *PERSONA) for number in range(20)], config) is None


def test_no_more_than_four_are_folded_into_one() -> None:
    rows = [columns(Encoded(str(number), (*PERSONA, 7, 9, 1, 40 + number), 13)) for number in range(9)]
    folded = fold_all(rows)
    assert folded is not None
    assert [one.rows[0] for one in folded] == [4, 4, 1]
