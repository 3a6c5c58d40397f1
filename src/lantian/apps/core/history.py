"""The action log in words: names of actions, labels of fields, values as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, permissions
from lantian.apps.core.models import LogEntry

_actions: dict[str, Any] = {}
#: Names of values that are not fields of a model.
_values: dict[str, Any] = {}


def register(actions: Mapping[str, Any], values: Mapping[str, Any] | None = None) -> None:
    """Give actions their words, and values of the log that are not fields of a model their labels."""
    _actions.update(actions)
    _values.update(values or {})


def label_of(action: str) -> str:
    """An action in words; its code where nobody has given it words."""
    return str(_actions.get(action, action))


def actions() -> list[tuple[str, str]]:
    """All actions that have words, for a filter."""
    return sorted(((code, str(label)) for code, label in _actions.items()), key=lambda pair: pair[1])


def object_types() -> list[tuple[str, str]]:
    """All kinds of objects of our own, for a filter."""
    return sorted(
        (
            (model._meta.label_lower, str(model._meta.verbose_name))
            for model in apps.get_models()
            if model.__module__.startswith("lantian.")
        ),
        key=lambda pair: pair[1],
    )


def object_type(label: str) -> str:
    """The kind of an object in words."""
    try:
        return str(apps.get_model(label)._meta.verbose_name) if label else ""
    except (LookupError, ValueError):
        return label


def object_words(entry: LogEntry) -> str:
    """The object of an entry: its kind and its name; names of the house's own are message ids."""
    kind = object_type(entry.object_type)
    if not entry.object_type:
        return __(entry.object_label) if entry.object_label else ""
    return f"{kind} {entry.object_label}".strip()


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as people read it; takes the place of the entry in templates."""

    pk: int
    entry: LogEntry
    title: str
    before: dict[str, str]
    after: dict[str, str]

    @property
    def at(self) -> datetime:
        """When."""
        return self.entry.at

    @property
    def actor(self) -> str:
        """Who."""
        return self.entry.actor

    @property
    def organisation_name(self) -> str:
        """Where the actor works."""
        return self.entry.organisation_name

    @property
    def ip(self) -> str | None:
        """From which address."""
        return self.entry.ip

    @property
    def reason(self) -> str:
        """Why."""
        return self.entry.reason

    @property
    def result(self) -> str:
        """How it ended, as a code."""
        return self.entry.result

    @property
    def get_result_display(self) -> str:
        """How it ended, in words."""
        return str(self.entry.get_result_display())

    @property
    def object_label(self) -> str:
        """On what."""
        return object_words(self.entry)


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def _field(model: type[models.Model] | None, name: str) -> Any:
    if model is None:
        return None
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _sides(entry: LogEntry) -> Iterable[Mapping[str, Any]]:
    return [side for side in (entry.before, entry.after) if isinstance(side, dict)]


def _is_key(field: Any, value: Any) -> bool:
    """Whether a value is the key of a row; some actions log its words instead."""
    if not isinstance(field, models.ForeignKey) or isinstance(value, bool):
        return False
    if isinstance(field.target_field, models.IntegerField):
        return isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdecimal())
    return isinstance(value, int | str) and value != ""


def tell(entries: Sequence[LogEntry]) -> list[Told]:
    """Put entries into words; what rows are called is read with one query for each model, not for each entry."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for entry in entries:
        model = _model(entry.object_type)
        for side in _sides(entry):
            for name, value in side.items():
                field = _field(model, name)
                if _is_key(field, value):
                    wanted.setdefault(field.related_model, set()).add(value)  # type: ignore[arg-type]
    names: dict[tuple[type[models.Model], str], str] = {}
    for related, keys in wanted.items():
        for row in related._base_manager.filter(pk__in=keys):
            names[related, str(row.pk)] = str(row)
    return [_told(entry, names) for entry in entries]


def _told(entry: LogEntry, names: Mapping[tuple[type[models.Model], str], str]) -> Told:
    model = _model(entry.object_type)
    sides: list[dict[str, str]] = []
    for side in (entry.before, entry.after):
        told: dict[str, str] = {}
        if isinstance(side, dict):
            for name, value in side.items():
                field = _field(model, name)
                told[_label(name, field)] = _shown(name, value, field, names)
        elif side is not None:
            told[__("Value")] = _plain(side)
        sides.append(told)
    return Told(entry.pk, entry, label_of(entry.action), sides[0], sides[1])


def _label(name: str, field: Any) -> str:
    from lantian.apps.core import parameters

    if name in _values:
        return str(_values[name])
    try:
        return str(parameters.spec(name).label)
    except parameters.UnknownParameter:
        pass
    if field is not None and getattr(field, "verbose_name", None):
        words = str(field.verbose_name)
        return words[:1].upper() + words[1:]
    return name


def _shown(name: str, value: Any, field: Any, names: Mapping[tuple[type[models.Model], str], str]) -> str:
    from lantian.apps.core import parameters
    from lantian.apps.core.models import DataScope

    if value is None or value == "":
        return display.ABSENT
    try:
        return parameters.spec(name).shown(value)
    except parameters.UnknownParameter:
        pass
    if _is_key(field, value):
        return names.get((field.related_model, str(value)), f"#{value}")  # type: ignore[call-overload, no-any-return]
    if field is not None and getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(value, value))
    if name == "scope":
        return str(dict(DataScope.choices).get(value, value))
    if name in {"permissions", "scopes"} and isinstance(value, list):
        labels = {permission.code: str(permission.label) for permission in permissions.known()}
        return "、".join(labels.get(code, str(code)) for code in value) or display.ABSENT
    if name in {"role", "name"} and isinstance(value, str):
        return __(value)
    if isinstance(value, str) and isinstance(field, models.DateTimeField):
        parsed = parse_datetime(value)
        return display.campaign_date(parsed) if parsed is not None else value
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return display.ABSENT
    if isinstance(value, bool):
        return __("Yes") if value else __("No")
    if isinstance(value, list | tuple):
        return "、".join(_plain(part) for part in value) or display.ABSENT
    if isinstance(value, dict):
        told = (f"{_values.get(str(name), name)}: {_plain(part)}" for name, part in value.items())
        return "；".join(told) or display.ABSENT
    return str(value)


def of_object(row: models.Model, limit: int = 20) -> list[Told]:
    """What was done with one row, newest first. Whoever may open the row's page may see it."""
    rows = LogEntry.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).order_by("-id")
    return tell(list(rows[:limit]))


def register_core() -> None:
    """The words of the foundation's own actions."""
    register(
        {
            "auth.login": _("Log-in"),
            "auth.login_failed": _("Failed log-in"),
            "auth.logout": _("Log-out"),
            "auth.token_failed": _("Refused token"),
            "core.list.export": _("List exported"),
            "core.log.verify": _("Action log verified"),
            "core.user.create": _("Account made"),
            "core.user.edit": _("Account changed"),
            "core.user.profile": _("Own profile changed"),
            "core.user.disable": _("Account disabled"),
            "core.user.enable": _("Account enabled"),
            "core.user.reset_password": _("Password reset"),
            "core.user.change_password": _("Own password changed"),
            "core.session.end": _("Session ended"),
            "core.grant.give": _("Role given"),
            "core.grant.take": _("Role taken back"),
            "core.role.save": _("Role changed"),
            "core.role.delete": _("Role deleted"),
            "core.token.create": _("API token made"),
            "core.token.revoke": _("API token revoked"),
            "core.parameter.change": _("Security policy changed"),
            "core.office.set_up": _("Office set up"),
        },
        {
            "role": _("Role"),
            "scope": _("Data scope"),
            "organisations": _("Organisations chosen"),
            "region": _("Only within region"),
            "valid_from": _("Valid from"),
            "valid_to": _("Valid to (last day)"),
            "failures": _("Failures in a row"),
            "locked": _("Locked"),
            "why": _("Cause"),
            "ended_elsewhere": _("Other sessions ended"),
            "rows": _("Rows"),
            "filter": _("Filter"),
            "entries": _("Entries"),
            "problems": _("Problems"),
            "is_active": _("Active"),
            "must_change_password": _("Must change the password"),
            "scopes": _("Scopes"),
        },
    )
