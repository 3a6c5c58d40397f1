"""A tree kept by a path of keys, so that a subtree is one indexed prefix query on every database."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
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
