"""Keys of senders: the list, a new one, its secret once, and the end of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, forms_doors, tables_doors
from lantian.apps.air.actions.keys import MakeKey, NewKey, RevokeKey
from lantian.apps.air.models import StationKey
from lantian.apps.core import lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound

CRUMBS = ((_("Keys of senders"), "air:keys"),)


class KeyList(lists.ListView):
    """Keys with which stations send."""

    model = StationKey
    permission = access.KEY_MANAGE
    title = _("Keys of senders")
    subtitle = _("Stations send their hours with a key; only its hash is kept here.")
    table_class = tables_doors.KeyTable
    empty_title = _("There are no keys yet.")
    empty_hint = _("Make one for each machine that sends, so that one can be revoked without the others.")
    empty_url_name = "air:key_new"
    empty_label = _("New key")

    def get_queryset(self) -> Any:
        """With their stations."""
        return super().get_queryset().select_related("region").prefetch_related("stations")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new one."""
        return [{"label": _("New key"), "url": reverse("air:key_new"), "icon": "plus", "tone": "primary"}]


class KeyNew(pages.ActionView):
    """A new key; its secret is shown once."""

    permission = access.KEY_MANAGE
    title = _("New key")
    breadcrumbs = CRUMBS
    form_class = forms_doors.KeyForm
    cancel_url_name = "air:keys"
    submit_label = _("Make the key")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Places and stations as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def run(self, form: Any) -> NewKey:
        """Make it."""
        data = form.cleaned_data
        return MakeKey(
            self.actor,
            name=data["name"],
            region=data["region"],
            stations=data["stations"],
            until=data["until"],
        ).execute()

    def form_valid(self, form: Any) -> HttpResponse:
        """Show the secret on this very answer and nowhere else."""
        try:
            made = self.run(form)
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            pages.put_errors(form, error)
            return self.form_invalid(form)
        context = {
            "made": made,
            "page_title": _("The key has been made"),
            "breadcrumbs": self.get_breadcrumbs(),
        }
        response = render(self.request, "air/doors/key_made.html", context)
        response["Cache-Control"] = "no-store"
        return response


class KeyRevoke(pages.ConfirmView):
    """The end of a key."""

    model = StationKey
    permission = access.KEY_MANAGE
    title = _("Revoke a key")
    breadcrumbs = CRUMBS
    cancel_url_name = "air:keys"
    question = _("Shall nobody send with this key any more?")
    submit_label = _("Revoke")
    success_message = _("Revoked.")

    def get_subtitle(self) -> Any:
        """Which one."""
        return f"{self.object.name} · lts_{self.object.prefix}…"

    def run(self, form: Any) -> Any:
        """Revoke it."""
        return RevokeKey(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()
