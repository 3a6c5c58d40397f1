"""The file of a source to take away."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views import View

from lantian.apps.core import log
from lantian.apps.core.pages import RowMixin
from lantian.apps.sources import access, dossier
from lantian.apps.sources.models import Source

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class SourceDossier(RowMixin, View):
    """One plant, one furnace (with ``?unit=``) or one mine as a Word document."""

    model = Source
    permission = access.SOURCE_VIEW

    def get_queryset(self) -> Any:
        """With what the file tells."""
        return super().get_queryset().select_related("region", "department", "town", "operator")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it; the log keeps who took it."""
        source, key, unit = self.object, request.GET.get("unit", ""), None
        if key:
            unit = get_object_or_404(source.units, pk=int(key) if key.isdigit() and len(key) < 16 else 0)
        content = dossier.document(source, self.user, unit)
        log.append([log.entry(self.actor, "sources.dossier.make", subject=source, label=str(source))])
        response = HttpResponse(content, content_type=_DOCX)
        stem = re.sub(r"[^\w（）()-]+", "_", dossier.file_name(source, unit))
        response["Content-Disposition"] = content_disposition_header(True, f"{stem}.docx") or "attachment"
        return response
