"""Pages of performance grades: the ledger, the history of a source, entering, lowering, who has to rise."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import ActionView, ConfirmView, Page, RowActionView, RowMixin
from lantian.apps.sources import access
from lantian.apps.sources.actions.grades import AnnulGrade, EnterGrade, LowerGrade
from lantian.apps.sources.forms_grades import GradeForm, LowerForm
from lantian.apps.sources.grading import (
    GRADE_TONES,
    ending,
    event_of,
    grade_books,
    grade_words,
    industries_of,
    standings,
)
from lantian.apps.sources.models import Grade, Source
from lantian.apps.sources.tables_grades import (
    SOON_DAYS,
    STANDING_TONES,
    STANDINGS,
    GradeFilter,
    GradeTable,
    standing_of,
)
from lantian.rules.sources.grades import RAISE_REASONS, REASONS, Graded, to_raise

#: grades that end soon are named in the ledger, as many at most
_SOON = 8
GRADES = (_("Performance grades"), "sources:grades")


class GradeLedger(ListView):
    """All grades, as they were entered."""

    model = Grade
    permission = access.SOURCE_VIEW
    table_class = GradeTable
    filterset_class = GradeFilter
    title = _("Performance grades")
    export_permission = access.LIST_EXPORT
    template_name = "sources/grades_ledger.html"
    empty_title = _("No performance grade has been entered yet.")
    empty_hint = _(
        "Enter the grades with their notices; subsidies and the list of those to be raised follow."
    )
    empty_url_name = "sources:grade_new"
    empty_label = _("Enter a grade")
    empty_permission = access.GRADE_MANAGE

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("source__region", "unit", "ended_by")

    def get_table_kwargs(self) -> dict[str, Any]:
        """The latest first."""
        return {"order_by": ("-valid_from",)}

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Enter one, and who has to rise."""
        return [
            {"label": __("To be raised"), "url": reverse("sources:grades_raise"), "icon": "trending-up"},
            {
                "label": __("Enter a grade"),
                "url": reverse("sources:grade_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.GRADE_MANAGE,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the numbers of each grade that holds today."""
        today = display.campaign_today()
        rows = (
            Grade.objects.visible_to(self.user, access.SOURCE_VIEW)
            .filter(annulled_at__isnull=True, valid_from__lte=today)
            .exclude(ended_by__valid_from__lte=today)
            .exclude(grade="")
            .order_by()
        )
        holding = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))
        counts: dict[str, int] = {}
        for grade in holding.values_list("grade", flat=True):
            counts[grade] = counts.get(grade, 0) + 1
        order = list(GRADE_TONES)
        here = reverse("sources:grades")
        soon = ending(self.user, today, SOON_DAYS)
        for row in soon[:_SOON]:
            row.words, row.tone = grade_words(row.grade), GRADE_TONES.get(row.grade, "grey")  # type: ignore[attr-defined]
        return super().get_context_data(
            counts=[
                (grade_words(grade), counts[grade], f"{here}?grade={grade}&standing=holds")
                for grade in sorted(counts, key=lambda one: order.index(one) if one in order else len(order))
            ],
            soon=len(soon),
            soon_card={"rows": soon[:_SOON], "more": max(0, len(soon) - _SOON)},
            soon_url=f"{here}?standing=soon",
            **kwargs,
        )


class SourceGrades(RowMixin, Page):
    """The grades of a source, one after the other."""

    model = Source
    permission = access.SOURCE_VIEW
    template_name = "sources/grades_source.html"
    subtitle = _("Performance grades")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the ledger."""
        return [(GRADES[0], reverse(GRADES[1]))]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Enter or lower."""
        key = [self.object.pk]
        return [
            {"label": __("The source"), "url": self.object.get_absolute_url(), "icon": "building-factory-2"},
            {
                "label": __("Lower the grade"),
                "url": reverse("sources:grade_lower", args=key),
                "icon": "trending-down",
                "permission": access.GRADE_MANAGE,
            },
            {
                "label": __("Enter a grade"),
                "url": f"{reverse('sources:grade_new')}?source={self.object.pk}",
                "icon": "plus",
                "tone": "primary",
                "permission": access.GRADE_MANAGE,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What holds today, and what was."""
        rows = list(
            Grade.objects.filter(source=self.object)
            .select_related("unit", "ended_by", "created_by__person")
            .prefetch_related("subsidies")
            .order_by("-valid_from", "-pk")
        )
        units = {row.unit_id: row.unit for row in rows}
        causes = {rule.key: rule for rule in grade_books().rules}
        words = dict(STANDINGS)
        for row in rows:
            standing = standing_of(row)
            row.words, row.tone = grade_words(row.grade), GRADE_TONES.get(row.grade, "grey")
            row.standing, row.standing_tone = words[standing], STANDING_TONES[standing]
            rule = causes.get(row.cause)
            row.cause_words = (
                f"{rule.label}（{rule.head.document} {rule.clause}）" if rule is not None else ""
            )
        return super().get_context_data(
            now=[
                {
                    "unit": units[unit],
                    "industry": industry,
                    "words": grade_words(standing.grade) if standing.grade else __(REASONS[standing.reason]),
                    "tone": GRADE_TONES.get(standing.grade or "", "grey"),
                    "until": standing.until if standing.grade else None,
                }
                for unit, industry, standing in standings(rows, display.campaign_today())
            ],
            rows=rows,
            may_annul=self.user.may(access.GRADE_MANAGE),
            **kwargs,
        )


class GradeNew(ActionView):
    """Enter a grade; of the source that the address names, or of one that is typed."""

    permission = access.GRADE_MANAGE
    form_class = GradeForm
    template_name = "lantian/form.html"
    title = _("Enter a grade")
    breadcrumbs = (GRADES,)
    success_message = _("The grade has been entered.")

    @cached_property
    def source(self) -> Source | None:
        """The source that the address names."""
        key = self.request.GET.get("source", "")
        if not key.isdigit() or len(key) > 15:
            return None
        rows = Source.objects.visible_to(self.user, access.GRADE_MANAGE).live()
        return get_object_or_404(rows.select_related("region"), pk=int(key))

    def get_subtitle(self) -> str:
        """The source."""
        return self.source.name if self.source is not None else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """The units and grades of the source."""
        return super().get_form_kwargs() | {"source": self.source, "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In two columns."""
        return super().get_context_data(form_columns=2, **kwargs)

    def run(self, form: Any) -> Grade:
        """Enter it."""
        source = self.source or form.cleaned_data["source"]
        grade: Grade = EnterGrade(self.actor, source, **form.given()).execute()
        return grade

    def get_cancel_url(self) -> str:
        """Back to the ledger."""
        return self.next_url or reverse("sources:grades")

    def get_done_url(self, result: Any) -> str:
        """On to the history of the source."""
        return reverse("sources:source_grades", args=[result.source_id])


class GradeLower(RowActionView):
    """Lower or withdraw a grade."""

    model = Source
    permission = access.GRADE_MANAGE
    form_class = LowerForm
    template_name = "lantian/form.html"
    title = _("Lower the grade")
    success_message = _("The grade has been lowered.")

    def get_title(self) -> Any:
        """The step, not the source."""
        return self.title

    def get_subtitle(self) -> str:
        """The source."""
        return str(self.object.name)

    def get_form_kwargs(self) -> dict[str, Any]:
        """The units and grades of the source."""
        return super().get_form_kwargs() | {"source": self.object, "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In two columns."""
        return super().get_context_data(form_columns=2, **kwargs)

    def run(self, form: Any) -> Grade:
        """Lower it."""
        grade: Grade = LowerGrade(self.actor, self.object, **form.given()).execute()
        return grade

    def get_cancel_url(self) -> str:
        """Back to the history."""
        return reverse("sources:source_grades", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """Back to the history."""
        return self.get_cancel_url()


class GradeAnnul(ConfirmView):
    """Strike out a grade that was entered by mistake."""

    model = Grade
    permission = access.GRADE_MANAGE
    title = _("Strike out the grade")
    question = _("Strike out this grade as entered by mistake?")
    consequences = (
        _("It counts as if it had never been; the line stays in the history."),
        _("What it had replaced holds again."),
        _("A subsidy that was only due because of it is due no longer."),
    )

    def get_queryset(self) -> Any:
        """With the source."""
        return super().get_queryset().select_related("source")

    def get_title(self) -> Any:
        """The step."""
        return self.title

    def run(self, form: Any) -> Grade:
        """Strike it out."""
        grade: Grade = AnnulGrade(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()
        return grade

    def get_cancel_url(self) -> str:
        """Back to the history."""
        return reverse("sources:source_grades", args=[self.object.source_id])

    def get_done_url(self, result: Any) -> str:
        """Back to the history."""
        return self.get_cancel_url()


class GradesRaise(Page):
    """Enterprises that have to rise by the plans of their place (提升培育)."""

    permission = access.SOURCE_VIEW
    template_name = "sources/grades_raise.html"
    title = _("Grades to be raised")
    subtitle = _(
        "Enterprises below the grade that the plan of their place wants, and those that are to be helped."
    )
    breadcrumbs = (GRADES,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """By the books of the day that the address names, today without it."""
        from datetime import date

        today = display.campaign_today()
        try:
            day = date.fromisoformat(self.request.GET.get("day", ""))
        except ValueError:
            day = today
        found, problem = [], ""
        try:
            found = self._found(day)
        except Conflict as error:
            problem = str(error)
        return super().get_context_data(rows=found, day=day, problem=problem, **kwargs)

    def _found(self, day: Any) -> list[dict[str, Any]]:
        books = grade_books()
        wanted = {name for rule in books.rules if rule.kind == "floor" for name in rule.industries}
        sources = Source.objects.visible_to(self.user, access.SOURCE_VIEW).live()
        sources = sources.filter(Q(grades__isnull=False) | Q(values__industry__in=sorted(wanted)))
        rows: dict[int, Source] = {
            source.pk: source
            for source in sources.select_related("region", "town").prefetch_related("grades").distinct()
        }
        by_region: dict[str, list[Graded]] = {}
        for source in rows.values():
            if source.region is None or source.status not in {"running", "stopped"}:
                continue
            grades = [grade for grade in source.grades.all() if grade.annulled_at is None]
            by_region.setdefault(source.region.code, []).append(
                Graded(
                    str(source.pk),
                    industries_of(source, grades),
                    tuple(event_of(grade) for grade in grades),
                )
            )
        found = []
        for region, graded in by_region.items():
            for one in to_raise(graded, books, region, day):
                found.append(
                    {
                        "source": rows[int(one.source_id)],
                        "industry": one.industry,
                        "grade": grade_words(one.standing.grade or ""),
                        "floor": grade_words(one.floor) if one.floor else "",
                        "reason": __(RAISE_REASONS[one.reason]),
                        "rule": one.rule,
                        "overdue": one.overdue,
                        "control": one.season_control,
                    }
                )
        return sorted(found, key=lambda one: (not one["overdue"], one["source"].name))
