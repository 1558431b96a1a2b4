"""Calendars go out and come in as RFC 5545 has it: told by packages that know nothing of uHub."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

import uhub

UTC = timezone.utc
PARIS = ZoneInfo("Europe/Paris")
HORIZON = timedelta(days=400)
SOON = datetime.now(PARIS).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=2)


@pytest.fixture
def admin(hub: uhub.Hub) -> uhub.Session:
    return hub.bootstrap("boss", email="boss@example.org", display_name="Alice BOSS")


def calendar(*events: icalendar.Event) -> icalendar.Calendar:
    made = icalendar.Calendar()
    made.add("prodid", "-//test//")
    made.add("version", "2.0")
    for event in events:
        made.add_component(event)
    return made


def event(uid: str, start: Any, end: Any, **more: Any) -> icalendar.Event:
    made = icalendar.Event()
    for name, value in {"uid": uid, "summary": "Réunion, « é » ; \\ 日本", "dtstart": start, "dtend": end, **more}.items():
        for one in value if isinstance(value, tuple) else (value,):
            made.add(name.replace("_", "-"), one)
    return made


def instant(value: Any) -> datetime:
    """Whole days are those of the hub, which is in Paris."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return (value if value.tzinfo else value.replace(tzinfo=PARIS)).astimezone(UTC)


def told(text: bytes) -> set[tuple[datetime, datetime]]:
    """What another reader makes of a file, for as long as uHub lays it out."""
    now = datetime.now(UTC)
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(now, now + HORIZON)
    return {(instant(one.start), instant(one.end)) for one in found if instant(one.start) < now + HORIZON}


HOUR = timedelta(hours=1)
CASES = {
    "once": [event("1", SOON, SOON + HOUR)],
    "utc": [event("1", SOON.astimezone(UTC), SOON.astimezone(UTC) + HOUR)],
    "floating": [event("1", SOON.replace(tzinfo=None), SOON.replace(tzinfo=None) + HOUR)],
    "whole days": [event("1", SOON.date(), SOON.date() + timedelta(days=3))],
    "weekly, over both changes of the clocks": [event("1", SOON, SOON + HOUR, rrule={"freq": "weekly"})],
    "in another zone": [
        event(
            "1",
            SOON.astimezone(ZoneInfo("America/New_York")),
            SOON.astimezone(ZoneInfo("America/New_York")) + HOUR,
            rrule={"freq": "daily", "count": 30},
        )
    ],
    "without some days": [
        event(
            "1",
            SOON,
            SOON + HOUR,
            rrule={"freq": "daily", "count": 20},
            exdate=(SOON + timedelta(days=3), SOON + timedelta(days=4)),
        )
    ],
    "and one more": [event("1", SOON, SOON + HOUR, rrule={"freq": "weekly", "count": 3}, rdate=SOON + timedelta(days=1))],
    "months": [event("1", SOON.replace(day=1) + timedelta(days=40), SOON.replace(day=1) + timedelta(days=40) + HOUR, rrule={"freq": "monthly", "interval": 2})],
    "days of years": [event("1", SOON.date(), SOON.date() + timedelta(days=1), rrule={"freq": "yearly"})],
    "until": [event("1", SOON, SOON + HOUR, rrule={"freq": "daily", "until": SOON.astimezone(UTC) + timedelta(days=9)})],
    "one of them moved": [
        event("1", SOON, SOON + HOUR, rrule={"freq": "daily", "count": 5}),
        event("1", SOON + timedelta(days=2, hours=5), SOON + timedelta(days=2, hours=7), recurrence_id=SOON + timedelta(days=2)),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_windows_are_where_another_reader_sees_them(admin: uhub.Session, case: str) -> None:
    made = calendar(*CASES[case])
    made.add_missing_timezones()
    text = made.to_ical()
    expected = told(text)
    assert expected
    done = admin.import_ics(text.decode(), kind="freezes", tiers=["prod"])
    assert done == uhub.ImportedEvents(len(expected), 0, 0, 0, 0)
    assert {(freeze.start, freeze.end) for freeze in admin.freezes()} == expected
    assert admin.import_ics(text.decode(), kind="freezes", tiers=["prod"]).unchanged == len(expected)


@pytest.mark.parametrize("case", CASES)
def test_meetings_are_where_another_reader_sees_them(admin: uhub.Session, case: str) -> None:
    project = admin.create_project("App X")
    made = calendar(*CASES[case])
    made.add_missing_timezones()
    text = made.to_ical()
    # The hub goes on by itself: a year ahead at first.
    until = datetime.now(UTC) + timedelta(days=365)
    expected = {one for one in told(text) if one[0] < until}
    created = admin.import_ics(text.decode(), kind="meetings", project_id=project.id).created
    jobs = admin.jobs(project_id=project.id)
    assert {(job.planned_start, job.planned_end) for job in jobs if job.planned_start < until} == expected
    assert created == len(jobs)
    again = admin.import_ics(text.decode(), kind="meetings", project_id=project.id)
    assert again == uhub.ImportedEvents(0, 0, created, 0, 0)

    # And it goes out as it came in.
    out = admin.calendar_ics(start=datetime.now(UTC), end=until, project_id=project.id)
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(out)).between(datetime.now(UTC), until)
    alive = [one for one in found if one.get("status") != "CANCELLED" and instant(one.start) < until]
    assert sorted((instant(one.start), instant(one.end)) for one in alive) == sorted(expected)
    repeat = [one for one in CASES[case] if "rrule" in one]
    series = admin.all_series(project_id=project.id)
    assert [one.source for one in series] == ["1"] * len(repeat)
    back = admin.import_ics(out, kind="meetings", project_id=project.id)
    assert (back.created, back.updated, back.cancelled) == (0, 0, 0)
    assert admin.jobs(project_id=project.id) == jobs


def test_meetings_come_in_go_out_and_come_back(admin: uhub.Session) -> None:
    project = admin.create_project("App X")
    text = calendar(
        event("1", SOON, SOON + HOUR, rrule={"freq": "weekly", "count": 4}, description="Ligne 1\nLigne 2; \\, fin"),
        event("2", SOON.date(), SOON.date() + timedelta(days=2)),
    ).to_ical()
    assert admin.import_ics(text.decode(), kind="meetings", project_id=project.id, dry_run=True).created == 5
    assert not admin.jobs()
    assert admin.import_ics(text.decode(), kind="meetings", project_id=project.id).created == 5
    jobs = admin.jobs()
    assert {job.title for job in jobs} == {"Réunion, « é » ; \\ 日本"}
    assert {job.description for job in jobs} == {"Ligne 1\nLigne 2; \\, fin", ""}

    out = admin.calendar_ics(project_id=project.id)
    events = icalendar.Calendar.from_ical(out).walk("VEVENT")
    (series,) = admin.all_series(project_id=project.id)
    assert {job.series_id for job in jobs} == {series.id, None}
    assert {str(one["uid"]) for one in events} == {f"{job.series_id or job.id}@uhub" for job in jobs}
    assert {(instant(one.start), instant(one.end)) for one in events} == {
        (job.planned_start, job.planned_end) for job in jobs
    }
    assert {type(one.start) for one in events} == {datetime, date}
    assert {str(one["summary"]) for one in events} == {job.title for job in jobs}


@pytest.mark.parametrize("all_day", [False, True])
def test_what_repeats_goes_out_by_its_rule(admin: uhub.Session, all_day: bool) -> None:
    project = admin.create_project("App X")
    # Over both changes of the clocks, with one moved, one called off, and one that another left out.
    rule = {"rule": "FREQ=WEEKLY;INTERVAL=2", "timezone": "Europe/Paris", "except": [SOON + timedelta(days=28)]}
    start = datetime.combine(SOON.date(), datetime.min.time(), PARIS) if all_day else SOON
    if all_day:
        rule["except"] = [start + timedelta(days=28)]
    made = admin.create_job(project.id, "Patch", "ops", start, environment="staging", all_day=all_day, recurrence=rule)
    assert isinstance(made, uhub.Job) and made.series_id is not None
    jobs = admin.jobs(project_id=project.id)
    admin.move_job(jobs[3].id, jobs[3].planned_start + timedelta(days=1))
    admin.cancel_job(jobs[5].id)
    text = admin.calendar_ics(project_id=project.id)
    read = icalendar.Calendar.from_ical(text)
    (master,) = [one for one in read.walk("VEVENT") if "rrule" in one]
    assert str(master["uid"]) == f"{made.series_id}@uhub" and dict(master["rrule"])["INTERVAL"] == [2]
    assert len(read.walk("VTIMEZONE")) == (0 if all_day else 1)
    if not all_day:
        assert master["dtstart"].params["TZID"] == "Europe/Paris" and master.start == SOON

    # The zone as the file tells it, not as the reader knows it.
    for told_zone in (text, text.replace("Europe/Paris", "/uhub/somewhere")):
        until = SOON + timedelta(days=150)
        found = recurring_ical_events.of(icalendar.Calendar.from_ical(told_zone)).between(SOON - HOUR * 24, until)
        alive = [one for one in found if one.get("status") != "CANCELLED"]
        expected = [job for job in admin.jobs(project_id=project.id) if job.status == "planned" and job.planned_start < until]
        assert sorted(instant(one.start) for one in alive) == sorted(job.planned_start for job in expected)
        assert sorted(instant(one.end) for one in alive) == sorted(job.planned_end for job in expected)


def test_what_was_exported_and_comes_back_is_not_doubled(admin: uhub.Session) -> None:
    project = admin.create_project("App X")
    admin.create_job(
        project.id, "Standup", "meeting", SOON, description="Bring coffee", recurrence={"rule": "FREQ=WEEKLY;COUNT=5"}
    )
    admin.create_job(project.id, "Retro", "meeting", SOON + HOUR, description="Bring cake")
    before = admin.jobs(project_id=project.id)
    moved = admin.move_job(before[3].id, before[3].planned_start + HOUR)
    before = admin.jobs(project_id=project.id)
    done = admin.import_ics(admin.calendar_ics(project_id=project.id), kind="meetings", project_id=project.id)
    assert (done.created, done.updated, done.cancelled) == (0, 0, 0) and done.unchanged == len(before) == 6
    assert admin.jobs(project_id=project.id) == before and isinstance(moved, uhub.Job)


def test_the_whole_hub_a_project_a_person(hub: uhub.Hub, admin: uhub.Session) -> None:
    one, other = admin.create_project("One"), admin.create_project("Other")
    text = calendar(event("1", SOON, SOON + HOUR)).to_ical().decode()
    for project in (one, other):
        admin.import_ics(text, kind="meetings", project_id=project.id)
    bob = admin.create_user("bob", role="dev", email="bob@example.org", display_name="Bob", password="long enough")
    hub.as_user("bob").import_ics(text.replace("UID:1", "UID:2"), kind="meetings", project_id=one.id)

    def count(**which: Any) -> int:
        return len(icalendar.Calendar.from_ical(admin.calendar_ics(**which)).walk("VEVENT"))

    assert count() == 3
    assert count(project_id=one.id) == 2
    assert count(person=bob.id) == 1
    assert count(mine=True) == 2
    assert count(start=SOON + 2 * HOUR, end=SOON + 3 * HOUR) == 0


def test_what_is_not_sound_is_refused_by_its_line(admin: uhub.Session) -> None:
    project = admin.create_project("App X")
    good = calendar(event("1", SOON, SOON + HOUR)).to_ical().decode()
    for bad, word in (
        (good.replace("SUMMARY", "RRULE:FREQ=SECONDLY\r\nSUMMARY"), "every hour"),
        (good.replace("DTSTART;TZID=Europe/Paris", "DTSTART;TZID=Middle Earth"), "Middle Earth"),
        (good.replace("END:VEVENT", ""), "ends a VCALENDAR"),
        ("hello", "line 1"),
    ):
        with pytest.raises(uhub.Invalid, match=word):
            admin.import_ics(bad, kind="meetings", project_id=project.id)
    assert not admin.jobs()
