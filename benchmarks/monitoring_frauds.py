"""How well the rules of suspicion find made-up frauds, and how often they cry over honest outlets and over a real hour.

``python benchmarks/monitoring_frauds.py`` makes a province of stacks with known truth: loads, noise, stops, calibrations, gaps and
coarse analysers of honest ones, and one fraud in every fifth, its size drawn at random, so that some stay below a threshold on
purpose. It prints precision and recall of each rule. ``--hour FILE`` adds the signs on a real hour of frames of HJ 212, whose truth
nobody knows: each of them counts as a false alarm, which is more than there can be.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from lantian.rules.monitoring.factors import column_of
from lantian.rules.monitoring.suspicion.columns import Observations, observations
from lantian.rules.monitoring.suspicion.run import BY_ID, RULES, examine
from lantian.rules.monitoring.suspicion.sign import Context, Period, Sign

START = int(datetime(2026, 3, 1, 16, tzinfo=UTC).timestamp())
FIVE, HOUR, DAY = 300, 3600, 86_400
REALTIME, HOURS, PAST_HOURS = 288, 24 * 7, 24 * 28
Columns = dict[str, np.ndarray]
GASES = ("so2", "nox", "dust")
REFERENCES = (6.0, 9.0, 11.0)


@dataclass
class Stack:
    """A stack with its columns, its marks, and what is wrong with it."""

    name: str
    columns: Columns
    marks: dict[str, np.ndarray]
    kept: np.ndarray
    fraud: str = ""
    size: float = 0.0
    received: np.ndarray | None = None


@dataclass
class Province:
    """Stacks of one kind of data, and what else rules look at."""

    step: int
    stacks: list[Stack] = field(default_factory=list)
    claims: list[Period] = field(default_factory=list)
    past_claims: list[Period] = field(default_factory=list)
    exceedances: list[Period] = field(default_factory=list)
    neighbours: dict[str, tuple[str, ...]] = field(default_factory=dict)
    logs: list[Period] = field(default_factory=list)
    limits: dict[tuple[str, str], float] = field(default_factory=dict)
    past: list[Stack] = field(default_factory=list)


def noise(rng: np.random.Generator, rows: int, memory: float) -> np.ndarray:
    """Noise with a memory, of standard deviation 1."""
    steps = rng.normal(0, np.sqrt(1 - memory**2), rows)
    found = np.empty(rows)
    last = rng.normal()
    for at in range(rows):
        last = memory * last + steps[at]
        found[at] = last
    return found


def plant(
    rng: np.random.Generator, rows: int, step: int, offset: int = 0, like: dict[str, float] | None = None
) -> tuple[Columns, dict[str, float]]:
    """An honest stack: load of day and week, gases with noise, oxygen that goes against the load, folded values."""
    own = like or {
        "level_so2": rng.uniform(8, 30), "level_nox": rng.uniform(20, 60), "level_dust": rng.uniform(1.5, 8),
        "oxygen": rng.uniform(6.5, 12), "flow": rng.uniform(5e4, 5e5), "area": rng.uniform(4, 25),
        "temperature": rng.uniform(70, 150), "reference": float(rng.choice(REFERENCES)), "cv": rng.uniform(0.06, 0.3),
        "swing": rng.uniform(0.03, 0.2), "phase": rng.uniform(0, 6.28), "digits": float(rng.choice([1, 2, 2, 3])),
        "memory": rng.uniform(0.5, 0.93), "moisture": rng.uniform(6, 14),
    }  # fmt: skip
    at = (np.arange(rows) + offset) * step
    memory = own["memory"] ** (step / 900)
    load = 1 + own["swing"] * np.sin(at * 2 * np.pi / DAY + own["phase"]) + 0.06 * noise(rng, rows, memory)
    found: Columns = {}
    oxygen = np.clip(own["oxygen"] - 3 * (load - 1) + 0.3 * noise(rng, rows, memory), 2, 18)
    found["o2"] = np.round(oxygen, 2)
    for gas in GASES:
        raw = own[f"level_{gas}"] * (1 + own["cv"] * noise(rng, rows, memory)) * (1 + 0.3 * (load - 1))
        found[gas] = np.round(np.maximum(raw, 0.02 * own[f"level_{gas}"]), int(own["digits"]))
        found[f"{gas}.zs"] = np.round(found[gas] * (21 - own["reference"]) / (21 - found["o2"]), 3)
    found["flow"] = np.round(own["flow"] * load * (1 + 0.02 * rng.normal(0, 1, rows)), 0)
    found["velocity"] = np.round(found["flow"] / own["area"] / 3600, 2)
    found["temperature"] = np.round(own["temperature"] + 6 * noise(rng, rows, memory) + 4 * (load - 1), 1)
    found["moisture"] = np.full(rows, round(own["moisture"], 1))
    found["area"] = np.full(rows, round(own["area"], 2))
    for gas in GASES:
        spread = np.abs(rng.normal(0, 0.1, rows)) * found[gas]
        found[f"{gas}.min"], found[f"{gas}.max"] = found[gas] - spread, found[gas] + spread
    return found, own


def honest(rng: np.random.Generator, name: str, columns: Columns, step: int) -> Stack:
    """What happens to honest stations: calibration with its mark, a gap, a stop that is cold and marked, or not marked."""
    rows = len(columns["so2"])
    marks = {gas: np.full(rows, ord("N"), np.uint8) for gas in (*GASES, "o2")}
    kept = np.ones(rows, bool)
    if rng.random() < 0.5:
        begin, long = int(rng.integers(0, rows - 8)), int(rng.integers(2, 8))
        for gas in GASES:
            for suffix in ("", ".zs", ".min", ".max"):
                columns[gas + suffix][begin : begin + long] = 0.0
            marks[gas][begin : begin + long] = ord("C")
    if rng.random() < 0.3:
        begin = int(rng.integers(0, rows - 6))
        kept[begin : begin + int(rng.integers(1, 6))] = False
    chance = rng.random()
    if chance < 0.12:
        begin = 0 if chance < 0.05 else int(rng.integers(0, rows // 2))
        here = slice(begin, rows)
        cold = 0.3 * rng.random(rows - begin)
        for name_, value in (("velocity", cold), ("temperature", 25 + 5 * cold), ("flow", 0 * cold), ("o2", 20.6 + cold)):
            columns[name_][here] = np.round(value, 2)
        for gas in GASES:
            for suffix in ("", ".zs", ".min", ".max"):
                columns[gas + suffix][here] = 0.0
            # Many stopped stacks never set F.
            marks[gas][here] = ord("F") if chance < 0.08 else ord("N")
    return Stack(name, columns, marks, kept)


# --- frauds: each changes a stack and says how large it is ---

Fraud = Callable[[np.random.Generator, Stack, Province], float]


def _refold(stack: Stack, reference: float, here: slice) -> None:
    for gas in GASES:
        stack.columns[f"{gas}.zs"][here] = np.round(
            stack.columns[gas][here] * (21 - reference) / (21 - stack.columns["o2"][here]), 3
        )


def _reference(stack: Stack) -> float:
    ratio = stack.columns["nox.zs"] / np.maximum(stack.columns["nox"], 0.01)
    return float(np.median(21 - ratio * (21 - stack.columns["o2"])))


def hold(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """A value is held for 6 to 100 readings."""
    gas, long = str(rng.choice(GASES)), int(rng.integers(6, 100))
    begin = int(rng.integers(0, REALTIME - long))
    stack.columns[gas][begin : begin + long] = stack.columns[gas][begin]
    return float(long)


def damp(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Fluctuation is damped to a coefficient of variation of 0.002 to 0.03 for a day."""
    share = rng.uniform(0.002, 0.03)
    values = stack.columns["nox"][-24:]
    flat = (values - values.mean()) / max(values.std(), 1e-9)
    stack.columns["nox"][-24:] = np.round(values.mean() * (1 + share * flat), 3)
    return share


def draw(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """A drawn wave with some noise takes the place of the values."""
    period, loud = rng.uniform(6, 30), rng.uniform(0.0, 1.0)
    at = np.arange(REALTIME)
    wave = np.sin(at * 2 * np.pi / period) + loud * rng.normal(0, 1, REALTIME)
    stack.columns["nox"] = np.round(35 * (1 + 0.02 * wave), 3)
    return loud


def impossible(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Oxygen above that of air, now and then."""
    count = int(rng.integers(1, 20))
    stack.columns["o2"][rng.choice(REALTIME, count, replace=False)] = np.round(rng.uniform(21.05, 25, count), 2)
    return float(count)


def hug(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Values above nine tenths of the limit are pressed below it, in a share of the hours."""
    share, limit = rng.uniform(0.1, 0.9), province.limits[(stack.name, "nox")]
    rows = rng.random(HOURS) < share
    stack.columns["nox.zs"][rows] = np.round(limit * rng.uniform(0.91, 0.995, int(rows.sum())), 2)
    return share


def dilute(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Air is let in before the analyser: oxygen up by 1 to 6, gases down."""
    up = rng.uniform(1, 6)
    before = stack.columns["o2"].copy()
    stack.columns["o2"] = np.round(np.minimum(before + up, 19.5), 2)
    for gas in GASES:
        stack.columns[gas] = np.round(stack.columns[gas] * (21 - stack.columns["o2"]) / (21 - before), 3)
    return up


def retune(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """The reference oxygen of folding is changed by 0.2 to 4."""
    shift = rng.uniform(0.2, 4)
    _refold(stack, _reference(stack) + shift, slice(REALTIME // 2, REALTIME))
    return shift


def unfold(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Folded values are measured ones times a constant."""
    for gas in GASES:
        stack.columns[f"{gas}.zs"] = np.round(stack.columns[gas] * 1.1, 4)
    return float(stack.columns["o2"].std())


def false_stop(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Mark F for a while, while it runs."""
    long = int(rng.integers(2, 60))
    begin = int(rng.integers(0, len(stack.kept) - long))
    for gas in GASES:
        stack.marks[gas][begin : begin + long] = ord("F")
    return float(long)


def zero(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """The sample line is cut: all zero with mark N, while it runs."""
    for gas in GASES:
        for suffix in ("", ".zs", ".min", ".max"):
            stack.columns[gas + suffix][:] = 0.0
        stack.marks[gas][:] = ord("N")
    stack.kept[:] = True
    return 1.0


def cover(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """A mark of stop lies on each exceedance."""
    count = int(rng.integers(3, 12))
    for n in range(count):
        begin = START + (n * 14 + int(rng.integers(0, 8))) * HOUR
        province.exceedances.append(Period(stack.name, begin, begin + 2 * HOUR, factor="nox"))
        province.claims.append(Period(stack.name, begin, begin + 2 * HOUR, "stopped"))
    return float(count)


def maintain(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Maintenance whenever it exceeds, or far more often than before."""
    count = int(rng.integers(4, 14))
    for n in range(count):
        begin = START + n * 12 * HOUR
        province.claims.append(Period(stack.name, begin, begin + HOUR, "cems_maintenance"))
        province.exceedances.append(Period(stack.name, begin - HOUR // 2, begin + HOUR // 2, factor="nox"))
    return float(count)


def mirror(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Another stack's SO2 and NOx, for 4 to 200 readings."""
    other, long = _another(rng, stack, province), int(rng.integers(4, 200))
    for gas in ("so2", "nox"):
        stack.columns[gas][:long] = other.columns[gas][:long]
    return float(long)


def copy_late(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Another stack's NOx, scaled and shifted by up to an hour, with noise of 0 to 5 %."""
    other, lag, loud = _another(rng, stack, province), int(rng.integers(0, 13)), rng.uniform(0, 0.05)
    values = np.roll(other.columns["nox"], lag) * rng.uniform(0.8, 1.2)
    stack.columns["nox"] = np.round(values + loud * values.std() * rng.normal(0, 1, len(values)), 3)
    return loud


def _another(rng: np.random.Generator, stack: Stack, province: Province) -> Stack:
    good = [one for one in province.stacks if not one.fraud and one is not stack and one.columns["nox"].min() > 0]
    return good[int(rng.integers(0, len(good)))]


def contradict(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Means that were edited and minima and maxima that were not."""
    count = int(rng.integers(1, 10))
    rows = rng.choice(HOURS, count, replace=False)
    stack.columns["nox"][rows] = np.round(stack.columns["nox.min"][rows] * 0.7, 2)
    stack.kept[rows] = True
    return float(count)


def wrong_clock(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """A clock that is off by 2 to 60 minutes."""
    off = rng.uniform(2, 60)
    stack.received = np.full(REALTIME, int(off * 60))
    return off


def shrink(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """The section of the duct is set smaller by 0.3 to 20 %."""
    share = rng.uniform(0.003, 0.2)
    stack.columns["area"][REALTIME // 2 :] *= 1 - share
    return share


def hide(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """No data around the peak of the neighbour, for 1 to 8 hours."""
    long, peak = int(rng.integers(1, 9)), int(rng.integers(20, HOURS - 20))
    stack.kept[:] = True
    stack.kept[peak - long // 2 : peak - long // 2 + long] = False
    other = f"{stack.name}-b"
    province.neighbours[stack.name] = (other,)
    begin = START + peak * HOUR
    province.exceedances.append(Period(other, begin, begin + HOUR, factor="nox"))
    return float(long)


def bypass(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Desulphurisation off with the fan on, and SO2 that reads nothing, for 1 to 12 hours."""
    long = int(rng.integers(1, 13))
    stack.columns["fgd.on"][:long] = 0
    stack.columns["so2"][:long] = np.round(rng.uniform(0, 0.9, long), 2)
    stack.kept[:long] = True
    return float(long)


def blow(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Blowing back for 20 to 300 minutes, dust held."""
    long = int(rng.integers(4, 60))
    stack.columns["blowback"][20 : 20 + long] = 1
    stack.columns["dust"][20 : 20 + long] = 2.22
    stack.kept[:] = True
    return long * 5.0


def save_power(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """Treatment off for 10 minutes to 5 hours while production runs."""
    long = int(rng.integers(2, 60))
    begin = int(rng.integers(0, REALTIME - long))
    stack.columns["power.treatment"][begin : begin + long] = rng.uniform(0, 9, long)
    stack.kept[:] = True
    return long * 5.0


def invent(rng: np.random.Generator, stack: Stack, province: Province) -> float:
    """A share of the values ends on a digit that somebody likes."""
    share = rng.uniform(0.05, 0.6)
    values = np.round(rng.uniform(20, 60, REALTIME), 1)
    liked = np.floor(values) + rng.integers(1, 9) / 10
    stack.columns["nox"] = np.round(np.where(rng.random(REALTIME) < share, liked, values), 1)
    return share


SHORT: dict[str, Fraud] = {
    "R1": hold, "R3": draw, "R4": impossible, "R7": retune, "R8": unfold, "R9": false_stop, "R10": zero, "R13": mirror,
    "R14": copy_late, "R16": wrong_clock, "R17": shrink, "R20": blow, "R21": save_power, "R22": invent,
}  # fmt: skip
LONG: dict[str, Fraud] = {
    "R2": damp, "R5": hug, "R6": dilute, "R11": cover, "R12": maintain, "R15": contradict, "R18": hide, "R19": bypass,
}  # fmt: skip


def province(rng: np.random.Generator, stacks: int, step: int, rows: int, frauds: dict[str, Fraud]) -> Province:
    """Stacks with frauds in every fifth of them, each kind equally often."""
    found = Province(step)
    kinds = list(frauds)
    for n in range(stacks):
        name = f"S{n:05}"
        long = PAST_HOURS if step == HOUR else rows
        past, own = plant(rng, long, step, -long)
        columns, _own = plant(rng, rows, step, 0, own)
        found.past.append(honest(rng, name, past, step))
        columns["fgd.on"], columns["fan.on"] = np.ones(rows), np.ones(rows)
        columns["blowback"] = np.zeros(rows)
        columns["blowback"][::70] = 1
        columns["power.production"] = np.clip(80 + 8 * noise(rng, rows, 0.8), 0, 130)
        columns["power.treatment"] = np.clip(80 + 8 * noise(rng, rows, 0.8), 0, 130)
        stack = honest(rng, name, columns, step)
        reach = np.concatenate([past["nox.zs"], columns["nox.zs"]])
        found.limits[(name, "nox")] = float(np.percentile(reach, 97))
        found.stacks.append(stack)
        _usual(rng, found, stack)
    for n, stack in enumerate(found.stacks[:: 5]):
        # A stack that stands still has nothing to hide: its fraud would be none.
        if float(np.median(stack.columns["velocity"])) < 1:
            continue
        kind = kinds[n % len(kinds)]
        stack.size = frauds[kind](rng, stack, found)
        stack.fraud = kind
    return found


def _usual(rng: np.random.Generator, found: Province, stack: Stack) -> None:
    """Marks and exceedances that honest outlets have, and neighbours whose peaks are whenever they are."""
    for n in range(int(rng.integers(0, 4))):
        begin = START + int(rng.integers(0, HOURS)) * HOUR
        found.claims.append(Period(stack.name, begin, begin + 3 * HOUR, "cems_maintenance"))
        found.past_claims.append(Period(stack.name, begin - 28 * DAY, begin - 28 * DAY + 3 * HOUR, "cems_maintenance"))
    for n in range(int(rng.integers(0, 3))):
        begin = START + int(rng.integers(0, HOURS)) * HOUR
        found.claims.append(Period(stack.name, begin, begin + HOUR, "start_up"))
        peak = START + int(rng.integers(0, HOURS)) * HOUR
        found.exceedances.append(Period(stack.name, peak, peak + HOUR, factor="nox"))
        found.exceedances.append(Period(f"{stack.name}-b", peak, peak + HOUR, factor="nox"))
    found.neighbours[stack.name] = (f"{stack.name}-b",)


def table(stacks: Iterable[Stack], step: int, start: int) -> Observations:
    """The columns of stacks as the rules take them; what did not come is not there."""
    every = list(stacks)
    names = sorted({name for stack in every for name in stack.columns})
    rows = [np.flatnonzero(stack.kept) for stack in every]
    return observations(
        [stack.name for stack, here in zip(every, rows, strict=True) for _row in here],
        np.concatenate([start + step * here for here in rows]),
        {
            name: np.concatenate([
                stack.columns.get(name, np.full(len(stack.kept), np.nan))[here] for stack, here in zip(every, rows, strict=True)
            ])
            for name in names
        },
        marks={
            gas: np.concatenate([stack.marks[gas][here] for stack, here in zip(every, rows, strict=True)])
            for gas in (*GASES, "o2")
        },
        received=np.concatenate([
            start + step * here + (stack.received[here] if stack.received is not None else 20)
            for stack, here in zip(every, rows, strict=True)
        ]),
    )  # fmt: skip


@dataclass
class Score:
    """What a rule found of what there was."""

    there: int = 0
    found: int = 0
    honest: int = 0
    other: int = 0


def score(signs: Iterable[Sign], stacks: Iterable[Stack], kinds: Iterable[str], looked: Iterable[str]) -> dict[str, Score]:
    """Hits, misses and false alarms by rule, counted by outlet; a hit on an outlet with another fraud is told apart."""
    fraud = {stack.name: stack.fraud for stack in stacks}
    hit: dict[str, set[str]] = defaultdict(set)
    for sign in signs:
        # A copy names the original, too: only where both are honest it is a false alarm on either.
        outlets = [name for name in sign.outlets if fraud.get(name)] or list(sign.outlets)
        hit[sign.rule].update(outlets)
    found = {}
    for rule in looked:
        own = {name for name, kind in fraud.items() if kind == rule}
        found[rule] = Score(
            len(own), len(hit[rule] & own), sum(not fraud.get(name) for name in hit[rule]),
            sum(bool(fraud.get(name)) and name not in own for name in hit[rule]),
        )  # fmt: skip
    return found


def real_hour(path: Path) -> dict[str, Observations]:
    """Real-time and minute data of the stacks of a file of frames."""
    from lantian.integrations.hj212.decoding import decode, moment
    from lantian.integrations.hj212.framing import Framer

    framer = Framer()
    rows: dict[str, list[tuple[str, int, dict[str, float], dict[str, int]]]] = {"realtime": [], "minute": []}
    seen: set[bytes] = set()
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for frame in [*framer.feed(content), *framer.flush()]:
        if frame.segment in seen:
            continue
        seen.add(frame.segment)
        said = decode(frame)
        kind = {"2011": "realtime", "2051": "minute"}.get(str(said["cn"]))
        time_ = moment(said["data_time"])
        if not said["ok"] or kind is None or time_ is None or said["st"] != "31" or not said["mn"]:
            continue
        values: dict[str, float] = {}
        marks: dict[str, int] = {}
        for code, given in said["values"].items():
            for suffix, text in given.items():
                if suffix == "Flag":
                    name = column_of(code, "Rtd")
                    if name and len(text) == 1:
                        marks[name] = ord(text)
                    continue
                name = column_of(code, suffix)
                try:
                    value = float(text)
                except ValueError:
                    continue
                if name is not None and np.isfinite(value):
                    values[name] = value
        rows[kind].append((str(said["mn"]), int(time_.timestamp()), values, marks))
    found = {}
    for kind, got in rows.items():
        names = sorted({name for row in got for name in row[2]})
        factors = sorted({name for row in got for name in row[3]})
        found[kind] = observations(
            [row[0] for row in got],
            np.array([row[1] for row in got], np.int64),
            {name: np.array([row[2].get(name, np.nan) for row in got]) for name in names},
            marks={name: np.array([row[3].get(name, 0) for row in got], np.uint8) for name in factors},
        )
    return found


def share(part: int, whole: int) -> str:
    """A share for print."""
    return f"{part / whole:6.1%}" if whole else "     –"


def show_province(data: Province, period: str, rows: int, frauds: dict[str, Fraud]) -> None:
    """Look at a province and print what each rule found."""
    observed = table(data.stacks, data.step, START)
    past = table(data.past, data.step, START - len(data.past[0].kept) * data.step)
    context = Context(
        past=past, limits=data.limits, claims=data.claims, past_claims=data.past_claims, past_months=1,
        exceedances=data.exceedances, neighbours=data.neighbours, logs=data.logs,
    )  # fmt: skip
    begin = time.process_time()
    examined = examine(observed, period, context)
    spent = time.process_time() - begin
    honest_ones = sum(not stack.fraud for stack in data.stacks)
    print(
        f"{period}: {len(data.stacks)} stacks, {len(data.stacks) - honest_ones} of them with a fraud, {observed.rows} rows of"
        f" {len(observed.values)} columns, looked at in {spent:.1f} s of processor time"
    )
    print("rule  frauds  found  recall  precision  false alarms of honest stacks  on other frauds  what")
    for rule, one in score(examined.signs, data.stacks, frauds, examined.looked).items():
        if rule not in frauds and not one.honest and not one.other:
            continue
        print(
            f"{rule:<5} {one.there:6} {one.found:6} {share(one.found, one.there)}     {share(one.found, one.found + one.honest)}"
            f"   {one.honest:6} ({share(one.honest, honest_ones).strip()})".ljust(68)
            + f"{one.other:8}         {BY_ID[rule].title}"
        )
    print()


def show_hour(path: Path) -> None:
    """Print what the rules say of a real hour."""
    for kind, data in real_hour(path).items():
        examined = examine(data, kind)
        by_rule: dict[str, set[str]] = defaultdict(set)
        for sign in examined.signs:
            by_rule[sign.rule].update(sign.outlets)
        print(f"real hour, {kind}: {len(data.outlets)} stacks, {data.rows} rows; truth unknown, so every sign counts as false")
        for rule in examined.looked:
            print(f"{rule:<5} {len(by_rule[rule]):4} stacks  {share(len(by_rule[rule]), len(data.outlets))}  {BY_ID[rule].title}")
        any_one = set().union(*by_rule.values()) if by_rule else set()
        print(f"any   {len(any_one):4} stacks  {share(len(any_one), len(data.outlets))}")
        print()


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stacks", type=int, default=1_400)
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--hour", type=Path, default=None)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    for period, step, rows, frauds in (("realtime", FIVE, REALTIME, SHORT), ("hour", HOUR, HOURS, LONG)):
        show_province(province(rng, options.stacks, step, rows, frauds), period, rows, frauds)
    if options.hour is not None:
        show_hour(options.hour)
    missing = {rule.id for rule in RULES} - set(SHORT) - set(LONG)
    if missing:
        print(f"rules without a made-up fraud: {', '.join(sorted(missing))}")
    return {}


if __name__ == "__main__":
    main()
