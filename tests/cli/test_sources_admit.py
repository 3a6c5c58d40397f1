"""``lantian sources admit``: the contract of its output, books of the office, the template, errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli import sources_admit  # noqa: F401
from lantian.cli.sources_check import sources_app


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def call(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(sources_app, ["admit", *map(str, arguments)], prog_name="lantian")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def write(path: Path, record: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path / "project.json",
        {
            "id": "P-1", "name": "包装印刷", "region": "410811", "date": "2022-06-01", "trade": "C2319", "nature": "new",
            "areas": {"built_up": False, "park": True}, "emissions": {"VOCs": 0.3},
            "replacements": [{"pollutant": "VOCs", "source_id": "E-17", "t": 0.5, "region": "410811"}],
        },
    )  # fmt: skip


OWN = {
    "book": {"id": "own", "kind": "admission", "title": "本地", "document": "本地文件", "region": "410811",
             "valid_from": "2022-01-01"},
    "rules": [{"id": "no-printing", "clause": "1", "grade": "H", "label": "不得新建印刷", "kind": "forbid",
               "when": {"industry": ["包装印刷"]}}],
}  # fmt: skip


def test_the_decision_has_verdict_rules_with_clause_and_exact_amounts(project: Path) -> None:
    status, out, err = call(project, "--json")
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert ("refused", "P-1", "2022-06-01") == (found["verdict"], found["project"], found["day"])
    first = found["rules"][0]
    assert ("admission-shanyang-2022/voc-double", "31", "unmet", "0.1") == (
        first["rule"],
        first["clause"],
        first["state"],
        first["amounts"]["lacking"],
    )
    assert "须替代 2 × 0.3 t/a = 0.6 t/a，已提供 0.5 t/a；尚缺 0.1 t/a" in first["why"]
    assert {"fact": "furnaces", "label": "锅炉和炉窑"} in found["missing"]


def test_people_read_verdict_what_is_missing_and_document_and_item_of_each_rule(project: Path) -> None:
    status, out, _err = call(project)
    assert 0 == status
    assert "结论: 不予准入" in out
    assert "山阳" not in out.split("\n")[0]
    assert "[山环攻坚办〔2022〕7号 31, M]  admission-shanyang-2022/voc-double" in out
    assert "锅炉和炉窑  (furnaces)" in out
    assert "不适用" not in out.split("不适用（用 --all 列出）")[0]
    assert "不适用:" in call(project, "--all")[1]


def test_another_day_is_judged_by_the_books_of_that_day(project: Path) -> None:
    found = json.loads(call(project, "--on", "2023-01-01", "--json")[1])
    assert ("undecidable", []) == (found["verdict"], found["books"])
    assert {"admission-shanyang-2022": "ended", "admission-henan-2017": "ended"} == {
        one["book"]: one["reason"] for one in found["passed_over"]
    }


@pytest.mark.parametrize("given", [True, False])
def test_books_of_the_office_count_from_the_data_folder_or_a_folder_named(
    project: Path, data_folder: Path, tmp_path: Path, given: bool
) -> None:
    folder = tmp_path / "elsewhere" if given else data_folder / "books" / "admission"
    write(folder / "own.json", OWN)
    found = json.loads(call(project, "--json", *(["--books", folder] if given else []))[1])
    assert ("own/no-printing", "forbidden") == (found["rules"][0]["rule"], found["rules"][0]["state"])
    assert [False, True] == sorted(book["local"] for book in found["books"])


def test_entries_set_otherwise_are_taken_and_named(project: Path, data_folder: Path) -> None:
    entry = {"book": "admission-shanyang-2022", "entry": "double", "value": "1.5", "grounds": "市局答复"}
    write(data_folder / "books" / "admission-overrides.json", [entry])
    found = json.loads(call(project, "--json")[1])
    assert ["double: 市局答复"] == found["books"][0]["set_otherwise"]
    assert "met" == next(one for one in found["rules"] if one["rule"].endswith("voc-double"))["state"]


def test_a_template_asks_what_the_books_of_the_place_ask_and_can_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    status, _out, err = call(path, "--template", "410811", "--on", "2022-06-01")
    assert (0, True) == (status, str(path) in err)
    record = json.loads(path.read_text("utf-8"))
    assert {"built_up", "heating_network", "park"} == set(record["areas"])
    assert "undecidable" == json.loads(call(path, "--json")[1])["verdict"]
    assert 1 == call(path, "--template", "410811", "--on", "2022-06-01")[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"emissions": {"VOCs": "much"}}, "项目的 emissions.VOCs：“much”不是数"),
        ({"regoin": "410811"}, "不认识 regoin"),
        ({"date": None}, "缺判定日期"),
        ({"trade": "9999"}, "99"),
    ],
)
def test_a_project_that_cannot_be_read_says_where(project: Path, changes: dict[str, Any], said: str) -> None:
    write(project, {**json.loads(project.read_text("utf-8")), **changes})
    status, out, err = call(project)
    assert (1, "", True) == (status, out, said in err), err


def test_files_and_folders_that_are_not_there_or_no_json_are_named(project: Path, tmp_path: Path) -> None:
    assert 1 == call(tmp_path / "no.json")[0]
    assert 1 == call(project, "--books", tmp_path / "no")[0]
    assert 2 == call(project, "--template", "410811")[0]
    assert 2 == call(tmp_path / "t.json", "--template", "41", "--on", "2022-06-01")[0]
    project.write_text("{", "utf-8")
    status, _out, err = call(project)
    assert (1, True) == (status, "project.json" in err)


def test_a_book_that_is_not_sound_stops_the_judgement_with_its_place(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    write(
        folder / "own.json",
        {**OWN, "rules": [{**OWN["rules"][0], "when": {"fact": "areas.moon", "is": True}}]},
    )  # type: ignore[dict-item, list-item]
    status, out, err = call(project, "--books", folder)
    assert (1, "") == (status, out)
    assert "rules[1].when.fact" in err
