"""The rules with no hub: who may do what, what may follow what, which slots collide, and where else they could go.

Instants are aware `datetime`s, or, in the bulk forms, arrays of NumPy or
Arrow: int64 microseconds since 1970, `datetime64` or timestamps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar, cast

from . import _uhub
from .model import Effect, JobStatus, RunStatus

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

K = TypeVar("K", bound=Hashable)

#: The words of the domain, in the order in which the bulk forms count them.
ROLES: tuple[str, ...] = tuple(_uhub.words_of("role"))
ACTIONS: tuple[str, ...] = tuple(_uhub.words_of("action"))
TIERS: tuple[str, ...] = tuple(_uhub.words_of("tier"))
JOB_TYPES: tuple[str, ...] = tuple(_uhub.words_of("job_type"))
EFFECTS: tuple[Effect, ...] = ("allow", "needs_approval", "deny")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


decide = _uhub.decide


def _column(values: Any, dtype: Any = None) -> Any:
    """As the native module reads it: Arrow's where it is, anything else as an array of NumPy without gaps."""
    if hasattr(values, "__arrow_c_array__"):
        return values
    import numpy as np

    return np.ascontiguousarray(values, dtype=dtype)


def decide_bulk(
    roles: Any, actions: Any, tiers: Any, job_types: Any, *, own_project: Any = None, own_job: Any = None
) -> npt.NDArray[np.uint8]:
    """Decides for many at once, without holding Python up.

    Takes uint8 arrays of shape (n,), of NumPy or Arrow: positions in `ROLES`, `ACTIONS`, `TIERS` and `JOB_TYPES`; the last two are flags.
    Returns positions in `EFFECTS`, uint8 of shape (n,).
    """
    import numpy as np

    columns = [_column(one, np.uint8) for one in (roles, actions, tiers, job_types)]
    flags = [None if one is None else _column(one, np.uint8) for one in (own_project, own_job)]
    return np.frombuffer(_uhub.decide_many(*columns, *flags), dtype=np.uint8)


def next_job_status(status: str, event: str) -> JobStatus | None:
    """What a job's status becomes by an event (DOMAIN §5); None where that is illegal."""
    return cast("JobStatus | None", _uhub.next_job_status(status, event))


def next_run_status(status: str, event: str) -> RunStatus | None:
    """What a run's status becomes by an event (DOMAIN §5); None where that is illegal."""
    return cast("RunStatus | None", _uhub.next_run_status(status, event))


@dataclass(frozen=True)
class Slot:
    """The half-open interval `[start, end)`: slots whose ends touch do not overlap (DOMAIN §1)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if getattr(self, name).tzinfo is None:
                raise ValueError(f"{name}: must know its zone: datetime(..., tzinfo=...)")
        if self.end <= self.start:
            raise ValueError("end: must come after start")

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def overlaps(self, other: Slot) -> bool:
        """Whether the two have an instant in common."""
        return self.start < other.end and other.start < self.end


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


#: Whatever a hub takes in lies in there (DOMAIN §1).
_FAR = (_micros(datetime(2000, 1, 1, tzinfo=timezone.utc)), _micros(datetime(2200, 1, 1, tzinfo=timezone.utc)))


def _pair(slot: Slot) -> tuple[int, int]:
    return _micros(slot.start), _micros(slot.end)


def _slot(start: int, end: int) -> Slot:
    return Slot(_EPOCH + start * _MICROSECOND, _EPOCH + end * _MICROSECOND)


def find_conflicts(slots: Iterable[tuple[K, Hashable, Slot]]) -> list[tuple[K, K]]:
    """All pairs of keys whose slots overlap in one pool (DOMAIN §6). Takes `(key, pool, slot)`; O(n log n + pairs)."""
    import array

    items = list(slots)
    numbers: dict[Hashable, int] = {}
    pools = [numbers.setdefault(pool, len(numbers)) for _, pool, _ in items]
    start = _Column(array.array("q", (_micros(slot.start) for _, _, slot in items)))
    end = _Column(array.array("q", (_micros(slot.end) for _, _, slot in items)))
    pairs = array.array("q", _uhub.conflict_pairs(start, end, _Column(array.array("q", pools))))
    return [(items[pairs[at]][0], items[pairs[at + 1]][0]) for at in range(0, len(pairs), 2)]


class _Column:
    """An `array.array` of int64 as the native module reads it."""

    def __init__(self, values: Any) -> None:
        self.values = values
        address, count = values.buffer_info()
        self.__array_interface__ = {"shape": (count,), "typestr": "<i8", "data": (address, True), "version": 3}


def find_conflicts_bulk(start: Any, end: Any, pool: Any = None) -> npt.NDArray[np.bool_]:
    """For each slot, whether it overlaps another one of its pool.

    Takes arrays of shape (n,), of NumPy or Arrow (`__arrow_c_array__`): int64 microseconds, datetime64 or timestamps, read
    where they are, without a copy and without holding Python up; `pool` is int64, int32, uint32 or uint8, one pool for all
    where it is left out. Returns bool of shape (n,). Raises ValueError, naming the argument and the place, for a missing
    value, or an end that does not come after its start.
    """
    import numpy as np

    flags = _uhub.conflict_flags(_column(start), _column(end), None if pool is None else _column(pool))
    return np.frombuffer(flags, dtype=np.bool_)


def suggest(
    slot: Slot,
    busy: Iterable[Slot],
    *,
    within: Slot | None = None,
    windows: Sequence[Slot] | None = None,
    limit: int = 5,
) -> list[tuple[Slot, timedelta]]:
    """The nearest free places of the same length, before and after, nearest first, with their shift (DOMAIN §6).

    `windows`: suggestions lie wholly inside their union, such as working hours.
    """
    found = _uhub.suggest(
        _pair(slot),
        [_pair(one) for one in busy],
        _FAR if within is None else _pair(within),
        None if windows is None else [_pair(one) for one in windows],
        limit,
    )
    return [(_slot(start, end), shift * _MICROSECOND) for start, end, shift in found]


def resolve(
    slots: Sequence[Slot], *, fixed: Iterable[Slot] = (), within: Slot | None = None
) -> tuple[dict[int, Slot], timedelta, list[int]]:
    """The moves that free every conflict of one pool with the least total shift, keeping the order (DOMAIN §6).

    Returns the new slots by position, the sum of all shifts, and the positions for which there is no place.
    """
    moves, total, unresolved = _uhub.resolve(
        [_pair(one) for one in slots], [_pair(one) for one in fixed], _FAR if within is None else _pair(within)
    )
    return {at: _slot(start, end) for at, start, end in moves}, total * _MICROSECOND, unresolved
