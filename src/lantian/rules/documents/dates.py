"""Dates of a plan: deadlines, starts, intervals and duties that come again.

The reader walks once over the points in time that the text prints (a year, a month, a day, a quarter, half a year)
and decides for each by the words around it what it is.  What it cannot decide becomes a warning.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from lantian.rules.documents.model import DateReading, Deadline, Period, Recurrence, Span, Warning_
from lantian.rules.documents.numbers import parse_number

_YEAR = r"(?:19|20)\d\d|二[〇零○0][一二三四五六七八九〇零○0-9]{2}|[今本当明次翌同]"
_MONTH = r"\d{1,2}|十[一二]|[一二三四五六七八九十]"
_DAY = r"\d{1,2}|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九]"
_POINT = re.compile(
    # most characters can open no date: fail on them at once
    r"(?=[0-9一二三四五六七八九十今本当明次翌同上下第年])(?:"
    rf"(?<![\d.〔\[A-Za-z])(?:(?P<y>{_YEAR})年度?的?)?"
    r"(?:"
    rf"(?P<m>(?<![\d.])(?:{_MONTH}))月(?:份(?!额))?(?:(?P<d>{_DAY})[日号](?![均常产报])|(?P<dd>\d{{1,2}})(?=[前之以]))?"
    r"|(?P<half>[上下]半年)|第?(?P<q>[一二三四1-4])季度"
    r"|(?P<dm>(?:1[0-2]|0?[1-9]))\.(?P<ddd>3[01]|[12]\d|0?[1-9])(?=[前之以])"
    r")"
    rf"|(?<![\d.〔\[A-Za-z])(?P<y2>{_YEAR})年度?"
    r"|(?<![\d.A-Za-z/—-])(?P<iy>20\d\d)(?P<isep>[-./])(?P<im>\d{1,2})(?P=isep)(?P<id>\d{1,2})(?![\d.])"
    r"|(?<![\d.A-Za-z/—-])(?P<jy>20\d\d)[./](?P<jm>1[0-2]|0?[1-9])(?![\d.%])"
    r"|(?P<end>(?<![\d一二三四五六七八九十两几每半全历往])年(?:底|末|内|终)))"
)
_TAIL = re.compile(
    r"(?P<xun>[上中下]旬)?(?:的?年)?(?P<low>底|末)?(?:(?:上午|下午|晚上?)?\d{1,2}[时点](?:\d{1,2}分|整)?)?"
    r"(?:（含）|\(含\))?(?P<by>之前|以前|前|内|为止|止)?(?!期|景|提|往|款|置|端|沿|一[日次年月天周]|[一-龥]{0,2}排名)"
)
_START = re.compile(r"(?:之日)?(?:起|开始|以后|之后|后(?!续|期|备|果))")
_INTERVAL = re.compile(r"(?:之日)?(?:起|开始)?[，、]?(?:至|到|—{1,2}|－{1,2}|-{1,2}|–{1,2}|~|～|―)(?:止)?")
_INTERVAL_DAY = re.compile(rf"(?P<d>{_DAY})[日号]")
_MONTHS = re.compile(
    rf"(?<![\d.])(?:(?P<y>{_YEAR})年度?)?(?P<a>1[0-2]|[1-9])(?:月份?)?(?:至|到|—{{1,2}}|－|-{{1,2}}|–|~|～)"
    rf"(?:(?P<y2>{_YEAR})年)?(?P<b>1[0-2]|[1-9])月份?(?!\d)(?!(?:{_DAY})[日号])(?P<tail>底前|底|末|前)?"
)
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d年?(?:—{1,2}|－{1,2}|-{1,2}|–|~|～|至|到)(?:19|20)?\d\d(?:年度?|(?=[）)]))")
_UNTIL = re.compile(r"(?:公布|印发|发布|发文|实施|下发)之日起至?(?:到)?$")

_EVERY = re.compile(
    r"每(?P<unit>个?(?:(?:周|星期)(?:[一二三四五六日末](?=前|以前|之前|至|上午|下午|报|[，。、；]|$))?|季度?|半年|半个?月|旬|月|年|日|天)"
    r"|(?:[两二三四五六十\d]{1,2})个?(?:月|周|星期|季度|年|天|日|小时))"
)
#: 每年产生量 is a rate, not a duty that comes again
_RATE = re.compile(r"[一-龥]{0,6}?(?:量|额|产值)")
_EVERY_DATE = re.compile(
    r"(?:的?(?:最后|末|首|第)?(?:[一1]个?)?月份?(?:的)?)?(?:的)?"
    r"(?P<date>(?:(?:上|中|下)旬|\d{1,2}月(?:份)?)?(?:底|末|初|\d{1,2}[日号]|月底|月末|年底|年末)?"
    r"(?:(?:上午|下午)?\d{1,2}[时点](?:\d{1,2}分)?)?(?:之前|以前|前)?)"
)
_TIMES = re.compile(
    r"[一-龥“”、（）]{0,16}?(?P<cmp>不少于|不低于|不得少于|至少|最少|不超过|最多)?"
    r"[一-龥“”]{0,8}?(?P<n>\d{1,3}|[一两二三四五六七八九十]{1,3})(?:[次遍轮回]|(?=调度|汇总|排名|考核|通报|评比|会商|研判))"
    r"(?P<more>以上|及以上)?"
)
_NEXT_MONTH = re.compile(r"(?:次月|下月|当月|翌月|本月)(?:的)?\d{1,2}[日号](?:之前|以前|前)")
_VAGUE = re.compile(
    r"(?=[12冬今秋采供取停入春元国中清麦夏三汛雨霜本当月])(?:(?:(?:19|20)\d\d年)?(?:冬季|今冬|秋冬季?)?(?:采暖|供暖|取暖|供热|冬防|停暖)(?:季节?|期)?(?:来临|到来|开始)?(?:之前|以前|前)(?!期|[一-龥]{0,2}后)"
    r"|(?:入冬|春节|元旦|国庆节?|中秋节?|清明节?|麦收|夏收|秋收|三夏|三秋|汛期|雨季|霜冻|秋冬季|今冬|冬季)(?:来临|到来)?(?:之前|以前|前)(?!期|后)"
    r"|(?:本月|当月|(?<![\d.一二三四五六七八九十每个])月)底(?:之前|以前|前))"
)
_FIVE_YEARS = re.compile(r"“?(?P<n>十[一二三四五六七八九])五”?(?:规划)?(?:时期|期)?末")
_LABEL = re.compile(
    r"(?:(?:完成|实施|整改|办结|落实|销号|执行|工作|办理|达标)?(?:时限|期限|时段|时间|节点)(?:要求|节点)?|时限要求|限期)[为是]?[：:]?\s*$"
)
_LABELLED_VALUE = re.compile(
    r"(?:时限|期限|时段|时间|节点)(?:要求)?[：:]\s*"
    r"(?P<value>(?:(?:19|20)\d\d(?:(?:—|-|－|～|~|至)(?:19|20)?\d\d)?年度?)?(?:全年|常年|长期全年|"
    r"(?:秋冬季?|冬春季|冬季|夏季|春季|秋季)?(?:采暖|供暖|取暖|供热)(?:季节?|期)|秋冬季|冬防期?(?:间)?|冬春季|夏季|春季|秋季|冬季|臭氧污染(?:季节?|防控期)))"
    r"(?=$|[。；，、）)\s])"
)
_SEASON_ALONE = re.compile(
    r"\s*(?:(?:19|20)\d\d(?:(?:—|-|－|～|~|至)(?:19|20)?\d\d)?年度?)?(?:全年|常年|"
    r"(?:秋冬季?|冬春季|冬季|夏季|春季|秋季)?(?:采暖|供暖|取暖|供热)(?:季节?|期)|秋冬季|冬防期?(?:间)?|冬春季|夏季|春季|秋季|冬季)\s*[。；]?\s*"
)
_DUE_VERB = re.compile(
    r"[一-龥“”、（）A-Za-z0-9]{0,24}?(?:完成|建成|停运|投产|投运|投用|投入|关停|关闭|淘汰|拆除|实现|达到|验收|上线|联网|"
    r"报送|报至|报省|报市|搬迁|退出|取缔|出台|印发|制定|编制|启用|建立|到位|整改|全覆盖)"
)
_BY_BEFORE = re.compile(r"(?:到|至|截至|截止到?|截至到|于|在|不迟于|不晚于)$")
_PAST = re.compile(r"(?:较|比|相比|与|同|自|从|以来|对照|基于|按|在)$")
_ITEM_NUMBER = re.compile(r"(?m)^[ \t]{0,4}\d{1,3}[.、](?=(?:19|20)\d\d年|\d{1,2}月|[^\d])|(?<=[。；])\d{1,2}[.、](?=(?:19|20)\d\d年|\d{1,2}月)")
_BOOK = re.compile(r"《[^《》]{1,120}》")
_CARRY_AT_START = re.compile(r"(?:^|[。；\n：])(?:到|至|在)?$")


@dataclass(frozen=True, slots=True)
class _Point:
    """One point in time as printed; day 0 means the month, month 0 the year."""

    year: int | None
    month: int
    day: int
    start: int
    end: int
    explicit_year: bool
    last_month: int = 0  # for quarters and halves: the month that they end with


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def _as_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def without_item_numbers(text: str) -> str:
    """Blank out the numbers of items, so that ``13.2018年`` and ``34.12月`` are not read as decimals."""
    return _ITEM_NUMBER.sub(lambda m: " " * len(m[0]), text)


class _Reader:
    def __init__(self, text: str, year: int | None, offset: int) -> None:
        text = without_item_numbers(text)
        self.text = text
        self.plan_year = year
        self.offset = offset
        self.deadlines: list[Deadline] = []
        self.starts: list[Deadline] = []
        self.periods: list[Period] = []
        self.recurrence: list[Recurrence] = []
        self.taken: list[Span] = []
        self.warnings: list[Warning_] = []
        self.books = [m.span() for m in _BOOK.finditer(text)]
        self._book_starts = [a for a, _ in self.books]
        self.stops = [m.start() for m in re.finditer(r"[。\n]", text)]
        self.carried: tuple[int, int] | None = None  # (sentence, year)
        self.upto = 0

    # ---------------------------------------------------------------- helpers

    def span(self, start: int, end: int) -> Span:
        return start + self.offset, end + self.offset

    def sentence(self, at: int) -> int:
        return bisect_right(self.stops, at)

    def in_book(self, at: int) -> bool:
        i = bisect_right(self._book_starts, at) - 1
        return i >= 0 and at < self.books[i][1]

    def warn(self, code: str, message: str, start: int, end: int) -> None:
        self.warnings.append(Warning_(code, message, self.span(start, end)))

    def take(self, start: int, end: int) -> None:
        self.taken.append(self.span(start, end))
        self.upto = max(self.upto, end)

    def default_year(self, at: int) -> int | None:
        if self.carried and self.carried[0] == self.sentence(at):
            return self.carried[1]
        return self.plan_year

    def year_of(self, printed: str | None, at: int) -> tuple[int | None, bool]:
        if printed is None:
            return self.default_year(at), False
        if printed in "今本当同":
            return self.default_year(at) if printed == "同" else self.plan_year, False
        if printed in "明次翌":
            base = self.default_year(at)
            return (base + 1 if base is not None else None), False
        value = parse_number(printed)
        return (int(value), True) if value is not None and 1900 <= value < 2100 else (None, True)

    def point(self, m: re.Match[str]) -> _Point | None:
        start, end = m.span()
        if m["iy"]:
            return _Point(int(m["iy"]), int(m["im"]), int(m["id"]), start, end, True)
        if m["jy"]:
            return _Point(int(m["jy"]), int(m["jm"]), 0, start, end, True)
        if m["end"]:
            return _Point(self.default_year(start), 0, 0, start, end, False)
        if m["y2"]:
            year, explicit = self.year_of(m["y2"], start)
            return _Point(year, 0, 0, start, end, explicit)
        year, explicit = self.year_of(m["y"], start)
        if m["half"]:
            return _Point(year, 0, 0, start, end, explicit, 6 if m["half"][0] == "上" else 12)
        if m["q"]:
            return _Point(year, 0, 0, start, end, explicit, 3 * int(parse_number(m["q"]) or 1))
        if m["dm"]:
            return _Point(year, int(m["dm"]), int(m["ddd"]), start, end, explicit)
        month = int(parse_number(m["m"]) or 0)
        printed_day = m["d"] or m["dd"]
        day = int(parse_number(printed_day) or 0) if printed_day else 0
        if not m["m"].isdigit() and not m["y"] and not day and self._chinese_month_is_no_date(m):
            return None
        return _Point(year, month, day, start, end, explicit)

    def _chinese_month_is_no_date(self, m: re.Match[str]) -> bool:
        before = self.text[max(0, m.start() - 1) : m.start()]
        after = self.text[m.end() : m.end() + 1]
        return before in tuple("每后前第最上下个几") or after not in tuple("底末前上中下") or m[0].endswith("份")

    # ---------------------------------------------------------------- the walk

    def read(self) -> DateReading:
        text = self.text
        self.vague()
        self.five_years()
        self.labels()
        for m in _YEARS.finditer(text):
            self.taken.append(self.span(*m.span()))
        year_ranges = [(a - self.offset, b - self.offset) for a, b in self.taken]
        self.upto = 0
        self.recurrences()
        blocked = sorted((r.span[0] - self.offset, r.span[1] - self.offset) for r in self.recurrence)
        blocked = sorted(blocked + year_ranges)
        block = 0
        at = 0
        pending: list[_Point] = []
        while True:
            m = _POINT.search(text, at)  # type: ignore[assignment]
            if m is None:
                break
            at = m.end()
            while block < len(blocked) and blocked[block][1] <= m.start():
                block += 1
            if block < len(blocked) and blocked[block][0] < m.end() and m.start() < blocked[block][1]:
                at = max(at, blocked[block][1])
                continue
            months = _MONTHS.match(text, m.start()) or (
                _MONTHS.match(text, self._month_range_start(m)) if m["m"] and not m["d"] else None
            )
            if months and months.end() >= m.end() and not (m["d"] or m["dd"]):
                at = self.month_range(months)
                continue
            point = self.point(m)
            if point is None:
                continue
            at = self.classify(m, point, pending)
        return self.result()

    def _month_range_start(self, m: re.Match[str]) -> int:
        """The first figure of ``1—2月份`` stands before the month that was found."""
        before = self.text[max(0, m.start() - 5) : m.start()]
        found = re.search(r"(?<![\d.])(?:1[0-2]|[1-9])(?:月份?)?(?:至|到|—{1,2}|－|-{1,2}|–|~|～)$", before)
        if not found:
            return m.start()
        start = m.start() - len(before) + found.start()
        year = re.search(r"(?:19|20)\d\d年$", self.text[max(0, start - 5) : start])
        return start - 5 if year else start

    def month_range(self, m: re.Match[str]) -> int:
        start, end = m.span()
        year, _ = self.year_of(m["y"], start)
        self.take(start, end)
        a, b = int(m["a"]), int(m["b"])
        if year is None or self.in_book(start) or m["tail"]:
            if m["tail"] and year is not None and not self.in_book(start):
                self.deadlines.append(Deadline(last_day(year, b), m[0], self.span(start, end)))
            return end
        end_year = self.year_of(m["y2"], start)[0] if m["y2"] else (year if b >= a else year + 1)
        if end_year is not None:
            self.periods.append(Period(date(year, a, 1), last_day(end_year, b), m[0], self.span(start, end)))
        return end

    def classify(self, m: re.Match[str], point: _Point, pending: list[_Point]) -> int:
        text = self.text
        start, end = point.start, point.end
        if self.in_book(start):
            self.take(start, end)
            return end
        if point.month > 12 or (m["m"] and not point.month):
            self.warn("invalid_date", "There is no such month.", start, end)
            self.take(start, end)
            return end
        gap = _INTERVAL.match(text, end) if not (m["end"] or point.last_month) else None
        if gap and point.month:
            done = self.interval(point, gap.end())
            if done:
                return done
        before = text[max(0, start - 8) : start]
        until = _UNTIL.search(text[max(0, start - 16) : start])
        if until and point.month and point.day and point.year is not None:
            on = _as_date(point.year, point.month, point.day)
            if on:
                self.periods.append(Period(None, on, text[start:end], self.span(start, end)))
                self.take(start, end)
                return end
        begins = _START.match(text, end)
        if begins and not m["end"]:
            return self.start_date(point, begins.end())
        tail = _TAIL.match(text, end)
        low = bool(tail and (tail["low"] or tail["xun"]))
        by = bool(tail and tail["by"])
        stop = tail.end() if tail else end
        if tail and tail["by"] == "内" and (point.month or not point.year):
            stop, by = tail.start("by"), False
        if m["end"]:
            by = by or m["end"].endswith("内")
            due = by or bool(_BY_BEFORE.search(before)) or self.labelled(start) or bool(_DUE_VERB.match(text, stop))
        elif point.last_month:
            due = by or low or self.labelled(start) or bool(_DUE_VERB.match(text, stop))
        elif point.month:
            due = low or by or self.labelled(start) or self.stands_alone(start, stop)
            if not due:
                due = bool(_BY_BEFORE.search(before)) or (
                    not _PAST.search(before[-2:]) and bool(_DUE_VERB.match(text, stop)) and self.not_before_plan(point)
                )
        else:
            due = low or by or bool(_BY_BEFORE.search(before[-1:])) or self.labelled(start) or self.stands_alone(start, stop)
            if due and not low and not by and before[-1:] in ("于", "在"):
                due = False
        if not due:
            if self.listed_with_next(stop):
                pending.append(point)
            else:
                pending.clear()
                self.carry(point, start)
            self.take(start, end)
            return end
        for earlier in pending:
            self.deadline(earlier, text[earlier.start : earlier.end], earlier.start, earlier.end, "", low)
        pending.clear()
        self.deadline(point, text[start:stop], start, stop, tail["xun"] or "" if tail else "", low)
        return stop

    def listed_with_next(self, at: int) -> bool:
        return bool(re.match(r"[、和及与](?:\d{1,2}月|\d{1,2}[日号])", self.text[at : at + 5]))

    def labelled(self, start: int) -> bool:
        return bool(_LABEL.search(self.text[max(0, start - 14) : start]))

    def stands_alone(self, start: int, end: int) -> bool:
        """The date is the whole text: the cell of a column of deadlines."""
        return not self.text[:start].strip(" \n\t（(") and not self.text[end:].strip(" \n\t。；）)")

    def not_before_plan(self, point: _Point) -> bool:
        return self.plan_year is None or point.year is None or point.year >= self.plan_year

    def carry(self, point: _Point, start: int) -> None:
        """Remember a year that opens a sentence: later months of the sentence belong to it."""
        if point.year is None or not point.explicit_year or not self.not_before_plan(point):
            return
        if point.month or _CARRY_AT_START.search(self.text[max(0, start - 2) : start]):
            self.carried = (self.sentence(start), point.year)

    def deadline(self, point: _Point, printed: str, start: int, end: int, xun: str, low: bool) -> None:
        self.take(start, end)
        year = point.year
        if year is None:
            self.warn("date_without_year", "The year of this date is not known.", start, end)
            return
        if point.explicit_year and not self.not_before_plan(point):
            return  # what an earlier year brought is told, not ordered
        on: date | None
        if point.last_month:
            on = last_day(year, point.last_month)
        elif not point.month:
            on = date(year, 12, 31)
        elif point.day:
            on = _as_date(year, point.month, point.day)
        elif xun in ("上旬", "中旬"):
            on = date(year, point.month, 10 if xun == "上旬" else 20)
        else:
            on = last_day(year, point.month)
            if printed.endswith(("前",)) and not low and not xun:
                self.warn("date_unclear", "Before the month begins or before it ends? Taken as its last day.", start, end)
        if on is None:
            self.warn("invalid_date", "There is no such day.", start, end)
            return
        self.deadlines.append(Deadline(on, printed, self.span(start, end)))
        self.carry(point, start)

    def start_date(self, point: _Point, end: int) -> int:
        start = point.start
        self.take(start, end)
        if point.year is None:
            self.warn("date_without_year", "The year of this date is not known.", start, end)
            return end
        month = point.last_month - (2 if point.last_month in (3, 9) else 5) if point.last_month else point.month or 1
        on = _as_date(point.year, max(1, month), point.day or 1)
        if on is None:
            self.warn("invalid_date", "There is no such day.", start, end)
        elif self.not_before_plan(point) or not point.explicit_year:
            self.starts.append(Deadline(on, self.text[start:end], self.span(start, end)))
            self.carry(point, start)
        return end

    def interval(self, first: _Point, at: int) -> int | None:
        """Read the second half of an interval; None where none follows."""
        text = self.text
        m = _POINT.match(text, at)
        second: _Point | None = None
        if m and (m["m"] or m["iy"] or m["jy"]):
            if m["y"] in ("次", "翌", "明") and first.year is not None:
                second = _Point(
                    first.year + 1,
                    int(parse_number(m["m"]) or 0),
                    int(parse_number(m["d"] or m["dd"] or "0") or 0),
                    m.start(),
                    m.end(),
                    True,
                )
            else:
                second = self.point(m)
        elif day := _INTERVAL_DAY.match(text, at):
            second = _Point(first.year, first.month, int(parse_number(day["d"]) or 0), day.start(), day.end(), False)
        if second is None or not 1 <= second.month <= 12:
            return None
        stop = second.end
        if low := re.match(r"底", text[stop : stop + 1]):
            stop += low.end()
        a_year, b_year = first.year, second.year
        if not second.explicit_year and a_year is not None:
            b_year = a_year + (1 if second.month < first.month else 0)
        if not first.explicit_year and second.explicit_year and b_year is not None and m and m["y"] not in ("次", "翌", "明"):
            a_year = b_year - (1 if first.month > second.month else 0)
        self.take(first.start, stop)
        if a_year is None or b_year is None:
            self.warn("date_without_year", "The year of this interval is not known.", first.start, stop)
            return stop
        a = _as_date(a_year, first.month, first.day or 1)
        b = _as_date(b_year, second.month, second.day) if second.day else last_day(b_year, second.month)
        if a is None or b is None:
            self.warn("invalid_date", "There is no such day.", first.start, stop)
            return stop
        if b < a:
            self.warn("invalid_date", "The interval ends before it begins.", first.start, stop)
            return stop
        self.periods.append(Period(a, b, text[first.start : stop], self.span(first.start, stop)))
        self.carry(first, first.start)
        return stop

    # ---------------------------------------------------------------- what comes again, seasons

    def recurrences(self) -> None:
        text = self.text
        at = 0
        while m := _EVERY.search(text, at):
            start, at = m.span()
            if self.in_book(start) or _RATE.match(text, at):
                continue
            unit = m["unit"].removeprefix("个")
            end = m.end()
            on = _EVERY_DATE.match(text, end)
            if unit[0] in "两二三四五六十0123456789":
                # a cycle with a number is an amount too, so its figures stay free for the reader of amounts
                self.recurrence.append(Recurrence("每" + unit, text[start:end], self.span(start, end)))
                continue
            if unit in ("年", "周", "星期") and re.match(r"\d{1,2}月", text[end : end + 4]) and self._every_interval(start, end):
                continue
            if on and on["date"] and re.search(r"[前底末初日号旬点时]", on["date"]):
                end = on.end()
                every = "每周" if unit[0] in "周星" else "每" + ("季度" if unit == "季" else unit)
                self.recurrence.append(Recurrence(every, text[start:end], self.span(start, end)))
                self.take(start, end)
                at = end
                continue
            every = "每周" if unit[0] in "周星" else "每" + ("季度" if unit == "季" else unit)
            times = _TIMES.match(text, end)
            count: int | None = None
            comparator = "="
            stop = end
            if times:
                value = parse_number(times["n"])
                count = int(value) if value is not None else None
                if times["more"] or (times["cmp"] and times["cmp"] not in ("不超过", "最多")):
                    comparator = ">="
                elif times["cmp"]:
                    comparator = "<="
                if "每" not in times[0]:
                    stop = times.end()
                else:
                    count, comparator = None, "="
            self.recurrence.append(Recurrence(every, text[start:stop], self.span(start, stop), count, comparator))
        for n in _NEXT_MONTH.finditer(text):
            if not any(a - self.offset <= n.start() < b - self.offset for a, b in self.taken[-8:]):
                self.recurrence.append(Recurrence("每月", n[0], self.span(*n.span())))
                self.take(*n.span())
        # only what is a date blocks the walk; 每周 alone may stand before a date

    def _every_interval(self, start: int, end: int) -> bool:
        """``每年11月15日至次年3月15日`` is an interval that comes again."""
        m = _POINT.match(self.text, end)
        if not m or not m["m"] or not (gap := _INTERVAL.match(self.text, m.end())):
            return False
        point = self.point(m)
        if point is None or not 1 <= point.month <= 12:
            return False
        stop = self.interval(point, gap.end())
        if stop is None:
            return False
        self.recurrence.append(Recurrence("每年", self.text[start:stop], self.span(start, stop)))
        return True

    def five_years(self) -> None:
        for m in _FIVE_YEARS.finditer(self.text):
            if self.in_book(m.start()):
                continue
            plan = parse_number(m["n"])
            if plan is not None and 11 <= plan <= 20:
                self.deadlines.append(Deadline(date(1955 + 5 * int(plan), 12, 31), m[0], self.span(*m.span())))
                self.take(*m.span())

    def vague(self) -> None:
        if "前" not in self.text:
            return
        for m in _VAGUE.finditer(self.text):
            if not self.in_book(m.start()) and self.text[max(0, m.start() - 1) : m.start()] not in ("年", "份", "每"):
                self.warn("date_unclear", "This deadline has no date in the calendar.", *m.span())
            elif m[0].startswith(("20", "19")):
                self.warn("date_unclear", "This deadline has no date in the calendar.", *m.span())

    def labels(self) -> None:
        found = [(m["value"], *m.span("value")) for m in _LABELLED_VALUE.finditer(self.text)]
        if not found and len(self.text) < 60 and _SEASON_ALONE.fullmatch(self.text):
            value = self.text.strip(" \n\t。；")
            at = self.text.index(value)
            found = [(value, at, at + len(value))]
        for value, start, end in found:
            self.periods.append(Period(None, None, value, self.span(start, end)))
            self.take(start, end)

    def result(self) -> DateReading:
        return DateReading(
            deadlines=tuple(sorted(self.deadlines, key=lambda d: d.span)),
            starts=tuple(sorted(self.starts, key=lambda d: d.span)),
            periods=tuple(sorted(self.periods, key=lambda p: p.span)),
            recurrence=tuple(sorted(self.recurrence, key=lambda r: r.span)),
            taken=tuple(sorted(set(self.taken))),
            warnings=tuple(sorted(self.warnings, key=lambda w: w.span)),
        )


def read_dates(text: str, *, year: int | None, offset: int = 0) -> DateReading:
    """Read every date of a piece of text.

    Parameters
    ----------
    text
        Clean text; a paragraph, the text of a task or a single cell of a table.
    year
        The year that dates without one belong to, usually the plan's.
    offset
        Where `text` begins in the clean text; all spans are shifted by it.

    Returns
    -------
    DateReading
        Deadlines in the order of the text.  A month alone is its last day; a year that only scopes an amount, a
        date inside a title in 《》 and a date before the plan's year are no deadlines, but their stretch is in
        ``taken`` so that no other reader takes the figures for amounts.
    """
    return _Reader(text, year, offset).read()
