"""The sources of the demo city: lists as the offices of its counties would send them, brought in through the import.

All enterprises are invented; their credit codes are of no real registry (LT in the organisation code).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation, Region, User
from lantian.apps.sources.actions.entries import CheckEntry, ProposeEntry
from lantian.apps.sources.actions.lists import OpenList, PublishList
from lantian.apps.sources.actions.proposals import REMOVE, Propose
from lantian.apps.sources.actions.sources import ChangeSource
from lantian.apps.sources.bulk import applying
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.models import ListEntry, Source, SourceList, StagedImport
from lantian.demo import city
from lantian.office.ledger import Table, write_tables
from lantian.rules.sources.lists import list_book
from lantian.rules.sources.uscc import check_sign, organisation_check_sign

Row = dict[str, Any]
NOTICE = "晴环攻坚办〔{year}〕{number}号"

#: name, county, town, trade, kind of plant, longitude, latitude, state
PLANTS: tuple[tuple[str, str, str, str, str, float, float, str], ...] = (
    ("晴川钢铁有限公司", "青原区", "工农街道", "C3120", "steel", 112.386, 33.652, "在产"),
    ("晴川热电有限公司", "河东区", "站前街道", "D4412", "power", 112.566, 33.708, "在产"),
    ("云山水泥有限公司", "云山区", "石桥镇", "C3011", "cement", 112.428, 33.912, "在产"),
    ("泽阳陶瓷集团有限公司", "泽阳县", "泽阳镇", "C3071", "ceramic", 112.812, 33.742, "在产"),
    ("泽阳金沟建陶有限公司", "泽阳县", "金沟镇", "C3071", "ceramic", 112.856, 33.701, "在产"),
    ("晴川青原焦化有限公司", "青原区", "红岩镇", "C2521", "coke", 112.352, 33.628, "在产"),
    ("临川新型墙材有限公司", "临川县", "马头镇", "C3031", "brick", 112.072, 33.868, "在产"),
    ("临川砚池页岩砖厂", "临川县", "砚池镇", "C3031", "brick", 112.118, 33.812, "停产"),
    ("泽阳北岭石灰有限公司", "泽阳县", "北岭镇", "C3012", "lime", 112.842, 33.806, "在产"),
    ("晴川白马铸造有限公司", "青原区", "白马镇", "C3391", "foundry", 112.412, 33.602, "在产"),
    ("晴川红岩精密铸造有限公司", "青原区", "红岩镇", "C3391", "foundry", 112.344, 33.616, "在产"),
    ("河东双河轧钢有限公司", "河东区", "双河镇", "C3130", "rolling", 112.618, 33.662, "在产"),
    ("晴川玻璃有限公司", "河东区", "大堰镇", "C3041", "glass", 112.636, 33.744, "在产"),
    ("晴川化工股份有限公司", "青原区", "清水镇", "C2614", "chemical", 112.366, 33.694, "在产"),
    ("晴川家具制造有限公司", "河东区", "杨集镇", "C2110", "furniture", 112.652, 33.716, "在产"),
    ("河东森雅木业有限公司", "河东区", "杨集镇", "C2110", "furniture", 112.646, 33.722, "在产"),
    ("晴川印刷包装有限公司", "云山区", "望江街道", "C2319", "printing", 112.462, 33.802, "在产"),
    ("晴川彩印有限责任公司", "云山区", "柳岸街道", "C2319", "printing", 112.486, 33.826, "在产"),
    ("晴川汽车零部件涂装有限公司", "青原区", "高新街道", "C3670", "coating", 112.424, 33.672, "在产"),
    ("晴川制药有限公司", "青原区", "高新街道", "C2710", "pharma", 112.434, 33.684, "在产"),
    ("临川橡胶制品厂", "临川县", "城关镇", "C2915", "rubber", 112.146, 33.684, "在产"),
    ("泽阳永丰沥青拌合站", "泽阳县", "永丰镇", "C3099", "asphalt", 112.766, 33.722, "停产"),
    ("云山桃溪食品有限公司", "云山区", "桃溪镇", "C1353", "food", 112.512, 33.936, "在产"),
    ("晴川纺织印染有限公司", "河东区", "龙泉街道", "C1713", "dyeing", 112.588, 33.726, "在产"),
)
#: kind of plant → kilns: number, type, fuel, decision
KILNS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "steel": (
        ("MF0101", "烧结机（炉）", "焦炉煤气", "治理一批"),
        ("MF0102", "熔炼炉", "焦炭", "治理一批"),
        ("MF0103", "加热炉", "高炉煤气", "保留"),
    ),
    "cement": (("MF0201", "焙（煅）烧炉", "煤", "治理一批"),),
    "ceramic": (
        ("MF0301", "焙（煅）烧炉", "天然气", "治理一批"),
        ("MF0302", "干燥炉（窑）", "天然气", "保留"),
    ),
    "coke": (("MF0401", "炼焦炉", "焦炉煤气", "治理一批"),),
    "brick": (("MF0501", "焙（煅）烧炉", "煤", "替代一批"),),
    "lime": (("MF0601", "焙（煅）烧炉", "煤", "替代一批"),),
    "foundry": (("MF0701", "熔化炉", "焦炭", "淘汰一批"), ("MF0702", "热处理炉", "天然气", "保留")),
    "rolling": (("MF0801", "加热炉", "天然气", "保留"),),
    "glass": (("MF0901", "熔化炉", "天然气", "治理一批"),),
    "asphalt": (("MF1001", "干燥炉（窑）", "天然气", "保留"),),
}
#: kind of plant → lines: number, name, rate, unit, raw materials
LINES: dict[str, tuple[tuple[str, str, int, str, str], ...]] = {
    "steel": (
        ("L1", "烧结线", 180, "m2", "铁矿粉、焦粉"),
        ("L2", "炼铁线", 1080, "m3", "烧结矿、焦炭"),
        ("L3", "炼钢线", 120, "t", "铁水、废钢"),
    ),
    "power": (("L1", "1号机组", 300, "MW", "原煤"), ("L2", "2号机组", 300, "MW", "原煤")),
    "cement": (("L1", "熟料线", 4500, "t/d", "石灰石、粘土"), ("L2", "水泥粉磨线", 150, "t/h", "熟料、石膏")),
    "ceramic": (("L1", "墙地砖一线", 12000, "m2/d", "陶土"), ("L2", "墙地砖二线", 15000, "m2/d", "陶土")),
    "coke": (("L1", "1号焦炉", 55, "万t/a", "炼焦煤"), ("L2", "2号焦炉", 55, "万t/a", "炼焦煤")),
    "brick": (("L1", "隧道窑线", 6000, "万块/a", "页岩、煤矸石"),),
    "lime": (("L1", "竖窑线", 300, "t/d", "石灰石"),),
    "foundry": (("L1", "造型浇注线", 2, "万t/a", "生铁、树脂砂"),),
    "rolling": (("L1", "棒材线", 60, "万t/a", "钢坯"),),
    "glass": (("L1", "浮法线", 600, "t/d", "石英砂、纯碱"),),
    "chemical": (("L1", "合成线", 10, "万t/a", "甲醇"),),
    "furniture": (("L1", "喷漆线", 3, "万件/a", "油漆、板材"),),
    "printing": (("L1", "凹印线", 2, "台", "油墨、薄膜"), ("L2", "复合线", 1, "台", "胶粘剂")),
    "coating": (("L1", "电泳喷涂线", 20, "万件/a", "涂料"),),
    "pharma": (("L1", "原料药合成线", 500, "t/a", "有机溶剂"),),
    "rubber": (("L1", "硫化线", 5000, "t/a", "橡胶"),),
    "asphalt": (("L1", "拌合线", 240, "t/h", "沥青、骨料"),),
    "food": (("L1", "熟食线", 3000, "t/a", "肉类"),),
    "dyeing": (("L1", "定型线", 4, "台", "坯布"),),
}
#: kind of plant → treatment: number, name, pollutants, technology, efficiency
FACILITIES: dict[str, tuple[tuple[str, str, str, str, int], ...]] = {
    "steel": (
        ("TA001", "烧结机头除尘脱硫", "颗粒物、二氧化硫", "电袋除尘+石灰石石膏法", 95),
        ("TA002", "烧结脱硝", "氮氧化物", "SCR", 80),
    ),
    "power": (
        ("TA001", "电袋除尘器", "颗粒物", "电袋复合除尘", 99),
        ("TA002", "脱硫塔", "二氧化硫", "石灰石石膏法", 98),
        ("TA003", "脱硝", "氮氧化物", "SCR", 85),
    ),
    "cement": (
        ("TA001", "窑尾袋除尘", "颗粒物", "袋式除尘", 99),
        ("TA002", "窑尾脱硝", "氮氧化物", "SNCR", 60),
    ),
    "ceramic": (("TA001", "喷雾塔除尘脱硫", "颗粒物、二氧化硫", "双碱法+袋式除尘", 90),),
    "coke": (("TA001", "焦炉烟气脱硫脱硝", "二氧化硫、氮氧化物", "干法脱硫+SCR", 90),),
    "brick": (("TA001", "隧道窑脱硫", "二氧化硫、颗粒物", "双碱法", 75),),
    "lime": (("TA001", "竖窑除尘", "颗粒物", "袋式除尘", 95),),
    "foundry": (("TA001", "冲天炉除尘", "颗粒物", "袋式除尘", 95),),
    "furniture": (("TA001", "喷漆废气", "挥发性有机物", "水帘+活性炭", 60),),
    "printing": (("TA001", "印刷废气", "挥发性有机物", "RTO", 94),),
    "coating": (("TA001", "涂装废气", "挥发性有机物", "沸石转轮+RTO", 90),),
    "pharma": (("TA001", "工艺废气", "挥发性有机物", "冷凝+RTO", 92),),
    "rubber": (("TA001", "硫化废气", "挥发性有机物", "光催化+活性炭", 45),),
}
VOC_TREATMENT = {
    "furniture": "活性炭吸附",
    "printing": "蓄热式燃烧（RTO）",
    "coating": "沸石转轮、蓄热式燃烧（RTO）",
    "pharma": "冷凝回收、蓄热式燃烧（RTO）",
    "rubber": "光催化、活性炭吸附",
    "chemical": "吸收（喷淋）",
}
#: kinds of plants that stop in winter: measure and share
STAGGERED = {
    "cement": ("停产", None),
    "ceramic": ("停产", None),
    "brick": ("停产", None),
    "lime": ("停产", None),
    "coke": ("限产", 30),
    "steel": ("限产", 50),
    "foundry": ("停产", None),
}
#: what was brought in twice, under another name or code: number of the plant, name, trade, county, town, lon, lat; the
#: third has the position of the county office, as forms fill it in, and the last is another foundry of the same name
TWICE: tuple[tuple[int, str, str, str, str, float, float], ...] = (
    (90, "晴川白马铸造厂", "C3391", "青原区", "白马镇", 112.4123, 33.6021),
    (91, "河东森雅木业公司", "C2110", "河东区", "杨集镇", 112.6461, 33.7219),
    (92, "临川橡胶制品有限公司", "C2915", "临川县", "城关镇", 112.15, 33.68),
    (93, "晴川彩印公司", "C2319", "云山区", "柳岸街道", 112.4861, 33.8262),
    (94, "晴川红岩精密铸造厂", "C3391", "青原区", "红岩镇", 112.3612, 33.6302),
)
#: plants without a permit, and those that improve with help: wanted grade, kind of help, trade of the grading
WITHOUT_PERMIT = frozenset({"泽阳永丰沥青拌合站", "临川橡胶制品厂"})
SUPPORTED = {
    "泽阳北岭石灰有限公司": ("C级", "D级帮扶", "石灰窑"),
    "晴川家具制造有限公司": ("C级", "D级帮扶", "家具制造"),
    "泽阳陶瓷集团有限公司": ("B级", "创B", "陶瓷"),
    "晴川红岩精密铸造有限公司": ("A级", "创A", "铸造"),
}
#: source → the enterprise with an account that runs it, besides those of the same name
RUN_BY = {"晴川钢铁原料场": "晴川钢铁有限公司"}


def code(number: int) -> str:
    """A credit code with right check signs that no registry has given."""
    organisation = f"LT{number:06d}"
    body = f"91100000{organisation}{organisation_check_sign(organisation)}"
    return body + check_sign(body)


def _plants() -> Iterator[tuple[int, str, Row]]:
    for number, (name, county, town, trade, kind, lon, lat, state) in enumerate(PLANTS, 1):
        yield (
            number,
            kind,
            {
                "uscc": code(number),
                "name": name,
                "trade": trade,
                "region_code": next(place for place, word, _towns in city.COUNTIES if word == county),
                "street": town,
                "address": f"{county}{town}工业路{number}号",
                "longitude": lon,
                "latitude": lat,
                "datum": "WGS-84",
                "person": ("王建国", "李秀英", "张伟", "刘洋")[number % 4],
                "phone": f"0990-6{number:06d}",
                "department": f"{city.CITY}生态环境局{county}分局",
                "state": state,
            },
        )


def _placed(number: int, name: str, county: str, town: str, lon: float, lat: float, **more: Any) -> Row:
    return {
        "uscc": code(100 + number),
        "name": name,
        "region_code": next(place for place, word, _towns in city.COUNTIES if word == county),
        "street": town,
        "address": f"{county}{town}{number}号",
        "longitude": lon,
        "latitude": lat,
        "datum": "WGS-84",
        "department": f"{city.CITY}生态环境局{county}分局",
        "state": "在产",
        **more,
    }


def rows_of(today: date) -> dict[str, list[Row]]:
    """The lists by their codes; enterprises first, since the others point to them."""
    winter = today.year if today.month >= 6 else today.year - 1
    found: dict[str, list[Row]] = {
        name: []
        for name in (
            "enterprises", "lines", "kilns", "treatment_facilities", "boilers", "voc_enterprises", "staggered_lines",
            "emergency_lines", "gas_stations", "restaurants", "mixing_plants", "bulk_yards", "open_mines",
            "construction_sites", "scattered_polluters", "permits", "improvement_support",
        )
    }  # fmt: skip
    for number, kind, plant in _plants():
        base = {"uscc": plant["uscc"], "name": plant["name"]}
        found["enterprises"].append(plant)
        if plant["name"] not in WITHOUT_PERMIT:
            main = kind in ("steel", "power", "cement", "coke", "glass", "chemical", "pharma", "ceramic")
            found["permits"].append(
                {**base, "permit_number": f"{plant['uscc']}001{'P' if main else 'U'}",
                 "permit_level": "重点管理" if main else "简化管理"}
            )  # fmt: skip
        if plant["name"] in SUPPORTED:
            target, support, industry = SUPPORTED[plant["name"]]
            found["improvement_support"].append(
                {**base, "target_grade": target, "support_class": support, "grade_industry": industry,
                 "decision_due": f"{today.year}-12-31"}
            )  # fmt: skip
        for line, name, rate, unit, material in LINES.get(kind, ()):
            found["lines"].append(
                {**base, "line_number": line, "line_name": name, "design_rate": rate, "rate_unit": unit, "hours": 7200,
                 "raw_materials": material}
            )  # fmt: skip
            if kind in STAGGERED and line == "L1":
                measure, share = STAGGERED[kind]
                found["staggered_lines"].append(
                    {**base, "line_number": line, "line_name": name, "campaign_season": f"{winter}-{winter + 1}",
                     "staggered_measure": measure, "staggered_share": share,
                     "window_start": f"{winter}-11-15", "window_end": f"{winter + 1}-03-15"}
                )  # fmt: skip
            if kind not in ("food", "power"):
                found["emergency_lines"].append(
                    {**base, "line_number": line, "line_name": name, "yellow_action": f"{name}限产30%",
                     "orange_action": f"{name}停产50%", "red_action": f"{name}停产", "yellow_cut": 30, "orange_cut": 50,
                     "red_cut": 100}
                )  # fmt: skip
        for kiln, kiln_type, fuel, decision in KILNS.get(kind, ()):
            found["kilns"].append(
                {**base, "kiln_number": kiln, "kiln_type": kiln_type, "unit_fuel": fuel, "decision": decision}
            )
        for facility, name, treats, technology, removal in FACILITIES.get(kind, ()):
            found["treatment_facilities"].append(
                {**base, "facility_number": facility, "facility_name": name, "treats": treats,
                 "technology": technology, "removal": removal}
            )  # fmt: skip
        if kind in VOC_TREATMENT:
            found["voc_enterprises"].append(
                {
                    **base,
                    "voc_treatment": VOC_TREATMENT[kind],
                    "collection": "密闭空间",
                    "voc_emission": 10 + number,
                }
            )
        if kind in ("food", "dyeing", "pharma", "rubber"):
            found["boilers"].append(
                {**base, "boiler_number": "1#", "boiler_capacity": 4 + number % 3 * 2, "unit_fuel": "天然气",
                 "boiler_type": "燃油燃气锅炉", "boiler_purpose": "工业生产", "low_nox": "已完成" if number % 2 else "计划改造"}
            )  # fmt: skip
    found["enterprises"] += [
        {**_placed(number, name, county, town, lon, lat, trade=trade), "uscc": code(number)}
        for number, name, trade, county, town, lon, lat in TWICE
    ]
    found["gas_stations"] = [
        _placed(n, f"晴川{town}加油站", county, town, lon, lat, petrol_sales=2000 + 700 * n, recovery_1="正常运行",
                recovery_2="正常运行", recovery_3="正常运行" if n % 3 else "未安装", recovery_online=n % 2 == 0)
        for n, county, town, lon, lat in (
            (1, "云山区", "望江街道", 112.452, 33.791), (2, "河东区", "新城街道", 112.598, 33.688),
            (3, "青原区", "青原街道", 112.396, 33.668), (4, "临川县", "城关镇", 112.142, 33.688),
            (5, "泽阳县", "泽阳镇", 112.802, 33.758), (6, "河东区", "东关街道", 112.552, 33.737),
        )
    ]  # fmt: skip
    found["restaurants"] = [
        _placed(20 + n, name, county, town, lon, lat, food_licence=f"JY2990102{n:07d}", cuisine=kind,
                floor_area=area, stoves=stoves, purifier=n != 4, purifier_online=area >= 500)
        for n, name, county, town, kind, area, stoves, lon, lat in (
            (1, "望江楼酒店", "云山区", "望江街道", "餐馆", 860, 8, 112.458, 33.797),
            (2, "晴川大学食堂", "河东区", "新城街道", "单位食堂", 1200, 12, 112.602, 33.694),
            (3, "老街火锅城", "云山区", "古塔街道", "火锅", 420, 4, 112.470, 33.808),
            (4, "双河烧烤店", "河东区", "双河镇", "烧烤", 90, 2, 112.612, 33.668),
        )
    ]  # fmt: skip
    found["mixing_plants"] = [
        _placed(40, "晴川预拌混凝土有限公司", "河东区", "大堰镇", 112.626, 33.738, plant_kind="预拌混凝土", plant_closed=True),
        _placed(41, "青原砂浆有限公司", "青原区", "白马镇", 112.408, 33.598, plant_kind="预拌砂浆", plant_closed=False),
    ]  # fmt: skip
    found["bulk_yards"] = [
        _placed(50, "晴川煤炭储运场", "青原区", "工农街道", 112.392, 33.646, yard_number="1", yard_kind="煤场",
                yard_area=12000, yard_closure="封闭料库"),
        _placed(51, "马头砂石料场", "临川县", "马头镇", 112.088, 33.856, yard_number="1", yard_kind="砂石料场",
                yard_area=6000, yard_closure="苫盖"),
        _placed(52, "晴川钢铁原料场", "青原区", "工农街道", 112.3841, 33.6493, yard_number="1", yard_kind="煤场",
                yard_area=38000, yard_closure="封闭料库"),
    ]  # fmt: skip
    found["open_mines"] = [
        _placed(60, "云台石灰岩矿", "云山区", "云台镇", 112.418, 33.962, mining_licence="C9900002020017110000001",
                mineral="石灰岩", mine_state="生产"),
        _placed(61, "北岭废弃采石场", "泽阳县", "北岭镇", 112.848, 33.812, mining_licence="C9900002015017110000002",
                mineral="建筑石料", mine_state="废弃"),
    ]  # fmt: skip
    found["construction_sites"] = [
        {**_placed(70 + n, name, county, town, lon, lat, works_permit=f"99010{n}20260{n}010101",
                   site_kind=kind, built_area=area, contractor="晴川建工集团有限公司", earthworks=n % 2 == 1), "uscc": None}
        for n, name, county, town, kind, area, lon, lat in (
            (1, "望江花园二期", "云山区", "望江街道", "房屋建筑", 42000, 112.448, 33.788),
            (2, "新城大道改造工程", "河东区", "新城街道", "市政", 8000, 112.606, 33.682),
            (3, "青原老厂区拆迁", "青原区", "青原街道", "拆迁（拆除）", 15000, 112.402, 33.660),
        )
    ]  # fmt: skip
    found["scattered_polluters"] = [
        {**_placed(80 + n, name, county, town, lon, lat, scattered_class=kind, found_by="网格巡查",
                   found_on=(today - timedelta(days=40 * n)).isoformat()), "uscc": None, "state": state}
        for n, name, county, town, kind, state, lon, lat in (
            (1, "竹园乡塑料颗粒作坊", "临川县", "竹园乡", "关停取缔", "取缔拆除", 112.192, 33.728),
            (2, "三汊镇石材加工点", "泽阳县", "三汊镇", "关停取缔", "取缔拆除", 112.736, 33.688),
            (3, "清水镇板材厂", "青原区", "清水镇", "升级改造", "停产", 112.372, 33.704),
        )
    ]  # fmt: skip
    return found


def load(actor: Actor, regions: dict[str, Region], today: date) -> None:
    """Open the lists of the city, bring them in from a workbook, publish some, and leave some work to do."""
    book = list_book().lists
    place, office = regions[city.CITY], Organisation.objects.get(name=city.OFFICE)
    bureau = Organisation.objects.get(name=f"{city.CITY}生态环境局")
    rows = rows_of(today)
    lists: dict[str, SourceList] = {}
    for kind in rows:
        lists[kind] = OpenList(
            actor,
            kind,
            name="",
            region=place,
            owner=office if kind in ("emergency_lines", "staggered_lines") else bureau,
        ).execute()
    tables = []
    for kind, of_list in rows.items():
        type_ = book[kind]
        fields = [one for one in type_.fields if any(row.get(one.key) is not None for row in of_list)]
        tables.append(
            Table(
                type_.name,
                type_.name,
                [one.label for one in fields],
                [
                    ["" if row.get(one.key) is None else _cell(row[one.key]) for one in fields]
                    for row in of_list
                ],
            )
        )
    staged = StagedImport.objects.create(name="晴川市污染源清单.xlsx", listed=True, reason="演示数据")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / staged.name
        write_tables(tables, path)
        Staging(actor, staged).run(path, lambda _done, _total: None)
    applying.apply(actor, staged, lambda _done, _total: None)
    StagedImport.objects.filter(pk=staged.pk).update(state="applied")
    for number, kind in enumerate(("enterprises", "kilns", "emergency_lines"), 11):
        PublishList(actor, lists[kind], notice=NOTICE.format(year=today.year, number=number)).execute()
    PublishList(
        actor, lists["staggered_lines"], notice=NOTICE.format(year=today.year, number=15), freeze=True
    ).execute()
    operators = {one.name: one for one in Organisation.objects.filter(kind="enterprise")}
    for source in Source.objects.filter(name__in=[*operators, *RUN_BY]):
        operator = operators[RUN_BY.get(source.name, source.name)]
        ChangeSource(actor, source, {"operator": operator}, reason="演示数据").execute()
    _work(lists, today)


def _cell(value: Any) -> Any:
    return ("是" if value else "否") if isinstance(value, bool) else value


def _work(lists: dict[str, SourceList], today: date) -> None:
    """What waits for somebody: proposed and checked entries, and changes to be decided."""
    officer = User.objects.filter(username="huanjing").first()
    if officer is None:
        return
    actor = Actor(officer, via="web")
    if not actor.may("sources.entry.propose"):
        return
    new = [
        ("晴川河东塑料制品厂", "C2929", "990103", "杨集镇", 201),
        ("泽阳三汊石英砂厂", "C3099", "990122", "三汊镇", 202),
        ("临川丰乐饲料有限公司", "C1329", "990121", "丰乐镇", 203),
    ]
    for number, (name, trade, region, street, sign) in enumerate(new):
        entry = ProposeEntry(
            actor,
            lists["enterprises"],
            {
                "uscc": code(sign),
                "name": name,
                "trade": trade,
                "region_code": region,
                "street": street,
                "address": f"{street}{sign}号",
                "department": f"{city.CITY}生态环境局",
                "state": "running",
            },
            reason="网格排查新发现",
        ).execute()
        if number == 0:
            CheckEntry(actor, entry).execute()
    # A kiln that a patrol has found: it stands in nobody's list before this is decided.
    ProposeEntry(
        actor,
        lists["kilns"],
        {
            "uscc": code(20),
            "name": "晴川制药有限公司",
            "kiln_number": "MF1101",
            "kiln_type": "drying",
            "unit_fuel": "natural_gas",
        },
        reason="督导检查发现",
    ).execute()
    seen = ListEntry.objects.visible_to(officer, "sources.entry.propose")
    for name, values, step, reason in (
        ("晴川印刷包装有限公司", {"state": "stopped"}, "change", "设备检修停产"),
        ("临川砚池页岩砖厂", {}, REMOVE, "已拆除，现场核实"),
    ):
        known = seen.filter(list=lists["enterprises"], name=name).first()
        if known is not None:
            Propose(actor, known, values, step=step, reason=reason).execute()
