"""What a contender does: see contender.rs beside the bench."""

import asyncio
import json
import sys
import time
from typing import Any, Protocol

import uvloop


class Rival(Protocol):
    """A queue. Each start of a job calls `self.started(n, due)`, with when it was due in microseconds."""

    started: Any

    async def prepare(self) -> None: ...
    async def enqueue(self, count: int) -> None: ...
    async def work(self) -> None:
        """Works until it is cancelled."""

    async def left(self) -> int: ...
    async def add(self, n: int) -> None: ...


def now() -> float:
    """Microseconds since 1970."""
    return time.time_ns() / 1000


def micros(at: Any) -> float:
    """Microseconds since 1970 of a datetime."""
    return at.timestamp() * 1e6


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def let_go(said: dict[str, Any]) -> None:
    say(said)
    await asyncio.to_thread(sys.stdin.readline)


async def burn(rival: Rival, setup: dict[str, Any]) -> None:
    runs, count, ended = setup["runs"], 0, asyncio.Event()

    def started(_n: int, _due: float) -> None:
        nonlocal count
        count += 1
        if count == runs:
            ended.set()

    rival.started = started
    began = now()
    await rival.enqueue(runs)
    await let_go({"enqueued": runs, "seconds": (now() - began) / 1e6})
    began = now()
    working = asyncio.create_task(rival.work())
    await wait(ended, working)
    while await rival.left() > 0:
        await asyncio.sleep(0.001)
    say({"ended": count, "seconds": (now() - began) / 1e6})
    await stop(working)


async def latency(rival: Rival, setup: dict[str, Any]) -> None:
    rate, count = setup["rate"], setup["rate"] * setup["seconds"]
    called, due, start = [0.0] * count, [0.0] * count, [0.0] * count
    missing, ended = count, asyncio.Event()

    def started(n: int, at: float) -> None:
        nonlocal missing
        start[n], due[n] = now(), at
        missing -= 1
        if missing == 0:
            ended.set()

    rival.started = started
    working = asyncio.create_task(rival.work())
    await let_go({"ready": True})
    adding = []
    began = now()
    for n in range(count):
        wait_for = (began + n * 1e6 / rate - now()) / 1e6
        if wait_for > 0:
            await asyncio.sleep(wait_for)
        called[n] = now()
        adding.append(asyncio.create_task(rival.add(n)))
    await asyncio.gather(*adding)
    await wait(ended, working)
    since = lambda origin: [round(at - was) for at, was in zip(start, origin)]
    say({"due": since(due), "called": since(called)})
    await stop(working)


async def wait(ended: asyncio.Event, working: asyncio.Task[None]) -> None:
    """For the end, or for a worker that fails."""
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait([waiting, working], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        working.result()
        raise RuntimeError("the worker has stopped")


async def stop(working: asyncio.Task[None]) -> None:
    working.cancel()
    await asyncio.wait([working], timeout=5)


def contend(make_rival: Any) -> None:
    what, database, text = sys.argv[1:]
    setup = json.loads(text)

    async def main() -> None:
        rival = make_rival(database, setup)
        await rival.prepare()
        await {"burn": burn, "latency": latency}[what](rival, setup)

    uvloop.run(main())
