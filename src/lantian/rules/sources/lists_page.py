"""The page of reference of the lists, made from their books: ``python -m lantian.rules.sources.lists_page``."""

from __future__ import annotations

import sys

from lantian.rules.sources.fields import ListField
from lantian.rules.sources.list_checks import Check, list_checks
from lantian.rules.sources.list_life import CHANGING, STEPS
from lantian.rules.sources.lists import ListBook, ListType, list_book

_HEAD = """# Lists of sources

Made from `lantian/rules/books/sources/lists.json` and `list-checks.json` by `python -m lantian.rules.sources.lists_page`; a test
compares them. {lists} lists, {fields} fields. A field is defined once and is the same in every list; what an office adds has a key
that begins with `x_`. **?** marks what the documents do not settle: {unsure_lists} lists and {unsure_fields} fields.

- *Scope*: a fact of the source, of its unit (the line, kiln, boiler … that the entry is), or of the entry of this list only.
- *Key*: what identifies an entry; where a part is not known, the next key is taken. A permit number gives credit code and site, and
  without a number of the site the first one (001) is meant. Width, case, spaces, brackets and punctuation do not matter.
- Cells may have units (`3万t`, `10蒸吨`, `15亩`), 是/否/有/无/√, and dates as people write them (`2018年10月底`, `20181115`, `2018.10`).
- **must**: an entry needs it before it is listed. Checks of a whole row: `required`, `key_incomplete`, `permit_of_another`,
  `permit_site`, `plate_colour`, `place_above`, `position_half`, `dates_crossed`, `shares_above_whole` (warning). Doubts (warnings):
  `percent_small`, `vin_form`, `vin_check`, `disclosure_parts`, `food_licence_form`, `farm_code_form`, `works_permit_form`,
  `project_code_form`.
- Errors of cells: `text_long`, `text_sign`, `choice_unknown`, `not_a_flag`, `not_a_number`, `not_whole`, `too_many_digits`,
  `below_least`, `above_most`, `unit_unknown`, `unit_dimension`, `not_a_date`, `no_such_day`, `year_missing`, `year_unlikely`,
  `not_a_year`, `town_form`, `village_form`, `phone_form`, `disclosure_form`, `code_sign`, `number_shortened`, `url_form`, and those of
  credit codes, permits, device numbers, plates, trades, places and degrees ([workbook](inventory-workbook.md)).
- Limits that differ between documents (dust of roads, dust measures of sites) are facts of the entry with the document they come
  from, never constants.
"""


def page_of(book: ListBook, checks: tuple[Check, ...]) -> str:
    """The page as Markdown."""
    lists = list(book.lists.values())
    parts = [
        _HEAD.format(
            lists=len(lists),
            fields=len(book.fields),
            unsure_lists=sum(bool(one.unsure) for one in lists),
            unsure_fields=sum(bool(field.unsure) for field in book.fields.values()),
        ),
        "## Documents\n",
        _table(("key", "number"), [(key, number) for key, number in book.documents.items()]),
        "Kept by another room: "
        + ", ".join(f"{item} ({room})" for item, room in book.elsewhere.items())
        + ".\n",
    ]
    for code, (name, english) in book.groups.items():
        parts.append(f"## {name} · {english}\n")
        parts.extend(_list(one) for one in lists if one.group == code)
    parts.append("## Fields\n")
    parts.append(
        _table(
            ("key", "heading", "holds", "scope", "unit", "note"),
            [_field(field) for field in book.fields.values()],
        )
    )
    parts.append("## Life of an entry\n")
    parts.append(
        _table(
            ("step", "from", "to", "needs", "of a frozen list also"),
            [
                (
                    f"`{step.name}`",
                    step.before,
                    step.after,
                    ", ".join(sorted(need.value for need in step.needs)),
                    "announcement" if step.name in CHANGING else "",
                )
                for step in STEPS
            ],
        )
    )
    parts.append("## Checks of lists against each other\n")
    parts.append(
        _table(
            ("check", "what is wrong", "document", "holds in", "from", "until", "about", "consequence"),
            [_check(check) for check in checks],
        )
    )
    return "\n".join(parts)


def _list(one: ListType) -> str:
    marks = [
        mark
        for mark, there in (
            ("frozen after confirmation", one.frozen_after_confirmation),
            ("quantities, no identity", one.quantity),
        )
        if there
    ]
    lines = [
        f"### {one.name}\n",
        f"`{one.code}` · {one.english} · of: {one.subject}" + "".join(f" · **{mark}**" for mark in marks),
        "",
        "- key: " + "; else ".join(" + ".join(keys) for keys in (one.natural_key, *one.other_keys)),
        "- kept by: " + "、".join(one.owners),
        "- ordered by: " + "; ".join(one.named_in),
    ]
    if one.unsure:
        lines.append(f"- **?** {one.unsure}")
    if one.note:
        lines.append(f"- {one.note}")
    lines.append(
        "- columns: "
        + "、".join(f"**{field.label}**" if field.required else field.label for field in one.fields)
    )
    return "\n".join(lines) + "\n"


def _field(field: ListField) -> tuple[str, ...]:
    notes = []
    if field.unsure:
        notes.append(f"**?** {field.unsure}")
    if field.options:
        notes.append("、".join(option.label for option in field.options))
    if field.least is not None or field.most is not None:
        least = "" if field.least is None else f"{field.least:f}"
        most = "" if field.most is None else f"{field.most:f}"
        notes.append(f"{least} … {most}".strip())
    if field.note:
        notes.append(field.note)
    return f"`{field.key}`", field.label, field.kind, field.scope, field.unit, "；".join(notes)


def _check(check: Check) -> tuple[str, ...]:
    consequence: str = check.consequence
    if check.deduction_yuan is not None:
        consequence += f", {check.deduction_yuan} yuan from the town"
    return (
        f"`{check.code}`",
        check.title,
        check.reference,
        ", ".join(check.region) + (f" without {', '.join(check.not_region)}" if check.not_region else ""),
        check.first.isoformat(),
        "" if check.last is None else check.last.isoformat(),
        ", ".join(sorted(check.subjects)),
        consequence,
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page_of(list_book(), list_checks()))
