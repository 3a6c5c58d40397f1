"""Commands of a device: choose one, fill in what it needs, see what came back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from lantian.apps.core import pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.monitoring import access
from lantian.apps.monitoring.actions.commands import CancelCommand, SendCommand
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import COMMAND_TONES, OVER, CommandState
from lantian.apps.monitoring.command_words import (
    answers_of,
    command_words,
    offered_commands,
    outcome_words,
    parameter_words,
)
from lantian.apps.monitoring.forms_devices import CommandChoiceForm, CommandForm
from lantian.apps.monitoring.models import Device, DeviceCommand
from lantian.apps.monitoring.views.devices import CRUMBS
from lantian.rules.hj212.commands import Command, commands

#: commands that the page shows
SHOWN = 50


def told(row: DeviceCommand) -> dict[str, Any]:
    """A command in words."""
    known = commands().get(row.cn)
    return {
        "row": row,
        "words": command_words(row.cn),
        "tone": COMMAND_TONES.get(row.state, "neutral"),
        "parameters": [(key, parameter_words(value)) for key, value in row.parameters],
        "answers": [{**one, "fields": list(one["fields"].items())} for one in answers_of(row)],
        "outcome": outcome_words(row.outcome),
        "open": row.state == CommandState.QUEUED and not (known is not None and known.carries_secret),
    }


class CommandsPage(pages.RowActionView):
    """The commands of a device."""

    model = Device
    permission = access.DEVICE_COMMAND
    title = _("Device commands")
    breadcrumbs = CRUMBS
    template_name = "monitoring/commands.html"
    submit_label = _("Send")
    success_message = _("It waits for the device now. Reload to see what comes back.")

    def get_queryset(self) -> Any:
        """With whose it is."""
        return super().get_queryset().select_related("source")

    def get_subtitle(self) -> str:
        """Which device."""
        return f"{self.object} · {self.object.mn}"

    def get_breadcrumbs(self) -> list[Any]:
        """Below the device."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    @property
    def command(self) -> Command:
        """The command that was chosen; of one that is not offered for this device another must not be sent."""
        offered = offered_commands(self.object.protocol)
        wanted = self.request.POST.get("cn") or self.request.GET.get("cn") or "1011"
        found = offered.get(wanted)
        if found is None:
            if self.request.method == "POST":
                raise Http404
            found = offered["1011"]
        return found

    def get_form(self, form_class: Any = None) -> CommandForm:
        """The fields of the command."""
        codes = sorted(set(self.object.latest.values_list("factor", flat=True)))
        kwargs = self.get_form_kwargs()
        kwargs.pop("prefix", None)
        return CommandForm(**kwargs, command=self.command, codes=codes, version=self.object.protocol)

    def run(self, form: Any) -> DeviceCommand:
        """Put it into the queue."""
        return SendCommand(
            self.actor,
            self.object,
            self.command.cn,
            form.given(),
            reason=form.cleaned_data.get("reason", ""),
        ).execute()

    def get_done_url(self, result: DeviceCommand) -> str:
        """Back to the list."""
        return reverse("monitoring:commands", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The choice and the history."""
        rows = list(self.object.commands.select_related("asked_by")[:SHOWN])
        return super().get_context_data(
            choice=CommandChoiceForm(initial={"cn": self.command.cn}, version=self.object.protocol),
            command=self.command,
            command_words=command_words(self.command.cn),
            history=[told(row) for row in rows],
            waiting=sum(row.state not in OVER for row in rows),
            active=self.object.state == DeviceState.ACTIVE,
            **kwargs,
        )


class CommandCancel(pages.PageMixin, View):
    """Take back a command that waits."""

    permission = access.DEVICE_COMMAND
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back and return to the device."""
        rows = DeviceCommand.objects.visible_to(self.user, self.permission or "")
        row = get_object_or_404(rows.select_related("device"), pk=pk)
        try:
            CancelCommand(self.actor, row).execute()
            messages.success(request, __("The command has been withdrawn."))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        return redirect("monitoring:commands", row.device_id)
