"""Tables of places, organisations, people, jobs and messages."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, jobs
from lantian.apps.core.lists import (
    BadgeColumn,
    DateColumn,
    LedgerTable,
    ProgressColumn,
    UnitsColumn,
)
from lantian.apps.core.models import Job, Notification, Organisation, Person, Region
from lantian.apps.core.models.jobs import JobStatus

JOB_TONES = {
    JobStatus.QUEUED: "grey",
    JobStatus.RUNNING: "blue",
    JobStatus.DONE: "green",
    JobStatus.FAILED: "red",
    JobStatus.STOPPED: "yellow",
}


class RegionTable(LedgerTable):
    """Places."""

    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"), linkify=("core:region", [tables.A("pk")]))
    level = BadgeColumn(verbose_name=_("Level"))
    parent = tables.Column(verbose_name=_("Parent"), order_by="parent__code")
    code_kind = BadgeColumn(
        verbose_name=_("Kind of code"), accessor="code_kind", tones={"local": "yellow"}, orderable=False
    )
    valid_from = DateColumn(verbose_name=_("Valid from"))
    valid_to = DateColumn(verbose_name=_("Valid to (last day)"))

    class Meta(LedgerTable.Meta):
        model = Region
        fields = ("code", "name", "level", "parent", "code_kind", "valid_from", "valid_to")
        order_by = ("code",)

    def render_code_kind(self, value: Any, record: Region, bound_column: Any) -> Any:
        """Short words."""
        label = __("Local") if record.code_kind == "local" else __("National")
        return self.base_columns["code_kind"].render(label, record, bound_column)


class OrganisationTable(LedgerTable):
    """Organisations."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Full name"), linkify=("core:organisation", [tables.A("pk")]))
    short_name = tables.Column(verbose_name=_("Short name"))
    kind = BadgeColumn(verbose_name=_("Kind"), tones={"office": "brand", "enterprise": "blue"})
    parent = tables.Column(verbose_name=_("Parent"), order_by="parent__path")
    region = tables.Column(verbose_name=_("Region"), order_by="region__code")
    code = tables.Column(verbose_name=_("Code"))
    people = tables.Column(
        verbose_name=_("People"),
        accessor="people_count",
        attrs={"th": {"class": "lt-num"}, "td": {"class": "lt-num"}},
    )
    valid_to = tables.Column(verbose_name=_("State"), empty_values=())

    class Meta(LedgerTable.Meta):
        model = Organisation
        fields = ("name", "short_name", "kind", "parent", "region", "code", "people", "valid_to")

    def render_valid_to(self, record: Organisation) -> Any:
        """Open, closed or merged."""
        return self.value_valid_to(record)

    def value_valid_to(self, record: Organisation) -> str:
        """The same in Excel."""
        if record.merged_into_id is not None:
            return __("Merged into %(name)s") % {"name": record.merged_into}
        if record.valid_to is not None and record.valid_to < display.campaign_today():
            return __("Closed on %(day)s") % {"day": display.campaign_date(record.valid_to)}
        return __("In use")


class PersonTable(LedgerTable):
    """People."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Name"), linkify=("core:person", [tables.A("pk")]))
    organisation = tables.Column(verbose_name=_("Organisation"), order_by="organisation__name")
    posts = UnitsColumn(verbose_name=_("Posts"), accessor="open_posts")
    mobile = tables.Column(verbose_name=_("Mobile phone"), orderable=False)
    account = tables.Column(verbose_name=_("Account"), accessor="user__username")
    left_on = DateColumn(verbose_name=_("Left on"))

    class Meta(LedgerTable.Meta):
        model = Person
        fields = ("name", "organisation", "posts", "mobile", "account", "left_on")
        order_by = ("name",)


class JobTable(LedgerTable):
    """Jobs."""

    phone = "cards"
    title = tables.Column(verbose_name=_("Title"), linkify=("core:job", [tables.A("pk")]))
    kind = tables.Column(verbose_name=_("Kind"))
    status = BadgeColumn(verbose_name=_("Status"), tones=JOB_TONES)
    progress = ProgressColumn(verbose_name=_("Progress"), accessor="percent", orderable=False)
    user = tables.Column(verbose_name=_("Started by"), order_by="user__username")
    created_at = DateColumn(verbose_name=_("Started"))
    finished_at = DateColumn(verbose_name=_("Ended"))

    class Meta(LedgerTable.Meta):
        model = Job
        fields = ("title", "kind", "status", "progress", "user", "created_at", "finished_at")
        order_by = ("-created_at",)

    def render_kind(self, value: str) -> Any:
        """The words for the kind."""
        return jobs.label_of(value)

    def value_kind(self, value: str) -> str:
        """The same in Excel."""
        return str(jobs.label_of(value))

    def render_user(self, value: Any) -> str:
        """The person."""
        return str(value)


class NotificationTable(LedgerTable):
    """Messages."""

    phone = "cards"
    title = tables.Column(verbose_name=_("Message"), orderable=False)
    created_at = DateColumn(verbose_name=_("Time"))
    state = BadgeColumn(
        verbose_name=_("State"), accessor="read_state", tones={"unread": "blue"}, orderable=False
    )

    class Meta(LedgerTable.Meta):
        model = Notification
        fields = ("title", "created_at", "state")
        order_by = ("-created_at",)

    def render_title(self, record: Notification) -> Any:
        """A link that also marks it as read."""
        body = format_html('<span class="core-notice-body">{}</span>', record.body) if record.body else ""
        weight = "core-unread" if record.read_at is None else "core-read"
        return format_html(
            '<a class="{}" href="{}">{}</a>{}',
            weight,
            reverse("core:notification", args=[record.pk]),
            record.title,
            body,
        )

    def render_state(self, record: Notification, bound_column: Any) -> Any:
        """Read or not."""
        label = __("Read") if record.read_at else __("Unread")
        return self.base_columns["state"].render(label, record, bound_column)
