"""The five real plans beside the project: no task lost, gold reached."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lantian.rules.documents.as_json import plan_as_dict
from lantian.rules.documents.parse import parse_plan

pytestmark = pytest.mark.shared


def read(shared_dir: Path, name: str) -> dict[str, Any]:
    source = (shared_dir / "plans" / f"{name}.txt").read_text(encoding="utf-8")
    return plan_as_dict(parse_plan(source), name)


def scorer(shared_dir: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("plan_score", shared_dir / "plans" / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["huiji-2017", "jiyuan-2016"])
def test_the_macro_f1_against_gold_reaches_the_bar(shared_dir, name):
    gold = json.loads((shared_dir / "plans" / "gold" / f"{name}.gold.json").read_text(encoding="utf-8"))

    result = scorer(shared_dir).score(gold, read(shared_dir, name), True)

    assert result["overall"] >= 0.99, result["log"]


def test_henan_notice_and_annex(shared_dir):
    """Counted by reading.

    The notice has 22 smallest items in its first chapter: 5 + 1 + 2 under （一）, 4 + 1 + 2 under （二）, 3 under （三）,
    3 + 1 under （四）.  The annex has, chapter 三: 6 + 3 + 12 + 24 + 14 + 6 + 4 + 11 = 80, where （六） counts 2(1), 2(2), 3(1)
    and 3(2) one by one and （八） counts 2(1)-(3) and 4(1)-(4); chapter 四: 2 + 2 + 5 + 2 + 3 numbered items and the three
    paragraphs （六） to （八） = 17.
    """
    plan = read(shared_dir, "henan-2017")
    notice = [t for t in plan["tasks"] if t["section"][0] == plan["documents"][0]["title"]]
    annex = [t for t in plan["tasks"] if t["section"][0] == plan["documents"][1]["title"]]

    assert len(plan["documents"]) == 2
    assert (len(notice), len(annex)) == (22, 97)
    assert [t["number"] for t in notice] == [
        "1(1)", "1(2)", "1(3)", "1(4)", "1(5)", "2", "3(1)", "3(2)", "4(1)", "4(2)", "4(3)", "4(4)", "5", "6(1)", "6(2)",
        "7", "8", "9", "10(1)", "10(2)", "10(3)", "11",
    ]  # fmt: skip
    assert all(t["responsible"] or t["leads"] or t["supervising"] for t in annex)
    assert not any(t["responsible"] or t["leads"] for t in notice)


def test_shanyang_items_and_parts(shared_dir):
    """43 items; 11, 13 and 27 have a second paragraph with its own clause, 17 a second and a third: 48 tasks."""
    plan = read(shared_dir, "shanyang-2022")
    parts = {(t["number"], t["part"]) for t in plan["tasks"] if t["part"]}

    assert len(plan["tasks"]) == 48
    assert {t["number"] for t in plan["tasks"]} == {str(n) for n in range(1, 44)}
    assert parts == {
        ("11", 1),
        ("11", 2),
        ("13", 1),
        ("13", 2),
        ("17", 1),
        ("17", 2),
        ("17", 3),
        ("27", 1),
        ("27", 2),
    }
    assert next(t for t in plan["tasks"] if t["number"] == "5")["covers"] == ["5(1)", "5(2)"]
    assert all(t["responsible"] for t in plan["tasks"])


def test_zhengzhou_items_runs_and_parts(shared_dir):
    """70 items, of which 64 are whole; 5, 51 and 53 have two sub-items each, 24 has three, 23 has seven of which (2) has four
    parts, 36 has the run (1)-(2) and (3) to (5): 64 + 6 + 3 + 10 + 4 = 87."""
    plan = read(shared_dir, "zhengzhou-2018-winter")
    numbers = [t["number"] for t in plan["tasks"]]

    assert len(numbers) == 87
    assert [n for n in numbers if n.startswith("36")] == ["36(1)-(2)", "36(3)", "36(4)", "36(5)"]
    assert [t["part"] for t in plan["tasks"] if t["number"] == "23(2)"] == [1, 2, 3, 4]
    assert {n.split("(")[0] for n in numbers} == {str(n) for n in range(1, 71)}
    assert all(t["responsible"] for t in plan["tasks"])


@pytest.mark.parametrize(
    "name", ["huiji-2017", "jiyuan-2016", "henan-2017", "shanyang-2022", "zhengzhou-2018-winter"]
)
def test_every_span_lies_in_the_source_and_every_task_opens_with_its_number(shared_dir, name):
    source = (shared_dir / "plans" / f"{name}.txt").read_text(encoding="utf-8")
    plan = plan_as_dict(parse_plan(source), name)

    for kind in ("documents", "headings", "targets", "tasks", "duties", "sanctions", "blocks", "warnings"):
        for entry in plan[kind]:
            start, end = entry["span"]
            assert 0 <= start <= end <= len(source)
    for task in plan["tasks"]:
        if (task["part"] or 1) == 1 and not task["covers"]:
            head = source[task["span"][0] : task["span"][0] + 8].replace("（", "(")
            assert task["number"].replace("（", "(").split("(")[-1].rstrip(")）") in head


def test_sixty_thousand_characters_take_less_than_a_second(shared_dir):
    text = (shared_dir / "plans" / "zhengzhou-2018-winter.txt").read_text(encoding="utf-8")
    source = (text * 3)[:60_000]
    parse_plan(source)
    start = time.process_time()
    parse_plan(source)

    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("name", "issued_on", "filing"),
    [
        ("henan-2017", "2017-02-13", "2017-02-20"),
        ("huiji-2017", "2017-02-25", "2017-02-28"),
        ("jiyuan-2016", "2016-04-05", "2016-04-15"),
        ("zhengzhou-2018-winter", "2018-10-24", "2018-10-30"),
    ],
)
def test_the_head_gives_the_day_of_issue_and_the_day_to_file_by(
    shared_dir: Path, name: str, issued_on: str, filing: str
) -> None:
    meta = parse_plan((shared_dir / "plans" / f"{name}.txt").read_text(encoding="utf-8")).meta

    assert (str(meta.issued_on), meta.filing_deadline) == (issued_on, filing)


def test_a_bare_number_is_no_heading_of_its_sub_items(shared_dir: Path) -> None:
    plan = parse_plan((shared_dir / "plans" / "zhengzhou-2018-winter.txt").read_text(encoding="utf-8"))

    assert {len(task.section) for task in plan.tasks} == {2}


def test_a_heading_does_not_swallow_the_paragraph_that_opens_with_a_date(shared_dir: Path) -> None:
    plan = parse_plan((shared_dir / "plans" / "henan-2017.txt").read_text(encoding="utf-8"))
    [second] = [task for task in plan.tasks[:22] if task.number == "2"]

    assert second.title.endswith("工作")
    assert [str(deadline.on) for deadline in second.deadlines] == ["2017-10-31"]
