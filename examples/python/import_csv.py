"""Plans jobs from a table, with a progress bar: `python import_csv.py plan.csv sqlite:///plan.db`.

Columns: project, title, type, environment, start (ISO 8601, with zone), end. A row that is wrong is told by its number
and what is wrong with it, and the others go in; run again, nothing comes twice.
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

import uhub


def load(session: uhub.Session, path: Path) -> tuple[int, list[str]]:
    """Plans each row; returns how many there are now, and what was wrong."""
    projects = {project.name: project for project in session.projects()}
    wrong = []
    done = 0
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(tqdm(rows, unit="job", disable=not sys.stderr.isatty()), 2):
        try:
            if row["project"] not in projects:
                projects[row["project"]] = session.create_project(row["project"])
            session.create_job(
                projects[row["project"]].id,
                row["title"],
                row["type"],
                datetime.fromisoformat(row["start"]),
                end=datetime.fromisoformat(row["end"]) if row.get("end") else None,
                environment=row.get("environment") or None,
                # The same row is the same job, however often it is told.
                idempotency_key=f"{path.name}-{number}",
            )
            done += 1
        except (uhub.UHubError, ValueError, KeyError) as error:
            wrong.append(f"{path.name}:{number}: {error}")
    return done, wrong


if __name__ == "__main__":
    with uhub.Hub.open(sys.argv[2] if len(sys.argv) > 2 else "sqlite:///plan.db") as hub:
        try:
            planner = hub.as_user("importer")
        except uhub.NotFound:
            planner = hub.bootstrap("importer", email="importer@example.org", display_name="CSV IMPORTER")
        planned, errors = load(planner, Path(sys.argv[1]))
        print(f"{planned} jobs, {sum(job.conflict for job in planner.jobs())} collide", *errors, sep="\n")
        sys.exit(1 if errors else 0)
