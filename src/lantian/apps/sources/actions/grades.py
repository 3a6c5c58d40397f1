"""Entering, lowering and striking out performance grades; each is checked by the books of its place and day."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.log import snapshot
from lantian.apps.sources.access import GRADE_MANAGE
from lantian.apps.sources.choices import GradeEventKind, PaymentState
from lantian.apps.sources.exceptions import SourceMerged
from lantian.apps.sources.grading import event_of, grade_books, of_units, region_code
from lantian.apps.sources.models import Grade, Source, Subsidy
from lantian.rules.sources.grades import check_events, grade_on

#: code of a problem → field of the form
_FIELDS = {
    "no_scheme": "valid_from",
    "unknown_grade": "grade",
    "not_of_industry": "grade",
    "period": "valid_to",
    "approver_level": "approver_level",
    "no_evidence": "evidence",
    "no_cause": "cause",
    "unknown_cause": "cause",
    "not_better": "grade",
    "not_worse": "grade",
    "not_same": "grade",
    "order_unsettled": "grade",
}


class _OfSource(Action[Grade]):
    """A grade of a source."""

    permission = GRADE_MANAGE

    def __init__(self, actor: Actor, source: Source, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.source = source
        self.grade = Grade(source=source, created_by=actor.user, **values)

    def subject(self) -> Source:
        """The source."""
        return self.source

    def check(self) -> None:
        """Only sources of the actor's."""
        super().check()
        self.check_row(self.source)

    def kind_of(self, before: Grade | None) -> str:
        """What happens to the grade."""
        raise NotImplementedError

    def earlier(self) -> list[Grade]:
        """Grades of the same unit that count."""
        rows = Grade.objects.filter(source=self.source, annulled_at__isnull=True)
        return of_units(rows).get(self.grade.unit_id, [])

    def validate(self) -> None:
        """Ask the books of the place and the day."""
        super().validate()
        # One hand at a time: the order of events decides what each of them is.
        self.source = (
            Source.objects.select_for_update(of=("self",)).select_related("region").get(pk=self.source.pk)
        )
        if self.source.merged_into_id is not None:
            raise SourceMerged
        rows = self.earlier()
        events = [event_of(row) for row in rows]
        standing = grade_on(events, self.grade.valid_from, self.grade.industry)
        before = next((row for row, event in zip(rows, events, strict=True) if event is standing.event), None)
        self.grade.kind = self.kind_of(before if standing.grade is not None else None)
        try:
            self.grade.full_clean(exclude=["source", "created_by"], validate_constraints=False)
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        later = [
            event for event in events
            if event.effective_from > self.grade.valid_from and event.industry == self.grade.industry
        ]  # fmt: skip
        if later:
            raise Invalid(
                fields={
                    "valid_from": __(
                        "A later grade has been entered, from %(day)s on. Strike it out first, or choose a later day."
                    )
                    % {"day": later[0].effective_from}
                }
            )
        new = event_of(self.grade)
        found: dict[str, Any] = {}
        for problem in check_events([*events, new], grade_books(), region_code(self.source)):
            if problem.event is new:
                found.setdefault(_FIELDS[problem.code], problem.message.text(__))
        if found:
            raise Invalid(fields=found)

    def perform(self) -> Grade:
        """Keep it; what held until then ends."""
        ended = [
            row for row in self.earlier()
            if row.industry == self.grade.industry and row.ended_by_id is None
            and (row.valid_to is None or row.valid_to >= self.grade.valid_from)
        ]  # fmt: skip
        self.grade.save()
        Grade.objects.filter(pk__in=[row.pk for row in ended]).update(ended_by=self.grade)
        before = ended[-1] if ended else None
        self.log(
            self.source,
            before={"grade": before.grade, "valid_to": before.valid_to} if before is not None else None,
            after=snapshot(self.grade),
        )
        return self.grade


class EnterGrade(_OfSource):
    """Enter a grade that was granted, raised or renewed; which of them it is follows from what held before."""

    code = "sources.grade.enter"

    def kind_of(self, before: Grade | None) -> str:
        """By the scheme of the day."""
        scheme = grade_books().scheme_on(region_code(self.source), self.grade.valid_from)
        found = None if before is None or scheme is None else scheme.compare(self.grade.grade, before.grade)
        if found is None:
            return GradeEventKind.GRANTED
        if found < 0:
            raise Invalid(
                fields={
                    "grade": __(
                        "The source has a better grade now. Use “Lower the grade” and name the cause."
                    )
                }
            )
        return GradeEventKind.RAISED if found > 0 else GradeEventKind.RENEWED


class LowerGrade(_OfSource):
    """Lower or withdraw a grade, with its cause."""

    code = "sources.grade.lower"

    def kind_of(self, before: Grade | None) -> str:
        """Only a grade that holds can be lowered."""
        if before is None:
            raise Invalid(
                fields={"valid_from": __("The source has no grade on this day that could be lowered.")}
            )
        return GradeEventKind.LOWERED if self.grade.grade else GradeEventKind.WITHDRAWN


class AnnulGrade(Action[Grade]):
    """Strike out a grade that was entered by mistake."""

    code = "sources.grade.annul"
    permission = GRADE_MANAGE
    needs_reason = True

    def __init__(self, actor: Actor, grade: Grade, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.grade = grade

    def subject(self) -> Source:
        """The source."""
        return self.grade.source

    def check(self) -> None:
        """Only sources of the actor's."""
        super().check()
        self.check_row(self.grade)

    def validate(self) -> None:
        """Not one that money was asked for."""
        super().validate()
        self.grade = Grade.objects.select_related("source").get(pk=self.grade.pk)
        if self.grade.annulled_at is not None:
            raise Conflict(__("This grade has been struck out already."))
        if self.grade.subsidies.exclude(state__in=(PaymentState.DUE, PaymentState.REFUSED)).exists():
            raise Conflict(__("A subsidy for this grade has been requested or paid. Settle that one first."))

    def perform(self) -> Grade:
        """Strike it out; what it had ended holds again, and money that was only due is due no longer."""
        # Validation runs before the transaction: what it found is asked again under the lock.
        Grade.objects.select_for_update().get(pk=self.grade.pk)
        self.validate()
        self.grade.annulled_at, self.grade.annulled_because = timezone.now(), self.reason
        self.grade.save(update_fields=["annulled_at", "annulled_because"])
        self.grade.ends.update(ended_by=None)
        gone, _by = Subsidy.objects.filter(grade=self.grade, state=PaymentState.DUE).delete()
        self.log(
            self.grade.source,
            before={"grade": self.grade.grade, "valid_from": self.grade.valid_from},
            after={"annulled": True, "subsidies_no_longer_due": gone},
        )
        return self.grade
