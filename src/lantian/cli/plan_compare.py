"""What ``lantian plan compare`` prints: findings as JSON and as a table for people."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from lantian.cli.text import gettext as _
from lantian.rules.conformity.model import SECTION_SEPARATOR, Finding, Item, Side
from lantian.rules.conformity.reasons import say_all

if TYPE_CHECKING:
    from lantian.office.conformity_report import ReportRow

#: characters of a title in the table
_WIDTH = 44


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The contract of ``--json``: one object for each task of the upper plan, then one for each target."""
    return [
        {
            "upper": _place(finding.upper),
            "lower": [_place(item) for item in finding.lower],
            "status": str(finding.status),
            "deadline": str(finding.deadline),
            "quantity": str(finding.quantity),
            "reason": say_all(finding.reasons, _),
        }
        for finding in findings
    ]


def _place(item: Item) -> dict[str, Any]:
    section = item.section.split(SECTION_SEPARATOR) if item.section else []
    if item.measure is not None:
        return {"target": target_name(item), "section": section, "title": item.title}
    return {"number": item.number, "section": section, "title": item.title}


def target_name(item: Item) -> str:
    """A target in a few words: the place, what is measured, and its value."""
    from lantian.rules.conformity.targets import measure_text

    return measure_text(item.measure) if item.measure is not None else item.title


def table(findings: Sequence[Finding], upper: Side, lower: Side) -> list[str]:
    """Lines for people: a summary, then each finding with its grounds."""
    words = _words()
    tasks = [finding for finding in findings if not finding.is_target]
    targets = [finding for finding in findings if finding.is_target]
    lines = [f"{_('Upper plan')}：{upper.title}", f"{_('Lower plan')}：{lower.title}"]
    for label, group in ((_("Tasks"), tasks), (_("Targets"), targets)):
        counts = Counter(str(finding.status) for finding in group)
        parts = [f"{words[key]} {counts[key]}" for key in ("carried", "partly", "missing", "not_applicable")]
        late = sum(finding.deadline == "later" for finding in group)
        loose = sum(finding.quantity == "looser" for finding in group)
        parts += [f"{words['later']} {late}", f"{words['looser']} {loose}"]
        lines.append(f"{label} {len(group)}：" + "，".join(parts))
    section = ""
    for finding in findings:
        if finding.upper.section != section:
            section = finding.upper.section
            lines += ["", section]
        lines += _lines(finding, words)
    return lines


def _lines(finding: Finding, words: dict[str, str]) -> list[str]:
    item = finding.upper
    name = target_name(item) if finding.is_target else f"{item.number} {item.subtitle or item.title}"
    marks = [words[str(finding.status)]]
    marks += [words[str(finding.deadline)]] if finding.deadline in {"later", "earlier"} else []
    marks += [words[str(finding.quantity)]] if finding.quantity in {"looser", "stricter"} else []
    lines = [f"  [{'、'.join(marks)}] {_shortened(name)}"]
    for below in finding.lower:
        lines.append(f"      → {_shortened(_named(below))}")
    lines.append(f"      {say_all(finding.reasons, _)}")
    return lines


def _words() -> dict[str, str]:
    return {
        "carried": _("Carried"),
        "partly": _("Carried in part"),
        "missing": _("Missing"),
        "not_applicable": _("Not applicable"),
        "earlier": _("Earlier"),
        "later": _("Later"),
        "stricter": _("Stricter"),
        "looser": _("Looser"),
    }


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def report_bytes(kind: str, findings: Sequence[Finding], upper: Side, lower: Side, made_on: date) -> bytes:
    """The findings as a file: ``xlsx`` or ``docx``."""
    from lantian.office.conformity_report import Report, write_docx, write_xlsx

    stream = io.BytesIO()
    report = Report(upper.title, lower.title, [_row(finding) for finding in findings], made_on)
    (write_xlsx if kind == "xlsx" else write_docx)(report, stream)
    return stream.getvalue()


def _row(finding: Finding) -> ReportRow:
    from lantian.office.conformity_report import ReportRow

    upper = finding.upper
    title = target_name(upper) if finding.is_target else upper.subtitle or upper.title
    return ReportRow(
        section=upper.section,
        number=upper.number or "",
        title=title,
        text=upper.text,
        lower=tuple(_named(item) for item in finding.lower),
        lower_text="\n".join(item.text for item in finding.lower),
        status=str(finding.status),
        deadline=str(finding.deadline),
        quantity=str(finding.quantity),
        reason=say_all(finding.reasons, _),
        is_target=finding.is_target,
    )


def _named(item: Item) -> str:
    return (
        target_name(item)
        if item.measure is not None
        else f"{item.number or ''} {item.subtitle or item.title}".strip()
    )
