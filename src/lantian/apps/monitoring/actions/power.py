"""Changes of electricity supervision: meters, what is known of a site, orders and special times, keys, refused readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.account_actions.tokens import digest
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.models import Region
from lantian.apps.core.sender_auth import end_of, new_secret
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.choices_power import MeterRole, PowerDoor
from lantian.apps.monitoring.doors.power import rejects, storing
from lantian.apps.monitoring.models import (
    Load,
    Meter,
    MeterKey,
    PowerPeriod,
    PowerReject,
    PowerSite,
)
from lantian.apps.monitoring.power_periods import touch_loads, touch_source
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.keeping import key_value
from lantian.apps.sources.models import Source, SourceKey, Unit

#: what every key of a sender begins with
MARK = "ltm_"
#: refused readings that are looked at again in one go
MOST_TAKEN = 5_000


def load_of(source: Source, unit: Unit | None, role: str) -> Load:
    """The load that meters of a role on a unit stand on; made where it is not there."""
    # Whoever adds meters to one enterprise at the same moment waits, so that they find one load.
    Source.objects.select_for_update().filter(pk=source.pk).first()
    row = Load.objects.filter(source=source, unit=unit, role=role).order_by("pk").first()
    return row or Load.objects.create(source=source, unit=unit, role=role)


def settle_loads(source: Source) -> None:
    """A load is in use while one of its meters is."""
    for load in Load.objects.filter(source=source):
        used = load.meters.filter(in_use=True).exists()
        if used != load.in_use:
            Load.objects.filter(pk=load.pk).update(in_use=used)


def hold_number(meter: Meter) -> None:
    """Keep the number of a meter as a key of its source.

    Raises
    ------
    Invalid
        If another source holds it.
    """
    value = key_value(meter.number)
    held = SourceKey.objects.filter(kind=KeyKind.METER, value=value, exclusive=True, until__isnull=True).first()
    if held is not None and held.source_id != meter.source_id:
        said = __("This number is kept as the meter of “%(name)s”. Correct it there first.")
        raise Invalid(fields={"number": said % {"name": held.source.name}})
    if held is None:
        SourceKey.objects.update_or_create(
            source=meter.source,
            kind=KeyKind.METER,
            value=value,
            where="",
            defaults={"exclusive": True, "since": timezone.localdate(), "until": None},
        )


def release_number(number: str, source: Source) -> None:
    """The number is no longer a key of its source."""
    SourceKey.objects.filter(
        source=source, kind=KeyKind.METER, value=key_value(number), until__isnull=True
    ).update(until=timezone.localdate())


class _OnMeter(Action[Meter]):
    permission = POWER_EDIT

    def write(self, meter: Meter, values: dict[str, Any], serves: Sequence[Unit] | None) -> None:
        """Save a meter with its load and key; refuse what lies outside of the actor's places."""
        source: Source = values.get("source") or meter.source
        unit: Unit | None = values.get("unit", meter.unit)
        role = values.get("role") or meter.role
        if not self.actor.rows(Source.objects.filter(pk=source.pk), POWER_EDIT).exists():
            raise NotFound
        if unit is not None and unit.source_id != source.pk:
            raise Invalid(fields={"unit": __("This line or facility belongs to another enterprise.")})
        if serves and role != MeterRole.TREATMENT:
            raise Invalid(fields={"serves": __("Only meters of treatment equipment treat lines.")})
        wrong = [str(line) for line in serves or () if line.source_id != source.pk]
        if wrong:
            said = __("Not lines of this enterprise: %(names)s")
            raise Invalid(fields={"serves": said % {"names": "、".join(wrong[:5])}})
        if values.get("holding_kw") and not values.get("holding_grounds", meter.holding_grounds):
            said = __("A holding load needs grounds: who accepted it, and for what.")
            raise Invalid(fields={"holding_grounds": said})
        before = meter.source if meter.pk else None
        values = {**values, "load": load_of(source, unit, role), "changed_at": timezone.now()}
        before_serves = sorted(meter.serves.values_list("pk", flat=True)) if meter.pk else []
        changed = self.save(meter, **values)
        if serves is not None and sorted(line.pk for line in serves) != before_serves:
            meter.serves.set(serves)
            names = "、".join(str(line) for line in serves)
            self.log(meter, after={"serves": names})
            changed = True
        if not changed:
            self.unchanged = True
        if before is not None and before.pk != source.pk:
            release_number(meter.number, before)
            settle_loads(before)
        if meter.in_use:
            hold_number(meter)
        settle_loads(source)
        if changed:
            touch_source(source)


class AddMeter(_OnMeter):
    """Add a meter to the register.

    Parameters
    ----------
    serves
        Production lines that the facility treats.
    """

    code = "monitoring.meter.add"

    def __init__(
        self, actor: Actor, *, serves: Sequence[Unit] = (), reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, reason=reason)
        self.serves, self.values = serves, values

    def perform(self) -> Meter:
        """Make it."""
        meter = Meter()
        meter.source = self.values["source"]
        self.write(meter, self.values, self.serves)
        return meter


class ChangeMeter(_OnMeter):
    """Correct what is written about a meter; readings that were stored stay as they are.

    Parameters
    ----------
    seen
        When the row was last changed as the person saw it.
    """

    code = "monitoring.meter.change"

    def __init__(
        self,
        actor: Actor,
        meter: Meter,
        *,
        serves: Sequence[Unit] | None = None,
        seen: datetime | None = None,
        reason: str = "",
        **values: Any,
    ) -> None:
        super().__init__(actor, reason=reason)
        self.meter, self.serves, self.seen, self.values = meter, serves, seen, values

    def subject(self) -> Meter:
        """The meter."""
        return self.meter

    def check(self) -> None:
        """Ask for the right over this meter."""
        super().check()
        self.check_row(self.meter)

    def validate(self) -> None:
        """The number of a meter stays; readings stand under it."""
        super().validate()
        if self.values.get("number", self.meter.number) != self.meter.number:
            said = __("Readings stand under this number. Take the meter out of use and add the new one.")
            raise Invalid(fields={"number": said})
        if self.seen is not None and self.meter.changed_at != self.seen:
            raise Conflict

    def perform(self) -> Meter:
        """Write it."""
        self.write(self.meter, self.values, self.serves)
        return self.meter


class RetireMeter(Action[Meter]):
    """Take a meter out of use; its readings stay, new ones are refused."""

    code = "monitoring.meter.retire"
    permission = POWER_EDIT
    needs_reason = True

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

    def perform(self) -> Meter:
        """Mark it."""
        if not self.meter.in_use:
            raise Conflict(__("This meter is out of use already."))
        self.save(self.meter, in_use=False, changed_at=timezone.now())
        release_number(self.meter.number, self.meter.source)
        settle_loads(self.meter.source)
        return self.meter


class SetPowerSite(Action[PowerSite]):
    """Say what an enterprise generates itself."""

    code = "monitoring.power_site.set"
    permission = POWER_EDIT

    def __init__(self, actor: Actor, source: Source, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.values = source, values

    def subject(self) -> Source:
        """The enterprise."""
        return self.source

    def check(self) -> None:
        """Ask for the right over the enterprise."""
        super().check()
        self.check_row(self.source)

    def validate(self) -> None:
        """A ratio is there where it is wanted."""
        super().validate()
        if self.values.get("own_generation") == "ratio" and self.values.get("ratio") is None:
            said = __("Write how much is used for each kWh bought, such as 1.25.")
            raise Invalid(fields={"ratio": said})

    def perform(self) -> PowerSite:
        """Write it, and judge the enterprise anew."""
        row = PowerSite.objects.filter(source=self.source).order_by("-pk").first() or PowerSite(source=self.source)
        if not self.save(row, **self.values):
            self.unchanged = True
            return row
        touch_source(self.source)
        return row


class _OnPeriod(Action[PowerPeriod]):
    permission = POWER_EDIT

    def write(self, row: PowerPeriod, values: dict[str, Any], sources: Sequence[Source]) -> None:
        """Save it with its enterprises, which the actor must see."""
        wanted = [source.pk for source in sources]
        mine = self.actor.rows(Source.objects.filter(pk__in=wanted), POWER_EDIT).count()
        if mine != len(set(wanted)):
            raise NotFound
        self.save(row, **values)
        row.sources.set(sources)
        if not self.actor.rows(PowerPeriod.objects.filter(pk=row.pk), POWER_EDIT).exists():
            said = __("This place is outside of your data scope. Choose one within it.")
            raise Invalid(fields={"region": said})


class AddPeriod(_OnPeriod):
    """Enter an order to stop or limit, a season, a holiday, a repair or a power failure."""

    code = "monitoring.power_period.add"

    def __init__(
        self, actor: Actor, *, sources: Sequence[Source] = (), reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, reason=reason)
        self.sources, self.values = sources, values

    def validate(self) -> None:
        """What runs forward and says what it wants."""
        super().validate()
        check_period(self.values)

    def perform(self) -> PowerPeriod:
        """Make it."""
        user = self.actor.user
        row = PowerPeriod(organisation=user.organisation if user is not None else None)
        self.write(row, self.values, self.sources)
        touch_loads(row, row.start)
        return row


class ChangePeriod(_OnPeriod):
    """Correct an order or special time."""

    code = "monitoring.power_period.change"

    def __init__(
        self, actor: Actor, row: PowerPeriod, *, sources: Sequence[Source] = (), reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, reason=reason)
        self.row, self.sources, self.values = row, sources, values

    def subject(self) -> PowerPeriod:
        """The order."""
        return self.row

    def check(self) -> None:
        """Ask for the right over it."""
        super().check()
        self.check_row(self.row)

    def validate(self) -> None:
        """What runs forward and says what it wants."""
        super().validate()
        if self.row.withdrawn_at is not None:
            raise Conflict(__("This has been withdrawn."))
        check_period(self.values)

    def perform(self) -> PowerPeriod:
        """Write it."""
        before = sorted(self.row.sources.values_list("pk", flat=True))
        start = self.row.start
        # Those that it touched before, and those that it touches now.
        touch_loads(self.row, start)
        self.write(self.row, self.values, self.sources)
        touch_loads(self.row, min(start, self.row.start))
        if not self._entries:
            after = sorted(source.pk for source in self.sources)
            if before == after:
                self.unchanged = True
            else:
                self.log(self.row, before={"sources": len(before)}, after={"sources": len(after)})
        return self.row


class WithdrawPeriod(Action[PowerPeriod]):
    """Take an order or special time back; it counts no more."""

    code = "monitoring.power_period.withdraw"
    permission = POWER_EDIT
    needs_reason = True

    def __init__(self, actor: Actor, row: PowerPeriod, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> PowerPeriod:
        """The order."""
        return self.row

    def check(self) -> None:
        """Ask for the right over it."""
        super().check()
        self.check_row(self.row)

    def perform(self) -> PowerPeriod:
        """Mark it."""
        if self.row.withdrawn_at is not None:
            raise Conflict(__("This has been withdrawn."))
        self.save(self.row, withdrawn_at=timezone.now())
        touch_loads(self.row, self.row.start)
        self.row.checks.all().delete()
        return self.row


def check_period(values: dict[str, Any]) -> None:
    """Refuse a time that runs backwards, or a demand without its figure.

    Raises
    ------
    Invalid
        With the field that is wrong.
    """
    if values["end"] <= values["start"]:
        raise Invalid(fields={"end": __("It must end after it begins.")})
    if values["end"] - values["start"] > timedelta(days=400):
        raise Invalid(fields={"end": __("It is longer than 400 days. Enter each year by itself.")})
    if values["demand"] == "limit" and not values.get("percent"):
        raise Invalid(fields={"percent": __("Say by how much is to be reduced.")})
    if values["demand"] != "limit":
        values["percent"] = None
    if values["demand"] != "none" and values["kind"] not in ("warning", "season"):
        raise Invalid(fields={"demand": __("Only responses and staggered production order something.")})


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which is shown once."""

    key: MeterKey
    secret: str


class MakeMeterKey(Action[NewKey]):
    """Make a key for a program that sends readings."""

    code = "monitoring.meter_key.make"
    permission = POWER_EDIT

    def __init__(
        self,
        actor: Actor,
        *,
        name: str,
        region: Region,
        meters: Sequence[Meter] = (),
        until: date | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.name, self.region, self.meters, self.until = name.strip(), region, list(meters), until

    def validate(self) -> None:
        """Refuse meters outside of the place, and an end that has passed."""
        super().validate()
        outside = [
            meter.number for meter in self.meters
            if meter.source.region is None or not meter.source.region.path.startswith(self.region.path)
        ]  # fmt: skip
        if outside:
            said = __("Not in this place: %(names)s") % {"names": "、".join(outside[:5])}
            raise Invalid(fields={"meters": said})
        if self.until is not None and self.until < timezone.localdate():
            raise Invalid(fields={"until": __("This day has passed.")})

    def perform(self) -> NewKey:
        """Write the digest, give the secret back."""
        prefix, secret = new_secret(MARK)
        row = MeterKey()
        self.save(
            row, name=self.name, region=self.region, prefix=prefix, digest=digest(secret), expires_at=end_of(self.until),
            created_by=self.actor.user,
        )  # fmt: skip
        row.meters.set(self.meters)
        self.check_row(row)
        return NewKey(row, secret)


class RevokeMeterKey(Action[MeterKey]):
    """Make a key worthless at once."""

    code = "monitoring.meter_key.revoke"
    permission = POWER_EDIT
    needs_reason = True

    def __init__(self, actor: Actor, key: MeterKey, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.key = key

    def subject(self) -> MeterKey:
        """The key."""
        return self.key

    def check(self) -> None:
        """Ask for the right over this key."""
        super().check()
        self.check_row(self.key)

    def perform(self) -> MeterKey:
        """Mark it."""
        if self.key.revoked_at is not None:
            raise Conflict(__("This key has been revoked already."))
        self.save(self.key, revoked_at=timezone.now())
        return self.key


class TakeRejects(Action[int]):
    """Look at refused readings once more, as the register stands now, and take what can be taken.

    Parameters
    ----------
    rows
        Which; those that were taken already are passed over.
    """

    code = "monitoring.readings.take"
    permission = POWER_EDIT

    def __init__(self, actor: Actor, rows: Sequence[PowerReject], *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        # What somebody sent for a meter that is not his is not taken by mending the register.
        open_rows = [row for row in rows if row.taken_at is None and row.reason != storing.NOT_YOURS.code]
        self.rows = open_rows[:MOST_TAKEN]

    def perform(self) -> int:
        """Judge, store, mark; gives how many were taken."""
        now = timezone.now()
        mine = self.actor.rows(Meter.objects.all(), POWER_EDIT)
        known = storing.known_meters({row.number for row in self.rows}, mine)
        items = storing.judge(rejects.readings_of(self.rows), known, now)
        good = [item.row for item in items if item.good is not None]
        if not good:
            self.unchanged = True
            return 0
        batch = storing.batch_name("again", now.isoformat(), *map(str, sorted(good)))
        storing.store(
            items, known, door=PowerDoor.FILE, batch=batch, now=now,
            actor=self.actor.name or str(self.actor.user or ""), reason=self.reason,
        )  # fmt: skip
        PowerReject.objects.filter(pk__in=good).update(taken_at=now)
        self.log(after={"taken": len(good), "meters": len({item.number for item in items if item.good})})
        return len(good)
