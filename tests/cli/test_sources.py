"""``lantian inventory run`` and ``lantian sources check``: the contracts of their output, options and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from lantian.cli.inventory_run import inventory_app
from lantian.cli.sources_check import sources_app
from lantian.rules.sources.books import books


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def call(app: Any, *arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)), prog_name="lantian")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("template") / "t.xlsx"
    assert 0 == call(inventory_app, "run", path, "--template")[0]
    return path.read_bytes()


@pytest.fixture
def workbook(tmp_path: Path, template: bytes) -> Path:
    path = tmp_path / "清单.xlsx"
    path.write_bytes(template)
    return path


def change(path: Path, sheet: str, heading: str, value: Any) -> tuple[int, str]:
    """Write into the first row of examples under a heading; the address is returned."""
    return changes(path, sheet, {heading: value}, 1)


def changes(path: Path, sheet: str, values: dict[str, Any], row: int) -> tuple[int, str]:
    """Write into a row of examples; the address of the last cell is returned."""
    book = load_workbook(path)
    table = book[sheet]
    cells = {cell.value: cell for line in table.iter_rows(max_row=5) for cell in line}
    for heading, value in values.items():
        cell = cells[heading]
        table.cell(cell.row + row, cell.column, value)
    book.save(path)
    return cell.row + row, cell.column_letter


def emissions(path: Path, *options: str) -> list[dict[str, Any]]:
    status, out, _err = call(inventory_app, "run", path, "--year", "2025", "--json", *options)
    assert 0 == status
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_emissions_have_source_pollutant_tonnes_method_factor_and_reason(workbook: Path) -> None:
    found = {
        (entry["source_id"], entry["pollutant"]): entry for entry in emissions(workbook) if not entry["unit"]
    }
    clinker = found["E002", "NOx"]
    assert (1880.0, "factor", None) == (clinker["t"], clinker["method"], clinker["code"])
    assert {"value": 1.88, "unit": "g/kg", "source": "T/CSES 144-2024 表 E.1", "grade": "H", "region": None, "year": 2024,
            "abroad": False, "own": False} == clinker["factor"]  # fmt: skip
    assert "熟料" in clinker["reason"]


def test_a_monitor_a_balance_and_a_factor_are_all_in_the_example(workbook: Path) -> None:
    found = {
        entry["pollutant"]: entry["method"] for entry in emissions(workbook) if entry["source_id"] == "E001"
    }
    assert ("monitored", "mass_balance", "factor") == (found["NOx"], found["SO2"], found["CO"])


@pytest.mark.parametrize(
    ("sheet", "heading", "value", "code"),
    [
        ("活动水平", "单位", "万斤", "unit_unknown"),
        ("活动水平", "活动量", -5, "negative"),
        ("治理设施", "去除效率", 1.2, "share_above_one"),
        ("活动水平", "燃料或产品", "月岩", "factor_missing"),
    ],
)
def test_a_named_error_has_its_row_and_the_rest_is_computed(
    workbook: Path, sheet: str, heading: str, value: Any, code: str
) -> None:
    row, column = change(workbook, sheet, heading, value)
    found = emissions(workbook)
    wrong = [entry for entry in found if entry["code"] == code and entry["sheet"] == sheet]
    assert [(sheet, row)] == [(entry["sheet"], entry["row"]) for entry in wrong]
    assert [None] == [entry["t"] for entry in wrong]
    assert code == "factor_missing" or [column] == [entry["column"] for entry in wrong]
    assert 1880.0 in [entry["t"] for entry in found if entry["source_id"] == "E002"]
    status, out, _err = call(sources_app, "check", workbook, "--json")
    assert 0 == status
    assert (sheet, row, code) in {(entry["sheet"], entry["row"], entry["code"]) for entry in json.loads(out)}


def test_a_wrong_key_is_found_with_its_column_and_how_to_mend_it(workbook: Path) -> None:
    row, column = change(workbook, "排放源", "统一社会信用代码", "911302006992296170")
    _status, out, err = call(sources_app, "check", workbook, "--json")
    found = [entry for entry in json.loads(out) if entry["sheet"] == "排放源"]
    assert {"uscc_check"} == {entry["code"] for entry in found}
    assert [(row, column)] == [(entry["row"], entry["column"]) for entry in found]
    assert {"sheet", "row", "column", "code", "message"} <= found[0].keys()
    assert "X" in found[0]["message"]
    assert err


def test_factors_from_abroad_are_used_only_on_demand_and_marked(workbook: Path) -> None:
    abroad = next(
        factor
        for factor in books().factors
        if factor.abroad and factor.units == ("g/t",) and factor.source_class == "移动源"
    )
    values = {
        "源类": "移动源", "行业或子类": abroad.trade, "燃料或产品": abroad.item, "工艺技术": abroad.technology, "单位": "t",
    }  # fmt: skip
    changes(workbook, "活动水平", values, 2)
    assert not any((entry["factor"] or {}).get("abroad") for entry in emissions(workbook))
    marked = [entry for entry in emissions(workbook, "--abroad") if (entry["factor"] or {}).get("abroad")]
    assert marked
    assert {"E002"} == {entry["source_id"] for entry in marked}
    assert all("境外" in entry["reason"] or "ABROAD" in entry["reason"] for entry in marked)


def test_people_get_a_table_with_totals_and_gaps_on_standard_error(workbook: Path) -> None:
    status, out, err = call(inventory_app, "run", workbook, "--year", "2025")
    assert 0 == status
    assert "E002  NOx  1880 t" in out
    assert "factor_missing" in err
    assert "factor_missing" not in out


def test_an_override_of_the_data_folder_is_used(workbook: Path, data_folder: Path) -> None:
    change(workbook, "施工扬尘", "施工面积", 10_000)
    before = next(entry for entry in emissions(workbook) if entry["source_id"] == "D002")
    folder = data_folder / "books"
    folder.mkdir(parents=True)
    override = {"book": "parameters", "entry": "construction.tsp", "value": "0.000538", "grounds": "本地调查"}
    (folder / "sources-overrides.json").write_text(json.dumps([override]), encoding="utf-8")
    after = next(entry for entry in emissions(workbook) if entry["source_id"] == "D002")
    assert 2 * before["t"] == pytest.approx(after["t"], rel=1e-12)
    assert "本地调查" in after["reason"]
    (folder / "sources-overrides.json").write_text("[{}]", encoding="utf-8")
    assert 1 == call(inventory_app, "run", workbook, "--year", "2025")[0]


def test_a_book_of_the_office_is_used(workbook: Path, data_folder: Path) -> None:
    folder = data_folder / "books" / "sources"
    folder.mkdir(parents=True)
    record = {
        "book": {"id": "local", "document": "本地实测", "year": 2025},
        "factors": [{"class": "工业源-工艺过程", "trade": "非金属矿物制品业", "item": "熟料", "technology": "新型干法", "unit": "g/kg",
                     "grade": "H", "values": {"NOx": "0.5"}}],
    }  # fmt: skip
    (folder / "local.json").write_text(json.dumps(record), encoding="utf-8")
    assert [500.0] == [
        entry["t"]
        for entry in emissions(workbook)
        if (entry["source_id"], entry["pollutant"]) == ("E002", "NOx")
    ]


def test_an_outline_takes_the_place_of_the_box(workbook: Path, tmp_path: Path) -> None:
    ring = [[113.60, 34.86], [113.70, 34.86], [113.70, 34.90], [113.60, 34.90], [113.60, 34.86]]
    outline = tmp_path / "惠济区.geojson"
    outline.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    _status, out, _err = call(sources_app, "check", workbook, "--json", "--outline", outline)
    found = [entry for entry in json.loads(out) if entry["code"].startswith("coordinate")]
    assert {"E002", "E003", "D002", "D003"} == {entry["source_id"] for entry in found}
    outline.write_text("{}", encoding="utf-8")
    assert 1 == call(sources_app, "check", workbook, "--outline", outline)[0]


def test_what_cannot_be_done_is_refused_in_words(workbook: Path, tmp_path: Path) -> None:
    assert 2 == call(inventory_app, "run", workbook)[0]
    assert 1 == call(inventory_app, "run", workbook, "--template")[0]
    missing = call(inventory_app, "run", tmp_path / "不在.xlsx", "--year", "2025")
    assert (1, "") == missing[:2]
    assert "不在.xlsx" in missing[2]
    (tmp_path / "x.xlsx").write_text("x")
    assert 1 == call(sources_app, "check", tmp_path / "x.xlsx")[0]


def test_emissions_have_their_place_in_eight_classes_and_in_ten(workbook: Path) -> None:
    found = emissions(workbook)
    clinker = next(entry for entry in found if (entry["source_id"], entry["pollutant"]) == ("E002", "NOx"))
    assert ("工业源", "工艺过程", ["C3011", "熟料", "新型干法", "无控制措施"], "工艺过程源", "水泥") == tuple(
        clinker[name] for name in ("class", "part", "levels", "ten_class", "ten_subsector")
    )
    assert all((entry["class"] is None) == (entry["t"] is None) for entry in found)


def test_months_uncertainty_and_totals_stand_beside_the_emissions(workbook: Path) -> None:
    options = ("--months", "--uncertainty", "--seed", "5", "--totals", "--classes", "10")
    _status, out, _err = call(inventory_app, "run", workbook, "--year", "2025", "--json", *options)
    found = json.loads(out)
    assert ["emissions", "months", "uncertainty", "totals"] == list(found)
    nox = sum(entry["t"] or 0 for entry in found["emissions"] if entry["pollutant"] == "NOx")
    months = [entry["t"] for entry in found["months"] if entry["pollutant"] == "NOx"]
    assert nox == pytest.approx(sum(map(sum, months)))
    whole = next(entry for entry in found["uncertainty"]["intervals"] if entry["pollutant"] == "NOx")
    assert (None, 5) == (whole["name"], found["uncertainty"]["seed"])
    assert whole["low"] < nox < whole["high"]
    assert ("熟料", "fits") == (found["totals"][0]["item"], found["totals"][0]["verdict"])
    _status, said, _err = call(inventory_app, "run", workbook, "--year", "2025", *options)
    assert "熟料" in said


def test_an_inventory_is_written_once_and_compared_with_another_year(workbook: Path, tmp_path: Path) -> None:
    target, compared = tmp_path / "out.xlsx", tmp_path / "compared.xlsx"
    assert 0 == call(inventory_app, "run", workbook, "--year", "2025", "-o", target)[0]
    assert 1 == call(inventory_app, "run", workbook, "--year", "2025", "-o", target)[0]
    assert emissions(workbook) == emissions(target)
    changes(workbook, "活动水平", {"活动量": 120}, 2)
    arguments = ("compare", target, workbook, "--years", 2024, 2025)
    _status, out, _err = call(inventory_app, *arguments, "--json", "-o", compared)
    found = json.loads(out)
    assert {"E002"} == {entry["source_id"] for entry in found["sources"]}
    for entry in (*found["classes"], *found["sources"]):
        assert entry["change"] == pytest.approx(sum(entry["parts"].values()), abs=1e-9)
    assert {"activity"} == {part for entry in found["sources"] for part, t in entry["parts"].items() if t}
    assert compared.is_file()
    assert "E002" in call(inventory_app, *arguments)[1]
    assert 2 == call(inventory_app, *arguments, "--classes", "9")[0]


def test_sources_that_may_be_one_are_told_and_stay_two(workbook: Path) -> None:
    changes(workbook, "排放源", {"名称": "示例水泥有限公司"}, 3)
    _status, out, _err = call(sources_app, "check", workbook, "--json")
    found = [entry for entry in json.loads(out) if entry["code"] == "source_suspected"]
    assert [("排放源", "E003")] == [(entry["sheet"], entry["source_id"]) for entry in found]
    assert "E002" in found[0]["message"]
