"""The guided import: upload, check, map units, confirm."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.lists import ListView
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.jobs import TERMINAL
from lantian.apps.core.pages import ActionView, ConfirmView, OptionalReasonForm, Page, RowMixin, put_errors
from lantian.apps.core.queries.matching import SURE
from lantian.apps.plans import actions, drafts, mapping, sources, values
from lantian.apps.plans.access import PLAN_IMPORT
from lantian.apps.plans.choices import OPEN_FOR_CORRECTION, Decision, ImportStatus
from lantian.apps.plans.exceptions import EditConflict, SameContent
from lantian.apps.plans.forms import CORRECTED, EntryForm, HeadForm, UploadForm
from lantian.apps.plans.models import ImportContent, PlanImport, ReadingWarning
from lantian.apps.plans.tables import ImportFilter, ImportTable
from lantian.apps.plans.views.newer import choices_for

STEPS = (_("Upload"), _("Check"), _("Map units"), _("Confirm"))
#: Entries of one kind on one page of the check; a plan with more is paged.
PER_PAGE = 200

KIND_LABELS = {
    "task": _("Tasks"),
    "target": _("Targets"),
    "duty": _("Reporting duties"),
    "sanction": _("Sanctions"),
}
KIND_ADD = {
    "task": _("Add a task"),
    "target": _("Add a target"),
    "duty": _("Add a reporting duty"),
    "sanction": _("Add a sanction"),
}


class ImportList(ListView):
    """Imports that are under way, and the finished ones on request."""

    model = PlanImport
    permission = PLAN_IMPORT
    table_class = ImportTable
    filterset_class = ImportFilter
    title = _("Imports of plans")
    breadcrumbs = ((_("Action plans"), "plans:plans"),)
    empty_title = _("No import is under way.")
    empty_hint = _("Upload a plan as a file, or paste its text.")
    empty_url_name = "plans:import_new"
    empty_label = _("Import a plan")
    empty_permission = PLAN_IMPORT

    def get_queryset(self) -> Any:
        """With what a line shows."""
        return super().get_queryset().select_related("region", "owner", "owner__person")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The way in."""
        return [
            {
                "label": __("Import a plan"),
                "url": reverse("plans:import_new"),
                "icon": "file-import",
                "tone": "primary",
                "permission": PLAN_IMPORT,
            }
        ]


class UploadView(ActionView):
    """Step 1: a file or a text."""

    permission = PLAN_IMPORT
    form_class = UploadForm
    template_name = "plans/import_upload.html"
    title = _("Import a plan")
    breadcrumbs = ((_("Action plans"), "plans:plans"), (_("Imports of plans"), "plans:imports"))
    cancel_url_name = "plans:plans"
    submit_label = _("Read the plan")
    success_message = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the places that the account may see."""
        return {
            **super().get_form_kwargs(),
            "regions": Region.objects.visible_to(self.user, "core.region.view"),
        }

    def get_initial(self) -> dict[str, Any]:
        """The place of the account's own organisation."""
        home = self.user.organisation
        return {"region": home.region_id if home is not None else None}

    def run(self, form: UploadForm) -> PlanImport:
        """Take it in and read it."""
        data = form.cleaned_data
        file = data["file"]
        try:
            row = actions.UploadPlan(
                self.actor,
                region=data["region"],
                data=file.read() if file else None,
                filename=file.name if file else "",
                text=data["text"],
                year=data["year"],
                again=data["again"],
            ).execute()
        except SameContent as error:
            self.same = error
            raise
        try:
            return actions.start_reading(self.actor, row)
        except CoreError as error:
            # The text is kept, so that nobody has to look for it again; the import says what is wrong.
            PlanImport.objects.filter(pk=row.pk).update(error_code=error.code, error=str(error)[:500])
            return row

    def get_done_url(self, result: PlanImport) -> str:
        """On to the next step."""
        return reverse("plans:import", args=[result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the steps, and what is already there."""
        return super().get_context_data(steps=list(STEPS), step=1, same=getattr(self, "same", None), **kwargs)


class _Step(RowMixin):
    """What the steps of one import share."""

    model = PlanImport
    permission = PLAN_IMPORT
    step: ClassVar[int] = 2
    breadcrumbs = ((_("Action plans"), "plans:plans"), (_("Imports of plans"), "plans:imports"))

    def get_queryset(self) -> Any:
        """With place and job."""
        return super().get_queryset().select_related("region", "job", "plan")

    @cached_property
    def content(self) -> ImportContent:
        """Text and draft."""
        return ImportContent.objects.defer("reading").get(pk=self.object.pk)

    @property
    def draft(self) -> drafts.Draft:
        """What was read, as corrected."""
        draft: drafts.Draft = self.content.draft
        return draft

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The way out."""
        if self.object.status not in {ImportStatus.UPLOADED, *OPEN_FOR_CORRECTION}:
            return []
        return [
            {
                "label": __("Discard the import"),
                "url": reverse("plans:import_discard", args=[self.object.pk]),
                "icon": "trash",
                "tone": "ghost",
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the steps."""
        return super().get_context_data(steps=list(STEPS), step=self.step, **kwargs)


class ImportView(_Step, Page):
    """Where an import stands: on to its step, or what went wrong."""

    template_name = "plans/import_state.html"
    step = 1

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Go to the step that is next."""
        row = self.object
        steps = {
            ImportStatus.READ: "plans:import_check",
            ImportStatus.MAPPED: "plans:import_confirm",
        }
        if row.status in steps:
            return HttpResponseRedirect(reverse(steps[row.status], args=[row.pk]))
        if row.status == ImportStatus.CONFIRMED and not row.plan_id:
            # A newer text has taken its place.
            became = (self.content.draft or {}).get("became")
            if became:
                return HttpResponseRedirect(reverse("plans:plan", args=[became]))
        if row.status == ImportStatus.CONFIRMED and row.plan_id:
            return HttpResponseRedirect(reverse("plans:plan", args=[row.plan_id]))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read again after a failure."""
        try:
            actions.start_reading(self.actor, self.object)
        except CoreError as error:
            if isinstance(error, NotAllowed | NotFound):
                raise
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the worker is still at it."""
        job = self.object.job
        waiting = (
            self.object.status == ImportStatus.UPLOADED and job is not None and job.status not in TERMINAL
        )
        failed = self.object.error or (job.error if job is not None else "")
        return super().get_context_data(job=job, waiting=waiting, failed=failed, **kwargs)

    def get_template_names(self) -> list[str]:
        """The state alone for the page that asks again and again."""
        if self.request.headers.get("HX-Request"):
            return ["plans/import_progress.html"]
        return [self.template_name]


class CheckView(_Step, Page):
    """Step 2: the text at the left, what was read at the right."""

    template_name = "plans/import_check.html"
    step = 2

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only once it has been read."""
        if self.object.status not in OPEN_FOR_CORRECTION:
            return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Text in chunks, warnings first, then head and entries."""
        draft, text = self.draft, self.content.text
        warnings = list(self.object.warnings.select_related("decided_by", "decided_by__person"))
        spans = all_spans(draft, warnings)
        pieces = sources.chunks(text)
        wanted = self.request.GET.get("entry", "")
        tasks = draft["tasks"]
        page_number: Any = self.request.GET.get("page", 1)
        position = next((index for index, entry in enumerate(tasks) if entry["key"] == wanted), None)
        if position is not None:
            page_number = position // PER_PAGE + 1
        page = Paginator(tasks, PER_PAGE).get_page(page_number)
        return super().get_context_data(
            draft=draft,
            chunks=[
                {
                    "start": start,
                    "end": end,
                    "html": sources.marked(text, spans, start, end) if number < 2 else None,
                }
                for number, (start, end) in enumerate(pieces)
            ],
            warnings=sorted(warnings, key=lambda warning: (warning.decision != Decision.OPEN, warning.order)),
            open_warnings=sum(1 for warning in warnings if warning.decision == Decision.OPEN),
            decisions=[choice for choice in Decision.choices if choice[0] != Decision.OPEN],
            head=head_lines(draft["meta"], self.object.year),
            task_page=page,
            counts={kind: len(drafts.kept(draft, kind)) for kind in drafts.KINDS},
            others=[
                {
                    "kind": kind,
                    "label": KIND_LABELS[kind],
                    "add": KIND_ADD[kind],
                    "entries": [show_entry(kind, entry) for entry in draft[drafts.KINDS[kind][0]]],
                    "count": len(drafts.kept(draft, kind)),
                }
                for kind in ("target", "duty", "sanction")
            ],
            tasks=[show_entry("task", entry) for entry in page],
            wanted=wanted,
            **kwargs,
        )


def all_spans(draft: drafts.Draft, warnings: list[ReadingWarning]) -> list[sources.Span]:
    """Places of all fields and warnings."""
    found = list(drafts.spans(draft))
    found.extend(
        (warning.span_start, warning.span_end, "warning", f"w{warning.pk}")
        for warning in warnings
        if warning.span_end > warning.span_start and warning.span_end - warning.span_start < 2000
    )
    return found


def head_lines(meta: dict[str, Any], year: int | None) -> list[dict[str, Any]]:
    """The head of a plan, one line a field."""
    words = values.in_words({name: meta.get(name) for name in drafts.META_FIELDS} | {"year": year})
    return [
        {"name": name, "label": values.LABELS[name], "value": words[name], "span": meta["spans"].get(name)}
        for name in (*drafts.META_FIELDS, "year")
    ]


def show_entry(kind: str, entry: drafts.Entry) -> dict[str, Any]:
    """An entry of a draft as its card shows it."""
    shown: dict[str, Any] = {"kind": kind, "entry": entry, "key": entry["key"]}
    if kind != "task":
        words = values.in_words({name: entry[name] for name in drafts.FIELDS[kind] if name not in {"text"}})
        shown["words"] = words
        return shown
    roles: dict[str, list[dict[str, Any]]] = {}
    for unit in entry["units"]:
        roles.setdefault(unit["role"], []).append(unit)
    shown["roles"] = [
        {
            "role": role,
            "label": values.LABELS[role],
            "units": units,
            "span": entry["spans"].get(role),
        }
        for role, units in roles.items()
    ]
    shown["dates"] = [
        {"words": values.date_in_words(item), "span": item.get("span")} for item in entry["deadlines"]
    ]
    shown["amounts"] = [
        {"words": values.amount_in_words(item), "span": item.get("span")} for item in entry["quantities"]
    ]
    return shown


class ChunkView(_Step, Page):
    """A further piece of a long text."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The piece that begins at an offset."""
        text = self.content.text
        start = request.GET.get("from", "")
        piece = next((piece for piece in sources.chunks(text) if str(piece[0]) == start), None)
        if piece is None:
            raise Http404
        spans = all_spans(self.draft, list(self.object.warnings.all())) if self.content.draft else []
        return HttpResponse(sources.marked(text, spans, *piece))


def is_htmx(request: Any) -> bool:
    """Whether a piece of a page was asked for."""
    return bool(request.headers.get("HX-Request"))


class _EntryView(_Step, Page):
    """What views of one entry share."""

    template_name = "plans/entry_page.html"

    @property
    def kind(self) -> str:
        """The kind of entry in the address."""
        kind: str = self.kwargs["kind"]
        if kind not in drafts.KINDS:
            raise Http404
        return kind

    @cached_property
    def entry(self) -> drafts.Entry:
        """The entry in the address."""
        entry = drafts.find(self.draft, self.kind, self.kwargs["key"]) if self.content.draft else None
        if entry is None:
            raise Http404
        return entry

    def card(self, entry: drafts.Entry, saved: bool = False) -> HttpResponse:
        """The card of an entry, or back to the page where there is no script."""
        if not is_htmx(self.request):
            page = reverse("plans:import_check", args=[self.object.pk])
            return HttpResponseRedirect(f"{page}?entry={entry['key']}#entry-{entry['key']}")
        return render(
            self.request,
            "plans/entry_card.html",
            {"object": self.object, "shown": show_entry(self.kind, entry), "saved": saved},
        )

    def form_page(self, form: EntryForm, entry: drafts.Entry | None, conflict: Any = None) -> HttpResponse:
        """The form in the place of the card, or on a page of its own."""
        context = {
            "kind": self.kind,
            "entry": entry,
            "form": form,
            "conflict": conflict,
            "labels": values.LABELS,
            "action": self.request.path,
            "cancel": reverse("plans:import_entry", args=[self.object.pk, self.kind, entry["key"]])
            if entry
            else reverse("plans:import_check", args=[self.object.pk]),
        }
        if is_htmx(self.request):
            return render(self.request, "plans/entry_form.html", {"object": self.object, **context})
        return self.render_to_response(self.get_context_data(**context))


class EntryView(_EntryView):
    """One entry as it is."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Its card."""
        return self.card(self.entry)


class EntryEditView(_EntryView):
    """Correct one entry."""

    title = _("Correct what was read")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        form = EntryForm(self.kind, self.entry, version=self.entry.get("version", 1), reason=CORRECTED)
        return self.form_page(form, self.entry)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Correct it, or show what was refused."""
        form = EntryForm(self.kind, self.entry, request.POST)
        if not form.is_valid():
            return self.form_page(form, self.entry)
        try:
            entry = actions.EditEntry(
                self.actor,
                self.object,
                self.kind,
                self.entry["key"],
                form.values(),
                version=form.version,
                reason=form.reason,
            ).execute()
        except EditConflict as error:
            form.show_conflict(error.current_version)
            return self.form_page(form, self.entry, conflict=conflict_lines(error))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form.form, error)
            return self.form_page(form, self.entry)
        return self.card(entry, saved=True)


def conflict_lines(error: EditConflict) -> list[dict[str, Any]]:
    """Both versions, one line a field."""
    return [
        {"label": values.LABELS.get(name, name), "mine": mine, "theirs": theirs}
        for name, (mine, theirs) in error.differences.items()
    ]


class EntryAddView(_EntryView):
    """Add an entry that the reader did not find."""

    title = _("Add what was not read")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An empty form."""
        return self.form_page(
            EntryForm(self.kind, drafts.blank(self.kind), reason=_("Not found by the reader")), None
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add it, or show what was refused."""
        form = EntryForm(self.kind, drafts.blank(self.kind), request.POST)
        if not form.is_valid():
            return self.form_page(form, None)
        try:
            entry = actions.AddEntry(
                self.actor, self.object, self.kind, form.values(), reason=form.reason
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form.form, error)
            return self.form_page(form, None)
        return self.card(entry, saved=True)


class EntryRemoveView(_EntryView):
    """Leave an entry out, or take it in again."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it; the reason is the button that was pressed unless one is given."""
        removed = request.POST.get("removed") == "1"
        reason = request.POST.get("reason") or (
            __("Not an entry of this plan") if removed else __("Taken in again")
        )
        try:
            entry = actions.RemoveEntry(
                self.actor, self.object, self.kind, self.entry["key"], removed=removed, reason=reason
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
        return self.card(entry, saved=True)


class HeadEditView(_Step, Page):
    """Correct the head of the plan."""

    template_name = "plans/head_page.html"
    title = _("Correct the head of the plan")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        meta = self.draft["meta"]
        initial = {
            **{name: meta.get(name) for name in drafts.META_FIELDS},
            "copied_to": "\n".join(meta["copied_to"]),
            "year": self.object.year,
            "reason": CORRECTED,
        }
        return self.answer(HeadForm(initial=initial, in_ledger=False))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Correct it, or show what was refused."""
        form = HeadForm(request.POST, in_ledger=False)
        if not form.is_valid():
            return self.answer(form)
        try:
            actions.EditMeta(
                self.actor,
                self.object,
                form.changes(),
                year=form.cleaned_data["year"],
                reason=form.cleaned_data["reason"],
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self.answer(form)
        if not is_htmx(request):
            return HttpResponseRedirect(reverse("plans:import_check", args=[self.object.pk]))
        row = PlanImport.objects.get(pk=self.object.pk)
        meta = ImportContent.objects.only("draft").get(pk=row.pk).draft["meta"]
        return render(request, "plans/head_card.html", {"object": row, "head": head_lines(meta, row.year)})

    def answer(self, form: HeadForm) -> HttpResponse:
        """The form in the place of the card, or on a page of its own."""
        context = {"form": form, "action": self.request.path}
        if is_htmx(self.request):
            return render(self.request, "plans/head_form.html", {"object": self.object, **context})
        return self.render_to_response(self.get_context_data(**context))


class HeadView(_Step, Page):
    """The head of the plan as it is."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Its card."""
        head = head_lines(self.draft["meta"], self.object.year)
        return render(request, "plans/head_card.html", {"object": self.object, "head": head})


class WarningView(Page):
    """Decide one warning."""

    permission = PLAN_IMPORT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the decision and show the warning anew."""
        rows = ReadingWarning.objects.all().visible_to(self.user, PLAN_IMPORT)
        warning = get_object_or_404(rows, pk=self.kwargs["warning"], plan_import_id=self.kwargs["pk"])
        try:
            warning = actions.DecideWarning(
                self.actor, warning, request.POST.get("decision", ""), reason=request.POST.get("reason", "")
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        if not is_htmx(request):
            where = "plans:plan" if warning.plan_id else "plans:import_check"
            return HttpResponseRedirect(reverse(where, args=[warning.plan_id or warning.plan_import_id]))
        left = ReadingWarning.objects.filter(
            plan_import_id=warning.plan_import_id, decision=Decision.OPEN
        ).count()
        return render(
            request,
            "plans/warning.html",
            {
                "warning": warning,
                "decisions": [choice for choice in Decision.choices if choice[0] != Decision.OPEN],
                "open_warnings": left,
                "answer": True,
            },
        )


class UnitsView(_Step, Page):
    """Step 3: which organisations the names mean."""

    template_name = "plans/import_units.html"
    step = 3

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only while it is open."""
        if self.object.status not in OPEN_FOR_CORRECTION:
            return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
        return super().get(request, *args, **kwargs)

    def visible(self) -> Any:
        """Organisations to choose from."""
        return Organisation.objects.filter(merged_into__isnull=True).visible_to(
            self.user, "core.organisation.view"
        )

    def named(self, name: str) -> int | None:
        """The organisation with exactly this name, if it is one."""
        keys = self.visible().filter(Q(name=name) | Q(short_name=name)).values_list("pk", flat=True)[:2]
        return keys[0] if len(keys) == 1 else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the choices; create what is missing; or go on."""
        here = reverse("plans:import_units", args=[self.object.pk])
        names = list(drafts.unit_names(self.draft))
        choices: dict[str, list[int]] = {}
        for number, name in enumerate(names):
            chosen = request.POST.get(f"unit-{number}", "")
            if request.POST.get(f"name-{number}") != name:
                continue  # the plan was corrected meanwhile; this line is shown anew
            other = request.POST.get(f"other-{number}", "").strip()
            if other:
                found = self.named(other)
                if found is None:
                    messages.error(
                        request, __("“%(name)s” is not an organisation of the register.") % {"name": other}
                    )
                    return HttpResponseRedirect(here)
                choices[name] = [found]
            elif chosen == "name":
                choices[name] = []
            elif chosen.isdigit():
                choices[name] = [int(chosen)]
        do = request.POST.get("do", "")
        try:
            actions.MapUnits(self.actor, self.object, choices, finish=do == "finish").execute()
            if do == "create":
                made = actions.CreateMissingUnits(self.actor, self.object).execute()
                messages.success(request, __("%(count)s organisations were created.") % {"count": len(made)})
        except NotFound:
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(here)
        if do == "finish":
            return HttpResponseRedirect(reverse("plans:import_confirm", args=[self.object.pk]))
        return HttpResponseRedirect(here)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table, open names first."""
        names = drafts.unit_names(self.draft)
        visible = self.visible()
        order = {name: number for number, name in enumerate(names)}
        lines = mapping.table(names, self.object.mapping, self.object.region, visible)
        shown = []
        for line in lines:
            chosen = [organisation.pk for organisation in line.chosen]
            options = {organisation.pk: organisation for organisation in line.chosen}
            options.update({item.organisation.pk: item.organisation for item in line.suggestions})
            shown.append(
                {
                    "line": line,
                    "number": order[line.name],
                    "roles": [(values.LABELS[role], count) for role, count in line.roles.items()],
                    "options": [] if line.collective and len(chosen) > 1 else list(options.values()),
                    "sure": bool(line.suggestions) and line.suggestions[0].score >= SURE,
                    "selected": chosen[0] if len(chosen) == 1 else None,
                    "why": {item.organisation.pk: item for item in line.suggestions},
                    "best": line.suggestions[0] if line.suggestions else None,
                }
            )
        open_lines = [line for line in lines if not line.decided]
        return super().get_context_data(
            lines=shown,
            organisations=visible.order_by("path").values_list("name", flat=True)[:3000],
            open_count=len(open_lines),
            missing=len(mapping.missing(names, self.object.mapping)),
            may_create=self.user.may("core.organisation.manage"),
            total=len(lines),
            **kwargs,
        )


class ImportConfirmView(_Step, Page):
    """Step 4: what will be written, and the word to do it."""

    template_name = "plans/import_confirm.html"
    step = 4

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only while it is open."""
        if self.object.status not in OPEN_FOR_CORRECTION:
            return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it."""
        try:
            plan = actions.ConfirmImport(
                self.actor, self.object, with_open_warnings=bool(request.POST.get("with_open_warnings"))
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
        messages.success(request, __("The plan is in the ledger."))
        return HttpResponseRedirect(reverse("plans:plan", args=[plan.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will be written."""
        draft = self.draft
        names = drafts.unit_names(draft)
        decided = self.object.mapping
        tasks = drafts.kept(draft, "task")
        return super().get_context_data(
            draft=draft,
            counts={kind: len(drafts.kept(draft, kind)) for kind in drafts.KINDS},
            removed=sum(
                1 for kind in drafts.KINDS for entry in draft[drafts.KINDS[kind][0]] if entry["removed"]
            ),
            edited=sum(1 for kind in drafts.KINDS for entry in drafts.kept(draft, kind) if entry["edited"]),
            linked=sum(1 for name in names if decided.get(name, {}).get("organisations")),
            unlinked=[name for name in names if not decided.get(name, {}).get("organisations")],
            without_units=sum(1 for task in tasks if not task["units"]),
            without_dates=sum(1 for task in tasks if not task["deadlines"]),
            open_warnings=self.object.warnings.filter(decision=Decision.OPEN).count(),
            head=head_lines(draft["meta"], self.object.year),
            **choices_for(self),
            **kwargs,
        )


class DiscardView(ConfirmView):
    """Give an import up."""

    model = PlanImport
    permission = PLAN_IMPORT
    form_class = OptionalReasonForm
    title = _("Discard the import")
    question = _("Do you want to give this import up?")
    consequences = (
        _("Nothing of it enters the ledger; your corrections are lost."),
        _("The log keeps that it was uploaded and discarded."),
    )
    submit_label = _("Discard the import")
    cancel_url_name = "plans:imports"
    breadcrumbs = ((_("Action plans"), "plans:plans"), (_("Imports of plans"), "plans:imports"))

    def run(self, form: Any) -> PlanImport:
        """Discard it."""
        row: PlanImport = actions.DiscardImport(
            self.actor, self.object, reason=form.cleaned_data["reason"]
        ).execute()
        return row

    def get_done_url(self, result: Any) -> str:
        """Back to the list."""
        return reverse("plans:imports")
