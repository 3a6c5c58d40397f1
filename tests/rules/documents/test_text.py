"""Layout noise goes, the way back to the source stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.documents.text import Text


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("灰分$\\leq 32\\%$，PM_{2.5}、PM₁₀和$PM_{10}$", "灰分≤32%，PM2.5、PM10和PM10"),
        ("PM2、5浓度，PM2。5浓度", "PM2.5浓度，PM2.5浓度"),
        ("### **一、 目标**", "一、目标"),
        ("牵头单位:市环保局(办)", "牵头单位：市环保局（办）"),
        ("２０２１年１０月，３５％", "2021年10月，35%"),
        ("生態(tài)保護(hù)", "生态保护"),
        ("要(yào / yāo)求達到(dào)", "要求达到"),
        ("持(chi)續削減(jian)燃煤(mei)，限值30(mg)", "持续削减燃煤，限值30（mg）"),
        ("空气质量@@持续改@@善", "空气质量持续改善"),
        ("实  施  方  案", "实施方案"),
        ("浓度50 mg/m^3 或 m^{2}", "浓度50mg/m³或m²"),
        ("<b>加强</b>治理&nbsp;工作", "加强治理工作"),
        ("13. 2018 年底前淘汰", "13. 2018年底前淘汰"),
    ],
)
def test_noise_is_taken_out(source, clean):
    assert Text(source).clean == clean


def test_a_sentence_broken_by_a_page_is_joined():
    text = Text(
        "加强施工工地监管，全面落实各项扬尘治理要求，规模以上工地全部安装视频监控\n\n— 12 —\n\n设备，并与主管部门联网。\n"
        "下一段另起。\n"
    )

    assert text.clean == (
        "加强施工工地监管，全面落实各项扬尘治理要求，规模以上工地全部安装视频监控设备，并与主管部门联网。\n下一段另起。"
    )


def test_a_heading_is_not_joined_to_the_text_below_it():
    text = Text("（一）强化责任落实\n\n各县（市、区）政府是实施主体，主要领导为第一责任人，要抓好落实。\n")

    assert text.clean.split("\n") == [
        "（一）强化责任落实",
        "各县（市、区）政府是实施主体，主要领导为第一责任人，要抓好落实。",
    ]


def test_a_list_of_units_ends_with_its_line():
    text = Text("责任单位：市环保局、市城管局，各县政府\n\n汽车修补漆全部使用低挥发性涂料。\n")

    assert text.clean.split("\n")[0] == "责任单位：市环保局、市城管局，各县政府"


def test_rows_with_empty_cells_keep_their_places():
    text = Text("辖区\tPM2.5\t重污染天数\n云山县\t73\t\n\t75\t19\n")

    assert text.clean.split("\n") == ["辖区\tPM2.5\t重污染天数", "云山县\t73\t", "\t75\t19"]


def test_figures_divided_by_single_spaces_are_a_row():
    assert Text("云山县 75 19 210\n").clean == "云山县\t75\t19\t210"


def test_two_columns_of_a_gazette_are_read_one_after_the_other():
    left = [
        "一、加强燃煤治理，推动锅炉改",
        "造工作，十月底前完成拆除，并",
        "建立动态管理清单，逐一销号，",
        "做到应拆尽拆，不留死角，确保",
        "任务按期完成。",
        "二、加强扬尘治理，全面落实工",
    ]
    right = [
        "地围挡要求，道路每日冲洗两次",
        "，渣土车辆密闭运输，裸露土地",
        "全部覆盖到位，逾期不改的停工",
        "整治，并上限处罚。",
        "三、加强车辆治理，淘汰老旧车",
        "辆，加大路检路查工作力度。",
    ]
    text = Text("\n".join(f"{a}    {b}" for a, b in zip(left, right, strict=True)))

    assert text.clean.split("\n") == [
        "一、加强燃煤治理，推动锅炉改造工作，十月底前完成拆除，并建立动态管理清单，逐一销号，做到应拆尽拆，不留死角，确保任务按期完成。",
        "二、加强扬尘治理，全面落实工地围挡要求，道路每日冲洗两次，渣土车辆密闭运输，裸露土地全部覆盖到位，逾期不改的停工整治，并上限处罚。",
        "三、加强车辆治理，淘汰老旧车辆，加大路检路查工作力度。",
    ]


def test_traditional_characters_fold_with_the_same_length():
    text = Text("縣生態環境局著力整治揚塵")

    assert text.clean == "县生态环境局著力整治扬尘"
    assert text.printed == "縣生態環境局著力整治揚塵"


_PIECES = st.sampled_from(
    ["一、", "（一）", "1.", "(1)", "牵头单位：", "市环保局", "、", "，", "。", "\n", "\n\n", "\t", "  ", " ", "PM2、5", "PM_{2.5}", "10月底前",
     "**", "# ", "|", "（", "）", "《", "》", "?", "@@", "(tài)", "$\\leq$", "各镇", "治理扬尘", "12", "\f", "\u3000", "<td>", "&nbsp;", "\ufeff"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_every_clean_character_maps_into_the_source(source):
    text = Text(source)

    assert len(text.clean) == len(text.printed)
    for i, c in enumerate(text.printed):
        a, b = text.source_span((i, i + 1))
        assert 0 <= a < b <= len(source)
        if "\u4e00" <= c <= "\u9fff":
            assert c in source[a:b]
    a, b = text.source_span((0, len(text.clean)))
    assert 0 <= a <= b <= len(source)
