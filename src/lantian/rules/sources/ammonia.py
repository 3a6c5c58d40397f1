"""Ammonia of animals, by the way of their nitrogen, and of fertiliser.

References
----------
2014 NH3 guide as cited in the literature: TAN runs through housing, storage and spreading; E = Σ TAN·EF·1.214; a tenth
of solid TAN becomes organic nitrogen; storage also loses N2O, NO and N2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lantian.rules.sources.quantities import Number, not_negative, share


@dataclass(frozen=True, slots=True)
class TanFlow:
    """What became of the ammoniacal nitrogen of a herd [t N], and the ammonia [t NH3]."""

    housing: Fraction
    storage: Fraction
    spreading: Fraction
    other_loss: Fraction
    to_organic: Fraction
    left: Fraction
    nh3: Fraction


def livestock(
    tan_t: Number,
    stages: Mapping[str, Number],
    other_loss: Number,
    to_organic: Number,
    from_n: Number,
) -> TanFlow:
    """Follow TAN through the stages of one phase, liquid or solid.

    Parameters
    ----------
    tan_t
        TAN that enters the house in a year [t].
    stages
        Share that goes as NH3-N in ``housing``, ``storage``, ``spreading``.
    other_loss
        Share of what is in store that goes as N2O, NO and N2.
    to_organic
        Share that becomes organic before storage: 0.1 of solid, 0 of liquid.

    Examples
    --------
    100 t of solid TAN of pigs, 5 % other loss in store: 18.5 t in the house; 81.5 left, a tenth becomes organic: 73.35
    in store, 4.6 % and 5 % go: 3.3741 and 3.6675; 66.3084 is spread, 81 % goes: 53.709804. Together 75.583904 t N.

    >>> from decimal import Decimal as D
    >>> stages = {"housing": D("0.185"), "storage": D("0.046"), "spreading": D("0.81")}
    >>> float(livestock(100, stages, D("0.05"), D("0.1"), D("1.214")).nh3)
    91.758859456
    """
    tan = not_negative(tan_t, "TAN")
    housing = tan * share(stages["housing"], "housing")
    organic = (tan - housing) * share(to_organic, "to organic")
    stored = tan - housing - organic
    storage = stored * share(stages["storage"], "storage")
    other = stored * share(other_loss, "other loss")
    spread = not_negative(stored - storage - other, "TAN after storage")
    spreading = spread * share(stages["spreading"], "spreading")
    return TanFlow(
        housing,
        storage,
        spreading,
        other,
        organic,
        spread - spreading,
        (housing + storage + spreading) * Fraction(from_n),
    )


def fertiliser_t(nitrogen_t: Number, rate: Number, from_n: Number) -> Fraction:
    """Ammonia of fertiliser [t NH3] from its nitrogen and the share that goes as NH3-N.

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> float(fertiliser_t(1_000, D("0.194"), D("1.214")))
    235.516
    """
    return not_negative(nitrogen_t, "nitrogen") * share(rate, "rate") * Fraction(from_n)
