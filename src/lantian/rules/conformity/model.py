"""Value objects of a comparison of two plans.

They are plain values, so that a side can be made from a document that was just read
(:func:`lantian.rules.conformity.sides.side_from_plan`) and from the rows of a ledger alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

#: Between the headings of a :attr:`Item.section`.
SECTION_SEPARATOR = "／"


class Status(StrEnum):
    """What became of a duty of the upper plan in the lower one."""

    CARRIED = "carried"
    PARTLY = "partly"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


class DeadlineChange(StrEnum):
    """The lower deadline beside the upper one; ``none`` where there are not two dates for one duty."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    NONE = "none"


class QuantityChange(StrEnum):
    """The lower amount beside the upper one; ``none`` where there are not two amounts of one thing."""

    SAME = "same"
    STRICTER = "stricter"
    LOOSER = "looser"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount with its unit, as printed; ``value_max`` is the other end of a range."""

    value: Decimal
    unit: str
    what: str = ""
    comparator: str = "="
    value_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """The value of a target; the fields are those of :class:`lantian.rules.documents.model.Target`."""

    indicator: str
    region: str = ""
    comparator: str = "="
    value: Decimal | None = None
    unit: str = ""
    period: str = ""
    kind: str = "level"
    base: str | None = None
    strength: str = "firm"
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A task, a target, or a passage of a plan that is neither but says what shall be done.

    Parameters
    ----------
    key
        What the caller knows it by: the place in the document or the id of a row. Unique within its side and kind.
    number
        As printed, without separator; None for a target.
    section
        Headings above it, outermost first, with :data:`SECTION_SEPARATOR` between them.
    title, text
        The heading (of a target: its indicator) and the whole wording.
    deadlines
        End dates, in the order of the text.
    quantities
        Amounts, in the order of the text.
    places
        Places for which alone it is meant, where the caller knows; the wording is read for them in any case.
    leads
        Units that answer for it: in the lead, else responsible, else sharing it.
    measure
        The value, for a target.
    subtitle
        Heading of the sub-item, where ``title`` is that of its parent.
    """

    key: str
    number: str | None
    section: str
    title: str
    text: str = ""
    deadlines: tuple[date, ...] = ()
    quantities: tuple[Amount, ...] = ()
    places: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    measure: Measure | None = None
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two plans that are compared.

    Parameters
    ----------
    title
        Of the plan.
    level
        ``province``, ``prefecture``, ``county``, ``town``, or empty where it is not known.
    regions
        The place of the plan and what it lies in, from the own place upwards (惠济区, 郑州市, 河南省).
    issued_on
        Day of issue; its year is meant where a date has none.
    tasks, targets
        In the order of the text.
    passages
        What stands under headings that are no tasks, such as the safeguards; they may carry a duty of the plan above.
    groups
        Names that the plan gives to groups of places, with the places: ``("7+3", ("郑州", "开封", …))``.
    """

    title: str
    level: str = ""
    regions: tuple[str, ...] = ()
    issued_on: date | None = None
    tasks: tuple[Item, ...] = ()
    targets: tuple[Item, ...] = ()
    passages: tuple[Item, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a finding; ``code`` is stable, :func:`lantian.rules.conformity.reasons.say` puts it in words."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one task or target of the upper plan; ``lower`` is what carries it, the best match first.

    ``score`` is between 0 and 1: how much of the duty was found again below.
    """

    upper: Item
    is_target: bool
    lower: tuple[Item, ...]
    status: Status
    deadline: DeadlineChange = DeadlineChange.NONE
    quantity: QuantityChange = QuantityChange.NONE
    reasons: tuple[Reason, ...] = ()
    score: float = 0.0
