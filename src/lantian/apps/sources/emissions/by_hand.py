"""Activities that are entered by hand: one source in one year, computed at once with the reason of every number.

They are rows of the same table that the workbook fills, so there is one record and no second list: whatever is entered
here is in the next run and in the workbook that is written, and an import of the source replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.emissions import telling
from lantian.apps.sources.emissions.rows import Built, built_of, cells, inventory_books, stored
from lantian.apps.sources.emissions.running import emission_of
from lantian.apps.sources.models import Activity, Source
from lantian.office.inventory_workbook import read_fields
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS, Books
from lantian.rules.sources.calculations import CALCULATIONS
from lantian.rules.sources.choosing import Candidate, Wanted, candidates, choose, listed
from lantian.rules.sources.details import Detail, detailed
from lantian.rules.sources.errors import FactorError, Message, SourcesError
from lantian.rules.sources.inventory import Inventory, run
from lantian.rules.sources.layout import BY_KEY, BY_NAME
from lantian.rules.sources.results import Emission as Result
from lantian.rules.sources.rows import Row
from lantian.rules.sources.units import parse_unit

#: sheets that are entered by hand at a source, those first that give emissions
SHEETS = (*CALCULATIONS, "facilities", "monitors", "stacks", "shares")
#: what the rows of one activity have in common, whatever their pollutant
CLASS = ("unit", "source_class", "trade", "item", "technology")
SHARED = (*CLASS, "activity", "activity_unit", "size_mw", "sulphur", "ash")
#: units that an activity is offered in, by what its factors count
UNITS = (
    "t", "万t", "kg", "m3", "万m3", "亿m3", "km", "万km", "m2", "万m2", "hm2", "kWh", "万kWh", "GJ", "辆", "件", "h", "辆·km",
)  # fmt: skip
_ORDER = {name: at for at, name in enumerate((*POLLUTANTS, *EXTRA_POLLUTANTS))}


@dataclass(frozen=True, slots=True)
class OfSource:
    """What a source emits in a year, from its activities as they are or would be."""

    built: Built
    books: Books
    inventory: Inventory
    details: tuple[Detail, ...]

    def of_rows(self, keys: Iterable[int]) -> tuple[list[dict[str, Any]], list[Result]]:
        """Emissions that were computed from activities with these keys, as pages tell them; and their gaps."""
        places = {place for place, key in self.built.activities.items() if key in set(keys)}
        found = [one for one in self.details if self._place(one.emission) in places]
        found.sort(key=lambda one: _ORDER.get(one.pollutant, len(_ORDER)))
        told = [
            telling.explained(emission_of(one, self.built.activities.get(self._place(one.emission))))
            for one in found
        ]
        return told, [gap for gap in self.inventory.gaps if self._place(gap) in places]

    @property
    def all_told(self) -> list[dict[str, Any]]:
        """Every emission of the source."""
        return self.of_rows(self.built.activities.values())[0]

    @property
    def sums(self) -> list[dict[str, str]]:
        """Sums by pollutant."""
        sums: dict[str, Fraction] = {}
        for one in self.details:
            sums[one.pollutant] = sums.get(one.pollutant, Fraction(0)) + one.t
        return [{"pollutant": name, "t": telling.tonnes(sums[name])} for name in sorted(sums, key=_place_of)]

    @staticmethod
    def _place(entry: Result) -> tuple[str, int]:
        layout = BY_NAME.get(entry.sheet)
        return (layout.key if layout is not None else "", entry.row)


def _place_of(pollutant: str) -> int:
    return _ORDER.get(pollutant, len(_ORDER))


def rows_of(
    actor: Actor, source: Source, year: int, permission: str = INVENTORY_RUN
) -> list[Activity]:
    """The activities of a source in a year that the actor may use."""
    rows = actor.rows(Activity.objects.filter(source=source, year=year), permission)
    return list(rows.order_by("pk").select_related("source__region"))


def computed(rows: Sequence[Activity], year: int, *, abroad: bool = False) -> OfSource:
    """Compute activities of one source, saved or not."""
    built, books = built_of(rows, year), inventory_books()
    inventory = run(built.rows, (), books, year, abroad=abroad)
    return OfSource(built, books, inventory, detailed(inventory, built.rows, books))


def draft(source: Source | None, year: int, sheet: str, values: Mapping[str, Any], key: int = -1) -> Activity:
    """An activity that is not saved; its key is for the computing only."""
    return Activity(pk=key, source=source, year=year, sheet=sheet, values=dict(values))


def read(sheet: str, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Message]]:
    """The values of a form as they are kept, and what is wrong by field."""
    values, wrong = read_fields(BY_KEY[sheet], texts)
    return stored(Row(sheet, 0, values)), wrong


def shown(sheet: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What is kept as the texts of a form."""
    found: dict[str, str] = {}
    for key, value in cells(sheet, values).items():
        if isinstance(value, bool):
            found[key] = "是" if value else "否"
        elif isinstance(value, tuple):
            found[key] = "、".join(format(number, "f") for number in value)
        elif value is not None:
            found[key] = value if isinstance(value, str) else format(value, "f")  # type: ignore[str-format]
    return found


def named(sheet: str, values: Mapping[str, Any]) -> str:
    """An activity in a few words."""
    texts = shown(sheet, values)
    words = [
        texts.get(field.key, "")
        for field in BY_KEY[sheet].fields
        if field.kind == "text" and field.key not in ("source_id", "own_grounds", "grounds", "factor", "own_unit")
    ]
    units = {text for text in (texts.get("activity_unit"), texts.get("used_unit"), texts.get("total_unit")) if text}
    amount = texts.get("activity") or texts.get("used") or texts.get("total") or ""
    said = " ".join(word for word in words if word and word not in units)
    return " ".join(word for word in (said, amount, *units) if word)


def group(rows: Sequence[Activity], row: Activity) -> list[Activity]:
    """The rows of one activity: itself, and those that say something else about single pollutants of it."""
    if row.sheet != "activities":
        return [row]
    return [one for one in rows if one.sheet == row.sheet and same(one.values, row.values)]


def same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether two rows of activities are of one activity."""
    return all((left.get(key) or "") == (right.get(key) or "") for key in CLASS)


# --- factors ---


def wanted_of(values: Mapping[str, Any], source: Source, year: int, *, abroad: bool = False) -> Wanted:
    """What a row of activities asks the books for."""
    row = Row("activities", 0, cells("activities", values))
    region = source.region.code if source.region is not None else ""
    return Wanted(
        row.text("source_class"), row.text("item"), row.text("trade"), row.text("technology"), row.number_of("size_mw"),
        region, year, abroad,
    )  # fmt: skip


def levels(books: Books, chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """What the books offer for class, trade, fuel or product and process, each below what was chosen before it."""
    held = [one for one in books.factors if not one.abroad and not one.source_class.startswith("移动源")]
    classes = list(dict.fromkeys(one.source_class for one in held))
    classes += [one.source_class for one in books.boilers if one.source_class not in classes]
    held = [one for one in held if one.source_class == chosen.get("source_class")]
    boilers = [one for one in books.boilers if one.source_class == chosen.get("source_class")]
    trades = list(dict.fromkeys([one.trade for one in held] + [name for one in boilers for name in one.trades]))
    if chosen.get("trade"):
        held = [one for one in held if one.trade == chosen["trade"]]
    items = list(dict.fromkeys(one.item for one in held))
    coal = bool(boilers)
    if coal:
        items = list(dict.fromkeys([*items, *sorted(books.coal_fuels)]))
    burnt = chosen.get("item", "") in books.coal_fuels
    if chosen.get("item"):
        held = [one for one in held if one.item == chosen["item"]]
    processes = list(dict.fromkeys(one.technology for one in held))
    if burnt:
        processes = list(dict.fromkeys([*processes, *(one.technology for one in boilers)]))
    return {
        "source_class": list(dict.fromkeys(classes)),
        "trade": [name for name in trades if name],
        "item": [name for name in items if name],
        "technology": [name for name in processes if name],
    }


def units_for(books: Books, wanted: Wanted) -> list[str]:
    """The units that an activity can be given in, so that a factor of it gives a mass."""
    needed = set()
    for factor in candidates(books, wanted):
        for text in factor.units:
            dimension = {name: -power for name, power in parse_unit(text).dimension}
            dimension["mass"] = dimension.get("mass", 0) + 1
            needed.add(tuple(sorted((name, power) for name, power in dimension.items() if power)))
    if wanted.item in books.coal_fuels:
        needed.add((("mass", 1),))
    return [unit for unit in UNITS if parse_unit(unit).dimension in needed]


def needs(books: Books, wanted: Wanted) -> frozenset[str]:
    """Which further columns the method asks for: sulphur and ash of coal, the size where factors depend on it."""
    found = set()
    if wanted.item in books.coal_fuels:
        found |= {"sulphur", "ash"}
    if any(factor.size_mw is not None for factor in candidates(books, wanted)):
        found.add("size_mw")
    return frozenset(found)


def factors_of(books: Books, wanted: Wanted, pollutant: str, chosen: str) -> list[dict[str, Any]]:
    """The candidates for a pollutant, with the one that the order of preference takes and the one that was chosen."""
    try:
        usual = choose(books, wanted, pollutant).factor.name
    except FactorError:
        usual = ""
    return [_candidate(one, usual, chosen) for one in listed(books, wanted, pollutant)]


def usual_of(books: Books, wanted: Wanted, pollutant: str) -> tuple[list[str], str]:
    """Why the order of preference takes its factor, or why it takes none."""
    try:
        return [message.text(__) for message in choose(books, wanted, pollutant).why], ""
    except SourcesError as error:
        return [], error.message.text(__)


def _candidate(one: Candidate, usual: str, chosen: str) -> dict[str, Any]:
    factor = one.factor
    size = ""
    if factor.size_mw is not None:
        low, high = factor.size_mw
        size = f"{low if low is not None else ''}–{high if high is not None else ''} MW"
    return {
        "factor": factor,
        "name": factor.name,
        "value": f"{factor.value} {' / '.join(factor.units)}",
        "what": " › ".join(word for word in (factor.trade, factor.item, factor.technology, size) if word),
        "usual": factor.name == usual,
        "chosen": factor.name == chosen,
        "why_not": one.why_not.text(__) if one.why_not is not None else "",
        "settled": len(factor.units) == 1,
    }
