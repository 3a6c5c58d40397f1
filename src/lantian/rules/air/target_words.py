"""What is said about targets of the air. English; the catalogue has the Chinese."""

from __future__ import annotations

from collections.abc import Callable

from lantian.rules.air.evaluation import Reason
from lantian.rules.air.words import BETWEEN_ITEMS


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogue; it is translated when it is said."""
    return message


_ = gettext_noop

#: measure → its name
MEASURES: dict[str, str] = {
    "mean": _("mean concentration"),
    "percentile": _("percentile"),
    "good_days": _("good days"),
    "heavy_days": _("heavy days"),
    "good_ratio": _("ratio of good days"),
    "heavy_ratio": _("ratio of heavy days"),
    "composite_index": _("composite index"),
    "rank": _("rank"),
    "emission": _("daily emission"),
    "electricity": _("daily electricity"),
}

#: state → its name
STATES: dict[str, str] = {
    "attained": _("attained already"),
    "impossible": _("out of reach"),
    "open": _("still open"),
    "met": _("period over, attained"),
    "missed": _("period over, missed"),
    "untold": _("cannot be told"),
}

#: light of a target that is still open → its name
PROSPECTS: dict[str, str] = {
    "green": _("likely to be attained"),
    "yellow": _("at risk"),
    "red": _("hardly attainable"),
    "grey": _("still open"),
}

#: what a budget of days is made of
BUDGETS: dict[str, str] = {
    "good_days": _("bad days"),
    "good_ratio": _("bad days"),
    "heavy_days": _("heavy days"),
    "heavy_ratio": _("heavy days"),
    "percentile": _("days above the value"),
}

#: span of control values → its name
SPANS: dict[str, str] = {
    "day": _("next day"),
    "week": _("rest of the week"),
    "month": _("rest of the month"),
    "quarter": _("rest of the quarter"),
    "period": _("rest of the period"),
}

#: why a text is no target → what to do
UNREADABLE: dict[str, str] = {
    "no_target": _("“%(text)s” is no target. Write for example PM2.5<=52, 优良天数>=200 or PM2.5下降5%%."),
    "several": _("“%(text)s” holds more than one target. Give one at a time."),
    "unknown": _("“%(text)s” is not measured by the air that a station reports."),
    "direction": _("“%(text)s” would ask for worse air. Turn the sign round."),
    "no_value": _("“%(text)s” has no number."),
    "unit": _("The unit of “%(text)s” does not fit. Concentrations are in µg/m³, CO in mg/m³."),
    "range": _("The value of “%(text)s” cannot be."),
}

REASONS: dict[str, str] = {
    "few_years": _("only %(count)s reference year(s): the shape and the probability rest on little"),
    "reference_itself": _("%(year)s is the period itself and no reference"),
    "reference_short": _(
        "reference year %(year)s left out: %(valid)s of %(days)s days have a value, %(percent)s%% are needed"
    ),
    "month_without_reference": _(
        "%(count)s month(s) without a value in the reference years get the mean of the others"
    ),
    "no_reference": _("none of the reference years %(years)s has enough days: no shape, no probability"),
    "no_reference_rest": _(
        "none of the reference years has enough days in the rest of the period: no probability"
    ),
    "days_out_of_reach": _(
        "at most %(valid)s daily values can be reached, %(required)s are needed (%(clause)s): no valid statistic any more"
    ),
    "months_out_of_reach": _("too few daily values can be reached in %(months)s (%(clause)s)"),
    "no_base": _("no statistic of the base period %(base)s: %(valid)s daily values, %(required)s are needed"),
    "base_used_anyway": _(
        "base period %(base)s: what there is was used, %(valid)s daily values, %(required)s are needed"
    ),
    "no_rest_of_composite_index": _(
        "a composite index is made of six statistics: what is left cannot be said by one value"
    ),
    "no_rest_of_rank": _("a rank depends on the others: what is left cannot be said by one value"),
}
#: parameters that are lists, joined with ``|``
_LISTS = ("months", "years")


def reason_in_words(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """A reason in the language of the reader."""
    between = translate(BETWEEN_ITEMS)
    params = {
        name: between.join(str(value).split("|")) if name in _LISTS else value
        for name, value in reason.params.items()
    }
    return translate(REASONS[reason.code]) % params
