"""What the rules of suspicious data say of an hour of a real provincial platform, and what that hour says of them."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lantian.rules.monitoring.folding import fold_columns, solved_reference
from lantian.rules.monitoring.suspicion.columns import Observations
from lantian.rules.monitoring.suspicion.run import examine
from lantian.rules.monitoring.units import UnitVerdict, check_units

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def hour(shared_dir: Path) -> dict[str, Observations]:
    if not (path := shared_dir / "data" / "hj212-stream-hour10.h212.gz").is_file():
        pytest.skip("the real hour is not beside the project")
    spec = importlib.util.spec_from_file_location("monitoring_frauds", ROOT / "benchmarks" / "monitoring_frauds.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.real_hour(path)


def test_the_rules_flag_few_stacks_of_a_real_hour_and_for_reasons_that_can_be_seen(hour):
    examined = examine(hour["realtime"], "realtime")
    flagged = Counter(name for sign in examined.signs for name in {(sign.rule, *sign.outlets)})
    assert len(hour["realtime"].outlets) == 136
    assert Counter(rule for rule, *_outlets in flagged) == {"R1": 1, "R4": 5, "R16": 2}
    assert ("R16", "LD130131000211") in flagged


def test_means_that_loggers_cut_off_contradict_nothing(hour):
    assert examine(hour["minute"], "minute", only=["R15"]).signs == ()


def test_reference_oxygen_solved_from_the_values_is_that_of_two_kinds_of_coal_furnaces(hour):
    data = hour["realtime"]
    found = Counter()
    for _outlet, begin, end in data.groups():
        best = min(
            (
                (float(np.median(np.abs(known - np.median(known)))), float(np.median(known)))
                for factor in ("so2", "nox", "dust")
                if len(known := _solved(data, factor, begin, end)) >= 6
            ),
            default=(9.0, 0.0),
        )
        found[round(best[1], 1)] += best[0] < 0.2
    assert found[6.0] + found[5.9] >= 60
    assert found[9.3] + found[9.2] >= 10


def _solved(data: Observations, factor: str, begin: int, end: int) -> np.ndarray:
    solved = solved_reference(data.values[factor], data.values[f"{factor}.zs"], data.values["o2"])[begin:end]
    return solved[np.isfinite(solved)]


def test_values_folded_here_are_those_that_the_stations_sent(hour):
    """Stacks whose own reference is 6 %: their folded values come out as they sent them, to their last place."""
    data = hour["realtime"]
    checked = 0
    for _outlet, begin, end in data.groups():
        known = _solved(data, "nox", begin, end)
        if len(known) < 6 or abs(np.median(known) - 6) > 0.02:
            continue
        nox, sent, oxygen = (data.values[name][begin:end] for name in ("nox", "nox.zs", "o2"))
        ours = fold_columns(nox, oxygen, 6.0)
        both = np.isfinite(ours) & np.isfinite(sent) & (sent > 1)
        checked += int(both.sum())
        assert np.median(np.abs(ours[both] - sent[both]) / sent[both]) < 0.01
    assert checked > 100


def test_no_stack_of_the_hour_sends_its_dust_in_another_unit(hour):
    data = hour["realtime"]
    verdicts = Counter(check.verdict for check in check_units("dust", data.outlet, data.values["dust"], "mg/m3"))
    assert set(verdicts) <= {UnitVerdict.AGREES, UnitVerdict.TOO_FEW} and verdicts[UnitVerdict.AGREES] > 70
