"""Marks of enterprises: the list, a new one (made for the phone), and the check."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files, lists, pages, parameters
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import access
from lantian.apps.monitoring.actions.marks import CheckMark, MakeMark, WithdrawMark
from lantian.apps.monitoring.choices_devices import MARK_TONES, MarkState
from lantian.apps.monitoring.forms_devices import CheckForm, MarkForm, factor_words
from lantian.apps.monitoring.importers_hours import own_points
from lantian.apps.monitoring.models import DataMark
from lantian.apps.monitoring.tables_devices import MarkFilter, MarkTable
from lantian.rules.hj212.factors import order_of

CRUMBS = ((_("Marks of data"), "monitoring:marks"),)


class MarkList(lists.ListView):
    """All marks."""

    model = DataMark
    permission = access.MONITORING_VIEW
    table_class = MarkTable
    filterset_class = MarkFilter
    template_name = "monitoring/marks.html"
    title = _("Marks of data")
    subtitle = _("Stops, faults and maintenance that enterprises have told, with reason and proof.")
    empty_title = _("Nothing has been marked yet.")
    empty_hint = _("An enterprise marks data that do not tell of its emissions: stopped, out of order, maintained.")

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("device__source", "made_by")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new one."""
        return [
            {
                "label": __("Mark data"),
                "url": reverse("monitoring:mark_new"),
                "icon": "flag",
                "tone": "primary",
                "permission": access.MARK_OWN,
            },
            {
                "label": __("Enter missing data"),
                "url": reverse("core:import", args=["monitoring-hours"]),
                "icon": "table-plus",
                "permission": access.MARK_OWN,
            },
        ]


class MarkNew(pages.ActionView):
    """A new mark."""

    permission = access.MARK_OWN
    title = _("Mark data")
    breadcrumbs = CRUMBS
    form_class = MarkForm
    template_name = "monitoring/mark_new.html"
    submit_label = _("Send for the check")
    success_message = _("Sent. The office checks it; you are told the result.")
    cancel_url_name = "monitoring:marks"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Own points, and the factors of the one that was chosen."""
        devices = own_points(self.user)
        given = self.request.POST.get("device") or self.request.GET.get("device") or ""
        codes: set[str] = set()
        chosen = devices.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 18 else None
        if chosen is not None:
            codes = set(chosen.latest.values_list("factor", flat=True))
        return {**super().get_form_kwargs(), "devices": devices, "codes": sorted(codes, key=order_of)[:30]}

    def get_initial(self) -> dict[str, Any]:
        """The point that the page one comes from names."""
        given = self.request.GET.get("device", "")
        return {**super().get_initial(), "device": int(given) if given.isdecimal() and len(given) < 18 else None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Until when data must be marked."""
        hours = int(parameters.get("monitoring.mark_hours"))
        return super().get_context_data(deadline_hours=hours, any_points=own_points(self.user).exists(), **kwargs)

    def run(self, form: Any) -> DataMark:
        """Make it."""
        data = form.cleaned_data
        return MakeMark(
            self.actor,
            data["device"],
            kind=data["kind"],
            start=data["start"],
            end=data["end"],
            cause=data["cause"],
            factors=data.get("factors") or (),
            proofs=data["proofs"],
        ).execute()

    def get_done_url(self, result: DataMark) -> str:
        """Its page."""
        return result.get_absolute_url()


class MarkView(pages.DetailView):
    """A mark with its proofs."""

    model = DataMark
    permission = access.MONITORING_VIEW
    breadcrumbs = CRUMBS
    template_name = "monitoring/mark.html"

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return super().get_queryset().select_related("device__source__region", "made_by", "checked_by")

    def get_title(self) -> str:
        """Kind and point."""
        return f"{self.object.get_kind_display()} · {self.object.device}"

    def get_subtitle(self) -> str:
        """Whose."""
        return str(self.object.device.source or self.object.device.mn)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Check it, or take it back."""
        mark = self.object
        found: list[dict[str, Any]] = [
            {
                "label": __("Values"),
                "url": f"{reverse('monitoring:point', args=[mark.device_id])}"
                f"?until={mark.end.astimezone(CAMPAIGN_TIME):%Y-%m-%d}",
                "icon": "chart-line",
            }
        ]
        if mark.state != MarkState.WAITING:
            return found
        if mark.made_by_id != self.user.pk and DataMark.objects.all().may_see(
            self.user, access.MARK_CHECK, mark.pk
        ):
            url = reverse("monitoring:mark_check", args=[mark.pk])
            found.append({"label": __("Check the mark"), "url": url, "icon": "checks", "tone": "primary"})
        if DataMark.objects.filter(pk=mark.pk).run_by(self.user, access.MARK_OWN).exists():
            url = reverse("monitoring:mark_withdraw", args=[mark.pk])
            found.append({"label": __("Take the mark back"), "url": url, "icon": "arrow-back-up"})
        return found

    def get_facts(self) -> list[tuple[Any, Any]]:
        """Everything that was said."""
        mark = self.object
        facts: list[tuple[Any, Any]] = [
            (_("Kind of mark"), mark.get_kind_display()),
            (_("Start time"), mark.start),
            (_("End time"), mark.end),
            (_("Monitored factors"), "、".join(factor_words(code) for code in mark.factors) or __("all of them")),
            (_("Reason"), mark.cause),
            (_("Marked by"), mark.made_by),
            (_("Marked at"), mark.made_at),
            (_("To be marked until"), mark.due_at),
        ]
        if mark.checked_at is not None:
            facts += [
                (_("Checked by"), mark.checked_by),
                (_("Checked at"), mark.checked_at),
            ]
        if mark.verdict:
            facts.append((_("Words of the check"), mark.verdict))
        return facts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the proofs."""
        mark = self.object
        return super().get_context_data(
            proofs=list(files.of(mark)),
            tone=MARK_TONES[mark.state],
            late=mark.late,
            open=timezone.now() < mark.due_at,
            **kwargs,
        )


class _OnMark:
    object: Any

    def get_subtitle(self) -> str:
        """Which one."""
        mark = self.object
        span = f"{mark.start.astimezone(CAMPAIGN_TIME):%Y-%m-%d %H:%M} – {mark.end.astimezone(CAMPAIGN_TIME):%Y-%m-%d %H:%M}"
        return f"{mark.get_kind_display()} · {mark.device} · {span}"


class MarkCheck(_OnMark, pages.RowActionView):
    """The check of a mark."""

    model = DataMark
    permission = access.MARK_CHECK
    title = _("Check a mark")
    breadcrumbs = CRUMBS
    form_class = CheckForm
    success_message = _("Decided. The enterprise is told.")

    def run(self, form: Any) -> DataMark:
        """Decide."""
        data = form.cleaned_data
        return CheckMark(self.actor, self.object, accept=data["accept"], words=data["words"]).execute()


class MarkWithdraw(_OnMark, pages.ConfirmView):
    """Take the own mark back."""

    model = DataMark
    permission = access.MARK_OWN
    title = _("Take the mark back")
    breadcrumbs = CRUMBS
    question = _("Shall this mark no longer hold?")
    submit_label = _("Take the mark back")

    def run(self, form: Any) -> DataMark:
        """Take it back."""
        return WithdrawMark(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()
