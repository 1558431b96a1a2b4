"""A whole hub in the process, on each store, by both faces."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import pickle
import signal
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import STORES, database

import uhub

UTC = timezone.utc
NINE = datetime(2031, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(outcome: uhub.Job | uhub.Waiting) -> uhub.Job:
    assert isinstance(outcome, uhub.Job)
    return outcome


def planned(admin: uhub.Session) -> tuple[uhub.Project, uhub.Job, uhub.Job]:
    """A project with two jobs that collide."""
    project = admin.create_project("App X")
    first = job(admin.create_job(project.id, "Patch", "ops", NINE, environment="staging"))
    second = job(admin.create_job(project.id, "Release", "ops", NINE + HOUR / 2, environment="staging"))
    return project, first, second


@pytest.fixture
def admin(hub: uhub.Hub) -> uhub.Session:
    return hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")


def test_a_day_with_conflicts(admin: uhub.Session) -> None:
    project, first, second = planned(admin)
    assert second.conflict and [other.id for other in second.conflicts] == [first.id]
    (group,) = admin.conflicts(NINE - HOUR, NINE + 4 * HOUR)
    assert group.pool == "staging" and {one.id for one in group.jobs} == {first.id, second.id}
    events = admin.calendar(NINE - HOUR, NINE + 4 * HOUR)
    assert [event.conflict for event in events] == [True, True]
    third = job(admin.create_job(project.id, "Third", "ops", NINE, environment="staging", dry_run=True))
    assert [other.id for other in third.conflicts] == [first.id, second.id]
    assert len(admin.jobs(project_id=project.id)) == 2, "a dry run plans nothing"
    place = admin.suggestions(second.id)[0]
    tried = job(admin.move_job(second.id, place.planned_start, place.planned_end, dry_run=True))
    assert not tried.conflict and admin.job(second.id).conflict, "a dry run changes nothing"
    moved = job(admin.move_job(second.id, place.planned_start, place.planned_end, version=second.version))
    assert not moved.conflict and moved.planned_start == place.planned_start
    with pytest.raises(uhub.Stale):
        admin.move_job(second.id, NINE, version=second.version)
    preview = admin.resolve(NINE - HOUR, NINE + 4 * HOUR)
    assert not preview.moves and not preview.unresolved
    assert [one.title for one in admin.jobs(project_id=project.id)] == ["Patch", "Release"]
    assert admin.verify_audit().ok and any(entry.action == "job.move" for entry in admin.audit(object=second.id))


def test_what_repeats(admin: uhub.Session) -> None:
    project = admin.create_project("App X")
    # Within the year for which it is laid out.
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    every = {"rule": "FREQ=DAILY;INTERVAL=3;COUNT=6", "timezone": "Europe/Paris"}
    first = job(admin.create_job(project.id, "Patch", "ops", start, environment="staging", recurrence=every))
    assert first.series_id is not None and first.occurrence == start
    jobs = admin.jobs(project_id=project.id)
    assert len(jobs) == 6 and {one.series_id for one in jobs} == {first.series_id}
    job(admin.move_job(jobs[1].id, jobs[1].planned_start + HOUR))
    job(admin.move_job(jobs[2].id, jobs[2].planned_start + 2 * HOUR, scope="all"))
    shifts = [after.planned_start - before.planned_start for before, after in zip(jobs, admin.jobs(project_id=project.id))]
    assert shifts == [2 * HOUR, HOUR, *[2 * HOUR] * 4], "the one that was moved alone stays"
    job(admin.cancel_job(jobs[3].id, scope="following"))
    assert [one.status for one in admin.jobs(project_id=project.id)] == ["planned"] * 3 + ["cancelled"] * 3
    series_id = admin.job(jobs[0].id).series_id
    assert series_id is not None and series_id in {one.id for one in admin.all_series(project_id=project.id)}
    series = admin.series(series_id)
    assert series.timezone == "Europe/Paris" and series.except_ == () and series.skipped == ()
    with pytest.raises(uhub.Invalid, match="names? its own start"):
        admin.create_job(project.id, "x", "dev", NINE, recurrence={"rule": "FREQ=WEEKLY;BYDAY=TU"})


def test_machines_act_by_tokens(hub: uhub.Hub, admin: uhub.Session) -> None:
    bot = admin.create_user("ci", email="ci@example.org", display_name="CI", role="ops", kind="service")
    assert bot.kind == "service" and admin.me().kind == "person"
    made = admin.create_token("pipeline", ["read", "run"], user_id=bot.id, expires_at=datetime(2150, 1, 1, tzinfo=UTC))
    assert made.scopes == ("read", "run") and made.token.startswith(made.prefix)
    assert made.token not in repr(made)
    (listed,) = admin.tokens(bot.id)
    assert (listed.id, listed.created_by, listed.revoked_at) == (made.id, admin.user_id, None)
    admin.revoke_token(made.id, user_id=bot.id)
    assert admin.tokens(bot.id)[0].revoked_at is not None
    with pytest.raises(uhub.NotFound):
        admin.revoke_token(made.id)
    with pytest.raises(uhub.Invalid):
        admin.create_token("approver", ["approve"], user_id=bot.id)
    own = admin.create_token("mine", ["read"])
    assert [token.id for token in admin.tokens()] == [own.id]
    with pytest.raises(uhub.Denied) as denied:
        hub.as_user("ci").tokens(admin.user_id)
    assert denied.value.rule == "rbac.user.manage.ops"


def test_refusals_are_typed_and_change_nothing(hub: uhub.Hub, admin: uhub.Session) -> None:
    project, first, _ = planned(admin)
    first = admin.job(first.id)
    admin.create_user("chloe", email="c@example.org", display_name="Chloé DEV", role="dev")
    dev = hub.as_user("chloe")
    with pytest.raises(uhub.Denied) as denied:
        dev.move_job(first.id, NINE + 5 * HOUR)
    assert denied.value.rule and denied.value.status == 403
    with pytest.raises(uhub.NotFound):
        admin.job("01890000-0000-7000-8000-000000000000")
    with pytest.raises(uhub.Invalid) as invalid:
        admin.create_job(project.id, "", "ops", NINE)
    assert invalid.value.field == "title"
    with pytest.raises(uhub.Invalid):
        admin.create_job(project.id, "Naive", "ops", NINE.replace(tzinfo=None))
    with pytest.raises(uhub.NotFound, match="nobody"):
        hub.as_user("nobody")
    admin.edit_user(dev.user_id, is_active=False)
    with pytest.raises(uhub.Unauthenticated):
        dev.me()
    assert admin.job(first.id) == first
    assert pickle.loads(pickle.dumps(first)) == first and "Patch" in repr(first)


def test_a_second_person_decides(hub: uhub.Hub, admin: uhub.Session) -> None:
    project, *_ = planned(admin)
    admin.create_user("david", email="d@example.org", display_name="David OPS", role="ops")
    waiting = hub.as_user("david").create_job(project.id, "Rotate", "maintenance", NINE, environment="prod")
    assert isinstance(waiting, uhub.Waiting)
    (pending,) = admin.approvals(state="pending")
    with pytest.raises(uhub.Denied):
        hub.as_user("david").approve(pending.id)
    assert admin.approve(pending.id).state in ("approved", "consumed")
    with pytest.raises(uhub.Conflict):
        admin.approve(pending.id)


def test_what_if_frozen(admin: uhub.Session) -> None:
    _, first, second = planned(admin)
    stopped = admin.what_if_frozen(NINE - HOUR, NINE + 4 * HOUR, tiers=["staging"])
    assert {one.id for one in stopped} == {first.id, second.id} and not admin.freezes()
    freeze = admin.create_freeze(NINE - HOUR, NINE + 4 * HOUR, "end of the year", tiers=["staging"])
    assert admin.freezes() == [freeze]
    admin.delete_freeze(freeze.id)
    assert not admin.freezes()


class Tool(uhub.ExecutionBackend):
    """Does what the payload says."""

    kind = "webhook"

    def __init__(self) -> None:
        self.seen: list[uhub.Execution] = []
        self.cancelled = threading.Event()

    def check(self, spec: dict[str, object]) -> None:
        if spec.get("payload") == "impossible":
            raise ValueError("no tool does that")

    def start(self, execution: uhub.Execution) -> int:
        self.seen.append(execution)
        execution.log(f"{execution.title} with {execution.secrets.get('TOKEN')}\n")
        match execution.spec.get("payload"):
            case "raise":
                raise RuntimeError("the tool is broken")
            case "late":
                raise uhub.TimedOut
            case "wait":
                execution.wait(60)
                return 1
            case code:
                return int(code or 0)

    def cancel(self, execution: uhub.Execution) -> None:
        self.cancelled.set()


class AsyncTool(Tool):
    async def start(self, execution: uhub.Execution) -> int:  # type: ignore[override]
        await asyncio.sleep(0.01)
        return super().start(execution)


class Safe(uhub.SecretSource):
    scheme = "vault"

    async def read(self, reference: str) -> str:
        if "gone" in reference:
            raise KeyError("hunter2hunter2")
        return "hunter2hunter2"


@pytest.mark.parametrize("tool", [Tool, AsyncTool])
@pytest.mark.parametrize("store", STORES)
def test_a_backend_in_python(store: str, tool: type[Tool], tmp_path: Path) -> None:
    backend = tool()
    with uhub.Hub.open(**database(store, tmp_path), backends=[backend], secrets=[Safe()]) as hub:
        admin = hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")
        project = admin.create_project("Tools", execution_backend="webhook")
        hub.start_worker()

        def launched(payload: object, secret: str = "vault:app/x#token", **more: object) -> uhub.Run:
            execution = {"payload": payload, "url": "https://example.org/", "secrets": {"TOKEN": secret}, **more}
            one = job(
                admin.create_job(
                    project.id, f"do {payload}", "ops", NINE, environment="dev", execution=execution, auto_start=False
                )
            )
            run = admin.launch(one.id)
            assert isinstance(run, uhub.Run)
            return run

        fine = launched(0)
        lines = list(admin.follow(fine.id))
        assert [line.text for line in lines] == ["do 0 with ***\n"], "secrets are masked"
        assert admin.wait(fine.id).status == "succeeded"
        assert backend.seen[0].secrets == {"TOKEN": "hunter2hunter2"} and "hunter2" not in repr(backend.seen[0])
        for payload, status, outcome in [
            (3, "failed", "exit code 3"),
            ("raise", "failed", "RuntimeError: the tool is broken"),
            ("late", "timed_out", None),
        ]:
            ended = admin.wait(launched(payload).id)
            assert ended.status == status and (outcome is None or outcome in (ended.outcome or "")), ended
        lost = admin.wait(launched(0, secret="vault:app/gone#token").id)
        assert lost.status == "failed" and "KeyError" in (lost.outcome or "") and "hunter2" not in (lost.outcome or "")
        waiting = launched("wait")
        # Cancelled any earlier, it would not be started.
        while backend.seen[-1].run_id != waiting.id:
            time.sleep(0.02)
        admin.cancel_run(waiting.id)
        assert admin.wait(waiting.id).status == "cancelled" and backend.cancelled.wait(10)
        with pytest.raises(uhub.Invalid, match="no tool does that"):
            admin.create_job(
                project.id,
                "never",
                "ops",
                NINE,
                environment="dev",
                execution={"payload": "impossible", "url": "https://example.org/"},
            )
        # What is not Python's is guarded all the same: prod waits for a second person.
        prod = job(
            admin.create_job(
                project.id,
                "prod",
                "ops",
                NINE,
                environment="prod",
                execution={"payload": 0, "url": "https://example.org/"},
                auto_start=False,
            )
        )
        assert isinstance(admin.launch(prod.id), uhub.Waiting)


def test_the_server_serves_the_same_hub(tmp_path: Path) -> None:
    with uhub.serve(listen="127.0.0.1:0", data_dir=tmp_path, demo=True) as hub:
        assert hub.import_demo() == 0, "twice is once"
        address = hub.start_server()
        with urllib.request.urlopen(f"{address}/readyz") as answer:
            assert answer.status == 200
        form = b"grant_type=password&username=demo-dev&password=demo-dev"
        with urllib.request.urlopen(f"{address}/auth/token", form) as answer:
            assert json.load(answer)["token_type"] == "bearer"
        assert len(hub.as_user("demo-dev").jobs()) == 16
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{address}/readyz")


@pytest.mark.parametrize("store", STORES)
def test_the_same_with_await(store: str, tmp_path: Path) -> None:
    async def day() -> None:
        opened = uhub.AsyncHub.open(**database(store, tmp_path), backends=[AsyncTool()], secrets=[Safe()])
        async with await opened as hub:
            admin = await hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")
            project = await admin.create_project("App X")
            jobs = await asyncio.gather(
                *(admin.create_job(project.id, f"Job {n}", "ops", NINE, environment="dev") for n in range(20))
            )
            assert len({job(one).id for one in jobs}) == 20
            # Whoever created an overlap was told so: all but one, whichever came first.
            assert sum(job(one).conflict for one in jobs) == 19
            with pytest.raises(uhub.NotFound):
                await admin.run("01890000-0000-7000-8000-000000000000")
            one = await admin.create_job(
                project.id,
                "Tool",
                "ops",
                NINE,
                environment="dev",
                execution={"backend": "webhook", "payload": 0, "url": "https://example.org/"},
                auto_start=False,
            )
            await hub.start_worker()
            run = await admin.launch(job(one).id)
            assert isinstance(run, uhub.Run)
            assert [line.text async for line in admin.follow(run.id)] == ["Tool with None\n"]

    asyncio.run(day())


def test_both_faces_have_the_same_names() -> None:
    for asynchronous, plain in ((uhub.AsyncHub, uhub.Hub), (uhub.AsyncSession, uhub.Session)):
        for name, method in inspect.getmembers(asynchronous, inspect.isfunction):
            other = {"__aenter__": "__enter__", "__aexit__": "__exit__"}.get(name, name)
            parameters = inspect.signature(getattr(plain, other)).parameters
            assert list(inspect.signature(method).parameters) == list(parameters), name


def test_wrong_options_are_told_in_words() -> None:
    with pytest.raises(RuntimeError, match="--no-such-option"):
        uhub.Hub.open("memory", no_such_option=1)
    with pytest.raises(RuntimeError, match="Mars"):
        uhub.Hub.open("memory", timezone="Mars/Olympus")
    with pytest.raises(RuntimeError, match="database"):
        uhub.Hub.open("sqlite:////nowhere/at/all.db")


def test_ctrl_c_ends_a_wait(tmp_path: Path) -> None:
    with uhub.Hub.open("memory", data_dir=tmp_path, backends=[Tool()]) as hub:
        admin = hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")
        project = admin.create_project("Tools")
        one = job(
            admin.create_job(
                project.id,
                "Never",
                "ops",
                NINE,
                environment="dev",
                execution={"backend": "webhook", "url": "https://example.org/"},
                auto_start=False,
            )
        )
        # No worker: its log does not begin.
        run = admin.launch(one.id)
        assert isinstance(run, uhub.Run)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            admin.wait(run.id)
        assert admin.run(run.id).status == "queued", "the hub goes on"
