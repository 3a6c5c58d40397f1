"""What all pages that read the lake share."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError
from lantian.lake.errors import LakeError

logger = logging.getLogger(__name__)


class LakeUnavailable(CoreError):
    """The observations cannot be read now."""

    code = "lake_unavailable"
    status = 503
    permanent = False
    message = _(
        "The observations cannot be read at the moment. Try again in a minute; if it stays so, tell the administrator."
    )


class ReadsLake:
    """A page that says so where the lake cannot be read, instead of failing."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Turn what the lake refuses into a page."""
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except LakeError as error:
            logger.exception("the lake could not be read for %s", request.path)
            raise LakeUnavailable from error
        return response
