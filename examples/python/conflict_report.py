"""Which appointments of a calendar collide: `python conflict_report.py team.ics [...]`.

Reads what any calendar exports (`.ics`); whatever has the same LOCATION shares it, and cannot have it twice.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from icalendar import Calendar

import uhub


def instant(at: date | datetime) -> datetime:
    """Whole days begin at midnight; times without a zone are taken as UTC."""
    whole = at if isinstance(at, datetime) else datetime.combine(at, time())
    return whole if whole.tzinfo else whole.replace(tzinfo=timezone.utc)


def slots(text: str) -> list[tuple[str, str, uhub.Slot]]:
    """Title, place and slot of each appointment that has a place."""
    found = []
    for event in Calendar.from_ical(text).walk("VEVENT"):
        start = instant(event["DTSTART"].dt)
        length = timedelta(days=1) if not isinstance(event["DTSTART"].dt, datetime) else timedelta(hours=1)
        end = instant(event["DTEND"].dt) if "DTEND" in event else start + length
        if place := str(event.get("LOCATION", "")):
            found.append((str(event.get("SUMMARY", "?")), place, uhub.Slot(start, end)))
    return found


def report(texts: list[str]) -> list[str]:
    """A line for each collision, and where the later one could go instead."""
    all_slots = [slot for text in texts for slot in slots(text)]
    lines = []
    for a, b in uhub.find_conflicts((key, place, slot) for key, (_, place, slot) in enumerate(all_slots)):
        (first, place, _), (second, _, slot) = all_slots[a], all_slots[b]
        busy = [other for key, (_, at, other) in enumerate(all_slots) if at == place and key != b]
        free, shift = uhub.suggest(slot, busy, limit=1)[0]
        lines.append(f"{place}: {first!r} and {second!r}; free for the second: {free.start:%a %d %b %H:%M} ({shift})")
    return lines


if __name__ == "__main__":
    found = report([Path(name).read_text() for name in sys.argv[1:]])
    print("\n".join(found) or "nothing collides")
    sys.exit(1 if found else 0)
