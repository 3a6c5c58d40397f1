"""Alarms, and the steps that people took."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Region
from lantian.apps.core.querysets import RowScope
from lantian.apps.monitoring.choices_alarms import AlarmCause, AlarmState, Severity, Verdict
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.sources.models import Source, Unit
from lantian.apps.sources.models.scope import KeptQuerySet

if TYPE_CHECKING:
    from lantian.apps.core.models import User


def _ways(prefix: str = "") -> tuple[RowScope, ...]:
    """As with sources, but the place is the alarm's own: that of a storm has no source."""
    return tuple(
        RowScope(organisation=f"{prefix}source__{name}", region=f"{prefix}region")
        for name in ("department", "town", "operator")
    )


class AlarmQuerySet(KeptQuerySet):
    """Alarms of sources that an account may see, and storms that one of those is folded into."""

    ways = _ways()

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission; none without it."""
        opened = self.opened(user, permission)
        if opened is None:
            return self.none()
        if not opened:
            return self.all()
        members = self.model._base_manager.filter(opened, folded_into__isnull=False).values("folded_into")
        return self.filter(opened | Q(storm=True, pk__in=members))


class Alarm(models.Model):
    """Something that was found at an outlet or a device, as one row however often it was found again."""

    #: outlet, cause, rule and factor: what makes findings one
    key = models.CharField(max_length=100, editable=False)
    cause = models.CharField(_("Cause of the alarm"), max_length=12, choices=AlarmCause.choices)
    #: R1 to R22, E1 to E9; empty where the cause says it all
    rule = models.CharField(_("Rule"), max_length=24, blank=True)
    factor = models.CharField(_("Pollutant or factor"), max_length=24, blank=True)
    severity = models.PositiveSmallIntegerField(_("Severity"), choices=Severity.choices)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name=_("Source concerned")
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alarms",
        verbose_name=_("Unit of the source"),
    )
    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name=_("Device")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name=_("Region")
    )
    begin = models.DateTimeField(_("Began at"))
    #: empty while it lasts
    end = models.DateTimeField(_("Ended at"), null=True, blank=True)
    #: hours, days or values that were found
    count = models.PositiveIntegerField(_("Times found"), default=1)
    state = models.CharField(
        _("State"), max_length=12, choices=AlarmState.choices, default=AlarmState.OPEN
    )
    evidence = models.JSONField(_("Data as evidence"), default=dict, blank=True)
    #: an outage of a place; what fell silent with it is folded into it
    storm = models.BooleanField(_("Outage of a place"), default=False)
    folded_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("Folded into")
    )
    opened_at = models.DateTimeField(_("Raised at"), default=timezone.now)
    #: when it last grew
    grown_at = models.DateTimeField(_("Grew at"), null=True, blank=True)
    #: until when the enterprise is to answer; empty where nobody is asked
    due_at = models.DateTimeField(_("Answer due"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("Taken up at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("Answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: of the book of alarms
    reason = models.CharField(_("Reason given"), max_length=24, blank=True)
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True)
    verdict = models.CharField(_("Verdict of the alarm"), max_length=12, choices=Verdict.choices, blank=True)
    #: what it was turned into: words and address of another room
    turned_into = models.JSONField(_("Turned into"), default=dict, blank=True)

    objects = models.Manager.from_queryset(AlarmQuerySet)()

    class Meta:
        verbose_name = _("Alarm")
        verbose_name_plural = _("Alarms")
        ordering = ["severity", "-begin", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key", "begin"], name="alarm_once_per_key_and_begin"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=models.F("begin")), name="alarm_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(verdict="")
                | ~Q(state="closed") & Q(closed_at__isnull=True, verdict=""),
                name="alarm_closes_with_a_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "severity", "-begin"], name="alarm_state"),
            models.Index(fields=["cause", "rule", "opened_at"], name="alarm_rule"),
            models.Index(fields=["opened_at"], name="alarm_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} · {self.place_words}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("monitoring:alarm", args=[self.pk])

    @property
    def place_words(self) -> str:
        """Where: the source, or the place of a storm."""
        if self.source is not None:
            return self.source.name
        if self.storm:
            return self.region.name if self.region is not None else str(_("all devices of the gateway"))
        return str(self.device or "")

    @property
    def grew_since_answer(self) -> bool:
        """Whether it went on after the enterprise had answered."""
        return bool(self.answered_at and self.grown_at and self.grown_at > self.answered_at)


class StepQuerySet(KeptQuerySet):
    """Steps of alarms."""

    ways: ClassVar[tuple[RowScope, ...]] = _ways("alarm__")


class AlarmStep(models.Model):
    """Something that a person did about an alarm; what judges find stands in the alarm itself."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="steps", verbose_name=_("Alarm"))
    step = models.CharField(_("Step of the alarm"), max_length=12)
    state = models.CharField(_("State"), max_length=12, choices=AlarmState.choices)
    at = models.DateTimeField(_("At"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("By")
    )
    reason = models.CharField(_("Reason given"), max_length=24, blank=True)
    text = models.CharField(_("Words"), max_length=1000, blank=True)
    verdict = models.CharField(_("Verdict of the alarm"), max_length=12, choices=Verdict.choices, blank=True)
    #: keys of the files that came with it
    files = models.JSONField(default=list, blank=True)

    objects = models.Manager.from_queryset(StepQuerySet)()

    class Meta:
        verbose_name = _("Step of an alarm")
        verbose_name_plural = _("Steps of alarms")
        ordering = ["alarm", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.step}"
