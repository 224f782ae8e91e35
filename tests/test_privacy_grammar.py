import pytest

from roleinstruct.cleaning.privacy.names import People, find_mentioned

WORDS = People.of(
    [
        *("海洋", "谷雨", "方正", "许诺", "钱多多", "成功", "夏荷", "王小帆", "丁程远"),
        *("Autumn Bell", "Rich Marsh", "Dale Stone", "Hope Frost", "Chip Porter"),
    ]
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("海洋，你爸让你回电话", ["海洋"]),
        ("你让海洋去修", ["海洋"]),
        ("海洋又没交作业", ["海洋"]),
        ("您儿子海洋到家没有", ["海洋"]),
        ("海洋馆的票真贵", []),
        ("我喜欢海洋", []),
        ("过了海洋就是岛", []),
        ("跟谷雨说一声，晚上聚餐", ["谷雨"]),
        ("谷雨前后种瓜点豆", []),
        ("谷雨回家的票抢到没", []),
        ("许诺和谷雨是同桌", ["许诺", "谷雨"]),
        ("他许诺给我涨工资", []),
        ("钱多多益善", []),
        ("钱多多欠我五十", ["钱多多"]),
        ("面试成功了", []),
        ("成功家的猫又丢了", ["成功"]),
        ("前程远大", []),
        ("程远大夫在吗", ["程远"]),
        ("小帆船漂走了", []),
        ("小帆的船漂走了", ["小帆"]),
        ("Autumn got her licence", ["Autumn"]),
        ("Autumn's almost over", []),
        ("Autumn is my favourite season", []),
        ("Autumn's mother called", ["Autumn"]),
        ("Rich owes me lunch", ["Rich"]),
        ("Rich people problems", []),
        ("Dale and Chip are late", ["Dale", "Chip"]),
        ("Chip in five bucks each", []),
        ("Chip一下", []),
        ("Frost is expected tonight", []),
        ("Mr. Frost is expected tonight", ["Frost"]),
        ("Hope isn't the word for it", []),
        ("Hope burned the toast", ["Hope"]),
        ("Stone walls all the way", []),
    ],
)
def test_grammar_tells_a_name_from_a_word(text: str, names: list[str]) -> None:
    assert [found.original for found in WORDS.find(text)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我是物业的小洪，来看水管", ["洪"]),
        ("业主纪春燕，报修水管", ["纪春燕"]),
        ("小学老师真不容易", []),
        ("水果店老板娘给我抹了零", []),
        ("The patient's name is Imani Clarke.", ["Imani Clarke"]),
    ],
)
def test_whoever_is_introduced_is_mentioned(text: str, names: list[str]) -> None:
    assert find_mentioned(text) == names
