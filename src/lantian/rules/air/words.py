"""What is said about an AQI: classes, advice for health in our own words, reasons. English; the catalogue has the Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lantian.rules.air.aqi import Note, Scheme


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogue; it is translated when it is said."""
    return message


_ = gettext_noop

#: level → class
CLASSES: dict[int, str] = {
    1: _("Excellent"),
    2: _("Good"),
    3: _("Lightly polluted"),
    4: _("Moderately polluted"),
    5: _("Heavily polluted"),
    6: _("Severely polluted"),
}

#: level → advice; the standard's own wording has to be quoted from the standard
ADVICE: dict[int, str] = {
    1: _("Fine for everybody to be active outdoors."),
    2: _("The very few who are unusually sensitive had better spend less time outdoors."),
    3: _(
        "Children, teenagers, the old and patients of heart or lungs cut down long or hard exercise outdoors."
    ),
    4: _(
        "Children, teenagers, the old and patients of heart or lungs avoid hard exercise outdoors; others do less."
    ),
    5: _("Children, teenagers, the old and patients of heart or lungs stay in; others do less outdoors."),
    6: _("Children, teenagers, the old and patients stay in and rest; others do not go out without need."),
}

#: group of people → its name
GROUPS: dict[str, str] = {
    "asthma": _("people with asthma"),
    "respiratory": _("people with a disease of the lungs or airways"),
    "heart": _("people with a disease of heart or vessels"),
    "young": _("children and teenagers"),
    "old": _("the old"),
    "outdoors": _("people who are outdoors a lot"),
}

#: column → what it holds
COLUMN_NAMES: dict[str, str] = {
    "pm25": "PM2.5",
    "pm10": "PM10",
    "so2": "SO2",
    "no2": "NO2",
    "co": "CO",
    "o3": _("O3 1 h"),
    "o3_8h": _("O3 8 h"),
    "pm25_24h": _("PM2.5 24 h"),
    "pm10_24h": _("PM10 24 h"),
    "so2_24h": _("SO2 24 h"),
}

#: reason → message
REASONS: dict[str, str] = {
    "missing": _("missing: %(items)s"),
    "capped": _("above the last node, index held at %(index)s: %(items)s"),
    "beyond": _("above %(above)s the index of %(other)s counts: %(items)s"),
    "beyond_alone": _("above %(above)s the index of %(other)s counts, which is missing: %(items)s"),
    "withheld": _("AQI of the rest not above %(index)s, so none is given (%(clause)s)"),
    "no_value": _("no concentration to compute from"),
    "no_edition": _("no edition of the standard holds on this day"),
    "no_hour": _("the time is no label of an hour"),
    "no_day": _("the time is no label of a day"),
    "not_a_number": _("%(column)s “%(text)s” is no number"),
    "negative": _("%(column)s “%(text)s” is below zero"),
    "too_large": _("%(column)s “%(text)s” is beyond all measure"),
    "short_row": _("the row has %(found)s cells instead of %(wanted)s"),
}


#: between reasons, and between the items of one
BETWEEN_REASONS, BETWEEN_ITEMS = _("; "), _(", ")


def column_name(column: str, translate: Callable[[str], str] = str) -> str:
    """What a column holds, in words."""
    return translate(COLUMN_NAMES[column])


def reasons_of(
    withheld: bool,
    notes: Iterable[tuple[Note, str]],
    has_aqi: bool,
    scheme: Scheme,
    translate: Callable[[str], str] = str,
) -> list[str]:
    """The reasons of a row in words, in a fixed order.

    Parameters
    ----------
    withheld, notes
        As `aqi.AqiResult` or `columns.notes_of` give them.
    has_aqi
        Whether there is an AQI.
    translate
        Gives the message in the language of the reader.
    """
    order = {item.column: place for place, item in enumerate(scheme.layout.items)}
    by_note: dict[Note, list[str]] = {}
    for note, column in sorted(notes, key=lambda pair: (pair[0], order[pair[1]])):
        by_note.setdefault(note, []).append(column)

    # One O3 among the items needs no averaging time to be known.
    single = sum(column.startswith("o3") for column in order) == 1

    def names(columns: list[str]) -> str:
        words = (
            "O3" if single and name.startswith("o3") else column_name(name, translate) for name in columns
        )
        return translate(BETWEEN_ITEMS).join(words)

    said: list[str] = []
    if not has_aqi and not withheld:
        said.append(translate(REASONS["no_value"]))
    if Note.MISSING in by_note and (has_aqi or withheld or len(by_note[Note.MISSING]) < len(order)):
        said.append(translate(REASONS["missing"]) % {"items": names(by_note[Note.MISSING])})
    for note, code in ((Note.BEYOND, "beyond"), (Note.BEYOND_ALONE, "beyond_alone")):
        for column in by_note.get(note, ()):
            table = next(item.table for item in scheme.layout.items if item.column == column)
            rule = scheme.book.beyond[table]
            said.append(
                translate(REASONS[code])
                % {
                    "above": rule.above,
                    "other": column_name(str(rule.by), translate),
                    "items": names([column]),
                }
            )
    if Note.CAPPED in by_note:
        values = {"index": scheme.book.number("highest_index"), "items": names(by_note[Note.CAPPED])}
        said.append(translate(REASONS["capped"]) % values)
    if withheld:
        values = {
            "index": scheme.layout.withhold_up_to,
            "clause": f"{scheme.book.id} {scheme.layout.clause}".strip(),
        }
        said.append(translate(REASONS["withheld"]) % values)
    return said
