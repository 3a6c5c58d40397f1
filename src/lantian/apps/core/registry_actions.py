"""Changes of places, organisations, people and posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import merging
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import (
    Notification,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    Region,
    RegionBoundary,
    RegionSuccession,
    User,
)
from lantian.apps.core.models.organisations import AliasKind
from lantian.apps.core.models.regions import CodeKind
from lantian.rules import region_codes as codes


class _Registry(Action[Any]):
    """What the actions of the register share."""

    def save(self, row: models.Model, **values: Any) -> bool:
        """Save; a row below itself is a wrong value, not a crash."""
        try:
            return super().save(row, **values)
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error

    def changed(self, row: models.Model, **values: Any) -> None:
        """Save, and say so where nothing differs."""
        if not self.save(row, **values) and not self._entries:
            self.unchanged = True

    def refuse_stale(self, row: Any, seen: datetime | None) -> None:
        """Refuse a change that was begun before somebody else's was saved."""
        if seen is not None and row.updated_at != seen:
            raise Conflict

    def stay_inside(self, row: models.Model, field: str) -> None:
        """Refuse a change that puts a row outside of the actor's own data scope; ``field`` is what decides it."""
        manager: Any = type(row)._default_manager
        if self.permission and not self.actor.rows(manager.filter(pk=row.pk), self.permission).exists():
            said = __("This would lie outside of your data scope. Choose a parent or organisation within it.")
            raise Invalid(fields={field: said})


# --- regions ---


def open_region(region: Region, on: date) -> bool:
    """Whether a place exists on a day."""
    return (region.valid_from is None or region.valid_from <= on) and (
        region.valid_to is None or region.valid_to >= on
    )


def copy_boundary(old: Region, new: Region) -> None:
    """A place that goes on under another name keeps its outline; the old entry keeps it too."""
    boundary = RegionBoundary.objects.filter(region=old).first()
    if boundary is not None and not RegionBoundary.objects.filter(region=new).exists():
        boundary.pk, boundary.region = None, new
        boundary._state.adding = True
        boundary.save()


class _OnRegion(_Registry):
    """An action on a place; the day of a change lies within its time."""

    permission = "core.region.manage"
    needs_reason = True

    def __init__(self, actor: Actor, region: Region, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.region = region

    def subject(self) -> Region:
        """The place."""
        return self.region

    def check(self) -> None:
        """Ask for the right over this place."""
        super().check()
        self.check_row(self.region)

    def refuse_day(self, on: date, region: Region | None = None) -> None:
        """Refuse a day on which the place does not exist, or on which it begins."""
        region = region or self.region
        if not open_region(region, on - timedelta(days=1)):
            raise Invalid(
                fields={
                    "on": __("“%(name)s” does not exist on the day before. Choose a day within its time.")
                    % {"name": region.name}
                }
            )

    def succeed(self, old: Region, new: Region, on: date) -> None:
        """Close a place on the day before and note what it became."""
        if old.valid_to is None or old.valid_to >= on:
            self.save(old, valid_to=on - timedelta(days=1))
        RegionSuccession.objects.create(predecessor=old, successor=new, on=on, note=self.reason[:200])

    def hand_over(self, old: Region, new: Region) -> dict[str, int]:
        """Move the rows of all rooms from one place to another."""
        return merging.repoint(old, new)

    def adopt(self, children: Any, parent: Region) -> int:
        """Put places below another one."""
        count = 0
        for child in children:
            child.parent = parent
            child.save()
            count += 1
        return count


def region_values(code: str, level: str, code_kind: str = "") -> dict[str, Any]:
    """A code in its usual form, with level and kind checked against it.

    Raises
    ------
    Invalid
        If code and level contradict each other.
    """
    plain = codes.canonical(code)
    said = codes.level_of(plain)
    if not plain:
        raise Invalid(fields={"code": __("Fill in a code.")})
    if plain.isdigit() and said is None:
        raise Invalid(
            fields={
                "code": __("“%(code)s” is no code of 2, 4, 6, 9 or 12 figures. Correct it.") % {"code": code}
            }
        )
    if said is not None and said != level:
        raise Invalid(fields={"level": __("The code %(code)s is of another level.") % {"code": plain}})
    kind = code_kind or (CodeKind.LOCAL if codes.is_local(plain) else CodeKind.STATUTORY)
    if said is None and kind == CodeKind.STATUTORY:
        raise Invalid(
            fields={"code_kind": __("A national code has 6, 9 or 12 figures; this one is a local code.")}
        )
    return {"code": plain, "level": level, "code_kind": kind}


def check_parent(parent: Region | None, level: str) -> None:
    """Refuse a parent that is not above a level."""
    if parent is None:
        if level != "province":
            raise Invalid(fields={"parent": __("Only a province stands without a parent. Choose one.")})
        return
    if codes.LEVELS.index(parent.level) >= codes.LEVELS.index(level):
        raise Invalid(
            fields={
                "parent": __("“%(name)s” is of the same or a lower level. Choose a place above.")
                % {"name": parent.name}
            }
        )


class CreateRegion(_Registry):
    """Add a place."""

    code = "core.region.create"
    permission = "core.region.manage"

    def __init__(self, actor: Actor, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.values = values

    def validate(self) -> None:
        """Check code, level and parent against each other."""
        super().validate()
        coded = region_values(
            self.values.get("code", ""), self.values.get("level", ""), self.values.get("code_kind", "")
        )
        check_parent(self.values.get("parent"), coded["level"])
        self.values.update(coded)
        known = Region.objects.filter(code=coded["code"])
        start = self.values.get("valid_from")
        if known.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=start or date.min)).exists():
            raise Invalid(
                fields={"code": __("The code %(code)s is in use at that time.") % {"code": coded["code"]}}
            )

    def perform(self) -> Region:
        """Save it."""
        region = Region()
        self.save(region, **self.values)
        return region


class ChangeRegion(_OnRegion):
    """Correct what is written about a place; a change in time is a rename, a split or a merger."""

    code = "core.region.change"

    def __init__(self, actor: Actor, region: Region, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, region, reason=reason)
        self.values = values

    def validate(self) -> None:
        """Check code, level and parent against each other."""
        super().validate()
        level = self.values.get("level", self.region.level)
        coded = region_values(
            self.values.get("code", self.region.code),
            level,
            self.values.get("code_kind", self.region.code_kind),
        )
        # A code that was kept in its short form is not rewritten by a correction of something else.
        if codes.canonical(self.region.code) == coded["code"]:
            coded["code"] = self.region.code
        check_parent(self.values.get("parent", self.region.parent), level)
        self.values.update(coded)

    def perform(self) -> Region:
        """Save it."""
        self.changed(self.region, **self.values)
        return self.region


class CloseRegion(_OnRegion):
    """A place ends without a successor."""

    code = "core.region.close"

    def __init__(self, actor: Actor, region: Region, on: date, *, reason: str = "") -> None:
        super().__init__(actor, region, reason=reason)
        self.on = on

    def validate(self) -> None:
        """Refuse while something open lies in it."""
        super().validate()
        if not open_region(self.region, self.on):
            raise Invalid(fields={"on": __("The place does not exist on this day.")})
        below = self.region.children.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.on))
        if below.exists():
            names = "、".join(below.values_list("name", flat=True)[:5])
            raise Conflict(
                __("Open places lie in it: %(names)s. Close or move them first.") % {"names": names}
            )
        used = self.region.organisations.filter(merged_into__isnull=True).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=self.on)
        )
        if used.exists():
            names = "、".join(used.values_list("name", flat=True)[:5])
            raise Conflict(
                __("Open organisations belong to it: %(names)s. Move or close them first.") % {"names": names}
            )

    def perform(self) -> Region:
        """Set its last day."""
        self.changed(self.region, valid_to=self.on)
        return self.region


class RenameRegion(_OnRegion):
    """From a day on a place has another name, code or parent: the old entry ends, a new one follows it."""

    code = "core.region.rename"

    def __init__(
        self,
        actor: Actor,
        region: Region,
        on: date,
        *,
        name: str,
        short_name: str = "",
        code: str = "",
        parent: Region | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, region, reason=reason)
        self.on, self.name, self.short_name = on, name.strip(), short_name.strip()
        self.new_code = code or region.code
        self.new_parent: Region | None = parent or region.parent  # type: ignore[assignment]

    def validate(self) -> None:
        """Something must differ, on a day within the time of the place."""
        super().validate()
        self.refuse_day(self.on)
        self.coded = region_values(self.new_code, self.region.level, self.region.code_kind)
        if codes.canonical(self.region.code) == self.coded["code"]:
            self.coded["code"] = self.region.code
        check_parent(self.new_parent, self.region.level)
        same = (self.region.name, self.region.code, self.region.parent_id)
        if (self.name, self.coded["code"], self.new_parent.pk if self.new_parent else None) == same:
            raise Invalid(fields={"name": __("Neither name, code nor parent differs from today's.")})

    def perform(self) -> Region:
        """Close the old entry, open the new one, and move what hangs on it."""
        children = list(self.region.children.all())
        new = Region()
        old_end = self.region.valid_to
        self.save(self.region, valid_to=self.on - timedelta(days=1))
        self.save(
            new,
            **self.coded,
            name=self.name,
            short_name=self.short_name,
            parent=self.new_parent,
            valid_from=self.on,
            valid_to=old_end,
        )
        RegionSuccession.objects.create(
            predecessor=self.region, successor=new, on=self.on, note=self.reason[:200]
        )
        moved = self.hand_over(self.region, new)
        copy_boundary(self.region, new)
        count = self.adopt(children, new)
        self.log(new, after={"follows": self.region.pk, "children": count, "moved": moved})
        return new


@dataclass
class RegionPart:
    """One of the places that a place is split into, with the places that go to it."""

    code: str
    name: str
    short_name: str = ""
    children: Sequence[Region] = field(default_factory=list)


class SplitRegion(_OnRegion):
    """A place becomes several; organisations and rights go to one of them, from which they are moved by hand."""

    code = "core.region.split"

    def __init__(
        self,
        actor: Actor,
        region: Region,
        on: date,
        parts: Sequence[RegionPart],
        *,
        heir: int = 0,
        reason: str = "",
    ) -> None:
        super().__init__(actor, region, reason=reason)
        self.on, self.parts, self.heir = on, list(parts), heir

    def validate(self) -> None:
        """Two parts or more, with codes of their own, and a new home for every place below."""
        super().validate()
        self.refuse_day(self.on)
        if len(self.parts) < 2:
            raise Invalid(fields={"parts": __("A split needs two new places or more.")})
        if not 0 <= self.heir < len(self.parts):
            raise Invalid(fields={"heir": __("Choose which of the new places takes the organisations over.")})
        self.coded = [region_values(part.code, self.region.level) for part in self.parts]
        plain = [values["code"] for values in self.coded]
        if len(set(plain)) != len(plain) or any(not part.name.strip() for part in self.parts):
            raise Invalid(fields={"parts": __("Each new place needs a code and a name of its own.")})
        taken = Region.objects.filter(code__in=plain).exclude(pk=self.region.pk)
        taken = taken.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=self.on))
        if taken.exists():
            raise Invalid(
                fields={
                    "parts": __("The code %(code)s is in use at that time.") % {"code": taken.first().code}  # type: ignore[union-attr]
                }
            )
        below = set(
            self.region.children.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=self.on)).values_list(
                "pk", flat=True
            )
        )
        given = [child.pk for part in self.parts for child in part.children]
        if len(given) != len(set(given)) or not set(given) <= below:
            raise Invalid(fields={"parts": __("Each place below goes to one of the new places.")})
        if below - set(given):
            names = "、".join(
                Region.objects.filter(pk__in=below - set(given)).values_list("name", flat=True)[:5]
            )
            raise Invalid(fields={"parts": __("Say where these go: %(names)s.") % {"names": names}})

    def perform(self) -> list[Region]:
        """Close the old place, open the new ones."""
        self.save(self.region, valid_to=self.on - timedelta(days=1))
        made: list[Region] = []
        for part, coded in zip(self.parts, self.coded, strict=True):
            new = Region()
            self.save(
                new,
                **coded,
                name=part.name.strip(),
                short_name=part.short_name.strip(),
                parent=self.region.parent,
                valid_from=self.on,
            )
            RegionSuccession.objects.create(
                predecessor=self.region, successor=new, on=self.on, note=self.reason[:200]
            )
            self.adopt(part.children, new)
            made.append(new)
        moved = self.hand_over(self.region, made[self.heir])
        self.log(self.region, after={"became": [new.pk for new in made], "moved": moved})
        return made


class MergeRegions(_Registry):
    """Several places become one, which may be one of them or a new one."""

    code = "core.region.merge"
    permission = "core.region.manage"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        regions: Sequence[Region],
        on: date,
        *,
        into: Region | None = None,
        name: str = "",
        code: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.regions, self.on, self.into = list(regions), on, into
        self.name, self.new_code = name.strip(), code

    def subject(self) -> Region | None:
        """The first of the places."""
        return self.regions[0] if self.regions else None

    def check(self) -> None:
        """Ask for the right over each place."""
        super().check()
        for region in [*self.regions, *([self.into] if self.into else [])]:
            self.check_row(region)

    def validate(self) -> None:
        """Places of one level that exist on the day before, and somewhere for them to go."""
        super().validate()
        others = [region for region in self.regions if self.into is None or region.pk != self.into.pk]
        everyone = [*others, *([self.into] if self.into else [])]
        if not others or len(everyone) < 2 or len({region.pk for region in others}) != len(others):
            raise Invalid(fields={"regions": __("A merger needs two different places or more.")})
        if len({region.level for region in everyone}) != 1:
            raise Invalid(fields={"regions": __("Only places of one level can be merged.")})
        for region in everyone:
            if not open_region(region, self.on - timedelta(days=1)):
                raise Invalid(
                    fields={"on": __("“%(name)s” does not exist on the day before.") % {"name": region.name}}
                )
        self.others = others
        if self.into is None:
            if not self.name:
                raise Invalid(fields={"name": __("Give the new place a name, or choose one that goes on.")})
            self.coded = region_values(self.new_code, self.regions[0].level)
            ending = [region.pk for region in others]
            taken = Region.objects.filter(code=self.coded["code"]).exclude(pk__in=ending)
            if taken.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=self.on)).exists():
                raise Invalid(
                    fields={
                        "code": __("The code %(code)s is in use at that time.") % {"code": self.coded["code"]}
                    }
                )

    def perform(self) -> Region:
        """Close those that end and move what hangs on them."""
        for region in self.others:
            self.save(region, valid_to=self.on - timedelta(days=1))
        into = self.into
        if into is None:
            into = Region()
            self.save(into, **self.coded, name=self.name, parent=self.regions[0].parent, valid_from=self.on)
        moved: dict[str, int] = {}
        for region in self.others:
            RegionSuccession.objects.create(
                predecessor=region, successor=into, on=self.on, note=self.reason[:200]
            )
            for key, count in merging.repoint(region, into).items():
                moved[key] = moved.get(key, 0) + count
            for child in region.children.all():
                child.parent = into
                child.save()
        self.log(into, after={"absorbed": [region.pk for region in self.others], "moved": moved})
        return into


# --- organisations ---


class _OnOrganisation(_Registry):
    """An action on an organisation within the actor's data scope."""

    permission = "core.organisation.manage"

    def __init__(self, actor: Actor, organisation: Organisation, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.organisation = organisation

    def subject(self) -> Organisation:
        """The organisation."""
        return self.organisation

    def check(self) -> None:
        """Ask for the right over this organisation."""
        super().check()
        self.check_row(self.organisation)

    def refuse_foreign(self, organisation: Organisation | None, name: str) -> None:
        """Refuse an organisation outside of the scope as a value of a field."""
        if organisation is None:
            return
        rows = self.actor.rows(Organisation.objects.filter(pk=organisation.pk), self.permission or "")
        if not rows.exists():
            raise Invalid(fields={name: __("This organisation is outside of your data scope.")})
        if organisation.merged_into_id is not None:
            raise Invalid(
                fields={name: __("“%(name)s” has been merged into another.") % {"name": organisation.name}}
            )


class CreateOrganisation(_Registry):
    """Add an organisation."""

    code = "core.organisation.create"
    permission = "core.organisation.manage"

    def __init__(
        self, actor: Actor, *, aliases: Sequence[tuple[str, str]] = (), reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, reason=reason)
        self.values, self.aliases = values, list(aliases)

    def validate(self) -> None:
        """The parent must be one of the actor's own."""
        super().validate()
        parent = self.values.get("parent")
        if parent is not None:
            if not self.actor.rows(Organisation.objects.filter(pk=parent.pk), self.permission).exists():
                raise Invalid(fields={"parent": __("This organisation is outside of your data scope.")})
            if parent.merged_into_id is not None:
                raise Invalid(
                    fields={"parent": __("“%(name)s” has been merged into another.") % {"name": parent.name}}
                )

    def perform(self) -> Organisation:
        """Save it with its other names."""
        organisation = Organisation()
        self.save(organisation, **self.values)
        self.stay_inside(organisation, "parent")
        OrganisationAlias.objects.bulk_create(
            [
                OrganisationAlias(organisation=organisation, name=name, kind=kind)
                for name, kind in self.aliases
            ]
        )
        return organisation


class ChangeOrganisation(_OnOrganisation):
    """Change what is written about an organisation; a new name keeps the old one as a former name."""

    code = "core.organisation.change"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        organisation: Organisation,
        *,
        keep_former_name: bool = True,
        seen: datetime | None = None,
        reason: str = "",
        **values: Any,
    ) -> None:
        super().__init__(actor, organisation, reason=reason)
        self.values, self.keep_former_name, self.seen = values, keep_former_name, seen

    def validate(self) -> None:
        """Refuse what somebody else has changed, and parents of others."""
        super().validate()
        self.refuse_stale(self.organisation, self.seen)
        if "parent" in self.values and self.values["parent"] != self.organisation.parent:
            self.refuse_foreign(self.values["parent"], "parent")

    def perform(self) -> Organisation:
        """Save it."""
        old = self.organisation.name
        self.changed(self.organisation, **self.values)
        if self.keep_former_name and old != self.organisation.name:
            OrganisationAlias.objects.get_or_create(
                organisation=self.organisation, name=old, defaults={"kind": AliasKind.FORMER}
            )
        self.stay_inside(self.organisation, "parent")
        return self.organisation


class MoveOrganisation(ChangeOrganisation):
    """Put an organisation below another one."""

    code = "core.organisation.move"

    def __init__(
        self, actor: Actor, organisation: Organisation, parent: Organisation | None, *, reason: str = ""
    ) -> None:
        super().__init__(actor, organisation, parent=parent, reason=reason)


class MergeOrganisation(_OnOrganisation):
    """One organisation becomes part of another, which takes over names, people, accounts and the rows of all rooms."""

    code = "core.organisation.merge"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        organisation: Organisation,
        target: Organisation,
        *,
        on: date | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, organisation, reason=reason)
        self.target, self.on = target, on or campaign_today()

    def check(self) -> None:
        """Ask for the right over both."""
        super().check()
        self.check_row(self.target)

    def validate(self) -> None:
        """Refuse mergers into itself and with what has been merged already."""
        super().validate()
        if self.target.pk == self.organisation.pk:
            raise Invalid(fields={"target": __("An organisation cannot be merged into itself.")})
        if self.organisation.merged_into_id is not None:
            raise Conflict(_("This organisation has been merged already."))
        if self.target.merged_into_id is not None:
            raise Invalid(
                fields={"target": __("“%(name)s” has been merged into another.") % {"name": self.target.name}}
            )
        if self.organisation.valid_from is not None and self.on < self.organisation.valid_from:
            raise Invalid(fields={"on": __("The day lies before the organisation began.")})

    def perform(self) -> Organisation:
        """Move everything, then mark the row."""
        source, target = self.organisation, self.target
        if target.path.startswith(source.path):
            self.save(target, parent=source.parent)
        children = list(source.children.exclude(pk=target.pk))
        for child in children:
            child.parent = target
            child.save()
        moved = merging.repoint(source, target)
        for name in {source.name, source.short_name} - {"", target.name, target.short_name}:
            OrganisationAlias.objects.get_or_create(
                organisation=target, name=name, defaults={"kind": AliasKind.FORMER, "valid_to": self.on}
            )
        self.save(source, merged_into=target, valid_to=self.on)
        self.log(target, after={"absorbed": source.name, "children": len(children), "moved": moved})
        return target


class CloseOrganisation(_OnOrganisation):
    """An organisation ends."""

    code = "core.organisation.close"
    needs_reason = True

    def __init__(self, actor: Actor, organisation: Organisation, on: date, *, reason: str = "") -> None:
        super().__init__(actor, organisation, reason=reason)
        self.on = on

    def validate(self) -> None:
        """Refuse while open organisations or active accounts hang on it."""
        super().validate()
        if self.organisation.valid_from is not None and self.on < self.organisation.valid_from:
            raise Invalid(fields={"on": __("The day lies before the organisation began.")})
        below = self.organisation.children.filter(merged_into__isnull=True).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=self.on)
        )
        if below.exists():
            names = "、".join(below.values_list("name", flat=True)[:5])
            raise Conflict(
                __("Open organisations stand below it: %(names)s. Close or move them first.")
                % {"names": names}
            )
        accounts = User.objects.filter(organisation=self.organisation, is_active=True)
        if accounts.exists():
            raise Conflict(
                __("%(count)d active accounts belong to it. Disable or move them first.")
                % {"count": accounts.count()}
            )

    def perform(self) -> Organisation:
        """Set its last day and end its posts."""
        self.changed(self.organisation, valid_to=self.on)
        ended = Post.objects.filter(organisation=self.organisation, valid_to__isnull=True).update(
            valid_to=self.on
        )
        if ended:
            self.log(self.organisation, after={"posts_ended": ended})
        return self.organisation


class AddAlias(_OnOrganisation):
    """Give an organisation another name under which documents know it."""

    code = "core.organisation.alias_add"

    def __init__(
        self,
        actor: Actor,
        organisation: Organisation,
        name: str,
        kind: str = AliasKind.OTHER,
        *,
        reason: str = "",
    ) -> None:
        super().__init__(actor, organisation, reason=reason)
        self.name, self.kind = name.strip(), kind

    def perform(self) -> OrganisationAlias:
        """Save it."""
        alias = OrganisationAlias(organisation=self.organisation, name=self.name, kind=self.kind)
        try:
            alias.full_clean()
        except ValidationError as error:
            fields = error.message_dict
            if "__all__" in fields:
                fields = {"name": [__("The organisation has this name already.")]}
            raise Invalid(fields=fields) from error
        alias.save()
        self.log(self.organisation, after={"alias": self.name, "kind": self.kind})
        return alias


class RemoveAlias(_OnOrganisation):
    """Take another name away."""

    code = "core.organisation.alias_remove"

    def __init__(self, actor: Actor, alias: OrganisationAlias, *, reason: str = "") -> None:
        super().__init__(actor, alias.organisation, reason=reason)
        self.alias = alias

    def perform(self) -> Organisation:
        """Delete it; the log keeps it."""
        self.log(self.organisation, before={"alias": self.alias.name, "kind": self.alias.kind}, after={})
        self.alias.delete()
        return self.organisation


# --- people and posts ---


class _OnPerson(_Registry):
    """An action on a person within the actor's data scope."""

    permission = "core.person.manage"

    def __init__(self, actor: Actor, person: Person, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.person = person

    def subject(self) -> Person:
        """The person."""
        return self.person

    def check(self) -> None:
        """Ask for the right over this person."""
        super().check()
        self.check_row(self.person)


def usable_organisation(actor: Actor, organisation: Organisation | None, name: str = "organisation") -> None:
    """Refuse organisations that the actor does not see or that have ended.

    Raises
    ------
    Invalid
        At the field ``name``.
    """
    if organisation is None:
        return
    seen = actor.rows(Organisation.objects.filter(pk=organisation.pk), "core.organisation.view")
    if not seen.exists():
        raise Invalid(fields={name: __("This organisation is outside of your data scope.")})
    if organisation.merged_into_id is not None:
        raise Invalid(
            fields={name: __("“%(name)s” has been merged into another.") % {"name": organisation.name}}
        )


class CreatePerson(_Registry):
    """Add somebody."""

    code = "core.person.create"
    permission = "core.person.manage"

    def __init__(self, actor: Actor, *, post: str = "", reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.values, self.post = values, post.strip()

    def validate(self) -> None:
        """The organisation must be visible."""
        super().validate()
        usable_organisation(self.actor, self.values.get("organisation"))
        if self.post and self.values.get("organisation") is None:
            raise Invalid(fields={"post": __("A post needs an organisation.")})

    def perform(self) -> Person:
        """Save it."""
        person = Person()
        self.save(person, **self.values)
        self.stay_inside(person, "organisation")
        if self.post:
            self.save(Post(), organisation=person.organisation, title=self.post, person=person)
        return person


class ChangePerson(_OnPerson):
    """Change what is written about somebody."""

    code = "core.person.change"

    def __init__(
        self, actor: Actor, person: Person, *, seen: datetime | None = None, reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, person, reason=reason)
        self.values, self.seen = values, seen

    def validate(self) -> None:
        """Refuse what somebody else has changed."""
        super().validate()
        self.refuse_stale(self.person, self.seen)
        if self.values.get("organisation") != self.person.organisation:
            usable_organisation(self.actor, self.values.get("organisation"))

    def perform(self) -> Person:
        """Save it."""
        self.changed(self.person, **self.values)
        self.stay_inside(self.person, "organisation")
        return self.person


class LeavePerson(_OnPerson):
    """Somebody leaves: open posts end on that day. An account is disabled by who keeps the accounts."""

    code = "core.person.leave"

    def __init__(self, actor: Actor, person: Person, on: date, *, reason: str = "") -> None:
        super().__init__(actor, person, reason=reason)
        self.on = on

    def perform(self) -> Person:
        """Set the day and end the posts."""
        self.changed(self.person, left_on=self.on)
        for post in self.person.posts.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.on)):
            start = post.valid_from
            self.save(post, valid_to=self.on if start is None or start <= self.on else start)
        return self.person


class AssignPost(_OnPerson):
    """Give somebody a post in an organisation."""

    code = "core.post.assign"

    def __init__(self, actor: Actor, person: Person, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, person, reason=reason)
        self.values = values

    def validate(self) -> None:
        """The organisation must be visible and the person there."""
        super().validate()
        usable_organisation(self.actor, self.values.get("organisation"))
        if self.person.left_on is not None:
            raise Conflict(_("This person has left. Take the day of leaving away first."))

    def perform(self) -> Post:
        """Save it."""
        post = Post()
        self.save(post, person=self.person, **self.values)
        return post


class EndPost(_OnPerson):
    """A post ends."""

    code = "core.post.end"

    def __init__(self, actor: Actor, post: Post, on: date, *, reason: str = "") -> None:
        if post.person is None:
            raise Invalid(_("Nobody holds this post."))
        super().__init__(actor, post.person, reason=reason)
        self.post, self.on = post, on

    def validate(self) -> None:
        """The day may not lie before the post began."""
        super().validate()
        if self.post.valid_from is not None and self.on < self.post.valid_from:
            raise Invalid(fields={"on": __("The day lies before the post began.")})

    def perform(self) -> Post:
        """Set its last day."""
        self.changed(self.post, valid_to=self.on)
        return self.post


# --- notices ---


def mark_read(user: User, keys: Sequence[int] | None = None) -> int:
    """Mark one's own messages as read, all of them without keys; this is no change of state that a log keeps."""
    rows = Notification.objects.filter(recipient=user, read_at__isnull=True)
    if keys is not None:
        rows = rows.filter(pk__in=list(keys))
    return rows.update(read_at=timezone.now())
