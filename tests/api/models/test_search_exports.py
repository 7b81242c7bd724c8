"""The whole result of a search as CSV and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

import httpx
import pytest

from ifcjob_api.models import exports, query_engine
from tests.support.api import served
from tests.support.async_tests import finish
from tests.support.models import write_corrupt, write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from ifcjob_api.models.results import ModelResult
    from tests.support.models import Models

HOSTILE = '=HYPERLINK("http://evil.example","x")'
TITLES = ["model", "namespace", "job", "stepId", "globalId", "name"]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def publish(models: Models, folder: Path, doors: int = 3) -> ModelResult:
    """Publish a model whose first door has a hostile name and whose others have ratings."""
    elements = [
        {"step_id": step, "global_id": f"door-{step}", "class": "IfcDoor", "name": f"Tür; {step}"}
        for step in range(1, doors + 1)
    ]
    elements[0]["name"] = HOSTILE
    rated = [
        {"step_id": step, "global_id": f"door-{step}", "class": "IfcDoor", "set_name": "Pset_DoorCommon"}
        | {"name": "FireRating", "value": str(30 * step)}
        for step in range(1, doors + 1)
    ]
    return models.publish(write_tables(folder / "model", elements, rated))


def table(client: TestClient, **query: Any) -> list[list[str]]:
    """Return the rows of the CSV export."""
    answer = client.get("/api/v1/search.csv", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="elements.csv"'
    return list(csv.reader(io.StringIO(answer.text)))


def sheet(content: bytes) -> list[dict[str, str]]:
    """Return the cells of a workbook's only sheet: kind and text by reference, row by row."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any("externalLinks" in name for name in archive.namelist())
        root = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert root.findall(f".//{SHEET}f") == []
    rows = root.findall(f".//{SHEET}row")
    return [{cell.get("r", ""): "".join(cell.itertext()) for cell in row} for row in rows]


def test_csv_has_each_element_with_the_values_of_the_conditions(
    client: TestClient, models: Models, tmp_path: Path
) -> None:
    model = publish(models, tmp_path)
    rows = table(client, **{"class": "IfcDoor", "property": "Pset_DoorCommon.FireRating>=60", "fields": "name"})
    place = [model.sha256, "bim", "house"]
    assert rows == [
        [*TITLES, "Pset_DoorCommon.FireRating", "Pset_DoorCommon.FireRating unit", "problem"],
        [*place, "2", "door-2", "Tür; 2", "60", "", ""],
        [*place, "3", "door-3", "Tür; 3", "90", "", ""],
    ]


def test_csv_continues_over_all_pages(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE_ELEMENTS", 2)
    publish(models, tmp_path, doors=7)
    rows = table(client, fields="globalId")
    assert [row[4] for row in rows[1:]] == [f"door-{step}" for step in range(1, 8)]


def test_formulas_get_an_apostrophe(client: TestClient, models: Models, tmp_path: Path) -> None:
    publish(models, tmp_path, doors=1)
    assert table(client, fields="name")[1][5] == f"'{HOSTILE}"
    workbook = client.get("/api/v1/search.xlsx", params={"fields": "name"})
    assert sheet(workbook.content)[1]["F2"] == f"'{HOSTILE}"


def test_xlsx_has_numbers_as_numbers(client: TestClient, models: Models, tmp_path: Path) -> None:
    publish(models, tmp_path)
    query = {"property": "FireRating>=90", "fields": "name"}
    answer = client.get("/api/v1/search.xlsx", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="elements.xlsx"'
    title, row = sheet(answer.content)
    assert (title["G1"], row["D2"], row["G2"]) == ("FireRating", "3", "90")
    assert b't="inlineStr"' not in _cell(answer.content, "G2")


def _cell(workbook: bytes, reference: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml")
    start = text.index(f'r="{reference}"'.encode())
    return text[start : text.index(b"</c>", start)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exports_of_too_many_elements_are_refused(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(exports, "MAX_ELEMENTS", 2)
    publish(models, tmp_path)
    answer = client.get(f"/api/v1/search.{form}")
    assert (answer.status_code, answer.json()["code"]) == (422, "TooManyElements")
    assert client.get(f"/api/v1/search.{form}", params={"text": "door-1"}).status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exports_name_unknown_fields_and_parameters(client: TestClient, form: str) -> None:
    assert client.get(f"/api/v1/search.{form}", params={"fields": "colour"}).json()["code"] == "UnknownField"
    assert client.get(f"/api/v1/search.{form}", params={"limit": 3}).status_code == 422


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exports_end_with_the_models_that_cannot_be_read(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(exports, "PAGE_ELEMENTS", 2)
    publish(models, tmp_path)
    corrupt = models.publish(write_corrupt(tmp_path / "broken"), job="corrupt", age=1)
    if form == "csv":
        *elements, last = table(client, fields="name")[1:]
        assert (len(elements), last[:6]) == (3, [corrupt.sha256, "bim", "corrupt", "", "", ""])
        assert last[6].startswith("ArtifactCorrupt: ")
    else:
        rows = sheet(client.get("/api/v1/search.xlsx", params={"fields": "name"}).content)
        assert (len(rows), rows[-1]["C5"], rows[-1]["G5"][:17]) == (5, "corrupt", "ArtifactCorrupt: ")


def publish_unreadable(models: Models, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish a model after the others whose element can be counted but not read: its name is too long."""
    monkeypatch.setattr(query_engine, "MAX_ANSWER", 2000)
    long = [{"step_id": 10, "global_id": "door-x", "class": "IfcDoor", "name": "x" * 5000}]
    models.publish(write_tables(folder / "long", long), job="long", age=1)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exports_without_the_rows_of_a_model_are_refused(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    publish(models, tmp_path)
    publish_unreadable(models, tmp_path, monkeypatch)
    answer = client.get(f"/api/v1/search.{form}", params={"fields": "name"})
    assert (answer.status_code, answer.json()["code"]) == (503, "QueryTooSlow")
    assert answer.json()["detail"].startswith("Only 3 of 4 elements")
    assert answer.headers["Retry-After"]


def test_csv_breaks_off_when_a_model_fails_after_the_first_page(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE_ELEMENTS", 2)
    publish(models, tmp_path)
    publish_unreadable(models, tmp_path, monkeypatch)

    async def use() -> None:
        async with served(cast("FastAPI", client.app)) as url, httpx.AsyncClient(timeout=60) as http:
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                await http.get(f"{url}/search.csv", params={"fields": "name"})

    finish(use())


def test_csv_has_elements_whose_texts_are_too_long_for_a_large_page(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_engine, "MAX_ANSWER", 400)
    monkeypatch.setattr(exports, "MAX_LIMIT", 2)
    publish(models, tmp_path, doors=20)
    assert len(table(client, fields="name")) == 21


def test_exports_of_nothing_have_titles_only(client: TestClient) -> None:
    assert table(client, fields="name") == [[*TITLES, "problem"]]
    assert len(sheet(client.get("/api/v1/search.xlsx").content)) == 1
