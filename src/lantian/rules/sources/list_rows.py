"""A row of a list as a whole: what is missing, and what does not go together.

Cells are checked one by one by :mod:`~lantian.rules.sources.cells`; here are the checks that need more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from lantian.rules.sources.doubts import doubts_of
from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.fields import Value
from lantian.rules.sources.lists import ListType, natural_key_of
from lantian.rules.sources.permits import parse_permit
from lantian.rules.sources.plates import parse_plate


@dataclass(frozen=True, slots=True)
class RowFinding:
    """What is wrong with a row; an ``error`` must be mended, a ``warning`` is looked at by a person."""

    field: str
    code: str
    level: Literal["error", "warning"]
    message: Message


def check_row(one: ListType, values: Mapping[str, Value], *, draft: bool = False) -> list[RowFinding]:
    """What is wrong with the values of a row.

    Parameters
    ----------
    values
        Key of a field → value as :func:`~lantian.rules.sources.cells.read_value` gives it.
    draft
        The entry is only proposed: required fields may still be missing, as warnings.

    Returns
    -------
    list of RowFinding
        Codes ``required``, ``key_incomplete``, ``permit_of_another``, ``permit_site``, ``plate_colour``, ``place_above``,
        ``position_half``, ``dates_crossed``, ``shares_above_whole``, and those of doubts.
    """
    found = [*_missing(one, values, "warning" if draft else "error"), *conflicts(values)]
    for field in one.fields:
        value = values.get(field.key)
        if value is not None:
            found.extend(RowFinding(field.key, d.code, "warning", d.message) for d in doubts_of(field, value))
    return found


def conflicts(values: Mapping[str, Value]) -> list[RowFinding]:
    """What does not go together in a row, whatever its list; what is missing is not looked for."""
    return [finding for check in _CHECKS for finding in check(values)]


def _missing(
    one: ListType, values: Mapping[str, Value], level: Literal["error", "warning"]
) -> Iterator[RowFinding]:
    for field in one.fields:
        if field.required and values.get(field.key) in (None, "", ()):
            yield RowFinding(
                field.key,
                "required",
                level,
                Message(_("“%(field)s” is missing; this list needs it."), field=field.label),
            )
    if natural_key_of(one, values) is None:
        ways = "；".join(
            "、".join(one.field(key).label for key in keys) for keys in (one.natural_key, *one.other_keys)
        )
        yield RowFinding(
            one.natural_key[0],
            "key_incomplete",
            "error",
            Message(_("Nothing tells this row from others. Fill in one of: %(ways)s."), ways=ways),
        )


def _permit(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    permit, uscc, site = (values.get(key) for key in ("permit_number", "uscc", "site_number"))
    if not isinstance(permit, str):
        return
    try:
        parsed = parse_permit(permit)
    except IdentifierError as error:
        yield RowFinding("permit_number", error.code, "error", error.message)
        return
    if parsed.has_uscc and isinstance(uscc, str) and uscc != parsed.unit:
        yield RowFinding(
            "permit_number",
            "permit_of_another",
            "error",
            Message(
                _("The permit number belongs to the credit code %(unit)s, not to %(uscc)s. One of them is wrong."),
                unit=parsed.unit, uscc=uscc,
            ),
        )  # fmt: skip
    if isinstance(site, str) and site.isdecimal() and site.zfill(3) != parsed.site:
        yield RowFinding(
            "site_number",
            "permit_site",
            "error",
            Message(
                _("The permit number names the site %(found)s, the row says %(site)s."),
                found=parsed.site, site=site,
            ),
        )  # fmt: skip


_COLOUR_WORDS = {
    "blue": "蓝",
    "yellow": "黄",
    "green": "绿",
    "yellow_green": "黄绿",
    "white": "白",
    "black": "黑",
}


def _plate(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    plate, colour = values.get("plate"), values.get("plate_colour")
    if isinstance(plate, str) and isinstance(colour, str) and colour in _COLOUR_WORDS:
        try:
            parse_plate(plate, _COLOUR_WORDS[colour])
        except IdentifierError as error:
            yield RowFinding("plate_colour", error.code, "error", error.message)


def _places(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    above = ""
    for key, digits in (("region_code", 6), ("town_code", 9), ("village_code", 12)):
        code = values.get(key)
        if not isinstance(code, str) or len(code) != digits:
            continue
        outer = above.rstrip("0") if len(above) == 6 and above.endswith("00") else above
        if outer and not code.startswith(outer):
            yield RowFinding(
                key,
                "place_above",
                "error",
                Message(
                    _("The place %(code)s does not lie in %(above)s. One of the codes is wrong."),
                    code=code, above=above,
                ),
            )  # fmt: skip
        above = code


def _position(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    known = [key for key in ("longitude", "latitude") if values.get(key) is not None]
    if len(known) == 1:
        missing = "latitude" if known == ["longitude"] else "longitude"
        yield RowFinding(
            missing,
            "position_half",
            "error",
            Message(_("Longitude and latitude belong together; one of them is missing.")),
        )


_SPANS = (
    ("window_start", "window_end"),
    ("grade_from", "grade_until"),
    ("pass_from", "pass_until"),
    ("begins_on", "ends_on"),
    ("found_on", "decision_done"),
    ("first_seen", "last_checked"),
    ("made_on", "smoke_test"),
)


def _spans(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    for first, last in _SPANS:
        begin, end = values.get(first), values.get(last)
        if isinstance(begin, date) and isinstance(end, date) and end < begin:
            yield RowFinding(
                last,
                "dates_crossed",
                "error",
                Message(
                    _("%(end)s lies before %(begin)s. One of the two dates is wrong."),
                    end=end.isoformat(), begin=begin.isoformat(),
                ),
            )  # fmt: skip


#: a sum and what it is made of
_SUMS = (
    (
        "households",
        ("heated_power", "heated_gas", "heated_district", "heated_clean_coal", "heated_loose_coal"),
    ),
    ("fleet_size", ("fleet_diesel", "fleet_new_energy")),
    (
        "straw_yield",
        ("straw_fertiliser", "straw_feed", "straw_fuel", "straw_substrate", "straw_material"),
    ),
    ("manure_amount", ("manure_used",)),
    ("restore_area", ("restored_area",)),
    ("straw_yield", ("straw_collectable",)),
)


def _sums(values: Mapping[str, Value]) -> Iterator[RowFinding]:
    for whole, parts in _SUMS:
        most = _number(values.get(whole))
        total = sum(_number(values.get(part)) or 0 for part in parts)
        if most is not None and total > most:
            yield RowFinding(
                whole,
                "shares_above_whole",
                "warning",
                Message(
                    _("The parts come to %(total)s, more than the whole of %(whole)s. Check the numbers."),
                    total=f"{total:f}" if not isinstance(total, int) else total, whole=f"{most:f}",
                ),
            )  # fmt: skip


def _number(value: Value) -> Decimal | None:
    return Decimal(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else None


_CHECKS: tuple[Callable[[Mapping[str, Value]], Iterator[RowFinding]], ...] = (
    _permit, _plate, _places, _position, _spans, _sums,
)  # fmt: skip
