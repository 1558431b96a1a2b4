"""The Python package beside what one would use without it. Ratios hold within one run only; medians of rounds in turn."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable

import numpy as np
from intervaltree import IntervalTree
from ncls import NCLS
from superintervals import IntervalMap

import uhub

N = 1_000_000
FEW = 100_000
POOLS = 50
YEARS = 25 * 365 * 86_400

rng = np.random.default_rng(20260301)
pool = rng.integers(0, POOLS, N, dtype=np.uint32)
start = rng.integers(0, YEARS, N) * 1_000_000
end = start + rng.integers(60, 1_800, N) * 1_000_000


def sweep() -> np.ndarray:
    """One sort by pool and start, and one look at each neighbour: as fast as NumPy gets there."""
    # Pools one behind the other on one axis, so that one sort and one running maximum serve them all.
    at = pool.astype(np.int64) * (YEARS + 10_000) * 1_000_000
    begin, until = start + at, end + at
    order = np.argsort(begin)
    begin, until = begin[order], until[order]
    hit = np.zeros(N, dtype=bool)
    hit[1:] = begin[1:] < np.maximum.accumulate(until)[:-1]
    hit[:-1] |= begin[1:] < until[:-1]
    flags = np.empty(N, dtype=bool)
    flags[order] = hit
    return flags


def seconds() -> tuple[np.ndarray, np.ndarray]:
    """On one axis, in whole seconds, for packages that know no pools."""
    at = pool.astype(np.int64) * (YEARS + 10_000)
    return start // 1_000_000 + at, end // 1_000_000 + at


def by_superintervals() -> np.ndarray:
    """Its numbers have 32 bits: a structure for each pool, in whole seconds."""
    order = np.argsort(pool, kind="stable")
    flags = np.empty(N, dtype=bool)
    for places in np.split(order, np.cumsum(np.bincount(pool, minlength=POOLS))[:-1]):
        # Its intervals are closed.
        begin, until = ((column[places] // 1_000_000).astype(np.int32) for column in (start, end))
        found = IntervalMap.from_arrays(begin, until - 1)
        flags[places] = np.asarray(found.count_batch(begin, until - 1)) > 1
    return flags


def by_ncls() -> np.ndarray:
    begin, until = seconds()
    ids = np.arange(N)
    rows, _ = NCLS(begin, until, ids).all_overlaps_both(begin, until, ids)
    return np.bincount(rows, minlength=N) > 1


def by_intervaltree() -> np.ndarray:
    begin, until = (column[:FEW].tolist() for column in seconds())
    tree = IntervalTree.from_tuples(zip(begin, until, range(FEW), strict=True))
    return np.array([len(tree.overlap(a, b)) > 1 for a, b in zip(begin, until, strict=True)])


def in_turn(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Medians, in seconds; one round more, first, does not count."""
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for round_ in range(rounds + 1):
        for name, call in contenders.items():
            begin = time.perf_counter()
            call()
            if round_:
                took[name].append(time.perf_counter() - begin)
    return {name: statistics.median(all_) for name, all_ in took.items()}


def from_rust(expected: np.ndarray, rounds: int) -> float:
    """The same call from Rust on the same slots, by the bench of the conflict engine; the median, in seconds."""
    with tempfile.NamedTemporaryFile() as file:
        for column in (start, end, pool):
            column.tofile(file)
        file.flush()
        command = [os.environ["UHUB_BENCH_CONFLICT"], "columns", file.name, str(rounds)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(said[0]) == expected.sum()
    return float(said[1])


def conflicts() -> None:
    ours = lambda: uhub.find_conflicts_bulk(start, end, pool)  # noqa: E731
    expected = ours()
    assert (sweep() == expected).all()
    contenders: dict[str, Callable[[], object]] = {"uhub.find_conflicts_bulk": ours, "NumPy sweep": sweep}
    for name, other in (("superintervals", by_superintervals), ("ncls", by_ncls)):
        assert (other() == expected).all(), name
        contenders[name] = other
    took = in_turn(contenders, 7)
    took["`conflict::flags` from Rust"] = from_rust(expected, 7)
    took[f"intervaltree, {FEW:,} of them"] = in_turn({"": by_intervaltree}, 1)[""]
    print(f"### Which of {N:,} slots overlap another\n")
    print("| | ms | ÷ NumPy |\n| --- | --- | --- |")
    for name, each in took.items():
        print(f"| {name} | {each * 1e3:.1f} | {each / took['NumPy sweep']:.2f} × |")


def decisions() -> None:
    columns = [
        rng.integers(0, len(words), N, dtype=np.uint8) for words in (uhub.ROLES, uhub.ACTIONS, uhub.TIERS, uhub.JOB_TYPES)
    ]
    calls = 100_000

    def one_by_one() -> None:
        for _ in range(calls):
            uhub.decide("ops", "job_move", tier="prod", job_type="maintenance")

    took = in_turn({"one": one_by_one, "many": lambda: uhub.decide_bulk(*columns)}, 7)
    print("\n### Decisions\n\n| | ns each |\n| --- | --- |")
    print(f"| uhub.decide | {took['one'] / calls * 1e9:.0f} |")
    print(f"| uhub.decide_bulk | {took['many'] / N * 1e9:.1f} |")


async def calls() -> None:
    hub = await uhub.AsyncHub.open()
    await hub.import_demo()
    session = await hub.as_user("demo-admin")
    job = (await session.jobs())[0].id
    took: dict[str, list[float]] = {"AsyncSession.job": [], "the same request, as bytes": []}
    for round_ in range(4_000):
        begin = time.perf_counter()
        await session.job(job)
        middle = time.perf_counter()
        hub._core.request(session.user_id, "GET", f"/jobs/{job}")
        if round_ >= 1_000:
            took["AsyncSession.job"].append(middle - begin)
            took["the same request, as bytes"].append(time.perf_counter() - middle)
    print("\n### One call of a hub in memory\n\n| | µs, median |\n| --- | --- |")
    for name, all_ in took.items():
        print(f"| {name} | {statistics.median(all_) * 1e6:.1f} |")


conflicts()
decisions()
asyncio.run(calls())
