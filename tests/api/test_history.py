"""The history through the API: pages, one job, and a catalog that is missing or down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import a_manifest, a_record, succeeded
from tests.support.api import running_api
from tests.support.async_tests import finish
from tests.support.builders import ago

if TYPE_CHECKING:
    from pathlib import Path


def test_the_history_is_listed_in_pages(namespace: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def use() -> None:
        records = [a_record(f"u{age}", status=succeeded(finished_at=ago(age))) for age in range(5)]
        await catalog.record([*records, a_record("with-artifacts", status=succeeded(), manifest=a_manifest())])
        async with running_api(namespace, catalog=catalog) as api:
            collected, query = [], {"limit": 2}
            while True:
                page = (await api.get("/namespaces/bim/history", params=query)).json()
                collected += [item["uid"] for item in page["items"]]
                if "nextCursor" not in page:
                    break
                query["cursor"] = page["nextCursor"]
            assert collected == ["u0", "u1", "u2", "u3", "u4", "with-artifacts"]
            job = (await api.get("/namespaces/bim/history/with-artifacts")).json()
            assert [artifact["name"] for artifact in job["artifacts"]] == ["metadata.json", "model.glb"]
            assert job["fileName"] == "house.ifc"
            assert job["attempts"][0]["reason"] == "Succeeded"
            missing = await api.get("/namespaces/bim/history/other")
            assert (missing.status_code, missing.json()["code"]) == (404, "JobNotFound")
            for cursor in ("abc", "WzEsMl0", "bnVsbA"):
                wrong = await api.get("/namespaces/bim/history", params={"cursor": cursor})
                assert wrong.status_code in (200, 400), wrong.text

    try:
        finish(use())
    finally:
        catalog.close()


def answer_with(namespace: str, catalog: Catalog | None) -> Any:
    async def use() -> Any:
        async with running_api(namespace, catalog=catalog) as api:
            return await api.get("/namespaces/bim/history")

    return finish(use())


def test_without_a_catalog_there_is_no_history(namespace: str) -> None:
    answer = answer_with(namespace, None)
    assert (answer.status_code, answer.json()["code"]) == (404, "NoHistory")


def test_a_catalog_that_is_down_is_retried_later(namespace: str) -> None:
    catalog = Catalog.open("postgresql://ifcjob:secret@127.0.0.1:1/ifcjob")
    answer = answer_with(namespace, catalog)
    catalog.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "CatalogUnavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text
