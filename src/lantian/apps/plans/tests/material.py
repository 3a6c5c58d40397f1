"""A small plan of a place that does not exist, and the people who work with it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import docx
from django.utils import timezone

from lantian.apps.core.models import Grant, Organisation, Region, Role, User
from lantian.apps.core.models.access import DataScope

PLAN = """云山区人民政府办公室文件

云政办〔2024〕7号

云山区人民政府办公室
关于印发云山区2024年大气污染防治攻坚方案的通知

各镇人民政府、各街道办事处，区直各部门：

《云山区2024年大气污染防治攻坚方案》已经区政府同意，现印发给你们，请认真贯彻执行。

2024年3月5日

云山区2024年大气污染防治攻坚方案

一、工作目标

2024年，全区PM2.5年均浓度不高于45微克/立方米，优良天数比例达到72%以上。

二、重点任务

（一）治理燃煤污染

1. 淘汰燃煤锅炉。2024年9月底前，淘汰35蒸吨/小时以下燃煤锅炉12台。

牵头单位：区生态环境局

责任单位：各镇（街道）

配合单位：区发改委、区市场监管局

2. 推进清洁取暖。2024年10月31日前，完成“双替代”改造3200户。

牵头单位：区住建局

责任单位：河口镇、柳林镇

（二）治理扬尘污染

3. 管好建筑工地。全区在建工地做到六个百分之百，发现一起查处一起。

牵头单位：区住建局

责任单位：区城管局、各镇（街道）

三、保障措施

各镇（街道）、各部门每月25日前将工作进展情况报送区攻坚办。
"""


class Place:
    """A city with two districts, towns, departments and accounts of every kind."""

    def __init__(self) -> None:
        self.city = Region.objects.create(code="9901", name="晴川市", level="prefecture")
        self.district = Region.objects.create(code="990102", name="云山区", level="county", parent=self.city)
        self.other = Region.objects.create(code="990103", name="河东区", level="county", parent=self.city)
        self.towns = [
            Region.objects.create(code=f"9901020{n}", name=name, level="town", parent=self.district)
            for n, name in enumerate(("河口镇", "柳林镇"), 1)
        ]
        self.government = Organisation.objects.create(
            name="云山区人民政府", kind="government", region=self.district
        )
        self.bureau = self.unit("云山区生态环境局")
        self.housing = self.unit("云山区住房和城乡建设局")
        self.office = self.unit("云山区大气污染防治攻坚办公室", kind="office")
        self.town_units = [self.unit(f"{town.name}人民政府", kind="town", region=town) for town in self.towns]
        self.stranger = Organisation.objects.create(name="河东区生态环境局", region=self.other)

    def unit(self, name: str, **values: Any) -> Organisation:
        """An organisation below the government of the district."""
        values.setdefault("region", self.district)
        return Organisation.objects.create(name=name, parent=self.government, **values)

    def user(
        self,
        role: str,
        organisation: Organisation | None,
        scope: str = DataScope.ALL,
        region: Region | None = None,
    ) -> User:
        """An account with one of the built-in roles."""
        user = User(
            username=f"u{User.objects.count()}", organisation=organisation, must_change_password=False
        )
        user.set_password("a-good-Pass-1")
        user.password_changed_at = timezone.now()
        user.save()
        Grant.objects.create(user=user, role=Role.objects.get(code=role), scope=scope, region=region)
        return user


def as_docx(text: str) -> bytes:
    """The text as a Word file with one paragraph a line."""
    document = docx.Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()
