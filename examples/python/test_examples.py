"""Each example does what it says."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from fastapi.testclient import TestClient

HERE = Path(__file__).parent


def run(example: str, *args: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, HERE / example, *args], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_each_is_short() -> None:
    for path in HERE.glob("*.py"):
        if path != Path(__file__):
            assert len(path.read_text().splitlines()) < 80, path.name


def test_conflict_report(tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\r\nUID:{0}\r\nSUMMARY:{0}\r\nLOCATION:{1}\r\nDTSTART:{2}\r\nDTEND:{3}\r\nEND:VEVENT\r\n"
    events = [
        ("Patch", "prod", "20260302T090000Z", "20260302T110000Z"),
        ("Release", "prod", "20260302T100000Z", "20260302T103000Z"),
        ("Elsewhere", "staging", "20260302T100000Z", "20260302T103000Z"),
    ]
    text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(event.format(*one) for one in events) + "END:VCALENDAR\r\n"
    (tmp_path / "team.ics").write_text(text)
    told = run("conflict_report.py", str(tmp_path / "team.ics"), code=1)
    assert told.count("\n") == 1 and "'Patch' and 'Release'" in told and "prod" in told


def test_fastapi_app() -> None:
    sys.path.insert(0, str(HERE))
    from fastapi_app import app

    with TestClient(app) as client:
        now = datetime.now(timezone.utc)
        window = {"start": now.isoformat(), "end": (now + timedelta(days=30)).isoformat()}
        groups = client.get("/conflicts", params=window, headers={"x-user": "demo-dev"}).json()
        assert sum(len(group["jobs"]) for group in groups) == 8
        prod = next(group["jobs"][0] for group in groups if group["pool"] == "prod")
        to = {"start": (now + timedelta(days=20)).isoformat()}
        moved = client.post(f"/jobs/{prod['id']}/move", params=to, headers={"x-user": "demo-ops"})
        assert moved.status_code == 200 and moved.json()["waits_for"]
        refused = client.post(f"/jobs/{prod['id']}/move", params=to, headers={"x-user": "demo-dev"})
        assert refused.status_code == 403 and refused.json()["rule"].startswith("rbac.")
        assert client.get("/conflicts", params=window, headers={"x-user": "nobody"}).status_code == 404


def test_tool_backend() -> None:
    told = run("tool_backend.py")
    assert "orders is dumped" in told and "sha256 " in told and told.endswith("succeeded\n")


def test_week_report(tmp_path: Path) -> None:
    assert run("week_report.py", str(tmp_path / "week.png")) == "16 jobs, 8 collide\n"
    assert (tmp_path / "week.png").read_bytes().startswith(b"\x89PNG")


def test_import_csv(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text(
        "project,title,type,environment,start,end\n"
        "Shop,Patch,maintenance,prod,2031-03-03T09:00:00+01:00,2031-03-03T11:00:00+01:00\n"
        "Shop,Release,ops,prod,2031-03-03T10:00:00+01:00,\n"
        "Shop,Nowhere,ops,moon,2031-03-03T10:00:00+01:00,\n"
        "Shop,Never,ops,prod,soon,\n"
    )
    database = f"sqlite:///{tmp_path}/plan.db"
    for _twice_is_once in range(2):
        told = run("import_csv.py", str(plan), database, code=1).splitlines()
        assert told[0] == "2 jobs, 2 collide"
        assert told[1].startswith("plan.csv:4: environment") and told[2].startswith("plan.csv:5: ")
