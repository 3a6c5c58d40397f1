"""Amounts, limits, thresholds, shares, counts and cycles with a unit.

The reader walks over the numbers of a text.  A number is an amount if a unit follows that the genre uses, and if the
words around it do not make it something else: part of a date, of the number of a document or a standard, of a slogan,
an address, a stage or a grade, the size of a group that names it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.documents.dates import without_item_numbers
from lantian.rules.documents.model import Quantity, Span
from lantian.rules.documents.numbers import FIGURES, parse_number

# ------------------------------------------------------------------------------------------------ units

_PHYSICAL = (
    "毫克", "微克", "纳克", "千克", "公斤", "克", "吨标准煤", "吨标煤", "标准煤吨", "标煤吨", "吨煤",
    "蒸吨", "标吨", "吨", "毫升", "升", "标准立方米", "标立方米", "标方", "立方米", "立方", "平方公里",
    "平方千米", "平方米", "公顷", "亩", "毫米", "厘米", "分米", "公里", "千米", "海里", "米", "千瓦时",
    "千瓦·时", "千瓦", "兆瓦时", "兆瓦", "度电", "度", "千伏安", "千伏", "伏", "摄氏度", "℃", "°C",
    "个小时", "小时", "分钟", "秒", "个工作日", "工作日", "个月", "个季度", "季度", "个星期", "星期",
    "周岁", "周", "天", "日", "年", "个百分点", "百分点", "%", "‰", "倍", "元", "美元", "焦耳", "千焦",
    "吉焦", "大卡", "千卡", "帕", "千帕", "分贝", "马力", "匹", "目",
)  # fmt: skip
_COUNTED = (
    "个", "家次", "家", "台套", "台次", "台", "套", "辆次", "辆", "户次", "户", "座", "条次", "条", "次",
    "人次", "人口", "人", "名", "位次", "位", "处", "块", "项", "件次", "件", "批次", "批", "起", "例",
    "篇", "期", "场次", "场", "艘次", "艘", "架次", "架", "列", "组", "根", "口", "眼", "只", "头", "株",
    "棵", "盏", "片", "支", "所", "间", "栋", "幢", "轮次", "轮", "遍", "层", "份", "部", "桶", "袋", "瓶",
    "罐", "段", "点位", "路口", "火点", "车次", "班次", "班", "队", "车道", "车位", "车", "格", "类", "种",
    "门", "道", "对", "孔", "床", "村", "乡镇", "社区", "小区", "点", "级", "公里路段", "平米", "元人民币",
    "井", "炉", "窑", "线", "岁", "成",
)  # fmt: skip
_LATIN = (
    "mg/m³", "mg/m3", "mg/Nm³", "mg/Nm3", "μg/m³", "μg/m3", "µg/m³", "µg/m3", "ug/m³", "ug/m3", "g/m²",
    "g/m2", "g/L", "g/l", "mg/L", "mg/l", "t/h", "t/km²·月", "t/km2·月", "t/a", "km²", "km2", "km", "m²",
    "m2", "m³", "m3", "mm", "cm", "kg", "kPa", "Pa", "MPa", "kWh", "kW", "MW", "GW", "kV", "MVA", "dB",
    "ppm", "ppb", "GJ", "MJ", "h", "t", "m", "㎡", "㎥", "KW",
)  # fmt: skip

_BASE = sorted({*_PHYSICAL, *_COUNTED}, key=len, reverse=True)
_LATIN_SORTED = sorted(_LATIN, key=len, reverse=True)
_SCALE = r"(?:百万|千万|十万|[万亿千百](?!米|克|瓦|伏|帕|焦|卡|分)|万亿)?"
_BASE_RE = "|".join(map(re.escape, _BASE))
_PER_BASE = _BASE_RE + "|时|月|吨产品|标准立方米|平米|m³|m3|m²|m2|Nm³|Nm3|h|a"
_PER_SHORT = "标准立方米|立方米|平方公里|平方千米|平方米|小时|吨|升|千瓦时|月|年|天|日|辆|户|台|亩|人|火点"
_PER_MORE = r"(?:[·.•*/](?:月|年|日|天|小时|平方公里|平方千米|平方米|立方米|km²|km2|次|吨))?"
_PER = (
    r"(?:/每?（(?:" + _PER_BASE + r")" + _PER_MORE + r"）"
    r"|/每?(?:" + _PER_BASE + r")" + _PER_MORE + r"|每(?:" + _PER_SHORT + r")" + _PER_MORE + r")?"
)
_UNIT = re.compile(
    rf"[ ]?(?:(?P<latin>[万亿]?(?:{'|'.join(map(re.escape, _LATIN_SORTED))}))(?![A-Za-z0-9³²])"
    rf"|(?P<unit>{_SCALE}(?:{_BASE_RE})(?:（[台套部个座家辆处次]）)?{_PER}(?:·月)?)"
    r"|(?P<scale>[万亿]))"
)
_TIME_UNITS = {"年", "季度", "周", "天", "日", "小时", "分钟", "秒", "星期", "岁"}
_FIXED_COUNTS = set(_COUNTED)
#: 每立方米N微克 is N 微克/立方米; the divisor may stand a few words before the figure.
_PER_BEFORE = re.compile(
    r"每(?P<per>标?立方米|标准立方米|平方公里|平方千米|平方米|小时|千瓦时|吨|升|亩|公里)(?P<gap>[一-龥]{0,14}?)$"
)

# ------------------------------------------------------------------------------------------------ words around

_LESS = r"不高于|不得高于|不能高于|不超过|不得超过|不能超过|不大于|不得大于|不多于|不得多于|不应超过|不应高于|不突破|小于等于|小于或等于|低于等于|≤|≦|<=|最多|至多|控制在|控制到|控制为|压减到|压减至|压缩到|压缩至|降到|降至|降低到|降低至|下降到|下降至|减少到|减少至|削减到|削减至|缩短到|缩短至"
_MORE = r"不低于|不得低于|不能低于|不少于|不得少于|不能少于|不小于|不得小于|不应低于|不应少于|大于等于|大于或等于|高于等于|≥|≧|>=|至少|最低|最少"
_BELOW = r"低于|小于|少于|<|＜"
_ABOVE = r"超过|大于|高于|多于|超|>|＞|突破"
_COMPARATOR = re.compile(
    rf"(?:(?P<le>{_LESS})|(?P<ge>{_MORE})|(?P<lt>{_BELOW})|(?P<gt>{_ABOVE}))"
    r"(?P<gap>[一-龥]{0,3}|为|在|每[一-龥]{1,5})[ ：:]?$"
)
_DISTANT = re.compile(r"(?:(?P<ge>至少|不少于|不低于)|(?P<le>最多|不超过))(?P<gap>[一-龥（）]{1,8})$")
_AFTER = re.compile(
    r"(?:（[^（）]{0,24}）)?(?:（?[及含]）?|\(含\))?(?:（含）)?(?:的)?(?P<w>以上|以下|以内|之内|以后|左右|上下)|(?P<inside>内)(?!部|容|外|涵|[一-龥]?环)|（含）(?P<w2>以上|以下)"
)
_SIGNS = {"le": "<=", "ge": ">=", "lt": "<", "gt": ">"}
_NUMERAL = "零〇一二两三四五六七八九十百千半"
_NUMBER = re.compile(
    rf"(?=[百\d{_NUMERAL}])(?:(?P<share>百分之)(?P<sn>{FIGURES}|[{_NUMERAL}点]{{1,8}})|(?P<fig>{FIGURES})|(?P<cn>[{_NUMERAL}][{_NUMERAL}点]{{0,7}}))"
)
_FIGURE = re.compile(FIGURES)
_LIST_SEP = re.compile(r"[ ]?(?:[、，]|和|与|及|或|/)[ ]?(?=\d)")
_RANGE_SEP = re.compile(r"[ ]?(?:—{1,2}|－{1,2}|-{1,2}|–|~|～|至|到|－)[ ]?(?=\d)")
_CN_RANGE = re.compile(r"(?:至|到|—|-|~)")
_BOOK = re.compile(r"《[^《》]{1,120}》")
_NUMBERS_OF_PAPERS = re.compile(
    r"[〔\[（(][ ]?(?:19|20)\d\d[ ]?[〕\]）)][ ]?第?\d{1,5}(?:-\d{1,3})?号"
    r"|(?:GB|DB|HJ|HB|JB|CJJ?|JTG|GBZ|T)(?:/?[TZ])?[ ]?\d{1,6}(?:[./]\d{1,6})?(?:[ ]?[—－–-]{1,2}[ ]?\d{2,4})?"
    r"|(?:电话|传真|邮编|邮箱|热线|联系方式|手机|QQ|微信)(?:号码?)?[：:]?[ ]?[\d（）()\- —]{5,40}"
    r"|[\w.]{1,40}@[\w.]{1,40}"
    r"|(?:https?：//|www\.)[\w./-]{1,80}"
)
_GROUP = re.compile(
    r"(?:个)?(?:重点|传输通道|主要|地级及以上|地级以上|设区|省辖|县级|国控|建成区)?(?:城市|省辖市|地市|省直管县（市）|直管县|县（市、区）|县（市）|县市区|县区|区县|市县|市|县|区|镇（街道）|乡镇（街道）|乡（镇）|乡镇|镇办|街道办事处|街道|乡|镇|办事处)"
    r"(?=$|[，。、；：）”和与及的]|行政区|政府|人民政府|均|要|每|参照|全部|全面|实现|率先|完成|城市|年|排名|退出|监测|优良|PM|平均|党委|全年|全省|全国)"
)
_SLOGAN_AFTER = re.compile(
    r"个?(?:百分之百|百分百|100%|到位|一批|一律|必须|禁止|严禁|确保|精准|不准|不让|不放过|统一|结合|坚持|强化|全部|全覆盖|体系|治本|最严|度|意识|转变|行动|维护|确立|服从|方面|平台|机制|工程|专项|清零|落实|加强|最|更|抓|严|凡|有|无|零|再|统筹|为|坚决|杜绝)"
)
_SLOGAN_ONLY = re.compile(r"一批|百分之百|百分百|100%|到位|必须|禁止|严禁|不准|不让|不放过|一律|精准|统一")
_CN_UNITS = {
    "年", "个月", "小时", "个小时", "分钟", "天", "日", "家", "台", "套", "座", "辆", "户", "吨", "公里", "千米", "米", "倍", "级",
    "个", "批次", "次", "处", "个百分点", "百分点", "个工作日", "工作日", "%", "名", "人", "条", "项", "块", "亩", "公顷", "平方米", "平方公里",
    "立方米", "蒸吨", "火点", "轮", "周", "季度", "遍", "元", "份", "个季度", "周岁", "位", "所", "口", "件", "座次",
}  # fmt: skip
_WEAK_CN = {"次", "遍", "轮", "项", "条", "名", "人", "级", "份", "位", "件", "日", "所", "口", "块", "周", "季度"}
_ZERO = re.compile(r"零(?P<u>火点|火情|火灾|事故|投诉|案件)")


@dataclass(slots=True)
class _Number:
    value: Decimal
    start: int
    end: int
    chinese: bool
    unit: str = ""
    unit_end: int = 0
    top: Decimal | None = None
    per: str = ""
    share: bool = False


class _Reader:
    def __init__(self, text: str, offset: int, taken: Sequence[Span]) -> None:
        text = without_item_numbers(text)
        self.text = text
        self.offset = offset
        blocked = [(a - offset, b - offset) for a, b in taken]
        blocked += [m.span() for m in _BOOK.finditer(text)]
        blocked += [m.span() for m in _NUMBERS_OF_PAPERS.finditer(text)]
        self.blocked = sorted(blocked)
        self.starts = [a for a, _ in self.blocked]
        self.ends: list[int] = []
        longest = 0
        for _, b in self.blocked:
            longest = max(longest, b)
            self.ends.append(longest)
        self.found: list[Quantity] = []
        self.passed = 0

    def is_blocked(self, at: int) -> int:
        """Return where the blocked stretch around `at` ends, or 0."""
        i = bisect_right(self.starts, at) - 1
        return self.ends[i] if i >= 0 and self.ends[i] > at else 0

    def read(self) -> tuple[Quantity, ...]:
        text = self.text
        at = 0
        while m := _NUMBER.search(text, at):
            at = m.end()
            skip = self.is_blocked(m.start())
            if skip:
                at = max(at, skip)
                continue
            if m["cn"] and m["cn"][0] == "零" and (zero := _ZERO.match(text, m.start())):
                at = zero.end()
                self.add_zero(zero)
                continue
            self.passed = at
            items = self.gather(m)
            if not items:
                at = max(at, self.passed)
                continue
            at = max(at, items[-1].unit_end)
            self.emit(items)
        return tuple(sorted(self.found, key=lambda q: q.span))

    # ---------------------------------------------------------------- a number and those listed with it

    def gather(self, m: re.Match[str]) -> list[_Number]:
        text = self.text
        if not self.may_begin(m):
            return []
        if m["share"]:
            value = parse_number(m["sn"])
            if value is None or (m["sn"] == "百" and not m["fig"]):
                return []
            end = m.end()
            return [_Number(value, m.start(), end, False, "%", end, share=True)]
        first = self.number(m["fig"] or m["cn"], m.start(), m.end(), bool(m["cn"]))
        if first is None:
            return []
        items = [first]
        for _ in range(60):
            last = items[-1]
            stop = last.unit_end
            if last.top is None and (sep := _RANGE_SEP.match(text, stop)):
                nxt = _FIGURE.match(text, sep.end())
                if nxt and not self.is_blocked(nxt.start()):
                    top = self.number(nxt[0], nxt.start(), nxt.end(), False)
                    if top and (top.unit or not last.unit):
                        if last.unit and top.unit and last.unit != top.unit and last.unit not in "万亿%":
                            break
                        last.top = top.value
                        last.unit = top.unit or last.unit
                        last.unit_end = top.unit_end
                        continue
                break
            sep = _LIST_SEP.match(text, stop)
            if last.unit and (last.top is not None or not sep or "，" in sep[0]):
                break
            if not sep:
                break
            nxt = _FIGURE.match(text, sep.end())
            if not nxt or self.is_blocked(nxt.start()):
                break
            more = self.number(nxt[0], nxt.start(), nxt.end(), False)
            if more is None or (last.unit and more.unit != last.unit):
                break
            items.append(more)
        unit = items[-1].unit
        if not unit:
            # a list without a unit is read once, not again from each of its numbers
            self.passed = items[-1].end
            return []
        if text[items[-1].end : items[-1].end + 1] in ("#", "号"):
            return []
        for item in items:
            item.unit = item.unit or unit
        return items

    def may_begin(self, m: re.Match[str]) -> bool:
        text, start = self.text, m.start()
        before = text[max(0, start - 2) : start]
        last = before[-1:]
        if m["fig"]:
            if last and last.isascii() and (last.isalpha() or last in "._+#@"):
                return False
            if last in ("第", "国", "表", "图", "№", "附"):
                return False
            if before in ("附件", "附表", "专栏", "图表"):
                return False
            after = text[m.end() : m.end() + 1]
            if after in ("+", "×", "x", "#", "号") or (last == "+"):
                return False
            if last == "×":
                return True
            if last in ("、", "和", "，", "—", "-") and re.search(r"第\d{1,4}条?[、和，—-]$", text[max(0, start - 9) : start]):
                return False
            return not (last == "（" and re.match(r"）", text[m.end() : m.end() + 1]))
        if m["cn"]:
            return last not in ("第", "国", "十", "“", "‘", "统", "唯", "专", "同", "某", "任", "逐", "星", "周") or (
                last == "“" and m["cn"] == "零"
            )
        return last not in ("“",)

    def number(self, printed: str, start: int, end: int, chinese: bool) -> _Number | None:
        text = self.text
        value = parse_number(printed)
        if value is None:
            return None
        item = _Number(value, start, end, chinese, "", end)
        unit = _UNIT.match(text, end)
        if unit and unit["unit"] == "成" and not re.match(r"(?:以上|以下|左右|，|。)", text[unit.end() : unit.end() + 2]):
            unit = None
        if unit and not self.is_blocked(unit.start()):
            name = (unit["latin"] or unit["unit"] or unit["scale"]).strip()
            if chinese and not self.chinese_counts(printed, name, start, unit.end()):
                return None
            if not chinese and self.unit_misread(name, start, end, unit.end()):
                return item
            item.unit = name.replace("每", "") if "/每" in name else name.replace("每", "/")
            item.unit_end = unit.end()
        elif chinese:
            return None
        return item

    def unit_misread(self, name: str, start: int, end: int, stop: int) -> bool:
        """Words that only begin like a unit, times of day, clauses of a law."""
        text = self.text
        rest = text[stop : stop + 4]
        if name in ("点", "时") and re.match(r"前|以前|之前|至|到|—|-|钟|\d|起|后", rest):
            return True
        if name == "条" and (text[max(0, start - 1) : start] == "第" or rest[:2] in ("规定", "第二", "的规")):
            return True
        if name == "级" and not re.match(r"以上|以下|及以|（含|大风|风|[，。、；)）]", rest):
            return True
        if name in ("小时", "个小时") and re.match(r"平均|滑动|均值|浓度", rest):
            return True
        if name == "年" and 1900 <= (parse_number(text[start:end]) or 0) < 2100:
            return True
        if name in ("人", "位", "名") and re.match(r"民|口普|于|置|称", rest):
            return True
        if name in ("日", "年", "周", "期") and re.match(r"期|均|度|产值|版", rest) and name != "年":
            return True
        if name in ("线", "道", "车", "井", "炉", "窑", "格", "对", "门", "点", "成", "班", "队", "种", "类", "层", "期") and (
            re.match(r"图|城|网|于|应|本|为|立|果|员|伍|植|似|限|间|货", rest)
        ):
            return True
        return name in ("万", "亿", "千", "百") and bool(re.match(r"[一-龥]", rest)) and not re.match(
            r"及以|以上|以下|以内|左右|的|和|、|，|元", rest
        )

    def chinese_counts(self, printed: str, unit: str, start: int, stop: int) -> bool:
        """Whether a Chinese numeral with this unit is an amount and no figure of speech."""
        text = self.text
        base = unit.split("/")[0]
        base = re.sub(r"^[万亿]", "", base) or base
        if base not in _CN_UNITS and unit not in _CN_UNITS:
            return False
        before = text[max(0, start - 14) : start]
        after = text[stop : stop + 12]
        compared = bool(_COMPARATOR.search(before) or _DISTANT.search(before) or _AFTER.match(text, stop))
        if before.endswith("每"):
            return base in ("年", "个月", "小时", "个小时", "天", "周", "季度") and printed not in ("一", "半")
        quote = before.rfind("“")
        if quote >= 0 and "”" not in before[quote:]:
            return False
        if base == "级":
            return bool(re.match(r"(?:（含）)?(?:及)?以[上下]|大风|风力", after)) and not re.search(
                r"[省市县区国村镇ABCD]$|医院|绩效|响应|预警|应急|Ⅰ", before[-3:]
            )
        if base in ("日", "周") and not compared:
            return False
        if base in ("年", "个月", "天", "小时", "个小时", "分钟", "个工作日"):
            if base == "年" and re.search(r"[〇零二]$", before):
                return False
            if re.match(r"行动|规划|计划|攻坚|作战|方案|期|级", after):
                return False
            return printed != "半" or compared
        if _SLOGAN_AFTER.match(after) and not compared:
            return False
        if base == "处" and re.search(r"[厅办局室委]$", before):
            return False
        if printed == "一" or printed == "半":
            return compared and base not in ("级",)
        if base in _WEAK_CN:
            return compared
        if base == "个" and not compared:
            return bool(re.match(r"[一-龥]{2,}", after))
        return True

    # ---------------------------------------------------------------- what is emitted

    def add_zero(self, m: re.Match[str]) -> None:
        start, end = m.span()
        what = self.before_words(start)
        self.found.append(
            Quantity(Decimal(0), m["u"], "=", what, self.text[start:end], (start + self.offset, end + self.offset))
        )

    def emit(self, items: list[_Number]) -> None:
        text = self.text
        first, last = items[0], items[-1]
        comparator, low, compared = self.comparator(first, last)
        before = text[max(0, first.start - 24) : first.start]
        if not compared and first.unit == "个" and _SLOGAN_ONLY.match(text, last.unit_end):
            return
        below_zero = text[max(0, first.start - 2) : first.start] == "零下" and first.unit in ("℃", "°C", "度", "摄氏度")
        if (not compared and first.unit in ("个", "家")) or re.match(r"个", text[first.end : first.end + 1]):
            rest = text[last.end :][:24]
            if not compared and _GROUP.match(rest):
                return
        per = _PER_BEFORE.search(before)
        unit_tail = ""
        if per and "/" not in last.unit and last.unit not in _FIXED_COUNTS and "%" not in last.unit:
            divisor = per["per"]
            if last.unit != "元" or not per["gap"]:
                unit_tail = "/" + ("立方米" if divisor in ("标立方米", "标准立方米") else divisor)
                if not per["gap"]:
                    low = min(low, first.start - len(per["per"]) - 1)
        stop = last.unit_end
        if tail := _AFTER.match(text, stop):
            stop = tail.end() if (tail["w"] or tail["w2"] or tail["inside"]) else stop
        names = self.what(items, low, stop)
        for item, name in zip(items, names, strict=True):
            # the words of comparison and the unit belong to the whole list, so every amount of it shows all of it
            start, end = low, stop
            self.found.append(
                Quantity(
                    value=-item.value if below_zero else item.value,
                    unit=item.unit + unit_tail,
                    comparator=comparator,
                    what=name,
                    text=text[start:end],
                    span=(start + self.offset, end + self.offset),
                    value_max=item.top,
                )
            )

    def comparator(self, first: _Number, last: _Number) -> tuple[str, int, bool]:
        """Return the sign, where the words of comparison begin, and whether there are any."""
        text = self.text
        before = text[max(0, first.start - 16) : first.start].removesuffix("零下")
        sign, low = "", first.start
        if m := _COMPARATOR.search(before):
            sign = next(s for k, s in _SIGNS.items() if m[k])
            low = first.start - (len(before) - m.start())
        elif m := _DISTANT.search(before):
            sign = ">=" if m["ge"] else "<="
        if tail := _AFTER.match(text, last.unit_end):
            word = tail["w"] or tail["w2"] or "以内"
            after = {"以上": ">=", "以后": ">=", "左右": "~", "上下": "~"}.get(word, "<=")
            if tail["inside"] and last.unit not in _TIME_UNITS and not last.unit.startswith("个"):
                after = ""
            if after and not (sign in ("<=", ">=") and after != sign and word in ("以内",)):
                sign = after if not sign or after == sign or word in ("以上", "以下", "左右", "上下") else sign
        if sign:
            return sign, low, True
        if self.found:
            # 分别不高于10毫克/立方米、35毫克/立方米: the word of comparison holds on
            previous = self.found[-1]
            gap = text[previous.span[1] - self.offset : first.start]
            if gap in ("、", "和", "或", "及") and previous.unit == last.unit and previous.comparator != "~":
                return previous.comparator, low, True
        return "=", low, False

    def before_words(self, at: int) -> str:
        text = self.text
        floor = self.found[-1].span[1] - self.offset if self.found else 0
        window = text[max(0, at - 60, min(floor, at)) : at]
        cut = max(window.rfind(c) for c in "。；：\n")
        clause = window[cut + 1 :]
        pieces = list(re.split(r"[，,]", clause))
        for piece in reversed(pieces):
            name = _clean_name(piece)
            if len(name) > 1:
                return name
        return ""

    def what(self, items: list[_Number], low: int, stop: int) -> list[str]:
        text = self.text
        unit = items[-1].unit.split("/")[0].lstrip("万亿千百")
        subject = self.before_words(low)
        if unit.split("（")[0] in _FIXED_COUNTS or (unit.startswith("个") and unit not in ("个月", "个小时", "个百分点")):
            after = re.match(r"(?:的)?(?P<n>[一-龥A-Za-z0-9.（）]{1,24})", text[stop : stop + 26])
            if after and unit not in ("次", "人次", "级", "倍", "位次"):
                name = _noun_after(after["n"])
                if name:
                    return [name] * len(items)
        if len(items) > 1:
            names = _distribute(subject, len(items))
            if names:
                return names
        return [subject] * len(items)


_LEAD_VERBS = re.compile(
    r"^(?:其中|同时|并|且|并且|确保|力争|争取|努力|基本|全面|全部|累计|逐步|进一步|要|应|须|必须|到|在|以|将|使|对|实现|完成|达到|即|禁止|严禁|选取|开展)+(?=[一-龥A-Za-z0-9])"
)
_TRAIL = re.compile(
    r"(?:分别|应当|应|须|要|均|都|不得|平均|原则上|稳定|严格|力争|确保|争取|全部|必须|总体|保持|维持|"
    r"控制在|控制到|控制为|控制|达到|达|提高到|提高至|提升到|提升至|增加到|增加至|降低到|降至|降到|下降到|下降至|扩大到|缩短到|压减到|减少到|"
    r"由|为|到|至|在|的|是|大于|小于|高于|低于|不|约|超过|增至|增加|完成|实现|建设|新建|建成|安装|淘汰|共|计|合计|有|每|等|：)+$"
)
_DATE_LEAD = re.compile(
    r"^(?:到|于|在|自|从)?(?:(?:(?:19|20)\d\d|今|本|明)年(?:度(?!空气))?(?:\d{1,2}月(?:份)?)?(?:\d{1,2}[日号])?|\d{1,2}月(?:份)?(?:\d{1,2}[日号])?)"
    r"(?:年?[底末])?(?:之前|以前|前|起|内)?(?=[^\d])"
)


def _clean_name(piece: str) -> str:
    name = piece.strip(" 、（）()“”")
    for _ in range(3):
        shorter = _DATE_LEAD.sub("", name, count=1)
        shorter = _LEAD_VERBS.sub("", shorter).strip(" 、，（）“”")
        shorter = _TRAIL.sub("", shorter).strip(" 、，（“")
        if shorter == name:
            break
        name = shorter
    if name.count("（") != name.count("）"):
        name = re.split(r"[（）]", name)[-1]
    return name[-40:]


def _noun_after(text: str) -> str:
    text = re.sub(r"^[\d.×]{1,8}(?:[一-龥]{1,2}吨(?:/小时)?|吨|千瓦|万千瓦)(?:及以下|及以上|以下|以上)?", "", text)
    text = re.split(r"（(?=其中|含|包括|不含|包含|\d)", text, maxsplit=1)[0]
    name = re.split(r"(?:以上|以下|的(?=任务|建设|改造)|完成|进行|开展|实施|实现|全部|达到|安装|建设任务|工作任务|任务|工作|要|应|须)", text, maxsplit=1)[0]
    name = name.strip("的（）")
    return name[:24] if len(name) > 1 or name in ("村", "县", "镇") else ""


def _distribute(subject: str, count: int) -> list[str] | None:
    """``烟尘、二氧化硫、氮氧化物排放浓度`` for three amounts is one name each with the common ending."""
    parts = re.split(r"、|和|与|及", subject)
    if len(parts) != count:
        return None
    last = parts[-1]
    common = ""
    if m := re.match(r"(?P<own>[一-龥A-Za-z0-9.]{1,12}?)(?P<common>(?:污染物)?(?:排放|年均|平均|清洁|含量|限值|浓度|使用|减排)[一-龥]{0,12})$", last):
        common = m["common"]
    return [p if p.endswith(common) else p + common for p in parts]


def read_quantities(text: str, *, offset: int = 0, taken: Iterable[Span] = ()) -> tuple[Quantity, ...]:
    """Read the amounts of a piece of clean text.

    Parameters
    ----------
    text
        Clean text of a task, a paragraph or a cell.
    offset
        Where `text` begins in the clean text.
    taken
        Spans (absolute, as :func:`lantian.rules.documents.dates.read_dates` gives them) whose figures belong to
        dates.

    Returns
    -------
    tuple of Quantity
        In the order of the text.  A list such as 10、35、50毫克 gives one amount each, a range one with ``value_max``.
    """
    return _Reader(text, offset, list(taken)).read()
