"""All elements of a model as columns, the properties of a model, and the values of one of them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.http.model_columns import ElementColumns, ElementMatches, ElementValues, PropertyNames
from tests.support.models import Models, write_manifest, write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from ifcjob_api.models.results import ModelResult

ELEMENTS = [
    {"step_id": 5, "global_id": "site", "class": "IfcSite", "parent_global_id": "project"},
    {"step_id": 7, "global_id": "level", "class": "IfcBuildingStorey", "parent_global_id": "site", "name": "Level 1"},
    {"step_id": 20, "global_id": "wall", "class": "IfcWall", "name": "<script>", "parent_global_id": "level"}
    | {"storey_global_id": "level", "materials": ["Concrete", "Brick"], "type_global_id": "type", "triangles": 12},
    {"step_id": 21, "global_id": "door", "class": "IfcDoor", "parent_global_id": "level", "storey_global_id": "level"}
    | {"predefined_type": "DOOR", "layers": ["A"], "type_global_id": "type", "object_type": "Steel door"},
    {"step_id": 22, "global_id": "level", "class": "IfcWall", "parent_global_id": None},
]
TREE = {
    "root": {"globalId": "project", "stepId": 1, "class": "IfcProject", "longName": None, "elevation": None}
    | {
        "elements": [],
        "children": [
            {"globalId": "level", "stepId": 7, "class": "IfcBuildingStorey", "longName": "First", "elevation": 3.5}
            | {"children": [], "elements": []}
        ],
    },
    "orphans": [],
}


def a_value(step_id: int, name: str, value: str | None, number: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a row of properties.parquet."""
    return {"step_id": step_id, "name": name, "value": value, "number": number, "set_name": "Pset"} | more


PROPERTIES = [
    a_value(20, "Width", "300", 300.0, unit="mm"),
    a_value(21, "Width", "1.2", 1.2, unit="m"),
    a_value(21, "Width", "900", 900.0, unit="mm", set_name="Other"),
    a_value(20, "FireRating", "F90"),
    a_value(21, "FireRating", None),
    {"step_id": 30, "class": "IfcZone", "object_name": "Flat 1", "name": "Purpose", "value": "Living"},
]


def a_member(group: int, member: int, group_class: str = "IfcZone") -> dict[str, Any]:
    """Return a row of relations.parquet."""
    return {"relation": "IfcRelAssignsToGroup", "relating_step_id": group, "relating_global_id": f"group-{group}"} | {
        "relating_class": group_class,
        "related_step_id": member,
        "name": "Relationship",
    }


RELATIONS = [a_member(30, 21), a_member(30, 20), a_member(31, 30, "IfcGroup"), a_member(31, 999)]


@pytest.fixture
def house(models: Models, tmp_path: Path) -> ModelResult:
    """Publish a hand-written model."""
    folder = write_tables(tmp_path / "house", ELEMENTS, PROPERTIES, RELATIONS)
    (folder / "spatial-tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    write_manifest(folder)
    return models.publish(folder)


def answer(client: TestClient, model: ModelResult, path: str, **query: Any) -> dict[str, Any]:
    """Return the body of an answer."""
    response = client.get(f"/api/v1/models/{model.sha256}/{path}", params=query)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def texts(column: dict[str, Any]) -> list[Any]:
    """Return the text of each element."""
    return [None if place is None else column["values"][place] for place in column["index"]]


def test_columns_have_each_element_at_the_same_place(client: TestClient, house: ModelResult) -> None:
    columns = answer(client, house, "columns")
    ElementColumns.model_validate(columns)
    assert (columns["total"], columns["stepId"]) == (5, [5, 7, 20, 21, 22])
    assert columns["globalId"] == ["site", "level", "wall", "door", "level"]
    assert columns["name"] == [None, "Level 1", "<script>", None, None]
    assert texts(columns["class"]) == ["IfcSite", "IfcBuildingStorey", "IfcWall", "IfcDoor", "IfcWall"]
    assert texts(columns["predefinedType"]) == [None, None, None, "DOOR", None]
    assert columns["type"] == {
        "values": [{"globalId": "type", "name": "Steel door"}],
        "index": [None, None, 0, 0, None],
    }
    assert columns["triangles"] == [None, None, 12, None, None]
    assert columns["materials"] == {"values": ["Brick", "Concrete"], "index": [[], [], [1, 0], [], []]}


def test_columns_refer_to_parents_and_storeys_by_place(client: TestClient, house: ModelResult) -> None:
    columns = answer(client, house, "columns")
    assert columns["parent"] == [-1, 0, 1, 1, None]
    assert columns["storey"] == [None, None, 1, 1, None]
    assert columns["spatial"] == [{"row": 1, "longName": "First", "elevation": 3.5}]


def test_groups_have_their_own_names_their_elements_and_their_group(client: TestClient, house: ModelResult) -> None:
    zone = {"globalId": "group-30", "class": "IfcZone", "name": "Flat 1", "parent": 1, "rows": [2, 3]}
    outer: dict[str, Any] = {
        "globalId": "group-31",
        "class": "IfcGroup",
        "name": "Relationship",
        "parent": None,
        "rows": [],
    }
    assert answer(client, house, "columns")["groups"] == [zone, outer]


def test_columns_of_a_model_without_elements_are_empty(client: TestClient, models: Models, tmp_path: Path) -> None:
    columns = answer(client, models.publish(write_tables(tmp_path / "empty"), job="empty"), "columns")
    assert (columns["total"], columns["stepId"], columns["groups"]) == (0, [], [])
    assert columns["class"] == {"values": [], "index": []}


def test_columns_with_their_version_are_kept_forever(client: TestClient, house: ModelResult) -> None:
    path = f"/api/v1/models/{house.sha256}"
    link = client.get(path).json()["links"]["columns"]
    kept, unversioned = client.get(link), client.get(f"{path}/columns")
    assert "immutable" in kept.headers["Cache-Control"]
    assert "no-cache" in unversioned.headers["Cache-Control"]
    again = client.get(f"{path}/columns", headers={"If-None-Match": unversioned.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{path}/columns", params={"version": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (404, "VersionNotFound")


def test_columns_are_compressed_if_the_client_accepts_it(client: TestClient, house: ModelResult) -> None:
    path = f"/api/v1/models/{house.sha256}/columns"
    with client.stream("GET", path, headers={"Accept-Encoding": "br, gzip"}) as packed:
        content = b"".join(packed.iter_raw())
    assert packed.headers["Content-Encoding"] == "gzip"
    for refused in ("identity", "gzip;q=0", "gzip;q=0.0"):
        plain = client.get(path, headers={"Accept-Encoding": refused})
        assert "Content-Encoding" not in plain.headers, refused
        assert plain.content == gzip.decompress(content)


def test_columns_of_a_damaged_tree_say_so(client: TestClient, models: Models, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "damaged", ELEMENTS)
    (folder / "spatial-tree.json").write_text('{"root": [', encoding="utf-8")
    write_manifest(folder)
    model = models.publish(folder, job="damaged")
    response = client.get(f"/api/v1/models/{model.sha256}/columns")
    assert (response.status_code, response.json()["code"]) == (502, "ArtifactCorrupt")


def test_properties_are_listed_with_their_numbers_of_values(client: TestClient, house: ModelResult) -> None:
    document = answer(client, house, "properties")
    PropertyNames.model_validate(document)
    width = {"kind": "property", "set": "Pset", "name": "Width", "elements": 2, "numbers": 2, "distinct": 2}
    assert width | {"units": ["m", "mm"]} in document["items"]
    assert [(item["set"], item["name"]) for item in document["items"]] == [
        ("Other", "Width"),
        ("Pset", "FireRating"),
        ("Pset", "Purpose"),
        ("Pset", "Width"),
    ]


def test_values_are_each_once_numbers_before_texts(client: TestClient, house: ModelResult) -> None:
    document = answer(client, house, "values", property="Width")
    ElementValues.model_validate(document)
    assert [(value["number"], value["unit"]) for value in document["values"]] == [(1.2, "m"), (300, "mm"), (900, "mm")]
    assert list(zip(document["stepId"], document["index"], strict=True)) == [(20, 1), (21, 0), (21, 2)]
    assert answer(client, house, "values", property="Other.Width")["stepId"] == [21]
    assert answer(client, house, "values", property="Pset.FireRating")["stepId"] == [20]
    assert answer(client, house, "values", property="Nothing") == {
        "property": "Nothing",
        "values": [],
        "stepId": [],
        "index": [],
    }


def test_matches_are_all_elements_that_meet_the_conditions(client: TestClient, house: ModelResult) -> None:
    document = answer(client, house, "matches", **{"class": "IfcElement", "property": "Width<1 m"})
    ElementMatches.model_validate(document)
    assert document["stepId"] == [20, 21]
    assert answer(client, house, "matches", storey="level")["stepId"] == [20, 21]
    assert answer(client, house, "matches", name="nothing")["stepId"] == []
    refused = client.get(f"/api/v1/models/{house.sha256}/matches", params={"property": "Width"})
    assert (refused.status_code, refused.json()["code"]) == (422, "InvalidCondition")
