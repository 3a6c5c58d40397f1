"""Facts in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.rules.sources.fields import FieldKind, ListField


def shown(field: ListField, value: Any) -> str:
    """A fact as a page or a cell writes it, without its unit; a dash where it is not there."""
    if value in (None, "", [], ()):
        return display.ABSENT
    if isinstance(value, list | tuple):
        return "、".join(shown(field, one) for one in value)
    if field.kind is FieldKind.FLAG:
        return __("Yes") if value in (True, "True", "true", "1", 1) else __("No")
    option = field.option(str(value))
    return option.label if option is not None else str(value)
