"""What the worker does for this room."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotFound
from lantian.apps.core.jobs import JobContext, job
from lantian.apps.plans.access import PLAN_IMPORT
from lantian.apps.plans.actions import ReadImport
from lantian.apps.plans.models import PlanImport


@job("plans.read", _("Read a plan"), permission=PLAN_IMPORT)
def read_plan(context: JobContext) -> dict[str, Any]:
    """Read the text of an import; what goes wrong stands on the import, too, so that its page can say it."""
    row = PlanImport.objects.filter(pk=context.parameters["plan_import"]).first()
    if row is None:
        raise NotFound
    context.progress(0, 1, __("Reading %(count)s characters") % {"count": row.length}, force=True)
    try:
        read = ReadImport(context.actor, row).execute()
    except CoreError as error:
        PlanImport.objects.filter(pk=row.pk).update(error_code=error.code, error=str(error)[:500])
        raise
    context.progress(1, 1, force=True)
    return {"url": reverse("plans:import", args=[read.pk]), "label": read.name}
