"""The register of devices, their secrets, and what the register offers to other pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from lantian.apps.core import lists, pages
from lantian.apps.monitoring import access, outlets, registry
from lantian.apps.monitoring.actions import devices as actions
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import SecretKind
from lantian.apps.monitoring.forms_devices import (
    MOST_SUGGESTIONS,
    DeviceChangeForm,
    DeviceForm,
    SecretForm,
    kind_choices,
    source_words,
)
from lantian.apps.monitoring.importers import cells_of, headings
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import KINDS
from lantian.apps.monitoring.secret_words import change_words
from lantian.apps.monitoring.tables_devices import DeviceFilter, DeviceTable, KeyTable
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.models import Source
from lantian.rules.monitoring.limits import CLAIMS, FEATURES

CRUMBS = ((_("Devices"), "monitoring:devices"),)


class DeviceList(lists.ListView):
    """The register."""

    model = Device
    permission = access.MONITORING_VIEW
    table_class = DeviceTable
    filterset_class = DeviceFilter
    template_name = "monitoring/devices.html"
    title = _("Devices")
    subtitle = _("Data loggers, monitors and meters under their numbers.")
    empty_title = _("No device is in the register yet.")
    empty_hint = _("Enter one, or import a list from Excel. Unknown ones that report wait here for approval.")
    empty_hint_elsewhere = _("The department enters it; then it appears here.")
    empty_url_name = "monitoring:device_new"
    empty_label = _("New device")
    empty_permission = access.DEVICE_EDIT

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("source__region", "unit")

    def get_table_kwargs(self) -> dict[str, Any]:
        """Those that wait first."""
        return {"order_by": ("source",)}

    def get_page_actions(self) -> list[dict[str, Any]]:
        """New, import, keys."""
        return [
            {
                "label": __("New device"),
                "url": reverse("monitoring:device_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.DEVICE_EDIT,
            },
            {
                "label": __("Import"),
                "url": reverse("core:import", args=["monitoring-devices"]),
                "icon": "file-import",
                "permission": access.DEVICE_EDIT,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How many wait for approval."""
        parked = self.get_queryset().filter(state=DeviceState.PARKED).count()
        return super().get_context_data(parked=parked, **kwargs)

    def export_columns(self) -> list[str]:
        """As an import reads them."""
        return headings()

    def export_rows(self) -> Iterator[list[Any]]:
        """Every device of the filter."""
        for device in self.table.data.data.iterator(chunk_size=1000):
            yield cells_of(device)


class DeviceView(pages.DetailView):
    """A device of the register."""

    model = Device
    permission = access.MONITORING_VIEW
    breadcrumbs = CRUMBS
    template_name = "monitoring/device.html"

    def get_queryset(self) -> Any:
        """With whose it is."""
        rows = super().get_queryset().select_related("source__region", "unit", "new_password__command")
        return rows.prefetch_related("secrets")

    def get_subtitle(self) -> str:
        """Number and kind."""
        device = self.object
        return f"{device.mn} · {device.get_kind_display()} · {device.get_state_display()}"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What can be done in its state."""
        device = self.object
        key = [device.pk]
        found: list[dict[str, Any]] = []
        if device.state in {DeviceState.ACTIVE, DeviceState.SUSPENDED} and device.kind in KINDS:
            found.append(
                {"label": __("Values"), "url": reverse("monitoring:point", args=key), "icon": "chart-line"}
            )
        if self.user.may(access.DEVICE_COMMAND) and device.state == DeviceState.ACTIVE:
            url = reverse("monitoring:commands", args=key)
            found.append({"label": __("Device commands"), "url": url, "icon": "terminal-2"})
        if self.user.may(access.DEVICE_KEY):
            url = reverse("monitoring:device_key", args=key)
            found.append({"label": __("Set password or key"), "url": url, "icon": "key"})
        if not self.actor.rows(Device.objects.filter(pk=device.pk), access.DEVICE_EDIT).exists():
            return found

        def step(name: str, label: str, icon: str, tone: str = "") -> dict[str, Any]:
            return {"label": label, "url": reverse(f"monitoring:{name}", args=key), "icon": icon, "tone": tone}

        if device.state == DeviceState.PARKED:
            found.append(step("device_approve", __("Approve"), "circle-check", "primary"))
        elif device.state != DeviceState.RETIRED:
            found.append(step("device_edit", __("Correct"), "pencil"))
        if device.state == DeviceState.ACTIVE:
            found.append(step("device_suspend", __("Suspend"), "player-pause"))
        if device.state == DeviceState.SUSPENDED:
            found.append(step("device_resume", __("Resume the device"), "player-play", "primary"))
        if device.state != DeviceState.RETIRED:
            found.append(step("device_retire", __("Take out of use"), "circle-off", "danger"))
        return found

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about it; of secrets only whether they are there."""
        device = self.object
        options = device.options
        checks = {"modbus": "Modbus", "modbus_swapped": __("Modbus, halves exchanged")}
        kinds = {one.kind for one in device.secrets.all()}
        interval = options.get("minute_interval")
        facts: list[tuple[Any, Any]] = [
            (_("Device number (MN)"), device.mn),
            (_("Kind of device"), device.get_kind_display()),
            (_("State"), device.get_state_display()),
            (_("Pollution source"), device.source),
            (_("Unit of the source"), device.unit),
            (_("Protocol"), device.get_protocol_display()),
            (_("System code (ST)"), device.st),
            (_("Allowed addresses"), "、".join(device.addresses) or __("any")),
            (_("Units of its factors"), "、".join(f"{c}={u}" for c, u in sorted(device.units.items()))),
            *_deciding(options),
            (_("Minutes between its minute data"), interval),
            (_("Check of its frames"), checks.get(options.get("crc", ""), __("As the standard says"))),
            (
                _("Secrets"),
                "、".join(str(SecretKind(kind).label) for kind in sorted(kinds)) or __("none set"),
            ),
            (_("Last heard of"), device.seen_at),
            (_("In the register since"), device.created_at),
        ]
        if hasattr(device, "new_password"):
            facts.append((_("New password"), change_words(device.new_password)))
        if device.state == DeviceState.PARKED:
            facts.append((_("Reported from"), options.get("peer")))
        return facts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is odd about its number, and its last commands."""
        device = self.object
        commands = []
        if self.user.may(access.DEVICE_COMMAND):
            commands = list(device.commands.all()[:5])
        return super().get_context_data(odd=registry.odd_mn(device.mn), commands=commands, **kwargs)


class _DeviceForm:
    """Shared by the forms of a device."""

    user: Any
    actor: Any
    request: HttpRequest


    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In two columns."""
        return super().get_context_data(form_columns=2, **kwargs)  # type: ignore[misc, no-any-return]


class DeviceNew(_DeviceForm, pages.ActionView):
    """A new device."""

    permission = access.DEVICE_EDIT
    title = _("New device")
    breadcrumbs = CRUMBS
    form_class = DeviceForm
    cancel_url_name = "monitoring:devices"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Sources as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def get_initial(self) -> dict[str, Any]:
        """The source that the page one comes from names."""
        key = self.request.GET.get("source", "")
        rows = self.actor.rows(Source.objects.filter(pk=int(key) if key.isdecimal() else 0), SOURCE_VIEW)
        return {**super().get_initial(), "source": rows.first()}

    def run(self, form: Any) -> Device:
        """Enter it."""
        return actions.AddDevice(self.actor, **form.values()).execute()

    def get_done_url(self, result: Device) -> str:
        """Its page."""
        return result.get_absolute_url()


class _OnDevice(_DeviceForm, pages.RowActionView):
    model = Device
    permission = access.DEVICE_EDIT
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With whose it is."""
        return super().get_queryset().select_related("source", "unit")

    def get_subtitle(self) -> str:
        """Which one."""
        return " · ".join(text for text in (self.object.name, self.object.mn) if text)


class DeviceEdit(_OnDevice):
    """A correction."""

    title = _("Correct a device")
    form_class = DeviceChangeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Sources as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor, "device": self.object}

    def get_initial(self) -> dict[str, Any]:
        """What stands there."""
        return {**DeviceForm.initial_of(self.object), "seen": self.object.changed_at.isoformat()}

    def run(self, form: Any) -> Device:
        """Correct it."""
        data = form.cleaned_data
        return actions.ChangeDevice(
            self.actor, self.object, seen=data["seen"], reason=data["reason"], **form.values()
        ).execute()


class DeviceApprove(_OnDevice):
    """Say whose a device is that reported without being known."""

    title = _("Approve a device")
    form_class = DeviceForm
    submit_label = _("Approve")
    success_message = _("Approved. What it sends is taken from now on.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Sources as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor, "device": self.object}

    def get_initial(self) -> dict[str, Any]:
        """What its frames told."""
        return DeviceForm.initial_of(self.object)

    def run(self, form: Any) -> Device:
        """Approve it."""
        return actions.ApproveDevice(self.actor, self.object, **form.values()).execute()


class _ChangeState(pages.ConfirmView):
    model = Device
    permission = access.DEVICE_EDIT
    breadcrumbs = CRUMBS
    action: type[actions._ChangeState]

    def get_subtitle(self) -> str:
        """Which one."""
        return f"{self.object} · {self.object.mn}"

    def run(self, form: Any) -> Device:
        """Do it."""
        return self.action(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class DeviceSuspend(_ChangeState):
    """Take nothing of it for a while."""

    title = _("Suspend a device")
    question = _("Shall nothing of this device be taken for a while?")
    consequences = (
        _("The gateway refuses its connection and its data."),
        _("Commands that wait for it are taken back."),
    )
    action = actions.SuspendDevice
    submit_label = _("Suspend")


class DeviceResume(_ChangeState):
    """Take its data again."""

    title = _("Resume a device")
    question = _("Shall data of this device be taken again?")
    tone = "primary"
    action = actions.ResumeDevice
    submit_label = _("Resume the device")


class DeviceRetire(_ChangeState):
    """The end of a device."""

    title = _("Take a device out of use")
    question = _("Shall this device be taken out of use for good?")
    consequences = (
        _("What it has sent stays."),
        _("Its number is no longer a key of its source and may be given to another one."),
    )
    action = actions.RetireDevice
    submit_label = _("Take out of use")


class KeyList(lists.ListView):
    """Which devices have a password or a key."""

    model = Device
    permission = access.DEVICE_KEY
    table_class = KeyTable
    filterset_class = DeviceFilter
    template_name = "monitoring/devices.html"
    title = _("Passwords and keys")
    subtitle = _("Kept under seal. They are set here and never shown; each change stands in the log.")
    exportable = False

    def get_queryset(self) -> Any:
        """With what is set."""
        return super().get_queryset().select_related("source", "new_password__command").prefetch_related("secrets")


class DeviceKey(pages.RowActionView):
    """Set or change a password or a key."""

    model = Device
    permission = access.DEVICE_KEY
    breadcrumbs = ((_("Passwords and keys"), "monitoring:device_keys"),)
    title = _("Set password or key")
    form_class = SecretForm
    cancel_url_name = "monitoring:device_keys"
    success_message = _("Set. The gateway uses it within seconds.")

    def get_subtitle(self) -> str:
        """Which one."""
        return f"{self.object} · {self.object.mn}"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The same at the device itself."""
        return [
            {
                "label": __("Change the password at the device"),
                "url": reverse("monitoring:device_new_password", args=[self.object.pk]),
                "icon": "send",
                "permission": access.DEVICE_KEY,
            }
        ]

    def run(self, form: Any) -> Device:
        """Seal it."""
        data = form.cleaned_data
        return SetSecret(
            self.actor, self.object, data["kind"], data["secret"], reason=data["reason"]
        ).execute()

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Not kept by any cache."""
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class SourceSuggest(pages.PageMixin, View):
    """Suggestions for a field that asks for a source."""

    permission = SOURCE_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Options for what was typed."""
        text = request.GET.get(request.GET.get("field", ""), "").strip()[:60]
        rows = Source.objects.visible_to(self.user, SOURCE_VIEW).live().select_related("region")
        if text:
            rows = rows.filter(Q(name__contains=text) | Q(uscc=text.upper()))
        else:
            rows = rows.none()
        options = [
            (source_words(row), " · ".join(str(part) for part in (row.region, row.uscc) if part))
            for row in rows.order_by("name", "pk")[:MOST_SUGGESTIONS]
        ]
        return render(request, "core/widgets/suggestions.html", {"options": options})


def _deciding(options: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """What decides which limits an outlet has, as far as it is known."""
    kind = dict(kind_choices()).get(str(options.get(outlets.KIND) or ""))
    found: list[tuple[Any, Any]] = [(_("Kind of outlet"), kind or __("Not known"))]
    for key, label, names in (
        (outlets.FEATURES, _("Features on which limits depend"), FEATURES),
        (outlets.CLAIMS, _("Exemptions that it enjoys"), CLAIMS),
    ):
        words = [__(names[one]) for one in options.get(key) or [] if one in names]
        if words:
            found.append((label, "、".join(words)))
    if options.get(outlets.SIZE):
        found.append((_("Size of its boiler (t/h of steam)"), f"{options[outlets.SIZE]} t/h"))
    return found
