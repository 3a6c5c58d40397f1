"""What is said about an evaluation. English; the catalogue has the Chinese."""

from __future__ import annotations

from collections.abc import Callable

from lantian.rules.air.evaluation import Reason
from lantian.rules.air.words import BETWEEN_ITEMS


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogue; it is translated when it is said."""
    return message


_ = gettext_noop

REASONS: dict[str, str] = {
    "two_editions": _("the period lies in two editions: judged by the later one, %(book)s"),
    "few_points": _("%(count)s daily values left out, as too few points of the city are valid (%(clause)s)"),
    "few_points_used": _(
        "%(count)s daily values used though too few points of the city are valid (%(clause)s)"
    ),
    "no_value": _("%(item)s: no valid daily value"),
    "few_days": _("%(item)s: %(valid)s daily values, %(required)s are needed (%(clause)s)"),
    "few_in_month": _("%(item)s: too few daily values in %(months)s"),
    "few_of_part": _(
        "%(item)s: %(valid)s daily values, %(required)s are needed (in proportion to a month; no standard says so)"
    ),
    "used_anyway": _("%(item)s: what there is was used though the minimum of data is not reached"),
    "removed": _("%(item)s: %(count)s daily values taken out (sand or exceptional events)"),
    "removed_count": _(
        "%(item)s: %(count)s daily values taken out (sand or exceptional events); they count towards the minimum of data"
    ),
    "no_index": _("no composite index, as there is none of %(items)s"),
}
#: parameters that are lists, joined with ``|``
_LISTS = ("item", "items", "months")


def reason_in_words(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """A reason in the language of the reader."""
    between = translate(BETWEEN_ITEMS)
    params = {
        name: between.join(str(value).split("|")) if name in _LISTS else value
        for name, value in reason.params.items()
    }
    return translate(REASONS[reason.code]) % params
