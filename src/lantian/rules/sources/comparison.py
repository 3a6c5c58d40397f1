"""Two years of an inventory: what changed, and how much of it the list, activity, factors and removal have done.

An emission is A·f·r (activity, factor before control, share left by control). The change of a product is divided by the
mean over all orders in which the three could have changed (Shapley), so no order is preferred and the parts sum to the
change exactly:

    activity = ΔA · (f₀r₀/3 + f₁r₀/6 + f₀r₁/6 + f₁r₁/3), and likewise for f and r.

What is in one year only belongs to the list: a source that is new or closed, or within a source a unit, fuel or product.
Where one year was computed by another method (a monitor, another unit of activity) nothing can be divided, and where one
year is a gap nothing has changed in the air: both are parts of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lantian.rules.sources.details import NO_CONTROL, Detail
from lantian.rules.sources.errors import Message, SourcesError, _
from lantian.rules.sources.inventory import Inventory
from lantian.rules.sources.keys import cleaned
from lantian.rules.sources.permits import parse_permit
from lantian.rules.sources.rows import Row

#: parts of a change, in the order in which they are shown
PARTS = ("opened", "closed", "units", "activity", "factor", "removal", "method", "gap")
_ZERO = Fraction(0)
#: source, unit, class, part, fuel or product, pollutant
Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Year:
    """A year to compare: its rows, what was computed, and that in full."""

    year: int
    rows: Sequence[Row]
    inventory: Inventory
    details: Sequence[Detail]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of a pollutant at a unit of a source; the parts sum to ``after - before`` exactly."""

    source_id: str
    unit: str
    name: str
    example: Detail
    pollutant: str
    before: Fraction
    after: Fraction
    parts: Mapping[str, Fraction]
    why: tuple[Message, ...]

    @property
    def change(self) -> Fraction:
        """After minus before [t]."""
        return self.after - self.before


class _Group:
    """All emissions of a key in a year."""

    def __init__(self, details: Sequence[Detail]) -> None:
        self.details = details
        self.t = _sum([detail.t for detail in details])
        self.before = _sum([detail.before for detail in details])
        self.methods = frozenset(detail.emission.method == "monitored" for detail in details)
        self.activity = self._activity()

    def _activity(self) -> tuple[Fraction, str] | None:
        """The activity of all rows; a row that gives two emissions of a pollutant counts once."""
        rows = {(detail.emission.sheet, detail.emission.row): detail.activity for detail in self.details}
        units = {None if activity is None else activity.unit.text for activity in rows.values()}
        if len(units) != 1 or None in units:
            return None
        total = _sum([activity.value for activity in rows.values() if activity is not None])
        return total, str(units.pop())


def _sum(values: Sequence[Fraction]) -> Fraction:
    return values[0] if len(values) == 1 else sum(values, start=Fraction(0))


def compare(first: Year, second: Year) -> list[Change]:
    """Every change, the greatest first; what did not change is among them."""
    same = _same_sources(first.rows, second.rows)
    before, after = _groups(first.details, {}), _groups(second.details, same)
    gaps_before, gaps_after = _gaps(first.inventory, {}), _gaps(second.inventory, same)
    listed_before = {row.source_id for row in first.rows if row.sheet == "sources"}
    listed_after = {same.get(row.source_id, row.source_id) for row in second.rows if row.sheet == "sources"}
    found = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        group = new or old
        assert group is not None
        if old is not None and new is not None:
            parts, why = _both(old, new)
        elif new is not None:
            parts, why = _one(key, new.t, gaps_before, listed_before, new=True)
        else:
            assert old is not None
            parts, why = _one(key, -old.t, gaps_after, listed_after, new=False)
        found.append(
            Change(
                key[0], key[1], group.details[0].name, group.details[0], key[5], old.t if old else Fraction(0),
                new.t if new else Fraction(0), parts, why,
            )
        )  # fmt: skip
    return sorted(
        found, key=lambda change: (-abs(change.change), change.source_id, change.unit, change.pollutant)
    )


def _groups(details: Iterable[Detail], same: Mapping[str, str]) -> dict[Key, _Group]:
    found: dict[Key, list[Detail]] = {}
    for detail in details:
        category = detail.category
        source = same.get(detail.emission.source_id, detail.emission.source_id)
        key = source, detail.emission.unit, category.name, category.part, category.level2, detail.pollutant
        found.setdefault(key, []).append(detail)
    return {key: _Group(group) for key, group in found.items()}


def _gaps(inventory: Inventory, same: Mapping[str, str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (same.get(gap.source_id, gap.source_id), gap.unit, gap.pollutant or "") for gap in inventory.gaps
    )


def _same_sources(first: Sequence[Row], second: Sequence[Row]) -> dict[str, str]:
    """Sources that have another number in the second year: known by permit and site, else by a credit code that only one
    source of either year has.
    """
    old = {row.source_id: row for row in first if row.sheet == "sources"}
    new = {row.source_id: row for row in second if row.sheet == "sources"}
    gone = [row for key, row in old.items() if key not in new]
    come = [row for key, row in new.items() if key not in old]
    found: dict[str, str] = {}
    for by in (_site, _code):
        homes: dict[str, list[str]] = {}
        for row in gone:
            if by(row):
                homes.setdefault(by(row), []).append(row.source_id)
        counted: dict[str, list[str]] = {}
        for row in come:
            if by(row):
                counted.setdefault(by(row), []).append(row.source_id)
        for value, numbers in counted.items():
            if len(numbers) == len(homes.get(value, ())) == 1 and homes[value][0] not in found.values():
                found.setdefault(numbers[0], homes[value][0])
    return found


def _site(row: Row) -> str:
    try:
        return parse_permit(row.text("permit")).stem
    except SourcesError:
        return ""


def _code(row: Row) -> str:
    return cleaned(row.text("uscc")).upper()


# --- the parts ---


def _parts(**given: Fraction) -> dict[str, Fraction]:
    return {part: given.get(part, _ZERO) for part in PARTS}


def _one(
    key: Key, change: Fraction, gaps: frozenset[tuple[str, str, str]], listed: set[str], *, new: bool
) -> tuple[dict[str, Fraction], tuple[Message, ...]]:
    """A change of what the other year does not have."""
    source, unit, _name, _part, item, pollutant = key
    wanted = {(source, place, what) for place in (unit, "") for what in (pollutant, "")}
    if not gaps.isdisjoint(wanted):
        said = _("the other year has a gap here: not a change of the air")
        return _parts(gap=change), (Message(said),)
    if source not in listed:
        part, said = ("opened", _("a source that is new on the list")) if new else (
            "closed", _("a source that is no longer on the list")
        )  # fmt: skip
        return _parts(**{part: change}), (Message(said),)
    what = item or unit or source
    message = Message(_("new at this source: %(what)s"), what=what) if new else Message(
        _("given up at this source: %(what)s"), what=what
    )  # fmt: skip
    return _parts(units=change), (message,)


def _both(old: _Group, new: _Group) -> tuple[dict[str, Fraction], tuple[Message, ...]]:
    change = new.t - old.t
    if not change and old.before == new.before and old.activity == new.activity:
        return _parts(), ()
    before, after = old.activity, new.activity
    if old.methods != new.methods:
        return _parts(method=change), (
            Message(_("computed by another method, so the change cannot be divided")),
        )
    if before is None or after is None or before[1] != after[1]:
        return _parts(method=change), (
            Message(_("the activity is counted in another unit, so the change cannot be divided")),
        )
    a0, a1 = before[0], after[0]
    if (not a0 and old.before) or (not a1 and new.before):
        return _parts(method=change), (Message(_("there is an emission without activity")),)
    # A year in which nothing was burnt or made says nothing about the factor; that of the other year stands for it.
    f0 = old.before / a0 if a0 else new.before / a1 if a1 else Fraction(0)
    f1 = new.before / a1 if a1 else f0
    r0 = old.t / old.before if old.before else new.t / new.before if new.before else Fraction(1)
    r1 = new.t / new.before if new.before else r0
    activity, factor, removal = shapley((a0, f0, r0), (a1, f1, r1))
    why = _reasons(old, new, (a0, f0, r0), (a1, f1, r1), before[1])
    return _parts(activity=activity, factor=factor, removal=removal), why


def shapley(
    old: tuple[Fraction, Fraction, Fraction], new: tuple[Fraction, Fraction, Fraction]
) -> tuple[Fraction, Fraction, Fraction]:
    """What each of three factors has done to a change of their product; the parts sum to it exactly.

    Examples
    --------
    Twice the coal, a tenth less in the factor, half of what was left by control: 100 → 90

    >>> parts = shapley((Fraction(100), Fraction(2), Fraction(1, 2)), (Fraction(200), Fraction(9, 5), Fraction(1, 4)))
    >>> [str(part) for part in parts], str(sum(parts))
    (['215/3', '-25/3', '-220/3'], '-10')
    """
    parts = []
    for at in range(3):
        (b0, c0), (b1, c1) = (
            tuple(value for place, value in enumerate(side) if place != at) for side in (old, new)
        )
        mean = (b0 * c0 + b1 * c1) / 3 + (b1 * c0 + b0 * c1) / 6
        parts.append((new[at] - old[at]) * mean)
    return parts[0], parts[1], parts[2]


def _reasons(
    old: _Group, new: _Group, before: Sequence[Fraction], after: Sequence[Fraction], unit: str
) -> tuple[Message, ...]:
    why = []
    if before[0] != after[0]:
        why.append(
            Message(
                _("activity %(old)s → %(new)s %(unit)s"),
                old=_figure(before[0]),
                new=_figure(after[0]),
                unit=unit,
            )
        )
    if before[1] != after[1]:
        if old.methods == frozenset((True,)):
            why.append(
                Message(
                    _("concentration at the stack %(old)s → %(new)s mg/m³ (factor and control together)"),
                    old=_figure(before[1] * 10**9), new=_figure(after[1] * 10**9),
                )
            )  # fmt: skip
        else:
            why.append(
                Message(
                    _("factor before control %(old)s → %(new)s kg/%(unit)s"),
                    old=_figure(before[1] * 1000), new=_figure(after[1] * 1000), unit=unit,
                )
            )  # fmt: skip
            sources = [_source_of(group) for group in (old, new)]
            if sources[0] != sources[1]:
                why.append(Message(_("factor of %(old)s, then of %(new)s"), old=sources[0], new=sources[1]))
    if before[2] != after[2]:
        why.append(
            Message(
                _("removal %(old)s %% → %(new)s %%"),
                old=_figure(100 * (1 - before[2])),
                new=_figure(100 * (1 - after[2])),
            )
        )
    control = [group.details[0].category.level4 for group in (old, new)]
    if control[0] != control[1]:
        why.append(
            Message(
                _("control %(old)s → %(new)s"), old=control[0] or NO_CONTROL, new=control[1] or NO_CONTROL
            )
        )
    return tuple(why)


def _source_of(group: _Group) -> str:
    factor = group.details[0].emission.factor
    return factor.source if factor is not None else "—"


def _figure(value: Fraction) -> str:
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 10_000 else f"{number:.6g}"


@dataclass(frozen=True, slots=True)
class Sum:
    """Changes of a class and pollutant together."""

    before: Fraction
    after: Fraction
    parts: Mapping[str, Fraction]


def summed(changes: Iterable[Change], system: int) -> dict[tuple[str, str], Sum]:
    """Changes by class of a system of 8 or 10, and pollutant."""
    found: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        name = change.example.ten.name if system == 10 else change.example.category.name
        found.setdefault((name, change.pollutant), []).append(change)
    zero = Fraction(0)
    return {
        key: Sum(
            sum((change.before for change in group), start=zero),
            sum((change.after for change in group), start=zero),
            {part: sum((change.parts[part] for change in group), start=zero) for part in PARTS},
        )
        for key, group in found.items()
    }
