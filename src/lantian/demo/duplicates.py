"""Suspected duplicates of the demo city: found by a search, one merged, one told apart, the others left to be decided."""

from __future__ import annotations

from django.db.models import Q

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import User
from lantian.apps.sources.actions.duplicates import MergeSources, TellApart
from lantian.apps.sources.merging.finding import Scope, search
from lantian.apps.sources.models import DuplicatePair

#: the copies have codes of their own, and two codes keep a pair below 70 %
LIKENESS = 55
MERGED, APART = "晴川彩印公司", "晴川红岩精密铸造厂"


def load() -> None:
    """Search, and decide two of the pairs as the campaign office would."""
    user = User.objects.filter(username="gongjian").first()
    actor = Actor(user, via="web") if user is not None else Actor.system("demo", via="cli")
    search(actor, Scope(kind="enterprise", likeness=LIKENESS))

    def pair_of(name: str) -> DuplicatePair | None:
        rows = DuplicatePair.objects.waiting().filter(Q(first__name=name) | Q(second__name=name))
        return rows.select_related("first", "second").order_by("-score", "pk").first()

    pair = pair_of(MERGED)
    if pair is not None:
        stays = pair.second if pair.first.name == MERGED else pair.first
        reason = "现场核实为同一企业，原表用了旧名称"
        MergeSources(actor, pair, stays, reason=reason).execute()
    pair = pair_of(APART)
    if pair is not None:
        TellApart(actor, pair, reason="分属两家企业，厂区相距两公里").execute()
