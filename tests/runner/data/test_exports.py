"""The extra formats of the properties table, and the formulas that a spreadsheet must not run."""

import csv
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pyarrow.parquet as pq
import pytest

from ifcjob.tables import PROPERTIES
from ifcjob_runner.data.formats import exports
from ifcjob_runner.stages.properties import properties
from tests.runner.step_files import PROJECT, small_model

LINES = (
    PROJECT
    + """
#30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
#33=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30),#21)
#31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)
#32=IFCPROPERTYSET(GUID,'=SET()',$,(#40,#41,#42,#43,#44,#45))
#40=IFCPROPERTYSINGLEVALUE('@name',$,IFCLABEL('=HYPERLINK("x")'),$)
#41=IFCPROPERTYSINGLEVALUE('negative',$,IFCREAL(-5.5),$)
#42=IFCPROPERTYSINGLEVALUE('plus',$,IFCLABEL('+1'),$)
#43=IFCPROPERTYSINGLEVALUE('minus',$,IFCLABEL('-1'),$)
#44=IFCPROPERTYSINGLEVALUE('unset',$,$,$)
#45=IFCPROPERTYSINGLEVALUE('harmless',$,IFCLABEL('a=b, "c"'),$)
"""
)
VALUES = {
    "'@name": '\'=HYPERLINK("x")',
    "negative": "-5.5",
    "plus": "'+1",
    "minus": "'-1",
    "unset": "",
    "harmless": 'a=b, "c"',
}
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def write(folder: Path, *formats: str, lines: str = LINES) -> list[Path]:
    return properties(small_model(folder, lines), folder / "properties.parquet", formats).paths


def sheet_rows(path: Path, name: str = "sheet1") -> list[list[tuple[str, str]]]:
    with zipfile.ZipFile(path) as book:
        root = ET.fromstring(book.read(f"xl/worksheets/{name}.xml"))
    return [
        [(cell.get("t") or "n", "".join(cell.itertext())) for cell in row.iter(f"{SHEET}c")]
        for row in root.iter(f"{SHEET}row")
    ]


def test_csv_neutralises_formulas_and_keeps_numbers(tmp_path: Path) -> None:
    write(tmp_path, "csv")
    with (tmp_path / "properties.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [c.name for c in PROPERTIES]
    assert {r["name"]: r["value"] for r in rows} == VALUES
    assert {r["set_name"] for r in rows} == {"'=SET()"}
    assert {(r["class"], r["object_name"], r["storey_name"]) for r in rows} == {("IfcWall", "Wall", "Ground")}
    assert [r["number"] for r in rows if r["name"] == "negative"] == ["-5.5"]


def test_xlsx_holds_texts_and_numbers_but_no_formula(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    header, *rows = sheet_rows(tmp_path / "properties.xlsx")
    assert [text for _, text in header] == [c.name for c in PROPERTIES]
    name, value = (next(i for i, c in enumerate(PROPERTIES) if c.name == n) for n in ("name", "value"))
    cells = {row[name][1]: row[value] for row in rows if row[name][1] != "unset"}
    assert {n: text for n, (_, text) in cells.items()} == {n: v for n, v in VALUES.items() if n != "unset"}
    assert ("n", "-5.5") in rows[1]
    with zipfile.ZipFile(tmp_path / "properties.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_xlsx_starts_a_new_sheet_when_a_sheet_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 4)
    write(tmp_path, "xlsx")
    assert [len(sheet_rows(tmp_path / "properties.xlsx", f"sheet{n}")) for n in (1, 2)] == [5, 3]


def test_texts_too_long_for_a_cell_are_reported(tmp_path: Path) -> None:
    lines = LINES.replace("'+1'", f"'{'x' * 40_000}'")
    result = properties(small_model(tmp_path, lines), tmp_path / "properties.parquet", ["xlsx"])
    assert [(f["code"], f["count"]) for f in result.findings] == [("TextCut", 1)]


def test_ndjson_equals_the_table(tmp_path: Path) -> None:
    write(tmp_path, "ndjson")
    lines = (tmp_path / "properties.ndjson").read_bytes().splitlines()
    assert [orjson.loads(line) for line in lines] == pq.read_table(tmp_path / "properties.parquet").to_pylist()


def test_equal_tables_give_equal_bytes_in_every_format(tmp_path: Path) -> None:
    paths = write(tmp_path, "ndjson", "csv", "xlsx")
    assert [p.name for p in paths] == ["properties.parquet", "properties.csv", "properties.ndjson", "properties.xlsx"]
    first = [p.read_bytes() for p in paths]
    write(tmp_path, "csv", "xlsx", "ndjson")
    assert [p.read_bytes() for p in paths] == first


def test_empty_tables_still_have_a_header(tmp_path: Path) -> None:
    write(tmp_path, "csv", "xlsx", "ndjson", lines=PROJECT)
    assert (tmp_path / "properties.csv").read_text().count("\n") == 1
    assert len(sheet_rows(tmp_path / "properties.xlsx")) == 1
    assert (tmp_path / "properties.ndjson").read_bytes() == b""


def test_all_rows_are_exported_in_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 4)
    write(tmp_path, "ndjson", "xlsx")
    table = pq.read_table(tmp_path / "properties.parquet").to_pylist()
    assert [orjson.loads(line) for line in (tmp_path / "properties.ndjson").read_bytes().splitlines()] == table
    assert len(sheet_rows(tmp_path / "properties.xlsx")) == 1 + len(table) == 7
