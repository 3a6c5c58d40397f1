"""The steps of an alarm in one table: from which states, to which, by whom, and what each asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lantian.rules.monitoring.errors import _

OPEN, ACKNOWLEDGED, ANSWERED = "open", "acknowledged", "answered"
TURNED, CLOSED, REOPENED = "turned", "closed", "reopened"
STATES: Mapping[str, str] = {
    OPEN: _("Not taken up"),
    ACKNOWLEDGED: _("Taken up"),
    ANSWERED: _("Answered by the enterprise"),
    TURNED: _("Turned over"),
    CLOSED: _("Dealt with"),
    REOPENED: _("Taken up anew"),
}
#: states in which somebody still has to do something
PENDING = frozenset(STATES) - {CLOSED}

#: who may take a step: whoever handles alarms, closes them, or answers for the own enterprise
HANDLE, CLOSE, ANSWER = "handle", "close", "answer"


@dataclass(frozen=True, slots=True)
class Step:
    """A step.

    Attributes
    ----------
    right
        ``handle``, ``close`` or ``answer``.
    asks
        ``reason``: words are wanted; ``answer``: a reason code and words; ``verdict``: a verdict.
    """

    code: str
    label: str
    sources: frozenset[str]
    target: str
    right: str
    asks: str = ""


STEPS: Mapping[str, Step] = {
    step.code: step
    for step in (
        Step("acknowledge", _("Take up"), frozenset({OPEN}), ACKNOWLEDGED, HANDLE),
        Step(
            "answer",
            _("Explain"),
            frozenset({OPEN, ACKNOWLEDGED, ANSWERED, REOPENED}),
            ANSWERED,
            ANSWER,
            "answer",
        ),
        Step("send_back", _("Send the answer back"), frozenset({ANSWERED}), ACKNOWLEDGED, HANDLE, "reason"),
        Step(
            "turn_over",
            _("Turn into an issue"),
            frozenset({OPEN, ACKNOWLEDGED, ANSWERED, REOPENED}),
            TURNED,
            HANDLE,
            "reason",
        ),
        Step(
            "close",
            _("Close with a verdict"),
            frozenset({OPEN, ACKNOWLEDGED, ANSWERED, TURNED, REOPENED}),
            CLOSED,
            CLOSE,
            "verdict",
        ),
        Step("reopen", _("Take up anew"), frozenset({CLOSED}), REOPENED, CLOSE, "reason"),
    )
}


def open_to(state: str, rights: Iterable[str], *, folded: bool = False) -> list[Step]:
    """Steps that lead on from a state for who has some rights; a folded alarm goes with the one it is folded into."""
    held = frozenset(rights)
    if folded:
        return []
    return [step for step in STEPS.values() if state in step.sources and step.right in held]


def may_decide(closer: int | None, closer_unit: int | None, answered_by: int | None, operator: int | None) -> bool:
    """Whether an account may close an alarm: neither who answered for the enterprise, nor anybody of the enterprise.

    Parameters
    ----------
    closer, closer_unit
        The account that would close it, and its organisation.
    answered_by
        The account that answered.
    operator
        The organisation that runs the source.
    """
    if closer is None:
        return True
    return closer != answered_by and (operator is None or closer_unit != operator)
