"""Jobs with live progress, files, messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import django_filters
from django.contrib import messages
from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.fields import CharField
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import files, jobs, lists, pages
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Job, Notification
from lantian.apps.core.models.jobs import JobStatus
from lantian.apps.core.queries import registry as queries
from lantian.apps.core.tables.registry import JOB_TONES, JobTable, NotificationTable

JOB_CRUMBS = ((_("Jobs"), "core:jobs"),)


class JobFilter(lists.LedgerFilter):
    """Filters of the list."""

    q = lists.SearchFilter(["title"])
    status = django_filters.ChoiceFilter(label=_("Status"), choices=JobStatus.choices)
    since = lists.DayFromFilter("created_at__date", label=_("From"))
    until = lists.DayToFilter("created_at__date", label=_("To"))


class JobList(lists.ListView):
    """Long work, newest first."""

    model = Job
    permission = "core.job.view"
    title = _("Jobs")
    subtitle = _("Imports and other long work: how far it is, what came of it.")
    table_class = JobTable
    filterset_class = JobFilter
    empty_title = _("There has been no long work yet.")
    empty_hint = _("Imports and other long work appear here.")

    def get_queryset(self) -> Any:
        """With who started it."""
        return (
            super()
            .get_queryset()
            .defer("parameters", "result", "checkpoint")
            .select_related("user", "user__person")
            .annotate(
                percent=Case(
                    When(status=JobStatus.DONE, then=Value(100)),
                    When(total__gt=0, then=F("done") * 100 / F("total")),
                    default=Value(0),
                    output_field=IntegerField(),
                )
            )
        )


class JobView(pages.DetailView):
    """One job; while it runs the page asks for its state every second."""

    model = Job
    template_name = "core/registry/job.html"
    permission = "core.job.view"
    breadcrumbs = JOB_CRUMBS

    def get_queryset(self) -> Any:
        """With who started it."""
        return super().get_queryset().select_related("user", "user__person")

    def get_subtitle(self) -> Any:
        """The kind."""
        return jobs.label_of(self.object.kind)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """State and what can be done."""
        return super().get_context_data(**job_context(self.object, self.user), **kwargs)


def job_context(row: Job, user: Any) -> dict[str, Any]:
    """What the state of a job is shown with."""
    own = row.user_id == user.pk
    over = jobs.is_over(row)
    may = own or (user.may("core.job.stop") and Job.objects.all().may_see(user, "core.job.stop", row.pk))
    result = row.result if isinstance(row.result, dict) else {}
    return {
        "job": row,
        "running": not over,
        "tone": JOB_TONES[JobStatus(row.status)],
        "may_stop": may and not over and not row.stop_requested,
        "may_resume": may and jobs.may_resume(row),
        "result": result,
        "result_url": _own_url(result.get("url")),
        "attachments": list(files.of(row)) if over else [],
    }


def _own_url(url: Any) -> str:
    """A link of a job's result, if it stays on this site."""
    return str(url) if isinstance(url, str) and url.startswith("/") and not urlsplit(url).netloc else ""


class JobState(pages.PageMixin, View):
    """The state alone, for the page that waits."""

    permission = "core.job.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The fragment; when the job is over, the page is loaded once more."""
        rows = Job.objects.all().visible_to(self.user, "core.job.view").select_related("user", "user__person")
        row = get_object_or_404(rows, pk=pk)
        response = render(request, "core/registry/job_state.html", job_context(row, self.user))
        if jobs.is_over(row):
            response["HX-Refresh"] = "true"
        return response


class _JobAction(pages.PageMixin, View):
    permission = "core.job.view"
    action: type[jobs._OnJob]
    said: Any = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Run the action and go back to the job."""
        row = get_object_or_404(Job.objects.all().visible_to(self.user, "core.job.view"), pk=pk)
        try:
            self.action(self.actor, row).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, self.said)
        return redirect("core:job", pk)


class StopJobView(_JobAction):
    """Ask a job to stop."""

    action = jobs.StopJob
    said = _("The job has been asked to stop.")


class ResumeJobView(_JobAction):
    """Run a job again."""

    action = jobs.ResumeJob
    said = _("The job goes on.")


class DownloadView(pages.PageMixin, View):
    """A file, as a download or, for pictures and PDF, in the browser."""

    inline = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        """Hand it out under a safe name and a type that no browser executes."""
        kept = files.get(self.actor, pk)
        if self.inline and not files.previewable(kept):
            raise Http404
        try:
            stream = files.content.open(kept.sha256)
        except FileNotFoundError:
            raise Http404(_("The content of this file is missing. Restore it from the backup.")) from None
        response = FileResponse(stream, content_type=kept.media_type)
        response["Content-Length"] = str(kept.size)
        header = content_disposition_header(not self.inline, kept.name)
        response["Content-Disposition"] = header or "attachment"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class NotificationFilter(lists.LedgerFilter):
    """Filters of the list."""

    q = lists.SearchFilter(["title", "body"])
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=(("unread", _("Unread")), ("read", _("Read"))), method="in_state"
    )

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Read or not."""
        return rows.filter(read_at__isnull=value == "unread")


class NotificationList(lists.ListView):
    """One's own messages."""

    permission = None
    title = _("Notifications")
    table_class = NotificationTable
    filterset_class = NotificationFilter
    exportable = False
    template_name = "core/registry/notifications.html"
    empty_title = _("There are no messages.")
    empty_hint = _("What concerns you appears here: orders, deadlines, ends of long work.")

    def get_queryset(self) -> Any:
        """Whoever looks sees what was sent to them, and nothing else."""
        return Notification.objects.filter(recipient=self.user).annotate(
            read_state=Case(
                When(read_at__isnull=True, then=Value("unread")),
                default=Value("read"),
                output_field=CharField(),
            )
        )


class NotificationView(pages.PageMixin, View):
    """A message is opened: it is read, and leads to its page."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark and go on."""
        row = get_object_or_404(Notification, pk=pk, recipient=self.user)
        if row.read_at is None:
            row.read_at = timezone.now()
            row.save(update_fields=["read_at"])
        if row.url and url_has_allowed_host_and_scheme(row.url, {request.get_host()}, request.is_secure()):
            return HttpResponseRedirect(row.url)
        return redirect("core:notifications")


class ReadAllView(pages.PageMixin, View):
    """All messages are read."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark them."""
        actions.mark_read(self.user)
        return redirect("core:notifications")


class UnreadView(pages.PageMixin, View):
    """How many messages are unread, for the bell."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """A number."""
        return JsonResponse({"unread": queries.unread(self.user), "url": reverse("core:notifications")})
