"""Hours and amounts of many points at once, for the report by day: columns of whole numbers, summed exactly.

A printed number has six decimals in the lake: as a whole number of millionths it is exact, and so are products and sums.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.emitted import FLOW, per_hour
from lantian.apps.monitoring.outlets import name_of
from lantian.apps.monitoring.points import VALID_FLAGS, in_mg_m3
from lantian.lake.stacks.reading import read_values
from lantian.rules.monitoring.amounts import hour_kg
from lantian.rules.monitoring.exact import exact
from lantian.rules.monitoring.marks import Means, meaning

if TYPE_CHECKING:
    import pyarrow as pa

    from lantian.apps.monitoring.models import Device

HOUR = timedelta(hours=1)
#: millionths of the lake's numbers
_SCALE = 1_000_000
_COLUMNS = ["mn", "factor", "start", "avg", "data", "rs", "cou", "flag"]
_Numbers = np.ndarray[Any, Any]


@dataclass(slots=True)
class Counted:
    """A point in a span.

    Attributes
    ----------
    came, normal, stopped
        Hours of which anything came; with a value that the device calls normal; in which the source stood still, by the mark of
        the device or of the enterprise.
    kg
        Pollutant → amount [kg], and the hours that it rests on; without those in which the source stood still.
    """

    came: int = 0
    normal: int = 0
    stopped: int = 0
    kg: dict[str, tuple[Fraction, int]] = field(default_factory=dict)


def counted(
    devices: Sequence[Device],
    first: datetime,
    last: datetime,
    still: Mapping[int, Collection[datetime]],
    pollutants: Collection[str],
) -> dict[int, Counted]:
    """What points sent in a span, its end excluded, by the key of the device.

    Parameters
    ----------
    still
        Key of a device → hours in which its source stood still by marks of the enterprise.
    pollutants
        Whose amounts are wanted, as the rules call them.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    rows = read_values(
        readings.lake(), first, last - HOUR, mns=[device.mn for device in devices], cns=[COMMAND_OF[Period.HOUR]],
        columns=_COLUMNS,
    )  # fmt: skip
    found = {device.pk: Counted(stopped=len(still.get(device.pk, ()))) for device in devices}
    if rows.num_rows:
        _count(rows, devices, still, pollutants, found)
    return found


def _count(
    rows: pa.Table,
    devices: Sequence[Device],
    still: Mapping[int, Collection[datetime]],
    pollutants: Collection[str],
    found: dict[int, Counted],
) -> None:
    by_mn = {device.mn: device for device in devices}
    device_at, mns = _indexed(rows["mn"])
    code_at, codes = _indexed(rows["factor"])
    flag_at, flags = _indexed(rows["flag"].fill_null(""))
    starts = rows["start"].combine_chunks().cast("int64").to_numpy()
    moments, moment_at = np.unique(starts, return_inverse=True)
    # Of one device, factor and moment under two system codes the last one counts, as on its page.
    key = (device_at * len(codes) + code_at) * len(moments) + moment_at
    _keys, backwards = np.unique(key[::-1], return_index=True)
    kept = np.sort(len(key) - 1 - backwards)
    rows = rows.take(kept)
    device_at, code_at, flag_at, moment_at = (of[kept] for of in (device_at, code_at, flag_at, moment_at))
    listed = [by_mn[mn] for mn in mns]
    shape = len(mns), len(moments)

    valid = np.array([flag in VALID_FLAGS for flag in flags])[flag_at]
    editions = sorted({device.protocol for device in listed})
    stops = np.array([[meaning(flag, edition) is Means.STOPPED for flag in flags] for edition in editions])
    edition_at = np.array([editions.index(device.protocol) for device in listed])[device_at]
    stopping = stops[edition_at, flag_at]
    came, normal, stopped = (np.zeros(shape, bool) for _one in range(3))
    came[device_at, moment_at] = True
    normal[device_at[valid], moment_at[valid]] = True
    stopped[device_at[stopping], moment_at[stopping]] = True
    place = {int(moment): at for at, moment in enumerate(moments)}
    for at, device in enumerate(listed):
        one, outside = found[device.pk], 0
        for hour in still.get(device.pk, ()):
            # The lake keeps microseconds of UTC.
            here = place.get(int(hour.timestamp()) * 1_000_000)
            if here is None:
                outside += 1
            else:
                stopped[at, here] = True
        one.came, one.normal, one.stopped = int(came[at].sum()), int(normal[at].sum()), int(stopped[at].sum()) + outside

    names = [name_of(code) for code in codes]
    flows = _flows(rows, listed, codes, names, device_at, code_at, moment_at, valid, shape)
    wanted = np.array([name in pollutants for name in names])[code_at] & valid & ~stopped[device_at, moment_at]
    _amounts(rows, listed, codes, names, (device_at, code_at, moment_at), wanted, flows, found)


def _flows(
    rows: pa.Table,
    listed: Sequence[Device],
    codes: Sequence[str],
    names: Sequence[str],
    device_at: _Numbers,
    code_at: _Numbers,
    moment_at: _Numbers,
    valid: _Numbers,
    shape: tuple[int, int],
) -> tuple[_Numbers, list[Fraction | None]]:
    """The flow of each device and moment in millionths of its unit, below 0 where none tells; and what makes m³/h of it."""
    of_flow = np.flatnonzero(np.array([name == FLOW for name in names])[code_at])
    code_of: dict[int, int] = {}
    for at in of_flow:
        code_of.setdefault(int(device_at[at]), int(code_at[at]))
    chosen = np.full(shape[0], -1)
    chosen[list(code_of)] = list(code_of.values())
    values, there = _millionths(rows, ("avg", "data", "rs"))
    use = of_flow[(chosen[device_at[of_flow]] == code_at[of_flow]) & valid[of_flow] & there[of_flow]]
    found = np.full(shape, -1, np.int64)
    found[device_at[use], moment_at[use]] = values[use]
    per = [per_hour(device, codes[code_of[at]]) if at in code_of else None for at, device in enumerate(listed)]
    return found, per


def _amounts(
    rows: pa.Table,
    listed: Sequence[Device],
    codes: Sequence[str],
    names: Sequence[str],
    places: tuple[_Numbers, _Numbers, _Numbers],
    wanted: _Numbers,
    flows: tuple[_Numbers, list[Fraction | None]],
    found: dict[int, Counted],
) -> None:
    device_at, code_at, moment_at = places
    flow, per = flows
    values, there = _millionths(rows, ("avg", "data", "rs"))
    summed, told = _millionths(rows, ("cou",))
    told &= summed >= 0
    by_hour = flow[device_at, moment_at]
    # Of each device and factor: kg that it has summed up itself, and concentration times flow, each with its hours.
    sums: dict[tuple[int, int], list[int]] = {}
    for row in np.flatnonzero(wanted & (told | (there & (values >= 0) & (by_hour >= 0)))):
        one = sums.setdefault((int(device_at[row]), int(code_at[row])), [0, 0, 0, 0])
        if told[row]:
            one[0] += int(summed[row])
            one[1] += 1
        else:
            one[2] += int(values[row]) * int(by_hour[row])
            one[3] += 1
    for (at, code), (own, own_hours, product, hours) in sums.items():
        device, kg, rests = listed[at], Fraction(own, _SCALE), own_hours
        unit, to_hour = in_mg_m3(device, codes[code], Decimal(1)), per[at]
        if hours and unit is not None and to_hour is not None:
            kg += Fraction(product, _SCALE * _SCALE) * hour_kg(exact(unit), to_hour)
            rests += hours
        if rests:
            before, others = found[device.pk].kg.get(names[code], (Fraction(0), 0))
            found[device.pk].kg[names[code]] = before + kg, others + rests


def _indexed(column: pa.ChunkedArray) -> tuple[_Numbers, list[str]]:
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _millionths(rows: pa.Table, names: Sequence[str]) -> tuple[_Numbers, _Numbers]:
    """The first of some columns that tells, as whole millionths, and whether any does; a number of the lake has at most 18 figures."""
    first: Callable[..., Any] = pc.coalesce
    column = first(*(rows[name] for name in names)).combine_chunks()
    there = column.is_valid().to_numpy(zero_copy_only=False)
    filled = column.fill_null(Decimal(0))
    # 128 bits each, the low half first; the high half only repeats the sign.
    halves = np.frombuffer(filled.buffers()[1], np.int64).reshape(-1, 2)
    return halves[filled.offset : filled.offset + len(filled), 0], there
