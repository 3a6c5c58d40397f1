"""A proposed project as it is described: read, checked, and exact.

A fact that is not given, or null, is unknown, never zero and never no: what hangs on it stays undecided, and it is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lantian.rules.region_codes import canonical
from lantian.rules.sources.admission_facts import FACTS, FLAG_GROUPS, POLLUTANTS, REPLACEABLE, FactKind
from lantian.rules.sources.classification import parse_region, parse_trade
from lantian.rules.sources.errors import IdentifierError, InputError, Message, _

_KEYS = frozenset(
    (
        "id", "name", "date", "region", "trade", "industries", "nature", "zone", "catalogue_class", "planned_grade",
        "capacity", "furnaces", "outlets", "coal_t", "transport_t", "emissions", "added", "replacements", "approvals",
        "exceptions", *FLAG_GROUPS,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replacement:
    """A reduction offered: what, how much a year, from which source.

    Attributes
    ----------
    used
        What of it other projects have used already [t/a].
    what
        Kind of the reduction, where it matters (the fuel that is no longer burnt).
    """

    pollutant: str
    source: str
    amount: Decimal
    used: Decimal = Decimal(0)
    region: str | None = None
    what: str = ""

    @property
    def available(self) -> Decimal:
        """What of it is still to be had [t/a]."""
        return self.amount - self.used


@dataclass(frozen=True, slots=True)
class Approval:
    """A paper at hand; `refused` where it says no."""

    kind: str
    document: str
    on: date | None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class GrantedException:
    """An exception from a rule that holds in principle: the rule, the paper, its day."""

    rule: str
    document: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Project:
    """A proposed project on a day.

    Attributes
    ----------
    facts
        What is known, by the keys of :data:`FACTS` and of local books.
    industries
        Names of industries that it belongs to; None where nobody has said.
    """

    id: str
    name: str
    day: date
    region: str
    trade: str | None
    industries: frozenset[str] | None
    facts: Mapping[str, Any]
    replacements: tuple[Replacement, ...]
    approvals: tuple[Approval, ...]
    exceptions: tuple[GrantedException, ...]

    def approval(self, kind: str) -> Approval | None:
        """The latest paper of a kind that is at hand on the day."""
        found = [one for one in self.approvals if one.kind == kind and (one.on is None or one.on <= self.day)]
        return max(found, key=lambda one: one.on or date.min, default=None)


def _wrong(field: str, problem: Message, code: str = "value") -> InputError:
    return InputError(
        code, Message(_("%(field)s of the project: %(problem)s"), field=field, problem=problem), field
    )


def _none_of(value: object, known: Iterable[str]) -> Message:
    return Message(_("“%(value)s” is none of %(known)s"), value=str(value), known=", ".join(known))


def _unknown(names: Iterable[str], known: Iterable[str]) -> Message:
    return Message(
        _("%(names)s is not known; known: %(known)s"), names=", ".join(names), known=", ".join(sorted(known))
    )


def number(value: object, field: str) -> Decimal:
    """A number of the project, exact.

    Raises
    ------
    InputError
        It is no number, or below zero.
    """
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise _wrong(
            field, Message(_("“%(value)s” is no number"), value=str(value)), "not_a_number"
        ) from None
    if isinstance(value, bool) or not found.is_finite():
        raise _wrong(field, Message(_("“%(value)s” is no number"), value=str(value)), "not_a_number")
    if found < 0:
        raise _wrong(field, Message(_("“%(value)s” is below zero"), value=str(value)), "negative")
    return found if found else Decimal(0)


def day_of(value: object, field: str) -> date:
    """A day written as 2022-05-31.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(
            field, Message(_("“%(value)s” is no day; write it as 2022-05-31"), value=str(value)), "not_a_day"
        ) from None


def _object(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(field, Message(_("an object is wanted")))
    return value


def _objects(value: object, field: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _wrong(field, Message(_("a list is wanted")))
    return [_object(entry, f"{field}[{number_}]") for number_, entry in enumerate(value, 1)]


def _only(entry: Mapping[str, Any], allowed: frozenset[str] | set[str], field: str) -> None:
    unknown = sorted(set(entry) - allowed)
    if unknown:
        raise _wrong(field, _unknown(unknown, allowed), "unknown_key")


def _typed(value: object, kind: FactKind, field: str) -> Any:
    if kind.kind == "number":
        return number(value, field)
    if kind.kind == "flag":
        if not isinstance(value, bool):
            raise _wrong(field, Message(_("true or false is wanted")))
        return value
    if kind.kind == "choice" and value not in kind.choices:
        raise _wrong(field, _none_of(value, kind.choices))
    if not isinstance(value, str) or not value.strip():
        raise _wrong(field, Message(_("a text is wanted")))
    return value.strip()


def _key(entry: Mapping[str, Any], name: str, field: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(f"{field}.{name}", Message(_("a text is wanted")))
    return value.strip()


def _capacity(entries: Sequence[Mapping[str, Any]], facts: dict[str, Any]) -> None:
    net, replaced = Decimal(0), Decimal(0)
    for place, entry in enumerate(entries, 1):
        field = f"capacity[{place}]"
        _only(entry, {"product", "unit", "added", "replaced", "source_id"}, field)
        added = number(entry.get("added", ""), f"{field}.added")
        taken = number(entry.get("replaced", 0), f"{field}.replaced")
        # One product's surplus does not make up for another's.
        net += max(Decimal(0), added - taken)
        replaced += taken
    facts["capacity.net"], facts["capacity.replaced"] = net, replaced


def _replacements(entries: Sequence[Mapping[str, Any]]) -> tuple[Replacement, ...]:
    found, seen = [], set[tuple[str, str, str]]()
    for place, entry in enumerate(entries, 1):
        field = f"replacements[{place}]"
        _only(entry, {"pollutant", "source_id", "t", "used_t", "region", "what"}, field)
        pollutant = _key(entry, "pollutant", field)
        if pollutant not in REPLACEABLE:
            raise _wrong(f"{field}.pollutant", _none_of(pollutant, REPLACEABLE))
        amount = number(entry.get("t", ""), f"{field}.t")
        used = number(entry.get("used_t", 0), f"{field}.used_t")
        if used > amount:
            raise _wrong(
                f"{field}.used_t",
                Message(
                    _("more is used (%(used)s) than there is (%(amount)s)"),
                    used=str(used),
                    amount=str(amount),
                ),
            )
        region = entry.get("region")
        source, what = _key(entry, "source_id", field), str(entry.get("what", "")).strip()
        if (pollutant, source, what) in seen:
            raise _wrong(
                field, Message(_("%(source)s stands twice for %(pollutant)s; put the amounts together"), source=source,
                               pollutant=pollutant), "twice",
            )  # fmt: skip
        seen.add((pollutant, source, what))
        found.append(
            Replacement(
                pollutant, source, amount, used,
                None if region is None else _region(region, f"{field}.region"), what,
            )
        )  # fmt: skip
    return tuple(found)


def _region(value: object, field: str) -> str:
    """The code of a county, or of a town or village in it."""
    code = str(value).strip()
    try:
        county = parse_region(code[:6] if len(code) in (9, 12) else code)
    except IdentifierError as error:
        raise _wrong(field, error.message, error.code) from None
    return canonical(code) if len(code) in (9, 12) and code.isdigit() else county


def _grade(text: str) -> str:
    """A grade as books write it: officials write A级, 引领性."""
    written = text.removesuffix("级").removeprefix("绩效").replace("企业", "")
    return {"引领性": "leading", "引领": "leading", "非引领性": "non_leading"}.get(written, written)


def _years(since: date, day: date) -> int:
    """Full years: on the anniversary they are full."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def read_project(
    given: Mapping[str, Any], *, on: date | None = None, extra: Mapping[str, FactKind] | None = None
) -> Project:
    """A project from its JSON.

    Parameters
    ----------
    on
        The day of the judgement; without it the project's ``date``.
    extra
        Facts that local books declare.

    Raises
    ------
    InputError
        A key is unknown, or a value is not what is wanted; ``field`` says which.
    """
    kinds = {**FACTS, **(extra or {})}
    given = _without_nulls(given)
    _only(_object(given, "project"), _KEYS, "project")
    if on is None and "date" not in given:
        raise _wrong("date", Message(_("the day of the judgement is wanted")), "missing")
    day = on or day_of(given["date"], "date")
    if "region" not in given:
        raise _wrong("region", Message(_("the administrative code is wanted")), "missing")
    facts: dict[str, Any] = {}
    for key in ("nature", "catalogue_class", "planned_grade", "coal_t", "transport_t"):
        if key in given:
            facts[key] = _typed(given[key], kinds[key], key)
    if "planned_grade" in facts:
        facts["planned_grade"] = _grade(facts["planned_grade"])
    for key, value in _object(given.get("zone", {}), "zone").items():
        if f"zone.{key}" not in kinds:
            raise _wrong("zone", _unknown([key], ("unit", "class")), "unknown_key")
        facts[f"zone.{key}"] = _typed(value, kinds[f"zone.{key}"], f"zone.{key}")
    for group in FLAG_GROUPS:
        for key, value in _object(given.get(group, {}), group).items():
            if f"{group}.{key}" not in kinds:
                known = [name.split(".")[1] for name in kinds if name.startswith(f"{group}.")]
                raise _wrong(group, _unknown([key], known), "unknown_key")
            facts[f"{group}.{key}"] = _typed(value, kinds[f"{group}.{key}"], f"{group}.{key}")
    for group in ("emissions", "added"):
        for key, value in _object(given.get(group, {}), group).items():
            if key not in POLLUTANTS:
                raise _wrong(group, _none_of(key, POLLUTANTS), "unknown_key")
            facts[f"{group}.{key}"] = number(value, f"{group}.{key}")
    if facts.get("nature") == "new":
        # All that a new project emits is added; of the others it has to be said.
        for key in POLLUTANTS:
            emitted = facts.get(f"emissions.{key}")
            if emitted is not None and facts.setdefault(f"added.{key}", emitted) != emitted:
                raise _wrong(
                    f"added.{key}", Message(_("of a new project all that it emits is added")), "added"
                )
    for name in ("furnaces", "outlets"):
        if name in given:
            facts[name] = _items(given[name], name, kinds[name].fields or {})
    if "capacity" in given:
        _capacity(_objects(given["capacity"], "capacity"), facts)
    approvals = tuple(_approval(entry, f"approvals[{place}]")
                      for place, entry in enumerate(_objects(given.get("approvals", ()), "approvals"), 1))  # fmt: skip
    eia = [one.on for one in approvals if one.kind == "eia" and one.on is not None and one.on <= day]
    if eia:
        facts["eia_years"] = Decimal(_years(max(eia), day))
    elif not any(one.kind == "eia" and one.on is None for one in approvals):
        # No approval, no years; one without its day leaves them unknown.
        facts["eia_years"] = Decimal(0)
    exceptions = []
    for place, entry in enumerate(_objects(given.get("exceptions", ()), "exceptions"), 1):
        field = f"exceptions[{place}]"
        _only(entry, {"rule", "document", "date"}, field)
        granted = day_of(entry["date"], f"{field}.date") if "date" in entry else None
        exceptions.append(
            GrantedException(_key(entry, "rule", field), _key(entry, "document", field), granted)
        )
    return Project(
        id=str(given.get("id", "")).strip(),
        name=str(given.get("name", "")).strip(),
        day=day,
        region=_region(given["region"], "region"),
        trade=_trade(given["trade"]) if given.get("trade") else None,
        industries=_industries(given["industries"]) if "industries" in given else None,
        facts=facts,
        replacements=_replacements(_objects(given.get("replacements", ()), "replacements")),
        approvals=approvals,
        exceptions=tuple(exceptions),
    )


def _without_nulls(value: Any) -> Any:
    """The same without what is null: unknown."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(one) for one in value]
    return value


def _items(value: object, name: str, fields: Mapping[str, FactKind]) -> tuple[Mapping[str, Any], ...]:
    found = []
    for place, entry in enumerate(_objects(value, name), 1):
        field = f"{name}[{place}]"
        _only(entry, set(fields), field)
        item = {key: _typed(one, fields[key], f"{field}.{key}") for key, one in entry.items()}
        if "added" in fields:
            item.setdefault("added", True)
        found.append(item)
    return tuple(found)


def _approval(entry: Mapping[str, Any], field: str) -> Approval:
    _only(entry, {"kind", "document", "date", "refused"}, field)
    on = day_of(entry["date"], f"{field}.date") if "date" in entry else None
    refused = entry.get("refused", False)
    if not isinstance(refused, bool):
        raise _wrong(f"{field}.refused", Message(_("true or false is wanted")))
    return Approval(_key(entry, "kind", field), str(entry.get("document", "")).strip(), on, refused)


def _industries(value: object) -> frozenset[str]:
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(one, str) for one in value)
    ):
        raise _wrong("industries", Message(_("a list of names is wanted")))
    return frozenset(one.strip() for one in value)


def _trade(value: object) -> str:
    try:
        return parse_trade(str(value))
    except IdentifierError as error:
        raise _wrong("trade", error.message, error.code) from None
