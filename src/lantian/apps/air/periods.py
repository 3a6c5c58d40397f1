"""The periods that the pages offer, and what they are called."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as __

from lantian.rules.air.evaluation_books import evaluation_library
from lantian.rules.air.periods import Period, PeriodUnreadable, period_of

#: longest period that a page evaluates [days]
LONGEST = 3_660


def month_to_date(day: date) -> Period:
    """The month of a day, up to it."""
    first = day.replace(day=1)
    if (day + timedelta(days=1)).day == 1:
        return period_of(f"{day:%Y-%m}")
    return period_of(f"{first}:{day}")


def year_to_date(day: date) -> Period:
    """The year of a day, up to it."""
    return period_of(f"{day.year}YTD-{day:%m-%d}")


def last_month(day: date) -> Period:
    """The month before that of a day."""
    return period_of(f"{day.replace(day=1) - timedelta(days=1):%Y-%m}")


def offered(day: date) -> list[tuple[str, str]]:
    """Periods to choose from, as text and words; the first is that of the page."""
    ends = day.replace(day=1) - timedelta(days=1)
    quarter = (ends.month - 1) // 3
    found = [
        (month_to_date(day).text, __("This month to date")),
        (year_to_date(day).text, __("This year to date")),
        (last_month(day).text, __("Last month")),
    ]
    if ends.month % 3 == 0 or quarter:
        number = quarter + 1 if ends.month % 3 == 0 else quarter
        found.append((f"{ends.year}Q{number}", __("Last whole quarter")))
    else:
        found.append((f"{ends.year - 1}Q4", __("Last whole quarter")))
    found += [(str(day.year - 1), __("Last year")), (f"{day.year}", __("This year"))]
    return found


def read(text: str, default: Period) -> tuple[Period, str]:
    """The period that a text names, and what is wrong with the text if it names none."""
    if not text.strip():
        return default, ""
    try:
        period = period_of(text)
    except PeriodUnreadable:
        said = __(
            "“%(text)s” is no period. Write 2026-07, 2026Q3, 2026, 2026-winter or 2026-07-01:2026-07-10."
        )
        return default, said % {"text": text[:40]}
    if period.days > LONGEST:
        return default, __("A period of more than ten years is not evaluated at once.")
    if period.first.year < first_year() or period.first.year > default.last.year + 1:
        return default, __("There is no standard, or there are no days, for %(text)s.") % {"text": text[:40]}
    return period, ""


def first_year() -> int:
    """The first year in which days can be evaluated: the one after the first edition began to be used."""
    return evaluation_library().books[0].early_from.year + 1


def words(period: Period) -> str:
    """A period in words."""
    first, last = period.first, period.last
    if period.kind == "month":
        return __("%(year)d-%(month)02d") % {"year": first.year, "month": first.month}
    if period.text == str(first.year):
        return __("the year %(year)d") % {"year": first.year}
    return f"{first} ~ {last}"
