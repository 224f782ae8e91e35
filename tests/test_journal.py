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
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError, JournalError, RecordError, SourceError
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.remembering import REMEMBERED
from roleinstruct.pipeline.replaying import replay
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.records import Message


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
@given(st.lists(st.tuples(requests, replies, st.sampled_from(["annotate", "问"])), min_size=1, max_size=6))
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


def test_half_a_character_stops_nothing(tmp_path: Path) -> None:
    odd = replace(answer("x"), model="\ud800")
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("一"), odd))
        assert journal.get(ask("一").key) == odd
        journal.export(tmp_path / "out.jsonl")
        line = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
        (tmp_path / "odd.jsonl").write_text(json.dumps({**line, "stage": "\ud800"}), encoding="utf-8")
        with pytest.raises(SourceError, match=r"odd\.jsonl:1"):
            journal.load(tmp_path / "odd.jsonl")


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
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.records import Message

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
        (Path.touch, "is empty, and was probably damaged: move it away .* from an export"),
        (lambda path: sqlite3.connect(path).execute("VACUUM").connection.close(), "is empty, and was probably damaged"),
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
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.records import Message

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


def test_a_journal_that_was_emptied_keeps_the_log_that_was_left_beside_it(tmp_path: Path) -> None:
    path, log = tmp_path / "j", tmp_path / "j-wal"
    path.touch()
    log.write_bytes(b"replies")
    for look in (Journal(path), Journal(path, read_only=True)):
        with pytest.raises(JournalError, match="is empty"), look:
            pass
    path.unlink()
    with pytest.raises(JournalError, match="j-wal belongs to a journal that is no longer there"), Journal(path):
        pass
    assert log.read_bytes() == b"replies"


def test_a_journal_is_there_whole_or_not_at_all_when_its_making_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "j"
    program = (
        "import os, sys, pathlib, roleinstruct.llm.journal as j; path = pathlib.Path(sys.argv[1]); "
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9); j.Journal(path).__enter__()"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert not path.exists()
    with Journal(path) as journal:
        put_all(journal, (ask("a"), answer("b")))
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".lock") == ["j"]


def test_what_is_dropped_is_asked_again_and_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        put_all(journal, *((ask(str(n)), answer(f"答{n}")) for n in range(5)))
        put_all(journal, (replace(ask("6"), model="other"), answer("x"), "profile"))
        journal.export(tmp_path / "all.jsonl")
        [other] = journal.rows(model="other")
        assert list(journal.rows("profile")) == list(journal.rows(key_prefix=other.key[:20])) == [other]
        assert not list(journal.rows("annotate", "other"))
        kept = [journal.drop(entry.key for entry in journal.rows("annotate")), journal.drop([other.key])]
        assert kept == [tmp_path / "dropped-1.jsonl", tmp_path / "dropped-2.jsonl"]
        assert journal.counts() == {}
        assert journal.get(ask("1").key) is None
        put_all(journal, (ask("1"), answer("better")))
        assert [journal.load(file) for file in kept] == [4, 1]
        assert journal.get(ask("1").key) == answer("better")
    with Journal(path, read_only=True) as reader, pytest.raises(JournalError, match="not open for writing"):
        reader.drop([other.key])


def test_of_a_damaged_journal_what_can_be_read_is_saved(tmp_path: Path) -> None:
    path, out = tmp_path / "j", tmp_path / "out.jsonl"
    told = {str(n): answer(os.urandom(150).hex()) for n in range(400)}
    with Journal(path) as journal:
        put_all(journal, *((ask(text), reply) for text, reply in told.items()))
    content, size = bytearray(path.read_bytes()), 4096
    pages = [at for at in range(0, len(content), size) if b"annotate" in content[at : at + size]]
    page = pages[len(pages) // 2]
    content[page : page + size] = b"\xff" * size
    path.write_bytes(content)
    with Journal(path, read_only=True) as journal:
        with pytest.raises(JournalError, match="export --salvage"):
            journal.export(out)
        written, lost = journal.salvage(out)
    assert written + lost == 400
    assert 0 < lost < 40
    with Journal(tmp_path / "new") as new:
        assert new.load(out) == written
        assert all(entry.reply == told[entry.request.messages[1].content] for entry in new.rows())


def test_a_damaged_row_is_left_out_of_what_is_saved(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        put_all(journal, (ask("a"), answer("b")), (ask("c"), answer("d")))
    with sqlite3.connect(tmp_path / "j") as connection:
        connection.execute("UPDATE replies SET reply = x'00' WHERE key = ?", (ask("a").key,))
    connection.close()
    with Journal(tmp_path / "j", read_only=True) as journal:
        assert journal.salvage(tmp_path / "out.jsonl") == (1, 1)


def test_a_line_that_lacks_something_says_what(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text('{"reply": 1}\n', encoding="utf-8")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(
            SourceError, match=r"out\.jsonl:1 .* lacks 'request', 'stage'; .* 'request', 'reply', 'stage'"
        ):
            journal.load(tmp_path / "out.jsonl")
        (tmp_path / "out.jsonl").write_text("\n", encoding="utf-8")
        with pytest.raises(SourceError, match="holds no replies"):
            journal.load(tmp_path / "out.jsonl")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `roleinstruct journal` in this process: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["roleinstruct", "journal", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), *capfd.readouterr()

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set folder with a journal of 2 + 1 replies."""
    with Journal(tmp_path / "set" / JOURNAL) as journal:
        put_all(journal, (ask("一"), answer("x")), (ask("二"), answer("y")))
        put_all(journal, (replace(ask("三"), model="mine"), answer("z"), "profile"))
    return tmp_path / "set"


def test_drop_removes_nothing_until_it_is_told_yes(folder: Path, run: Run) -> None:
    code, _, err = run("drop", folder, "--stage", "annotate")
    assert code == 0
    assert "2 replies (20 tokens sent, 4 received) would be removed; nothing is yet: say --yes" in err
    assert Journal(folder / JOURNAL, read_only=True).counts() == {"annotate": 2, "profile": 1}
    code, _, err = run("drop", folder, "--stage", "annotate", "--yes")
    kept = folder / ".roleinstruct" / "dropped-1.jsonl"
    assert code == 0
    assert f"are removed, and kept in {kept}" in err
    assert Journal(folder / JOURNAL, read_only=True).counts() == {"profile": 1}
    code, _, err = run("drop", folder, "--stage", "annotate", "--yes")
    assert code != 0
    assert "is of that kind" in err
    assert "2 replies are new" in run("load", folder, kept)[2]


def test_drop_refuses_beside_a_run_that_writes(folder: Path, run: Run) -> None:
    with Journal(folder / JOURNAL):
        code, _, err = run("drop", folder, "--model", "mine", "--yes")
    assert code != 0
    assert "another roleinstruct writes" in err


def test_salvage_says_how_much_is_lost(folder: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out.jsonl"
    assert f"3 replies are in {out}; every one could be read" in run("export", folder, out, "--salvage")[2]


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ({}, None),
        ({"base_url": "http://localhost:8000/v1"}, 0.0),
        ({"price": "1000,10000"}, 0.03),
        ({"name": "another", "price": "1,1"}, None),
    ],
)
def test_list_knows_the_price_that_the_folder_was_built_with(
    folder: Path, run: Run, model: dict[str, str], usd: float | None
) -> None:
    words = {"source": {"path": "raw"}, "model": {"name": "mine", **model}}
    DataFolder(folder).write_json(REMEMBERED, BuildConfig.checked(words, "test").model_dump(mode="json"))
    sums = json.loads(run("list", folder, "--json")[1])["sums"]
    assert {row["model"]: row["usd"] for row in sums}["mine"] == (usd if usd is None else pytest.approx(usd))


def test_list_takes_the_table_where_nothing_was_built(folder: Path, run: Run) -> None:
    sums = json.loads(run("list", folder, "--json")[1])["sums"]
    assert [(row["model"], row["usd"] is None) for row in sums] == [("qwen-plus", False), ("mine", True)]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, run: Run) -> None:
    nowhere = tmp_path / "nowhere"
    for words in (("list", nowhere), ("drop", nowhere), ("load", nowhere, tmp_path / "out.jsonl")):
        code, _, err = run(*words)
        assert code != 0
        assert f"the folder {nowhere} does not exist" in err
    assert not nowhere.exists()


def test_an_empty_export_begins_no_journal(tmp_path: Path, run: Run) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "out.jsonl").touch()
    code, _, err = run("load", tmp_path / "set", tmp_path / "out.jsonl")
    assert code != 0
    assert "holds no replies" in err
    assert not list((tmp_path / "set").iterdir())


def test_a_replay_of_an_unfinished_build_says_so(folder: Path) -> None:
    with pytest.raises(FolderError, match="was never finished"):
        replay(folder, Listener())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_replay_reads_a_folder_that_nobody_may_write_to(folder: Path) -> None:
    words = {"source": {"path": "nothing-here"}, "model": {"name": "mine"}}
    DataFolder(folder).write_json(REMEMBERED, BuildConfig.checked(words, "test").model_dump(mode="json"))
    (folder / JOURNAL).parent.chmod(0o500)
    with pytest.raises(SourceError, match="nothing-here"):  # the journal was copied before that
        replay(folder, Listener())
