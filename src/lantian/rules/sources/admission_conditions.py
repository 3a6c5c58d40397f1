"""Conditions of decision books, judged in three values: true, false, unknown.

========================================  ==================================================================
``{"all": [C, …]}``, ``{"any": [C, …]}``   every one, at least one
``{"not": C}``                            the opposite
``{"fact": K, "is": V}``                  a fact is a value; also ``in`` (a list), ``>``, ``>=``, ``<``, ``<=``
``{"industry": [N, …]}``                  the project belongs to one of the industries
``{"some": L, "where": C}``               an item of a list meets the condition; also ``every``
``{"approval": K}``                       a paper of the kind is at hand on the day, and does not say no
========================================  ==================================================================

A value may be ``@name``: an entry of the book. Unknown facts stay unknown; a condition that is settled without them is
settled.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lantian.rules.sources.admission_facts import FactKind
from lantian.rules.sources.admission_project import Project

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry by classes of trade: those that are it, and those that may be it."""

    name: str
    trades: tuple[str, ...]
    maybe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A comparison that was made: fact, what it is, how it was compared, with what, and the outcome."""

    fact: str
    value: str
    op: str
    wanted: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a condition comes to; `missing` are the facts that would settle it."""

    truth: bool | None
    seen: tuple[Seen, ...] = ()
    missing: tuple[str, ...] = ()


TRUE = Outcome(True)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where facts are looked up: the project, or an item of one of its lists."""

    project: Project
    industries: Mapping[str, Industry]
    item: Mapping[str, Any] | None = None
    prefix: str = ""

    def get(self, fact: str) -> Any:
        """The value, or None where it is unknown."""
        facts = self.project.facts if self.item is None else self.item
        return facts.get(fact)


class Condition:
    """A condition; `facts` are the keys that it asks for."""

    def judge(self, scope: Scope) -> Outcome:
        """What it comes to."""
        raise NotImplementedError

    def facts(self) -> Iterable[str]:
        """Keys of the facts that it asks for."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """A fact against a value."""

    fact: str
    op: str
    wanted: Any

    def judge(self, scope: Scope) -> Outcome:
        """Compare; an unknown fact leaves it open."""
        name = scope.prefix + self.fact
        value = scope.get(self.fact)
        if value is None:
            return Outcome(None, (Seen(name, "?", self.op, _text(self.wanted), None),), (name,))
        if self.op == "is":
            truth = value == self.wanted
        elif self.op == "in":
            truth = value in self.wanted
        else:
            truth = OPERATORS[self.op](value, self.wanted)
        return Outcome(truth, (Seen(name, _text(value), self.op, _text(self.wanted), truth),))

    def facts(self) -> Iterable[str]:
        """The fact."""
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class Several(Condition):
    """All or any of some conditions."""

    parts: tuple[Condition, ...]
    every: bool

    def judge(self, scope: Scope) -> Outcome:
        """Settled by the first that settles it; what is unknown besides does not matter then."""
        found = [part.judge(scope) for part in self.parts]
        return _joined(found, self.every)

    def facts(self) -> Iterable[str]:
        """Those of the parts."""
        return (fact for part in self.parts for fact in part.facts())


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The opposite."""

    part: Condition

    def judge(self, scope: Scope) -> Outcome:
        """Unknown stays unknown."""
        found = self.part.judge(scope)
        return Outcome(None if found.truth is None else not found.truth, found.seen, found.missing)

    def facts(self) -> Iterable[str]:
        """Those of the part."""
        return self.part.facts()


@dataclass(frozen=True, slots=True)
class OfIndustry(Condition):
    """Whether the project belongs to one of some industries."""

    names: tuple[str, ...]

    def judge(self, scope: Scope) -> Outcome:
        """By name; else by its class of trade, where that class can be only one thing."""
        project = scope.project
        wanted = "、".join(self.names)
        said = project.industries
        asked = [scope.industries[name] for name in self.names]
        named = [name for name in self.names if said is not None and name in said]
        sure = named or [industry.name for industry in asked if _is_one_of(project.trade, industry.trades)]
        if sure:
            value = "、".join(named) or f"{project.trade} {sure[0]}"
            return Outcome(True, (Seen("industries", value, "in", wanted, True),))
        if said is not None:
            return Outcome(False, (Seen("industries", "、".join(sorted(said)) or "—", "in", wanted, False),))
        if project.trade is None:
            return Outcome(None, (Seen("trade", "?", "in", wanted, None),), ("trade",))
        if any(_is_one_of(project.trade, industry.maybe) for industry in asked):
            # The class may be it or not; a person must say.
            return Outcome(None, (Seen("industries", project.trade, "in", wanted, None),), ("industries",))
        return Outcome(False, (Seen("trade", project.trade, "in", wanted, False),))

    def facts(self) -> Iterable[str]:
        """Trade and industries."""
        return ("trade", "industries")


@dataclass(frozen=True, slots=True)
class OfItems(Condition):
    """Some or every item of a list."""

    fact: str
    where: Condition
    every: bool

    def judge(self, scope: Scope) -> Outcome:
        """Unknown where nobody has said what the items are; of no items every one meets it, and none."""
        items = scope.get(self.fact)
        if items is None:
            return Outcome(
                None, (Seen(self.fact, "?", "every" if self.every else "some", "", None),), (self.fact,)
            )
        found = [
            self.where.judge(Scope(scope.project, scope.industries, item, f"{self.fact}[{place}]."))
            for place, item in enumerate(items, 1)
        ]
        if not found:
            truth = self.every
            return Outcome(truth, (Seen(self.fact, "0", "every" if self.every else "some", "", truth),))
        return _joined(found, self.every)

    def facts(self) -> Iterable[str]:
        """The list."""
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class AtHand(Condition):
    """Whether a paper is at hand; not at hand is no, not unknown."""

    kind: str

    def judge(self, scope: Scope) -> Outcome:
        """By the day of the judgement."""
        found = scope.project.approval(self.kind)
        truth = found is not None and not found.refused
        shown = "—" if found is None else f"{found.document} {found.on or ''}".strip()
        return Outcome(truth, (Seen(f"approvals.{self.kind}", shown, "is", "", truth),))

    def facts(self) -> Iterable[str]:
        """The paper."""
        return (f"approvals.{self.kind}",)


def _is_one_of(trade: str | None, classes: Iterable[str]) -> bool:
    return trade is not None and any(trade[1:].startswith(figures) for figures in classes)


def _joined(found: Sequence[Outcome], every: bool) -> Outcome:
    """All (or any) of some outcomes, as Kleene has it."""
    settling = [one for one in found if one.truth is (not every)]
    if settling:
        return Outcome(not every, tuple(seen for one in settling for seen in one.seen))
    unknown = [one for one in found if one.truth is None]
    seen = tuple(seen for one in found for seen in one.seen)
    if unknown:
        missing = dict.fromkeys(name for one in unknown for name in one.missing)
        return Outcome(None, seen, tuple(missing))
    return Outcome(every, seen)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list | frozenset):
        return "/".join(map(str, value))
    return str(value)


class ConditionError(Exception):
    """What is wrong with a condition, and where in it."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place, self.problem = place, problem


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads conditions; refuses what no project could ever answer."""

    kinds: Mapping[str, FactKind]
    industries: Mapping[str, Industry]
    approvals: frozenset[str]
    #: gives the value of an entry of the book
    entry: Callable[[str, str], Any]

    def read(self, record: Any, place: str) -> Condition:
        """A condition.

        Raises
        ------
        ConditionError
            It is not sound.
        """
        return self._read(record, place, self.kinds)

    def _read(self, record: Any, place: str, kinds: Mapping[str, FactKind]) -> Condition:
        if not isinstance(record, Mapping):
            raise ConditionError(place, "an object is wanted")
        for name, every in (("all", True), ("any", False)):
            if set(record) == {name}:
                parts = record[name]
                if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                    raise ConditionError(f"{place}.{name}", "a list of conditions is wanted")
                return Several(
                    tuple(
                        self._read(part, f"{place}.{name}[{at}]", kinds) for at, part in enumerate(parts, 1)
                    ),
                    every,
                )
        if set(record) == {"not"}:
            return Not(self._read(record["not"], f"{place}.not", kinds))
        if set(record) == {"industry"}:
            names = record["industry"]
            if not isinstance(names, Sequence) or isinstance(names, str) or not names:
                raise ConditionError(f"{place}.industry", "a list of industries is wanted")
            unknown = [str(name) for name in names if name not in self.industries]
            if unknown:
                raise ConditionError(f"{place}.industry", f"{', '.join(unknown)} is no industry of the books")
            return OfIndustry(tuple(names))
        if set(record) == {"approval"}:
            if record["approval"] not in self.approvals:
                raise ConditionError(f"{place}.approval", f"{record['approval']!r} is no kind of approval")
            return AtHand(str(record["approval"]))
        for name, every in (("every", True), ("some", False)):
            if set(record) == {name, "where"}:
                kind = kinds.get(str(record[name]))
                if kind is None or kind.kind != "list":
                    raise ConditionError(f"{place}.{name}", f"{record[name]!r} is no list of the project")
                where = self._read(record["where"], f"{place}.where", kind.fields or {})
                return OfItems(str(record[name]), where, every)
        return self._compare(record, place, kinds)

    def _compare(self, record: Mapping[str, Any], place: str, kinds: Mapping[str, FactKind]) -> Condition:
        ops = [key for key in record if key != "fact"]
        if "fact" not in record or len(ops) != 1 or ops[0] not in {"is", "in", *OPERATORS}:
            raise ConditionError(place, f"{', '.join(sorted(map(str, record)))} is no condition")
        fact, op = str(record["fact"]), ops[0]
        kind = kinds.get(fact)
        if kind is None:
            raise ConditionError(f"{place}.fact", f"{fact!r} is no fact of a project; declare it under facts")
        if kind.kind == "list":
            raise ConditionError(f"{place}.fact", f"{fact!r} is a list; use some or every")
        wanted = record[op]
        if op in OPERATORS and kind.kind != "number":
            raise ConditionError(f"{place}.{op}", f"{fact} is no number")
        if op == "in":
            if isinstance(wanted, str) and wanted.startswith("@"):
                wanted = self.entry(wanted[1:], f"{place}.in")
            if not isinstance(wanted, Sequence) or isinstance(wanted, str) or not wanted:
                raise ConditionError(f"{place}.in", "a list of values is wanted")
            return Compare(fact, op, tuple(self._value(one, kind, f"{place}.in") for one in wanted))
        return Compare(fact, op, self._value(wanted, kind, f"{place}.{op}"))

    def _value(self, value: Any, kind: FactKind, place: str) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            value = self.entry(value[1:], place)
        if kind.kind == "number":
            try:
                return Decimal(str(value))
            except ArithmeticError:
                raise ConditionError(place, f"{value!r} is no number") from None
        if kind.kind == "flag":
            if not isinstance(value, bool):
                raise ConditionError(place, "true or false is wanted")
        elif kind.kind == "choice" and value not in kind.choices:
            raise ConditionError(place, f"{value!r} is none of {', '.join(kind.choices)}")
        return value
