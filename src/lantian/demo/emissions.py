"""Activities of the demo city for one year, as a workbook that goes through the import, and its inventory.

All amounts are invented; they have the order of magnitude of a small industrial city.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region, User
from lantian.apps.sources.emissions.importing import ImportInventory
from lantian.apps.sources.emissions.preparing import prepare
from lantian.apps.sources.emissions.running import FinishRun, StartRun, compute
from lantian.demo import city
from lantian.demo.sources import PLANTS, code
from lantian.office.inventory_workbook import row_tables
from lantian.office.ledger import write_tables
from lantian.rules.sources.rows import Row

Cells = dict[str, Any]
_MINERAL, _FERROUS = "非金属矿物制品业", "黑色金属冶炼和压延加工业"
_PROCESS, _BURN, _ALL = "工业源-工艺过程", "工业源-化石燃料固定燃烧", "采矿业和制造业"
#: kind of plant → unit, class of source, trade of the book, item, technology, amount, unit of it
ACTIVITIES: dict[str, tuple[tuple[str, str, str, str, str, str, str], ...]] = {
    "power": (("MF0001", "电力热力源", "电力生产", "煤炭", "煤粉炉", "150", "万t"),),
    "steel": (
        ("MF0101", _PROCESS, _FERROUS, "烧结矿", "烧结_有组织排放", "180", "万t"),
        ("MF0102", _PROCESS, _FERROUS, "生铁", "高炉_有组织排放", "110", "万t"),
        ("MF0104", _PROCESS, _FERROUS, "粗钢", "转炉_有组织排放", "120", "万t"),
    ),
    "cement": (("MF0201", _PROCESS, _MINERAL, "熟料", "新型干法", "140", "万t"),),
    "coke": (("MF0401", _PROCESS, _FERROUS, "焦炭", "机械炼焦", "105", "万t"),),
    "ceramic": (("MF0301", _PROCESS, _MINERAL, "陶瓷", "不分技术", "12", "万t"),),
    "brick": (("MF0501", _PROCESS, _MINERAL, "砖瓦", "不分技术", "9", "万t"),),
    "lime": (("MF0601", _PROCESS, _MINERAL, "石灰", "不分技术", "8", "万t"),),
    "glass": (("MF0901", _PROCESS, _MINERAL, "平板玻璃", "浮法平板玻璃", "20", "万t"),),
    "foundry": (("MF0701", _PROCESS, _FERROUS, "铸铁", "铸造_有组织排放", "1.8", "万t"),),
    "pharma": (
        ("", _PROCESS, "化学原料和化学制品制造业", "化学原料药", "不分技术", "500", "t"),
        ("1#", _BURN, _ALL, "天然气", "燃气锅炉", "160", "万m3"),
    ),
    "food": (("1#", _BURN, _ALL, "天然气", "燃气锅炉", "90", "万m3"),),
    "dyeing": (("1#", _BURN, _ALL, "天然气", "燃气锅炉", "220", "万m3"),),
    "rubber": (("1#", _BURN, _ALL, "天然气", "燃气锅炉", "60", "万m3"),),
}  # fmt: skip
#: kind of plant → unit, technology, pollutant
CONTROLS: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "power": (("MF0001", "电袋复合除尘法", None), ("MF0001", "石灰石/石膏法", "SO2"), ("MF0001", "选择性催化还原法", "NOx")),
    "steel": (("MF0101", "高效静电除尘法", None), ("MF0101", "石灰石/石膏法", "SO2"), ("MF0101", "选择性催化还原法", "NOx"),
              ("MF0102", "袋式除尘法", None), ("MF0104", "袋式除尘法", None)),
    "cement": (("MF0201", "袋式除尘法", None), ("MF0201", "选择性非催化还原法", "NOx")),
    "coke": (("MF0401", "袋式除尘法", None), ("MF0401", "旋转喷雾干燥法", "SO2")),
    "ceramic": (("MF0301", "袋式除尘法", None), ("MF0301", "双碱法", "SO2")),
    "brick": (("MF0501", "双碱法", "SO2"), ("MF0501", "湿式除尘法", None)),
    "lime": (("MF0601", "袋式除尘法", None),),
    "glass": (("MF0901", "普通静电除尘法", None), ("MF0901", "选择性催化还原法", "NOx")),
    "foundry": (("MF0701", "袋式除尘法", None),),
    "furniture": (("喷漆", "活性炭法", None),),
    "printing": (("印刷", "蓄热式热力燃烧法", None),),
    "coating": (("涂装", "沸石转轮吸附法", None),),
}  # fmt: skip
#: kind of plant → unit, material, tons, share of VOCs
SOLVENTS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "furniture": (("喷漆", "溶剂型木器漆", "28", "0.5"), ("喷漆", "水性木器漆", "40", "0.1")),
    "printing": (("印刷", "溶剂型凹版油墨", "65", "0.6"),),
    "coating": (("涂装", "溶剂型面漆", "54", "0.45"),),
}
#: kinds of vehicles: kind, fuel, stage, share of the county's vehicles, km a year
VEHICLES = (
    ("微型、小型客车", "汽油", "国四", "0.6", "12000"),
    ("微型、小型客车", "汽油", "国五", "0.3", "13000"),
    ("轻型货车", "柴油", "国四", "0.07", "30000"),
    ("重型货车", "柴油", "国五", "0.03", "60000"),
)


#: fuel or product → unit, and what the statistics have of it for each ton of the list
TOTALS = (("煤炭", "万t", "1.01"), ("熟料", "万t", "1.14"), ("焦炭", "万t", "0.98"))


def rows(year: int, scale: Decimal = Decimal(1)) -> list[Row]:
    """The workbook: plants with their keys, area sources of each county, and totals of the statistics.

    Parameters
    ----------
    scale
        Of what the plants make, against the last year.
    """
    found: list[tuple[str, Cells]] = []
    units = {name: place for place, name, _towns in city.COUNTIES}
    for number, (name, county, _town, trade, kind, lon, lat, state) in enumerate(PLANTS, 1):
        if kind not in ACTIVITIES and kind not in SOLVENTS:
            continue
        key = f"QY{number:03d}"
        found.append(
            ("sources", {"source_id": key, "name": name, "uscc": code(number), "trade": trade, "region": units[county],
                         "longitude": str(lon), "latitude": str(lat), "datum": "WGS-84", "activity_grade": "B"})
        )  # fmt: skip
        # A plant that stands still, and the later ones of a kind, make less of the same.
        share = Decimal("0.2") if state == "停产" else Decimal(1) / (1 + Decimal(number % 3) / 4)
        share *= scale
        for unit, source_class, of_book, item, technology, amount, of in ACTIVITIES.get(kind, ()):
            cells: Cells = {
                "source_id": key, "unit": unit or None, "source_class": source_class, "trade": of_book, "item": item,
                "technology": technology, "activity": (Decimal(amount) * share).quantize(Decimal("0.01")),
                "activity_unit": of,
            }  # fmt: skip
            if kind == "power":
                cells |= {"size_mw": Decimal(300), "sulphur": Decimal("0.6"), "ash": Decimal(22)}
            found.append(("activities", cells))
        for unit, technology, pollutant in CONTROLS.get(kind, ()):
            found.append(
                ("facilities", {"source_id": key, "unit": unit, "technology": technology, "pollutant": pollutant,
                                "running": Decimal("0.97")})
            )  # fmt: skip
        for unit, material, tons, content in SOLVENTS.get(kind, ()):
            found.append(
                ("solvents", {"source_id": key, "unit": unit, "material": material, "used": Decimal(tons) * share,
                              "used_unit": "t", "voc_share": Decimal(content)})
            )  # fmt: skip
        if kind == "power":
            found.append(
                ("monitors", {"source_id": key, "unit": "MF0001", "outlet": "DA001", "period": "全年", "pollutant": "NOx",
                              "concentration": Decimal(38), "concentration_unit": "mg/m3", "flow": Decimal(95),
                              "flow_unit": "万m3/h", "hours": Decimal(7200), "valid_hours": Decimal(7010)})
            )  # fmt: skip
    for at, (place, county, towns) in enumerate(city.COUNTIES, 1):
        found += _area(at, place, county, len(towns))
    for item, unit, ratio in TOTALS:
        listed = sum((cells["activity"] for sheet, cells in found if sheet == "activities" and cells["item"] == item), start=Decimal(0))
        found.append(
            ("totals", {"item": item, "region": city.CITY_CODE, "total": (listed * Decimal(ratio)).quantize(Decimal("0.1")),
                        "total_unit": unit, "grounds": "示例：统计年鉴"})
        )  # fmt: skip
    return [Row(sheet, 0, cells) for sheet, cells in found]


def _area(at: int, place: str, county: str, towns: int) -> list[tuple[str, Cells]]:
    """Traffic, dust, farms and straw of a county."""
    traffic, dust, farms = f"MY{at}01", f"MY{at}02", f"MY{at}03"
    urban = county.endswith("区")
    vehicles = Decimal(90000 if urban else 42000)
    found: list[tuple[str, Cells]] = [
        ("sources", {"source_id": traffic, "name": f"{county}道路移动源（面源）", "region": place}),
        ("sources", {"source_id": dust, "name": f"{county}扬尘源（面源）", "region": place}),
        ("sources", {"source_id": farms, "name": f"{county}农业面源", "region": place}),
    ]
    found += [
        ("vehicles", {"source_id": traffic, "vehicle": vehicle, "fuel": fuel, "stage": stage,
                      "vehicles": (vehicles * Decimal(share)).quantize(Decimal(1)), "km": Decimal(km), "speed": Decimal(32)})
        for vehicle, fuel, stage, share, km in VEHICLES
    ]  # fmt: skip
    found += [
        ("roads", {"source_id": dust, "unit": "道路", "surface": "铺装", "length": Decimal(60 * towns),
                   "traffic": Decimal(1_200_000 if urban else 500_000), "wet_days": Decimal(85),
                   "silt_load": Decimal("0.6"), "weight": Decimal(6)}),
        ("sites", {"source_id": dust, "unit": "工地", "area": Decimal(260_000 if urban else 90_000), "months": Decimal(9)}),
        ("facilities", {"source_id": dust, "unit": "工地", "technology": "施工场地路面铺装及洒水"}),
        ("animals", {"source_id": farms, "unit": "猪", "animal": "生猪", "phase": "固态",
                     "tan": Decimal(90 if urban else 320), "other_loss": Decimal("0.05")}),
        ("burning", {"source_id": farms, "unit": "麦", "way": "秸秆产量", "item": "小麦秸秆",
                     "amount": Decimal(12000 if urban else 60000), "ratio": Decimal("1.3"), "burnt": Decimal("0.01")}),
    ]  # fmt: skip
    return found


def workbook(year: int, scale: Decimal = Decimal(1)) -> bytes:
    """The workbook as a file."""
    stream = BytesIO()
    write_tables(row_tables(rows(year, scale)), stream)
    return stream.getvalue()


def load(region: Region, today: date) -> None:
    """Import the activities of the last two years and compute their inventories, as the campaign office does."""
    actor = Actor(User.objects.get(username="gongjian"), via="web")
    for year, scale in ((today.year - 2, Decimal("1.12")), (today.year - 1, Decimal(1))):
        name = f"{city.CITY}{year}年排放清单活动水平.xlsx"
        ImportInventory(actor, workbook(year, scale), name, year=str(year), skip_errors=True).execute()
        row = StartRun(actor, year, region).execute()
        # What the job does: the demo is whole before anybody looks at it, and the job finds its work done.
        found = compute(actor, year, region, abroad=False)
        prepare(actor, FinishRun(actor, row, found).execute(), found)
