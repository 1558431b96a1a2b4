"""The rules, compared with slow ones."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import uhub

UTC = timezone.utc
BASE = datetime(2026, 3, 1, tzinfo=UTC)

minutes = st.integers(0, 2000)
slots = st.builds(
    lambda start, length: uhub.Slot(BASE + timedelta(minutes=start), BASE + timedelta(minutes=start + length)),
    minutes,
    st.integers(1, 300),
)
planned = st.lists(st.tuples(st.integers(0, 3), slots), max_size=40)


@given(planned)
def test_conflicts_are_those_that_two_loops_find(plan: list[tuple[int, uhub.Slot]]) -> None:
    items = [(key, pool, slot) for key, (pool, slot) in enumerate(plan)]
    expected = {(a, b) for (a, pa, sa), (b, pb, sb) in combinations(items, 2) if pa == pb and sa.overlaps(sb)}
    assert {tuple(sorted(pair)) for pair in uhub.find_conflicts(items)} == expected


@given(planned, st.sampled_from(["us", "ns", "ms", "s", "int"]))
def test_arrays_tell_the_same(plan: list[tuple[int, uhub.Slot]], unit: str) -> None:
    items = [(key, pool, slot) for key, (pool, slot) in enumerate(plan)]
    kind = "datetime64[us]" if unit == "int" else f"datetime64[{unit}]"
    start, end = (
        np.array([getattr(slot, name).replace(tzinfo=None) for _, slot in plan], dtype="datetime64[us]").astype(kind)
        for name in ("start", "end")
    )
    if unit == "int":
        start, end = start.astype(np.int64), end.astype(np.int64)
    flags = uhub.find_conflicts_bulk(start, end, np.array([pool for pool, _ in plan], dtype=np.uint32))
    colliding = {key for pair in uhub.find_conflicts(items) for key in pair}
    assert flags.dtype == np.bool_ and [bool(flag) for flag in flags] == [key in colliding for key in range(len(plan))]


@given(planned, st.sampled_from(["us", "ns", "ms", "s"]), st.sampled_from([None, "UTC", "Europe/Paris"]))
def test_arrays_of_arrow_tell_the_same(plan: list[tuple[int, uhub.Slot]], unit: str, zone: str | None) -> None:
    expected = uhub.find_conflicts_bulk(
        *(np.array([getattr(slot, name).timestamp() * 1e6 for _, slot in plan], dtype=np.int64) for name in ("start", "end")),
        np.array([pool for pool, _ in plan], dtype=np.uint32),
    )
    # Arrow's slices share the memory of the whole, from a place in it on.
    start, end = (
        pa.array([BASE, *(getattr(slot, name) for _, slot in plan)], type=pa.timestamp(unit, zone)).slice(1)
        for name in ("start", "end")
    )
    pool = pa.array([9, *(pool for pool, _ in plan)], type=pa.uint32()).slice(1)
    assert list(uhub.find_conflicts_bulk(start, end, pool)) == list(expected)


def test_arrays_of_arrow_are_refused_with_their_name_and_place() -> None:
    start = pa.array([0, 10], type=pa.int64())
    with pytest.raises(ValueError, match=r"end\[1\]: is missing"):
        uhub.find_conflicts_bulk(start, pa.array([5, None], type=pa.int64()))
    with pytest.raises(ValueError, match=r"end\[0\]: is missing"):
        uhub.find_conflicts_bulk(start, pa.array([5, None, 6], type=pa.int64()).slice(1))
    with pytest.raises(ValueError, match="start: must hold int64.*not Arrow's \"g\""):
        uhub.find_conflicts_bulk(start.cast(pa.float64()), start)
    assert uhub.decide_bulk(*(pa.array([0], type=pa.uint8()) for _ in range(4))).tolist() == [0]


def test_arrays_are_refused_with_their_name_and_place() -> None:
    start = np.array([0, 10], dtype=np.int64)
    with pytest.raises(ValueError, match=r"end\[1\]: must come after start\[1\]"):
        uhub.find_conflicts_bulk(start, np.array([5, 10], dtype=np.int64))
    with pytest.raises(ValueError, match="end: has 1 values, start has 2"):
        uhub.find_conflicts_bulk(start, np.array([5], dtype=np.int64))
    with pytest.raises(ValueError, match="start: must hold int64.*not <f8"):
        uhub.find_conflicts_bulk(start.astype(float), start)
    with pytest.raises(ValueError, match=r"end\[0\]"):
        uhub.find_conflicts_bulk(start, np.array(["NaT", "NaT"], dtype="datetime64[us]"))
    # Gaps are no matter: the array is laid out anew.
    assert not uhub.find_conflicts_bulk(np.arange(8)[::2], np.arange(8)[::2] + 1).any()


@given(st.lists(slots, max_size=12), slots)
def test_a_suggestion_is_free_and_as_long_as_what_it_replaces(busy: list[uhub.Slot], slot: uhub.Slot) -> None:
    shifts = []
    for place, shift in uhub.suggest(slot, busy, limit=4):
        assert place.length == slot.length and place.start == slot.start + shift and shift
        assert not any(place.overlaps(other) for other in busy)
        shifts.append(abs(shift))
    assert shifts == sorted(shifts)


@settings(max_examples=50)
@given(st.lists(slots, max_size=15))
def test_resolving_leaves_no_overlap(plan: list[uhub.Slot]) -> None:
    moves, total, unresolved = uhub.resolve(plan)
    after = [moves.get(place, slot) for place, slot in enumerate(plan)]
    assert not unresolved
    assert not any(a.overlaps(b) for a, b in combinations(after, 2))
    assert total == sum((abs(moves[place].start - plan[place].start) for place in moves), timedelta())


def test_decisions_are_those_of_the_table() -> None:
    decision = uhub.decide("ops", "job_move", tier="prod", job_type="maintenance")
    assert decision == uhub.Decision("needs_approval", "rbac.job.prod.ops") and not decision.allowed
    assert uhub.decide("ops", "job_move", tier="prod", job_type="maintenance") == decision
    assert uhub.decide("admin", "read").allowed and pickle.loads(pickle.dumps(decision)) == decision
    with pytest.raises(ValueError, match="role: "):
        uhub.decide("root", "read")


def test_many_decisions_are_the_same_as_one_by_one() -> None:
    grid = np.array(
        [
            (role, action, tier, job_type)
            for role in range(len(uhub.ROLES))
            for action in range(len(uhub.ACTIONS))
            for tier in range(len(uhub.TIERS))
            for job_type in range(len(uhub.JOB_TYPES))
        ],
        dtype=np.uint8,
    )
    effects = uhub.decide_bulk(*grid.T)
    for (role, action, tier, job_type), effect in zip(grid, effects, strict=True):
        one = uhub.decide(
            uhub.ROLES[role], uhub.ACTIONS[action], tier=uhub.TIERS[tier], job_type=uhub.JOB_TYPES[job_type]
        )
        assert uhub.EFFECTS[effect] == one.effect
    with pytest.raises(ValueError, match=r"roles\[0\]"):
        uhub.decide_bulk([9], [0], [0], [0])


def test_states_follow_the_tables() -> None:
    assert uhub.next_job_status("planned", "queue") == "queued"
    assert uhub.next_run_status("running", "succeed") == "succeeded"
    assert uhub.next_run_status("succeeded", "fail") is None
    with pytest.raises(ValueError, match="event: "):
        uhub.next_job_status("planned", "explode")


def test_values_are_plain() -> None:
    slot = uhub.Slot(BASE, BASE + timedelta(hours=1))
    assert pickle.loads(pickle.dumps(slot)) == slot and "2026" in repr(slot) and hash(slot) == hash(slot)
    error = uhub.Denied("no", status=403, rule="rbac.x")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is uhub.Denied and (str(again), again.rule, again.status) == ("no (rbac.x)", "rbac.x", 403)
    for wrong in (
        lambda: uhub.Slot(BASE, BASE),
        lambda: uhub.Slot(BASE.replace(tzinfo=None), BASE),
    ):
        with pytest.raises(ValueError):
            wrong()
