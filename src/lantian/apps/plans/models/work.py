"""Work on tasks: what happened, how a task stood on each day, co-signatures, adjustments, readings of targets."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.plans.choices import AdjustmentStatus, Clock, CosignStatus, EventKind, TaskState
from lantian.apps.plans.models.tasks import Target, Task, TaskDeadline

#: The end of a standing that still holds; a day and not NULL, so that one index range finds it.
OPEN_END = date(9999, 12, 31)


class TaskEvent(models.Model):
    """Something that happened to a task. Rows are only added; the present of the task is their sum."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    kind = models.CharField(_("Kind"), max_length=20, choices=EventKind.choices)
    #: the day on which it happened, which may lie before the day on which it was recorded
    on = models.DateField(_("Day"))
    recorded_at = models.DateTimeField(_("Recorded at"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    #: the state and the share done as this event left them
    state = models.CharField(_("State"), max_length=12, choices=TaskState.choices)
    percent = models.DecimalField(_("Share done"), max_digits=5, decimal_places=2, default=0)
    #: the milestone that was accepted, where it was not the whole task
    deadline = models.ForeignKey(TaskDeadline, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(_("Note"), blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("Event of a task")
        ordering = ["task_id", "on", "pk"]
        indexes = [models.Index(fields=["task", "on", "id"]), models.Index(fields=["recorded_at"])]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"


class TaskStanding(models.Model):
    """How a task stood from one day on until another: what its light follows from on each of these days.

    The rows of the clock ``recorded`` are closed and never changed afterwards: they say what was known then. The rows
    of the clock ``known`` are made anew with each event.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="standings")
    clock = models.CharField(max_length=8, choices=Clock.choices)
    start = models.DateField()
    #: the first day on which it no longer holds
    end = models.DateField(default=OPEN_END)
    state = models.CharField(max_length=12, choices=TaskState.choices)
    percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    due_on = models.DateField(null=True, blank=True)
    yellow_from = models.DateField(null=True, blank=True)
    red_from = models.DateField(null=True, blank=True)
    behind_from = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("Standing of a task")
        ordering = ["task_id", "clock", "start"]
        indexes = [
            # The last day first: the first entry found is the one that holds. Its light is read from the index alone.
            models.Index(fields=["task", "clock", "end", "start", "state", "red_from", "yellow_from"]),
            # And the same for all tasks on a day: one stretch of an index, not a search for each task.
            models.Index(fields=["clock", "end", "start", "task", "state", "red_from", "yellow_from"]),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.start}–{self.end} {self.state}"


class TaskCosign(models.Model):
    """A cooperating unit that is asked to co-sign what was handed in."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="cosigns")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("Organisation")
    )
    status = models.CharField(
        _("Status"), max_length=10, choices=CosignStatus.choices, default=CosignStatus.ASKED
    )
    asked_at = models.DateTimeField(_("Asked at"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("Co-signature")
        ordering = ["task_id", "pk"]
        indexes = [models.Index(fields=["organisation", "status"])]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_status_display()}"


class TaskAdjustment(models.Model):
    """A wish to change what the plan orders, with its reason, and what was decided."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="adjustments")
    #: ``{"deadlines": […]}`` and ``{"quantities": […]}`` in the shape of the values of a task
    before = models.JSONField(default=dict)
    proposal = models.JSONField(default=dict)
    reason = models.CharField(_("Reason"), max_length=500)
    status = models.CharField(
        _("Status"), max_length=10, choices=AdjustmentStatus.choices, default=AdjustmentStatus.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(_("Asked at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("Adjustment")
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["task", "status"]), models.Index(fields=["status", "-asked_at"])]

    def __str__(self) -> str:
        return self.reason[:60]


class TargetReading(models.Model):
    """What a target has come to by a day; by hand, or from the room that measures it."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="readings")
    on = models.DateField(_("Day"))
    value = models.DecimalField(_("Value"), max_digits=24, decimal_places=6)
    source = models.CharField(_("Source"), max_length=60, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("Recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("Reading of a target")
        ordering = ["target_id", "-on", "-pk"]
        indexes = [models.Index(fields=["target", "-on", "-id"])]

    def __str__(self) -> str:
        return f"{self.on} {self.value}"


class PlanComparison(models.Model):
    """A lower plan held against the plan above it."""

    upper = models.ForeignKey(
        "plans.Plan", models.CASCADE, related_name="compared_below", verbose_name=_("Upper plan")
    )
    lower = models.ForeignKey(
        "plans.Plan", models.CASCADE, related_name="compared_above", verbose_name=_("Lower plan")
    )
    made_at = models.DateTimeField(_("Made at"), auto_now=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedManager()
    row_scope = RowScope(
        organisation="lower__parties__organisation", region="lower__region", owner="made_by", many=True
    )

    class Meta:
        verbose_name = _("Comparison of plans")
        ordering = ["-made_at"]
        constraints = [models.UniqueConstraint(fields=["upper", "lower"], name="plans_compared_once")]

    def __str__(self) -> str:
        return f"{self.upper} · {self.lower}"


class ComparisonFinding(models.Model):
    """What became of one task or target of the upper plan, and what a person says of it."""

    comparison = models.ForeignKey(PlanComparison, models.CASCADE, related_name="findings")
    order = models.PositiveIntegerField(default=0)
    task = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    target = models.ForeignKey(Target, models.CASCADE, null=True, blank=True, related_name="+")
    lower_tasks = models.JSONField(default=list)
    lower_targets = models.JSONField(default=list)
    status = models.CharField(_("Status"), max_length=16)
    deadline = models.CharField(_("Deadline"), max_length=8, default="none")
    quantity = models.CharField(_("Amount"), max_length=10, default="none")
    reason = models.TextField(_("Reason"), blank=True)
    #: what the machine found first, kept when a person corrects it
    found = models.JSONField(default=dict, blank=True)
    decision = models.CharField(_("Decision"), max_length=12, default="open")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("Finding of a comparison")
        ordering = ["comparison_id", "order"]
        indexes = [models.Index(fields=["comparison", "status"])]

    def __str__(self) -> str:
        return f"{self.status} {self.reason[:40]}"
