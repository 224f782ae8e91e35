import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.cleaning.privacy.masking import Anonymiser
from roleinstruct.cleaning.privacy.spans import KINDS, Span
from roleinstruct.errors import ConfigError


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_identifiers(text)]


@pytest.mark.parametrize(
    ("text", "kind", "item"),
    [
        ("回头打13812345678找我", "mobile", "13812345678"),
        ("打１３８１２３４５６７８找我", "mobile", "１３８１２３４５６７８"),
        ("号码是138-1234-5678", "mobile", "138-1234-5678"),
        ("写13812 345678就行", "mobile", "13812 345678"),
        ("他在国外用+86 138 1234 5678", "mobile", "+86 138 1234 5678"),
        ("微信同号13812345678", "mobile", "13812345678"),
        ("座机010-62345678转801", "landline", "010-62345678转801"),
        ("打(0755) 2612 3456", "landline", "(0755) 2612 3456"),
        ("家里电话62345678", "landline", "62345678"),
        ("拨400-820-1234", "landline", "400-820-1234"),
        ("1-800-555-0199", "phone", "1-800-555-0199"),
        ("租在天通苑北一区12号楼3单元", "address", "天通苑北一区12号楼3单元"),
        ("住幸福里小区七号楼二单元三零一", "address", "幸福里小区七号楼二单元三零一"),
        ("add me on wechat, my id is dave_smith88", "wechat", "dave_smith88"),
        ("身份证11010519491231002X你记一下", "id_card", "11010519491231002X"),
        ("老身份证号是310112500812401", "id_card", "310112500812401"),
        ("卡号6222 0212 3456 7890 128", "bank_card", "6222 0212 3456 7890 128"),
        ("card 4111111111111111 please", "bank_card", "4111111111111111"),
        ("发到li.ming+work@mail.example.cn吧", "email", "li.ming+work@mail.example.cn"),
        ("加QQ：123456789", "qq", "123456789"),
        ("我QQ换成23456789了", "qq", "23456789"),
        ("微信号zhang_san88", "wechat", "zhang_san88"),
        ("加微信：sunnyday聊", "wechat", "sunnyday"),
        ("my WeChat ID is sunflower", "wechat", "sunflower"),
        ("车牌京A·8K26T", "plate", "京A·8K26T"),
        ("绿牌沪AD12345", "plate", "沪AD12345"),
        ("护照号码是EK7261839", "passport", "EK7261839"),
        ("passport no. 123456789", "passport", "123456789"),
        ("税号91110000600037341L", "credit_code", "91110000600037341L"),
        ("我住在人民路12号3单元502室", "address", "人民路12号3单元502室"),
        ("寄到浙江省杭州市西湖区文三路5号", "address", "浙江省杭州市西湖区文三路5号"),
        ("阳光小区3栋2单元501", "address", "阳光小区3栋2单元501"),
        ("王家村三组12号", "address", "王家村三组12号"),
        ("at 42 Maple Street, Apt 5B, Salem, OR 97301.", "address", "42 Maple Street, Apt 5B, Salem, OR 97301"),
        ("221B Baker Street, London NW1 6XE ok", "address", "221B Baker Street, London NW1 6XE"),
        ("看https://a.example/x?y=1，谢谢", "url", "https://a.example/x?y=1"),
        ("go to www.example.com.", "url", "www.example.com"),
        ("服务器是192.168.1.10吗", "ip", "192.168.1.10"),
        ("fe80::1ff:fe23:4567:890a", "ip", "fe80::1ff:fe23:4567:890a"),
        ("call (415) 555-2671 now", "phone", "(415) 555-2671"),
        ("她在伦敦，+44 20 7946 0958", "phone", "+44 20 7946 0958"),
        ("My number is 07911 123456, ring me", "phone", "07911 123456"),
        ("call her on (0161) 496 0018", "phone", "(0161) 496 0018"),
        ("GB29 NWBK 6016 1331 9268 19 is mine", "iban", "GB29 NWBK 6016 1331 9268 19"),
        ("my SSN is 536-90-4399", "ssn", "536-90-4399"),
        ("social security number: 536904399", "ssn", "536904399"),
        ("他QQ竟然是82736", "qq", "82736"),
        ("把护照号给我——E81234567", "passport", "E81234567"),
        ("her passport number's 548120937", "passport", "548120937"),
        ("手机号——13912345678", "mobile", "13912345678"),
        ("192.168.100.110加到名单里", "ip", "192.168.100.110"),
        ("监听::1就够了", "ip", "::1"),
        ("包裹搁建设路12号院3号楼门卫", "address", "建设路12号院3号楼"),
        ("送到文三路5号侧门", "address", "文三路5号侧门"),
        ("东西放在中山路88号后面", "address", "中山路88号"),
    ],
)
def test_an_item_is_found_with_its_exact_borders(text: str, kind: str, item: str) -> None:
    assert found(text) == [(kind, item)]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("两本护照ED5019284和E90817264", ["ED5019284", "E90817264"]),
        ("护照是E81234567，老公的是EA1234567", ["E81234567", "EA1234567"]),
        ("微信abc_123或者def_456", ["abc_123", "def_456"]),
        ("QQ：12345678、87654321", ["12345678", "87654321"]),
    ],
)
def test_one_word_announces_two_items(text: str, items: list[str]) -> None:
    assert [item for _, item in found(text)] == items


@pytest.mark.parametrize(
    "text",
    [
        "订单号13812345678",
        "快递单号SF13812345678901",
        "编号20231381234567890",
        "播放量都13800000000次了",
        "身份证号码我忘了，生日是1990-01-01",
        "流水110105194912310021",
        "参考号6222021234567890128",
        "QQ音乐2023年终榜",
        "QQ等级56级",
        "微信支付650分",
        "my WeChat is broken please help",
        "微信Android版更新了",
        "京A的牌子难摇",
        "护照还有6个月过期",
        "去人民路走走",
        "三楼右拐，学校门口见",
        "我们小区3号门",
        "坐331路到2号线",
        "人民路2号线站口",
        "万达广场3楼见",
        "软件版本1.2.3.4",
        "第3.2.1.1节",
        "11:30:45开始",
        "main.py和README.md",
        "@所有人 开会",
        "part number 402-17-3391",
        "order 415-555-2671",
        "5 minutes drive, 12 Angry Men on Wall Street",
        "身高175cm，体重62kg，价格12,345.00元",
        "GB55NWBK60284475702934",
        "圆周率3.14159265358979",
    ],
)
def test_what_only_looks_alike_is_left(text: str) -> None:
    assert found(text) == []


def test_an_identity_card_is_never_a_bank_card() -> None:
    start = next(n for n in range(100) if luhn.is_valid(valid_id(n)))
    assert found(f"号{valid_id(start)}") == [("id_card", valid_id(start))]


def valid_id(serial: int) -> str:
    body = f"11010519491231{serial:03}"
    return body + ric.calc_check_digit(body + "0")


def test_the_placeholder_speaks_the_language_of_the_text() -> None:
    mask = Anonymiser()
    assert mask.apply("我的邮箱是wang.xiao.ming@mail.example.com.cn")[0] == "我的邮箱是[邮箱地址]"
    assert mask.apply("write to me at wang@example.com")[0] == "write to me at [e-mail address]"


def test_a_replacement_says_what_stood_where() -> None:
    text = "电话13812345678，车牌京A12345"
    masked, replacements = Anonymiser().apply(text)
    assert masked == "电话[手机号]，车牌[车牌号]"
    assert [text[r.start : r.end] for r in replacements] == [r.original for r in replacements]
    assert [r.kind for r in replacements] == ["mobile", "plate"]


def test_only_the_kinds_asked_for_are_masked() -> None:
    assert Anonymiser(["plate"]).apply("13812345678 京A12345")[0] == "13812345678 [车牌号]"
    with pytest.raises(ConfigError, match="telephone is no kind of private data"):
        Anonymiser(["telephone"])


ITEMS = st.sampled_from(
    "13812345678 +8613812345678 010-62345678 11010519491231002X 6222021234567890128 a.b@example.com QQ12345678".split()
    + "wx:abc_123 京A12345 护照E12345678 91110000600037341L 人民路12号 https://a.example/b 10.1.2.3".split()
    + "(415)555-2671 GB29NWBK60161331926819 536-90-4399 微信 QQ 电话 SSN 护照号 号 弄 12 345".split()
    + "- : ， 。 [手机号] 路 小区 3栋 . @ x".split()
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789-+.()@: 号路京Aa微信QQ", max_size=40),
    st.lists(ITEMS, max_size=8).map("".join),
    st.lists(ITEMS, max_size=8).map(" ".join),
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    spans = find_identifiers(text)
    places = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
    assert places == sorted(places)
    assert all(span.start < span.end and span.kind in KINDS for span in spans)


@given(TEXTS, st.sets(st.sampled_from(KINDS)))
@settings(max_examples=300, deadline=None)
def test_masking_leaves_nothing_and_a_second_time_changes_nothing(text: str, left: set[str]) -> None:
    mask = Anonymiser(set(KINDS) - left)
    masked, replacements = mask.apply(text)
    assert {span.kind for span in find_identifiers(masked)} <= left
    assert mask.apply(masked) == (masked, ())
    rebuilt, end = "", 0
    for r in replacements:
        assert text[r.start : r.end] == r.original
        rebuilt += text[end : r.start] + r.replacement
        end = r.end
    assert rebuilt + text[end:] == masked


@given(st.text(alphabet="的我在，。 abc!", max_size=10), st.text(alphabet="的我在，。 !", max_size=10))
def test_a_mobile_number_is_found_between_any_words(before: str, after: str) -> None:
    before += "，"
    span = Span("mobile", len(before), len(before) + 11)
    assert span in find_identifiers(f"{before}13912345678{after}")
