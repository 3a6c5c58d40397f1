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

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lantian.rules.sources.errors import InputError, Message, _


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


#: the whole life; what is not in here is not allowed
STEPS = (
    _step("check", State.PROPOSED, State.CHECKED),
    _step("refuse", State.PROPOSED, State.REMOVED, Need.REASON),
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


@dataclass(frozen=True, slots=True)
class Announcement:
    """The announced change of a frozen list."""

    by: str
    on: date
    where: str
    filing_number: str


def allowed(state: State | str, frozen: bool = False) -> tuple[Step, ...]:
    """The steps of an entry in a state, with what each needs.

    Examples
    --------
    >>> [step.name for step in allowed("checked")]
    ['send_back', 'list', 'refuse']
    >>> sorted(need.value for need in allowed("changed", frozen=True)[0].needs)
    ['announcement', 'approval', 'reason']
    """
    found = []
    for step in STEPS:
        if step.before == state:
            if frozen and step.name in CHANGING:
                step = replace(step, needs=step.needs | {Need.ANNOUNCEMENT})
            found.append(step)
    return tuple(found)


def step_of(state: State | str, name: str, frozen: bool = False) -> Step:
    """The step of a name.

    Raises
    ------
    InputError
        ``step``
    """
    for step in allowed(state, frozen):
        if step.name == name:
            return step
    raise InputError("step", Message(_("This step is not possible in this state. Load the page anew.")))


def check_step(
    step: Step,
    day: date,
    *,
    reason: str = "",
    proposed_by: str = "",
    approved_by: str = "",
    announcement: Announcement | None = None,
) -> None:
    """Refuse a step that lacks what it needs.

    Parameters
    ----------
    day
        The day of the step; an announcement must have been made by then.
    proposed_by, approved_by
        What identifies the persons.

    Raises
    ------
    InputError
        ``reason_missing``, ``approval_missing``, ``same_person``, ``announcement_missing``, ``announcement_open`` or
        ``announcement_early``; ``field`` names what is missing.
    """
    if Need.REASON in step.needs and not reason.strip():
        raise InputError("reason_missing", Message(_("Give the reason of this step.")), "reason")
    if Need.APPROVAL in step.needs:
        if not approved_by:
            raise InputError(
                "approval_missing", Message(_("This step must be approved by somebody.")), "approved_by"
            )
        if approved_by == proposed_by:
            raise InputError(
                "same_person",
                Message(_("Who proposes does not approve. Ask somebody else to decide this.")),
                "approved_by",
            )
    if Need.ANNOUNCEMENT in step.needs:
        _check_announcement(announcement, day)


def _check_announcement(announcement: Announcement | None, day: date) -> None:
    if announcement is None:
        raise InputError(
            "announcement_missing",
            Message(
                _("This list is confirmed and frozen. It can be changed only after the change was announced and filed:"
                  " enter the announcement first."),
            ),
            "announcement",
        )  # fmt: skip
    for name in ("by", "where", "filing_number"):
        if not getattr(announcement, name).strip():
            raise InputError(
                "announcement_open",
                Message(
                    _("The announcement must say who announced it, where it is published and under which number it was"
                      " filed."),
                ),
                name,
            )  # fmt: skip
    if announcement.on > day:
        raise InputError(
            "announcement_early",
            Message(_("This day has not come yet. Enter the announcement when it has been made.")),
            "on",
        )
