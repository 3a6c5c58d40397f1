"""Import of air data: upload, look, choose, import, result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.air import access, forms_doors, tables_doors
from lantian.apps.air.actions.doors import BringDelivery, CancelDelivery, ChooseForDelivery, ImportDelivery
from lantian.apps.air.doors import words
from lantian.apps.air.models import Delivery, DeliveryState, Doubt, DoubtState
from lantian.apps.core import jobs, lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Job
from lantian.apps.core.views.registry.operations import job_context
from lantian.rules.air.doors.checks import FLAG_CODES
from lantian.rules.air.doors.items import NAMES, unit_of, value_text

CRUMBS = ((_("Import of air data"), "air:deliveries"),)
STEPS = (_("Upload"), _("Look"), _("Import"), _("Result"))


class DeliveryList(lists.ListView):
    """What came through the doors."""

    model = Delivery
    permission = access.DATA_IMPORT
    title = _("Import of air data")
    subtitle = _("Files from pages, folders and the command line, and what stations have sent.")
    table_class = tables_doors.DeliveryTable
    filterset_class = tables_doors.DeliveryFilter
    empty_title = _("Nothing has come yet.")
    empty_hint = _(
        "Upload a file of hours or days: it is looked at first, and nothing is stored before you say so."
    )
    empty_url_name = "air:delivery_new"
    empty_label = _("Upload a file")

    def get_queryset(self) -> Any:
        """With who brought it."""
        return super().get_queryset().select_related("user", "user__person", "key")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Upload."""
        return [
            {
                "label": _("Upload a file"),
                "url": reverse("air:delivery_new"),
                "icon": "upload",
                "tone": "primary",
            }
        ]


class DeliveryNew(pages.ActionView):
    """Upload a file."""

    permission = access.DATA_IMPORT
    template_name = "air/doors/upload.html"
    title = _("Upload a file")
    breadcrumbs = CRUMBS
    form_class = forms_doors.UploadForm
    submit_label = _("Upload and look")
    cancel_url_name = "air:deliveries"
    success_message = ""

    def run(self, form: Any) -> Delivery:
        """Keep it and begin to look."""
        uploaded = form.cleaned_data["file"]
        return BringDelivery(self.actor, uploaded, uploaded.name).execute()

    def get_done_url(self, result: Delivery) -> str:
        """To the look."""
        return result.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The steps."""
        return super().get_context_data(steps=STEPS, step=1, **kwargs)


class DeliveryView(pages.RowMixin, pages.TemplateView):
    """A delivery: what was found, what is asked, what became of it."""

    model = Delivery
    permission = access.DATA_IMPORT
    template_name = "air/doors/delivery.html"
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With its job."""
        return super().get_queryset().select_related("job", "job__user", "user", "user__person", "key")

    def get_subtitle(self) -> Any:
        """Whence and when."""
        row = self.object
        return f"{row.get_door_display()} · {row.sender}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that was found."""
        row: Delivery = self.object
        found = row.preview
        step = {"looking": 2, "asking": 3, "storing": 3, "done": 4}.get(row.state, 2)
        waiting = row.job is not None and not jobs.is_over(row.job)
        may = self.user.may(access.DATA_IMPORT)
        form = kwargs.pop("form", None)
        if form is None and row.state == DeliveryState.ASKING:
            form = forms_doors.ChoicesForm(delivery=row)
        job = job_context(row.job, self.user) if row.job is not None else {}
        job.pop("result", None)
        return super().get_context_data(
            **job,
            row=row,
            found=found,
            form=form,
            steps=STEPS,
            step=step,
            waiting=waiting,
            broken=row.job is not None and row.job.status in ("failed", "stopped") and row.state != DeliveryState.DONE,
            asking=row.state == DeliveryState.ASKING and may,
            done=row.state == DeliveryState.DONE,
            layout=self._layout(found) if found else [],
            items=[self._item(item) for item in found.get("items", [])],
            checks=self._checks(row.counts if row.state == DeliveryState.DONE else found.get("counts", {})),
            sample=[
                {**one, "words": words.values_words(one["values"])} for one in found.get("sample", [])
            ],
            held=[
                {**one, "why": words.reason_word(one["reason"]), "words": words.values_words(one["values"], one["texts"])}
                for one in found.get("held", [])
            ],
            may_review=self.user.may(access.DATA_REVIEW),
            open_doubts=Doubt.objects.filter(delivery=row, state=DoubtState.OPEN).count(),
            **kwargs,
        )  # fmt: skip

    @staticmethod
    def _layout(found: dict[str, Any]) -> list[tuple[Any, Any]]:
        layout = found["layout"]
        shapes = {
            "wide": __("a row for each time, a column for each pollutant"),
            "long": __("a row for each value"),
            "sites": __("a column for each station or city"),
        }
        zone = "UTC" if layout["zone"] == "utc" else __("Campaign time (UTC+8)")
        label = __("Start of the hour") if layout["label"] == "start" else __("End of the hour")
        by_heading, by_custom = __("by its heading"), __("by custom")
        facts = [
            (_("Table"), shapes[layout["shape"]]),
            (_("Of"), (__("Stations") if layout["of"] == "station" else __("Cities"))),
            (_("From"), found["first"]),
            (_("To"), found["last"]),
        ]
        if layout["interval"] == "hour":
            facts += [
                (_("Time zone"), f"{zone} ({by_heading if layout['zone_said'] else by_custom})"),
                (_("Label of an hour"), f"{label} ({by_heading if layout['label_said'] else by_custom})"),
            ]
        if layout["station"]:
            facts.append((_("Station of the table"), layout["station"]))
        if layout["unread"]:
            facts.append((_("Columns not used"), "、".join(layout["unread"][:12])))
        return facts

    @staticmethod
    def _item(item: dict[str, Any]) -> dict[str, Any]:
        cells = item["present"] + item["missing"] + item["unusable"]
        median = item["median"]
        return {
            **item,
            "name": NAMES.get(item["item"], item["item"]),
            "unit_text": words.unit_word(item["unit"]),
            "share": f"{item['missing'] * 100 / cells:.1f}%" if cells else "",
            "middle": "" if median is None else f"{_short(median)} {words.unit_word(unit_of(item['item']))}",
        }

    @staticmethod
    def _checks(counts: dict[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "code": code,
                "word": words.reason_word(code),
                "help": words.reason_help(code),
                "count": count,
                "flag": code in FLAG_CODES,
            }
            for code, count in sorted(counts.items(), key=lambda pair: (pair[0] in FLAG_CODES, -pair[1]))
        ]


def _short(thousandths: int) -> str:
    """A median without digits that it does not have."""
    if thousandths >= 10_000:
        return str(round(thousandths / 1000))
    return value_text(round(thousandths, -1))


class DeliveryProgress(pages.PageMixin, View):
    """The state of the work alone, for the page that waits."""

    permission = access.DATA_IMPORT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The fragment; when the work is over, the page is loaded once more."""
        row = Delivery.objects.all().visible_to(self.user, self.permission or "").filter(pk=pk).first()
        if row is None:
            raise NotFound
        job = Job.objects.filter(pk=row.job_id).select_related("user", "user__person").first()
        if job is None:
            raise NotFound
        context = {**job_context(job, self.user), "state_url": reverse("air:delivery_state", args=[pk])}
        response = render(request, "core/registry/job_state.html", context)
        if jobs.is_over(job):
            response["HX-Refresh"] = "true"
        return response


class DeliveryChoose(DeliveryView):
    """Choices for a delivery, which is then looked at again."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only answers are taken here."""
        return redirect(self.object.get_absolute_url())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep them and look again."""
        form = forms_doors.ChoicesForm(request.POST, delivery=self.object)
        if form.is_valid():
            try:
                ChooseForDelivery(self.actor, self.object, form.choices()).execute()
                return redirect(self.object.get_absolute_url())
            except (NotAllowed, NotFound):
                raise
            except CoreError as error:
                messages.error(request, str(error))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class _DeliveryPost(pages.RowMixin, View):
    model = Delivery
    permission = access.DATA_IMPORT
    action: Any

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it and go back to the delivery."""
        try:
            self.action(self.actor, self.object).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        return redirect(self.object.get_absolute_url())


class DeliveryImport(_DeliveryPost):
    """Import it."""

    action = ImportDelivery


class DeliveryCancel(_DeliveryPost):
    """Do not import it."""

    action = CancelDelivery
