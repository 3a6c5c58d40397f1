"""Lists of units: where one ends and the next begins, and the prefixes that the text implies.

«区生态环境局、科工局» names 区科工局, «各管委会、镇人民政府» names 各镇人民政府; companies and other proper names take
nothing.  Nothing here knows any particular organisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lantian.rules.documents.model import Span
from lantian.rules.documents.text import Text

_DEPARTMENT = r"(?:局|委|厅|办|处|队|站|所|院|社|会|部|室|组|署|库|馆|团|中心|委员会|办公室|指挥部|联社|总社|服务中心|法院|检察院)"
_TERRITORY = (
    r"(?:人民政府|政府|管委会|管理委员会|街道办事处|办事处|街道办|街道|镇|乡|村|社区|居委会|村委会|县|市|区|州|旗|园区|农场|林场"
    r"|管理区|企业|单位|部门|成员单位|工业园)"
)
_PROPER = (
    r"(?:公司|集团|厂|矿|电厂|煤业|银行|支行|分行|大学|学院|学校|医院|研究院|机场|电网|铁塔|移动|联通|电信|石化|石油|油田|港|船队|协会|商会"
    r"|合作社|车队)"
)
_UNIT = re.compile(
    rf"(?:{_DEPARTMENT}|{_TERRITORY}|{_PROPER}|机构|学校|科|股|校|家|主体|大队|人民法院|供电|燃气|热力)$"
)
_NOT_UNIT = re.compile(r"[。；：《》“]|为(?:牵头|责任|配合|主)|包括|列第|的|须|应(?!急)|通过|按|以下")
_DEPARTMENT_END = re.compile(rf"{_DEPARTMENT}$")
_TERRITORY_END = re.compile(rf"{_TERRITORY}$")
_NO_PREFIX_END = re.compile(
    rf"(?:{_PROPER}|管委会|管理委员会|人民政府|政府|街道办事处|办事处|街道办|村委会|居委会)$"
)
_ZONE = re.compile(
    r"(?:开发区|高新区|新区|园区|集聚区|示范区|度假区|经开区|保税区|功能区|实验区|工业区|风景区|管理区)$"
)
#: a kind of zone, of which a city has several, as opposed to the one 高新区 or 城乡一体化示范区
_ANY_ZONE = re.compile(
    r"(?:产业|工业|经济)?(?:开发区|集聚区|集聚（开发）区|园区|功能区|管理区|工业园)?(?:管委会|管理委员会)"
)
_GOVERNMENT = re.compile(r"(?:人民政府|政府)(?:（[^（）]{1,12}）)?$")
_NEEDS_GOVERNMENT = re.compile(r"(?:省|市|县|区|镇|乡|州|盟|旗|城市)(?:（[^（）]{1,12}）)?$")
_QUANTIFIER = re.compile(r"(?:全[省市区县]各?|各有关|各相关|各|有关|相关|其他有关|其他相关|其他)")
_FOREIGN = re.compile(
    r"国网|国家|国务院|中国|中石|中海|中铁|中央|中共|全国|驻|武警|铁路局|南方电网|华能|大唐|华电|团[省市区县]委|省委|市委|区委|县委"
)
_LEVEL_TRAPS = re.compile(
    r"市场|市政(?![府协])|市容|市民|市区|市级|市直|市属|市内|市域|市辖|市有关|市相关|市各"
    r"|省直|省辖|省级|省属|省有关|省各|区域|区划|区内|区直|区属|区级|区有关|区各|县域|县级|县直|县区|县市|县属|县有关|县各|县（|市（|区（|州市"
)
_LEVELS = "省市区县州盟旗"
#: kinds of place that begin with a level's character: they follow 各, they hand nothing on
_CLASS_NOUN = re.compile(
    r"省直管|省辖|[市县区]（|县区|县市|区县|市县|[县区乡镇]人民政府|[县区乡镇]政府|乡镇|镇街"
)
_ANY_GOVERNMENT = re.compile(r"[市州盟旗县区乡镇](?:人民)?政府(?:（.{1,12}）)?$")
#: words that begin with a level's character but are not divided there
_WHOLE_WORDS = re.compile(r"市场|市政(?![府协])|市容|市民|区域|区划|县域|市域")
_ETC = re.compile(r"等(?:有关|相关|各|市直|区直|县直|省直|市级|区级|责任|成员)*(?:部门|单位|企业|职能部门)?$")
_LEADING = re.compile(
    r"^(?:以上由|以上均由|上述由|分别由|均由|主要由|由|以及|及其|及|和|与|其中|并|请)(?=[\u4e00-\u9fff])"
)
_GROUP_CITY = re.compile(
    r"^(?P<place>[\u4e00-\u9fff]{2,4}?)(?P<count>\d+个?|[一二三四五六七八九十两]+个)(?P<kind>[\u4e00-\u9fff]{0,8}?)(?P<level>[市县区镇])政府$"
)
SEPARATORS = "、，；。/\n\t ,;"


@dataclass(frozen=True, slots=True)
class Piece:
    """One unit as printed, ``clean[start:end]``; ``breaks`` if a comma or more divides it from the one before."""

    text: str
    start: int
    end: int
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its full name (``name`` in simplified, ``printed`` in the characters of the text)."""

    name: str
    printed: str
    span: Span


@dataclass(slots=True)
class UnitContext:
    """What the document says about its units: the level most lists begin with, and the names of its places."""

    default: str = ""
    places: frozenset[str] = field(default_factory=frozenset)


def split_units(text: str, start: int, end: int) -> list[Piece]:
    """Split ``text[start:end]`` at separators outside of brackets, and at 和/及/与 between two whole units."""
    pieces: list[Piece] = []
    depth, begin, breaks = 0, start, False
    for i in range(start, end + 1):
        c = text[i] if i < end else "。"
        if c in "（〔":
            depth += 1
        elif c in "）〕":
            depth = max(0, depth - 1)
        if c == "\n" and i < end and not depth and not is_unit(text[begin:i].strip()):
            continue  # a line of a table cell that breaks a name
        if i == end or (c in SEPARATORS and not depth):
            for a, b in _conjunctions(text, begin, i):
                piece = _trimmed(text, a, b, breaks)
                if piece:
                    pieces.append(piece)
                    breaks = False
            breaks = breaks or c != "、"
            begin = i + 1
    return pieces


def _conjunctions(text: str, start: int, end: int) -> Iterable[Span]:
    begin, depth = start, 0
    for i in range(start, end):
        c = text[i]
        if c == "（":
            depth += 1
        elif c == "）":
            depth = max(0, depth - 1)
        elif c in "和及与" and not depth and i - begin >= 2:
            left, right = text[begin:i], text[i + 1 : end]
            if text[i - 1 : i + 1] == "以及":
                left = left[:-1]
            if is_unit(left) and len(right) >= 2 and not right.startswith("其"):
                town = _GOVERNMENT.search(left) and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", right)
                if town or is_unit(_ETC.sub("", right)) or right[0] in _LEVELS + "各":
                    yield begin, begin + len(left)
                    begin = i + 1
    yield begin, end


def _trimmed(text: str, start: int, end: int, breaks: bool) -> Piece | None:
    piece = text[start:end]
    lead = _LEADING.match(piece)
    if lead:
        start += lead.end()
        piece = piece[lead.end() :]
    etc = _ETC.search(piece)
    if etc:
        piece = piece[: etc.start()]
    stripped = piece.strip("，。；：、.“” ")
    if not stripped:
        return None
    start += piece.index(stripped)
    return Piece(stripped.replace("\n", ""), start, start + len(stripped), breaks)


def without_brackets(name: str) -> str:
    """Take the bracketed sub-office off the end of a unit's name."""
    return re.sub(r"[（〔][^（）〔〕]{0,40}[）〕]$", "", name)


def is_unit(text: str) -> bool:
    """True if `text` can be the name of one unit."""
    core = without_brackets(text)
    return 2 <= len(core) <= 40 and _UNIT.search(core) is not None and _NOT_UNIT.search(core) is None


def is_strong_unit(text: str) -> bool:
    """True for a department, government or committee, which prose does not end with by chance."""
    core = without_brackets(text)
    return is_unit(core) and (
        _DEPARTMENT_END.search(core) is not None
        or _NO_PREFIX_END.search(core) is not None
        or core.startswith("各")
    )


def level_prefix(name: str) -> str:
    """Return the level (省, 市, 区, 县, 自治区 …) that a unit's printed name begins with, or ``""``."""
    autonomous = re.match(r"自治[区州县旗](?=.{2})", name)
    if autonomous:
        return autonomous[0]
    return name[0] if len(name) > 2 and name[0] in _LEVELS and not _LEVEL_TRAPS.match(name) else ""


def _has_own_level(name: str) -> bool:
    """True if the name begins with a level, be it one that is handed on or not (市直部门)."""
    if re.match(r"自治[区州县旗].{2}", name):
        return True
    return (
        name[:1] in _LEVELS and len(name) > 2 and not _WHOLE_WORDS.match(name) and not _CLASS_NOUN.match(name)
    )


def _is_proper(core: str, places: frozenset[str]) -> bool:
    return (
        _NO_PREFIX_END.search(core) is not None
        or _ZONE.search(core) is not None
        or _FOREIGN.match(core) is not None
        or any(p in core for p in places)
        or (
            len(core) > 4
            and re.match(r"[\u4e00-\u9fff]{2,3}[省市区县]", core) is not None
            and core[0] not in _LEVELS
        )
    )


def expand(text: Text, pieces: Sequence[Piece], context: UnitContext) -> list[Unit]:
    """Give every piece of one list its full name."""
    pieces = list(pieces)
    endings = _shared_endings(pieces)
    units: list[Unit] = []
    prefix, group = "", ""
    for piece, ending in zip(pieces, endings, strict=True):
        name, added = piece.text, ""
        core = without_brackets(name)
        quantifier = _QUANTIFIER.match(name)
        if quantifier and len(name) > len(quantifier[0]):
            group = quantifier[0]
        elif _has_own_level(name) and not (group and not piece.breaks and _ANY_GOVERNMENT.match(name)):
            level = level_prefix(name)
            if level and not re.search(r"(?:分局|大队|支队|公司)$", core):
                prefix = level
            if piece.breaks:
                group = ""
        elif _is_proper(core, context.places):
            if (
                group
                and not piece.breaks
                and _TERRITORY_END.search(core)
                and not any(core.startswith(p) for p in context.places)
                and (not core.endswith(("管委会", "管理委员会")) or _ANY_ZONE.fullmatch(core))
            ):
                added = group
        elif group and not piece.breaks and _TERRITORY_END.search(core):
            added = group
        elif _DEPARTMENT_END.search(core):
            added = prefix or context.default
        elif ending[0] == "部门" or re.fullmatch(r"[\u4e00-\u9fff]{2,6}部门", core):
            added = prefix
        printed = added + text.as_printed((piece.start, piece.end)).replace("\n", "")
        extra, cut = ending
        if cut:
            name, printed = name[:cut], printed[: cut + len(added)]
        units.append(Unit(added + name + extra, printed + extra, (piece.start, piece.end)))
    return units


_OFFICES = ("部门", "局", "厅")
_OFFICE = re.compile(r"(?:部门|局|厅)$")


def _is_field(name: str) -> bool:
    """«发改» in «发改、工信、环保部门»: the field of an office without its ending."""
    return 2 <= len(name) <= 6 and not is_unit(name) and re.fullmatch(r"[\u4e00-\u9fff]+", name) is not None


def strangers(pieces: Sequence[Piece]) -> int:
    """Count the pieces of a list that cannot be units, not even with the ending of a later one."""
    count = 0
    office = False
    for piece in reversed(pieces):
        if is_unit(piece.text):
            office = _OFFICE.search(piece.text) is not None
        elif piece.text not in _LEVELS + "镇乡" and not (office and _is_field(piece.text)):
            count += 1
    return count


def _shared_endings(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    """«各省辖市、省直管县（市）政府» are two governments: give the first its ending, from the right to the left."""
    endings: list[tuple[str, int]] = [("", 0)] * len(pieces)
    ending, city = "", ""
    for i in range(len(pieces) - 1, -1, -1):
        name = pieces[i].text
        government = _GOVERNMENT.search(name)
        counted = _GROUP_CITY.match(name)
        if counted:
            city = counted["level"] + "政府"
            endings[i] = (city, len(counted["place"]))
            ending = ""
        elif government:
            ending, city = government[0], ""
        elif re.search(r"管委会$", name):
            ending, city = "管委会", ""
        elif _OFFICE.search(name) and is_unit(name):
            ending, city = _OFFICE.search(name)[0], ""  # type: ignore[index]
        elif ending in _OFFICES and _is_field(name):
            endings[i] = (ending, 0)
        elif city and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) and (len(name) == 2 or not is_unit(name)):
            endings[i] = (city, 0)
        elif (ending == "管委会" and _ZONE.search(name)) or (
            ending
            and ending != "管委会"
            and ending not in _OFFICES
            and _NEEDS_GOVERNMENT.search(name)
            and not _ZONE.search(name)
        ):
            endings[i] = (ending, 0)
        else:
            ending = city = ""
        if pieces[i].breaks and not city:
            ending = ""
    return endings


def prefix_votes(pieces: Sequence[Piece]) -> str:
    """Return the level that a list hands on, for counting over the document."""
    for piece in pieces:
        level = level_prefix(piece.text)
        if level and _DEPARTMENT_END.search(without_brackets(piece.text)):
            return level
    return ""


_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁"
    "杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚"
    "程嵇邢滑裴陆荣翁荀羊惠甄家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸"
    "司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴能苍双闻莘党翟谭贡劳姬申扶堵冉宰郦雍却桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿"
    "阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙养鞠须丰"
    "巢关蒯相查后荆红游竺权逯盖益桓公代展闫肖仝付涂候芦"
)


def is_person(text: str) -> bool:
    """True if `text` can be the name of a person."""
    return (
        2 <= len(text) <= 4
        and text[0] in _SURNAMES
        and not is_unit(text)
        and re.fullmatch(r"[\u4e00-\u9fff·]+", text) is not None
    )


def split_person(piece: Piece) -> tuple[Piece | None, Piece | None]:
    """Divide «市环保局陈明» or «市环保局（陈明）» into unit and person; either may be missing."""
    text = piece.text
    if is_person(text):
        return None, piece
    bracket = re.fullmatch(r"(.{2,30})（([\u4e00-\u9fff·]{2,4})）", text)
    if bracket and is_unit(bracket[1]) and is_person(bracket[2]):
        cut = piece.start + len(bracket[1])
        return Piece(bracket[1], piece.start, cut, piece.breaks), Piece(
            bracket[2], cut + 1, cut + 1 + len(bracket[2])
        )
    for length in (3, 2, 4):
        unit, person = text[:-length], text[-length:]
        if is_person(person) and is_unit(unit) and not is_unit(text):
            cut = piece.start + len(unit)
            return Piece(unit, piece.start, cut, piece.breaks), Piece(person, cut, piece.end)
    return piece, None
