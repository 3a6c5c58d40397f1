"""Who judges, minute by minute: silence always, and whatever rooms register here.

A judge is called with the moment and gives findings; it may give the same ones as often as it likes, the desk knows them::

    judges.register("power", findings_of_meters)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from lantian.apps.monitoring.actions.alarms import Raised, raise_alarms
from lantian.apps.monitoring.silence import judge_silence
from lantian.rules.monitoring.alarms.findings import Finding

logger = logging.getLogger(__name__)

Judge = Callable[[datetime], Iterable[Finding]]

_judges: dict[str, Judge] = {}


def register(name: str, judge: Judge) -> None:
    """Make a judge known; a second of the same name replaces the first."""
    _judges[name] = judge


def forget(name: str) -> None:
    """Take a registration back."""
    _judges.pop(name, None)


def judge(now: datetime) -> dict[str, int]:
    """Let all judge; gives how many alarms each has raised. One that fails does not keep the others from judging."""
    runs: dict[str, Callable[[], Raised]] = {"silence": lambda: judge_silence(now)}
    for name, call in _judges.items():
        runs[name] = partial(_run, call, now)
    found: dict[str, int] = {}
    for name, run in runs.items():
        try:
            found[name] = len(run().new)
        except Exception:
            logger.exception("the judge %s failed", name)
    return found


def _run(call: Judge, now: datetime) -> Raised:
    return raise_alarms(call(now), at=now)
