"""Tables and filters of the lists of plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import CharField, F, Value
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django_tables2.data import TableQuerysetData

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.lists import (
    BadgeColumn,
    ClampColumn,
    DateColumn,
    DayInput,
    LedgerFilter,
    LedgerTable,
    LightColumn,
    NumberColumn,
    ProgressColumn,
    SearchFilter,
    UnitsColumn,
)
from lantian.apps.core.models import Organisation, Region
from lantian.apps.plans import addresses, orphans, queries, standing
from lantian.apps.plans.choices import (
    IN_PROGRESS,
    Clock,
    ImportStatus,
    PlanStatus,
    TargetKind,
    TargetStrength,
    TaskState,
    UnitRole,
)
from lantian.apps.plans.models import Plan, PlanImport, ReportingDuty, Sanction, Section, Target, Task
from lantian.apps.plans.values import worded_value

PLAN_TONES = {PlanStatus.ACTIVE: "green", PlanStatus.DRAFT: "grey", PlanStatus.WITHDRAWN: "red"}
IMPORT_TONES = {
    ImportStatus.UPLOADED: "grey",
    ImportStatus.READ: "blue",
    ImportStatus.MAPPED: "blue",
    ImportStatus.CONFIRMED: "green",
    ImportStatus.WITHDRAWN: "red",
    ImportStatus.DISCARDED: "grey",
}


class LinkColumn(tables.Column):
    """A text that leads to a page of the row; Excel gets the text."""

    def __init__(self, url_name: str, key: str = "pk", **extra: Any) -> None:
        super().__init__(**extra)
        self.url_name, self.key = url_name, tables.A(key)

    def render(self, value: Any, record: Any) -> SafeString:
        """Write it."""
        return format_html(
            '<a href="{}">{}</a>', reverse(self.url_name, args=[self.key.resolve(record)]), value
        )

    def value(self, value: Any) -> str:
        """Excel gets the text."""
        return str(value)


class PlanTable(LedgerTable):
    """Plans."""

    phone = "cards"
    title = LinkColumn("plans:plan", verbose_name=_("Action plan"))
    document_number = tables.Column()
    region = tables.Column(order_by=("region__code",))
    year = tables.Column()
    issued_on = DateColumn()
    task_count = NumberColumn(verbose_name=_("Tasks"))
    target_count = NumberColumn(verbose_name=_("Targets"))
    status = BadgeColumn(PLAN_TONES)

    class Meta(LedgerTable.Meta):
        model = Plan
        fields = (
            "title",
            "document_number",
            "region",
            "year",
            "issued_on",
            "task_count",
            "target_count",
            "status",
        )


class PlanFilter(LedgerFilter):
    """Filters of the plans."""

    search = SearchFilter(["title", "document_number", "issuer"])
    year = django_filters.NumberFilter(label=_("Year"))
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=PlanStatus.choices, empty_label=_("In force and in preparation")
    )

    def filter_queryset(self, queryset: Any) -> Any:
        """Withdrawn plans are shown on request only."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("status"):
            rows = rows.exclude(status=PlanStatus.WITHDRAWN)
        return rows

    class Meta:
        model = Plan
        fields = ("search", "year", "status")


class ImportTable(LedgerTable):
    """Imports."""

    phone = "cards"
    name = LinkColumn("plans:import", verbose_name=_("Document"))
    region = tables.Column(order_by=("region__code",))
    length = NumberColumn()
    status = BadgeColumn(IMPORT_TONES)
    owner = tables.Column(verbose_name=_("Imported by"), order_by=("owner__username",))
    created_at = DateColumn(verbose_name=_("Uploaded"))

    class Meta(LedgerTable.Meta):
        model = PlanImport
        fields = ("name", "region", "length", "status", "owner", "created_at")


class ImportFilter(LedgerFilter):
    """Filters of the imports."""

    search = SearchFilter(["name"])
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=ImportStatus.choices, empty_label=_("In progress")
    )

    def filter_queryset(self, queryset: Any) -> Any:
        """What is finished is shown on request only."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("status"):
            rows = rows.filter(status__in=IN_PROGRESS)
        return rows

    class Meta:
        model = PlanImport
        fields = ("search", "status")


class RoleUnitsColumn(UnitsColumn):
    """The units of some roles of a task, from the units that were fetched with it."""

    def __init__(self, *roles: str, **extra: Any) -> None:
        super().__init__(accessor="pk", **extra)
        self.roles = roles

    def names(self, record: Task) -> list[str]:
        """Names in these roles, each once."""
        fetched = getattr(record, queries.LISTED_UNITS, None)
        units = ((unit.role, unit.name) for unit in record.units.all()) if fetched is None else fetched
        return list(dict.fromkeys(name for role, name in units if role in self.roles))

    def render(self, record: Task) -> SafeString | str:  # type: ignore[override]
        """Write them."""
        return super().render(self.names(record))

    def value(self, record: Task) -> str:  # type: ignore[override]
        """Excel gets all of them."""
        return "、".join(self.names(record))


class TaskTable(LedgerTable):
    """The ledger of tasks. Number and title are always there; the other columns can be chosen."""

    #: columns that a person may hide
    OPTIONAL: ClassVar[tuple[str, ...]] = (
        "light",
        "shown_percent",
        "plan",
        "chapter",
        "text",
        "lead_name",
        "responsible",
        "cooperating",
        "supervising",
        "next_deadline",
    )
    HIDDEN_AT_FIRST: ClassVar[tuple[str, ...]] = ("text", "cooperating", "supervising")

    phone = "cards"
    label = tables.Column(verbose_name=_("Number"), order_by=("plan_id", "order"))
    title = tables.Column(verbose_name=_("Task"), orderable=False, attrs={"td": {"class": "lt-col-title"}})
    light = LightColumn(verbose_name=_("Light"), order_by=("light", "due_on", "pk"))
    shown_percent = ProgressColumn(verbose_name=_("Share done"), order_by=("shown_percent", "pk"))
    plan = LinkColumn("plans:plan", key="plan_id", order_by=("plan_id", "order"))
    chapter = tables.Column(order_by=("plan_id", "chapter__order", "order"))
    text = ClampColumn(orderable=False)
    lead_name = tables.Column(order_by=("lead_name", "pk"))
    responsible = RoleUnitsColumn(UnitRole.RESPONSIBLE, UnitRole.SHARED, verbose_name=_("Responsible unit"))
    cooperating = RoleUnitsColumn(UnitRole.COOPERATING, verbose_name=_("Cooperating unit"))
    supervising = RoleUnitsColumn(UnitRole.SUPERVISING, verbose_name=_("Supervising unit"))
    next_deadline = DateColumn()

    class Meta(LedgerTable.Meta):
        model = Task
        fields = (
            "label",
            "title",
            "light",
            "shown_percent",
            "plan",
            "chapter",
            "text",
            "lead_name",
            "responsible",
            "cooperating",
            "supervising",
            "next_deadline",
        )

    def order_next_deadline(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        """Tasks without a deadline come last, on every database."""
        field = F("next_deadline")
        first = field.desc(nulls_last=True) if is_descending else field.asc(nulls_last=True)
        return queryset.order_by(first, "plan_id", "order"), True

    def render_title(self, value: str, record: Task) -> SafeString:
        """The title with its subtitle, leading to the task."""
        sub = format_html('<span class="pl-sub">{}</span>', record.subtitle) if record.subtitle else ""
        return format_html(
            '<a class="pl-task-link" href="{}">{}</a>{}', addresses.of_row("plans:task", record.pk), value, sub
        )

    def render_plan(self, record: Task) -> SafeString:
        """The plan, cut after two lines."""
        return format_html(
            '<a class="lt-clamp" href="{}" title="{}">{}</a>',
            addresses.of_row("plans:plan", record.plan_id),
            record.plan.title,
            record.plan.title,
        )

    def render_next_deadline(self, record: Task) -> SafeString | str:
        """The first deadline; the last one below where there are several."""
        first, last = record.next_deadline, record.last_deadline
        if last is None or last == first:
            return display.campaign_date(first)
        return format_html(
            '{}<span class="pl-sub">{}</span>',
            display.campaign_date(first),
            __("last %(day)s") % {"day": display.campaign_date(last)},
        )


class PagedRows(TableQuerysetData):
    """Rows of a long list, a page of which is fetched in two steps: its keys in order, then what its lines show.

    To sort and to skip thousands of rows takes a database several times longer where each of them is wide.

    Parameters
    ----------
    fetch
        Gives the rows of some keys in any order; those that are there no more are left out.
    """

    def __init__(self, data: Any, fetch: Callable[[Sequence[int]], Iterable[Any]]) -> None:
        super().__init__(data)
        self.fetch = fetch

    def __getitem__(self, key: Any) -> Any:
        """A page as a list, or one row."""
        if not isinstance(key, slice):
            return super().__getitem__(key)
        keys = list(self.data.values_list("pk", flat=True)[key])
        found = {row.pk: row for row in self.fetch(keys)}
        return [found[one] for one in keys if one in found]


class UnitFilter(django_filters.ModelChoiceFilter):
    """Tasks of an organisation (or of names that are linked to none), in the role that is chosen beside it."""

    def filter(self, qs: Any, value: Any) -> Any:
        """Both fields are read together by the filter set."""
        return qs


class PlaceChoice(forms.ModelChoiceField):
    """Places below each other, indented."""

    def label_from_instance(self, obj: Any) -> str:
        """The name, one step in for each level."""
        return f"{'　' * obj.depth}{obj.name}"


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Tasks of plans of a place and below it, and those that units from there do."""

    field_class = PlaceChoice

    def filter(self, qs: Any, value: Any) -> Any:
        """Narrow to the place."""
        return queries.in_place(qs, value) if value else qs


def _key(data: Any, name: str) -> int | None:
    """The key of a row in the address, or None where there is something else."""
    text = str((data or {}).get(name) or "")
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


#: the choice for tasks that are in force no more
DROPPED = "dropped"


class TaskFilter(LedgerFilter):
    """Filters of the ledger; chapters are offered once a plan is chosen."""

    shown = 6

    search = SearchFilter(["title", "subtitle", "text", "number"])
    plan = django_filters.ModelChoiceFilter(
        label=_("Action plan"), queryset=Plan.objects.none(), empty_label=_("All plans")
    )
    chapter = django_filters.ModelChoiceFilter(
        label=_("Chapter"),
        queryset=Section.objects.none(),
        empty_label=_("All chapters"),
        null_label=_("Without chapter"),
    )
    light = django_filters.ChoiceFilter(
        label=_("Light"),
        choices=[(code, light.label) for code, light in display.LIGHTS.items()],
        empty_label=_("All lights"),
        method="nothing",
    )
    unit = UnitFilter(
        label=_("Unit"),
        queryset=Organisation.objects.none(),
        empty_label=_("All units"),
        null_label=_("Not linked to an organisation"),
    )
    role = django_filters.ChoiceFilter(
        label=_("Role"),
        choices=[
            (queries.PRINCIPAL, _("Answering unit (lead or responsible)")),
            (queries.DOING, _("Doing the work (lead and responsible)")),
            *UnitRole.choices,
        ],
        empty_label=_("All roles"),
        method="nothing",
    )
    name = django_filters.CharFilter(label=_("Unit name contains"), method="nothing")
    place = PlaceFilter(label=_("Region"), queryset=Region.objects.none(), empty_label=_("All regions"))
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=TaskState.choices, empty_label=_("All states"), method="nothing"
    )
    due = django_filters.ChoiceFilter(
        label=_("Next milestone"),
        choices=[("7", _("in the next 7 days")), ("30", _("in the next 30 days"))],
        empty_label=_("Any day"),
        method="nothing",
    )
    due_from = django_filters.DateFilter(label=_("Deadline from"), widget=DayInput(), method="nothing")
    due_to = django_filters.DateFilter(label=_("Deadline to"), widget=DayInput(), method="nothing")
    day = django_filters.DateFilter(label=_("How it stood on"), widget=DayInput(), method="nothing")
    clock = django_filters.ChoiceFilter(
        label=_("By what was known"),
        choices=Clock.choices,
        empty_label=None,
        method="nothing",
    )
    without = django_filters.ChoiceFilter(
        label=_("Gaps"),
        choices=[
            ("unit", _("No unit")),
            ("lead", _("No lead unit")),
            (queries.PRINCIPAL, _("No answering unit")),
            ("date", _("No deadline")),
            (orphans.PERSON, _("Responsible person has left")),
            (orphans.UNIT, _("Unit closed without successor")),
            (DROPPED, _("Left out by a newer text")),
        ],
        empty_label=_("Do not look for gaps"),
        method="by_gap",
    )

    class Meta:
        model = Task
        fields = (
            "search",
            "plan",
            "chapter",
            "light",
            "unit",
            "role",
            "name",
            "place",
            "state",
            "due",
            "due_from",
            "due_to",
            "day",
            "clock",
            "without",
        )

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        actor = Actor.of(self.request)
        filters: Any = self.filters
        filters["plan"].queryset = queries.plans_in_force(actor)
        filters["unit"].queryset = queries.units_in_plans(actor, _key(data, "unit"))
        filters["place"].queryset = queries.places_in_plans(actor)
        chosen = _key(data, "plan")
        if chosen is not None:
            filters["chapter"].queryset = Section.objects.filter(
                plan_id=chosen, pk__in=Task.objects.filter(plan_id=chosen).values("chapter")
            )

    def nothing(self, queryset: Any, name: str, value: Any) -> Any:
        """Read together with others in :meth:`filter_queryset`."""
        return queryset

    def by_gap(self, queryset: Any, name: str, value: str) -> Any:
        """Tasks in which something is missing."""
        if value == "date":
            return queryset.filter(next_deadline__isnull=True)
        if value in orphans.FINDERS:
            return orphans.without(queryset, value, display.campaign_today())
        if value == DROPPED:
            return queryset  # read together with the day
        if value == "lead":
            return queryset.exclude(units__role=UnitRole.LEAD)
        if value == queries.PRINCIPAL:
            return queryset.exclude(units__principal=True)
        return queryset.filter(units__isnull=True)

    def lit(self, rows: Any, *, dropped: bool | None = None) -> Any:
        """Tasks as they stood on the day that is asked for, as :func:`standing.with_light` gives them."""
        data = self.form.cleaned_data
        return standing.with_light(
            rows, data.get("day"), data.get("clock") or Clock.RECORDED, dropped=dropped
        )

    def filter_queryset(self, queryset: Any) -> Any:
        """Unit and role go together, and so do the two ends of a range of days."""
        rows = super().filter_queryset(queryset)
        data = self.form.cleaned_data
        unit, role, name = data.get("unit"), data.get("role"), data.get("name") or ""
        if unit or role or name:
            # The choice of no organisation comes as a word.
            bare = isinstance(unit, str)
            key = unit.pk if unit and not bare else None
            rows = queries.with_unit(rows, key, role or None, name, unlinked=bare)
        if data.get("due_from") or data.get("due_to"):
            rows = queries.with_deadline(rows, data.get("due_from"), data.get("due_to"))
        rows = self.lit(rows, dropped=data.get("without") == DROPPED)
        if data.get("light"):
            rows = rows.filter(standing.light_is(data["light"], data.get("day")))
            # All have this one: to sort by it needs no look at the rows.
            rows = rows.annotate(light=Value(data["light"], output_field=CharField()))
        if data.get("state"):
            rows = rows.filter(shown_state=data["state"])
        if data.get("due"):
            day = data.get("day") or display.campaign_today()
            ahead = day + timedelta(int(data["due"]))
            rows = rows.filter(shown_due__gte=day, shown_due__lte=ahead).exclude(
                shown_state=TaskState.SUSPENDED
            )
        return rows


class TargetTable(LedgerTable):
    """Targets."""

    phone = "cards"
    indicator = LinkColumn("plans:target", verbose_name=_("Indicator"))
    region_name = tables.Column()
    value = tables.Column(order_by=("value", "pk"), empty_values=())
    kind = tables.Column()
    base = tables.Column()
    period = tables.Column()
    strength = BadgeColumn({TargetStrength.FIRM: "blue", TargetStrength.HOPED: "grey"})
    plan = LinkColumn("plans:plan", key="plan_id", order_by=("plan_id", "order"))

    class Meta(LedgerTable.Meta):
        model = Target
        fields = ("indicator", "region_name", "value", "kind", "base", "period", "strength", "plan")

    def render_value(self, record: Target) -> str:
        """Comparator, number and unit."""
        return target_value(record)

    def value_value(self, record: Target) -> Any:
        """Excel gets what the page shows."""
        return target_value(record)


def target_value(record: Target) -> str:
    """A target's value as the plan means it."""
    if record.value is None:
        return display.ABSENT
    return worded_value(
        str(record.number), record.comparator, record.unit, kind=record.kind, from_end=record.from_end
    )


class TargetFilter(LedgerFilter):
    """Filters of the targets."""

    shown = 5
    search = SearchFilter(["indicator", "region_name", "text"])
    plan = django_filters.ModelChoiceFilter(
        label=_("Action plan"), queryset=Plan.objects.none(), empty_label=_("All plans")
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=TargetKind.choices, empty_label=_("All kinds")
    )
    strength = django_filters.ChoiceFilter(
        label=_("Strength"), choices=TargetStrength.choices, empty_label=_("All")
    )

    class Meta:
        model = Target
        fields = ("search", "plan", "kind", "strength")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_plans(self)


def offer_plans(filterset: Any) -> None:
    """Offer the plans in force that the account may see."""
    filterset.filters["plan"].queryset = queries.plans_in_force(Actor.of(filterset.request))


class SanctionTable(LedgerTable):
    """Sanctions."""

    phone = "cards"
    problem = tables.Column()
    amount = NumberColumn(unit_accessor="unit", order_by=("amount", "pk"), accessor="number")
    plan = LinkColumn("plans:plan", key="plan_id", order_by=("plan_id", "order"))

    class Meta(LedgerTable.Meta):
        model = Sanction
        fields = ("problem", "amount", "plan")


class DutyFilter(LedgerFilter):
    """Filters of duties and sanctions."""

    search = SearchFilter(["who", "what", "to", "when", "text"])
    plan = django_filters.ModelChoiceFilter(
        label=_("Action plan"), queryset=Plan.objects.none(), empty_label=_("All plans")
    )

    class Meta:
        model = ReportingDuty
        fields = ("search", "plan")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_plans(self)


class SanctionFilter(LedgerFilter):
    """Filters of sanctions."""

    search = SearchFilter(["problem", "text"])
    plan = django_filters.ModelChoiceFilter(
        label=_("Action plan"), queryset=Plan.objects.none(), empty_label=_("All plans")
    )

    class Meta:
        model = Sanction
        fields = ("search", "plan")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_plans(self)


class DutyTable(LedgerTable):
    """Reporting duties with the day on which they are due next; made from :class:`queries.DueDuty`."""

    phone = "cards"
    what = tables.Column(accessor="duty__what", verbose_name=_("What"), orderable=False)
    who = tables.Column(accessor="duty__who", verbose_name=_("Who"), orderable=False)
    to = tables.Column(accessor="duty__to", verbose_name=_("To whom"), orderable=False)
    when = tables.Column(accessor="duty__when", verbose_name=_("When"), orderable=False)
    next = tables.Column(accessor="due__on", verbose_name=_("Next due"), orderable=False, empty_values=())
    plan = tables.Column(accessor="duty__plan", verbose_name=_("Action plan"), orderable=False)

    class Meta(LedgerTable.Meta):
        pass

    def render_what(self, value: str, record: queries.DueDuty) -> SafeString:
        """The duty, leading to its page."""
        return format_html('<a href="{}">{}</a>', reverse("plans:duty", args=[record.duty.pk]), value)

    def value_what(self, value: str) -> str:
        """Excel gets the text."""
        return value

    def render_plan(self, value: Plan) -> SafeString:
        """The plan, leading to its page."""
        return format_html(
            '<a class="lt-clamp" href="{}">{}</a>', reverse("plans:plan", args=[value.pk]), value
        )

    def value_plan(self, value: Plan) -> str:
        """Excel gets the title."""
        return str(value)

    def render_next(self, record: queries.DueDuty) -> SafeString | str:
        """The day, or why there is none."""
        if record.due.on is not None:
            return display.campaign_date(record.due.on)
        words = __("over") if record.due.rhythm else __("no fixed day")
        if record.due.rhythm in {"weekly", "monthly", "yearly"} and not _ended(record.duty.plan):
            words = __("no fixed day")
        return format_html('<span class="lt-absent">{}</span>', words)

    def value_next(self, record: queries.DueDuty) -> Any:
        """Excel gets the day."""
        return record.due.on


def _ended(plan: Plan) -> bool:
    end = queries.ends_on(plan)
    return end is not None and end < display.campaign_today()
