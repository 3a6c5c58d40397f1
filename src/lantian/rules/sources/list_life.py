"""The life of an entry of a list, as one table: proposed → checked → listed → changed → removed.

A change of a listed entry is pending until somebody else approves it; until then the entry stands as it was. A frozen
list (staggered production after confirmation) takes no entry in, changes none and lets none go, unless that was
announced and filed before.

References
----------
郑政文〔2018〕180号 一(二)4 (lists are public, kept up to date and checked first), 65 (a confirmed staggered list is
changed only after notice on the website of the provincial government and filing).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an entry stands."""

    PROPOSED = "proposed"
    CHECKED = "checked"
    LISTED = "listed"
    #: on the list as it was, with a change that waits for approval
    CHANGED = "changed"
    REMOVED = "removed"


class Need(StrEnum):
    """What a step needs."""

    REASON = "reason"
    #: by somebody else than who proposed
    APPROVAL = "approval"
    #: who announced it, when and where, and the number of the filing
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an entry: its name, from which state to which, and what it needs."""

    name: str
    before: State
    after: State
    needs: frozenset[Need] = frozenset()


def _step(name: str, before: State, after: State, *needs: Need) -> Step:
    return Step(name, before, after, frozenset(needs))


#: the whole life; what is not in here is not allowed. The actions of entries take their states and needs from here
STEPS = (
    _step("check", State.PROPOSED, State.CHECKED),
    _step("refuse", State.PROPOSED, State.REMOVED, Need.REASON),
    _step("send_back", State.PROPOSED, State.PROPOSED, Need.REASON),
    _step("send_back", State.CHECKED, State.PROPOSED, Need.REASON),
    _step("list", State.CHECKED, State.LISTED, Need.APPROVAL),
    _step("refuse", State.CHECKED, State.REMOVED, Need.REASON),
    _step("propose_change", State.LISTED, State.CHANGED, Need.REASON),
    _step("approve_change", State.CHANGED, State.LISTED, Need.REASON, Need.APPROVAL),
    _step("refuse_change", State.CHANGED, State.LISTED, Need.REASON),
    _step("take_back_change", State.CHANGED, State.LISTED),
    _step("remove", State.LISTED, State.REMOVED, Need.REASON, Need.APPROVAL),
    _step("propose_again", State.REMOVED, State.PROPOSED, Need.REASON),
)
#: steps after which a list says something else than before
CHANGING = frozenset({"list", "approve_change", "remove"})


def before(name: str) -> tuple[State, ...]:
    """The states from which a step leads.

    Examples
    --------
    >>> [state.value for state in before("refuse")]
    ['proposed', 'checked']
    """
    return tuple(step.before for step in STEPS if step.name == name)


def needs(name: str, frozen: bool = False) -> frozenset[Need]:
    """What a step needs, on a list that is frozen or not.

    Examples
    --------
    >>> sorted(need.value for need in needs("remove", frozen=True))
    ['announcement', 'approval', 'reason']
    """
    found = frozenset(need for step in STEPS if step.name == name for need in step.needs)
    return found | {Need.ANNOUNCEMENT} if frozen and name in CHANGING else found
