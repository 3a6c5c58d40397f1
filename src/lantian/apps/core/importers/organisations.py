"""Organisations from lists: with parent, place, other and former names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.importers.base import Change, TableImport, first_day, last_day
from lantian.apps.core.models import Organisation, OrganisationAlias, Region
from lantian.apps.core.models.organisations import AliasKind, OrganisationKind
from lantian.apps.core.trees import fill_empty_paths, rebuild_paths
from lantian.office.sheets import Column, Record
from lantian.rules import region_codes as codes

KINDS = {
    "政府": OrganisationKind.GOVERNMENT,
    "人民政府": OrganisationKind.GOVERNMENT,
    "government": OrganisationKind.GOVERNMENT,
    "攻坚办": OrganisationKind.OFFICE,
    "办公室": OrganisationKind.OFFICE,
    "office": OrganisationKind.OFFICE,
    "部门": OrganisationKind.DEPARTMENT,
    "委办局": OrganisationKind.DEPARTMENT,
    "department": OrganisationKind.DEPARTMENT,
    "乡镇": OrganisationKind.TOWN,
    "乡镇街道": OrganisationKind.TOWN,
    "街道": OrganisationKind.TOWN,
    "town": OrganisationKind.TOWN,
    "管委会": OrganisationKind.COMMITTEE,
    "开发区管委会": OrganisationKind.COMMITTEE,
    "committee": OrganisationKind.COMMITTEE,
    "企业": OrganisationKind.ENTERPRISE,
    "enterprise": OrganisationKind.ENTERPRISE,
    "队伍": OrganisationKind.TEAM,
    "小组": OrganisationKind.TEAM,
    "team": OrganisationKind.TEAM,
    "其他": OrganisationKind.OTHER,
    "other": OrganisationKind.OTHER,
}


@dataclass
class _Wanted:
    row: int
    values: dict[str, Any]
    parent_text: str = ""
    parent: _Wanted | Organisation | None = None
    stored: Organisation | None = None
    changed: list[str] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    new_aliases: list[tuple[str, str]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.values.get('code') or ''} {self.values['name']}".strip()


class ImportOrganisations(TableImport):
    """Bring a list of organisations into the register; one that is known by code or full name is updated."""

    code = "core.organisation.import"
    permission = "core.organisation.manage"
    subject_label = _("Organisations")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("code", ("代码", "机构代码", "单位代码", "编码", "code")),
        Column(
            "name",
            ("名称", "单位名称", "机构名称", "组织名称", "部门名称", "全称", "单位", "name"),
            required=True,
        ),
        Column("short_name", ("简称", "单位简称", "short_name", "shortname")),
        Column("aliases", ("别名", "其他名称", "aliases"), "list"),
        Column("former", ("曾用名", "原名称", "former", "former_names"), "list"),
        Column("parent", ("上级", "上级单位", "上级名称", "上级代码", "主管单位", "parent", "parent_code")),
        Column(
            "region", ("行政区划", "区划", "所属区划", "区划代码", "地区", "所在地", "region", "region_code")
        ),
        Column("kind", ("类型", "性质", "单位类型", "单位性质", "kind"), "choice", choices=KINDS),
        Column("valid_from", ("成立日期", "启用日期", "生效日期", "有效期起", "valid_from"), "date"),
        Column("valid_to", ("撤销日期", "停用日期", "失效日期", "有效期止", "valid_to"), "date"),
        Column("order", ("排序", "序号", "显示顺序", "order"), "integer"),
    )
    template_columns = (
        "code",
        "name",
        "short_name",
        "aliases",
        "former",
        "parent",
        "region",
        "kind",
        "valid_from",
        "valid_to",
        "order",
    )
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        (
            "QC001",
            "晴川市生态环境局",
            "市生态环境局",
            "",
            "晴川市环境保护局、市环保局",
            "",
            "990100",
            "部门",
            "",
            "",
            "1",
        ),
        (
            "",
            "晴川市生态环境局云山分局",
            "云山分局",
            "",
            "",
            "晴川市生态环境局",
            "云山区",
            "部门",
            "",
            "",
            "2",
        ),
    )

    def read(self) -> None:
        """Find each row's organisation, parent and place."""
        records = self.read_list()
        self.progress(1, 3, __("Comparing"))
        rows = list(Organisation.objects.order_by("pk"))
        self.stored_by_key = {row.pk: row for row in rows}
        self.by_code = {row.code: row for row in rows if row.code}
        self.by_name: dict[str, list[Organisation]] = {}
        for row in rows:
            if row.merged_into_id is None:
                for name in {row.name, row.short_name} - {""}:
                    self.by_name.setdefault(name, []).append(row)
        self.known_aliases: dict[int, set[str]] = {}
        for key, name in OrganisationAlias.objects.values_list("organisation_id", "name"):
            self.known_aliases.setdefault(key, set()).add(name)
        self.allowed = set(
            self.actor.rows(Organisation.objects.all(), self.permission).values_list("pk", flat=True)
        )
        self._load_regions(records.rows)
        self.wanted: list[_Wanted] = []
        self.file_by_name: dict[str, list[_Wanted]] = {}
        self.file_by_code: dict[str, _Wanted] = {}
        for record in records.rows:
            self._take(record)
        for one in self.wanted:
            self._find_parent(one)
        self._refuse_circles()
        for one in self.wanted:
            self._compare(one)

    def _load_regions(self, records: Any) -> None:
        texts = {str(record.values.get("region") or "") for record in records} - {""}
        self.region_by_text: dict[str, list[Region]] = {}
        if not texts:
            return
        regions = Region.objects.filter(valid_to__isnull=True).only(
            "pk", "code", "name", "short_name", "path"
        )
        by_code: dict[str, list[Region]] = {}
        by_name: dict[str, list[Region]] = {}
        by_key: dict[int, Region] = {}
        for region in regions:
            by_key[region.pk] = region
            by_code.setdefault(codes.canonical(region.code), []).append(region)
            for name in {region.name, region.short_name} - {""}:
                by_name.setdefault(name, []).append(region)
        for text in texts:
            found = by_code.get(codes.canonical(text)) or by_name.get(text)
            if found is None:  # 晴川市云山区: the last name within the ones before
                found = [
                    region
                    for name, several in by_name.items()
                    if len(name) > 1 and text.endswith(name)
                    for region in several
                    if "".join(
                        by_key[int(key)].name for key in region.path.split("/") if key and int(key) in by_key
                    ).endswith(text)
                ]
            self.region_by_text[text] = found

    def _take(self, record: Record) -> None:
        given = record.values
        name = given["name"]
        if len(name) > 120:
            self.wrong(
                record.row,
                "name",
                "name_long",
                __("The name is longer than %(limit)d characters."),
                limit=120,
            )
            return
        values: dict[str, Any] = {"name": name}
        for key, limit in (("code", 32), ("short_name", 60)):
            if self.has(key):
                values[key] = given.get(key) or ""
                if len(values[key]) > limit:
                    self.wrong(
                        record.row,
                        key,
                        "too_long",
                        __("This is longer than %(limit)d characters."),
                        limit=limit,
                    )
                    return
        if given.get("kind"):
            values["kind"] = given["kind"]
        if self.has("valid_from"):
            values["valid_from"] = first_day(given.get("valid_from"))
        if self.has("valid_to"):
            values["valid_to"] = last_day(given.get("valid_to"))
        start, end = values.get("valid_from"), values.get("valid_to")
        if start and end and end < start:
            self.wrong(record.row, "valid_to", "runs_backward", __("The last day lies before the first."))
            return
        if given.get("order") is not None:
            if not 0 <= given["order"] < 2**31:
                self.wrong(record.row, "order", "not_a_number", __("The order is a whole number from 0."))
                return
            values["order"] = given["order"]
        if self.has("region"):
            text = given.get("region") or ""
            found = self.region_by_text.get(text, []) if text else []
            if text and len(found) != 1:
                message = (
                    __("There is no place “%(text)s” in the register. Import it first or correct the text.")
                    if not found
                    else __("There are several places called “%(text)s”. Write the code of the right one.")
                )
                self.wrong(record.row, "region", "region_unknown", message, text=text)
                return
            values["region_id"] = found[0].pk if found else None
        one = _Wanted(record.row, values, str(given.get("parent") or ""))
        one.aliases = [(text[:120], AliasKind.OTHER) for text in given.get("aliases") or []]
        one.aliases += [(text[:120], AliasKind.FORMER) for text in given.get("former") or []]
        if not self._find_stored(one):
            return
        self.wanted.append(one)
        self.file_by_name.setdefault(name, []).append(one)
        if values.get("short_name"):
            self.file_by_name.setdefault(values["short_name"], []).append(one)

    def _find_stored(self, one: _Wanted) -> bool:
        code = one.values.get("code")
        if code:
            if code in self.file_by_code:
                self.wrong(
                    one.row,
                    "code",
                    "row_twice",
                    __("The code %(code)s stands in row %(row)d already. Remove one of the rows."),
                    code=code,
                    row=self.file_by_code[code].row,
                )
                return False
            self.file_by_code[code] = one
            one.stored = self.by_code.get(code)
        if one.stored is None:
            same = [
                row
                for row in self.by_name.get(one.values["name"], [])
                if row.name == one.values["name"]
                and (not code or not row.code)
                and (one.values.get("region_id") is None or row.region_id in {None, one.values["region_id"]})
            ]
            if len(same) > 1:
                self.wrong(
                    one.row,
                    "name",
                    "name_ambiguous",
                    __("There are several organisations called “%(name)s”. Add the code or the place."),
                    name=one.values["name"],
                )
                return False
            one.stored = same[0] if same else None
        if one.stored is not None and one.stored.merged_into_id is not None:
            self.report.problem(
                "merged",
                __("“%(name)s” has been merged into another organisation. Remove the row."),
                one.row,
                name=one.values["name"],
            )
            return False
        if one.stored is not None and one.stored.pk not in self.allowed:
            self.report.problem(
                "not_yours",
                __("“%(name)s” is outside of your data scope. Remove the row."),
                one.row,
                name=one.values["name"],
            )
            return False
        for other in self.wanted:
            if one.stored is not None and other.stored is one.stored:
                self.report.problem(
                    "row_twice",
                    __("“%(name)s” stands in row %(row)d already. Remove one of the rows."),
                    one.row,
                    name=one.values["name"],
                    row=other.row,
                )
                return False
        if not code and one.stored is None:
            region = one.values.get("region_id")
            for other in self.file_by_name.get(one.values["name"], []):
                if other.values["name"] == one.values["name"] and other.values.get("region_id") == region:
                    self.report.problem(
                        "row_twice",
                        __("“%(name)s” stands in row %(row)d already. Remove one of the rows."),
                        one.row,
                        name=one.values["name"],
                        row=other.row,
                    )
                    return False
        return True

    def _find_parent(self, one: _Wanted) -> None:
        text = one.parent_text
        if not text:
            return
        found: list[Any] = []
        if text in self.file_by_code:
            found = [self.file_by_code[text]]
        elif text in self.by_code:
            found = [self.by_code[text]]
        else:
            in_file = [other for other in self.file_by_name.get(text, []) if other is not one]
            taken = {other.stored.pk for other in in_file if other.stored is not None}
            found = [*in_file, *(row for row in self.by_name.get(text, []) if row.pk not in taken)]
        itself = text in {one.values["name"], one.values.get("short_name"), one.values.get("code")}
        if (
            one in found
            or (itself and not found)
            or any(row is one.stored for row in found if isinstance(row, Organisation))
        ):
            self.wrong(one.row, "parent", "parent_self", __("An organisation cannot stand below itself."))
        elif len(found) == 1:
            one.parent = found[0]
            if isinstance(one.parent, Organisation) and one.parent.pk not in self.allowed:
                self.wrong(
                    one.row,
                    "parent",
                    "not_yours",
                    __("“%(name)s” is outside of your data scope. Choose another parent."),
                    name=text,
                )
        else:
            message = (
                __("There is no organisation “%(text)s” in the file or the register. Add a row for it.")
                if not found
                else __("There are several organisations called “%(text)s”. Write the code of the right one.")
            )
            self.wrong(one.row, "parent", "parent_unknown", message, text=text)

    def _refuse_circles(self) -> None:
        """Follow the parents as they will be; a chain that comes back to its start is an error."""
        in_file = {one.stored.pk: one for one in self.wanted if one.stored is not None}
        for one in self.wanted:
            seen: set[int] = set()
            here: Any = one
            while here is not None:
                if isinstance(here, Organisation):
                    here = in_file.get(here.pk, here)
                if id(here) in seen:
                    self.wrong(
                        one.row, "parent", "parent_circle", __("The parents run in a circle. Correct one.")
                    )
                    break
                seen.add(id(here))
                if isinstance(here, _Wanted):
                    if here.parent is not None or here.parent_text or here.stored is None:
                        here = here.parent
                        continue
                    here = here.stored
                here = self.stored_by_key.get(here.parent_id) if here.parent_id else None

    def _compare(self, one: _Wanted) -> None:
        known = self.known_aliases.get(one.stored.pk, set()) if one.stored is not None else set()
        own = {one.values["name"], one.values.get("short_name")}
        fresh = {text: kind for text, kind in one.aliases if text not in known | own}
        one.new_aliases = list(fresh.items())
        if one.stored is None:
            after = {**one.values, "parent": one.parent_text or None}
            if one.new_aliases:
                after["aliases"] = "、".join(fresh)
            self.report.changes.append(Change("create", one.row, one.label, {}, after))
            return
        before: dict[str, Any] = {}
        after = {}
        for name, value in one.values.items():
            if getattr(one.stored, name) != value and not (name == "code" and not value):
                before[name], after[name] = getattr(one.stored, name), value
                one.changed.append(name)
        if one.parent is not None:
            parent = one.parent if isinstance(one.parent, Organisation) else one.parent.stored
            if parent is None or one.stored.parent_id != parent.pk:
                old = self.stored_by_key.get(one.stored.parent_id or 0)
                before["parent"], after["parent"] = (old.name if old else None), one.parent_text
                one.changed.append("parent")
        if one.new_aliases:
            after["aliases"] = "、".join(fresh)
        if after:
            self.report.changes.append(Change("update", one.row, one.label, before, after))
        else:
            self.report.unchanged += 1

    def write(self) -> None:
        """Create parents before children, update, move, and add names."""
        self.progress(2, 3, __("Writing"))
        waiting = [one for one in self.wanted if one.stored is None]
        created: list[Organisation] = []
        while waiting:
            ready = [
                one for one in waiting if not isinstance(one.parent, _Wanted) or one.parent.stored is not None
            ]
            if not ready:
                self.report.problem(
                    "parent_circle", __("The parents run in a circle. Correct one."), waiting[0].row
                )
                return
            for one in ready:
                one.stored = Organisation(**one.values, parent_id=self._parent_key(one))
            Organisation.objects.bulk_create([one.stored for one in ready if one.stored], batch_size=500)
            created += [one.stored for one in ready if one.stored]
            waiting = [one for one in waiting if one.stored is None]
        changed = [one for one in self.wanted if one.changed and one.stored is not None]
        moved = False
        for one in changed:
            assert one.stored is not None
            for name in one.changed:
                if name == "parent":
                    one.stored.parent_id, moved = self._parent_key(one), True
                else:
                    setattr(one.stored, name, one.values[name])
        if changed:
            Organisation.objects.bulk_update(
                [one.stored for one in changed if one.stored],
                ["code", "name", "short_name", "kind", "region", "valid_from", "valid_to", "order", "parent"],
                batch_size=200,
            )
        fill_empty_paths(Organisation)
        if moved:
            rebuild_paths(Organisation)
        OrganisationAlias.objects.bulk_create(
            [
                OrganisationAlias(organisation=one.stored, name=text, kind=kind)
                for one in self.wanted
                for text, kind in one.new_aliases
            ],
            batch_size=500,
        )
        self._refuse_rows_outside([*created, *(one.stored for one in changed if one.stored)])
        self.progress(3, 3)

    def _parent_key(self, one: _Wanted) -> int | None:
        parent = one.parent.stored if isinstance(one.parent, _Wanted) else one.parent
        return parent.pk if parent is not None else None

    def _refuse_rows_outside(self, rows: list[Organisation]) -> None:
        """What was written must lie within the actor's own data scope; else all of it is taken back."""
        keys = {row.pk for row in rows}
        mine: set[int] = set()
        for start in range(0, len(rows), 500):
            part = [row.pk for row in rows[start : start + 500]]
            mine |= set(
                self.actor.rows(Organisation.objects.filter(pk__in=part), self.permission).values_list(
                    "pk", flat=True
                )
            )
        for one in self.wanted:
            if one.stored is not None and one.stored.pk in keys - mine:
                self.report.problem(
                    "not_yours",
                    __(
                        "“%(name)s” would lie outside of your data scope. Give it a parent or place within it."
                    ),
                    one.row,
                    name=one.values["name"],
                )
