"""The workbook of an inventory: its sheets and columns, as data.

The template, the reader, the checks and the page of reference are all made from this table, so they cannot differ.
A row belongs to a source (源编号) and may name a unit of it (设施编号); what is known of one unit is compared and
preferred there only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    #: from 0 upwards
    NUMBER = "number"
    #: from 0 to 1
    SHARE = "share"
    #: in per cent, from 0 to 100
    PERCENT = "percent"
    #: any number
    SIGNED = "signed"
    FLAG = "flag"
    YEAR = "year"
    #: numbers parted by 、 or ;
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its key, heading, what it holds, and a word of explanation."""

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    required: bool = False
    note: str = ""
    #: smallest believable value, of percentages that people give as shares
    least: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet: its key, name, columns, what it is for, and example rows."""

    key: str
    name: str
    note: str
    fields: Sequence[Field]
    examples: Sequence[Sequence[str | int | float | Decimal | None]] = ()

    def field(self, key: str) -> Field:
        """A column by its key."""
        return next(field for field in self.fields if field.key == key)


T, N, S, P, F, Y = Kind.TEXT, Kind.NUMBER, Kind.SHARE, Kind.PERCENT, Kind.FLAG, Kind.YEAR
_ID = Field("source_id", "源编号", T, True, "与“排放源”表一致")
_UNIT = Field("unit", "设施编号", T, False, "同一源分几套设施时填写，可空")
_YEAR = Field("year", "年份", Y, False, "空白即计算所用年份")

SHEETS: tuple[SheetLayout, ...] = (
    SheetLayout(
        "sources", "排放源", "每个源一行；其他各表用源编号指向这里。",
        (
            Field("source_id", "源编号", T, True, "本表内不重复"),
            Field("name", "名称", T, True),
            Field("uscc", "统一社会信用代码", T, False, "18 位"),
            Field("permit", "排污许可证编号", T, False, "22 位"),
            Field("mn", "数采仪MN号", T, False, "24 位或 14 位，多个用顿号分开"),
            Field("trade", "行业代码", T, False, "GB/T 4754 四位小类"),
            Field("region", "行政区划代码", T, False, "GB/T 2260 六位"),
            Field("longitude", "经度", T, False, "度"),
            Field("latitude", "纬度", T, False, "度"),
            Field("datum", "坐标系", T, False, "CGCS2000、WGS-84、GCJ-02、BD-09；空白即 CGCS2000"),
            Field("plate", "车牌号", T),
            Field("plate_colour", "车牌颜色", T),
            Field("activity_grade", "活动量等级", T, False, "A 计量、B 台账、C 统计、D 估算、E 借用；空白按 C，算不确定性用"),
            Field("proxy", "空间分配指标", T, False, "面源用，如 人口、农村人口、道路、火点；空白按源类默认"),
        ),
        (
            ("E001", "示例热电厂", "91130200699229617X", "91130200699229617X001P", "010000A8900016F000169DC0", "D4412",
             "410108", "113.6172", "34.8676", "CGCS2000", None, None),
            ("E002", "示例水泥厂", None, None, None, "C3011", "410108", "113.5800", "34.8200", "CGCS2000", None, None),
            ("E003", "示例家具厂", None, None, None, "C2110", "410108", "113.6100", "34.8100", "CGCS2000", None, None),
            ("R001", "示例轻型货车（面源）", None, None, None, None, "410108", None, None, None, None, None),
            ("D001", "示例道路", None, None, None, None, "410108", None, None, None, None, None),
            ("D002", "示例工地", None, None, None, None, "410108", "113.6300", "34.8300", "CGCS2000", None, None),
            ("D003", "示例堆场", None, None, None, None, "410108", "113.6400", "34.8400", "CGCS2000", None, None),
            ("A001", "示例农业面源", None, None, None, None, "410108", None, None, None, None, None),
        ),
    ),
    SheetLayout(
        "activities", "活动水平", "系数法和燃煤物料衡算：燃料、产品、原料。一行算出所有有系数的污染物。",
        (
            _ID, _UNIT, _YEAR,
            Field("source_class", "源类", T, True, "如 电力热力源、工业源-工艺过程"),
            Field("trade", "行业或子类", T, False, "如 电力生产、非金属矿物制品业"),
            Field("item", "燃料或产品", T, True, "如 煤炭、熟料"),
            Field("technology", "工艺技术", T, False, "如 煤粉炉、新型干法"),
            Field("activity", "活动量", N, True),
            Field("activity_unit", "单位", T, True, "如 t、万t、万m3"),
            Field("size_mw", "装机容量", N, False, "MW，火电氮氧化物系数按它分档"),
            Field("sulphur", "收到基硫分", P, False, "%，燃煤必填"),
            Field("ash", "收到基灰分", P, False, "%，燃煤必填"),
            Field("pollutant", "污染物", T, False, "空白即全部；用自定或指定系数时必填"),
            Field("own_factor", "自定系数", N),
            Field("own_unit", "系数单位", T, False, "如 kg/t"),
            Field("own_grounds", "系数依据", T, False, "用自定或指定系数时必填"),
            Field("factor", "指定系数", T, False, "系数书中某个系数的名称，在页面上选择后自动填写；空白即自动选择"),
        ),
        (
            ("E001", "MF0001", None, "电力热力源", "电力生产", "煤炭", "煤粉炉", 50, "万t", 200, Decimal("0.5"), 25,
             None, None, None, None),
            ("E002", None, None, "工业源-工艺过程", "非金属矿物制品业", "熟料", "新型干法", 100, "万t", None, None, None,
             None, None, None, None),
            ("E003", "食堂", None, "生活源", "餐饮", "食用油", None, 3, "t", None, None, None,
             "VOCs", Decimal("5.0"), "g/kg", "示例：本地实测，正式使用时替换"),
        ),
    ),
    SheetLayout(
        "facilities", "治理设施", "去除效率；不填效率时按指南表 A.1 的平均值。",
        (
            _ID, _UNIT,
            Field("technology", "治理技术", T, True, "用表 A.1 的名称，如 袋式除尘法"),
            Field("pollutant", "污染物", T, False, "效率针对的污染物；颗粒物指各粒径；空白即该技术去除的全部"),
            Field("efficiency", "去除效率", S, False, "0-1 或 95%；空白取表 A.1"),
            Field("running", "投运率", S, False, "设施运行小时/生产小时；空白为 1"),
            Field("collection", "收集效率", S, False, "VOCs 废气收集份额；空白为 1"),
            Field("in_series", "串联", F, False, "与前一设施串联时填 是"),
            Field("side_effect", "计入协同除尘", F, False, "脱硫脱硝设施的除尘效果计入时填 是"),
            Field("grounds", "依据", T, False, "自填效率时必填"),
        ),
        (
            ("E001", "MF0001", "袋式除尘法", None, None, 1, None, None, None, None),
            ("E001", "MF0001", "石灰石/石膏法", "SO2", Decimal("0.97"), Decimal("0.99"), None, None, None, "2025 年性能测试"),
            ("E001", "MF0001", "选择性催化还原法", "NOx", None, Decimal("0.98"), None, None, None, None),
            ("E002", None, "袋式除尘法", None, None, None, None, None, None, None),
            ("E003", "喷漆", "催化燃烧法", None, None, Decimal("0.9"), Decimal("0.4"), None, None, None),
            ("D002", None, "施工场地路面铺装及洒水", None, None, None, None, None, None, None),
        ),
    ),
    SheetLayout(
        "monitors", "在线监测", "有效数据比例达到要求时，优先于其他方法。每个排放口每个时段一行，可分季填写。",
        (
            _ID, _UNIT, _YEAR,
            Field("outlet", "排放口", T, True, "如 DA001"),
            Field("period", "时段", T, False, "如 一季度"),
            Field("pollutant", "污染物", T, True),
            Field("concentration", "平均浓度", N, True),
            Field("concentration_unit", "浓度单位", T, True, "如 mg/m3"),
            Field("flow", "平均烟气量", N, True),
            Field("flow_unit", "烟气量单位", T, True, "如 m3/h、万m3/h"),
            Field("hours", "排放小时数", N, True),
            Field("valid_hours", "有效小时数", N, True),
        ),
        (
            ("E001", "MF0001", None, "DA001", "全年", "NOx", 35, "mg/m3", 60, "万m3/h", 7000, 6800),
            ("E001", "MF0001", None, "DA001", "全年", "SO2", 20, "mg/m3", 60, "万m3/h", 7000, 4000),
        ),
    ),
    SheetLayout(
        "solvents", "溶剂物料", "涂料、油墨、胶黏剂、清洗剂：用量 × VOCs 含量。",
        (
            _ID, _UNIT, _YEAR,
            Field("material", "物料", T, True),
            Field("used", "用量", N, True),
            Field("used_unit", "单位", T, True),
            Field("voc_share", "VOCs含量", S, True, "质量份额，0-1 或 55%"),
        ),
        (("E003", "喷漆", None, "溶剂型木器漆", 20, "t", Decimal("0.5")),),
    ),
    SheetLayout(
        "sinter", "烧结硫平衡", "烧结二氧化硫：矿和固体燃料带入的硫。",
        (
            _ID, _UNIT, _YEAR,
            Field("ore", "铁矿石用量", N, True, "t"),
            Field("ore_sulphur", "铁矿石硫分", P, True, "%"),
            Field("fuel", "固体燃料用量", N, True, "t"),
            Field("fuel_sulphur", "固体燃料硫分", P, True, "%"),
        ),
    ),
    SheetLayout(
        "tanks", "储罐", "工作损失和静置损失。",
        (
            _ID, _UNIT, _YEAR,
            Field("material", "物料", T, True),
            Field("throughput", "年周转量", N, True, "与 k1 的分母同单位，如 t"),
            Field("working", "工作损失k1", N, True, "kg/单位周转量"),
            Field("tanks", "储罐数", N, True),
            Field("standing", "静置损失k2", N, True, "kg/(罐·年)"),
            Field("grounds", "k值依据", T, True),
        ),
    ),
    SheetLayout(
        "leaks", "设备泄漏", "密封点平均系数法；有泄漏检测与修复数据时填后三列。",
        (
            _ID, _UNIT, _YEAR,
            Field("medium", "介质", T, True, "气体、轻液体、重液体、所有"),
            Field("component", "密封点类型", T, True, "如 阀、泵"),
            Field("points", "密封点数", N, True),
            Field("hours", "运行小时数", N, True),
            Field("leaking", "检出泄漏点数", N),
            Field("repaired", "修复点数", N),
            Field("leak_hours", "泄漏小时数", N),
        ),
    ),
    SheetLayout(
        "vehicles", "道路移动源", "保有量 × 年均行驶里程 × 排放系数；汽油车另计蒸发。",
        (
            _ID, _UNIT, _YEAR,
            Field("vehicle", "车型", T, True, "如 轻型货车"),
            Field("fuel", "燃料", T, True, "汽油、柴油、其他燃料"),
            Field("stage", "排放阶段", T, True, "国一前至国五"),
            Field("vehicles", "保有量", N, True, "辆"),
            Field("km", "年均行驶里程", N, True, "km"),
            Field("speed", "平均车速", N, False, "km/h，计算汽油蒸发"),
            Field("correction", "综合修正系数", N, False, "气象、速度、劣化、油品、载重；空白为 1"),
        ),
        (("R001", None, None, "轻型货车", "汽油", "国四", 1000, 20000, 30, None),),
    ),
    SheetLayout(
        "links", "道路路段", "路段各小时车流量 × 长度 × 该车速下的系数，乘以天数；与“道路移动源”不要重复计算同一批车。",
        (
            _ID, _UNIT, _YEAR,
            Field("vehicle", "车型", T, True, "如 轻型货车"),
            Field("fuel", "燃料", T, True, "汽油、柴油、其他燃料"),
            Field("stage", "排放阶段", T, True, "国一前至国五"),
            Field("length", "长度", N, True, "km"),
            Field("flows", "各小时车流量", Kind.NUMBERS, True, "辆/h，0 时至 23 时 24 个数"),
            Field("speeds", "车速", Kind.NUMBERS, False, "km/h，24 个数或 1 个数；空白按基准车速"),
            Field("days", "天数", N, True, "一年中这样的天数"),
            Field("correction", "其他修正系数", N, False, "气象、劣化、油品、载重；空白为 1"),
        ),
    ),
    SheetLayout(
        "machines", "非道路机械", "台数 × 额定功率 × 负荷系数 × 小时 × 系数。",
        (
            _ID, _UNIT, _YEAR,
            Field("machine", "机械类型", T, True),
            Field("machines", "台数", N, True),
            Field("power", "额定功率", N, True, "kW"),
            Field("load", "负荷系数", S, False, "空白取默认值（未核实）"),
            Field("hours", "年工作小时", N, True),
            Field("pollutant", "污染物", T, True),
            Field("own_factor", "系数", N, True, "g/kWh"),
            Field("own_grounds", "系数依据", T, True),
        ),
    ),
    SheetLayout(
        "roads", "道路扬尘", "铺装和未铺装道路。",
        (
            _ID, _UNIT, _YEAR,
            Field("surface", "路面", T, True, "铺装、未铺装"),
            Field("length", "长度", N, True, "km"),
            Field("traffic", "年车流量", N, True, "辆/年"),
            Field("wet_days", "不起尘天数", N, True, "降水大于 0.25 mm 的天数"),
            Field("silt_load", "积尘负荷", N, False, "g/m2，铺装必填"),
            Field("weight", "平均车重", N, False, "t，铺装必填"),
            Field("silt", "表土粉粒含量", P, False, "%，未铺装必填"),
            Field("speed", "平均车速", N, False, "km/h，未铺装必填"),
            Field("moisture", "表土含水率", P, False, "%，未铺装必填，2 表示 2%", Decimal("0.1")),
        ),
        (("D001", None, None, "铺装", 2, 3650000, 73, 2, 10, None, None, None),),
    ),
    SheetLayout(
        "sites", "施工扬尘", "面积 × 施工月数 × 总体系数（默认值未核实）。",
        (
            _ID, _UNIT, _YEAR,
            Field("area", "施工面积", N, True, "m2"),
            Field("months", "施工月数", N, True),
        ),
        (("D002", None, None, 10000, 6),),
    ),
    SheetLayout(
        "piles", "堆场扬尘", "装卸和风蚀。",
        (
            _ID, _UNIT, _YEAR,
            Field("handled", "年装卸量", N, True, "t"),
            Field("wind", "平均风速", N, True, "m/s"),
            Field("moisture", "物料含水率", P, True, "%，2 表示 2%", Decimal("0.1")),
            Field("area", "堆场面积", N, False, "m2，计算风蚀"),
            Field("threshold", "阈值摩擦风速", N, False, "m/s"),
            Field("gusts", "各次扰动最大风速", Kind.NUMBERS, False, "m/s，用顿号分开"),
            Field("height", "风速测量高度", N, False, "m"),
            Field("roughness", "地面粗糙度", T, False, "城市、郊区，或以 m 计的数值"),
        ),
        (("D003", None, None, 100000, Decimal("2.5"), 2, 2000, Decimal("0.5"), "12、15", 10, "郊区"),),
    ),
    SheetLayout(
        "soils", "土壤扬尘", "裸露土地风蚀；各因子须由本地给定，粒度和气候系数未核实。",
        (
            _ID, _UNIT, _YEAR,
            Field("area", "面积", N, True, "hm2"),
            Field("index", "土壤风蚀指数", N, True, "t/10⁴m2"),
            Field("roughness", "地面粗糙因子", S, True),
            Field("width", "无屏蔽宽度因子", S, True),
            Field("cover", "植被覆盖因子", S, True),
            Field("wind", "年平均风速", N, True, "m/s"),
            Field("pe", "桑氏威特降水蒸发指数", N, True),
        ),
    ),
    SheetLayout(
        "animals", "畜禽养殖", "总氨态氮依次经圈舍、储存、施用。",
        (
            _ID, _UNIT, _YEAR,
            Field("animal", "畜种", T, True, "如 生猪、蛋鸡、奶牛"),
            Field("phase", "粪污形态", T, True, "液态、固态"),
            Field("tan", "进入圈舍总氨态氮", N, True, "t N"),
            Field("other_loss", "储存其他氮损失", S, True, "N2O、NO、N2 的份额"),
        ),
        (("A001", "猪", None, "生猪", "固态", 100, Decimal("0.05")),),
    ),
    SheetLayout(
        "fertilisers", "氮肥施用", "施氮量 × 挥发率；书中数值未核实，可自填。",
        (
            _ID, _UNIT, _YEAR,
            Field("crop", "作物季", T, True, "如 冬小麦季(华北)"),
            Field("nitrogen", "施氮量", N, True, "t N"),
            Field("rate", "氨挥发率", S, False, "NH3-N 占施氮量份额"),
            Field("own_grounds", "挥发率依据", T, False, "自填挥发率时必填"),
        ),
    ),
    SheetLayout(
        "burning", "生物质燃烧", "先算燃烧量，再乘系数。",
        (
            _ID, _UNIT, _YEAR,
            Field("way", "算法", T, True, "秸秆产量、焚烧面积、火点数、森林、草原"),
            Field("item", "种类", T, True, "如 小麦秸秆"),
            Field("amount", "数量", N, True, "产量 t、面积 hm2 或火点数"),
            Field("by_area", "单产或生物量", N, False, "t/hm2，按面积时必填"),
            Field("ratio", "草谷比", N, False, "按秸秆产量或面积时必填"),
            Field("burnt", "露天焚烧比例", S, False, "按秸秆产量时必填"),
        ),
        (("A001", "麦", None, "秸秆产量", "小麦秸秆", 10000, None, Decimal("1.3"), Decimal("0.02")),),
    ),
    SheetLayout(
        "stacks", "排气筒", "网格化和模式文件用：排放口的位置和烟气参数，每个排放口一行；不影响排放量。",
        (
            _ID, _UNIT,
            Field("outlet", "排放口", T, True, "如 DA001"),
            Field("height", "高度", N, True, "m"),
            Field("diameter", "出口内径", N, True, "m"),
            Field("temperature", "烟气温度", Kind.SIGNED, True, "℃"),
            Field("velocity", "烟气流速", N, False, "m/s，与烟气量至少填一项"),
            Field("flow", "实际烟气量", N, False, "m3/h，工况"),
            Field("share", "排放份额", S, False, "一套设施有几个排放口时各占多少；空白即平分"),
            Field("longitude", "经度", T, False, "度；空白即取源的位置"),
            Field("latitude", "纬度", T, False, "度"),
            Field("datum", "坐标系", T, False, "空白即 CGCS2000"),
        ),
        (("E001", "MF0001", "DA001", 180, 6, 50, None, 1500000, None, "113.6180", "34.8681", "CGCS2000"),),
    ),
    SheetLayout(
        "shares", "时间分配", "自己的月、周、日分配，如错峰停产；空白的一项按源类的通用曲线。只看相对大小，不影响全年排放量。",
        (
            _ID, _UNIT,
            Field("month", "各月份额", Kind.NUMBERS, False, "一月至十二月，12 个数"),
            Field("weekday", "星期份额", Kind.NUMBERS, False, "周一至周日，7 个数"),
            Field("hour", "小时份额", Kind.NUMBERS, False, "0 时至 23 时，24 个数"),
            Field("grounds", "依据", T, True, "如 错峰生产方案、用电记录"),
        ),
        (("E002", None, "0、0、1、1、1、1、1、1、1、1、1、0", None, None, "示例：采暖季停窑"),),
    ),
    SheetLayout(
        "totals", "能源与产品总量", "统计总量，用来校核“活动水平”和“溶剂物料”之和；不影响排放量。",
        (
            Field("item", "能源或产品", T, True, "与“燃料或产品”“物料”的写法一致"),
            Field("region", "行政区划代码", T, False, "总量所属的地区；空白即全部源"),
            _YEAR,
            Field("total", "统计总量", N, True),
            Field("total_unit", "单位", T, True, "如 万t、万m3"),
            Field("tolerance", "允许偏差", S, False, "0-1 或 5%；空白取默认值（未核实）"),
            Field("grounds", "统计来源", T, True, "如 2025 年统计年鉴表 7-2"),
        ),
        (("熟料", "410100", None, 100, "万t", None, "示例：统计年鉴"),),
    ),
)  # fmt: skip

#: sheets that say where and when, but not how much: what is wrong there takes no emission away
PLACING = frozenset({"sources", "stacks", "shares", "totals"})
BY_KEY = {sheet.key: sheet for sheet in SHEETS}
BY_NAME = {sheet.name: sheet for sheet in SHEETS}
#: sheets with text for people, passed over when reading
NOTE_SHEETS = (
    "说明", "系数目录", "治理技术目录", "排放汇总", "分类排放", "排放明细", "月度排放", "月度占比", "重点排放源", "不确定性",
    "不确定性来源", "总量校核", "计算缺口", "分类对应",
)  # fmt: skip
