"""The desk of alarms: list, groups, one alarm, the steps, and the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import View

from lantian.apps.air.exporting import excel
from lantian.apps.core import display, files, turning
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import Page, PageMixin, RowActionView, RowMixin
from lantian.apps.monitoring import alarm_charts, alarm_feedback, alarm_figures, alarm_handover
from lantian.apps.monitoring.access import ALARM_CLOSE, ALARM_EXPLAIN, ALARM_HANDLE, MONITORING_VIEW
from lantian.apps.monitoring.actions import alarm_steps as steps
from lantian.apps.monitoring.alarm_words import alarm_book, factor_words, reason_words, rule_words, told
from lantian.apps.monitoring.choices_alarms import (
    SEVERITY_TONES,
    STATE_TONES,
    VERDICT_TONES,
    AlarmCause,
    AlarmState,
    Severity,
    Verdict,
)
from lantian.apps.monitoring.forms_alarms import AnswerForm, CloseForm, NoteForm, WhyForm
from lantian.apps.monitoring.models import Alarm
from lantian.apps.monitoring.tables_alarms import (
    ALL,
    AlarmFilter,
    AlarmTable,
    outlet_words,
    overdue,
    what_words,
)
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.actions.filters import SaveFilter
from lantian.apps.sources.models import Source
from lantian.apps.sources.views.filters import saved_for, tidy
from lantian.rules.monitoring.alarms import life

ALARMS = (_("Alarms"), "monitoring:alarms")
#: the page under which filters of the list are saved
SAVED = "monitoring.alarms"
#: members of an outage that its page shows; the list has all
_MEMBERS = 30
_GROUPS = 50


def tabs() -> list[tuple[Any, str]]:
    """The three ways to look at alarms."""
    return [
        (__("List of alarms"), reverse("monitoring:alarms")),
        (__("By enterprise and cause"), reverse("monitoring:alarm_groups")),
        (__("Figures"), reverse("monitoring:alarm_figures")),
    ]


class AlarmList(ListView):
    """All alarms that an account may see; what is closed or folded only on request."""

    model = Alarm
    permission = MONITORING_VIEW
    table_class = AlarmTable
    filterset_class = AlarmFilter
    title = _("Alarms")
    template_name = "monitoring/alarms.html"
    results_template_name = "monitoring/alarms_results.html"
    empty_title = _("There is no alarm.")
    empty_hint = _("Rules look at the latest data each minute and raise what they find.")

    @cached_property
    def outage(self) -> Alarm | None:
        """The alarm whose folded ones are listed, if the address names one."""
        key = self.request.GET.get("into", "")
        if not key.isdigit() or len(key) > 18:
            return None
        return Alarm.objects.visible_to(self.user, MONITORING_VIEW).filter(pk=int(key)).first()

    def get_queryset(self) -> Any:
        """With what the lines show."""
        rows = super().get_queryset().select_related("source", "unit", "device", "region")
        if self.outage is not None:
            return rows.filter(folded_into=self.outage)
        return rows.filter(folded_into__isnull=True)

    def get_subtitle(self) -> str:
        """Into what these are folded."""
        if self.outage is None:
            return ""
        return __("Folded into: %(alarm)s") % {"alarm": self.outage}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With saved filters, and the button that takes up all."""
        query = tidy(self.request.GET.urlencode())
        fresh = 0
        if self.user.may(ALARM_HANDLE) and self.filterset is not None:
            fresh = self.filterset.qs.filter(state=AlarmState.OPEN).order_by().count()
        return super().get_context_data(
            tabs=tabs(),
            saved=saved_for(self.user, SAVED),
            here=query,
            fresh=fresh,
            most=steps.MOST_AT_ONCE,
            **kwargs,
        )


class AlarmFilterSave(PageMixin, View):
    """Save the filter of the list."""

    permission = MONITORING_VIEW
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep it."""
        query = tidy(request.POST.get("query", ""))
        try:
            SaveFilter(
                self.actor,
                SAVED,
                request.POST.get("name", "")[:60],
                query,
                shared=bool(request.POST.get("shared")),
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, "；".join(str(one) for one in error.fields.values()) or str(error))
        else:
            messages.success(request, __("The filter has been saved."))
        return HttpResponseRedirect(f"{reverse('monitoring:alarms')}?{query}")


class AlarmsTakeUp(PageMixin, View):
    """Take up all new alarms that a filter shows."""

    permission = ALARM_HANDLE
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take them up and go back."""
        from django.http import QueryDict

        query = tidy(request.POST.get("query", ""))
        rows = Alarm.objects.visible_to(self.user, ALARM_HANDLE).filter(folded_into__isnull=True)
        found = AlarmFilter(QueryDict(query), queryset=rows, request=request).qs
        keys = list(
            found.filter(state=AlarmState.OPEN).order_by().values_list("pk", flat=True)[: steps.MOST_AT_ONCE + 1]
        )
        try:
            count = steps.AcknowledgeMany(self.actor, keys).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        else:
            said = ngettext("%(n)s alarm has been taken up.", "%(n)s alarms have been taken up.", count)
            messages.success(request, said % {"n": count})
        return HttpResponseRedirect(f"{reverse('monitoring:alarms')}?{query}")


class AlarmGroups(Page):
    """Pending alarms by enterprise and cause."""

    permission = MONITORING_VIEW
    template_name = "monitoring/alarm_groups.html"
    title = _("Alarms by enterprise and cause")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return [(ALARMS[0], reverse(ALARMS[1]))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the table in Excel."""
        rows = Alarm.objects.visible_to(self.user, MONITORING_VIEW).filter(
            folded_into__isnull=True, state__in=sorted(life.PENDING)
        )
        late = Q(due_at__lt=timezone.now(), answered_at__isnull=True)
        self.found = (
            rows.order_by()
            .values("source", "source__name", "cause", "storm", "source__region__name")
            .annotate(
                worst=Min("severity"),
                count=Count("pk"),
                fresh=Count("pk", filter=Q(state=AlarmState.OPEN)),
                answered=Count("pk", filter=Q(state=AlarmState.ANSWERED)),
                late=Count("pk", filter=late),
                first=Min("begin"),
                last=Max("opened_at"),
            )
            .order_by("worst", "-count", "source__name", "cause")
        )
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    def _line(self, row: dict[str, Any]) -> dict[str, Any]:
        query = {"cause": row["cause"]}
        if row["source"] is not None:
            query["source"] = row["source"]
        return {
            **row,
            "name": row["source__name"] or __("Outages of places and devices without a source"),
            "cause_words": str(AlarmCause(row["cause"]).label),
            "severity": str(Severity(row["worst"]).label),
            "tone": SEVERITY_TONES[row["worst"]],
            "url": f"{reverse('monitoring:alarms')}?{urlencode(query)}",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of groups."""
        page = Paginator(self.found, _GROUPS).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            tabs=tabs(), rows=[self._line(row) for row in page], page_obj=page, **kwargs
        )

    def _excel(self) -> HttpResponse:
        columns = [
            __("Source concerned"),
            __("Region"),
            __("Cause of the alarm"),
            __("Severity"),
            __("Times found"),
            __("Not taken up"),
            __("Answered by the enterprise"),
            __("Answer overdue"),
            __("Began at"),
        ]
        rows = [
            [
                line["name"],
                line["source__region__name"],
                line["cause_words"],
                line["severity"],
                line["count"],
                line["fresh"],
                line["answered"],
                line["late"],
                line["first"].astimezone(display.CAMPAIGN_TIME).replace(tzinfo=None),
            ]
            for line in map(self._line, self.found)
        ]
        return excel(self.actor, str(self.title), columns, rows)


#: step → name of its address, icon, tone
_BUTTONS = {
    "acknowledge": ("alarm_acknowledge", "hand-stop", "primary"),
    "answer": ("alarm_answer", "message-2", "primary"),
    "send_back": ("alarm_send_back", "arrow-back-up", ""),
    "turn_over": ("alarm_turn_over", "clipboard-plus", ""),
    "close": ("alarm_close", "circle-check", "primary"),
    "reopen": ("alarm_reopen", "refresh", "danger"),
}


class AlarmPage(RowMixin, Page):
    """One alarm: what was found and why, its evidence drawn, its steps."""

    model = Alarm
    permission = MONITORING_VIEW
    template_name = "monitoring/alarm.html"

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return (
            super()
            .get_queryset()
            .select_related(
                "source__region", "source__department", "source__operator", "unit", "device", "region", "folded_into"
            )
        )

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return [(ALARMS[0], reverse(ALARMS[1]))]

    def get_title(self) -> Any:
        """Where."""
        return self.object.place_words

    def get_subtitle(self) -> str:
        """What."""
        return " · ".join(filter(None, (self.object.get_cause_display(), what_words(self.object))))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the sheet for inspectors."""
        if request.GET.get("export") != "docx":
            return super().get(request, *args, **kwargs)
        if not self._may_hand_over():
            raise NotAllowed(permission=ALARM_HANDLE)
        return alarm_handover.word(self.actor, self.object, self)

    def _may_hand_over(self) -> bool:
        return bool(self.actor.rows(Alarm.objects.filter(pk=self.object.pk), ALARM_HANDLE).exists())

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The steps that the account may take now, and the sheet for inspectors."""
        found: list[dict[str, Any]] = []
        for step in steps.open_steps(self.actor, self.object):
            name, icon, tone = _BUTTONS[step.code]
            taker = turning.taker_of(Alarm)
            label = taker.label if step.code == "turn_over" and taker is not None else __(step.label)
            url = reverse(f"monitoring:{name}", args=[self.object.pk])
            found.append({"label": label, "url": url, "icon": icon, "tone": tone})
        if self._may_hand_over():
            found.append({"label": __("Sheet for inspectors (Word)"), "url": "?export=docx", "icon": "file-text"})
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Facts, reasons, curves, books, members, history."""
        row = self.object
        kept = row.evidence
        return super().get_context_data(
            tone=STATE_TONES.get(row.state, "grey"),
            severity_words=__("severity: %(word)s") % {"word": row.get_severity_display()},
            severity_tone=SEVERITY_TONES.get(row.severity, "grey"),
            verdict_tone=VERDICT_TONES.get(row.verdict, "grey"),
            pairs=self._pairs(),
            why=[told(one) for one in kept.get("why", ())],
            grading=[told(one) for one in kept.get("grading", ())],
            facts=[(__(label), told(value)) for label, value in kept.get("facts", ())],
            chart=alarm_charts.evidence(row),
            books=kept.get("books", ()),
            frames=kept.get("frames", ()),
            perms_source=row.source is not None
            and Source.objects.filter(pk=row.source_id).may_see(self.user, SOURCE_VIEW, row.source_id),
            late=row.due_at is not None
            and row.answered_at is None
            and row.state in life.PENDING
            and row.due_at < timezone.now(),
            history=self._history(),
            **self._members(),
            **kwargs,
        )

    def _pairs(self) -> list[tuple[Any, Any]]:
        row = self.object
        source = row.source
        pairs = [
            (__("Cause of the alarm"), row.get_cause_display()),
            (__("Rule"), rule_words(row.rule) or None),
            (__("Pollutant or factor"), factor_words(row.factor) or None),
            (__("Outlet or device"), outlet_words(row)),
            (__("Region"), row.region),
            (__("Began at"), display.campaign_date(row.begin)),
            (__("Ended at"), display.campaign_date(row.end) if row.end else __("going on")),
            (__("Times found"), display.number(row.count)),
            (__("Highest value by its limit"), row.evidence.get("peak")),
            (__("Raised at"), display.campaign_date(row.opened_at)),
            (__("Responsible department"), source.department if source is not None else None),
            (__("Answer due"), display.campaign_date(row.due_at) if row.due_at else None),
            (__("Reason given"), reason_words(row.reason) if row.reason else None),
        ]
        return [(label, value) for label, value in pairs if value not in (None, "")]

    def _members(self) -> dict[str, Any]:
        row = self.object
        if not row.members.exists():
            return {}
        seen = Alarm.objects.visible_to(self.user, MONITORING_VIEW).filter(folded_into=row)
        members = list(seen.select_related("source", "unit", "device", "region").order_by("-end", "begin", "pk")[:_MEMBERS])
        counted = row.members.aggregate(all=Count("pk"), back=Count("pk", filter=Q(end__isnull=False)))
        return {
            "members": members,
            "members_all": counted["all"],
            "members_back": counted["back"],
            "members_url": f"{reverse('monitoring:alarms')}?into={row.pk}&state={ALL}",
        }

    def _history(self) -> list[dict[str, Any]]:
        attached = {one.pk: one for one in files.of(self.object)}
        verdicts = dict(Verdict.choices)
        return [
            {
                "step": __(life.STEPS[one.step].label) if one.step in life.STEPS else one.step,
                "at": one.at,
                "by": one.by.display_name if one.by is not None else __("the system"),
                "unit": one.by.organisation if one.by is not None else "",
                "text": one.text,
                "reason": reason_words(one.reason) if one.reason else "",
                "verdict": verdicts.get(one.verdict, ""),
                "verdict_tone": VERDICT_TONES.get(one.verdict, "grey"),
                "files": [attached[key] for key in one.files if key in attached],
            }
            for one in self.object.steps.select_related("by__person", "by__organisation")
        ]


class _Step(RowActionView):
    """The form of a step."""

    model = Alarm
    form_class: Any = WhyForm
    step: ClassVar[str]

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return super().get_queryset().select_related("source", "device", "region", "answered_by")

    def get_title(self) -> Any:
        """The step."""
        return __(life.STEPS[self.step].label)

    def get_subtitle(self) -> str:
        """The alarm."""
        return str(self.object)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the alarm."""
        return [(ALARMS[0], reverse(ALARMS[1])), (self.object.place_words, self.object.get_absolute_url())]

    @property
    def submit_label(self) -> Any:  # type: ignore[override]
        """The step again."""
        return __("Send to the bureau") if self.step == "answer" else self.get_title()

    def get_done_url(self, result: Any) -> str:
        """Back to the alarm."""
        return str(self.object.get_absolute_url())


class AlarmAcknowledge(_Step):
    """Take it up."""

    permission = ALARM_HANDLE
    form_class = NoteForm
    step = "acknowledge"

    def run(self, form: Any) -> Alarm:
        """Take it up."""
        return steps.AcknowledgeAlarm(self.actor, self.object, text=form.cleaned_data["text"]).execute()


class AlarmAnswer(_Step):
    """Explain it, as the enterprise."""

    permission = ALARM_EXPLAIN
    form_class = AnswerForm
    step = "answer"
    success_message = _("Your answer has been sent; the bureau reads it.")

    def get_queryset(self) -> Any:
        """Only of the own enterprise, however wide the grant is."""
        return Alarm.objects.run_by(self.user, ALARM_EXPLAIN).select_related("source", "device", "region")

    def run(self, form: Any) -> Alarm:
        """Send it."""
        values = form.cleaned_data
        return steps.AnswerAlarm(
            self.actor,
            self.object,
            code=values["code"],
            text=values["text"],
            proofs=[(one, one.name) for one in values["proofs"]],
        ).execute()


class AlarmSendBack(_Step):
    """Send the answer back."""

    permission = ALARM_HANDLE
    step = "send_back"

    def run(self, form: Any) -> Alarm:
        """Send it back."""
        return steps.SendBackAnswer(self.actor, self.object, text=form.cleaned_data["text"]).execute()


class AlarmTurnOver(_Step):
    """Turn it into an issue, where a room takes issues."""

    permission = ALARM_HANDLE
    step = "turn_over"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """There is no such page where nobody takes alarms."""
        if request.user.is_authenticated and self.user.may(ALARM_HANDLE) and turning.taker_of(Alarm) is None:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> Any:
        """What it becomes."""
        taker = turning.taker_of(Alarm)
        return taker.label if taker is not None else super().get_title()

    def run(self, form: Any) -> Alarm:
        """Turn it over."""
        return steps.TurnOverAlarm(self.actor, self.object, text=form.cleaned_data["text"]).execute()


class AlarmClose(_Step):
    """Close it with a verdict."""

    permission = ALARM_CLOSE
    form_class = CloseForm
    step = "close"

    def run(self, form: Any) -> Alarm:
        """Close it."""
        values = form.cleaned_data
        return steps.CloseAlarm(
            self.actor, self.object, verdict=values["verdict"], text=values["text"]
        ).execute()


class AlarmReopen(_Step):
    """Take it up anew."""

    permission = ALARM_CLOSE
    step = "reopen"

    def run(self, form: Any) -> Alarm:
        """Take it up anew."""
        return steps.ReopenAlarm(self.actor, self.object, text=form.cleaned_data["text"]).execute()


class AlarmFigures(Page):
    """Rates of answers, of answers in time, of hits and of false alarms."""

    permission = MONITORING_VIEW
    template_name = "monitoring/alarm_figures.html"
    title = _("Figures of alarms")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return [(ALARMS[0], reverse(ALARMS[1]))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the table in Excel."""
        today = display.campaign_today()
        self.last = display.day_of(request.GET.get("until")) or today
        self.first = display.day_of(request.GET.get("since")) or self.last.replace(day=1) - timedelta(days=364)
        self.wrong = self.first > self.last
        if self.wrong:
            self.first = self.last
        by = request.GET.get("by", "")
        self.by = by if by in alarm_figures.GROUPS else "rule"
        self.book = alarm_book()
        rows = alarm_figures.within(
            Alarm.objects.visible_to(self.user, MONITORING_VIEW), self.first, self.last
        )
        self.lines, self.whole = alarm_figures.figures(rows, self.by, self.book)
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    @property
    def heads(self) -> list[Any]:
        """Heads of the rates."""
        return [__("Feedback rate"), __("Feedback in time"), __("Hit rate"), __("False-alarm rate")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Chart and table."""
        chart = None
        if self.lines:
            columns = list(zip(*(line.percents for line in self.lines), strict=True))
            chart = alarm_charts.rates(
                [line.label for line in self.lines],
                {
                    str(head): [None if one is None else float(one) for one in column]
                    for head, column in zip(self.heads, columns, strict=True)
                },
                str(self.title),
            )
        period = {"since": self.first.isoformat(), "until": self.last.isoformat(), "state": ALL}
        address = reverse("monitoring:alarms")
        return super().get_context_data(
            tabs=tabs(),
            chart=chart,
            heads=self.heads,
            verdict_heads=[label for _code, label in Verdict.choices],
            lines=[(line, f"{address}?{urlencode({**period, **line.query})}") for line in self.lines],
            whole=self.whole,
            whole_rates=list(zip(self.heads, self.whole.percents, strict=True)),
            groups=alarm_figures.GROUPS,
            by=self.by,
            by_words=alarm_figures.GROUPS[self.by],
            first=self.first,
            last=self.last,
            wrong=self.wrong,
            late=overdue(
                Alarm.objects.visible_to(self.user, MONITORING_VIEW).filter(folded_into__isnull=True)
            ).count(),
            definition=self.book.book.entry("hit.counts"),
            proposals=alarm_feedback.proposals(
                Alarm.objects.visible_to(self.user, MONITORING_VIEW)
            )
            if self.by == "rule"
            else [],
            **kwargs,
        )

    def _excel(self) -> HttpResponse:
        columns = [
            str(alarm_figures.GROUPS[self.by]),
            __("Raised alarms"),
            __("Asked for an answer"),
            __("Answered"),
            __("Answered in time"),
            __("Closed alarms"),
            *[str(label) for _code, label in Verdict.choices],
            *[f"{head} [%]" for head in self.heads],
        ]
        rows = [
            [
                line.label,
                line.counts.raised,
                line.counts.asked,
                line.counts.answered,
                line.counts.on_time,
                line.counts.closed,
                *line.verdicts,
                *line.percents,
            ]
            for line in (*self.lines, self.whole)
        ]
        return excel(self.actor, str(self.title), columns, rows)
