"""Targets in Excel, both ways: known ones are changed by their system number, the others are new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, ClassVar

from django.utils import translation
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.importers import registry
from lantian.apps.core.importers.base import Change, TableImport
from lantian.apps.plans import drafts, exporters, ledger, queries
from lantian.apps.plans.access import TARGET_EDIT
from lantian.apps.plans.actions import EditTarget
from lantian.apps.plans.actions.entering import CreateTarget
from lantian.apps.plans.choices import Comparator, PlanStatus, TargetKind, TargetStrength
from lantian.apps.plans.excel import cells, parse
from lantian.apps.plans.models import Plan, Target
from lantian.office.cells import CellError
from lantian.office.ledger import CellInput, LedgerColumn, Table, write_tables
from lantian.office.sheets import Column, Record

SHEET = "目标"
#: field → heading, width, other headings
COLUMNS: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "plan": ("计划", 22, ("行动计划", "方案", "计划名称", "方案名称", "所属计划")),
    "region": ("地区", 16, ("区域", "县区", "县（市、区）", "考核对象", "责任地区", "单位名称")),
    "indicator": ("指标", 26, ("指标名称", "目标指标", "考核指标", "目标名称", "考核项目")),
    "comparator": ("要求", 7, ("关系",)),
    "value": ("目标值", 11, ("目标", "数值", "目标数值", "年度目标", "考核目标", "控制目标")),
    "unit": ("单位", 13, ("计量单位",)),
    "period": ("时期", 16, ("年度", "考核期", "考核时段", "时间", "完成时间")),
    "kind": ("类型", 11, ("目标类型",)),
    "base": ("基准", 14, ("比较基准", "基数", "基期")),
    "strength": ("力度", 9, ("约束性",)),
    "text": ("原文", 48, ("目标原文", "备注", "说明")),
    "id": ("系统编号", 12, ("系统编码",)),
}
HEADINGS = {key: heading for key, (heading, _width, _names) in COLUMNS.items()}
_SIGNS = {"": "=", "＝": "=", **{str(label): str(value) for value, label in Comparator.choices}}
_SIGNS |= {str(value): str(value) for value in Comparator.values}


def _words(choices: Any) -> dict[str, str]:
    """Value → its word in the file."""
    with translation.override("zh-hans"):
        return {value: str(choices(value).label) for value in choices.values}


def line(order: int, target: Target) -> list[CellInput]:
    """The cells of a target, the running number first."""
    sign = dict(Comparator.choices).get(target.comparator, target.comparator)
    return [
        order,
        target.plan.title,
        target.region_name,
        target.indicator,
        "" if sign == "=" else sign,
        cells.number(target.value) if target.value is not None else None,
        target.unit,
        target.period,
        _words(TargetKind).get(target.kind, target.kind),
        target.base,
        _words(TargetStrength).get(target.strength, target.strength),
        target.text,
        f"G{target.pk}-v{target.version}",
    ]


def _columns(without: tuple[str, ...] = ()) -> list[LedgerColumn]:
    shown = [LedgerColumn(heading, width) for key, (heading, width, _names) in COLUMNS.items() if key not in without]
    return [LedgerColumn("序号", 6, "center"), *shown]


def write_targets(rows: Any, title: str, target: IO[bytes]) -> None:
    """Write targets as a workbook that can be changed and imported again."""
    found = rows.select_related("plan").iterator(chunk_size=1000)
    said = "可在 Excel、WPS 中修改后重新导入；“系统编号”请勿改动，新增目标的系统编号留空。"
    lines = (line(number, row) for number, row in enumerate(found, 1))
    write_tables([Table(SHEET, title, _columns(), lines, said)], target)


def template() -> bytes:
    """An empty list with its headings."""
    target = BytesIO()
    columns = _columns(("plan", "id"))
    blank: Iterator[list[CellInput]] = ([None] * len(columns) for _row in range(exporters.TEMPLATE_ROWS))
    said = "每行一个目标，“指标”必填；导入时选择所属的计划。"
    write_tables([Table(SHEET, "目标（新增）", columns, blank, said)], target)
    return target.getvalue()


@dataclass
class _Wanted:
    row: int
    values: dict[str, Any]
    target: Target | None = None
    plan: Plan | None = None
    change: Change | None = None


class ImportTargets(TableImport):
    """Bring targets from Excel.

    Parameters
    ----------
    plan
        Key of the plan of new targets whose row names none.
    """

    code = "plans.target.import"
    permission = TARGET_EDIT
    subject_label = _("Targets")
    partial = True
    columns: ClassVar[tuple[Column, ...]] = tuple(
        Column(key, (heading, *names), required=key == "indicator") for key, (heading, _width, names) in COLUMNS.items()
    )

    def __init__(self, actor: Actor, content: bytes, filename: str, *, plan: Any = "", reason: str = "", **extra: Any) -> None:
        super().__init__(actor, content, filename, reason=reason, **extra)
        self.plan_key = str(plan or "")
        self.words = reason.strip() or __("Imported from the Excel file %(file)s") % {"file": self.filename[:200]}
        self.report.most_shown = 500
        self.wanted: list[_Wanted] = []

    def read(self) -> None:
        """Find each row's target or plan, and what differs."""
        records = self.read_list()
        numbers = {record.row: self._number(record) for record in records.rows}
        keys = {number[0] for number in numbers.values() if number}
        seen = {row.pk: row for row in queries.targets(self.actor).filter(pk__in=keys)}
        may = self.actor.rows(Target.objects.filter(pk__in=keys), TARGET_EDIT)
        editable = set(may.order_by().values_list("pk", flat=True))
        plans = list(self.actor.rows(Plan.objects.filter(status=PlanStatus.ACTIVE), TARGET_EDIT).select_related("region"))
        taken: set[int] = set()
        for record in records.rows:
            number = numbers[record.row]
            try:
                values = self._values(record)
            except CellError as error:
                self.wrong(record.row, "value", error.code, (__(error.message_id) % error.params).replace("%", "%%"))
                continue
            if any(problem.row == record.row for problem in self.report.problems):
                continue
            if number is None:
                self._new(record, values, plans)
            elif number[0] not in seen:
                self.wrong(record.row, "id", "no_such_target", __("There is no such target: %(number)s."), number=record.values["id"])
            elif number[0] in taken:
                self.wrong(record.row, "id", "row_twice", __("This target stands in the file twice. Remove one of the rows."))
            else:
                taken.add(number[0])
                self._known(record, values, seen[number[0]], number[1], number[0] in editable)
        self.report.changes = [one.change for one in self.wanted if one.change is not None]

    def _number(self, record: Record) -> tuple[int, int] | None:
        text = str(record.values.get("id") or "")
        found = re.fullmatch(r"G(\d{1,18})-v(\d{1,9})", text)
        if text and found is None:
            self.wrong(
                record.row,
                "id",
                "not_a_number_of_the_system",
                __("“%(value)s” is no system number. Copy it back from the export, or empty the cell for a new target."),
                value=text[:40],
            )
        return (int(found[1]), int(found[2])) if found else None

    def _values(self, record: Record) -> dict[str, Any]:
        """The values that the file has of a target; a sign or a unit may stand in the cell of the number."""
        given = record.values
        values: dict[str, Any] = {
            key: given.get(key) or "" for key in ("region", "indicator", "unit", "period", "base", "text") if self.has(key)
        }
        for key, choices, kept in (("kind", TargetKind, "level"), ("strength", TargetStrength, "firm")):
            if self.has(key):
                known = {word: value for value, word in _words(choices).items()}
                said = str(given.get(key) or "")
                if said and said not in known:
                    self.wrong(
                        record.row, key, "not_a_choice", __("“%(value)s” is not one of %(choices)s."),
                        value=said[:40], choices="、".join(known),
                    )  # fmt: skip
                values[key] = known.get(said, kept)
        sign = str(given.get("comparator") or "")
        if sign not in _SIGNS:
            signs = "、".join(label for label in dict(Comparator.choices).values())
            said = __("“%(value)s” is not one of %(choices)s.")
            self.wrong(record.row, "comparator", "not_a_choice", said, value=sign[:40], choices=signs)
        if self.has("value"):
            text = str(given.get("value") or "")
            if text:
                amount = parse.amount(text)
                values["value"] = amount["value"]
                sign = sign or (amount["comparator"] if amount["comparator"] != "=" else "")
                if amount["unit"] and not values.get("unit"):
                    values["unit"] = amount["unit"]
            else:
                values["value"] = None
        if self.has("comparator") or sign:
            values["comparator"] = _SIGNS.get(sign, "=")
        return values

    def _known(self, record: Record, values: dict[str, Any], target: Target, version: int, editable: bool) -> None:
        stored = ledger.row_values(target)
        differing = {key: value for key, value in values.items() if not _same(stored.get(key), value)}
        if self.has("plan") and record.values.get("plan") and record.values["plan"] != target.plan.title:
            self.wrong(record.row, "plan", "not_changed_here", __("A target stays in its plan. Put this back."))
            return
        if not differing:
            self.report.unchanged += 1
            return
        first = next(iter(differing))
        if not editable:
            self.wrong(record.row, first, "not_allowed", __("You may see this target, but not change it. Put this back."))
        elif version != target.version:
            told = "；".join(
                __("%(heading)s: in the file “%(file)s”, now “%(now)s”")
                % {"heading": HEADINGS[key], "file": str(value or "")[:60], "now": str(stored.get(key) or "")[:60]}
                for key, value in differing.items()
            ).replace("%", "%%")
            said = __("This target was changed after the file was taken. %(what)s.") % {"what": told}
            self.wrong(record.row, first, "edit_conflict", said)
        else:
            before = {key: str(stored.get(key) or "") for key in differing}
            after = {key: str(value or "") for key, value in differing.items()}
            change = Change("update", record.row, str(target)[:200], before, after)
            self.wanted.append(_Wanted(record.row, differing, target, change=change))

    def _new(self, record: Record, values: dict[str, Any], plans: list[Plan]) -> None:
        title = str(record.values.get("plan") or "")
        named = [plan for plan in plans if plan.title == title] if title else []
        chosen = next((plan for plan in plans if str(plan.pk) == self.plan_key), None)
        plan = named[0] if len(named) == 1 else chosen if not title or chosen in named else None
        if plan is None:
            self.wrong(
                record.row,
                "plan",
                "which_plan",
                __("Say to which plan this target belongs: choose the plan when you upload the file, or write it into “计划”."),
            )
            return
        entry = {**drafts.blank("target"), "comparator": "=", **values}
        entry = {key: entry[key] for key in drafts.FIELDS["target"]}
        same = Target.objects.filter(
            plan=plan, indicator=entry["indicator"], region_name=entry["region"], period=entry["period"], kind=entry["kind"]
        )
        twin = any(
            one.plan == plan and all(one.values[key] == entry[key] for key in ("indicator", "region", "period", "kind"))
            for one in self.wanted
            if one.target is None
        )
        if twin or same.exists():
            self.wrong(record.row, "indicator", "target_exists", __("The plan has this target already, or it stands in the file twice."))
            return
        try:
            action = CreateTarget(self.actor, plan, entry, reason=self.words)
            action.check()
            action.validate()
        except CoreError as error:
            self._refused(record.row, error)
            return
        shown = {key: str(value) for key, value in entry.items() if value and key in HEADINGS}
        label = f"{entry['region']} {entry['indicator']}".strip()
        change = Change("create", record.row, label, {}, {**shown, "plan": plan.title})
        self.wanted.append(_Wanted(record.row, entry, plan=plan, change=change))

    def _refused(self, row: int, error: CoreError) -> None:
        for name, texts in error.fields.items():
            text = "；".join(map(str, texts)) if isinstance(texts, list | tuple) else str(texts)
            self.wrong(row, name, error.code, text.replace("%", "%%"))
        if not error.fields:
            self.wrong(row, "indicator", error.code, str(error).replace("%", "%%"))

    def write(self) -> None:
        """Change and add through the actions of the pages."""
        for one in self.wanted:
            action: Any
            if one.target is not None:
                action = EditTarget(self.actor, one.target, one.values, version=one.target.version, reason=self.words)
            else:
                assert one.plan is not None
                action = CreateTarget(self.actor, one.plan, one.values, reason=self.words)
            try:
                action.check()
                action.validate()
                action.perform_in(self)
            except CoreError as error:
                self._refused(one.row, error)
                if self.skip_errors:
                    self._leave_out()
                    self.report.changes.remove(one.change)  # type: ignore[arg-type]


def _same(stored: Any, value: Any) -> bool:
    """Whether two values mean the same; numbers are compared as numbers."""
    old, new = drafts.decimal(stored), drafts.decimal(value)
    if old is not None and new is not None:
        return old == new
    return cells.as_read(str(stored or "")) == cells.as_read(str(value or ""))


def plan_choices(actor: Actor) -> list[tuple[str, str]]:
    """Plans into which an account may write targets."""
    rows = actor.rows(Plan.objects.filter(status=PlanStatus.ACTIVE), TARGET_EDIT)
    return [(str(key), title) for key, title in rows.order_by("-issued_on", "-pk").values_list("pk", "title")]


def register() -> None:
    """Offer the import on the pages of the foundation."""
    registry.register(
        registry.Importer(
            "targets",
            _("Targets"),
            _("The targets that were exported here, changed in Excel or WPS, or a list of new ones."),
            ImportTargets,
            "plans:targets",
            (
                registry.Option(
                    "plan",
                    _("Plan of new targets"),
                    plan_choices,
                    required=False,
                    help=_("Only for rows without a system number that do not name their plan."),
                ),
                registry.Option("reason", _("Reason"), required=False, help=_("Kept in the log together with your name.")),
            ),
            fields=HEADINGS,
            template=template,
        )
    )
