"""Inputs that nobody thought of, for the framer, the gate and the reader: no crash, no memory without bounds.

::

    python benchmarks/gateway_fuzz.py --inputs 10000000
    python benchmarks/gateway_fuzz.py --seconds 60 --seeds frames.h212.gz

With ``atheris`` (requirements/bench.in) the search follows the branches that were reached; without it, inputs are made from
the seeds by chance. Either way each input is a stream that arrives in parts.
"""

from __future__ import annotations

import argparse
import gzip
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None:
    with atheris.instrument_imports(include=["lantian.integrations.hj212"]):
        from lantian.integrations.hj212 import decoding, framing, gate, layouts
else:
    from lantian.integrations.hj212 import decoding, framing, gate, layouts
from lantian.integrations.hj212.encoding import frame as framed
from lantian.integrations.hj212.registrations import InMemory, Registration

MN = "010000A8900016F000169DC0"
STATIONS = InMemory([Registration(MN, password="123456", key=b"0" * 16, lenient_length=True)])
#: forms that were seen, of whatever input
LAYOUTS = layouts.Layouts()
#: no input may leave more in a framer than one frame [bytes]
MOST_KEPT = framing.LIMIT + 16
SEEDS = (
    framed(f"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN={MN};Flag=5;CP=&&RtdInterval=30&&"),
    framed(f"ST=31;CN=2011;PW=123456;MN={MN};CP=&&DataTime=20160824095701000;01-Rtd=15.38,01-ZsRtd=15.4,01-Flag=N&&"),
    framed(f"QN=20240101000000002;ST=31;CN=2051;PW=123456;MN={MN};Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20240101000000;a-Avg=1&&"),
    framed(f"QN=20240101000000002;ST=22;CN=3020;PW=123456;MN={MN};Flag=9;RF=1;CP=&&i11001-Info=//停;机=1//&&".encode()),
)
#: signs that stand in no name and no value of the frames below
SECRET = b"zqxjkZQX"
SECRETS = (
    framed(f"QN=20240101000000002;ST=31;CN=2011;PW={SECRET.decode()};MN={MN};Flag=5;CP=&&DataTime=20240101000000;a-Rtd=1&&"),
    framed(f"QN=20240101000000002;ST=31;CN=1072;PW=123456;MN={MN};Flag=5;CP=&&NewPW={SECRET.decode()}&&"),
    framed(f"QN=20240101000000002;ST=31;CN=1014;PW=123456;MN={MN};Flag=9;CP=&&SKCreateTime=1,NewSK={SECRET.decode()}&&"),
)


class Account:
    """What was tried."""

    inputs = 0
    frames = 0
    kept = 0
    longest = 0.0


def one_input(data: bytes) -> None:
    """A stream, cut where its first bytes say."""
    began = time.perf_counter()
    cuts = sorted(byte * 7 % (len(data) + 1) for byte in data[:4])
    framer = framing.Framer()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += framer.feed(data[start:end])
        if data[:1] == b"s":
            found += framer.settle()
        Account.kept = max(Account.kept, framer.waiting)
        assert framer.waiting <= MOST_KEPT, framer.waiting
    found += framer.flush()
    assert framer.waiting == 0
    for frame in found:
        assert frame.raw in data and len(frame.raw) <= MOST_KEPT
        decoding.decode(frame)
        by_form = LAYOUTS.read(frame.segment)
        if by_form is not None:
            assert by_form[0].segment(by_form[1]) == decoding.read_segment(frame.segment)
        verdict = gate.judge(frame, "10.0.0.1", STATIONS, 1, park=True)
        assert (verdict.arrival is None) != (verdict.reject is None)
        shown = gate.masked(frame.raw)
        assert b"PW=123456" not in shown and gate.masked(shown) == shown, frame.raw
    pieces_of_a_secret(data)
    Account.inputs += 1
    Account.frames += len(found)
    Account.longest = max(Account.longest, time.perf_counter() - began)


def pieces_of_a_secret(data: bytes) -> None:
    """A frame with a password of signs that stand nowhere else, cut and damaged as an input says: no part of it is shown."""
    for whole in SECRETS:
        first, second, place, lost = (*data[:4], 0, 0, 0, 0)[:4]
        start, end = sorted((first * 3 % (len(whole) + 1), second * 3 % (len(whole) + 1)))
        at = 6 + place * 3 % (len(whole) - 6)
        for piece in (whole[start:end], whole[:at] + data[4:5] + whole[at + lost % 5 :]):
            shown = gate.masked(piece)
            assert not any(SECRET[at : at + 3] in shown for at in range(len(SECRET) - 2)), (piece, shown)


def by_chance(chance: random.Random, seeds: list[bytes]) -> bytes:
    """An input made from others: bytes changed, lost, doubled, exchanged, and now and then a right check again."""
    data = bytearray(b"".join(chance.choice(seeds) for _part in range(chance.randint(1, 3))))
    for _change in range(chance.randint(1, 8)):
        place = chance.randrange(len(data) or 1)
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[place % len(data)] = chance.randrange(256)
        elif kind == 1:
            del data[place : place + chance.randint(1, 12)]
        elif kind == 2:
            data[place:place] = data[place : place + chance.randint(1, 40)]
        elif kind == 3:
            data[place:place] = chance.choice((b"##", b"&&", b"CP=&&", b"\r\n", b";", b",", b"=", b"//", b"\0", b"Flag=9;", "中".encode()))
        elif kind == 4:
            data[place:place] = chance.randbytes(chance.randint(1, 20))
        else:
            data = bytearray(framed(bytes(data[6:-6])[: framing.LIMIT]))
    return bytes(data)


def main() -> None:
    """Try inputs until so many were tried, or for so long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seeds", type=Path, help="a stream whose frames are seeds, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=int, default=4096, help="of inputs of atheris [bytes]; short ones go faster")
    parser.add_argument("--plain", action="store_true", help="by chance, even where atheris is there")
    arguments = parser.parse_args()
    seeds = list(SEEDS)
    if arguments.seeds is not None:
        packed = arguments.seeds.read_bytes()
        data = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
        seeds += [one.raw for one in framing.frames(iter([data]))][::37]
    began = time.perf_counter()
    if atheris is not None and not arguments.plain:
        _followed(arguments, seeds, began)
    else:
        chance = random.Random(arguments.seed)
        while Account.inputs < arguments.inputs and not 0 < arguments.seconds <= time.perf_counter() - began:
            one_input(by_chance(chance, seeds))
    tell(began)


def _followed(arguments: argparse.Namespace, seeds: list[bytes], began: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds):
            (Path(folder) / f"{number:05d}").write_bytes(seed)
        options: list[str] = [sys.argv[0], folder, f"-atheris_runs={arguments.inputs}", f"-artifact_prefix={folder}/"]
        options += [f"-max_len={arguments.longest}", f"-seed={arguments.seed}"]
        if arguments.seconds:
            options.append(f"-max_total_time={arguments.seconds}")

        def told(data: bytes) -> None:
            # The search ends the process by itself, and tells its own number of runs.
            one_input(data)
            if Account.inputs % 10_000 == 0:
                tell(began)

        atheris.Setup(options, told)
        atheris.Fuzz()


def tell(began: float) -> None:
    """Say what was tried."""
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found: dict[str, Any] = {
        "inputs": Account.inputs,
        "frames": Account.frames,
        "a second": int(Account.inputs / max(seconds, 0.01)),
        "most kept [bytes]": Account.kept,
        "longest [ms]": round(Account.longest * 1000, 1),
        "memory [MB]": memory,
    }
    print("no crash:", ", ".join(f"{name} {value:,}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
