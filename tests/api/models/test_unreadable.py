"""Artifacts that are missing, damaged or hostile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.models import write_corrupt, write_manifest, write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from ifcjob_api.models.results import ModelResult
    from tests.support.models import Models

ELEMENTS = [{"step_id": 10, "global_id": "door-a", "class": "IfcDoor", "name": "Entrance"}]


@pytest.fixture
def house(models: Models, tmp_path: Path) -> ModelResult:
    """Publish a model of one door."""
    return models.publish(write_tables(tmp_path / "house", ELEMENTS))


def test_missing_artifacts_are_gone(client: TestClient, models: Models, house: ModelResult) -> None:
    place = models.objects.path("ifcjob-artifacts", "bim/house/house-1")
    (place / "properties.parquet").unlink()
    assert client.get(f"/api/v1/models/{house.sha256}/elements").json()["total"] == 1
    gone = client.get(f"/api/v1/models/{house.sha256}/elements/door-a")
    assert (gone.status_code, gone.json()["code"]) == (410, "ArtifactMissing")
    tree = client.get(f"/api/v1/models/{house.sha256}/tree")
    assert (tree.status_code, tree.json()["code"]) == (410, "ArtifactMissing")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PAR1 is all that is left", id="text"),
        pytest.param(b"PAR1" + b"\xff" * 5000 + b"PAR1", id="damaged footer"),
    ],
)
def test_corrupt_parquet_is_a_problem(client: TestClient, models: Models, tmp_path: Path, content: bytes) -> None:
    model = models.publish(write_corrupt(tmp_path / "bad", content))
    for path in ("elements", "elements/door-a", "facets?by=class"):
        answer = client.get(f"/api/v1/models/{model.sha256}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (502, "ArtifactCorrupt")


def test_artifact_that_differs_from_its_manifest_is_corrupt(
    client: TestClient, models: Models, house: ModelResult
) -> None:
    path = models.objects.path("ifcjob-artifacts", "bim/house/house-1/elements.parquet")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    answer = client.get(f"/api/v1/models/{house.sha256}/elements")
    assert (answer.status_code, answer.json()["code"]) == (502, "ArtifactCorrupt")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"folder": "../../secret/job-1/"}, id="folder"),
        pytest.param({"artifacts": [{"name": "../x", "mediaType": "", "bytes": 1, "sha256": "a" * 64}]}, id="name"),
        pytest.param({"artifacts": [{"name": "model.glb", "mediaType": "", "bytes": 1, "sha256": "../x"}]}, id="sum"),
        pytest.param({"artifacts": 7}, id="type"),
    ],
)
def test_manifest_that_leads_elsewhere_is_refused(
    client: TestClient, models: Models, tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = write_tables(tmp_path / "bad", ELEMENTS)
    write_manifest(folder, change)
    if change.get("artifacts") == 7:
        document = json.loads((folder / "manifest.json").read_bytes()) | {"artifacts": []}
        good = json.dumps(document).encode()
        bad = (folder / "manifest.json").read_bytes()
        (folder / "manifest.json").write_bytes(good)
        model = models.publish(folder)
        models.objects.path("ifcjob-artifacts", "bim/house/house-1/manifest.json").write_bytes(bad)
    else:
        model = models.publish(folder)
    answer = client.get(f"/api/v1/models/{model.sha256}/elements")
    assert (answer.status_code, answer.json()["code"]) == (502, "ArtifactCorrupt")


def test_numbers_that_json_does_not_have_are_null(client: TestClient, models: Models, tmp_path: Path) -> None:
    box = {f"bbox_{side}_{axis}": float("inf") for side in ("min", "max") for axis in "xyz"}
    values = [
        {"step_id": 10, "global_id": "door-a", "name": "Depth", "value": "nan", "number": float("nan")},
        {"step_id": 10, "global_id": "door-a", "name": "Depth", "value": "inf", "number": float("inf")},
    ]
    model = models.publish(write_tables(tmp_path / "odd", [ELEMENTS[0] | box], values))
    page = client.get(f"/api/v1/models/{model.sha256}/elements").json()
    assert page["items"][0]["boundingBox"] is None
    door = client.get(f"/api/v1/models/{model.sha256}/elements/door-a").json()
    assert [(v["value"], v["number"]) for v in door["propertySets"][0]["values"]] == [("nan", None), ("inf", None)]


def test_text_of_any_length_ends_with_a_problem(client: TestClient, models: Models, tmp_path: Path) -> None:
    long = [{"step_id": 10, "global_id": "door-a", "name": "x" * 40_000_000}]
    big = models.publish(write_tables(tmp_path / "big", long), job="big", age=1)
    small = models.publish(write_tables(tmp_path / "small", ELEMENTS), job="small", age=2)
    for path in ("elements", "elements/door-a", "facets?by=name"):
        answer = client.get(f"/api/v1/models/{big.sha256}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (413, "AnswerTooLarge"), path
    assert client.get(f"/api/v1/models/{big.sha256}/elements?fields=class").status_code == 200
    page = client.get("/api/v1/search").json()
    assert [item["model"] for item in page["items"]] == [small.sha256]
    assert [(model["model"], model["code"]) for model in page["skipped"]] == [(big.sha256, "AnswerTooLarge")]
