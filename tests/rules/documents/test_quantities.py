"""Amounts of a plan: what counts as one, its value, unit and comparator, and what looks like one and is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.model import Quantity
from lantian.rules.documents.quantities import read_quantities

PIECES = ["10", "、", "35", "%", "以上", "不高于", "每立方米", "毫克", "万户", "三", "个", "家", "2019年", "《", "》", "（", "）", "~", "和", "吨/月·平方公里", "第", "。", "百分之", "零火点", "PM2.5", "1.2亿", "立方米"]


def read(text: str) -> tuple[Quantity, ...]:
    return read_quantities(text, taken=read_dates(text, year=2019).taken)


def short(text: str) -> list[str]:
    return [f"{q.comparator} {q.value}{f'~{q.value_max}' if q.value_max is not None else ''} {q.unit}" for q in read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("平均降尘量不得高于9吨/月·平方公里", ["<= 9 吨/月·平方公里"]),
        ("降尘量小于8吨/平方公里·月", ["< 8 吨/平方公里·月"]),
        ("尾气浓度控制在30毫克/立方米以下", ["<= 30 毫克/立方米"]),
        ("颗粒物不高于10mg/m³", ["<= 10 mg/m³"]),
        ("细颗粒物为35微克每立方米", ["= 35 微克/立方米"]),
        ("可吸入颗粒物下降到每立方米116微克", ["<= 116 微克/立方米"]),
        ("每小时35蒸吨及以下锅炉", ["<= 35 蒸吨/小时"]),
        ("65蒸吨（含）以上锅炉", [">= 65 蒸吨"]),
        ("每平方米浮尘不超过15克", ["<= 15 克/平方米"]),
        ("年用煤1万吨及以上的企业", [">= 1 万吨"]),
        ("煤耗控制到1550万吨以下", ["<= 1550 万吨"]),
        ("供气1.2亿立方米", ["= 1.2 亿立方米"]),
        ("供气2.3亿m³", ["= 2.3 亿m³"]),
        ("装机5万千瓦，年发电124亿千瓦时", ["= 5 万千瓦", "= 124 亿千瓦时"]),
        ("改造17万户", ["= 17 万户"]),
        ("年产值1000万及以上", [">= 1000 万"]),
        ("残值高于50万元/辆", ["> 50 万元/辆"]),
        ("每个火点扣100万元/每火点", ["= 100 万元/火点"]),
        ("总长度大于10公里、总条数不少于10条", ["> 10 公里", ">= 10 条"]),
        ("充电桩不少于100个", [">= 100 个"]),
        ("至少建成一套站点", [">= 1 套"]),
        ("燃料灰分>32%、硫分≤1%", ["> 32 %", "<= 1 %"]),
        ("限产30%左右", ["~ 30 %"]),
        ("安装10台（套）设备", ["= 10 台（套）"]),
        ("4℃以下停止洒水", ["<= 4 ℃"]),
        ("零下5℃以下停止洒水", ["<= -5 ℃"]),
        ("提高2个百分点", ["= 2 个百分点"]),
        ("保留记录三个月以上", [">= 3 个月"]),
        ("拆除完毕6个月以后才能开工", [">= 6 个月"]),
        ("3个小时内通知到企业", ["<= 3 个小时"]),
        ("发现之日起15日内修复", ["<= 15 日"]),
        ("风速达到四级以上", [">= 4 级"]),
        ("化工行业每五年审核一轮", ["= 5 年"]),
        ("百分之六十以上的车辆", [">= 60 %"]),
        ("1，200吨", ["= 1200 吨"]),
        ("秋收期间零火点", ["= 0 火点"]),
        ("载货150吨（或10辆次）及以上", [">= 150 吨", "= 10 辆次"]),
    ],
)
def test_an_amount_has_its_value_unit_and_comparator(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("分别不高于每立方米10、35、50毫克", ["<= 10 毫克/立方米", "<= 35 毫克/立方米", "<= 50 毫克/立方米"]),
        ("分别达到70%、80%、60%以上", [">= 70 %", ">= 80 %", ">= 60 %"]),
        ("不低于10%、15%和20%", [">= 10 %", ">= 15 %", ">= 20 %"]),
        ("不高于10毫克/立方米、35毫克/立方米", ["<= 10 毫克/立方米", "<= 35 毫克/立方米"]),
        ("不高于580、600、550克/升", ["<= 580 克/升", "<= 600 克/升", "<= 550 克/升"]),
        ("电代煤16.2万户，气代煤0.8万户", ["= 16.2 万户", "= 0.8 万户"]),
    ],
)
def test_a_list_gives_one_amount_each(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("完成5-10万户", ["= 5~10 万户"]),
        ("完成5万-10万户以上", [">= 5~10 万户"]),
        ("建1—2家试点", ["= 1~2 家"]),
        ("高1.8米至2.5米", ["= 1.8~2.5 米"]),
        ("占3%~5%", ["= 3~5 %"]),
    ],
)
def test_a_range_has_two_ends(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2019年6月底前",
        "云政〔2019〕12号",
        "执行GB3095—2012、HJ 633—2012和DB41/1066—2015",
        "符合《锅炉排放标准（2019年版）》第3章",
        "淘汰国三及以下车辆，供应国六汽油",
        "达到A级水平，限制类2号机组",
        "落实“六个百分之百”和“两个禁止”",
        "推行“双随机”“一厂一策”“五位一体”",
        "按四个一批原则推进3个一批",
        "市、县、乡三级联动",
        "每周组织开展一次大扫除",
        "地址：云山路5号楼302房间，电话：0371-6633537",
        "根据第53条和113条规定",
        "每日上午9点前",
        "“7+3”城市和“1+6”方案",
        "PM2.5、PM10、O3和SO2",
        "第一时间、一经发现、发现一家取缔一家",
        "传输通道7个城市和3个重点城市，",
        "全省18个省辖市，10个省直管县（市）均",
        "1、2号锅炉",
        "臭氧8小时平均浓度",
    ],
)
def test_what_only_looks_like_an_amount_is_left_out(text: str) -> None:
    assert short(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("抽查不少于3个行政区域", [">= 3 个"]),
        ("建成2个城市环境空气监测点位", ["= 2 个"]),
        ("两个国家级示范工程", ["= 2 个"]),
        ("关停六家煤矿", ["= 6 家"]),
        ("落实“六个百分之百”，覆盖率达100%", ["= 100 %"]),
        ("每月不少于10家开展监测", [">= 10 家"]),
    ],
)
def test_the_other_side_of_an_exclusion_is_kept(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年，秸秆综合利用率达到90%以上", ["秸秆综合利用率"]),
        ("充电设施个数不少于100个", ["充电设施个数"]),
        ("整治18家货物堆场", ["货物堆场"]),
        ("烟尘、二氧化硫、氮氧化物排放浓度分别不高于10、35、50毫克/立方米", ["烟尘排放浓度", "二氧化硫排放浓度", "氮氧化物排放浓度"]),
        ("力争2019年新增风电装机容量5万千瓦", ["新增风电装机容量"]),
    ],
)
def test_an_amount_says_what_it_counts(text: str, expected: list[str]) -> None:
    assert [q.what for q in read(text)] == expected


def test_amounts_of_a_list_show_the_whole_list() -> None:
    text = "浓度分别不高于每立方米10、35、50毫克"
    assert {q.text for q in read(text)} == {"不高于每立方米10、35、50毫克"}


def test_figures_that_belong_to_a_date_are_no_amounts() -> None:
    text = "2019年3月底前完成12台"
    without = read_quantities(text, taken=())
    assert [(q.value, q.unit) for q in read(text)] == [(Decimal(12), "台")]
    assert (Decimal(12), "台") in [(q.value, q.unit) for q in without]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.integers(min_value=0, max_value=5000))
def test_the_offset_moves_spans_and_nothing_else(text: str, offset: int) -> None:
    here = read_quantities(text)
    there = read_quantities(text, offset=offset)
    assert there == tuple(replace(q, span=(q.span[0] + offset, q.span[1] + offset)) for q in here)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_every_span_shows_the_words_it_was_read_from(text: str) -> None:
    for q in read(text):
        assert text[slice(*q.span)] == q.text
        assert q.unit


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(read_quantities(text), tuple)
