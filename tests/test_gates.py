"""The gates before publishing: what they find, what they leave in peace, and what is let through."""

import io
import json
import struct
import zlib
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import ConfigError, FolderError, GateError
from roleinstruct.publish.gates.checks import check_adapter, check_files, check_names, check_size, check_space
from roleinstruct.publish.gates.finding import Finding, report_of
from roleinstruct.publish.gates.gate import expect_open
from roleinstruct.publish.gates.licences import check_licence
from roleinstruct.publish.gates.secrets import find_secrets
from roleinstruct.publish.gates.texts import check_texts, find_private
from roleinstruct.publish.staging import Kind, Staged

TOKEN = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh"
PASSWORD = "Tq7!m2Xp"


def staged(files: dict[str, bytes], kind: Kind = "dataset") -> Staged:
    return Staged(kind, Path("nowhere"), dict(files))


def table(rows: list[dict[str, object]], metadata: dict[str, str] | None = None) -> bytes:
    made = pa.Table.from_pylist(rows)
    buffer = io.BytesIO()
    pq.write_table(made.replace_schema_metadata(metadata or {}), buffer)
    return buffer.getvalue()


def png(*chunks: tuple[bytes, bytes], tail: bytes = b"") -> bytes:
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in (*chunks, (b"IEND", b"")):
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return b"".join(parts) + tail


def weights(metadata: dict[str, str]) -> bytes:
    head = json.dumps({"__metadata__": metadata}).encode()
    return struct.pack("<Q", len(head)) + head


def told(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(finding.gate, finding.where) for finding in check_texts(staged(files))]


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("README.md", f"# A card\n\nuse {TOKEN}\n".encode(), "README.md:3"),
        ("recipe.yaml", f"sft:\n  hub_token: {TOKEN}\n".encode(), "recipe.yaml:2"),
        ("training.json", json.dumps({"键": f"密钥{TOKEN}"}).encode(), "training.json:1"),
        ("reports/a.json", f"# {TOKEN}".encode("utf-16"), "reports/a.json:1"),
        ("app.py", f'login(token="{TOKEN}")\n'.encode(), "app.py:1"),
        (
            "specific/a.parquet",
            table([{"response": "早"}, {"response": f"给你{TOKEN}"}]),
            "specific/a.parquet:2 response",
        ),
        ("chat/a.parquet", table([{"prompt": [{"role": "user", "content": TOKEN}]}]), "chat/a.parquet:1 prompt"),
        ("chat/a.parquet", table([{"source": TOKEN}]), "chat/a.parquet:1 source"),
        ("chat/a.parquet", table([{"x": "y"}], {"huggingface": TOKEN}), "chat/a.parquet:schema"),
        ("a.safetensors", weights({"note": TOKEN}), "a.safetensors:metadata"),
        ("figures/a.png", png((b"tEXt", b"Comment\0" + TOKEN.encode())), "figures/a.png:tEXt"),
        ("figures/a.png", png((b"zTXt", b"Comment\0\0" + zlib.compress(TOKEN.encode()))), "figures/a.png:zTXt"),
        (
            "figures/a.png",
            png((b"iTXt", b"c\0\x01\0zh\0\xe6\xb3\xa8\0" + zlib.compress(TOKEN.encode()))),
            "figures/a.png:iTXt",
        ),
        ("figures/a.png", png((b"iTXt", b"c\0\0\0zh\0\0" + TOKEN.encode())), "figures/a.png:iTXt"),
        ("figures/a.png", png(tail=TOKEN.encode()), "figures/a.png:tail"),
        ("tokenizer.json", f'"added": "{TOKEN}"'.encode(), "tokenizer.json:1"),
    ],
)
def test_a_token_is_found_wherever_it_lies_and_never_shown_whole(name: str, content: bytes, where: str) -> None:
    [finding] = check_texts(staged({name: content}))
    assert (finding.gate, finding.where) == ("secret", where)
    assert "hf_A…, 37 signs" in finding.what
    assert TOKEN not in str(finding)
    assert "revoke" in finding.mend


@pytest.mark.parametrize(
    "text",
    [
        f"无线网的密码 {PASSWORD}，别告诉隔壁。",
        f"密码我昨天改成了{PASSWORD}",
        f"{PASSWORD} 就是新的密码",
        f"The password for the shed (new): {PASSWORD}",
        "the passphrase, Gx4pQ9zLm2Rt, is under the mat",
        "银行卡密码是482913。",
        "保险柜口令：0417",
        "PIN: 482913",
        "门禁密码 2580#",
        "服务器账号root密码Zx9!kfP2w",
        "password for the till (don't tell anyone): Rye15loaf",
        "my key is 9fK2mQx7Lr4TzW8bVn3c",
        "mysql -u root -pR00tPw!77 shop",
        '"smtp_pass": "Summer2024"',
        "wandb_api_key: 1f0e3d5c7b9a2468ace013579bdf02468ace1357",
        'key = "1f0e3d5c7b9a2468ace013579bdf02468ace1357"',
        "AppSecret 填 1f0e3d5c7b9a2468ace013579bdf0246",
        "postgresql://nora:bread4all@db.example.net/shop",
        "redis://:bread4all@10.0.0.1:6379/0",
        "db_password: letmeinplease",
        'connect(user="root", passwd="letmeinplease")',
        "password: correct-horse-battery-staple",
        "口令：芝麻开门2020",
        "| password | Tr0ub4dor |",
        "ms-3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "Cookie: sessionid=q7Xw2Lm9Pz4Rt6Vb8Nc1",
        "hf_\u200bAbCdEfGhIjKlMnOpQr\u2060StUvWxYzAbCdEfGh",
        "ｈｆ＿AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "curl -u nora:bread4all https://models.example.net",
        "Authorization: Basic bm9yYTpicmVhZDRhbGw=",
        "https://files.example.net/a.zip?X-Amz-Signature=1f0e3d5c7b9a2468ace013579bdf0246",
    ],
)
def test_a_secret_without_a_shape_is_found_by_the_words_and_signs_around_it(text: str) -> None:
    assert len(list(find_secrets(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-contrib-project-name-long-enough-here, sk-button-container-wrapper-large",
        "Bearer HumanResourcesDepartment2024",
        "access key Shift+Alt+F10",
        "password: required",
        "    password: str = settings.password",
        "password: ********",
        "密码：无",
        "密码是她家猫的名字，你猜。",
        "你忘了密码？我也忘了。",
        "The password is swordfish, of course.",
        "the secret of her bread is rye and honey",
        "每条消息最多 2048 个 token，模型是 Qwen2.5-7B-Instruct-GPTQ-Int4。",
        "token: Llama-3.3-70B-Instruct",
        "token digest: 1f0e3d5c7b9a2468ace013579bdf0246",
        "eos_token_id: [151329, 151336, 151338]",
        '{"pad_token": "<|endoftext|>", "tokenizer_class": "PreTrainedTokenizerFast"}',
        "api_key: ${OPENAI_API_KEY}",
        'api_key = os.environ["OPENAI_API_KEY"]',
        "OPENAI_API_KEY=your-key-here",
        "hub_token: null",
        "Authorization: Bearer $HF_TOKEN",
        "sha256 1f0e3d5c7b9a2468ace013579bdf02461f0e3d5c7b9a2468ace013579bdf0246",
        'key=lambda row: (row["character"], row["id"])',
        "sorted(files, key=str.casefold)",
        "specific-000123, chat/train-00000-of-00001.parquet",
        'A secret figure: <img src="data:image/png;base64,sk-1A2b3C4d5E6f7G8h9I0j1K2l3M4n5O6p7Q8r==">',
        "https://owner.example.net:8080/path@2",
        "他八点到，密码门坏了，走后门。",
        "你这不是iPhone5s吗，得有密码，但它也可以用指纹。",
    ],
)
def test_talk_of_keys_and_what_only_looks_like_one_are_left_in_peace(text: str) -> None:
    assert not list(find_secrets(text))


@pytest.mark.parametrize("piece", [" -u a:bbbb", "-eyJ", "sk-", "Bearer a", "mysql -p"])
def test_hostile_repetition_of_what_begins_like_a_secret_is_read_to_its_end(piece: str) -> None:
    assert not list(find_secrets(piece * (100_000 // len(piece))))


@pytest.mark.parametrize(
    ("content", "gate"),
    [
        ({"fields": [{"key": "WiFi密码", "value": "xiaotang2019"}]}, "secret"),
        ({"fields": [{"key": "QQ", "value": "283746510"}]}, "private"),
        ({"api_key": "9fK2mQx7Lr4TzW8bVn3c"}, "secret"),
        ({"phone": 13812345678}, "private"),
        ({"phone": 13812345678.0}, "private"),
        ({"payload": json.dumps({"text": "我的密码是 Tr0ub4dor"})}, "secret"),
        ({"payload": json.dumps({"text": "打１３８１２３４５６７８找我"})}, "private"),
        ({"payload": json.dumps(json.dumps({"text": "密码：Tr0ub4dor3"}))}, "secret"),
        ({"source": "13812345678的聊天记录.txt:12"}, "private"),
        ({"evidence": ["chats/13812345678/a.json:3"]}, "private"),
        ({"evidence": ["身份证11010519491231002X.txt:3"]}, "private"),
        ({"source": "a.json:13812345678"}, ""),
        ({"source": "conv-13812345678.json:2"}, ""),
        ({"lines": 13, "share": 0.5, "is_kept": True, "none": None, "seconds": float("nan")}, ""),
    ],
)
def test_what_a_cell_says_is_read_with_the_name_that_it_stands_under(content: dict[str, object], gate: str) -> None:
    assert [where for where, _ in told({"chat/a.parquet": table([content])})] == [gate] * bool(gate)


def test_the_entries_of_a_map_are_read() -> None:
    kind = pa.map_(pa.string(), pa.string())
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": pa.array([[("password", "letmeinplease"), ("k", TOKEN)]], type=kind)}), buffer)
    assert told({"chat/a.parquet": buffer.getvalue()}) == [("secret", "chat/a.parquet:1 x")] * 2


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("training.json", '{\n "password":\n   "letmeinplease"\n}', "training.json:password"),
        ("training.json", '{"token": [\n "9fK2mQx7Lr4TzW8bVn3c"\n]}', "training.json:token"),
        ("personas.json", '[{\n"key": "WiFi密码",\n"value": "xiaotang2019"}]', "personas.json:WiFi密码"),
        ("recipe.yaml", "password: >-\n  letmeinplease\n", "recipe.yaml:password"),
        ("recipe.yaml", "db_password: letmeinplease\n", "recipe.yaml:1"),
        ("README.md", "| user | password |\n|---|---|\n| ann | Tr0ub4dor3x |\n", "README.md:3"),
    ],
)
def test_a_secret_that_stands_apart_from_its_name_is_told_once(name: str, text: str, where: str) -> None:
    assert told({name: text.encode()}) == [("secret", where)]


def test_settings_that_speak_of_themselves_or_are_nested_without_end_are_read_to_their_end() -> None:
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert told({"recipe.yaml": f"{laughs}me: &me [*me]\n".encode(), "training.json": b"[" * 100_000}) == []


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        ("我的手机号是幺三八 幺二三四 五六七八", True),
        ("john at bakery dot com, or john (at) bakery (dot) org", True),
        ("the server is 127.0.0.1:8000, its DNS 8.8.8.8; user@example.com, a@mail.example", False),
        ("一二三四五六七八九十，数到十就来", False),
        ("look at the dot on the map", False),
        ("打10086或13800138000", False),
        ("192.168.1.20 and nora@bakery.example.net", True),
    ],
)
def test_numbers_that_are_spoken_are_somebodys_and_reserved_ones_nobodys(text: str, is_private: bool) -> None:
    assert bool(find_private(text)) is is_private


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_around_a_token_it_is_found(before: str, behind: str) -> None:
    text = f"{before}，{TOKEN}。{behind}"
    at = len(before) + 1
    assert any(span.start <= at and at + len(TOKEN) <= span.end for span in find_secrets(text))


@settings(max_examples=60)
@given(st.text(alphabet="密码是token:= key'\"A1b2C3@/.\n", max_size=80))
def test_spans_are_in_order_and_never_overlap(text: str) -> None:
    spans = list(find_secrets(text))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_words_in_a_vocabulary_are_no_passwords_for_the_numbers_behind_them() -> None:
    assert told({"tokenizer.json": b'"password": 48291,\n"\\u5bc6\\u7801": 13812345678,'}) == []
    assert told({"training.json": b'"password": 48291,'}) == [("secret", "training.json:1")]


def test_private_data_are_found_in_talk_and_not_among_ids() -> None:
    mobile = "打13812345678找我"
    row = {
        "id": "13812345678",
        "response": mobile,
        "source": "a.json:13812345678",
        "provenance": "me@bakery.example.org",
    }
    assert told({"specific/a.parquet": table([row])}) == [
        ("private", "specific/a.parquet:1 response"),
        ("private", "specific/a.parquet:1 provenance"),
    ]
    assert told({"figures/a.svg": b'<path d="M 138.12 13812345678"/>'}) == []
    assert told({"training.json": b'{"loss": 1.2345678901, "digest": "1f0e3d5c7b9a2468"}'}) == []


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        ("/home/xiaoman/models/glm", True),
        ("file:///Users/nora.w/data", True),
        ('"C:\\\\Users\\\\nora\\\\data"', True),
        ("see https://example.net/home/nora", False),
        ("/home/user/models and /Users/you/data", False),
        ("../models/glm", False),
    ],
)
def test_a_path_that_tells_the_name_of_a_user_is_private(text: str, is_private: bool) -> None:
    assert bool(find_private(text, proven_alone=True)) is is_private


def test_a_text_that_stands_everywhere_is_told_once() -> None:
    row = {"prompt": f"密码：{PASSWORD}", "completion": f"密码：{PASSWORD}"}
    assert told({"chat/a.parquet": table([row, row])}) == [("secret", "chat/a.parquet:1 prompt")]


def test_a_picture_that_unpacks_to_gigabytes_or_is_broken_is_read_to_its_end() -> None:
    bomb = zlib.compress(b"a" * (8 << 20) + TOKEN.encode())
    assert told({"figures/a.png": png((b"zTXt", b"c\0\0" + bomb), (b"tEXt", b"c\0" + TOKEN.encode()))}) == [
        ("secret", "figures/a.png:tEXt")
    ]
    assert told({"figures/a.png": png((b"zTXt", b"c\0\0no zlib"))}) == []
    assert told({"figures/a.png": b"\x89PNG"}) == []


@pytest.mark.parametrize(
    ("name", "content"), [("chat/a.parquet", b"PAR1 no"), ("a.safetensors", b"\x05\0\0\0\0\0\0\0{no")]
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(name: str, content: bytes) -> None:
    with pytest.raises(FolderError, match=name):
        told({name: content})


def card(licence: str) -> bytes:
    return f"---\nlicense: {licence}\n---\n# x\n".encode()


def ledger(**source: str) -> bytes:
    return json.dumps({"sources": [{"name": "script", "license": "mit", "may_publish": "yes", **source}]}).encode()


@pytest.mark.parametrize(
    ("licence", "sources", "said"),
    [
        ("cc-by-4.0", ledger(), ""),
        ("unknown", ledger(), "states no licence"),
        ("''", ledger(), "states no licence"),
        ("cc-by-4.0", b"", "nobody has said"),
        ("cc-by-4.0", b"[1, 2]", "nobody has said"),
        ("cc-by-4.0", b"no JSON", "nobody has said"),
        ("cc-by-4.0", ledger(may_publish="unknown"), "stated as 'unknown'"),
        ("cc-by-4.0", ledger(may_publish="overlay"), "stated as 'overlay'"),
        ("cc-by-4.0", ledger(license="unknown"), "has no licence"),
        ("cc-by-4.0", ledger(license="cc-by-nc-4.0"), "not for commerce"),
        ("cc-by-nc-4.0", ledger(license="cc-by-nc-4.0"), ""),
        ("cc-by-nc-sa-4.0", ledger(license="cc-by-nc-sa-4.0"), ""),
        ("cc-by-4.0", ledger(license="cc-by-sa-4.0"), "has to be kept"),
        ("cc-by-sa-4.0", ledger(license="cc-by-nd-4.0"), "lets nobody publish"),
        ("cc-by-4.0", ledger(license="apache-2.0"), ""),
        ("cc-by-nd-4.0", ledger(license="cc-by-nd-4.0"), "lets nobody publish"),
        ("cc-by-nc-sa-4.0", ledger(license="cc-by-sa-4.0"), "has to be kept"),
        ("cc-by-sa-4.0", ledger(license="gpl-3.0"), "has to be kept"),
        ("gpl-3.0", ledger(license="cc-by-sa-4.0"), ""),
        ("cc-by-sa-4.0", ledger(license="CC BY-SA 3.0"), ""),
        ("cc-by-sa-3.0", ledger(license="CC BY-SA 4.0"), "has to be kept"),
        ("apache-2.0", ledger(license="仅供学术研究，非商用"), "not for commerce"),
        ("apache-2.0", ledger(license="CC BY NC SA 4.0"), "not for commerce"),
        ("cc-by-nc-4.0", ledger(license="https://creativecommons.org/licenses/by-nc/3.0/deed.zh"), ""),
        ("apache-2.0", ledger(license="llama3"), "has to be kept"),
        ("mit", ledger(license="gemma"), "has to be kept"),
        ("mit", ledger(license="All rights reserved"), "lets nobody publish"),
        ("mit", ledger(license="proprietary"), "lets nobody publish"),
        ("mit", ledger(license="none"), "lets nobody publish"),
        ("mit", ledger(license="未授权"), "lets nobody publish"),
        ("mit", ledger(license="The MIT License"), ""),
        ("apache-2.0", ledger(license="Apache License, Version 2.0"), ""),
        ("gpl-2.0", ledger(license="GNU GPL v2"), ""),
        ("cc0-1.0", ledger(license="cc-by-4.0"), "to be named"),
        ("cc0-1.0", ledger(license="public domain"), ""),
        ("other", ledger(license="cc-by-nc-4.0"), "not for commerce"),
        ("other", ledger(license="mit"), ""),
        ("other", ledger(license="other"), ""),
        ("mit", ledger(license="other"), "nobody here knows"),
        ("mit", ledger(license="the guild's own"), "nobody here knows"),
    ],
)
def test_a_licence_is_stated_and_fits_what_the_data_were_made_of(licence: str, sources: bytes, said: str) -> None:
    files = {"README.md": card(licence), **({"reports/sources.json": sources} if sources else {})}
    found = list(check_licence(staged(files)))
    assert said in found[0].what if said else not found


def test_sources_that_no_licence_fits_together_are_told_so_and_else_one_that_fits_is_named() -> None:
    def mends(*licences: str) -> set[str]:
        sources = [{"name": one, "license": one, "may_publish": "yes"} for one in licences]
        files = {"README.md": card("mit"), "reports/sources.json": json.dumps({"sources": sources}).encode()}
        return {finding.mend for finding in check_licence(staged(files))}

    assert all("no licence fits every source" in mend for mend in mends("cc-by-sa-4.0", "cc-by-nc-sa-4.0"))
    assert all("state cc-by-nc-sa-4.0" in mend for mend in mends("cc-by-nc-4.0", "cc-by-nc-sa-3.0", "mit"))
    assert all("--allow licence:reports/sources.json" in mend for mend in mends("the guild's own", "未经授权"))


def test_a_source_of_which_only_an_overlay_goes_out_asks_nothing_of_the_card() -> None:
    files = {"README.md": card("cc-by-4.0"), "overlay.json": b"{}"}
    files["lines/train-0.parquet"] = table([{"line": 1, "hash": "5f2b9c0d", "source": "a.json:1"}])
    files["reports/sources.json"] = ledger(license="all rights reserved", may_publish="overlay")
    assert not list(check_licence(staged(files)))


def test_files_that_must_not_travel_are_told_and_so_is_what_is_no_part_of_a_data_set() -> None:
    names = [".roleinstruct/journal.sqlite", "training_args.bin", "checkpoints/a.json", "reports/.env", "notes.txt"]
    found = {finding.where for finding in check_files(staged({name: b"" for name in names}))}
    assert found == set(names)
    assert not list(check_files(staged({"README.md": b"", "rejected/train-0.parquet": b"", "reports/lint.json": b""})))
    [finding] = check_files(staged({"adapter_model.safetensors": b"\x80\x02pickle"}, "adapter"))
    assert "no safetensors" in finding.what


@pytest.mark.parametrize("name", ["figures/a:b.png", "figures/con.png", "figures/a .png ", "figures/13812345678.png"])
def test_a_name_that_tells_something_or_that_some_systems_cannot_hold_is_refused(name: str) -> None:
    assert [finding.where for finding in check_names(staged({name: b""}), "owner/name")] == [name]


def test_names_that_are_one_on_other_systems_and_a_private_repository_name_are_refused() -> None:
    assert list(check_names(staged({"figures/a.png": b"", "figures/A.png": b""}), "owner/name"))
    assert list(check_names(staged({"figures/é.png": b"", "figures/e\u0301.png": b""}), "owner/name"))
    assert [f.where for f in check_names(staged({}), "owner/chat-13812345678")] == ["owner/chat-13812345678"]
    assert not list(check_names(staged({"figures/emotions by split.png": b""}), "owner/my-characters-2024"))


def test_too_many_files_are_told() -> None:
    [finding] = check_size(staged({f"chat/{number}.parquet": b"" for number in range(25_001)}))
    assert (finding.gate, finding.where) == ("size", ".")


@pytest.mark.parametrize(
    ("base", "is_fine"), [("THUDM/glm-4-9b-chat-hf", True), ("/data/glm", False), ("../glm", False)]
)
def test_an_adapter_names_a_base_and_a_space_an_adapter_that_others_can_find(base: str, is_fine: bool) -> None:
    config = json.dumps({"base_model_name_or_path": base}).encode()
    assert (not list(check_adapter(staged({"adapter_config.json": config}, "adapter")))) is is_fine
    named = json.dumps({"adapter": base}).encode()
    assert (not list(check_space(staged({"data/settings.json": named}, "space")))) is is_fine
    for broken in (b"[]", b"no JSON"):
        assert list(check_adapter(staged({"adapter_config.json": broken}, "adapter")))
        assert list(check_space(staged({"data/settings.json": broken}, "space")))


FINDINGS = [
    Finding("private", "chat/my data.parquet:3 completion", "private data: mobile (138…)", "mask it"),
    Finding("secret", "README.md:3", "a password (Tq…, 8 signs)", "take it out"),
    Finding("lint", "README.md", "the linter gives 80.0 of 100", "mend it"),
    Finding("card", "README.md license", "'x' is no licence id", "write an id"),
]


def test_an_exception_lets_a_gate_or_one_file_through_and_one_for_nothing_is_told() -> None:
    report = report_of(
        FINDINGS, {"lint": "a draft", "private:chat/my data.parquet": "an invented number", "size": "large on purpose"}
    )
    assert [finding.name for finding in report.findings] == ["secret:README.md", "card:README.md"]
    assert report.exceptions == [
        {"name": "private:chat/my data.parquet", "because": "an invented number", "findings": 1},
        {"name": "lint:README.md", "because": "a draft", "findings": 1},
    ]
    assert list(report.unused) == ["size"]
    with pytest.raises(GateError, match=r"README\.md:3: a password .* – take it out; .*--dry-run.*--allow"):
        expect_open(report)
    expect_open(report_of(FINDINGS[1:2], {"secret:README.md": "the password of a play"}))


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("secret", "all fine", "always with its file"),
        ("spelling", "x", "names no gate"),
        ("lint", " ", "needs a reason"),
    ],
)
def test_an_exception_names_a_gate_and_a_reason_and_never_all_secrets(name: str, reason: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        report_of([], {name: reason})


def test_the_reason_of_an_exception_is_looked_at_too_since_the_card_will_show_it() -> None:
    [finding] = check_texts(staged({}), {"secret:README.md": f"it is only {TOKEN}"})
    assert finding.where == "--because secret README.md"
