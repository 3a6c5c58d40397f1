"""Books of the demo city: what its own, invented, documents say of grades, subsidies, projects and lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lantian.demo import city

PREFIX = "9901"


def books(year: int) -> dict[str, dict[str, Any]]:
    """The books by the file below ``books`` in the data folder; they hold for the year, the one before and the next."""
    document = f"晴环攻坚办〔{year}〕3号"
    span = {
        "region": city.CITY_CODE, "valid_from": f"{year - 1}-01-01", "valid_from_grade": "H",
        "valid_to": f"{year + 1}-12-31", "valid_to_grade": "H", "note": "演示数据：虚构城市的虚构文件。",
    }  # fmt: skip

    def head(kind: str, title: str) -> dict[str, Any]:
        return {"id": f"{kind}-qingchuan", "kind": kind, "title": title, "document": document, **span}

    day = {"region": [PREFIX], "from": f"{year - 1}-01-01", "until": f"{year + 1}-12-31", "document": "QCDEMO"}
    works = [{"field": "state", "is_not": ["removed", "moved"], "else": True}]

    def check(code: str, title: str, english: str, clause: str, follows: str, **more: Any) -> dict[str, Any]:
        return {"code": code, "title": title, "english": english, "clause": clause, "consequence": follows, **day, **more}

    emergency = ["emergency_enterprises", "emergency_lines", "emergency_sites"]
    staggered = ["staggered_enterprises", "staggered_lines"]
    named = ["火电", "钢铁", "水泥", "建材", "冶炼", "有色", "化工", "焦化", "耐材", "工业窑炉", "施工工地", "混凝土搅拌站",
             "汽修", "包装印刷", "家具"]  # fmt: skip
    return {
        "grades/qingchuan.json": {
            "book": head("grades", "晴川市绩效分级要求"),
            "downgrades": [
                {"id": "requirements-not-kept", "clause": "6", "grade": "H", "from": ["A", "B", "leading"],
                 "label": "抽查发现未落实相应等级要求"},
            ],
            "floors": [
                {"id": "cement", "clause": "7", "grade": "H", "industries": ["水泥"], "floor": "A", "label": "水泥行业达到A级",
                 "consequence": "staggered"},
                {"id": "kilns", "clause": "7", "grade": "H", "industries": ["陶瓷", "砖瓦窑", "铸造", "石灰窑"], "floor": "B",
                 "label": "陶瓷、砖瓦窑、铸造、石灰窑行业达到B级", "due": f"{year}-06-30", "consequence": "staggered"},
            ],
            "assisted": [
                {"id": "d-level", "clause": "8", "grade": "H", "grades": ["D"], "season_from": f"{year}-11-15",
                 "label": "D级企业列入帮扶，秋冬季纳入生产调控"},
            ],
        },
        "subsidies/qingchuan.json": {
            "book": head("subsidies", "晴川市绩效提升奖补"),
            "rules": [
                {"id": "grade-a", "clause": "9", "grade": "H", "label": "经省级公示的A级企业奖补", "event": "grade",
                 "grades": ["A"], "amount": "100000", "scheme": "2020", "published_by": "province"},
                {"id": "grade-b", "clause": "9", "grade": "H", "label": "经省级公示的B级、引领性企业奖补", "event": "grade",
                 "grades": ["B", "leading"], "amount": "50000", "scheme": "2020", "published_by": "province"},
            ],
        },
        "admission/qingchuan.json": {
            "book": head("admission", "晴川市项目准入"),
            "entries": {
                "voc_threshold": {"value": "0.1", "unit": "t/a", "grade": "H", "clause": "11"},
                "double": {"value": "2", "grade": "H", "clause": "11"},
                "within": {"value": city.CITY_CODE, "grade": "H", "clause": "11"},
            },
            "rules": [
                {"id": "eliminated", "clause": "10", "grade": "H", "kind": "forbid",
                 "label": "产业结构调整指导目录淘汰类不得新上", "when": {"fact": "catalogue_class", "is": "eliminated"}},
                {"id": "papers", "clause": "10", "grade": "H", "kind": "approve", "label": "符合“三线一单”分区管控要求",
                 "approvals": ["zoning"]},
                {"id": "voc-double", "clause": "11", "grade": "H", "kind": "replace",
                 "label": "新增VOCs排放0.1吨/年以上的项目，实行倍量替代",
                 "when": {"fact": "added.VOCs", ">": "@voc_threshold"}, "what": ["VOCs"], "ratio": "@double", "of": "added",
                 "within": "@within"},
            ],
        },
        "checks/qingchuan.json": {
            "documents": {"QCDEMO": document},
            "checks": [
                check("permit_without_emergency", "持有排污许可证，未列入应急减排清单",
                      "Holds a permit, but is not on the emergency list", "12", "add_to_list",
                      subjects=["enterprise"], on=["permits"], not_on=emergency[:2]),
                check("kiln_unlisted", "工业炉窑未列入炉窑清单", "A kiln was found that is not on the list", "13",
                      "staggered_stop", subjects=["kiln"], not_on=["kilns"], when=works),
                check("trade_without_emergency", "所列15个行业的单位未列入应急减排清单",
                      "Of one of the 15 named trades, but not on the emergency list", "14", "staggered",
                      subjects=["enterprise", "site", "mixing_plant"], industries=named, not_on=emergency, when=works),
                check("weak_voc_facility_unlisted", "简易低效VOCs治理设施未列入清单台账",
                      "A weak VOC facility without an entry", "15", "retire_facility", subjects=["facility"],
                      not_on=["voc_weak_facilities"],
                      when=[{"field": "technology", "holds": ["光催化", "光氧化", "光解", "低温等离子"]}]),
                check("grade_d_not_staggered", "D级企业未列入错峰生产清单", "Of grade D, but not on the staggered list",
                      "8", "staggered", subjects=["enterprise"], not_on=staggered,
                      when=[{"field": "performance_grade", "is": ["D"], "else": False}]),
                check("enterprise_without_permit", "涉气企业未列入排污许可清单",
                      "On the list of enterprises, but without a permit", "16", "stop_and_verify",
                      subjects=["enterprise"], on=["enterprises"], not_on=["permits"], when=works),
            ],
        },
    }  # fmt: skip


def write(data: Path, year: int) -> None:
    """Put the books into a data folder."""
    for name, record in books(year).items():
        path = data / "books" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
