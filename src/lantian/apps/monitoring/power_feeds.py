"""How meters on HJ 212 devices stand: read, or why nothing comes; and what a device sends at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import lake
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import PERIOD_OF, Period
from lantian.apps.monitoring.models import Device, MeterFeed
from lantian.apps.monitoring.power_books import office_book

#: what a device sent is shown of so long
SHOWN = timedelta(days=1)
#: how far from its arrival a moment may lie to be shown
_FAR = timedelta(days=400)
#: how long a value of a kind of data is on its way when all goes well
_LENGTH = {
    Period.MOMENT: timedelta(0),
    Period.MINUTES: timedelta(0),
    Period.HOUR: timedelta(hours=1),
    Period.DAY: timedelta(days=1),
}
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """How a feed stands; ``why`` says what is in the way."""

    label: Any
    tone: str
    why: str = ""


def standing(feed: MeterFeed, now: datetime) -> Standing:
    """What a feed does now, or why nothing comes."""
    meter, device = feed.meter, feed.device
    if not meter.in_use:
        return Standing(_("Not read"), "neutral", __("The meter is out of use."))
    if device.source_id != meter.source_id:
        return Standing(_("Not read"), "red", __("The device belongs to another enterprise now."))
    if device.state != DeviceState.ACTIVE:
        said = __("The device is not in operation (%(state)s).") % {"state": device.get_state_display()}
        return Standing(_("Not read"), "red", said)
    if feed.read_to is None:
        return Standing(_("Waits"), "blue", __("It is read within five minutes, with what came before."))
    long_ago = now - timedelta(minutes=office_book("meters").whole("lost_minutes")) - _LENGTH[Period(feed.period)]
    if feed.last_at is not None and feed.last_at >= long_ago:
        if meter.seen_at is not None and meter.seen_at >= long_ago - timedelta(minutes=30):
            return Standing(_("Is read"), "green")
        return Standing(
            _("Nothing usable"), "orange",
            __("Values come, but none of them can be used: look at the refused readings."),
        )  # fmt: skip
    if device.seen_at is None:
        return Standing(_("Nothing comes"), "red", __("The device has never been heard of."))
    if device.seen_at < long_ago:
        said = __("The device has been silent since %(time)s.")
        return Standing(_("Nothing comes"), "red", said % {"time": _local(device.seen_at)})
    said = __("The device reports (last at %(time)s), but not these codes with this kind of data.")
    return Standing(_("Nothing comes"), "orange", said % {"time": _local(device.seen_at)})


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A factor that a device sent in the last day.

    Attributes
    ----------
    values, plain, off
        How many values; those with which nothing is wrong; those whose clock was off.
    """

    st: str
    cn: str
    period: Any
    factor: str
    values: int
    plain: int
    off: int
    last: datetime


def sent(devices: list[Device], now: datetime) -> dict[int, list[Sent]]:
    """What devices sent in the last day, by command and factor.

    Raises
    ------
    LakeError
        The lake cannot be read now.
    """
    from lantian.lake.stacks.reading import arrivals

    keys = {device.mn: device.pk for device in devices}
    found: dict[int, list[Sent]] = {pk: [] for pk in keys.values()}
    if not keys:
        return found
    rows = arrivals(lake(), now - _FAR, now + SHOWN, now - SHOWN, mns=keys)
    merged: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        merged.setdefault((row["mn"], row["st"], row["cn"], row["factor"]), []).append(row)
    for (mn, st, cn, factor), of_days in sorted(merged.items()):
        listed = found[keys[mn]]
        if len(listed) < MOST_SHOWN:
            counts = {name: sum(row[name] for row in of_days) for name in ("values", "plain", "off")}
            period = PERIOD_OF.get(cn)
            listed.append(
                Sent(st, cn, period.label if period else "", factor, last=max(row["last"] for row in of_days), **counts)
            )
    return found
