"""Targets: the values that places shall reach, in chapters on goals and in tables by place.

A goal chapter is read clause by clause.  The reader carries what a clause leaves out from the clauses before it (the
period, the place, the indicator), because that is how these sentences are built: "…PM10年均浓度不高于…，较2016年下降
15%以上，力争下降18%".  It never fills in a value that is not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import Quantity, Span, Target, Warning_
from lantian.rules.documents.numbers import parse_number
from lantian.rules.documents.quantities import read_quantities
from lantian.rules.documents.traditional import TO_SIMPLIFIED

# ------------------------------------------------------------------------------------------------ indicators

_POLLUTANTS = (
    ("PM2.5", r"(?:细颗粒物|PM2\.5)(?:（(?:PM2\.5|细颗粒物)）)?"),
    ("PM10", r"(?:可吸入颗粒物|PM10)(?:（(?:PM10|可吸入颗粒物)）)?"),
    ("SO2", r"(?:二氧化硫|SO2|SO₂)(?:（(?:SO2|SO₂|二氧化硫)）)?"),
    ("NO2", r"(?:二氧化氮|NO2|NO₂)(?:（(?:NO2|NO₂|二氧化氮)）)?"),
    ("NOx", r"(?:氮氧化物|NOx|NOX)(?:（(?:NOx|NOX|氮氧化物)）)?"),
    ("CO", r"(?:一氧化碳|(?<![A-Za-z])CO(?![A-Za-z2]))(?:（(?:CO|一氧化碳)）)?"),
    ("O3", r"(?:臭氧|(?<![A-Za-z])O3|O₃)(?:（(?:O3|O₃|臭氧|O3-8h)）)?"),
    ("VOCs", r"(?:挥发性有机物|VOCs|VOCS)(?:（(?:VOCs|VOCS|挥发性有机物)）)?"),
)
_MEASURE = (
    r"(?:等(?:[一-龥]{0,8}污染物)?)?(?:[的及]?(?:年均值|年均|月均|日均|年平均|全年|年度|年|月|季|秋冬季|采暖季|日最大8小时|日|最大|8小时|滑动|第?90百分位数?|第?95百分位数?|平均值|平均|均值|"
    r"浓度值|浓度|控制值|目标值|控制目标|超标率|超标天数|达标率|指标|排放总量|排放量|排放|总量|重点工程|减排量|值|累计)){0,8}"
)
_DAYS = (
    r"(?:环境)?(?:空气)?(?:质量)?(?:级别)?(?:全年|年度|年均)?(?:平均)?(?:AQI)?(?:优良|达标|优良以上|一级|二级及以上|优)(?:以上)?(?:空气质量)?天(?:气)?(?:数)?(?:平均|占)?(?:比例|比率|率|比)?"
    r"|(?:环境)?空气质量(?:优良|达标)率|优良率|(?:优良|蓝天)(?:天气)?(?:比例|率)"
)
_HEAVY = (
    r"(?:(?:重度及以上|重度以上|中度及以上|中重度|重度|重)污染|重度及以上)(?:的)?(?:天气|天)(?:数)?(?:占)?(?:比例|比率|率)?"
    r"|重污染过程|人为因素造成的重污染天数"
)
_OTHERS = (
    r"(?:月)?(?:平均)?降尘(?:量|强度)?(?:均值)?"
    r"|(?:环境)?(?:空气)?(?:质量)?综合(?:污染)?指数"
    r"|秸秆(?:综合利用率|禁烧火点|焚烧火点|焚烧)"
    r"|(?:[一-龥]{2,14}?)(?:普及率|覆盖率|利用率|取暖率|清洁化率|机械化清扫率|占比|比重|能耗|强度)"
    r"|(?:煤炭|燃煤)(?:消费|使用)?总量|(?:单位)?(?:GDP|地区生产总值)(?:能耗|二氧化碳排放)"
)
_INDICATOR = re.compile(
    "|".join(f"(?P<p{i}>{body}){_MEASURE}" for i, (_, body) in enumerate(_POLLUTANTS))
    + f"|(?P<heavy>{_HEAVY})|(?P<days>{_DAYS})|(?P<other>{_OTHERS})"
)
_MEASURE_END = re.compile(_MEASURE.removeprefix(r"(?:等(?:[一-龥]{0,8}污染物)?)?") + r"$")
_CONCENTRATION = re.compile(r"微克|毫克|μg|µg|ug/|mg/")
_PRECURSOR = {"SO2", "NO2", "NOx", "CO", "O3", "VOCs", "PM2.5", "PM10"}

# ------------------------------------------------------------------------------------------------ clauses

_GOAL = re.compile(
    r"(?:工作|总体|主要|年度|具体|攻坚|行动|改善|质量|控制|阶段|阶段性|治理|防治|任务|环境|指标|预期|绩效|约束性)?(?:目标|指标)(?!责任|管理|考核|任务分解|导向|问题|倒逼)"
)
_NO_GOAL = re.compile(r"目标责任|目标导向|目标考核|目标管理|考核目标|责任目标|强化目标")
_INTRO = re.compile(r"总体要求|总体思路|指导思想|基本要求|工作思路|基本思路|总体")
_HOPED = re.compile(r"力争|争取|努力|冲刺|奋斗|争创|期望")
_FIRM = re.compile(r"确保|完成|必须|保证|保底")
_CHANGE = re.compile(
    r"(?P<w>下降|降低|减少|削减|压减|减排|改善|提高|提升|增加|上升|增长|增长率)(?:率|比例|幅度|量|了)?(?:要|应|须|均|都)?(?:各)?(?:达到|达|为|在|约|分别|不低于|不少于|超过|至少)*$"
)
_CHANGE_HEAD = re.compile(r"下降|降低|减少|削减|改善|提高|提升|增加|降幅|变化")
_HAS_NUMBER = re.compile(r"[\d零一二两三四五六七八九十]|：")
_BASE = re.compile(
    r"(?:较|比|与|相比于?|在|相对于?)(?P<y>(?:(?:19|20)\d\d|上|去|前)年(?:度)?)(?:同期|均值|年均值|年均浓度|平均值|平均浓度|基础|基数|水平|实际|度|秋冬季|[一-龥]{0,6})?(?:相比|上|之上)?"
    r"|(?P<yoy>同比|比上年同期|较上年同期|比去年同期|较去年同期)"
)
_SCOPE_YEAR = re.compile(r"(?<![\d较比与和])(?P<y>20\d\d)年(?:底|末|度)?(?!均|以来|进入|新进|同期|基础|相比|年均|为基|的基|实际|平均|PM|完成值)")
_YEARS = re.compile(r"(20\d\d)(?:—{1,2}|－|-{1,2}|–|~|～|至)(20\d\d|\d\d)年?(?:秋冬季|采暖季|取暖季|供暖季|冬春季)")
_MONTHS = re.compile(r"(?<!\d)(1[0-2]|[1-9])(?:月份?)?(?:—{1,2}|－|-{1,2}|–|~|～|至)(1[0-2]|[1-9])月份?")
_SEASON = re.compile(r"(?:20\d\d年)?(?:秋冬季|采暖季|取暖季|供暖季|冬春季|夏季|臭氧季|冬季|全年)")
_PLACE_WORD = (
    r"(?:省直管县（市）|县（市、区）|县（市）|市（县、区）|区（县、市）|区（市）县|镇（街道）|镇（街）|乡（镇）|乡（镇、街道）|镇（乡、街道）|乡镇（街道）|街（镇）|省辖市|设区市|地级市|"
    r"县级市|县市区|县区|区县|市县|市区|主城区|中心城区|建成区|老城区|城区|镇区|城市|自治县|自治州|新区|开发区|高新区|经开区|示范区|产业园区|工业园区|园区|集聚区|实验区|"
    r"度假区|风景区|管理区|功能区|街道办事处|街道|办事处|管委会|乡镇|镇办|镇街|街镇|省|市|县|区|旗|盟|镇|乡|办)(?![省市县区旗州镇乡]|中心城)"
)
_NAME = re.compile(
    rf"(?:全|我|本)(?:省|市|区|县|域|镇|州|旗)(?:城区|建成区|范围内|范围)?(?!各|\d)|(?:全省|全市|全县|全区)?(?:各|每个|其他|其余|其它)?(?:\d{{1,3}}个)?(?:国控|省控|市控)?"
    rf"[一-龥]{{0,12}}?{_PLACE_WORD}(?:（[一-龥、]{{1,12}}）)?(?:城区|建成区|市区)?"
)
_NOT_A_PLACE = re.compile(
    r"质量|浓度|污染|目标|任务|排名|天数|完成|控制|大气|环境|主要|指标|实现|达到|确保|力争|年度|通过|按照|根据|以上|以下|重点区|禁燃区|控制区|地区生产|区域|示范市|下降|改善|辖区内|主管|进一步|持续|综合|明显|考核|国家|下达"
)
_BARE_NAME = re.compile(r"[一-龥]{2,5}")
_LEAD = re.compile(
    r"^(?:[\s，、；：。“”（]|其中|同时|并且|并|且|确保|力争|争取|努力|实现|全年|年内|到|使|对|将|在|的|要|即|完成|一是|二是|三是|四是|五是|六是|\d{1,2}\.|（[一二三四五六七八九十\d]{1,2}）)+"
)
_TIME_LEAD = re.compile(
    r"^(?:到|至|于|在|自|从)?(?:20\d\d年?(?:—|-|－|~|～|至))?(?:20\d\d年(?:度)?)?(?:(?:\d{1,2}月份?)?(?:\d{1,2}[日号])?(?:起)?(?:至|到|—|-)(?:20\d\d年|次年)?)?(?:\d{1,2}月份?)?(?:\d{1,2}[日号])?"
    r"(?:年?[底末])?(?:之前|以前|以后|之后|前|起|期间|后)?(?:秋冬季|采暖季|取暖季)?[，：]?"
)
_CONDITION = re.compile(
    r"(?:（含）|（不含）)?的(?:各)?(?:县（市、区）|县（市）|县市区|县区|区县|乡镇（街道）|镇（街道）|乡镇|街道|城市|地区|站点|单位|县|市|区|镇|乡)?(?=[，：；]|$)"
    r"|(?:（含）|（不含）)?的?(?:各)?(?:县（市、区）|县（市）|县市区|县区|区县|乡镇（街道）|镇（街道）|乡镇|街道|城市|县|镇)(?=[，：；]|$|[\u4e00-\u9fff])"
)
_REFERENCE = re.compile(
    r"(?:完成|达到|实现|满足|按照|以)[一-龥]{0,8}?(?:国家|省|市|上级|区|县|州)[^，。；]{0,12}?(?:下达|确定|要求|规定|考核|分解|定|明确)[^，。；]{0,40}?(?:目标|任务|指标|要求)"
    r"|(?:以|按)[一-龥]{0,6}(?:国家|省|市|上级)[一-龥]{0,10}(?:为准|执行)|(?:完成|达到)(?:国家|省|市|上级)[一-龥]{0,4}(?:目标|指标|任务|要求)"
)
_ELSEWHERE = re.compile(r"各自|详见|见附|见表|附表|附件")

_RANK_WORD = re.compile(r"排名|位次|名次|位列|位居|排位|进位|排在")
_RANK_MOVE = re.compile(r"(?:退出|摆脱|进入|位居|位列|保持|稳定在|跻身|列)[^，。；]{0,30}?(?:前|后|倒数第?)(?:\d|[一二三四五六七八九十])")
_NUM = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_RANK_BARE = re.compile(
    rf"(?P<mid>(?:退出|摆脱|脱离)[^，。；]{{0,24}}?)(?P<dir>倒数|倒|后)(?P<n>{_NUM})(?P<u>)(?P<more>)(?=$|[，。；]|行列|城市|名单)"
)
_RANK_GAIN = re.compile(
    rf"(?P<w>提高|提升|前进|上升|前移|进位|提前|争先进位)(?:了)?(?:至少|不少于|不低于)?(?P<n>{_NUM})个?(?P<more>以上|及以上)?(?:个)?(?P<u>位次|名次|位|名)(?P<more2>以上|及以上)?"
)
_RANK_DROP = re.compile(rf"(?:后退|下降)不(?:超过|多于)(?P<n>{_NUM})个?(?P<u>位次|名次|位|名)")
_RANK = re.compile(
    rf"(?P<mid>[^，。；、]{{0,40}}?)(?P<dir>倒数第?|后|末|前|第)(?P<n>{_NUM})(?P<u>名|位次|位|个城市|城市)(?P<more>以外|之外|以上|以前|以内|之内|之前|以后|开外)?"
)
_INDEX_VALUE = re.compile(
    r"(?P<words>[一-龥]{0,14}?)(?P<sign>≤|<=|<|≥|>=|>)?[ ]?(?P<n>\d{1,4}(?:\.\d{1,3})?)(?P<after>以下|以上|以内|左右)?(?=$|[，。；、）（]|和|与|及|\s)"
)
_NUMBER_CELL = re.compile(r"(?P<sign>≤|≥|<|>|<=|>=|不高于|不低于|不超过|不少于)?(?P<n>-?\d{1,5}(?:\.\d{1,3})?)(?P<u>%|天|微克/立方米|μg/m³|毫克/立方米|mg/m³|位|名)?(?P<after>以下|以上|以内)?")


@dataclass(slots=True)
class _Indicator:
    name: str
    family: str
    start: int
    end: int


@dataclass(slots=True)
class _State:
    """What later clauses take over from earlier ones."""

    period: str
    regions: list[str]
    indicators: list[_Indicator] = field(default_factory=list)
    base: str | None = None
    hoped: bool = False
    sentence_base: bool = False
    #: the places before 其中, which holds up to the next semicolon
    outer: list[str] | None = None
    ranking: bool = False
    rank_name: str = "空气质量排名"


def _family(m: re.Match[str]) -> str:
    for i, (code, _) in enumerate(_POLLUTANTS):
        if m[f"p{i}"]:
            return code
    if m["heavy"]:
        return "heavy"
    if m["days"]:
        return "days"
    word = m["other"]
    if "降尘" in word:
        return "dust"
    if "指数" in word:
        return "index"
    return "other"


def _display(m: re.Match[str], family: str) -> str:
    """The printed name, with the pollutant as its usual sign: 可吸入颗粒物（PM10）年均浓度 is PM10年均浓度."""
    printed = m[0]
    for i, (code, _) in enumerate(_POLLUTANTS):
        if m[f"p{i}"]:
            body = re.match(_POLLUTANTS[i][1], printed)
            assert body is not None
            if code.startswith("PM"):
                return code + printed[body.end() :]
            return re.sub(r"（[A-Za-z0-9.₀-₉-]{1,8}）", "", printed)
    return re.sub(r"^(?:一级|二级)及?", "", printed) if family == "other" else printed


def _indicators(text: str) -> list[_Indicator]:
    found = [
        _Indicator(_display(m, f), f, m.start(), m.end())
        for m in _INDICATOR.finditer(text)
        if not ((f := _family(m)) == "other" and _NOT_A_PLACE.match(m[0][:2]))
    ]
    # SO2、NO2、CO年均浓度: the measure of the last one of a list holds for all of it
    for i in range(len(found) - 2, -1, -1):
        a, b = found[i], found[i + 1]
        if a.family in _PRECURSOR and b.family in _PRECURSOR and text[a.end : b.start] in ("、", "和", "与", "及", "/"):
            measure = _MEASURE_END.search(b.name)
            if measure and measure[0] and not (_MEASURE_END.search(a.name) or measure)[0]:
                a.name += measure[0]
    return found


# ------------------------------------------------------------------------------------------------ places


def _own(printed: str, context: PlanContext) -> str:
    if re.fullmatch(r"(?:全|我|本)(?:省|市|区|县|域|州|旗|镇)(?:范围内?)?", printed) and context.place:
        return context.place
    return printed


def _places(text: str, context: PlanContext) -> list[str]:
    """The places that a stretch of text in front of an indicator or a verb names; [] where it names none."""
    text = text[-240:]
    for _ in range(4):
        shorter = _LEAD.sub("", text)
        shorter = _TIME_LEAD.sub("", shorter, count=1)
        if shorter == text:
            break
        text = shorter
    if not text:
        return []
    if "的" in text and (after := text.rsplit("的", 1)[1]):
        after_of = _places(after, context)
        if after_of:
            return after_of
    tokens = [t for t in re.split(r"、|和|及|与", _glue(text)) if t]
    listed_names = _counted_list(tokens)
    if listed_names:
        return [_own(n, context) for n in dict.fromkeys(listed_names)]
    names: list[str] = []
    bare: list[str] = []
    for i, token in enumerate(tokens):
        token = token.replace("\x00", "、").strip("的：“” ")
        m = _NAME.match(token)
        if m and not _NOT_A_PLACE.search(m[0]):
            name = m[0]
            etc = re.match(r"(?P<own>[一-龥（）]{2,12}?)等(?:\d{0,3}个?)" + _TAIL_WORD, name)
            if etc and (bare or names):
                names += [*bare, etc["own"]]
                bare = []
                continue
            if bare:
                names += bare if all(len(b) <= 5 for b in bare) and i > 0 else []
                bare = []
            names.append(name)
            continue
        if _BARE_NAME.fullmatch(token) and not _NOT_A_PLACE.search(token) and not names:
            bare.append(token)
            continue
        break
    names = [n for n in names if n not in _GENERIC]
    return [_own(n, context) for n in dict.fromkeys(names)]


#: words for any place, which name none
_GENERIC = {"城市", "市", "县", "区", "省", "镇", "乡", "办", "街道", "乡镇", "园区", "省市", "地级市", "设区市"}
_TAIL_WORD = r"(?:省辖市|县（市、区）|县（市）|县市区|县区|区县|城市|市县|街道办事处|街道|乡镇|镇办|市|县|区|镇|乡|办)"


def _counted_list(tokens: Sequence[str]) -> list[str]:
    """``开封、安阳、新乡3市``: names without their ending, closed by their number."""
    for i, token in enumerate(tokens):
        m = re.match(r"(?P<own>[一-龥]{2,8}?)(?:等(?:\d{1,3}|[一二三四五六七八九十]{1,3})?|(?:\d{1,3}|[一二三四五六七八九十]{1,3}))个?" + _TAIL_WORD, token)
        if m and i:
            names = [*tokens[:i], m["own"]]
            if all(re.fullmatch(r"[一-龥]{2,12}", n) and not _NOT_A_PLACE.search(n) for n in names):
                return names
            return []
        if not re.fullmatch(r"[一-龥]{2,12}", token):
            return []
    return []


def _glue(text: str) -> str:
    """Keep 、 inside brackets from dividing a name: 县（市、区）."""
    out, depth = [], 0
    for c in text:
        depth += (c == "（") - (c == "）" and depth > 0)
        out.append("\x00" if c == "、" and depth else c)
    return "".join(out)


# ------------------------------------------------------------------------------------------------ periods


def _period_in(text: str, year: int | None) -> str | None:
    if m := _YEARS.search(text):
        return m[0]
    reading = read_dates(text, year=year)
    for p in reading.periods:
        if p.start and p.end:
            if _MONTHS.search(p.text) and p.start.day == 1:
                return f"{p.start:%Y-%m}/{p.end:%Y-%m}"
            return f"{p.start.isoformat()}/{p.end.isoformat()}"
    years = [m["y"] for m in _SCOPE_YEAR.finditer(text)]
    if years:
        season = re.search(rf"{years[-1]}年(秋冬季|采暖季|取暖季|供暖季)", text)
        return f"{years[-1]}年{season[1]}" if season else years[-1]
    if m := re.search(r"(?<![年])(?:秋冬季|采暖季|取暖季|供暖季)", text):
        return f"{year}年{m[0]}" if year else m[0]
    return None


def _base_in(text: str, year: int | None) -> str | None:
    m = _BASE.search(text)
    if not m:
        return None
    if m["yoy"]:
        return "同比"
    printed = m["y"].removesuffix("度")
    if printed[0] in "上去" and year:
        return f"{year - 1}年"
    return printed


# ------------------------------------------------------------------------------------------------ goal paragraphs


class _Goals:
    """Reads the paragraphs of goal chapters of one document."""

    def __init__(self, context: PlanContext) -> None:
        self.context = context
        self.place = context.place
        self.targets: list[Target] = []
        self.references: list[Target] = []
        self.warnings: list[Warning_] = []
        self.period = str(context.year) if context.year else ""

    def paragraph(self, p: Paragraph) -> None:
        at = _body_start(p)
        text = p.text[at:]
        offset = p.start + at
        heading = " ".join(p.section[-2:]).translate(TO_SIMPLIFIED)
        period = _period_in(heading, None) or self.period
        state = _State(period, [self.place])
        for sentence_start, sentence in _split(text, "。！\n"):
            state.base = None
            state.regions = state.regions if state.sentence_base else [self.place]
            state.outer = None
            for part_no, (part_start, part) in enumerate(_split(sentence, "；")):
                state.hoped = False
                if state.outer is not None:
                    state.regions, state.outer = state.outer, None
                for start, clause in _split(part, "，"):
                    self.clause(clause, offset + sentence_start + part_start + start, state, new_part=part_no > 0 and start == 0)

    def clause(self, text: str, offset: int, state: _State, *, new_part: bool) -> None:
        year = self.context.year
        if not text.strip():
            return
        if not _HAS_NUMBER.search(text) and not _RANK_WORD.search(text) and not _INDICATOR.search(text):
            if _FIRM.search(text):
                state.hoped = False
            elif _HOPED.search(text) and len(text) <= 4:
                state.hoped = True
            return
        plain = _blank_brackets(text)
        indicators = _indicators(plain)
        dates = read_dates(text, year=year)
        quantities = list(read_quantities(text, taken=dates.taken))
        condition = next((q for q in quantities if _CONDITION.match(text, q.span[1])), None)
        if condition and _CHANGE.search(text[: condition.span[0]]):
            condition = None
        self.times(plain if condition is None else plain[condition.span[1] :], state)
        for a, b in _bracketed(text):
            if m := re.match(r"（(20\d\d)年[一-龥]{0,8}\d", text[a:b]):
                state.base = f"{m[1]}年"
        if _FIRM.search(text):
            state.hoped = False
        carried_hope = state.hoped
        if _HOPED.search(text):
            state.hoped = True
        if colon := re.match(r"(?P<where>[一-龥、（）\d]{2,60})：", text):
            places = _places(colon["where"], self.context)
            if places:
                state.regions = places
                state.sentence_base = True
        ranked = self.ranks(text, offset, state, indicators, new_part)
        if ranked:
            state.hoped = carried_hope or (state.hoped and bool(indicators))
            return
        first = min([i.start for i in indicators] + [q.span[0] for q in quantities] + [_verb_at(text)])
        places = _places(text[:first], self.context) if first else []
        if places:
            if text.lstrip(" ，").startswith("其中") and state.outer is None:
                state.outer = state.regions
            state.regions = places
        if condition:
            if m := re.search(r"(20\d\d|上|去)年", text[: condition.span[0]]):
                state.base = f"{m[1]}年" if m[1].isdigit() else (f"{year - 1}年" if year else None)
            end = _CONDITION.match(text, condition.span[1])
            assert end is not None
            state.regions = [_LEAD.sub("", text[: end.end()]).removesuffix("的")]
            if indicators:
                state.indicators = [i for i in indicators if i.start < condition.span[0]] or state.indicators
            quantities = [q for q in quantities if q.span[0] >= end.end()]
            indicators = [i for i in indicators if i.start >= end.end()]
        if not quantities and indicators:
            self.bare_numbers(text, offset, state, indicators)
            return
        if not quantities:
            return
        self.match(text, offset, state, indicators, quantities)
        if not indicators:
            # "…达到70%，力争72%": the hope holds for this clause alone
            state.hoped = carried_hope

    def times(self, text: str, state: _State) -> None:
        """Take over the period and the base year that a clause prints."""
        year = self.context.year
        base = _base_in(text, year)
        period = _period_in(_BASE.sub("", text) if base else text, year)
        if period:
            state.period = period
        if base:
            state.base = base

    # ---------------------------------------------------------------- amounts to indicators

    def match(
        self, text: str, offset: int, state: _State, indicators: list[_Indicator], quantities: list[Quantity]
    ) -> None:
        inside = _bracketed(text)
        quantities = [q for q in quantities if not any(a < q.span[0] < b for a, b in inside)]
        if not quantities:
            if indicators:
                state.indicators = indicators
            return
        pending = list(indicators)
        group: list[_Indicator] = []
        n = 0
        while n < len(quantities):
            q = quantities[n]
            fresh = [i for i in pending if i.start < q.span[0]]
            pending = [i for i in pending if i.start >= q.span[0]]
            if fresh:
                group = fresh
                state.indicators = fresh
            current = group or state.indicators
            run = [q]
            while n + len(run) < len(quantities) and not any(
                i.start < quantities[n + len(run)].span[0] for i in pending
            ):
                run.append(quantities[n + len(run)])
            n += len(run)
            if not current:
                continue
            self.group(text, offset, state, current, run, inherited=not fresh)
        if pending:
            state.indicators = pending

    def group(
        self, text: str, offset: int, state: _State, current: list[_Indicator], run: list[Quantity], *, inherited: bool
    ) -> None:
        same_list = len(run) > 1 and len({q.span for q in run}) == 1
        if len(current) > 1 and len(run) == len(current):
            for indicator, q in zip(current, run, strict=True):
                self.emit(text, offset, state, indicator, q, state.regions, inherited)
        elif len(state.regions) > 1 and len(run) == len(state.regions) and len(current) == 1 and (same_list or "分别" in text):
            for region, q in zip(state.regions, run, strict=True):
                self.emit(text, offset, state, current[0], q, [region], inherited)
        elif len(run) == 1 or len(current) == 1:
            for q in run:
                for indicator in current:
                    self.emit(text, offset, state, indicator, q, state.regions, inherited)
        else:
            span = (offset + run[0].span[0], offset + run[-1].span[1])
            self.warnings.append(Warning_("targets_unclear", "Which value belongs to which indicator?", span))

    def emit(
        self,
        text: str,
        offset: int,
        state: _State,
        indicator: _Indicator,
        q: Quantity,
        regions: Sequence[str],
        inherited: bool,
    ) -> None:
        low = q.span[0]
        before = text[max(0, low - 24) : low]
        change = _CHANGE.search(before)
        level_words = re.match(r"(?:下降|降低|减少|提高|提升|增加|上升|压减|削减)(?:到|至)", q.text)
        if not level_words and (m := re.search(r"(?:下降|降低|减少|提高|提升|增加|上升)(?:到|至)$", before)):
            level_words = m
        word = change["w"] if change else ""
        yoy = re.search(r"(?:同比|较(?:上|去)年(?:同期)?|比(?:上|去)年(?:同期)?)$", before)
        if not _fits(indicator, q.unit, bool(change)):
            return
        if inherited and _own_subject(text[:low]):
            return
        if inherited and not (change or level_words or q.comparator != "=" or state.hoped or _same_sort(indicator, q.unit)):
            return
        start = indicator.start if not inherited and indicator.start < low else max(0, low - len(before))
        if inherited:
            start = 0
        start += len(text[start:low]) - len(text[start:low].lstrip(" 、的"))
        span = (offset + start, offset + q.span[1])
        kind = "reduction" if (change or yoy) and not level_words else "level"
        comparator = q.comparator
        if level_words and comparator == "=":
            comparator = "<=" if re.match(r"下降|降低|减少|压减|削减", level_words[0]) else "="
        name = indicator.name
        base = None
        if kind == "reduction":
            base = state.base
            if word and word not in name:
                name += word
        for region in regions:
            self.targets.append(
                Target(
                    indicator=name,
                    region=region,
                    comparator=comparator,
                    value=q.value,
                    unit=q.unit,
                    period=state.period,
                    text=text[start : q.span[1]],
                    span=span,
                    kind=kind,
                    base=base,
                    strength="hoped" if state.hoped else "firm",
                )
            )

    def bare_numbers(self, text: str, offset: int, state: _State, indicators: list[_Indicator]) -> None:
        """Values without a unit (综合指数降到5.5以下) and goals that only refer to a decision of a higher level."""
        state.indicators = indicators
        last = indicators[-1]
        m = _INDEX_VALUE.match(text, last.end)
        if m and (m["words"] or m["sign"] or m["after"]) and not re.search(r"第|年|表|附", m["words"]):
            value = parse_number(m["n"])
            unit = {"days": "天", "heavy": "天", "index": ""}.get(last.family)
            if unit is None and last.family in _PRECURSOR and re.search(r"浓度|均值|控制", last.name):
                unit = "微克/立方米" if last.family != "CO" else "毫克/立方米"
            if value is not None and unit is not None and len(indicators) == 1:
                change = _CHANGE.search(m["words"])
                span = (offset + last.start, offset + m.end())
                for region in state.regions:
                    self.targets.append(
                        Target(
                            indicator=last.name + (change["w"] if change and change["w"] not in last.name else ""),
                            region=region,
                            comparator=_sign(m["words"], m["sign"], m["after"]),
                            value=value,
                            unit=unit,
                            period=state.period,
                            text=text[last.start : m.end()],
                            span=span,
                            kind="reduction" if change else "level",
                            base=state.base if change else None,
                            strength="hoped" if state.hoped else "firm",
                        )
                    )
                return
        ref = _REFERENCE.search(text)
        if ref and not _ELSEWHERE.search(text):
            places = _places(text[: min(i.start for i in indicators)], self.context) or state.regions
            start = min(indicators[0].start, ref.start())
            end = max(indicators[-1].end, ref.end())
            for indicator in indicators:
                if indicator.family == "other":
                    continue
                for region in places:
                    self.references.append(
                        Target(
                            indicator=indicator.name,
                            region=region,
                            comparator="=",
                            value=None,
                            unit="",
                            period=state.period,
                            text=text[start:end],
                            span=(offset + start, offset + end),
                            kind="reference",
                            base=ref[0],
                            strength="hoped" if state.hoped else "firm",
                        )
                    )

    # ---------------------------------------------------------------- ranks

    def ranks(self, text: str, offset: int, state: _State, indicators: list[_Indicator], new_part: bool) -> bool:
        if not _RANK_WORD.search(text) and not _RANK_MOVE.search(text):
            return False
        if not _RANK_WORD.search(text) and not state.ranking and not re.search(r"全国|全省|全市|城市", text):
            return False
        state.ranking = True
        index = [i for i in indicators if i.family == "index"]
        if index:
            state.rank_name = index[-1].name + "排名"
        items = list(_ranks_in(text))
        if not items:
            # a place in a list without a number is no target that could be checked
            return bool(_RANK_WORD.search(text)) and not re.search(r"[\d.]+(?:微克|毫克|%|天)", text)
        first = min([i.start for i in indicators] + [m.start("w" if kind == "gain" else "dir") for kind, m in items] + [_verb_at(text)])
        if word := _RANK_WORD.search(text):
            first = min(first, word.start())
        places = _places(text[: first or 0], self.context)
        if places:
            state.regions = places
        elif new_part:
            state.regions = [self.place]
        pollutants = [i for i in indicators if i.family in _PRECURSOR or i.family == "index"]
        for k, (kind, m) in enumerate(items):
            low = items[k - 1][1].end() if k else 0
            named = [i for i in pollutants if i.start < m.end()]
            if k:
                named = [i for i in named if i.start >= items[k - 1][1].end()] or named
            names = [f"{i.family if i.family != 'index' else i.name}排名" for i in named] or [state.rank_name]
            if kind == "gain":
                names = [n + "提高" if n.endswith("排名") else n for n in names]
            for name in dict.fromkeys(names):
                for region in state.regions:
                    self.targets.append(_rank_target(kind, m, name, region, state, text, offset, low))
        return True


def _ranks_in(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    at = 0
    gain = _RANK_GAIN.search(text)
    if gain:
        yield "gain", gain
        return
    while m := _RANK.search(text, at):
        at = m.end()
        if m["dir"] in ("前", "第", "后") and re.match(r"[年月季届期次章条]", text[m.end("n") : m.end("n") + 1]):
            continue
        yield "rank", m
    if not at and (m := _RANK_BARE.search(text)):
        yield "rank", m


def _rank_target(
    kind: str, m: re.Match[str], name: str, region: str, state: _State, text: str, offset: int, low: int
) -> Target:
    value = parse_number(m["n"])
    unit = {"": "位", "位次": "位", "名次": "位", "个城市": "位", "城市": "位"}.get(m["u"], m["u"])
    from_end = False
    if kind == "gain":
        comparator = ">=" if m["more"] or m["more2"] or re.search(r"至少|不少于|不低于", m[0]) else "="
    else:
        from_end = m["dir"] in ("后", "末") or m["dir"].startswith("倒")
        if re.search(r"退出|摆脱|脱离|不再?进入|避免|不列入|力避", m[0]) or m["more"] in ("以外", "之外", "开外"):
            comparator = ">"
        elif from_end:
            comparator = ">=" if m["more"] in ("以上", "以前", "之前") else "="
        else:
            comparator = "<=" if m["dir"] == "前" or m["more"] else "="
    start, end = m.span()
    if kind == "rank":
        start = low
    start += len(text[start:end]) - len(text[start:end].lstrip(" 、，并且"))
    return Target(
        indicator=name,
        region=region,
        comparator=comparator,
        value=value,
        unit=unit,
        period=state.period,
        text=text[start:end],
        span=(offset + start, offset + end),
        kind="rank_gain" if kind == "gain" else "rank",
        base=state.base if kind == "gain" else None,
        strength="hoped" if state.hoped else "firm",
        from_end=from_end,
    )


def _sign(words: str, sign: str | None, after: str | None) -> str:
    if sign:
        return {"≤": "<=", "≥": ">="}.get(sign, sign)
    if after:
        return {"以上": ">=", "左右": "~"}.get(after, "<=")
    if re.search(r"不高于|不超过|不大于|控制在|降[到至]|下降[到至]", words):
        return "<="
    if re.search(r"不低于|不少于|不小于|至少", words):
        return ">="
    if re.search(r"低于|小于", words):
        return "<"
    return "="


def _fits(indicator: _Indicator, unit: str, change: bool) -> bool:
    share = unit in ("%", "百分点", "个百分点")
    if indicator.family in _PRECURSOR:
        if re.search(r"率|天数", indicator.name):
            return share or unit == "天"
        if re.search(r"总量|排放|减排|工程", indicator.name):
            return share or "吨" in unit
        return bool(_CONCENTRATION.search(unit)) or (share and change) or (share and "下降" in indicator.name)
    if indicator.family == "days":
        return unit in ("天", "日") or share
    if indicator.family == "heavy":
        return unit in ("天", "日", "次") or share
    if indicator.family == "dust":
        return "吨" in unit or "克" in unit or (share and change)
    if indicator.family == "index":
        return share and change
    if "火点" in indicator.name or "焚烧" in indicator.name:
        return "火" in unit or unit in ("个", "处")
    if re.search(r"率|比重|占比", indicator.name):
        return share
    if "总量" in indicator.name:
        return "吨" in unit or (share and change)
    return share or "吨" in unit


_SUBJECT_NOISE = re.compile(
    r"(?:19|20)\d\d年?|[\d.%]+|到|至|较|比|与|相比|在|基础上|上年|去年|同期|同比|均值|年均|平均|浓度|实际|目标|值|下降|降低|减少|削减|改善|提高|提升|增加|上升|达到|控制|力争|争取|努力|确保|实现|"
    r"保持|不高于|不低于|分别|以上|以下|左右|其中|要|应|均|都|并|且|年底|季度|全年|年|月|底|再|进一步|稳定|总体|基本|全面|原则上|幅度|比例|完成|为|的|各|辖区|范围|区域|微克|毫克|立方米|每|个|天"
)


def _own_subject(text: str) -> bool:
    """Whether a clause without an indicator of its own speaks of something else than the clause before it."""
    rest = re.sub(r"（[^（）]{0,80}）", "", text)
    for part in re.split(r"、|和|及|与", rest):
        name = _NAME.match(_LEAD.sub("", part))
        rest = part[name.end() :] if name and not _NOT_A_PLACE.search(name[0]) else part
        left = re.sub(r"[^一-龥A-Za-z]", "", _SUBJECT_NOISE.sub("", rest))
        if len(left) > 3:
            return True
    return False


def _same_sort(indicator: _Indicator, unit: str) -> bool:
    if indicator.family in _PRECURSOR:
        return bool(_CONCENTRATION.search(unit))
    return True


_VERB = re.compile(r"每月|每季度|完成|达到|实现|确保|力争|不高于|不低于|控制|下降|退出|降|保持|高于|低于|超过|在20\d\d年")


def _verb_at(text: str) -> int:
    m = _VERB.search(text, 2)
    return m.start() if m else len(text)


def _bracketed(text: str) -> list[Span]:
    return [m.span() for m in re.finditer(r"（[^（）]{1,80}）", text)]


def _blank_brackets(text: str) -> str:
    """Blank out brackets that only explain, so that their words open no new indicator."""
    def blank(m: re.Match[str]) -> str:
        if re.fullmatch(r"（(?:[A-Za-z0-9.₀-₉-]{1,8}|[一-龥]{2,8})）", m[0]):
            return m[0]
        return " " * len(m[0])

    return re.sub(r"（[^（）]{1,80}）", blank, text)


def _split(text: str, marks: str) -> Iterator[tuple[int, str]]:
    """Split outside brackets and quotation marks, with the place of each piece."""
    start = depth = 0
    for i, c in enumerate(text):
        if c in "（《":
            depth += 1
        elif c in "）》":
            depth = max(0, depth - 1)
        elif c in marks and not depth:
            if i > start:
                yield start, text[start:i]
            start = i + 1
    if start < len(text):
        yield start, text[start:]


def _body_start(p: Paragraph) -> int:
    if p.body > p.start:
        return min(p.body - p.start, len(p.text))
    if p.number and (m := re.match(re.escape(p.number) + r"[.、．，]?\s*", p.text)):
        return m.end()
    return 0


# ------------------------------------------------------------------------------------------------ tables


_OLD_COLUMN = re.compile(r"实际|现状|完成|基数|基准|上年|去年|同期(?!目标)|均值$|现值|底数")
_SERIAL = re.compile(r"序号|编号")
_SUM_ROW = re.compile(r"合计|总计|备注|说明|注：|序号")
_REGION_HEAD = re.compile(r"城市|辖区|地区|区域|县区|区县|县（市|单位|乡镇|街道|镇办|市县|县市|站点|点位|名称|行政区")


@dataclass(frozen=True, slots=True)
class _Column:
    indicator: _Indicator
    unit: str
    period: str
    change: bool
    rank: bool


def _cells(p: Paragraph) -> list[tuple[str, int, int]]:
    return [(t.strip(), a, b) for t, a, b in p.cells]


class _Tables:
    """Reads the tables of one document that set targets by place."""

    def __init__(self, context: PlanContext, goals: _Goals) -> None:
        self.context = context
        self.goals = goals

    def table(self, rows: Sequence[Paragraph], caption: str) -> None:
        grid = [_cells(r) for r in rows]
        head = self._head_rows(grid)
        if not head or head >= len(grid):
            return
        width = max(len(r) for r in grid)
        names = self._column_names(grid[:head], width)
        region_at = self._region_column(grid[head:], names)
        if region_at is None:
            return
        columns = {
            c: column
            for c in range(width)
            if c != region_at and (column := self._column(names[c], caption)) is not None
        }
        if not columns:
            return
        carried = ""
        for row in grid[head:]:
            name = row[region_at][0] if region_at < len(row) else ""
            if _SUM_ROW.search(name):
                continue
            name = name or carried
            carried = name
            places = self._row_places(name)
            if not places:
                continue
            for c, column in columns.items():
                if c < len(row) and row[c][0]:
                    self._cell(row[c], column, places, caption)

    def _head_rows(self, grid: Sequence[Sequence[tuple[str, int, int]]]) -> int:
        for n, row in enumerate(grid[:5]):
            if any(re.fullmatch(r"[≤≥<>]?-?\d{1,4}(?:\.\d+)?%?", t) for t, _, _ in row[1:]) and not any(
                re.fullmatch(r"20\d\d", t) for t, _, _ in row
            ):
                return n
        return 0

    def _column_names(self, head: Sequence[Sequence[tuple[str, int, int]]], width: int) -> list[str]:
        names = [""] * width
        for n, row in enumerate(head):
            texts = [t for t, _, _ in row] + [""] * (width - len(row))
            if n < len(head) - 1:
                # a heading over several columns stands in the first of them
                for c in range(2, width):
                    if not texts[c] and texts[c - 1] and c > 0 and texts[0] != texts[c - 1]:
                        texts[c] = texts[c - 1]
            names = [a + " " + b if a and b else a or b for a, b in zip(names, texts, strict=True)]
        return names

    def _region_column(self, rows: Sequence[Sequence[tuple[str, int, int]]], names: Sequence[str]) -> int | None:
        best, score = None, 0
        for c in range(min(3, len(names))):
            if _SERIAL.search(names[c]):
                continue
            cells = [r[c][0] for r in rows if c < len(r) and r[c][0]]
            good = sum(1 for t in cells if re.fullmatch(r"[一-龥（）、]{2,40}", t))
            if good > score and good * 2 >= len(cells):
                best, score = c, good
        if best is None:
            return None
        if _REGION_HEAD.search(names[best]) or not names[best].strip():
            return best
        hits = sum(1 for r in rows if best < len(r) and re.search(rf"{_PLACE_WORD}$", r[best][0]))
        return best if hits * 2 >= len(rows) else None

    def _column(self, name: str, caption: str) -> _Column | None:
        year = self.context.year
        found = _indicators(name)
        rank = bool(_RANK_WORD.search(name))
        if not found and not rank:
            if not re.search(r"目标|指标|控制值|任务|下降|降幅|改善|20\d\d年?$", name) or _OLD_COLUMN.search(name):
                return None
            found = _indicators(caption)
            if len({i.family for i in found}) != 1:
                return None
        if _OLD_COLUMN.search(name) and "目标" not in name:
            return None
        years = [int(y) for y in re.findall(r"(20\d\d)年?", name)]
        if years and year and max(years) < year:
            return None
        indicator = found[-1] if found else _Indicator("空气质量排名", "rank", 0, 0)
        if indicator.family == "other":
            return None
        change = bool(_CHANGE_HEAD.search(name))
        unit = self._unit(name, caption, indicator, change)
        period = _period_in(name, None) or _period_in(caption, None) or self.goals.period
        label = indicator.name
        if change and not re.search(r"下降|减少|改善|增加|提高|提升|降低", label):
            label += "增加" if re.search(r"增加|提高|提升", name) else "下降"
        return _Column(_Indicator(label, indicator.family, 0, 0), unit, period, change, rank)

    def _unit(self, name: str, caption: str, indicator: _Indicator, change: bool) -> str:
        for source in (name, caption):
            m = re.search(r"(?:（|单位：|单位为)(微克/立方米|毫克/立方米|[μµu]g/m[³3]|mg/m[³3]|%|天|吨/平方公里·月|吨/月·平方公里)", source)
            if m and _fits(indicator, m[1], change):
                return m[1]
        if change and indicator.family in _PRECURSOR:
            return "%"
        if indicator.family in ("days", "heavy"):
            return "%" if re.search(r"比例|率|占比", indicator.name) else "天"
        if indicator.family == "index":
            return ""
        if indicator.family == "dust":
            return "吨/月·平方公里"
        return "毫克/立方米" if indicator.family == "CO" else "微克/立方米"

    def _row_places(self, name: str) -> list[str]:
        if not name or not re.fullmatch(r"[一-龥（）、\d“”+]{2,80}", name):
            return []
        parts = [t.replace("\x00", "、") for t in _glue(name).split("、")]
        return [_own(t, self.context) for t in parts if t]

    def _cell(self, cell: tuple[str, int, int], column: _Column, places: Sequence[str], caption: str) -> None:
        text, start, end = cell
        goals = self.goals
        m = _NUMBER_CELL.fullmatch(text)
        if m is None:
            if column.rank or _RANK_WORD.search(text):
                state = _State(column.period, list(places))
                goals.ranks(text, start, state, _indicators(text), new_part=False)
                return
            state = _State(column.period, list(places), [column.indicator])
            quantities = list(read_quantities(text))
            if len(quantities) == 1 and _fits(column.indicator, quantities[0].unit, True):
                goals.emit(text, start, state, column.indicator, quantities[0], places, inherited=True)
            return
        value = parse_number(m["n"].lstrip("-"))
        if value is None:
            return
        if column.rank and column.indicator.family == "rank":
            kind, unit = "rank", m["u"] or "位"
        else:
            kind, unit = ("reduction" if column.change else "level"), m["u"] or column.unit
        comparator = {None: "=", "不高于": "<=", "不超过": "<=", "不低于": ">=", "不少于": ">=", "≤": "<=", "≥": ">="}.get(
            m["sign"], m["sign"] or "="
        )
        if m["after"]:
            comparator = ">=" if m["after"] == "以上" else "<="
        base = _base_in(caption, self.context.year) if kind == "reduction" else None
        for place in places:
            goals.targets.append(
                Target(
                    indicator=column.indicator.name,
                    region=place,
                    comparator=comparator,
                    value=value,
                    unit=unit,
                    period=column.period,
                    text=text,
                    span=(start, end),
                    kind=kind,
                    base=base,
                )
            )


    # ---------------------------------------------------------------- tables without rows

    def flat(self, cells: Sequence[tuple[str, int, int]], caption: str) -> None:
        """Read a table that lost its rows: one cell a line, row by row or column by column."""
        cells = _with_units(cells)
        kinds = [_flat_kind(t) for t, _, _ in cells]
        if kinds.count("number") < 2 or "place" not in kinds:
            return
        first = kinds.index("place")
        head = [t for t, _, _ in cells[:first]]
        while head and not (_REGION_HEAD.search(head[0]) or _SERIAL.search(head[0])):
            head.pop(0)
        serial = bool(head) and bool(_SERIAL.search(head[0]))
        names = [h for h in head if not _REGION_HEAD.search(h) and not _SERIAL.search(h)] if head else []
        run = 0
        while first + run < len(cells) and kinds[first + run] == "place":
            run += 1
        if run > 1:
            self._by_columns(cells, kinds, first, run, names, caption)
        elif names:
            self._by_rows(cells, kinds, first, names, serial, caption)

    def _by_rows(
        self,
        cells: Sequence[tuple[str, int, int]],
        kinds: Sequence[str],
        first: int,
        names: Sequence[str],
        serial: bool,
        caption: str,
    ) -> None:
        columns = [self._column(n, caption) for n in names]
        if not any(columns):
            return
        n = first
        while n < len(cells) and kinds[n] == "place":
            stop = n + 1
            while stop < len(cells) and kinds[stop] == "number":
                stop += 1
            values = list(cells[n + 1 : stop])
            if serial and stop < len(cells) and kinds[stop] == "place" and values:
                values.pop()
            places = self._row_places(cells[n][0])
            if places and len(values) == len(columns):
                for value, column in zip(values, columns, strict=True):
                    if column is not None:
                        self._cell(value, column, places, caption)
            elif places and values:
                self.goals.warnings.append(
                    Warning_("targets_unclear", "Which value belongs to which column?", (cells[n][1], values[-1][2]))
                )
            n = stop

    def _by_columns(
        self,
        cells: Sequence[tuple[str, int, int]],
        kinds: Sequence[str],
        first: int,
        run: int,
        names: Sequence[str],
        caption: str,
    ) -> None:
        places = cells[first : first + run]
        waiting = list(names)
        n = first + run
        while n < len(cells):
            if kinds[n] != "number":
                waiting.append(cells[n][0])
                n += 1
                continue
            stop = n
            while stop < len(cells) and kinds[stop] == "number":
                stop += 1
            values = cells[n:stop]
            if waiting and len(values) == run * len(waiting):
                for k, name in enumerate(waiting):
                    column = self._column(name, caption)
                    if column is None:
                        continue
                    for place, value in zip(places, values[k * run : (k + 1) * run], strict=True):
                        self._cell(value, column, self._row_places(place[0]), caption)
            elif values:
                self.goals.warnings.append(
                    Warning_("targets_unclear", "Which value belongs to which place?", (values[0][1], values[-1][2]))
                )
            waiting = []
            n = stop


def _flat_kind(text: str) -> str:
    if _NUMBER_CELL.fullmatch(text) or text in ("/", "—", "-", "－"):
        return "number"
    if re.fullmatch(rf"[一-龥（）、]{{0,18}}{_PLACE_WORD}", text) and not _REGION_HEAD.fullmatch(text) and not _NOT_A_PLACE.search(text):
        return "place"
    return "other"


def _with_units(cells: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Give a cell that is only a unit in brackets to the heading before it."""
    out: list[tuple[str, int, int]] = []
    for text, start, end in cells:
        if out and re.fullmatch(r"（[^（）]{1,16}）", text):
            before = out.pop()
            out.append((before[0] + text, before[1], end))
        else:
            out.append((text, start, end))
    return out


def _flat_runs(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    """Runs of short lines that may be the cells of a table, each with the place of its first line."""
    run: list[tuple[str, int, int]] = []
    start = 0
    for n, p in enumerate(paragraphs):
        short = len(p.text) <= 24 and not p.text.endswith(("。", "；", "：")) and not re.match(r"附件", p.text)
        if p.kind in ("body", "table_row", "note") and not p.number and short:
            if not run:
                start = n
            run += _cells(p) if p.cells else [(p.text.strip(), p.start, p.end)]
            continue
        if len(run) >= 6:
            yield start, run
        run = []
    if len(run) >= 6:
        yield start, run


# ------------------------------------------------------------------------------------------------ the reader


def _is_goal(p: Paragraph) -> bool:
    titles = [h.translate(TO_SIMPLIFIED) for h in p.section[-2:]]
    own = p.text[_body_start(p) :]
    run_in = re.split(r"[。：\n]", own[:40], maxsplit=1)[0]
    if (p.kind == "heading" or p.number) and len(run_in) <= 24:
        titles.append(run_in)
    return any(_GOAL.search(t) and not _NO_GOAL.search(t) for t in titles)


def _table_runs(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for n, p in enumerate(paragraphs):
        if p.kind == "table_row" and p.cells:
            if start is None:
                start = n
        elif start is not None:
            yield start, n
            start = None
    if start is not None:
        yield start, len(paragraphs)


def _caption(paragraphs: Sequence[Paragraph], start: int) -> str:
    """The lines just above a table that name it."""
    lines: list[str] = []
    for p in reversed(paragraphs[max(0, start - 3) : start]):
        if p.kind == "table_row" or len(p.text) > 80 or p.text.endswith("。"):
            break
        lines.append(p.text)
    if not lines and start:
        # the end of a longer line: a list of annexes that runs into the title of one of them
        lines.append(paragraphs[start - 1].text[-48:])
    return " ".join(reversed(lines))


def read_targets(paragraphs: Sequence[Paragraph], context: PlanContext) -> tuple[tuple[Target, ...], tuple[Warning_, ...]]:
    """Read the targets of one document.

    Parameters
    ----------
    paragraphs
        The paragraphs of one document of a file.
    context
        What its head says.

    Returns
    -------
    tuple
        Targets in the order of the text, and warnings.
    """
    goals = _Goals(context)
    tables = _Tables(context, goals)
    chosen = [p for p in paragraphs if p.kind in ("heading", "body") and _is_goal(p)]
    for p in chosen:
        goals.paragraph(p)
    for start, stop in _table_runs(paragraphs):
        tables.table(paragraphs[start:stop], _caption(paragraphs, start))
    read = {t.span for t in goals.targets}
    for start, cells in _flat_runs(paragraphs):
        if not any((a, b) in read for _, a, b in cells):
            tables.flat(cells, _caption(paragraphs, start))
    if not goals.targets and not goals.references:
        for p in _introduction(paragraphs):
            goals.paragraph(p)
        goals.targets = [t for t in goals.targets if t.kind != "level" or t.unit]
    targets = list(goals.targets)
    numeric = {(_plain_indicator(t.indicator)) for t in targets}
    targets += [r for r in goals.references if _plain_indicator(r.indicator) not in numeric]
    unique: dict[tuple[object, ...], Target] = {}
    for t in sorted(targets, key=lambda t: t.span):
        unique.setdefault((t.indicator, t.region, t.value, t.unit, t.period, t.kind, t.strength), t)
    return tuple(unique.values()), tuple(goals.warnings)


def _plain_indicator(name: str) -> str:
    m = _INDICATOR.match(name)
    return _family(m) if m else name


def _introduction(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Where a plan has no chapter on goals, they stand in its general part."""
    for p in paragraphs:
        if p.kind != "body" or not _INDICATOR.search(p.text):
            continue
        if not p.section or any(_INTRO.search(h.translate(TO_SIMPLIFIED)) for h in p.section[-2:]):
            yield p
