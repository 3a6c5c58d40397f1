"""The doors: log-in, log-out, change of password, and the first set-up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from lantian.apps.core import auth, passwords, setup
from lantian.apps.core.account_actions import ChangePassword, CloseSession, SetUpOffice
from lantian.apps.core.account_actions.office import NewAdministrator
from lantian.apps.core.account_actions.sessions import TooManySessions, check_room
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.forms.accounts import ChangePasswordForm, LoginForm, SetUpForm
from lantian.apps.core.models import User
from lantian.apps.core.pages import ActionView, put_errors

#: Days before the end of a password on which the log-in says so.
WARN_DAYS = 7


def safe_next(request: HttpRequest) -> str:
    """The address to go to afterwards, if it is ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return ""


def remember_language(response: HttpResponse, language: str) -> None:
    """Let the browser keep the language that the account has chosen."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


@method_decorator(login_not_required, name="dispatch")
@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class LoginView(FormView):
    """Name and password. What is wrong is never said: not the name, not the password, not the state of the account."""

    form_class = LoginForm
    template_name = "core/login.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form to strangers and send everybody else on."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(safe_next(request) or reverse("home"))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where to go afterwards."""
        return super().get_context_data(
            page_title=__("Log in"), next=safe_next(self.request), nobody=setup.is_needed(), **kwargs
        )

    def form_valid(self, form: LoginForm) -> HttpResponse:
        """Check the lock, the password and the room for another session."""
        username = form.cleaned_data["username"]
        locked = auth.locked_minutes(username)
        if locked:
            return self._refuse(form, self._locked(locked), 429)
        user = authenticate(self.request, username=username, password=form.cleaned_data["password"])
        if user is None:
            locked = auth.locked_minutes(username)
            if locked:
                return self._refuse(form, self._locked(locked), 429)
            left = auth.failure_limit(None, None) - int(getattr(self.request, "axes_failures_since_start", 0) or 0)
            said = __("User name or password is wrong, or the account is not active.")
            if left > 0:
                said += " " + __("%(left)s more tries until the account is locked.") % {"left": left}
            return self._refuse(form, said, 422)
        try:
            check_room(user)
        except TooManySessions as error:
            return self._refuse(form, str(error), 409)
        login(self.request, user)
        return self._go_on(user)

    def form_invalid(self, form: Any) -> HttpResponse:
        """An empty form is not a success."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _go_on(self, user: Any) -> HttpResponse:
        left = passwords.expires_in_days(user)
        if left is not None and 0 <= left <= WARN_DAYS and not user.must_change_password:
            messages.warning(
                self.request, __("Your password ends in %(days)s days. Change it in time.") % {"days": left}
            )
        response = HttpResponseRedirect(safe_next(self.request) or reverse("home"))
        remember_language(response, user.language)
        return response

    def _locked(self, minutes: int) -> str:
        return __(
            "Too many failed log-ins. This account is locked; try again in %(minutes)s minutes, "
            "or ask the system administrator to reset the password."
        ) % {"minutes": minutes}

    def _refuse(self, form: LoginForm, said: str, status: int) -> HttpResponse:
        form.add_error(None, said)
        return self.render_to_response(self.get_context_data(form=form), status=status)


class LogoutView(View):
    """Ends the session; only by a form of our own."""

    http_method_names = ["post"]

    def post(self, request: Any) -> HttpResponse:
        """End it."""
        CloseSession(Actor.of(request), request.session.session_key or "").execute()
        logout(request)
        messages.success(request, __("You have logged out."))
        return HttpResponseRedirect(reverse("core:login"))


@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordView(ActionView):
    """Change of one's own password; the only page that opens while it must be changed."""

    form_class = ChangePasswordForm
    template_name = "core/password.html"
    title = _("Change password")
    submit_label = _("Change password")
    success_message = _("Your password has been changed. Your other sessions have ended.")
    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add why the page has come up."""
        user = self.request.user
        forced = passwords.must_change(user)
        return super().get_context_data(
            forced=forced, first=forced and user.must_change_password, **kwargs
        )

    def run(self, form: Any) -> User:
        """Change it; wrong tries count like failed log-ins, so that an open screen is no way to guess."""
        user = self.request.user
        minutes = auth.locked_minutes(user.username)
        if minutes:
            raise Invalid(
                fields={"current": [__("Too many wrong tries. Wait %(minutes)s minutes.") % {"minutes": minutes}]}
            )
        try:
            changed = ChangePassword(
                self.actor,
                current=form.cleaned_data["current"],
                password=form.cleaned_data["password"],
                keep_session=self.request.session.session_key or "",
            ).execute()
        except Invalid as error:
            if "current" in error.fields:
                user_login_failed.send(
                    sender=__name__, credentials={"username": user.username}, request=self.request
                )
            raise
        # Keeps this session alive under the new password, with a new key.
        row = self.request.login_session
        update_session_auth_hash(self.request, changed)
        if row is not None:
            row.session_key = self.request.session.session_key
            row.save(update_fields=["session_key"])
        return changed

    def get_done_url(self, result: Any) -> str:
        """On to where the person wanted to go."""
        return safe_next(self.request) or reverse("home")


@method_decorator(login_not_required, name="dispatch")
@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class SetUpView(FormView):
    """The first page of an office. It exists only while nobody has an account and the token is right."""

    form_class = SetUpForm
    template_name = "core/setup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Not there without the token."""
        self.token = request.POST.get("token") or request.GET.get("token") or ""
        if not setup.check_token(self.token):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the token, which the form sends back."""
        return super().get_context_data(page_title=__("Set up your office"), token=self.token, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """A refused form is not a success."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        """Make everything and show the one-time passwords once."""
        data = form.cleaned_data

        def person(who: str) -> NewAdministrator:
            return NewAdministrator(data[f"{who}_name"], data[f"{who}_username"])

        action = SetUpOffice(
            Actor(user=None, name="set-up", ip=auth.client_ip(self.request), via="web"),
            place=data["place"],
            level=data["level"],
            place_code=data["place_code"],
            office=data["office"],
            office_short=data["office_short"],
            system=person("system"),
            password=data["password"],
            security=person("security") if data["mode"] == "strict" else None,
            auditor=person("auditor"),
            officer=person("officer") if data["officer_username"] else None,
        )
        try:
            made = action.execute()
        except Invalid as error:
            put_errors(form, error)
            return self.form_invalid(form)
        setup.forget_token()
        accounts = [
            {
                "name": account.user.display_name,
                "username": account.user.username,
                "roles": "、".join(__(role.name) for role in roles),
                "password": "" if at == 0 else account.password,
            }
            for at, (account, roles) in enumerate(made)
        ]
        return render(
            self.request, "core/setup_done.html", {"page_title": __("The office is set up"), "accounts": accounts}
        )
