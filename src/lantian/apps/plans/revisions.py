"""A newer text of a plan held against the plan as it stands: which entry is which row, and what has changed.

A correction keeps what people have changed in the ledger since the older text was taken in (an adjustment that was
approved, a unit that was linked, a person who took over) wherever the newer text says the same as the older one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from django.db import models
from django.db.models import Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.plans import drafts, ledger, values
from lantian.apps.plans.models import ImportContent, Plan, PlanImport, Task, TaskQuantity
from lantian.apps.plans.models.tasks import plain
from lantian.rules.progress.sameness import Words, same

#: values of a task that a newer text may change
TASK_FIELDS = (
    "number",
    "part",
    "title",
    "subtitle",
    "text",
    "units",
    "deadlines",
    "quantities",
    "persons",
    "recurrence",
    "covers",
)
FIELDS = {**drafts.FIELDS, "task": TASK_FIELDS}
LABELS: dict[str, Any] = {**values.LABELS, "units": _("Units"), "region": _("Place")}
#: titles that are at least so much alike, years apart, are taken for texts of the same plan
LIKE = 0.75


class Mode(models.TextChoices):
    """What a text is to a plan that is there already."""

    CORRECTED = "corrected", _("Corrected text")
    NEXT = "next", _("Next year's text")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs.

    Attributes
    ----------
    kept
        Whether the value of the ledger stays.
    by_hand
        Whether people have changed it in the ledger since the older text was taken in.
    """

    name: str
    before: str
    after: str
    kept: bool = False
    by_hand: bool = False

    @property
    def label(self) -> Any:
        """The field as people see it."""
        return LABELS.get(self.name, self.name)


@dataclass(slots=True)
class Pair:
    """An entry of the newer text with the row that it is, one of them absent where it is new or left out.

    Attributes
    ----------
    values
        What the row is to have, in the shape of its values: of the fields that change.
    chosen
        Whether a person has paired them (or parted them).
    stays
        Whether a row that the newer text lacks stays in force all the same.
    revived
        Whether an earlier text had left the row out.
    """

    kind: str
    key: str = ""
    row: Any = None
    entry: drafts.Entry | None = None
    changes: list[Change] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    chosen: bool = False
    stays: bool = False
    revived: bool = False

    @property
    def status(self) -> str:
        """``new``, ``left``, ``stays``, ``changed`` or ``same``."""
        if self.row is None:
            return "new"
        if self.entry is None:
            return "stays" if self.stays else "left"
        return "changed" if self.revived or any(not change.kept for change in self.changes) else "same"

    @property
    def kept(self) -> list[Change]:
        """Fields in which the ledger stays as it is although the newer text has something else."""
        return [change for change in self.changes if change.kept]


@dataclass(frozen=True, slots=True)
class Excess:
    """An amount of which more has been handed down in parts than the newer text leaves."""

    task: Task
    what: str
    unit: str
    given: Decimal
    left: Decimal

    def __str__(self) -> str:
        return __("%(task)s: %(what)s, %(given)s%(unit)s are handed down, the newer text names %(left)s%(unit)s") % {
            "task": self.task,
            "what": self.what or self.unit,
            "given": plain(self.given),
            "left": plain(self.left),
            "unit": self.unit,
        }


@dataclass
class Comparison:
    """Everything that a newer text changes in a plan."""

    mode: str
    plan: Plan
    head: list[Change]
    pairs: dict[str, list[Pair]]

    @cached_property
    def excesses(self) -> list[Excess]:
        """Amounts that the newer text makes smaller than what has been handed down of them; one query."""
        changed = {pair.row.pk: pair for pair in self.of("task", "changed") if "quantities" in pair.values}
        handed = (
            TaskQuantity.objects.filter(task__in=changed, counts=True)
            .annotate(given=Sum("parts__value"))
            .filter(given__isnull=False)
            .order_by("task", "order")
        )
        found = []
        for row in handed:
            pair = changed[row.task_id]
            newer = [
                amount
                for item in pair.values["quantities"]
                if item["unit"] == row.unit and (amount := drafts.decimal(item["value"])) is not None
            ]
            named = [
                amount
                for item in pair.values["quantities"]
                if (item["unit"], item["what"]) == (row.unit, row.what)
                and (amount := drafts.decimal(item["value"])) is not None
            ]
            # Renamed, it is the amount of the same unit; where none is left, nothing of it is.
            left = max(named or newer, default=Decimal(0))
            if row.given > left:
                found.append(Excess(pair.row, row.what, row.unit, row.given, left))
        return found

    def of(self, kind: str, *statuses: str) -> list[Pair]:
        """Pairs of a kind that stand so."""
        return [pair for pair in self.pairs[kind] if pair.status in statuses]

    def counts(self, kind: str = "task") -> dict[str, int]:
        """How many pairs stand how."""
        found = dict.fromkeys(("changed", "new", "left", "stays", "same"), 0)
        for pair in self.pairs[kind]:
            found[pair.status] += 1
        return found

    @property
    def versions(self) -> dict[str, int]:
        """The versions of the tasks that would be changed or left out."""
        return {str(pair.row.pk): pair.row.version for pair in self.of("task", "changed", "left")}


def blank_choice(mode: str, plan: int) -> dict[str, Any]:
    """What a person decided about a newer text, before anything is decided; kept with the draft.

    ``pairs``: kind → key of an entry → row (0 where it is new on purpose); ``fields``: kind → key → fields in which the
    ledger stays; ``stay`` and ``go``: kind → rows that stay or go although the text lacks them.
    """
    return {"mode": mode, "plan": plan, "pairs": {}, "fields": {}, "stay": {}, "go": {}}


def in_words(kind: str, name: str, value: Any) -> str:
    """A value on one line."""
    words = values.in_words({name: value})
    if name != "units":
        return next(iter(words.values()), "")
    return "；".join(f"{values.LABELS[role]}：{names}" for role, names in words.items() if names)


def as_stored(kind: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Values of an entry as the ledger would hold them: cut to the columns, numbers without zeros."""
    found = {name: entry.get(name) for name in FIELDS[kind]}
    if kind != "task":
        for name in ("value", "amount"):
            if name in found:
                found[name] = plain(drafts.decimal(found[name])) or None
        for name, length in values.LENGTHS.items():
            if found.get(name) is not None and name != "text":
                found[name] = ledger.cut(found[name], length)
        return found
    found["number"] = ledger.cut(entry["number"], 40)
    found["title"] = ledger.cut(entry["title"], 400)
    found["subtitle"] = ledger.cut(entry["subtitle"], 400)
    units: dict[tuple[str, str], dict[str, Any]] = {}
    for unit in entry["units"]:
        name = ledger.cut(unit["name"], 200)
        units.setdefault(
            (unit["role"], name), {**unit, "name": name, "person": ledger.cut(unit["person"], 60)}
        )
    found["units"] = list(units.values())
    found["deadlines"] = [{**item, "text": ledger.cut(item.get("text"), 200)} for item in entry["deadlines"]]
    found["quantities"] = [
        {
            **item,
            "what": ledger.cut(item.get("what"), 200),
            "unit": ledger.cut(item.get("unit"), 40),
            "comparator": item.get("comparator") or "=",
            "value": plain(number),
            "value_max": plain(drafts.decimal(item.get("value_max"))) or None,
        }
        for item in entry["quantities"]
        if (number := drafts.decimal(item.get("value"))) is not None
    ]
    return found


def stored(kind: str, row: Any) -> dict[str, Any]:
    """Values of a row."""
    return ledger.task_values(row) if kind == "task" else ledger.row_values(row)


def merge(
    kind: str,
    now: Mapping[str, Any],
    newer: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    keep: Iterable[str] = (),
) -> tuple[dict[str, Any], list[Change]]:
    """What a newer text changes in a row.

    Parameters
    ----------
    now
        Values of the row.
    newer
        Values of the newer text.
    base
        Values of the older text, where they are known: what is the same in both texts is not touched.
    keep
        Fields in which a person lets the ledger stay.

    Returns
    -------
    tuple
        The values that change, and all differences, those that change nothing included.
    """
    kept = set(keep)
    changed: dict[str, Any] = {}
    changes: list[Change] = []
    for name in FIELDS[kind]:
        mine, said = in_words(kind, name, now.get(name)), in_words(kind, name, newer.get(name))
        if mine == said:
            continue
        before = in_words(kind, name, base.get(name)) if base is not None else None
        by_hand = before is not None and before != mine
        stays = name in kept or (before is not None and before == said)
        if not stays:
            changed[name] = newer.get(name)
        changes.append(Change(name, mine, said, stays, by_hand))
    return changed, changes


class Base:
    """What the older text said, found again by its place."""

    def __init__(self, plan: Plan) -> None:
        self.places: dict[tuple[str, int, int], list[drafts.Entry]] = {}
        self.meta: dict[str, Any] | None = None
        row = PlanImport.objects.filter(plan=plan).first()
        draft = (
            ImportContent.objects.filter(pk=row.pk).values_list("draft", flat=True).first() if row else None
        )
        if not draft:
            return
        self.meta = draft["meta"]
        for kind in drafts.KINDS:
            for entry in drafts.kept(draft, kind):
                if entry.get("span"):
                    self.places.setdefault((kind, *entry["span"]), []).append(entry)

    def of(self, kind: str, row: Any) -> dict[str, Any] | None:
        """Values of the older text for a row, or None where they are not known."""
        if row.span_start is None:
            return None
        found = self.places.get((kind, row.span_start, row.span_end), [])
        if len(found) > 1:
            # Several parts of one item lie in the same place.
            found = [entry for entry in found if _named(kind, entry) == _named(kind, stored(kind, row))]
        return as_stored(kind, found[0]) if len(found) == 1 else None


def _named(kind: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "task":
        return (str(entry["number"]), str(entry["part"] or ""), drafts.fold(entry["title"]))
    return tuple(drafts.fold(str(entry.get(name) or "")) for name in KEYS[kind])


#: what makes a target, a duty or a sanction the same
KEYS = {"target": ("indicator", "region", "period"), "duty": ("who", "what"), "sanction": ("problem",)}


def _words(kind: str, entry: Mapping[str, Any], section: str = "") -> Words:
    if kind == "task":
        return Words(
            str(entry["number"]), f"{entry['title']} {entry['subtitle']}", str(entry["text"]), section
        )
    title = " ".join(str(entry.get(name) or "") for name in KEYS[kind])
    return Words("", title, str(entry.get("text") or ""))


def _last(section: Sequence[str]) -> str:
    return section[-1] if section else ""


Found = list[tuple[Any, drafts.Entry | None, bool]]


def match(
    kind: str, rows: Sequence[Any], entries: Sequence[drafts.Entry], chosen: Mapping[str, int]
) -> Found:
    """Pair rows with entries: as people decided, then by what makes them the same, then by likeness.

    Parameters
    ----------
    chosen
        Key of an entry → row; 0 for an entry that is new on purpose.

    Returns
    -------
    list
        Row, entry, whether a person decided; entries in their order, then the rows that are left.
    """
    by_key = {row.pk: row for row in rows}
    of_entry: dict[str, Any] = {}
    decided: set[str] = set()
    for entry in entries:
        wanted = chosen.get(entry["key"])
        if wanted is None:
            continue
        decided.add(entry["key"])
        row = by_key.pop(wanted, None)
        if row is not None:
            of_entry[entry["key"]] = row
    left = list(by_key.values())
    waiting = [entry for entry in entries if entry["key"] not in decided]
    if kind != "task":
        known: dict[tuple[str, ...], list[Any]] = {}
        for row in left:
            known.setdefault(_named(kind, stored(kind, row)), []).append(row)
        for entry in list(waiting):
            equal = known.get(_named(kind, entry))
            if equal:
                of_entry[entry["key"]] = equal.pop(0)
                waiting.remove(entry)
        taken = {row.pk for row in of_entry.values()}
        left = [row for row in left if row.pk not in taken]
    old = [_words(kind, stored_words(kind, row), str(getattr(row, "section", None) or "")) for row in left]
    new = [_words(kind, entry, _last(entry.get("section") or ())) for entry in waiting]
    for at, place in same(old, new):
        if at is not None and place is not None:
            of_entry[waiting[place]["key"]] = left[at]
    found: Found = [(of_entry.get(entry["key"]), entry, entry["key"] in decided) for entry in entries]
    taken = {row.pk for row in of_entry.values()}
    return [*found, *((row, None, False) for row in rows if row.pk not in taken)]


def stored_words(kind: str, row: Any) -> Mapping[str, Any]:
    """The words of a row by which it is found again; for a task without its units and dates."""
    if kind != "task":
        return stored(kind, row)
    return {"number": row.number, "title": row.title, "subtitle": row.subtitle, "text": row.text}


def tasks_of(plan: Plan) -> list[Task]:
    """The tasks of a plan that its text has (or had): without parts that were handed down."""
    rows = Task._base_manager.filter(plan=plan, parent__isnull=True)
    return list(
        rows.select_related("section").prefetch_related("units", "deadlines", "quantities").order_by("order")
    )


def compare(plan: Plan, draft: drafts.Draft, choice: Mapping[str, Any]) -> Comparison:
    """Hold a draft against a plan; a fixed number of queries.

    Parameters
    ----------
    choice
        What people have decided; see :func:`blank_choice`.
    """
    mode = str(choice["mode"])
    base = Base(plan) if mode == Mode.CORRECTED else None
    pairs = {kind: _compare(kind, plan, draft, choice, base) for kind in drafts.KINDS}
    head = _head(plan, draft["meta"], base) if mode == Mode.CORRECTED else []
    return Comparison(mode, plan, head, pairs)


def _compare(
    kind: str, plan: Plan, draft: drafts.Draft, choice: Mapping[str, Any], base: Base | None
) -> list[Pair]:
    entries = drafts.kept(draft, kind)
    chosen = choice["pairs"].get(kind, {})
    dropped: list[Any] = []
    if kind == "task":
        every = tasks_of(plan)
        rows: list[Any] = [row for row in every if row.dropped_on is None]
        dropped = [row for row in every if row.dropped_on is not None] if base is not None else []
    else:
        rows = list(
            getattr(
                plan, {"target": "target", "duty": "reportingduty", "sanction": "sanction"}[kind] + "_rows"
            ).all()
        )
    named = {row.pk for row in dropped} & set(chosen.values())
    found = match(kind, [*rows, *(row for row in dropped if row.pk in named)], entries, chosen)
    fresh = [entry for row, entry, decided in found if row is None and entry is not None and not decided]
    # What an earlier text had left out may be back.
    back = {
        entry["key"]: row
        for row, entry, _decided in match(kind, [row for row in dropped if row.pk not in named], fresh, {})
        if row is not None and entry is not None
    }
    pairs = []
    for row, entry, decided in found:
        if row is None and entry is not None:
            row = back.get(entry["key"])
        pair = Pair(kind, entry["key"] if entry else "", row, entry, chosen=decided)
        if row is not None and entry is not None:
            keep = choice["fields"].get(kind, {}).get(entry["key"], ())
            before = base.of(kind, row) if base is not None else None
            pair.values, pair.changes = merge(kind, stored(kind, row), as_stored(kind, entry), before, keep)
            pair.revived = kind == "task" and base is not None and row.dropped_on is not None
        elif row is not None and base is not None:
            # What people have typed into the plan was in no text, so that no text can leave it out.
            typed = row.span_start is None and row.pk not in choice["go"].get(kind, ())
            pair.stays = typed or row.pk in choice["stay"].get(kind, ())
        pairs.append(pair)
    return pairs


HEAD = ("title", "issuer", "document_number", "issued_on", "filing_deadline", "copied_to")


def head_of(plan: Plan) -> dict[str, Any]:
    """The head of a plan in the shape of a draft's."""
    return {
        **{name: getattr(plan, name) for name in HEAD},
        "issued_on": plan.issued_on.isoformat() if plan.issued_on else None,
    }


def _head(plan: Plan, meta: Mapping[str, Any], base: Base | None) -> list[Change]:
    now = head_of(plan)
    before = base.meta if base is not None else None
    changes = []
    for name in HEAD:
        mine, said = in_words("plan", name, now[name]), in_words("plan", name, meta.get(name))
        said = ledger.cut(said, {"title": 200, "issuer": 120}.get(name, 80)) if name != "copied_to" else said
        if mine == said or not said:
            continue
        old = in_words("plan", name, before.get(name)) if before is not None else None
        changes.append(
            Change(name, mine, said, kept=old is not None and old == said, by_hand=old not in {None, mine})
        )
    return changes


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A plan that a text may be a newer text of, and what it would be to it."""

    plan: Plan
    mode: str
    reason: Any
    score: float


def _bare(title: str) -> str:
    return "".join(sign for sign in drafts.fold(title) if not sign.isdigit())


def suggestions(row: PlanImport, meta: Mapping[str, Any], plans: Iterable[Plan]) -> list[Suggestion]:
    """Plans that a text is probably a newer text of, the most probable first.

    Parameters
    ----------
    plans
        Plans in force that the actor may change.
    """
    number, title = drafts.fold(str(meta["document_number"] or "")), _bare(str(meta["title"] or row.name))
    found = []
    for plan in plans:
        if plan.region_id != row.region_id:
            continue
        if number and number == drafts.fold(plan.document_number):
            found.append(Suggestion(plan, Mode.CORRECTED, _("the same document number"), 2.0))
            continue
        score = SequenceMatcher(None, title, _bare(plan.title), autojunk=False).ratio()
        if score < LIKE:
            continue
        later = row.year is not None and plan.year is not None and row.year > plan.year
        reason = _("the same title, a later year") if later else _("the same title")
        found.append(Suggestion(plan, Mode.NEXT if later else Mode.CORRECTED, reason, score))
    # Of several years the last one goes on.
    return sorted(found, key=lambda one: (-one.score, -(one.plan.year or 0), -one.plan.pk))


Mark = tuple[str, str]


#: fields that are compared by their signs; of others whole entries differ
PROSE = frozenset({"title", "subtitle", "text", "what", "problem"})


def marked(change: Change, limit: int = 3000) -> list[Mark]:
    """Both values of a change as one: pieces that stayed (``=``), went (``-``) and came (``+``)."""
    if len(change.before) > limit or len(change.after) > limit:
        return [("-", change.before), ("+", change.after)]
    # Numbers and entries of lists are whole; half a date says nothing.
    piece = r"\d+(?:\.\d+)?|." if change.name in PROSE else r"[^；、]+|[；、]"
    old, new = (re.findall(piece, text, re.DOTALL) for text in (change.before, change.after))
    found: list[Mark] = []
    for code, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if code == "equal":
            found.append(("=", "".join(old[a:b])))
            continue
        if b > a:
            found.append(("-", "".join(old[a:b])))
        if d > c:
            found.append(("+", "".join(new[c:d])))
    return found
