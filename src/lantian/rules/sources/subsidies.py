"""Subsidies (补助) that plans promise for sources: what is due for which event, and where a payment stands.

A grade is paid once: for a source, a rule and a grade, whatever the number of years that it is kept or renewed. An amount
that a plan names without a figure stays open until the office sets it. Money is Decimal yuan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal

from lantian.rules.sources.book_reading import (
    MARKS,
    Head,
    choice_of,
    entries_of,
    names_of,
    read_head,
    rows_of,
    set_entry,
    text_of,
)
from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, InputError, Message, _
from lantian.rules.sources.grade_books import LEVEL_WORDS, LEVELS, GradeLibrary, Scheme
from lantian.rules.sources.grades import GradeEvent, grade_on, in_order

SHIPPED = ("subsidies-henan-2017", "subsidies-shanyang-2022")
#: events that are no grade
OTHER_EVENTS: dict[str, str] = {
    "boiler_replaced": _("coal boiler replaced"),
    "facility_upgraded": _("treatment facility renewed"),
    "clean_heating": _("household with clean heating"),
    "vehicle_scrapped": _("old vehicle scrapped early"),
    "ultra_low_reached": _("ultra-low emission reached"),
    "beyond_plan": _("more reduced than planned"),
}


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    """What a plan promises.

    Attributes
    ----------
    event
        ``grade``, or one of :data:`OTHER_EVENTS`.
    amount
        Yuan; None where the plan names none.
    published_by
        Of a grade: level whose publication is wanted.
    after_lower
        Of a grade above another that the plan has paid: ``full`` amount, or the ``difference``.
    earlier
        Whether grades count that were held or published before the plan holds, or are renewed.
    """

    head: Head
    id: str
    clause: str
    mark: str
    label: str
    event: str
    amount: Decimal | None
    grades: tuple[str, ...] = ()
    scheme: str = ""
    published_by: str = ""
    after_lower: str = "full"
    earlier: bool = False

    @property
    def key(self) -> str:
        """Book and rule."""
        return f"{self.head.id}/{self.id}"


@dataclass(frozen=True, slots=True)
class SubsidyLibrary:
    """The books side by side."""

    rules: tuple[SubsidyRule, ...]
    _records: tuple[tuple[Mapping[str, Any], bool], ...] = field(default=(), compare=False, repr=False)

    def extended(self, records: Iterable[Mapping[str, Any]]) -> SubsidyLibrary:
        """With books that an office has written.

        Raises
        ------
        BookError
            A book is not sound.
        """
        return subsidy_library_of((*self._records, *((record, True) for record in records)))

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> SubsidyLibrary:
        """With entries set otherwise by an office, with grounds; an amount that a plan leaves open is such an entry.

        Raises
        ------
        BookError
            The entry is unknown or read in the text (H), or grounds are missing.
        """
        records: list[tuple[Any, bool]] = [(deepcopy(record), local) for record, local in self._records]
        for number, override in enumerate(overrides, 1):
            set_entry([record for record, _local in records], override, f"override {number}")
        return subsidy_library_of(records)


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something done at a source that is no grade."""

    kind: str
    on: date
    document: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A source as subsidies see it.

    Attributes
    ----------
    industries
        Industries by name; the plan of a grade may ask for one of the guide's.
    """

    source_id: str
    region: str
    industries: tuple[str, ...]
    grades: tuple[GradeEvent, ...] = ()
    others: tuple[OtherEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A subsidy that is due, or one that is not, with the reason.

    Attributes
    ----------
    amount
        Yuan; None where the plan names none and the office has set none.
    declined
        Empty where it is due; else ``not_published``, ``not_by_province``, ``not_of_guide``, ``before_plan``,
        ``renewal``, ``paid_once`` or ``already_better``.
    """

    source_id: str
    rule: SubsidyRule
    event: GradeEvent | OtherEvent
    due_on: date | None
    amount: Decimal | None
    why: tuple[Message, ...]
    declined: str = ""

    @property
    def once_key(self) -> tuple[str, ...]:
        """What it is paid for only once."""
        if isinstance(self.event, GradeEvent):
            return (self.source_id, self.rule.key, self.event.grade)
        return (
            self.source_id,
            self.rule.key,
            self.event.kind,
            self.event.on.isoformat(),
            self.event.document,
        )


DECLINED: dict[str, str] = {
    "not_published": _("the grade was not made public"),
    "not_by_province": _("it was not made public by %(level)s or above"),
    "not_of_guide": _("its industry is none of the %(count)s of %(document)s"),
    "before_plan": _("it was made public before the plan holds (%(day)s)"),
    "renewal": _("the grade was held before; a renewal is no upgrade"),
    "paid_once": _("this grade of the source has been paid for"),
    "already_better": _("a better grade of the source has been paid for"),
}


def claims(
    subject: Subject, library: SubsidyLibrary, grades: GradeLibrary, until: date
) -> tuple[list[Claim], list[Claim]]:
    """What is due for a source up to a day, and what is not though a plan speaks of it.

    Raises
    ------
    KeyError
        A rule names a scheme of grades that is not there.

    Examples
    --------
    >>> from lantian.rules.sources.grade_books import grade_library
    >>> event = GradeEvent("raised", "A", date(2022, 4, 1), published_on=date(2022, 3, 20), approver_level="province")
    >>> due, _declined = claims(Subject("E1", "410811", ("铸造",), (event,)), subsidy_library(), grade_library(),
    ...                         date(2022, 12, 31))
    >>> [(str(claim.amount), claim.rule.clause) for claim in due]
    [('100000', '24')]
    """
    due: list[Claim] = []
    declined: list[Claim] = []
    for grade_event in in_order(subject.grades):
        for rule in library.rules:
            if rule.event == "grade" and grade_event.grade in rule.grades and grade_event.kind != "lowered":
                claim = _of_grade(subject, rule, grade_event, grades.scheme_of(rule.scheme), due, until)
                if claim is not None:
                    (declined if claim.declined else due).append(claim)
    for other in sorted(subject.others, key=lambda event: event.on):
        due += [
            _of_other(subject, rule, other)
            for rule in library.rules
            if rule.event == other.kind and rule.head.holds(subject.region, other.on) and other.on <= until
        ]
    return due, declined


def _of_grade(
    subject: Subject, rule: SubsidyRule, event: GradeEvent, scheme: Scheme, due: Sequence[Claim], until: date
) -> Claim | None:
    """The claim that an event of a grade makes under a rule; None where the rule does not see it."""
    head = rule.head
    day = event.published_on or event.effective_from
    here = head.holds(subject.region, head.valid_from) and scheme.holds(subject.region, event.effective_from)
    gone = event.valid_to is not None and event.valid_to < head.valid_from
    if not here or gone or day > until or (head.valid_to is not None and day > head.valid_to):
        return None

    def declined(code: str, **params: str | int | Message) -> Claim:
        said = Message(DECLINED[code], **params)
        return Claim(subject.source_id, rule, event, None, None, (_basis(rule), said), code)

    if event.published_on is None:
        return declined("not_published")
    if not rule.earlier:
        if day < head.valid_from:
            return declined("before_plan", day=head.valid_from.isoformat())
        before = grade_on(subject.grades, event.effective_from - timedelta(days=1), event.industry)
        if event.kind == "renewed" or before.grade == event.grade:
            return declined("renewal")
    if _level(event.approver_level) < _level(rule.published_by):
        return declined("not_by_province", level=Message(LEVEL_WORDS[rule.published_by]))
    if not any(name in scheme.industries for name in (event.industry, *subject.industries)):
        return declined("not_of_guide", count=len(scheme.industries), document=scheme.document)
    paid = [one for one in due if one.rule.head.id == head.id and isinstance(one.event, GradeEvent)]
    if any(isinstance(one.event, GradeEvent) and one.event.grade == event.grade for one in paid):
        return declined("paid_once")
    most = max((one.amount for one in paid if one.amount is not None), default=Decimal(0))
    if most and rule.amount is not None and most >= rule.amount:
        return declined("already_better")
    amount, why = rule.amount, [
        _basis(rule),
        Message(_("grade %(grade)s made public on %(day)s"), grade=event.grade, day=day.isoformat()),
    ]  # fmt: skip
    if amount is None:
        why.append(Message(_("the plan names no amount; the office sets it, with grounds")))
    elif most and rule.after_lower == "difference":
        amount -= most
        why.append(Message(_("less %(paid)s yuan that are due for a lower grade"), paid=str(most)))
    elif most:
        why.append(Message(_("in full, though a lower grade is paid for; the plan does not say otherwise")))
    return Claim(subject.source_id, rule, event, max(day, head.valid_from), amount, tuple(why))


def _level(name: str) -> int:
    """Height of a level; one that is not told is below all."""
    return LEVELS.index(name) if name in LEVELS else -1


def _basis(rule: SubsidyRule) -> Message:
    return Message(
        _("%(document)s %(clause)s: %(label)s"),
        document=rule.head.document,
        clause=rule.clause,
        label=rule.label,
    )


def _of_other(subject: Subject, rule: SubsidyRule, event: OtherEvent) -> Claim:
    why = [
        _basis(rule),
        Message(_("%(what)s on %(day)s"), what=Message(OTHER_EVENTS[event.kind]), day=event.on.isoformat()),
    ]
    if rule.amount is None:
        why.append(Message(_("the plan names no amount; the office sets it, with grounds")))
    return Claim(subject.source_id, rule, event, event.on, rule.amount, tuple(why))


# --- payments ---

PaymentState = Literal["due", "requested", "approved", "paid", "refused", "recovered"]
PAYMENT_STATES: tuple[PaymentState, ...] = ("due", "requested", "approved", "paid", "refused", "recovered")
#: what the states are called
STATE_WORDS: dict[PaymentState, str] = {
    "due": _("Due"),
    "requested": _("Requested"),
    "approved": _("Approved"),
    "paid": _("Paid"),
    "refused": _("Refused"),
    "recovered": _("Recovered"),
}
#: where a payment may go from each state
TRANSITIONS: dict[PaymentState, tuple[PaymentState, ...]] = {
    "due": ("requested",),
    "requested": ("approved", "refused"),
    "approved": ("paid", "refused"),
    "paid": ("recovered",),
    # asked again with better papers
    "refused": ("requested",),
    "recovered": (),
}


@dataclass(frozen=True, slots=True)
class PaymentStep:
    """A step of a payment: its new state, the day, the amount of an approval, payment or recovery, the paper."""

    state: PaymentState
    on: date
    amount: Decimal | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Where a payment stands, in yuan."""

    state: PaymentState
    due: Decimal | None
    approved: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)

    @property
    def kept(self) -> Decimal:
        """What was paid and not taken back."""
        return self.paid - self.recovered


def payment_of(due: Decimal | None, steps: Iterable[PaymentStep]) -> Payment:
    """The payment after its steps.

    Raises
    ------
    InputError
        ``transition``: the step cannot follow; ``order``: it lies before the one before; ``amount``: an amount is
        wanted, below zero, or more than the step before allows; ``document``: taking money back needs a paper.
    """
    found, last = Payment("due", due), None
    for step in steps:
        if step.state not in TRANSITIONS[found.state]:
            raise _payment_error(
                "transition",
                _("A payment that is %(state)s cannot become %(next)s."),
                found.state,
                step.state,
            )
        if last is not None and step.on < last:
            raise _payment_error(
                "order", _("The step to %(next)s lies before the one to %(state)s."), found.state, step.state
            )
        found, last = _after(found, step), step.on
    return found


def _payment_error(code: str, message_id: str, state: PaymentState, following: PaymentState) -> InputError:
    return InputError(
        code,
        Message(message_id, state=Message(STATE_WORDS[state]), next=Message(STATE_WORDS[following])),
        following,
    )


def _amount(step: PaymentStep, most: Decimal | None) -> Decimal:
    if step.amount is None or step.amount <= 0 or (most is not None and step.amount > most):
        raise InputError(
            "amount",
            Message(_("The amount of the step to %(next)s must be above 0 and not above %(most)s yuan."),
                    next=Message(STATE_WORDS[step.state]), most=str(most) if most is not None else "—"),
            "amount",
        )  # fmt: skip
    return step.amount


def _after(payment: Payment, step: PaymentStep) -> Payment:
    if step.state == "approved":
        return Payment("approved", payment.due, _amount(step, payment.due))
    if step.state == "paid":
        return Payment("paid", payment.due, payment.approved, _amount(step, payment.approved))
    if step.state == "recovered":
        if not step.document:
            raise InputError(
                "document", Message(_("Money is taken back by a decision on paper: name it.")), "document"
            )
        return Payment("recovered", payment.due, payment.approved, payment.paid, _amount(step, payment.paid))
    return Payment(step.state, payment.due)


# --- reading ---


def _rule(head: Head, row: Mapping[str, Any], place: str, value: Any) -> SubsidyRule:
    book = head.id

    def of(key: str, default: Any) -> Any:
        given = row.get(key, default)
        return (
            value(given[1:], f"{place}.{key}") if isinstance(given, str) and given.startswith("@") else given
        )

    if "amount" not in row:
        raise BookError(book, f"{place}.amount", "an amount is wanted; null where the plan names none")
    event = choice_of(row.get("event"), ("grade", *OTHER_EVENTS), book, f"{place}.event")
    found = SubsidyRule(
        head=head,
        id=text_of(row, "id", book, place),
        clause=text_of(row, "clause", book, place),
        mark=choice_of(row.get("grade"), MARKS, book, f"{place}.grade"),
        label=text_of(row, "label", book, place),
        event=event,
        amount=_yuan(of("amount", None), book, f"{place}.amount"),
    )
    if event != "grade":
        return found
    return SubsidyRule(
        **{
            name: getattr(found, name)
            for name in ("head", "id", "clause", "mark", "label", "event", "amount")
        },
        grades=names_of(row, "grades", book, place),
        scheme=text_of(row, "scheme", book, place),
        published_by=choice_of(row.get("published_by"), LEVELS, book, f"{place}.published_by"),
        after_lower=choice_of(
            of("after_lower", "full"), ("full", "difference"), book, f"{place}.after_lower"
        ),
        earlier=choice_of(of("earlier", "no"), ("yes", "no"), book, f"{place}.earlier") == "yes",
    )


def _yuan(value: object, book: str, place: str) -> Decimal | None:
    if value is None:
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise BookError(book, place, f"{value!r} is no amount") from None
    if (
        isinstance(value, bool)
        or not found.is_finite()
        or found <= 0
        or found != found.quantize(Decimal("0.01"))
    ):
        raise BookError(book, place, f"{value!r} is no amount above 0 in yuan and fen")
    return found


def subsidy_library_of(records: Iterable[tuple[Mapping[str, Any], bool]]) -> SubsidyLibrary:
    """Books side by side.

    Raises
    ------
    BookError
        A book is not sound; two have the same id; two rules of a book pay the same grade.
    """
    given = tuple(records)
    rules: list[SubsidyRule] = []
    heads: list[Head] = []
    for record, local in given:
        head = read_head(record, "subsidies", local)
        if head.id in {one.id for one in heads}:
            raise BookError(head.id, "book.id", "there are two books of this id")
        heads.append(head)
        value = entries_of(record, head.id)
        own = [(place, _rule(head, row, place, value)) for place, row in rows_of(record, "rules", head.id)]
        for (_at, left), (place, right) in combinations(own, 2):
            twice = sorted(set(left.grades) & set(right.grades))
            if twice:
                raise BookError(head.id, place, f"{', '.join(twice)} is paid by {left.id}, too")
        rules += [rule for _at, rule in own]
    return SubsidyLibrary(tuple(rules), given)


@lru_cache(maxsize=1)
def subsidy_library() -> SubsidyLibrary:
    """The books of subsidies that come with LanTian."""
    return subsidy_library_of((shipped(name), False) for name in SHIPPED)
