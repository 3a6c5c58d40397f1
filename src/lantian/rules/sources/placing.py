"""Where and when a source of the workbook emits: its position, its stacks, its own shares, its class, and by what an area
source is spread.

References
----------
T/CSES 144-2024: eight classes; point sources at the coordinates of the device, area sources by proxies chosen by class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.sources.coordinates import Area, Placed, parse_datum, parse_degrees, place
from lantian.rules.sources.datums import Datum, to_wgs84
from lantian.rules.sources.errors import IdentifierError, InputError, Message, _
from lantian.rules.sources.profiles import LENGTHS, normalised
from lantian.rules.sources.rows import Row

POWER, INDUSTRY, MOBILE, LIVING = "电力热力源", "工业源", "移动源和油品储运销", "生活源"
FARMING, DUST, WASTE, BURNING = "农业源", "扬尘源", "废弃物处理源", "生物质开放燃烧源"
#: the eight classes of the guide
SECTORS = (POWER, INDUSTRY, MOBILE, LIVING, FARMING, DUST, WASTE, BURNING)
_OF_SHEET = {
    "solvents": INDUSTRY, "sinter": INDUSTRY, "tanks": INDUSTRY, "leaks": INDUSTRY, "vehicles": MOBILE,
    "machines": MOBILE, "roads": DUST, "sites": DUST, "piles": DUST, "soils": DUST, "animals": FARMING,
    "fertilisers": FARMING, "burning": BURNING,
}  # fmt: skip
#: Proxies of area sources, the first one that is held counts. Which proxy goes with which class is a default that was
#: not verified (the guide asks to choose by class); the workbook and the caller set it otherwise.
DEFAULT_PROXIES: Mapping[str, tuple[str, ...]] = {
    MOBILE: ("道路", "人口"),
    LIVING: ("人口",),
    FARMING: ("农村人口",),
    BURNING: ("火点", "农村人口"),
}
#: coldest and hottest gas that is believed [°C]
_TEMPERATURES = (-20, 1500)


@dataclass(frozen=True, slots=True)
class Stack:
    """An outlet: height and inner diameter [m], temperature [°C], velocity [m/s], flow as it is [m³/s].

    Attributes
    ----------
    share
        Of the emissions of its unit; None where the outlets of a unit share alike.
    position
        None: that of the source.
    """

    outlet: str
    height: float
    diameter: float
    temperature: float
    velocity: float
    flow: float
    share: float | None = None
    position: Placed | None = None


def sector_of(sheet: str, source_class: str = "", trade: str = "") -> str:
    """The class of the guide that an emission belongs to.

    Parameters
    ----------
    sheet
        Key of the sheet that it was computed from.
    source_class
        As the sheet of activities names it.
    trade
        Class of trade of the source (GB/T 4754).

    Examples
    --------
    >>> sector_of("activities", "工业源-工艺过程"), sector_of("animals"), sector_of("monitors", trade="D4412")
    ('工业源', '农业源', '电力热力源')
    """
    word = source_class.split("-")[0]
    if word in SECTORS:
        return word
    if word in ("移动源", "油品储运销"):
        return MOBILE
    figures = trade.lstrip("ABCDEFGHIJKLMNOPQRST")
    if sheet in ("monitors", "activities"):
        return POWER if figures.startswith("44") else INDUSTRY
    if sheet == "tanks" and figures[:2] in ("51", "52", "53", "54", "55", "57", "59"):
        # Trade, stations, transport and storage: not an industry.
        return MOBILE
    return _OF_SHEET.get(sheet, INDUSTRY)


def curve_of(sector: str, source_class: str = "", subject: str = "", sheet: str = "") -> str:
    """The class whose shares by weekday and hour hold.

    >>> curve_of("电力热力源", subject="电力生产"), curve_of("移动源和油品储运销", sheet="tanks"), curve_of("生活源")
    ('电力热力源-电力生产', '油品储运销', '生活源')
    """
    if sector == POWER:
        return f"{POWER}-电力生产" if "电力" in subject or subject.startswith("D441") else f"{POWER}-其他"
    if sector == MOBILE:
        oil = sheet == "tanks" or source_class.startswith("油品")
        return "油品储运销" if oil else "移动源"
    return sector


def position_of(row: Row, area: Area) -> Placed | None:
    """The position of a row in WGS-84; None where it has none. One outside of the area is taken as it is.

    Raises
    ------
    IdentifierError
        ``coordinate_half``, ``datum_unknown``, ``coordinate_form``, ``coordinate_range``, or where another reading lies in
        the area ``coordinate_swapped``, ``coordinate_plane`` or ``coordinate_datum``.
    """
    longitude, latitude = row.text("longitude"), row.text("latitude")
    if not longitude and not latitude:
        return None
    if not longitude or not latitude:
        raise IdentifierError(
            "coordinate_half", Message(_("A position needs longitude and latitude; one of them is empty."))
        )
    datum = parse_datum(row.text("datum")) if row.text("datum") else Datum.CGCS2000
    lon, lat = parse_degrees(longitude), parse_degrees(latitude)
    try:
        return place(lon, lat, area, datum)
    except IdentifierError as error:
        if error.code != "coordinate_outside":
            raise
    return Placed(*to_wgs84(lon, lat, datum), given=datum)


def stack_of(row: Row, area: Area) -> Stack:
    """An outlet of the sheet of stacks.

    Raises
    ------
    InputError
        ``zero``: no height or width, ``stack_flow_missing``, or ``stack_temperature``.
    IdentifierError
        See :func:`position_of`.
    """
    height, diameter = row.decimal("height"), row.decimal("diameter")
    for value, key, heading in ((height, "height", "高度"), (diameter, "diameter", "出口内径")):
        if not value:
            raise InputError(
                "zero", Message(_("%(field)s must not be zero. Correct the number."), field=heading), key
            )
    temperature = row.decimal("temperature")
    if not _TEMPERATURES[0] <= temperature <= _TEMPERATURES[1]:
        raise InputError(
            "stack_temperature",
            Message(
                _("%(value)s °C is no temperature of flue gas; it lies within %(least)s and %(most)s °C."),
                value=str(temperature), least=_TEMPERATURES[0], most=_TEMPERATURES[1],
            ),
            "temperature",
        )  # fmt: skip
    velocity, flow = row.number_of("velocity"), row.number_of("flow")
    across = math.pi * float(diameter) ** 2 / 4
    if not velocity and not flow:
        raise InputError(
            "stack_flow_missing",
            Message(_("A stack needs the velocity or the flow of its gas. Fill in one of the two.")),
            "velocity",
        )
    per_second = float(flow) / 3600 if flow else float(velocity or 0) * across
    share = row.number_of("share")
    return Stack(
        row.text("outlet"),
        float(height),
        float(diameter),
        float(temperature),
        float(velocity) if velocity else per_second / across,
        per_second,
        None if share is None else float(share),
        position_of(row, area),
    )


def own_shares(row: Row) -> dict[str, tuple[Decimal, ...]]:
    """The shares that a row of the sheet of shares gives, by month, weekday and hour.

    Raises
    ------
    InputError
        ``profile_length``, ``profile_weights``, or ``shares_missing``.
    """
    found: dict[str, tuple[Decimal, ...]] = {}
    for kind, wanted in LENGTHS.items():
        given = row.values.get(kind)
        if not isinstance(given, tuple) or not given:
            continue
        if len(given) != wanted:
            raise InputError(
                "profile_length",
                Message(
                    _("Shares by %(kind)s: %(found)s were given, %(wanted)s are wanted."),
                    kind=kind, found=len(given), wanted=wanted,
                ),
                kind,
            )  # fmt: skip
        normalised(given, kind)
        found[kind] = given
    if not found:
        raise InputError(
            "shares_missing",
            Message(
                _(
                    "The row gives no shares by month, weekday or hour. Fill in one of them, or remove the row."
                )
            ),
            "month",
        )
    return found
