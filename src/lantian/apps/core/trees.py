"""A tree kept by a path of keys, so that a subtree is one indexed prefix query on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat, Substr
from django.utils.translation import gettext_lazy as _


class TreeNode(models.Model):
    """A row with a parent; ``path`` is ``"/1/5/12/"`` and always ends with the row's own key."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Parent")
    )
    # The index must serve prefix queries; a C-collated index is what LIKE 'x%' needs on PostgreSQL, and Django adds
    # a varchar_pattern_ops index by itself for a db_index CharField.
    path = models.CharField(max_length=255, db_index=True, editable=False, default="")
    depth = models.PositiveSmallIntegerField(editable=False, default=0)

    if TYPE_CHECKING:
        # Django makes this for the foreign key of each model below.
        parent_id: int | None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep the paths of this row and of everything below it."""
        with transaction.atomic():
            old_path = self.path
            if self.pk and self.parent_id and self.parent is not None and old_path:
                if self.parent.path.startswith(old_path):
                    raise ValidationError({"parent": _("A row cannot stand below itself.")})
            super().save(*args, **kwargs)
            base = self.parent.path if self.parent_id and self.parent is not None else "/"
            path = f"{base}{self.pk}/"
            depth = path.count("/") - 2
            if path == old_path and depth == self.depth:
                return
            type(self)._base_manager.filter(pk=self.pk).update(path=path, depth=depth)
            if old_path:
                below = type(self)._base_manager.filter(path__startswith=old_path).exclude(pk=self.pk)
                below.update(
                    path=Concat(Value(path), Substr("path", len(old_path) + 1)),
                    depth=F("depth") + (depth - self.depth),
                )
            self.path, self.depth = path, depth

    def ancestors(self) -> models.QuerySet[Self]:
        """Everything above this row, outermost first."""
        keys = [int(key) for key in self.path.split("/") if key][:-1]
        return type(self)._base_manager.filter(pk__in=keys).order_by("depth")

    def subtree(self) -> models.QuerySet[Self]:
        """This row and everything below it."""
        return type(self)._base_manager.filter(path__startswith=self.path)


def fill_paths(rows: list[Any], model: type[TreeNode]) -> None:
    """Give paths to rows that were created in bulk (parents first) and write them in batches.

    Parameters
    ----------
    rows
        Saved rows without a path; the parent of each either has a path or stands earlier in the list.
    """
    known: dict[int, str] = {}
    parents = {row.parent_id for row in rows if row.parent_id}
    known.update(model._base_manager.filter(pk__in=parents).exclude(path="").values_list("pk", "path"))
    for row in rows:
        row.path = f"{known[row.parent_id] if row.parent_id else '/'}{row.pk}/"
        row.depth = row.path.count("/") - 2
        known[row.pk] = row.path
    model._base_manager.bulk_update(rows, ["path", "depth"], batch_size=500)


def fill_empty_paths(model: type[TreeNode]) -> int:
    """Give paths to all rows that were created in bulk, one statement for each level; returns how many levels.

    Rows below a row that has no path yet wait for the next round, so the order of creation does not matter.
    """
    rows = model._base_manager
    parent = rows.filter(pk=models.OuterRef("parent_id")).order_by()
    own = Concat(Cast("pk", models.CharField()), Value("/"))
    roots = rows.filter(path="", parent__isnull=True).update(path=Concat(Value("/"), own), depth=0)
    levels = 1 if roots else 0
    while True:
        ready = rows.filter(path="", parent__isnull=False).exclude(parent__path="").values("pk")
        keys = list(ready.values_list("pk", flat=True))
        if not keys:
            return levels
        for start in range(0, len(keys), 500):
            rows.filter(pk__in=keys[start : start + 500]).update(
                path=Concat(models.Subquery(parent.values("path")[:1]), own),
                depth=models.Subquery(parent.values("depth")[:1]) + 1,
            )
        levels += 1


def rebuild_paths(model: type[TreeNode]) -> int:
    """Compute all paths from the parents and write those that differ (after rows were moved in bulk).

    Raises
    ------
    ValidationError
        If rows stand below themselves.
    """
    rows = list(model._base_manager.only("pk", "parent_id", "path", "depth").order_by("pk"))
    below: dict[int | None, list[TreeNode]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    changed: list[TreeNode] = []
    stack: list[tuple[TreeNode, str, int]] = [(row, "/", 0) for row in below.get(None, [])]
    seen = 0
    while stack:
        row, base, depth = stack.pop()
        seen += 1
        path = f"{base}{row.pk}/"
        if (row.path, row.depth) != (path, depth):
            row.path, row.depth = path, depth
            changed.append(row)
        stack.extend((child, path, depth + 1) for child in below.get(row.pk, []))
    if seen != len(rows):
        raise ValidationError({"parent": _("A row cannot stand below itself.")})
    model._base_manager.bulk_update(changed, ["path", "depth"], batch_size=200)
    return len(changed)
