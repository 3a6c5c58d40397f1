"""Tables of the pages as Excel files; the log keeps who took what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from lantian.apps.core import display, log
from lantian.apps.core.actions import Actor


def excel(actor: Actor, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """An Excel file of a table."""
    # Here and not above: openpyxl is heavy, and most requests export nothing.
    from lantian.office.ledger import write_table

    stream = BytesIO()
    given = [["" if value is None else value for value in row] for row in rows]
    write_table(list(columns), iter(given), title, stream)
    log.append([log.entry(actor, "core.list.export", label=title, after={"rows": len(given)})])
    stem = re.sub(r"[^\w（）()-]+", "_", title)
    response = HttpResponse(
        stream.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    name = f"{stem}_{display.campaign_today():%Y%m%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
