"""The week as a picture: `python week_report.py week.png`, over the demo's jobs; a hub's URL as the second argument.

One row per environment's pool, so that what collides lies one over the other, in red.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt

import uhub


def draw(session: uhub.Session, target: Path, days: int = 7) -> tuple[int, int]:
    """Draws the coming days, and tells how many jobs there are and how many of them collide."""
    start = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = session.jobs(start=start, end=start + timedelta(days=days))
    rows = sorted({job.pool or "no environment" for job in jobs})
    figure, axes = plt.subplots(figsize=(12, 1.5 + len(rows)), facecolor="#000000")
    axes.set_facecolor("#050906")
    colors = {project.id: project.color for project in session.projects()}
    for job in jobs:
        row = rows.index(job.pool or "no environment")
        left, right = (dates.date2num(at) for at in (job.planned_start, job.planned_end))
        edge = "#ff5c6c" if job.conflict else "none"
        axes.barh(row, right - left, left=left, height=0.6, color=colors[job.project_id], edgecolor=edge, linewidth=2, alpha=0.7)
        axes.text(left, row + 0.38, ("! " if job.conflict else "") + job.title, color="white", fontsize=7)
    axes.set_yticks(range(len(rows)), rows, color="white")
    axes.xaxis_date()
    axes.xaxis.set_major_formatter(dates.DateFormatter("%a %d"))
    axes.tick_params(colors="white")
    colliding = sum(job.conflict for job in jobs)
    axes.set_title(f"{len(jobs)} jobs, {colliding} collide", color="#00ff00", loc="left")
    figure.savefig(target, dpi=120, bbox_inches="tight")
    plt.close(figure)
    return len(jobs), colliding


if __name__ == "__main__":
    path, url = Path(sys.argv[1]), (sys.argv[2] if len(sys.argv) > 2 else "memory")
    with uhub.Hub.open(url) as hub:
        if url == "memory":
            hub.import_demo()
        print("%d jobs, %d collide" % draw(hub.as_user("demo-admin"), path))
