"""Search over several models: order, pages, rights, and models that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_api.models import search as batches
from tests.support.models import write_corrupt, write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from ifcjob_api.models.results import ModelResult
    from tests.support.models import Models

DOORS = 3


def publish(models: Models, folder: Path, number: int, namespace: str = "bim") -> ModelResult:
    """Publish a model with three doors and a wall, older with each number; door 2 has a fire rating."""
    doors = [
        {"step_id": step, "global_id": f"door-{number}-{step}", "class": "IfcDoor", "name": f"Door {step}"}
        for step in range(1, DOORS + 1)
    ]
    wall = {"step_id": 9, "global_id": f"wall-{number}", "class": "IfcWall", "name": "Wall"}
    rating = {"step_id": 2, "global_id": f"door-{number}-2", "class": "IfcDoor", "set_name": "Pset_DoorCommon"}
    rated = [rating | {"name": "FireRating", "value": f"EI {30 * number}"}]
    tables = write_tables(folder / f"model-{number}", [*doors, wall], rated)
    return models.publish(tables, namespace=namespace, job=f"job-{number}", age=number)


@pytest.fixture
def five(models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ModelResult]:
    """Publish five models; a batch holds two of them."""
    monkeypatch.setattr(batches, "BATCH_MODELS", 2)
    return [publish(models, tmp_path, number) for number in range(5)]


def search(client: TestClient, **query: Any) -> dict[str, Any]:
    """Return a page of the search."""
    answer = client.get("/api/v1/search", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def test_search_finds_fire_doors_below_a_rating(client: TestClient, five: list[ModelResult]) -> None:
    page = search(client, **{"class": "IfcDoor", "property": "Pset_DoorCommon.FireRating<90", "fields": "name"})
    assert page["items"] == [
        {
            "model": five[number].sha256,
            "namespace": "bim",
            "job": f"job-{number}",
            "stepId": 2,
            "globalId": f"door-{number}-2",
            "name": "Door 2",
            "matches": [{"condition": "Pset_DoorCommon.FireRating<90", "value": f"EI {30 * number}", "unit": None}],
        }
        for number in range(3)
    ]
    assert (page["models"], page["searched"], page["skipped"], page["nextCursor"]) == (5, 5, [], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 15])
def test_pages_of_a_search_have_each_element_once(client: TestClient, five: list[ModelResult], limit: int) -> None:
    elements, query = [], {"class": "IfcDoor", "limit": limit}
    while True:
        page = search(client, **query)
        assert len(page["items"]) <= limit
        elements += [(item["model"], item["stepId"]) for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert elements == [(model.sha256, step) for model in five for step in (1, 2, 3)]


def test_search_sees_only_models_of_allowed_namespaces(client: TestClient, models: Models, tmp_path: Path) -> None:
    visible, secret = publish(models, tmp_path, 1), publish(models, tmp_path, 2, "secret")
    assert {item["model"] for item in search(client)["items"]} == {visible.sha256}
    models.access.allowed = {"secret"}
    page = search(client)
    assert ({item["model"] for item in page["items"]}, page["models"]) == ({secret.sha256}, 1)
    models.access.allowed = set()
    assert search(client)["items"] == []


def test_search_without_models_is_empty(client: TestClient) -> None:
    assert search(client) == {"items": [], "models": 0, "searched": 0, "skipped": [], "nextCursor": None}


def test_unreadable_models_are_listed_and_the_others_searched(
    client: TestClient, models: Models, tmp_path: Path, five: list[ModelResult]
) -> None:
    corrupt = models.publish(write_corrupt(tmp_path / "broken"), job="corrupt", age=1)
    models.objects.path("ifcjob-artifacts", "bim/job-3/job-3-1/elements.parquet").unlink()
    page = search(client, **{"class": "IfcDoor"})
    assert {(s["model"], s["code"]) for s in page["skipped"]} == {
        (corrupt.sha256, "ArtifactCorrupt"),
        (five[3].sha256, "ArtifactMissing"),
    }
    assert [item["model"] for item in page["items"]] == [m.sha256 for m in five if m is not five[3] for _ in "123"]


def test_search_continues_after_the_time_is_over(models: Models, five: list[ModelResult]) -> None:
    models.seconds = 0.0
    with models.client() as client:
        elements, query, pages = [], {"class": "IfcDoor"}, 0
        while True:
            page = search(client, **query)
            pages += 1
            elements += [item["model"] for item in page["items"]]
            if page["nextCursor"] is None:
                break
            query["cursor"] = page["nextCursor"]
    assert pages == 3
    assert elements == [model.sha256 for model in five for _ in "123"]


def test_small_cache_serves_a_search_over_more_than_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.models import Models as Store

    small = Store(tmp_path, cache_bytes=40_000)
    published = [publish(small, tmp_path, number) for number in range(12)]
    monkeypatch.setattr(batches, "BATCH_MODELS", 6)
    with small.client() as client:
        elements = search(client, property="FireRating exists")["items"]
        assert [item["model"] for item in elements] == [model.sha256 for model in published]
        assert client.app.state.models.cache.bytes <= 40_000  # type: ignore[attr-defined]


def test_counts_add_up_over_all_models(client: TestClient, five: list[ModelResult]) -> None:
    query = {"by": ["class", "Pset_DoorCommon.FireRating"], "limit": 2}
    answer = client.get("/api/v1/search/facets", params=query).json()
    assert (answer["total"], answer["models"], answer["skipped"]) == (20, len(five), [])
    classes, ratings = answer["facets"]
    assert [(v["value"], v["count"]) for v in classes["values"]] == [("IfcDoor", 15), ("IfcWall", 5)]
    assert [(v["value"], v["count"]) for v in ratings["values"]] == [(None, 15), ("EI 0", 1)]
    assert (classes["distinct"], ratings["distinct"]) == (2, 6)


def test_store_that_does_not_answer_is_unavailable(
    client: TestClient, models: Models, five: list[ModelResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ifcjob.failures import FailureReason, RunFailure

    async def fails(*_: Any, **__: Any) -> Any:
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, "the object store refuses the connection")
        yield b""

    monkeypatch.setattr(models.objects, "read", fails)
    for path in ("/api/v1/search", f"/api/v1/models/{five[0].sha256}", f"/api/v1/models/{five[0].sha256}/elements"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "StorageUnavailable"), path
        assert answer.headers["Retry-After"]
