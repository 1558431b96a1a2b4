"""Execution backends and sources of secrets written in Python. The guardrails treat a backend as its declared kind."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from .model import Backend as Kind
from .model import Tier

if TYPE_CHECKING:
    from ._uhub import Emitter


class TimedOut(Exception):
    """To be raised by a backend whose work took longer than `timeout_seconds`."""


@dataclass
class Execution:
    """What a backend is to execute, and where it tells how that goes."""

    run_id: str
    job_id: str
    project_id: str
    attempt: int
    fence: int
    title: str
    project: str
    tier: Tier
    environment: str | None
    timeout_seconds: int | None
    spec: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)
    _emitter: Emitter = field(repr=False)
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def key(self) -> str:
        """The same for a repeat, another for another attempt: for the outside to tell them apart (DOMAIN §7)."""
        return f"{self.run_id}-{self.attempt}"

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to cancel it."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits, at most until somebody asks to cancel it. Returns whether somebody has."""
        return self._stop.wait(seconds)

    def log(self, text: str | bytes, *, stderr: bool = False) -> None:
        """Adds output; a line ends where the text says so. Secrets are masked before anything is stored."""
        data = text.encode() if isinstance(text, str) else text
        self._emitter.log(data, "stderr" if stderr else "stdout")

    def progress(self, percent: int) -> None:
        """Tells how far it is."""
        self._emitter.progress(percent)


class ExecutionBackend:
    """A way to execute, to be derived from.

    `start` does the whole work and returns the exit code (None is 0); it may be `async def`. An exception is the run's
    failure, in its words. `cancel` may end it from another thread; without it, `execution.cancelled` is there to be asked.
    """

    kind: ClassVar[Kind]

    def check(self, spec: dict[str, Any]) -> None:
        """Raises where a job that is being planned could never be started."""

    def start(self, execution: Execution) -> Any:
        """Does the work."""
        raise NotImplementedError

    def cancel(self, execution: Execution) -> Any:
        """Ends the work soon."""


class SecretSource:
    """A source of secrets, to be derived from: `scheme` is the word before the colon of its references."""

    scheme: ClassVar[str]

    def read(self, reference: str) -> Any:
        """The value that `reference` names; may be `async def`. What it raises fails the run before anything starts."""
        raise NotImplementedError


def _settle(result: Any) -> Any:
    """The result, awaited where it is to be."""
    if inspect.isawaitable(result):

        async def waited() -> Any:
            return await result

        return asyncio.run(waited())
    return result


class BackendShim:
    """Stands between the native worker and a backend: each execution has a thread of its own."""

    def __init__(self, backend: ExecutionBackend) -> None:
        self.backend = backend
        self.kind = backend.kind
        self._running: dict[str, Execution] = {}

    def check(self, spec: str) -> None:
        self.backend.check(json.loads(spec))

    def start(self, facts: dict[str, Any], emitter: Emitter) -> str:
        spec = json.loads(facts.pop("execution"))
        execution = Execution(**facts, spec=spec, _emitter=emitter)
        handle = str(uuid.uuid4())
        self._running[handle] = execution
        thread = threading.Thread(
            target=self._drive, args=(handle, execution, emitter), name=f"uhub-{self.kind}", daemon=True
        )
        thread.start()
        return handle

    def _drive(self, handle: str, execution: Execution, emitter: Emitter) -> None:
        try:
            code = _settle(self.backend.start(execution))
        except TimedOut:
            emitter.timed_out()
        except BaseException as error:  # noqa: BLE001 - whatever it raises, the run must end
            if execution.cancelled:
                emitter.cancelled()
            else:
                emitter.failed(f"{type(error).__name__}: {error}")
        else:
            if execution.cancelled and code not in (None, 0):
                emitter.cancelled()
            else:
                emitter.exited(0 if code is None else int(code))
        finally:
            self._running.pop(handle, None)

    def cancel(self, handle: str) -> None:
        execution = self._running.get(handle)
        if execution is not None:
            execution._stop.set()
            # Not on the worker's thread: what the backend does there may take its time.
            threading.Thread(target=lambda: _settle(self.backend.cancel(execution)), daemon=True).start()


class SecretShim:
    """Stands between the native worker and a source of secrets."""

    def __init__(self, source: SecretSource) -> None:
        self.source = source
        self.scheme = source.scheme

    def read(self, reference: str) -> str:
        return str(_settle(self.source.read(reference)))
