"""A hub in this process, for asyncio. The face without `await` follows from this file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from . import _uhub
from ._wire import UNSET, Lines, body, database, flags, parse, path
from .backends import BackendShim, ExecutionBackend, SecretShim, SecretSource
from .errors import NotFound, of_answer
from .model import (
    ApiToken,
    Approval,
    AuditEntry,
    ConflictGroup,
    Event,
    Freeze,
    ImportedEvents,
    Job,
    JobBrief,
    LogLine,
    Move,
    NewApiToken,
    Project,
    Resolution,
    Run,
    Series,
    Suggestion,
    User,
    Verification,
    Waiting,
    read,
)

T = TypeVar("T")
P = ParamSpec("P")


class AsyncHub:
    """A whole hub: store, rules, and, where it is asked for, a worker and the HTTP server.

    Who may call a method of it administers the hub's machine; what users do goes by `as_user`.
    """

    def __init__(self, core: _uhub.Core) -> None:
        self._core = core
        self._background: list[_uhub.Background] = []

    @classmethod
    async def open(
        cls,
        url: str = "memory",
        *,
        backends: Iterable[ExecutionBackend] = (),
        secrets: Iterable[SecretSource] = (),
        **options: Any,
    ) -> AsyncHub:
        """Opens a hub: `memory`, `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgres://…`.

        `options` are those of `uhub serve`, with underscores: `timezone="Europe/Paris"`, `local_program=["/bin/true"]`,
        `docker=True`, `listen="127.0.0.1:0"`. RuntimeError says in words what is wrong with them.
        """
        shims = [BackendShim(one) for one in backends], [SecretShim(one) for one in secrets]
        words = flags({"database": database(url), **options})
        core = await _thread(_uhub.Core.open, words, *shims)
        return cls(core)

    async def __aenter__(self) -> AsyncHub:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stops the workers and servers that were started here, and waits for them."""
        while self._background:
            await _thread(self._background.pop().stop)

    async def bootstrap(
        self, username: str, *, email: str, display_name: str, password: str | None = None
    ) -> AsyncSession:
        """Makes the first user, an admin."""
        status, answer = await _thread(self._core.bootstrap, username, password, email, display_name)
        if status != 201:
            raise of_answer(status, answer)
        return AsyncSession(self._core, answer.decode())

    async def as_user(self, username: str) -> AsyncSession:
        """Acts as the user of this name, for whom this program vouches. What the user may do is asked at every call."""
        user = await _thread(self._core.user_id, username)
        if user is None:
            raise NotFound(f"there is no user {username!r}", status=404)
        return AsyncSession(self._core, user)

    async def import_demo(self) -> int:
        """Imports the demo's users, projects and jobs; twice is once. Returns how much was created."""
        return await _thread(self._core.import_demo)

    async def start_worker(self) -> str:
        """Starts a worker that claims and drives runs in this process. Returns its name."""
        worker = await _thread(self._core.start_worker)
        self._background.append(worker)
        return worker.name

    async def start_server(self) -> str:
        """Starts the bundled HTTP server at the option `listen`. Returns its address, `http://…`."""
        server = await _thread(self._core.start_server)
        self._background.append(server)
        return server.name


class AsyncSession:
    """What one user does with a hub. Errors are those of `uhub.errors`; nothing is half done."""

    def __init__(self, core: _uhub.Core, user_id: str) -> None:
        self._core = core
        #: The user's id.
        self.user_id = user_id

    async def _ask(
        self,
        method: str,
        where: str,
        sent: bytes | None = None,
        *,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[int, Any]:
        tag = None if version is None else f'"{version}"'
        status, _, answer = await _request(self._core, self.user_id, method, where, sent, tag, idempotency_key)
        return status, parse(status, answer)

    async def _get(self, kind: type[T], where: str) -> T:
        return read(kind, (await self._ask("GET", where))[1])

    async def _all(self, kind: type[T], head: str, **query: Any) -> list[T]:
        """All pages of a list."""
        found: list[T] = []
        cursor: str | None = None
        while True:
            _, page = await self._ask("GET", path(head, limit=500, cursor=cursor, **query))
            found.extend(read(kind, item) for item in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    # Users

    async def me(self) -> User:
        """The user who acts."""
        return await self._get(User, "/auth/me")

    async def permissions(self) -> dict[str, str]:
        """What the role allows, per action, for who offers it in a user interface."""
        permissions: dict[str, str] = (await self._ask("GET", "/auth/me"))[1]["permissions"]
        return permissions

    async def users(self) -> list[User]:
        """All users."""
        return await self._all(User, "/users")

    async def create_user(
        self,
        username: str,
        *,
        email: str,
        display_name: str,
        role: str,
        password: str | None = None,
        theme: str | None = None,
        kind: str = "person",
    ) -> User:
        """Creates a user; without a password only a program that vouches lets it act.

        One of kind `service` is a machine: it has no password, acts by API tokens, and approves nothing.
        """
        sent = body(
            username=username,
            email=email,
            display_name=display_name,
            kind=kind,
            role=role,
            password=password,
            theme=theme,
        )
        return read(User, (await self._ask("POST", "/users", sent))[1])

    async def edit_user(self, user_id: str, *, version: int | None = None, **changes: Any) -> User:
        """Changes a user: `username`, `display_name`, `email`, `role`, `theme`, `is_active`, `password`."""
        return read(User, (await self._ask("PATCH", f"/users/{user_id}", body(**changes), version=version))[1])

    # API tokens

    async def tokens(self, user_id: str | None = None) -> list[ApiToken]:
        """The API tokens of a user, revoked ones too: one's own, or for admins anybody's."""
        return await self._all(ApiToken, f"/users/{user_id or self.user_id}/tokens")

    async def create_token(
        self,
        name: str,
        scopes: Iterable[str],
        *,
        user_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> NewApiToken:
        """Makes a token of one's own, or for admins one of a service account.

        `scopes` are of `read`, `plan`, `run`, `approve`, `admin`; the role of the user is the bound.
        """
        sent = body(name=name, scopes=list(scopes), expires_at=expires_at)
        where = f"/users/{user_id or self.user_id}/tokens"
        return read(NewApiToken, (await self._ask("POST", where, sent))[1])

    async def revoke_token(self, token_id: str, *, user_id: str | None = None) -> None:
        """Revokes a token, from the next request on."""
        await self._ask("DELETE", f"/users/{user_id or self.user_id}/tokens/{token_id}")

    # Projects

    async def projects(self) -> list[Project]:
        """All projects."""
        return await self._all(Project, "/projects")

    async def project(self, project_id: str) -> Project:
        """One project."""
        return await self._get(Project, f"/projects/{project_id}")

    async def create_project(
        self,
        name: str,
        *,
        environments: Sequence[str | Mapping[str, Any]] = ("dev", "staging", "prod"),
        color: str = "#00cc88",
        owner_id: str | None = None,
        execution_backend: str | None = None,
        execution_backend_config: Mapping[str, Any] | None = None,
        policy: Mapping[str, Any] | None = None,
    ) -> Project:
        """Creates a project, owned by who acts unless `owner_id` says otherwise."""
        sent = body(
            name=name,
            environments=environments,
            color=color,
            owner_id=owner_id or self.user_id,
            execution_backend=UNSET if execution_backend is None else execution_backend,
            execution_backend_config=UNSET if execution_backend_config is None else execution_backend_config,
            policy=UNSET if policy is None else policy,
        )
        return read(Project, (await self._ask("POST", "/projects", sent))[1])

    async def edit_project(self, project_id: str, *, version: int | None = None, **changes: Any) -> Project:
        """Changes a project."""
        where = f"/projects/{project_id}"
        return read(Project, (await self._ask("PATCH", where, body(**changes), version=version))[1])

    # Jobs

    async def jobs(
        self,
        *,
        project_id: str | None = None,
        environment: str | None = None,
        tier: str | None = None,
        job_type: str | None = None,
        status: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        text: str | None = None,
        mine: bool | None = None,
    ) -> list[Job]:
        """The jobs that match, all of them."""
        return await self._all(
            Job,
            "/jobs",
            project_id=project_id,
            environment=environment,
            tier=tier,
            job_type=job_type,
            status=status,
            from_=start,
            to=end,
            q=text,
            mine=mine,
        )

    async def job(self, job_id: str) -> Job:
        """One job."""
        return await self._get(Job, f"/jobs/{job_id}")

    async def create_job(
        self,
        project_id: str,
        title: str,
        job_type: str,
        start: datetime,
        *,
        end: datetime | None = None,
        environment: str | None = None,
        all_day: bool = False,
        assignee_id: str | None = None,
        critical: bool | None = None,
        execution: Mapping[str, Any] | None = None,
        auto_start: bool | None = None,
        description: str | None = None,
        recurrence: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        dry_run: bool = False,
    ) -> Job | Waiting:
        """Plans a job. `conflicts` of the answer are what it collides with; `Waiting` where a second person decides.

        With `recurrence`, such as `{"rule": "FREQ=WEEKLY;BYDAY=TU", "timezone": "Europe/Paris"}`, it is the first
        occurrence of a series. With `dry_run` it only says what would happen: there is no job like the answer's.
        """
        sent = body(
            project_id=project_id,
            title=title,
            job_type=job_type,
            planned_start=start,
            planned_end=end,
            environment=environment,
            all_day=all_day,
            assignee_id=assignee_id,
            critical=critical,
            execution=execution,
            auto_start=auto_start,
            description=description,
            recurrence=recurrence,
        )
        where = path("/jobs", dry_run=True if dry_run else None)
        return _job(*await self._ask("POST", where, sent, idempotency_key=idempotency_key))

    async def edit_job(
        self, job_id: str, *, version: int | None = None, dry_run: bool = False, scope: str = "this", **changes: Any
    ) -> Job | Waiting:
        """Changes a job; with `dry_run` only says what would happen. `Stale` where `version` is no longer the job's.

        Of a job that repeats, `scope` is `this` occurrence, this and the `following`, or `all` that have not begun.
        """
        where = path(f"/jobs/{job_id}", dry_run=True if dry_run else None, scope=scope)
        return _job(*await self._ask("PATCH", where, body(**changes), version=version))

    async def move_job(
        self,
        job_id: str,
        start: datetime,
        end: datetime | None = None,
        *,
        version: int | None = None,
        dry_run: bool = False,
        scope: str = "this",
    ) -> Job | Waiting:
        """Moves a job to another slot, as long as the old one where no `end` is given."""
        changes: dict[str, Any] = {"planned_start": start} if end is None else {"planned_start": start, "planned_end": end}
        return await self.edit_job(job_id, version=version, dry_run=dry_run, scope=scope, **changes)

    async def cancel_job(self, job_id: str, *, version: int | None = None, scope: str = "this") -> Job | Waiting:
        """Calls a job off; of one that repeats, `this` occurrence, this and the `following`, or `all` to come."""
        return _job(*await self._ask("DELETE", path(f"/jobs/{job_id}", scope=scope), version=version))

    async def series(self, series_id: str) -> Series:
        """A plan that repeats."""
        return await self._get(Series, f"/series/{series_id}")

    async def all_series(self, *, project_id: str | None = None) -> list[Series]:
        """All plans that repeat, or those of a project."""
        return await self._all(Series, "/series", project_id=project_id)

    async def done(self, job_id: str) -> Job:
        """Says that a job without an execution is done."""
        return read(Job, (await self._ask("POST", f"/jobs/{job_id}/done"))[1])

    async def suggestions(self, job_id: str, *, limit: int = 5) -> list[Suggestion]:
        """The nearest places without a conflict that the user may move the job to."""
        return await self._get(list_of(Suggestion), path(f"/jobs/{job_id}/suggestions", limit=limit))

    # Calendar

    async def calendar(
        self,
        start: datetime,
        end: datetime,
        *,
        project_id: str | None = None,
        environment: str | None = None,
        color_by: str | None = None,
    ) -> list[Event]:
        """The jobs between two instants, as a calendar shows them."""
        where = path(
            "/calendar/events",
            start=start,
            end=end,
            project_id=project_id,
            environment=environment,
            color_by=color_by,
        )
        events = (await self._ask("GET", where))[1]
        return [read(Event, {**one, **one["extendedProps"], "all_day": one["allDay"]}) for one in events]

    async def calendar_ics(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        project_id: str | None = None,
        person: str | None = None,
        mine: bool | None = None,
    ) -> str:
        """The calendar as iCalendar (RFC 5545), for other calendars: of the whole hub, a project, or a person.

        Half a year before and after now, where nothing else is said; at most 400 days.
        """
        where = path("/calendar/export", start=start, end=end, project_id=project_id, person=person, mine=mine)
        status, _, answer = await _request(self._core, self.user_id, "GET", where, None, None, None)
        if status != 200:
            raise of_answer(status, answer)
        return answer.decode()

    async def import_ics(
        self,
        text: str,
        *,
        kind: str,
        project_id: str | None = None,
        tiers: Sequence[str] = (),
        environments: Sequence[str] = (),
        dry_run: bool = False,
    ) -> ImportedEvents:
        """Takes in the events of an iCalendar file as `meetings` of a project or as `freezes`: all of them, or none.

        A meeting that repeats becomes a series, a freeze that repeats single ones, 400 days ahead. The same file again
        changes nothing, a later one what differs. Raises `Invalid`, with the line, for what is not sound.
        """
        sent = body(
            ics=text,
            project_id=project_id or UNSET,
            tiers=list(tiers),
            environments=list(environments),
            **{"as": kind},
        )
        done = (await self._ask("POST", path("/calendar/import", dry_run=dry_run or None), sent))[1]
        return read(ImportedEvents, done)

    async def conflicts(self, start: datetime, end: datetime) -> list[ConflictGroup]:
        """What collides between two instants."""
        return await self._get(list_of(ConflictGroup), path("/calendar/conflicts", start=start, end=end))

    async def resolve(
        self, start: datetime, end: datetime, *, pools: Sequence[str] | None = None, apply: bool = False
    ) -> Resolution:
        """The moves that free every conflict between two instants; `apply` does those that the user may."""
        sent = body(start=start, end=end, pools=UNSET if pools is None else pools, apply=apply)
        found = (await self._ask("POST", "/calendar/resolve", sent))[1]
        moves = tuple(
            read(
                Move,
                {
                    **one,
                    "start": one["to"]["start"],
                    "end": one["to"]["end"],
                    "from_start": one["from"]["start"],
                    "from_end": one["from"]["end"],
                },
            )
            for one in found["moves"]
        )
        return Resolution(moves, found["total_shift_seconds"], tuple(found["unresolved"]))

    async def freezes(self) -> list[Freeze]:
        """All freeze windows."""
        return await self._all(Freeze, "/freezes")

    async def create_freeze(
        self,
        start: datetime,
        end: datetime,
        reason: str,
        *,
        tiers: Sequence[str] = (),
        environments: Sequence[str] = (),
        project_id: str | None = None,
    ) -> Freeze:
        """Freezes tiers or environments for a span."""
        return read(Freeze, await self._freeze(start, end, reason, tiers, environments, project_id, False))

    async def what_if_frozen(
        self,
        start: datetime,
        end: datetime,
        *,
        tiers: Sequence[str] = (),
        environments: Sequence[str] = (),
        project_id: str | None = None,
    ) -> list[JobBrief]:
        """The jobs that a freeze window would stop. Changes nothing."""
        found = await self._freeze(start, end, "what if", tiers, environments, project_id, True)
        return [read(JobBrief, one) for one in found.get("stops", ())]

    async def _freeze(
        self,
        start: datetime,
        end: datetime,
        reason: str,
        tiers: Sequence[str],
        environments: Sequence[str],
        project_id: str | None,
        dry_run: bool,
    ) -> Any:
        sent = body(
            start=start, end=end, reason=reason, tiers=tiers, environments=environments, project_id=project_id
        )
        return (await self._ask("POST", path("/freezes", dry_run=True if dry_run else None), sent))[1]

    async def delete_freeze(self, freeze_id: str) -> None:
        """Ends a freeze window."""
        await self._ask("DELETE", f"/freezes/{freeze_id}")

    # Runs

    async def launch(
        self,
        job_id: str,
        *,
        backend: str | None = None,
        reason: str | None = None,
        break_glass: bool = False,
        idempotency_key: str | None = None,
    ) -> Run | Waiting:
        """Launches a job now; `Waiting` where a second person decides."""
        sent = body(backend=backend, reason=reason, break_glass=break_glass)
        status, answer = await self._ask("POST", f"/jobs/{job_id}/runs", sent, idempotency_key=idempotency_key)
        if status == 202:
            return Waiting(read(Approval, answer["approval"]), run=read(Run, answer["run"]))
        return read(Run, answer)

    async def runs(
        self,
        *,
        job_id: str | None = None,
        status: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[Run]:
        """The runs that match, all of them."""
        return await self._all(Run, "/runs", job_id=job_id, status=status, from_=start, to=end)

    async def run(self, run_id: str) -> Run:
        """One run."""
        return await self._get(Run, f"/runs/{run_id}")

    async def cancel_run(self, run_id: str) -> Run:
        """Asks for a run to be cancelled."""
        return read(Run, (await self._ask("POST", f"/runs/{run_id}/cancel"))[1])

    async def log(self, run_id: str) -> str:
        """What a run has printed so far."""
        status, _, answer = await _request(self._core, self.user_id, "GET", f"/runs/{run_id}/logs", None, None, None)
        if status != 200:
            raise of_answer(status, answer)
        return answer.decode(errors="replace")

    async def follow(self, run_id: str, *, after: str | None = None) -> AsyncIterator[LogLine]:
        """A run's output as it comes, behind the line `after`, until the run's end; no gap and no repeat."""
        where, lines = f"/runs/{run_id}/logs", Lines()
        lines.last = after
        while not lines.ended:
            status, pieces = await _thread(self._core.stream, self.user_id, where, lines.last)
            if status != 200:
                raise of_answer(status, (await _next(pieces)) or b"")
            while (piece := await _next(pieces)) is not None:
                for line in lines.take(piece):
                    yield line

    async def wait(self, run_id: str) -> Run:
        """Waits until a run has ended."""
        async for _ in self.follow(run_id):
            pass
        return await self.run(run_id)

    # Approvals

    async def approvals(self, *, state: str | None = None) -> list[Approval]:
        """Approvals, pending ones first."""
        return await self._all(Approval, "/approvals", state=state)

    async def approve(self, approval_id: str, comment: str | None = None) -> Approval:
        """Agrees, as the second person."""
        sent = body(comment=comment)
        return read(Approval, (await self._ask("POST", f"/approvals/{approval_id}/approve", sent))[1])

    async def reject(self, approval_id: str, comment: str) -> Approval:
        """Refuses, and says why."""
        sent = body(comment=comment)
        return read(Approval, (await self._ask("POST", f"/approvals/{approval_id}/reject", sent))[1])

    # Audit

    async def audit(
        self,
        *,
        actor: str | None = None,
        object: str | None = None,
        action: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[AuditEntry]:
        """Who did what, the newest first."""
        return await self._all(
            AuditEntry, "/audit", actor=actor, object=object, action=action, from_=start, to=end
        )

    async def verify_audit(self) -> Verification:
        """Walks the audit's chain."""
        return await self._get(Verification, "/audit/verify")


def _job(status: int, answer: Any) -> Job | Waiting:
    if status == 202:
        return Waiting(read(Approval, answer["approval"]), job=read(Job, answer["job"]))
    return read(Job, answer)


def list_of(kind: type[T]) -> type[list[T]]:
    """Lists of `kind`, to be read."""
    return list[kind]  # type: ignore[valid-type]


async def _request(
    core: _uhub.Core,
    user: str,
    method: str,
    where: str,
    sent: bytes | None,
    tag: str | None,
    key: str | None,
) -> tuple[int, str | None, bytes]:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[int, str | None, bytes]] = loop.create_future()

    def done(status: int, etag: str | None, answer: bytes) -> None:
        loop.call_soon_threadsafe(_settle, answered, (status, etag, answer))

    return core.submit(done, user, method, where, sent, tag, key) or await answered


async def _next(pieces: _uhub.Body) -> bytes | None:
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes | None] = loop.create_future()
    pieces.submit_next(lambda piece: loop.call_soon_threadsafe(_settle, came, piece))
    return await came


def _settle(future: asyncio.Future[T], value: T) -> None:
    # Whoever waited may have been cancelled.
    if not future.done():
        future.set_result(value)


async def _thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(call, *args, **kwargs)
