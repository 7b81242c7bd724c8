"""A job that the catalog cannot hold: it is logged, kept in the cluster, and delays no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from structlog.testing import capture_logs

from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_operator.applying.history import History
from tests.catalog.records import a_manifest, a_record, succeeded

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob_operator.storage.documents import Artifacts


def finished(uid: str) -> dict[str, Any]:
    return a_record(uid, status=succeeded()).ifcjob.model_dump(mode="json", by_alias=True, exclude_none=True)


async def artifacts(ifcjob: IfcJob) -> Artifacts:
    manifest = a_manifest()
    if ifcjob.metadata.uid == "bad":
        manifest.artifacts[0].bytes = 2**70
    return manifest, None


@pytest.mark.timeout(30)
def test_an_ifcjob_that_the_catalog_rejects_is_logged_and_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)
    history = History(catalog, cast("Any", None), artifacts)
    for uid in ("u-1", "bad", "u-2"):
        history.note(finished(uid))
    try:
        with capture_logs() as logs:
            asyncio.run(history.flush())
        assert [(line["event"], line["log_level"], line["uid"]) for line in logs] == [
            ("history refused", "error", "bad")
        ]
        assert {uid for uid in ("u-1", "bad", "u-2") if history.is_recorded(uid)} == {"u-1", "u-2"}
        assert len(history) == 0
        assert asyncio.run(catalog.recorded(["u-1", "bad", "u-2"])) == {"u-1", "u-2"}
    finally:
        catalog.close()
