"""Examples for the style page. Names and numbers are invented and show no real place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import django_tables2 as tables
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantian.apps.core import display, lists


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Full name"), help_text=gettext_lazy("As on the seal."))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            ("", "---------"),
            ("department", gettext_lazy("Department")),
            ("town", gettext_lazy("Town or street")),
        ],
    )
    day = forms.DateField(label=gettext_lazy("Deadline"), widget=lists.DayInput(), required=False)
    value = forms.DecimalField(label=gettext_lazy("Value"), required=False)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=[("lead", gettext_lazy("Lead")), ("cooperating", gettext_lazy("Cooperating"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Data scope"),
        choices=[("all", gettext_lazy("All data")), ("self", gettext_lazy("Own data only"))],
        widget=forms.RadioSelect,
        required=False,
    )
    password = forms.CharField(label=gettext_lazy("Password"), widget=forms.PasswordInput, required=False)
    file = forms.FileField(label=gettext_lazy("File"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False)


class ExampleTable(lists.LedgerTable):
    """A ledger of tasks."""

    number = tables.Column(verbose_name=gettext_lazy("No."))
    title = lists.ClampColumn(verbose_name=gettext_lazy("Task"))
    units = lists.UnitsColumn(verbose_name=gettext_lazy("Responsible"))
    due = lists.DateColumn(verbose_name=gettext_lazy("Deadline"))
    amount = lists.NumberColumn(verbose_name=gettext_lazy("Quantity"), unit_accessor="unit")
    share = lists.ProgressColumn(verbose_name=gettext_lazy("Progress"))
    status = lists.LightColumn(verbose_name=gettext_lazy("Status"))
    actions = lists.ActionsColumn(lambda record: [{"label": _("Show this row"), "url": "#tables", "icon": "eye"}])


class ExampleCards(ExampleTable):
    """The same ledger, as cards on a phone."""

    phone = "cards"


def _rows() -> list[dict[str, Any]]:
    day = date(2026, 6, 30)
    units = [
        "市生态环境局",
        "市工业和信息化局",
        "青溪区政府",
        "云岭县政府",
        "市发展和改革委员会",
        "市公安局",
        "市市场监督管理局",
    ]
    titles = [
        "完成 10 蒸吨以下燃煤锅炉拆除或清洁能源改造，逐台建立台账并由所在区县验收",
        "钢铁企业烧结机头烟气超低排放改造",
        "淘汰国三及以下排放标准营运柴油货车",
        "建成区主次干道机械化清扫率达到要求，每周开展一次洁净度走航",
        "加油站油气回收装置全面检查",
    ]
    amounts = [(128, "台"), (Decimal("2.50"), "万吨"), (12480, "辆"), (95, "%"), (None, "")]
    return [
        {
            "number": f"{index // 3 + 1}.{index % 3 + 1}",
            "title": titles[index],
            "units": units[: 1 + index * 2],
            "due": day + timedelta(days=31 * index),
            "amount": amounts[index][0],
            "unit": amounts[index][1],
            "share": (0, 35, 60, 80, 100)[index],
            "status": list(display.LIGHTS)[index],
        }
        for index in range(5)
    ]


def examples(request: HttpRequest) -> dict[str, Any]:
    """Everything that the style page shows."""
    wrong = ExampleForm(
        {"name": "", "kind": "department", "value": "abc", "active": "on"}, auto_id="id_wrong_%s"
    )
    wrong.add_error(None, _("The deadline lies before the start."))
    table, cards = ExampleTable(_rows()), ExampleCards(_rows())
    for each in (table, cards):
        each.request = request
        each.paginate(page=1, per_page=20)
    text = "（三）严控扬尘污染。2026 年 10 月底前，完成全市 128 台燃煤锅炉改造，由市生态环境局牵头，各区县政府负责落实。"
    start = text.index("128 台")
    entry = SimpleNamespace(
        action="plans.task.change",
        result="done",
        at=datetime(2026, 4, 1, 9, 30, tzinfo=display.CAMPAIGN_TIME),
        actor="王小雨",
        organisation_name="示例市攻坚办",
        ip="192.0.2.7",
        object_label=_("Task") + " 1.1",
        before={"deadline": "2026-06-30", "responsible": ["市生态环境局"]},
        after={"deadline": "2026-09-30", "responsible": ["市生态环境局", "青溪区政府"]},
        reason=_("Extended by letter of the district."),
        get_result_display="",
    )
    denied = SimpleNamespace(
        **{**vars(entry), "result": "denied", "before": None, "after": None, "reason": ""},
    )
    denied.get_result_display = _("Denied")
    months = [f"{month} 月" for month in range(1, 13)]
    return {
        "lights": list(display.LIGHTS),
        "tones": ["neutral", "brand", "blue", "green", "yellow", "orange", "red"],
        "units": [
            "市生态环境局",
            "青溪区政府",
            "云岭县政府",
            "市公安局",
            "市城市管理局",
            "市住房和城乡建设局",
        ],
        "day": date(2026, 6, 30),
        "moment": datetime(2026, 6, 30, 6, 5, tzinfo=display.CAMPAIGN_TIME),
        "later": date(2026, 9, 30),
        "today": date(2026, 6, 27),
        "past": date(2026, 5, 31),
        "decimal": Decimal("46.0"),
        "form": ExampleForm(),
        "wrong_form": wrong,
        "table": table,
        "cards": cards,
        "page_obj": Paginator(range(1000), 20).page(7),
        "text": text,
        "span_start": start,
        "span_end": start + 5,
        "marks": [
            (start, start + 5, "blue", _("Quantity")),
            (text.index("2026"), text.index("前"), "yellow", _("Deadline")),
            (text.index("市生态"), text.index("牵头"), "green", _("Lead")),
        ],
        "entry": entry,
        "denied": denied,
        "facts": [
            (_("Document number"), "示环攻坚〔2026〕3 号"),
            (_("Issued on"), date(2026, 3, 1)),
            (_("Issuer"), "示例市环境污染防治攻坚战领导小组办公室"),
            (_("Reporting deadline"), None),
        ],
        "chart_option": {
            "legend": {"data": ["2025", "2026"]},
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value", "name": "µg/m³"},
            "series": [
                {"name": "2025", "type": "bar", "data": [92, 81, 60, 48, 41, 33, 27, 26, 36, 49, 66, 85]},
                {
                    "name": "2026",
                    "type": "bar",
                    "data": [84, 75, 57, 44, 38, 31, None, None, None, None, None, None],
                },
            ],
        },
        "tabs": [(_("Overview"), request.path), (_("Tasks"), "#tabs", 38), (_("Targets"), "#tabs", 12)],
    }
