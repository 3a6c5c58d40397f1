"""Outages of a place: many silent devices folded into one alarm, and let go when most are back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import display, duties
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import NotAllowed
from lantian.apps.core.models import Region
from lantian.apps.monitoring.access import ALARM_HANDLE
from lantian.apps.monitoring.choices_alarms import AlarmCause, Severity
from lantian.apps.monitoring.models import Alarm
from lantian.rules.monitoring.alarms.book import STORM, AlarmBook
from lantian.rules.monitoring.alarms.findings import kept
from lantian.rules.monitoring.alarms.storms import EVERYWHERE, Storm
from lantian.rules.monitoring.errors import Message, _

#: who is told of an outage at once
_TOLD = 100


@dataclass(slots=True)
class StormChanges:
    """What has become of outages.

    Attributes
    ----------
    begun
        New outages, with the alarms of their members.
    joined
        Known outages, with alarms that belong to them, too.
    ended
        Known outages that are over, and when.
    released
        Alarms of devices that stay silent though the outage is over.
    """

    begun: list[tuple[Storm, list[Alarm]]] = field(default_factory=list)
    joined: list[tuple[Alarm, list[Alarm]]] = field(default_factory=list)
    ended: list[tuple[Alarm, datetime]] = field(default_factory=list)
    released: list[Alarm] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.begun or self.joined or self.ended or self.released)


class FoldStorms(Action[list[Alarm]]):
    """Keep outages: fold, end, let go."""

    code = "monitoring.alarm.fold"
    permission = None

    def __init__(
        self,
        actor: Actor,
        changes: StormChanges,
        book: AlarmBook,
        places: Mapping[str, Region],
        *,
        at: datetime,
    ) -> None:
        super().__init__(actor)
        self.changes, self.book, self.places, self.at = changes, book, places, at

    def check(self) -> None:
        """Rules fold, people do not."""
        super().check()
        if not self.actor.is_system:
            raise NotAllowed

    def perform(self) -> list[Alarm]:
        """Write it all."""
        made = [self._begin(storm, members) for storm, members in self.changes.begun]
        for alarm, members in self.changes.joined:
            _fold(alarm, members)
            alarm.count += len(members)
            alarm.grown_at = self.at
            alarm.save(update_fields=["count", "grown_at"])
            self.log(alarm, after={"joined": len(members)})
        for alarm, end in self.changes.ended:
            alarm.end = max(end, alarm.begin)
            alarm.save(update_fields=["end"])
            self.log(alarm, after={"end": alarm.end.isoformat()})
        self._release()
        if not self.changes:
            self.unchanged = True
        return made

    def _begin(self, storm: Storm, members: Sequence[Alarm]) -> Alarm:
        region = self.places.get(storm.place)
        severity = self.book.severity(STORM)
        alarm = Alarm.objects.create(
            key=f"r{region.pk if region is not None else 0}|{STORM}||",
            cause=AlarmCause.OFFLINE,
            storm=True,
            severity=Severity.named(severity),
            region=region,
            begin=storm.at,
            count=len(members),
            opened_at=self.at,
            evidence=self._evidence(storm, region),
        )
        _fold(alarm, members)
        self.log(alarm, after={"members": len(members), "place": str(region or "")})
        self._tell(alarm)
        return alarm

    def _evidence(self, storm: Storm, region: Region | None) -> dict[str, Any]:
        book = self.book.book
        names = ("storm.window", "storm.least", "storm.sources", "storm.share", "storm.back")
        if storm.place == EVERYWHERE or region is None:
            said = Message(
                _("%(n)s of %(total)s devices of %(sources)s sources fell silent together at about %(at)s, wherever"
                  " they lie: look at the gateway and its line first."),
                n=len(storm.members), total=storm.total, sources=storm.sources, at=display.campaign_date(storm.at),
            )  # fmt: skip
        else:
            said = Message(
                _("%(n)s of %(total)s devices of %(sources)s sources in %(place)s fell silent together at about"
                  " %(at)s: look at power and lines of the place first."),
                n=len(storm.members), total=storm.total, sources=storm.sources, place=region.name,
                at=display.campaign_date(storm.at),
            )  # fmt: skip
        return {
            "why": [{"code": "storm", **kept(said)}],
            "books": [self.book.told(name) for name in names],
            "grading": [kept(one.message) for one in book.defaults(f"severity.{STORM}", *names)],
        }

    def _release(self) -> None:
        for alarm in self.changes.released:
            alarm.folded_into = None
            if alarm.source is not None and alarm.source.operator_id is not None:
                alarm.due_at = self.at + self.book.answer(Severity(alarm.severity).name.lower())
        Alarm.objects.bulk_update(self.changes.released, ["folded_into", "due_at"], batch_size=200)
        if self.changes.released:
            self.log(label=__("Devices that stay silent"), after={"released": len(self.changes.released)})

    def _tell(self, alarm: Alarm) -> None:
        seen = Alarm.objects.filter(pk=alarm.pk)
        users = [
            user
            for user in duties.holders(ALARM_HANDLE)[:_TOLD]
            if seen.visible_to(user, ALARM_HANDLE).exists()
        ]
        title = __("Many devices are silent at once: %(place)s") % {"place": alarm.place_words}
        self.notify(users, "alarm", title, url=alarm.get_absolute_url())


def _fold(alarm: Alarm, members: Sequence[Alarm]) -> None:
    """What is folded asks nobody for an answer of its own, and stands where the outage stands."""
    keys = [one.pk for one in members]
    Alarm.objects.filter(pk__in=keys).update(folded_into=alarm, due_at=None, state=alarm.state)
