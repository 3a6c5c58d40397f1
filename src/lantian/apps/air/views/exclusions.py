"""Hours that do not count: list, new, what one of them changes, taking it back."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, actions, excluding, forms, periods, queries, tables
from lantian.apps.air.models import Exclusion
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.region import yesterday
from lantian.apps.air.views.stations import _ActorForm
from lantian.apps.core import lists, pages
from lantian.rules.air.periods import Period, period_of
from lantian.rules.air.statistics import rounded

CRUMBS = ((_("Exclusions"), "air:exclusions"),)


class ExclusionList(lists.ListView):
    """All of them."""

    model = Exclusion
    permission = access.STATION_VIEW
    title = _("Exclusions")
    subtitle = _(
        "Hours that do not count in evaluations, for sand or exceptional events; the values stay as they are."
    )
    table_class = tables.ExclusionTable
    filterset_class = tables.ExclusionFilter
    empty_title = _("Nothing is excluded.")
    empty_hint = _("Enter sand or exceptional events that have been confirmed.")
    empty_url_name = "air:exclusion_new"
    empty_label = _("New exclusion")
    empty_permission = access.EXCLUSION_MANAGE

    def get_queryset(self) -> Any:
        """With places and stations."""
        return super().get_queryset().select_related("region", "station")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """New."""
        return [
            {
                "label": _("New exclusion"),
                "url": reverse("air:exclusion_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.EXCLUSION_MANAGE,
            }
        ]


class ExclusionNew(_ActorForm, pages.ActionView):
    """A new one."""

    permission = access.EXCLUSION_MANAGE
    title = _("New exclusion")
    breadcrumbs = CRUMBS
    form_class = forms.ExclusionForm
    cancel_url_name = "air:exclusions"
    success_message = _("Saved. What it changes stands below.")

    def run(self, form: Any) -> Exclusion:
        """Add it."""
        return actions.AddExclusion(self.actor, **form.values()).execute()

    def get_done_url(self, result: Exclusion) -> str:
        """To what it changes."""
        return reverse("air:exclusion", args=[result.pk])


class ExclusionView(ReadsLake, pages.DetailView):
    """One of them, and what it changes."""

    model = Exclusion
    permission = access.STATION_VIEW
    breadcrumbs = CRUMBS
    template_name = "air/exclusion.html"

    def get_queryset(self) -> Any:
        """With place and station."""
        return super().get_queryset().select_related("region__parent", "station")

    def get_title(self) -> Any:
        """Kind and first day."""
        row: Exclusion = self.object
        return f"{row.get_kind_display()} {row.start.astimezone(excluding.BEIJING):%Y-%m-%d}"

    def get_subtitle(self) -> Any:
        """Where."""
        return str(self.object.station or self.object.region)

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What was entered."""
        row: Exclusion = self.object
        return [
            (_("Region"), row.region),
            (_("Station"), row.station or __("All stations of the place")),
            (_("From"), row.start),
            (_("To"), row.end),
            (_("Pollutants"), "、".join(row.words())),
            (_("Kind of exclusion"), row.get_kind_display()),
            (_("Reason"), row.reason),
            (_("Source"), row.source),
            (_("Entered at"), row.created_at),
            (_("Withdrawn at"), row.withdrawn_at),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Taking it back, for who may."""
        row: Exclusion = self.object
        mine = self.actor.rows(Exclusion.objects.filter(pk=row.pk), access.EXCLUSION_MANAGE).exists()
        if row.withdrawn_at is not None or not mine:
            return []
        url = reverse("air:exclusion_withdraw", args=[row.pk])
        return [{"label": _("Withdraw"), "url": url, "icon": "arrow-back-up", "tone": "danger"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The evaluations with it and without it."""
        return super().get_context_data(effects=self._effects(), **kwargs)

    def _effects(self) -> list[dict[str, Any]]:
        row: Exclusion = self.object
        first = row.start.astimezone(excluding.BEIJING).date()
        last_day = yesterday()
        if first > last_day or row.withdrawn_at is not None:
            return []
        wanted: list[Any] = [row.region]
        if row.region.parent is not None and row.region.level == "county":
            wanted.append(row.region.parent)
        of_year = period_of(str(first.year)) if first.year < last_day.year else periods.year_to_date(last_day)
        of_month = (
            period_of(f"{first:%Y-%m}")
            if (first.year, first.month) < (last_day.year, last_day.month)
            else periods.month_to_date(last_day)
        )
        found = []
        for place in queries.places(wanted, of_year.first, of_year.last):
            if place.points:
                found += [self._effect(place, period) for period in (of_month, of_year)]
        return found

    def _effect(self, place: queries.Place, period: Period) -> dict[str, Any]:
        row: Exclusion = self.object
        after = queries.evaluation(place, period)
        before = queries.evaluation(place, period, ignoring=frozenset({row.pk}))
        lines = []
        for name, label in (("PM2.5", "PM2.5"), ("PM10", "PM10")):
            old, new = before.statistics[name], after.statistics[name]
            lines.append((label, old.mean_unrounded, new.mean_unrounded, 1))
        lines.append((__("Composite index"), before.composite_index, after.composite_index, 2))
        return {
            "place": place,
            "period": period,
            "words": periods.words(period),
            "lines": [
                {
                    "label": label,
                    "before": None if old is None else rounded(old, digits),
                    "after": None if new is None else rounded(new, digits),
                    "change": None
                    if old is None or new is None
                    else rounded(new, digits) - rounded(old, digits),
                }
                for label, old, new, digits in lines
            ],
        }


class ExclusionWithdraw(pages.ConfirmView):
    """Let the hours count again."""

    model = Exclusion
    permission = access.EXCLUSION_MANAGE
    title = _("Withdraw an exclusion")
    breadcrumbs = CRUMBS
    question = _("Shall these hours count again?")
    consequences = (
        _("All evaluations are made anew with their values."),
        _("The entry stays in the list as withdrawn."),
    )
    submit_label = _("Withdraw")

    def get_cancel_url(self) -> str:
        """Back to it."""
        return reverse("air:exclusion", args=[self.object.pk])

    def run(self, form: Any) -> Exclusion:
        """Withdraw it."""
        return actions.WithdrawExclusion(
            self.actor, self.object, reason=form.cleaned_data["reason"]
        ).execute()
