"""The daily report of key enterprises: a form of a place and a day, its rows frozen, and what people verified.

Figures are facts as they stood when the draft was made; a sent form never changes. A correction is a further version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedQuerySet
from lantian.apps.monitoring.choices_daily import VERIFIED, ReportPart, ReportState, Running
from lantian.apps.sources.models import Source
from lantian.apps.sources.models.scope import KeptQuerySet, scopes

if TYPE_CHECKING:
    from lantian.apps.core.models import User


class DailySetting(models.Model):
    """How the report of a place goes out: by whom, to whom, and whether the house sends it when it is due."""

    region = models.OneToOneField(Region, models.PROTECT, related_name="daily_setting", verbose_name=_("Region"))
    #: whose name stands under the form
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reporting unit")
    )
    #: as the form addresses them
    addressee = models.CharField(_("Addressed to"), max_length=120, blank=True)
    #: accounts that get a message when it is sent
    receivers: Any = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("Receivers in the house")
    )
    auto_send = models.BooleanField(_("Reported by the house when it is due, even unverified"), default=False)

    objects = models.Manager.from_queryset(ScopedQuerySet)()
    row_scope = RowScope(organisation="organisation", region="region")

    class Meta:
        verbose_name = _("Setting of the daily report")
        verbose_name_plural = _("Settings of the daily report")

    def __str__(self) -> str:
        return str(self.region)


class ReportQuerySet(ScopedQuerySet):
    """Reports of the own place, whole; and those in which an enterprise stands that the account may see."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Reports that the account may open under a permission; which rows of them is asked from the rows."""
        rows = DailyReportRow.objects.visible_to(user, permission).order_by().values("report")
        whole = self.model._base_manager.filter(pk__in=self.whole_to(user, permission).order_by().values("pk"))
        return self.filter(Q(pk__in=rows) | Q(pk__in=whole.values("pk")))

    def whole_to(self, user: User, permission: str) -> Self:
        """Reports of which the account may use every row, and which it may send."""
        return super().visible_to(user, permission)


class DailyReport(models.Model):
    """The form of a place and a day; a correction after sending is a further version of it."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="daily_reports", verbose_name=_("Region"))
    day = models.DateField(_("Day of the report"))
    part = models.CharField(_("Kind of form"), max_length=6, choices=ReportPart.choices, default=ReportPart.DAY)
    version = models.PositiveSmallIntegerField(_("Version"), default=1)
    state = models.CharField(_("State"), max_length=9, choices=ReportState.choices, default=ReportState.DRAFT)
    #: what it covers; the end is not included
    first = models.DateTimeField(_("Covers from"))
    last = models.DateTimeField(_("Covers to"))
    due_at = models.DateTimeField(_("Due at"))
    #: level, document and time of the warning by which it is due, and entries of the book that it rests on
    facts = models.JSONField(default=dict)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reporting unit")
    )
    addressee = models.CharField(_("Addressed to"), max_length=120, blank=True)
    made_at = models.DateTimeField(_("Made at"), default=timezone.now)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: when it was told that it is overdue
    missed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("Reported at"), null=True, blank=True)
    #: nobody where the house sent it
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reported by")
    )
    by_house = models.BooleanField(_("Reported by the house"), default=False)
    #: why it is corrected
    cause = models.CharField(_("Why it is corrected"), max_length=500, blank=True)

    objects = models.Manager.from_queryset(ReportQuerySet)()
    row_scope = RowScope(organisation="organisation", region="region")

    class Meta:
        verbose_name = _("Daily report of key enterprises")
        verbose_name_plural = _("Daily reports of key enterprises")
        ordering = ["-day", "-part", "region", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["region", "day", "part", "version"], name="daily_report_once"),
            models.CheckConstraint(
                condition=Q(state="draft", sent_at__isnull=True) | ~Q(state="draft") & Q(sent_at__isnull=False),
                name="daily_report_sent_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="daily_report_state")]

    def __str__(self) -> str:
        return f"{self.region} {self.day:%Y-%m-%d} {self.get_part_display()}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("monitoring:daily_report", args=[self.pk])

    @property
    def late(self) -> bool:
        """Whether it went out after it was due, or has not by now."""
        return (self.sent_at or timezone.now()) > self.due_at


class RowQuerySet(KeptQuerySet):
    """Rows of enterprises that an account may see."""

    ways = scopes("source__")


class DailyReportRow(models.Model):
    """An enterprise in a report: figures as they were when the draft was made, and what was verified.

    Two rows of a report may name one source after two sources have become one: what was reported stays.
    """

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="rows", verbose_name=_("Report"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="daily_rows", verbose_name=_("Enterprise"))
    #: as they were called on that day
    name = models.CharField(_("Enterprise"), max_length=200)
    place = models.CharField(_("Region"), max_length=60, blank=True)
    state = models.CharField(_("State by the data"), max_length=7, choices=Running.choices)
    points = models.PositiveSmallIntegerField(_("Monitored points"))
    due = models.PositiveIntegerField(_("Hours due"))
    came = models.PositiveIntegerField(_("Hours transmitted"))
    normal = models.PositiveIntegerField(_("Hours with normal values"))
    stopped = models.PositiveIntegerField(_("Hours stopped"))
    exceeded = models.PositiveIntegerField(_("Hours above the limit"))
    #: daily means above the limit, of points that are judged by the day
    exceeded_days = models.PositiveIntegerField(_("Daily means above the limit"), default=0)
    alarms = models.PositiveIntegerField(_("Open alarms"))
    #: emitted, and hours of outlets that it rests on; empty where no hour tells
    dust_kg = models.DecimalField(_("Particles"), max_digits=14, decimal_places=2, null=True, blank=True)
    dust_hours = models.PositiveIntegerField(default=0)
    so2_kg = models.DecimalField("SO2", max_digits=14, decimal_places=2, null=True, blank=True)
    so2_hours = models.PositiveIntegerField(default=0)
    nox_kg = models.DecimalField("NOx", max_digits=14, decimal_places=2, null=True, blank=True)
    nox_hours = models.PositiveIntegerField(default=0)
    nmhc_kg = models.DecimalField(_("Non-methane hydrocarbons"), max_digits=14, decimal_places=2, null=True, blank=True)
    nmhc_hours = models.PositiveIntegerField(default=0)
    verified = models.CharField(_("Verified state"), max_length=7, choices=VERIFIED, blank=True)
    verified_at = models.DateTimeField(_("Verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Verified by")
    )
    remark = models.CharField(_("Remark"), max_length=200, blank=True)

    objects = models.Manager.from_queryset(RowQuerySet)()

    class Meta:
        verbose_name = _("Enterprise in a daily report")
        verbose_name_plural = _("Enterprises in daily reports")
        ordering = ["report", "-exceeded", "name", "pk"]
        indexes = [models.Index(fields=["report", "verified"], name="daily_row_verified")]

    def __str__(self) -> str:
        return self.name
