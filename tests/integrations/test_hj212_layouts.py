"""Reading by form gives what reading by itself gives, whatever the segment."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lantian.integrations.hj212.decoding import read_segment
from lantian.integrations.hj212.framing import frames
from lantian.integrations.hj212.layouts import Layouts, laid_out
from tests.integrations.stations import upload

HOUR = Path(__file__).resolve().parents[3] / "shared" / "data" / "hj212-stream-hour10.h212.gz"
PIECES = st.sampled_from(
    ["QN", "ST", "CN", "CP", "MN", "Flag", "PNUM", "DataTime", "RF", "a01011-Rtd", "a01011-Flag", "x-y-Avg", "-", "=", "=",
     "=", "&&", "&&", "&", ";", ";", ",", ",", "//", "/", " ", "\r\n", "\t", "1", "20260301080000", "0.5", "N", "m0m", "CP=&&",
     "&&;PNO=1;CP=&&", "泵", "cp = &&"]
)  # fmt: skip
SEGMENTS = st.lists(PIECES, max_size=30).map("".join)


@given(st.lists(SEGMENTS, max_size=4))
@example(["X=CP=&&A-Rtd=1&&", "X=ZP=&&A-Rtd=1&&"])
@example(["CP=&&A-Rtd=1,A-Rtd=1&&", "CP=&&A-Rtd=1,A-Rtd=2&&"])
@example(["ST=1;ST=2;CP=&&&&", "QN=1,ST=2;CP=&&a-Rtd=&&", "QN=1;CP=&&a-Rtd=;b=1&&"])
def test_a_segment_is_read_by_its_form_as_it_is_read_by_itself(segments: list[str]) -> None:
    layouts = Layouts()
    for text in segments:
        # Again with other values: what was learnt of one is used for the other.
        for segment in (text.encode(), text.replace("1", "77").encode(), text.replace("N", "").encode()):
            by_form = layouts.read(segment)
            if by_form is not None:
                layout, texts = by_form
                assert read_segment(segment) == layout.segment(texts)


@given(SEGMENTS)
def test_what_was_read_by_itself_is_laid_out_and_comes_back(text: str) -> None:
    said = read_segment(text.encode())
    layout, texts = laid_out(said)
    said.warnings = []
    assert said == layout.segment(texts)


def test_segments_that_differ_in_values_only_share_a_layout_and_odd_ones_have_none() -> None:
    layouts = Layouts()

    def read(content: str) -> object:
        (frame,) = frames(iter([upload(1, content=content)]))
        found = layouts.read(frame.segment)
        return found and found[0]

    first = read("DataTime=20260301080000;a01011-Rtd=1,a01011-Flag=N")
    assert first is not None
    assert first is read("DataTime=20260301080100;a01011-Rtd=2.75,a01011-Flag=D")
    assert first is not read("DataTime=20260301080100;a01012-Rtd=2.75,a01012-Flag=D")
    assert read("DataTime=20260301080000;a01011-Rtd=1,a01011-Rtd=2") is None
    assert read("DataTime=20260301080000;i1-Info=//on=1;x//") is None


@pytest.mark.skipif(not HOUR.is_file(), reason="the real hour lies beside the project, and is not there")
def test_a_real_hour_has_few_forms_and_is_read_alike() -> None:
    layouts, by_form = Layouts(), 0
    told = [frame for frame in frames(iter([gzip.decompress(HOUR.read_bytes())])) if frame.ok]
    for frame in told:
        found = layouts.read(frame.segment)
        if found is not None:
            by_form += 1
            assert read_segment(frame.segment) == found[0].segment(found[1])
    # Four of five; the rest say a mark twice (once beside the measured, once beside the folded value).
    assert by_form > 0.75 * len(told)
