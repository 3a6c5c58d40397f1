"""Which device a meter is read from: set, set otherwise, taken back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.choices_power import PERIODS_OF, UNITS_OF, FeedMeasure, FeedUnit
from lantian.apps.monitoring.models import Device, Meter, MeterFeed

#: what a code of a factor may consist of
CODE = r"[0-9A-Za-z_]{1,20}"
#: phases
MOST_PHASES = 3


class _OnFeed(Action[MeterFeed]):
    permission = POWER_EDIT

    def __init__(self, actor: Actor, meter: Meter, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.meter = meter

    def subject(self) -> Meter:
        """The meter."""
        return self.meter

    def check(self) -> None:
        """Ask for the right over this meter."""
        super().check()
        self.check_row(self.meter)

    def stored(self) -> MeterFeed | None:
        """The feed as it stands."""
        return MeterFeed.objects.select_for_update().filter(meter=self.meter).first()


class SetFeed(_OnFeed):
    """Say from which device and codes a meter is read; what the device sent before is read, too.

    Parameters
    ----------
    device
        One of the enterprise of the meter.
    factors
        The code of power, energy or counter; of phases those of the voltages.
    currents
        Of phases: one code for all of them, or one for each.
    measure, unit, period
        What is sent, in which unit, with which kind of data.
    power_factor
        Of phases: by what their products are multiplied.
    grounds
        Where all this is from.
    """

    code = "monitoring.meter_feed.set"

    def __init__(
        self,
        actor: Actor,
        meter: Meter,
        *,
        device: Device,
        factors: Sequence[str],
        measure: str,
        period: str,
        grounds: str,
        unit: str = "",
        currents: Sequence[str] = (),
        power_factor: Decimal | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, meter, reason=reason)
        self.device = device
        phases = measure == FeedMeasure.PHASES
        self.values: dict[str, Any] = {
            "device": device, "factors": list(factors), "currents": list(currents) if phases else [],
            "measure": measure, "period": period, "unit": unit, "grounds": grounds.strip(),
            "power_factor": power_factor if phases else None,
        }  # fmt: skip

    def validate(self) -> None:
        """Device, codes, unit and kind of data fit each other."""
        super().validate()
        if not self.meter.in_use:
            raise Conflict(__("This meter is out of use."))
        wrong = {**self._device(), **self._codes(), **self._kinds()}
        if wrong:
            raise Invalid(fields=wrong)
        taken = self._taken()
        if taken:
            raise Invalid(fields={"factors": taken})

    def _device(self) -> dict[str, str]:
        device = self.device
        if not self.actor.rows(Device.objects.filter(pk=device.pk), POWER_EDIT).exists():
            return {"device": __("There is no such device that you may see.")}
        if device.source_id != self.meter.source_id:
            said = __("This device belongs to another enterprise than the meter (%(name)s).")
            return {"device": said % {"name": self.meter.source.name}}
        if device.state != DeviceState.ACTIVE:
            said = __("This device is not in operation (%(state)s).")
            return {"device": said % {"state": device.get_state_display()}}
        return {}

    def _codes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in ("factors", "currents"):
            codes = self.values[name]
            bad = next((code for code in codes if not re.fullmatch(CODE, code)), None)
            if bad is not None:
                said = __("“%(text)s” is no factor code. Write it as it stands in the frames, such as d20105.")
                found[name] = said % {"text": bad[:40]}
        codes = [*self.values["factors"], *self.values["currents"]]
        if len(set(codes)) != len(codes):
            found.setdefault("factors", __("A code stands here twice."))
        if not self.values["factors"]:
            found["factors"] = __("Write the factor code.")
        elif self.values["measure"] != FeedMeasure.PHASES:
            if len(self.values["factors"]) > 1:
                found.setdefault("factors", __("A meter is read from one code. Add a meter for each further one."))
        elif len(self.values["factors"]) > MOST_PHASES:
            found.setdefault("factors", __("There are three phases at most."))
        elif len(self.values["currents"]) not in (1, len(self.values["factors"])):
            found.setdefault("currents", __("Write one code of current for all phases, or one for each voltage."))
        return found

    def _kinds(self) -> dict[str, str]:
        values = self.values
        try:
            measure, period = FeedMeasure(values["measure"]), Period(values["period"])
        except ValueError:
            return {"measure": __("Choose what the factor says, and the kind of data.")}
        found: dict[str, str] = {}
        if values["unit"] not in UNITS_OF[measure]:
            names = "、".join(str(one.label) for one in UNITS_OF[measure])
            found["unit"] = __("The unit of this is one of: %(names)s") % {"names": names}
        if period not in PERIODS_OF[measure]:
            found["period"] = (
                __("A counter is read at a moment: choose real-time data.")
                if measure is FeedMeasure.REGISTER
                else __("Energy is of a period: choose minute, hourly or daily data.")
            )
        elif period is Period.MINUTES and not self.device.options.get("minute_interval"):
            found["period"] = __(
                "How long a period of minute data of this device is stands nowhere: set it in the register of devices first."
            )
        factor = values["power_factor"]
        if measure is FeedMeasure.PHASES and (factor is None or not 0 < factor <= 1):
            found["power_factor"] = __("Write the power factor, above 0 and up to 1.")
        if not values["grounds"]:
            found["grounds"] = __("Write where code and unit are from: a test report, the manual of the logger, the supplier.")
        return found

    def _taken(self) -> str:
        """Why codes are not free: two meters that read one code would count its energy twice."""
        own = set(self.values["currents"] or self.values["factors"])
        rows = MeterFeed.objects.filter(device=self.device).exclude(meter=self.meter).select_related("meter")
        for row in rows:
            both = own & set(row.currents or row.factors)
            if both:
                said = __("The meter “%(name)s” is read from %(code)s already.")
                return said % {"name": row.meter.number, "code": min(both)}
        return ""

    def perform(self) -> MeterFeed:
        """Write it, and let it be read from before."""
        # Two who set the same code at the same moment wait for each other.
        Device.objects.select_for_update().filter(pk=self.device.pk).first()
        taken = self._taken()
        if taken:
            raise Invalid(fields={"factors": taken})
        row = self.stored() or MeterFeed(meter=self.meter, created_at=timezone.now())
        row.meter = self.meter
        values = {**self.values, "unit": FeedUnit(self.values["unit"])}
        same = ("device", "factors", "currents", "measure", "period", "unit", "power_factor")
        anew = not row.pk or any(getattr(row, name) != values[name] for name in same)
        if not self.save(row, **values):
            self.unchanged = True
        elif anew:
            MeterFeed.objects.filter(pk=row.pk).update(read_to=None, last_at=None)
            row.read_to = row.last_at = None
        return row


class RemoveFeed(_OnFeed):
    """Read a meter from its device no more; what was read stays."""

    code = "monitoring.meter_feed.remove"
    needs_reason = True

    def perform(self) -> MeterFeed:
        """Take it away."""
        row = self.stored()
        if row is None:
            raise Conflict(__("This meter is not read from a device."))
        self.log(row, before={"device": row.device.mn, "factors": row.codes}, after=None)
        row.delete()
        return row
