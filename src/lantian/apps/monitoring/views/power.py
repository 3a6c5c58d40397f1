"""Pages of electricity: lines and what they do, an enterprise on one axis of time, suspicions, figures by region."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.air.exporting import excel
from lantian.apps.core import display, jobs, lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Region
from lantian.apps.monitoring import access, power_alarms, showing_power, tables_power
from lantian.apps.monitoring.choices_power import LETTERS, RULES, TONES, LoadState, MeterRole
from lantian.apps.monitoring.models import Load, Meter, PowerFinding, PowerSpan
from lantian.apps.monitoring.power_baselines import month_of
from lantian.apps.monitoring.power_series import day_of, days_of, midnight, periods_of, series_of, sites
from lantian.apps.monitoring.tasks_power import JUDGE
from lantian.apps.sources.models import Source

CRUMBS = ((_("Electricity supervision"), "monitoring:power"),)
#: days that the page of an enterprise shows
SPANS = (1, 3, 7, 30)
#: rows of states and suspicions on it
MOST_ROWS = 200


class PowerList(lists.ListView):
    """Lines and facilities with what they do now."""

    model = Load
    permission = access.MONITORING_VIEW
    title = _("Electricity supervision")
    subtitle = _("What production and treatment do by their meters; a state is a hint and never a verdict.")
    table_class = tables_power.LoadTable
    filterset_class = tables_power.LoadFilter
    template_name = "monitoring/power_list.html"
    empty_title = _("There are no meters yet.")
    empty_hint = _("Bring in the list of meters first, then their readings.")
    empty_hint_elsewhere = _("The department enters it; then it appears here.")
    empty_url_name = "monitoring:power_meters"
    empty_label = _("To the meters")
    empty_permission = access.POWER_EDIT

    def get_queryset(self) -> Any:
        """Those in use, with their enterprises."""
        rows = super().get_queryset().filter(in_use=True).exclude(role=MeterRole.GENERATION)
        return rows.select_related("source", "unit")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Further pages."""
        return [
            {"label": _("Figures by region"), "url": reverse("monitoring:power_regions"), "icon": "chart-bar"},
            {"label": _("Suspicions"), "url": reverse("monitoring:power_findings"), "icon": "alert-triangle"},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How many are in each state."""
        counted = dict(self.get_queryset().order_by().values_list("state").annotate(Count("pk")))
        cards = [
            {"label": state.label, "count": counted.get(state, 0), "css": f"pw-{LETTERS[state]}", "state": str(state)}
            for state in LoadState
        ]
        return super().get_context_data(cards=cards, **kwargs)


class PowerSourceView(pages.RowMixin, pages.TemplateView):
    """An enterprise: production, treatment and power on one axis of time, and why each state is what it is."""

    model = Source
    permission = access.MONITORING_VIEW
    breadcrumbs = CRUMBS
    template_name = "monitoring/power_source.html"

    def get_subtitle(self) -> Any:
        """Where it is."""
        return str(self.object.region or "")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The file of the source, own generation, judging anew."""
        source = self.object
        found: list[dict[str, Any]] = [
            {"label": _("File of the source"), "url": source.get_absolute_url(), "icon": "folder",
             "permission": "sources.source.view"},
            {"label": _("With the monitors of its stacks"), "url": reverse("monitoring:enterprise", args=[source.pk]),
             "icon": "timeline"},
        ]  # fmt: skip
        if self.actor.rows(Source.objects.filter(pk=source.pk), access.POWER_EDIT).exists():
            url = reverse("monitoring:power_site", args=[source.pk])
            found.append({"label": _("Own generation"), "url": url, "icon": "bolt"})
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Curves, states, suspicions, meters."""
        source: Source = self.object
        found = sites([source.pk])
        if not found:
            raise NotFound
        site = found[0]
        axis, until = self._axis()
        days = days_of(periods_of(source, axis.first, until))
        series = series_of(site, axis.first, until)
        loads = [load for load in site.loads if load.in_use and load.role != MeterRole.GENERATION]
        chosen = self._chosen(loads)
        begin, end = midnight(axis.first), midnight(until + timedelta(days=1))
        spans: dict[int, list[PowerSpan]] = defaultdict(list)
        rows = PowerSpan.objects.filter(load__in=loads, end__gt=begin, start__lt=end).order_by("start")
        for span in rows.select_related("load__unit"):
            spans[span.load_id].append(span)
        listed = sorted((one for of in spans.values() for one in of), key=lambda one: one.start, reverse=True)
        state = self.request.GET.get("state", "")
        if state in LoadState.values:
            listed = [one for one in listed if one.state == state]
        findings = PowerFinding.objects.filter(load__in=loads, end__gt=begin, start__lt=end)
        name = f"{source.name} {axis.first} – {until}"
        meters = Meter.objects.filter(source=source).select_related("unit").prefetch_related("serves")
        return super().get_context_data(
            until=until,
            span=axis.days,
            spans=SPANS,
            before=until - timedelta(days=axis.days),
            after=until + timedelta(days=axis.days),
            today=day_of(timezone.now()),
            loads=[
                {"load": load, "label": showing_power.label(load), "tone": TONES[LoadState(load.state)],
                 "why": showing_power.why_words(load.why), "strip": showing_power.strip_svg(load),
                 "chosen": chosen is not None and load.pk == chosen.pk}
                for load in loads
            ],
            chosen=chosen,
            chart=showing_power.chart(site, series, axis, chosen, days.calendar, spans, name),
            legend=showing_power.legend(),
            has_readings=any((one.wh >= 0).any() for one in series.values()),
            rows=[
                {"span": one, "label": showing_power.label(one.load), "tone": TONES[LoadState(one.state)],
                 "why": showing_power.why_words(one.why), "kwh": one.why.get("kwh"), "book": showing_power.book_words(one.why)}
                for one in listed[:MOST_ROWS]
            ],
            row_count=len(listed),
            states=LoadState.choices,
            state=state,
            findings=[
                {"row": one, "word": RULES.get(one.rule, one.rule), "label": showing_power.label(one.load),
                 "why": showing_power.why_words(one.why)}
                for one in findings.select_related("load__unit").order_by("-start")[:MOST_ROWS]
            ],
            periods=[
                {"row": one, "words": tables_power.demand_words(one)} for one in days.periods
            ],
            meters=meters.order_by("role", "number"),
            own=site.own,
            baselines=showing_power.baseline_facts(chosen, month_of(until)) if chosen is not None else [],
            may_edit=self.actor.rows(Source.objects.filter(pk=source.pk), access.POWER_EDIT).exists(),
            **kwargs,
        )  # fmt: skip

    def _axis(self) -> tuple[showing_power.Axis, date]:
        """The days of the address; by default the last three up to today."""
        today = day_of(timezone.now())
        given = self.request.GET.get("days", "")
        count = int(given) if given.isdecimal() and int(given) in SPANS else 3
        until = display.day_of(self.request.GET.get("until")) or today
        until = min(max(until, date(2010, 1, 1) + timedelta(days=31)), today)
        return showing_power.Axis(until - timedelta(days=count - 1), count), until

    def _chosen(self, loads: list[Load]) -> Load | None:
        """The load whose usual band is drawn."""
        given = self.request.GET.get("load", "")
        by_key = {str(load.pk): load for load in loads}
        if given in by_key:
            return by_key[given]
        production = [load for load in loads if load.role in (MeterRole.PRODUCTION, MeterRole.TOTAL)]
        return next(iter(production or loads), None)


class PowerJudge(pages.RowMixin, View):
    """Judge an enterprise anew."""

    model = Source
    permission = access.POWER_EDIT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin the job and go back."""
        source = self.object
        try:
            title = __("Judge the electricity of %(name)s anew") % {"name": source.name}
            row = jobs.start(JUDGE, {"source": source.pk, "days": 62}, title, self.actor)
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return redirect("monitoring:power_source", pk=pk)
        messages.success(request, __("It is being judged anew; job %(number)d tells when it is done.") % {"number": row.pk})
        return redirect("monitoring:power_source", pk=pk)


class FindingList(lists.ListView):
    """Suspicions."""

    model = PowerFinding
    permission = access.MONITORING_VIEW
    title = _("Suspicions by electricity")
    subtitle = _("Hints for inspection, each with its reason; the enterprise answers, people decide.")
    breadcrumbs = CRUMBS
    table_class = tables_power.FindingTable
    filterset_class = tables_power.FindingFilter
    empty_title = _("Nothing is suspected.")

    def get_queryset(self) -> Any:
        """With their loads and enterprises."""
        return super().get_queryset().select_related("load__source", "load__unit")


class FindingView(pages.DetailView):
    """A suspicion: what, when, why, and what it rests on."""

    model = PowerFinding
    permission = access.MONITORING_VIEW
    breadcrumbs = (*CRUMBS, (_("Suspicions by electricity"), "monitoring:power_findings"))
    template_name = "monitoring/power_finding.html"

    def get_queryset(self) -> Any:
        """With its load and enterprise."""
        return super().get_queryset().select_related("load__source__region", "load__unit", "period")

    def get_title(self) -> Any:
        """What is suspected."""
        return RULES.get(self.object.rule, self.object.rule)

    def get_subtitle(self) -> Any:
        """Where."""
        return f"{self.object.load.source.name} · {showing_power.label(self.object.load)}"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is known of it."""
        row: PowerFinding = self.object
        start, end = timezone.localtime(row.start), timezone.localtime(row.end)
        return [
            (_("Enterprise"), row.load.source.name),
            (_("Line or facility"), showing_power.label(row.load)),
            (_("From"), f"{start:%Y-%m-%d %H:%M}"),
            (_("To"), f"{end:%Y-%m-%d %H:%M}"),
            (_("Rule"), row.rule),
            (_("Book"), showing_power.book_words(row.why)),
            (_("Order to plants"), row.period),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sentence, the figures, what it rests on, the curves around it."""
        row: PowerFinding = self.object
        found = sites([row.load.source_id])
        first, last = day_of(row.start), day_of(row.end - timedelta(microseconds=1))
        first = max(first, last - timedelta(days=6))
        axis = showing_power.Axis(first, (last - first).days + 1)
        curves = None
        if found:
            site = found[0]
            loads = list(site.loads)
            spans: dict[int, list[PowerSpan]] = defaultdict(list)
            for span in PowerSpan.objects.filter(
                load__in=loads, end__gt=midnight(first), start__lt=midnight(last + timedelta(days=1))
            ).order_by("start"):
                spans[span.load_id].append(span)
            load = next((one for one in loads if one.pk == row.load_id), None)
            calendar = days_of(periods_of(site.source, first, last)).calendar
            curves = showing_power.chart(
                site, series_of(site, first, last), axis, load, calendar, spans, f"{row.load.source.name} {first}"
            )
        return super().get_context_data(
            why=showing_power.why_words(row.why),
            notes=showing_power.notes_of(row.why),
            evidence=showing_power.evidence_of(row.why),
            values=sorted((row.why.get("values") or {}).items()),
            chart=curves,
            legend=showing_power.legend(),
            source=row.load.source,
            day=last,
            alarm=power_alarms.alarm_of(row),
            **kwargs,
        )


class PowerRegions(pages.Page):
    """Figures by county."""

    permission = access.MONITORING_VIEW
    title = _("Electricity by region")
    breadcrumbs = CRUMBS
    template_name = "monitoring/power_regions.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or its table in Excel."""
        self.rows = self._rows()
        if request.GET.get("export") == "xlsx":
            columns = [
                __("Region"), __("Enterprises"), __("Lines and facilities"), *(str(state.label) for state in LoadState),
                __("Online (%)"), __("Suspicions of 7 days"),
            ]  # fmt: skip
            table = [
                [
                    row["name"], row["sources"], row["loads"], *(row["by_state"]), row["online"], row["findings"],
                ]
                for row in self.rows
            ]  # fmt: skip
            return excel(self.actor, __("Electricity by region"), columns, table)
        return super().get(request, *args, **kwargs)

    def _rows(self) -> list[dict[str, Any]]:
        """Counties with their numbers, as far as the account sees them, and all together."""
        visible = Load.objects.all().visible_to(self.user, access.MONITORING_VIEW)
        loads = visible.filter(in_use=True).exclude(role=MeterRole.GENERATION)
        since = timezone.now() - timedelta(days=7)
        suspected = dict(
            PowerFinding.objects.filter(load__in=loads, end__gte=since)
            .order_by()
            .values_list("load__source__region_id")
            .annotate(Count("pk"))
        )
        counted = list(
            loads.order_by().values_list("source__region_id", "state").annotate(Count("pk"))
        )
        enterprises: dict[int | None, set[int]] = defaultdict(set)
        for region, source in loads.order_by().values_list("source__region_id", "source_id").distinct():
            enterprises[region].add(source)
        places = {row.pk: row for row in Region.objects.filter(pk__in=[key for key in enterprises if key])}
        counties = list(Region.objects.filter(level="county").order_by("code"))
        total = _Figures(__("Together"))
        found: dict[int, _Figures] = {}
        other = _Figures(__("Without a county"))

        def of(region: int | None) -> _Figures:
            path = places[region].path if region in places else ""
            county = next((one for one in counties if path.startswith(one.path)), None) if path else None
            if county is None:
                return other
            return found.setdefault(county.pk, _Figures(county.name, county.code))

        for region, state, count in counted:
            for figures in (of(region), total):
                figures.states[state] += count
        for region, keys in enterprises.items():
            for figures in (of(region), total):
                figures.sources |= keys
        for region, count in suspected.items():
            for figures in (of(region), total):
                figures.findings += count
        rows = [found[one.pk] for one in counties if one.pk in found]
        return [one.row() for one in (*rows, *([other] if other.sources else []), total)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table."""
        return super().get_context_data(rows=self.rows, states=[state.label for state in LoadState], **kwargs)


class _Figures:
    """Numbers of a place."""

    def __init__(self, name: str, code: str = "") -> None:
        self.name, self.code = name, code
        self.states: dict[str, int] = defaultdict(int)
        self.sources: set[int] = set()
        self.findings = 0

    def row(self) -> dict[str, Any]:
        """As the page shows them."""
        loads = sum(self.states.values())
        lost = self.states[LoadState.LOST]
        return {
            "name": self.name,
            "code": self.code,
            "sources": len(self.sources),
            "loads": loads,
            "by_state": [self.states[state] for state in LoadState],
            "online": f"{(loads - lost) * 100 / loads:.1f}" if loads else "",
            "findings": self.findings,
        }

