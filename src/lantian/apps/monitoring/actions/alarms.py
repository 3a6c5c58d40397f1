"""The door by which judges raise alarms: in bulk, and as often as they like.

Whoever judges calls :func:`raise_alarms` with what it has found; findings of one outlet, cause, rule and factor whose
periods overlap or adjoin are one alarm that grows, and what is known already changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import Grant, User
from lantian.apps.monitoring.access import ALARM_EXPLAIN, ALARM_HANDLE
from lantian.apps.monitoring.alarm_words import alarm_book
from lantian.apps.monitoring.choices_alarms import AlarmState, Severity
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.sources.models import Source, Unit
from lantian.rules.monitoring.alarms import findings as given
from lantian.rules.monitoring.alarms.book import AlarmBook
from lantian.rules.monitoring.alarms.findings import Finding
from lantian.rules.monitoring.alarms.growing import Standing, place
from lantian.rules.monitoring.errors import InputError

#: findings in one call; more come in several
MOST_FINDINGS = 5000
#: keys asked for at once, within the limits of every database
_PART = 400
_GROWN = ("begin", "end", "count", "severity", "evidence", "grown_at", "folded_into", "due_at")


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of findings: alarms that are new, that grew, and findings that changed nothing."""

    new: tuple[Alarm, ...] = ()
    grown: tuple[Alarm, ...] = ()
    same: int = 0


def raise_alarms(
    batch: Iterable[Finding], *, actor: Actor | None = None, at: datetime | None = None
) -> Raised:
    """Raise alarms, or let those grow that are known.

    Parameters
    ----------
    batch
        Findings; each may name any of source, unit and device, the rest is looked up.
    at
        When they were found; now by default.

    Raises
    ------
    Invalid
        A finding is not sound, or there are too many; nothing has been kept then.
    """
    return RaiseAlarms(actor or Actor.system("judge", via="job"), list(batch), at=at).execute()


class RaiseAlarms(Action[Raised]):
    """Keep findings as alarms."""

    code = "monitoring.alarm.raise"
    permission = None

    def __init__(self, actor: Actor, batch: Sequence[Finding], *, at: datetime | None = None) -> None:
        super().__init__(actor)
        self.batch, self.at = batch, at or timezone.now()

    def check(self) -> None:
        """Rules raise alarms, people do not."""
        super().check()
        if not self.actor.is_system:
            raise NotAllowed

    def validate(self) -> None:
        """Each finding by itself."""
        super().validate()
        if len(self.batch) > MOST_FINDINGS:
            raise Invalid(
                __("%(count)s findings at once are more than the %(most)s that are taken. Send them in parts.")
                % {"count": len(self.batch), "most": MOST_FINDINGS}
            )
        for finding in self.batch:
            try:
                given.check(finding)
            except InputError as error:
                raise Invalid(error.message.text(__)) from error

    def perform(self) -> Raised:
        """Place each finding; write all in one go."""
        book = self.book = alarm_book()
        batch = self._completed()
        known = self._known({finding.key for finding in batch})
        new: dict[int, Alarm] = {}
        grown: dict[int, Alarm] = {}
        same = 0
        for number, finding in enumerate(sorted(batch, key=lambda one: (one.key, one.begin))):
            rows = known[finding.key]
            placed = place(
                [_standing(key, row) for key, row in rows.items()],
                finding.begin,
                finding.end,
                finding.count,
                book.gap(finding.cause),
            )
            if placed.outcome in ("same", "closed"):
                same += 1
            elif placed.outcome == "new":
                row = self._new(replace(finding, begin=placed.begin, end=placed.end), book)
                # A key of its own until the database gives one.
                rows[-1 - number] = row
                new[-1 - number] = row
            else:
                assert placed.into is not None
                row = rows[placed.into]
                if placed.count > row.count:
                    row.grown_at = self.at
                row.begin, row.end, row.count = placed.begin, placed.end, placed.count
                self._grow(row, finding, book)
                if placed.into >= 0:
                    grown[placed.into] = row
                for key in placed.absorbed:
                    other = rows.pop(key)
                    if key < 0:
                        new.pop(key, None)
                        continue
                    other.folded_into, other.due_at = row, None
                    grown[key] = other
        made = Alarm.objects.bulk_create(new.values(), batch_size=200)
        Alarm.objects.bulk_update(grown.values(), _GROWN, batch_size=100)
        if not made and not grown:
            self.unchanged = True
            return Raised(same=same)
        self.log(
            label=str(_("Alarms raised")),
            after={"new": len(made), "grown": len(grown), "same": same, "keys": [row.key for row in made][:50]},
        )
        self._tell([row for row in made if row.folded_into_id is None])
        return Raised(tuple(made), tuple(grown.values()), same)

    def _completed(self) -> list[Finding]:
        """Findings with the source, unit and place of the device that they name."""
        devices = _by_key(Device, (one.device for one in self.batch), "source", "unit")
        units = _by_key(Unit, (one.unit for one in self.batch), "source")
        found = []
        for one in self.batch:
            device, unit = devices.get(one.device), units.get(one.unit)
            if (one.device and device is None) or (one.unit and unit is None):
                raise Invalid(__("A finding names a device or unit that is not there."))
            source = one.source or (unit.source_id if unit else None) or (device.source_id if device else None)
            unit_key = one.unit or (device.unit_id if device is not None else None)
            found.append(replace(one, source=source, unit=unit_key))
        self.sources = _by_key(Source, (one.source for one in found), "region")
        if any(one.source is not None and one.source not in self.sources for one in found):
            raise Invalid(__("A finding names a source that is not there."))
        return found

    def _known(self, keys: set[str]) -> dict[str, dict[int, Alarm]]:
        """Alarms of the keys that a finding could belong to, held until all is written."""
        found: dict[str, dict[int, Alarm]] = defaultdict(dict)
        ordered = sorted(keys)
        first = min((one.begin for one in self.batch), default=self.at)
        widest = max((self.book.gap(one.cause) for one in self.batch), default=timedelta())
        for at in range(0, len(ordered), _PART):
            rows = Alarm.objects.select_for_update(of=("self",)).filter(
                # What another alarm has absorbed lives on in that one; members of a storm live themselves.
                Q(folded_into__isnull=True) | Q(folded_into__storm=True),
                Q(end__isnull=True) | Q(end__gte=first - widest),
                key__in=ordered[at : at + _PART],
            )
            for row in rows.order_by("begin", "pk"):
                found[row.key][row.pk] = row
        return found

    def _new(self, finding: Finding, book: AlarmBook) -> Alarm:
        severity = finding.severity or book.severity(finding.cause, peak=finding.peak, count=finding.count)
        source = self.sources.get(finding.source)
        asks = source is not None and source.operator_id is not None
        return Alarm(
            key=finding.key,
            cause=finding.cause,
            rule=finding.rule,
            factor=finding.factor,
            severity=Severity.named(severity),
            source=source,
            unit_id=finding.unit,
            device_id=finding.device,
            region=source.region if source is not None else None,
            begin=finding.begin,
            end=finding.end,
            count=finding.count,
            evidence={**given.record(finding), "grading": _grading(finding, book)},
            opened_at=self.at,
            due_at=self.at + book.answer(severity) if asks else None,
        )

    def _grow(self, row: Alarm, finding: Finding, book: AlarmBook) -> None:
        """Take more evidence in; an alarm gets graver, never lighter, and its deadline stays."""
        row.evidence = given.merged(row.evidence, given.record(finding))
        peak = Decimal(row.evidence["peak"]) if row.evidence["peak"] else None
        severity = finding.severity or book.severity(finding.cause, peak=peak, count=row.count)
        row.severity = min(Severity(row.severity), Severity.named(severity))

    def _tell(self, rows: Sequence[Alarm]) -> None:
        """One message for each account: the enterprise that is asked, and the department of what is grave."""
        units: dict[tuple[int, str], list[Alarm]] = defaultdict(list)
        for row in rows:
            if row.source is None:
                continue
            if row.due_at is not None and row.source.operator_id is not None:
                units[(row.source.operator_id, ALARM_EXPLAIN)].append(row)
            if row.severity == Severity.HIGH and row.source.department_id is not None:
                units[(row.source.department_id, ALARM_HANDLE)].append(row)
        if not units:
            return
        accounts = _accounts({unit for unit, _permission in units})
        for (unit, permission), some in units.items():
            users = [user for user, may in accounts.get(unit, ()) if permission in may]
            if len(some) == 1:
                title, url = str(some[0]), some[0].get_absolute_url() if some[0].pk else reverse("monitoring:alarms")
            else:
                title = ngettext("%(n)s new alarm", "%(n)s new alarms", len(some)) % {"n": len(some)}
                url = reverse("monitoring:alarms")
            self.notify(users, "alarm", title, url=url)


def _grading(finding: Finding, book: AlarmBook) -> list[dict[str, Any]]:
    """What the severity rests on."""
    return [] if finding.severity else [given.kept(one.message) for one in book.severity_reasons(finding.cause)]


def _by_key(model: Any, keys: Iterable[int | None], *related: str) -> dict[int | None, Any]:
    wanted = sorted({key for key in keys if key is not None})
    found: dict[int | None, Any] = {}
    for at in range(0, len(wanted), _PART):
        rows = model._base_manager.filter(pk__in=wanted[at : at + _PART]).select_related(*related)
        found |= {row.pk: row for row in rows}
    return found


def _accounts(units: set[int]) -> dict[int, list[tuple[User, frozenset[str]]]]:
    """Accounts of organisations, with what their grants of today carry."""
    held: dict[int, tuple[User, set[str]]] = {}
    grants = Grant.objects.holding_on(timezone.localdate()).filter(
        user__organisation__in=units, user__is_active=True, user__is_machine=False
    )
    for grant in grants.select_related("role", "user"):
        held.setdefault(grant.user_id, (grant.user, set()))[1].update(grant.role.permissions)
    found: dict[int, list[tuple[User, frozenset[str]]]] = defaultdict(list)
    for user, may in held.values():
        if user.organisation_id is not None:
            found[user.organisation_id].append((user, frozenset(may)))
    return found


def _standing(key: int, row: Alarm) -> Standing:
    return Standing(key, row.begin, row.end, row.count, row.state == AlarmState.CLOSED)
