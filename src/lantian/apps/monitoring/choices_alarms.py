"""Causes, severities, states and verdicts of alarms, with their tones."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.rules.monitoring.alarms import life, words


class AlarmCause(models.TextChoices):
    """Why an alarm was raised."""

    EXCEED_HOUR = words.EXCEED_HOUR, _(words.CAUSES[words.EXCEED_HOUR])
    EXCEED_DAY = words.EXCEED_DAY, _(words.CAUSES[words.EXCEED_DAY])
    SUSPECT = words.SUSPECT, _(words.CAUSES[words.SUSPECT])
    OFFLINE = words.OFFLINE, _(words.CAUSES[words.OFFLINE])
    POWER = words.POWER, _(words.CAUSES[words.POWER])
    DUST = words.DUST, _(words.CAUSES[words.DUST])
    MARK_LATE = words.MARK_LATE, _(words.CAUSES[words.MARK_LATE])
    REFUSED = words.REFUSED, _(words.CAUSES[words.REFUSED])
    AMOUNT = words.AMOUNT, _(words.CAUSES[words.AMOUNT])
    AMOUNT_NEAR = words.AMOUNT_NEAR, _(words.CAUSES[words.AMOUNT_NEAR])
    FURNACE = words.FURNACE, _(words.CAUSES[words.FURNACE])


class Severity(models.IntegerChoices):
    """How grave an alarm is; numbers, so that the gravest sort first."""

    HIGH = 1, _(words.SEVERITIES[words.HIGH])
    MEDIUM = 2, _(words.SEVERITIES[words.MEDIUM])
    LOW = 3, _(words.SEVERITIES[words.LOW])

    @classmethod
    def named(cls, word: str) -> Severity:
        """The number of a word of the rules."""
        return cls[word.upper()]


class AlarmState(models.TextChoices):
    """Where an alarm stands; the steps between the states are in `rules.monitoring.alarms.life`."""

    OPEN = life.OPEN, _(life.STATES[life.OPEN])
    ACKNOWLEDGED = life.ACKNOWLEDGED, _(life.STATES[life.ACKNOWLEDGED])
    ANSWERED = life.ANSWERED, _(life.STATES[life.ANSWERED])
    TURNED = life.TURNED, _(life.STATES[life.TURNED])
    CLOSED = life.CLOSED, _(life.STATES[life.CLOSED])
    REOPENED = life.REOPENED, _(life.STATES[life.REOPENED])


class Verdict(models.TextChoices):
    """What an alarm turned out to be."""

    CONFIRMED = words.CONFIRMED, _(words.VERDICTS[words.CONFIRMED])
    FALSE_ALARM = words.FALSE_ALARM, _(words.VERDICTS[words.FALSE_ALARM])
    DEVICE_FAULT = words.DEVICE_FAULT, _(words.VERDICTS[words.DEVICE_FAULT])
    EXPLAINED = words.EXPLAINED, _(words.VERDICTS[words.EXPLAINED])


SEVERITY_TONES = {Severity.HIGH.value: "red", Severity.MEDIUM.value: "orange", Severity.LOW.value: "yellow"}
STATE_TONES = {
    AlarmState.OPEN.value: "red",
    AlarmState.ACKNOWLEDGED.value: "blue",
    AlarmState.ANSWERED.value: "yellow",
    AlarmState.TURNED.value: "brand",
    AlarmState.CLOSED.value: "green",
    AlarmState.REOPENED.value: "red",
}
VERDICT_TONES = {
    Verdict.CONFIRMED.value: "red",
    Verdict.FALSE_ALARM.value: "grey",
    Verdict.DEVICE_FAULT.value: "orange",
    Verdict.EXPLAINED.value: "green",
}
