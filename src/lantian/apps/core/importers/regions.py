"""Regions from lists: one place in a row, or the whole chain of places in a row.

The parent of a place is what the file says, else the place of the code's own prefix (GB/T 2260). A province that is
missing is added by its national name; any other missing parent is an error of that row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import merging
from lantian.apps.core.importers.base import Change, TableImport, first_day, last_day
from lantian.apps.core.models import Region, RegionSuccession
from lantian.apps.core.models.regions import CodeKind
from lantian.apps.core.registry_actions import copy_boundary
from lantian.apps.core.trees import fill_empty_paths, rebuild_paths
from lantian.office.sheets import Column, Record
from lantian.rules import region_codes as codes

LEVELS = {
    "省级": "province",
    "省": "province",
    "自治区": "province",
    "直辖市": "province",
    "province": "province",
    "地级": "prefecture",
    "市级": "prefecture",
    "市": "prefecture",
    "地级市": "prefecture",
    "设区市": "prefecture",
    "省辖市": "prefecture",
    "地市": "prefecture",
    "prefecture": "prefecture",
    "city": "prefecture",
    "县级": "county",
    "县": "county",
    "区": "county",
    "区县": "county",
    "县区": "county",
    "县（市、区）": "county",
    "县级市": "county",
    "市辖区": "county",
    "district": "county",
    "county": "county",
    "乡级": "town",
    "乡镇级": "town",
    "乡": "town",
    "镇": "town",
    "街道": "town",
    "乡镇": "town",
    "乡镇街道": "town",
    "town": "town",
    "street": "town",
    "村级": "village",
    "村": "village",
    "社区": "village",
    "村（社区）": "village",
    "village": "village",
    "community": "village",
}
CODE_KINDS = {
    "国家代码": CodeKind.STATUTORY,
    "国标": CodeKind.STATUTORY,
    "statutory": CodeKind.STATUTORY,
    "本地代码": CodeKind.LOCAL,
    "自编": CodeKind.LOCAL,
    "local": CodeKind.LOCAL,
}
_WIDE = {
    "province": (("省代码", "province_code", "provincecode", "省级代码"), ("省名称", "省份", "province")),
    "prefecture": (
        ("市代码", "地市代码", "city_code", "citycode", "prefecture_code", "prefecturecode"),
        ("市名称", "地市", "地级市", "市", "city", "prefecture"),
    ),
    "county": (
        (
            "县代码",
            "区县代码",
            "县区代码",
            "county_code",
            "countycode",
            "district_code",
            "areacode",
            "area_code",
        ),
        ("县名称", "区县", "县区", "县（市、区）", "县", "county", "district"),
    ),
    "town": (
        ("乡镇代码", "街道代码", "town_code", "towncode", "streetcode", "street_code"),
        ("乡镇", "乡镇街道", "乡镇名称", "街道", "town", "street"),
    ),
    "village": (
        ("村代码", "社区代码", "village_code", "villagecode"),
        ("村名称", "村", "村（社区）", "社区", "village"),
    ),
}
# The county-level places of these have no prefecture of their own in GB/T 2260: it is left out if the file leaves it out.
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@dataclass
class _Wanted:
    """A place that the file names, in one period."""

    code: str
    level: str
    row: int
    name: str = ""
    short_name: str | None = None
    parent_code: str = ""
    parent_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    has_from: bool = False
    has_to: bool = False
    kind: str | None = None
    own_row: bool = False
    parent: _Wanted | None = None
    stored: Region | None = None
    follows: Region | None = None
    changed: list[str] = field(default_factory=list)


class ImportRegions(TableImport):
    """Bring a list of places into the register."""

    code = "core.region.import"
    permission = "core.region.manage"
    subject_label = _("Regions")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("code", ("代码", "区划代码", "行政区划代码", "编码", "code", "region_code")),
        Column("name", ("名称", "区划名称", "行政区划名称", "单位名称", "name", "region")),
        Column("short_name", ("简称", "short_name", "shortname")),
        Column("level", ("级别", "层级", "行政级别", "level"), "choice", choices=LEVELS),
        Column(
            "parent_code", ("上级代码", "父级代码", "上级区划代码", "parent", "parent_code", "parentcode")
        ),
        Column("parent_name", ("上级", "上级名称", "上级区划", "parent_name")),
        Column("code_kind", ("代码性质", "代码类型", "code_kind"), "choice", choices=CODE_KINDS),
        Column(
            "valid_from", ("启用日期", "生效日期", "有效期起", "开始日期", "valid_from", "validfrom"), "date"
        ),
        Column("valid_to", ("停用日期", "失效日期", "有效期止", "结束日期", "valid_to", "validto"), "date"),
        *(
            Column(f"{level}_{part}", names)
            for level, pair in _WIDE.items()
            for part, names in zip(("code", "name"), pair, strict=True)
        ),
    )
    needs_one_of = ("code", *(f"{level}_code" for level in _WIDE))
    template_columns = (
        "code",
        "name",
        "short_name",
        "level",
        "parent_code",
        "code_kind",
        "valid_from",
        "valid_to",
    )
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("990100", "晴川市", "晴川", "市级", "990000", "国家代码", "2020-01-01", ""),
        ("990102", "云山区", "云山", "县级", "990100", "国家代码", "2020-01-01", ""),
        ("QCKFQ", "晴川经济开发区", "经开区", "县级", "990100", "本地代码", "2021-06-01", ""),
    )

    def read(self) -> None:
        """Collect the places of all rows, find their parents, and compare them with the register."""
        records = self.read_list()
        self.progress(1, 4, __("Reading"))
        self.wanted: dict[tuple[str, date | None], _Wanted] = {}
        self.latest: dict[str, _Wanted] = {}
        for record in records.rows:
            self._take(record)
        self.progress(2, 4, __("Comparing"))
        self.by_code: dict[str, list[Region]] = {}
        for region in Region.objects.order_by("valid_from", "pk"):
            self.by_code.setdefault(codes.canonical(region.code), []).append(region)
        for wanted in list(self.wanted.values()):
            self._settle_name(wanted)
        for wanted in list(self.wanted.values()):
            self._find_parent(wanted)
        for wanted in list(self.wanted.values()):
            self._compare(wanted)
        self._check_periods()

    def _take(self, record: Record) -> None:
        """The chain of a row: wide columns from the province down, then the row's own code and name."""
        values = record.values
        chain: list[_Wanted] = []
        broken = False
        for level in _WIDE:
            code, name = values.get(f"{level}_code"), values.get(f"{level}_name")
            if not code:
                if name and level != "prefecture" and self.has(f"{level}_code"):
                    self.wrong(
                        record.row,
                        f"{level}_code",
                        "code_missing",
                        __("“%(name)s” has no code. Fill in the code."),
                        name=name,
                    )
                    broken = True
                continue
            one = self._one(record, f"{level}_code", code, name or "", level)
            if one is None:
                broken = True
            else:
                chain.append(one)
        if self.has("code"):
            code, name = values.get("code"), values.get("name")
            if not code or not name:
                key, what = ("code", __("code")) if not code else ("name", __("name"))
                self.wrong(
                    record.row, key, "cell_empty", __("The %(what)s is missing. Fill it in."), what=what
                )
                return
            one = self._one(record, "code", code, name, values.get("level"))
            if one is None:
                return
            one.short_name = (values.get("short_name") or "") if self.has("short_name") else None
            one.kind = values.get("code_kind")
            one.parent_code = codes.canonical(values.get("parent_code") or "")
            one.parent_name = values.get("parent_name") or ""
            chain.append(one)
        if broken or not chain:
            if not chain and not broken:
                self.report.problem("code_missing", __("The row has no code."), record.row)
            return
        leaf = chain[-1]
        leaf.own_row = True
        leaf.valid_from, leaf.valid_to = first_day(values.get("valid_from")), last_day(values.get("valid_to"))
        leaf.has_from, leaf.has_to = self.has("valid_from"), self.has("valid_to")
        if leaf.valid_from and leaf.valid_to and leaf.valid_to < leaf.valid_from:
            self.wrong(record.row, "valid_to", "runs_backward", __("The last day lies before the first."))
            return
        for above, below in pairwise(chain):
            # A prefecture without counties (441900) stands as its own county in statistical lists.
            if not below.parent_code and below.code != above.code:
                below.parent_code = above.code
        for one in chain:
            self._remember(one)

    def _one(self, record: Record, key: str, raw: str, name: str, level: Any) -> _Wanted | None:
        code = codes.canonical(raw)
        if len(code) > 20 or not code.isprintable():
            self.wrong(record.row, key, "code_bad", __("“%(code)s” is no code."), code=raw[:40])
            return None
        said = codes.level_of(code)
        if said is None and (level is None or code.isdigit()):
            message = (
                __("“%(code)s” is no code of 2, 4, 6, 9 or 12 figures. Correct it.")
                if code.isdigit()
                else __("“%(code)s” is a local code: the row must say the level and the parent.")
            )
            self.wrong(record.row, key, "code_bad", message, code=raw[:40])
            return None
        # 4190 stands for no place of its own, so 419001 may stand in the column of the prefectures.
        direct = level == "prefecture" and said == "county" and code[2:4] == "90"
        if said is not None and level is not None and level != said and not direct:
            self.wrong(
                record.row,
                key,
                "level_differs",
                __("The code %(code)s is of another level than the row says. Correct one of them."),
                code=code,
            )
            return None
        if len(name) > 60:
            self.wrong(
                record.row, key, "name_long", __("The name is longer than %(limit)d characters."), limit=60
            )
            return None
        return _Wanted(code, said or level, record.row, name)

    def _remember(self, one: _Wanted) -> None:
        key = (one.code, one.valid_from)
        known = self.wanted.get(key) or (None if one.own_row else self.latest.get(one.code))
        if known is None:
            self.wanted[key] = self.latest[one.code] = one
            return
        if one.name and known.name and one.name != known.name:
            self.report.problem(
                "code_twice",
                __(
                    "The code %(code)s is “%(first)s” in row %(row)d and “%(second)s” here. Correct one of them."
                ),
                one.row,
                self.headings.get("code", ""),
                code=one.code,
                first=known.name,
                second=one.name,
                row=known.row,
            )
            return
        if one.own_row and known.own_row and self.has("code"):
            self.report.problem(
                "row_twice",
                __("The code %(code)s stands in row %(row)d already. Remove one of the rows."),
                one.row,
                self.headings.get("code", ""),
                code=one.code,
                row=known.row,
            )
            return
        if one.own_row and not known.own_row:
            one.name = one.name or known.name
            one.parent_code = one.parent_code or known.parent_code
            self.wanted.pop((known.code, known.valid_from), None)
            self.wanted[key] = self.latest[one.code] = one
            return
        known.name = known.name or one.name
        known.parent_code = known.parent_code or one.parent_code

    def _current(self, code: str) -> Region | None:
        rows = self.by_code.get(code)
        if not rows:
            return None
        return max(rows, key=lambda row: (row.valid_to is None, row.valid_to or date.max, row.pk))

    def _settle_name(self, one: _Wanted) -> None:
        """A place above that the file names by its code alone gets its name from the register or the national list."""
        if one.name:
            return
        known = self._current(one.code)
        if known is not None:
            one.name = known.name
        elif one.level == "province" and one.code[:2] in codes.PROVINCES:
            one.name = codes.PROVINCES[one.code[:2]]
            self._note_province(one)
        else:
            self.report.problem(
                "name_missing",
                __("The place %(code)s has no name here and is not in the register. Add its name."),
                one.row,
                code=one.code,
            )

    def _note_province(self, one: _Wanted) -> None:
        self.report.note(
            "province_added",
            __("%(name)s (%(code)s) is added from the national list."),
            one.row,
            code=one.code,
            name=one.name,
        )

    def _find_parent(self, one: _Wanted) -> None:
        if one.parent_name and not one.parent_code:
            one.parent_code = self._parent_by_name(one)
            if not one.parent_code:
                return
        code = one.parent_code or codes.parent_code(one.code) or ""
        if not code:
            if one.level != "province":
                self.report.problem(
                    "parent_missing",
                    __("“%(name)s” needs a parent. Fill in the code or the name of the place above it."),
                    one.row,
                    name=one.name,
                )
            return
        if code == one.code:
            self.report.problem("parent_self", __("A place cannot lie in itself."), one.row)
            return
        while code not in self.latest and code not in self.by_code:
            if code[2:] == "0000" and code[:2] in codes.PROVINCES:
                added = _Wanted(code, "province", one.row, codes.PROVINCES[code[:2]])
                self.wanted[(code, None)] = self.latest[code] = added
                self._note_province(added)
                break
            between = codes.level_of(code) == "prefecture" and (
                code[2:4] == "90" or (code[:2] in _MUNICIPALITIES and code[2:4] in {"01", "02"})
            )
            above = codes.parent_code(code)
            if one.parent_code or not between or above is None:
                self.report.problem(
                    "parent_unknown",
                    __(
                        "The place above, %(code)s, is neither in the file nor in the register."
                        " Add a row for it or import it first."
                    ),
                    one.row,
                    self.headings.get("parent_code", ""),
                    code=code,
                )
                return
            code = above
        one.parent_code = code
        one.parent = self.latest.get(code)
        above_level = one.parent.level if one.parent is not None else self._level_of_stored(code)
        order = codes.LEVELS
        if above_level and order.index(above_level) >= order.index(one.level):
            self.report.problem(
                "parent_level",
                __("“%(name)s” cannot lie in %(code)s, which is of the same or a lower level."),
                one.row,
                name=one.name,
                code=code,
            )

    def _level_of_stored(self, code: str) -> str | None:
        row = self._current(code)
        return row.level if row is not None else None

    def _parent_by_name(self, one: _Wanted) -> str:
        order = codes.LEVELS
        found = {
            other.code
            for other in self.latest.values()
            if other.name == one.parent_name and order.index(other.level) < order.index(one.level)
        } | {
            code
            for code, rows in self.by_code.items()
            for row in rows
            if one.parent_name in {row.name, row.short_name}
            and row.valid_to is None
            and order.index(row.level) < order.index(one.level)
        }
        if len(found) == 1:
            return found.pop()
        message = (
            __("There is no place called “%(name)s” above this one. Write its code instead.")
            if not found
            else __("There are several places called “%(name)s”. Write the code of the right one.")
        )
        self.wrong(one.row, "parent_name", "parent_name", message, name=one.parent_name)
        return ""

    def _match(self, one: _Wanted) -> Region | None:
        rows = self.by_code.get(one.code, [])
        if not one.valid_from:
            return self._current(one.code)
        for row in rows:
            if row.valid_from == one.valid_from:
                return row
        current = self._current(one.code)
        if current is None:
            return None
        if one.valid_to is not None and current.valid_from is not None and one.valid_to < current.valid_from:
            return None  # an earlier period that was not known yet
        same_parent = not one.parent_code or (
            current.parent_id is not None
            and one.parent_code in self.by_code
            and current.parent_id in {row.pk for row in self.by_code[one.parent_code]}
        )
        if current.name == one.name and same_parent:
            return current
        starts = current.valid_from
        if starts is None or starts < one.valid_from:
            one.follows = current
            return None
        return current

    def _compare(self, one: _Wanted) -> None:
        self.report.groups[one.level] = self.report.groups.get(one.level, 0) + 1
        one.stored = self._match(one)
        label = f"{one.code} {one.name}"
        if one.stored is None:
            after: dict[str, Any] = {
                "code": one.code,
                "name": one.name,
                "level": one.level,
                "parent": one.parent_code or None,
            }
            if one.valid_from:
                after["valid_from"] = one.valid_from
            kind = "succeed" if one.follows is not None else "create"
            self.report.changes.append(Change(kind, one.row, label, {}, after))
            return
        row, before, after = one.stored, {}, {}
        for name, value in self._values(one).items():
            if getattr(row, name) != value:
                before[name], after[name] = getattr(row, name), value
                one.changed.append(name)
        if one.parent_code and one.own_row:
            parent = self._current(one.parent_code)
            if parent is None or (
                row.parent_id != parent.pk and one.parent_code != self._code_of_parent(row)
            ):
                before["parent"], after["parent"] = self._code_of_parent(row), one.parent_code
                one.changed.append("parent")
        if one.changed:
            self.report.changes.append(Change("update", one.row, label, before, after))
        else:
            self.report.unchanged += 1

    def _code_of_parent(self, row: Region) -> str | None:
        if row.parent_id is None:
            return None
        if not hasattr(self, "_code_by_pk"):
            self._code_by_pk = {r.pk: code for code, rows in self.by_code.items() for r in rows}
        return self._code_by_pk.get(row.parent_id)

    def _values(self, one: _Wanted) -> dict[str, Any]:
        """What the file says about a place that is known; it is silent about columns that it lacks."""
        values: dict[str, Any] = {"name": one.name} if one.name else {}
        if one.own_row:
            if one.short_name is not None:
                values["short_name"] = one.short_name
            if one.kind is not None:
                values["code_kind"] = one.kind
            if one.has_from and one.valid_from:
                values["valid_from"] = one.valid_from
            if one.has_to:
                values["valid_to"] = one.valid_to
        return values

    def _check_periods(self) -> None:
        """Periods under one code must not overlap."""
        by_code: dict[str, list[_Wanted]] = {}
        for one in self.wanted.values():
            by_code.setdefault(one.code, []).append(one)
        for code, several in by_code.items():
            touched = {one.stored.pk for one in several if one.stored is not None}
            periods = [(one.valid_from or date.min, one.valid_to or date.max, one.row) for one in several]
            closed = {one.follows.pk: one.valid_from for one in several if one.follows and one.valid_from}
            for row in self.by_code.get(code, []):
                if row.pk in touched:
                    continue
                end = closed[row.pk] - timedelta(days=1) if row.pk in closed else row.valid_to or date.max
                periods.append((row.valid_from or date.min, end, 0))
            periods.sort()
            for (_start, end, first), (start, _end, second) in pairwise(periods):
                if start <= end and (first or second):
                    self.report.problem(
                        "periods_overlap",
                        __("Two periods of the code %(code)s overlap. Correct the days of validity."),
                        second or first,
                        self.headings.get("valid_from", ""),
                        code=code,
                    )

    def write(self) -> None:
        """Write level by level, so that parents have keys before their children."""
        self.progress(3, 4, __("Writing"))
        written: dict[str, Region] = {}
        moved = False
        order = codes.LEVELS
        for level in order:
            here = [one for one in self.wanted.values() if one.level == level]
            fresh = [one for one in here if one.stored is None]
            for one in fresh:
                one.stored = Region(
                    code=one.code,
                    name=one.name,
                    short_name=one.short_name or "",
                    level=one.level,
                    code_kind=one.kind
                    or (CodeKind.LOCAL if codes.is_local(one.code) else CodeKind.STATUTORY),
                    valid_from=one.valid_from,
                    valid_to=one.valid_to,
                    parent_id=self._parent_key(one, written),
                )
            Region.objects.bulk_create([one.stored for one in fresh if one.stored], batch_size=500)
            for one in sorted(here, key=lambda one: one.valid_from or date.min):
                if one.stored is not None:
                    written[one.code] = one.stored
            changed = [one for one in here if one.changed and one.stored is not None]
            for one in changed:
                assert one.stored is not None
                for name, value in self._values(one).items():
                    setattr(one.stored, name, value)
                if "parent" in one.changed:
                    one.stored.parent_id = self._parent_key(one, written)
                    moved = True
            Region.objects.bulk_update(
                [one.stored for one in changed if one.stored],
                ["name", "short_name", "code_kind", "valid_from", "valid_to", "parent"],
                batch_size=200,
            )
        fill_empty_paths(Region)
        moved = self._succeed() or moved
        if moved:
            rebuild_paths(Region)
        self.progress(4, 4)

    def _parent_key(self, one: _Wanted, written: dict[str, Region]) -> int | None:
        if not one.parent_code:
            return None
        parent = written.get(one.parent_code) or self._current(one.parent_code)
        return parent.pk if parent is not None else None

    def _succeed(self) -> bool:
        """Close what a new period follows, and move what hangs on it."""
        following = [one for one in self.wanted.values() if one.follows is not None]
        for one in following:
            old, new = one.follows, one.stored
            assert old is not None and new is not None and one.valid_from is not None
            old.valid_to = one.valid_from - timedelta(days=1)
            Region.objects.filter(pk=old.pk).update(valid_to=old.valid_to)
            RegionSuccession.objects.get_or_create(
                predecessor=old, successor=new, defaults={"on": one.valid_from, "note": self.filename[:200]}
            )
            Region.objects.filter(parent=old).exclude(pk=new.pk).update(parent=new)
            merging.repoint(old, new)
            copy_boundary(old, new)
        return bool(following)
