"""What verdicts say about the thresholds of the rules of suspicious data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as __

from lantian.apps.monitoring.choices_alarms import AlarmCause, AlarmState, Verdict
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.suspicion.feedback import Feedback, Finding, propose

#: closed alarms that are looked at, the latest first
_MOST = 5000
#: a fault of the device is a sign that was right; what was explained says nothing of the threshold
_FOUND = {
    Verdict.CONFIRMED.value: Finding.CONFIRMED,
    Verdict.DEVICE_FAULT.value: Finding.CONFIRMED,
    Verdict.FALSE_ALARM.value: Finding.FALSE_ALARM,
}


def feedback(rows: Any) -> list[Feedback]:
    """Verdicts of closed alarms of suspicious data, each with the score that its rule had found."""
    closed = rows.filter(cause=AlarmCause.SUSPECT, state=AlarmState.CLOSED, verdict__in=list(_FOUND))
    found = []
    for rule, verdict, evidence in closed.order_by("-closed_at").values_list("rule", "verdict", "evidence")[:_MOST]:
        score = evidence.get("score")
        if score:
            found.append(Feedback(rule, score[0], float(score[1]), _FOUND[verdict]))
    return found


def proposals(rows: Any) -> list[dict[str, Any]]:
    """What the verdicts propose for each threshold that was judged by people; the office decides."""
    given = feedback(rows)
    rules = own_monitoring(Path(settings.DATA), "suspicion")
    found = []
    for name in sorted({one.threshold for one in given if one.threshold in rules.entries}):
        entry = rules.entry(name)
        proposal = propose(given, name, rules=rules)
        found.append(
            {
                "label": entry.label,
                "value": entry.value,
                "unit": entry.unit,
                "says": proposal.reason.text(__),
                "override": proposal.override,
            }
        )
    return found
