from collections.abc import Callable
from typing import Any, final

from .model import Decision

__all__ = [
    "Background",
    "Body",
    "Core",
    "Emitter",
    "__version__",
    "conflict_flags",
    "conflict_pairs",
    "decide",
    "decide_many",
    "main",
    "next_job_status",
    "next_run_status",
    "resolve",
    "suggest",
    "words_of",
]

__version__: str

def decide(
    role: str,
    action: str,
    *,
    tier: str = "dev",
    job_type: str = "dev",
    own_project: bool = False,
    own_job: bool = False,
    own_run: bool = False,
    backend: str = "local",
    prod_change: str = "approval",
) -> Decision: ...
def decide_many(
    roles: Any, actions: Any, tiers: Any, job_types: Any, own_project: Any = None, own_job: Any = None
) -> bytes: ...
def words_of(kind: str) -> list[str]: ...
def next_job_status(status: str, event: str) -> str | None: ...
def next_run_status(status: str, event: str) -> str | None: ...
def conflict_flags(start: Any, end: Any, pool: Any = None) -> bytes: ...
def conflict_pairs(start: Any, end: Any, pool: Any = None) -> bytes: ...
def suggest(
    current: tuple[int, int],
    busy: list[tuple[int, int]],
    bounds: tuple[int, int],
    windows: list[tuple[int, int]] | None = None,
    limit: int = 5,
) -> list[tuple[int, int, int]]: ...
def resolve(
    movable: list[tuple[int, int]], fixed: list[tuple[int, int]], bounds: tuple[int, int]
) -> tuple[list[tuple[int, int, int]], int, list[int]]: ...
def main(args: list[str]) -> int: ...
@final
class Core:
    @staticmethod
    def open(flags: list[str], backends: list[Any], secrets: list[Any]) -> Core: ...
    def bootstrap(
        self, username: str, password: str | None, email: str, display_name: str
    ) -> tuple[int, bytes]: ...
    def user_id(self, username: str) -> str | None: ...
    def request(
        self,
        user: str | None,
        method: str,
        path: str,
        body: bytes | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[int, str | None, bytes]: ...
    def submit(
        self,
        done: Callable[[int, str | None, bytes], object],
        user: str | None,
        method: str,
        path: str,
        body: bytes | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[int, str | None, bytes] | None: ...
    def stream(self, user: str | None, path: str, after: str | None = None) -> tuple[int, Body]: ...
    def start_worker(self) -> Background: ...
    def start_server(self) -> Background: ...
    def import_demo(self) -> int: ...
@final
class Body:
    def next(self) -> bytes | None: ...
    def submit_next(self, done: Callable[[bytes | None], object]) -> None: ...
@final
class Background:
    @property
    def name(self) -> str: ...
    def stop(self) -> None: ...
@final
class Emitter:
    def log(self, data: bytes, stream: str = "stdout") -> bool: ...
    def progress(self, percent: int) -> bool: ...
    def exited(self, code: int) -> bool: ...
    def failed(self, reason: str) -> bool: ...
    def timed_out(self) -> bool: ...
    def cancelled(self) -> bool: ...
