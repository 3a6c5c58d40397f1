"""For whom somebody may make new sources: told from their facts, before there is a row to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantian.apps.core.actions import Actor
from lantian.apps.core.models.access import DataScope


class Maker:
    """Whether an actor may make a source with these facts, under a permission."""

    def __init__(self, actor: Actor, permission: str) -> None:
        self.free = actor.is_system
        self.rules: list[tuple[str, str, frozenset[int], str]] = []
        user = actor.user
        if user is None or not actor.may(permission):
            return
        home = user.organisation
        for grant in user.active_grants:
            if permission not in grant.role.permissions:
                continue
            region = grant.region.path if grant.region is not None else ""
            if grant.scope == DataScope.ALL:
                self.rules.append(("", region, frozenset(), "all"))
            elif grant.scope == DataScope.CUSTOM:
                keys = frozenset(row.pk for row in grant.organisations.all())
                self.rules.append(("", region, keys, "keys"))
            elif home is not None and grant.scope == DataScope.DEPARTMENT:
                self.rules.append(("", region, frozenset({home.pk}), "keys"))
            elif home is not None and grant.scope == DataScope.DEPARTMENT_AND_BELOW:
                self.rules.append((home.path, region, frozenset(), "below"))

    @property
    def everywhere(self) -> bool:
        """Whether every source is the actor's own."""
        return self.free or any(kind == "all" and not within for _below, within, _keys, kind in self.rules)

    def may(self, source: Mapping[str, Any]) -> bool:
        """Whether a new source with these columns would be the actor's own."""
        if self.free:
            return True
        region = source.get("region")
        holders = [source.get(name) for name in ("department", "town", "operator")]
        for below, within, keys, kind in self.rules:
            if within and (region is None or not region.path.startswith(within)):
                continue
            if kind == "all":
                return True
            if any(
                row is not None and (row.pk in keys if kind == "keys" else row.path.startswith(below))
                for row in holders
            ):
                return True
        return False
