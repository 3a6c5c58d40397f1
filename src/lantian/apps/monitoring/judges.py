"""Who judges, minute by minute: silence always, and whatever rooms register here.

A judge is called with the moment and gives findings; it may give the same ones as often as it likes, the desk knows them::

    judges.register("power", findings_of_meters)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from itertools import islice

from lantian.apps.monitoring.actions.alarms import MOST_FINDINGS, Raised, raise_alarms
from lantian.apps.monitoring.models import Alarm
from lantian.apps.monitoring.silence import judge_silence
from lantian.rules.monitoring.alarms.findings import Finding

logger = logging.getLogger(__name__)

Judge = Callable[[datetime], Iterable[Finding]]

#: name → judge, and each how many minutes it is asked
_judges: dict[str, tuple[Judge, int]] = {}


def register(name: str, judge: Judge, every: int = 1) -> None:
    """Make a judge known; a second of the same name replaces the first.

    Parameters
    ----------
    every
        It is asked each so many minutes of the hour; one that reads much is asked seldom.
    """
    _judges[name] = judge, every


def forget(name: str) -> None:
    """Take a registration back."""
    _judges.pop(name, None)


def registered() -> dict[str, tuple[Judge, int]]:
    """The judges that are known, by name, with each how many minutes they are asked."""
    return dict(_judges)


def judge(now: datetime) -> dict[str, int]:
    """Let all judge whose minute it is; gives how many alarms each has raised. One that fails does not keep the others from judging."""
    runs: dict[str, Callable[[], Raised]] = {"silence": lambda: judge_silence(now)}
    for name, (call, every) in _judges.items():
        if now.minute % every == 0:
            runs[name] = partial(_run, call, now)
    found: dict[str, int] = {}
    for name, run in runs.items():
        try:
            found[name] = len(run().new)
        except Exception:
            logger.exception("the judge %s failed", name)
    return found


def _run(call: Judge, now: datetime) -> Raised:
    new: list[Alarm] = []
    grown: list[Alarm] = []
    same = 0
    found = iter(call(now))
    while batch := list(islice(found, MOST_FINDINGS)):
        raised = raise_alarms(batch, at=now)
        new += raised.new
        grown += raised.grown
        same += raised.same
    return Raised(tuple(new), tuple(grown), same)
