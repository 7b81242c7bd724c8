"""Models over HTTP: metadata, tree, elements, properties and counts of hand-written and real artifacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.models import Models, write_tables
from tests.support.runs import run_file
from tests.support.samples import two_walls_with_opening, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from ifcjob_api.models.results import ModelResult

BOX = {f"bbox_{side}_{axis}": value for side, value in (("min", 0.0), ("max", 1.0)) for axis in "xyz"}
LEVEL_1 = {"storey_global_id": "storey-1", "storey_name": "Level 1"}
LEVEL_2 = {"storey_global_id": "storey-2", "storey_name": "Level 2"}
ELEMENTS: list[dict[str, Any]] = [
    {"step_id": 1, "global_id": "storey-1", "class": "IfcBuildingStorey", "name": "Level 1"},
    {"step_id": 2, "global_id": "storey-2", "class": "IfcBuildingStorey", "name": "Level 2"},
    {"step_id": 10, "global_id": "door-a", "class": "IfcDoor", "name": "Entrance", **LEVEL_1}
    | {"materials": ["Oak", "Steel"], "predefined_type": "DOOR", "layers": ["A-DOOR"], **BOX},
    {"step_id": 11, "global_id": "door-b", "class": "IfcDoor", "name": None, **LEVEL_2}
    | {"object_type": "Fire door", "tag": "D-11", "type_global_id": "type-1"},
    {"step_id": 12, "global_id": "wall-a", "class": "IfcWallStandardCase", "name": "Wall 'x'; DROP TABLE"}
    | {**LEVEL_1, "classifications": ["Uniclass: Ss_25 Walls"], "materials": ["Concrete C30"]},
    {"step_id": 13, "global_id": "wall-b", "class": "IfcWall", "name": "entrance wall", **LEVEL_1},
]


def a_property(step_id: int, name: str, value: str | None, number: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a row of properties.parquet."""
    owner = next((row for row in ELEMENTS if row["step_id"] == step_id), {"global_id": "group", "class": "IfcZone"})
    about = {"step_id": step_id, "global_id": owner["global_id"], "class": owner["class"]}
    return about | {"name": name, "value": value, "number": number} | more


PROPERTIES = [
    a_property(10, "FireRating", "T30", set_name="Pset_DoorCommon", value_type="IfcLabel"),
    a_property(11, "FireRating", "EI-120", set_name="Pset_DoorCommon"),
    a_property(10, "Width", "900", 900.0, unit="mm", kind="quantity", set_name="Qto_Door"),
    a_property(11, "Width", "1.2", 1.2, unit="m", kind="quantity", set_name="Qto_Door"),
    a_property(10, "IsExternal", "true", set_name="Pset_DoorCommon"),
    a_property(12, "IsExternal", "false", set_name="Pset_WallCommon"),
    a_property(12, "Layers.1.Thickness", "0.2", 0.2, unit="m", kind="material", set_name="Concrete"),
    a_property(12, "Ss_25", "Walls", kind="classification", set_name="Uniclass"),
    a_property(13, "Reference", None, set_name="Pset_WallCommon"),
    a_property(13, "a<b", "1", 1.0, set_name="My.Set"),
    a_property(50, "Purpose", "Fire compartment", set_name="Pset_ZoneCommon"),
]
RELATIONS = [
    {"relation": "IfcRelFillsElement", "relating_step_id": 40, "relating_global_id": "opening"}
    | {"relating_class": "IfcOpeningElement", "related_step_id": 10, "related_global_id": "door-a"}
    | {"related_class": "IfcDoor"}
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Return one store for all tests of this file; none of them changes what another one reads."""
    return Models(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def client(models: Models) -> Iterator[TestClient]:
    """Run one application."""
    with models.client() as client:
        yield client


@pytest.fixture(scope="module")
def house(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ModelResult:
    """Publish a hand-written model."""
    folder = tmp_path_factory.mktemp("tables") / "house"
    return models.publish(write_tables(folder, ELEMENTS, PROPERTIES, RELATIONS))


def elements(client: TestClient, model: ModelResult, **query: Any) -> dict[str, Any]:
    """Return a page of elements."""
    answer = client.get(f"/api/v1/models/{model.sha256}/elements", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def selected(client: TestClient, model: ModelResult, **query: Any) -> list[int]:
    """Return the STEP ids of the selected elements."""
    page = elements(client, model, **query)
    assert page["total"] == len(page["items"])
    return [item["stepId"] for item in page["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"class": "IfcDoor"}, [10, 11], id="class"),
        pytest.param({"class": "IFCWALL"}, [12, 13], id="class with subclasses, any case"),
        pytest.param({"class": "IfcWall", "subclasses": "false"}, [13], id="exact class"),
        pytest.param({"class": ["IfcDoor", "IfcBuildingStorey"]}, [1, 2, 10, 11], id="two classes"),
        pytest.param({"class": "IfcElement", "storey": "Level 1"}, [10, 12, 13], id="storey by name"),
        pytest.param({"storey": "storey-2"}, [11], id="storey by GlobalId"),
        pytest.param({"type": "type-1"}, [11], id="type by GlobalId"),
        pytest.param({"type": "Fire door"}, [11], id="type by ObjectType"),
        pytest.param({"predefinedType": "door"}, [10], id="predefined type"),
        pytest.param({"material": "concrete"}, [12], id="material"),
        pytest.param({"material": ["oak", "concrete"]}, [10, 12], id="one of two materials"),
        pytest.param({"classification": "uniclass: ss_25"}, [12], id="classification"),
        pytest.param({"layer": "A-DOOR"}, [10], id="layer"),
        pytest.param({"name": "entrance"}, [10, 13], id="part of the name"),
        pytest.param({"name": "'x'; drop"}, [12], id="quotes in a name"),
        pytest.param({"name": "%"}, [], id="no wildcards"),
        pytest.param({"text": "d-11"}, [11], id="text in the tag"),
        pytest.param({"text": "wall-a"}, [12], id="text is a GlobalId"),
    ],
)
def test_elements_meet_the_filter(client: TestClient, house: ModelResult, query: Any, expected: list[int]) -> None:
    assert selected(client, house, **query) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("Pset_DoorCommon.FireRating<90", [10], id="number in the text"),
        pytest.param("FireRating >= 120", [11], id="no sign inside of a text"),
        pytest.param("FireRating=t30", [10], id="equal text in any case"),
        pytest.param("FireRating!=T30", [11], id="different text"),
        pytest.param("FireRating=30", [], id="equal number is the whole value"),
        pytest.param("FireRating contains ei", [11], id="contains"),
        pytest.param("Pset_WallCommon.FireRating exists", [], id="another set"),
        pytest.param("Width exists", [10, 11], id="exists"),
        pytest.param("Reference exists", [], id="no value"),
        pytest.param("Width>=0.9m", [10, 11], id="units converted"),
        pytest.param("Width>0.9 m", [11], id="exactly the same in another unit"),
        pytest.param("Width=90cm", [10], id="equal in another unit"),
        pytest.param("Width!=900 mm", [11], id="different in another unit"),
        pytest.param("Width>500", [10], id="no unit: as in the file"),
        pytest.param("Width>0.5 kg", [], id="another kind of unit"),
        pytest.param("IsExternal=true", [10], id="boolean"),
        pytest.param("IsExternal>0", [], id="booleans are not numbers"),
        pytest.param("Layers.1.Thickness>=200 mm", [12], id="dots in the name"),
        pytest.param("Concrete.Layers.1.Thickness<1", [12], id="set and dots in the name"),
        pytest.param("My.Set.Nothing exists", [], id="dots in the set"),
        pytest.param("Name' OR 1=1", [], id="injection"),
    ],
)
def test_elements_meet_the_condition(client: TestClient, house: ModelResult, condition: str, expected: Any) -> None:
    assert selected(client, house, property=condition) == expected


def test_class_and_conditions_select_products_once(client: TestClient, house: ModelResult) -> None:
    both = ["IsExternal exists", "Width exists"]
    assert selected(client, house, **{"class": "IfcDoor", "property": both}) == [10]
    assert selected(client, house, **{"class": "IfcDoor", "property": ["Width exists"]}) == [10, 11]
    assert selected(client, house, **{"class": "IfcZone", "property": ["Purpose exists"]}) == []
    assert selected(client, house, **{"class": "IfcDoor", "property": both, "storey": "Level 2"}) == []


def test_conditions_must_all_hold_and_show_their_values(client: TestClient, house: ModelResult) -> None:
    page = elements(client, house, property=["FireRating exists", "Width<1 m"], fields="name")
    matches = [
        {"condition": "FireRating exists", "value": "T30", "unit": None},
        {"condition": "Width<1 m", "value": "900", "unit": "mm"},
    ]
    assert page["items"] == [{"stepId": 10, "globalId": "door-a", "name": "Entrance", "matches": matches}]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param({"property": "FireRating"}, "InvalidCondition", id="no operator"),
        pytest.param({"property": "FireRating<high"}, "InvalidCondition", id="text is not a number"),
        pytest.param({"property": "Date<2024-01-01"}, "InvalidCondition", id="date is not a number"),
        pytest.param({"property": "FireRating exists 1"}, "InvalidCondition", id="exists with a value"),
        pytest.param({"property": "<5"}, "InvalidCondition", id="no name"),
        pytest.param({"property": "." * 20 + "a<5"}, "InvalidCondition", id="too many dots"),
        pytest.param({"property": ["a=1"] * 9}, "InvalidRequest", id="too many conditions"),
        pytest.param({"sort": "name; DROP"}, "UnknownField", id="sort"),
        pytest.param({"sort": "materials"}, "UnknownField", id="sort by a list"),
        pytest.param({"fields": "name,password"}, "UnknownField", id="fields"),
        pytest.param({"cursor": "abc"}, "InvalidCursor", id="cursor"),
        pytest.param({"cursor": "bnVsbA"}, "InvalidCursor", id="cursor with other content"),
        pytest.param({"limit": 1001}, "InvalidRequest", id="limit"),
        pytest.param({"klass": "IfcDoor"}, "InvalidRequest", id="unknown parameter"),
    ],
)
def test_invalid_query_is_refused(client: TestClient, house: ModelResult, query: Any, code: str) -> None:
    answer = client.get(f"/api/v1/models/{house.sha256}/elements", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"]


@pytest.mark.parametrize("sort", ["stepId", "-stepId", "name", "-name", "storeyGlobalId", "triangles"])
def test_pages_have_each_element_once_in_order(client: TestClient, house: ModelResult, sort: str) -> None:
    complete = elements(client, house, sort=sort)["items"]
    pages, query = [], {"sort": sort, "limit": 2}
    while True:
        page = elements(client, house, **query)
        assert page["total"] == 6
        pages += page["items"]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert pages == complete
    assert len(complete) == 6
    if sort == "-name":
        assert complete[-1]["name"] is None
        assert complete[0]["name"] == "entrance wall"


def test_cursor_belongs_to_its_query(client: TestClient, house: ModelResult) -> None:
    cursor = elements(client, house, limit=1)["nextCursor"]
    answer = client.get(f"/api/v1/models/{house.sha256}/elements", params={"cursor": cursor, "class": "IfcDoor"})
    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidCursor")


def test_element_has_all_its_columns(client: TestClient, house: ModelResult) -> None:
    (door,) = elements(client, house, text="door-a")["items"]
    assert door == {
        "stepId": 10,
        "globalId": "door-a",
        "class": "IfcDoor",
        "predefinedType": "DOOR",
        "name": "Entrance",
        "objectType": None,
        "tag": None,
        "typeGlobalId": None,
        "storeyGlobalId": "storey-1",
        "storeyName": "Level 1",
        "parentGlobalId": None,
        "layers": ["A-DOOR"],
        "materials": ["Oak", "Steel"],
        "classifications": [],
        "boundingBox": {"min": [0, 0, 0], "max": [1, 1, 1]},
        "triangles": None,
    }


def details(client: TestClient, model: ModelResult, global_id: str, **query: Any) -> dict[str, Any]:
    """Return one object."""
    answer = client.get(f"/api/v1/models/{model.sha256}/elements/{global_id}", params=query)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_one_element_has_properties_quantities_and_relations(client: TestClient, house: ModelResult) -> None:
    door = details(client, house, "door-a")
    assert (door["stepId"], door["element"]["name"], door["element"]["storeyName"]) == (10, "Entrance", "Level 1")
    assert [(s["name"], [v["name"] for v in s["values"]]) for s in door["propertySets"]] == [
        ("Pset_DoorCommon", ["FireRating", "IsExternal"])
    ]
    (width,) = door["quantitySets"][0]["values"]
    assert (width["value"], width["number"], width["unit"], width["source"]) == ("900", 900.0, "mm", "instance")
    assert door["relations"] == [
        {"relation": "IfcRelFillsElement", "role": "related", "name": None, "otherStepId": 40}
        | {"otherGlobalId": "opening", "otherClass": "IfcOpeningElement"}
    ]
    wall = details(client, house, "wall-a")
    assert wall["classifications"] == [
        {
            "name": "Uniclass",
            "values": [
                {"name": "Ss_25", "value": "Walls", "number": None, "unit": None}
                | {"valueType": None, "source": "instance"}
            ],
        }
    ]
    assert wall["materials"][0]["values"][0]["name"] == "Layers.1.Thickness"


def test_object_without_geometry_row_has_its_properties(client: TestClient, house: ModelResult) -> None:
    zone = details(client, house, "group")
    assert (zone["stepId"], zone["element"]) == (50, None)
    assert zone["propertySets"][0]["values"][0]["value"] == "Fire compartment"


def test_repeated_global_id_is_told_apart_by_step_id(client: TestClient, models: Models, tmp_path: Path) -> None:
    twins = [{"step_id": n, "global_id": "twin", "name": f"Twin {n}"} for n in (7, 3)]
    values = [{"step_id": n, "global_id": "twin", "name": "Number", "value": str(n)} for n in (7, 3)]
    model = models.publish(write_tables(tmp_path / "twins", twins, values), job="twins")
    first, second = details(client, model, "twin"), details(client, model, "twin", stepId=7)
    assert (first["stepId"], first["sameGlobalId"], first["propertySets"][0]["values"][0]["value"]) == (3, [7], "3")
    assert (second["element"]["name"], second["propertySets"][0]["values"][0]["value"]) == ("Twin 7", "7")
    missing = client.get(f"/api/v1/models/{model.sha256}/elements/twin", params={"stepId": 8})
    assert missing.status_code == 404


def test_unknown_element_is_not_found(client: TestClient, house: ModelResult) -> None:
    answer = client.get(f"/api/v1/models/{house.sha256}/elements/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "ElementNotFound")


def facet(client: TestClient, model: ModelResult, by: str, **query: Any) -> list[tuple[Any, int]]:
    """Return values with their numbers of elements."""
    answer = client.get(f"/api/v1/models/{model.sha256}/facets", params={"by": by, **query})
    assert answer.status_code == 200, answer.text
    (counts,) = answer.json()["facets"]
    return [(item["label"] or item["value"], item["count"]) for item in counts["values"]]


def test_facets_count_columns_and_properties(client: TestClient, house: ModelResult) -> None:
    assert facet(client, house, "class")[:2] == [("IfcBuildingStorey", 2), ("IfcDoor", 2)]
    assert facet(client, house, "storey") == [("Level 1", 3), (None, 2), ("Level 2", 1)]
    assert facet(client, house, "material", **{"class": "IfcDoor"}) == [("Oak", 1), ("Steel", 1), (None, 1)]
    assert facet(client, house, "Pset_DoorCommon.FireRating", **{"class": "IfcDoor"}) == [("EI-120", 1), ("T30", 1)]
    assert facet(client, house, "IsExternal") == [(None, 4), ("false", 1), ("true", 1)]
    assert facet(client, house, "class", property="Width exists") == [("IfcDoor", 2)]


def test_facets_are_cut_and_say_how_many_there_are(client: TestClient, house: ModelResult) -> None:
    query = {"by": ["class", "globalId"], "limit": 1}
    answer = client.get(f"/api/v1/models/{house.sha256}/facets", params=query).json()
    assert answer["total"] == 6
    assert [(f["by"], f["distinct"], len(f["values"])) for f in answer["facets"]] == [
        ("class", 4, 1),
        ("globalId", 6, 1),
    ]


def test_model_of_another_namespace_is_not_found(
    client: TestClient, models: Models, house: ModelResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.access, "allowed", {"other"})
    for path in ("", "/tree", "/elements", "/elements/door-a", "/facets?by=class"):
        answer = client.get(f"/api/v1/models/{house.sha256}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "ModelNotFound"), path
    assert client.get("/api/v1/models").json()["items"] == []


def test_real_run_answers_metadata_tree_and_elements(client: TestClient, models: Models, tmp_path: Path) -> None:
    run = run_file(write(two_walls_with_opening(), tmp_path / "walls.ifc"), tmp_path / "out")
    model = models.publish(run.folder, job="walls")
    document = client.get(f"/api/v1/models/{model.sha256}").json()
    assert (document["metadata"]["file"]["schema"], document["job"], document["namespace"]) == ("IFC4", "walls", "bim")
    assert {a["name"] for a in document["artifacts"]} >= {"elements.parquet", "model.glb"}
    tree = client.get(document["links"]["tree"])
    assert tree.json() == json.loads((run.folder / "spatial-tree.json").read_bytes())
    again = client.get(document["links"]["tree"], headers={"If-None-Match": tree.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    walls = client.get(document["links"]["elements"], params={"class": "IfcWall"}).json()["items"]
    assert len(walls) == 2
    assert details(client, model, walls[0]["globalId"])["propertySets"]


def test_models_are_listed_page_by_page_newest_first(
    client: TestClient, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.access, "allowed", {"listed"})
    for number in range(5):
        tables = write_tables(tmp_path / str(number))
        models.publish(tables, namespace="listed", job=f"job-{number}", age=100 - number)
    jobs, query = [], {"limit": 2}
    while True:
        page = client.get("/api/v1/models", params=query).json()
        jobs += [item["job"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert jobs == ["job-4", "job-3", "job-2", "job-1", "job-0"]
