"""A backend in Python that drives a tool: jobs of kind `webhook` run a database's dump, checksummed, with progress.

`python tool_backend.py` plans one, launches it, and follows it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import uhub


class Dump(uhub.ExecutionBackend):
    """Dumps the SQLite database that the job's payload names, table by table."""

    kind = "webhook"

    def check(self, spec: dict[str, Any]) -> None:
        if not isinstance(spec.get("payload"), dict) or "database" not in spec["payload"]:
            raise ValueError("payload must name a database")

    def start(self, execution: uhub.Execution) -> int:
        digest = hashlib.sha256()
        with sqlite3.connect(execution.spec["payload"]["database"]) as source:
            tables = [name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for done, table in enumerate(tables, 1):
                if execution.cancelled:
                    return 1
                for row in source.execute(f'SELECT * FROM "{table}"'):
                    digest.update(repr(row).encode())
                execution.log(f"{table} is dumped\n")
                execution.progress(100 * done // len(tables))
        execution.log(f"sha256 {digest.hexdigest()}\n")
        return 0


def main(directory: Path) -> uhub.Run:
    database = directory / "shop.db"
    with sqlite3.connect(database) as shop:
        shop.executescript("CREATE TABLE orders (n); CREATE TABLE people (n); INSERT INTO orders VALUES (1), (2);")
    with uhub.Hub.open(backends=[Dump()]) as hub:
        boss = hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")
        project = boss.create_project("Shop", execution_backend="webhook")
        job = boss.create_job(
            project.id,
            "Dump of the shop",
            "maintenance",
            datetime.now(timezone.utc) + timedelta(days=1),
            environment="staging",
            execution={"url": "https://dump.example.org/", "payload": {"database": str(database)}},
            auto_start=False,
        )
        assert isinstance(job, uhub.Job)
        hub.start_worker()
        run = boss.launch(job.id)
        assert isinstance(run, uhub.Run)
        for line in boss.follow(run.id):
            print(line.text, end="")
        return boss.wait(run.id)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(main(Path(scratch)).status)
