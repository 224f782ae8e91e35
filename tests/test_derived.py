from roleinstruct.dataset.derived import benchmark_rows, chat_rows
from roleinstruct.records import Instruction


def general(text: str, *answers: str, raw: str | None = None) -> Instruction:
    return Instruction("甲-general-1", "甲", "general", text, answers, raw_response=raw)


def test_every_answer_is_a_prompt_completion_row() -> None:
    rows = list(chat_rows(general("天为什么蓝？", "散射", "不知道"), "你是甲。"))
    assert [row["id"] for row in rows] == ["甲-general-1-1", "甲-general-1-2"]
    assert rows[1]["prompt"] == [
        {"role": "system", "content": "你是甲。"},
        {"role": "user", "content": "天为什么蓝？"},
    ]
    assert rows[1]["completion"] == [{"role": "assistant", "content": "不知道"}]


def test_the_benchmark_asks_raw_only_where_a_neutral_answer_is() -> None:
    tasks = [row["task"] for row in benchmark_rows(general("天？", "散射", raw="因为散射"))]
    assert tasks == [0, 1]
    assert [row["task"] for row in benchmark_rows(general("天？", "散射", "不知道"))] == [1]
    specific = Instruction("甲-specific-1", "甲", "specific", "甲，你好吗？", ("好",))
    assert [(row["task"], row["references"]) for row in benchmark_rows(specific)] == [(2, ["好"])]
