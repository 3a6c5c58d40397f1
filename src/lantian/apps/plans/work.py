"""What keeps a plan from being withdrawn: rooms that hang work on tasks say so here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import ngettext

from lantian.apps.core.models import Attachment
from lantian.apps.plans.models import Plan, Target, Task

#: Gives a sentence that says what hangs on the plan, or None.
Check = Callable[[Plan], Any]

_checks: dict[str, Check] = {}


def register(code: str, check: Check) -> None:
    """Make a check known; registering a code again replaces it."""
    _checks[code] = check


def hanging_on(plan: Plan) -> list[str]:
    """What hangs on a plan, one sentence each; an empty list lets it be withdrawn."""
    return [str(said) for check in _checks.values() if (said := check(plan))]


def evidence(plan: Plan) -> str | None:
    """Files that people have hung on tasks and targets."""
    count = 0
    for model in (Task, Target):
        rows = model._base_manager.filter(plan=plan).values("pk")
        count += Attachment.objects.filter(
            content_type=ContentType.objects.get_for_model(model), object_id__in=rows, removed_at__isnull=True
        ).count()
    if not count:
        return None
    return ngettext(
        "%(count)s file hangs on its tasks and targets.",
        "%(count)s files hang on its tasks and targets.",
        count,
    ) % {"count": count}
