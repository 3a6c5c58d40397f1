"""Invented mini-plans in the layouts that real plans have; places, units and persons are fictional."""

from __future__ import annotations

from lantian.rules.documents.model import Plan, Task
from lantian.rules.documents.parse import parse_plan


def task(plan: Plan, number: str, part: int | None = None) -> Task:
    """Return the only task with this number."""
    found = [t for t in plan.tasks if t.number == number and t.part == part]
    assert len(found) == 1, [(t.number, t.part, t.title) for t in plan.tasks]
    return found[0]


def numbers(plan: Plan) -> list[str]:
    return [t.number if t.part is None else f"{t.number}/{t.part}" for t in plan.tasks]


HEAD = """云河市2021年大气污染防治行动计划

为改善环境空气质量，制定本计划。

一、工作目标
到2021年底，环境空气质量明显改善。

二、重点任务
（一）治理燃煤污染
"""


def test_one_label_names_unit_and_person_with_nothing_between_them():
    plan = parse_plan(
        HEAD
        + """1.压减燃煤总量。10月底前完成燃煤锅炉拆除。
牵头单位及责任人：市发展改革委陈立新、市环保局周海
责任单位：各区县政府
2.实施清洁采暖改造。
牵头单位及责任人：市农委王秀兰；责任单位：各区县政府
"""
    )

    assert task(plan, "1").leads == ("市发展改革委", "市环保局")
    assert task(plan, "1").persons == ("陈立新", "周海")
    assert task(plan, "1").responsible == ("各区县政府",)
    assert task(plan, "2").leads == ("市农委",)
    assert task(plan, "2").persons == ("王秀兰",)


def test_a_default_clause_adds_its_units_to_every_later_task():
    plan = parse_plan(
        HEAD
        + """1.严格项目准入。编制准入清单。〔市生态环境局牵头，市发展和改革局、自然资源局参与，各县（区）人民政府负责落实。以下各项工作均需各县（区）人民政府落实，不再列出。〕
2.整治散乱污企业。年底前完成整治。〔市工业和信息化局、生态环境局牵头督导，市公安局参与〕
3.推广清洁能源。（市能源局负责）
"""
    )

    assert task(plan, "1").leads == ("市生态环境局",)
    assert task(plan, "1").cooperating == ("市发展和改革局", "市自然资源局")
    assert task(plan, "1").responsible == ("各县（区）人民政府",)
    assert task(plan, "1").from_default == {}
    assert task(plan, "2").supervising == ("市工业和信息化局", "市生态环境局")
    assert task(plan, "2").cooperating == ("市公安局",)
    assert task(plan, "2").responsible == ("各县（区）人民政府",)
    assert task(plan, "2").from_default == {"responsible": ("各县（区）人民政府",)}
    assert task(plan, "3").responsible == ("市能源局", "各县（区）人民政府")


def test_a_default_clause_in_round_brackets_without_the_word_tasks():
    plan = parse_plan(
        HEAD
        + """1.严格环境准入。（市生态环境局牵头，市发改委、市经信局等参与，县（市、区）政府负责落实。以下均需县（市、区）政府落实，不再列出）
2.严控产能。（市经信局、市发改委牵头，市生态环境局等参与）
"""
    )

    assert task(plan, "1").cooperating == ("市发改委", "市经信局")
    assert task(plan, "2").responsible == ("县（市、区）政府",)
    assert task(plan, "2").from_default == {"responsible": ("县（市、区）政府",)}


def test_a_rule_for_the_whole_document_makes_the_first_unit_the_lead():
    plan = parse_plan(
        """云河市蓝天行动方案

一、主要任务
（一）优化结构
1.化解过剩产能。（市发改委、市工信委、市环保局，各县区政府）
2.治理扬尘。（市住建局、市交通局）

二、保障措施
各项任务排在第一位的责任单位为牵头单位，其他为配合落实单位。
"""
    )

    assert task(plan, "1").leads == ("市发改委",)
    assert task(plan, "1").responsible == ("市工信委", "市环保局", "各县区政府")
    assert task(plan, "2").leads == ("市住建局",)
    assert task(plan, "2").responsible == ("市交通局",)


def test_several_clauses_in_one_paragraph_are_parts():
    plan = parse_plan(
        HEAD
        + """1.淘汰落后产能。2021年6月底前关停小窑炉。由市工业和信息化局牵头，市生态环境局、市应急局配合。9月底前完成铸造企业整合。由市发展改革委牵头，市财政局配合。
2.整治扬尘。工地全部围挡（市住建局牵头）；道路每日冲洗（市城管局牵头，各区政府落实）。
"""
    )

    assert numbers(plan) == ["1/1", "1/2", "2/1", "2/2"]
    assert task(plan, "1", 1).leads == ("市工业和信息化局",)
    assert task(plan, "1", 1).cooperating == ("市生态环境局", "市应急局")
    assert [d.on.isoformat() for d in task(plan, "1", 1).deadlines] == ["2021-06-30"]
    assert task(plan, "1", 2).leads == ("市发展改革委",)
    assert [d.on.isoformat() for d in task(plan, "1", 2).deadlines] == ["2021-09-30"]
    assert task(plan, "2", 2).responsible == ("各区政府",)
    assert task(plan, "2", 2).title == "整治扬尘"


def test_roles_by_verb():
    plan = parse_plan(
        HEAD
        + """1.管好秸秆。（市农业农村局牵头，市生态环境局、气象局配合，各镇政府具体落实）
2.管好油品。（市商务局会同市市场监管局、公安局负责）
3.管好车辆。（公安局、交通局按职责分工负责，责任单位：各镇政府）
4.管好工地。（责任单位：市住建局牵头，各镇政府落实；督导单位：市控尘办按职责督导）
5.管好烟花。（各镇政府负责，市公安局督促指导）
6.管好餐饮。（市城管局（牵头）、市场监管局，各镇政府）
"""
    )

    assert task(plan, "1").leads == ("市农业农村局",)
    assert task(plan, "1").cooperating == ("市生态环境局", "市气象局")
    assert task(plan, "1").responsible == ("各镇政府",)
    assert task(plan, "2").responsible == ("市商务局",)
    assert task(plan, "2").cooperating == ("市市场监管局", "市公安局")
    assert task(plan, "3").shared == ("市公安局", "市交通局")
    assert task(plan, "3").responsible == ("市公安局", "市交通局", "各镇政府")
    assert task(plan, "4").leads == ("市住建局",)
    assert task(plan, "4").responsible == ("各镇政府",)
    assert task(plan, "4").supervising == ("市控尘办",)
    assert task(plan, "5").supervising == ("市公安局",)
    assert task(plan, "6").leads == ("市城管局",)
    assert task(plan, "6").responsible == ("市市场监管局", "各镇政府")


TABLE = """云河市大气污染防治2021年行动计划任务表

序号\t重点任务\t工作措施\t完成时限\t主责单位\t协办单位
一、治理挥发性有机物
1\t完善监测网络\t建成20个监测点。\t6月底前\t市生态环境局\t市经济和信息化局、各区政府
2\t治理加油站\t完成油气回收改造。\t年底前\t市生态环境局、市商务局\t市应急局等部门
\t\t每月抽查一次。\t全年\t市商务局\t
二、治理扬尘
3\t管好工地\t安装视频监控。\t年底前\t市住房城乡建设委\t各区政府（含高新区管委会）
"""


def test_all_tasks_in_a_table():
    plan = parse_plan(TABLE)

    assert numbers(plan) == ["1", "2", "2/2", "3"]
    assert task(plan, "1").title == "完善监测网络"
    assert task(plan, "1").section[-1] == "一、治理挥发性有机物"
    assert task(plan, "1").leads == ("市生态环境局",)
    assert task(plan, "1").cooperating == ("市经济和信息化局", "各区政府")
    assert [d.on.isoformat() for d in task(plan, "1").deadlines] == ["2021-06-30"]
    assert task(plan, "2").cooperating == ("市应急局",)
    assert task(plan, "2", 2).leads == ("市商务局",)
    assert task(plan, "3").section[-1] == "二、治理扬尘"
    assert task(plan, "3").cooperating == ("各区政府（含高新区管委会）",)


def test_a_table_in_markdown_bars():
    rows = [line.split("\t") for line in TABLE.splitlines()[2:]]
    text = TABLE.splitlines()[0] + "\n\n"
    for i, row in enumerate(rows):
        text += "| " + " | ".join(row + [""] * (6 - len(row))) + " |\n"
        if not i:
            text += "|---|---|---|---|---|---|\n"
    plan = parse_plan(text)

    assert numbers(plan) == ["1", "2", "2/2", "3"]
    assert task(plan, "1").leads == ("市生态环境局",)
    assert task(plan, "3").section[-1] == "二、治理扬尘"


def test_a_table_that_lost_its_rows_one_cell_a_line():
    plan = parse_plan(
        """云河市大气污染防治2021年行动计划

序号
重点任务
工作措施
完成时限
主责单位
协办单位
一
治理挥发性有机物
1
完善监测网络
完善覆盖街道（乡镇）、主要工业园区等的监测网，研究利用卫星遥感
识别高值区
6月底前
市生态环境局
各区政府（含
高新区管委会）
2
治理加油站
完成油气回收改造
年底前
市生态环境局、市商务局
市应急局
"""
    )

    assert numbers(plan) == ["1", "2"]
    assert task(plan, "1").title == "完善监测网络"
    assert task(plan, "1").section[-1] == "一、治理挥发性有机物"
    assert task(plan, "1").leads == ("市生态环境局",)
    assert task(plan, "1").cooperating == ("各区政府（含高新区管委会）",)
    assert [d.on.isoformat() for d in task(plan, "2").deadlines] == ["2021-12-31"]
    assert task(plan, "2").cooperating == ("市应急局",)


def test_a_table_whose_column_names_and_cells_fill_two_lines_and_that_goes_on_over_pages():
    head = "序号\n重点任务\n工作措施\n完成\n时限\n主责单位\n协办单位\n"
    plan = parse_plan(
        "云河市大气污染防治2021年行动计划\n"
        + head
        + "一\n改善空气质量\n1\n完善VOCs\n监测网络\n完善覆盖街道的监测网，研究利用\n卫星遥感等技术手段。\n年底前\n市生态环境局\n"
        + "各区政府、市经济和\n信息化局等部门\n"
        + head
        + "2\n治理油站\n每月检查20座。\n长期实施\n市商务局\n市应急局\n"
    )

    assert numbers(plan) == ["1", "2"]
    assert task(plan, "1").title == "完善VOCs监测网络"
    assert task(plan, "1").cooperating == ("各区政府", "市经济和信息化局")
    assert task(plan, "2").leads == ("市商务局",)


def test_a_table_written_column_by_column():
    plan = parse_plan(
        "云河市2021年大气污染防治行动计划\n序号\n1\n2\n重点任务\n治理锅炉\n治理扬尘\n完成时限\n6月底前\n年底前\n"
        "主责单位\n市环保局\n市住建局\n协办单位\n各区政府\n市交通局、各区政府\n"
    )

    assert numbers(plan) == ["1", "2"]
    assert [d.on.isoformat() for d in task(plan, "1").deadlines] == ["2021-06-30"]
    assert task(plan, "2").leads == ("市住建局",)
    assert task(plan, "2").cooperating == ("市交通局", "各区政府")


def test_marked_headings_without_numbers_are_items():
    plan = parse_plan(
        """# 云河市2021年大气污染防治行动计划

## 一、主要任务

### 治理锅炉

10月底前完成治理。

责任单位    市环保局、各县区政府

### 治理扬尘

**管好工地**

责任单位：市住建局
考核单位：市攻坚办
"""
    )

    assert [t.title for t in plan.tasks] == ["治理锅炉", "管好工地"]
    assert plan.tasks[0].responsible == ("市环保局", "各县区政府")
    assert plan.tasks[1].section == ("一、主要任务", "治理扬尘")
    assert [w.code for w in plan.warnings] == ["unknown_role"]


def test_numbers_that_lost_their_separator_count_on():
    plan = parse_plan(
        """云河市2021年大气污染防治行动计划

一、主要任务
1推进集中供热。（市住建局负责）
2压减燃煤总量。（市发改委、各县政府负责。单位分工中列第一名的为牵头单位）
"""
    )

    assert numbers(plan) == ["1", "2"]
    assert task(plan, "2").leads == ("市发改委",)
    assert task(plan, "2").responsible == ("各县政府",)


def test_dates_between_units_and_verbs_are_no_units():
    plan = parse_plan(
        HEAD
        + "1.治理锅炉。（市生态环境局负责，2021年10月底前完成）\n2.治理扬尘。（市住建局牵头，长期坚持）\n"
    )

    assert task(plan, "1").responsible == ("市生态环境局",)
    assert [d.on.isoformat() for d in task(plan, "1").deadlines] == ["2021-10-31"]
    assert task(plan, "2").leads == ("市住建局",)


def test_hard_wraps_inside_words_and_numbers():
    plan = parse_plan(
        """云河市打赢蓝天保卫战行动计划
    为打赢蓝天保卫战，加快改善全市环境空气质量，不断增强
人民群众的蓝天幸福感，结合我市实际情况，特制定本行动计
划如下，请各部门各单位认真遵照执行，确保各项任务落实。
    一、主要任务
    （一）调整产业结构，推动产业绿色发展
    1.淘汰落后产能。2018年12月底前，全市淘汰落后产能3
0万吨，完成10家企业搬迁改造，逾期未完成的一律停产整治
，并向社会公开。（牵头单位：市经信委，责任单位：各县区人
民政府）
    2.治理工业炉窑。2018年1
0月底前完成治理，颗粒物浓度不高于30毫克/立方米，达不到
要求的实施停产，PM2.
5浓度持续下降。（牵头单位：市环保局，责任单位：各县区人
民政府）
"""
    )

    assert numbers(plan) == ["1", "2"]
    assert task(plan, "1").responsible == ("各县区人民政府",)
    assert [d.on.isoformat() for d in task(plan, "1").deadlines] == ["2018-12-31"]
    assert "淘汰落后产能30万吨" in task(plan, "1").text
    assert [d.on.isoformat() for d in task(plan, "2").deadlines] == ["2018-10-31"]
    assert "PM2.5浓度持续下降" in task(plan, "2").text


def test_several_plans_in_one_notice_keep_their_own_sections():
    plan = parse_plan(
        """云河市生态环境保护委员会办公室文件

云环委办〔2025〕12号

云河市生态环境保护委员会办公室
关于印发《云河市2025年蓝天保卫战实施方案》《云河市2025年柴油货车治理实施方案》的通知

各县区生态环境保护委员会：

现将《云河市2025年蓝天保卫战实施方案》《云河市2025年柴油货车治理实施方案》印发给你们，请认真落实。

2025年3月18日

云河市2025年蓝天保卫战实施方案

一、主要任务
1.治理锅炉。
责任单位：市生态环境局
2.治理扬尘。
责任单位：市住建局

云河市2025年柴油货车治理实施方案

一、主要任务
1.淘汰国四货车。
责任单位：市公安局
2.管好检测机构。
责任单位：市市场监管局
"""
    )

    assert [d.title for d in plan.documents] == [
        "云河市2025年蓝天保卫战实施方案",
        "云河市2025年柴油货车治理实施方案",
    ]
    assert plan.meta.issuer == "云河市生态环境保护委员会办公室"
    assert plan.meta.document_number == "云环委办〔2025〕12号"
    assert plan.meta.issued_on is not None and plan.meta.issued_on.isoformat() == "2025-03-18"
    assert numbers(plan) == ["1", "2", "1", "2"]
    assert plan.tasks[2].section == ("云河市2025年柴油货车治理实施方案", "一、主要任务")


def test_a_draft_inside_a_request():
    plan = parse_plan(
        """云河市生态环境局
关于报请审议《云河市蓝天保卫战2018年行动计划（送审稿）》的请示

云环文[2018]33号

市政府：

按照工作安排，我局起草了《云河市蓝天保卫战2018年行动计划（送审稿）》，现呈上，请审议。

云河市生态环境局
2018年6月5日

云河市蓝天保卫战2018年行动计划
（送审稿）

一、重点任务
1.治理锅炉。
责任单位：市质监局
2.治理餐饮油烟。
责任单位：市城管局
"""
    )

    assert plan.meta.title == "云河市蓝天保卫战2018年行动计划（送审稿）"
    assert plan.meta.issuer == "云河市生态环境局"
    assert plan.meta.document_number == "云环文[2018]33号"
    assert plan.meta.issued_on is not None and plan.meta.issued_on.isoformat() == "2018-06-05"
    assert numbers(plan) == ["1", "2"]


def test_a_forwarding_notice_and_the_plan_it_forwards():
    plan = parse_plan(
        """青岭县人民政府办公室
关于转发《云河市2023年空气质量改善行动方案》的通知

青政办〔2023〕41号

各乡镇人民政府：

现将《云河市2023年空气质量改善行动方案》转发给你们，请结合实际抓好落实。

青岭县人民政府办公室
2023年4月20日

云河市人民政府办公室
关于印发云河市2023年空气质量改善行动方案的通知

云政办〔2023〕17号

各县区人民政府：

现将《云河市2023年空气质量改善行动方案》印发给你们。

2023年4月2日

云河市2023年空气质量改善行动方案

一、主要任务
1.治理锅炉。
责任单位：市生态环境局
2.治理扬尘。
责任单位：市住建局
"""
    )

    assert plan.meta.title == "云河市2023年空气质量改善行动方案"
    assert plan.meta.issuer == "青岭县人民政府办公室"
    assert plan.meta.document_number == "青政办〔2023〕41号"
    assert plan.meta.issued_on is not None and plan.meta.issued_on.isoformat() == "2023-04-20"
    assert numbers(plan) == ["1", "2"]


def test_two_dates_the_date_of_signing_counts():
    plan = parse_plan(
        """云河市人民政府
关于印发云河市大气污染防治攻坚行动方案的通知

云政〔2017〕9号

各县区人民政府：

现将《云河市大气污染防治攻坚行动方案》印发给你们。

二〇一七年二月二十五日

云河市大气污染防治攻坚行动方案

一、主要任务
1.治理锅炉。
责任单位：市环保局
2.治理扬尘。
责任单位：市城建局

云河市人民政府办公室　　　　　　　　2017年3月1日印发
"""
    )

    assert plan.meta.issued_on is not None and plan.meta.issued_on.isoformat() == "2017-02-25"
    assert plan.meta.issuer == "云河市人民政府"


def test_traditional_characters_are_read_and_given_back_as_printed():
    plan = parse_plan(
        """雲河縣2020年大氣污染防治實施方案

一、主要任務
（一）治理燃煤
1.淘汰燃煤鍋爐。2020年10月底前，完成拆除。
責任單位：縣生態環境局、發展改革局，各鄉鎮人民政府
2.治理揚塵。
責任單位：縣住房城鄉建設局
"""
    )

    assert plan.meta.title == "雲河縣2020年大氣污染防治實施方案"
    assert task(plan, "1").responsible == ("縣生態環境局", "县發展改革局", "各鄉鎮人民政府")
    assert task(plan, "1").literal["responsible"] == "縣生態環境局、發展改革局，各鄉鎮人民政府"
    assert [d.on.isoformat() for d in task(plan, "1").deadlines] == ["2020-10-31"]


def test_phonetic_syllables_question_marks_and_a_comma_in_pm25_are_taken_out():
    plan = parse_plan(
        """云河市2019年大气污染防治实施方案
????????????????????????? ?云河市人民政府
????????????????????? 2019年12月24日
一、主要任務
1.完善生態(tài)體系。PM2、5濃(nóng)度持續(xù)下降。
??責任位：市生態(tài)環(huán)境局
"""
    )

    assert "PM2.5" in task(plan, "1").text
    assert "(tài)" not in task(plan, "1").text
    assert task(plan, "1").responsible == ("市生態環境局",)
    assert any(w.code == "label_slip" for w in plan.warnings)


def test_role_lines_wrapped_over_lines_and_pages():
    plan = parse_plan(
        HEAD
        + """1. 治理工地扬尘。加强施工工地监管，全面落实扬尘治理要求，规模以上工地全部安装视频监控设备并

— 4 —

与主管部门联网。

牵头单位：市住建局、市

交通运输局

责任单位：市城管局、市水务局、市园林局，各县（市、区）政府、开发区管

5

委会

2. 治理道路扬尘。
牵头单位：市城管局
责任单位：各县（市、区）政府
"""
    )

    assert task(plan, "1").leads == ("市住建局", "市交通运输局")
    assert task(plan, "1").responsible == (
        "市城管局",
        "市水务局",
        "市园林局",
        "各县（市、区）政府",
        "各开发区管委会",
    )
    assert "视频监控设备并与主管部门联网" in task(plan, "1").text


def test_items_without_any_unit_line_are_tasks_with_empty_roles_outside_of_guarantees():
    plan = parse_plan(
        """云河市扬尘治理工作方案

一、工作目标
（一）全年优良天数达到280天。
二、工作措施
（一）强化工地管理
1.落实围挡。所有工地围挡到位。
2.落实冲洗。出入车辆冲洗到位。
（二）强化道路保洁。主干道每日冲洗两次。
三、保障措施
（一）加强领导。成立领导小组。
"""
    )

    assert numbers(plan) == ["1", "2", "（二）"]
    assert all(not t.responsible for t in plan.tasks)


def test_a_main_item_without_units_among_items_with_units_is_kept_and_doubted():
    plan = parse_plan(
        HEAD
        + """1.治理锅炉。
责任单位：市环保局
2.治理炉窑。
3.治理油烟。
责任单位：市城管局
"""
    )

    assert numbers(plan) == ["1", "2", "3"]
    assert task(plan, "2").responsible == ()
    assert [w.code for w in plan.warnings].count("task_without_units") == 1


def test_a_clause_under_a_heading_covers_the_items_below_it():
    plan = parse_plan(
        """云河市蓝天行动方案

一、主要任务
（一）治理燃煤（牵头单位：市发改委，责任单位：各县区政府）
1.压减总量。
2.改造锅炉。
（二）治理扬尘
1.管好工地。
2.管好道路。
牵头单位：市住建局
责任单位：各县区政府
（三）治理车辆
1.淘汰老车。
2.管好油品。
牵头单位：市公安局
责任单位：各县区政府
"""
    )

    assert numbers(plan) == ["（一）", "（二）", "（三）"]
    assert plan.tasks[0].leads == ("市发改委",)
    assert plan.tasks[1].covers == ("1", "2")
    assert plan.tasks[1].title == "治理扬尘"


def test_who_accepts_is_kept_apart():
    plan = parse_plan(
        HEAD
        + """1.整改问题。
责任单位：市城管局
验收单位：市环委办
完成时限：2021年8月底
2.整改炉窑。（市工信局负责，市环委办验收销号）
"""
    )

    assert task(plan, "1").accepted_by == ("市环委办",)
    assert task(plan, "2").accepted_by == ("市环委办",)
    assert task(plan, "2").responsible == ("市工信局",)


def test_no_tasks_and_a_plan_that_is_not_about_the_air_are_said():
    plan = parse_plan("云河市2021年水库管理工作要点\n\n各单位要加强水库管理。\n")

    assert {"no_tasks", "not_about_air"} <= {w.code for w in plan.warnings}


def test_spans_point_into_the_text_as_it_was_handed_in():
    source = HEAD + "1. **压减燃煤**总量。10月底前完成 PM_{2.5} 治理。\n\n牵头单位: 市发展改革委、 环保局\n"
    plan = parse_plan(source)
    read = task(plan, "1")

    a, b = read.role_spans["leads"]
    assert source[a:b] == "市发展改革委、 环保局"
    assert source[read.span[0] : read.span[1]].startswith("1. **压减燃煤")
    assert read.title_span is not None
    assert source[slice(*read.title_span)] == "压减燃煤**总量"
    assert read.title == "压减燃煤总量"
    assert [source[slice(*d.span)] for d in read.deadlines] == ["10月底前"]
