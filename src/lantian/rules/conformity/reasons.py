"""The grounds of a finding in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lantian.rules.conformity.model import Reason


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogue; it is translated when it is said."""
    return message


_ = gettext_noop

#: code → message; the parameters stand in the reason
MESSAGES: dict[str, str] = {
    "shared": _("Both speak of %(terms)s."),
    "same_words": _("The wordings are alike."),
    "not_taken_up": _("Not taken up below: %(terms)s."),
    "nothing_about": _("No task of the lower plan is about %(terms)s."),
    "nothing_alike": _("No task of the lower plan is like it."),
    "nearest": _("Closest is “%(item)s” (%(percent)s%%)."),
    "deadline_same": _("Both by %(upper)s."),
    "deadline_earlier": _("By %(lower)s instead of %(upper)s, %(days)s days earlier."),
    "deadline_later": _("By %(lower)s instead of %(upper)s, %(days)s days later."),
    "deadline_not_named": _("The upper plan wants it by %(upper)s, the lower one names no date for it."),
    "deadline_same_of": _("“%(what)s”: both by %(upper)s."),
    "deadline_earlier_of": _("“%(what)s”: by %(lower)s instead of %(upper)s, %(days)s days earlier."),
    "deadline_later_of": _("“%(what)s”: by %(lower)s instead of %(upper)s, %(days)s days later."),
    "deadline_not_named_of": _(
        "“%(what)s”: the upper plan wants it by %(upper)s, the lower one names no date for it."
    ),
    "other_year": _(
        "The plans are of different years: %(upper)s above, %(lower)s below; the difference in days includes that of the years."
    ),
    "quantity_same": _("The same amount: %(lower)s."),
    "quantity_stricter": _("Stricter: %(lower)s instead of %(upper)s."),
    "quantity_looser": _("Looser: %(lower)s instead of %(upper)s."),
    "rhythm_same": _("Equally often: “%(lower)s”."),
    "rhythm_stricter": _("More often: “%(lower)s” instead of “%(upper)s”."),
    "rhythm_looser": _("Less often: “%(lower)s” instead of “%(upper)s”."),
    "above_only": _("Only units of the upper level answer for it: %(units)s."),
    "others_only": _("Only units of other places answer for it: %(units)s."),
    "other_places": _("Meant for other places: %(places)s."),
    "target_of_other_place": _("A target of %(place)s."),
    "target_of_the_whole": _(
        "A value for %(place)s as a whole; the place has a target of its own in the upper plan."
    ),
    "target_missing": _("The lower plan has no target for %(indicator)s."),
    "target_of_other_period": _("Another period: %(lower)s instead of %(upper)s."),
    "target_in_other_measure": _("Measured otherwise: %(lower)s instead of %(upper)s."),
    "target_only_hoped": _("Firm above, only hoped for below."),
}


def say(reason: Reason, translate: Callable[[str], str] | None = None) -> str:
    """One ground as a sentence.

    Parameters
    ----------
    reason
        The ground.
    translate
        Gives the message in another language, as ``gettext`` does; English without it.

    >>> say(Reason("deadline_later", {"upper": "2017-06-30", "lower": "2017-08-31", "days": "62"}))
    'By 2017-08-31 instead of 2017-06-30, 62 days later.'
    """
    code = reason.code
    if reason.params.get("what") and f"{code}_of" in MESSAGES:  # one of several steps
        code = f"{code}_of"
    message = MESSAGES.get(code, code)
    return (translate(message) if translate else message) % dict(reason.params)


def say_all(reasons: Iterable[Reason], translate: Callable[[str], str] | None = None) -> str:
    """All grounds of a finding in one line."""
    sentences = [say(reason, translate) for reason in reasons]
    return ("" if all(sentence.endswith("。") for sentence in sentences) else " ").join(sentences)
