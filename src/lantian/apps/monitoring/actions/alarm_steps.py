"""What people do about alarms: take up, explain, send back, turn over, close, take up anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import files, turning
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.monitoring.access import ALARM_CLOSE, ALARM_EXPLAIN, ALARM_HANDLE
from lantian.apps.monitoring.alarm_words import alarm_book
from lantian.apps.monitoring.choices_alarms import AlarmState, Verdict
from lantian.apps.monitoring.models import Alarm, AlarmStep
from lantian.rules.monitoring.alarms import life

#: right of the table of steps → permission
PERMISSIONS = {life.HANDLE: ALARM_HANDLE, life.CLOSE: ALARM_CLOSE, life.ANSWER: ALARM_EXPLAIN}
MOST_WORDS = 1000
MOST_FILES = 10
#: what proves something: pictures first, so that a phone offers its camera
PROOFS = ("jpg", "jpeg", "png", "webp", "pdf", "doc", "docx", "wps", "xls", "xlsx", "et", "zip")
#: alarms that one press takes up
MOST_AT_ONCE = 500


def rights_over(actor: Actor, alarm: Alarm) -> frozenset[str]:
    """The rights of the table of steps that an actor has over an alarm."""
    found = {
        right
        for right in (life.HANDLE, life.CLOSE)
        if actor.may(PERMISSIONS[right])
        and actor.rows(Alarm.objects.filter(pk=alarm.pk), PERMISSIONS[right]).exists()
    }
    if actor.may(ALARM_EXPLAIN) and _runs(actor, alarm):
        found.add(life.ANSWER)
    if life.CLOSE in found and not may_decide(actor, alarm):
        found.discard(life.CLOSE)
    return frozenset(found)


def may_decide(actor: Actor, alarm: Alarm) -> bool:
    """Whether an actor may close an alarm: never who answered, nor the enterprise itself."""
    user = actor.user
    return life.may_decide(
        user.pk if user is not None else None,
        user.organisation_id if user is not None else None,
        alarm.answered_by_id,
        alarm.source.operator_id if alarm.source is not None else None,
    )


def open_steps(actor: Actor, alarm: Alarm) -> list[life.Step]:
    """The steps that an actor may take now."""
    found = life.open_to(alarm.state, rights_over(actor, alarm), folded=alarm.folded_into_id is not None)
    taker = turning.taker_of(alarm)
    return [
        step
        for step in found
        if step.code != "turn_over" or (taker is not None and actor.may(taker.permission))
    ]


def _runs(actor: Actor, alarm: Alarm) -> bool:
    """Whether the source is that of the actor's own enterprise, however wide the grant is."""
    if actor.user is None:
        return actor.is_system
    return bool(Alarm.objects.filter(pk=alarm.pk).run_by(actor.user, ALARM_EXPLAIN).exists())


class StepAlarm(Action[Alarm]):
    """A step of an alarm; each of the table is a class of its own."""

    step: ClassVar[str]

    def __init__(
        self, actor: Actor, alarm: Alarm, *, text: str = "", at: datetime | None = None, reason: str = ""
    ) -> None:
        super().__init__(actor, reason=reason)
        self.alarm, self.text, self.at = alarm, text.strip(), at or timezone.now()

    @property
    def row(self) -> life.Step:
        """Its line in the table."""
        return life.STEPS[self.step]

    def subject(self) -> models.Model:
        """The alarm."""
        return self.alarm

    def check(self) -> None:
        """The right over this alarm; what is not one's own is not there."""
        super().check()
        self.check_row(self.alarm)

    def validate(self) -> None:
        """The state as it is now, and words where they are wanted."""
        super().validate()
        fresh = Alarm.objects.select_for_update().filter(pk=self.alarm.pk).first()
        if fresh is None:
            raise NotFound
        self.alarm = fresh
        if fresh.folded_into_id is not None:
            raise Conflict(__("This alarm is folded into another one. Take the step there."))
        if fresh.state not in self.row.sources:
            raise Conflict(
                __("The alarm is “%(state)s” by now; this step does not lead on from there.")
                % {"state": fresh.get_state_display()}
            )
        if self.row.asks == "reason" and not self.text:
            raise Invalid(fields={"text": __("Say why in a few words.")})
        if len(self.text) > MOST_WORDS:
            raise Invalid(fields={"text": __("Use at most %(most)s characters.") % {"most": MOST_WORDS}})

    def values(self) -> dict[str, Any]:
        """Columns that the step sets besides the state."""
        return {}

    def perform(self) -> Alarm:
        """Take the step; what is folded into the alarm goes with it."""
        alarm = self.alarm
        before = {"state": alarm.state, "verdict": alarm.verdict}
        values = self.values()
        extra: dict[str, Any] = values.pop("step", {})
        for name, value in {**values, "state": self.row.target}.items():
            setattr(alarm, name, value)
        alarm.save(update_fields=[*values, "state"])
        if alarm.storm:
            alarm.members.update(**values, state=self.row.target)
        AlarmStep.objects.create(
            alarm=alarm,
            step=self.step,
            state=self.row.target,
            at=self.at,
            by=self.actor.user,
            text=self.text,
            **extra,
        )
        self.log(alarm, before=before, after={"state": alarm.state, "verdict": alarm.verdict, "text": self.text})
        return alarm


class AcknowledgeAlarm(StepAlarm):
    """Take an alarm up."""

    code = "monitoring.alarm.acknowledge"
    permission = ALARM_HANDLE
    step = "acknowledge"

    def values(self) -> dict[str, Any]:
        """Since when."""
        return {"acknowledged_at": self.alarm.acknowledged_at or self.at}


class AnswerAlarm(StepAlarm):
    """Explain an alarm of the own enterprise, with a reason of the book and files that prove it."""

    code = "monitoring.alarm.answer"
    permission = ALARM_EXPLAIN
    step = "answer"

    def __init__(
        self,
        actor: Actor,
        alarm: Alarm,
        *,
        code: str,
        text: str,
        proofs: Sequence[tuple[Any, str]] = (),
        at: datetime | None = None,
    ) -> None:
        super().__init__(actor, alarm, text=text, at=at)
        self.given, self.proofs = code, list(proofs)

    def check(self) -> None:
        """Only of the own enterprise; files need their own right."""
        super().check()
        if not _runs(self.actor, self.alarm):
            raise NotFound(model="monitoring.alarm")
        if self.proofs and not self.actor.may("core.attachment.add"):
            raise NotAllowed(permission="core.attachment.add")

    def validate(self) -> None:
        """A reason that the book knows, and words."""
        super().validate()
        wrong: dict[str, Any] = {}
        if self.given not in alarm_book().reasons:
            wrong["code"] = __("Choose one of the reasons.")
        if not self.text:
            wrong["text"] = __("Say in a few words what happened and what you did.")
        if len(self.proofs) > MOST_FILES:
            wrong["proofs"] = __("At most %(count)s files at once.") % {"count": MOST_FILES}
        if wrong:
            raise Invalid(fields=wrong)

    def values(self) -> dict[str, Any]:
        """Reason and files; the first answer counts for the deadline."""
        kept = [
            files.store(content, name, actor=self.actor, target=self.alarm, allowed=PROOFS)
            for content, name in self.proofs
        ]
        return {
            "answered_at": self.alarm.answered_at or self.at,
            "answered_by": self.actor.user,
            "reason": self.given,
            "step": {"reason": self.given, "files": [one.pk for one in kept]},
        }


class SendBackAnswer(StepAlarm):
    """Ask the enterprise for a better answer."""

    code = "monitoring.alarm.send_back"
    permission = ALARM_HANDLE
    step = "send_back"

    def perform(self) -> Alarm:
        """Take the step and tell who answered."""
        alarm = super().perform()
        if alarm.answered_by is not None:
            self.notify(
                [alarm.answered_by],
                "alarm",
                __("Your answer to an alarm was sent back: %(alarm)s") % {"alarm": alarm},
                body=self.text,
                url=alarm.get_absolute_url(),
            )
        return alarm


class TurnOverAlarm(StepAlarm):
    """Turn an alarm into the business of another room."""

    code = "monitoring.alarm.turn_over"
    permission = ALARM_HANDLE
    step = "turn_over"

    def check(self) -> None:
        """There must be a room that takes it, and a right there."""
        super().check()
        taker = turning.taker_of(Alarm)
        if taker is None or not self.actor.may(taker.permission):
            raise NotAllowed(permission=taker.permission if taker is not None else "")

    def values(self) -> dict[str, Any]:
        """What it became."""
        taker = turning.taker_of(Alarm)
        assert taker is not None
        turned = taker.take(self, self.alarm, self.text)
        return {"turned_into": {"label": turned.label, "url": turned.url}}


class CloseAlarm(StepAlarm):
    """Close an alarm with a verdict; who answered for the enterprise does not close."""

    code = "monitoring.alarm.close"
    permission = ALARM_CLOSE
    step = "close"

    def __init__(
        self, actor: Actor, alarm: Alarm, *, verdict: str, text: str = "", at: datetime | None = None
    ) -> None:
        super().__init__(actor, alarm, text=text, at=at)
        self.verdict = verdict

    def check(self) -> None:
        """Four eyes."""
        super().check()
        if not may_decide(self.actor, self.alarm):
            raise NotAllowed(__("Who answered for the enterprise does not close its alarm."))

    def validate(self) -> None:
        """A verdict; words for one that denies the rule."""
        super().validate()
        if not may_decide(self.actor, self.alarm):
            raise NotAllowed(__("Who answered for the enterprise does not close its alarm."))
        if self.verdict not in Verdict.values:
            raise Invalid(fields={"verdict": __("Choose a verdict.")})
        if self.verdict == Verdict.FALSE_ALARM and not self.text:
            raise Invalid(fields={"text": __("Say why it is a false alarm: the rule is judged by it.")})

    def values(self) -> dict[str, Any]:
        """When, and what it was."""
        return {
            "closed_at": self.at,
            "acknowledged_at": self.alarm.acknowledged_at or self.at,
            "verdict": self.verdict,
            "step": {"verdict": self.verdict},
        }


class ReopenAlarm(StepAlarm):
    """Take a closed alarm up anew; its verdict counts no more."""

    code = "monitoring.alarm.reopen"
    permission = ALARM_CLOSE
    step = "reopen"

    def values(self) -> dict[str, Any]:
        """Nothing decided."""
        return {"closed_at": None, "verdict": ""}


class AcknowledgeMany(Action[int]):
    """Take up all of some alarms that nobody has taken up."""

    code = "monitoring.alarm.acknowledge_many"
    permission = ALARM_HANDLE

    def __init__(self, actor: Actor, keys: Iterable[int]) -> None:
        super().__init__(actor)
        self.keys = sorted(set(keys))

    def validate(self) -> None:
        """Some, and not too many."""
        super().validate()
        if not self.keys:
            raise Invalid(__("Choose at least one alarm."))
        if len(self.keys) > MOST_AT_ONCE:
            raise Invalid(
                __("Take up at most %(most)s alarms at once. Set a filter first.") % {"most": MOST_AT_ONCE}
            )

    def perform(self) -> int:
        """Take them up; what is no longer open, or not for this account, is left as it is."""
        rows = self.actor.rows(Alarm.objects.filter(pk__in=self.keys), ALARM_HANDLE)
        count = 0
        for alarm in rows.filter(state=AlarmState.OPEN, folded_into__isnull=True):
            inner = AcknowledgeAlarm(self.actor, alarm)
            inner.validate()
            inner.perform_in(self)
            count += 1
        self.unchanged = not count
        return count
