"""Warnings of heavy pollution: what holds now, all of them, one with its episode, and the three steps."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import lists, pages
from lantian.apps.monitoring import access, forms_daily, tables_daily, warnings
from lantian.apps.monitoring.actions import warnings as actions
from lantian.apps.monitoring.choices_daily import LEVEL_TONES
from lantian.apps.monitoring.models import PollutionWarning
from lantian.apps.monitoring.places import may_act_for

CRUMBS = ((_("Warnings of heavy pollution"), "monitoring:warnings"),)


class WarningList(lists.ListView):
    """What holds now, and all warnings."""

    model = PollutionWarning
    permission = access.WARNING_VIEW
    table_class = tables_daily.WarningTable
    filterset_class = tables_daily.WarningFilter
    template_name = "monitoring/warnings.html"
    title = _("Warnings of heavy pollution")
    subtitle = _("During orange and red warnings the daily report of key enterprises is due each morning.")
    empty_title = _("No warning has been entered yet.")
    empty_hint = _("Enter one when it is declared: the house then makes the daily report by itself.")
    empty_url_name = "monitoring:warning_new"
    empty_label = _("Declare a warning")
    empty_permission = access.WARNING_DECLARE

    def get_queryset(self) -> Any:
        """With their places."""
        return super().get_queryset().select_related("region", "followed_by")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new one."""
        url = reverse("monitoring:warning_new")
        return [
            {"label": _("Declare a warning"), "url": url, "icon": "plus", "tone": "primary", "permission": access.WARNING_DECLARE}
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Those that hold at this moment."""
        now = timezone.now()
        rows = list(self.get_queryset().filter(Q(end__isnull=True) | Q(end__gt=now), begin__lte=now).order_by("region__path"))
        holding = [{"row": row, "tone": LEVEL_TONES[row.level]} for row in rows]
        return super().get_context_data(holding=holding, **kwargs)


class WarningNew(pages.ActionView):
    """A new warning."""

    permission = access.WARNING_DECLARE
    title = _("Declare a warning")
    breadcrumbs = CRUMBS
    form_class = forms_daily.WarningForm
    submit_label = _("Declare")
    success_message = _("Declared. Who sends the daily report has been told.")
    cancel_url_name = "monitoring:warnings"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Places as the account sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def get_initial(self) -> dict[str, Any]:
        """The place of the own organisation."""
        home = self.user.organisation
        return {**super().get_initial(), "region": home.region if home is not None else None}

    def run(self, form: Any) -> PollutionWarning:
        """Declare it."""
        return actions.DeclareWarning(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: PollutionWarning) -> str:
        """Its page."""
        return result.get_absolute_url()


class WarningPage(pages.DetailView):
    """A warning with the levels of its episode."""

    model = PollutionWarning
    permission = access.WARNING_VIEW
    breadcrumbs = CRUMBS
    template_name = "monitoring/warning.html"

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return super().get_queryset().select_related("region", "organisation", "follows__region", "entered_by__person")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change its level or lift it, while it holds."""
        row = self.object
        if row.end is not None or not may_act_for(self.actor, access.WARNING_DECLARE, row.region):
            return []
        return [
            {"label": _("Change the level"), "url": reverse("monitoring:warning_level", args=[row.pk]), "icon": "arrows-up-down"},
            {"label": _("Lift"), "url": reverse("monitoring:warning_lift", args=[row.pk]), "icon": "circle-off", "tone": "primary"},
        ]  # fmt: skip

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is known of it."""
        row = self.object
        facts: list[tuple[Any, Any]] = [
            (_("Region"), row.region),
            (_("Level of the warning"), row.get_level_display()),
            (_("Warning begins"), row.begin),
            (_("Warning ends"), row.end or _("open")),
            (_("Document number"), row.document),
            (_("Entered by"), " ".join(str(one) for one in (row.organisation, row.entered_by) if one is not None) or _("The house")),
            (_("Entered at"), row.entered_at),
        ]
        if row.end_document:
            facts.append((_("Document of the lifting"), row.end_document))
        return facts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """State and episode."""
        state, tone = tables_daily.holds_words(self.object, timezone.now())
        episode = [{"row": row, "tone": LEVEL_TONES[row.level]} for row in warnings.episode(self.object)]
        return super().get_context_data(
            state=state, tone=tone, level_tone=LEVEL_TONES[self.object.level], episode=episode, **kwargs
        )


class _Step(pages.RowActionView):
    model = PollutionWarning
    permission = access.WARNING_DECLARE
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """Warnings are public; the action asks whether the place is the actor's."""
        return PollutionWarning.objects.visible_to(self.user, access.WARNING_VIEW).select_related("region")

    def get_subtitle(self) -> str:
        """Which one."""
        return f"{self.object} · {self.object.document}"

    def get_done_url(self, result: PollutionWarning) -> str:
        """The page of the level that holds then."""
        return result.get_absolute_url()


class WarningLevelView(_Step):
    """Another level."""

    title = _("Change the level of a warning")
    form_class = forms_daily.LevelForm

    def run(self, form: Any) -> PollutionWarning:
        """Change it."""
        return actions.ChangeWarningLevel(self.actor, self.object, **form.cleaned_data).execute()


class WarningLift(_Step):
    """Lift it."""

    title = _("Lift a warning")
    form_class = forms_daily.LiftForm
    submit_label = _("Lift")

    def run(self, form: Any) -> PollutionWarning:
        """Lift it."""
        return actions.LiftWarning(self.actor, self.object, **form.cleaned_data).execute()
