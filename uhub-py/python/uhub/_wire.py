"""What both faces of a hub share: options as flags, queries, bodies, and event streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, Final
from urllib.parse import quote, urlencode

from . import errors
from .model import LogLine, read


class _Unset:
    """Not given, which is something else than None."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final[Any] = _Unset()


def database(url: str) -> str:
    """The database's URL as the hub reads it: `memory`, `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgres://…`."""
    if url in ("memory", "memory:", ":memory:", "sqlite://"):
        return "memory:"
    if url.startswith("sqlite:///"):
        return "sqlite:" + quote(url[len("sqlite:///") :], safe="/%~")
    return url


def flags(options: Mapping[str, Any]) -> list[str]:
    """Options as the flags of `uhub serve`: `worker_slots=4` is `--worker-slots=4`, a list is repeated."""
    words = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, (list, tuple, set)):
            words.extend(f"{flag}={one}" for one in value)
        else:
            words.append(f"{flag}={value}")
    return words


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise errors.Invalid("a time must know its zone: datetime(..., tzinfo=...)")
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    return value


def body(**fields: Any) -> bytes:
    """The fields that were given, as JSON."""
    return json.dumps({name: plain(value) for name, value in fields.items() if value is not UNSET}).encode()


def path(head: str, **query: Any) -> str:
    """A path with the parameters that were given."""
    given = {
        name.rstrip("_"): str(plain(value)).lower() if isinstance(value, bool) else plain(value)
        for name, value in query.items()
        if value is not None
    }
    return f"{head}?{urlencode(given)}" if given else head


def parse(status: int, answer: bytes) -> Any:
    """What an answer holds; raises what it refuses."""
    if not 200 <= status < 300:
        raise errors.of_answer(status, answer)
    return json.loads(answer) if answer else None


class Lines:
    """Takes an event stream in, piece by piece, and gives a log's lines."""

    def __init__(self) -> None:
        self._rest = b""
        self.last: str | None = None
        self.ended = False

    def take(self, piece: bytes) -> Iterable[LogLine]:
        """The lines that are whole with this piece."""
        *events, self._rest = (self._rest + piece.replace(b"\r\n", b"\n")).split(b"\n\n")
        for event in events:
            fields: dict[str, list[str]] = {}
            for line in event.decode(errors="replace").split("\n"):
                name, _, value = line.partition(":")
                fields.setdefault(name, []).append(value.removeprefix(" "))
            kind = fields.get("event", ["message"])[0]
            if kind == "end":
                self.ended = True
            if kind == "log" and "data" in fields:
                self.last = fields.get("id", [self.last or ""])[0]
                yield read(LogLine, {"id": self.last, **json.loads("\n".join(fields["data"]))})
