"""What stands in the register of devices: how it is read, checked and kept as a key of its source. Called by actions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.models import Device
from lantian.apps.sources import keeping
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.models import Source, SourceKey, Unit
from lantian.rules.hj212.factors import factor_of
from lantian.rules.sources.devices import parse_mn
from lantian.rules.sources.errors import IdentifierError

#: units in which a station may send a factor, where it is not the standard's
UNITS = ("mg/m³", "µg/m³", "ng/m³", "ppm", "%", "℃", "kPa", "Pa", "MPa", "m/s", "m³/s", "m³/h", "kW", "kWh", "V", "A", "dB")
#: kinds of units of a source that a device may watch
WATCHED = ("outlet", "cems", "line", "process", "kiln", "boiler", "facility", "tank", "storage", "meter")
#: signs that a device number may hold: the field knows more than the texts
_MN = re.compile(r"[0-9A-Za-z_-]{4,40}")


def mn_of(text: str) -> str:
    """A device number as it is kept.

    Raises
    ------
    Invalid
        If it cannot stand in a frame.
    """
    number = str(text or "").strip()
    if not _MN.fullmatch(number):
        raise Invalid(
            fields={"mn": __("A device number has 4 to 40 letters, figures, “_” or “-”; the texts want 24 of 0-9 A-F.")}
        )
    return number


def odd_mn(number: str) -> str:
    """Why a device number is not as the texts want it; empty where it is."""
    try:
        parse_mn(number)
    except IdentifierError as error:
        return str(error.message.text(__))
    return ""


def networks_of(texts: Iterable[str]) -> list[str]:
    """Networks from which a device may connect, as they are kept.

    Raises
    ------
    Invalid
        A text is no address and no network.
    """
    found: list[str] = []
    for text in texts:
        if not (text := str(text).strip()):
            continue
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            message = __("“%(text)s” is no address and no network. Write 10.1.2.3 or 10.1.2.0/24.")
            raise Invalid(fields={"addresses": message % {"text": text[:40]}}) from None
        found.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return list(dict.fromkeys(found))[:50]


def units_of(texts: Iterable[str]) -> dict[str, str]:
    """Units of factors from lines such as ``a34013=mg/m³``.

    Raises
    ------
    Invalid
        A line names no unit that is known.
    """
    found: dict[str, str] = {}
    for text in texts:
        if not (text := str(text).strip()):
            continue
        code, equals, unit = (part.strip() for part in text.partition("="))
        unit = unit.replace("m3", "m³").replace("ug/", "µg/").replace("μg/", "µg/")
        if not equals or not re.fullmatch(r"[A-Za-z0-9_]{1,20}", code) or unit not in UNITS:
            message = __("“%(text)s” is no unit of a factor. Write the code, “=” and one of %(units)s.")
            raise Invalid(fields={"units": message % {"text": text[:40], "units": "、".join(UNITS)}})
        found[code] = unit
    return found


def unit_of_factor(device: Device, code: str) -> str:
    """The unit in which a device sends a factor: its own setting, else the standard's."""
    own = device.units.get(code)
    if own:
        return str(own)
    known = factor_of(code)
    return known.unit if known is not None else ""


def check_free(mn: str, device: Device, source: Source | None, actor: Actor) -> None:
    """Refuse a device number that another device or another source has.

    Raises
    ------
    Invalid
        Says which one, where the actor may see it.
    """
    if Device.objects.filter(mn__iexact=mn).exclude(pk=device.pk or 0).exists():
        raise Invalid(fields={"mn": __("This device number is in the register already.")})
    own = [one.pk for one in (source, device.source if device.mn == mn else None) if one is not None]
    held = (
        SourceKey.objects.filter(
            kind=KeyKind.MN, exclusive=True, until__isnull=True, value=keeping.key_value(mn)
        )
        .exclude(source__in=own)
        .select_related("source")
        .first()
    )
    if held is not None:
        seen = actor.rows(Source.objects.filter(pk=held.source_id), "sources.source.view").exists()
        name = held.source.name if seen else __("a source that you do not see")
        raise Invalid(fields={"mn": __("This device number belongs to another source: %(name)s.") % {"name": name}})


def keep_as_key(
    actor: Actor, former: Sequence[tuple[str, Source | None, Unit | None]], device: Device, reason: str
) -> None:
    """Let the device number be a fact of what it watches, and so a key of the source; take it away where it was before.

    Parameters
    ----------
    former
        Numbers with the source and the unit at which they stood before.
    """
    here = None
    if device.state in {DeviceState.ACTIVE, DeviceState.SUSPENDED} and device.source_id is not None:
        here = (device.mn, device.source, device.unit)
    wanted = [one for one in former if one[1] is not None and _place(one) != _place(here)]
    for mn, source, unit in wanted:
        _fact(actor, source, unit, remove=mn, add="", reason=reason)
    if here is not None:
        _fact(actor, here[1], here[2], remove="", add=here[0], reason=reason)


def _place(one: Any) -> Any:
    return None if one is None else (one[0], one[1].pk, one[2].pk if one[2] is not None else None)


def _fact(
    actor: Actor, source: Source | None, unit: Unit | None, *, remove: str, add: str, reason: str
) -> None:
    row: Any = unit if unit is not None else source
    if row is None:
        return
    row.refresh_from_db()
    given = row.values.get("mn")
    listed = list(given) if isinstance(given, list) else [part for part in str(given or "").split("、") if part]
    numbers = [number for number in listed if number.upper() != remove.upper() or not remove]
    if add and add.upper() not in {number.upper() for number in numbers}:
        numbers.append(add)
    if numbers != listed:
        keeping.change(row, {"mn": "、".join(numbers) or None}, actor, reason=reason)
