"""Who is logged in now, and ending it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import lists, pages
from lantian.apps.core.account_actions import EndSession
from lantian.apps.core.account_actions.sessions import alive
from lantian.apps.core.models import LoginSession
from lantian.apps.core.tables.accounts import SessionTable


class SessionFilter(lists.LedgerFilter):
    """Search."""

    q = lists.SearchFilter(["user__username", "user__person__name", "ip"])


class SessionList(lists.ListView):
    """Sessions that are open and have not run out."""

    permission = "core.session.view"
    title = _("Online users")
    subtitle = _("Sessions that are open now. A session that is ended ends with the next page that is opened.")
    table_class = SessionTable
    filterset_class = SessionFilter
    model = LoginSession
    empty_title = _("Nobody is logged in.")

    def get_queryset(self) -> Any:
        """Open ones within the data scope."""
        return (
            alive()
            .visible_to(self.user, self.permission)
            .select_related("user", "user__person", "user__organisation")
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        """Who may end, and which session is this one."""
        return {
            "may_end": self.user.may("core.session.end"),
            "current": self.request.session.session_key,
        }


class EndSessionView(pages.ConfirmView):
    """End a session."""

    model = LoginSession
    queryset = LoginSession.objects.filter(ended_at__isnull=True).select_related("user", "user__person")
    permission = "core.session.end"
    title = _("End session")
    submit_label = _("End the session")
    form_class = pages.OptionalReasonForm
    breadcrumbs = ((_("Online users"), "core:sessions"),)
    consequences = (
        _("The person is logged out with the next page that is opened and reads that an administrator did it."),
        _("What has not been saved is lost."),
    )
    success_message = _("The session has been ended.")

    def get_question(self) -> str:
        """Whose."""
        return __("End the session of %(name)s (%(ip)s)?") % {
            "name": self.object.user.display_name,
            "ip": self.object.ip or "",
        }

    def run(self, form: Any) -> LoginSession:
        """End it."""
        return EndSession(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_cancel_url(self) -> str:
        """The list."""
        return reverse("core:sessions")
