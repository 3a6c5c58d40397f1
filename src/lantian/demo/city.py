"""The fictional prefecture of the demo: places, organisations and people. Nothing here exists."""

from __future__ import annotations

from dataclasses import dataclass

CITY = "晴川市"
#: Codes that no real place has; they are marked as local codes.
CITY_CODE = "990100"
PROVINCE = ("990000", "云岭省")

#: code, name, towns and streets
COUNTIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("990102", "云山区", ("望江街道", "古塔街道", "南湖街道", "柳岸街道", "石桥镇", "桃溪镇", "云台镇")),
    ("990103", "河东区", ("东关街道", "新城街道", "站前街道", "龙泉街道", "大堰镇", "双河镇", "杨集镇")),
    ("990104", "青原区", ("青原街道", "工农街道", "高新街道", "白马镇", "红岩镇", "清水镇")),
    ("990121", "临川县", ("城关镇", "马头镇", "砚池镇", "松口镇", "沙河乡", "竹园乡", "丰乐镇", "安平镇")),
    ("990122", "泽阳县", ("泽阳镇", "北岭镇", "金沟镇", "栗树乡", "永丰镇", "三汊镇", "茶亭乡")),
)
#: a development zone: no national code
ZONE = ("990171", "晴川经济技术开发区", "青原区")


@dataclass(frozen=True, slots=True)
class Unit:
    """One organisation of the demo; ``parent`` is the full name of another one."""

    name: str
    short: str
    kind: str
    region: str
    parent: str = ""
    former: tuple[str, ...] = ()


GOVERNMENT = f"{CITY}人民政府"
OFFICE = f"{CITY}大气污染防治攻坚办公室"

_BUREAUS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("生态环境局", "市生态环境局", ("晴川市环境保护局",)),
    ("发展和改革委员会", "市发改委", ()),
    ("工业和信息化局", "市工信局", ("晴川市经济和信息化委员会",)),
    ("公安局", "市公安局", ()),
    ("财政局", "市财政局", ()),
    ("自然资源和规划局", "市自然资源局", ("晴川市国土资源局",)),
    ("住房和城乡建设局", "市住建局", ()),
    ("城市管理局", "市城管局", ("晴川市城市管理执法局",)),
    ("交通运输局", "市交通运输局", ()),
    ("农业农村局", "市农业农村局", ("晴川市农业局",)),
    ("水利局", "市水利局", ()),
    ("商务局", "市商务局", ()),
    ("应急管理局", "市应急管理局", ("晴川市安全生产监督管理局",)),
    ("市场监督管理局", "市市场监管局", ("晴川市工商行政管理局",)),
    ("气象局", "市气象局", ()),
    ("统计局", "市统计局", ()),
    ("教育局", "市教育局", ()),
    ("卫生健康委员会", "市卫健委", ()),
)


def organisations() -> list[Unit]:
    """All organisations, parents first."""
    units = [
        Unit(GOVERNMENT, "市政府", "government", CITY),
        Unit(OFFICE, "市攻坚办", "office", CITY, GOVERNMENT, (f"{CITY}大气污染防治办公室",)),
    ]
    units += [
        Unit(f"{CITY}{name}", short, "department", CITY, GOVERNMENT, former)
        for name, short, former in _BUREAUS
    ]
    units += [
        Unit("晴川供电公司", "晴川供电公司", "enterprise", CITY),
        Unit("晴川钢铁有限公司", "晴川钢铁", "enterprise", "青原区"),
        Unit("晴川热电有限公司", "晴川热电", "enterprise", "河东区"),
        Unit("云山水泥有限公司", "云山水泥", "enterprise", "云山区"),
        Unit("泽阳陶瓷集团有限公司", "泽阳陶瓷", "enterprise", "泽阳县"),
    ]
    for _code, county, towns in COUNTIES:
        government = f"{county}人民政府"
        units.append(Unit(government, f"{county}政府", "government", county, GOVERNMENT))
        units.append(Unit(f"{county}大气污染防治攻坚办公室", f"{county}攻坚办", "office", county, government))
        units.append(
            Unit(f"{CITY}生态环境局{county}分局", f"{county}分局", "department", county, f"{CITY}生态环境局")
        )
        for town in towns:
            name = f"{town}办事处" if town.endswith("街道") else f"{town}人民政府"
            units.append(Unit(f"{county}{name}", town, "town", town, government))
    units.append(Unit(f"{ZONE[1]}管理委员会", "经开区管委会", "committee", ZONE[1], GOVERNMENT))
    return units


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the demo: who it is and what it is for."""

    username: str
    person: str
    post: str
    organisation: str
    role: str
    scope: str
    region: str = ""


ACCOUNTS: tuple[Account, ...] = (
    Account("gongjian", "周清和", "主任", OFFICE, "campaign_office", "all"),
    Account("ducha", "方正平", "督查科科长", OFFICE, "supervision", "all"),
    Account("lingdao", "陈明远", "副市长", GOVERNMENT, "leader", "all"),
    Account(
        "zhujian", "吴海棠", "扬尘防治科科长", f"{CITY}住房和城乡建设局", "department_officer", "department"
    ),
    Account("huanjing", "郑晓岚", "大气科科长", f"{CITY}生态环境局", "department_officer", "below"),
    Account("yunshan", "孙立行", "主任", "云山区大气污染防治攻坚办公室", "campaign_office", "all", "云山区"),
    Account("shiqiao", "何秋生", "环保所所长", "云山区石桥镇人民政府", "town_officer", "department"),
    Account("qiye", "孟长河", "安全环保部部长", "晴川钢铁有限公司", "enterprise", "department"),
    Account("xitong", "林一帆", "工程师", OFFICE, "system_admin", "all"),
    Account("anquan", "高思远", "安全员", OFFICE, "security_admin", "all"),
    Account("shenji", "沈如是", "审计员", f"{CITY}统计局", "auditor", "all"),
)
