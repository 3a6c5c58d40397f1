"""Tables of accounts, roles, sessions and the action log."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, duties, history
from lantian.apps.core.account_actions.sessions import END_REASONS
from lantian.apps.core.lists import (
    ActionsColumn,
    BadgeColumn,
    ClampColumn,
    DateColumn,
    LedgerTable,
    UnitsColumn,
)
from lantian.apps.core.models import LogEntry, LoginSession, Role, User


def browser(agent: str) -> str:
    """What an administrator wants to know of a browser: its name and the system, not sixty words."""
    name = next(
        (
            label
            for mark, label in (
                ("MicroMessenger", "WeChat"),
                ("wxwork", "WeCom"),
                ("DingTalk", "DingTalk"),
                ("Edg", "Edge"),
                ("OPR", "Opera"),
                ("QIHU", "360"),
                ("Firefox", "Firefox"),
                ("Chrome", "Chrome"),
                ("Safari", "Safari"),
            )
            if mark in agent
        ),
        "",
    )
    system = next(
        (
            label
            for mark, label in (
                ("Android", "Android"),
                ("iPhone", "iPhone"),
                ("iPad", "iPad"),
                ("HarmonyOS", "HarmonyOS"),
                ("Windows", "Windows"),
                ("Mac OS", "macOS"),
                ("UOS", "UOS"),
                ("Kylin", "Kylin"),
                ("Linux", "Linux"),
            )
            if mark in agent
        ),
        "",
    )
    return " · ".join(part for part in (name, system) if part) or agent[:40]


class UserTable(LedgerTable):
    """Accounts."""

    phone = "cards"
    username = tables.Column(verbose_name=_("User name"))
    name = tables.Column(accessor="display_name", order_by=("person__name", "username"), verbose_name=_("Name of the person"))
    organisation = tables.Column(verbose_name=_("Organisation"), order_by="organisation__name")
    roles = UnitsColumn(accessor="open_grants", verbose_name=_("Roles"))
    state = tables.Column(
        accessor="is_active", verbose_name=_("State"), order_by=("is_active", "must_change_password")
    )
    last_login_at = DateColumn(verbose_name=_("Last log-in"))
    created_at = DateColumn(verbose_name=_("Made on"))

    class Meta:
        model = User
        fields = ("username", "name", "organisation", "roles", "state", "last_login_at", "created_at")

    def render_username(self, value: str, record: User) -> Any:
        """Link to the account."""
        return format_html('<a href="{}">{}</a>', reverse("core:user", args=[record.pk]), value)

    def value_username(self, value: str) -> str:
        """Excel gets the name alone."""
        return value

    def render_roles(self, record: Any) -> Any:
        """The roles that hold, in words."""
        return UnitsColumn().render([role_words(grant) for grant in record.open_grants])

    def value_roles(self, record: Any) -> str:
        """Excel gets the words."""
        return "、".join(role_words(grant) for grant in record.open_grants)

    def render_state(self, record: User) -> Any:
        """One word in a box."""
        label, tone = state_of(record)
        return BadgeColumn({True: tone}).render(label, record, _Raw())

    def value_state(self, record: User) -> str:
        """Excel gets the word."""
        return state_of(record)[0]


class _Raw:
    """Stands for a bound column whose raw value is always true, so that the tone is the one given."""

    class accessor:
        """As of django-tables2."""

        @staticmethod
        def resolve(_record: Any, quiet: bool = True) -> bool:
            """Always the same."""
            return True


def role_words(grant: Any) -> str:
    """A grant as the list shows it: role and scope."""
    words = f"{__(grant.role.name)}（{grant.get_scope_display()}"
    if grant.region is not None:
        words += f" · {grant.region}"
    return words + "）"


def state_of(user: User) -> tuple[str, str]:
    """State of an account in a word, with its tone."""
    if not user.is_active:
        return __("Disabled"), "grey"
    if user.is_machine:
        return __("Machine"), "blue"
    if user.must_change_password:
        return __("First log-in pending") if user.last_login is None else __("New password pending"), "yellow"
    return __("Active"), "green"


class RoleTable(LedgerTable):
    """Roles."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Name"))
    description = ClampColumn(verbose_name=_("Description"), orderable=False)
    kind = tables.Column(accessor="built_in", verbose_name=_("Kind"))
    duty = tables.Column(accessor="exclusive_group", verbose_name=_("Duty"), orderable=False, empty_values=())
    permissions = tables.Column(verbose_name=_("Permissions"), orderable=False)
    holders = tables.Column(verbose_name=_("Accounts"))

    class Meta:
        model = Role
        fields = ("name", "description", "kind", "duty", "permissions", "holders")

    def render_name(self, record: Role) -> Any:
        """Link to the role."""
        return format_html('<a href="{}">{}</a>', reverse("core:role", args=[record.pk]), __(record.name))

    def value_name(self, record: Role) -> str:
        """Excel gets the name alone."""
        return __(record.name)

    def render_description(self, value: str) -> Any:
        """Descriptions of built-in roles are message ids."""
        return ClampColumn().render(__(value))

    def value_description(self, value: str) -> str:
        """Excel gets the words."""
        return __(value)

    def render_kind(self, value: bool) -> str:
        """Who made it."""
        return __("Built in") if value else __("Own")

    def render_duty(self, record: Role) -> str:
        """What it keeps apart."""
        return duties.labels(duties.duties_of(record.permissions)) or display.ABSENT

    def render_permissions(self, value: list[str]) -> str:
        """How many."""
        return str(len(value))


class SessionTable(LedgerTable):
    """Sessions that are open."""

    phone = "cards"
    user = tables.Column(verbose_name=_("Name of the person"), order_by="user__username")
    username = tables.Column(accessor="user__username", verbose_name=_("User name"))
    organisation = tables.Column(accessor="user__organisation", verbose_name=_("Organisation"), orderable=False)
    ip = tables.Column(verbose_name=_("IP address"))
    agent = tables.Column(verbose_name=_("Browser"), orderable=False)
    started_at = DateColumn(verbose_name=_("Logged in"))
    last_seen_at = DateColumn(verbose_name=_("Last seen"))
    actions = ActionsColumn(lambda row: [])

    class Meta:
        model = LoginSession
        fields = ("user", "username", "organisation", "ip", "agent", "started_at", "last_seen_at", "actions")

    def __init__(self, *args: Any, may_end: bool = False, current: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current
        if may_end:
            self.columns["actions"].column.links = self._links
        else:
            self.columns.hide("actions")

    def _links(self, record: LoginSession) -> list[dict[str, Any]]:
        if record.session_key == self.current:
            return []
        return [
            {"label": __("End session"), "url": reverse("core:session_end", args=[record.pk]), "icon": "plug-connected-x"}
        ]

    def render_agent(self, value: str) -> str:
        """Short."""
        return browser(value)

    def render_user(self, record: LoginSession) -> str:
        """The name, and a mark at one's own."""
        if record.session_key == self.current:
            return f"{record.user.display_name}（{__('this session')}）"
        return record.user.display_name


class LogTable(LedgerTable):
    """The action log."""

    phone = "cards"
    at = DateColumn(verbose_name=_("Time"))
    actor = tables.Column(verbose_name=_("Actor"))
    organisation_name = tables.Column(verbose_name=_("Organisation"), orderable=False)
    action = tables.Column(verbose_name=_("Action"))
    object_label = tables.Column(verbose_name=_("Object"), orderable=False, empty_values=())
    result = BadgeColumn(tones={"done": "green", "denied": "red", "failed": "orange"}, verbose_name=_("Result"))
    ip = tables.Column(verbose_name=_("IP address"), orderable=False)
    reason = ClampColumn(verbose_name=_("Reason"), orderable=False)

    class Meta:
        model = LogEntry
        fields = ("at", "actor", "organisation_name", "action", "object_label", "result", "ip", "reason")

    def render_at(self, record: LogEntry) -> Any:
        """Link to the entry, with seconds."""
        stamp = record.at.astimezone(display.CAMPAIGN_TIME).strftime("%Y-%m-%d %H:%M:%S")
        return format_html('<a href="{}">{}</a>', reverse("core:log_entry", args=[record.pk]), stamp)

    def value_at(self, record: LogEntry) -> Any:
        """Excel gets a real time."""
        return record.at

    def render_action(self, value: str) -> str:
        """In words."""
        return history.label_of(value)

    def render_object_label(self, record: LogEntry) -> str:
        """Kind and name."""
        return history.object_words(record) or display.ABSENT


def end_words(session: LoginSession) -> str:
    """Why a session ended."""
    return str(END_REASONS.get(session.end_reason, session.end_reason))
