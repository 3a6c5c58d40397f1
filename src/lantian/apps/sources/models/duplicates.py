"""Pairs of sources that may be one, and what was done where two were one."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import User
from lantian.apps.sources.choices import PairState
from lantian.apps.sources.models.scope import KeptQuerySet, scopes
from lantian.apps.sources.models.sources import Source


class PairQuerySet(KeptQuerySet):
    """Pairs; only who sees both sources sees the pair."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Pairs of which the account may use both under a permission."""
        first = self.through(scopes("first__"), user, permission)
        return first.through(scopes("second__"), user, permission)

    def waiting(self) -> Self:
        """Pairs that are to be decided: open, and both sources are still there."""
        return self.filter(
            state=PairState.OPEN, first__merged_into__isnull=True, second__merged_into__isnull=True
        )


class DuplicatePair(models.Model):
    """Two sources that may be one, with what speaks for it, and what was decided."""

    #: of the two the one with the smaller key
    first = models.ForeignKey(Source, models.CASCADE, related_name="+", verbose_name=_("One source"))
    second = models.ForeignKey(Source, models.CASCADE, related_name="+", verbose_name=_("The other source"))
    #: between 0 and 1
    score = models.FloatField(_("Likeness"))
    #: list of {code, said, weight}; `said` is a message id with its values, to be told in the reader's language
    reasons = models.JSONField(default=list)
    state = models.CharField(
        _("State"), max_length=8, choices=PairState.choices, default=PairState.OPEN, db_index=True
    )
    #: somebody has named the pair; it was not found by a search, and no search takes it away
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Named by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Decided by"),
    )
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    note = models.CharField(_("Reason"), max_length=500, blank=True)
    found_at = models.DateTimeField(_("Found at"), auto_now_add=True)

    objects = models.Manager.from_queryset(PairQuerySet)()

    class Meta:
        verbose_name = _("Suspected duplicate")
        verbose_name_plural = _("Suspected duplicates")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:duplicate", args=[self.pk])


class MergeQuerySet(KeptQuerySet):
    """Merges; only who sees both sources sees the merge."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Merges of which the account may use both sources under a permission."""
        kept = self.through(scopes("kept__"), user, permission)
        return kept.through(scopes("absorbed__"), user, permission)

    def standing(self) -> Self:
        """Merges that have not been taken back."""
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """A source that became part of another: who said so and why, what moved, and how it can be taken back."""

    kept = models.ForeignKey(Source, models.PROTECT, related_name="merges", verbose_name=_("Stays"))
    absorbed = models.ForeignKey(
        Source, models.PROTECT, related_name="merges_away", verbose_name=_("Becomes part of it")
    )
    pair = models.ForeignKey(DuplicatePair, models.SET_NULL, null=True, blank=True, related_name="merges")
    #: what moved and how it was before, by kinds of rows; see `merging.moving`
    moved = models.JSONField(default=dict)
    #: how both stood right afterwards: unless they still stand so, it cannot be taken back
    after = models.CharField(max_length=64)
    reason = models.CharField(_("Reason"), max_length=500)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Merged by"),
    )
    done_at = models.DateTimeField(_("Merged at"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Taken back by"),
    )
    undone_at = models.DateTimeField(_("Taken back at"), null=True, blank=True)
    undone_because = models.CharField(_("Taken back because"), max_length=500, blank=True)

    objects = models.Manager.from_queryset(MergeQuerySet)()

    class Meta:
        verbose_name = _("Merge of two sources")
        verbose_name_plural = _("Merges of sources")
        ordering = ["-done_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="source_merged_away_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.kept}"
