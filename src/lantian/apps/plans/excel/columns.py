"""The columns of the task ledger in Excel.

The headings are part of the format of the file and the same in every language of the pages, so that a file comes back
in whatever language it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lantian.apps.plans.choices import UnitRole

#: who may write into a column: ``task`` changes the task, ``progress`` reports, ``new`` counts for new tasks alone,
#: ``never`` follows from the rest
Use = Literal["task", "progress", "new", "never", "id"]


@dataclass(frozen=True, slots=True)
class LedgerField:
    """A column of the ledger.

    Attributes
    ----------
    names
        Other headings under which offices write it.
    help
        What belongs there, for the second sheet of the file.
    rare
        Whether the column is left out of a file in which no task has it.
    """

    key: str
    heading: str
    width: float
    use: Use
    help: str
    names: tuple[str, ...] = ()
    align: Literal["left", "center", "right"] = "left"
    rare: bool = False

    @property
    def all_names(self) -> tuple[str, ...]:
        """The heading and everything else that is understood."""
        return (self.heading, *self.names)


_UNITS_HELP = "单位全称、简称或曾用名；多个单位用“、”或“；”隔开"

FIELDS: tuple[LedgerField, ...] = (
    LedgerField("no", "序号", 5, "never", "自动编排，不读入", ("序", "排序"), "center"),
    LedgerField(
        "plan", "计划", 16, "new", "新任务所属的计划；已有任务不能改换计划",
        ("行动计划", "计划名称", "方案", "方案名称", "所属方案", "所属计划", "文件名称"),
    ),
    LedgerField(
        "chapter", "章节", 13, "new", "新任务所在的章节，没有则新建；已有任务的章节不能修改",
        ("章", "所属章节", "类别", "任务类别", "工作类别", "领域", "工作领域", "大类", "任务分类", "专项", "专项行动"),
    ),
    LedgerField(
        "section", "小节", 12, "new", "章节之下的标题；已有任务不能修改", ("节", "小类", "子类"), rare=True
    ),
    LedgerField("number", "任务编号", 7, "task", "原文中的编号", ("编号", "条目编号", "任务序号", "原文编号"), "center"),
    LedgerField(
        "title", "任务", 22, "task", "必填。任务名称；新任务只写工作内容也可",
        ("任务名称", "工作任务", "主要任务", "重点任务", "目标任务", "整改任务", "项目名称", "任务项目", "工作事项", "事项",
         "问题", "存在问题"),
    ),
    LedgerField("subtitle", "副标题", 14, "task", "名称之下的小标题", ("小标题",), rare=True),
    LedgerField(
        "text", "工作要求", 48, "task", "任务全文或具体要求",
        ("工作内容", "任务内容", "具体内容", "主要内容", "工作措施", "具体措施", "措施", "整改措施", "具体要求", "任务要求",
         "工作目标及要求", "工作标准", "要求", "重点工作", "内容"),
    ),
    LedgerField(
        UnitRole.LEAD.value, "牵头单位", 14, "task", _UNITS_HELP,
        ("牵头部门", "牵头", "牵头责任单位", "主办单位", "主责单位", "牵头落实单位", "牵头单位及责任人"),
    ),
    LedgerField(
        UnitRole.RESPONSIBLE.value, "责任单位", 18, "task", _UNITS_HELP,
        ("责任部门", "责任主体", "承办单位", "落实单位", "实施单位", "整改单位", "整改责任单位", "完成单位", "责任"),
    ),
    LedgerField(UnitRole.SHARED.value, "按职责分工", 14, "task", _UNITS_HELP, ("按职责分工负责",), rare=True),
    LedgerField(
        UnitRole.COOPERATING.value, "配合单位", 16, "task", _UNITS_HELP,
        ("配合部门", "协办单位", "参与单位", "协助单位", "协同单位", "配合"),
    ),
    LedgerField(
        UnitRole.SUPERVISING.value, "督导单位", 13, "task", _UNITS_HELP,
        ("督办单位", "督导部门", "牵头督促指导单位", "监管单位", "督促单位", "督导"),
    ),
    LedgerField(UnitRole.ACCEPTING.value, "验收单位", 13, "task", _UNITS_HELP, ("验收部门", "销号单位", "验收"), rare=True),
    LedgerField(
        "persons", "责任人", 10, "task", "多人用“、”隔开",
        ("责任领导", "分管领导", "包保领导", "包联领导", "负责人", "主要责任人", "联系人"),
    ),
    LedgerField(
        "dates", "完成时限", 15, "task",
        "如 2017-06-30、2017年6月底前、6月30日前、年底前；几个时限用“；”隔开；时段写作 2017-03-01至2017-05-31；没有日期的写“长期坚持”等",
        ("时限", "完成时间", "完成期限", "整改时限", "整改期限", "办结时限", "时间要求", "时间节点", "实施时段", "完成日期",
         "计划完成时间", "截止日期", "截止时间", "限期", "时限要求"),
        "center",
    ),
    LedgerField(
        "amount", "任务量", 10, "task", "数字；也可连单位写成“200台”；几项任务量用“；”隔开",
        ("计划量", "任务数", "任务数量", "数量", "目标量", "目标任务量", "工程量", "计划数", "年度任务量", "总任务量", "总量"),
        "right",
    ),
    LedgerField("unit", "单位", 7, "task", "任务量的计量单位，如 台、户、家", ("计量单位", "任务量单位", "数量单位"), "center"),
    LedgerField(
        "done", "完成量", 10, "progress", "累计完成的数量，不是本期新增；有几项任务量时按同样次序用“；”隔开",
        ("已完成", "已完成量", "累计完成", "累计完成量", "完成数", "完成数量", "实际完成", "实际完成量"),
        "right",
    ),
    LedgerField(
        "percent", "完成率", 8, "progress", "没有任务量的任务填百分数；有任务量的由完成量算出，不用填",
        ("完成比例", "进度", "完成进度", "完成百分比", "形象进度"),
        "right",
    ),
    LedgerField(
        "limits", "其他指标", 16, "task", "不计入进度的数量和限值，如 ≥95%、35蒸吨；几项用“；”隔开",
        ("量化指标", "指标", "指标要求", "标准"),
    ),
    LedgerField("recurrence", "频次", 9, "task", "如 每月25日前；几项用“；”隔开", ("工作频次", "报送频次"), rare=True),
    LedgerField(
        "state", "状态", 8, "never", "由开始、报送、销号、退回等步骤决定，不能在表中修改",
        ("任务状态", "销号情况", "是否销号", "办结情况"), "center",
    ),
    LedgerField("light", "灯", 8, "never", "由时限和进度算出，不读入", ("亮灯", "预警", "亮灯情况"), "center"),
    LedgerField(
        "note", "最近进展", 30, "progress", "写下新的进展即为一次进展报送",
        ("进展情况", "工作进展", "进展", "完成情况", "落实情况", "整改情况", "目前进展", "最新进展", "整改进展"),
    ),
    LedgerField(
        "reported", "进展日期", 11, "progress", "进展发生的日期；不改即为导入当天", ("报送日期", "更新日期", "报告日期"), "center"
    ),
    LedgerField(
        "id", "系统编号", 12, "id", "请勿改动；新增任务留空", ("系统编码", "任务系统编号", "系统任务编号"), "center"
    ),
)  # fmt: skip

BY_KEY: dict[str, LedgerField] = {field.key: field for field in FIELDS}
ROLES: tuple[str, ...] = tuple(field.key for field in FIELDS if field.key in UnitRole.values)
HEADINGS: dict[str, str] = {field.key: field.heading for field in FIELDS}
_USES: dict[str, str] = {
    "task": "可以（需有修改任务的权限）",
    "progress": "可以（需有报送进展的权限）",
    "new": "只用于新任务",
    "never": "不能",
    "id": "不能",
}


def help_rows() -> list[list[str]]:
    """The second sheet: each column, whether it may be changed, what belongs there, how else it may be called."""
    return [
        [field.heading, _USES[field.use], field.help, "、".join(field.names[:6])]
        for field in FIELDS
    ]
