"""Amounts of the demo city: what permits allow, and the days that have ended since its monitors began to report."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.permitted import SetPermitted
from lantian.apps.monitoring.amount_sums import keep
from lantian.apps.sources.models import Source, Unit

REASON = "演示数据"
BASIS = "排污许可证（演示数据）"
#: source, outlet (empty: the whole enterprise), pollutant, permitted [t/a]; two of them are so small that the few days of the
#: demo use them up
PERMITTED: tuple[tuple[str, str, str, str], ...] = (
    ("晴川钢铁有限公司", "", "dust", "11"),
    ("晴川钢铁有限公司", "", "so2", "42"),
    ("晴川钢铁有限公司", "", "nox", "120"),
    ("晴川热电有限公司", "", "dust", "10"),
    ("晴川热电有限公司", "", "so2", "46"),
    ("晴川热电有限公司", "", "nox", "88"),
    ("云山水泥有限公司", "", "nox", "85"),
    ("云山水泥有限公司", "", "so2", "0.6"),
    ("泽阳陶瓷集团有限公司", "", "nox", "4.9"),
    ("泽阳陶瓷集团有限公司", "", "so2", "18"),
    ("晴川青原焦化有限公司", "", "nox", "98"),
)


def load(actor: Actor, today: date, now: datetime) -> None:
    """Set what permits allow, and add up the ended days."""
    sources = {row.name: row for row in Source.objects.filter(name__in={name for name, *_rest in PERMITTED})}
    for name, number, factor, tonnes in PERMITTED:
        source = sources[name]
        unit = Unit.objects.filter(source=source, number=number).order_by("pk").first() if number else None
        SetPermitted(
            actor, source, unit=unit, factor=factor, tonnes=Decimal(tonnes), first_year=today.year, basis=BASIS,
            reason=REASON,
        ).execute()  # fmt: skip
    keep(now)


def top_up(now: datetime) -> None:
    """Add up the days that have ended since."""
    keep(now)
