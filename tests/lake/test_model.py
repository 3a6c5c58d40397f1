"""Any sequence of deliveries, corrections, compactions and crashes gives what a dictionary would give."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.lake import engines
from lantian.lake.schema import AIR_HOUR, UTC
from lantian.lake.store import Lake
from tests.lake.crashes import crashed
from tests.lake.hours import end_of, station

Key = tuple[str, Any]
Values = dict[str, int | None]
COLUMNS = ("pm25", "o3")

#: Two stations, three hours of January and one of February.
keys = st.tuples(st.integers(0, 1), st.sampled_from([0, 1, 30, 744]))
values = st.fixed_dictionaries({name: st.none() | st.integers(0, 3) for name in COLUMNS})
deliveries = st.dictionaries(keys, values, min_size=1, max_size=5)
batches = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("put"), batches, deliveries, st.booleans(), st.integers(0, 4)),
    st.tuples(st.just("correct"), batches, deliveries, st.sampled_from([("pm25",), ("o3",), COLUMNS])),
    st.tuples(st.just("compact"), st.integers(0, 8)),
    st.tuples(st.just("vacuum")),
)


@dataclass
class Model:
    """A dictionary, and every change that was made to it."""

    rows: dict[Key, Values] = field(default_factory=dict)
    history: list[tuple[Key, Values, Values]] = field(default_factory=list)
    seen: set[tuple[int, str]] = field(default_factory=set)

    def write(self, batch: int, rows: dict[Key, Values], *, erase: bool, columns: tuple[str, ...], add: bool) -> None:
        months = {key: "2026-02" if key[1] > end_of(743) else "2026-01" for key in rows}
        for key, new in rows.items():
            if (batch, months[key]) in self.seen:
                continue
            if key not in self.rows:
                if add:
                    self.rows[key] = dict(new)
                continue
            old = self.rows[key]
            after = {
                name: new[name] if name in columns and (erase or new[name] is not None) else old[name] for name in COLUMNS
            }
            if after != old:
                self.rows[key] = after
                self.history.append((key, old, after))
        self.seen |= {(batch, month) for month in months.values()}


def table_of(rows: dict[Key, Values]) -> pa.Table:
    """A delivery as a table."""
    return pa.table(
        {
            "station": pa.array([key[0] for key in rows], pa.string()),
            "start": pa.array([key[1] for key in rows], UTC),
            "end": pa.array([key[1] for key in rows], UTC),
            **{name: pa.array([row[name] for row in rows.values()], pa.int32()) for name in COLUMNS},
        }
    )


def picked(row: dict[str, Any], prefix: str = "") -> Values:
    return {name: row[prefix + name] for name in COLUMNS}


def apply(lake: Lake, model: Model, step: tuple[Any, ...]) -> None:
    """One step, on the lake and on the dictionary; one that crashes is repeated until it is through."""
    match step:
        case ("put", batch, given, erase, commits):
            rows = {(station(number), end_of(hour)): one for (number, hour), one in given.items()}
            kept = dict(model.rows)
            delivery = table_of(rows)
            crashed(commits, lambda: lake.put(AIR_HOUR, delivery, batch=str(batch), erase=erase))
            lake.put(AIR_HOUR, delivery, batch=str(batch), erase=erase)
            model.write(batch, rows, erase=erase, columns=COLUMNS, add=True)
            assert kept.keys() <= model.rows.keys()
        case ("correct", batch, given, columns):
            rows = {(station(number), end_of(hour)): one for (number, hour), one in given.items()}
            rows = {key: one for key, one in rows.items() if key in model.rows}
            # A name of its own kind: a correction is another delivery than a put.
            named = 100 + batch
            lake.correct(AIR_HOUR, table_of(rows), columns=columns, batch=str(named), reason="x")
            model.write(named, rows, erase=True, columns=columns, add=False)
        case ("compact", commits):
            if crashed(commits, lambda: lake.compact(AIR_HOUR)):
                compare(lake, model)
                lake.compact(AIR_HOUR)
        case ("vacuum",):
            lake.vacuum(AIR_HOUR, keep_hours=0)


def compare(lake: Lake, model: Model) -> None:
    """Rows and history of the lake are those of the dictionary."""
    found = lake.read(AIR_HOUR).to_pylist()
    assert len(model.rows) == len(found)
    assert model.rows == {(row["station"], row["end"]): picked(row) for row in found}
    history = [
        ((row["station"], row["end"]), picked(row, "old_"), picked(row)) for row in lake.history(AIR_HOUR).to_pylist()
    ]
    for key in model.rows:
        assert [one for one in model.history if one[0] == key] == [one for one in history if one[0] == key]
    assert len(model.history) == len(history)


@settings(max_examples=12)
@given(st.lists(steps, min_size=4, max_size=9))
def test_the_lake_is_a_dictionary_that_forgets_nothing(sequence: list[tuple[Any, ...]]) -> None:
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(str(Path(folder) / "lake"))
        for step in sequence:
            apply(lake, model, step)
        compare(lake, model)
        with engines.duck(lake, threads=1) as duck:
            rows = duck.table(AIR_HOUR).select("station", "end", *COLUMNS).to_pyarrow().to_pylist()
        assert model.rows == {(row["station"], row["end"]): picked(row) for row in rows}
