"""What a hub holds, as frozen dataclasses. Times are aware `datetime`s in UTC; ids are strings (UUIDv7)."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

Role = Literal["admin", "projets", "ops", "dev"]
UserKind = Literal["person", "service"]
Scope = Literal["read", "plan", "run", "approve", "admin"]
Tier = Literal["dev", "staging", "prod"]
JobType = Literal["meeting", "dev", "ops", "maintenance", "infra"]
JobStatus = Literal[
    "planned", "awaiting_approval", "approved", "queued", "running", "succeeded", "failed", "cancelled", "missed"
]
RunStatus = Literal["queued", "running", "succeeded", "failed", "timed_out", "cancelled", "lost"]
Effect = Literal["allow", "needs_approval", "deny"]
Backend = Literal["local", "docker", "webhook", "ssh", "k8s", "serverless"]


@dataclass(frozen=True)
class Decision:
    """What a rule says: the effect, and the rule's id (DOMAIN §2)."""

    effect: Effect
    rule: str

    @property
    def allowed(self) -> bool:
        """Without a second person."""
        return self.effect == "allow"


@dataclass(frozen=True)
class User:
    """A user, never with a password's hash."""

    id: str
    username: str
    display_name: str
    email: str
    kind: UserKind
    role: Role
    theme: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class ApiToken:
    """A token by which a machine acts, as it is listed: how it begins, never the token."""

    id: str
    user_id: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    created_by: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewApiToken(ApiToken):
    """A token that was just made. `token` is told this once; `repr` does not show it."""

    token: str = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Environment:
    """An environment of a project. Jobs can collide only in the same `pool`."""

    id: str
    name: str
    tier: Tier
    pool: str


@dataclass(frozen=True)
class Project:
    """A project."""

    id: str
    name: str
    color: str
    owner_id: str
    environments: tuple[Environment, ...]
    execution_backend: Backend | None
    execution_backend_config: dict[str, Any] | None
    policy: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Collision:
    """What a job collides with: another job, or a freeze window (`kind`)."""

    kind: Literal["job", "freeze"]
    id: str
    title: str
    project_id: str | None
    status: JobStatus | None
    planned_start: datetime
    planned_end: datetime


@dataclass(frozen=True)
class Approval:
    """A decision by a second person, bound to exactly what it permits (DOMAIN §4)."""

    id: str
    kind: str
    job_id: str
    project_id: str
    run_id: str | None
    change: dict[str, Any] | None
    digest: str
    rule: str
    reason: str | None
    state: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    comment: str | None


@dataclass(frozen=True)
class Job:
    """Something planned, in the slot `[planned_start, planned_end)`."""

    id: str
    project_id: str
    title: str
    description: str
    job_type: JobType
    environment: str | None
    tier: Tier
    pool: str | None
    planned_start: datetime
    planned_end: datetime
    all_day: bool
    assignee_id: str | None
    critical: bool | None
    is_critical: bool
    execution: dict[str, Any] | None
    auto_start: bool
    status: JobStatus
    conflict: bool
    conflicts: tuple[Collision, ...]
    approvals: tuple[Approval, ...]
    editable: Decision
    can_launch: Decision
    #: The series that it is an occurrence of, and when that takes place by the series' rule.
    series_id: str | None
    occurrence: datetime | None
    created_by: str
    edited_by: str
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Skipped:
    """An occurrence that could not be laid out, and why. It is tried again every day."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Series:
    """A plan that repeats, by an RFC 5545 `rule` on the clocks of `timezone`. Its occurrences are jobs."""

    id: str
    project_id: str
    title: str
    description: str
    job_type: JobType
    environment_id: str | None
    all_day: bool
    assignee_id: str | None
    critical: bool | None
    execution: dict[str, Any] | None
    auto_start: bool
    rule: str
    timezone: str
    start: datetime
    except_: tuple[datetime, ...]
    length_seconds: int
    is_open: bool
    skipped: tuple[Skipped, ...]
    #: The UID of the event of another calendar that it was imported from.
    source: str | None
    created_by: str
    edited_by: str
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True)
class Run:
    """One execution of a job."""

    id: str
    job_id: str
    project_id: str
    attempt: int
    backend: Backend
    execution: dict[str, Any]
    status: RunStatus
    fence: int
    origin: str
    requested_by: str
    reason: str | None
    approval_id: str | None
    approved_by: str | None
    worker: str | None
    exit_code: int | None
    outcome: str | None
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether it has reached its one end."""
        return self.status not in ("queued", "running")


@dataclass(frozen=True)
class Waiting:
    """What was asked for waits for a second person: `approval` says which decision it needs."""

    approval: Approval
    job: Job | None = None
    run: Run | None = None


@dataclass(frozen=True)
class JobBrief:
    """A job in short."""

    id: str
    project_id: str
    title: str
    job_type: JobType
    environment: Environment | None
    planned_start: datetime
    planned_end: datetime
    all_day: bool
    critical: bool
    status: JobStatus
    created_by: str
    assignee_id: str | None
    version: int


@dataclass(frozen=True)
class Freeze:
    """A span in which nothing moves or runs in its tiers or environments (DOMAIN §3.4)."""

    id: str
    start: datetime
    end: datetime
    tiers: tuple[Tier, ...]
    environments: tuple[str, ...]
    reason: str
    project_id: str | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class ConflictGroup:
    """Jobs that hang together by overlaps in one pool, or a freeze window with what lies in it."""

    pool: str
    start: datetime
    end: datetime
    jobs: tuple[JobBrief, ...]
    freeze: Freeze | None = None


@dataclass(frozen=True)
class Suggestion:
    """Another place for a job, `shift_seconds` later (negative: earlier)."""

    planned_start: datetime
    planned_end: datetime
    shift_seconds: int


@dataclass(frozen=True)
class Move:
    """A move that resolves: what may be done of it, and whether it was."""

    job_id: str
    start: datetime
    end: datetime
    from_start: datetime
    from_end: datetime
    shift_seconds: int
    decision: Decision
    applied: bool
    refused: str | None


@dataclass(frozen=True)
class Resolution:
    """The moves that free every conflict that can be freed."""

    moves: tuple[Move, ...]
    total_shift_seconds: int
    unresolved: tuple[str, ...]


@dataclass(frozen=True)
class ImportedEvents:
    """What came of an import: how many meetings or freeze windows. `past` ones are over and stay as they are."""

    created: int
    updated: int
    unchanged: int
    cancelled: int
    past: int


@dataclass(frozen=True)
class Event:
    """A job in the calendar. `start` and `end` are dates (ISO) where `all_day`, else instants."""

    id: str
    title: str
    start: str
    end: str
    all_day: bool
    color: str
    editable: bool
    project_id: str
    project_name: str
    job_type: JobType
    environment: str | None
    tier: Tier
    status: JobStatus
    critical: bool
    conflict: bool
    conflicts_with: tuple[str, ...]
    series_id: str | None
    version: int


@dataclass(frozen=True)
class AuditEntry:
    """Who did, or tried, what on what, and which rule decided. `seq` and `hash`: its place in the chain, once sealed."""

    id: str
    at: datetime
    actor_id: str | None
    actor: str
    action: str
    object_kind: str
    object_id: str | None
    project_id: str | None
    decision: str
    rule: str | None
    detail: Any
    seq: int | None
    hash: str | None


@dataclass(frozen=True)
class Verification:
    """What a walk over the audit's chain found. `head` is to be kept outside."""

    ok: bool
    entries: int
    unsealed: int
    head: dict[str, Any]
    first_bad: int | None = None


@dataclass(frozen=True)
class LogLine:
    """A piece of a run's output. `id` counts on without a gap."""

    id: str
    at: datetime
    stream: Literal["stdout", "stderr", "system"]
    text: str


T = TypeVar("T")

_READERS: dict[Any, typing.Callable[[Any], Any]] = {}


def read(kind: type[T], data: Any) -> T:
    """The value of `kind` that JSON data tells. Fields that are not known are passed over."""
    value: T = _reader(kind)(data)
    return value


def _reader(kind: Any) -> typing.Callable[[Any], Any]:
    reader = _READERS.get(kind)
    if reader is None:
        reader = _READERS[kind] = _make(kind)
    return reader


def _make(kind: Any) -> typing.Callable[[Any], Any]:
    if kind is datetime:
        return instant
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        # What Python keeps for itself has an underscore behind it.
        readers = [(field.name, field.name.rstrip("_"), _reader(hints[field.name])) for field in dataclasses.fields(kind)]

        def whole(data: Any) -> Any:
            return typing.cast(type, kind)(**{name: of(data[wire]) for name, wire, of in readers if wire in data})

        return whole
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (tuple, list):
        item, whole_of = _reader(parts[0]), typing.cast(typing.Callable[[Any], Any], origin)
        return lambda data: whole_of(item(one) for one in data)
    if origin in (typing.Union, types.UnionType):
        some = [part for part in parts if part is not type(None)]
        inner = _reader(some[0]) if len(some) == 1 else _same
        return lambda data: None if data is None else inner(data)
    return _same


def _same(data: Any) -> Any:
    return data


def instant(text: str) -> datetime:
    """An instant of RFC 3339 as an aware `datetime`."""
    # Before 3.11 fromisoformat knows neither "Z" nor fractions of other than three or six digits.
    head, dot, rest = text.replace("Z", "+00:00").partition(".")
    if dot:
        sign = max(rest.find("+"), rest.find("-"))
        digits, zone = (rest, "") if sign < 0 else (rest[:sign], rest[sign:])
        return datetime.fromisoformat(f"{head}.{digits[:6]:0<6}{zone}")
    return datetime.fromisoformat(head)
