"""Meters, the loads that they stand on, what was asked for a time, and what was judged of it.

A *load* is what all meters of one role on one line, facility or plant measure together. It is what has a baseline and
states; its readings lie in the lake under the numbers of its meters.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedManager, ScopedQuerySet
from lantian.apps.monitoring.access import MONITORING_VIEW
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.choices_power import (
    CheckOutcome,
    Demand,
    FeedMeasure,
    FeedUnit,
    LoadState,
    MeterRole,
    OwnGeneration,
    PeriodKind,
    PowerDoor,
)
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.sources.models import Source, Unit
from lantian.apps.sources.models.scope import KeptQuerySet, scopes

if TYPE_CHECKING:
    from lantian.apps.core.models import User

#: what a number of a meter may consist of; it is a part of topics and of names of batches
METER_NUMBER = r"^[0-9A-Za-z_.-]{1,40}$"


class MeterQuerySet(KeptQuerySet):
    """Meters, and other rows that name their source."""

    ways = scopes("source__")


class LoadQuerySet(KeptQuerySet):
    """Rows that hang on a load."""

    ways = scopes("load__source__")


class RejectQuerySet(KeptQuerySet):
    """What could not be read; of an unknown meter it is seen only by whoever sees everything."""

    ways = scopes("meter__source__")


class PeriodQuerySet(ScopedQuerySet):
    """What was ordered is seen by everybody who sees devices, and changed by those whose it is."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission."""
        if permission == MONITORING_VIEW:
            may = getattr(user, "is_active", False) and hasattr(user, "may") and user.may(permission)
            return self.all() if may else self.none()
        return super().visible_to(user, permission)


class PowerSite(models.Model):
    """What is known of the electricity of an enterprise as a whole."""

    #: the latest row of a source holds: two sources that become one may both have had one
    source = models.ForeignKey(
        Source, models.CASCADE, related_name="power_sites", verbose_name=_("Source")
    )
    own_generation = models.CharField(
        _("Own generation"), max_length=8, choices=OwnGeneration.choices, default=OwnGeneration.NONE
    )
    #: what is used for each kWh that is bought
    ratio = models.DecimalField(
        _("Used for each kWh bought"),
        max_digits=7,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(1000))],
    )
    note = models.CharField(_("Note"), max_length=200, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(MeterQuerySet)()

    class Meta:
        verbose_name = _("Electricity of an enterprise")
        verbose_name_plural = _("Electricity of enterprises")
        constraints = [
            models.CheckConstraint(
                condition=~Q(own_generation=OwnGeneration.RATIO) | Q(ratio__isnull=False),
                name="power_site_ratio_is_there",
            )
        ]

    def __str__(self) -> str:
        return str(self.source)


class Load(models.Model):
    """What the meters of one role on one line, facility or plant measure together, and what it does now."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="loads", verbose_name=_("Source"))
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="loads",
        verbose_name=_("Line or facility"),
    )
    role = models.CharField(_("What it measures"), max_length=10, choices=MeterRole.choices)
    #: whether a meter in use stands on it
    in_use = models.BooleanField(_("In use"), default=True)
    state = models.CharField(
        _("State"), max_length=8, choices=LoadState.choices, default=LoadState.UNKNOWN
    )
    since = models.DateTimeField(_("Since"), null=True, blank=True)
    why = models.JSONField(_("Why"), default=dict, blank=True)
    #: the states of the last 24 hours, a letter for each quarter, the latest last
    strip = models.CharField(max_length=96, blank=True)
    #: end of the last quarter that was judged
    judged_to = models.DateTimeField(_("Judged up to"), null=True, blank=True)
    #: mean power of that quarter, and what is usual then [kW]
    kw = models.DecimalField(_("Power (kW)"), max_digits=12, decimal_places=1, null=True, blank=True)
    usual_kw = models.DecimalField(
        _("Usual power (kW)"), max_digits=12, decimal_places=1, null=True, blank=True
    )
    #: readings from this moment on have changed since it was judged
    fresh_from = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = models.Manager.from_queryset(MeterQuerySet)()

    class Meta:
        verbose_name = _("Load")
        verbose_name_plural = _("Loads")
        ordering = ["source", "role", "pk"]
        indexes = [models.Index(fields=["role", "state"])]

    def __str__(self) -> str:
        return str(self.unit) if self.unit is not None else str(self.get_role_display())

    def get_absolute_url(self) -> str:
        """The page of its enterprise."""
        return reverse("monitoring:power_source", args=[self.source_id])


class Meter(models.Model):
    """An electricity meter: whose it is, what it measures, and how its figures become kWh."""

    number = models.CharField(
        _("Number of the meter"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(METER_NUMBER, _("Write letters, figures and . _ - only, 40 at most."))
        ],
    )
    name = models.CharField(_("Name"), max_length=80, blank=True)
    #: of the account at the electricity company
    account = models.CharField(_("Number of the account"), max_length=40, blank=True)
    load = models.ForeignKey(Load, models.PROTECT, related_name="meters", verbose_name=_("Load"))
    #: repeated from the load, so that rights and lists need no further table
    source = models.ForeignKey(Source, models.PROTECT, related_name="meters", verbose_name=_("Source"))
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="meters",
        verbose_name=_("Line or facility"),
    )
    role = models.CharField(_("What it measures"), max_length=10, choices=MeterRole.choices)
    #: production lines whose waste gas the facility treats
    serves: Any = models.ManyToManyField(
        Unit,
        through="MeterLine",
        blank=True,
        related_name="treated_by",
        verbose_name=_("Treats the lines"),
    )
    ct = models.DecimalField(
        _("Current ratio (CT)"),
        max_digits=9,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    pt = models.DecimalField(
        _("Voltage ratio (PT)"),
        max_digits=9,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    #: whether its figures arrive multiplied already
    multiplied = models.BooleanField(_("Values arrive multiplied by CT and PT"), default=False)
    #: what stays on while nothing is produced: furnaces kept warm, cold stores, lighting [kW]
    holding_kw = models.DecimalField(
        _("Holding load (kW)"),
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    #: who accepted it, and for what
    holding_grounds = models.CharField(_("Grounds of the holding load"), max_length=200, blank=True)
    #: how long the process needs to stop in order [min]
    stop_minutes = models.PositiveIntegerField(
        _("Time that the process needs to stop (min)"),
        default=0,
        validators=[MaxValueValidator(14 * 1440)],
    )
    #: what can pass at most; a value above is held [kW]
    capacity_kw = models.DecimalField(
        _("Capacity (kW)"),
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    #: figures before the point of its counter, after which it begins at zero again
    register_digits = models.PositiveSmallIntegerField(
        _("Figures of the counter before the point"),
        null=True,
        blank=True,
        validators=[MinValueValidator(3), MaxValueValidator(12)],
    )
    in_use = models.BooleanField(_("In use"), default=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    #: end of its latest reading
    seen_at = models.DateTimeField(_("Last reading"), null=True, blank=True)

    objects = models.Manager.from_queryset(MeterQuerySet)()

    class Meta:
        verbose_name = _("Electricity meter")
        verbose_name_plural = _("Electricity meters")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(holding_kw__isnull=True) | Q(holding_kw=0) | ~Q(holding_grounds=""),
                name="power_holding_load_has_grounds",
            )
        ]
        indexes = [models.Index(fields=["role", "in_use"]), models.Index(fields=["seen_at"])]

    def __str__(self) -> str:
        return self.name or self.number

    def get_absolute_url(self) -> str:
        """The page of its enterprise."""
        return reverse("monitoring:power_source", args=[self.source_id])

    @property
    def multiplier(self) -> Decimal:
        """By what its figures are multiplied when they arrive."""
        return Decimal(1) if self.multiplied else self.ct * self.pt


class MeterLine(models.Model):
    """A line whose waste gas the facility of a meter treats; twice where two units have become one."""

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.meter_id} {self.unit_id}"


class FeedQuerySet(KeptQuerySet):
    """Rows that hang on a meter."""

    ways = scopes("meter__source__")


class MeterFeed(models.Model):
    """The factor of an HJ 212 device that is read as a meter.

    No text that was read says which codes of electricity there are, or in which unit they come: a feed is a setting of the
    office, for each meter.
    """

    meter = models.OneToOneField(Meter, models.CASCADE, related_name="feed", verbose_name=_("Meter"))
    device = models.ForeignKey(
        Device, models.PROTECT, related_name="feeds", verbose_name=_("Device number (MN)")
    )
    #: the code of power, energy or counter; of phases those of the voltages
    factors = models.JSONField(_("Factor codes"), default=list)
    #: of phases: one code for all of them, or one for each
    currents = models.JSONField(_("Codes of the currents"), default=list, blank=True)
    measure = models.CharField(_("What the factor says"), max_length=8, choices=FeedMeasure.choices)
    unit = models.CharField(_("Unit that is sent"), max_length=4, choices=FeedUnit.choices, blank=True)
    period = models.CharField(_("Kind of data"), max_length=6, choices=Period.choices, default=Period.MOMENT)
    #: of phases: by what their products are multiplied
    power_factor = models.DecimalField(
        _("Power factor"),
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal(1))],
    )
    #: where code, unit and factor are from
    grounds = models.CharField(_("Grounds"), max_length=200)
    created_at = models.DateTimeField(_("Made at"), default=timezone.now, editable=False)
    #: when its latest message arrived that has been looked at; none: it is read from before it was set
    read_to = models.DateTimeField(_("Read up to"), null=True, blank=True, editable=False)
    #: the latest moment of which a value came
    last_at = models.DateTimeField(_("Last value"), null=True, blank=True, editable=False)

    objects = models.Manager.from_queryset(FeedQuerySet)()

    class Meta:
        verbose_name = _("Meter on an HJ 212 device")
        verbose_name_plural = _("Meters on HJ 212 devices")
        ordering = ["meter__number"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(measure=FeedMeasure.PHASES) | Q(power_factor__isnull=False),
                name="power_feed_phases_have_a_factor",
            )
        ]

    def __str__(self) -> str:
        return f"{self.meter} · {', '.join(self.codes)}"

    @property
    def codes(self) -> list[str]:
        """All codes that are read."""
        return [*self.factors, *self.currents]


class PowerPeriod(models.Model):
    """A time that is not like others: an order to stop or limit, a season, a holiday, a repair, a failure."""

    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind of time"), max_length=8, choices=PeriodKind.choices)
    document = models.CharField(_("Document"), max_length=120, blank=True)
    start = models.DateTimeField(_("From"))
    end = models.DateTimeField(_("To"))
    demand = models.CharField(_("Ordered"), max_length=5, choices=Demand.choices, default=Demand.NONE)
    #: of what was usual [%]
    percent = models.PositiveSmallIntegerField(
        _("Reduction (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    #: how long the process takes to stop safely [min]
    grace_minutes = models.PositiveIntegerField(
        _("Grace at the beginning (min)"), default=0, validators=[MaxValueValidator(14 * 1440)]
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="power_periods", verbose_name=_("Region"))
    #: none: all enterprises of the place
    sources: Any = models.ManyToManyField(
        Source,
        through="PeriodSource",
        blank=True,
        related_name="power_periods",
        verbose_name=_("Enterprises"),
    )
    #: whose it is
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Entered by")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)

    objects = models.Manager.from_queryset(PeriodQuerySet)()
    row_scope = RowScope(organisation="organisation", region="region")

    class Meta:
        verbose_name = _("Order or special time")
        verbose_name_plural = _("Orders and special times")
        ordering = ["-start", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="power_period_runs_forward"),
            models.CheckConstraint(
                condition=~Q(demand=Demand.LIMIT) | Q(percent__isnull=False),
                name="power_period_limit_has_percent",
            ),
        ]
        indexes = [models.Index(fields=["start", "end"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("monitoring:power_period", args=[self.pk])


class PeriodSource(models.Model):
    """An enterprise that an order names; twice where two sources have become one."""

    period = models.ForeignKey(PowerPeriod, models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.period_id} {self.source_id}"


class PowerBaseline(models.Model):
    """What is usual for a load, as it holds for one month."""

    load = models.ForeignKey(
        Load, models.CASCADE, related_name="baselines", verbose_name=_("Load"), db_index=False
    )
    #: the month in which it is applied, in campaign time
    month = models.CharField(_("Month"), max_length=7)
    #: as the rules wrote it
    values = models.JSONField(default=dict)
    computed_at = models.DateTimeField(_("Worked out at"), default=timezone.now)

    objects = models.Manager.from_queryset(LoadQuerySet)()

    class Meta:
        verbose_name = _("Baseline")
        verbose_name_plural = _("Baselines")
        ordering = ["load", "-month"]
        constraints = [models.UniqueConstraint(fields=["load", "month"], name="power_baseline_once")]

    def __str__(self) -> str:
        return f"{self.load_id} {self.month}"


class PowerSpan(models.Model):
    """Quarters in a row in one state, and why."""

    load = models.ForeignKey(
        Load, models.CASCADE, related_name="spans", verbose_name=_("Load"), db_index=False
    )
    state = models.CharField(_("State"), max_length=8, choices=LoadState.choices)
    start = models.DateTimeField(_("From"))
    end = models.DateTimeField(_("To"))
    why = models.JSONField(_("Why"), default=dict)

    objects = models.Manager.from_queryset(LoadQuerySet)()

    class Meta:
        verbose_name = _("States of a load")
        verbose_name_plural = _("States of loads")
        ordering = ["load", "start"]
        constraints = [models.UniqueConstraint(fields=["load", "start"], name="power_span_begins_once")]
        indexes = [models.Index(fields=["load", "end"])]

    def __str__(self) -> str:
        return f"{self.load_id} {self.state}"


class PowerFinding(models.Model):
    """Something that a rule suspects: from when to when, and why."""

    load = models.ForeignKey(
        Load, models.CASCADE, related_name="findings", verbose_name=_("Load"), db_index=False
    )
    rule = models.CharField(_("Rule"), max_length=12)
    start = models.DateTimeField(_("From"))
    end = models.DateTimeField(_("To"))
    why = models.JSONField(_("Why"), default=dict)
    period = models.ForeignKey(
        PowerPeriod,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name=_("Order"),
    )
    #: whether the desk of alarms has not been told of it as it is now
    untold = models.BooleanField(default=True, db_index=True)
    found_at = models.DateTimeField(_("Found at"), default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(LoadQuerySet)()

    class Meta:
        verbose_name = _("Suspicion by electricity")
        verbose_name_plural = _("Suspicions by electricity")
        ordering = ["-start", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["load", "rule", "start"], name="power_finding_begins_once")
        ]
        indexes = [models.Index(fields=["rule", "start"]), models.Index(fields=["load", "end"])]

    def __str__(self) -> str:
        return f"{self.load} {self.rule}"


class CheckQuerySet(KeptQuerySet):
    """Results of orders, by the load that they are of."""

    ways = scopes("load__source__")


class PowerCheck(models.Model):
    """Whether a load kept an order, as far as it is known now."""

    period = models.ForeignKey(
        PowerPeriod, models.CASCADE, related_name="checks", verbose_name=_("Order"), db_index=False
    )
    load = models.ForeignKey(Load, models.CASCADE, related_name="checks", verbose_name=_("Load"))
    outcome = models.CharField(_("Result"), max_length=12, choices=CheckOutcome.choices)
    why = models.JSONField(_("Why"), default=dict)
    #: energy used and usual, over the quarter hours that have readings [kWh]
    used_kwh = models.DecimalField(
        _("Used (kWh)"), max_digits=16, decimal_places=1, null=True, blank=True
    )
    usual_kwh = models.DecimalField(
        _("Usual (kWh)"), max_digits=16, decimal_places=1, null=True, blank=True
    )
    #: quarter hours due, and those with readings
    due = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)
    #: up to when it was judged
    judged_to = models.DateTimeField(_("Judged up to"))

    objects = models.Manager.from_queryset(CheckQuerySet)()

    class Meta:
        verbose_name = _("Result of an order")
        verbose_name_plural = _("Results of orders")
        ordering = ["period", "outcome", "pk"]
        constraints = [models.UniqueConstraint(fields=["period", "load"], name="power_check_once")]
        indexes = [models.Index(fields=["period", "outcome"])]

    def __str__(self) -> str:
        return f"{self.load} {self.outcome}"

    @property
    def reduced_percent(self) -> Decimal | None:
        """By how much less than usual was used [%]; None where that cannot be told."""
        if self.used_kwh is None or not self.usual_kwh:
            return None
        return ((1 - self.used_kwh / self.usual_kwh) * 100).quantize(Decimal("0.1"))


class MeterKey(models.Model):
    """The key with which a program sends readings; only its hash is kept."""

    name = models.CharField(_("Sender"), max_length=80)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("Region"))
    #: none: all meters of the place
    meters: Any = models.ManyToManyField(Meter, blank=True, related_name="keys", verbose_name=_("Meters"))
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("Made at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("Valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(region="region")

    class Meta:
        verbose_name = _("Key of a sender of readings")
        verbose_name_plural = _("Keys of senders of readings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def covered(self) -> Any:
        """The meters that may be reported with it."""
        chosen = self.meters.all()
        if chosen.exists():
            return chosen
        return Meter.objects.filter(source__region__path__startswith=self.region.path)


class PowerMessage(models.Model):
    """A message of a sender, with what was answered, so that the same message is answered the same."""

    key = models.ForeignKey(MeterKey, models.CASCADE, related_name="messages", db_index=False)
    #: the sender's own name for it
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("Message of a sender")
        verbose_name_plural = _("Messages of senders")
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="power_message_of_a_sender_once")]

    def __str__(self) -> str:
        return self.name


class PowerReject(models.Model):
    """A reading that was not taken: what it said, and why; kept for a time so that it can be mended and taken again."""

    door = models.CharField(_("Door"), max_length=8, choices=PowerDoor.choices)
    #: the file, message or topic, and the row in it
    name = models.CharField(_("Came with"), max_length=200)
    row = models.PositiveIntegerField(_("Row"), default=0)
    number = models.CharField(_("Number of the meter"), max_length=40, blank=True)
    meter = models.ForeignKey(
        Meter, models.CASCADE, null=True, blank=True, related_name="rejects", verbose_name=_("Meter")
    )
    #: as it was sent, cut off
    text = models.CharField(_("Content"), max_length=500, blank=True)
    reason = models.CharField(_("Reason"), max_length=20)
    places = models.JSONField(default=dict, blank=True)
    #: what can be taken once the meter is known: start, end and value
    reading = models.JSONField(null=True, blank=True)
    #: the same content is one row
    digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField(_("Came at"), default=timezone.now, db_index=True)
    taken_at = models.DateTimeField(_("Taken after all at"), null=True, blank=True)

    objects = models.Manager.from_queryset(RejectQuerySet)()

    class Meta:
        verbose_name = _("Refused reading")
        verbose_name_plural = _("Refused readings")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["reason", "received_at"]), models.Index(fields=["number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.reason}"
