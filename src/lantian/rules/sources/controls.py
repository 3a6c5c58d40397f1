"""What facilities take away: removal × operation × collection, particles by their size.

The coarse efficiencies of the guide are those of the fraction 2.5-10 µm, not of PM10. Several facilities on one source
are taken together only where the guide has a row for the combination, or where it was stated that they stand in
series; else the best of them counts. Dust that is removed on the way by desulphurisation or denitrification counts
only where it was stated.

References
----------
T/CSES 144-2024, factor method E = A·EF·(1 - η), η = average efficiency × running rate; VOCs 1 - η·γ·s; table A.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lantian.rules.sources.books import Technology
from lantian.rules.sources.errors import InputError, Message, _
from lantian.rules.sources.quantities import Number, share

#: the fraction of particles that is removed like PM2.5, and that which is like 2.5-10 µm
FINE, COARSE = "PM2.5", "PM2.5-10"
_FAMILY = {
    "SO2": "SO2",
    "NOx": "NOx",
    "VOCs": "VOCs",
    "PM2.5": "PM",
    "PM2.5-10": "PM",
    "BC": "PM",
    "OC": "PM",
}


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility of a source.

    Attributes
    ----------
    technology
        Its name, in the words of table A.1 where an efficiency is taken from there.
    own
        Measured efficiency by pollutant; ``*`` stands for all that it removes.
    running
        Hours of the facility by hours of production.
    collection
        Share of the emission that reaches it.
    in_series
        It stands behind another facility for the same pollutant.
    side_effect
        Its removal of dust counts beside a filter.
    """

    technology: str
    own: Mapping[str, Fraction] = field(default_factory=dict)
    running: Fraction = Fraction(1)
    collection: Fraction = Fraction(1)
    in_series: bool = False
    side_effect: bool = False
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """The share that is taken away from a pollutant, and how it was found."""

    share: Fraction
    why: tuple[Message, ...] = ()


def effective(efficiency: Number, running: Number = 1, collection: Number = 1) -> Fraction:
    """Share taken away: η·γ·s.

    >>> effective(Fraction(94, 100), Fraction(9, 10), Fraction(95, 100))
    Fraction(8037, 10000)
    """
    return share(efficiency, "efficiency") * share(running, "operation") * share(collection, "collection")


def pm10_after(pm25: Fraction, pm10: Fraction, fine: Number, coarse: Number) -> Fraction:
    """PM10 behind a filter: PM2.5·(1 - η_fine) + (PM10 - PM2.5)·(1 - η_coarse).

    Raises
    ------
    InputError
        ``pm10_below_pm25``

    Examples
    --------
    6 t PM2.5 in 23 t PM10 behind a bag filter (94.5 %, 95 %): 0.33 + 0.85

    >>> pm10_after(Fraction(6), Fraction(23), Fraction(945, 1000), Fraction(95, 100))
    Fraction(59, 50)
    """
    if pm10 < pm25:
        raise InputError(
            "pm10_below_pm25",
            Message(
                _("PM10 (%(pm10)s) is below PM2.5 (%(pm25)s), of which it is a part. Check the factors."),
                pm10=str(float(pm10)),
                pm25=str(float(pm25)),
            ),
            "PM10",
        )
    return pm25 * (1 - share(fine, "efficiency")) + (pm10 - pm25) * (1 - share(coarse, "efficiency"))


def efficiency_of(facility: Facility, technologies: Mapping[str, Technology], target: str) -> Fraction | None:
    """Efficiency for a pollutant or fraction; None where the facility does nothing about it."""
    if target in facility.own:
        return facility.own[target]
    # PM10 that was measured at a facility is not the coarse fraction; it says nothing about the parts.
    known = technologies.get(facility.technology)
    if "*" in facility.own:
        if known is None or target in known.efficiency:
            return facility.own["*"]
        return None
    if known is None:
        raise InputError(
            "technology_unknown",
            Message(
                _("“%(name)s” is not among the technologies of table A.1. Use a name of the list, or give the"
                  " efficiency and its grounds."),
                name=facility.technology,
            ),
            "technology",
        )  # fmt: skip
    found = known.efficiency.get(target)
    return None if found is None else Fraction(found)


def removal(facilities: Sequence[Facility], technologies: Mapping[str, Technology], target: str) -> Removal:
    """What the facilities of a source take away from a pollutant, or from the fraction ``PM2.5-10``."""
    acting: list[tuple[Facility, Fraction]] = []
    why: list[Message] = []
    for facility in facilities:
        eta = efficiency_of(facility, technologies, target)
        if not eta:
            continue
        known = technologies.get(facility.technology)
        aside = known is not None and known.family not in ("none", "collection", _FAMILY.get(target, target))
        if aside and target not in facility.own and not facility.side_effect:
            why.append(
                Message(
                    _("side effect of %(name)s on dust not counted (not stated)"), name=facility.technology
                )
            )
            continue
        acting.append((facility, eta))
    if not acting:
        return Removal(Fraction(0), tuple(why))
    combined = _combination(acting, technologies, target)
    if combined is not None:
        name, eta, running = combined
        why.append(_said(name, eta, running, Fraction(1)))
        return Removal(eta * running, tuple(why))
    shares = [
        (facility, eta, effective(eta, facility.running, facility.collection)) for facility, eta in acting
    ]
    best = max(shares, key=lambda entry: entry[2])
    left = Fraction(1)
    for entry in shares:
        facility, eta, taken = entry
        if (
            entry is best
            or facility.in_series
            or (facility.side_effect and _is_aside(facility, technologies, target))
        ):
            left *= 1 - taken
            why.append(_said(facility.technology, eta, facility.running, facility.collection))
        else:
            why.append(
                Message(_("%(name)s not counted: not stated to be in series"), name=facility.technology)
            )
    return Removal(1 - left, tuple(why))


def _is_aside(facility: Facility, technologies: Mapping[str, Technology], target: str) -> bool:
    known = technologies.get(facility.technology)
    return known is not None and known.family != _FAMILY.get(target, target)


def _combination(
    acting: Sequence[tuple[Facility, Fraction]], technologies: Mapping[str, Technology], target: str
) -> tuple[str, Fraction, Fraction] | None:
    """The row of the guide for exactly these facilities, where none has an efficiency of its own."""
    if len(acting) < 2 or any(facility.own for facility, _eta in acting):
        return None
    names = {facility.technology for facility, _eta in acting}
    for technology in technologies.values():
        if set(technology.combines) == names and target in technology.efficiency:
            running = min(facility.running for facility, _eta in acting)
            return technology.name, Fraction(technology.efficiency[target]), running
    return None


def _said(name: str, eta: Fraction, running: Fraction, collection: Fraction) -> Message:
    return Message(
        _("%(name)s %(efficiency)s × operation %(running)s × collection %(collection)s"),
        name=name,
        efficiency=_plain(eta),
        running=_plain(running),
        collection=_plain(collection),
    )


def _plain(value: Fraction) -> str:
    return f"{float(value):.6g}"
