"""An inventory in full: every emission with its class in both systems, its region, and what it was multiplied from.

An emission is activity × factor × what control leaves; the factor here is what came out before control by the activity,
whatever formula gave it, so the three multiply to the emission exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lantian.rules.sources import burning
from lantian.rules.sources.books import Books
from lantian.rules.sources.classes import Category, TenClass
from lantian.rules.sources.classification import parse_trade
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.inventory import Inventory, facility_of
from lantian.rules.sources.layout import BY_KEY
from lantian.rules.sources.placing import MOBILE, sector_of
from lantian.rules.sources.results import Emission
from lantian.rules.sources.rows import Row
from lantian.rules.sources.units import Quantity, parse_unit

#: where nothing is done, as the guide writes it
NO_CONTROL = "无控制措施"
#: of a mass to its size: a facility for one of them is a facility for dust
_FRACTIONS = {"PM10": ("PM10", "PM2.5-10", "PM2.5"), "PM2.5": ("PM2.5",), "BC": ("BC",), "OC": ("OC",)}
#: trades of the guide's scope of power and heat, and of industry
_POWER = ("D4411", "D4412", "D4417", "D4430")
_PARTS = {
    "solvents": "工业溶剂使用", "sinter": "工艺过程", "tanks": "储罐", "leaks": "工艺过程", "vehicles": "道路移动源",
    "links": "道路移动源", "machines": "非道路移动源", "roads": "道路扬尘", "sites": "施工扬尘", "piles": "堆场扬尘",
    "soils": "土壤扬尘", "animals": "畜禽养殖", "fertilisers": "氮肥施用", "burning": "生物质开放燃烧",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detail:
    """An emission that was computed, and where it stands.

    Attributes
    ----------
    activity
        In the unit of its kind; None where a row of monitors has none.
    before
        Before control [t]; of monitors, what left the stack.
    """

    emission: Emission
    source: Row | None
    category: Category
    ten: TenClass
    activity: Quantity | None
    before: Fraction

    @property
    def t(self) -> Fraction:
        """The emission [t]."""
        assert self.emission.t is not None
        return self.emission.t

    @property
    def pollutant(self) -> str:
        """Its pollutant."""
        return self.emission.pollutant or ""

    @property
    def left(self) -> Fraction:
        """What control leaves, from 0 to 1."""
        return self.t / self.before if self.before else Fraction(1)

    @property
    def region(self) -> str:
        """Administrative code of the source, or empty."""
        return self.source.text("region") if self.source is not None else ""

    @property
    def name(self) -> str:
        """Name of the source, or empty."""
        return self.source.text("name") if self.source is not None else ""


def detailed(inventory: Inventory, rows: Sequence[Row], books: Books) -> tuple[Detail, ...]:
    """Each computed emission with its place, in order."""
    sources = {row.source_id: row for row in rows if row.sheet == "sources"}
    by_place = {(BY_KEY[row.sheet].name, row.number): row for row in rows if row.sheet != "sources"}
    monitors: dict[tuple[str, str, str], list[Row]] = {}
    for measured in rows:
        if measured.sheet == "monitors":
            key = measured.source_id, measured.unit, measured.text("pollutant")
            monitors.setdefault(key, []).append(measured)
    control = _Control(rows, books)
    known: dict[Category, TenClass] = {}
    activities: dict[tuple[str, int], Quantity | None] = {}
    categories: dict[tuple[str, int, str], Category] = {}
    found: list[Detail] = []
    main: Mapping[tuple[str, str], Row] = _main_rows(by_place)
    for entry in inventory.emissions:
        if entry.t is None or not entry.pollutant:
            continue
        row = by_place.get((entry.sheet, entry.row))
        source = sources.get(entry.source_id)
        shown: Row | None = row
        activity: Quantity | None = None
        if entry.method == "monitored":
            for unit in (entry.unit, ""):
                if (entry.source_id, unit) in main:
                    shown = main[entry.source_id, unit]
                    break
            group = monitors.get((entry.source_id, entry.unit, row.text("pollutant") if row else ""), ())
            activity = _gas(group)
        elif row is not None:
            # the pollutants of a row have its activity and class in common
            activity = activities.get((entry.sheet, entry.row))
            if activity is None:
                activity = activities[entry.sheet, entry.row] = activity_of(row, books)
        place = (shown.sheet, shown.number) if shown is not None else ("", 0)
        category = categories.get((*place, entry.source_id))
        if category is None:
            category = categories[*place, entry.source_id] = category_of(shown, source)
        category = replace(category, level4=control.of(entry))
        ten = known.get(category)
        if ten is None:
            ten = known[category] = books.classes.ten_of(category)
        before = entry.t if entry.before is None else entry.before
        found.append(Detail(entry, source, category, ten, activity, before))
    return tuple(found)


def _main_rows(by_place: Mapping[tuple[str, int], Row]) -> dict[tuple[str, str], Row]:
    """The row that says most of what a monitored unit is: the one with the greatest activity of its sheet."""
    found: dict[tuple[str, str], Row] = {}
    for row in by_place.values():
        if row.sheet in ("activities", "sinter", "solvents"):
            for unit in {row.unit, ""}:
                best = found.get((row.source_id, unit))
                if best is None or _size(row) > _size(best):
                    found[row.source_id, unit] = row
    return found


def _size(row: Row) -> tuple[int, Fraction]:
    if row.sheet != "activities":
        return 0, Fraction(0)
    try:
        unit = parse_unit(row.text("activity_unit"))
    except SourcesError:
        return 1, Fraction(0)
    return 1, Fraction(row.decimal("activity")) * unit.factor


# --- classes ---


def _trade(source: Row | None) -> str:
    if source is None or not source.text("trade"):
        return ""
    try:
        return parse_trade(source.text("trade"))
    except SourcesError:
        return ""


def category_of(row: Row | None, source: Row | None) -> Category:
    """Class and levels of a row, control apart."""
    code = _trade(source)
    if row is None:
        return Category(sector_of("monitors", trade=code), level1=code)
    word = row.text("source_class")
    name = sector_of(row.sheet, word, code)
    if row.sheet == "activities":
        part = word.partition("-")[2] or ("油品储运销" if word == "油品储运销" else "")
        if word == "移动源":
            part = "道路移动源"
        # The guide's level 1 of plants is the class of trade; where the source says none, the row's word for it.
        fits = code in _POWER if name == "电力热力源" else name == "工业源" and code[:1] in ("B", "C", "D")
        return Category(
            name, part, code if fits else row.text("trade"), row.text("item"), row.text("technology")
        )
    part = _PARTS.get(row.sheet, "")
    if row.sheet == "tanks" and name == MOBILE:
        part = "油品储运销"
    if row.sheet == "monitors":
        return Category(name, part, code)
    levels = _LEVELS.get(row.sheet, ())
    said = [row.text(key) for key in levels] + [""] * (3 - len(levels))
    if row.sheet in ("solvents", "sinter", "tanks", "leaks"):
        said = [code or said[0], said[0] or said[1], said[1]]
    if row.sheet == "sinter":
        said = [code or "黑色金属冶炼和压延加工业", "烧结矿", ""]
    if row.sheet in ("vehicles", "links"):
        said[1] = f"{said[0]}（{said[1]}）"
    if row.sheet in ("roads", "sites", "piles", "soils", "fertilisers", "burning"):
        said = [part, said[0], said[1]]
    return Category(name, part, *said)


_LEVELS: Mapping[str, tuple[str, ...]] = {
    "solvents": ("material",), "tanks": ("material",), "leaks": ("medium", "component"),
    "vehicles": ("vehicle", "fuel", "stage"), "links": ("vehicle", "fuel", "stage"), "machines": ("machine",),
    "roads": ("surface",), "animals": ("animal", "phase"), "fertilisers": ("crop",), "burning": ("item",),
}  # fmt: skip


class _Control:
    """What is done about a pollutant at a unit: level 4."""

    def __init__(self, rows: Iterable[Row], books: Books) -> None:
        self._acting: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
        for row in rows:
            if row.sheet == "facilities":
                try:
                    facility, targets = facility_of(row, books)
                except SourcesError:
                    continue
                place = self._acting.setdefault((row.source_id, row.unit), [])
                place.append((facility.technology, frozenset(targets)))

    def of(self, entry: Emission) -> str:
        """The facilities that may act on an emission."""
        wanted = _FRACTIONS.get(entry.pollutant or "", (entry.pollutant or "",))
        names: dict[str, None] = {}
        for unit in dict.fromkeys((entry.unit, "")):
            for name, targets in self._acting.get((entry.source_id, unit), ()):
                if "*" in targets or not targets.isdisjoint(wanted):
                    names.setdefault(name)
        return "+".join(names) or NO_CONTROL


# --- activity ---


def _gas(rows: Sequence[Row]) -> Quantity | None:
    """Gas of a monitored pollutant in the year."""
    total = Fraction(0)
    for row in rows:
        try:
            flow = Quantity(Fraction(row.decimal("flow")), parse_unit(row.text("flow_unit"))).in_unit("m3/h")
        except SourcesError:
            return None
        total += flow * Fraction(row.decimal("hours"))
    return Quantity(total, parse_unit("m3")) if rows else None


def activity_of(row: Row, books: Books) -> Quantity | None:
    """What a row counts: fuel, product, solvent, kilometres, work, area, nitrogen; None where it cannot be told."""

    def number(*keys: str) -> Fraction:
        value = Fraction(1)
        for key in keys:
            value *= Fraction(row.decimal(key))
        return value

    try:
        match row.sheet:
            case "activities":
                unit = parse_unit(row.text("activity_unit"))
                return _based(Quantity(number("activity"), unit))
            case "solvents":
                return _based(Quantity(number("used"), parse_unit(row.text("used_unit"))))
            case "sinter":
                return Quantity.of(number("ore") + number("fuel"), "t")
            case "tanks":
                return Quantity.of(number("throughput"), "t")
            case "leaks":
                return Quantity.of(number("points", "hours"), "件·h")
            case "vehicles":
                return Quantity.of(number("vehicles", "km"), "辆·km")
            case "links":
                flows = row.values.get("flows")
                counted = sum(flows, start=0) if isinstance(flows, tuple) else 0
                return Quantity.of(Fraction(counted) * number("length", "days"), "辆·km")
            case "machines":
                return Quantity.of(number("machines", "power", "hours"), "kWh")
            case "roads":
                return Quantity.of(number("length", "traffic"), "辆·km")
            case "sites":
                return Quantity.of(number("area", "months"), "m2·月")
            case "piles":
                return Quantity.of(number("handled"), "t")
            case "soils":
                return Quantity.of(number("area"), "hm2")
            case "animals":
                return Quantity.of(number("tan"), "t")
            case "fertilisers":
                return Quantity.of(number("nitrogen"), "t")
            case "burning":
                return Quantity.of(burning_t(row, books), "t")
    except (SourcesError, KeyError, AssertionError):
        return None
    return None


#: units that activities are compared in, by dimension
_BASES = ("t", "m3", "kWh", "m2", "h", "辆", "km", "辆·km")


def _based(quantity: Quantity) -> Quantity:
    for unit in _BASES:
        if parse_unit(unit).dimension == quantity.unit.dimension:
            return Quantity.of(quantity.in_unit(unit), unit)
    return quantity


def burning_t(row: Row, books: Books) -> Fraction:
    """What burns by a row of open burning [t]."""
    amount, way = row.decimal("amount"), row.text("way")
    straw = books.value("burning.straw")
    if way == "秸秆产量":
        return burning.straw_t(amount, row.decimal("ratio"), row.decimal("burnt"), straw)
    if way == "焚烧面积":
        return burning.straw_by_area_t(amount, row.decimal("by_area"), row.decimal("ratio"), straw)
    if way == "火点数":
        return burning.straw_by_points_t(amount, books.value("burning.fire_point"))
    rate = books.value("burning.forest" if way == "森林" else "burning.grass")
    return burning.vegetation_t(amount, row.decimal("by_area"), rate)


# --- sums ---


def class_of(detail: Detail, system: int) -> tuple[str, str]:
    """Class and sub-class of an emission in a system of 8 or 10 classes."""
    if system == 10:
        return detail.ten.name, detail.ten.subsector
    category = detail.category
    part = f"{category.part}：" if category.part and category.part != category.level1 else ""
    return category.name, part + (category.level1 or "未注明")


def by_class(details: Iterable[Detail], system: int) -> dict[tuple[str, str], Fraction]:
    """Sums by class and pollutant [t]."""
    found: dict[tuple[str, str], Fraction] = {}
    for detail in details:
        name = detail.ten.name if system == 10 else detail.category.name
        found[name, detail.pollutant] = found.get((name, detail.pollutant), Fraction(0)) + detail.t
    return found
