"""From a row of the workbook to emissions before control: one function for each sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from lantian.rules.sources import ammonia, burning, combustion, dust, mobile, processes
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS, Books
from lantian.rules.sources.choosing import Choice, Wanted, candidates, choose, pollutants_of
from lantian.rules.sources.choosing import named as named_factor
from lantian.rules.sources.errors import FactorError, InputError, Message, SourcesError, _
from lantian.rules.sources.results import Missing, Raw, UsedFactor
from lantian.rules.sources.rows import Row
from lantian.rules.sources.units import Quantity, parse_unit, product

PARTICLES = ("PM10", "PM2.5")
_OF_COAL = ("SO2", "NOx", "CO", "VOCs", "PM10", "PM2.5", "BC", "OC")
_ROAD = ("CO", "VOCs", "NOx", "PM10", "PM2.5")
_STRAW = "生物质开放燃烧源"


@dataclass
class Context:
    """What the calculations of a run share; `used` collects unverified parameters of a row."""

    books: Books
    year: int
    abroad: bool = False
    #: administrative code by source
    regions: Mapping[str, str] = field(default_factory=dict)
    #: pollutants that have a row of their own, by source, unit and what is made or burnt
    owned: Mapping[tuple[str, ...], frozenset[str]] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    _chosen: dict[tuple[Wanted, str], Choice | FactorError] = field(default_factory=dict)
    _pollutants: dict[Wanted, list[str]] = field(default_factory=dict)

    def chosen(self, wanted: Wanted, pollutant: str) -> Choice:
        """The factor for a pollutant, looked for once in a run; see :func:`choose`."""
        found = self._chosen.get((wanted, pollutant))
        if found is None:
            try:
                found = choose(self.books, wanted, pollutant)
            except FactorError as error:
                found = error
            self._chosen[wanted, pollutant] = found
        if isinstance(found, FactorError):
            raise found
        return found

    def pollutants(self, wanted: Wanted) -> list[str]:
        """Pollutants with a factor, looked for once in a run; see :func:`pollutants_of`."""
        found = self._pollutants.get(wanted)
        if found is None:
            found = self._pollutants[wanted] = pollutants_of(self.books, wanted)
        return found

    def value(self, name: str) -> Decimal:
        """A parameter; that it was used is remembered."""
        found = self.books.value(name)
        self.used.setdefault(name)
        return found

    def remarks(self) -> tuple[Message, ...]:
        """What must be said about the parameters that were used since the last call."""
        said = []
        for name in self.used:
            parameter = self.books.parameters[name]
            if parameter.override:
                said.append(
                    Message(
                        _("%(label)s %(value)s set by the office: %(grounds)s"),
                        label=parameter.label, value=str(parameter.value), grounds=parameter.override,
                    )
                )  # fmt: skip
            elif parameter.grade == "L":
                said.append(
                    Message(
                        _("%(label)s %(value)s is a default that was not verified"),
                        label=parameter.label, value=str(parameter.value),
                    )
                )  # fmt: skip
        self.used.clear()
        return tuple(said)


Result = Iterator[Raw | Missing]


def activity_key(row: Row) -> tuple[str, ...]:
    """What the rows of one activity have in common."""
    return (
        row.source_id,
        row.unit,
        *(row.text(name) for name in ("source_class", "trade", "item", "technology")),
    )


def pollutant_named(text: str) -> str:
    """A pollutant as it is known here.

    Raises
    ------
    InputError
        ``pollutant_unknown``
    """
    word = text.replace(" ", "").upper()
    word = {"VOC": "VOCS", "NMVOC": "VOCS", "PM25": "PM2.5", "NO2": "NOX"}.get(word, word)
    for name in POLLUTANTS + EXTRA_POLLUTANTS:
        if name.upper() == word:
            return name
    raise InputError(
        "pollutant_unknown",
        Message(
            _("“%(name)s” is no pollutant of the inventory. Write one of %(names)s."),
            name=text[:40], names="、".join(POLLUTANTS),
        ),
        "pollutant",
    )  # fmt: skip


def wanted_of(row: Row, context: Context) -> Wanted:
    """What a row of the sheet of activities asks for."""
    return Wanted(
        row.text("source_class"),
        row.text("item"),
        row.text("trade"),
        row.text("technology"),
        row.number_of("size_mw"),
        context.regions.get(row.source_id, ""),
        context.year,
        context.abroad,
    )


# --- activities ---


def activities(row: Row, context: Context) -> Result:
    """Factor method, and the balance of sulphur and ash for coal."""
    activity = Quantity(Fraction(row.decimal("activity")), parse_unit(row.text("activity_unit")))
    named = pollutant_named(row.text("pollutant")) if row.text("pollutant") else ""
    if row.number_of("own_factor") is not None and row.text("factor"):
        raise InputError(
            "factor_twice",
            Message(_("The row has an own factor and the name of a factor of the books. Empty one of the two.")),
            "factor",
        )
    if row.number_of("own_factor") is not None:
        yield _own(row, activity, named)
        return
    wanted = wanted_of(row, context)
    if row.text("factor"):
        _complete(row, named, ("own_grounds",))
        choice = named_factor(context.books, wanted, named, row.text("factor"), row.text("own_grounds"))
        yield by_factor(choice, activity, named)
        return
    coal = wanted.item in context.books.coal_fuels
    todo = [named] if named else [name for name in context.pollutants(wanted) if name != "TSP"]
    if coal and not named:
        # What coal always gives; without a factor or shares it is a gap, not nothing.
        todo = [*dict.fromkeys([*todo, *_OF_COAL])]
    if not todo:
        yield Missing(None, _nothing(context.books, wanted))
        return
    partial = () if named else _partial(context.books, wanted)
    elsewhere = frozenset() if named else context.owned.get(activity_key(row), frozenset())
    balanced = ("SO2", "PM10", "PM2.5", "BC", "OC") if coal else ()
    for pollutant in todo:
        if pollutant in elsewhere:
            continue
        try:
            if pollutant in balanced and not _held(context.books, wanted, pollutant):
                yield _coal(row, activity, pollutant, wanted, context)
            else:
                raw = by_factor(context.chosen(wanted, pollutant), activity, pollutant)
                yield replace(raw, why=(*raw.why, *partial))
        except SourcesError as error:
            if pollutant == named and _is_zero(context.books, wanted, pollutant):
                yield _zero(context.books, wanted, pollutant)
            else:
                yield Missing(pollutant, error)


def _partial(books: Books, wanted: Wanted) -> tuple[Message, ...]:
    """Whether the sources of the factors say nothing about the pollutants that they do not have."""
    found = candidates(books, wanted)
    if not found or all(factor.zero_where_absent or factor.expected for factor in found):
        return ()
    return (
        Message(
            _("pollutants that this source of factors does not have were not computed; they are not zero")
        ),
    )


def _held(books: Books, wanted: Wanted, pollutant: str) -> bool:
    return any(factor.pollutant == pollutant for factor in candidates(books, wanted))


def _is_zero(books: Books, wanted: Wanted, pollutant: str) -> bool:
    """Whether the guide's table has the row, and leaves this cell out because it is zero."""
    found = candidates(books, wanted)
    balanced = wanted.item in books.coal_fuels and pollutant in ("SO2", "PM10", "PM2.5", "BC", "OC")
    return bool(found) and not balanced and all(factor.zero_where_absent for factor in found)


def _zero(books: Books, wanted: Wanted, pollutant: str) -> Raw:
    factor = candidates(books, wanted)[0]
    why = Message(
        _("zero: %(document)s %(clause)s has no factor of it for this row"),
        document=factor.document, clause=factor.clause,
    )  # fmt: skip
    return Raw(pollutant, Fraction(0), "factor", None, (why,))


def _nothing(books: Books, wanted: Wanted) -> SourcesError:
    try:
        choose(books, wanted, "SO2")
    except FactorError as error:
        return FactorError(
            "factor_missing",
            Message(
                _("There is no factor of any pollutant for “%(wanted)s” (%(hint)s). Give an own factor with its unit and"
                  " grounds in the row, or add a book."),
                wanted=wanted.label, hint=error.message.params["hint"],
            ),
        )  # fmt: skip
    raise AssertionError("a factor was found where none is held")


def _complete(row: Row, pollutant: str, keys: tuple[str, ...]) -> None:
    """A factor that a person gives needs its pollutant and what else says where it comes from."""
    if not pollutant:
        raise InputError(
            "own_factor_incomplete",
            Message(
                _("An own factor needs its pollutant. Fill in the column “%(heading)s”."), heading="污染物"
            ),
            "pollutant",
        )
    headings = {"own_unit": "系数单位", "own_grounds": "系数依据"}
    for key in keys:
        if not row.text(key):
            raise InputError(
                "own_factor_incomplete",
                Message(
                    _("An own factor needs its unit and its grounds. Fill in the column “%(heading)s”."),
                    heading=headings[key],
                ),
                key,
            )


def _own(row: Row, activity: Quantity, pollutant: str) -> Raw | Missing:
    _complete(row, pollutant, ("own_unit", "own_grounds"))
    value = Fraction(row.decimal("own_factor"))
    used = UsedFactor(value, row.text("own_unit"), row.text("own_grounds"), own=True)
    t = product(activity, Quantity(value, parse_unit(row.text("own_unit"))), wanted="t")
    why = Message(
        _("own factor %(value)s %(unit)s: %(grounds)s"),
        value=str(row.decimal("own_factor")), unit=row.text("own_unit"), grounds=row.text("own_grounds"),
    )  # fmt: skip
    return Raw(pollutant, t, "factor", used, (why,))


def by_factor(choice: Choice, activity: Quantity, pollutant: str) -> Raw:
    """Activity × factor [t]; the units are multiplied out."""
    factor = choice.factor
    t = product(activity, Quantity(Fraction(factor.value), parse_unit(factor.units[0])), wanted="t")
    return Raw(pollutant, t, "factor", UsedFactor.of(factor), choice.why, factor.control_included)


def _coal(row: Row, activity: Quantity, pollutant: str, wanted: Wanted, context: Context) -> Raw | Missing:
    boiler = context.books.boiler(wanted.source_class, wanted.trade, wanted.technology)
    if boiler is None:
        raise FactorError(
            "coal_parameters_missing",
            Message(
                _("The guide says nothing about where sulphur and ash go in “%(wanted)s”. A missing share is not zero:"
                  " give an own factor of %(pollutant)s in the row."),
                wanted=wanted.label, pollutant=pollutant,
            ),
        )  # fmt: skip
    key, heading = ("sulphur", "收到基硫分") if pollutant == "SO2" else ("ash", "收到基灰分")
    content = row.number_of(key)
    if content is None:
        raise InputError(
            "coal_quality_missing",
            Message(
                _("%(pollutant)s of coal needs the column “%(heading)s”. Take it from the coal analysis; an empty cell is"
                  " not zero."),
                pollutant=pollutant, heading=heading,
            ),
            key,
        )  # fmt: skip
    coal_t = activity.in_unit("t")
    if pollutant == "SO2":
        t = combustion.coal_so2_t(coal_t, content, boiler, context.value("coal.so2_per_s"))
        said = Message(
            _("sulphur balance: %(content)s %% sulphur, %(kept)s kept in the ash"),
            content=str(content), kept=str(boiler.sulphur_retained),
        )  # fmt: skip
    else:
        t = combustion.coal_particles_t(coal_t, content, boiler)[pollutant]
        said = Message(
            _("ash balance: %(content)s %% ash, %(kept)s kept below, parts by size of table C"),
            content=str(content), kept=str(boiler.ash_retained),
        )  # fmt: skip
    value = t * 1000 / coal_t if coal_t else Fraction(0)
    used = UsedFactor(value, "kg/t", "T/CSES 144-2024 C.1-C.3", "H", "", 2024)
    return Raw(pollutant, t, "mass_balance", used, (said,))


# --- solvents, storage, leaks ---


def solvents(row: Row, context: Context) -> Result:
    """VOCs of what evaporates."""
    used_t = Quantity(Fraction(row.decimal("used")), parse_unit(row.text("used_unit"))).in_unit("t")
    content = row.share("voc_share")
    said = Message(
        _("balance: %(used)s %(unit)s of %(material)s with %(content)s VOCs"),
        used=str(row.decimal("used")), unit=row.text("used_unit"), material=row.text("material"),
        content=str(row.decimal("voc_share")),
    )  # fmt: skip
    factor = UsedFactor(content * 1000, "kg/t", "T/CSES 144-2024", "H", "", 2024)
    yield Raw("VOCs", processes.solvent_t(used_t, content), "mass_balance", factor, (said,))


def sinter(row: Row, context: Context) -> Result:
    """SO2 of sinter by the balance of sulphur."""
    t = processes.sinter_so2_t(
        row.decimal("ore"), row.decimal("ore_sulphur"), row.decimal("fuel"), row.decimal("fuel_sulphur"), 0,
        context.value("sinter.so2_per_s"),
    )  # fmt: skip
    yield Raw("SO2", t, "mass_balance", None, (Message(_("sulphur balance of ore and solid fuel")),))


def tanks(row: Row, context: Context) -> Result:
    """VOCs of tanks."""
    t = processes.tank_t(
        row.decimal("throughput"), row.decimal("working"), row.decimal("tanks"), row.decimal("standing")
    )
    said = Message(_("working and standing loss; k values: %(grounds)s"), grounds=row.text("grounds"))
    factor = UsedFactor(Fraction(row.decimal("working")), "kg/t", row.text("grounds"), own=True)
    yield Raw("VOCs", t, "factor", factor, (said,))


def leaks(row: Row, context: Context) -> Result:
    """VOCs of sealing points: after LDAR if it was done, else by average factors."""
    leaking, repaired, hours = (row.number_of(name) for name in ("leaking", "repaired", "leak_hours"))
    if leaking is not None and repaired is not None and hours is not None:
        rate = context.value("ldar.leak_rate")
        t = processes.ldar_t(leaking, repaired, hours, rate)
        factor = UsedFactor(Fraction(rate), "kg/(件·h)", "T/CSES 144-2024", "H", "", 2024)
        yield Raw("VOCs", t, "factor", factor, (Message(_("leaks found and not repaired (LDAR)")),))
        return
    wanted = Wanted(
        "工业源-工艺过程", row.text("medium"), "石化设备动静密封点", row.text("component"),
        region=context.regions.get(row.source_id, ""), year=context.year, abroad=context.abroad,
    )  # fmt: skip
    choice = context.chosen(wanted, "VOCs")
    t = processes.leaks_t([(row.decimal("points"), choice.factor.value)], row.decimal("hours"))
    yield Raw("VOCs", t, "factor", UsedFactor.of(choice.factor), choice.why)


# --- vehicles and machines ---


def vehicles(row: Row, context: Context) -> Result:
    """Exhaust of road vehicles, and what evaporates from petrol vehicles."""
    wanted = Wanted(
        "移动源", row.text("fuel"), row.text("vehicle"), row.text("stage"),
        region=context.regions.get(row.source_id, ""), year=context.year, abroad=context.abroad,
    )  # fmt: skip
    correction = row.number_of("correction")
    said = (
        Message(_("base factor, not corrected for weather, speed, wear, fuel and load"))
        if correction is None
        else Message(_("corrected by %(value)s"), value=str(correction))
    )
    for pollutant in _ROAD:
        try:
            choice = context.chosen(wanted, pollutant)
        except SourcesError as error:
            yield Missing(pollutant, error)
            continue
        t = mobile.exhaust_t(
            row.decimal("vehicles"),
            row.decimal("km"),
            choice.factor.value,
            1 if correction is None else correction,
        )
        yield Raw(pollutant, t, "factor", UsedFactor.of(choice.factor), (*choice.why, said), controlled=True)
    if row.text("fuel") != "汽油":
        return
    speed = row.number_of("speed")
    if speed is None:
        yield Missing(
            "VOCs",
            InputError(
                "evaporation_speed_missing",
                Message(
                    _("What evaporates from petrol vehicles needs the column “%(heading)s”; only the exhaust was computed."),
                    heading="平均车速",
                ),
                "speed",
            ),
        )  # fmt: skip
        return
    driving = context.value("vehicle.evaporation_driving")
    t = mobile.evaporation_t(
        row.decimal("vehicles"), row.decimal("km"), speed, driving, context.value("vehicle.evaporation_parked"),
        context.value("vehicle.days"),
    )  # fmt: skip
    factor = UsedFactor(
        Fraction(driving), "g/h", context.books.parameters["vehicle.evaporation_driving"].clause, "M"
    )
    yield Raw("VOCs", t, "factor", factor, (Message(_("evaporation, driving and parked")),), controlled=True)


#: bounds of the classes of speed [km/h]
_SPEEDS = (20, 30, 40, 80)


def speed_class(speed: Decimal) -> str:
    """The class of a speed, as the parameters name it.

    >>> speed_class(Decimal("19.9")), speed_class(Decimal(30)), speed_class(Decimal(120))
    ('0-20', '30-40', '80-')
    """
    bounds = ("0", *map(str, _SPEEDS), "")
    at = sum(speed >= bound for bound in _SPEEDS)
    return f"{bounds[at]}-{bounds[at + 1]}"


def links(row: Row, context: Context) -> Result:
    """Exhaust on a piece of road, hour by hour of a day: traffic × length × factor at the speed, times the days."""
    flows = row.values.get("flows")
    speeds = row.values.get("speeds") or ()
    if not isinstance(flows, tuple) or len(flows) != 24:
        raise InputError(
            "hours_wanted",
            Message(
                _("“%(heading)s” wants 24 numbers, one for each hour from 0."), heading="各小时车流量"
            ),
            "flows",
        )
    if not isinstance(speeds, tuple) or len(speeds) not in (0, 1, 24):
        raise InputError(
            "hours_wanted",
            Message(_("“%(heading)s” wants 24 numbers, one, or none."), heading="车速"),
            "speeds",
        )
    days = row.decimal("days")
    if days > 366:
        raise InputError("too_many_days", Message(_("A year has no more than 366 days.")), "days")
    wanted = Wanted(
        "移动源", row.text("fuel"), row.text("vehicle"), row.text("stage"),
        region=context.regions.get(row.source_id, ""), year=context.year, abroad=context.abroad,
    )  # fmt: skip
    correction = row.number_of("correction")
    for pollutant in _ROAD:
        try:
            choice = context.chosen(wanted, pollutant)
            t = Fraction(0)
            for hour, flow in enumerate(flows):
                factor = Fraction(choice.factor.value) * (1 if correction is None else Fraction(correction))
                if speeds:
                    speed = speeds[hour] if len(speeds) == 24 else speeds[0]
                    factor *= Fraction(context.value(f"speed.{pollutant}.{speed_class(speed)}")) if flow else 1
                t += mobile.link_t(flow, row.decimal("length"), factor)
        except SourcesError as error:
            yield Missing(pollutant, error)
            continue
        said = Message(
            _("%(flow)s vehicles a day over %(length)s km"), flow=str(sum(flows)), length=str(row.decimal("length"))
        )
        used = UsedFactor.of(choice.factor)
        yield Raw(pollutant, t * Fraction(days), "factor", used, (*choice.why, said), controlled=True)


def machines(row: Row, context: Context) -> Result:
    """Exhaust of machines by their power."""
    pollutant = pollutant_named(row.text("pollutant"))
    load = row.number_of("load")
    t = mobile.machine_t(
        row.decimal("machines"), row.decimal("power"), context.value("nonroad.load_factor") if load is None else load,
        row.decimal("hours"), row.decimal("own_factor"),
    )  # fmt: skip
    factor = UsedFactor(Fraction(row.decimal("own_factor")), "g/kWh", row.text("own_grounds"), own=True)
    said = Message(
        _("own factor %(value)s %(unit)s: %(grounds)s"),
        value=str(row.decimal("own_factor")), unit="g/kWh", grounds=row.text("own_grounds"),
    )  # fmt: skip
    yield Raw(pollutant, t, "factor", factor, (said,), controlled=True)


# --- dust ---


def roads(row: Row, context: Context) -> Result:
    """Dust of roads."""
    surface = row.text("surface")
    needs = {
        "铺装": (("silt_load", "积尘负荷"), ("weight", "平均车重")),
        "未铺装": (("silt", "表土粉粒含量"), ("speed", "平均车速"), ("moisture", "表土含水率")),
    }.get(surface)
    if needs is None:
        raise InputError(
            "surface_unknown",
            Message(_("“%(name)s” is no surface. Write 铺装 or 未铺装."), name=surface[:40]),
            "surface",
        )
    _need(row, needs)
    for size in PARTICLES:
        try:
            if surface == "铺装":
                factor = dust.paved_factor_g_km(
                    size, row.decimal("silt_load"), row.decimal("weight"), context.value
                )
                clause, grade = context.books.parameters[f"paved.k.{size}"].clause, "M"
            else:
                factor = dust.unpaved_factor_g_km(
                    size, row.decimal("silt"), row.decimal("speed"), row.decimal("moisture"), context.value
                )
                clause, grade = context.books.parameters[f"unpaved.k.{size}"].clause, "L"
            t = dust.road_t(factor, row.decimal("length"), row.decimal("traffic"), row.decimal("wet_days"))
        except FactorError as error:
            yield Missing(size, error)
            continue
        said = Message(_("%(value)s g/km by load and weight"), value=f"{float(factor):.4g}")
        yield Raw(size, t, "factor", UsedFactor(factor, "g/km", clause, grade), (said,))


def sites(row: Row, context: Context) -> Result:
    """Dust of construction sites."""
    for size in PARTICLES:
        t = dust.construction_t(size, row.decimal("area"), row.decimal("months"), 0, context.value)
        value = Fraction(context.value("construction.tsp")) * Fraction(context.value(f"construction.{size}"))
        used = UsedFactor(value, "t/(m2·月)", context.books.parameters["construction.tsp"].clause, "L")
        yield Raw(size, t, "factor", used, (Message(_("area × months")),))


def piles(row: Row, context: Context) -> Result:
    """Dust of piles: handling, and erosion by wind where its columns are filled."""
    eroding = row.number_of("area") is not None
    potentials: list[Fraction] = []
    if eroding:
        _need(
            row,
            (
                ("threshold", "阈值摩擦风速"),
                ("gusts", "各次扰动最大风速"),
                ("height", "风速测量高度"),
                ("roughness", "地面粗糙度"),
            ),
        )
        ground = _roughness(row.text("roughness"), context)
        gusts = row.values["gusts"]
        assert isinstance(gusts, tuple)
        for gust in gusts:
            friction = dust.friction_velocity_m_s(gust, row.decimal("height"), ground, context.value)
            potentials.append(dust.erosion_potential_g_m2(friction, row.decimal("threshold"), context.value))
    for size in PARTICLES:
        handling = dust.handling_factor_kg_t(
            size, row.decimal("wind"), row.decimal("moisture"), context.value
        )
        erosion = dust.erosion_kg_m2(size, potentials, 0, context.value)
        t = dust.pile_t(handling, row.decimal("handled"), erosion, row.decimal("area") if eroding else 0)
        said = (
            Message(
                _("handling %(handling)s kg/t, erosion %(erosion)s kg/m²"),
                handling=f"{float(handling):.4g}", erosion=f"{float(erosion):.4g}",
            )
            if eroding
            else Message(_("handling %(handling)s kg/t; erosion not computed (no area)"), handling=f"{float(handling):.4g}")
        )  # fmt: skip
        used = UsedFactor(handling, "kg/t", context.books.parameters[f"pile.handling.k.{size}"].clause, "H")
        yield Raw(size, t, "factor", used, (said,))


def _roughness(text: str, context: Context) -> Decimal:
    if text in ("城市", "郊区"):
        return context.value("wind.roughness.city" if text == "城市" else "wind.roughness.suburb")
    if re.fullmatch(r"\d{1,4}(\.\d{1,9})?", text):
        return Decimal(text)
    raise InputError(
        "roughness_unknown",
        Message(_("“%(name)s” is no roughness. Write 城市, 郊区 or a number of metres."), name=text[:40]),
        "roughness",
    )


def soils(row: Row, context: Context) -> Result:
    """Dust of bare soil."""
    for size in PARTICLES:
        t = dust.soil_t(
            size, row.decimal("area"), row.decimal("index"), row.decimal("roughness"), row.decimal("width"),
            row.decimal("cover"), row.decimal("wind"), row.decimal("pe"), context.value,
        )  # fmt: skip
        area = Fraction(row.decimal("area"))
        used = UsedFactor(
            t / area if area else Fraction(0), "t/hm2", context.books.parameters["soil.climate"].clause, "L"
        )
        yield Raw(size, t, "factor", used, (Message(_("wind erosion by the factors of the row")),))


# --- fields and fires ---


def animals(row: Row, context: Context) -> Result:
    """Ammonia of animals."""
    phase = {"液态": "liquid", "固态": "solid"}.get(row.text("phase"))
    stages = context.books.animals.get(row.text("animal"), {}).get(phase or "")
    if stages is None or set(stages) != {"housing", "storage", "spreading"}:
        raise FactorError(
            "factor_missing",
            Message(
                _("There are no stage factors of NH3 for “%(animal)s”, “%(phase)s”. Animals that are held: %(names)s."),
                animal=row.text("animal")[:40], phase=row.text("phase")[:40], names="、".join(context.books.animals),
            ),
        )  # fmt: skip
    flow = ammonia.livestock(
        row.decimal("tan"), stages, row.decimal("other_loss"),
        context.value("nh3.solid_to_organic") if phase == "solid" else 0, context.value("nh3.from_n"),
    )  # fmt: skip
    said = Message(
        _("TAN by stages: house %(housing)s, store %(storage)s, field %(spreading)s t N; factors of another"
          " temperature band (Chongqing)"),
        housing=f"{float(flow.housing):.4g}", storage=f"{float(flow.storage):.4g}",
        spreading=f"{float(flow.spreading):.4g}",
    )  # fmt: skip
    yield Raw(
        "NH3",
        flow.nh3,
        "factor",
        UsedFactor(Fraction(stages["housing"]), "NH3-N/TAN", "2014 NH3 guide", "M", "500000"),
        (said,),
    )


def fertilisers(row: Row, context: Context) -> Result:
    """Ammonia of fertiliser."""
    rate, own = row.number_of("rate"), True
    if rate is None:
        own = False
        rate = context.books.fertilisers.get(row.text("crop"))
        if rate is None:
            raise FactorError(
                "factor_missing",
                Message(
                    _("There is no rate of NH3 for “%(crop)s” (held: %(names)s). Fill in the column “%(heading)s” with"
                      " grounds."),
                    crop=row.text("crop")[:40], names="、".join(context.books.fertilisers), heading="氨挥发率",
                ),
            )  # fmt: skip
    elif not row.text("own_grounds"):
        raise InputError(
            "own_factor_incomplete",
            Message(
                _("An own factor needs its unit and its grounds. Fill in the column “%(heading)s”."),
                heading="挥发率依据",
            ),
            "own_grounds",
        )
    t = ammonia.fertiliser_t(row.decimal("nitrogen"), rate, context.value("nh3.from_n"))
    used = UsedFactor(
        Fraction(rate),
        "NH3-N/N",
        row.text("own_grounds") if own else "2020 review",
        "" if own else "L",
        own=own,
    )
    said = (
        Message(
            _("own factor %(value)s %(unit)s: %(grounds)s"),
            value=str(rate),
            unit="NH3-N/N",
            grounds=row.text("own_grounds"),
        )
        if own
        else Message(_("not verified (grade L)"))
    )
    yield Raw("NH3", t, "factor", used, (said,))


def fires(row: Row, context: Context) -> Result:
    """Open burning: first what burns, then factors."""
    way, amount = row.text("way"), row.decimal("amount")
    straw = context.value("burning.straw") if way in ("秸秆产量", "焚烧面积") else Decimal(0)
    if way == "秸秆产量":
        _need(row, (("ratio", "草谷比"), ("burnt", "露天焚烧比例")))
        burnt = burning.straw_t(amount, row.decimal("ratio"), row.decimal("burnt"), straw)
    elif way == "焚烧面积":
        _need(row, (("by_area", "单产或生物量"), ("ratio", "草谷比")))
        burnt = burning.straw_by_area_t(amount, row.decimal("by_area"), row.decimal("ratio"), straw)
    elif way == "火点数":
        burnt = burning.straw_by_points_t(amount, context.value("burning.fire_point"))
    elif way in ("森林", "草原"):
        _need(row, (("by_area", "单产或生物量"),))
        rate = context.value("burning.forest" if way == "森林" else "burning.grass")
        burnt = burning.vegetation_t(amount, row.decimal("by_area"), rate)
    else:
        raise InputError(
            "way_unknown",
            Message(_("“%(name)s” is no way to compute what burns. Write one of %(names)s."),
                    name=way[:40], names="秸秆产量、焚烧面积、火点数、森林、草原"),
            "way",
        )  # fmt: skip
    wanted = Wanted(
        _STRAW,
        row.text("item"),
        region=context.regions.get(row.source_id, ""),
        year=context.year,
        abroad=context.abroad,
    )
    todo = [name for name in context.pollutants(wanted) if name != "TSP"]
    if not todo:
        yield Missing(None, _nothing(context.books, wanted))
    mass = Quantity(burnt, parse_unit("t"))
    for pollutant in todo:
        try:
            raw = by_factor(context.chosen(wanted, pollutant), mass, pollutant)
        except SourcesError as error:
            yield Missing(pollutant, error)
            continue
        said = Message(_("%(mass)s t burnt"), mass=f"{float(burnt):.6g}")
        yield Raw(pollutant, raw.t, raw.method, raw.factor, (said, *raw.why), raw.controlled)


def _need(row: Row, columns: tuple[tuple[str, str], ...]) -> None:
    for key, heading in columns:
        if row.values.get(key) in (None, "", ()):
            raise InputError(
                "cell_empty", Message(_("This row needs the column “%(heading)s”."), heading=heading), key
            )


CALCULATIONS: Mapping[str, Callable[[Row, Context], Result]] = {
    "activities": activities,
    "solvents": solvents,
    "sinter": sinter,
    "tanks": tanks,
    "leaks": leaks,
    "vehicles": vehicles,
    "links": links,
    "machines": machines,
    "roads": roads,
    "sites": sites,
    "piles": piles,
    "soils": soils,
    "animals": animals,
    "fertilisers": fertilisers,
    "burning": fires,
}
