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
    "recomputed": _(
        "%(base)s is computed anew by %(book)s and the limits of %(limits)s, so that both can be compared"
    ),
    "not_a_year": _("the limits are made for a year; for this period the verdict is a comparison only"),
    "readings_differ": _(
        "%(item)s, %(statistic)s: %(value)s; rounded the other way, the verdict would be the other one"
    ),
    "three_year_unknown": _("%(book)s knows no average of three years"),
    "three_year_unset": _(
        "no average of three years: %(book)s brings it in, but how it is made is not known here (entry three_year)"
    ),
    "three_year_lacking": _("no average of three years: %(count)s of the years have no value"),
    "trend_gaps": _("no value for %(years)s"),
    "trend_few": _("%(count)s years, %(needed)s are needed (%(clause)s)"),
    "trend_many": _("%(count)s years; critical values are known for %(most)s at most"),
    "dust_lost": _("%(count)s jars without a value"),
    "dust_after": _("the limit of %(document)s was set as an aim until %(day)s"),
    "dust_no_limit": _("no limit is known for this place and day"),
    "dust_no_value": _("no jar has a value"),
    "left_out": _("left out of the list: %(why)s"),
    "no_figure": _("no place, as there is no %(figure)s"),
    "no_base": _("no place, as there is no %(figure)s of the period that is compared with"),
    "weights_unset": _(
        "nobody has a place: how level and improvement are weighed in %(list)s has not been seen; set weight_level,"
        " weight_change and combine"
    ),
    "not_among_worst": _("attains grade 2, so it is not named among the worst (%(list)s)"),
}
#: parameters that are lists, joined with ``|``
_LISTS = ("item", "items", "months", "years")
#: parameters that are words themselves
_TRANSLATED = ("figure", "statistic")
#: figures in words; pollutants stay as they are
FIGURE_WORDS: dict[str, str] = {
    "composite_index": _("composite index"),
    "max_index": _("greatest single index"),
    "good_days": _("good days"),
    "good_ratio": _("ratio of good days"),
    "heavy_days": _("heavy days"),
    "mean": _("mean"),
    "percentile": _("percentile"),
}


def reason_in_words(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """A reason in the language of the reader."""
    between = translate(BETWEEN_ITEMS)
    params = {
        name: (
            between.join(str(value).split("|"))
            if name in _LISTS
            else figure_in_words(str(value), translate)
            if name in _TRANSLATED
            else value
        )
        for name, value in reason.params.items()
    }
    return translate(REASONS[reason.code]) % params


def figure_in_words(figure: str, translate: Callable[[str], str] = str) -> str:
    """A figure that places are ordered by, or a statistic, in the language of the reader."""
    return translate(FIGURE_WORDS[figure]) if figure in FIGURE_WORDS else figure
