"""People and their posts from lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.importers.base import Change, TableImport, first_day, last_day
from lantian.apps.core.models import Organisation, OrganisationAlias, Person, Post
from lantian.office.sheets import Column, Record


@dataclass
class _Wanted:
    row: int
    name: str
    organisation: Organisation
    mobile: str | None
    email: str | None
    left_on: Any
    post: dict[str, Any] | None
    stored: Person | None = None
    stored_post: Post | None = None
    values: dict[str, Any] | None = None


class ImportPeople(TableImport):
    """Bring a list of people into the register; somebody known by name and organisation is updated."""

    code = "core.person.import"
    permission = "core.person.manage"
    subject_label = _("People")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", ("姓名", "名字", "name"), required=True),
        Column(
            "organisation",
            ("单位", "所属单位", "工作单位", "部门", "单位名称", "单位代码", "organisation"),
            required=True,
        ),
        Column("post", ("职务", "岗位", "post", "title")),
        Column("mobile", ("手机", "手机号", "手机号码", "联系电话", "电话", "mobile")),
        Column("email", ("邮箱", "电子邮箱", "电子邮件", "email")),
        Column("is_head", ("主要负责人", "负责人", "is_head"), "flag"),
        Column("is_contact", ("联系人", "联络员", "is_contact"), "flag"),
        Column("since", ("任职日期", "任职时间", "since"), "date"),
        Column("left_on", ("离任日期", "离职日期", "left_on"), "date"),
    )
    template_columns = (
        "name",
        "organisation",
        "post",
        "mobile",
        "email",
        "is_head",
        "is_contact",
        "since",
        "left_on",
    )
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("（示例）张三", "晴川市生态环境局", "局长", "13800000000", "", "是", "否", "2024-01-01", ""),
    )

    def read(self) -> None:
        """Find each row's organisation, person and post."""
        records = self.read_list()
        rows = list(
            self.actor.rows(Organisation.objects.all(), "core.organisation.view").filter(
                merged_into__isnull=True
            )
        )
        by_key = {row.pk: row for row in rows}
        self.by_text: dict[str, set[int]] = {}
        for row in rows:
            for text in {row.code, row.name, row.short_name} - {""}:
                self.by_text.setdefault(text, set()).add(row.pk)
        for key, name in OrganisationAlias.objects.values_list("organisation_id", "name"):
            if key in by_key:
                self.by_text.setdefault(name, set()).add(key)
        self.organisations = by_key
        self.people: dict[tuple[str, int], list[Person]] = {}
        for person in self.actor.rows(Person.objects.all(), self.permission).filter(left_on__isnull=True):
            if person.organisation_id:
                self.people.setdefault((person.name, person.organisation_id), []).append(person)
        self.posts: dict[tuple[int, str], Post] = {}
        for post in Post.objects.filter(person__isnull=False, valid_to__isnull=True):
            self.posts[(post.person_id or 0, post.title)] = post
        self.wanted: list[_Wanted] = []
        self.taken: dict[tuple[str, int, str], int] = {}
        for record in records.rows:
            self._take(record)
        for one in self.wanted:
            self._compare(one)

    def _take(self, record: Record) -> None:
        given = record.values
        name, text = given["name"], given["organisation"]
        keys = self.by_text.get(text, set())
        if len(keys) != 1:
            message = (
                __(
                    "There is no organisation “%(text)s” that you may see. Correct the name or import it first."
                )
                if not keys
                else __("There are several organisations called “%(text)s”. Write the code of the right one.")
            )
            self.wrong(record.row, "organisation", "organisation_unknown", message, text=text)
            return
        if len(name) > 60:
            self.wrong(
                record.row, "name", "name_long", __("The name is longer than %(limit)d characters."), limit=60
            )
            return
        mobile = re.sub(r"[\s-]", "", given.get("mobile") or "") if self.has("mobile") else None
        if mobile and not re.fullmatch(r"\+?\d{5,19}", mobile):
            self.wrong(
                record.row,
                "mobile",
                "mobile_bad",
                __("“%(text)s” is no telephone number. Write figures only."),
                text=mobile[:40],
            )
            return
        email = given.get("email") or "" if self.has("email") else None
        if email:
            try:
                validate_email(email)
            except ValidationError:
                self.wrong(
                    record.row, "email", "email_bad", __("“%(text)s” is no e-mail address."), text=email[:40]
                )
                return
        organisation = self.organisations[keys.copy().pop()]
        post = None
        if given.get("post"):
            if len(given["post"]) > 60:
                self.wrong(
                    record.row, "post", "too_long", __("This is longer than %(limit)d characters."), limit=60
                )
                return
            post = {"title": given["post"]}
            for key in ("is_head", "is_contact"):
                if self.has(key):
                    post[key] = bool(given.get(key))
            if self.has("since"):
                post["valid_from"] = first_day(given.get("since"))
        one = _Wanted(record.row, name, organisation, mobile, email, last_day(given.get("left_on")), post)
        entry = (name, organisation.pk, mobile or "")
        if entry in self.taken:
            self.report.problem(
                "row_twice",
                __("“%(name)s” stands in row %(row)d already. Remove one of the rows."),
                record.row,
                name=name,
                row=self.taken[entry],
            )
            return
        self.taken[entry] = record.row
        known = self.people.get((name, organisation.pk), [])
        if mobile and len(known) > 1:
            known = [person for person in known if person.mobile == mobile]
        if len(known) > 1:
            self.wrong(
                record.row,
                "name",
                "person_ambiguous",
                __("There are several people called “%(name)s” there. Add the mobile number."),
                name=name,
            )
            return
        one.stored = known[0] if known else None
        self.wanted.append(one)

    def _compare(self, one: _Wanted) -> None:
        values: dict[str, Any] = {}
        if one.mobile is not None:
            values["mobile"] = one.mobile
        if one.email is not None:
            values["email"] = one.email
        if one.left_on is not None:
            values["left_on"] = one.left_on
        label = f"{one.name} ({one.organisation})"
        if one.stored is None:
            one.values = values
            after = {"name": one.name, "organisation": one.organisation.name, **_masked(values)}
            if one.post:
                after["post"] = one.post["title"]
            self.report.changes.append(Change("create", one.row, label, {}, after))
            return
        one.values = {key: value for key, value in values.items() if getattr(one.stored, key) != value}
        before = {key: getattr(one.stored, key) for key in one.values}
        after = dict(one.values)
        if one.post:
            one.stored_post = self.posts.get((one.stored.pk, one.post["title"]))
            if one.stored_post is None:
                after["post"] = one.post["title"]
            else:
                one.post = {k: v for k, v in one.post.items() if getattr(one.stored_post, k) != v}
                before.update({key: getattr(one.stored_post, key) for key in one.post})
                after.update(one.post)
        if after:
            self.report.changes.append(Change("update", one.row, label, _masked(before), _masked(after)))
        else:
            self.report.unchanged += 1

    def write(self) -> None:
        """Write people, then posts."""
        fresh = [one for one in self.wanted if one.stored is None]
        for one in fresh:
            one.stored = Person(name=one.name, organisation=one.organisation, **(one.values or {}))
        Person.objects.bulk_create([one.stored for one in fresh if one.stored], batch_size=500)
        changed = [one for one in self.wanted if one not in fresh and one.values and one.stored]
        for one in changed:
            for key, value in (one.values or {}).items():
                setattr(one.stored, key, value)
        if changed:
            Person.objects.bulk_update(
                [one.stored for one in changed if one.stored], ["mobile", "email", "left_on"], batch_size=200
            )
        Post.objects.bulk_create(
            [
                Post(person=one.stored, organisation=one.organisation, **one.post)
                for one in self.wanted
                if one.post and one.stored_post is None and one.stored
            ],
            batch_size=500,
        )
        for one in self.wanted:
            if one.post and one.stored_post is not None:
                Post.objects.filter(pk=one.stored_post.pk).update(**one.post)
        for one in self.wanted:
            if one.left_on is not None and one.stored is not None:
                Post.objects.filter(person=one.stored, valid_to__isnull=True).update(valid_to=one.left_on)
        keys = [one.stored.pk for one in self.wanted if one.stored is not None]
        mine: set[int] = set()
        for start in range(0, len(keys), 500):
            part = Person.objects.filter(pk__in=keys[start : start + 500])
            mine |= set(self.actor.rows(part, self.permission).values_list("pk", flat=True))
        for one in self.wanted:
            if one.stored is not None and one.stored.pk not in mine:
                self.report.problem(
                    "not_yours",
                    __("“%(name)s” would lie outside of your data scope. Remove the row."),
                    one.row,
                    name=one.name,
                )


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    """Telephone numbers do not go into reports in full."""
    mobile = values.get("mobile")
    return {**values, "mobile": f"{mobile[:3]}****{mobile[-4:]}"} if mobile and len(mobile) > 7 else values
