"""What the worker does for the doors: looking at files, importing them, watching a folder."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.air import lake
from lantian.apps.air.access import DATA_IMPORT
from lantian.apps.air.actions.doors import LOOK, STORE, NoteDelivery
from lantian.apps.air.doors import reading, storing
from lantian.apps.air.models import Delivery, DeliveryState
from lantian.apps.core import files, jobs
from lantian.apps.core.exceptions import CoreError
from lantian.lake.errors import LakeError
from lantian.lake.given import AIR_CITY_DAY, AIR_CITY_HOUR
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY

logger = logging.getLogger(__name__)
__all__ = ["keep_lake", "look_at_delivery", "store_delivery", "watch_folder"]


def _delivery(context: jobs.JobContext) -> Delivery:
    row = Delivery.objects.filter(pk=context.parameters.get("delivery")).first()
    if row is None:
        raise jobs.JobFailed(_("The delivery is not there any more."))
    return row


def _source(row: Delivery) -> reading.Source:
    path = files.content.path(row.sha256)
    if not path.is_file():
        raise jobs.JobFailed(_("The uploaded file is not there any more. Upload it again."))
    return reading.Source(path, row.name, reading.office_overrides())


def _percent(context: jobs.JobContext, message: str) -> Any:
    def tick(at: int, size: int) -> None:
        context.progress(at * 100 // max(size, 1), 101, message)

    return tick


@jobs.job(LOOK, _("Look at air data"), permission=DATA_IMPORT, notify=False)
def look_at_delivery(context: jobs.JobContext) -> dict[str, Any]:
    """Both looks at the file; the page shows what they found."""
    row = _delivery(context)
    if row.state not in (DeliveryState.LOOKING, DeliveryState.FAILED):
        return {"url": row.get_absolute_url()}
    try:
        _looked, found = reading.preview(
            _source(row), reading.choices_of(row.choices), row.created_at, _percent(context, __("Reading"))
        )
    except CoreError as error:
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED, error=str(error), preview={})
        raise
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.ASKING, error="", preview=found)
    return {"url": row.get_absolute_url()}


@jobs.job(STORE, _("Import air data"), permission=DATA_IMPORT)
def store_delivery(context: jobs.JobContext) -> dict[str, Any]:
    """Import the file; a run that broke off goes on with the part that was next."""
    row = _delivery(context)
    if row.state == DeliveryState.DONE:
        return {"url": row.get_absolute_url()}
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.STORING, error="")
    try:
        storing.store_file(row, _source(row), lake(), _percent(context, __("Importing")))
    except CoreError as error:
        if error.permanent:
            Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED, error=str(error))
        raise
    row.refresh_from_db()
    NoteDelivery(context.actor, row).execute()
    return {"url": row.get_absolute_url(), "summary": summary(row)}


def summary(row: Delivery) -> str:
    """What became of a delivery in one line."""
    said = __("%(added)s new hours, %(corrected)s changed, %(same)s as before, %(held)s values held")
    return said % {"added": row.added, "corrected": row.corrected, "same": row.same, "held": row.held}


@db_periodic_task(crontab(minute="*"))
@lock_task("air-folder")
def watch_folder() -> None:
    """Each minute: take what is complete in the watched folder of the settings, if there is one."""
    folder = getattr(settings, "AIR_FOLDER", "")
    if folder:
        from lantian.apps.air.doors.folder import Folder

        Folder(Path(folder), now=timezone.now).sweep()


@db_periodic_task(crontab(hour="3", minute="20"))
@lock_task("air-lake")
def keep_lake() -> None:
    """Each night: fold corrections in, make few files of the many that came hour by hour, remove what nobody needs."""
    for table in (AIR_HOUR, AIR_STATION_DAY, AIR_CITY_HOUR, AIR_CITY_DAY):
        try:
            lake().compact(table)
            lake().vacuum(table)
        except LakeError:
            # Tomorrow is another night; nothing is lost by then.
            logger.exception("%s was not compacted", table.name)
