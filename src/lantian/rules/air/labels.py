"""What a label of time in a table of air data means.

Hours are labelled by their end: 16:00 covers 15:00 to 16:00, the hours of a day are 01:00 to 24:00. So an hour belongs to
the day of its label minus one hour. Campaign time is that of Beijing, UTC+8.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "UTC+8")

_LABEL = re.compile(
    r"(?P<y>\d{4})(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?|(?P<md>\d{4}))"
    r"(?:(?:[T\s]\s*(?P<h>\d{1,2})(?:[:时点](?P<min>\d{1,2})?分?(?::(?P<s>\d{1,2})(?:\.\d{1,9})?)?)?"
    r"|(?<=\d{8})(?P<hh>\d{2})(?P<mm>\d{2})?)"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)


def moment_of(text: str) -> tuple[datetime, bool] | None:
    """The moment of a label in Beijing time, and whether it names a time of day; None where it is no label."""
    found = _LABEL.fullmatch(text.strip())
    if found is None:
        return None
    month, day = (found["md"][:2], found["md"][2:]) if found["md"] else (found["m"], found["d"])
    hour_text = found["h"] or found["hh"]
    hour, minute, second = int(hour_text or 0), int(found["min"] or found["mm"] or 0), int(found["s"] or 0)
    if hour > 24 or (hour == 24 and (minute or second)) or minute > 59 or second > 59:
        return None
    try:
        moment = datetime(int(found["y"]), int(month), int(day)) + timedelta(
            hours=hour, minutes=minute, seconds=second
        )
        if found["zone"]:
            zone = found["zone"].upper().replace(":", "")
            hours, minutes = (0, 0) if zone == "Z" else (int(zone[1:3]), int(zone[3:]))
            if hours > 15 or minutes > 59:
                return None
            offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
            moment = moment - offset + timedelta(hours=8)
    except (ValueError, OverflowError):
        return None
    return moment, hour_text is not None


def day_of_hour(text: str) -> date | None:
    """The day that an hour belongs to; None where the text is no label of an hour.

    >>> day_of_hour("2026-03-01 00:00"), day_of_hour("2026-03-01 01:00"), day_of_hour("2026-02-28 24:00")
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1), datetime.date(2026, 2, 28))
    """
    read = moment_of(text)
    if read is None or not read[1]:
        return None
    try:
        return (read[0] - timedelta(hours=1)).date()
    except OverflowError:
        return None


def hour_of(text: str) -> tuple[date, int] | None:
    """The day and the hour of it, counted from 0, that a label of an hour names by its end; None where it names none.

    >>> hour_of("2026-03-01 00:00"), hour_of("2026-03-01 01:00"), hour_of("2026-03-01 01:30")
    ((datetime.date(2026, 2, 28), 23), (datetime.date(2026, 3, 1), 0), None)
    """
    read = moment_of(text)
    if read is None or not read[1] or read[0].minute or read[0].second:
        return None
    try:
        start = read[0] - timedelta(hours=1)
    except OverflowError:
        return None
    return start.date(), start.hour


def day_of_day(text: str) -> date | None:
    """The day that a label of a day names; None where the text is none, or names a time other than its start.

    >>> day_of_day("2026/3/1"), day_of_day("2026-03-01 00:00:00"), day_of_day("2026-03-01 10:00")
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 1), None)
    """
    read = moment_of(text)
    if read is None or (read[0].hour, read[0].minute, read[0].second) != (0, 0, 0) or "24:" in text:
        return None
    return read[0].date()
