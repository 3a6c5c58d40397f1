"""The Chinese catalogue: merged, compiled, checked."""

from __future__ import annotations

import gettext
import os
import time
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext as translated

from lantian.web import translations

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


class Room:
    """A package with sources and fragments."""

    def __init__(self, root: Path) -> None:
        self.package, self.fragments = root / "package", root / "messages"
        (self.package / "templates").mkdir(parents=True)
        (self.package / "static").mkdir()
        self.fragments.mkdir()

    def fragment(self, name: str, text: str) -> None:
        (self.fragments / f"{name}.po").write_text(HEAD + text, encoding="utf-8")

    def problems(self) -> list[tuple[str, str]]:
        return [(found.kind, found.text) for found in translations.check(self.package, self.fragments)]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_is_asked_for_in_modules_and_templates_must_be_there(room: Room) -> None:
    (room.package / "a.py").write_text(
        'from django.utils.translation import gettext as _, ngettext, pgettext_lazy\n'
        'x = _("Plain")\ny = ngettext("%(n)s task", "%(n)s tasks", 2)\nz = pgettext_lazy("month", "May")\n'
        'w = _("joined "\n      "over lines")\n',
        encoding="utf-8",
    )
    (room.package / "templates" / "a.html").write_text(
        '{% load i18n %}\n   <p title="{% translate "Title" %}">\n {{ value|default:_("Nothing") }}</p>\n'
        '  {% blocktranslate trimmed with n=count %}\n   There are {{ n }} tasks.\n  {% endblocktranslate %}\n'
        '{% include "b.html" with label=_("Label") %}{% translate "May" context "month" %}{# _("comment") #}',
        encoding="utf-8",
    )

    assert {
        "Plain",
        "%(n)s task",
        "May (month)",
        "joined over lines",
        "Title",
        "Nothing",
        "There are %(n)s tasks.",
        "Label",
    } == {text for kind, text in room.problems() if kind == "untranslated"}

    room.fragment(
        "a",
        'msgid "Plain"\nmsgstr "普通"\n\nmsgid "%(n)s task"\nmsgid_plural "%(n)s tasks"\nmsgstr[0] "%(n)s 项任务"\n\n'
        'msgctxt "month"\nmsgid "May"\nmsgstr "五月"\n\nmsgid "joined over lines"\nmsgstr "连起来"\n\n'
        'msgid "Title"\nmsgstr "标题"\n\nmsgid "Nothing"\nmsgstr "无"\n\nmsgid "There are %(n)s tasks."\nmsgstr "共 %(n)s 项。"\n\n'
        'msgid "Label"\nmsgstr "标签"\n',
    )
    assert [] == room.problems()


def test_the_place_of_a_problem_is_its_line(room: Room) -> None:
    (room.package / "templates" / "a.html").write_text('{% load i18n %}\n\n      {% translate "Here" %}\n', encoding="utf-8")

    assert ["3"] == [found.where.rsplit(":", 1)[1] for found in translations.check(room.package, room.fragments)]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ('#, fuzzy\nmsgid "A"\nmsgstr "甲"\n', "fuzzy"),
        ('msgid "A"\nmsgstr ""\n', "untranslated"),
        ('msgid "%(a)s and %(b)s"\nmsgstr "%(a)s 和 %(c)s"\n', "placeholders"),
        ('#, python-format\nmsgid "%s files"\nmsgstr "文件"\n', "placeholders"),
        ('msgid "{name} is here"\nmsgstr "{nmae} 在此"\n', "placeholders"),
        ('translate A as 甲\n', "syntax"),
    ],
)
def test_a_faulty_entry_is_found(room: Room, entry: str, kind: str) -> None:
    room.fragment("a", entry)

    assert [kind] == [found for found, _text in room.problems()]


def test_two_rooms_may_agree_but_not_differ(room: Room) -> None:
    room.fragment("a", 'msgid "Close"\nmsgstr "关闭"\n')
    room.fragment("b", 'msgid "Close"\nmsgstr "关闭"\n')
    assert [] == room.problems()

    room.fragment("b", 'msgid "Close"\nmsgstr "办结"\n')
    assert ["conflict"] == [kind for kind, _text in room.problems()]
    room.fragment("b", 'msgctxt "issue"\nmsgid "Close"\nmsgstr "办结"\n')
    assert [] == room.problems()


def test_a_plural_entry_serves_the_singular_of_another_room(room: Room, tmp_path: Path) -> None:
    room.fragment("a", 'msgid "%(n)s day"\nmsgstr "%(n)s 天"\n')
    room.fragment("b", 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s 天"\n')

    assert [] == translations.build(room.fragments, tmp_path / "out")

    with (tmp_path / "out" / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert "%(n)s 天" == catalogue.ngettext("%(n)s day", "%(n)s days", 3) == catalogue.gettext("%(n)s day")


def test_texts_in_scripts_are_refused(room: Room) -> None:
    (room.package / "static" / "a.js").write_text('alert(gettext("Saved"));\n', encoding="utf-8")

    assert [("javascript", "Saved (give the text in a data attribute)")] == room.problems()


def test_tests_migrations_and_foreign_scripts_are_not_asked(room: Room) -> None:
    for place in ("tests/a.py", "migrations/0001.py", "static/vendor/x/a.js"):
        path = room.package / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('gettext("Not asked")\n', encoding="utf-8")

    assert [] == room.problems()


def test_what_nobody_asks_for_can_be_listed(room: Room) -> None:
    (room.package / "a.py").write_text('_("Used")\n', encoding="utf-8")
    room.fragment("a", 'msgid "Used"\nmsgstr "用"\n\nmsgid "Left over"\nmsgstr "剩"\n')

    assert ["Left over"] == translations.unused(room.package, room.fragments)


def test_it_is_compiled_again_only_when_a_fragment_is_newer(room: Room, tmp_path: Path) -> None:
    out = tmp_path / "out"
    room.fragment("a", 'msgid "A"\nmsgstr "甲"\n')
    translations.ensure(room.fragments, out)
    first = (out / "django.mo").stat().st_mtime_ns
    translations.ensure(room.fragments, out)
    assert first == (out / "django.mo").stat().st_mtime_ns

    room.fragment("a", 'msgid "A"\nmsgstr "乙"\n')
    later = time.time() + 5
    os.utime(room.fragments / "a.po", (later, later))
    translations.ensure(room.fragments, out)

    with (out / "django.mo").open("rb") as file:
        assert "乙" == gettext.GNUTranslations(file).gettext("A")
    assert {"django.mo", "django.po"} == {path.name for path in out.iterdir()}


def test_the_site_speaks_chinese_from_it_and_english_without_it() -> None:
    with translation.override("zh-hans"):
        assert "密码须符合安全策略。" == translated("The password must satisfy the security policy.")
    with translation.override("en"):
        assert "The password must satisfy the security policy." == translated("The password must satisfy the security policy.")


def test_the_fragments_of_the_house_are_sound() -> None:
    assert [] == [str(found) for found in translations.merge()[1]]
