"""Subsidies: finding what is due by the books, and the steps from due to paid; who requests does not approve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.sources.access import SUBSIDY_APPROVE, SUBSIDY_REQUEST
from lantian.apps.sources.choices import PaymentState
from lantian.apps.sources.exceptions import OwnProposal
from lantian.apps.sources.grading import (
    event_of,
    grade_books,
    industries_of,
    kept,
    of_units,
    region_code,
    subsidy_books,
)
from lantian.apps.sources.identity import hold
from lantian.apps.sources.models import Grade, Source, Subsidy
from lantian.rules.sources.errors import InputError
from lantian.rules.sources.subsidies import Claim, PaymentStep, Subject, claims, payment_of


@dataclass(frozen=True, slots=True)
class Found:
    """What the books say of a source."""

    source: Source
    claim: Claim
    grade: Grade


def look(sources: Any, until: date) -> tuple[list[Found], list[Found]]:
    """What is due for sources up to a day, and what is declined, each with its reason.

    Parameters
    ----------
    sources
        A queryset of sources.
    """
    books, payments = grade_books(), subsidy_books()
    due: list[Found] = []
    declined: list[Found] = []
    by_source: dict[int, list[Grade]] = {}
    for row in Grade.objects.filter(source__in=sources, annulled_at__isnull=True):
        by_source.setdefault(row.source_id, []).append(row)
    for source in Source.objects.filter(pk__in=by_source).select_related("region").order_by("pk"):
        rows = by_source[source.pk]
        # A plan pays a source once per grade, whatever the lines that are graded.
        ordered = [row for group in of_units(rows).values() for row in group]
        ordered.sort(key=lambda row: (row.valid_from, row.pk))
        pairs = [(event_of(row), row) for row in ordered]
        events = {id(event): row for event, row in pairs}
        subject = Subject(
            str(source.pk),
            region_code(source),
            industries_of(source, rows),
            tuple(event for event, _row in pairs),
        )
        if not subject.region:
            continue
        found, refused = claims(subject, payments, books, until)
        due += [Found(source, claim, events[id(claim.event)]) for claim in found]
        declined += [Found(source, claim, events[id(claim.event)]) for claim in refused]
    return due, declined


#: states in which nothing was promised yet, or no longer is
_OPEN = frozenset({PaymentState.DUE, PaymentState.REFUSED})


class FindDue(Action[tuple[int, int]]):
    """Enter what the books say is due for sources of the actor's; gives the numbers of new and of corrected ones."""

    code = "sources.subsidy.find"
    permission = SUBSIDY_REQUEST

    def __init__(self, actor: Actor, *, until: date | None = None, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.until = until or timezone.localdate()

    def perform(self) -> tuple[int, int]:
        """Compare the books with the ledger."""
        sources = self.actor.rows(Source.objects.all(), SUBSIDY_REQUEST).filter(merged_into__isnull=True)
        due, _declined = look(sources.order_by().values("pk"), self.until)
        known: dict[tuple[str, ...], Subsidy] = {
            (str(row.source_id), row.rule, row.grade.grade if row.grade is not None else ""): row
            for row in Subsidy.objects.filter(source__in=sources.order_by().values("pk")).select_related("grade")
            # Of a grade that was struck out only money that was given away still counts.
            if row.grade is None or row.grade.annulled_at is None or row.state not in _OPEN
        }
        new, corrected = [], 0
        for found in due:
            claim = found.claim
            assert claim.due_on is not None
            row = known.get(claim.once_key)
            why = [kept(message) for message in claim.why]
            if row is None:
                new.append(
                    Subsidy(
                        source=found.source,
                        grade=found.grade,
                        rule=claim.rule.key,
                        clause=f"{claim.rule.head.document} {claim.rule.clause}",
                        amount=claim.amount,
                        due_on=claim.due_on,
                        why=why,
                    )
                )
            elif row.state == PaymentState.DUE and (row.amount, row.why) != (claim.amount, why):
                row.amount, row.why = claim.amount, why
                row.save()
                corrected += 1
        # A source that has become part of another since the look gets nothing; the other is looked at next time.
        stand = hold({row.source_id for row in new})
        new = [row for row in new if stand[row.source_id].merged_into is None]
        Subsidy.objects.bulk_create(new)
        self.log(
            None,
            label=__("Subsidies due"),
            after={
                "until": self.until,
                "new": len(new),
                "corrected": corrected,
                "yuan": str(sum((row.amount for row in new if row.amount is not None), Decimal(0))),
            },
        )
        return len(new), corrected


#: step → right that it needs
RIGHTS = {
    PaymentState.REQUESTED: SUBSIDY_REQUEST,
    PaymentState.APPROVED: SUBSIDY_APPROVE,
    PaymentState.PAID: SUBSIDY_APPROVE,
    PaymentState.REFUSED: SUBSIDY_APPROVE,
    PaymentState.RECOVERED: SUBSIDY_APPROVE,
}


class StepSubsidy(Action[Subsidy]):
    """Request, approve, pay, refuse or recover a subsidy."""

    code = "sources.subsidy.step"
    permission = None

    def __init__(
        self,
        actor: Actor,
        subsidy: Subsidy,
        state: str,
        *,
        on: date | None = None,
        amount: Decimal | None = None,
        document: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.subsidy, self.state = subsidy, state
        self.on, self.amount, self.document = on or timezone.localdate(), amount, document.strip()
        self.permission = RIGHTS[PaymentState(state)]  # type: ignore[misc]

    def subject(self) -> Source:
        """The source."""
        return self.subsidy.source

    def check(self) -> None:
        """The right of the step, over this source."""
        super().check()
        self.check_row(self.subsidy, self.permission)

    def validate(self) -> None:
        """The step must follow, its amount be within the one before, and another person decide than who asked."""
        super().validate()
        self.subsidy = Subsidy.objects.select_related("source").get(pk=self.subsidy.pk)
        if self.on > timezone.localdate():
            raise Invalid(fields={"on": __("This day has not come yet.")})
        if self.state == PaymentState.REQUESTED and self.subsidy.amount is None:
            raise Conflict(
                __(
                    "The plan names no amount. Set it in the books of the office, with grounds, and find what is due."
                )
            )
        asked = self.subsidy.requested_by_id
        if (
            self.state in {PaymentState.APPROVED, PaymentState.REFUSED}
            and asked is not None
            and self.actor.user is not None
            and asked == self.actor.user.pk
        ):
            raise OwnProposal
        kind: Any = self.state
        new = PaymentStep(kind, self.on, self.amount, self.document)
        try:
            self.payment = payment_of(
                self.subsidy.amount, [*(read_step(one) for one in self.subsidy.steps), new]
            )
        except InputError as error:
            fields = {"order": "on", "amount": "amount", "document": "document"}
            said = error.message.text(__)
            if error.code not in fields:
                raise Conflict(said) from error
            raise Invalid(fields={fields[error.code]: said}) from error

    def perform(self) -> Subsidy:
        """Keep the step."""
        # Validation runs before the transaction: what it found is asked again under the lock.
        Subsidy.objects.select_for_update().get(pk=self.subsidy.pk)
        self.validate()
        row, before = self.subsidy, self.subsidy.state
        row.state = self.payment.state
        row.approved_amount = self.payment.approved
        row.paid_amount, row.recovered_amount = self.payment.paid, self.payment.recovered
        if self.state == PaymentState.REQUESTED:
            row.requested_by = self.actor.user
        if self.state == PaymentState.PAID:
            row.paid_on, row.voucher = self.on, self.document[:120]
        step = {
            "state": self.state,
            "on": self.on.isoformat(),
            "amount": None if self.amount is None else str(self.amount),
            "document": self.document,
            "by": str(self.actor.user) if self.actor.user is not None else self.actor.name,
            "note": self.reason,
        }
        row.steps = [*row.steps, step]
        row.save()
        self.log(row.source, label=str(row), before={"state": before}, after=step)
        return row


def read_step(step: dict[str, Any]) -> PaymentStep:
    """A kept step as the rules take it."""
    amount = step.get("amount")
    kind: Any = step["state"]
    return PaymentStep(
        kind,
        date.fromisoformat(step["on"]),
        None if amount is None else Decimal(amount),
        step.get("document", ""),
    )


def totals(rows: Any) -> dict[str, Decimal]:
    """What is due, asked for, approved and not paid yet, paid and taken back [yuan]."""

    def of(name: str, *states: str) -> Sum:
        return Sum(name, filter=Q(state__in=states))

    found = rows.order_by().aggregate(
        due=of("amount", PaymentState.DUE),
        requested=of("amount", PaymentState.REQUESTED),
        approved=of("approved_amount", PaymentState.APPROVED),
        paid=Sum("paid_amount"),
        recovered=Sum("recovered_amount"),
    )
    return {key: value or Decimal(0) for key, value in found.items()}
