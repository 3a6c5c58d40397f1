"""Daily reports: the list, one with its enterprises, verifying (made for the phone), sending, correcting, the setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, lists, log, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Region
from lantian.apps.monitoring import access, daily_reports, forms_daily, showing_daily, tables_daily
from lantian.apps.monitoring.actions import daily as actions
from lantian.apps.monitoring.choices_daily import RUNNING_TONES, VERIFIED, ReportState
from lantian.apps.monitoring.models import DailyReport, DailyReportRow, DailySetting
from lantian.apps.monitoring.places import may_act_for, office_of

REPORTS = ((_("Daily reports of key enterprises"), "monitoring:daily_reports"),)
#: enterprises on one page of the verification
MOST_CARDS = 50
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def rows_of(user: Any, report: DailyReport, permission: str) -> Any:
    """Rows of a report that an account may see: all of them of a report that is its own."""
    rows = DailyReportRow.objects.filter(report=report)
    if DailyReport.objects.filter(pk=report.pk).whole_to(user, permission).exists():
        return rows
    return rows.visible_to(user, permission)


class ReportList(lists.ListView):
    """All reports."""

    model = DailyReport
    permission = access.DAILY_VIEW
    table_class = tables_daily.ReportTable
    filterset_class = tables_daily.ReportFilter
    template_name = "monitoring/daily_reports.html"
    title = _("Daily reports of key enterprises")
    subtitle = _("Due each morning during orange and red warnings: emissions, hours above the limit, running or stopped.")
    empty_title = _("No daily report has been made yet.")
    empty_hint = _("The house makes one each morning while an orange or red warning holds.")
    empty_url_name = "monitoring:warnings"
    empty_label = _("To the warnings")

    def get_queryset(self) -> Any:
        """With their places, and numbers of the enterprises that the account may see."""
        rows = DailyReportRow.objects.visible_to(self.user, access.DAILY_VIEW).order_by().values("pk")
        whole = DailyReport.objects.all().whole_to(self.user, access.DAILY_VIEW).order_by().values("pk")
        mine = Q(rows__in=rows) | Q(pk__in=whole)
        above = Q(rows__exceeded__gt=0) | Q(rows__exceeded_days__gt=0)
        return super().get_queryset().select_related("region").annotate(
            enterprises=Count("rows", filter=mine),
            unverified=Count("rows", filter=mine & Q(rows__verified="")),
            exceeding=Count("rows", filter=mine & above),
        )  # fmt: skip

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Make one by hand, the setting, the day as it stands."""
        return [
            {"label": _("The data of any day"), "url": reverse("monitoring:daily"), "icon": "report"},
            {"label": _("Setting"), "url": reverse("monitoring:daily_setting"), "icon": "settings", "permission": access.DAILY_SEND},
            {"label": _("Make a form"), "url": reverse("monitoring:daily_report_new"), "icon": "plus", "permission": access.DAILY_SEND},
        ]  # fmt: skip


class ReportNew(pages.ActionView):
    """Make one by hand."""

    permission = access.DAILY_SEND
    title = _("Make a daily report")
    breadcrumbs = REPORTS
    form_class = forms_daily.MakeForm
    submit_label = _("Make the draft")
    success_message = _("Made. Who verifies has been told.")
    cancel_url_name = "monitoring:daily_reports"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Places as the account sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def get_initial(self) -> dict[str, Any]:
        """Yesterday, at the place of the own organisation."""
        from datetime import timedelta

        home = self.user.organisation
        return {
            **super().get_initial(),
            "region": home.region if home is not None else None,
            "day": display.campaign_today() - timedelta(days=1),
        }

    def run(self, form: Any) -> DailyReport:
        """Make it."""
        data = form.cleaned_data
        return actions.MakeReport(self.actor, data["region"], data["day"], data["part"]).execute()

    def get_done_url(self, result: DailyReport) -> str:
        """Its page."""
        return result.get_absolute_url()


class _OfReport:
    """The report of the address, as the account may open it."""

    kwargs: dict[str, Any]
    user: Any

    @cached_property
    def report(self) -> DailyReport:
        """Looked up among those that the account may open."""
        rows = DailyReport.objects.visible_to(self.user, access.DAILY_VIEW).filter(pk=self.kwargs["pk"])
        row = rows.select_related("region", "organisation", "sent_by__person").first()
        if row is None:
            raise NotFound
        return row


class ReportPage(_OfReport, lists.ListView):
    """A report with its enterprises."""

    model = DailyReportRow
    permission = access.DAILY_VIEW
    breadcrumbs = REPORTS
    table_class = tables_daily.RowTable
    filterset_class = tables_daily.RowFilter
    template_name = "monitoring/daily_report.html"
    page_sizes = (50, 100, 200)
    empty_title = _("No monitored enterprises yet.")
    empty_hint = _("Enter stack monitors in the register of devices; their enterprises stand here then.")

    def get_title(self) -> str:
        """Place and day."""
        return __("Daily report of key enterprises: %(place)s, %(day)s") % {
            "place": str(self.report.region), "day": self.report.day.isoformat(),
        }  # fmt: skip

    def get_subtitle(self) -> str:
        """Kind, time and warning."""
        report = self.report
        return f"{report.get_part_display()} · {showing_daily.period_words(report)} · {showing_daily.warning_words(report)}"

    def get_queryset(self) -> Any:
        """Its rows, with who verified."""
        return rows_of(self.user, self.report, access.DAILY_VIEW).select_related("verified_by__person")

    @cached_property
    def rows(self) -> list[DailyReportRow]:
        """All of them that the account may see, whatever the filter."""
        return list(self.get_queryset())

    @cached_property
    def whole(self) -> bool:
        """Whether the report is seen as a whole."""
        return daily_reports.whole(self.actor, self.report, access.DAILY_VIEW)

    @cached_property
    def sends(self) -> bool:
        """Whether the account sends it."""
        return daily_reports.whole(self.actor, self.report, access.DAILY_SEND)

    @cached_property
    def verifies(self) -> bool:
        """Whether the account verifies any of its rows."""
        return bool(
            self.user.may(access.DAILY_VERIFY)
            and DailyReportRow.objects.filter(report=self.report).visible_to(self.user, access.DAILY_VERIFY).exists()
        )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What can be done in its state."""
        report, key = self.report, [self.report.pk]
        found: list[dict[str, Any]] = []
        if self.whole:
            found.append({"label": _("Word"), "url": reverse("monitoring:daily_report_word", args=key), "icon": "file-type-docx"})
        if report.state == ReportState.DRAFT:
            if self.verifies:
                url = reverse("monitoring:daily_verify", args=key)
                found.append({"label": _("Verify"), "url": url, "icon": "checks", "tone": "primary"})
            if self.sends:
                found.append({"label": _("Report it"), "url": reverse("monitoring:daily_send", args=key), "icon": "send"})
        elif report.state == ReportState.SENT and self.sends:
            found.append({"label": _("Correct"), "url": reverse("monitoring:daily_correct", args=key), "icon": "edit"})
        return found

    def get_export_title(self) -> str:
        """Place and day."""
        return self.get_title().replace("：", " ").replace(":", " ")

    def export_columns(self) -> list[str]:
        """With units."""
        return showing_daily.export_columns()

    def export_rows(self) -> Iterator[list[Any]]:
        """Every enterprise of the filter."""
        for row in self.table.data.data:
            yield showing_daily.export_row(row)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums, states, versions, and what a correction says otherwise."""
        report = self.report
        earlier = daily_reports.before(report)
        lines: list[dict[str, str]] = []
        if earlier is not None:
            old = list(rows_of(self.user, earlier, access.DAILY_VIEW))
            lines = showing_daily.told_differences(daily_reports.changes(report, self.rows, old), [*old, *self.rows])
        versions = DailyReport.objects.filter(region=report.region_id, day=report.day, part=report.part).order_by("version")
        return super().get_context_data(
            report=report,
            sums=daily_reports.sums(self.rows),
            boxes=tables_daily.state_words(report),
            versions=[one for one in versions if one.pk != report.pk],
            earlier=earlier,
            differences=lines,
            whole=self.whole,
            sends=self.sends,
            verifies=self.verifies,
            draft=report.state == ReportState.DRAFT,
            notes=showing_daily.notes(),
            starting=showing_daily.book_words(report),
            **kwargs,
        )


class VerifyPage(_OfReport, pages.Page):
    """The enterprises of the own places as cards, each with its state to be chosen."""

    permission = access.DAILY_VERIFY
    template_name = "monitoring/daily_verify.html"
    breadcrumbs = REPORTS
    title = _("Verify running and stopped")

    def get_subtitle(self) -> str:
        """Which report."""
        return f"{self.report} · {showing_daily.period_words(self.report)}"

    def rows(self) -> Any:
        """Rows that the account verifies."""
        rows = DailyReportRow.objects.filter(report=self.report).visible_to(self.user, access.DAILY_VERIFY)
        return rows.select_related("verified_by__person")

    @property
    def showing(self) -> str:
        """Those that are open, or all."""
        given = self.request.POST.get("show") or self.request.GET.get("show")
        return "all" if given == "all" else "open"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The cards; a report that has been sent is not verified any more."""
        if not self.rows().exists():
            raise NotFound
        if self.report.state != ReportState.DRAFT:
            return HttpResponseRedirect(self.report.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of cards."""
        rows = self.rows()
        left = rows.filter(verified="").count()
        total = rows.count()
        shown = rows.filter(verified="") if self.showing == "open" else rows
        page = Paginator(shown.order_by("place", "name", "pk"), MOST_CARDS).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            report=self.report, page_obj=page, left=left, total=total, done=total - left, showing=self.showing,
            choices=[(code, label, RUNNING_TONES[code]) for code, label in VERIFIED],
            cards=[{"row": row, "tone": RUNNING_TONES[row.state]} for row in page], **kwargs,
        )  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save what was changed on the page; what another person has verified meanwhile and is not touched here stays."""
        report = self.report
        values: dict[int, tuple[str, str]] = {}
        for text in request.POST.getlist("row")[: 2 * MOST_CARDS]:
            if not text.isdecimal() or len(text) > 17:
                continue
            state, remark = (request.POST.get(f"{name}_{text}", "").strip() for name in ("state", "remark"))
            was = tuple(request.POST.get(f"was_{name}_{text}", "") for name in ("state", "remark"))
            if (state, remark) != was:
                values[int(text)] = (state, remark)
        back = f"{reverse('monitoring:daily_verify', args=[report.pk])}?show={self.showing}"
        try:
            action = actions.VerifyRows(self.actor, report, values)
            action.execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, _words(error))
            return HttpResponseRedirect(back)
        messages.success(request, __("%(n)s enterprises saved.") % {"n": action.changed})
        if not self.rows().filter(verified="").exists():
            return HttpResponseRedirect(report.get_absolute_url())
        return HttpResponseRedirect(back)


def _words(error: CoreError) -> str:
    said = [str(text) for texts in error.fields.values() for text in (texts if isinstance(texts, list | tuple) else [texts])]
    return " ".join(said) or str(error)


class _Post(_OfReport, pages.PageMixin, pages.TemplateView):
    """A button."""

    http_method_names = ("post",)

    def run(self) -> str:
        """Do it, and say what was done."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it and go back."""
        report = self.report
        try:
            messages.success(request, self.run())
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, _words(error))
        return HttpResponseRedirect(report.get_absolute_url())


class VerifyAllView(_Post):
    """As the data say, for all that nobody has verified."""

    permission = access.DAILY_VERIFY

    def run(self) -> str:
        """Verify them."""
        action = actions.VerifyAll(self.actor, self.report)
        action.execute()
        return __("%(n)s enterprises verified as the data say.") % {"n": action.changed}


class RemakeView(_Post):
    """From the data as they are now."""

    permission = access.DAILY_SEND

    def run(self) -> str:
        """Make it anew."""
        actions.RemakeReport(self.actor, self.report).execute()
        return __("Made anew from the data. What was verified has stayed.")


class _Confirm(pages.ConfirmView):
    model = DailyReport
    permission = access.DAILY_SEND
    breadcrumbs = REPORTS

    def get_queryset(self) -> Any:
        """Reports that are the account's as a whole."""
        return DailyReport.objects.all().whole_to(self.user, access.DAILY_SEND).select_related("region")

    def get_subtitle(self) -> str:
        """Which one."""
        return str(self.object)

    def get_done_url(self, result: DailyReport) -> str:
        """Its page."""
        return result.get_absolute_url()


class ReportSend(_Confirm):
    """Send it."""

    title = _("Send the daily report")
    form_class = forms.Form
    submit_label = _("Report it")
    tone = "primary"
    success_message = _("Sent. The receivers have been told.")

    def get_question(self) -> str:
        """With what is not verified."""
        left = self.object.rows.filter(verified="").count()
        if left:
            said = __("%(open)s of %(n)s enterprises are not verified. Send the form as it is?")
            return said % {"open": left, "n": self.object.rows.count()}
        return __("All %(n)s enterprises are verified. Send the form?") % {"n": self.object.rows.count()}

    def get_consequences(self) -> list[Any]:
        """What follows."""
        found: list[Any] = [_("The form stays as it is from now on; a mistake is mended by a corrected version.")]
        if self.object.late:
            found.append(__("It is shown as late: it was due %(due)s.") % {"due": display.campaign_date(self.object.due_at)})
        setting = DailySetting.objects.filter(region=self.object.region_id).first()
        names = [user.display_name for user in setting.receivers.all()] if setting is not None else []
        found.append(
            __("Receivers in the house: %(names)s.") % {"names": "、".join(names)}
            if names
            else _("No receivers are set; the form is only marked as sent.")
        )
        found.append(_("The house has no line to the platform of the province: hand the Word or Excel file over there."))
        return found

    def run(self, form: Any) -> DailyReport:
        """Send it."""
        return actions.SendReport(self.actor, self.object).execute()


class ReportCorrect(_Confirm):
    """Begin a corrected version."""

    title = _("Correct a sent daily report")
    question = _("Begin a corrected version from the data as they are now?")
    consequences = (
        _("The version that was sent stays, with everything in it."),
        _("What was verified is taken over; the differences are shown and go out with the correction."),
    )
    submit_label = _("Begin the correction")
    tone = "primary"
    success_message = _("Begun. Verify it, then send it.")

    def run(self, form: Any) -> DailyReport:
        """Begin it."""
        return actions.CorrectReport(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class ReportWord(_OfReport, pages.PageMixin, pages.TemplateView):
    """The form as a Word document; only for who may see the whole of it."""

    permission = access.DAILY_VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it; the log keeps who took it."""
        # Here and not above: python-docx is heavy, and most requests write nothing.
        from lantian.apps.monitoring.daily_word import write

        report = self.report
        if not daily_reports.whole(self.actor, report, access.DAILY_VIEW):
            raise NotFound
        name = f"{report.region}_{report.day:%Y%m%d}_{report.get_part_display()}_v{report.version}.docx"
        content = write(report)
        log.append([log.entry(self.actor, "core.list.export", subject=report, label=name)])
        response = HttpResponse(content, content_type=DOCX)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response


class SettingPage(pages.ActionView):
    """How the report of a place goes out."""

    permission = access.DAILY_SEND
    title = _("Setting of the daily report")
    breadcrumbs = REPORTS
    form_class = forms_daily.SettingForm
    cancel_url_name = "monitoring:daily_reports"

    @cached_property
    def region(self) -> Region:
        """The place of the address, or of the own organisation."""
        given = self.request.GET.get("region", "")
        if given.isdecimal() and len(given) < 18:
            row = Region.objects.filter(pk=int(given), valid_to__isnull=True).first()
        else:
            row = self.user.organisation.region if self.user.organisation is not None else None
        if row is None or not may_act_for(self.actor, access.DAILY_SEND, row):
            raise NotAllowed(permission=access.DAILY_SEND)
        return row

    def get_subtitle(self) -> str:
        """Of which place."""
        return str(self.region)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Organisations as the account sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def get_initial(self) -> dict[str, Any]:
        """What is set now."""
        row = DailySetting.objects.filter(region=self.region).select_related("organisation").first()
        if row is None:
            return {"organisation": office_of(self.region)}
        names = "，".join(row.receivers.order_by("username").values_list("username", flat=True))
        return {"organisation": row.organisation, "addressee": row.addressee, "receivers": names, "auto_send": row.auto_send}

    def run(self, form: Any) -> DailySetting:
        """Set it."""
        return actions.SetDaily(self.actor, self.region, **form.cleaned_data).execute()
