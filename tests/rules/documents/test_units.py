"""Lists of units: where they are divided and what their prefixes imply."""

from __future__ import annotations

import pytest

from lantian.rules.documents.text import Text
from lantian.rules.documents.units import Piece, UnitContext, expand, is_unit, split_person, split_units


def names(printed: str, default: str = "", places: frozenset[str] = frozenset()) -> list[str]:
    text = Text(printed)
    pieces = split_units(text.clean, 0, len(text.clean))
    return [u.name for u in expand(text, pieces, UnitContext(default, places))]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("区生态环境局、科工局", ["区生态环境局", "区科工局"]),
        ("市发展和改革委员会、工业和信息化委员会", ["市发展和改革委员会", "市工业和信息化委员会"]),
        ("市财政局、云河供电公司、弘远集团", ["市财政局", "云河供电公司", "弘远集团"]),
        ("各开发区管委会、镇人民政府、街道办事处", ["各开发区管委会", "各镇人民政府", "各街道办事处"]),
        ("有关园区管委会、镇人民政府，市财政局", ["有关园区管委会", "有关镇人民政府", "市财政局"]),
        ("各省辖市、省直管县（市）政府，省环保厅", ["各省辖市政府", "各省直管县（市）政府", "省环保厅"]),
        ("河口镇、柳林镇人民政府", ["河口镇人民政府", "柳林镇人民政府"]),
        ("各市、州、县人民政府", ["各市人民政府", "各州人民政府", "各县人民政府"]),
        ("各县区政府、高新区管委会", ["各县区政府", "高新区管委会"]),
        ("区住建局（交通运输）、城管局", ["区住建局（交通运输）", "区城管局"]),
        ("各镇（街道）", ["各镇（街道）"]),
        ("市住建局和城管局", ["市住建局", "市城管局"]),
        ("市住房和城乡建设局、规划和自然资源局", ["市住房和城乡建设局", "市规划和自然资源局"]),
        ("市公安局、市交通局等部门", ["市公安局", "市交通局"]),
        ("市发改、工信、环保部门", ["市发改部门", "市工信部门", "市环保部门"]),
        ("东城、西城、南城3个城区政府", ["东城区政府", "西城区政府", "南城区政府"]),
        ("自治区发展改革委、生态环境厅", ["自治区发展改革委", "自治区生态环境厅"]),
        ("市城建委，市市场发展局、市场监管局", ["市城建委", "市市场发展局", "市市场监管局"]),
    ],
)
def test_lists_expand_as_the_text_implies(printed, expected):
    assert names(printed) == expected


def test_market_supervision_is_not_prefixed_by_its_first_character():
    assert names("市场监管局、科工局", default="区") == ["区市场监管局", "区科工局"]


def test_a_list_without_a_prefix_takes_the_one_of_the_other_lists():
    assert names("云山公安分局、生态环境局", default="区", places=frozenset({"云山"})) == [
        "云山公安分局",
        "区生态环境局",
    ]


def test_traditional_names_stay_as_printed():
    text = Text("縣環保局、發展改革局")
    units = expand(text, split_units(text.clean, 0, len(text.clean)), UnitContext())

    assert [u.printed for u in units] == ["縣環保局", "县發展改革局"]


@pytest.mark.parametrize(
    ("fused", "unit", "person"),
    [
        ("市环保局陈明", "市环保局", "陈明"),
        ("市发展改革委卢建国", "市发展改革委", "卢建国"),
        ("东城区政府（牛青）", "东城区政府", "牛青"),
        ("市环保局", "市环保局", None),
        ("陈明", None, "陈明"),
    ],
)
def test_a_name_fused_to_its_unit_is_told_apart(fused, unit, person):
    found_unit, found_person = split_person(Piece(fused, 0, len(fused)))

    assert (found_unit.text if found_unit else None) == unit
    assert (found_person.text if found_person else None) == person


@pytest.mark.parametrize("text", ["完成治理任务", "各市政府包括设区市", "列第一名的为牵头单位", "应当停工"])
def test_prose_is_no_unit(text):
    assert not is_unit(text)
