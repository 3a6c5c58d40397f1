"""What a heading of a table of air data means: in Chinese or English, with or without its unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lantian.rules.air.doors.items import MG, UG

TIME, UTC_TIME, START_TIME, END_TIME = "time", "utc_time", "start_time", "end_time"
DATE, TIME_OF_DAY, YEAR, MONTH, DAY_OF_MONTH = "date", "hour", "year", "month", "day"
CODE, NAME, CITY_NAME, CITY_CODE = "code", "name", "city", "city_code"
TYPE, VALUE, UNIT = "type", "value", "unit"
ITEM, OTHER = "item", ""
#: a unit that cannot be turned into one of mass
UNKNOWN_UNIT = "unknown"

_ROLES = {
    TIME: "time datetime timepoint timestamp monitortime datatime pubtime publishtime samplingtime recordtime 时间 监测时间 数据时间"
    " 采样时间 日期时间 发布时间 时间点 观测时间 监测日期时间 小时时间 监测时刻 时次",
    UTC_TIME: "utctime timeutc utc utcdatetime datetimeutc 世界时",
    START_TIME: "starttime begintime timestart 开始时间 起始时间",
    END_TIME: "endtime timeend 结束时间 终止时间",
    DATE: "date 日期 监测日期 数据日期 采样日期",
    TIME_OF_DAY: "hour 小时 时 时刻 钟点",
    YEAR: "year 年 年份",
    MONTH: "month 月 月份",
    DAY_OF_MONTH: "day 日",
    CODE: "stationcode stationid sitecode siteid station_code pointcode code 站点编号 站点编码 站点代码 站点码 点位编号 点位编码 点位代码"
    " 测点编号 测点编码 测点代码 监测点编号 监测点编码 监测点代码 站号 站点id 站码 编号 编码",
    NAME: "stationname station sitename site positionname pointname 站点 站点名称 站名 点位 点位名称 测点 测点名称 监测点 监测点名称"
    " 监测点位 监测站点 监测站 站点名 子站 子站名称",
    CITY_NAME: "city cityname area 城市 城市名称 城市名 地市 地区 市 市州 所属城市",
    CITY_CODE: "citycode areacode 城市编码 城市代码 行政区划代码 区划代码 行政区代码",
    TYPE: "type item pollutant factor parameter indicator 类型 项目 指标 污染物 因子 监测项目 监测因子 污染因子 参数 监测指标",
    VALUE: "value concentration conc 值 数值 浓度 监测值 浓度值 监测数值 监测浓度 小时均值 结果 监测结果",
    UNIT: "unit units 单位 计量单位",
}
_ROLE_OF = {
    re.sub(r"[\s_\-.·:/]", "", word): role for role, words in _ROLES.items() for word in words.split()
}

_POLLUTANTS = {
    "pm25": "pm25 细颗粒物 pm2d5 细颗粒",
    "pm10": "pm10 可吸入颗粒物 可吸入颗粒",
    "so2": "so2 二氧化硫",
    "no2": "no2 二氧化氮",
    "co": "co 一氧化碳",
    "o3": "o3 臭氧",
}
_POLLUTANT_OF = {word: item for item, words in _POLLUTANTS.items() for word in words.split()}

#: ends of headings that say nothing about what is meant
_IDLE = (
    "小时平均浓度", "小时浓度", "小时均值", "小时平均", "1小时平均", "1小时浓度", "1小时", "平均浓度", "浓度值", "浓度",
    "监测值", "实时浓度", "日均值", "日均浓度", "日均", "均值", "数值", "值",
    "concentration", "conc", "value", "avg", "mean", "1h", "hourly",
)  # fmt: skip
_EIGHT = r"(?:8h|8小时|八小时|8hr|8hour)"
_DAY = r"(?:24h|24小时|24hr|日最大|最大|max|mda)"
_BRACKETS = re.compile(r"[(\[〔【](.*?)[)\]〕】]")
_TAIL = re.compile(r"[_\s\-/,:](ugm3|μgm3|mgm3|ug|mg|ppb|ppm)$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its role, and of a pollutant which one and in which unit.

    Attributes
    ----------
    item
        ``pm25`` … ``o3``, ``o3_24h``, ``o3_8h``, ``o3_8h_24h`` and ``pm25_24h`` … ``co_24h``.
    unit
        ``ug``, ``mg``, ``unknown`` (ppb, ppm) or empty where it is not said.
    """

    text: str
    role: str
    item: str = ""
    unit: str = ""


def unit_in(text: str) -> str:
    """A unit of concentration told by its text; empty where it is none.

    >>> unit_in("µg/m³"), unit_in("毫克/立方米"), unit_in("ppb"), unit_in("对照点")
    ('ug', 'mg', 'unknown', '')
    """
    plain = _plain(text).replace("^", "").replace("立方米", "m3").replace("每", "/")
    plain = plain.replace("微克", "ug").replace("毫克", "mg").replace("μ", "u")
    plain = re.sub(r"[\s_·.\-/]", "", plain)
    if plain in ("ugm3", "ug", "ugm", "ugnm3"):
        return UG
    if plain in ("mgm3", "mg", "mgm", "mgnm3"):
        return MG
    if plain in ("ppb", "ppm", "ppbv", "ppmv", "nmol/mol", "nmolmol", "umolmol"):
        return UNKNOWN_UNIT
    return ""


def item_in(text: str) -> str | None:
    """The item that a text names: ``pm25`` … ``o3_8h_24h``, ``pm10_24h`` …; None where it names none.

    >>> item_in("PM2_5"), item_in("O3_8h_24h"), item_in("臭氧8小时滑动平均"), item_in("PM10_24h"), item_in("AQI")
    ('pm25', 'o3_8h_24h', 'o3_8h', 'pm10_24h', None)
    """
    plain = re.sub(r"[\s_\-.·:]", "", _plain(text))
    if "iaqi" in plain or "aqi" in plain or "分指数" in plain:
        return None
    for idle in _IDLE:
        if plain.endswith(idle) and len(plain) > len(idle):
            plain = plain[: -len(idle)]
            break
    found = _POLLUTANT_OF.get(plain)
    if found is not None:
        return found
    for word, item in _POLLUTANT_OF.items():
        if not plain.startswith(word):
            continue
        rest = plain[len(word) :]
        if item != "o3":
            if re.fullmatch(rf"{_DAY}(?:滑动)?(?:平均|均值)?", rest):
                return f"{item}_24h"
            continue
        eight, whole_day = bool(re.search(_EIGHT, rest)), bool(re.search(_DAY, rest))
        if eight:
            # the daily maximum of the means of 8 h, or the moving mean
            return "o3_8h_24h" if whole_day else "o3_8h"
        if whole_day:
            return "o3_24h"
    if re.fullmatch(r"(?:mda8|max8h?|8h)(?:o3|臭氧)?", plain):
        return "o3_8h_24h"
    return None


def heading_of(text: str) -> Heading:
    """What a heading means.

    >>> heading_of("CO(µg/m³)"), heading_of("监测时间").role, heading_of("细颗粒物(PM2.5)").item
    (Heading(text='CO(µg/m³)', role='item', item='co', unit='ug'), 'time', 'pm25')
    """
    plain = _plain(text)
    unit, utc = "", False
    inner: list[str] = []
    for content in _BRACKETS.findall(plain):
        unit = unit or unit_in(content)
        utc = utc or content.strip() in ("utc", "gmt", "世界时")
        if not unit_in(content):
            inner.append(content)
    base = _BRACKETS.sub("", plain).strip()
    tail = _TAIL.search(base)
    if tail is not None:
        unit = unit or unit_in(tail[1])
        base = base[: tail.start()]
    elif "/" in base or "克" in base:
        # a unit behind the name without brackets: CO mg/m3
        for start in range(1, len(base)):
            if unit_in(base[start:]) and not unit_in(base[start - 1 :]):
                unit, base = unit or unit_in(base[start:]), base[:start]
                break
    key = re.sub(r"[\s_\-.·:/]", "", base)
    role = _ROLE_OF.get(key, OTHER)
    if role == TIME and utc:
        role = UTC_TIME
    if role:
        return Heading(text, role, "", unit)
    for candidate in (base, *inner, base + "".join(inner)):
        item = item_in(candidate)
        if item is not None:
            return Heading(text, ITEM, item, unit)
    return Heading(text, OTHER)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("µ", "μ").strip().strip("\ufeff").lower()
