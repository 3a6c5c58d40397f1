"""The personal centre: profile, password, sessions, tokens, what one has done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history, pages, passwords
from lantian.apps.core.account_actions import ChangeProfile, EndSession, RevokeToken
from lantian.apps.core.forms.accounts import ProfileForm, TokenForm
from lantian.apps.core.models import ApiToken, LogEntry, LoginSession, User
from lantian.apps.core.queries import accounts as queries
from lantian.apps.core.views.accounts.entry import remember_language
from lantian.apps.core.views.accounts.users import make_token

CRUMBS = ((_("My account"), "core:me"),)


class MeView(pages.Page):
    """Everything about oneself on one page."""

    template_name = "core/me.html"
    title = _("My account")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change password and profile."""
        return [
            {"label": __("Edit profile"), "url": reverse("core:profile"), "icon": "pencil"},
            {"label": __("Change password"), "url": reverse("core:password"), "icon": "key"},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add sessions, tokens, roles and the last steps."""
        user: User = self.user
        person = user.person
        left = passwords.expires_in_days(user)
        own = LogEntry.objects.filter(user=user).order_by("-id")[:15]
        return super().get_context_data(
            facts=[
                (_("User name"), user.username),
                (_("Name of the person"), user.display_name),
                (_("Organisation"), user.organisation.name if user.organisation else None),
                (_("Mobile phone"), person.mobile if person else None),
                (_("E-mail"), person.email if person else None),
                (_("Password ends in"), None if left is None else __("%(days)s days") % {"days": left}),
            ],
            grants=user.active_grants,
            sessions=queries.sessions_of(user),
            current=self.request.session.session_key,
            tokens=queries.tokens_of(user),
            may_token=user.may("core.token.own"),
            entries=history.tell(list(own)),
            **kwargs,
        )


class ProfileView(pages.ActionView):
    """Telephone, mail, language."""

    form_class = ProfileForm
    title = _("Edit profile")
    breadcrumbs = CRUMBS
    cancel_url_name = "core:me"

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        person = self.user.person
        return {
            "mobile": person.mobile if person else "",
            "email": person.email if person else "",
            "language": self.user.language,
        }

    def run(self, form: Any) -> User:
        """Change it."""
        return ChangeProfile(self.actor, **form.cleaned_data).execute()

    def form_valid(self, form: Any) -> HttpResponse:
        """Let the browser keep the language."""
        response = super().form_valid(form)
        if response.status_code == 302:
            remember_language(response, form.cleaned_data["language"])
        return response


class EndOwnSessionView(pages.ActionView):
    """End one of one's own sessions elsewhere; a form without fields."""

    form_class = forms.Form
    http_method_names = ["post"]
    cancel_url_name = "core:me"
    success_message = _("The session has been ended.")

    def run(self, form: Any) -> LoginSession:
        """End it."""
        row = get_object_or_404(LoginSession, pk=self.kwargs["pk"], user=self.user)
        return EndSession(self.actor, row).execute()


class OwnTokenView(pages.ActionView):
    """A token for oneself."""

    permission = "core.token.own"
    template_name = "core/token_form.html"
    form_class = TokenForm
    title = _("New API token")
    submit_label = _("Make the token")
    breadcrumbs = CRUMBS
    cancel_url_name = "core:me"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the account."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Make it and show it once."""
        return make_token(self, form, self.user)


class RevokeTokenView(pages.ConfirmView):
    """Make a token worthless: one's own, or that of a machine."""

    permission = None
    title = _("Revoke token")
    submit_label = _("Revoke")
    form_class = pages.OptionalReasonForm
    success_message = _("The token has been revoked.")
    consequences = (_("Programs that use it are refused from now on."), _("A token cannot be brought back."))

    @cached_property
    def object(self) -> ApiToken:
        """One's own token, or one within the data scope of who keeps those of machines."""
        rows = ApiToken.objects.filter(user=self.user)
        if self.user.may("core.token.manage"):
            rows |= ApiToken.objects.all().visible_to(self.user, "core.token.manage")
        return get_object_or_404(rows.filter(revoked_at__isnull=True), pk=self.kwargs["pk"])

    def get_question(self) -> str:
        """Which."""
        return __("Revoke the token %(name)s?") % {"name": self.object.name}

    def run(self, form: Any) -> ApiToken:
        """Revoke it."""
        return RevokeToken(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_cancel_url(self) -> str:
        """Where the token is listed."""
        if self.object.user_id == self.user.pk:
            return reverse("core:me")
        return reverse("core:user", args=[self.object.user_id])

    def get_done_url(self, result: Any) -> str:
        """The same."""
        return self.get_cancel_url()
