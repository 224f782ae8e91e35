"""The journal keeps what was paid for: whatever happens, and beside others."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import ConfigError, FolderError, JournalError, RecordError, SourceError
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Message, Reply, Request, Usage


def ask(text: str, sample: int = 0) -> Request:
    messages = (Message("system", "你给每句话标上情绪。"), Message("user", text))
    return Request("qwen-plus", messages, {"temperature": 0.7, "max_tokens": 50}, {"type": "object"}, sample)


def answer(text: str, tokens: int = 10) -> Reply:
    return Reply(text, "stop", Usage(tokens, 2, 1), "qwen-plus-2025")


def put_all(journal: Journal, *given: tuple[Request, Reply] | tuple[Request, Reply, str]) -> None:
    """Put requests and replies at the same time, of stage "annotate" or the one given."""

    async def put() -> None:
        await asyncio.gather(*(journal.put(*one) if len(one) == 3 else journal.put(*one, "annotate") for one in given))

    asyncio.run(put())


def test_a_key_depends_on_content_and_not_on_the_order_of_names() -> None:
    messages = (Message("user", "你好"),)
    one = Request("m", messages, {"a": 1, "b": {"x": 1, "y": [1, 2]}}, {"p": 1, "q": 2})
    other = Request("m", messages, {"b": {"y": [1, 2], "x": 1}, "a": 1}, {"q": 2, "p": 1})
    assert one.key == other.key
    assert one.as_json() == (
        '{"messages":[{"content":"你好","role":"user"}],"model":"m","parameters":{"a":1,"b":{"x":1,"y":[1,2]}},'
        '"sample":0,"schema":{"p":1,"q":2}}'
    )
    assert one.key == "b169e8c15ecc9e4ae8e41bc280f2eeabab772322190124c45427ca8d7c7ce0a9"


@pytest.mark.parametrize(
    "other",
    [
        Request("n", (Message("user", "é"),)),
        Request("m", (Message("user", "e\u0301"),)),  # the same to the eye, not the same bytes
        Request("m", (Message("system", "é"),)),
        Request("m", (Message("user", "é"), Message("user", ""))),
        Request("m", (Message("user", "é"),), {"seed": 1}),
        Request("m", (Message("user", "é"),), schema={}),
        Request("m", (Message("user", "é"),), sample=1),
    ],
)
def test_whatever_differs_makes_another_key(other: Request) -> None:
    assert other.key != Request("m", (Message("user", "é"),)).key


@pytest.mark.parametrize(
    "parameters", [{"extra_headers": {"X": "y"}}, {"api_key": "k"}, {"extra_body": {"Api-Key": "k"}}]
)
def test_a_request_takes_no_secret_with_it(parameters: dict[str, object]) -> None:
    with pytest.raises(RecordError, match="may hold a key"):
        Request("m", (), parameters)


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"bytes"])
def test_a_request_that_is_no_json_says_so(value: object) -> None:
    with pytest.raises(RecordError, match="no JSON"):
        _ = Request("m", (), {"seed": value}).key


def test_usage_adds_up() -> None:
    assert Usage(1, 2, 3) + Usage(10, 20, 30) == Usage(11, 22, 33)


def test_what_was_put_is_there_at_once_and_later(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.sqlite"
    request, reply = ask("今天真高兴"), Reply("", "content_filter", Usage(5, 0, 0), "m", refusal="不行")
    with Journal(path) as journal:
        assert journal.get(request.key) is None
        put_all(journal, (request, reply))
        assert journal.get(request.key) == reply
    assert [p.name for p in path.parent.iterdir() if not p.name.endswith(".lock")] == ["journal.sqlite"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Journal(path) as journal:
        assert journal.get(request.key) == reply


def test_the_first_reply_stays(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("好"), answer("一")))
        put_all(journal, (ask("好"), answer("二")), (ask("好", sample=1), answer("三")))
        assert journal.get(ask("好").key) == answer("一")
        assert [entry.reply.text for entry in journal.rows()] == ["一", "三"]


texts = st.text(st.characters(codec=None), max_size=40)
usages = st.builds(Usage, *[st.integers(0, 2**40)] * 3)
replies = st.builds(Reply, texts, st.sampled_from(["stop", "length"]), usages, texts, texts)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(["temperature", "stop", "数", "\ud800"]), values, max_size=3)
requests = st.builds(
    Request,
    texts,
    st.lists(st.builds(Message, texts, texts), max_size=3).map(tuple),
    objects,
    st.none() | objects,
    st.integers(0, 3),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(requests, replies, st.sampled_from(["annotate", "问"])), max_size=6))
def test_whatever_was_put_comes_back(
    tmp_path_factory: pytest.TempPathFactory, given: list[tuple[Request, Reply, str]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder / "j") as journal:
        put_all(journal, *given)
        expected: dict[str, tuple[Request, Reply, str]] = {}
        for request, reply, stage in given:
            expected.setdefault(request.key, (request, reply, stage))
        for key, (_, reply, _) in expected.items():
            assert journal.get(key) == reply
        found = list(journal.rows())
        assert {e.key: (e.request, e.reply, e.stage) for e in found} == expected
        assert [e.request.key for e in found] == [e.key for e in found]
        assert sum(journal.counts().values()) == len(expected)
        assert sum(journal.total().values(), Usage()) == sum((e.reply.usage for e in found), Usage())
        journal.export(folder / "out.jsonl")
    with Journal(folder / "copy") as copy:
        assert copy.load(folder / "out.jsonl") == len(expected)
        assert copy.load(folder / "out.jsonl") == 0
        assert {e.key: (e.request, e.reply, e.stage) for e in copy.rows()} == expected
        copy.export(folder / "again.jsonl")
        assert copy.digest() == Journal(folder / "j", read_only=True).digest()
    assert (folder / "again.jsonl").read_bytes() == (folder / "out.jsonl").read_bytes()


def test_tokens_and_replies_are_counted_by_stage(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("一"), answer("x", 10)), (ask("二"), answer("y", 20)))
        put_all(journal, (ask("三"), answer("z", 5), "profile"))
        assert journal.total() == {"annotate": Usage(30, 4, 2), "profile": Usage(5, 2, 1)}
        assert journal.counts() == {"annotate": 2, "profile": 1}


def test_a_digest_is_of_keys_and_texts_in_any_order(tmp_path: Path) -> None:
    pairs = [(ask(str(number)), answer(f"答{number}", number)) for number in range(5)]
    with Journal(tmp_path / "a") as one, Journal(tmp_path / "b") as other:
        put_all(one, *pairs)
        put_all(other, *((request, answer(reply.text, 99)) for request, reply in reversed(pairs)))
        assert one.digest() == other.digest() == one.digest([request.key for request, _ in pairs] * 2)
        assert one.digest([pairs[0][0].key]) != one.digest()
        with pytest.raises(JournalError, match="holds no reply to 00ff"):
            one.digest(["00ff"])
        put_all(other, (ask("more"), answer("")))
        assert one.digest() != other.digest()


def test_an_entry_is_found_by_the_beginning_of_its_key(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        put_all(journal, *((ask(str(number)), answer("")) for number in range(20)))
        key = ask("7").key
        assert journal.entry(key).request == journal.entry(key[:12]).request == ask("7")
        for prefix, words in (("", "more than one key"), ("zz", "no key"), (key + "0", "no key")):
            with pytest.raises(ConfigError, match=words):
                journal.entry(prefix)


def test_a_cancelled_put_is_kept_since_it_was_paid_for(tmp_path: Path) -> None:
    async def put_and_cancel(journal: Journal) -> int:
        tasks = [asyncio.create_task(journal.put(ask(str(n)), answer(str(n)), "x")) for n in range(100)]
        await asyncio.sleep(0)  # every task has handed its reply over and waits
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(isinstance(result, asyncio.CancelledError) for result in done)

    with Journal(tmp_path / "j") as journal:
        assert asyncio.run(put_and_cancel(journal)) == 50
    with Journal(tmp_path / "j") as journal:
        assert all(journal.get(ask(str(n)).key) == answer(str(n)) for n in range(100))


def test_closing_commits_what_waits(tmp_path: Path) -> None:
    async def leave(path: Path) -> list[asyncio.Task[None]]:
        with Journal(path) as journal:
            tasks = [asyncio.create_task(journal.put(ask(str(n)), answer(str(n)), "x")) for n in range(300)]
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return tasks

    assert len(asyncio.run(leave(tmp_path / "j"))) == 300
    assert Journal(tmp_path / "j", read_only=True).counts() == {"x": 300}


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(JournalError, match="is not open"):
        journal.get("0")
    with journal:
        put_all(journal, (ask("a"), answer("b")))
    with pytest.raises(JournalError, match="is not open"):
        journal.get("0")
    with pytest.raises(JournalError, match="is not open for writing"):
        put_all(journal, (ask("c"), answer("d")))
    with Journal(tmp_path / "j", read_only=True) as reader:
        assert reader.get(ask("a").key) == answer("b")
        with pytest.raises(JournalError, match="is not open for writing"):
            put_all(reader, (ask("c"), answer("d")))


def test_of_two_writers_the_second_is_told(tmp_path: Path) -> None:
    path = tmp_path / "j"
    program = "import sys, pathlib, roleinstruct.llm.journal as j; j.Journal(pathlib.Path(sys.argv[1])).__enter__()"
    with Journal(path):
        ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
        with pytest.raises(FolderError, match="another roleinstruct writes to the journal"), Journal(path):
            pass
    assert "FolderError: another roleinstruct writes to the journal" in ran.stderr
    with Journal(path):
        pass


def test_readers_see_what_was_committed_while_a_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as writer, Journal(path, read_only=True) as reader:
        for number in range(5):
            slow = reader.rows()
            put_all(writer, *((ask(f"{number}.{n}"), answer("")) for n in range(40)))
            assert reader.counts() == {"annotate": 40 * (number + 1)}
            assert reader.get(ask(f"{number}.39").key) == writer.get(ask(f"{number}.39").key) == answer("")
            next(slow)  # stays open while the next ones are written
        assert reader.export(tmp_path / "out.jsonl") == 200


KILLED = """
import asyncio, itertools, sys
from pathlib import Path
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Message, Reply, Request, Usage

async def work(journal, numbers):
    for number in numbers:
        request = Request("m", (Message("user", f"{sys.argv[2]} {number}"),))
        await journal.put(request, Reply(f"答{number}", "stop", Usage(1, 1, 0), "m"), "x")
        print(request.key, number, flush=True)

async def main():
    numbers = itertools.count()
    with Journal(Path(sys.argv[1])) as journal:
        await asyncio.gather(*(work(journal, numbers) for _ in range(16)))

asyncio.run(main())
"""


def test_what_was_said_to_be_committed_outlives_kill_9(tmp_path: Path) -> None:
    path, chance = tmp_path / "j", random.Random(5)
    promised: dict[str, str] = {}
    for turn in range(20):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(turn)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline()]  # it is at work
            time.sleep(chance.random() * 0.06)
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.readlines()
        assert child.returncode == -signal.SIGKILL
        for line in lines:
            if line.endswith(b"\n"):  # not cut off by the kill
                key, number = line.decode().split()
                promised[key] = f"答{number}"
        with Journal(path, read_only=True) as reader:  # nobody has repaired anything yet
            lost = [key for key, text in promised.items() if getattr(reader.get(key), "text", None) != text]
        assert lost == []
    assert len(promised) > 100
    with Journal(path) as journal:
        assert promised.items() <= {entry.key: entry.reply.text for entry in journal.rows()}.items()


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def newer_version(path: Path) -> None:
    with Journal(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def garbled(path: Path) -> None:
    with Journal(path) as journal:
        put_all(journal, *((ask(str(n)), answer("x" * 300)) for n in range(200)))
    content = bytearray(path.read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_text("这不是数据库。" * 100, encoding="utf-8"), "it is another kind of file"),
        (other_database, "is a database of another program"),
        (newer_version, "has version 99"),
        (garbled, "cannot be used .*move it away"),
        (Path.mkdir, "cannot be used"),
    ],
)
def test_a_file_that_is_no_good_journal_is_left_alone(tmp_path: Path, spoil: object, words: str) -> None:
    path = tmp_path / "j"
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(JournalError, match=words) as raised, Journal(path):
        pass
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    assert (path.read_bytes() if path.is_file() else b"") == before
    if path.is_file():
        with pytest.raises(JournalError, match=words):
            list(Journal(path, read_only=True).rows())


def test_a_damaged_row_is_told_from_a_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        put_all(journal, (ask("a"), answer("b")))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE replies SET reply = x'00'")
    connection.close()
    with Journal(path, read_only=True) as journal:
        for look in (lambda: journal.get(ask("a").key), lambda: list(journal.rows()), journal.digest):
            with pytest.raises(JournalError, match="a row is damaged"):
                look()
        with pytest.raises(JournalError, match="a row is damaged"):
            journal.export(tmp_path / "out.jsonl")
    assert list(tmp_path.glob("out*")) == []


def test_there_is_nothing_to_read_where_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="there is no journal"), Journal(tmp_path / "j", read_only=True):
        pass
    (tmp_path / "empty").touch()
    with pytest.raises(JournalError, match="is empty"), Journal(tmp_path / "empty", read_only=True):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    path = tmp_path / "closed" / "j"
    path.parent.mkdir(mode=0o500)
    with pytest.raises(JournalError, match="choose a folder that you may write to"), Journal(path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="choose a folder that you may write to"), Journal(tmp_path / "file" / "j"):
        pass


FULL = """
import asyncio, resource, sys
from pathlib import Path
from roleinstruct.errors import JournalError
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Message, Reply, Request, Usage

async def main():
    with Journal(Path(sys.argv[1])) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        for number in range(10_000):
            request = Request("m", (Message("user", str(number)),))
            try:
                await journal.put(request, Reply(str(number) * 100, "stop", Usage(1, 1, 0), "m"), "x")
            except JournalError as error:
                assert journal.get(request.key) is None
                print(number, error)
                break
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await journal.put(request, Reply("ok", "stop", Usage(1, 1, 0), "m"), "after")

asyncio.run(main())
"""


def test_a_full_disk_costs_no_reply_that_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "j"
    ran = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    committed, said = ran.stdout.split(" ", 1)
    assert "run again, what was committed is kept" in said
    assert Journal(path, read_only=True).counts() == {"after": 1, "x": int(committed)}


@pytest.mark.parametrize("line", ["{", "[]", '{"request": {}, "reply": {}, "stage": "x"}', "7", "\ud800"])
def test_a_broken_line_of_an_export_is_named(tmp_path: Path, line: str) -> None:
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("a"), answer("b")))
        journal.export(tmp_path / "out.jsonl")
        with (tmp_path / "out.jsonl").open("a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(line + "\n")
        with pytest.raises(SourceError, match=r"out\.jsonl"):
            journal.load(tmp_path / "out.jsonl")
        with pytest.raises(SourceError, match="cannot be read"):
            journal.load(tmp_path / "nothing.jsonl")


def test_an_export_holds_request_reply_and_stage_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("你好"), answer("您好")))
        assert journal.export(out) == 1
        [line] = out.read_text(encoding="utf-8").splitlines()
        assert json.loads(line) == {
            "request": json.loads(ask("你好").as_json()),
            "reply": json.loads(answer("您好").as_json()),
            "stage": "annotate",
        }
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        with pytest.raises(JournalError, match="cannot be written"):
            journal.export(tmp_path / "no" / "out.jsonl")
