"""Pages of meters, own generation, orders, refused readings and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.monitoring import access, forms_power, importers_power, tables_power
from lantian.apps.monitoring.actions import power as actions
from lantian.apps.monitoring.choices_power import OUTCOME_TONES, CheckOutcome
from lantian.apps.monitoring.models import (
    Meter,
    MeterKey,
    PowerCheck,
    PowerPeriod,
    PowerReject,
    PowerSite,
)
from lantian.apps.monitoring.views.power import CRUMBS
from lantian.apps.sources.models import Source

METERS = (*CRUMBS, (_("Electricity meters"), "monitoring:power_meters"))
PERIODS = (*CRUMBS, (_("Orders and special times"), "monitoring:power_periods"))
KEYS = (*CRUMBS, (_("Keys of senders of readings"), "monitoring:power_keys"))


class MeterList(lists.ListView):
    """The register of meters."""

    model = Meter
    permission = access.POWER_EDIT
    title = _("Electricity meters")
    subtitle = _("Whose they are, what they measure, and how their figures become kWh.")
    breadcrumbs = CRUMBS
    table_class = tables_power.MeterTable
    filterset_class = tables_power.MeterFilter
    empty_title = _("There are no meters yet.")
    empty_hint = _("Import a list as Excel or CSV; a template is there.")
    empty_url_name = "core:imports"
    empty_label = _("Import")

    def get_queryset(self) -> Any:
        """With their enterprises and lines."""
        return super().get_queryset().select_related("source", "unit").prefetch_related("serves")

    def export_columns(self) -> list[str]:
        """The headings of the import, so that the file can come back."""
        return importers_power.export_headings()

    def export_rows(self) -> Iterator[list[Any]]:
        """All that the import knows of each meter."""
        for row in self.table.rows:
            yield importers_power.export_row(row.record)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Imports, refused readings, a new one."""
        return [
            {"label": _("Refused readings"), "url": reverse("monitoring:power_rejects"), "icon": "file-alert"},
            {"label": _("Meters on HJ 212 devices"), "url": reverse("monitoring:power_feeds"), "icon": "antenna"},
            {"label": _("Import readings"), "url": reverse("core:import", args=["power-readings"]), "icon": "table-import"},
            {"label": _("Import meters"), "url": reverse("core:import", args=["power-meters"]), "icon": "file-import"},
            {"label": _("New meter"), "url": reverse("monitoring:power_meter_new"), "icon": "plus", "tone": "primary"},
        ]  # fmt: skip


class _ActorForm:
    def get_form_kwargs(self) -> dict[str, Any]:
        """What is looked up is looked up as the actor sees it."""
        return {**super().get_form_kwargs(), "actor": self.actor}  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two columns on a wide screen."""
        kwargs.setdefault("form_columns", 2)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context


class MeterNew(_ActorForm, pages.ActionView):
    """A new meter."""

    permission = access.POWER_EDIT
    title = _("New meter")
    breadcrumbs = METERS
    form_class = forms_power.MeterForm
    cancel_url_name = "monitoring:power_meters"

    def run(self, form: Any) -> Meter:
        """Add it."""
        return actions.AddMeter(self.actor, **form.cleaned_data).execute()


class MeterEdit(_ActorForm, pages.RowActionView):
    """A correction."""

    model = Meter
    permission = access.POWER_EDIT
    title = _("Correct a meter")
    breadcrumbs = METERS
    form_class = forms_power.MeterForm
    cancel_url_name = "monitoring:power_meters"

    def get_queryset(self) -> Any:
        """With its enterprise and lines."""
        return super().get_queryset().select_related("source", "unit").prefetch_related("serves")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The meter itself."""
        return {**super().get_form_kwargs(), "meter": self.object}

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        meter: Meter = self.object
        plain = (
            "number", "name", "role", "ct", "pt", "multiplied", "register_digits", "capacity_kw", "holding_kw",
            "holding_grounds", "stop_minutes", "account", "note",
        )  # fmt: skip
        return {
            **{name: getattr(meter, name) for name in plain},
            "source": meter.source.name,
            "unit": meter.unit.number if meter.unit is not None else "",
            "serves": "、".join(unit.number for unit in meter.serves.all()),
        }

    def run(self, form: Any) -> Meter:
        """Correct it."""
        return actions.ChangeMeter(self.actor, self.object, **form.cleaned_data).execute()


class MeterRetire(pages.ConfirmView):
    """Take a meter out of use."""

    model = Meter
    permission = access.POWER_EDIT
    title = _("Take a meter out of use")
    breadcrumbs = METERS
    cancel_url_name = "monitoring:power_meters"
    question = _("Shall this meter be taken out of use?")
    consequences = (
        _("Its readings stay; new ones are refused."),
        _("Its number is free for another enterprise."),
    )
    submit_label = _("Take out of use")

    def get_subtitle(self) -> Any:
        """Which one."""
        return self.object.number

    def run(self, form: Any) -> Meter:
        """Mark it."""
        return actions.RetireMeter(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class PowerSiteEdit(pages.RowActionView):
    """Own generation of an enterprise."""

    model = Source
    permission = access.POWER_EDIT
    title = _("Own generation")
    breadcrumbs = CRUMBS
    form_class = forms_power.PowerSiteForm

    def get_subtitle(self) -> Any:
        """Of whom."""
        return self.object.name

    def get_cancel_url(self) -> str:
        """Back to its page."""
        return reverse("monitoring:power_source", args=[self.object.pk])

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        row = PowerSite.objects.filter(source=self.object).order_by("-pk").first()
        if row is None:
            return {}
        return {"own_generation": row.own_generation, "ratio": row.ratio, "note": row.note}

    def run(self, form: Any) -> PowerSite:
        """Write it."""
        return actions.SetPowerSite(self.actor, self.object, **form.cleaned_data).execute()


#: enterprises that the page of an order names
_NAMES = 20


class PeriodList(lists.ListView):
    """Orders and special times."""

    model = PowerPeriod
    permission = access.MONITORING_VIEW
    title = _("Orders and special times")
    subtitle = _("What was ordered, and whether lines kept it by their meters; holidays, repairs and failures.")
    breadcrumbs = CRUMBS
    table_class = tables_power.PeriodTable
    filterset_class = tables_power.PeriodFilter
    empty_title = _("Nothing has been entered yet.")
    empty_hint = _("Enter an order to stop or limit: each line is then held against what is usual.")
    empty_hint_elsewhere = _("The department enters it; then it appears here.")
    empty_url_name = "monitoring:power_period_new"
    empty_label = _("New order")
    empty_permission = access.POWER_EDIT

    def get_queryset(self) -> Any:
        """With places, and how many lines are suspected that the account may see."""
        mine = PowerCheck.objects.all().visible_to(self.user, access.MONITORING_VIEW)
        rows = super().get_queryset().select_related("region")
        return rows.annotate(
            suspected=Count("checks", filter=Q(checks__outcome=CheckOutcome.SUSPECTED, checks__in=mine.values("pk")))
        )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new one."""
        url = reverse("monitoring:power_period_new")
        return [
            {"label": _("New order"), "url": url, "icon": "plus", "tone": "primary", "permission": access.POWER_EDIT}
        ]


class PeriodNew(_ActorForm, pages.ActionView):
    """A new order or special time."""

    permission = access.POWER_EDIT
    title = _("New order or special time")
    breadcrumbs = PERIODS
    form_class = forms_power.PeriodForm
    cancel_url_name = "monitoring:power_periods"

    def run(self, form: Any) -> PowerPeriod:
        """Add it."""
        return actions.AddPeriod(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: PowerPeriod) -> str:
        """To its page."""
        return result.get_absolute_url()


class PeriodEdit(_ActorForm, pages.RowActionView):
    """A correction."""

    model = PowerPeriod
    permission = access.POWER_EDIT
    title = _("Correct an order or special time")
    breadcrumbs = PERIODS
    form_class = forms_power.PeriodForm

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        row: PowerPeriod = self.object
        plain = ("name", "kind", "document", "demand", "percent", "grace_minutes", "region")
        return {
            **{name: getattr(row, name) for name in plain},
            "start": timezone.localtime(row.start),
            "end": timezone.localtime(row.end),
            "sources": "\n".join(source.name for source in row.sources.all()),
        }

    def run(self, form: Any) -> PowerPeriod:
        """Correct it."""
        return actions.ChangePeriod(self.actor, self.object, **form.cleaned_data).execute()

    def get_done_url(self, result: PowerPeriod) -> str:
        """To its page."""
        return result.get_absolute_url()


class PeriodWithdraw(pages.ConfirmView):
    """Take an order or special time back."""

    model = PowerPeriod
    permission = access.POWER_EDIT
    title = _("Withdraw an order or special time")
    breadcrumbs = PERIODS
    question = _("Shall this count no more?")
    consequences = (_("Its days count as usual ones again, and its results are no longer kept up."),)
    submit_label = _("Withdraw")

    def get_subtitle(self) -> Any:
        """Which one."""
        return self.object.name

    def run(self, form: Any) -> PowerPeriod:
        """Mark it."""
        return actions.WithdrawPeriod(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class PeriodView(lists.ListView):
    """An order: per line what was used against what is usual."""

    model = PowerCheck
    permission = access.MONITORING_VIEW
    breadcrumbs = PERIODS
    table_class = tables_power.CheckTable
    filterset_class = tables_power.CheckFilter
    template_name = "monitoring/power_period.html"
    empty_title = _("No line has been held against it yet.")
    empty_hint = _("Lines are judged every five minutes, as soon as the time has begun.")

    @property
    def period(self) -> PowerPeriod:
        """The order of the address."""
        if not hasattr(self, "_period"):
            rows = PowerPeriod.objects.all().visible_to(self.user, access.MONITORING_VIEW)
            row = rows.filter(pk=self.kwargs["pk"]).select_related("region").first()
            if row is None:
                raise NotFound
            self._period = row
        return self._period

    def get_title(self) -> Any:
        """Its name."""
        return self.period.name

    def get_export_title(self) -> str:
        """Name of the Excel file."""
        return __("Results of %(name)s") % {"name": self.period.name}

    def get_subtitle(self) -> Any:
        """Its kind and place."""
        row = self.period
        return f"{row.get_kind_display()} · {row.region} · {tables_power.demand_words(row)}"

    def get_queryset(self) -> Any:
        """Its results, with their enterprises."""
        rows = super().get_queryset().filter(period=self.period)
        return rows.select_related("load__source", "load__unit")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Correct and withdraw, for who may."""
        row = self.period
        mine = self.actor.rows(PowerPeriod.objects.filter(pk=row.pk), access.POWER_EDIT).exists()
        if not mine or row.withdrawn_at is not None:
            return []
        return [
            {"label": _("Correct"), "url": reverse("monitoring:power_period_edit", args=[row.pk]), "icon": "edit"},
            {"label": _("Withdraw"), "url": reverse("monitoring:power_period_withdraw", args=[row.pk]),
             "icon": "circle-off", "tone": "danger"},
        ]  # fmt: skip

    def _named(self) -> str:
        """The enterprises of the order that the account may see, and how many there are."""
        named = self.period.sources.count()
        if not named:
            return __("All of the place")
        seen = Source.objects.visible_to(self.user, access.MONITORING_VIEW)
        names = list(seen.filter(pk__in=self.period.sources.values("pk")).values_list("name", flat=True)[:_NAMES])
        if len(names) == named:
            return "、".join(names)
        if not names:
            return __("%(n)s enterprises") % {"n": named}
        return __("%(names)s, of %(n)s enterprises") % {"names": "、".join(names), "n": named}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How many kept it, and the facts of the order."""
        row = self.period
        counted = dict(self.get_queryset().order_by().values_list("outcome").annotate(Count("pk")))
        cards = [
            {"label": outcome.label, "count": counted.get(outcome, 0), "tone": OUTCOME_TONES[outcome], "code": str(outcome)}
            for outcome in CheckOutcome
        ]
        start, end = timezone.localtime(row.start), timezone.localtime(row.end)
        facts = [
            (_("From"), f"{start:%Y-%m-%d %H:%M}"),
            (_("To"), f"{end:%Y-%m-%d %H:%M}"),
            (_("Ordered"), tables_power.demand_words(row)),
            (_("Grace at the beginning (min)"), row.grace_minutes),
            (_("Document"), row.document),
            (_("Enterprises"), self._named()),
        ]
        return super().get_context_data(cards=cards, facts=facts, period=row, **kwargs)


class RejectList(lists.ListView):
    """Readings that were not taken."""

    model = PowerReject
    permission = access.POWER_EDIT
    title = _("Refused readings")
    subtitle = _("Kept for 30 days with their reason; once the register is mended they can be taken after all.")
    breadcrumbs = METERS
    template_name = "monitoring/power_rejects.html"
    table_class = tables_power.RejectTable
    filterset_class = tables_power.RejectFilter
    empty_title = _("No reading was refused.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How many are open."""
        return super().get_context_data(open=self.get_queryset().filter(taken_at__isnull=True).count(), **kwargs)


class RejectTake(pages.PageMixin, View):
    """Look at refused readings once more."""

    permission = access.POWER_EDIT

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take what can be taken now."""
        rows = PowerReject.objects.all().visible_to(self.user, access.POWER_EDIT).filter(taken_at__isnull=True)
        try:
            taken = actions.TakeRejects(self.actor, list(rows.order_by("pk")[: actions.MOST_TAKEN])).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, __("%(count)d readings were taken.") % {"count": taken})
        return redirect("monitoring:power_rejects")


class MeterKeyList(lists.ListView):
    """Keys with which programs send readings."""

    model = MeterKey
    permission = access.POWER_EDIT
    title = _("Keys of senders of readings")
    subtitle = _("Programs send readings with a key; only its hash is kept here.")
    breadcrumbs = CRUMBS
    table_class = tables_power.MeterKeyTable
    empty_title = _("There are no keys yet.")
    empty_hint = _("Make one for each machine that sends, so that one can be revoked without the others.")
    empty_url_name = "monitoring:power_key_new"
    empty_label = _("New key")

    def get_queryset(self) -> Any:
        """With their meters."""
        return super().get_queryset().select_related("region").prefetch_related("meters")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new one."""
        url = reverse("monitoring:power_key_new")
        return [{"label": _("New key"), "url": url, "icon": "plus", "tone": "primary"}]


class MeterKeyNew(pages.ActionView):
    """A new key; its secret is shown once."""

    permission = access.POWER_EDIT
    title = _("New key")
    breadcrumbs = KEYS
    form_class = forms_power.MeterKeyForm
    cancel_url_name = "monitoring:power_keys"
    submit_label = _("Make the key")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Places and meters as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def run(self, form: Any) -> actions.NewKey:
        """Make it."""
        data = form.cleaned_data
        return actions.MakeMeterKey(
            self.actor, name=data["name"], region=data["region"], meters=data["meters"], until=data["until"]
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
        context = {"made": made, "page_title": _("The key has been made"), "breadcrumbs": self.get_breadcrumbs()}
        response = render(self.request, "monitoring/power_key_made.html", context)
        response["Cache-Control"] = "no-store"
        return response


class MeterKeyRevoke(pages.ConfirmView):
    """The end of a key."""

    model = MeterKey
    permission = access.POWER_EDIT
    title = _("Revoke a key")
    breadcrumbs = KEYS
    cancel_url_name = "monitoring:power_keys"
    question = _("Shall nobody send with this key any more?")
    submit_label = _("Revoke")
    success_message = _("Revoked.")

    def get_subtitle(self) -> Any:
        """Which one."""
        return f"{self.object.name} · ltm_{self.object.prefix}…"

    def run(self, form: Any) -> Any:
        """Revoke it."""
        return actions.RevokeMeterKey(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()
