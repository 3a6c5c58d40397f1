"""An alarm as a sheet that is handed to inspectors, for as long as no room of the house takes it, and beside that room later."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __

from lantian.apps.core import display, files, log
from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.alarm_words import told
from lantian.apps.monitoring.models import Alarm
from lantian.office.alarm_sheet import TITLE, AlarmSheet, write_docx

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def sheet_of(actor: Actor, alarm: Alarm, pairs: list[tuple[Any, Any]], history: list[dict[str, Any]]) -> AlarmSheet:
    """What the sheet of an alarm says, in Chinese: it goes to people who have no account here.

    Parameters
    ----------
    pairs, history
        Facts and steps as the page of the alarm shows them.
    """
    kept = alarm.evidence
    home = actor.user.organisation if actor.user is not None else None
    return AlarmSheet(
        number=alarm.pk,
        facts=[*_where(alarm), *((str(label), str(value)) for label, value in pairs)],
        why=[told(one) for one in kept.get("why", ())],
        books=[
            (row.get("label") or row["entry"], f"{row['value']} {row['unit']}".strip(), f"{row['document']} {row['clause']}".strip())
            for row in kept.get("books", ())
        ],
        steps=[
            (
                display.campaign_date(row["at"]),
                " ".join(filter(None, (str(row["by"]), str(row["unit"])))),
                str(row["step"]),
                "；".join(filter(None, (str(row["verdict"]), row["reason"], row["text"]))),
            )
            for row in history
        ],
        proofs=[one.name for one in files.of(alarm)],
        issuer=home.name if home is not None else "",
        made_on=display.campaign_today(),
        banner=__("Demonstration: all data are simulated and no place, office or person is real.")
        if getattr(settings, "DEMO", False)
        else "",
    )


def _where(alarm: Alarm) -> list[tuple[str, str]]:
    """Whom to look for, and where: the page says it in its head."""
    source = alarm.source
    found = [(__("Source concerned"), alarm.place_words)]
    if source is not None:
        found += [(__("Unified social credit code"), source.uscc), (__("Address"), source.address)]
    return [(label, value) for label, value in found if value]


def word(actor: Actor, alarm: Alarm, page: Any) -> HttpResponse:
    """The sheet as a Word file; the log keeps who took it."""
    with translation.override("zh-hans"):
        sheet = sheet_of(actor, alarm, page._pairs(), page._history())
    stream = BytesIO()
    write_docx(sheet, stream)
    log.append([log.entry(actor, "monitoring.alarm.sheet", subject=alarm)])
    response = HttpResponse(stream.getvalue(), content_type=DOCX)
    name = f"{TITLE}_{alarm.pk}_{sheet.made_on:%Y%m%d}.docx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
