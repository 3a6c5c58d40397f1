"""What stands around every page: the log-in that it needs, the session that must still hold, errors told to people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lantian.apps.core import parameters, passwords
from lantian.apps.core.account_actions.sessions import END_REASONS, CloseSession
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.models import LoginSession

logger = logging.getLogger(__name__)

API = "/api/"
#: A session's last sign of life is written at most this often.
WRITE_EVERY = timedelta(minutes=1)
#: Addresses that work while a password must be changed.
WHILE_CHANGING = frozenset({"core:password", "core:logout", "set_language", "healthz"})
#: Django's own view, which cannot carry the mark of our public pages.
PUBLIC = frozenset({"set_language"})

Response = Callable[[HttpRequest], HttpResponse]


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the whole page elsewhere, also when only a part of it was asked for."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=200, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def login_url(request: HttpRequest) -> str:
    """The log-in page that comes back to where the person was."""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    if request.headers.get("HX-Request") == "true":
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
        here = parts.path + (f"?{parts.query}" if parts.query else "")
    return reverse("core:login") + (f"?{urlencode({'next': here})}" if here not in {"", "/"} else "")


class SessionGuard:
    """A session ends when an administrator ends it, when nothing is done, and at the latest after some hours."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check the session of a person who is logged in."""
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            refused = self.refuse(request)
            if refused is not None:
                return refused
        return self.get_response(request)

    def refuse(self, request: Any) -> HttpResponse | None:
        """What is answered instead of the page, if the session does not hold or the password must be changed."""
        row = LoginSession.objects.filter(session_key=request.session.session_key or "").first()
        why = self._end(request, row)
        if why:
            logout(request)
            said = _("You were logged out: %(why)s.") % {"why": END_REASONS.get(why, why)}
            if request.path.startswith(API):
                return JsonResponse({"code": "session_ended", "message": said, "fields": {}}, status=401)
            messages.warning(request, said)
            return redirect(request, login_url(request))
        request.login_session = row
        if passwords.must_change(request.user) and not self._may_go_on(request):
            if request.path.startswith(API):
                said = _("Your password must be changed first.")
                return JsonResponse({"code": "password_expired", "message": said, "fields": {}}, status=403)
            return redirect(request, reverse("core:password"))
        return None

    def _end(self, request: Any, row: LoginSession | None) -> str:
        if row is None or row.user_id != request.user.pk:
            return "ended"
        if row.ended_at is not None:
            return row.end_reason or "ended"
        now = timezone.now()
        why = ""
        if now - row.started_at > timedelta(hours=parameters.get("session.hours")):
            why = "lifetime"
        elif now - row.last_seen_at > timedelta(minutes=parameters.get("session.idle_minutes")):
            why = "idle"
        if why:
            CloseSession(Actor.of(request), row.session_key, why).execute()
            return why
        if now - row.last_seen_at >= WRITE_EVERY:
            LoginSession.objects.filter(pk=row.pk, last_seen_at=row.last_seen_at).update(last_seen_at=now)
        return ""

    def _may_go_on(self, request: HttpRequest) -> bool:
        from django.urls import Resolver404, resolve

        try:
            return resolve(request.path_info).view_name in WHILE_CHANGING
        except Resolver404:
            return True


class LoginRequired(LoginRequiredMiddleware):
    """Every page asks for a log-in unless it says otherwise; the API asks for it by itself and answers in JSON."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        """Let public pages and the API through."""
        match = request.resolver_match
        if request.path.startswith(API) or (match is not None and match.view_name in PUBLIC):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        """Go to the log-in page, the whole page also for HTMX."""
        return redirect(request, login_url(request))


class CoreErrors:
    """Errors that can be told to people become a page, or a notice where a part of a page was asked for."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the work is done where a view raises."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Tell what went wrong and what can be done."""
        if not isinstance(exception, CoreError):
            return None
        logger.info("refused %s %s: %s", request.method, request.path, exception.code)
        said = str(exception)
        if request.path.startswith(API):
            return JsonResponse(error_body(exception), status=exception.status)
        details = [str(text) for texts in exception.fields.values() for text in _as_list(texts)]
        if request.headers.get("HX-Request") == "true":
            html = render_to_string("core/error_notice.html", {"said": said, "details": details}, request)
            return HttpResponse(
                html, status=200, headers={"HX-Retarget": "#content", "HX-Reswap": "afterbegin show:top"}
            )
        values = {
            "code": exception.status,
            "page_title": _("This could not be done"),
            "said": said,
            "next_steps": details or [_("Go back, load the page again and repeat what you did.")],
        }
        return HttpResponse(render_to_string("lantian/error.html", values, request), status=exception.status)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def error_body(error: CoreError) -> dict[str, Any]:
    """An error as the API says it."""
    return {
        "code": error.code,
        "message": str(error),
        "fields": {name: [str(text) for text in _as_list(texts)] for name, texts in error.fields.items()},
    }
