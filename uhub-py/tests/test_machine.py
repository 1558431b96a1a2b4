"""A hub and a model of it go the same way, whatever is done in whatever order, on each store."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import STORES, database
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import uhub

START = datetime(2031, 3, 3, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
DAY = (START, START + 24 * HOUR)
hours = st.integers(0, 20)
lengths = st.integers(1, 4)
places = st.sampled_from(["staging", "prod", None])


class Planned:
    """What the model knows of a job."""

    def __init__(self, start: int, length: int, place: str | None, critical: bool, version: int) -> None:
        self.start, self.length, self.place, self.critical, self.version = start, length, place, critical, version
        self.alive = True

    def collides(self, other: Planned) -> bool:
        return (
            self is not other
            and all(one.alive and one.critical and one.place for one in (self, other))
            and self.place == other.place
            and self.start < other.start + other.length
            and other.start < self.start + self.length
        )


class Hubs(RuleBasedStateMachine):
    """The steps. `admin` is set by the test, for the store that it is about."""

    admin: uhub.Session

    @initialize()
    def begin(self) -> None:
        # Pools of its own: what earlier examples planned is elsewhere.
        self.name = uuid.uuid4().hex
        places = [{"name": name, "tier": name, "pool": f"{name}-{self.name}"} for name in ("staging", "prod")]
        self.project = self.admin.create_project(self.name, environments=places)
        self.jobs: dict[str, Planned] = {}

    def _any(self, at: int) -> str:
        return list(self.jobs)[at % len(self.jobs)]

    @rule(start=hours, length=lengths, place=places, critical=st.sampled_from([None, True, False]))
    def create(self, start: int, length: int, place: str | None, critical: bool | None) -> None:
        made = self.admin.create_job(
            self.project.id, f"Job at {start}", "ops", START + start * HOUR,
            end=START + (start + length) * HOUR, environment=place, critical=critical,
        )
        assert isinstance(made, uhub.Job)
        is_critical = place is not None if critical is None else critical
        self.jobs[made.id] = Planned(start, length, place, is_critical, made.version)

    @precondition(lambda self: self.jobs)
    @rule(at=hours, start=hours)
    def move(self, at: int, start: int) -> None:
        job_id = self._any(at)
        job = self.jobs[job_id]
        moved = self.admin.move_job(job_id, START + start * HOUR, version=job.version)
        assert isinstance(moved, uhub.Job)
        # A cancelled job that gets another slot is planned again.
        job.alive = job.alive or start != job.start
        job.start, job.version = start, moved.version

    @precondition(lambda self: self.jobs)
    @rule(at=hours, start=hours)
    def move_what_has_changed(self, at: int, start: int) -> None:
        job_id = self._any(at)
        with pytest.raises(uhub.Stale):
            self.admin.move_job(job_id, START + start * HOUR, version=self.jobs[job_id].version + 1)

    @precondition(lambda self: any(job.alive for job in self.jobs.values()))
    @rule(at=hours)
    def cancel(self, at: int) -> None:
        alive = [job_id for job_id, job in self.jobs.items() if job.alive]
        job_id = alive[at % len(alive)]
        cancelled = self.admin.cancel_job(job_id)
        assert isinstance(cancelled, uhub.Job)
        self.jobs[job_id].alive, self.jobs[job_id].version = False, cancelled.version

    @precondition(lambda self: any(job.alive for job in self.jobs.values()))
    @rule(at=hours)
    def take_a_suggestion(self, at: int) -> None:
        alive = [job_id for job_id, job in self.jobs.items() if job.alive]
        job_id = alive[at % len(alive)]
        for place in self.admin.suggestions(job_id, limit=1):
            tried = self.admin.move_job(job_id, place.planned_start, place.planned_end, dry_run=True)
            assert isinstance(tried, uhub.Job) and not tried.conflict

    @invariant()
    def the_calendar_is_as_the_model_has_it(self) -> None:
        if not hasattr(self, "jobs"):
            return
        events = {event.id: event for event in self.admin.calendar(*DAY, project_id=self.project.id)}
        assert events.keys() == self.jobs.keys()
        for job_id, job in self.jobs.items():
            others = {other_id for other_id, other in self.jobs.items() if job.collides(other)}
            assert set(events[job_id].conflicts_with) == others
            assert events[job_id].conflict == bool(others)
            assert events[job_id].version == job.version
            assert (events[job_id].status != "cancelled") == job.alive

    @invariant()
    def groups_hold_what_collides(self) -> None:
        if not hasattr(self, "jobs"):
            return
        pools = {f"{name}-{self.name}" for name in ("staging", "prod")}
        grouped = {
            job.id for group in self.admin.conflicts(*DAY) if group.pool in pools for job in group.jobs
        }
        colliding = {a for a, job in self.jobs.items() if any(job.collides(other) for other in self.jobs.values())}
        assert grouped == colliding


@pytest.fixture(params=STORES)
def admin(request: pytest.FixtureRequest) -> Iterator[uhub.Session]:
    with tempfile.TemporaryDirectory() as directory:
        with uhub.Hub.open(**database(request.param, Path(directory))) as hub:
            yield hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")


def test_hub_and_model_agree(admin: uhub.Session) -> None:
    class Machine(Hubs):
        pass

    Machine.admin = admin
    run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=15, deadline=None))
    assert admin.verify_audit().ok
