"""Error pages that say what happened and what to do next."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = logging.getLogger("lantian.errors")


def _page(
    request: HttpRequest | None,
    code: int,
    title: str,
    said: str,
    next_steps: list[str],
    *,
    reason: str = "",
    number: str = "",
) -> HttpResponse:
    values: dict[str, Any] = {
        "code": code,
        "page_title": title,
        "said": said,
        "next_steps": next_steps,
        "reason": reason,
        "number": number,
    }
    return HttpResponse(render_to_string("lantian/error.html", values, request), status=code)


def _reason(exception: Any) -> str:
    """What was said when the error was raised, if it was said for people."""
    said = str(exception.args[0]) if getattr(exception, "args", None) else ""
    # Django's own 404 carries the tried addresses, and get_object_or_404 the name of a class.
    return "" if isinstance(getattr(exception, "args", [""])[0] if said else "", dict) else said


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        _("The request could not be understood"),
        _("Something in the address or in the data that were sent is not as it should be."),
        [
            _("Go back, load the page again and repeat what you did."),
            _("If the address comes from a letter or a message, check that it is complete."),
        ],
    )


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403: the right is missing."""
    return _page(
        request,
        403,
        _("You do not have the right to open this page"),
        _("Your roles do not carry the permission that this page asks for."),
        [
            _("Ask your security administrator for the role that you need."),
            _("If you have several accounts, log out and log in with the other one."),
        ],
        reason=_reason(exception),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: no such page, or a row that the account may not see."""
    return _page(
        request,
        404,
        _("This page does not exist"),
        _("The address is wrong, the entry has been withdrawn, or it is outside of what you may see."),
        [
            _("Check the address for typing errors."),
            _("Look for the entry through the navigation or the search of its list."),
            _("If a colleague can open it, ask your security administrator to widen your data scope."),
        ],
    )


def too_large(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """413: more than a door takes."""
    return _page(
        request,
        413,
        _("This is larger than what can be accepted"),
        _("The file or the text that was sent is over the limit, so nothing of it was stored."),
        [
            _("Split the file, or leave out pictures and annexes that are not needed."),
            _("For a plan, paste only its text."),
        ],
        reason=_reason(exception),
    )


def body_too_large(limit: int) -> HttpResponse:
    """413 before the request has reached a page: what was sent in one go is over `limit` [byte]."""
    megabytes = limit // (1024 * 1024)
    return _page(
        None,
        413,
        _("This is larger than what can be accepted"),
        _("At most %(limit)d MB can be sent in one go. Nothing of it was stored.") % {"limit": megabytes},
        [
            _("Go back, and choose a smaller file."),
            _("A workbook shrinks when pictures and empty formatted rows are deleted; a large list can be split by region."),
        ],
    )  # fmt: skip


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old, or it does not come from our page."""
    logger.warning("refused a form: %s (%s)", reason, request.path)
    return _page(
        request,
        403,
        _("This form is no longer valid"),
        _(
            "You have logged in or out in another window since the page was opened, or cookies are switched off."
        ),
        [
            _("Go back, load the page again and send the form once more; copy long texts first."),
            _("Allow cookies for this site."),
        ],
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake; the number stands in the log of the server.

    Nothing here may ask the database or the session, which may be what has failed.
    """
    number = secrets.token_hex(4)
    logger.error("error page %s for %s", number, request.path)
    return _page(
        None,
        500,
        _("Something went wrong on our side"),
        _("Your last step was not carried out. What you had saved before is safe."),
        [
            _("Wait a moment and try again."),
            _("If it happens again, give your administrator the number below and say what you wanted to do."),
        ],
        number=number,
    )
