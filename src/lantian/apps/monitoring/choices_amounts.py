"""Pollutants of which amounts are kept, and how an amount stands to the permit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.rules.monitoring.amounts import AmountVerdict
from lantian.rules.monitoring.factors import NAMES
from lantian.rules.monitoring.factors import POLLUTANTS as _POLLUTANTS

#: name of the rules → its label
POLLUTANTS = [(name, _(NAMES[name])) for name in _POLLUTANTS]
LABELS = dict(POLLUTANTS)


class AmountStanding(models.TextChoices):
    """How the amount of a year so far stands to the permit."""

    EXCEEDS = AmountVerdict.EXCEEDS.value, _("Above the permit")
    RECKONED = AmountVerdict.RECKONED.value, _("Above only with substitutes")
    NEAR = AmountVerdict.NEAR.value, _("Nearly used up")
    WITHIN = AmountVerdict.WITHIN.value, _("Within the permit")
    OPEN = "open", _("Hours are missing")
    NO_PERMIT = "no_permit", _("No permitted amount")


TONES = {
    AmountStanding.EXCEEDS.value: "red",
    AmountStanding.RECKONED.value: "orange",
    AmountStanding.NEAR.value: "yellow",
    AmountStanding.WITHIN.value: "green",
    AmountStanding.OPEN.value: "grey",
    AmountStanding.NO_PERMIT.value: "grey",
}
