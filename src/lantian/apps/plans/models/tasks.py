"""Tasks with their units, dates and amounts; targets; reporting duties; sanctions."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.plans.choices import (
    DeadlineKind,
    TargetKind,
    TargetMeasure,
    TargetStrength,
    TaskState,
    UnitRole,
)
from lantian.apps.plans.models.plans import Plan, Section


def plain(value: Decimal | None) -> str:
    """A number as people write it: without the zeros that the column adds."""
    if value is None:
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def label_of(number: str, part: int | None) -> str:
    """The number of an item, with the part where it has several."""
    return f"{number}-{part}" if part and part > 1 else number


class Task(models.Model):
    """The smallest numbered item of a plan that has its own responsible parties.

    ``chapter``, ``lead_name`` and ``next_deadline`` repeat what units, dates and sections say, so that the ledger sorts
    by an index; :mod:`lantian.apps.plans.ledger` keeps them.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="tasks", verbose_name=_("Action plan"))
    section = models.ForeignKey(
        Section, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("Section")
    )
    chapter = models.ForeignKey(
        Section,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="chapter_tasks",
        verbose_name=_("Chapter"),
    )
    order = models.PositiveIntegerField(_("Order"), default=0)
    number = models.CharField(_("Number"), max_length=40, blank=True)
    part = models.PositiveSmallIntegerField(_("Part"), null=True, blank=True)
    title = models.CharField(_("Title"), max_length=400)
    subtitle = models.CharField(_("Subtitle"), max_length=400, blank=True)
    text = models.TextField(_("Text"), blank=True)
    covers = models.JSONField(_("Covers"), default=list, blank=True)
    persons = models.JSONField(_("Persons"), default=list, blank=True)
    recurrence = models.JSONField(_("Recurrence"), default=list, blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    #: field → [start, end] in the text of the plan: ``title`` and each role
    spans = models.JSONField(default=dict, blank=True)
    lead_name = models.CharField(_("Lead or responsible unit"), max_length=200, blank=True, editable=False)
    next_deadline = models.DateField(_("Deadline"), null=True, blank=True, editable=False)
    last_deadline = models.DateField(null=True, blank=True, editable=False)
    #: the task that was handed down in parts
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="parts", verbose_name=_("Upper task")
    )
    #: the task of last year's plan that this one goes on with
    continues = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="continued_by")
    #: the day on which a newer text of the plan left it out
    dropped_on = models.DateField(_("Left out on"), null=True, blank=True)
    # How it stands now; kept by lantian.apps.plans.standing alone.
    state = models.CharField(
        _("State"), max_length=12, choices=TaskState.choices, default=TaskState.NOT_STARTED, editable=False
    )
    percent = models.DecimalField(_("Share done"), max_digits=5, decimal_places=2, default=0, editable=False)
    due_on = models.DateField(_("Next milestone"), null=True, blank=True, editable=False)
    yellow_from = models.DateField(null=True, blank=True, editable=False)
    red_from = models.DateField(null=True, blank=True, editable=False)
    behind_from = models.DateField(null=True, blank=True, editable=False)
    submitted_on = models.DateField(_("Handed in on"), null=True, blank=True, editable=False)
    accepted_on = models.DateField(_("Closed out on"), null=True, blank=True, editable=False)
    reported_on = models.DateField(_("Last report"), null=True, blank=True, editable=False)
    last_note = models.CharField(_("Progress"), max_length=500, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(
        organisation="units__organisation", region="plan__region", owner="plan__created_by", many=True
    )

    class Meta:
        verbose_name = _("Task")
        verbose_name_plural = _("Tasks")
        ordering = ["plan_id", "order"]
        indexes = [
            # The order of the ledger, with all that its filters of light and its counts ask: the rows themselves are
            # wide, and a list of all tasks would read the whole table three times.
            models.Index(
                fields=[
                    "plan",
                    "order",
                    "id",
                    "dropped_on",
                    "state",
                    "red_from",
                    "yellow_from",
                    "due_on",
                    "percent",
                    "next_deadline",
                    "chapter",
                ],
                name="plans_task_ledger",
            ),
            models.Index(fields=["chapter", "order"]),
            models.Index(fields=["next_deadline", "id"]),
            models.Index(fields=["plan", "next_deadline"]),
            models.Index(fields=["lead_name", "id"]),
            models.Index(fields=["state", "red_from", "yellow_from"]),
            models.Index(fields=["due_on", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}".strip()

    @property
    def label(self) -> str:
        """The number, with the part where the item has several."""
        return label_of(self.number, self.part)


class TaskUnit(models.Model):
    """A unit in a role. A collective name (各镇) stands once for each organisation that it means."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="units")
    role = models.CharField(_("Role"), max_length=12, choices=UnitRole.choices)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="task_units",
        verbose_name=_("Organisation"),
    )
    name = models.CharField(_("Name in the plan"), max_length=200)
    collective = models.BooleanField(_("Collective name"), default=False)
    literal = models.CharField(_("As printed"), max_length=1000, blank=True)
    from_default = models.BooleanField(_("Added by a default clause"), default=False)
    person = models.CharField(_("Person"), max_length=60, blank=True)
    #: whether it answers for the task: the leads, else those who share it, else the responsible ones
    principal = models.BooleanField(default=False, editable=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("Unit of a task")
        ordering = ["task_id", "order", "pk"]
        indexes = [
            models.Index(fields=["organisation", "role", "task"]),
            models.Index(fields=["principal", "organisation", "task"]),
            models.Index(fields=["task", "order"]),
            models.Index(fields=["name"]),
        ]

    def __str__(self) -> str:
        return self.name


class TaskDeadline(models.Model):
    """A date of a task: a deadline, a start, or a period (which may have no dates, like a heating season)."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="deadlines")
    kind = models.CharField(
        _("Kind"), max_length=8, choices=DeadlineKind.choices, default=DeadlineKind.DEADLINE
    )
    start = models.DateField(_("From"), null=True, blank=True)
    #: the last day on which it is in time
    end = models.DateField(_("Until"), null=True, blank=True)
    text = models.CharField(_("As printed"), max_length=200, blank=True)
    #: what must be done of the whole by then [%]; empty spreads the whole evenly over the deadlines
    share = models.DecimalField(_("Share due"), max_digits=5, decimal_places=2, null=True, blank=True)
    met_on = models.DateField(_("Met on"), null=True, blank=True, editable=False)
    order = models.PositiveSmallIntegerField(default=0)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("Date of a task")
        ordering = ["task_id", "order"]
        indexes = [models.Index(fields=["kind", "end"]), models.Index(fields=["task", "kind", "end"])]

    def __str__(self) -> str:
        return self.text or f"{self.start or ''}–{self.end or ''}"


class TaskQuantity(models.Model):
    """An amount that a task names, with its unit and what it counts."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="quantities")
    order = models.PositiveSmallIntegerField(default=0)
    what = models.CharField(_("What"), max_length=200, blank=True)
    comparator = models.CharField(_("Comparator"), max_length=2, default="=")
    value = models.DecimalField(_("Value"), max_digits=24, decimal_places=6)
    value_max = models.DecimalField(_("Up to"), max_digits=24, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("Unit"), max_length=40, blank=True)
    text = models.CharField(_("As printed"), max_length=300, blank=True)
    #: whether it says how far the task has come
    counts = models.BooleanField(_("Counts for progress"), default=False)
    done = models.DecimalField(_("Done"), max_digits=24, decimal_places=6, null=True, blank=True)
    #: the amount of the upper task that this one is a part of
    part_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="parts")
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("Amount")
        ordering = ["task_id", "order"]

    def __str__(self) -> str:
        return self.text or f"{self.number}{self.unit}"

    @property
    def number(self) -> str:
        """The value, or the range of values."""
        if self.value_max is None:
            return plain(self.value)
        return f"{plain(self.value)}–{plain(self.value_max)}"


class PlanRow(models.Model):
    """What targets, duties and sanctions have in common: a plan, a place in its text, a version."""

    plan = models.ForeignKey(
        Plan, models.CASCADE, related_name="%(class)s_rows", verbose_name=_("Action plan")
    )
    order = models.PositiveIntegerField(_("Order"), default=0)
    text = models.TextField(_("As printed"), blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(
        organisation="plan__parties__organisation",
        region="plan__region",
        owner="plan__created_by",
        many=True,
    )

    class Meta:
        abstract = True


class Target(PlanRow):
    """A value that a place shall reach in a period."""

    indicator = models.CharField(_("Indicator"), max_length=120)
    region_name = models.CharField(_("Place"), max_length=120, blank=True)
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
        verbose_name=_("Known region"),
    )
    kind = models.CharField(_("Kind"), max_length=12, choices=TargetKind.choices, default=TargetKind.LEVEL)
    comparator = models.CharField(_("Comparator"), max_length=2, default="=")
    value = models.DecimalField(_("Value"), max_digits=24, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("Unit"), max_length=40, blank=True)
    period = models.CharField(_("Period"), max_length=60, blank=True)
    base = models.CharField(_("Compared with"), max_length=120, blank=True)
    strength = models.CharField(
        _("Strength"), max_length=6, choices=TargetStrength.choices, default=TargetStrength.FIRM
    )
    from_end = models.BooleanField(_("Rank counted from the end"), default=False)
    measure = models.CharField(
        _("Measured as"), max_length=13, choices=TargetMeasure.choices, default=TargetMeasure.OTHER
    )
    #: the target of the plan above that this one serves
    upper = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="below", verbose_name=_("Target above")
    )

    class Meta:
        verbose_name = _("Target")
        verbose_name_plural = _("Targets")
        ordering = ["plan_id", "order"]
        indexes = [
            models.Index(fields=["plan", "order"]),
            models.Index(fields=["indicator", "region_name"]),
        ]

    def __str__(self) -> str:
        return f"{self.region_name} {self.indicator}".strip()

    @property
    def number(self) -> str:
        """The value without the zeros of the column."""
        return plain(self.value)


class ReportingDuty(PlanRow):
    """Who reports what to whom, when."""

    who = models.CharField(_("Who"), max_length=300, blank=True)
    what = models.CharField(_("What"), max_length=400, blank=True)
    to = models.CharField(_("To whom"), max_length=200, blank=True)
    when = models.CharField(_("When"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Reporting duty")
        verbose_name_plural = _("Reporting duties")
        ordering = ["plan_id", "order"]
        indexes = [models.Index(fields=["plan", "order"])]

    def __str__(self) -> str:
        return self.what or self.text[:60]


class Sanction(PlanRow):
    """A problem and what it costs."""

    problem = models.CharField(_("Problem"), max_length=600)
    amount = models.DecimalField(_("Amount"), max_digits=24, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("Unit"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("Sanction")
        verbose_name_plural = _("Sanctions")
        ordering = ["plan_id", "order"]
        indexes = [models.Index(fields=["plan", "order"])]

    def __str__(self) -> str:
        return self.problem[:80]

    @property
    def number(self) -> str:
        """The amount without the zeros of the column."""
        return plain(self.amount)
