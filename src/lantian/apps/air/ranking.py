"""Places of one level in the order of a list: candidates from the lake, the order from `lantian.rules.air.rankings`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as __

from lantian.apps.air import queries, readings
from lantian.apps.air.books import footing, office
from lantian.apps.air.indices import written
from lantian.rules.air.attainment import attainment
from lantian.rules.air.comparison import Footing
from lantian.rules.air.errors import AirError
from lantian.rules.air.evaluation import Evaluation
from lantian.rules.air.evaluation_words import reason_in_words
from lantian.rules.air.measures import (
    COMPOSITE,
    GOOD_DAYS,
    GOOD_RATIO,
    GREATEST,
    HEAVY_DAYS,
    POINTS,
    Key,
    UnknownMeasure,
    change_of,
    key_by,
)
from lantian.rules.air.periods import Period
from lantian.rules.air.ranking_lists import NONE, RAW, RankingList, plain_list
from lantian.rules.air.rankings import Candidate, Placed, Ranking, rank

#: figures that a page offers beside the lists of the book
PLAIN = ("index", "pm25", "pm10", "o3", "no2", "good_ratio", "heavy_days", "change", "change-pm25")
LEVELS = ("prefecture", "county")
#: memory of a row, nearly [bytes]
_OF_ROW = 5_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the page."""

    placed: Placed
    place: queries.Place
    value: Decimal | None
    unit: str
    change: Decimal | None
    change_unit: str
    #: place in the base period, and by how much it has moved up since
    before: int | None
    moved: int | None
    reasons: Sequence[str]

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of the period."""
        return self.placed.candidate.this


@dataclass(frozen=True, slots=True)
class Table:
    """A ranking with its words."""

    ranking: Ranking
    rows: Sequence[Shown]
    base: Period | None
    footing: Footing
    reasons: Sequence[str]
    #: what tells it from others: the same key, the same rows and words
    key: Hashable


def key_words(key: Key) -> str:
    """What a list orders by, in words."""
    words = {
        COMPOSITE: __("Composite index"),
        GREATEST: __("Greatest single index"),
        GOOD_DAYS: __("Good days"),
        GOOD_RATIO: __("Share of good days"),
        HEAVY_DAYS: __("Heavy days"),
    }
    word = words.get(key.figure, written(key.figure))
    return __("Change of %(what)s") % {"what": word} if key.change else word


def unit_of(key: Key) -> str:
    """The unit of what a list orders by."""
    if key.change:
        if key.unit == POINTS:
            return __("percentage points")
        return __("days") if key.unit == "days" else "%"
    if key.figure in (COMPOSITE, GREATEST):
        return ""
    if key.figure == GOOD_RATIO:
        return "%"
    if key.figure in (GOOD_DAYS, HEAVY_DAYS):
        return __("days")
    return "mg/m³" if key.figure == "CO" else "µg/m³"


def lists_offered() -> list[tuple[str, str]]:
    """Lists to choose from: plain figures, then those of the book."""
    plain = [(name, key_words(key_by(name))) for name in PLAIN]
    return plain + [(one.id, f"{one.title}（{one.document}）") for one in office().lists.lists]


def list_of(name: str) -> RankingList:
    """A list by its name: a figure, or a list of the book; the composite index for anything else."""
    known = office().lists.of(name)
    if known is not None:
        return known
    try:
        return plain_list(key_by(name))
    except UnknownMeasure:
        return plain_list(key_by("index"))


def table(
    places: Sequence[queries.Place],
    period: Period,
    base: Period | None,
    by: RankingList,
    *,
    excluding_events: bool = True,
) -> Table:
    """Places in the order of a list, with their places in the base period.

    It is made once for the same days, places and list.
    """
    both = footing(period, base)
    # A list may be made of all values, or count good days without what is excluded.
    options: dict[str, Any] = {
        "excluding_events": excluding_events and by.word("statistics") != RAW,
        "days": by.word("days"),
    }
    codes = [place.code for place in places]
    found, key = queries.known_evaluations(places, period, both.this, **options)
    this = dict(zip(codes, found, strict=True))
    before: dict[str, Evaluation] = {}
    base_key: Hashable = None
    if base is not None and both.base is not None:
        of_base, base_key = queries.known_evaluations(places, base, both.base, **options)
        for code, one in zip(codes, of_base, strict=True):
            if any(statistics.valid for statistics in one.statistics.values()):
                before[code] = one
    entries = tuple((name, str(entry.value)) for name, entry in sorted(by.entries.items()))
    known = ("ranking", tuple(places), key, base_key, by.id, by.title, by.document, entries, get_language())
    return readings.kept(
        known,
        lambda: _table(places, this, before, base, by, both, known),
        size=_OF_ROW * max(len(places), 1),
    )


def _table(
    places: Sequence[queries.Place],
    this: Mapping[str, Evaluation],
    before: Mapping[str, Evaluation],
    base: Period | None,
    by: RankingList,
    both: Footing,
    known: Hashable,
) -> Table:
    judged = by.word("left_out_of_worst") != NONE
    ranking = rank(
        [
            Candidate(
                place.code,
                this[place.code],
                before.get(place.code),
                attainment(this[place.code], both.this) if judged else None,
            )
            for place in places
        ],
        by,
    )
    earlier: Ranking | None = None
    if before and not by.changes:
        earlier = rank([Candidate(code, found) for code, found in before.items()], by)
    earlier_rows = {row.entity: row for row in earlier.rows} if earlier is not None else {}
    by_code = {place.code: place for place in places}
    rows = []
    for placed in ranking.rows:
        step = placed.steps[0]
        code = placed.entity
        of_before = earlier_rows.get(code)
        old = of_before.place if of_before is not None else None
        figure = step.key.figure
        change = None
        if code in before:
            try:
                change = change_of(this[code], before[code], figure, digits=by.number("change_digits"))
            except AirError:
                change = None
        rows.append(
            Shown(
                placed,
                by_code[code],
                step.value,
                unit_of(step.key),
                change,
                unit_of(replace(step.key, change=True)),
                old,
                old - placed.place if old is not None and placed.place is not None else None,
                [
                    *(_said(reason) for reason in placed.reasons),
                    *(_said(reason) for reason in this[code].reasons),
                ],
            )
        )
    reasons = [_said(reason) for reason in (*both.reasons, *ranking.reasons)]
    return Table(ranking, rows, base, both, reasons, known)


def _said(reason: object) -> str:
    return written(reason_in_words(reason, __))  # type: ignore[arg-type]
