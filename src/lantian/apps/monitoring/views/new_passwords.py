"""A new password at the device itself: sent by who keeps keys, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from lantian.apps.core import pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.monitoring import access
from lantian.apps.monitoring.actions.new_passwords import SET_PASSWORD, CancelNewPassword, SendNewPassword
from lantian.apps.monitoring.choices_devices import CommandState
from lantian.apps.monitoring.forms_devices import NewPasswordForm
from lantian.apps.monitoring.models import Device, DeviceCommand, NewPassword
from lantian.apps.monitoring.secret_words import change_words
from lantian.apps.monitoring.views.commands import told

#: earlier changes that the page shows
SHOWN = 10


class NewPasswordPage(pages.RowActionView):
    """Let a device have a new password."""

    model = Device
    permission = access.DEVICE_KEY
    breadcrumbs = ((_("Passwords and keys"), "monitoring:device_keys"),)
    title = _("Change the password at the device")
    template_name = "monitoring/new_password.html"
    form_class = NewPasswordForm
    submit_label = _("Send")
    cancel_url_name = "monitoring:device_keys"
    success_message = _("It waits for the device now. Until it is known which password the device has, both are taken.")

    def get_subtitle(self) -> str:
        """Which one."""
        return f"{self.object} · {self.object.mn}"

    def run(self, form: Any) -> DeviceCommand:
        """Seal it and queue the command."""
        data = form.cleaned_data
        return SendNewPassword(self.actor, self.object, data["secret"], reason=data["reason"]).execute()

    def get_done_url(self, result: DeviceCommand) -> str:
        """Stay, and see what becomes of it."""
        return reverse("monitoring:device_new_password", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How it stands, and what was sent before."""
        rows = list(self.object.commands.filter(cn=SET_PASSWORD)[:SHOWN])
        new = NewPassword.objects.filter(device=self.object).select_related("command").first()
        return super().get_context_data(
            standing=change_words(new) if new is not None else "",
            withdraw=new.command_id if new is not None and new.command.state == CommandState.QUEUED else None,
            history=[told(row) for row in rows],
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Not kept by any cache."""
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class NewPasswordCancel(pages.PageMixin, View):
    """Take back a new password that waits."""

    permission = access.DEVICE_KEY
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back and return to the page."""
        rows = DeviceCommand.objects.visible_to(self.user, self.permission or "").filter(cn=SET_PASSWORD)
        row = get_object_or_404(rows.select_related("device"), pk=pk)
        try:
            CancelNewPassword(self.actor, row).execute()
            messages.success(request, __("The command has been withdrawn."))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        return redirect("monitoring:device_new_password", row.device_id)
