"""What can go wrong, as one tree that mirrors the hub's errors. Every class is a `UHubError`."""

from __future__ import annotations

import json
from typing import Any


class UHubError(Exception):
    """Something did not happen. Nothing is half done.

    Attributes:
        status: as the HTTP API answers it, such as 403.
        detail: why, for people.
        field: the input that is wrong, where one is.
        rule: the id of the rule that decided, where one did.
        conflicts: ids of the jobs in the way, where there are such.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int = 0,
        field: str | None = None,
        rule: str | None = None,
        conflicts: tuple[str, ...] = (),
        problem: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.field = field
        self.rule = rule
        self.conflicts = conflicts
        self.problem = problem or {}

    def __str__(self) -> str:
        named = self.detail if not self.field or self.field in self.detail else f"{self.field}: {self.detail}"
        return f"{named} ({self.rule})" if self.rule else named

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (type(self), self.detail, self.status, self.field, self.rule, self.conflicts, self.problem))


def _again(
    kind: type[UHubError],
    detail: str,
    status: int,
    field: str | None,
    rule: str | None,
    conflicts: tuple[str, ...],
    problem: dict[str, Any],
) -> UHubError:
    return kind(detail, status=status, field=field, rule=rule, conflicts=conflicts, problem=problem)


class Invalid(UHubError, ValueError):
    """The input is wrong: `field` says where (422)."""


class Unauthenticated(UHubError):
    """The user may not act: unknown, or deactivated (401)."""


class Denied(UHubError, PermissionError):
    """The table or a guardrail refuses: `rule` says which (403)."""


class NotFound(UHubError, LookupError):
    """There is no such thing, or it is not yours to know of (404)."""


class Conflict(UHubError):
    """It does not fit what is: a policy blocks the slot, or the state forbids it (409)."""


class Stale(UHubError):
    """Somebody else has changed it meanwhile: read it again (412)."""


class TooMany(UHubError):
    """Too many attempts: later (429)."""


class Unavailable(UHubError):
    """The store does not answer, or the hub has failed (5xx)."""


_KINDS: dict[int, type[UHubError]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Denied,
    404: NotFound,
    409: Conflict,
    412: Stale,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: TooMany,
}


def of_answer(status: int, body: bytes) -> UHubError:
    """The error that an answer of the hub tells."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    kind = _KINDS.get(status, Unavailable)
    return kind(
        problem.get("detail") or problem.get("title") or body.decode(errors="replace") or "the hub did not answer",
        status=status,
        field=problem.get("field"),
        rule=problem.get("rule"),
        conflicts=tuple(problem.get("conflicts", ())),
        problem=problem,
    )
