"""The engine against a server of fixed latency, beside the openai client and the ideal.

    python benchmarks/engine.py [--rounds 12] [--latency 0.2]

The server is tests/openai_server.py in a process of its own on the same machine, so that client and server share its
cores. Ideal: calls / concurrency x latency. Every reply of the engine is committed to a journal on disk.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Request
from roleinstruct.records import Message

SERVER = Path(__file__).parents[1] / "tests" / "openai_server.py"
PROMPT = "给下面这段对话的每一句标一种情绪。" * 30


def main() -> None:
    """Print a line for each concurrency and client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="calls for each place")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--many", type=int, help="also so many calls at 256, to see the memory")
    given = parser.parse_args()
    with serving(given.latency) as base_url:
        print(f"{'at once':>8} {'client':24} {'calls':>7} {'calls/s':>8} {'of ideal':>9} {'peak MB':>8}")
        for places in (64, 256):
            calls = places * given.rounds
            ideal = calls / places * given.latency
            for name, client in (("openai", with_openai), ("roleinstruct", with_engine)):
                report(name, places, calls, asyncio.run(client(base_url, places, calls)), ideal)
        if given.many:
            took = asyncio.run(with_engine(base_url, 256, given.many))
            report("roleinstruct", 256, given.many, took, given.many / 256 * given.latency)


def report(name: str, places: int, calls: int, took: float, ideal: float) -> None:
    """Print one measurement."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{places:>8} {name:24} {calls:>7,} {calls / took:>8,.0f} {ideal / took:>9.3f} {peak:>8,.0f}", flush=True)


@contextmanager
def serving(latency: float) -> Iterator[str]:
    """Run the server; yields its base URL."""
    command = [sys.executable, str(SERVER), "--port", "0", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def with_engine(base_url: str, places: int, calls: int) -> float:
    """Seconds for so many different calls by the engine, the ramp to full concurrency included."""
    requests = (Request("m", (Message("user", f"{PROMPT}{number}"),), {"max_tokens": 64}) for number in range(calls))
    endpoint = Endpoint.of("m", base_url)
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.sqlite") as journal:
        async with Engine(endpoint, journal, Meter(Prices.load().at(base_url)), Limits(places)) as engine:
            began = time.perf_counter()
            async for _ in in_order(requests, lambda request: engine.ask(request, "bench"), 4 * places):
                pass
            return time.perf_counter() - began


async def with_openai(base_url: str, places: int, calls: int) -> float:
    """Seconds for the same by the openai client in a plain loop, without a journal."""
    from openai import AsyncOpenAI

    free = asyncio.Semaphore(places)
    async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def ask(number: int) -> None:
            async with free:
                messages = [{"role": "user", "content": f"{PROMPT}{number}"}]
                await client.chat.completions.create(model="m", messages=messages, max_tokens=64)  # type: ignore[arg-type]

        began = time.perf_counter()
        await asyncio.gather(*(ask(number) for number in range(calls)))
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
