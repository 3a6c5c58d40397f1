"""Plans held against the plan above: start it, read both texts side by side, confirm or correct."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.pages import ActionFormMixin, Page, PageMixin, RowMixin, put_errors
from lantian.apps.plans import access, comparing
from lantian.apps.plans.actions.comparing import ComparePlans, DecideFinding, mark_of
from lantian.apps.plans.exceptions import EditConflict
from lantian.apps.plans.models import ComparisonFinding, Plan, PlanComparison, Target, Task
from lantian.apps.plans.views.imports import conflict_lines
from lantian.apps.plans.views.of_plan import PLANS, OfPlan
from lantian.office import conformity_report

PER_PAGE = 20
#: what the lists of findings are filtered by, besides "all"
VIEWS: dict[str, tuple[Any, Q]] = {
    "attention": (
        _("Needs attention"),
        Q(status__in=["missing", "partly"]) | Q(deadline="later") | Q(quantity="looser"),
    ),
    "missing": (comparing.STATUS["missing"], Q(status="missing")),
    "partly": (comparing.STATUS["partly"], Q(status="partly")),
    "later": (comparing.DEADLINE["later"], Q(deadline="later")),
    "looser": (comparing.QUANTITY["looser"], Q(quantity="looser")),
    "carried": (comparing.STATUS["carried"], Q(status="carried")),
    "not_applicable": (comparing.STATUS["not_applicable"], Q(status="not_applicable")),
    "open": (comparing.DECISION["open"], Q(decision="open") & ~Q(status="not_applicable")),
    "all": (_("All"), Q()),
}
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class CompareForm(forms.Form):
    """The plan above."""

    upper = forms.TypedChoiceField(label=_("Plan above"), coerce=int)

    def __init__(self, *args: Any, plans: list[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", __("Please choose"))]
        choices += [(str(plan.pk), f"{plan.region.name}｜{plan.title}") for plan in plans]
        field: Any = self.fields["upper"]
        field.choices = choices


class PlanComparisons(ActionFormMixin, OfPlan, Page):
    """The comparisons of one plan, and a new one."""

    template_name = "plans/comparisons.html"
    title = _("Comparison with the plan above")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return self.below_plan()

    @cached_property
    def plans(self) -> list[Plan]:
        """What it can be compared with."""
        return comparing.uppers_for(self.actor, self.object)

    @property
    def may_compare(self) -> bool:
        """Whether the account may compare this plan."""
        rows = self.actor.rows(Plan.objects.filter(pk=self.object.pk), access.PLAN_COMPARE)
        found: bool = self.user.may(access.PLAN_COMPARE) and rows.exists()
        return found

    def get_form(self, data: Any = None) -> CompareForm:
        """The plans above it first."""
        first = self.object.upper_id or next(
            (plan.pk for plan in self.plans if comparing.is_above(self.object, plan)), None
        )
        return CompareForm(data, plans=self.plans, initial={"upper": first})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Compare."""
        if not self.user.may(access.PLAN_COMPARE):
            raise NotAllowed(permission=access.PLAN_COMPARE)
        form = self.get_form(request.POST)
        if form.is_valid():
            upper = next(plan for plan in self.plans if plan.pk == form.cleaned_data["upper"])
            try:
                made = ComparePlans(self.actor, self.object, upper).execute()
            except (NotAllowed, NotFound):
                raise
            except CoreError as error:
                put_errors(form, error)
            else:
                return HttpResponseRedirect(reverse("plans:comparison", args=[made.pk]))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What has been compared."""
        kwargs.setdefault("form", self.get_form())
        rows = comparing.visible(self.actor)
        below, above = list(rows.filter(lower=self.object.pk)), list(rows.filter(upper=self.object.pk))
        counts = {
            row.pop("comparison"): row
            for row in ComparisonFinding.objects.filter(comparison__in=[one.pk for one in (*below, *above)])
            .order_by()
            .values("comparison")
            .annotate(
                n_missing=Count("pk", filter=VIEWS["missing"][1]),
                n_attention=Count("pk", filter=VIEWS["attention"][1]),
                n_open=Count("pk", filter=VIEWS["open"][1]),
            )
        }
        return super().get_context_data(
            below=[(one, counts.get(one.pk, {})) for one in below],
            above=[(one, counts.get(one.pk, {})) for one in above],
            may_compare=self.may_compare,
            choices=len(self.plans),
            **kwargs,
        )


class ComparisonView(RowMixin, Page):
    """One comparison: each task and target of the upper plan beside what carries it."""

    model = PlanComparison
    permission = access.PLAN_VIEW
    template_name = "plans/comparison.html"
    title = _("Comparison with the plan above")

    def get_queryset(self) -> Any:
        """Those of which both plans may be seen."""
        return comparing.visible(self.actor)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the lower plan."""
        return _crumbs(self.object)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Reports."""
        here = self.request.path
        return [
            {"label": __("Word report"), "url": f"{here}?export=docx", "icon": "file-text"},
            {"label": __("Excel table"), "url": f"{here}?export=xlsx", "icon": "file-spreadsheet"},
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or a report."""
        kind = request.GET.get("export", "")
        if kind not in TYPES:
            return super().get(request, *args, **kwargs)
        if not self.user.may(access.EXPORT):
            raise NotAllowed(permission=access.EXPORT)
        report = comparing.report(self.object, list(self.findings()))
        stream = BytesIO()
        write = conformity_report.write_docx if kind == "docx" else conformity_report.write_xlsx
        write(report, stream)
        response = HttpResponse(stream.getvalue(), content_type=TYPES[kind])
        name = f"{__('Comparison with the plan above')} {self.object.lower.title[:60]}.{kind}"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response

    def findings(self) -> Any:
        """All findings, in the order of the upper plan."""
        return self.object.findings.select_related("task__chapter", "target", "decided_by__person").order_by(
            "order"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts, and one page of findings."""
        rows = self.findings()
        chosen = self.request.GET.get("show", "")
        chosen = chosen if chosen in VIEWS else "attention"
        counts = rows.order_by().aggregate(
            **{
                f"n_{name}": Count("pk", filter=query) if query else Count("pk")
                for name, (_l, query) in VIEWS.items()
            }
        )
        page = Paginator(rows.filter(VIEWS[chosen][1]), PER_PAGE).get_page(self.request.GET.get("page"))
        listed = list(page.object_list)
        tasks, targets = comparing.lower_rows(listed)
        may = self.actor.rows(Plan.objects.filter(pk=self.object.lower_id), access.PLAN_COMPARE).exists()
        return super().get_context_data(
            views=[(name, label, counts[f"n_{name}"]) for name, (label, _q) in VIEWS.items()],
            chosen=chosen,
            page_obj=page,
            items=[shown(row, tasks, targets) for row in listed],
            may_decide=may and self.user.may(access.PLAN_COMPARE),
            stale=comparing.stale(self.object),
            **kwargs,
        )


def _crumbs(comparison: PlanComparison) -> list[tuple[Any, str]]:
    lower = comparison.lower
    return [
        (PLANS[0], reverse(PLANS[1])),
        (lower.title, reverse("plans:plan", args=[lower.pk])),
        (__("Comparison with the plan above"), reverse("plans:plan_comparisons", args=[lower.pk])),
    ]


def shown(row: ComparisonFinding, tasks: dict[int, Task], targets: dict[int, Target]) -> dict[str, Any]:
    """A finding with both texts, what they share marked."""
    terms = comparing.terms_of(row)
    lower: list[dict[str, Any]] = []
    for one in (tasks[key] for key in row.lower_tasks if key in tasks):
        url = reverse("plans:task", args=[one.pk])
        lower.append({"name": str(one), "url": url, "text": marked(one.text, terms)})
    for aim in (targets[key] for key in row.lower_targets if key in targets):
        url = reverse("plans:target", args=[aim.pk])
        lower.append({"name": comparing.target_text(aim), "url": url, "text": marked(aim.text, terms)})
    if row.decision != "corrected":
        for passage in row.found.get("passages", ()):
            name = f"{passage['number']} {passage['title']}".strip()
            lower.append({"name": name, "url": "", "text": marked(passage["text"], terms)})
    task, target = row.task, row.target
    badges = [(comparing.STATUS[row.status], comparing.TONES[row.status])]
    if row.deadline != "none":
        badges.append((comparing.DEADLINE[row.deadline], comparing.TONES[row.deadline]))
    if row.quantity != "none":
        badges.append((comparing.QUANTITY[row.quantity], comparing.TONES[row.quantity]))
    if task is not None:
        upper = {"name": str(task), "url": reverse("plans:task", args=[task.pk]), "text": task.text}
    elif target is not None:
        upper = {
            "name": comparing.target_text(target),
            "url": reverse("plans:target", args=[target.pk]),
            "text": target.text,
        }
    else:
        upper = {"name": "", "url": "", "text": ""}
    return {
        "row": row,
        "chapter": task.chapter.title if task is not None and task.chapter is not None else "",
        "upper": {**upper, "text": marked(upper["text"], terms)},
        "lower": lower,
        "badges": badges,
        "decision": (comparing.DECISION[row.decision], comparing.TONES[row.decision]),
        "reason": comparing.reason_of(row),
        "seen": mark_of(row),
    }


def marked(text: str, terms: list[str]) -> SafeString:
    """A text with terms marked in it."""
    if not terms:
        return conditional_escape(text)
    pattern = re.compile("|".join(re.escape(term) for term in sorted(set(terms), key=len, reverse=True)))
    pieces: list[Any] = []
    at = 0
    for found in pattern.finditer(text):
        pieces.append(conditional_escape(text[at : found.start()]))
        pieces.append(format_html("<mark>{}</mark>", found[0]))
        at = found.end()
    pieces.append(conditional_escape(text[at:]))
    # Every piece has been escaped above.
    return mark_safe("".join(pieces))


class _OfFinding(PageMixin):
    """What is done with one finding."""

    permission = access.PLAN_COMPARE
    kwargs: dict[str, Any]

    @cached_property
    def finding(self) -> ComparisonFinding:
        """The finding, of a comparison that may be seen and whose lower plan may be worked on."""
        mine = self.actor.rows(Plan.objects.all(), access.PLAN_COMPARE).order_by().values("pk")
        rows = comparing.visible(self.actor).filter(lower__in=mine)
        comparison = get_object_or_404(rows, pk=self.kwargs["pk"])
        found = comparison.findings.select_related("task", "target", "comparison__lower", "comparison__upper")
        return get_object_or_404(found, pk=self.kwargs["finding"])

    def back(self) -> str:
        """The list that the person came from, at this finding."""
        given = self.request.POST.get("next") or self.request.GET.get("next") or ""
        host = {self.request.get_host()}
        url = reverse("plans:comparison", args=[self.finding.comparison_id])
        if given and url_has_allowed_host_and_scheme(given, host, self.request.is_secure()):
            url = given
        return f"{url}#f{self.finding.order}"


class FindingConfirm(_OfFinding, Page):
    """Confirm a finding as it is, or open it again."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only by pressing the button."""
        _found = self.finding
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirm it."""
        try:
            DecideFinding(
                self.actor,
                self.finding,
                reopen="reopen" in request.POST,
                seen=request.POST.get("seen", "")[:200],
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.back())


class FindingForm(forms.Form):
    """What a person says of a finding."""

    status = forms.ChoiceField(label=_("Status"), choices=list(comparing.STATUS.items()))
    deadline = forms.ChoiceField(label=_("Deadline"), choices=list(comparing.DEADLINE.items()))
    quantity = forms.ChoiceField(label=_("Quantity"), choices=list(comparing.QUANTITY.items()))
    lower = forms.TypedMultipleChoiceField(
        label=_("Carried by"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple()
    )
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput())

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lower"]
        field.choices = choices


class FindingView(_OfFinding, Page):
    """Correct a finding."""

    template_name = "plans/finding.html"
    title = _("Correct the finding")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the comparison."""
        comparison = self.finding.comparison
        title = comparison.upper.title
        return [*_crumbs(comparison), (title, reverse("plans:comparison", args=[comparison.pk]))]

    def get_form(self, data: Any = None) -> FindingForm:
        """As it is now; the tasks that carry it first."""
        row = self.finding
        lower = row.comparison.lower_id
        if row.target_id is not None:
            rows: Any = Target.objects.filter(plan=lower).order_by("order")
            mine, choices = row.lower_targets, [(one.pk, comparing.target_text(one)) for one in rows]
        else:
            rows = Task.objects.filter(plan=lower, parent__isnull=True, dropped_on__isnull=True).order_by(
                "order"
            )
            mine, choices = row.lower_tasks, [(one.pk, str(one)) for one in rows]
        choices.sort(key=lambda choice: choice[0] not in mine)
        return FindingForm(
            data,
            choices=choices,
            initial={
                "status": row.status,
                "deadline": row.deadline,
                "quantity": row.quantity,
                "lower": mine,
                "note": row.note,
                "seen": mark_of(row),
            },
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Correct it, or show what was refused."""
        form = self.get_form(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        data = form.cleaned_data
        name = "lower_targets" if self.finding.target_id is not None else "lower_tasks"
        values = {key: data[key] for key in ("status", "deadline", "quantity")} | {name: data["lower"]}
        try:
            DecideFinding(self.actor, self.finding, values, note=data["note"], seen=data["seen"]).execute()
        except EditConflict as error:
            fresh = ComparisonFinding.objects.select_related("comparison").get(pk=self.finding.pk)
            return self.answer(self.again(mark_of(fresh)), 409, conflict_lines(error))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            for field, said in error.fields.items():
                form.add_error("lower" if field.startswith("lower") else field, str(said))
            if not error.fields:
                form.add_error(None, str(error))
            return self.answer(form, 422)
        messages.success(request, __("The finding has been decided."))
        return HttpResponseRedirect(self.back())

    def again(self, seen: str) -> FindingForm:
        """The form with what was entered, on top of what is there now."""
        data = self.request.POST.copy()
        data["seen"] = seen
        return self.get_form(data)

    def answer(self, form: FindingForm, status: int = 200, conflict: Any = None) -> HttpResponse:
        """The page with the form."""
        return self.render_to_response(self.get_context_data(form=form, conflict=conflict), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both texts."""
        kwargs.setdefault("form", self.get_form())
        tasks, targets = comparing.lower_rows([self.finding])
        return super().get_context_data(
            item=shown(self.finding, tasks, targets),
            back=self.back(),
            next_url=self.request.POST.get("next") or self.request.GET.get("next", ""),
            **kwargs,
        )
